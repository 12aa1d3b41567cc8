# SPDX-License-Identifier: BSD-2-Clause
"""
Group X: twice the input is at most 2.2 times the work

In instructions, which the machine's load does not change, beyond those of an empty capture.
Each shape is one that could be quadratic.
"""
import random
import re
import shutil
import subprocess

import pytest
from floods import client, packet, pcap, server, syns
from lab import ACK, HTTPWIRE, PSH

GROWTH_MAX = 2.2
POST = b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"
BODY = 1 + len(POST)
CHUNKED = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"


def stream(text, cut):
    return [client(1, text[at:at + cut], 1 + at) for at in range(0, len(text), cut)]


def endless(begin, more, cut=97):
    return lambda nr: stream(begin + more * (nr // len(more)), cut)


def body(begin, more):
    def make(nr):
        text = begin + more * (nr // len(more))
        return stream(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                      b"Content-Length: %d\r\n\r\n%s" % (len(text), text), 60000)
    return make


def head_of(lines):
    return stream(b"GET / HTTP/1.1\r\nHost: h\r\n" + b"".join(lines) + b"\r\n", 60000)


def alike(nr):
    """Addresses and ports that a hash without a key takes for the same."""
    return [client(i & 0xFF00 | 80, b"\0", src=(i << 16 | i >> 16) & 0xFFFFFFFF) for i in range(nr)]


def slow(nr):
    """A byte of a head on each of many connections, again and again."""
    return [client(1000 + i % 50000, b"GET / HTTP/1.1\r\nX: "[at:at + 1], 1 + at, 0x0A000001 + i // 50000)
            for at in range(10) for i in range(nr // 10)]


def holes(nr):
    places = list(range(nr))
    random.Random(8).shuffle(places)
    return [client(1, POST), *(client(1, b"x", BODY + 1 + 2 * at) for at in places)]


def odd(nr):
    rng = random.Random(11)
    return [packet(rng.getrandbits(32), 1, rng.getrandbits(32), 80, 1, 1, ACK, b"x" * 10)[:rng.randrange(41)]
            for _ in range(nr)]


PART = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
BODIES = ("-e", "net_http_exchange", "--body", "8M")

# row and shape: (packets of a size, the size that is doubled, options)
SHAPES = {
    "X01-syns": (lambda nr: [*syns(nr)], 8000, ("--max-memory", "512k")),
    "X02-idle": (lambda nr: [packet(0x0B000000 + i, 1024, 0xC0000209, 80, 1, 1, PSH | ACK, b"\0") for i in range(nr)], 8000, ()),
    "X03-colliding": (alike, 5000, ()),
    "X04-names": (lambda nr: head_of(b"X-Common-Beginning-%08d: 1\r\n" % i for i in range(nr)), 8000, ("--max-head", "8M")),
    "X04-one-name": (lambda nr: head_of([b"Cookie: a=b\r\n"] * nr), 8000, ("--max-head", "8M")),
    "X05-slow": (slow, 8000, ()),
    "X06-request-line": (endless(b"GET /", b"x"), 400_000, ()),
    "X06-field": (endless(b"GET / HTTP/1.1\r\nX: ", b"x"), 400_000, ("--max-head", "8M")),
    "X06-fields": (endless(b"GET / HTTP/1.1\r\n", b"a: b\r\n"), 200_000, ("--max-head", "8M")),
    "X06-folds": (endless(b"GET / HTTP/1.1\r\nX: y\r\n", b" z\r\n"), 100_000, ("--max-head", "8M")),
    "X06-extension": (endless(CHUNKED + b"5;", b"x"), 200_000, ()),
    "X06-trailer": (endless(CHUNKED + b"0\r\n", b"a: b\r\n"), 200_000, ()),
    "X06-parts": (body(b"", b"--b\r\n"), 1_000_000, BODIES),
    "X06-parts-with-fields": (body(b"", PART % b"a"), 1_000_000, BODIES),
    "X06-parts-with-secrets": (body(b"", PART % b"password" + b"x\r\n"), 1_000_000, BODIES),
    "X06-almost-boundaries": (body(PART % b"password", b"--bb\r\n"), 1_000_000, BODIES),
    "X06-values": (body(b"", b"a=%7B%22token%22:1%7D&"), 1_000_000, BODIES),
    "X06-values-of-brackets": (body(b"", b"a=[["), 1_000_000, BODIES),
    "X07-body": (endless(POST, b"x", 1400), 3_000_000, ()),
    "X08-holes": (holes, 5000, ("--max-memory", "64M")),
    "X09-bytes": (lambda nr: [client(1, POST), *(client(1, b"x", BODY + i) for i in range(nr))], 8000, ()),
    "X09-bytes-of-a-head": (lambda nr: stream(b"GET / HTTP/1.1\r\nX: " + b"y" * nr, 1), 8000, ("--max-head", "8M")),
    "X10-pipelined": (lambda nr: stream(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" * nr, 1400), 600, ()),
    "X10-exchanges": (lambda nr: [*stream(b"GET /1 HTTP/1.1\r\nHost: h\r\n\r\n" * nr, 1400),
                                  *(server(1, b"HTTP/1.1 204 No Content\r\n\r\n", 1 + 27 * i) for i in range(nr))],
                      400, ("-e", "net_http_exchange")),
    "X11-odd": (odd, 8000, ()),
    "X18-escapes": (lambda nr: head_of([b"X: " + b"\x01" * nr + b"\r\n"]), 100_000, ("--max-head", "8M")),
    "X18-patterns": (lambda nr: stream(b"GET /" + b"a" * nr + b" HTTP/1.1\r\nHost: h\r\n\r\n", 60000), 20_000,
                     ("--max-head", "8M", "-Y", 'http.request.uri matches "(a|aa)+[bc]"')),
}


def instructions(path, args):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", HTTPWIRE, "-q", "-o", "json",
                           "--workers", "1", "--checksums", "off", "-r", path, *args],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=120, check=True)
    return int(re.search(rb"Collected : (\d+)", done.stderr)[1])


@pytest.fixture(name="counted", scope="module")
def fixture_counted(tmp_path_factory):
    if not shutil.which("valgrind"):
        pytest.skip("valgrind is not installed")
    if b"__asan" in subprocess.run(["nm", "-D", HTTPWIRE], capture_output=True, check=False).stdout:
        pytest.skip("valgrind cannot run a sanitized program")
    path = tmp_path_factory.mktemp("doubling") / "in.pcap"

    def count(packets, args):
        path.write_bytes(pcap(packets))
        return instructions(path, args)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_X_twice_is_at_most_twice(counted, shape):
    """Twice as much of it costs at most 2.2 times as many instructions."""
    make, size, args = SHAPES[shape]
    none, once, twice = (counted(make(nr) if nr else [], args) for nr in (0, size, 2 * size))
    assert once - none > 2_000_000, "else it says nothing"
    assert twice - none <= GROWTH_MAX * (once - none)
