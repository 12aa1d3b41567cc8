# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/conftest.py - what the tests of the whole program have in common"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import lab


@pytest.fixture(scope="session")
def shared():
    """The folder of material that is not part of the project; skips where there is none."""
    if not (lab.SHARED / "corpus").is_dir():
        pytest.skip(f"no {lab.SHARED}/corpus here (HW_SHARED names another place)")
    return lab.SHARED
