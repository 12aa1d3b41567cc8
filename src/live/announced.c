/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/announced.c - see announced.h */
#include "live/announced.h"

#include <string.h>

static void announce(struct hw_announced *a, const struct hw_announcement *what)
{
	if (a->nr == HW_ANNOUNCED_MAX)
		memmove(a->list, a->list + 1, --a->nr * sizeof(a->list[0]));
	a->list[a->nr++] = *what;
}

void hw_announced_left(struct hw_announced *a, const struct hw_tap_left *record)
{
	announce(a,
		 &(struct hw_announcement){
			 .cookie = record->cookie,
			 .direction = record->direction,
			 .left_out = { record->from, record->next, record->until, record->framing },
		 });
}

void hw_announced_question(struct hw_announced *a, const struct hw_tap_ends_at *record)
{
	announce(a, &(struct hw_announcement){ .cookie = record->cookie,
					       .direction = record->direction,
					       .ends_at = record->seq,
					       .asks = true,
					       .asks_chunks = record->is_chunked });
}

/* A SYN, FIN or RST may end the other direction, too: then no frame of that comes. */
static bool is_about(const struct hw_announcement *what, const struct hw_frame *frame)
{
	return what->cookie == frame->socket->cookie &&
	       (what->direction == frame->direction || (!what->asks && frame->socket->has_places));
}

static void give(struct hw_announced *a, const struct hw_announcement *what, struct hw_frame *frame,
		 size_t i)
{
	if (what->asks) {
		a->ends_at[i] = what->ends_at;
		frame->ends_at = &a->ends_at[i];
		frame->asks_chunks = what->asks_chunks;
	} else if (what->direction == frame->direction) {
		a->left_out[i] = what->left_out;
		frame->left_out = &a->left_out[i];
	} else {
		a->left_out_back[i] = what->left_out;
		frame->left_out_back = &a->left_out_back[i];
	}
}

void hw_announced_give(struct hw_announced *a, struct hw_frame *frame, size_t i)
{
	size_t kept = 0;

	for (size_t k = 0; k < a->nr; k++) {
		const struct hw_announcement what = a->list[k];

		if (is_about(&what, frame))
			give(a, &what, frame, i);
		else
			a->list[kept++] = what;
	}
	a->nr = kept;
}
