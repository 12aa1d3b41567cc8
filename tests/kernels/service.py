# SPDX-License-Identifier: BSD-2-Clause
"""
tests/kernels/service.py - a virtual machine with systemd, in which httpwire is installed

Its root is made of this host's systemd and AppArmor, as Debian 12 has them, and of what
`meson install` puts beside them. It lies in memory.
"""
import json
import pathlib
import shutil
import subprocess
import tempfile

import machine

HERE = pathlib.Path(__file__).resolve().parent
UNITS = pathlib.Path("/lib/systemd/system")
# What Debian boots into, without what looks after disks, devices, terminals and users.
NAMES = ["basic.target", "local-fs.target", "local-fs-pre.target", "multi-user.target", "paths.target",
         "shutdown.target", "slices.target", "sockets.target", "sysinit.target", "systemd-journald.service",
         "systemd-journald.socket", "systemd-journald-dev-log.socket", "timers.target",
         "umount.target"]
PROGRAMS = ["/lib/systemd/systemd", "/lib/systemd/systemd-journald", "/bin/systemctl",
            "/bin/journalctl", "/sbin/apparmor_parser", "/usr/bin/aa-exec"]
CONTAINER_ID = 64 * "c"
NSS = "/lib/x86_64-linux-gnu/libnss_systemd.so.2" # names of the users that systemd makes
METRICS = "/usr/lib/x86_64-linux-gnu/libmicrohttpd.so.12"
PROBE = """[Service]
Type=oneshot
ExecStart=/bin/probe
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
"""


def need_parts():
    for path in [*PROGRAMS, *(UNITS / name for name in NAMES), NSS, "/etc/apparmor.d/abi/3.0"]:
        if not pathlib.Path(path).exists():
            raise machine.Missing(f"{path} is not there: systemd, libnss-systemd and apparmor of Debian 12 are needed")


def copy(root, source, to=None):
    """A file of this host, at its place or another."""
    to = root / (to or str(source)).lstrip("/")
    if not to.exists():
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, to)


def copy_program(root, source):
    """The same with the libraries that it loads."""
    copy(root, source)
    for library in machine.libraries(source):
        copy(root, library)


def write(root, name, text):
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)


def install(root, build):
    """httpwire, as users install it."""
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--destdir", root, "--tags", "runtime"],
                   check=True, capture_output=True)
    for library in machine.libraries_to_watch(build / "httpwire"):
        copy(root, library)
    copy_program(root, METRICS) # which httpwire loads only when it serves them


def add_container(root):
    """Docker's state of a container; only root may read it."""
    write(root, "root/container", CONTAINER_ID)
    write(root, f"var/lib/docker/containers/{CONTAINER_ID}/config.v2.json",
          json.dumps({"ID": CONTAINER_ID, "Name": "/web-1", "Config": {"Image": "nginx:1.25"}}))
    (root / "var/lib/docker").chmod(0o710)


def make_root(root, build, peer):
    for name in ("bin", "lib", "sbin"):
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    (root / "usr/lib64").mkdir()
    (root / "lib64").symlink_to("usr/lib64")
    for name in ("dev", "proc", "sys", "tmp", "run", "var/tmp", "var/log", "root", "home", "new"):
        (root / name).mkdir(parents=True)
    for path in PROGRAMS + [NSS]:
        copy_program(root, path)
    for name in NAMES:
        copy(root, UNITS / name)
    shutil.copytree("/etc/apparmor.d", root / "etc/apparmor.d", symlinks=True)
    write(root, "etc/passwd", machine.PASSWD.decode())
    write(root, "etc/group", "root:x:0:\nnogroup:x:65534:\nsystemd-journal:x:990:\n")
    write(root, "etc/nsswitch.conf", "passwd: files systemd\ngroup: files systemd\n")
    write(root, "etc/os-release", "ID=debian\n")
    write(root, "etc/systemd/system/probe.service", PROBE)
    (root / "etc/systemd/system/multi-user.target.wants").mkdir()
    (root / "etc/systemd/system/multi-user.target.wants/probe.service").symlink_to("../probe.service")
    (root / "etc/systemd/system/default.target").symlink_to("/lib/systemd/system/multi-user.target")
    copy(root, shutil.which("busybox"), "bin/busybox")
    copy(root, peer, "bin/peer")
    copy(root, HERE / "probe", "bin/probe")
    copy(root, HERE / "service-init", "init")
    copy(root, HERE.parents[1] / "examples" / "web.pcap", "root/in.pcap")
    add_container(root)
    install(root, build)


def boot(version, suite, build):
    """Run probe on that kernel. Returns what it told, and the console's text as "console"."""
    machine.need("qemu-system-x86_64", "busybox", "cc", "meson")
    need_parts()
    machine.WORK.mkdir(parents=True, exist_ok=True)
    kernel = machine.get_kernel(version, suite)
    peer = machine.WORK / "peer"
    machine.make_peer(peer)
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder) / "root"
        make_root(root, build, peer)
        image = machine.WORK / f"service-{version}"
        machine.write_image(image, root)
    return machine.run_image(version, kernel, image, "service", options="apparmor=1 security=apparmor")
