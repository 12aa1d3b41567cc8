/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/query/field.h - what a filter can ask about
 *
 * One table: a field has a name (Wireshark's, where it has the field), a type, a meaning,
 * and a function that gives its values in an event one after the other. Static storage.
 */
#ifndef HW_QUERY_FIELD_H
#define HW_QUERY_FIELD_H

#include "event/event.h"
#include "event/words.h"
#include "exchange/community_id.h"

enum hw_query_type {
	HW_QUERY_TEXT,	   /* bytes */
	HW_QUERY_NUMBER,   /* an integer */
	HW_QUERY_BOOLEAN,  /* 0 or 1 */
	HW_QUERY_ADDRESS,  /* IPv4 or IPv6, the field's name says which */
	HW_QUERY_TIME,	   /* a duration, in ns */
	HW_QUERY_PRESENCE, /* no value: it is there or not */
};

/* Which member is used depends on the type. */
struct hw_query_value {
	struct hw_slice text;
	int64_t number; /* NUMBER, BOOLEAN, TIME */
	struct hw_addr addr;
};

/* Where the next value of a field is; start with `at` 0. */
struct hw_query_cursor {
	size_t at;
	size_t within;			   /* private: what is at `at` */
	struct hw_slice name;		   /* http.header: which one */
	uint8_t room[HW_COMMUNITY_ID_MAX]; /* private: of texts that are made */
};

struct hw_query_field {
	const char *name;
	const char *meaning;
	uint8_t type;	 /* enum hw_query_type */
	bool is_header;	 /* a name in brackets follows: http.header["Age"] */
	bool is_request; /* of a response: what its request said */
	bool of_fields;	 /* of an exchange: what fields of its heads say */
	bool is_route;	 /* of an exchange: what its path is folded to */
	uint8_t family;	 /* ADDRESS: 4 or 6 */
	int64_t max;	 /* NUMBER: no value is larger; TEXT: none has more bytes, or 0 */
	/* Gives the next value. Returns false if there is none left; `ret` is then undefined. */
	bool (*next)(const struct hw_query_field *f, const struct hw_event *event,
		     struct hw_query_cursor *cursor, struct hw_query_value *ret);
	/* TEXT: the i-th of its possible values, NULL after the last. NULL: any text may be. */
	hw_words *value_at;

	/* private: where `next` finds it */
	uint8_t base;		 /* enum hw_field_base */
	uint8_t stored;		 /* enum hw_field_type */
	uint8_t view;		 /* enum hw_view; 0: any event */
	uint16_t offset;	 /* behind the base */
	uint16_t message_offset; /* is_request: in the request of an exchange */
	uint8_t of;		 /* of which of its messages */
	const char *header;
};

/* The i-th field, by name; NULL after the last. */
const struct hw_query_field *hw_query_field_at(size_t i);

/* The field of that name, or NULL. */
const struct hw_query_field *hw_query_field_find(struct hw_slice name);

/* Whether an event of that type may have a value of the field. */
bool hw_query_field_is_of(const struct hw_query_field *f, const struct hw_event_type *type);

/* "text", "number", ...: "IPv4 address", with the family. Static storage. */
const char *hw_query_type_name(const struct hw_query_field *f);

#endif
