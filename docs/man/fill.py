#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""fill.py PAGE STATS ANOMALIES: write a manual page to standard output.

Takes PAGE and puts in what the program's own tables say: the counters of stats.def at
@COUNTERS@ and the anomalies of anomaly.def at @ANOMALIES@.
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
    return re.findall(macro + r"\(\w+" + (SPACE + STRING) * strings + r"\s*\)", text)


def roff(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def counters(path):
    stage = None
    for its_stage, name, meaning in rows(path, "HW_STAT", 3):
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


def main():
    page, stats, anomaly = sys.argv[1:]
    text = open(page, encoding="utf-8").read()
    text = text.replace("@COUNTERS@", "\n".join(counters(stats)))
    text = text.replace("@ANOMALIES@", "\n".join(anomalies(anomaly)))
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
