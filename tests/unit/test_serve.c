/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_serve.c
 *
 * The server's process, and this one as the program that it asks. Clients are sockets; what
 * real and hostile ones do is for tests/e2e/test_metrics.py.
 */
#include "unit/unit.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/serve.h"

enum { PAGE_MAX = 1 << 20 };

static struct hw_serve_address address;
static struct hw_serve *serve;
static unsigned int pages; /* that were made */
static char reply[PAGE_MAX];

static int set_up(void **state)
{
	int err = -EADDRINUSE;

	(void)state;
	for (int port = 20100; err == -EADDRINUSE && port < 20200; port++) {
		char text[16];

		snprintf(text, sizeof(text), ":%d", port);
		assert_true(hw_serve_address_parse(text, &address));
		err = hw_serve_start(&serve, &address, PAGE_MAX);
	}
	pages = 0;
	return err;
}

/* It ends when we let go of it: there is a child to wait for. */
static int tear_down(void **state)
{
	int status;

	(void)state;
	hw_serve_close(serve);
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	return 0;
}

/* What the program's loop does. */
static void turn(void)
{
	enum hw_metrics_format format;
	size_t max;
	char *page = hw_serve_page(serve, &max);

	hw_serve_beat(serve);
	if (!hw_serve_is_asked(serve, &format))
		return;
	pages++;
	hw_serve_answer(serve,
			(size_t)snprintf(page, max, "page %u as %s\n", pages,
					 format == HW_METRICS_TEXT ? "text" : "openmetrics"));
}

static int connected(void)
{
	const int fd = socket(address.socket.ss_family, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address.socket, address.socket_len),
			 0);
	return fd;
}

static void hear(int fd, bool turns)
{
	size_t len = 0;
	ssize_t nr = 1;

	for (int i = 0; i < 500 && nr > 0; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };

		if (turns)
			turn();
		if (poll(&p, 1, 10) == 0)
			continue;
		nr = read(fd, reply + len, sizeof(reply) - 1 - len);
		len += nr > 0 ? (size_t)nr : 0;
	}
	reply[len] = '\0';
	close(fd);
}

static void get(const char *request, bool turns)
{
	const int fd = connected();
	const size_t len = strlen(request);

	assert_int_equal(write(fd, request, len), len);
	hear(fd, turns);
}

#define REQUEST(path, more) "GET " path " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" more "\r\n"

#define assert_reply(what)                                    \
	do {                                                  \
		if (!strstr(reply, what))                     \
			fail_msg("no %s in %s", what, reply); \
	} while (0)

static void gives_pages(void **state)
{
	(void)state;
	turn();
	get(REQUEST("/metrics", ""), true);
	assert_reply("HTTP/1.1 200 OK\r\n");
	assert_reply("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n");
	assert_reply("Cache-Control: no-store\r\n");
	assert_reply("X-Content-Type-Options: nosniff\r\n");
	assert_reply("\r\n\r\npage 1 as text\n");
	get(REQUEST("/metrics", "Accept: application/openmetrics-text\r\n"), true);
	assert_reply(
		"Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n");
	assert_reply("\r\n\r\npage 2 as openmetrics\n");
}

/* One page a second is enough for any number of them. */
static void makes_few_pages(void **state)
{
	(void)state;
	turn();
	for (int i = 0; i < 50; i++)
		get(REQUEST("/metrics", ""), true);
	assert_reply(" as text\n");
	assert_in_range(pages, 1, 3);
}

static void says_whether_it_is_ready(void **state)
{
	(void)state;
	get(REQUEST("/readyz", ""), false);
	assert_reply("HTTP/1.1 503 ");
	get(REQUEST("/metrics", ""), false);
	assert_reply("HTTP/1.1 503 ");
	get(REQUEST("/healthz", ""), false);
	assert_reply("HTTP/1.1 200 ");
	turn();
	get(REQUEST("/readyz", ""), false);
	assert_reply("HTTP/1.1 200 ");
	hw_serve_pause(serve);
	get(REQUEST("/readyz", ""), false);
	assert_reply("HTTP/1.1 503 ");
}

/* A program that hangs is told of, and no old numbers for new ones. */
static void notices_a_program_that_hangs(void **state)
{
	(void)state;
	turn();
	get(REQUEST("/metrics", ""), true);
	assert_reply("page 1");
	usleep(1100000);
	get(REQUEST("/metrics", ""), false);
	assert_reply("HTTP/1.1 503 ");
	usleep(2500000);
	get(REQUEST("/healthz", ""), false);
	assert_reply("HTTP/1.1 503 ");
	turn();
	get(REQUEST("/healthz", ""), false);
	assert_reply("HTTP/1.1 200 ");
	get(REQUEST("/metrics", ""), true);
	assert_reply("page 2");
}

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	turn();
	get(REQUEST("/", ""), true);
	assert_reply("HTTP/1.1 404 ");
	get(REQUEST("/metrics/../../etc/passwd", ""), true);
	assert_reply("HTTP/1.1 404 ");
	get("POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\nx", true);
	assert_reply("HTTP/1.1 405 ");
	assert_reply("Allow: GET, HEAD\r\n");
	get(REQUEST("/metrics", "Content-Length: 5\r\n"), true);
	assert_reply("HTTP/1.1 413 ");
	get(REQUEST("/metrics", "Transfer-Encoding: chunked\r\n"), true);
	assert_reply("HTTP/1.1 413 ");
	get("\x16\x03\x01\r\n\r\n\r\n", true);
	get("HEAD /metrics HTTP/1.0\r\n\r\n", true);
	assert_reply(" 200 ");
	assert_null(strstr(reply, "page"));
}

/* One that says nothing, many times: somebody who asks is answered all the same. */
static void finds_room_among_the_silent(void **state)
{
	int silent[300];

	(void)state;
	turn();
	for (size_t i = 0; i < 300; i++) {
		silent[i] = connected();
		assert_int_equal(write(silent[i], "GET /met", 8), 8);
	}
	get(REQUEST("/metrics", ""), true);
	assert_reply("page 1");
	for (size_t i = 0; i < 300; i++)
		close(silent[i]);
}

/* The page ends somewhere, whatever the program says: it reads what strangers send. */
static void believes_no_length(void **state)
{
	enum hw_metrics_format format;
	int fd;

	(void)state;
	hw_serve_beat(serve);
	fd = connected();
	assert_int_equal(write(fd, REQUEST("/metrics", ""), sizeof(REQUEST("/metrics", "")) - 1),
			 sizeof(REQUEST("/metrics", "")) - 1);
	for (int i = 0; i < 100 && !hw_serve_is_asked(serve, &format); i++)
		usleep(10000);
	hw_serve_answer(serve, (size_t)PAGE_MAX << 6);
	hear(fd, false);
	assert_reply("HTTP/1.1 503 ");
	get(REQUEST("/metrics", ""), true);
	assert_reply(" 200 OK");
}

static void tells_that_its_process_has_ended(void **state)
{
	enum hw_metrics_format format;
	pid_t children[2] = { 0 };
	char path[64];
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &children[0]), 1);
	fclose(f);
	assert_false(hw_serve_has_ended(serve));
	kill(children[0], SIGKILL);
	for (int i = 0; i < 100 && !hw_serve_has_ended(serve); i++) {
		assert_false(hw_serve_is_asked(serve, &format));
		usleep(10000);
	}
	assert_true(hw_serve_has_ended(serve));
	hw_serve_beat(serve);
	hw_serve_answer(serve, 1);
	hw_serve_close(serve);
	assert_int_equal(wait(NULL), children[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(makes_few_pages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(says_whether_it_is_ready, set_up, tear_down),
		cmocka_unit_test_setup_teardown(notices_a_program_that_hangs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_it_does_not_know, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finds_room_among_the_silent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(believes_no_length, set_up, tear_down),
		cmocka_unit_test_setup(tells_that_its_process_has_ended, set_up),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
