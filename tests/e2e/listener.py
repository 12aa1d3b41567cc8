# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/listener.py - a server that keeps what it was asked, to the letter"""
import re
import socket
import threading


class Listener:
    """Takes requests and keeps them as they came; answers 204 and closes."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.got = []
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            with connection:
                request = self.receive(connection)
                if not request:
                    return
                self.got.append(request)
                connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    @staticmethod
    def receive(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (some := connection.recv(65536)):
                return data
            data += some
        head, body = data.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        while length and len(body) < int(length[1]):
            body += connection.recv(65536)
        while b"chunked" in head and not body.endswith(b"0\r\n\r\n"):
            body += connection.recv(65536)
        return head, body

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        socket.create_connection(("127.0.0.1", self.port)).close()
        self.thread.join()
        self.listener.close()
