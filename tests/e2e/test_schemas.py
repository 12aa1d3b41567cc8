# SPDX-License-Identifier: BSD-2-Clause
"""Every event that is printed is what its schema says, and the schema says no more than that"""
import base64
import copy
import functools
import json

import pytest

from lab import DATA, ROOT, Capture, Connection, httpwire, lines

jsonschema = pytest.importorskip("jsonschema")
FORMS = ["json", "json-v1beta1"]
NAMES = [json.loads(line)["name"] for line in httpwire("events", "-o", "json").stdout.splitlines()]


@functools.lru_cache(maxsize=None)
def validator(name, form, strict):
    schema = json.loads(httpwire("events", name, "-o", form, *strict).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="module", name="vectors")
def fixture_vectors(tmp_path_factory):
    made = Capture()
    for number, line in enumerate((DATA / "http-vectors.jsonl").read_bytes().splitlines()):
        vector = json.loads(line)
        connection = Connection(made, client=("10.0.0.1", 10000 + number))
        connection.send(vector["kind"] != "request", base64.b64decode(vector["input_base64"]))
        connection.close(0)
    return made.write(tmp_path_factory.mktemp("schemas") / "vectors.pcap")


@pytest.mark.parametrize("strict", [(), ("--strict",)])
@pytest.mark.parametrize("form", FORMS)
def test_every_event_is_as_its_schema_says(form, strict, vectors):
    seen = set()
    for path in (DATA / "spec/live.pcap", DATA / "spec/synth.pcap", ROOT / "examples/web.pcap", vectors):
        for line in lines("-r", path, "-o", form, "-e", "network_events" if strict else "network_events,exchanges", *strict):
            event = json.loads(line)
            name = event["eventName" if form == "json" else "name"]
            error = jsonschema.exceptions.best_match(validator(name, form, strict).iter_errors(event))
            assert error is None, (line[:300], error.message, list(error.absolute_path))
            seen.add(name)
    assert len(seen) >= 12 + 2 * (not strict)


def changed(event):
    """The event with one key more, one less, or a value of another type."""
    for key in event:
        less, other = copy.deepcopy(event), copy.deepcopy(event)
        del less[key]
        other[key] = None
        yield from (less, other)
    yield {**event, "more": 1}


@pytest.mark.parametrize("form", FORMS)
def test_nothing_else_is(form):
    events = [json.loads(line) for line in lines("-r", DATA / "spec/live.pcap", "-o", form, "-e",
                                                  "network_events", "-c", "100")]
    for event in {e.get("eventName", e.get("name")): e for e in events}.values():
        judge = validator(event.get("eventName", event.get("name")), form, ())
        assert judge.is_valid(event)
        assert [odd for odd in changed(event) if judge.is_valid(odd)] == []
        inner = copy.deepcopy(event)
        next(a for a in inner["args" if form == "json" else "data"])["more"] = 1
        assert not judge.is_valid(inner)


ENDS = ["complete", "aborted_by_client", "aborted_by_server", "timeout", "capture_ended", "upgraded", "tunnel", "evicted",
        "unpaired", "goes_on"]
CUTS = ["gap", "limit", "closed", "reset", "timeout", "evicted", "capture_end"]
ROLES = ["client", "server", "unknown"]
OWNERS = ["exact", "inherited", "none", ""]
WORDS = [
    ("net_packet_http", "args.proto_http.direction", ["request", "response"]),
    ("net_packet_http", "httpwire.incomplete", [*CUTS, ""]),
    ("net_packet_http", "httpwire.owner", OWNERS),
    ("net_packet_tcp", "httpwire.owner", OWNERS),
    ("net_packet_dns", "httpwire.incomplete", ["cut", "malformed", "limit", ""]),
    ("net_http_exchange", "args.connection.role", ROLES),
    ("net_http_exchange", "args.request.incomplete", [*CUTS, "framing"]),
    ("net_http_exchange", "args.response.incomplete", [*CUTS, "framing"]),
    ("net_http_exchange", "args.end", ENDS),
    ("net_http_exchange", "httpwire.owner", OWNERS),
    ("net_http_exchange", "httpwire.peer.owner", ["exact", "inherited"]),
    ("net_http_tunnel", "args.tunnel.role", ROLES),
    ("net_http_tunnel", "args.end", ENDS),
]


@pytest.mark.parametrize("name,path,words", WORDS, ids=lambda v: v if isinstance(v, str) else "")
def test_few_words_are_listed(name, path, words):
    """What may be one of a few words is one of them, and nothing else."""
    schema = validator(name, "json", ()).schema
    for key in path.split("."):
        schema = schema["properties"][key]
        if key == "args":
            schema = {"properties": {p["properties"]["name"]["const"]: p["properties"]["value"] for p in schema["prefixItems"]}}
    assert sorted(schema["enum"]) == sorted(words)


@pytest.mark.parametrize("form", FORMS)
def test_another_word_is_not_taken(form):
    for line in lines("-r", ROOT / "examples/web.pcap", "-o", form, "-e", "net_http_exchange"):
        event = json.loads(line)
        end = next(a for a in event["args" if form == "json" else "data"] if a["name"] == "end")
        judge = validator("net_http_exchange", form, ())
        assert judge.is_valid(event)
        end["value" if form == "json" else "str"] = "completed"
        assert not judge.is_valid(event)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", FORMS)
def test_each_has_one(name, form):
    for strict in ((), ("--strict",)):
        assert validator(name, form, strict).schema["title"] == name
