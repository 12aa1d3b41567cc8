/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/summary.h - how many exchanges there were, how they went, and how long they took
 *
 * Events of net_http_exchange go in; at the end comes a table out of it, by host and
 * route, by process and by class of status, with quantiles of the duration and of the
 * time to the first byte. The two sides of an exchange within this host are two events,
 * and are counted apart, as `client` and `server`.
 *
 * Memory is bounded: HW_SUMMARY_ROWS_MAX rows of 10 KiB for each of the two open lists;
 * what comes when they are full is one row more, `_other`.
 */
#ifndef HW_CLI_SUMMARY_H
#define HW_CLI_SUMMARY_H

#include "base/buf.h"
#include "event/event.h"

struct hw_summary; /* opaque */

enum { HW_SUMMARY_ROWS_MAX = 1000 };

struct hw_summary_style {
	size_t columns; /* of the terminal: lines are not longer; 0: as long as they are */
	size_t rows;	/* of each list, at most; 0: all */
	bool color;
};

/* `seed` is of its hash table. Returns 0 or -ENOMEM. */
int hw_summary_new(struct hw_summary **ret, uint64_t seed);

/* Takes NULL. */
void hw_summary_free(struct hw_summary *s);

/* Count `event`; of what is not an exchange, or is one that goes on, nothing. */
void hw_summary_take(struct hw_summary *s, const struct hw_event *event);

/* Append the table, lines of printable text, to `out`. Returns 0 or -ENOMEM. */
int hw_summary_text(const struct hw_summary *s, const struct hw_summary_style *style,
		    struct hw_buf *out);

/*
 * The same as one line of JSON: {"event":"summary","all":[{"requests":2,...}],"routes":
 * [...],"processes":[...],"statuses":[...]}. Times are in nanoseconds.
 */
int hw_summary_json(const struct hw_summary *s, struct hw_buf *out);

#endif
