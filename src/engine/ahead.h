/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/ahead.h - what nobody needs of what comes, and what a source has left out of it
 *
 * Private to this folder.
 */
#ifndef HW_ENGINE_AHEAD_H
#define HW_ENGINE_AHEAD_H

#include "engine/call.h"

/* Say what `parser` will pass over, unless that was said `before` a piece of `len` bytes. */
void hw_ahead_tell(struct hw_call *call, const struct hw_http_parser *parser,
		   const struct hw_http_ahead *before, size_t len);

/*
 * Where a message ends that the source asks about in `frame`, or its chunked body begins, is said of
 * however few bytes, if no other one waits: it was the only request, or the response to it. `waiting`
 * were before the piece at hand.
 */
void hw_ahead_confirm_end(struct hw_call *call, const struct hw_http_parser *parser,
			  uint32_t waiting, const struct hw_frame *frame);

#endif
