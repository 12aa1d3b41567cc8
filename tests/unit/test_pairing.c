/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_pairing.c - requests find their responses, and nobody else's */
#include "unit/unit.h"

#include <stdio.h>

#include "exchange/pairing.h"
#include "exchange/waiting.h"

enum {
	CLIENT = 0,
	SERVER = 1,
	LEN = 100, /* bytes of each message */
};

/* What was told, as text: "1:/a>200 complete;". */
struct told {
	char text[1 << 16];
	size_t len;
};

struct talk {
	struct hw_budget budget;
	struct hw_stats stats;
	struct hw_pairing_env env;
	struct hw_pairing *pairing;
	struct told told;
	uint32_t next[2];
	uint64_t time_ns, messages, last_number;
	uint64_t response_size; /* of the latest exchange */
	unsigned kept, unkept;	/* bodies of requests, the latter without memory */
	char target[32];	/* of the latest request; gone with the next */
};

#define BODY HW_SLICE("a body that is kept")

static bool rests; /* whenever it can, between any two messages */

/* What is not kept is said to be missing, and why. */
static void judge_body(struct talk *t, const struct hw_exchange_body *body)
{
	if (body->size == 0 || !t->env.bodies.max)
		return;
	if (body->problem.len == 0) {
		assert_slice_equal(body->text, BODY);
		t->kept++;
		return;
	}
	assert_slice_equal(body->problem, HW_SLICE("no memory"));
	assert_true(body->is_cut);
	assert_int_equal(body->kept.len, 0);
	t->unkept++;
}

static void on_exchange(void *ctx, struct hw_exchange *x, int client)
{
	struct talk *talk = ctx;
	struct told *t = &talk->told;
	const struct hw_slice target = x->request.message->target;
	const struct hw_slice end = hw_exchange_end_name(x->end);

	assert_int_equal(client, CLIENT);
	assert_true(x->number > 0 && x->number <= talk->messages);
	talk->last_number = x->number;
	talk->response_size = x->response.body.size;
	hw_exchange_count(x, &talk->stats, 1);
	judge_body(talk, &x->request.body);
	t->len += (size_t)snprintf(t->text + t->len, sizeof(t->text) - t->len, "%.*s>%d %.*s;",
				   (int)target.len, (const char *)target.ptr,
				   x->response.message->status_code, (int)end.len,
				   (const char *)end.ptr);
}

static void on_tunnel(void *ctx, const struct hw_tunnel *t, int client)
{
	struct talk *talk = ctx;
	struct told *told = &talk->told;

	assert_int_equal(client, CLIENT);
	told->len += (size_t)snprintf(told->text + told->len, sizeof(told->text) - told->len,
				      "tunnel %d>%d;", (int)t->client_bytes, (int)t->server_bytes);
}

static enum hw_exchange_role role(void *ctx, int client)
{
	(void)ctx;
	(void)client;
	return HW_ROLE_UNKNOWN;
}

static struct hw_pairing_now now(struct talk *t, int dir)
{
	return (struct hw_pairing_now){ .env = &t->env,
					.ctx = t,
					.time_ns = t->time_ns += 1000,
					.dir = dir,
					.next = t->next[dir] };
}

/* Numbers of both directions wrap after a few messages. */
static void start(struct talk *t, size_t memory)
{
	*t = (struct talk){ .budget.max = memory, .next = { UINT32_MAX - LEN, UINT32_MAX - LEN } };
	t->env = (struct hw_pairing_env){ .budget = &t->budget,
					  .stats = &t->stats,
					  .exchange = on_exchange,
					  .tunnel = on_tunnel,
					  .role = role };
	t->pairing = hw_pairing_new(&t->env, NULL, true);
	assert_non_null(t->pairing);
}

static void rest(struct talk *t)
{
	const uint64_t rest = rests ? hw_pairing_rest(t->pairing) : HW_PAIRING_BUSY;

	if (rest == HW_PAIRING_BUSY)
		return;
	hw_pairing_free(t->pairing, &t->env);
	t->pairing = hw_pairing_awake(&t->env, NULL, rest, true);
	assert_non_null(t->pairing);
	assert_int_equal(hw_pairing_rest(t->pairing), rest);
}

/* A message of LEN bytes in a piece of its own. */
static void send_with(struct talk *t, int dir, const struct hw_http_message *m,
		      struct hw_pairing_ack ack)
{
	struct hw_pairing_now n;

	t->messages++;
	t->next[dir] += LEN;
	n = now(t, dir);
	hw_pairing_piece(t->pairing, &n, LEN);
	hw_pairing_begin(t->pairing, &n, 0, t->next[dir] - LEN, &(struct hw_pairing_ack){ 0 });
	if (m->kind == HW_HTTP_REQUEST)
		hw_pairing_request(t->pairing, &n, m, &ack);
	else
		hw_pairing_response(t->pairing, &n, m, &ack);
	if (m->framing == HW_HTTP_BODY_LENGTH)
		hw_pairing_body(t->pairing, &n, BODY);
	hw_pairing_done(t->pairing, &n, true, 0);
	hw_pairing_keep(&t->env);
	rest(t);
}

static struct hw_pairing_ack all_of(const struct talk *t, int dir)
{
	return (struct hw_pairing_ack){ true, t->next[dir], t->next[dir] };
}

/* Without a version, or what HTTP/2 begins with. */
static void ask_oddly(struct talk *t, enum hw_anomaly odd)
{
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("GET"),
					   .target = HW_SLICE("odd"),
					   .anomalies = hw_anomaly_bit(odd) };

	send_with(t, CLIENT, &m, all_of(t, SERVER));
}

static void ask_with(struct talk *t, unsigned number, struct hw_pairing_ack ack)
{
	const int len = snprintf(t->target, sizeof(t->target), "/%u", number);
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("GET"),
					   .target = hw_slice(t->target, (size_t)len) };

	send_with(t, CLIENT, &m, ack);
	memset(t->target, '?', sizeof(t->target)); /* borrowed texts are gone with the piece */
}

static void ask(struct talk *t, unsigned number)
{
	ask_with(t, number, all_of(t, SERVER));
}

/* The server has `owed` bytes of requests that are not here. */
static void answer_with(struct talk *t, int32_t status, uint32_t owed)
{
	const struct hw_http_message m = { .kind = HW_HTTP_RESPONSE, .status_code = status };
	struct hw_pairing_ack ack = all_of(t, CLIENT);

	ack.ack += owed;
	send_with(t, SERVER, &m, ack);
}

static void answer(struct talk *t, int32_t status)
{
	answer_with(t, status, 0);
}

static void lose(struct talk *t, int dir)
{
	struct hw_pairing_now n;

	t->next[dir] += LEN;
	n = now(t, dir);
	n.why = HW_HTTP_CUT_GAP;
	hw_pairing_gap(t->pairing, &n, LEN, false, t->next[dir]);
	rest(t);
}

static void end(struct talk *t, int dir)
{
	struct hw_pairing_now n = now(t, dir);

	n.why = HW_HTTP_CUT_CLOSED;
	hw_pairing_end(t->pairing, &n, HW_PAIRING_CLOSED, dir, t->next);
}

static void finish_as(struct talk *t, enum hw_http_incomplete why, enum hw_pairing_end how,
		      const char *want)
{
	for (int dir = 0; dir < 2; dir++) {
		struct hw_pairing_now n = now(t, dir);

		n.why = why;
		hw_pairing_end(t->pairing, &n, how, dir, t->next);
	}
	hw_pairing_free(t->pairing, &t->env);
	if (want)
		assert_string_equal(t->told.text, want);
	assert_int_equal(t->budget.used, 0);
	assert_null(hw_stats_check(&t->stats));
}

static void finish(struct talk *t, const char *want)
{
	finish_as(t, HW_HTTP_CUT_CAPTURE_END, HW_PAIRING_CAPTURE_END, want);
}

static void close_it(struct talk *t, const char *want)
{
	finish_as(t, HW_HTTP_CUT_CLOSED, HW_PAIRING_CLOSED, want);
}

static void say(struct talk *t, int dir)
{
	struct hw_pairing_now n = now(t, dir);

	hw_pairing_piece(t->pairing, &n, LEN);
}

static void http_2_is_no_error(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_H2_PREFACE);
	lose(&t, SERVER);
	say(&t, CLIENT);
	close_it(&t, "odd>0 upgraded;tunnel 100>100;");
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_H2_PREFACE);
	finish(&t, "odd>0 upgraded;tunnel 0>0;");
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_H2_PREFACE);
	answer(&t, 400);
	close_it(&t, "odd>400 complete;");
}

static void http_0_9_is_answered_by_a_body(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_HTTP_0_9);
	lose(&t, SERVER);
	close_it(&t, "odd>0 complete;");
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_HTTP_0_9);
	say(&t, SERVER);
	say(&t, CLIENT);
	close_it(&t, "odd>0 unpaired;");
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_HTTP_0_9);
	close_it(&t, "odd>0 aborted_by_client;");
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_HTTP_0_9);
	say(&t, SERVER);
	finish(&t, "odd>0 capture_ended;");
}

static void what_was_lost_behind_http_0_9_is_nobodys(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_oddly(&t, HW_ANOMALY_HTTP_0_9);
	lose(&t, SERVER);
	ask(&t, 2);
	answer(&t, 202);
	close_it(&t, "odd>0 unpaired;/2>0 unpaired;>202 unpaired;");
}

static void answers_come_in_order(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	ask(&t, 2);
	answer(&t, 201);
	answer(&t, 100);
	answer(&t, 202);
	ask(&t, 3);
	finish(&t, "/1>201 complete;/2>202 complete;/3>0 capture_ended;");
}

static void a_lost_answer_is_nobody_elses(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	lose(&t, SERVER);
	ask(&t, 2);
	answer(&t, 202);
	finish(&t, "/1>0 unpaired;/2>202 complete;");
}

static void a_lost_request_leaves_its_answer_alone(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	lose(&t, CLIENT);
	answer(&t, 202);
	ask(&t, 3);
	answer(&t, 203);
	finish(&t, "/1>201 complete;>202 unpaired;/3>203 complete;");
}

/* Requests 3 to 5 are held behind one that is lost, and an answer was lost before. */
static void answers_wait_for_requests_that_are_held(void **state)
{
	struct hw_pairing_ack ack;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	lose(&t, SERVER);
	ack = all_of(&t, SERVER);
	for (unsigned i = 3; i < 6; i++)
		answer_with(&t, 200 + (int32_t)i, (i - 1) * LEN);
	lose(&t, CLIENT);
	for (unsigned i = 3; i < 6; i++, ack.ack += LEN)
		ask_with(&t, i, ack);
	ask(&t, 6);
	answer(&t, 206);
	finish(&t,
	       "/1>201 complete;/3>203 complete;/4>204 complete;/5>205 complete;/6>206 complete;");
}

/* The head of request 2 ends in a gap, and nothing says when it was sent. */
static void a_request_cut_by_a_gap_is_given_no_later_answer(void **state)
{
	struct hw_pairing_ack ack;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	answer_with(&t, 202, LEN);
	ack = all_of(&t, SERVER);
	answer_with(&t, 203, 2 * LEN);
	ask_with(&t, 2, (struct hw_pairing_ack){ 0 });
	lose(&t, CLIENT);
	ask_with(&t, 3, ack);
	ask(&t, 4);
	answer(&t, 204);
	lose(&t, SERVER); /* it was no pipeline, either */
	ask(&t, 5);
	answer(&t, 205);
	finish(&t, "/1>201 complete;>202 unpaired;/3>203 complete;/2>0 unpaired;/4>204 complete;"
		   "/5>205 complete;");
}

/* Its answer was told alone before the request came: nobody has aborted it. */
static void a_request_that_came_too_late_is_unpaired(void **state)
{
	struct hw_pairing_ack ack;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	lose(&t, CLIENT);
	answer(&t, 202);
	ack = all_of(&t, SERVER);
	answer(&t, 203);
	ask_with(&t, 3, ack);
	ask(&t, 4);
	finish(&t, "/1>201 complete;>202 unpaired;>203 unpaired;/3>0 unpaired;/4>0 capture_ended;");
}

static const struct hw_http_message upload = { .kind = HW_HTTP_REQUEST,
					       .method = HW_SLICE("POST"),
					       .target = HW_SLICE("/up"),
					       .framing = HW_HTTP_BODY_LENGTH };
static const struct hw_http_message refusal = { .kind = HW_HTTP_RESPONSE,
						.status_code = 413,
						.framing = HW_HTTP_BODY_LENGTH };

/* Its end was never seen, so that its answer may have come before that. */
static void nobody_has_aborted_what_has_no_end(void **state)
{
	struct hw_pairing_now n;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	ask(&t, 2);
	finish_as(&t, HW_HTTP_CUT_GAP, HW_PAIRING_UNSEEN, "/1>201 complete;/2>0 unpaired;");
	start(&t, 1 << 20);
	say(&t,
	    CLIENT); /* an upload, of which the end is missing, and so is the server's refusal */
	n = now(&t, CLIENT);
	hw_pairing_begin(t.pairing, &n, 0, t.next[CLIENT], &(struct hw_pairing_ack){ 0 });
	hw_pairing_request(t.pairing, &n, &upload, &(struct hw_pairing_ack){ 0 });
	t.messages++;
	n = now(&t, SERVER);
	hw_pairing_begin(t.pairing, &n, 0, t.next[SERVER], &(struct hw_pairing_ack){ 0 });
	hw_pairing_response(t.pairing, &n, &refusal, &(struct hw_pairing_ack){ 0 });
	finish_as(&t, HW_HTTP_CUT_GAP, HW_PAIRING_UNSEEN, "/up>413 complete;");
}

/* Their answers came before them, and the server's end too, as where each direction has a file. */
static void requests_behind_the_end_of_their_server_are_unpaired(void **state)
{
	struct hw_pairing_ack ack;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ack = all_of(&t, SERVER);
	answer_with(&t, 201, LEN);
	answer_with(&t, 202, 2 * LEN);
	end(&t, SERVER);
	ask_with(&t, 1, ack);
	ack.ack += LEN;
	ask_with(&t, 2, ack);
	ask(&t, 3); /* of which nothing came: that is aborted */
	close_it(&t, ">201 unpaired;>202 unpaired;/1>0 unpaired;/2>0 unpaired;"
		     "/3>0 aborted_by_server;");

	start(&t, 1 << 20);
	ack = all_of(&t, SERVER);
	answer_with(&t, 408, LEN); /* nothing came, and what comes now is answered by nobody */
	end(&t, SERVER);
	ask_with(&t, 1, ack);
	close_it(&t, ">408 unpaired;/1>0 aborted_by_server;");
}

/* An answer with a body, of which `len` bytes come and `lost` do not, until its server closes. */
static void answer_and_close(struct talk *t, size_t len, uint64_t lost, enum hw_http_incomplete why)
{
	struct hw_pairing_now n = now(t, SERVER);
	const struct hw_pairing_ack ack = { true, t->next[CLIENT] + LEN, t->next[CLIENT] };

	t->messages++;
	hw_pairing_begin(t->pairing, &n, 0, t->next[SERVER], &(struct hw_pairing_ack){ 0 });
	hw_pairing_response(t->pairing, &n, &refusal, &ack);
	hw_pairing_body(t->pairing, &n, hw_slice(BODY.ptr, len));
	if (lost)
		hw_pairing_gap(t->pairing, &n, lost, true, t->next[SERVER]);
	n.why = why;
	hw_pairing_done(t->pairing, &n, false, 0);
}

static void an_answer_to_what_was_not_heard_is_aborted_if_its_body_is(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	answer_and_close(&t, 1, 0, HW_HTTP_CUT_CLOSED);
	close_it(&t, ">413 aborted_by_client;");
	start(&t, 1 << 20); /* it may be that of HEAD */
	answer_and_close(&t, 0, 0, HW_HTTP_CUT_CLOSED);
	close_it(&t, ">413 unpaired;");
	start(&t, 1 << 20); /* only the capture lacks some of it */
	answer_and_close(&t, 1, 1, HW_HTTP_WHOLE);
	close_it(&t, ">413 unpaired;");
}

/* The head of a request has begun, which is answered; the server has `owed` bytes that are not here. */
static void refuse_head_of(struct talk *t, int32_t status, uint32_t owed)
{
	const struct hw_http_message m = { .kind = HW_HTTP_RESPONSE, .status_code = status };
	struct hw_pairing_ack ack = all_of(t, CLIENT);

	ack.is_in_head = true;
	ack.ack += owed;
	send_with(t, SERVER, &m, ack);
}

static void refuse_head(struct talk *t, int32_t status)
{
	refuse_head_of(t, status, 0);
}

/* What is not here is of the head that has begun, if its client had all answers before. */
static void an_answer_to_a_head_that_is_not_here_yet(void **state)
{
	struct talk t;

	(void)state;
	for (int has_all = 0; has_all < 2; has_all++) {
		struct hw_pairing_now n;
		struct hw_pairing_ack ack;

		start(&t, 1 << 20);
		n = now(&t, CLIENT);
		ack = all_of(&t, SERVER);
		ack.ack -= has_all ? 0 : LEN;
		hw_pairing_begin(t.pairing, &n, 0, t.next[CLIENT], &ack);
		refuse_head_of(&t, 408, LEN);
		end(&t, SERVER);
		ask(&t, 1);
		close_it(&t,
			 has_all ? "/1>408 complete;" : ">408 unpaired;/1>0 aborted_by_server;");
	}
}

/* What it acknowledges when its head ends, or is cut, says nothing: it was sent before. */
static void an_answer_that_does_not_wait_for_the_head_is_of_its_request(void **state)
{
	const char *const lost = "/1>201 complete;>202 unpaired;>408 unpaired;/3>0 capture_ended;";
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	refuse_head(&t, 408);
	end(&t, SERVER);
	ask(&t, 1);
	assert_string_equal(t.told.text, "/1>408 complete;");
	close_it(&t, NULL);
	start(&t, 1 << 20);
	ask(&t, 1);
	refuse_head(&t, 201);
	refuse_head(&t, 431);
	answer(&t, 400); /* of nobody yet */
	ask(&t, 2);
	ask(&t, 3);
	finish(&t, "/1>201 complete;>400 unpaired;/2>431 complete;/3>0 capture_ended;");
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	lose(&t, CLIENT);
	answer(&t, 202);
	refuse_head(&t, 408); /* of a request that was lost, or the one that has begun */
	ask(&t, 3);
	finish(&t, lost);
}

static void what_is_passed_over_is_of_the_body(void **state)
{
	const struct hw_http_message m = { .kind = HW_HTTP_RESPONSE, .status_code = 200 };
	const struct hw_pairing_ack none = { 0 };
	struct hw_pairing_now n;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	n = now(&t, SERVER);
	hw_pairing_begin(t.pairing, &n, 0, t.next[SERVER], &none);
	hw_pairing_response(t.pairing, &n, &m, &none);
	hw_pairing_body(t.pairing, &n, BODY);
	hw_pairing_passed(t.pairing, &n, 1000);
	hw_pairing_done(t.pairing, &n, true, 0);
	assert_int_equal(t.response_size, BODY.len + 1000);
	close_it(&t, "/1>200 complete;");
}

static void it_rests_only_without_exchanges(void **state)
{
	struct talk t;
	uint64_t word;

	(void)state;
	start(&t, 1 << 20);
	assert_int_not_equal(hw_pairing_rest(t.pairing), HW_PAIRING_BUSY);
	ask(&t, 1);
	assert_int_equal(hw_pairing_rest(t.pairing), HW_PAIRING_BUSY);
	answer(&t, 201);
	assert_int_equal(t.last_number, 1);
	word = hw_pairing_rest(t.pairing);
	assert_int_not_equal(word, HW_PAIRING_BUSY);
	hw_pairing_free(t.pairing, &t.env);
	t.pairing = hw_pairing_awake(&t.env, NULL, word, false); /* bytes were missed */
	answer(&t, 202);
	ask(&t, 3);
	answer(&t, 203);
	assert_int_equal(t.last_number, 3);
	finish(&t, "/1>201 complete;>202 unpaired;/3>203 complete;");
}

/* An answer whose body goes on. */
static void begin_answer(struct talk *t, int32_t status)
{
	const struct hw_http_message m = { .kind = HW_HTTP_RESPONSE, .status_code = status };
	const struct hw_pairing_ack ack = all_of(t, CLIENT);
	struct hw_pairing_now n;

	t->messages++;
	t->next[SERVER] += LEN;
	n = now(t, SERVER);
	hw_pairing_piece(t->pairing, &n, LEN);
	hw_pairing_begin(t->pairing, &n, 0, t->next[SERVER] - LEN, &ack);
	hw_pairing_response(t->pairing, &n, &m, &ack);
	hw_pairing_keep(&t->env);
}

/*
 * Of a lost request the answer began, and its client has the rest of that, which is not here: the
 * next one is not sent ahead. That is told by where the one before was sent, whatever the numbers.
 */
static void it_rests_with_what_tells_who_asks_ahead(void **state)
{
	static const uint32_t numbers[] = { 0, 1u << 30, 9u << 28, UINT32_MAX - LEN };

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct hw_pairing_ack more;
		struct talk t;

		start(&t, 1 << 20);
		t.next[SERVER] = numbers[i];
		ask(&t, 1);
		answer(&t, 201);
		begin_answer(&t, 202);
		lose(&t, CLIENT);
		more = all_of(&t, SERVER);
		more.ack += LEN;
		ask_with(&t, 3, more);
		lose(&t, SERVER);
		answer(&t, 203);
		finish(&t, "/1>201 complete;/3>203 complete;>202 capture_ended;");
	}
}

/* What may answer a request that is still to come is not forgotten. */
static void it_rests_not_while_answers_may_be_missing(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	answer(&t, 201);
	hw_pairing_miss_answers(t.pairing, t.next[SERVER] + LEN);
	assert_int_equal(hw_pairing_rest(t.pairing), HW_PAIRING_BUSY);
	t.next[SERVER] += LEN;
	ask(&t, 2);
	answer(&t, 202);
	assert_int_not_equal(hw_pairing_rest(t.pairing), HW_PAIRING_BUSY);
	hw_pairing_free(t.pairing, &t.env);
}

/* The server's end came before there was a pairing, or while it rested. */
static void an_end_before_it_counts(void **state)
{
	struct talk t;
	struct hw_pairing_now n;

	(void)state;
	start(&t, 1 << 20);
	hw_pairing_ended(t.pairing, SERVER, SERVER);
	ask(&t, 1);
	n = now(&t, CLIENT);
	hw_pairing_end(t.pairing, &n, HW_PAIRING_CLOSED, CLIENT, t.next);
	assert_string_equal(t.told.text, "/1>0 aborted_by_server;");
	assert_true(hw_pairing_is_over(t.pairing));
	hw_pairing_free(t.pairing, &t.env);
}

static void nothing_is_guessed_of_a_pipeline(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	ask(&t, 2);
	lose(&t, SERVER);
	answer(&t, 202);
	ask(&t, 3);
	answer(&t, 203);
	finish(&t, "/1>0 unpaired;/2>0 unpaired;>202 unpaired;/3>0 unpaired;>203 unpaired;");
}

static void ask_in_turn(struct talk *t, unsigned from, unsigned until)
{
	for (unsigned i = from; i < until; i++) {
		ask(t, i);
		answer(t, 200 + (int32_t)i);
	}
}

static void ask_both_at_once(struct talk *t)
{
	ask(t, 1);
	ask(t, 2);
	answer(t, 201);
	answer(t, 202);
}

/* Only one request waited when something was lost, whatever was sent ahead before. */
static void a_pipeline_that_is_over_does_not_count(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_both_at_once(&t);
	ask(&t, 3);
	lose(&t, SERVER);
	ask_in_turn(&t, 4, 6);
	finish(&t,
	       "/1>201 complete;/2>202 complete;/3>0 unpaired;/4>204 complete;/5>205 complete;");
}

/* An answer at the place that a request names is that of all before it, too. */
static void what_waits_behind_a_known_answer_is_known(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	lose(&t, SERVER);
	ask_with(&t, 2, all_of(&t, SERVER));
	ask(&t, 3);
	answer(&t, 202);
	answer(&t, 203);
	finish(&t, "/1>0 unpaired;/2>202 complete;/3>203 complete;");
}

/* Which of several that may all have been sent at once was lost, and what its answer is? */
static void who_sends_ahead_and_loses_a_request_is_not_paired(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_both_at_once(&t);
	ask_in_turn(&t, 3, 5);
	lose(&t, CLIENT);
	answer(&t, 205);
	ask_in_turn(&t, 6, 7);
	finish(&t, "/1>201 complete;/2>202 complete;/3>203 complete;/4>204 complete;>205 unpaired;"
		   "/6>0 unpaired;>206 unpaired;");
}

static void who_has_asked_in_turn_since_is(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_both_at_once(&t);
	ask_in_turn(&t, 3, 6);
	lose(&t, CLIENT);
	answer(&t, 206);
	ask_in_turn(&t, 7, 8);
	ask(&t, 8);
	ask(&t, 9); /* it sends ahead, after all: with the next loss that counts */
	answer(&t, 208);
	answer(&t, 209);
	ask(&t, 10);
	lose(&t, SERVER);
	ask_in_turn(&t, 11, 12);
	finish(&t,
	       "/1>201 complete;/2>202 complete;/3>203 complete;/4>204 complete;/5>205 complete;"
	       ">206 unpaired;/7>207 complete;/8>208 complete;/9>209 complete;/10>0 unpaired;"
	       "/11>0 unpaired;>211 unpaired;");
}

/* Request 3 leaves when the first of two answers has come, which is lost: the next is not its own. */
static void one_sent_behind_another_that_waits_is_not_given_its_answer(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask(&t, 1);
	ask(&t, 2);
	ask_with(&t, 3, (struct hw_pairing_ack){ true, t.next[SERVER] + LEN, t.next[SERVER] });
	lose(&t, SERVER);
	answer(&t, 202);
	finish(&t, "/1>0 unpaired;/2>0 unpaired;/3>0 unpaired;>202 unpaired;");
}

static void answer_with_body(struct talk *t, int32_t status, uint32_t owed)
{
	const struct hw_http_message m = { .kind = HW_HTTP_RESPONSE,
					   .status_code = status,
					   .framing = HW_HTTP_BODY_LENGTH };
	struct hw_pairing_ack ack = all_of(t, CLIENT);

	ack.ack += owed;
	send_with(t, SERVER, &m, ack);
}

/* It was taken to have a body before HEAD came, which was the next answer: no other is. */
static void what_answered_head_and_has_a_body_hides_answers(void **state)
{
	struct hw_http_message head = { .kind = HW_HTTP_REQUEST,
					.method = HW_SLICE("HEAD"),
					.target = HW_SLICE("/2") };
	struct hw_pairing_ack ack;
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	ask_in_turn(&t, 1, 2);
	ack = all_of(&t, SERVER);
	answer_with_body(&t, 202, LEN);
	send_with(&t, CLIENT, &head, ack);
	ack.ack += LEN / 2;
	ask_with(&t, 3, ack);
	ask_in_turn(&t, 4, 5);
	finish(&t, "/1>201 complete;/2>202 complete;/3>0 unpaired;/4>0 unpaired;>204 unpaired;");
}

/* What is in its body, which is not known, may look like a request, and is answered by nobody. */
static void a_head_that_is_too_long_makes_what_follows_uncertain(void **state)
{
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("POST"),
					   .target = HW_SLICE("/1"),
					   .incomplete = HW_HTTP_CUT_LIMIT };
	struct talk t;

	(void)state;
	start(&t, 1 << 20);
	send_with(&t, CLIENT, &m, all_of(&t, SERVER));
	ask(&t, 2);
	answer(&t, 201);
	ask(&t, 3);
	answer(&t, 203);
	finish(&t, "/1>201 complete;/2>0 unpaired;/3>0 unpaired;>203 unpaired;");
}

/* Those that find no room are told of at once, alone, as their answers are. */
static void a_flood_is_told_and_never_paired_wrongly(void **state)
{
	struct talk t;

	(void)state;
	start(&t, 16 << 20);
	for (unsigned i = 0; i < HW_PAIRING_WAITING_MAX + 3; i++)
		ask(&t, i);
	assert_int_equal(t.stats.n[HW_STAT_EXCHANGES_LOST], 0);
	assert_int_equal(t.stats.n[HW_STAT_EXCHANGES_UNPAIRED], 3);
	assert_string_equal(t.told.text, "/1024>0 unpaired;/1025>0 unpaired;/1026>0 unpaired;");
	for (unsigned i = 0; i < HW_PAIRING_WAITING_MAX + 3; i++)
		answer(&t, 200 + (int32_t)i);
	finish(&t, NULL);
	assert_int_equal(t.stats.n[HW_STAT_EXCHANGES_PAIRED], HW_PAIRING_WAITING_MAX);
	assert_int_equal(t.stats.n[HW_STAT_EXCHANGES_UNPAIRED], 6);
}

static void without_memory_it_does_without(void **state)
{
	(void)state;
	for (size_t memory = 2048; memory < 8192; memory += 64) {
		struct talk t;

		start(&t, memory);
		for (unsigned i = 0; i < 4; i++)
			ask(&t, i);
		for (unsigned i = 0; i < 4; i++)
			answer(&t, 200);
		finish(&t, NULL);
	}
}

static void bodies_without_memory_are_said_to_be_missing(void **state)
{
	const struct hw_http_message m = { .kind = HW_HTTP_REQUEST,
					   .method = HW_SLICE("PUT"),
					   .framing = HW_HTTP_BODY_LENGTH };
	unsigned kept = 0, unkept = 0;

	(void)state;
	for (size_t memory = 0; memory < 4096; memory += 16) {
		struct talk t;

		start(&t, 8192);
		t.budget.max = t.budget.used + memory;
		t.env.bodies = (struct hw_body_options){ .max = 100, .ratio = 100 };
		send_with(&t, CLIENT, &m, all_of(&t, SERVER));
		finish(&t, NULL);
		kept += t.kept;
		unkept += t.unkept;
	}
	assert_true(kept > 0 && unkept > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_in_order),
		cmocka_unit_test(http_2_is_no_error),
		cmocka_unit_test(http_0_9_is_answered_by_a_body),
		cmocka_unit_test(what_was_lost_behind_http_0_9_is_nobodys),
		cmocka_unit_test(a_lost_answer_is_nobody_elses),
		cmocka_unit_test(a_lost_request_leaves_its_answer_alone),
		cmocka_unit_test(nothing_is_guessed_of_a_pipeline),
		cmocka_unit_test(a_pipeline_that_is_over_does_not_count),
		cmocka_unit_test(what_waits_behind_a_known_answer_is_known),
		cmocka_unit_test(who_sends_ahead_and_loses_a_request_is_not_paired),
		cmocka_unit_test(who_has_asked_in_turn_since_is),
		cmocka_unit_test(one_sent_behind_another_that_waits_is_not_given_its_answer),
		cmocka_unit_test(what_answered_head_and_has_a_body_hides_answers),
		cmocka_unit_test(a_head_that_is_too_long_makes_what_follows_uncertain),
		cmocka_unit_test(a_flood_is_told_and_never_paired_wrongly),
		cmocka_unit_test(without_memory_it_does_without),
		cmocka_unit_test(answers_wait_for_requests_that_are_held),
		cmocka_unit_test(a_request_cut_by_a_gap_is_given_no_later_answer),
		cmocka_unit_test(a_request_that_came_too_late_is_unpaired),
		cmocka_unit_test(bodies_without_memory_are_said_to_be_missing),
		cmocka_unit_test(nobody_has_aborted_what_has_no_end),
		cmocka_unit_test(requests_behind_the_end_of_their_server_are_unpaired),
		cmocka_unit_test(an_answer_to_what_was_not_heard_is_aborted_if_its_body_is),
		cmocka_unit_test(an_answer_that_does_not_wait_for_the_head_is_of_its_request),
		cmocka_unit_test(an_answer_to_a_head_that_is_not_here_yet),
		cmocka_unit_test(what_is_passed_over_is_of_the_body),
		cmocka_unit_test(it_rests_only_without_exchanges),
		cmocka_unit_test(it_rests_with_what_tells_who_asks_ahead),
		cmocka_unit_test(it_rests_not_while_answers_may_be_missing),
		cmocka_unit_test(an_end_before_it_counts),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	rests = true;
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	return failed;
}
