/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/pcapng.h - the pcapng file format
 *
 * Many sections, each of its own byte order, with many interfaces, each with its own
 * link type and clock (draft-ietf-opsawg-pcapng). Blocks that hold no packet are
 * skipped. What is kept: a few words an interface, at most HW_PCAPNG_INTERFACES_MAX of
 * them. No I/O.
 */
#ifndef HW_SOURCE_PCAPNG_H
#define HW_SOURCE_PCAPNG_H

#include "source/record.h"

enum {
	HW_PCAPNG_INTERFACES_MAX = 1 << 17,
	HW_PCAPNG_BLOCK_MAX = 16 << 20, /* bytes; libpcap's limit too */
};

struct hw_pcapng_interface; /* opaque */

/* Embed it by value; the fields are private to pcapng.c. */
struct hw_pcapng {
	uint64_t number; /* of the next packet */
	struct hw_pcapng_interface *interfaces;
	size_t interfaces_nr, interfaces_cap;
	bool big_endian;
};

/* True if a file with these first 4 bytes is one. */
bool hw_pcapng_has_magic(const uint8_t first[4]);

/* Allocates nothing. */
void hw_pcapng_init(struct hw_pcapng *p, uint64_t first_number);

/* Takes a zeroed one. */
void hw_pcapng_clear(struct hw_pcapng *p);

/*
 * Read blocks, the file's first one included. A frame has the direction that its block
 * tells. Frames of Simple Packet Blocks, which have no time, are of time 0. Without
 * memory for another interface the status is HW_RECORD_BAD.
 */
enum hw_record_status hw_pcapng_read(struct hw_pcapng *p, struct hw_slice in,
				     struct hw_record_batch *b);

#endif
