# SPDX-License-Identifier: BSD-2-Clause
"""tests/e2e/tables.py - tables with tabs between their cells: ours, and those of the corpus"""
import csv


def rows(path):
    """The cells of each row of a table of ours, whose comments begin with #."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def named_rows(path):
    """Each row of a table that names its columns in its first line, by these names."""
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
