/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/columns.c - see columns.h */
#include "cli/columns.h"

#include "event/column.h"

/* Names and meanings have neither quotes nor backslashes. */
void hw_columns_print(FILE *out, enum hw_format format)
{
	const struct hw_column *c;

	for (size_t i = 0; (c = hw_column_at(i)); i++)
		if (format == HW_FORMAT_TEXT)
			fprintf(out, "%-15s %s\n", c->name, c->meaning);
		else
			fprintf(out, "{\"name\":\"%s\",\"meaning\":\"%s\"}\n", c->name, c->meaning);
}
