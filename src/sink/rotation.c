/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sink/rotation.c - see rotation.h */
#include "sink/rotation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

void hw_rotation_init(struct hw_rotation *r, const char *name,
		      const struct hw_rotation_options *options, time_t now)
{
	*r = (struct hw_rotation){ .name = name, .options = *options, .begun = now };
}

/* When both are due, the time goes first: its new file is empty, so the size is not due. */
static bool time_is_due(const struct hw_rotation *r, time_t now)
{
	return r->options.seconds && now - r->begun >= (time_t)r->options.seconds;
}

static enum hw_rotation_step turn_time(struct hw_rotation *r, time_t now)
{
	r->begun = now;
	r->number = 0;
	r->turns++;
	return !r->options.bytes_max && r->options.files_max && r->turns >= r->options.files_max
		       ? HW_ROTATION_END
		       : HW_ROTATION_NEXT;
}

static enum hw_rotation_step turn_size(struct hw_rotation *r)
{
	r->number++;
	if (r->options.files_max && r->number >= r->options.files_max)
		r->number = 0;
	return HW_ROTATION_NEXT;
}

enum hw_rotation_step hw_rotation_turn(struct hw_rotation *r, uint64_t bytes, time_t now)
{
	if (time_is_due(r, now))
		return turn_time(r, now);
	if (r->options.bytes_max && bytes > r->options.bytes_max)
		return turn_size(r);
	return HW_ROTATION_STAY;
}

/* The digits of the largest number, so that the names sort. */
static int number_width(const struct hw_rotation *r)
{
	int width = 0;

	if (!r->options.bytes_max || !r->options.files_max)
		return 0;
	for (uint32_t last = r->options.files_max - 1; last; last /= 10)
		width++;
	return width;
}

static int name_of_time(const struct hw_rotation *r, char ret[HW_ROTATION_PATH_MAX])
{
	struct tm local;

	if (!localtime_r(&r->begun, &local))
		return -ENAMETOOLONG; /* the year has more digits than an int */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the user's format, of no arguments */
	return strftime(ret, HW_ROTATION_PATH_MAX, r->name, &local) ? 0 : -ENAMETOOLONG;
#pragma GCC diagnostic pop
}

static int name_as_it_is(const struct hw_rotation *r, char ret[HW_ROTATION_PATH_MAX])
{
	const size_t size = strlen(r->name) + 1;

	if (size > HW_ROTATION_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret, r->name, size);
	return 0;
}

int hw_rotation_path(const struct hw_rotation *r, char ret[HW_ROTATION_PATH_MAX])
{
	const int err = r->options.seconds ? name_of_time(r, ret) : name_as_it_is(r, ret);
	const int width = number_width(r);
	size_t len, room;

	if (err || (r->number == 0 && width == 0))
		return err;
	len = strlen(ret);
	room = HW_ROTATION_PATH_MAX - len;
	return (size_t)snprintf(ret + len, room, "%0*u", width, r->number) < room ? 0
										  : -ENAMETOOLONG;
}

bool hw_rotation_parse_size(const char *text, uint64_t *ret_bytes)
{
	const uint64_t unit = 1000000;
	uint64_t nr;

	if (!hw_ascii_number(hw_slice_text(text), INT64_MAX / unit, &nr) || nr == 0)
		return false;
	*ret_bytes = nr * unit;
	return true;
}
