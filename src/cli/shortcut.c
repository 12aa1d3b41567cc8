/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/shortcut.c - see shortcut.h */
#include "cli/shortcut.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/ascii.h"
#include "base/duration.h"

enum {
	GLOB_MAX = 900,	    /* bytes; as a regular expression at most four times that */
	TEXT_MAX = 4 << 20, /* bytes of all alternatives of an option */
	NUMBER_MAX = 64,    /* bytes that a range takes */
	PIECE_MIN = 2,	    /* bytes of a glob that are worth looking for first */
	STATUS_MIN = 100,
	STATUS_MAX = 999,
};

static int put(struct hw_buf *out, const char *text)
{
	return hw_buf_append(out, hw_slice_text(text));
}

/* ---- globs: * is anything, ? is one byte, all else stands for itself ---- */

static int put_glob(struct hw_buf *out, const char *glob)
{
	char byte[8];
	int err = 0;

	for (; *glob && !err; glob++) {
		if (*glob == '*')
			err = put(out, ".*");
		else if (*glob == '?')
			err = put(out, ".");
		else if (hw_ascii_is_alnum(*glob))
			err = hw_buf_append(out, hw_slice(glob, 1));
		else if (snprintf(byte, sizeof(byte), "\\x%02x", (unsigned char)*glob) > 0)
			err = put(out, byte);
	}
	return err;
}

/* The longest piece of a glob that stands for itself, and in a string, too. */
static struct hw_slice longest_piece(const char *glob)
{
	struct hw_slice longest = { 0 };
	size_t len = 0;

	for (; *glob; glob++) {
		len = hw_ascii_is_alnum(*glob) || strchr("/.-_", *glob) ? len + 1 : 0;
		if (len > longest.len)
			longest = hw_slice(glob + 1 - len, len);
	}
	return longest;
}

static int put_lower(struct hw_buf *out, struct hw_slice text)
{
	int err = 0;

	for (size_t i = 0; i < text.len && !err; i++) {
		const uint8_t lower = hw_ascii_lower(text.ptr[i]);

		err = hw_buf_append(out, hw_slice(&lower, 1));
	}
	return err;
}

static int put_matches(struct hw_buf *out, const char *field, const char *flags, const char *glob,
		       const char *end)
{
	int err = put(out, field);

	err = err ? err : put(out, " matches r\"");
	err = err ? err : put(out, flags);
	err = err ? err : put_glob(out, glob);
	err = err ? err : put(out, end);
	return err ? err : put(out, "\\z\")");
}

/*
 * A regular expression takes long, and most texts differ in what is quickly looked for. Of
 * what is longer than 64 KiB lower() does not see all.
 */
static int put_host_piece(struct hw_buf *out, struct hw_slice piece)
{
	int err = put(out, "(lower(http.host) contains \"");

	err = err ? err : put_lower(out, piece);
	return err ? err : put(out, "\" or len(http.host) > 65535) and ");
}

static int put_path_piece(struct hw_buf *out, struct hw_slice piece)
{
	int err = put(out, "http.path contains \"");

	err = err ? err : hw_buf_append(out, piece);
	return err ? err : put(out, "\" and ");
}

static int begin_glob(struct hw_buf *out, const char *glob,
		      int (*put_piece)(struct hw_buf *out, struct hw_slice piece))
{
	const struct hw_slice piece = longest_piece(glob);
	int err;

	if (!*glob || strlen(glob) > GLOB_MAX)
		return -EINVAL;
	err = put(out, "(");
	return !err && piece.len >= PIECE_MIN ? put_piece(out, piece) : err;
}

/*
 * Hosts are alike in either case (RFC 9110 4.2.3); a port follows the colon behind a name, or behind
 * the bracket of an IPv6 address.
 */
static int add_host(struct hw_buf *out, const char *value)
{
	const char *const bracket = strrchr(value, ']');
	const char *const port = strchr(bracket ? bracket : value, ':') ? "" : "(:\\d*)?";
	const int err = begin_glob(out, value, put_host_piece);

	return err ? err : put_matches(out, "http.host", "(?s)^", value, port);
}

static int add_path(struct hw_buf *out, const char *value)
{
	const int err = begin_glob(out, value, put_path_piece);

	return err ? err : put_matches(out, "http.path", "(?s-i)^", value, "");
}

/* ---- lists with commas ---- */

static bool is_token(char c)
{
	return hw_ascii_is_alnum(c) || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static int put_method(struct hw_buf *out, const char *item, size_t len)
{
	char text[NUMBER_MAX];
	int err;

	if (len == 0 || len > NUMBER_MAX - 4)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (!is_token(item[i]))
			return -EINVAL;
		text[i] = (char)hw_ascii_upper(item[i]);
	}
	text[len] = '\0';
	err = put(out, "\"");
	err = err ? err : put(out, text);
	return err ? err : put(out, "\"");
}

static int put_range(struct hw_buf *out, uint64_t low, uint64_t high)
{
	char text[NUMBER_MAX];

	if (low == high)
		snprintf(text, sizeof(text), "%" PRIu64, low);
	else
		snprintf(text, sizeof(text), "%" PRIu64 "..%" PRIu64, low, high);
	return put(out, text);
}

static int put_numbers(struct hw_buf *out, const char *item, size_t len, unsigned min, unsigned max)
{
	struct hw_slice last = hw_slice(item, len), first = last;
	uint64_t low, high;

	hw_slice_cut(&last, '-', &first);
	if (!hw_ascii_number(first, max, &low) || !hw_ascii_number(last, max, &high) || low < min ||
	    low > high)
		return -EINVAL;
	return put_range(out, low, high);
}

/* 5xx is 500-599. */
static int put_status(struct hw_buf *out, const char *item, size_t len)
{
	const unsigned class = len ? (unsigned)(item[0] - '0') * 100 : 0;

	if (len == 3 && class >= STATUS_MIN && class < STATUS_MAX && (item[1] | 0x20) == 'x' &&
	    (item[2] | 0x20) == 'x')
		return put_range(out, class, class + 99);
	return put_numbers(out, item, len, STATUS_MIN, STATUS_MAX);
}

static int put_port(struct hw_buf *out, const char *item, size_t len)
{
	return put_numbers(out, item, len, 0, UINT16_MAX);
}

static int add_set(struct hw_buf *out, const char *field, const char *list,
		   int (*put_item)(struct hw_buf *out, const char *item, size_t len))
{
	int err = put(out, field);

	err = err ? err : put(out, " in {");
	for (;;) {
		const size_t len = strcspn(list, ",");

		err = err ? err : put_item(out, list, len);
		list += len;
		if (err || *list++ == '\0')
			break;
		err = put(out, ",");
	}
	return err ? err : put(out, "}");
}

static int add_port(struct hw_buf *out, const char *value)
{
	int err = add_set(out, "tcp.port", value, put_port);

	err = err ? err : put(out, " or ");
	return err ? err : add_set(out, "udp.port", value, put_port);
}

/* ---- exchanges ---- */

/* That the capture ended is no error of what was answered in part. */
static int add_errors(struct hw_buf *out)
{
	return put(out,
		   "http.response.code in {400..599} or "
		   "http.end in {\"aborted_by_client\", \"aborted_by_server\", \"timeout\"} or "
		   "(http.end == \"capture_ended\" and not http.response)");
}

/* What did not end took that long at least. */
static int add_slow(struct hw_buf *out, const char *value)
{
	uint64_t ns;
	int err;

	if (!hw_duration_read(hw_slice_text(value), &ns))
		return -EINVAL;
	err = put(out, "http.duration >= ");
	err = err ? err : put(out, value);
	err = err ? err : put(out, " or http.waited >= ");
	return err ? err : put(out, value);
}

/* ---- all of them ---- */

static int add(struct hw_buf *out, enum hw_shortcut kind, const char *value)
{
	switch (kind) {
	case HW_SHORTCUT_HOST:
		return add_host(out, value);
	case HW_SHORTCUT_PATH:
		return add_path(out, value);
	case HW_SHORTCUT_METHOD:
		return add_set(out, "upper(http.request.method)", value, put_method);
	case HW_SHORTCUT_STATUS:
		return add_set(out, "http.response.code", value, put_status);
	case HW_SHORTCUT_PORT:
		return add_port(out, value);
	case HW_SHORTCUT_ERRORS:
		return add_errors(out);
	case HW_SHORTCUT_SLOW:
		return add_slow(out, value);
	case HW_SHORTCUT_NR:
		break;
	}
	return -EINVAL;
}

int hw_shortcuts_add(struct hw_shortcuts *s, enum hw_shortcut kind, const char *value)
{
	struct hw_buf *out = &s->alternatives[kind];
	int err;

	if (!out->max)
		hw_buf_init(out, TEXT_MAX, NULL);
	err = out->len ? put(out, " or ") : 0;
	return err ? err : add(out, kind, value);
}

int hw_shortcuts_write(const struct hw_shortcuts *s, struct hw_buf *out)
{
	int err = 0;

	for (int i = 0; i < HW_SHORTCUT_NR; i++) {
		if (!s->alternatives[i].len)
			continue;
		err = err ? err : put(out, out->len ? " and (" : "(");
		err = err ? err : hw_buf_append(out, hw_buf_slice(&s->alternatives[i]));
		err = err ? err : put(out, ")");
	}
	if (!err && out->len)
		err = hw_buf_append(out, hw_slice("", 1));
	return err ? -ENOMEM : 0;
}

void hw_shortcuts_clear(struct hw_shortcuts *s)
{
	for (int i = 0; i < HW_SHORTCUT_NR; i++)
		hw_buf_clear(&s->alternatives[i]);
}
