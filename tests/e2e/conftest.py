# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/conftest.py - what the tests of the whole program have in common"""
import os
import sys
import warnings

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, os.path.dirname(__file__))

import lab


@pytest.fixture(scope="session")
def shared():
    """The folder of material that is not part of the project; skips where there is none."""
    if not (lab.SHARED / "corpus").is_dir():
        pytest.skip(f"no {lab.SHARED}/corpus here (HW_SHARED names another place)")
    return lab.SHARED


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
