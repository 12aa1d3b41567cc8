/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_shortcut.c - what short options stand for */
#include "unit/unit.h"

#include <errno.h>

#include "cli/shortcut.h"
#include "query/query.h"

static const struct {
	enum hw_shortcut kind;
	const char *value, *expression; /* NULL: refused */
} cases[] = {
	{ HW_SHORTCUT_HOST, "a", "((http.host matches r\"(?s)^a(:\\d*)?\\z\"))" },
	{ HW_SHORTCUT_HOST, "*.B?",
	  "(((lower(http.host) contains \".b\" or len(http.host) > 65535) and "
	  "http.host matches r\"(?s)^.*\\x2eB.(:\\d*)?\\z\"))" },
	{ HW_SHORTCUT_HOST, "a:80",
	  "(((lower(http.host) contains \"80\" or len(http.host) > 65535) and "
	  "http.host matches r\"(?s)^a\\x3a80\\z\"))" },
	{ HW_SHORTCUT_HOST, "AmZ*",
	  "(((lower(http.host) contains \"amz\" or len(http.host) > 65535) and "
	  "http.host matches r\"(?s)^AmZ.*(:\\d*)?\\z\"))" },
	{ HW_SHORTCUT_HOST, "", NULL },
	{ HW_SHORTCUT_PATH, "/A/*?",
	  "((http.path contains \"/A/\" and "
	  "http.path matches r\"(?s-i)^\\x2fA\\x2f.*.\\z\"))" },
	{ HW_SHORTCUT_PATH, "\"\\\xc3", "((http.path matches r\"(?s-i)^\\x22\\x5c\\xc3\\z\"))" },
	{ HW_SHORTCUT_METHOD, "GET", "(upper(http.request.method) in {\"GET\"})" },
	{ HW_SHORTCUT_METHOD, "get,M-SEARCH",
	  "(upper(http.request.method) in {\"GET\",\"M-SEARCH\"})" },
	{ HW_SHORTCUT_METHOD, "GET,", NULL },
	{ HW_SHORTCUT_METHOD, "G\"", NULL },
	{ HW_SHORTCUT_METHOD, "", NULL },
	{ HW_SHORTCUT_STATUS, "404", "(http.response.code in {404})" },
	{ HW_SHORTCUT_STATUS, "5xx,200-299", "(http.response.code in {500..599,200..299})" },
	{ HW_SHORTCUT_STATUS, "9XX", "(http.response.code in {900..999})" },
	{ HW_SHORTCUT_STATUS, "0xx", NULL },
	{ HW_SHORTCUT_STATUS, "5x", NULL },
	{ HW_SHORTCUT_STATUS, "99", NULL },
	{ HW_SHORTCUT_STATUS, "1000", NULL },
	{ HW_SHORTCUT_STATUS, "300-200", NULL },
	{ HW_SHORTCUT_STATUS, "200-", NULL },
	{ HW_SHORTCUT_STATUS, "-200", NULL },
	{ HW_SHORTCUT_STATUS, "200,,201", NULL },
	{ HW_SHORTCUT_PORT, "80,8000-8999",
	  "(tcp.port in {80,8000..8999} or udp.port in {80,8000..8999})" },
	{ HW_SHORTCUT_PORT, "65535", "(tcp.port in {65535} or udp.port in {65535})" },
	{ HW_SHORTCUT_PORT, "65536", NULL },
	{ HW_SHORTCUT_PORT, "http", NULL },
	{ HW_SHORTCUT_PORT, "99999999999999999999", NULL },
	{ HW_SHORTCUT_ERRORS, "",
	  "(http.response.code in {400..599} or "
	  "http.end in {\"aborted_by_client\", \"aborted_by_server\", \"timeout\"} or "
	  "(http.end == \"capture_ended\" and not http.response))" },
	{ HW_SHORTCUT_SLOW, "250ms", "(http.duration >= 250ms or http.waited >= 250ms)" },
	{ HW_SHORTCUT_SLOW, "1.5", "(http.duration >= 1.5 or http.waited >= 1.5)" },
	{ HW_SHORTCUT_SLOW, "", NULL },
	{ HW_SHORTCUT_SLOW, "s", NULL },
	{ HW_SHORTCUT_SLOW, "1.", NULL },
	{ HW_SHORTCUT_SLOW, "106752d", NULL },
	{ HW_SHORTCUT_SLOW, ".5", NULL },
	{ HW_SHORTCUT_SLOW, "1sm", NULL },
	{ HW_SHORTCUT_SLOW, "1 or http", NULL },
	{ HW_SHORTCUT_SLOW, "99999999999999999999s", NULL },
};

static void check(const struct hw_shortcuts *s, const char *wanted)
{
	struct hw_query_error error;
	struct hw_query *q;
	struct hw_buf out;

	hw_buf_init(&out, 1 << 20, NULL);
	assert_int_equal(hw_shortcuts_write(s, &out), 0);
	assert_string_equal((const char *)out.ptr, wanted);
	assert_int_equal(hw_query_new(&q, (const char *)out.ptr, &error), 0);
	hw_query_free(q);
	hw_buf_clear(&out);
}

static void test_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hw_shortcuts s = { 0 };
		const int err = hw_shortcuts_add(&s, cases[i].kind, cases[i].value);

		if (err != (cases[i].expression ? 0 : -EINVAL))
			fail_msg("%s: %d", cases[i].value, err);
		if (!err)
			check(&s, cases[i].expression);
		hw_shortcuts_clear(&s);
	}
}

static void test_several(void **state)
{
	struct hw_shortcuts s = { 0 };
	struct hw_buf out;

	(void)state;
	hw_buf_init(&out, 1 << 20, NULL);
	assert_int_equal(hw_shortcuts_write(&s, &out), 0);
	assert_int_equal(out.len, 0);
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_STATUS, "404"), 0);
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_METHOD, "GET"), 0);
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_STATUS, "5xx"), 0);
	check(&s, "(upper(http.request.method) in {\"GET\"}) and "
		  "(http.response.code in {404} or http.response.code in {500..599})");
	hw_shortcuts_clear(&s);
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_ERRORS, ""), 0);
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_STATUS, "2xx"), 0);
	check(&s, "(http.response.code in {200..299}) and (http.response.code in {400..599} or "
		  "http.end in {\"aborted_by_client\", \"aborted_by_server\", \"timeout\"} or "
		  "(http.end == \"capture_ended\" and not http.response))");
	hw_shortcuts_clear(&s);
	hw_buf_clear(&out);
}

/* A glob of the longest kind is still a regular expression of a size that is allowed. */
static void test_long(void **state)
{
	struct hw_shortcuts s = { 0 };
	struct hw_query_error error;
	struct hw_query *q;
	struct hw_buf out;
	char glob[902];

	(void)state;
	memset(glob, '/', sizeof(glob));
	glob[900] = '\0';
	hw_buf_init(&out, 1 << 20, NULL);
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_PATH, glob), 0);
	assert_int_equal(hw_shortcuts_write(&s, &out), 0);
	assert_int_equal(hw_query_new(&q, (const char *)out.ptr, &error), 0);
	hw_query_free(q);
	hw_shortcuts_clear(&s);
	hw_buf_clear(&out);
	glob[900] = '/';
	glob[901] = '\0';
	assert_int_equal(hw_shortcuts_add(&s, HW_SHORTCUT_PATH, glob), -EINVAL);
	hw_shortcuts_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
