# SPDX-License-Identifier: BSD-2-Clause
"""Capture files, whole and damaged, of every kind: row by row of our list of faults (P01 to P16)"""
import gzip
import os
import select
import signal
import struct
import subprocess
import threading
import time

import pytest

from lab import ACK, HTTPWIRE, PSH, check_hostile, events, httpwire, lines, tcp_packet, value

RAW, ETHERNET, COOKED = 101, 1, 113
S = 1_700_000_000
US, NS, PATCHED = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34


def get(number):
    """A packet with a whole request, of a connection of its own."""
    return tcp_packet("10.0.0.1", 40000 + number, "192.0.2.9", 80, 1, 1, PSH | ACK,
                      b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)


def header(order="<", magic=US, snaplen=65535, linktype=RAW, version=(2, 4)):
    return struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, linktype)


def record(data, order="<", s=S, fraction=0, length=None, wire_length=None, more=b""):
    length = len(data) if length is None else length
    wire_length = length if wire_length is None else wire_length
    return struct.pack(order + "IIII", s, fraction, length, wire_length) + more + data


def padded(data):
    return data + b"\0" * (-len(data) % 4)


def block(kind, body, order="<", length=None, last=None):
    body = padded(body)
    length = 12 + len(body) if length is None else length
    last = length if last is None else last
    return struct.pack(order + "II", kind, length) + body + struct.pack(order + "I", last)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code, data, order="<", length=None):
    return struct.pack(order + "HH", code, len(data) if length is None else length) + padded(data)


def interface(linktype=RAW, order="<", snaplen=0, options=b""):
    return block(1, struct.pack(order + "HHI", linktype, 0, snaplen) + options, order)


def packet(data, order="<", number=0, ticks=S * 10**6):
    return block(6, struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data),
                                len(data)) + data, order)


@pytest.fixture
def run(tmp_path):
    """Read bytes as a file: the paths of the requests in it, and what was said of the file."""
    def run(content, code=None):
        path = tmp_path / "in"
        path.write_bytes(content)
        done = httpwire("-q", "-r", path, "-o", "json", check=False)
        said = done.stderr.decode()
        assert done.returncode == (bool(said) if code is None else code)
        assert said.count("\n") == bool(said)
        found = [line.split(b'"uri_path":"/')[1].split(b'"')[0] for line in done.stdout.splitlines()]
        return [int(number) for number in found], said.removeprefix(f"httpwire: {path}: ").strip()
    return run


def test_p01_captured_length_above_the_snapshot_length(run):
    assert run(header(snaplen=20) + record(get(1)) + record(get(2))) == ([1, 2], "")


@pytest.mark.parametrize("length", [262145, 2**31, 2**32 - 1])
def test_p01_captured_length_above_all_limits(run, length):
    found, said = run(header() + record(get(1)) + record(get(2), length=length) + record(get(3)))
    assert found == [1]
    assert said == (f"packet 2 at byte {24 + 16 + len(get(1))}: its captured length is {length}, "
                    "more than 262144")


def test_p01_a_length_that_lies_takes_no_memory(tmp_path):
    path = tmp_path / "in"
    path.write_bytes(header() + record(b"", length=262144))
    done = subprocess.run(["/usr/bin/time", "-f", "%M", HTTPWIRE, "-q", "-r", path],
                          capture_output=True, check=False)
    said = done.stderr.splitlines()
    assert done.returncode == 1 and b"(0 of 262144 bytes)" in said[0]
    assert int(said[-1]) < 64 * 1024


def test_p02_lengths_of_nothing(run):
    assert run(header() + record(get(1), wire_length=3) + record(get(2), wire_length=0) +
               record(b"") + record(b"", wire_length=60) + record(get(3))) == ([1, 2, 3], "")
    assert run(section() + interface() + packet(b"") + packet(get(1))) == ([1], "")


@pytest.mark.parametrize("whole, ends", [
    (header() + record(get(1)) + record(get(2)), (24 + 16 + len(get(1)), 24 + 32 + 2 * len(get(1)))),
    (section() + interface() + packet(get(1)) + packet(get(2)),
     (48 + len(packet(get(1))), 48 + 2 * len(packet(get(1))))),
], ids=["pcap", "pcapng"])
def test_p03_cut_anywhere(run, whole, ends):
    for cut in range(1, len(whole) + 1):
        found, said = run(whole[:cut])
        assert found == list(range(1, 1 + sum(end <= cut for end in ends))), cut
        if said:
            assert "file ends inside" in said or "not a capture file" in said, cut
        else:
            assert cut in (24, 28, 48, *ends)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [US, NS, PATCHED])
def test_p04_every_magic(tmp_path, order, magic):
    more = b"\1\0\0\0\0\x08\4\0" if magic == PATCHED else b""
    path = tmp_path / "in"
    path.write_bytes(header(order, magic) + record(get(1), order, fraction=123, more=more) +
                     record(get(2), order, more=more))
    first, second = events("-r", path)
    assert first["timestamp"] == S * 10**9 + 123 * (1 if magic == NS else 1000)
    assert value(second, "proto_http")["uri_path"] == "/2"


def test_p04_sections_of_either_order(run):
    assert run(b"".join(section(order) + interface(order=order) + packet(get(i), order)
                        for i, order in enumerate("<>><>"))) == ([0, 1, 2, 3, 4], "")


@pytest.mark.parametrize("length, last, words", [
    (0, None, "block length 0 is less than 12"), (8, None, "block length 8 is less than 12"),
    (61, None, "block length 61 is not a multiple of 4"),
    (16 * 2**20 + 4, None, "block length 16777220 is more than 16 MiB"),
    (2**32 - 4, None, "block length 4294967292 is more than 16 MiB"),
    (100, 96, "file ends inside the block"), (24, 28, "block length 24 is")])
def test_p05_block_lengths_that_lie(run, length, last, words):
    whole = section() + interface() + packet(get(1))
    found, said = run(whole + block(6, b"\0" * 40, length=length, last=last))
    assert found == [1]
    assert said.startswith(f"after packet 1, block at byte {len(whole)}: {words}")


@pytest.mark.parametrize("options, ok", [
    (option(2, b"eth0"), True),  # without an end of options
    (option(2, b"x" * 65532), True), (option(2, b"eth0", length=65535), False),
    (option(9, b"\x06") + option(0, b""), True), (option(9, b"\xbf"), True),
    (option(9, b"\xff"), False), (option(9, b"\x14"), False), (option(9, b""), False),
    (option(14, b"\xff" * 7 + b"\x7f"), True), (option(14, b"\0" * 7 + b"\x80"), True),
    (option(14, b"\0" * 4), False), (b"\1", False)],
    ids=["no-end", "64-KiB", "past-the-block", "end", "2^-63", "2^-127", "10^-20", "no-value",
         "latest", "earliest", "short", "a-byte"])
def test_p06_options(run, options, ok):
    found, said = run(section() + interface(options=options) + packet(get(1)))
    assert (found, said) == ([1], "") or not ok and found == [] and "after packet 0" in said


def test_p07_interfaces_that_are_not_there(run):
    words = "the packet is of interface %d, which is not described"
    found, said = run(section() + interface() + packet(get(1)) + packet(get(2), number=1))
    assert found == [1] and said.endswith(words % 1)
    found, said = run(section() + block(3, struct.pack("<I", len(get(1))) + get(1)))
    assert found == [] and said.endswith(words % 0)
    found, said = run(section() + interface() + packet(get(1)) + section() + packet(get(2)))
    assert found == [1] and said.endswith(words % 0)


def test_p07_interfaces_of_different_kinds(run):
    ethernet = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"
    cooked = b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0"
    assert run(section() + interface(snaplen=10) + packet(get(1)) + interface(ETHERNET) +
               packet(ethernet + get(2), number=1) + interface(COOKED, snaplen=96) +
               packet(cooked + get(3), number=2) + packet(get(4)) +
               block(3, struct.pack("<I", len(get(5))) + get(5)[:10])) == ([1, 2, 3, 4], "")


def test_p08_blocks_without_packets(run):
    others = [(4, b"\0" * 4), (5, b"\0" * 12), (9, b"MESSAGE=x"), (10, b"TLSK\4\0\0\0abcd"),
              (0xBAD, b"\0\0\0\0x"), (0x40000BAD, b"\0\0\0\0x"), (0x80000001, b"x" * 70000)]
    assert run(section() + interface() + b"".join(
        block(kind, body) + packet(get(i)) for i, (kind, body) in enumerate(others))) == (
            list(range(len(others))), "")


def test_p09_very_many_interfaces_and_sections(run):
    assert run(section() + interface() * 100_000 + packet(get(1), number=99_999)) == ([1], "")
    found, said = run(section() + interface() * (2**17 + 1) + packet(get(1)))
    assert found == [] and said.endswith("more than 131072 interfaces")
    assert run((section() + interface()) * 100_000 + packet(get(1))) == ([1], "")


def test_p10_link_types(run, tmp_path):
    assert run(header(linktype=0xF4000000 | RAW) + record(get(1))) == ([1], "")
    found, said = run(header(linktype=0x00010000 | RAW) + record(get(1)))
    assert found == [] and said == "link type 0x00010065 has reserved bits set"
    for linktype in (147, 0xFFFF):
        path = tmp_path / "in"
        path.write_bytes(header(linktype=linktype) + record(get(1)))
        done = httpwire("-r", path)
        assert done.stdout == b"" and b"of a link type that is not known" in done.stderr
        done = httpwire("-r", path, "tcp")
        assert done.stdout == b"" and b"1 left out by the filter" in done.stderr


@pytest.mark.parametrize("content, words", [
    (b"", "the file is empty"), (b"\xd4", "not a capture file (1 bytes)"),
    (b"To be, or not to be\n" * 9, "not a capture file (starts with 54 6f 20 62)"),
    (b"\x28\xb5\x2f\xfd" + b"\0" * 20, "compressed with zstd: use zstd -dc FILE | httpwire -r -"),
    (b"\xfd7zXZ\0", "compressed with xz: use xz -dc FILE | httpwire -r -"),
    (b"BZh91AY", "compressed with bzip2: use bzip2 -dc FILE | httpwire -r -"),
    (gzip.compress(b""), "the file is empty"), (gzip.compress(gzip.compress(b"")), "compressed twice"),
], ids=["empty", "byte", "text", "zstd", "xz", "bzip2", "empty-gzip", "gzip-twice"])
def test_p11_what_is_no_capture(run, content, words):
    assert run(content) == ([], words)


@pytest.mark.parametrize("cut, words", [(1, "ends early"), (8, "ends early"), (0, None)])
def test_p11_compressed_and_cut(run, cut, words):
    whole = gzip.compress(header() + record(get(1)))
    found, said = run(whole[:len(whole) - cut])
    assert found == [1] and (words in said if words else said == "")
    damaged = whole[:-5] + b"\0" + whole[-4:]  # the checksum of the data
    found, said = run(damaged)
    assert found == [1] and said.endswith("the compressed data is damaged")


def test_p11_compressed_in_parts(run):
    """Several gzip files in a row are one; what else follows is ignored, as gzip does."""
    first, second = gzip.compress(header() + record(get(1))[:7]), gzip.compress(record(get(1))[7:])
    assert run(first + second) == ([1], "")
    assert run(first + second + b"\0" * 9) == ([1], "")
    assert run(first + second + b"and more") == ([1], "")


def test_p11_a_little_that_becomes_much(run):
    empty = record(b"\0" * 262144) * 100
    assert run(gzip.compress(header() + empty + record(get(1)))) == ([1], "")


@pytest.mark.parametrize("whole", [header(), section(), section() + interface(),
                                   gzip.compress(header())],
                         ids=["pcap", "section", "interface", "gzip"])
def test_p11_a_header_alone(run, whole):
    assert run(whole) == ([], "")


@pytest.mark.parametrize("path, words", [("/dev/zero", b"not a capture file (starts with 00 00 00 00)"),
                                         ("/dev/null", b"the file is empty"), ("/", b"Is a directory")])
def test_p11_strange_files(path, words):
    done = httpwire("-r", path, check=False)
    assert done.returncode == 1 and done.stderr == b"httpwire: " + path.encode() + b": " + words + b"\n"


def test_p11_noise():
    assert httpwire("-r", "/dev/urandom", check=False, timeout=10).returncode in (0, 1)


@pytest.mark.parametrize("begin", [b"", section() + interface()], ids=["zeros", "pcapng"])
def test_p11_a_terabyte_of_nothing(tmp_path, begin):
    path = tmp_path / "sparse"
    path.write_bytes(begin)
    os.truncate(path, 1 << 40)
    assert httpwire("-q", "-r", path, check=False, timeout=10).returncode == 1


def test_p11_a_terabyte_of_empty_packets_is_left_by_a_signal(tmp_path):
    path = tmp_path / "sparse"
    path.write_bytes(header() + record(get(1)))
    os.truncate(path, 1 << 40)
    with subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-o", "json", "--line-buffered"],
                          stdout=subprocess.PIPE) as running:
        assert b'"/1"' in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


def test_p12_a_fifo_written_byte_by_byte(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def write():
        with open(fifo, "wb", buffering=0) as to:
            for byte in section() + interface() + packet(get(1)) + packet(get(2)):
                to.write(bytes([byte]))

    writer = threading.Thread(target=write)
    writer.start()
    assert len(events("-r", fifo)) == 2
    writer.join()


@pytest.mark.parametrize("begin, wrap", [(header(), record), (section() + interface(), packet)],
                         ids=["pcap", "pcapng"])
def test_p12_a_packet_is_shown_with_its_last_byte(begin, wrap):
    with subprocess.Popen([HTTPWIRE, "-q", "-r", "-", "-o", "json"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as running:
        for number in range(3):
            whole = (b"" if number else begin) + wrap(get(number))
            for piece in (whole[:-1], whole[-1:]):
                running.stdin.write(piece)
                running.stdin.flush()
                time.sleep(0.05)  # so that the last byte is read by itself
            assert select.select([running.stdout], [], [], 10)[0]
            assert b'"/%d"' % number in running.stdout.readline()
        running.stdin.close()
        assert running.wait(10) == 0


def test_p12_a_compressed_capture_that_grows():
    """What the compressor has written out is shown, without a wait for the end."""
    squeeze = gzip.zlib.compressobj(wbits=31)
    with subprocess.Popen([HTTPWIRE, "-q", "-r", "-", "-o", "json"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as running:
        for number in range(3):
            data = (header() if number == 0 else b"") + record(get(number))
            running.stdin.write(squeeze.compress(data) + squeeze.flush(gzip.zlib.Z_SYNC_FLUSH))
            running.stdin.flush()
            assert b'"/%d"' % number in running.stdout.readline()
        running.stdin.write(squeeze.flush())
        running.stdin.close()
        assert running.wait(10) == 0


def test_p13_times(tmp_path):
    """A fraction carries over, what is negative as a signed number is after 2038, jumps are taken."""
    given = [(10, 1_000_000), (10, 2**32 - 1), (2**32 - 5, 7), (0, 0), (2**31, 0), (5, 999_999)]
    path = tmp_path / "in"
    path.write_bytes(header() + b"".join(
        record(get(i), s=s, fraction=fraction) for i, (s, fraction) in enumerate(given)))
    assert [e["timestamp"] for e in events("-r", path)] == [
        s * 10**9 + fraction * 1000 for s, fraction in given]


@pytest.mark.parametrize("name", [b"a\nb", b"-", b"-r", b"--stats", b"%s%n%x", b"caf\xc3\xa9", b"\xff\xfe",
                                  b"\x1b[2J", b"\xc2\x9b2J", b"\xe2\x80\xae", b"n" * 255], ids=repr)
def test_p14_file_names(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    whole = header() + record(get(1))
    with open(name, "wb") as file:
        file.write(whole)
    given = os.fsdecode(b"./" + name)
    assert len(lines("-q", "-r", given, "-o", "json")) == 1
    os.truncate(name, len(whole) - 1)
    done = httpwire("-q", "-r", given, check=False)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and done.stderr[:-1].decode().isprintable()


def test_p14_names_of_any_length(tmp_path):
    for length in (4096, 100_000):
        done = httpwire("-r", "x" * length, check=False)
        assert done.returncode == 1 and b"File name too long" in done.stderr
        assert len(done.stderr) < 1200


def test_p16_every_capture_of_the_corpus(shared):
    """As many packets as libpcap reads: the judge says. Here: the rules that hold for every input."""
    files = [p for folder in ("pcaps", "robust") for p in (shared / "corpus" / folder).rglob("*")
             if p.is_file()]
    assert files
    for path in files:
        check_hostile(path, "-e", "network_events")
