/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/walk.h - one call of the parser: what the files behind parser.h share
 *
 * A walk goes through one piece of input, step by step. search.c finds where a message starts,
 * head.c reads its head, body.c passes its body; held.c keeps what is not whole yet. Private to
 * this folder.
 */
#ifndef HW_HTTP_WALK_H
#define HW_HTTP_WALK_H

#include "base/stats.h"
#include "http/head_end.h"
#include "http/parser.h"

/* Where in the stream it is: hw_http_parser.state. */
enum hw_http_state {
	HW_AT_START,	  /* a message may start here */
	HW_AT_LINE,	  /* perhaps: its first line will tell */
	HW_AT_START_LINE, /* of a message */
	HW_AT_FIELDS,
	HW_AT_BODY_LENGTH,
	HW_AT_BODY_CHUNKED,
	HW_AT_BODY_CLOSE,
	HW_AT_PROXY,  /* in what a proxy says before the first message */
	HW_AT_SEARCH, /* for a start line, anywhere */
	HW_AT_OPAQUE, /* not HTTP; only the first bytes of each piece are looked at */
	HW_AT_NR,
};

/* hw_http_parser.flags */
enum hw_http_flag {
	HW_FLAG_SEEN = 1 << 0,	      /* there was a message */
	HW_FLAG_MIDSTREAM = 1 << 1,   /* the direction's beginning is not known */
	HW_FLAG_STRONG = 1 << 2,      /* at START, LINE: only a start line beyond doubt counts */
	HW_FLAG_BLANK_LINES = 1 << 3, /* empty lines stand before the message */
	HW_FLAG_GARBAGE = 1 << 4,     /* bytes of no message stand before it */
	HW_FLAG_VERSIONLESS = 1 << 5, /* its first line has no HTTP/ */
	HW_FLAG_UPGRADE = 1 << 6,     /* a tunnel may begin behind the body */
	HW_FLAG_MISSING = 1 << 7,     /* bytes of the body are missing */
	HW_FLAG_WANTED = 1 << 8,      /* someone wants the bytes of the body */
	HW_FLAG_SHORT = 1 << 9,	      /* memory is short for the head */
	HW_FLAG_BRIEF = 1 << 10,      /* at SEARCH: hardly HTTP; before: a proxy's header came */
};

/*
 * A piece of input, and how far it was read. Bytes [from, at) of it belong to what is being
 * gathered (a head, or the line searched) and follow what is held of it; they are copied there
 * only if the piece ends before it does.
 */
struct hw_http_walk {
	struct hw_http_parser *p;
	const struct hw_http_parsing *shared;
	void *ctx;
	const uint8_t *ptr;
	size_t len, from, at;
};

/* What of a head decides what follows it. */
struct hw_http_told {
	enum hw_http_kind kind;
	enum hw_http_framing framing;
	enum hw_http_asked asked; /* what a response answers */
	int32_t status_code;
	uint64_t body_len;
	bool has_upgrade, is_preface;
};

static inline void hw_http_count(const struct hw_http_walk *w, enum hw_stat stat, uint64_t by)
{
	hw_stats_add(w->shared->stats, stat, by);
}

static inline size_t hw_http_held_len(const struct hw_http_parser *p)
{
	return p->held ? p->held->len : 0;
}

static inline size_t hw_http_gathered(const struct hw_http_walk *w)
{
	return hw_http_held_len(w->p) + (w->at - w->from);
}

static inline void hw_http_go(struct hw_http_walk *w, enum hw_http_state state)
{
	w->p->state = (uint8_t)state;
	w->p->body = (struct hw_http_chunk){ 0 };
}

static inline void hw_http_set(struct hw_http_walk *w, unsigned int flags)
{
	w->p->flags |= (uint16_t)flags;
}

static inline void hw_http_unset(struct hw_http_walk *w, unsigned int flags)
{
	w->p->flags &= (uint16_t)~flags;
}

static inline bool hw_http_is(const struct hw_http_walk *w, unsigned int flags)
{
	return (w->p->flags & flags) != 0;
}

static inline struct hw_slice hw_http_without_cr(struct hw_slice line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* ---- held.c ---- */

/* Free what is held. */
void hw_http_free_held(struct hw_http_walk *w);

/* Forget what was gathered. */
void hw_http_drop(struct hw_http_walk *w);

/* What was gathered belongs to no message. */
void hw_http_pass_over(struct hw_http_walk *w);

/* Copy what is gathered in this piece behind what is held. Returns false: no memory. */
bool hw_http_hold(struct hw_http_walk *w);

/* All that is gathered in one slice: in place if it lies in this piece. Returns false: no memory. */
bool hw_http_gather(struct hw_http_walk *w, struct hw_slice *ret);

/* ---- search.c ---- */

/* Nothing is searched in what is gathered now: it becomes the beginning of the line. */
void hw_http_search(struct hw_http_walk *w);

/* `len` bytes that are not here stand before the first message, which may be next. */
void hw_http_skip_garbage(struct hw_http_walk *w, uint64_t len);

/* The stream is not HTTP. */
void hw_http_become_opaque(struct hw_http_walk *w);

/* Of the line searched only the end is kept, since a start line must end with it. */
void hw_http_shorten_held(struct hw_http_walk *w);

/* The stream is not HTTP, but this piece starts with a start line beyond doubt. */
bool hw_http_starts_strongly(struct hw_slice in);

/* The same as far as its first HW_HTTP_START_MAX bytes tell. */
bool hw_http_may_start_strongly(struct hw_slice in);

/* A method is told all the same, if nothing came behind it that says whose it is. */
void hw_http_end_start(struct hw_http_walk *w, enum hw_http_incomplete why);

/* A first line without its end is told all the same, if it says HTTP. */
void hw_http_end_line(struct hw_http_walk *w, enum hw_http_incomplete why);

/* ---- head.c ---- */

/* A head begins with what is gathered; `state` is where in it the walk is. */
void hw_http_begin(struct hw_http_walk *w, enum hw_http_state state, enum hw_http_tail tail);

/* A head does not end, for the reason `why`. */
void hw_http_cut(struct hw_http_walk *w, enum hw_http_incomplete why);

/*
 * What there is of a head is a request of HTTP/0.9, a line and no more: then it is whole. Returns
 * false: it is none.
 */
bool hw_http_end_simple(struct hw_http_walk *w);

/* Memory is short for a head: what lies in one place is all that can be read of it. */
void hw_http_cut_short(struct hw_http_walk *w);

/*
 * A few bytes of a line of a head, of which others are held: they are held, too, if that needs no
 * memory and comes to no limit.
 */
bool hw_http_hold_few(struct hw_http_parser *p, size_t max_head, struct hw_slice in);

/* ---- body.c ---- */

/* What follows a head that was told: RFC 9112 6.3. */
void hw_http_follow(struct hw_http_walk *w, const struct hw_http_told *m);

/* A message is over. */
void hw_http_done(struct hw_http_walk *w, bool whole);

/* The next `len` bytes of a body, of which the end is not among them. Returns false: they break it. */
bool hw_http_pass_part(struct hw_http_parser *p, uint64_t len);

/* Bytes [0, len) of the body are not there. Returns false if they are more than it. */
bool hw_http_pass_body(struct hw_http_walk *w, uint64_t len);

/* ---- a step in each state: something is read, or the state changes ---- */

void hw_http_at_start(struct hw_http_walk *w);
void hw_http_in_line(struct hw_http_walk *w);
void hw_http_in_start_line(struct hw_http_walk *w);
void hw_http_in_fields(struct hw_http_walk *w);
void hw_http_in_length(struct hw_http_walk *w);
void hw_http_in_chunked(struct hw_http_walk *w);
void hw_http_in_close(struct hw_http_walk *w);
void hw_http_in_proxy(struct hw_http_walk *w);
void hw_http_in_search(struct hw_http_walk *w);
void hw_http_in_opaque(struct hw_http_walk *w);

#endif
