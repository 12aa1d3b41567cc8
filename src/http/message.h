/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/message.h - the head of one HTTP/1 message, read
 *
 * Bytes of a head go in; out comes what it says, twice: as received (method, target,
 * fields in order), and as Tracee reports it, which is what Go's net/http makes of it
 * (canonical names, sorted, Host taken out, path decoded). What Go refuses is read as
 * well as can be and marked. Reading has no state and does no I/O.
 */
#ifndef HW_HTTP_MESSAGE_H
#define HW_HTTP_MESSAGE_H

#include "base/budget.h"
#include "base/slice.h"
#include "http/anomaly.h"

enum hw_http_kind {
	HW_HTTP_REQUEST,
	HW_HTTP_RESPONSE,
};

/* Why a head is not whole; or, of those that are, their body. */
enum hw_http_incomplete {
	HW_HTTP_WHOLE,
	HW_HTTP_CUT_GAP,	 /* bytes in it were never captured */
	HW_HTTP_CUT_LIMIT,	 /* it is longer than --max-head */
	HW_HTTP_CUT_CLOSED,	 /* the connection was closed in it */
	HW_HTTP_CUT_RESET,	 /* the connection was reset in it */
	HW_HTTP_CUT_TIMEOUT,	 /* nothing came for too long */
	HW_HTTP_CUT_EVICTED,	 /* memory was needed for others */
	HW_HTTP_CUT_CAPTURE_END, /* the capture ended in it */
	HW_HTTP_CUT_FRAMING,	 /* of a body alone: where it ends cannot be read */
};

/* "gap", "limit", ...; empty: whole. */
struct hw_slice hw_http_incomplete_name(enum hw_http_incomplete why);

/* How the length of the body is known. RFC 9112 6.3, read soundly, not as Go does. */
enum hw_http_framing {
	HW_HTTP_BODY_NONE,
	HW_HTTP_BODY_LENGTH, /* `body_len` bytes */
	HW_HTTP_BODY_CHUNKED,
	HW_HTTP_BODY_CLOSE,  /* until the connection closes */
	HW_HTTP_BODY_TUNNEL, /* HTTP may end here: CONNECT, Upgrade */
};

struct hw_http_field {
	struct hw_slice name, value;
	uint64_t number; /* not 0: all fields, or headers, with it have the same name, ever */
};

/*
 * All slices point into the head that was read or into the scratch, and are valid until
 * the next read with that scratch.
 */
struct hw_http_message {
	enum hw_http_kind kind;
	enum hw_http_incomplete incomplete;
	bool accepted; /* whole, and Go's net/http accepts it */
	hw_anomalies anomalies;

	struct hw_slice head; /* all of it; empty in copies, and where secrets were taken out */

	/* As received. Empty where the kind has none or the head does not say. */
	struct hw_slice start_line;	    /* without its line end */
	struct hw_slice method;		    /* request */
	struct hw_slice target;		    /* request: the raw request-target */
	struct hw_slice query;		    /* request: raw, behind the first `?`, without it */
	struct hw_slice reason;		    /* response */
	const struct hw_http_field *fields; /* in order; values unfolded and trimmed */
	size_t fields_nr;

	/* As Tracee has it: proto_http. `method` above is shared. */
	struct hw_slice protocol;	     /* "HTTP/1.1", as received */
	struct hw_slice host;		     /* request */
	struct hw_slice uri_path;	     /* request: percent-decoded */
	struct hw_slice status;		     /* response: "200 OK" */
	int64_t content_length;		     /* -1 unknown or chunked */
	int32_t status_code;		     /* response */
	const struct hw_http_field *headers; /* sorted by name as bytes, equal names in order */
	size_t headers_nr;

	/* What follows the head. For a response as if its request was a GET. */
	enum hw_http_framing framing;
	uint64_t body_len; /* HW_HTTP_BODY_LENGTH */
	bool has_upgrade;  /* Upgrade with Connection: upgrade, or a CONNECT with a body */

	/* Not 0: all that have this number are alike, ever. See hw_http_scratch_remember(). */
	uint64_t repeat;
};

/* A message that is not there: no texts, no fields. */
extern const struct hw_http_message hw_http_message_none;

/* 1xx come before the answer proper; 101 is the answer. RFC 9110 15.2 */
static inline bool hw_http_is_interim(const struct hw_http_message *m)
{
	return m->status_code >= 100 && m->status_code < 200 && m->status_code != 101;
}

/* Of the first field of that name; empty: there is none. */
static inline struct hw_slice hw_http_field_value(const struct hw_http_message *m,
						  struct hw_slice name)
{
	for (size_t i = 0; i < m->fields_nr; i++)
		if (hw_slice_eq_nocase(m->fields[i].name, name))
			return m->fields[i].value;
	return HW_SLICE("");
}

/* Room for what reading needs; one per engine, reused for every message. */
struct hw_http_scratch;

/* `budget` outlives the scratch. Returns 0 or -ENOMEM. */
int hw_http_scratch_new(struct hw_http_scratch **ret, struct hw_budget *budget);

/* Takes NULL. */
void hw_http_scratch_free(struct hw_http_scratch *s);

/*
 * From now on keep the last few heads that hw_http_message_find() finds, so that they need not
 * be read when they come again; what is told of them is the same. Where memory is short, none.
 */
void hw_http_scratch_remember(struct hw_http_scratch *s);

/*
 * How long the head is that `in` begins with, and its first line, each with its end. Returns
 * 0 if its end is not there, or not among the first HW_HTTP_LINES_MAX lines. The next call
 * with `s` is to read that head, or as much of it as fits: what was learned of its lines
 * serves there.
 */
size_t hw_http_message_find(struct hw_http_scratch *s, struct hw_slice in, size_t *ret_line);

/*
 * What hw_http_message_read() would say of the whole `head`, if that is the one that was found,
 * and is remembered, or is from now on: valid until the next call with `s`. NULL: it has to be read.
 */
const struct hw_http_message *hw_http_message_recall(struct hw_http_scratch *s,
						     struct hw_slice head, enum hw_http_kind kind);

/*
 * Read `head`: a start line, fields, and the empty line that ends them, or as much of
 * that as there is if `incomplete` says why it is not whole. Fills `ret` whatever the
 * bytes are. Returns 0, or -ENOMEM if the scratch could not grow: then `ret` has the
 * start line and the fields that found room, and anomaly `fields_dropped`.
 */
int hw_http_message_read(struct hw_http_scratch *s, struct hw_slice head, enum hw_http_kind kind,
			 enum hw_http_incomplete incomplete, struct hw_http_message *ret);

#endif
