# SPDX-License-Identifier: BSD-2-Clause
"""Damaged packets: dropped where they could make a difference"""
import re

import pytest

from lab import ACK, PSH, Capture, Connection, events, httpwire, statistics

BODY = bytes(range(256)) * 24
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY)
REQUEST = b"GET /a HTTP/1.1\r\nHost: a.test\r\n\r\n"
EVIL = b"HTTP/1.1 500 No\r\nX: " + b"e" * 1400 + b"\r\nContent-Length: 0\r\n\r\n"
MESSAGES = ("-e", "net_packet_http", "--checksums", "auto")
EXCHANGES = ("-e", "net_http_exchange")


def spoil(capture):
    """The last packet of it comes damaged, and right in the same moment."""
    time_ns, packet = capture.packets[-1]
    capture.packets[-1:] = [(time_ns, packet[:-1] + bytes([packet[-1] ^ 1])), (time_ns, packet)]


def download(damaged=None, instead=None):
    """A body in five packets, and another answer; `damaged` packets of them come twice. Of
    those `instead` is there before: other bytes with the checksum of none."""
    capture = Capture()
    connection = Connection(capture)
    connection.send(0, REQUEST)
    stream = HEAD + BODY
    for i, at in enumerate(range(0, len(stream), 1400)):
        piece = stream[at:at + 1400]
        if i == damaged and instead:
            connection.packet(1, PSH | ACK, instead[:len(piece)])
            time_ns, packet = capture.packets[-1]
            capture.packets[-1] = (time_ns, packet[:36] + b"\x12\x34" + packet[38:])
        connection.packet(1, PSH | ACK, piece)
        if i == damaged and not instead:
            spoil(capture)
        connection.seq[1] += len(piece)
        connection.packet(0, ACK)
    connection.send(0, REQUEST)
    connection.send(1, b"HTTP/1.1 204 No Content\r\n\r\n")
    return capture


def told(path, *args):
    """The events, but for what numbers packets and says when they came."""
    return [(e["eventName"], [a["value"] for a in e["args"] if a["name"] != "metadata"])
            for e in events("-r", path, *args)]


def counted(path, *args):
    return statistics(httpwire("-r", path, "-o", "json", "--stats", "json", *args).stderr)


@pytest.mark.parametrize("damaged", range(5))
def test_a_damaged_packet_makes_no_difference(tmp_path, damaged):
    whole = download().write(tmp_path / "whole.pcap")
    path = download(damaged).write(tmp_path / "damaged.pcap")
    assert told(path, *MESSAGES) == told(whole, *MESSAGES)


def exchanges(path):
    """But for what came twice: that one was damaged makes no difference to that."""
    return re.sub(r'"retransmitted":[0-9]+,?', "", httpwire("-r", path, "-o", "json", "-e", "net_http_exchange",
                                                            "--stats", "json").stdout.decode())


@pytest.mark.parametrize("damaged", range(5))
def test_nor_to_exchanges(tmp_path, damaged):
    whole = download().write(tmp_path / "whole.pcap")
    path = download(damaged).write(tmp_path / "damaged.pcap")
    assert re.sub('"frame":[0-9]+', "", exchanges(path)) == re.sub('"frame":[0-9]+', "", exchanges(whole))


def test_inside_a_body_that_nobody_wants_it_is_not_looked_for(tmp_path):
    path = download(2).write(tmp_path / "damaged.pcap")
    for args in (MESSAGES, EXCHANGES):
        numbers = counted(path, *args)
        assert numbers["packets"]["bad_checksum"] == 0
        # The head's packet and the body's last one are looked at.
        assert numbers["notes"]["checksum_unread"] == 3
        assert numbers["tcp"]["duplicate"] == 1400
    for damaged in (0, 4):
        path = download(damaged).write(tmp_path / "damaged.pcap")
        assert counted(path, *MESSAGES)["packets"]["bad_checksum"] == 1


@pytest.mark.parametrize("args", [
    ("-e", "net_packet_http", "--checksums", "on"), ("-e", "net_packet_http,net_packet_tcp"),
    ("-e", "net_packet_http,net_flow_tcp_end"), ("-e", "net_http_exchange", "--body=64k"),
    ("-e", "net_packet_http", "-w", "kept.pcap")])
def test_who_is_told_of_packets_is_told_of_right_ones(tmp_path, args, monkeypatch):
    monkeypatch.chdir(tmp_path)
    numbers = counted(download(2).write(tmp_path / "damaged.pcap"), *args)
    assert numbers["packets"]["bad_checksum"] == 1
    assert numbers["notes"]["checksum_unread"] == 0
    if "-w" in args:
        assert counted(tmp_path / "kept.pcap", "-e", "net_packet_http", "--checksums", "on")[
            "packets"]["bad_checksum"] == 0


@pytest.mark.parametrize("damaged", range(5))
def test_nobody_can_slip_in_a_message(tmp_path, damaged):
    """Bytes that a receiver drops, in place of those that it takes."""
    path = download(damaged, EVIL).write(tmp_path / "evil.pcap")
    whole = download().write(tmp_path / "whole.pcap")
    assert told(path, *MESSAGES) == told(whole, *MESSAGES)


def test_nor_into_what_is_not_http(tmp_path):
    capture = Capture()
    connection = Connection(capture, server=("192.0.2.9", 443))
    connection.send(0, b"\x16\x03\x01\x02\x00" + bytes(512))
    connection.send(1, b"\x16\x03\x03\x10\x00" + bytes(3000), cut=1400)
    for start in (EVIL, b"GET /evil HTTP/1.1\r\nHost: e.test\r\nX: " + b"e" * 1200 + b"\r\n\r\n"):
        connection.packet(1, PSH | ACK, start)
        time_ns, packet = capture.packets[-1]
        capture.packets[-1] = (time_ns, packet[:36] + b"\x12\x34" + packet[38:])
    connection.send(1, bytes(1300))
    path = capture.write(tmp_path / "evil.pcap")
    assert told(path, *MESSAGES) == []
    numbers = counted(path, *MESSAGES)
    assert numbers["packets"]["bad_checksum"] == 2
    assert numbers["notes"]["checksum_unread"] == 2


@pytest.mark.parametrize("field, text", [(28, b"\x10\0\0\0"), (24, b"\0\0\0\1"), (33, b"\x19")])
def test_what_it_says_beside_its_bytes_is_not_believed(tmp_path, field, text):
    """Its acknowledgement, number or flags: of the IP packet from byte 20 on."""
    capture = download(2)
    at = next(i for i, (_, p) in enumerate(capture.packets) if capture.packets[i + 1][1][:-1] == p[:-1]
              and capture.packets[i + 1][1] != p)
    time_ns, packet = capture.packets[at]
    capture.packets[at] = (time_ns, packet[:field] + text + packet[field + len(text):])
    path = capture.write(tmp_path / "evil.pcap")
    assert counted(path, *MESSAGES)["packets"]["bad_checksum"] == 1
    assert told(path, *MESSAGES) == told(download().write(tmp_path / "whole.pcap"), *MESSAGES)


def test_workers_look_at_the_same(tmp_path):
    path = download(2).write(tmp_path / "damaged.pcap")
    ones, twos = (counted(path, *MESSAGES, "--workers", n) for n in ("1", "2"))
    assert ones["notes"] == twos["notes"] and ones["packets"] == twos["packets"]
