# SPDX-License-Identifier: BSD-2-Clause
"""The summary at the end: what is in it, where it is shown, and when"""
import json

import pytest
from lab import ROOT, Capture, Connection, events, httpwire, value
from live import curl, serving, watching
from terminal import on_terminal

WEB = ROOT / "examples" / "web.pcap"
EXCHANGES = ("-e", "net_http_exchange")
TABLE = b"requests errors"


def summary(*args):
    return json.loads(httpwire("-q", "--summary=json", *args).stdout)


def quantile(values, permille):
    return sorted(values)[max(-(-len(values) * permille // 1000), 1) - 1]


def test_alone_it_is_all_that_is_shown():
    done = httpwire("-r", WEB, "--summary", "--stats", "none")
    assert done.stderr == b"" and done.stdout.splitlines()[1].startswith(TABLE)
    assert b"GET" not in done.stdout


def test_beside_events_it_is_on_standard_error():
    shown = httpwire("-r", WEB, "-q", *EXCHANGES)
    done = httpwire("-r", WEB, "-q", *EXCHANGES, "--summary")
    assert done.stdout == shown.stdout and TABLE in done.stderr and TABLE not in shown.stderr
    # Events that were not asked for are made for it, and not shown.
    done = httpwire("-r", WEB, "-q", "-e", "default", "--summary")
    assert done.stdout == httpwire("-r", WEB, "-q", "-e", "default").stdout and TABLE in done.stderr


def test_it_agrees_with_the_events():
    found = events("-q", "-r", WEB, *EXCHANGES)
    counted = summary("-r", WEB)
    everything, = counted["all"]
    durations = [value(e, "time")["duration"] for e in found if "duration" in value(e, "time")]
    statuses = [value(e, "response")["status_code"] for e in found]
    assert everything["requests"] == len(found)
    assert everything["errors"] == sum(s >= 400 or s == 0 for s in statuses)
    assert everything["bytes"] == sum(value(e, side)["body_size"] for e in found for side in ("request", "response"))
    assert everything["duration"]["count"] == len(durations)
    assert everything["duration"]["sum"] == sum(durations)
    assert everything["duration"]["max"] == max(durations)
    for name, permille in (("p50", 500), ("p90", 900), ("p99", 990)):
        want = quantile(durations, permille)
        assert abs(everything["duration"][name] - want) <= want * 0.02
    for rows in ("routes", "statuses"):
        assert sum(row["requests"] for row in counted[rows]) == len(found)
    assert counted["processes"] == []


def test_filters_and_counts_are_those_of_events():
    assert summary("-r", WEB, "-c", 3)["all"][0]["requests"] == 3
    chosen = summary("-r", WEB, "-Y", "http.response.code == 404")
    assert [row["status"] for row in chosen["statuses"]] == ["4xx"]
    assert summary("-r", WEB, "-Y", 'http.host == "nowhere"')["all"] == []
    assert httpwire("-q", "-r", WEB, "--summary", "-Y", 'http.host == "nowhere"').stdout == b"no requests\n"


def test_its_errors_are_those_that_errors_shows(tmp_path):
    capture = Capture()
    for port, (head, body) in enumerate([(b"200 OK", b"whole"), (b"200 OK", b"cu"), (b"404 Not Found", b"whole")]):
        connection = Connection(capture, client=("10.0.0.1", 40000 + port))
        connection.send(0, b"GET /%d HTTP/1.1\r\nHost: a.test\r\n\r\n" % port)
        connection.send(1, b"HTTP/1.1 %s\r\nContent-Length: 5\r\n\r\n%s" % (head, body))
        connection.close(1)
        connection.close(0)
    path = capture.write(tmp_path / "a.pcap")
    shown = events("-q", "-r", path, *EXCHANGES, "--errors")
    assert [value(e, "request")["path"] for e in shown] == ["/1", "/2"]
    assert summary("-r", path)["all"][0]["errors"] == len(shown)


def test_on_a_terminal_it_comes_by_itself(tmp_path):
    assert TABLE in on_terminal("-r", WEB, *EXCHANGES)
    for no in ("-q", "--no-summary"):
        assert TABLE not in on_terminal("-r", WEB, *EXCHANGES, no)
    assert TABLE in on_terminal("-r", WEB, *EXCHANGES, "-q", "--summary")
    assert TABLE in on_terminal("-r", WEB)
    assert TABLE not in on_terminal("-r", WEB, "-e", "default") # no exchanges
    capture = Capture()
    for i in range(20):
        connection = Connection(capture, client=("10.0.0.1", 40000 + i))
        connection.send(0, b"GET /%s HTTP/1.1\r\nHost: a.test\r\n\r\n" % bytes([97 + i]))
        connection.send(1, b"HTTP/1.1 204 No Content\r\n\r\n")
    path = capture.write(tmp_path / "a.pcap")
    assert b"  10 more; --summary shows all\n" in on_terminal("-r", path, *EXCHANGES)
    assert b" more;" not in on_terminal("-r", path, "--summary")


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120, 200])
def test_it_fits_the_terminal(columns):
    got = on_terminal("-r", WEB, "--summary", "--stats", "none", "--color", "never", columns=columns)
    assert TABLE in got and max(map(len, got.splitlines())) <= columns


def test_statistics_before_it_fit_the_terminal_too():
    meaning = b"messages that Go's net/http would refuse"
    got = on_terminal("-r", WEB, "-o", "none", "--no-summary", columns=50)
    assert max(map(len, got.splitlines())) <= 50
    assert meaning in b" ".join(got.split()) and meaning not in got
    assert meaning in on_terminal("-r", WEB, "-o", "none", "--no-summary")
    assert meaning in httpwire("-r", WEB, "-o", "none").stderr


def test_colours_are_for_terminals():
    assert b"\x1b[1m" in on_terminal("-r", WEB, "--summary")
    assert b"\x1b[" not in on_terminal("-r", WEB, "--summary", env={"NO_COLOR": "1"})
    assert b"\x1b[" not in httpwire("-r", WEB, "--summary").stdout


def test_of_real_processes(tmp_path):
    """Each side of an exchange is counted with its process, and once."""
    (tmp_path / "index.html").write_text("hello\n", encoding="utf-8")
    with serving(tmp_path) as (_, port), watching(*EXCHANGES, "--summary=json") as watch:
        for _ in range(3):
            curl(f"http://127.0.0.1:{port}/index.html")
        watch.wait_for_events(port, 6)
    counted = json.loads(next(l for l in watch.said().splitlines() if l.startswith(b'{"event":"summary"')))
    rows = {row["role"]: row for row in counted["routes"] if row["host"] == f"127.0.0.1:{port}"}
    assert set(rows) == {"client", "server"}
    assert all(row["requests"] == 3 and row["errors"] == 0 for row in rows.values())
    assert sum(row["requests"] for row in counted["processes"] if row["process"] == "curl") >= 3
