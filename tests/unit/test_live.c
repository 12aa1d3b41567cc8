/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_live.c - the kernel side, asked for what the whole program shows only after hours
 *
 * Needs root and a kernel that takes the programs. All traffic is this thread's own, on lo; of
 * what others do meanwhile nothing is said.
 */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/live.h"
#include "live/sockets.h"
#include "live/tap.h"

enum { SKIPPED = 77, TURN_MS = 10 };

static const char name[] = "test_live_talks";
static const char request[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/* both ends of a connection */
struct pair {
	int client, server;
};

static struct pair connected(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int listener = socket(AF_INET, SOCK_STREAM, 0);
	struct pair p = { .client = socket(AF_INET, SOCK_STREAM, 0) };
	socklen_t len = sizeof(at);

	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(connect(p.client, (struct sockaddr *)&at, sizeof(at)), 0);
	p.server = accept(listener, NULL, NULL);
	assert_true(p.server >= 0);
	close(listener);
	return p;
}

static void ask(const struct pair *p)
{
	char got[sizeof(request)];

	assert_int_equal(send(p->client, request, sizeof(request) - 1, 0), sizeof(request) - 1);
	assert_int_equal(recv(p->server, got, sizeof(got), MSG_WAITALL | MSG_DONTWAIT),
			 sizeof(request) - 1);
}

static void disconnect(const struct pair *p)
{
	close(p->client);
	close(p->server);
}

/* Of all records that are there, those that describe this thread. */
static size_t told_of_us(struct hw_tap *tap)
{
	struct hw_ring *ring = hw_tap_ring(tap);
	const struct hw_tap_task *task;
	const void *record;
	size_t len, nr = 0;

	while (hw_ring_next(ring, &record, &len)) {
		task = record;
		nr += task->head.type == HW_TAP_TASK && strcmp(task->comm, name) == 0;
	}
	hw_ring_release(ring);
	return nr;
}

/* A use is told of once, and who it was once for all sockets: until that was forgotten. */
static void who_is_forgotten_is_told_of_again(void **state)
{
	const struct hw_live_options options = HW_LIVE_OPTIONS_INIT;
	const struct pair p = connected();
	struct hw_tap *tap;
	char error[512];
	bool tells_sends;

	(void)state;
	assert_int_equal(hw_tap_open(&tap, &options, &tells_sends, error, sizeof(error)), 0);
	ask(&p);
	assert_int_equal(told_of_us(tap), 1);
	ask(&p);
	assert_int_equal(told_of_us(tap), 0);
	hw_tap_forgot(tap);
	ask(&p);
	assert_int_equal(told_of_us(tap), 1);
	hw_tap_close(tap);
	disconnect(&p);
}

static uint64_t cookie_of(int fd)
{
	uint64_t cookie;
	socklen_t len = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &len), 0);
	return cookie;
}

static bool is_known(struct hw_live *l, uint64_t cookie)
{
	const struct hw_live_passing passing = { .key = cookie, .number = UINT64_MAX };
	struct hw_process process;
	uint64_t found;

	return hw_live_owner(l, &passing, HW_DIRECTION_EGRESS, &process, &found) != HW_OWNER_NONE;
}

/* Read until all that was written up to now is. */
static void read_all(struct hw_live *l)
{
	struct hw_frame frames[HW_LIVE_BATCH_MAX];
	const uint64_t end = hw_live_written(l);
	size_t nr;

	while (!hw_live_has_read(l, end))
		assert_int_equal(hw_live_read(l, frames, HW_LIVE_BATCH_MAX, TURN_MS, &nr), 0);
}

static void come_and_go(struct hw_live *l)
{
	const struct pair p = connected();

	ask(&p);
	read_all(l);
	disconnect(&p);
}

/* There is room for many more, but its place is the next one's: not while it may be asked for. */
static void who_has_ended_makes_room(void **state)
{
	const struct hw_live_options options = HW_LIVE_OPTIONS_INIT;
	struct hw_live *l;
	char error[512];
	uint64_t cookie, ended_ns;
	struct pair p;

	(void)state;
	assert_int_equal(hw_live_open(&l, &options, error, sizeof(error)), 0);
	p = connected();
	cookie = cookie_of(p.client);
	ask(&p);
	disconnect(&p);
	read_all(l);
	ended_ns = hw_live_now(l);
	hw_live_end(l, cookie, 0);
	do
		come_and_go(l);
	while (hw_live_now(l) <= ended_ns + 2 * HW_SOCKETS_KEPT_NS);
	hw_live_asked(l, ended_ns);
	come_and_go(l);
	assert_true(is_known(l, cookie));
	hw_live_asked(l, UINT64_MAX);
	come_and_go(l);
	assert_false(is_known(l, cookie));
	hw_live_close(l);
}

#ifndef __has_feature /* of clang alone */
#define __has_feature(feature) 0
#endif

/* What is attached by then is detached, and it is said what there is no memory for. */
static void without_memory_it_does_not_open(void **state)
{
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
	skip(); /* that has limits of its own */
#endif
	const struct rlimit least = { (rlim_t)4 << 30, RLIM_INFINITY };
	struct hw_live_options options = HW_LIVE_OPTIONS_INIT;
	struct hw_live *l = NULL;
	struct rlimit before;
	char error[512];
	int err;

	(void)state;
	options.sockets_max = UINT32_MAX;
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(setrlimit(RLIMIT_AS, &least), 0);
	err = hw_live_open(&l, &options, error, sizeof(error));
	setrlimit(RLIMIT_AS, &before);
	assert_int_equal(err, -ENOMEM);
	assert_null(l);
	assert_string_equal(error, "no memory for 4294967295 sockets");
}

static bool is_possible(void)
{
	const struct hw_live_options options = HW_LIVE_OPTIONS_INIT;
	struct hw_live *l;
	char error[512];

	if (hw_live_open(&l, &options, error, sizeof(error)) != 0) {
		print_message("skipped: %s\n", error);
		return false;
	}
	hw_live_close(l);
	return true;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_forgotten_is_told_of_again),
		cmocka_unit_test(who_has_ended_makes_room),
		cmocka_unit_test(without_memory_it_does_not_open),
	};

	if (!is_possible())
		return SKIPPED;
	prctl(PR_SET_NAME, name);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
