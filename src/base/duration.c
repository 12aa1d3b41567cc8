/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/duration.c - see duration.h */
#include "base/duration.h"

#include "base/ascii.h"

static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "", HW_NS_PER_S },
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", HW_NS_PER_MS },
	{ "s", HW_NS_PER_S },
	{ "m", 60 * HW_NS_PER_S },
	{ "h", 3600 * HW_NS_PER_S },
	{ "d", 86400 * HW_NS_PER_S },
};

/* 0: there is no such unit. */
static uint64_t unit_of(struct hw_slice name)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (hw_slice_eq(name, hw_slice_text(units[i].name)))
			return units[i].ns;
	return 0;
}

/* What is behind the point, to the nanosecond: `unit` times a number below 1. */
static uint64_t fraction_of(struct hw_slice digits, uint64_t unit)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < digits.len && unit > 0; i++) {
		/* Units are multiples of ten but for minutes and so on, which have 9 zeros. */
		sum += unit / 10 * (digits.ptr[i] - '0') + unit % 10 * (digits.ptr[i] - '0') / 10;
		unit /= 10;
	}
	return sum;
}

static struct hw_slice take_digits(struct hw_slice *rest)
{
	const struct hw_slice ret = hw_slice(rest->ptr, hw_ascii_digits(*rest));

	*rest = hw_slice_after(*rest, ret.len);
	return ret;
}

bool hw_duration_read(struct hw_slice text, uint64_t *ret_ns)
{
	const struct hw_slice whole = take_digits(&text);
	struct hw_slice fraction = { 0 };
	uint64_t unit, n;

	if (hw_slice_starts(text, HW_SLICE("."))) {
		text = hw_slice_after(text, 1);
		fraction = take_digits(&text);
		if (!fraction.len)
			return false;
	}
	unit = unit_of(text);
	if (!unit || !hw_ascii_number(whole, INT64_MAX / unit - 1, &n))
		return false;
	*ret_ns = n * unit + fraction_of(fraction, unit);
	return true;
}
