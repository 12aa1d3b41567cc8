# SPDX-License-Identifier: BSD-2-Clause
"""tests/faults/frames.py - packets with every field in our hands, and captures of them"""
import socket
import struct

from lab import ACK, PSH, Capture, Connection, checksum

RAW, ETHERNET = 101, 1
TCP, UDP, ICMP = 6, 17, 1


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def packed(address):
    return socket.inet_pton(family(address), address)


def ip4(src, dst, protocol, payload, ttl=64, identity=0, fragment=0, total=None, options=b"", first=None):
    """`fragment` is offset / 8 and the flags; `total` and `first` replace what would be right."""
    head = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4 if first is None else first, 0,
                       20 + len(options) + len(payload) if total is None else total, identity, fragment,
                       ttl, protocol, 0, packed(src), packed(dst)) + options
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ip6(src, dst, protocol, payload, flow=0, length=None):
    return struct.pack(">IHBB", 0x60000000 | flow, len(payload) if length is None else length, protocol,
                       64) + packed(src) + packed(dst) + payload


def ip(src, dst, protocol, payload, **more):
    return (ip6 if ":" in src else ip4)(src, dst, protocol, payload, **more)


def tcp(src, sport, dst, dport, seq, ack, flags, payload=b"", window=65535, options=b"", urgent=0, words=None,
        checksum_off_by=0):
    """The segment alone; `words` is the data offset if that shall lie."""
    options += b"\0" * (-len(options) % 4)
    words = 5 + len(options) // 4 if words is None else words
    length = 20 + len(options) + len(payload)
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, words << 4, flags,
                       window, 0, urgent) + options
    pseudo = packed(src) + packed(dst) + (struct.pack(">II", length, TCP) if ":" in src
                                          else struct.pack(">BBH", 0, TCP, length & 0xFFFF))
    right = checksum(pseudo + head + payload)
    return head[:16] + struct.pack(">H", right ^ checksum_off_by) + head[18:] + payload


def udp(src, sport, dst, dport, payload):
    """Without a checksum."""
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def ethernet(packet, tags=b""):
    kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
    return b"\2\0\0\0\0\1\2\0\0\0\0\2" + tags + struct.pack(">H", kind) + packet


def pcap(packets, linktype=RAW, snaplen=262144):
    """Of (time in ns, packet) or (time in ns, packet, length on the wire)."""
    out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, snaplen, linktype)]
    for time_ns, packet, *wire in packets:
        out.append(struct.pack("<IIII", time_ns // 10**9 & 0xFFFFFFFF, time_ns % 10**9, len(packet),
                               wire[0] if wire else len(packet)))
        out.append(packet)
    return b"".join(out)


class Talk(Connection):
    """A connection whose segments may have options, lies and places of their own."""

    def packet(self, side, flags, payload=b"", seq=None, ack=None, outer=None, step_ns=1_000_000, **more):
        """`outer` is for the IP header, `more` for that of TCP."""
        (src, sport), (dst, dport) = self.ends[side], self.ends[1 - side]
        if ack is None:
            ack = self.seq[1 - side] if flags & ACK else 0
        segment = tcp(src, sport, dst, dport, self.seq[side] if seq is None else seq, ack, flags, payload,
                      **more)
        self.capture.add(ip(src, dst, TCP, segment, **(outer or {})), step_ns)

    def data(self, side, payload, at=0, **more):
        """Data `at` bytes behind what was sent; what was sent stays."""
        self.packet(side, PSH | ACK, payload, seq=self.seq[side] + at, **more)

    def sent(self, side, nr, acknowledged=True):
        """What came in data() is sent now, and its receiver has it."""
        self.seq[side] += nr
        if acknowledged:
            self.packet(1 - side, ACK)


__all__ = ["ACK", "PSH", "Capture", "Talk", "ethernet", "ip", "ip4", "ip6", "pcap", "tcp", "udp"]
