/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/parameters.c - names and values in a query, as in forms */
#include "exchange/describing.h"
#include "http/octet.h"
#include "http/url_host.h"

static size_t unescape(struct hw_slice text, uint8_t *to)
{
	size_t len = 0;

	for (size_t i = 0; i < text.len; i++) {
		const struct hw_slice at = hw_slice_after(text, i);

		if (hw_url_is_escape(at)) {
			to[len++] =
				(uint8_t)(hw_octet_hex(at.ptr[1]) << 4 | hw_octet_hex(at.ptr[2]));
			i += 2;
		} else {
			to[len++] = at.ptr[0] == '+' ? ' ' : at.ptr[0];
		}
	}
	return len;
}

/* Decoded into the scratch; as it is if there is nothing to decode, or no room. */
static struct hw_slice decode(struct hw_exchange_scratch *s, struct hw_slice text)
{
	uint8_t *to;
	size_t len;

	if (text.len == 0 || (!memchr(text.ptr, '%', text.len) && !memchr(text.ptr, '+', text.len)))
		return text;
	if (s->text.cap - s->text.len < text.len)
		return text;
	to = s->text.ptr + s->text.len;
	len = unescape(text, to);
	s->text.len += len;
	return hw_slice(to, len);
}

/* application/x-www-form-urlencoded: https://url.spec.whatwg.org/#urlencoded-parsing */
void hw_parameters_add(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		       struct hw_slice query)
{
	struct hw_slice piece, rest = query;
	bool is_last;

	do {
		struct hw_slice name = { 0 };

		is_last = !hw_slice_cut(&rest, '&', &piece);
		if (is_last)
			piece = rest;
		if (piece.len == 0)
			continue;
		if (!hw_slice_cut(&piece, '=', &name)) {
			name = piece;
			piece.len = 0;
		}
		hw_pairs_add(s, range, decode(s, name), decode(s, piece));
	} while (!is_last);
}
