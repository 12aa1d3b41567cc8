/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_options.c */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/options.h"
#include "cli/usage.h"
#include "cli/value.h"

enum { WORDS_MAX = 16 };

/* Parse `line`, split at blanks, after the program's name; *ret_said is the caller's. */
static int parse(struct hw_options *o, const char *line, char **ret_said)
{
	static char copy[512]; /* the options point into it */
	char *argv[WORDS_MAX + 1] = { (char *)(uintptr_t) "httpwire" };
	FILE *const real = stderr;
	size_t len;
	int argc = 1, code;

	assert_true(strlen(line) < sizeof(copy));
	memcpy(copy, line, strlen(line) + 1);
	for (char *next = copy; *next && argc < WORDS_MAX;) {
		argv[argc++] = next;
		next += strcspn(next, " ");
		if (*next)
			*next++ = '\0';
	}
	stderr = open_memstream(ret_said, &len);
	assert_non_null(stderr);
	code = hw_options_parse(o, argc, argv);
	fclose(stderr);
	stderr = real;
	return code;
}

static void assert_parses(struct hw_options *o, const char *line)
{
	char *said;

	assert_int_equal(parse(o, line, &said), 0);
	assert_string_equal(said, "");
	free(said);
}

static void has_good_defaults(void **state)
{
	struct hw_options o;

	(void)state;
	assert_parses(&o, "-r a.pcap");
	assert_int_equal(o.action, HW_ACTION_RUN);
	assert_int_equal(o.files_nr, 1);
	assert_string_equal(o.files[0], "a.pcap");
	assert_null(o.filter);
	assert_null(o.output);
	assert_int_equal(o.engine.events, HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL);
	assert_int_equal(o.engine.max_memory, 256 << 20);
	assert_int_equal(o.engine.max_head, 256 << 10);
	assert_int_equal(o.engine.max_connections, 1048576);
	assert_int_equal(o.engine.checksums, HW_CHECKSUMS_AUTO);
	assert_int_equal(o.format, HW_FORMAT_TEXT);
	assert_int_equal(o.stats, HW_STATS_TEXT);
	assert_int_equal(o.time, HW_TIME_CLOCK);
	hw_options_clear(&o);
}

static void takes_what_is_kept_of_exchanges(void **state)
{
	struct hw_options o;

	(void)state;
	assert_parses(&o, "-r a");
	assert_int_equal(o.engine.body_max, 0);
	assert_int_equal(o.engine.body_ratio, 100);
	assert_int_equal(o.engine.body_types_nr + o.engine.routes_nr, 0);
	hw_options_clear(&o);

	assert_parses(&o, "-r a -o har --body 64k --body-ratio 5 --body-types image/* "
			  "--body-types text/*,*+json --route /a/{b} --route=/c/**");
	assert_int_equal(o.engine.body_max, 65536);
	assert_int_equal(o.engine.body_ratio, 5);
	assert_int_equal(o.engine.body_types_nr, 2);
	assert_string_equal(o.engine.body_types[0], "text/*");
	assert_string_equal(o.engine.body_types[1], "*+json");
	assert_int_equal(o.engine.routes_nr, 2);
	assert_string_equal(o.engine.routes[1], "/c/**");
	hw_options_clear(&o);
}

/* What is reported without -e: what the form is for. */
static void events_follow_the_form(void **state)
{
	static const struct {
		const char *line;
		uint32_t events;
	} cases[] = {
		{ "-r a -o json", HW_EVENT_NET_PACKET_HTTP },
		{ "-r a -o json-v1beta1", HW_EVENT_NET_PACKET_HTTP },
		{ "-r a --strict", HW_EVENT_NET_PACKET_HTTP },
		{ "-r a -o csv", HW_EVENT_NET_HTTP_EXCHANGE },
		{ "-r a -o har", HW_EVENT_NET_HTTP_EXCHANGE },
		{ "-r a -o curl", HW_EVENT_NET_HTTP_EXCHANGE },
		{ "-r a -o text=long", HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL },
		{ "-r a -o csv -e net_packet_dns", HW_EVENT_NET_PACKET_DNS },
	};
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_parses(&o, cases[i].line);
		if (o.engine.events != cases[i].events)
			fail_msg("%s: %x", cases[i].line, o.engine.events);
		hw_options_clear(&o);
	}
}

static void takes_every_option(void **state)
{
	struct hw_options o;

	(void)state;
	assert_parses(&o, "-ra -r b -r - -ojson-v1beta1 -c 12 -vv -l -nn --strict");
	assert_int_equal(o.files_nr, 3);
	assert_string_equal(o.files[2], "-");
	assert_int_equal(o.format, HW_FORMAT_JSON_V1BETA1);
	assert_int_equal(o.events_max, 12);
	assert_int_equal(o.verbose, 2);
	assert_true(o.line_buffered && o.engine.strict);
	hw_options_clear(&o);

	assert_parses(&o, "-r a --local 10.0.0.0/8 --local=fd00::/8 --checksums=on --no-tunnels "
			  "--max-memory 2G --max-head=64k --max-connections 9 --output x -q");
	assert_int_equal(o.engine.local_nr, 2);
	assert_string_equal(o.engine.local[1], "fd00::/8");
	assert_int_equal(o.engine.checksums, HW_CHECKSUMS_ON);
	assert_true(o.engine.no_tunnels);
	assert_true(o.engine.max_memory == (size_t)2 << 30);
	assert_int_equal(o.engine.max_head, 65536);
	assert_int_equal(o.engine.max_connections, 9);
	assert_string_equal(o.output, "x");
	assert_int_equal(o.stats, HW_STATS_NONE);
	hw_options_clear(&o);

	assert_parses(&o, "-r a --output x --append");
	assert_true(o.append);
	hw_options_clear(&o);
	assert_parses(&o, "-r a --output /dev/stdout --append");
	assert_true(o.append && !o.output);
	hw_options_clear(&o);

	assert_parses(&o, "-r a -q -ttt --stats json --time rfc3339 --color never --output -");
	assert_int_equal(o.stats, HW_STATS_JSON);
	assert_int_equal(o.time, HW_TIME_RFC3339);
	assert_int_equal(o.color, HW_COLOR_NEVER);
	assert_null(o.output);
	hw_options_clear(&o);
}

static void lists_ports_of_dns(void **state)
{
	static const char *const bad[] = { "",
					   ",",
					   "53,",
					   ",53",
					   "53,,54",
					   "0",
					   "65536",
					   "53x",
					   "-1",
					   "dns",
					   "1-2",
					   "99999999999999999999",
					   "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" };
	struct hw_options o;

	(void)state;
	assert_parses(&o, "-r a");
	assert_int_equal(o.engine.dns_ports_nr, 0);
	hw_options_clear(&o);
	assert_parses(&o, "-r a -e flows --dns-ports 5 --dns-ports=53,5353,65535");
	assert_int_equal(o.engine.dns_ports_nr, 3);
	assert_int_equal(o.engine.dns_ports[0], 53);
	assert_int_equal(o.engine.dns_ports[2], 65535);
	hw_options_clear(&o);
	assert_parses(&o,
		      "-r a -e net_packet_dns --dns-ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16");
	assert_int_equal(o.engine.dns_ports_nr, HW_DNS_PORTS_MAX);
	hw_options_clear(&o);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[128], *said;

		snprintf(line, sizeof(line), "-r a --dns-ports=%s", bad[i]);
		assert_int_equal(parse(&o, line, &said), HW_EXIT_USAGE);
		assert_non_null(strstr(said, "is not a list of at most 16 ports"));
		free(said);
		hw_options_clear(&o);
	}
}

static void words_make_the_filter_wherever_they_stand(void **state)
{
	static const char *const lines[] = {
		"-r a tcp port 80",
		"tcp port 80 -r a",
		"tcp -r a port -c 3 80",
		"-r a -- tcp port 80",
	};
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_parses(&o, lines[i]);
		assert_string_equal(o.filter, "tcp port 80");
		hw_options_clear(&o);
	}
	assert_parses(&o, "-r a -- -c 1");
	assert_string_equal(o.filter, "-c 1");
	hw_options_clear(&o);
}

static void chooses_events(void **state)
{
	static const struct {
		const char *line;
		uint32_t events;
	} cases[] = {
		{ "-r a -e net_packet_tcp", HW_EVENT_NET_PACKET_TCP },
		{ "-r a -e net_packet_tcp -e net_packet_udp",
		  HW_EVENT_NET_PACKET_TCP | HW_EVENT_NET_PACKET_UDP },
		{ "-r a -e flows", HW_EVENT_NET_FLOW_TCP_BEGIN | HW_EVENT_NET_FLOW_TCP_END },
		{ "-r a -e flows,-net_flow_tcp_end", HW_EVENT_NET_FLOW_TCP_BEGIN },
		{ "-r a -e default", 0xdb0 },
		{ "-r a -e network_events", 0x3fff },
		{ "-r a -e network_events,-flows", 0xfff },
	};
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_parses(&o, cases[i].line);
		assert_int_equal(o.engine.events, cases[i].events);
		hw_options_clear(&o);
	}
}

/* One line each, which says what was wrong and what would be right. */
static void says_what_is_wrong(void **state)
{
	static const struct {
		const char *line, *said;
	} cases[] = {
		{ "--stirct -r a", "unknown option '--stirct' (did you mean '--strict'?)" },
		{ "--zzz", "unknown option '--zzz'; 'httpwire -h' lists them" },
		{ "-Z", "unknown option '-Z'; 'httpwire -h' lists them" },
		{ "-qZ", "unknown option '-Z'; 'httpwire -h' lists them" },
		{ "--max", "option '--max' may be one of --max-memory, --max-head, "
			   "--max-connections" },
		{ "--strict=1", "option '--strict' takes no value" },
		{ "-c", "option '-c' needs a value: N" },
		{ "--read", "option '--read' needs a value: FILE" },
		{ "-c 0", "-c: '0' is not a number from 1" },
		{ "-c 1k", "-c: '1k' is not a number from 1" },
		{ "-c -1", "-c: '-1' is not a number from 1" },
		{ "-c 99999999999999999999", "-c: '99999999999999999999' is not a number from 1" },
		{ "--metrics localhost",
		  "--metrics: 'localhost' is not a port, or an address with one, such as "
		  "127.0.0.1:9464 or [::1]:9464" },
		{ "--metrics-series 999",
		  "--metrics-series: '999' is not a number from 1000 to 1000000" },
		{ "--filter=", "--filter: '' is not a filter" },
		{ "--dns-ports 0",
		  "--dns-ports: '0' is not a list of at most 16 ports, such as 53,5353" },
		{ "--dns-ports 53,",
		  "--dns-ports: '53,' is not a list of at most 16 ports, such as 53,5353" },
		{ "-r a -w b -C x", "-C: 'x' is not a number of millions of bytes" },
		{ "-r a -w b -C 0", "-C: '0' is not a number of millions of bytes" },
		{ "-r a -w b -G 0", "-G: '0' is not a number of seconds" },
		{ "-r a -w b -G 2147483648", "-G: '2147483648' is not a number of seconds" },
		{ "-r a -w b -W 0", "-W: '0' is not a number of files" },
		{ "--output=", "--output: '' is not the name of a file" },
		{ "--write=", "--write: '' is not the name of a file" },
		{ "--read=", "--read: '' is not the name of a file" },
		{ "--interface=", "--interface: '' is not the name of an interface" },
		{ "--comm=", "--comm: '' is not a name" },
		{ "--summary=x", "--summary: 'x' is not one of text, json" },
		{ "--stats-interval 0",
		  "--stats-interval: '0' is not a time, such as 10s, 500ms or 5m" },
		{ "--workers 0", "--workers: '0' is not a number from 1 to 64" },
		{ "--workers 65", "--workers: '65' is not a number from 1 to 64" },
		{ "-s 127", "-s: '127' is not a number of bytes from 128 to 262144" },
		{ "-s 262145", "-s: '262145' is not a number of bytes from 128 to 262144" },
		{ "--buffer 1", "--buffer: '1' is not a size from 1k to 1G, such as 64M" },
		{ "--buffer 2G", "--buffer: '2G' is not a size from 1k to 1G, such as 64M" },
		{ "--user nosuchuser", "--user: 'nosuchuser' is not the name of a user" },
		{ "--uid nosuchuser", "--uid: 'nosuchuser' is not a user, by name or number" },
		{ "-p 0", "-p: '0' is not a process id" },
		{ "-p x", "-p: 'x' is not a process id" },
		{ "-p 4194305999", "-p: '4194305999' is not a process id" },
		{ "--uid 1 --uid 2",
		  "--uid: given twice: several are chosen by -Y 'process.uid in {1, 2}'" },
		{ "--metrics-series 1000001",
		  "--metrics-series: '1000001' is not a number from 1000 to 1000000" },
		{ "--max-connections 2147483648",
		  "--max-connections: '2147483648' is not a number from 1 to 2147483647" },
		{ "--progress 0", "--progress: '0' is not a time, such as 10s, 500ms or 5m" },
		{ "--no-redact=zzz",
		  "--no-redact: 'zzz' is not redacted; 'httpwire redactions' lists what is" },
		{ "--local=", "--local: '' is not a network, such as 10.0.0.0/8 or fd00::/8" },
		{ "--host=", "--host: '' is not a host, such as *.example.org" },
		{ "--path=", "--path: '' is not a path, such as /api/*" },
		{ "--method=", "--method: '' is not a list of methods, such as GET,POST" },
		{ "--status x",
		  "--status: 'x' is not a list of status codes, such as 404,5xx or 200-299" },
		{ "--status 99",
		  "--status: '99' is not a list of status codes, such as 404,5xx or 200-299" },
		{ "--status 500-400",
		  "--status: '500-400' is not a list of status codes, such as 404,5xx or 200-299" },
		{ "--port x", "--port: 'x' is not a list of ports, such as 80,8000-8999" },
		{ "--port 65536", "--port: '65536' is not a list of ports, such as 80,8000-8999" },
		{ "-o xml",
		  "-o: 'xml' is not one of text, text=long, json, json-v1beta1, csv, har, curl, none" },
		{ "--stats=yes", "--stats: 'yes' is not one of text, json, none" },
		{ "--color=x", "--color: 'x' is not one of auto, always, never" },
		{ "--checksums=x", "--checksums: 'x' is not one of off, auto, on" },
		{ "--time=x", "--time: 'x' is not one of clock, none, epoch, delta, date, "
			      "elapsed, rfc3339" },
		{ "--local 10.0.0.0/33", "--local: '10.0.0.0/33' is not a network, such as "
					 "10.0.0.0/8 or fd00::/8" },
		{ "--body x", "--body: 'x' is not a size, such as 4096, 64k or 1M" },
		{ "--body -1", "--body: '-1' is not a size, such as 4096, 64k or 1M" },
		{ "--body-ratio 0", "--body-ratio: '0' is not a number from 1" },
		{ "--body-types text", "--body-types: 'text' is not a list of media types, such as "
				       "text/*,application/json" },
		{ "--body-types text/*,",
		  "--body-types: 'text/*,' is not a list of media types, such as "
		  "text/*,application/json" },
		{ "--redact X-*", "--redact: 'X-*' is not a name: a * stands at the beginning" },
		{ "--redact **", "--redact: '**' is not a name: a * stands at the beginning" },
		{ "-tttttt", "-t: at most five of them" },
		{ "--route users",
		  "--route: 'users' is not a pattern of paths, such as /users/{name}/**" },
		{ "--max-head 17", "--max-head: '17' is not a size from 1k, such as 64k or 1M" },
		{ "--max-head 17x", "--max-head: '17x' is not a size from 1k, such as 64k or 1M" },
		{ "--max-memory 99999999999G",
		  "--max-memory: '99999999999G' is not a size from 1k, such as 64M or 2G" },
		{ "--max-connections 0",
		  "--max-connections: '0' is not a number from 1 to 2147483647" },
		{ "-r a --max-memory 1M --max-head 2M",
		  "--max-head (256k unless given) is more than --max-memory" },
		{ "-r - -r -", "-r: standard input ('-') can be read only once" },
		{ "-e net_packet_htp",
		  "-e: 'net_packet_htp' is not an event (did you mean 'net_packet_http'?)" },
		{ "--columns time,satus",
		  "--columns: 'satus' is no column (did you mean 'status'?)" },
		{ "--columns time,", "--columns: '' is no column; 'httpwire columns' lists them" },
		{ "--columns request",
		  "--columns: 'request' is no column (did you mean 'request_id'?)" },
		{ "-o json --columns time", "--columns is for -o text and -o csv" },
		{ "-o json -tt",
		  "-t and --time are for -o text: other forms have times of their own" },
		{ "-r a -o har -e default",
		  "-o har is for net_http_exchange: other events (-e) do not go with it" },
		{ "-r a -o har --strict",
		  "--strict is for what Tracee would report: net_http_exchange, net_http_tunnel and "
		  "-o har do not go with it" },
		{ "-r a -o json --strict -e network_events,net_http_tunnel",
		  "--strict is for what Tracee would report: net_http_exchange, net_http_tunnel and "
		  "-o har do not go with it" },
		{ "-o curl -e net_packet_dns",
		  "-o curl is for requests: other events (-e) do not go with it" },
		{ "-r a -w b -e net_packet_tcp,net_packet_icmp",
		  "-w writes the connections of what is shown, and single packets (-e) have none: "
		  "-e flows" },
		{ "-o json --slow 1s", "--slow is about exchanges: -e net_http_exchange" },
		{ "--slow fast", "--slow: 'fast' is not a time, such as 250ms or 1.5s" },
		{ "fields -e net_packet_dns", "'httpwire fields' does not take -e" },
		{ "events -o json --port 80", "'httpwire events' does not take --port" },
		{ "doctor -p 1", "'httpwire doctor' does not take -p" },
		{ "columns -r a", "'httpwire columns' does not take -r" },
		{ "events -o csv", "'httpwire events' is text or JSON: -o text, -o json" },
		{ "-e x", "-e: 'x' is not an event; 'httpwire events' lists them" },
		{ "-e ,", "-e: '' is not an event; 'httpwire events' lists them" },
		{ "-o json -e -net_packet_http", "-e: no event of -o json is left" },
		{ "-e flows,-flows", "-e: 'flows,-flows' is not a selection: no event is left" },
		{ "-r a -F /nonexistent", "/nonexistent: No such file or directory" },
		{ "-r a -F f tcp", "a filter both in f (-F) and on the command line: 'tcp'" },
		{ "--local 10.0.0.0/8",
		  "--local goes with -r and -i: when watching directions are known" },
		{ "--promiscuous", "--promiscuous goes with -i" },
		{ "-r a --promiscuous", "--promiscuous goes with -i" },
		{ "-F f", "-F is a filter of packets: it goes with -r FILE or -i IFACE" },
		{ "-F f -- id", "-F is a filter of packets: it goes with -r FILE or -i IFACE" },
		{ "-r a --buffer 16M", "--buffer is for watching and -i, not for a file" },
		{ "-r a --stats-interval 1s",
		  "--stats-interval is for watching and -i, not for a file" },
		{ "-r a -w - -o none -C 1", "-C, -G and -W are for the files of --output and -w" },
		{ "-r a --output b -w - -G 1",
		  "-C, -G and -W are for the files of --output and -w" },
		{ "-r a --output /dev/stdout -G 1",
		  "-C, -G and -W are for the files of --output and -w" },
		{ "-r a --output /dev/stdout -o csv --append",
		  "--append goes with --output, and not with -o csv, -o har, -C or -G" },
		{ "-r a -w /dev/stdout",
		  "events and packets cannot both go to standard output: --output, or -o none" },
		{ "-r a -s 200",
		  "--snapshot-length (-s) is for watching and -i: of a file packets are taken whole" },
		{ "-r a --no-gate",
		  "--no-gate is for watching: of a file and an interface every packet is looked at" },
		{ "-i a --no-gate",
		  "--no-gate is for watching: of a file and an interface every packet is looked at" },
		{ "--checksums on",
		  "--checksums=on goes with -r and -i: of sockets the kernel has looked at them" },
		{ "-r a --summary json",
		  "--summary: its form stands behind a '=': --summary=json" },
		{ "--summary text", "--summary: its form stands behind a '=': --summary=text" },
		{ "-r a --output b -W 3", "-W goes with -C or -G" },
		{ "-r a -w b -W 3", "-W goes with -C or -G" },
		{ "-r a --body-types text/*", "--body-types and --body-ratio go with --body" },
		{ "-r a --body-ratio 100", "--body-types and --body-ratio go with --body" },
		{ "-r a --metrics-series 1000", "--metrics-series goes with --metrics" },
		{ "-i a --stats-interval 1s --stats none",
		  "--stats-interval prints nothing with --stats=none, and with -q unless --stats "
		  "says how" },
		{ "-q --stats-interval 1s",
		  "--stats-interval prints nothing with --stats=none, and with -q unless --stats "
		  "says how" },
		{ "-r a --show-secrets --redact-key-file /proc/version",
		  "--show-secrets hides nothing: it does not go with --redact, --redact-hash and "
		  "--redact-key-file" },
		{ "-r a --redact *-", "--redact: '*-' is not the name of a field or parameter" },
		{ "/dev/null", "to read a capture file: httpwire -r /dev/null" },
		{ "tcp port 80",
		  "a filter of packets ('tcp') goes with -r FILE or -i IFACE, a program to watch "
		  "behind --" },
		{ "feilds http",
		  "a filter of packets ('feilds') goes with -r FILE or -i IFACE (did you mean "
		  "'fields'?)" },
		{ "-o x\ny\x1b[2J",
		  "-o: 'x\\ny\\x1b[2J' is not one of text, text=long, json, json-v1beta1, csv, har, curl, none" },
	};
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[512], *said;

		snprintf(want, sizeof(want), "httpwire: %s\n", cases[i].said);
		assert_int_equal(parse(&o, cases[i].line, &said), HW_EXIT_USAGE);
		assert_string_equal(said, want);
		hw_options_clear(&o);
		free(said);
	}
}

#define BODIES                                                                                     \
	"--body: bodies are in -o text=long, har and curl, in net_http_exchange (-e) of -o json, " \
	"and in --columns request.body,response.body"

/* What has no effect on what is shown, with what would have it; -q says nothing. */
static void warns_of_what_is_not_shown(void **state)
{
	static const struct {
		const char *line, *said; /* NULL: nothing */
	} cases[] = {
		{ "-r a --body 1k", BODIES },
		{ "-r a -o json --body 1k", BODIES },
		{ "-r a -o csv --columns time,response.status_code --body 1k", BODIES },
		{ "-r a -q --body 1k", NULL },
		{ "-r a -o none --body 1k", NULL },
		{ "-r a -o text=long --body 1k", NULL },
		{ "-r a -o curl --body 1k", NULL },
		{ "-r a -o json -e exchanges --body 1k", NULL },
		{ "-r a -o csv --columns time,response.body --body 1k", NULL },
		{ "-r a --columns request.decoded_size --body 1k", NULL },
		{ "-r a -o json --progress 1s",
		  "--progress is about exchanges: -e net_http_exchange" },
		{ "-r a --progress 1s", NULL },
		{ "-r a -o json --route /a/{b}",
		  "--route is about exchanges: -e net_http_exchange" },
		{ "-r a -o json --route /a/{b} --metrics 9464", NULL },
		{ "-r a -o json --route /a/{b} --summary", NULL },
	};
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char want[512] = "", *said;

		if (cases[i].said)
			snprintf(want, sizeof(want), "httpwire: %s\n", cases[i].said);
		assert_int_equal(parse(&o, cases[i].line, &said), HW_EXIT_OK);
		assert_string_equal(said, want);
		hw_options_clear(&o);
		free(said);
	}
}

/* The last one counts; a -t adds to those before it, not to --time. */
static void takes_the_style_of_times(void **state)
{
	static const struct {
		const char *line;
		enum hw_time_style time;
	} cases[] = {
		{ "-r a -t", HW_TIME_NONE },
		{ "-r a -ttttt", HW_TIME_ELAPSED },
		{ "-r a -t -t", HW_TIME_EPOCH },
		{ "-r a --time none -t", HW_TIME_NONE },
		{ "-r a --time elapsed -tt", HW_TIME_EPOCH },
		{ "-r a -t --time rfc3339", HW_TIME_RFC3339 },
	};
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_parses(&o, cases[i].line);
		assert_int_equal(o.time, cases[i].time);
		hw_options_clear(&o);
	}
}

static void takes_no_form_for_nothing_to_show(void **state)
{
	static const char *const lines[] = { "-r a --summary -o none",
					     "-r a -o json -o none --summary" };
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_parses(&o, lines[i]);
		assert_true(o.summary_only);
		hw_options_clear(&o);
	}
	assert_parses(&o, "-r a -o none -o json --summary");
	assert_false(o.summary_only);
	hw_options_clear(&o);
}

/* A file with `text`, whose name is in `ret` of 32 bytes. */
static void write_filter(char *ret, const char *text, size_t len)
{
	int fd;

	memcpy(ret, "/tmp/httpwire-filter-XXXXXX", 28);
	fd = mkstemp(ret);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), (ssize_t)len);
	close(fd);
}

static void reads_a_filter_from_a_file(void **state)
{
	static const char text[] = "tcp # only\nand port 80";
	struct hw_options o;
	char path[32], line[64], *said;

	(void)state;
	write_filter(path, text, strlen(text));
	snprintf(line, sizeof(line), "-r a -F %s", path);
	assert_parses(&o, line);
	assert_string_equal(o.filter, "tcp        and port 80");
	hw_options_clear(&o);
	unlink(path);

	write_filter(path, "tcp\0udp", 7);
	snprintf(line, sizeof(line), "-r a -F %s", path);
	assert_int_equal(parse(&o, line, &said), HW_EXIT_USAGE);
	assert_non_null(strstr(said, "NUL"));
	hw_options_clear(&o);
	free(said);

	assert_int_equal(truncate(path, 10 << 20), 0);
	assert_int_equal(parse(&o, line, &said), HW_EXIT_USAGE);
	assert_non_null(strstr(said, "File too large"));
	hw_options_clear(&o);
	free(said);
	unlink(path);
}

static void har_asks_for_its_event(void **state)
{
	static const char *const lines[] = { "-r a -o har", "-r a -e net_http_exchange -o har" };
	struct hw_options o;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_parses(&o, lines[i]);
		assert_int_equal(o.format, HW_FORMAT_HAR);
		assert_int_equal(o.engine.events, HW_EVENT_NET_HTTP_EXCHANGE);
		hw_options_clear(&o);
	}
}

static void answers_about_itself(void **state)
{
	struct hw_options o;

	(void)state;
	assert_parses(&o, "-h --unknown");
	assert_int_equal(o.action, HW_ACTION_HELP);
	hw_options_clear(&o);
	assert_parses(&o, "--help");
	assert_int_equal(o.action, HW_ACTION_FULL_HELP);
	hw_options_clear(&o);
	assert_parses(&o, "-V");
	assert_int_equal(o.action, HW_ACTION_VERSION);
	hw_options_clear(&o);
	assert_parses(&o, "events net_packet_http -o json");
	assert_int_equal(o.action, HW_ACTION_EVENTS);
	assert_int_equal(o.words_nr, 1);
	assert_int_equal(o.format, HW_FORMAT_JSON);
	hw_options_clear(&o);
}

static void help_fits_a_terminal(void **state)
{
	struct hw_options o = { .action = HW_ACTION_HELP };
	char *text;
	size_t len;

	(void)state;
	for (int i = 0; i < 2; i++, o.action = HW_ACTION_FULL_HELP) {
		FILE *out = open_memstream(&text, &len);

		assert_non_null(out);
		assert_int_equal(hw_usage_answer(&o, out), HW_EXIT_OK);
		fclose(out);
		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			assert_true(strcspn(line, "\n") <= 80);
		free(text);
	}
}

static void colours_as_asked(void **state)
{
	static const struct {
		enum hw_color color;
		const char *no, *force;
		bool want;
	} cases[] = {
		{ HW_COLOR_AUTO, "", "", false }, /* a file */
		{ HW_COLOR_AUTO, "", "1", true },   { HW_COLOR_AUTO, "", "0", false },
		{ HW_COLOR_AUTO, "1", "1", false }, { HW_COLOR_ALWAYS, "1", "", true },
		{ HW_COLOR_NEVER, "", "1", false },
	};
	FILE *file = fopen("/dev/null", "we");

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct hw_options o = { .color = cases[i].color };

		setenv("NO_COLOR", cases[i].no, 1);
		setenv("CLICOLOR_FORCE", cases[i].force, 1);
		assert_int_equal(hw_options_use_color(&o, file), cases[i].want);
	}
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_good_defaults),
		cmocka_unit_test(events_follow_the_form),
		cmocka_unit_test(takes_every_option),
		cmocka_unit_test(takes_what_is_kept_of_exchanges),
		cmocka_unit_test(lists_ports_of_dns),
		cmocka_unit_test(words_make_the_filter_wherever_they_stand),
		cmocka_unit_test(chooses_events),
		cmocka_unit_test(says_what_is_wrong),
		cmocka_unit_test(takes_the_style_of_times),
		cmocka_unit_test(warns_of_what_is_not_shown),
		cmocka_unit_test(takes_no_form_for_nothing_to_show),
		cmocka_unit_test(reads_a_filter_from_a_file),
		cmocka_unit_test(har_asks_for_its_event),
		cmocka_unit_test(answers_about_itself),
		cmocka_unit_test(help_fits_a_terminal),
		cmocka_unit_test(colours_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
