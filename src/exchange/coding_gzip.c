/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/coding_gzip.c - gzip and deflate, see coding.h */
#include "base/block.h"
#include "base/inflate.h"
#include "exchange/coding.h"

static enum hw_coding_status status_of(enum hw_inflate_status status)
{
	switch (status) {
	case HW_INFLATE_MORE:
		return HW_CODING_MORE;
	case HW_INFLATE_END:
		return HW_CODING_END;
	case HW_INFLATE_NO_MEMORY:
		return HW_CODING_NO_MEMORY;
	case HW_INFLATE_BAD:
		break;
	}
	return HW_CODING_BAD;
}

/* ---- gzip: RFC 9110 8.4.1.3 ---- */

static void *gzip_new(struct hw_budget *budget)
{
	struct hw_inflate *z;

	return hw_inflate_new(&z, HW_INFLATE_GZIP, budget) == 0 ? z : NULL;
}

static void gzip_free(void *decoder)
{
	hw_inflate_free(decoder);
}

static enum hw_coding_status gzip_decode(void *decoder, struct hw_slice *in, uint8_t *to,
					 size_t room, size_t *ret_len)
{
	return status_of(hw_inflate_some(decoder, in, to, room, ret_len));
}

static void gzip_restart(void *decoder)
{
	hw_inflate_restart(decoder);
}

const struct hw_coding hw_coding_gzip = {
	.name = "gzip",
	.bad = "bad gzip",
	.early = "gzip ends early",
	.behind = "bytes behind gzip",
	.new = gzip_new,
	.free = gzip_free,
	.decode = gzip_decode,
	.restart = gzip_restart,
	.is_padded = true, /* so gzip(1) has it, as of tapes and sectors */
};

/*
 * ---- deflate: RFC 9110 8.4.1.2 ----
 * It is zlib's format; but some send deflate without that header, and browsers take it. The
 * first two bytes tell.
 */

enum { HEADER_LEN = 2 };

struct deflate {
	struct hw_budget *budget;
	struct hw_inflate *z; /* NULL: which it is, is not known yet */
	uint8_t header[HEADER_LEN];
	size_t header_len;   /* bytes of it that came */
	size_t header_given; /* to `z` */
};

static void *deflate_new(struct hw_budget *budget)
{
	struct deflate *d = hw_block_new(budget, sizeof(*d));

	if (d)
		*d = (struct deflate){ .budget = budget };
	return d;
}

static void deflate_free(void *decoder)
{
	struct deflate *d = decoder;

	if (!d)
		return;
	hw_inflate_free(d->z);
	hw_block_free(d->budget, d);
}

/* RFC 1950 2.2: the method is 8, the window at most 32 KiB, and 31 divides it. */
static enum hw_inflate_form form_of(const uint8_t header[HEADER_LEN])
{
	const unsigned int both = (unsigned int)header[0] << 8 | header[1];

	return (header[0] & 0x0f) == 8 && header[0] >> 4 <= 7 && both % 31 == 0 ? HW_INFLATE_ZLIB
										: HW_INFLATE_RAW;
}

static enum hw_coding_status deflate_decode(void *decoder, struct hw_slice *in, uint8_t *to,
					    size_t room, size_t *ret_len)
{
	struct deflate *d = decoder;

	*ret_len = 0;
	while (d->header_len < HEADER_LEN && in->len) {
		d->header[d->header_len++] = in->ptr[0];
		*in = hw_slice_after(*in, 1);
	}
	if (d->header_len < HEADER_LEN)
		return HW_CODING_MORE;
	if (!d->z && hw_inflate_new(&d->z, form_of(d->header), d->budget) != 0)
		return HW_CODING_NO_MEMORY;
	if (d->header_given < HEADER_LEN) {
		struct hw_slice header =
			hw_slice(d->header + d->header_given, HEADER_LEN - d->header_given);
		const enum hw_inflate_status status =
			hw_inflate_some(d->z, &header, to, room, ret_len);

		d->header_given = HEADER_LEN - header.len;
		if (status != HW_INFLATE_MORE || *ret_len || header.len)
			return status_of(status);
	}
	return status_of(hw_inflate_some(d->z, in, to, room, ret_len));
}

const struct hw_coding hw_coding_deflate = {
	.name = "deflate",
	.bad = "bad deflate",
	.early = "deflate ends early",
	.behind = "bytes behind deflate",
	.new = deflate_new,
	.free = deflate_free,
	.decode = deflate_decode,
};
