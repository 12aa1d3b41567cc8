/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_name.c - names that change how a message is read */
#include "unit/unit.h"

#include "http/name.h"
#include "tight.h"

static const struct {
	struct hw_slice name;
	enum hw_http_name known, found; /* as it is, and in any case */
} cases[] = {
	{ HW_SLICE("Host"), HW_HTTP_NAME_HOST, HW_HTTP_NAME_HOST },
	{ HW_SLICE("host"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_HOST },
	{ HW_SLICE("Hosts"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Hos"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Date"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Content-Length"), HW_HTTP_NAME_CONTENT_LENGTH, HW_HTTP_NAME_CONTENT_LENGTH },
	{ HW_SLICE("CONTENT-LENGTH"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_CONTENT_LENGTH },
	{ HW_SLICE("Content-Lengtj"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Content_Length"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Transfer-Encoding"), HW_HTTP_NAME_TRANSFER_ENCODING,
	  HW_HTTP_NAME_TRANSFER_ENCODING },
	{ HW_SLICE("transfer-encoding"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_TRANSFER_ENCODING },
	{ HW_SLICE("Trailer"), HW_HTTP_NAME_TRAILER, HW_HTTP_NAME_TRAILER },
	{ HW_SLICE("Upgrade"), HW_HTTP_NAME_UPGRADE, HW_HTTP_NAME_UPGRADE },
	{ HW_SLICE("uPGRADE"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_UPGRADE },
	{ HW_SLICE("Referer"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Connection"), HW_HTTP_NAME_CONNECTION, HW_HTTP_NAME_CONNECTION },
	{ HW_SLICE("Pragma"), HW_HTTP_NAME_PRAGMA, HW_HTTP_NAME_PRAGMA },
	{ HW_SLICE("Cache-Control"), HW_HTTP_NAME_CACHE_CONTROL, HW_HTTP_NAME_CACHE_CONTROL },
	{ HW_SLICE(""), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
	{ HW_SLICE("Access-Control-Allow-Origin"), HW_HTTP_NAME_OTHER, HW_HTTP_NAME_OTHER },
};
enum { CASES_NR = sizeof(cases) / sizeof(cases[0]) };

static void knows_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < CASES_NR; i++) {
		const struct hw_slice name = tight_copy(cases[i].name);

		assert_int_equal(hw_http_name_known(name, hw_http_name_key(name)), cases[i].known);
		assert_int_equal(hw_http_name_find(name), cases[i].found);
	}
}

static void keys_are_in_the_order_of_names(void **state)
{
	(void)state;
	assert_int_equal(hw_http_name_key(HW_SLICE("")), 0);
	assert_int_equal(hw_http_name_key(HW_SLICE("\x01")), 1ull << 56);
	assert_true(hw_http_name_key(HW_SLICE("Age")) < hw_http_name_key(HW_SLICE("Agf")));
	assert_true(hw_http_name_key(HW_SLICE("Age")) < hw_http_name_key(HW_SLICE("Age-")));
	assert_true(hw_http_name_key(HW_SLICE("Z")) < hw_http_name_key(HW_SLICE("\xff")));
	assert_int_equal(hw_http_name_key(HW_SLICE("Content-Type")),
			 hw_http_name_key(HW_SLICE("Content-Length")));
}

static void what_stands_behind_a_name_is_not_of_its_key(void **state)
{
	const struct hw_slice line = HW_SLICE("Set-Cookie: a");

	(void)state;
	for (size_t len = 0; len <= 10; len++) {
		const struct hw_slice name = { line.ptr, len };

		for (size_t readable = len; readable <= line.len; readable++)
			assert_int_equal(hw_http_name_key_ahead(name, readable),
					 hw_http_name_key(name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_names),
		cmocka_unit_test(keys_are_in_the_order_of_names),
		cmocka_unit_test(what_stands_behind_a_name_is_not_of_its_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
