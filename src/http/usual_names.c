/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/usual_names.c - see usual_names.h */
#include "http/usual_names.h"

#include <stdatomic.h>

#include "http/reading.h"

enum { PLACES = 16 }; /* that a name may be at: it is looked for only where it is not expected */

/* By its length, its beginning and its end: Sec-Fetch-Site, -Mode, -User and -Dest begin alike. */
static size_t place_of(struct hw_slice name, const struct hw_http_note *note)
{
	uint64_t end = 0, mixed;

	if (name.len >= sizeof(end))
		memcpy(&end, name.ptr + name.len - sizeof(end), sizeof(end));
	mixed = (note->key ^ name.len << 3 ^ end >> 7) * 0x9e3779b97f4a7c15;
	return (size_t)(mixed >> 56) % HW_HTTP_USUAL_NR; /* short names are in the top bits alone */
}

/* Of all names of all engines: who is told of a field may remember what its name means. */
static uint64_t next_number(void)
{
	static atomic_uint_least64_t last;

	return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static void fill(struct hw_http_usual_name *n, struct hw_slice name,
		 const struct hw_http_note *note)
{
	const size_t len = name.len + 1; /* with the colon */

	*n = (struct hw_http_usual_name){
		.key = note->key,
		.number = next_number(),
		.len = (uint8_t)name.len,
		.name = note->name,
		.is_canonical = note->canonical.ptr == name.ptr,
	};
	if (len > HW_HTTP_USUAL_PIECE)
		n->last = (uint8_t)(len - HW_HTTP_USUAL_PIECE);
	else
		n->others = (uint16_t)(0xffffu << len);
	memcpy(n->text, name.ptr, len);
	memcpy(n->canonical, note->canonical.ptr, name.len);
}

/* Names that nobody sent before are told apart without a call: they may come in masses. */
static bool is_it(const struct hw_http_usual_name *n, struct hw_slice name, uint64_t key)
{
	return n->key == key && n->len == name.len && memcmp(n->text, name.ptr, name.len) == 0;
}

/* Where the name is, or is to be: among a few places the one that has it, or is free. */
static size_t find(const struct hw_http_usual_names *u, struct hw_slice name,
		   const struct hw_http_note *note)
{
	const size_t first = place_of(name, note);
	size_t at = first;

	for (size_t i = 0; i < PLACES; i++) {
		at = (first + i) % HW_HTTP_USUAL_NR;
		if (u->names[at].len == 0 || is_it(&u->names[at], name, note->key))
			return at;
	}
	return at;
}

HW_APART uint8_t *hw_http_usual_learn(struct hw_http_usual_names *u, uint8_t *next,
				      struct hw_slice name, const struct hw_http_note *note)
{
	size_t place;

	if (name.len >= HW_HTTP_USUAL_TEXT)
		return &u->behind_others;
	place = find(u, name, note);
	*next = (uint8_t)place;
	if (!is_it(&u->names[place], name, note->key)) {
		fill(&u->names[place], name, note);
		u->changes++;
	}
	return &u->names[place].next;
}
