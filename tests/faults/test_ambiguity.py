# SPDX-License-Identifier: BSD-2-Clause
"""
Groups H and E: HTTP/1 that can be read in two ways, and bodies in codings

Each anomaly is told by its name. Bodies are passed over by their framing, not decoded.
"""
import gzip
import itertools
import zlib

import pytest
import rules
from frames import Talk
from lab import ACK, RST, Capture, raw_deflate, value

GET = b"GET /next HTTP/1.1\r\nHost: h\r\n\r\n"
LINE = b"GET / HTTP/1.1\r\n"
HOST = b"Host: h\r\n"
OK = b"HTTP/1.1 200 OK\r\n"


def exchange(requests=b"", responses=b"", cut=None, close=False):
    capture = Capture()
    talk = Talk(capture)
    if requests:
        talk.send(0, requests, cut)
    if responses:
        talk.send(1, responses, cut)
    if close:
        talk.close(1)
    return capture


def post(*fields, body=b"", line=b"POST / HTTP/1.1\r\n"):
    return line + HOST + b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


def anomalies(told, which=0):
    return told.events[which]["httpwire"]["anomalies"]


def check(run, requests, *names, then="GET /next", responses=b"", cut=None):
    """The first message has the anomalies named, among others; the next one is found where it is."""
    told = run(exchange(requests, responses, cut))
    assert set(names) <= set(anomalies(told)), (anomalies(told), told.messages())
    if then:
        assert told.messages()[1:] == [then], told.messages()
    return told


CHUNKED = b"0\r\n\r\n"


def test_H01_length_and_chunked(run):
    """Content-Length with chunked, in either order: chunked holds (RFC 9112 6.3), and it is told."""
    for fields in itertools.permutations((b"Content-Length: 40", b"Transfer-Encoding: chunked")):
        check(run, post(*fields, body=b"5\r\nGET /\r\n" + CHUNKED) + GET, "length_and_chunked")


@pytest.mark.parametrize("fields, name", [
    ((b"Content-Length: 5", b"Content-Length: 5"), "length_repeated"), ((b"Content-Length: 5, 5",), "length_repeated"),
    ((b"Content-Length: 5", b"Content-Length: 9"), "length_conflict"), ((b"Content-Length: 9, 5",), "length_conflict")])
def test_H02_two_lengths(run, fields, name):
    """The same twice is told and read; two that differ are told."""
    told = check(run, post(*fields, body=b"GET /") + GET, name, then=None)
    assert name == "length_conflict" or told.messages() == ["POST /", "GET /next"]


@pytest.mark.parametrize("length, name", [
    (b"+5", "bad_content_length"), (b"-1", "bad_content_length"), (b"0x10", "bad_content_length"),
    (b"5_0", "bad_content_length"), (b"010", "length_leading_zeros"), (b"1Z", "bad_content_length"),
    (b"", "bad_content_length"), (b"5 5", "bad_content_length"), (b"9223372036854775808", "length_overflow"),
    (b"18446744073709551616", "length_overflow"), (b"9" * 30, "length_overflow"), ("５".encode(), "bad_content_length")])
def test_H03_lengths_that_are_none(run, length, name):
    """Signs, other bases, overflow: told, nothing is allocated for them, nothing overflows."""
    check(run, post(b"Content-Length: " + length, body=b"x" * 10), name, then=None)
    told = run(exchange(b"", OK + b"Content-Length: " + length + b"\r\n\r\n" + b"x" * 10), "--max-memory", "1M")
    assert name in anomalies(told)


ENCODINGS = {b"xchunked": "bad_transfer_coding", b"\"chunked\"": "bad_transfer_coding", b"chunked;q=1": "bad_transfer_coding",
             b"chunked, identity": "chunked_not_final", b"\xa0chunked": "bad_transfer_coding", b"cow": "bad_transfer_coding",
             b"chunked\x0b": "bad_transfer_coding", b"chunke": "bad_transfer_coding", b"chunked, chunked": "chunked_repeated",
             b"gzip, chunked": "transfer_coding_list", b"identity, chunked": "transfer_coding_list",
             b",chunked": "transfer_coding_list", b"chunked ": None, b"\tchunked": None, b"  chunked\t": None, b"Chunked": None}


@pytest.mark.parametrize("coding", ENCODINGS)
def test_H04_transfer_codings(run, coding):
    """
    Only an exact last `chunked` counts, blanks around it being none; anything else about it is told. The body
    is framed as the field was read: of a response by chunks, or until the end of the connection.
    """
    body = b"5\r\nHTTP/\r\n" + CHUNKED
    told = run(exchange(GET + GET, OK + b"Transfer-Encoding: " + coding + b"\r\n\r\n" + body + OK + b"Content-Length: 0\r\n\r\n"))
    name, found = ENCODINGS[coding], anomalies(told, 2)
    is_chunked = "chunked_not_final" not in found
    assert name in found if name else found == []
    assert is_chunked == (coding.strip(b" \t").lower().endswith(b"chunked") and coding not in (b"xchunked", b"\xa0chunked"))
    assert told.messages()[2:] == ["200 OK"] * (2 if is_chunked else 1)
    told = run(exchange(post(b"Transfer-Encoding: " + coding, body=b"5\r\nGET /\r\n" + CHUNKED) + GET))
    assert told.messages() == ["POST /", "GET /next"] and set(anomalies(told)) == set(found)


@pytest.mark.parametrize("fields, name", [
    ((b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"), "chunked_repeated"),
    ((b"Transfer-Encoding:\r\n chunked",), "obs_fold"), ((b"Transfer_Encoding: chunked",), "lookalike_name"),
    ((b"Transfer-\r\n Encoding: chunked",), "missing_colon"), ((b"Transfer-Encoding : chunked",), "space_before_colon")])
def test_H04_fields_of_it(run, fields, name):
    """Twice, folded, with `_` for `-`, with a blank before the colon: told."""
    check(run, post(*fields, body=CHUNKED) + GET, name, then=None)


def test_H05_chunked_in_http_1_0(run):
    """Read as chunked, and told."""
    check(run, post(b"Transfer-Encoding: chunked", body=CHUNKED, line=b"POST / HTTP/1.0\r\n") + GET, "chunked_in_http_1_0")


def test_H06_blank_before_the_colon(run):
    """`Content-Length : 5` frames as if it were not there, and is told."""
    check(run, post(b"Content-Length : 5", body=b"GET /") + GET, "space_before_colon")


@pytest.mark.parametrize("head, name", [
    (b"GET / HTTP/1.1\nHost: h\n\n", "bare_lf"), (b"GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", "bare_lf"),
    (LINE + HOST + b"X: a\rb\r\n\r\n", "bare_cr"), (LINE + HOST + b"X: a\r\r\n\r\n", "bare_cr")])
def test_H07_line_ends(run, head, name):
    """LF alone ends a line, CR alone does not; both are told."""
    check(run, head + GET, name)


@pytest.mark.parametrize("head, name", [
    (LINE + HOST + b"X: a\r\n b\r\n\tc\r\n\r\n", "obs_fold"), (LINE + b" X: a\r\n" + HOST + b"\r\n", "space_before_first_field"),
    (LINE + HOST + b"Content-Length:\r\n 0\r\n\r\n", "obs_fold")])
def test_H08_folded_fields(run, head, name):
    """Joined with a blank, and told."""
    told = check(run, head + GET, name)
    if b"c\r\n" in head:
        assert value(told.events[0], "proto_http")["headers"]["X"] == ["a b c"]


def test_H08_a_folded_length_that_is_repeated(run):
    """Of two that are the same one stays, without the blank that the fold leaves behind it."""
    told = check(run, post(b"Content-Length: 5\r\n ", b"Content-Length: 5", body=b"GET /") + GET, "obs_fold", "length_repeated")
    assert value(told.events[0], "proto_http")["headers"]["Content-Length"] == ["5"]


def test_H08_very_many_folds(run):
    """A hundred thousand continuation lines take linear time."""
    told = run(exchange(LINE + HOST + b"X: a\r\n" + b" b\r\n" * 60_000 + b"\r\n" + GET, cut=60_000))
    assert told.messages() == ["GET /", "GET /next"] and told.cpu_s < 0.5


@pytest.mark.parametrize("head", [LINE + HOST + b"X\0Y: a\r\n\r\n", LINE + HOST + b"X: a\0b\r\n\r\n",
                                  b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n"])
def test_H09_nul(run, head):
    """A NUL is kept, escaped and told."""
    told = check(run, head + GET, "nul_byte")
    assert b"\\u0000" in told.output


@pytest.mark.parametrize("line, name", [(b"no colon here", "missing_colon"), (b": no name", "empty_field_name"),
                                        (b"a name: x", "space_in_field_name"), (b"X[]: y", "bad_field_name")])
def test_H10_fields_without_a_form(run, line, name):
    """Told; what follows is read."""
    check(run, post(line, line=LINE) + GET, name)


@pytest.mark.parametrize("before, name", [(b"\r\n" * 3, "leading_blank_lines"), (b"\n\n", "leading_blank_lines")])
def test_H11_before_the_first_line(run, before, name):
    """Empty lines are passed over, and told, however many there are, as by servers; also before an odd method."""
    check(run, before + LINE + HOST + b"\r\n" + GET, name)
    for request in (GET, GET.replace(b"GET", b"FOO")):
        assert run(exchange(b"\r\n" * 20000 + request)).messages() == [request[:9].decode()]
        assert run(exchange(GET + b"\n" * 40000 + request)).messages() == ["GET /next", request[:9].decode()]


def test_H11_before_the_first_response(run, capture):
    """It is the answer all the same."""
    talk = Talk(capture)
    talk.send(0, GET)
    talk.send(1, b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    event, = run(capture, "-e", "net_http_exchange").events
    assert value(event, "end") == "complete" and event["httpwire"]["anomalies"] == ["leading_blank_lines"]


@pytest.mark.parametrize("line, name", [
    (b"GET /", "http_0_9"), (b"GET  /  HTTP/1.1", "space_in_start_line"), (b"GET\t/ HTTP/1.1", "space_in_start_line"),
    (b"GET HTTP/1.1", None), (b"GET / http/1.1", "bad_version"), (b"GET / HTTP/1.10", "bad_version"),
    (b"GET / HTTP/4294967295.255", "bad_version"), (b"GET / HTTP/2.0", "unusual_version"), (b"GET /a b HTTP/1.1", "space_in_target")])
def test_H12_request_lines(run, line, name):
    """No version, more blanks, no target, odd versions: the best reading, and told."""
    told = run(exchange(line + b"\r\n" + HOST + b"\r\n"))
    assert told.events and (name is None or name in anomalies(told)), (told.messages(), told.events)


@pytest.mark.parametrize("line", [
    b"GET\v/ HTTP/1.1", b"GET\f/\fHTTP/1.1", b"GET\r/ HTTP/1.1", b"GET /\vHTTP/1.1", b"GET\v \r/\v\v HTTP/1.1",
    b"GET \v/ HTTP/1.1", b"GET /\f HTTP/1.1", b"GET / HTTP/1.1\v", b"GET / HTTP/1.1 \f\r",
    b"\vGET\v/ HTTP/1.1", b" \f\rGET\t/ HTTP/1.1"], ids=repr)
def test_H12_blanks_of_another_kind(run, line):
    """What some servers take for a blank, as Python's: the request they see is told, with its answer."""
    told = run(exchange(line + b"\r\n" + HOST + b"\r\n" + GET, 2 * (OK + b"Content-Length: 0\r\n\r\n")), "-e", "net_http_exchange")
    requests = [value(e, "request") for e in told.events]
    assert [(r["method"], r["target"], r["protocol"]) for r in requests] == [("GET", "/", "HTTP/1.1"), ("GET", "/next", "HTTP/1.1")]
    assert [value(e, "end") for e in told.events] == ["complete"] * 2
    assert "space_in_start_line" in anomalies(told) and anomalies(told, 1) == []


@pytest.mark.parametrize("line", [b"GET\r", b"GET\v", b"GET\v\v\r", b"SEARCH\r"], ids=repr)
def test_H12_no_target_behind_such_blanks(run, line):
    """A line that ends behind the method is one of another protocol."""
    assert run(exchange(line + b"\n" + line + b"\n")).events == []


@pytest.mark.parametrize("line", [b"HTTP/1.1\v304 No", b"HTTP/1.1\f304\fNo", b"HTTP/1.1\r304 No", b"HTTP/1.1 \v\t304 No"], ids=repr)
def test_H12_blanks_of_another_kind_in_a_status_line(run, line):
    """Which code a client sees, as Python's, tells it where the next response begins."""
    told = run(exchange(2 * GET, line + b"\r\nContent-Length: 9\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"), "-e", "net_http_exchange")
    responses = [value(e, "response") for e in told.events]
    assert [(r["protocol"], r["status_code"]) for r in responses] == [("HTTP/1.1", 304), ("HTTP/1.1", 200)]
    assert [value(e, "end") for e in told.events] == ["complete"] * 2
    assert "space_in_start_line" in anomalies(told) and anomalies(told, 1) == []


def of_exchange(run, requests):
    """What the event of the first exchange, which is made behind the body, tells of it; and of what there is more."""
    told = run(exchange(requests, cut=60_000), "-e", "net_http_exchange")
    request = value(told.events[0], "request")
    return told.events[0]["httpwire"]["anomalies"], request.get("incomplete", ""), [
        value(e, "request")["target"] for e in told.events[1:]]


# Behind each comes one more chunk, `GET /`, and the end of the body.
SIZES = {
    b"ffffffffffffffff1\r\n": "chunk_size_overflow", b"10000000000000000\r\n": "chunk_size_overflow",
    b"0x5\r\n": "bad_chunk_size", b"-5\r\n": "bad_chunk_size", b"5 \r\n": "chunk_line_odd", b"5\n": "chunk_line_odd",
    b"5\r\nGET /5\r\n": "bad_chunk_end", b"5\r\r;\r\n": "chunk_line_odd", b"5;a=b\r\n": None, b"0" * 1000 + b"5\r\n": None,
    b"5;" + b"x" * 1000 + b"\r\n": None, b"5;" + b"x" * 1_000_000 + b"\r\n": "chunk_line_too_long",
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: repr(size[:20]))
def test_H13_chunk_sizes(run, size):
    """Overflow, signs, blanks, LF alone, no line end behind, a line above 16 KiB: told in the event of the exchange."""
    text = post(b"Transfer-Encoding: chunked", body=size + b"GET /\r\n" + CHUNKED) + GET
    found, cut, more = of_exchange(run, text)
    assert SIZES[size] in found if SIZES[size] else found == []
    assert set(more) <= {"/next"} and (more == ["/next"] or cut == "framing")


# Where readers differ on where the line ends.
EXTENSIONS = [b"5;\nabc\r\n", b"5;a\n", b"5;a\rb\r\n", b"5;a=\"\r\n\"\r\n"]


@pytest.mark.parametrize("line", EXTENSIONS, ids=repr)
def test_H14_chunk_extensions(run, line):
    """Line ends in an extension, on which readers differ: told; the size is what its digits say."""
    found, _, more = of_exchange(run, post(b"Transfer-Encoding: chunked", body=line + b"GET /\r\n" + CHUNKED) + GET)
    assert {"chunk_line_odd", "bad_chunk_end"} & set(found) and set(more) <= {"/next"}


def test_H15_trailers(run):
    """Fields behind the last chunk change nothing of the framing; a Trailer that announces such is told."""
    trailer = b"Content-Length: 50\r\nTransfer-Encoding: chunked\r\nHost: evil\r\n"
    check(run, post(b"Transfer-Encoding: chunked", b"Trailer: Content-Length", body=b"0\r\n" + trailer + b"\r\n") + GET,
          "forbidden_trailer")


@pytest.mark.parametrize("lines, names", [
    (b"Content-Length: 3\r\n", ["forbidden_trailer"]), (b"transfer-encoding: 3\r\n", ["forbidden_trailer"]),
    (b"Host : 3\r\n", ["forbidden_trailer", "chunk_line_odd"]), (b"X: y\r\n", []),
    (b"GET /smuggled HTTP/1.1\r\n", ["chunk_line_odd"]), (b"X: y\rContent-Length: 3\r\n", ["chunk_line_odd"]),
    (b"X: y\nTransfer-Encoding: chunked\r\n", ["forbidden_trailer", "chunk_line_odd"]), (b"X: y\r\n z\r\n", ["chunk_line_odd"])])
def test_H15_trailers_that_frame_route_or_smuggle(run, lines, names):
    """Too late for that, or no fields at all, where others may see the next request: told with the exchange."""
    found, _, more = of_exchange(run, post(b"Transfer-Encoding: chunked", body=b"0\r\n" + lines + b"\r\n") + GET)
    assert sorted(found) == sorted(names) and more == ["/next"]


def test_H16_interim_responses(run):
    """100, 102, 103 come before the answer; 101 ends HTTP."""
    interim = b"".join(b"HTTP/1.1 %d I\r\nX: y\r\n\r\n" % n for n in (100, 102, 103, 100))
    told = run(exchange(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n" + GET,
                        interim + OK + b"Content-Length: 99\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"))
    assert told.messages() == ["HEAD /", "GET /next", "100 I", "102 I", "103 I", "100 I", "200 OK", "200 OK"]


@pytest.mark.parametrize("method, status", [(b"HEAD", b"200"), (b"GET", b"204"), (b"GET", b"304"), (b"GET", b"100")])
def test_H17_responses_without_a_body(run, method, status):
    """To HEAD, with 204 and 304 and 1xx: none follows, whatever length is said."""
    told = run(exchange(method + b" / HTTP/1.1\r\nHost: h\r\n\r\n" + GET,
                        b"HTTP/1.1 " + status + b" S\r\nContent-Length: 500\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"))
    assert told.messages()[-1] == "200 OK" and len(told.messages()) == 4


@pytest.mark.parametrize("status, inner, found", [
    (b"200", b"\x16\x03\x01\0\x05hello", ["CONNECT h:443", "200 X"]), (b"200", GET, ["CONNECT h:443", "200 X", "GET /next"]),
    (b"407", GET, ["CONNECT h:443", "407 X", "GET /next"])])
def test_H18_tunnels(run, status, inner, found):
    """Behind a CONNECT that was accepted comes anything, HTTP as well; behind one that was not, HTTP."""
    capture = Capture()
    talk = Talk(capture)
    talk.send(0, b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n")
    talk.send(1, b"HTTP/1.1 " + status + b" X\r\nContent-Length: 0\r\n\r\n")
    talk.send(0, inner)
    assert run(capture).messages() == found


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c", b"whatever/1"])
def test_H19_upgrades(run, protocol):
    """After 101 what follows is of another protocol: no message out of it, its bytes are counted."""
    capture = Capture()
    talk = Talk(capture)
    talk.send(0, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n")
    talk.send(1, b"HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: " + protocol + b"\r\n\r\n")
    for _ in range(5):
        talk.send(0, b"\x81\x85\1\2\3\4GET / H")
        talk.send(1, b"\x81\x05HTTP/")
    told = run(capture)
    assert told.messages() == ["GET /", "101 Go"] and told.counted["messages"]["not_http_bytes"] > 0


def test_H20_responses_nobody_asked_for(run):
    """A response before its request, without one, one too many: all are told."""
    told = run(exchange(b"", OK + b"Content-Length: 0\r\n\r\n"))
    assert told.messages() == ["200 OK"]
    capture = Capture()
    talk = Talk(capture)
    talk.send(1, OK + b"Content-Length: 0\r\n\r\n")
    talk.send(0, GET)
    talk.send(1, (OK + b"Content-Length: 0\r\n\r\n") * 3)
    assert run(capture).messages() == ["200 OK", "GET /next"] + ["200 OK"] * 3


def test_H21_pipelines(run):
    """A thousand requests before a response: each HEAD among them still has its answer without a body."""
    requests = b"".join((b"HEAD" if i % 3 == 0 else b"GET") + b" /%d HTTP/1.1\r\nHost: h\r\n\r\n" % i for i in range(1000))
    responses = b"".join(OK + b"Content-Length: 4\r\n\r\n" + (b"" if i % 3 == 0 else b"HTTP") for i in range(1000))
    told = run(exchange(requests, responses, cut=1400))
    assert len(told.messages()) == 2000 and told.counted["messages"]["not_http_bytes"] == 0


@pytest.mark.parametrize("head, name", [
    (LINE + b"\r\n", "host_missing"), (LINE + HOST + HOST + b"\r\n", "host_duplicate"),
    (b"GET http://other/ HTTP/1.1\r\nHost: h\r\n\r\n", "host_conflict"),
    (b"GET http://h:81/ HTTP/1.1\r\nHost: h\r\n\r\n", "host_conflict"),
    (b"GET https://h:80/ HTTP/1.1\r\nHost: h\r\n\r\n", "host_conflict"),
    (b"GET foo://h:80/ HTTP/1.1\r\nHost: h\r\n\r\n", "host_conflict"),
    (b"CONNECT h:443 HTTP/1.1\r\nHost: h:80\r\n\r\n", "host_conflict"),
    (b"GET http://h<x/ HTTP/1.1\r\nHost: h\r\n\r\n", "bad_target_host"),
    (b'GET http://h"x/ HTTP/1.1\r\nHost: h\r\n\r\n', "bad_target_host"),
    (b"GET http:///x HTTP/1.1\r\nHost: h\r\n\r\n", "bad_target_host"),
    (b"GET http://?x HTTP/1.1\r\nHost: h\r\n\r\n", "bad_target_host"),
    (b"GET http://h\xfcx/ HTTP/1.1\r\nHost: h\r\n\r\n", "bad_target_host"), (LINE + b"Host: a b\r\n\r\n", "bad_host"),
    (LINE + b"Host: h\0\r\n\r\n", "nul_byte"), (LINE + b"Host: a/b\r\n\r\n", "bad_host"),
    (LINE + b"Host: h:evil.example\r\n\r\n", "bad_host"), (LINE + b"Host: h:80:81\r\n\r\n", "bad_host"),
    (LINE + b"Host: h:+80\r\n\r\n", "bad_host"), (LINE + b"Host: ::1\r\n\r\n", "bad_host"),
    (LINE + b"Host: [::1\r\n\r\n", "bad_host"), (LINE + b"Host: [::1]80\r\n\r\n", "bad_host"),
    (LINE + b"Host: h:evil.example]\r\n\r\n", "bad_host"), (LINE + b"Host: h:x]:80\r\n\r\n", "bad_host"),
    (LINE + b"Host: [::1]x]:80\r\n\r\n", "bad_host")])
def test_H22_hosts(run, head, name):
    """None, two, one that is not the target's, one that is none: told."""
    check(run, head + GET, name)


@pytest.mark.parametrize("host", [b"h", b"h:80", b"h:", b"H.example.:8080", b"[::1]", b"[::1]:80", b"127.0.0.1:80", b""])
def test_H22_hosts_that_are_well(run, host):
    """A host, alone or with a port of digits, is nothing odd."""
    assert anomalies(run(exchange(LINE + b"Host: " + host + b"\r\n\r\n"))) == []


@pytest.mark.parametrize("target, host", [
    (b"GET http://h:80/", b"h"), (b"GET HTTP://h", b"h:80"), (b"GET https://h:443/", b"H"),
    (b"CONNECT h:443", b"h"), (b"CONNECT h:443", b"h:443"), (b"GET foo:///x", b"h")])
def test_H22_the_same_host(run, target, host):
    """The default port may be missing; and a CONNECT names it in its target."""
    assert anomalies(run(exchange(target + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"))) == []


@pytest.mark.parametrize("target, name", [
    (b"/a%00b", "encoded_nul"), (b"/%u0041", "bad_percent_escape"), (b"/%c0%af", "overlong_utf8"), (b"/a%2fb", "encoded_slash"),
    (b"/a\\b", "odd_byte_in_target"), ("/／".encode(), "non_ascii_in_target"), (b"/%0d%0a", "encoded_control"), (b"//a//b", None)])
def test_H23_targets(run, target, name):
    """Escapes that attack are told; the raw target is there, byte by byte."""
    told = check(run, b"GET " + target + b" HTTP/1.1\r\nHost: h\r\n\r\n" + GET, *([name] if name else []))
    assert told.events[0]["httpwire"]["target"] == target.decode()


def test_H23_a_target_of_a_megabyte(run):
    """Read within --max-head, cut and told above it."""
    text = b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n" + GET
    told = run(exchange(text, cut=60_000), "--max-head", "2M")
    assert len(told.events[0]["httpwire"]["target"]) == 1_000_001
    told = run(exchange(text, cut=60_000))
    assert told.events[0]["httpwire"]["incomplete"] == "limit" and "head_too_long" in anomalies(told)


@pytest.mark.parametrize("fields", [b"a: b\r\n" * 1000, b"a: b\r\n" * 100_000, b"X: " + b"y" * 5_000_000 + b"\r\n",
                                    b"".join(b"x%d: y\r\n" % i for i in range(100_000))], ids=["1000", "100000", "long", "names"])
def test_H24_very_many_fields(run, fields):
    """As many as --max-head takes, in linear time; then cut, and told."""
    text = LINE + HOST + fields + b"\r\n" + GET
    told = run(exchange(text, cut=60_000))
    assert told.events[0]["httpwire"]["incomplete"] == ("limit" if len(text) > 262144 else "")
    told = run(exchange(text, cut=60_000), "--max-head", "16M")
    assert told.messages() == ["GET /", "GET /next"] and told.cpu_s < 1.5


def test_H25_a_field_very_often(run):
    """Thousands of one name are a list, in linear time."""
    told = run(exchange(LINE + HOST + b"X-A: 1\r\n" * 20_000 + b"\r\n" + GET, cut=60_000))
    assert value(told.events[0], "proto_http")["headers"]["X-A"] == ["1"] * 20_000 and told.cpu_s < 0.5


def test_H26_requests_in_bodies(run):
    """What looks like a request is one only where the framing says so."""
    check(run, post(b"Content-Length: %d" % len(GET), body=GET) + GET)
    check(run, post(b"Content-Length: 0") + GET)
    assert run(exchange(post(b"Transfer-Encoding: chunked", body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(GET), GET)) + GET)).messages() == [
        "POST /", "GET /next"]


@pytest.mark.parametrize("method", [b"M", b"get", b"X-Y_Z", b"B" * 200, b"PROPFIND", b"M-SEARCH"])
def test_H27_methods(run, method):
    """A token of any length and case is a method."""
    assert run(exchange(method + b" / HTTP/1.1\r\nHost: h\r\n\r\n" + GET)).messages() == [f"{method.decode()} /", "GET /next"]


@pytest.mark.parametrize("method, nr", [(b"GE(T", 2), (b"B" * 100_000, 0), (b"\x80\x81", 2)], ids=["bracket", "long", "bytes"])
def test_H27_methods_that_are_none(run, method, nr):
    """Told, and so is what follows; what has no end is not the beginning of a message."""
    told = run(exchange(method + b" / HTTP/1.1\r\nHost: h\r\n\r\n" + GET, cut=60_000))
    assert len(told.messages()) == nr and told.messages()[1:] in ([], ["GET /next"])
    assert not nr or "bad_method" in anomalies(told)


def test_H27_the_preface_of_http_2(run):
    """In the middle of a connection: told, and what follows is not taken for HTTP/1."""
    told = run(exchange(GET + b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0" + b"\0" * 100))
    assert told.messages() == ["GET /next", "PRI *"] and "h2_preface" in anomalies(told, 1)


@pytest.mark.parametrize("line, name", [
    (b"HTTP/1.1 200", "no_reason_space"), (b"HTTP/1.1 200 ", None), (b"HTTP/1.1 20 X", "bad_status_code"),
    (b"HTTP/1.1 2000 X", "bad_status_code"), (b"HTTP/1.1 000 X", "status_out_of_range"), (b"HTTP/1.1 999 X", "status_out_of_range"),
    (b"HTTP/1.1  200 X", "space_in_start_line"), (b"HTTP/1.1 200X", "bad_status_code"), (b"HTTP/1.1 ", "bad_status_code"), (b"HTTP/1.1", "bad_status_line"),
    (b"HTTP/1.1 200 a\0b", "nul_byte"), (b"HTTP/1.1 200 a\1b", "control_byte"), (b"HTTP/1.1 200 a\rb", "bare_cr"), (b"HTTP/1.1 200 a\tb", "space_in_start_line")])
def test_H28_status_lines(run, line, name):
    """Read as far as they go, and told."""
    told = run(exchange(GET, line + b"\r\nContent-Length: 0\r\n\r\n"))
    assert len(told.messages()) == 2 and (name is None or name in anomalies(told, 1)), (told.messages(), anomalies(told, 1))


def test_H28_icecast(run):
    """`ICY 200 OK` is no status line of HTTP: nothing is made up."""
    assert run(exchange(GET, b"ICY 200 OK\r\nicy-name: x\r\n\r\n")).messages() == ["GET /next"]


@pytest.mark.parametrize("garbage", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\0" * 100, bytes(range(256)),
                                     b"EHLO example.org\r\n", b"*1\r\n$4\r\nPING\r\n"], ids=["ssh", "tls", "nul", "bytes", "smtp", "redis"])
def test_H29_other_protocols(run, garbage):
    """Not HTTP: counted as that, and no event."""
    told = run(exchange(garbage * 5, garbage * 5))
    assert told.messages() == [] and told.counted["messages"]["begun"] == 0


def test_H30_on_any_port(run):
    """HTTP on the ports of others, behind the greetings of another protocol, is found on both sides."""
    capture = Capture()
    for number, port in enumerate((22, 25, 53, 443, 1, 65535)):
        talk = Talk(capture, client=("10.0.0.1", 1000 + number), server=("192.0.2.9", port))
        talk.send(1, b"220 ready\r\n")
        talk.send(0, b"STARTSOMETHING\r\n")
        talk.send(0, GET)
        talk.send(1, OK + b"Content-Length: 0\r\n\r\n")
    told = run(capture)
    assert told.messages() == ["GET /next", "200 OK"] * 6


def test_H31_ranges(run):
    """206 with parts, and a Content-Range that overflows: framing is what it is."""
    part = b"--b\r\nContent-Range: bytes 0-4/99999999999999999999\r\n\r\nHTTP/\r\n--b--\r\n"
    told = run(exchange(GET + GET, b"HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges; boundary=b\r\nContent-Length: %d\r\n\r\n"
                        % len(part) + part + OK + b"Content-Length: 0\r\n\r\n"))
    assert told.messages()[2:] == ["206 P", "200 OK"]


def test_H32_bodies_of_another_length(run):
    """Longer than said: the surplus stands before the next message, and is told. Shorter: it ends with the connection."""
    told = run(exchange(GET + GET, OK + b"Content-Length: 3\r\n\r\nabcdef\r\n" + OK + b"Content-Length: 0\r\n\r\n"))
    assert told.messages()[2:] == ["200 OK", "200 OK"] and "garbage_before" in anomalies(told, 3)
    assert run(exchange(GET, OK + b"Content-Length: 30\r\n\r\nabc", close=True)).messages() == ["GET /next", "200 OK"]


@pytest.mark.parametrize("ending", ["fin", "reset", "nothing"])
def test_H33_until_the_end(run, ending):
    """A body until the connection ends, whatever ends it, holds no message."""
    capture = Capture()
    talk = Talk(capture)
    talk.send(0, GET)
    talk.send(1, b"HTTP/1.0 200 OK\r\n\r\n" + OK * 3)
    if ending == "fin":
        talk.close(1)
    if ending == "reset":
        talk.packet(1, RST | ACK)
    assert run(capture).messages() == ["GET /next", "200 OK"]


def test_H34_cut_at_each_byte(run):
    """A message in two segments, cut at each byte, is the same message."""
    text = post(b"X: a\r\n b", b"Transfer-Encoding: chunked", body=b"5;x\r\nGET /\r\n0\r\nA: b\r\n\r\n")
    capture = Capture()
    for cut in range(1, len(text)):
        talk = Talk(capture, client=("10.0.0.1", 1000 + cut))
        talk.send(0, text[:cut])
        talk.send(0, text[cut:] + GET)
    told = run(capture)
    firsts = [(value(e, "proto_http"), anomalies(told, i)) for i, e in enumerate(told.events) if i % 2 == 0]
    assert told.messages() == ["POST /", "GET /next"] * (len(text) - 1) and all(f == firsts[0] for f in firsts)


def test_H35_what_evades_others(run, shared):
    """The captures of HTTP Evader: each has its request and its response."""
    def look(path):
        told = rules.run(path, code=None)
        assert told.requests() and len(told.messages()) > len(told.requests()), path
    rules.each(look, sorted((shared / "corpus" / "pcaps" / "suricata-verify").glob("http-evader*"))[::3])


# E: codings of content. They are named in the headers; bodies are framed and passed over.

PLAIN = b"HTTP/1.1 200 OK\r\n\r\nGET / HTTP/1.1\r\n\r\n" * 50


BODIES = {
    "E01": [(b"gzip", gzip.compress(PLAIN)), (b"deflate", zlib.compress(PLAIN)), (b"deflate", raw_deflate(PLAIN)),
                    (b"br", b"\x8b\x03\x80" + PLAIN[:50]), (b"gzip, gzip", gzip.compress(gzip.compress(PLAIN)))],
    "E02": [(b"gzip", gzip.compress(PLAIN)[:-8] + b"\0" * 8), (b"gzip", gzip.compress(PLAIN)[:30]),
                           (b"gzip", gzip.compress(PLAIN) + PLAIN), (b"gzip", b"\x1f\x8b\x08\x1f" + b"\xff" * 40)],
    "E03": [(b"gzip", gzip.compress(b"\0" * 20_000_000)), (b"gzip, gzip", gzip.compress(gzip.compress(b"\0" * 20_000_000)))],
    "E04": [(b"lzma", b"\x5d\xff\xff\xff\xff" + b"\xff" * 8 + b"\0" * 50)],
    "E05": [(b"gzip", PLAIN), (b"deflate", gzip.compress(PLAIN)), (b"identity", gzip.compress(PLAIN)), (b"\xff", PLAIN)],
}


def check_bodies(run, bodies, frame, cut):
    capture = Capture()
    talk = Talk(capture)
    for coding, body in bodies:
        talk.send(1, OK + b"Content-Encoding: " + coding + b"\r\n" + frame(body), cut)
    told = run(capture, "--max-memory", "1M")
    assert told.messages() == ["200 OK"] * len(bodies) and told.cpu_s < 0.5
    assert [len(value(e, "proto_http")["headers"]["Content-Encoding"]) for e in told.events] == [1] * len(bodies)


def by_length(body):
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(body):
    return b"Transfer-Encoding: chunked\r\n\r\n" + b"".join(
        b"%x\r\n%b\r\n" % (len(body[at:at + 3]), body[at:at + 3]) for at in range(0, len(body), 3)) + CHUNKED


def test_E01_codings(run):
    """gzip, deflate in both forms, br, layers: named, and passed over by their length."""
    check_bodies(run, BODIES["E01"], by_length, 1000)


def test_E02_gzip_that_lies(run):
    """Wrong sums, cut, followed by more: nobody looks inside."""
    check_bodies(run, BODIES["E02"], by_length, 100)


def test_E03_bombs(run):
    """A little that would become much takes no time and no memory."""
    check_bodies(run, BODIES["E03"], by_length, 10_000)


def test_E04_dictionaries(run):
    """A dictionary of 4 GB is not made."""
    check_bodies(run, BODIES["E04"], by_length, None)


def test_E05_wrong_names(run):
    """A coding that the body does not have changes nothing."""
    check_bodies(run, BODIES["E05"], by_length, 100)


def test_E06_codings_in_chunks(run):
    """Chunks whose ends lie inside of the head of gzip."""
    check_bodies(run, BODIES["E01"][:3], in_chunks, 7)
