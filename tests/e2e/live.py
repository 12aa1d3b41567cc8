# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/live.py - httpwire watching while real clients and servers talk"""
import contextlib
import json
import os
import pathlib
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

import pytest
from lab import HTTPWIRE, check_accounts, check_schema, statistics, value

PYTHON = "/usr/bin/python3"


def whole(file):
    """What is in a file that a program writes: its place in it, which is ours too, stays where it is."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)


class Watch:
    """httpwire -o json in the background; `events` and `counted` are there after stop()."""

    def __init__(self, *args, program=(), ready=b"watching"):
        self.out = tempfile.TemporaryFile()
        self.err = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*program, str(HTTPWIRE), "-o", "json", "--stats", "json", *map(str, args)],
            stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err)
        self.events, self.counted = [], {}
        if ready:
            self.wait_for(lambda: ready in self.said())

    @property
    def pid(self):
        return self.process.pid

    def said(self):
        return whole(self.err)

    def printed(self):
        return whole(self.out)

    def wait_for(self, condition, seconds=10):
        for _ in range(seconds * 100):
            if condition():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        if self.process.poll() == 3:
            pytest.skip(self.said().decode())
        self.process.kill()
        raise AssertionError(f"not in time: {self.said().decode()}")

    def wait_for_lines(self, nr, seconds=10):
        self.wait_for(lambda: self.printed().count(b"\n") >= nr, seconds)

    def wait_for_events(self, port, nr, seconds=10):
        """Of connections to or from `port`; the host may have others."""
        mark = b'"value":%d}' % port
        self.wait_for(lambda: sum(mark in l for l in self.printed().splitlines()) >= nr, seconds)

    def stop(self, how=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(20)
        assert code == 0, (code, self.said().decode())
        self.events = [json.loads(line) for line in self.printed().splitlines()]
        for event in self.events[:20]:
            check_schema(event)
        self.counted = statistics(self.said())
        check_accounts(self.counted)
        return self.events


@contextlib.contextmanager
def watching(*args, kind=Watch, **more):
    w = kind(*args, **more)
    try:
        yield w
        w.stop()
    finally:
        if w.process.poll() is None:
            w.process.kill()
            w.process.wait()


def http(event):
    return value(event, "proto_http")


def is_request(event):
    return http(event)["direction"] == "request"


def is_egress(event):
    return value(event, "metadata")["direction"] == 2


def of_port(events, port):
    """Those of connections to `port`: others of the host may talk meanwhile."""
    return [e for e in events if port in (value(e, "src_port"), value(e, "dst_port"))]


def side(events, port, server):
    """The events of the sockets on one side of connections to `port`."""
    return [e for e in events if value(e, "dst_port" if is_request(e) else "src_port") == port and
            is_egress(e) == (is_request(e) != server)]


def links():
    """The ids of the BPF links that there are."""
    done = subprocess.run(["/usr/sbin/bpftool", "-j", "link"], capture_output=True, check=True)
    return {link["id"] for link in json.loads(done.stdout)}


def links_of(pid):
    """The ids of those that a process holds."""
    text = "".join(p.read_text() for p in pathlib.Path(f"/proc/{pid}/fdinfo").iterdir())
    return {int(i) for i in re.findall(r"^link_id:\s*(\d+)", text, re.M)}


def free_port(family=socket.AF_INET):
    with socket.socket(family) as s:
        s.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, address="127.0.0.1", seconds=10):
    for _ in range(seconds * 50):
        with contextlib.suppress(OSError):
            socket.create_connection((address, port), 1).close()
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens on {port}")


@contextlib.contextmanager
def running(*words, port=None, address="127.0.0.1", **more):
    """A program in the background; it is ended by its pid when the block is left."""
    p = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         **more)
    try:
        if port:
            wait_for_port(port, address)
        yield p
    finally:
        p.terminate()
        try:
            p.wait(5)
        except subprocess.TimeoutExpired:
            p.kill()
            p.wait()


@contextlib.contextmanager
def serving(folder, port=None, address="127.0.0.1", **more):
    """Python's own HTTP server. Gives (process, port)."""
    port = port or free_port()
    with running(PYTHON, "-m", "http.server", port, "--bind", address, "--directory", folder,
                 port=port, address=address, **more) as p:
        yield p, port


def peer(code, *args, **more):
    """A Python program in the background that prints a line when it is ready."""
    p = subprocess.Popen([PYTHON, "-c", code, *map(str, args)], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, **more)
    ready, _, _ = select.select([p.stdout], [], [], 10)
    assert ready and p.stdout.readline(), "the peer does not come up"
    return p


def end(p):
    p.stdin.close()
    p.terminate()
    p.wait(5)
    p.stdout.close()


def curl(*args, seconds=20):
    """Run curl; gives (pid, what it printed)."""
    p = subprocess.Popen(["curl", "-sS", "--max-time", str(seconds), *map(str, args)], stdout=subprocess.PIPE)
    out, _ = p.communicate(timeout=seconds + 10)
    assert p.returncode == 0, args
    return p.pid, out


@contextlib.contextmanager
def dumping(path, interface, *words):
    """A tcpdump in the background, which sees a moment more than all that happens in the block."""
    with subprocess.Popen(["tcpdump", "-i", interface, "-w", path, "-U", "--immediate-mode", "-Z", "root", *words],
                          stderr=subprocess.PIPE) as dump:
        try:
            while b"listening on" not in dump.stderr.readline():
                assert dump.poll() is None
            yield dump
            if dump.poll() is None:
                time.sleep(0.3)
        finally:
            dump.terminate()


def exe_of(program):
    return os.path.realpath(program)


def cgroup_root():
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        if " - cgroup2 " in line and line.split()[3] == "/":
            return pathlib.Path(line.split()[4])
    pytest.skip("cgroup v2 is not mounted")
