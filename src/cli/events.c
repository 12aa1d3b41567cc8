/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/events.c - see events.h */
#include "cli/events.h"

#include <string.h>

#include "cli/message.h"
#include "cli/suggest.h"

static const struct {
	const char *name;
	uint32_t bit;
	bool is_default, is_flow;
} table[] = {
	{ "net_packet_ipv4", HW_EVENT_NET_PACKET_IPV4 },
	{ "net_packet_ipv6", HW_EVENT_NET_PACKET_IPV6 },
	{ "net_packet_tcp", HW_EVENT_NET_PACKET_TCP },
	{ "net_packet_udp", HW_EVENT_NET_PACKET_UDP },
	{ "net_packet_icmp", HW_EVENT_NET_PACKET_ICMP, .is_default = true },
	{ "net_packet_icmpv6", HW_EVENT_NET_PACKET_ICMPV6, .is_default = true },
	{ "net_packet_dns", HW_EVENT_NET_PACKET_DNS },
	{ "net_packet_dns_request", HW_EVENT_NET_PACKET_DNS_REQUEST, .is_default = true },
	{ "net_packet_dns_response", HW_EVENT_NET_PACKET_DNS_RESPONSE, .is_default = true },
	{ "net_packet_http", HW_EVENT_NET_PACKET_HTTP },
	{ "net_packet_http_request", HW_EVENT_NET_PACKET_HTTP_REQUEST, .is_default = true },
	{ "net_packet_http_response", HW_EVENT_NET_PACKET_HTTP_RESPONSE, .is_default = true },
	{ "net_flow_tcp_begin", HW_EVENT_NET_FLOW_TCP_BEGIN, .is_flow = true },
	{ "net_flow_tcp_end", HW_EVENT_NET_FLOW_TCP_END, .is_flow = true },
};
enum { EVENT_NR = sizeof(table) / sizeof(table[0]) };

static const char *const sets[] = { "default", "flows", "network_events", NULL };

static bool is_in_set(size_t event, const char *set)
{
	if (strcmp(set, "default") == 0)
		return table[event].is_default;
	if (strcmp(set, "flows") == 0)
		return table[event].is_flow;
	return true;
}

static bool is_name(const char *word, size_t len, const char *name)
{
	return strlen(name) == len && memcmp(word, name, len) == 0;
}

/* The bits that a name stands for; 0: not known. */
static uint32_t find(const char *word, size_t len)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < EVENT_NR; i++)
		if (is_name(word, len, table[i].name))
			return table[i].bit;
	for (const char *const *set = sets; *set; set++)
		for (size_t i = 0; i < EVENT_NR && is_name(word, len, *set); i++)
			bits |= is_in_set(i, *set) ? table[i].bit : 0;
	return bits;
}

static const char *nearest(const char *word, size_t len)
{
	struct hw_suggest s;

	hw_suggest_init(&s, word, len);
	for (size_t i = 0; i < EVENT_NR; i++)
		hw_suggest_offer(&s, table[i].name);
	for (const char *const *set = sets; *set; set++)
		hw_suggest_offer(&s, *set);
	return s.best;
}

static void say_unknown(const char *word, size_t len, char *ret, size_t max)
{
	const char *best = nearest(word, len);

	if (best)
		snprintf(ret, max, "'%.*s' is not an event (did you mean '%s'?)", (int)len, word,
			 best);
	else
		snprintf(ret, max, "'%.*s' is not an event; 'httpwire events' lists them",
			 (int)(len < 100 ? len : 100), word);
}

bool hw_events_select(const char *list, uint32_t *events, char *ret_error, size_t error_max)
{
	uint32_t selected = *events;

	for (const char *next = list;; next++) {
		const bool remove = *next == '-';
		size_t len;
		uint32_t bits;

		next += remove;
		len = strcspn(next, ",");
		bits = find(next, len);
		if (bits == 0) {
			say_unknown(next, len, ret_error, error_max);
			return false;
		}
		selected = remove ? selected & ~bits : selected | bits;
		next += len;
		if (*next == '\0')
			break;
	}
	*events = selected;
	return true;
}

static void print_text(FILE *out, size_t event)
{
	fprintf(out, "%-25s", table[event].name);
	for (const char *const *set = sets; *set; set++)
		if (is_in_set(event, *set))
			fprintf(out, " %s", *set);
	fputc('\n', out);
}

static void print_json(FILE *out, size_t event)
{
	const char *comma = "";

	fprintf(out, "{\"name\":\"%s\",\"sets\":[", table[event].name);
	for (const char *const *set = sets; *set; set++)
		if (is_in_set(event, *set)) {
			fprintf(out, "%s\"%s\"", comma, *set);
			comma = ",";
		}
	fputs("]}\n", out);
}

static bool is_wanted(size_t event, const char *const *names, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (find(names[i], strlen(names[i])) & table[event].bit)
			return true;
	return nr == 0;
}

int hw_events_print(FILE *out, enum hw_format format, const char *const *names, size_t nr)
{
	char error[256];

	for (size_t i = 0; i < nr; i++)
		if (find(names[i], strlen(names[i])) == 0) {
			say_unknown(names[i], strlen(names[i]), error, sizeof(error));
			hw_message("%s", error);
			return HW_EXIT_USAGE;
		}
	for (size_t i = 0; i < EVENT_NR; i++)
		if (is_wanted(i, names, nr)) {
			if (format == HW_FORMAT_TEXT)
				print_text(out, i);
			else
				print_json(out, i);
		}
	return HW_EXIT_OK;
}
