#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""fill.py PAGE STATS ANOMALIES RULES COLUMNS SOURCE...: write a manual page to standard output.

Takes PAGE and puts in what the program's own tables say: the counters of stats.def, and of
tables of struct hw_counter in the C of each SOURCE, at @COUNTERS@, the anomalies of anomaly.def at @ANOMALIES@, the rules of rule.def at @REDACTIONS@,
the short names of column.def at @COLUMNS@.
"""
import re
import sys
import textwrap

STRING = r'"((?:[^"\\]|\\.)*)"'
SPACE = r"\s*,\s*"


def rows(path, macro, strings):
    """The string arguments of each MACRO(ID, "...", "...", ...) in the file at path."""
    text = open(path, encoding="utf-8").read()
    text = re.sub(r'"\s*\n\s*"', "", text)  # a string in two pieces
    found = re.findall(macro + r"\(\w+" + (SPACE + STRING) * strings + r"\s*\)", text)
    return [tuple(re.sub(r"\\(.)", r"\1", s) for s in row) for row in found]


def roff(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def rows_of_c(path):
    """The beginnings of { "stage", "name", "meaning", ... } in the file at path."""
    text = open(path, encoding="utf-8").read()
    found = re.findall(r"\{\s*" + SPACE.join([STRING] * 3) + r"\s*[,}]", text)
    if not found:
        sys.exit(f"{path}: no counters")
    return found


def counters(path, sources):
    stage = None
    for its_stage, name, meaning in rows(path, "HW_STAT", 3) + sum(map(rows_of_c, sources), []):
        if its_stage != stage:
            if stage:
                yield ".El"
            stage = its_stage
            yield f".Ss {stage}"
            yield ".Bl -tag -width Ds -compact"
        yield f".It Li {roff(name)}"
        yield from textwrap.wrap(roff(meaning), 78)
    yield ".El"


def anomalies(path):
    for name, source, meaning in rows(path, "HW_ANOMALY", 3):
        yield f".It Li {roff(name)}"
        yield from textwrap.wrap(f"{roff(meaning)} ({roff(source)}).", 78)


WHERE = {
    "FIELD": "Header fields",
    "PARAMETER": "Parameters",
    "BOTH": "Header fields and parameters",
    "URL": "URLs",
}


def names(quoted):
    """A sentence of names."""
    yield from textwrap.wrap(", ".join(map(roff, quoted)) + ".", 78, break_on_hyphens=False)


def redactions(path):
    """Rules that say the same are one item."""
    text = open(path, encoding="utf-8").read()
    groups = {}
    for where, _, name, what in re.findall(
            rf"^HW_REDACT\((\w+), (\w+), {STRING}{SPACE}{STRING}\)", text, re.M):
        groups.setdefault((where, what), []).append(name)
    yield ".Bl -tag -width Ds"
    for (where, what), listed in groups.items():
        yield f".It {WHERE[where]}: {roff(what)}"
        yield from names(listed)
    yield ".It Text, wherever it stands"
    kinds = {}
    for name, prefix, what in re.findall(
            rf"^HW_REDACT_TEXT\(\w+, \d+, {STRING}{SPACE}{STRING}{SPACE}{STRING}\)", text, re.M):
        kinds.setdefault((name, what), []).append(prefix)
    for (name, what), prefixes in kinds.items():
        yield from names([f"{name}: {what} ({', '.join(prefixes)})"])
    yield ".El"


def columns(path):
    text = open(path, encoding="utf-8").read()
    for name, meaning in re.findall(rf"^{{ {STRING}{SPACE}{STRING}", text, re.M):
        yield f".It Li {roff(name)}"
        yield from textwrap.wrap(roff(meaning), 78)


def main():
    page, stats, anomaly, rules, column, *sources = sys.argv[1:]
    text = open(page, encoding="utf-8").read()
    text = text.replace("@COUNTERS@", "\n".join(counters(stats, sources)))
    text = text.replace("@ANOMALIES@", "\n".join(anomalies(anomaly)))
    text = text.replace("@REDACTIONS@", "\n".join(redactions(rules)))
    text = text.replace("@COLUMNS@", "\n".join(columns(column)))
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
