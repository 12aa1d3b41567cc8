/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/fuzz/fuzz_http_parser.c - however the bytes are cut, the calls are the same */
#include "fuzz.h"

#include <string.h>

#include "http_record.h"

enum { CUTS = 8 }; /* the first bytes of an input: lengths of pieces, and options */

static void start(struct record_parser *p, const uint8_t *options, size_t memory)
{
	record_start(p, 256u << (options[0] & 7), memory);
	p->record.asked = (enum hw_http_asked)(options[1] % 3);
	if (options[1] & 64)
		hw_http_parser_midstream(&p->parser);
}

/* A gap in the middle, if the options say so: at the same place in each run. */
static void feed(struct record_parser *p, const uint8_t *options, struct hw_slice in,
		 const uint8_t *cuts)
{
	const size_t gap_at = options[1] & 128 ? in.len / 2 : in.len + 1;
	size_t at = 0;

	for (size_t i = 0; at < in.len; i++) {
		size_t len = cuts ? (size_t)cuts[i % (CUTS - 2)] + 1 : in.len;

		if (at == gap_at)
			record_gap(p, options[0]);
		len = len < in.len - at ? len : in.len - at;
		if (at < gap_at && len > gap_at - at)
			len = gap_at - at;
		record_feed(p, hw_slice(in.ptr + at, len));
		FUZZ_CHECK(hw_stats_check(&p->stats) == NULL);
		at += len;
	}
}

static void end(struct record_parser *p)
{
	FUZZ_CHECK(record_end(p, HW_HTTP_CUT_CLOSED) == 0);
	FUZZ_CHECK(hw_stats_check(&p->stats) == NULL);
	FUZZ_CHECK(p->stats.n[HW_STAT_HTTP_OPEN] == 0);
	FUZZ_CHECK(p->record.heads == p->record.dones);
}

static void with_little_memory(const uint8_t *options, struct hw_slice in)
{
	struct record_parser p;

	start(&p, options, 1 << 20);
	p.budget.max = p.budget.used + (size_t)options[2] * 64;
	feed(&p, options, in, options + 2);
	end(&p);
	record_clear(&p);
}

/* What is done with a piece of a body that nobody wants. */
enum unwanted { FED, PASSED, SPOILED };

/* Other bytes in place of those that make no difference. */
static void feed_spoiled(struct record_parser *p, struct hw_slice in)
{
	uint8_t other[256];

	memset(other, '\n', sizeof(other));
	if (hw_http_parser_ignores(&p->parser, in))
		in.ptr = other;
	record_feed(p, in);
}

static void take_unwanted(struct record_parser *p, struct hw_slice in, enum unwanted how)
{
	if (how == SPOILED)
		feed_spoiled(p, in);
	else if (how == FED || !hw_http_parser_pass(&p->parser, &p->shared, in))
		record_feed(p, in);
}

static void run_unwanted(struct record_parser *p, const uint8_t *options, struct hw_slice in,
			 enum unwanted how)
{
	static const struct hw_http_reader reader = {
		.head = record_head,
		.odd = record_odd,
		.done = record_done,
	};

	start(p, options, 4 << 20);
	p->shared.reader = &reader;
	for (size_t i = 0, len; in.len > 0; i++, in = hw_slice_after(in, len)) {
		len = (size_t)options[2 + i % (CUTS - 2)] + 1;
		len = len < in.len ? len : in.len;
		take_unwanted(p, hw_slice(in.ptr, len), how);
	}
	end(p);
}

/* It is as if it was fed. */
static void take_and_compare(const uint8_t *options, struct hw_slice in, enum unwanted how)
{
	struct record_parser fed, taken;

	run_unwanted(&fed, options, in, FED);
	run_unwanted(&taken, options, in, how);
	FUZZ_CHECK(strcmp(fed.record.text, taken.record.text) == 0);
	FUZZ_CHECK(memcmp(&fed.stats, &taken.stats, sizeof(fed.stats)) == 0);
	record_clear(&fed);
	record_clear(&taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_parser whole, cut;
	struct hw_slice in;
	bool is_http;

	if (size < CUTS)
		return 0;
	in = hw_slice(data + CUTS, size - CUTS);
	start(&whole, data, 4 << 20);
	feed(&whole, data, in, NULL);
	/* Not HTTP: there the beginnings of pieces are looked at. */
	is_http = hw_http_parser_skippable(&whole.parser) != UINT64_MAX;
	end(&whole);

	start(&cut, data, 4 << 20);
	feed(&cut, data, in, data + 2);
	end(&cut);
	if (is_http && !(data[1] & 128)) {
		FUZZ_CHECK(strcmp(whole.record.text, cut.record.text) == 0);
		FUZZ_CHECK(memcmp(&whole.stats, &cut.stats, sizeof(cut.stats)) == 0);
	}
	record_clear(&whole);
	record_clear(&cut);
	with_little_memory(data, in);
	take_and_compare(data, in, PASSED);
	take_and_compare(data, in, SPOILED);
	return 0;
}
