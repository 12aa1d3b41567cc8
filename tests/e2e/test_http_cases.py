# SPDX-License-Identifier: BSD-2-Clause
"""
Messages and streams out of other parsers' tests (llhttp, curl, libhtp, Go, picohttpparser,
http-garden), each in a connection of its own.

What those parsers accept, httpwire reads as they do: as many messages, with the same method
and target or status, and the same headers. What they reject, httpwire does not pass off as
clean: it shows an anomaly, an incomplete message, a bad body, or nothing. Where another
choice was made, tests/data/http-cases-exceptions.tsv has the case and the reason; an entry
that is not needed fails too.
"""
import base64
import collections
import json

import pytest

import tables
from lab import DATA, SHARED, Capture, Connection, httpwire, value

PORT = 10000
# What Tracee's proto_http has not, since Go's net/http takes it out.
TAKEN_OUT = {"host", "transfer-encoding", "content-length", "trailer", "connection", "cache-control"}
MARK = b"HTTP/1.1 299 Mark\r\nContent-Length: 0\r\n\r\n"


def cases():
    path = SHARED / "corpus" / "http-cases.jsonl"
    return [json.loads(line) for line in path.open(encoding="utf-8")] if path.exists() else []


CASES = cases()
LISTED = dict(tables.rows(DATA / "http-cases-exceptions.tsv"))


def pieces(case):
    """(side, bytes): what is sent in the connection of the case."""
    data = base64.b64decode(case["input_base64"])
    if case["kind"] == "stream":
        return [(0 if s["dir"] == "c2s" else 1, base64.b64decode(s["base64"])) for s in case["segments"]]
    if case["kind"] == "headers":
        return [(0, b"GET / HTTP/1.1\r\n" + data)]
    if case["kind"] == "chunked-body":
        end = b"" if case["expect"].get("consume_trailer") else b"\r\n"
        return [(1, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data + end), (1, MARK)]
    return [(0 if case["kind"] == "request" else 1, data)]


@pytest.fixture(scope="module", name="said")
def fixture_said(tmp_path_factory):
    """Events by the number of their case."""
    made = Capture()
    for number, case in enumerate(CASES):
        connection = Connection(made, client=("10.0.0.1", PORT + number))
        for side, data in pieces(case):
            connection.send(side, data, cut=16384)
        connection.close(0)
        connection.close(1)
    path = made.write(tmp_path_factory.mktemp("cases") / "cases.pcap")
    found = collections.defaultdict(list)
    for line in httpwire("-q", "-r", path, "-o", "json", "--show-secrets", timeout=300).stdout.splitlines():
        event = json.loads(line)
        found[max(value(event, "src_port"), value(event, "dst_port")) - PORT].append(event)
    return found


def whole(events):
    return [e for e in events if not e["httpwire"]["incomplete"]]


def name_of(event):
    http = value(event, "proto_http")
    if http["direction"] == "request":
        return [http["method"], event["httpwire"]["target"]]
    return [http["status_code"], None]


def expected_names(case):
    messages = case["expect"].get("messages") or []
    return [[m["method"], m["url"]] if "method" in m else [m.get("status_code", m.get("status")), None]
            for m in messages if m.get("complete", True) and m.keys() & {"method", "status", "status_code"}]


def plain(pairs):
    """Comparable; picohttpparser gives a folded line as a header without a name."""
    unfolded = []
    for name, text in pairs:
        if name is None and unfolded:
            unfolded[-1] = (unfolded[-1][0], f"{unfolded[-1][1].strip()} {text.strip()}")
        else:
            unfolded.append(((name or "").lower(), text.strip()))
    return sorted(pair for pair in unfolded if pair[0] not in TAKEN_OUT)


def headers_of(event):
    headers = value(event, "proto_http")["headers"]
    return plain((name, v) for name, values in headers.items() for v in values)


def check_accepted(case, events):
    """What is wrong, or None."""
    names = [name_of(e) for e in whole(events)]
    if case["kind"] == "chunked-body":
        return None if names == [[200, None], [299, None]] else f"messages {names}"
    if case["kind"] == "headers":
        want = plain(case["expect"]["messages"][0]["headers"])
        return None if headers_of(events[0]) == want else f"headers {headers_of(events[0])}"
    if case.get("oracles_agree"):
        # Parsers of one side stop at a CONNECT or a close; who watches both goes on.
        oracle = case["oracles"]["node20_llhttp"]
        if oracle["n"] == 0:
            odd = any(e["httpwire"]["anomalies"] for e in events)
            return None if odd or not events else "passed as clean"
        if len(names) < oracle["n"] or names[0] != oracle["first"]:
            return f"messages {names}, not {oracle['n']} of which the first {oracle['first']}"
    want = expected_names(case)
    if want and names != want:
        return f"messages {names}, not {want}"
    for event, message in zip(whole(events), case["expect"].get("messages") or []):
        if "headers" in message and headers_of(event) != plain(message["headers"]):
            return f"headers {headers_of(event)}, not {plain(message['headers'])}"
    return None


def bad_bodies(case, tmp_path):
    """Bodies that broke their framing, and bytes after the message, in the case alone."""
    made = Capture()
    connection = Connection(made)
    for side, data in pieces(case):
        connection.send(side, data)
    done = httpwire("-r", made.write(tmp_path / "case.pcap"), "-o", "json", "--stats", "json")
    counted = json.loads(done.stderr.splitlines()[-1])["messages"]
    return counted["bad_bodies"] + counted["odd_bodies"] + counted["not_http_bytes"]


def check_rejected(case, events, tmp_path):
    odd = [e for e in events if e["httpwire"]["anomalies"] or e["httpwire"]["incomplete"]]
    if not events or odd or bad_bodies(case, tmp_path):
        return None
    return f"passed as clean: {[name_of(e) for e in events]}"


def check_stream(case, events):
    """libhtp's own expectations, as far as they name requests and statuses."""
    names = [name_of(e) for e in events]
    methods = [n[0] for n in names if n[1] is not None]
    statuses = [n[0] for n in names if n[1] is None]
    if len(methods) < len(case["expect"]["request_methods"]):
        return f"requests {methods}, not {case['expect']['request_methods']}"
    missing = collections.Counter(map(int, case["expect"]["response_status"])) - \
        collections.Counter(statuses)
    return f"no response {missing}" if missing else None


def check(case, events, tmp_path):
    verdict = case["expect"].get("verdict")
    if case["kind"] == "stream":
        return check_stream(case, events)
    if verdict in ("accept", "upgrade") and (case.get("oracles_agree") or case["source"] != "curl/curl"):
        return check_accepted(case, events)
    if verdict in ("reject", "anomaly"):
        return check_rejected(case, events, tmp_path)
    if verdict == "accept-so-far" and case.get("oracles_agree"):
        want = expected_names(case)
        return None if [name_of(e) for e in events][:len(want)] == want else "another beginning"
    return None


@pytest.mark.parametrize("number", range(len(CASES)), ids=[c["id"] for c in CASES])
def test_case(number, said, shared, tmp_path):
    case = CASES[number]
    wrong = check(case, said[number], tmp_path)
    if case["id"] in LISTED:
        assert wrong, "listed as an exception, but is none"
    else:
        assert wrong is None, f"{case['name']}: {wrong}\n{base64.b64decode(case['input_base64'])[:600]}"
