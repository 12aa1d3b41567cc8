# SPDX-License-Identifier: BSD-2-Clause
"""The command as its users meet it: input, output, exit codes, signals"""
import contextlib
import fcntl
import gzip
import json
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time

import pytest

from lab import HTTPWIRE, Capture, Connection, events, httpwire, lines, statistics, value
from terminal import terminal

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"


def capture_of(*numbers):
    made = Capture()
    for number in numbers:
        Connection(made, client=("10.0.0.1", 40000 + number)).send(0, GET % number)
    return made


@pytest.fixture
def one(tmp_path):
    return capture_of(1).write(tmp_path / "one.pcap")


def paths(*args, **more):
    return [value(e, "proto_http")["uri_path"] for e in events(*args, **more)]


def test_standard_input(one):
    assert paths("-r", "-", stdin=one.read_bytes()) == ["/1"]


def test_gzip_from_a_path_and_from_standard_input(one, tmp_path):
    packed = tmp_path / "one.pcap.gz"
    packed.write_bytes(gzip.compress(one.read_bytes()))
    assert paths("-r", packed) == ["/1"]
    assert paths("-r", "-", stdin=packed.read_bytes()) == ["/1"]


def test_events_come_while_the_capture_is_written(one):
    with subprocess.Popen([HTTPWIRE, "-r", "-", "-o", "json"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as running:
        for byte in one.read_bytes():
            running.stdin.write(bytes([byte]))
            running.stdin.flush()
        assert b'"/1"' in running.stdout.readline()  # the pipe is open still
        running.stdin.close()
        assert running.wait(10) == 0


def test_several_files_are_one_capture(tmp_path):
    made = Capture()
    c = Connection(made)
    c.send(0, GET % 1, cut=10)
    half = len(made.packets) // 2
    first, second = Capture(), Capture()
    first.packets, second.packets = made.packets[:half], made.packets[half:]
    a, b = first.write(tmp_path / "a"), second.write(tmp_path / "b")
    event, = events("-r", a, "-r", b)
    assert value(event, "proto_http")["uri_path"] == "/1"
    assert event["httpwire"]["frame"] == len(made.packets) - 1


def test_a_packet_filter(tmp_path):
    path = capture_of(1, 2, 3).write(tmp_path / "c.pcap")
    assert paths("-r", path, "tcp", "port", "40002") == ["/2"]
    assert paths("-r", path, "port 40002 or port 40003") == ["/2", "/3"]
    (tmp_path / "filter").write_text("port 40001\n")
    assert paths("-r", path, "-F", tmp_path / "filter") == ["/1"]
    counted = statistics(httpwire("-r", path, "--stats", "json", "port 40002").stderr)
    assert counted["packets"]["filtered"] > 0
    assert counted["packets"]["read"] == sum(
        n for name, n in counted["packets"].items() if name not in ("read", "bytes"))


@pytest.mark.parametrize("linktype, order", [(0, "little"), (0, "big"), (108, "big")])
@pytest.mark.parametrize("family", [24, 28, 30])
def test_a_packet_filter_of_a_loopback_of_bsd(tmp_path, linktype, order, family):
    """Each numbers IPv6 in its own way, in the byte order of its host."""
    made = Capture()
    for number in range(1, 3):
        Connection(made, client=("fd00::1", 40000 + number), server=("fd00::2", 80)).send(0, GET % number)
    Connection(made, client=("10.0.0.1", 40003)).send(0, GET % 3)
    made.packets = [(at, (family if p[0] >> 4 == 6 else 2).to_bytes(4, order) + p) for at, p in made.packets]
    path = tmp_path / "c.pcap"
    path.write_bytes(made.pcap(linktype))
    assert paths("-r", path) == ["/1", "/2", "/3"]
    assert paths("-r", path, "tcp port 40002") == ["/2"]
    assert paths("-r", path, "ip6 and tcp") == ["/1", "/2"]
    assert paths("-r", path, "ip and tcp") == ["/3"]
    assert paths("-r", path, "not tcp") == []


def test_a_wrong_filter_is_shown_with_a_caret(one):
    done = httpwire("-r", one, "tcp", "prot", "80", check=False)
    assert done.returncode == 2
    text = done.stderr.decode().splitlines()
    caret = next(i for i, line in enumerate(text) if line.strip() == "^")
    assert text[caret - 1][text[caret].index("^"):].startswith("prot")


def test_a_pattern_of_files_is_no_filter(one, tmp_path):
    other = tmp_path / "other.pcap"
    other.write_bytes(one.read_bytes())
    done = httpwire("-r", one, other, other, check=False)
    assert done.returncode == 2
    assert f"each file has a -r of its own: -r {other}\n" in done.stderr.decode()
    done = httpwire("-r", one, "tcp", "prot", "80", check=False)
    assert "each file" not in done.stderr.decode()


DEAF = """
import socket, subprocess, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 53))
start = time.monotonic()
subprocess.run(sys.argv[1:])
print(round(time.monotonic() - start, 1))
"""


def test_a_name_that_nobody_answers_for_is_asked_once(one, tmp_path):
    conf = tmp_path / "resolv.conf"
    conf.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    alone = ["unshare", "-n", "-m", "sh", "-c",
             'ip link set lo up && mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh", conf]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("needs root, for a network of its own")
    done = subprocess.run([*alone, "/usr/bin/python3", "-c", DEAF, HTTPWIRE, "-r", one,
                           "host nobody.example and tcp"], capture_output=True, check=True)
    assert b"unknown host 'nobody.example'" in done.stderr
    assert 0.9 < float(done.stdout) < 3


def test_stop_after_a_number_of_events(tmp_path):
    path = capture_of(1, 2, 3, 4).write(tmp_path / "c.pcap")
    assert paths("-r", path, "-c", "2") == ["/1", "/2"]


def test_cut_anywhere_loses_nothing_before_the_cut(tmp_path):
    whole = capture_of(1, 2, 3).pcap()
    path = tmp_path / "cut.pcap"
    ends = [i for i in range(len(whole)) if whole[:i].endswith(b"Host: h\r\n\r\n")]
    for cut in range(25, len(whole)):
        path.write_bytes(whole[:cut])
        done = httpwire("-r", path, "-o", "json", check=False)
        assert done.stdout.count(b"\n") == sum(end <= cut for end in ends), cut
        if done.returncode != 0:
            assert done.returncode == 1
            first, = [l for l in done.stderr.splitlines() if b"cut.pcap" in l]
            assert b"packet" in first


@pytest.mark.parametrize("content, words", [
    (b"", "empty"), (b"x", "not a capture"), (b"hello, this is a text\n" * 10, "not a capture"),
    (b"\x28\xb5\x2f\xfd" + b"\0" * 100, "zst")])
def test_what_is_not_a_capture(tmp_path, content, words):
    path = tmp_path / "strange"
    path.write_bytes(content)
    done = httpwire("-r", path, check=False)
    assert done.returncode == 1 and done.stdout == b""
    assert str(path) in done.stderr.decode() and words in done.stderr.decode().lower()


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "none", tmp_path):
        done = httpwire("-r", path, check=False)
        assert done.returncode == 1 and str(path) in done.stderr.decode()


@pytest.mark.parametrize("args", [["--fooo"], ["-r"], ["-o", "xml", "-r", "x"], ["-c", "-1", "-r", "x"],
                                  ["--max-memory", "lots", "-r", "x"], ["--local", "10.0.0.0/99", "-r", "x"],
                                  ["-e", "net_packet_htp", "-r", "x"], ["--checksums", "maybe", "-r", "x"], ["columns", "x"], ["redactions", "x"]])
def test_a_wrong_command_line(args):
    done = httpwire(*args, check=False)
    assert done.returncode == 2 and done.stdout == b""
    assert done.stderr.count(b"\n") == 1


def test_output_to_a_file(one, tmp_path):
    path = tmp_path / "out.jsonl"
    assert httpwire("-r", one, "-o", "json", "--output", path).stdout == b""
    assert json.loads(path.read_text())["eventName"] == "net_packet_http"


def test_a_full_disk(one):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([HTTPWIRE, "-r", one, "--stats", "json"], stdout=full,
                              stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"No space left" in done.stderr
    assert statistics(done.stderr)["events"]["lost"] == 1


def test_a_closed_pipe_is_no_error(tmp_path):
    path = capture_of(*range(2000)).write(tmp_path / "c.pcap")
    done = subprocess.run(f"'{HTTPWIRE}' -r '{path}' -o json | head -1; echo ${{PIPESTATUS[0]}}",
                          shell=True, executable="/bin/bash", capture_output=True, check=True)
    assert done.stdout.splitlines()[-1] == b"0" and done.stderr == b""


@pytest.mark.parametrize("signal_nr", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_in_order(one, signal_nr):
    with subprocess.Popen([HTTPWIRE, "-r", "-", "-o", "json", "--stats", "json"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        running.stdin.write(one.read_bytes())
        running.stdin.flush()
        assert running.stdout.readline()
        running.send_signal(signal_nr)
        _, err = running.communicate(timeout=10)
        assert running.returncode == 0
        assert statistics(err)["events"]["written"] == 1


def test_statistics_at_any_time(one):
    with subprocess.Popen([HTTPWIRE, "-r", "-", "-o", "json", "--stats", "json"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        running.stdin.write(one.read_bytes())
        running.stdin.flush()
        assert running.stdout.readline()
        running.send_signal(signal.SIGUSR1)
        assert json.loads(running.stderr.readline())["messages"]["requests"] == 1
        running.communicate(timeout=10)
        assert running.returncode == 0


def test_statistics_are_told_in_one_piece(one):
    """While nobody reads them, signals come in the middle of writing; each line is whole."""
    with subprocess.Popen([HTTPWIRE, "-r", "-", "-o", "json", "--stats", "json"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as running:
        fcntl.fcntl(running.stderr, fcntl.F_SETPIPE_SZ, 4096)
        running.stdin.write(one.read_bytes())
        running.stdin.flush()
        assert running.stdout.readline()
        for _ in range(50):
            running.send_signal(signal.SIGUSR1)
            time.sleep(0.005)
        _, said = running.communicate(timeout=10)
        assert running.returncode == 0
    assert said.count(b"\n") > 1
    for line in said.splitlines():
        assert json.loads(line)["messages"]["requests"] == 1


def test_statistics_are_whole_in_a_pipe_that_does_not_block(one):
    """As one is that is shared with a program that made it so: who reads it may be behind."""
    ours, theirs = os.pipe()
    fcntl.fcntl(theirs, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(theirs, False)
    os.write(theirs, b"x" * 3000 + b"\n")
    with subprocess.Popen([HTTPWIRE, "-r", one, "-o", "none", "--stats", "json"], stdin=subprocess.DEVNULL,
                          stderr=theirs) as running, open(ours, "rb") as said:
        os.close(theirs)
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(0.3)  # it waits for us
        report = json.loads(said.read().splitlines()[1])
        assert report["messages"]["requests"] == 1 and running.wait(10) == 0


@contextlib.contextmanager
def waiting_for_a_pipe(folder, *before):
    """httpwire that has opened a pipe, in which nothing is yet, behind other files; and what writes to it."""
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen([HTTPWIRE, "-o", "json", *before, "-r", fifo], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as p:
        try:
            with open(fifo, "wb", buffering=0) as to:
                yield p, to
        finally:
            p.kill()


def told_by(process, signal_nr):
    """The line that the signal has it print; it may come too early to interrupt a wait."""
    for _ in range(200):
        process.send_signal(signal_nr)
        if select.select([process.stderr], [], [], 0.05)[0]:
            return process.stderr.readline()
    raise AssertionError("nothing is told")


def test_statistics_before_a_pipe_has_anything(one, tmp_path):
    """They are told, what was read before is shown, and the pipe is read when something comes."""
    with waiting_for_a_pipe(tmp_path, "-r", one) as (p, to):
        assert re.match(rb"\d+ packets read", told_by(p, signal.SIGUSR1))
        shown = p.stdout.readline()
        capture = capture_of(2, 3).pcap()
        to.write(capture[:3])
        told_by(p, signal.SIGUSR1)
        to.write(capture[3:])
        to.close()
        out, said = p.communicate(timeout=10)
        assert p.returncode == 0 and b"httpwire:" not in said
        assert (shown + out).count(b"\n") == 3


@pytest.mark.parametrize("signal_nr", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_before_a_pipe_has_anything(tmp_path, signal_nr):
    with waiting_for_a_pipe(tmp_path) as (p, _):
        assert re.match(rb"0 packets read", told_by(p, signal_nr))
        out, said = p.communicate(timeout=10)
        assert (p.returncode, out) == (0, b"") and b"httpwire:" not in said


def test_a_signal_that_is_a_flush_elsewhere_ends_nothing(one):
    with subprocess.Popen([HTTPWIRE, "-q", "-r", "-", "-o", "json"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as running:
        running.stdin.write(one.read_bytes())
        running.stdin.flush()
        assert running.stdout.readline()
        running.send_signal(signal.SIGUSR2)
        running.communicate(timeout=10)
        assert running.returncode == 0


def test_packets_go_where_no_events_do(one):
    packets = httpwire("-q", "-r", one, "-o", "none", "-w", "-").stdout
    assert httpwire("-q", "-r", "-", "-o", "json", stdin=packets).stdout == httpwire("-q", "-r", one, "-o", "json").stdout


def test_quiet_says_nothing(one):
    assert httpwire("-q", "-r", one).stderr == b""


def test_statistics_close(tmp_path):
    path = capture_of(1, 2, 3).write(tmp_path / "c.pcap")
    s = statistics(httpwire("-r", path, "--stats", "json").stderr)
    assert s["messages"]["begun"] == s["messages"]["complete"] == 3
    assert s["events"]["made"] == s["events"]["written"] == 3
    assert s["tcp"]["bytes"] == s["tcp"]["delivered"] > 0
    assert s["connections"]["seen"] == 3


def test_memory_stays_within_its_limit(tmp_path):
    """A head that never ends on each of many connections, beside a limit of 8 MiB."""
    made = Capture()
    for number in range(300):
        c = Connection(made, client=(f"10.0.{number >> 8}.{number & 255}", 40000))
        c.send(0, b"GET / HTTP/1.1\r\nX: " + b"y" * 100000, cut=50000)
    path = made.write(tmp_path / "c.pcap")
    done = subprocess.run(["/usr/bin/time", "-f", "%M", HTTPWIRE, "-r", path, "-o", "json",
                           "--max-memory", "8M", "--stats", "json"], capture_output=True, check=True)
    counted = statistics(done.stderr)
    assert counted["connections"]["evicted"] > 0
    assert counted["messages"]["incomplete_evicted"] > 0
    assert done.stdout.count(b"\n") == 300
    resident_kib = int(done.stderr.splitlines()[-1])
    assert resident_kib < (8 + 64) * 1024


def test_help_and_version():
    assert b"Usage" in httpwire("-h").stdout and b"httpwire" in httpwire("-V").stdout


def test_the_version_names_the_libraries():
    said = httpwire("-V").stdout.decode()
    names = ["libbpf", "libpcap", "zlib", "brotli", "zstd", "pcre2", "json-c", "libseccomp", "libmicrohttpd"]
    for name in names:
        assert re.search(rf"^{name} (version )?\d+\.\d+|^{name}: not installed$", said, re.M)


def test_reading_needs_no_privilege(one):
    one.chmod(0o644)
    for folder in pathlib.Path(one).parents:
        if str(folder).startswith("/tmp/"):
            folder.chmod(0o755)
    if os.geteuid() != 0:
        pytest.skip("needs root, to give it up")
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", HTTPWIRE,
                           "-r", "-", "-o", "json"], input=one.read_bytes(), capture_output=True,
                          check=False)
    assert done.returncode == 0 and b'"/1"' in done.stdout


def test_a_name_that_would_forge_lines(tmp_path):
    name = tmp_path / "a\nb\x1b[2J%s.pcap"
    done = httpwire("-r", name, check=False)
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1 and b"\x1b" not in done.stderr


def test_slow_reader_gets_all(tmp_path):
    path = capture_of(*range(3000)).write(tmp_path / "c.pcap")
    with subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-o", "json"], stdout=subprocess.PIPE) as running:
        time.sleep(0.5)
        got = running.stdout.read()
    assert got.count(b"\n") == 3000 and running.returncode == 0


def test_lines_are_json_in_both_forms(one):
    for form in ("json", "json-v1beta1"):
        line, = lines("-r", one, "-o", form)
        json.loads(line)


@pytest.mark.parametrize("option", ["--output", "-w"])
def test_what_is_read_is_not_written(one, tmp_path, option):
    """Whatever it is called: a capture may be evidence."""
    data = one.read_bytes()
    os.link(one, tmp_path / "other")
    for name in (one, tmp_path / "other"):
        done = httpwire("-r", one, option, name, check=False)
        assert done.returncode == 2 and done.stderr == b"httpwire: %s: it is what is to be read\n" % bytes(name)
        assert one.read_bytes() == data
        with open(one, "rb") as given:
            done = subprocess.run([HTTPWIRE, "-r", "-", option, name], stdin=given, capture_output=True, check=False)
        assert done.returncode == 2 and one.read_bytes() == data


def test_events_and_packets_are_not_written_to_one_file(one, tmp_path):
    os.symlink(tmp_path, tmp_path / "same")
    for first, second in [("new", "new"), ("new", "./same/new"), ("there", "same/there")]:
        (tmp_path / "there").touch()
        done = subprocess.run([HTTPWIRE, "-r", one, "--output", first, "-w", second], cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 2
        assert done.stderr.decode() == f"httpwire: -w {second}: the events are to be written to that file\n"
        assert not (tmp_path / "new").exists()
    with open(tmp_path / "out", "wb") as out:
        done = subprocess.run([HTTPWIRE, "-r", one, "-w", "/dev/stdout"], stdout=out, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 2
    httpwire("-q", "-r", one, "--output", tmp_path / "a", "-w", tmp_path / "b")
    httpwire("-q", "-r", one, "--output", tmp_path / "a", "-w", tmp_path / "b") # which are there now
    httpwire("-q", "-r", one, "--output", "/dev/null", "-w", "/dev/null")


@pytest.mark.parametrize("closed, code", [("<&-", 0), ("2>&-", 0), (">&-", 0)])
def test_closed_descriptors_are_not_those_of_files(one, tmp_path, closed, code):
    """What is written to them would else be in the middle of the next file that is opened."""
    done = subprocess.run(f"'{HTTPWIRE}' -r '{one}' -o json --summary --stats=json -e net_packet_http --output events -w packets {closed}",
                          shell=True, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    for line in (tmp_path / "events").read_text().splitlines():
        assert json.loads(line)["eventName"] == "net_packet_http"
    assert paths("-r", tmp_path / "packets") == ["/1"]


def test_a_request_to_end_may_come_twice(tmp_path):
    """timeout(1) signals its command and its group."""
    path = capture_of(*range(2000)).write(tmp_path / "c.pcap")
    with subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-o", "har"], stdout=subprocess.PIPE) as running:
        time.sleep(0.5) # nobody reads yet, so it cannot end
        running.send_signal(signal.SIGTERM)
        time.sleep(0.02)
        running.send_signal(signal.SIGTERM)
        out, _ = running.communicate(timeout=10)
        assert running.returncode == 0 and json.loads(out)


def test_the_second_request_ends_it_at_once(tmp_path):
    path = capture_of(*range(2000)).write(tmp_path / "c.pcap")
    with subprocess.Popen([HTTPWIRE, "-q", "-r", path, "-o", "har"], stdout=subprocess.PIPE) as running:
        time.sleep(0.5)
        running.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == -signal.SIGTERM


def test_groups_that_cannot_be_given_up(one):
    """Root of somebody's own user namespace reads files as its maker does."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = shutil.copy(HTTPWIRE, folder)
        check_groups_that_are_kept(one, program)


def check_groups_that_are_kept(one, program):
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "-Ur", program, "-q", "-r", "-", "-o", "json"],
                          stdin=open(one, "rb"), cwd="/", capture_output=True, check=False)
    if b"unshare" in done.stderr:
        pytest.skip(done.stderr.decode())
    assert done.returncode == 0 and b"/1" in done.stdout, done.stderr


def test_the_limit_of_processes_is_told():
    done = httpwire(*["-p", "1"] * 257, check=False)
    assert done.returncode == 2
    assert done.stderr == b"httpwire: -p: too many (at most 256)\n"


def test_no_command_behind_the_dashes():
    done = httpwire("--", check=False)
    assert done.returncode == 2 and done.stderr == b"httpwire: no command behind --\n"


@pytest.mark.unsanitized("has no sandbox")
def test_the_sandbox_is_told_as_it_is(one):
    def landlock(text):
        return re.search(rb"(?:no )?Landlock(?: \d)?", text)[0]

    assert landlock(httpwire("-v", "-r", one).stderr) == landlock(httpwire("-V").stdout)


@pytest.mark.parametrize("is_ignored", [False, True])
def test_a_terminal_that_goes_away(one, is_ignored):
    """Ends it in order: a document is whole. Unless it was started by nohup(1), as the tests may be."""
    words = ["nohup"] * is_ignored + [str(HTTPWIRE), "-o", "har", "-r", "-"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)) as process:
        process.stdin.write(one.read_bytes())
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        assert (process.poll() is None) == is_ignored
        process.stdin.close()
        assert process.wait(10) == 0
        json.loads(process.stdout.read())


def wait_until(holds, seconds=10):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("is_ignored", [False, True])
def test_a_terminal_that_goes_away_ends_what_writes_files_too(one, tmp_path, is_ignored):
    """While it is there, and under nohup(1), files are opened again."""
    out = tmp_path / "out"

    def is_opened_again():
        out.rename(tmp_path / "old")
        process.send_signal(signal.SIGHUP)
        wait_until(out.exists)

    words = ["nohup"] * is_ignored + [str(HTTPWIRE), "-r", "-", "-o", "json", "-l", "--output", str(out)]
    with terminal() as (ours, theirs), subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=theirs,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)) as process:
        process.stdin.write(one.read_bytes())
        process.stdin.flush()
        wait_until(lambda: out.exists() and out.read_bytes())
        is_opened_again()
        gone = os.dup(theirs)
        os.dup2(os.open(os.devnull, os.O_RDONLY), ours)
        with pytest.raises(termios.error):
            termios.tcgetattr(gone)
        os.close(gone)
        if is_ignored:
            is_opened_again()
            process.stdin.close()
        else:
            process.send_signal(signal.SIGHUP)
        assert process.wait(10) == 0


def test_the_kernel_says_that_the_terminal_goes_away(one, tmp_path):
    """Also to what has nothing open on it, as `ssh -t` starts it."""
    out = tmp_path / "out"
    with terminal() as (ours, theirs), subprocess.Popen(
            [HTTPWIRE, "-r", "-", "-o", "json", "-l", "--output", out], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0)) as process:
        process.stdin.write(one.read_bytes())
        process.stdin.flush()
        wait_until(lambda: out.exists() and out.read_bytes())
        os.close(theirs)
        os.dup2(os.open(os.devnull, os.O_RDONLY), ours)
        assert process.wait(10) == 0


def test_what_was_left_behind_opens_files_again(one, tmp_path):
    """Long after its terminal went away, for whoever moves files: that has nothing to do with the terminal."""
    out = tmp_path / "out"
    with terminal() as (ours, theirs), subprocess.Popen(
            [HTTPWIRE, "-r", "-", "-o", "json", "-l", "--output", out], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=theirs, start_new_session=True) as process:
        process.stdin.write(one.read_bytes())
        process.stdin.flush()
        wait_until(lambda: out.exists() and out.read_bytes())
        os.close(theirs)
        os.dup2(os.open(os.devnull, os.O_RDONLY), ours)
        out.rename(tmp_path / "old")
        subprocess.run(["kill", "-HUP", str(process.pid)], check=True)
        wait_until(out.exists)
        process.stdin.close()
        assert process.wait(10) == 0


def bytes_in(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def has_taken_its_signals(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return all(int(mask, 16) == 0 for mask in re.findall(r"^(?:Sig|Shd)Pnd:\t(\w+)", status, re.M))


def test_what_comes_with_a_terminal_that_goes_away_is_the_same_request(tmp_path):
    """As of systemd, which ends a session: the second signal is no second request, and nothing is lost."""
    fifo, capture = tmp_path / "fifo", capture_of(*range(500)).write(tmp_path / "a.pcap")
    os.mkfifo(fifo)
    with terminal() as (ours, theirs), open(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK), "rb") as out, \
         subprocess.Popen([HTTPWIRE, "-q", "-r", capture, "-o", "har", "--output", fifo], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=theirs) as process:
        wait_until(lambda: bytes_in(out) > 60000)  # what follows is more than a pipe has room for
        os.close(theirs)
        os.dup2(os.open(os.devnull, os.O_RDONLY), ours)
        process.send_signal(signal.SIGHUP)
        wait_until(lambda: has_taken_its_signals(process.pid))
        process.send_signal(signal.SIGTERM)
        os.set_blocking(out.fileno(), True)
        assert len(json.loads(out.read())["log"]["entries"]) == 500
        assert process.wait(10) == 0


@pytest.mark.parametrize("word", ["--help", "-h", "-V", "-D", "events", "columns"])
def test_an_answer_that_is_not_written_fails(word):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([HTTPWIRE, word], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and done.stderr == b"httpwire: standard output: No space left on device\n"
