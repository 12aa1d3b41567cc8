/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/rule.c - see rule.h */
#include "redact/rule.h"

/* clang-format off */
#define HW_REDACT(its_where, its_how, its_name, its_meaning) \
	{ .name = its_name, .where = HW_REDACT_IN_##its_where, .how = HW_REDACT_##its_how, \
	  .meaning = its_meaning },
#define HW_REDACT_TEXT(its_form, its_least, its_name, its_prefix, its_meaning) \
	{ .name = its_name, .prefix = its_prefix, .where = HW_REDACT_IN_TEXT, \
	  .how = HW_REDACT_##its_form, .least = its_least, .meaning = its_meaning },
/* clang-format on */

const struct hw_redact_rule hw_redact_rules[] = {
#include "redact/rule.def"
};

#undef HW_REDACT
#undef HW_REDACT_TEXT

const size_t hw_redact_rules_nr = sizeof(hw_redact_rules) / sizeof(hw_redact_rules[0]);

const char *hw_redact_where_text(enum hw_redact_where where)
{
	switch (where) {
	case HW_REDACT_IN_FIELD:
		return "field";
	case HW_REDACT_IN_PARAMETER:
		return "parameter";
	case HW_REDACT_IN_BOTH:
		return "field, parameter";
	case HW_REDACT_IN_URL:
		return "URL";
	case HW_REDACT_IN_TEXT:
		return "text";
	}
	return "";
}

static struct hw_slice without_dashes(struct hw_slice s)
{
	while (s.len > 0 && hw_redact_fold(s.ptr[0]) == '-')
		s = hw_slice_after(s, 1);
	return s;
}

bool hw_redact_same_name(struct hw_slice a, struct hw_slice b)
{
	for (;;) {
		a = without_dashes(a);
		b = without_dashes(b);
		if (a.len == 0 || b.len == 0)
			return a.len == b.len;
		if (hw_redact_fold(a.ptr[0]) != hw_redact_fold(b.ptr[0]))
			return false;
		a = hw_slice_after(a, 1);
		b = hw_slice_after(b, 1);
	}
}

bool hw_redact_is_rule(struct hw_slice name)
{
	for (size_t i = 0; i < hw_redact_rules_nr; i++)
		if (hw_redact_same_name(hw_slice_text(hw_redact_rules[i].name), name))
			return true;
	return false;
}
