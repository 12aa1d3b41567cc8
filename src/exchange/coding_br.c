/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/coding_br.c - Brotli (RFC 7932), see coding.h */
#include <stdint.h>
#include <stdio.h>

#include <brotli/decode.h>

#include "base/block.h"
#include "exchange/coding.h"

static void *take(void *budget, size_t bytes)
{
	return hw_block_new(budget, bytes);
}

static void give(void *budget, void *block)
{
	hw_block_free(budget, block);
}

/* Windows are at most 16 MiB as long as nobody asks for "large windows". */
static void *br_new(struct hw_budget *budget)
{
	return BrotliDecoderCreateInstance(take, give, budget);
}

static void br_free(void *decoder)
{
	if (decoder)
		BrotliDecoderDestroyInstance(decoder);
}

static bool is_out_of_memory(const BrotliDecoderState *state)
{
	const BrotliDecoderErrorCode code = BrotliDecoderGetErrorCode(state);

	return code <= BROTLI_DECODER_ERROR_ALLOC_CONTEXT_MODES &&
	       code >= BROTLI_DECODER_ERROR_ALLOC_BLOCK_TYPE_TREES;
}

static enum hw_coding_status br_decode(void *decoder, struct hw_slice *in, uint8_t *to, size_t room,
				       size_t *ret_len)
{
	const uint8_t *next_in = in->ptr;
	size_t in_len = in->len, out_len = room;
	const BrotliDecoderResult result =
		BrotliDecoderDecompressStream(decoder, &in_len, &next_in, &out_len, &to, NULL);

	*in = hw_slice(next_in, in_len);
	*ret_len = room - out_len;
	switch (result) {
	case BROTLI_DECODER_RESULT_SUCCESS:
		return HW_CODING_END;
	case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT:
	case BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
		return HW_CODING_MORE;
	case BROTLI_DECODER_RESULT_ERROR:
		break;
	}
	return is_out_of_memory(decoder) ? HW_CODING_NO_MEMORY : HW_CODING_BAD;
}

const struct hw_coding hw_coding_br = {
	.name = "br",
	.bad = "bad br",
	.early = "br ends early",
	.behind = "bytes behind br",
	.new = br_new,
	.free = br_free,
	.decode = br_decode,
};

void hw_coding_br_library(char *ret, size_t max)
{
	const uint32_t v = BrotliDecoderVersion();

	snprintf(ret, max, "brotli %u.%u.%u", v >> 24, v >> 12 & 0xfff, v & 0xfff);
}
