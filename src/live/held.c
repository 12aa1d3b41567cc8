/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/held.c */
#include "live/held.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "event/copy.h"
#include "live/asker.h"
#include "live/peers.h"

enum {
	EVENTS_MAX = 8192,
	BYTES_MAX = 32 << 20,
	SIDES = 8192, /* a power of two */
};

struct waiting {
	struct hw_event *event;
	size_t size;
	uint64_t until_ns;
	struct hw_live_passing passing;
	uint32_t side; /* of its connection; see side_of() */
};

struct hw_held {
	struct hw_live *live;
	struct hw_asker *asker;
	const struct hw_peers *peers;
	uint64_t now_ns;
	void (*show)(void *ctx, const struct hw_event *event);
	void *ctx;
	size_t nr, bytes;
	bool waits[SIDES];		    /* whether an event of that side may wait */
	struct waiting waiting[EVENTS_MAX]; /* the oldest first */
};

int hw_held_new(struct hw_held **ret, struct hw_live *live, struct hw_asker *asker,
		const struct hw_peers *peers, void (*show)(void *ctx, const struct hw_event *event),
		void *ctx)
{
	struct hw_held *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->live = live;
	h->asker = asker;
	h->peers = peers;
	h->show = show;
	h->ctx = ctx;
	*ret = h;
	return 0;
}

void hw_held_free(struct hw_held *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->nr; i++)
		hw_event_copy_free(h->waiting[i].event);
	free(h);
}

uint64_t hw_held_since(const struct hw_held *h)
{
	return h->nr ? h->waiting[0].until_ns - HW_HELD_NS : UINT64_MAX;
}

size_t hw_held_nr(const struct hw_held *h)
{
	return h->nr;
}

/* Fill in what its container is called. Returns whether that is not known yet. */
static bool lacks_names(struct hw_held *h, struct hw_process *process)
{
	return h->asker && hw_asker_fill(h->asker, process, h->now_ns) == HW_ASKER_WAIT;
}

/* The last user of the socket at the other end, as far as it is known now. */
static bool find_peer(struct hw_held *h, const struct hw_event *event, uint64_t own_cookie,
		      struct hw_process *ret)
{
	uint64_t cookie = hw_peers_find(h->peers, event->extra.connection_id, own_cookie);
	const struct hw_live_passing last = { .key = cookie, .number = UINT64_MAX };
	const enum hw_direction direction = (enum hw_direction)event->direction;

	return cookie && hw_live_owner(h->live, &last, direction, ret, &cookie) != HW_OWNER_NONE;
}

/* Show it with its owner, unless that may still become better known. Returns whether it was. */
static bool show(struct hw_held *h, const struct waiting *w, const struct hw_event *event,
		 bool may_wait)
{
	struct hw_process process, peer; /* large, and mostly filled below */
	struct hw_event e;
	uint64_t cookie;
	const enum hw_owner_known known = hw_live_owner(
		h->live, &w->passing,
		(enum hw_direction)(event->exchange ? event->passed : event->direction), &process,
		&cookie);

	if (known == HW_OWNER_NONE)
		process = (struct hw_process){ .owner = HW_SLICE("none") };
	/* Without a packet there is nobody to wait for: the last user counts. */
	if ((known != HW_OWNER_EXACT || !process.start_ns) && may_wait &&
	    w->passing.number != UINT64_MAX)
		return false;
	if (lacks_names(h, &process) && may_wait)
		return false;
	process.cpu = w->passing.cpu;
	e = *event;
	e.process = &process;
	e.extra.owner = process.owner;
	e.extra.frame = 0; /* counts packets in the ring, which nobody else sees */
	if (cookie)
		e.extra.socket_cookie = cookie;
	if ((e.exchange || e.tunnel) && h->peers &&
	    find_peer(h, &e, e.extra.socket_cookie, &peer)) {
		if (lacks_names(h, &peer) && may_wait)
			return false;
		e.peer = &peer;
	}
	h->show(h->ctx, &e);
	return true;
}

/*
 * What must come in order: the events of one side of a connection. Sides that share a number only
 * wait for each other, so that it needs no key. It is not the socket, as the handshake of one that
 * is accepted passes another.
 */
static uint32_t side_of(const struct hw_event *event)
{
	static const struct hw_hash_key key = { { 0 } };
	const bool leaves = event->direction == HW_DIRECTION_EGRESS;
	const struct hw_addr ends[] = { leaves ? event->src : event->dst,
					leaves ? event->dst : event->src };
	const uint64_t own = leaves ? event->src_port : event->dst_port;
	uint64_t words[5];

	memcpy(words, ends, sizeof(ends));
	words[4] = own << 16 | (leaves ? event->dst_port : event->src_port);
	return hw_hash_words(&key, words, 5) & (SIDES - 1);
}

/* The same, unless one of its side is to be shown before it. */
static bool show_next(struct hw_held *h, const struct waiting *w, const struct hw_event *event,
		      bool may_wait)
{
	return !h->waits[w->side] && show(h, w, event, may_wait);
}

static void drop(struct hw_held *h, const struct waiting *w)
{
	h->bytes -= w->size;
	hw_event_copy_free(w->event);
}

static void release_oldest(struct hw_held *h)
{
	const struct waiting *w = &h->waiting[0];

	show(h, w, w->event, false);
	drop(h, w);
	h->nr--;
	memmove(h->waiting, h->waiting + 1, h->nr * sizeof(h->waiting[0]));
}

static bool keep(struct hw_held *h, const struct hw_event *event, struct waiting w)
{
	w.event = hw_event_copy(event, &w.size);
	if (!w.event)
		return false;
	while (h->nr && (h->nr == EVENTS_MAX || h->bytes + w.size > BYTES_MAX))
		release_oldest(h);
	h->bytes += w.size;
	h->waits[w.side] = true;
	h->waiting[h->nr++] = w;
	return true;
}

/* The packet that completed a message: none where time did, and then the last user counts. */
static uint64_t number_of(const struct hw_event *event)
{
	return event->extra.frame ? event->extra.frame : UINT64_MAX;
}

void hw_held_take(struct hw_held *h, const struct hw_event *event, uint64_t now_ns)
{
	const struct waiting w = {
		.passing = hw_live_passing(h->live, number_of(event), event->extra.socket_cookie),
		.until_ns = now_ns + HW_HELD_NS,
		.side = side_of(event),
	};

	h->now_ns = now_ns;
	if (!show_next(h, &w, event, true) && !keep(h, event, w))
		show(h, &w, event, false);
}

void hw_held_release(struct hw_held *h, uint64_t now_ns)
{
	size_t kept = 0;

	if (now_ns != UINT64_MAX)
		h->now_ns = now_ns;
	if (h->nr)
		memset(h->waits, 0, sizeof(h->waits));
	for (size_t i = 0; i < h->nr; i++) {
		const struct waiting w = h->waiting[i];

		h->waits[w.side] = !show_next(h, &w, w.event, now_ns < w.until_ns);
		if (h->waits[w.side])
			h->waiting[kept++] = w;
		else
			drop(h, &w);
	}
	h->nr = kept;
}
