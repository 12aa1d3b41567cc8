# SPDX-License-Identifier: BSD-2-Clause
"""tests/faults/conftest.py - what the tests of our list of faults have in common"""
import pytest
import rules


@pytest.fixture
def run():
    """Read a capture; the four rules are checked each time."""
    return rules.run
