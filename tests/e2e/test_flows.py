# SPDX-License-Identifier: BSD-2-Clause
"""net_flow_tcp_begin and net_flow_tcp_end: once per connection, as seen from its client"""
import socket
import struct

import pytest

from lab import ACK, RST, SYN, Connection, checksum, events, tcp_packet, value

CLIENT, SERVER = ("10.0.0.1", 40000), ("192.0.2.9", 80)


def flows(capture, tmp_path, *args):
    return [(e["eventName"].removeprefix("net_flow_tcp_"), value(e, "conn_direction"), value(e, "src"),
             value(e, "src_port"), value(e, "dst"), value(e, "dst_port"), value(e, "src_dns"))
            for e in events("-r", capture.write(tmp_path / "c.pcap"), "-e", "flows", *args)]


def expected(what, direction):
    return (what, direction, *CLIENT, *SERVER, [])


@pytest.mark.parametrize("local, direction", [("10.0.0.0/8", "outgoing"), ("192.0.2.9", "incoming")])
@pytest.mark.parametrize("closer", [0, 1])
def test_begin_and_end(capture, tmp_path, local, direction, closer):
    c = Connection(capture)
    c.send(0, b"hello")
    c.close(closer)
    c.close(1 - closer)
    assert flows(capture, tmp_path, "--local", local) == [expected("begin", direction),
                                                          expected("end", direction)]


def test_what_is_forwarded_has_one_direction(capture, tmp_path):
    """`tcpdump -i any` on a router: each packet comes in, and goes out."""
    c = Connection(capture)
    c.close(0)
    c.close(1)
    path = tmp_path / "c.pcap"
    capture.packets = [(ns, struct.pack(">HHH8sH", to, 1, 6, bytes(8), 0x800) + p)
                       for ns, p in capture.packets for to in (0, 4)]
    path.write_bytes(capture.pcap(113))
    for args in ((), ("--local", CLIENT[0])):
        begin, end = events("-r", path, "-e", "flows", *args)
        assert value(begin, "conn_direction") == value(end, "conn_direction") != ""


def test_a_reset_ends_it(capture, tmp_path):
    c = Connection(capture)
    c.packet(1, RST | ACK)
    c.packet(1, RST | ACK)
    assert flows(capture, tmp_path) == [expected("begin", ""), expected("end", "")]


def test_a_refused_connection_is_none(capture, tmp_path):
    c = Connection(capture, handshake=False)
    c.packet(0, SYN)
    c.seq[0] += 1
    c.packet(1, RST | ACK)
    assert flows(capture, tmp_path) == []


def test_what_is_sent_again_begins_nothing(capture, tmp_path):
    c = Connection(capture)
    c.packet(1, SYN | ACK, seq=c.seq[1] - 1)
    c.packet(0, ACK)
    assert flows(capture, tmp_path) == [expected("begin", "")]


# ---- names of addresses ----

def udp_packet(src, sport, dst, dport, payload):
    ip = bytearray(tcp_packet(src, sport, dst, dport, 0, 0, 0))[:20]
    ip[2:4], ip[9], ip[10:12] = struct.pack(">H", 28 + len(payload)), 17, b"\0\0"
    ip[10:12] = struct.pack(">H", checksum(bytes(ip)))
    return bytes(ip) + struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def answer(question, *records):
    """A response; each record is a name and what it is: an address, or another name."""
    out = struct.pack(">HHHHHH", 7, 0x8180, 1, len(records), 0, 0) + labels(question) + b"\0\1\0\1"
    for name, is_what in records:
        is_address = is_what[0].isdigit()
        data = socket.inet_aton(is_what) if is_address else labels(is_what)
        out += labels(name) + struct.pack(">HHIH", 1 if is_address else 5, 1, 60, len(data)) + data
    return out


def say(capture, message, port=53):
    capture.add(udp_packet("10.0.0.53", port, "10.0.0.1", 5353, message))


def names(capture, tmp_path, *args):
    return [(e["eventName"].removeprefix("net_flow_tcp_"), value(e, "src_dns"), value(e, "dst_dns"))
            for e in events("-r", capture.write(tmp_path / "c.pcap"), *args)]


@pytest.mark.parametrize("args", [["-e", "flows"], ["-e", "flows", "--strict"],
                                  ["-e", "flows,net_packet_dns", "-Y", "tcp"]])
def test_names_come_from_dns_answers(capture, tmp_path, args):
    say(capture, answer("WWW.Shop.test", ("WWW.Shop.test", "edge.cdn.test"), ("edge.cdn.test", SERVER[0])))
    say(capture, answer("me.test", ("me.test", CLIENT[0])))
    say(capture, answer("other.test", ("other.test", "192.0.2.10")))
    c = Connection(capture)
    say(capture, answer("shop.test", ("shop.test", SERVER[0])))
    c.close(0)
    assert names(capture, tmp_path, *args) == [
        ("begin", ["me.test"], ["www.shop.test", "edge.cdn.test"]),
        ("end", ["me.test"], ["shop.test", "www.shop.test", "edge.cdn.test"])]


def test_names_from_dns_over_tcp_and_on_other_ports(capture, tmp_path):
    message = answer("shop.test", ("shop.test", SERVER[0]))
    tcp = Connection(capture, client=("10.0.0.1", 41000), server=("10.0.0.53", 53))
    tcp.send(1, struct.pack(">H", len(message)) + message, cut=10)
    say(capture, answer("local.test", ("local.test", CLIENT[0])), port=5353)
    Connection(capture)
    found = names(capture, tmp_path, "-e", "net_flow_tcp_begin", "-Y", "tcp.port == 80")
    assert found == [("begin", [], ["shop.test"])]
    found = names(capture, tmp_path, "-e", "net_flow_tcp_begin", "-Y", "tcp.port == 80", "--dns-ports", "53,5353")
    assert found == [("begin", ["local.test"], ["shop.test"])]


def test_a_name_is_known_for_an_hour(capture, tmp_path):
    say(capture, answer("shop.test", ("shop.test", SERVER[0])))
    c = Connection(capture)
    capture.now_ns += 3601 * 10**9
    c.close(0)
    assert names(capture, tmp_path, "-e", "flows") == [("begin", [], ["shop.test"]), ("end", [], [])]


def test_names_are_not_there_without_answers(capture, tmp_path):
    query = bytearray(answer("shop.test", ("shop.test", SERVER[0])))
    query[2:4] = b"\1\0"
    say(capture, bytes(query))
    Connection(capture)
    assert names(capture, tmp_path, "-e", "flows") == [("begin", [], [])]
