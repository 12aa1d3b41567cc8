/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_body.c - whatever a body is, it is decoded within its bounds
 *
 * The first byte chooses the codings, the second how much is kept, the third in what pieces
 * the rest is fed: the same has to come out as of all at once.
 */
#include "base/budget.h"
#include "exchange/body.h"
#include "fuzz.h"

enum { RATIO = 50 };

static const char *const encodings[] = { "",	 "gzip",       "deflate",    "br",
					 "zstd", "x-gzip, br", "zstd, gzip", "deflate, deflate" };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static struct hw_body *fed(const uint8_t *data, size_t size, size_t piece, size_t max,
			   struct hw_budget *budget)
{
	const struct hw_body_options options = { .max = max, .ratio = RATIO };
	const char *encoding = encodings[data[0] % (sizeof(encodings) / sizeof(encodings[0]))];
	const struct hw_http_field field = { .name = HW_SLICE("Content-Encoding"),
					     .value = hw_slice_text(encoding) };
	const struct hw_http_message m = { .fields = &field, .fields_nr = 1 };
	struct hw_body *b;

	hw_body_new(&b, &options, &m, budget);
	for (size_t at = 3; b && at < size; at += piece)
		hw_body_feed(b, hw_slice(data + at, least(piece, size - at)));
	return b;
}

static void check(const struct hw_exchange_body *told, size_t size, size_t max, bool is_coded)
{
	FUZZ_CHECK(told->kept.len <= max);
	FUZZ_CHECK(told->decoded_size >= told->kept.len ||
		   (told->decoded_size == 0 && told->text.len && told->problem.len));
	FUZZ_CHECK(!is_coded || told->decoded_size <= (uint64_t)RATIO * size);
	FUZZ_CHECK(told->text.len == 0 || told->binary.len == 0);
	FUZZ_CHECK(told->text.len + told->binary.len <= told->kept.len);
	FUZZ_CHECK(told->text.len + told->binary.len + 3 >= told->kept.len);
}

static void check_same(const struct hw_exchange_body *a, const struct hw_exchange_body *b)
{
	FUZZ_CHECK(a->decoded_size == b->decoded_size);
	FUZZ_CHECK(hw_slice_eq(a->kept, b->kept));
	FUZZ_CHECK(a->text.len == b->text.len && a->is_cut == b->is_cut);
	FUZZ_CHECK(hw_slice_eq(a->problem, b->problem));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hw_budget budget = { .max = (size_t)64 << 20 }, low = { .max = 1 << 15 };
	struct hw_exchange_body whole = { 0 }, pieces = { 0 };
	struct hw_body *a, *b;
	size_t max;

	if (size < 3 || size > 1 << 16)
		return 0;
	max = (size_t)1 << data[1] % 18;
	a = fed(data, size, size, max, &budget);
	b = fed(data, size, (size_t)data[2] * 16 + 1, max, &budget);
	FUZZ_CHECK(a && b);
	hw_body_tell(a, true, &whole);
	hw_body_tell(b, true, &pieces);
	check(&whole, size, max, data[0] % 8 != 0);
	check_same(&whole, &pieces);
	hw_body_free(a);
	hw_body_free(b);
	FUZZ_CHECK(budget.used == 0);

	b = fed(data, size, size, max, &low);
	if (b)
		hw_body_tell(b, false, &pieces);
	hw_body_free(b);
	FUZZ_CHECK(low.used == 0);
	return 0;
}
