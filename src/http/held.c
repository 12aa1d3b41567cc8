/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/held.c - what is gathered of a head, or of a line, over several pieces */
#include <stdlib.h>

#include "http/walk.h"

void hw_http_free_held(struct hw_http_walk *w)
{
	if (!w->p->held)
		return;
	hw_buf_clear(w->p->held);
	free(w->p->held);
	w->p->held = NULL;
	hw_budget_give(w->shared->budget, sizeof(struct hw_buf));
}

void hw_http_drop(struct hw_http_walk *w)
{
	hw_http_free_held(w);
	w->from = w->at;
}

void hw_http_pass_over(struct hw_http_walk *w)
{
	hw_http_count(w, HW_STAT_HTTP_SKIPPED_BYTES, hw_http_gathered(w));
	hw_http_drop(w);
}

static bool make_held(struct hw_http_walk *w)
{
	if (w->p->held)
		return true;
	if (!hw_budget_take(w->shared->budget, sizeof(struct hw_buf)))
		return false;
	w->p->held = malloc(sizeof(struct hw_buf));
	if (!w->p->held) {
		hw_budget_give(w->shared->budget, sizeof(struct hw_buf));
		return false;
	}
	hw_buf_init(w->p->held, SIZE_MAX / 2, w->shared->budget);
	return true;
}

bool hw_http_hold(struct hw_http_walk *w)
{
	if (w->from == w->at)
		return true;
	if (!make_held(w) ||
	    hw_buf_append(w->p->held, hw_slice(w->ptr + w->from, w->at - w->from)) != 0)
		return false;
	w->from = w->at;
	return true;
}

bool hw_http_gather(struct hw_http_walk *w, struct hw_slice *ret)
{
	if (!w->p->held) {
		*ret = hw_slice(w->ptr + w->from, w->at - w->from);
		return true;
	}
	if (!hw_http_hold(w))
		return false;
	*ret = hw_buf_slice(w->p->held);
	return true;
}
