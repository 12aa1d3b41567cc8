# SPDX-License-Identifier: BSD-2-Clause
"""net_flow_tcp_begin and net_flow_tcp_end: once per connection, as seen from its client"""
import pytest

from lab import ACK, RST, SYN, Capture, Connection, events, value

CLIENT, SERVER = ("10.0.0.1", 40000), ("192.0.2.9", 80)


def flows(capture, tmp_path, *args):
    return [(e["eventName"].removeprefix("net_flow_tcp_"), value(e, "conn_direction"), value(e, "src"),
             value(e, "src_port"), value(e, "dst"), value(e, "dst_port"), value(e, "src_dns"))
            for e in events("-r", capture.write(tmp_path / "c.pcap"), "-e", "flows", *args)]


@pytest.fixture
def capture():
    return Capture()


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
