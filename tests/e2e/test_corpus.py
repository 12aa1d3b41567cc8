# SPDX-License-Identifier: BSD-2-Clause
"""
Captures that others made, against what tshark saw in them.

Every difference has its reason in tests/data/corpus-exceptions.tsv: file, what is missing
or added (`-` only tshark has it, `+` only httpwire has it), how often, the reason. The
test fails for a difference that is not there, and for an entry that is not needed.
"""
import collections
import json

import pytest

import tables
from lab import DATA, SHARED, lines


def captures():
    index = SHARED / "corpus" / "index.tsv"
    return [row["#file"] for row in tables.named_rows(index)] if index.exists() else []


def exceptions():
    listed = collections.defaultdict(collections.Counter)
    for name, sign, count, _reason in tables.rows(DATA / "corpus-exceptions.tsv"):
        listed[name][sign] += int(count)
    return listed


LISTED = exceptions()


def plain(address):
    """tshark shows ::ffff:1.2.3.4 as it is, httpwire as the IPv4 address it stands for."""
    return address.removeprefix("::ffff:")


def is_absolute(method, target):
    """The host is then that of the target, with httpwire, and that of Host, with tshark."""
    return method == "CONNECT" or "://" in target.split("?")[0]


def said_by_tshark(name):
    """Messages as (direction, what it says), counted."""
    path = SHARED / "corpus" / "truth" / f"{name}.tsv"
    for row in tables.named_rows(path):
        if "h2-" in row["stream"]:
            continue
        direction = (plain(row["src"]), row["sport"], plain(row["dst"]), row["dport"])
        if row["kind"] == "request":
            host = "" if is_absolute(row["method"], row["uri"]) else row["host"]
            yield direction, ("request", row["method"], host, row["uri"])
        else:
            yield direction, ("response", row["status"])


def said_by_httpwire(path):
    for line in lines("-r", path, "-o", "json", "--show-secrets", check=False):
        event = json.loads(line)
        args = {a["name"]: a["value"] for a in event["args"]}
        direction = (args["src"], str(args["src_port"]), args["dst"], str(args["dst_port"]))
        http = args["proto_http"]
        if http["direction"] == "request":
            target = event["httpwire"]["target"]
            host = "" if is_absolute(http["method"], target) else http["host"]
            said = ("request", http["method"], host, target)
        else:
            said = ("response", str(http["status_code"]))
        yield not event["httpwire"]["incomplete"], (direction, said)


def differences(name):
    """tshark shows no head that is cut, so one of ours is not too much; but it may serve."""
    tshark = collections.Counter(said_by_tshark(name))
    ours = list(said_by_httpwire(SHARED / "corpus" / "pcaps" / name))
    whole = collections.Counter(said for is_whole, said in ours if is_whole)
    return tshark - collections.Counter(said for _, said in ours), whole - tshark


@pytest.mark.parametrize("name", captures())
def test_as_tshark(name, shared):
    missing, added = differences(name)
    assert (sum(missing.values()), sum(added.values())) == (LISTED[name]["-"], LISTED[name]["+"]), \
        f"only tshark: {list(missing.elements())[:20]}\nonly httpwire: {list(added.elements())[:20]}"


def test_there_is_a_corpus(shared):
    assert len(captures()) > 300
