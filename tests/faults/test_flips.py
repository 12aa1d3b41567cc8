# SPDX-License-Identifier: BSD-2-Clause
"""
Group P, row P15: captures with bytes changed at random: whatever they are, what holds for every file holds.

HW_FLIPS says how many, HW_SEED where the random numbers start; both are in the name of a
file that fails, which is kept.
"""
import os
import random
import struct

import rules
from lab import DATA, ROOT, SHARED

FLIPS = int(os.environ.get("HW_FLIPS", "300"))
SEED = int(os.environ.get("HW_SEED", "1"))
SMALL = 64 * 1024  # bytes: larger captures would take most of the time

WAYS = [("json", "-e", "network_events"), ("json",), ("json", "--strict"), ("json-v1beta1",),
        ("json-v1beta1", "-e", "flows"), ("text", "-e", "network_events"), ("text",),
        ("json", "--checksums", "off"), ("json", "--checksums", "on"), ("json", "-c", "3"),
        ("json", "--max-memory", "1M"), ("text", "tcp or vlan or ip6 or greater 60")]


def originals():
    folders = (ROOT / "examples", DATA / "spec", SHARED / "corpus" / "pcaps")
    return [path for folder in folders for path in sorted(folder.rglob("*.pcap*"))
            if path.stat().st_size <= SMALL]


def packet_bytes(data):
    """Where the bytes of packets are in a little-endian pcap; of others, all is taken for them."""
    if data[:4] not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1"):
        return list(range(len(data)))
    places, at = [], 24
    while at + 16 <= len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        places.extend(range(at + 16, min(at + 16 + length, len(data))))
        at += 16 + length
    return places


def damage(data, rng):
    """Change a few bytes or many; in half of the cases the file's own headers stay."""
    data = bytearray(data)
    places = packet_bytes(data) if rng.random() < 0.5 else range(len(data))
    if not places:
        return data
    for _ in range(max(1, int(len(places) * rng.choice((0, 0.0005, 0.002, 0.02))))):
        at = rng.choice(places)
        data[at] = rng.choice((rng.randrange(256), data[at] ^ 1 << rng.randrange(8), 0, 255))
    return data


def run_one(number, path, folder):
    rng = random.Random(f"{SEED}:{number}")
    damaged = folder / f"seed-{SEED}-flip-{number}-{path.name}"
    damaged.write_bytes(damage(path.read_bytes(), rng))
    form, *more = rng.choice(WAYS)
    rules.run(damaged, *more, form=form, code=None)
    damaged.unlink()


def test_P15_bytes_changed_at_random(tmp_path):
    """The four rules hold for captures with a few or many bytes changed."""
    files = originals()
    rng = random.Random(SEED)
    rules.each(lambda job: run_one(*job, tmp_path), [(i, rng.choice(files)) for i in range(FLIPS)])
