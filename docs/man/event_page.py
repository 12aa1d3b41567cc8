#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""event_page.py HTTPWIRE NAME ANOMALIES CAPTURE...: the manual page of an event.

All of it is what `httpwire events NAME -o json` says, so that page and program cannot
differ; the example is the first such event of the captures.
"""
import json
import re
import subprocess
import sys
import textwrap

from fill import anomalies, roff

REASONS = [
    ("gap", "bytes of the head were never captured"),
    ("limit", "the head is longer than --max-head, or memory was short"),
    ("closed", "the connection was closed in the head"),
    ("reset", "the connection was reset in the head"),
    ("timeout", "nothing came for too long"),
    ("evicted", "memory was needed for other connections"),
    ("capture_end", "the capture ended in the head"),
]


def run(*args):
    return subprocess.run(args, capture_output=True, text=True, check=True).stdout


def quoted(line):
    """`name` is a name as Va shows it, `?` and the like are quoted."""
    line = re.sub(r"`([\w.]+)`", r"\\fI\1\\fR", line)
    return re.sub(r"`([^`]+)`", r"\\(oq\1\\(cq", line)


def lines(text):
    """A sentence starts a line, as mdoc wants it; no line is wider than 78."""
    for sentence in re.split(r"(?<=[.;:]) (?=[A-Z])|(?<=: )", text):
        yield from map(quoted, textwrap.wrap(roff(sentence), 78, break_on_hyphens=False))


def paragraphs(text):
    for number, paragraph in enumerate(text.split("\n\n")):
        if number > 0:
            yield ".Pp"
        yield from lines(paragraph)


def tags(pairs):
    yield ".Bl -tag -width Ds"
    for name, meaning in pairs:
        yield f".It {name}"
        yield from lines(meaning)
    yield ".El"


def fields(event, ours):
    chosen = [f for f in event["fields"] if f["path"].startswith("httpwire.") == ours]
    yield from tags((f"Va {roff(f['path'])} Pq {f['type']}", f["meaning"]) for f in chosen)


def folded(line, width=68):
    """A line of JSON, broken behind commas."""
    row = ""
    for part in re.findall(r"[^,]*,|[^,]+$", line):
        if row and len(row) + len(part) > width:
            yield row
            row = ""
        row += part
    yield row


def example(httpwire, name, captures):
    """The first event of that name, as it is printed but for the line breaks."""
    for capture in captures:
        line = run(httpwire, "-q", "-r", capture, "-e", name, "-o", "json", "-c", "1")
        if line:
            yield ".Sh EXAMPLES"
            yield ".Bd -literal"
            yield from (roff(row) for row in folded(line.strip()))
            yield ".Ed"
            return


def references(names):
    for name in names[:-1]:
        yield f".Xr {name} 7 ,"
    yield from (f".Xr {name} 7" for name in names[-1:])


def incomplete_section():
    yield ".Sh INCOMPLETE MESSAGES"
    yield "A head that is not whole is reported with what is known of it, and the reason in"
    yield ".Va httpwire.incomplete :"
    yield from tags((f"Li {roff(name)}", meaning) for name, meaning in REASONS)


def anomalies_section(anomaly_def):
    yield ".Sh ANOMALIES"
    yield ".Va httpwire.anomalies"
    yield "names what is odd about the message, whether a parser would accept it or not:"
    yield ".Bl -tag -width Ds"
    yield from anomalies(anomaly_def)
    yield ".El"


def http_sections(anomaly_def):
    yield from incomplete_section()
    yield from anomalies_section(anomaly_def)
    yield ".Sh CONNECTIONS"
    yield ".Va httpwire.connection_id"
    yield from lines(
        "is the 64-bit FNV-1a hash of the two endpoints, the smaller first (16 bytes of address, "
        "IPv4 as ::ffff:a.b.c.d, and two of port), and the client's initial sequence number (four "
        "bytes), all in network order, so both sides of a connection give it the same. Where the "
        "beginning of the connection was not captured the number is left out, and")
    yield ".Va httpwire.midstream"
    yield from lines("is true: the id then names the endpoints only. Network address translation "
                     "between the two sides makes it differ.")


def page(httpwire, name, anomaly_def, captures):
    event = json.loads(run(httpwire, "events", name, "-o", "json"))["x-httpwire"]
    yield '.\\" Made by event_page.py from the tables of the program.'
    yield ".Dd November 25, 2026"
    yield f".Dt {roff(name.upper())} 7"
    yield ".Os"
    yield ".Sh NAME"
    yield f".Nm {roff(name)}"
    yield f".Nd {roff(event['summary'])}"
    yield ".Sh DESCRIPTION"
    yield from paragraphs(event["description"])
    yield ".Sh EVENT SETS"
    yield ", ".join(roff(s) for s in event["sets"])
    yield ".Sh DATA FIELDS"
    yield from fields(event, ours=False)
    yield ".Pp"
    yield "What is httpwire's own stands in the object"
    yield ".Va httpwire ,"
    yield "the last of the event, and is left out with"
    yield ".Fl \\-strict :"
    yield from fields(event, ours=True)
    if "proto_http.method" in [f["path"] for f in event["fields"]] or "http_re" in name:
        yield from http_sections(anomaly_def)
    elif "httpwire.anomalies" in [f["path"] for f in event["fields"]]:
        yield from anomalies_section(anomaly_def)
    yield ".Sh DEPENDENCIES"
    yield from lines(", ".join(event["depends"]) + ", an inner event that is not printed. "
                     "No privilege is needed to read a file.")
    yield ".Sh USE CASES"
    yield ".Bl -bullet -compact"
    for case in event["use_cases"]:
        yield ".It"
        yield roff(case)
    yield ".El"
    yield from example(httpwire, name, captures)
    yield ".Sh RELATED EVENTS"
    yield from references(event["related"])
    yield ".Sh SEE ALSO"
    yield ".Xr httpwire 1"


def main():
    httpwire, name, anomaly_def, *captures = sys.argv[1:]
    print("\n".join(page(httpwire, name, anomaly_def, captures)))


if __name__ == "__main__":
    main()
