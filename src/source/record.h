/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/record.h - what reading records of a capture file takes and gives
 *
 * A reader (pcap.h, pcapng.h) is a function of the bytes that are there: it turns whole
 * records into frames that point into those bytes, and stops where more are needed. So
 * the same code reads files, pipes and decompressed data, however they are cut.
 */
#ifndef HW_SOURCE_RECORD_H
#define HW_SOURCE_RECORD_H

#include "base/slice.h"
#include "httpwire.h"

/*
 * libpcap's limit for a packet's captured bytes (MAXIMUM_SNAPLEN); a record that claims
 * more is a damaged one.
 */
enum { HW_RECORD_BYTES_MAX = 262144 };

enum hw_record_status {
	HW_RECORD_OK,	/* `max` frames are given */
	HW_RECORD_MORE, /* the next record needs `want` bytes, counted from its start */
	HW_RECORD_BAD,	/* the next record is damaged in a way that `fault` tells */
};

/* In: `frames`, room for `max`, and `source`. Out, whatever the status: the rest. */
struct hw_record_batch {
	struct hw_frame *frames;
	size_t max;
	const uint8_t *source; /* hw_input_source(); NULL: all bytes are there */
	size_t nr;	       /* frames given */
	size_t used;	       /* bytes read: where the next record starts */
	size_t want;	       /* HW_RECORD_MORE; 1 where a record may start or the file end */
	char fault[128];       /* HW_RECORD_BAD */
};

#endif
