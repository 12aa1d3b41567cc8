/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/shift.c - see shift.h */
#include "event/shift.h"

/* 0: it is not known. */
static void shift(uint64_t *time_ns, int64_t by_ns)
{
	if (*time_ns)
		*time_ns += (uint64_t)by_ns;
}

static void shift_part(struct hw_exchange_part *part, int64_t by_ns)
{
	shift(&part->start_ns, by_ns);
	shift(&part->end_ns, by_ns);
}

static void shift_exchange(struct hw_event_shifted *s, int64_t by_ns)
{
	struct hw_exchange *x = &s->exchange;

	*x = *s->event.exchange;
	shift_part(&x->request, by_ns);
	shift_part(&x->response, by_ns);
	for (size_t i = 0; i < x->interims_nr; i++) {
		s->interims[i] = x->interims[i];
		shift(&s->interims[i].time_ns, by_ns);
	}
	x->interims = s->interims;
	s->event.exchange = x;
}

static void shift_tunnel(struct hw_event_shifted *s, int64_t by_ns)
{
	s->tunnel = *s->event.tunnel;
	shift(&s->tunnel.start_ns, by_ns);
	shift(&s->tunnel.end_ns, by_ns);
	s->event.tunnel = &s->tunnel;
}

const struct hw_event *hw_event_shift(const struct hw_event *event, int64_t by_ns,
				      struct hw_event_shifted *room)
{
	room->event = *event;
	room->process = *event->process;
	room->event.process = &room->process;
	shift(&room->event.time_ns, by_ns);
	shift(&room->process.start_ns, by_ns);
	if (event->exchange)
		shift_exchange(room, by_ns);
	if (event->tunnel)
		shift_tunnel(room, by_ns);
	return &room->event;
}
