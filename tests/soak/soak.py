#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""
tests/soak/soak.py HOURS [SAMPLES] - httpwire watching a host under full load for hours

nginx and wrk talk between two network namespaces as fast as they can, with a rough client
among them, while httpwire reports all events, serves metrics and is asked for them. Every
few seconds its memory, its descriptors and its statistics are taken down (SAMPLES: a file
for them). In the beginning it is stopped for a while, thrice, under full load. It fails when memory grows by more than 1 MiB an hour (of which a run of less than
half an hour cannot tell), when descriptors become more, when the accounts do not close, or
when a line is missing. Needs root.
"""
import contextlib
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from lab import HTTPWIRE, check_accounts
from live import PYTHON, free_port
from test_load import nginx, two_hosts, wrk

SAMPLE_S = 5
WARM_UP = 1 / 6 # of the time: tables fill, allocators settle, more comes than can be read
STOPPED_S = 10
OVERLOADS = 3
KIB_PER_HOUR = 1024
HOURS_LEAST = 0.5 # to tell growth from filling up
ADDRESS, PORT = "192.0.2.1", 8080
URL = f"http://{ADDRESS}:{PORT}/"
EVENTS = "net_packet_http,net_http_exchange,net_packet_dns"

# What well-behaved clients never do: heads in pieces, torn, without an end, no HTTP at all,
# a host and a path of its own each time, resets, connections left open.
ROUGH = """
import os, random, socket, struct, sys, time
address, port, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
until, left_open, number = time.monotonic() + seconds, [], 0
WAYS = [b"GET /%d HTTP/1.1\\r\\nHost: h%d.example\\r\\n\\r\\n", b"GET /%d HTTP/1.1\\r\\nHost: %d", b"\\0\\1\\2%d %d",
        b"POST /%d HTTP/1.1\\r\\nHost: %d\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n5\\r\\nhello\\r\\n0\\r\\n\\r\\n",
        b"POST /%d HTTP/1.1\\r\\nHost: %d\\r\\nContent-Length: 100000\\r\\n\\r\\nno more",
        b"GET /%d HTTP/1.1\\r\\nHost: a\\r\\nX: " + b"x" * 70000 + b"%d\\r\\n\\r\\n"]
while time.monotonic() < until:
    number += 1
    try:
        c = socket.create_connection((address, port), 2)
        c.settimeout(0.2)
        text = random.choice(WAYS) % (number, number)
        cut = random.randrange(len(text))
        c.sendall(text[:cut])
        c.sendall(text[cut:])
        if number % 2:
            c.recv(1000)
        if number % 3 == 0:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if number % 7 == 0 and len(left_open) < 200:
            left_open.append(c)
        else:
            c.close()
    except OSError:
        pass
"""


class Soaked:
    """httpwire with all that it says, and what it takes."""

    def __init__(self, folder):
        self.metrics = f"127.0.0.1:{free_port()}"
        self.said = folder / "said"
        self.samples = []
        self.counter = subprocess.Popen(["wc", "-l"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.setpriority(os.PRIO_PROCESS, self.counter.pid, -10) # as httpwire: it is not what is waited for
        with open(self.said, "wb") as said:
            self.process = subprocess.Popen(
                [str(HTTPWIRE), "-o", "json", "-e", EVENTS, "--body", "4k", "--stats", "json",
                 "--stats-interval", f"{SAMPLE_S}s", "--metrics", self.metrics],
                stdin=subprocess.DEVNULL, stdout=self.counter.stdin, stderr=said)
        self.counter.stdin.close() # httpwire has it
        self.counter.stdin = None
        while b"watching" not in self.said.read_bytes():
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.1)

    def family(self):
        """The process and those that it started."""
        pid = self.process.pid
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, children)]

    def counted(self):
        """The last statistics; their accounts close, as those of all before."""
        lines = [l for l in self.said.read_bytes().split(b"\n")[:-1] if l.startswith(b'{"event":"stats"')]
        last = json.loads(lines[-1]) if lines else None
        if last:
            check_accounts(last)
        return last

    def sample(self):
        assert self.process.poll() is None, self.said.read_text()[-2000:]
        with urllib.request.urlopen(f"http://{self.metrics}/metrics", timeout=60) as page:
            kept = re.search(rb"^httpwire_memory_bytes (\d+)", page.read(), re.M)
        kib = descriptors = 0
        for pid in self.family():
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            kib += int(status.split("VmRSS:")[1].split()[0])
            descriptors += len(os.listdir(f"/proc/{pid}/fd"))
        counted = self.counted()
        self.samples.append((time.monotonic(), kib, descriptors,
                             counted["packets"]["read"] if counted else 0,
                             counted["live"]["packets_lost"] if counted else 0,
                             counted["events"]["made"] if counted else 0, int(kept[1]) >> 10))

    def overload(self):
        """Stopped for a while: what comes meanwhile is lost, and leaves connections without an end."""
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(60) == 0, self.said.read_text()[-2000:]
        lines = int(self.counter.communicate(timeout=60)[0])
        counted = self.counted()
        assert counted["messages"]["open"] == counted["tcp"]["pending"] == 0
        assert counted["events"]["written"] == lines, (counted["events"], lines)
        return counted

    def end(self):
        for p in (self.process, self.counter):
            if p.poll() is None:
                p.kill()
                p.wait()


def load(folder, program, until):
    """Ways to load it, one after the other, until it is time. Returns how many requests."""
    nr = 0
    while time.monotonic() < until:
        left = max(1, min(15, int(until - time.monotonic()) // 4))
        nr += wrk(folder, URL, 50, program=program, seconds=left)
        nr += wrk(folder, URL, 20, headers='["Connection"]="close"', program=program, seconds=left)
        nr += wrk(folder, URL, 4, path="/big", program=program, seconds=left)
        subprocess.run([*program, PYTHON, "-c", ROUGH, ADDRESS, str(PORT), str(left)], check=True)
        (folder / "access.log").write_bytes(b"")
    return nr


def slope(samples):
    """KiB an hour."""
    return statistics.linear_regression([s[0] for s in samples], [s[1] for s in samples]).slope * 3600


def judge(samples, hours):
    """Say what was seen behind the warm-up; returns what is wrong with it."""
    steady = [s for s in samples if s[0] - samples[0][0] >= WARM_UP * hours * 3600]
    grown = slope(steady)
    descriptors = [s[2] for s in steady]
    print(f"memory: {steady[0][1]} KiB behind the warm-up, {steady[-1][1]} KiB at the end, "
          f"{max(s[1] for s in samples)} KiB at most, slope {grown:+.0f} KiB/h in {len(steady)} samples")
    print(f"descriptors: {min(descriptors)} to {max(descriptors)}, {descriptors[-1]} at the end")
    third = len(descriptors) // 3
    if hours >= HOURS_LEAST and grown > KIB_PER_HOUR:
        yield "memory grows"
    if min(descriptors[-third:]) > max(descriptors[:third]):
        yield "descriptors become more"


def soak(hours, folder):
    until = time.monotonic() + hours * 3600
    soaked = Soaked(folder)
    try:
        with two_hosts() as (server, client), nginx(folder, ADDRESS, PORT, server):
            loading = subprocess.Popen([sys.executable, __file__, "load", str(folder), str(until), *client],
                                       stdout=subprocess.PIPE)
            while loading.poll() is None:
                soaked.sample()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    loading.wait(SAMPLE_S)
            assert loading.returncode == 0
            requests = int(loading.stdout.read())
        counted = soaked.stop()
    finally:
        soaked.end()
    print(f"{hours} h: {requests} requests of wrk, {counted['packets']['read']} packets, "
          f"{counted['live']['packets_lost']} lost in the kernel's ring, "
          f"{counted['connections']['seen']} connections, {counted['events']['written']} events")
    return soaked.samples


def main():
    if sys.argv[1] == "load":
        print(load(pathlib.Path(sys.argv[2]), sys.argv[4:], float(sys.argv[3])))
        return 0
    hours = float(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        samples = soak(hours, pathlib.Path(folder))
    if len(sys.argv) > 2:
        rows = ["\t".join(map(str, (round(s[0] - samples[0][0]), *s[1:]))) for s in samples]
        pathlib.Path(sys.argv[2]).write_text(
            "\n".join(["seconds\tkib\tdescriptors\tpackets\tlost\tevents\tkept_kib", *rows, ""]))
    wrong = list(judge(samples, hours))
    for complaint in wrong:
        print(f"soak: {complaint}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
