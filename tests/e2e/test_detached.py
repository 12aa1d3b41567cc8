# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/test_detached.py - root takes a program of httpwire's away from outside"""
import json
import subprocess
import time

import pytest
from lab import check_accounts, statistics
from live import Watch, curl, links_of, serving

BPFTOOL = "/usr/sbin/bpftool"
GIVES = {"cgroup_inet_ingress": "packets received", "cgroup_inet_egress": "packets sent",
         "cgroup_inet_sock_create": "who opens sockets", "cgroup_inet4_connect": "who connects, IPv4",
         "cgroup_inet6_connect": "who connects, IPv6"}


def cgroup_links(pid):
    """The links of a process to a cgroup: where it is attached, and its id."""
    done = subprocess.run([BPFTOOL, "-j", "link"], capture_output=True, check=True)
    mine = links_of(pid)
    return {link["attach_type"]: link["id"] for link in json.loads(done.stdout)
            if link["id"] in mine and link["type"] == "cgroup"}


def detach(link):
    subprocess.run([BPFTOOL, "link", "detach", "id", str(link)], check=True, capture_output=True)


@pytest.fixture(name="watch")
def watch_():
    w = Watch("-q", "--stats-interval", "10ms", ready=b'"event":"stats"')
    yield w
    if w.process.poll() is None:
        w.process.kill()
        w.process.wait()


@pytest.mark.parametrize("where", GIVES)
def test_a_program_that_is_detached_ends_it(watch, where, tmp_path):
    """It says once what is not seen any more, shows what came before, and ends with 1, for a service to start again."""
    with serving(tmp_path) as (_, port):
        curl(f"http://127.0.0.1:{port}/")
        watch.wait_for_events(port, 4)
        links = cgroup_links(watch.pid)
        assert links.keys() == GIVES.keys()
        detach(links[where])
        assert watch.process.wait(5) == 1, watch.said().decode()
    said = [line for line in watch.said().decode().splitlines() if not line.startswith("{")]
    assert len(said) == 1 and said[0].startswith(f"httpwire: {GIVES[where]}: not seen any more"), said
    assert "start httpwire again" in said[0]
    counted = statistics(watch.said())
    check_accounts(counted)
    assert counted["events"]["written"] == watch.printed().count(b"\n") >= 4


def test_another_one_goes_on(watch):
    """Links of one are no matter of another's."""
    other = Watch("--stats-interval", "1s")
    try:
        for link in cgroup_links(watch.pid).values():
            detach(link)
        assert watch.process.wait(5) == 1
        seen = other.said().count(b'"event":"stats"')
        other.wait_for(lambda: other.said().count(b'"event":"stats"') >= seen + 2) # it has looked since
    finally:
        other.stop()


def test_a_command_that_is_watched_goes_on(tmp_path):
    """It is not watched to its end, so the exit code is not its own; it runs on."""
    done = tmp_path / "done"
    script = f"echo ready >&2; while [ ! -e {tmp_path}/go ]; do sleep 0.01; done; touch {done}"
    w = Watch("-q", "--", "sh", "-c", script, ready=b"ready")
    try:
        detach(cgroup_links(w.pid)["cgroup_inet_egress"])
        assert w.process.wait(5) == 1 and not done.exists()
    finally:
        (tmp_path / "go").touch()
        if w.process.poll() is None:
            w.process.wait(5)
    for _ in range(500):
        if done.exists():
            break
        time.sleep(0.01)
    assert done.exists() and b"packets sent: not seen any more" in w.said()
