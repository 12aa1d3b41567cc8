# SPDX-License-Identifier: BSD-2-Clause
"""Captures read under valgrind: nothing undefined, nothing lost"""
import shutil
import subprocess

import pytest
from lab import DATA, HTTPWIRE, ROOT


@pytest.mark.parametrize("capture", [ROOT / "examples" / "web.pcap", DATA / "spec" / "live.pcap"],
                         ids=lambda path: path.name)
def test_reading_a_capture(capture):
    if not shutil.which("valgrind"):
        pytest.skip("no valgrind")
    if b"__asan_init" in HTTPWIRE.read_bytes():
        pytest.skip("not with sanitizers")
    done = subprocess.run(["valgrind", "-q", "--error-exitcode=99", "--leak-check=full", "--show-leak-kinds=all",
                           HTTPWIRE, "-q", "-r", capture, "-e", "network_events,flows", "-o", "json",
                           "-Y", "http or dns or tcp.port > 0"],
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout
