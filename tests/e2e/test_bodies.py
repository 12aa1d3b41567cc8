# SPDX-License-Identifier: BSD-2-Clause
"""The beginning of bodies, decoded: of captures made by hand, and of real servers"""
import base64
import gzip
import http.server
import random
import threading
import zlib
from urllib.parse import quote, quote_plus

import pytest
from lab import Capture, Connection, events, httpwire, raw_deflate, value
from live import curl, free_port, of_port, running, watching

brotli = pytest.importorskip("brotli")
zstandard = pytest.importorskip("zstandard")

TEXT = "Hello\n" + "".join(f"line {n}: Grüße\n" for n in range(300))
PLAIN = TEXT.encode()


ENCODE = {
    "": bytes,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


def chunked(body, size=1000):
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


def response(body, coding="", media_type="text/plain", is_chunked=False, length=None):
    head = "HTTP/1.1 200 OK\r\n" + f"Content-Type: {media_type}\r\n" * bool(media_type)
    if coding:
        head += f"Content-Encoding: {coding}\r\n"
    if is_chunked:
        return (head + "Transfer-Encoding: chunked\r\n\r\n").encode() + chunked(body)
    return (head + f"Content-Length: {len(body) if length is None else length}\r\n\r\n").encode() + body


def conversation(path, *turns, cut=1448):
    """A capture of one connection: bytes of the client and of the server in turn."""
    capture = Capture()
    connection = Connection(capture)
    for i, turn in enumerate(turns):
        connection.send(i % 2, turn, cut)
    connection.close(1)
    connection.close(0)
    return capture.write(path)


def told(path, *args, part="response"):
    (event,) = events("-r", path, "-e", "net_http_exchange", *args)
    return value(event, part)


@pytest.fixture(name="answer")
def fixture_answer(tmp_path):
    """What is told of a response to GET."""
    def answer(wire, *args, cut=1448):
        path = conversation(tmp_path / "a.pcap", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", wire, cut=cut)
        return told(path, *args)
    return answer


def body_members(part):
    return {name for name in part if name.startswith("body_") and name != "body_size" or name == "body"}


def test_bodies_are_not_shown_unless_asked_for(answer):
    part = answer(response(PLAIN))
    assert part["body_size"] == len(PLAIN)
    assert not body_members(part)


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("coding", [*ENCODE, "gzip, br", "zstd,deflate , identity, gzip"])
def test_codings_are_undone(answer, coding, is_chunked):
    wire = PLAIN
    for name in coding.replace(" ", "").split(","):
        wire = ENCODE.get(name, bytes)(wire)
    for cut in (1448, 61, 1):
        part = answer(response(wire, coding, is_chunked=is_chunked), "--body", "1M", cut=cut)
        assert part["body"] == TEXT
        assert (part["body_size"], part["decoded_size"]) == (len(wire), len(PLAIN))
        assert body_members(part) == {"body"}


def test_deflate_may_lack_its_header(answer):
    assert answer(response(raw_deflate(PLAIN), "deflate"), "--body", "1M")["body"] == TEXT


@pytest.mark.parametrize("fields", ["Transfer-Encoding: deflate, gzip, chunked",
                                    "Transfer-Encoding: deflate\r\nTransfer-Encoding: gzip , Chunked"])
def test_transfer_codings_are_undone_before_content_codings(answer, fields):
    """And so a secret in there is found."""
    wire = gzip.compress(zlib.compress(brotli.compress(b'{"password":"hunter2"}')))
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: br\r\n{fields}\r\n\r\n"
    part = answer(head.encode() + chunked(wire), "--body", "1k")
    assert part["body"] == '{"password":"REDACTED"}'
    assert body_members(part) == {"body"}


def test_what_has_an_unknown_transfer_coding_is_not_shown(answer):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, compress, chunked\r\n\r\n"
    part = answer(head + chunked(gzip.compress(PLAIN)), "--body", "1k")
    assert part["body_problem"] == "unknown coding"
    assert body_members(part) == {"body_problem", "body_cut"}


@pytest.mark.parametrize("coding", ENCODE)
def test_no_more_is_kept_than_asked_for(answer, coding):
    part = answer(response(ENCODE[coding](PLAIN), coding), "--body", "100")
    assert part["body"].encode() == PLAIN[:len(part["body"].encode())]
    assert 97 <= len(part["body"].encode()) <= 100 # a character may be divided
    assert part["body_cut"] is True and "body_problem" not in part
    whole = answer(response(ENCODE[coding](PLAIN), coding), "--body", len(PLAIN))
    assert whole["body"] == TEXT and "body_cut" not in whole


@pytest.mark.parametrize("media_type, body, is_text", [
    ("text/plain", b"a\tb\r\n", True),
    ("", b"abc", True),
    ("application/json", b'{"a": "\xc3\xbc"}', True),
    ("image/png", b"abc", False),
    ("text/plain", b"a\0b", False),
    ("text/html; charset=iso-8859-1", b"Gr\xfc\xdfe", False),
    ("application/octet-stream", bytes(range(256)), False),
])
def test_what_is_not_text_is_base64(answer, media_type, body, is_text):
    part = answer(response(body, media_type=media_type), "--body", "1k")
    if is_text:
        assert part["body"] == body.decode() and "body_base64" not in part
    else:
        assert base64.b64decode(part["body_base64"]) == body and "body" not in part


@pytest.mark.parametrize("coding, problem, wire", [
    ("gzip", "bad gzip", PLAIN),
    ("deflate", "bad deflate", PLAIN),
    ("br", "bad br", PLAIN),
    ("zstd", "bad zstd", PLAIN),
    ("zstd", "bad zstd", gzip.compress(PLAIN)),
    ("gzip", "gzip ends early", gzip.compress(PLAIN)[:-9]),
    ("br", "br ends early", brotli.compress(PLAIN)[:-3]),
    ("zstd", "zstd ends early", zstandard.compress(PLAIN)[:-3]),
    ("deflate", "deflate ends early", zlib.compress(PLAIN)[:-3]),
    ("br", "bytes behind br", brotli.compress(PLAIN) + b"x"),
    ("compress", "unknown coding", PLAIN),
    ("gzip,gzip,gzip,gzip,gzip", "too many codings", PLAIN),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_wrong_with_a_body_is_told(answer, coding, problem, wire):
    for is_chunked in (False, True):
        part = answer(response(wire, coding, is_chunked=is_chunked), "--body", "1M")
        assert part["body_problem"] == problem
        assert part["body_size"] == len(wire)
        assert TEXT.startswith(part.get("body", "")) and "body_base64" not in part
        assert "incomplete" not in part # the message is


@pytest.mark.parametrize("coding", ["gzip", "br", "gzip, br", "utf-8", "gzip, compress"])
def test_text_that_is_not_coded_is_shown_as_it_came(answer, coding):
    """Without the secrets in it. What is not text might be coded, and have secrets in it."""
    wire = b'{"password":"hunter2"}'
    part = answer(response(wire, coding), "--body", "1k")
    assert part["body"] == '{"password":"REDACTED"}' and part["body_problem"]
    assert "body_cut" not in part and part.get("decoded_size", 0) == 0
    part = answer(response(zlib.compress(wire), coding), "--body", "1k")
    assert body_members(part) == {"body_cut", "body_problem"}


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_bombs_do_not_go_off(answer, coding):
    wire = ENCODE[coding](bytes(64 << 20))
    for ratio in (300, 10):
        part = answer(response(wire, coding), "--body", "32M", "--body-ratio", ratio, "--stats", "json")
        assert part["decoded_size"] <= ratio * len(wire)
        assert part["body_cut"] is True
        assert part["body_problem"] == "more than --body-ratio"


@pytest.mark.parametrize("types", ["text/*,*+json", " text/* , *+json "])
def test_only_the_types_asked_for(answer, types):
    globs = ("--body", "1k", "--body-types", types)
    for media_type, is_kept in (("text/html", True), ("Application/Problem+JSON; a=b", True),
                                ("application/json", False), ("", False)):
        part = answer(response(b"abc", media_type=media_type), *globs)
        assert ("body" in part) == is_kept


def test_a_body_that_is_shorter_than_promised(answer):
    part = answer(response(PLAIN[:100], length=len(PLAIN)), "--body", "1k")
    assert part["incomplete"] and part["body_size"] == 100
    assert part["body"] == PLAIN[:100].decode()
    assert "body_problem" not in part
    part = answer(response(gzip.compress(PLAIN)[:60], "gzip", length=5000), "--body", "1k")
    assert part["incomplete"] and "body_problem" not in part


def test_what_follows_lost_bytes_is_not_kept(tmp_path):
    capture = Capture()
    connection = Connection(capture)
    connection.send(0, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    wire = response(PLAIN)
    connection.send(1, wire[:500])
    connection.seq[1] += 100
    connection.send(1, wire[600:], 1448)
    connection.close(1)
    part = told(capture.write(tmp_path / "a.pcap"), "--body", "1M")
    head = wire.index(b"\r\n\r\n") + 4
    assert part["body"].encode() in (PLAIN[:500 - head], PLAIN[:499 - head])
    assert part["body_problem"] == "gap" and part["body_cut"] is True
    assert part["incomplete"] == "gap"


def test_bodies_of_requests_too(tmp_path):
    form = b"name=Gr%C3%BC%C3%9Fe&a=1"
    path = conversation(
        tmp_path / "a.pcap",
        b"POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(gzip.compress(form)),
        response(b"", "gzip"))
    part = told(path, "--body", "1k", part="request")
    assert part["body"] == form.decode()
    assert not body_members(told(path, "--body", "1k"))


def test_secrets_in_bodies(tmp_path):
    path = conversation(
        tmp_path / "a.pcap",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 32\r\n\r\nuser=bob&password=hunter2&next=/",
        response(gzip.compress(b'{"access_token": "hunter2", "user": "bob"}'), "gzip", "application/json"))
    def shown(*args):
        (event,) = events("-r", path, "-e", "net_http_exchange", "--body", "1k", *args)
        return value(event, "request")["body"], value(event, "response")["body"]

    assert shown() == ("user=bob&password=REDACTED&next=/", '{"access_token": "REDACTED", "user": "bob"}')
    assert "hunter2" in shown("--show-secrets")[0] and "hunter2" in shown("--show-secrets")[1]
    one, other = shown("--redact-hash")
    assert one.split("REDACTED-")[1][:16] == other.split("REDACTED-")[1][:16]


PARTS = (b'--b\r\nContent-Disposition: form-data; name="user"\r\n\r\nbob\r\n'
         b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n'
         b'--b\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: application/json\r\n\r\n'
         b'{"token": "hunter2", "a": 1}\r\n--b--\r\n')


def form_in_parts(path):
    return conversation(path, b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                        b"Content-Length: %d\r\n\r\n%s" % (len(PARTS), PARTS), response(b"", ""))


def test_secrets_in_parts_of_bodies(tmp_path):
    path = form_in_parts(tmp_path / "a.pcap")
    assert told(path, "--body", "1k", part="request")["body"] == PARTS.decode().replace("hunter2", "REDACTED")
    assert told(path, "--body", "1k", "--show-secrets", part="request")["body"] == PARTS.decode()
    hashed = told(path, "--body", "1k", "--redact-hash", part="request")["body"]
    one, other = (piece[:16] for piece in hashed.split("REDACTED-")[1:])
    assert one == other and "hunter2" not in hashed
    for size in range(3, len(PARTS), 7):
        assert b"hun" not in httpwire("-q", "-r", path, "-o", "json", "-e", "net_http_exchange", "--body", size).stdout


def test_secrets_beside_what_is_no_text(tmp_path):
    """A form with a file."""
    image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xfe"
    form = PARTS.replace(b"--b--", b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n'
                         b"Content-Type: image/png\r\n\r\n%s\r\n--b--" % image)
    path = conversation(
        tmp_path / "a.pcap", b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(form), form), response(b"", ""))
    shown = base64.b64decode(told(path, "--body", "1k", part="request")["body_base64"])
    assert image in form and shown == form.replace(b"hunter2", b"REDACTED")
    assert base64.b64decode(told(path, "--body", "1k", "--show-secrets", part="request")["body_base64"]) == form


@pytest.mark.parametrize("form", ["text=long", "json-v1beta1", "csv", "har", "curl"])
def test_secrets_in_parts_in_all_forms(tmp_path, form):
    columns = ["--columns", "request.body"] if form == "csv" else []
    path = form_in_parts(tmp_path / "a.pcap")
    words = ("-q", "-r", path, "-o", form, "-e", "net_http_exchange", "--body", "1k", *columns)
    assert b"hunter2" in httpwire(*words, "--show-secrets").stdout
    hidden = httpwire(*words).stdout
    assert b"hunter2" not in hidden and hidden.count(b"REDACTED") >= 2


@pytest.mark.parametrize("encode", [quote, quote_plus, str])
def test_secrets_in_json_in_forms(tmp_path, encode):
    """As webhooks send it."""
    form = "a=b&payload=" + encode('{"user": "bob", "token": "hunter2"}') + "&password=hunter2"
    path = conversation(
        tmp_path / "a.pcap",
        b"POST /hook HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(form), form.encode()), response(b"", ""))
    assert told(path, "--body", "1k", part="request")["body"] == form.replace("hunter2", "REDACTED")
    assert told(path, "--body", "1k", "--show-secrets", part="request")["body"] == form
    hashed = told(path, "--body", "1k", "--redact-hash", part="request")["body"]
    one, other = (piece[:16] for piece in hashed.split("REDACTED-")[1:])
    assert one == other


@pytest.mark.parametrize("body", [
    "kind: Secret\nstringData:\n  user: bob\n  password: hunter2\n",
    'mutation { login(user: "bob", password: "hunter2") { id } }',
    "{'user': 'bob', 'token': 'hunter2'}",
    '<html><input type="hidden" name="csrf_token" value="hunter2"><b>bob</b>',
    '{"env": [{"name": "USER", "value": "bob"}, {"name": "DB_PASSWORD", "value": "hunter2"}]}',
    "env:\n- name: USER\n  value: bob\n- name: DB_PASSWORD\n  value: hunter2\n",
    "bob\n-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\n",
])
def test_secrets_in_text_of_other_forms(tmp_path, body):
    path = conversation(tmp_path / "a.pcap", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n"
                        b"Content-Length: %d\r\n\r\n%s" % (len(body), body.encode()), response(b"", ""))
    shown = told(path, "--body", "1k", part="request")["body"]
    assert "hunter2" not in shown and "REDACTED" in shown and "bob" in shown
    assert told(path, "--body", "1k", "--show-secrets", part="request")["body"] == body


def test_an_answer_to_head_has_none(tmp_path):
    path = conversation(tmp_path / "a.pcap", b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
                        response(b"", "gzip", length=5000),
                        b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", response(gzip.compress(PLAIN), "gzip"))
    first, second = (value(e, "response") for e in
                     events("-r", path, "-e", "net_http_exchange", "--body", "1M"))
    assert not body_members(first)
    assert second["body"] == TEXT


def test_routes_are_told(tmp_path):
    def route(path, *args):
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
        return told(conversation(tmp_path / "a.pcap", request, response(b"")), *args, part="request")["route"]

    assert route("/users/4711/orders/9f3a01bc?x=1") == "/users/{id}/orders/{id}"
    patterns = ("--route", "/users/{user}", "--route", "/users/{user}/**")
    assert route("/users/bob", *patterns) == "/users/{user}"
    assert route("/users/4711/orders/1", *patterns) == "/users/{user}/**"
    assert route("/v1/4711", *patterns) == "/v1/{id}"


class Origin(http.server.BaseHTTPRequestHandler):
    """Sends BODIES[path], in chunks if that is asked for."""
    protocol_version = "HTTP/1.1"
    bodies = {}

    def do_GET(self):
        coding, body = self.bodies[self.path.partition("?")[0]]
        is_chunked = self.path.endswith("?chunked")
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        if coding:
            self.send_header("Content-Encoding", coding)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(chunked(body, 5000) if is_chunked else body)

    def log_message(self, *_):
        pass


def exchanges_of(w, port):
    return [e for e in of_port(w.events, port) if e["eventName"] == "net_http_exchange"]


def test_a_real_server_in_all_codings():
    # More than the gate copies of a body that nobody wants, and not a bomb.
    large = TEXT + base64.b64encode(random.Random(1).randbytes(300_000)).decode()
    Origin.bodies = {
        f"/{name or 'plain'}": (name, encode(large.encode())) for name, encode in ENCODE.items()
    } | {"/broken": ("gzip", b"\x1f\x8b broken"), "/cut": ("br", brotli.compress(PLAIN)[:-5])}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with watching("-e", "net_http_exchange", "--body", "8M") as w:
            for path in Origin.bodies:
                for how in ("", "?chunked"):
                    curl("-o", "/dev/null", f"http://127.0.0.1:{port}{path}{how}")
            w.wait_for_events(port, 4 * len(Origin.bodies))
    finally:
        server.shutdown()
        server.server_close()
    seen = exchanges_of(w, port)
    assert len(seen) == 4 * len(Origin.bodies) # on both sides
    for event in seen:
        path, part = value(event, "request")["path"], value(event, "response")
        if path == "/broken":
            assert part["body_problem"] == "bad gzip"
        elif path == "/cut":
            assert part["body_problem"] == "br ends early"
        else:
            assert body_members(part) == {"body"}
            assert part["body"] == large


def test_nginx_and_its_gzip(tmp_path):
    port = free_port()
    (tmp_path / "big.txt").write_text(TEXT * 50)
    (tmp_path / "nginx.conf").write_text(f"""
user root; worker_processes 1; pid {tmp_path}/pid; error_log {tmp_path}/error.log; daemon off;
events {{ }}
http {{ access_log off; types {{ text/plain txt; }}
  server {{ listen 127.0.0.1:{port}; root {tmp_path}; gzip on; gzip_types *; gzip_http_version 1.0; }} }}
""")
    with running("nginx", "-c", tmp_path / "nginx.conf", "-e", tmp_path / "error.log", port=port), \
            watching("-e", "net_http_exchange", "--body", "1M") as w:
        curl("--compressed", "-o", "/dev/null", f"http://127.0.0.1:{port}/big.txt")
        curl("-o", "/dev/null", f"http://127.0.0.1:{port}/big.txt")
        w.wait_for_events(port, 4)
    parts = [value(e, "response") for e in exchanges_of(w, port)]
    assert len(parts) == 4
    assert sorted(p.get("content_encoding", "") for p in parts) == ["", "", "gzip", "gzip"]
    for part in parts:
        assert part["body"] == TEXT * 50
        assert part["decoded_size"] == len(PLAIN) * 50
