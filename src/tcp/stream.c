/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/stream.c - see stream.h */
#include "tcp/stream.h"

#include "base/layout.h"
#include "tcp/connection.h"

enum {
	EVICTIONS_MAX = 16, /* of others for one segment, so that its cost stays bounded */
	SPARES_MAX = 16,    /* holes come and go, and many connections have one */
	SPARE_SHARE = 20,   /* as a power of two: bytes of the budget for each but the first */
};

static void count(struct hw_stream_env *env, enum hw_stat stat, size_t bytes)
{
	hw_stats_add(env->stats, stat, bytes);
}

static void contradict(struct hw_stream_env *env)
{
	if (env->is_conflict)
		return;
	env->is_conflict = true;
	hw_stats_inc(env->stats, HW_STAT_TCP_CONFLICTS);
	env->conflict(env->ctx);
}

static void deliver(struct hw_stream *s, struct hw_stream_env *env, struct hw_slice bytes)
{
	hw_stream_advance(s, env, bytes.len);
	env->data(env->ctx, bytes);
}

/* Of the packet at hand, if it was one that brought them. */
static void note_given(struct hw_hold *h, const struct hw_arrival *in)
{
	h->given_ns = in->time_ns;
	h->given_number = in->number;
}

/*
 * How the first of the held bytes `run` came, but not before what was given before them. False: it
 * is not known. `run` is cut to those of which it is so.
 */
static bool find_arrival(struct hw_stream *s, struct hw_slice *run, struct hw_arrival *ret)
{
	struct hw_hold *h = s->hold;
	const struct hw_arrival *came = hw_arrivals_find(&h->arrivals, s->next, &run->len);

	h->is_untimed |= !came;
	if (h->is_untimed)
		return false;
	*ret = *came;
	if (ret->time_ns < h->given_ns) {
		ret->time_ns = h->given_ns;
		ret->number = h->given_number;
	}
	note_given(h, ret);
	return true;
}

/*
 * Deliver held bytes, or the first of them, where no packet closed the hole before them: their
 * receiver had them when they came. Returns how many.
 */
static size_t deliver_late(struct hw_stream *s, struct hw_stream_env *env, struct hw_slice run)
{
	struct hw_arrival from;

	if (!find_arrival(s, &run, &from)) {
		deliver(s, env, run);
		return run.len;
	}
	hw_stream_advance(s, env, run.len);
	env->late(env->ctx, run, &from);
	return run.len;
}

static void skip_to(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	const uint32_t len = seq - s->next;

	if (len == 0)
		return;
	hw_stats_inc(env->stats, HW_STAT_TCP_GAPS);
	count(env, HW_STAT_TCP_GAP_BYTES, len);
	s->next = seq;
	env->gap(env->ctx, len);
}

/* Where there may be little memory, what nobody uses is not to be much of it. */
static bool has_spares(const struct hw_stream_env *env)
{
	const size_t more = env->budget->max >> SPARE_SHARE;

	return env->spare_nr > more || env->spare_nr == SPARES_MAX;
}

/* One that has grown goes. */
static void put_aside(struct hw_stream_env *env, struct hw_hold *h)
{
	if (has_spares(env) || hw_hold_has_grown(h)) {
		hw_hold_free(h, env->budget);
		return;
	}
	hw_hold_reset(h, env->budget);
	h->newer = env->spare;
	env->spare = h;
	env->spare_nr++;
}

static struct hw_hold *take_spare(struct hw_stream_env *env)
{
	struct hw_hold *h = env->spare;

	env->spare = h->newer;
	env->spare_nr--;
	h->newer = h;
	return h;
}

static struct hw_hold *take_hold(struct hw_stream_env *env)
{
	return env->spare ? take_spare(env) : hw_hold_new(env->budget);
}

void hw_stream_env_clear(struct hw_stream_env *env)
{
	while (env->spare)
		hw_hold_free(take_spare(env), env->budget);
}

static void discard(struct hw_stream *s, struct hw_stream_env *env, enum hw_stat as)
{
	if (!s->hold)
		return;
	count(env, as, s->hold->bytes);
	env->stats->n[HW_STAT_TCP_PENDING] -= s->hold->bytes;
	put_aside(env, s->hold);
	s->hold = NULL;
}

static bool is_fin_ahead(const struct hw_stream *s)
{
	return s->flags & HW_STREAM_FIN && s->fin != s->next;
}

/* A hold goes when its last hole is closed; behind a FIN nothing counts. */
static void settle(struct hw_stream *s, struct hw_stream_env *env)
{
	if (hw_stream_is_complete(s) || (s->hold && !s->hold->bytes && !is_fin_ahead(s)))
		discard(s, env, HW_STAT_TCP_REFUSED);
}

/* Where the first hole ends: at the first byte held or at the FIN. */
static bool find_edge(const struct hw_stream *s, struct hw_hold_edge *ret)
{
	const bool has_bytes = s->hold && hw_hold_edge(s->hold, ret);

	if (!is_fin_ahead(s) || !s->hold)
		return has_bytes;
	if (!has_bytes || hw_seq_diff(s->fin, ret->seq) < 0)
		*ret = (struct hw_hold_edge){ s->fin, s->hold->fin_segment, s->hold->fin_ns };
	return true;
}

/* The held bytes that are next; of length 0 if there are none. */
static struct hw_slice next_held(const struct hw_stream *s)
{
	struct hw_slice run = { NULL, 0 };

	if (!s->hold || hw_stream_is_complete(s))
		return run;
	run = hw_hold_peek(s->hold, s->next);
	if (s->flags & HW_STREAM_FIN)
		run.len = hw_least(run.len, s->fin - s->next);
	return run;
}

/* Deliver the held bytes that are next, where no packet closed a hole before them. */
static void deliver_as_it_came(struct hw_stream *s, struct hw_stream_env *env)
{
	struct hw_slice run;

	while ((run = next_held(s)).len) {
		const size_t len = deliver_late(s, env, run);

		env->stats->n[HW_STAT_TCP_PENDING] -= len;
		hw_hold_pop(s->hold, env->budget, len);
	}
}

/*
 * Deliver the held bytes that are next, as the segment at hand has closed the hole before them.
 * `late` lies at the same place and comes second: what it repeats is compared and dropped; the rest
 * of it is returned.
 */
static struct hw_slice deliver_held(struct hw_stream *s, struct hw_stream_env *env,
				    struct hw_slice late)
{
	struct hw_slice run;

	note_given(s->hold, &env->at);
	while ((run = next_held(s)).len) {
		const size_t again = hw_least(run.len, late.len);

		if (again && memcmp(run.ptr, late.ptr, again) != 0)
			contradict(env);
		count(env, HW_STAT_TCP_DUPLICATE, again);
		late = hw_slice_after(late, again);
		env->stats->n[HW_STAT_TCP_PENDING] -= run.len;
		deliver(s, env, run);
		hw_hold_pop(s->hold, env->budget, run.len);
	}
	return late;
}

/* As far as nothing that came earlier is in the way. */
static size_t room_ahead(const struct hw_stream *s, size_t len)
{
	struct hw_hold_edge edge;

	return find_edge(s, &edge) ? hw_least(len, edge.seq - s->next) : len;
}

/* Where the hole ends that lies between the next byte and `seq`. */
static uint32_t end_of_hole(const struct hw_stream *s, uint32_t seq)
{
	struct hw_hold_edge edge;

	return find_edge(s, &edge) && hw_seq_diff(edge.seq, seq) < 0 ? edge.seq : seq;
}

void hw_stream_leave_out(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	while (env->left_out && hw_seq_diff(seq, s->next) > 0 && !(s->flags & HW_STREAM_WAITS)) {
		const uint32_t hole = end_of_hole(s, seq) - s->next;
		const uint32_t len = env->left_out(env->ctx, hole);

		if (len == 0)
			return;
		count(env, HW_STAT_TCP_LEFT_OUT, len);
		s->next += len;
		env->skip(env->ctx, len);
		deliver_as_it_came(s, env);
	}
}

/* Bytes that are next, where some are held behind a hole. */
static void close_hole(struct hw_stream *s, struct hw_stream_env *env, struct hw_slice bytes)
{
	while (bytes.len) {
		const size_t len = room_ahead(s, bytes.len);

		if (len)
			deliver(s, env, hw_slice(bytes.ptr, len));
		bytes = deliver_held(s, env, hw_slice_after(bytes, len));
	}
}

/* The next `len` bytes came, and are not in the capture. */
HW_APART static void pass_cut(struct hw_stream *s, struct hw_stream_env *env, uint32_t len)
{
	const uint32_t end = s->next + (uint32_t)room_ahead(s, len);

	hw_stream_leave_out(s, env, end);
	if (hw_seq_diff(end, s->next) > 0)
		skip_to(s, env, end);
	if (s->hold)
		deliver_held(s, env, hw_slice(NULL, 0));
}

static void take_next(struct hw_stream *s, struct hw_stream_env *env, const struct hw_segment *g)
{
	if (s->hold)
		close_hole(s, env, g->bytes);
	else if (g->bytes.len)
		deliver(s, env, g->bytes);
	if (g->cut && s->next == g->seq + (uint32_t)g->bytes.len)
		pass_cut(s, env, g->cut);
}

static void give_up(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	hw_stream_leave_out(s, env, seq);
	if (hw_seq_diff(seq, s->next) > 0)
		skip_to(s, env, seq);
	deliver_as_it_came(s, env);
}

/* What nobody uses goes first. */
static bool make_room(struct hw_stream_env *env)
{
	if (env->spare) {
		hw_stream_env_clear(env);
		return true;
	}
	if (env->evictions_left == 0)
		return false;
	env->evictions_left--;
	return env->make_room(env->ctx);
}

static void begin_turn(struct hw_hold *h, uint32_t ack, uint32_t end)
{
	h->turn_ack = ack;
	h->turn_end = end;
}

/* For what is held first, up to `end`. False: there is no memory. */
static bool get_hold(struct hw_stream *s, struct hw_stream_env *env, uint32_t end)
{
	if (s->hold)
		return true;
	while (!(s->hold = take_hold(env)))
		if (!make_room(env))
			return false;
	begin_turn(s->hold, env->at.ack, end);
	return true;
}

/*
 * A segment comes while others are held. Where its sender was told that the one before had come, and
 * answers what it was sent since, what was on its way before has long come: such a segment counts
 * for many.
 */
static void count_segment(struct hw_stream *s, struct hw_stream_env *env, uint32_t end)
{
	const uint32_t ack = env->at.ack;
	struct hw_hold *h = s->hold;

	h->segments++;
	if (hw_seq_diff(ack, h->turn_ack) <= 0 || !hw_stream_is_past_ack(s, h->turn_end))
		return;
	h->segments += HW_TCP_GAP_WAIT_SEGMENTS / HW_TCP_GAP_WAIT_TURNS;
	begin_turn(h, ack, end);
}

/* The first `len` bytes are looked after. */
static void pass_by(struct hw_segment *g, size_t len)
{
	g->seq += (uint32_t)len;
	g->bytes = hw_slice_after(g->bytes, len);
}

/* Leaves what found no room. */
static void put(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	do {
		struct hw_hold_put ret;
		const size_t done = hw_hold_put(s->hold, env->budget, env->blocks_max, g->seq,
						g->bytes, env->now_ns, &ret);

		if (ret.kept)
			hw_arrivals_note(&s->hold->arrivals, env->budget, g->seq,
					 g->seq + (uint32_t)done, &env->at);
		count(env, HW_STAT_TCP_PENDING, ret.kept);
		count(env, HW_STAT_TCP_DUPLICATE, ret.duplicate);
		if (ret.is_conflict)
			contradict(env);
		pass_by(g, done);
	} while (g->bytes.len && !hw_hold_is_full(s->hold, env->blocks_max) && make_room(env));
}

/*
 * No room for bytes at `seq`. Where its receiver has the bytes of the first hole, or is never
 * heard of, we will not see them: go on behind it. Else the receiver itself waits for
 * them; they will be sent, and to give up would be what an attacker wants who fills our
 * memory with what is far ahead. If nothing is held there is nothing to wait for.
 */
static bool make_progress(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	const uint32_t end = end_of_hole(s, seq);

	if (s->flags & HW_STREAM_WAITS)
		return false;
	if (s->hold && s->hold->bytes && s->hold->is_acking && !hw_stream_is_past_ack(s, end))
		return false;
	give_up(s, env, end);
	return true;
}

/*
 * The first `len` bytes of `g` were delivered before: do they say the same? A byte right before
 * the next one is a keep-alive probe, and garbage (RFC 9293 3.8.4).
 */
static void compare_again(const struct hw_stream *s, struct hw_stream_env *env,
			  const struct hw_segment *g, size_t len)
{
	const size_t old = s->next - g->seq;
	struct hw_slice again = { g->bytes.ptr, len }, kept;

	if (!env->kept || (old == 1 && g->bytes.len == 1))
		return;
	kept = env->kept(env->ctx);
	if (kept.len < old)
		again = hw_slice_after(again, old - kept.len < len ? old - kept.len : len);
	else
		kept = hw_slice_after(kept, kept.len - old);
	if (again.len && memcmp(kept.ptr, again.ptr, again.len) != 0)
		contradict(env);
}

/* What was delivered before goes; what is left begins at `next` or later. */
static void drop_old(const struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	const int32_t old = hw_seq_diff(s->next, g->seq);
	size_t again;

	if (old <= 0)
		return;
	again = hw_least((size_t)old, g->bytes.len);
	if (again)
		compare_again(s, env, g, again);
	count(env, HW_STAT_TCP_DUPLICATE, again);
	g->bytes = hw_slice_after(g->bytes, again);
	g->cut -= (uint32_t)hw_least((size_t)old - again, g->cut);
	g->seq = s->next;
}

/* What lies behind the FIN goes. */
static void drop_refused(const struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	const int32_t room = hw_seq_diff(s->fin, g->seq);
	size_t len;

	if (!(s->flags & HW_STREAM_FIN))
		return;
	len = hw_least(g->bytes.len, room > 0 ? (size_t)room : 0);
	count(env, HW_STAT_TCP_REFUSED, g->bytes.len - len);
	g->bytes.len = len;
	g->cut = (uint32_t)hw_least(g->cut, room > 0 ? (size_t)room - len : 0);
}

static void leave_out_before(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	if (hw_seq_diff(g->seq, s->next) <= 0)
		return;
	hw_stream_leave_out(s, env, g->seq);
	drop_old(s, env, g);
}

static bool is_empty(const struct hw_segment *g)
{
	return !(g->bytes.len | g->cut);
}

static bool is_next(const struct hw_stream *s, const struct hw_segment *g)
{
	return g->seq == s->next && !(s->flags & HW_STREAM_WAITS);
}

/* Bytes that are early. Those that cannot be kept are left, and are next, or are counted. */
HW_APART static void keep(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	while (!is_empty(g) && !is_next(s, g)) {
		if (g->bytes.len && get_hold(s, env, g->seq + (uint32_t)g->bytes.len))
			put(s, env, g);
		if (!g->bytes.len) {
			g->cut = 0;
		} else if (make_progress(s, env, g->seq)) {
			drop_old(s, env, g);
		} else {
			count(env, HW_STAT_TCP_OVER_LIMIT, g->bytes.len);
			*g = (struct hw_segment){ 0 };
		}
	}
}

static void take(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	drop_old(s, env, g);
	drop_refused(s, env, g);
	if (env->left_out && !is_empty(g))
		leave_out_before(s, env, g);
	if (!is_empty(g) && !is_next(s, g))
		keep(s, env, g);
	if (!is_empty(g))
		take_next(s, env, g);
}

/*
 * A stream whose start was not captured starts at its first segment, or at the latest
 * acknowledgement if that is shortly before: then what lies between is only late.
 */
static void start_midstream(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	const uint32_t before = seq - s->acked;

	if (s->flags & HW_STREAM_ACKED && before <= HW_TCP_MIDSTREAM_BACK)
		seq = s->acked;
	hw_stream_start(s, env, seq);
}

void hw_stream_start(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	discard(s, env, HW_STAT_TCP_REFUSED);
	s->next = seq;
	s->flags |= HW_STREAM_STARTED;
	s->flags &= (uint8_t) ~(HW_STREAM_FIN | HW_STREAM_WAITS);
	if (hw_seq_is_far(s->acked, seq))
		s->flags &= (uint8_t)~HW_STREAM_ACKED;
}

/*
 * The receiver took the data of the SYN, and had it when that came; or did not: then it is sent
 * again.
 */
HW_APART static void end_wait(struct hw_stream *s, struct hw_stream_env *env, bool is_accepted)
{
	s->flags &= (uint8_t)~HW_STREAM_WAITS;
	if (is_accepted)
		deliver_as_it_came(s, env);
	else
		discard(s, env, HW_STAT_TCP_REFUSED);
	settle(s, env);
}

/*
 * The one that a receiver comes to first holds: it takes nothing behind it, another FIN neither. One
 * before bytes that were delivered lies.
 */
static void note_fin(struct hw_stream *s, const struct hw_segment *g)
{
	const uint32_t seq = g->seq + (uint32_t)g->bytes.len + g->cut;

	if (!g->is_fin || hw_seq_diff(seq, s->next) < 0 ||
	    (s->flags & HW_STREAM_FIN && hw_seq_diff(seq, s->fin) >= 0))
		return;
	s->fin = seq;
	s->flags |= HW_STREAM_FIN;
}

bool hw_stream_is_fin_belied(const struct hw_stream *s, uint32_t seq, uint32_t len)
{
	const int32_t over = hw_seq_diff(seq + len, s->fin);

	if (!(s->flags & HW_STREAM_FIN) || len == 0 || over <= 0 || hw_seq_diff(seq, s->fin) > 0)
		return false;
	return s->flags & HW_STREAM_ACKED ? s->acked != s->fin + 1 : over > 1;
}

static void forget_belied_fin(struct hw_stream *s, const struct hw_segment *g)
{
	if (!hw_stream_is_fin_belied(s, g->seq, (uint32_t)g->bytes.len + g->cut))
		return;
	s->flags &= (uint8_t)~HW_STREAM_FIN;
	if (s->hold)
		s->hold->fin_ns = 0;
}

/* The FIN came before bytes that lie before it: wait for them, if there is memory for that. */
static void await_fin(struct hw_stream *s, struct hw_stream_env *env)
{
	if (is_fin_ahead(s))
		hw_stream_leave_out(s, env, s->fin);
	if (!is_fin_ahead(s))
		return;
	if (!get_hold(s, env, s->fin)) {
		skip_to(s, env, s->fin);
	} else if (s->hold->fin_ns == 0) {
		s->hold->fin_segment = s->hold->segments;
		s->hold->fin_ns = env->now_ns;
	}
}

void hw_stream_push(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	env->evictions_left = EVICTIONS_MAX;
	if (!(s->flags & (HW_STREAM_STARTED | HW_STREAM_ENDED)))
		start_midstream(s, env, g->seq);
	if (s->flags & HW_STREAM_ENDED && s->flags & HW_STREAM_STARTED)
		drop_old(s, env, g);
	if (s->flags & HW_STREAM_ENDED || hw_seq_is_far(g->seq, s->next)) {
		count(env, HW_STAT_TCP_REFUSED, g->bytes.len);
		return;
	}
	if (s->flags & HW_STREAM_WAITS)
		end_wait(s, env, g->seq != s->next);
	if (s->hold)
		count_segment(s, env, g->seq + (uint32_t)g->bytes.len);
	forget_belied_fin(s, g);
	note_fin(s, g);
	take(s, env, g);
	await_fin(s, env);
	settle(s, env);
}

void hw_stream_push_open(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	env->evictions_left = EVICTIONS_MAX;
	if (hw_seq_is_far(g->seq, s->next)) {
		count(env, HW_STAT_TCP_REFUSED, g->bytes.len);
		return;
	}
	if (s->hold)
		count_segment(s, env, g->seq + (uint32_t)g->bytes.len);
	take(s, env, g);
	settle(s, env);
}

void hw_stream_push_syn(struct hw_stream *s, struct hw_stream_env *env, struct hw_segment *g)
{
	const bool is_first = g->seq == s->next && !s->hold && !(s->flags & HW_STREAM_ENDED);

	env->evictions_left = EVICTIONS_MAX;
	if (s->flags & HW_STREAM_WAITS) {
		take(s, env, g);
	} else if (!is_first || hw_stream_is_past_ack(s, g->seq + 1)) {
		hw_stream_push(s, env, g);
	} else if (s->flags & HW_STREAM_ACKED) {
		count(env, HW_STAT_TCP_REFUSED, g->bytes.len);
	} else {
		s->flags |= HW_STREAM_WAITS;
		take(s, env, g);
		if (!s->hold)
			s->flags &= (uint8_t)~HW_STREAM_WAITS;
	}
}

void hw_stream_ack(struct hw_stream *s, struct hw_stream_env *env, uint32_t ack)
{
	if (!hw_stream_note_ack(s, ack))
		return;
	if (s->hold)
		s->hold->is_acking = true;
	if (s->flags & HW_STREAM_WAITS && hw_seq_diff(ack, s->next) >= 0)
		end_wait(s, env, ack != s->next);
}

static bool is_due(const struct hw_stream *s, const struct hw_stream_env *env,
		   const struct hw_hold_edge *edge)
{
	const uint64_t age_ns = env->now_ns - edge->since_ns;

	if (hw_stream_is_past_ack(s, edge->seq))
		return env->is_ordered || age_ns >= HW_TCP_GAP_WAIT_NS ||
		       s->hold->segments - edge->segment >= HW_TCP_GAP_WAIT_SEGMENTS;
	return !s->hold->is_acking && age_ns >= HW_TCP_GAP_WAIT_UNACKED_NS;
}

void hw_stream_check(struct hw_stream *s, struct hw_stream_env *env)
{
	struct hw_hold_edge edge;

	if (s->flags & HW_STREAM_WAITS)
		return;
	while (s->hold && find_edge(s, &edge) && is_due(s, env, &edge)) {
		give_up(s, env, edge.seq);
		settle(s, env);
	}
}

bool hw_stream_is_owed(const struct hw_stream *s)
{
	struct hw_hold_edge edge;

	return s->hold && !(s->flags & HW_STREAM_WAITS) && find_edge(s, &edge) &&
	       hw_stream_is_past_ack(s, edge.seq);
}

void hw_stream_miss(struct hw_stream *s, struct hw_stream_env *env, uint32_t seq)
{
	struct hw_hold_edge edge;

	while (find_edge(s, &edge) && hw_seq_diff(edge.seq, seq) < 0) {
		give_up(s, env, edge.seq);
		settle(s, env);
	}
	if (hw_seq_diff(seq, s->next) > 0)
		give_up(s, env, seq);
	settle(s, env);
}

void hw_stream_give_up(struct hw_stream *s, struct hw_stream_env *env)
{
	struct hw_hold_edge edge;

	if (s->flags & HW_STREAM_WAITS)
		return;
	while (s->hold && find_edge(s, &edge)) {
		give_up(s, env, edge.seq);
		settle(s, env);
	}
}

void hw_stream_end(struct hw_stream *s, struct hw_stream_env *env)
{
	hw_stream_give_up(s, env);
	hw_stream_drop(s, env, HW_STAT_TCP_REFUSED);
}

void hw_stream_drop(struct hw_stream *s, struct hw_stream_env *env, enum hw_stat as)
{
	discard(s, env, as);
	s->flags |= HW_STREAM_ENDED;
}

static uint32_t window_of(const struct hw_stream *s)
{
	return s->flags & HW_STREAM_SCALES ? (uint32_t)s->window << s->shift
					   : HW_TCP_WINDOW_UNSCALED;
}

bool hw_stream_is_in_window(const struct hw_stream *s, uint32_t seq)
{
	const uint32_t ahead = seq - s->next;

	return ahead <= window_of(s) || (s->flags & HW_STREAM_FIN && ahead == 1);
}

/* RFC 7323 2.2 */
static uint32_t window_max(const struct hw_stream *s)
{
	return s->flags & HW_STREAM_SCALES ? (uint32_t)UINT16_MAX << s->shift : HW_TCP_WINDOW_MAX;
}

/* What acknowledges more than was sent says nothing. */
bool hw_stream_is_behind_window(const struct hw_stream *s, uint32_t ack)
{
	const uint8_t both = HW_STREAM_STARTED | HW_STREAM_ACKED;
	const uint32_t latest = hw_seq_diff(s->acked, s->next) < 0 ? s->acked : s->next;
	const int32_t window = (int32_t)window_max(s);

	if (hw_seq_diff(s->acked, s->next) > window)
		return false; /* what it acknowledges is not captured: numbers may have wrapped */
	return (s->flags & both) == both && hw_seq_diff(latest, ack) > window;
}
