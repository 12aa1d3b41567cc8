/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_body.c */
#include "unit/unit.h"

#include <errno.h>
#include <stdlib.h>

#include "exchange/body.h"
#include "tight.h"
#include "unit/encode.h"

#define HELLO HW_SLICE("Hello, hello, hello: the body of a message.\n")

/* What a body came to. */
struct outcome {
	uint64_t decoded_size;
	char kept[1 << 17];
	size_t kept_len, text_len, binary_len;
	bool is_cut;
	char problem[64];
};

struct how {
	const char *type, *encoding;
	struct hw_slice bytes;
	size_t max;
	unsigned int ratio;
	size_t piece;  /* bytes fed at a time; 0: all */
	size_t gap_at; /* SIZE_MAX: none */
	bool is_cut_short;
	bool leaves_out; /* what makes no difference */
};

/* With `type` and `encoding`, where they are not empty. */
static struct hw_body *body_new(const struct hw_body_options *options, const char *type,
				const char *encoding, struct hw_budget *budget)
{
	const struct hw_http_field fields[] = {
		{ .name = HW_SLICE("Content-Type"), .value = hw_slice_text(type) },
		{ .name = HW_SLICE("Content-Encoding"), .value = hw_slice_text(encoding) },
	};
	const struct hw_http_message m = { .fields = fields, .fields_nr = 2 };
	struct hw_body *b;
	const int err = hw_body_new(&b, options, &m, budget);

	assert_true(err == 0 || (err == -ENOMEM && !b));
	return b;
}

static void feed_pieces(struct hw_body *b, struct hw_slice bytes, const struct how *how)
{
	while (bytes.len) {
		const size_t len = how->piece && how->piece < bytes.len ? how->piece : bytes.len;

		if (how->leaves_out && hw_body_has_enough(b)) {
			hw_body_pass(b, bytes.len);
			return;
		}

		hw_body_feed(b, hw_slice(bytes.ptr, len));
		bytes = hw_slice_after(bytes, len);
	}
}

static void feed(struct hw_body *b, const struct how *how)
{
	if (how->gap_at >= how->bytes.len) {
		feed_pieces(b, how->bytes, how);
		return;
	}
	feed_pieces(b, hw_slice(how->bytes.ptr, how->gap_at), how);
	hw_body_gap(b);
	feed_pieces(b, hw_slice_after(how->bytes, how->gap_at + 1), how);
}

static const struct outcome *outcome_of(const struct how *how)
{
	static struct outcome o;
	struct hw_budget budget = { .max = 32 << 20 };
	const struct hw_body_options options = { .max = how->max, .ratio = how->ratio };
	struct hw_exchange_body told = { .size = 42 };
	struct hw_body *b = body_new(&options, how->type, how->encoding, &budget);

	assert_non_null(b);
	feed(b, how);
	hw_body_tell(b, !how->is_cut_short, &told);
	assert_int_equal(told.size, 42);
	assert_true(told.kept.len <= how->max && told.kept.len <= sizeof(o.kept));
	assert_true(told.text.len == 0 || told.binary.len == 0);
	o = (struct outcome){ .decoded_size = told.decoded_size,
			      .kept_len = told.kept.len,
			      .text_len = told.text.len,
			      .binary_len = told.binary.len,
			      .is_cut = told.is_cut };
	if (told.kept.len)
		memcpy(o.kept, told.kept.ptr, told.kept.len);
	if (told.problem.len)
		memcpy(o.problem, told.problem.ptr, told.problem.len);
	hw_body_free(b);
	assert_int_equal(budget.used, 0);
	return &o;
}

static struct how plain(struct hw_slice bytes)
{
	return (struct how){ "text/plain", "", bytes, 1 << 16, 100, 0, SIZE_MAX, false };
}

static struct how coded(const char *encoding, struct hw_slice bytes)
{
	struct how how = plain(bytes);

	how.encoding = encoding;
	return how;
}

/* The same, however the bytes are cut, and if those that make no difference are left out. */
static const struct outcome *any_cut(const struct how *how)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 61, 1000, 4095, 4096, 4097, 20000 };
	static struct outcome all;
	struct how cut = *how;

	all = *outcome_of(how);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		cut.piece = pieces[i];
		cut.leaves_out = false;
		assert_memory_equal(outcome_of(&cut), &all, sizeof(all));
		cut.leaves_out = true;
		assert_memory_equal(outcome_of(&cut), &all, sizeof(all));
	}
	return &all;
}

#define assert_kept(o, want)                                                                 \
	do {                                                                                 \
		const struct hw_slice kept_ = { (const uint8_t *)(o)->kept, (o)->kept_len }; \
		assert_slice_equal(kept_, want);                                             \
	} while (0)

/* Text that does not compress well: digits of a simple generator. */
static struct hw_slice noise(void)
{
	static uint8_t bytes[100000];
	uint32_t x = 1;

	for (size_t i = 0; i < sizeof(bytes); i++) {
		x = x * 1664525 + 1013904223;
		bytes[i] = (uint8_t)('!' + (x >> 24) % 90);
	}
	return hw_slice(bytes, sizeof(bytes));
}

static struct hw_slice zeros(size_t len)
{
	static uint8_t bytes[8 << 20];

	assert_true(len <= sizeof(bytes));
	return hw_slice(bytes, len);
}

static const struct {
	const char *encoding, *how;
} codings[] = {
	{ "", "" },
	{ "identity", "" },
	{ "gzip", "g" },
	{ "X-GZIP", "g" },
	{ "deflate", "z" },
	{ "deflate", "d" },
	{ "br", "b" },
	{ "zstd", "s" },
	{ " gzip , identity,, br ", "gb" },
	{ "gzip, gzip, gzip, gzip", "gggg" },
	{ "zstd, br, deflate, gzip", "sbzg" },
};

static void codings_are_undone(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		const struct how how = coded(codings[i].encoding, encode(codings[i].how, HELLO));
		const struct outcome *o = any_cut(&how);

		assert_string_equal(o->problem, "");
		assert_kept(o, HELLO);
		assert_int_equal(o->decoded_size, HELLO.len);
		assert_int_equal(o->text_len, HELLO.len);
		assert_false(o->is_cut);
	}
}

static void large_bodies_are_kept_to_the_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		struct how how = coded(codings[i].encoding, encode(codings[i].how, noise()));

		how.max = 1 << 17;
		assert_kept(any_cut(&how), noise());
		how.max = noise().len;
		assert_false(any_cut(&how)->is_cut);
		for (how.max = 1; how.max < noise().len; how.max = how.max * 7 + 1) {
			const struct outcome *o = any_cut(&how);

			assert_string_equal(o->problem, "");
			assert_kept(o, hw_slice(noise().ptr, how.max));
			assert_true(o->is_cut);
			assert_int_equal(o->decoded_size,
					 codings[i].how[0] ? how.max : noise().len);
		}
		how.max = noise().len - 1;
		assert_true(any_cut(&how)->is_cut);
	}
}

/* Each beginning of a coded body gives a beginning of the body; only the whole is whole. */
static void truncated_bodies_say_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		const struct hw_slice whole = encode(codings[i].how, HELLO);

		for (size_t len = 1; codings[i].how[0] && len < whole.len; len++) {
			struct how how =
				coded(codings[i].encoding, tight_copy(hw_slice(whole.ptr, len)));
			const struct outcome *o = outcome_of(&how);

			assert_non_null(strstr(o->problem, "ends early"));
			assert_true(o->kept_len <= HELLO.len);
			assert_kept(o, hw_slice(HELLO.ptr, o->kept_len));
			how.is_cut_short = true;
			assert_string_equal(outcome_of(&how)->problem, "");
		}
	}
}

static void nothing_is_no_problem(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		const struct how how = coded(codings[i].encoding, HW_SLICE(""));

		assert_string_equal(outcome_of(&how)->problem, "");
	}
}

static const struct {
	const char *encoding, *how, *problem;
} wrong[] = {
	{ "gzip", "", "bad gzip" },
	{ "deflate", "", "bad deflate" },
	{ "br", "", "bad br" },
	{ "zstd", "", "bad zstd" },
	{ "gzip", "z", "bad gzip" },
	{ "gzip", "b", "bad gzip" },
	{ "zstd", "g", "bad zstd" },
	{ "gzip, zstd", "g", "bad zstd" },
	{ "zstd, gzip", "g", "bad zstd" },
	{ "compress", "", "unknown coding" },
	{ "gzip, aes128gcm", "g", "unknown coding" },
	{ "gzip,gzip,gzip,gzip,gzip", "ggggg", "too many codings" },
};

static void wrong_codings_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const struct how how = coded(wrong[i].encoding, encode(wrong[i].how, HELLO));
		const struct outcome *o = any_cut(&how);

		assert_string_equal(o->problem, wrong[i].problem);
		assert_int_equal(o->is_cut, wrong[i].how[0] != 0);
		assert_kept(o, wrong[i].how[0] ? HW_SLICE("") : HELLO);
		assert_int_equal(o->text_len, o->kept_len);
		assert_int_equal(o->decoded_size, 0);
	}
}

static void text_that_is_not_coded_is_kept_to_the_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]) && !wrong[i].how[0]; i++) {
		struct how how = coded(wrong[i].encoding, noise());

		for (how.max = 1; how.max < noise().len; how.max = how.max * 7 + 1) {
			assert_kept(any_cut(&how), hw_slice(noise().ptr, how.max));
			assert_true(any_cut(&how)->is_cut);
		}
		how.gap_at = 10000;
		assert_kept(any_cut(&how), hw_slice(noise().ptr, how.gap_at));
		assert_true(any_cut(&how)->is_cut);
	}
}

/* RFC 9112 7: outside of the content codings, in one field or several (RFC 9110 5.3). */
static void transfer_codings_are_undone(void **state)
{
	static const struct {
		const char *first, *second, *content, *how, *problem;
		enum hw_http_framing framing;
	} all[] = {
		{ "gzip, chunked", "", "", "g", "", HW_HTTP_BODY_CHUNKED },
		{ "gzip", "chunked", "", "g", "", HW_HTTP_BODY_CHUNKED },
		{ "chunked", "chunked", "", "", "", HW_HTTP_BODY_CHUNKED },
		{ "deflate, gzip", "CHUNKED", "br", "bzg", "", HW_HTTP_BODY_CHUNKED },
		{ "deflate", "gzip", "br", "bzg", "", HW_HTTP_BODY_CLOSE },
		{ "identity", "", "gzip", "g", "", HW_HTTP_BODY_CLOSE },
		{ "binary, chunked", "\vchunked", "gzip", "g", "", HW_HTTP_BODY_CHUNKED },
		{ "compress, chunked", "", "gzip", "g", "unknown coding", HW_HTTP_BODY_CHUNKED },
		{ "chunked", "gzip", "", "g", "unknown coding", HW_HTTP_BODY_CLOSE },
	};
	const struct hw_body_options options = { .max = 1 << 10, .ratio = 100 };
	struct hw_budget budget = { .max = 1 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct hw_http_field fields[] = {
			{ .name = HW_SLICE("transfer-encoding "),
			  .value = hw_slice_text(all[i].first) },
			{ .name = HW_SLICE("Content-Encoding"),
			  .value = hw_slice_text(all[i].content) },
			{ .name = HW_SLICE("Transfer-Encoding"),
			  .value = hw_slice_text(all[i].second) },
		};
		const struct hw_http_message m = { .fields = fields,
						   .fields_nr = 3,
						   .framing = all[i].framing };
		struct hw_exchange_body told = { 0 };
		struct hw_body *b;

		assert_int_equal(hw_body_new(&b, &options, &m, &budget), 0);
		assert_non_null(b);
		hw_body_feed(b, encode(all[i].how, HELLO));
		hw_body_tell(b, true, &told);
		assert_slice_equal(told.problem, hw_slice_text(all[i].problem));
		assert_slice_equal(told.kept, all[i].problem[0] ? HW_SLICE("") : HELLO);
		hw_body_free(b);
	}
}

/* One byte is changed: never more than a wrong body and a problem, the same for each cut. */
static void damaged_bodies_do_no_harm(void **state)
{
	static uint8_t bytes[ENCODED_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		const struct hw_slice whole = encode(codings[i].how, hw_slice(noise().ptr, 30000));

		memcpy(bytes, whole.ptr, whole.len);
		for (size_t at = 0; at < whole.len; at += 1 + whole.len / 20) {
			struct how how = coded(codings[i].encoding, hw_slice(bytes, whole.len));

			bytes[at] ^= 0x55;
			any_cut(&how);
			bytes[at] ^= 0x55;
		}
	}
}

static void bytes_behind_the_end_are_told(void **state)
{
	static const struct {
		const char *encoding, *how, *problem;
	} surplus[] = {
		{ "gzip", "g", "bad gzip" },
		{ "deflate", "z", "bytes behind deflate" },
		{ "deflate", "d", "bytes behind deflate" },
		{ "br", "b", "bytes behind br" },
		{ "zstd", "s", "bad zstd" },
	};
	static uint8_t bytes[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(surplus) / sizeof(surplus[0]); i++) {
		const struct hw_slice whole = encode(surplus[i].how, HELLO);
		const struct outcome *o;
		struct how how;

		memcpy(bytes, whole.ptr, whole.len);
		memset(bytes + whole.len, 'x', 20);
		how = coded(surplus[i].encoding, hw_slice(bytes, whole.len + 20));
		o = any_cut(&how);
		assert_string_equal(o->problem, surplus[i].problem);
		assert_kept(o, HELLO);
	}
}

/* RFC 1952 2.2, RFC 8878 3.1: one behind the other is one. */
static void members_and_frames_may_follow(void **state)
{
	static const char *const both[][2] = { { "gzip", "g" }, { "zstd", "s" } };
	static uint8_t bytes[1000], twice[1000];

	(void)state;
	memcpy(mempcpy(twice, HELLO.ptr, HELLO.len), HELLO.ptr, HELLO.len);
	for (size_t i = 0; i < sizeof(both) / sizeof(both[0]); i++) {
		const struct hw_slice one = encode(both[i][1], HELLO);
		struct how how = coded(both[i][0], hw_slice(bytes, 2 * one.len));

		memcpy(mempcpy(bytes, one.ptr, one.len), one.ptr, one.len);
		assert_kept(any_cut(&how), hw_slice(twice, 2 * HELLO.len));
		assert_string_equal(any_cut(&how)->problem, "");
	}
}

/* As gzip(1) does: nothing, behind the last member as before another one. */
static void zeros_behind_gzip_are_nothing(void **state)
{
	static uint8_t bytes[1000], twice[1000];
	const struct hw_slice one = encode("g", HELLO);
	struct how how = coded("gzip", hw_slice(bytes, one.len + 100));

	(void)state;
	memcpy(mempcpy(twice, HELLO.ptr, HELLO.len), HELLO.ptr, HELLO.len);
	memcpy(bytes, one.ptr, one.len);
	assert_kept(any_cut(&how), HELLO);
	assert_string_equal(any_cut(&how)->problem, "");
	assert_false(any_cut(&how)->is_cut);
	memcpy(bytes + one.len + 100, one.ptr, one.len);
	how.bytes.len += one.len;
	assert_kept(any_cut(&how), hw_slice(twice, 2 * HELLO.len));
	assert_string_equal(any_cut(&how)->problem, "");
	bytes[one.len + 50] = 'a';
	assert_kept(any_cut(&how), HELLO);
	assert_string_equal(any_cut(&how)->problem, "bad gzip");
}

static void bombs_are_cut(void **state)
{
	static const char *const bombs[][2] = {
		{ "gzip", "g" }, { "deflate", "z" },	 { "br", "b" },
		{ "zstd", "s" }, { "gzip, gzip", "gg" }, { "br, gzip", "bg" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bombs) / sizeof(bombs[0]); i++) {
		struct how how = coded(bombs[i][0], encode(bombs[i][1], zeros(8 << 20)));
		const struct outcome *o;

		how.max = 1 << 17;
		how.ratio = 10;
		o = any_cut(&how);
		assert_true(o->decoded_size <= 10 * how.bytes.len);
		assert_true(o->is_cut);
		if (10 * how.bytes.len < how.max)
			assert_string_equal(o->problem, "more than --body-ratio");
		how.max = 1000; /* enough is kept before it is one */
		how.ratio = 1000;
		assert_string_equal(any_cut(&how)->problem, "");
	}
}

/* Zeros, but then enough of what does not compress: it is the whole that counts. */
static void what_begins_like_a_bomb_may_be_none(void **state)
{
	static uint8_t bytes[500000 + 100000];
	struct how how;

	(void)state;
	memcpy(bytes + 500000, noise().ptr, noise().len);
	how = coded("gzip", encode("g", hw_slice(bytes, sizeof(bytes))));
	how.ratio = 8;
	how.max = 1 << 17;
	assert_string_equal(any_cut(&how)->problem, "");
	assert_int_equal(any_cut(&how)->kept_len, how.max);
}

/* It opens into what opens into nothing: empty blocks of deflate. */
static void a_bomb_in_between_is_cut(void **state)
{
	static uint8_t empty[4 << 20];
	struct how how;

	(void)state;
	for (size_t i = 0; i + 5 <= sizeof(empty); i += 5)
		memcpy(empty + i, "\0\0\0\xff\xff", 5);
	how = coded("deflate, gzip", encode("g", hw_slice(empty, sizeof(empty))));
	assert_string_equal(any_cut(&how)->problem, "more than --body-ratio");
	assert_int_equal(any_cut(&how)->decoded_size, 0);
}

static void exactly_the_ratio_is_no_bomb(void **state)
{
	struct how how = coded("gzip", encode("g", zeros(20000)));
	const unsigned int ratio = (unsigned int)((20000 + how.bytes.len - 1) / how.bytes.len);

	(void)state;
	how.ratio = ratio;
	assert_string_equal(any_cut(&how)->problem, "");
	assert_int_equal(any_cut(&how)->decoded_size, 20000);
	how.ratio = ratio - 1;
	assert_string_equal(any_cut(&how)->problem, "more than --body-ratio");
	assert_int_equal(any_cut(&how)->decoded_size, (ratio - 1) * how.bytes.len);
}

static void what_follows_a_gap_is_not_kept(void **state)
{
	struct how how = plain(HELLO);
	const struct outcome *o;

	(void)state;
	how.gap_at = 5;
	o = any_cut(&how);
	assert_kept(o, HW_SLICE("Hello"));
	assert_true(o->is_cut);
	assert_string_equal(o->problem, "gap");

	how = coded("gzip", encode("g", noise()));
	how.gap_at = how.bytes.len / 2;
	o = any_cut(&how);
	assert_true(o->kept_len > 10000);
	assert_kept(o, hw_slice(noise().ptr, o->kept_len));
	assert_string_equal(o->problem, "gap");

	how.max = 100; /* enough was kept before */
	assert_string_equal(any_cut(&how)->problem, "");
}

static const struct {
	const char *type;
	struct hw_slice bytes;
	size_t max, text_len, binary_len;
} texts[] = {
	{ "text/plain", HW_SLICE("abc\t\r\n\f\v"), 100, 8, 0 },
	{ "", HW_SLICE("abc"), 100, 3, 0 },
	{ "application/octet-stream", HW_SLICE("abc"), 100, 3, 0 },
	{ "image/png", HW_SLICE("abc"), 100, 0, 3 },
	{ "Video/mp4; codecs=x", HW_SLICE("abc"), 100, 0, 3 },
	{ "image/svg+xml", HW_SLICE("<svg/>"), 100, 6, 0 },
	{ "text/plain", HW_SLICE("a\0b"), 100, 0, 3 },
	{ "text/plain", HW_SLICE("a\x1b[1m"), 100, 0, 5 },
	{ "text/plain", HW_SLICE("a\x7f"), 100, 0, 2 },
	{ "text/plain",
	  HW_SLICE("Gr\xc3\xbc\xc3\x9f"
		   "e"),
	  100, 7, 0 },
	{ "text/plain; charset=iso-8859-1",
	  HW_SLICE("Gr\xfc\xdf"
		   "e"),
	  100, 0, 5 },
	{ "text/plain", HW_SLICE("\xf0\x9f\x98\x80"), 100, 4, 0 },
	{ "text/plain", HW_SLICE("a\xf0\x9f\x98\x80"), 4, 1, 0 },
	{ "text/plain", HW_SLICE("a\xf0\x9f\x98\x80"), 3, 1, 0 },
	{ "text/plain", HW_SLICE("a\xf0\x9f\x98\x80"), 2, 1, 0 },
	{ "text/plain", HW_SLICE("\xf0\x9f\x98\x80"), 3, 0, 3 }, /* nothing to show as text */
	{ "text/plain", HW_SLICE("a\xf0\x9f\x98"), 100, 0, 4 },	 /* no cut divides it */
	{ "text/plain", HW_SLICE("\xc0\x80"), 100, 0, 2 },
	{ "text/plain", HW_SLICE("\xe0\x80\x80"), 100, 0, 3 },
	{ "text/plain", HW_SLICE("\xed\xa0\x80"), 100, 0, 3 },
	{ "text/plain", HW_SLICE("\xf4\x90\x80\x80"), 100, 0, 4 },
	{ "text/plain", HW_SLICE("\xf5\x80\x80\x80"), 100, 0, 4 },
	{ "text/plain", HW_SLICE("\x80"), 100, 0, 1 },
	{ "text/plain", HW_SLICE("\xc3\xbc\xc3("), 100, 0, 4 },
	{ "text/plain", HW_SLICE(""), 100, 0, 0 },
};

static void text_is_told_from_what_is_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct how how = plain(tight_copy(texts[i].bytes));
		const struct outcome *o;

		how.type = texts[i].type;
		how.max = texts[i].max;
		o = any_cut(&how);
		if (o->text_len != texts[i].text_len || o->binary_len != texts[i].binary_len)
			fail_msg("%zu: text %zu, binary %zu", i, o->text_len, o->binary_len);
	}
}

static void only_the_types_asked_for_are_kept(void **state)
{
	static const struct {
		const char *globs[3], *type;
		bool is_one;
	} types[] = {
		{ { "text/*" }, "text/html; charset=utf-8", true },
		{ { "text/*" }, "TEXT/HTML", true },
		{ { "text/*" }, "application/json", false },
		{ { "text/*", "application/json" }, "application/json", true },
		{ { "*+json" }, "application/problem+json ;x", true },
		{ { "*+json" }, "application/json", false },
		{ { "text/?tml" }, "text/html", true },
		{ { "text/?tml" }, "text/xhtml", false },
		{ { "*t*/*l*" }, "text/html", true },
		{ { "*/*" }, "", false },
		{ { "*" }, "", true },
		{ { "text" }, "text/html", false },
		{ { "" }, "text/html", false },
	};
	struct hw_budget budget = { .max = 1 << 20 };

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct hw_body_options options = { .max = 10,
							 .ratio = 100,
							 .types = types[i].globs,
							 .types_nr = types[i].globs[1] ? 2 : 1 };
		struct hw_body *b = body_new(&options, types[i].type, "", &budget);

		if ((b != NULL) != types[i].is_one)
			fail_msg("%s: %s", types[i].globs[0], types[i].type);
		hw_body_free(b);
	}
	assert_null(body_new(&(struct hw_body_options){ .max = 0 }, "text/html", "", &budget));
}

/* Whatever is refused, nothing breaks, and all is given back. */
static void without_memory_less_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
		const struct hw_slice bytes = encode(codings[i].how, noise());

		for (size_t max = 0; max < 1 << 20; max += 5000) {
			const struct hw_body_options options = { .max = 1 << 17, .ratio = 100 };
			struct hw_budget budget = { .max = max };
			struct hw_exchange_body told = { 0 };
			struct hw_body *b = body_new(&options, "", codings[i].encoding, &budget);

			if (!b)
				continue;
			feed_pieces(b, bytes, &(struct how){ .piece = 777 });
			hw_body_tell(b, true, &told);
			assert_true(told.kept.len == noise().len ||
				    hw_slice_eq(told.problem, HW_SLICE("no memory")));
			assert_true(told.kept.len == 0 ||
				    memcmp(told.kept.ptr, noise().ptr, told.kept.len) == 0);
			hw_body_free(b);
			assert_int_equal(budget.used, 0);
		}
	}
}

/* A window of 128 MiB is asked for: RFC 9659 says 8 MiB at most. */
static void large_windows_are_refused(void **state)
{
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, 17 << 3, 1, 0, 0 };
	const struct how how = coded("zstd", hw_slice(frame, sizeof(frame)));

	(void)state;
	assert_string_equal(any_cut(&how)->problem, "bad zstd");
}

/* --progress: what came so far is told, and it goes on. */
static void a_body_can_be_told_of_before_its_end(void **state)
{
	const struct hw_body_options options = { .max = 1 << 17, .ratio = 100 };
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_exchange_body told = { 0 };
	const struct hw_slice bytes = encode("g", noise());
	struct hw_body *b = body_new(&options, "text/plain", "gzip", &budget);
	size_t before = 0;

	(void)state;
	assert_non_null(b);
	for (size_t at = 0; at < bytes.len; at += 1000) {
		hw_body_feed(
			b, hw_slice(bytes.ptr + at, bytes.len - at < 1000 ? bytes.len - at : 1000));
		hw_body_tell(b, false, &told);
		assert_true(told.kept.len >= before);
		before = told.kept.len;
	}
	hw_body_tell(b, true, &told);
	assert_slice_equal(told.text, noise());
	assert_int_equal(told.problem.len, 0);
	hw_body_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codings_are_undone),
		cmocka_unit_test(large_bodies_are_kept_to_the_limit),
		cmocka_unit_test(transfer_codings_are_undone),
		cmocka_unit_test(text_that_is_not_coded_is_kept_to_the_limit),
		cmocka_unit_test(truncated_bodies_say_so),
		cmocka_unit_test(nothing_is_no_problem),
		cmocka_unit_test(wrong_codings_are_told),
		cmocka_unit_test(damaged_bodies_do_no_harm),
		cmocka_unit_test(bytes_behind_the_end_are_told),
		cmocka_unit_test(members_and_frames_may_follow),
		cmocka_unit_test(zeros_behind_gzip_are_nothing),
		cmocka_unit_test(bombs_are_cut),
		cmocka_unit_test(what_begins_like_a_bomb_may_be_none),
		cmocka_unit_test(a_bomb_in_between_is_cut),
		cmocka_unit_test(exactly_the_ratio_is_no_bomb),
		cmocka_unit_test(what_follows_a_gap_is_not_kept),
		cmocka_unit_test(text_is_told_from_what_is_not),
		cmocka_unit_test(only_the_types_asked_for_are_kept),
		cmocka_unit_test(without_memory_less_is_kept),
		cmocka_unit_test(large_windows_are_refused),
		cmocka_unit_test(a_body_can_be_told_of_before_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
