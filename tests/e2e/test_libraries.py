# SPDX-License-Identifier: BSD-2-Clause
"""Libraries that are loaded when they are asked for: who asks for none does without them

In a mount namespace in which what would be loaded is no library.
"""
import json
import os
import pathlib
import re
import subprocess

import pytest
from lab import HTTPWIRE, Capture, Connection, httpwire

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount")
LOADED = {"libpcap": "libpcap.so.0.8", "libbpf": "libbpf.so.1", "json-c": "libjson-c.so.5",
          "libmicrohttpd": "libmicrohttpd.so.12"}


@pytest.fixture(name="one")
def fixture_one(tmp_path):
    made = Capture()
    Connection(made).send(0, b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    return made.write(tmp_path / "one.pcap")


def path_of(file):
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    return os.path.realpath(re.search(rf"{re.escape(file)} .*=> (\S+)", known)[1])


def run(script, *words):
    return subprocess.run(["unshare", "-m", "/bin/sh", "-ec", script + 'exec "$@"', "sh", str(HTTPWIRE), *map(str, words)],
                          capture_output=True, timeout=20, check=False)


def without(library, *words, script=""):
    return run(f"mount --bind /dev/null '{path_of(LOADED[library])}'; " + script, *words)


@pytest.mark.parametrize("library", LOADED)
def test_reading_needs_none(one, library):
    done = without(library, "-q", "-r", one)
    assert done.returncode == 0 and done.stdout.count(b"\n") == 1
    assert f"{library}: not installed" in without(library, "-V").stdout.decode().splitlines()


def test_libpcap_is_needed_for_filters_and_interfaces(one):
    for words in (["-r", one, "tcp"], ["-i", "lo", "-c", "1"], ["-D"]):
        done = without("libpcap", *words)
        assert done.returncode == 1 and b"needs the library libpcap, package libpcap0.8" in done.stderr, words


def test_libbpf_is_needed_to_watch():
    done = without("libbpf", "-o", "json")
    assert done.returncode == 3 and b"needs the library libbpf, package libbpf1" in done.stderr
    found = without("libbpf", "doctor", "-o", "json")
    assert found.returncode == 3 and b"package libbpf1" in found.stdout


def test_the_doctor_says_what_to_install():
    def findings(library):
        done = without(library, "doctor", "-o", "json")
        return {f["check"]: f for f in map(json.loads, done.stdout.splitlines())}

    found = findings("libbpf")
    assert found["libbpf"]["state"] == "missing" and found["libbpf"]["cure"] == "sudo apt install libbpf1"
    assert "packets sent" not in found and found["watching"]["state"] == "missing"
    found = findings("json-c")
    assert found["json-c"]["state"] == "limited" and found["json-c"]["cure"] == "sudo apt install libjson-c5"
    assert found["watching"]["state"] != "ok"


DOCKER = """mount -t tmpfs none /var/lib; mkdir -p /var/lib/docker/containers/{id}
printf '%s' '{json}' >/var/lib/docker/containers/{id}/config.v2.json; """


@pytest.fixture(name="container")
def fixture_container():
    """The id of a container that runs, as far as its cgroup tells."""
    name = 32 * "ab"
    root = next((line.split()[4] for line in open("/proc/self/mountinfo", encoding="utf-8")
                 if " - cgroup2 " in line), None)
    if not root:
        pytest.skip("cgroup version 2 is not mounted")
    cgroup = pathlib.Path(root, f"docker-{name}.scope")
    cgroup.mkdir(exist_ok=True)
    yield name
    cgroup.rmdir()


@pytest.mark.parametrize("text", ['{"ID":"%s","Name":"/web-1"}', "{}", r"{\000}", "[" + 20000 * "," + "]"],
                         ids=["named", "empty", "binary", "immodest"])
def test_json_c_is_needed_to_choose_by_name(container, text):
    script = DOCKER.replace("{id}", container).replace("{json}", text.replace("%s", container))
    done = without("json-c", "--container=web-1", "-o", "none", script=script)
    assert done.returncode == 2 and b"library json-c, package libjson-c5" in done.stderr
    if '"Name"' not in text: # read, it is no container's
        done = run(script, "--container=web-1", "-o", "none")
        assert done.returncode == 2 and b"is not the name or the id of a container that runs" in done.stderr


def test_json_c_is_needed_for_names_of_containers():
    if httpwire("doctor", check=False).returncode:
        pytest.skip("cannot watch here")
    done = without("json-c", "-o", "none", "--", "true")
    assert done.returncode == 0
    assert b"containers have no names: needs the library json-c, package libjson-c5" in done.stderr
