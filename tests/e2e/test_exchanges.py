# SPDX-License-Identifier: BSD-2-Clause
"""net_http_exchange and net_http_tunnel: what belongs together, when it was, how it ended"""
import collections
import json
import random

import pytest

from lab import ACK, FIN, PSH, RST, SYN, Capture, Connection, events, httpwire, value

MS = 1_000_000


def exchanges(capture, tmp_path, *args):
    path = capture.write(tmp_path / "x.pcap")
    return events("-q", "-r", path, "-e", "net_http_exchange", *args)


def tunnels(capture, tmp_path):
    return events("-q", "-r", capture.write(tmp_path / "x.pcap"), "-e", "net_http_tunnel")


def get(name, method="GET", more="", body=""):
    return f"{method} /{name} HTTP/1.1\r\nHost: h\r\n{more}\r\n{body}".encode()


def ok(name, body=None, status="200 OK", more=""):
    body = f"body of {name}" if body is None else body
    return (f"HTTP/1.1 {status}\r\nX-Id: {name}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
            f"{body}").encode()


def chunked(name, nr=3):
    body = "".join(f"5\r\n{name:>5.5}\r\n" for _ in range(nr))
    return f"HTTP/1.1 200 OK\r\nX-Id: {name}\r\nTransfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n".encode()


def path_of(event):
    return value(event, "request")["path"]


def id_of(event):
    """The name that the response has."""
    return "".join(h["value"] for h in value(event, "response")["headers"] if h["name"] == "X-Id")


def said(event):
    return path_of(event)[1:], id_of(event), value(event, "response")["status_code"], value(event, "end")


# what HTTP/1 is not

@pytest.mark.parametrize("ends_first", [0, 1])
def test_http_2_is_upgraded_and_no_error(tmp_path, ends_first):
    capture = Capture()
    c = Connection(capture)
    c.send(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    c.send(1, bytes(18))
    c.close(ends_first)
    c.close(1 - ends_first)
    event, = exchanges(capture, tmp_path)
    assert value(event, "end") == "upgraded"
    assert exchanges(capture, tmp_path, "--errors") == []
    event, = tunnels(capture, tmp_path)
    tunnel = value(event, "tunnel")
    assert (tunnel["method"], tunnel["protocol"], tunnel["status_code"]) == ("PRI", "HTTP/2.0", 0)
    assert (tunnel["client_bytes"], tunnel["server_bytes"]) == (15, 18)
    assert value(event, "end") == "complete" and tunnel["duration"] > 0
    summary = httpwire("-r", capture.write(tmp_path / "x.pcap"), "--summary=json").stdout
    assert json.loads(summary)["all"][0]["errors"] == 0


def test_a_server_that_does_not_speak_http_2_answers(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9))
    c.send(1, ok("no", status="400 Bad Request"))
    c.close(1)
    c.close(0)
    event, = exchanges(capture, tmp_path)
    assert said(event)[1:] == ("no", 400, "complete")


@pytest.mark.parametrize("ends_first", [0, 1])
@pytest.mark.parametrize("request_line", [b"GET /hi\r\n", b"GET /hi\n", b"GET /hi\r\n\r\n"])
def test_http_0_9_is_answered_by_a_body(tmp_path, request_line, ends_first):
    capture = Capture()
    c = Connection(capture)
    c.send(0, request_line)
    if ends_first == 0:
        c.close(0)
    c.send(1, b"<html>hello</html>")
    c.close(1)
    if ends_first == 1:
        c.close(0)
    event, = exchanges(capture, tmp_path)
    assert (path_of(event), value(event, "end")) == ("/hi", "complete")
    assert not {"incomplete"} & {*value(event, "request"), *value(event, "response")}
    assert (value(event, "response")["status_code"], value(event, "response")["body_size"]) == (0, 18)
    assert exchanges(capture, tmp_path, "--errors") == []


OTHERS = {
    "RTSP": (b"OPTIONS rtsp://h/a RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: PLAY\r\n\r\n"),
    "RTSP of all": (b"OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n"),
    "ICAP": (b"OPTIONS icap://h/a ICAP/1.0\r\nHost: h\r\n\r\n", b"ICAP/1.0 200 OK\r\nMethods: REQMOD\r\n\r\n"),
    "ICAP with HTTP in it": (
        b"REQMOD icap://h/a ICAP/1.0\r\nHost: h\r\nEncapsulated: req-hdr=0, null-body=35\r\n\r\n" + get("inside"),
        b"ICAP/1.0 204 Unmodified\r\n\r\n"),
    "NATS": (b'CONNECT {"verbose":false,"pedantic":false}\r\nPING\r\n', b"PONG\r\n"),
}


@pytest.mark.parametrize("cut", [None, 1, 9, 11])
@pytest.mark.parametrize("asked, answered", OTHERS.values(), ids=OTHERS)
def test_other_protocols_have_methods_of_http(tmp_path, asked, answered, cut):
    """Of these nearly each connection begins so."""
    capture = Capture()
    c = Connection(capture)
    for _ in range(3):
        c.send(0, asked, cut)
        c.send(1, answered, cut)
    c.close(0)
    c.close(1)
    assert exchanges(capture, tmp_path) == []
    assert events("-q", "-r", tmp_path / "x.pcap", "-e", "net_packet_http") == []


RTSP = OTHERS["RTSP of all"][0]


@pytest.mark.parametrize("cut", [None, 1])
@pytest.mark.parametrize("first", [RTSP, b"\r\n" + RTSP, b"DESCRIBE rtsp://h/a RTSP/1.0\r\nX: %s\r\n\r\n" % (b"x" * 5000)],
                         ids=["OPTIONS", "behind an empty line", "a long one"])
def test_what_follows_rtsp_is_seen(tmp_path, first, cut):
    """Node.js answers RTSP as it does HTTP, and then what comes behind it."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, first + get("a") + get("b"), cut)
    c.send(1, ok("a") + ok("b"))
    found = exchanges(capture, tmp_path)
    assert [(said(e), e["httpwire"]["anomalies"]) for e in found] == [
        (("a", "a", 200, "complete"), ["garbage_before"]), (("b", "b", 200, "complete"), [])]


@pytest.mark.parametrize("cut", [None, 1])
@pytest.mark.parametrize("method, target, version", [
    ("GET", "rtsp://h/x", "RTSP/1.0"), ("POST", "*", "RTSP/1.0"), ("GET", "/x", "RTSP/1.0"),
    ("GET", "icap://h/x", "HTTP/1.1")])
def test_what_is_like_rtsp_is_a_request(tmp_path, method, target, version, cut):
    """Which method it has tells it from RTSP and ICAP, that have OPTIONS alone of those of HTTP."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, f"{method} {target} {version}\r\nHost: h\r\n\r\n".encode() + get("b"), cut)
    c.send(1, ok("a") + ok("b"))
    asked = [(value(e, "request")["method"], id_of(e), value(e, "end")) for e in exchanges(capture, tmp_path)]
    assert asked == [(method, "a", "complete"), ("GET", "b", "complete")]


def test_rtsp_behind_http_is_a_request(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a") + RTSP + get("b"))
    c.send(1, ok("a") + ok("x") + ok("b"))
    asked = [(value(e, "request")["method"], id_of(e)) for e in exchanges(capture, tmp_path)]
    assert asked == [("GET", "a"), ("OPTIONS", "x"), ("GET", "b")]


def test_a_target_of_rtsp_is_seen_where_nothing_is_searched(tmp_path):
    """Its line says HTTP."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, OTHERS["ICAP"][0])
    c.send(0, b"OPTIONS rtsp://h/a HTTP/1.1\r\nHost: h\r\n\r\n")
    c.send(1, ok("a"))
    event, = exchanges(capture, tmp_path)
    assert (value(event, "request")["method"], id_of(event)) == ("OPTIONS", "a")


def test_a_line_of_icap_is_one_of_a_request(tmp_path):
    """Else whoever answers could hide behind it."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a"))
    c.send(1, b"X ICAP/1.0\r\n" + ok("a"))
    assert "a" in [id_of(e) for e in exchanges(capture, tmp_path) if value(e, "response")]


SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
PROXIES = {
    "v1": b"PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n",
    "v1 of IPv6": b"PROXY TCP6 " + b"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff " * 2 + b"65535 65535\r\n",
    "v1 of health checks": b"PROXY UNKNOWN\r\n",
    "v2": SIGNATURE + b"\x21\x11\0\x0c" + bytes((192, 0, 2, 1, 192, 0, 2, 2)) + b"\x0f\xa0\0\x50",
    "v2 of health checks": SIGNATURE + b"\x20\0\0\0",
    "v2 with more": SIGNATURE + b"\x21\x11\1\x0c" + bytes(12) + b"\x04\0\xfd" + b"GET / HTTP/1.1\r\n\r\n" * 14 + b"\n",
}


@pytest.mark.parametrize("cut", [None, 1, 7, 13])
@pytest.mark.parametrize("header", PROXIES.values(), ids=PROXIES)
def test_nothing_is_odd_behind_the_header_of_a_proxy(tmp_path, header, cut):
    """HAProxy's PROXY protocol, that load balancers speak."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, header, cut)
    for name in "a", "b":
        c.send(0, get(name))
        c.send(1, ok(name))
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [("a", "a", 200, "complete"), ("b", "b", 200, "complete")]
    assert not any(e["httpwire"]["anomalies"] for e in found)


@pytest.mark.parametrize("header", [
    b"PROXY me to 192.0.2.1\r\n", b"PROXY TCP4 " + b"1" * 100 + b"\r\n", SIGNATURE + b"\x31\x11\0\0",
    b"\r\n" + PROXIES["v2"], b"\r\n" + PROXIES["v1"], PROXIES["v1"] * 2, PROXIES["v1"] + PROXIES["v2"],
    PROXIES["v2"] + PROXIES["v1"], PROXIES["v1"].replace(b"\r", b""), b"PROXY TCP4 what you like\r\n",
    b"PROXY TCP4 192.0.2.1 192.0.2.2 4000\r\n", b"PROXY UNKNOWNS\r\n"],
    ids=["other words", "too long", "v3", "v2 behind an empty line", "v1 behind an empty line", "twice", "v1, v2",
         "v2, v1", "without CR", "no addresses", "one port", "a longer word"])
def test_what_is_no_header_of_a_proxy_is_garbage(tmp_path, header):
    capture = Capture()
    c = Connection(capture)
    c.send(0, header + get("a"))
    c.send(1, ok("a"))
    event, = exchanges(capture, tmp_path)
    assert (said(event), event["httpwire"]["anomalies"]) == (("a", "a", 200, "complete"), ["garbage_before"])


def test_the_header_of_a_proxy_stands_before_all_else(tmp_path):
    """Behind a message it is garbage, as a server takes it for a request."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a") + PROXIES["v1"] + get("b"))
    c.send(1, ok("a") + ok("b"))
    assert [e["httpwire"]["anomalies"] for e in exchanges(capture, tmp_path)] == [[], ["garbage_before"]]


# what belongs together

def test_a_connection_kept_alive(tmp_path):
    capture = Capture()
    c = Connection(capture)
    for i in range(5):
        c.send(0, get(f"r{i}"))
        c.send(1, ok(f"r{i}"))
    c.close(0)
    c.close(1)
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [(f"r{i}", f"r{i}", 200, "complete") for i in range(5)]
    assert [value(e, "connection")["number"] for e in found] == [1, 2, 3, 4, 5]
    assert len({value(e, "connection")["id"] for e in found}) == 1


@pytest.mark.parametrize("cut", [None, 1, 7, 100])
def test_twenty_requests_before_the_first_answer(tmp_path, cut):
    capture = Capture()
    c = Connection(capture)
    names = [f"p{i}" for i in range(20)]
    c.send(0, b"".join(get(n) for n in names), cut)
    c.send(1, b"".join(ok(n) for n in names), cut)
    assert [said(e) for e in exchanges(capture, tmp_path)] == [(n, n, 200, "complete") for n in names]


def test_answers_without_a_body(tmp_path):
    capture = Capture()
    c = Connection(capture)
    for method, answer in (("HEAD", ok("a", "").replace(b"Length: 0", b"Length: 900")),
                           ("GET", b"HTTP/1.1 204 No Content\r\nX-Id: b\r\n\r\n"),
                           ("GET", b"HTTP/1.1 304 Not Modified\r\nX-Id: c\r\nContent-Length: 7\r\n\r\n"),
                           ("GET", ok("d"))):
        c.send(0, get(answer.split(b"X-Id: ")[1][:1].decode(), method))
        c.send(1, answer)
    assert [said(e)[:3] for e in exchanges(capture, tmp_path)] == [
        ("a", "a", 200), ("b", "b", 204), ("c", "c", 304), ("d", "d", 200)]


def test_interim_responses_belong_to_the_last_one(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("post", "POST", "Expect: 100-continue\r\nContent-Length: 4\r\n"))
    c.send(1, b"HTTP/1.1 100 Continue\r\n\r\n")
    c.send(0, b"body")
    c.send(1, b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok("post"))
    event, = exchanges(capture, tmp_path)
    response = value(event, "response")
    assert [(i["status_code"], i["reason"]) for i in response["interim"]] == [
        (100, "Continue"), (103, "Early Hints")]
    assert said(event) == ("post", "post", 200, "complete")
    assert value(event, "request")["body_size"] == 4
    assert response["interim"][0]["time"] < value(event, "time")["request_end"]
    assert event["httpwire"]["anomalies"] == []


def test_what_is_odd_about_interim_responses(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a"))
    c.send(1, b"HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\nLink : </a>\r\n\r\n" + ok("a"))
    event, = exchanges(capture, tmp_path)
    assert event["httpwire"]["anomalies"] == ["space_before_colon", "length_not_allowed"]


def test_an_answer_before_the_request_has_ended(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("big", "POST", "Content-Length: 8\r\n", "half"))
    c.send(1, ok("big", status="413 Content Too Large"))
    c.send(0, b"rest")
    c.send(0, get("next"))
    c.send(1, ok("next"))
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [("big", "big", 413, "complete"), ("next", "next", 200, "complete")]
    times = value(found[0], "time")
    assert times["response_end"] < times["request_end"] and "time_to_first_byte" not in times


# what follows HTTP

def test_connect_and_what_goes_through_it(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 Connection Established\r\n\r\n")
    c.send(0, b"\x16\x03\x01" + bytes(500), 100)
    c.send(1, b"\x16\x03\x03" + bytes(2000), 700)
    c.close(0)
    c.close(1)
    event, = exchanges(capture, tmp_path)
    assert value(event, "end") == "tunnel"
    assert value(event, "request")["host"] == "a.example"
    event, = tunnels(capture, tmp_path)
    tunnel = value(event, "tunnel")
    assert (tunnel["method"], tunnel["target"], tunnel["protocol"]) == ("CONNECT", "a.example:443", "")
    assert (tunnel["client_bytes"], tunnel["server_bytes"]) == (503, 2003)
    assert value(event, "end") == "complete" and tunnel["duration"] > 0


def test_an_upgrade_with_bytes_behind_the_answer(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("ws", more="Connection: Upgrade\r\nUpgrade: websocket\r\n"))
    c.send(1, b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
              b"Connection: Upgrade\r\n\r\n\x81\x05hello")
    c.send(0, b"\x81\x85aaaabbbbb")
    c.packet(0, RST | ACK)
    event, = exchanges(capture, tmp_path)
    assert value(event, "end") == "upgraded"
    event, = tunnels(capture, tmp_path)
    tunnel = value(event, "tunnel")
    assert (tunnel["protocol"], tunnel["client_bytes"], tunnel["server_bytes"]) == ("websocket", 11, 7)
    assert value(event, "end") == "aborted_by_client"


# how it ends

@pytest.mark.parametrize("side,flags,end", [
    (1, FIN | ACK, "aborted_by_server"), (1, RST | ACK, "aborted_by_server"),
    (0, RST | ACK, "aborted_by_client"), (None, 0, "capture_ended")])
@pytest.mark.parametrize("sent", [b"", ok("x")[:-5]], ids=["no answer", "half an answer"])
def test_an_exchange_that_is_cut(tmp_path, side, flags, end, sent):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("x"))
    c.send(1, sent)
    if side is not None:
        c.packet(side, flags)
    event, = exchanges(capture, tmp_path)
    assert value(event, "end") == end
    assert id_of(event) == ("x" if sent else "")
    assert ("incomplete" in value(event, "response")) == bool(sent)


def test_within_a_host_a_connection_has_one_role(tmp_path):
    """Whoever's packet ends an exchange: each left the one socket before it reached the other."""
    capture = Capture()
    for port in range(3):
        connection = Connection(capture, client=("10.0.0.1", 40000 + port))
        connection.send(0, get("a"))
        connection.send(1, ok("a"))
        connection.send(0, get("b"))
        if port == 0:
            connection.send(1, ok("b")[:-1])
        connection.packet(1 if port == 2 else 0, RST | ACK)
    path = tmp_path / "host.pcapng"
    path.write_bytes(capture.pcapng_of_a_host())
    told = [(value(e, "connection")["role"], value(e, "end")) for e in
            events("-q", "-r", path, "-e", "net_http_exchange")]
    client, server = ("client", "aborted_by_client"), ("client", "aborted_by_server")
    assert told == [("client", "complete"), client, ("client", "complete"), client, ("client", "complete"), server]


def test_a_port_used_again_within_a_host_has_the_role_of_its_syn(tmp_path):
    """Of which the copy, and what accepts it, come before it is known that the SYN began a connection."""
    capture = Capture()
    for isn in ((1000, 5000), (10_000_000, 90_000_000)):
        connection = Connection(capture, isn=isn)
        connection.send(0, get("a"))
        connection.send(1, ok("a"))
    path = tmp_path / "host.pcapng"
    path.write_bytes(capture.pcapng_of_a_host())
    told = events("-q", "-r", path, "-e", "net_http_exchange")
    assert [value(e, "connection")["role"] for e in told] == ["client"] * 2


def test_half_a_connection_closed_is_no_end(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("x"))
    c.close(0)
    c.send(1, ok("x"))
    assert [said(e) for e in exchanges(capture, tmp_path)] == [("x", "x", 200, "complete")]


@pytest.mark.parametrize("before", [0, 1], ids=["nothing", "an exchange"])
def test_a_server_that_waits_no_longer(tmp_path, before):
    """It closes a connection that has been idle as the next request is on its way, or the first."""
    capture = Capture()
    c = Connection(capture)
    for i in range(before):
        c.send(0, get(f"r{i}"))
        c.send(1, ok(f"r{i}"))
    c.close(1)
    c.send(0, get("late"))
    c.close(0)
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found][before:] == [("late", "", 0, "aborted_by_server")]


def test_an_answer_that_ends_with_the_connection(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("x"))
    c.send(1, b"HTTP/1.0 200 OK\r\nX-Id: x\r\n\r\nall that there is")
    c.close(1)
    event, = exchanges(capture, tmp_path)
    assert said(event) == ("x", "x", 200, "complete")
    assert value(event, "response")["body_size"] == 17


def test_an_answer_to_nothing_is_told_alone(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(1, ok("x", status="408 Request Timeout"))
    c.close(1)
    event, = exchanges(capture, tmp_path)
    assert said(event) == ("", "x", 408, "unpaired")


@pytest.mark.parametrize("ends", [("10.0.0.1", "192.0.2.9"), ("192.0.2.9", "10.0.0.1")])
def test_who_answers_is_the_server(tmp_path, ends):
    """Also where its request was not seen, whoever has the smaller address."""
    capture = Capture()
    c = Connection(capture, client=(ends[0], 40000), server=(ends[1], 80))
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
    c.close(0)
    event, = exchanges(capture, tmp_path)
    assert (value(event, "src"), value(event, "dst"), value(event, "end")) == (*ends, "aborted_by_client")


def test_what_comes_after_the_last_message(tmp_path):
    capture = Capture()
    c = Connection(capture)
    for name, more in (("a", ""), ("b", "Connection: keep-alive, Close\r\n"), ("c", "")):
        c.send(0, get(name))
        c.send(1, ok(name, more=more))
    assert [e["httpwire"]["anomalies"] for e in exchanges(capture, tmp_path)] == [
        [], [], ["after_close"]]


def test_it_goes_on(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("events"))
    c.send(1, b"HTTP/1.1 200 OK\r\nX-Id: events\r\nContent-Type: text/event-stream\r\n\r\n")
    for i in range(5):
        capture.now_ns += 2 * 10**9
        c.send(1, b"data: %d\n\n" % i)
    c.close(1)
    found = exchanges(capture, tmp_path, "--progress", "3s")
    assert [value(e, "end") for e in found[:-1]] == ["goes_on"] * (len(found) - 1)
    assert value(found[-1], "end") == "complete" and 3 <= len(found) <= 5
    assert [value(e, "response")["body_size"] for e in found] == sorted(
        value(e, "response")["body_size"] for e in found)


# when it was

def test_times_are_those_of_the_packets(tmp_path):
    capture = Capture()
    c = Connection(capture)
    start = capture.packets[0][0]
    c.send(0, get("x", "POST", "Content-Length: 4\r\n", "bo"))
    request_start = capture.packets[3][0]
    capture.now_ns += 5 * MS
    request_end = capture.now_ns
    c.send(0, b"dy")
    capture.now_ns += 20 * MS
    response_start = capture.now_ns
    c.send(1, ok("x")[:30], 1)
    capture.now_ns += 7 * MS
    c.send(1, ok("x")[30:-1])
    response_end = capture.now_ns
    c.send(1, ok("x")[-1:])
    event, = exchanges(capture, tmp_path)
    assert value(event, "time") == {
        "request_start": request_start, "request_end": request_end,
        "response_start": response_start, "response_end": response_end,
        "connect": capture.packets[2][0] - start,
        "time_to_first_byte": response_start - request_end,
        "duration": response_end - request_start, "transfer": response_end - response_start}
    assert event["timestamp"] == response_end


def test_a_request_on_a_syn_begins_with_that(tmp_path):
    """TCP Fast Open: the server had the request before it said so."""
    capture = Capture()
    c = Connection(capture, handshake=False)
    syn = capture.now_ns
    c.packet(0, SYN, get("x"))
    c.seq[0] += 1 + len(get("x"))
    capture.now_ns += 5 * MS
    c.packet(1, SYN | ACK)
    c.seq[1] += 1
    c.packet(0, ACK)
    c.send(1, ok("x"))
    event, = exchanges(capture, tmp_path)
    assert said(event) == ("x", "x", 200, "complete")
    assert value(event, "request")["frame"] == 1
    assert times_of(event)[:2] == [syn, syn]


@pytest.mark.parametrize("first", [1, 4, 16])
@pytest.mark.parametrize("cuts", [[10], [10, -3], [-1]])
def test_a_message_begins_where_the_packet_has_its_first_bytes(tmp_path, first, cuts):
    """Those that end the packet of another head's last byte are not as old as its first one."""
    capture = Capture()
    c = Connection(capture)
    for a, b in zip([0, *cuts], [*cuts, None]):
        begins = capture.now_ns, len(capture.packets) + 1
        c.send(0, get("one")[a:b] + (get("two")[:first] if b is None else b""))
        capture.now_ns += 10 * MS
    c.send(0, get("two")[first:])
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    c.send(1, early[:-2])
    answered = capture.now_ns, len(capture.packets) + 1
    c.send(1, early[-2:] + ok("one")[:3])
    c.send(1, ok("one")[3:] + ok("two"))
    one, two = exchanges(capture, tmp_path)
    assert (times_of(one)[2], value(one, "response")["frame"]) == answered
    assert (times_of(two)[0], value(two, "request")["frame"]) == begins


def test_bytes_that_came_twice_before_a_message_the_other_way(tmp_path):
    """The client sends a response, which its end cuts: what came twice before is none of it."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("x"))
    c.packet(0, PSH | ACK, get("x"), seq=c.seq[0] - len(get("x")))
    c.send(1, ok("x"))
    c.send(0, b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc")
    c.close(1)
    for event in exchanges(capture, tmp_path):
        assert value(event, "response").get("retransmitted", 0) == 0
        assert value(event, "request").get("retransmitted", 0) in (0, len(get("x")))


def test_bytes_that_came_twice(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("x"))
    answer = ok("x", "0123456789" * 20)
    c.send(1, answer[:100])
    c.packet(1, PSH | ACK, answer[20:100], seq=c.seq[1] - 80)
    c.send(1, answer[100:])
    event, = exchanges(capture, tmp_path)
    assert value(event, "response")["retransmitted"] == 80
    assert "retransmitted" not in value(event, "request")


def test_what_took_no_time_took_none(tmp_path):
    """By a clock that steps in milliseconds: 0 is a duration, not one that is not known."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("x"))
    c.send(1, ok("x"))
    c.send(0, get("unanswered"))
    now, capture.packets = capture.now_ns, [(capture.now_ns, packet) for _, packet in capture.packets]
    answered, unanswered = exchanges(capture, tmp_path)
    took = value(answered, "time")
    assert took["duration"] == took["time_to_first_byte"] == took["transfer"] == 0 and took["request_start"] == now
    assert not {"duration", "time_to_first_byte", "transfer"} & set(value(unanswered, "time"))
    path = capture.write(tmp_path / "c.pcap")
    rows = httpwire("-q", "-r", path, "-o", "csv", "--columns", "duration,ttfb", "--slow", "0").stdout.decode().splitlines()[1:]
    assert rows == ["0.000000000,0.000000000", ","] # and what was not answered at all
    assert httpwire("-q", "-r", path, "-o", "json", "-e", "net_http_exchange", "-Y", "http.duration < 1ns && http.ttfb == 0").stdout.count(b"\n") == 1
    assert b": 0" in httpwire("-q", "-r", path, "-o", "text=long").stdout


@pytest.mark.parametrize("workers", ["1", "3"])
@pytest.mark.parametrize("silence, waited, end", [(30, 30, "capture_ended"), (400, 310, "timeout")])
def test_who_gets_no_answer_waits_until_that_is_known(tmp_path, workers, silence, waited, end):
    capture = Capture()
    hung, other = (Connection(capture, client=("10.0.0.1", port)) for port in (40000, 40001))
    hung.send(0, get("hung"))
    for _ in range(silence // 10):
        capture.now_ns += 10 * 10**9
        other.send(0, get("other"))
        other.send(1, ok("other"))
    found = exchanges(capture, tmp_path, "--workers", workers, "--slow", f"{waited - 1}s",
                      "-Y", f"http.waited < {waited + 1}s")
    assert [said(e) for e in found] == [("hung", "", 0, end)]


# never a wrong pair

def one_after_the_other(c, names):
    for n in names:
        c.send(0, get(n))
        c.send(1, ok(n) if len(n) % 2 else chunked(n), 40)


def with_posts(c, names):
    for n in names:
        c.send(0, get(n, "POST", "Content-Length: 30\r\n", "x" * 30), 50)
        c.send(1, ok(n, "y" * 200), 90)


def all_at_once(c, names):
    for n in names:
        c.packet(0, PSH | ACK, get(n))
        c.seq[0] += len(get(n))
    for n in names:
        c.send(1, ok(n))


def two_at_a_time(c, names):
    for a, b in zip(names[::2], names[1::2]):
        c.send(0, get(a) + get(b))
        c.send(1, ok(a) + chunked(b), 60)


def two_at_first(c, names):
    two_at_a_time(c, names[:2])
    one_after_the_other(c, names[2:])


def is_whole(event):
    return not any(value(event, side).get(what) for side in ("request", "response") for what in ("incomplete", "gap"))


def times_of(event):
    return [value(event, "time").get(k) for k in ("request_start", "request_end", "response_start", "response_end")]


@pytest.mark.parametrize("talk", [one_after_the_other, with_posts, all_at_once, two_at_a_time, two_at_first])
@pytest.mark.parametrize("lost", [1, 3, 9])
def test_whatever_packets_are_lost(tmp_path, talk, lost):
    whole = Capture()
    c = Connection(whole)
    talk(c, [f"n{i}" + "x" * (i % 3) for i in range(8)])
    c.close(0)
    c.close(1)
    times = {said(e)[0]: times_of(e) for e in exchanges(whole, tmp_path)}
    paired = 0
    for at in range(len(whole.packets)):
        capture = Capture()
        capture.packets = whole.packets[:at] + whole.packets[at + lost:]
        for event in exchanges(capture, tmp_path):
            name, answer, _, end = said(event)
            assert not name or not answer or name == answer, (at, name, answer)
            assert name or answer or end != "complete"
            if end == "complete" and is_whole(event): # what others lack does not make it late
                assert times_of(event) == times[name], (at, name)
            paired += bool(name and answer)
    if talk is one_after_the_other: # in so short a capture lost requests are only known at its end
        assert paired >= (6 - lost / 2) * len(whole.packets)


def test_an_answer_lost_behind_a_pipeline_that_is_over_hides_no_other(tmp_path):
    capture = Capture()
    c = Connection(capture)
    two_at_first(c, [f"r{i}" for i in range(12)])
    capture.packets = [p for p in capture.packets if b"X-Id: r5" not in p[1]]
    found = {said(e) for e in exchanges(capture, tmp_path)}
    assert found >= {(f"r{i}", f"r{i}", 200, "complete") for i in range(12) if i != 5}


def without_request(capture, path):
    """The packet that has it was not captured."""
    capture.packets = [p for p in capture.packets if f" /{path} ".encode() not in p[1]]


@pytest.mark.parametrize("step", [MS // 10, 12 * MS])
@pytest.mark.parametrize("nr", [4, 100])
@pytest.mark.parametrize("closes", [None, 0, 1])
def test_a_lost_request_hides_no_other(tmp_path, step, nr, closes):
    capture = Capture()
    c = Connection(capture)
    for i in range(nr):
        c.send(0, get(f"r{i}"))
        c.send(1, ok(f"r{i}"))
        capture.now_ns += step
    if closes is not None:
        c.close(closes)
        c.close(1 - closes)
    without_request(capture, "r1")
    found = [said(e) for e in exchanges(capture, tmp_path)]
    assert found.pop(1) == ("", "r1", 200, "unpaired")
    assert found == [(f"r{i}", f"r{i}", 200, "complete") for i in range(nr) if i != 1]


def test_what_answers_have_behind_a_lost_request(tmp_path):
    """Those that were held when their answers came wait for none: HEAD is answered without a body."""
    capture = Capture()
    c = Connection(capture)
    methods = ["GET"] * 8 + ["HEAD", "GET"] * 4
    for i, method in enumerate(methods):
        c.send(0, get(f"r{i}", method))
        c.send(1, ok(f"r{i}") if method == "GET" else ok(f"r{i}", "").replace(b"Length: 0", b"Length: 900"))
    without_request(capture, "r1")
    path = capture.write(tmp_path / "x.pcap")
    found = events("-q", "-r", path, "-e", "net_packet_http_response", "-Y", 'http.request.method == "HEAD"')
    assert [value(e, "http_response")["headers"]["X-Id"] for e in found] == [["r8"], ["r10"], ["r12"], ["r14"]]
    assert [said(e)[1] for e in exchanges(capture, tmp_path)] == [f"r{i}" for i in range(len(methods))]


HEADLESS = ok("head", "").replace(b"Length: 0", b"Length: 500")


@pytest.mark.parametrize("cut", [len(HEADLESS), 20, 3])
@pytest.mark.parametrize("more", [0, 10], ids=["alone", "with the beginning of the next request"])
@pytest.mark.parametrize("late", [False, True], ids=["known before", "known while its answer begins"])
def test_the_answer_to_head_has_no_body_whatever_is_lost_behind_it(tmp_path, cut, more, late):
    """The request was here before the gap, however late its answer comes."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("head", "HEAD") + get("lost")[:more])
    c.seq[0] += len(get("lost")) - more
    c.send(0, get("next"))
    capture.now_ns += 2000 * MS * (not late)
    c.send(1, HEADLESS[:cut])
    capture.now_ns += 2000 * MS
    c.send(1, HEADLESS[cut:] + ok("lost"))
    c.send(1, ok("next"))
    found = exchanges(capture, tmp_path)
    assert ("head", "head", 200, "complete") in [said(e) for e in found]
    assert [id_of(e) for e in found if id_of(e)] == ["head", "lost", "next"]
    assert [value(e, "response")["body_size"] for e in found if id_of(e)] == [0, 12, 12]


@pytest.mark.parametrize("late", [False, True])
def test_the_answer_to_head_has_no_body_whatever_is_lost_of_it(tmp_path, late):
    capture = Capture()
    c = Connection(capture)
    request = get("head", "HEAD", "X: " + "x" * 90 + "\r\n")
    c.packet(0, PSH | ACK, request[:50])
    c.seq[0] += len(request)
    if late:
        c.send(1, HEADLESS)
    c.packet(0, PSH | ACK, request[90:], seq=c.seq[0] - len(request) + 90)
    if not late:
        capture.now_ns += 2000 * MS
        c.send(1, HEADLESS)
    capture.now_ns += 2000 * MS
    c.send(0, get("next"))
    c.send(1, ok("next"))
    found = exchanges(capture, tmp_path)
    assert [id_of(e) for e in found if id_of(e)] == ["head", "next"]
    assert ("next", "next", 200, "complete") in [said(e) for e in found]


def swap_last(capture):
    """The capture has the last two packets in disorder."""
    (first, a), (second, b) = capture.packets[-2:]
    capture.packets[-2:] = [(first, b), (second, a)]


@pytest.mark.parametrize("framing", ["Content-Length: 500\r\n", "Transfer-Encoding: chunked\r\n", ""])
def test_the_answer_to_head_came_first(tmp_path, framing):
    """What it answers is known before the next one comes."""
    answer = HEADLESS.replace(b"Content-Length: 500\r\n", framing.encode())
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a"))
    c.send(1, ok("a"))
    c.packet(0, PSH | ACK, get("head", "HEAD"))
    c.seq[0] += len(get("head", "HEAD"))
    c.packet(1, PSH | ACK, answer)
    swap_last(capture)
    c.seq[1] += len(answer)
    c.send(0, get("b"))
    c.send(1, ok("b"))
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [(n, n, 200, "complete") for n in ("a", "head", "b")]
    assert [value(e, "response")["body_size"] for e in found] == [9, 0, 9]


def test_what_comes_before_its_request_has_a_body_unless_that_is_head(tmp_path):
    capture = Capture()
    c = Connection(capture)
    for name in "a", "b", "c":
        c.packet(0, PSH | ACK, get(name))
        c.seq[0] += len(get(name))
        c.packet(1, PSH | ACK, ok(name)[:-5])
        swap_last(capture)
        c.seq[1] += len(ok(name)) - 5
        c.send(1, ok(name)[-5:])
    assert [said(e) for e in exchanges(capture, tmp_path)] == [(n, n, 200, "complete") for n in "abc"]


def test_nobody_has_aborted_what_lacks_a_packet(tmp_path):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("post", "POST", "Content-Length: 300\r\n", "x" * 300), 100)
    c.send(1, ok("post"))
    for name in ("a", "b"):
        c.send(0, get(name))
        c.send(1, ok(name))
    c.close(0)
    c.close(1)
    lost = next(p for p in capture.packets if p[1].endswith(b"x" * 100))
    capture.packets.remove(lost)
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [(n, n, 200, "complete") for n in ("post", "a", "b")]
    assert value(found[0], "request")["incomplete"] == "gap"


@pytest.mark.parametrize("head, more", [
    (b"GET /x HTTP/1.1\r\nHo", b""), (b"GET /x HTTP/1.1\r\nHo", b"st: a\r\nX: " + b"x" * 900),
    (b"GET /x?", b""), (b"GET /x?", b"q" * 4000)], ids=["slow", "long", "slow target", "long target"])
@pytest.mark.parametrize("end", [FIN | ACK, RST | ACK])
@pytest.mark.parametrize("before", [0, 1])
def test_a_head_that_is_answered_before_it_ends(tmp_path, head, more, end, before):
    capture = Capture()
    c = Connection(capture)
    for _ in range(before):
        c.send(0, get("before"))
        c.send(1, ok("before"))
    c.send(0, head)
    c.send(1, ok("x", status="408 Request Timeout"))
    if more:
        c.send(0, more)
    c.packet(1, end)
    c.seq[1] += 1
    c.close(0)
    *others, event = exchanges(capture, tmp_path)
    assert [said(e) for e in others] == [("before", "before", 200, "complete")] * before
    assert said(event) == ("x", "x", 408, "complete")
    assert value(event, "request")["incomplete"] == ("closed" if end & FIN else "reset")
    assert not value(event, "response").get("incomplete")


@pytest.mark.parametrize("begun", [1, 2, 3, 4, 8])
def test_the_beginning_of_a_method_may_be_answered(tmp_path, begun):
    """What comes after is not shifted by that."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a")[:begun])
    c.send(1, ok("a", status="408 Request Timeout"))
    c.send(0, get("a")[begun:])
    for name in ("b", "c"):
        c.send(0, get(name))
        c.send(1, ok(name))
    assert [said(e) for e in exchanges(capture, tmp_path)] == [
        ("a", "a", 408, "complete"), ("b", "b", 200, "complete"), ("c", "c", 200, "complete")]


def test_answers_that_are_lost_with_the_syn_ack_shift_none(tmp_path):
    capture = Capture()
    c = Connection(capture)
    del capture.packets[1] # the SYN-ACK
    for name in ("a", "b", "c"):
        before = len(capture.packets)
        c.send(0, get(name))
        c.send(1, ok(name))
        if name == "a":
            del capture.packets[before + 1:before + 3] # its acknowledgement, and the answer
    told = [said(e)[:2] for e in exchanges(capture, tmp_path)]
    assert {asked for asked, _ in told} == {"", *"abc"} and {answered for _, answered in told} == {"", *"bc"}
    assert all(asked in ("", answered) or not answered for asked, answered in told)


def test_nobody_has_aborted_what_ends_unseen(tmp_path):
    capture = Capture()
    Connection(capture).send(0, get("a"))
    c = Connection(capture, isn=(3_000_000, 8_000_000))
    c.send(0, get("b"))
    whole = ok("b")
    c.send(1, whole[:-1])
    c = Connection(capture, isn=(6_000_000, 4_000_000))
    c.send(0, get("c"))
    c.send(1, ok("c"))
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [
        ("a", "", 0, "unpaired"), ("b", "b", 200, "complete"), ("c", "c", 200, "complete")]
    assert [value(e, "response").get("incomplete") for e in found] == [None, "gap", None]


@pytest.mark.parametrize("later", [0, 20, 400])
@pytest.mark.parametrize("first", [0, 1])
def test_a_gap_in_what_the_end_of_the_connection_ends(tmp_path, later, first):
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("a"))
    c.send(1, b"HTTP/1.1 200 OK\r\nX-Id: a\r\n\r\n" + b"x" * 900 + b"y" * 100 + b"x" * 900, 100)
    c.packet(first, FIN | ACK)
    c.seq[first] += 1
    c.close(1 - first)
    capture.packets = [p for p in capture.packets if b"yyy" not in p[1]]
    if later:
        capture.now_ns += later * 10**9
        other = Connection(capture, client=("10.0.0.1", 40001))
        other.send(0, get("b"))
    event = exchanges(capture, tmp_path)[0]
    assert said(event) == ("a", "a", 200, "complete") and value(event, "response")["incomplete"] == "gap"


@pytest.mark.parametrize("line", ["ICY 200 OK", " HTTP/1.1 200 OK", "http/1.1 200 OK", "HTTP 200 OK"])
@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("size", [2, 6000])
def test_an_answer_that_cannot_be_read_is_no_other_ones(tmp_path, line, before, size):
    capture = Capture()
    c = Connection(capture)
    for name in ["a"] * before:
        c.send(0, get(name))
        c.send(1, ok(name))
    c.send(0, get("odd", "HEAD" if size == 2 else "GET"))
    c.send(1, f"{line}\r\nContent-Length: {size}\r\n\r\n".encode() + b"x" * size, 1000)
    for name in "b", "c":
        c.send(0, get(name))
        c.send(1, ok(name))
    found = exchanges(capture, tmp_path)
    assert [said(e) for e in found] == [("a", "a", 200, "complete")] * before + [
        ("odd", "", 0, "unpaired"), ("b", "b", 200, "complete"), ("c", "c", 200, "complete")]
    assert found[-2]["httpwire"]["anomalies"] == ["garbage_before"]
    asked = events("-q", "-r", tmp_path / "x.pcap", "-e", "net_packet_http_response", "-Y", 'http.request.uri == "/odd"')
    assert not asked


def test_the_only_request_has_the_answer_behind_garbage(tmp_path):
    capture = Capture()
    c = Connection(capture)
    for name in "a", "b":
        c.send(0, get(name))
        c.send(1, ok(name))
        c.send(1, b"more than was said\r\n" * (name == "a"))
    assert [said(e) for e in exchanges(capture, tmp_path)] == [(n, n, 200, "complete") for n in ("a", "b")]


# each message is of one exchange, whatever happens to the connection

def steps(rng, name):
    """What both sides of a connection do: (side, bytes), or (side, flags) of an end."""
    for i in range(rng.randrange(5)):
        if rng.random() < 0.85:
            yield 0, get(f"{name}.{i}", rng.choice(["GET", "HEAD", "POST"]), "Content-Length: 4\r\n", "body")
        if rng.random() < 0.1:
            yield 1, b"HTTP/1.1 100 Continue\r\n\r\n"
        if rng.random() < 0.85:
            yield 1, rng.choice([ok(f"{name}.{i}"), ok(f"{name}.{i}", "x" * 3000), chunked(f"{name}.{i}"),
                                 ok(f"{name}.{i}", "", "304 Not Modified")])
    for side in rng.sample([0, 1], rng.randrange(3)):
        yield side, FIN | ACK
    if rng.random() < 0.2:
        yield rng.randrange(2), RST | ACK


def disturbed(rng, name):
    """The same, with an end that comes before its time, or in any order."""
    found = list(steps(rng, name))
    if rng.random() < 0.3:
        found.insert(rng.randrange(len(found) + 1), (rng.randrange(2), FIN | ACK))
    if rng.random() < 0.2:
        rng.shuffle(found)
    return collections.deque(found)


def act(rng, c, ended, side, what):
    if side in ended or 2 in ended:
        return
    if isinstance(what, int):
        c.packet(side, what)
        c.seq[side] += 1
        ended.add(2 if what & RST else side)
        return
    cut = rng.choice([20, 100, 1448])
    for at in range(0, len(what), cut):
        if rng.random() < 0.03:  # lost
            c.seq[side] += len(what[at:at + cut])
        else:
            c.send(side, what[at:at + cut])


def dialogues(rng, capture, nr):
    talks = [(Connection(capture, client=("10.0.2.1", 20000 + i)), set(), disturbed(rng, f"c{i}"))
             for i in range(nr)]
    while talks:
        c, ended, left = talk = rng.choice(talks)
        if left:
            act(rng, c, ended, *left.popleft())
        else:
            talks.remove(talk)


def names_of_messages(found):
    for e in found:
        head = value(e, "proto_http")
        if head["direction"] == "request":
            yield "request", head["uri_path"]
        elif head["status_code"] != 100:
            yield "response", head["headers"].get("X-Id", ["?"])[0]


def names_of_exchanges(found):
    for e in found:
        if value(e, "request")["method"]:
            yield "request", path_of(e)
        if value(e, "response")["status_code"]:
            yield "response", id_of(e) or "?"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("idle", [0, 1100], ids=["few connections", "so many that those between exchanges rest"])
def test_each_message_is_of_one_exchange(tmp_path, seed, idle):
    capture = Capture()
    for i in range(idle):
        c = Connection(capture, client=("10.0.1.1", 20000 + i), handshake=False)
        c.send(0, get("idle"))
        c.send(1, ok("idle"))
    dialogues(random.Random(seed), capture, 100)
    path = capture.write(tmp_path / "x.pcap")
    messages = collections.Counter(names_of_messages(events("-q", "-r", path)))
    told = collections.Counter(names_of_exchanges(events("-q", "-r", path, "-e", "net_http_exchange")))
    assert len(messages) > 200 and told == messages


def test_numbers_go_on_where_memory_is_refused(tmp_path):
    """Of connections that rest between exchanges some find no memory when they go on."""
    rng = random.Random(1)
    capture = Capture()
    talks = [Connection(capture, client=("10.0.2.1", 2000 + i)) for i in range(2500)]
    for turn in range(3):
        for c in rng.sample(talks, len(talks)):
            c.send(0, get(f"r{turn}", more="X: " + "x" * 500 + "\r\n"))
        for c in rng.sample(talks, len(talks)):
            c.send(1, ok(f"r{turn}"))
    found = exchanges(capture, tmp_path, "--max-memory", "2M")
    assert {"complete", "unpaired"} <= {value(e, "end") for e in found}  # memory was refused to some
    assert all(not path or not answer or path == answer for path, answer, *_ in map(said, found))
    numbers = collections.Counter((value(e, "connection")["id"], value(e, "connection")["number"])
                                  for e in found if not e["httpwire"]["midstream"])
    assert set(numbers.values()) == {1}


@pytest.mark.parametrize("ends", [("10.0.0.1", "192.0.2.9"), ("192.0.2.9", "10.0.0.1")])
@pytest.mark.parametrize("flags, why", [(RST | ACK, "reset"), (FIN | ACK, "closed"), (0, "capture_end")])
def test_why_a_request_is_not_whole_whoever_has_the_smaller_address(tmp_path, ends, flags, why):
    capture = Capture()
    c = Connection(capture, client=(ends[0], 40000), server=(ends[1], 80))
    c.send(0, get("upload", "POST", "Content-Length: 1000\r\n", "xxx"))
    if flags:
        c.packet(1, flags)
    [e] = exchanges(capture, tmp_path)
    assert value(e, "request")["incomplete"] == why


def test_an_answer_that_is_lost_is_not_the_next_ones(tmp_path):
    """One request is lost, later an answer, in front of a long one: nothing after that is shifted."""
    capture = Capture()
    c = Connection(capture)
    c.send(0, get("0"))
    c.send(1, ok("0"))
    c.seq[0] += len(get("lost"))
    c.send(1, ok("lost"))
    c.send(0, get("b"))
    c.send(1, ok("b"))
    c.send(0, get("c"))
    c.seq[1] += len(ok("c"))
    c.send(0, get("d"))
    body = b"x" * 80000
    c.send(1, b"HTTP/1.1 200 OK\r\nX-Id: d\r\nContent-Length: %d\r\n\r\n" % len(body))
    for at in range(0, len(body), 1000):
        c.send(1, body[at:at + 1000])
    for name in "efgh":
        c.send(0, get(name))
        c.send(1, ok(name))
    told = [said(e) for e in exchanges(capture, tmp_path)]
    assert all(asked == answered for asked, answered, _, end in told if end == "complete" and asked and answered)
    assert {asked for asked, _, _, end in told if end == "complete"} >= set("0efgh")


def test_chunks_that_cannot_be_read_can_be_asked_for(tmp_path):
    """What `incomplete` says of such a body a filter takes, too."""
    capture = Capture()
    for port, body in ((40000, b"zz\r\n"), (40001, b"0\r\n\r\n")):
        connection = Connection(capture, client=("10.0.0.1", port))
        connection.send(0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.send(1, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
        connection.close(1)
    path = capture.write(tmp_path / "c.pcap")
    found = events("-r", path, "-e", "net_http_exchange", "-Y", 'incomplete == "framing"')
    assert [(value(e, "src_port"), value(e, "response")["incomplete"]) for e in found] == [(40000, "framing")]
