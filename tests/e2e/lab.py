# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/lab.py - captures made by hand, and httpwire run on them"""
import functools
import json
import os
import pathlib
import socket
import struct
import subprocess
import zlib

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
HTTPWIRE = pathlib.Path(os.environ.get("HTTPWIRE", ROOT / "build" / "httpwire"))
SANITIZED = HTTPWIRE.exists() and any(name in HTTPWIRE.read_bytes() for name in (b"__asan_init", b"__tsan_init"))
BUILD = HTTPWIRE.parent
SHARED = pathlib.Path(os.environ.get("HW_SHARED", ROOT.parent / "shared"))

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def httpwire(*args, stdin=b"", check=True, timeout=60, env=None):
    """Run httpwire; returns the finished process, output as bytes."""
    done = subprocess.run([str(HTTPWIRE), *map(str, args)], input=stdin, capture_output=True,
                          timeout=timeout, check=False, env={**os.environ, **(env or {})})
    if check:
        assert done.returncode == 0, (args, done.returncode, done.stderr.decode())
    if b'{"event":"stats"' in done.stderr:
        check_accounts(statistics(done.stderr))
    return done


def lines(*args, **more):
    """The lines that httpwire prints, as bytes, without their ends; its accounts are checked."""
    out = httpwire(*args, *([] if "--stats" in args else ["--stats", "json"]), **more).stdout
    assert out == b"" or out.endswith(b"\n")
    return out.split(b"\n")[:-1]


@functools.lru_cache(maxsize=None)
def schema(name, *args):
    """What judges events of that name."""
    return jsonschema.Draft202012Validator(
        json.loads(httpwire("events", name, "-o", "json", *args).stdout))


def check_schema(event):
    """An event of form A is what its schema says."""
    if jsonschema:
        schema(event["eventName"], *([] if "httpwire" in event else ["--strict"])).validate(event)


def events(*args, **more):
    """The events that httpwire prints in form A, parsed; the first ones are judged."""
    parsed = [json.loads(line) for line in lines("-o", "json", *args, **more)]
    for event in parsed[:20]:
        check_schema(event)
    return parsed


def value(event, name):
    """The value of an argument of a form A event."""
    return next(a["value"] for a in event["args"] if a["name"] == name)


def raw_deflate(data):
    """RFC 1951, without the header of zlib: what some servers send as `deflate`."""
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def raw_value(line, marker):
    """The text of the JSON value that follows `marker` in a line, to the letter."""
    start = line.index(marker) + len(marker)
    _, end = json.JSONDecoder().raw_decode(line[start:].decode("utf-8", "surrogateescape"))
    return line[start:].decode("utf-8", "surrogateescape")[:end]


def tshark_fields(path, *fields, only=""):
    """What tshark says of each packet of a file: these fields, as texts."""
    done = subprocess.run(["tshark", "-n", "-r", str(path), "-Y", only, "-T", "fields",
                           *(word for f in fields for word in ("-e", f))],
                          capture_output=True, text=True, check=True, env={**os.environ, "TZ": "UTC"})
    return [line.split("\t") for line in done.stdout.splitlines()]


def statistics(stderr):
    """The last statistics that --stats=json printed, parsed."""
    return json.loads([l for l in stderr.splitlines() if l.startswith(b'{"event":"stats"')][-1])


def check_accounts(counted):
    """Everything that came in went somewhere, and to one place only."""
    def total(stage, *but):
        return sum(n for name, n in counted[stage].items() if name not in but)

    packets, tcp, messages = counted["packets"], counted["tcp"], counted["messages"]
    dns, made = counted["dns"], counted["events"]
    assert packets["read"] == total("packets", "read", "bytes")
    assert tcp["bytes"] == sum(tcp[n] for n in ("delivered", "urgent", "duplicate", "refused", "over_limit",
                                                "pending"))
    assert messages["begun"] == messages["complete"] + messages["open"] + sum(
        n for name, n in messages.items() if name.startswith("incomplete_"))
    assert messages["begun"] == messages["requests"] + messages["responses"] + messages["open"]
    assert dns["messages"] == total("dns", "messages")
    assert counted["exchanges"]["ended"] == total("exchanges", "ended", "lost")
    assert made["made"] == made["written"] + made["filtered"] + made["waiting"] + made["lost"]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def tcp_packet(src, sport, dst, dport, seq, ack, flags, payload=b"", window=65535):
    """An IP packet (the family is that of the addresses) with right checksums."""
    family = socket.AF_INET6 if ":" in src else socket.AF_INET
    s, d = socket.inet_pton(family, src), socket.inet_pton(family, dst)
    length = 20 + len(payload)
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, 0x50, flags,
                       window, 0, 0)
    pseudo = (s + d + struct.pack(">BBH", 0, 6, length) if family == socket.AF_INET
              else s + d + struct.pack(">II", length, 6))
    head = head[:16] + struct.pack(">H", checksum(pseudo + head + payload)) + head[18:]
    if family == socket.AF_INET6:
        return struct.pack(">IHBB", 0x60000000, length, 6, 64) + s + d + head + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0x4000, 64, 6, 0, s, d)
    return ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:] + head + payload


def pcapng_block(kind, body):
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


class Capture:
    """A capture of raw IP packets, a millisecond apart."""

    def __init__(self, start_ns=1_700_000_000_000_000_000):
        self.packets = []
        self.now_ns = start_ns

    def add(self, packet, step_ns=1_000_000):
        self.packets.append((self.now_ns, packet))
        self.now_ns += step_ns

    def pcap(self, linktype=101):
        out = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, linktype)]
        for time_ns, packet in self.packets:
            out.append(struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9, len(packet), len(packet)))
            out.append(packet)
        return b"".join(out)

    def pcapng(self, linktype=101):
        """The same; every third packet has a comment."""
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        interface = struct.pack("<HHIHHB7x", linktype, 0, 262144, 9, 1, 9)  # if_tsresol: nanoseconds
        out = [pcapng_block(0x0A0D0D0A, section), pcapng_block(1, interface)]
        for i, (time_ns, packet) in enumerate(self.packets):
            comment = struct.pack("<HH7sx4x", 1, 7, b"comment") if i % 3 == 0 else b""
            head = struct.pack("<IIIII", 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(packet), len(packet))
            out.append(pcapng_block(6, head + packet + bytes(-len(packet) % 4) + comment))
        return b"".join(out)

    def pcapng_of_a_host(self, linktype=101):
        """Each packet as it leaves the one socket and as it reaches the other, both of them on this host."""
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
        interface = struct.pack("<HHIHHB7x", linktype, 0, 262144, 9, 1, 9)  # if_tsresol: nanoseconds
        out = [pcapng_block(0x0A0D0D0A, section), pcapng_block(1, interface)]
        for time_ns, packet in self.packets:
            head = struct.pack("<IIIII", 0, time_ns >> 32, time_ns & 0xFFFFFFFF, len(packet), len(packet))
            for flags in (2, 1):  # epb_flags: outbound, inbound
                out.append(pcapng_block(6, head + packet + bytes(-len(packet) % 4) +
                                        struct.pack("<HHI4x", 2, 4, flags)))
        return b"".join(out)

    def write(self, path):
        path.write_bytes(self.pcap())
        return path


class Connection:
    """One TCP connection in a capture; keeps the sequence numbers of both sides."""

    def __init__(self, capture, client=("10.0.0.1", 40000), server=("192.0.2.9", 80),
                 isn=(1000, 5000), handshake=True):
        self.capture, self.ends = capture, (client, server)
        self.seq = list(isn)
        if handshake:
            self.packet(0, SYN)
            self.seq[0] += 1
            self.packet(1, SYN | ACK)
            self.seq[1] += 1
            self.packet(0, ACK)

    def packet(self, side, flags, payload=b"", seq=None):
        (src, sport), (dst, dport) = self.ends[side], self.ends[1 - side]
        self.capture.add(tcp_packet(src, sport, dst, dport, self.seq[side] if seq is None else seq,
                                    self.seq[1 - side] if flags & ACK else 0, flags, payload))

    def send(self, side, payload, cut=None):
        """Data from side 0 (client) or 1 (server), in segments of at most `cut` bytes."""
        for at in range(0, len(payload), cut or len(payload) or 1):
            piece = payload[at:at + (cut or len(payload))]
            self.packet(side, PSH | ACK, piece)
            self.seq[side] += len(piece)
            self.packet(1 - side, ACK)

    def close(self, side):
        self.packet(side, FIN | ACK)
        self.seq[side] += 1
        self.packet(1 - side, ACK)


def read_packets(path):
    """(index from 1, file header, record) of each packet of a little-endian pcap."""
    data = path.read_bytes()
    at = 24
    index = 1
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        yield index, data[:24], data[at:at + 16 + length]
        at += 16 + length
        index += 1
