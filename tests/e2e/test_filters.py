# SPDX-License-Identifier: BSD-2-Clause
"""
Filters against real captures: how many messages match, and that tshark says the same.

tests/data/filters.tsv has an expression a line, the number of messages that it matches in
each capture, and, where tshark is not to be asked, the reason. tshark is asked once for a
capture: each expression is a macro and a column of its statistics, which are how many
frames match and the sum of their numbers. Where a field of requests is in an expression
it is about requests alone, since our responses have those fields, too.
"""
import json
import re
import shutil
import subprocess

import pytest

import tables
from lab import DATA, ROOT, Capture, Connection, httpwire, lines

CAPTURES = {"web": ROOT / "examples/web.pcap", "live": DATA / "spec/live.pcap",
            "synth": DATA / "spec/synth.pcap"}
# Of others: where tshark and we agree on what the messages are (test_corpus.py).
CORPUS = ["PcapPlusPlus/Tests__Pcap_Test__PcapExamples__three_http_streams.pcap",
          "packetbeat/system__pcaps__wsgi_loopback.pcap",
          "suricata-verify/http-range-multiflows__input.pcap",
          "PcapPlusPlus/Tests__Pcap_Test__PcapExamples__4KHttpRequests.pcap",
          "zeek/http__bro.org.pcap",
          "zeek/http__http-body-match.pcap"]
MESSAGES = "(http.request or http.response)"
OF_REQUESTS = re.compile(r"http\.(host|request\.(method|uri))")
TABLE = [(expression, dict(zip(CAPTURES, map(int, counts))), reason)
         for expression, *counts, reason in tables.rows(DATA / "filters.tsv")]
COMPARED = [expression for expression, _, reason in TABLE if not reason]


def frames(capture, expression, *args):
    """The numbers of the frames that complete the messages that match."""
    done = httpwire("-q", "-r", capture, "-o", "json", "-Y", expression, *args, check=False)
    if done.returncode == 2 and b" of events that are not shown: -e " in done.stderr:
        return []
    assert done.returncode == 0, (expression, done.stderr)
    return [json.loads(line)["httpwire"]["frame"] for line in done.stdout.splitlines()]


def tshark(capture, *args, folder="/nonexistent"):
    # A message is complete with its head, as with us, not with its body.
    done = subprocess.run(
        ["tshark", "-r", capture, "-o", "http.desegment_body:FALSE", *args],
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder), "WIRESHARK_CONFIG_DIR": str(folder)},
        capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def common_frames(capture):
    """Frames that complete one message, the same for both; test_corpus.py is about others."""
    ours = frames(capture, MESSAGES)
    theirs = set(map(int, tshark(capture, "-Y", MESSAGES, "-T", "fields", "-e",
                                 "frame.number").split()))
    common = {n for n in ours if ours.count(n) == 1 and n in theirs}
    assert len(common) > len(ours) / 3
    return common


def scoped(expression):
    return f"({expression}) and {'http.request' if OF_REQUESTS.search(expression) else MESSAGES}"


def said_by_tshark(capture, expressions, folder):
    """Per expression (number of frames, sum of their numbers)."""
    macros = [expression.replace("\\", "\\x5c").replace('"', "\\x22") for expression in expressions]
    (folder / "dfilter_macros").write_text(
        "".join(f'"m{i}","{macro}"\n' for i, macro in enumerate(macros)))
    columns = [f"{kind}(frame.number)frame.number && (${{m{i}}})"
               for i in range(len(macros)) for kind in ("COUNT", "SUM")]
    out = tshark(capture, "-q", "-z", ",".join(["io,stat,0", *columns]), folder=folder)
    row = re.findall(r"^\| *[\d.]+ *<> *[\d.]+ *\|(.*)$", out, re.M)[-1]
    numbers = [int(n) for n in row.rstrip("|").split("|")]
    assert len(numbers) == 2 * len(macros)
    return list(zip(numbers[::2], numbers[1::2]))


def differences(capture, folder):
    common = common_frames(capture)
    among = f"frame.number in {{{', '.join(map(str, sorted(common)))}}}"
    expressions = [f"{scoped(expression)} and {among}" for expression in COMPARED]
    for expression, theirs in zip(COMPARED, said_by_tshark(capture, expressions, folder)):
        ours = set(frames(capture, scoped(expression))) & common
        if (len(ours), sum(ours)) != theirs:
            yield expression, sorted(ours), theirs


@pytest.fixture(name="folder")
def fixture_folder(tmp_path):
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    return tmp_path


def test_the_table_is_long():
    assert len(TABLE) >= 200 and len(COMPARED) >= 200


@pytest.mark.parametrize("name", CAPTURES)
def test_counts(name):
    wrong = [(expression, counts[name], found) for expression, counts, _ in TABLE
             if (found := len(frames(CAPTURES[name], expression))) != counts[name]]
    assert not wrong


@pytest.mark.parametrize("name", CAPTURES)
def test_as_tshark(name, folder):
    assert not list(differences(CAPTURES[name], folder))


@pytest.mark.parametrize("name", CORPUS)
def test_as_tshark_in_captures_of_others(name, folder, shared):
    assert not list(differences(shared / "corpus/pcaps" / name, folder))


DNS = ["dns", "dns.a == 192.0.2.2", "dns.aaaa == 2001:db8::/32", 'dns.cname == "c.example.test"',
       "dns.count.add_rr == 1", "dns.count.answers == 2", "dns.count.auth_rr == 0", "dns.count.queries == 1",
       "dns.flags.opcode == 0", "dns.flags.rcode == 3", "dns.flags.recavail == 1", "dns.flags.recdesired == 1",
       "dns.flags.response == 1", "dns.flags.response == 0", "dns.flags.truncated == 0",
       "dns.flags.response == 1 and dns.flags.authoritative == 0", "dns.id > 0x1244",
       'dns.mx.mail_exchange contains "example"',
       'dns.ns == "ns1.example.test"', 'dns.ptr.domain_name == "p.example.test"', "dns.qry.class == 1",
       'dns.qry.name == "example.test"', "dns.qry.type == 28", "dns.resp.class == 1",
       'dns.resp.name == "example.test" and not dns.resp.type == 33', # tshark has no such name of SRV
       "dns.resp.ttl == 5", "dns.resp.ttl > 5", "dns.resp.type == 16"]


def test_dns_as_tshark(folder):
    capture = CAPTURES["live"]
    for expression, theirs in zip(DNS, said_by_tshark(capture, DNS, folder)):
        ours = frames(capture, expression, "-e", "net_packet_dns")
        assert ours and (len(ours), sum(ours)) == theirs, expression


# ---- exchanges ----

def times_by_tshark(capture):
    """http.time of each frame that completes one response, in ns; bodies count."""
    done = subprocess.run(["tshark", "-r", capture, "-Y", "http.time", "-T", "fields", "-e",
                           "frame.number", "-e", "http.time"],
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}, capture_output=True,
                          text=True, check=True, timeout=300)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    return {int(frame): round(float(time) * 1e9) for frame, time in rows if "," not in time}


def response_frames(capture, expression):
    return frames(capture, expression, "-e", "net_http_exchange")


def check_times(capture, least):
    theirs = times_by_tshark(capture)
    ours = response_frames(capture, "http.time")
    common = {n for n in ours if ours.count(n) == 1 and n in theirs}
    assert len(common) >= least # tshark knows fewer methods, and pairs less
    for limit in sorted({theirs[n] for n in common})[:20]:
        for relation, wanted in (("<=", {n for n in common if theirs[n] <= limit}),
                                 (">", {n for n in common if theirs[n] > limit}),
                                 ("==", {n for n in common if theirs[n] == limit})):
            expression = f"http.time {relation} {limit}ns"
            assert common & set(response_frames(capture, expression)) == wanted, expression


@pytest.mark.parametrize("name, least", [("web", 11), ("live", 11)])
def test_times_as_tshark(name, least, folder):
    check_times(CAPTURES[name], least)


@pytest.mark.parametrize("name, least", [(CORPUS[0], 3), (CORPUS[1], 1), (CORPUS[2], 41),
                                         (CORPUS[4], 26), (CORPUS[5], 10)])
def test_times_as_tshark_in_captures_of_others(name, least, folder, shared):
    check_times(shared / "corpus/pcaps" / name, least)


# An expression, and how many of the 13 exchanges of web.pcap it is of.
OF_EXCHANGES = {
    "http": 13, "http.request and http.response": 13, "http.duration": 13, "tunnel": 0,
    "http.request.method == GET and http.response.code == 404": 3,
    "http.host == \"www.example.org\" and http.response.code >= 300": 5,
    "http.end == complete": 13, "http.end != complete": 0, "http.waited": 0,
    "http.response.body_size == 153": 4, "http.request.body_size > 0": 2,
    "http.duration >= 1ms": 2, "http.duration < 1ms": 11, "http.ttfb > 7ms or http.time > 7ms": 1,
    "http.request_in < http.response_in": 13, "connection.number == 2": 2,
    "http.content_type contains \"text/html\"": 10,
    "http.header[\"Content-Type\"] == \"application/x-www-form-urlencoded\"": 2,
    "http.request.full_uri contains \"http://www.example.org/\"": 8,
    "http.route == \"/style.css\"": 2, "anomaly": 1, "event == net_http_exchange": 13,
}


@pytest.mark.parametrize("expression", OF_EXCHANGES)
def test_of_exchanges(expression):
    assert len(response_frames(CAPTURES["web"], expression)) == OF_EXCHANGES[expression]


@pytest.mark.parametrize("args, said", [
    (["-Y", "http.time > 0.1"], "-Y: http.time is of events that are not shown: -e net_http_exchange"),
    (["-Y", "http", "-Y", "frame.number == http.request_in"],
     "-Y: http.request_in is of events that are not shown: -e net_http_exchange"),
    (["-Y", "http.time > 0.1 or ip.ttl == 1"], "-Y: http.time is of events that are not shown: -e net_http_exchange"),
    (["-Y", "event == net_packet_udp"], "-Y: it is of events that are not shown: -e net_packet_udp"),
    (["-Y", "http and icmp"], "-Y: icmp is of events that are not shown: -e net_packet_icmp"),
    (["-Y", "event == net_packet_udp and http", "-e", "network_events"], "-Y: it can hold for no event"),
    (["-e", "net_packet_http_request", "--status", "404"],
     "--host, --path, --method, --status, --errors, --port, --slow: http.response.code is of events that are not "
     "shown: -e net_packet_http,net_packet_http_response,net_http_exchange")])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_no_event_can_be_is_refused(args, said, workers):
    done = httpwire("-r", CAPTURES["web"], "-o", "json", "--workers", workers, *args, check=False)
    assert (done.returncode, done.stdout, done.stderr.decode()) == (2, b"", f"httpwire: {said}\n")


def test_one_event_that_may_be_so_is_enough():
    assert frames(CAPTURES["web"], "http.time > 0.1 or http.response.code == 404")
    assert not frames(CAPTURES["web"], "http.time > 1d", "-e", "net_packet_http,net_http_exchange")


def test_errors_of_messages_are_half_of_them():
    said = httpwire("-r", CAPTURES["web"], "-o", "json", "--errors", "--stats", "none").stderr
    assert said.startswith(b"httpwire: --errors: requests that were not answered are in net_http_exchange (-e)")
    assert not httpwire("-q", "-r", CAPTURES["web"], "-o", "json", "--errors").stderr
    assert not httpwire("-r", CAPTURES["web"], "--errors", "--stats", "none").stderr


def test_fields_have_events():
    listed = {f["name"]: f["events"] for f in map(json.loads, lines("fields", "-o", "json"))}
    every = {e["name"] for e in map(json.loads, lines("events", "-o", "json"))}
    assert listed["http.time"] == listed["trace.id"] == ["net_http_exchange"]
    assert listed["tunnel.end"] == ["net_http_tunnel"] and listed["ip.ttl"] == ["net_packet_ipv4"]
    assert set(listed["process.pid"]) == set(listed["frame.number"]) == every
    assert listed["connection.role"] == ["net_http_exchange", "net_http_tunnel"]
    assert listed["http.response.code"] == ["net_packet_http", "net_packet_http_response", "net_http_exchange"]
    text = httpwire("fields", "-o", "text").stdout.decode()
    assert "text          method [net_packet_http*, net_http_exchange]\n" in text
    assert "number        both ports [not net_packet_udp, net_packet_icmp, net_packet_icmpv6]\n" in text
    assert "number        process id on the host\n" in text


def test_values_are_listed():
    """Where a field can be one of a few words its meaning has them all, and so has an error."""
    listed = {f["name"]: f for f in map(json.loads, lines("fields", "-o", "json"))}
    few = {name: f["values"] for name, f in listed.items() if len(f.get("values", [])) in range(1, 13)}
    assert {"direction", "connection.role", "http.end", "incomplete", "dns.incomplete"} <= set(few)
    assert "net_packet_tcp" in listed["event"]["values"] and "bare_lf" in listed["anomaly"]["values"]
    for name, values in few.items():
        meaning = listed["http.end" if name == "tunnel.end" else name]["meaning"]
        assert set(values) <= set(re.findall(r"\w+", meaning)), name
        done = httpwire("-r", CAPTURES["web"], "-e", "network_events,exchanges", "-Y", f"{name} == \"%\"", check=False)
        assert done.returncode == 2 and f"not one of its values: {', '.join(values)}\n".encode() in done.stderr
        for value in values:
            httpwire("-r", CAPTURES["web"], "-q", "-e", "network_events,exchanges", "-Y", f"{name} == \"{value}\"")
    for name in ("event", "anomaly"):
        done = httpwire("-r", CAPTURES["web"], "-Y", f"{name} == \"%\"", check=False)
        assert f"its values; 'httpwire fields -o json {name}' lists them\n".encode() in done.stderr


@pytest.mark.parametrize("args, nr", [(["--slow", "1ms"], 2), (["--slow", "1"], 0), (["--errors"], 6),
                                      (["--errors", "--slow", "1.5ms"], 1), (["--status", "2xx"], 5),
                                      (["--errors", "--status", "404"], 3), (["--errors", "--status", "2xx"], 0)])
def test_short_options_of_exchanges(args, nr):
    assert len(lines("-q", "-r", CAPTURES["web"], *args)) == nr


def test_fields_of_headers_are_those_received(tmp_path):
    made = Capture()
    c = Connection(made)
    c.send(0, b"GET / HTTP/1.1\r\nHost: h\r\nPragma: no-cache\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\n\r\n")
    capture = made.write(tmp_path / "made.pcap")
    printed = b"".join(lines("-r", capture, "-o", "json"))
    for name, nr in (("Pragma", 1), ("Cache-Control", 0), ("Connection", 1), ("Transfer-Encoding", 1), ("Trailer", 1)):
        assert len(frames(capture, f'http.header["{name}"]')) == nr
        assert (f'"{name}":['.encode() in printed) == (name in ("Pragma", "Cache-Control"))


LONG = "x" * 70_000  # more than functions of a filter look at


@pytest.mark.parametrize("option, glob", [
    ("--path", "*/needle"), ("--path", "*/n??dle"), ("--path", "/x*e"),
    ("--host", "*.Needle.example"), ("--host", "*needle.EXAMPLE"), ("--host", "x*.e*e")])
def test_globs_see_what_is_behind_64_kib(tmp_path, option, glob):
    capture = Capture()
    for host, path in (("a.example", "/a"), ("b.needle.example", "/b/needle"),
                       (f"x{LONG}.needle.example:80", f"/x{LONG}/needle")):
        c = Connection(capture, client=("10.0.0.1", 40000 + len(capture.packets)))
        c.send(0, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(), 60_000)
        c.close(0)
        c.close(1)
    found = lines("-q", "-r", capture.write(tmp_path / "x.pcap"), option, glob)
    assert len(found) == (1 if glob[0] in "/x" else 2)
