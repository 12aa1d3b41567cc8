/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/text.c - see text.h */
#include "dns/text.h"

#include <stdio.h>
#include <time.h>

#include "base/addr.h"
#include "base/base64.h"
#include "base/hex.h"

/* Room for `len` more bytes, which the caller fills and adds to s->text.len. */
static uint8_t *room(struct hw_dns_scratch *s, size_t len)
{
	if (hw_buf_reserve(&s->text, len) != 0) {
		s->full = true;
		return NULL;
	}
	return s->text.ptr + s->text.len;
}

void hw_dns_put(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	if (hw_buf_append(&s->text, bytes) != 0)
		s->full = true;
}

void hw_dns_put_number(struct hw_dns_scratch *s, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	hw_dns_put(s, hw_slice(digits + at, sizeof(digits) - at));
}

void hw_dns_put_hex(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	uint8_t *to = room(s, bytes.len * 2);

	if (!to)
		return;
	for (size_t i = 0; i < bytes.len; i++)
		to = hw_hex_write(to, bytes.ptr[i]);
	s->text.len += bytes.len * 2;
}

void hw_dns_put_base64(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	uint8_t *to = room(s, HW_BASE64_LEN(bytes.len));

	if (to)
		s->text.len += (size_t)(hw_write_base64(to, bytes) - to);
}

/* Groups of five bits, most significant first, the last one filled up with zeros. */
static uint8_t *write_base32hex(uint8_t *to, struct hw_slice bytes)
{
	static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUV";
	unsigned int held = 0, value = 0;

	for (size_t i = 0; i < bytes.len; i++) {
		value = (value & 0xff) << 8 | bytes.ptr[i];
		for (held += 8; held >= 5; held -= 5)
			*to++ = (uint8_t)alphabet[value >> (held - 5) & 31];
	}
	if (held)
		*to++ = (uint8_t)alphabet[value << (5 - held) & 31];
	return to;
}

void hw_dns_put_base32hex(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	uint8_t *to = room(s, bytes.len / 5 * 8 + 8);

	if (to)
		s->text.len += (size_t)(write_base32hex(to, bytes) - to);
}

/* Each byte as it is, after a backslash if it is among `special`, or as \DDD. */
static void put_escaped(struct hw_dns_scratch *s, struct hw_slice bytes, const char *special,
			uint8_t lowest)
{
	uint8_t *const start = room(s, bytes.len * 4), *to = start;

	if (!start)
		return;
	for (size_t i = 0; i < bytes.len; i++) {
		const uint8_t c = bytes.ptr[i];

		if (c < lowest || c > 0x7e) {
			*to++ = '\\';
			*to++ = (uint8_t)('0' + c / 100);
			*to++ = (uint8_t)('0' + c / 10 % 10);
			*to++ = (uint8_t)('0' + c % 10);
			continue;
		}
		if (strchr(special, c))
			*to++ = '\\';
		*to++ = c;
	}
	s->text.len += (size_t)(to - start);
}

void hw_dns_put_escaped(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	put_escaped(s, bytes, "\"\\", ' ');
}

void hw_dns_put_quoted(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	hw_dns_put(s, HW_SLICE("\""));
	hw_dns_put_escaped(s, bytes);
	hw_dns_put(s, HW_SLICE("\""));
}

void hw_dns_put_label(struct hw_dns_scratch *s, struct hw_slice label)
{
	put_escaped(s, label, ".\\\"();@$", ' ' + 1);
}

void hw_dns_put_time(struct hw_dns_scratch *s, uint32_t seconds)
{
	const time_t t = (time_t)seconds;
	struct tm tm;
	char text[16];

	if (!gmtime_r(&t, &tm))
		return;
	strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm);
	hw_dns_put(s, hw_slice_text(text));
}

void hw_dns_put_ip(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	const struct hw_addr a = bytes.len == 4 ? hw_addr_v4(bytes.ptr) : hw_addr_v6(bytes.ptr);
	char text[HW_ADDR_TEXT_MAX];

	hw_dns_put(s, hw_slice(text, hw_addr_format(&a, text)));
}
