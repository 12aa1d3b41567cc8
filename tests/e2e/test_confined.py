# SPDX-License-Identifier: BSD-2-Clause
"""
Each process of httpwire as if an intruder ran in it

tests/peers/inject makes a child of the real process, which is confined as it is, do a
system call. It must be refused (EPERM, EACCES), or be the end of the child by SIGSYS.
"""
import errno
import os
import pathlib
import re
import subprocess
import time

import pytest
from lab import BUILD, HTTPWIRE
from live import Watch, free_port
from test_privileges import status

INJECT = BUILD / "tests" / "peers" / "inject"
AT_CWD, WRITE_NEW, READ = "-100", str(os.O_WRONLY | os.O_CREAT), "0"
REFUSED = [str(-errno.EPERM), str(-errno.EACCES), "killed by Bad system call"]
CAPABILITIES = ["x:2205082000000000", "x:" + "ffffffff" * 2 + "00000000" + "ff01000000000000" * 1]

# What is tried: {other} is a process of root's, {outside} a path that no option names.
ATTEMPTS = {
    "open /etc/shadow": ["openat", AT_CWD, "s:/etc/shadow", READ],
    "open its memory": ["openat", AT_CWD, "s:/proc/self/mem", "2"],
    "open another's memory": ["openat", AT_CWD, "s:/proc/{other}/mem", READ],
    "open a handle": ["open_by_handle_at", AT_CWD, "z:64", READ],
    "write outside": ["openat", AT_CWD, "s:{outside}", WRITE_NEW, "0600"],
    "rename": ["rename", "s:{file}", "s:{outside}"],
    "remove a file": ["unlink", "s:{file}"],
    "change a file's mode": ["chmod", "s:{file}", "04777"],
    "execve": ["execve", "s:/bin/true", "0", "0"],
    "execveat": ["execveat", AT_CWD, "s:/bin/true", "0", "0", "0"],
    "fork": ["fork"],
    "vfork": ["vfork"],
    "clone": ["clone", "17", "0", "0", "0", "0"],
    "clone3": ["clone3", "z:88", "88"],
    "socket": ["socket", "2", "1", "0"],
    "packet socket": ["socket", "17", "3", "0"],
    "socket pair": ["socketpair", "1", "1", "0", "z:8"],
    "ptrace": ["ptrace", "16", "{other}", "0", "0"],
    "process_vm_writev": ["process_vm_writev", "{other}", "z:16", "0", "z:16", "0", "0"],
    "load BPF": ["bpf", "0", "x:02000000040000000400000001000000", "64"],
    "BPF map by id": ["bpf", "14", "x:01000000", "64"],
    "perf events": ["perf_event_open", "x:0100000080000000", "0", "-1", "-1", "0"],
    "mount": ["mount", "s:none", "s:/mnt", "s:tmpfs", "0", "0"],
    "unshare": ["unshare", "0x20000"],
    "chroot": ["chroot", "s:/tmp"],
    "kill another": ["kill", "{other}", "9"],
    "kill everybody": ["kill", "-1", "0"],
    "kill its thread": ["tgkill", "{other}", "{other}", "9"],
    "setuid(0)": ["setuid", "0"],
    "setresuid": ["setresuid", "0", "0", "0"],
    "setgid(0)": ["setgid", "0"],
    "capset": ["capset", *CAPABILITIES],
    "map writable executable memory": ["mmap", "0", "4096", "7", "0x22", "-1", "0"],
    "map executable memory": ["mmap", "0", "4096", "5", "0x22", "-1", "0"],
    "make memory executable": ["mprotect", "p:", "4096", "5"],
    "make memory executable by key": ["pkey_mprotect", "p:", "4096", "7", "-1"],
    "memory with a name": ["memfd_create", "s:x", "0"],
    "shared memory": ["shmget", "0", "4096", "0x3ff"],
    "io_uring": ["io_uring_setup", "1", "z:128"],
    "userfaultfd": ["userfaultfd", "0"],
    "keys": ["keyctl", "0", "-3", "0"],
    "load a module": ["init_module", "z:64", "64", "s:"],
    "reboot": ["reboot", "0xfee1dead", "672274793", "0", "0"],
    "a looser filter": ["seccomp", "1", "0", "z:16"],
    "be looked into": ["prctl", "4", "1", "0", "0", "0"],
}


@pytest.fixture(autouse=True, scope="module", name="needs")
def fixture_needs():
    if os.geteuid() != 0:
        pytest.skip("needs root")
    if b"none" in subprocess.run([HTTPWIRE, "--version"], capture_output=True, check=True).stdout:
        pytest.skip("this build has no sandbox")
    if not INJECT.exists() or subprocess.run([INJECT], check=False, capture_output=True).returncode == 77:
        pytest.skip("nothing that makes processes do things is built here")


def child_named(pid, name):
    """A child that is confined by now."""
    for _ in range(200):
        for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if status(child)["Name"] == name[:15] and status(child)["Seccomp"] == "2":
                return int(child)
        time.sleep(0.02)
    raise AssertionError(f"there is no {name}")


class Kind:
    """A process of httpwire of one kind, which is started when it is needed first."""

    def __init__(self, *args, of=lambda pid: pid, **more):
        self.args, self.of, self.more = args, of, more
        self.started, self.pid = None, 0

    def ready(self, folder):
        if not self.started:
            self.started = Watch(*(a.format(folder=folder, port=free_port()) for a in self.args), **self.more)
            self.pid = self.of(self.started.pid)
            self.started.wait_for(lambda: status(self.pid)["Seccomp"] == "2")
        return self.pid

    def end(self):
        """Not one attempt may have been its own end."""
        if self.started:
            alive = status(self.pid)["State"][0] not in "ZX" and self.started.process.poll() is None
            self.started.process.kill()
            self.started.process.wait()
            self.started = None
            assert alive


KINDS = {
    "watching": Kind(),
    "writing": Kind("--output", "{folder}/events"),
    "listening": Kind("-i", "lo", ready=b"listening"),
    "asking": Kind(of=lambda pid: child_named(pid, "httpwire-asker")),
    "serving": Kind("--metrics", "{port}", of=lambda pid: child_named(pid, "httpwire-serve")),
    "reading": Kind("-r", "{folder}/fifo", ready=None),
}


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory, needs):
    """A folder of nobody's, with a pipe that nobody writes to, and a process to attack."""
    folder = tmp_path_factory.mktemp("confined")
    for path in (folder, *folder.parents):
        if path.name.startswith("pytest-"):
            path.chmod(0o755)
    os.mkfifo(folder / "fifo")
    (folder / "file").touch()
    keep = os.open(folder / "fifo", os.O_RDWR)
    with subprocess.Popen(["sleep", "1000"]) as other:
        yield {"folder": folder, "file": folder / "file", "outside": folder.parent / "outside", "other": other.pid}
        alive = other.poll() is None
        other.kill()
    for kind in KINDS.values():
        kind.end()
    os.close(keep)
    assert alive


def inject(pid, call):
    done = subprocess.run([INJECT, str(pid), *call], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()


@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_intruder_is_refused(place, kind, attempt):
    pid = KINDS[kind].ready(place["folder"])
    words = [word.format(**place) if "{" in word else word for word in ATTEMPTS[attempt]]
    found = inject(pid, words)
    assert found in REFUSED, found
    assert (place["folder"] / "file").exists() and not pathlib.Path(place["outside"]).exists()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_allowed_is_done(place, kind):
    """So that it is not the attempt that fails, but its refusal that holds."""
    pid = KINDS[kind].ready(place["folder"])
    assert inject(pid, ["getppid"]) == str(pid)
    if kind == "writing":
        made = ["openat", AT_CWD, f"s:{place['folder']}/more", WRITE_NEW, "0600"]
        assert int(inject(pid, made)) > 2 and (place["folder"] / "more").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_each_of_its_threads_is_confined(place, kind):
    pid = KINDS[kind].ready(place["folder"])
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        s = dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", (task / "status").read_text(), re.M))
        assert (s["NoNewPrivs"], s["Seccomp"]) == ("1", "2")
        assert int(s["CapEff"], 16) & ~(1 << 2) == int(s["CapBnd"], 16) == int(s["CapAmb"], 16) == 0


HARMLESS = ["open /etc/shadow", "write outside", "execve", "fork", "clone", "socket", "socket pair", "ptrace", "load BPF",
            "perf events", "unshare", "chroot", "kill everybody", "setuid(0)", "setresuid", "setgid(0)",
            "map writable executable memory", "map executable memory", "make memory executable",
            "memory with a name", "shared memory", "io_uring", "be looked into"]


@pytest.mark.parametrize("attempt", HARMLESS)
def test_outside_the_sandbox_it_is_done(place, attempt):
    """The same in a process that is not confined: it is the sandbox that refuses, not this machine."""
    with subprocess.Popen(["sleep", "1000"]) as victim:
        time.sleep(0.05)
        try:
            words = [word.format(**place) if "{" in word else word for word in ATTEMPTS[attempt]]
            found = inject(victim.pid, words)
        finally:
            victim.kill()
            pathlib.Path(place["outside"]).unlink(missing_ok=True)
    assert not found.startswith("-") and "killed" not in found, found
