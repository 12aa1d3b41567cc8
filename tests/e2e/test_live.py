# SPDX-License-Identifier: BSD-2-Clause
"""Watching the host: complete, in time, with an orderly end"""
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest
from lab import ACK, FIN, HTTPWIRE, check_accounts, httpwire, tcp_packet, value
from live import (PYTHON, Watch, curl, exe_of, free_port, http, is_egress, is_request, links,
                  links_of, of_port, running, serving, side, watching)


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    (tmp_path / "index.html").write_text("hello\n")
    return tmp_path


def test_a_request_is_seen_on_both_sides_with_its_process(folder):
    with serving(folder) as (server, port), watching() as w:
        client, _ = curl(f"http://127.0.0.1:{port}/?a=b")
        w.wait_for_lines(4)
    mine = side(w.events, port, server=False)
    theirs = side(w.events, port, server=True)
    assert [is_request(e) for e in mine] == [True, False] == [is_request(e) for e in theirs]
    for events, pid, name, exe in ((mine, client, "curl", "/usr/bin/curl"),
                                   (theirs, server.pid, "python3", exe_of(PYTHON))):
        for e in events:
            assert (e["hostProcessId"], e["processName"]) == (pid, name)
            assert e["executable"] == {"path": exe}
            assert e["userId"] == os.geteuid()
            assert e["httpwire"]["owner"] == "exact"
            assert abs(e["timestamp"] / 1e9 - time.time()) < 60
            if pid == client: # a server may start a thread for the connection
                assert e["threadStartTime"] <= e["timestamp"]
    assert mine[0]["httpwire"]["query"] == "a=b"
    assert [e["syscall"] for e in mine] == ["sendto", ""] and theirs[1]["syscall"] == "sendto"
    assert len({e["httpwire"]["connection_id"] for e in mine + theirs}) == 1
    assert len({e["httpwire"]["socket_cookie"] for e in mine + theirs}) == 2
    check_accounts(w.counted)


def answer_all(listener):
    connection, _ = listener.accept()
    with connection:
        head = b""
        while received := connection.recv(65536):
            head += received
            if head.endswith(b"\r\n\r\n"):
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                head = b""


def test_packets_of_every_size_are_copied_whole():
    """Each size of a record in the kernel's ring has its own code."""
    lengths = [*range(1, 2200), *range(4000, 4100), 16300, 16384, 20000]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=answer_all, args=(listener,))
        thread.start()
        with watching("--port", port) as w, socket.create_connection(("127.0.0.1", port)) as client:
            for length in lengths:
                text = f"{length:x}.".encode() * length
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + text[:length] + b"\r\n\r\n")
                assert client.recv(100).startswith(b"HTTP/1.1 204")
        thread.join()
    mine = side(w.events, port, server=False)
    requests = [http(e) for e in mine if is_request(e)]
    assert [r["headers"]["X"][0] for r in requests] == [(f"{n:x}." * n)[:n] for n in lengths]
    assert not any("anomalies" in e["httpwire"] and e["httpwire"]["anomalies"] for e in mine)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_both_families(folder, address):
    url = f"[{address}]" if ":" in address else address
    with serving(folder, address=address) as (_, port), watching() as w:
        curl(f"http://{url}:{port}/")
        w.wait_for_lines(4)
    assert {value(e, "src") for e in of_port(w.events, port)} == {address}
    assert len(side(w.events, port, True)) == len(side(w.events, port, False)) == 2


def test_an_ipv4_client_of_a_dual_stack_server(folder):
    with serving(folder, address="::") as (_, port), watching() as w:
        curl(f"http://127.0.0.1:{port}/")
        w.wait_for_lines(4)
    assert len(side(w.events, port, True)) == len(side(w.events, port, False)) == 2
    assert {value(e, "dst") for e in of_port(w.events, port)} == {"127.0.0.1"}
    assert len({e["httpwire"]["connection_id"] for e in of_port(w.events, port)}) == 1


def test_events_come_within_50_ms(folder):
    """The time from the packet to the line, as a reader of the pipe has it."""
    late = []
    with serving(folder) as (_, port):
        w = subprocess.Popen([str(HTTPWIRE), "-o", "json"], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)
        if not w.stderr.readline().startswith(b"httpwire: watching"):
            w.kill()
            pytest.skip("cannot watch here")
        for _ in range(50):
            curl(f"http://127.0.0.1:{port}/")
            nr = len(late) + 4
            while len(late) < nr:
                e = json.loads(w.stdout.readline())
                late += [time.time() - e["timestamp"] / 1e9 for e in of_port([e], port)]
        w.send_signal(signal.SIGINT)
        w.communicate(timeout=10)
    # The reader itself waits for curl, so half of the time is not httpwire's.
    assert sorted(late)[len(late) // 2] < 0.05, sorted(late)


def test_it_sleeps_while_nothing_comes():
    """Time that it runs or would: on a busy machine, too, who never waits has all of it."""
    def awake(pid):
        return sum(map(int, pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[:2]))

    with watching("--pid", os.getpid()) as w:
        began, before = time.monotonic_ns(), awake(w.pid)
        time.sleep(1)
        assert awake(w.pid) - before < (time.monotonic_ns() - began) / 2


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order(folder, how):
    with serving(folder) as (_, port):
        w = Watch()
        curl(f"http://127.0.0.1:{port}/")
        events = w.stop(how)
    assert len(of_port(events, port)) == 4
    assert w.counted["live"]["packets_lost"] == 0
    check_accounts(w.counted)


def test_nothing_is_left_after_kill_9():
    w = Watch()
    mine = links_of(w.pid)
    assert len(mine) >= 5 and mine <= links()
    w.process.kill()
    w.process.wait()
    for _ in range(100):
        if not mine & links():
            return
        time.sleep(0.02)
    raise AssertionError(mine & links())


def test_two_work_side_by_side_and_the_gate_changes_nothing(folder):
    """Bodies that are long, chunked, until close; what is not HTTP; all seen by both."""
    (folder / "big").write_bytes(bytes(10_000_000))
    nginx = folder / "nginx.conf"
    port, other = free_port(), free_port()
    nginx.write_text(f"""
user root; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ }}
http {{ access_log off; gzip_proxied any;
  server {{ listen 127.0.0.1:{port}; root {folder};
    location /chunked/ {{ gzip on; gzip_types *; gzip_min_length 1; rewrite ^/chunked(/.*)$ $1 break; }} }} }}
""")
    with running("nginx", "-c", nginx, "-e", folder / "error.log", port=port), \
            serving(folder, port=other), \
            watching() as gated, watching("--no-gate") as all_of_it:
        for url in ("/big", "/chunked/big", "/", "/big", "/nothing"):
            curl("--compressed", "-o", "/dev/null", f"http://127.0.0.1:{port}{url}",
                 f"http://127.0.0.1:{port}{url}?again")
            curl("-o", "/dev/null", f"http://127.0.0.1:{other}{url}")
        with socket.create_connection(("127.0.0.1", port)) as s:
            s.sendall(b"\x16\x03\x01" + bytes(1000))
            s.recv(1000)
        time.sleep(0.3)

    def told(events):
        return sorted((http(e)["direction"], value(e, "src_port"), value(e, "dst_port"), is_egress(e),
                       http(e)["uri_path"], http(e)["status"], http(e)["content_length"],
                       e["httpwire"]["target"], e["httpwire"]["connection_id"]) for e in events)

    seen, expected = ([e for p in (port, other) for e in of_port(w.events, p)] for w in (gated, all_of_it))
    assert len(expected) >= 60
    assert told(seen) == told(expected)
    assert all_of_it.counted["live"]["packets_skipped"] == 0
    assert gated.counted["live"]["packets_copied"] < all_of_it.counted["live"]["packets_copied"]


OPENERS = [b" GET", b"\tGET", b"  \t GET", b"GET\t", b"\x01GET", b"\0GET", b"\xef\xbb\xbfGET", b"\r\nGET",
           b"G(ET", b'"GET"', b"G\xc3\x89T", b"GET:", b"[GET]", b"G\0T"]


def test_the_gate_hides_no_request_that_begins_oddly():
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            watching("--port", listener.getsockname()[1]) as gated, \
            watching("--no-gate", "--port", listener.getsockname()[1]) as all_of_it:
        for n, opener in enumerate(OPENERS):
            with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as server:
                client.sendall(opener + b" /%d HTTP/1.1\r\nHost: a\r\n\r\n" % n)
                server.recv(100)
                server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                client.recv(100)
        time.sleep(0.3)

    def told(w):
        return sorted((http(e)["direction"], is_egress(e), http(e)["method"], http(e)["uri_path"], http(e)["status"],
                       e["httpwire"]["anomalies"]) for e in w.events)

    assert told(gated) == told(all_of_it)
    assert {http(e)["uri_path"] for e in gated.events if is_request(e)} == {f"/{n}" for n in range(len(OPENERS) - 1)}


def test_the_gate_hides_no_request_with_blanks_of_another_kind():
    """VT, FF and CR part words for some servers, as for Python's (RFC 9112 3); here the line comes in two packets."""
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("--port", listener.getsockname()[1]) as w:
        for n, (opener, blank) in enumerate(zip((b"", b"\v", b"\f"), b"\v\f\r")):
            with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as server:
                client.sendall(opener + b"GET%c/" % blank)
                server.recv(100)
                client.sendall(b"%d%cHTTP/1.1\r\nHost: a\r\n\r\n" % (n, blank))
                server.recv(100)
                server.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
                client.recv(100)
        w.wait_for_lines(12)

    requests = [e for e in w.events if is_request(e)]
    assert sorted(http(e)["uri_path"] for e in requests) == ["/0", "/0", "/1", "/1", "/2", "/2"]
    assert all("space_in_start_line" in e["httpwire"]["anomalies"] for e in requests)


def test_what_is_sent_out_of_band_hides_nothing():
    """Its byte is in no message, for the server as for us: it would change a target, and where a body ends."""
    got = []
    with socket.create_server(("127.0.0.1", 0)) as listener, watching("-e", "net_http_exchange") as w:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client, listener.accept()[0] as server:
            for piece, flags in ((b"POST /ok HTTP/1.1\r\nHost: a\r\nContent-Length: 5", 0), (b"0", socket.MSG_OOB),
                                 (b"\r\n\r\nhello", 0), (b"GET /hid", 0), (b"X", socket.MSG_OOB),
                                 (b"den HTTP/1.1\r\nHost: a\r\n\r\n", 0)):
                client.sendall(piece, flags)
                time.sleep(0.05)
                got.append(b"" if flags else server.recv(1000))
            server.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2)
            client.recv(1000)
        w.wait_for_events(port, 4)
        w.stop()
    assert b"Content-Length: 5\r\n\r\nhelloGET /hidden " in b"".join(got)
    told = [(value(e, "request")["target"], value(e, "end"), e["httpwire"]["anomalies"]) for e in w.events
            if value(e, "dst_port") == port]
    assert sorted(told) == [("/hidden", "complete", ["overlap_conflict"])] * 2 + [("/ok", "complete", ["overlap_conflict"])] * 2


def test_the_gate_changes_no_end_of_other_versions():
    """HTTP/2, of which no byte of the server's is copied; HTTP/0.9, whichever side ends first."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9), bytes(5000)
    simple = b"GET /hi\r\n", b"<html>hello</html>"
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            watching("-e", "net_http_exchange", "--port", listener.getsockname()[1]) as gated, \
            watching("-e", "net_http_exchange", "--port", listener.getsockname()[1], "--no-gate") as all_of_it:
        for (request, response), ends_first in ((preface, 0), (preface, 1), (simple, 0), (simple, 1)):
            with socket.create_connection(listener.getsockname()) as client, listener.accept()[0] as server:
                client.sendall(request)
                server.recv(100)
                if ends_first == 0:
                    client.shutdown(socket.SHUT_WR)
                    server.recv(100)
                server.sendall(response)
                client.recv(len(response), socket.MSG_WAITALL)
                if ends_first == 1:
                    server.shutdown(socket.SHUT_WR)
                    client.recv(100)
        time.sleep(0.3)

    def told(w):
        return sorted((value(e, "connection")["role"], value(e, "request")["method"], value(e, "end"),
                       value(e, "response").get("body_size")) for e in w.events)

    assert told(gated) == told(all_of_it)
    assert [t[1:3] for t in told(gated)] == 2 * (2 * [("GET", "complete")] + 2 * [("PRI", "upgraded")])


def next_to_send(connection):
    """The sequence number of its next byte."""
    repair, queue, seq, send_queue = 19, 20, 21, 2 # of linux/tcp.h
    connection.setsockopt(socket.IPPROTO_TCP, repair, 1)
    connection.setsockopt(socket.IPPROTO_TCP, queue, send_queue)
    at, = struct.unpack("I", connection.getsockopt(socket.IPPROTO_TCP, seq, 4))
    connection.setsockopt(socket.IPPROTO_TCP, repair, -1)
    return at


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_it_ends_in_order_while_bytes_before_a_fin_are_missing():
    with socket.create_server(("127.0.0.1", 0)) as listener, \
            socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        address = listener.getsockname()
        w = Watch("-c", 1, "--port", address[1])
        with socket.create_connection(address) as client, listener.accept()[0] as server:
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            server.recv(100)
            client.shutdown(socket.SHUT_WR)
            server.recv(100)
            raw.sendto(tcp_packet(*address, *client.getsockname(), next_to_send(server) + 5,
                                  next_to_send(client), ACK | FIN, b"behind a hole"), ("127.0.0.1", 0))
            w.process.wait(20)
    assert w.process.returncode == 0, w.said().decode()


def test_without_permission_it_says_what_helps():
    done = httpwire(check=False) if os.geteuid() else subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(HTTPWIRE)],
        capture_output=True, timeout=20, check=False)
    if done.returncode in (126, 127):
        pytest.skip("somebody else may not run the program there")
    assert done.returncode == 3
    assert done.stderr.count(b"\n") == 1 and b"sudo" in done.stderr


@pytest.mark.parametrize("words, ends", [(["-o", "json"], True), (["-o", "none", "-w", "-"], True), (["-o", "none"], False)])
def test_a_reader_that_goes_away_ends_it_though_nothing_comes(words, ends):
    process = subprocess.Popen([HTTPWIRE, "--port", "1", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while b"watching" not in (line := process.stderr.readline()):
        assert line, process.wait()
    process.stdout.close()
    if not ends:
        time.sleep(0.5)
        process.terminate()
    process.communicate(timeout=5)
    assert process.returncode == 0


def test_count_ends_it(folder):
    with serving(folder) as (_, port):
        w = Watch("-c", 3)
        curl(f"http://127.0.0.1:{port}/")
        w.process.wait(10)
        assert len(w.stop()) == 3


def test_statistics_on_sigusr1(folder):
    with serving(folder) as (_, port), watching() as w:
        curl(f"http://127.0.0.1:{port}/")
        w.wait_for_lines(4)
        w.process.send_signal(signal.SIGUSR1)
        w.wait_for(lambda: b'"event":"stats"' in w.said())
        assert w.process.poll() is None


DNS = """
import socket, sys
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
d.bind(("127.0.0.1", 53))
c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
c.connect(("127.0.0.1", 53))
c.send(bytes.fromhex("123401000001000000000000") + b"\\x04test\\x00\\x00\\x01\\x00\\x01")
question, who = d.recvfrom(100)
d.sendto(question[:2] + b"\\x81" + question[3:], who)
c.recv(100)
"""


def alone(*words):
    """In a network of its own, where port 53 is free."""
    return subprocess.run(["unshare", "--net", "sh", "-c", 'ip link set lo up; exec "$@"', "sh", *words],
                          check=True, timeout=20)


def test_dns_with_its_process(tmp_path):
    with watching("-e", "net_packet_dns") as w:
        alone(PYTHON, "-c", DNS)
        w.wait_for_lines(4)
    assert [value(e, "proto_dns")["QR"] for e in w.events] == [0, 0, 1, 1]
    assert {e["processName"] for e in w.events} == {"python3"}
    assert {e["httpwire"]["owner"] for e in w.events} <= {"exact", "inherited"}
    assert w.counted["packets"]["udp"] == 4


def test_dns_on_other_ports():
    with watching("-e", "net_packet_dns", "--dns-ports", "5355,5353") as w:
        alone(PYTHON, "-c", DNS)
        alone(PYTHON, "-c", DNS.replace("53)", "5353)"))
        w.wait_for_lines(4)
    assert [value(e, "proto_dns")["QR"] for e in w.events] == [0, 0, 1, 1]
    assert {5353} < {value(e, port) for e in w.events for port in ("src_port", "dst_port")}
    assert w.counted["packets"]["udp"] == 4


def test_what_is_not_asked_for_stays_in_the_kernel(folder):
    with serving(folder) as (_, port), watching() as w:
        alone(PYTHON, "-c", DNS)
        curl(f"http://127.0.0.1:{port}/")
        w.wait_for_lines(4)
    assert w.counted["packets"]["udp"] == 0


PING = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.sendto(bytes.fromhex("0800f7fe00010000"), ("127.0.0.1", 0))
"""


def test_single_packets():
    with watching("-e", "net_packet_icmp,net_packet_udp") as w:
        alone(PYTHON, "-c", PING)
        alone(PYTHON, "-c", DNS)
        w.wait_for_lines(5)
    names = [e["eventName"] for e in w.events]
    assert "net_packet_icmp" in names and names.count("net_packet_udp") == 4


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_icmp_has_its_process():
    """Of who sends it, and who is answered; the kernel's own answers have none."""
    with watching("-e", "net_packet_icmp") as w:
        alone(PYTHON, "-c", PING + "while s.recv(1500)[20]: pass")
        w.wait_for_lines(3)
    owners = {(value(e, "proto_icmp")["typeCode"], value(e, "metadata")["direction"]):
              (e["processName"], e["httpwire"]["owner"])
              for e in w.events if value(e, "proto_icmp")["id"] == 1}
    assert owners["EchoRequest", 2] == owners["EchoReply", 1] == ("python3", "exact")
    assert owners["EchoReply", 2] == ("", "none")


def server_closes(c, peer):
    c.sendall(b"\x00\x01")
    peer.recv(2)
    peer.close()
    c.recv(1)


def client_closes_half(c, peer):
    c.sendall(b"\x00\x01")
    c.shutdown(socket.SHUT_WR)
    while peer.recv(2):
        pass
    peer.sendall(b"\x02\x03")
    peer.close()
    while c.recv(2):
        pass


@pytest.mark.parametrize("talk", [server_closes, client_closes_half])
def test_flows_of_what_is_not_http(talk):
    """Their bytes are not captured, and nobody waits for them."""
    with socket.create_server(("127.0.0.1", 0)) as s, watching("-e", "flows") as w:
        with socket.create_connection(s.getsockname()) as c:
            port = c.getsockname()[1]
            talk(c, s.accept()[0])
        began = time.monotonic()
        w.wait_for_events(port, 4)
        took = time.monotonic() - began
    events = of_port(w.events, port)
    told = sorted((e["eventName"], value(e, "conn_direction")) for e in events)
    assert told == [("net_flow_tcp_begin", "incoming"), ("net_flow_tcp_begin", "outgoing"),
                    ("net_flow_tcp_end", "incoming"), ("net_flow_tcp_end", "outgoing")]
    assert {e["hostProcessId"] for e in events} == {os.getpid()}
    assert took < 0.8


@pytest.mark.parametrize("is_chosen", [False, True])
def test_who_reads_behind_a_reset_is_known(is_chosen):
    """Its socket has given its port back, and is the one that was accepted, and asked for, all the same."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        port = s.getsockname()[1]
        chosen = ["--port", port] if is_chosen else []
        with watching("-e", "flows,net_packet_http", *chosen) as w:
            for _ in range(3):
                with socket.create_connection(("127.0.0.1", port)) as c:
                    c.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    peer = s.accept()[0]
                    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                with peer:
                    assert peer.recv(100)
            w.wait_for_events(port, 18)
    theirs = [e for e in of_port(w.events, port) if local_end(e) == port]
    assert len(theirs) == 9
    assert {(e["eventName"], e["hostProcessId"]) for e in theirs} == {
        (name, os.getpid()) for name in ("net_flow_tcp_begin", "net_packet_http", "net_flow_tcp_end")}
    assert {e["httpwire"]["owner"] for e in theirs if e["eventName"] == "net_packet_http"} == {"exact"}


def local_end(event):
    """Which side of its connection an event is of."""
    direction = value(event, "conn_direction") if "flow" in event["eventName"] else value(event, "metadata")
    of_source = direction in ("outgoing", {"direction": 2})
    return value(event, "src_port" if of_source else "dst_port")


@pytest.mark.parametrize("events", ["flows", "net_packet_tcp"])
def test_events_of_a_side_come_in_their_order(events):
    """Nobody reads, so that who got the SYN-ACK is waited for; who sent the FIN is known at once."""
    told = {}
    with socket.create_server(("127.0.0.1", 0)) as s, watching("-e", events) as w:
        port = s.getsockname()[1]
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", port)) as c:
                c.sendall(b"\x00\x01")
            s.accept()[0].close()
        w.wait_for_events(port, 80)
    for event in of_port(w.events, port):
        ends = frozenset((value(event, "src_port"), value(event, "dst_port")))
        told.setdefault((local_end(event), ends), []).append(event["timestamp"])
    assert len(told) == 40
    for times in told.values():
        assert times == sorted(times)


def test_sockets_are_known_when_the_reader_was_stopped(folder):
    """Many connections lie in the ring at once then, and their events wait for who read them."""
    with serving(folder) as (server, port), watching("-e", "exchanges,flows") as w:
        w.process.send_signal(signal.SIGSTOP)
        for i in range(300):
            with socket.create_connection(("127.0.0.1", port)) as c:
                c.sendall(f"GET /{i} HTTP/1.0\r\n\r\n".encode())
                time.sleep(0.002) # and it closes without a look at the answer
        w.process.send_signal(signal.SIGCONT)
        w.wait_for_events(port, 300 * 6)
    nobodys = [e["eventName"] for e in of_port(w.events, port) if not e["hostProcessId"]]
    assert not nobodys and w.counted["live"]["packets_lost"] == 0


NAMED = """
import http.server, socket, subprocess, threading
d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
d.bind(("127.0.0.1", 53))
def answer():
    while True:
        q, who = d.recvfrom(512)
        end = q.index(b"\\0", 12) + 5
        is_a = q[end - 4:end - 2] == b"\\0\\1"
        record = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\x7f\\0\\0\\1" if is_a else b""
        d.sendto(q[:2] + b"\\x81\\x80\\0\\1\\0" + bytes([is_a]) + b"\\0" * 4 + q[12:end] + record, who)
threading.Thread(target=answer, daemon=True).start()
class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", 8888), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
subprocess.run(["curl", "-sS", "-o", "/dev/null", "http://www.shop.test:8888/"], check=True)
"""


def test_flows_have_the_names_that_were_asked_for(tmp_path):
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    with watching("-e", "flows", "-Y", "tcp.port == 8888") as w:
        subprocess.run(["unshare", "--net", "--mount", "sh", "-ec",
                        f"ip link set lo up; mount --bind {tmp_path}/resolv.conf /etc/resolv.conf; exec \"$@\"",
                        "sh", PYTHON, "-c", NAMED], check=True, timeout=20)
        w.wait_for_lines(4)
    assert len(w.events) == 4
    assert {(*value(e, "src_dns"), *value(e, "dst_dns")) for e in w.events} == {("www.shop.test",) * 2}
