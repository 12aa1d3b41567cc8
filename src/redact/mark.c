/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/mark.c - see mark.h */
#include "redact/mark.h"

#include "base/hex.h"

void hw_redact_marker_init(struct hw_redact_marker *k, struct hw_slice key)
{
	k->hashes = key.len > 0;
	hw_hmac_init(&k->hmac, key);
}

/* There is room. */
static void add_bytes(struct hw_buf *to, const void *from, size_t len)
{
	if (len)
		memcpy(to->ptr + to->len, from, len);
	to->len += len;
}

/* The same secret has the same hash, however it is percent-encoded. */
static void add_hash(const struct hw_redact_marker *k, struct hw_slice secret, uint8_t plus,
		     struct hw_buf *to)
{
	struct hw_hmac hmac = k->hmac;
	uint8_t hash[HW_SHA256_BYTES], hex[2 * HW_REDACT_HASH_BYTES], *end = hex;

	for (size_t at = 0; at < secret.len;) {
		uint8_t byte, depth;

		at += hw_redact_unit(secret, at, &byte, &depth);
		if (byte == '+' && depth < plus)
			byte = ' ';
		hw_hmac_add(&hmac, hw_slice(&byte, 1));
	}
	hw_hmac_end(&hmac, hash);
	add_bytes(to, "-", 1);
	for (size_t i = 0; i < HW_REDACT_HASH_BYTES; i++)
		end = hw_hex_write(end, hash[i]);
	add_bytes(to, hex, sizeof(hex));
}

struct hw_slice hw_redact_mark(const struct hw_redact_marker *k, struct hw_slice s,
			       const struct hw_redact_span *spans, size_t nr, struct hw_buf *to)
{
	const size_t begin = to->len;
	size_t at = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct hw_slice secret = { s.ptr + spans[i].from,
						 spans[i].to - spans[i].from };

		add_bytes(to, s.ptr + at, spans[i].from - at);
		add_bytes(to, "REDACTED", 8);
		if (k->hashes)
			add_hash(k, secret, spans[i].plus, to);
		at = spans[i].to;
	}
	add_bytes(to, s.ptr + at, s.len - at);
	return hw_slice(to->ptr + begin, to->len - begin);
}
