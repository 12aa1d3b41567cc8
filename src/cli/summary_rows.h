/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/summary_rows.h - the counts of a summary: what summary.c makes and others print */
#ifndef HW_CLI_SUMMARY_ROWS_H
#define HW_CLI_SUMMARY_ROWS_H

#include "base/hash.h"
#include "base/histogram.h"
#include "cli/summary.h"

enum hw_summary_list {
	HW_SUMMARY_ALL,
	HW_SUMMARY_ROUTES,    /* host, with a port that is not 80; route */
	HW_SUMMARY_PROCESSES, /* name; container, if it is in one */
	HW_SUMMARY_STATUSES,  /* "2xx", "no response" */
	HW_SUMMARY_LISTS_NR,
};

/* What is counted together: exchanges with the same two names and the same role. */
struct hw_summary_row {
	enum hw_exchange_role role;
	struct hw_slice names[2]; /* as on the wire, cut; they lie behind the row */
	uint64_t requests, errors, bytes;
	struct hw_histogram duration, first_byte; /* nanoseconds; of those that have one */
};

struct hw_summary_rows {
	struct hw_summary_row *rows[HW_SUMMARY_ROWS_MAX + 1]; /* owned; the last is `_other` */
	size_t nr;
	uint16_t *slots; /* of the hash table: a row's index and 1; 0: free */
	struct hw_summary_row *last[HW_ROLE_SERVER + 1]; /* that was found, by role; NULL: none */
};

struct hw_summary {
	struct hw_hash_key key;
	struct hw_summary_rows lists[HW_SUMMARY_LISTS_NR];
	uint64_t responses_alone; /* whose request was not seen, and which are not counted */
};

/*
 * The rows of a list, those that took most time first (statuses: in their order), `_other`
 * last. `ret` has room for HW_SUMMARY_ROWS_MAX + 1. Returns how many.
 */
size_t hw_summary_sort(const struct hw_summary *s, enum hw_summary_list list,
		       const struct hw_summary_row **ret);

#endif
