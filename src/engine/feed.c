/* SPDX-License-Identifier: BSD-2-Clause */
/* src/engine/feed.c - frames go in: see httpwire.h, and engine.h for several that share them */
#include "base/layout.h"
#include "engine/events.h"
#include "engine/share.h"

enum { BATCH = HW_TCP_BATCH };

#define EXPIRE_EVERY_NS (100ull * 1000000) /* of the engine's time */

HW_APART static void expire(struct hw_engine *e, uint64_t now_ns, uint64_t time_ns)
{
	e->expire_ns = now_ns + EXPIRE_EVERY_NS;
	hw_tcp_expire(e->tcp, now_ns);
	hw_conversing_progress(&e->conversing, time_ns);
}

/* Timeouts run by the frames' times alone, so that batches of any size give the same. */
static void tick(struct hw_engine *e, uint64_t now_ns, uint64_t time_ns)
{
	if (now_ns >= e->expire_ns)
		expire(e, now_ns, time_ns);
}

static void pass_time(struct hw_engine *e, uint64_t time_ns)
{
	tick(e, hw_clock_see(&e->clock, time_ns), time_ns);
}

static void push(struct hw_engine *e, const struct hw_packet *p, uint64_t now_ns)
{
	const uint64_t duplicate = e->stats.n[HW_STAT_TCP_DUPLICATE];
	struct hw_tcp_connection *c = hw_tcp_push(e->tcp, p, now_ns);

	if (c && e->conversing.pairs)
		hw_conversation_packet(c, p, e->stats.n[HW_STAT_TCP_DUPLICATE] - duplicate);
	if (c && e->on_frame)
		e->on_frame(e->on_frame_ctx, p->frame, hw_conversation_id(c));
}

static void handle(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p)
{
	const uint64_t now_ns = hw_clock_see(&e->clock, p->frame->time_ns);

	tick(e, now_ns, p->frame->time_ns);
	if (kind != HW_WIRE_TCP || e->options.events & HW_PACKET_EVENTS)
		hw_events_show(e, kind, p);
	if (kind == HW_WIRE_TCP)
		push(e, p, now_ns);
}

/* Frames decoded ahead, so that memory is fetched while others work. */
struct batch {
	size_t nr;
	bool is_last;	      /* nothing may be decoded before these are done */
	uint8_t kinds[BATCH]; /* enum hw_wire_kind */
	struct hw_packet packets[BATCH];
};

/*
 * Returns whether nothing may be decoded before it is done: a packet put together from
 * fragments lasts until then.
 */
static bool decode(struct hw_engine *e, const struct hw_frame *frame, struct hw_packet *p,
		   uint8_t *ret_kind)
{
	const enum hw_wire_kind kind = hw_wire_decode(e->wire, frame, p);
	const bool is_last = kind != HW_WIRE_TCP || p->is_reassembled;

	p->frame = frame;
	hw_stats_add(&e->stats, HW_STAT_PACKETS_BYTES, frame->len);
	*ret_kind = (uint8_t)kind;
	if (!is_last)
		hw_tcp_prefetch(e->tcp, p);
	return is_last;
}

/* The next of `nr` frames. */
static void decode_batch(struct hw_engine *e, struct batch *b, const struct hw_frame *frames,
			 size_t nr)
{
	const size_t most = nr < BATCH ? nr : BATCH;
	bool is_last = false;
	size_t i = 0;

	while (i < most && !is_last) {
		is_last = decode(e, &frames[i], &b->packets[i], &b->kinds[i]);
		i++;
	}
	b->nr = i;
	b->is_last = is_last;
	hw_stats_add(&e->stats, HW_STAT_PACKETS_READ, i);
}

static void handle_one(struct hw_engine *e, const struct batch *b, size_t i)
{
	handle(e, (enum hw_wire_kind)b->kinds[i], &b->packets[i]);
}

/* There is nothing to wait for, and what was decoded ahead would leave the nearest cache. */
static void feed_in_turn(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	struct batch b;

	for (; nr > 0; frames += b.nr, nr -= b.nr) {
		decode_batch(e, &b, frames, nr);
		hw_tcp_prefetch_end(e->tcp);
		for (size_t i = 0; i < b.nr; i++)
			handle_one(e, &b, i);
	}
}

/* Between the packets of a batch what the next one needs is fetched. */
static void handle_batch(struct hw_engine *e, const struct batch *b)
{
	for (size_t i = 0; i < b->nr; i++) {
		hw_tcp_prefetch_connection(e->tcp);
		handle_one(e, b, i);
	}
}

static void feed_ahead(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	struct batch batches[2];
	size_t used = 0, done = 0;

	batches[1].nr = 0;
	for (unsigned i = 0; done < nr; i = !i) {
		struct batch *const next = &batches[i], *const now = &batches[!i];

		next->nr = 0;
		if (!now->nr || !now->is_last)
			decode_batch(e, next, frames + used, nr - used);
		used += next->nr;
		handle_batch(e, now);
		done += now->nr;
		hw_tcp_prefetch_end(e->tcp);
	}
}

void hw_engine_feed(struct hw_engine *e, const struct hw_frame *frames, size_t nr)
{
	if (hw_tcp_prefetches(e->tcp))
		feed_ahead(e, frames, nr);
	else
		feed_in_turn(e, frames, nr);
}

/* Decode it for what it teaches; the rest of what that counts, its own engine counts. */
static void learn(struct hw_engine *e, const struct hw_frame *frame)
{
	struct hw_stats before = e->stats;
	struct hw_packet p;

	hw_wire_decode(e->wire, frame, &p);
	for (int i = 0; i < HW_STAT_NR; i++)
		if (!hw_share_has_all((enum hw_stat)i))
			e->stats.n[i] = before.n[i];
}

/* A run of frames of which at most BATCH are ours, and none is too long to prefetch for. */
struct run {
	size_t nr, own_nr;
	bool is_last;		  /* as of a batch */
	uint8_t kinds[4 * BATCH]; /* enum hw_wire_kind; NOT_OURS */
	struct hw_packet packets[BATCH];
};
enum { NOT_OURS = HW_WIRE_NONE + 1, AHEAD = 16, LINE = 64 };

static void add_own(struct hw_engine *e, struct run *run, const struct hw_frame *frame)
{
	struct hw_packet *p = &run->packets[run->own_nr++];

	hw_stats_inc(&e->stats, HW_STAT_PACKETS_READ);
	run->is_last = decode(e, frame, p, &run->kinds[run->nr++]);
}

/* Another core has read its bytes. */
static inline void fetch_ahead(const struct hw_frame *frame, uint8_t mark, uint8_t me)
{
	if ((mark & HW_MARK_OWNER) != me)
		return;
	__builtin_prefetch(frame->data);
	if (frame->len > LINE)
		__builtin_prefetch(frame->data + LINE);
}

static void gather(struct hw_engine *e, struct run *run, const struct hw_frame *frames,
		   const uint8_t *marks, size_t nr, uint8_t me)
{
	run->nr = run->own_nr = 0;
	run->is_last = false;
	while (!run->is_last && run->own_nr < BATCH && run->nr < nr &&
	       run->nr < sizeof(run->kinds)) {
		const uint8_t mark = marks[run->nr];

		if (run->nr + AHEAD < nr)
			fetch_ahead(&frames[run->nr + AHEAD], marks[run->nr + AHEAD], me);
		if ((mark & HW_MARK_OWNER) == me) {
			add_own(e, run, &frames[run->nr]);
			continue;
		}
		if (mark & HW_MARK_TEACHES)
			learn(e, &frames[run->nr]);
		else
			hw_wire_expire(e->wire, frames[run->nr].time_ns);
		run->kinds[run->nr++] = NOT_OURS;
	}
}

static void handle_run(struct hw_engine *e, const struct run *run, const struct hw_frame *frames)
{
	const struct hw_packet *p = run->packets;

	for (size_t i = 0; i < run->nr; i++) {
		e->fed++;
		if (run->kinds[i] == NOT_OURS) {
			pass_time(e, frames[i].time_ns);
		} else {
			hw_tcp_prefetch_connection(e->tcp);
			handle(e, (enum hw_wire_kind)run->kinds[i], p++);
		}
	}
}

static void share_in_turn(struct hw_engine *e, const struct hw_frame *frames, const uint8_t *marks,
			  size_t nr, uint8_t me)
{
	struct run run;

	for (; nr > 0; frames += run.nr, marks += run.nr, nr -= run.nr) {
		gather(e, &run, frames, marks, nr, me);
		hw_tcp_prefetch_end(e->tcp);
		handle_run(e, &run, frames);
	}
}

static void share_ahead(struct hw_engine *e, const struct hw_frame *frames, const uint8_t *marks,
			size_t nr, uint8_t me)
{
	struct run runs[2];
	size_t used = 0, done = 0; /* frames */

	runs[1].nr = 0;
	for (unsigned i = 0; done < nr; i = !i) {
		struct run *const next = &runs[i], *const now = &runs[!i];

		next->nr = 0;
		if (!now->nr || !now->is_last)
			gather(e, next, frames + used, marks + used, nr - used, me);
		used += next->nr;
		handle_run(e, now, frames + done);
		done += now->nr;
		hw_tcp_prefetch_end(e->tcp);
	}
}

void hw_engine_feed_share(struct hw_engine *e, const struct hw_frame *frames, const uint8_t *marks,
			  size_t nr, uint8_t me)
{
	if (hw_tcp_prefetches(e->tcp))
		share_ahead(e, frames, marks, nr, me);
	else
		share_in_turn(e, frames, marks, nr, me);
}

struct hw_engine_place hw_engine_place(const struct hw_engine *e)
{
	return (struct hw_engine_place){ e->fed, hw_tcp_turn(e->tcp) };
}

void hw_engine_advance(struct hw_engine *e, uint64_t now_ns)
{
	hw_wire_expire(e->wire, now_ns);
	pass_time(e, now_ns);
}

void hw_engine_finish(struct hw_engine *e)
{
	e->fed++;
	hw_tcp_finish(e->tcp, HW_TCP_END_CAPTURE);
}
