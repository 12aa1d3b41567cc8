/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/column.c - see column.h */
#include "event/column.h"

#include <errno.h>
#include <stdlib.h>

#include "event/amount.h"
#include "event/number.h"

enum { CONTAINER_DIGITS = 12 }; /* of an id, as docker ps shows it */

/* ---- who ---- */

static struct hw_slice container_of(const struct hw_process *p)
{
	const struct hw_slice id = p->container_id;

	if (p->container_name.len)
		return p->container_name;
	return hw_slice(id.ptr, id.len < CONTAINER_DIGITS ? id.len : CONTAINER_DIGITS);
}

static void write_container(struct hw_line *l, const struct hw_event *e)
{
	hw_line_foreign(l, container_of(e->process));
}

static void write_end(struct hw_line *l, const struct hw_short_text *addr, uint16_t port)
{
	const bool is_v6 = memchr(addr->text, ':', addr->len) != NULL;

	hw_line_text(l, is_v6 && port ? "[" : "");
	hw_line_add(l, hw_slice(addr->text, addr->len));
	hw_line_text(l, is_v6 && port ? "]" : "");
	if (!port)
		return;
	hw_line_text(l, ":");
	hw_line_number(l, port);
}

static void write_client(struct hw_line *l, const struct hw_event *e)
{
	write_end(l, &e->src_text, e->src_port);
}

static void write_server(struct hw_line *l, const struct hw_event *e)
{
	write_end(l, &e->dst_text, e->dst_port);
}

/* Where no process is known, the sender of the request. */
static void write_who(struct hw_line *l, const struct hw_event *e)
{
	if (!e->process->host_pid) {
		hw_line_add(l, hw_slice(e->src_text.text, e->src_text.len));
		return;
	}
	hw_line_foreign(l, e->process->comm);
	hw_line_text(l, "[");
	hw_line_number(l, e->process->host_pid);
	hw_line_text(l, "]");
	if (!container_of(e->process).len)
		return;
	hw_line_text(l, "@");
	write_container(l, e);
}

static enum hw_exchange_role role_of(const struct hw_event *e)
{
	if (e->exchange)
		return e->exchange->role;
	return e->tunnel ? e->tunnel->role : HW_ROLE_UNKNOWN;
}

/* The arrow is the request's. */
static void write_role(struct hw_line *l, const struct hw_event *e)
{
	hw_line_text(l, e->process->host_pid && role_of(e) == HW_ROLE_SERVER ? "<" : ">");
}

static void write_role_name(struct hw_line *l, const struct hw_event *e)
{
	static const char *const names[] = {
		[HW_ROLE_UNKNOWN] = "unknown",
		[HW_ROLE_CLIENT] = "client",
		[HW_ROLE_SERVER] = "server",
	};

	hw_line_text(l, names[role_of(e)]);
}

/* ---- what was asked ---- */

static const struct hw_http_message *request_of(const struct hw_event *e)
{
	return e->exchange ? e->exchange->request.message : e->http;
}

static void write_uri(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_http_message *m = request_of(e);
	const struct hw_slice host = m ? m->host : e->tunnel ? e->tunnel->host : HW_SLICE("");
	const struct hw_slice target = m ? m->target : e->tunnel ? e->tunnel->target : HW_SLICE("");

	if (target.len && target.ptr[0] == '/')
		hw_line_foreign(l, host);
	hw_line_foreign(l, target);
}

/* ---- how it went ---- */

/* Nothing where there is no response, which is not the same as none of it. */
static bool size_of(const struct hw_event *e, uint64_t *ret)
{
	if (e->exchange)
		*ret = e->exchange->response.body.size;
	else if (e->tunnel)
		*ret = e->tunnel->server_bytes;
	else
		return false;
	return e->tunnel || e->exchange->response.is_there;
}

static void write_size(struct hw_line *l, const struct hw_event *e)
{
	uint64_t size;

	if (size_of(e, &size))
		hw_amount_size(l, size);
}

static void write_size_exactly(struct hw_line *l, const struct hw_event *e)
{
	uint64_t size;

	if (size_of(e, &size))
		hw_line_number(l, size);
}

static int32_t status_of(const struct hw_event *e)
{
	if (e->exchange)
		return e->exchange->response.message->status_code;
	return e->tunnel ? e->tunnel->status_code : e->http ? e->http->status_code : 0;
}

static const char *status_color(const struct hw_event *e)
{
	const int32_t code = status_of(e);

	return code || e->exchange ? hw_status_color(code) : NULL;
}

static const char *method_color(const struct hw_event *e)
{
	(void)e;
	return "\x1b[1;36m";
}

static const char *note_color(const struct hw_event *e)
{
	(void)e;
	return "\x1b[1;33m";
}

static const char *faint(const struct hw_event *e)
{
	(void)e;
	return "\x1b[2m";
}

static void add_note(struct hw_line *l, struct hw_slice note, bool *is_next)
{
	hw_line_text(l, *is_next ? " [" : "[");
	hw_line_add(l, note);
	hw_line_text(l, "]");
	*is_next = true;
}

static void add_end_note(struct hw_line *l, enum hw_exchange_end end, bool *is_next)
{
	if (end != HW_EXCHANGE_COMPLETE)
		add_note(l, hw_exchange_end_name(end), is_next);
}

static void add_incomplete(struct hw_line *l, const struct hw_exchange *x, bool *is_next)
{
	const struct hw_slice request = x->request.incomplete, response = x->response.incomplete;

	if (request.len)
		add_note(l, request, is_next);
	if (response.len && !hw_slice_eq(request, response))
		add_note(l, response, is_next);
}

static hw_anomalies anomalies_of(const struct hw_event *e)
{
	return e->exchange ? e->exchange->anomalies : e->extra.anomalies;
}

static void write_notes(struct hw_line *l, const struct hw_event *e)
{
	const hw_anomalies anomalies = anomalies_of(e);
	bool is_next = false;

	if (e->exchange) {
		add_end_note(l, e->exchange->end, &is_next);
		add_incomplete(l, e->exchange, &is_next);
	} else if (e->tunnel) {
		add_note(l, HW_SLICE("tunnel_closed"), &is_next);
		add_end_note(l, e->tunnel->end, &is_next);
	} else if (e->extra.incomplete.len) {
		add_note(l, e->extra.incomplete, &is_next);
	}
	for (int a = 0; a < HW_ANOMALY_NR; a++)
		if (anomalies & hw_anomaly_bit((enum hw_anomaly)a))
			add_note(l, hw_slice_text(hw_anomaly_info((enum hw_anomaly)a)->name),
				 &is_next);
}

/* The time for a person is the program's affair: hw_encoder_set_time(). */
static void write_time(struct hw_line *l, const struct hw_event *e)
{
	uint8_t room[HW_TIME_TEXT_MAX];

	hw_line_add(l, hw_slice(room, (size_t)(hw_write_rfc3339(room, e->time_ns) - room)));
}

/* ---- the table ---- */

/* clang-format off */
#define PATHS(paths_) .paths = paths_
#define WRITE(function) .write = function
#define EXACTLY(function) .write_exactly = function
#define COLOR(function) .color = function

static const struct hw_column columns[] = {
	{ "time", "when, as the event has it; CSV: RFC 3339", .width = 15,
	  WRITE(write_time), COLOR(faint) },
	{ "event", "name of the event's type", .width = 17, PATHS("eventName") },
	{ "who", "process, pid and container, or else the client's address", .width = 16,
	  WRITE(write_who) },
	{ "process", "name of the process", .width = 10, PATHS("processName") },
	{ "pid", "its id on the host", HW_LOOK_NUMBER, .width = 7, PATHS("hostProcessId") },
	{ "uid", "its effective user id", .width = 5, PATHS("userId") },
	{ "exe", "path of its executable", PATHS("executable.path") },
	{ "container", "name of its container, else the first digits of the id", .width = 12,
	  WRITE(write_container) },
	{ "pod", "name of its pod", .width = 12, PATHS("kubernetes.podName") },
	{ "peer", "name of the process at the other end, if it is on this host", .width = 10,
	  PATHS("httpwire.peer.processName") },
	{ "client", "address and port of the client (of messages: of the sender)", .width = 21,
	  WRITE(write_client) },
	{ "server", "address and port of the server (of messages: of the receiver)", .width = 21,
	  WRITE(write_server) },
	{ "client_address", "client behind proxies, as the request names it", .width = 15,
	  PATHS("request.client_address") },
	{ "connection", "the connection, the same on both sides", .width = 16,
	  PATHS("connection.id httpwire.connection_id") },
	{ "exchange", "number of the exchange on its connection", HW_LOOK_NUMBER, .width = 3,
	  PATHS("connection.number tunnel.exchange") },
	{ "role", "client or server; text: > sent the request, < received it", .width = 1,
	  WRITE(write_role), EXACTLY(write_role_name), COLOR(faint) },
	{ "method", "method", .width = 4, PATHS("request.method proto_http.method "
	  "proto_http_request.method tunnel.method"), COLOR(method_color) },
	{ "uri", "host and target, as short as they can be said", .width = 40, .grows = true,
	  WRITE(write_uri) },
	{ "url", "the same with the scheme", .width = 40, .grows = true, PATHS("request.url") },
	{ "scheme", "scheme", .width = 4, PATHS("request.scheme") },
	{ "host", "host", .width = 20, PATHS("request.host proto_http.host "
	  "proto_http_request.host tunnel.host") },
	{ "path", "path, percent-decoded, without the query", .width = 30, .grows = true,
	  PATHS("request.path proto_http.uri_path proto_http_request.uri_path") },
	{ "query", "query as received", .width = 20, .grows = true, PATHS("request.query "
	  "httpwire.query") },
	{ "target", "request-target as received", .width = 30, .grows = true,
	  PATHS("request.target httpwire.target tunnel.target") },
	{ "route", "path with its ids folded", .width = 30, .grows = true,
	  PATHS("request.route") },
	{ "status", "status code", HW_LOOK_NUMBER, .width = 3, PATHS("response.status_code "
	  "proto_http.status_code proto_http_response.status_code tunnel.status_code"),
	  COLOR(status_color) },
	{ "reason", "reason phrase", .width = 10, PATHS("response.reason") },
	{ "type", "media type of the response", .width = 24, PATHS("response.content_type") },
	{ "request_type", "media type of the request", .width = 24,
	  PATHS("request.content_type") },
	{ "size", "bytes of the response's body, as they came; tunnels: from the server",
	  HW_LOOK_SIZE, .width = 5, WRITE(write_size), EXACTLY(write_size_exactly) },
	{ "request_size", "bytes of the request's body; tunnels: from the client",
	  HW_LOOK_SIZE, .width = 5, PATHS("request.body_size tunnel.client_bytes") },
	{ "duration", "from the request's first byte to the response's last; CSV: seconds",
	  HW_LOOK_DURATION, .width = 6, PATHS("time.duration tunnel.duration") },
	{ "ttfb", "from the request's last byte to the response's first; CSV: seconds",
	  HW_LOOK_DURATION, .width = 6, PATHS("time.time_to_first_byte") },
	{ "transfer", "from the response's first byte to its last; CSV: seconds",
	  HW_LOOK_DURATION, .width = 6, PATHS("time.transfer") },
	{ "connect", "that making the connection took; CSV: seconds",
	  HW_LOOK_DURATION, .width = 6, PATHS("time.connect") },
	{ "end", "how it ended", .width = 8, PATHS("end") },
	{ "notes", "how it ended if not well, and what is odd about it", WRITE(write_notes),
	  COLOR(note_color) },
	{ "user_agent", "what the client calls itself", .width = 20, PATHS("request.user_agent") },
	{ "trace_id", "the trace that it belongs to", .width = 32, PATHS("trace.trace_id") },
	{ "span_id", "the span that sent it", .width = 16, PATHS("trace.span_id") },
	{ "request_id", "its X-Request-Id", .width = 20, PATHS("trace.request_id") },
	{ "frame", "number in its capture of the packet that completed it", HW_LOOK_NUMBER,
	  .width = 6, PATHS("httpwire.frame") },
};
/* clang-format on */

enum { COLUMN_NR = sizeof(columns) / sizeof(columns[0]) };

const struct hw_column *hw_column_at(size_t i)
{
	return i < COLUMN_NR ? &columns[i] : NULL;
}

/* ---- lists ---- */

struct one {
	const struct hw_column *column;
	struct hw_slice name;
	struct hw_field_at at[HW_TYPE_NR]; /* without a field: that type has none */
};

struct hw_columns {
	char *list;
	size_t nr;
	struct one one[HW_COLUMNS_MAX];
};

static const struct hw_column *find_column(struct hw_slice name)
{
	for (size_t i = 0; i < COLUMN_NR; i++)
		if (hw_slice_eq(hw_slice_text(columns[i].name), name))
			return &columns[i];
	return NULL;
}

/* Returns whether some type has one of the paths. */
static bool find_fields(struct hw_slice paths, struct hw_field_at at[HW_TYPE_NR])
{
	bool any = false;

	for (size_t i = 0; i < HW_TYPE_NR; i++) {
		struct hw_slice rest = paths, path;
		bool found = false;

		while (!found && hw_slice_cut(&rest, ' ', &path))
			found = hw_field_find(&hw_event_types[i], path, &at[i]);
		if (!found)
			found = hw_field_find(&hw_event_types[i], rest, &at[i]);
		if (!found)
			at[i].field = NULL;
		any = any || found;
	}
	return any;
}

bool hw_column_is_known(struct hw_slice name)
{
	struct hw_field_at at[HW_TYPE_NR];

	return find_column(name) || find_fields(name, at);
}

static int add_one(struct hw_columns *c, struct hw_slice name)
{
	struct one *one = &c->one[c->nr];

	if (c->nr == HW_COLUMNS_MAX)
		return -EINVAL;
	one->name = name;
	one->column = find_column(name);
	c->nr++;
	if (one->column && one->column->write)
		return 0;
	if (one->column)
		name = hw_slice_text(one->column->paths);
	return find_fields(name, one->at) ? 0 : -EINVAL;
}

static int add_list(struct hw_columns *c)
{
	struct hw_slice rest = hw_slice_text(c->list), name;
	int err = 0;

	while (!err && hw_slice_cut(&rest, ',', &name))
		err = add_one(c, name);
	return err ? err : add_one(c, rest);
}

int hw_columns_new(struct hw_columns **ret, const char *list)
{
	struct hw_columns *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->list = strdup(list);
	err = c->list ? add_list(c) : -ENOMEM;
	if (err) {
		hw_columns_free(c);
		return err;
	}
	*ret = c;
	return 0;
}

void hw_columns_free(struct hw_columns *c)
{
	if (!c)
		return;
	free(c->list);
	free(c);
}

size_t hw_columns_nr(const struct hw_columns *c)
{
	return c->nr;
}

const struct hw_column *hw_columns_at(const struct hw_columns *c, size_t i)
{
	return c->one[i].column;
}

struct hw_slice hw_columns_name(const struct hw_columns *c, size_t i)
{
	return c->one[i].name;
}

/* ---- values ---- */

/* Its number, if it is there and not 0. */
static bool number_of(const struct hw_field_at *at, const struct hw_event *event, int64_t *ret)
{
	const void *place = at->field ? hw_field_place(at->field, event) : NULL;

	return place && hw_field_number(at->field, place, ret) && *ret;
}

void hw_columns_write(const struct hw_columns *c, size_t i, const struct hw_event *event,
		      struct hw_line *l)
{
	const struct one *one = &c->one[i];
	const struct hw_field_at *at = &one->at[event->type->index];
	const enum hw_column_look look = one->column ? one->column->look : HW_LOOK_TEXT;
	int64_t n = 0;

	if (one->column && one->column->write)
		one->column->write(l, event);
	else if (!at->field)
		return;
	else if (look == HW_LOOK_SIZE && (number_of(at, event, &n) || n == 0))
		hw_amount_size(l, (uint64_t)n);
	else if (look == HW_LOOK_DURATION && number_of(at, event, &n))
		hw_amount_duration(l, (uint64_t)n);
	else if (look == HW_LOOK_TEXT || (look == HW_LOOK_NUMBER && number_of(at, event, &n)))
		hw_field_write(l, at, event);
}

bool hw_columns_write_exactly(const struct hw_columns *c, size_t i, const struct hw_event *event,
			      struct hw_line *l)
{
	const struct one *one = &c->one[i];
	const struct hw_field_at *at = &one->at[event->type->index];
	int64_t n;

	if (one->column && one->column->write) {
		if (one->column->write_exactly)
			one->column->write_exactly(l, event);
		else
			one->column->write(l, event);
		return true;
	}
	if (!at->field)
		return false;
	if (one->column && one->column->look == HW_LOOK_DURATION) {
		if (number_of(at, event, &n))
			hw_amount_seconds(l, (uint64_t)n);
	} else if (!one->column || one->column->look != HW_LOOK_NUMBER ||
		   number_of(at, event, &n)) {
		hw_field_write(l, at, event);
	}
	return hw_field_is_text(at->field);
}
