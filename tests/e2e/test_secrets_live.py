# SPDX-License-Identifier: BSD-2-Clause
"""Secrets that are sent while somebody watches: real ones, over loopback, seen on both sides"""
import base64
import contextlib
import re
import secrets
import signal
import time

import pytest
from live import Watch, curl, end, free_port, http, is_request, of_port, peer, watching

FORMS = ["text", "json", "json-v1beta1"]
EVENTS = "net_packet_http,net_packet_http_request,net_packet_http_response"

# Gives each client a cookie, and says a location with a token in it.
SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header("Set-Cookie", "sid=" + sys.argv[2] + "; HttpOnly")
        self.send_header("Location", "https://h.test/cb#access_token=" + sys.argv[2])
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""


class Secrets:
    def __init__(self):
        self.password, self.token, self.cookie, self.given = (secrets.token_hex(12) for _ in range(4))

    def ask(self, port):
        curl("-u", f"aladdin:{self.password}", "-H", f"X-Api-Key: {self.token}", "-b", f"sid={self.cookie}",
             "-H", "X-Plain: seen", f"http://127.0.0.1:{port}/?access_token={self.token}&plain=1")

    def spellings(self):
        yield from (self.password, self.token, self.cookie, self.given)
        yield base64.b64encode(f"aladdin:{self.password}".encode()).decode()


@pytest.fixture(name="sent")
def fixture_sent():
    return Secrets()


@pytest.fixture(name="port")
def fixture_port(sent):
    port = free_port()
    server = peer(SERVER, port, sent.given)
    yield port
    end(server)


@contextlib.contextmanager
def printing(form, *options):
    """httpwire in the background; the list has all that it printed, in the end."""
    w, printed = Watch("-vv", "-e", EVENTS, *options, "-o", form), []
    try:
        yield printed
        w.process.send_signal(signal.SIGINT)
        assert w.process.wait(20) == 0
        printed.append((w.printed() + w.said()).decode())
    finally:
        if w.process.poll() is None:
            w.process.kill()
            w.process.wait()


@pytest.mark.parametrize("form", FORMS)
def test_no_secret_is_printed_unless_asked_for(port, sent, form):
    with printing(form) as hidden, printing(form, "--redact-hash") as hashed, \
            printing(form, "--show-secrets") as shown:
        sent.ask(port)
        time.sleep(0.3)
    for text in sent.spellings():
        assert text not in hidden[0] and text not in hashed[0]
        if text != sent.password and (form != "text" or text == sent.token):
            assert text in shown[0] # base64 is sent; a line of text has the target, not the fields
    assert "REDACTED" in hidden[0] and "REDACTED-" in hashed[0] and "REDACTED" not in shown[0]
    assert all("plain=1" in printed[0] for printed in (hidden, hashed, shown))


def tokens(event):
    """Where what is hidden stands, and what stands for it."""
    fields = {name: values[0] for name, values in http(event)["headers"].items()}
    fields["query"] = event["httpwire"]["query"]
    return {name: re.findall(r"REDACTED-\w+", text) for name, text in fields.items() if "REDACTED" in text}


def test_a_hash_is_the_same_for_the_same_secret_on_both_sides(port, sent):
    with watching("--redact-hash") as w:
        sent.ask(port)
        sent.ask(port)
        Secrets().ask(port)
        w.wait_for_events(port, 12)
    found = of_port(w.events, port)
    requests, responses = ([tokens(e) for e in found if is_request(e) == way] for way in (True, False))
    mine = [t for t in requests if requests.count(t) == 4] # two requests, on two sides
    others = [t for t in requests if t not in mine]
    assert (len(mine), len(others), others[0]) == (4, 2, others[1])
    assert mine[0].keys() == others[0].keys() == {"Authorization", "Cookie", "X-Api-Key", "query"}
    for name, texts in mine[0].items():
        assert texts and not set(texts) & set(others[0][name])
    assert mine[0]["X-Api-Key"] == mine[0]["query"], "one secret in two places"
    assert len(responses) == 6 and responses.count(responses[0]) == 6 # the server gives all the same
    assert responses[0].keys() == {"Set-Cookie", "Location"}


def test_filters_do_not_see_secrets(port, sent):
    asked = f"http.request.uri contains \"{sent.token}\" or http.cookie contains \"{sent.cookie}\""
    with watching("-Y", asked) as hidden, watching("-Y", asked, "--show-secrets") as shown:
        sent.ask(port)
        shown.wait_for_events(port, 2)
    assert of_port(hidden.events, port) == [] and len(of_port(shown.events, port)) >= 2
