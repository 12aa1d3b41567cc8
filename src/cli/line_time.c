/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/line_time.c - see line_time.h */
#include "cli/line_time.h"

#include <string.h>
#include <time.h>

#include "base/duration.h"
#include "event/number.h"

/* A point, and the microseconds of a second. */
static uint8_t *write_fraction(uint8_t *ret, uint64_t time_ns)
{
	*ret++ = '.';
	return hw_write_digits(ret, (uint32_t)(time_ns % HW_NS_PER_S / 1000), 6);
}

/* At least two digits. */
static uint8_t *write_hours(uint8_t *ret, uint64_t hours)
{
	return hours < 100 ? hw_write_digits(ret, (uint32_t)hours, 2) : hw_write_u64(ret, hours);
}

/* Seldom a new second: the calendar is asked only then. */
static void set_prefix(struct hw_line_time *t, uint64_t second)
{
	const time_t at = (time_t)second;
	struct tm tm;

	if (t->style == HW_TIME_RFC3339)
		gmtime_r(&at, &tm);
	else
		localtime_r(&at, &tm);
	t->prefix_len = strftime(t->prefix, sizeof(t->prefix),
				 t->style == HW_TIME_CLOCK ? "%T" : "%F %T", &tm);
	if (t->style == HW_TIME_RFC3339)
		*strchr(t->prefix, ' ') = 'T';
	t->second = second;
}

static uint8_t *write_calendar(struct hw_line_time *t, uint64_t at_ns, uint8_t *ret)
{
	const uint64_t second = at_ns / HW_NS_PER_S;

	if (!t->begun || t->second != second)
		set_prefix(t, second);
	ret = write_fraction(mempcpy(ret, t->prefix, t->prefix_len), at_ns);
	if (t->style == HW_TIME_RFC3339)
		*ret++ = 'Z';
	return ret;
}

/* Time may go back in a capture. */
static uint8_t *write_span(uint64_t from_ns, uint64_t to_ns, uint8_t *ret)
{
	const uint64_t span = to_ns < from_ns ? from_ns - to_ns : to_ns - from_ns;
	const uint64_t seconds = span / HW_NS_PER_S;

	*ret++ = to_ns < from_ns ? '-' : ' ';
	ret = write_hours(ret, seconds / 3600);
	*ret++ = ':';
	ret = hw_write_digits(ret, (uint32_t)(seconds / 60 % 60), 2);
	*ret++ = ':';
	ret = hw_write_digits(ret, (uint32_t)(seconds % 60), 2);
	return write_fraction(ret, span);
}

/* Returns its end; without a time there is none. */
static uint8_t *write(struct hw_line_time *t, uint64_t at_ns, uint8_t *ret)
{
	switch (t->style) {
	case HW_TIME_CLOCK:
	case HW_TIME_DATE:
	case HW_TIME_RFC3339:
		return write_calendar(t, at_ns, ret);
	case HW_TIME_EPOCH:
		return write_fraction(hw_write_u64(ret, at_ns / HW_NS_PER_S), at_ns);
	case HW_TIME_DELTA:
		return write_span(t->begun ? t->last_ns : at_ns, at_ns, ret);
	case HW_TIME_ELAPSED:
		return write_span(t->begun ? t->first_ns : at_ns, at_ns, ret);
	case HW_TIME_NONE:
		break;
	}
	return ret;
}

size_t hw_line_time_next(struct hw_line_time *t, uint64_t at_ns, char ret[HW_LINE_TIME_MAX])
{
	uint8_t *const begin = (uint8_t *)ret, *end = write(t, at_ns, begin);

	if (end > begin)
		*end++ = ' ';
	*end = '\0';
	if (!t->begun)
		t->first_ns = at_ns;
	t->begun = true;
	t->last_ns = at_ns;
	return (size_t)(end - begin);
}
