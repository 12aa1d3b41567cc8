/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/pairing.h - the messages of one connection become exchanges
 *
 * Requests and responses are paired in their order (RFC 9112 9.3.2). Where bytes are
 * missing the order is no longer known; a response then belongs to a request only if the
 * request acknowledged all bytes of the connection before the response and none of it,
 * and was not sent ahead, before all others were answered. Where requests were lost, an
 * answer to one of those must lie between, too, and its sender must not send requests ahead.
 * What cannot be paired so is told alone: never a wrong pair.
 *
 * Messages are copied only if the piece of input that they came in ends before their
 * exchange does. Knows sequence numbers, but no TCP.
 */
#ifndef HW_EXCHANGE_PAIRING_H
#define HW_EXCHANGE_PAIRING_H

#include <stddef.h>

#include "base/stats.h"
#include "exchange/body.h"

enum { HW_PAIRING_WAITING_MAX = 1024 }; /* exchanges of a connection that are not ended */

struct hw_pairing;	/* opaque: of one connection */
struct hw_pairing_part; /* opaque: a message of an exchange */

/* What all pairings of an engine share. */
struct hw_pairing_env {
	struct hw_budget *budget;
	struct hw_stats *stats;
	struct hw_body_options bodies;
	bool no_fields;	      /* exchanges are told of without the fields of their messages */
	uint64_t progress_ns; /* exchanges are told of so often while they go on; 0: never */
	/*
	 * An exchange has ended. `x` is valid during the call, but for what
	 * hw_exchange_describe() makes, which is the caller's to ask for. `client` is the
	 * direction of its requests. `ctx` is that of the call that brought it about.
	 */
	void (*exchange)(void *ctx, struct hw_exchange *x, int client);
	void (*tunnel)(void *ctx, const struct hw_tunnel *t, int client);
	/* What the client is, whose direction is `client`: asked when a request begins. */
	enum hw_exchange_role (*role)(void *ctx, int client);
	uint64_t active[HW_ROLE_SERVER + 1]; /* requests that have not ended, by that */
	/* Private: */
	struct hw_pairing *first, *last; /* those with exchanges, by when they are due */
	struct hw_pairing_part *fresh;	 /* the message that is not copied yet; NULL: none */
	struct hw_http_message borrowed; /* is it */
};

/* A call: what it is about, and where the capture is. */
struct hw_pairing_now {
	struct hw_pairing_env *env;
	void *ctx;
	uint64_t time_ns, frame;
	int dir;		     /* of the bytes */
	uint32_t next;		     /* sequence number behind the piece at hand */
	enum hw_http_incomplete why; /* why a message that ends now is not whole */
};

/* Who ended a connection, and how. */
enum hw_pairing_end {
	HW_PAIRING_CLOSED,
	HW_PAIRING_RESET,
	HW_PAIRING_TIMEOUT,
	HW_PAIRING_EVICTED,
	HW_PAIRING_CAPTURE_END,
	HW_PAIRING_UNSEEN, /* its packets are missing: who ended it when is not known */
};

/*
 * `owner` is what hw_pairing_progress() names it by. `is_whole`: the connection's
 * beginning was captured. Returns NULL without memory.
 */
struct hw_pairing *hw_pairing_new(struct hw_pairing_env *env, void *owner, bool is_whole);

/* It is new, and direction `dir` has ended before: `by` (a direction) ended it. */
void hw_pairing_ended(struct hw_pairing *p, int dir, int by);

/*
 * What there is of a pairing that has no exchange; HW_PAIRING_BUSY: it has one, has had too many, or
 * more of what it has seen may be needed than the word has room for. The same word awakes it again:
 * see hw_pairing_new(); `is_whole`: nothing was missed since.
 */
uint64_t hw_pairing_rest(const struct hw_pairing *p);
struct hw_pairing *hw_pairing_awake(struct hw_pairing_env *env, void *owner, uint64_t rest,
				    bool is_whole);
enum { HW_PAIRING_BUSY = 0 };

/*
 * Something will happen to it soon: fetch it (step 0), its first exchange (1) and what that says
 * (2). What one step asked for should be there at the next.
 */
void hw_pairing_fetch(const struct hw_pairing *p, unsigned step);

/* What has not ended is dropped: end both directions first. Takes NULL. */
void hw_pairing_free(struct hw_pairing *p, struct hw_pairing_env *env);

/*
 * The next `len` bytes come, or are left out on purpose. Behind them, and before bytes of
 * another connection, hw_pairing_keep() is due: it copies a message that was borrowed; and
 * hw_pairing_hold(), if what the parser holds of a message begins among them.
 */
void hw_pairing_piece(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len);
void hw_pairing_hold(struct hw_pairing *p, const struct hw_pairing_now *now);
void hw_pairing_keep(struct hw_pairing_env *env);

/* What is known of the other direction: what a message's own packet says of it, */
struct hw_pairing_ack {
	bool is_set;
	uint32_t ack;	 /* its sender has all before that */
	uint32_t next;	 /* and we have; */
	bool is_in_head; /* and that a head has begun there, which is to come */
};

/* A head begins at `seq`; `offset` as hw_http_reader.begin() has it; `ack`: of its first packet. */
void hw_pairing_begin(struct hw_pairing *p, const struct hw_pairing_now *now, ptrdiff_t offset,
		      uint32_t seq, const struct hw_pairing_ack *ack);

/*
 * Whether fields of `m` are kept: of no_fields those of what switches protocols are, which its
 * tunnel will ask for. The others are read, but go no further.
 */
bool hw_pairing_keeps_fields(bool no_fields, const struct hw_http_message *m);

/*
 * Bytes of no message came in the other direction, before a request with this acknowledgement: they
 * may answer what was asked before. Called before that request.
 */
void hw_pairing_garbage(struct hw_pairing *p, const struct hw_pairing_now *now,
			const struct hw_pairing_ack *ack);

/* Its head is there. `m` is borrowed until the next head, or the end of the piece. */
void hw_pairing_request(struct hw_pairing *p, const struct hw_pairing_now *now,
			const struct hw_http_message *m, const struct hw_pairing_ack *ack);
void hw_pairing_response(struct hw_pairing *p, const struct hw_pairing_now *now,
			 const struct hw_http_message *m, const struct hw_pairing_ack *ack);

/* Of the message at hand: its body, bytes of it that were left out, what was odd, its end. */
void hw_pairing_body(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_slice bytes);
void hw_pairing_passed(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len);
bool hw_pairing_wants_body(const struct hw_pairing *p, int dir); /* more bytes of it */
void hw_pairing_odd(struct hw_pairing *p, const struct hw_pairing_now *now, hw_anomalies odd);
void hw_pairing_done(struct hw_pairing *p, const struct hw_pairing_now *now, bool is_whole,
		     size_t left);

/* Bytes of this direction came once more. */
void hw_pairing_again(struct hw_pairing *p, int dir, uint64_t len);

/*
 * `len` bytes were never captured; the next one has number `seq`. `is_inside`: it is known
 * where the message ends that they belong to. Called behind the parser.
 */
void hw_pairing_gap(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len,
		    bool is_inside, uint32_t seq);

/*
 * The direction ends, and `by` (a direction) ended it. `next` has the sequence numbers behind what
 * there is of both; NULL: one was never heard. Called behind the parser.
 */
void hw_pairing_end(struct hw_pairing *p, const struct hw_pairing_now *now, enum hw_pairing_end how,
		    int by, const uint32_t next[2]);

/* Both directions have ended: nothing more is to be told. */
bool hw_pairing_is_over(const struct hw_pairing *p);

/*
 * Tell `exchange` of those that go on at `now_ns`, with `ctx` and the pairing's owner. Cheap when
 * nothing is due.
 */
void hw_pairing_progress(struct hw_pairing_env *env, uint64_t now_ns,
			 void (*exchange)(void *ctx, void *owner, struct hw_exchange *x,
					  int client),
			 void *ctx);

#endif
