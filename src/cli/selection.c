/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/selection.c - see selection.h */
#include "cli/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/message.h"
#include "cli/suggest.h"
#include "engine/engine.h"
#include "event/table.h"
#include "query/query.h"
#include "query/terms.h"

enum {
	NAMES_MAX = 1024, /* bytes of the names of all events */
	VALUES_MAX = 160, /* of the values of a field that a message has room for */
};

struct hw_selection {
	uint32_t made;	 /* events that are */
	uint32_t events; /* those of them that all queries so far may hold for */
	size_t nr;
	struct hw_query *queries[];
};

/* ---- what is wrong with an expression ---- */

static const char *nearest(const char *expression, const struct hw_query_error *error)
{
	const struct hw_query_field *f;
	struct hw_suggest near;
	const char *name;

	hw_suggest_init(&near, expression + error->at, error->len);
	if (error->field)
		for (size_t i = 0; (name = error->field->value_at(i)); i++)
			hw_suggest_offer(&near, name);
	else
		for (size_t i = 0; (f = hw_query_field_at(i)); i++)
			hw_suggest_offer(&near, f->name);
	return near.best;
}

/* "complete, timeout, ..." in `ret`, if there is room for all that `f` may be. */
static bool list_values(const struct hw_query_field *f, char *ret, size_t max)
{
	const char *name;
	size_t used = 0;

	for (size_t i = 0; used < max && (name = f->value_at(i)); i++)
		used += (size_t)snprintf(ret + used, max - used, "%s%s", i ? ", " : "", name);
	return used < max;
}

/* It is none of what the field may be, nor like one. */
static void complain_value(const char *from, const struct hw_query_error *error)
{
	char values[VALUES_MAX];

	if (list_values(error->field, values, sizeof(values)))
		hw_message("%s: %s: %s", from, error->text, values);
	else
		hw_message("%s: %s; 'httpwire fields -o json %s' lists them", from, error->text,
			   error->field->name);
}

static void complain(const char *from, const char *expression, const struct hw_query_error *error)
{
	const char *best = error->is_unknown_name ? nearest(expression, error) : NULL;

	if (best)
		hw_message("%s: %s (did you mean '%s'?)", from, error->text, best);
	else if (error->is_unknown_name && !error->field)
		hw_message("%s: %s; 'httpwire fields' lists them", from, error->text);
	else if (error->is_unknown_name)
		complain_value(from, error);
	else
		hw_message("%s: %s", from, error->text);
	hw_cli_show_caret(expression, error->at);
}

/* "a,b", as -e takes it: `room` has enough for all of them. */
static void list_events(uint32_t events, char room[NAMES_MAX])
{
	size_t used = 0;

	room[0] = '\0';
	for (int i = 0; i < HW_TYPE_NR; i++)
		if (events & 1u << i)
			used += (size_t)snprintf(room + used, NAMES_MAX - used, "%s%s",
						 used ? "," : "", hw_event_types[i].name);
}

/* The query `q` holds for `may` alone, and none of these is made. */
static void complain_events(const struct hw_selection *s, const char *from,
			    const struct hw_query *q, uint32_t may)
{
	const struct hw_query_field *missing = hw_query_missing(q, s->made);
	char names[NAMES_MAX];

	list_events(missing ? hw_query_field_events(missing) : may, names);
	if (missing)
		hw_message("%s: %s is of events that are not shown: -e %s", from, missing->name,
			   names);
	else if (may & s->made)
		hw_message("%s: it can hold for none of the events that the conditions before it "
			   "leave",
			   from);
	else if (names[0])
		hw_message("%s: it is of events that are not shown: -e %s", from, names);
	else
		hw_message("%s: it can hold for no event", from);
}

/* Nothing would come of it, without a word. */
static int check_events(struct hw_selection *s, const char *from, struct hw_query *q)
{
	const uint32_t may = hw_query_events(q);

	if (!(s->events & may)) {
		complain_events(s, from, q, may);
		return HW_EXIT_USAGE;
	}
	s->events &= may;
	return HW_EXIT_OK;
}

static int compile(struct hw_selection *s, const char *from, const char *expression)
{
	struct hw_query_error error;
	const int err = hw_query_new(&s->queries[s->nr], expression, &error);

	if (err == -EINVAL) {
		complain(from, expression, &error);
		return HW_EXIT_USAGE;
	}
	if (err) {
		hw_message("%s: %s", from, strerror(-err));
		return HW_EXIT_FAILED;
	}
	return check_events(s, from, s->queries[s->nr++]);
}

/* ---- where expressions come from ---- */

/* The rest of `f` as text with a NUL, at most `max` bytes. Returns 0 or negative errno. */
static int read_text(FILE *f, char *text, size_t max)
{
	const size_t len = fread(text, 1, max, f);

	text[len] = '\0';
	if (ferror(f))
		return -errno;
	return strlen(text) == len ? 0 : -EBADMSG;
}

static int compile_open_file(struct hw_selection *s, const char *path, FILE *f)
{
	const size_t max = HW_QUERY_MAX + 1; /* one too many is said by the compiler */
	char *text = malloc(max + 1);
	const int err = text ? read_text(f, text, max) : -ENOMEM;
	int code = HW_EXIT_USAGE;

	if (err)
		hw_message("%s: %s", path,
			   err == -EBADMSG ? "not a filter: it has a NUL byte" : strerror(-err));
	else
		code = compile(s, path, text);
	free(text);
	return code;
}

static int compile_file(struct hw_selection *s, const char *path)
{
	FILE *f = fopen(path, "re");
	int code;

	if (!f) {
		hw_message("%s: %s", path, strerror(errno));
		return HW_EXIT_USAGE;
	}
	code = compile_open_file(s, path, f);
	fclose(f);
	return code;
}

static int compile_shortcuts(struct hw_selection *s, const struct hw_options *o)
{
	struct hw_buf text;
	int code = HW_EXIT_OK;

	hw_buf_init(&text, SIZE_MAX / 4, NULL);
	if (hw_shortcuts_write(&o->shortcuts, &text) != 0) {
		hw_message("%s", strerror(ENOMEM));
		code = HW_EXIT_FAILED;
	} else if (text.len) {
		code = compile(s, "--host, --path, --method, --status, --errors, --port, --slow",
			       (const char *)text.ptr);
	}
	hw_buf_clear(&text);
	return code;
}

int hw_selection_new(struct hw_selection **ret, const struct hw_options *o)
{
	const size_t max = o->expressions_nr + 1; /* and the one of the shortcuts */
	struct hw_selection *s = calloc(1, sizeof(*s) + max * sizeof(s->queries[0]));
	int code;

	if (!s) {
		hw_message("%s", strerror(ENOMEM));
		return HW_EXIT_FAILED;
	}
	s->made = s->events = o->engine.events;
	code = compile_shortcuts(s, o);
	for (size_t i = 0; i < o->expressions_nr && code == HW_EXIT_OK; i++)
		code = o->expressions[i][0] == '@' ? compile_file(s, o->expressions[i] + 1)
						   : compile(s, "-Y", o->expressions[i]);
	if (code == HW_EXIT_OK && s->nr) {
		*ret = s;
		return code;
	}
	hw_selection_free(s);
	*ret = NULL;
	return code;
}

void hw_selection_free(struct hw_selection *s)
{
	for (size_t i = 0; s && i < s->nr; i++)
		hw_query_free(s->queries[i]);
	free(s);
}

struct hw_query *hw_selection_query(const struct hw_selection *s, size_t i)
{
	return s && i < s->nr ? s->queries[i] : NULL;
}

bool hw_selection_has(struct hw_selection *s, const struct hw_event *event)
{
	for (size_t i = 0; i < s->nr; i++)
		if (!hw_query_match(s->queries[i], event))
			return false;
	return true;
}

static bool reads(const struct hw_selection *s, bool (*is_read)(const struct hw_query *q))
{
	for (size_t i = 0; s && i < s->nr; i++)
		if (is_read(s->queries[i]))
			return true;
	return false;
}

/* The usual columns of text have neither fields nor routes; metrics have the ids of traces, too. */
static bool shows_all(const struct hw_options *o)
{
	return o->format != HW_FORMAT_TEXT || o->columns || o->has_metrics;
}

int hw_selection_engine(struct hw_engine **ret, const struct hw_selection *s,
			const struct hw_options *o, const struct hw_engine_options *engine)
{
	const bool has_summary = hw_options_summary_form(o) != HW_SUMMARY_NONE; /* by routes */
	struct hw_engine_options own = *engine;
	int err;

	own.no_fields = !shows_all(o) && !reads(s, hw_query_reads_fields);
	own.no_routes = !shows_all(o) && !has_summary && !reads(s, hw_query_reads_routes);
	err = hw_engine_new(ret, &own);
	if (!err && reads(s, hw_query_reads_requests))
		hw_engine_keep_requests(*ret);
	return err;
}

uint64_t hw_selection_given_up(const struct hw_selection *s)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->nr; i++)
		sum += hw_query_given_up(s->queries[i]);
	return sum;
}
