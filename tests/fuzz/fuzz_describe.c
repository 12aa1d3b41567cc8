/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_describe.c - what is made of two heads lies in them, or is ours
 *
 * The input is both heads, an empty line between; its first byte says whether memory is
 * short.
 */
#include "exchange/describing.h"
#include "fuzz.h"

struct places {
	struct hw_slice head;
	const struct hw_exchange_scratch *scratch;
	const struct hw_http_message *request;
};

static bool is_within(struct hw_slice s, struct hw_slice in)
{
	return in.len && s.ptr >= in.ptr && s.ptr + s.len <= in.ptr + in.len;
}

/* In the heads, or in what reading them or describing made. */
static bool is_inside(struct hw_slice s, const struct places *p)
{
	return s.len == 0 || is_within(s, p->head) || is_within(s, hw_buf_slice(&p->scratch->text));
}

static void check_pairs(struct hw_pairs pairs, const struct places *p)
{
	for (size_t i = 0; i < pairs.nr; i++) {
		FUZZ_CHECK(is_inside(pairs.ptr[i].name, p));
		FUZZ_CHECK(is_inside(pairs.ptr[i].value, p));
	}
}

static bool is_lower_hex(struct hw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!strchr("0123456789abcdef", s.ptr[i]) || !s.ptr[i])
			return false;
	return true;
}

static void check(const struct hw_exchange *x, const struct places *p)
{
	check_pairs(x->request.cookies, p);
	check_pairs(x->response.cookies, p);
	check_pairs(x->parameters, p);
	FUZZ_CHECK(is_inside(x->url, p));
	FUZZ_CHECK(is_inside(x->user_agent, p));
	FUZZ_CHECK(is_inside(x->client_address, p));
	FUZZ_CHECK(x->client_address.len < 46);
	FUZZ_CHECK(is_lower_hex(x->trace_id) && is_lower_hex(x->span_id));
	FUZZ_CHECK(x->trace_id.len == 0 || x->trace_id.len == 16 || x->trace_id.len == 32);
	FUZZ_CHECK(x->span_id.len == 0 || x->span_id.len == 16);
	FUZZ_CHECK(x->route.len <= HW_ROUTE_MAX);
	FUZZ_CHECK(x->host.len <= x->url.len || x->url.len == 0);
	FUZZ_CHECK(x->parameters.nr <= p->request->query.len);
}

static const uint8_t *find_response(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? (const uint8_t *)memmem(data, size, "\r\n\r\n", 4) : NULL;

	return end ? end + 4 : data + size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hw_budget budget = { .max = 1 << 24 };
	struct hw_http_scratch *scratches[2];
	struct hw_exchange_scratch *scratch;
	struct hw_http_message request, response;
	struct hw_exchange x = { .request.message = &request, .response.message = &response };
	const uint8_t *middle;

	if (size < 1 || size > 1 << 16)
		return 0;
	middle = find_response(data + 1, size - 1);
	FUZZ_CHECK(hw_http_scratch_new(&scratches[0], &budget) == 0);
	FUZZ_CHECK(hw_http_scratch_new(&scratches[1], &budget) == 0);
	FUZZ_CHECK(hw_exchange_scratch_new(&scratch, &budget) == 0);
	hw_http_message_read(scratches[0], hw_slice(data + 1, (size_t)(middle - data - 1)),
			     HW_HTTP_REQUEST, HW_HTTP_WHOLE, &request);
	hw_http_message_read(scratches[1], hw_slice(middle, (size_t)(data + size - middle)),
			     HW_HTTP_RESPONSE, HW_HTTP_WHOLE, &response);
	/* Reading may have made texts of its own; those are not for us to judge. */
	if (!((request.anomalies | response.anomalies) & hw_anomaly_bit(HW_ANOMALY_OBS_FOLD))) {
		const struct places places = { hw_slice(data, size), scratch, &request };

		if (data[0] & 1)
			budget.max = budget.used + data[0];
		hw_exchange_describe(scratch, &x, 80);
		check(&x, &places);
	}
	hw_exchange_scratch_free(scratch);
	hw_http_scratch_free(scratches[1]);
	hw_http_scratch_free(scratches[0]);
	FUZZ_CHECK(budget.used == 0);
	return 0;
}
