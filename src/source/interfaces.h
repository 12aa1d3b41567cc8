/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/interfaces.h - frames as they pass network interfaces, through libpcap
 *
 * Several interfaces are captured from by one thread. Each has a ring that the kernel
 * fills; what one read gives is copied out of it, as the kernel takes the ring's blocks
 * back. Beside the rings that takes up to 1 MiB and one packet for each interface.
 *
 *	hw_interfaces_open(&interfaces, &options, error, sizeof(error));
 *	do {
 *		err = hw_interfaces_read(interfaces, frames, FRAMES_MAX, 100, &nr);
 *		hw_engine_feed(engine, frames, nr);
 *		hw_engine_advance(engine, hw_interfaces_now());
 *		while ((news = hw_interfaces_news(interfaces)))
 *			print(news);
 *	} while (!err || err == -EINTR);
 *	hw_interfaces_close(interfaces);
 */
#ifndef HW_SOURCE_INTERFACES_H
#define HW_SOURCE_INTERFACES_H

#include <stdio.h>

#include "httpwire.h"
#include "source/filter.h"

enum {
	HW_INTERFACES_MAX = 64,
	HW_INTERFACES_BATCH_MAX = 256,	/* frames that one read gives */
	HW_INTERFACES_ERROR_MAX = 1100, /* bytes of an error line, its NUL included */
};

struct hw_interfaces; /* opaque */

struct hw_interfaces_options {
	/* "eth0", "any" (all, those to come too), a number of the list; twice is once */
	const char *const *names;
	size_t nr;			/* 1 to HW_INTERFACES_MAX */
	bool promiscuous;		/* what is for others too; not on "any" */
	uint32_t snaplen;		/* bytes of a packet that are kept, 1 to 262144 */
	size_t buffer_bytes;		/* of each ring, at most 2 GiB */
	const struct hw_filter *filter; /* run by the kernel; used at opening only; NULL: all */
};

/*
 * Start to capture. Returns 0, -EPERM (not permitted), -ENODEV (no such interface),
 * -ENETDOWN (it is not up), -EINVAL (the filter asks for what an interface has not, or
 * too many interfaces), -ENOMEM, or -EIO. On failure `ret_error` (of `error_max` bytes;
 * HW_INTERFACES_ERROR_MAX is enough) has a text that says which interface, what is wrong and
 * what helps; who prints it escapes the interface's name.
 */
int hw_interfaces_open(struct hw_interfaces **ret, const struct hw_interfaces_options *o,
		       char *ret_error, size_t error_max);

/* Takes NULL. */
void hw_interfaces_close(struct hw_interfaces *i);

/*
 * The frames that are there, at most `max` (HW_INTERFACES_MAX or more), in the order of their
 * times; waits for the first at most `timeout_ms`, and at most 100 ms, as it then looks how the
 * interfaces are. They stay valid until the next call; their numbers count from 1. Returns 0
 * (*ret_nr may be 0), -EINTR, or -ENODEV: all interfaces are gone, as the news say.
 */
int hw_interfaces_read(struct hw_interfaces *i, struct hw_frame *frames, size_t max, int timeout_ms,
		       size_t *ret_nr);

/*
 * A line about an interface that went down, came up again or is gone since the last call;
 * NULL: nothing more. Valid until the next call of this or of read.
 */
const char *hw_interfaces_news(struct hw_interfaces *i);

/* Nanoseconds since the epoch on the clock of the frames, for hw_engine_advance(). */
uint64_t hw_interfaces_now(void);

/*
 * Counters, as hw_engine_counter() gives them, over all interfaces, those that are gone
 * too. Returns false if `n` is too large.
 */
bool hw_interfaces_counter(struct hw_interfaces *i, size_t n, struct hw_counter *ret);

/* Of these counters the one of packets lost because a buffer was full. */
uint64_t hw_interfaces_lost(struct hw_interfaces *i);

/*
 * Write what can be captured from, a line each, as tcpdump -D does. Returns 0, or -EIO
 * with a line in `ret_error`.
 */
int hw_interfaces_list(FILE *to, char *ret_error, size_t error_max);

#endif
