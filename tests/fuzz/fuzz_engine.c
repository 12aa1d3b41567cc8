/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_engine.c - frames in, lines out: the whole engine and its encoders
 *
 * An input is options (two bytes), then frames, each behind its length (two bytes) and a
 * time step (a byte). Every line is judged by a reader of its own; the accounts close.
 */
#include <string.h>

#include "engine/engine.h"
#include "event/event.h"
#include "fuzz.h"
#include "json_check.h"

enum { FORMATS = HW_FORMAT_CURL + 1, OPTIONS = 2, HEAD = 3, BATCH_MAX = 40 };

struct rig {
	struct hw_encoder **encoder;
	uint64_t events;
};

/* Made once: they keep nothing from event to event. */
static struct hw_encoder **encoders_for(bool strict)
{
	static struct hw_encoder *encoders[2][FORMATS];

	for (int i = 0; !encoders[strict][FORMATS - 1] && i < FORMATS; i++)
		FUZZ_CHECK(hw_encoder_new(&encoders[strict][i], (enum hw_format)i,
					  strict ? HW_ENCODE_STRICT : 0) == 0);
	return encoders[strict];
}

/* Whole lines of what a terminal does nothing for, but for the bytes in `more`. */
static bool is_text(const char *text, size_t len, const char *more)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\0' ||
		    (((uint8_t)text[i] < 0x20 || text[i] == 0x7f) && !strchr(more, text[i])))
			return false;
	return len > 0 && text[len - 1] == '\n';
}

static bool is_line(const char *line, size_t len)
{
	return is_text(line, len, "\n") && !memchr(line, '\n', len - 1);
}

static bool is_csv_line(const char *line, size_t len)
{
	return is_text(line, len, "\r\n") && len > 1 && memchr(line, '\r', len) == line + len - 2;
}

static bool is_record(enum hw_format format, const char *text, size_t len)
{
	switch (format) {
	case HW_FORMAT_JSON:
	case HW_FORMAT_JSON_V1BETA1:
		return json_is_line(text, len);
	case HW_FORMAT_TEXT:
		return is_line(text, len);
	case HW_FORMAT_TEXT_LONG:
		return is_text(text, len, "\t\n");
	case HW_FORMAT_CSV:
		return is_csv_line(text, len);
	case HW_FORMAT_HAR:
		return len == 0 || json_is_line(text, len);
	case HW_FORMAT_CURL:
		return len == 0 || is_text(text, len, "\n");
	}
	return false;
}

static void on_event(void *ctx, const struct hw_event *event)
{
	struct rig *r = ctx;

	r->events++;
	for (int i = 0; i < FORMATS; i++) {
		char *line;
		size_t len;

		FUZZ_CHECK(hw_encoder_encode(r->encoder[i], event, &line, &len) == 0);
		FUZZ_CHECK(is_record((enum hw_format)i, line, len));
	}
}

/* As live: all is of one socket, whose kernel is done with it behind some batches. */
static const struct hw_socket socket_of_all = {
	.cookie = 1,
	.local = { [10] = 0xff, 0xff, 10, 0, 0, 1 },
	.remote = { [10] = 0xff, 0xff, 10, 0, 0, 2 },
	.local_port = 1000,
	.remote_port = 80,
};

static void close_socket(struct hw_engine *e, uint64_t now_ns, uint8_t how)
{
	struct hw_socket s = socket_of_all;

	s.has_places = how & 4;
	s.received = how;
	s.sent = how >> 4;
	hw_engine_close(e, &s, now_ns, (enum hw_close)(how & 3));
}

/* In batches of `batch`: what was decoded ahead must last until it is its turn. */
static void feed(struct hw_engine *e, const uint8_t *data, size_t size, uint16_t linktype,
		 size_t batch, bool is_live)
{
	struct hw_frame frames[BATCH_MAX];
	uint64_t now_ns = 1700000000000000000, number = 0;
	size_t nr = 0;

	while (size >= HEAD) {
		const size_t len = (size_t)(data[0] << 8 | data[1]);
		const size_t here = len < size - HEAD ? len : size - HEAD;

		frames[nr++] = (struct hw_frame){
			.time_ns = now_ns += (uint64_t)data[2] << 24,
			.number = ++number,
			.data = data + HEAD,
			.len = (uint32_t)here,
			.wire_len = (uint32_t)len,
			.linktype = linktype,
			.socket = is_live ? &socket_of_all : NULL,
			.direction = is_live ? HW_DIRECTION_INGRESS + (data[2] & 1) : 0,
			.follows_non_http = is_live && data[2] & 2,
		};
		data += HEAD + here;
		size -= HEAD + here;
		if (nr < batch && size >= HEAD)
			continue;
		hw_engine_feed(e, frames, nr);
		if (is_live && here > 0)
			close_socket(e, now_ns, data[-1]);
		nr = 0;
	}
}

static void check_accounts(struct hw_engine *e, const struct rig *r)
{
	struct hw_stats *stats = hw_engine_stats(e);

	FUZZ_CHECK(stats->n[HW_STAT_EVENTS_MADE] == r->events);
	stats->n[HW_STAT_EVENTS_WRITTEN] = r->events;
	FUZZ_CHECK(hw_stats_check(stats) == NULL);
}

/* The usual one, other usual ones, one that HTTP has, many. Returns how many. */
static size_t choose_ports(unsigned which, uint16_t ret[4])
{
	static const uint16_t ports[4][4] = {
		{ 0 }, { 5353, 5355 }, { 80, 53 }, { 53, 8080, 65535, 1 }
	};
	static const size_t nr[4] = { 0, 2, 2, 4 };

	memcpy(ret, ports[which], sizeof(ports[which]));
	return nr[which];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint16_t linktypes[] = { 1, 101, 113, 276, 0, 9, 105, 127 };
	struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;
	struct hw_engine *e;
	uint16_t dns_ports[4];
	struct rig r = { 0 };

	if (size < OPTIONS)
		return 0;
	options.on_event = on_event;
	options.ctx = &r;
	options.events = (1u << HW_TYPE_NR) - 1;
	options.strict = data[1] & 1;
	options.checksums = HW_CHECKSUMS_OFF;
	options.max_head = 16384;
	options.dns_ports = dns_ports;
	options.dns_ports_nr = choose_ports(data[1] >> 2 & 3, dns_ports);
	options.max_memory = data[1] & 2 ? 65536 : 1 << 23; /* with that, heads are remembered */
	r.encoder = encoders_for(options.strict);
	if (hw_engine_new(&e, &options) == 0) {
		feed(e, data + OPTIONS, size - OPTIONS, linktypes[data[0] & 7],
		     data[1] & 16 ? 1 : BATCH_MAX, data[1] & 32);
		check_accounts(e, &r);
		hw_engine_finish(e);
		check_accounts(e, &r);
		hw_engine_free(e);
	}
	return 0;
}
