/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/chunk.h - take the chunk framing off a body
 *
 * RFC 9112 7.1, as lenient as what is still one reading: blanks behind the size and lines
 * that end with LF alone are passed, and noted. A size that is no number, or data without
 * a line end behind it, ends the body: nobody knows where the next chunk is.
 */
#ifndef HW_HTTP_CHUNK_H
#define HW_HTTP_CHUNK_H

#include "base/slice.h"
#include "http/anomaly.h"

enum {
	HW_HTTP_CHUNK_LINE_MAX = 16 << 10,    /* bytes of a size with its extensions */
	HW_HTTP_CHUNK_TRAILER_MAX = 64 << 10, /* bytes of the trailer section */
};

/* Embed it by value, zeroed at the start of a body. */
struct hw_http_chunk {
	uint64_t left; /* bytes of the chunk's data still to come */
	uint32_t line; /* bytes of the line or the trailers so far */
	uint8_t state;
	uint8_t odd;		     /* what hw_http_chunk_anomalies() tells */
	uint8_t trailer, trailer_at; /* private: which name the trailer at hand may have, so far */
};

enum hw_http_chunk_result {
	HW_HTTP_CHUNK_MORE, /* all bytes are used */
	HW_HTTP_CHUNK_DATA, /* `ret_data` has bytes of the body; go on with the rest */
	HW_HTTP_CHUNK_END,  /* the body is over; what is left follows it */
	HW_HTTP_CHUNK_BAD,  /* no chunk framing from the first byte left on */
};

/* Use bytes of `in`, and move it behind them. */
enum hw_http_chunk_result hw_http_chunk_read(struct hw_http_chunk *c, struct hw_slice *in,
					     struct hw_slice *ret_data);

/* `len` bytes are not there. Returns false if they are not all of one chunk's data. */
bool hw_http_chunk_skip(struct hw_http_chunk *c, uint64_t len);

/* How many of the next bytes are data of the chunk at hand. */
uint64_t hw_http_chunk_left(const struct hw_http_chunk *c);

/* How many bytes on the next line with a size begins. False: in one, or behind the last. */
bool hw_http_chunk_to_line(const struct hw_http_chunk *c, uint64_t *ret);

/* Whole chunks are not there: the next line with a size begins `left` bytes on. */
void hw_http_chunk_go_to(struct hw_http_chunk *c, uint64_t left);

enum { HW_HTTP_CHUNK_END_LEN = 2 }; /* of the line end behind a chunk's data */

/* What was odd in the body so far. */
hw_anomalies hw_http_chunk_anomalies(const struct hw_http_chunk *c);

#endif
