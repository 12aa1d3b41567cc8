/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/names.c - see names.h */
#include "redact/names.h"

#include <errno.h>
#include <stdlib.h>

enum {
	SLOTS = 2048, /* a power of two */
	NAMES_MAX = SLOTS / 4,
};

struct name {
	char text[HW_REDACT_NAME_MAX]; /* folded */
	uint8_t len, where, how;
};

struct hw_redact_names {
	struct name all[NAMES_MAX]; /* `nr` whole names from the front, */
	size_t nr, ends_nr;	    /* `ends_nr` ends of names from the back */
	uint16_t slots[SLOTS];	    /* index in `all`, from 1; 0: free */
	bool may_end[256];	    /* by last_two() of the ends */
};

static size_t slot_of(struct hw_slice name)
{
	const uint32_t first = hw_redact_fold(name.ptr[0]);
	const uint32_t middle = hw_redact_fold(name.ptr[name.len / 2]);
	const uint32_t last = hw_redact_fold(name.ptr[name.len - 1]);
	const uint32_t hash = (uint32_t)name.len * 0x9e3779b1 + first * 0x85ebca6b +
			      middle * 0xc2b2ae35 + last * 0x27d4eb2f;

	return (hash ^ hash >> 15) % SLOTS;
}

/* Tells most names from those that have one of the ends; `name` has a byte or more. */
static uint8_t last_two(struct hw_slice name)
{
	const unsigned int last = hw_redact_fold(name.ptr[name.len - 1]);

	return (uint8_t)(name.len > 1 ? last + 37u * hw_redact_fold(name.ptr[name.len - 2]) : last);
}

/* `text` is folded. */
static bool equals(struct hw_slice s, const char *text)
{
	for (size_t i = 0; i < s.len; i++)
		if (hw_redact_fold(s.ptr[i]) != (uint8_t)text[i])
			return false;
	return true;
}

static int add(struct hw_redact_names *n, struct hw_slice text, enum hw_redact_where where,
	       enum hw_redact_how how)
{
	const bool is_end = text.len > 1 && text.ptr[0] == '*';
	struct name *to;
	size_t slot;

	text = hw_slice_after(text, is_end);
	if (text.len == 0 || text.len > HW_REDACT_NAME_MAX)
		return -EINVAL;
	if (n->nr + n->ends_nr == NAMES_MAX)
		return -ENOMEM;
	to = is_end ? &n->all[NAMES_MAX - ++n->ends_nr] : &n->all[n->nr++];
	to->len = (uint8_t)text.len;
	to->where = (uint8_t)where;
	to->how = (uint8_t)how;
	for (size_t i = 0; i < text.len; i++)
		to->text[i] = (char)hw_redact_fold(text.ptr[i]);
	if (is_end) {
		if (text.len == 1) /* what is before it may be anything */
			memset(n->may_end, true, sizeof(n->may_end));
		n->may_end[last_two(text)] = true;
		return 0;
	}
	for (slot = slot_of(text); n->slots[slot]; slot = (slot + 1) % SLOTS)
		;
	n->slots[slot] = (uint16_t)n->nr;
	return 0;
}

/* As it is, and without its dashes. */
static int add_both(struct hw_redact_names *n, struct hw_slice name, enum hw_redact_where where,
		    enum hw_redact_how how)
{
	uint8_t bare[HW_REDACT_NAME_MAX + 1];
	size_t len = 0;
	int err;

	if (name.len > sizeof(bare))
		return -EINVAL;
	for (size_t i = 0; i < name.len; i++)
		if (hw_redact_fold(name.ptr[i]) != '-')
			bare[len++] = name.ptr[i];
	err = add(n, name, where, how);
	return err || len == name.len || len == 0 ? err : add(n, hw_slice(bare, len), where, how);
}

bool hw_redact_is_chosen(const struct hw_redact_rule *rule, const struct hw_redact_choice *choice)
{
	for (size_t i = 0; i < choice->less_nr; i++)
		if (hw_redact_same_name(hw_slice_text(rule->name), hw_slice_text(choice->less[i])))
			return false;
	return true;
}

static int add_all(struct hw_redact_names *n, const struct hw_redact_choice *choice)
{
	int err = 0;

	for (size_t i = 0; i < choice->less_nr; i++)
		if (!hw_redact_is_rule(hw_slice_text(choice->less[i])))
			return -EINVAL;
	for (size_t i = 0; !err && i < choice->more_nr; i++)
		err = add_both(n, hw_slice_text(choice->more[i]), HW_REDACT_IN_BOTH,
			       HW_REDACT_WHOLE);
	for (size_t i = 0; !err && i < hw_redact_rules_nr; i++) {
		const struct hw_redact_rule *rule = &hw_redact_rules[i];

		if (rule->where & HW_REDACT_IN_BOTH && hw_redact_is_chosen(rule, choice))
			err = add_both(n, hw_slice_text(rule->name),
				       (enum hw_redact_where)rule->where,
				       (enum hw_redact_how)rule->how);
	}
	return err;
}

int hw_redact_names_new(struct hw_redact_names **ret, const struct hw_redact_choice *choice)
{
	struct hw_redact_names *n = calloc(1, sizeof(*n));
	int err;

	if (!n)
		return -ENOMEM;
	err = add_all(n, choice);
	if (err) {
		hw_redact_names_free(n);
		return err;
	}
	*ret = n;
	return 0;
}

void hw_redact_names_free(struct hw_redact_names *names)
{
	free(names);
}

static enum hw_redact_how find_end(const struct hw_redact_names *n, struct hw_slice name,
				   enum hw_redact_where where)
{
	for (size_t i = NAMES_MAX - n->ends_nr; i < NAMES_MAX; i++) {
		const struct name *end = &n->all[i];

		if (end->where & where && end->len <= name.len &&
		    equals(hw_slice_after(name, name.len - end->len), end->text))
			return (enum hw_redact_how)end->how;
	}
	return HW_REDACT_NOTHING;
}

enum hw_redact_how hw_redact_names_find(const struct hw_redact_names *n, struct hw_slice name,
					enum hw_redact_where where)
{
	if (name.len == 0)
		return HW_REDACT_NOTHING;
	for (size_t slot = slot_of(name); n->slots[slot]; slot = (slot + 1) % SLOTS) {
		const struct name *known = &n->all[n->slots[slot] - 1];

		if (known->len == name.len && known->where & where && equals(name, known->text))
			return (enum hw_redact_how)known->how;
	}
	if (!n->may_end[last_two(name)])
		return HW_REDACT_NOTHING;
	return find_end(n, name, where);
}
