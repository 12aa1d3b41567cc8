/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/serve.c - see serve.h */
#include "serve/serve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "serve/server.h"
#include "serve/shared.h"

#define LOOK_NS (50 * HW_NS_PER_MS) /* for a question, so often: a system call each */

#define LEAVE_NS HW_NS_PER_S /* the process may take so long to end */

struct hw_serve {
	int server; /* our end of the socket pair; negative: the process has ended */
	struct hw_serve_shared *shared;
	size_t page_max;
	uint64_t looked_ns;
};

static size_t shared_size(size_t page_max)
{
	return sizeof(struct hw_serve_shared) + page_max;
}

static int make_shared(struct hw_serve *s, size_t page_max)
{
	void *shared = mmap(NULL, shared_size(page_max), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (shared == MAP_FAILED)
		return -errno;
	s->shared = shared;
	s->page_max = page_max;
	return 0;
}

static int start(struct hw_serve *s, int listener)
{
	const pid_t parent = getpid();
	int ends[2], err = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return -errno;
	pid = fork();
	if (pid < 0)
		err = -errno;
	if (pid == 0)
		hw_server_run(&(struct hw_server_options){ .listener = listener,
							   .program = ends[1],
							   .shared = s->shared,
							   .page_max = s->page_max,
							   .parent = parent });
	close(ends[1]);
	s->server = ends[0];
	return err;
}

static int listen_and_start(struct hw_serve *s, const struct hw_serve_address *address,
			    size_t page_max)
{
	int listener, err = hw_server_load();

	if (err)
		return err;
	listener = hw_serve_address_listen(address);
	if (listener < 0)
		return listener;
	err = make_shared(s, page_max);
	if (!err)
		err = start(s, listener);
	close(listener);
	return err;
}

int hw_serve_start(struct hw_serve **ret, const struct hw_serve_address *address, size_t page_max)
{
	struct hw_serve *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	s->server = -1;
	err = listen_and_start(s, address, page_max);
	if (!err)
		*ret = s;
	else
		hw_serve_close(s);
	return err;
}

/* Signals, as of a timer, do not make it shorter. */
static void wait_for_end(int server)
{
	const uint64_t until = hw_clock_ns(CLOCK_MONOTONIC) + LEAVE_NS;
	struct pollfd p = { .fd = server };
	uint64_t now;

	do {
		now = hw_clock_ns(CLOCK_MONOTONIC);
	} while (now < until && poll(&p, 1, (int)((until - now) / HW_NS_PER_MS)) < 0 &&
		 errno == EINTR);
}

/*
 * An answer of no length says it, as shutdown(2) is not allowed by then. Who starts us again at once
 * must find the port free.
 */
static void end(int server)
{
	if (write(server, "", 0) == 0)
		wait_for_end(server);
	close(server);
}

void hw_serve_close(struct hw_serve *s)
{
	if (!s)
		return;
	if (s->server >= 0)
		end(s->server);
	if (s->shared)
		munmap(s->shared, shared_size(s->page_max));
	free(s);
}

void hw_serve_beat(struct hw_serve *s)
{
	__atomic_store_n(&s->shared->beat_ns, hw_clock_ns(CLOCK_MONOTONIC), __ATOMIC_RELEASE);
}

void hw_serve_pause(struct hw_serve *s)
{
	__atomic_store_n(&s->shared->beat_ns, 0, __ATOMIC_RELEASE);
}

static void lose(struct hw_serve *s)
{
	close(s->server);
	s->server = -1;
}

bool hw_serve_is_asked(struct hw_serve *s, enum hw_metrics_format *ret)
{
	const uint64_t now = hw_clock_ns(CLOCK_MONOTONIC);
	struct hw_serve_question q;
	ssize_t len;

	if (s->server < 0 || now - s->looked_ns < LOOK_NS)
		return false;
	s->looked_ns = now;
	len = read(s->server, &q, sizeof(q));
	if (len == 0 || (len < 0 && errno != EAGAIN && errno != EINTR))
		lose(s);
	if (len != sizeof(q))
		return false;
	*ret = q.format == HW_METRICS_OPENMETRICS ? HW_METRICS_OPENMETRICS : HW_METRICS_TEXT;
	return true;
}

char *hw_serve_page(struct hw_serve *s, size_t *ret_max)
{
	*ret_max = s->page_max;
	return s->shared->page;
}

void hw_serve_answer(struct hw_serve *s, size_t len)
{
	const struct hw_serve_answer a = { .len = len };

	if (s->server >= 0 && write(s->server, &a, sizeof(a)) != sizeof(a))
		lose(s);
}

bool hw_serve_has_ended(const struct hw_serve *s)
{
	return s->server < 0;
}
