# SPDX-License-Identifier: BSD-2-Clause
"""Long bodies without a length: their inside is not copied, and what is told is as if it were"""
import contextlib
import multiprocessing
import os
import random
import signal
import socket
import struct
import threading
import time

import pytest
from lab import value
from live import Watch, free_port, http, of_port, watching

SIZE = 10_000_000
WORDS = b"some words of a text, as a page has them; GET is one of them. " * 1000


def send_text(connection, size):
    """What might be the beginning of a message, each time that a packet begins."""
    while size > 0:
        part = WORDS[:size]
        connection.sendall(part)
        size -= len(part)


def until_close(connection):
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    send_text(connection, SIZE)


def behind_an_upgrade(connection):
    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: words\r\nConnection: Upgrade\r\n\r\n")
    send_text(connection, SIZE)


def chunks(size, sizes):
    """A body of `size` bytes in chunks of one of `sizes` each; some lines in capitals or with zeros before."""
    rnd = random.Random(size)
    while size > 0:
        part = (WORDS * 2)[:min(size, rnd.choice(sizes))]
        yield rnd.choice((b"%x", b"%X", b"%05x")) % len(part) + b"\r\n" + part + b"\r\n"
        size -= len(part)
    yield b"0\r\n\r\n"


def send_chunks(connection, sizes, before=b""):
    for chunk in chunks(SIZE, sizes):
        connection.sendall(before + chunk)
        before = b""


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def in_chunks(sizes, alone):
    """An answer whose head comes alone, or with the first chunk."""
    def answer(connection):
        if alone:
            connection.sendall(CHUNKED)
        send_chunks(connection, sizes, b"" if alone else CHUNKED)
    return answer


class Server:
    """Answers each request with `answer`, and closes."""

    def __init__(self, answer):
        self.answer = answer
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                if not connection.recv(65536):
                    return
                self.answer(connection)

    def ask(self, request):
        """Gives how many bytes came."""
        size = 0
        with socket.create_connection(("127.0.0.1", self.port)) as c:
            c.sendall(request)
            while some := c.recv(1 << 20):
                size += len(some)
        return size

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join(10)
        self.listener.close()


@contextlib.contextmanager
def on_one_cpu():
    """Packets of a connection come in order."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def asked(answer, request, times, nr, *options):
    with Server(answer) as server, watching("-e", "net_http_exchange,net_http_tunnel", *options) as w:
        for _ in range(times):
            assert server.ask(request) > 4_000_000
        w.wait_for_events(server.port, nr)
    assert w.counted["live"]["packets_lost"] == 0
    w.events = [e for e in w.events if value(e, "dst_port") == server.port]
    return w


def responses(w):
    return [value(e, "response") for e in w.events if e["eventName"] == "net_http_exchange"]


def test_bodies_until_close():
    w = asked(until_close, b"GET /words HTTP/1.0\r\n\r\n", 5, 10)
    assert w.counted["packets"]["bytes"] < 10 * SIZE * 3 / 4
    assert w.counted["tcp"]["left_out"] > 10 * SIZE / 4 and w.counted["tcp"]["gaps"] == 0
    assert [(r["body_size"], "incomplete" in r) for r in responses(w)] == [(SIZE, False)] * 10
    assert {value(e, "end") for e in w.events} == {"complete"}


def test_the_beginning_of_bodies_until_close():
    w = asked(until_close, b"GET /words HTTP/1.0\r\n\r\n", 3, 6, "--body", "100")
    assert w.counted["packets"]["bytes"] < 6 * SIZE * 3 / 4
    assert [(r["body_size"], r["body"], r["body_cut"]) for r in responses(w)] == [
        (SIZE, WORDS[:100].decode(), True)] * 6


def test_text_behind_an_upgrade():
    """In which a message may begin anywhere that a packet does."""
    w = asked(behind_an_upgrade, b"GET /words HTTP/1.1\r\nHost: x\r\nUpgrade: words\r\nConnection: Upgrade\r\n\r\n",
              5, 15)
    assert w.counted["packets"]["bytes"] < 10 * SIZE / 2
    tunnels = [value(e, "tunnel") | {"end": value(e, "end")} for e in w.events if e["eventName"] == "net_http_tunnel"]
    # The server closes first, often with its last data; what its own socket hears then is not told.
    assert [(t["client_bytes"], t["server_bytes"], t["end"]) for t in tunnels if t["role"] == "client"] == [
        (0, SIZE, "complete")] * 5


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize("sizes", [[16384], [1500, 4096, 9000], [100_000], [50, 70_000]])
def test_chunks(sizes, alone):
    with on_one_cpu():
        w = asked(in_chunks(sizes, alone), b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n", 5, 10)
    assert [(r["body_size"], "incomplete" in r) for r in responses(w)] == [(SIZE, False)] * 10
    assert {value(e, "end") for e in w.events} == {"complete"}
    assert w.counted["live"]["packets_skipped"] > 100 and w.counted["tcp"]["gaps"] == 0
    assert w.counted["packets"]["bytes"] < 10 * SIZE * 3 / 4


def test_chunks_of_which_the_beginning_is_shown():
    w = asked(in_chunks([16384], False), b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n", 3, 6, "--body", "100")
    assert [(r["body_size"], r["body"], r["body_cut"]) for r in responses(w)] == [
        (SIZE, WORDS[:100].decode(), True)] * 6
    assert w.counted["live"]["packets_skipped"] > 100


def test_chunks_that_are_too_short_to_be_read():
    """Copying them costs less."""
    w = asked(in_chunks([200], False), b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n", 1, 2)
    assert [(r["body_size"], "incomplete" in r) for r in responses(w)] == [(SIZE, False)] * 2


def test_chunks_with_extensions():
    def answer(connection):
        connection.sendall(CHUNKED)
        for _ in range(400):
            connection.sendall(b"2710;a=b\r\n" + WORDS[:10_000] + b"\r\n")
        connection.sendall(b"0\r\nX-Sum: 1\r\n\r\n")

    w = asked(answer, b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n", 1, 2)
    assert [(r["body_size"], "incomplete" in r) for r in responses(w)] == [(4_000_000, False)] * 2


def test_chunks_that_are_sent():
    """On one connection, each as soon as the one before is answered."""
    def answer(connection):
        tail = b""
        while True:
            while not tail.endswith(b"0\r\n\r\n"):
                if not (some := connection.recv(1 << 20)):
                    return
                tail = (tail + some)[-5:]
            tail = b""
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with on_one_cpu(), Server(answer) as server, watching("-e", "net_http_exchange") as w:
        with socket.create_connection(("127.0.0.1", server.port)) as c:
            for _ in range(10):
                send_chunks(c, [8192, 30_000], b"PUT /words HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
                assert c.recv(100)
        w.wait_for_events(server.port, 20)
    sent = [value(e, "request") for e in of_port(w.events, server.port)]
    assert [(r["body_size"], "incomplete" in r) for r in sent] == [(SIZE, False)] * 20
    assert w.counted["live"]["packets_skipped"] > 100


@pytest.mark.parametrize("options", [(), ("--body", "100")], ids=["", "with their beginning"])
def test_chunks_that_nobody_reads_in_time(options):
    """The kernel side reads their lines; when it has no time to ask, it leaves them out."""
    with on_one_cpu(), Server(in_chunks([16384], False)) as server:
        w = Watch("-e", "net_http_exchange", "--port", server.port, *options)
        w.process.send_signal(signal.SIGSTOP)
        for _ in range(4):
            assert server.ask(b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n") > SIZE
        w.process.send_signal(signal.SIGCONT)
        w.wait_for_events(server.port, 8)
        w.stop()
    assert w.counted["live"]["packets_lost"] == 0 and w.counted["tcp"]["gaps"] == 0
    assert [(r["body_size"], "incomplete" in r) for r in responses(w)] == [(SIZE, False)] * 8
    if options:
        assert {r["body"] for r in responses(w)} == {WORDS[:100].decode()}


def test_what_follows_chunks_that_are_none():
    """Behind a body that breaks its framing all may be passed over; later messages are whole all the same."""
    def answer(connection):
        connection.sendall(CHUNKED + b"5\r\nhello\r\nno size\r\n")
        for _ in range(30):
            send_text(connection, 20_000)
            time.sleep(0.02)
        while connection.recv(1000):
            connection.sendall(CHUNKED)
            send_chunks(connection, [16384])

    def drain(connection):
        while connection.recv(1 << 20):
            pass

    with Server(answer) as server, watching("-e", "net_http_exchange") as w:
        with socket.create_connection(("127.0.0.1", server.port)) as c:
            reader = threading.Thread(target=drain, args=[c])
            reader.start()
            for _ in range(4):
                c.sendall(b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n")
                time.sleep(1)
            c.shutdown(socket.SHUT_WR)
            reader.join()
        w.wait_for_events(server.port, 8)
    found = [(r["body_size"], r.get("incomplete")) for e in of_port(w.events, server.port) for r in [value(e, "response")]]
    assert sorted(found)[:2] == [(5, "framing")] * 2, found
    assert sorted(found)[-4:] == [(SIZE, None)] * 4, found


@contextlib.contextmanager
def both_ends():
    """The two sockets of a connection, of which the second one's data are read and dropped, and its port."""
    def drain(connection):
        with contextlib.suppress(OSError):
            while connection.recv(1 << 20):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server, _ = listener.accept()
    with client, server:
        for c in (client, server):
            c.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=drain, args=[server], daemon=True).start()
        yield client, server, port


def in_packets(connection, *parts):
    for part in parts:
        connection.sendall(part)
        time.sleep(0.02)


UPLOAD = b"POST /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
A_CHUNK = b"4000\r\n" + b"a" * 16384 + b"\r\n"


def behind_an_extension():
    """Chunk data that begins a packet, where no line is known to be."""
    size = 66_000
    yield b"%x;x\r\n" % size
    for _ in range(4):
        yield b"a" * 16_400
    yield b"fffffff\r\n".ljust(size - 4 * 16_400, b"b") + b"\r\n"


def many_zeros():
    """A size of more digits than a byte counts, a few a packet."""
    yield from [A_CHUNK] * 30
    line = b"1000".rjust(259, b"0") + b"\r\n"
    yield from (line[at:at + 16] for at in range(0, 240, 16))
    yield from (line[240:245], line[245:])
    yield b"d" * (4096 - 256) + b"\r\n" + b"fffffff\r\n".ljust(254, b"d") + b"\r\n"


@pytest.mark.parametrize("body", [behind_an_extension, many_zeros])
def test_what_looks_like_a_chunk_hides_nothing(body):
    with watching() as w:
        with both_ends() as (client, _, port):
            in_packets(client, UPLOAD, *body(), b"0\r\n\r\n",
                       *(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % i for i in range(3)))
            w.wait_for_events(port, 8)
    assert sorted(http(e)["uri_path"] for e in of_port(w.events, port)) == [
        path for path in ("/0", "/1", "/2", "/up") for _ in (1, 2)]


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_chunks_that_end_before_their_body(how):
    with watching("-e", "net_http_exchange") as w:
        with both_ends() as (server, client, port):
            client.sendall(b"GET /words HTTP/1.1\r\nHost: x\r\n\r\n")
            server.recv(1000)
            in_packets(server, CHUNKED, *[A_CHUNK] * 100)
            if how == "reset":
                server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            server.close()
            w.wait_for(lambda: w.printed().count(b'"target":"/words"') >= 2)
    found = [(value(e, "end"), value(e, "response")) for e in w.events if value(e, "request")["target"] == "/words"]
    assert [(end, r["body_size"], r["incomplete"]) for end, r in found] == [
        ("aborted_by_server", 100 * 16384, how)] * 2
    assert w.counted["live"]["packets_skipped"] > 100 and w.counted["tcp"]["gaps"] == 0


def test_chunks_of_more_than_1_gib():
    """As much as may be between two packets that are taken for those of a connection."""
    with watching("-e", "net_http_exchange", "--host", "x") as w:
        with both_ends() as (client, server, port):
            client.sendall(UPLOAD)
            in_packets(client, *[A_CHUNK] * 30)
            for _ in range(1200):
                client.sendall(A_CHUNK * 64)
            in_packets(client, b"0\r\n\r\n")
            in_packets(server, b"HTTP/1.1 204 No Content\r\n\r\n")
            in_packets(client, b"GET /after HTTP/1.1\r\nHost: x\r\n\r\n")
            in_packets(server, b"HTTP/1.1 204 No Content\r\n\r\n")
            w.wait_for_events(port, 4)
    found = [(r["target"], r["body_size"]) for r in (value(e, "request") for e in of_port(w.events, port))]
    assert sorted(found)[:2] == [("/after", 0)] * 2
    assert ("/up", (30 + 1200 * 64) * 16384) in found


def take(connection, nr):
    while nr > 0:
        nr -= len(connection.recv(1 << 20))


def answer_all(listener, sizes):
    """As soon as each message has come."""
    connection, _ = listener.accept()
    for size in sizes:
        take(connection, size)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")


def test_what_comes_4_gib_behind_a_long_body():
    """The sequence numbers of that body come again."""
    def put(size):
        return b"PUT /%d HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (size, size) + bytes(size)

    messages = [put(256 << 20), *[put(60_000)] * 70_000, *[put(0)] * 10]
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = listener.getsockname()[1]
        w = stack.enter_context(watching("-e", "net_packet_http_request", "--port", port,
                                         "-Y", 'http.request.uri == "/0"'))
        server = multiprocessing.Process(target=answer_all, args=[listener, [len(m) for m in messages]])
        server.start()
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        for message in messages:
            client.sendall(message)
            assert client.recv(1000)
        server.join()
        w.wait_for(lambda: w.printed().count(b'"/0"') >= 20, 30)
    assert w.counted["messages"]["requests"] == 2 * len(messages) and w.counted["tcp"]["gaps"] == 0
