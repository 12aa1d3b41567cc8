/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/fields.c - see fields.h */
#include "cli/fields.h"

#include <fnmatch.h>
#include <string.h>

#include "cli/message.h"
#include "query/field.h"

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

static void print(FILE *out, enum hw_format format, const struct hw_query_field *f)
{
	if (format == HW_FORMAT_TEXT) {
		fprintf(out, "%-33s  %-12s  %s\n", f->name, hw_query_type_name(f), f->meaning);
		return;
	}
	fprintf(out, "{\"name\":\"%s\",\"type\":\"%s\",\"meaning\":\"", f->name,
		hw_query_type_name(f));
	print_json_text(out, f->meaning);
	fputs("\"}\n", out);
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
