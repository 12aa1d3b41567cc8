# SPDX-License-Identifier: BSD-2-Clause
"""How far reading is, on a terminal"""
import contextlib
import glob
import os
import re
import signal
import subprocess
import time

from lab import HTTPWIRE, ROOT, Capture, Connection
from terminal import on_terminal, read_all, terminal

WEB = ROOT / "examples" / "web.pcap"
PROGRESS = re.compile(rb"\r[^\r\n]*\x1b\[K")
ERASED = b"\r\x1b[K"


def slowly(read, *args, stdout=subprocess.DEVNULL, seconds=1.5, columns=80):
    """What is said on a terminal while a capture comes through a pipe in many pieces; `read`
    is - or the path of a pipe."""
    capture = Capture()
    connection = Connection(capture)
    for _ in range(40):
        connection.send(0, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
        connection.send(1, b"HTTP/1.1 204 No Content\r\n\r\n")
    data = capture.pcap()
    step = len(data) // 60 + 1
    with terminal(columns) as (ours, theirs):
        process = subprocess.Popen(
            [HTTPWIRE, "-r", read, *args], stdin=subprocess.PIPE, stderr=theirs,
            stdout=theirs if stdout is None else stdout, env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        for at in range(0, len(data), step):
            process.stdin.write(data[at:at + step])
            process.stdin.flush()
            time.sleep(seconds / 60)
        process.stdin.close()
        got = read_all(ours)
        assert process.wait(10) == 0
    return got


def test_a_terminal_shows_how_far_reading_is():
    got = slowly("-")
    lines = [l for l in PROGRESS.findall(got) if l != ERASED]
    # First after half a second, then five times a second.
    assert 2 <= len(lines) <= 6, lines
    assert all(re.fullmatch(rb"\rstandard input  [\d.]+k?  [\d.]+k?/s\x1b\[K", l) for l in lines), lines
    assert got.index(ERASED) > got.index(lines[-1])
    assert b"packets read" in got[got.index(ERASED):] and not PROGRESS.search(got[got.index(ERASED) + 4:])


def test_progress_fits_a_narrow_terminal():
    lines = [l for l in PROGRESS.findall(slowly("-", columns=12)) if l != ERASED]
    assert lines and all(len(l) - 1 - 3 <= 11 for l in lines), lines


def test_progress_is_not_in_the_way(tmp_path):
    assert not PROGRESS.search(slowly("-", "-q"))
    assert not PROGRESS.search(slowly("-", stdout=None)) # events are on it
    assert PROGRESS.search(slowly("-", "--output", str(tmp_path / "out"), stdout=None))
    assert PROGRESS.search(slowly("-", "--summary", stdout=None))
    assert not PROGRESS.search(on_terminal("-r", WEB, stdout=subprocess.DEVNULL)) # it is too short


def is_reading(process, path):
    """It has a part of the file behind it."""
    for fd in glob.glob(f"/proc/{process.pid}/fd/*"):
        with contextlib.suppress(OSError):
            if os.path.realpath(fd) == str(path):
                with open(fd.replace("/fd/", "/fdinfo/"), encoding="ascii") as info:
                    return int(info.readline().split()[1]) > 1_000_000
    return False


def test_of_a_file_the_time_left_is_known(tmp_path):
    """Of one that is large enough to be stopped in the middle."""
    capture = Capture()
    Connection(capture).send(0, bytes(60000))
    header, records = capture.pcap()[:24], capture.pcap()[24:]
    path = tmp_path / "large.pcap"
    with open(path, "wb") as f:
        f.write(header)
        for _ in range(64):
            f.write(records * 34)
    with terminal() as (ours, theirs):
        # One that stops and goes on is slow enough on any machine.
        process = subprocess.Popen([HTTPWIRE, "-r", path, "--summary"], stderr=theirs, stdout=subprocess.DEVNULL,
                                   env={**os.environ, "TERM": "xterm"})
        os.close(theirs)
        while not is_reading(process, path):
            assert process.poll() is None
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.7)
        process.send_signal(signal.SIGCONT)
        got = read_all(ours)
        assert process.wait(60) == 0
    lines = [l for l in PROGRESS.findall(got) if l != ERASED]
    assert lines and re.fullmatch(rb"\rlarge\.pcap  \d+%  [\d.]+[kM]? of 12[45]M  [\d.]+[kMG]?/s(  \d+:\d\d left)?\x1b\[K",
                                  lines[0]), lines
