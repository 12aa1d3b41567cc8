/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_route.c */
#include "unit/unit.h"

#include "exchange/route.h"
#include "tight.h"

static const struct {
	const char *path, *route;
} folded[] = {
	{ "", "" },
	{ "*", "*" },
	{ "/", "/" },
	{ "/users", "/users" },
	{ "/users/", "/users/" },
	{ "//a//", "//a//" },
	{ "/users/4711", "/users/{id}" },
	{ "/users/4711/orders/7", "/users/{id}/orders/{id}" },
	{ "/0", "/{id}" },
	{ "/v1/api", "/v1/api" },
	{ "/u/550e8400-e29b-41d4-a716-446655440000", "/u/{id}" },
	{ "/u/550E8400E29B41D4A716446655440000/x", "/u/{id}/x" },
	{ "/o/507f1f77bcf86cd799439011", "/o/{id}" },
	{ "/o/9f3a01bc", "/o/{id}" },
	{ "/o/deadbeef", "/o/deadbeef" }, /* a word, as far as one can tell */
	{ "/o/deadbeefdeadbeef", "/o/{id}" },
	{ "/o/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/o/{id}" },
	{ "/o/dQw4w9WgXcQ", "/o/{id}" },
	{ "/o/V1StGXR8_Z5jdHi6B-myT", "/o/{id}" },
	{ "/o/cus_4QFJOjw2pOmAGJ", "/o/{id}" },
	{ "/o/a1b2c3", "/o/{id}" },
	{ "/o/order-48211", "/o/{id}" },
	{ "/day/2026-11-26", "/day/{id}" },
	{ "/host/10.0.0.1", "/host/{id}" },
	{ "/static/app.3f2a9c1b.js", "/static/{id}" },
	{ "/a;jsessionid=0123456789ABCDEF/b;x", "/a/b" },

	/* Words with digits. */
	{ "/oauth2/v2beta1/v1alpha2/sha256/utf8", "/oauth2/v2beta1/v1alpha2/sha256/utf8" },
	{ "/i18n/k8s/e2e/b2b/x86/h264/log4j", "/i18n/k8s/e2e/b2b/x86/h264/log4j" },
	{ "/jquery-3.6.0.min.js", "/jquery-3.6.0.min.js" },
	{ "/blog/top-10-of-2026", "/blog/top-10-of-2026" },
	{ "/ipv4-and-ipv6-over-h2-and-h3", "/ipv4-and-ipv6-over-h2-and-h3" },
	{ "/Gr\xc3\xbc\xc3\x9f"
	  "e",
	  "/Gr\xc3\xbc\xc3\x9f"
	  "e" },
	{ "/..", "/.." },
	{ "/-", "/-" },
};

static void assert_route(const struct hw_routes *routes, const char *path, const char *want)
{
	char route[HW_ROUTE_MAX];
	const struct hw_slice in = tight_copy(hw_slice_text(path));
	const size_t len = hw_route_of(routes, in, route);

	if (!hw_slice_eq(hw_slice(route, len), hw_slice_text(want)))
		fail_msg("%s: %.*s, not %s", path, (int)len, route, want);
}

static void ids_are_folded(void **state)
{
	const struct hw_routes none = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(folded) / sizeof(folded[0]); i++)
		assert_route(&none, folded[i].path, folded[i].route);
}

static void what_is_too_long_is_cut(void **state)
{
	const struct hw_routes none = { 0 };
	char path[600], route[HW_ROUTE_MAX];

	(void)state;
	memset(path, 'x', sizeof(path));
	path[0] = '/';
	assert_int_equal(hw_route_of(&none, hw_slice(path, sizeof(path)), route), HW_ROUTE_MAX);
	assert_memory_equal(route, path, HW_ROUTE_MAX);
	memset(path, '/', sizeof(path));
	assert_int_equal(hw_route_of(&none, hw_slice(path, sizeof(path)), route), HW_ROUTE_MAX);
}

static const struct {
	const char *pattern;
	bool is_one;
} patterns[] = {
	{ "/", true },	      { "/api", true },	   { "/api/{name}", true }, { "/{}", true },
	{ "/api/**", true },  { "/**", true },	   { "/a*/b*c", true },	    { "", false },
	{ "api", false },     { "{id}", false },   { "/{id", false },	    { "/id}", false },
	{ "/{{id}}", false }, { "/a{id}", false }, { "/{a}/**/b", false },
};

static void patterns_are_told_from_others(void **state)
{
	char longest[HW_ROUTE_MAX + 1] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (hw_route_is_pattern(patterns[i].pattern) != patterns[i].is_one)
			fail_msg("%s", patterns[i].pattern);
	memset(longest, '/', HW_ROUTE_MAX);
	assert_false(hw_route_is_pattern(longest));
	longest[HW_ROUTE_MAX - 1] = '\0';
	assert_true(hw_route_is_pattern(longest));
}

static void patterns_come_before_folding(void **state)
{
	static const char *const list[] = { "/users/me", "/users/{user}", "/users/{user}/**",
					    "/static/**" };
	const struct hw_routes routes = { list, sizeof(list) / sizeof(list[0]) };

	(void)state;
	assert_route(&routes, "/users/me", "/users/me");
	assert_route(&routes, "/users/bob", "/users/{user}");
	assert_route(&routes, "/users/4711", "/users/{user}");
	assert_route(&routes, "/users/", "/users/");
	assert_route(&routes, "/users/bob/", "/users/{user}/**");
	assert_route(&routes, "/users/bob/a/4711", "/users/{user}/**");
	assert_route(&routes, "/users", "/users");
	assert_route(&routes, "/static", "/static/**");
	assert_route(&routes, "/static/a/b.js", "/static/**");
	assert_route(&routes, "/statics/4711", "/statics/{id}");
	assert_route(&routes, "*", "*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_are_folded),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(patterns_are_told_from_others),
		cmocka_unit_test(patterns_come_before_folding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
