/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/feed.c - frames go in: see httpwire.h, and engine.h for several that share them */
#include "base/duration.h"
#include "base/fetch.h"
#include "base/layout.h"
#include "engine/events.h"
#include "engine/share.h"

#define EXPIRE_EVERY_NS (100 * HW_NS_PER_MS) /* of the engine's time */

HW_APART static void expire(struct hw_engine *e, uint64_t now_ns, uint64_t time_ns)
{
	e->expire_ns = now_ns + EXPIRE_EVERY_NS;
	e->known_ns = time_ns;
	hw_tcp_expire(e->tcp, now_ns);
	hw_conversing_progress(&e->conversing, time_ns);
	e->known_ns = 0;
}

/* Timeouts run by the frames' times alone, so that batches of any size give the same. */
static void tick(struct hw_engine *e, uint64_t now_ns, uint64_t time_ns)
{
	if (now_ns >= e->expire_ns)
		expire(e, now_ns, time_ns);
}

/* Its checksum was left. NULL: it is to be looked at, as what the packet carries may matter. */
static struct hw_tcp_connection *push_unchecked(struct hw_engine *e, const struct hw_packet *p,
						uint64_t now_ns)
{
	struct hw_tcp_connection *c = e->on_frame ? NULL : hw_tcp_push_unchecked(e->tcp, p, now_ns);

	hw_stats_add(&e->stats, HW_STAT_NOTE_UNCHECKED, c != NULL);
	return c;
}

static void tell_frame(struct hw_engine *e, const struct hw_packet *p, uint64_t id)
{
	if (p->is_reassembled && e->fragments.whole)
		e->fragments.whole(e->fragments.ctx, hw_wire_fragments(e->wire), id);
	e->on_frame(e->on_frame_ctx, p->frame, id);
}

static void push(struct hw_engine *e, const struct hw_packet *p, uint64_t now_ns)
{
	const uint64_t duplicate = e->stats.n[HW_STAT_TCP_DUPLICATE];
	struct hw_tcp_connection *c = p->is_unchecked ? push_unchecked(e, p, now_ns) : NULL;

	if (!c && p->is_unchecked && !hw_wire_check(e->wire, p))
		return;
	if (!c)
		c = hw_tcp_push(e->tcp, p, now_ns);
	if (c && e->conversing.pairs)
		hw_conversation_packet(c, p, e->stats.n[HW_STAT_TCP_DUPLICATE] - duplicate);
	if (c && e->on_frame)
		tell_frame(e, p, hw_conversation_id(&e->ids, c));
}

/* It waits for the rest of its IP packet. */
static void keep_fragment(struct hw_engine *e, const struct hw_packet *p)
{
	const uint64_t packet = hw_wire_fragments(e->wire);

	if (packet && e->fragments.kept)
		e->fragments.kept(e->fragments.ctx, p->frame, packet);
}

static inline void handle(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p,
			  uint64_t now_ns)
{
	tick(e, now_ns, p->frame->time_ns);
	if (kind != HW_WIRE_TCP || e->options.events & HW_PACKET_EVENTS)
		hw_events_show(e, kind, p);
	if (kind == HW_WIRE_TCP)
		push(e, p, now_ns);
	else if (kind == HW_WIRE_IP && p->is_fragment)
		keep_fragment(e, p);
}

static enum hw_wire_kind decode(struct hw_engine *e, const struct hw_frame *frame,
				struct hw_packet *ret)
{
	const enum hw_wire_kind kind = hw_wire_decode(e->wire, frame, ret);

	ret->frame = frame;
	hw_stats_inc(&e->stats, HW_STAT_PACKETS_READ);
	hw_stats_add(&e->stats, HW_STAT_PACKETS_BYTES, frame->len);
	return kind;
}

/*
 * A packet is handled as it is decoded: what is decoded is still in registers, and a processor that
 * has just seen of what kind a packet is foretells what becomes of it.
 */
static void feed_in_turn(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	struct hw_packet p;

	for (size_t i = 0; i < nr; i++) {
		const enum hw_wire_kind kind = decode(e, &frames[i], &p);

		handle(e, kind, &p, hw_clock_see(&e->clock, frames[i].time_ns));
	}
}

/* The connection of the frame in `place` is asked for, and later what that needs. */
static inline void foresee(struct hw_engine *e, const struct hw_frame *frame, size_t place)
{
	struct hw_packet p;
	uint64_t ends[2];

	if (!frame->socket && hw_wire_ends_v4(frame, ends))
		hw_tcp_foresee_v4(e->tcp, (unsigned)place, ends);
	else if (hw_wire_ends(frame, &p))
		hw_tcp_foresee(e->tcp, (unsigned)place, &p);
	else
		hw_tcp_foresee_nothing(e->tcp, (unsigned)place);
}

/* What is foreseen is fetched half-way to its turn; before the first of `nr`, `i` wraps to none. */
static inline void fetch_foreseen(struct hw_engine *e, size_t i, size_t nr)
{
	const size_t at = i - HW_TCP_AHEAD / 2;

	if (at < nr)
		hw_tcp_fetch(e->tcp, (unsigned)at);
}

static inline enum hw_wire_kind decode_foreseen(struct hw_engine *e, const struct hw_frame *frame,
						size_t place, struct hw_packet *ret)
{
	const enum hw_wire_kind kind = decode(e, frame, ret);

	ret->tcp_place = (uint8_t)(place % HW_TCP_PLACES + 1);
	return kind;
}

/* Memory is fetched for packets to come, while others work. */
static void feed_ahead(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	struct hw_packet p;

	for (size_t i = 0; i < nr + HW_TCP_AHEAD; i++) {
		const size_t now = i - HW_TCP_AHEAD;
		enum hw_wire_kind kind;

		if (i < nr)
			foresee(e, &frames[i], i);
		fetch_foreseen(e, i, nr);
		if (i < HW_TCP_AHEAD)
			continue;
		kind = decode_foreseen(e, &frames[now], now, &p);
		handle(e, kind, &p, hw_clock_see(&e->clock, frames[now].time_ns));
	}
}

void hw_engine_feed(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	if (hw_tcp_prefetches(e->tcp))
		feed_ahead(e, frames, nr);
	else
		feed_in_turn(e, frames, nr);
	if (nr)
		e->seen_ns = frames[nr - 1].time_ns;
}

/* Decode it for what it teaches; the rest of what that counts, its own engine counts. */
HW_APART static void learn(struct hw_engine *e, const struct hw_frame *frame)
{
	struct hw_stats before = e->stats;
	struct hw_packet p;

	hw_wire_decode(e->wire, frame, &p);
	for (int i = 0; i < HW_STAT_NR; i++)
		if (!hw_share_has_all((enum hw_stat)i))
			e->stats.n[i] = before.n[i];
}

/* How far an engine is in frames that it shares with others. */
struct part {
	const struct hw_shared *shared;
	const uint16_t *own; /* the numbers of its frames that were not decoded yet */
	size_t own_nr;
	size_t decoded;	 /* frames before this one are, or were passed over */
	size_t teaching; /* frames that teach before that */
	size_t handled;	 /* frames before this one are, or were passed over */
};

enum { BYTES_AHEAD = 8 };

/* The bytes of one of `nr` frames later: another core has read them. */
static inline void fetch_bytes(const struct hw_shared *shared, const uint16_t *own, size_t nr)
{
	const struct hw_frame *frame;

	if (nr <= BYTES_AHEAD)
		return;
	frame = &shared->frames[own[BYTES_AHEAD]];
	__builtin_prefetch(frame->data);
	if (frame->len > HW_FETCH_LINE)
		__builtin_prefetch(frame->data + HW_FETCH_LINE);
}

static bool teaches(const struct part *part)
{
	const struct hw_shared *s = part->shared;

	return part->teaching < s->teaching_nr && s->teaching[part->teaching] == part->decoded;
}

/* Others' frames before `to`, one by one, as some teach, or there are fragments that wait. */
HW_APART static void watch_others(struct hw_engine *e, struct part *part, size_t to)
{
	for (; part->decoded < to; part->decoded++) {
		const struct hw_frame *frame = &part->shared->frames[part->decoded];

		if (teaches(part)) {
			part->teaching++;
			learn(e, frame);
		} else {
			hw_wire_expire(e->wire, frame->time_ns);
		}
	}
}

static inline void pass_others(struct hw_engine *e, struct part *part, size_t to)
{
	const struct hw_shared *s = part->shared;
	const bool teaches_none =
		part->teaching == s->teaching_nr || s->teaching[part->teaching] >= to;

	if (HW_UNLIKELY(!teaches_none || hw_wire_waits(e->wire)))
		watch_others(e, part, to);
	part->decoded = to;
}

/* The next of its frames; those of others before it are passed. */
static const struct hw_frame *next_own(struct hw_engine *e, struct part *part)
{
	pass_others(e, part, *part->own);
	part->teaching += teaches(part);
	part->own++;
	part->own_nr--;
	return &part->shared->frames[part->decoded++];
}

/* Timeouts of frames that are others' and before `to` run out behind the same frame as there. */
HW_APART static void expire_behind(struct hw_engine *e, struct part *part, size_t to)
{
	const struct hw_shared *s = part->shared;

	for (; part->handled < to; part->handled++) {
		e->fed = s->first + part->handled + 1;
		tick(e, s->now_ns[part->handled], s->frames[part->handled].time_ns);
	}
}

static inline void pass_time(struct hw_engine *e, struct part *part, size_t to)
{
	if (part->handled < to && part->shared->now_ns[to - 1] >= e->expire_ns)
		expire_behind(e, part, to);
	part->handled = to;
}

static void handle_own(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p,
		       struct part *part)
{
	const struct hw_shared *s = part->shared;
	const size_t at = (size_t)(p->frame - s->frames);

	pass_time(e, part, at);
	e->fed = s->first + at + 1;
	handle(e, kind, p, s->now_ns[at]);
	part->handled++;
}

static void share_in_turn(struct hw_engine *e, struct part *part)
{
	struct hw_packet p;

	while (part->own_nr > 0) {
		enum hw_wire_kind kind;

		fetch_bytes(part->shared, part->own, part->own_nr);
		kind = decode(e, next_own(e, part), &p);
		handle_own(e, kind, &p, part);
	}
}

static void share_ahead(struct hw_engine *e, struct part *part)
{
	const uint16_t *own = part->own;
	const size_t nr = part->own_nr;
	struct hw_packet p;

	for (size_t i = 0; i < nr + HW_TCP_AHEAD; i++) {
		enum hw_wire_kind kind;

		if (i < nr) {
			fetch_bytes(part->shared, own + i, nr - i);
			foresee(e, &part->shared->frames[own[i]], i);
		}
		fetch_foreseen(e, i, nr);
		if (i < HW_TCP_AHEAD)
			continue;
		kind = decode_foreseen(e, next_own(e, part), i - HW_TCP_AHEAD, &p);
		handle_own(e, kind, &p, part);
	}
}

void hw_engine_feed_share(struct hw_engine *e, const struct hw_shared *shared, unsigned int me)
{
	struct part part = { .shared = shared, .own = shared->by_owner + shared->begins[me] };

	part.own_nr = (size_t)(shared->begins[me + 1] - shared->begins[me]);
	if (hw_tcp_prefetches(e->tcp))
		share_ahead(e, &part);
	else
		share_in_turn(e, &part);
	pass_others(e, &part, shared->nr);
	pass_time(e, &part, shared->nr);
	e->fed = shared->first + shared->nr;
	if (shared->nr)
		e->seen_ns = shared->frames[shared->nr - 1].time_ns;
}

struct hw_engine_place hw_engine_place(const struct hw_engine *e)
{
	return (struct hw_engine_place){ e->fed, hw_tcp_turn(e->tcp) };
}

void hw_engine_advance(struct hw_engine *e, uint64_t now_ns)
{
	hw_wire_expire(e->wire, now_ns);
	e->seen_ns = now_ns;
	tick(e, hw_clock_see(&e->clock, now_ns), now_ns);
}

static enum hw_tcp_end end_by(enum hw_close how)
{
	switch (how) {
	case HW_CLOSE_ORDERLY:
		return HW_TCP_END_FIN;
	case HW_CLOSE_RESET:
	case HW_CLOSE_RESET_BY_PEER:
		return HW_TCP_END_RESET;
	case HW_CLOSE_GIVEN_UP:
		break;
	}
	return HW_TCP_END_GIVEN_UP;
}

/* The time and the socket are all that is known of it, and who has ended it. */
void hw_engine_close(struct hw_engine *e, const struct hw_socket *socket, uint64_t time_ns,
		     enum hw_close how)
{
	const bool by_peer = how == HW_CLOSE_RESET_BY_PEER;
	const struct hw_frame frame = {
		.time_ns = time_ns,
		.direction = by_peer ? HW_DIRECTION_INGRESS : HW_DIRECTION_EGRESS,
		.socket = socket,
	};
	const struct hw_packet at = { .frame = &frame };
	const uint64_t now_ns = hw_clock_see(&e->clock, time_ns);

	tick(e, now_ns, time_ns);
	hw_tcp_close(e->tcp, &at, end_by(how), now_ns);
}

void hw_engine_finish(struct hw_engine *e)
{
	e->fed++;
	e->known_ns = e->seen_ns;
	hw_tcp_finish(e->tcp, HW_TCP_END_CAPTURE);
}
