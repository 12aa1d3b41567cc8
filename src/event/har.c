/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/har.c - see har.h */
#include "event/har.h"

#include <errno.h>

#include "event/json_out.h"
#include "event/number.h"
#include "exchange/community_id.h"
#include "http/octet.h"

/* clang-format off */
const char hw_har_head[] =
	"{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"httpwire\",\"version\":\""
	HW_VERSION "\"},\"entries\":[\n";
const char hw_har_between[] = ",";
const char hw_har_tail[] = "]}}\n";
/* clang-format on */

/*
 * The times of an exchange as HAR has them: one after the other without gaps or overlaps,
 * so that they add up. A response that began before the request had ended made nobody wait.
 */
struct moments {
	uint64_t begin, sent, answered, end;
};

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* Who got no answer waited until it was known that there is none. */
static struct moments moments_of(const struct hw_event *e)
{
	const struct hw_exchange_part *request = &e->exchange->request;
	const struct hw_exchange_part *response = &e->exchange->response;
	const uint64_t begin = request->start_ns    ? request->start_ns
			       : response->start_ns ? response->start_ns
						    : e->time_ns;
	const uint64_t sent = later(begin, request->end_ns);
	const uint64_t answered = later(sent, response->is_there ? response->start_ns : e->time_ns);

	return (struct moments){ begin, sent, answered, later(answered, response->end_ns) };
}

/* A connection is made for its first exchange; the others find it. */
static bool has_connect(const struct hw_exchange *x)
{
	return x->number == 1 && x->connect_ns && x->connect_ns < x->request.start_ns;
}

static void write_times(struct hw_json_out *j, const struct hw_event *e)
{
	const struct moments at = moments_of(e);
	const uint64_t connect = has_connect(e->exchange) ? e->exchange->connect_ns : 0;

	hw_json_out_time(j, "startedDateTime", at.begin - connect);
	hw_json_out_ms(j, "time", at.end - at.begin + connect);
}

static void write_timings(struct hw_json_out *j, const struct hw_event *e)
{
	const struct moments at = moments_of(e);

	hw_json_out_begin(j, "timings", '{');
	hw_json_out_number(j, "blocked", -1);
	hw_json_out_number(j, "dns", -1);
	if (has_connect(e->exchange))
		hw_json_out_ms(j, "connect", e->exchange->connect_ns);
	else
		hw_json_out_number(j, "connect", -1);
	hw_json_out_ms(j, "send", at.sent - at.begin);
	hw_json_out_ms(j, "wait", at.answered - at.sent);
	hw_json_out_ms(j, "receive", at.end - at.answered);
	hw_json_out_number(j, "ssl", -1);
	hw_json_out_end(j, '}');
}

static struct hw_slice short_text(const struct hw_short_text *t)
{
	return hw_slice(t->text, t->len);
}

/* Of a request without a host, or none: the server's address. */
static void write_server_url(struct hw_json_out *j, const struct hw_event *e)
{
	const bool is_v6 = memchr(e->dst_text.text, ':', e->dst_text.len) != NULL;
	const struct hw_slice target = e->exchange->request.message->target;
	uint8_t port[HW_U64_TEXT_MAX];
	const struct hw_slice parts[] = {
		HW_SLICE("http://"),
		is_v6 ? HW_SLICE("[") : HW_SLICE(""),
		short_text(&e->dst_text),
		is_v6 ? HW_SLICE("]:") : HW_SLICE(":"),
		hw_slice(port, (size_t)(hw_write_u64(port, e->dst_port) - port)),
		target.len && target.ptr[0] == '/' ? target : HW_SLICE("/"),
	};
	struct hw_buf url;

	hw_buf_init(&url, j->out->max, NULL);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !j->err; i++)
		j->err = hw_buf_append(&url, parts[i]);
	hw_json_out_text(j, "url", hw_buf_slice(&url));
	hw_buf_clear(&url);
}

static void write_pairs(struct hw_json_out *j, const char *name, const struct hw_http_field *pairs,
			size_t nr)
{
	hw_json_out_begin(j, name, '[');
	for (size_t i = 0; i < nr; i++) {
		hw_json_out_begin(j, NULL, '{');
		hw_json_out_text(j, "name", pairs[i].name);
		hw_json_out_text(j, "value", pairs[i].value);
		hw_json_out_end(j, '}');
	}
	hw_json_out_end(j, ']');
}

/* What stands before the next `sep`, or all; `rest` is what follows. */
static struct hw_slice next_part(struct hw_slice *rest, char sep)
{
	struct hw_slice part;

	if (!hw_slice_cut(rest, sep, &part)) {
		part = *rest;
		*rest = HW_SLICE("");
	}
	return hw_octet_trim(part);
}

enum cookie_attribute { PATH, DOMAIN, SAME_SITE, HTTP_ONLY, SECURE, ATTRIBUTES_NR };

/* Names in Set-Cookie, in any case, and in HAR. */
static const struct {
	const char *name, *member;
	bool is_flag;
} cookie_attributes[ATTRIBUTES_NR] = {
	[PATH] = { "Path", "path", false },
	[DOMAIN] = { "Domain", "domain", false },
	[SAME_SITE] = { "SameSite", "sameSite", false },
	[HTTP_ONLY] = { "HttpOnly", "httpOnly", true },
	[SECURE] = { "Secure", "secure", true },
};

struct cookie {
	struct hw_slice value;
	struct hw_slice attributes[ATTRIBUTES_NR]; /* `ptr` is NULL if there is none */
};

/* RFC 6265 5.2: of several the last holds. When it expires is in the header alone. */
static struct cookie read_cookie(struct hw_slice rest)
{
	struct cookie cookie = { .value = next_part(&rest, ';') };

	while (rest.len) {
		struct hw_slice value = next_part(&rest, ';');
		const struct hw_slice name = next_part(&value, '=');

		for (int i = 0; i < ATTRIBUTES_NR; i++)
			if (hw_slice_eq_nocase(name, hw_slice_text(cookie_attributes[i].name)))
				cookie.attributes[i] = hw_octet_trim(value);
	}
	return cookie;
}

static void write_set_cookie(struct hw_json_out *j, const struct hw_http_field *pair)
{
	const struct cookie cookie = read_cookie(pair->value);

	hw_json_out_begin(j, NULL, '{');
	hw_json_out_text(j, "name", pair->name);
	hw_json_out_text(j, "value", cookie.value);
	for (int i = 0; i < ATTRIBUTES_NR; i++) {
		if (!cookie.attributes[i].ptr)
			continue;
		if (cookie_attributes[i].is_flag)
			hw_json_out_bool(j, cookie_attributes[i].member, true);
		else
			hw_json_out_text(j, cookie_attributes[i].member, cookie.attributes[i]);
	}
	hw_json_out_end(j, '}');
}

/* A cookie that is set has its attributes behind its value. */
static void write_set_cookies(struct hw_json_out *j, const struct hw_pairs *cookies)
{
	hw_json_out_begin(j, "cookies", '[');
	for (size_t i = 0; i < cookies->nr; i++)
		write_set_cookie(j, &cookies->ptr[i]);
	hw_json_out_end(j, ']');
}

/* The length of heads is not kept; that of bodies of messages that nobody saw not known. */
static void write_sizes(struct hw_json_out *j, const struct hw_exchange_part *part)
{
	hw_json_out_number(j, "headersSize", -1);
	hw_json_out_number(j, "bodySize", part->is_there ? (int64_t)part->body.size : -1);
}

static void write_comment(struct hw_json_out *j, const struct hw_exchange_body *body)
{
	if (body->problem.len)
		hw_json_out_text(j, "comment", body->problem);
	else if (body->kept.len == 0 && body->size)
		hw_json_out_text(j, "comment", HW_SLICE("the body was not kept"));
	else if (body->is_cut)
		hw_json_out_text(j, "comment", HW_SLICE("the beginning of the body"));
}

/* HAR has no encoding for what is posted. */
static void write_post_data(struct hw_json_out *j, const struct hw_exchange_part *request)
{
	const struct hw_exchange_body *body = &request->body;

	if (body->size == 0)
		return;
	hw_json_out_begin(j, "postData", '{');
	hw_json_out_text(j, "mimeType", request->content_type);
	if (body->binary.len) {
		hw_json_out_base64(j, "text", body->binary);
		hw_json_out_text(j, "_encoding", HW_SLICE("base64"));
	} else {
		hw_json_out_text(j, "text", body->text);
	}
	write_comment(j, body);
	hw_json_out_end(j, '}');
}

static void write_request(struct hw_json_out *j, const struct hw_event *e)
{
	const struct hw_exchange *x = e->exchange;
	const struct hw_http_message *m = x->request.message;

	hw_json_out_begin(j, "request", '{');
	hw_json_out_text(j, "method", m->method);
	if (x->url.len)
		hw_json_out_text(j, "url", x->url);
	else
		write_server_url(j, e);
	hw_json_out_text(j, "httpVersion", m->protocol);
	write_pairs(j, "cookies", x->request.cookies.ptr, x->request.cookies.nr);
	write_pairs(j, "headers", m->fields, m->fields_nr);
	write_pairs(j, "queryString", x->parameters.ptr, x->parameters.nr);
	write_post_data(j, &x->request);
	write_sizes(j, &x->request);
	hw_json_out_end(j, '}');
}

/* `size` is that of the decoded body, if all was decoded; what that saved is `compression`. */
static void write_content(struct hw_json_out *j, const struct hw_exchange_part *response)
{
	const struct hw_exchange_body *body = &response->body;
	const bool is_decoded = body->decoded_size && response->content_encoding.len &&
				!body->is_cut && !body->problem.len;

	hw_json_out_begin(j, "content", '{');
	hw_json_out_number(j, "size", (int64_t)(is_decoded ? body->decoded_size : body->size));
	if (is_decoded)
		hw_json_out_number(j, "compression", (int64_t)(body->decoded_size - body->size));
	hw_json_out_text(j, "mimeType", response->content_type);
	if (body->binary.len) {
		hw_json_out_base64(j, "text", body->binary);
		hw_json_out_text(j, "encoding", HW_SLICE("base64"));
	} else if (body->text.len) {
		hw_json_out_text(j, "text", body->text);
	}
	write_comment(j, body);
	hw_json_out_end(j, '}');
}

/* Ends that are as they should be; of the others browsers show what `_error` says. */
static bool has_failed(const struct hw_exchange *x)
{
	return x->end != HW_EXCHANGE_COMPLETE && x->end != HW_EXCHANGE_UPGRADED &&
	       x->end != HW_EXCHANGE_TUNNEL;
}

/* Without a response the status is 0, as browsers have it. */
static void write_response(struct hw_json_out *j, const struct hw_exchange *x)
{
	const struct hw_http_message *m = x->response.message;

	hw_json_out_begin(j, "response", '{');
	hw_json_out_number(j, "status", x->response.is_there ? m->status_code : 0);
	hw_json_out_text(j, "statusText", m->reason);
	hw_json_out_text(j, "httpVersion", m->protocol);
	write_set_cookies(j, &x->response.cookies);
	write_pairs(j, "headers", m->fields, m->fields_nr);
	write_content(j, &x->response);
	hw_json_out_text(j, "redirectURL", hw_http_field_value(m, HW_SLICE("Location")));
	write_sizes(j, &x->response);
	if (has_failed(x))
		hw_json_out_text(j, "_error", hw_exchange_end_name(x->end));
	hw_json_out_end(j, '}');
}

static struct hw_slice connection_id(const struct hw_event *e, uint8_t room[HW_U64_TEXT_MAX])
{
	const uint64_t id = e->extra.connection_id;
	const uint8_t *end = id ? hw_write_hex64(room, id) : hw_write_u64(room, e->src_port);

	return hw_slice(room, (size_t)(end - room));
}

static void write_known(struct hw_json_out *j, const char *name, struct hw_slice value)
{
	if (value.len)
		hw_json_out_text(j, name, value);
}

static void write_process(struct hw_json_out *j, const char *name, const struct hw_process *p)
{
	if (!p || !p->host_pid)
		return;
	hw_json_out_begin(j, name, '{');
	hw_json_out_number(j, "pid", p->host_pid);
	hw_json_out_text(j, "name", p->name);
	write_known(j, "executable", p->exe);
	if (p->start_ns)
		hw_json_out_number(j, "uid", p->uid);
	write_known(j, "owner", p->owner);
	write_known(j, "containerId", p->container_id);
	write_known(j, "containerName", p->container_name);
	write_known(j, "containerImage", p->container_image);
	write_known(j, "podName", p->pod_name);
	write_known(j, "podNamespace", p->pod_namespace);
	hw_json_out_end(j, '}');
}

static void write_anomalies(struct hw_json_out *j, hw_anomalies anomalies)
{
	if (!anomalies)
		return;
	hw_json_out_begin(j, "anomalies", '[');
	while (anomalies)
		hw_json_out_text(j, NULL,
				 hw_slice_text(hw_anomaly_info(hw_anomaly_take(&anomalies))->name));
	hw_json_out_end(j, ']');
}

/* What HAR has no member for; what is not known is left out. */
static void write_ours(struct hw_json_out *j, const struct hw_event *e)
{
	const struct hw_exchange *x = e->exchange;
	char community_id[HW_COMMUNITY_ID_MAX];

	hw_community_id(&e->src, e->src_port, &e->dst, e->dst_port, community_id);
	hw_json_out_begin(j, "_httpwire", '{');
	hw_json_out_text(j, "clientIPAddress", short_text(&e->src_text));
	hw_json_out_number(j, "clientPort", e->src_port);
	hw_json_out_number(j, "serverPort", e->dst_port);
	hw_json_out_number(j, "exchange", (int64_t)x->number);
	hw_json_out_text(j, "end", hw_exchange_end_name(x->end));
	if (x->role != HW_ROLE_UNKNOWN)
		hw_json_out_text(j, "role", hw_exchange_role_name(x->role));
	hw_json_out_text(j, "communityId", hw_slice_text(community_id));
	write_known(j, "route", x->route);
	write_known(j, "requestIncomplete", x->request.incomplete);
	write_known(j, "responseIncomplete", x->response.incomplete);
	write_anomalies(j, x->anomalies);
	write_known(j, "traceId", x->trace_id);
	write_known(j, "requestId", x->request_id);
	write_process(j, "process", e->process);
	write_process(j, "peer", e->peer);
	hw_json_out_end(j, '}');
}

static void write_entry(struct hw_json_out *j, const struct hw_event *e, bool is_strict)
{
	uint8_t room[HW_U64_TEXT_MAX];

	hw_json_out_begin(j, NULL, '{');
	write_times(j, e);
	write_request(j, e);
	write_response(j, e->exchange);
	hw_json_out_begin(j, "cache", '{');
	hw_json_out_end(j, '}');
	write_timings(j, e);
	hw_json_out_text(j, "serverIPAddress", short_text(&e->dst_text));
	hw_json_out_text(j, "connection", connection_id(e, room));
	if (!is_strict)
		write_ours(j, e);
	hw_json_out_end(j, '}');
}

int hw_har_write(const struct hw_event *event, bool is_strict, struct hw_buf *out)
{
	struct hw_json_out j = { .out = out, .from = out->len };

	if (!event->exchange || event->exchange->end == HW_EXCHANGE_GOES_ON)
		return 0;
	write_entry(&j, event, is_strict);
	if (!j.err)
		j.err = hw_buf_append(out, HW_SLICE("\n"));
	return j.err ? -ENOMEM : 0;
}
