# SPDX-License-Identifier: BSD-2-Clause
"""Messages in connections: where they begin and end, and what is said when they do not"""
import struct
import zlib

import pytest

from lab import ACK, FIN, PSH, RST, SYN, Capture, Connection, events, lines, value

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.fixture
def said(capture, tmp_path):
    """What httpwire says of the capture: method and path, or status; with the reason if cut."""
    def say(*args):
        found = []
        for event in events("-r", capture.write(tmp_path / "c.pcap"), *args):
            http = value(event, "proto_http")
            what = (f"{http['method']} {http['uri_path']}" if http["direction"] == "request"
                    else http["status"])
            why = event["httpwire"]["incomplete"]
            found.append(f"{what} [{why}]" if why else what)
        return found
    return say


def test_pipelined_requests_in_one_segment(capture, said):
    c = Connection(capture)
    c.send(0, b"".join(GET % i for i in range(20)))
    c.send(1, b"".join(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n%02d" % i for i in range(20)))
    assert said() == [f"GET /{i}" for i in range(20)] + ["200 OK"] * 20


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 100])
def test_any_cut(capture, said, cut):
    c = Connection(capture)
    for i in range(3):
        c.send(0, b"POST /%d HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nGET / HTTP/" % i, cut)
        c.send(1, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                  b"5;x=y\r\nHTTP/\r\n0\r\nTrailer: x\r\n\r\n", cut)
    assert said() == ["POST /0", "100 Continue", "200 OK", "POST /1", "100 Continue", "200 OK",
                      "POST /2", "100 Continue", "200 OK"]


@pytest.mark.parametrize("method", [b"G(ET", b'"GET"', b"GET/", b"G\xc3\x89T", b"GET:", b"G@T", b"[GET]"])
def test_a_method_that_is_no_token(capture, tmp_path, method):
    """It is told of as it is, at the beginning of a connection and behind others."""
    request = method + b" /odd HTTP/1.1\r\nHost: h\r\n\r\n"
    for port, sent in ((40000, request + GET % 1), (40001, GET % 1 + request)):
        c = Connection(capture, client=("10.0.0.1", port))
        c.send(0, sent)
        c.send(1, b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")
    told = [e for e in events("-r", capture.write(tmp_path / "c.pcap"))
            if value(e, "proto_http")["uri_path"] == "/odd"]
    assert [value(e, "proto_http")["method"] for e in told] == 2 * [method.decode()]
    assert [e["httpwire"]["anomalies"] for e in told] == 2 * [["bad_method"]]


def test_replies_without_body(capture, said):
    c = Connection(capture)
    c.send(0, b"HEAD /h HTTP/1.1\r\nHost: h\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    c.send(0, GET % 1)
    c.send(1, b"HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n")
    c.send(0, GET % 2)
    c.send(1, b"HTTP/1.1 204 No Content\r\n\r\n")
    c.send(0, GET % 3)
    c.send(1, b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    assert said() == ["HEAD /h", "200 OK", "GET /1", "304 Not Modified", "GET /2",
                      "204 No Content", "GET /3", "500 Oops"]


def test_body_until_close_may_look_like_http(capture, said):
    c = Connection(capture)
    c.send(0, GET % 1)
    c.send(1, b"HTTP/1.0 200 OK\r\n\r\n")
    c.send(1, b"HTTP/1.1 404 Not Found\r\n\r\n")
    c.close(1)
    assert said() == ["GET /1", "200 OK"]


def test_connect_refused_then_accepted(capture, said):
    c = Connection(capture)
    c.send(0, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
    c.send(1, b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
    c.send(0, b"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 Established\r\n\r\n")
    c.send(0, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    c.send(1, b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")
    assert said() == ["CONNECT ", "407 No", "CONNECT ", "200 Established"]


def test_upgrade_ends_http(capture, said):
    c = Connection(capture)
    c.send(0, b"GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    c.send(1, b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
    c.send(0, b"\x81\x85\x01\x02\x03\x04abcde")
    c.send(1, b"\x81\x05hello")
    assert said() == ["GET /ws", "101 Switching Protocols"]


def test_on_any_port_and_dns_is_no_exception(capture, said):
    c = Connection(capture, client=("10.0.0.1", 53), server=("2.2.2.2", 31337))
    c.send(0, GET % 1)
    assert said() == ["GET /1"]


QUERY = bytes.fromhex("123401000001000000000000") + b"\x04test\x00\x00\x01\x00\x01"


def udp(src_port, dst_port, payload):
    return (struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28 + len(payload), 0, 0, 64, 17, 0, bytes([10, 0, 0, 1]),
                        bytes([224, 0, 0, 251]))
            + struct.pack(">HHHH", src_port, dst_port, 8 + len(payload), 0) + payload)


@pytest.mark.parametrize("ports, found", [
    (None, [(40000, 53), (40001, 53)]),
    ("5353,5355", [(5353, 5353), (40000, 5355), (40001, 5355)]),
    ("53,5355", [(40000, 53), (40000, 5355), (40001, 53), (40001, 5355)])])
def test_dns_on_its_ports(capture, tmp_path, ports, found):
    """Over UDP and TCP; what is on such a port and is HTTP stays HTTP."""
    for src, dst in [(40000, 53), (5353, 5353), (40000, 5355), (40000, 5356)]:
        capture.add(udp(src, dst, QUERY))
    for port in (53, 5355, 5356):
        c = Connection(capture, client=("10.0.0.1", 40001), server=("10.0.0.2", port))
        c.send(0, struct.pack(">H", len(QUERY)) + QUERY, 7)
    c = Connection(capture, client=("10.0.0.1", 40002), server=("10.0.0.2", 5355))
    c.send(0, GET % 1)
    said = events("-r", capture.write(tmp_path / "c.pcap"), "-e", "net_packet_dns,net_packet_http",
                  *(["--dns-ports", ports] if ports else []))
    assert sorted((value(e, "src_port"), value(e, "dst_port")) for e in said
                  if e["eventName"] == "net_packet_dns") == sorted(found)
    assert [value(e, "dst_port") for e in said if e["eventName"] == "net_packet_http"] == [5355]


@pytest.mark.parametrize("message, why", [
    (QUERY, ""), (QUERY[:-1], "cut"), (QUERY[:14], "cut"), (QUERY[:7], "cut"),
    (QUERY[:12] + b"\xc0\x0c\0\1\0\1", "malformed"), (QUERY[:12] + b"\x80\0\0\1\0\1", "malformed")])
def test_dns_that_is_not_whole(capture, tmp_path, message, why):
    capture.add(udp(40000, 53, message))
    words = ("-r", capture.write(tmp_path / "c.pcap"), "-e", "net_packet_dns")
    event, = events(*words)
    assert event["httpwire"]["incomplete"] == why
    assert len(events(*words, "-Y", f'dns.incomplete == "{why}"' if why else "not dns.incomplete")) == 1
    assert (f"  [{why}]" in lines("-o", "text", *words)[0].decode()) == bool(why)


@pytest.mark.parametrize("flags, line", [
    ("0100", "A? test"), ("8180", "A test"), ("8183", "A test  NXDOMAIN"), ("818c", "A test  RCODE12"),
    ("8380", "A test  [truncated]"), ("2800", "update A? test"), ("a405", "notify A test  REFUSED")])
def test_dns_as_text(capture, tmp_path, flags, line):
    """What is no query does not look like one."""
    capture.add(udp(40000, 53, QUERY[:2] + bytes.fromhex(flags) + QUERY[4:]))
    said, = lines("-r", capture.write(tmp_path / "c.pcap"), "-e", "net_packet_dns", "-t")
    assert said.decode() == f"10.0.0.1:40000 > 224.0.0.251:53  DNS 4660 {line}"


def test_ipv6(capture, said):
    c = Connection(capture, client=("2001:db8::1", 40000), server=("2001:db8::2", 80))
    c.send(0, GET % 1)
    assert said() == ["GET /1"]


def test_not_http_gives_nothing(capture, said):
    c = Connection(capture)
    c.send(0, b"SSH-2.0-OpenSSH_9.2\r\n")
    c.send(1, b"\x00\x01\x02GET / HTTP/1.1")
    assert said() == []


def test_midstream_finds_the_next_message(capture, said):
    c = Connection(capture, handshake=False)
    c.send(1, b"the end of some body")
    c.send(0, GET % 1)
    c.send(1, b"more body;HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    c.send(0, GET % 2)
    assert said() == ["GET /1", "200 OK", "GET /2"]


def test_duplicates_and_disorder_change_nothing(capture, said):
    c = Connection(capture)
    message = b"GET /a HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 100 + b"\r\n\r\n"
    start = c.seq[0]
    for at in [100, 50, 0, 50, 100, 0]:
        c.packet(0, PSH | ACK, message[at:at + 50], seq=start + at)
        c.packet(1, ACK)
    assert said() == ["GET /a [capture_end]"] if len(message) > 150 else ["GET /a"]


def test_lost_body_bytes_are_passed_over(capture, said):
    c = Connection(capture)
    c.send(0, GET % 1)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 1000)
    c.seq[1] += 3000
    c.send(1, b"x" * 1000 + b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    c.close(1)
    c.close(0)
    assert said() == ["GET /1", "200 OK", "404 Not Found"]


def test_lost_head_bytes_are_told(capture, said):
    c = Connection(capture)
    c.send(0, b"GET /1 HTTP/1.1\r\nHost: h\r\nX")
    c.seq[0] += 10
    c.send(0, b"yz\r\n\r\n" + GET % 2)
    c.close(0)
    assert said() == ["GET /1 [gap]", "GET /2"]


@pytest.mark.parametrize("ending, why", [("fin", "closed"), ("reset", "reset"),
                                         ("nothing", "capture_end")])
def test_why_a_head_is_not_whole(capture, said, ending, why):
    c = Connection(capture)
    c.send(0, b"GET /half HTTP/1.1\r\nHost: h\r\n")
    if ending == "fin":
        c.close(0)
    if ending == "reset":
        c.packet(1, RST | ACK)
    assert said() == [f"GET /half [{why}]"]


def test_idle_head_times_out(capture, said):
    c = Connection(capture)
    c.send(0, b"GET /slow HTTP/1.1\r\n")
    for i in range(12):  # others go on, so that time passes
        capture.now_ns += 50 * 10**9
        Connection(capture, client=("10.0.0.2", 1000 + i))
    assert said() == ["GET /slow [timeout]"]


def test_a_long_head_is_cut_at_its_limit(capture, said):
    c = Connection(capture)
    c.send(0, b"GET /long HTTP/1.1\r\nX: " + b"y" * 9000 + b"\r\n\r\n" + GET % 2, cut=1000)
    assert said("--max-head", "4k") == ["GET /long [limit]", "GET /2"]


def test_the_same_ports_again(capture, said):
    for i in range(3):
        c = Connection(capture, isn=(1000 * i, 77777 * i))
        c.send(0, GET % i)
        c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        if i != 1:
            c.close(0)
            c.close(1)
    assert said() == ["GET /0", "200 OK", "GET /1", "200 OK", "GET /2", "200 OK"]


def test_sequence_numbers_wrap(capture, said):
    c = Connection(capture, isn=(2**32 - 20, 2**32 - 3))
    c.send(0, GET % 1, cut=9)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", cut=9)
    assert said() == ["GET /1", "200 OK"]


def test_reset_outside_the_window_is_ignored(capture, said):
    c = Connection(capture)
    c.send(0, b"GET /1 HTTP/1.1\r\n")
    c.packet(1, RST | ACK, seq=c.seq[1] + 2**30)
    c.send(0, b"Host: h\r\n\r\n")
    assert said() == ["GET /1"]


def test_both_sides_have_the_same_id_and_connections_differ(capture, tmp_path):
    for port in (1, 2):
        c = Connection(capture, client=("10.0.0.1", port))
        c.send(0, GET % port)
        c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    found = events("-r", capture.write(tmp_path / "c.pcap"))
    ids = [e["httpwire"]["connection_id"] for e in found]
    assert ids[0] == ids[1] != ids[2] == ids[3]
    assert all(len(i) == 16 for i in ids)
    assert not any(e["httpwire"]["midstream"] for e in found)


@pytest.mark.parametrize("others", [0, 1100], ids=["few connections", "so many that those between messages rest"])
def test_an_id_stays_where_syns_disagree(capture, tmp_path, others):
    """The server's message comes before what settles which of two SYNs is the connection's."""
    for i in range(others):
        Connection(capture, client=("10.0.1.1", 20000 + i), handshake=False).send(0, GET % i)
    c = Connection(capture, client=("10.0.2.1", 4000), handshake=False)
    c.packet(0, SYN, seq=1000)
    c.packet(0, SYN, seq=2000)
    c.packet(1, PSH | ACK, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    c.packet(0, PSH | ACK, GET % 1, seq=1001)
    c.packet(0, PSH | ACK, GET % 2, seq=1001 + len(GET % 1))
    found = events("-r", capture.write(tmp_path / "c.pcap"))[others:]
    assert len(found) == 3 and len({e["httpwire"]["connection_id"] for e in found}) == 1


def test_direction_by_local_networks(capture, tmp_path):
    c = Connection(capture)
    c.send(0, GET % 1)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    path = capture.write(tmp_path / "c.pcap")

    def directions(*local):
        return [value(e, "metadata")["direction"] for e in events("-r", path, *local)]
    assert directions() == [0, 0]
    assert directions("--local", "10.0.0.0/8") == [2, 1]
    assert directions("--local", "192.0.2.9") == [1, 2]
    assert directions("--local", "10.0.0.1", "--local", "192.0.2.0/24") == [2, 2]


def cooked(path, version):
    """Of `tcpdump -i any` on the server, 192.0.2.9."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, GET % 1)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    head = {1: lambda to: struct.pack(">HHH8sH", to, 1, 6, bytes(8), 0x800),
            2: lambda to: struct.pack(">HHIHBB8s", 0x800, 0, 2, 1, to, 6, bytes(8))}[version]
    capture.packets = [(ns, head(4 if p[12] == 192 else 0) + p) for ns, p in capture.packets]
    path.write_bytes(capture.pcap({1: 113, 2: 276}[version]))
    return path


@pytest.mark.parametrize("version", [1, 2])
def test_direction_by_cooked_headers(tmp_path, version):
    path = cooked(tmp_path / "c.pcap", version)

    def directions(*args):
        return [value(e, "metadata")["direction"] for e in events("-r", path, *args)]
    assert directions() == [1, 2]
    assert directions("-e", "net_packet_tcp")[:3] == [1, 2, 1]
    assert directions("--local", "10.0.0.0/8") == [2, 1]
    (exchange,) = events("-r", path, "-e", "net_http_exchange")
    assert value(exchange, "connection")["role"] == "server"


def test_time_and_frame_are_those_of_the_completing_packet(capture, tmp_path):
    c = Connection(capture)
    c.send(0, b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n", cut=20)
    event, = events("-r", capture.write(tmp_path / "c.pcap"))
    assert event["httpwire"]["frame"] == 6  # behind the handshake, the first piece and its ACK
    assert event["timestamp"] == 1_700_000_000_005_000_000
    assert event["processId"] == 0 and event["processName"] == ""


def test_a_gzip_body_is_only_passed_over(capture, said):
    body = zlib.compress(b"HTTP/1.1 200 OK\r\n\r\n" * 10)
    c = Connection(capture)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body, cut=13)
    c.send(1, b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
    assert said() == ["200 OK", "201 Created"]


def test_fin_before_the_last_data(capture, said):
    c = Connection(capture)
    message = GET % 1
    c.packet(0, FIN | ACK, seq=c.seq[0] + len(message))
    c.packet(0, PSH | ACK, message)
    assert said() == ["GET /1"]


@pytest.mark.parametrize("line, target", [
    (b"GET /a b HTTP/1.1", "/a b"), (b"GET /a HTTP/", "/a"), (b"GET /a HT", "/a"), (b"GET /a ", "/a"),
    (b"GET /a b", "/a b"), (b"GET /a", "/a"), (b"GET ", "")])
def test_a_cut_request_line_is_read_as_far_as_it_goes(capture, tmp_path, line, target):
    Connection(capture).send(0, line)
    event, = events("-r", capture.write(tmp_path / "c.pcap"))
    assert event["httpwire"]["target"] == target
    assert event["httpwire"]["incomplete"] == "capture_end"


@pytest.mark.parametrize("head, anomalies", [
    (b"HTTP/1.", []), (b"HTTP/1.1", []), (b"HTTP/1.1 2", []),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chun", []), (b"HTTP/1.1 200 OK\r\nContent-Length: 1", []),
    (b"HTTP/1.1 200 OK\r\nTransf", []), (b"HTTP/1.1 200 OK\r\nA : b\r\nTransf", ["space_before_colon"])])
def test_a_cut_head_is_not_odd_for_what_has_not_come(capture, tmp_path, head, anomalies):
    c = Connection(capture)
    c.send(0, GET % 1)
    c.send(1, head)
    c.packet(1, RST | ACK)
    _, event = events("-r", capture.write(tmp_path / "c.pcap"))
    assert event["httpwire"]["anomalies"] == anomalies
    assert event["httpwire"]["incomplete"] == "reset"


def test_a_cut_line_hides_its_secrets(capture, tmp_path):
    """Also in what is no name."""
    Connection(capture).send(0, b"GET / HTTP/1.1\r\nHost: h\r\nKey password=hunter2: b")
    event, = events("-r", capture.write(tmp_path / "c.pcap"))
    assert "hunter2" not in str(event)


def test_what_follows_a_forged_reset_is_not_missed(capture, said):
    c = Connection(capture)
    c.send(0, GET % 1)
    c.packet(0, RST | ACK)
    c.send(0, GET % 2)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert said() == ["GET /1", "GET /2", "200 OK"]


def test_data_in_flight_after_a_reset_is_nothing_new(capture, said):
    c = Connection(capture)
    c.send(0, GET % 1)
    c.packet(0, RST | ACK)
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    assert said() == ["GET /1"]
