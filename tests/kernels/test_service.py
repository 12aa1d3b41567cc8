# SPDX-License-Identifier: BSD-2-Clause
"""The service as systemd starts it, alone and under its profile of AppArmor: what probe saw of it"""
import json
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import machine
import service
from lab import BUILD, value

USES = ["plain", "enforced"]
DAC_READ_SEARCH = 1 << 2


class Told(machine.Told):
    """What the machine told: the output and the exit of commands, by name."""

    def code(self, name):
        return int(self.text(f"{name}.code"))

    def done(self, name):
        assert self.code(name) == 0, self.text(name)
        return self.text(name)

    def lines(self, name, separator):
        return dict(line.split(separator, 1) for line in self.done(name).splitlines() if separator in line)

    def events(self, name):
        """Each line is whole."""
        text = self.done(name)
        assert text.endswith("\n")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(name="told", scope="module", params=machine.KERNELS)
def fixture_told(request, program):
    version = request.param
    try:
        told = Told(service.boot(version, machine.KERNELS[version], BUILD))
    except machine.Missing as reason:
        pytest.skip(f"kernel {version}: {reason}")
    assert program and told.done("release").startswith(f"{version}.")
    return told


def capabilities(status):
    return {name: int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")}


def queries(events):
    return [e["httpwire"]["query"] for e in events if value(e, "proto_http")["direction"] == "request"]


@pytest.mark.parametrize("use", USES)
def test_it_watches_as_a_user_of_its_own(told, use):
    """Who may not do anything any more, and cannot be given a right."""
    told.done(f"{use}.start")
    status = told.lines(f"{use}.status", ":\t")
    assert not any(capabilities(status).values())
    user = {*status["Uid"].split()}
    assert len(user) == 1 and user & {str(uid) for uid in range(61184, 65520)}, "DynamicUser="
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    listed = told.done(f"{use}.listed").splitlines()[1:]
    assert [line.split()[0] for line in listed] == 2 * ["-rw-r-----"]
    assert {line.split()[2] for line in listed} == user


@pytest.mark.parametrize("use", USES)
def test_one_process_may_read_and_nothing_else(told, use):
    status = told.lines(f"{use}.asker", ":\t")
    rights = capabilities(status)
    assert (rights["CapInh"], rights["CapAmb"]) == (0, 0) and {rights["CapPrm"], rights["CapEff"]} == {DAC_READ_SEARCH}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")


@pytest.mark.parametrize("use", USES)
def test_its_file_has_all_events(told, use):
    """Those before the file was moved and systemctl reload, and those after it, of both sides."""
    older, events = told.events(f"{use}.older"), told.events(f"{use}.events")
    told.done(f"{use}.reload")
    assert queries(older).count(use) == 4
    assert queries(events).count(f"{use}-moved") == 4 and use not in queries(events)
    assert {e["processName"] for e in older + events} == {"peer"}


@pytest.mark.parametrize("use", USES)
def test_containers_have_names(told, use):
    inside = [e["container"] for e in told.events(f"{use}.older") if e["containerId"]]
    assert inside and inside[-1] == {"id": service.CONTAINER_ID, "name": "web-1", "image": "nginx:1.25"}


@pytest.mark.parametrize("use", USES)
def test_it_ends_when_told(told, use):
    told.done(f"{use}.stop")
    assert told.lines(f"{use}.shown", "=") == {"Result": "success", "ExecMainStatus": "0", "NRestarts": "0"}
    assert "lost" not in told.done(f"{use}.journal")


def test_what_was_written_stays_when_it_is_started_anew(told):
    """By systemd after a crash as by its admin: of one file."""
    assert told.lines("killed.shown", "=") == {"ActiveState": "active", "NRestarts": "1"}
    asked = queries(told.events("killed.events"))
    assert [asked.count(query) for query in ("plain-moved", "enforced-moved", "before", "after")] == [0, 4, 4, 4]


def test_the_profile_is_its(told):
    told.done("load")
    assert told.done("plain.label").strip("\0\n") == "unconfined"
    assert told.done("enforced.label").strip("\0\n") == "httpwire (enforce)"


def denied(told, **expected):
    """Messages of the kernel about what the profile refused."""
    found = [dict(re.findall(r'(\w+)="?([^" ]+)"?', line)) for line in told.done("audit").splitlines()
             if 'apparmor="DENIED"' in line and 'profile="httpwire"' in line]
    return [d for d in found if expected.items() <= d.items()]


@pytest.mark.parametrize("name, path", [("reads", "/root/in.pcap"), ("writes", "/root/out"), ("starts", "/usr/bin/busybox")])
def test_the_profile_refuses_what_is_not_its(told, name, path):
    """Root is refused what root may do without it, and the kernel says so."""
    told.done("free")
    assert told.code(name) in (1, 2, 126) and "Permission denied" in told.text(name), told.text(name)
    assert denied(told, name=path)


def test_the_profile_refuses_the_network(told):
    assert told.code("serves") != 0 and "Permission denied" in told.text("serves"), told.text("serves")


def test_the_profile_refuses_nothing_that_is_needed(told):
    refused = {d.get("name", d.get("capname")) for d in denied(told)}
    # The last is asked for by no one but root, who serves metrics here.
    assert refused <= {"/root/in.pcap", "/root/out", "/usr/bin/busybox", "sys_nice"}
