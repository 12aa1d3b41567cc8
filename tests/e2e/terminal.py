# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/terminal.py - httpwire as it is on a terminal"""
import contextlib
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios

from lab import HTTPWIRE


@contextlib.contextmanager
def terminal(columns=80):
    """Both ends of a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    try:
        yield ours, theirs
    finally:
        os.close(ours)


def read_all(ours, seconds=10):
    """What comes on a terminal until its other end is closed."""
    got = b""
    while select.select([ours], [], [], seconds)[0]:
        try:
            piece = os.read(ours, 65536)
        except OSError: # closed
            break
        got += piece
    return got.replace(b"\r\n", b"\n")


def on_terminal(*args, columns=80, stdout=None, env=None):
    """What httpwire says on standard error that is a terminal; stdout None: the same one."""
    with terminal(columns) as (ours, theirs):
        process = subprocess.Popen(
            [HTTPWIRE, *map(str, args)], stdin=subprocess.DEVNULL, stderr=theirs,
            stdout=theirs if stdout is None else stdout, env={**os.environ, "TERM": "xterm", **(env or {})})
        os.close(theirs)
        got = read_all(ours)
        assert process.wait(10) == 0
    return got
