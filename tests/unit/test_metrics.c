/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_metrics.c
 *
 * Exchanges made by hand go in, and lines are looked for on the page. That Prometheus reads
 * the pages is for tests/e2e/test_metrics.py.
 */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/stats.h"
#include "metrics/metrics.h"
#include "unit/event_fixture.h"

enum {
	SERIES = 10000,
	PAGE_MAX = SERIES * HW_METRICS_LINE_MAX,
};

#define T0 1700000000000000000ull
#define MS 1000000ull

static char *page;
static size_t page_len;

static struct hw_slice trace_id = { (const uint8_t *)"4bf92f3577b34da6a3ce929d0e0e4736", 32 };

/* A GET of /users/7 that a server answered with 200 after 42.5 ms. */
struct given {
	struct hw_http_message request, response;
	struct hw_exchange exchange;
	struct hw_event event;
};

static void give(struct given *g)
{
	*g = (struct given){
		.request = { .method = HW_SLICE("GET"), .protocol = HW_SLICE("HTTP/1.1") },
		.response = { .kind = HW_HTTP_RESPONSE,
			      .protocol = HW_SLICE("HTTP/1.1"),
			      .status_code = 200,
			      .framing = HW_HTTP_BODY_LENGTH },
		.exchange = { .role = HW_ROLE_SERVER,
			      .request = { .is_there = true, .start_ns = T0, .end_ns = T0 + 1 },
			      .response = { .is_there = true,
					    .start_ns = T0 + 40 * MS,
					    .end_ns = T0 + 42500000,
					    .body = { .size = 1000 } },
			      .host = HW_SLICE("AZ.Example"),
			      .route = HW_SLICE("/users/{id}") },
		.event = loopback_event(HW_TYPE_NET_HTTP_EXCHANGE, 40000, 80),
	};
	g->event.time_ns = T0 + 43 * MS;
	g->exchange.request.message = &g->request;
	g->exchange.response.message = &g->response;
	g->event.exchange = &g->exchange;
	hw_event_prepare(&g->event);
}

static struct hw_metrics *made(size_t series)
{
	struct hw_metrics *m;

	assert_int_equal(hw_metrics_new(&m, series, 1), 0);
	return m;
}

static void render_with(const struct hw_metrics *m, enum hw_metrics_format format,
			const struct hw_counter *counters, size_t counters_nr)
{
	const struct hw_metrics_own own = {
		.counters = counters,
		.counters_nr = counters_nr,
		.memory_bytes = 4096,
		.memory_peak_bytes = 8192,
		.memory_limit_bytes = 1 << 20,
		.server_requests = 4,
		.start_ns = T0,
		.cpu_ns = 1500 * MS,
	};

	page_len = hw_metrics_render(m, &own, format, page, PAGE_MAX - 1);
	assert_true(page_len > 0);
	page[page_len] = '\0';
}

static void render(const struct hw_metrics *m, enum hw_metrics_format format)
{
	static const struct hw_counter counters[] = {
		{ "packets", "read", "", 12 },	   { "packets", "bad_ip", "", 3 },
		{ "events", "written", "", 7 },	   { "connections", "open", "", 2 },
		{ "live", "packets_lost", "", 5 },
	};

	render_with(m, format, counters, sizeof(counters) / sizeof(counters[0]));
}

static bool has_line(const char *line)
{
	char text[1024];

	snprintf(text, sizeof(text), "\n%s\n", line);
	return strstr(page, text) != NULL;
}

#define assert_line(line)                                           \
	do {                                                        \
		if (!has_line(line))                                \
			fail_msg("no line %s in:\n%s", line, page); \
	} while (0)

#define LABELS                                                           \
	"http_request_method=\"GET\",http_response_status_code=\"200\"," \
	"http_route=\"/users/{id}\",server_address=\"az.example\","      \
	"network_protocol_version=\"1.1\""

static void measures_an_exchange(void **state)
{
	struct hw_metrics *m = made(SERIES);
	struct given g;

	(void)state;
	give(&g);
	hw_metrics_take(m, &g.event);
	render(m, HW_METRICS_TEXT);
	assert_line("# TYPE http_server_request_duration_seconds histogram");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"0.025\"} 0");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"0.05\"} 1");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"10.0\"} 1");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"+Inf\"} 1");
	assert_line("http_server_request_duration_seconds_sum{" LABELS "} 0.0425");
	assert_line("http_server_request_duration_seconds_count{" LABELS "} 1");
	assert_line("http_server_response_body_size_bytes_bucket{" LABELS ",le=\"256.0\"} 0");
	assert_line("http_server_response_body_size_bytes_bucket{" LABELS ",le=\"1024.0\"} 1");
	assert_line("http_server_response_body_size_bytes_sum{" LABELS "} 1000");
	assert_null(strstr(page, "http_server_request_body_size_bytes_"));
	assert_null(strstr(page, "http_client_request_duration_seconds_"));
	assert_line("httpwire_exchanges_total{role=\"server\",end=\"complete\"} 1");
	assert_line("httpwire_events_total{event=\"net_http_exchange\"} 1");
	hw_metrics_free(m);
}

/* Each bucket counts what is in those before it, and bounds are inclusive. */
static void counts_cumulatively(void **state)
{
	static const uint64_t durations[] = {
		0, 5 * MS, 5 * MS + 1, 10 * MS, 9999 * MS, 20000 * MS
	};
	struct hw_metrics *m = made(SERIES);
	struct given g;

	(void)state;
	give(&g);
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		g.exchange.response.end_ns = T0 + durations[i];
		hw_metrics_take(m, &g.event);
	}
	render(m, HW_METRICS_TEXT);
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"0.005\"} 2");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"0.01\"} 4");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"7.5\"} 4");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"10.0\"} 5");
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"+Inf\"} 6");
	assert_line("http_server_request_duration_seconds_sum{" LABELS "} 30.019000001");
	assert_line("http_server_request_duration_seconds_count{" LABELS "} 6");
	hw_metrics_free(m);
}

static const struct label_case {
	const char *method, *protocol;
	enum hw_exchange_role role;
	enum hw_exchange_end end;
	int32_t status; /* 0: no response */
	const char *host, *line;
} label_cases[] = {
	{ "get", "HTTP/1.0", HW_ROLE_UNKNOWN, HW_EXCHANGE_COMPLETE, 404, "h",
	  "http_server_request_duration_seconds_count{http_request_method=\"_OTHER\","
	  "http_response_status_code=\"404\",http_route=\"/users/{id}\",server_address=\"h\","
	  "network_protocol_version=\"1.0\"} 1" },
	{ "GET", "HTTP/1.1", HW_ROLE_CLIENT, HW_EXCHANGE_COMPLETE, 404, "h",
	  "http_client_request_duration_seconds_count{http_request_method=\"GET\","
	  "http_response_status_code=\"404\",http_route=\"/users/{id}\",server_address=\"h\","
	  "network_protocol_version=\"1.1\",error_type=\"404\"} 1" },
	{ "POST", "HTTP/1.1", HW_ROLE_SERVER, HW_EXCHANGE_ABORTED_BY_SERVER, 503, "",
	  "http_server_request_duration_seconds_count{http_request_method=\"POST\","
	  "http_response_status_code=\"503\",http_route=\"/users/{id}\","
	  "server_address=\"127.0.0.1\",network_protocol_version=\"1.1\",error_type=\"503\"} 1" },
	{ "GET", "HTTP/1.1", HW_ROLE_SERVER, HW_EXCHANGE_ABORTED_BY_CLIENT, 200, "h",
	  "http_server_request_duration_seconds_count{http_request_method=\"GET\","
	  "http_response_status_code=\"200\",http_route=\"/users/{id}\",server_address=\"h\","
	  "network_protocol_version=\"1.1\",error_type=\"aborted_by_client\"} 1" },
	{ "GET", "HTTP/1.1", HW_ROLE_CLIENT, HW_EXCHANGE_TIMEOUT, 0, "h",
	  "http_client_request_duration_seconds_count{http_request_method=\"GET\","
	  "http_route=\"/users/{id}\",server_address=\"h\",network_protocol_version=\"1.1\","
	  "error_type=\"timeout\"} 1" },
	{ "GET", "HTTP/x.1", HW_ROLE_SERVER, HW_EXCHANGE_UPGRADED, 101, "h",
	  "http_server_request_duration_seconds_count{http_request_method=\"GET\","
	  "http_response_status_code=\"101\",http_route=\"/users/{id}\",server_address=\"h\"} 1" },
};

static void labels_as_opentelemetry_does(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(label_cases) / sizeof(label_cases[0]); i++) {
		const struct label_case *c = &label_cases[i];
		struct hw_metrics *m = made(SERIES);
		struct given g;

		give(&g);
		g.request.method = hw_slice_text(c->method);
		g.request.protocol = hw_slice_text(c->protocol);
		g.response.status_code = c->status;
		g.exchange.response.is_there = c->status != 0;
		g.exchange.role = c->role;
		g.exchange.end = c->end;
		g.exchange.host = hw_slice_text(c->host);
		hw_metrics_take(m, &g.event);
		render(m, HW_METRICS_TEXT);
		assert_line(c->line);
		hw_metrics_free(m);
	}
}

/* A request that nobody answers took as long as it was waited for. */
static void measures_what_is_not_answered(void **state)
{
	struct hw_metrics *m = made(SERIES);
	struct given g;

	(void)state;
	give(&g);
	g.exchange.response = (struct hw_exchange_part){ .message = &g.response };
	g.exchange.end = HW_EXCHANGE_ABORTED_BY_CLIENT;
	g.event.time_ns = T0 + 3000 * MS;
	hw_metrics_take(m, &g.event);
	render(m, HW_METRICS_TEXT);
	assert_non_null(strstr(page, "error_type=\"aborted_by_client\"} 3.0\n"));
	hw_metrics_free(m);
}

/* What ended because we know no more is counted, but took no time that is known. */
static void leaves_out_what_is_not_known(void **state)
{
	static const enum hw_exchange_end ends[] = { HW_EXCHANGE_CAPTURE_ENDED, HW_EXCHANGE_EVICTED,
						     HW_EXCHANGE_UNPAIRED, HW_EXCHANGE_GOES_ON };
	struct hw_metrics *m = made(SERIES);
	struct given g;

	(void)state;
	give(&g);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		g.exchange.end = ends[i];
		hw_metrics_take(m, &g.event);
	}
	render(m, HW_METRICS_TEXT);
	assert_null(strstr(page, "http_server_request_duration_seconds_"));
	assert_line("httpwire_exchanges_total{role=\"server\",end=\"capture_ended\"} 1");
	assert_line("httpwire_exchanges_total{role=\"server\",end=\"evicted\"} 1");
	assert_line("httpwire_exchanges_total{role=\"server\",end=\"unpaired\"} 1");
	assert_null(strstr(page, "goes_on"));
	hw_metrics_free(m);
}

static void shows_exemplars_in_openmetrics_only(void **state)
{
	static const char *const bad[] = { "", "xyz", "4BF9", "4bf92f3577b34da6a3ce929d0e0e47361",
					   "a\" 1" };
	struct hw_metrics *m = made(SERIES);
	struct given g;

	(void)state;
	give(&g);
	g.exchange.trace_id = trace_id;
	hw_metrics_take(m, &g.event);
	render(m, HW_METRICS_OPENMETRICS);
	assert_line("http_server_request_duration_seconds_bucket{" LABELS ",le=\"0.05\"} 1 # "
		    "{trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.0425 1700000000.043");
	render(m, HW_METRICS_TEXT);
	assert_null(strstr(page, "trace_id"));
	hw_metrics_free(m);

	m = made(SERIES);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		g.exchange.trace_id = hw_slice_text(bad[i]);
		hw_metrics_take(m, &g.event);
	}
	render(m, HW_METRICS_OPENMETRICS);
	assert_null(strstr(page, "trace_id"));
	hw_metrics_free(m);
}

static bool says_loss(const char *name)
{
	static const char *const words[] = { "lost",	"missed",     "late",	 "dropped",
					     "evicted", "unreadable", "limit",	 "forgotten",
					     "expired", "truncated",  "given_up" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

static void assert_is_lost(const struct hw_metrics *m, const char *stage, const char *name)
{
	const struct hw_counter counter = { stage, name, "", 6 };
	char line[200];

	render_with(m, HW_METRICS_TEXT, &counter, 1);
	snprintf(line, sizeof(line), "httpwire_lost_total{stage=\"%s\",reason=\"%s\"} 6", stage,
		 name);
	assert_line(line);
}

/*
 * The engine's by their names; those of the sources one by one. DNS messages are truncated by who
 * sends them.
 */
static void tells_what_is_not_seen(void **state)
{
	static const char *const others[][2] = {
		{ "live", "packets_cut" },	    { "live", "uses_lost" },
		{ "live", "tasks_lost" },	    { "live", "closes_lost" },
		{ "live", "sockets_forgotten" },    { "live", "containers_late" },
		{ "live", "askers_ended" },	    { "interfaces", "packets_lost" },
		{ "interfaces", "packets_missed" }, { "packet_file", "lost" },
		{ "packet_file", "dropped" },
	};
	struct hw_metrics *m = made(SERIES);

	(void)state;
	for (int i = 0; i < HW_STAT_NR; i++) {
		const struct hw_stat_info *info = hw_stat_info((enum hw_stat)i);

		if (says_loss(info->name) && strcmp(info->stage, "dns") != 0)
			assert_is_lost(m, info->stage, info->name);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_is_lost(m, others[i][0], others[i][1]);
	hw_metrics_free(m);
}

static void tells_of_itself(void **state)
{
	struct hw_metrics *m = made(SERIES);

	(void)state;
	render(m, HW_METRICS_TEXT);
	assert_line("# TYPE httpwire_packets_total counter");
	assert_line("httpwire_packets_total 12");
	assert_line("httpwire_lost_total{stage=\"packets\",reason=\"bad_ip\"} 3");
	assert_line("httpwire_lost_total{stage=\"live\",reason=\"packets_lost\"} 5");
	assert_line("httpwire_output_events_total{result=\"written\"} 7");
	assert_line("httpwire_connections_open 2");
	assert_line("http_server_active_requests 4");
	assert_line("http_client_active_requests 0");
	assert_line("httpwire_memory_bytes 4096");
	assert_line("httpwire_memory_peak_bytes 8192");
	assert_line("httpwire_build_info{version=\"" HW_VERSION "\"} 1");
	assert_line("process_start_time_seconds 1700000000.0");
	assert_line("process_cpu_seconds_total 1.5");
	assert_null(strstr(page, "# UNIT"));
	hw_metrics_free(m);
}

static void is_openmetrics(void **state)
{
	struct hw_metrics *m = made(SERIES);

	(void)state;
	render(m, HW_METRICS_OPENMETRICS);
	assert_line("# TYPE httpwire_packets counter");
	assert_line("httpwire_packets_total 12");
	assert_line("# UNIT httpwire_memory_bytes bytes");
	assert_line("# TYPE httpwire_build info");
	assert_line("httpwire_build_info{version=\"" HW_VERSION "\"} 1");
	assert_string_equal(page + page_len - 6, "# EOF\n");
	hw_metrics_free(m);
}

static size_t samples(void)
{
	size_t nr = 0;

	for (const char *line = page; *line; line = strchr(line, '\n') + 1)
		nr += *line != '#';
	return nr;
}

/* Every request names another host and path; half are seen from the client. */
static void limits_series(void **state)
{
	struct hw_metrics *m = made(3000);
	char host[300], known[64];
	struct given g;

	(void)state;
	give(&g);
	memset(host, '\\', sizeof(host));
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(host, 32, "%u", i);
		host[strlen(host)] = '\\';
		g.exchange.host = hw_slice(host, sizeof(host));
		g.exchange.role = i % 2 ? HW_ROLE_CLIENT : HW_ROLE_SERVER;
		g.request.framing = HW_HTTP_BODY_CHUNKED;
		g.response.status_code = 100 + (int32_t)(i % 900);
		hw_metrics_take(m, &g.event);
	}
	render(m, HW_METRICS_OPENMETRICS);
	assert_true(samples() <= 3000);
	assert_true(samples() > 2000);
	assert_non_null(strstr(page, "http_response_status_code=\"_other\",http_route=\"_other\""));
	assert_non_null(strstr(page, "http_response_status_code=\"145\",http_route=\"_other\""));
	assert_non_null(strstr(page, "\nhttpwire_metrics_series_limited_total 49"));
	snprintf(known, sizeof(known),
		 "httpwire_exchanges_total{role=\"client\",end=\"complete\"} %u", 2500u);
	assert_line(known);
	hw_metrics_free(m);
}

/* All are counted somewhere. */
/* So many that some of them share a place. */
static void finds_each_series_again(void **state)
{
	enum { ROUTES = 200 };
	struct hw_metrics *m = made(20000);
	unsigned int nr = 0;
	struct given g;

	(void)state;
	give(&g);
	for (unsigned int i = 0; i < 3 * ROUTES; i++) {
		char route[16];

		snprintf(route, sizeof(route), "/%u", i % ROUTES);
		g.exchange.route = hw_slice_text(route);
		hw_metrics_take(m, &g.event);
	}
	render(m, HW_METRICS_TEXT);
	for (const char *at = page;
	     (at = strstr(at, "\nhttp_server_request_duration_seconds_count{")); at++) {
		assert_int_equal(strtoull(strstr(at, "} ") + 2, NULL, 10), 3);
		nr++;
	}
	assert_int_equal(nr, ROUTES);
	hw_metrics_free(m);
}

static void loses_none_to_the_limit(void **state)
{
	struct hw_metrics *m = made(1000);
	uint64_t sum = 0;
	struct given g;

	(void)state;
	give(&g);
	for (unsigned int i = 0; i < 5000; i++) {
		char route[16];

		snprintf(route, sizeof(route), "/%u", i);
		g.exchange.route = hw_slice_text(route);
		g.response.status_code = 100 + (int32_t)(i % 400);
		hw_metrics_take(m, &g.event);
	}
	render(m, HW_METRICS_TEXT);
	for (const char *at = page;
	     (at = strstr(at, "\nhttp_server_request_duration_seconds_count{")); at++)
		sum += strtoull(strstr(at, "} ") + 2, NULL, 10);
	assert_int_equal(sum, 5000);
	hw_metrics_free(m);
}

static void needs_room(void **state)
{
	static const struct hw_metrics_own own = { 0 };
	struct hw_metrics *m = made(1000);
	size_t len, max = 0;
	char *tight;

	(void)state;
	while (!(len = hw_metrics_render(m, &own, HW_METRICS_TEXT, page, max)))
		max++;
	assert_int_equal(len, max);
	tight = malloc(len);
	assert_non_null(tight);
	assert_int_equal(hw_metrics_render(m, &own, HW_METRICS_TEXT, tight, len - 1), 0);
	free(tight);
	hw_metrics_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(measures_an_exchange),
		cmocka_unit_test(counts_cumulatively),
		cmocka_unit_test(labels_as_opentelemetry_does),
		cmocka_unit_test(measures_what_is_not_answered),
		cmocka_unit_test(leaves_out_what_is_not_known),
		cmocka_unit_test(shows_exemplars_in_openmetrics_only),
		cmocka_unit_test(tells_of_itself),
		cmocka_unit_test(is_openmetrics),
		cmocka_unit_test(tells_what_is_not_seen),
		cmocka_unit_test(limits_series),
		cmocka_unit_test(finds_each_series_again),
		cmocka_unit_test(loses_none_to_the_limit),
		cmocka_unit_test(needs_room),
	};
	int failed;

	page = malloc(PAGE_MAX);
	if (!page)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(page);
	return failed;
}
