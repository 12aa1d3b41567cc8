/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/encode.h - content codings, done: the other half of what src/exchange undoes */
#ifndef HW_UNIT_ENCODE_H
#define HW_UNIT_ENCODE_H

#include "unit/unit.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

enum { ENCODED_MAX = 1 << 18 };

static inline size_t encode_zlib(struct hw_slice plain, int window_bits, uint8_t *to)
{
	z_stream z = { 0 };

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)plain.ptr;
	z.avail_in = (uInt)plain.len;
	z.next_out = to;
	z.avail_out = ENCODED_MAX;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	assert_int_equal(deflateEnd(&z), Z_OK);
	return ENCODED_MAX - z.avail_out;
}

static inline size_t encode_br(struct hw_slice plain, uint8_t *to)
{
	size_t len = ENCODED_MAX;

	assert_true(
		BrotliEncoderCompress(5, 22, BROTLI_MODE_GENERIC, plain.len, plain.ptr, &len, to));
	return len;
}

static inline size_t encode_zstd(struct hw_slice plain, uint8_t *to)
{
	const size_t len = ZSTD_compress(to, ENCODED_MAX, plain.ptr, plain.len, 3);

	assert_false(ZSTD_isError(len));
	return len;
}

/*
 * `how`: g gzip, z deflate in zlib's format, d deflate alone, b br, s zstd, one after the
 * other. Valid until the next call but one.
 */
static inline struct hw_slice encode(const char *how, struct hw_slice plain)
{
	static uint8_t room[3][ENCODED_MAX];
	static size_t turn;

	for (; *how; how++) {
		uint8_t *const to = room[turn++ % 3];

		switch (*how) {
		case 'g':
			plain = hw_slice(to, encode_zlib(plain, 16 + MAX_WBITS, to));
			break;
		case 'z':
			plain = hw_slice(to, encode_zlib(plain, MAX_WBITS, to));
			break;
		case 'd':
			plain = hw_slice(to, encode_zlib(plain, -MAX_WBITS, to));
			break;
		case 'b':
			plain = hw_slice(to, encode_br(plain, to));
			break;
		case 's':
			plain = hw_slice(to, encode_zstd(plain, to));
			break;
		}
	}
	return plain;
}

#endif
