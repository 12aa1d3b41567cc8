# SPDX-License-Identifier: BSD-2-Clause
"""Group X, more of it: system calls that are interrupted or would block, signals at every point, outputs that fill up"""
import fcntl
import os
import signal
import subprocess
import threading
import time

import pytest
import rules
from floods import client, pcap
from lab import HTTPWIRE, check_accounts, statistics, value
from live import PYTHON, Watch
from test_exhaustion import PIPELINE, answering, small_disk

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"
NR = 3000


@pytest.fixture(name="path", scope="module")
def fixture_path(tmp_path_factory):
    path = tmp_path_factory.mktemp("machine") / "many.pcap"
    path.write_bytes(pcap([client(1000 + i, GET % i) for i in range(NR)]))
    return path


def check_all(output, said, nr=NR):
    counted = statistics(said)
    check_accounts(counted)
    found = [value(e, "proto_http")["uri_path"] for e in rules.parse_lines(output)]
    assert found == [f"/{i}" for i in range(nr)] and counted["events"]["written"] == nr


def read_slowly(stream, every_s=0.001):
    got = b""
    while (piece := os.read(stream.fileno(), 65536)):
        got += piece
        time.sleep(every_s)
    return got


def test_X12_output_that_would_block(path):
    """A pipe that was made non-blocking by whoever shares it (EAGAIN): waited for, nothing is lost."""
    reads, writes = os.pipe()
    fcntl.fcntl(writes, fcntl.F_SETFL, fcntl.fcntl(writes, fcntl.F_GETFL) | os.O_NONBLOCK)
    with os.fdopen(reads, "rb") as stream, subprocess.Popen(
            [HTTPWIRE, "-r", path, "-o", "json", "--checksums", "off", "--stats", "json"], stdout=writes,
            stderr=subprocess.PIPE) as running:
        os.close(writes)
        output = read_slowly(stream)
        said = running.stderr.read()
        assert running.wait(10) == 0
    check_all(output, said)


def test_X12_input_that_would_block(path):
    """Standard input that is non-blocking: waited for."""
    reads, writes = os.pipe()
    fcntl.fcntl(reads, fcntl.F_SETFL, fcntl.fcntl(reads, fcntl.F_GETFL) | os.O_NONBLOCK)
    whole = path.read_bytes()
    with subprocess.Popen([HTTPWIRE, "-r", "-", "-o", "json", "--checksums", "off", "--stats", "json"], stdin=reads,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        os.close(reads)

        def feed():
            with os.fdopen(writes, "wb") as to:
                for at in range(0, len(whole), 50_000):
                    to.write(whole[at:at + 50_000])
                    to.flush()
                    time.sleep(0.001)
        feeder = threading.Thread(target=feed)
        feeder.start()
        output, said = running.communicate(timeout=30)
        feeder.join()
        assert running.returncode == 0, said
    check_all(output, said)


@pytest.mark.parametrize("nr", [signal.SIGUSR1, signal.SIGCONT, signal.SIGWINCH])
def test_X12_signals_at_every_point(path, nr):
    """Thousands of signals while it reads from a pipe and writes to one (EINTR): nothing lost, no torn line."""
    whole = path.read_bytes()
    with subprocess.Popen([HTTPWIRE, "-r", "-", "-o", "json", "--checksums", "off", "--stats", "json"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        got, said = [], []
        threads = [threading.Thread(target=lambda: got.append(read_slowly(running.stdout))),
                   threading.Thread(target=lambda: said.append(running.stderr.read()))]
        for t in threads:
            t.start()
        running.stdin.write(whole[:24])
        running.stdin.flush()
        time.sleep(0.15)  # it handles signals by then
        for at in range(24, len(whole), 20_000):
            running.stdin.write(whole[at:at + 20_000])
            running.stdin.flush()
            for _ in range(5):
                running.send_signal(nr)
        running.stdin.close()
        for t in threads:
            t.join()
        assert running.wait(20) == 0, said
    assert nr != signal.SIGUSR1 or said[0].count(b'"event":"stats"') > 1
    check_all(got[0], said[0])


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.004, 0.005, 0.006, 0.008, 0.01, 0.02, 0.03, 0.05, 0.08])
def test_X12_ended_at_any_point(path, delay):
    """SIGTERM from the start on: by then it has the default effect, or it ends in order with whole lines."""
    with subprocess.Popen([HTTPWIRE, "-r", path, "-o", "json", "--checksums", "off", "--stats", "json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        time.sleep(delay)
        running.send_signal(signal.SIGTERM)
        output, said = running.communicate(timeout=20)
        assert running.returncode in (0, -signal.SIGTERM), said
    rules.parse_lines(output)
    if running.returncode == 0:
        check_accounts(statistics(said))
        assert statistics(said)["events"]["written"] == output.count(b"\n")


@pytest.mark.parametrize("how", ["full", "closed", "slow", "stopped"])
def test_X12_while_watching(tmp_path, how):
    """A full disk, a reader that goes, one that hardly reads, a stop: the accounts close while packets come in."""
    nr = 400
    with answering() as port:
        if how == "full":
            with small_disk(tmp_path / "disk", 128 << 10) as disk:
                w = Watch("--output", disk / "out", "-l")
                subprocess.run([PYTHON, "-c", PIPELINE, str(port), str(nr)], check=True, timeout=60)
                code = w.process.wait(10)
                lines = rules.parse_lines((disk / "out").read_bytes())
            counted = statistics(w.said())
            check_accounts(counted)
            assert code == 1 and b"No space left" in w.said() and counted["events"]["lost"] > 0
            assert counted["events"]["written"] == len(lines) > 0
            return
        with subprocess.Popen([HTTPWIRE, "-o", "json", "--stats", "json", "--buffer", "512k"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as running:
            assert b"watching" in running.stderr.readline()
            if how == "closed":
                running.stdout.close()
            if how == "stopped":
                running.send_signal(signal.SIGSTOP)
            subprocess.run([PYTHON, "-c", PIPELINE, str(port), str(nr)], check=True, timeout=60)
            if how == "stopped":
                running.send_signal(signal.SIGCONT)
            output = b""
            if how == "slow":
                for _ in range(10):
                    output += os.read(running.stdout.fileno(), 1)
                    time.sleep(0.05)
            if how != "closed":
                running.send_signal(signal.SIGINT)
                output += running.stdout.read()
            said = running.stderr.read()
            assert running.wait(10) == 0, said
        counted = statistics(said)
        check_accounts(counted)
        if how != "closed":
            assert counted["events"]["written"] == output.count(b"\n")
            rules.parse_lines(output)
