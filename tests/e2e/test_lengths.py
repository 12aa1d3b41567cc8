# SPDX-License-Identifier: BSD-2-Clause
"""Bodies on connections that are kept: their inside is left out from the first byte on"""
import contextlib
import signal
import socket
import struct
import threading
import time

import pytest
from lab import value
from live import of_port, watching

SIZE = 50_000
BODY = (b"<p>some text of a page; GET is a word of it</p>\n" * 2000)[:SIZE]
LATER = 0.02  # seconds after which all was read that came


def answer(body=BODY, status=b"200 OK", more=b""):
    return b"HTTP/1.1 %s\r\nServer: test\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), more) + body


CHUNK = 10_000
CHUNKED = b"HTTP/1.1 200 OK\r\nServer: test\r\nTransfer-Encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
CHUNKS = [b"%x\r\n%s\r\n" % (CHUNK, BODY[at:at + CHUNK]) for at in range(0, SIZE, CHUNK)]


def in_packets(data, size=1440):
    return [data[at:at + size] for at in range(0, len(data), size)]


class Both:
    """The two ends of a connection of one process, where each end writes what it is told."""

    def __init__(self, listener):
        self.client = socket.create_connection(listener.getsockname())
        self.server, _ = listener.accept()
        for end in (self.client, self.server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @staticmethod
    def pass_on(source, sink, parts):
        """Each part is a packet; it is taken before the next one leaves."""
        for part in parts:
            sender = threading.Thread(target=source.sendall, args=[part])
            sender.start()
            left = len(part)
            while left:
                left -= len(sink.recv(min(left, 1 << 20)))
            sender.join()

    def ask(self, target=b"/", response=(), method=b"GET", more=b"", body=()):
        self.pass_on(self.client, self.server, [b"%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n" % (method, target, more), *body])
        self.pass_on(self.server, self.client, response or [answer()])
        time.sleep(LATER)

    def warm_up(self, response=()):
        """Until where messages end, or their chunks begin, has been confirmed."""
        for _ in range(4):
            self.ask(b"/before", response)

    def close(self):
        self.client.close()
        self.server.close()


@contextlib.contextmanager
def talking(*options):
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]  # bytes of others would count
        w = stack.enter_context(watching("-e", "net_http_exchange", "--port", port, *options))
        w.port = port
        both = stack.enter_context(contextlib.closing(Both(listener)))
        yield w, both
        both.close()
        time.sleep(0.1)


def exchanges(w, role):
    """Method, target, how long its body was, status, how long its body was, and how all ended."""
    found = [e for e in of_port(w.events, w.port) if value(e, "connection")["role"] == role]
    return [(value(e, "request")["method"], value(e, "request")["target"], value(e, "request")["body_size"],
             value(e, "response").get("status_code"), value(e, "response").get("body_size"), value(e, "end"))
            for e in sorted(found, key=lambda e: value(e, "connection")["number"])]


def check(w, *expected):
    for role in ("client", "server"):
        assert exchanges(w, role) == list(expected), role
    assert w.counted["live"]["packets_lost"] == 0 and w.counted["tcp"]["gaps"] == 0


BEFORE = [("GET", "/before", 0, 200, SIZE, "complete")] * 4


@pytest.mark.parametrize("parts", [
    pytest.param([answer()], id="at once"),
    pytest.param([answer()[:-SIZE], BODY], id="behind its head"),
    pytest.param([answer()[:-SIZE], *in_packets(BODY)], id="in packets"),
    pytest.param([CHUNKED + CHUNKS[0], *CHUNKS[1:], LAST], id="in chunks"),
    pytest.param([CHUNKED, *CHUNKS, LAST], id="in chunks behind its head"),
    pytest.param([CHUNKED, *in_packets(b"".join(CHUNKS) + LAST)], id="in chunks in packets"),
    pytest.param([CHUNKED + b"".join(CHUNKS), LAST], id="in chunks at once"),
    pytest.param([CHUNKED, *(part for c in CHUNKS for part in (c[:6], c[6:-2], c[-2:])), LAST],
                 id="in chunks with lines apart")])
def test_bodies_are_left_out(parts):
    with talking() as (w, both):
        for _ in range(20):
            both.ask(response=parts)
    check(w, *[("GET", "/", 0, 200, SIZE, "complete")] * 20)
    assert w.counted["packets"]["bytes"] < 2 * 20 * SIZE / 4
    assert w.counted["tcp"]["left_out"] > 2 * 20 * SIZE * 3 / 4
    assert w.counted["notes"]["truncated"] == 0


def test_bodies_that_are_sent():
    length = b"Content-Length: %d\r\n" % SIZE
    with talking() as (w, both):
        for _ in range(20):
            both.ask(b"/up", [answer(b"ok")], b"POST", length, [BODY])
            both.ask(b"/list", [answer(b"ok")])
    check(w, *[("POST", "/up", SIZE, 200, 2, "complete"), ("GET", "/list", 0, 200, 2, "complete")] * 20)
    assert w.counted["packets"]["bytes"] < 2 * 20 * SIZE / 4


@pytest.mark.parametrize("head", [b"HTTP/1.1 204 No Content\r\n\r\n", answer(b"", b"304 Not Modified")],
                         ids=["204", "304"])
def test_bodies_that_are_answered_without_one(head):
    length = b"Content-Length: %d\r\n" % SIZE
    with talking() as (w, both):
        for _ in range(20):
            both.ask(b"/up", [head], b"POST", length, [BODY])
    check(w, *[("POST", "/up", SIZE, int(head.split()[1]), 0, "complete")] * 20)
    assert w.counted["packets"]["bytes"] < 2 * 20 * SIZE / 4


def test_bodies_between_messages_without():
    """What is not final, and what answers HEAD and OPTIONS, are of the row, too."""
    length = b"Content-Length: %d\r\n" % SIZE
    with talking() as (w, both):
        for _ in range(10):
            both.ask(b"/up", method=b"HEAD", response=[answer()[:-SIZE]])
            both.ask(b"/up", method=b"HEAD", response=[CHUNKED])
            both.ask(b"/up", method=b"OPTIONS", response=[answer(b"ok")])
            both.pass_on(both.client, both.server, [b"PUT /up HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n%s\r\n" % length])
            both.pass_on(both.server, both.client, [b"HTTP/1.1 100 Continue\r\n\r\n"])
            both.pass_on(both.client, both.server, [BODY])
            both.pass_on(both.server, both.client, [answer()])
    check(w, *[("HEAD", "/up", 0, 200, 0, "complete"), ("HEAD", "/up", 0, 200, 0, "complete"),
               ("OPTIONS", "/up", 0, 200, 2, "complete"), ("PUT", "/up", SIZE, 200, SIZE, "complete")] * 10)
    assert w.counted["packets"]["bytes"] < 2 * 20 * SIZE / 4


def test_bodies_that_each_wait_for_100():
    head = b"PUT /up HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n" % SIZE
    with talking() as (w, both):
        for _ in range(20):
            both.pass_on(both.client, both.server, [head])
            both.pass_on(both.server, both.client, [b"HTTP/1.1 100 Continue\r\n\r\n"])
            both.pass_on(both.client, both.server, [BODY])
            both.pass_on(both.server, both.client, [answer(b"ok")])
            time.sleep(LATER)
    check(w, *[("PUT", "/up", SIZE, 200, 2, "complete")] * 20)
    assert w.counted["packets"]["bytes"] < 2 * 20 * SIZE / 4


def test_chunks_that_are_sent():
    with talking() as (w, both):
        for _ in range(20):
            both.ask(b"/up", [answer(b"ok")], b"POST", b"Transfer-Encoding: chunked\r\n", [*CHUNKS, LAST])
            both.ask(b"/list", [CHUNKED + b"2\r\nok\r\n" + LAST])
    check(w, *[("POST", "/up", SIZE, 200, 2, "complete"), ("GET", "/list", 0, 200, 2, "complete")] * 20)
    assert w.counted["packets"]["bytes"] < 2 * 20 * SIZE / 4


def test_long_bodies_behind_the_first_one():
    """They are left out from where user space has said that the messages are as they seem, not a body later."""
    parts = [CHUNKED, *[b"%x\r\n%s\r\n" % (SIZE, BODY)] * 200, LAST]
    with talking() as (w, both):
        for _ in range(4):
            both.ask(response=parts)
    check(w, *[("GET", "/", 0, 200, 200 * SIZE, "complete")] * 4)
    assert w.counted["packets"]["bytes"] < 200 * SIZE


@pytest.mark.parametrize("response", [[answer()], [CHUNKED + CHUNKS[0], *CHUNKS[1:], LAST]], ids=["length", "chunks"])
def test_a_reader_that_stands_still(response):
    """What was confirmed before goes on; copied whole it would be ten times what the ring has room for."""
    with talking("--buffer", "1M") as (w, both):
        both.warm_up(response)
        w.process.send_signal(signal.SIGSTOP)
        for _ in range(100):
            both.ask(response=response)
        w.process.send_signal(signal.SIGCONT)
    check(w, *BEFORE, *[("GET", "/", 0, 200, SIZE, "complete")] * 100)


def test_bodies_that_somebody_wants():
    with talking("--body", "100k") as (w, both):
        for _ in range(10):
            both.ask()
    bodies = [value(e, "response")["body"] for e in of_port(w.events, w.port)]
    assert bodies == [BODY.decode()] * 20


def in_a_chunk(*parts):
    """A body of one chunk, of which each part is a packet."""
    return [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % sum(map(len, parts)), *parts, b"\r\n0\r\n\r\n"]


FAKE = b"HTTP/1.1 200 OK\r\nContent-Length: 5000000\r\n\r\n".ljust(5000, b"x")

# What comes between ordinary messages: the request, how it is answered, and what shall be told.
ODD = {
    "a response to HEAD": ([b"HEAD", [answer()[:-SIZE]]], (200, 0)),
    "304 with a length": ([b"GET", [answer(status=b"304 Not Modified")[:-SIZE]]], (304, 0)),
    "204": ([b"GET", [b"HTTP/1.1 204 No Content\r\n\r\n"]], (204, 0)),
    "chunks": ([b"GET", in_a_chunk(BODY)], (200, SIZE)),
    "a head in two packets": ([b"GET", [answer()[:30], answer()[30:]]], (200, SIZE)),
    "a head in a chunk": ([b"GET", in_a_chunk(b"x" * 5000, FAKE, b"y" * 5000)], (200, 15_000)),
    "a head in chunks that are left out": ([b"GET", [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *[b"4000\r\n" + b"c" * 16384 + b"\r\n"] * 20,
        b"1388\r\n", FAKE, b"\r\n", *[b"4000\r\n" + b"c" * 16384 + b"\r\n"] * 4, b"0\r\n\r\n"]], (200, 24 * 16384 + 5000)),
    "other chunks": ([b"GET", [CHUNKED + CHUNKS[0], *CHUNKS[1:], LAST]], (200, SIZE)),
    "chunks that end in their packet": ([b"GET", [CHUNKED + b"".join(CHUNKS) + LAST]], (200, SIZE)),
    "chunks with a trailer": ([b"GET", [CHUNKED, *CHUNKS, b"0\r\nA: b\r\n\r\n"]], (200, SIZE)),
    "chunks with a trailer behind": ([b"GET", [CHUNKED, *CHUNKS, b"0\r\n", b"A: b\r\n\r\n"]], (200, SIZE)),
    "chunks with an extension": ([b"GET", [CHUNKED, *CHUNKS[:2], b"2;a=b\r\nok\r\n", *CHUNKS[2:], LAST]],
                                 (200, SIZE + 2)),
    "a line in two packets": ([b"GET", [CHUNKED, *CHUNKS[:2], CHUNKS[2] + CHUNKS[3][:2], CHUNKS[3][2:], CHUNKS[4], LAST]],
                              (200, SIZE)),
    "a head behind chunks in a body of chunks": ([b"GET", [
        CHUNKED, CHUNKS[0], b"1388\r\n", FAKE, b"\r\n", *CHUNKS[1:], LAST]], (200, SIZE + 5000)),
    "chunks to HEAD": ([b"HEAD", [CHUNKED]], (200, 0)),
    "chunks by another name": ([b"GET", [CHUNKED.replace(b": c", b":C"), *CHUNKS, LAST]], (200, SIZE)),
    "a head in a body": ([b"GET", [answer(BODY + FAKE + BODY)[:-SIZE - 5000], FAKE, BODY]], (200, 2 * SIZE + 5000)),
    "two lengths": ([b"GET", [answer(more=b"Content-Length: %d\r\n" % SIZE)]], (200, SIZE)),
    "nothing": ([b"GET", [answer(b"")]], (200, 0)),
    "100 before": ([b"GET", [b"HTTP/1.1 100 Continue\r\n\r\n", answer()]], (200, SIZE)),
    "100 with it": ([b"GET", [b"HTTP/1.1 100 Continue\r\n\r\n" + answer()]], (200, SIZE)),
}


@pytest.mark.parametrize("before", [(), [CHUNKED + CHUNKS[0], *CHUNKS[1:], LAST]], ids=["length", "chunks"])
@pytest.mark.parametrize("name", ODD)
def test_what_is_not_as_plain(name, before):
    (method, response), (status, size) = ODD[name]
    with talking() as (w, both):
        both.warm_up(before)
        for _ in range(3):
            both.ask(b"/odd", response, method)
            both.ask(b"/after", [answer(b"ok")])
        both.warm_up(before)
    odd = [(method.decode(), "/odd", 0, status, size, "complete"), ("GET", "/after", 0, 200, 2, "complete")]
    check(w, *BEFORE, *odd * 3, *BEFORE)


def test_http_in_a_tunnel_whose_answer_has_a_length():
    """Which it has not: RFC 9110 9.3.6."""
    with talking() as (w, both):
        both.warm_up()
        both.ask(b"x:80", [answer()[:-SIZE]], b"CONNECT")
        both.warm_up()
    before = [exchange[:3] for exchange in BEFORE]
    for role in ("client", "server"):
        assert [e[:3] for e in exchanges(w, role)] == [*before, ("CONNECT", "x:80", 0), *before], role


def test_an_upload_that_is_answered_early():
    length = b"Content-Length: %d\r\n" % SIZE
    with talking() as (w, both):
        for _ in range(4):
            both.ask(b"/up", [answer(b"ok")], b"POST", length, [BODY])
        both.ask(b"/part", [answer(b"no", b"413 Content Too Large")], b"POST", length, [BODY[:20_000]])
        both.server.close()
        time.sleep(LATER)
    for role in ("client", "server"):
        assert exchanges(w, role)[-1][:5] == ("POST", "/part", 20_000, 413, 2), role


def test_chunks_that_are_answered_early_for_good():
    """The answer and the FIN are one packet: what has come until then is counted all the same."""
    chunked = b"Transfer-Encoding: chunked\r\n"
    with talking() as (w, both):
        for _ in range(4):
            both.ask(b"/up", [answer(b"ok")], b"POST", chunked, [*CHUNKS, LAST])
        both.pass_on(both.client, both.server, [b"POST /part HTTP/1.1\r\nHost: x\r\n%s\r\n" % chunked, *CHUNKS[:3]])
        both.server.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        both.server.sendall(answer(b"no", b"413 Content Too Large"))
        both.server.shutdown(socket.SHUT_WR)
        time.sleep(LATER)
    for role in ("client", "server"):
        assert exchanges(w, role)[-1][:5] == ("POST", "/part", 3 * CHUNK, 413, 2), role


@pytest.mark.parametrize("second", [answer(), answer(b"ok"), b"\r\n" + answer()], ids=["long", "short", "later"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"], ids=bytes.decode)
def test_two_responses_in_a_packet(method, second):
    """Of which the second one lies where a body would, if the first is one to HEAD."""
    first = answer() if method == b"GET" else answer()[:-SIZE]
    with talking() as (w, both):
        both.warm_up()
        both.pass_on(both.client, both.server, [b"%s /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n" % method])
        both.pass_on(both.server, both.client, [first + second])
        time.sleep(LATER)
        both.warm_up()
    check(w, *BEFORE, (method.decode(), "/1", 0, 200, SIZE if method == b"GET" else 0, "complete"),
          ("GET", "/2", 0, 200, len(second.split(b"\r\n\r\n")[-1]), "complete"), *BEFORE)


def test_a_request_behind_a_body_in_its_packet():
    length = b"Content-Length: %d\r\n" % SIZE
    with talking() as (w, both):
        for _ in range(4):
            both.ask(b"/up", [answer(b"ok")], b"POST", length, [BODY])
        both.pass_on(both.client, both.server, [
            b"POST /up HTTP/1.1\r\nHost: x\r\n%s\r\n" % length + BODY + b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"])
        both.pass_on(both.server, both.client, [answer(b"ok") * 2])
        time.sleep(LATER)
    check(w, *[("POST", "/up", SIZE, 200, 2, "complete")] * 5, ("GET", "/hidden", 0, 200, 2, "complete"))


HIDDEN = b"x\r\n" + answer(b"hidden")  # where a body would be, if the response was not one to HEAD
TO_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n"


def test_requests_out_of_step():
    """What looks like requests in a body is none, and answers to others are not taken for theirs."""
    get = b"GET /no HTTP/1.1\r\nHost: x\r\n\r\n"
    post = b"POST /no HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n" + b"b" * 100
    body = [b"z" * 2000, get, get, post, b"z" * 500]
    with talking() as (w, both):
        both.warm_up()
        both.pass_on(both.client, both.server, [
            b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % sum(map(len, body)), *body[:3]])
        both.pass_on(both.server, both.client, [answer(b"r" * 2000)])
        time.sleep(LATER)
        both.pass_on(both.client, both.server, [
            body[3], body[4] + b"HEAD /head HTTP/1.1\r\nHost: x\r\n\r\nGET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"])
        both.pass_on(both.server, both.client, [TO_HEAD, HIDDEN + b"y" * 100])
        time.sleep(LATER)
    check(w, *BEFORE, ("POST", "/up", sum(map(len, body)), 200, 2000, "complete"),
          ("HEAD", "/head", 0, 200, 0, "complete"), ("GET", "/hidden", 0, 200, 6, "complete"))


@pytest.mark.parametrize("before, parts", [
    ((), [answer()[:-SIZE], BODY[:20_000], BODY[20_000:40_000]]),
    ([CHUNKED + CHUNKS[0], *CHUNKS[1:], LAST], [CHUNKED, *CHUNKS[:4]])], ids=["length", "chunks"])
@pytest.mark.parametrize("who", ["server", "client"])
@pytest.mark.parametrize("how", ["reset", "closed"])
def test_what_ends_in_a_body(how, who, before, parts):
    with talking() as (w, both):
        both.warm_up(before)
        both.pass_on(both.client, both.server, [b"GET /part HTTP/1.1\r\nHost: x\r\n\r\n"])
        both.pass_on(both.server, both.client, parts)
        end = getattr(both, who)
        if how == "reset":
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.close()
        if who == "client":
            time.sleep(LATER)
            both.server.close()
        w.wait_for(lambda: w.printed().count(b'"target":"/part"') >= 2)
    for role in ("client", "server"):
        assert exchanges(w, role) == [*BEFORE, ("GET", "/part", 0, 200, 40_000, f"aborted_by_{who}")], role


@contextlib.contextmanager
def seeing_packets():
    """Takes what passes the loopback interface, and gives the last packet to `port` that has `data`."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as raw:
        raw.bind(("lo", 0))
        raw.setblocking(False)

        def last(port, data):
            ret = None
            with contextlib.suppress(BlockingIOError):
                while True:
                    packet = raw.recv(1 << 17)
                    if packet[36:38] == port.to_bytes(2, "big") and packet[66:].startswith(data):
                        ret = packet
            return ret

        yield raw, last


@pytest.mark.parametrize("part, stops", [(b"POST ", False), (b"3e1\r\n", True)], ids=["head", "chunk"])
def test_chunks_that_come_again(part, stops):
    """Nothing is missing where a packet is sent again before it is told what was left out behind it, or with it."""
    chunks = [b"%x\r\n%s\r\n" % (20_000, b"x" * 20_000), b"3e1\r\n%s\r\n" % (b"y" * 993)]
    with talking() as (w, both), seeing_packets() as (raw, last):
        for i in range(12):
            both.pass_on(both.client, both.server,
                         [b"POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", *chunks])
            again = last(w.port, part)
            if i > 5:
                if stops:
                    both.pass_on(both.server, both.client, [b"HTTP/1.1 100 Con", b"tinue\r\n\r\n"])
                raw.send(again)
                time.sleep(LATER)
            both.pass_on(both.client, both.server, [LAST])
            both.pass_on(both.server, both.client, [answer(b"ok")])
            time.sleep(LATER)
    check(w, *[("POST", "/up", 20_993, 200, 2, "complete")] * 12)
    assert w.counted["tcp"]["left_out"] > 100_000
