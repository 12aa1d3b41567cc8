# SPDX-License-Identifier: BSD-2-Clause
"""What a watching httpwire may still do, which is little; and names of containers all the same"""
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

import pytest
from lab import HTTPWIRE, ROOT, Capture, Connection, httpwire
from live import Watch, cgroup_root, curl, serving, side, watching
from test_owners import CONTAINER_ID, cgroup

NOBODY = pwd.getpwnam("nobody")
DESCRIPTION = {
    "ID": CONTAINER_ID, "Name": "/web-1", "Config": {"Image": "nginx:1.25", "Labels": {
        "io.kubernetes.pod.name": "shop-0", "io.kubernetes.pod.namespace": "shop",
        "io.kubernetes.pod.uid": "ec5b1520-9319-4167-8c74-fc4f0db36526"}},
    "Image": "sha256:" + "7" * 64}


@pytest.fixture(autouse=True, scope="module")
def fixture_needs():
    if os.geteuid() != 0:
        pytest.skip("needs root")
    if b"none" in subprocess.run([HTTPWIRE, "--version"], capture_output=True, check=True).stdout:
        pytest.skip("this build has no sandbox")


def status(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", text, re.M))


def asker_of(pid):
    for _ in range(100):
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if status(child)["Name"] == "httpwire-asker" and status(child)["Seccomp"] == "2":
                return int(child)
        time.sleep(0.02)
    raise AssertionError("there is no asker")


def check_bare(pid, uid=NOBODY.pw_uid, gid=NOBODY.pw_gid, keeps=0):
    s = status(pid)
    assert s["Uid"].split() == [str(uid)] * 4 and s["Gid"].split() == [str(gid)] * 4
    assert s["Groups"] == ""
    assert [int(s[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")] == [
        0, keeps, keeps, 0, 0]
    assert (s["NoNewPrivs"], s["Seccomp"]) == ("1", "2")


def test_it_says_who_it_is(tmp_path):
    read = httpwire("-v", "-r", one_request().write(tmp_path / "in.pcap")).stderr.decode()
    assert f"runs as user {os.geteuid()}; " in read
    with watching("-v") as w:
        assert f"runs as user {NOBODY.pw_uid}; ".encode() in w.said()


def test_it_is_nobody():
    with watching() as w:
        check_bare(w.pid)
        check_bare(asker_of(w.pid), keeps=1 << 2) # CAP_DAC_READ_SEARCH


def test_listening_is_done_by_nobody():
    with watching("-i", "lo", "--promiscuous", ready=b"listening") as w:
        check_bare(w.pid)
        w.process.send_signal(signal.SIGUSR1) # asks the socket for its counters
        w.wait_for(lambda: b'"interfaces"' in w.said() or b'"stats"' in w.said())


def test_it_stays_where_it_opens_files_later(tmp_path):
    with watching("--output", tmp_path / "events") as w:
        check_bare(w.pid, os.geteuid(), os.getegid())


def test_it_becomes_who_is_named():
    daemon = pwd.getpwnam("daemon")
    with watching("--user", "daemon") as w:
        check_bare(w.pid, daemon.pw_uid, daemon.pw_gid)
    assert b"'nosuchuser' is not the name of a user" in httpwire("--user", "nosuchuser", check=False).stderr


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_is_named_reads_what_only_root_may(tmp_path, workers):
    daemon = pwd.getpwnam("daemon")
    path = one_request().write(tmp_path / "in.pcap")
    os.chmod(path, 0o600)
    read = httpwire("-v", "--user", "daemon", "--workers", workers, "-o", "json", "-r", path)
    assert f"runs as user {daemon.pw_uid}; ".encode() in read.stderr
    assert read.stdout.count(b"\n") == 1


def test_it_can_signal_its_command():
    caller = {"SUDO_UID": str(NOBODY.pw_uid), "SUDO_GID": str(NOBODY.pw_gid)}
    w = Watch("--", "sh", "-c", "trap 'exit 5' TERM; id -u >&2; while :; do sleep 0.1; done",
              program=["env", *(f"{k}={v}" for k, v in caller.items())],
              ready=b"%d\n" % NOBODY.pw_uid)
    check_bare(w.pid)
    w.process.send_signal(signal.SIGTERM)
    assert w.process.wait(10) == 5


def test_the_command_has_all_its_rights():
    done = subprocess.run([HTTPWIRE, "-q", "--", "cat", "/proc/self/status"], capture_output=True, check=True)
    mine = status("self")
    for name in ("Uid", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs", "Seccomp"):
        assert re.search(rf"^{name}:\s*(.*?)\s*$", done.stdout.decode(), re.M)[1] == mine[name]


def test_output_files_are_opened_again_and_rotated(tmp_path):
    tmp_path.chmod(0o755)
    os.chown(tmp_path, NOBODY.pw_uid, NOBODY.pw_gid) # as with sudo in one's own folder
    (tmp_path / "www").mkdir()
    out = tmp_path / "events%s"
    with serving(tmp_path / "www") as (_, port), watching("--output", out, "-G", "1", "-l"):
        for _ in range(3):
            curl(f"http://127.0.0.1:{port}/")
            time.sleep(1.1)
    assert len(list(tmp_path.glob("events*"))) >= 3


@pytest.mark.parametrize("owner", [0, NOBODY.pw_uid])
def test_a_moved_file_is_opened_again(tmp_path, owner):
    (tmp_path / "www").mkdir()
    tmp_path.chmod(0o755)
    os.chown(tmp_path, owner, owner)
    out = tmp_path / "events"
    with serving(tmp_path / "www") as (_, port), watching("--output", out, "-l", "--port", port) as w:
        out.rename(tmp_path / "old")
        w.process.send_signal(signal.SIGHUP)
        w.wait_for(out.exists)
        curl(f"http://127.0.0.1:{port}/")
        w.wait_for(lambda: out.read_bytes().count(b"\n") == 4)
    assert (tmp_path / "old").read_bytes() == b""


def test_a_file_that_cannot_be_opened_again(tmp_path):
    """As its folder is gone: what follows is not where it was asked for, which is said, and fails."""
    (tmp_path / "gone").mkdir()
    outs = [tmp_path / "gone/events", tmp_path / "gone/packets"]
    w = Watch("--output", outs[0], "-w", outs[1], "--port", "1")
    shutil.rmtree(tmp_path / "gone")
    w.process.send_signal(signal.SIGHUP)
    for out in outs:
        w.wait_for(lambda: b"%s: No such file or directory: " % bytes(out) in w.said())
    w.process.send_signal(signal.SIGINT)
    assert w.process.wait(10) == 1


def test_capabilities_are_enough(tmp_path):
    """Without root: an ordinary user who was given three capabilities."""
    program = shutil.copy(HTTPWIRE, tmp_path / "httpwire") # the folder of the build may be closed
    tmp_path.chmod(0o755)
    pathlib.Path(program).chmod(0o755)
    for folder in tmp_path.parents:
        if folder.stat().st_mode & 0o5 != 0o5 and folder.name.startswith("pytest-"):
            folder.chmod(0o755)
    names = "+bpf,+perfmon,+net_admin"
    words = ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups",
             f"--inh-caps={names}", f"--ambient-caps={names}", "--bounding-set", f"-all,{names}",
             program, "-o", "json"]
    (tmp_path / "www").mkdir()
    with serving(tmp_path / "www") as (server, port), open(tmp_path / "out", "wb") as out:
        w = subprocess.Popen(words, stdout=out, stderr=subprocess.PIPE)
        line = w.stderr.readline()
        assert line.startswith(b"httpwire: watching"), line
        s = status(w.pid)
        assert [int(s[n], 16) for n in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [0] * 4
        assert (s["Uid"].split()[0], s["NoNewPrivs"], s["Seccomp"]) == (str(NOBODY.pw_uid), "1", "2")
        curl(f"http://127.0.0.1:{port}/")
        time.sleep(0.2)
        w.send_signal(signal.SIGINT)
        w.communicate(timeout=10)
    events = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    events = side(events, port, server=True) + side(events, port, server=False)
    assert len(events) == 4
    assert {e["processName"] for e in events} == {"curl", "python3"}
    assert server.pid in {e["hostProcessId"] for e in events}


@pytest.fixture(name="docker")
def fixture_docker(tmp_path):
    """A tree as Docker has it, and the words that start a program for which it is the host's."""
    config = tmp_path / "docker" / "containers" / CONTAINER_ID / "config.v2.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(DESCRIPTION))
    config.chmod(0o600)
    config.parents[2].chmod(0o710)
    place = pathlib.Path("/var/lib/docker")
    is_new = not place.exists()
    place.mkdir(exist_ok=True) # to mount it on, in a namespace of its own
    yield ["unshare", "--mount", "sh", "-c", f'mount --bind "$0" {place} && exec "$@"',
           config.parents[2]]
    if is_new:
        place.rmdir()


def in_container(group, url):
    subprocess.run(["sh", "-c", f"echo $$ > {group}/cgroup.procs; exec curl -s -o /dev/null {url}"],
                   check=True)


@pytest.fixture(name="group")
def fixture_group():
    group = cgroup_root() / "system.slice" / f"docker-{CONTAINER_ID}.scope"
    with cgroup(group):
        yield group


def inside(events):
    return [e for e in events if e["containerId"]]


def has_names(w):
    """On a busy machine the first answer may come too late for the first events."""
    def events():
        return inside(json.loads(line) for line in w.printed().splitlines())
    w.wait_for(lambda: len(events()) >= 2)
    return "name" in events()[-1]["container"]


def test_containers_have_names(tmp_path, docker, group):
    with serving(tmp_path) as (_, port), watching(program=docker) as w:
        in_container(group, f"http://127.0.0.1:{port}/first")
        while not has_names(w):
            in_container(group, f"http://127.0.0.1:{port}/first")
        for _ in range(5):
            in_container(group, f"http://127.0.0.1:{port}/")
        check_bare(w.pid)
    mine = inside(w.events)[-10:]
    assert len(mine) == 10
    for e in mine:
        assert e["container"]["id"] == CONTAINER_ID and e["container"]["name"] == "web-1"
        assert e["container"]["image"] == "nginx:1.25"
        assert e["kubernetes"] == {"podName": "shop-0", "podNamespace": "shop",
                                   "podUID": "ec5b1520-9319-4167-8c74-fc4f0db36526"}
    assert w.counted["live"]["askers_ended"] == 0


def test_the_container_at_the_other_end_has_its_name_at_once(tmp_path, docker, group):
    """Its own messages may be those that come later."""
    with serving(tmp_path) as (server, port), watching("-e", "net_http_exchange", "--port", port, program=docker) as w:
        (group / "cgroup.procs").write_text(str(server.pid))
        curl(f"http://127.0.0.1:{port}/")
        w.wait_for_lines(2)
    told, = [e["httpwire"]["peer"] for e in w.events if e["processName"] == "curl"]
    assert (told["containerId"], told["containerName"]) == (CONTAINER_ID, "web-1")


def test_a_container_is_chosen_by_its_name(tmp_path, docker, group):
    with serving(tmp_path) as (_, port), watching("--container", "web-1", program=docker) as w:
        curl(f"http://127.0.0.1:{port}/")
        in_container(group, f"http://127.0.0.1:{port}/")
        w.wait_for_lines(2)
        time.sleep(0.1)
    assert len(w.events) == 2 and len(inside(w.events)) == 2


def test_it_outlives_its_asker(tmp_path, docker, group):
    with serving(tmp_path) as (_, port), watching(program=docker) as w:
        os.kill(asker_of(w.pid), signal.SIGKILL)
        in_container(group, f"http://127.0.0.1:{port}/")
        in_container(group, f"http://127.0.0.1:{port}/")
        w.wait_for_lines(8)
    names = {e["container"].get("name", "") for e in inside(w.events)}
    assert len(inside(w.events)) == 4 and names == {""}
    assert w.counted["live"]["askers_ended"] == 1


def test_the_asker_hurries_as_it_does():
    """Events wait for its answers 20 ms at most, and the host may be busy."""
    with watching() as w:
        assert len({os.getpriority(os.PRIO_PROCESS, pid) for pid in (w.pid, asker_of(w.pid))}) == 1


def test_the_asker_does_not_outlive_it():
    w = Watch()
    asker = asker_of(w.pid)
    w.process.kill()
    w.process.wait()
    for _ in range(100):
        if not pathlib.Path(f"/proc/{asker}").exists():
            return
        time.sleep(0.02)
    raise AssertionError("it is still there")


def test_a_stopped_asker_holds_up_nothing(tmp_path, docker, group):
    with serving(tmp_path) as (_, port), watching(program=docker) as w:
        asker = asker_of(w.pid)
        os.kill(asker, signal.SIGSTOP)
        in_container(group, f"http://127.0.0.1:{port}/")
        w.wait_for_lines(4)
        assert not has_names(w)
        os.kill(asker, signal.SIGCONT)
        while not has_names(w):
            in_container(group, f"http://127.0.0.1:{port}/")
    assert w.counted["live"]["containers_late"] > 0


def one_request(port=40000):
    capture = Capture()
    connection = Connection(capture, client=("10.0.0.1", port))
    connection.send(0, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return capture


def test_reading_is_restricted_too(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    p = subprocess.Popen([HTTPWIRE, "-o", "json", "-r", fifo, "-r", "-"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    with open(fifo, "wb", buffering=0) as f: # it is opened: they have met
        f.write(one_request().pcap()[:24])
        s = status(p.pid)
        assert (s["NoNewPrivs"], s["Seccomp"]) == ("1", "2")
        assert int(s["CapEff"], 16) == int(s["CapPrm"], 16) == 1 << 2 and int(s["CapBnd"], 16) == 0
        assert s["Uid"].split() == [str(os.geteuid())] * 4
        f.write(one_request().pcap()[24:])
    out, _ = p.communicate(one_request(40001).pcap(), timeout=10)
    assert p.returncode == 0 and out.count(b"\n") == 2


def test_reading_works_as_before_it(tmp_path):
    """Files of others (as root), pipes of the shell, links, files that are not there."""
    path = one_request().write(tmp_path / "a.pcap")
    other = one_request(40001).write(tmp_path / "b.pcap")
    path.chmod(0o600)
    os.chown(path, NOBODY.pw_uid, NOBODY.pw_gid)
    (tmp_path / "link").symlink_to(path)
    assert httpwire("-r", tmp_path / "link", "-o", "json").stdout.count(b"\n") == 1
    done = subprocess.run(["bash", "-c", f"{HTTPWIRE} -q -o json -r <(cat {path}) -r /dev/stdin < {other}"],
                          capture_output=True, check=True)
    assert done.stdout.count(b"\n") == 2
    done = httpwire("-r", tmp_path / "missing", check=False)
    assert done.returncode == 1 and b"No such file or directory" in done.stderr


def test_reading_as_an_ordinary_user(tmp_path):
    path = one_request().write(tmp_path / "a.pcap")
    with open(path, "rb") as f:
        done = subprocess.run(
            ["setpriv", f"--reuid={NOBODY.pw_uid}", f"--regid={NOBODY.pw_gid}", "--clear-groups",
             HTTPWIRE, "-q", "-o", "json", "-r", "/dev/stdin", "-r", "-"], stdin=f,
            capture_output=True, check=False)
    if done.returncode == 126:
        pytest.skip("the folder of the build is not open to all")
    assert done.stdout.count(b"\n") >= 1, done.stderr


def test_local_time_is_known_inside(tmp_path):
    path = one_request().write(tmp_path / "a.pcap")
    def time_of(zone):
        return httpwire("-r", path, "-e", "net_packet_http", env={"TZ": zone} if zone else {}).stdout.split()[0]
    assert time_of("UTC") == b"22:13:20.003000"
    assert time_of("Asia/Tokyo") == b"07:13:20.003000"


def test_the_service_is_confined(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    text = (HTTPWIRE.parent / "dist" / "httpwire.service").read_text()
    service = tmp_path / "httpwire.service"
    service.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={HTTPWIRE}", text))
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", service],
                          capture_output=True, text=True, check=False)
    if "nrecognized option" in done.stderr:
        pytest.skip("systemd-analyze is too old")
    assert done.returncode == 0, done.stdout[-200:]
    done = subprocess.run(["systemd-analyze", "verify", service], capture_output=True, text=True, check=False)
    assert [l for l in done.stderr.splitlines() if "httpwire.service:" in l and "man " not in l] == []


def test_the_apparmor_profile_is_one():
    parser = shutil.which("apparmor_parser", path="/usr/sbin:/sbin")
    if not parser:
        pytest.skip("apparmor is not installed")
    subprocess.run([parser, "-QK", ROOT / "dist" / "httpwire.apparmor"], check=True, capture_output=True)
