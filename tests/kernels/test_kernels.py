# SPDX-License-Identifier: BSD-2-Clause
"""Watching on other kernels: what init let httpwire see, on each of them"""
import json
import pathlib
import re
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

import machine
from lab import check_accounts, statistics, value
from live import http, is_egress, is_request

ADDRESSES = {"ipv4": "127.0.0.1", "ipv6": "::1", "dual-stack": "127.0.0.1", "child": "127.0.0.1",
             "thread": "127.0.0.1", "sendfile": "127.0.0.1", "to-mptcp": "127.0.0.1"}
KINDS = [(request, egress) for request in (False, True) for egress in (False, True)]


class Told(machine.Told):
    """What the machine told of its runs of httpwire."""

    def number(self, name):
        return int(self.text(name))

    def events(self, run):
        self.counted(run)
        return [json.loads(line) for line in self.text(f"{run}.out").splitlines()]

    def counted(self, run):
        assert self.number(f"{run}.code") == 0, self.text(f"{run}.err")
        return statistics(self.text(f"{run}.err").encode())


@pytest.fixture(name="told", scope="module", params=machine.KERNELS)
def fixture_told(request, program):
    version = request.param
    try:
        told = Told(machine.boot(version, machine.KERNELS[version], program))
    except machine.Missing as reason:
        pytest.skip(f"kernel {version}: {reason}")
    assert told.text("release").startswith(f"{version}.")
    return told


def task(event):
    return f'{event["processId"]}.{event["threadId"]}'


def owner(event):
    return event["httpwire"]["owner"]


def sent_by(event):
    """The process and thread that wrote it, as it says itself."""
    return http(event)["headers"]["Client-Task" if is_request(event) else "Server-Task"][0]


def of_connection(events, query):
    """The events of the connection that had a request with this query, with its sides' tasks."""
    ids = {e["httpwire"]["connection_id"] for e in events if e["httpwire"]["query"] == query}
    assert len(ids) == 1, query
    return [e for e in events if e["httpwire"]["connection_id"] in ids]


def kind(event):
    return is_request(event), is_egress(event)


def check_tasks(events):
    """
    Each event is of who sent or received that message. An emulated machine may be too slow
    to know it in time, but not always: then a hook is missing.
    """
    client, = {sent_by(e) for e in events if is_request(e)}
    server, = {sent_by(e) for e in events if not is_request(e)}
    exact = [e for e in events if owner(e) == "exact"]
    assert {kind(e) for e in exact} == {*KINDS}
    for e in exact:
        assert task(e) == (client if is_request(e) == is_egress(e) else server)
        assert (e["executable"]["path"], e["processName"], e["userId"]) == ("/bin/peer", "peer", 0)
        assert e["threadStartTime"] <= e["timestamp"]


@pytest.mark.parametrize("query", ADDRESSES)
def test_both_sides_and_their_processes(told, query):
    events = of_connection(told.events("requests"), query)
    assert sorted(kind(e) for e in events) == sorted(3 * KINDS)
    assert {value(e, "src") for e in events} == {ADDRESSES[query]}
    assert len({e["httpwire"]["socket_cookie"] for e in events}) == 2
    assert {e["hostName"] for e in events} == {"outer"}
    check_tasks(events)


@pytest.mark.parametrize("query", ["from-mptcp", "mptcp"])
def test_who_uses_mptcp_is_never_somebody_else(told, query):
    events = of_connection(told.events("requests"), query)
    client, server = ({sent_by(e) for e in events if is_request(e) == way} for way in (True, False))
    assert sorted(kind(e) for e in events) == sorted(3 * KINDS)
    for e in events:
        assert owner(e) == "none" or {task(e)} == (
            client if is_request(e) == is_egress(e) else server)


def test_equal_connections_in_two_namespaces(told):
    events = told.events("namespaces")
    for name in ("one", "two"):
        mine = [e for e in events if e["hostName"] == name]
        assert sorted(kind(e) for e in mine) == sorted(3 * KINDS)
        assert {e["httpwire"]["query"] for e in mine if is_request(e)} == {name}
        assert {value(e, "src_port" if is_request(e) else "dst_port") for e in mine} == {40000}
        assert len({e["pidNamespace"] for e in mine}) == 1
        assert {e["cgroupId"] for e in mine} == {told.number("box")}
        assert all(e["hostProcessId"] > e["processId"] for e in mine)
        check_tasks(mine)
    assert len(events) == 24
    assert len({e["pidNamespace"] for e in events}) == 2
    # Not by their ids: where both CPUs read the clock at once, it gives both one sequence number.
    assert len({e["httpwire"]["socket_cookie"] for e in events}) == 4


def query_of(event):
    exchange = event["eventName"] == "net_http_exchange"
    return value(event, "request")["query"] if exchange else event["httpwire"]["query"]


@pytest.mark.parametrize("shift", [0, 20000, -20000])
def test_the_clock_is_set_meanwhile(told, shift):
    """Times are those of the clock as it is, and nothing lasts longer for it."""
    mine = [e for e in told.events("clock") if query_of(e) == f"shift{shift}"]
    exchanges = [e for e in mine if e["eventName"] == "net_http_exchange"]
    assert len(exchanges) == 4 and len(mine) == 8, "of both sides, two of them each"
    for e in mine:
        assert 0 <= e["timestamp"] / 1e9 - told.number("now") - shift < 60
    for e in exchanges:
        assert e["args"][-1]["value"] == "complete"
        assert 0 <= value(e, "time")["duration"] < 10**9
        assert value(e, "time")["duration"] == e["timestamp"] - value(e, "time")["request_start"]


def test_the_machine_stands_still_meanwhile(told):
    """Nothing is lost, and times are those of the clock, which went on."""
    events = told.events("still")
    exchanges = [e for e in events if e["eventName"] == "net_http_exchange"]
    began, seconds = told.number("earlier"), told.number("later") - told.number("earlier")
    assert seconds >= machine.PAUSE_SECONDS
    assert len(exchanges) == 4 and len(events) == 12, "of both sides, two of them each"
    assert all(0 <= e["timestamp"] / 1e9 - began < seconds + 1 for e in events)
    assert {e["args"][-1]["value"] for e in exchanges} == {"complete"}
    durations = sorted(value(e, "time")["duration"] / 1e9 for e in exchanges)
    assert 0 <= durations[0] and durations[1] < 1
    assert machine.PAUSE_SECONDS < durations[2] and durations[3] < seconds + 1, "it was under way"


def test_this_kernel_tells_all(told):
    """No hook is missing."""
    assert not re.search("does not", told.text("requests.err"))
    live = told.counted("requests")["live"]
    assert not any(live[name] for name in live if "lost" in name or "un" in name), live


def test_what_is_not_http_is_not_copied(told):
    counted = told.counted("noise")
    assert told.events("noise") == []
    assert counted["live"]["packets_left"] > 20
    assert counted["packets"]["bytes"] < 2000, "only how the connection begins and ends"


def test_dns_is_copied_of_as_many_ports_as_may_be(told):
    asked = {(value(e, "dst_port"), value(e, "proto_dns")["questions"][0]["name"])
             for e in told.events("dns")}
    assert asked == {(5355, "port5355.test"), (15, "port15.test")}
    counted = told.counted("dns")["packets"]
    assert counted["udp"] == counted["read"], "no other is copied"


def same(events):
    """What does not depend on the run."""
    return sorted((*kind(e), http(e)["uri_path"], http(e)["status"], http(e)["content_length"],
                   e["httpwire"]["incomplete"], *e["httpwire"]["anomalies"]) for e in events)


def test_the_gate_changes_no_event(told):
    gate, all_copied = told.events("gate"), told.events("no-gate")
    assert len(gate) == 12
    assert same(gate) == same(all_copied)
    check_tasks(gate)


def test_the_gate_leaves_out_the_inside_of_long_bodies(told):
    gate, all_copied = told.counted("gate"), told.counted("no-gate")
    assert gate["live"]["packets_skipped"] > 0
    assert all_copied["live"]["packets_skipped"] == 0
    assert gate["packets"]["bytes"] < all_copied["packets"]["bytes"] / 2
    assert all_copied["packets"]["bytes"] > 2 * 11_000_001, "both sides"


def test_what_the_kernel_sends_by_itself_has_no_process(told):
    sent = [e for e in told.events("answers") if is_egress(e)]
    reply, = (e for e in sent if e["eventName"] == "net_packet_icmp" and
              value(e, "proto_icmp")["typeCode"] == "EchoReply")
    reset, = (e for e in sent if e["eventName"] == "net_packet_tcp" and value(e, "proto_tcp")["RST"])
    assert [(e["processName"], owner(e)) for e in (reply, reset)] == 2 * [("", "none")]


@pytest.mark.parametrize("run", ["requests", "namespaces", "noise", "gate", "no-gate", "chosen", "all-kinds", "filtered", "dns", "clock", "still"])
def test_a_service_that_is_ended_says_what_it_counted(told, run):
    check_accounts(told.counted(run))


def test_nothing_stays_in_the_kernel_of_what_is_killed(told):
    assert told.number("during") > told.number("before")
    assert told.number("after") == told.number("before")


def test_processes_are_chosen_in_the_kernel(told):
    events = told.events("chosen")
    assert {(e["processName"], is_egress(e) == is_request(e)) for e in events} == {("stranger", True)}
    assert len(events) == 2
    assert told.counted("chosen")["live"]["packets_filtered"] > 0


def test_conditions_of_all_kinds_at_once(told):
    events = told.events("all-kinds")
    assert [e["httpwire"]["query"] for e in events if is_request(e)] == ["inner", "again"]
    assert {(e["processName"], e["containerId"]) for e in events} == {("stranger", "inner")}
    assert len(events) == 4


def test_filters_are_decided_in_the_kernel(told):
    events = told.events("filtered")
    assert sorted(kind(e) for e in events) == [(False, False), (True, True)]
    assert {e["processName"] for e in events} == {"stranger"}
    assert {e["httpwire"]["query"] for e in events if is_request(e)} == {"stranger"}
    assert told.text("filtered.err").count("decided in the kernel: ") == 4
    assert told.counted("filtered")["live"]["packets_filtered"] > 0


def test_what_is_missing_is_named(told):
    assert (told.number("not-root.code"), told.text("not-root.out")) == (3, "")
    assert "not permitted" in told.text("not-root.err")
    assert (told.number("confidentiality.code"), told.text("confidentiality.out")) == (3, "")
    assert "locked down" in told.text("confidentiality.err")


@pytest.mark.parametrize("run", ["no-cgroup", "integrity"])
def test_where_something_is_missing_that_is_not_needed(told, run):
    """The mount of cgroup version 2; what kernel lockdown at "integrity" forbids."""
    events = told.events(run)
    assert sorted(kind(e) for e in events) == sorted(3 * KINDS)
    check_tasks(events)


def test_the_kernel_has_nothing_to_complain_of(told):
    console = told.text("console")
    assert "reboot: Power down" in console, console[-2000:]
    assert not re.search(r"BUG:|WARNING:|Oops|Call Trace|rcu.*stall", console), console
