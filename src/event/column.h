/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/column.h - the columns of text and CSV
 *
 * A column has a short name ("duration"), or is a field by its path (event/field.h). What
 * has a short name is written for a person in text, and exactly in CSV: 12ms and
 * 0.012345. Events that do not have it leave it empty.
 */
#ifndef HW_EVENT_COLUMN_H
#define HW_EVENT_COLUMN_H

#include "event/field.h"

enum { HW_COLUMNS_MAX = 64 };

/* How a value is written for a person, and how it stands in its column. */
enum hw_column_look {
	HW_LOOK_TEXT,
	HW_LOOK_NUMBER,	  /* 0 is none */
	HW_LOOK_SIZE,	  /* bytes: 1.2k */
	HW_LOOK_DURATION, /* nanoseconds: 12.3ms; CSV: seconds */
};

/* Columns that a line may do without. */
enum hw_column_kind {
	HW_COLUMN_ORDINARY,
	HW_COLUMN_TIME, /* the program's affair in text */
	HW_COLUMN_NOTES,
};

/* A column that has a short name. */
struct hw_column {
	const char *name, *meaning;
	enum hw_column_look look;
	enum hw_column_kind kind;
	uint8_t width; /* columns of a terminal, at least */
	bool grows;    /* takes what is left of the terminal's width, and is cut */
	/* Paths with blanks between: the first one that the event's type has is it. */
	const char *paths;
	/* If it is no field: for a person, and exactly (NULL: the same). */
	void (*write)(struct hw_line *l, const struct hw_event *event);
	void (*write_exactly)(struct hw_line *l, const struct hw_event *event);
	/* How it is coloured; NULL: not. */
	const char *(*color)(const struct hw_event *event);
};

/* The i-th column that has a short name; NULL after the last. */
const struct hw_column *hw_column_at(size_t i);

/* Whether that is a short name, or a path that some event has. */
bool hw_column_is_known(struct hw_slice name);

struct hw_columns; /* a list of them */

/* "time,status,request.path". Returns 0, -EINVAL (a name that is none; none; too many) or -ENOMEM. */
int hw_columns_new(struct hw_columns **ret, const char *list);

/* Takes NULL. */
void hw_columns_free(struct hw_columns *c);

size_t hw_columns_nr(const struct hw_columns *c);

/* NULL: it is known by its path alone. */
const struct hw_column *hw_columns_at(const struct hw_columns *c, size_t i);

/* As it was given. */
struct hw_slice hw_columns_name(const struct hw_columns *c, size_t i);

/* Write the value of the i-th column for a person. */
void hw_columns_write(const struct hw_columns *c, size_t i, const struct hw_event *event,
		      struct hw_line *l);

/* Write it exactly. Returns whether it is text that comes from the wire. */
bool hw_columns_write_exactly(const struct hw_columns *c, size_t i, const struct hw_event *event,
			      struct hw_line *l);

#endif
