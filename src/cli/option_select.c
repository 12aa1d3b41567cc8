/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_select.c - what of it is shown */
#include "cli/option.h"

#include <errno.h>
#include <string.h>

#include "base/ascii.h"
#include "cli/events.h"
#include "cli/value.h"

static const char *set_filter_file(struct hw_options *o, const char *value)
{
	o->filter_file = value;
	return NULL;
}

static const char *set_events(struct hw_options *o, const char *value)
{
	const bool is_first = !o->events_set && value[0] == '-';
	uint32_t events = o->events_set ? o->engine.events : 0, left = UINT32_MAX;

	if (!hw_events_select(value, &events, o->complaint, sizeof(o->complaint)))
		return o->complaint;
	if (is_first && events == 0) { /* of those of a form that may not be known yet */
		hw_events_select(value, &left, o->complaint, sizeof(o->complaint));
		o->events_less |= ~left;
		return NULL;
	}
	if (events == 0)
		return hw_value_complain(o, value, "a selection: no event is left");
	o->engine.events = events;
	o->events_set = true;
	return NULL;
}

/* Numbers with commas between. Returns how many, 0 if it is something else or too many. */
static size_t parse_ports(const char *value, uint16_t ret[static HW_DNS_PORTS_MAX])
{
	struct hw_slice rest = hw_slice_text(value), item;

	for (size_t nr = 0; nr < HW_DNS_PORTS_MAX;) {
		const bool is_last = !hw_slice_cut(&rest, ',', &item);
		uint64_t port;

		if (!hw_ascii_number(is_last ? rest : item, UINT16_MAX, &port) || port == 0)
			return 0;
		ret[nr++] = (uint16_t)port;
		if (is_last)
			return nr;
	}
	return 0;
}

static const char *set_dns_ports(struct hw_options *o, const char *value)
{
	o->engine.dns_ports = o->dns_ports;
	o->engine.dns_ports_nr = parse_ports(value, o->dns_ports);
	if (o->engine.dns_ports_nr == 0)
		return hw_value_complain(o, value, "a list of at most 16 ports, such as 53,5353");
	return NULL;
}

static const char *set_expression(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return hw_value_complain(o, value, "a filter");
	o->expressions[o->expressions_nr++] = value;
	return NULL;
}

static const char *set_shortcut(struct hw_options *o, enum hw_shortcut kind, const char *value,
				const char *wanted)
{
	const int err = hw_shortcuts_add(&o->shortcuts, kind, value);

	if (err == -ENOMEM)
		return "no memory for it";
	if (err == -ENOBUFS)
		return "with those before it longer than 4 MiB";
	return err ? hw_value_complain(o, value, wanted) : NULL;
}

static const char *set_host(struct hw_options *o, const char *value)
{
	return set_shortcut(o, HW_SHORTCUT_HOST, value, "a host, such as *.example.org");
}

static const char *set_path(struct hw_options *o, const char *value)
{
	return set_shortcut(o, HW_SHORTCUT_PATH, value, "a path, such as /api/*");
}

static const char *set_method(struct hw_options *o, const char *value)
{
	return set_shortcut(o, HW_SHORTCUT_METHOD, value, "a list of methods, such as GET,POST");
}

static const char *set_status(struct hw_options *o, const char *value)
{
	return set_shortcut(o, HW_SHORTCUT_STATUS, value,
			    "a list of status codes, such as 404,5xx or 200-299");
}

static const char *set_errors(struct hw_options *o, const char *value)
{
	(void)value;
	o->asks_errors = true;
	return set_shortcut(o, HW_SHORTCUT_ERRORS, "", "");
}

static const char *set_slow(struct hw_options *o, const char *value)
{
	o->needs_exchanges = true;
	return set_shortcut(o, HW_SHORTCUT_SLOW, value, "a time, such as 250ms or 1.5s");
}

static const char *set_port(struct hw_options *o, const char *value)
{
	return set_shortcut(o, HW_SHORTCUT_PORT, value, "a list of ports, such as 80,8000-8999");
}

static const char *set_count(struct hw_options *o, const char *value)
{
	if (!hw_value_number(value, "", &o->events_max) || o->events_max == 0)
		return hw_value_complain(o, value, "a number from 1");
	return NULL;
}

static const char *set_strict(struct hw_options *o, const char *value)
{
	(void)value;
	o->engine.strict = true;
	return NULL;
}

/* clang-format off */
static const struct hw_option_row rows[] = {
	{ { "filter-file", "FILE", 'F', HW_OPTION_SELECT, NULL,
	    "take FILTER from a file",
	    "Instead of the FILTER on the command line. From # to the end of a line is a "
	    "comment.",
	    .is_rare = true },
	  set_filter_file },
	{ { "events", "LIST", 'e', HW_OPTION_SELECT, NULL,
	    "events or sets of them; else what -o is for",
	    "Names or sets (default, exchanges, flows, network_events) with commas between; -NAME "
	    "takes one out. 'httpwire events' lists them. Without it JSON has net_packet_http, text "
	    "net_http_exchange and net_http_tunnel, and the other forms net_http_exchange." },
	  set_events },
	{ { "dns-ports", "LIST", 0, HW_OPTION_SELECT, "53",
	    "where DNS is looked for: 53,5353,5355",
	    "Over UDP and TCP, on either side; 5353 is multicast DNS, 5355 LLMNR. At most 16.",
	    .is_rare = true },
	  set_dns_ports },
	{ { "filter", "EXPR", 'Y', HW_OPTION_SELECT, NULL,
	    "events it holds for, as Wireshark has it",
	    "Wireshark's display filter language: http.host == \"a.example\" and "
	    "http.response.code in {404, 500..599}; @FILE: in that file. Given more than once, all must hold. "
	    "'httpwire fields' lists the fields; httpwire-filter(7) has the rest." },
	  set_expression },
	{ { "host", "GLOB", 0, HW_OPTION_SELECT, NULL,
	    "only of hosts like that: *.example.org",
	    "* is any text, ? any byte; with any port unless it names one. Given more than once, "
	    "one must be so; of different options all." },
	  set_host },
	{ { "path", "GLOB", 0, HW_OPTION_SELECT, NULL,
	    "only of paths like that, decoded, without query",
	    NULL,
	    .is_rare = true },
	  set_path },
	{ { "method", "LIST", 0, HW_OPTION_SELECT, NULL,
	    "only those methods: GET,POST",
	    NULL,
	    .is_rare = true },
	  set_method },
	{ { "status", "LIST", 0, HW_OPTION_SELECT, NULL,
	    "only those status codes: 404,5xx,200-299",
	    NULL },
	  set_status },
	{ { "errors", NULL, 0, HW_OPTION_SELECT, NULL,
	    "4xx, 5xx, and requests that nobody answered",
	    "--status=4xx,5xx, and exchanges that one side aborted, or that took too long." },
	  set_errors },
	{ { "slow", "TIME", 0, HW_OPTION_SELECT, NULL,
	    "only exchanges that took TIME (250ms) or longer",
	    "From the first byte of the request to the last of the response, or, without its end, "
	    "until that was known. A number without a unit is seconds. With --progress also those "
	    "that have taken as long and go on." },
	  set_slow },
	{ { "port", "LIST", 0, HW_OPTION_SELECT, NULL,
	    "only from or to those ports: 80,8000-8999",
	    NULL,
	    .is_rare = true },
	  set_port },
	{ { "count", "N", 'c', HW_OPTION_SELECT, NULL,
	    "stop after N events",
	    NULL },
	  set_count },
	{ { "strict", NULL, 0, HW_OPTION_SELECT, NULL,
	    "only what Tracee would report, as it would",
	    "Leaves out messages that Go's net/http refuses and those whose head is not "
	    "complete, and the httpwire object of every event.",
	    .is_rare = true, .is_of_lists = true },
	  set_strict },
};
/* clang-format on */

const struct hw_option_rows hw_select_options = { rows, sizeof(rows) / sizeof(rows[0]) };
