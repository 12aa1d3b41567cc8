/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/packet_file.h - -w: the packets of the connections whose events were shown
 *
 * A connection's first packets come before its first event, so they are held until then;
 * from then on each packet is written at once. Others are never written.
 */
#ifndef HW_CLI_PACKET_FILE_H
#define HW_CLI_PACKET_FILE_H

#include "cli/options.h"
#include "event/event.h"
#include "sink/packets.h"

struct hw_packet_file; /* opaque */

/* Open the file that `o` names. Returns 0, or negative errno after a message. */
int hw_packet_file_open(struct hw_packet_file **ret, const struct hw_options *o);

/*
 * A packet of the connection `key`, which is of the process `owner`; &hw_process_none: nobody
 * knows of which. Its comment says that: "process.name=curl process.pid=1 ..."
 */
void hw_packet_file_take(struct hw_packet_file *f, uint64_t key, const struct hw_frame *frame,
			 const struct hw_process *owner);

/*
 * A packet with a fragment, which waits for the rest of the IP packet `number`; that is whole, and of
 * the connection `key`: then those that waited are of it, too.
 */
void hw_packet_file_keep(struct hw_packet_file *f, uint64_t number, const struct hw_frame *frame);
void hw_packet_file_join(struct hw_packet_file *f, uint64_t number, uint64_t key);

/* An event of the connection was shown. `owner` is that of its packets of which none is known. */
void hw_packet_file_want(struct hw_packet_file *f, uint64_t key, const struct hw_process *owner);

/* Begin the next file if its time has come, though no packet has. */
void hw_packet_file_tick(struct hw_packet_file *f);

/* Write what was gathered, now and then. */
void hw_packet_file_flush(struct hw_packet_file *f);

/* For SIGHUP, as hw_event_file_reopen(). */
int hw_packet_file_reopen(struct hw_packet_file *f);

/* Nothing more can be written: an error, or as many files as -W allows. */
bool hw_packet_file_is_over(const struct hw_packet_file *f);

/* Counters, as hw_engine_counter() gives them. */
bool hw_packet_file_counter(const struct hw_packet_file *f, size_t i, struct hw_counter *ret);

/* Takes NULL. Returns 0, or negative errno after a message if anything could not be written. */
int hw_packet_file_close(struct hw_packet_file *f);

#endif
