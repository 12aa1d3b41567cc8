/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/kernel_terms.h - what of the filters the kernel decides
 *
 * Packets that no event can come of which the filters show are then not even copied. The
 * filters are asked all the same: the kernel may let through more, never less.
 */
#ifndef HW_CLI_KERNEL_TERMS_H
#define HW_CLI_KERNEL_TERMS_H

#include "base/ends.h"
#include "cli/options.h"
#include "cli/selection.h"

/* Embed it by value, zeroed. */
struct hw_kernel_terms {
	struct hw_ends ends;	/* connections that are meant */
	uint32_t events;	/* HW_EVENT_*, those asked for that can be shown */
	char comm[HW_COMM_MAX]; /* choice.comm, if it is ours */
};

/*
 * Look for them in `s` (NULL: none). What is asked of processes is added to `o->choice`,
 * where there is room: it has one value of each kind. With -v each is told of. `o` borrows
 * from `t`.
 */
void hw_kernel_terms_find(struct hw_kernel_terms *t, const struct hw_selection *s,
			  struct hw_options *o);

#endif
