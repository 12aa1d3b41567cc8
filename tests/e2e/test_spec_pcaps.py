# SPDX-License-Identifier: BSD-2-Clause
"""What Tracee prints for each packet of two captures, httpwire prints to the letter"""
import json

import pytest

from lab import DATA, httpwire, lines, raw_value, read_packets

SPEC = DATA / "spec"
EVENTS = {
    "http": "net_packet_http",
    "http-any-method": "net_packet_http",
    "http_request": "net_packet_http_request",
    "http_response": "net_packet_http_response",
    "tcp": "net_packet_tcp",
    "udp": "net_packet_udp",
    "icmp": "net_packet_icmp",
    "ipv4": "net_packet_ipv4",
    "ipv6": "net_packet_ipv6",
    "dns": "net_packet_dns",
    "dns_request": "net_packet_dns_request",
    "dns_response": "net_packet_dns_response",
}
LOCAL = {"live": ["127.0.0.0/8", "::1"], "synth": ["10.0.0.0/8"]}


def expected(name):
    """(packet, event, the text of its arguments) of each line."""
    marker = b'"data":' if name.endswith("v1beta1") else b'"args":'
    for line in (SPEC / "expected" / f"{name}.jsonl").read_bytes().splitlines():
        parsed = json.loads(line)
        yield parsed["packet"], parsed["event"], raw_value(line, marker)


def local(capture):
    return [word for prefix in LOCAL[capture] for word in ("--local", prefix)]


def printed(path, capture, event, form):
    marker = b'"args":' if form == "json" else b'"data":'
    return [raw_value(line, marker)
            for line in lines("-r", path, "-o", form, "-e", event, "--strict",
                               "--show-secrets", *local(capture))]


def is_subsequence(want, got):
    rest = iter(got)
    return next((text for text in want if text not in rest), None)


@pytest.mark.parametrize("kind", EVENTS)
def test_live(kind):
    want = [text for _, _, text in expected(f"live.{kind}")]
    got = printed(SPEC / "live.pcap", "live", EVENTS[kind], "json")
    assert is_subsequence(want, got) is None


@pytest.mark.parametrize("event", ["net_packet_http", "net_packet_http_request",
                                   "net_packet_http_response"])
def test_live_v1beta1(event):
    want = [text for _, name, text in expected("live.http.v1beta1") if name == event]
    assert want
    got = printed(SPEC / "live.pcap", "live", event, "json-v1beta1")
    assert is_subsequence(want, got) is None


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """Each packet of synth in a capture of its own: the file repeats one connection's bytes."""
    folder = tmp_path_factory.mktemp("synth")
    paths = {}
    for index, head, record in read_packets(SPEC / "synth.pcap"):
        paths[index] = folder / f"{index}.pcap"
        paths[index].write_bytes(head + record)
    return paths


@pytest.mark.parametrize("kind", EVENTS)
def test_synth(kind, alone):
    want = {packet: text for packet, _, text in expected(f"synth.{kind}")}
    for packet, path in alone.items():
        got = printed(path, "synth", EVENTS[kind], "json")
        if packet in want:
            assert want[packet] in got, packet


@pytest.mark.parametrize("event", ["net_packet_http", "net_packet_http_request",
                                   "net_packet_http_response"])
def test_synth_v1beta1(event, alone):
    want = {packet: text for packet, name, text in expected("synth.http.v1beta1") if name == event}
    assert want
    for packet, text in want.items():
        assert text in printed(alone[packet], "synth", event, "json-v1beta1"), packet


def test_synth_pcapng():
    """Big-endian, two interfaces of two link types: two packets, and HTTP in one of them."""
    done = httpwire("-r", SPEC / "synth.pcapng", "-o", "json", "--stats", "json")
    counted = json.loads(done.stderr)
    assert counted["packets"]["read"] == 2
    assert done.stdout.count(b"\n") == 1
