# SPDX-License-Identifier: BSD-2-Clause
"""Choosing processes, and commands that are started to be watched"""
import contextlib
import json
import os
import pwd
import signal
import subprocess
import time

import pytest
from lab import HTTPWIRE, httpwire
from live import (Watch, cgroup_root, curl, end, http, is_request, peer, watching)
from test_owners import CONTAINER_ID, cgroup

TWO_CURLS = "for i in 1 2; do curl -s -o /dev/null $0/$i; done"


def names(events):
    return {e["processName"] for e in events}


def test_by_pid(server):
    with watching("-p", server[0].pid) as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        w.wait_for_lines(2)
    assert len(w.events) == 2
    assert {e["hostProcessId"] for e in w.events} == {server[0].pid}


def test_a_pid_without_and_with_its_children(server):
    for options, expected in (((), 0), (("--children",), 4)):
        shell = subprocess.Popen(["sh", "-c", f"sleep 1; {TWO_CURLS}", f"http://127.0.0.1:{server[1]}"])
        with watching("-p", shell.pid, *options) as w:
            shell.wait(10)
            time.sleep(0.2)
        assert len(w.events) == expected
        assert names(w.events) <= {"curl"}


def test_children_that_were_there_before(server):
    shell = subprocess.Popen(["sh", "-c", f"sh -c 'sleep 1; {TWO_CURLS}' $0; true",
                              f"http://127.0.0.1:{server[1]}"])
    time.sleep(0.3)
    with watching("-p", shell.pid, "--children") as w:
        shell.wait(10)
        w.wait_for_lines(4)
    assert len(w.events) == 4


def test_by_name(server):
    with watching("--comm", "curl") as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        w.wait_for_lines(2)
    assert len(w.events) == 2 and names(w.events) == {"curl"}
    assert w.counted["events"]["filtered"] <= 2


def test_by_user(server):
    nobody = pwd.getpwnam("nobody")
    with watching("--uid", "nobody") as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        subprocess.run(["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups",
                        "curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{server[1]}/"], check=True)
        w.wait_for_lines(2)
    assert len(w.events) == 2 and {e["userId"] for e in w.events} == {nobody.pw_uid}


@pytest.mark.parametrize("option", ["--cgroup", "--container", "a path of /proc"])
def test_by_cgroup(server, option):
    group = cgroup_root() / "system.slice" / f"docker-{CONTAINER_ID}.scope"
    words = {"--cgroup": ["--cgroup", group], "--container": ["--container", CONTAINER_ID[:12]],
             "a path of /proc": ["--cgroup", f"/system.slice/{group.name}"]}[option]
    with cgroup(group), cgroup(group / "inner"), watching(*words) as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        subprocess.run(["sh", "-c", f"echo $$ > {group}/inner/cgroup.procs; exec curl -s -o /dev/null $0",
                        f"http://127.0.0.1:{server[1]}/"], check=True)
        w.wait_for_lines(2)
    assert len(w.events) == 2
    assert {e["containerId"] for e in w.events} == {CONTAINER_ID}


@pytest.mark.parametrize("name", ["web-1", "beef"])
def test_a_container_of_lxc_by_its_name(server, name):
    """There is no id but the name, which may look like the beginning of an id."""
    groups = [cgroup_root() / f"lxc.payload.{n}" for n in (name, name + "2")]
    with cgroup(groups[0]), cgroup(groups[1]), watching("--container", name) as w:
        for group in reversed(groups):
            subprocess.run(["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null $0",
                            f"http://127.0.0.1:{server[1]}/"], check=True)
        w.wait_for_lines(2)
    assert [(e["containerId"], e["container"]["name"]) for e in w.events] == [(name, name)] * 2
    done = httpwire("--container", name[:4] + "3", check=False)
    assert done.returncode == 2 and b"is not the name or the id of a container" in done.stderr


@pytest.mark.parametrize("path, name", [
    ("lxc/1010", "1010"),
    ("machine.slice/machine-web\\x2d1.scope", "web-1"),
], ids=["Proxmox", "systemd-nspawn"])
def test_a_container_whose_cgroup_has_its_name(server, path, name):
    with cgroup(cgroup_root() / path / "payload") as inside, watching("--container", name) as w:
        subprocess.run(["sh", "-c", 'echo $$ > "$1"; exec curl -s -o /dev/null "$0"',
                        f"http://127.0.0.1:{server[1]}/", inside / "cgroup.procs"], check=True)
        w.wait_for_lines(2)
    assert [(e["containerId"], e["container"]["name"]) for e in w.events] == [(name, name)] * 2


@pytest.fixture(name="group")
def fixture_group():
    with cgroup(cgroup_root() / "httpwire-test" / "of.slice") as group:
        yield group


@pytest.mark.parametrize("words", [
    ("--cgroup", "/system.slice/docker-ID.scope"),
    ("--container", CONTAINER_ID[:12]),
    ("--cgroup", "/system.slice", "--container", CONTAINER_ID),
], ids=["cgroup", "container", "both"])
def test_what_is_started_again_is_meant_then_too(server, words):
    """The cgroup of a service or a container that ends is removed, and another one is made at its place."""
    group = cgroup_root() / "system.slice" / f"docker-{CONTAINER_ID}.scope"
    script = 'echo $$ > "$1"; exec curl -s -o /dev/null "$0"'
    with contextlib.ExitStack() as stack:
        with cgroup(group):
            w = stack.enter_context(watching(*[word.replace("ID", CONTAINER_ID) for word in words]))
        for path in ("again", "and-again"):
            for place in (group, group.with_name("another.scope")):
                with cgroup(place):
                    subprocess.run(["sh", "-c", script, f"http://127.0.0.1:{server[1]}/{path}",
                                    place / "cgroup.procs"], check=True)
        w.wait_for_lines(4)
    assert [http(e)["uri_path"] for e in w.events if is_request(e)] == [
        "/again", "/and-again"]
    assert {e["containerId"] for e in w.events} == {CONTAINER_ID}


@pytest.mark.parametrize("length", [317, 318, 319, 320])
def test_a_cgroup_below_one_with_a_long_path_does_not_take_its_place(server, length):
    """Where the kernel side has no room for the whole path, both would be the same."""
    first = cgroup_root() / ("a" * 250)
    group = first / ("b" * (length - 252))
    with cgroup(group), watching("--cgroup", group) as w, cgroup(group / "c"):
        subprocess.run(["sh", "-c", 'echo $$ > "$1"; exec curl -s -o /dev/null "$0"',
                        f"http://127.0.0.1:{server[1]}/", group / "cgroup.procs"], check=True)
        w.wait_for_lines(2)


@pytest.mark.parametrize("path", ["of.slice", "./of.slice/.", ".", "link"])
def test_a_directory_of_a_cgroup_however_it_is_named(server, group, tmp_path, path):
    link = tmp_path / "link"
    link.symlink_to(group)
    here = {"link": tmp_path, ".": group}.get(path, group.parent)
    with watching("--cgroup", path, program=["env", "-C", here]) as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        subprocess.run(["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null $0",
                        f"http://127.0.0.1:{server[1]}/in"], check=True)
        w.wait_for_lines(2)
    assert [http(e)["uri_path"] for e in w.events] == ["/in", ""]


@pytest.mark.parametrize("path", ["", ".", "..", "/..", "/../..", "/cgroup.procs"])
def test_what_is_no_cgroup_is_not_the_whole_host(path, tmp_path):
    done = subprocess.run([HTTPWIRE, "--cgroup", path, "-c", "1"], cwd=tmp_path, capture_output=True, timeout=20,
                          check=False)
    assert done.returncode == 2 and f"'{path}' is not a cgroup".encode() in done.stderr


def test_a_cgroup_and_a_container_are_of_two_kinds(server, group):
    """Both must hold: of two that are apart nothing is shown, of one in the other what is in both."""
    outside, inside = cgroup_root() / "lxc.payload.apart", group / "lxc.payload.apart"
    for container, expected in ((outside, []), (inside, ["/in"])):
        with cgroup(container), watching("--cgroup", group, "--container", "apart") as w:
            for path, place in (("in", container), ("beside", group)):
                subprocess.run(["sh", "-c", f"echo $$ > {place}/cgroup.procs; exec curl -s -o /dev/null $0",
                                f"http://127.0.0.1:{server[1]}/{path}"], check=True)
            w.wait_for_lines(2 * len(expected))
            time.sleep(0.2)
        assert [http(e)["uri_path"] for e in w.events if is_request(e)] == expected


def test_several_kinds_must_all_hold(server):
    with watching("--comm", "curl", "--uid", "nobody") as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        time.sleep(0.2)
    assert not w.events


def test_a_thread_is_said_to_be_of_a_process():
    waits = "import threading; threading.Thread(target=input).start(); print(flush=True)"
    with subprocess.Popen(["/usr/bin/python3", "-c", waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdout.readline()
        tid = max(map(int, os.listdir(f"/proc/{p.pid}/task")))
        done = httpwire("-p", tid, check=False)
        p.stdin.close()
    assert done.returncode == 2 and f": {tid} is a thread of process {p.pid}: -p {p.pid}\n".encode() in done.stderr


@pytest.mark.parametrize("words, said", [
    (["-p", "4194305"], b"'4194305' is not a process that runs"),
    (["--cgroup", "/no/such"], b"'/no/such' is not a cgroup"),
    (["--container", "abcdef012345"], b"'abcdef012345' is not the name or the id of a container that runs"),
    (["--container", "web"], b"'web' is not the name or the id"),
    (["--uid", "nosuchuser"], b"'nosuchuser' is not a user"),
    (["--children"], b"--children goes with --pid"),
    (["-r", "/dev/null", "--comm", "x"], b"does not know processes"),
    # What is not there could not be found in it either.
    (["-r", "/dev/null", "--container", "web"], b"a capture file does not know processes"),
    (["--container", "web", "-r", "/dev/null"], b"a capture file does not know processes"),
    (["-i", "lo", "--cgroup", "/no/such"], b"an interface does not know processes"),
    (["-r", "/dev/null", "-p", "4194305"], b"a capture file does not know processes"),
    (["--cgroup", "no/such"], b"--cgroup: 'no/such' is not a cgroup (of version 2), such as /system.slice/"),
])
def test_what_cannot_be_chosen(words, said):
    done = httpwire(*words, check=False)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count(b"\n") == 1


def command(*words, env=None, quiet=True):
    done = subprocess.run([str(HTTPWIRE), "-o", "json", *(["-q"] if quiet else ["--stats", "json"]),
                           *map(str, words)], capture_output=True,
                          timeout=30, check=False, env={**os.environ, **(env or {})})
    if done.returncode == 3:
        pytest.skip(done.stderr.decode())
    return done


def test_a_command_is_watched_from_its_first_byte_to_its_last(server, tmp_path):
    out = tmp_path / "events"
    done = command("--output", out, "--", "sh", "-c", TWO_CURLS + "; echo done; exit 7",
                   f"http://127.0.0.1:{server[1]}")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"done\n", b"")
    events = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(is_request(e), http(e)["uri_path"]) for e in events] == [
        (True, "/1"), (False, ""), (True, "/2"), (False, "")]
    assert names(events) == {"curl"}
    assert {e["httpwire"]["midstream"] for e in events} == {False}


def test_what_a_command_does_is_answered_whoever_answers_it(server):
    """The server is not watched; the beginning of its side is captured before that is known."""
    done = subprocess.run([str(HTTPWIRE), "--", "sh", "-c", TWO_CURLS, f"http://127.0.0.1:{server[1]}"],
                          capture_output=True, timeout=30, check=False)
    if done.returncode == 3:
        pytest.skip(done.stderr.decode())
    assert done.stdout.count(b"\n") == 2
    assert b"\n2 exchanges\n" in done.stderr and b"unanswered" not in done.stderr


def test_exchanges_that_nobody_asked_for_are_not_counted(server):
    done = command("-e", "net_http_tunnel", "--", "sh", "-c", TWO_CURLS, f"http://127.0.0.1:{server[1]}",
                   quiet=False)
    counted = json.loads(done.stderr.splitlines()[-1])
    assert counted["messages"]["responses"] >= 2 and not any(counted["exchanges"].values())


def test_a_process_beside_a_command_has_no_children_watched(server):
    forks = ("import os, subprocess, sys, time; time.sleep(1); "
             "subprocess.run(['curl', '-s', '-o', '/dev/null', sys.argv[1] + '/child'])")
    with subprocess.Popen(["/usr/bin/python3", "-c", forks, f"http://127.0.0.1:{server[1]}"]) as p:
        done = command("-p", p.pid, "--", "sh", "-c", "curl -s -o /dev/null $0; while kill -0 $1 2>/dev/null && "
                       "! grep -q ') Z' /proc/$1/stat; do sleep 0.1; done",
                       f"http://127.0.0.1:{server[1]}/command", p.pid)
    assert [http(e)["uri_path"] for e in map(json.loads, done.stdout.splitlines()) if is_request(e)] == ["/command"]


def test_how_a_command_ends():
    assert command("--", "true").returncode == 0
    assert command("--", "sh", "-c", "kill -9 $$").returncode == 128 + 9
    missing = command("--", "/no/such/program")
    assert (missing.returncode, missing.stderr) == (
        127, b"httpwire: /no/such/program: No such file or directory\n")
    assert command("--", "/etc/passwd").returncode == 126


def test_a_command_ignores_no_signal_because_we_do():
    words = ("grep", "SigIgn", "/proc/self/status")
    ours, its = (int(out.split()[1], 16) for out in (subprocess.run(words, stdout=subprocess.PIPE, check=True).stdout,
                                                     command("-q", "--", *words).stdout))
    assert its & ~ours == 0


def test_a_command_runs_as_who_called_sudo():
    nobody = pwd.getpwnam("nobody")
    done = command("--", "sh", "-c", "id -u; id -g; id -G; echo $USER",
                   env={"SUDO_UID": str(nobody.pw_uid), "SUDO_GID": str(nobody.pw_gid)})
    assert done.stdout.split() == [str(nobody.pw_uid).encode(), str(nobody.pw_gid).encode(),
                                   str(nobody.pw_gid).encode(), b"nobody"]
    done = command("--", "id", "-u", env={"SUDO_UID": "3999999999"})
    assert (done.returncode, done.stdout) == (126, b"") # never as root instead
    assert done.stderr == b"httpwire: id runs as who called sudo, and there is no user 3999999999 (SUDO_UID)\n"


@pytest.mark.parametrize("name", ["INT", "TERM", "HUP"])
def test_a_signal_is_handed_on_to_the_command(name):
    w = Watch("--", "sh", "-c", f"trap 'exit 5' {name}; echo up >&2; while :; do sleep 0.1; done", ready=b"up")
    w.process.send_signal(signal.Signals["SIG" + name])
    assert w.process.wait(10) == 5


BECOMES_BY_A_THREAD = r"""
import os, sys, threading
GET = 'import sys, urllib.request; urllib.request.urlopen("http://127.0.0.1:%s/" % sys.argv[1]).read()'
print("ready", flush=True)
sys.stdin.readline()
threading.Thread(target=os.execv, args=(sys.executable, [sys.executable, "-c", GET, sys.argv[1]])).start()
threading.Event().wait()
"""


def test_a_process_goes_on_without_its_first_thread(server):
    """Where another thread runs a program, the first one ends; the id of the process stays."""
    p = peer(BECOMES_BY_A_THREAD, server[1])
    with watching("-p", p.pid) as w:
        p.stdin.write(b"\n")
        p.stdin.flush()
        assert p.wait(10) == 0
        w.wait_for_lines(2)
    end(p)
    assert len(w.events) == 2 and {e["hostProcessId"] for e in w.events} == {p.pid}
