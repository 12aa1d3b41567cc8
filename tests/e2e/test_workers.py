# SPDX-License-Identifier: BSD-2-Clause
"""
--workers: several threads tell what one tells, byte by byte, in every form, with the same
statistics and exit code; and live in the same sandbox.
"""
import json
import os
import pathlib
import struct
import subprocess
import time

import pytest

from lab import DATA, HTTPWIRE, SHARED, httpwire
from test_corpus import captures

SPEC = sorted((DATA / "spec").glob("*.pcap*"))
FORMS = [
    ("json",),
    ("json", "-e", "net_http_exchange"),
    ("json", "-e", "net_packet_ipv4,net_packet_tcp,net_packet_udp,net_packet_dns"),
    ("json-v1beta1", "--strict"),
    ("json", "--redact-hash", "--redact-key-file", "KEY"),
    ("text", "-e", "net_http_exchange"),
    ("text", "-e", "net_packet_http", "-tttt"),
    ("text=long", "-e", "net_http_exchange"),
    ("csv", "-e", "net_http_exchange", "--columns", "time,method,path,status"),
    ("har", "-e", "net_http_exchange", "--body", "4k"),
    ("curl", "-e", "net_packet_http_request"),
    ("json", "--host", "*e*", "--status", "2xx"),
    ("json", "-Y", 'http.request.method matches "^(GET|P.*T)$" || http.response'),
    ("json", "-F", "FILTER"),
    ("none",),
]


def run(n, form, *more):
    done = httpwire("--workers", n, "--no-summary", "--stats", "json", "-o", *form, *more, check=False)
    return done.returncode, done.stdout, done.stderr


def same(form, *more, numbers=(2, 3, 4)):
    alone = run(1, form, *more)
    for n in numbers:
        assert run(n, form, *more) == alone, f"{n} workers"
    return alone


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_all_forms(form, tmp_path):
    (tmp_path / "KEY").write_bytes(b"0123456789abcdef")
    (tmp_path / "FILTER").write_text("tcp port 80 or udp", encoding="ascii")
    form = [tmp_path / word if word in ("KEY", "FILTER") else word for word in form]
    assert SPEC
    for path in SPEC:
        assert same(form, "-r", path)[0] == 0


def test_several_files_are_one_capture():
    files = [word for path in SPEC for word in ("-r", path)]
    same(("json",), *files)


@pytest.mark.parametrize("part", range(8))
def test_corpus(part, shared):
    for i, name in enumerate(captures()[part::8]):
        form = FORMS[i % 3]
        same(form, "-r", SHARED / "corpus" / "pcaps" / name, numbers=(2 + i % 3,))


def make(tmp_path, repeat):
    """A capture of many connections: those of the spec, again and again, a little later."""
    first = SPEC[0].read_bytes()
    order = "<" if first[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    packets, at = [], 24
    while at < len(first):
        seconds, fraction, length, wire = struct.unpack_from(order + "IIII", first, at)
        packets.append((seconds, fraction, wire, first[at + 16:at + 16 + length]))
        at += 16 + length
    path = tmp_path / "large.pcap"
    with path.open("wb") as out:
        out.write(first[:24])
        for i in range(repeat):
            for seconds, fraction, wire, data in packets:
                out.write(struct.pack(order + "IIII", seconds + 400 * i, fraction, len(data), wire) + data)
    return path


@pytest.fixture(name="large")
def fixture_large(tmp_path):
    return make(tmp_path, 1 + (1 << 20) // SPEC[0].stat().st_size)


def test_compressed_files(large):
    subprocess.run(["gzip", "-k", large], check=True)
    assert same(("json",), "-r", large)[1] == same(("json",), "-r", f"{large}.gz")[1]


@pytest.mark.parametrize("tail, is_told", [(b"garbage", True), (bytes(1000), False)])
def test_what_follows_compressed_data(tail, is_told, large):
    subprocess.run(["gzip", large], check=True)
    path = pathlib.Path(f"{large}.gz")
    whole = same(("json",), "-r", path)
    with path.open("ab") as out:
        out.write(tail)
    code, out, err = same(("json",), "-r", path)
    assert code == 0 and out == whole[1]
    assert (b"large.pcap.gz: what follows the compressed data was ignored" in err) == is_told


def test_a_file_that_is_cut(large):
    whole = large.read_bytes()
    large.write_bytes(whole[:len(whole) * 2 // 3 + 5])
    code, out, err = same(("json",), "-r", large, "-r", SPEC[0])
    assert code == 1 and out and b"file ends inside" in err


def test_files_that_rotate(tmp_path):
    large, written = make(tmp_path, 100), []
    for n in (1, 3):
        folder = tmp_path / f"{n}"
        folder.mkdir()
        httpwire("--workers", n, "-q", "-r", large, "-o", "har", "-e", "net_http_exchange",
                 "--output", folder / "out", "-C", 1)
        written.append({path.name: path.read_bytes() for path in folder.iterdir()})
    assert written[0] == written[1] and len(written[0]) > 1


def test_a_pipe_that_closes(large):
    with subprocess.Popen([HTTPWIRE, "--workers", "3", "-q", "-r", large, "-o", "json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.read(1000)
        child.stdout.close()
        assert child.wait(20) == 0
        assert child.stderr.read() == b""


def test_a_disk_that_is_full(large):
    full = pathlib.Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full")
    with full.open("wb") as out:
        done = subprocess.run([HTTPWIRE, "--workers", "3", "-r", large, "-o", "json", "--stats", "json"],
                              stdout=out, stderr=subprocess.PIPE, check=False, timeout=20)
    assert done.returncode == 1 and b"No space left" in done.stderr


def test_statistics_on_demand_and_an_end_by_signal(large):
    """The pipe is full and nobody reads: the signals come in the middle."""
    with subprocess.Popen([HTTPWIRE, "--workers", "3", "-r", large, "-o", "json", "--stats", "json"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        time.sleep(0.3)
        child.send_signal(10)  # SIGUSR1
        child.send_signal(2)
        time.sleep(0.1)
        out, err = child.communicate(timeout=20)
    assert child.returncode in (0, 130) and out.endswith(b"\n")
    assert err.count(b'"event":"stats"') in (1, 2)


def test_statistics_on_demand_while_the_filter_leaves_nothing(tmp_path):
    """Batches without a frame are done as soon as they are read: others may be reading on."""
    large = make(tmp_path, 1 + (20 << 20) // SPEC[0].stat().st_size)
    said = tmp_path / "said"
    with said.open("wb") as err, \
         subprocess.Popen([HTTPWIRE, "--workers", "3", *["-r", large] * 10, "-o", "json", "--stats", "json", "port 1"],
                          stdout=subprocess.DEVNULL, stderr=err) as child:
        time.sleep(0.05)
        while child.poll() is None:
            child.send_signal(10)  # SIGUSR1
            time.sleep(0.001)
        assert child.returncode == 0
    reports = [json.loads(line)["packets"] for line in said.read_bytes().splitlines()]
    assert reports and all(packets["read"] == packets["filtered"] for packets in reports)


@pytest.mark.unsanitized("has no sandbox")
def test_each_thread_is_confined(large):
    """While the pipe is full and nobody reads."""
    with subprocess.Popen([HTTPWIRE, "--workers", "3", "-q", "-r", large, "-o", "json"],
                          stdout=subprocess.PIPE) as child:
        tasks = pathlib.Path(f"/proc/{child.pid}/task")
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline and len(list(tasks.iterdir())) < 3:
            time.sleep(0.02)
        time.sleep(0.1)
        texts = [(task / "status").read_text(encoding="utf-8") for task in tasks.iterdir()]
        child.stdout.read()
        assert child.wait(20) == 0
    assert len(texts) == 3
    for text in texts:
        status = dict(line.split(":\t", 1) for line in text.splitlines())
        assert status["Seccomp"].strip() == "2" and status["NoNewPrivs"].strip() == "1"
        assert int(status["CapEff"], 16) & ~4 == 0 and int(status["CapBnd"], 16) & ~4 == 0


@pytest.mark.parametrize("more", [
    ("-c", "5"), ("-e", "net_flow_tcp_begin"), ("--summary",), ("-w", "PACKETS"),
    ("-o", "text", "-ttt"), ("--progress", "1s", "-e", "net_http_exchange"),
], ids=" ".join)
def test_where_one_does_it_all(more, large, tmp_path):
    more = [tmp_path / "packets" if word == "PACKETS" else word for word in more]
    same(("json",), "-r", large, *more, numbers=(4,))


def test_a_pipe_is_read_by_one(large):
    words = ("-q", "-r", "-", "-o", "json")
    assert httpwire("--workers", 4, *words, stdin=large.read_bytes()).stdout == \
        httpwire("-q", "-r", large, "-o", "json").stdout


def count_threads(*words):
    with subprocess.Popen([HTTPWIRE, "-q", "-o", "json", *words], stdout=subprocess.PIPE) as child:
        child.stdout.read(1)
        nr = len(os.listdir(f"/proc/{child.pid}/task"))
        child.stdout.read()
    return nr


@pytest.mark.unsanitized("may have one thread more")
def test_large_files_have_several_by_themselves(tmp_path):
    large = make(tmp_path, 1 + (9 << 20) // SPEC[0].stat().st_size)
    processors = len(os.sched_getaffinity(0))
    assert count_threads("-r", large) == min(processors, 4)
    assert count_threads("-r", large, "--max-memory", "100M") == 1
    assert count_threads("-r", large, "--workers", "1") == 1
    assert count_threads("-r", large, "--workers", "6") == 6


@pytest.mark.parametrize("n", ["0", "65", "x", ""])
def test_numbers_that_are_none(n):
    done = httpwire("--workers", n, "-r", SPEC[0], check=False)
    assert done.returncode == 2 and b"--workers" in done.stderr


def test_too_little_memory_for_so_many_is_said():
    done = httpwire("-r", SPEC[0], "--workers", "4", "--max-memory", "32k", "--max-head", "1k", check=False)
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"httpwire: no memory for 4 workers; --workers 1 needs less\n"
