/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_records.c - any bytes as the records of a capture file
 *
 * As they are where they were read, and where they are mapped, of which nothing but what is looked at
 * is copied: the same frames, and the same words about what is wrong.
 */
#include "fuzz.h"

#include <string.h>

#include "source/pcap.h"
#include "source/pcapng.h"

enum { BATCH = 64, INPUT_MAX = 65536 };

struct answer {
	struct hw_frame frames[BATCH];
	struct hw_record_batch b;
	enum hw_record_status status;
};

static void read_pcap(struct hw_slice in, struct answer *a)
{
	struct hw_pcap p;
	const uint8_t *source = a->b.source;

	a->status = hw_pcap_init(&p, in, 1, &a->b);
	if (a->status != HW_RECORD_OK)
		return;
	a->b.source = source ? source + a->b.used : NULL;
	a->status = hw_pcap_read(&p, hw_slice_after(in, a->b.used), &a->b);
}

static void read_pcapng(struct hw_slice in, struct answer *a)
{
	struct hw_pcapng p;

	hw_pcapng_init(&p, 1);
	a->status = hw_pcapng_read(&p, in, &a->b);
	hw_pcapng_clear(&p);
}

/* `source`: where `in` is mapped, or NULL. */
static void read_records(struct hw_slice in, const uint8_t *source, bool is_pcapng,
			 struct answer *a)
{
	*a = (struct answer){ .b = { .frames = a->frames, .max = BATCH, .source = source } };
	if (is_pcapng)
		read_pcapng(in, a);
	else
		read_pcap(in, a);
}

/* The header of a file is always read. */
static struct hw_slice make_place(const uint8_t *data, size_t size, bool is_pcapng)
{
	const size_t header = is_pcapng ? 0 : size < 24 ? size : 24;
	uint8_t *place = calloc(1, size);

	if (!place)
		abort();
	memcpy(place, data, header);
	return hw_slice(place, size);
}

static void check_frame(const struct hw_frame *read, const struct hw_frame *mapped)
{
	const size_t there = mapped->rest ? HW_FRAME_HEAD : mapped->len;

	FUZZ_CHECK(read->len == mapped->len && read->wire_len == mapped->wire_len);
	FUZZ_CHECK(read->time_ns == mapped->time_ns && read->number == mapped->number);
	FUZZ_CHECK(read->linktype == mapped->linktype && read->direction == mapped->direction);
	FUZZ_CHECK(memcmp(read->data, mapped->data, there) == 0);
	if (mapped->rest)
		FUZZ_CHECK(memcmp(read->data + there, mapped->rest, read->len - there) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answer read, mapped;
	struct hw_slice place;
	bool is_pcapng;

	if (size < 4 || size > INPUT_MAX)
		return 0;
	is_pcapng = hw_pcapng_has_magic(data);
	place = make_place(data, size, is_pcapng);
	read_records(hw_slice(data, size), NULL, is_pcapng, &read);
	read_records(place, data, is_pcapng, &mapped);
	FUZZ_CHECK(read.status == mapped.status && read.b.nr == mapped.b.nr);
	FUZZ_CHECK(read.b.used == mapped.b.used && read.b.want == mapped.b.want);
	FUZZ_CHECK(read.status != HW_RECORD_BAD || strcmp(read.b.fault, mapped.b.fault) == 0);
	for (size_t i = 0; i < read.b.nr; i++)
		check_frame(&read.frames[i], &mapped.frames[i]);
	free((uint8_t *)(uintptr_t)place.ptr);
	return 0;
}
