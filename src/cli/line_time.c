/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/line_time.c - see line_time.h */
#include "cli/line_time.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const uint64_t second_ns = 1000000000;

/* Seldom a new second: the calendar is asked only then. */
static size_t format_calendar(struct hw_line_time *t, uint64_t at_ns, char *ret)
{
	const uint64_t second = at_ns / second_ns;
	const char *end = "";

	if (!t->begun || t->second != second) {
		const time_t at = (time_t)second;
		struct tm tm;

		if (t->style == HW_TIME_RFC3339)
			gmtime_r(&at, &tm);
		else
			localtime_r(&at, &tm);
		strftime(t->prefix, sizeof(t->prefix), t->style == HW_TIME_CLOCK ? "%T" : "%F %T",
			 &tm);
		if (t->style == HW_TIME_RFC3339)
			*strchr(t->prefix, ' ') = 'T';
		t->second = second;
	}
	if (t->style == HW_TIME_RFC3339)
		end = "Z";
	return (size_t)snprintf(ret, HW_LINE_TIME_MAX, "%.32s.%06" PRIu64 "%s ", t->prefix,
				at_ns % second_ns / 1000, end);
}

/* Time may go back in a capture. */
static size_t format_span(uint64_t from_ns, uint64_t to_ns, char *ret)
{
	const uint64_t span = to_ns < from_ns ? from_ns - to_ns : to_ns - from_ns;
	const uint64_t seconds = span / second_ns;

	return (size_t)snprintf(ret, HW_LINE_TIME_MAX,
				"%c%02" PRIu64 ":%02" PRIu64 ":%02" PRIu64 ".%06" PRIu64 " ",
				to_ns < from_ns ? '-' : ' ', seconds / 3600, seconds / 60 % 60,
				seconds % 60, span % second_ns / 1000);
}

static size_t format(struct hw_line_time *t, uint64_t at_ns, char *ret)
{
	switch (t->style) {
	case HW_TIME_CLOCK:
	case HW_TIME_DATE:
	case HW_TIME_RFC3339:
		return format_calendar(t, at_ns, ret);
	case HW_TIME_EPOCH:
		return (size_t)snprintf(ret, HW_LINE_TIME_MAX, "%" PRIu64 ".%06" PRIu64 " ",
					at_ns / second_ns, at_ns % second_ns / 1000);
	case HW_TIME_DELTA:
		return format_span(t->begun ? t->last_ns : at_ns, at_ns, ret);
	case HW_TIME_ELAPSED:
		return format_span(t->begun ? t->first_ns : at_ns, at_ns, ret);
	case HW_TIME_NONE:
		break;
	}
	ret[0] = '\0';
	return 0;
}

size_t hw_line_time_next(struct hw_line_time *t, uint64_t at_ns, char ret[HW_LINE_TIME_MAX])
{
	const size_t len = format(t, at_ns, ret);

	if (!t->begun)
		t->first_ns = at_ns;
	t->begun = true;
	t->last_ns = at_ns;
	return len;
}
