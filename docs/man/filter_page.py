#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""filter_page.py HTTPWIRE PAGE: write the manual page of filters to standard output.

Takes PAGE and puts in at @FIELDS@ what `httpwire fields` says.
"""
import json
import re
import sys

from event_page import run, tags
from fill import roff


def fields(httpwire):
    events = dict(re.findall(r"^(\S+) .* (\[(?:not )?net_[^]]*\])$", run(httpwire, "fields"), re.M))
    for line in run(httpwire, "fields", "-o", "json").splitlines():
        field = json.loads(line)
        name = field["name"]
        yield f"Va {roff(name)} Pq {field['type']}", f"{field['meaning']} {events.get(name, '')}".strip()


def main():
    httpwire, page = sys.argv[1:]
    text = open(page, encoding="utf-8").read()
    listed = list(tags(fields(httpwire)))[1:-1]
    sys.stdout.write(text.replace("@FIELDS@", "\n".join(listed)))


if __name__ == "__main__":
    main()
