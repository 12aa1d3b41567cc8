/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/trace.c - which trace a request belongs to, as W3C or Zipkin write it */
#include "exchange/describing.h"
#include "http/octet.h"

enum {
	TRACE_LEN = 32, /* hex digits; b3 has half as many, too */
	SPAN_LEN = 16,
	TRACEPARENT_LEN = 2 + 1 + TRACE_LEN + 1 + SPAN_LEN + 1 + 2,
};

struct ids {
	struct hw_slice trace, span;
};

static bool is_zero(struct hw_slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] != '0')
			return false;
	return true;
}

static bool is_id(struct hw_slice s)
{
	return hw_octet_all(s, HW_OCTET_HEX) && !is_zero(s);
}

static bool is_trace(struct hw_slice s)
{
	return (s.len == TRACE_LEN || s.len == TRACE_LEN / 2) && is_id(s);
}

static bool is_span(struct hw_slice s)
{
	return s.len == SPAN_LEN && is_id(s);
}

/*
 * version "-" trace-id "-" parent-id "-" trace-flags, in lower case; later versions may
 * have more behind another dash. https://www.w3.org/TR/trace-context/#traceparent-header
 */
static bool read_traceparent(struct hw_slice s, struct ids *ret)
{
	struct hw_slice version, trace, span, flags = s;
	bool is_first;

	if (s.len < TRACEPARENT_LEN || (hw_octet_any(s) & HW_OCTET_UPPER))
		return false;
	if (!hw_slice_cut(&flags, '-', &version) || !hw_slice_cut(&flags, '-', &trace) ||
	    !hw_slice_cut(&flags, '-', &span))
		return false;
	if (version.len != 2 || !hw_octet_all(version, HW_OCTET_HEX) ||
	    hw_slice_eq(version, HW_SLICE("ff")))
		return false;
	is_first = hw_slice_eq(version, HW_SLICE("00"));
	if (flags.len < 2 || !hw_octet_all(hw_slice(flags.ptr, 2), HW_OCTET_HEX) ||
	    (flags.len > 2 && (is_first || flags.ptr[2] != '-')))
		return false;
	if (trace.len != TRACE_LEN || !is_trace(trace) || !is_span(span))
		return false;
	*ret = (struct ids){ trace, span };
	return true;
}

/* TraceId "-" SpanId [ "-" state [ "-" parent ] ]      github.com/openzipkin/b3-propagation */
static bool read_b3(struct hw_slice s, struct ids *ret)
{
	struct hw_slice trace, span;

	if (!hw_slice_cut(&s, '-', &trace))
		return false;
	span = s;
	hw_slice_cut(&s, '-', &span);
	if (!is_trace(trace) || !is_span(span))
		return false;
	*ret = (struct ids){ trace, span };
	return true;
}

static bool read_b3_fields(struct hw_slice trace, struct hw_slice span, struct ids *ret)
{
	if (!is_trace(trace))
		return false;
	*ret = (struct ids){ trace, is_span(span) ? span : (struct hw_slice){ 0 } };
	return true;
}

static struct hw_slice lower(uint8_t *to, struct hw_slice id)
{
	for (size_t i = 0; i < id.len; i++)
		to[i] = id.ptr[i] | 0x20; /* digits have that bit */
	return hw_slice(to, id.len);
}

void hw_trace_describe(struct hw_exchange_scratch *s, struct hw_exchange *x,
		       const struct hw_known_values *request)
{
	const struct hw_slice *const of = request->of;
	struct ids ids = { 0 };

	if (!read_traceparent(hw_octet_trim(of[HW_KNOWN_TRACEPARENT]), &ids) &&
	    !read_b3(hw_octet_trim(of[HW_KNOWN_B3]), &ids))
		read_b3_fields(of[HW_KNOWN_X_B3_TRACEID], of[HW_KNOWN_X_B3_SPANID], &ids);
	x->trace_id = lower(s->ids, ids.trace);
	x->span_id = lower(s->ids + TRACE_LEN, ids.span);
}
