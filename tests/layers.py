#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who includes whom: the #include lines of src/ against the table in ARCHITECTURE.md.

The table has a row for each folder, `src/NAME` in its first column and in its last what
it may include, with commas between (`bpf` is bpf/abi.h). A layer may always include itself and, since that
is the contract they all share, httpwire.h. A header of another library is in one .c only.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\|\s*`src/(\w+)`\s*\|.*\|([^|]*)\|\s*$", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.M)
LIBRARIES = ("bpf/", "pcap", "zlib", "json-c", "seccomp", "microhttpd", "brotli", "zstd", "pcre2")


def allowed_layers():
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    return {name: set(re.findall(r"\w+", may)) for name, may in ROW.findall(text)}


def check_layers(allowed):
    for path in sorted(ROOT.glob("src/*/*.[ch]")):
        layer = path.parent.name
        if layer not in allowed:
            yield f"{path.relative_to(ROOT)}: src/{layer} is not in the table of ARCHITECTURE.md"
            continue
        for kind, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if kind != '"' or name == "httpwire.h":
                continue
            other = name.split("/")[0]
            if other != layer and other not in allowed[layer]:
                yield f"{path.relative_to(ROOT)}: {layer} may not include {name}"
            elif not (ROOT / "src" / name).exists() and other != "bpf":
                yield f"{path.relative_to(ROOT)}: no src/{name}; name it from src/ on"


def check_table(allowed):
    """What it allows is needed: who reads it believes that."""
    for layer, others in allowed.items():
        text = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob(f"src/{layer}/*.[ch]"))
        used = {name.split("/")[0] for kind, name in INCLUDE.findall(text) if kind == '"'}
        for other in sorted(others - used):
            yield f"ARCHITECTURE.md: src/{layer} may include {other}, but does not"


def check_libraries():
    users = {}
    for path in sorted(ROOT.glob("src/*/*.[ch]")):
        for kind, name in INCLUDE.findall(path.read_text(encoding="utf-8")):
            if kind == "<" and name.startswith(LIBRARIES):
                users.setdefault(re.split(r"[./]", name)[0], set()).add(path.relative_to(ROOT))
    for library, paths in users.items():
        if len(paths) > 1 or any(path.suffix == ".h" for path in paths):
            yield f"{library} is included by {', '.join(map(str, sorted(paths)))}, not by one .c"


def check_guards():
    for path in sorted(ROOT.glob("src/*/*.h")):
        guard = f"HW_{path.parent.name}_{path.stem}_H".upper()
        if f"#ifndef {guard}\n#define {guard}\n" not in path.read_text(encoding="utf-8"):
            yield f"{path.relative_to(ROOT)}: its guard is not {guard}"


def check_licences():
    for pattern in ("src/**/*.[ch]", "include/*.h", "tests/**/*.[ch]", "**/meson.build", "tests/**/*.py",
                    "bpf/**/*.[ch]"):
        for path in sorted(ROOT.glob(pattern)):
            if path.relative_to(ROOT).parts[0].startswith("build"):
                continue
            if "SPDX-License-Identifier:" not in path.read_text(encoding="utf-8")[:200]:
                yield f"{path.relative_to(ROOT)}: no SPDX line"


def main():
    allowed = allowed_layers()
    faults = [*check_layers(allowed), *check_table(allowed), *check_libraries(), *check_guards(), *check_licences()]
    for fault in faults:
        print(fault)
    return 1 if faults or not allowed else 0


if __name__ == "__main__":
    sys.exit(main())
