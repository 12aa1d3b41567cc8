# SPDX-License-Identifier: BSD-2-Clause
"""What is written about httpwire is true: help, manual, completions, README."""
import json
import re
import shutil
import subprocess

import pytest

OPTION = re.compile(r"^ {2}(?:-(\w))?(?:, | {4})?(?:--([\w-]+))?(?:\[?=(\w+)\]?| (\w+))?(?: |$)")


@pytest.fixture(scope="module", name="options")
def fixture_options(httpwire):
    """Every option as --help has it: {"-r": "FILE", "--read": "FILE", "-v": None, ...}."""
    options = {}
    for line in httpwire("--help", text=True).stdout.splitlines():
        if re.match(r" {2}-| {6}--", line):
            letter, name, arg, lone_arg = OPTION.match(line).groups()
            for spelled in (letter and f"-{letter}", name and f"--{name}"):
                if spelled:
                    options[spelled] = arg or lone_arg
    assert len(options) > 30
    return options


@pytest.fixture(scope="module", name="manual")
def fixture_manual(root, tmp_path_factory):
    """The manual page as it is installed, as roff and as plain text."""
    roff = subprocess.run(
        [root / "docs/man/fill.py", root / "docs/man/httpwire.1.in", root / "src/base/stats.def",
         root / "src/http/anomaly.def", root / "src/redact/rule.def",
         root / "src/event/column.def", root / "src/live/live.c", root / "src/live/asker.c",
         root / "src/source/interfaces.c", root / "src/cli/packet_file.c"],
        capture_output=True, text=True, check=True).stdout
    page = tmp_path_factory.mktemp("man") / "httpwire.1"
    page.write_text(roff, encoding="utf-8")
    return page


@pytest.fixture(scope="module", name="manual_text")
def fixture_manual_text(manual):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    text = subprocess.run(["mandoc", "-Tascii", manual], capture_output=True, text=True,
                          check=True).stdout
    return re.sub(".\b", "", text)


def test_help_is_a_screen(httpwire):
    """Synopsis, six examples, then options; nothing wider than a terminal."""
    done = httpwire("-h", text=True)
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and not done.stderr
    assert lines[0].startswith("Usage: httpwire ")
    assert len([line for line in lines[:10] if re.match(r"  .*\bhttpwire ", line)]) == 6 + 1 # the synopsis
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 80


def test_short_help_names_every_option(httpwire, options):
    """But for those that few need: --help has all."""
    short, full = (set(re.findall(r"--?[\w-]+", httpwire(word, text=True).stdout)) for word in ("-h", "--help"))
    assert set(options) <= full
    assert len(set(options) & short) > len(options) / 3


def test_manual_is_sound(manual):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", manual], capture_output=True,
                          text=True, check=False)
    assert done.stdout == ""


def test_manual_names_every_option(manual_text, options):
    section = manual_text.split("\nOPTIONS\n")[1].split("\nFORMATS\n")[0]
    tags = "\n".join(re.findall(r"^ {5}(-.*)$", section, re.M))
    words = set(re.findall(r"--?[\w-]+", tags))
    assert set(options) <= words
    assert words - set(options) <= {"-tt", "-ttt", "-tttt", "-ttttt"}


def test_manual_names_every_default(httpwire, manual_text):
    for default in re.findall(r"\[([^\]]+)\]$", httpwire("-h", text=True).stdout.partition("\n\n")[2], re.M):
        assert default in manual_text


def test_manual_names_every_counter(httpwire, manual_text, root, tmp_path):
    done = httpwire("-r", root / "examples/web.pcap", "-w", tmp_path / "w.pcapng", "--stats", "json", text=True)
    stats = json.loads(done.stderr.splitlines()[-1])
    section = manual_text.split("\nSTATISTICS\n")[1].split("\nENVIRONMENT\n")[0]
    assert stats.pop("event") == "stats"
    for stage, counters in stats.items():
        assert f"\n   {stage}\n" in section
        for name in counters:
            assert re.search(rf"^ {{5}}{name}\b", section, re.M), name
    for name in ("packets_copied", "packets_seen", "containers_late", "packets_missed"): # of watching
        assert re.search(rf"^ {{5}}{name}\b", section, re.M), name


def test_manual_names_the_usual_columns(httpwire, manual, root):
    done = httpwire("-q", "-r", root / "examples/web.pcap", "-o", "csv", text=True)
    assert f".Li {done.stdout.splitlines()[0]} .\n" in manual.read_text(encoding="utf-8")
    text = re.search(r"The default of text is\n\.Li ([\w,]+) ,", manual.read_text(encoding="utf-8")).group(1)
    words = ("-q", "-r", root / "examples/web.pcap")
    assert httpwire(*words).stdout == httpwire(*words, "--columns", text).stdout


def test_manual_names_every_redaction(httpwire, manual_text):
    section = " ".join(manual_text.split("\nSECRETS\n")[1].split("\nANOMALIES\n")[0].split())
    rules = [json.loads(line) for line in httpwire("redactions", "-o", "json").stdout.splitlines()]
    assert len(rules) > 50
    for rule in rules:
        assert rule["name"] in section and rule.get("prefix", "") in section, rule
    assert len(httpwire("redactions").stdout.splitlines()) == len(rules)
    assert "segment of a path" in section and "http_route" in section


def test_manual_names_the_exit_codes_and_formats(httpwire, manual_text):
    codes = httpwire("--help", text=True).stdout.partition("\nExit code: ")[2]
    assert re.findall(r"\b\d+\b", codes) == ["0", "1", "2", "3", "126", "127"]
    assert re.search(r"\nEXIT STATUS\n +0 .*\n +1 .*\n +2 .*\n +3 ", manual_text, re.S)
    for form in ("text", "json", "json-v1beta1", "none"):
        assert re.search(rf"^ {{5}}{form}\b", manual_text, re.M)


@pytest.fixture(scope="module", name="tracee_page")
def fixture_tracee_page(root):
    """In it `Fl` is an option of httpwire; Tracee's stand in `Li`."""
    return root / "docs/man/httpwire-tracee.7"


def test_tracee_page_is_sound(tracee_page):
    test_manual_is_sound(tracee_page)


def test_tracee_page_names_what_there_is(httpwire, tracee_page, options):
    text = tracee_page.read_text(encoding="utf-8")
    events = {json.loads(line)["name"] for line in httpwire("events", "-o", "json").stdout.splitlines()}
    assert set(re.findall(r"net_(?:packet|flow|http)_[a-z0-9_]*[a-z0-9]", text)) == events
    named = {f"-{name}" for name in re.findall(r"\bFl (-?\w[\w-]*)", text)}
    for command in re.findall(r"^\.Dl .*\bhttpwire (.*)", text, re.M):
        named |= set(re.findall(r"(?:^| )(--?\w[\w-]*)", command))
    assert len(named) > 20 and named <= set(options), named - set(options)


def test_tracee_page_has_sound_filters(httpwire, root, tracee_page):
    text = tracee_page.read_text(encoding="utf-8").replace(r"\(dq", '"').replace(r"\(ha", "^")
    filters = re.findall(r""" Li "?'([^'*]+)'"?$""", text, re.M)
    assert len(filters) > 15
    for expression in filters:
        done = httpwire("-r", root / "examples/web.pcap", "-q", "-Y", expression, text=True)
        assert done.returncode == 0, (expression, done.stderr)


def test_completions_have_the_same_options(root, options):
    bash = (root / "completions/httpwire.bash").read_text(encoding="utf-8")
    listed = re.search(r"_httpwire_options='([^']*)'", bash).group(1).split()
    assert sorted(listed) == sorted(options)
    zsh = (root / "completions/_httpwire").read_text(encoding="utf-8").split("_arguments -s -S")[1]
    assert set(re.findall(r"(?<![\w-])--?\w[\w-]*", zsh)) >= set(options)


def complete(root, program, *words):
    """What bash offers for the last of words."""
    script = (
        'PATH=$1:$PATH; . "$2"; shift 2; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1));'
        ' _httpwire 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(
        ["bash", "-c", script, "bash", program.parent, root / "completions/httpwire.bash",
         "httpwire", *words], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_bash_completes(root, program):
    assert complete(root, program, "--max-") == ["--max-memory", "--max-head", "--max-connections"]
    assert complete(root, program, "-o", "j") == ["json", "json-v1beta1"]
    assert complete(root, program, "--format", "=", "t") == ["text", "text=long"]
    assert complete(root, program, "--color", "=") == ["auto", "always", "never"]
    assert complete(root, program, "--columns", "time,user_") == ["time,user_agent"]
    assert complete(root, program, "--summary", "=", "j") == ["json"]
    assert complete(root, program, "--summary", "--max-h") == ["--max-head"]
    assert complete(root, program, "ev") == ["events"]
    assert complete(root, program, "--user", "roo") == ["root"]
    assert complete(root, program, "--body-types", "app") == ["application/*json"]
    assert complete(root, program, "events", "-o", "") == ["text", "json", "json-v1beta1"]
    assert complete(root, program, "doctor", "--format", "=", "") == ["text", "json"]
    assert complete(root, program, "columns", "-o", "c") == []
    assert complete(root, program, "do") == ["doctor"]
    assert complete(root, program, "fields", "http.request.u") == [
        "http.request.uri", "http.request.uri.path", "http.request.uri.query",
        "http.request.uri.query.parameter"]
    assert complete(root, program, "-Y", "tcp.p") == ["tcp.port"]
    assert complete(root, program, "red") == ["redactions"]
    assert complete(root, program, "--no-redact", "aws") == ["aws-key-text"]
    assert complete(root, program, "events", "net_flow_tcp_e") == ["net_flow_tcp_end"]
    assert complete(root, program, "-e", "flows,net_packet_d") == [
        "flows,net_packet_dns", "flows,net_packet_dns_request", "flows,net_packet_dns_response"]


def test_manual_examples_run(root, program, manual_text, tmp_path):
    """Those that read captures, as they stand there."""
    for name in ("web.pcap", "a.pcap", "b.pcapng.gz"):
        shutil.copy(root / "examples/web.pcap", tmp_path / name)
    (tmp_path / "httpwire").symlink_to(program.resolve())
    (tmp_path / "ssh").write_text("#!/bin/sh\ncat web.pcap\n", encoding="utf-8")
    (tmp_path / "ssh").chmod(0o755)
    section = manual_text.split("\nEXAMPLES\n")[1].split("\nSEE ALSO\n")[0]
    commands = re.findall(r"^ +\$ ((?:.*\|\n +)?.*)$", section, re.M)
    tried = [c for c in commands if "sudo" not in c and (shutil.which("jq") or "jq" not in c)]
    assert len(tried) >= 7
    for command in tried:
        done = subprocess.run(["bash", "-c", f"set -e -o pipefail; PATH=.:$PATH; {command}"], cwd=tmp_path,
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout or "10.0.0.7" in command, command


def readme_blocks(root):
    """The console blocks of README.md: [(command, the lines below it), ...]."""
    text = (root / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```", text, re.M | re.S):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def test_readme_shows_what_happens(root, program):
    """Each command that reads the example runs as it is; output that is shown is real."""
    tried = 0
    for command, shown in readme_blocks(root):
        if not command.startswith("./run") or "events" in command and not shown:
            continue
        line = re.sub(r"\./run(?= |$)", f"{program}", command)
        if command == "./run":
            line = f"{program} -r examples/web.pcap"
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {line}"], cwd=root,
                              capture_output=True, text=True, check=False,
                              env={"TZ": "UTC", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"})
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout, command
        output = done.stdout + done.stderr
        for part in filter(None, shown.split("...\n")):
            assert part in output, command
        tried += 1
    assert tried >= 3 # others need root, or are for a terminal
