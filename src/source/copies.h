/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/copies.h - what is copied of records that are mapped (mapping.h)
 *
 * What is mapped may change at any time, so nobody looks at it there: what is looked at is copied to
 * the place where read(2) would have put it. The rest of a long packet may not be needed, and is left
 * to who needs it (hw_frame.rest).
 */
#ifndef HW_SOURCE_COPIES_H
#define HW_SOURCE_COPIES_H

#include <string.h>

#include "base/fetch.h"
#include "httpwire.h"

enum { HW_COPIES_LONG = 1088 }; /* bytes of a packet whose rest is worth leaving */

static inline void hw_copies_take(const uint8_t *from, const uint8_t *to, size_t len)
{
	memcpy((uint8_t *)(uintptr_t)to, from, len);
}

/* How many bytes of a packet of `len` are taken. */
static inline size_t hw_copies_len(size_t len)
{
	return len < HW_COPIES_LONG ? len : HW_FRAME_HEAD;
}

/* Take a packet, whose frame has its place and length, from `from`. */
static inline void hw_copies_take_packet(const uint8_t *from, struct hw_frame *frame)
{
	const size_t len = hw_copies_len(frame->len);

	hw_copies_take(from, frame->data, len);
	frame->rest = frame->len > len ? from + len : NULL;
}

/*
 * Fetch a record some ahead of the one that is mapped at `next`, as `frames`, `nr` of them, came before
 * that. Packets of a connection are of few lengths that come again: the records some ahead lie about as
 * far from each other as the last ones. Where one begins is known when the one before is read, so that
 * a processor by itself waits for each.
 */
static inline void hw_copies_fetch_ahead(const uint8_t *next, const struct hw_frame *frames,
					 size_t nr)
{
	enum { AHEAD = 6 };
	const uint8_t *at;

	if (nr < AHEAD)
		return;
	at = next + (frames[nr].data - frames[nr - AHEAD].data);
	for (size_t i = 0; i < HW_FRAME_HEAD; i += HW_FETCH_LINE)
		__builtin_prefetch(at + i);
}

#endif
