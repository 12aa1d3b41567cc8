/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/fields.c - see fields.h */
#include "cli/fields.h"

#include <fnmatch.h>
#include <string.h>

#include "cli/message.h"
#include "event/table.h"
#include "query/terms.h"

#define ALL_EVENTS ((1u << HW_TYPE_NR) - 1)

static bool is_like(const char *name, const char *pattern)
{
	if (strpbrk(pattern, "*?"))
		return fnmatch(pattern, name, 0) == 0;
	return strstr(name, pattern) != NULL;
}

static bool is_wanted(const char *name, const char *const *patterns, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (is_like(name, patterns[i]))
			return true;
	return nr == 0;
}

/* Meanings have quotes, but no other byte that JSON escapes. */
static void print_json_text(FILE *out, const char *text)
{
	for (; *text; text++)
		fprintf(out, *text == '"' ? "\\%c" : "%c", *text);
}

/* Whether `type` is the base of others whose names go on behind its own, and all are in `events`. */
static bool is_family(const struct hw_event_type *type, uint32_t events, uint32_t *ret)
{
	const size_t len = strlen(type->name);

	*ret = 0;
	for (size_t i = 0; i < HW_TYPE_NR; i++) {
		const char *name = hw_event_types[i].name;

		if (strncmp(name, type->name, len) == 0 && (!name[len] || name[len] == '_'))
			*ret |= 1u << i;
	}
	return (events & *ret) == *ret && (*ret & (*ret - 1));
}

/* In text net_packet_http* is that and its requests and responses. */
static void print_events(FILE *out, uint32_t events)
{
	const char *before = "";

	for (size_t i = 0; i < HW_TYPE_NR; i++) {
		const struct hw_event_type *type = &hw_event_types[i];
		uint32_t family;

		if (!(events & 1u << i))
			continue;
		fprintf(out, "%s%s", before, type->name);
		if (is_family(type, events, &family)) {
			fputc('*', out);
			events &= ~family;
		}
		before = ", ";
	}
}

/* What all events have needs no list, and of most it is shorter to say which have it not. */
static void print_text(FILE *out, const struct hw_query_field *f)
{
	const uint32_t events = hw_query_field_events(f), others = ALL_EVENTS & ~events;
	const bool are_most = __builtin_popcount(events) > __builtin_popcount(others);

	fprintf(out, "%-33s  %-12s  %s", f->name, hw_query_type_name(f), f->meaning);
	if (others) {
		fputs(are_most ? " [not " : " [", out);
		print_events(out, are_most ? others : events);
		fputc(']', out);
	}
	fputc('\n', out);
}

/* What is all that the field may be, where that is a list. */
static void print_values(FILE *out, const struct hw_query_field *f)
{
	const char *name;

	if (!f->value_at)
		return;
	fputs("],\"values\":[", out);
	for (size_t i = 0; (name = f->value_at(i)); i++)
		fprintf(out, "%s\"%s\"", i ? "," : "", name);
}

static void print_json(FILE *out, const struct hw_query_field *f)
{
	const uint32_t events = hw_query_field_events(f);
	const char *before = "";

	fprintf(out, "{\"name\":\"%s\",\"type\":\"%s\",\"meaning\":\"", f->name,
		hw_query_type_name(f));
	print_json_text(out, f->meaning);
	fputs("\",\"events\":[", out);
	for (size_t i = 0; i < HW_TYPE_NR; i++)
		if (events & 1u << i) {
			fprintf(out, "%s\"%s\"", before, hw_event_types[i].name);
			before = ",";
		}
	print_values(out, f);
	fputs("]}\n", out);
}

static void print(FILE *out, enum hw_format format, const struct hw_query_field *f)
{
	if (format == HW_FORMAT_TEXT)
		print_text(out, f);
	else
		print_json(out, f);
}

int hw_fields_print(FILE *out, enum hw_format format, const char *const *patterns, size_t nr)
{
	const struct hw_query_field *f;
	size_t shown = 0;

	for (size_t i = 0; (f = hw_query_field_at(i)); i++) {
		if (!is_wanted(f->name, patterns, nr))
			continue;
		print(out, format, f);
		shown++;
	}
	if (shown)
		return HW_EXIT_OK;
	hw_message("no field is like '%s'", patterns[0]);
	return HW_EXIT_USAGE;
}
