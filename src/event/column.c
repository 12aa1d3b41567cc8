/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/column.c - see column.h */
#include "event/column.h"

#include <errno.h>
#include <stdlib.h>

#include "dns/message.h"
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

static void write_process(struct hw_line *l, const struct hw_event *e)
{
	hw_line_foreign(l, e->process->name);
}

static void write_peer(struct hw_line *l, const struct hw_event *e)
{
	if (e->peer)
		hw_line_foreign(l, e->peer->name);
}

static void write_client(struct hw_line *l, const struct hw_event *e)
{
	hw_line_endpoint(l, &e->src_text, e->src_port);
}

static void write_server(struct hw_line *l, const struct hw_event *e)
{
	hw_line_endpoint(l, &e->dst_text, e->dst_port);
}

/* 0 is root, if more than a thread's ids is known. */
static void write_uid(struct hw_line *l, const struct hw_event *e)
{
	if (e->process->start_ns)
		hw_line_number(l, e->process->uid);
}

/* Where no process is known, the sender of the request. */
static void write_who(struct hw_line *l, const struct hw_event *e)
{
	if (!e->process->host_pid) {
		hw_line_add(l, hw_slice(e->src_text.text, e->src_text.len));
		return;
	}
	write_process(l, e);
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
	hw_line_add(l, hw_exchange_role_name(role_of(e)));
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

static struct hw_duration waited(const struct hw_event *e)
{
	return e->exchange ? hw_exchange_waited(e->exchange, e->time_ns)
			   : (struct hw_duration){ 0 };
}

static void write_waited(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_duration d = waited(e);

	if (hw_duration_is_known(d))
		hw_amount_duration(l, hw_duration_ns(d));
}

static void write_waited_exactly(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_duration d = waited(e);

	if (hw_duration_is_known(d))
		hw_amount_seconds(l, hw_duration_ns(d));
}

static struct hw_duration duration_of(const struct hw_event *e)
{
	if (e->exchange)
		return e->exchange->duration;
	return e->tunnel && e->tunnel->duration_ns ? hw_duration(e->tunnel->duration_ns)
						   : (struct hw_duration){ 0 };
}

static void write_duration(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_duration d = duration_of(e);

	if (hw_duration_is_known(d))
		hw_amount_duration(l, hw_duration_ns(d));
	else
		write_waited(l, e);
}

static void write_duration_exactly(struct hw_line *l, const struct hw_event *e)
{
	const struct hw_duration d = duration_of(e);

	if (hw_duration_is_known(d))
		hw_amount_seconds(l, hw_duration_ns(d));
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
	hw_anomalies anomalies = anomalies_of(e);
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
	while (anomalies)
		add_note(l, hw_slice_text(hw_anomaly_info(hw_anomaly_take(&anomalies))->name),
			 &is_next);
}

/* A message may have several questions, though hardly one does. */
static void write_question(struct hw_line *l, const struct hw_event *e)
{
	for (size_t i = 0; e->dns && i < e->dns->questions_nr; i++) {
		const struct hw_slice name = e->dns->questions[i].name;

		hw_line_text(l, i ? " " : "");
		hw_line_foreign(l, name.len ? name : HW_SLICE("."));
	}
}

static void write_question_type(struct hw_line *l, const struct hw_event *e)
{
	for (size_t i = 0; e->dns && i < e->dns->questions_nr; i++) {
		hw_line_text(l, i ? " " : "");
		hw_line_foreign(l, e->dns->questions[i].type_name);
	}
}

/* The time for a person is the program's affair: hw_encoder_set_time(). */
static void write_time(struct hw_line *l, const struct hw_event *e)
{
	uint8_t room[HW_TIME_TEXT_MAX];

	hw_line_add(l, hw_slice(room, (size_t)(hw_write_rfc3339(room, e->time_ns) - room)));
}

/* ---- the table: column.def ---- */

/* clang-format off */
#define PATHS(paths_) .paths = paths_
#define WRITE(function) .write = function
#define EXACTLY(function) .write_exactly = function
#define COLOR(function) .color = function

static const struct hw_column columns[] = {
#include "event/column.def"
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

/* Its number, if it is there and not 0, which most use for what is not known. */
static bool number_of(const struct hw_field_at *at, const struct hw_event *event, int64_t *ret)
{
	const void *place = at->field ? hw_field_place(at->field, event) : NULL;

	return place && hw_field_number(at->field, place, ret) &&
	       (*ret || at->field->type == HW_FIELD_DURATION);
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
