/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_report.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/stats.h"
#include "cli/report.h"

static const struct hw_counter counters[] = {
	{ "packets", "read", "packets given to the engine", 32 },
	{ "packets", "bytes", "captured bytes", 4563 },
	{ "packets", "tcp", "decoded as TCP", 31 },
	{ "packets", "udp", "decoded as UDP", 0 },
	{ "packets", "bad_checksum", "with a wrong checksum, dropped; --checksums=off takes them",
	  1 },
	{ "connections", "seen", "TCP connections seen", 0 },
	{ "messages", "begun", "HTTP messages", 1200 },
	{ "messages", "incomplete_gap", "head cut by bytes never captured", 1200 },
	{ "later", "a_new_one", "added by somebody else", 7 },
	{ "packets", "late", "of a stage that was there before", 1 },
};
enum { COUNTER_NR = sizeof(counters) / sizeof(counters[0]) };

typedef void print_fn(FILE *out, const struct hw_counter *counters, size_t nr);

static void assert_prints(print_fn *print, const struct hw_counter *c, size_t nr, const char *want)
{
	char *got;
	size_t len;
	FILE *out = open_memstream(&got, &len);

	assert_non_null(out);
	print(out, c, nr);
	fclose(out);
	assert_string_equal(got, want);
	free(got);
}

static void print_unbound(FILE *out, const struct hw_counter *c, size_t nr)
{
	hw_report_text(out, c, nr, 0);
}

static void tells_people_what_was_done_and_lost(void **state)
{
	(void)state;
	assert_prints(
		print_unbound, counters, COUNTER_NR,
		"32 packets read, 4563 bytes, 31 TCP\n"
		"0 connections\n"
		"1200 messages\n"
		"packets   bad_checksum       1  with a wrong checksum, dropped; --checksums=off takes them\n"
		"messages  incomplete_gap  1200  head cut by bytes never captured\n"
		"later     a_new_one          7  added by somebody else\n"
		"packets   late               1  of a stage that was there before\n");
}

static void one_is_not_several(void **state)
{
	static const struct hw_counter ones[] = {
		{ "packets", "read", "", 1 },	    { "packets", "bytes", "", 1 },
		{ "packets", "tcp", "", 1 },	    { "connections", "seen", "", 1 },
		{ "messages", "begun", "", 1 },	    { "messages", "requests", "", 1 },
		{ "messages", "responses", "", 1 }, { "exchanges", "paired", "", 1 },
		{ "dns", "messages", "", 1 },	    { "events", "written", "", 1 },
	};

	(void)state;
	assert_prints(print_unbound, ones, sizeof(ones) / sizeof(ones[0]),
		      "1 packet read, 1 byte, 1 TCP\n"
		      "1 connection\n"
		      "1 message, 1 request, 1 response\n"
		      "1 exchange\n"
		      "1 DNS message\n"
		      "1 event written\n");
}

static void print_within_54(FILE *out, const struct hw_counter *c, size_t nr)
{
	hw_report_text(out, c, nr, 54);
}

static void print_within_20(FILE *out, const struct hw_counter *c, size_t nr)
{
	hw_report_text(out, c, nr, 20);
}

/* What is broken by the terminal itself is broken within words, and at its edge. */
static void a_meaning_is_folded_on_a_terminal(void **state)
{
	static const struct hw_counter some[] = {
		{ "live", "packets_seen", "packets of TCP sockets (and of DNS, if asked for)", 9 },
		{ "tcp", "gaps", "places where bytes were lost", 1 },
		{ "tcp", "odd", "averylongwordthathasnoblankanywhere", 1 },
	};

	(void)state;
	assert_prints(print_within_54, some, 3,
		      "live  packets_seen  9  packets of TCP sockets (and of\n"
		      "                       DNS, if asked for)\n"
		      "tcp   gaps          1  places where bytes were lost\n"
		      "tcp   odd           1  averylongwordthathasnoblankanywhere\n");
	/* Where there is no room for it beside the rest it is as it is. */
	assert_prints(print_within_20, &some[1], 1, "tcp  gaps  1  places where bytes were lost\n");
}

static void tells_programs_everything(void **state)
{
	(void)state;
	assert_prints(hw_report_json, counters, COUNTER_NR,
		      "{\"event\":\"stats\","
		      "\"packets\":{\"read\":32,\"bytes\":4563,\"tcp\":31,\"udp\":0,"
		      "\"bad_checksum\":1,\"late\":1},"
		      "\"connections\":{\"seen\":0},"
		      "\"messages\":{\"begun\":1200,\"incomplete_gap\":1200},"
		      "\"later\":{\"a_new_one\":7}}\n");
	assert_prints(hw_report_json, counters, 0, "{\"event\":\"stats\"}\n");
}

/* Whatever is counted under the name of a loss has a line of its own. */
static void shows_every_loss(void **state)
{
	static const char *const losses[] = { "bad_",	 "incomplete_", "lost",	      "evicted",
					      "gap",	 "refused",	"over_limit", "truncated",
					      "expired", "timed_out",	"conflicts",  "malformed",
					      "ignored", "midstream",	"not_http_" };

	(void)state;
	for (int i = 0; i < HW_STAT_NR; i++) {
		const struct hw_stat_info *info = hw_stat_info((enum hw_stat)i);
		const struct hw_counter one = { info->stage, info->name, info->meaning, 5 };
		bool is_loss = false;
		char *got;
		size_t len;
		FILE *out = open_memstream(&got, &len);

		assert_non_null(out);
		hw_report_text(out, &one, 1, 0);
		fclose(out);
		for (size_t j = 0; j < sizeof(losses) / sizeof(losses[0]); j++)
			is_loss |= strstr(info->name, losses[j]) != NULL;
		if (is_loss)
			assert_non_null(strstr(got, info->meaning));
		free(got);
	}
}

/* Beside them are counters of segments and places. */
static void what_is_bytes_says_so(void **state)
{
	static const enum hw_stat bytes[] = { HW_STAT_TCP_BYTES,   HW_STAT_TCP_DUPLICATE,
					      HW_STAT_TCP_REFUSED, HW_STAT_TCP_OVER_LIMIT,
					      HW_STAT_TCP_PENDING, HW_STAT_TCP_GAP_BYTES,
					      HW_STAT_TCP_LEFT_OUT };

	(void)state;
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++)
		assert_non_null(strstr(hw_stat_info(bytes[i])->meaning, "bytes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_people_what_was_done_and_lost),
		cmocka_unit_test(one_is_not_several),
		cmocka_unit_test(a_meaning_is_folded_on_a_terminal),
		cmocka_unit_test(tells_programs_everything),
		cmocka_unit_test(shows_every_loss),
		cmocka_unit_test(what_is_bytes_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
