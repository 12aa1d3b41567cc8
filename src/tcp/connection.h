/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/connection.h - TCP segments become two streams of bytes in order
 *
 * The table of connections, and for each connection its two directions. Segments go in
 * as they were captured: late, twice, overlapping, or never. Bytes come out in order and
 * once, without a copy where the segment is the next one. Bytes that were never captured
 * come out as a gap, so that the reader above can resynchronise instead of waiting.
 *
 * Where segments overlap and differ, the bytes that came first win, and the conflict is
 * counted and told (an evasion attempt), as far as both are here: of the bytes that were
 * given to the reader, those that it keeps. Urgent data is ordinary data. What its receiver
 * would not take is refused and counted: RST and SYN out of place, acknowledgements that
 * are too old (RFC 5961) or are none, timestamps that are too old (RFC 7323 5), data behind the
 * FIN or on a SYN that was not accepted.
 *
 * A missing segment is given up, and told as a gap, when its receiver has acknowledged it
 * and HW_TCP_GAP_WAIT_NS passed or HW_TCP_GAP_WAIT_SEGMENTS came since what follows it
 * was seen (captures on several queues are disordered, so acknowledgements can come
 * first; at a socket they cannot, and nothing is waited for), or its sender has answered
 * HW_TCP_GAP_WAIT_TURNS times since; when no acknowledgement was
 * seen for HW_TCP_GAP_WAIT_UNACKED_NS; when there is no room to hold more and the receiver
 * does not wait for it, too (if it does, what comes early is dropped instead: over_limit);
 * and at the end of the connection.
 *
 * No I/O, no clock, one thread.
 */
#ifndef HW_TCP_CONNECTION_H
#define HW_TCP_CONNECTION_H

#include "base/budget.h"
#include "base/slice.h"
#include "base/stats.h"
#include "tcp/key.h"
#include "wire/decode.h"

/* Index of the two directions of a connection: from endpoint 0, from endpoint 1. */
enum { HW_TCP_DIRS = 2 };

enum hw_tcp_end {
	HW_TCP_END_FIN,	     /* this direction was closed in order */
	HW_TCP_END_CLOSED,   /* it goes on, to a socket that was closed */
	HW_TCP_END_RESET,    /* RST */
	HW_TCP_END_TIMEOUT,  /* idle too long */
	HW_TCP_END_EVICTED,  /* memory was needed */
	HW_TCP_END_REUSED,   /* a new connection with the same key began */
	HW_TCP_END_CAPTURE,  /* the capture ended */
	HW_TCP_END_GIVEN_UP, /* its host had no answer for too long (RFC 9293 3.8.3) */
};

/*
 * A connection, as those above see it. With each comes the reader's own struct of
 * `user_bytes` (see options and hw_tcp_user()), zeroed when the connection is made.
 */
struct hw_tcp_connection {
	struct hw_tcp_key key;
	bool has_isn[2];
	int8_t client;	       /* index of the endpoint that sent the SYN; -1: not seen */
	bool midstream : 1;    /* its beginning was not captured */
	uint8_t first_fin : 2; /* the direction whose FIN came first, and 1; 0: none did yet. Not for
				* readers. */
	uint8_t first_dir : 1;	    /* of its first packet, */
	uint8_t first_passed : 2;   /* which passed in this enum hw_direction, if from no socket */
	uint64_t first_ns, last_ns; /* times of its first and latest packet */
	uint64_t cookie;	    /* of its socket, 0 if not known */
	uint32_t isn[2];	    /* initial sequence numbers, where has_isn */
	uint8_t conflicts[2];  /* overlaps that contradict, per direction; UINT8_MAX and more */
	bool was_disputed : 1; /* its SYNs disagreed: `isn` may have changed, or change */

	/* What the table keeps of it: not for readers. */
	uint8_t list : 2;	  /* enum hw_flow_list */
	uint8_t reset_by : 2;	  /* the direction of the RST that ended it, and 1; 0: none did */
	bool has_signature : 1;	  /* its SYN was signed: RFC 2385, RFC 5925 */
	bool is_accepted : 1;	  /* its SYN-ACK was told */
	bool has_other_syn : 1;	  /* a SYN came that may begin another connection with this key, */
	uint8_t other_dir : 1;	  /* in this direction, */
	uint8_t other_passed : 2; /* and passed in this enum hw_direction */
	uint32_t id;
};

/*
 * What the layer above wants to hear. Slices are valid during the call only. `at` is the
 * packet that brought the call about: not always the one the bytes came in, if they were
 * held until a hole was closed; NULL if time, an eviction or the end of the capture did.
 * A call may use hw_tcp_evict() and no other function that takes a struct hw_tcp.
 */
struct hw_tcp_reader {
	/* Bytes of direction `dir`, the next ones in order. */
	void (*data)(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes,
		     const struct hw_packet *at);
	/* `len` bytes of direction `dir` are missing and will not come. */
	void (*gap)(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
		    const struct hw_packet *at);
	/* Direction `dir` ends; nothing follows in it. Once per direction. `at` may be NULL. */
	void (*end)(void *ctx, struct hw_tcp_connection *c, int dir, enum hw_tcp_end how,
		    const struct hw_packet *at);
	/*
	 * A connection begins, and is about to be freed: after both ends, and up to
	 * HW_TCP_IDLE_CLOSED_NS later, so that late packets do not seem to begin another.
	 */
	void (*begin)(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at);
	void (*free)(void *ctx, struct hw_tcp_connection *c);
	void *ctx;
	/* The server's SYN-ACK was seen, once per connection. NULL: not wanted. */
	void (*accept)(void *ctx, struct hw_tcp_connection *c, const struct hw_packet *at);
	/*
	 * How many of the `hole` next bytes of direction `dir`, which are not there, the source
	 * left out on purpose, and that it did so. NULL: none, a hole is a hole.
	 */
	uint32_t (*left_out)(void *ctx, struct hw_tcp_connection *c, int dir, uint32_t hole,
			     const struct hw_packet *at);
	void (*skip)(void *ctx, struct hw_tcp_connection *c, int dir, uint64_t len,
		     const struct hw_packet *at);
	/*
	 * The last bytes of direction `dir` that were given, as far as the reader still has
	 * them: bytes that come again are compared with them. NULL: it keeps none.
	 */
	struct hw_slice (*kept)(void *ctx, struct hw_tcp_connection *c, int dir);
	/*
	 * Whether it makes no difference what the next bytes of direction `dir` are. NULL: it always
	 * does.
	 */
	bool (*ignores)(void *ctx, struct hw_tcp_connection *c, int dir, struct hw_slice bytes);
	/*
	 * A packet of `c` comes soon: what it needs beside `c` may be fetched, in steps from 0 to
	 * HW_TCP_FETCH_STEPS - 1, one for each packet of another connection. What one step asked
	 * for may be there at the next. NULL: nothing is.
	 */
	void (*fetch)(void *ctx, struct hw_tcp_connection *c, unsigned step);
};

enum { HW_TCP_FETCH_STEPS = 4 };

struct hw_tcp_options {
	struct hw_tcp_reader reader;
	size_t user_bytes; /* size of the reader's own struct per connection */
	uint32_t max_connections;
	size_t hold_max; /* bytes of out-of-order data per direction, in blocks of 2 KiB */
	uint64_t seed;
	bool has_all_ends; /* of sockets that carried no data, too, the source tells the end */
};

/* Defaults of what the table decides by. Times are capture time. */
#define HW_TCP_HOLD_MAX ((size_t)1 << 20)		  /* bytes */
#define HW_TCP_IDLE_NS (300ull * 1000000000)		  /* a connection in use */
#define HW_TCP_IDLE_SOCKET_NS (20ull * 3600 * 1000000000) /* whose end would be told */
#define HW_TCP_IDLE_EMBRYONIC_NS (30ull * 1000000000)	  /* only a SYN was seen */
#define HW_TCP_GAP_WAIT_NS (1ull * 1000000000) /* after its receiver acknowledged the hole */
#define HW_TCP_GAP_WAIT_SEGMENTS 64	       /* that came after it, and it is acknowledged */
#define HW_TCP_GAP_WAIT_TURNS 4		       /* the same, where both sides take turns */
#define HW_TCP_GAP_WAIT_UNACKED_NS (10ull * 1000000000) /* no acknowledgement is seen */
#define HW_TCP_IDLE_CLOSED_NS (10ull * 1000000000)	/* after both ends, for late packets */
#define HW_TCP_WINDOW_MAX (1 << 30) /* RFC 7323 2.3: no byte in flight is further away */
#define HW_TCP_WINDOW_UNSCALED ((uint32_t)1 << 20) /* taken as window if its scale is not known */
#define HW_TCP_MIDSTREAM_BACK ((uint32_t)1 << 20)  /* a start in mid-stream waits for so much */
#define HW_TCP_TIME_SLACK 16 /* RFC 7323 5: timestamps this much too old are only disorder */
#define HW_TCP_USE_GRAIN_NS (2ull * 1000000000) /* how exact the order of use is kept */

struct hw_tcp; /* opaque: the table */

/* `budget` and `stats` stay the caller's and outlive the table. Returns 0 or -ENOMEM. */
int hw_tcp_new(struct hw_tcp **ret, const struct hw_tcp_options *options, struct hw_budget *budget,
	       struct hw_stats *stats);

/* Takes NULL. Frees connections without `end` and `free` calls: finish first. */
void hw_tcp_free(struct hw_tcp *t);

/* The reader's own struct of `c`: `user_bytes`, zeroed when `c` began. */
void *hw_tcp_user(struct hw_tcp_connection *c);

/*
 * Take a TCP packet (kind HW_WIRE_TCP) that arrived at `now_ns` on the engine's clock,
 * which does not go back. Calls the reader. Cannot fail: what finds no memory, after the
 * oldest idle connections are evicted, is counted. Returns the packet's connection, valid
 * until the next call; NULL: it has none.
 */
struct hw_tcp_connection *hw_tcp_push(struct hw_tcp *t, const struct hw_packet *p, uint64_t now_ns);

/*
 * The same of a packet whose checksum may be wrong. It is only taken where that makes no
 * difference: the reader ignores its bytes, they are the next ones, and nothing else that it says is
 * believed. NULL: nothing was done.
 */
struct hw_tcp_connection *hw_tcp_push_unchecked(struct hw_tcp *t, const struct hw_packet *p,
						uint64_t now_ns);

/*
 * The sequence number of the next byte of direction `dir`: behind those of a data() call;
 * and whether it is known, which it is once that direction has begun.
 */
uint32_t hw_tcp_next(const struct hw_tcp_connection *c, int dir);
bool hw_tcp_has_next(const struct hw_tcp_connection *c, int dir);

/*
 * Whether direction `dir` has ended, or is about to be told so; and which direction ended it: the
 * other one by its RST, or else itself.
 */
bool hw_tcp_has_ended(const struct hw_tcp_connection *c, int dir);
int hw_tcp_ended_by(const struct hw_tcp_connection *c, int dir);

/*
 * Prefetch what hw_tcp_push() will need. Optional. Packets to come have places: their numbers modulo
 * HW_TCP_PLACES. The first is told of a packet's ends, of which `frame`, `src`, `dst` and ports
 * are set, or the second, if these are not known; the third is for the packet HW_TCP_AHEAD / 2
 * places later, and when HW_TCP_AHEAD were foreseen after it the packet is pushed, with the
 * place, and 1, as its `tcp_place`. All are hints: what is pushed is looked at.
 */
enum { HW_TCP_AHEAD = 16, HW_TCP_PLACES = 2 * HW_TCP_AHEAD };
void hw_tcp_foresee(struct hw_tcp *t, unsigned place, const struct hw_packet *ends);
void hw_tcp_foresee_v4(struct hw_tcp *t, unsigned place, const uint64_t ends[2]);
void hw_tcp_foresee_nothing(struct hw_tcp *t, unsigned place);
void hw_tcp_fetch(struct hw_tcp *t, unsigned place);

/* Whether they do: a few connections that are open stay in the cache by themselves. */
bool hw_tcp_prefetches(const struct hw_tcp *t);

/*
 * The kernel is done with the socket of `at`, which is no packet of any capture: its frame, its
 * addresses and `ip_version` say which connection is meant, and who ended it.
 */
void hw_tcp_close(struct hw_tcp *t, const struct hw_packet *at, enum hw_tcp_end how,
		  uint64_t now_ns);

/*
 * Let timeouts run out. Cheap when nothing is due; called often. A socket may be open, and busy with
 * what is left out, however long nothing is heard of it: its end is told, by hw_tcp_close() where no
 * packet does. What was told may be lost, so that it does not wait for ever.
 */
void hw_tcp_expire(struct hw_tcp *t, uint64_t now_ns);

/*
 * Memory is short: evict one connection, but never `spare` (may be NULL) nor the one
 * being served. First go those that are over, then those of which only a SYN was seen,
 * then the one that was idle longest. What its reader kept is free when this returns; its
 * own memory when all of its slab (64 connections) is. Returns false if there is none, or
 * if called while an eviction is being told. For others that share the budget; let them
 * ask a few times only, for each costs a connection.
 */
bool hw_tcp_evict(struct hw_tcp *t, const struct hw_tcp_connection *spare);

/*
 * End every connection, in the order of their last use (to within two seconds), but for those that have
 * ended, of which nothing is told. `how` is what `end` is told.
 */
void hw_tcp_finish(struct hw_tcp *t, enum hw_tcp_end how);

/*
 * Where the reader's call at hand stands among all that one hw_tcp_expire() or
 * hw_tcp_finish() brings about: tables that share the packets of a capture, and its clock,
 * tell in this order what one alone would tell. HW_TCP_TURN_PACKET: none of these did.
 */
uint64_t hw_tcp_turn(const struct hw_tcp *t);
#define HW_TCP_TURN_PACKET UINT64_MAX

#endif
