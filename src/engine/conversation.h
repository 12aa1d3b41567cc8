/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/conversation.h - the HTTP, or DNS, on one TCP connection
 *
 * The only place that knows both TCP and what it carries: hands each direction's bytes to
 * its parser, tells the parser of responses what they answer, and hands on the messages.
 */
#ifndef HW_ENGINE_CONVERSATION_H
#define HW_ENGINE_CONVERSATION_H

#include "dns/ports.h"
#include "dns/stream.h"
#include "engine/connection_id.h"
#include "engine/requests.h"
#include "exchange/pairing.h"
#include "http/asked.h"
#include "http/parser.h"
#include "tcp/connection.h"

/*
 * Most connections of a host idle, and most of those are between two messages or speak no
 * HTTP. So a connection keeps a word: where its conversation is, or all that there is of
 * one that rests; and if exchanges are asked for, another for what rests of those. In the
 * room that hw_tcp_user() gives; zeroed is a fresh one.
 */
struct hw_conversation_word {
	uint64_t bits;
	uint64_t exchanges; /* hw_pairing_rest(); only there if they are asked for */
};

/* Where a message was found, or something else that is told. */
struct hw_message_place {
	struct hw_tcp_connection *connection;
	int dir;		    /* that it went in */
	const struct hw_packet *at; /* the packet that completed it; NULL: none did */
};

/* What all conversations of an engine share. */
struct hw_conversing {
	struct hw_conversation *spare; /* private: awake ones that nobody has */
	size_t spare_nr, awake_nr;     /* private; spare ones are not counted as awake */
	struct hw_http_parsing parsing;
	struct hw_http_reader reader;
	/* What may be told of `m`, valid until the next call; NULL: all of it. */
	const struct hw_http_message *(*hide)(void *ctx, const struct hw_http_message *m);
	/* Called for each message; `m` and what it asked for are valid during the call. */
	void (*message)(void *ctx, const struct hw_message_place *place,
			const struct hw_http_message *m, const struct hw_event_request *request);
	/*
	 * Called for each exchange and tunnel, if those are asked for; `place->dir` is the
	 * client's.
	 */
	void (*exchange)(void *ctx, const struct hw_message_place *place, struct hw_exchange *x);
	enum hw_exchange_role (*role)(void *ctx, const struct hw_message_place *place);
	void (*tunnel)(void *ctx, const struct hw_message_place *place, const struct hw_tunnel *t);
	struct hw_pairing_env pairing; /* private but for what is set before */
	bool pairs;		       /* exchanges are asked for */
	/* The same for a DNS message; returns whether it is one. NULL: DNS is not asked for. */
	bool (*dns_message)(void *ctx, const struct hw_message_place *place, struct hw_slice m);
	const struct hw_dns_ports *dns_ports; /* that it is looked for on */
	/*
	 * The connection was accepted, or ends after that; `place->dir` is the client's. At the
	 * end `direction` is what the call before left there.
	 */
	void (*flow)(void *ctx, const struct hw_message_place *place, bool is_end,
		     uint8_t *direction);
	bool lacks_data; /* of what is not DNS: nobody asks for it */
	/* The peers have ended it, both directions, and nothing more is told of it. */
	void (*over)(void *ctx, struct hw_tcp_connection *c);
	/*
	 * What the parser of `dir` will pass over. Said when that begins, for long bodies now and
	 * again, and of chunks when it ends. NULL: not wanted.
	 */
	void (*ahead)(void *ctx, const struct hw_message_place *place,
		      const struct hw_http_ahead *what);
	/* Memory is short: end another connection than `spare`. Returns false if there is none. */
	bool (*evict)(void *ctx, const struct hw_tcp_connection *spare);
	void *ctx;
	bool keep_requests; /* responses are to know what was asked for */
	struct hw_dns_reader dns_reader;
};

/*
 * Prepare it. The caller sets `pairs` and `pairing` before; the calls, `ctx` and `parsing`, but for
 * its reader, before or after.
 */
void hw_conversing_init(struct hw_conversing *shared);

/* Bytes that each connection has for its struct hw_conversation_word. */
size_t hw_conversation_bytes(const struct hw_conversing *shared);

/* Free what is kept for other conversations, when there is none any more. */
void hw_conversing_clear(struct hw_conversing *shared);

/*
 * hw_connection_id() of `c` when it was asked for first: it stays the same as long as the conversation
 * is awake, also where SYNs disagree, and the number that holds becomes known only later.
 */
uint64_t hw_conversation_id(struct hw_connection_ids *ids, struct hw_tcp_connection *c);

/* The calls of a hw_tcp_reader, with `ctx` a struct hw_conversing. */
void hw_conversation_data(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
			  const struct hw_packet *at);
void hw_conversation_gap(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			 const struct hw_packet *at);
uint32_t hw_conversation_left_out(void *ctx, struct hw_tcp_connection *c, int dir, uint32_t hole,
				  const struct hw_packet *at);
bool hw_conversation_ignores(void *ctx, struct hw_tcp_connection *c, int dir,
			     struct hw_slice bytes);
struct hw_slice hw_conversation_kept(void *ctx, struct hw_tcp_connection *c, int dir);
void hw_conversation_skip(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
			  const struct hw_packet *at);
void hw_conversation_end(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
			 const struct hw_packet *at);
void hw_conversation_begin(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at);
void hw_conversation_accept(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at);
void hw_conversation_free(void *ctx, struct hw_tcp_connection *c);
void hw_conversation_fetch(void *ctx, struct hw_tcp_connection *c, unsigned step);
/*
 * Behind each packet of a connection, if exchanges are asked for: `again` bytes of it were
 * there before.
 */
void hw_conversation_packet(struct hw_tcp_connection *c, const struct hw_packet *at,
			    uint64_t again);

/* Tell of exchanges that go on. */
void hw_conversing_progress(struct hw_conversing *shared, uint64_t now_ns);

#endif
