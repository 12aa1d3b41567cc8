# SPDX-License-Identifier: BSD-2-Clause
"""-o har: what browsers' developer tools read, whole whenever it ends"""
import base64
import json
import signal
import subprocess
import time

import pytest
from lab import DATA, HTTPWIRE, ROOT, Capture, Connection, events, httpwire, value
from live import curl, serving, watching

jsonschema = pytest.importorskip("jsonschema")

WEB = ROOT / "examples" / "web.pcap"
HAR = jsonschema.Draft202012Validator(
    json.loads((DATA / "har-1.2.schema.json").read_text(encoding="utf-8")))


def read(document):
    """The entries of an archive, judged."""
    archive = json.loads(document)
    HAR.validate(archive)
    entries = archive["log"]["entries"]
    for entry in entries:
        parts = [ms for name, ms in entry["timings"].items() if name != "ssl" and ms != -1]
        assert abs(sum(parts) - entry["time"]) < 1e-5
    return entries


def archive(*args, **more):
    return read(httpwire("-q", "-o", "har", *args, **more).stdout)


def pairs(fields):
    return [(f["name"], f["value"]) for f in fields]


def get(connection, path, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", more=b""):
    connection.send(0, b"GET " + path + b" HTTP/1.1\r\nHost: a.test\r\n" + more + b"\r\n")
    if answer:
        connection.send(1, answer)


def test_it_says_what_the_events_say():
    found = events("-q", "-r", WEB, "-e", "net_http_exchange")
    entries = archive("-r", WEB)
    assert len(entries) == len(found) > 5
    for entry, event in zip(entries, found):
        request, response, times = (value(event, n) for n in ("request", "response", "time"))
        assert entry["request"]["method"] == request["method"]
        assert entry["response"]["status"] == response["status_code"]
        assert pairs(entry["request"]["headers"]) == pairs(request["headers"])
        assert pairs(entry["response"]["headers"]) == pairs(response["headers"])
        assert pairs(entry["request"]["queryString"]) == pairs(request["parameters"])
        assert entry["serverIPAddress"] == value(event, "dst")
        assert entry["_httpwire"]["end"] == value(event, "end")
        assert entry["_httpwire"].get("anomalies", []) == event["httpwire"]["anomalies"]
        connect = max(entry["timings"]["connect"], 0)
        if "duration" in times:
            assert abs(entry["time"] - connect - times["duration"] / 1e6) < 1e-5
        if "time_to_first_byte" in times:
            assert abs(entry["timings"]["wait"] - times["time_to_first_byte"] / 1e6) < 1e-5


def test_times_are_those_of_the_wire(tmp_path):
    """A packet a millisecond: the handshake takes two, the answer two more."""
    capture = Capture()
    connection = Connection(capture)
    get(connection, b"/a")
    get(connection, b"/b")
    first, second = archive("-r", capture.write(tmp_path / "a.pcap"))
    assert first["startedDateTime"] == "2023-11-14T22:13:20.001Z" # 3 ms, less those to connect
    assert first["timings"] == {"blocked": -1, "dns": -1, "connect": 2, "send": 0, "wait": 2,
                                "receive": 0, "ssl": -1}
    assert second["timings"]["connect"] == -1
    assert first["connection"] == second["connection"]


def test_nothing_is_an_archive_too(tmp_path):
    assert archive("-r", Capture().write(tmp_path / "a.pcap")) == []
    assert archive("-r", WEB, "-Y", "http.host == \"nowhere\"") == []


def test_a_request_without_an_answer_has_status_0(tmp_path):
    capture = Capture()
    connection = Connection(capture)
    get(connection, b"/a", answer=None)
    connection.close(1)
    entry, = archive("-r", capture.write(tmp_path / "a.pcap"))
    assert entry["response"]["status"] == 0 and entry["response"]["_error"] == "aborted_by_server"
    assert entry["response"]["content"]["size"] == 0


def test_any_bytes_make_no_other_archive(tmp_path):
    capture = Capture()
    for byte in range(256):
        connection = Connection(capture, client=("10.0.0.1", 40000 + byte))
        odd = bytes([byte]) * 3
        get(connection, b"/" + odd + b"?" + odd + b"=" + odd, more=b"X: " + odd + b"\r\nCookie: a=" + odd + b"\r\n",
            answer=b"HTTP/1.1 200 " + odd + b"\r\nSet-Cookie: " + odd + b"=1; Path=" + odd +
            b"\r\nLocation: " + odd + b"\r\nContent-Length: 0\r\n\r\n")
        connection.close(0)
    assert len(archive("-r", capture.write(tmp_path / "a.pcap"))) >= 200


def test_secrets_are_hidden_everywhere(tmp_path):
    capture = Capture()
    secret = b"Zx9secretZx9"
    get(Connection(capture), b"/?api_key=" + secret + b"&x=1",
        more=b"Authorization: Bearer " + secret + b"\r\nCookie: sid=" + secret + b"\r\n",
        answer=b"HTTP/1.1 302 Found\r\nSet-Cookie: sid=" + secret + b"; Path=/\r\nLocation: /?token=" +
        secret + b"\r\nContent-Length: 0\r\n\r\n")
    path = capture.write(tmp_path / "a.pcap")
    printed = httpwire("-q", "-o", "har", "-r", path).stdout
    assert secret not in printed and b"REDACTED" in printed
    entry, = archive("-r", path)
    cookie, = entry["response"]["cookies"]
    assert cookie == {"name": "sid", "value": "REDACTED", "path": "/"}
    assert secret in httpwire("-q", "-o", "har", "--show-secrets", "-r", path).stdout


def many(nr):
    capture = Capture()
    connection = Connection(capture)
    for i in range(nr):
        get(connection, b"/%d" % i, more=b"X-Pad: " + b"p" * 400 + b"\r\n")
    return capture


def test_each_file_of_a_rotation_is_whole(tmp_path):
    path = many(3000).write(tmp_path / "a.pcap")
    httpwire("-q", "-o", "har", "-r", path, "--output", tmp_path / "out", "-C", "1")
    files = sorted(tmp_path.glob("out*"), key=lambda p: int(p.name[3:] or 0))
    assert len(files) >= 3
    urls = [e["request"]["url"] for p in files for e in read(p.read_bytes())]
    assert urls == [f"http://a.test/{i}" for i in range(3000)]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("to_file", [False, True])
def test_it_may_end_at_any_time(tmp_path, how, to_file):
    """In the middle of a capture that goes on; killed, it lacks the tail alone."""
    out = tmp_path / "out.har"
    data = many(50).pcap()
    with open(tmp_path / "stdout", "w+b") as stdout:
        process = subprocess.Popen(
            [HTTPWIRE, "-q", "-l", "-o", "har", "-r", "-", *(["--output", out] if to_file else [])],
            stdin=subprocess.PIPE, stdout=stdout)
        process.stdin.write(data[:-500])
        process.stdin.flush()
        written = out if to_file else tmp_path / "stdout"
        deadline = time.monotonic() + 10
        while not written.exists() or written.read_bytes().count(b"\n") < 45:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(how)
        code = process.wait(10)
        process.stdin.close()
    document = written.read_bytes()
    if how == signal.SIGKILL:
        assert code == -how
        document += b"]}}\n"
    else:
        assert code == 0
    assert len(read(document)) >= 40


def test_a_file_that_was_moved_away_is_whole(tmp_path):
    out = tmp_path / "out.har"
    data = many(20).pcap()
    process = subprocess.Popen([HTTPWIRE, "-q", "-l", "-o", "har", "-r", "-", "--output", out],
                               stdin=subprocess.PIPE)
    half = len(data) // 2
    process.stdin.write(data[:half])
    process.stdin.flush()
    while not out.exists() or out.read_bytes().count(b"\n") < 8:
        time.sleep(0.02)
    out.rename(tmp_path / "old.har")
    process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    process.stdin.write(data[half:])
    process.stdin.close()
    assert process.wait(10) == 0
    old, new = (read(p.read_bytes()) for p in (tmp_path / "old.har", out))
    assert len(old) >= 7 and len(old) + len(new) == 20


@pytest.mark.skipif(b"--body" not in httpwire("--help").stdout, reason="bodies are not kept")
def test_bodies_are_in_it(tmp_path):
    capture = Capture()
    connection = Connection(capture)
    connection.send(0, b"POST /a HTTP/1.1\r\nHost: a.test\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello")
    connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 4\r\n\r\n\x89PNG")
    entry, = archive("-r", capture.write(tmp_path / "a.pcap"), "--body", "1k")
    assert entry["request"]["postData"] == {"mimeType": "text/plain", "text": "hello"}
    content = entry["response"]["content"]
    assert base64.b64decode(content["text"]) == b"\x89PNG" and content["encoding"] == "base64"


def test_of_real_processes(tmp_path):
    """curl and a server: both sides of each exchange, with their processes."""
    (tmp_path / "index.html").write_text("hello\n", encoding="utf-8")
    out = tmp_path / "out.har"
    with serving(tmp_path) as (_, port), watching("-o", "har", "--output", out) as watch:
        curl(f"http://127.0.0.1:{port}/index.html")
        curl(f"http://127.0.0.1:{port}/missing")
        watch.wait_for(lambda: out.read_bytes().count(f":{port}/".encode()) >= 4)
    entries = [e for e in read(out.read_bytes()) if e["_httpwire"]["serverPort"] == port]
    assert sorted(e["response"]["status"] for e in entries) == [200, 200, 404, 404]
    assert {e["_httpwire"]["process"]["name"] for e in entries} >= {"curl"}
    assert {e["_httpwire"]["role"] for e in entries} == {"client", "server"}
