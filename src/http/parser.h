/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/parser.h - one direction of a connection: bytes in, messages out
 *
 * Looks at the first bytes whether they start like HTTP, finds where each head ends,
 * reads it, and passes over the body by its framing to where the next message starts.
 * Any cut of the input gives the same calls, but for streams that are not HTTP: there only
 * the first bytes of each piece are looked at. A head that lies whole in one piece of
 * input is read where it is, without a copy. Nothing is scanned twice: the cost is
 * linear in the bytes, however they are cut.
 *
 * After a gap, in mid-stream, and where a body breaks its framing, it looks for the next
 * line that is a start line beyond doubt; after 256 KiB without one it takes the stream for
 * not HTTP. A body of known length is left by arithmetic, gap or not.
 */
#ifndef HW_HTTP_PARSER_H
#define HW_HTTP_PARSER_H

#include "base/buf.h"
#include "http/chunk.h"
#include "http/message.h"

/* Embed it by value, zeroed; the fields are for walk.h and what shares it. */
struct hw_http_parser {
	struct hw_http_chunk body; /* `left` also counts other bodies, and what was searched */
	struct hw_buf *held;	   /* start of a head, or NULL: nothing held */
	uint8_t state;
	uint8_t tail; /* enum hw_http_tail of a head */
	uint16_t flags;
	uint32_t passed; /* bytes of a chunked body so far, with its framing */
};

/* What a response answers, for the framing of its body. */
enum hw_http_asked {
	HW_HTTP_ASKED_ANY,     /* GET, POST, ..., or not known */
	HW_HTTP_ASKED_HEAD,    /* no body */
	HW_HTTP_ASKED_CONNECT, /* 2xx begins a tunnel */
};

/* The calls a parser makes. `ctx` is the one given to the parser's call. */
struct hw_http_reader {
	/*
	 * A head begins `offset` bytes behind the beginning of the piece at hand; less than 0:
	 * in an earlier one. May be NULL.
	 */
	void (*begin)(void *ctx, ptrdiff_t offset);
	/*
	 * A head: whole, or cut as `m->incomplete` says. For a response, the reader returns
	 * what its request was, since that decides whether a body follows (RFC 9112 6.3).
	 */
	enum hw_http_asked (*head)(void *ctx, const struct hw_http_message *m);
	/* Bytes of the body, chunk framing taken off, as far as they are here. May be NULL. */
	void (*body)(void *ctx, struct hw_slice bytes);
	/* Bytes of the body that were left out on purpose. May be NULL. */
	void (*passed)(void *ctx, uint64_t len);
	/*
	 * Before the message is over: what was odd in its chunk framing, if anything was.
	 * May be NULL.
	 */
	void (*odd)(void *ctx, hw_anomalies found);
	/*
	 * The message is over, `left` bytes before the end of the piece at hand. `whole` is
	 * false if bytes of the body are missing or cut.
	 */
	void (*done)(void *ctx, bool whole, size_t left);
	bool needs_bodies; /* no byte of a body may be left out: see hw_http_parser_leave_body() */
};

/* What all parsers of an engine share. */
struct hw_http_parsing {
	const struct hw_http_reader *reader;
	struct hw_http_scratch *scratch;
	struct hw_budget *budget;
	struct hw_stats *stats;
	size_t max_head; /* bytes */
};

/*
 * This direction's beginning was not captured. Its first bytes are looked at like a
 * beginning, since the captures of connections that are kept alive often start between
 * messages; if they are none, the next start line is searched.
 */
void hw_http_parser_midstream(struct hw_http_parser *p);

/* The next bytes. All are used or kept. Each call is a piece as TCP delivered it. */
void hw_http_parser_feed(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			 struct hw_slice in);

/*
 * As hw_http_parser_feed(), if there is nothing to say of these bytes: they are inside a body that
 * nobody wants, and not its last ones, or a few more of a head's line, of which some are held and
 * which have room there. Else returns false, and nothing was done. Calls nobody.
 */
bool hw_http_parser_pass(struct hw_http_parser *p, const struct hw_http_parsing *shared,
			 struct hw_slice in);

/*
 * Whether it makes no difference what these next bytes are: inside a body that nobody wants, not at its
 * end, and in what is not HTTP where they do not look like a message. Looks at 32 of them.
 */
bool hw_http_parser_ignores(const struct hw_http_parser *p, struct hw_slice in);

/*
 * `len` bytes come here that were left out on purpose, at most what
 * hw_http_parser_skippable() told. Unlike after a gap, the message is whole. Before the first
 * message they are any number of bytes that are of none.
 */
void hw_http_parser_skip(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			 uint64_t len);

/*
 * `len` bytes are missing here. Returns whether it is known all the same where the message
 * ends that they belong to.
 */
bool hw_http_parser_gap(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			uint64_t len);

/*
 * Nothing more comes. A head in progress is reported with `why` (never HW_HTTP_WHOLE);
 * a body until close is whole if `in_order` (FIN). Frees what the parser holds.
 */
void hw_http_parser_end(struct hw_http_parser *p, const struct hw_http_parsing *shared, void *ctx,
			enum hw_http_incomplete why, bool in_order);

/*
 * How many of the next bytes the parser will pass over whatever they are (a body or chunk
 * that nobody asked for, of known length or HW_HTTP_UNTIL_CLOSE); UINT64_MAX if it wants
 * nothing more at all (not HTTP). 0: it wants to see the next byte. For the gate of a live
 * capture.
 */
uint64_t hw_http_parser_skippable(const struct hw_http_parser *p);
#define HW_HTTP_UNTIL_CLOSE (UINT64_MAX - 1)

/*
 * What a source may leave out of what comes next, as far as that is worth a word: many bytes,
 * or of a body without a length many that were there already.
 */
enum hw_http_ahead_kind {
	HW_HTTP_AHEAD_NOTHING,
	HW_HTTP_AHEAD_BYTES,  /* the next `len`, see hw_http_parser_skippable() */
	HW_HTTP_AHEAD_CHUNKS, /* whole chunks: a line with a size is `len` bytes on (0: not known),
			       * the body's first one was `passed` bytes ago (modulo 2^32) */
	HW_HTTP_AHEAD_ALL,    /* not HTTP */
	/*
	 * Not from here, an answer of engine/ahead.c: the message at hand ends `len` bytes on, or its
	 * chunked body began `passed` bytes ago.
	 */
	HW_HTTP_AHEAD_END,
};

struct hw_http_ahead {
	enum hw_http_ahead_kind kind;
	uint32_t passed;
	uint64_t len;
};

struct hw_http_ahead hw_http_parser_ahead(const struct hw_http_parser *p);

/*
 * How many bytes on the message at hand ends, whatever they are; 0: one has just ended, or none
 * has begun yet. False: that is not known, or somebody wants these bytes.
 */
bool hw_http_parser_to_end(const struct hw_http_parser *p, uint64_t *ret);

/*
 * How many bytes on the next line with the size of a chunk begins, in a body that nobody asked
 * for. False: there is none, or it is not known.
 */
bool hw_http_parser_to_chunk(const struct hw_http_parser *p, uint64_t *ret);

/* Whether it is in a chunked body that nobody asked for, `ret_passed` bytes from its first line on. */
bool hw_http_parser_in_chunks(const struct hw_http_parser *p, uint32_t *ret_passed);

/*
 * Chunks were left out as hw_http_parser_ahead() told: `len` bytes, of which `data` are of the
 * body. The next line with a size begins `left` bytes on.
 */
void hw_http_parser_skip_chunks(struct hw_http_parser *p, const struct hw_http_parsing *shared,
				void *ctx, uint64_t len, uint64_t data, uint64_t left);

/* Of the body at hand the rest may be left out. May be called from hw_http_reader.body(). */
void hw_http_parser_leave_body(struct hw_http_parser *p);

/*
 * Whether there was no message yet, and what stands before the first one may be left out: see
 * hw_http_parser_skip().
 */
bool hw_http_parser_is_before_first(const struct hw_http_parser *p);

/* Whether it is inside a head, which is to come. */
bool hw_http_parser_is_in_head(const struct hw_http_parser *p);

/*
 * The response whose head was the last one has no body, as is known now: it answers HEAD. It is
 * over, unless bytes came behind its head. `body_len` is that of its message.
 */
void hw_http_parser_has_no_body(struct hw_http_parser *p, const struct hw_http_parsing *shared,
				void *ctx, uint64_t body_len);

/* Whether it is in a head whose first line is there. */
bool hw_http_parser_is_in_fields(const struct hw_http_parser *p);

/* Whether the last bytes were of no message, and the next one is looked for. */
bool hw_http_parser_is_lost(const struct hw_http_parser *p);

/* The last bytes that were fed, as far as they are kept: of a head that is not yet whole. */
struct hw_slice hw_http_parser_kept(const struct hw_http_parser *p);

/*
 * What there is of a parser that holds no bytes and is in no message, in 12 bits; 0 is a
 * zeroed one. HW_HTTP_PARSER_BUSY: it does or is. What was at rest is as it was again when
 * the same number awakes a zeroed parser.
 */
uint16_t hw_http_parser_rest(const struct hw_http_parser *p);
void hw_http_parser_awake(struct hw_http_parser *p, uint16_t rest);
enum { HW_HTTP_PARSER_BUSY = UINT16_MAX, HW_HTTP_PARSER_REST_BITS = 12 };

#endif
