/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/json_guess.c - a program for what most events are like
 *
 * A third of what a line shows is empty or zero in nearly every event of its kind: a response
 * has no method, few messages have anomalies. A program that takes that for granted writes
 * all of it as literals. Before it is used, a few words of the event say whether it may be.
 */
#include "event/json.h"
#include "event/json_step.h"

enum {
	EVENTS_MIN = 8,	 /* of a kind, before something is guessed */
	MISSES_MIN = 16, /* before it is no more guessed that a value is zero, */
	MISSES_PART = 8, /* if it was not in more than an eighth of all events */
	WORD = sizeof(uint64_t),
};

/* Where in memory zero says that the step's value is. Returns how many bytes; 0: nowhere. */
static size_t place_of_zero(const struct hw_json_step *s, size_t *ret)
{
	*ret = s->offset;
	switch ((enum hw_json_op)(s->op == HW_OP_SKIP ? s->when : s->op)) {
	case HW_OP_TEXT:
	case HW_OP_BASE64:
		*ret += offsetof(struct hw_slice, len);
		return sizeof(size_t);
	case HW_OP_SHORT_TEXT:
		*ret += offsetof(struct hw_short_text, len);
		return sizeof(uint8_t);
	case HW_OP_U8:
	case HW_OP_DIRECTION:
	case HW_OP_BOOL:
		return sizeof(uint8_t);
	case HW_OP_U16:
		return sizeof(uint16_t);
	case HW_OP_U32:
	case HW_OP_I32:
		return sizeof(uint32_t);
	case HW_OP_U64:
	case HW_OP_I64:
	case HW_OP_DURATION: /* not known */
	case HW_OP_RFC3339:
	case HW_OP_HEX64:
	case HW_OP_ANOMALIES:
	case HW_OP_REPEAT:
		return sizeof(uint64_t);
	case HW_OP_PAIRS:
	case HW_OP_LIST:
		*ret = s->nr_offset;
		return sizeof(size_t);
	default:
		return 0;
	}
}

/* The structs that these lie in consist of whole words, so that all of one can be read. */
static bool zero_of(const struct hw_json_step *s, struct hw_json_zero *ret)
{
	size_t at;
	const size_t len = place_of_zero(s, &at);

	if (len == 0 ||
	    (s->base != HW_BASE_EVENT && s->base != HW_BASE_HTTP && s->base != HW_BASE_EXCHANGE))
		return false;
	*ret = (struct hw_json_zero){ .base = s->base, .offset = (uint16_t)(at - at % WORD) };
	memset((uint8_t *)&ret->mask + at % WORD, 0xff, len);
	return true;
}

/* Not 0: it is not zero. */
static inline uint64_t wrong_bits(const struct hw_json_zero *z, const void *base)
{
	uint64_t word;

	memcpy(&word, (const uint8_t *)base + z->offset, sizeof(word));
	return word & z->mask;
}

static bool is_kind(const struct hw_json_step *s)
{
	return s->op == HW_OP_MADE_TEXT && s->base == HW_BASE_HTTP &&
	       s->offset == offsetof(struct hw_http_message, kind);
}

bool hw_json_guess_has(const struct hw_json_guess *g, const struct hw_json_step *s)
{
	struct hw_json_zero zero;

	if (is_kind(s))
		return true;
	for (size_t i = 0; zero_of(s, &zero) && i < g->zeros_nr; i++)
		if (g->zeros[i].base == zero.base && g->zeros[i].offset == zero.offset &&
		    g->zeros[i].mask == zero.mask)
			return true;
	return false;
}

static void choose_of(struct hw_json_guess *g, const struct hw_json *j, enum hw_field_base base,
		      const void *at)
{
	for (size_t i = 0; at && i < j->steps_nr && g->zeros_nr < HW_JSON_ZEROS_MAX; i++) {
		struct hw_json_zero *z = &g->zeros[g->zeros_nr];

		if (zero_of(&j->steps[i], z) && z->base == base)
			g->zeros_nr += !wrong_bits(z, at);
	}
}

/* All that is zero in the event with these bases. */
static void choose(struct hw_json_guess *g, const struct hw_json *j,
		   const void *const bases[HW_BASE_NR])
{
	g->zeros_nr = 0;
	choose_of(g, j, HW_BASE_EVENT, bases[HW_BASE_EVENT]);
	g->of_event_nr = g->zeros_nr;
	choose_of(g, j, HW_BASE_HTTP, bases[HW_BASE_HTTP]);
	choose_of(g, j, HW_BASE_EXCHANGE, bases[HW_BASE_EXCHANGE]);
}

/* Without memory it is done without. */
static void make(struct hw_json_guess *g, const struct hw_json *j, enum hw_http_kind kind)
{
	hw_json_free(g->json);
	g->json = NULL;
	hw_json_fold_guess(&g->json, j, g, kind);
}

static bool is_hopeless(const struct hw_json_guess *g, const struct hw_json_zero *z)
{
	return z->misses >= MISSES_MIN && z->misses > g->events / MISSES_PART;
}

/* What often does not hold is guessed no more. */
static void miss(struct hw_json_guess *g, const struct hw_json *j,
		 const void *const bases[HW_BASE_NR], enum hw_http_kind kind)
{
	const size_t before = g->zeros_nr;

	g->zeros_nr = g->of_event_nr = 0;
	for (size_t i = 0; i < before; i++) {
		struct hw_json_zero z = g->zeros[i];

		z.misses += wrong_bits(&z, bases[z.base]) != 0;
		if (is_hopeless(g, &z))
			continue;
		g->of_event_nr += z.base == HW_BASE_EVENT;
		g->zeros[g->zeros_nr++] = z;
	}
	if (g->zeros_nr < before)
		make(g, j, kind);
}

/* Rare. Returns what writes the event at hand. */
HW_APART static const struct hw_json *learn(struct hw_json_guess *g, const struct hw_json *j,
					    const void *const bases[HW_BASE_NR],
					    enum hw_http_kind kind)
{
	if (g->json) {
		miss(g, j, bases, kind);
		return j;
	}
	if (g->events % EVENTS_MIN == 0) {
		choose(g, j, bases);
		make(g, j, kind);
	}
	return g->json ? g->json : j;
}

const struct hw_json *hw_json_guess(struct hw_json *j, const void *const bases[HW_BASE_NR])
{
	const struct hw_http_message *m = bases[HW_BASE_HTTP];
	const enum hw_http_kind kind = m ? m->kind : HW_HTTP_REQUEST;
	const void *other = m ? m : bases[HW_BASE_EXCHANGE]; /* an event has one of both at most */
	struct hw_json_guess *g = &j->guesses[kind];
	uint64_t wrong = !g->json;

	g->events++;
	for (size_t i = 0; i < g->of_event_nr; i++)
		wrong |= wrong_bits(&g->zeros[i], bases[HW_BASE_EVENT]);
	for (size_t i = g->of_event_nr; i < g->zeros_nr; i++)
		wrong |= wrong_bits(&g->zeros[i], other);
	return wrong ? learn(g, j, bases, kind) : g->json;
}
