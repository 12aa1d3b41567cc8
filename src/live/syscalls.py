#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""syscalls.py COMPILER...: the names of system calls by number, as a C table

The numbers are those of the kernel's headers that the compiler finds; on x86 also those of
32-bit programs.
"""
import re
import subprocess
import sys


def numbers(compiler, header):
    done = subprocess.run([*compiler, "-E", "-dM", "-"], input=f"#include <{header}>\n", capture_output=True,
                          text=True, check=False)
    return {int(nr): name for name, nr in re.findall(r"^#define __NR_(\w+) (\d+)$", done.stdout, re.M)}


def print_table(name, table):
    print(f"static const char *const {name}[] = {{")
    for nr, syscall in sorted(table.items()):
        print(f"\t[{nr}] = \"{syscall}\",")
    if not table:
        print("\tNULL,")
    print("};")


def main():
    compiler = sys.argv[1:]
    print_table("native", numbers(compiler, "asm/unistd.h"))
    print_table("compat", numbers(compiler, "asm/unistd_32.h"))


main()
