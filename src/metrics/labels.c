/* SPDX-License-Identifier: BSD-2-Clause */
/* src/metrics/labels.c - see labels.h */
#include "metrics/labels.h"

#include "event/escape.h"

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

static void put(struct hw_labels *l, struct hw_slice s)
{
	if (s.len > sizeof(l->text) - l->len)
		return;
	memcpy(l->text + l->len, s.ptr, s.len);
	l->len += s.len;
}

/* What the first `len` bytes of `s` are written as; `len` 0: a byte that begins nothing. */
static struct hw_slice written(struct hw_slice s, size_t len)
{
	const uint8_t b = s.ptr[0];

	if (b == '"')
		return HW_SLICE("\\\"");
	if (b == '\\')
		return HW_SLICE("\\\\");
	if (b == '\n')
		return HW_SLICE("\\n");
	if (len == 0 || !hw_utf8_is_seen(hw_utf8_character(hw_slice(s.ptr, len))))
		return HW_SLICE(replacement);
	return hw_slice(s.ptr, len);
}

/* How many bytes are written as they are, up to the first that is none of the usual ones. */
static size_t count_plain(struct hw_slice s)
{
	size_t nr = 0;

	while (nr < s.len && s.ptr[nr] >= ' ' && s.ptr[nr] < 0x7f && s.ptr[nr] != '"' &&
	       s.ptr[nr] != '\\')
		nr++;
	return nr;
}

static void put_value(struct hw_labels *l, struct hw_slice s)
{
	const size_t end = l->len + HW_LABEL_VALUE_MAX, plain = count_plain(s);
	const size_t begin = plain < HW_LABEL_VALUE_MAX ? plain : HW_LABEL_VALUE_MAX;

	put(l, hw_slice(s.ptr, begin));
	s = hw_slice_after(s, begin);
	while (s.len) {
		const size_t len = hw_utf8_sequence(s);
		const struct hw_slice w = written(s, len);

		if (l->len + w.len > end)
			return;
		put(l, w);
		s = hw_slice_after(s, len ? len : 1);
	}
}

void hw_labels_add(struct hw_labels *l, const char *name, struct hw_slice value)
{
	const size_t name_len = strlen(name);

	if (!value.len || name_len + HW_LABEL_VALUE_MAX + 4 > sizeof(l->text) - l->len)
		return;
	if (l->len)
		put(l, HW_SLICE(","));
	put(l, hw_slice(name, name_len));
	put(l, HW_SLICE("=\""));
	put_value(l, value);
	put(l, HW_SLICE("\""));
}
