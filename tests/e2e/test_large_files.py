# SPDX-License-Identifier: BSD-2-Clause
"""Large capture files, also those that others write, or cut, while they are read"""
import os
import random
import subprocess

import pytest

from lab import HTTPWIRE, Capture, Connection, httpwire, pcapng_block, statistics

PAIRS = 4000  # of messages: more than is read ahead, while the lines do not fit into a pipe
FORMS = ("pcap", "pcapng")
RECORDS = ("-o", "json", "-e", "net_packet_http", "--checksums", "on")


def messages():
    capture = Capture()
    connection = Connection(capture)
    for i in range(PAIRS):
        connection.send(0, b"GET /%d HTTP/1.1\r\nHost: a.test\r\nX-Padding: %s\r\n\r\n" % (i, b"p" * 1300))
        connection.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 1300\r\n\r\n" + b"b" * 1300)
    return capture.pcap()


@pytest.fixture(name="data", scope="module")
def make_data():
    return messages()


def while_read(path, change, *args, stdin=None):
    """httpwire on the file, whose output stands still when `change` is called."""
    with subprocess.Popen([HTTPWIRE, "-r", path, *RECORDS, *args], stdin=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, bufsize=0) as process:
        first = process.stdout.readline()  # it has begun, and goes on until the pipe is full
        change()
        rest, said = process.communicate(timeout=60)
    return [first, *rest.splitlines(keepends=True)], said.decode(), process.returncode


def test_what_is_appended_is_read(tmp_path, data):
    path = tmp_path / "growing.pcap"
    end = data.index(b"GET /3500 ") - 96  # inside a packet
    path.write_bytes(data[:end])

    def append():
        with open(path, "ab") as file:
            file.write(data[end:])

    lines, said, code = while_read(path, append, "--workers", "1")
    assert code == 0, said
    assert len(lines) == 2 * PAIRS and b'"/3999"' in lines[-2]


@pytest.mark.parametrize("workers", ("1", "2"))
@pytest.mark.parametrize("left", (1 << 20, 3 << 20, 0))
def test_what_is_cut_off_is_told(tmp_path, data, workers, left):
    path = tmp_path / "cut.pcap"
    path.write_bytes(data)
    lines, said, code = while_read(path, lambda: os.truncate(path, left), "--workers", workers)
    assert code == 1 and str(path) in said, (code, said)
    assert "file ends inside the packet" in said or "was cut while it was read" in said, said
    assert len(lines) < 2 * PAIRS


def test_standard_input_begins_where_it_stands(tmp_path, data):
    path = tmp_path / "behind.bin"
    path.write_bytes(b"something else\n" + data)
    with open(path, "rb", buffering=0) as file:
        file.read(15)
        lines, said, code = while_read("-", lambda: None, stdin=file)
    assert code == 0 and len(lines) == 2 * PAIRS, said


def test_memory_does_not_grow_with_the_file(tmp_path, data):
    peaks = []
    for times in (1, 6):
        path = tmp_path / "large.pcap"
        path.write_bytes(data + data[24:] * (times - 1))
        script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
        out = subprocess.run(["/usr/bin/python3", "-c", script, HTTPWIRE, "-q", "-r", path, "-o", "none",
                              "--workers", "1"], capture_output=True, check=True).stdout
        peaks.append(int(out))
    assert peaks[1] < peaks[0] + 4096, peaks  # KiB


def test_a_file_that_cannot_be_mapped_is_read(tmp_path, data):
    path = tmp_path / "large.pcap"
    path.write_bytes(data)
    whole = httpwire("-r", path, *RECORDS).stdout
    limited = subprocess.run(["/usr/bin/prlimit", f"--as={64 << 20}", HTTPWIRE, "-r", path, *RECORDS, "--workers",
                              "1"], capture_output=True, check=False)
    if limited.returncode:
        pytest.skip("not with so little room")
    assert limited.stdout == whole


def drawn(form, seed=7):
    """Much of what captures have: bodies of all kinds, not HTTP, disorder, losses, IPv6, damaged packets."""
    draw = random.Random(seed)
    capture = Capture()
    for i in range(60):
        v6 = draw.random() < 0.3
        connection = Connection(capture, client=("fd00::1" if v6 else "10.0.0.1", 30000 + i),
                                server=("fd00::2" if v6 else "192.0.2.9", 80))
        if draw.random() < 0.3:
            connection.send(0, b"\x16\x03\x01" + draw.randbytes(600))
            connection.send(1, b"\x16\x03\x03" + draw.randbytes(40000), cut=1400)
            connection.send(1, b"GET /late HTTP/1.1\r\nHost: late.test\r\n\r\n" + bytes(1200), cut=1400)
            continue
        for _ in range(draw.randrange(1, 4)):
            connection.send(0, b"GET /%d HTTP/1.1\r\nHost: a.test\r\nX: %s\r\n\r\n" % (i, b"x" * draw.randrange(3000)),
                            cut=1400)
            body = draw.randbytes(draw.randrange(60000))
            if draw.random() < 0.5:
                head = b"Content-Length: %d\r\n\r\n" % len(body)
            else:
                head = b"Transfer-Encoding: chunked\r\n\r\n"
                body = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 7000]), body[at:at + 7000])
                                for at in range(0, len(body), 7000)) + b"0\r\n\r\n"
            connection.send(1, b"HTTP/1.1 200 OK\r\n" + head + body, cut=1400)
    packets = capture.packets
    for _ in range(len(packets) // 50):
        at = draw.randrange(len(packets) - 1)
        fault = draw.randrange(3)
        if fault == 0:
            packets[at], packets[at + 1] = (packets[at][0], packets[at + 1][1]), (packets[at + 1][0], packets[at][1])
        elif fault == 1:
            del packets[at]
        else:
            time_ns, packet = packets[at]
            packets.insert(at, (time_ns, packet[:-1] + bytes([packet[-1] ^ 1])))
    return getattr(capture, form)()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("args", [
    ("-e", "net_packet_http"), ("-e", "net_http_exchange"), ("-e", "net_http_exchange", "--body=4k"),
    ("-e", "net_packet_http,net_packet_tcp"), ("-e", "net_packet_http", "--checksums=off"),
    ("-e", "net_packet_http", "--checksums=on"), ("-e", "net_http_exchange", "tcp port 80")])
def test_it_makes_no_difference_how_a_file_is_read(tmp_path, form, args):
    """From a file, which is mapped, and from a pipe; by one worker, and by two."""
    data = drawn(form)
    assert len(data) > 3 << 20
    path = tmp_path / "drawn"
    path.write_bytes(data)
    piped = httpwire("-r", "-", "-o", "json", "--stats", "json", *args, stdin=data)
    assert len(piped.stdout) > 10000
    for workers in ("1", "2"):
        mapped = httpwire("-r", path, "-o", "json", "--stats", "json", "--workers", workers, *args)
        assert mapped.stdout == piped.stdout
        assert statistics(mapped.stderr) == statistics(piped.stderr)


@pytest.mark.parametrize("size, code", ((16 << 20, 0), ((16 << 20) + 4, 1)))
def test_a_large_block_is_passed(tmp_path, size, code):
    """It is more than is read at once; one that is larger than any may be ends the file."""
    data = drawn("pcapng")
    at = 0
    while at < len(data) // 2:
        at += int.from_bytes(data[at + 4:at + 8], "little")
    path = tmp_path / "large"
    path.write_bytes(data[:at] + pcapng_block(0xBAD, bytes(size - 12)) + data[at:])
    done = httpwire("-r", path, "-o", "json", check=False)
    assert done.returncode == code, done.stderr
    if code:
        assert f"block at byte {at}: block length {size} is more than 16 MiB" in done.stderr.decode()
    else:
        assert done.stdout == httpwire("-r", "-", "-o", "json", stdin=data).stdout


@pytest.mark.parametrize("form", FORMS)
def test_most_of_it_is_not_read(tmp_path, form):
    path = tmp_path / "drawn"
    path.write_bytes(drawn(form))
    for name in ("net_packet_http", "net_http_exchange"):
        notes = statistics(httpwire("-r", path, "-o", "json", "-e", name, "--stats", "json").stderr)["notes"]
        assert notes["checksum_unread"] > 1000


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("args", [
    ("-e", "net_packet_http"), ("-e", "net_http_exchange", "--body=4k", "--workers=2"),
    ("-e", "net_packet_http,net_packet_tcp", "--checksums=off")])
def test_a_file_may_be_written_anew_while_it_is_read(tmp_path, form, args):
    """Any bytes of it, at any time: it says what it finds, and ends as it does for any file."""
    path = tmp_path / "anew"
    data = drawn(form)
    draw = random.Random(3)
    for _ in range(10):
        path.write_bytes(data)
        with open(path, "r+b", buffering=0) as file, \
                subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-o", "json", *args], stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE) as process:
            while process.poll() is None:
                file.seek(draw.randrange(len(data) - 60000))
                file.write(draw.randbytes(draw.randrange(1, 60000)))
            assert process.returncode in (0, 1), process.stderr.read()
