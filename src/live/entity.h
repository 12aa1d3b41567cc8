/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/entity.h - the number that Tracee gives a thread (threadEntityId, ...)
 */
#ifndef HW_LIVE_ENTITY_H
#define HW_LIVE_ENTITY_H

#include <stdint.h>

/*
 * MurmurHash3 (x86, 32 bits, seed 0x18273645) of the thread id in the first pid namespace
 * (4 bytes, big-endian) and its start in nanoseconds since the epoch, rounded down to
 * 100 ms (8 bytes, big-endian). 0 if `start_ns` is: not known.
 */
uint32_t hw_entity_id(uint32_t tid, uint64_t start_ns);

#endif
