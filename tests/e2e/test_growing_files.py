# SPDX-License-Identifier: BSD-2-Clause
"""Capture files that others write, or cut, while they are read"""
import os
import subprocess

import pytest

from lab import HTTPWIRE, Capture, Connection, httpwire

PAIRS = 4000  # of messages: more than is read ahead, while the lines do not fit into a pipe
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
