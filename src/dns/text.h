/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/text.h - presentation text being written (RFC 1035 5.1, RFC 4648)
 *
 * Each call appends to s->text; what has no room is left out and s->full set. Text is
 * cut out by where it started: the buffer may move while it grows.
 */
#ifndef HW_DNS_TEXT_H
#define HW_DNS_TEXT_H

#include "dns/scratch.h"

void hw_dns_put(struct hw_dns_scratch *s, struct hw_slice bytes);
void hw_dns_put_number(struct hw_dns_scratch *s, uint64_t number);
void hw_dns_put_hex(struct hw_dns_scratch *s, struct hw_slice bytes);
void hw_dns_put_base64(struct hw_dns_scratch *s, struct hw_slice bytes);

/* RFC 4648 7, without padding: hashed owner names (RFC 5155 3.3). */
void hw_dns_put_base32hex(struct hw_dns_scratch *s, struct hw_slice bytes);

/* In quotes; `"`, `\` and what is not printable ASCII are escaped. */
void hw_dns_put_quoted(struct hw_dns_scratch *s, struct hw_slice bytes);

/* The same without the quotes. */
void hw_dns_put_escaped(struct hw_dns_scratch *s, struct hw_slice bytes);

/* A label of a name: special characters escaped (RFC 4343 2.1). */
void hw_dns_put_label(struct hw_dns_scratch *s, struct hw_slice label);

/* `seconds` since 1970 as YYYYMMDDHHMMSS (RFC 4034 3.2). */
void hw_dns_put_time(struct hw_dns_scratch *s, uint32_t seconds);

/* 4 or 16 bytes as an address. */
void hw_dns_put_ip(struct hw_dns_scratch *s, struct hw_slice bytes);

static inline struct hw_slice hw_dns_text_since(const struct hw_dns_scratch *s, size_t start)
{
	return s->text.len > start ? hw_slice(s->text.ptr + start, s->text.len - start)
				   : (struct hw_slice){ 0 };
}

#endif
