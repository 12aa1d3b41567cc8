# SPDX-License-Identifier: BSD-2-Clause
"""
Group O: the table of hostile strings where they come from the host and from the user

What attackers there choose beside packets: option values and file names in scripts, names
of interfaces, hosts, programs and cgroups, and what runtimes write of containers. Whatever
it is, what httpwire says of it is lines that it began itself, in every form of output.
"""
import concurrent.futures
import contextlib
import csv
import ctypes
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
import rules
from hostile import HOSTILE, capture_of, in_every_field
from lab import HTTPWIRE, ROOT
from live import cgroup_root, serving
from test_har import read as read_har
from test_hostile import ACTS, columns
from test_owners import cgroup

LIBC = ctypes.CDLL(None)
NEW_UTS = 0x04000000
PATHS = ["processName", "hostName", "executable.path", "container.name", "container.image", "kubernetes.podName",
         "kubernetes.podNamespace", "kubernetes.podUID", "httpwire.peer.processName"]

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
    """So is the name of a program that cannot be started."""
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
    """No half of one is left at the cut."""
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


# live: what hostile processes are called

FORMS = {"json": ["-o", "json"], "v1beta1": ["-o", "json-v1beta1"], "text": ["-o", "text", "-e", "net_packet_http"],
         "exchanges": ["-o", "text"], "long": ["-o", "text=long"], "har": ["-o", "har"], "curl": ["-o", "curl"],
         "csv": ["-o", "csv", "--columns", columns() + "," + ",".join(PATHS)], "summary": ["--summary"],
         "summary-json": ["--summary=json"]}
ROUNDS = 2 # a container's name is known only after the first events, if the machine is slow


def is_name(text):
    """Of a file, and of a cgroup; a process is called by its first 15 bytes."""
    return b"/" not in text and b"\n" not in text and 0 < len(text) < 200


def container_id(number):
    return f"{number:064x}"


def put_container(folder, number, text):
    """What Docker writes of a container, all of which is that text; bytes that are not UTF-8 too."""
    said = text.decode(errors="surrogateescape")
    state = {"ID": container_id(number), "Name": f"/{said}", "Image": f"sha256:{said}", "Config": {"Image": said, "Labels": {
        "io.kubernetes.pod.name": said, "io.kubernetes.pod.namespace": said, "io.kubernetes.pod.uid": said}}}
    path = folder / "docker" / "containers" / container_id(number) / "config.v2.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(json.dumps(state, ensure_ascii=False).encode(errors="surrogateescape"))


def run_as(text, group, program, url):
    """A program of that name, in that cgroup, on a host of that name."""
    child = os.fork()
    if child == 0:
        try:
            LIBC.unshare(NEW_UTS)
            socket.sethostname(text[:64])
            (group / "cgroup.procs").write_text("0")
            os.execv(program, ["wget", "-q", "-O", "/dev/null", url])
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0, text


@contextlib.contextmanager
def mounted_docker(folder):
    """The words that start a program for which `folder` is Docker's."""
    place = pathlib.Path("/var/lib/docker")
    is_new = not place.exists()
    place.mkdir(exist_ok=True)
    try:
        yield ["unshare", "--mount", "sh", "-c", f'mount --bind "$0" {place} && exec "$@"', folder]
    finally:
        if is_new:
            place.rmdir()


class Watcher:
    """httpwire in one form; `printed` is there after stop()."""

    def __init__(self, folder, form, args, prefix):
        self.paths = folder / f"{form}.out", folder / f"{form}.err"
        with open(self.paths[0], "wb") as out, open(self.paths[1], "wb") as err:
            self.process = subprocess.Popen([*prefix, HTTPWIRE, "-vv", "--stats=text", *args], stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=err)

    def wait(self):
        for _ in range(1000):
            if b"watching" in self.paths[1].read_bytes():
                return
            if self.process.poll() == 3:
                pytest.skip(self.paths[1].read_text())
            time.sleep(0.01)
        raise AssertionError(self.paths[1].read_bytes())

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        said, code = self.paths[1].read_bytes(), self.process.wait(20)
        assert code == 0, said
        rules.check_text(self.paths[1].read_bytes())
        return self.paths[0].read_bytes()


@pytest.fixture(name="live", scope="module")
def fixture_live(tmp_path_factory):
    """What each form says of the same requests, by processes whose names are hostile: {form: bytes}."""
    if os.geteuid() != 0 or not shutil.which("busybox"):
        pytest.skip("needs root and busybox")
    folder = tmp_path_factory.mktemp("live")
    names = [text for text in WORDS.values() if is_name(text)]
    for number, text in enumerate(names):
        put_container(folder, number, text)
        shutil.copy(shutil.which("busybox"), folder / os.fsdecode(text))
    (folder / "www").mkdir()
    with contextlib.ExitStack() as stack:
        groups = [stack.enter_context(cgroup(cgroup_root() / "httpwire-hostile" / os.fsdecode(text) /
                                             f"docker-{container_id(number)}.scope")) for number, text in enumerate(names)]
        _, port = stack.enter_context(serving(folder / "www"))
        prefix = stack.enter_context(mounted_docker(folder / "docker"))
        watchers = {form: Watcher(folder, form, [*args, "--port", str(port)], prefix) for form, args in FORMS.items()}
        for w in watchers.values():
            stack.callback(w.process.kill)
            w.wait()
        for _ in range(ROUNDS):
            for group, text in zip(groups, names):
                run_as(text, group, folder / os.fsdecode(text), f"http://127.0.0.1:{port}/")
            time.sleep(1.5)
        yield names, {form: w.stop() for form, w in watchers.items()}


def shown(text, max_len=255):
    """As JSON has it: what is no UTF-8 is U+FFFD."""
    return text[:max_len].decode(errors="replace")


@pytest.mark.parametrize("form", ["json", "v1beta1"])
def test_O01_names_stay_in_their_strings(live, form):
    """A line an event, whatever who sent it is called."""
    events = rules.parse_lines(live[1][form])
    assert len(events) >= 4 * ROUNDS * len(live[0])
    assert not ACTS.search(live[1][form].decode()) and len(live[1][form].decode().splitlines()) == len(events)


def test_O01_names_are_what_they_were(live):
    """Each of them is found where it belongs, and nothing else is."""
    events = rules.parse_lines(live[1]["json"])
    plain = {shown(text) for text in live[0] if text.isascii()}
    for found, max_len in (({e["hostName"] for e in events}, 15), ({e["processName"] for e in events}, 15),
                           ({e["container"].get("name") for e in events}, 255),
                           ({e["container"].get("image") for e in events}, 255),
                           ({e["kubernetes"].get("podName") for e in events}, 255)):
        missing = {text[:max_len] for text in plain} - found
        assert not missing, missing
    assert {os.path.basename(e["executable"]["path"]) for e in events} >= plain


@pytest.mark.parametrize("form", ["text", "exchanges", "long", "summary", "curl"])
def test_O03_names_are_only_shown(live, form):
    """No text has a byte of a name that a terminal obeys; a shell sees comments."""
    lines = rules.check_text(live[1][form])
    assert len(lines) > len(live[0]), lines[:3]
    if form == "curl":
        assert all(re.match("curl |#", line) for line in lines)


def test_O02_names_are_no_formulas(live):
    """As many cells in each row, and none that calculates."""
    text = live[1]["csv"].decode()
    assert not ACTS.search(text.replace("\r\n", "\n"))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])} and len(rows) > 2 * ROUNDS * len(live[0])
    assert not {cell for row in rows for cell in row
                if cell.strip(" \t")[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") and cell not in ("", "-")}


def test_O02_names_in_an_archive(live):
    """HAR is read back, with an entry for each exchange."""
    assert len(read_har(live[1]["har"])) >= 2 * ROUNDS * len(live[0])
    assert not ACTS.search(live[1]["har"].decode())


def test_O02_names_in_a_summary(live):
    """The table as JSON is one object."""
    assert len(rules.parse_lines(live[1]["summary-json"])) == 1
    assert not ACTS.search(live[1]["summary-json"].decode())
