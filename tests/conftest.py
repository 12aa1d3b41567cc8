# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the whole program share.

HTTPWIRE names the program to test; without it the one in build/.
"""
import os
import pathlib
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
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
