/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_query_event.c - any event under filters of every kind
 *
 * The input is the head of a message, of one kind or the other, and what its request
 * said. Each text lies at the end of its memory. Filters that say the same in two ways
 * must agree on it.
 */
#include "fuzz.h"

#include "query/query.h"

static const char *const same[][2] = {
	{ "http.request", "not http.response" },
	{ "http.host", "http.host contains \"\"" },
	{ "http.host == \"a\"", "http.host in {\"a\"}" },
	{ "http.host matches \"^[a-f]\"", "lower(http.host) matches \"(?-i)^[a-f]\"" },
	{ "http.host contains \"x\"", "http.host matches r\"(?-i)x\"" },
	{ "http.path < \"/b\"", "http.path and not http.path >= \"/b\"" },
	{ "len(http.path) > 3", "http.path matches r\"(?s)^....\"" },
	{ "http.request.uri == http.request.uri", "http.request.uri" },
	{ "http.request.uri contains \"?\"", "http.request.uri.query" },
	{ "http.request.uri.query contains \"&\"", "http.request.uri.query matches \"&\"" },
	{ "http.request.uri.query.parameter", "http.request.uri.query" },
	{ "http.header[\"a\"] == \"b\"", "not not http.header[A] == 'b'" },
	{ "http.header[a] != \"b\"", "http.header[a] and not http.header[a] == \"b\"" },
	{ "http.header[a] === \"b\"", "http.header[a] and not http.header[a] !== \"b\"" },
	{ "lower(http.cookie) == lower(upper(http.cookie))", "http.cookie" },
	{ "http.content_length > 10", "http.content_length in {11..9223372036854775807}" },
	{ "http.response.code in {0..199, 404}",
	  "http.response.code == 404 or http.response.code < 200" },
	{ "anomaly", "anomaly contains \"\"" },
	{ "tcp.port == 80 or udp.port == 80", "tcp.port in {80..80} or udp.port in {0x50}" },
	{ "ip.addr == 10.0.0.0/8", "ip.addr in {10.0.0.0..10.255.255.255}" },
};

enum {
	NR = sizeof(same) / sizeof(same[0]),
	SIZE_LIMIT = 16 * 1024, /* bytes, and so of what lower() sees */
};

static struct hw_query *queries[NR][2];

static void compile_all(void)
{
	struct hw_query_error error;

	if (queries[0][0])
		return;
	for (size_t i = 0; i < NR; i++)
		for (int j = 0; j < 2; j++)
			FUZZ_CHECK(hw_query_new(&queries[i][j], same[i][j], &error) == 0);
}

/* The next line of `in`, in memory of its own size. */
static struct hw_slice take(struct hw_slice *in, void **owner)
{
	struct hw_slice line = *in;

	if (!hw_slice_cut(in, '\n', &line))
		*in = hw_slice(NULL, 0);
	*owner = malloc(line.len ? line.len : 1);
	FUZZ_CHECK(*owner);
	if (line.len)
		memcpy(*owner, line.ptr, line.len);
	return hw_slice(*owner, line.len);
}

static void ask(const struct hw_event *e)
{
	for (size_t i = 0; i < NR; i++) {
		const uint64_t before =
			hw_query_given_up(queries[i][0]) + hw_query_given_up(queries[i][1]);
		const bool a = hw_query_match(queries[i][0], e);
		const bool b = hw_query_match(queries[i][1], e);
		const uint64_t after =
			hw_query_given_up(queries[i][0]) + hw_query_given_up(queries[i][1]);

		/* Where one is given up they may differ. */
		if (a != b && before == after)
			fprintf(stderr, "%s\n%s\n", same[i][0], same[i][1]);
		FUZZ_CHECK(a == b || before != after);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hw_slice head = hw_slice(data, size), method, target;
	struct hw_http_message m;
	struct hw_http_scratch *scratch;
	struct hw_budget budget = { .max = 16 << 20 };
	struct hw_event e = { .process = &hw_process_none };
	void *owners[2];

	if (size < 4 || size > SIZE_LIMIT)
		return 0;
	compile_all();
	e.type = hw_event_type(HW_TYPE_NET_PACKET_HTTP);
	e.protocol = data[0] & 1 ? 6 : 17;
	e.src = hw_addr_v4(data);
	e.dst_port = data[1];
	method = take(&head, &owners[0]);
	target = take(&head, &owners[1]);
	FUZZ_CHECK(hw_http_scratch_new(&scratch, &budget) == 0);
	hw_http_message_read(scratch, head, data[0] & 2 ? HW_HTTP_REQUEST : HW_HTTP_RESPONSE,
			     HW_HTTP_WHOLE, &m);
	e.http = &m;
	e.extra.anomalies = m.anomalies;
	e.request = (struct hw_event_request){ method, m.host.len ? m.host : method, target,
					       m.uri_path.len ? m.uri_path : target };
	hw_event_prepare(&e);
	ask(&e);
	hw_http_scratch_free(scratch);
	free(owners[0]);
	free(owners[1]);
	return 0;
}
