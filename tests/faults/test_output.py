# SPDX-License-Identifier: BSD-2-Clause
"""Group O: what comes in on the wire against those who read what goes out"""
import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest
import rules
from frames import Talk
from hostile import in_every_field
from lab import HTTPWIRE, ROOT, Capture, check_accounts, statistics, value
from live import PYTHON, of_port, serving, watching

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"
FORMS = ["json", "json-v1beta1", "text"]
BAD_CHARACTERS = [b"\xff\xfe", b"\xc0\xaf", b"\xe0\x80\xaf", b"\xed\xa0\x80\xed\xb0\x80", b"\xf4\x90\x80\x80",
                  b"\xf0\x9f\x98", b"\x80", b"\xe2\x80"]
HOSTILE = BAD_CHARACTERS + [
    b'"', b"\\", b"\\u0000", b'","x":"', b"'", b"<script>&", b"\x7f", "\u2028\u2029".encode(), "\U0001f600".encode(),
    "\ufffd".encode(), "\ufeff".encode(), "\u202e\u2066".encode(), "\u009b2J".encode(), b"%s%n%x", b"${jndi:x}"]
HOSTILE += [bytes([c]) for c in range(1, 32) if c not in b"\r\n"]
ESCAPES = [b"\x1b[2J", b"\x1b]8;;http://x\x07", b"\x1b]0;title\x1b\\", b"\x9b31m", "\u009b31m".encode(),
           b"\x1bc", b"\x08" * 20, "\u202e".encode(), "\u200b\u2060".encode(), b"\x1b[?1049h", b"\x0e\x0f\x05"]


def talks(hostile):
    capture = Capture()
    for number, text in enumerate(hostile):
        talk = Talk(capture, client=("10.0.0.1", 1000 + number))
        for side, message in enumerate(in_every_field(text)):
            talk.send(side, message)
    return capture


def as_go_reads(data):
    """Each byte that is in no character becomes U+FFFD."""
    out = ""
    while data:
        for length in (1, 2, 3, 4):
            try:
                out += data[:length].decode()
                data = data[length:]
                break
            except UnicodeDecodeError:
                continue
        else:
            out += "\ufffd"
            data = data[1:]
    return out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("more", [(), ("--strict",), ("--show-secrets",)], ids=["plain", "strict", "secrets"])
def test_O01_bytes_of_every_kind(run, form, more):
    """Quotes, controls, broken and odd characters in every field: valid lines in every form."""
    told = run(talks(HOSTILE), *more, form=form)
    if not more:
        assert len(told.events) + len(told.lines) == 2 * len(HOSTILE)


def test_O01_nothing_gets_lost(run):
    """The value says the bytes, those of no character as U+FFFD; as in Go, whose form this is."""
    told = run(talks(HOSTILE))
    requests = [e for e in told.events if value(e, "proto_http")["direction"] == "request"]
    for event, hostile in zip(requests, HOSTILE, strict=True):
        if hostile not in b"\t\x0b\x0c\x1f": # blanks: the target may end there
            assert event["httpwire"]["target"] == as_go_reads(b"/p%b?q=%b" % (hostile, hostile)), hostile
        values = value(event, "proto_http")["headers"]["X-Value"]
        assert values == [as_go_reads(hostile.strip(b" \t"))], hostile


LINES = [b'%0A{"eventName":"forged"}', b'%0d%0a{"eventName":"forged"}', b'\r{"eventName":"forged"}',
         b'\x00\r{"eventName":"forged"}', "\u2028{}".encode(), "\u0085{}".encode(), b'\x0b\x0c\x1c{"eventName":"forged"}',
         b'"}]}\x1e{"eventName":"forged"}']


@pytest.mark.parametrize("form", FORMS)
def test_O02_lines_are_not_forged(run, form):
    """Line ends and pieces of JSON, plain and percent-encoded, make no line of their own."""
    told = run(talks(LINES), form=form)
    written = told.counted["events"]["written"]
    assert written == 2 * len(LINES)
    assert len(told.output.splitlines()) == written
    assert not [e for e in told.events if (e.get("eventName") or e.get("name")) == "forged"]
    assert not [l for l in told.lines if l.startswith("{")]


@pytest.mark.parametrize("color", ["never", "always"])
def test_O03_terminals_are_not_told_what_to_do(run, color):
    """Escapes, of C1 too, backspaces and marks of direction are shown, not sent."""
    capture = talks(ESCAPES)
    done = subprocess.run([HTTPWIRE, "-r", "-", "--color", color], input=capture.pcap(), capture_output=True,
                          check=True)
    ours = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode())
    assert color == "never" or ours != done.stdout.decode()
    assert all(line.isprintable() for line in ours.split("\n")) and ours.count("\n") == len(ESCAPES)
    assert rules.check_text(done.stderr)
    run(capture, form="text")


NAMED = "import ctypes, sys, urllib.request as u; ctypes.CDLL(None).prctl(15, sys.argv[2].encode()); u.urlopen(sys.argv[1]).read()"


@pytest.mark.parametrize("form", ["json", "text"])
def test_O03_names_of_processes(tmp_path, form):
    """A process that calls itself an escape, or the end of a JSON string, is shown as that."""
    name = '\x1b[2J"}\n{x\u202e'
    with serving(tmp_path) as (_, port):
        url = f"http://127.0.0.1:{port}/"
        if form == "json":
            with watching() as w:
                subprocess.run([PYTHON, "-c", NAMED, url, name], check=True)
                w.wait_for_events(port, 4)
            assert name in {e["processName"] for e in of_port(w.events, port)}
        else:
            done = subprocess.run([HTTPWIRE, "-q", "--", PYTHON, "-c", NAMED, url, name], capture_output=True,
                                  timeout=20, check=True)
            rules.check_text(done.stdout)
            assert b"\\x1b[2J" in done.stdout


KEYS = [b"eventName", b"args", b"httpwire", b"__proto__", b"constructor", b"value", b"name", b"X-A", b"x-a", b"X-a",
        b"X-\xff", b"X-\xfe", "X-\ufffd".encode(), b"", b" ", b"Content-Length", b"content-length", b"timestamp"]


@pytest.mark.parametrize("form", ["json", "json-v1beta1"])
def test_O04_keys_do_not_collide(run, capture, form):
    """Header names like our keys, twice, and alike but for broken bytes: no key comes twice."""
    talk = Talk(capture)
    fields = b"".join(key + b": 1\r\n" for key in KEYS + KEYS)
    talk.send(0, b"GET / HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n")
    talk.send(1, b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n")
    told = run(capture, form=form)
    assert len(told.events) == 2
    if form == "json":
        names = value(told.events[1], "proto_http")["headers"]
        assert names["X-A"] == ["1"] * 6 and len([n for n in names if n.startswith("X-\ufffd")]) == 3
        assert told.events[0]["eventName"] == "net_packet_http"


SECRET = b"s3cr3t-Zq"
SECRETS = (b"GET http://user:%b@h/p?access_token=%b HTTP/1.1\r\nHost: h\r\nAuthorization: Basic %b\r\n"
           b"Cookie: sid=%b\r\nX-Api-Key: %b\r\n\r\n" % (SECRET, SECRET, base64.b64encode(b"u:" + SECRET), SECRET, SECRET))
ANSWER = b"HTTP/1.1 302 Found\r\nSet-Cookie: sid=%b\r\nLocation: /?code=%b\r\nContent-Length: 0\r\n\r\n" % (SECRET, SECRET)


def secrets_in(output):
    return [s for s in (SECRET, base64.b64encode(b"u:" + SECRET)) if s in output]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("more", [("-vvv",), ("--strict",), ("-Y", 'http.cookie contains "s3cr"'), ("--redact-hash",)],
                         ids=lambda more: more[0])
def test_O05_secrets_are_not_shown(run, capture, form, more):
    """Credentials are in no form of output and in nothing that is said, however much is asked for."""
    talk = Talk(capture)
    talk.send(0, SECRETS)
    talk.send(1, ANSWER)
    told = run(capture, *more, form=form)
    assert secrets_in(told.output + told.said) == []
    assert len(secrets_in(run(capture, "--show-secrets", form=form).output)) == (1 if form == "text" else 2)


@pytest.mark.unsanitized("keeps its rights")
def test_O05_no_core_is_dumped(tmp_path):
    """While watching, memory with secrets in it is left in no core file, and others cannot read it."""
    with serving(tmp_path), watching() as w:
        limits = pathlib.Path(f"/proc/{w.pid}/coredump_filter")
        assert limits.stat().st_uid == 0
        assert pathlib.Path(f"/proc/{w.pid}/mem").stat().st_uid == 0 # not dumpable: root's, not nobody's
        assert b"Uid:\t0" not in pathlib.Path(f"/proc/{w.pid}/status").read_bytes()


@pytest.mark.parametrize("length, expected", [
    (b"9007199254740993", 2**53 + 1), (b"9223372036854775807", 2**63 - 1), (b"9223372036854775808", None),
    (b"18446744073709551616", None), (b"-1", None), (b"NaN", None), (b"1e5", None), (b"0x10", None)])
def test_O06_numbers(run, capture, length, expected):
    """Lengths above 2^53 are exact, what is none is said; no number is negative by overflow or NaN."""
    talk = Talk(capture)
    talk.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n" % length)
    for form in ("json", "json-v1beta1"):
        told = run(capture, form=form)
        if form == "json":
            http = value(told.events[0], "proto_http")
            assert http["content_length"] == expected if expected else told.events[0]["httpwire"]["anomalies"]
            assert -1 <= http["content_length"] < 2**63


def feed(stdin, seconds):
    """A capture without an end, for some time; returns how many requests are in it."""
    made, number = Capture(), 0
    stdin.write(made.pcap())
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        made.packets = []
        for _ in range(200):
            Talk(made, client=("10.0.0.1", 1024 + number % 60000), isn=(number * 99991, number)).send(0, GET % number)
            number += 1
        stdin.write(made.pcap()[24:])
    stdin.close()
    return number


@pytest.mark.parametrize("how", ["moved", "removed", "copied"])
def test_O07_logs_that_are_rotated(tmp_path, how):
    """Files moved away with SIGHUP, removed, or cut behind our back, all under load: no torn line."""
    out, fed = tmp_path / "out", []
    with subprocess.Popen([HTTPWIRE, "-q", "-r", "-", "-o", "json", "--stats", "json", "--output", out],
                          stdin=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        feeder = threading.Thread(target=lambda: fed.append(feed(running.stdin, 1.5)))
        feeder.start()
        for number in range(20):
            time.sleep(0.06)
            if not out.exists():
                continue
            if how == "copied":
                copy = out.read_bytes() # perhaps in the middle of a write, which is long
                (tmp_path / f"out.{number}").write_bytes(copy[:copy.rfind(b"\n") + 1])
                os.truncate(out, 0)
                continue
            out.rename(tmp_path / f"out.{number}") if how == "moved" else out.unlink()
            running.send_signal(signal.SIGHUP)
        feeder.join()
        said = running.stderr.read()
        assert running.wait(20) == 0, said
    counted = statistics(said)
    check_accounts(counted)
    assert counted["events"]["written"] == fed[0] and counted["events"]["lost"] == 0
    found = [value(e, "proto_http")["uri_path"] for path in tmp_path.iterdir()
             for e in rules.parse_lines(path.read_bytes())]
    assert len(set(found)) == len(found)
    if how == "moved":
        assert sorted(found, key=lambda p: int(p[1:])) == [f"/{i}" for i in range(fed[0])]


def test_O07_a_file_that_is_added_to(tmp_path):
    """Started anew, with a line that a machine that went down left half."""
    out = tmp_path / "events"
    words = [HTTPWIRE, "-q", "-r", ROOT / "examples" / "web.pcap", "-o", "json", "--output", out, "--append"]
    subprocess.run(words, check=True)
    first = out.read_bytes()
    out.write_bytes(first + first[:20])
    subprocess.run(words, check=True)
    assert first and out.read_bytes() == first + first[:20] + b"\n" + first


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: to be somebody else")
def test_O07_a_file_that_may_not_be_read_is_not_added_to(tmp_path):
    """Whether its last line is whole cannot be seen."""
    out = tmp_path / "events"
    out.write_bytes(b'{"half')
    out.chmod(0o222)
    tmp_path.chmod(0o777)
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", HTTPWIRE, "-r", "-", "-o", "json",
                           "--output", "events", "--append"], cwd=tmp_path, capture_output=True, check=False,
                          input=(ROOT / "examples" / "web.pcap").read_bytes())
    assert done.returncode == 1 and done.stderr == b"httpwire: events: Permission denied\n"
    assert out.read_bytes() == b'{"half'


@pytest.mark.parametrize("more", [["-o", "csv"], ["-o", "har"], ["-C", "1"], ["-G", "1"], ["--output", "-"]])
def test_O07_what_is_a_file_by_itself_is_not_added_to(tmp_path, more):
    """A document, files in turn, and what is no file are refused."""
    done = subprocess.run([HTTPWIRE, "-r", ROOT / "examples" / "web.pcap", "--output", tmp_path / "f", "--append", *more],
                          capture_output=True, check=False)
    assert done.returncode == 2 and b"--append goes with --output" in done.stderr


def whole_lines(written):
    """Without the last one if it is cut where the kernel looks for signals: between two pages."""
    return written[:written.rindex(b"\n") + 1] if written and len(written) % 4096 == 0 else written


@pytest.mark.parametrize("more", [(), ("-l",), ("-C", "1")], ids=["gathered", "each-line", "rotated"])
def test_O08_killed_at_any_moment(tmp_path, more):
    """After kill -9 the file has whole lines only, from the first on; but where the kernel ends a write."""
    made = Capture()
    for number in range(3000):
        Talk(made, client=("10.0.0.1", 1024 + number), handshake=False).data(0, GET % number)
    path = made.write(tmp_path / "in.pcap")
    source = [word for _ in range(20) for word in ("-r", path)]
    for delay in (0.03, 0.05, 0.07, 0.1, 0.15, 0.2):
        folder = tmp_path / str(delay)
        folder.mkdir()
        with subprocess.Popen([HTTPWIRE, "-q", "-o", "json", "--output", folder / "out", *more, *source]) as running:
            time.sleep(delay)
            running.kill()
        files = sorted(folder.iterdir(), key=lambda p: int(p.name[3:] or 0))
        found = [value(e, "proto_http")["uri_path"] for p in files for e in rules.parse_lines(whole_lines(p.read_bytes()))]
        assert found[:3000] == [f"/{i}" for i in range(len(found[:3000]))]


def test_O08_the_reader_of_a_pipe(tmp_path):
    """A reader of a pipe has whole lines up to where its writer was killed."""
    made = Capture()
    for number in range(3000):
        Talk(made, client=("10.0.0.1", 1024 + number), handshake=False).data(0, GET % number)
    path = made.write(tmp_path / "in.pcap")
    with subprocess.Popen([HTTPWIRE, "-q", "-o", "json", "-r", path, "-l"], stdout=subprocess.PIPE) as running:
        got = running.stdout.read(20_000)
        running.kill()
        got += running.stdout.read()
    whole = got[:got.rindex(b"\n") + 1]
    assert [value(e, "proto_http")["uri_path"] for e in rules.parse_lines(whole)] == [
        f"/{i}" for i in range(whole.count(b"\n"))]
    assert len(got) - len(whole) < 4096


def test_O08_a_file_that_may_not_grow(tmp_path):
    """An error of the write, not the end of the program: what is there is a whole document."""
    capture = Capture()
    for number in range(200):
        talk = Talk(capture, client=("10.0.0.1", 1000 + number))
        talk.send(0, GET % number)
        talk.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    done = subprocess.run(["prlimit", "--fsize=20000", HTTPWIRE, "-q", "-r", capture.write(tmp_path / "in.pcap"), "-o", "har",
                           "--output", tmp_path / "out"], capture_output=True, check=False)
    assert done.returncode == 1 and done.stderr.endswith(b"out: File too large\n")
    assert json.loads((tmp_path / "out").read_bytes())["log"]["entries"]
