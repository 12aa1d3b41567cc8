/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/lines.h - lines that several threads make, in the order that one would make them
 *
 * Each thread puts its lines in its own order, and says now and then how far it is; one of
 * them, or another one, takes them all, in the order of their places. Lines change hands in
 * blocks, so that a line costs no lock. Nobody waits here: who makes lines is told when too
 * many of them wait to be taken.
 *
 *	(each maker, `i`)				(the taker)
 *	while (there is a frame) {			while (makers go on)
 *		append(hw_lines_room(l, i), ...);		while ((nr = hw_lines_take(l, lines, max)))
 *		hw_lines_put(l, i, place);				write(lines, nr);
 *		if (hw_lines_is_full(l, i))
 *			wait until hw_lines_has_room(l, i);
 *		hw_lines_reach(l, i, frame);
 *	}
 */
#ifndef HW_CLI_LINES_H
#define HW_CLI_LINES_H

#include "base/buf.h"
#include "engine/engine.h"

struct hw_lines; /* opaque */

/*
 * For `makers` threads, of each of which about `bytes_max` bytes are to wait. Returns 0 or
 * -ENOMEM.
 */
int hw_lines_new(struct hw_lines **ret, unsigned int makers, size_t bytes_max);

/* Takes NULL. No thread uses it any more. */
void hw_lines_free(struct hw_lines *l);

/* Of maker `i`: its next line is to be appended to this. Returns NULL if memory is short. */
struct hw_buf *hw_lines_room(struct hw_lines *l, unsigned int i);

/* Of maker `i`: what was appended is a line. Places do not go back. */
void hw_lines_put(struct hw_lines *l, unsigned int i, struct hw_engine_place place);

/* Of maker `i`: what was appended, if anything, is none. */
void hw_lines_drop(struct hw_lines *l, unsigned int i);

/* Of maker `i`: there will be no more lines of frames up to `frame`. UINT64_MAX: none at all. */
void hw_lines_reach(struct hw_lines *l, unsigned int i, uint64_t frame);

/* Of maker `i`: too much of what it made waited when it was looked at last. Costs nothing. */
bool hw_lines_is_full(const struct hw_lines *l, unsigned int i);

/* Of maker `i`: look whether no more than half of that waits. */
bool hw_lines_has_room(struct hw_lines *l, unsigned int i);

/*
 * The next lines, at most `max`, valid until the next call. Returns how many: 0 if it is not
 * known yet which is the next, or if there is none.
 */
size_t hw_lines_take(struct hw_lines *l, struct hw_slice *ret, size_t max);

/* No line that was seen is left to take. */
bool hw_lines_are_taken(const struct hw_lines *l);

#endif
