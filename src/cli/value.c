/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/value.c - see value.h */
#include "cli/value.h"

#include <stdio.h>
#include <string.h>

#include "base/ascii.h"

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
