# SPDX-License-Identifier: BSD-2-Clause
"""
Group O: the table of hostile strings where they come from the host and from the user

What attackers there choose beside packets: option values and file names in scripts, and
names of interfaces. Whatever it is, what httpwire says of it is lines that it began itself.
"""
import concurrent.futures
import os
import re
import subprocess

import pytest
import rules
from hostile import HOSTILE, capture_of, in_every_field
from lab import HTTPWIRE, ROOT

WEB = ROOT / "examples" / "web.pcap"
WORDS = {name: text for name, text in HOSTILE.items() if b"\0" not in text} # what a program can be given
FILES = {name: text for name, text in WORDS.items() if b"/" not in text}
ALL_AT_ONCE = b"".join(WORDS.values())


def said(*args, cwd=None, prefix=()):
    """What httpwire says on standard error and prints: lines of its own, in which nothing acts."""
    done = subprocess.run([*prefix, HTTPWIRE, *args], stdin=subprocess.DEVNULL, capture_output=True, cwd=cwd, timeout=20,
                          check=False)
    assert done.returncode in (0, 1, 2, 3, 126, 127), done.stderr
    lines = rules.check_text(done.stderr)
    assert b"\\x0a" not in done.stderr.replace(b"\\\\x0a", b""), "one way to show an LF"
    return lines, done.stdout


def is_ours(line):
    """httpwire's own, the part of an expression that is wrong with its caret, or statistics."""
    return re.match(r"httpwire: |  |[0-9]|[a-z_]+ +\w+ +\d+ ", line) is not None


def check_each(call, table):
    """`call` gives the lines for a string; each of them must be ours."""
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, lines in zip(table, pool.map(call, table.values())):
            assert not [line for line in lines if not is_ours(line)], name


@pytest.mark.parametrize("before", [
    "-r", "-i", "-o", "-e", "-p", "-Y", "-F", "--cgroup", "--container", "--uid", "--user", "--columns", "--stats",
    "--metrics", "--body", "--dns-ports", "--port", "--status", "--method", "--local", "--buffer", "--workers",
    "--progress", "--slow", "--checksums", "-w /no/", "--output /no/", "events", "schema", "-", "--x", ""])
def test_O03_what_is_refused_is_quoted(before):
    """A value that is wrong is told in the message, on its line; the same of all of them at once."""
    start, is_word, rest = before.encode().partition(b" ")
    behind = [start, rest] if is_word or before in ("-", "--x") else [start, b""]
    reads = [] if before in ("-r", "-i", "events", "schema") or before.startswith("--c") else ["-r", WEB, "-o", "none", "-q"]

    def call(text):
        words = [start + text] if before in ("-", "--x", "") else [behind[0], behind[1] + text]
        return said(*reads, *words)[0]
    check_each(call, {**WORDS, "all": ALL_AT_ONCE})


def test_O03_a_command_that_is_not_there_is_quoted():
    lines, _ = said("--", b"/no/" + ALL_AT_ONCE, ALL_AT_ONCE)
    assert not [line for line in lines if not is_ours(line)]


def test_O03_files_have_any_name(tmp_path):
    """Of a capture that is whole, of one that is not, of what is written, with all that can be said of them."""
    whole = capture_of([b"x"], lambda h: [in_every_field(h)]).pcap()

    def call(text):
        folder = tmp_path / text.hex()
        folder.mkdir()
        (folder / os.fsdecode(text)).write_bytes(whole[:-5])
        lines, printed = said(b"-vvv", b"-r", b"./" + text, b"--stats=text", cwd=folder)
        rules.check_text(printed)
        assert any("ends inside" in line for line in lines), lines
        (folder / os.fsdecode(text)).write_bytes(whole)
        return lines + said(b"-vvv", b"-r", b"./" + text, b"-w", b"./" + text + b"2", b"--output", b"./" + text + b"3",
                            cwd=folder)[0]
    check_each(call, FILES)


def test_O03_a_long_name_is_shortened_between_its_characters():
    name = "\u20ac" * 300
    lines, _ = said("-r", "x" + name)
    assert lines == [f"httpwire: ...{name[:66]}: File name too long"]


def may_be_an_interface(text):
    return 0 < len(text) < 16 and not set(text) & set(b" \t\n\v\f\r/:\xa0%\0")


def test_O03_interfaces_have_any_name():
    """The kernel refuses blanks, slashes and colons in a name, and lets all else be one."""
    names = [text for text in FILES.values() if may_be_an_interface(text)]
    assert len(names) > 50
    script = b'ip link set lo name "$1" || exit 77; shift; exec "$@"'
    for text in names:
        prefix = ["unshare", "--net", "sh", "-c", script, "sh", text]
        lines, printed = said("-D", prefix=prefix)
        if lines and not lines[0].startswith("httpwire"):
            pytest.skip(lines[0])
        assert any(line.endswith(" [Loopback]") for line in rules.check_text(printed))
        for option in ("nosuch", text):
            lines, _ = said("-i", option, prefix=prefix)
            assert lines and all(is_ours(line) for line in lines), (text, lines)
