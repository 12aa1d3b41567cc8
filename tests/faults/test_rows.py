# SPDX-License-Identifier: BSD-2-Clause
"""docs/faults.md lists every row, and each of them has its test"""
import ast
import pathlib
import re

from lab import ROOT

HERE = pathlib.Path(__file__).parent


def rows_of(text):
    """id: the other columns."""
    return {m[1]: m[2] for m in re.finditer(r"^\| ([A-Z]\d\d) \|(.*)\|$", text, re.M)}


def functions():
    """id: whether all its tests say what they are."""
    found = {}
    for path in HERE.glob("test_*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            name = isinstance(node, ast.FunctionDef) and re.match(r"test_([A-Z]\d\d)_", node.name)
            if name:
                found[name[1]] = found.get(name[1], True) and bool(ast.get_docstring(node))
    return found


LISTED = rows_of((ROOT / "docs" / "faults.md").read_text(encoding="utf-8"))


def test_each_row_has_a_test():
    without = {row for row, words in LISTED.items() if "No test:" in words}
    assert set(functions()) == set(LISTED) - without


def test_each_test_says_what_it_is():
    assert not [row for row, is_said in functions().items() if not is_said]


def test_no_row_is_left_out(shared):
    assert set(LISTED) == set(rows_of((shared / "faults.md").read_text(encoding="utf-8")))
