# SPDX-License-Identifier: BSD-2-Clause
"""
Group X: what would use up memory, time, disk, descriptors

The sizes are such that all of it takes seconds. HW_LONG=1 takes those of the list of
faults, which take minutes; HW_SOAK=SECONDS says how long X17 looks for growth.
"""
import contextlib
import gzip
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import time

import floods
import pytest
import rules
from floods import LONG, client, packet, pcap, server
from frames import Talk
from lab import ACK, HTTPWIRE, PSH, Capture, check_accounts, statistics, value
from live import PYTHON, Watch, free_port, of_port, peer, serving, side, watching

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"
OFF = ("--checksums", "off")
MIB = 1 << 20


def conversation(capture, number):
    talk = Talk(capture)
    talk.send(0, GET % number)
    return talk


def test_X01_syn_flood(run):
    """Half-open connections beyond all memory: it stays at its limit, and a connection in use goes on."""
    nr = 10_000_000 if LONG else 200_000
    begun, flooded, went_on = (client(9, piece, seq) for piece, seq in ((b"GET /1 HTTP/1.1\r\n", 1), (b"Host: h\r\n", 18),
                                                                        (b"\r\n", 27)))
    flood = list(floods.syns(nr))
    told = run(pcap([begun, *flood[:nr // 2], flooded, *flood[nr // 2:], went_on], 100), *OFF, "--max-memory", "8M")
    assert told.messages() == ["GET /1"]
    assert told.counted["connections"]["evicted"] > nr // 2
    assert rules.SANITIZED or told.kib < (8 + 24) * 1024


def test_X02_idle_connections(run):
    """Many established connections without traffic: at most 512 bytes each, within the limit, then evicted."""
    nr = 1_000_000 if LONG else 100_000
    idle = pcap([packet(0x0B000000 + i // 50000, 1024 + i % 50000, 0xC0000209, 80, 1, 1, PSH | ACK, b"\0")
                 for i in range(nr)], 100)
    none = run(pcap([]), *OFF)
    told = run(idle, *OFF, "--max-memory", "1G", "--max-connections", 2 * nr)
    assert told.counted["connections"]["evicted"] == 0 and told.counted["connections"]["seen"] == nr
    assert (told.kib - none.kib) * 1024 / nr < 512
    told = run(idle, *OFF, "--max-memory", "4M")
    assert told.counted["connections"]["evicted"] > nr // 2


def test_X02_idle_connections_time_out(run):
    """They are given up after their time."""
    told = run(floods.HEAD + b"".join(floods.record(client(1000 + i, b"\0"), i) for i in range(1000)) +
               b"".join(floods.record(client(9, b"x", i), i * 10**10) for i in range(40)), *OFF)
    assert told.counted["connections"]["timed_out"] == 1000


def test_X03_colliding_connections(run):
    """Connections chosen alike, for a hash that is not keyed, take no longer than random ones."""
    nr = 1_000_000 if LONG else 60_000
    rng = random.Random(3)
    times = [[], []]
    for _ in range(3):
        for which, packets in enumerate((
                [client(rng.getrandbits(16), b"\0", src=rng.getrandbits(32)) for _ in range(nr)],
                [client(i & 0xFF00 | 80, b"\0", src=(i << 16 | i >> 16) & 0xFFFFFFFF) for i in range(nr)])):
            times[which].append(run(pcap(packets), *OFF).cpu_s)
    assert min(times[1]) < 2 * min(times[0]) + 0.1, times


@pytest.mark.parametrize("name", [b"X-Common-Beginning-%08d", b"%d-X", b"A" * 90 + b"%d"])
def test_X04_names_that_are_alike(run, name):
    """Header names with a common beginning, or end, take no longer than others."""
    rng = random.Random(4)
    nr = 30_000

    def head(names):
        return b"GET / HTTP/1.1\r\nHost: h\r\n" + b"".join(n + b": 1\r\n" for n in names) + b"\r\n"
    alike = head(name % i for i in range(nr))
    other = head(b"%030x" % rng.getrandbits(120) + b"y" * (len(name % 9999) - 30) for _ in range(nr))
    told, usual = (run(pcap([client(1, text[at:at + 60000], 1 + at) for at in range(0, len(text), 60000)]), *OFF,
                       "--max-head", "8M") for text in (alike, other))
    assert len(value(told.events[0], "proto_http")["headers"]) == nr
    assert told.cpu_s < 2 * usual.cpu_s + 0.2


def test_X05_slow_clients(run, shared):
    """A byte of a header every 10 s on thousands of connections: little memory, and a timeout at last."""
    nr = 10_000 if LONG else 2_000
    rounds = [floods.record(client(1000 + i % 50000, b"GET / HTTP/1.1\r\nX: "[at:at + 1], 1 + at, 0x0A000001 + i // 50000),
                            at * 10**10 + i * 1000) for at in range(19) for i in range(nr)]
    later = [floods.record(client(9, b"x", i), 190 * 10**9 + i * 10**10) for i in range(40)]
    told = run(floods.HEAD + b"".join(rounds + later), *OFF, "--max-memory", f"{nr * 1500 >> 10}k")
    assert told.counted["messages"]["incomplete_timeout"] == nr and told.counted["connections"]["evicted"] == 0
    told = run(shared / "corpus" / "pcaps" / "http-stalling-detector" / "Traces__slowloris_scan.pcap")
    assert told.events


ENDLESS = {
    "request-line": (b"GET /", b"x", "[limit]"), "field": (b"GET / HTTP/1.1\r\nX: ", b"x", "[limit]"),
    "fields": (b"GET / HTTP/1.1\r\n", b"a: b\r\n", "[limit]"), "folds": (b"GET / HTTP/1.1\r\nX: y\r\n", b" z\r\n", "[limit]"),
    "name": (b"GET / HTTP/1.1\r\n", b"x", "[limit]"), "line-ends": (b"GET / HTTP/1.1\r\nX: ", b"\r", "[limit]"),
    "size": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"0", ""),
    "extension": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x", ""),
    "trailer": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n", ""),
    "chunks": (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", ""),
    "reason": (b"HTTP/1.1 200 ", b"x", "[limit]"), "blank": (b"", b"\r\n", None), "words": (b"GET ", b"/ ", "[limit]"),
    "digits": (b"POST / HTTP/1.1\r\nContent-Length: ", b"1", "[limit]"),
}


@pytest.mark.parametrize("what", ENDLESS)
@pytest.mark.parametrize("cut", [60_000, 97])
def test_X06_parts_without_an_end(run, what, cut):
    """What never ends is cut at its limit, in linear time and bounded memory, in pieces of any size."""
    begin, more, why = ENDLESS[what]
    total = (100 if LONG else 3) * 10**6 // (1 if cut > 1000 else 3)
    text = begin + more * (total // len(more))
    told = run(pcap([client(1, text[at:at + cut], 1 + at) for at in range(0, len(text), cut)]), *OFF,
               "--max-memory", "2M")
    assert told.cpu_s < 0.5 + total / 10**7
    if why is not None:
        assert told.messages() and told.messages()[0].endswith(why)


def test_X07_a_body_of_a_terabyte(run, capture):
    """A body that is announced as one is not kept."""
    talk = Talk(capture)
    talk.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % 2**40)
    for _ in range(300):
        talk.data(1, b"x" * 60000)
        talk.seq[1] += 60000
    told = run(capture, "--max-memory", "1M")
    assert told.messages() == ["200 OK"] and value(told.events[0], "proto_http")["content_length"] == 2**40


def test_X07_behind_more_than_four_gigabytes(run):
    """The message behind a body of 5 GiB, of which little was captured, is found: 64 bits count."""
    total, step = 5 << 30, 65495
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % total
    records, at = [floods.record(server(9, head), 0)], 0
    while at < total:
        size = min(step, total - at)
        body = server(9, b"xx", 1 + len(head) + at)
        body = body[:2] + struct.pack(">H", 40 + size) + body[4:]
        records.append(floods.record(body, at // 1000, wire=40 + size))
        at += size
    records.append(floods.record(server(9, b"HTTP/1.1 404 Not Found\r\n\r\n", 1 + len(head) + at), at // 1000))
    told = run(floods.HEAD + b"".join(records), *OFF)
    assert told.messages() == ["200 OK", "404 Not Found"]
    assert told.counted["tcp"]["gap_bytes"] > 2**32 and told.counted["tcp"]["gaps"] == len(records) - 2


@pytest.mark.parametrize("order", ["upwards", "downwards", "random"])
def test_X08_holes_everywhere(run, order):
    """Each second byte of a window in segments of its own: bounded, and no search through all of them."""
    nr = 500_000 if LONG else 200_000 # of the 1 MiB that is taken for a window nobody has told
    places = list(range(nr))
    if order == "downwards":
        places.reverse()
    if order == "random":
        random.Random(8).shuffle(places)
    begin = client(1, b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n")
    after = 1 + len(begin) - 40
    told = run(pcap([begin, *(client(1, b"x", after + 1 + 2 * at) for at in places)]), *OFF, "--max-memory", "16M")
    counted = told.counted["tcp"]
    assert told.messages() == ["POST /"] and counted["delivered"] + counted["over_limit"] >= nr
    assert told.cpu_s < 0.5 + nr * 3e-6


def test_X09_a_byte_a_segment(run):
    """A body in segments of one byte costs what its packets cost."""
    nr = 16_000_000 if LONG else 400_000
    begin = client(1, b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % nr)
    after = 1 + len(begin) - 40
    told = run(pcap([begin, *(client(1, b"x", after + i) for i in range(nr)), client(1, GET % 7, after + nr)]), *OFF,
               "--max-memory", "1M")
    assert told.messages() == ["POST /", "GET /7"]
    assert told.cpu_s < 0.3 + nr * 2e-6


def test_X10_more_events_than_a_reader_takes(run, tmp_path):
    """Hundreds of thousands of pipelined requests: all are there, and a slow reader is waited for."""
    nr = 1_000_000 if LONG else 100_000
    packets, seq = [], 1
    for at in range(0, nr, 500):
        text = b"".join(GET % i for i in range(at, at + 500))
        packets.append(client(1, text, seq))
        seq += len(text)
    path = tmp_path / "in.pcap"
    path.write_bytes(pcap(packets))
    told = run(path, *OFF, form="text")
    assert len(told.lines) == nr and told.counted["events"]["lost"] == 0
    with subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-e", "net_packet_http", *OFF], stdout=subprocess.PIPE) as running:
        time.sleep(0.3)
        assert running.poll() is None
        assert running.stdout.read().count(b"\n") == nr and running.wait(10) == 0


def test_X11_something_odd_in_each_packet(run):
    """What is odd is counted, and said once, however often it is there."""
    rng = random.Random(11)
    odd = [packet(rng.getrandbits(32), 1, rng.getrandbits(32), 80, 1, 1, ACK, b"x" * 10)[:rng.randrange(41)]
           for _ in range(5000)]
    requests = [client(1000 + i, b"GET /\x01 HTTP/1.1\nHost : h\r\nHost: i\r\n\r\n") for i in range(5000)]
    told = run(pcap(odd + requests), *OFF)
    assert len(told.events) == 5000 and told.said.count(b"\n") < 5
    assert told.counted["messages"]["malformed"] == 5000


# X12: the output cannot be written

@pytest.fixture(name="many")
def fixture_many(tmp_path):
    """A capture whose events are some megabytes."""
    path = tmp_path / "many.pcap"
    path.write_bytes(pcap([client(1000 + i, GET % i) for i in range(8000)]))
    return path


@contextlib.contextmanager
def small_disk(folder, size):
    """A file system of `size` bytes."""
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True,
                      check=False).returncode != 0:
        pytest.skip("needs root, to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def test_X12_a_full_disk(many, tmp_path):
    """Whole lines as far as there was room, the loss counted and said, exit code 1."""
    with small_disk(tmp_path / "disk", 256 << 10) as disk:
        done = subprocess.run([HTTPWIRE, "-r", many, *OFF, "-o", "json", "--output", disk / "out", "--stats", "json"],
                              capture_output=True, check=False)
        written = rules.parse_lines((disk / "out").read_bytes())
    counted = statistics(done.stderr)
    check_accounts(counted)
    assert done.returncode == 1 and b"No space left on device" in done.stderr
    assert counted["events"]["written"] == len(written) > 0 and counted["events"]["lost"] > 0
    assert [value(e, "proto_http")["uri_path"] for e in written] == [f"/{i}" for i in range(len(written))]


def test_X12_a_full_device(many):
    """Standard output that takes nothing."""
    with open("/dev/full", "wb") as full:
        done = subprocess.run([HTTPWIRE, "-r", many, *OFF, "--stats", "json"], stdout=full, stderr=subprocess.PIPE,
                              check=False)
    check_accounts(statistics(done.stderr))
    assert done.returncode == 1 and b"No space left" in done.stderr and done.stderr.count(b"\n") < 4


def test_X12_a_reader_that_goes_away(many):
    """A closed pipe is no error: it ends, quietly."""
    with subprocess.Popen([HTTPWIRE, "-r", many, *OFF, "-o", "json", "--stats", "json"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        running.stdout.read(100)
        running.stdout.close()
        said = running.stderr.read()
        assert running.wait(10) == 0
    check_accounts(statistics(said))
    assert b"Broken pipe" not in said


def test_X12_no_standard_output(many):
    """Started with its standard output closed: said, and nothing else gets the lines."""
    done = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", HTTPWIRE, "-r", many, *OFF], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"Bad file descriptor" in done.stderr


def test_X12_a_reader_of_ten_bytes_a_second(many):
    """It waits without using the CPU, ends on a signal, and the accounts close."""
    with subprocess.Popen([HTTPWIRE, "-r", many, *OFF, "-o", "json", "--stats", "json"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        for _ in range(10):
            assert len(os.read(running.stdout.fileno(), 1)) == 1
            time.sleep(0.1)
        ticks = sum(map(int, pathlib.Path(f"/proc/{running.pid}/stat").read_text(encoding="ascii").split()[13:15]))
        assert running.poll() is None and ticks < 50 # hundredths of a second
        running.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        rest = running.stdout.read()
        said = running.stderr.read()
        assert running.wait(10) == 0
    counted = statistics(said)
    check_accounts(counted)
    assert rest.endswith(b"\n") and counted["events"]["written"] == rest.count(b"\n")


FAILING = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <stdio.h>
static long left = -1, made;
static int ready;
__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("FAIL_AT");
	left = at ? atol(at) : -1;
	ready = 1;
}
__attribute__((destructor)) static void end(void)
{
	char text[40];
	if (getenv("FAIL_COUNT"))
		(void)!write(2, text, (size_t)snprintf(text, sizeof(text), "allocations %ld\n", made));
}
/* libpcap's compiler crashes without memory: what it asks for, it gets. */
static int fails(void *caller)
{
	Dl_info from;
	if (!ready || (dladdr(caller, &from) && strstr(from.dli_fname, "libpcap")))
		return 0;
	__sync_fetch_and_add(&made, 1);
	if (__sync_fetch_and_sub(&left, 1) != 1)
		return 0;
	errno = ENOMEM;
	return 1;
}
#define FAILS fails(__builtin_return_address(0))
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
void *malloc(size_t n) { return FAILS ? NULL : __libc_malloc(n); }
void *calloc(size_t a, size_t b) { return FAILS ? NULL : __libc_calloc(a, b); }
void *realloc(void *p, size_t n) { return FAILS ? NULL : __libc_realloc(p, n); }
void *aligned_alloc(size_t a, size_t n) { return FAILS ? NULL : __libc_memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n) { return FAILS || !(*p = __libc_memalign(a, n)) ? ENOMEM : 0; }
"""


@pytest.fixture(scope="module", name="failing")
def fixture_failing(tmp_path_factory):
    """A library to preload in which the FAIL_AT-th allocation fails."""
    if rules.SANITIZED:
        pytest.skip("not with sanitizers, which allocate themselves")
    folder = tmp_path_factory.mktemp("failing")
    (folder / "failing.c").write_text(FAILING)
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-w", "-o", folder / "failing.so", folder / "failing.c"], check=True)
    return folder / "failing.so"


def busy_capture():
    """Heads in pieces, holes, fragments of lines, several connections: what allocates."""
    made = Capture()
    for number in range(6):
        talk = Talk(made, client=("10.0.0.1", 1000 + number))
        talk.data(0, (GET % number)[10:], at=10)
        talk.send(0, (GET % number)[:10])
        talk.sent(0, len(GET % number) - 10)
        talk.send(1, b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n", cut=9)
    return made


INPUTS = [("-o", "json"), ("-o", "json", "--workers", "2"), ("-o", "text", "tcp port 80"), ("-o", "json-v1beta1", "-e", "network_events,flows"),
          ("-o", "json", "-Y", 'http.request.uri matches "/[0-9]"'), ("-o", "json", "-w", "{out}"), ("-o", "json", "-r", "{gz}")]


def check_allocations(failing, args):
    """No crash: a word and exit code 1, or a loss that is counted; whole lines in each case."""
    def attempt(at, **more):
        done = subprocess.run([HTTPWIRE, "--stats", "json", *args], capture_output=True, timeout=20, check=False,
                              env={**os.environ, "LD_PRELOAD": str(failing), "FAIL_AT": str(at), **more})
        assert done.returncode in (0, 1, 2), (at, done)
        assert done.returncode == 0 or done.stderr, at
        assert done.stdout == b"" or done.stdout.endswith(b"\n"), at
        if b'{"event":"stats"' in done.stderr:
            made = statistics(done.stderr)["events"]
            check_accounts(statistics(done.stderr))
            assert made["written"] == done.stdout.count(b"\n"), at
            assert done.returncode == 1 or made["lost"] == 0, at
        return done

    made = int(attempt(0, FAIL_COUNT="1").stderr.rsplit(b"allocations ", 1)[1].split()[0])
    assert made > 20
    step = 1 if LONG else -(-made // 40)
    rules.each(attempt, range(1 + random.Random(made).randrange(step), made + 1, step))


@pytest.mark.parametrize("args", INPUTS, ids=lambda args: "_".join(a.strip("-{}") for a in args[1:])[:20])
def test_X13_each_allocation_fails_once(failing, tmp_path, args):
    """Allocation by allocation, in each part of the program: no crash, nothing silent, no torn line."""
    whole = busy_capture().write(tmp_path / "in.pcap")
    (tmp_path / "in.gz").write_bytes(gzip.compress(whole.read_bytes()))
    check_allocations(failing, ["-r", whole, *(a.format(out=tmp_path / "out", gz=tmp_path / "in.gz") for a in args)])


@pytest.mark.skipif(not LONG, reason="takes minutes: HW_LONG=1")
def test_X13_each_allocation_on_fifty_captures(failing, shared):
    """The same, each allocation in turn, on captures of others."""
    files = [p for p in sorted((shared / "corpus" / "pcaps").rglob("*.pcap*")) if p.stat().st_size < 100_000]
    for path in random.Random(13).sample(files, 50):
        check_allocations(failing, ["-r", path, "-o", "json", "-e", "network_events"])


PIPELINE = """
import socket, sys
c = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
f = c.makefile("rb")
for i in range(int(sys.argv[2])):
    c.sendall(b"GET /%d HTTP/1.1\\r\\nHost: h\\r\\nX-Fill: " % i + b"f" * 2000 + b"\\r\\n\\r\\n")
    while f.readline() != b"\\r\\n":
        pass
"""
ANSWERING = """
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
while True:
    c, _ = s.accept()
    f = c.makefile("rb")
    try:
        while (line := f.readline()):
            if line == b"\\r\\n":
                c.sendall(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
    except OSError:
        pass
    f.close()
    c.close()
"""


@contextlib.contextmanager
def answering():
    port = free_port()
    p = peer(ANSWERING, port)
    try:
        yield port
    finally:
        p.kill()
        p.wait()
        p.stdin.close()
        p.stdout.close()


@pytest.mark.parametrize("seconds", [10 if LONG else 2])
def test_X14_stopped_under_load(seconds):
    """Stopped while packets come in: those that found no room are counted, and it goes on behind them."""
    nr = 3000
    with answering() as port, watching("--buffer", "256k", "--port", port) as w:
        w.process.send_signal(signal.SIGSTOP)
        begun = time.monotonic()
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), str(nr)], check=True, timeout=60)
        time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
        w.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        subprocess.run([PYTHON, "-c", PIPELINE, str(port), "5"], check=True, timeout=60)
        w.wait_for_events(port, 20)
        time.sleep(0.3)
    live = w.counted["live"]
    assert live["packets_lost"] > 0
    found = [value(e, "proto_http")["uri_path"] for e in side(w.events, port, True)
             if value(e, "proto_http")["direction"] == "request"]
    assert found[-5:] == [f"/{i}" for i in range(5)]
    assert len(found) < nr + 5


def starved_group():
    """A new cgroup that has a hundredth of a CPU, of version 1 where the controller is there; or None."""
    for top, limit, words in (("/sys/fs/cgroup/cpu", "cpu.cfs_quota_us", "1000"), ("/sys/fs/cgroup", "cpu.max", "1000 100000")):
        group = pathlib.Path(top) / f"httpwire-starved-{os.getpid()}"
        if not (pathlib.Path(top) / "cgroup.procs").exists():
            continue
        try:
            group.mkdir()
            (group / limit).write_text(words)
            return group
        except OSError:
            with contextlib.suppress(OSError):
                group.rmdir()
    return None


def remove_group(group):
    """Who has ended leaves it a little later."""
    for _ in range(100):
        with contextlib.suppress(OSError):
            return group.rmdir()
        time.sleep(0.02)
    raise AssertionError(f"{group} is still in use")


def test_X14_hardly_any_cpu(tmp_path):
    """
    At a hundredth of a CPU it still gives what it read, late. The kernel looks every 4 ms, so it
    has to last: the same packets again are nothing new.
    """
    group = starved_group()
    if not group:
        pytest.skip("needs a cgroup with the cpu controller")
    try:
        path = busy_capture().write(tmp_path / "in.pcap")
        done = subprocess.run(["sh", "-c", f'echo $$ > {group}/cgroup.procs; exec "$@"', "sh", HTTPWIRE, "-q",
                               *["-r", path] * 200, "-o", "json"], capture_output=True, timeout=60, check=True)
        assert done.stdout.count(b"\n") == 12
        assert re.search(r"nr_throttled [1-9]", (group / "cpu.stat").read_text())
    finally:
        remove_group(group)


LIMITS = {
    "descriptors": (["prlimit", "--nofile=16"], 0), "no-descriptors": (["prlimit", "--nofile=3"], None),
    "memory": (["prlimit", "--as=268435456"], 0), "no-memory": (["prlimit", "--as=30000000"], None),
    "processes": (["prlimit", "--nproc=0"], 0), "file-size": (["prlimit", "--fsize=0"], 0),
    "stack": (["prlimit", "--stack=65536"], 0), "locked": (["prlimit", "--memlock=0"], 0), "core": (["prlimit", "--core=0"], 0),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_X15_limits_of_the_system(tmp_path, limit):
    """Few descriptors, little memory, no processes: it reads, or says what it lacks."""
    if rules.SANITIZED and "memory" in limit:
        pytest.skip("sanitizers need more")
    prefix, code = LIMITS[limit]
    path = busy_capture().write(tmp_path / "in.pcap")
    done = subprocess.run([*prefix, HTTPWIRE, "-r", path, "-o", "json"], capture_output=True, timeout=20, check=False)
    if code == 0:
        assert done.returncode == 0 and done.stdout.count(b"\n") == 12, done.stderr
    else:
        assert done.returncode in (0, 1, 127) and (done.stdout.count(b"\n") == 12 or done.stderr)


@pytest.mark.unsanitized("ends with a thread of its own, for leaks")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: to be somebody who may have few processes")
def test_X15_no_room_for_threads(root):
    """What it lacks is said, with what does without; nothing is read."""
    def read(workers):
        return subprocess.run(["prlimit", "--nproc=0", "setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", HTTPWIRE,
                               "-r", root / "examples" / "web.pcap", "--workers", workers], capture_output=True, check=False)

    done = read("2")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"httpwire: cannot start threads: Resource temporarily unavailable; --workers 1 needs none\n"
    assert read("1").returncode == 0


def test_X15_nowhere_to_write(tmp_path):
    """A system without a folder for temporary files, read-only: reading needs none."""
    path = busy_capture().write(tmp_path / "in.pcap")
    words = ["unshare", "-m", "sh", "-c", 'mount -o remount,bind,ro / 2>/dev/null; export TMPDIR=/nowhere; exec "$@"', "sh"]
    if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, to unshare")
    done = subprocess.run([*words, HTTPWIRE, "-q", "-r", path, "-o", "json"], capture_output=True, check=True)
    assert done.stdout.count(b"\n") == 12
    done = subprocess.run([*words, HTTPWIRE, "-q", "-r", path, "--output", "/sys/no"], capture_output=True, check=False)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("limit", ["descriptors", "no-descriptors", "processes", "no-memory", "locked"])
def test_X15_limits_while_watching(tmp_path, limit):
    """The same for watching: it works, or ends with one line and exit code 1 or 3."""
    if rules.SANITIZED and "memory" in limit:
        pytest.skip("sanitizers need more")
    with serving(tmp_path) as (_, port):
        w = Watch(program=LIMITS[limit][0], ready=None)
        for _ in range(500):
            if w.process.poll() is not None or b"watching" in w.said():
                break
            time.sleep(0.02)
        if w.process.poll() is None:
            subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/"], check=True)
            w.wait_for_events(port, 4)
            w.stop()
            assert of_port(w.events, port)
        else:
            assert w.process.returncode in (1, 3, 127) and w.said().count(b"\n") >= 1, w.said()


TIMES = {
    "backwards": [10**9 * (4000 - i) for i in range(40)], "hours-back": [0 if i % 2 else 3600 * 10**9 for i in range(40)],
    "1970": [-floods.START * 10**9 + i for i in range(40)], "2106": [(2**32 - 1 - floods.START) * 10**9 + i for i in range(40)],
    "1970-and-2106": [(-floods.START if i % 2 else 2**32 - 1 - floods.START) * 10**9 for i in range(40)],
}


@pytest.mark.parametrize("what", TIMES)
def test_X16_clocks_that_jump(run, what):
    """Times that go back, or are at the ends of what can be said: no message is missed or given up."""
    records = []
    for i, ns in enumerate(TIMES[what]):
        s, fraction = divmod(ns, 10**9)
        data = client(7, (GET % 1 + GET % 2 + b"x" * 40)[i:i + 1], 1 + i)
        records.append(floods.RECORD.pack(floods.START + s, fraction, len(data), len(data)) + data)
    told = run(floods.HEAD + b"".join(records), *OFF)
    if what != "1970-and-2106":
        assert told.requests()[0] == "GET /1", told.messages()
    assert told.counted["tcp"]["delivered"] == 40 and told.counted["connections"]["evicted"] == 0


def test_X16_fractions_above_a_second(run):
    """Nanoseconds of 10^9 and more carry over."""
    records = [floods.RECORD.pack(floods.START, 10**9 + i, 40 + len(GET % i), 40 + len(GET % i)) + client(1000 + i, GET % i)
               for i in range(10)]
    assert [e["timestamp"] for e in run(floods.HEAD + b"".join(records), *OFF).events] == [
        (floods.START + 1) * 10**9 + i for i in range(10)]


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0])


@pytest.mark.unsanitized("keeps what was freed")
def test_X17_nothing_grows():
    """Connections begin and end without an end to them: memory stays where it is."""
    seconds = float(os.environ.get("HW_SOAK", "2.5"))
    made = Capture()
    for number in range(300):
        talk = Talk(made, client=("10.0.0.1", 1000 + number))
        talk.send(0, GET % number, cut=9)
        talk.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        talk.close(0)
        talk.close(1)
    packets = [(ns - made.packets[0][0], data) for ns, data in made.packets]
    span = packets[-1][0] + 10**6
    with subprocess.Popen([HTTPWIRE, "-q", "-r", "-", "-o", "json"], stdin=subprocess.PIPE,
                          stdout=subprocess.DEVNULL) as running:
        running.stdin.write(floods.HEAD)
        begun, first, base, rounds = time.monotonic(), None, None, 0
        while time.monotonic() - begun < seconds:
            running.stdin.write(b"".join(floods.record(data, rounds * span + ns) for ns, data in packets))
            rounds += 1
            if first is None and time.monotonic() - begun > min(seconds / 3, 600):
                first, base = time.monotonic(), resident_kib(running.pid)
        grown, hours = resident_kib(running.pid) - base, (time.monotonic() - first) / 3600
        running.stdin.close()
        assert running.wait(20) == 0
    assert rounds > 3 and grown <= max(512, 1024 * hours), (grown, rounds)


@pytest.mark.parametrize("form", ["json", "json-v1beta1", "text"])
@pytest.mark.parametrize("byte", [b"\x01", b"\xff", b"\\", b"\"", b"\xe2\x80\xa8", b"<"])
def test_X18_bytes_that_become_many(run, form, byte):
    """Bytes that are written as six or eight: a line is bounded by --max-head, memory by its limit."""
    value_of = byte * (200_000 // len(byte))
    head = b"GET / HTTP/1.1\r\nHost: h\r\nX: " + value_of + b"\r\nX-" + value_of[:1000] + b": y\r\n\r\n"
    told = run(pcap([client(1, head[at:at + 60000], 1 + at) for at in range(0, len(head), 60000)]), *OFF,
               "--max-memory", "8M", form=form)
    assert len(told.output) < 8 * len(head) + 4096
    assert told.counted["events"]["written"] == 1


def test_X18_heads_that_are_cut(run):
    """The limit counts before any byte becomes many."""
    head = b"GET / HTTP/1.1\r\nX: " + b"\x01" * 200_000
    told = run(pcap([client(1, head[at:at + 60000], 1 + at) for at in range(0, len(head), 60000)]), *OFF,
               "--max-head", "4k")
    assert told.messages() == ["GET / [limit]"] and len(told.output) < 8 * 4096 + 4096
