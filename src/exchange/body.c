/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/body.c - see body.h */
#include "exchange/body.h"

#include <errno.h>

#include "base/block.h"
#include "base/buf.h"
#include "exchange/coding.h"
#include "exchange/media_type.h"
#include "exchange/waiting.h"
#include "http/octet.h"

enum {
	STAGES_MAX = 4, /* codings behind one another; who sends more hides something */
	CHUNK = 16384,	/* bytes that a stage hands on at a time */
	/*
	 * What comes is decoded so many bytes at a time, however it was cut: decoders that
	 * find damage may have given more or less before.
	 */
	GATHERED = 4096,
	/* So many bytes are decoded before a bomb is one: a body may well begin with blanks. */
	BOMB_LEAST = 65536,
};

static const char bomb[] = "more than --body-ratio";

/* One coding. What it gives is the next one's input. */
struct stage {
	const struct hw_coding *coding;
	void *decoder;
	struct hw_slice in; /* not yet decoded; in the chunk of the stage before */
	uint64_t given;	    /* bytes that came out of it */
	bool has_more;	    /* it filled all the room: more may come without input */
	bool is_at_end;
	const char *problem; /* to be told of when what came out before it is used */
	uint8_t chunk[CHUNK];
};

struct hw_body {
	struct hw_budget *budget;
	size_t max;
	unsigned int ratio;
	bool is_binary, is_form; /* says its type */
	uint64_t came;		 /* bytes, whatever was done with them */
	uint64_t taken;		 /* of those the first stage was given */
	uint64_t decoded_size;
	struct hw_buf kept;
	bool is_cut;
	bool is_over; /* nothing more is decoded or kept */
	bool is_raw;  /* it has codings that could not be undone: it is kept as it came */
	const char *problem;
	const struct hw_coding *codings[STAGES_MAX]; /* in the order in which they are undone */
	size_t codings_nr;
	struct stage *stages[STAGES_MAX]; /* made when the first byte comes */
	struct hw_slice at_hand;	  /* what the first stage was given last */
	uint8_t *gathered;
	size_t gathered_len;
};

static void free_decoders(struct hw_body *b)
{
	for (size_t i = 0; i < STAGES_MAX; i++) {
		if (b->stages[i])
			b->stages[i]->coding->free(b->stages[i]->decoder);
		hw_block_free(b->budget, b->stages[i]);
		b->stages[i] = NULL;
	}
	hw_block_free(b->budget, b->gathered);
	b->gathered = NULL;
}

/* Decoders are large, and bodies may go on for long. */
static void stop(struct hw_body *b, const char *problem)
{
	b->problem = b->problem ? b->problem : problem;
	b->is_cut = true;
	b->is_over = true;
	free_decoders(b);
}

/* What can't be decoded at all may still be text that was only said to be coded. */
static void take_as_raw(struct hw_body *b, const char *problem)
{
	b->problem = problem;
	b->is_raw = true;
	b->codings_nr = 0;
}

static void add_coding(struct hw_body *b, struct hw_slice name)
{
	const struct hw_coding *coding = hw_coding_find(name);

	if (name.len == 0 || hw_slice_eq_nocase(name, HW_SLICE("identity")) || b->is_raw)
		return;
	if (!coding)
		take_as_raw(b, "unknown coding");
	else if (b->codings_nr == STAGES_MAX)
		take_as_raw(b, "too many codings");
	else
		b->codings[b->codings_nr++] = coding;
}

enum codings {
	CONTENT,
	TRANSFER,
	TRANSFER_CHUNKED, /* and that has been undone */
};

/* What is named and has changed nothing: "binary" is no transfer coding. RFC 9112 7 */
static bool is_nothing(enum codings of, struct hw_slice name)
{
	if (of == CONTENT || hw_coding_find(name) ||
	    hw_slice_eq_nocase(name, HW_SLICE("compress")) ||
	    hw_slice_eq_nocase(name, HW_SLICE("x-compress")))
		return false;
	return of == TRANSFER_CHUNKED || !hw_slice_eq_nocase(name, HW_SLICE("chunked"));
}

/* [ coding *( OWS "," OWS coding ) ], undone from the last one on. */
static void add_codings(struct hw_body *b, struct hw_slice list, enum codings of)
{
	while (list.len) {
		const uint8_t *comma = memrchr(list.ptr, ',', list.len);
		const size_t from = comma ? (size_t)(comma - list.ptr) + 1 : 0;
		const struct hw_slice name = hw_octet_trim(hw_slice_after(list, from));

		if (!is_nothing(of, name))
			add_coding(b, name);
		list.len = comma ? from - 1 : 0;
	}
}

/* Of several fields of that name each goes on where the one before ends: RFC 9110 5.3. */
static void read_codings(struct hw_body *b, const struct hw_http_message *m, struct hw_slice field,
			 enum codings of)
{
	for (size_t i = m->fields_nr; i > 0; i--)
		if (hw_slice_eq_nocase(hw_octet_trim_right(m->fields[i - 1].name), field))
			add_codings(b, m->fields[i - 1].value, of);
}

/* Transfer codings are around the content codings: RFC 9112 7. */
static void read_all_codings(struct hw_body *b, const struct hw_http_message *m)
{
	if (m->framing == HW_HTTP_BODY_CHUNKED)
		read_codings(b, m, HW_SLICE("Transfer-Encoding"), TRANSFER_CHUNKED);
	else if (m->framing == HW_HTTP_BODY_CLOSE)
		read_codings(b, m, HW_SLICE("Transfer-Encoding"), TRANSFER);
	read_codings(b, m, HW_SLICE("Content-Encoding"), CONTENT);
}

int hw_body_new(struct hw_body **ret, const struct hw_body_options *options,
		const struct hw_http_message *m, struct hw_budget *budget)
{
	const struct hw_slice type = hw_http_field_value(m, HW_SLICE("Content-Type"));
	struct hw_body *b;

	*ret = NULL;
	if (options->max == 0 || !hw_media_type_is_one_of(type, options->types, options->types_nr))
		return 0;
	*ret = b = hw_block_new(budget, sizeof(*b));
	if (!b)
		return -ENOMEM;
	*b = (struct hw_body){ .budget = budget, .max = options->max, .ratio = options->ratio };
	hw_buf_init(&b->kept, options->max, budget);
	b->is_binary = hw_media_type_is_binary(type);
	b->is_form = hw_media_type_is_form(type);
	read_all_codings(b, m);
	return 0;
}

void hw_body_free(struct hw_body *b)
{
	if (!b)
		return;
	free_decoders(b);
	hw_buf_clear(&b->kept);
	hw_block_free(b->budget, b);
}

/* Keep what there is room for. Of a body without codings the rest is counted, at no cost. */
static void keep(struct hw_body *b, struct hw_slice bytes)
{
	const size_t room = b->max - b->kept.len;
	const struct hw_slice first = { bytes.ptr, bytes.len < room ? bytes.len : room };

	b->decoded_size += b->codings_nr ? first.len : bytes.len;
	if (hw_buf_append(&b->kept, first) != 0)
		stop(b, "no memory");
	else if (bytes.len > room && b->codings_nr)
		stop(b, NULL);
	else if (bytes.len > room)
		b->is_cut = true;
}

static bool make_stage(struct hw_body *b, size_t i)
{
	struct stage *s = hw_block_new(b->budget, sizeof(*s));

	if (!s)
		return false;
	memset(s, 0, offsetof(struct stage, chunk));
	s->coding = b->codings[i];
	b->stages[i] = s;
	s->decoder = s->coding->new (b->budget);
	return s->decoder != NULL;
}

static bool make_stages(struct hw_body *b)
{
	b->gathered = hw_block_new(b->budget, GATHERED);
	if (!b->gathered)
		return false;
	for (size_t i = 0; i < b->codings_nr; i++)
		if (!make_stage(b, i))
			return false;
	return true;
}

/* What may come of so many bytes. */
static uint64_t limit_of(const struct hw_body *b, uint64_t bytes)
{
	uint64_t limit;

	return __builtin_mul_overflow(bytes, b->ratio, &limit) ? UINT64_MAX : limit;
}

/* Bytes that may still come out of the stage. */
static uint64_t allowed(const struct hw_body *b, const struct stage *s)
{
	return limit_of(b, b->taken < BOMB_LEAST ? BOMB_LEAST : b->taken) - s->given;
}

/* One more than is allowed, so that it is known whether there is more. */
static size_t room_for(const struct hw_body *b, const struct stage *s, bool is_last)
{
	const uint64_t most = allowed(b, s);
	size_t room = most < CHUNK ? (size_t)most + 1 : CHUNK;

	if (is_last && b->max - b->kept.len < room)
		room = b->max - b->kept.len + 1;
	return room < CHUNK ? room : CHUNK;
}

/* Nothing has come out of what is at hand, and nothing was there before it. */
static bool is_undecoded(const struct hw_body *b)
{
	return b->stages[0]->given == 0 && b->taken == b->at_hand.len;
}

static void fail(struct hw_body *b, const char *problem)
{
	if (!is_undecoded(b)) {
		stop(b, problem);
		return;
	}
	take_as_raw(b, problem);
	keep(b, b->at_hand);
	free_decoders(b);
}

static const char *problem_of(const struct stage *s, enum hw_coding_status status,
			      bool goes_nowhere)
{
	switch (status) {
	case HW_CODING_BAD:
		return s->coding->bad;
	case HW_CODING_NO_MEMORY:
		return "no memory";
	case HW_CODING_MORE:
		return goes_nowhere ? s->coding->bad : NULL;
	case HW_CODING_END:
		break;
	}
	return NULL;
}

/* More came behind the end. Returns whether that is another one of the same. */
static bool begin_next(struct hw_body *b, struct stage *s)
{
	while (s->coding->is_padded && s->in.len && s->in.ptr[0] == 0)
		s->in = hw_slice_after(s->in, 1);
	if (s->in.len == 0)
		return false;
	if (!s->coding->restart) {
		stop(b, s->coding->behind);
		return false;
	}
	s->coding->restart(s->decoder);
	return true;
}

/* Let the stage decode a chunk, and hand it on. */
static void step(struct hw_body *b, size_t i)
{
	struct stage *const s = b->stages[i];
	const bool is_last = i == b->codings_nr - 1;
	const size_t room = room_for(b, s, is_last), in_len = s->in.len;
	enum hw_coding_status status;
	size_t len;

	if (s->problem) {
		fail(b, s->problem);
		return;
	}
	if (s->is_at_end && !begin_next(b, s))
		return;

	status = s->coding->decode(s->decoder, &s->in, s->chunk, room, &len);
	s->is_at_end = status == HW_CODING_END;
	s->has_more = status == HW_CODING_MORE && len == room;
	s->problem = problem_of(s, status, len == 0 && s->in.len == in_len && in_len > 0);
	if (len > allowed(b, s)) {
		len = (size_t)allowed(b, s);
		s->problem = bomb;
	}
	s->given += len;
	if (is_last)
		keep(b, hw_slice(s->chunk, len));
	else
		b->stages[i + 1]->in = hw_slice(s->chunk, len);
}

static bool can_go_on(const struct stage *s)
{
	return s->in.len > 0 || s->has_more || s->problem;
}

/* The last stage that can goes on first: what it reads is in the chunk of the one before. */
static bool find_stage(const struct hw_body *b, size_t *ret)
{
	for (size_t i = b->codings_nr; i > 0; i--) {
		if (can_go_on(b->stages[i - 1])) {
			*ret = i - 1;
			return true;
		}
	}
	return false;
}

static void decode(struct hw_body *b, struct hw_slice bytes)
{
	size_t i;

	b->taken += bytes.len;
	b->stages[0]->in = b->at_hand = bytes;
	while (!b->is_over && find_stage(b, &i))
		step(b, i);
}

static void decode_gathered(struct hw_body *b)
{
	const size_t len = b->gathered_len;

	b->gathered_len = 0;
	if (len && !b->is_over)
		decode(b, hw_slice(b->gathered, len));
}

static struct hw_slice gather(struct hw_body *b, struct hw_slice bytes)
{
	const size_t room = GATHERED - b->gathered_len;
	const size_t len = bytes.len < room ? bytes.len : room;

	memcpy(b->gathered + b->gathered_len, bytes.ptr, len);
	b->gathered_len += len;
	if (b->gathered_len == GATHERED)
		decode_gathered(b);
	return hw_slice_after(bytes, len);
}

/* Returns what is left. */
static struct hw_slice feed_some(struct hw_body *b, struct hw_slice bytes)
{
	if (b->codings_nr == 0) {
		keep(b, bytes);
		return (struct hw_slice){ 0 };
	}
	if (!b->gathered && !make_stages(b)) {
		stop(b, "no memory");
		return bytes;
	}
	if (b->gathered_len || bytes.len < GATHERED)
		return gather(b, bytes);
	decode(b, hw_slice(bytes.ptr, GATHERED));
	return hw_slice_after(bytes, GATHERED);
}

void hw_body_feed(struct hw_body *b, struct hw_slice bytes)
{
	b->came += bytes.len;
	while (bytes.len && !b->is_over)
		bytes = feed_some(b, bytes);
}

bool hw_body_has_enough(const struct hw_body *b)
{
	return b->is_over || (b->codings_nr == 0 && b->kept.len == b->max);
}

void hw_body_pass(struct hw_body *b, uint64_t len)
{
	b->came += len;
	if (b->is_over || len == 0)
		return;
	b->decoded_size += len;
	b->is_cut = true;
}

void hw_body_gap(struct hw_body *b)
{
	decode_gathered(b);
	if (!b->is_over)
		stop(b, "gap");
}

/* The first of the stages that did not come to an end; a body without bytes needs none. */
static void judge_end(struct hw_body *b)
{
	for (size_t i = 0; i < b->codings_nr && !b->is_over && b->stages[i]; i++)
		if (!b->stages[i]->is_at_end && !b->problem)
			b->problem = b->stages[i]->coding->early;
}

/* Now that it is known how much came; while it goes on, of what came so far. */
static bool is_bomb(const struct hw_body *b, uint64_t limit)
{
	bool is_more = b->decoded_size > limit;

	for (size_t i = 0; i < b->codings_nr && b->stages[i]; i++)
		is_more = is_more || b->stages[i]->given > limit;
	return b->codings_nr && is_more;
}

/*
 * Of a text whose one character is cut nothing could be shown as such. What is still coded is
 * not shown: secrets in it could not be found.
 */
static void tell_kept(const struct hw_body *b, bool is_end_cut, struct hw_exchange_body *ret)
{
	size_t len = 0;

	ret->text = ret->binary = (struct hw_slice){ 0 };
	if (!b->is_binary && hw_text_is_plain(ret->kept, is_end_cut, &len) && len > 0) {
		ret->text = hw_slice(ret->kept.ptr, len);
	} else if (b->is_raw) {
		ret->is_cut = ret->is_cut || ret->kept.len;
		ret->kept.len = 0;
	} else {
		ret->binary = ret->kept;
	}
}

void hw_body_tell(struct hw_body *b, bool is_whole, struct hw_exchange_body *ret)
{
	const uint64_t limit = limit_of(b, b->came);
	const char *problem;

	decode_gathered(b);
	if (is_whole)
		judge_end(b);
	problem = b->problem;
	ret->decoded_size = b->is_raw ? 0 : b->decoded_size;
	ret->kept = hw_buf_slice(&b->kept);
	ret->is_form = b->is_form;
	ret->is_cut = b->is_cut;
	if (is_bomb(b, limit)) {
		ret->decoded_size = limit < b->decoded_size ? limit : b->decoded_size;
		ret->kept.len = limit < ret->kept.len ? (size_t)limit : ret->kept.len;
		ret->is_cut = true;
		problem = bomb;
	}
	ret->problem = problem ? hw_slice_text(problem) : (struct hw_slice){ 0 };
	tell_kept(b, ret->is_cut || !is_whole || problem, ret);
}
