/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/exchange.h - a request and its response: what was said, when, how it ended
 *
 * The names are those of RFC 9110 and RFC 9112; times are nanoseconds since the Unix
 * epoch on the capture's clock, durations nanoseconds. An exchange borrows all its texts
 * and is valid during the callback that it is given to.
 */
#ifndef HW_EXCHANGE_EXCHANGE_H
#define HW_EXCHANGE_EXCHANGE_H

#include "base/duration.h"
#include "base/stats.h"
#include "http/message.h"

/* How an exchange ended. */
enum hw_exchange_end {
	HW_EXCHANGE_COMPLETE,
	HW_EXCHANGE_ABORTED_BY_CLIENT, /* it closed or reset the connection before the end */
	HW_EXCHANGE_ABORTED_BY_SERVER,
	HW_EXCHANGE_TIMEOUT, /* nothing came for too long */
	HW_EXCHANGE_CAPTURE_ENDED,
	HW_EXCHANGE_UPGRADED, /* 101, the preface of HTTP/2: another protocol follows */
	HW_EXCHANGE_TUNNEL,   /* CONNECT was accepted: anything follows */
	HW_EXCHANGE_EVICTED,  /* memory was needed for others */
	/*
	 * Which request and response belong together is not known, as bytes or the beginning are missing
	 * or what is answered is no HTTP: this is the one without the other.
	 */
	HW_EXCHANGE_UNPAIRED,
	HW_EXCHANGE_GOES_ON, /* not ended: told because of --progress */
	HW_EXCHANGE_ENDS_NR,
};

/* "complete", "aborted_by_client", ... */
struct hw_slice hw_exchange_end_name(enum hw_exchange_end end);

/* Names and values, in order. */
struct hw_pairs {
	const struct hw_http_field *ptr;
	size_t nr;
};

/* The body of a message, chunked taken off. */
struct hw_exchange_body {
	uint64_t size;		/* bytes that came, in the coding they came in */
	uint64_t retransmitted; /* bytes of the whole message that came more than once */
	uint64_t decoded_size;	/* bytes without their codings, as far as decoded; 0 if not */
	struct hw_slice kept;	/* its beginning, decoded, if bodies are kept */
	struct hw_slice text;	/* `kept` if it is text, else empty */
	struct hw_slice binary; /* `kept` if it is not text, else empty */
	bool is_form;		/* says its type: application/x-www-form-urlencoded */
	bool is_cut;		/* there was more than what is kept */
	struct hw_slice
		problem; /* why it was not decoded to its end: "bad gzip", ...; else empty */
};

/* What requests and responses both have. */
struct hw_exchange_part {
	const struct hw_http_message
		*message; /* never NULL; one without texts if `is_there` is not */
	bool is_there;
	bool is_whole;			 /* all of it was seen */
	struct hw_slice incomplete;	 /* why not: "gap", "closed", ...; empty: it is whole */
	uint64_t start_ns, end_ns;	 /* its first and its last byte; 0: not seen */
	uint64_t start_frame, end_frame; /* numbers of those packets in the capture; 0: not known */
	struct hw_exchange_body body;

	/* Made by hw_exchange_describe(). */
	struct hw_slice content_type; /* as received */
	struct hw_slice content_encoding;
	struct hw_pairs
		cookies; /* request: Cookie, response: Set-Cookie with its attributes as value */
};

/* A 1xx response that came before the response proper. RFC 9110 15.2 */
struct hw_exchange_interim {
	uint64_t time_ns;
	int32_t status_code;
	struct hw_slice reason;
};

enum { HW_EXCHANGE_INTERIMS_MAX = 16 };

enum hw_exchange_role {
	HW_ROLE_UNKNOWN,
	HW_ROLE_CLIENT, /* this host sent the request */
	HW_ROLE_SERVER,
	HW_ROLES_NR,
};

/* "client", "server", "unknown" */
struct hw_slice hw_exchange_role_name(enum hw_exchange_role role);

struct hw_exchange {
	uint64_t number; /* on its connection, from 1 */
	enum hw_exchange_end end;
	enum hw_exchange_role role; /* of the local process */
	hw_anomalies anomalies;	    /* of all its messages, and their bodies */
	struct hw_exchange_part request, response;
	const struct hw_exchange_interim *interims;
	size_t interims_nr;

	uint64_t connect_ns; /* from the SYN to the ACK of its answer; of each exchange on it; 0:
			      * not known */
	/* Not known where a response came before its request had ended. */
	struct hw_duration time_to_first_byte; /* request.end_ns to response.start_ns */
	struct hw_duration duration;	       /* request.start_ns to response.end_ns */
	struct hw_duration transfer;	       /* response.start_ns to response.end_ns */

	/* Made by hw_exchange_describe(). Empty, or 0: not known. */
	struct hw_slice scheme; /* "http"; what the target says, if it is absolute */
	struct hw_slice host;	/* without a port, without brackets */
	uint16_t port;		/* that the request names, else the server's */
	struct hw_slice url;	/* scheme, authority and target in one; empty without Host */
	struct hw_slice user_agent;
	struct hw_slice cache_control;	   /* of the response */
	struct hw_slice client_address;	   /* that Forwarded, X-Forwarded-For or X-Real-IP names */
	struct hw_slice trace_id, span_id; /* of traceparent, or of b3; lower-case hex */
	struct hw_slice request_id;	   /* X-Request-Id, of the request or the response */
	struct hw_slice route;		   /* the path with ids folded; see route.h */
	struct hw_pairs parameters;	   /* of the query, percent-decoded */
};

/* Bytes on a connection that HTTP has left: after CONNECT, or 101. */
struct hw_tunnel {
	struct hw_slice method, target, host; /* of the request that began it */
	struct hw_slice
		protocol; /* of the Upgrade field, or the preface: "websocket", "HTTP/2.0" */
	int32_t status_code;
	enum hw_exchange_role role;
	enum hw_exchange_end end; /* COMPLETE: closed in order */
	uint64_t start_ns, end_ns, duration_ns;
	uint64_t client_bytes, server_bytes; /* that they sent */
	uint64_t number;		     /* of the exchange that began it */
};

/*
 * Add `by` to the exchanges of `stats`, by how it ended: 1 as it is told of, and -1 if it turns out
 * to be none that was asked for. One that goes on is none yet.
 */
void hw_exchange_count(const struct hw_exchange *x, struct hw_stats *stats, int by);

/* Whether its two ends came to an end, and not what is known of them. */
bool hw_exchange_is_over(const struct hw_exchange *x);

/*
 * How long one that is over took, from the request's first byte to the response's last; that nobody
 * answered takes time, too: until it was over, at `now_ns`. Not known of HTTP/2, of which the request
 * is only the beginning.
 */
struct hw_duration hw_exchange_took(const struct hw_exchange *x, uint64_t now_ns);

/* How long before `now_ns` a request began whose response is not whole; as above of HTTP/2. */
struct hw_duration hw_exchange_waited(const struct hw_exchange *x, uint64_t now_ns);

/* Room for what describing needs; one per engine. */
struct hw_exchange_scratch;

/* `budget` outlives it. Returns 0 or -ENOMEM. */
int hw_exchange_scratch_new(struct hw_exchange_scratch **ret, struct hw_budget *budget);

/*
 * What paths are folded to, from now on; the texts are copied. Each is a pattern, says
 * hw_route_is_pattern(). NULL: exchanges have no route. Returns 0 or -ENOMEM.
 */
struct hw_routes;
int hw_exchange_scratch_set_routes(struct hw_exchange_scratch *s, const struct hw_routes *routes);

/* Takes NULL. */
void hw_exchange_scratch_free(struct hw_exchange_scratch *s);

/*
 * Fill those members of `x` that are made of its messages. `server_port` is the
 * connection's. What is made is valid until the next call with that scratch; without
 * memory lists stay empty. A value that is there twice is taken the first time.
 */
void hw_exchange_describe(struct hw_exchange_scratch *s, struct hw_exchange *x,
			  uint16_t server_port);

#endif
