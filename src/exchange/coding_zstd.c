/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/coding_zstd.c - Zstandard (RFC 8878), see coding.h */
#include <stdio.h>

#include <zstd.h>
#include <zstd_errors.h>

#include "base/block.h"
#include "exchange/coding.h"

enum { WINDOW_LOG_MAX = 23 }; /* 8 MiB: RFC 9659 3 */

/*
 * The library's stable interface takes no allocator. What a decoder has is asked for after
 * each call instead: it may pass the budget by one window until then.
 */
struct zstd {
	struct hw_budget *budget;
	ZSTD_DStream *stream;
	size_t taken;
};

static bool settle(struct zstd *z)
{
	const size_t now = ZSTD_sizeof_DStream(z->stream);

	if (now > z->taken && !hw_budget_take(z->budget, now - z->taken))
		return false;
	if (now < z->taken)
		hw_budget_give(z->budget, z->taken - now);
	z->taken = now;
	return true;
}

static void zstd_free(void *decoder)
{
	struct zstd *z = decoder;

	if (!z)
		return;
	ZSTD_freeDStream(z->stream);
	hw_budget_give(z->budget, z->taken);
	hw_block_free(z->budget, z);
}

static void *zstd_new(struct hw_budget *budget)
{
	struct zstd *z = hw_block_new(budget, sizeof(*z));

	if (!z)
		return NULL;
	*z = (struct zstd){ .budget = budget, .stream = ZSTD_createDStream() };
	if (z->stream && settle(z) &&
	    !ZSTD_isError(ZSTD_DCtx_setParameter(z->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX)))
		return z;
	zstd_free(z);
	return NULL;
}

static enum hw_coding_status zstd_decode(void *decoder, struct hw_slice *in, uint8_t *to,
					 size_t room, size_t *ret_len)
{
	struct zstd *z = decoder;
	ZSTD_inBuffer from = { in->ptr, in->len, 0 };
	ZSTD_outBuffer out = { to, room, 0 };
	const size_t result = ZSTD_decompressStream(z->stream, &out, &from);

	*in = hw_slice_after(*in, from.pos);
	*ret_len = out.pos;
	if (ZSTD_isError(result))
		return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation
			       ? HW_CODING_NO_MEMORY
			       : HW_CODING_BAD;
	if (!settle(z))
		return HW_CODING_NO_MEMORY;
	return result == 0 ? HW_CODING_END : HW_CODING_MORE;
}

/* The library goes on with the next frame by itself. */
static void zstd_restart(void *decoder)
{
	(void)decoder;
}

const struct hw_coding hw_coding_zstd = {
	.name = "zstd",
	.bad = "bad zstd",
	.early = "zstd ends early",
	.behind = "bytes behind zstd",
	.new = zstd_new,
	.free = zstd_free,
	.decode = zstd_decode,
	.restart = zstd_restart,
};

void hw_coding_zstd_library(char *ret, size_t max)
{
	snprintf(ret, max, "zstd %s", ZSTD_versionString());
}
