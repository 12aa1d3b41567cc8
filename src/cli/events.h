/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/events.h - choosing events by name, and listing them
 */
#ifndef HW_CLI_EVENTS_H
#define HW_CLI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/schema.h"
#include "httpwire.h"

/*
 * Change `events` (HW_EVENT_* bits) as `list` says: names of events and of sets with
 * commas between, those with a - before them are taken out. Returns false, and leaves
 * `events` alone, if a name is not known; `ret_error` (of `error_max` bytes) then has it.
 */
bool hw_events_select(const char *list, uint32_t *events, char *ret_error, size_t error_max);

/*
 * List all events with their sets, or the fields of the `nr` events in `names`: as text, or
 * as a JSON Schema of the event in that form. Returns the code to exit with: HW_EXIT_USAGE if a name is not known.
 */
int hw_events_print(FILE *out, const struct hw_schema_options *form, const char *const *names,
		    size_t nr);

#endif
