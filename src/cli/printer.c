/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/printer.c - see printer.h */
#include "cli/printer.h"

#include <unistd.h>

#include "cli/terminal.h"
#include "event/encoder.h"
#include "event/table.h"

#define WHO "time,event,process,pid,container,client,server,"
#define HTTP "method,host,path,query,status,"
#define DNS "question,question_type,httpwire.rcode,"
#define PLACE "notes,connection,frame"

/* Of what is no exchange the standard columns would be empty. */
static const char *message_columns(uint32_t shown)
{
	const uint32_t http = HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_PACKET_HTTP_REQUEST |
			      HW_EVENT_NET_PACKET_HTTP_RESPONSE;
	const uint32_t dns = HW_EVENT_NET_PACKET_DNS | HW_EVENT_NET_PACKET_DNS_REQUEST |
			     HW_EVENT_NET_PACKET_DNS_RESPONSE;

	if (!(shown & dns))
		return WHO HTTP PLACE;
	return shown & http ? WHO HTTP DNS PLACE : WHO DNS PLACE;
}

/* NULL: those of the form. */
static const char *columns_of(const struct hw_options *o)
{
	const uint32_t exchanges = HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL;

	if (o->columns || o->format != HW_FORMAT_CSV || o->shown & exchanges)
		return o->columns;
	return message_columns(o->shown);
}

int hw_printer_init(struct hw_printer *p, const struct hw_options *o)
{
	uint32_t flags = o->engine.strict ? HW_ENCODE_STRICT : 0;
	int err;

	*p = (struct hw_printer){
		.options = o,
		.is_terminal = !o->output && isatty(STDOUT_FILENO),
		.line_time.style = o->time,
	};
	if (hw_options_use_color(o, stdout))
		flags |= HW_ENCODE_COLOR;
	if (o->time_set)
		flags |= HW_ENCODE_TIME;
	err = hw_encoder_new(&p->encoder, o->format, flags);
	if (!err && columns_of(o))
		err = hw_encoder_set_columns(p->encoder, columns_of(o));
	return err;
}

void hw_printer_clear(struct hw_printer *p)
{
	hw_encoder_free(p->encoder);
	p->encoder = NULL;
}

static void set_time(struct hw_printer *p, const struct hw_event *event)
{
	const size_t len = hw_line_time_next(&p->line_time, hw_event_time_ns(event), p->time);

	hw_encoder_set_time(p->encoder, p->time, len ? len - 1 : 0); /* without its blank */
}

/* It may be another with each line. */
static void set_width(struct hw_printer *p)
{
	if (p->is_terminal)
		hw_encoder_set_width(p->encoder, hw_terminal_columns(STDOUT_FILENO));
}

static bool is_for_people(const struct hw_printer *p)
{
	return p->options->format == HW_FORMAT_TEXT || p->options->format == HW_FORMAT_TEXT_LONG;
}

bool hw_printer_wants(const struct hw_printer *p, const struct hw_event *event)
{
	return !p->options->prints_nothing && p->options->shown >> event->type->index & 1;
}

int hw_printer_print(struct hw_printer *p, const struct hw_event *event, struct hw_buf *out)
{
	if (is_for_people(p)) {
		set_time(p, event);
		set_width(p);
	}
	return hw_encoder_append(p->encoder, event, out);
}
