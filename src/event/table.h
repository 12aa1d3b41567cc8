/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/table.h - every event and field, described once
 *
 * A field says where its value lies: an offset behind one of a few bases. Encoders,
 * access by path, lists of fields and the manual pages all read these tables; none of
 * them knows a field by itself. Static storage.
 */
#ifndef HW_EVENT_TABLE_H
#define HW_EVENT_TABLE_H

#include "event/event.h"
#include "event/words.h"

/* What a value is in memory. */
enum hw_field_type {
	HW_FIELD_TEXT,	     /* struct hw_slice */
	HW_FIELD_SHORT_TEXT, /* struct hw_short_text */
	HW_FIELD_U8,
	HW_FIELD_U16,
	HW_FIELD_U32,
	HW_FIELD_U64,
	HW_FIELD_I32,
	HW_FIELD_I64,
	HW_FIELD_BOOL,	      /* bool */
	HW_FIELD_DURATION,    /* struct hw_duration; a number, if it is known */
	HW_FIELD_TIME,	      /* uint64_t, ns since the epoch; a number in A, RFC 3339 in B */
	HW_FIELD_HEX64,	      /* uint64_t as 16 hex digits; text, "" if it is 0 */
	HW_FIELD_DIRECTION,   /* uint8_t, enum hw_direction; a number in A, its name in B */
	HW_FIELD_MADE_TEXT,   /* text that `make` makes of the value */
	HW_FIELD_ANOMALIES,   /* hw_anomalies; a list of names */
	HW_FIELD_HEADERS,     /* struct hw_http_field pointer, size_t; names to lists of values */
	HW_FIELD_TEXTS,	      /* struct hw_slice pointer, size_t; a list of texts */
	HW_FIELD_DNS_TXTS,    /* struct hw_slice, rdata of a TXT record; a list of its texts */
	HW_FIELD_DNS_OPTIONS, /* struct hw_slice, rdata of an OPT record; a list of objects */
	HW_FIELD_BASE64,      /* struct hw_slice; text, its bytes in base64 (RFC 4648 4) */
	HW_FIELD_LIST,	      /* pointer, size_t; a list of objects */
	HW_FIELD_OBJECT,      /* no value of its own: `fields` */
	/* Constants: no value in memory. */
	HW_FIELD_CONSTANT,   /* text `constant` */
	HW_FIELD_RAW,	     /* JSON `constant` */
	HW_FIELD_EVENT_ID,   /* of the type; text in A, a number in B */
	HW_FIELD_EVENT_NAME, /* of the type */
	HW_FIELD_ARGS_NR,    /* number of the type's arguments */
	HW_FIELD_ARGS,	     /* the type's arguments */
	HW_FIELD_EXTRA,	     /* what is ours: `extra` of the type, an object; not if strict */
};

/* What an offset counts from. */
enum hw_field_base {
	HW_BASE_EVENT,	  /* struct hw_event */
	HW_BASE_PROCESS,  /* event->process */
	HW_BASE_HTTP,	  /* event->http */
	HW_BASE_DNS,	  /* event->dns */
	HW_BASE_EXCHANGE, /* event->exchange */
	HW_BASE_REQUEST,  /* event->exchange->request.message */
	HW_BASE_RESPONSE, /* event->exchange->response.message */
	HW_BASE_TUNNEL,	  /* event->tunnel */
	HW_BASE_PEER,	  /* event->peer */
	HW_BASE_ITEM,	  /* an element of a list */
	HW_BASE_SUBITEM,  /* an element of a list in an element */
	HW_BASE_NR,
};

enum {
	HW_FIELD_OPTIONAL = 1,	   /* left out when zero, empty or false; an object: when the */
				   /* value of type `when` at its place is */
	HW_FIELD_IN_LIST = 2,	   /* printed as a list of one */
	HW_FIELD_FLAT_B = 4,	   /* an object of one field; form B prints that field alone */
	HW_FIELD_STRICT_ZERO = 8,  /* what Tracee never fills: 0 with HW_ENCODE_STRICT */
	HW_FIELD_BAD_IS_NULL = 16, /* form B, HW_ENCODE_STRICT: the object is null if the */
				   /* text at its place is bad UTF-8, as Tracee has it */
	HW_FIELD_OR_EMPTY = 32,	   /* none of `words`, too: empty */
};

enum { HW_MADE_TEXT_MAX = 32 };

/* A table of fields ends with one without a name. */
struct hw_field {
	const char *name;   /* in form A */
	const char *name_b; /* in form B; NULL: the same */
	const char *meaning;
	uint8_t type;	    /* enum hw_field_type */
	uint8_t base;	    /* enum hw_field_base */
	uint8_t flags;	    /* HW_FIELD_* */
	uint8_t when;	    /* optional object: enum hw_field_type of the value at its place */
	uint16_t offset;    /* of the value, behind the base */
	uint16_t nr_offset; /* lists: of the size_t that counts, behind the base */
	uint16_t stride;    /* LIST: bytes from one element to the next */
	uint8_t item;	    /* LIST: the base of its elements, HW_BASE_ITEM or _SUBITEM */
	/* MADE_TEXT: returns text that is static, or borrowed, or in `room`. */
	struct hw_slice (*make)(const void *value, char room[HW_MADE_TEXT_MAX]);
	const struct hw_field *fields; /* OBJECT, LIST: what is in it */
	const char *constant;	       /* CONSTANT, RAW */
	hw_words *words;	       /* TEXT, MADE_TEXT: all that it may be; NULL: anything */

	/* Arguments of events only. */
	const char *type_name; /* "type" in form A: "trace.ProtoHTTP" */
	const char *key_b;     /* in form B: "http" */
	const char *wrap_b;    /* in form B, lists: key inside the object `key_b`: "value" */
};

enum {
	HW_SET_NETWORK_EVENTS = 1,
	HW_SET_DEFAULT = 2,
	HW_SET_FLOWS = 4,
	HW_SET_EXCHANGES = 8,
};

/* Which member of the view hw_event_prepare() fills. */
enum hw_view {
	HW_VIEW_NONE,
	HW_VIEW_TCP,
	HW_VIEW_UDP,
	HW_VIEW_IPV4,
	HW_VIEW_IPV6,
	HW_VIEW_ICMP,
	HW_VIEW_ICMPV6,
};

struct hw_event_type {
	const char *name;
	uint16_t id;
	uint8_t index; /* in the list of types that are printed; internal: HW_TYPE_NR */
	uint8_t sets;  /* HW_SET_* */
	uint8_t view;  /* enum hw_view */
	bool has_http, has_dns, has_exchange, has_tunnel;
	const struct hw_field *args;  /* NULL: internal, never printed */
	const struct hw_field *extra; /* what is ours and not Tracee's */
	const char *depends;	      /* name of the event it is made of; NULL: none */
	const char *summary;	      /* half a sentence */
	const char *description;      /* paragraphs, an empty line between them */
	const char *use_cases;	      /* a line each */
	const char *related;	      /* names, a blank between them */
};

/* All of the family: first those that are printed, by their index, then the internal ones. */
extern const struct hw_event_type hw_event_types[];
extern const size_t hw_event_types_nr;

/* How many arguments it has, of a type that is printed. */
size_t hw_event_args_nr(const struct hw_event_type *type);

/*
 * Where the values of `event` lie, for each base but those of elements: NULL where the event
 * has no such part. For every event of a type that has it it is there.
 */
void hw_event_bases(const struct hw_event *event, const void *ret[HW_BASE_NR]);

/* The object around the arguments, in both forms. */
extern const struct hw_field hw_envelope_a[], hw_envelope_b[];

/* A list of names and values, of struct hw_http_field. */
bool hw_field_is_pairs(const struct hw_field *f);

#endif
