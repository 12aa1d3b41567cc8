# SPDX-License-Identifier: BSD-2-Clause
"""The forms for people: lines of exchanges, in full, as CSV, and as commands that run."""
import csv
import io
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import fcntl

import pytest
from lab import DATA, HTTPWIRE, ROOT, Capture, Connection, httpwire, lines, value
from listener import Listener

WEB = ROOT / "examples/web.pcap"
LINE = re.compile(r"^(\d\d:){2}\d\d\.\d{6} (\S+) +> (\S+) +(\S+) +(?:(\[\S+\]) +)?"
                  r"(\d{3}|-) +(\d\S*|-) +(\d\S*[mu]?s|-)$")


def exchanges(*args):
    return [json.loads(l) for l in lines("-q", "-r", WEB, "-o", "json", "-e", "net_http_exchange", *args)]


def test_text_is_a_line_an_exchange():
    shown = [LINE.match(line.decode()) for line in lines("-q", "-r", WEB)]
    events = exchanges()
    assert len(shown) == len(events) > 10 and all(shown)
    for line, event in zip(shown, events):
        request, response = value(event, "request"), value(event, "response")
        assert line[3] == request["method"]
        assert line[4].endswith(request["target"])
        assert line[6] == str(response["status_code"])


def test_the_columns_stand_below_each_other():
    shown = [line.decode() for line in lines("-q", "-r", WEB)]
    usual = [line for line in shown if len(line) == len(shown[0])]
    assert len(usual) >= len(shown) - 2
    assert len({re.search(r" \d{3} ", line[60:]).start() for line in usual}) == 1


def on_a_terminal(columns, *args, **environment):
    """What httpwire prints on a terminal of that many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen([HTTPWIRE, "-q", *map(str, args)], stdin=subprocess.DEVNULL, stdout=slave,
                          env={**os.environ, "TERM": "xterm", **environment}) as p:
        os.close(slave)
        out = b""
        while select.select([master], [], [], 10)[0]:
            try:
                some = os.read(master, 65536)
            except OSError: # the other end is closed
                break
            out += some
        p.wait(10)
    os.close(master)
    return out.decode().replace("\r\n", "\n").splitlines()


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 132, 200])
def test_a_line_fills_the_terminal(columns):
    shown = on_a_terminal(columns, "-r", WEB, NO_COLOR="1")
    assert len(shown) == len(exchanges())
    assert {len(line) for line in shown} == {columns}
    assert all(re.search(r"  (\d{3}|  -) [ .\w-]{6} +[.\w-]+$", line) for line in shown)


@pytest.mark.parametrize("columns, options", [(70, ["--time", "rfc3339"]), (50, ["-tttt"]), (40, ["--time=clock"])])
def test_a_time_that_was_asked_for_is_there(columns, options):
    for line in on_a_terminal(columns, "-r", WEB, *options, NO_COLOR="1"):
        assert len(line) <= columns and re.match(r"(\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d\.\d{6}", line)


def test_a_terminal_has_colours_unless_told_otherwise():
    coloured = on_a_terminal(100, "-r", WEB)
    plain = on_a_terminal(100, "-r", WEB, NO_COLOR="1")
    assert any("\x1b[32m200" in line for line in coloured)
    assert [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured] == plain


def test_an_exchange_in_full():
    out = httpwire("-q", "-r", WEB, "-o", "text=long", "-t").stdout.decode()
    records = out.split("\n\n")
    assert records.pop() == "" and len(records) == len(exchanges())
    for record, event in zip(records, exchanges()):
        first, *rest = record.split("\n")
        assert " > " in first
        assert all(line[0] in "<>*" for line in rest)
        request = [line[2:] for line in rest if line.startswith("> ")]
        assert request[0].startswith(value(event, "request")["method"])
        assert request[1:] == [f"{h['name']}: {h['value']}" for h in value(event, "request")["headers"]]
        response = [line[2:] for line in rest if line.startswith("< ")]
        assert response[1:] == [f"{h['name']}: {h['value']}" for h in value(event, "response")["headers"]]


def test_dns_has_a_column_for_what_is_asked():
    words = ("-q", "-r", DATA / "spec/live.pcap", "-e", "net_packet_dns")
    out = httpwire(*words, "-o", "csv", "--columns", "question,question_type").stdout.decode()
    asked = [json.loads(line)["httpwire"]["questions"] for line in lines(*words, "-o", "json")]
    assert asked and out.splitlines()[1:] == [f'{q[0]["name"]},{q[0]["type"]}' for q in asked]
    assert httpwire("-q", "-r", WEB, "--columns", "question,status", "-c", "1").stdout.split()[0] == b"-"


@pytest.mark.parametrize("events, has_dns, has_http", [
    ("net_packet_dns", True, False), ("net_packet_dns_response,net_packet_udp", True, False),
    ("net_packet_tcp", False, True), ("network_events", True, True)])
def test_csv_of_dns_says_what_is_asked(events, has_dns, has_http):
    out = httpwire("-q", "-r", DATA / "spec/live.pcap", "-e", events, "-o", "csv").stdout.decode()
    table = list(csv.DictReader(io.StringIO(out, newline="")))
    assert ("question" in table[0], "path" in table[0]) == (has_dns, has_http)
    said = [(row["question"], row["httpwire.rcode"]) for row in table if "dns" in row["event"]]
    assert bool(said) == has_dns and all(name and code for name, code in said)


def test_csv_of_messages_has_their_columns():
    out = httpwire("-q", "-r", WEB, "-o", "csv", "-e", "net_packet_http").stdout.decode()
    table = list(csv.DictReader(io.StringIO(out, newline="")))
    assert {"host", "path", "frame"} < set(table[0]) and "ttfb" not in table[0]
    assert table[0]["method"] == "GET" and table[0]["host"] and table[0]["path"] == "/"
    assert table[1]["status"] == "200" and table[1]["event"] == "net_packet_http"
    for event, names in [("net_packet_http_request", ["method", "host", "path"]), ("net_packet_http_response", ["status"])]:
        out = httpwire("-q", "-r", WEB, "-o", "csv", "-e", event).stdout.decode()
        rows = [row for row in csv.DictReader(io.StringIO(out, newline="")) if row["event"] == event]
        assert rows and [row[name] for row in rows for name in names] == [
            r[name] for r in table if bool(r["method"]) == (event == "net_packet_http_request") for name in names]
    both = httpwire("-q", "-r", WEB, "-o", "csv", "-e", "net_packet_http,net_http_exchange").stdout
    assert b"ttfb" in both.splitlines()[0]


def test_csv_of_a_file_says_of_nobody_that_it_is_root():
    out = httpwire("-q", "-r", WEB, "-o", "csv", "--columns", "method,uid,pid").stdout.decode()
    assert all(line.endswith(",,") for line in out.splitlines()[1:]) and out.count("\n") > 3


def test_csv_of_one_column_has_a_row_for_each_event():
    """An empty line is none to most who read it."""
    whole = list(csv.reader(io.StringIO(httpwire("-q", "-r", WEB, "-o", "csv", "-e", "net_packet_http").stdout.decode(), newline="")))
    out = httpwire("-q", "-r", WEB, "-o", "csv", "-e", "net_packet_http", "--columns", "method").stdout.decode()
    one = list(csv.reader(io.StringIO(out, newline="")))
    assert len(one) == len(whole) and all(len(row) == 1 for row in one) and [""] in one


def test_csv_is_read_by_others():
    out = httpwire("-q", "-r", WEB, "-o", "csv").stdout.decode()
    table = list(csv.DictReader(io.StringIO(out, newline="")))
    events = exchanges()
    assert len(table) == len(events)
    for row, event in zip(table, events):
        assert row["method"] == value(event, "request")["method"]
        assert row["url"] == value(event, "request")["url"]
        assert row["status"] == str(value(event, "response")["status_code"])
        assert row["size"] == str(value(event, "response")["body_size"])
        assert float(row["duration"]) == pytest.approx(value(event, "time")["duration"] / 1e9)


def test_columns_are_chosen():
    paths = "src_port,response.status_code,request.headers.user-agent,time.duration"
    out = httpwire("-q", "-r", WEB, "-o", "csv", "--columns", paths).stdout.decode()
    table = list(csv.reader(io.StringIO(out, newline="")))
    assert table[0] == paths.split(",")
    for row, event in zip(table[1:], exchanges()):
        agent = [h["value"] for h in value(event, "request")["headers"] if h["name"] == "User-Agent"]
        assert row == [str(value(event, "src_port")), str(value(event, "response")["status_code"]),
                       *(agent or [""]), str(value(event, "time")["duration"])]


def test_listed_columns_are_columns():
    names = [line.split()[0].decode() for line in lines("columns")]
    assert len(names) > 30
    listed = [json.loads(line)["name"] for line in lines("columns", "-o", "json")]
    assert listed == names
    done = httpwire("-q", "-r", WEB, "-o", "csv", "--columns", ",".join(names))
    assert done.returncode == 0 and done.stdout.decode().splitlines()[0] == ",".join(names)


# ---- commands that run ----

@pytest.fixture(name="server")
def fixture_server():
    with Listener() as server:
        yield server


def captured(tmp_path, requests):
    """A capture of `requests`, each on a connection of its own, to 127.0.0.1."""
    path = tmp_path / "requests.pcap"
    out = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101)]
    for i, (port, request) in enumerate(requests):
        seq = 1000
        pieces = [(0x18, request[at:at + 60000]) for at in range(0, len(request), 60000)]
        for flags, data in [(2, b""), *pieces, (0x11, b"")]:
            tcp = struct.pack("!HHIIBBHHH", 20000 + i, port, seq, 1, 0x50, flags, 65535, 0, 0) + data
            ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0,
                             b"\x7f\0\0\1", b"\x7f\0\0\1")
            out.append(struct.pack("<IIII", 1700000000 + i, 0, len(ip + tcp), len(ip + tcp)) + ip + tcp)
            seq += len(data) + (flags & 3 != 0)
    path.write_bytes(b"".join(out))
    return path


def test_each_file_of_a_rotation_has_the_names(tmp_path):
    requests = [(80, b"GET /%d%s HTTP/1.1\r\n\r\n" % (i, b"x" * 400)) for i in range(10000)]
    path = captured(tmp_path, requests)
    (tmp_path / "out").mkdir()
    httpwire("-q", "-r", path, "--checksums", "off", "-o", "csv", "--output", tmp_path / "out/put.csv", "-C", "1")
    files = [file.read_text().splitlines() for file in (tmp_path / "out").iterdir()]
    assert len(files) > 1 and {lines[0][:13] for lines in files} == {"time,process,"}
    assert sum(len(lines) - 1 for lines in files) == len(requests)


def fields(head):
    """The start line, and the fields sorted: their order is curl's."""
    first, *rest = head.split(b"\r\n")
    return first, sorted((n.lower(), v.strip()) for n, v in (f.split(b":", 1) for f in rest))


REQUESTS = {
    "plain": b"GET /x?b=1&c=%20 HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: me\r\nAccept: */*\r\n\r\n",
    "a name": b"GET /x HTTP/1.1\r\nHost: nowhere.example:PORT\r\n\r\n",
    "a name without a port": b"GET /x HTTP/1.1\r\nHost: nowhere.example\r\n\r\n",
    "nothing but Host": b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "no Host": b"GET / HTTP/1.0\r\nX: y\r\n\r\n",
    "quotes": b"GET /a'b\"c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: it's \"$HOME\" `id` $(id) \\ !\r\n\r\n",
    "dots": b"GET /a/../b/./c HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "globs": b"GET /[1-3]/{a,b} HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "odd characters": b"GET /a|b^c<d>~ HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "fragment": b"GET /a#b HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "other method": b"PURGE /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "HEAD": b"HEAD /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "to a proxy": b"GET http://b.example/x HTTP/1.1\r\nHost: b.example\r\n\r\n",
    "all": b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n",
    "empty field": b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX-Empty:\r\nX-Two: 2\r\n\r\n",
    "bytes": b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: \x1b[2J\xff\xc3\xa9\r\n\r\n",
    "file name": b"GET /@/etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: @/etc/passwd\r\n\r\n",
    "own agent": b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUser-Agent: -o /tmp/x\r\nAccept: text/html\r\n\r\n",
}


def resent(server, tmp_path, request, *args):
    """What the server got from the command that httpwire made of `request`."""
    request = request.replace(b"PORT", b"%d" % server.port)
    path = captured(tmp_path, [(server.port, request)])
    command = httpwire("-q", "-r", path, "-o", "curl", "--show-secrets", *args).stdout
    assert command.count(b"\n") == 1, command
    done = subprocess.run(["/bin/sh"], input=command.replace(b"curl ", b"curl -q -s ", 1),
                          capture_output=True, timeout=20, check=False, cwd=tmp_path,
                          env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)})
    assert done.returncode == 0, (command, done.stderr)
    assert len(server.got) == 1
    return request, server.got[0]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_command_sends_the_same(server, tmp_path, name):
    request, (head, body) = resent(server, tmp_path, REQUESTS[name])
    assert fields(head) == fields(request.split(b"\r\n\r\n")[0])
    assert not body


BODIES = [b'{"a": "it\'s"}', b"{\n  \"a\": 1\n}\n", b"\0\xff%s\\n'\x1b[2J", b"@/etc/passwd", b"-n", b"\n",
          b"x" * 100000]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_command_sends_the_body(server, tmp_path, body):
    request, (head, got) = resent(
        server, tmp_path, b"POST /form HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body), "--body", "1M")
    assert fields(head) == fields(request.split(b"\r\n\r\n")[0])
    assert got == body


def test_a_command_sends_chunks_where_there_were_some(server, tmp_path):
    request, (head, got) = resent(
        server, tmp_path, b"PUT / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: text/plain\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "--body", "1k")
    assert fields(head) == fields(request.split(b"\r\n\r\n")[0])
    assert got == b"5\r\nabcde\r\n0\r\n\r\n"


def test_secrets_stay_redacted(tmp_path):
    path = captured(tmp_path, [(80, b"GET /?token=secret HTTP/1.1\r\nHost: a\r\n"
                                    b"Authorization: Bearer abcdef\r\nCookie: s=hidden\r\n\r\n")])
    command = httpwire("-q", "-r", path, "-o", "curl").stdout
    assert b"REDACTED" in command
    assert not re.search(b"secret|abcdef|hidden", command)


def test_an_event_less_is_one_of_the_form(tmp_path):
    """-e -NAME takes it out of what the form is for, whichever comes first."""
    made = Capture()
    Connection(made).send(0, b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n")
    path = made.write(tmp_path / "in.pcap")
    whole = httpwire("-q", "-r", path).stdout
    for words in (["-e", "-net_packet_http"], ["-o", "text", "-e", "-net_packet_http"], ["-e", "-flows", "-o", "text"]):
        assert whole and httpwire("-q", "-r", path, *words).stdout == whole
    assert httpwire("-q", "-r", path, "-e", "-net_http_exchange", "-o", "text").stdout.count(b"\n") < whole.count(b"\n")
