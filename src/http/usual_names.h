/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/usual_names.h - names of fields that came before, and which comes behind which
 *
 * Heads of one kind have much the same names in the same order. So the name that came last
 * behind another is the one to compare with first; if it is that one all that is to be known
 * of it is known. No answer depends on what came before, only how soon it is found.
 */
#ifndef HW_HTTP_USUAL_NAMES_H
#define HW_HTTP_USUAL_NAMES_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "http/message.h"
#include "http/name.h"

enum {
	HW_HTTP_USUAL_NR = 64,	 /* names that are known at once; a power of two */
	HW_HTTP_USUAL_TEXT = 32, /* bytes of one at most, with its colon */
	HW_HTTP_USUAL_PIECE = 16,
};

struct hw_http_note;

/* A name of letters, digits and - as it was received. */
struct hw_http_usual_name {
	uint8_t text[HW_HTTP_USUAL_TEXT];      /* with its colon */
	uint8_t canonical[HW_HTTP_USUAL_TEXT]; /* as Go has it */
	uint64_t key;			       /* of that: see name.h */
	uint64_t number;		       /* of struct hw_http_field */
	uint16_t others; /* of the first 16 bytes those that are not of the text, a bit each */
	uint8_t len;	 /* without the colon; 0: none */
	uint8_t last;	 /* where in the text its last 16 bytes begin; 0: they are the first */
	uint8_t name;	 /* enum hw_http_name */
	bool is_canonical;
	uint8_t next; /* index of the one that came behind it last */
};

/* All zero: nothing came before. */
struct hw_http_usual_names {
	struct hw_http_usual_name names[HW_HTTP_USUAL_NR];
	uint64_t changes;      /* how often one took a place */
	uint8_t first[2];      /* index of what began the last head, by enum hw_http_kind */
	uint8_t behind_others; /* of what came last behind a line that is not here */
};

/*
 * A name that its colon follows was none of these, or not the one at `next`. From now on it is.
 * Returns what tells the next name then.
 */
uint8_t *hw_http_usual_learn(struct hw_http_usual_names *u, uint8_t *next, struct hw_slice name,
			     const struct hw_http_note *note);

static inline bool hw_http_usual_is_short(const struct hw_http_usual_name *n, const uint8_t *at,
					  size_t readable)
{
	return n->len > 0 && readable > n->len && memcmp(at, n->text, n->len + 1u) == 0;
}

#ifdef __SSE2__
/* All bits of the bytes that are the same. */
static inline __m128i hw_http_usual_same(const uint8_t *a, const uint8_t *b)
{
	return _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)a),
			      _mm_loadu_si128((const __m128i *)(const void *)b));
}

/*
 * Whether the name, which is one, and its colon begin what is at `at`, of which as many bytes can
 * be read, and HW_HTTP_USUAL_PIECE at least. The first 16 bytes are compared, and the last, which
 * are the first where there are others.
 */
static inline bool hw_http_usual_is_there(const struct hw_http_usual_name *n, const uint8_t *at)
{
	__m128i same = hw_http_usual_same(at, n->text);

	if (n->last)
		same = _mm_and_si128(same, hw_http_usual_same(at + n->last, n->text + n->last));
	return ((unsigned int)_mm_movemask_epi8(same) | n->others) == 0xffff;
}
#else
static inline bool hw_http_usual_is_there(const struct hw_http_usual_name *n, const uint8_t *at)
{
	return memcmp(at, n->text, n->len + 1u) == 0;
}
#endif

/* The same, of which `readable` bytes can be read. None is nowhere. */
static inline bool hw_http_usual_is(const struct hw_http_usual_name *n, const uint8_t *at,
				    size_t readable)
{
	if (readable < HW_HTTP_USUAL_PIECE || readable <= n->len)
		return hw_http_usual_is_short(n, at, readable);
	return hw_http_usual_is_there(n, at);
}

#endif
