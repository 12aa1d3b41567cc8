/* SPDX-License-Identifier: BSD-2-Clause */
/* src/metrics/exchange_labels.c - see exchange_labels.h */
#include "metrics/exchange_labels.h"

#include "base/ascii.h"

/* An error of the server is none of its client's making; for a client 404 is one, too. */
enum {
	SERVER_ERROR = 500,
	CLIENT_ERROR = 400,
};

struct status_text {
	uint8_t digits[3];
};

static const struct hw_slice other = { (const uint8_t *)"_other", 6 };

/* Methods are case-sensitive (RFC 9110 9.1); others may be anything, so they are one. */
static struct hw_slice method_of(const struct hw_exchange *x)
{
	static const char *const known[] = { "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS",
					     "PATCH",	"POST",	  "PUT", "TRACE" };
	const struct hw_slice method = x->request.message->method;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (hw_slice_eq(method, hw_slice_text(known[i])))
			return method;
	return method.len ? HW_SLICE("_OTHER") : method;
}

static bool has_status(const struct hw_exchange *x)
{
	return x->response.is_there && x->response.message->status_code >= 100 &&
	       x->response.message->status_code <= 999;
}

static struct hw_slice status_of(const struct hw_exchange *x, struct status_text *room)
{
	const int32_t code = has_status(x) ? x->response.message->status_code : 0;

	room->digits[0] = (uint8_t)('0' + code / 100);
	room->digits[1] = (uint8_t)('0' + code / 10 % 10);
	room->digits[2] = (uint8_t)('0' + code % 10);
	return hw_slice(room->digits, code ? sizeof(room->digits) : 0);
}

static bool is_success(enum hw_exchange_end end)
{
	return end == HW_EXCHANGE_COMPLETE || end == HW_EXCHANGE_UPGRADED ||
	       end == HW_EXCHANGE_TUNNEL;
}

/* What a status code says comes before how the connection ended. */
static struct hw_slice error_of(const struct hw_exchange *x, struct hw_slice status)
{
	const int32_t least = x->role == HW_ROLE_CLIENT ? CLIENT_ERROR : SERVER_ERROR;

	if (status.len && x->response.message->status_code >= least)
		return status;
	return is_success(x->end) ? hw_slice(NULL, 0) : hw_exchange_end_name(x->end);
}

/* "1.1" of "HTTP/1.1" */
static struct hw_slice version_of(const struct hw_exchange *x)
{
	const struct hw_slice p =
		x->request.is_there ? x->request.message->protocol : x->response.message->protocol;
	const struct hw_slice v = p.len == 8 ? hw_slice_after(p, 5) : hw_slice(NULL, 0);

	if (!v.len || !hw_ascii_is_digit(v.ptr[0]) || v.ptr[1] != '.' ||
	    !hw_ascii_is_digit(v.ptr[2]))
		return hw_slice(NULL, 0);
	return v;
}

/* What the request names, which is the same in either case (RFC 9110 4.2.3), or who got it. */
static struct hw_slice server_of(const struct hw_event *e, uint8_t room[HW_LABEL_VALUE_MAX])
{
	const struct hw_slice host = e->exchange->host;
	const size_t len = host.len < HW_LABEL_VALUE_MAX ? host.len : HW_LABEL_VALUE_MAX;

	if (!len)
		return hw_slice(e->dst_text.text, e->dst_text.len);
	for (size_t i = 0; i < len; i++)
		room[i] = hw_ascii_lower(host.ptr[i]);
	return hw_slice(room, len);
}

void hw_exchange_labels(const struct hw_event *event, enum hw_detail detail, struct hw_labels *ret)
{
	const struct hw_exchange *x = event->exchange;
	const bool nothing = detail == HW_DETAIL_NONE;
	uint8_t room[HW_LABEL_VALUE_MAX];
	struct status_text text;
	const struct hw_slice status = status_of(x, &text);

	ret->len = 0;
	hw_labels_add(ret, "http_request_method", nothing ? other : method_of(x));
	hw_labels_add(ret, "http_response_status_code", nothing ? other : status);
	hw_labels_add(ret, "http_route", detail == HW_DETAIL_ALL ? x->route : other);
	hw_labels_add(ret, "server_address",
		      detail == HW_DETAIL_ALL ? server_of(event, room) : other);
	hw_labels_add(ret, "network_protocol_version", nothing ? other : version_of(x));
	hw_labels_add(ret, "error_type", nothing ? other : error_of(x, status));
}
