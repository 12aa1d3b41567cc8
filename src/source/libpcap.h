/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/libpcap.h - what we use of libpcap, whose header libpcap.c alone includes
 *
 * Its filters, and its capturing from interfaces, in our words: link types are numbered
 * as in files, times are nanoseconds, and a failure is an errno with libpcap's own text.
 */
#ifndef HW_SOURCE_LIBPCAP_H
#define HW_SOURCE_LIBPCAP_H

#include <stdio.h>

#include "httpwire.h"

enum { HW_LIBPCAP_ERROR_MAX = 256 }; /* bytes of an error, its NUL included */

/* filters */

struct hw_libpcap_program; /* opaque */

/*
 * Compile a filter for one link type. Returns 0, -ENOMEM, or with what is wrong in `ret_error`
 * -EINVAL, or -ELIBACC: libpcap cannot be loaded.
 */
int hw_libpcap_compile(struct hw_libpcap_program **ret, const char *expression, uint16_t linktype,
		       char ret_error[HW_LIBPCAP_ERROR_MAX]);

/* Takes NULL. */
void hw_libpcap_free(struct hw_libpcap_program *p);

/* The frame is of the link type that the program was compiled for. */
bool hw_libpcap_match(const struct hw_libpcap_program *p, const struct hw_frame *frame);

/* interfaces */

struct hw_libpcap; /* opaque: an interface that is captured from */

/*
 * The device that is called `name`: itself, unless it is a number of hw_libpcap_list().
 * Owned by the caller, to be freed; NULL: no memory.
 */
char *hw_libpcap_device(const char *name);

struct hw_libpcap_options {
	const char *device; /* "any" is all */
	bool promiscuous;
	uint32_t snaplen; /* 1 to 262144 */
	size_t buffer_bytes;
	const char *filter; /* "" is none */
};

/*
 * Start to capture. Returns 0; -ENODEV (no such interface), -EPERM, -ENETDOWN (it is not
 * up), -EINVAL (the filter does not fit this interface), -ENOMEM or -EIO (else), with
 * libpcap's words in `ret_error`.
 */
int hw_libpcap_open(struct hw_libpcap **ret, const struct hw_libpcap_options *o,
		    char ret_error[HW_LIBPCAP_ERROR_MAX]);

/* Takes NULL. */
void hw_libpcap_close(struct hw_libpcap *l);

/* To wait for in poll(2); -1: it cannot be waited for. */
int hw_libpcap_fd(const struct hw_libpcap *l);

/*
 * Call `take` for the frames that are there, at most `max`, without waiting. A frame's
 * bytes are valid during the call; it has no number and no direction. After `take`
 * returned false there are no more calls. Returns 0, or -EIO with the words in
 * hw_libpcap_error(): then nothing more will come.
 */
int hw_libpcap_read(struct hw_libpcap *l, size_t max,
		    bool (*take)(void *ctx, const struct hw_frame *frame), void *ctx);

/* The words about the last read that failed. */
const char *hw_libpcap_error(const struct hw_libpcap *l);

/* Since the start; they wrap at 2^32. */
struct hw_libpcap_counts {
	uint32_t received; /* passed the filter, with those dropped */
	uint32_t dropped;  /* as the buffer was full */
	uint32_t missed;   /* by the interface; libpcap looks only in promiscuous mode */
};

/* All 0 if they cannot be read. */
struct hw_libpcap_counts hw_libpcap_counts(struct hw_libpcap *l);

/* What came since `before`. The interface's own counter may be reset: then nothing is missed. */
static inline struct hw_libpcap_counts hw_libpcap_counts_since(struct hw_libpcap_counts now,
							       struct hw_libpcap_counts before)
{
	const uint32_t missed = now.missed - before.missed;

	return (struct hw_libpcap_counts){ now.received - before.received,
					   now.dropped - before.dropped,
					   missed <= INT32_MAX ? missed : 0 };
}

/*
 * Write what can be captured from, a line each, as tcpdump -D does. Returns 0, or -EIO with
 * libpcap's words in `ret_error`.
 */
int hw_libpcap_list(FILE *to, char ret_error[HW_LIBPCAP_ERROR_MAX]);

/* As it calls itself, "libpcap version 1.10.3 (with TPACKET_V3)", or that it is not there. */
void hw_libpcap_library(char *ret, size_t max);

#endif
