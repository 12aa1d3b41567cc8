#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""results.py FILE NAMES: count what passed, failed and was skipped.

FILE is Meson's testlog.json or pytest's JUnit XML. Prints the three numbers and writes
the names of what failed and what was skipped to the file NAMES. A file that is not
there or is cut counts as one failure: the run that should have made it has died.
"""
import json
import sys
import xml.etree.ElementTree as ET

MESON = {
    "OK": "passed",
    "EXPECTEDFAIL": "passed",
    "SKIP": "skipped",
}


def meson_results(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            test = json.loads(line)
            yield test["name"], MESON.get(test["result"], "failed")


def pytest_results(path):
    for case in ET.parse(path).getroot().iter("testcase"):
        name = f'{case.get("classname")}.{case.get("name")}'
        if case.find("failure") is not None or case.find("error") is not None:
            yield name, "failed"
        elif (skip := case.find("skipped")) is not None:
            yield f'{name}: {skip.get("message")}', "skipped"
        else:
            yield name, "passed"


def main():
    path, names_path = sys.argv[1:]
    read = meson_results if path.endswith(".json") else pytest_results
    try:
        results = list(read(path))
    except (OSError, ValueError, ET.ParseError) as error:
        results = [(str(error), "failed")]
    with open(names_path, "w", encoding="utf-8") as names:
        for name, result in results:
            if result != "passed":
                print(f"         {result}: {name}", file=names)
    print(*(sum(r == kind for _, r in results) for kind in ("passed", "failed", "skipped")))


if __name__ == "__main__":
    main()
