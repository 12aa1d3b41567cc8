# SPDX-License-Identifier: BSD-2-Clause
"""The manual page of each event names everything that the event has"""
import json
import re
import shutil
import subprocess

import pytest

from lab import BUILD, ROOT, httpwire

EVENTS = [json.loads(line)["name"]
          for line in httpwire("events", "-o", "json", check=False).stdout.splitlines()] \
    if (BUILD / "httpwire").exists() else []
SECTIONS = ["NAME", "DESCRIPTION", "EVENT SETS", "DATA FIELDS", "DEPENDENCIES", "USE CASES",
            "RELATED EVENTS"]


@pytest.fixture(name="page", params=EVENTS)
def fixture_page(request):
    if not shutil.which("mandoc"):
        pytest.skip("mandoc is not installed")
    path = BUILD / "docs" / "man" / f"{request.param}.7"
    text = subprocess.run(["mandoc", "-Tascii", path], capture_output=True, text=True, check=True)
    return request.param, path, re.sub(".\b", "", text.stdout)


def test_it_is_sound(page):
    _, path, _ = page
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], capture_output=True, text=True,
                          check=False)
    assert done.stdout == "" and done.returncode == 0


def test_it_has_its_sections(page):
    _, _, text = page
    at = [text.find(f"\n{section}\n") for section in SECTIONS]
    assert -1 not in at and at == sorted(at)


def test_it_has_no_marks_of_another_language(page):
    _, _, text = page
    assert "`" not in text.partition("\nEXAMPLES\n")[0].replace("`?'", "")
    assert not re.search(r"\bform [AB]\b", text) # ours, for those of --format


def test_it_names_every_field(page):
    name, _, text = page
    event = json.loads(httpwire("events", name, "-o", "json").stdout)["x-httpwire"]
    for field in event["fields"]:
        assert re.search(rf"^ +{re.escape(field['path'])} \({field['type']}\)", text, re.M), field


@pytest.mark.parametrize("page", ["net_packet_dns"], indirect=True)
def test_it_names_every_word_of_dns(page):
    """Which those that Tracee has are."""
    _, _, text = page
    source = (ROOT / "src/dns/names.c").read_text()
    for table in ("classes", "opcodes", "rcodes"):
        names = re.findall(r'{ \d+, "([^"]+)" }', source.partition(f"tracee_{table}[] = {{")[2].partition("};")[0])
        assert len(names) >= 5
        for word in names:
            assert f'"{word}"' in re.sub(r"\s+", " ", text), word


def test_it_names_what_the_event_goes_with(page):
    name, _, text = page
    event = json.loads(httpwire("events", name, "-o", "json").stdout)["x-httpwire"]
    said = " ".join(text.split())
    assert event["use_cases"] and event["related"]
    for what in event["depends"] + event["use_cases"] + event["related"]:
        assert what in said
    assert name not in event["related"] and set(event["related"]) <= set(EVENTS)


@pytest.mark.parametrize("page", [e for e in EVENTS if e.startswith("net_packet_http") or e == "net_http_exchange"],
                         indirect=True)
def test_it_names_every_anomaly(page):
    _, _, text = page
    names = re.findall(r'^HW_ANOMALY\(\w+, "(\w+)"',
                       (ROOT / "src/http/anomaly.def").read_text(), re.M)
    assert len(names) > 50
    for anomaly in names:
        assert re.search(rf"^ +{anomaly}$", text, re.M), anomaly
