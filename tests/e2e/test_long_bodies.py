# SPDX-License-Identifier: BSD-2-Clause
"""Long bodies without a length: their inside is not copied, and what is told is as if it were"""
import socket
import threading

from lab import value
from live import free_port, watching

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


def asked(answer, request, times, nr, *options):
    with Server(answer) as server, watching("-e", "net_http_exchange,net_http_tunnel", *options) as w:
        for _ in range(times):
            assert server.ask(request) > SIZE
        w.wait_for_events(server.port, nr)
    assert w.counted["live"]["packets_lost"] == 0
    w.events = [e for e in w.events if value(e, "dst_port") == server.port]
    return w


def responses(w):
    return [value(e, "response") for e in w.events if e["eventName"] == "net_http_exchange"]


def test_bodies_until_close():
    w = asked(until_close, b"GET /words HTTP/1.0\r\n\r\n", 5, 10)
    assert w.counted["packets"]["bytes"] < 10 * SIZE / 4
    assert w.counted["tcp"]["left_out"] > 10 * SIZE / 2 and w.counted["tcp"]["gaps"] == 0
    assert [(r["body_size"], "incomplete" in r) for r in responses(w)] == [(SIZE, False)] * 10
    assert {value(e, "end") for e in w.events} == {"complete"}


def test_the_beginning_of_bodies_until_close():
    w = asked(until_close, b"GET /words HTTP/1.0\r\n\r\n", 3, 6, "--body", "100")
    assert w.counted["packets"]["bytes"] < 6 * SIZE / 4
    assert [(r["body_size"], r["body"], r["body_cut"]) for r in responses(w)] == [
        (SIZE, WORDS[:100].decode(), True)] * 6


def test_text_behind_an_upgrade():
    """In which a message may begin anywhere that a packet does."""
    w = asked(behind_an_upgrade, b"GET /words HTTP/1.1\r\nHost: x\r\nUpgrade: words\r\nConnection: Upgrade\r\n\r\n",
              5, 15)
    assert w.counted["packets"]["bytes"] < 10 * SIZE / 4
    tunnels = [value(e, "tunnel") | {"end": value(e, "end")} for e in w.events if e["eventName"] == "net_http_tunnel"]
    # The server closes first, often with its last data; what its own socket hears then is not told.
    assert [(t["client_bytes"], t["server_bytes"], t["end"]) for t in tunnels if t["role"] == "client"] == [
        (0, SIZE, "complete")] * 5
