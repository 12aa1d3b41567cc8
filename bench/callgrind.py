# SPDX-License-Identifier: BSD-2-Clause
"""Counting the instructions of a part of bench/work.c under valgrind.

A part is done a few times and then more often; the difference is the work alone. The C
library is told not to use what differs between newer processors, so that all count the same; what
our own code asks for, up to AVX2, valgrind has on all of them.
"""
import os
import re
import subprocess

OLD = "glibc.cpu.hwcaps=-AVX512F,-AVX512VL,-AVX512BW,-BMI2,-ERMS,-FSRM,-RTM,-LZCNT,-MOVBE"


def run(work, part, times, *capture):
    """Returns (instructions, items, bytes kept) of a whole run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
               work, part, str(times), *capture]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, "GLIBC_TUNABLES": OLD, "MALLOC_PERTURB_": "0"}, check=True)
    items, _, memory = done.stdout.split()
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]), int(items), int(memory)


def per_item(work, part, times, *capture):
    few, items, _ = run(work, part, times, *capture)
    more, _, _ = run(work, part, 3 * times, *capture)
    return (more - few) / (2 * times * items)
