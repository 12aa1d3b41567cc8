/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_labels.c */
#include "unit/unit.h"

#include "event/escape.h"
#include "metrics/labels.h"

static struct hw_slice text_of(const struct hw_labels *l)
{
	return hw_slice(l->text, l->len);
}

static const struct {
	struct hw_slice value, written;
} cases[] = {
	{ HW_SLICE("/users/{id}"), HW_SLICE("a=\"/users/{id}\"") },
	{ HW_SLICE("a\"b\\c\nd"), HW_SLICE("a=\"a\\\"b\\\\c\\nd\"") },
	{ HW_SLICE("\xc3\xa9\xf0\x9f\x90\x99"), HW_SLICE("a=\"\xc3\xa9\xf0\x9f\x90\x99\"") },
	{ HW_SLICE("\xff\xc3"), HW_SLICE("a=\"\xef\xbf\xbd\xef\xbf\xbd\"") },
	{ HW_SLICE("\xed\xa0\x80"), HW_SLICE("a=\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"") },
	{ HW_SLICE("x\0y\r\x1b\x7f"),
	  HW_SLICE("a=\"x\xef\xbf\xbdy\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"") },
	{ HW_SLICE("\"} 1\nup 0"), HW_SLICE("a=\"\\\"} 1\\nup 0\"") },
	{ HW_SLICE(""), HW_SLICE("") },
};

static void writes_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_labels l = { 0 };

		hw_labels_add(&l, "a", cases[i].value);
		assert_slice_equal(text_of(&l), cases[i].written);
	}
}

static void puts_commas_between(void **state)
{
	struct hw_labels l = { 0 };

	(void)state;
	hw_labels_add(&l, "a", HW_SLICE("1"));
	hw_labels_add(&l, "none", HW_SLICE(""));
	hw_labels_add(&l, "b", HW_SLICE("2"));
	assert_slice_equal(text_of(&l), HW_SLICE("a=\"1\",b=\"2\""));
}

/* Whatever bytes are cut wherever, what is there is whole characters and closed quotes. */
static void cuts_before_a_character(void **state)
{
	char value[600];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		struct hw_labels l = { 0 };

		for (size_t i = 0; i < sizeof(value); i++)
			value[i] = i < shift ? 'x' : "\xf0\x9f\x90\x99"[(i - shift) % 4];
		hw_labels_add(&l, "a", hw_slice(value, sizeof(value)));
		assert_true(l.len <= HW_LABEL_VALUE_MAX + sizeof("a=\"\"") - 1);
		assert_true(l.len > HW_LABEL_VALUE_MAX - 4);
		assert_true(hw_utf8_is_valid(text_of(&l)));
		assert_int_equal(l.text[l.len - 1], '"');
	}
	memset(value, '"', sizeof(value));
	struct hw_labels l = { 0 };
	hw_labels_add(&l, "a", hw_slice(value, sizeof(value)));
	assert_int_equal(l.len, HW_LABEL_VALUE_MAX + sizeof("a=\"\"") - 1);
}

static void keeps_to_its_room(void **state)
{
	struct hw_labels l = { 0 };
	char value[300];

	(void)state;
	memset(value, 'v', sizeof(value));
	for (int i = 0; i < 20; i++)
		hw_labels_add(&l, "http_route", hw_slice(value, sizeof(value)));
	assert_true(l.len <= sizeof(l.text));
	assert_true(l.len > 3 * HW_LABEL_VALUE_MAX);
	assert_int_equal(l.text[l.len - 1], '"');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_values),
		cmocka_unit_test(puts_commas_between),
		cmocka_unit_test(cuts_before_a_character),
		cmocka_unit_test(keeps_to_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
