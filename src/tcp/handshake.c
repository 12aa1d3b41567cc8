/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/handshake.c - see handshake.h */
#include "tcp/handshake.h"

#include "tcp/ending.h"
#include "tcp/options.h"

static bool is_syn_ack(const struct hw_packet *p)
{
	return (p->flags & (HW_TCP_SYN | HW_TCP_ACK | HW_TCP_RST)) == (HW_TCP_SYN | HW_TCP_ACK);
}

/* No byte of this direction was seen; one that a SYN carried does not count. */
static bool is_fresh(const struct hw_flow *f, int dir)
{
	const struct hw_stream *s = &f->stream[dir];

	if (!(s->flags & HW_STREAM_STARTED))
		return true;
	return f->connection.has_isn[dir] && s->next == f->connection.isn[dir] + 1 &&
	       (!s->hold || s->flags & HW_STREAM_WAITS) && !(s->flags & HW_STREAM_FIN);
}

/*
 * A SYN on a connection in use, or whose own SYN was accepted. Its receiver would answer
 * with a challenge (RFC 5961 4), so it may be forged and ends nothing by itself. But if our
 * capture missed the end of the old connection it begins a new one: that is believed when
 * the other side accepts it, or when data with its number comes.
 */
static void suspect_reuse(struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_tcp_connection *c = &f->connection;
	struct hw_stream *s = &f->stream[dir];

	if (!(s->flags & HW_STREAM_STARTED) || hw_stream_is_in_window(s, p->seq))
		return;
	if (c->has_other_syn && c->other_dir == dir && s->other_isn == p->seq)
		return; /* captured twice: the first is the one that counts */
	s->other_isn = p->seq;
	c->other_dir = (unsigned)dir & 1u;
	c->other_passed = p->frame->direction & 3u;
	c->has_other_syn = true;
}

static bool is_reuse_confirmed(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_tcp_connection *c = &f->connection;
	const uint32_t first = f->stream[c->other_dir].other_isn + 1;

	if (!c->has_other_syn || p->flags & HW_TCP_RST)
		return false;
	if (is_syn_ack(p))
		return dir != c->other_dir && p->ack == first;
	return dir == c->other_dir && (p->flags & (HW_TCP_SYN | HW_TCP_ACK)) == HW_TCP_ACK &&
	       p->seq == first && p->seq != f->stream[dir].next;
}

bool hw_tcp_is_another(struct hw_flow *f, int dir, const struct hw_packet *p,
		       struct hw_tcp_syn *ret_syn)
{
	const struct hw_tcp_connection *c = &f->connection;
	const uint64_t cookie = hw_tcp_cookie_of(p);

	if ((cookie && c->cookie && cookie != c->cookie) || hw_tcp_is_reset_belied(f, dir, p) ||
	    hw_tcp_is_fin_belied(f, dir, p))
		return true;
	if (is_reuse_confirmed(f, dir, p)) {
		*ret_syn = (struct hw_tcp_syn){ f->stream[c->other_dir].other_isn, c->other_dir,
						c->other_passed, true };
		return true;
	}
	if (!(p->flags & HW_TCP_SYN) || p->flags & HW_TCP_RST ||
	    (c->has_isn[dir] && c->isn[dir] == p->seq))
		return false;
	if (f->connection.list == HW_FLOW_CLOSED)
		return true;
	if (hw_tcp_is_syn(p) && (c->list != HW_FLOW_EMBRYONIC || c->is_accepted))
		suspect_reuse(f, dir, p);
	return false;
}

void hw_tcp_set_isn(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t isn)
{
	hw_stream_start(hw_tcp_select(t, f, dir), &t->env, isn + 1);
	f->stream[dir].flags &= (uint8_t)~HW_STREAM_HAS_TIME; /* of another SYN */
	f->connection.isn[dir] = isn;
	f->connection.has_isn[dir] = true;
}

/*
 * RFC 7323 4.3: that of the first SYN with the number that holds. Its receiver takes none from
 * one that comes again, which may be forged.
 */
static void note_time(struct hw_flow *f, int dir, const struct hw_tcp_options_seen *o)
{
	struct hw_stream *s = &f->stream[dir];

	if (!o->time || s->flags & HW_STREAM_HAS_TIME || f->connection.is_accepted ||
	    !is_fresh(f, dir))
		return;
	s->time = o->time;
	s->flags |= HW_STREAM_HAS_TIME;
}

static void note_options(struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_tcp_options_seen o = hw_tcp_options_read(p->options);
	struct hw_stream *s = &f->stream[!dir]; /* the window is for the other direction */

	s->shift = o.shift;
	s->flags |= HW_STREAM_SCALES;
	f->connection.has_signature |= o.has_signature;
	note_time(f, dir, &o);
}

/*
 * The number that a SYN begins with. When SYNs disagree before there is data, the newest
 * holds until the other side has accepted one; its answer, or the first segment that is
 * not a SYN, settles it. Returns false if the SYN is to be ignored.
 */
static bool take_isn(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_tcp_connection *c = &f->connection;
	struct hw_stream *s = &f->stream[dir];

	if (c->has_isn[dir] && c->isn[dir] == p->seq)
		return true;
	if (!c->has_isn[dir] && s->flags & HW_STREAM_STARTED) {
		c->isn[dir] = p->seq; /* the SYN came after data: too late to start there */
		c->has_isn[dir] = true;
		return true;
	}
	if (c->has_isn[dir]) {
		const bool is_accepted = s->flags & HW_STREAM_ACKED && s->acked == s->next;

		if (!is_fresh(f, dir) || is_accepted)
			return false;
		s->flags |= HW_STREAM_DISPUTED;
		c->was_disputed = true;
	}
	hw_tcp_set_isn(t, f, dir, p->seq);
	return true;
}

/*
 * What a SYN-ACK acknowledges is the other side's SYN, and may be the data on it. Returns
 * false if it cannot be: then it is forged or from another connection.
 */
static bool take_syn_ack(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_tcp_connection *c = &f->connection;
	struct hw_stream *other = &f->stream[!dir];

	if (c->client < 0)
		c->client = (int8_t)!dir;
	if (c->has_isn[!dir] && p->ack - (c->isn[!dir] + 1) <= HW_TCP_SYN_DATA_MAX) {
		other->flags &= (uint8_t)~HW_STREAM_DISPUTED;
		return true;
	}
	if (c->has_isn[!dir] && !(other->flags & HW_STREAM_DISPUTED && is_fresh(f, !dir)))
		return false;
	if (!c->has_isn[!dir] && other->flags & HW_STREAM_STARTED)
		return true; /* adopted in mid-stream */
	other->flags &= (uint8_t)~HW_STREAM_DISPUTED;
	hw_tcp_set_isn(t, f, !dir, p->ack - 1);
	return true;
}

static void tell_accept(struct hw_tcp *t, struct hw_flow *f, const struct hw_packet *p)
{
	if (f->connection.is_accepted)
		return;
	f->connection.is_accepted = true;
	if (t->reader.accept)
		t->reader.accept(t->reader.ctx, &f->connection, p);
}

bool hw_tcp_take_syn(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	if (is_syn_ack(p) && !take_syn_ack(t, f, dir, p))
		return false;
	if (!take_isn(t, f, dir, p))
		return false;
	if (f->connection.client < 0)
		f->connection.client = (int8_t)dir; /* the first SYN, in split handshakes too */
	note_options(f, dir, p);
	if (is_syn_ack(p))
		tell_accept(t, f, p);
	return true;
}

void hw_tcp_settle_dispute(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = &f->stream[dir];

	s->flags &= (uint8_t)~HW_STREAM_DISPUTED;
	if (is_fresh(f, dir) && p->seq != s->next)
		hw_tcp_set_isn(t, f, dir, p->seq - 1);
}
