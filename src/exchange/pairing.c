/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/pairing.c - see pairing.h */
#include "exchange/pairing.h"

#include <stdlib.h>
#include <string.h>

#include "base/fetch.h"
#include "http/copy.h"
#include "http/octet.h"

enum {
	DIRS = 2,
	EARLY_MAX = 8,	    /* responses that wait for their requests */
	REASON_MAX = 32,    /* bytes kept of an interim response's reason */
	FETCHED_MAX = 1024, /* of a message */
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
};

struct interims {
	size_t nr;
	struct hw_exchange_interim list[HW_EXCHANGE_INTERIMS_MAX];
	char reasons[HW_EXCHANGE_INTERIMS_MAX][REASON_MAX];
};

/* An exchange that has not ended. */
struct waiting {
	struct waiting *next;
	struct hw_pairing_part request, response;
	struct interims *interims; /* NULL: none */
	uint64_t number;
	hw_anomalies anomalies;
	uint32_t ack; /* of the request; or where the response begins, if that came first */
	bool has_ack, is_certain;
	bool is_active; /* it is counted in env->active[role] */
	enum hw_exchange_role role;
};

struct moment {
	uint64_t time_ns, frame;
};

struct hw_pairing {
	void *owner;
	struct waiting *first, **last; /* in their order */
	size_t nr;
	struct waiting *current[DIRS]; /* whose message is at hand; NULL: nobody's */
	bool is_response[DIRS];	       /* which of its two it is */
	struct moment begun[DIRS];     /* when what is at hand began */
	struct moment pieces[DIRS];    /* when what the parser holds began */
	uint32_t seq[DIRS];	       /* of its first byte */
	uint64_t bytes[DIRS], repeated[DIRS];
	uint64_t number;
	uint32_t answered;	/* where the last response ended that was an answer, or any began */
	struct waiting *tunnel; /* the exchange that began it */
	struct hw_pairing *newer, *older; /* of those with exchanges */
	uint64_t due_ns;
	int8_t client;	 /* direction of the requests; -1: not known */
	int8_t ended_by; /* who ended it first; -1: nobody yet */
	uint8_t ended;	 /* bit of each direction */
	bool is_listed;
	bool closes[DIRS]; /* a message has said that it is the last */
	bool has_answered; /* that is known */
	bool has_lost;	   /* requests were lost since it was last certain */
	bool is_certain;   /* of the next request it will be known what answers it */
	bool is_pipelined; /* requests were sent before the last one was answered */
};

/* ---- the pairings that have exchanges ---- */

static void unlist(struct hw_pairing_env *env, struct hw_pairing *p)
{
	if (!p->is_listed)
		return;
	*(p->older ? &p->older->newer : &env->first) = p->newer;
	*(p->newer ? &p->newer->older : &env->last) = p->older;
	p->newer = p->older = NULL;
	p->is_listed = false;
}

static void list(struct hw_pairing_env *env, struct hw_pairing *p, uint64_t now_ns)
{
	unlist(env, p);
	if (!env->progress_ns)
		return;
	p->due_ns = now_ns + env->progress_ns;
	p->older = env->last;
	*(env->last ? &env->last->newer : &env->first) = p;
	env->last = p;
	p->is_listed = true;
}

/* ---- memory ---- */

static void *take(struct hw_pairing_env *env, size_t size)
{
	void *ret;

	if (!hw_budget_take(env->budget, size))
		return NULL;
	ret = calloc(1, size);
	if (!ret)
		hw_budget_give(env->budget, size);
	return ret;
}

static void give(struct hw_pairing_env *env, void *ptr, size_t size)
{
	if (!ptr)
		return;
	free(ptr);
	hw_budget_give(env->budget, size);
}

static void free_part(struct hw_pairing_env *env, struct hw_pairing_part *part)
{
	if (env->fresh == part)
		env->fresh = NULL;
	hw_http_message_free(part->copy, part->copy_size, env->budget);
	hw_body_free(part->body);
}

static void count_active(const struct hw_pairing_now *now, struct waiting *w)
{
	if (w->is_active || !now->env->role)
		return;
	w->is_active = true;
	w->role = now->env->role(now->ctx, now->dir);
	now->env->active[w->role]++;
}

static void count_ended(struct hw_pairing_env *env, struct waiting *w)
{
	env->active[w->role] -= w->is_active;
	w->is_active = false;
}

static void free_waiting(struct hw_pairing_env *env, struct waiting *w)
{
	count_ended(env, w);
	free_part(env, &w->request);
	free_part(env, &w->response);
	give(env, w->interims, sizeof(*w->interims));
	give(env, w, sizeof(*w));
}

struct hw_pairing *hw_pairing_new(struct hw_pairing_env *env, void *owner, bool is_whole)
{
	struct hw_pairing *p = take(env, sizeof(*p));

	if (!p)
		return NULL;
	p->owner = owner;
	p->last = &p->first;
	p->client = p->ended_by = -1;
	p->is_certain = is_whole;
	p->has_lost = !is_whole;
	return p;
}

/*
 * A pairing at rest: a bit that is set, what is known of its connection, the number of its last
 * exchange, and in the upper half where that was answered.
 */
enum {
	REST_CLIENT = 1, /* two bits: 1 more than the direction */
	REST_CLOSES = 3, /* a bit for each direction */
	REST_ANSWERED = 5,
	REST_LOST = 6,
	REST_CERTAIN = 7,
	REST_PIPELINED = 8,
	REST_NUMBER = 9,
	REST_ANSWER = 32,
};

uint64_t hw_pairing_rest(const struct hw_pairing *p)
{
	if (p->first || p->tunnel || p->number >> (REST_ANSWER - REST_NUMBER))
		return HW_PAIRING_BUSY;
	return 1 | (uint64_t)(p->client + 1) << REST_CLIENT |
	       (uint64_t)p->closes[0] << REST_CLOSES | (uint64_t)p->closes[1] << (REST_CLOSES + 1) |
	       (uint64_t)p->has_answered << REST_ANSWERED | (uint64_t)p->has_lost << REST_LOST |
	       (uint64_t)p->is_certain << REST_CERTAIN |
	       (uint64_t)p->is_pipelined << REST_PIPELINED | p->number << REST_NUMBER |
	       (uint64_t)p->answered << REST_ANSWER;
}

struct hw_pairing *hw_pairing_awake(struct hw_pairing_env *env, void *owner, uint64_t rest,
				    bool is_whole)
{
	struct hw_pairing *p = hw_pairing_new(env, owner, is_whole);

	if (!p)
		return NULL;
	p->client = (int8_t)((rest >> REST_CLIENT & 3) - 1);
	p->closes[0] = rest >> REST_CLOSES & 1;
	p->closes[1] = rest >> (REST_CLOSES + 1) & 1;
	p->has_answered = is_whole && rest >> REST_ANSWERED & 1;
	p->has_lost |= rest >> REST_LOST & 1;
	p->is_certain &= rest >> REST_CERTAIN & 1;
	p->is_pipelined = rest >> REST_PIPELINED & 1;
	p->number = (uint32_t)rest >> REST_NUMBER;
	p->answered = (uint32_t)(rest >> REST_ANSWER);
	return p;
}

void hw_pairing_free(struct hw_pairing *p, struct hw_pairing_env *env)
{
	if (!p)
		return;
	unlist(env, p);
	for (struct waiting *w = p->first, *next; w; w = next) {
		next = w->next;
		free_waiting(env, w);
	}
	if (p->tunnel)
		free_waiting(env, p->tunnel);
	give(env, p, sizeof(*p));
}

/* Without memory for it there is a message, but nothing is known of it. */
static void keep(struct hw_pairing_env *env, struct hw_pairing_part *part)
{
	if (env->fresh == part)
		env->fresh = NULL;
	part->copy = hw_http_message_copy_received(part->message, env->budget, &part->copy_size);
	part->message = part->copy ? part->copy : &hw_http_message_none;
}

void hw_pairing_keep(struct hw_pairing_env *env)
{
	if (env->fresh)
		keep(env, env->fresh);
}

/* ---- telling ---- */

static struct hw_slice incomplete(const struct hw_pairing_part *part)
{
	if (!part->message || (part->is_done && part->is_whole))
		return (struct hw_slice){ NULL, 0 };
	if (part->message->incomplete != HW_HTTP_WHOLE)
		return hw_http_incomplete_name(part->message->incomplete);
	if (part->has_gap)
		return hw_http_incomplete_name(HW_HTTP_CUT_GAP);
	return part->why == HW_HTTP_WHOLE ? HW_SLICE("framing")
					  : hw_http_incomplete_name(part->why);
}

static struct hw_exchange_part describe_part(const struct hw_pairing *p,
					     const struct hw_pairing_part *part)
{
	struct hw_exchange_part ret = {
		.message = part->message ? part->message : &hw_http_message_none,
		.is_there = part->message,
		.is_whole = part->is_done && part->is_whole,
		.incomplete = incomplete(part),
		.start_ns = part->start_ns,
		.end_ns = part->is_done ? part->end_ns : 0,
		.start_frame = part->start_frame,
		.end_frame = part->is_done ? part->end_frame : 0,
		.body.size = part->body_size,
	};

	ret.body.retransmitted = part->is_done	 ? part->repeated
				 : part->message ? p->repeated[part->dir] - part->repeated
						 : 0;
	if (part->body)
		hw_body_tell(part->body, ret.is_whole, &ret.body);
	return ret;
}

static uint64_t between(uint64_t from_ns, uint64_t to_ns)
{
	return from_ns && to_ns > from_ns ? to_ns - from_ns : 0;
}

static struct hw_exchange exchange_of(const struct hw_pairing *p, const struct waiting *w,
				      enum hw_exchange_end end)
{
	struct hw_exchange x = {
		.number = w->number,
		.end = end,
		.anomalies = w->anomalies,
		.request = describe_part(p, &w->request),
		.response = describe_part(p, &w->response),
		.interims = w->interims ? w->interims->list : NULL,
		.interims_nr = w->interims ? w->interims->nr : 0,
	};

	x.anomalies |= x.request.message->anomalies | x.response.message->anomalies;
	x.time_to_first_byte_ns = between(x.request.end_ns, x.response.start_ns);
	x.duration_ns = between(x.request.start_ns, x.response.end_ns);
	x.transfer_ns = between(x.response.start_ns, x.response.end_ns);
	return x;
}

static void forget(struct hw_pairing *p, const struct waiting *w)
{
	for (int dir = 0; dir < DIRS; dir++)
		if (p->current[dir] == w)
			p->current[dir] = NULL;
}

static void take_out(struct hw_pairing *p, struct hw_pairing_env *env, struct waiting *w)
{
	struct waiting **link = &p->first;

	count_ended(env, w);
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	if (!*link)
		p->last = link;
	p->nr--;
	if (!p->first)
		unlist(env, p);
}

static void begin_tunnel(struct hw_pairing *p, struct hw_pairing_env *env, struct waiting *w)
{
	if (p->tunnel)
		free_waiting(env, p->tunnel);
	if (w->request.message && !w->request.copy)
		keep(env, &w->request);
	if (w->response.message && !w->response.copy)
		keep(env, &w->response);
	p->tunnel = w;
}

/* Tell of `w`, which is in no list, and forget it. */
static void tell(struct hw_pairing *p, const struct hw_pairing_now *now, struct waiting *w,
		 enum hw_exchange_end end)
{
	struct hw_exchange x = exchange_of(p, w, end);

	now->env->exchange(now->ctx, &x, p->client < 0 ? 0 : p->client);
	if (end == HW_EXCHANGE_UPGRADED || end == HW_EXCHANGE_TUNNEL)
		begin_tunnel(p, now->env, w);
	forget(p, w);
	if (p->tunnel != w)
		free_waiting(now->env, w);
}

static void finish(struct hw_pairing *p, const struct hw_pairing_now *now, struct waiting *w,
		   enum hw_exchange_end end)
{
	take_out(p, now->env, w);
	tell(p, now, w, end);
}

/* ---- what goes on ---- */

static struct moment moment(const struct hw_pairing_now *now)
{
	return (struct moment){ now->time_ns, now->frame };
}

void hw_pairing_piece(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len,
		      bool is_fresh)
{
	p->bytes[now->dir] += len;
	if (is_fresh)
		p->pieces[now->dir] = moment(now);
}

void hw_pairing_again(struct hw_pairing *p, int dir, uint64_t len)
{
	p->repeated[dir] += len;
}

void hw_pairing_begin(struct hw_pairing *p, const struct hw_pairing_now *now, ptrdiff_t offset,
		      uint32_t seq)
{
	hw_pairing_keep(now->env);
	p->begun[now->dir] = offset < 0 ? p->pieces[now->dir] : moment(now);
	p->seq[now->dir] = seq;
	p->current[now->dir] = NULL;
}

static struct waiting *add(struct hw_pairing *p, const struct hw_pairing_now *now)
{
	struct waiting *w = p->nr < HW_PAIRING_WAITING_MAX ? take(now->env, sizeof(*w)) : NULL;

	p->number++;
	if (!w) {
		hw_stats_inc(now->env->stats, HW_STAT_EXCHANGES_LOST);
		p->is_certain = false; /* the order now has a hole */
		p->has_lost = true;
		p->is_pipelined = true;
		return NULL;
	}
	w->number = p->number;
	w->is_certain = p->is_certain;
	*p->last = w;
	p->last = &w->next;
	if (p->nr++ == 0)
		list(now->env, p, now->time_ns);
	return w;
}

static struct hw_slice value_of(const struct hw_http_message *m, struct hw_slice name)
{
	for (size_t i = 0; i < m->fields_nr; i++)
		if (hw_slice_eq_nocase(m->fields[i].name, name))
			return m->fields[i].value;
	return HW_SLICE("");
}

static bool says_close(const struct hw_http_message *m)
{
	struct hw_slice rest = value_of(m, HW_SLICE("Connection")), token;
	bool more = true;

	while (more) {
		more = hw_slice_cut(&rest, ',', &token);
		if (hw_slice_eq_nocase(hw_octet_trim(more ? token : rest), HW_SLICE("close")))
			return true;
	}
	return false;
}

bool hw_pairing_keeps_fields(bool no_fields, const struct hw_http_message *m)
{
	return !no_fields || m->status_code == 101;
}

/* Of the head its first line is left. */
static void drop_fields(struct hw_http_message *m)
{
	m->head = m->start_line;
	m->fields = m->headers = NULL;
	m->fields_nr = m->headers_nr = 0;
	m->repeat = 0;
}

static void begin_part(struct hw_pairing *p, const struct hw_pairing_now *now, struct waiting *w,
		       struct hw_pairing_part *part, const struct hw_http_message *m)
{
	const struct moment *begun = &p->begun[now->dir];

	hw_pairing_keep(now->env);
	now->env->borrowed = *m;
	if (!hw_pairing_keeps_fields(now->env->no_fields, m))
		drop_fields(&now->env->borrowed);
	now->env->fresh = part;
	part->message = &now->env->borrowed;
	part->dir = (uint8_t)now->dir;
	part->start_ns = begun->time_ns;
	part->start_frame = begun->frame;
	part->repeated = p->repeated[now->dir];
	part->end_at = p->bytes[now->dir]; /* until its end is seen */
	if (now->env->bodies.max && m->framing != HW_HTTP_BODY_NONE)
		part->body =
			hw_body_new(&now->env->bodies, value_of(m, HW_SLICE("Content-Type")),
				    value_of(m, HW_SLICE("Content-Encoding")), now->env->budget);
	if (p->closes[now->dir])
		w->anomalies |= hw_anomaly_bit(HW_ANOMALY_AFTER_CLOSE);
	p->closes[now->dir] |= says_close(m);
	p->current[now->dir] = w;
	p->is_response[now->dir] = part == &w->response;
}

/* ---- requests ---- */

static bool is_client(struct hw_pairing *p, int dir)
{
	if (p->client < 0)
		p->client = (int8_t)dir;
	return p->client == dir;
}

/*
 * Whether a request's acknowledgement can tell what answers it: where others were lost, one
 * of those must have been answered before it, or they may all have been sent at once.
 */
static bool may_tell(const struct hw_pairing *p, const struct hw_pairing_ack *ack)
{
	if (!ack->is_set || p->is_pipelined)
		return false;
	return !p->has_lost || (p->has_answered && (int32_t)(ack->ack - p->answered) > 0);
}

static void become_certain(struct hw_pairing *p)
{
	p->is_certain = true;
	p->has_lost = false;
}

static bool is_waiting_for_answer(const struct waiting *w)
{
	return w->request.message && !w->response.message;
}

/*
 * A response came before its request: the capture is in disorder, or the request was held
 * until it was clear that bytes before it are lost. Those before that are nobody's.
 */
static struct waiting *early(struct hw_pairing *p, const struct hw_pairing_now *now,
			     const struct hw_pairing_ack *ack)
{
	struct waiting *w = p->first;

	while (w && !is_waiting_for_answer(w) && (w->request.message || w->ack != ack->ack))
		w = w->next;
	if (w && is_waiting_for_answer(w)) /* behind it there are only requests */
		return NULL;
	if (!w || !may_tell(p, ack))
		return NULL;
	while (p->first != w && !p->first->request.message && p->first->response.is_done)
		finish(p, now, p->first, HW_EXCHANGE_UNPAIRED);
	become_certain(p);
	return w;
}

static bool is_unanswered(const struct hw_pairing *p)
{
	for (const struct waiting *w = p->first; w; w = w->next)
		if (!w->response.is_done)
			return true;
	return false;
}

void hw_pairing_request(struct hw_pairing *p, const struct hw_pairing_now *now,
			const struct hw_http_message *m, const struct hw_pairing_ack *ack)
{
	const bool is_behind = ack->is_set && (int32_t)(ack->ack - ack->next) > 0;
	struct waiting *w = is_client(p, now->dir) ? early(p, now, ack) : NULL;

	if (!is_client(p, now->dir))
		p->is_certain = false; /* both sides ask: whose answer is whose? */
	else if (!w && !is_behind && is_unanswered(p))
		p->is_pipelined = true;
	if (!w)
		w = add(p, now);
	if (!w)
		return;
	w->has_ack = p->client == now->dir && may_tell(p, ack);
	w->ack = ack->ack;
	count_active(now, w);
	begin_part(p, now, w, &w->request, m);
}

/* ---- responses ---- */

static struct waiting *oldest_unanswered(const struct hw_pairing *p)
{
	struct waiting *w = p->first;

	while (w && (w->response.message || !w->request.message))
		w = w->next;
	return w;
}

/* The request that a response at `seq` answers; NULL: none, or it cannot be said which. */
static struct waiting *find(struct hw_pairing *p, const struct hw_pairing_now *now, uint32_t seq)
{
	struct waiting *w;

	while ((w = oldest_unanswered(p)) && !w->is_certain) {
		if (p->is_pipelined || !w->has_ack || (int32_t)(w->ack - seq) < 0) {
			finish(p, now, w, HW_EXCHANGE_UNPAIRED);
			continue;
		}
		if (w->ack != seq)
			return NULL; /* it had not been sent then */
		w->is_certain = true;
		become_certain(p);
	}
	return w;
}

/* 1xx come before the answer proper; 101 is the answer. RFC 9110 15.2 */
static bool is_interim(const struct hw_http_message *m)
{
	return m->status_code >= 100 && m->status_code < 200 && m->status_code != 101;
}

static void add_interim(const struct hw_pairing_now *now, struct waiting *w,
			const struct hw_http_message *m)
{
	struct interims *in = w->interims;
	struct hw_exchange_interim *i;

	if (!in)
		in = w->interims = take(now->env, sizeof(*in));
	if (!in || in->nr == HW_EXCHANGE_INTERIMS_MAX)
		return;
	i = &in->list[in->nr];
	i->time_ns = now->time_ns;
	i->status_code = m->status_code;
	i->reason = hw_slice(in->reasons[in->nr],
			     m->reason.len < REASON_MAX ? m->reason.len : REASON_MAX);
	if (i->reason.len)
		memcpy(in->reasons[in->nr], m->reason.ptr, i->reason.len);
	in->nr++;
}

/* A response at `seq` whose request is not known, or not yet. */
static struct waiting *add_early(struct hw_pairing *p, const struct hw_pairing_now *now,
				 uint32_t seq)
{
	struct waiting *w;

	if (p->nr >= EARLY_MAX && !p->first->request.message && p->first->response.is_done)
		finish(p, now, p->first, HW_EXCHANGE_UNPAIRED);
	w = add(p, now);
	if (!w)
		return NULL;
	w->ack = seq;
	w->request.end_at = p->bytes[!now->dir]; /* not known better */
	return w;
}

void hw_pairing_response(struct hw_pairing *p, const struct hw_pairing_now *now,
			 const struct hw_http_message *m)
{
	const uint32_t seq = p->seq[now->dir];
	const bool is_ours = p->client != now->dir;
	struct waiting *w = is_ours ? find(p, now, seq) : NULL;

	if (!p->has_answered)
		p->answered = seq;
	p->has_answered = true;
	if (is_interim(m)) {
		if (w)
			add_interim(now, w, m);
		return;
	}
	if (!w)
		w = add_early(p, now, seq);
	if (!w)
		return;
	begin_part(p, now, w, &w->response, m);
}

/* ---- the message at hand ---- */

static struct hw_pairing_part *at_hand(const struct hw_pairing *p, int dir)
{
	struct waiting *w = p->current[dir];

	if (!w)
		return NULL;
	return p->is_response[dir] ? &w->response : &w->request;
}

void hw_pairing_body(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_slice bytes)
{
	struct hw_pairing_part *part = at_hand(p, now->dir);

	if (!part)
		return;
	part->body_size += bytes.len;
	if (part->body)
		hw_body_feed(part->body, bytes);
}

void hw_pairing_passed(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len)
{
	struct hw_pairing_part *part = at_hand(p, now->dir);

	if (!part)
		return;
	part->body_size += len;
	if (part->body)
		hw_body_pass(part->body, len);
}

bool hw_pairing_wants_body(const struct hw_pairing *p, int dir)
{
	const struct hw_pairing_part *part = at_hand(p, dir);

	return part && part->body && !hw_body_has_enough(part->body);
}

void hw_pairing_odd(struct hw_pairing *p, const struct hw_pairing_now *now, hw_anomalies odd)
{
	if (p->current[now->dir])
		p->current[now->dir]->anomalies |= odd;
}

/* What follows the response, if it is the end of HTTP on the connection. */
static enum hw_exchange_end end_of(const struct waiting *w)
{
	const struct hw_http_message *m = w->response.message;

	if (m->status_code == 101)
		return HW_EXCHANGE_UPGRADED;
	if (w->request.message && m->status_code >= 200 && m->status_code < 300 &&
	    hw_slice_eq(w->request.message->method, HW_SLICE("CONNECT")))
		return HW_EXCHANGE_TUNNEL;
	return HW_EXCHANGE_COMPLETE;
}

/* Ended by a direction's end, it is that which says how. */
static bool is_cut(const struct hw_pairing_part *part)
{
	return !part->is_whole && part->why != HW_HTTP_WHOLE && part->why != HW_HTTP_CUT_GAP &&
	       part->why != HW_HTTP_CUT_LIMIT;
}

/* A response without a request waits for it only if the capture may be in disorder. */
static void settle(struct hw_pairing *p, const struct hw_pairing_now *now, struct waiting *w)
{
	if (!w->response.is_done || is_cut(&w->response))
		return;
	if (!w->request.message && !w->is_certain)
		finish(p, now, w, HW_EXCHANGE_UNPAIRED);
	else if (w->request.is_done)
		finish(p, now, w, end_of(w));
}

void hw_pairing_done(struct hw_pairing *p, const struct hw_pairing_now *now, bool is_whole,
		     size_t left)
{
	struct waiting *w = p->current[now->dir];
	struct hw_pairing_part *part = at_hand(p, now->dir);

	if (!part)
		return;
	p->current[now->dir] = NULL;
	part->is_done = true;
	part->is_whole = is_whole && part->message->incomplete == HW_HTTP_WHOLE;
	part->why = now->why;
	part->end_ns = now->time_ns;
	part->end_frame = now->frame;
	if (part == &w->response && w->request.message)
		p->answered = now->next - (uint32_t)left;
	part->end_at = p->bytes[now->dir] - left;
	part->repeated = p->repeated[now->dir] - part->repeated;
	settle(p, now, w);
}

/* ---- what is missing, and the end ---- */

/* What was asked before the end of the gap may have been answered in it. */
static void doubt(struct hw_pairing *p, const struct hw_pairing_now *now, uint32_t seq)
{
	struct waiting *next;

	for (struct waiting *w = p->first; w; w = next) {
		next = w->next;
		if (w->response.message)
			continue;
		if (p->is_pipelined || !w->has_ack || (int32_t)(seq - w->ack) > 0)
			finish(p, now, w, HW_EXCHANGE_UNPAIRED);
		else
			w->is_certain = false;
	}
}

void hw_pairing_gap(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len,
		    bool is_inside, uint32_t seq)
{
	struct hw_pairing_part *part = at_hand(p, now->dir);

	p->bytes[now->dir] += len;
	if (part)
		part->has_gap = true;
	if (part && part->body)
		hw_body_gap(part->body);
	if (is_inside)
		return;
	p->is_certain = false;
	p->has_lost |= p->client < 0 || p->client == now->dir;
	if (p->client >= 0 && p->client != now->dir)
		doubt(p, now, seq);
}

static enum hw_exchange_end end_by(const struct hw_pairing *p, enum hw_pairing_end how)
{
	switch (how) {
	case HW_PAIRING_CLOSED:
	case HW_PAIRING_RESET:
		break;
	case HW_PAIRING_TIMEOUT:
		return HW_EXCHANGE_TIMEOUT;
	case HW_PAIRING_EVICTED:
		return HW_EXCHANGE_EVICTED;
	case HW_PAIRING_CAPTURE_END:
		return HW_EXCHANGE_CAPTURE_ENDED;
	}
	return p->ended_by == p->client ? HW_EXCHANGE_ABORTED_BY_CLIENT
					: HW_EXCHANGE_ABORTED_BY_SERVER;
}

static void tell_tunnel(struct hw_pairing *p, const struct hw_pairing_now *now,
			enum hw_pairing_end how)
{
	const struct waiting *w = p->tunnel;
	const struct hw_http_message *request =
		w->request.message ? w->request.message : &hw_http_message_none;
	const int client = p->client < 0 ? 0 : p->client;
	const struct hw_tunnel t = {
		.method = request->method,
		.target = request->target,
		.host = request->host,
		.protocol = w->response.message->status_code == 101
				    ? value_of(w->response.message, HW_SLICE("Upgrade"))
				    : HW_SLICE(""),
		.status_code = w->response.message->status_code,
		.end = how == HW_PAIRING_CLOSED ? HW_EXCHANGE_COMPLETE : end_by(p, how),
		.start_ns = w->response.end_ns,
		.end_ns = now->time_ns,
		.duration_ns = between(w->response.end_ns, now->time_ns),
		.client_bytes = p->bytes[client] - w->request.end_at,
		.server_bytes = p->bytes[!client] - w->response.end_at,
		.number = w->number,
	};

	now->env->tunnel(now->ctx, &t, client);
}

/* A whole response is an answer, though the request was not heard to its end. */
static enum hw_exchange_end last_end(const struct hw_pairing *p, const struct waiting *w,
				     enum hw_pairing_end how)
{
	if (!w->response.message || !w->response.is_done || !w->response.is_whole)
		return end_by(p, how);
	return w->request.message ? end_of(w) : HW_EXCHANGE_UNPAIRED;
}

void hw_pairing_ended(struct hw_pairing *p, int dir, int by)
{
	p->ended |= (uint8_t)(1 << dir);
	if (p->ended_by < 0)
		p->ended_by = (int8_t)by;
}

void hw_pairing_end(struct hw_pairing *p, const struct hw_pairing_now *now, enum hw_pairing_end how,
		    int by)
{
	hw_pairing_ended(p, now->dir, by);
	if (p->ended != 3 && now->dir == p->client)
		return;
	hw_pairing_keep(now->env);
	while (p->first)
		finish(p, now, p->first, last_end(p, p->first, how));
	if (p->ended != 3 || !p->tunnel)
		return;
	tell_tunnel(p, now, how);
	free_waiting(now->env, p->tunnel);
	p->tunnel = NULL;
}

bool hw_pairing_is_over(const struct hw_pairing *p)
{
	return p->ended == 3;
}

void hw_pairing_progress(struct hw_pairing_env *env, uint64_t now_ns,
			 void (*exchange)(void *ctx, void *owner, struct hw_exchange *x,
					  int client),
			 void *ctx)
{
	struct hw_pairing *p;

	while ((p = env->first) && now_ns >= p->due_ns) {
		list(env, p, now_ns);
		for (const struct waiting *w = p->first; w; w = w->next) {
			struct hw_exchange x = exchange_of(p, w, HW_EXCHANGE_GOES_ON);

			exchange(ctx, p->owner, &x, p->client < 0 ? 0 : p->client);
		}
	}
}

/* ---- memory that was not used for long ---- */

static void fetch_message(const struct hw_pairing_part *part)
{
	if (part->copy)
		hw_fetch(part->copy, part->copy_size < FETCHED_MAX ? part->copy_size : FETCHED_MAX);
}

void hw_pairing_fetch(const struct hw_pairing *p, unsigned step)
{
	if (step == 0)
		hw_fetch(p, sizeof(*p));
	else if (!p->first)
		return;
	else if (step == 1)
		hw_fetch(p->first, sizeof(*p->first));
	else
		fetch_message(&p->first->request);
}
