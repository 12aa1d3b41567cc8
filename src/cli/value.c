/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/value.c - see value.h */
#include "cli/value.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "base/duration.h"

enum { SIZE_LEAST = 1 << 10 }; /* of --max-memory and --max-head */

const char *hw_value_complain(struct hw_options *o, const char *value, const char *wanted)
{
	snprintf(o->complaint, sizeof(o->complaint), "'%.100s' is not %s", value, wanted);
	return o->complaint;
}

int hw_value_choose(const char *const *names, const char *value)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], value) == 0)
			return i;
	return -1;
}

bool hw_value_number(const char *value, const char *units, uint64_t *ret)
{
	const char *const end = value + hw_ascii_digits(hw_slice_text(value));
	uint64_t n;

	if (!hw_ascii_number(hw_slice(value, (size_t)(end - value)), UINT64_MAX, &n))
		return false;
	if (*end != '\0') {
		const char *unit = strchr(units, *end | 0x20);
		const int shift = unit ? 10 * (int)(unit - units + 1) : 0;

		if (!unit || end[1] != '\0' || n > UINT64_MAX >> shift)
			return false;
		n <<= shift;
	}
	*ret = n;
	return true;
}

bool hw_value_size(const char *value, size_t *ret)
{
	uint64_t n;

	if (!hw_value_number(value, "kmgt", &n) || n < SIZE_LEAST || n > SIZE_MAX / 2)
		return false;
	*ret = (size_t)n;
	return true;
}

/* Nanoseconds of a whole `unit`; 0: there is no such unit. */
static uint64_t unit_of_time(const char *unit)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = {
		{ "", HW_NS_PER_S },	     { "s", HW_NS_PER_S },
		{ "ms", HW_NS_PER_MS },	     { "m", 60 * HW_NS_PER_S },
		{ "h", 3600 * HW_NS_PER_S }, { "d", 86400 * HW_NS_PER_S },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(unit, units[i].unit) == 0)
			return units[i].ns;
	return 0;
}

/* The digits behind the point, up to the first other byte. */
static uint64_t fraction_of(uint64_t unit, const char *digits)
{
	uint64_t ret = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++) {
		unit /= 10;
		ret += (uint64_t)(*digits - '0') * unit;
	}
	return ret;
}

bool hw_value_time(const char *value, uint64_t *ret_ns)
{
	const size_t digits = strspn(value, "0123456789");
	const bool has_point = value[digits] == '.';
	const char *point = value + digits + has_point;
	const size_t behind = has_point ? strspn(point, "0123456789") : 0;
	const uint64_t unit = unit_of_time(point + behind);
	char number[24];
	uint64_t n;

	if (digits >= sizeof(number) || unit == 0 || has_point != (behind > 0))
		return false;
	memcpy(number, value, digits);
	number[digits] = '\0';
	if (!hw_value_number(number, "", &n) || n > UINT64_MAX / unit - 1)
		return false;
	*ret_ns = n * unit + (has_point ? fraction_of(unit, point) : 0);
	return true;
}
