/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/number.c - see number.h */
#include "event/number.h"

#include <endian.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/duration.h"
#include "base/layout.h"

/* All bytes of a word. */
#define EACH(byte) (0x0101010101010101u * (byte))

/*
 * The eight digits of `n`, which is less than 10^8, one in each byte, the first in the
 * lowest: by halves, quarters and bytes at once. What is multiplied by is a little more
 * than 2^20 / 100 and 2^10 / 10, which is exact for numbers that small. Each step puts
 * the quotient q of x and 10^k below the remainder: q | (x - 10^k q) << bits.
 */
static inline uint64_t split(uint64_t x, uint64_t q, uint64_t power, unsigned bits)
{
	return (x << bits) - q * ((power << bits) - 1);
}

static inline uint64_t digits_in(uint32_t n)
{
	const uint64_t halves = split(n, n / 10000, 10000, 32);
	const uint64_t hundreds = halves * 10486 >> 20 & 0x0000007f0000007fu;
	const uint64_t pairs = split(halves, hundreds, 100, 16);
	const uint64_t tens = pairs * 103 >> 10 & 0x000f000f000f000fu;

	return split(pairs, tens, 10, 8);
}

static uint8_t *write_word(uint8_t *ret, uint64_t word)
{
	word = htole64(word);
	memcpy(ret, &word, sizeof(word));
	return ret + sizeof(word);
}

/* Less than 100. */
static void write_two(uint8_t *ret, uint32_t n)
{
	ret[0] = (uint8_t)('0' + n / 10);
	ret[1] = (uint8_t)('0' + n % 10);
}

/* Less than 10^8. */
HW_APART static uint8_t *write_eight(uint8_t *ret, uint32_t n)
{
	return write_word(ret, digits_in(n) + EACH('0'));
}

/* Less than 10^8, without leading zeros; eight bytes are written. */
static uint8_t *write_up_to_eight(uint8_t *ret, uint32_t n)
{
	const uint64_t digits = digits_in(n);
	const unsigned zeros = (unsigned)__builtin_ctzll(digits | 1ull << 56) / 8;

	return write_word(ret, (digits + EACH('0')) >> 8 * zeros) - zeros;
}

/* Less than 10^4, as above; four bytes are written. */
static uint8_t *write_up_to_four(uint8_t *ret, uint32_t n)
{
	const uint32_t pairs = (uint32_t)split(n, n * 10486 >> 20, 100, 16);
	const uint32_t tens = pairs * 103 >> 10 & 0x000f000fu;
	const uint32_t digits = (uint32_t)split(pairs, tens, 10, 8);
	const unsigned zeros = (unsigned)__builtin_ctz(digits | 1u << 24) / 8;
	const uint32_t word = htole32((digits + (uint32_t)EACH('0')) >> 8 * zeros);

	memcpy(ret, &word, sizeof(word));
	return ret + sizeof(word) - zeros;
}

uint8_t *hw_write_u64(uint8_t *ret, uint64_t n)
{
	enum { E4 = 10000, E8 = 100000000 };

	if (n < 10) {
		*ret = (uint8_t)('0' + n);
		return ret + 1;
	}
	if (n < E4)
		return write_up_to_four(ret, (uint32_t)n);
	if (n < E8)
		return write_up_to_eight(ret, (uint32_t)n);
	if (n / E8 < E8)
		ret = write_up_to_eight(ret, (uint32_t)(n / E8));
	else
		ret = write_eight(write_up_to_eight(ret, (uint32_t)(n / E8 / E8)),
				  (uint32_t)(n / E8 % E8));
	return write_eight(ret, (uint32_t)(n % E8));
}

uint8_t *hw_write_i64(uint8_t *ret, int64_t n)
{
	if (n >= 0)
		return hw_write_u64(ret, (uint64_t)n);
	*ret = '-';
	return hw_write_u64(ret + 1, -(uint64_t)n);
}

#ifdef __SSE2__
uint8_t *hw_write_hex64(uint8_t *ret, uint64_t n)
{
	const __m128i bytes = _mm_cvtsi64_si128((long long)__builtin_bswap64(n));
	const __m128i both = _mm_unpacklo_epi8(_mm_srli_epi16(bytes, 4), bytes);
	const __m128i digits = _mm_and_si128(both, _mm_set1_epi8(15));
	const __m128i letters = _mm_cmpgt_epi8(digits, _mm_set1_epi8(9));
	const __m128i more = _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10));

	_mm_storeu_si128((__m128i *)(void *)ret,
			 _mm_add_epi8(_mm_add_epi8(digits, _mm_set1_epi8('0')), more));
	return ret + 16;
}
#else
/* The eight hex digits of `n`, one in each byte, the first in the lowest. */
static uint64_t hex_digits_in(uint32_t n)
{
	uint64_t x = __builtin_bswap32(n), letters;

	x = (x | x << 16) & 0x0000ffff0000ffffu;
	x = (x | x << 8) & 0x00ff00ff00ff00ffu;
	x = (x >> 4 | x << 8) & EACH(0x0fu);
	letters = (x + EACH(6u)) >> 4 & EACH(1u); /* 1 where it is 10 or more */
	return x + EACH('0') + letters * ('a' - '0' - 10);
}

uint8_t *hw_write_hex64(uint8_t *ret, uint64_t n)
{
	ret = write_word(ret, hex_digits_in((uint32_t)(n >> 32)));
	return write_word(ret, hex_digits_in((uint32_t)n));
}
#endif

uint8_t *hw_write_digits(uint8_t *ret, uint32_t n, unsigned digits)
{
	for (unsigned i = digits; i > 0; i--) {
		ret[i - 1] = (uint8_t)('0' + n % 10);
		n /= 10;
	}
	return ret + digits;
}

/*
 * Days since 1970-01-01 to a date of the Gregorian calendar, by eras of 400 years that
 * begin in March, so that the leap day is a year's last.
 */
uint8_t *hw_write_date(uint8_t *ret, uint64_t seconds)
{
	const uint64_t days = seconds / 86400 + 719468;
	const uint32_t day_of_era = (uint32_t)(days % 146097);
	const uint32_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	const uint32_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const uint32_t from_march = (5 * day_of_year + 2) / 153;
	const uint32_t month = from_march < 10 ? from_march + 3 : from_march - 9;
	const uint32_t year = (uint32_t)(days / 146097 * 400) + year_of_era + (month <= 2);

	ret = hw_write_digits(ret, year, 4);
	*ret++ = '-';
	ret = hw_write_digits(ret, month, 2);
	*ret++ = '-';
	return hw_write_digits(ret, day_of_year - (153 * from_march + 2) / 5 + 1, 2);
}

uint8_t *hw_write_time_of_day(uint8_t *ret, uint64_t seconds)
{
	const uint32_t second = (uint32_t)(seconds % 86400);

	write_two(ret, second / 3600);
	ret[2] = ':';
	write_two(ret + 3, second / 60 % 60);
	ret[5] = ':';
	write_two(ret + 6, second % 60);
	return ret + 8;
}

uint8_t *hw_write_rfc3339(uint8_t *ret, uint64_t time_ns)
{
	const uint64_t seconds = time_ns / HW_NS_PER_S;
	const uint32_t ns = (uint32_t)(time_ns % HW_NS_PER_S);

	ret = hw_write_date(ret, seconds);
	*ret++ = 'T';
	ret = hw_write_time_of_day(ret, seconds);
	if (ns) {
		*ret++ = '.';
		ret = hw_write_digits(ret, ns, 9);
		while (ret[-1] == '0')
			ret--;
	}
	*ret++ = 'Z';
	return ret;
}
