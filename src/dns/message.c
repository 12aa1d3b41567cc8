/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/message.c - see message.h */
#include "dns/message.h"

#include "base/bytes.h"
#include "dns/domain.h"
#include "dns/names.h"
#include "dns/presentation.h"
#include "dns/rdata.h"
#include "dns/text.h"

enum {
	HEADER_LEN = 12,
	/*
	 * What a message may cost, in steps of an octet or a pointer. A zone transfer whose
	 * names are all pointers expands some twenty times; only a made message more.
	 */
	WORK_PER_OCTET = 64,
	WORK_LEAST = 4096,
};

struct reading {
	struct hw_dns_scratch *s;
	struct hw_slice in;
	size_t at;
	struct hw_dns_message *m;
};

bool hw_dns_txt_next(struct hw_slice *rest, struct hw_slice *ret)
{
	if (rest->len == 0 || rest->len - 1 < rest->ptr[0])
		return false;
	*ret = hw_slice(rest->ptr + 1, rest->ptr[0]);
	*rest = hw_slice_after(*rest, ret->len + 1);
	return true;
}

bool hw_dns_option_next(struct hw_slice *rest, struct hw_dns_option *ret)
{
	size_t len;

	if (rest->len < 4)
		return false;
	len = hw_get_u16be(rest->ptr + 2);
	if (rest->len - 4 < len)
		return false;

	*ret = (struct hw_dns_option){ hw_get_u16be(rest->ptr), hw_slice(rest->ptr + 4, len) };
	*rest = hw_slice_after(*rest, len + 4);
	return true;
}

/* RFC 1035 4.1.1, RFC 2535 6.1 (AD, CD) */
static void read_header(struct reading *r)
{
	const uint8_t *p = r->in.ptr;
	struct hw_dns_message *m = r->m;

	m->id = hw_get_u16be(p);
	m->qr = p[2] & 0x80;
	m->opcode = p[2] >> 3 & 0xf;
	m->aa = p[2] & 0x04;
	m->tc = p[2] & 0x02;
	m->rd = p[2] & 0x01;
	m->ra = p[3] & 0x80;
	m->z = p[3] >> 4 & 7;
	m->ad = p[3] & 0x20;
	m->cd = p[3] & 0x10;
	m->rcode = m->rcode_tracee = p[3] & 0xf;
	m->qdcount = hw_get_u16be(p + 4);
	m->ancount = hw_get_u16be(p + 6);
	m->nscount = hw_get_u16be(p + 8);
	m->arcount = hw_get_u16be(p + 10);
	r->at = HEADER_LEN;
}

/* One more element of `size` bytes, all zero, behind those in `b`; NULL: no room. */
static void *append_zeroed(struct reading *r, struct hw_buf *b, size_t size)
{
	void *element;

	if (hw_buf_reserve(b, size) != 0) {
		r->s->full = true;
		return NULL;
	}
	element = b->ptr + b->len;
	memset(element, 0, size);
	return element;
}

/* The text of a type or class: static, or in the scratch if it is made of the number. */
static struct hw_slice keep_text(struct hw_dns_scratch *s, struct hw_slice text, const char *room)
{
	const size_t start = s->text.len;

	if (text.ptr != (const uint8_t *)room)
		return text;
	hw_dns_put(s, text);
	return hw_dns_text_since(s, start);
}

static struct hw_slice type_text(struct hw_dns_scratch *s, uint16_t type)
{
	char room[HW_DNS_NUMBER_TEXT_MAX];

	return keep_text(s, hw_dns_type_text(type, room), room);
}

static struct hw_slice class_text(struct hw_dns_scratch *s, uint16_t class)
{
	char room[HW_DNS_NUMBER_TEXT_MAX];

	return keep_text(s, hw_dns_class_text(class, room), room);
}

/* RFC 1035 4.1.2 */
static enum hw_dns_status read_question(struct reading *r)
{
	struct hw_dns_question *q = append_zeroed(r, &r->s->questions, sizeof(*q));
	enum hw_dns_status status;

	if (!q)
		return HW_DNS_LIMIT;
	status = hw_dns_domain_read(r->s, r->in, &r->at, &q->name);
	if (status != HW_DNS_OK)
		return status;
	if (r->in.len - r->at < 4)
		return HW_DNS_TRUNCATED;

	q->type = hw_get_u16be(r->in.ptr + r->at);
	q->class = hw_get_u16be(r->in.ptr + r->at + 2);
	q->type_name = type_text(r->s, q->type);
	q->class_name = class_text(r->s, q->class);
	r->at += 4;
	r->s->questions.len += sizeof(*q);
	return r->s->full ? HW_DNS_LIMIT : HW_DNS_OK;
}

/* RFC 1035 4.1.3, up to where the rdata starts */
static enum hw_dns_status read_rr_head(struct reading *r, struct hw_dns_rr *rr, size_t *at)
{
	const enum hw_dns_status status = hw_dns_domain_read(r->s, r->in, at, &rr->name);
	const uint8_t *p = r->in.ptr + *at;
	size_t len;

	if (status != HW_DNS_OK)
		return status;
	if (r->in.len - *at < 10)
		return HW_DNS_TRUNCATED;
	len = hw_get_u16be(p + 8);
	if (r->in.len - *at - 10 < len)
		return HW_DNS_TRUNCATED;

	rr->type = hw_get_u16be(p);
	rr->class = hw_get_u16be(p + 2);
	rr->ttl = hw_get_u32be(p + 4);
	rr->rdata = hw_slice(p + 10, len);
	*at += 10;
	return HW_DNS_OK;
}

static enum hw_dns_status read_rr(struct reading *r)
{
	struct hw_dns_rr *rr = append_zeroed(r, &r->s->records, sizeof(*rr));
	size_t at = r->at;
	enum hw_dns_status status;
	struct hw_slice msg;

	if (!rr)
		return HW_DNS_LIMIT;
	status = read_rr_head(r, rr, &at);
	if (status != HW_DNS_OK)
		return status;

	msg = hw_slice(r->in.ptr, at + rr->rdata.len);
	rr->type_name = type_text(r->s, rr->type);
	rr->class_name = class_text(r->s, rr->class);
	if (!hw_dns_rdata_read(r->s, msg, at, rr))
		r->m->refused = true;
	hw_dns_presentation(r->s, msg, at, rr);
	if (r->s->full)
		return HW_DNS_LIMIT;

	r->at = msg.len;
	r->s->records.len += sizeof(*rr);
	return HW_DNS_OK;
}

/* Read `count` records, or as many as there are; returns how many. */
static size_t read_section(struct reading *r, enum hw_dns_status (*read)(struct reading *),
			   uint16_t count)
{
	size_t nr = 0;

	while (r->m->status == HW_DNS_OK && nr < count) {
		r->m->status = read(r);
		nr += r->m->status == HW_DNS_OK;
	}
	return nr;
}

static void read_sections(struct reading *r)
{
	struct hw_dns_message *m = r->m;

	m->questions_nr = read_section(r, read_question, m->qdcount);
	m->answers_nr = read_section(r, read_rr, m->ancount);
	m->authorities_nr = read_section(r, read_rr, m->nscount);
	m->additionals_nr = read_section(r, read_rr, m->arcount);
}

/* RFC 6891 6.1.3. Should there be more than one (a fault, 6.1.1), the first one counts. */
static void read_edns(struct hw_dns_message *m, const struct hw_dns_rr *rr)
{
	/* Tracee's decoder has room for half of the upper bits, and adds up all records. */
	m->rcode_tracee |= rr->ttl >> 20 & 0xf0;
	if (m->edns.present)
		return;
	m->rcode |= (uint16_t)(rr->ttl >> 24 << 4);
	m->edns = (struct hw_dns_edns){
		.present = true,
		.version = rr->ttl >> 16 & 0xff,
		.dnssec_ok = rr->ttl & 0x8000,
		.udp_size = rr->class,
	};
}

/* The records do not move any more: say where they are. */
static void attach(struct hw_dns_scratch *s, struct hw_dns_message *m)
{
	m->questions = (const void *)s->questions.ptr;
	m->answers = (const void *)s->records.ptr;
	m->authorities = m->answers_nr ? m->answers + m->answers_nr : m->answers;
	m->additionals = m->authorities_nr ? m->authorities + m->authorities_nr : m->authorities;
	for (size_t i = 0; i < m->additionals_nr; i++) {
		if (m->additionals[i].type == HW_DNS_TYPE_OPT)
			read_edns(m, &m->additionals[i]);
	}
}

static void read_message(struct hw_dns_scratch *s, struct hw_slice in, struct hw_dns_message *ret)
{
	struct reading r = { .s = s, .in = in, .m = ret };

	s->questions.len = s->records.len = s->text.len = 0;
	s->work = in.len * WORK_PER_OCTET + WORK_LEAST;
	s->full = false;
	*ret = (struct hw_dns_message){ .status = HW_DNS_OK };

	if (in.len < HEADER_LEN) {
		ret->status = HW_DNS_TRUNCATED;
	} else {
		read_header(&r);
		read_sections(&r);
	}
	if (ret->status == HW_DNS_OK)
		ret->rest = hw_slice_after(in, r.at);
	else
		ret->refused = true;
}

static void count(struct hw_stats *stats, enum hw_dns_status status)
{
	static const enum hw_stat counters[] = {
		[HW_DNS_OK] = HW_STAT_DNS_WHOLE,
		[HW_DNS_TRUNCATED] = HW_STAT_DNS_TRUNCATED,
		[HW_DNS_BAD] = HW_STAT_DNS_BAD,
		[HW_DNS_LIMIT] = HW_STAT_DNS_LIMIT,
	};

	hw_stats_inc(stats, HW_STAT_DNS_MESSAGES);
	hw_stats_inc(stats, counters[status]);
}

enum hw_dns_status hw_dns_message_read(struct hw_dns_scratch *s, struct hw_slice in,
				       struct hw_dns_message *ret)
{
	size_t cap;

	s->text.len = 0;
	hw_buf_reserve(&s->text, in.len); /* a hint: it grows where it must */

	/* Text that moved while it grew left slices behind; in the second round it stays. */
	do {
		cap = s->text.cap;
		read_message(s, in, ret);
	} while (s->text.cap != cap);

	attach(s, ret);
	count(s->stats, ret->status);
	return ret->status;
}

struct hw_slice hw_dns_incomplete_name(enum hw_dns_status status)
{
	static const struct hw_slice names[] = {
		[HW_DNS_OK] = HW_SLICE(""),
		[HW_DNS_TRUNCATED] = HW_SLICE("cut"),
		[HW_DNS_BAD] = HW_SLICE("malformed"),
		[HW_DNS_LIMIT] = HW_SLICE("limit"),
	};

	return names[status];
}

bool hw_dns_is_request(const struct hw_dns_message *m)
{
	return !m->qr && m->qdcount == 1 && m->questions_nr == 1;
}

bool hw_dns_is_response(const struct hw_dns_message *m)
{
	return m->qr && m->qdcount == 1 && m->questions_nr == 1 && m->answers_nr == m->ancount;
}

struct hw_slice hw_dns_answer_tracee(const struct hw_dns_rr *rr)
{
	switch (rr->type) {
	case HW_DNS_TYPE_A:
	case HW_DNS_TYPE_AAAA:
		return rr->ip;
	case HW_DNS_TYPE_NS:
		return rr->ns;
	case HW_DNS_TYPE_CNAME:
		return rr->cname;
	case HW_DNS_TYPE_PTR:
		return rr->ptr;
	case HW_DNS_TYPE_MX:
		return rr->mx.name;
	case HW_DNS_TYPE_TXT:
		return rr->txt;
	default:
		return HW_SLICE("not implemented");
	}
}
