# SPDX-License-Identifier: BSD-2-Clause
"""
tests/faults/rules.py - httpwire run under the four rules that hold for every input

1. No crash, no report of a sanitizer, no hang: at most 1 s and 2 s a megabyte.
2. Resident memory within --max-memory and 64 MiB.
3. The accounts close: packets, bytes of TCP, messages, events.
4. Every line is a JSON object of its own, in UTF-8, without a key twice.
"""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile
import unicodedata

from lab import HTTPWIRE, SANITIZED, check_accounts, statistics, value

MB = 10**6
MIB = 1 << 20
UNITS = {"k": 1 << 10, "M": 1 << 20, "G": 1 << 30}


def no_key_twice(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def no_number(name):
    raise AssertionError(f"{name} is no JSON")


def parse(line):
    """Rule 4, for one line."""
    found = json.loads(line.decode("utf-8"), object_pairs_hook=no_key_twice,
                       parse_constant=no_number)
    assert isinstance(found, dict)
    return found


def parse_lines(output):
    assert output == b"" or output.endswith(b"\n")
    return [parse(line) for line in output.split(b"\n")[:-1]]


def is_shown(line):
    """Nothing in it does anything; what Unicode gives no meaning to does nothing, either."""
    return all(c.isprintable() or unicodedata.category(c) == "Cn" for c in line)


def check_text(output):
    """The same for lines that people read: nothing in them that a terminal obeys."""
    assert output == b"" or output.endswith(b"\n")
    found = output.decode("utf-8").split("\n")[:-1]
    for line in found:
        assert is_shown(line), line
    return found


def option(args, name, default):
    return args[args.index(name) + 1] if name in args else default


def bytes_of(size):
    return int(size[:-1]) * UNITS[size[-1]] if size[-1] in UNITS else int(size)


class Told:
    """What a run gave: events or lines, statistics, what it said, what it took."""

    def __init__(self, args, code, output, said, kib, cpu_s):
        self.code, self.output, self.said, self.kib, self.cpu_s = code, output, said, kib, cpu_s
        form = option(args, "-o", "text")
        self.lines = check_text(output) if form == "text" else []
        self.events = parse_lines(output) if form != "text" else []
        self.counted = statistics(said) if b'{"event":"stats"' in said else None

    def check(self, args, size):
        assert self.code in (0, 1, 2), (self.code, self.said)
        assert b"runtime error" not in self.said and b"Sanitizer" not in self.said, self.said
        assert self.cpu_s < 1 + 2 * size / MB, (self.cpu_s, size)
        if not SANITIZED:
            assert self.kib << 10 <= bytes_of(option(args, "--max-memory", "256M")) + 64 * MIB, self.kib
        if self.counted:
            self.check_counted(args)
        else:
            assert self.code != 0 and self.output == b""

    def check_counted(self, args):
        check_accounts(self.counted)
        messages, made = self.counted["messages"], self.counted["events"]
        assert made["written"] == self.output.count(b"\n")
        if "-c" in args:
            return # it stops where it is
        assert messages["open"] == 0 and self.counted["connections"]["open"] == 0
        assert self.counted["tcp"]["pending"] == 0 and made["waiting"] == 0
        if not {"-e", "--strict"} & set(args):
            assert made["made"] == messages["requests"] + messages["responses"]

    def messages(self):
        """Each message in a few words, with the reason if it is cut."""
        return [in_words(event) for event in self.events if event["eventName"] == "net_packet_http"]

    def requests(self):
        return [in_words(e) for e in self.events if value(e, "proto_http")["direction"] == "request"]


def in_words(event):
    http, more = value(event, "proto_http"), event["httpwire"]
    what = f"{http['method']} {more['target']}" if http["direction"] == "request" else http["status"]
    return f"{what} [{more['incomplete']}]" if more["incomplete"] else what


def timed(args, stdin, program=()):
    """Run httpwire; (code, output, what it said, KiB resident, seconds of CPU)."""
    with tempfile.NamedTemporaryFile() as took:
        done = subprocess.run([*program, "/usr/bin/time", "-q", "-o", took.name, "-f", "%M %U %S",
                               str(HTTPWIRE), *args], input=stdin, capture_output=True, timeout=60,
                              check=False)
        kib, user, system = pathlib.Path(took.name).read_text(encoding="ascii").split()[-3:]
    return done.returncode, done.stdout, done.stderr, int(kib), float(user) + float(system)


def run(capture, *args, code=0, form="json", size=None):
    """
    Read a capture: a lab.Capture, bytes, or the path of a file. `code` is what is expected
    of the exit; None: anything. `size` is how much it says it has if that is not its length.
    """
    if isinstance(capture, (str, os.PathLike)):
        source, stdin = str(capture), b""
        size = os.stat(capture).st_size if size is None else size
    else:
        source, stdin = "-", capture if isinstance(capture, bytes) else capture.pcap()
        size = len(stdin) if size is None else size
    args = ["-r", source, "-o", form, "--stats", "json", *map(str, args)]
    if form == "text" and "-e" not in args: # a line a message, as in the other forms
        args += ["-e", "net_packet_http"]
    told = Told(args, *timed(args, stdin))
    assert code in (None, told.code), (told.code, told.said)
    told.check(args, size)
    return told


def each(work, items):
    """`work` for each of them, on all CPUs; the first failure is raised."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(work, item) for item in items]
        try:
            for job in concurrent.futures.as_completed(jobs):
                job.result()
        finally:
            pool.shutdown(cancel_futures=True)
