/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/reading.h - one head being read: what the files behind message.h share
 *
 * message.c calls in turn start_line.c, field.c, length.c and header.c; each fills its
 * part of the message and notes what it found odd.
 */
#ifndef HW_HTTP_READING_H
#define HW_HTTP_READING_H

#include "base/buf.h"
#include "base/layout.h"
#include "http/line.h"
#include "http/message.h"
#include "http/name.h"
#include "http/octet.h"
#include "http/shape.h"
#include "http/usual_names.h"

/* What is known of the field with the same index. */
struct hw_http_note {
	struct hw_slice canonical; /* its name as Go has it */
	uint64_t key;		   /* of that: see name.h */
	uint8_t name;		   /* enum hw_http_name; blanks before the colon do not matter */
	bool exact;		   /* there are none, so that Go knows the name too */
	uint8_t usual;		   /* which usual name it is, where its field has a number */
};

/* A place in sorted order. */
struct hw_http_rank {
	uint64_t key; /* of its name */
	uint32_t field;
};

struct hw_http_scratch {
	struct hw_budget *budget;
	hw_http_indexer indexer;	 /* the best of this processor */
	struct hw_http_line_index lines; /* of the head at hand */
	const uint8_t *found;		 /* the head that they are of, if it was found ahead */
	size_t found_len;
	struct hw_http_tally tally; /* of the head at hand, if it has no shape */
	struct hw_http_usual_names usual;
	struct hw_http_shape shapes[2][HW_HTTP_SHAPES]; /* by enum hw_http_kind */
	struct hw_http_recent *recent;			/* NULL: nothing is remembered */
	struct hw_http_recent_head *place; /* of what was found, there or to be; NULL: none */
	bool is_known;			   /* it is there, and `lines` are of no use */
	struct hw_buf text;		   /* decoded paths, canonical names, unfolded values */
	struct hw_buf fields;		   /* struct hw_http_field */
	struct hw_buf notes;		   /* struct hw_http_note, one a field */
	struct hw_buf ranks;		   /* struct hw_http_rank */
	struct hw_buf merged;		   /* room for sorting them */
	struct hw_buf headers;		   /* struct hw_http_field */
};

struct hw_http_reading {
	struct hw_http_scratch *scratch;
	struct hw_http_message *m;
	struct hw_http_lines lines;
	bool refused;			   /* by Go */
	bool short_of_memory;		   /* something found no room in the scratch */
	bool chunked;			   /* for Go */
	bool is_shaped;			   /* the shape is the head's: then there are no notes */
	uint8_t major, minor;		   /* of the version; 0 if it is malformed */
	struct hw_slice url_host;	   /* from the target */
	const struct hw_http_tally *tally; /* of its fields: the scratch's, or the shape's */
	struct hw_http_shape *shape;	   /* NULL: heads like this one have none */
};

/* The message is odd in this way. */
HW_COLD void hw_http_odd(struct hw_http_reading *r, enum hw_anomaly anomaly);

/* Odd, and Go does not accept it. */
HW_COLD void hw_http_refuse(struct hw_http_reading *r, enum hw_anomaly anomaly);

static inline const struct hw_http_field *hw_http_fields(const struct hw_http_reading *r)
{
	return (const struct hw_http_field *)(const void *)r->scratch->fields.ptr;
}

static inline const struct hw_http_note *hw_http_notes(const struct hw_http_reading *r)
{
	return (const struct hw_http_note *)(const void *)r->scratch->notes.ptr;
}

/* Go, too, knows the field with this index by its name. */
static inline bool hw_http_is_exact(const struct hw_http_reading *r, size_t field)
{
	return r->is_shaped || hw_http_notes(r)[field].exact;
}

static inline size_t hw_http_fields_nr(const struct hw_http_reading *r)
{
	return r->m->fields_nr;
}

/* How many fields have the name. */
static inline uint32_t hw_http_nr_of(const struct hw_http_reading *r, enum hw_http_name name)
{
	return r->tally->nr[name];
}

/* The index of the next field called `name`, from `i` on; how many fields there are if none is. */
static inline size_t hw_http_next_of(const struct hw_http_reading *r, enum hw_http_name name,
				     size_t i)
{
	const size_t nr = hw_http_fields_nr(r), first = r->tally->first[name];

	if (hw_http_nr_of(r, name) == 0)
		return nr;
	if (hw_http_nr_of(r, name) == 1)
		return i <= first ? first : nr;
	for (i = i > first ? i : first; i < nr; i++)
		if (hw_http_notes(r)[i].name == name)
			break;
	return i;
}

/*
 * Room for `len` decoded bytes, valid as long as the message. All that is decoded from a
 * head fits in as many bytes as it has, so one reserve serves all and nothing moves.
 * Returns NULL if memory is short.
 */
uint8_t *hw_http_text(struct hw_http_reading *r, size_t len);

/* Give back the last `len` bytes of what hw_http_text() gave last. */
static inline void hw_http_text_unused(struct hw_http_reading *r, size_t len)
{
	r->scratch->text.len -= len;
}

/* Without blanks at its ends. Most values begin with one, and have no others. */
static inline struct hw_slice hw_http_trim_value(struct hw_slice value)
{
	if (value.len > 1 && value.ptr[0] == ' ' && value.ptr[1] > ' ' &&
	    value.ptr[value.len - 1] > ' ')
		return hw_slice_after(value, 1);
	return hw_octet_trim(value);
}

/* start_line.c: read `line`, which has its end unless r->lines.cut. */
void hw_http_read_request_line(struct hw_http_reading *r, struct hw_slice line);
void hw_http_read_status_line(struct hw_http_reading *r, struct hw_slice line);

/* target.c: read m->target, in which there are `any`: see hw_octet_look(). */
void hw_http_read_target(struct hw_http_reading *r, unsigned int any);

/* field.c: read the lines that are left, up to the empty one. Sets m->fields_nr. */
void hw_http_read_fields(struct hw_http_reading *r);

/*
 * length.c: how long the body is. Soundly (m->framing, m->body_len), and as Go says
 * (m->content_length, r->chunked).
 */
void hw_http_read_length(struct hw_http_reading *r);

/* A field that Go, too, knows as `name` has `token` in its comma-separated list. */
bool hw_http_has_token(const struct hw_http_reading *r, enum hw_http_name name,
		       struct hw_slice token);

/* header.c: m->headers, out of the fields. */
void hw_http_make_headers(struct hw_http_reading *r);

#endif
