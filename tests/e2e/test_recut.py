# SPDX-License-Identifier: BSD-2-Clause
"""
The captures of the corpus in other segments: a byte at a time, cut at random, each twice,
overlapping, shuffled. Every time the same messages (tests/recut/recut.c).

A capture for which that cannot hold has its reason in tests/data/recut-exceptions.tsv:
file, variant, reason. An entry that is not needed fails too.
"""
import collections
import re
import subprocess

import pytest

import tables
from lab import BUILD, DATA, SHARED
from test_corpus import captures

SEEDS = (1, 2)


def exceptions():
    listed = collections.defaultdict(set)
    for name, variant, _reason in tables.rows(DATA / "recut-exceptions.tsv"):
        listed[name].add(variant)
    return listed


LISTED = exceptions()


@pytest.mark.parametrize("name", captures())
def test_other_segments_same_messages(name, shared):
    path = SHARED / "corpus" / "pcaps" / name
    differing, said = set(), ""
    for seed in SEEDS:
        done = subprocess.run([BUILD / "tests/recut/recut", "-s", str(seed), path],
                              capture_output=True, check=False, timeout=120)
        said += done.stdout.decode(errors="replace")
        assert done.returncode in (0, 1), said + done.stderr.decode(errors="replace")
        differing |= set(re.findall(re.escape(str(path)) + r": ([a-z ]+): \d+ events, not", said))
    assert differing == LISTED[name], said
