/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/dialogue.h - a TCP connection over IPv4 that somebody might have captured
 *
 * Bytes are put into the two streams, then cut into packets; the packets are written one
 * after the other, so that many connections can be mixed in one capture. All that can
 * fail is memory or the disk, and ends the program.
 */
#ifndef HW_BENCH_DIALOGUE_H
#define HW_BENCH_DIALOGUE_H

#include <stdio.h>

#include "base/buf.h"
#include "bench/random.h"

enum { CLIENT = 0, SERVER = 1 };

/* How the bytes of a message lie in packets. */
enum cut {
	CUT_SINGLE_BYTES,
	CUT_SHUFFLED,	 /* within eight packets */
	CUT_REPEATED,	 /* some come twice */
	CUT_OVERLAPPING, /* some begin before the end of the one before */
	CUT_ALL_OF_THESE,
	CUT_ALL_SHUFFLED, /* the whole message */
	CUTS_NR,
	CUT_ORDERLY = CUTS_NR, /* full packets */
	CUT_ORDERLY_SPLIT,     /* the first one is cut at random, with `split_percent` */
};

struct dialogue {
	struct random *random;
	uint32_t ip[2], isn[2], clock[2], echoed[2], acked[2];
	uint16_t port[2], ip_id[2];
	unsigned split_percent;
	struct hw_buf stream[2];
	struct hw_buf packets; /* of struct packet of dialogue.c */
	size_t written;	       /* packets */
};

/* What was written to a capture. */
struct capture_file {
	FILE *file;
	struct random *random;
	uint64_t now_us;
	uint64_t packets, bytes;
};

/* Begins with the three packets of the handshake. `number` tells connections apart. */
struct dialogue *dialogue_new(struct random *r, uint32_t number, uint16_t server_port);
void dialogue_free(struct dialogue *d);

void dialogue_put(struct dialogue *d, int who, const void *bytes, size_t len);
__attribute__((format(printf, 3, 4))) void dialogue_say(struct dialogue *d, int who,
							const char *format, ...);
size_t dialogue_said(const struct dialogue *d, int who);

/* What `who` put since `from` goes into packets, and is acknowledged. */
void dialogue_send(struct dialogue *d, int who, size_t from, enum cut cut);

/* Three packets more: `first` closes, then the other. */
void dialogue_close(struct dialogue *d, int first);

bool dialogue_is_written(const struct dialogue *d);
void dialogue_write_packet(struct dialogue *d, struct capture_file *f);

/* A pcap file with times in microseconds. */
void capture_begin(struct capture_file *f, const char *path, struct random *r);
void capture_end(struct capture_file *f);

#endif
