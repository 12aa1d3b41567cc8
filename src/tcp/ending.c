/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/ending.c - see ending.h */
#include "tcp/ending.h"

#include "tcp/options.h"

static bool has_ended(const struct hw_flow *f, int dir)
{
	return f->stream[dir].flags & HW_STREAM_ENDED;
}

static void count_end(struct hw_tcp *t, enum hw_tcp_end how)
{
	t->stats->n[HW_STAT_CONNECTIONS_OPEN]--;
	switch (how) {
	case HW_TCP_END_RESET:
		hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_RESET);
		break;
	case HW_TCP_END_TIMEOUT:
	case HW_TCP_END_GIVEN_UP:
		hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_TIMEOUT);
		break;
	case HW_TCP_END_EVICTED:
		hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_EVICTED);
		break;
	case HW_TCP_END_FIN:
	case HW_TCP_END_CLOSED:
	case HW_TCP_END_REUSED:
	case HW_TCP_END_CAPTURE:
		break;
	}
}

/*
 * An evicted direction's held bytes are not delivered: a reader that takes them would
 * want memory, and memory is what there is not.
 */
static void end_direction(struct hw_tcp *t, struct hw_flow *f, int dir, enum hw_tcp_end how)
{
	struct hw_stream *s = hw_tcp_select(t, f, dir);

	if (s->flags & HW_STREAM_ENDED)
		return;
	if (how == HW_TCP_END_EVICTED)
		hw_stream_drop(s, &t->env, HW_STAT_TCP_OVER_LIMIT);
	else
		hw_stream_end(s, &t->env);
	t->reader.end(t->reader.ctx, &f->connection, dir,
		      hw_stream_is_complete(s) ? HW_TCP_END_FIN : how, t->packet);
	if (has_ended(f, 0) && has_ended(f, 1))
		count_end(t, how);
}

/* The direction whose turn it is to end: the one whose FIN came first, then the other. */
static int turn_of(const struct hw_flow *f, int i)
{
	return f->connection.first_fin == 2 ? !i : i;
}

/* What is held of either is told of before the end of the other. */
static void end_each(struct hw_tcp *t, struct hw_flow *f, const enum hw_tcp_end how[HW_TCP_DIRS])
{
	for (int dir = 0; dir < HW_TCP_DIRS && how[dir] != HW_TCP_END_EVICTED; dir++)
		if (f->stream[dir].hold)
			hw_stream_give_up(hw_tcp_select(t, f, dir), &t->env);
	for (int i = 0; i < HW_TCP_DIRS; i++)
		end_direction(t, f, turn_of(f, i), how[turn_of(f, i)]);
}

static void end_both(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how)
{
	const enum hw_tcp_end each[] = { how, how };

	end_each(t, f, each);
}

void hw_tcp_end(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how)
{
	t->flow = f; /* so that it is not evicted on the way */
	end_both(t, f, how);
	t->reader.free(t->reader.ctx, &f->connection);
	t->flow = NULL;
}

/* What is needed last, and for the one that is most likely next, is on its way meanwhile. */
uint64_t hw_tcp_release(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how)
{
	const uint64_t hash = hw_table_hash(&t->table, &f->connection.key);

	hw_table_prefetch_slot(&t->table, hash);
	hw_table_prefetch_newer(&t->table, f);
	hw_tcp_end(t, f, how);
	hw_table_remove(&t->table, f, hash);
	return hash;
}

/*
 * A direction ends when nothing more is owed of the other one: its peer has sent its last byte to
 * somebody who had that.
 */
void hw_tcp_settle(struct hw_tcp *t, struct hw_flow *f)
{
	for (int i = 0; i < HW_TCP_DIRS; i++) {
		const int dir = turn_of(f, i);

		if (hw_stream_is_complete(&f->stream[dir]) && !has_ended(f, dir) &&
		    !hw_stream_is_owed(&f->stream[!dir]))
			end_direction(t, f, dir, HW_TCP_END_FIN);
	}
	if (has_ended(f, 0) && has_ended(f, 1) && f->connection.list != HW_FLOW_CLOSED)
		hw_table_move(&t->table, f, HW_FLOW_CLOSED, t->now_ns);
}

/* Nothing of the stream is here: it goes on behind what its receiver had acknowledged. */
static void start_unheard(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t place)
{
	const struct hw_stream *s = &f->stream[dir];

	if ((s->flags & (HW_STREAM_STARTED | HW_STREAM_ENDED | HW_STREAM_ACKED)) ==
		    HW_STREAM_ACKED &&
	    hw_seq_diff(place, s->acked) >= 0)
		hw_stream_start(hw_tcp_select(t, f, dir), &t->env, s->acked);
}

/*
 * The socket has had, or sent, all before `place`: what is not here was lost on the way to us. Its
 * places count a FIN, too, so that the last one may be that.
 */
static void miss(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t place)
{
	const struct hw_stream *s = &f->stream[dir];

	start_unheard(t, f, dir, place);
	if (!(s->flags & HW_STREAM_STARTED) || s->flags & (HW_STREAM_ENDED | HW_STREAM_WAITS) ||
	    hw_seq_is_far(place, s->next) || hw_seq_diff(place, s->next) <= 1)
		return;
	hw_stream_miss(hw_tcp_select(t, f, dir), &t->env, place - 1);
	hw_tcp_after_stream(t, f, dir);
}

/*
 * How what comes to a socket that was closed in order ends: it has had one more than all that is
 * here where its peer's FIN was lost.
 */
static enum hw_tcp_end end_of_peer(const struct hw_flow *f, int dir, const struct hw_socket *socket)
{
	const bool has_fin =
		socket->has_places && hw_seq_diff(socket->received, f->stream[dir].next) == 1;

	return has_fin ? HW_TCP_END_FIN : HW_TCP_END_CLOSED;
}

/*
 * Behind the FIN of a socket that was closed nothing comes that anybody takes; and where its peer
 * acknowledges that before it ends too, the kernel keeps no socket that would see the peer's FIN.
 */
void hw_tcp_take_close(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_socket *socket = p->frame->socket;

	if (!(p->flags & HW_TCP_FIN) || !socket || !socket->takes_no_more ||
	    p->frame->direction != HW_DIRECTION_EGRESS || !has_ended(f, dir))
		return;
	if (socket->has_places)
		miss(t, f, !dir, socket->received);
	end_direction(t, f, !dir, end_of_peer(f, !dir, socket));
	hw_tcp_settle(t, f);
}

/*
 * RFC 5961 3.2: a socket believes a RST that is next. Of one that it believes for another reason, or
 * later, the kernel side tells the end (hw_tcp_close()).
 */
static bool is_off_at_socket(const struct hw_packet *p)
{
	const struct hw_socket *socket = p->frame->socket;

	return socket && socket->has_places && p->frame->direction == HW_DIRECTION_INGRESS &&
	       p->seq != socket->received;
}

/*
 * RFC 9293 3.5.2 and RFC 5961 3.2, as far as who only watches can follow: a RST must lie
 * in the window, where segments may be missing before it. One that refuses a SYN must
 * acknowledge that SYN.
 */
static bool is_rst_valid(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_tcp_connection *c = &f->connection;
	const struct hw_stream *s = &f->stream[dir];

	if (c->has_isn[dir] && !f->connection.has_signature &&
	    hw_tcp_options_read(p->options).has_signature)
		return false; /* its receiver drops it: RFC 2385 2.0 */
	if (s->flags & HW_STREAM_STARTED && is_off_at_socket(p))
		return false;
	if (s->flags & HW_STREAM_STARTED)
		return hw_stream_is_in_window(s, p->seq) ||
		       (s->flags & HW_STREAM_ACKED && s->acked == p->seq);
	if (c->has_isn[!dir])
		return p->flags & HW_TCP_ACK && p->ack - (c->isn[!dir] + 1) <= HW_TCP_SYN_DATA_MAX;
	return true;
}

/* What is before `seq` may have been left out, as nobody wants it. */
static void pass_left_out(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t seq)
{
	if (!(f->stream[dir].flags & HW_STREAM_STARTED))
		return;
	hw_stream_leave_out(hw_tcp_select(t, f, dir), &t->env, seq);
	hw_tcp_after_stream(t, f, dir);
}

/* What has just passed, and was left out, the socket may not have counted yet. */
static uint32_t later(uint32_t place, const struct hw_left_out *left_out)
{
	return left_out && hw_seq_diff(left_out->until, place) > 0 ? left_out->until : place;
}

void hw_tcp_pass_left_out(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_left_out *const here = p->frame->left_out, *const back =
									   p->frame->left_out_back;
	const struct hw_socket *socket = p->frame->socket;
	const bool leaves = socket && p->frame->direction == HW_DIRECTION_EGRESS;
	const int own = leaves ? dir : !dir;

	if (socket && socket->has_places) {
		pass_left_out(t, f, own, later(socket->sent, leaves ? here : back));
		pass_left_out(t, f, !own, later(socket->received, leaves ? back : here));
	}
	if (p->flags & HW_TCP_RST && (leaves || p->frame->left_out))
		pass_left_out(t, f, dir, p->seq);
}

/* Its own direction is the one that leaves it. */
static void miss_at_socket(struct hw_tcp *t, struct hw_flow *f, const struct hw_frame *frame)
{
	if (!frame->socket || !frame->socket->has_places)
		return;
	miss(t, f, 0, frame->socket->sent);
	miss(t, f, 1, frame->socket->received);
}

void hw_tcp_take_rst(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	if (f->connection.list == HW_FLOW_CLOSED)
		return;
	hw_tcp_pass_left_out(t, f, dir, p);
	if (!is_rst_valid(f, dir, p)) {
		hw_stats_inc(t->stats, HW_STAT_TCP_BAD_RST);
		return;
	}
	miss_at_socket(t, f, p->frame);
	f->connection.reset_by = (dir + 1u) & 3u;
	end_both(t, f, HW_TCP_END_RESET);
}

void hw_tcp_close(struct hw_tcp *t, const struct hw_packet *at, enum hw_tcp_end how,
		  uint64_t now_ns)
{
	const struct hw_place_dir to = hw_places_alone(&t->places, &t->table, at);
	struct hw_flow *f = hw_table_find(&t->table, &to.place->key, to.place->hash);
	enum hw_tcp_end each[] = { how, how };

	hw_tcp_set_clock(t, now_ns);
	if (!f || f->connection.list == HW_FLOW_CLOSED ||
	    f->connection.cookie !=
		    at->frame->socket->cookie) /* one that has none is a later one */
		return;
	t->packet = at;
	t->flow = f;
	hw_tcp_pass_left_out(t, f, to.dir, at);
	miss_at_socket(t, f, at->frame);
	if (how == HW_TCP_END_RESET)
		f->connection.reset_by = (to.dir + 1u) & 3u;
	each[1] = how == HW_TCP_END_FIN ? end_of_peer(f, 1, at->frame->socket) : how;
	end_each(t, f, each);
	hw_tcp_settle(t, f);
	t->packet = NULL;
	t->flow = NULL;
}

bool hw_tcp_is_reset_belied(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const bool is_at_socket = p->frame->socket && p->frame->socket->cookie;
	const int32_t ahead = hw_seq_diff(p->seq, f->stream[dir].next);

	return f->connection.reset_by == dir + 1 && p->payload_len &&
	       !(p->flags & (HW_TCP_RST | HW_TCP_SYN)) && (is_at_socket ? ahead >= 0 : ahead == 0);
}

bool hw_tcp_is_fin_belied(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	return has_ended(f, dir) && !(p->flags & (HW_TCP_RST | HW_TCP_SYN)) &&
	       hw_stream_is_fin_belied(&f->stream[dir], p->seq, p->payload_len);
}
