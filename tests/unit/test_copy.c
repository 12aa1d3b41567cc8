/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_copy.c - events that outlive the bytes they were made of: event/copy.h */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "event/copy.h"
#include "unit/event_fixture.h"

#define REQUEST                                                                                      \
	"GET /users/4711?q=a%20b&sid=5 HTTP/1.1\r\nHost: a.example:8080\r\nCookie: lang=de; x=y\r\n" \
	"User-Agent: curl/7.88.1\r\nX-Request-Id: r1\r\n Folded\r\n\r\n"
#define RESPONSE                                                                              \
	"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=b; Path=/\r\nEmpty:\r\n" \
	"Cache-Control: no-store\r\nContent-Length: 5\r\n\r\n"

/* Two messages, each in a block of its own. */
struct rig {
	struct hw_budget budget;
	struct hw_http_scratch *scratch[2];
	struct hw_exchange_scratch *describing;
	char *heads[2];
	struct hw_http_message request, response;
	struct hw_exchange x;
};

static void read_head(struct rig *r, int i, const char *text, struct hw_http_message *ret)
{
	const enum hw_http_kind kind = i ? HW_HTTP_RESPONSE : HW_HTTP_REQUEST;

	r->heads[i] = malloc(strlen(text));
	assert_non_null(r->heads[i]);
	memcpy(r->heads[i], text, strlen(text));
	assert_int_equal(hw_http_scratch_new(&r->scratch[i], &r->budget), 0);
	assert_int_equal(hw_http_message_read(r->scratch[i], hw_slice(r->heads[i], strlen(text)),
					      kind, HW_HTTP_WHOLE, ret),
			 0);
	assert_int_equal(ret->head.len, strlen(text));
}

static void open_rig(struct rig *r)
{
	*r = (struct rig){ .budget = { .max = 1 << 24 } };
	read_head(r, 0, REQUEST, &r->request);
	read_head(r, 1, RESPONSE, &r->response);
	assert_int_equal(hw_exchange_scratch_new(&r->describing, &r->budget), 0);
	r->x = (struct hw_exchange){ .number = 1,
				     .request = { .message = &r->request, .is_there = true },
				     .response = { .message = &r->response, .is_there = true } };
	hw_exchange_describe(r->describing, &r->x, 80);
}

/* What was borrowed is gone. */
static void close_rig(struct rig *r)
{
	hw_exchange_scratch_free(r->describing);
	for (int i = 0; i < 2; i++) {
		memset(r->heads[i], '?', 20);
		free(r->heads[i]);
		hw_http_scratch_free(r->scratch[i]);
	}
	memset(r, 0, sizeof(*r));
}

static const enum hw_format formats[] = { HW_FORMAT_JSON, HW_FORMAT_JSON_V1BETA1,
					  HW_FORMAT_TEXT, HW_FORMAT_TEXT_LONG,
					  HW_FORMAT_CSV,  HW_FORMAT_HAR,
					  HW_FORMAT_CURL };
enum { FORMATS_NR = sizeof(formats) / sizeof(formats[0]) };

/* The event in each form. */
static void write_all(const struct hw_event *event, char *ret[FORMATS_NR])
{
	for (size_t i = 0; i < FORMATS_NR; i++) {
		struct hw_encoder *encoder;
		char *line;
		size_t len;

		assert_int_equal(hw_encoder_new(&encoder, formats[i], 0), 0);
		assert_int_equal(hw_encoder_encode(encoder, event, &line, &len), 0);
		ret[i] = strndup(len ? line : "", len);
		assert_non_null(ret[i]);
		hw_encoder_free(encoder);
	}
}

static void check(struct rig *r, struct hw_event event)
{
	char *want[FORMATS_NR], *got[FORMATS_NR];
	struct hw_event *copy;
	size_t size;

	event.extra.target = r->request.target;
	event.request = (struct hw_event_request){ r->request.method, r->request.host,
						   r->request.target, r->request.uri_path };
	hw_event_prepare(&event);
	write_all(&event, want);
	copy = hw_event_copy(&event, &size);
	assert_non_null(copy);
	close_rig(r);
	write_all(copy, got);
	for (size_t i = 0; i < FORMATS_NR; i++) {
		assert_string_equal(got[i], want[i]);
		free(got[i]);
		free(want[i]);
	}
	hw_event_copy_free(copy);
}

static void a_message_is_its_own(void **state)
{
	struct hw_event event = loopback_event(HW_TYPE_NET_PACKET_HTTP, 40174, 8080);
	struct rig r;

	(void)state;
	open_rig(&r);
	event.http = &r.request;
	check(&r, event);
	open_rig(&r);
	event.http = &r.response;
	check(&r, event);
}

static void an_exchange_is_its_own(void **state)
{
	struct hw_event event = loopback_event(HW_TYPE_NET_HTTP_EXCHANGE, 40174, 8080);
	struct rig r;

	(void)state;
	open_rig(&r);
	event.exchange = &r.x;
	check(&r, event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_its_own),
		cmocka_unit_test(an_exchange_is_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
