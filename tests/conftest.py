# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the whole program share.

HTTPWIRE names the program to test; without it the one in build/.
"""
import os
import pathlib
import subprocess
import sys
import warnings

import pytest
from _pytest.runner import runtestprotocol

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e")) # lab.py and live.py are for all

from lab import SANITIZED, SHARED, Capture
from live import serving

PROGRAM = pathlib.Path(os.environ.get("HTTPWIRE", ROOT / "build" / "httpwire")).resolve()
ENVIRONMENT = {
    name: value
    for name, value in os.environ.items()
    if name not in ("NO_COLOR", "CLICOLOR_FORCE", "TERM")
} | {"TZ": "UTC", "LC_ALL": "C.UTF-8"}


@pytest.fixture(scope="session")
def root():
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def program():
    """The program to test."""
    assert PROGRAM.exists(), f"{PROGRAM} is not built; HTTPWIRE names another"
    return PROGRAM


@pytest.fixture(scope="session")
def httpwire(program):
    """Run the program with arguments; what it printed is bytes unless text is asked for."""

    def run(*args, env=None, timeout=60, **options):
        return subprocess.run(
            [program, *args],
            env=ENVIRONMENT | (env or {}),
            timeout=timeout,
            check=False,
            **({"capture_output": True} | options),
        )

    return run


@pytest.fixture(scope="session")
def shared():
    """The folder of material that is not part of the project; skips where there is none."""
    if not (SHARED / "corpus").is_dir():
        pytest.skip(f"no {SHARED}/corpus here (HW_SHARED names another place)")
    return SHARED


@pytest.fixture
def capture():
    """An empty one."""
    return Capture()


@pytest.fixture
def server(tmp_path):
    """(process, port) of an HTTP server with a small page and, as /big, a large one."""
    folder = tmp_path / "www"
    folder.mkdir()
    (folder / "index.html").write_text("hello\n")
    (folder / "big").write_bytes(bytes(300_000))
    with serving(folder) as (process, port):
        yield process, port


def pytest_configure(config):
    config.addinivalue_line("markers", "unsanitized(why): not with a program under AddressSanitizer")


def pytest_collection_modifyitems(items):
    for item in items:
        marker = item.get_closest_marker("unsanitized")
        if marker and SANITIZED:
            item.add_marker(pytest.mark.skip(reason=f"a sanitized program {marker.args[0]}"))


def watches(item):
    """Whether the test looks at the whole host, which others use at the same time."""
    return hasattr(item.module, "watching") or hasattr(item.module, "Watch")


def pytest_runtest_protocol(item, nextitem):
    """A test that watches the host is run once more if it fails, and a warning tells of it:
    what others do on the host at that time is not its own doing. Twice is a fault."""
    if not watches(item):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failed = [r for r in reports if r.failed]
    if failed:
        warnings.warn(pytest.PytestWarning(f"{item.nodeid} failed at the first try: "
                                           f"{failed[0].longreprtext[-2000:]}"))
        item._initrequest() # fixtures anew
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True
