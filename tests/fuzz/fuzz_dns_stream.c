/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_dns_stream.c - any bytes as DNS over TCP, cut in two ways
 *
 * The first byte says how long the pieces are. Both ways give the same messages, and
 * nothing stays taken from the budget.
 */
#include "fuzz.h"

#include "dns/stream.h"

struct seen {
	uint64_t sum;
	size_t bytes;
};

static bool message(void *ctx, struct hw_slice m)
{
	struct seen *seen = ctx;

	for (size_t i = 0; i < m.len; i++)
		seen->sum = seen->sum * 31 + m.ptr[i];
	seen->sum += m.len << 32;
	seen->bytes += m.len + 2;
	return m.ptr[0] != 0xff;
}

static struct seen read_in_pieces(struct hw_slice in, size_t piece)
{
	struct hw_budget budget = { .max = 1 << 20 };
	const struct hw_dns_reader reader = { .message = message, .budget = &budget };
	struct hw_dns_stream s = { 0 };
	const size_t whole = in.len;
	struct seen seen = { 0 };

	while (in.len) {
		const size_t len = in.len < piece ? in.len : piece;

		hw_dns_stream_feed(&s, &reader, &seen, hw_slice(in.ptr, len));
		in = hw_slice_after(in, len);
	}
	if (!hw_dns_stream_is_stopped(&s))
		FUZZ_CHECK(seen.bytes + hw_dns_stream_held(&s) == whole);
	hw_dns_stream_clear(&s);
	FUZZ_CHECK(budget.used == 0 && budget.peak <= 65535 + 2);
	return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole, cut;

	if (size < 2)
		return 0;
	whole = read_in_pieces((struct hw_slice){ data + 1, size - 1 }, size);
	cut = read_in_pieces((struct hw_slice){ data + 1, size - 1 }, (size_t)data[0] + 1);
	FUZZ_CHECK(whole.sum == cut.sum && whole.bytes == cut.bytes);
	return 0;
}
