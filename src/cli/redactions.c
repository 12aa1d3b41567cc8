/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/redactions.c - see redactions.h */
#include "cli/redactions.h"

#include <string.h>

#include "redact/rule.h"

/* Names, prefixes and meanings have neither quotes nor backslashes. */
static void print_json(FILE *out, const struct hw_redact_rule *r)
{
	fprintf(out, "{\"name\":\"%s\",\"where\":\"%s\",", r->name,
		hw_redact_where_text((enum hw_redact_where)r->where));
	if (r->prefix)
		fprintf(out, "\"prefix\":\"%s\",\"least\":%u,", r->prefix, r->least);
	fprintf(out, "\"what\":\"%s\"}\n", r->meaning);
}

static void print_text(FILE *out, const struct hw_redact_rule *r)
{
	fprintf(out, "%-30s %-17s %s", r->name,
		hw_redact_where_text((enum hw_redact_where)r->where), r->meaning);
	if (r->prefix)
		fprintf(out, ": %s", r->prefix);
	if (r->least)
		fprintf(out, " and at least %u more", r->least);
	fputc('\n', out);
}

void hw_redactions_print(FILE *out, enum hw_format format)
{
	for (size_t i = 0; i < hw_redact_rules_nr; i++)
		if (format == HW_FORMAT_TEXT)
			print_text(out, &hw_redact_rules[i]);
		else
			print_json(out, &hw_redact_rules[i]);
}
