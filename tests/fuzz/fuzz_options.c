/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_options.c - any command line is taken, or refused with words
 *
 * The input is the words, each with a NUL behind it. A refusal is one to three lines that
 * a terminal shows as they are; what is taken is within its limits, and taken again alike.
 */
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/options.h"
#include "fuzz.h"

enum { WORDS = 24, SIZE_LIMIT = 1024, LINES = 3 };

struct command_line {
	int argc;
	char *argv[WORDS + 2];
	char text[SIZE_LIMIT + 1];
};

static void split(struct command_line *c, const uint8_t *data, size_t size)
{
	static char name[] = "httpwire";
	char *at = c->text;

	memcpy(c->text, data, size);
	c->text[size] = '\0';
	c->argv[0] = name;
	c->argc = 1;
	while (at < c->text + size && c->argc <= WORDS) {
		c->argv[c->argc++] = at;
		at += strlen(at) + 1;
	}
	c->argv[c->argc] = NULL;
}

/* Devices and pipes are read to their end, which some have not; others' files change. */
static bool reads_no_file(const struct command_line *c)
{
	for (int i = 1; i < c->argc; i++)
		if (strchr(c->argv[i], '/'))
			return false;
	return true;
}

static void check_said(const char *said, size_t len, int code)
{
	size_t lines = 0;

	FUZZ_CHECK(code == 0 || len > 0);
	for (size_t i = 0; i < len; i++) {
		FUZZ_CHECK((uint8_t)said[i] >= 0x20 || said[i] == '\n');
		FUZZ_CHECK(said[i] != 0x7f);
		lines += said[i] == '\n';
	}
	FUZZ_CHECK(lines <= LINES);
	FUZZ_CHECK(len == 0 || said[len - 1] == '\n');
}

static void check_taken(const struct hw_options *o)
{
	FUZZ_CHECK(o->action <= HW_ACTION_COLUMNS);
	if (o->action != HW_ACTION_RUN)
		return;
	FUZZ_CHECK(o->format <= HW_FORMAT_CURL);
	FUZZ_CHECK(o->engine.max_head <= o->engine.max_memory);
	FUZZ_CHECK((o->shown & ~o->engine.events) == 0);
	FUZZ_CHECK(o->files_nr == 0 || o->interfaces_nr == 0);
	FUZZ_CHECK(o->engine.dns_ports_nr <= HW_DNS_PORTS_MAX);
}

/* Parse, with what is said on standard error in *ret. */
static int parse(struct hw_options *o, const uint8_t *data, size_t size, char **ret,
		 size_t *ret_len)
{
	FILE *const real = stderr;
	struct command_line c;
	int code;

	split(&c, data, size);
	stderr = open_memstream(ret, ret_len);
	if (!stderr)
		abort();
	code = hw_options_parse(o, c.argc, c.argv);
	fclose(stderr);
	stderr = real;
	FUZZ_CHECK(code == 0 || code == HW_EXIT_USAGE);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct command_line c;
	struct hw_options one, other;
	char *said, *said_again;
	size_t len, len_again;
	int code;

	if (size > SIZE_LIMIT)
		return 0;
	split(&c, data, size);
	if (!reads_no_file(&c))
		return 0;
	code = parse(&one, data, size, &said, &len);
	check_said(said, len, code);
	if (code == 0)
		check_taken(&one);
	FUZZ_CHECK(parse(&other, data, size, &said_again, &len_again) == code);
	FUZZ_CHECK(strcmp(said, said_again) == 0);
	FUZZ_CHECK(one.action == other.action);
	hw_options_clear(&one);
	hw_options_clear(&other);
	free(said);
	free(said_again);
	return 0;
}
