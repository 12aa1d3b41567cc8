/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/pairing.c - see pairing.h */
#include "exchange/pairing.h"

#include <string.h>

#include "exchange/waiting.h"
#include "http/octet.h"

enum { EARLY_MAX = 8 }; /* responses that wait for their requests */

/* ---- what goes on ---- */

static struct hw_moment moment(const struct hw_pairing_now *now)
{
	return (struct hw_moment){ now->time_ns, now->frame };
}

void hw_pairing_piece(struct hw_pairing *p, const struct hw_pairing_now *now, uint64_t len)
{
	p->bytes[now->dir] += len;
}

void hw_pairing_hold(struct hw_pairing *p, const struct hw_pairing_now *now)
{
	p->held[now->dir] = moment(now);
}

void hw_pairing_again(struct hw_pairing *p, int dir, uint64_t len)
{
	p->repeated[dir] += len;
}

void hw_pairing_begin(struct hw_pairing *p, const struct hw_pairing_now *now, ptrdiff_t offset,
		      uint32_t seq, const struct hw_pairing_ack *ack)
{
	hw_pairing_keep(now->env);
	p->begun[now->dir] = offset < 0 ? p->held[now->dir] : moment(now);
	p->seq[now->dir] = seq;
	p->asked[now->dir] = *ack;
	p->heard[now->dir] = p->bytes[!now->dir];
	p->current[now->dir] = NULL;
}

static bool says_close(const struct hw_http_message *m)
{
	struct hw_slice rest = hw_http_field_value(m, HW_SLICE("Connection")), token;
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

static void begin_part(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_waiting *w,
		       struct hw_pairing_part *part, const struct hw_http_message *m)
{
	const struct hw_moment *begun = &p->begun[now->dir];

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
		part->lacks_body =
			hw_body_new(&part->body, &now->env->bodies, m, now->env->budget) != 0;
	if (p->closes[now->dir])
		w->anomalies |= hw_anomaly_bit(HW_ANOMALY_AFTER_CLOSE);
	p->closes[now->dir] |= says_close(m);
	p->current[now->dir] = w;
	p->is_response[now->dir] = part == &w->response;
}

/* Whether the sender of a message has bytes of the other direction that are not here. */
static bool is_behind(const struct hw_pairing_ack *ack)
{
	return ack->is_set && (int32_t)(ack->ack - ack->next) > 0;
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
	if (!ack->is_set || p->is_blind)
		return false;
	return !p->has_lost ||
	       (!p->pipelined && p->has_answered && (int32_t)(ack->ack - p->answered) > 0);
}

static void become_certain(struct hw_pairing *p)
{
	p->is_certain = true;
	p->is_assumed |= p->has_lost;
	p->has_lost = false;
}

static bool is_waiting_for_answer(const struct hw_waiting *w)
{
	return w->request.message && !w->response.message;
}

/* It was answered before its head was whole: too slow a head, or too long. */
static struct hw_waiting *answered_early(struct hw_pairing *p)
{
	struct hw_waiting *w = p->early_nr ? p->first : NULL;

	while (w && !w->is_begun)
		w = w->next;
	if (!w)
		return NULL;
	p->early_nr--;
	w->is_early = w->is_begun = false;
	return w;
}

/*
 * A response came before its request: the capture is in disorder, or the request was held
 * until it was clear that bytes before it are lost. Those before that are nobody's.
 */
static struct hw_waiting *early(struct hw_pairing *p, const struct hw_pairing_now *now,
				const struct hw_pairing_ack *ack)
{
	struct hw_waiting *w = answered_early(p);

	if (w)
		return w;
	w = p->first;
	while (w && !is_waiting_for_answer(w) && (w->request.message || w->ack != ack->ack))
		w = w->next;
	if (w && is_waiting_for_answer(w)) /* behind it there are only requests */
		return NULL;
	if (!w || p->pipelined || !may_tell(p, ack))
		return NULL;
	while (p->first != w && !p->first->request.message && p->first->response.is_done)
		hw_pairing_finish(p, now, p->first, HW_EXCHANGE_UNPAIRED);
	become_certain(p);
	return w;
}

/* One whose head ends in a gap may have been answered before another came. */
static bool does_any_wait(const struct hw_pairing *p)
{
	for (const struct hw_waiting *w = p->first; w; w = w->next)
		if (!w->response.is_done && (w->is_certain || w->is_placed))
			return true;
	return false;
}

/*
 * Whether a request was sent before all others were answered. Their answers may be among what its
 * client has and is not here; but not all of them if the last one was sent ahead.
 */
static bool is_sent_ahead(const struct hw_pairing *p, const struct hw_pairing_ack *ack)
{
	const bool has_more = !p->has_last || (int32_t)(ack->ack - p->last_ack) > 0;
	const bool may_be_answered = is_behind(ack) && !p->is_last_ahead && has_more;

	return does_any_wait(p) && !may_be_answered;
}

/* A client that asks in turn for so long does not send requests ahead any more. */
static void note_habit(struct hw_pairing *p, const struct hw_pairing_ack *ack, bool is_ahead)
{
	p->is_blind |= is_ahead && (p->is_assumed || p->has_lost);
	if (is_ahead)
		p->pipelined = HW_PAIRING_TURNS;
	else if (p->pipelined && p->is_certain && !p->early_nr && ack->is_set && !is_behind(ack))
		p->pipelined--;
}

/* Whether one of the answers that came before their requests may be its own: nothing says which. */
static bool may_be_answered(const struct hw_pairing *p, const struct hw_pairing_ack *ack)
{
	if (ack->is_set && p->lacks_answers && (int32_t)(p->lost_until - ack->ack) > 0)
		return true;
	for (const struct hw_waiting *w = p->early_nr ? p->first : NULL; w; w = w->next)
		if (w->is_early && (!ack->is_set || (int32_t)(w->ack - ack->ack) >= 0))
			return true;
	return false;
}

/* Answers that begin before what a request acknowledges are of none that is still to come. */
static void drop_passed(struct hw_pairing *p, const struct hw_pairing_now *now, uint32_t ack)
{
	struct hw_waiting *next;

	for (struct hw_waiting *w = p->early_nr ? p->first : NULL; w; w = next) {
		next = w->next;
		if (w->is_early && w->response.is_done && (int32_t)(ack - w->ack) > 0)
			hw_pairing_finish(p, now, w, HW_EXCHANGE_UNPAIRED);
	}
}

static struct hw_waiting *add_request(struct hw_pairing *p, const struct hw_pairing_now *now)
{
	struct hw_waiting *w = hw_pairing_add(p, now);

	if (w)
		w->response.end_at = p->heard[now->dir]; /* until there is one */
	return w;
}

/*
 * Nothing says what answers `w`. If it was sent ahead its answer may still come, and nothing says
 * what later ones wait for.
 */
static void give_up(struct hw_pairing *p, const struct hw_pairing_now *now, struct hw_waiting *w)
{
	for (struct hw_waiting *o = w->is_ahead ? w->next : NULL; o; o = o->next)
		o->is_certain &= o->response.message != NULL;
	p->is_certain &= !w->is_ahead;
	p->is_blind |= w->is_ahead;
	hw_pairing_finish(p, now, w, HW_EXCHANGE_UNPAIRED);
}

/*
 * What was asked before the end of a gap, or of bytes that are no message, may have been answered in
 * them.
 */
static void doubt(struct hw_pairing *p, const struct hw_pairing_now *now, uint32_t seq)
{
	struct hw_waiting *next;

	for (struct hw_waiting *w = p->first; w; w = next) {
		next = w->next;
		if (w->response.message)
			continue;
		if (!hw_pairing_asks_last(w) &&
		    (!w->is_placed || p->is_blind || (int32_t)(seq - w->ack) > 0))
			give_up(p, now, w);
		else
			w->is_certain = false;
	}
}

static struct hw_waiting *oldest_unanswered(const struct hw_pairing *p)
{
	struct hw_waiting *w = p->first;

	while (w && (w->response.message || !w->request.message))
		w = w->next;
	return w;
}

/* Whether the oldest request was sent before its client had all that lies before `seq`. */
static bool is_after(const struct hw_pairing *p, uint32_t seq)
{
	const struct hw_waiting *w = oldest_unanswered(p);

	return w && (!w->is_placed || (int32_t)(seq - w->ack) > 0);
}

void hw_pairing_garbage(struct hw_pairing *p, const struct hw_pairing_now *now,
			const struct hw_pairing_ack *ack)
{
	if (ack->is_set && p->client == now->dir && is_after(p, ack->ack))
		doubt(p, now, ack->ack);
}

void hw_pairing_miss_answers(struct hw_pairing *p, uint32_t seq)
{
	p->is_certain = false;
	p->lacks_answers = true;
	p->lost_until = seq;
}

/* Where among the answers it was sent; only of the client's requests is that known. */
static void place(struct hw_pairing *p, struct hw_waiting *w, const struct hw_pairing_ack *ack,
		  bool is_clients, bool is_ahead)
{
	w->is_placed = is_clients && ack->is_set;
	w->is_ahead = is_ahead;
	w->is_behind_loss = p->has_lost;
	w->has_ack = is_clients && !is_ahead && may_tell(p, ack);
	w->ack = ack->ack;
	if (!w->is_placed)
		return;
	p->last_ack = ack->ack;
	p->is_last_ahead = is_ahead;
	p->has_last = true;
}

/* Too many wait for their answers: this one is told of without, when its head is there. */
static void tell_alone(const struct hw_pairing *p, const struct hw_pairing_now *now,
		       const struct hw_http_message *m)
{
	const bool is_whole = m->framing == HW_HTTP_BODY_NONE;
	struct hw_http_message own = *m;
	struct hw_waiting w = { .number = p->number };

	if (!hw_pairing_keeps_fields(now->env->no_fields, m))
		drop_fields(&own);
	w.request = (struct hw_pairing_part){
		.message = &own,
		.dir = (uint8_t)now->dir,
		.start_ns = p->begun[now->dir].time_ns,
		.start_frame = p->begun[now->dir].frame,
		.end_ns = now->time_ns,
		.end_frame = now->frame,
		.repeated = is_whole ? 0 : p->repeated[now->dir],
		.is_whole = is_whole,
		.is_done = is_whole,
		.why = is_whole ? HW_HTTP_WHOLE : HW_HTTP_CUT_LIMIT,
	};
	hw_pairing_tell(p, now, &w, HW_EXCHANGE_UNPAIRED);
}

/* It is in no exchange. */
static void lose(const struct hw_pairing_now *now)
{
	hw_stats_inc(now->env->stats, HW_STAT_EXCHANGES_LOST);
}

/* Where a head goes on that is too long nobody knows of its body: requests in that are none. */
static void doubt_what_follows(struct hw_pairing *p)
{
	p->is_certain = false;
	p->has_lost = true;
}

void hw_pairing_request(struct hw_pairing *p, const struct hw_pairing_now *now,
			const struct hw_http_message *m, const struct hw_pairing_ack *ack)
{
	struct hw_waiting *w = is_client(p, now->dir) ? early(p, now, ack) : NULL;
	const bool is_ahead = !w && is_sent_ahead(p, ack);
	bool is_doubtful;

	if (ack->is_set && p->client == now->dir)
		drop_passed(p, now, ack->ack);
	if (!is_client(p, now->dir))
		p->is_certain = false; /* both sides ask: whose answer is whose? */
	else
		note_habit(p, ack, is_ahead);
	p->lacks_answers &= !ack->is_set || (int32_t)(p->lost_until - ack->ack) > 0;
	is_doubtful = !w && may_be_answered(p, ack);
	if (!w)
		w = add_request(p, now);
	if (!w) {
		if (hw_pairing_is_full(p))
			tell_alone(p, now, m);
		else
			lose(now);
		return;
	}
	p->early_nr -= w->is_early;
	w->is_early = false;
	w->is_certain &= !is_doubtful;
	place(p, w, ack, p->client == now->dir, is_ahead);
	if (w->response.body_size && hw_slice_eq(m->method, HW_SLICE("HEAD")))
		hw_pairing_miss_answers(p, ack->next);
	hw_pairing_count_active(now, w);
	begin_part(p, now, w, &w->request, m);
	if (m->incomplete == HW_HTTP_CUT_LIMIT)
		doubt_what_follows(p);
}

/* ---- responses ---- */

/* Something waits behind the oldest request that does. */
static bool do_several_wait(const struct hw_pairing *p)
{
	const struct hw_waiting *w = oldest_unanswered(p);

	return w && w->next;
}

/* It is known what answers `w`, and so those behind it, unless requests may be missing between. */
static void restore_order(struct hw_pairing *p, struct hw_waiting *w)
{
	w->is_certain = true;
	while ((w = w->next) && !w->is_behind_loss && w->request.dir == p->client)
		w->is_certain = true;
	become_certain(p);
}

/* The request that a response at `seq` answers; NULL: none, or it cannot be said which. */
static struct hw_waiting *find(struct hw_pairing *p, const struct hw_pairing_now *now, uint32_t seq)
{
	struct hw_waiting *w;

	while ((w = oldest_unanswered(p))) {
		if (w->is_placed && (int32_t)(w->ack - seq) > 0)
			return NULL; /* it had not been sent then */
		if (w->is_certain)
			break;
		if (w->has_ack && !p->is_blind && w->ack == seq)
			restore_order(p, w);
		else
			give_up(p, now, w);
	}
	return w;
}

static void add_interim(const struct hw_pairing_now *now, struct hw_waiting *w,
			const struct hw_http_message *m)
{
	struct hw_interims *in = w->interims;
	struct hw_exchange_interim *i;

	w->anomalies |= m->anomalies;
	if (!in)
		in = w->interims = hw_pairing_take(now->env, sizeof(*in));
	if (!in || in->nr == HW_EXCHANGE_INTERIMS_MAX)
		return;
	i = &in->list[in->nr];
	i->time_ns = now->time_ns;
	i->status_code = m->status_code;
	i->reason = hw_slice(in->reasons[in->nr], m->reason.len < HW_PAIRING_REASON_MAX
							  ? m->reason.len
							  : HW_PAIRING_REASON_MAX);
	if (i->reason.len)
		memcpy(in->reasons[in->nr], m->reason.ptr, i->reason.len);
	in->nr++;
}

/* A response at `seq` whose request is not known, or not yet; `is_begun`: its head has. */
static struct hw_waiting *add_early(struct hw_pairing *p, const struct hw_pairing_now *now,
				    uint32_t seq, bool is_begun)
{
	struct hw_waiting *w;

	if (p->nr >= EARLY_MAX && !p->first->request.message && p->first->response.is_done)
		hw_pairing_finish(p, now, p->first, HW_EXCHANGE_UNPAIRED);
	w = hw_pairing_add(p, now);
	if (!w) {
		lose(now);
		return NULL;
	}
	w->is_begun = is_begun && w->is_certain && p->early_nr == 0;
	if (w->is_begun)
		p->client = (int8_t)!now->dir;
	p->early_nr++;
	w->is_early = true;
	w->ack = seq;
	w->request.end_at = p->bytes[!now->dir]; /* not known better */
	return w;
}

/* Whether it is of the request whose head is under way: one sent when all before `seq` had come. */
static bool answers_head(const struct hw_pairing *p, const struct hw_pairing_now *now,
			 const struct hw_pairing_ack *ack, uint32_t seq)
{
	const struct hw_pairing_ack *asked = &p->asked[!now->dir];

	return ack->is_in_head && p->client != now->dir &&
	       (!is_behind(ack) || (asked->is_set && asked->ack == seq));
}

/* Where the SYN-ACK was lost its stream begins behind what was lost with it, and there is no gap. */
static void see_first(struct hw_pairing *p, const struct hw_pairing_now *now, uint32_t seq)
{
	const struct hw_waiting *w = oldest_unanswered(p);

	if (!w || !w->is_placed || (int32_t)(seq - w->ack) <= 0)
		return;
	hw_pairing_miss_answers(p, seq);
	doubt(p, now, seq);
}

void hw_pairing_response(struct hw_pairing *p, const struct hw_pairing_now *now,
			 const struct hw_http_message *m, const struct hw_pairing_ack *ack)
{
	const uint32_t seq = p->seq[now->dir];
	struct hw_waiting *w;

	if (m->anomalies & hw_anomaly_bit(HW_ANOMALY_GARBAGE_BEFORE) && do_several_wait(p) &&
	    is_after(p, seq))
		doubt(p, now, seq);
	if (!p->has_answered && !(m->anomalies & hw_anomaly_bit(HW_ANOMALY_LEADING_BLANK_LINES)))
		see_first(p, now, seq);
	w = p->client != now->dir ? find(p, now, seq) : NULL;
	if (!p->has_answered)
		p->answered = seq;
	p->has_answered = true;
	if (hw_http_is_interim(m)) {
		if (w)
			add_interim(now, w, m);
		return;
	}
	if (!w)
		w = add_early(p, now, seq, answers_head(p, now, ack, seq));
	if (!w)
		return;
	w->is_owed = is_behind(ack);
	p->told[now->dir] = p->bytes[now->dir];
	begin_part(p, now, w, &w->response, m);
}

/* ---- the message at hand ---- */

static struct hw_pairing_part *at_hand(const struct hw_pairing *p, int dir)
{
	struct hw_waiting *w = p->current[dir];

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

/* HEAD has an answer without a body: that was other answers, up to `end`. */
static void see_body(struct hw_pairing *p, const struct hw_pairing_now *now,
		     const struct hw_waiting *w, uint32_t end)
{
	if (!w->request.message || !hw_slice_eq(w->request.message->method, HW_SLICE("HEAD")))
		return;
	hw_pairing_miss_answers(p, end);
	doubt(p, now, end);
}

void hw_pairing_done(struct hw_pairing *p, const struct hw_pairing_now *now, bool is_whole,
		     size_t left)
{
	struct hw_waiting *w = p->current[now->dir];
	struct hw_pairing_part *part = at_hand(p, now->dir);

	if (!part)
		return;
	p->current[now->dir] = NULL;
	part->is_done = true;
	part->is_whole = is_whole && part->message->incomplete == HW_HTTP_WHOLE;
	part->why = now->why;
	part->end_ns = now->why == HW_HTTP_CUT_GAP ? 0 : now->time_ns; /* it is in the gap */
	part->end_frame = now->frame;
	if (part == &w->response && w->request.message)
		p->answered = now->next - (uint32_t)left;
	part->end_at = p->bytes[now->dir] - left;
	part->repeated = p->repeated[now->dir] - part->repeated;
	if (part == &w->response && part->body_size)
		see_body(p, now, w, now->next - (uint32_t)left);
	hw_pairing_settle(p, now, w);
}

/* ---- what is missing, and the end ---- */

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
	if (p->client < 0 || p->client == now->dir)
		return;
	hw_pairing_miss_answers(p, seq);
	doubt(p, now, seq);
}
