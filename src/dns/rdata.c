/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/rdata.c - see rdata.h */
#include "dns/rdata.h"

#include "base/bytes.h"
#include "dns/domain.h"
#include "dns/names.h"
#include "dns/text.h"

/* Rdata being read; `at` is an offset of the message, for the names in it. */
struct reader {
	struct hw_dns_scratch *s;
	struct hw_slice msg;
	size_t at;
};

static bool take(struct reader *r, size_t len, struct hw_slice *ret)
{
	if (r->msg.len - r->at < len)
		return false;
	*ret = hw_slice(r->msg.ptr + r->at, len);
	r->at += len;
	return true;
}

static bool take_u16(struct reader *r, uint16_t *ret)
{
	struct hw_slice b;

	if (!take(r, 2, &b))
		return false;
	*ret = hw_get_u16be(b.ptr);
	return true;
}

static bool take_u32(struct reader *r, uint32_t *ret)
{
	struct hw_slice b;

	if (!take(r, 4, &b))
		return false;
	*ret = hw_get_u32be(b.ptr);
	return true;
}

static bool take_name(struct reader *r, struct hw_slice *ret)
{
	return hw_dns_domain_read(r->s, r->msg, &r->at, ret) == HW_DNS_OK;
}

/* Go's net.IP of a length that no address has prints as "?" and hex, or "<nil>". */
static void put_go_ip(struct hw_dns_scratch *s, struct hw_slice bytes)
{
	if (bytes.len == 4 || bytes.len == 16) {
		hw_dns_put_ip(s, bytes);
	} else if (bytes.len == 0) {
		hw_dns_put(s, HW_SLICE("<nil>"));
	} else {
		hw_dns_put(s, HW_SLICE("?"));
		hw_dns_put_hex(s, bytes);
	}
}

static bool read_ip(struct reader *r, struct hw_dns_rr *rr)
{
	const size_t start = r->s->text.len;

	put_go_ip(r->s, rr->rdata);
	rr->ip = hw_dns_text_since(r->s, start);
	return true;
}

/* RFC 1035 3.3.13 */
static bool read_soa(struct reader *r, struct hw_dns_rr *rr)
{
	struct hw_dns_soa soa;

	if (!take_name(r, &soa.mname) || !take_name(r, &soa.rname) || !take_u32(r, &soa.serial) ||
	    !take_u32(r, &soa.refresh) || !take_u32(r, &soa.retry) || !take_u32(r, &soa.expire) ||
	    !take_u32(r, &soa.minimum))
		return false;
	rr->soa = soa;
	return true;
}

static bool read_mx(struct reader *r, struct hw_dns_rr *rr)
{
	struct hw_dns_mx mx;

	if (!take_u16(r, &mx.preference) || !take_name(r, &mx.name))
		return false;
	rr->mx = mx;
	return true;
}

/* RFC 2782 */
static bool read_srv(struct reader *r, struct hw_dns_rr *rr)
{
	struct hw_dns_srv srv;

	if (!take_u16(r, &srv.priority) || !take_u16(r, &srv.weight) || !take_u16(r, &srv.port) ||
	    !take_name(r, &srv.name))
		return false;
	rr->srv = srv;
	return true;
}

/* RFC 7553 4.5: the target is all that is left, without a length. */
static bool read_uri(struct reader *r, struct hw_dns_rr *rr)
{
	struct hw_dns_uri uri;

	if (!take_u16(r, &uri.priority) || !take_u16(r, &uri.weight))
		return false;
	uri.target = hw_slice_after(rr->rdata, 4);
	rr->uri = uri;
	return true;
}

static bool read_txt(struct reader *r, struct hw_dns_rr *rr)
{
	struct hw_slice rest = rr->rdata, string;

	(void)r;
	while (hw_dns_txt_next(&rest, &string))
		;
	if (rest.len)
		return false;
	rr->txt = rr->rdata;
	return true;
}

static bool read_opt(struct reader *r, struct hw_dns_rr *rr)
{
	struct hw_slice rest = rr->rdata;
	struct hw_dns_option option;

	(void)r;
	while (hw_dns_option_next(&rest, &option))
		;
	if (rest.len)
		return false;
	rr->opt = rr->rdata;
	return true;
}

bool hw_dns_rdata_read(struct hw_dns_scratch *s, struct hw_slice msg, size_t off,
		       struct hw_dns_rr *rr)
{
	struct reader r = { s, msg, off };

	switch (rr->type) {
	case HW_DNS_TYPE_A:
	case HW_DNS_TYPE_AAAA:
		return read_ip(&r, rr);
	case HW_DNS_TYPE_NS:
		return take_name(&r, &rr->ns);
	case HW_DNS_TYPE_CNAME:
		return take_name(&r, &rr->cname);
	case HW_DNS_TYPE_PTR:
		return take_name(&r, &rr->ptr);
	case HW_DNS_TYPE_SOA:
		return read_soa(&r, rr);
	case HW_DNS_TYPE_MX:
		return read_mx(&r, rr);
	case HW_DNS_TYPE_SRV:
		return read_srv(&r, rr);
	case HW_DNS_TYPE_URI:
		return read_uri(&r, rr);
	case HW_DNS_TYPE_TXT:
	case HW_DNS_TYPE_HINFO:
		return read_txt(&r, rr);
	case HW_DNS_TYPE_OPT:
		return read_opt(&r, rr);
	default: /* Tracee shows nothing of the other types, and takes whatever they hold */
		return true;
	}
}
