/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_limit.c - how much of it is kept */
#include "cli/option.h"

#include "cli/value.h"

static const char *set_max_memory(struct hw_options *o, const char *value)
{
	if (!hw_value_size(value, &o->engine.max_memory))
		return hw_value_complain(o, value, "a size from 1k, such as 64M or 2G");
	return NULL;
}

static const char *set_max_head(struct hw_options *o, const char *value)
{
	if (!hw_value_size(value, &o->engine.max_head))
		return hw_value_complain(o, value, "a size from 1k, such as 64k or 1M");
	return NULL;
}

static const char *set_max_connections(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "", &n) || n == 0 || n > INT32_MAX)
		return hw_value_complain(o, value, "a number from 1 to 2147483647");
	o->engine.max_connections = (uint32_t)n;
	return NULL;
}

/* clang-format off */
static const struct hw_option_row rows[] = {
	{ { "max-memory", "SIZE", 0, HW_OPTION_LIMIT, "256M",
	    "for what the input makes httpwire keep",
	    "SIZE is in bytes, or with k, M or G. When it is used up, the connections that "
	    "were idle longest are given up, and counted.",
	    .is_rare = true },
	  set_max_memory },
	{ { "max-head", "SIZE", 0, HW_OPTION_LIMIT, "256k",
	    "for the head of one message",
	    "A message with a longer head is reported as incomplete.",
	    .is_rare = true },
	  set_max_head },
	{ { "max-connections", "N", 0, HW_OPTION_LIMIT, "1048576",
	    "followed at the same time",
	    NULL,
	    .is_rare = true },
	  set_max_connections },
};
/* clang-format on */

const struct hw_option_rows hw_limit_options = { rows, sizeof(rows) / sizeof(rows[0]) };
