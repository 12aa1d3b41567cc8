/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/number.c - see number.h */
#include "event/number.h"

enum { NS_PER_S = 1000000000 };

/* Two digits a step: half the divisions. */
static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233"
			    "34353637383940414243444546474849505152535455565758596061626364656667"
			    "6869707172737475767778798081828384858687888990919293949596979899";

static void write_two(uint8_t *ret, uint32_t n)
{
	ret[0] = (uint8_t)pairs[2 * n];
	ret[1] = (uint8_t)pairs[2 * n + 1];
}

/* Eight digits, by halves: steps that do not wait for each other. */
static uint8_t *write_eight(uint8_t *ret, uint32_t n)
{
	const uint32_t high = n / 10000, low = n % 10000;

	write_two(ret, high / 100);
	write_two(ret + 2, high % 100);
	write_two(ret + 4, low / 100);
	write_two(ret + 6, low % 100);
	return ret + 8;
}

static unsigned digits_of(uint32_t n)
{
	static const uint32_t powers[] = { 10, 100, 1000, 10000, 100000, 1000000, 10000000 };
	unsigned digits = 1;

	while (digits < 8 && n >= powers[digits - 1])
		digits++;
	return digits;
}

/* Less than 10^8, without leading zeros. */
static uint8_t *write_up_to_eight(uint8_t *ret, uint32_t n)
{
	const unsigned digits = digits_of(n);
	unsigned at = digits;

	for (; at >= 2; n /= 100)
		write_two(ret + (at -= 2), n % 100);
	if (at)
		ret[0] = (uint8_t)('0' + n);
	return ret + digits;
}

uint8_t *hw_write_u64(uint8_t *ret, uint64_t n)
{
	enum { E8 = 100000000 };

	if (n < 10) {
		*ret = (uint8_t)('0' + n);
		return ret + 1;
	}
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

uint8_t *hw_write_hex64(uint8_t *ret, uint64_t n)
{
	for (int shift = 60; shift >= 0; shift -= 4)
		*ret++ = (uint8_t) "0123456789abcdef"[n >> shift & 15];
	return ret;
}

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
	const uint64_t seconds = time_ns / NS_PER_S;
	const uint32_t ns = (uint32_t)(time_ns % NS_PER_S);

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
