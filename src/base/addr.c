/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/addr.c - see addr.h */
#include "base/addr.h"

#include <arpa/inet.h>

#include "base/ascii.h"
#include "base/bytes.h"

enum { GROUPS = 8, V4_BITS = 32, V6_BITS = 128 };

/* clang-format off */
/* Each byte as text. */
#define DIGIT(n) ((char)('0' + (n)))
#define DECIMAL(n) \
	{ { DIGIT((n) >= 100 ? (n) / 100 : (n) >= 10 ? (n) / 10 : (n)), \
	    DIGIT((n) >= 100 ? (n) / 10 % 10 : (n) % 10), DIGIT((n) % 10) }, \
	  1 + ((n) >= 10) + ((n) >= 100) }
/* clang-format on */
#define DECIMALS_4(n) DECIMAL(n), DECIMAL((n) + 1), DECIMAL((n) + 2), DECIMAL((n) + 3)
#define DECIMALS_16(n) DECIMALS_4(n), DECIMALS_4((n) + 4), DECIMALS_4((n) + 8), DECIMALS_4((n) + 12)
#define DECIMALS_64(n) \
	DECIMALS_16(n), DECIMALS_16((n) + 16), DECIMALS_16((n) + 32), DECIMALS_16((n) + 48)
static const struct decimal {
	char digits[3];
	uint8_t nr;
} decimals[256] = { DECIMALS_64(0), DECIMALS_64(64), DECIMALS_64(128), DECIMALS_64(192) };

/* Four bytes are written, of which those behind the digits do not count. */
static char *put_decimal(char *at, uint8_t n)
{
	memcpy(at, &decimals[n], sizeof(decimals[n]));
	return at + decimals[n].nr;
}

static char *put_v4(char *at, const uint8_t *b)
{
	for (int i = 0; i < 4; i++) {
		at = put_decimal(at, b[i]);
		*at++ = '.';
	}
	return at - 1;
}

/* Leading zeros are left out, letters are small: RFC 5952 4.1, 4.3. */
static char *put_group(char *at, unsigned group)
{
	int shift = group >= 0x1000 ? 12 : group >= 0x100 ? 8 : group >= 0x10 ? 4 : 0;

	for (; shift >= 0; shift -= 4)
		*at++ = "0123456789abcdef"[group >> shift & 15];
	return at;
}

static unsigned group_at(const struct hw_addr *a, int i)
{
	return hw_get_u16be(a->b + 2 * i);
}

/* The run of zeros that "::" stands for: the longest, the first of equals. RFC 5952 4.2. */
static int longest_zeros(const struct hw_addr *a, int *ret_len)
{
	int best = -1, best_len = 1, run = 0;

	for (int i = 0; i < GROUPS; i++) {
		run = group_at(a, i) ? 0 : run + 1;
		if (run > best_len) {
			best_len = run;
			best = i + 1 - run;
		}
	}
	*ret_len = best_len;
	return best;
}

static char *put_v6(char *at, const struct hw_addr *a)
{
	int zeros_len;
	const int zeros = longest_zeros(a, &zeros_len);

	for (int i = 0; i < GROUPS; i++) {
		if (i == zeros) {
			*at++ = ':';
			i += zeros_len - 1;
			if (i == GROUPS - 1)
				*at++ = ':';
			continue;
		}
		if (i)
			*at++ = ':';
		at = put_group(at, group_at(a, i));
	}
	return at;
}

size_t hw_addr_format(const struct hw_addr *a, char ret[HW_ADDR_TEXT_MAX])
{
	char *end = hw_addr_is_v4(a) ? put_v4(ret, a->b + 12) : put_v6(ret, a);

	*end = '\0';
	return (size_t)(end - ret);
}

static bool parse_bits(struct hw_slice text, unsigned max, uint64_t *ret)
{
	return text.len <= 3 && hw_ascii_number(text, max, ret);
}

static bool parse_addr(const char *text, size_t len, struct hw_addr *ret, unsigned *ret_bits)
{
	char copy[HW_ADDR_TEXT_MAX];
	uint8_t bytes[16];

	if (len >= sizeof(copy))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';

	if (inet_pton(AF_INET, copy, bytes) == 1) {
		*ret = hw_addr_v4(bytes);
		*ret_bits = V4_BITS;
		return true;
	}
	if (inet_pton(AF_INET6, copy, bytes) == 1) {
		*ret = hw_addr_v6(bytes);
		*ret_bits = V6_BITS;
		return true;
	}
	return false;
}

bool hw_prefix_parse(const char *text, struct hw_prefix *ret)
{
	const size_t len = strcspn(text, "/");
	struct hw_addr addr;
	unsigned family_bits;
	uint64_t bits;

	if (!parse_addr(text, len, &addr, &family_bits))
		return false;
	bits = family_bits;
	if (text[len] == '/' && !parse_bits(hw_slice_text(text + len + 1), family_bits, &bits))
		return false;

	*ret = (struct hw_prefix){ addr, (uint8_t)(V6_BITS - family_bits + bits) };
	return true;
}

bool hw_prefix_has(const struct hw_prefix *p, const struct hw_addr *a)
{
	const size_t whole = p->bits / 8;
	const unsigned rest = p->bits % 8;

	if (memcmp(p->addr.b, a->b, whole) != 0)
		return false;
	return rest == 0 || (p->addr.b[whole] ^ a->b[whole]) >> (8 - rest) == 0;
}
