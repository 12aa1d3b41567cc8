/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/connection.c - see connection.h */
#include "tcp/connection.h"

#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "base/layout.h"
#include "tcp/ending.h"
#include "tcp/handshake.h"
#include "tcp/options.h"

/* Of the header, RFC 9293 3.1: bytes, and where the urgent pointer is. */
enum { HEADER_MIN = 20, URGENT_POINTER = 18 };

void *hw_tcp_user(struct hw_tcp_connection *c)
{
	return hw_flow_of(c) + 1;
}

uint32_t hw_tcp_next(const struct hw_tcp_connection *c, int dir)
{
	return hw_flow_of(c)->stream[dir].next;
}

bool hw_tcp_has_next(const struct hw_tcp_connection *c, int dir)
{
	return hw_flow_of(c)->stream[dir].flags & HW_STREAM_STARTED;
}

bool hw_tcp_has_ended(const struct hw_tcp_connection *c, int dir)
{
	return hw_flow_of(c)->stream[dir].flags & HW_STREAM_ENDED;
}

int hw_tcp_ended_by(const struct hw_tcp_connection *c, int dir)
{
	const bool is_reset = c->reset_by && !(hw_flow_of(c)->stream[dir].flags & HW_STREAM_FIN);

	return is_reset ? c->reset_by - 1 : dir;
}

static void note_conflict(void *ctx)
{
	struct hw_tcp *t = ctx;
	uint8_t *nr = &t->flow->connection.conflicts[t->dir];

	*nr = (uint8_t)(*nr + (*nr < UINT8_MAX));
}

static void pass_data(void *ctx, struct hw_slice bytes)
{
	struct hw_tcp *t = ctx;

	t->reader.data(t->reader.ctx, &t->flow->connection, t->dir, bytes, t->packet);
}

static void pass_late(void *ctx, struct hw_slice bytes, const struct hw_arrival *from)
{
	struct hw_tcp *t = ctx;
	const struct hw_tcp_key *key = &t->flow->connection.key;
	const struct hw_frame frame = {
		.time_ns = from->time_ns,
		.number = from->number,
		.direction = from->direction,
	};
	const struct hw_packet at = {
		.frame = &frame,
		.src = key->addr[t->dir],
		.dst = key->addr[!t->dir],
		.src_port = key->port[t->dir],
		.dst_port = key->port[!t->dir],
		.packet_len = from->packet_len,
		.flags = from->flags,
		.ack = from->ack,
	};

	t->reader.data(t->reader.ctx, &t->flow->connection, t->dir, bytes, &at);
}

static struct hw_arrival arrival_of(const struct hw_packet *p)
{
	return (struct hw_arrival){
		.time_ns = p->frame->time_ns,
		.number = p->frame->number,
		.ack = p->ack,
		.packet_len = p->packet_len,
		.flags = p->flags,
		.direction = p->frame->direction,
	};
}

static void pass_gap(void *ctx, uint64_t len)
{
	struct hw_tcp *t = ctx;

	t->reader.gap(t->reader.ctx, &t->flow->connection, t->dir, len, t->packet);
}

static uint32_t ask_left_out(void *ctx, uint32_t hole)
{
	struct hw_tcp *t = ctx;

	return t->reader.left_out(t->reader.ctx, &t->flow->connection, t->dir, hole, t->packet);
}

static void pass_skip(void *ctx, uint64_t len)
{
	struct hw_tcp *t = ctx;

	t->reader.skip(t->reader.ctx, &t->flow->connection, t->dir, len, t->packet);
}

static struct hw_slice ask_kept(void *ctx)
{
	struct hw_tcp *t = ctx;

	return t->reader.kept(t->reader.ctx, &t->flow->connection, t->dir);
}

static bool make_room(void *ctx)
{
	return hw_tcp_evict(ctx, NULL);
}

static void read_ack(struct hw_stream *s, const struct hw_packet *p)
{
	if (hw_seq_diff(p->ack, s->next) > 0)
		s->flags &= (uint8_t)~HW_STREAM_HAS_TIME; /* it took what we may have refused */
	s->window = p->window;
}

static void take_ack(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = hw_tcp_select(t, f, !dir);

	read_ack(s, p);
	hw_stream_ack(s, &t->env, p->ack);
	hw_tcp_after_stream(t, f, !dir);
}

/* RFC 7323 5 (PAWS): its receiver would drop a segment with an old timestamp. */
static inline bool is_old(const struct hw_stream *s, struct hw_tcp_time time)
{
	return s->flags & HW_STREAM_HAS_TIME &&
	       hw_seq_diff(time.value, s->time) < -HW_TCP_TIME_SLACK;
}

/* Of what is not next no time is taken: RFC 7323 4.3. */
static inline bool is_too_old(struct hw_stream *s, const struct hw_packet *p)
{
	const struct hw_tcp_time time = hw_tcp_options_time(p->options);
	bool is_early, is_later;

	if (!time.is_there)
		return false;
	if (is_old(s, time))
		return true;
	is_early = s->flags & HW_STREAM_STARTED && hw_seq_diff(p->seq, s->next) > 0;
	is_later = !(s->flags & HW_STREAM_HAS_TIME) | (hw_seq_diff(time.value, s->time) > 0);
	s->time += (time.value - s->time) & -(uint32_t)(is_later & !is_early);
	s->flags |= is_early ? 0 : HW_STREAM_HAS_TIME;
	return false;
}

static bool is_urgent(const struct hw_packet *p)
{
	return p->flags & HW_TCP_URG && p->transport.len >= HEADER_MIN;
}

/* Which byte of the payload: the one before the pointer's, as senders have it. */
static size_t urgent_at(const struct hw_packet *p)
{
	const uint16_t pointer = hw_get_u16be(p->transport.ptr + URGENT_POINTER);

	return pointer ? pointer - 1U : 0;
}

/*
 * What a socket's reader does not see in its place unless it asked for that, which servers do not
 * (RFC 6093 2, SO_OOBINLINE). So it is left out where it is next; see note_urgent() for elsewhere.
 */
HW_APART static void leave_out_urgent(struct hw_tcp *t, struct hw_flow *f, struct hw_stream *s,
				      struct hw_segment *g, size_t at)
{
	struct hw_segment before = { .seq = g->seq, .bytes = hw_slice(g->bytes.ptr, at) };

	if (at >= g->bytes.len || g->seq != s->next ||
	    !hw_stream_are_open(&f->stream[0], &f->stream[1]) ||
	    !hw_stream_hold_nothing(&f->stream[0], &f->stream[1]))
		return;
	if (at)
		hw_stream_push_open(s, &t->env, &before);
	hw_stats_inc(t->stats, HW_STAT_TCP_URGENT);
	s->next++;
	g->seq = s->next;
	g->bytes = hw_slice_after(g->bytes, at + 1);
}

static void take_payload(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = hw_tcp_select(t, f, dir);
	struct hw_segment segment = {
		.seq = p->seq + !!(p->flags & HW_TCP_SYN),
		.bytes = p->payload,
		.cut = p->payload_len - (uint32_t)p->payload.len,
		.is_fin = p->flags & HW_TCP_FIN,
	};

	t->env.at = arrival_of(p);
	if (HW_UNLIKELY(is_urgent(p)))
		leave_out_urgent(t, f, s, &segment, urgent_at(p));
	if (hw_tcp_is_syn(p) && p->payload_len && !(p->flags & HW_TCP_FIN))
		hw_stream_push_syn(s, &t->env, &segment);
	else
		hw_stream_push(s, &t->env, &segment);
	if (s->flags & HW_STREAM_FIN && !f->connection.first_fin)
		f->connection.first_fin = (dir + 1u) & 3u;
	hw_tcp_after_stream(t, f, dir);
}

static void check_holes(struct hw_tcp *t, struct hw_flow *f)
{
	for (int dir = 0; dir < HW_TCP_DIRS; dir++) {
		if (f->stream[dir].hold)
			hw_stream_check(hw_tcp_select(t, f, dir), &t->env);
	}
}

static void refuse(struct hw_tcp *t, const struct hw_packet *p)
{
	hw_stats_add(t->stats, HW_STAT_TCP_REFUSED, p->payload.len);
}

/* Bytes that count, or the end of them. */
static inline bool says_something(const struct hw_packet *p)
{
	return p->payload_len || p->flags & HW_TCP_FIN;
}

/* What a SYN has, and its receiver has not, who acknowledged the SYN: RFC 9293 3.10.7.4 */
HW_APART static bool is_behind_its_ack(const struct hw_stream *s, const struct hw_packet *p)
{
	return s->flags & HW_STREAM_ACKED &&
	       s->acked - (p->seq + 1) < p->payload_len + !!(p->flags & HW_TCP_FIN);
}

/* Its receiver would drop it: RFC 9293 3.10.7.4. */
static inline bool is_refused(struct hw_flow *f, int dir, const struct hw_packet *p)
{
	return says_something(p) && (hw_stream_is_old_ack(&f->stream[!dir], p->ack) ||
				     (p->payload_len && is_too_old(&f->stream[dir], p)));
}

/* What text2pcap(1) makes of a text has no flags: no SYN began it, and nothing acknowledges. */
static bool may_lack_ack(const struct hw_flow *f, int dir)
{
	return f->connection.midstream && !(f->stream[!dir].flags & HW_STREAM_ACKED);
}

/* What acknowledges nothing is dropped: RFC 9293 3.10.7. So is the text of a RST, 3.5.3. */
static bool is_odd_one_taken(struct hw_tcp *t, struct hw_flow *f, int dir,
			     const struct hw_packet *p)
{
	if (p->flags & HW_TCP_RST)
		hw_tcp_take_rst(t, f, dir, p);
	if (!(p->flags & (HW_TCP_RST | HW_TCP_SYN)))
		return may_lack_ack(f, dir);
	return (p->flags & (HW_TCP_RST | HW_TCP_SYN)) == HW_TCP_SYN &&
	       hw_tcp_take_syn(t, f, dir, p) && !is_behind_its_ack(&f->stream[dir], p);
}

/* Which byte that is, its receiver may see in another way, also of a segment without any. */
HW_APART static void note_urgent(struct hw_tcp *t, struct hw_flow *f, int dir)
{
	hw_tcp_select(t, f, dir);
	note_conflict(t);
}

static void serve(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const bool is_odd = (p->flags & (HW_TCP_ACK | HW_TCP_SYN | HW_TCP_RST)) != HW_TCP_ACK;

	if (HW_UNLIKELY(is_odd) ? !is_odd_one_taken(t, f, dir, p) : is_refused(f, dir, p)) {
		refuse(t, p);
		return;
	}
	if (!is_odd && HW_UNLIKELY(f->stream[dir].flags & HW_STREAM_DISPUTED))
		hw_tcp_settle_dispute(t, f, dir, p);
	if (HW_UNLIKELY(is_urgent(p)))
		note_urgent(t, f, dir);
	if (p->flags & HW_TCP_FIN)
		hw_tcp_pass_left_out(t, f, dir, p);
	if (p->flags & HW_TCP_ACK)
		take_ack(t, f, dir, p);
	if (says_something(p))
		take_payload(t, f, dir, p);
	check_holes(t, f);
}

/*
 * A connection begins with a SYN or, where that was not captured, with data. What is left
 * of others (the last ACK, a FIN or RST sent again) begins none.
 */
static bool begins(const struct hw_packet *p)
{
	if (p->flags & HW_TCP_RST)
		return false;
	return p->flags & HW_TCP_SYN || p->payload_len > 0;
}

static struct hw_flow *add(struct hw_tcp *t, const struct hw_place *at, enum hw_flow_list list)
{
	struct hw_flow *f = hw_table_add(&t->table, &at->key, at->hash, list, t->now_ns);

	if (!f && hw_tcp_evict(t, NULL))
		f = hw_table_add(&t->table, &at->key, at->hash, list, t->now_ns);
	return f;
}

/*
 * Of sockets each side has a connection of its own, which says it. `syn` is the first packet, if it
 * is set.
 */
static void remember_passed(struct hw_tcp_connection *c, const struct hw_packet *p,
			    const struct hw_tcp_syn *syn)
{
	const int dir = hw_tcp_key_dir(p, &c->key);

	if (dir < 0)
		return;
	c->first_dir = (unsigned int)(syn->is_set ? syn->dir : dir) & 1U;
	c->first_passed = (syn->is_set ? syn->passed : p->frame->direction) & 3U;
}

/* `syn` began it before `p`, if that is set. */
static struct hw_flow *begin(struct hw_tcp *t, const struct hw_place *at, const struct hw_packet *p,
			     const struct hw_tcp_syn *syn)
{
	const bool has_syn = p->flags & HW_TCP_SYN || syn->is_set;
	struct hw_flow *f =
		begins(p) ? add(t, at, has_syn ? HW_FLOW_EMBRYONIC : HW_FLOW_IN_USE) : NULL;

	if (!f)
		return NULL;
	f->connection.client = -1;
	f->connection.midstream = !has_syn;
	f->connection.first_ns = p->frame->time_ns;
	remember_passed(&f->connection, p, syn);
	hw_stats_inc(t->stats, HW_STAT_CONNECTIONS);
	hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_OPEN);
	hw_stats_add(t->stats, HW_STAT_CONNECTIONS_MIDSTREAM, !has_syn);
	if (syn->is_set) {
		f->connection.client = (int8_t)syn->dir;
		hw_tcp_set_isn(t, f, syn->dir, syn->isn);
	}
	t->flow = f;
	t->reader.begin(t->reader.ctx, &f->connection, p);
	return f;
}

/*
 * `f`, if that is the connection of `p`; else that is begun. NULL: it has none, or there is no
 * memory.
 */
static struct hw_flow *get_flow(struct hw_tcp *t, struct hw_flow *f, struct hw_place *at, int dir,
				const struct hw_packet *p)
{
	struct hw_tcp_syn syn = { 0 };

	if (f && !hw_tcp_is_another(f, dir, p, &syn))
		return f;
	if (f)
		at->hash = hw_tcp_release(t, f, HW_TCP_END_REUSED);
	return begin(t, at, p, &syn);
}

/* A SYN that comes to a socket begins another one: it is of the connection that was there before. */
static uint64_t own_cookie(const struct hw_packet *p)
{
	const bool is_before = hw_tcp_is_syn(p) && p->frame->direction == HW_DIRECTION_INGRESS;

	return is_before ? 0 : hw_tcp_cookie_of(p);
}

/*
 * Keep the order of use. Moving it for each packet would touch three more connections
 * each time, so it is exact to HW_TCP_USE_GRAIN_NS only.
 */
static void touch(struct hw_tcp *t, struct hw_flow *f, const struct hw_packet *p)
{
	struct hw_tcp_connection *c = &f->connection;
	const uint64_t cookie = own_cookie(p);

	c->last_ns = p->frame->time_ns;
	if (cookie)
		c->cookie = cookie;
	if (c->list == HW_FLOW_EMBRYONIC
		    ? !(p->flags & HW_TCP_SYN)
		    : c->list != HW_FLOW_CLOSED && t->now_ns - f->used_ns >= HW_TCP_USE_GRAIN_NS)
		hw_table_move(&t->table, f, HW_FLOW_IN_USE, t->now_ns);
}

/* `f` was found for `p`, NULL: nothing was. Returns the connection of `p` or NULL. */
HW_APART static struct hw_flow *push_any(struct hw_tcp *t, struct hw_flow *f, struct hw_place *at,
					 int dir, const struct hw_packet *p)
{
	f = get_flow(t, f, at, dir, p);
	if (f) {
		t->flow = f;
		touch(t, f, p);
		serve(t, f, dir, p);
		hw_tcp_settle(t, f);
		hw_tcp_take_close(t, f, dir, p);
	} else {
		hw_stats_add(t->stats, begins(p) ? HW_STAT_TCP_OVER_LIMIT : HW_STAT_TCP_REFUSED,
			     p->payload.len);
	}
	return f;
}

static inline bool is_in_use(const struct hw_tcp *t, const struct hw_flow *f)
{
	const struct hw_tcp_connection *c = &f->connection;

	return c->list == HW_FLOW_IN_USE && c->reset_by == 0 && !c->has_other_syn &&
	       t->now_ns - f->used_ns < HW_TCP_USE_GRAIN_NS &&
	       hw_stream_are_open(&f->stream[0], &f->stream[1]);
}

/* An acknowledgement, with bytes or without any, on a connection that is in use. */
static inline bool is_plain(const struct hw_tcp *t, const struct hw_flow *f,
			    const struct hw_packet *p)
{
	const uint16_t odd = HW_TCP_SYN | HW_TCP_FIN | HW_TCP_RST | HW_TCP_URG;
	const uint64_t cookie = hw_tcp_cookie_of(p);

	return (p->flags & (HW_TCP_ACK | odd)) == HW_TCP_ACK && p->payload_len == p->payload.len &&
	       (cookie == 0 || cookie == f->connection.cookie) && is_in_use(t, f);
}

/* What nearly all packets are: its bytes are the next ones, or it has none, and nothing is missing. */
static inline bool is_next(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	return (p->payload_len == 0 || p->seq == f->stream[dir].next) &&
	       hw_stream_hold_nothing(&f->stream[0], &f->stream[1]);
}

static inline bool is_usual(const struct hw_tcp *t, const struct hw_flow *f, int dir,
			    const struct hw_packet *p)
{
	return is_plain(t, f, p) && is_next(f, dir, p);
}

/*
 * As serve() does, without what cannot be for a plain packet. False: its receiver drops it. True: what
 * it acknowledges is taken.
 */
HW_ALWAYS_INLINE bool take_plain(struct hw_tcp *t, struct hw_flow *f, struct hw_stream *s,
				 struct hw_stream *other, const struct hw_packet *p)
{
	f->connection.last_ns = p->frame->time_ns;
	if (p->payload_len && (hw_stream_is_old_ack(other, p->ack) || is_too_old(s, p))) {
		refuse(t, p);
		return false;
	}
	read_ack(other, p);
	if (hw_stream_note_ack(other, p->ack) && other->hold)
		other->hold->is_acking = true;
	return true;
}

static void push_usual(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = hw_tcp_select(t, f, dir);

	if (!take_plain(t, f, s, &f->stream[!dir], p) || p->payload_len == 0)
		return;
	hw_stream_advance(s, &t->env, p->payload.len);
	pass_data(t, p->payload);
}

/* The same of a plain packet whose bytes are not the next ones, or where something is missing. */
HW_APART static void push_plain(struct hw_tcp *t, struct hw_flow *f, int dir,
				const struct hw_packet *p)
{
	struct hw_stream *s = hw_tcp_select(t, f, dir);
	struct hw_segment segment = { .seq = p->seq, .bytes = p->payload };

	if (!take_plain(t, f, s, &f->stream[!dir], p))
		return;
	if (p->payload_len) {
		t->env.at = arrival_of(p);
		hw_stream_push_open(s, &t->env, &segment);
		hw_tcp_after_stream(t, f, dir);
	}
	check_holes(t, f);
}

static inline struct hw_flow *find_at(const struct hw_tcp *t, const struct hw_place *at)
{
	return at->flow && at->removed == t->table.removed
		       ? at->flow
		       : hw_table_find(&t->table, &at->key, at->hash);
}

static struct hw_tcp_connection *push_at(struct hw_tcp *t, struct hw_place *at, int dir,
					 const struct hw_packet *p)
{
	struct hw_flow *f = find_at(t, at);

	hw_stats_add(t->stats, HW_STAT_TCP_BYTES, p->payload.len);
	t->packet = p;
	if (!f || !is_plain(t, f, p))
		f = push_any(t, f, at, dir, p);
	else if (is_next(f, dir, p))
		push_usual(t, f, dir, p);
	else
		push_plain(t, f, dir, p);
	t->packet = NULL;
	t->flow = NULL;
	at->flow = f;
	at->removed = t->table.removed;
	return f ? &f->connection : NULL;
}

struct hw_tcp_connection *hw_tcp_push(struct hw_tcp *t, const struct hw_packet *p, uint64_t now_ns)
{
	const struct hw_place_dir to = hw_places_of(&t->places, &t->table, p);

	hw_tcp_set_clock(t, now_ns);
	return push_at(t, to.place, to.dir, p);
}

/* Of a usual packet: its receiver would take it, and its sender has seen what we have. */
static bool is_plausible(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_tcp_time time = hw_tcp_options_time(p->options);

	return hw_seq_diff(p->ack, f->stream[!dir].next) <= 0 &&
	       !hw_stream_is_old_ack(&f->stream[!dir], p->ack) &&
	       !(time.is_there && is_old(&f->stream[dir], time));
}

static bool is_ignored(const struct hw_tcp *t, struct hw_flow *f, int dir,
		       const struct hw_packet *p)
{
	return is_usual(t, f, dir, p) && is_plausible(f, dir, p) &&
	       t->reader.ignores(t->reader.ctx, &f->connection, dir, p->payload);
}

struct hw_tcp_connection *hw_tcp_push_unchecked(struct hw_tcp *t, const struct hw_packet *p,
						uint64_t now_ns)
{
	const struct hw_place_dir to = hw_places_of(&t->places, &t->table, p);
	struct hw_flow *f = find_at(t, to.place);

	hw_tcp_set_clock(t, now_ns);
	if (!f || !is_ignored(t, f, to.dir, p))
		return NULL;
	hw_stats_add(t->stats, HW_STAT_TCP_BYTES, p->payload.len);
	f->connection.last_ns = p->frame->time_ns;
	t->packet = p;
	hw_stream_advance(hw_tcp_select(t, f, to.dir), &t->env, p->payload.len);
	pass_data(t, p->payload);
	t->packet = NULL;
	t->flow = NULL;
	return &f->connection;
}

int hw_tcp_new(struct hw_tcp **ret, const struct hw_tcp_options *options, struct hw_budget *budget,
	       struct hw_stats *stats)
{
	struct hw_tcp *t = calloc(1, sizeof(*t));
	const size_t blocks_max = options->hold_max / HW_HOLD_BLOCK_BYTES;

	if (!t)
		return -ENOMEM;
	t->reader = options->reader;
	t->stats = stats;
	t->has_all_ends = options->has_all_ends;
	t->turn = HW_TCP_TURN_PACKET;
	hw_places_init(&t->places);
	t->env = (struct hw_stream_env){
		.budget = budget,
		.stats = stats,
		.blocks_max = blocks_max < UINT32_MAX ? (uint32_t)blocks_max : UINT32_MAX,
		.make_room = make_room,
		.conflict = note_conflict,
		.data = pass_data,
		.late = pass_late,
		.gap = pass_gap,
		.left_out = options->reader.left_out ? ask_left_out : NULL,
		.skip = pass_skip,
		.kept = options->reader.kept ? ask_kept : NULL,
		.ctx = t,
	};
	hw_hold_list_init(&t->holes);
	if (hw_table_init(&t->table, options->user_bytes, options->max_connections, options->seed,
			  budget) != 0) {
		free(t);
		return -ENOMEM;
	}
	*ret = t;
	return 0;
}

void hw_tcp_free(struct hw_tcp *t)
{
	if (!t)
		return;
	while (t->holes.newer != &t->holes) {
		struct hw_flow *f = t->holes.newer->owner;

		hw_stream_drop(&f->stream[t->holes.newer->dir], &t->env, HW_STAT_TCP_OVER_LIMIT);
	}
	hw_stream_env_clear(&t->env);
	hw_table_clear(&t->table);
	free(t);
}
