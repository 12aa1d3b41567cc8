/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/shape.h - heads that have the names of one that came before, in the same order
 *
 * What a client or a server sends differs in the values of the fields, hardly in their names.
 * What depends on the names alone is then known before they are read: which they are, how many
 * there are of each, and where the header of each comes once they are sorted. Such heads are
 * read line by line in one loop. No answer depends on what came before, only how soon it is
 * found.
 */
#ifndef HW_HTTP_SHAPE_H
#define HW_HTTP_SHAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/name.h"

enum {
	HW_HTTP_SHAPE_FIELDS = 40, /* of more fields no shape is kept */
	HW_HTTP_SHAPES = 8,	   /* that are known at once, for each kind of message */
};

struct hw_http_reading;
struct hw_http_rank;
struct hw_http_usual_name;

/* The fields that have each of the names that are known, blanks before the colon or not. */
struct hw_http_tally {
	uint32_t nr[HW_HTTP_NAME_NR];
	uint32_t first[HW_HTTP_NAME_NR]; /* index of the first, if there is one */
};

/* A field, and where its header comes. */
struct hw_http_shape_line {
	const struct hw_http_usual_name *usual; /* its name, as long as that has `number` */
	uint64_t number;			/* of struct hw_http_field */
	size_t place; /* of the header, in bytes from the first; behind the last: it has none */
};

/* No name that is known is there twice. */
struct hw_http_shape {
	struct hw_http_shape_line lines[HW_HTTP_SHAPE_FIELDS];
	struct hw_http_tally tally;
	size_t fields_nr, headers_nr; /* no fields: none */
	uint64_t as_of;		      /* so many changes of usual names it was looked at */
	unsigned int removed;	      /* names that Go takes out, one bit each */
};

/*
 * Read all fields of the head, and put the headers where they come, if it has the shape of one
 * that came before: `r->is_shaped` then, and there are no notes.
 * Returns false, and nothing was read, if it has not. The start line has been read.
 */
bool hw_http_shape_read(struct hw_http_reading *r);

/*
 * Of what hw_http_shape_read() read: whether the headers are all that they should be. Which are
 * left out, and of several lengths how many, is decided by the names and by `removed`.
 */
bool hw_http_shape_fits(const struct hw_http_reading *r, unsigned int removed);

/* Of what hw_http_shape_read() read: the notes. Returns false if memory is short. */
bool hw_http_shape_note(struct hw_http_reading *r);

/* The headers of the head are those of the fields `sorted[0..nr)`. */
void hw_http_shape_learn(struct hw_http_reading *r, unsigned int removed,
			 const struct hw_http_rank *sorted, size_t nr);

#endif
