/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/selection.h - which events are shown: -Y and the options that are short for it
 */
#ifndef HW_CLI_SELECTION_H
#define HW_CLI_SELECTION_H

#include "cli/options.h"
#include "event/event.h"

struct hw_query;
struct hw_selection; /* opaque */

/*
 * Compile what `o` asks for; `ret` is NULL if that is nothing. Returns HW_EXIT_OK, or
 * after a message the code to exit with: also where it can hold for no event that is made.
 */
int hw_selection_new(struct hw_selection **ret, const struct hw_options *o);

/* Takes NULL. */
void hw_selection_free(struct hw_selection *s);

/* The i-th expression, for who looks at what it asks; NULL: no more. `s` may be NULL. */
struct hw_query *hw_selection_query(const struct hw_selection *s, size_t i);

/* Whether all expressions hold for the event. */
bool hw_selection_has(struct hw_selection *s, const struct hw_event *event);

/*
 * An engine with `engine` as options, which makes no more of the messages than is read by whoever
 * is shown them as `o` says, and by an expression. `s` may be NULL. Returns as hw_engine_new().
 */
int hw_selection_engine(struct hw_engine **ret, const struct hw_selection *s,
			const struct hw_options *o, const struct hw_engine_options *engine);

/* How many times a regular expression was given up. */
uint64_t hw_selection_given_up(const struct hw_selection *s);

#endif
