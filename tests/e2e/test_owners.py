# SPDX-License-Identifier: BSD-2-Clause
"""Who sent and received: the process that did, in every way that servers share sockets"""
import contextlib
import os
import signal
import socket
import subprocess
import time
from http.client import HTTPConnection

import pytest
from lab import BUILD, value
from live import (PYTHON, cgroup_root, curl, end, free_port, http, is_request, of_port, peer, running,
                  serving, side, watching)

ANSWER = """
ANSWER = b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok"
def serve(c):
    while (data := c.recv(65536)):
        for _ in range(data.count(b"\\r\\n\\r\\n")):
            c.sendall(ANSWER)
    c.close()
"""

FORKING = """
import os, signal, socket, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    if os.fork() == 0:
        s.close()
        open(sys.argv[2] + "/%d" % c.getpeername()[1], "w").write(str(os.getpid()))
        serve(c)
        os._exit(0)
    c.close()
"""

PREFORKED = """
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
for _ in range(3):
    if os.fork() == 0:
        while True:
            c, peer = s.accept()
            open(sys.argv[2] + "/%d" % peer[1], "w").write(str(os.getpid()))
            serve(c)
print("ready", flush=True)
sys.stdin.read()
"""

# The listener is made here and handed to a program that is started anew, as descriptor 9.
ACTIVATED = """
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
os.dup2(s.fileno(), 9, inheritable=True)
if os.fork() == 0:
    os.execv(sys.executable, [sys.executable, "-c", sys.argv[3], sys.argv[1], sys.argv[2]])
s.close()
os.close(9)
sys.stdin.read()
"""

ACTIVATED_SERVER = """
import os, socket, sys
s = socket.socket(fileno=9)
print("ready", flush=True)
while True:
    c, peer = s.accept()
    open(sys.argv[2] + "/%d" % peer[1], "w").write(str(os.getpid()))
    serve(c)
"""

# A connection that one process accepts and another one serves.
PASSED = """
import array, os, socket, sys
ours, theirs = socket.socketpair()
if os.fork() == 0:
    while True:
        _, fds, _, _ = socket.recv_fds(theirs, 1, 1)
        c = socket.socket(fileno=fds[0])
        open(sys.argv[2] + "/%d" % c.getpeername()[1], "w").write(str(os.getpid()))
        serve(c)
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    socket.send_fds(ours, [b"x"], [c.fileno()])
    c.close()
"""

THREADED = """
import os, socket, sys, threading
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
def work(c):
    open(sys.argv[2] + "/%d" % c.getpeername()[1], "w").write(str(threading.get_native_id()))
    serve(c)
print("ready", flush=True)
while True:
    c, _ = s.accept()
    threading.Thread(target=work, args=(c,), daemon=True).start()
"""

SPLICED = """
import os, socket, sys
path = sys.argv[2] + "/body"
open(path, "wb").write(b"b" * 100000)
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    c, peer = s.accept()
    open(sys.argv[2] + "/%d" % peer[1], "w").write(str(os.getpid()))
    r, w = os.pipe()
    got = 0
    while got < 1:
        got += os.splice(c.fileno(), w, 65536)
    request = os.read(r, 65536)
    head = b"HTTP/1.1 200 OK\\r\\nContent-Length: 100000\\r\\n\\r\\n"
    os.write(w, head)
    os.splice(r, c.fileno(), len(head))
    with open(path, "rb") as f:
        if b"sendfile" in request:
            sent = 0
            while sent < 100000:
                sent += os.sendfile(c.fileno(), f.fileno(), sent, 100000 - sent)
        else:
            left = 100000
            while left:
                n = os.splice(f.fileno(), w, min(left, 65536))
                left -= n
                while n:
                    n -= os.splice(r, c.fileno(), n)
    c.close()
"""


@contextlib.contextmanager
def served_by(code, folder, *more):
    port = free_port()
    p = peer(ANSWER + code, port, folder, *more, start_new_session=True)
    try:
        yield p, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(p.pid, signal.SIGKILL)
        end(p)


def told(folder, event):
    """The id that the server itself wrote down for the connection."""
    client = value(event, "src_port" if is_request(event) else "dst_port")
    return int((folder / str(client)).read_text())


@pytest.mark.parametrize("code, field", [
    (FORKING, "hostProcessId"),
    (PREFORKED, "hostProcessId"),
    (PASSED, "hostProcessId"),
    (THREADED, "hostThreadId"),
], ids=["forking", "preforked", "passed over a UNIX socket", "threads"])
def test_the_one_that_serves_is_named(tmp_path, code, field):
    with served_by(code, tmp_path) as (_, port), watching() as w:
        for i in range(10):
            curl(f"http://127.0.0.1:{port}/{i}", f"http://127.0.0.1:{port}/{i}/again")
        w.wait_for_lines(80)
    theirs = side(w.events, port, server=True)
    assert len(theirs) == 40
    for e in theirs:
        # Who takes longer than 20 ms to read the first request is not waited for.
        if is_request(e) and not http(e)["uri_path"].endswith("/again"):
            assert e["httpwire"]["owner"] in ("exact", "inherited")
        else:
            assert e["httpwire"]["owner"] == "exact"
        if e["httpwire"]["owner"] == "exact":
            assert e[field] == told(tmp_path, e), (e["processName"], http(e))


def test_socket_activation(tmp_path):
    with served_by(ACTIVATED, tmp_path, ANSWER + ACTIVATED_SERVER) as (listener, port), watching() as w:
        for i in range(5):
            curl(f"http://127.0.0.1:{port}/{i}")
        w.wait_for_lines(20)
    theirs = side(w.events, port, server=True)
    assert len(theirs) == 10
    for e in theirs:
        assert e["hostProcessId"] == told(tmp_path, e) != listener.pid


def test_nginx_workers_not_the_master(tmp_path):
    port = free_port()
    (tmp_path / "index.html").write_text("hello")
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"""
user root; worker_processes 3; pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off;
events {{ }}
http {{ log_format pid '$pid $remote_port'; access_log {tmp_path}/access.log pid;
  server {{ listen 127.0.0.1:{port} reuseport; root {tmp_path}; }} }}
""")
    tmp_path.chmod(0o755)
    with running("nginx", "-c", conf, "-e", tmp_path / "error.log", port=port) as master, \
            watching() as w:
        for i in range(20):
            curl(f"http://127.0.0.1:{port}/?{i}", f"http://127.0.0.1:{port}/?{i}.again")
        w.wait_for_lines(160)
    workers = dict(reversed(line.split()) for line in (tmp_path / "access.log").read_text().splitlines())
    theirs = side(w.events, port, server=True)
    assert len(theirs) == 80
    for e in theirs:
        client = value(e, "src_port" if is_request(e) else "dst_port")
        assert e["hostProcessId"] == int(workers[str(client)]) != master.pid
        assert e["hostParentProcessId"] == master.pid
        assert (e["processName"], e["httpwire"]["owner"]) == ("nginx", "exact")


@pytest.mark.parametrize("how", ["splice", "sendfile"])
def test_sendfile_and_splice(tmp_path, how):
    with served_by(SPLICED, tmp_path) as (server, port), watching() as w:
        curl("-o", "/dev/null", f"http://127.0.0.1:{port}/{how}")
        w.wait_for_lines(4)
    theirs = side(w.events, port, server=True)
    assert [http(e)["content_length"] for e in theirs] == [0, 100000]
    assert {(e["hostProcessId"], e["httpwire"]["owner"]) for e in theirs} == {(server.pid, "exact")}


CLIENT = """
import http.client, sys
c = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
c.request("GET", "/before"); c.getresponse().read()
print("ready", flush=True)
for line in sys.stdin:
    c.request("GET", "/" + line.strip()); c.getresponse().read()
    print("done", flush=True)
"""


def test_connections_that_were_open_before(tmp_path):
    with served_by(THREADED, tmp_path) as (server, port):
        client = peer(CLIENT, port)
        with watching() as w:
            for word in (b"first\n", b"second\n"):
                client.stdin.write(word)
                client.stdin.flush()
                client.stdout.readline()
            w.wait_for_lines(8)
        end(client)
    assert {e["httpwire"]["midstream"] for e in w.events} == {True}
    mine, theirs = side(w.events, port, False), side(w.events, port, True)
    assert [http(e)["uri_path"] for e in mine if is_request(e)] == ["/first", "/second"]
    assert {e["hostProcessId"] for e in mine} == {client.pid}
    assert {e["hostProcessId"] for e in theirs} == {server.pid}
    assert {e["processName"] for e in w.events} == {"python3"}
    assert all(e["executable"]["path"] for e in w.events)


def test_short_lived_clients_are_known_when_they_are_gone(tmp_path):
    (tmp_path / "index.html").write_text("x")
    with serving(tmp_path) as (_, port), watching() as w:
        pids = {curl("-o", "/dev/null", f"http://127.0.0.1:{port}/")[0] for _ in range(30)}
        w.wait_for_lines(120)
    mine = side(w.events, port, server=False)
    assert len(mine) == 60
    assert {e["hostProcessId"] for e in mine} == pids
    assert {(e["processName"], e["executable"]["path"], e["httpwire"]["owner"]) for e in mine} == {
        ("curl", "/usr/bin/curl", "exact")}


CONTAINER_ID = "0123456789abcdef" * 4


@contextlib.contextmanager
def cgroup(path):
    made = []
    for part in reversed([path, *path.parents]):
        if not part.exists():
            part.mkdir()
            made.append(part)
    try:
        yield path
    finally:
        for part in reversed(made):
            for _ in range(50):
                try:
                    part.rmdir()
                    break
                except OSError:
                    time.sleep(0.05)


def test_a_process_in_a_container(tmp_path):
    """Its own pid, mount and network namespaces, and a cgroup as Docker names them."""
    group = cgroup_root() / "system.slice" / f"docker-{CONTAINER_ID}.scope"
    inside = (f"echo $$ > {group}/cgroup.procs; exec unshare --pid --fork --mount --net --uts --mount-proc "
              "sh -c 'hostname pod-1; ip link set lo up; "
              f"{PYTHON} -m http.server 8080 --bind 127.0.0.1 --directory {tmp_path} & sleep 1; "
              "curl -s -o /dev/null http://127.0.0.1:8080/; kill $!'")
    (tmp_path / "index.html").write_text("x")
    with cgroup(group), watching() as w:
        subprocess.run(["sh", "-c", inside], check=True, timeout=20, stderr=subprocess.DEVNULL)
        w.wait_for_lines(4)
        cgroup_id = group.stat().st_ino
    assert len(w.events) == 4
    own = {name: os.stat(f"/proc/self/ns/{name}").st_ino for name in ("mnt", "pid")}
    for e in w.events:
        assert e["containerId"] == CONTAINER_ID == e["container"]["id"]
        assert e["cgroupId"] == cgroup_id
        assert e["hostName"] == "pod-1"
        assert e["processId"] != e["hostProcessId"] and 1 <= e["processId"] < 100
        assert e["mountNamespace"] != own["mnt"] and e["pidNamespace"] != own["pid"]
        assert e["contextFlags"]["containerStarted"]
        assert e["httpwire"]["owner"] == "exact"


def test_the_same_addresses_in_two_namespaces(tmp_path):
    """Every pod has its own 127.0.0.1:8080; the same ports at the same time are two connections."""
    code = """
import socket
s = socket.create_server(("127.0.0.1", 8080))
c = socket.create_connection(("127.0.0.1", 8080), source_address=("127.0.0.1", 40000))
a, _ = s.accept()
c.sendall(b"GET /NAME HTTP/1.1\\r\\nHost: x\\r\\n")
print("ready", flush=True)
input()
c.sendall(b"\\r\\n")
a.recv(1000)
a.sendall(b"HTTP/1.1 204 NAME\\r\\n\\r\\n")
c.recv(1000)
"""
    with watching() as w:
        pods = [subprocess.Popen(["unshare", "--net", "sh", "-c", f"ip link set lo up; exec {PYTHON} -c '{code}'"
                                  .replace("NAME", name)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
                for name in ("one", "two")]
        for pod in pods:
            assert pod.stdout.readline() == b"ready\n"
        for pod in pods:
            pod.stdin.write(b"\n")
            pod.stdin.flush()
        for pod in pods:
            pod.wait(10)
            pod.stdin.close()
            pod.stdout.close()
        w.wait_for_lines(8)
    for pod, name in zip(pods, ("one", "two")):
        mine = [e for e in w.events if e["hostProcessId"] == pod.pid]
        assert sorted(http(e)["uri_path"] or http(e)["status"] for e in mine) == [
            f"/{name}", f"/{name}", f"204 {name}", f"204 {name}"]


def test_io_uring(tmp_path):
    client = BUILD / "tests" / "peers" / "uring_client"
    if not client.exists():
        pytest.skip(f"no {client}")
    (tmp_path / "index.html").write_text("x")
    with serving(tmp_path) as (_, port), watching() as w:
        p = subprocess.Popen([client, str(port)])
        code = p.wait(10)
        if code == 77:
            pytest.skip("this kernel has no io_uring for us")
        assert code == 0
        w.wait_for_lines(4)
    mine = side(w.events, port, server=False)
    assert len(mine) == 2
    for e in mine:
        assert (e["hostProcessId"], e["processName"]) == (p.pid, "uring_client")
        assert e["httpwire"]["owner"] == "exact"


TAKING_TURNS = r"""
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
c, _ = s.accept()
turns = [os.pipe(), os.pipe()]
HEAD = b"HTTP/1.1 200 OK\r\nX-Pid: %d\r\nContent-Length: 400000\r\n\r\n"
for me in 0, 1:
    if os.fork() == 0:
        while os.read(turns[me][0], 1):
            if not c.recv(65536):
                os._exit(0)
            c.sendall(HEAD % os.getpid() + bytes(400000))
            os.write(turns[not me][1], b"x")
os.write(turns[0][1], b"x")
c.close()
sys.stdin.read()
"""


def test_workers_that_take_turns_on_a_connection(tmp_path):
    """The end of an answer leaves later, in an interrupt, when the other one may have the socket."""
    with served_by(TAKING_TURNS, tmp_path) as (_, port), watching("-e", "net_http_exchange") as w:
        client = HTTPConnection("127.0.0.1", port)
        for i in range(20):
            client.request("GET", f"/{i}")
            assert len(client.getresponse().read()) == 400000
        w.wait_for_events(port, 40)
        client.close()
    told = [(e["httpwire"]["owner"], str(e["hostProcessId"]), header["value"]) for e in w.events
            if value(e, "dst_port") == port and value(e, "connection")["role"] == "server"
            for header in value(e, "response")["headers"] if header["name"] == "X-Pid"]
    assert len(told) == 20 and len({answered for _, _, answered in told}) == 2
    assert all(named == answered for owner, named, answered in told if owner == "exact"), told
    assert sum(named == answered for _, named, answered in told) >= 15, told


BECOMING = r"""
import os, socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    if os.fork() == 0:
        head = b""
        while not head.endswith(b"\r\n\r\n"): # the shell writes line by line
            head += c.recv(65536)
        os.seteuid(65534)
        c.sendall(b"HTTP/1.1 204 %d\r\n\r\n" % os.getpid())
        os._exit(0)
    c.close()
"""


def test_a_process_is_told_as_it_was_then(tmp_path):
    """A shell sends and becomes cat, which receives; a server gives up its user in between."""
    shell = "exec 3<>/dev/tcp/127.0.0.1/%d; printf 'GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n' >&3; exec cat <&3"
    with served_by(BECOMING, tmp_path) as (_, port), watching("-e", "net_packet_http") as w:
        for _ in range(5):
            subprocess.run(["bash", "-c", shell % port], stdout=subprocess.DEVNULL, timeout=10, check=True)
        w.wait_for_events(port, 20)
    told = [(is_request(e), e["processName"] == "bash", e["processName"] == "cat", e["userId"],
             e["httpwire"]["owner"]) for e in of_port(w.events, port)]
    assert sorted(told) == sorted([(True, True, False, 0, "exact"), (True, False, False, 0, "exact"),
                                   (False, False, False, 65534, "exact"),
                                   (False, False, True, 0, "exact")] * 5)


FAMILY = r"""
import http.client, os, sys, threading, time
def get(connection):
    connection.request("GET", "/%d" % os.getppid())
    connection.getresponse().read()
def new():
    return http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
def fork():
    if os.fork() == 0:
        get(new())
        os._exit(0)
    os.wait()
def orphan():
    if os.fork() > 0:
        sys.stdin.readline()
        os._exit(0)
    connection, parent = new(), os.getppid()
    get(connection)
    os.kill(parent, 9)
    while os.getppid() == parent:
        time.sleep(0.01)
    get(connection)
    os._exit(0)
print("ready", flush=True)
thread = threading.Thread(target=fork)
thread.start()
thread.join()
if os.fork() == 0:
    orphan()
os.wait()
sys.stdin.readline()
"""


def test_parents(tmp_path):
    """A thread that forks is not the parent: its process is. An orphan has who took it in."""
    with serving(tmp_path) as (_, port), watching("-e", "net_packet_http") as w:
        p = peer(FAMILY, port)
        w.wait_for_events(port, 12)
        end(p)
    told = {e["hostParentProcessId"]: http(e)["uri_path"]
            for e in side(w.events, port, server=False) if is_request(e)}
    assert len(told) == 3 and all(path == f"/{parent}" for parent, path in told.items())


READER_AND_WRITER = r"""
import os, socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
c, _ = s.accept()
answer, answered = os.pipe(), os.pipe()
if os.fork() == 0:
    while os.read(answer[0], 1):
        c.sendall(b"HTTP/1.1 204 %d\r\n\r\n" % os.getpid())
        os.write(answered[1], b"x")
while data := c.recv(65536): # the next request is there when the child answers the one before
    time.sleep(0.005)
    for _ in range(data.count(b"\r\n\r\n")):
        os.write(answer[1], b"x")
        os.read(answered[0], 1)
"""


def test_one_reads_and_another_writes(tmp_path):
    with served_by(READER_AND_WRITER, tmp_path) as (p, port), watching("-e", "net_packet_http") as w:
        with socket.create_connection(("127.0.0.1", port), 10) as c:
            for i in range(20):
                c.sendall(b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % i)
                time.sleep(0.002)
            answers = b""
            while answers.count(b"\r\n\r\n") < 20:
                answers += c.recv(65536)
            w.wait_for_events(port, 80)
    mine = side(w.events, port, server=True)
    assert len(mine) == 40 and all(e["httpwire"]["owner"] == "exact" for e in mine if is_request(e))
    for e in mine:
        if e["httpwire"]["owner"] == "exact":
            assert e["hostProcessId"] == (p.pid if is_request(e) else int(http(e)["status"].split()[1]))
