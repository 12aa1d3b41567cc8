/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/domain.c - see domain.h */
#include "dns/domain.h"

#include "base/bytes.h"
#include "dns/text.h"

enum {
	OCTETS_MAX = 255,  /* RFC 1035 2.3.4 has the final zero in it, Tracee's decoder not */
	POINTERS_MAX = 254 /* as in Tracee's decoder */
};

/* A name being walked along, label by label. */
struct walk {
	struct hw_slice msg;
	size_t at;     /* next octet to read */
	size_t floor;  /* where the labels being read start; pointers lead before it */
	size_t end;    /* behind the name where it was found, 0: not yet known */
	size_t octets; /* of its labels with their lengths */
	size_t pointers;
	enum hw_dns_status status;
};

static struct walk walk_start(struct hw_slice msg, size_t off)
{
	return (struct walk){ .msg = msg, .at = off, .floor = off };
}

static bool stop(struct walk *w, enum hw_dns_status status)
{
	w->status = status;
	return false;
}

/* Pay for `steps` out of what the whole message may cost. */
static bool pay(struct hw_dns_scratch *s, size_t steps)
{
	if (s->work < steps) {
		s->full = true;
		return false;
	}
	s->work -= steps;
	return true;
}

static bool follow_pointer(struct walk *w)
{
	size_t to;

	if (w->msg.len - w->at < 2)
		return stop(w, HW_DNS_TRUNCATED);
	to = hw_get_u16be(w->msg.ptr + w->at) & 0x3fff;
	if (to >= w->floor || ++w->pointers > POINTERS_MAX)
		return stop(w, HW_DNS_BAD);

	if (!w->end)
		w->end = w->at + 2;
	w->at = w->floor = to;
	return true;
}

static bool take_label(struct walk *w, struct hw_slice *ret)
{
	const size_t len = w->msg.ptr[w->at];

	w->octets += len + 1;
	if (w->octets > OCTETS_MAX)
		return stop(w, HW_DNS_BAD);
	if (w->msg.len - w->at < len + 1)
		return stop(w, HW_DNS_TRUNCATED);

	*ret = hw_slice(w->msg.ptr + w->at + 1, len);
	w->at += len + 1;
	return true;
}

/* Returns false at the end of the name, HW_DNS_OK in w->status, or where it fails. */
static bool next_label(struct hw_dns_scratch *s, struct walk *w, struct hw_slice *ret)
{
	for (;;) {
		if (w->at >= w->msg.len)
			return stop(w, HW_DNS_TRUNCATED);
		if (!pay(s, 1))
			return stop(w, HW_DNS_LIMIT);

		switch (w->msg.ptr[w->at] & 0xc0) {
		case 0xc0:
			if (!follow_pointer(w))
				return false;
			continue;
		case 0x00:
			break;
		default: /* reserved; 0x40 was tried by RFC 2673 and taken back */
			return stop(w, HW_DNS_BAD);
		}
		if (w->msg.ptr[w->at] != 0)
			return take_label(w, ret) && (pay(s, ret->len) || stop(w, HW_DNS_LIMIT));

		if (!w->end)
			w->end = w->at + 1;
		return stop(w, HW_DNS_OK);
	}
}

enum hw_dns_status hw_dns_domain_read(struct hw_dns_scratch *s, struct hw_slice msg, size_t *off,
				      struct hw_slice *ret)
{
	const size_t start = s->text.len;
	struct walk w = walk_start(msg, *off);
	struct hw_slice label;

	while (next_label(s, &w, &label)) {
		if (s->text.len > start)
			hw_dns_put(s, HW_SLICE("."));
		hw_dns_put(s, label);
	}
	if (w.status != HW_DNS_OK)
		return w.status;

	*off = w.end;
	*ret = hw_dns_text_since(s, start);
	return s->full ? HW_DNS_LIMIT : HW_DNS_OK;
}

enum hw_dns_status hw_dns_domain_put(struct hw_dns_scratch *s, struct hw_slice msg, size_t *off)
{
	struct walk w = walk_start(msg, *off);
	struct hw_slice label;

	while (next_label(s, &w, &label)) {
		hw_dns_put_label(s, label);
		hw_dns_put(s, HW_SLICE("."));
	}
	if (w.status != HW_DNS_OK)
		return w.status;

	if (w.octets == 0)
		hw_dns_put(s, HW_SLICE("."));
	*off = w.end;
	return s->full ? HW_DNS_LIMIT : HW_DNS_OK;
}
