/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/exchange/waiting.h - exchanges that have not ended: what the files behind pairing.h share
 *
 * pairing.c takes what goes on and says what belongs together; waiting.c keeps the exchanges of
 * a connection, and what rests of them; ending.c ends them and tells of them. Private to this
 * folder.
 */
#ifndef HW_EXCHANGE_WAITING_H
#define HW_EXCHANGE_WAITING_H

#include "exchange/pairing.h"

enum {
	HW_PAIRING_DIRS = 2,
	HW_PAIRING_REASON_MAX = 32, /* bytes kept of an interim response's reason */
	HW_PAIRING_TURNS = 3,	    /* of a client that has sent requests ahead, and does no more */
};

/* One message of an exchange. */
struct hw_pairing_part {
	const struct hw_http_message *message; /* NULL: there is none */
	struct hw_http_message *copy;	       /* owned; NULL: `message` is borrowed still */
	size_t copy_size;
	struct hw_body *body; /* NULL: not kept */
	uint64_t start_ns, end_ns, start_frame, end_frame;
	uint64_t body_size;
	uint64_t end_at;   /* place in the direction's bytes */
	uint64_t repeated; /* p->repeated when it began, and when it ended */
	enum hw_http_incomplete why;
	uint8_t dir; /* that it went in */
	bool is_done, is_whole, has_gap;
	bool lacks_body; /* which is not kept for want of memory */
};

/* Interim responses, before the one that counts. */
struct hw_interims {
	size_t nr;
	struct hw_exchange_interim list[HW_EXCHANGE_INTERIMS_MAX];
	char reasons[HW_EXCHANGE_INTERIMS_MAX][HW_PAIRING_REASON_MAX];
};

/* An exchange that has not ended. */
struct hw_waiting {
	struct hw_waiting *next;
	struct hw_pairing_part request, response;
	struct hw_interims *interims; /* NULL: none */
	uint64_t number;
	hw_anomalies anomalies;
	uint32_t ack;	     /* of the request; or where the response begins, if that came first */
	bool is_ahead;	     /* the request was sent before those before it were answered */
	bool is_behind_loss; /* requests were lost since it was last certain */
	bool is_placed;	     /* `ack` is known of the request, */
	bool has_ack;	     /* and can tell what answers it */
	bool is_certain;
	bool is_early;	/* its response came, and its request has not, */
	bool is_begun;	/* of which the head had begun */
	bool is_owed;	/* the server has bytes that are not here: the request may be among those */
	bool is_active; /* it is counted in env->active[role] */
	enum hw_exchange_role role;
};

/* A place in the capture. */
struct hw_moment {
	uint64_t time_ns, frame;
};

/* Of one connection. */
struct hw_pairing {
	void *owner;
	struct hw_waiting *first, **last; /* in their order */
	size_t nr;
	struct hw_waiting *current[HW_PAIRING_DIRS];  /* whose message is at hand; NULL: nobody's */
	bool is_response[HW_PAIRING_DIRS];	      /* which of its two it is */
	struct hw_moment begun[HW_PAIRING_DIRS];      /* when what is at hand began */
	struct hw_moment held[HW_PAIRING_DIRS];	      /* when what the parser holds began */
	uint32_t seq[HW_PAIRING_DIRS];		      /* of its first byte */
	struct hw_pairing_ack asked[HW_PAIRING_DIRS]; /* what its first packet said of the other */
	uint64_t heard[HW_PAIRING_DIRS]; /* bytes of the other direction, when it began */
	uint64_t bytes[HW_PAIRING_DIRS], repeated[HW_PAIRING_DIRS];
	uint64_t number;
	uint32_t answered; /* where the last response ended that was an answer, or any began */
	struct hw_waiting *tunnel;	  /* the exchange that began it */
	struct hw_pairing *newer, *older; /* of those with exchanges */
	uint64_t due_ns;
	int8_t client;	 /* direction of the requests; -1: not known */
	int8_t ended_by; /* who ended it first; -1: nobody yet */
	uint8_t ended;	 /* bit of each direction */
	bool is_listed;
	bool closes[HW_PAIRING_DIRS]; /* a message has said that it is the last */
	uint32_t early_nr;	      /* that are early: mostly none */
	uint32_t lost_until;	      /* answers may be missing before that, if lacks_answers */
	bool lacks_answers;
	uint64_t told[HW_PAIRING_DIRS]; /* bytes, when its last message began */
	bool has_answered;		/* that is known */
	bool has_lost;			/* requests were lost since it was last certain */
	bool is_certain;		/* of the next request it will be known what answers it */
	uint32_t last_ack;		/* of the latest request of which one is known; whether */
	bool is_last_ahead;		/* that was sent ahead, */
	bool has_last;			/* and whether there was one */
	bool is_assumed;		/* it was certain if its client sends nothing ahead */
	bool is_blind;			/* nothing will say any more what answers what */
	uint8_t pipelined; /* how often in turn its client has to ask, until it is not taken for
			    * one that sends requests ahead */
};

/* Its request has that anomaly. */
static inline bool hw_pairing_asks_oddly(const struct hw_waiting *w, enum hw_anomaly odd)
{
	return w->request.message && w->request.message->anomalies & hw_anomaly_bit(odd);
}

/* What comes behind its request is hardly HTTP/1: bytes that were not seen need be no response. */
static inline bool hw_pairing_asks_last(const struct hw_waiting *w)
{
	return hw_pairing_asks_oddly(w, HW_ANOMALY_H2_PREFACE) ||
	       hw_pairing_asks_oddly(w, HW_ANOMALY_HTTP_0_9);
}

/* ---- waiting.c ---- */

/* Zeroed, out of the budget. NULL: there is not so much. */
void *hw_pairing_take(struct hw_pairing_env *env, size_t size);

/* Among the pairings with exchanges, told of when they are due: `p` is as of now. */
void hw_pairing_list(struct hw_pairing_env *env, struct hw_pairing *p, uint64_t now_ns);

static inline bool hw_pairing_is_full(const struct hw_pairing *p)
{
	return p->nr >= HW_PAIRING_WAITING_MAX;
}

/* One more exchange, the last. NULL: no memory, or too many; from then on the order has a hole. */
struct hw_waiting *hw_pairing_add(struct hw_pairing *p, const struct hw_pairing_now *now);

/* Out of the list of its pairing; it is not freed. */
void hw_pairing_take_out(struct hw_pairing *p, struct hw_pairing_env *env, struct hw_waiting *w);

/* Copy the message, which is borrowed. Without memory there is one, but nothing is known of it. */
void hw_pairing_keep_part(struct hw_pairing_env *env, struct hw_pairing_part *part);

/* A request has begun. */
void hw_pairing_count_active(const struct hw_pairing_now *now, struct hw_waiting *w);

/* One that is in no list. */
void hw_pairing_free_waiting(struct hw_pairing_env *env, struct hw_waiting *w);

/* ---- pairing.c ---- */

/* Answers may be missing before `seq`. */
void hw_pairing_miss_answers(struct hw_pairing *p, uint32_t seq);

/* ---- ending.c ---- */

/* Tell of `w`, which ended so. */
void hw_pairing_tell(const struct hw_pairing *p, const struct hw_pairing_now *now,
		     const struct hw_waiting *w, enum hw_exchange_end end);

/* `w` has ended so: tell of it, and forget it. */
void hw_pairing_finish(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_waiting *w,
		       enum hw_exchange_end end);

/* The response of `w` may be there, and its request: then it has ended. */
void hw_pairing_settle(struct hw_pairing *p, const struct hw_pairing_now *now,
		       struct hw_waiting *w);

#endif
