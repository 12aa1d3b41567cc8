# SPDX-License-Identifier: BSD-2-Clause
"""Group L: watching through the kernel, with what happens to processes, interfaces and rights meanwhile"""
import contextlib
import json
import os
import pathlib
import pwd
import re
import signal

import subprocess
import time

import pytest
import rules
from lab import HTTPWIRE, SANITIZED, check_accounts, httpwire, statistics
from live import PYTHON, Watch, http, links, links_of, of_port, side, watching
from test_doctor import NEEDED, as_nobody, inside
from test_exhaustion import PIPELINE, answering
from test_load import two_hosts

NOBODY = pwd.getpwnam("nobody")


def requests_of(events, port, server=True):
    return [http(e)["uri_path"] for e in side(events, port, server) if http(e)["direction"] == "request"]


def refused(*prefix, words=(), code=3):
    done = subprocess.run([*prefix, str(HTTPWIRE), *words], capture_output=True, timeout=20, check=False)
    if done.returncode in (126, 127):
        pytest.skip("somebody else may not run the program there")
    assert done.returncode == code and done.stdout == b"" and done.stderr.count(b"\n") == 1, done
    return done.stderr.decode()


def test_L01_ring_full():
    """What found no room in the ring is counted by the kernel, seen is delivered and dropped, and it is said once."""
    nr = 2000
    with answering() as port, watching("--buffer", "128k", "--no-gate", "--port", port) as w:
        w.process.send_signal(signal.SIGSTOP)
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), str(nr)], check=True, timeout=60)
        w.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
    live = w.counted["live"]
    assert live["packets_lost"] > 0
    assert live["packets_copied"] == w.counted["packets"]["read"]
    assert w.said().count(b" packets lost because") == 1
    assert 0 < len(requests_of(w.events, port)) < nr


@pytest.mark.parametrize("missing", ["types", *NEEDED, "namespace"])
def test_L02_what_is_missing(missing):
    """Without the kernel's types, a capability, or in a user namespace: the exact reason, exit code 3."""
    if missing == "types":
        assert "/sys/kernel/btf/vmlinux" in refused(*inside("mount -t tmpfs none /sys/kernel/btf"))
    elif missing == "namespace":
        assert "user namespace" in refused("unshare", "-Ur")
    else:
        assert missing in refused(*as_nobody([c for c in NEEDED if c != missing]))


def status(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", text, re.M))


@pytest.mark.unsanitized("keeps its rights")
def test_L03_rights_are_given_up():
    """While watching: nobody, no capability in any set, no new privileges, a filter of system calls."""
    with watching() as w:
        found = status(w.pid)
    assert found["Uid"].split() == [str(NOBODY.pw_uid)] * 4 and found["Gid"].split() == [str(NOBODY.pw_gid)] * 4
    assert [int(found[s], 16) for s in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == [0] * 5
    assert (found["NoNewPrivs"], found["Seccomp"], found["Groups"]) == ("1", "2", "")


@pytest.mark.unsanitized("keeps its rights")
def test_L04_rights_that_cannot_be_given_up(tmp_path):
    """A user that is not there, or none at all: it does not go on as root."""
    assert "nosuchuser" in refused(words=["--user", "nosuchuser"], code=2)
    empty = tmp_path / "passwd"
    empty.write_text("root:x:0:0::/:/bin/sh\n")
    with watching(program=inside(f"mount --bind {empty} /etc/passwd")) as w: # there is no nobody
        assert "0" not in status(w.pid)["Uid"].split() and int(status(w.pid)["CapEff"], 16) == 0


@pytest.mark.parametrize("what", ["down", "deleted", "namespace"])
def test_L05_interfaces_that_go(what):
    """An interface is taken down and up, deleted, or gone with its namespace: it goes on, or ends with a word."""
    with two_hosts() as (server, _):
        w = Watch("-i", "v1", program=server, ready=b"listening on")
        if what == "down":
            subprocess.run([*server, "ip", "link", "set", "v1", "down"], check=True)
            w.wait_for(lambda: b"the interface is down" in w.said())
            subprocess.run([*server, "ip", "link", "set", "v1", "up"], check=True)
            w.wait_for(lambda: b"the interface is up again" in w.said())
        if what == "deleted":
            subprocess.run([*server, "ip", "link", "del", "v1"], check=True)
    with contextlib.suppress(subprocess.TimeoutExpired):
        w.process.wait(1.5)
    if w.process.poll() is None:
        w.stop()
    assert w.process.returncode in (0, 1) and (w.process.returncode == 0 or b"v1" in w.said())


TORN = """
import os, socket, sys
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
c.sendall(b"GET /torn HTTP/1.1\\r\\nX: ")
os.kill(os.getpid(), 9)
"""
WAYS = {
    "fork": """
import os
pid = os.fork()
if pid == 0:
    c.sendall(REQUEST); os._exit(0)
os.waitpid(pid, 0)
""",
    "dup": "import os; os.write(os.dup(c.fileno()), REQUEST)",
    "passed": """
import array, os, socket
a, b = socket.socketpair()
if os.fork() == 0:
    _, ancillary, _, _ = b.recvmsg(1, 100)
    fd = array.array("i", ancillary[0][2])[0]
    os.write(fd, REQUEST); os._exit(0)
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [c.fileno()]))])
os.wait()
""",
    "pieces": """
for i in range(len(REQUEST)):
    c.sendall(REQUEST[i:i + 1])
""",
    "writev": "import os; os.writev(c.fileno(), [REQUEST[i:i + 1] for i in range(len(REQUEST))])",
    "many": "import os; os.writev(c.fileno(), [REQUEST[i:i + 1] for i in range(len(REQUEST))] + [b''] * 900)",
    "zerocopy": "import socket; c.setsockopt(socket.SOL_SOCKET, 60, 1); c.send(REQUEST, 0x4000000)",
    "sendmmsg": "c.sendmsg([REQUEST[:9], REQUEST[9:]])",
    "thread": "import threading; t = threading.Thread(target=c.sendall, args=(REQUEST,)); t.start(); t.join()",
    "peek": "c.sendall(REQUEST); c.recv(10, 2); c.recv(10, 2)",
    "splice": "import os; r, w = os.pipe(); os.write(w, REQUEST); os.splice(r, c.fileno(), len(REQUEST))",
    "nonblocking": "c.setblocking(False); c.send(REQUEST)",
}
CLIENT = """
import socket, sys
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
REQUEST = b"GET /way HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"
%s
c.setblocking(True)
assert c.recv(1000).startswith(b"HTTP/1.1 204")
"""


@pytest.mark.parametrize("way", WAYS)
def test_L06_ways_to_send(way):
    """Whoever sends it by whatever call: the bytes are right, and there once on each side."""
    if way == "splice" and not hasattr(os, "splice"):
        WAYS[way] = "import os; r, w = os.pipe(); os.write(w, REQUEST); c.sendall(os.read(r, 1000))"
    with answering() as port, watching() as w:
        subprocess.run([PYTHON, "-c", CLIENT % WAYS[way], str(port)], check=True, timeout=20)
        w.wait_for_events(port, 4)
        time.sleep(0.1)
    assert requests_of(w.events, port) == requests_of(w.events, port, False) == ["/way"]


def test_L06_a_sender_that_dies():
    """Killed in the middle of a head: it is told, with how the connection ended; others are not touched."""
    with answering() as port, watching() as w:
        subprocess.run([PYTHON, "-c", TORN, str(port)], check=False, timeout=20)
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), "2"], check=True, timeout=20)
        w.wait_for_events(port, 4)
    torn = [e for e in of_port(w.events, port) if http(e)["uri_path"] == "/torn"]
    assert {e["httpwire"]["incomplete"] for e in torn} <= {"closed", "reset", "capture_end"} and len(torn) == 2
    assert requests_of(w.events, port)[-2:] == ["/0", "/1"]


CHANGING = """
import socket, sys, threading
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
text, over = bytearray(b"GET /aaaa HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"), False
def change():
    while not over:
        text[5:9] = b"bbbb"
        text[5:9] = b"aaaa"
t = threading.Thread(target=change)
t.start()
f = c.makefile("rb")
for _ in range(200):
    c.sendall(text)
    while f.readline() != b"\\r\\n":
        pass
over = True
t.join()
"""


def test_L07_memory_that_changes():
    """What is copied is the packet, not the sender's memory: both sides see the same, whoever changes it."""
    with answering() as port, watching() as w:
        subprocess.run([PYTHON, "-c", CHANGING, str(port)], check=True, timeout=30)
        w.wait_for_events(port, 800)
    assert requests_of(w.events, port) == requests_of(w.events, port, False)
    assert set(requests_of(w.events, port)) <= {"/aaaa", "/bbbb"}


def test_L08_processes_come_and_go():
    """Hundreds of processes a second, each with a request of its own: each is seen, none is mistaken."""
    nr = 200
    script = f"for i in $(seq {nr}); do (exec 3<>/dev/tcp/127.0.0.1/$0; printf 'GET /%s HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n' $BASHPID >&3; " \
             "read -u 3 l; read -u 3 l) & [ $((i % 20)) = 0 ] && wait; done; wait"
    with answering() as port, watching("--stats-interval", "1ms") as w:
        subprocess.run(["bash", "-c", script, str(port)], capture_output=True, timeout=60, check=False)
        w.wait_for_events(port, 4 * nr)
    reports = [json.loads(line) for line in w.said().splitlines() if line.startswith(b'{"event":"stats"')]
    for counted in reports: # while owners are asked for, too
        check_accounts(counted)
    assert len(reports) > 10
    sent = [e for e in side(w.events, port, False) if http(e)["direction"] == "request"]
    exact = [e for e in sent if e["httpwire"]["owner"] == "exact"]
    assert len(sent) == nr and len(exact) >= 0.9 * nr
    assert all(http(e)["uri_path"] == f"/{e['hostProcessId']}" for e in exact)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_L09_ended_under_load(how):
    """A signal under full load: what is known is written, statistics, exit 0 within 2 s, nothing attached."""
    with answering() as port:
        w = Watch()
        load = subprocess.Popen([PYTHON, "-c", PIPELINE, str(port), "1000000"], stderr=subprocess.DEVNULL)
        try:
            w.wait_for(lambda: os.fstat(w.out.fileno()).st_size > 100_000)
            mine = links_of(w.pid)
            begun = time.monotonic()
            w.process.send_signal(how)
            assert w.process.wait(20) == 0 and time.monotonic() - begun < (6 if SANITIZED else 2)
        finally:
            load.kill()
            load.wait()
    assert mine and not mine & links()
    counted = statistics(w.said())
    check_accounts(counted)
    output = w.printed()
    assert output.endswith(b"\n") and counted["events"]["written"] == output.count(b"\n")


def test_L10_killed_and_started_again():
    """After kill -9 nothing is left behind, and the next one works."""
    w = Watch()
    mine = links_of(w.pid)
    w.process.kill()
    w.process.wait()
    with answering() as port, watching() as again:
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), "3"], check=True, timeout=20)
        again.wait_for_events(port, 12)
    assert not mine & links() and requests_of(again.events, port) == ["/0", "/1", "/2"]


def test_L11_two_at_once():
    """Both see all."""
    with answering() as port, watching() as one, watching() as other:
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), "20"], check=True, timeout=20)
        one.wait_for_events(port, 80)
        other.wait_for_events(port, 80)
    assert requests_of(one.events, port) == requests_of(other.events, port) == [f"/{i}" for i in range(20)]


def test_L12_loopback():
    """On the loopback interface, where a packet goes out and comes in: one event a message, two with sockets."""
    with answering() as port, watching("-i", "lo", "tcp", "port", port, ready=b"listening on") as w, watching() as both:
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), "5"], check=True, timeout=20)
        w.wait_for_events(port, 10)
        both.wait_for_events(port, 20)
    assert [http(e)["uri_path"] for e in w.events if http(e)["direction"] == "request"] == [f"/{i}" for i in range(5)]
    assert len(of_port(w.events, port)) == 10 and len(of_port(both.events, port)) == 20


FILTERS = ["tcp port", "(" * 5000, "not " * 20000 + "tcp", "tcp or " * 20000 + "tcp", "host " + "a" * 300, "\x1b[2J", "%s%n", "port 99999",
           "len > 99999999999999", "ip[0:3] = 1", "ether host x", "tcp[tcp[tcp[0]]] = 1"]


@pytest.mark.parametrize("words", FILTERS, ids=lambda f: f[:12])
def test_L13_hostile_filters(tmp_path, words):
    """Wrong, very long, deeply nested packet filters: valid, or exit code 2 with words that are printable."""
    (tmp_path / "filter").write_text(words)
    for more in (["-i", "lo", "-c", "1"], ["-r", "/dev/null"]):
        done = subprocess.run(["timeout", "2", HTTPWIRE, *more, "-F", tmp_path / "filter"], capture_output=True, check=False,
                              timeout=30)
        assert done.returncode in (0, 1, 2, 124) and done.stdout == b"", done.stderr
        assert done.returncode != 124 or more[0] == "-i"
        rules.check_text(done.stderr)
        assert len(done.stderr) < 4096


EXPRESSIONS = ["(" * 100_000, "not " * 100_000 + "http", "http and " * 50_000 + "http", "http.host matches \"" + "(a+)+" * 500 + "$\"",
               "http.host == \"" + "x" * 1_000_000 + "\"", "\0", "http.host in {" + "\"a\"," * 50_000 + "\"b\"}", "\x1b[2J", "tcp.port == 99999",
               "http.host ==", "\"", "\xff"]


@pytest.mark.parametrize("words", EXPRESSIONS, ids=lambda f: repr(f[:12]))
def test_L14_hostile_files(tmp_path, words):
    """Lines of megabytes, NUL, deep nesting in a file of -Y: taken, or exit code 2 and a line that says where."""
    (tmp_path / "expression").write_bytes(words.encode("latin-1"))
    done = httpwire("-r", "/dev/null", "-Y", f"@{tmp_path}/expression", check=False, timeout=20)
    assert done.returncode in (1, 2) and done.stdout == b"" and len(done.stderr) < 8192
    rules.check_text(done.stderr)


@pytest.mark.parametrize("option", ["-F", "-Y", "--redact-key-file"])
@pytest.mark.parametrize("what", ["missing", "folder", "empty", "link", "zero", "loop"])
def test_L14_files_that_are_none(tmp_path, option, what):
    """Missing, a folder, empty, a link to nowhere or to itself, a device without an end: a line, exit code 1 or 2."""
    path = tmp_path / "file"
    {"missing": lambda: None, "folder": path.mkdir, "empty": path.touch, "link": lambda: path.symlink_to(tmp_path / "no"),
     "zero": lambda: path.symlink_to("/dev/zero"), "loop": lambda: path.symlink_to(path)}[what]()
    given = f"@{path}" if option == "-Y" else path
    done = httpwire("-r", "/dev/null", option, given, check=False, timeout=20)
    assert done.returncode in (1, 2) and done.stdout == b"" and done.stderr.count(b"\n") <= 3
    rules.check_text(done.stderr)
