/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/inflate.c - see inflate.h */
#include "base/inflate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <zlib.h>

#include "base/block.h"

struct hw_inflate {
	z_stream stream;
	struct hw_budget *budget;
};

static void *take(void *budget, unsigned int nr, unsigned int bytes)
{
	return hw_block_new(budget, (size_t)nr * bytes);
}

static void give(void *budget, void *block)
{
	hw_block_free(budget, block);
}

/* As zlib's manual has them. */
static int window_bits(enum hw_inflate_form form)
{
	switch (form) {
	case HW_INFLATE_GZIP:
		return 16 + MAX_WBITS;
	case HW_INFLATE_ZLIB:
		return MAX_WBITS;
	case HW_INFLATE_RAW:
		break;
	}
	return -MAX_WBITS;
}

int hw_inflate_new(struct hw_inflate **ret, enum hw_inflate_form form, struct hw_budget *budget)
{
	struct hw_inflate *z = hw_block_new(budget, sizeof(*z));

	if (!z)
		return -ENOMEM;
	*z = (struct hw_inflate){ .stream = { .zalloc = take, .zfree = give, .opaque = budget },
				  .budget = budget };
	if (inflateInit2(&z->stream, window_bits(form)) != Z_OK) {
		hw_block_free(budget, z);
		return -ENOMEM;
	}
	*ret = z;
	return 0;
}

void hw_inflate_free(struct hw_inflate *z)
{
	if (!z)
		return;
	inflateEnd(&z->stream);
	hw_block_free(z->budget, z);
}

static unsigned int at_most(size_t len)
{
	return len < UINT_MAX ? (unsigned int)len : UINT_MAX;
}

enum hw_inflate_status hw_inflate_some(struct hw_inflate *z, struct hw_slice *in, uint8_t *to,
				       size_t room, size_t *ret_len)
{
	const unsigned int in_len = at_most(in->len), out_len = at_most(room);
	int status;

	z->stream.next_in = (z_const Bytef *)(uintptr_t)in->ptr;
	z->stream.avail_in = in_len;
	z->stream.next_out = to;
	z->stream.avail_out = out_len;
	status = inflate(&z->stream, Z_SYNC_FLUSH);
	*in = hw_slice_after(*in, in_len - z->stream.avail_in);
	*ret_len = out_len - z->stream.avail_out;

	if (status == Z_STREAM_END)
		return HW_INFLATE_END;
	if (status == Z_MEM_ERROR)
		return HW_INFLATE_NO_MEMORY;
	return status == Z_OK || status == Z_BUF_ERROR ? HW_INFLATE_MORE : HW_INFLATE_BAD;
}

void hw_inflate_restart(struct hw_inflate *z)
{
	inflateReset(&z->stream);
}

void hw_inflate_library(char *ret, size_t max)
{
	snprintf(ret, max, "zlib %s", zlibVersion());
}
