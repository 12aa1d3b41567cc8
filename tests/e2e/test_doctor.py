# SPDX-License-Identifier: BSD-2-Clause
"""httpwire doctor: what it says of hosts that have all, and of those that do not"""
import json
import os
import subprocess

import pytest
from lab import HTTPWIRE, httpwire

NEEDED = ("bpf", "perfmon", "net_admin")


def as_nobody(caps=()):
    """A prefix that makes what follows an ordinary user's, with these capabilities only."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    sets = ",".join(["-all", *(f"+{c}" for c in caps)])
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", f"--inh-caps={sets}",
            f"--ambient-caps={sets}", f"--bounding-set={sets}"]


def run(*words, code):
    done = subprocess.run([*map(str, words)], capture_output=True, timeout=60, check=False)
    if done.returncode in (126, 127):
        pytest.skip("somebody else may not run the program there")
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return done


def findings(*prefix, code):
    """What it says, by the name of the check."""
    done = run(*prefix, HTTPWIRE, "doctor", "-o", "json", code=code)
    assert done.stderr == b""
    return {f["check"]: f for f in map(json.loads, done.stdout.splitlines())}


def states(found):
    return {name: f["state"] for name, f in found.items()}


@pytest.fixture(name="working", scope="module")
def fixture_working():
    if httpwire("doctor", check=False).returncode:
        pytest.skip("cannot watch here")
    return findings(code=0)


def test_a_host_that_has_all(working):
    assert set(states(working).values()) <= {"ok", "limited"}
    assert working["packets sent"]["found"] == "cgroup_skb/egress"
    assert list(working)[-1] == "watching"
    for f in working.values():
        assert set(f) == {"check", "state", "found", "meaning", "cure"}
        assert f["found"]
        assert f["meaning"] or f["state"] == "ok"


def test_text_has_the_same_in_columns(working):
    done = httpwire("doctor")
    lines = done.stdout.decode().splitlines()
    assert max(map(len, lines)) <= 80
    told = {line[:24].rstrip(): line[24:33].rstrip() for line in lines if not line.startswith(" ")}
    assert told == states(working)
    assert b"\x1b[32mok" in httpwire("doctor", "--color", "always").stdout
    assert b"\x1b" not in done.stdout


def test_what_is_missing_fits_a_terminal_too():
    """But for commands, which are to be copied whole."""
    lines = run(*as_nobody(), HTTPWIRE, "doctor", code=3).stdout.decode().splitlines()
    assert max(len(line) for line in lines if not line.lstrip().startswith("$ ")) <= 80


def test_nothing_is_left_behind(working):
    assert working
    def links():
        return subprocess.run(["/usr/sbin/bpftool", "-j", "link"], capture_output=True, check=True).stdout
    before = {link["id"] for link in json.loads(links())}
    httpwire("doctor")
    assert not {link["id"] for link in json.loads(links()) if link["id"] > max(before, default=0)}


def check_untried(found, why):
    """Of no program it is said that the kernel has none, or what it would be missed for."""
    hooks = list(found.values())[list(found).index("packets received"):list(found).index("processes that end") + 1]
    assert len(hooks) == 11
    for hook in hooks:
        assert (hook["state"], hook["meaning"], hook["cure"]) == ("unknown", "", "")
        assert hook["found"].endswith(f": {why}")


def test_without_privilege():
    found = findings(*as_nobody(), code=3)
    assert found["capabilities"]["state"] == "missing"
    assert found["capabilities"]["found"] == "not bpf, perfmon, net_admin"
    assert found["capabilities"]["cure"] == "sudo httpwire"
    assert found["kernel"]["state"] == "ok"
    check_untried(found, "not permitted to try")
    assert "sudo" in found["watching"]["found"]


@pytest.mark.parametrize("missing", NEEDED)
def test_each_capability_is_missed_by_name(missing):
    found = findings(*as_nobody([c for c in NEEDED if c != missing]), code=3)
    assert found["capabilities"]["found"] == f"not {missing}"


def test_all_three_are_enough(working):
    assert states(findings(*as_nobody(NEEDED), code=0))["watching"] == working["watching"]["state"]


def inside(script, *unshare):
    """A prefix: a mount namespace in which `script` was run first."""
    if os.geteuid():
        pytest.skip("only root can mount")
    return ["unshare", "-m", *unshare, "sh", "-ec", script + '; exec "$@"', "sh"]


def test_no_types():
    found = findings(*inside("mount -t tmpfs none /sys/kernel/btf"), code=3)
    assert found["kernel types (BTF)"]["state"] == "missing"
    assert "CONFIG_DEBUG_INFO_BTF" in found["kernel types (BTF)"]["meaning"]
    check_untried(found, "not tried, without the kernel's types")


def test_no_cgroup_mount():
    script = "awk '/ - cgroup2 /{print $5}' /proc/self/mountinfo | xargs -n1 umount -l"
    found = findings(*inside(script), code=0)
    assert found["cgroup version 2"]["state"] == "limited"
    assert "mount -t cgroup2" in found["cgroup version 2"]["cure"]
    assert found["watching"]["state"] == "limited"


def test_no_cgroup_mount_and_none_can_be_made():
    script = "awk '/ - cgroup2 /{print $5}' /proc/self/mountinfo | xargs -n1 umount -l"
    found = findings(*inside(script), *as_nobody(NEEDED), code=3)
    assert found["cgroup version 2"]["state"] == "missing"
    assert "mount -t cgroup2" in found["watching"]["found"]


@pytest.mark.parametrize("mode, state", [("none", "ok"), ("integrity", "ok"), ("confidentiality", "missing")])
def test_lockdown(working, mode, state):
    """As far as what it says: a kernel that is really locked down cannot be had here."""
    assert working
    text = "none integrity confidentiality".replace(mode, f"[{mode}]")
    script = f"mount -t tmpfs none /sys/kernel/security; echo '{text}' >/sys/kernel/security/lockdown"
    assert states(findings(*inside(script), code=0))["lockdown"] == state


def test_in_a_user_namespace():
    found = findings("unshare", "-Ur", code=3)
    assert found["namespaces"]["state"] == "missing"
    assert "user namespace" in found["watching"]["found"]
    assert found["capabilities"]["state"] == "missing" and not found["capabilities"]["cure"]
    check_untried(found, "not permitted to try")


def test_in_a_pid_namespace(working):
    assert working
    assert "--pid" in findings("unshare", "-pf", code=0)["namespaces"]["found"]


def test_few_open_files():
    found = findings(*as_nobody(NEEDED), "prlimit", "--nofile=24:24", code=3)
    assert found["open files"]["state"] == "missing"
    assert "ulimit -n" in found["watching"]["found"]


def test_it_takes_no_words():
    done = httpwire("doctor", "me", check=False)
    assert done.returncode == 2 and done.stderr == b"httpwire: doctor takes options only, not 'me'\n"
