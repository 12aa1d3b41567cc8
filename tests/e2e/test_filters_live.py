# SPDX-License-Identifier: BSD-2-Clause
"""
Filters while watching: the same events, whether the kernel decides or httpwire itself.

Two of them watch the same traffic. Of `EXPRESSION or frame.number == 0`, which says the
same, the kernel decides nothing.
"""
import contextlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest
from lab import events, value
from live import (PYTHON, Watch, cgroup_root, curl, free_port, http, is_egress, is_request, of_port, peer,
                  serving, watching, end)
from test_keys import TRANSLATED, alone
from test_live import DNS
from test_owners import CONTAINER_ID, cgroup


def told(event):
    """What an event says, but for times and what each httpwire counts by itself."""
    args = {a["name"]: a["value"] for a in event["args"]}
    own = event["httpwire"]
    return repr((event["eventName"], event["processName"], event["hostProcessId"], event["userId"],
                 event["containerId"], sorted(args.items(), key=lambda a: a[0]),
                 [own.get(key) for key in ("target", "connection_id", "midstream", "incomplete", "anomalies")]))


def by_itself(expression):
    return f"({expression}) or frame.number == 0"


class Pair:
    """One to whom the kernel gives only what the filter may show, and one who has it all."""

    def __init__(self, expression, *options):
        self.filtered = Watch("-v", *options, "-Y", expression)
        self.whole = Watch("-v", *options, "-Y", by_itself(expression))

    def stop(self, min_events):
        time.sleep(0.3)
        seen, expected = (sorted(map(told, w.stop())) for w in (self.filtered, self.whole))
        assert seen == expected
        assert len(expected) >= min_events
        return self.filtered.events

    def left_out(self):
        assert self.whole.counted["live"]["packets_filtered"] == 0
        assert b"decided in the kernel" not in self.whole.said()
        return self.filtered.counted["live"]["packets_filtered"]

    def kill(self):
        for w in (self.filtered, self.whole):
            if w.process.poll() is None:
                w.process.kill()
                w.process.wait()


@contextlib.contextmanager
def compared(expression, *options, min_events=1):
    pair = Pair(expression, *options)
    try:
        yield pair
        pair.events = pair.stop(min_events)
    finally:
        pair.kill()


@pytest.fixture(name="servers", scope="module")
def fixture_servers(tmp_path_factory):
    """The ports of two servers of IPv4, and of one of IPv6."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "index.html").write_text("hello\n")
    with serving(folder) as (_, one), serving(folder) as (_, other), \
            serving(folder, address="::1") as (_, six):
        yield one, other, six


def talk(servers):
    one, other, six = servers
    for url in (f"127.0.0.1:{one}", f"127.0.0.1:{other}", f"[::1]:{six}"):
        curl(f"http://{url}/", f"http://{url}/nothing")
    alone("true", PYTHON, "-c", DNS)


ALL = "net_packet_http,net_packet_dns,net_flow_tcp_begin,net_flow_tcp_end"
# The expression, and how many events come of it: each port has two connections.
CASES = [
    ("tcp.port == {one}", 12),
    ("tcp.dstport == {one}", 8),
    ("tcp.srcport in {{{one}, {six}}} and http", 8),
    ("tcp.port == {one} or tcp.port == {other}", 24),
    ("ip.addr == 127.0.0.0/8 and tcp.port in {{{one}, {other}}}", 24),
    ("ipv6.addr == ::1 and tcp.port == {six}", 12),
    ("ipv6.src == ::1 and ipv6.dst == ::1 and tcp.port == {six}", 12),
    ("tcp.port == {one} and not http.request", 8),
    ("udp.port == 53", 4),
    ("udp", 4),
    ("dns", 4),
    ("dns.qry.name == \"test\"", 4),
    ("tcp.port == {one} and event == net_packet_http", 8),
    ("tcp.port == {one} and event in {{net_flow_tcp_begin, net_flow_tcp_end}}", 4),
    ("http.request.method == GET and tcp.port == {other}", 8),
    ("tcp.port == 1", 0),
]


@pytest.mark.parametrize("expression, nr", CASES)
def test_the_kernel_leaves_out_nothing_that_would_be_shown(servers, expression, nr):
    expression = expression.format(**dict(zip(("one", "other", "six"), servers)))
    with compared(expression, "-e", ALL, min_events=nr) as pair:
        talk(servers)
    assert pair.left_out() > 0
    assert pair.filtered.counted["live"]["packets_copied"] < pair.whole.counted["live"]["packets_copied"]
    assert b"decided in the kernel" in pair.filtered.said()


def test_each_condition_is_told_of(servers):
    expression = f"tcp.port == {servers[0]} and http and process.uid == {os.geteuid()} and not ip.ttl == 3"
    with watching("-v", "-Y", expression) as w:
        pass
    moved = [line.split(b": ", 2)[2] for line in w.said().splitlines() if b"decided in the kernel: " in line]
    assert moved == [b"tcp.port == %d" % servers[0], b"process.uid == %d" % os.geteuid()]
    with watching("-v", "--port", servers[0], "--status", "200") as w:
        pass
    assert b"decided in the kernel: tcp.port in {%d} or udp.port in {%d}" % (servers[0], servers[0]) in w.said()
    with watching("-v", "-e", ALL, "-Y", "http and ip") as w:
        pass
    assert b"decided in the kernel: event in {net_packet_http}\n" in w.said()


@pytest.mark.parametrize("port", [8888, 9999])
def test_behind_destination_nat(port):
    """The client's packets go to port 9999 and are answered from it; the server has 8888."""
    if not shutil.which("nft"):
        pytest.skip("no nft")
    rules = ("nft add table ip nat; "
             "nft 'add chain ip nat output { type nat hook output priority -100; }'; "
             "nft add rule ip nat output tcp dport 9999 dnat to 127.0.0.1:8888")
    with compared(f"tcp.port == {port}", "-e", ALL) as pair:
        alone(rules, PYTHON, "-c", TRANSLATED)
    messages = [e for e in pair.events if e["eventName"] == "net_packet_http"]
    assert sorted((is_request(e), is_egress(e)) for e in messages) == (
        [(False, True), (True, False)] if port == 8888 else [(False, False), (True, True)])


@pytest.mark.parametrize("option", ["--verbose", "--no-gate"])
def test_handshakes_of_others_are_left_out(servers, option):
    """Also those packets that come to a listener, and its answers."""
    with watching("--port", 1, option) as w:
        talk(servers)
    assert w.counted["live"]["packets_copied"] == 0 < w.counted["live"]["packets_filtered"]


def resident(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


@pytest.mark.parametrize("option", ["--verbose", "--no-gate"])
def test_connections_of_others_take_no_memory(option):
    """Nor is it told who uses them, and that they end."""
    with socket.create_server(("127.0.0.1", 0)) as s, watching("--port", 1, option) as w:
        before = resident(w.process.pid)
        for _ in range(3000):
            with socket.create_connection(s.getsockname()) as c, s.accept()[0] as a:
                c.sendall(b"GET / HTTP/1.1\r\n\r\n")
                a.recv(100)
                a.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                c.recv(100)
        time.sleep(0.3)
        assert resident(w.process.pid) - before < 500 * 1024


def test_single_packets(servers):
    with compared(f"tcp.port == {servers[0]} and ip.ttl > 1", "-e", "net_packet_ipv4,net_packet_tcp,net_packet_http",
                  min_events=20) as pair:
        talk(servers)
    assert pair.left_out() > 0


def test_by_process(servers):
    """Not the servers, which have threads, but who asks DNS, is left out by its name."""
    for expression, which, nr in ((f"process.name == curl and tcp.port == {servers[0]}", ALL, 6),
                                  (f"process.name == curl and process.uid == {os.geteuid()}",
                                   "net_packet_http,net_packet_dns", 12)):
        with compared(expression, "-e", which, min_events=nr) as pair:
            talk(servers)
        assert {e["processName"] for e in pair.events} == {"curl"}
        assert pair.left_out() > 0


def again(pid, words):
    """Run the program under that id, which is free."""
    for _ in range(200):
        pathlib.Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
        p = subprocess.Popen(["sh", "-c", 'read go && exec "$@"', "sh", *words], stdin=subprocess.PIPE)
        p.communicate(b"go\n" if p.pid == pid else b"", timeout=20)
        if p.pid == pid:
            return
    pytest.skip(f"process id {pid} does not come again")


def test_by_process_id(servers):
    """Ids are used again: it is whoever has it when the packets come."""
    url = f"http://127.0.0.1:{servers[0]}/"
    shell = subprocess.Popen(["sh", "-c", f"read go; exec curl -s -o /dev/null {url}"], stdin=subprocess.PIPE)
    with compared(f"process.pid in {{{shell.pid}, 1}}", min_events=4) as pair:
        talk(servers)
        shell.communicate(b"\n", timeout=10)
        again(shell.pid, ["curl", "-s", "-o", "/dev/null", url])
    assert {e["hostProcessId"] for e in pair.events} == {shell.pid} and len(pair.events) == 4
    assert pair.left_out() > 0


NAMED_THREADS = """
import ctypes, http.server, socketserver, sys, threading
set_name = ctypes.CDLL(None).prctl
numbers = iter(range(1000))
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        set_name(15, b"worker-%d" % next(numbers))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""


def test_threads_that_change_their_names():
    """The name is the one that the thread had when it sent or received."""
    port = free_port()
    server = peer(NAMED_THREADS, port)
    try:
        with compared(f"process.name == worker-3 and tcp.port == {port}") as pair:
            for i in range(3):
                curl(*[f"http://127.0.0.1:{port}/{i}/{j}" for j in range(4)])
    finally:
        end(server)
    assert {e["processName"] for e in pair.events} == {"worker-3"}


def test_a_process_has_its_own_name_whichever_of_its_threads_serves():
    """As ps shows it: a pool of threads is one row of the summary, and one name to ask for."""
    port = free_port()
    server = peer(NAMED_THREADS, port)
    try:
        with watching("-e", "net_http_exchange", "--summary=json", "-Y",
                      f"process.name == python3 and tcp.port == {port}") as w:
            for i in range(3):
                curl(f"http://127.0.0.1:{port}/{i}")
            w.wait_for_events(port, 3)
    finally:
        end(server)
    assert {e["processName"] for e in w.events} == {"worker-0", "worker-1", "worker-2"}
    summary = next(json.loads(line) for line in w.said().splitlines() if b'"event":"summary"' in line)
    assert [(p["process"], p["requests"]) for p in summary["processes"]] == [("python3", 3)]


RENAMED = """
import ctypes, socket, sys
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
for name in (b"first", b"second", b"second", b"second"):
    sys.stdin.readline()
    ctypes.CDLL(None).prctl(15, name)
    c.sendall(b"GET /%s HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" % name)
    c.recv(10000)
    print("done", flush=True)
"""


def test_a_name_that_changes_is_seen_from_the_next_use_on():
    port = free_port()
    server = peer(NAMED_THREADS, port)
    try:
        with watching("-Y", f"process.name == second and tcp.port == {port}") as w:
            client = peer(RENAMED, port)
            for _ in range(4):
                client.stdin.write(b"\n")
                client.stdin.flush()
                client.stdout.readline()
            w.wait_for_lines(4)
            end(client)
    finally:
        end(server)
    assert {e["processName"] for e in w.events} == {"second"}
    assert 2 <= sum(is_request(e) for e in w.events) <= 3


def test_by_container(servers):
    """Also after its cgroup was made anew."""
    group = cgroup_root() / "system.slice" / f"docker-{CONTAINER_ID}.scope"
    run = ["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null $0",
           f"http://127.0.0.1:{servers[0]}/"]
    with cgroup(group):
        pair = Pair(f"container.id == \"{CONTAINER_ID}\"")
        talk(servers)
        subprocess.run(run, check=True, timeout=20)
    try:
        with cgroup(group):
            subprocess.run(run, check=True, timeout=20)
        events = pair.stop(4)
    finally:
        pair.kill()
    assert len(events) == 4 and {e["containerId"] for e in events} == {CONTAINER_ID}
    assert pair.left_out() > 0


def test_by_cgroup(servers):
    group = cgroup_root() / "httpwire-test"
    with cgroup(group):
        number = group.stat().st_ino
        with compared(f"process.cgroup == {number}", min_events=2) as pair:
            talk(servers)
            subprocess.run(["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null $0",
                            f"http://127.0.0.1:{servers[0]}/"], check=True, timeout=20)
    assert {e["cgroupId"] for e in pair.events} == {number}
    assert pair.left_out() > 0


def test_only_dns_leaves_http_in_the_kernel(servers):
    with watching("-e", "net_packet_dns") as w:
        talk(servers)
        w.wait_for_lines(4)
    assert w.counted["packets"]["tcp"] == 0 and w.counted["packets"]["udp"] == 4
    assert w.counted["live"]["packets_filtered"] > 0


def test_only_flows_leave_messages_in_the_kernel(servers):
    with watching("-e", "flows") as w:
        talk(servers)
        w.wait_for_events(servers[0], 8)
    assert len(of_port(w.events, servers[0])) == 8 # two connections
    assert w.counted["tcp"]["bytes"] == 0


def test_packets_of_flows_are_written_with_what_they_carry(servers, tmp_path):
    with watching("-e", "flows", "--port", servers[0], "-w", tmp_path / "packets") as w:
        talk(servers)
        w.wait_for_events(servers[0], 8)
    read = events("-r", tmp_path / "packets")
    assert len(of_port(read, servers[0])) == len(read) >= 4


DNS_OVER_TCP = DNS.replace("SOCK_DGRAM", "SOCK_STREAM").replace(
    "c.connect", "d.listen(); c.connect").replace("c.send(", "a, _ = d.accept(); c.sendall(b'\\0\\x16' + ").replace(
    "d.recvfrom(100)", "a.recv(100), 0").replace("d.sendto(question[:2] + b\"\\x81\" + question[3:], who)",
                                                "a.sendall(question[:4] + b\"\\x81\" + question[5:])")


def test_dns_over_tcp():
    with watching("-e", "net_packet_dns") as w:
        alone("true", PYTHON, "-c", DNS_OVER_TCP)
        w.wait_for_lines(4)
    assert [value(e, "proto_dns")["QR"] for e in w.events] == [0, 0, 1, 1]
    assert {value(e, "src_port") for e in w.events} > {53}


def test_the_last_data_of_what_is_not_http_ends_its_flow():
    """FIN comes with data there."""
    with socket.create_server(("127.0.0.1", 0)) as s, watching("-e", "flows") as w:
        port = s.getsockname()[1]
        with socket.create_connection(s.getsockname()) as c:
            a, _ = s.accept()
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            c.sendall(b"\x00\x01")
            c.shutdown(socket.SHUT_WR)
            a.recv(2)
            a.close()
        w.wait_for_events(port, 4)
    assert len(of_port(w.events, port)) == 4


def test_shortcuts(servers):
    one, other, _ = servers
    with watching("--port", one, "--status", "404") as w, watching("--host", f"127.0.0.1:{other}", "--path", "/n*") as v:
        talk(servers)
        w.wait_for_lines(2)
        v.wait_for_lines(4)
    assert {http(e)["status"] for e in w.events} == {"404 File not found"} and len(w.events) == 2
    assert sorted(http(e)["uri_path"] for e in v.events) == ["", "", "/nothing", "/nothing"]
