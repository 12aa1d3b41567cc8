# SPDX-License-Identifier: BSD-2-Clause
"""
How long a real server takes: nginx in front of one that waits, beside tcpdump, tshark and curl

The times of a capture are those of its packets, to the nanosecond; those seen live are
within a moment of a tcpdump's that ran at the same time, and the client's of curl's.
"""
import collections
import contextlib
import select
import shutil
import signal
import socket
import statistics
import subprocess
import time

import pytest

from lab import SANITIZED, events, tshark_fields, value
from live import dumping, free_port, running, serving, watching

ORIGIN = """
import http.server, sys, time
class Origin(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        wait, pieces = map(int, self.path.strip("/").split("/")[:2])
        time.sleep(wait / 1000)
        self.send_response(200)
        self.send_header("Content-Length", str(10 * pieces))
        self.end_headers()
        for i in range(pieces):
            self.wfile.write(b"0123456789")
            time.sleep(0.01 * (i < pieces - 1))
    def log_message(self, *args):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Origin).serve_forever()
"""
TARGETS = ["0/1", "20/1", "200/1", "20/5"]
TIMES = 5 # each target is asked for so often


@pytest.fixture(name="front")
def fixture_front(tmp_path):
    """nginx's port, and that of what it asks."""
    port, origin = free_port(), free_port()
    tmp_path.chmod(0o755)
    conf = tmp_path / "nginx.conf"
    conf.write_text(f"""
user root; worker_processes 1; pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off;
events {{ }}
http {{
  access_log off; proxy_buffering off;
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{origin}; }} }}
}}
""")
    with running("/usr/bin/python3", "-c", ORIGIN, origin, port=origin), \
         running("nginx", "-c", conf, "-e", tmp_path / "error.log", port=port):
        yield port, origin


def ask(port):
    """What curl measured: path -> seconds to the first byte, and in all."""
    measured = {}
    for i in range(TIMES):
        for target in TARGETS:
            path = f"/{target}/{i}"
            done = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w",
                                   "%{time_pretransfer} %{time_starttransfer} %{time_total}",
                                   f"http://127.0.0.1:{port}{path}"], capture_output=True, check=True)
            before, first, total = map(float, done.stdout.split())
            measured[path] = (first - before, total - before)
    return measured


def by_path(found, port, role):
    mine = [e for e in found if value(e, "dst_port") == port and value(e, "connection")["role"] == role]
    return {value(e, "request")["path"]: e for e in mine}


def duration(event):
    return value(event, "time")["duration"] / 1e9


def ttfb(event):
    return value(event, "time")["time_to_first_byte"] / 1e9


@pytest.mark.skipif(not shutil.which("tcpdump"), reason="no tcpdump")
def test_how_long_it_took(front, tmp_path):
    port, origin = front
    with dumping(tmp_path / "lo.pcap", "lo", "--time-stamp-precision=nano", "tcp"), watching("-e", "net_http_exchange") as w:
        measured = ask(port)
        w.wait_for(lambda: len([l for l in w.printed().splitlines() if b"/20/5/4" in l]) >= 4)

    # both connections from both sides
    views = {(p, role): by_path(w.events, p, role) for p in front for role in ("client", "server")}
    assert all(set(view) == set(measured) for view in views.values())
    for path in measured:
        mine, theirs = (views[port, role][path] for role in ("client", "server"))
        assert value(mine, "connection")["id"] == value(theirs, "connection")["id"]
        assert mine["processName"] == theirs["httpwire"]["peer"]["processName"] == "curl"
        assert theirs["processName"] == mine["httpwire"]["peer"]["processName"] == "nginx"
        assert 0 < value(mine, "time")["connect"] < 1e9
        wait, pieces = map(int, path.split("/")[1:3])
        assert duration(mine) >= wait / 1000 + 0.01 * (pieces - 1)
        assert duration(views[origin, "client"][path]) <= duration(mine)

    # as curl has it, which reads a little later
    for target in TARGETS:
        paths = [p for p in measured if p.startswith(f"/{target}/")]
        late = [measured[p][1] - duration(views[port, "client"][p]) for p in paths]
        assert abs(statistics.median(late)) < 0.002, (target, late)
        late = [measured[p][0] - ttfb(views[port, "client"][p]) for p in paths]
        assert abs(statistics.median(late)) < 0.002, (target, late)

    # as tcpdump has it, which sees the packets a little later
    dumped = {value(e, "request")["path"]: e
              for e in events("-q", "-r", tmp_path / "lo.pcap", "-e", "net_http_exchange",
                              "port", port)}
    assert set(dumped) == set(measured)
    off = [abs(duration(dumped[p]) - duration(views[port, "client"][p])) for p in measured]
    assert statistics.median(off) < 0.001 and max(off) < 0.02, off


def packet_times(path):
    """Number -> time in nanoseconds, as tshark has it."""
    return {int(n): int(t.replace(".", ""))
            for n, t in tshark_fields(path, "frame.number", "frame.time_epoch")}


@pytest.mark.skipif(not shutil.which("tcpdump") or not shutil.which("tshark"),
                    reason="no tcpdump or no tshark")
def test_times_of_a_capture_are_those_of_its_packets(front, tmp_path):
    port, _ = front
    with dumping(tmp_path / "lo.pcap", "lo", "--time-stamp-precision=nano", "tcp"):
        measured = ask(port)
    times = packet_times(tmp_path / "lo.pcap")
    found = events("-q", "-r", tmp_path / "lo.pcap", "-e", "net_http_exchange", "port", port)
    assert len(found) == len(measured)
    for e in found:
        t = value(e, "time")
        assert t["request_start"] == times[value(e, "request")["frame"]]
        assert t["response_start"] == times[value(e, "response")["frame"]]
        assert t["response_end"] == times[e["httpwire"]["frame"]]
        assert t["duration"] == t["response_end"] - t["request_start"]
        assert t["time_to_first_byte"] == t["response_start"] - t["request_end"]


def test_what_goes_on_is_told_of(front):
    port, _ = front
    with watching("-e", "net_http_exchange", "--progress", "50ms") as w:
        subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/400/1/x"],
                       check=True)
        w.wait_for(lambda: w.printed().count(b'"complete"') >= 4)
    ends = [value(e, "end") for e in w.events
            if value(e, "dst_port") == port and value(e, "connection")["role"] == "client"]
    assert ends[-1] == "complete" and ends.count("goes_on") >= 3, ends


def test_a_client_that_gives_up(tmp_path):
    """Its RST, as it closes with data unread, is of its own connection: both sides end then."""
    (tmp_path / "big").write_bytes(bytes(4_000_000))
    with serving(tmp_path) as (_, port), watching("-e", "net_http_exchange") as w:
        done = subprocess.run(["curl", "-s", "-m", "0.3", "--limit-rate", "1k", "-o", "/dev/null", f"http://127.0.0.1:{port}/big"],
                              check=False)
        assert done.returncode == 28 # curl's for what took too long
        w.wait_for_events(port, 2)
    ends = {value(e, "connection")["role"]: (value(e, "end"), 0.2 < duration(e) < 2) for e in w.events
            if value(e, "dst_port") == port}
    assert ends == {"client": ("aborted_by_client", True), "server": ("aborted_by_client", True)}


def test_how_much_of_a_long_body_has_come_is_told_while_it_goes_on():
    """However its end is known: what is told of is copied."""
    step, steps = 50_000, 40
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            watching("-e", "net_http_exchange", "--progress", "100ms") as w:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, listener.accept()[0] as server:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            server.recv(100)
            server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            for _ in range(steps):
                server.sendall(bytes(step))
                left = step
                while left:
                    left -= len(client.recv(left))
                time.sleep(0.02)
            w.wait_for_events(port, 8)
            time.sleep(0.3)
            w.stop()
    mine = [e for e in w.events if value(e, "dst_port") == port and value(e, "connection")["role"] == "client"]
    sizes = [value(e, "response")["body_size"] for e in mine]
    assert sizes == sorted(sizes) and len(set(sizes)) > 3 and sizes[-1] >= step * steps, sizes
    assert not any(value(e, "response").get("incomplete") for e in mine if value(e, "end") == "goes_on")


def test_a_client_that_gives_up_before_its_server_notices():
    """Its FIN is acknowledged, then there is no socket any more that would see the server's."""
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("-e", "net_http_exchange") as w:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            server.recv(100)
            client.close()
            time.sleep(0.2)
        w.wait_for_events(address[1], 2)
    ends = {value(e, "connection")["role"]: value(e, "end") for e in w.events
            if value(e, "dst_port") == address[1]}
    assert ends == {"client": "aborted_by_client", "server": "aborted_by_client"}


def test_a_client_that_gave_up_long_ago_is_known():
    """Its server goes on: other connections that end meanwhile do not take its place."""
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            watching("-e", "net_http_exchange", "--progress", "200ms") as w:
        address = listener.getsockname()
        asked = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            client.sendall(asked)
            server.recv(100)
            client.close()
            for _ in range(3):
                time.sleep(0.15)
                with socket.create_connection(address) as other, listener.accept()[0] as its:
                    other.sendall(asked)
                    its.recv(100)
            server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            time.sleep(0.1)
        w.wait_for_events(address[1], 8)
    mine = [e for e in w.events if value(e, "dst_port") == address[1] and value(e, "connection")["role"] == "server"]
    peers = [e["httpwire"].get("peer", {}).get("hostProcessId") for e in mine]
    assert len(mine) > 4 and peers == [e["hostProcessId"] for e in mine]


SET = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
static volatile long *seconds;
static int (*real)(clockid_t, struct timespec *);
__attribute__((constructor)) static void begin(void)
{
	real = dlsym(RTLD_NEXT, "clock_gettime");
	seconds = mmap(NULL, sizeof(long), PROT_READ, MAP_SHARED, open(getenv("SECONDS_SET"), O_RDONLY), 0);
}
int clock_gettime(clockid_t clock, struct timespec *ret)
{
	const int err = real(clock, ret);
	if (clock == CLOCK_REALTIME)
		ret->tv_sec += *seconds;
	return err;
}
"""


@pytest.fixture(name="clock")
def fixture_clock(tmp_path):
    """What makes a program run by a clock, and the file that says by how much that was set."""
    if SANITIZED:
        pytest.skip("a library to preload comes before the sanitizer's")
    (tmp_path / "set.c").write_text(SET)
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", tmp_path / "set.so", tmp_path / "set.c"], check=True)
    file = tmp_path / "seconds"
    file.write_bytes(bytes(8))
    return ("env", f"LD_PRELOAD={tmp_path / 'set.so'}", f"SECONDS_SET={file}"), file


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_is_set_takes_no_time(clock, tmp_path, seconds):
    """By NTP, or as a virtual machine goes on: what lasts took as long, and it is as late as the clock says."""
    program, file = clock
    packets = tmp_path / "p.pcapng"
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            watching("-e", "net_http_exchange", "-w", packets, program=program) as w:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, listener.accept()[0] as server:
            def exchange(pause):
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                server.recv(100)
                pause()
                server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                client.recv(100)

            def set_clock():
                with file.open("r+b") as f: # in place: it is mapped
                    f.write(seconds.to_bytes(8, "little", signed=True))
                time.sleep(1.5) # it is looked at each second

            exchange(set_clock)
            exchange(lambda: time.sleep(0.2))
            now = time.time() + seconds
            w.wait_for_events(port, 4)
    first, second = ([e for e in w.events if value(e, "dst_port") == port and value(e, "connection")["number"] == n]
                     for n in (1, 2))
    assert len(first) == len(second) == 2
    for e in first + second:
        took = value(e, "time")
        assert abs(e["timestamp"] / 1e9 - now) < 5
        assert took["response_end"] - took["request_start"] == took["duration"]
        assert abs(e["threadStartTime"] / 1e9 - now) < 1800
    assert all(1.4 < duration(e) < 4 for e in first) and all(0.1 < duration(e) < 2 for e in second)
    again = [e for e in events("-r", packets, "-e", "net_http_exchange", "-Y", f"tcp.port == {port}")
             if value(e, "connection")["number"] == 2]
    assert again and all(abs(e["timestamp"] / 1e9 - now) < 5 for e in again)


def test_a_client_that_gives_up_what_ends_with_the_connection():
    """Both sides say so, though no byte of the answer that came is missing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("-e", "net_http_exchange") as w:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            server.recv(100)
            server.sendall(b"HTTP/1.1 200 OK\r\n\r\ndata: 1\n\n")
            client.recv(100)
            client.close()
            time.sleep(0.2)
            server.sendall(b"data: 2\n\n")
            time.sleep(0.2)
        w.wait_for_events(address[1], 2)
    ends = {value(e, "connection")["role"]: (value(e, "end"), value(e, "response")["incomplete"])
            for e in w.events if value(e, "dst_port") == address[1]}
    assert ends == {"client": ("aborted_by_client", "closed"), "server": ("aborted_by_client", "reset")}


def test_http_behind_the_greetings_of_a_proxy():
    """They are left out on purpose, so nothing is missing."""
    greetings = [(b"\x05\x01\x00", b"\x05\x00"),
                 (b"\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", b"\x05\x00\x00\x01" + bytes(6))]
    messages = [(b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i, b"HTTP/1.1 204 No Content\r\n\r\n")
                for i in range(3)]
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("-e", "net_http_exchange") as w:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            for asked, answered in greetings + messages:
                client.sendall(asked)
                server.recv(100)
                server.sendall(answered)
                client.recv(100)
        w.wait_for_events(address[1], 6)
    found = collections.Counter(
        (value(e, "connection")["role"], value(e, "request")["path"], value(e, "end"))
        for e in w.events if value(e, "dst_port") == address[1])
    assert found == {(role, f"/{i}", "complete"): 1 for role in ("client", "server") for i in range(3)}


@pytest.mark.parametrize("header", [
    b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes((192, 0, 2, 1, 192, 0, 2, 2, 15, 160, 0, 80))], ids=["v1", "v2"])
@pytest.mark.parametrize("is_apart", [True, False], ids=["apart", "with the request"])
def test_nothing_is_odd_behind_the_header_of_a_proxy(header, is_apart):
    """Whether it has a packet of its own or not."""
    request, answer = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("-e", "net_http_exchange") as w:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            for sent in [header, request] if is_apart else [header + request]:
                client.sendall(sent)
                assert server.recv(1000) == sent
            server.sendall(answer)
            assert client.recv(1000) == answer
        w.wait_for_events(address[1], 2)
    found = [e for e in w.events if value(e, "dst_port") == address[1]]
    assert [(value(e, "end"), e["httpwire"]["anomalies"]) for e in found] == [("complete", [])] * 2


def fill(client):
    """Send until there is no more room, and the peer makes none: else nothing waits to be acknowledged."""
    client.setblocking(False)
    while select.select([], [client], [], 0.02)[1]:
        with contextlib.suppress(BlockingIOError):
            client.send(bytes(65536))


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_an_upload_that_is_given_up_and_answered(host):
    """Its FIN never leaves, and over IPv6 what refuses the answer is of no socket."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener, watching("-e", "net_http_exchange,flows") as w:
        port = listener.getsockname()[1]
        with socket.create_connection((host, port)) as client, listener.accept()[0] as server:
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
            server.recv(100)
            fill(client)
            client.close()
            time.sleep(0.1)
            server.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
            time.sleep(0.1)
        w.wait_for_events(port, 6)
        w.stop()
    mine = [e for e in w.events if value(e, "dst_port") == port]
    assert sum(e["eventName"] == "net_flow_tcp_end" for e in mine) == 2
    assert [value(e, "response")["status_code"] for e in mine if e["eventName"] == "net_http_exchange"] == [413, 413]


def test_a_peer_that_does_not_take_what_is_sent():
    """The kernel gives it up without a packet; the request has timed out then, not in five minutes."""
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("-e", "net_http_exchange,flows") as w:
        address = listener.getsockname()
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500) # ms
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
            server.recv(100)
            with pytest.raises(TimeoutError):
                while True:
                    client.send(bytes(65536))
            w.wait_for_events(address[1], 4)
            w.stop()
    mine = [e for e in w.events if value(e, "dst_port") == address[1]]
    assert sum(e["eventName"] == "net_flow_tcp_end" for e in mine) == 1
    ended = {value(e, "connection")["role"]: value(e, "end") for e in mine if e["eventName"] == "net_http_exchange"}
    assert ended == {"client": "timeout", "server": "capture_ended"}


def test_an_end_without_a_packet_is_told_of_a_port_that_was_asked_for():
    """The server's socket has given its port back by then."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        with watching("-e", "net_http_exchange", "--port", address[1]) as w:
            with socket.create_connection(address) as client, listener.accept()[0] as server:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500) # ms
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                server.recv(100)
                server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
                with pytest.raises(TimeoutError):
                    while True:
                        server.send(bytes(65536))
                w.wait_for_events(address[1], 1)
                w.stop()
    ended = {value(e, "connection")["role"]: value(e, "end") for e in w.events}
    assert ended == {"client": "capture_ended", "server": "timeout"}


def wait_for_error(client):
    poll = select.poll()
    poll.register(client, 0)
    assert poll.poll(10000)


def test_no_end_is_lost_to_a_signal():
    """Which wakes the reader where ends without a packet are all that there is."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=100))
        w = stack.enter_context(watching("-e", "net_http_exchange"))
        address, clients = listener.getsockname(), []
        for _ in range(5):
            client = stack.enter_context(socket.create_connection(address))
            stack.enter_context(listener.accept()[0])
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 1000) # ms
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n")
            fill(client)
            clients.append(client)
        time.sleep(0.3) # the reader sleeps by then
        w.process.send_signal(signal.SIGSTOP)
        for client in clients:
            wait_for_error(client)
        w.process.send_signal(signal.SIGUSR2) # which does nothing else
        w.process.send_signal(signal.SIGCONT)
        w.wait_for_events(address[1], 5)
        w.stop()
        ends = [value(e, "end") for e in w.events if value(e, "dst_port") == address[1]]
    assert collections.Counter(ends) == {"timeout": 5, "capture_ended": 5}


def test_more_ends_at_once_than_are_read_at_once():
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=1000))
        w = stack.enter_context(watching("-e", "net_http_exchange"))
        address, clients = listener.getsockname(), []
        for _ in range(700):
            clients.append(stack.enter_context(socket.create_connection(address)))
            server = stack.enter_context(listener.accept()[0])
            clients[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            server.recv(100)
            server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        w.process.send_signal(signal.SIGSTOP)
        for client in clients:
            client.close() # with data unread
        w.process.send_signal(signal.SIGCONT)
        w.wait_for_events(address[1], 1400)
        w.stop()
        ends = [value(e, "end") for e in w.events if value(e, "dst_port") == address[1]]
    assert ends == ["aborted_by_client"] * 1400
