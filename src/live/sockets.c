/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/sockets.c - see sockets.h */
#include "live/sockets.h"

static const uint64_t unnamed = (uint64_t)1 << 63; /* of a connection without a socket yet */

bool hw_sockets_init(struct hw_sockets *s, uint32_t max)
{
	*s = (struct hw_sockets){ .max = max, .entries = calloc(max, sizeof(*s->entries)) };
	return s->entries && hw_chains_init(&s->cookies, max) && hw_chains_init(&s->tuples, max);
}

void hw_sockets_clear(struct hw_sockets *s)
{
	hw_chains_clear(&s->cookies);
	hw_chains_clear(&s->tuples);
	free(s->entries);
}

static uint64_t hash_tuple(const struct hw_tap_socket *socket)
{
	uint64_t words[4], h = socket->netns;

	memcpy(words, socket->local, 16);
	memcpy(words + 2, socket->remote, 16);
	for (int i = 0; i < 4; i++)
		h = hw_chains_mix(h ^ words[i]);
	return hw_chains_mix(h ^ ((uint64_t)socket->local_port << 16 | socket->remote_port)) &
	       ~unnamed;
}

static uint32_t number_of(const struct hw_sockets *s, const struct hw_sockets_entry *e)
{
	return (uint32_t)(e - s->entries);
}

/* Cookies are given one after another: those that are in use have heads that lie together. */
static struct hw_sockets_entry *find_cookie(const struct hw_sockets *s, uint64_t cookie)
{
	for (uint32_t i = *hw_chains_head(&s->cookies, cookie); i != HW_CHAINS_END;
	     i = s->entries[i].by_cookie)
		if (s->entries[i].cookie == cookie)
			return &s->entries[i];
	return NULL;
}

/* The newest comes first: that is who has the addresses now. */
static struct hw_sockets_entry *find_tuple(const struct hw_sockets *s, uint64_t tuple)
{
	for (uint32_t i = *hw_chains_head(&s->tuples, tuple); i != HW_CHAINS_END;
	     i = s->entries[i].by_tuple)
		if (s->entries[i].tuple == tuple)
			return &s->entries[i];
	return NULL;
}

static void unlink_cookie(struct hw_sockets *s, const struct hw_sockets_entry *e)
{
	uint32_t *at = hw_chains_head(&s->cookies, e->cookie);

	while (&s->entries[*at] != e)
		at = &s->entries[*at].by_cookie;
	*at = e->by_cookie;
}

static void link_cookie(struct hw_sockets *s, struct hw_sockets_entry *e, uint64_t cookie)
{
	uint32_t *head = hw_chains_head(&s->cookies, cookie);

	e->cookie = cookie;
	e->by_cookie = *head;
	*head = number_of(s, e);
}

static void unlink_tuple(struct hw_sockets *s, const struct hw_sockets_entry *e)
{
	uint32_t *at = hw_chains_head(&s->tuples, e->tuple);

	while (&s->entries[*at] != e)
		at = &s->entries[*at].by_tuple;
	*at = e->by_tuple;
}

static void link_tuple(struct hw_sockets *s, struct hw_sockets_entry *e, uint64_t tuple)
{
	uint32_t *head = hw_chains_head(&s->tuples, tuple);

	e->tuple = tuple;
	e->by_tuple = *head;
	*head = number_of(s, e);
}

static void unlink_entry(struct hw_sockets *s, const struct hw_sockets_entry *e)
{
	unlink_cookie(s, e);
	unlink_tuple(s, e);
}

static void append_ended(struct hw_sockets *s, struct hw_sockets_entry *e, uint64_t ended_ns)
{
	e->is_used_again = false;
	e->ended_ns = ended_ns;
	e->next_ended = HW_CHAINS_END;
	*(s->ended.nr++ ? &s->entries[s->ended.last].next_ended : &s->ended.first) =
		number_of(s, e);
	s->ended.last = number_of(s, e);
}

/* Of what ended first, if events can no longer ask for it, or all have ended. */
static struct hw_sockets_entry *take_first_ended(struct hw_sockets *s)
{
	struct hw_sockets_entry *e = s->ended.nr ? &s->entries[s->ended.first] : NULL;
	const bool is_due =
		e && e->ended_ns + HW_SOCKETS_KEPT_NS <= s->now_ns && e->ended_ns < s->asked_ns;

	if (!e || (!is_due && s->ended.nr < s->max))
		return NULL;
	s->ended.first = e->next_ended;
	s->ended.nr--;
	return e;
}

/* The place of a socket that has ended. One that was used since waits once more. */
static struct hw_sockets_entry *take_ended(struct hw_sockets *s)
{
	struct hw_sockets_entry *e;

	while ((e = take_first_ended(s)) && e->is_used_again)
		append_ended(s, e, s->now_ns);
	if (e)
		unlink_entry(s, e);
	return e;
}

/* A place that is free, or whose socket nobody asked for since the hand came by last. */
static struct hw_sockets_entry *take_oldest(struct hw_sockets *s)
{
	for (;;) {
		struct hw_sockets_entry *e = &s->entries[s->hand];

		s->hand = (s->hand + 1) % s->max;
		if (!e->cookie)
			return e;
		if (e->has_ended)
			continue;
		if (e->touched) {
			e->touched = false;
			continue;
		}
		unlink_entry(s, e);
		s->lost++;
		return e;
	}
}

static struct hw_sockets_entry *add(struct hw_sockets *s, uint64_t cookie, uint64_t tuple)
{
	struct hw_sockets_entry *e = take_ended(s);

	if (!e)
		e = take_oldest(s);
	/* Not touched: of those that are used once there may be many. */
	*e = (struct hw_sockets_entry){ 0 };
	link_cookie(s, e, cookie);
	link_tuple(s, e, tuple);
	return e;
}

static void move_tuple(struct hw_sockets *s, struct hw_sockets_entry *e, uint64_t tuple)
{
	unlink_tuple(s, e);
	link_tuple(s, e, tuple);
}

/* An entry for a socket that is new here; that of its connection, if that had no socket before. */
static struct hw_sockets_entry *name(struct hw_sockets *s, uint64_t cookie, uint64_t tuple)
{
	struct hw_sockets_entry *e = find_tuple(s, tuple);

	if (!e || !(e->cookie & unnamed))
		return add(s, cookie, tuple);
	unlink_cookie(s, e);
	link_cookie(s, e, cookie);
	e->touched = true;
	return e;
}

struct hw_sockets_entry *hw_sockets_get(struct hw_sockets *s, const struct hw_tap_socket *socket)
{
	struct hw_sockets_entry *e = find_cookie(s, socket->cookie);

	if (e)
		e->is_used_again = e->has_ended;
	if (e && memcmp(&e->socket, socket, sizeof(*socket)) == 0) {
		e->touched = true;
		return e;
	}
	if (e)
		move_tuple(s, e, hash_tuple(socket));
	else
		e = name(s, socket->cookie, hash_tuple(socket));
	e->socket = *socket;
	return e;
}

/*
 * The SYN of a connection, and at times its first data, come to the listener. A SYN for
 * addresses that are known is a new connection with old addresses, or came twice.
 */
struct hw_sockets_entry *hw_sockets_get_unnamed(struct hw_sockets *s,
						const struct hw_tap_socket *socket, bool opens,
						uint64_t *ret_key)
{
	const uint64_t tuple = hash_tuple(socket);
	struct hw_sockets_entry *e = find_tuple(s, tuple);

	*ret_key = tuple | unnamed;
	if (!e || (opens && !(e->cookie & unnamed)))
		return add(s, *ret_key, tuple);
	e->touched = true;
	return e;
}

struct hw_sockets_entry *hw_sockets_find(const struct hw_sockets *s, uint64_t key)
{
	return key & unnamed ? find_tuple(s, key & ~unnamed) : find_cookie(s, key);
}

uint64_t hw_sockets_cookie(const struct hw_sockets_entry *e)
{
	return e->cookie & unnamed ? 0 : e->cookie;
}

/* Its place is the next one's in a while: who comes and goes stays in few lines of memory. */
static void end(struct hw_sockets *s, struct hw_sockets_entry *e, uint64_t now_ns)
{
	if (e->has_ended)
		e->ended_ns = now_ns;
	else
		append_ended(s, e, now_ns);
	e->has_ended = true;
}

/* What waits for it has ended long ago. */
static void end_waiting(struct hw_sockets *s, struct hw_sockets_entry *e, uint64_t now_ns)
{
	struct hw_sockets_entry *other = e->waiting ? find_cookie(s, e->waiting) : NULL;

	e->waiting = 0;
	if (other)
		end(s, other, now_ns);
}

void hw_sockets_end(struct hw_sockets *s, uint64_t cookie, uint64_t peer, uint64_t now_ns)
{
	struct hw_sockets_entry *e = find_cookie(s, cookie);
	struct hw_sockets_entry *other = peer ? find_cookie(s, peer) : NULL;

	if (!e)
		return;
	if (!e->waiting && other && !other->has_ended) {
		other->waiting = cookie;
		return;
	}
	end(s, e, now_ns);
	end_waiting(s, e, now_ns);
}
