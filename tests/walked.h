/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/walked.h - a second decoder, which walks through the layers of every frame
 *
 * Plain frames are decoded by a shorter way (wire/plain.h). Give both decoders the same
 * frames, and they must say, count and learn the same.
 */
#ifndef HW_WALKED_H
#define HW_WALKED_H

#include "wire/walk.h"

struct walked {
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_wire *wire;
};

/* With the options, seed and memory of the first. Returns 0 or -ENOMEM. */
static inline int walked_new(struct walked *w, const struct hw_wire_options *options, size_t memory,
			     uint64_t seed)
{
	*w = (struct walked){ .budget = { .max = memory } };
	return hw_wire_new(&w->wire, options, &w->budget, &w->stats, seed);
}

static inline void walked_free(struct walked *w)
{
	hw_wire_free(w->wire);
}

/* In the frame they are the same bytes; put together from fragments they are equal ones. */
static inline bool walked_same_slice(const struct hw_frame *f, struct hw_slice a, struct hw_slice b)
{
	const bool is_in_frame = a.ptr >= f->data && a.ptr <= f->data + f->len;

	return hw_slice_eq(a, b) && (!is_in_frame || a.ptr == b.ptr);
}

static inline bool walked_same_slices(const struct hw_packet *a, const struct hw_packet *b)
{
	return walked_same_slice(a->frame, a->ip, b->ip) &&
	       walked_same_slice(a->frame, a->transport, b->transport) &&
	       walked_same_slice(a->frame, a->payload, b->payload) &&
	       walked_same_slice(a->frame, a->options, b->options);
}

static inline bool walked_same_packet(const struct hw_packet *a, const struct hw_packet *b)
{
	return a->frame == b->frame && memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0 && a->src_port == b->src_port &&
	       a->dst_port == b->dst_port && a->ip_version == b->ip_version &&
	       a->ip_protocol == b->ip_protocol && a->is_fragment == b->is_fragment &&
	       a->is_reassembled == b->is_reassembled && a->transport_bad == b->transport_bad &&
	       a->tunnels == b->tunnels && a->packet_len == b->packet_len &&
	       a->payload_len == b->payload_len && a->seq == b->seq && a->ack == b->ack &&
	       a->flags == b->flags && a->window == b->window && a->tcp_place == b->tcp_place &&
	       a->ends[0] == b->ends[0] && a->ends[1] == b->ends[1] && walked_same_slices(a, b);
}

static inline bool walked_same_ends(const struct hw_packet *a, const struct hw_packet *b)
{
	return memcmp(&a->src, &b->src, sizeof(a->src)) == 0 &&
	       memcmp(&a->dst, &b->dst, sizeof(a->dst)) == 0 && a->src_port == b->src_port &&
	       a->dst_port == b->dst_port;
}

/* Where its ends are told without decoding they are those of the segment that it has, if any. */
static inline bool walked_foresees(const struct hw_frame *frame, enum hw_wire_kind kind,
				   const struct hw_packet *p)
{
	const bool is_in_frame = kind == HW_WIRE_TCP && !p->is_reassembled;
	struct hw_packet ends;
	uint64_t v4[2];

	if (hw_wire_ends_v4(frame, v4) && is_in_frame &&
	    (v4[0] != p->ends[0] || v4[1] != p->ends[1]))
		return false;
	return !hw_wire_ends(frame, &ends) || !is_in_frame || walked_same_ends(&ends, p);
}

static inline bool walked_same_knowledge(const struct hw_wire *a, const struct hw_wire *b)
{
	return a->has_learned == b->has_learned &&
	       memcmp(&a->offload, &b->offload, sizeof(a->offload)) == 0 &&
	       memcmp(a->stats, b->stats, sizeof(*a->stats)) == 0;
}

/* Decode `frame`, which gave `kind` and `p` in `other`: whether both are the same now. */
static inline bool walked_is_same(struct walked *w, const struct hw_frame *frame,
				  const struct hw_wire *other, enum hw_wire_kind kind,
				  const struct hw_packet *p)
{
	struct hw_packet packet;

	hw_defrag_release(w->wire->defrag);
	hw_defrag_expire(w->wire->defrag, frame->time_ns);
	w->wire->has_learned = false;
	return hw_walk_decode(w->wire, frame, &packet) == kind && walked_foresees(frame, kind, p) &&
	       (kind == HW_WIRE_NONE || walked_same_packet(&packet, p)) &&
	       walked_same_knowledge(w->wire, other);
}

#endif
