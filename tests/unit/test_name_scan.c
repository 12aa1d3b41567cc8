/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_name_scan.c */
#include "unit/unit.h"

#include "http/name_scan.h"
#include "tight.h"

enum { NAME_MAX_LEN = 40, BEHIND = 16 };

static bool is_letter_or_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Byte by byte. Returns 0 if there are others than letters, digits and - before the colon. */
static size_t scan(struct hw_slice line, bool *ret_is_canonical)
{
	bool begins = true, is_canonical = true;
	size_t i = 0;

	for (; i < line.len && (is_letter_or_digit(line.ptr[i]) || line.ptr[i] == '-'); i++) {
		const uint8_t c = line.ptr[i];

		is_canonical &= begins ? !(c >= 'a' && c <= 'z') : !(c >= 'A' && c <= 'Z');
		begins = c == '-';
	}
	*ret_is_canonical = is_canonical;
	return i < line.len && line.ptr[i] == ':' ? i : 0;
}

static void check(struct hw_slice line)
{
	bool is_canonical = false, want_canonical;
	const size_t want = scan(line, &want_canonical);
	const size_t len = hw_http_name_scan(line, &is_canonical);

	assert_int_equal(len, want);
	if (len)
		assert_int_equal(is_canonical, want_canonical);
}

/* "Ab-Cd-Ab-...:" with any byte at any place. */
static void every_byte_at_every_place(void **state)
{
	uint8_t line[NAME_MAX_LEN + 1 + BEHIND];

	(void)state;
	for (size_t len = 0; len <= NAME_MAX_LEN; len++) {
		for (size_t i = 0; i < sizeof(line); i++)
			line[i] = (uint8_t) "Ab-Cd9-"[i % 7];
		line[len] = ':';
		for (size_t at = 0; at <= len; at++) {
			const uint8_t was = line[at];

			for (unsigned c = 0; c < 256; c++) {
				line[at] = (uint8_t)c;
				check(hw_slice(line, len + 1 + BEHIND));
				if (c % 16 == 0) /* a few, as each is a copy */
					check(tight_copy(hw_slice(line, len + 1 + c / 16)));
			}
			line[at] = was;
		}
	}
}

static void no_byte_behind_the_line_is_read(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof("Accept-Encoding: gzip, deflate"); len++)
		check(tight_copy(hw_slice((const uint8_t *)"Accept-Encoding: gzip, deflate", len)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_at_every_place),
		cmocka_unit_test(no_byte_behind_the_line_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
