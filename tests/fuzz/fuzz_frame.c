/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_frame.c - frames into the decoder
 *
 * Two bytes of options, then frames, each with its link type (one byte, an index), length
 * (two bytes) and by how much it was cut (one byte): several, so that fragments meet. Plain
 * frames have a shorter way: what it gives is compared with what the walk gives.
 */
#include "fuzz.h"

#include "base/bytes.h"
#include "walked.h"
#include "wire/decode.h"

static const uint16_t linktypes[16] = { 1,   0,	  9,   12,  50,	 51,  101, 104,
					105, 108, 113, 127, 228, 229, 239, 276 };

/* The sum of the bytes: reads all of them, so that a sanitizer sees a slice that is wrong. */
static unsigned touch(struct hw_slice s)
{
	unsigned sum = 0;

	for (size_t i = 0; i < s.len; i++)
		sum += s.ptr[i];
	return sum;
}

static bool is_within(struct hw_slice inner, struct hw_slice outer)
{
	return inner.len == 0 ||
	       (inner.ptr >= outer.ptr && inner.ptr + inner.len <= outer.ptr + outer.len);
}

/* So that the reads of what was decoded are not left out. */
static volatile unsigned touched __attribute__((used));

static void check_packet(enum hw_wire_kind kind, const struct hw_packet *p,
			 const struct hw_frame *frame)
{
	const bool has_header = kind == HW_WIRE_TCP || kind == HW_WIRE_UDP || kind == HW_WIRE_ICMP;

	if (kind == HW_WIRE_NONE)
		return;
	FUZZ_CHECK(p->frame == frame);
	FUZZ_CHECK(p->ip_version == 4 || p->ip_version == 6);
	FUZZ_CHECK(p->ip.len >= 20);
	FUZZ_CHECK(is_within(p->transport, p->ip));
	FUZZ_CHECK(is_within(p->payload, p->transport));
	FUZZ_CHECK(is_within(p->options, p->transport));
	FUZZ_CHECK(p->payload.len <= p->payload_len);
	FUZZ_CHECK(p->tunnels <= 8);
	FUZZ_CHECK(has_header || p->payload.len == 0);
	FUZZ_CHECK(!p->is_fragment || kind == HW_WIRE_IP);
	touched = touch(p->ip);
}

static uint64_t reasons(const struct hw_stats *s)
{
	uint64_t sum = 0;

	for (int i = HW_STAT_PACKETS_TCP; i <= HW_STAT_PACKETS_BAD_CHECKSUM; i++)
		sum += s->n[i];
	return sum;
}

/* In a block of its own, so that a read behind its end is seen. */
static void decode(struct hw_wire *w, struct walked *walked, struct hw_slice bytes,
		   struct hw_frame frame, struct hw_stats *stats)
{
	const uint64_t before = reasons(stats);
	uint8_t *copy = malloc(bytes.len + !bytes.len);
	struct hw_packet packet;
	enum hw_wire_kind kind;

	if (!copy)
		abort();
	memcpy(copy, bytes.ptr, bytes.len);
	frame.data = copy;
	frame.wire_len += frame.len = (uint32_t)bytes.len;
	kind = hw_wire_decode(w, &frame, &packet);
	check_packet(kind, &packet, &frame);
	FUZZ_CHECK(reasons(stats) == before + 1);
	FUZZ_CHECK(walked_is_same(walked, &frame, w, kind, &packet));
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hw_cursor c = hw_cursor(hw_slice(data, size));
	struct hw_budget budget = { .max = 8 << 20 };
	struct hw_stats stats = { 0 };
	struct hw_wire_options options = { 0 };
	struct walked walked;
	struct hw_wire *w;
	uint8_t how, seconds, linktype, cut;
	uint16_t len;
	uint64_t now = 0;

	if (!hw_cursor_u8(&c, &how) || !hw_cursor_u8(&c, &seconds))
		return 0;
	options.no_tunnels = how & 4;
	options.is_glance = how & 8;
	options.checksums = (enum hw_checksums)((how & 3) % 3);
	if (hw_wire_new(&w, &options, &budget, &stats, 1) != 0 ||
	    walked_new(&walked, &options, budget.max, 1) != 0)
		abort();

	while (hw_cursor_u8(&c, &linktype) && hw_cursor_u16be(&c, &len) && hw_cursor_u8(&c, &cut)) {
		struct hw_slice bytes;
		const struct hw_frame frame = {
			.time_ns = now += (uint64_t)seconds * 1000000000,
			.linktype = linktypes[linktype % 16],
			.wire_len = cut,
			.checksums_unset = linktype & 0x80,
		};

		if (!hw_cursor_take(&c, len, &bytes) &&
		    !hw_cursor_take(&c, hw_cursor_left(&c), &bytes))
			break;
		decode(w, &walked, bytes, frame, &stats);
		hw_wire_expire(w, now);
		hw_wire_expire(walked.wire, now);
		FUZZ_CHECK(budget.used <= budget.max / 16);
	}
	hw_wire_free(w);
	walked_free(&walked);
	FUZZ_CHECK(budget.used == 0);
	return 0;
}
