# SPDX-License-Identifier: BSD-2-Clause
"""Bad surroundings: they end in right events, or in one line that says what helps"""
import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import time

import pytest
from lab import HTTPWIRE, check_accounts
from live import (PYTHON, Watch, cgroup_root, curl, end, free_port, http, is_request, peer, running,
                  side, watching)
from test_doctor import NEEDED, as_nobody, findings, inside
from test_owners import CONTAINER_ID, cgroup

UMOUNT = "awk '/ - cgroup2 /{print $5}' /proc/self/mountinfo | xargs -n1 umount -l"


def fetch(server):
    return curl(f"http://127.0.0.1:{server[1]}/")[0]


def check_that_it_watches(server, *prefix, options=()):
    """One request, seen on both sides with its processes."""
    with watching(*options, program=prefix) as w:
        before = time.time()
        client = fetch(server)
        w.wait_for_events(server[1], 4)
        after = time.time()
    for events, pid, name in ((side(w.events, server[1], False), client, "curl"),
                              (side(w.events, server[1], True), server[0].pid, "python3")):
        assert [(e["hostProcessId"], e["processName"]) for e in events] == 2 * [(pid, name)]
        assert all(before - 0.1 < e["timestamp"] / 1e9 < after + 0.1 for e in events)
    check_accounts(w.counted)
    return w


def refused(*prefix, words=(), code=3):
    """What it says: one line, and the exit code."""
    done = subprocess.run([*prefix, str(HTTPWIRE), *words], capture_output=True, timeout=20, check=False)
    if done.returncode in (126, 127):
        pytest.skip("somebody else may not run the program there")
    assert done.returncode == code, done.stderr
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1
    return done.stderr.decode()


# What may be missing

def test_no_types():
    said = refused(*inside("mount -t tmpfs none /sys/kernel/btf"))
    assert "/sys/kernel/btf/vmlinux" in said and "CONFIG_DEBUG_INFO_BTF" in said


@pytest.mark.parametrize("missing", NEEDED)
def test_a_capability_less(missing):
    said = refused(*as_nobody([c for c in NEEDED if c != missing]))
    assert "sudo" in said and said.endswith(f"(missing: {missing})\n")


def test_no_more_capabilities_than_needed(server):
    check_that_it_watches(server, *as_nobody(NEEDED))


def test_root_of_a_user_namespace():
    assert "user namespace" in refused("unshare", "-Ur")


# Where cgroup version 2 is

def test_no_cgroup_mount(server):
    check_that_it_watches(server, *inside(UMOUNT))


def test_something_is_mounted_over_cgroup(server):
    place = cgroup_root()
    check_that_it_watches(server, *inside(f"mount -t tmpfs none {place}"))
    check_that_it_watches(server, *inside(f"mount -t tmpfs none {place}; mount -t cgroup2 none /mnt"))


def test_no_cgroup_mount_and_none_can_be_made():
    said = refused(*inside(UMOUNT), *as_nobody(NEEDED))
    assert "mkdir -p /mnt/cgroup2 && mount -t cgroup2 none /mnt/cgroup2" in said


def test_cgroup_mounted_elsewhere(server, tmp_path):
    place = tmp_path / "a place \\ of\tits own"
    place.mkdir()
    group = cgroup_root() / "elsewhere"
    with cgroup(group):
        w = check_that_it_watches(server, *inside(f"{UMOUNT}; mount -t cgroup2 none '{place}'"))
        assert w.events
        with watching("--cgroup", "/elsewhere",
                      program=inside(f"{UMOUNT}; mount -t cgroup2 none '{place}'")) as w:
            fetch(server)
            subprocess.run(["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null $0",
                            f"http://127.0.0.1:{server[1]}/"], check=True)
            w.wait_for_lines(2)
    assert len(w.events) == 2


@contextlib.contextmanager
def container(group):
    """A prefix: in a cgroup that is the root of what is seen, as in a container."""
    with cgroup(group):
        yield ["sh", "-ec", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh",
               *inside(f"{UMOUNT}; mount -t tmpfs none /mnt; mkdir /mnt/c; mount -t cgroup2 none /mnt/c", "-C")]


def test_in_a_container_it_sees_the_container(server):
    with container(cgroup_root() / "contained") as inside_of_it:
        with watching("-v", program=inside_of_it) as w:
            fetch(server)
            subprocess.run([*inside_of_it, "curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{server[1]}/"],
                           check=True)
            w.wait_for_lines(2)
        assert b"only its own sockets are seen" in w.said()
        assert len(w.events) == 2 and {e["processName"] for e in w.events} == {"curl"}
        assert findings(*inside_of_it, code=0)["namespaces"]["state"] == "limited"


ATTACHED = """
import ctypes, os, platform, struct, sys
bpf = lambda cmd, attr: ctypes.CDLL(None, use_errno=True).syscall(
    {"x86_64": 321, "aarch64": 280}[platform.machine()], cmd, attr, len(attr))
code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 1, 0x95, 0, 0, 0))
gpl = ctypes.create_string_buffer(b"GPL")
CGROUP_SKB, INGRESS, PROG_LOAD, PROG_ATTACH = 8, 0, 5, 8
for _ in range(int(sys.argv[3])):
    program = bpf(PROG_LOAD, struct.pack("<IIQQIIQII", CGROUP_SKB, 2, ctypes.addressof(code), ctypes.addressof(gpl),
                                         0, 0, 0, 0, 0))
    assert program >= 0, os.strerror(ctypes.get_errno())
    done = bpf(PROG_ATTACH, struct.pack("<IIII", os.open(sys.argv[1], os.O_RDONLY), program, INGRESS, int(sys.argv[2])))
    assert done == 0, os.strerror(ctypes.get_errno())
"""
EXCLUSIVE, ALLOW_MULTI = 0, 2


def test_somebody_has_the_cgroup_for_himself():
    group = cgroup_root() / "taken"
    with container(group) as inside_of_it:
        subprocess.run([PYTHON, "-c", ATTACHED, group, str(EXCLUSIVE), "1"], check=True)
        assert "bpftool cgroup tree" in refused(*inside_of_it)
        found = findings(*inside_of_it, code=3)
        assert found["packets received"]["state"] == "missing" and found["packets sent"]["state"] == "ok"
        assert "bpftool" in found["packets received"]["cure"]


def test_the_cgroup_has_as_many_programs_as_there_may_be():
    """64, BPF_CGROUP_MAX_PROGS of the kernel: where very many watch."""
    group = cgroup_root() / "full"
    with container(group) as inside_of_it:
        subprocess.run([PYTHON, "-c", ATTACHED, group, str(ALLOW_MULTI), "64"], check=True)
        said = refused(*inside_of_it)
        assert "bpftool" in findings(*inside_of_it, code=3)["packets received"]["cure"]
    assert "as many eBPF programs as there may be" in said and "bpftool cgroup tree" in said


# /proc

@pytest.mark.unsanitized("wants to know its own name")
def test_no_proc(server):
    check_that_it_watches(server, *inside("umount -l /proc"))


HIDDEN = "mount -t proc -o hidepid=2 proc /proc"


def test_processes_hidden_in_proc(server):
    check_that_it_watches(server, *inside(HIDDEN), *as_nobody(NEEDED))


def test_a_hidden_process_can_be_chosen(server):
    with watching("-p", server[0].pid, program=[*inside(HIDDEN), *as_nobody(NEEDED)]) as w:
        fetch(server)
        w.wait_for_lines(2)
    assert {e["hostProcessId"] for e in w.events} == {server[0].pid}


def test_children_that_are_hidden_are_said_to_be(server):
    with watching("-p", server[0].pid, "--children", program=[*inside(HIDDEN), *as_nobody(NEEDED)]) as w:
        assert b"/proc does not show all processes" in w.said()


# Namespaces

def test_a_clock_since_boot_of_its_own(server):
    for seconds in (100_000, -5):
        check_that_it_watches(server, "unshare", "-T", "--boottime", str(seconds))


INSIDE = ["unshare", "-pf", "--mount-proc", "--kill-child"]


def test_a_command_in_a_pid_namespace_of_its_own(server):
    """As in a container: the kernel has other ids than httpwire."""
    done = subprocess.run([*INSIDE, str(HTTPWIRE), "-q", "-o", "json", "--", "sh", "-c",
                           "unshare -pf curl -s -o /dev/null $0; curl -s -o /dev/null $0",
                           f"http://127.0.0.1:{server[1]}/"], capture_output=True, timeout=20, check=True)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(e["processName"], is_request(e)) for e in events] == 2 * [("curl", True), ("curl", False)]
    assert len({e["hostProcessId"] for e in events}) == 2
    assert all(e["processId"] != e["hostProcessId"] for e in events)


def test_a_process_chosen_in_a_pid_namespace(server):
    script = ("curl -s --retry 9 --retry-connrefused --retry-delay 1 -o /dev/null http://127.0.0.1:$1/ & "
              "sleep 0.2; exec $0 -q -o json -c 1 -p $!")
    fetch(server)
    port = free_port()
    p = subprocess.Popen([*INSIDE, "sh", "-c", script, str(HTTPWIRE), str(port)], stdout=subprocess.PIPE)
    try:
        time.sleep(0.5)
        with running(PYTHON, "-m", "http.server", port, "--bind", "127.0.0.1"):
            event = json.loads(p.stdout.readline())
    finally:
        p.terminate()
        p.wait(10)
        p.stdout.close()
    assert event["processName"] == "curl" and is_request(event)


def test_a_network_namespace_of_its_own(server):
    check_that_it_watches(server, "unshare", "-n")


# Limits

def test_little_locked_memory(server):
    check_that_it_watches(server, *as_nobody(NEEDED), "prlimit", "--memlock=4096:4096")


@pytest.mark.unsanitized("needs terabytes of addresses")
def test_little_memory():
    said = refused("prlimit", f"--as={400 << 20}", words=["--buffer", "256M"], code=1)
    assert "--buffer" in said


def test_few_open_files(server):
    check_that_it_watches(server, *as_nobody(NEEDED), "prlimit", "--nofile=16:64")


def test_too_few_open_files():
    assert "ulimit -n 1024" in refused(*as_nobody(NEEDED), "prlimit", "--nofile=32:32")


@contextlib.contextmanager
def answering(folder):
    """nginx that answers 204 for as long as it is asked. Gives (process, port)."""
    conf, port = folder / "nginx.conf", free_port()
    conf.write_text(f"user root; pid {folder}/pid; daemon off; error_log {folder}/error.log; events {{ }}\n"
                    "http { access_log off; keepalive_requests 1000000;\n"
                    f"  server {{ listen 127.0.0.1:{port}; return 204; }} }}\n")
    with running("nginx", "-c", conf, "-e", folder / "error.log", port=port) as p:
        yield p, port


# What comes and goes

def test_processes_that_are_gone_before_they_are_read_of(server):
    with watching("--comm", "curl", "--buffer", "64M") as w:
        w.process.send_signal(signal.SIGSTOP)
        clients = {fetch(server) for _ in range(20)}
        w.process.send_signal(signal.SIGCONT)
        w.wait_for_events(server[1], 40)
    mine = side(w.events, server[1], server=False)
    assert {e["hostProcessId"] for e in mine} == clients
    assert {(e["processName"], e["executable"]["path"], e["httpwire"]["owner"]) for e in mine} == {
        ("curl", "/usr/bin/curl", "exact")}


@pytest.mark.parametrize("option", ["--cgroup", "--container"])
def test_thousands_of_cgroups(server, option):
    top = cgroup_root() / "many"
    group = top / f"docker-{CONTAINER_ID}.scope"
    with cgroup(group), contextlib.ExitStack() as stack:
        for i in range(3000):
            (top / f"{i:064x}.scope").mkdir()
            stack.callback((top / f"{i:064x}.scope").rmdir)
        started = time.monotonic()
        with watching(option, group if option == "--cgroup" else CONTAINER_ID[:12]) as w:
            assert time.monotonic() - started < 5
            fetch(server)
            subprocess.run(["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null $0",
                            f"http://127.0.0.1:{server[1]}/"], check=True)
            w.wait_for_lines(2)
    assert {e["containerId"] for e in w.events} == {CONTAINER_ID} and len(w.events) == 2


TALKER = """
import os, socket, sys
open(sys.argv[2] + "/cgroup.procs", "w").write("0")
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
for line in sys.stdin:
    s.sendall(b"GET /%s HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n" % line.strip().encode())
    s.recv(65536)
    print("done", flush=True)
"""


def say(p, word):
    p.stdin.write(word.encode() + b"\n")
    p.stdin.flush()
    assert p.stdout.readline() == b"done\n"


def test_a_cgroup_is_removed_while_its_connections_live(tmp_path):
    group = cgroup_root() / "shortlived"
    with answering(tmp_path) as (_, port), watching() as w:
        with cgroup(group):
            p = peer(TALKER, port, group)
            say(p, "before")
            (cgroup_root() / "cgroup.procs").write_text(str(p.pid))
        assert not group.exists()
        say(p, "after")
        pid = p.pid
        w.wait_for_events(port, 8)
        end(p)
    sent = [e for e in side(w.events, port, server=False) if is_request(e)]
    assert [(http(e)["uri_path"], e["hostProcessId"]) for e in sent] == [("/before", pid), ("/after", pid)]
    check_accounts(w.counted)


def test_a_network_namespace_is_removed(server, tmp_path):
    name = f"hw-{os.getpid()}"
    ip = ["ip", "netns"]
    subprocess.run([*ip, "add", name], check=True)
    try:
        within = [*ip, "exec", name]
        subprocess.run([*within, "ip", "link", "set", "lo", "up"], check=True)
        with watching() as w:
            with running(*within, PYTHON, "-m", "http.server", 8080, "--bind", "127.0.0.1", "--directory",
                         tmp_path):
                time.sleep(0.7)
                subprocess.run([*within, "curl", "-s", "-o", "/dev/null", "http://127.0.0.1:8080/"], check=True)
                w.wait_for_events(8080, 4)
            subprocess.run([*ip, "delete", name], check=True)
            fetch(server)
            w.wait_for_events(server[1], 4)
    finally:
        subprocess.run([*ip, "delete", name], check=False, stderr=subprocess.DEVNULL)
    for port in (8080, server[1]):
        assert len(side(w.events, port, True)) == len(side(w.events, port, False)) == 2
    check_accounts(w.counted)


# More than can be read in time

SPLITTING = """
import socket, sys, threading, time
stop = time.monotonic() + float(sys.argv[2])
HEAD = [b"GET /big HTTP/1.1\\r\\nHost: a\\r\\n"] + [b"X-%d: %s\\r\\n" % (i, b"x" * 300) for i in range(8)] + [b"\\r\\n"]
def ask(n):
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while time.monotonic() < stop:
        for piece in HEAD:
            s.send(piece)
        s.recv(65536)
threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
[t.start() for t in threads]
[t.join() for t in threads]
"""


def check_live_accounts(counted):
    live = counted["live"]
    assert live["packets_seen"] == sum(live[f"packets_{n}"] for n in (
        "copied", "left", "skipped", "filtered", "lost", "unreadable"))
    assert live["packets_copied"] == counted["packets"]["read"]


def test_packets_that_cannot_be_read_are_seen():
    """Of a segment that ends in its header there is no event, but it is counted, and closes the accounts."""
    with watching("-e", "net_packet_ipv4") as w, socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as s:
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 24, 0, 0, 64, socket.IPPROTO_TCP, 0, *2 * [bytes([127, 0, 0, 1])])
        s.sendto(header + b"\0\x09\0\x09", ("127.0.0.1", 0))
    assert w.counted["live"]["packets_unreadable"] >= 1
    check_live_accounts(w.counted)


def test_stopped_under_load_with_a_small_ring(tmp_path):
    with answering(tmp_path) as nginx:
        stop_under_load(nginx)


def stop_under_load(server):
    """What is lost is counted; streams that lack bytes say so; afterwards all is as before."""
    w = Watch("--buffer", "256k")
    load = subprocess.Popen([PYTHON, "-c", SPLITTING, str(server[1]), "4"], stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    w.process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    w.process.send_signal(signal.SIGCONT)
    assert load.wait(30) == 0
    time.sleep(0.3)
    client = fetch(server)
    time.sleep(0.3)
    w.stop()
    check_accounts(w.counted)
    check_live_accounts(w.counted)
    assert w.counted["live"]["packets_lost"] > 0
    assert w.counted["tcp"]["gaps"] > 0 and w.counted["tcp"]["gap_bytes"] > 0
    assert any(e["httpwire"]["incomplete"] == "gap" for e in w.events)
    last = [e for e in side(w.events, server[1], server=False) if e["hostProcessId"] == client]
    assert [is_request(e) for e in last] == [True, False]
    assert not any(e["httpwire"]["incomplete"] for e in last)
    assert b"--buffer" in w.said()


def test_stopped_for_a_moment_nothing_is_lost(server):
    w = Watch("--buffer", "64M")
    w.process.send_signal(signal.SIGSTOP)
    for _ in range(50):
        fetch(server)
    w.process.send_signal(signal.SIGCONT)
    w.wait_for_events(server[1], 200)
    w.stop()
    mine = side(w.events, server[1], True) + side(w.events, server[1], False)
    check_accounts(w.counted)
    check_live_accounts(w.counted)
    assert w.counted["live"]["packets_lost"] == 0 and len(mine) == 200
    assert b"--buffer" not in w.said()
