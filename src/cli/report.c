/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/report.c - see report.h */
#include "cli/report.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sink/write.h"

enum {
	PARTS_MAX = 9,
	MEANING_MIN = 20, /* columns that it is folded to at least */
};

/* The sentences: a stage, its counters that are ordinary, and the words after them. */
static const struct sentence {
	const char *stage;
	bool always; /* said even if there was nothing of it */
	struct part {
		const char *name;
		const char *words; /* NULL: nothing to say, part of the others */
		const char *one;   /* the words after 1; NULL: the same */
	} parts[PARTS_MAX];
} sentences[] = {
	{ "packets",
	  true,
	  { { "read", "packets read", "packet read" },
	    { "bytes", "bytes", "byte" },
	    { "filtered", "left out by the filter" },
	    { "tcp", "TCP" },
	    { "udp", "UDP" },
	    { "icmp", "ICMP" },
	    { "other_protocol", "other IP" },
	    { "not_ip", "not IP" } } },
	{ "connections",
	  true,
	  { { "seen", "connections", "connection" }, { "open", "still open" } } },
	{ "tcp", false, { { "bytes", NULL }, { "delivered", NULL } } },
	{ "messages",
	  true,
	  { { "begun", "messages", "message" },
	    { "requests", "requests", "request" },
	    { "responses", "responses", "response" },
	    { "open", "still being read" },
	    { "complete", NULL } } },
	{ "exchanges",
	  false,
	  { { "paired", "exchanges", "exchange" },
	    { "unanswered", "unanswered" },
	    { "unpaired", "not paired" },
	    { "ended", NULL } } },
	{ "dns", false, { { "messages", "DNS messages", "DNS message" }, { "whole", NULL } } },
	{ "events",
	  true,
	  { { "written", "events written", "event written" },
	    { "filtered", "left out" },
	    { "made", NULL } } },
};
enum { SENTENCE_NR = sizeof(sentences) / sizeof(sentences[0]) };

static const struct hw_counter *find(const struct hw_counter *c, size_t nr, const char *stage,
				     const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (strcmp(c[i].stage, stage) == 0 && strcmp(c[i].name, name) == 0)
			return &c[i];
	return NULL;
}

static bool is_ordinary(const struct hw_counter *c)
{
	for (size_t i = 0; i < SENTENCE_NR; i++) {
		if (strcmp(sentences[i].stage, c->stage) != 0)
			continue;
		for (const struct part *p = sentences[i].parts; p->name; p++)
			if (strcmp(p->name, c->name) == 0)
				return true;
	}
	return false;
}

static const char *words_for(const struct part *p, uint64_t value)
{
	return value == 1 && p->one ? p->one : p->words;
}

/* What is 0 is left out, but for the first part of what is always said. */
static void print_sentence(FILE *out, const struct sentence *s, const struct hw_counter *c,
			   size_t nr)
{
	bool begun = false;

	for (const struct part *p = s->parts; p->name; p++) {
		const struct hw_counter *counter = find(c, nr, s->stage, p->name);

		if (!counter || !p->words)
			continue;
		if (counter->value == 0 && (begun || !s->always))
			continue;
		fprintf(out, "%s%" PRIu64 " %s", begun ? ", " : "", counter->value,
			words_for(p, counter->value));
		begun = true;
	}
	if (begun)
		fputc('\n', out);
}

static int digits(uint64_t n)
{
	int nr = 1;

	for (; n > 9; n /= 10)
		nr++;
	return nr;
}

static int longer(int width, size_t len)
{
	return (int)len > width ? (int)len : width;
}

/* How much of the text is on a line of so many columns: to its end, or to a blank. */
static size_t fold(const char *text, size_t columns)
{
	size_t at = columns;

	if (strlen(text) <= columns)
		return strlen(text);
	while (at > 0 && text[at] != ' ')
		at--;
	return at ? at : strcspn(text, " ");
}

/* Its lines stand below each other, `indent` from the left. */
static void print_meaning(FILE *out, const char *text, int indent, size_t columns)
{
	const size_t left = (size_t)indent;
	const size_t room = columns >= left + MEANING_MIN ? columns - left : SIZE_MAX;

	for (;;) {
		const size_t len = fold(text, room);

		fprintf(out, "%.*s\n", (int)len, text);
		text += len;
		if (*text == '\0')
			return;
		text++;
		fprintf(out, "%*s", indent, "");
	}
}

void hw_report_text(FILE *out, const struct hw_counter *counters, size_t nr, size_t columns)
{
	int stage_width = 0, name_width = 0, value_width = 0;

	for (size_t i = 0; i < SENTENCE_NR; i++)
		print_sentence(out, &sentences[i], counters, nr);
	for (size_t i = 0; i < nr; i++) {
		const struct hw_counter *c = &counters[i];

		if (c->value == 0 || is_ordinary(c))
			continue;
		stage_width = longer(stage_width, strlen(c->stage));
		name_width = longer(name_width, strlen(c->name));
		value_width = longer(value_width, (size_t)digits(c->value));
	}
	for (size_t i = 0; i < nr; i++) {
		const struct hw_counter *c = &counters[i];

		if (c->value == 0 || is_ordinary(c))
			continue;
		fprintf(out, "%-*s  %-*s  %*" PRIu64 "  ", stage_width, c->stage, name_width,
			c->name, value_width, c->value);
		print_meaning(out, c->meaning, stage_width + name_width + value_width + 6, columns);
	}
}

static bool is_first_of_stage(const struct hw_counter *c, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(c[j].stage, c[i].stage) == 0)
			return false;
	return true;
}

static void print_stage(FILE *out, const struct hw_counter *c, size_t nr, const char *stage)
{
	const char *comma = "";

	fprintf(out, ",\"%s\":{", stage);
	for (size_t i = 0; i < nr; i++)
		if (strcmp(c[i].stage, stage) == 0) {
			fprintf(out, "%s\"%s\":%" PRIu64, comma, c[i].name, c[i].value);
			comma = ",";
		}
	fputc('}', out);
}

void hw_report_json(FILE *out, const struct hw_counter *counters, size_t nr)
{
	fputs("{\"event\":\"stats\"", out);
	for (size_t i = 0; i < nr; i++)
		if (is_first_of_stage(counters, i))
			print_stage(out, counters, nr, counters[i].stage);
	fputs("}\n", out);
}

/* What is written at once. */
struct piece {
	FILE *out; /* NULL: no memory */
	char *text;
	size_t len;
};

static bool begin(struct piece *p)
{
	*p = (struct piece){ NULL };
	p->out = open_memstream(&p->text, &p->len);
	return p->out != NULL;
}

static void say(struct piece *p)
{
	int error; /* there is nowhere to say so */

	if (fclose(p->out) == 0)
		hw_write_all(STDERR_FILENO, &(struct iovec){ p->text, p->len }, 1, &error);
	free(p->text);
}

void hw_report_say_text(const struct hw_counter *counters, size_t nr, size_t columns)
{
	struct piece piece;

	if (!begin(&piece))
		return;
	hw_report_text(piece.out, counters, nr, columns);
	say(&piece);
}

void hw_report_say_json(const struct hw_counter *counters, size_t nr)
{
	struct piece piece;

	if (!begin(&piece))
		return;
	hw_report_json(piece.out, counters, nr);
	say(&piece);
}
