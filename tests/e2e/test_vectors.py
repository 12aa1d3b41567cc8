# SPDX-License-Identifier: BSD-2-Clause
"""The 323 messages of http-vectors.jsonl, byte for byte, through the whole program"""
import base64
import json

import pytest

from lab import DATA, Capture, Connection, httpwire, lines, raw_value

VECTORS = [(line, json.loads(line)) for line in (DATA / "http-vectors.jsonl").read_bytes().splitlines()]
PORT = 10000  # of the first vector's client; its number in the file is added


@pytest.fixture(scope="module", params=["whole connection", "one packet alone"])
def capture(request, tmp_path_factory):
    """Each vector in a connection of its own, told by the client's port."""
    made = Capture()
    for number, (_, vector) in enumerate(VECTORS):
        whole = request.param == "whole connection"
        connection = Connection(made, client=("10.0.0.1", PORT + number), handshake=whole)
        side = 0 if vector["kind"] == "request" else 1
        if whole:
            connection.send(side, base64.b64decode(vector["input_base64"]))
        else:
            connection.packet(side, 24, base64.b64decode(vector["input_base64"]))
    return made.write(tmp_path_factory.mktemp("vectors") / "vectors.pcap")


def by_vector(printed):
    """Lines by the number of their vector, as (event, line)."""
    found = {}
    for line in printed:
        event = json.loads(line)
        if "args" in event:
            ports = [a["value"] for a in event["args"] if a["name"] in ("src_port", "dst_port")]
        else:
            ports = [a["u_int32"] for a in event["data"] if a["name"] in ("src_port", "dst_port")]
        found.setdefault(max(ports) - PORT, []).append((event, line))
    return found


def test_there_are_323():
    assert len(VECTORS) == 323


def first_messages(found, number):
    """Bodies and pipelined messages may follow the first; the vectors speak of that one."""
    return found.get(number, [])[:1]


def test_strict_form_a(capture):
    found = by_vector(lines("-r", capture, "-o", "json", "--strict", "--show-secrets"))
    for number, (line, vector) in enumerate(VECTORS):
        got = [raw_value(out, b'"type":"trace.ProtoHTTP","value":')
               for _, out in first_messages(found, number)]
        want = [raw_value(line, b'"expected":')] if vector["ok"] else []
        assert got == want, vector["name"]


def test_strict_form_b(capture):
    found = by_vector(lines("-r", capture, "-o", "json-v1beta1", "--strict", "--show-secrets"))
    for number, (line, vector) in enumerate(VECTORS):
        got = [raw_value(out, b'{"name":"proto_http","http":')
               for _, out in first_messages(found, number)]
        want = [raw_value(line, b'"expected_v1beta1":')] if vector["ok"] else []
        assert got == want, vector["name"]


def test_whatever_starts_like_http_is_shown(capture):
    found = by_vector(lines("-r", capture, "-o", "json", "--show-secrets"))
    for number, (line, vector) in enumerate(VECTORS):
        got = first_messages(found, number)
        if not (vector["gate_any"] or vector["ok"]):
            continue
        assert got, vector["name"]
        event, out = got[0]
        if vector["ok"]:
            assert raw_value(out, b'"type":"trace.ProtoHTTP","value":') == \
                raw_value(line, b'"expected":'), vector["name"]
        else:
            assert event["httpwire"]["anomalies"] or event["httpwire"]["incomplete"], vector["name"]


def test_text_shows_each(capture):
    out = httpwire("-r", capture, "-o", "text").stdout
    assert out.count(b"\n") >= sum(1 for _, v in VECTORS if v["ok"])
    assert not any(byte < 0x20 and byte != 0x0A or byte == 0x7F for byte in out)
