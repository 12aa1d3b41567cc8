/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/rdata.c - see rdata.h */
#include "dns/rdata.h"

#include "dns/cursor.h"
#include "dns/names.h"
#include "dns/text.h"

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

static bool read_ip(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	const size_t start = c->s->text.len;

	put_go_ip(c->s, rr->rdata);
	rr->ip = hw_dns_text_since(c->s, start);
	return true;
}

/* RFC 1035 3.3.13 */
static bool read_soa(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	struct hw_dns_soa soa;

	if (!hw_dns_take_name(c, &soa.mname) || !hw_dns_take_name(c, &soa.rname) ||
	    !hw_dns_take_u32(c, &soa.serial) || !hw_dns_take_u32(c, &soa.refresh) ||
	    !hw_dns_take_u32(c, &soa.retry) || !hw_dns_take_u32(c, &soa.expire) ||
	    !hw_dns_take_u32(c, &soa.minimum))
		return false;
	rr->soa = soa;
	return true;
}

static bool read_mx(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	struct hw_dns_mx mx;

	if (!hw_dns_take_u16(c, &mx.preference) || !hw_dns_take_name(c, &mx.name))
		return false;
	rr->mx = mx;
	return true;
}

/* RFC 2782 */
static bool read_srv(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	struct hw_dns_srv srv;

	if (!hw_dns_take_u16(c, &srv.priority) || !hw_dns_take_u16(c, &srv.weight) ||
	    !hw_dns_take_u16(c, &srv.port) || !hw_dns_take_name(c, &srv.name))
		return false;
	rr->srv = srv;
	return true;
}

/* RFC 7553 4.5: the target is all that is left, without a length. */
static bool read_uri(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	struct hw_dns_uri uri;

	if (!hw_dns_take_u16(c, &uri.priority) || !hw_dns_take_u16(c, &uri.weight))
		return false;
	uri.target = hw_slice_after(rr->rdata, 4);
	rr->uri = uri;
	return true;
}

static bool read_txt(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	struct hw_slice rest = rr->rdata, string;

	(void)c;
	while (hw_dns_txt_next(&rest, &string))
		;
	if (rest.len)
		return false;
	rr->txt = rr->rdata;
	return true;
}

static bool read_opt(struct hw_dns_cursor *c, struct hw_dns_rr *rr)
{
	struct hw_slice rest = rr->rdata;
	struct hw_dns_option option;

	(void)c;
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
	struct hw_dns_cursor c = { s, msg, off };

	switch (rr->type) {
	case HW_DNS_TYPE_A:
	case HW_DNS_TYPE_AAAA:
		return read_ip(&c, rr);
	case HW_DNS_TYPE_NS:
		return hw_dns_take_name(&c, &rr->ns);
	case HW_DNS_TYPE_CNAME:
		return hw_dns_take_name(&c, &rr->cname);
	case HW_DNS_TYPE_PTR:
		return hw_dns_take_name(&c, &rr->ptr);
	case HW_DNS_TYPE_SOA:
		return read_soa(&c, rr);
	case HW_DNS_TYPE_MX:
		return read_mx(&c, rr);
	case HW_DNS_TYPE_SRV:
		return read_srv(&c, rr);
	case HW_DNS_TYPE_URI:
		return read_uri(&c, rr);
	case HW_DNS_TYPE_TXT:
	case HW_DNS_TYPE_HINFO:
		return read_txt(&c, rr);
	case HW_DNS_TYPE_OPT:
		return read_opt(&c, rr);
	default: /* Tracee shows nothing of the other types, and takes whatever they hold */
		return true;
	}
}
