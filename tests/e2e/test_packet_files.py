# SPDX-License-Identifier: BSD-2-Clause
"""
Packets that our writer wrote (tests/judge/rewrite.c), as tshark and tcpdump read them; files
that follow each other, beside those that tcpdump makes of the same packets.
"""
import shutil
import struct
import subprocess

import pytest

from lab import BUILD, DATA, ROOT, tshark_fields

ETHERNET, RAW = 1, 101
FIELDS = ("frame.time_epoch", "frame.cap_len", "frame.len", "frame.encap_type")

needs_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="no tshark")
needs_tcpdump = pytest.mark.skipif(not shutil.which("tcpdump"), reason="no tcpdump")


def run(*command, **more):
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, **more).stdout


def rewrite(*args, **more):
    return run(BUILD / "tests/judge/rewrite", *args, **more)


def capture(packets, linktype=ETHERNET):
    """A pcap file with nanoseconds; a packet is a time, its bytes and their number on the wire."""
    return struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, linktype) + b"".join(
        struct.pack("<IIII", *divmod(ns, 10**9), len(data), wire) + data for ns, data, wire in packets)


def many(nr, size=1000):
    return [(1_700_000_000 * 10**9 + i * 1_000_003, struct.pack(">I", i) * (size // 4), size)
            for i in range(nr)]


@needs_tshark
@pytest.mark.parametrize("name", ["live.pcap", "synth.pcap", "synth.pcapng"])
def test_tshark_reads_the_same_packets(tmp_path, name):
    path = DATA / "spec" / name
    rewrite(path, tmp_path / "out")
    assert tshark_fields(tmp_path / "out", *FIELDS, "ip.src", "tcp.seq_raw", "udp.length") == tshark_fields(
        path, *FIELDS, "ip.src", "tcp.seq_raw", "udp.length")


@needs_tshark
def test_tshark_reads_what_we_say_of_them(tmp_path):
    (tmp_path / "in").write_bytes(capture([
        (1, b"x" * 60, 60), (1_700_000_000_123_456_789, b"y" * 61, 1514), (2**32 * 10**9 - 1, b"z", 1)]))
    rewrite(tmp_path / "in", tmp_path / "out")
    assert tshark_fields(tmp_path / "out", *FIELDS[:3], "frame.comment", "frame.packet_flags_direction",
                  "frame.interface_name") == [
        ["0.000000001", "60", "60", "packet 1 €", "", "unknown"],
        ["1700000000.123456789", "61", "1514", "packet 2 €", "0x00000001", "eth0"],
        ["4294967295.999999999", "1", "1", "packet 3 €", "0x00000002", "unknown"]]


@needs_tshark
def test_capinfos_reads_the_section(tmp_path):
    rewrite(ROOT / "examples/web.pcap", tmp_path / "out")
    said = run("capinfos", tmp_path / "out").decode()
    assert "pcapng" in said and "httpwire " in said and "Linux" in said
    assert "Time precision = nanoseconds (9)" in said and "nanoseconds" in said
    assert "262144" in said and "Number of interfaces in file: 2" in said


@needs_tshark
def test_link_types_may_differ(tmp_path):
    """Two captures, one behind the other: sections of a pcapng file need not be alike."""
    for name, linktype in ("a", ETHERNET), ("b", RAW):
        (tmp_path / name).write_bytes(capture(many(3, 60), linktype))
        rewrite(tmp_path / name, tmp_path / f"{name}.pcapng")
    (tmp_path / "both").write_bytes((tmp_path / "a.pcapng").read_bytes() + (tmp_path / "b.pcapng").read_bytes())
    rewrite(tmp_path / "both", tmp_path / "out")
    assert [f[0] for f in tshark_fields(tmp_path / "out", "frame.encap_type")] == ["1"] * 3 + ["7"] * 3


@needs_tcpdump
def test_tcpdump_reads_it_from_a_pipe(tmp_path):
    (tmp_path / "in").write_bytes(capture(many(50)))
    for more in [], ["-U"]:
        out = rewrite(*more, tmp_path / "in", "-")
        assert len(run("tcpdump", "-n", "-tt", "-r", "-", input=out).splitlines()) == 50


@needs_tcpdump
@pytest.mark.parametrize("options", [["-C1"], ["-C1", "-W3"], ["-C1", "-W1"], ["-C1", "-W11"], ["-C2", "-W2"],
                                     ["-W5"], ["-C1", "-W10", "-G3600"], ["-C1", "-G3600"]], ids=" ".join)
def test_files_are_named_as_by_tcpdump(tmp_path, options):
    packets = many(4500)
    (tmp_path / "in").write_bytes(capture(packets))
    names = {}
    for who, command in {"tcpdump": ["tcpdump", "-Zroot", "-n", "-r", "../in"], "we": None}.items():
        (tmp_path / who).mkdir()
        if command:
            run(*command, *options, "-w", "out%Y", cwd=tmp_path / who)
        else:
            rewrite(*options, "../in", "out%Y", cwd=tmp_path / who)
        names[who] = sorted(p.name for p in (tmp_path / who).iterdir())
    assert names["we"] == names["tcpdump"]
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in (tmp_path / "we").iterdir())
    check_rotated(tmp_path / "we", options, packets)


def check_rotated(folder, options, packets):
    """Each file is a capture; together they have each packet once, or the last of them."""
    found = []
    for path in folder.iterdir():
        lines = run("tcpdump", "-n", "-tt", "-r", path).splitlines()
        found += [line.split()[0] for line in lines]
        if "-C1" in options:
            assert path.stat().st_size < 1_002_000
    assert len(set(found)) == len(found)
    times = [b"%d.%06d" % divmod(ns // 1000, 10**6) for ns, _, _ in packets]
    assert sorted(found) == times[-len(found):]
    if "-W3" not in options and "-W1" not in options and "-W2" not in options:
        assert len(found) == len(packets)
