/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/connection.c - see connection.h */
#include "tcp/connection.h"

#include <errno.h>
#include <stdlib.h>

#include "base/layout.h"
#include "tcp/options.h"
#include "tcp/table.h"

/* Where a packet's connection is, or will be. */
struct place {
	struct hw_tcp_key key;
	uint32_t id;	      /* of the connection when its batch began; NOWHERE */
	uint64_t hash;	      /* of the key */
	struct hw_flow *flow; /* that was found; NULL: none */
	uint32_t removed;     /* `flow` holds as long as the table's number is this one */
};

static const uint32_t NOWHERE = UINT32_MAX;

/* So many connections stay in the cache by themselves. */
enum { FEW = 512 };

/* The places of two batches, and of a packet of none. */
enum { PLACE_ALONE = 2 * HW_TCP_BATCH, PLACES };

/* hw_packet.tcp_place: the number of the place, from 1, and the direction in it. */
enum { PLACE_DIR = 0x80 };
_Static_assert((int)PLACES < (int)PLACE_DIR, "a place has its number in seven bits");

struct hw_tcp {
	struct hw_tcp_reader reader;
	struct hw_stats *stats;
	struct hw_table table;
	struct hw_stream_env env;
	struct hw_hold holes; /* list of the holds, in the order they were made */
	uint64_t now_ns;
	uint64_t turn; /* hw_tcp_turn() */
	bool is_evicting;
	struct place places[PLACES];
	unsigned batch_at, batch_nr; /* those of the batch that is begun */
	unsigned fetched_nr;	     /* of them whose connections were fetched */

	/* What is being served: the arguments of the reader's calls. */
	struct hw_flow *flow;
	int dir;
	const struct hw_packet *packet;
};

/* Turns of an expire call: each list by its last use, one after the other; holes as made. */
static const uint64_t CLOSED_TURN = 0, EMBRYONIC_TURN = UINT64_C(1) << 61,
		      IN_USE_TURN = UINT64_C(2) << 61, HOLES_TURN = UINT64_C(3) << 61;

/* A SYN can carry no more; what a SYN-ACK acknowledges cannot be further away. */
static const uint32_t SYN_DATA_MAX = 65535;

static struct hw_flow *flow_of(const struct hw_tcp_connection *c)
{
	uint8_t *at = (uint8_t *)(uintptr_t)c - offsetof(struct hw_flow, connection);

	return (struct hw_flow *)(void *)at;
}

void *hw_tcp_user(struct hw_tcp_connection *c)
{
	return flow_of(c) + 1;
}

uint32_t hw_tcp_next(const struct hw_tcp_connection *c, int dir)
{
	return flow_of(c)->stream[dir].next;
}

bool hw_tcp_has_next(const struct hw_tcp_connection *c, int dir)
{
	return flow_of(c)->stream[dir].flags & HW_STREAM_STARTED;
}

bool hw_tcp_has_ended(const struct hw_tcp_connection *c, int dir)
{
	return flow_of(c)->stream[dir].flags & HW_STREAM_ENDED;
}

int hw_tcp_ended_by(const struct hw_tcp_connection *c, int dir)
{
	const bool is_reset = c->reset_by && !(flow_of(c)->stream[dir].flags & HW_STREAM_FIN);

	return is_reset ? c->reset_by - 1 : dir;
}

static void pass_data(void *ctx, struct hw_slice bytes)
{
	struct hw_tcp *t = ctx;

	t->reader.data(t->reader.ctx, &t->flow->connection, t->dir, bytes, t->packet);
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

/* Choose what the streams' calls are about. */
static struct hw_stream *select_stream(struct hw_tcp *t, struct hw_flow *f, int dir)
{
	t->flow = f;
	t->dir = dir;
	t->env.is_ordered = f->connection.key.is_socket;
	return &f->stream[dir];
}

/* A new hold joins the list that expire goes through; conflicts are noted. */
static void after_stream(struct hw_tcp *t, struct hw_flow *f, int dir)
{
	struct hw_hold *h = f->stream[dir].hold;

	if (t->env.is_conflict && f->connection.conflicts[dir] < UINT8_MAX)
		f->connection.conflicts[dir]++;
	t->env.is_conflict = false;
	if (h && !h->owner) {
		h->owner = f;
		h->dir = dir;
		h->made_ns = h->checked_ns = t->now_ns;
		hw_hold_list_renew(&t->holes, h);
	}
}

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
		hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_TIMEOUT);
		break;
	case HW_TCP_END_EVICTED:
		hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_EVICTED);
		break;
	case HW_TCP_END_FIN:
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
	struct hw_stream *s = select_stream(t, f, dir);

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

static void end_both(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how)
{
	end_direction(t, f, 0, how);
	end_direction(t, f, 1, how);
}

/* What is needed last, and for the one that is most likely next, is on its way meanwhile. */
static void release(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how)
{
	const uint64_t hash = hw_table_hash(&t->table, &f->connection.key);

	hw_table_prefetch_slot(&t->table, hash);
	hw_table_prefetch_newer(&t->table, f);
	t->flow = f; /* so that it is not evicted on the way */
	end_both(t, f, how);
	t->reader.free(t->reader.ctx, &f->connection);
	hw_table_remove(&t->table, f, hash);
	t->flow = NULL;
}

/* After a change to a stream: what has come to its end? */
static void settle(struct hw_tcp *t, struct hw_flow *f)
{
	for (int dir = 0; dir < HW_TCP_DIRS; dir++) {
		if (hw_stream_is_complete(&f->stream[dir]) && !has_ended(f, dir))
			end_direction(t, f, dir, HW_TCP_END_FIN);
	}
	if (has_ended(f, 0) && has_ended(f, 1) && f->connection.list != HW_FLOW_CLOSED)
		hw_table_move(&t->table, f, HW_FLOW_CLOSED, t->now_ns);
}

/* The order in which connections go: what is over, what never began, what idles. */
static const enum hw_flow_list eviction_order[] = { HW_FLOW_CLOSED, HW_FLOW_EMBRYONIC,
						    HW_FLOW_IN_USE };

static struct hw_flow *choose_victim(const struct hw_tcp *t, const struct hw_flow *spare)
{
	for (size_t i = 0; i < sizeof(eviction_order) / sizeof(*eviction_order); i++) {
		struct hw_flow *f = hw_table_oldest(&t->table, eviction_order[i]);

		while (f && (f == spare || f == t->flow))
			f = hw_table_newer(&t->table, f);
		if (f)
			return f;
	}
	return NULL;
}

/* The reader may ask for memory while it is told of an eviction; it gets none then. */
static bool evict(struct hw_tcp *t, const struct hw_flow *spare)
{
	struct hw_flow *victim = t->is_evicting ? NULL : choose_victim(t, spare);
	struct hw_flow *const flow = t->flow;
	const struct hw_packet *const packet = t->packet;
	const int dir = t->dir;

	if (!victim)
		return false;
	t->is_evicting = true;
	t->packet = NULL;
	release(t, victim, HW_TCP_END_EVICTED);
	t->is_evicting = false;
	t->flow = flow;
	t->dir = dir;
	t->packet = packet;
	return true;
}

bool hw_tcp_evict(struct hw_tcp *t, const struct hw_tcp_connection *spare)
{
	return evict(t, spare ? flow_of(spare) : NULL);
}

static bool make_room(void *ctx)
{
	return evict(ctx, NULL);
}

/* The SYN that began a connection before the packet at hand. */
struct syn {
	uint32_t isn;
	uint8_t dir;
	bool is_set;
};

static uint64_t half_of(const struct hw_addr *a, int i)
{
	return hw_get_u64be(a->b + 8 * i);
}

/* Whether `p` comes from the greater of its two endpoints. */
static bool is_from_greater(const struct hw_packet *p)
{
	for (int i = 0; i < 2; i++)
		if (half_of(&p->src, i) != half_of(&p->dst, i))
			return half_of(&p->src, i) > half_of(&p->dst, i);
	return p->src_port > p->dst_port;
}

/* Sorted. Where a sender writes to itself (LAND) there is one direction only. */
static int place_on_wire(const struct hw_packet *p, struct hw_tcp_key *ret)
{
	const int dir = is_from_greater(p);

	ret->addr[dir] = p->src;
	ret->addr[!dir] = p->dst;
	ret->port[dir] = p->src_port;
	ret->port[!dir] = p->dst_port;
	ret->scope = 0;
	ret->is_socket = false;
	return dir;
}

/*
 * As the socket knows it: behind address translation the packets of the two directions
 * differ. A listener has no peer; there (data on the third ACK of a handshake arrives at
 * the listener) the packet says it.
 */
HW_APART static int place_at_socket(const struct hw_packet *p, struct hw_tcp_key *ret)
{
	const struct hw_socket *s = p->frame->socket;
	const struct hw_addr local = hw_addr_v6(s->local), remote = hw_addr_v6(s->remote);
	bool is_ingress = p->frame->direction == HW_DIRECTION_INGRESS;

	if (p->frame->direction == HW_DIRECTION_UNKNOWN)
		is_ingress =
			p->dst_port == s->local_port && memcmp(&p->dst, &local, sizeof(local)) == 0;
	*ret = (struct hw_tcp_key){
		.addr = { is_ingress ? p->dst : p->src, is_ingress ? p->src : p->dst },
		.scope = (uint32_t)(s->netns ^ s->netns >> 32), /* inode numbers have 32 bits */
		.port = { is_ingress ? p->dst_port : p->src_port,
			  is_ingress ? p->src_port : p->dst_port },
		.is_socket = true,
	};
	if (s->remote_port != 0) {
		ret->addr[0] = local;
		ret->addr[1] = remote;
		ret->port[0] = s->local_port;
		ret->port[1] = s->remote_port;
	}
	return is_ingress;
}

/* Returns the direction. */
static int locate(const struct hw_packet *p, struct hw_tcp_key *ret)
{
	return p->frame->socket ? place_at_socket(p, ret) : place_on_wire(p, ret);
}

static bool is_between(const struct hw_packet *p, const struct hw_tcp_key *key, int dir)
{
	return memcmp(&p->src, &key->addr[dir], sizeof(p->src)) == 0 &&
	       memcmp(&p->dst, &key->addr[!dir], sizeof(p->dst)) == 0 &&
	       p->src_port == key->port[dir] && p->dst_port == key->port[!dir];
}

/* The direction of a packet that is of the same connection as the last one; -1: it is not. */
static int dir_in(const struct hw_packet *p, const struct hw_tcp_key *key)
{
	if ((p->src_port ^ p->dst_port) != (key->port[0] ^ key->port[1]) || p->frame->socket ||
	    key->is_socket)
		return -1;
	if (is_between(p, key, 0))
		return 0;
	return is_between(p, key, 1) ? 1 : -1;
}

/* The cookie of its own socket; 0: it has none, or not yet. */
static uint64_t cookie_of(const struct hw_packet *p)
{
	const struct hw_socket *s = p->frame->socket;

	return s && s->remote_port != 0 ? s->cookie : 0;
}

static bool is_syn(const struct hw_packet *p)
{
	return (p->flags & (HW_TCP_SYN | HW_TCP_ACK | HW_TCP_RST)) == HW_TCP_SYN;
}

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

static uint32_t window_of(const struct hw_stream *s)
{
	return s->flags & HW_STREAM_SCALES ? (uint32_t)s->window << s->shift
					   : HW_TCP_WINDOW_UNSCALED;
}

static bool is_in_window(const struct hw_stream *s, uint32_t seq)
{
	const uint32_t ahead = seq - s->next;

	return ahead <= window_of(s) || (s->flags & HW_STREAM_FIN && ahead == 1);
}

/*
 * A SYN on a connection in use, or whose own SYN was accepted. Its receiver would answer
 * with a challenge (RFC 5961 4), so it may be forged and ends nothing by itself. But if our
 * capture missed the end of the old connection it begins a new one: that is believed when
 * the other side accepts it, or when data with its number comes.
 */
static void suspect_reuse(struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_stream *s = &f->stream[dir];

	if (!(s->flags & HW_STREAM_STARTED) || is_in_window(s, p->seq))
		return;
	f->other_isn = p->seq;
	f->connection.other_dir = (unsigned)dir & 1u;
	f->connection.has_other_syn = true;
}

static bool is_reuse_confirmed(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_tcp_connection *c = &f->connection;

	if (!c->has_other_syn || p->flags & HW_TCP_RST)
		return false;
	if (is_syn_ack(p))
		return dir != c->other_dir && p->ack == f->other_isn + 1;
	return dir == c->other_dir && !(p->flags & HW_TCP_SYN) && p->seq == f->other_isn + 1 &&
	       p->seq != f->stream[dir].next;
}

/*
 * Who has sent a RST sends no data. If it goes on where it was, somebody else sent the
 * RST, and its receiver did not believe it (RFC 5961 3): the rest must not be missed. A socket that
 * believed it is gone; of one that is not, some may have been left out meanwhile.
 */
static bool is_reset_belied(const struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const bool is_at_socket = p->frame->socket && p->frame->socket->cookie;
	const int32_t ahead = hw_seq_diff(p->seq, f->stream[dir].next);

	return f->connection.reset_by == dir + 1 && p->payload_len &&
	       !(p->flags & (HW_TCP_RST | HW_TCP_SYN)) && (is_at_socket ? ahead >= 0 : ahead == 0);
}

/*
 * Does `p` begin another connection with the key of `f`? `ret_syn` is the SYN that began
 * it, if that came before `p`.
 */
static bool is_another(struct hw_flow *f, int dir, const struct hw_packet *p, struct syn *ret_syn)
{
	const struct hw_tcp_connection *c = &f->connection;
	const uint64_t cookie = cookie_of(p);

	if ((cookie && c->cookie && cookie != c->cookie) || is_reset_belied(f, dir, p))
		return true;
	if (is_reuse_confirmed(f, dir, p)) {
		*ret_syn = (struct syn){ f->other_isn, c->other_dir, true };
		return true;
	}
	if (!(p->flags & HW_TCP_SYN) || p->flags & HW_TCP_RST ||
	    (c->has_isn[dir] && c->isn[dir] == p->seq))
		return false;
	if (f->connection.list == HW_FLOW_CLOSED)
		return true;
	if (is_syn(p) && (c->list == HW_FLOW_IN_USE || c->is_accepted))
		suspect_reuse(f, dir, p);
	return false;
}

static void set_isn(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t isn)
{
	hw_stream_start(select_stream(t, f, dir), &t->env, isn + 1);
	f->connection.isn[dir] = isn;
	f->connection.has_isn[dir] = true;
}

static void note_options(struct hw_flow *f, int dir, const struct hw_packet *p)
{
	const struct hw_tcp_options_seen o = hw_tcp_options_read(p->options);
	struct hw_stream *s = &f->stream[!dir]; /* the window is for the other direction */

	s->shift = o.shift;
	s->flags |= HW_STREAM_SCALES;
	f->connection.has_signature |= o.has_signature;
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

		if (!is_fresh(f, dir) || (is_accepted && is_syn(p)))
			return false;
		s->flags |= HW_STREAM_DISPUTED;
	}
	set_isn(t, f, dir, p->seq);
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
	if (c->has_isn[!dir] && p->ack - (c->isn[!dir] + 1) <= SYN_DATA_MAX) {
		other->flags &= (uint8_t)~HW_STREAM_DISPUTED;
		return true;
	}
	if (c->has_isn[!dir] && !(other->flags & HW_STREAM_DISPUTED && is_fresh(f, !dir)))
		return false;
	if (!c->has_isn[!dir] && other->flags & HW_STREAM_STARTED)
		return true; /* adopted in mid-stream */
	other->flags &= (uint8_t)~HW_STREAM_DISPUTED;
	set_isn(t, f, !dir, p->ack - 1);
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

/* Returns false if the SYN, and all on it, is to be ignored. */
static bool take_syn(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
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

/* The first segment that is not a SYN shows which of several SYNs its sender meant. */
static void settle_dispute(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = &f->stream[dir];

	if (!(s->flags & HW_STREAM_DISPUTED))
		return;
	s->flags &= (uint8_t)~HW_STREAM_DISPUTED;
	if (is_fresh(f, dir) && p->seq != s->next)
		set_isn(t, f, dir, p->seq - 1);
}

static void read_ack(struct hw_stream *s, const struct hw_packet *p)
{
	if (hw_seq_diff(p->ack, s->next) > 0)
		s->flags &= (uint8_t)~HW_STREAM_HAS_TIME; /* it took what we may have refused */
	s->window = p->window;
}

static void take_ack(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = select_stream(t, f, !dir);

	read_ack(s, p);
	hw_stream_ack(s, &t->env, p->ack);
	after_stream(t, f, !dir);
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
	if (s->flags & HW_STREAM_STARTED)
		return is_in_window(s, p->seq) ||
		       (s->flags & HW_STREAM_ACKED && s->acked == p->seq);
	if (c->has_isn[!dir])
		return p->flags & HW_TCP_ACK && p->ack - (c->isn[!dir] + 1) <= SYN_DATA_MAX;
	return true;
}

/* What is before `seq` may have been left out, as nobody wants it. */
static void pass_left_out(struct hw_tcp *t, struct hw_flow *f, int dir, uint32_t seq)
{
	if (!(f->stream[dir].flags & HW_STREAM_STARTED))
		return;
	hw_stream_leave_out(select_stream(t, f, dir), &t->env, seq);
	after_stream(t, f, dir);
}

/*
 * Before a direction ends. Where its own socket says how far both have come, that holds; what it
 * sends itself is not forged, and of the rest that of which the source says so.
 */
static void pass_all_left_out(struct hw_tcp *t, struct hw_flow *f, int dir,
			      const struct hw_packet *p)
{
	const struct hw_socket *socket = p->frame->socket;
	const bool leaves = socket && p->frame->direction == HW_DIRECTION_EGRESS;
	const int own = leaves ? dir : !dir;

	if (socket && socket->has_places) {
		pass_left_out(t, f, own, socket->sent);
		pass_left_out(t, f, !own, socket->received);
	}
	if (p->flags & HW_TCP_RST && (leaves || p->frame->left_out))
		pass_left_out(t, f, dir, p->seq);
}

static void take_rst(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	if (f->connection.list == HW_FLOW_CLOSED)
		return;
	pass_all_left_out(t, f, dir, p);
	if (!is_rst_valid(f, dir, p)) {
		hw_stats_inc(t->stats, HW_STAT_TCP_BAD_RST);
		return;
	}
	f->connection.reset_by = (dir + 1u) & 3u;
	end_both(t, f, HW_TCP_END_RESET);
}

/* RFC 7323 5 (PAWS): its receiver would drop a segment with an old timestamp. */
static inline bool is_too_old(struct hw_stream *s, const struct hw_packet *p)
{
	uint32_t time;

	if (!hw_tcp_options_time(p->options, &time))
		return false;
	if (s->flags & HW_STREAM_HAS_TIME && hw_seq_diff(time, s->time) < -HW_TCP_TIME_SLACK)
		return true;
	if (s->flags & HW_STREAM_STARTED && hw_seq_diff(p->seq, s->next) > 0)
		return false; /* not next: RFC 7323 4.3 takes no time from it */
	if (!(s->flags & HW_STREAM_HAS_TIME) || hw_seq_diff(time, s->time) > 0)
		s->time = time;
	s->flags |= HW_STREAM_HAS_TIME;
	return false;
}

static void take_payload(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = select_stream(t, f, dir);
	const struct hw_segment segment = {
		.seq = p->seq + !!(p->flags & HW_TCP_SYN),
		.bytes = p->payload,
		.cut = p->payload_len - (uint32_t)p->payload.len,
		.is_fin = p->flags & HW_TCP_FIN,
	};

	if (is_syn(p) && p->payload_len && !(p->flags & HW_TCP_FIN))
		hw_stream_push_syn(s, &t->env, segment);
	else
		hw_stream_push(s, &t->env, segment);
	after_stream(t, f, dir);
}

static void check_holes(struct hw_tcp *t, struct hw_flow *f)
{
	for (int dir = 0; dir < HW_TCP_DIRS; dir++) {
		if (f->stream[dir].hold)
			hw_stream_check(select_stream(t, f, dir), &t->env);
	}
}

static void refuse(struct hw_tcp *t, const struct hw_packet *p)
{
	hw_stats_add(t->stats, HW_STAT_TCP_REFUSED, p->payload.len);
}

static void serve(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	if (p->flags & HW_TCP_RST) {
		take_rst(t, f, dir, p);
		refuse(t, p); /* text that says why, RFC 9293 3.5.3 */
		return;
	}
	if (p->flags & HW_TCP_SYN ? !take_syn(t, f, dir, p)
				  : p->payload_len && is_too_old(&f->stream[dir], p)) {
		refuse(t, p);
		return;
	}
	if (!(p->flags & HW_TCP_SYN))
		settle_dispute(t, f, dir, p);
	if (p->flags & HW_TCP_FIN)
		pass_all_left_out(t, f, dir, p);
	if (p->flags & HW_TCP_ACK)
		take_ack(t, f, dir, p);
	if (p->payload_len || p->flags & HW_TCP_FIN)
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

static struct hw_flow *add(struct hw_tcp *t, const struct place *at, enum hw_flow_list list)
{
	struct hw_flow *f = hw_table_add(&t->table, &at->key, at->hash, list, t->now_ns);

	if (!f && evict(t, NULL))
		f = hw_table_add(&t->table, &at->key, at->hash, list, t->now_ns);
	return f;
}

/* `syn` began it before `p`, if that is set. */
static struct hw_flow *begin(struct hw_tcp *t, const struct place *at, const struct hw_packet *p,
			     const struct syn *syn)
{
	const bool has_syn = p->flags & HW_TCP_SYN || syn->is_set;
	struct hw_flow *f =
		begins(p) ? add(t, at, has_syn ? HW_FLOW_EMBRYONIC : HW_FLOW_IN_USE) : NULL;

	if (!f)
		return NULL;
	f->connection.client = -1;
	f->connection.midstream = !has_syn;
	f->connection.first_ns = p->frame->time_ns;
	hw_stats_inc(t->stats, HW_STAT_CONNECTIONS);
	hw_stats_inc(t->stats, HW_STAT_CONNECTIONS_OPEN);
	hw_stats_add(t->stats, HW_STAT_CONNECTIONS_MIDSTREAM, !has_syn);
	if (syn->is_set) {
		f->connection.client = (int8_t)syn->dir;
		set_isn(t, f, syn->dir, syn->isn);
	}
	t->flow = f;
	t->reader.begin(t->reader.ctx, &f->connection, p);
	return f;
}

/*
 * `f`, if that is the connection of `p`; else that is begun. NULL: it has none, or there is no
 * memory.
 */
static struct hw_flow *get_flow(struct hw_tcp *t, struct hw_flow *f, const struct place *at,
				int dir, const struct hw_packet *p)
{
	struct syn syn = { 0 };

	if (f && !is_another(f, dir, p, &syn))
		return f;
	if (f)
		release(t, f, HW_TCP_END_REUSED);
	return begin(t, at, p, &syn);
}

/*
 * Keep the order of use. Moving it for each packet would touch three more connections
 * each time, so it is exact to HW_TCP_USE_GRAIN_NS only.
 */
static void touch(struct hw_tcp *t, struct hw_flow *f, const struct hw_packet *p)
{
	struct hw_tcp_connection *c = &f->connection;
	const uint64_t cookie = cookie_of(p);

	c->last_ns = p->frame->time_ns;
	if (cookie)
		c->cookie = cookie;
	if (f->connection.list == HW_FLOW_EMBRYONIC
		    ? !(p->flags & HW_TCP_SYN)
		    : f->connection.list == HW_FLOW_IN_USE &&
			      t->now_ns - f->used_ns >= HW_TCP_USE_GRAIN_NS)
		hw_table_move(&t->table, f, HW_FLOW_IN_USE, t->now_ns);
}

/* The engine's clock does not go back; if it did, ages would be huge. */
static void set_clock(struct hw_tcp *t, uint64_t now_ns)
{
	if (now_ns > t->now_ns)
		t->now_ns = now_ns;
	t->env.now_ns = t->now_ns;
}

/* `f` was found for `p`, NULL: nothing was. Returns the connection of `p` or NULL. */
HW_APART static struct hw_flow *push_any(struct hw_tcp *t, struct hw_flow *f,
					 const struct place *at, int dir, const struct hw_packet *p)
{
	f = get_flow(t, f, at, dir, p);
	if (f) {
		t->flow = f;
		touch(t, f, p);
		serve(t, f, dir, p);
		settle(t, f);
	} else {
		hw_stats_add(t->stats, begins(p) ? HW_STAT_TCP_OVER_LIMIT : HW_STAT_TCP_REFUSED,
			     p->payload.len);
	}
	return f;
}

static bool has_usual_state(const struct hw_tcp *t, const struct hw_flow *f)
{
	const struct hw_tcp_connection *c = &f->connection;

	return c->list == HW_FLOW_IN_USE && c->reset_by == 0 && !c->has_other_syn &&
	       t->now_ns - f->used_ns < HW_TCP_USE_GRAIN_NS && hw_stream_is_usual(&f->stream[0]) &&
	       hw_stream_is_usual(&f->stream[1]);
}

/*
 * What nearly all packets are: an acknowledgement, with the next bytes or without any, on a
 * connection that is in use and of which nothing is missing. (One that is urgent is no
 * different, but rare: so both ways can be compared.)
 */
static bool is_usual(const struct hw_tcp *t, const struct hw_flow *f, int dir,
		     const struct hw_packet *p)
{
	const uint16_t odd = HW_TCP_SYN | HW_TCP_FIN | HW_TCP_RST | HW_TCP_URG;
	const uint64_t cookie = cookie_of(p);

	return (p->flags & (HW_TCP_ACK | odd)) == HW_TCP_ACK && p->payload_len == p->payload.len &&
	       (p->payload_len == 0 || p->seq == f->stream[dir].next) &&
	       (cookie == 0 || cookie == f->connection.cookie) && has_usual_state(t, f);
}

/* As serve() does, without what cannot be for such a packet. */
static void push_usual(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p)
{
	struct hw_stream *s = select_stream(t, f, dir);

	f->connection.last_ns = p->frame->time_ns;
	if (p->payload_len && is_too_old(s, p)) {
		refuse(t, p);
		return;
	}
	read_ack(&f->stream[!dir], p);
	hw_stream_note_ack(&f->stream[!dir], p->ack);
	if (p->payload_len == 0)
		return;
	hw_stream_advance(s, &t->env, p->payload.len);
	pass_data(t, p->payload);
}

static struct hw_flow *find(const struct hw_tcp *t, const struct place *at)
{
	struct hw_flow *f = at->id != NOWHERE ? hw_table_at(&t->table, at->id, &at->key) : NULL;

	return f ? f : hw_table_find(&t->table, &at->key, at->hash);
}

static struct hw_tcp_connection *push_at(struct hw_tcp *t, struct place *at, int dir,
					 const struct hw_packet *p)
{
	struct hw_flow *f = at->flow && at->removed == t->table.removed ? at->flow : find(t, at);

	hw_stats_add(t->stats, HW_STAT_TCP_BYTES, p->payload.len);
	t->packet = p;
	if (f && is_usual(t, f, dir, p))
		push_usual(t, f, dir, p);
	else
		f = push_any(t, f, at, dir, p);
	t->packet = NULL;
	t->flow = NULL;
	at->flow = f;
	at->removed = t->table.removed;
	return f ? &f->connection : NULL;
}

/* The place of a packet of no batch. */
HW_APART static struct place *place_alone(struct hw_tcp *t, const struct hw_packet *p, int *ret_dir)
{
	struct place *at = &t->places[PLACE_ALONE];

	*ret_dir = locate(p, &at->key);
	at->id = NOWHERE;
	at->flow = NULL;
	at->hash = hw_table_hash(&t->table, &at->key);
	return at;
}

struct hw_tcp_connection *hw_tcp_push(struct hw_tcp *t, const struct hw_packet *p, uint64_t now_ns)
{
	const unsigned nr = p->tcp_place & ~(unsigned)PLACE_DIR;
	int dir = p->tcp_place >> 7;
	struct place *at = nr ? &t->places[nr - 1] : place_alone(t, p, &dir);

	set_clock(t, now_ns);
	return push_at(t, at, dir, p);
}

/* Returns the direction. */
static int add_place(struct hw_tcp *t, const struct hw_packet *p)
{
	struct place *at = &t->places[t->batch_at + t->batch_nr++];
	const int dir = locate(p, &at->key);

	at->id = NOWHERE;
	at->flow = NULL;
	at->hash = hw_table_hash(&t->table, &at->key);
	hw_table_prefetch_slot(&t->table, at->hash);
	return dir;
}

/* A slot names the connection, so it has to be there before the connection can be fetched. */
void hw_tcp_prefetch(struct hw_tcp *t, struct hw_packet *p)
{
	const unsigned end = t->batch_at + t->batch_nr;
	int dir = t->batch_nr ? dir_in(p, &t->places[end - 1].key) : -1;

	if (dir < 0 && t->batch_nr == HW_TCP_BATCH)
		return;
	if (dir < 0)
		dir = add_place(t, p);
	p->tcp_place = (uint8_t)((t->batch_at + t->batch_nr) | (dir ? PLACE_DIR : 0));
}

bool hw_tcp_prefetches(const struct hw_tcp *t)
{
	return t->table.nr >= FEW;
}

/* What the reader needs of the places before. */
static void fetch_for_reader(struct hw_tcp *t)
{
	for (unsigned step = 0; step < HW_TCP_FETCH_STEPS && step < t->fetched_nr; step++) {
		const struct place *at = &t->places[t->batch_at + t->fetched_nr - 1 - step];
		struct hw_flow *f =
			at->id == NOWHERE ? NULL : hw_table_at(&t->table, at->id, &at->key);

		if (f)
			t->reader.fetch(t->reader.ctx, &f->connection, step);
	}
}

/* What the place before needs next may be there now. */
void hw_tcp_prefetch_connection(struct hw_tcp *t)
{
	struct place *at = &t->places[t->batch_at + t->fetched_nr];

	if (t->fetched_nr == t->batch_nr || !hw_tcp_prefetches(t))
		return;
	at->id = hw_table_prefetch(&t->table, at->hash);
	if (t->fetched_nr > 0) {
		hw_table_prefetch_neighbours(&t->table, at[-1].id);
		if (t->reader.fetch)
			fetch_for_reader(t);
	}
	t->fetched_nr++;
}

void hw_tcp_prefetch_end(struct hw_tcp *t)
{
	while (t->fetched_nr < t->batch_nr && hw_tcp_prefetches(t))
		hw_tcp_prefetch_connection(t);
	if (t->fetched_nr > 0)
		hw_table_prefetch_neighbours(&t->table,
					     t->places[t->batch_at + t->fetched_nr - 1].id);
	t->batch_at = t->batch_at ? 0 : HW_TCP_BATCH;
	t->batch_nr = t->fetched_nr = 0;
}

static void expire_list(struct hw_tcp *t, enum hw_flow_list list, uint64_t idle_ns, uint64_t turn)
{
	struct hw_flow *f;

	while ((f = hw_table_oldest(&t->table, list)) && t->now_ns - f->used_ns >= idle_ns) {
		t->turn = turn + f->used_ns;
		release(t, f, HW_TCP_END_TIMEOUT);
	}
}

/*
 * Each hole is looked at, in the order they were made: going once round the list leaves it as
 * it was. What a hole waits for takes 10 s at most, so that it is looked at a limited number
 * of times, however many there are.
 */
static void expire_holes(struct hw_tcp *t)
{
	struct hw_hold *h;

	while ((h = t->holes.newer) != &t->holes && h->checked_ns != t->now_ns) {
		struct hw_flow *f = h->owner;

		h->checked_ns = t->now_ns;
		hw_hold_list_renew(&t->holes, h);
		t->turn = HOLES_TURN + h->made_ns;
		hw_stream_check(select_stream(t, f, h->dir), &t->env);
		settle(t, f);
	}
}

void hw_tcp_expire(struct hw_tcp *t, uint64_t now_ns)
{
	set_clock(t, now_ns);
	expire_list(t, HW_FLOW_CLOSED, HW_TCP_IDLE_CLOSED_NS, CLOSED_TURN);
	expire_list(t, HW_FLOW_EMBRYONIC, HW_TCP_IDLE_EMBRYONIC_NS, EMBRYONIC_TURN);
	expire_list(t, HW_FLOW_IN_USE, HW_TCP_IDLE_NS + HW_TCP_USE_GRAIN_NS, IN_USE_TURN);
	expire_holes(t);
	t->flow = NULL;
	t->turn = HW_TCP_TURN_PACKET;
}

static struct hw_flow *oldest_of_all(const struct hw_tcp *t)
{
	struct hw_flow *ret = NULL;

	for (int i = 0; i < HW_FLOW_LISTS; i++) {
		struct hw_flow *f = hw_table_oldest(&t->table, (enum hw_flow_list)i);

		if (f && (!ret || f->used_ns < ret->used_ns))
			ret = f;
	}
	return ret;
}

void hw_tcp_finish(struct hw_tcp *t, enum hw_tcp_end how)
{
	struct hw_flow *f;

	while ((f = oldest_of_all(t))) {
		t->turn = f->used_ns;
		release(t, f, how);
	}
	t->turn = HW_TCP_TURN_PACKET;
}

uint64_t hw_tcp_turn(const struct hw_tcp *t)
{
	return t->turn;
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
	t->turn = HW_TCP_TURN_PACKET;
	t->env = (struct hw_stream_env){
		.budget = budget,
		.stats = stats,
		.blocks_max = blocks_max < UINT32_MAX ? (uint32_t)blocks_max : UINT32_MAX,
		.make_room = make_room,
		.data = pass_data,
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
	hw_table_clear(&t->table);
	free(t);
}
