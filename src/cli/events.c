/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/events.c - see events.h */
#include "cli/events.h"

#include <string.h>

#include "cli/message.h"
#include "cli/schema.h"
#include "cli/suggest.h"
#include "event/table.h"

static const struct {
	const char *name;
	uint8_t bit;
} sets[] = {
	{ "default", HW_SET_DEFAULT },
	{ "exchanges", HW_SET_EXCHANGES },
	{ "flows", HW_SET_FLOWS },
	{ "network_events", HW_SET_NETWORK_EVENTS },
};
enum { SET_NR = sizeof(sets) / sizeof(sets[0]) };

/* The i-th event that can be chosen; NULL after the last. Internal ones are behind those. */
static const struct hw_event_type *type_at(size_t i)
{
	return i < HW_TYPE_NR ? &hw_event_types[i] : NULL;
}

static bool is_name(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* The sets that a word names: of an event 0, and of what is none. */
static uint8_t find_set(const char *word, size_t len)
{
	for (size_t i = 0; i < SET_NR; i++)
		if (is_name(word, len, sets[i].name))
			return sets[i].bit;
	return 0;
}

/* The bits that a word stands for; 0: not known. */
static uint32_t find(const char *word, size_t len)
{
	const uint8_t set = find_set(word, len);
	const struct hw_event_type *type;
	uint32_t bits = 0;

	for (size_t i = 0; (type = type_at(i)); i++)
		if ((type->sets & set) != 0 || is_name(word, len, type->name))
			bits |= 1u << type->index;
	return bits;
}

static const char *nearest(const char *word, size_t len)
{
	const struct hw_event_type *type;
	struct hw_suggest s;

	hw_suggest_init(&s, word, len);
	for (size_t i = 0; (type = type_at(i)); i++)
		hw_suggest_offer(&s, type->name);
	for (size_t i = 0; i < SET_NR; i++)
		hw_suggest_offer(&s, sets[i].name);
	return s.best;
}

static void say_unknown(const char *word, size_t len, char *ret, size_t max)
{
	const char *best = nearest(word, len);
	const int shown = len < 100 ? (int)len : 100;

	if (best)
		snprintf(ret, max, "'%.*s' is not an event (did you mean '%s'?)", shown, word,
			 best);
	else
		snprintf(ret, max, "'%.*s' is not an event; 'httpwire events' lists them", shown,
			 word);
}

bool hw_events_select(const char *list, uint32_t *events, char *ret_error, size_t error_max)
{
	uint32_t selected = *events;

	for (const char *next = list;; next++) {
		const bool remove = *next == '-';
		size_t len;
		uint32_t bits;

		next += remove;
		len = strcspn(next, ",");
		bits = find(next, len);
		if (bits == 0) {
			say_unknown(next, len, ret_error, error_max);
			return false;
		}
		selected = remove ? selected & ~bits : selected | bits;
		next += len;
		if (*next == '\0')
			break;
	}
	*events = selected;
	return true;
}

/* ---- listing ---- */

static const char *type_name(const struct hw_field *f)
{
	switch ((enum hw_field_type)f->type) {
	case HW_FIELD_TEXT:
	case HW_FIELD_SHORT_TEXT:
	case HW_FIELD_HEX64:
	case HW_FIELD_MADE_TEXT:
	case HW_FIELD_CONSTANT:
	case HW_FIELD_EVENT_ID:
	case HW_FIELD_EVENT_NAME:
	case HW_FIELD_BASE64:
		return "text";
	case HW_FIELD_U8:
	case HW_FIELD_U16:
	case HW_FIELD_U32:
	case HW_FIELD_U64:
	case HW_FIELD_I32:
	case HW_FIELD_I64:
	case HW_FIELD_DURATION:
	case HW_FIELD_TIME:
	case HW_FIELD_DIRECTION:
	case HW_FIELD_ARGS_NR:
		return "number";
	case HW_FIELD_BOOL:
		return "boolean";
	case HW_FIELD_ANOMALIES:
	case HW_FIELD_TEXTS:
	case HW_FIELD_DNS_TXTS:
	case HW_FIELD_DNS_OPTIONS:
	case HW_FIELD_LIST:
	case HW_FIELD_ARGS:
		return "list";
	case HW_FIELD_HEADERS:
	case HW_FIELD_OBJECT:
	case HW_FIELD_EXTRA:
		return "object";
	case HW_FIELD_RAW:
		break;
	}
	return "json";
}

/*
 * Tables are nested at most this deep: an argument, a DNS record, what is in it. The
 * deepest path is proto_dns.answers.SOA.minimum.
 */
enum { PATH_MAX_BYTES = 128 };

/* What is done with each field; `path` is its place in form A. */
typedef void field_fn(FILE *out, const char *path, const struct hw_field *f, bool first);

static void each_field(FILE *out, const char *prefix, const struct hw_field *fields, field_fn *fn,
		       bool first)
{
	for (const struct hw_field *f = fields; f && f->name; f++, first = false) {
		char path[PATH_MAX_BYTES];

		snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "." : "", f->name);
		fn(out, path, f, first);
		each_field(out, path, f->fields, fn, false);
	}
}

enum {
	MEANING = 36, /* column where the meaning of a field starts */
	WIDTH = 80,
};

/* Print `text`, which has single blanks between its words, from column MEANING on. */
static void print_meaning(FILE *out, const char *text)
{
	int column = MEANING;

	while (*text) {
		const int word = (int)strcspn(text, " ");

		if (column > MEANING && column + 1 + word > WIDTH) {
			fprintf(out, "\n%*s", MEANING, "");
			column = MEANING;
		}
		column += fprintf(out, "%s%.*s", column > MEANING ? " " : "", word, text);
		text += word;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void print_field_text(FILE *out, const char *path, const struct hw_field *f, bool first)
{
	const int column = fprintf(out, "  %-25s %s", path, type_name(f));

	(void)first;
	if (column < MEANING)
		fprintf(out, "%*s", MEANING - column, "");
	else
		fprintf(out, "\n%*s", MEANING, "");
	print_meaning(out, f->meaning);
}

static void print_sets(FILE *out, uint8_t which, const char *before, const char *between)
{
	for (size_t i = 0; i < SET_NR; i++)
		if (which & sets[i].bit) {
			fprintf(out, "%s%s", before, sets[i].name);
			before = between;
		}
}

/* What may be odd about a message. */
static void print_anomalies(FILE *out)
{
	fputs("\nanomalies, by name, with what they break or hint at:\n\n", out);
	for (int a = 0; a < HW_ANOMALY_NR; a++) {
		const struct hw_anomaly_info *info = hw_anomaly_info((enum hw_anomaly)a);

		fprintf(out, "  %-25s %s\n%*s", info->name, info->source, MEANING, "");
		print_meaning(out, info->meaning);
	}
}

static void print_text(FILE *out, const struct hw_event_type *type, bool fields)
{
	if (!fields) {
		fprintf(out, "%-25s %-33s", type->name, type->summary);
		print_sets(out, type->sets, " ", ", ");
		fputc('\n', out);
		return;
	}
	fprintf(out, "%s (%u): %s\n", type->name, type->id, type->summary);
	print_sets(out, type->sets, "in the sets ", ", ");
	fprintf(out, "\nmade of %s\n", type->depends);
	each_field(out, "", type->args, print_field_text, true);
	each_field(out, "httpwire", type->extra, print_field_text, true);
	if (type->has_http || type->has_exchange)
		print_anomalies(out);
}

static void print_field_json(FILE *out, const char *path, const struct hw_field *f, bool first)
{
	fprintf(out, "%s{\"path\":\"%s\",\"type\":\"%s\",\"meaning\":", first ? "" : ",", path,
		type_name(f));
	hw_schema_print_text(out, f->meaning);
	fputc('}', out);
}

/* The pieces of `text` between any of `ends`, as a list. */
static void print_json_list(FILE *out, const char *key, const char *text, const char *ends)
{
	const char *before = "";

	fprintf(out, ",\"%s\":[", key);
	for (text += strspn(text, ends); *text; text += strspn(text, ends)) {
		const size_t len = strcspn(text, ends);

		fprintf(out, "%s\"%.*s\"", before, (int)len, text);
		before = ",";
		text += len;
	}
	fputc(']', out);
}

static void print_json_prose(FILE *out, const struct hw_event_type *type)
{
	fputs(",\"description\":", out);
	hw_schema_print_text(out, type->description);
	print_json_list(out, "depends", type->depends ? type->depends : "", " ");
	print_json_list(out, "use_cases", type->use_cases, "\n");
	print_json_list(out, "related", type->related, " ");
}

static void print_about(FILE *out, const struct hw_event_type *type)
{
	fprintf(out, "\"name\":\"%s\",\"id\":%u,\"sets\":[", type->name, type->id);
	print_sets(out, type->sets, "\"", "\",\"");
	fputs(type->sets ? "\"]" : "]", out);
	fputs(",\"summary\":", out);
	hw_schema_print_text(out, type->summary);
}

/* The schema, and what else is known of the event as an annotation of it. */
static void print_schema(FILE *out, const struct hw_event_type *type,
			 const struct hw_schema_options *schema)
{
	fputc('{', out);
	hw_schema_print(out, type, schema);
	fputs(",\"x-httpwire\":{", out);
	print_about(out, type);
	print_json_prose(out, type);
	fputs(",\"fields\":[", out);
	each_field(out, "", type->args, print_field_json, true);
	each_field(out, "httpwire", type->extra, print_field_json, false);
	fputs("]}}\n", out);
}

static void print_json(FILE *out, const struct hw_event_type *type, bool fields,
		       const struct hw_schema_options *schema)
{
	if (fields) {
		print_schema(out, type, schema);
		return;
	}
	fputc('{', out);
	print_about(out, type);
	fputs("}\n", out);
}

static bool is_wanted(const struct hw_event_type *type, const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (find(names[i], strlen(names[i])) & 1u << type->index)
			return true;
	return nr == 0;
}

/* The events that others are made of; an empty line before them. */
static void print_inner(FILE *out)
{
	fputs("\ninner events, which the others are made of and which are not printed:\n\n", out);
	for (size_t i = HW_TYPE_NR; i < hw_event_types_nr; i++) {
		const struct hw_event_type *type = &hw_event_types[i];

		if (type->depends)
			fprintf(out, "%-25s %-33s made of %s\n", type->name, type->summary,
				type->depends);
		else
			fprintf(out, "%-25s %s\n", type->name, type->summary);
	}
}

int hw_events_print(FILE *out, const struct hw_schema_options *form, const char *const *names,
		    size_t nr)
{
	const struct hw_event_type *type;
	bool fields = false;
	char error[256];

	/* A set lists its events; the name of an event shows its fields. */
	for (size_t i = 0; i < nr; i++) {
		if (find(names[i], strlen(names[i])) == 0) {
			say_unknown(names[i], strlen(names[i]), error, sizeof(error));
			hw_message("%s", error);
			return HW_EXIT_USAGE;
		}
		fields |= find_set(names[i], strlen(names[i])) == 0;
	}
	for (size_t i = 0; (type = type_at(i)); i++) {
		if (!is_wanted(type, names, nr))
			continue;
		if (form->format == HW_FORMAT_TEXT)
			print_text(out, type, fields);
		else
			print_json(out, type, fields, form);
	}
	if (form->format == HW_FORMAT_TEXT && nr == 0)
		print_inner(out);
	return HW_EXIT_OK;
}
