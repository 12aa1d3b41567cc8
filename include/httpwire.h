/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * httpwire.h - frames in, HTTP events out
 *
 * An engine takes captured frames with their times and calls back with events: one for each HTTP
 * message or, as asked for, for exchanges, tunnels, connections, packets and DNS messages. It does no
 * I/O, starts no thread, reads no clock and keeps no global state: the same frames
 * give the same events, whoever captured them and whenever.
 *
 *	static void show(void *ctx, const struct hw_event *event)
 *	{
 *		char *line;
 *		size_t len;
 *
 *		if (hw_encoder_encode(ctx, event, &line, &len) == 0)
 *			fwrite(line, 1, len, stdout);
 *	}
 *
 *	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
 *	struct hw_encoder *json;
 *	struct hw_engine *engine;
 *
 *	hw_encoder_new(&json, HW_FORMAT_JSON, 0);
 *	options.on_event = show;
 *	options.ctx = json;
 *	hw_engine_new(&engine, &options);
 *	while (read_a_frame(&frame))
 *		hw_engine_feed(engine, &frame, 1);
 *	hw_engine_finish(engine);
 *	hw_engine_free(engine);
 *	hw_encoder_free(json);
 *
 * Threads: an engine and its encoder belong to one thread at a time. Different engines
 * share nothing. Callbacks return, without a long jump or an exception, and call no function of
 * the engine that calls them, but hw_engine_counter(); those of events and encoders are what they
 * are for. Memory: what an engine keeps because of its input stays within
 * `max_memory`; nothing that is fed to it makes it fail. Functions that return int give
 * 0 or a negative errno; each says which.
 */
#ifndef HTTPWIRE_H
#define HTTPWIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* Which way a frame passed the host that captured it. */
enum hw_direction {
	HW_DIRECTION_UNKNOWN = 0,
	HW_DIRECTION_INGRESS = 1,
	HW_DIRECTION_EGRESS = 2,
};

/*
 * The socket a frame passed, where the source knows it (live capture). A connection is
 * then told by its network namespace and the socket's own addresses, and each of the
 * two sockets of a local connection has its own. Addresses are 16 bytes in network
 * order, IPv4 as ::ffff:a.b.c.d; ports are in host order.
 */
struct hw_socket {
	uint64_t cookie; /* the kernel's socket cookie; 0: there is none yet but the listener's */
	uint64_t netns;	 /* inode number of the network namespace */
	uint8_t local[16], remote[16];
	uint16_t local_port, remote_port;
	/*
	 * Of a SYN, FIN or RST: what the socket has taken, and what it has sent, as the TCP sequence
	 * numbers that come next; where `has_places`.
	 */
	bool has_places;
	uint32_t received, sent;
	bool takes_no_more; /* it was closed: nothing that comes reaches its user */
};

/*
 * What the source left out of a chunked body before a frame (see struct hw_ahead), as TCP
 * sequence numbers: all before `until`. A chunk-size line (RFC 9112 7.1) begins at `from`, and
 * the first one that was not passed at `next`; `framing` of the bytes between are not data.
 */
struct hw_left_out {
	uint32_t from, next, until, framing;
};

enum { HW_FRAME_HEAD = 128 }; /* bytes; see hw_frame.rest */

/* A captured frame. Borrowed by the call it is given to. */
struct hw_frame {
	uint64_t time_ns; /* since the Unix epoch, on the capture's clock */
	uint64_t number;  /* of the packet in its capture, from 1; 0: not known */
	const uint8_t *data;
	uint32_t len;			    /* bytes in `data` */
	uint32_t wire_len;		    /* bytes the frame had; more than `len` if it was cut */
	uint16_t linktype;		    /* LINKTYPE_* of the frame, as in capture files */
	uint8_t direction;		    /* enum hw_direction, as far as the source knows */
	bool checksums_unset;		    /* true: do not look at checksums (offloaded, live) */
	const struct hw_socket *socket;	    /* NULL: not known */
	bool is_part;			    /* what it lacks was left out as nobody wants it */
	const struct hw_left_out *left_out; /* NULL: nothing */
	/* The same of the other direction, of a frame that may end both. NULL: nothing. */
	const struct hw_left_out *left_out_back;
	/*
	 * The TCP sequence number where a message seems to end whose first byte is in this frame.
	 * If one ends there, hw_engine_options.on_ahead says so. NULL: nothing is asked.
	 */
	const uint32_t *ends_at;
	bool asks_chunks; /* instead: where its chunked body begins, the end of which is not known */
	/*
	 * A message seems to begin with its data. What is not there of its direction before them the
	 * source left out, as it was not HTTP: of no message bytes are lost. False, too, where there
	 * was nothing before, or all of it is there.
	 */
	bool follows_non_http;
	/*
	 * Only the first HW_FRAME_HEAD bytes are in `data`. The others are here, where they may change,
	 * and are copied to their place, which is writable, if anybody is to look at them. NULL: all
	 * are there.
	 */
	const uint8_t *rest;
};

struct hw_event;   /* opaque; valid during the callback */
struct hw_engine;  /* opaque */
struct hw_encoder; /* opaque */

/*
 * Bytes that the engine will pass over whatever they are: of `socket`'s connection those
 * with TCP sequence numbers from `from` on and before `until`, at most 2^30 of them; or
 * all that follow, if `is_all` (it is not HTTP). A source may leave them out.
 *
 * If `is_chunked` it is the inside of a chunked body whose first chunk-size line (RFC 9112 7.1)
 * began at `body`, and another one begins at `from`; if that is `body`, too, the place of no
 * other one is known. A source that reads these lines may leave out packets of whole chunks,
 * up to a line that is not `1*HEXDIG CRLF` or the last chunk, and says so in the next frame.
 *
 * If `is_end` it is the answer to hw_frame.ends_at: a message ends at `until`, or its chunked body
 * begins there, and of no request before that a response is still to come.
 *
 * What is told holds until something else is; where `from` is `until` that is nothing.
 */
struct hw_ahead {
	uint64_t cookie; /* of the socket; not 0 */
	uint8_t direction;
	bool is_all, is_chunked, is_end;
	uint32_t from, until, body;
};

enum hw_checksums {
	HW_CHECKSUMS_AUTO, /* drop wrong ones, unless a host's outgoing ones are all wrong */
	HW_CHECKSUMS_OFF,
	HW_CHECKSUMS_ON,
};

/* Events, as bits of hw_engine_options.events. The names are those of the events. */
#define HW_EVENT_NET_PACKET_IPV4 (1u << 0)
#define HW_EVENT_NET_PACKET_IPV6 (1u << 1)
#define HW_EVENT_NET_PACKET_TCP (1u << 2)
#define HW_EVENT_NET_PACKET_UDP (1u << 3)
#define HW_EVENT_NET_PACKET_ICMP (1u << 4)
#define HW_EVENT_NET_PACKET_ICMPV6 (1u << 5)
#define HW_EVENT_NET_PACKET_DNS (1u << 6)
#define HW_EVENT_NET_PACKET_DNS_REQUEST (1u << 7)
#define HW_EVENT_NET_PACKET_DNS_RESPONSE (1u << 8)
#define HW_EVENT_NET_PACKET_HTTP (1u << 9)
#define HW_EVENT_NET_PACKET_HTTP_REQUEST (1u << 10)
#define HW_EVENT_NET_PACKET_HTTP_RESPONSE (1u << 11)
#define HW_EVENT_NET_FLOW_TCP_BEGIN (1u << 12)
#define HW_EVENT_NET_FLOW_TCP_END (1u << 13)
#define HW_EVENT_NET_HTTP_EXCHANGE (1u << 14)
#define HW_EVENT_NET_HTTP_TUNNEL (1u << 15)

/* Values of Authorization, Cookie and the like; `httpwire redactions` lists what is meant. */
enum hw_secrets {
	HW_SECRETS_REDACTED, /* as REDACTED */
	HW_SECRETS_HASHED,   /* as REDACTED-, and a hash that is the same for the same secret */
	HW_SECRETS_SHOWN,
};

#define HW_DNS_PORTS_MAX 16
#define HW_REDACT_MAX 512

/*
 * Start from HW_ENGINE_OPTIONS_INIT (designated initializers: C99, C++20) and change what you
 * need; `on_event` has no default. `size` tells the library which version of the struct it gets:
 * what an older one lacks is 0, what a newer one has more is not looked at.
 */
struct hw_engine_options {
	size_t size;
	void (*on_event)(void *ctx, const struct hw_event *event);
	void *ctx;
	uint32_t events; /* HW_EVENT_* bits */
	bool strict;	 /* only messages that Tracee would report */
	bool no_tunnels; /* do not look into tunnels */
	enum hw_checksums checksums;
	size_t max_memory;	  /* bytes that the input can make the engine keep */
	size_t max_head;	  /* bytes of one message's head */
	uint32_t max_connections; /* followed at the same time */
	uint64_t seed;		  /* of the hash tables; random where senders are hostile */
	const char *const *local; /* "10.0.0.0/8", ...: addresses of the capturing host */
	size_t local_nr;
	/*
	 * Told of what a source may leave out, in bodies of 64 KiB and more and of what is not HTTP, and
	 * of the answers to hw_frame.ends_at. NULL: nothing.
	 */
	void (*on_ahead)(void *ctx, const struct hw_ahead *ahead);
	enum hw_secrets secrets;
	const void *redact_key; /* HW_SECRETS_HASHED: of HMAC-SHA-256, of which 8 bytes are shown */
	size_t redact_key_len;
	const char *const *redact;    /* more names of fields and parameters with secret values */
	size_t redact_nr;	      /* at most HW_REDACT_MAX */
	const char *const *no_redact; /* rules that shall not hold, by name */
	size_t no_redact_nr;
	const uint16_t *dns_ports; /* that DNS is looked for on, UDP and TCP */
	size_t dns_ports_nr;	   /* 0: port 53; at most HW_DNS_PORTS_MAX */

	/* Of HW_EVENT_NET_HTTP_EXCHANGE. */
	size_t body_max;	       /* bytes kept of each body, decoded; 0: none */
	unsigned int body_ratio;       /* decoded bytes for one on the wire, at most */
	const char *const *body_types; /* globs of media types whose bodies are kept */
	size_t body_types_nr;	       /* 0: all */
	const char *const *routes; /* "/api/{id}", ...: what paths are folded to, the first holds */
	size_t routes_nr;
	uint64_t progress_ns; /* exchanges that go on are told of so often; 0: when they end */
	bool no_fields; /* without the fields of their heads, and what else is made of those */
	bool no_routes; /* without what their paths are folded to */
};

/* clang-format off */
#define HW_ENGINE_OPTIONS_INIT { \
	.size = sizeof(struct hw_engine_options), \
	.events = HW_EVENT_NET_PACKET_HTTP, \
	.max_memory = (size_t)256 << 20, \
	.max_head = (size_t)256 << 10, \
	.max_connections = 1u << 20, \
	.body_ratio = 100, \
}
/* clang-format on */

/*
 * Make an engine; `options` is copied, what it points to is not kept. Returns 0, -EINVAL (an
 * option out of range: no on_event, a `max_` of 0, an event or a word that this library does not
 * know, a prefix or a route that is none, hashes without a key or a key without hashes, a rule that
 * is none, a port of 0), or -ENOMEM; then `*ret` is as it was.
 */
int hw_engine_new(struct hw_engine **ret, const struct hw_engine_options *options);

/* Takes NULL. Makes no events: call hw_engine_finish() first for those. */
void hw_engine_free(struct hw_engine *engine);

/*
 * Decode `nr` frames in order. Events are given to `on_event` before this returns.
 * Frames of a capture's usual disorder are fine, and so are times that go back. Cannot
 * fail: what cannot be used is counted.
 */
void hw_engine_feed(struct hw_engine *engine, const struct hw_frame *frames, size_t nr);

/*
 * Say that it is now `now_ns` (nanoseconds since the Unix epoch) though no frame came:
 * live captures do so a few times a second, so that timeouts run out.
 */
void hw_engine_advance(struct hw_engine *engine, uint64_t now_ns);

/* How a connection ended whose end no frame tells. */
enum hw_close {
	HW_CLOSE_ORDERLY,	/* both have closed it; the frames that say so were lost */
	HW_CLOSE_RESET,		/* its own host takes nothing more */
	HW_CLOSE_RESET_BY_PEER, /* the frame that says so was lost */
	HW_CLOSE_GIVEN_UP,	/* its peer does not answer: RFC 9293 3.8.3 */
};

/*
 * A live source knows when the kernel is done with a socket, also where no FIN or RST passes: say
 * so after the frames that came before. `socket` has its cookie, its own addresses and, if
 * `has_places`, what it took and sent in all; it is borrowed. A connection that has ended, or that
 * is not known, is left alone. As this will be said, a connection of a socket with a cookie that has
 * carried data does not end by 300 s of silence, as others do, but by 20 h.
 */
void hw_engine_close(struct hw_engine *engine, const struct hw_socket *socket, uint64_t time_ns,
		     enum hw_close how);

/*
 * The capture is over: messages that are not complete are reported as such. Frames that are fed
 * after it begin new connections.
 */
void hw_engine_finish(struct hw_engine *engine);

/* Counters: stage, name, meaning and value of the i-th. Returns false if `i` is too large. */
struct hw_counter {
	const char *stage, *name, *meaning;
	uint64_t value;
};
bool hw_engine_counter(const struct hw_engine *engine, size_t i, struct hw_counter *ret);

/* The event's name ("net_packet_http"), in static storage, and its time. */
const char *hw_event_name(const struct hw_event *event);
uint64_t hw_event_time_ns(const struct hw_event *event);

/*
 * A text field of the event by its path in HW_FORMAT_JSON: an argument and what is in it
 * ("src", "proto_http.method"), what is ours ("httpwire.target"), or what the envelope has
 * ("processName"). Numbers are not text. Returns false if there is no such field. `ret` is
 * borrowed, not NUL-terminated, and valid as long as the event.
 */
bool hw_event_text(const struct hw_event *event, const char *path, const char **ret,
		   size_t *ret_len);

/* An integer field by its path ("proto_http.status_code", "src_port"). */
bool hw_event_number(const struct hw_event *event, const char *path, int64_t *ret);

enum hw_format {
	HW_FORMAT_JSON,		/* Tracee's trace.Event, an object a line */
	HW_FORMAT_JSON_V1BETA1, /* Tracee's v1beta1.Event */
	HW_FORMAT_TEXT,		/* a line for a person */
	HW_FORMAT_HAR,		/* HAR 1.2: entries of a document; of other events nothing */
	HW_FORMAT_CSV,		/* RFC 4180; its head is the line of names */
	HW_FORMAT_TEXT_LONG,	/* exchanges in full, for a person; else as HW_FORMAT_TEXT */
	HW_FORMAT_CURL,		/* each request as a command line; of other events nothing */
};

#define HW_ENCODE_STRICT (1u << 0) /* leave out what Tracee has not */
#define HW_ENCODE_COLOR (1u << 1)  /* HW_FORMAT_TEXT: with colours */
#define HW_ENCODE_TIME (1u << 2)   /* HW_FORMAT_TEXT: the time also where it is narrow */

/* Returns 0, -EINVAL (no such format) or -ENOMEM. */
int hw_encoder_new(struct hw_encoder **ret, enum hw_format format, uint32_t flags);

/* Takes NULL. */
void hw_encoder_free(struct hw_encoder *encoder);

/*
 * Write `event` as a line with its LF; nothing, of length 0, if the format has none for it.
 * HW_FORMAT_TEXT_LONG has several lines, the last one empty, and HW_FORMAT_CURL comments in
 * lines before.
 * `ret` belongs to the encoder and is valid until its next call. Returns 0 or -ENOMEM.
 */
int hw_encoder_encode(struct hw_encoder *encoder, const struct hw_event *event, char **ret,
		      size_t *ret_len);

/*
 * What a file in this format has beside its lines: before the first, between any two, and
 * after the last. Mostly nothing: "". Texts that are valid as long as the encoder, and its
 * columns.
 */
const char *hw_encoder_head(const struct hw_encoder *encoder);
const char *hw_encoder_between(const struct hw_encoder *encoder);
const char *hw_encoder_tail(const struct hw_encoder *encoder);

/*
 * The columns of HW_FORMAT_TEXT and HW_FORMAT_CSV: short names and paths with commas
 * between ("time,status,request.path"). Returns 0, -EINVAL (a name that is none, none, more
 * than 64) or -ENOMEM; then the columns are as they were.
 */
int hw_encoder_set_columns(struct hw_encoder *encoder, const char *list);

/* Lines of HW_FORMAT_TEXT are cut to `columns` of a terminal; 0, as at first: they are not. */
void hw_encoder_set_width(struct hw_encoder *encoder, unsigned int columns);

/*
 * The text of the time that HW_FORMAT_TEXT and _LONG show with the next event. Empty, as at first:
 * none. Borrowed until then.
 */
void hw_encoder_set_time(struct hw_encoder *encoder, const char *text, size_t len);

/* "0.1.0" */
const char *hw_version(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
