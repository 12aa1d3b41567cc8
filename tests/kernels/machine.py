# SPDX-License-Identifier: BSD-2-Clause
"""tests/kernels/machine.py - a virtual machine that runs a kernel of Debian's and httpwire

The kernel's package is taken from apt's cache or downloaded, with lists of packages of our
own: the host's are not changed. No privilege is needed.
"""
import gzip
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
WORK = HERE.parents[1] / "build-check" / "kernels"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
SECONDS_MAX = 240
PAUSE_SECONDS = 4
WATCHING = [f"/lib/x86_64-linux-gnu/{name}" for name in ("libbpf.so.1", "libjson-c.so.5")] # loaded for it
PASSWD = b"root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"


KERNELS = {"6.1": "bookworm", "6.12": "bookworm-backports"} # and where Debian has them


class Missing(Exception):
    """What this machine lacks to run a kernel."""


class Told:
    """What a machine told, by name."""

    def __init__(self, parts):
        self.parts = parts

    def text(self, name):
        assert name in self.parts, f"it did not come to {name}:\n{self.parts['console'][-2000:]}"
        return self.parts[name]


def output(*words, **more):
    done = subprocess.run([*map(str, words)], capture_output=True, check=False, **more)
    if done.returncode != 0:
        raise Missing(f"{words[0]}: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def need(*programs):
    if platform.machine() != "x86_64":
        raise Missing("the kernels are those of amd64")
    for program in programs:
        if not shutil.which(program):
            raise Missing(f"{program} is not installed")


# the kernel

def mirror():
    """Where this host has its Debian packages from."""
    targets = output("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)").decode()
    for line in targets.splitlines():
        site, _, release = line.partition(" ")
        if re.fullmatch(r"bookworm|bookworm-updates", release):
            return site
    raise Missing("no source of packages of bookworm")


def apt(folder, tool, *words, **more):
    """An apt tool that keeps all its state in `folder`."""
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": folder / "parts",
        "Dir::State::lists": folder / "lists",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::http::Timeout": "20",
    }
    words = [w for name, value in options.items() for w in ("-o", f"{name}={value}")] + [*words]
    return output(tool, "-q", *words, **more).decode()


def download(folder, suite):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n")
    apt(folder, "apt-get", "update")
    depends = apt(folder, "apt-cache", "depends", "linux-image-cloud-amd64")
    name = re.search(r"Depends: (linux-image-\S+)", depends)
    if not name:
        raise Missing(f"no linux-image-cloud-amd64 in {suite}")
    apt(folder, "apt-get", "download", name[1], cwd=folder)


def find_package(folder, version):
    """The newest one that is there."""
    found = [*folder.glob(f"linux-image-{version}.*-cloud-amd64_*.deb")]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def get_kernel(version, suite):
    """The path of the kernel, which is kept for the next time."""
    kernel = WORK / f"vmlinuz-{version}"
    if not kernel.exists():
        need("apt-get", "apt-cache", "dpkg-deb", "tar")
        folder = WORK / suite
        package = find_package(pathlib.Path("/var/cache/apt/archives"), version)
        if not package:
            download(folder, suite)
            package = find_package(folder, version)
        if not package:
            raise Missing(f"{suite} has no kernel {version}")
        tree = output("dpkg-deb", "--fsys-tarfile", package)
        image = output("tar", "-xO", "--wildcards", "./boot/vmlinuz-*", input=tree)
        kernel.write_bytes(image)
        shutil.rmtree(folder, ignore_errors=True)
    return kernel


# what it boots into

def entry(name, mode, data=b""):
    """A file of an initramfs: cpio's form "newc"."""
    name = name.encode() + b"\0"
    numbers = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    head = b"070701" + b"".join(b"%08X" % n for n in numbers) + name
    return b"".join(part + b"\0" * (-len(part) % 4) for part in (head, data))


def libraries(program):
    """The shared libraries that it loads, and what loads them."""
    return re.findall(r"(/\S+) \(0x", output("ldd", program).decode())


def libraries_to_watch(httpwire):
    return {*WATCHING, *(library for program in [httpwire, *WATCHING] for library in libraries(program))}


def make_initramfs(path, httpwire, peer):
    programs = {"bin/busybox": shutil.which("busybox"), "bin/httpwire": httpwire,
                "bin/peer": peer, "init": HERE / "init"}
    programs |= {library.lstrip("/"): library for library in libraries_to_watch(httpwire)}
    folders = {str(p) for name in programs for p in pathlib.PurePath(name).parents} - {"."}
    folders |= {"dev", "etc", "proc", "root", "sys", "tmp"}
    with gzip.open(path, "wb", compresslevel=1) as out:
        for name in sorted(folders):
            out.write(entry(name, 0o040755))
        out.write(entry("etc/passwd", 0o100644, PASSWD))
        for name, source in programs.items():
            out.write(entry(name, 0o100755, pathlib.Path(source).read_bytes()))
        out.write(entry("TRAILER!!!", 0))


def write_image(path, root):
    """An initramfs of what is in the folder `root`."""
    with open(path, "wb") as out:
        for at in sorted(root.rglob("*")):
            mode, name = at.lstat().st_mode, str(at.relative_to(root))
            data = os.readlink(at).encode() if at.is_symlink() else at.read_bytes() if at.is_file() else b""
            out.write(entry(name, mode, data))
        out.write(entry("TRAILER!!!", 0))


# running it

def split(told):
    """What init told: name -> text."""
    parts = re.split(r"^@ (\S+)\n", told, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def make_peer(path):
    subprocess.run(["cc", "-std=gnu17", "-D_GNU_SOURCE", "-O1", "-Wall", "-Wextra", "-Werror",
                    "-static", HERE / "peer.c", "-o", path], check=True)


def start(kernel, initramfs, console, told, options=""):
    # Without cx16: QEMU 7.2 spoils the flags of cmpxchg16b now and then.
    return subprocess.Popen(["qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64,-cx16",
                             "-smp", "2", "-m", "512", "-nodefaults", "-display", "none",
                             "-no-reboot", "-kernel", kernel, "-initrd", initramfs,
                             "-append", f"console=ttyS0 quiet panic=-1 {options}",
                             "-serial", f"file:{console}", "-serial", f"file:{told}"],
                            stdin=subprocess.DEVNULL)


def wait_until_told(process, told, name):
    """Returns whether it was told; else the machine has ended, or takes too long."""
    end = time.monotonic() + SECONDS_MAX
    while process.poll() is None and time.monotonic() < end:
        if told.exists() and f"@ {name}\n".encode() in told.read_bytes():
            return True
        time.sleep(0.05)
    return False


def pause(process):
    """Let the machine stand still, while its clocks go on."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(PAUSE_SECONDS)
    process.send_signal(signal.SIGCONT)


def run(kernel, initramfs, console, told, options=""):
    told.unlink(missing_ok=True)
    with start(kernel, initramfs, console, told, options) as machine:
        try:
            if wait_until_told(machine, told, "pause"):
                pause(machine)
            code = machine.wait(SECONDS_MAX)
        finally:
            machine.kill()
    if code != 0:
        raise subprocess.CalledProcessError(code, machine.args)


def run_image(version, kernel, initramfs, what, options=""):
    """Run it to its end. Returns what it told, and the console's text as "console"."""
    console, told = (WORK / f"{name}-{version}" for name in (f"{what}-console", f"{what}-told"))
    try:
        run(kernel, initramfs, console, told, options)
    except subprocess.TimeoutExpired:
        pass # the tests of what is missing fail, and that of the console
    return split(told.read_text(errors="replace")) | {"console": console.read_text(errors="replace")}


def boot(version, suite, httpwire):
    """Run init on that kernel. Returns what it told, and the console's text as "console"."""
    need("qemu-system-x86_64", "busybox", "cc")
    WORK.mkdir(parents=True, exist_ok=True)
    kernel = get_kernel(version, suite)
    initramfs = WORK / f"initramfs-{version}"
    make_peer(WORK / "peer")
    make_initramfs(initramfs, httpwire, WORK / "peer")
    return run_image(version, kernel, initramfs, "watch")
