/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sink/packets.h - packets into pcapng files
 *
 * Each file has one section, which says what wrote it, a description of each interface
 * that packets came from (with times in nanoseconds), and the packets with their length
 * on the wire, their direction and a comment, as far as these are known. What is on the
 * wire is written as it is: files are for their owner only (mode 0600), also those that
 * were there before. Packets are gathered, kept whole and put into files as file.h says.
 */
#ifndef HW_SINK_PACKETS_H
#define HW_SINK_PACKETS_H

#include "base/slice.h"
#include "httpwire.h"
#include "sink/rotation.h"

struct hw_packets; /* opaque */

enum {
	HW_PACKETS_FRAME_MAX = 262144,	/* bytes of a packet; of a longer one the first */
	HW_PACKETS_COMMENT_MAX = 65532, /* bytes, as many as an option takes whole */
	HW_PACKETS_INTERFACE_MAX = 63,	/* bytes of a name */
};

/* All 0: gathered, into one file. */
struct hw_packets_options {
	struct hw_rotation_options rotation;
	bool each_packet;	 /* -U: is written at once */
	uint32_t snaplen;	 /* bytes, for the interfaces; 0: HW_PACKETS_FRAME_MAX */
	time_t (*now)(time_t *); /* the clock of -G; NULL: time(2) */
};

/* What is told about a packet beside its bytes. Borrowed by the call it is given to. */
struct hw_packet_note {
	struct hw_slice interface; /* its name; empty: not known */
	struct hw_slice comment;   /* UTF-8; empty: none; what is too long is cut */
};

/* The note with its texts cut, between characters, to the bytes that are written of them. */
struct hw_packet_note hw_packet_note_cut(const struct hw_packet_note *note);

/*
 * Write to `path`, as hw_file_sink_open() does and with what it returns; the file
 * begins at once, so that it is a capture also when no packet comes. "-" is standard
 * output.
 */
int hw_packets_open(struct hw_packets **ret, const char *path,
		    const struct hw_packets_options *options);

/* Flushes. Returns 0 or the negative errno of the first failure. Takes NULL. */
int hw_packets_close(struct hw_packets *p);

/*
 * Write a packet, in the next file if that is due. Returns 0, HW_FILE_SINK_ENDED (1: as
 * many files as -W allows are full; the packet is neither written nor lost), or the
 * negative errno of what failed first, then and from then on.
 */
int hw_packets_write(struct hw_packets *p, const struct hw_frame *frame,
		     const struct hw_packet_note *note);

/* As hw_file_sink_tick(). Returns as hw_packets_write() does. */
int hw_packets_tick(struct hw_packets *p);

/* Write what was gathered; to be called each second. Returns as hw_packets_write() does. */
int hw_packets_flush(struct hw_packets *p);

/* For SIGHUP: as hw_file_sink_reopen(). */
int hw_packets_reopen(struct hw_packets *p);

/* Of the file that is written to or could not be opened. Valid until the next call. */
const char *hw_packets_path(const struct hw_packets *p);

/* Packets written whole, and those given that could not be. Gathered ones are in neither. */
uint64_t hw_packets_written(const struct hw_packets *p);
uint64_t hw_packets_lost(const struct hw_packets *p);

#endif
