/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_held.c
 *
 * What is known of sockets and containers is told here, in the place of who would know: see
 * hw_live_owner() and hw_asker_fill() below.
 */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "exchange_fixture.h"
#include "live/asker.h"
#include "live/held.h"
#include "live/peers.h"

enum { EVENTS_MAX = 8192, BYTES_MAX = 32 << 20, SOCKETS = 64 };

#define NOW 1000000000ull
#define UNTIL (NOW + HW_HELD_NS)

/* Of the sockets, by cookie. */
static struct {
	enum hw_owner_known known;
	bool is_untold;	       /* of the process nothing is known but that there is one */
	const char *container; /* NULL: none */
} sockets[SOCKETS];

static enum hw_asker_answer asker_says;
static uint64_t asker_now_ns;
static struct hw_live_passing asked; /* last, and for which direction */
static enum hw_direction asked_direction;

struct hw_live_passing hw_live_passing(const struct hw_live *l, uint64_t number, uint64_t cookie)
{
	(void)l;
	return (struct hw_live_passing){ .key = cookie, .number = number, .cpu = 3 };
}

enum hw_owner_known hw_live_owner(struct hw_live *l, const struct hw_live_passing *passing,
				  enum hw_direction direction, struct hw_process *ret,
				  uint64_t *ret_cookie)
{
	static const char *const owners[] = { "none", "inherited", "exact" };
	const uint64_t i = passing->key;

	(void)l;
	assert_in_range(i, 1, SOCKETS - 1);
	asked = *passing;
	asked_direction = direction;
	*ret = (struct hw_process){ .host_pid = (uint32_t)i,
				    .start_ns = !sockets[i].is_untold,
				    .owner = hw_slice_text(owners[sockets[i].known]) };
	if (sockets[i].container)
		ret->container_id = hw_slice_text(sockets[i].container);
	*ret_cookie = i;
	return sockets[i].known;
}

enum hw_asker_answer hw_asker_fill(struct hw_asker *a, struct hw_process *process, uint64_t now_ns)
{
	(void)a;
	asker_now_ns = now_ns;
	if (!process->container_id.len)
		return HW_ASKER_NOTHING;
	if (asker_says == HW_ASKER_FOUND)
		process->container_name = HW_SLICE("web");
	return asker_says;
}

/* What was shown. */
static struct shown {
	uint64_t time_ns, cookie, frame;
	uint32_t pid, cpu, peer_pid;
	char owner[16], name[16], peer_name[16];
} shown[EVENTS_MAX + 64];
static size_t shown_nr;

static void copy_text(char ret[16], struct hw_slice from)
{
	assert_true(from.len < 16);
	memcpy(ret, from.len ? from.ptr : (const uint8_t *)"", from.len);
	ret[from.len] = '\0';
}

static void show(void *ctx, const struct hw_event *e)
{
	struct shown *s = &shown[shown_nr++];

	assert_ptr_equal(ctx, shown);
	*s = (struct shown){ .time_ns = e->time_ns,
			     .cookie = e->extra.socket_cookie,
			     .frame = e->extra.frame,
			     .pid = e->process->host_pid,
			     .cpu = e->process->cpu,
			     .peer_pid = e->peer ? e->peer->host_pid : 0 };
	assert_true(hw_slice_eq(e->process->owner, e->extra.owner));
	copy_text(s->owner, e->extra.owner);
	copy_text(s->name, e->process->container_name);
	if (e->peer)
		copy_text(s->peer_name, e->peer->container_name);
}

static struct hw_held *held;
static struct hw_peers *peers;

static int set_up(void **state)
{
	static char asker; /* is asked nothing but what is above */

	(void)state;
	memset(sockets, 0, sizeof(sockets));
	shown_nr = 0;
	asker_says = HW_ASKER_WAIT;
	if (hw_peers_new(&peers) != 0)
		return -1;
	return hw_held_new(&held, NULL, (struct hw_asker *)(void *)&asker, peers, show, shown);
}

static int tear_down(void **state)
{
	(void)state;
	hw_held_free(held);
	hw_peers_free(peers);
	return 0;
}

/* The `nr`-th, of the socket `cookie`, which has a port of its own; a packet completed it. */
static struct hw_event event_of(uint64_t cookie, uint64_t nr)
{
	struct hw_event e = loopback_event(HW_TYPE_NET_PACKET_HTTP, (uint16_t)(40000 + cookie), 80);

	e.http = &http_request;
	e.time_ns = nr;
	e.extra.socket_cookie = cookie;
	e.extra.frame = nr;
	hw_event_prepare(&e);
	return e;
}

static void take(uint64_t cookie, uint64_t nr, uint64_t now_ns)
{
	const struct hw_event e = event_of(cookie, nr);

	hw_held_take(held, &e, now_ns);
}

/* Those that were shown, by what they were numbered. */
static void assert_shown(const char *numbers)
{
	char text[256] = "";

	for (size_t i = 0; i < shown_nr; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%u", i ? " " : "",
			 (unsigned int)shown[i].time_ns);
	assert_string_equal(text, numbers);
}

static void who_is_known_is_shown_at_once(void **state)
{
	(void)state;
	sockets[5].known = HW_OWNER_EXACT;
	take(5, 1, NOW);
	assert_shown("1");
	assert_int_equal(shown[0].pid, 5);
	assert_int_equal(shown[0].cpu, 3);
	assert_int_equal(shown[0].cookie, 5);
	assert_int_equal(shown[0].frame, 0); /* it is a number of the ring */
	assert_string_equal(shown[0].owner, "exact");
	assert_int_equal(hw_held_nr(held), 0);
	assert_true(hw_held_since(held) == UINT64_MAX);
}

static void who_is_not_yet_is_waited_for(void **state)
{
	(void)state;
	sockets[5].known = HW_OWNER_INHERITED;
	take(5, 1, NOW);
	assert_int_equal(hw_held_nr(held), 1);
	assert_true(hw_held_since(held) == NOW);
	hw_held_release(held, NOW + 1);
	assert_shown("");
	sockets[5].known = HW_OWNER_EXACT;
	sockets[5].is_untold = true;
	hw_held_release(held, NOW + 2);
	assert_shown("");
	sockets[5].is_untold = false;
	hw_held_release(held, NOW + 3);
	assert_shown("1");
	assert_string_equal(shown[0].owner, "exact");
	assert_int_equal(hw_held_nr(held), 0);
}

static void nobody_is_waited_for_longer_than_that(void **state)
{
	(void)state;
	sockets[5].known = HW_OWNER_INHERITED;
	take(5, 1, NOW);
	take(6, 2, NOW + 1);
	hw_held_release(held, UNTIL - 1);
	assert_shown("");
	hw_held_release(held, UNTIL);
	assert_shown("1");
	assert_string_equal(shown[0].owner, "inherited");
	assert_int_equal(shown[0].pid, 5);
	assert_true(hw_held_since(held) == NOW + 1);
	hw_held_release(held, UINT64_MAX); /* all */
	assert_shown("1 2");
	assert_string_equal(shown[1].owner, "none");
	assert_int_equal(shown[1].pid, 0);
}

/* Where time completed it there will be none who is exact. */
static void without_a_packet_the_last_user_counts(void **state)
{
	struct hw_event e = event_of(5, 1);

	(void)state;
	sockets[5].known = HW_OWNER_INHERITED;
	e.extra.frame = 0;
	hw_held_take(held, &e, NOW);
	assert_shown("1");
	assert_true(asked.number == UINT64_MAX);
	assert_string_equal(shown[0].owner, "inherited");
}

static void events_of_a_side_keep_their_order(void **state)
{
	struct hw_event other = event_of(5, 4);

	(void)state;
	sockets[6].known = HW_OWNER_EXACT;
	take(5, 1, NOW);
	take(6, 2, NOW); /* another connection: passes it by */
	sockets[5].known = HW_OWNER_EXACT;
	take(5, 3, NOW);			/* is known, and still behind the first */
	other.direction = HW_DIRECTION_INGRESS; /* the other side of that connection */
	hw_held_take(held, &other, NOW);
	assert_shown("2 4");
	hw_held_release(held, NOW + 1);
	assert_shown("2 4 1 3");
	take(5, 5, NOW + 2); /* nobody is before it any more */
	assert_shown("2 4 1 3 5");
}

/* One that is late holds up those behind it no longer than itself. */
static void those_behind_wait_for_the_first_alone(void **state)
{
	(void)state;
	take(5, 1, NOW);
	take(5, 2, NOW + 10);
	hw_held_release(held, UNTIL);
	assert_shown("1");
	sockets[5].known = HW_OWNER_EXACT;
	hw_held_release(held, UNTIL + 1);
	assert_shown("1 2");
}

static void names_of_containers_are_waited_for(void **state)
{
	(void)state;
	sockets[5].known = sockets[6].known = HW_OWNER_EXACT;
	sockets[5].container = sockets[6].container = "c0ffee";
	take(5, 1, NOW);
	hw_held_release(held, NOW + 1);
	assert_shown("");
	hw_held_release(held, UNTIL);
	assert_shown("1");
	assert_string_equal(shown[0].name, ""); /* in time it is not known */
	take(6, 2, UNTIL);
	assert_shown("1");
	asker_says = HW_ASKER_FOUND;
	hw_held_release(held, UNTIL + 1);
	assert_shown("1 2");
	assert_string_equal(shown[1].name, "web");
	asker_says = HW_ASKER_NOTHING;
	take(6, 3, UNTIL + 2);
	assert_shown("1 2 3");
	assert_true(asker_now_ns == UNTIL + 2);
	asker_says = HW_ASKER_WAIT;
	take(6, 4, UNTIL + 3);
	hw_held_release(held, UINT64_MAX);
	assert_shown("1 2 3 4");
	assert_true(asker_now_ns == UNTIL + 3); /* what it remembers is not as old as that */
}

static struct exchange_parts parts;

static struct hw_event exchange_of(uint64_t cookie, uint64_t nr)
{
	struct hw_event e;

	exchange_init(&parts);
	e = exchange_event(&parts);
	e.time_ns = nr;
	e.passed = HW_DIRECTION_INGRESS;
	e.extra.socket_cookie = cookie;
	e.extra.connection_id = 77;
	e.extra.frame = nr;
	return e;
}

/* It leaves (the request), and was completed by what came. */
static void an_exchange_is_of_who_read_its_end(void **state)
{
	const struct hw_event e = exchange_of(5, 1);

	(void)state;
	sockets[5].known = HW_OWNER_EXACT;
	hw_held_take(held, &e, NOW);
	assert_shown("1");
	assert_int_equal(shown[0].peer_pid, 0); /* it is not on this host */
	assert_int_equal(asked_direction, HW_DIRECTION_INGRESS);
}

static void an_exchange_has_its_other_end(void **state)
{
	const struct hw_event e = exchange_of(5, 1), late = exchange_of(5, 2);

	(void)state;
	hw_peers_note(peers, 77, 5);
	hw_peers_note(peers, 77, 6);
	sockets[5].known = HW_OWNER_EXACT;
	sockets[6].known = HW_OWNER_INHERITED; /* is good enough */
	sockets[6].container = "c0ffee";
	hw_held_take(held, &e, NOW);
	assert_shown(""); /* what its container is called is asked, too */
	asker_says = HW_ASKER_FOUND;
	hw_held_release(held, NOW + 1);
	assert_shown("1");
	assert_int_equal(shown[0].pid, 5);
	assert_int_equal(shown[0].peer_pid, 6);
	assert_string_equal(shown[0].peer_name, "web");
	assert_int_equal(asked.key, 6);
	assert_true(asked.number == UINT64_MAX); /* its last user */
	assert_int_equal(asked_direction, HW_DIRECTION_EGRESS);
	sockets[6].known = HW_OWNER_NONE;
	hw_held_take(held, &late, NOW);
	assert_int_equal(shown[1].peer_pid, 0);
}

/* Messages and flows have none. */
static void only_exchanges_have_another_end(void **state)
{
	struct hw_event e = event_of(5, 1);

	(void)state;
	hw_peers_note(peers, 77, 5);
	hw_peers_note(peers, 77, 6);
	sockets[5].known = sockets[6].known = HW_OWNER_EXACT;
	e.extra.connection_id = 77;
	hw_held_take(held, &e, NOW);
	assert_shown("1");
	assert_int_equal(shown[0].peer_pid, 0);
}

static void the_oldest_makes_room(void **state)
{
	(void)state;
	for (uint64_t i = 1; i <= EVENTS_MAX; i++)
		take(1 + i % 60, i, NOW + i);
	assert_int_equal(hw_held_nr(held), EVENTS_MAX);
	assert_int_equal(shown_nr, 0);
	take(1, EVENTS_MAX + 1, NOW + EVENTS_MAX + 1);
	assert_int_equal(hw_held_nr(held), EVENTS_MAX);
	assert_shown("1");
	assert_true(hw_held_since(held) == NOW + 2);
	hw_held_release(held, UINT64_MAX);
	assert_int_equal(shown_nr, EVENTS_MAX + 1);
	for (size_t i = 0; i < shown_nr; i++)
		assert_int_equal(shown[i].time_ns, i + 1);
}

/* So many that they are more than is kept. */
static void bytes_are_bounded(void **state)
{
	enum { LEN = 1 << 20 };
	uint8_t *long_text = calloc(1, LEN);
	struct hw_event e;

	(void)state;
	assert_non_null(long_text);
	for (uint64_t i = 1; i <= BYTES_MAX / LEN; i++) {
		e = event_of(5, i);
		e.extra.target = hw_slice(long_text, LEN);
		hw_held_take(held, &e, NOW);
	}
	assert_shown("1"); /* of the others not quite so many have room */
	assert_int_equal(hw_held_nr(held), BYTES_MAX / LEN - 1);
	hw_held_release(held, UINT64_MAX);
	assert_int_equal(shown_nr, BYTES_MAX / LEN);
	take(6, 100, NOW); /* the room is there again */
	assert_int_equal(hw_held_nr(held), 1);
	free(long_text);
}

#define held_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		held_test(who_is_known_is_shown_at_once),
		held_test(who_is_not_yet_is_waited_for),
		held_test(nobody_is_waited_for_longer_than_that),
		held_test(without_a_packet_the_last_user_counts),
		held_test(events_of_a_side_keep_their_order),
		held_test(those_behind_wait_for_the_first_alone),
		held_test(names_of_containers_are_waited_for),
		held_test(an_exchange_is_of_who_read_its_end),
		held_test(an_exchange_has_its_other_end),
		held_test(only_exchanges_have_another_end),
		held_test(the_oldest_makes_room),
		held_test(bytes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
