# SPDX-License-Identifier: BSD-2-Clause
"""Group P: capture files, whole and damaged, of every kind"""
import gzip
import os
import select
import signal
import struct
import subprocess
import threading
import time

import pytest

import rules
import tables
from floods import LONG
from lab import ACK, HTTPWIRE, PSH, ROOT, tcp_packet, value

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


def words_of(told):
    """What was said besides the statistics."""
    return b"".join(l for l in told.said.splitlines(True) if not l.startswith(b"{")).decode()


def read(path, *args, size=None):
    """Under the rules: the paths of the requests, and what was said of the file: a line, if it failed."""
    told = rules.run(path, "-q", *args, code=None, size=size)
    said = words_of(told)
    assert told.code == bool(said) and said.count("\n") == bool(said)
    found = [int(value(e, "proto_http")["uri_path"][1:]) for e in told.events]
    return found, said.removeprefix(f"httpwire: {path}: ").strip()


@pytest.fixture
def run(tmp_path):
    def run(content, *args, size=None):
        path = tmp_path / "in"
        path.write_bytes(content)
        return read(path, *args, size=size)
    return run


def test_P01_captured_length_above_the_snapshot_length(run):
    """More than the snapshot length is what is there: the packets are read."""
    assert run(header(snaplen=20) + record(get(1)) + record(get(2))) == ([1, 2], "")


@pytest.mark.parametrize("length", [262145, 2**31, 2**32 - 1])
def test_P01_captured_length_above_all_limits(run, length):
    """A length above 256 KiB ends the reading, with the number of the packet."""
    found, said = run(header() + record(get(1)) + record(get(2), length=length) + record(get(3)))
    assert found == [1]
    assert said == (f"packet 2 at byte {24 + 16 + len(get(1))}: its captured length is {length}, "
                    "more than 262144: damaged, or a variant of pcap, of which editcap makes pcapng")


def test_P01_a_variant_of_pcap(run):
    """Nokia's has four bytes more before each packet: the second one's length is another number."""
    packets = b"".join(record(bytes(4) + get(n), length=len(get(n))) for n in (1, 2))
    assert "editcap makes pcapng" in run(header() + packets)[1]


def test_P01_a_length_that_lies_takes_no_memory(run):
    """What a length announces is not allocated before it is there."""
    found, said = run(header() + record(b"", length=262144), "--max-memory", "1M")
    assert found == [] and "(0 of 262144 bytes)" in said


def test_P02_lengths_of_nothing(run):
    """Captured more than was on the wire, nothing captured, nothing on the wire: all are packets."""
    assert run(header() + record(get(1), wire_length=3) + record(get(2), wire_length=0) +
               record(b"") + record(b"", wire_length=60) + record(get(3))) == ([1, 2, 3], "")
    assert run(section() + interface() + packet(b"") + packet(get(1))) == ([1], "")


@pytest.mark.parametrize("whole, ends", [
    (header() + record(get(1)) + record(get(2)), (24 + 16 + len(get(1)), 24 + 32 + 2 * len(get(1)))),
    (section() + interface() + packet(get(1)) + packet(get(2)),
     (48 + len(packet(get(1))), 48 + 2 * len(packet(get(1))))),
], ids=["pcap", "pcapng"])
def test_P03_cut_anywhere(tmp_path, whole, ends):
    """At each byte: what came before is there, and the cut is said, but between two packets."""
    def check(cut):
        path = tmp_path / str(cut)
        path.write_bytes(whole[:cut])
        found, said = read(path)
        assert found == list(range(1, 1 + sum(end <= cut for end in ends))), cut
        if said:
            assert "file ends inside" in said or "not a capture file" in said, cut
        else:
            assert cut in (24, 28, 48, *ends)

    rules.each(check, range(1, len(whole) + 1))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [US, NS, PATCHED])
def test_P04_every_magic(tmp_path, order, magic):
    """Microseconds, nanoseconds and the patched form, in both byte orders."""
    more = b"\1\0\0\0\0\x08\4\0" if magic == PATCHED else b""
    path = tmp_path / "in"
    path.write_bytes(header(order, magic) + record(get(1), order, fraction=123, more=more) +
                     record(get(2), order, more=more))
    first, second = rules.run(path).events
    assert first["timestamp"] == S * 10**9 + 123 * (1 if magic == NS else 1000)
    assert value(second, "proto_http")["uri_path"] == "/2"


def test_P04_sections_of_either_order(run):
    """Sections of a pcapng file in turn in both byte orders."""
    assert run(b"".join(section(order) + interface(order=order) + packet(get(i), order)
                        for i, order in enumerate("<>><>"))) == ([0, 1, 2, 3, 4], "")


@pytest.mark.parametrize("length, last, words", [
    (0, None, "block length 0 is less than 12"), (8, None, "block length 8 is less than 12"),
    (61, None, "block length 61 is not a multiple of 4"),
    (16 * 2**20 + 4, None, "block length 16777220 is more than 16 MiB"),
    (2**32 - 4, None, "block length 4294967292 is more than 16 MiB"),
    (100, 96, "file ends inside the block"), (24, 28, "block length 24 is")])
def test_P05_block_lengths_that_lie(run, length, last, words):
    """A block length that cannot be ends the reading, with the place; nothing is allocated."""
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
def test_P06_options(run, options, ok):
    """Options past their block, without an end, with clocks that cannot be: ignored or refused."""
    found, said = run(section() + interface(options=options) + packet(get(1)))
    assert (found, said) == ([1], "") or not ok and found == [] and "after packet 0" in said


def test_P07_interfaces_that_are_not_there(run):
    """A packet of an interface that was not described ends the reading."""
    words = "the packet is of interface %d, which is not described"
    found, said = run(section() + interface() + packet(get(1)) + packet(get(2), number=1))
    assert found == [1] and said.endswith(words % 1)
    found, said = run(section() + block(3, struct.pack("<I", len(get(1))) + get(1)))
    assert found == [] and said.endswith(words % 0)
    found, said = run(section() + interface() + packet(get(1)) + section() + packet(get(2)))
    assert found == [1] and said.endswith(words % 0)


def test_P07_interfaces_of_different_kinds(run):
    """Each interface has its own link type and snapshot length, in the middle of a file too."""
    ethernet = b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0"
    cooked = b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0"
    assert run(section() + interface(snaplen=10) + packet(get(1)) + interface(ETHERNET) +
               packet(ethernet + get(2), number=1) + interface(COOKED, snaplen=96) +
               packet(cooked + get(3), number=2) + packet(get(4)) +
               block(3, struct.pack("<I", len(get(5))) + get(5)[:10])) == ([1, 2, 3, 4], "")


def test_P08_blocks_without_packets(run):
    """Names, statistics, keys, journals and what nobody knows are passed over."""
    others = [(4, b"\0" * 4), (5, b"\0" * 12), (9, b"MESSAGE=x"), (10, b"TLSK\4\0\0\0abcd"),
              (0xBAD, b"\0\0\0\0x"), (0x40000BAD, b"\0\0\0\0x"), (0x80000001, b"x" * 70000)]
    assert run(section() + interface() + b"".join(
        block(kind, body) + packet(get(i)) for i, (kind, body) in enumerate(others))) == (
            list(range(len(others))), "")


def test_P09_very_many_interfaces_and_sections(run):
    """100,000 interfaces, or sections, are read; there is a limit to them."""
    assert run(section() + interface() * 100_000 + packet(get(1), number=99_999)) == ([1], "")
    found, said = run(section() + interface() * (2**17 + 1) + packet(get(1)))
    assert found == [] and said.endswith("more than 131072 interfaces")
    assert run((section() + interface()) * 100_000 + packet(get(1))) == ([1], "")


def test_P10_link_types(run, tmp_path):
    """Unknown link types are said, and counted packet by packet; the bits of a checksum behind frames are known."""
    assert run(header(linktype=0xF4000000 | RAW) + record(get(1))) == ([1], "")
    found, said = run(header(linktype=0x00010000 | RAW) + record(get(1)))
    assert found == [] and said == "link type 0x00010065 has reserved bits set"
    for linktype in (147, 0xFFFF):
        path = tmp_path / "in"
        path.write_bytes(header(linktype=linktype) + record(get(1)))
        told = rules.run(path, code=1)
        assert told.events == [] and told.counted["packets"]["bad_linktype"] == 1
        assert b"packets of link type %d are not looked into" % linktype in told.said
        told = rules.run(path, "tcp", code=1)
        assert told.events == [] and told.counted["packets"]["filtered"] == 1


@pytest.mark.parametrize("content, words", [
    (b"", "the file is empty"), (b"\xd4", "not a capture file (1 bytes)"),
    (b"To be, or not to be\n" * 9, "not a capture file (starts with 54 6f 20 62)"),
    (b"\x28\xb5\x2f\xfd" + b"\0" * 20, "compressed with zstd: use zstd -dc FILE | httpwire -r -"),
    (b"\xfd7zXZ\0", "compressed with xz: use xz -dc FILE | httpwire -r -"),
    (b"BZh91AY", "compressed with bzip2: use bzip2 -dc FILE | httpwire -r -"),
    (gzip.compress(b""), "the file is empty"), (gzip.compress(gzip.compress(b"")), "compressed twice"),
], ids=["empty", "byte", "text", "zstd", "xz", "bzip2", "empty-gzip", "gzip-twice"])
def test_P11_what_is_no_capture(run, content, words):
    """What is no capture is refused, in words that help."""
    assert run(content) == ([], words)


@pytest.mark.parametrize("cut, words", [(1, "ends early"), (8, "ends early"), (0, None)])
def test_P11_compressed_and_cut(run, cut, words):
    """A compressed capture that is cut or damaged gives what comes before."""
    whole = gzip.compress(header() + record(get(1)))
    found, said = run(whole[:len(whole) - cut])
    assert found == [1] and (words in said if words else said == "")
    damaged = whole[:-5] + b"\0" + whole[-4:]  # the checksum of the data
    found, said = run(damaged)
    assert found == [1] and said.endswith("the compressed data is damaged")


def test_P11_compressed_in_parts(run):
    """Several gzip files in a row are one; what else follows is ignored, as gzip does."""
    first, second = gzip.compress(header() + record(get(1))[:7]), gzip.compress(record(get(1))[7:])
    assert run(first + second) == ([1], "")
    assert run(first + second + b"\0" * 9) == ([1], "")
    assert run(first + second + b"and more") == ([1], "")


def test_P11_a_little_that_becomes_much(run):
    """Compressed zeros, 26 MB out of some KB, are read as they come."""
    empty = record(b"\0" * 262144) * 100
    whole = header() + empty + record(get(1))
    assert run(gzip.compress(whole), size=len(whole)) == ([1], "")


@pytest.mark.parametrize("whole", [header(), section(), section() + interface(),
                                   gzip.compress(header())],
                         ids=["pcap", "section", "interface", "gzip"])
def test_P11_a_header_alone(run, whole):
    """A file header without packets is an empty capture."""
    assert run(whole) == ([], "")


@pytest.mark.parametrize("path, words", [("/dev/zero", "not a capture file (starts with 00 00 00 00)"),
                                         ("/dev/null", "the file is empty"), ("/", "Is a directory")])
def test_P11_strange_files(path, words):
    """Devices and folders are refused."""
    assert read(path) == ([], words)


def test_P11_noise():
    """Random bytes without an end are refused."""
    rules.run("/dev/urandom", code=None)


@pytest.mark.parametrize("begin", [b"", section() + interface()], ids=["zeros", "pcapng"])
def test_P11_a_terabyte_of_nothing(tmp_path, begin):
    """A sparse file of 1 TB without packets is refused at once."""
    path = tmp_path / "sparse"
    path.write_bytes(begin)
    os.truncate(path, 1 << 40)
    found, said = read(path, size=0)
    assert found == [] and said


def test_P11_a_terabyte_of_empty_packets_is_left_by_a_signal(tmp_path):
    """A sparse file that is packets of nothing is read until a signal comes."""
    path = tmp_path / "sparse"
    path.write_bytes(header() + record(get(1)))
    os.truncate(path, 1 << 40)
    with subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-o", "json", "--line-buffered"],
                          stdout=subprocess.PIPE) as running:
        assert b'"/1"' in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        assert running.wait(10) == 0


def test_P12_a_fifo_written_byte_by_byte(tmp_path):
    """A FIFO into which single bytes are written is read like a file."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)

    def write():
        with open(fifo, "wb", buffering=0) as to:
            for byte in section() + interface() + packet(get(1)) + packet(get(2)):
                to.write(bytes([byte]))

    writer = threading.Thread(target=write)
    writer.start()
    assert read(fifo) == ([1, 2], "")
    writer.join()


@pytest.mark.parametrize("begin, wrap", [(header(), record), (section() + interface(), packet)],
                         ids=["pcap", "pcapng"])
def test_P12_a_packet_is_shown_with_its_last_byte(begin, wrap):
    """Of a capture that grows each packet is read as soon as it is there, and not before."""
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


def test_P12_a_compressed_capture_that_grows():
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


def test_P13_times(tmp_path):
    """A fraction carries over, what is negative as a signed number is after 2038, jumps are taken."""
    given = [(10, 1_000_000), (10, 2**32 - 1), (2**32 - 5, 7), (0, 0), (2**31, 0), (5, 999_999)]
    path = tmp_path / "in"
    path.write_bytes(header() + b"".join(
        record(get(i), s=s, fraction=fraction) for i, (s, fraction) in enumerate(given)))
    assert [e["timestamp"] for e in rules.run(path).events] == [
        s * 10**9 + fraction * 1000 for s, fraction in given]


@pytest.mark.parametrize("name", [b"a\nb", b"-", b"-r", b"--stats", b"%s%n%x", b"caf\xc3\xa9", b"\xff\xfe",
                                  b"\x1b[2J", b"\xc2\x9b2J", b"\xe2\x80\xae", b"n" * 255], ids=repr)
def test_P14_file_names(tmp_path, monkeypatch, name):
    """Names with line ends, options, formats, escapes and bytes of no character: one line says them."""
    monkeypatch.chdir(tmp_path)
    whole = header() + record(get(1))
    with open(name, "wb") as file:
        file.write(whole)
    given = os.fsdecode(b"./" + name)
    assert len(rules.run(given).events) == 1
    os.truncate(name, len(whole) - 1)
    said = words_of(rules.run(given, "-q", code=1))
    assert said.count("\n") == 1 and said[:-1].isprintable()


def test_P14_names_of_any_length(tmp_path):
    """Names beyond what the system takes are refused, and cut in the message."""
    for length in (4096, 100_000):
        said = words_of(rules.run("x" * length, code=1, size=0))
        assert "File name too long" in said and len(said) < 1200


def packets_of_libpcap(shared):
    """Name and number of packets of each file that libpcap reads to its end; None if it does not."""
    for row in tables.named_rows(shared / "corpus" / "robust-index.tsv"):
        failed = row["libpcap_message"] or row["tcpdump_rc"] != "0"
        yield row["#file(in pcaps-robust/)"], None if failed else int(row["packets_read_by_libpcap"])


def exceptions():
    """Files of which we read another number of packets, for the reason in the table."""
    return {name for name, *_ in tables.rows(ROOT / "tests" / "judge" / "capture-exceptions.tsv")}


def test_P16_captures_that_broke_others(shared):
    """As many packets as libpcap reads; what cannot be read is said, with what was read before."""
    excepted = exceptions()

    def check(row):
        name, packets = row
        path = shared / "corpus" / "robust" / name
        told = rules.run(path, "-e", "network_events", code=None)
        assert told.cpu_s < 1, name
        assert told.code == 0 or words_of(told).startswith(f"httpwire: {path}: "), name
        if packets is not None and f"corpus/robust/{name}" not in excepted:
            assert told.counted["packets"]["read"] == packets, name
            assert told.code == 0 or "link type" in words_of(told), name  # all of it is of one not read

    rows = list(packets_of_libpcap(shared))
    assert sum(packets is not None for _, packets in rows) > 900
    rules.each(check, rows if LONG else rows[::4]) # the capture_judge reads all of them each time
