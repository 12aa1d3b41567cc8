/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/amount.c - see amount.h */
#include "event/amount.h"

#include "base/duration.h"
#include "event/number.h"

enum { NS_PER_US = 1000 };

static void add_digits(struct hw_line *l, uint64_t n, unsigned digits)
{
	uint8_t room[9];

	hw_line_add(l, hw_slice(room, (size_t)(hw_write_digits(room, (uint32_t)n, digits) - room)));
}

/* `n` of `unit`s with `decimals` digits behind the point. */
static void add_decimal(struct hw_line *l, uint64_t n, uint64_t unit, unsigned decimals)
{
	uint64_t scale = 1;

	for (unsigned i = 0; i < decimals; i++)
		scale *= 10;
	hw_line_number(l, n / unit);
	if (!decimals)
		return;
	hw_line_text(l, ".");
	add_digits(l, n % unit * scale / unit, decimals);
}

void hw_amount_size(struct hw_line *l, uint64_t bytes)
{
	static const char *const units[] = { "", "k", "M", "G", "T" };
	int unit = 0, shift = 0;

	while (bytes >> shift >= 1024 && unit < 4) {
		unit++;
		shift += 10;
	}
	/* One digit behind the point, of at most 10 units: no overflow above. */
	if (unit && bytes >> shift < 10)
		add_decimal(l, bytes >> (shift - 10), 1024, 1);
	else
		hw_line_number(l, bytes >> shift);
	hw_line_text(l, units[unit]);
}

static void add_two(struct hw_line *l, uint64_t n, const char *unit, uint64_t rest,
		    const char *rest_unit)
{
	hw_line_number(l, n);
	hw_line_text(l, unit);
	add_digits(l, rest, 2);
	hw_line_text(l, rest_unit);
}

void hw_amount_duration(struct hw_line *l, uint64_t ns)
{
	const uint64_t seconds = ns / HW_NS_PER_S;

	if (ns < HW_NS_PER_MS) {
		hw_line_number(l, ns / NS_PER_US);
		hw_line_text(l, "us");
	} else if (ns < HW_NS_PER_S) {
		add_decimal(l, ns, HW_NS_PER_MS, ns < 100 * HW_NS_PER_MS ? 1 : 0);
		hw_line_text(l, "ms");
	} else if (seconds < 100) {
		add_decimal(l, ns, HW_NS_PER_S, seconds < 10 ? 2 : 1);
		hw_line_text(l, "s");
	} else if (seconds < 6000) {
		add_two(l, seconds / 60, "m", seconds % 60, "s");
	} else {
		add_two(l, seconds / 3600, "h", seconds / 60 % 60, "m");
	}
}

void hw_amount_seconds(struct hw_line *l, uint64_t ns)
{
	hw_line_number(l, ns / HW_NS_PER_S);
	hw_line_text(l, ".");
	add_digits(l, ns % HW_NS_PER_S, 9);
}

const char *hw_status_color(int32_t code)
{
	static const char *const colors[] = { "\x1b[36m", "\x1b[32m", "\x1b[34m", "\x1b[33m",
					      "\x1b[1;31m" };

	return code >= 100 && code < 600 ? colors[code / 100 - 1] : "\x1b[35m";
}
