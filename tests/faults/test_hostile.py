# SPDX-License-Identifier: BSD-2-Clause
"""
Group O: the whole table of hostile strings, in every place, through every form of output

Each form has a reader of its own here, that is none of ours: what it reads is what was
sent, as many as were sent, and nothing in between that a terminal, a spreadsheet, a shell
or a scraper would obey.
"""
import csv
import io
import re
import subprocess

import hostile
import pytest
import rules
from hostile import HOSTILE, capture_of, exchanges_of, in_every_field
from lab import HTTPWIRE
from listener import Listener
from terminal import on_terminal
from test_har import read as read_har
from test_metrics import reading

OURS = re.compile(r"\x1b\[(?:0|1|2|1;3[136]|3[2-6])m") # the colours that httpwire has
ACTS = re.compile("[\x00-\x09\x0b-\x1f\x80-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                  "\ufff9-\ufffb\U000e0000-\U000e0fff]") # but LF, which ends lines
ALL = "default,flows,network_events,net_http_exchange,net_http_tunnel"
HEADLINE = re.compile(r"(\d\d:){2}\d\d\.\d{6} \d[\d.]+:\d+ > \d[\d.]+:\d+$")


@pytest.fixture(name="path", scope="module")
def fixture_path(tmp_path_factory):
    """A capture of all of them, everywhere."""
    return capture_of(HOSTILE.values(), exchanges_of, with_dns=True).write(tmp_path_factory.mktemp("hostile") / "in.pcap")


def exchanges_in(path):
    """What JSON says of each."""
    return [{a["name"]: a["value"] for a in e["args"]} | {"more": e["httpwire"]}
            for e in rules.parse_lines(printed(path, "-o", "json", "-e", "net_http_exchange", "--show-secrets"))]


def printed(path, *args):
    """What httpwire prints; what it says is harmless, whatever it is."""
    done = subprocess.run([HTTPWIRE, "-r", path, "-vvv", *args], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    rules.check_text(done.stderr)
    return done.stdout


@pytest.fixture(name="exchanges", scope="module")
def fixture_exchanges(path):
    return exchanges_in(path)


def columns():
    return ",".join(line.split()[0] for line in
                    subprocess.run([HTTPWIRE, "columns"], capture_output=True, check=True, text=True).stdout.splitlines())


@pytest.mark.parametrize("args", [
    (), ("--show-secrets",), ("--show-secrets", "-e", ALL), ("-o", "text=long", "--body", "1M"),
    ("-o", "text=long", "--body", "1M", "--show-secrets"), ("--columns", columns()),
    ("--columns", "time,request.headers.x-value,request.headers,response.headers,url"),
    ("-o", "curl", "--show-secrets", "--body", "1M"), ("--summary",)], ids=lambda args: "-".join(args)[:40] or "plain")
def test_O03_text_is_only_shown(path, args):
    """In no text, of no event, is there a byte that a terminal obeys, in a pipe or on one."""
    lines = rules.check_text(printed(path, *args).replace(b"\t", b" ")) # bodies may have tabs
    assert len(lines) > len(HOSTILE) or "--summary" in args
    shown = OURS.sub("", on_terminal("-r", path, "-q", *args).decode())
    assert all(rules.is_shown(line) for line in shown.replace("\t", " ").split("\n"))


@pytest.mark.parametrize("columns_nr", [40, 80, 200])
def test_O03_lines_of_any_width(path, columns_nr):
    """A line that is cut to fit is cut between characters, and stays one."""
    shown = OURS.sub("", on_terminal("-r", path, "-q", columns=columns_nr).decode()).splitlines()
    assert all(rules.is_shown(line) for line in shown)
    assert len(shown) == printed(path).count(b"\n")


def test_O02_each_record_is_its_own(path, exchanges):
    """In full: no field and no body looks like the beginning of another exchange."""
    out = printed(path, "-o", "text=long", "--body", "1M", "-e", "net_http_exchange").decode()
    records = out.split("\n\n")
    assert records.pop() == "" and len(records) == len(exchanges)
    for record in records:
        first, *rest = record.split("\n")
        assert HEADLINE.match(first), first
        assert all(line[0] in "<>*" for line in rest), record


@pytest.mark.parametrize("form", ["json", "json-v1beta1"])
@pytest.mark.parametrize("more", ["--strict", "--show-secrets"])
def test_O01_json_is_a_line_an_event(path, form, more):
    """Nothing that a terminal obeys, and lines for readers of any kind; to the letter of Go the syntax holds."""
    ours = "" if more == "--strict" else ",net_http_exchange"
    out = printed(path, "-o", form, "-e", f"net_packet_http,net_packet_dns{ours}", more)
    assert len(rules.parse_lines(out)) > len(HOSTILE)
    if more != "--strict":
        assert not ACTS.search(out.decode()) and len(out.decode().splitlines()) == out.count(b"\n")
    assert not re.search(rb"[\x00-\x09\x0b-\x1f]|\xe2\x80[\xa8\xa9]", out)


@pytest.mark.parametrize("args", [(), ("--columns", columns()), 
                                  ("--columns", "request.headers,request.cookies,response.headers.x-value,url")],
                         ids=["plain", "all", "fields"])
def test_O02_spreadsheets_calculate_nothing(path, exchanges, args):
    """As many rows as exchanges, of as many cells; no cell begins as a formula."""
    text = printed(path, "-o", "csv", "--show-secrets", *args).decode()
    assert not ACTS.search(text.replace("\r\n", "\n"))
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert len(rows) == len(exchanges) + 1
    formulas = {cell for row in rows for cell in row
                if cell.strip(" \t")[:1] in tuple("=+-@\uff1d\uff0b\uff0d\uff20") and cell not in ("", "-")}
    assert not formulas


def test_O02_an_archive_has_one_entry_each(path, exchanges):
    """HAR holds what was sent, in the entry that it belongs to."""
    out = printed(path, "-o", "har", "--body", "1M", "--show-secrets")
    entries = read_har(out)
    assert [e["request"]["method"] for e in entries] == [x["request"]["method"] if "request" in x else "" for x in exchanges]
    assert not ACTS.search(out.decode())


# A shell in which curl says what it was called with, and is not run.
SAYING = """curl() { case " $* " in *" @- "*) printf 'body\\0'; cat; printf '\\0';; esac; printf '%s\\0' "$@" end; }
"""


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_O02_shells_run_curl_and_nothing_else(tmp_path, shell):
    """Each line is one call of curl, with one word for each value; nothing is made in the folder."""
    path = capture_of([*hostile.SHELL.values()][7:19], exchanges_of).write(tmp_path / "in.pcap")
    exchanges = exchanges_in(path)
    script = printed(path, "-o", "curl", "--body", "1M", "--show-secrets")
    (tmp_path / "script").write_bytes(SAYING.encode() + script)
    subprocess.run(["bash", "-n", tmp_path / "script"], check=True)
    inside = tmp_path / "folder"
    inside.mkdir()
    done = subprocess.run([*shell.split(), tmp_path / "script"], stdin=subprocess.DEVNULL, capture_output=True,
                          cwd=inside, timeout=60, check=True)
    assert done.stderr == b"" and not list(inside.iterdir())
    said = [set(call.split(b"\0")) for call in done.stdout.split(b"\0end\0")[:-1]]
    asked = [x["request"] for x in exchanges if x.get("request", {}).get("method")]
    assert len(said) == len(asked) == script.count(b"curl ") - script.count(b"that curl cannot")
    for words, request in zip(said, asked, strict=True):
        for field in request["headers"]:
            if field["value"] == "n" and not {"\0", "\ufffd"} & set(field["name"]) and field["name"][:1] not in ("", "@"):
                assert f"{field['name']}: n".encode() in words, request


def test_O02_an_interactive_shell_replaces_nothing(path, tmp_path):
    """Pasted into bash, with its history: the same calls as from a file."""
    lines = printed(path, "-o", "curl", "--body", "1M", "--show-secrets").splitlines(keepends=True)
    pasted = b"".join(line for line in lines if b"!" in line or b"\\041" in line)
    saying = SAYING.encode() + b"set -H +m\nPS1= PS2= HISTFILE=\n"
    expected = subprocess.run(["bash"], input=SAYING.encode() + pasted, capture_output=True, cwd=tmp_path, check=True)
    done = subprocess.run(["bash", "--norc", "-i"], input=saying + pasted, capture_output=True, cwd=tmp_path, timeout=60,
                          check=True, start_new_session=True, env={"PATH": "/usr/bin:/bin", "TERM": "dumb"})
    assert done.stdout == expected.stdout and expected.stdout.count(b"\0end\0") > 10


def test_O02_a_server_gets_one_request_each(tmp_path):
    """curl itself sends what was sent, once, and reads no file."""
    with Listener() as server:
        server_at = ("127.0.0.1", server.port)
        script = printed(capture_of({**hostile.SHELL, **hostile.SYNTAX}.values(), lambda h: [in_every_field(h)], server=server_at).write(
            tmp_path / "in.pcap"), "-o", "curl", "--show-secrets")
        inside = tmp_path / "folder"
        inside.mkdir()
        subprocess.run(["sh"], input=script.replace(b"curl ", b"curl -q -s "), stdin=None, cwd=inside, timeout=60,
                       check=True, env={"PATH": "/usr/bin:/bin", "HOME": str(inside)})
        assert not list(inside.iterdir())
        assert 30 < len(server.got) <= len(re.findall(rb"^curl ", script, re.M))
        assert not [head for head, _ in server.got if b"root:" in head]


LABEL = re.compile(r'([a-z_]\w*)="((?:[^"\\]|\\["\\n])*)"(?:,|$)')


def labels_of(series):
    """The labels of one, as Prometheus reads them; all of what is between the braces is labels."""
    inside = re.fullmatch(r"\w+\{(.*)\}", series)
    if not inside:
        return {}
    assert LABEL.sub("", inside[1]) == "", series
    return dict(LABEL.findall(inside[1]))


def samples_of(page):
    """{"name{labels}": value}; nothing but LF ends a line."""
    lines = [line for line in page.split("\n")[:-1] if not line.startswith("#")]
    return {m[1]: float(m[2]) for m in (re.fullmatch(r"(\w+(?:\{.*\})?) ([^ ]+)", line) for line in lines)}


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text;version=1.0.0"])
def test_O02_labels_stay_labels(path, exchanges, accept):
    """No host or route ends its label, makes a sample of its own, or does something to who looks at the page."""
    with reading("--show-secrets", capture=path) as r:
        for _ in range(50):
            _, page, headers = r.get(Accept=accept)
            found = samples_of(page)
            if sum(n for name, n in found.items() if "request_duration_seconds_count" in name) >= len(exchanges) / 2:
                break
        assert headers["Content-Type"].startswith(accept.split(";", maxsplit=1)[0])
    assert not re.search("[\0-\t\x0b-\x1f]", page)
    names = {name for series in found for name in labels_of(series)}
    assert {"http_route", "server_address", "http_request_method"} <= names <= {
        "http_route", "server_address", "http_request_method", "http_response_status_code", "network_protocol_version",
        "error_type", "le", "role", "stage", "reason", "event", "result", "version", "kind", "end"}, names
    assert not [s for s in found if s.startswith("forged")]


def test_O02_summaries_are_read_back(path):
    """The table as JSON is one object, with rows that say what was asked for."""
    assert [len(table) > 3 for table in rules.parse_lines(printed(path, "--summary=json"))] == [True]
