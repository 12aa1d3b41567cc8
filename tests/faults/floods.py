# SPDX-License-Identifier: BSD-2-Clause
"""tests/faults/floods.py - captures of very many packets, made quickly: to be read with --checksums off"""
import os
import random
import struct

from frames import RAW, TCP
from lab import ACK, PSH, SYN

LONG = os.environ.get("HW_LONG") # the sizes of the list of faults, which take minutes
START = 1_700_000_000
HEAD = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, RAW)
RECORD = struct.Struct("<IIII")
# IPv4: up to total length; id, flags; ttl, protocol, checksum; addresses. TCP: ports ... urgent.
PACKET = struct.Struct(">BBHIBBHIIHHIIBBHHH")


def packet(src, sport, dst, dport, seq, ack, flags, payload=b""):
    """Addresses are numbers; no checksums."""
    return PACKET.pack(0x45, 0, 40 + len(payload), 0, 64, TCP, 0, src, dst, sport, dport, seq & 0xFFFFFFFF,
                       ack & 0xFFFFFFFF, 0x50, flags, 65535, 0, 0) + payload


def record(data, ns, wire=None):
    """`wire` is the length that it had."""
    return RECORD.pack(START + ns // 10**9, ns % 10**9, len(data), len(data) if wire is None else wire) + data


def pcap(packets, step_ns=1000):
    """The bytes of a capture of them."""
    return HEAD + b"".join(record(data, i * step_ns) for i, data in enumerate(packets))


def syns(nr, seed=1):
    """SYNs from everywhere to everywhere."""
    rng = random.Random(seed)
    for _ in range(nr):
        yield packet(rng.getrandbits(32), rng.getrandbits(16), 0xC0000209, rng.getrandbits(16), rng.getrandbits(32), 0,
                     SYN)


def client(sport, payload, seq=1, src=0x0A000001):
    """Data from a client, in mid-stream."""
    return packet(src, sport, 0xC0000209, 80, seq, 1, PSH | ACK, payload)


def server(dport, payload, seq=1, dst=0x0A000001, flags=PSH | ACK, ack=1):
    return packet(0xC0000209, 80, dst, dport, seq, ack, flags, payload)
