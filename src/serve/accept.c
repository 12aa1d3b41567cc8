/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/accept.c - see accept.h */
#include "serve/accept.h"

#include "base/ascii.h"

enum { WHOLE = 1000 }; /* q=1 */

static struct hw_slice trim(struct hw_slice s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = hw_slice_after(s, 1);
	while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
		s.len--;
	return s;
}

/* The next of a list; false at its end. */
static bool next(struct hw_slice *rest, char sep, struct hw_slice *ret)
{
	if (!hw_slice_cut(rest, sep, ret)) {
		if (!rest->len)
			return false;
		*ret = *rest;
		rest->len = 0;
	}
	*ret = trim(*ret);
	return true;
}

/* "0.75" in thousandths; what is no weight is 0. RFC 9110 12.4.2 */
static unsigned int weight(struct hw_slice s)
{
	unsigned int n = 0, unit = WHOLE;

	for (size_t i = 0; i < s.len && i < 5; i++) {
		if (i == 1 && s.ptr[i] == '.')
			continue;
		if (!hw_ascii_is_digit(s.ptr[i]))
			return 0;
		n += (unsigned int)(s.ptr[i] - '0') * unit;
		unit /= 10;
	}
	return n < WHOLE ? n : WHOLE;
}

/* A version that we make: 0.0.1 was the draft of 1.0.0. */
static bool is_made(struct hw_slice version)
{
	return hw_slice_eq(version, HW_SLICE("1.0.0")) || hw_slice_eq(version, HW_SLICE("0.0.1"));
}

static void take(struct hw_slice range, unsigned int *openmetrics, unsigned int *text)
{
	unsigned int q = WHOLE;
	bool made = true;
	struct hw_slice type, parameter;

	if (!next(&range, ';', &type))
		return;
	while (next(&range, ';', &parameter)) {
		struct hw_slice name;

		if (!hw_slice_cut(&parameter, '=', &name))
			continue;
		if (hw_slice_eq_nocase(name, HW_SLICE("q")))
			q = weight(parameter);
		if (hw_slice_eq_nocase(name, HW_SLICE("version")))
			made = is_made(parameter);
	}
	if (hw_slice_eq_nocase(type, HW_SLICE("application/openmetrics-text"))) {
		if (made && q > *openmetrics)
			*openmetrics = q;
	} else if (hw_slice_eq_nocase(type, HW_SLICE("text/plain")) && q > *text) {
		*text = q;
	}
}

enum hw_metrics_format hw_accept_format(struct hw_slice accept)
{
	unsigned int openmetrics = 0, text = 0;
	struct hw_slice range;

	while (next(&accept, ',', &range))
		take(range, &openmetrics, &text);
	return openmetrics && openmetrics >= text ? HW_METRICS_OPENMETRICS : HW_METRICS_TEXT;
}
