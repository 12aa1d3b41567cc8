/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/server.c - see server.h */
#include "serve/server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/clock.h"
#include "base/library.h"
#include "sandbox/child.h"
#include "sandbox/sandbox.h"
#include "serve/accept.h"
#include "serve/clients.h"

enum {
	LISTENER = HW_CHILD_FD,
	PROGRAM,
	MEMORY_MAX = 8192, /* bytes of a request's head, and what we need for it */
	TICK_MS = 500,	   /* times are looked at so often */
	TEXT_MAX = 128,
	FORMAT_NR = HW_METRICS_OPENMETRICS + 1,
};

#define SECOND 1000000000ull
#define FRESH_NS SECOND		 /* a page is good for so long */
#define PATIENCE_NS (2 * SECOND) /* a client waits for a page at most so long */
#define BEAT_NS (5 * SECOND)	 /* a loop that has not turned for longer does not */

/* It needs nine others, for TLS. */
#define LIBRARY "libmicrohttpd.so.12"
/* clang-format off */
#define FUNCTIONS(f)			\
	f(add_response_header)		\
	f(create_response_from_buffer)	\
	f(destroy_response)		\
	f(get_connection_info)		\
	f(get_daemon_info)		\
	f(get_timeout)			\
	f(get_version)			\
	f(lookup_connection_value)	\
	f(queue_response)		\
	f(resume_connection)		\
	f(run)				\
	f(start_daemon)			\
	f(suspend_connection)
/* clang-format on */

static struct {
#define MEMBER(name) __typeof__(&MHD_##name) name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} mhd; /* filled by hw_server_load() */

struct page {
	struct MHD_Response *response; /* NULL: none was made yet */
	uint64_t made_ns;
	bool is_wanted;
};

struct server {
	struct MHD_Daemon *daemon;
	const struct hw_serve_shared *shared;
	size_t page_max;
	struct hw_clients clients;
	struct page pages[FORMAT_NR];
	bool is_asking; /* for a page of the format below */
	enum hw_metrics_format asked;
	uint64_t now_ns;
};

/* pages */

static bool is_fresh(const struct server *s, enum hw_metrics_format format)
{
	return s->pages[format].response && s->now_ns - s->pages[format].made_ns < FRESH_NS;
}

static void ask(struct server *s)
{
	for (int f = 0; f < FORMAT_NR && !s->is_asking; f++) {
		const struct hw_serve_question q = { .format = (uint32_t)f };

		if (!s->pages[f].is_wanted)
			continue;
		s->pages[f].is_wanted = false;
		s->asked = (enum hw_metrics_format)f;
		s->is_asking = write(PROGRAM, &q, sizeof(q)) == sizeof(q);
	}
}

static void set_header(struct MHD_Response *r, const char *name, const char *value)
{
	mhd.add_response_header(r, name, value);
}

/* A copy, as clients read it in their own time. */
static struct MHD_Response *make_response(const void *body, size_t len, const char *type)
{
	union {
		const void *from;
		void *to;
	} not_written = { .from = body };
	struct MHD_Response *r =
		mhd.create_response_from_buffer(len, not_written.to, MHD_RESPMEM_MUST_COPY);

	if (!r)
		return NULL;
	set_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	set_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	set_header(r, "X-Content-Type-Options", "nosniff");
	return r;
}

/* Connections that still send the old page keep it. */
static void replace(struct page *page, struct MHD_Response *response, uint64_t now_ns)
{
	if (page->response)
		mhd.destroy_response(page->response);
	page->response = response;
	page->made_ns = now_ns;
}

/* Returns false when the program has ended. */
static bool take_answer(struct server *s)
{
	struct hw_serve_answer a;
	const ssize_t len = read(PROGRAM, &a, sizeof(a));
	struct MHD_Response *r;

	if (len != sizeof(a))
		return len < 0 && (errno == EAGAIN || errno == EINTR);
	s->is_asking = false;
	if (!a.len || a.len > s->page_max)
		return true;
	r = make_response(s->shared->page, a.len, hw_metrics_content_type(s->asked));
	if (r)
		replace(&s->pages[s->asked], r, s->now_ns);
	return true;
}

/* answers */

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned int status, const char *text,
				 const char *header, const char *value)
{
	struct MHD_Response *r = make_response(text, strlen(text), "text/plain; charset=utf-8");
	enum MHD_Result result;

	if (!r)
		return MHD_NO;
	if (header)
		set_header(r, header, value);
	result = mhd.queue_response(c, status, r);
	mhd.destroy_response(r);
	return result;
}

static uint64_t last_beat(const struct server *s)
{
	return __atomic_load_n(&s->shared->beat_ns, __ATOMIC_ACQUIRE);
}

/* Until there is a first beat there may be a capture to wait for. */
static enum MHD_Result send_health(const struct server *s, struct MHD_Connection *c)
{
	const uint64_t beat = last_beat(s);
	char text[TEXT_MAX];

	if (!beat || s->now_ns < beat + BEAT_NS)
		return send_text(c, MHD_HTTP_OK, "ok\n", NULL, NULL);
	snprintf(text, sizeof(text), "stuck for %u seconds\n",
		 (unsigned int)((s->now_ns - beat) / SECOND));
	return send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, text, NULL, NULL);
}

static enum MHD_Result send_readiness(const struct server *s, struct MHD_Connection *c)
{
	return last_beat(s) ? send_text(c, MHD_HTTP_OK, "ready\n", NULL, NULL)
			    : send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready\n", NULL, NULL);
}

static struct hw_client *client_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		mhd.get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static struct hw_slice header_of(struct MHD_Connection *c, const char *name)
{
	const char *value = mhd.lookup_connection_value(c, MHD_HEADER_KIND, name);

	return hw_slice_text(value ? value : "");
}

/* The page, when there is one; until then the connection sleeps, and is asked about again. */
static enum MHD_Result send_page(struct server *s, struct MHD_Connection *c)
{
	const enum hw_metrics_format format =
		hw_accept_format(header_of(c, MHD_HTTP_HEADER_ACCEPT));
	struct hw_client *client = client_of(c);

	if (is_fresh(s, format))
		return mhd.queue_response(c, MHD_HTTP_OK, s->pages[format].response);
	if (!last_beat(s))
		return send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, "not ready\n", NULL, NULL);
	if (!client || s->now_ns - client->since_ns >= PATIENCE_NS)
		return send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, "no answer\n", NULL, NULL);
	s->pages[format].is_wanted = true;
	client->waiting = c;
	mhd.suspend_connection(c);
	return MHD_YES;
}

static bool is_get(const char *method)
{
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0 ||
	       strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static bool has_body(struct MHD_Connection *c)
{
	const struct hw_slice len = header_of(c, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return header_of(c, MHD_HTTP_HEADER_TRANSFER_ENCODING).len ||
	       (len.len && !hw_slice_eq(len, HW_SLICE("0")));
}

/* Nobody's body is read: the connection is closed behind the answer. */
static enum MHD_Result refuse(struct MHD_Connection *c, const char *method)
{
	if (!is_get(method))
		return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET and HEAD only\n",
				 MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	return send_text(c, MHD_HTTP_CONTENT_TOO_LARGE, "no body, please\n",
			 MHD_HTTP_HEADER_CONNECTION, "close");
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *c, const char *path)
{
	if (strcmp(path, "/metrics") == 0)
		return send_page(s, c);
	if (strcmp(path, "/healthz") == 0)
		return send_health(s, c);
	if (strcmp(path, "/readyz") == 0)
		return send_readiness(s, c);
	return send_text(c, MHD_HTTP_NOT_FOUND, "/metrics, /healthz and /readyz are here\n", NULL,
			 NULL);
}

/* Called when a head is there (`state` is NULL), behind it, and after each sleep. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *path,
				  const char *method, const char *version, const char *upload,
				  size_t *upload_len, void **state)
{
	struct server *s = ctx;
	struct hw_client *client = client_of(c);

	(void)version;
	(void)upload;
	*upload_len = 0;
	if (*state)
		return answer(s, c, path);
	*state = s;
	if (client)
		hw_client_set(client, HW_CLIENT_BUSY, s->now_ns);
	return is_get(method) && !has_body(c) ? MHD_YES : refuse(c, method);
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct server *s = ctx;
	struct hw_client *client = client_of(c);

	(void)code;
	*state = NULL;
	if (client)
		hw_client_set(client, HW_CLIENT_IDLE, s->now_ns);
}

static void on_connection(void *ctx, struct MHD_Connection *c, void **client,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *s = ctx;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*client)
			hw_client_remove(*client);
		return;
	}
	*client = hw_clients_add(
		&s->clients,
		mhd.get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
		s->now_ns);
}

/* the loop */

/* What they wait for is there, or they have waited long enough: on_request() looks again. */
static void wake(struct server *s)
{
	for (size_t i = 0; i < HW_CLIENTS_MAX; i++) {
		struct hw_client *client = &s->clients.list[i];
		struct MHD_Connection *c = client->waiting;

		if (!c || (s->is_asking && s->now_ns - client->since_ns < PATIENCE_NS))
			continue;
		client->waiting = NULL;
		mhd.resume_connection(c);
	}
}

/* libmicrohttpd sees the end of the connection and closes it. */
static void see_out(struct server *s)
{
	const struct hw_client *client;

	while ((client = hw_clients_next_to_leave(&s->clients, s->now_ns)))
		shutdown(client->fd, SHUT_RDWR);
}

static int timeout_ms(const struct server *s)
{
	MHD_UNSIGNED_LONG_LONG ms;

	return mhd.get_timeout(s->daemon, &ms) == MHD_YES && ms < TICK_MS ? (int)ms : TICK_MS;
}

static void loop(struct server *s)
{
	struct pollfd fds[] = {
		{ .fd = mhd.get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd,
		  .events = POLLIN },
		{ .fd = PROGRAM, .events = POLLIN },
	};

	for (;;) {
		poll(fds, 2, timeout_ms(s));
		s->now_ns = hw_clock_ns(CLOCK_MONOTONIC);
		if (fds[1].revents && !take_answer(s))
			return;
		ask(s);
		wake(s);
		see_out(s);
		mhd.run(s->daemon);
		ask(s);
	}
}

static int start(struct server *s)
{
	s->daemon = mhd.start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
		MHD_OPTION_LISTEN_SOCKET, LISTENER, MHD_OPTION_CONNECTION_LIMIT,
		(unsigned int)HW_CLIENTS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)MEMORY_MAX, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_END);
	return s->daemon ? 0 : -ENOMEM;
}

static int enter_sandbox(pid_t parent)
{
	struct hw_sandbox s = { .serves = true, .parent = parent };
	char error[TEXT_MAX];

	hw_sandbox_prepare(); /* for the Date of answers */
	hw_sandbox_be_nobody(&s);
	return hw_sandbox_enter(&s, error, sizeof(error));
}

int hw_server_load(void)
{
#define NAME(name) "MHD_" #name,
	static const char *const names[] = { FUNCTIONS(NAME) };
#undef NAME

	return hw_library_load(LIBRARY, names, sizeof(names) / sizeof(names[0]), &mhd) ? 0
										       : -ELIBACC;
}

void hw_server_library(char *ret, size_t max)
{
	if (hw_server_load() == 0)
		snprintf(ret, max, "libmicrohttpd %s", mhd.get_version());
	else
		snprintf(ret, max, "libmicrohttpd: not installed");
}

void hw_server_run(const struct hw_server_options *o)
{
	const int fds[] = { o->listener, o->program };
	static struct server s;

	s.shared = o->shared;
	s.page_max = o->page_max;
	s.now_ns = hw_clock_ns(CLOCK_MONOTONIC);
	if (hw_child_begin("httpwire-serve", fds, 2) != 0 || start(&s) != 0 ||
	    enter_sandbox(o->parent) != 0)
		_exit(1);
	loop(&s);
	close(LISTENER); /* before PROGRAM, which says that it is free */
	_exit(0);
}
