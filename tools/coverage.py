#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""coverage.py SUMMARY: print what share of each folder of src gcovr's JSON summary tells of"""
import collections
import json
import pathlib
import sys


def by_folder(files):
    sums = collections.defaultdict(collections.Counter)
    for f in files:
        folder = str(pathlib.PurePath(f["filename"]).parent)
        for kind in "line", "branch":
            for part in "covered", "total":
                sums[folder][kind, part] += f[f"{kind}_{part}"]
    return sums


def share(counter, kind):
    return 100 * counter[kind, "covered"] / (counter[kind, "total"] or 1)


def main():
    print(f"         {'folder':14} {'lines':>7} {'branches':>9}")
    for folder, c in sorted(by_folder(json.load(open(sys.argv[1]))["files"]).items()):
        print(f"         {folder:14} {share(c, 'line'):5.1f} % {share(c, 'branch'):7.1f} %")


if __name__ == "__main__":
    main()
