/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/pcap.h - the pcap file format
 *
 * Both byte orders, microseconds and nanoseconds, versions 2.0 to 2.4 and 543.0 (whose
 * lengths may be exchanged), and Kuznetzov's patch with its longer record header: what
 * libpcap reads (draft-ietf-opsawg-pcap). No I/O.
 */
#ifndef HW_SOURCE_PCAP_H
#define HW_SOURCE_PCAP_H

#include "source/record.h"

/* Embed it by value; the fields are private to pcap.c. */
struct hw_pcap {
	uint64_t number; /* of the next packet */
	uint32_t ns_per_fraction;
	uint16_t linktype;
	uint8_t record_header_bytes;
	uint8_t lengths; /* enum in pcap.c: the order of the two lengths */
	bool big_endian;
	bool is_in_header; /* of another file, after the packet before */
};

/* True if a file with these first 4 bytes is one. */
bool hw_pcap_has_magic(const uint8_t first[4]);

/*
 * Read the file header, whose magic was found; `first_number` is the first packet's.
 * Uses b->used, b->want and b->fault; gives no frames.
 */
enum hw_record_status hw_pcap_init(struct hw_pcap *p, struct hw_slice in, uint64_t first_number,
				   struct hw_record_batch *b);

/*
 * Read packets. Those whose captured length exceeds the file's snapshot length are given
 * whole (libpcap cuts them), a wire length below the captured one is raised to that.
 */
enum hw_record_status hw_pcap_read(struct hw_pcap *p, struct hw_slice in,
				   struct hw_record_batch *b);

#endif
