/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/names.c - see names.h */
#include "redact/names.h"

#include <errno.h>
#include <stdlib.h>

enum {
	SLOTS = 4096,	  /* a power of two */
	NAMES_MAX = 1536, /* those of the rules and HW_REDACT_MAX, each with and without dashes */
	ENDING = 4,
};

struct name {
	char text[HW_REDACT_NAME_MAX]; /* folded */
	uint8_t len, where, how;
};

struct hw_redact_names {
	struct name all[NAMES_MAX]; /* `nr` whole names from the front, */
	size_t nr, ends_nr;	    /* `ends_nr` ends of names from the back */
	uint16_t slots[SLOTS];	    /* index in `all`, from 1; 0: free */
	uint8_t fold[256];	    /* hw_redact_fold() of each byte */
	bool may_end[256];	    /* by ending() of the ends */
	bool has_short_end;	    /* one that is shorter than that */
	struct {
		uint32_t first, middle, last; /* bit_of() these bytes of whole names */
	} bytes[HW_REDACT_NAME_MAX + 1];      /* by length */
};

static size_t slot_of(const struct hw_redact_names *n, struct hw_slice name)
{
	const uint32_t first = n->fold[name.ptr[0]];
	const uint32_t middle = n->fold[name.ptr[name.len / 2]];
	const uint32_t last = n->fold[name.ptr[name.len - 1]];
	const uint32_t hash = (uint32_t)name.len * 0x9e3779b1 + first * 0x85ebca6b +
			      middle * 0xc2b2ae35 + last * 0x27d4eb2f;

	return (hash ^ hash >> 15) % SLOTS;
}

/* A bit for a byte, the same for all that fold to the same. */
static uint32_t bit_of(const struct hw_redact_names *n, uint8_t c)
{
	return 1u << (n->fold[c] & 31);
}

/* Of three of the last ENDING bytes: tells most names from those that have an end. */
static uint8_t ending(const struct hw_redact_names *n, struct hw_slice name)
{
	const uint8_t *const last = name.ptr + name.len - ENDING;

	return (uint8_t)(n->fold[last[0]] * 37u + n->fold[last[2]] * 5u + n->fold[last[3]]);
}

/* `text` is folded. */
static bool equals(const struct hw_redact_names *n, struct hw_slice s, const char *text)
{
	for (size_t i = 0; i < s.len; i++)
		if (n->fold[s.ptr[i]] != (uint8_t)text[i])
			return false;
	return true;
}

/* What the end of a name is looked up by. */
static void index_end(struct hw_redact_names *n, struct hw_slice text)
{
	if (text.len < ENDING)
		n->has_short_end = true;
	else
		n->may_end[ending(n, text)] = true;
}

/* What a whole name is looked up by: the one that was added last. */
static void index_name(struct hw_redact_names *n, struct hw_slice text)
{
	size_t slot = slot_of(n, text);

	n->bytes[text.len].first |= bit_of(n, text.ptr[0]);
	n->bytes[text.len].middle |= bit_of(n, text.ptr[text.len / 2]);
	n->bytes[text.len].last |= bit_of(n, text.ptr[text.len - 1]);
	while (n->slots[slot])
		slot = (slot + 1) % SLOTS;
	n->slots[slot] = (uint16_t)n->nr;
}

/* `*` in front of it: what a name ends with. */
static int add(struct hw_redact_names *n, struct hw_slice text, enum hw_redact_where where,
	       enum hw_redact_how how)
{
	const bool is_end = text.len > 1 && text.ptr[0] == '*';
	struct name *to;

	text = hw_slice_after(text, is_end);
	if (text.len == 0 || text.len > HW_REDACT_NAME_MAX || memchr(text.ptr, '*', text.len) ||
	    n->nr + n->ends_nr == NAMES_MAX)
		return -EINVAL;
	to = is_end ? &n->all[NAMES_MAX - ++n->ends_nr] : &n->all[n->nr++];
	to->len = (uint8_t)text.len;
	to->where = (uint8_t)where;
	to->how = (uint8_t)how;
	for (size_t i = 0; i < text.len; i++)
		to->text[i] = (char)hw_redact_fold(text.ptr[i]);
	if (is_end)
		index_end(n, text);
	else
		index_name(n, text);
	return 0;
}

/* As it is, and without its dashes, but for one behind the *: compass is no *-pass. */
static int add_both(struct hw_redact_names *n, struct hw_slice name, enum hw_redact_where where,
		    enum hw_redact_how how)
{
	uint8_t bare[HW_REDACT_NAME_MAX + 1];
	size_t len = 0;
	int err;

	if (name.len > sizeof(bare))
		return -EINVAL;
	for (size_t i = 0; i < name.len; i++)
		if (hw_redact_fold(name.ptr[i]) != '-' || (i == 1 && name.ptr[0] == '*'))
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
	int err = choice->more_nr > HW_REDACT_MAX ? -EINVAL : 0;

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
	for (unsigned int c = 0; c < 256; c++)
		n->fold[c] = hw_redact_fold((uint8_t)c);
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
		    equals(n, hw_slice_after(name, name.len - end->len), end->text))
			return (enum hw_redact_how)end->how;
	}
	return HW_REDACT_NOTHING;
}

static enum hw_redact_how find_whole(const struct hw_redact_names *n, struct hw_slice name,
				     enum hw_redact_where where)
{
	for (size_t slot = slot_of(n, name); n->slots[slot]; slot = (slot + 1) % SLOTS) {
		const struct name *known = &n->all[n->slots[slot] - 1];

		if (known->len == name.len && known->where & where && equals(n, name, known->text))
			return (enum hw_redact_how)known->how;
	}
	return HW_REDACT_NOTHING;
}

static bool may_be_whole(const struct hw_redact_names *n, struct hw_slice name)
{
	return name.len <= HW_REDACT_NAME_MAX &&
	       n->bytes[name.len].first & bit_of(n, name.ptr[0]) &&
	       n->bytes[name.len].middle & bit_of(n, name.ptr[name.len / 2]) &&
	       n->bytes[name.len].last & bit_of(n, name.ptr[name.len - 1]);
}

static bool may_have_end(const struct hw_redact_names *n, struct hw_slice name)
{
	return n->has_short_end || (name.len >= ENDING && n->may_end[ending(n, name)]);
}

enum hw_redact_how hw_redact_names_find(const struct hw_redact_names *n, struct hw_slice name,
					enum hw_redact_where where)
{
	enum hw_redact_how how = HW_REDACT_NOTHING;

	if (name.len == 0)
		return HW_REDACT_NOTHING;
	if (may_be_whole(n, name))
		how = find_whole(n, name, where);
	if (!how && may_have_end(n, name))
		how = find_end(n, name, where);
	return how;
}
