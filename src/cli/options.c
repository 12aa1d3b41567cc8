/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/options.c - see options.h */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/addr.h"
#include "cli/events.h"
#include "cli/message.h"
#include "cli/suggest.h"
#include "event/column.h"
#include "exchange/route.h"
#include "metrics/metrics.h"
#include "redact/rule.h"

enum {
	SNAPLEN_MIN = 128,
	SNAPLEN_MAX = 262144,
	SIZE_LEAST = 1 << 10,	   /* of --max-memory and --max-head */
	FILTER_FILE_MAX = 1 << 20, /* bytes; libpcap is slow long before */
	KEY_MIN = 16,		   /* bytes of --redact-key-file */
	KEY_MAX = 4096,
	WORKERS_MAX = 64,
};

/* Setters return NULL, or what is wrong with the value, as the end of a sentence. */
typedef const char *set_fn(struct hw_options *o, const char *value);

static const char *complain(struct hw_options *o, const char *value, const char *wanted)
{
	snprintf(o->complaint, sizeof(o->complaint), "'%.100s' is not %s", value, wanted);
	return o->complaint;
}

/* Index of `value` in `names`, which ends with NULL; -1 if it is not there. */
static int choose(const char *const *names, const char *value)
{
	for (int i = 0; names[i]; i++)
		if (strcmp(names[i], value) == 0)
			return i;
	return -1;
}

/* Digits and at most one of `units`, each 1024 times the one before. */
static bool parse_number(const char *value, const char *units, uint64_t *ret)
{
	char *end;
	uint64_t n;

	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno != 0)
		return false;
	if (*end != '\0') {
		const char *unit = strchr(units, *end | 0x20);
		const int shift = unit ? 10 * (int)(unit - units + 1) : 0;

		if (!unit || end[1] != '\0' || n > UINT64_MAX >> shift)
			return false;
		n <<= shift;
	}
	*ret = n;
	return true;
}

static bool parse_size(const char *value, size_t *ret)
{
	uint64_t n;

	if (!parse_number(value, "kmgt", &n) || n < SIZE_LEAST || n > SIZE_MAX / 2)
		return false;
	*ret = (size_t)n;
	return true;
}

static const char *set_read(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return complain(o, value, "the name of a file");
	if (strcmp(value, "-") == 0)
		for (size_t i = 0; i < o->files_nr; i++)
			if (strcmp(o->files[i], "-") == 0)
				return "standard input ('-') can be read only once";
	o->files[o->files_nr++] = value;
	return NULL;
}

static const char *set_pid(struct hw_options *o, const char *value)
{
	uint64_t pid;

	if (!parse_number(value, "", &pid) || pid == 0 || pid > INT32_MAX)
		return complain(o, value, "a process id");
	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH) /* /proc may hide it */
		return complain(o, value, "a process that runs");
	return hw_choice_add_pid(&o->choice, (uint32_t)pid) ? "too many" : NULL;
}

static const char *set_children(struct hw_options *o, const char *value)
{
	(void)value;
	o->choice.children = true;
	return NULL;
}

static const char *set_comm(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return complain(o, value, "a name");
	o->choice.comm = value;
	return NULL;
}

static const char *set_uid(struct hw_options *o, const char *value)
{
	const struct passwd *user = getpwnam(value);
	uint64_t uid = user ? user->pw_uid : 0;

	if (!user && (!parse_number(value, "", &uid) || uid > UINT32_MAX))
		return complain(o, value, "a user, by name or number");
	o->choice.uid = (uint32_t)uid;
	o->choice.has_uid = true;
	return NULL;
}

static const char *set_user(struct hw_options *o, const char *value)
{
	const struct passwd *user = getpwnam(value);

	if (!user)
		return complain(o, value, "the name of a user");
	o->has_user = true;
	o->user_uid = user->pw_uid;
	o->user_gid = user->pw_gid;
	return NULL;
}

static const char *set_cgroup(struct hw_options *o, const char *value)
{
	const int err = hw_choice_add_cgroup(&o->choice, value);

	if (err == -ENOSPC)
		return "too many";
	return err ? complain(o, value, "a cgroup (of version 2)") : NULL;
}

static const char *set_container(struct hw_options *o, const char *value)
{
	int err = hw_choice_add_container(&o->choice, value);

	if (err == -EINVAL || err == -ENOENT)
		err = hw_choice_add_container_named(&o->choice, value);
	if (err == -ENOSPC)
		return "too many";
	if (err == -ENOTUNIQ)
		return complain(o, value, "enough of an id: several containers have it");
	return err ? complain(o, value, "the name or the id of a container that runs") : NULL;
}

static const char *set_no_gate(struct hw_options *o, const char *value)
{
	(void)value;
	o->live.gate = false;
	return NULL;
}

static const char *set_buffer(struct hw_options *o, const char *value)
{
	if (!parse_size(value, &o->live.ring_bytes) || o->live.ring_bytes > (size_t)1 << 30)
		return complain(o, value, "a size from 1k to 1G, such as 64M");
	return NULL;
}

static const char *set_snaplen(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "k", &n) || n < SNAPLEN_MIN || n > SNAPLEN_MAX)
		return complain(o, value, "a number of bytes from 128 to 262144");
	o->live.snaplen = (uint32_t)n;
	return NULL;
}

static const char *set_interface(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return complain(o, value, "the name of an interface");
	o->interfaces[o->interfaces_nr++] = value;
	return NULL;
}

static const char *set_list_interfaces(struct hw_options *o, const char *value)
{
	(void)value;
	o->action = HW_ACTION_INTERFACES;
	return NULL;
}

static const char *set_promiscuous(struct hw_options *o, const char *value)
{
	(void)value;
	o->promiscuous = true;
	return NULL;
}

static const char *set_local(struct hw_options *o, const char *value)
{
	struct hw_prefix prefix;

	if (!hw_prefix_parse(value, &prefix))
		return complain(o, value, "a network, such as 10.0.0.0/8 or fd00::/8");
	o->local[o->engine.local_nr++] = value;
	return NULL;
}

static const char *set_checksums(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "auto", "off", "on", NULL }; /* enum hw_checksums */
	const int i = choose(names, value);

	if (i < 0)
		return complain(o, value, "one of off, auto, on");
	o->engine.checksums = (enum hw_checksums)i;
	return NULL;
}

static const char *set_no_tunnels(struct hw_options *o, const char *value)
{
	(void)value;
	o->engine.no_tunnels = true;
	return NULL;
}

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
		return complain(o, value, "a selection: no event is left");
	o->engine.events = events;
	o->events_set = true;
	return NULL;
}

/* Numbers with commas between. Returns how many, 0 if it is something else or too many. */
static size_t parse_ports(const char *value, uint16_t ret[static HW_DNS_PORTS_MAX])
{
	for (size_t nr = 0; nr < HW_DNS_PORTS_MAX; value++) {
		char *end;
		unsigned long port;

		if (value[0] < '0' || value[0] > '9')
			return 0;
		port = strtoul(value, &end, 10);
		if (port == 0 || port > UINT16_MAX)
			return 0;
		ret[nr++] = (uint16_t)port;
		value = end;
		if (*value != ',')
			return *value ? 0 : nr;
	}
	return 0;
}

static const char *set_dns_ports(struct hw_options *o, const char *value)
{
	o->engine.dns_ports = o->dns_ports;
	o->engine.dns_ports_nr = parse_ports(value, o->dns_ports);
	if (o->engine.dns_ports_nr == 0)
		return complain(o, value, "a list of at most 16 ports, such as 53,5353");
	return NULL;
}

static const char *set_expression(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return complain(o, value, "a filter");
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
	return err ? complain(o, value, wanted) : NULL;
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

static const char *set_port(struct hw_options *o, const char *value)
{
	return set_shortcut(o, HW_SHORTCUT_PORT, value, "a list of ports, such as 80,8000-8999");
}

static const char *set_errors(struct hw_options *o, const char *value)
{
	(void)value;
	return set_shortcut(o, HW_SHORTCUT_ERRORS, "", "");
}

static const char *set_slow(struct hw_options *o, const char *value)
{
	o->needs_exchanges = true;
	return set_shortcut(o, HW_SHORTCUT_SLOW, value, "a time, such as 250ms or 1.5s");
}

static const char *set_count(struct hw_options *o, const char *value)
{
	if (!parse_number(value, "", &o->events_max) || o->events_max == 0)
		return complain(o, value, "a number from 1");
	return NULL;
}

static const char *set_strict(struct hw_options *o, const char *value)
{
	(void)value;
	o->engine.strict = true;
	return NULL;
}

static const char *set_redact(struct hw_options *o, const char *value)
{
	const size_t len = strlen(value);

	if (len == 0 || len > HW_REDACT_NAME_MAX || strcmp(value, "*") == 0)
		return complain(o, value, "the name of a field or parameter");
	o->redact[o->engine.redact_nr++] = value;
	return NULL;
}

static const char *set_no_redact(struct hw_options *o, const char *value)
{
	struct hw_suggest near;

	if (hw_redact_is_rule(hw_slice_text(value))) {
		o->no_redact[o->engine.no_redact_nr++] = value;
		return NULL;
	}
	hw_suggest_init(&near, value, strlen(value));
	for (size_t i = 0; i < hw_redact_rules_nr; i++)
		hw_suggest_offer(&near, hw_redact_rules[i].name);
	if (!near.best)
		return complain(o, value, "redacted; 'httpwire redactions' lists what is");
	snprintf(o->complaint, sizeof(o->complaint),
		 "'%.100s' is not redacted (did you mean '%s'?)", value, near.best);
	return o->complaint;
}

static const char *set_redact_hash(struct hw_options *o, const char *value)
{
	(void)value;
	o->engine.secrets = HW_SECRETS_HASHED;
	return NULL;
}

static const char *set_redact_key_file(struct hw_options *o, const char *value)
{
	o->redact_key_file = value;
	return set_redact_hash(o, value);
}

static const char *set_show_secrets(struct hw_options *o, const char *value)
{
	(void)value;
	o->shows_secrets = true;
	return NULL;
}

/* The events that a format is for, 0: any; and those that it shows without -e. */
static const struct {
	const char *name;
	uint32_t events, standard;
} formats[] = {
	/* by enum hw_format */
	[HW_FORMAT_JSON] = { "json" },
	[HW_FORMAT_JSON_V1BETA1] = { "json-v1beta1" },
	[HW_FORMAT_TEXT] = { "text", 0, HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL },
	[HW_FORMAT_HAR] = { "har", HW_EVENT_NET_HTTP_EXCHANGE, HW_EVENT_NET_HTTP_EXCHANGE },
	[HW_FORMAT_CSV] = { "csv", 0, HW_EVENT_NET_HTTP_EXCHANGE },
	[HW_FORMAT_TEXT_LONG] = { "text=long", 0,
				  HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL },
	[HW_FORMAT_CURL] = { "curl",
			     HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_PACKET_HTTP |
				     HW_EVENT_NET_PACKET_HTTP_REQUEST,
			     HW_EVENT_NET_HTTP_EXCHANGE },
};

static const char *set_format(struct hw_options *o, const char *value)
{
	o->prints_nothing = strcmp(value, "none") == 0;
	if (o->prints_nothing) {
		o->format = HW_FORMAT_TEXT;
		return NULL;
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, value) == 0) {
			o->format = (enum hw_format)i;
			o->format_set = true;
			return NULL;
		}
	return complain(o, value,
			"one of text, text=long, json, json-v1beta1, csv, har, curl, none");
}

static const char *complain_column(struct hw_options *o, const char *name, size_t len)
{
	const struct hw_column *c;
	struct hw_suggest near;

	hw_suggest_init(&near, name, len);
	for (size_t i = 0; (c = hw_column_at(i)); i++)
		hw_suggest_offer(&near, c->name);
	if (near.best)
		snprintf(o->complaint, sizeof(o->complaint),
			 "'%.*s' is no column (did you mean '%s'?)", len > 100 ? 100 : (int)len,
			 name, near.best);
	else
		snprintf(o->complaint, sizeof(o->complaint),
			 "'%.*s' is no column; 'httpwire columns' lists them",
			 len > 100 ? 100 : (int)len, name);
	return o->complaint;
}

static const char *set_columns(struct hw_options *o, const char *value)
{
	size_t nr = 0;

	for (const char *name = value;; nr++) {
		const size_t len = strcspn(name, ",");

		if (!hw_column_is_known(hw_slice(name, len)))
			return complain_column(o, name, len);
		name += len;
		if (*name++ == '\0')
			break;
	}
	if (nr >= HW_COLUMNS_MAX)
		return "more than 64 columns";
	o->columns = value;
	return NULL;
}

static const char *set_body(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "kmgt", &n) || n > SIZE_MAX / 2)
		return complain(o, value, "a size, such as 4096, 64k or 1M");
	o->engine.body_max = (size_t)n;
	return NULL;
}

/* Globs with commas between; each has a slash, or a star for it. */
static bool split_types(char *text, const char **ret, size_t *ret_nr)
{
	char *word;

	*ret_nr = 0;
	while ((word = strsep(&text, ","))) {
		if (!strpbrk(word, "/*"))
			return false;
		ret[(*ret_nr)++] = word;
	}
	return true;
}

static const char *set_body_types(struct hw_options *o, const char *value)
{
	free(o->body_types_text);
	free(o->body_types);
	o->body_types_text = strdup(value);
	o->body_types = calloc(strlen(value) + 1, sizeof(*o->body_types));
	if (!o->body_types_text || !o->body_types)
		return "no memory for it";
	if (!split_types(o->body_types_text, o->body_types, &o->engine.body_types_nr))
		return complain(o, value, "a list of media types, such as text/*,application/json");
	o->engine.body_types = o->body_types;
	return NULL;
}

static const char *set_body_ratio(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "", &n) || n == 0 || n > UINT32_MAX)
		return complain(o, value, "a number from 1");
	o->engine.body_ratio = (unsigned int)n;
	return NULL;
}

static const char *set_route(struct hw_options *o, const char *value)
{
	if (!hw_route_is_pattern(value))
		return complain(o, value, "a pattern of paths, such as /users/{name}/**");
	o->routes[o->engine.routes_nr++] = value;
	return NULL;
}

static const char *set_metrics(struct hw_options *o, const char *value)
{
	o->has_metrics = hw_serve_address_parse(value, &o->metrics);
	return o->has_metrics ? NULL
			      : complain(o, value,
					 "a port, or an address with one, such as "
					 "127.0.0.1:9464 or [::1]:9464");
}

static const char *set_metrics_series(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "", &n) || n < HW_METRICS_SERIES_LEAST ||
	    n > HW_METRICS_SERIES_MAX)
		return complain(o, value, "a number from 1000 to 1000000");
	o->metrics_series = (size_t)n;
	return NULL;
}

static const char *set_more_time(struct hw_options *o, const char *value)
{
	(void)value;
	if (o->time < HW_TIME_ELAPSED)
		o->time++;
	return NULL;
}

static const char *set_time(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "clock", "none",	 "epoch",   "delta",
					     "date",  "elapsed", "rfc3339", NULL };
	const int i = choose(names, value); /* enum hw_time_style */

	if (i < 0)
		return complain(o, value,
				"one of clock, none, epoch, delta, date, elapsed, rfc3339");
	o->time = (enum hw_time_style)i;
	return NULL;
}

static const char *set_color(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "auto", "always", "never", NULL };
	const int i = choose(names, value); /* enum hw_color */

	if (i < 0)
		return complain(o, value, "one of auto, always, never");
	o->color = (enum hw_color)i;
	return NULL;
}

/* Addresses are never looked up: what -n asks for is so anyway. */
static const char *set_numeric(struct hw_options *o, const char *value)
{
	(void)o;
	(void)value;
	return NULL;
}

static const char *set_verbose(struct hw_options *o, const char *value)
{
	(void)value;
	o->verbose++;
	return NULL;
}

static const char *set_quiet(struct hw_options *o, const char *value)
{
	(void)value;
	o->quiet = true;
	return NULL;
}

static const char *set_output(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return complain(o, value, "the name of a file");
	o->output = strcmp(value, "-") == 0 ? NULL : value;
	return NULL;
}

static const char *set_append(struct hw_options *o, const char *value)
{
	(void)value;
	o->append = true;
	return NULL;
}

static const char *set_write(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return complain(o, value, "the name of a file");
	o->write_packets = value;
	return NULL;
}

static const char *set_file_size(struct hw_options *o, const char *value)
{
	if (!hw_rotation_parse_size(value, &o->rotation.bytes_max))
		return complain(o, value, "a number of millions of bytes");
	return NULL;
}

static const char *set_rotate(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "", &n) || n == 0 || n > INT32_MAX)
		return complain(o, value, "a number of seconds");
	o->rotation.seconds = (uint32_t)n;
	return NULL;
}

static const char *set_files(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "", &n) || n == 0 || n > INT32_MAX)
		return complain(o, value, "a number of files");
	o->rotation.files_max = (uint32_t)n;
	return NULL;
}

static const char *set_packet_buffered(struct hw_options *o, const char *value)
{
	(void)value;
	o->packet_buffered = true;
	return NULL;
}

static const char *set_line_buffered(struct hw_options *o, const char *value)
{
	(void)value;
	o->line_buffered = true;
	return NULL;
}

static const char *set_stats(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "text", "json", "none", NULL };
	const int i = choose(names, value); /* enum hw_stats_format */

	if (i < 0)
		return complain(o, value, "one of text, json, none");
	o->stats = (enum hw_stats_format)i;
	o->stats_set = true;
	return NULL;
}

static const char *set_summary(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "text", "json", NULL };
	const int i = value ? choose(names, value) : 0;

	if (i < 0)
		return complain(o, value, "one of text, json");
	o->summary = i == 0 ? HW_SUMMARY_TEXT : HW_SUMMARY_JSON;
	return NULL;
}

static const char *set_no_summary(struct hw_options *o, const char *value)
{
	(void)value;
	o->summary = HW_SUMMARY_NONE;
	return NULL;
}

/* Seconds, or with ms, s, m or h. */
static bool parse_duration(const char *value, uint64_t *ret_ns)
{
	static const struct {
		const char *unit;
		uint64_t ns;
	} units[] = { { "", 1000000000 },
		      { "s", 1000000000 },
		      { "ms", 1000000 },
		      { "m", 60ull * 1000000000 },
		      { "h", 3600ull * 1000000000 } };
	const size_t digits = strspn(value, "0123456789");
	char number[24];
	uint64_t n;

	if (digits >= sizeof(number))
		return false;
	memcpy(number, value, digits);
	number[digits] = '\0';
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(value + digits, units[i].unit) == 0 && parse_number(number, "", &n) &&
		    n <= UINT64_MAX / units[i].ns) {
			*ret_ns = n * units[i].ns;
			return true;
		}
	return false;
}

static const char *set_stats_interval(struct hw_options *o, const char *value)
{
	if (!parse_duration(value, &o->stats_interval_ns) || o->stats_interval_ns == 0)
		return complain(o, value, "a time, such as 10s, 500ms or 5m");
	return NULL;
}

static const char *set_progress(struct hw_options *o, const char *value)
{
	if (!parse_duration(value, &o->engine.progress_ns) || o->engine.progress_ns == 0)
		return complain(o, value, "a time, such as 10s, 500ms or 5m");
	return NULL;
}

static const char *set_max_memory(struct hw_options *o, const char *value)
{
	if (!parse_size(value, &o->engine.max_memory))
		return complain(o, value, "a size from 1k, such as 64M or 2G");
	return NULL;
}

static const char *set_max_head(struct hw_options *o, const char *value)
{
	if (!parse_size(value, &o->engine.max_head))
		return complain(o, value, "a size from 1k, such as 64k or 1M");
	return NULL;
}

static const char *set_max_connections(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "", &n) || n == 0 || n > INT32_MAX)
		return complain(o, value, "a number from 1 to 2147483647");
	o->engine.max_connections = (uint32_t)n;
	return NULL;
}

static const char *set_workers(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!parse_number(value, "", &n) || n == 0 || n > WORKERS_MAX)
		return complain(o, value, "a number from 1 to 64");
	o->workers = (unsigned int)n;
	return NULL;
}

static const char *set_help(struct hw_options *o, const char *value)
{
	(void)value;
	o->action = HW_ACTION_HELP;
	return NULL;
}

static const char *set_full_help(struct hw_options *o, const char *value)
{
	(void)value;
	o->action = HW_ACTION_FULL_HELP;
	return NULL;
}

static const char *set_version(struct hw_options *o, const char *value)
{
	(void)value;
	o->action = HW_ACTION_VERSION;
	return NULL;
}

/* clang-format off */
static const struct {
	struct hw_option option;
	set_fn *set;
} table[] = {
	{ { "pid", "PID", 'p', HW_OPTION_WATCH, NULL,
	    "only this process; may be repeated",
	    "Only what the process sends and receives is copied by the kernel. Conditions of "
	    "several kinds must all hold, of one kind any." },
	  set_pid },
	{ { "children", NULL, 0, HW_OPTION_WATCH, NULL,
	    "with --pid: and all that it starts",
	    "Those that are there already, those to come, and what they start in turn." },
	  set_children },
	{ { "comm", "NAME", 0, HW_OPTION_WATCH, NULL,
	    "only processes and threads of that name",
	    "As ps -o comm shows it: at most 15 bytes of the program's file name, or what the "
	    "thread calls itself." },
	  set_comm },
	{ { "uid", "USER", 0, HW_OPTION_WATCH, NULL,
	    "only those of a user, by name or number",
	    NULL,
	    .is_rare = true },
	  set_uid },
	{ { "container", "NAME", 0, HW_OPTION_WATCH, NULL,
	    "only those in a container",
	    "Its name, or the first four or more digits of its id. It must be running; several of "
	    "one name are all meant." },
	  set_container },
	{ { "cgroup", "PATH", 0, HW_OPTION_WATCH, NULL,
	    "only those in a cgroup or below",
	    "As a directory (/sys/fs/cgroup/system.slice/nginx.service) or as /proc/PID/cgroup "
	    "has it (/system.slice/nginx.service).",
	    .is_rare = true },
	  set_cgroup },
	{ { "no-gate", NULL, 0, HW_OPTION_WATCH, NULL,
	    "copy every packet, HTTP or not",
	    "Else the kernel side leaves out connections that do not look like HTTP and the "
	    "inside of long bodies. The events are the same.",
	    .is_rare = true },
	  set_no_gate },
	{ { "user", "NAME", 0, HW_OPTION_WATCH, "nobody",
	    "become this user when all is set up",
	    "Without any capability, too. Unless it is given httpwire stays who it is where it "
	    "has files to open later (--output, -w), and becomes who called sudo where it "
	    "starts a command.",
	    .is_rare = true },
	  set_user },
	{ { "buffer", "SIZE", 0, HW_OPTION_WATCH, "16M",
	    "of the ring that packets come through",
	    "Made a power of two. When it is full packets are lost, counted in the statistics "
	    "as live packets_lost.",
	    .is_rare = true },
	  set_buffer },
	{ { "snapshot-length", "N", 's', HW_OPTION_WATCH, "262144",
	    "copy no more than that of a packet",
	    NULL,
	    .is_rare = true },
	  set_snaplen },

	{ { "interface", "IFACE", 'i', HW_OPTION_READ, NULL,
	    "packets that pass it, or any; may be repeated",
	    "Instead of the sockets of this host: what it forwards is seen, too, but no process is "
	    "known. FILTER chooses packets." },
	  set_interface },
	{ { "list-interfaces", NULL, 'D', HW_OPTION_READ, NULL,
	    "list what -i can name",
	    NULL,
	    .is_rare = true },
	  set_list_interfaces },
	{ { "promiscuous", NULL, 0, HW_OPTION_READ, NULL,
	    "with -i: packets for others, too",
	    NULL,
	    .is_rare = true },
	  set_promiscuous },
	{ { "read", "FILE", 'r', HW_OPTION_READ, NULL,
	    "capture to read (pcap, pcapng, gzip); - is stdin",
	    "Packets may be Ethernet, Linux cooked, raw IP, loopback, PPP. Given more than "
	    "once, the files are read in order as if they were one capture." },
	  set_read },
	{ { "local", "CIDR", 0, HW_OPTION_READ, NULL,
	    "the captured host's networks, for directions",
	    "What comes from CIDR is egress (2 in metadata.direction), what goes to it is "
	    "ingress (1). May be given more than once. Without it the direction is 0 unless "
	    "the capture says it.",
	    .is_rare = true },
	  set_local },
	{ { "workers", "N", 0, HW_OPTION_READ, NULL,
	    "threads that share the reading of files",
	    "As many as there are processors, at most 4, from 8 MiB of files on. The events, "
	    "their order and the statistics are those of one. Where several could not have "
	    "that, there is one: see the manual.",
	    .is_rare = true },
	  set_workers },
	{ { "checksums", "HOW", 0, HW_OPTION_READ, "auto",
	    "drop wrong checksums: off, auto, on",
	    "auto drops packets with a wrong checksum, but not those of a host whose "
	    "checksums are all wrong: its network card filled them in after the capture.",
	    .is_rare = true },
	  set_checksums },
	{ { "no-tunnels", NULL, 0, HW_OPTION_READ, NULL,
	    "do not look into IP-in-IP, GRE, VXLAN, Geneve",
	    NULL,
	    .is_rare = true },
	  set_no_tunnels },

	{ { "filter-file", "FILE", 'F', HW_OPTION_SELECT, NULL,
	    "take FILTER from a file",
	    "Instead of the FILTER on the command line. From # to the end of a line is a "
	    "comment.",
	    .is_rare = true },
	  set_filter_file },
	{ { "events", "LIST", 'e', HW_OPTION_SELECT, NULL,
	    "events or sets of them; else what -o is for",
	    "Names or sets (default, exchanges, flows, network_events) with commas between; -NAME "
	    "takes one out. 'httpwire events' lists them. Without it JSON has net_packet_http, and "
	    "the other forms have net_http_exchange." },
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
	    "--status=4xx,5xx, and exchanges that one side aborted, or that took too long.",
	    .is_rare = true },
	  set_errors },
	{ { "slow", "TIME", 0, HW_OPTION_SELECT, NULL,
	    "only exchanges that took TIME (250ms) or longer",
	    "From the first byte of the request to the last of the response, or, without its end, "
	    "until that was known.",
	    .is_rare = true },
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
	    "complete, and the httpwire object of every event." },
	  set_strict },

	{ { "format", "FORM", 'o', HW_OPTION_SHOW, "text",
	    "text, json, csv, har, curl, and others",
	    "text is a line an event, text=long all of an exchange; json is Tracee's trace.Event, "
	    "json-v1beta1 its v1beta1.Event; csv has a line of names first, har is HAR 1.2 for "
	    "browsers' developer tools, curl a command line for each request, and none nothing: for -w and --metrics." },
	  set_format },
	{ { "columns", "LIST", 0, HW_OPTION_SHOW, NULL,
	    "of text and csv: time,status,url,duration",
	    "Short names, which 'httpwire columns' lists, and paths of fields, as 'httpwire events "
	    "net_http_exchange' has them: request.headers.accept, httpwire.frame.",
	    .is_rare = true },
	  set_columns },
	{ { "body", "SIZE", 0, HW_OPTION_SHOW, NULL,
	    "with the first bytes of each body, decoded",
	    "Of exchanges: without chunks, gzip, deflate, br and zstd. As text where it is "
	    "text, else in base64. Of secrets only those in forms, JSON and keys are hidden." },
	  set_body },
	{ { "body-types", "TYPES", 0, HW_OPTION_SHOW, NULL,
	    "of these only: text/*,application/json",
	    "Media types, with * and ?, and commas between.",
	    .is_rare = true },
	  set_body_types },
	{ { "body-ratio", "N", 0, HW_OPTION_SHOW, "100",
	    "stop where one byte becomes N decoded ones",
	    "Small messages can be made that decode to gigabytes.",
	    .is_rare = true },
	  set_body_ratio },
	{ { "progress", "TIME", 0, HW_OPTION_SHOW, NULL,
	    "show exchanges so often while they go on, too",
	    "For answers that do not end, such as server-sent events: what there is of the "
	    "exchange so far, with the end 'goes_on'. TIME as 500ms, 10s or 5m.",
	    .is_rare = true },
	  set_progress },
	{ { "route", "PATTERN", 0, HW_OPTION_SHOW, NULL,
	    "fold paths like /users/{name}/** to that",
	    "A segment in braces is any one, ** is all the rest. May be given more than once; "
	    "the first that matches holds. In other paths what looks like an id becomes {id}.",
	    .is_rare = true },
	  set_route },
	{ { NULL, NULL, 't', HW_OPTION_SHOW, NULL,
	    "no times; -tt epoch, -ttt delta, -tttt date",
	    "In text, as tcpdump does; -ttttt is the time since the first line." },
	  set_more_time },
	{ { "redact", "NAME", 0, HW_OPTION_SHOW, NULL,
	    "hide the value of this field or parameter, too",
	    "Of a header field or a parameter of a query of that name: what is "
	    "there becomes REDACTED. May be given more than once; *NAME is the end of a name.",
	    .is_rare = true },
	  set_redact },
	{ { "no-redact", "NAME", 0, HW_OPTION_SHOW, NULL,
	    "show this one of 'httpwire redactions'",
	    "May be given more than once.",
	    .is_rare = true },
	  set_no_redact },
	{ { "redact-hash", NULL, 0, HW_OPTION_SHOW, NULL,
	    "tell secrets apart by a hash, without showing them",
	    "REDACTED- and 16 digits of a keyed hash: the same for the same secret. The key is "
	    "random, and another in each run.",
	    .is_rare = true },
	  set_redact_hash },
	{ { "redact-key-file", "FILE", 0, HW_OPTION_SHOW, NULL,
	    "the same, with the key in FILE",
	    "At least 16 bytes, all of which are the key; who has it can try secrets.",
	    .is_rare = true },
	  set_redact_key_file },
	{ { "show-secrets", NULL, 0, HW_OPTION_SHOW, NULL,
	    "passwords, cookies and tokens as they are",
	    "Else they are REDACTED; 'httpwire redactions' lists what is taken for a secret." },
	  set_show_secrets },
	{ { "time", "STYLE", 0, HW_OPTION_SHOW, "clock",
	    "the same by name; --help has them",
	    "How text shows times: clock, none, epoch, delta, date, elapsed, rfc3339. Clock and date are local time.",
	    .is_rare = true },
	  set_time },
	{ { "color", "WHEN", 0, HW_OPTION_SHOW, "auto",
	    "auto, always, never",
	    "auto is on a terminal only, and obeys NO_COLOR and CLICOLOR_FORCE." },
	  set_color },
	{ { NULL, NULL, 'n', HW_OPTION_SHOW, NULL,
	    "accepted: no address is ever looked up",
	    NULL,
	    .is_rare = true },
	  set_numeric },
	{ { "verbose", NULL, 'v', HW_OPTION_SHOW, NULL,
	    "say more; may be repeated",
	    NULL },
	  set_verbose },
	{ { "quiet", NULL, 'q', HW_OPTION_SHOW, NULL,
	    "errors only: no warnings, no statistics",
	    NULL },
	  set_quiet },

	{ { "output", "FILE", 0, HW_OPTION_WRITE, NULL,
	    "write events there, not to standard output",
	    NULL },
	  set_output },
	{ { "append", NULL, 0, HW_OPTION_WRITE, NULL,
	    "with --output: behind what the file has already",
	    "Else it is emptied first. For forms in which each line or record stands alone: not csv "
	    "or har, and not with -C or -G. A service that is started anew loses nothing.",
	    .is_rare = true },
	  set_append },
	{ { "write", "FILE", 'w', HW_OPTION_WRITE, NULL,
	    "write the packets of what is shown, as pcapng",
	    "The packets of connections of which an event was shown, from the connection's first "
	    "one on, with the process in each one's comment. They are written as they are, "
	    "secrets too; nobody else may read the file. - is standard output." },
	  set_write },
	{ { NULL, "SIZE", 'C', HW_OPTION_WRITE, NULL,
	    "begin another file after SIZE million bytes",
	    "As in tcpdump: FILE, FILE1, FILE2. For -w and --output.",
	    .is_rare = true },
	  set_file_size },
	{ { NULL, "SECONDS", 'G', HW_OPTION_WRITE, NULL,
	    "begin another file every SECONDS",
	    "As in tcpdump: FILE is a format of strftime(3).",
	    .is_rare = true },
	  set_rotate },
	{ { NULL, "N", 'W', HW_OPTION_WRITE, NULL,
	    "with -C: N files in turn; with -G: end after N",
	    NULL,
	    .is_rare = true },
	  set_files },
	{ { "packet-buffered", NULL, 'U', HW_OPTION_WRITE, NULL,
	    "with -w: write each packet at once",
	    NULL,
	    .is_rare = true },
	  set_packet_buffered },
	{ { "line-buffered", NULL, 'l', HW_OPTION_WRITE, NULL,
	    "write each event at once, to pipes and files too",
	    NULL },
	  set_line_buffered },
	{ { "summary", "FORM", 0, HW_OPTION_WRITE, NULL,
	    "a table of the exchanges at the end: text, json",
	    "By host and route, process and status: how many, how many failed, how long they took. "
	    "Alone it is all that is shown; beside other output it is on standard error. Without "
	    "it a short one is shown there if that is a terminal and there are exchanges (-e).",
	    .is_optional = true },
	  set_summary },
	{ { "no-summary", NULL, 0, HW_OPTION_WRITE, NULL,
	    "none, on a terminal neither",
	    NULL,
	    .is_rare = true },
	  set_no_summary },
	{ { "stats", "FORM", 0, HW_OPTION_WRITE, "text",
	    "statistics at the end: text, json, none",
	    "On standard error, and at any time on SIGUSR1. Whatever was lost, skipped or "
	    "refused is counted there by stage and reason. As text they are not shown where who "
	    "reads the output closes it, as head does." },
	  set_stats },
	{ { "stats-interval", "TIME", 0, HW_OPTION_WRITE, NULL,
	    "statistics each TIME (10s, 500ms, 5m), too",
	    "While watching, in the form of --stats.",
	    .is_rare = true },
	  set_stats_interval },

	{ { "metrics", "ADDRESS", 0, HW_OPTION_WRITE, NULL,
	    "serve metrics for Prometheus there",
	    "Durations, sizes and errors of requests by method, status, route and host, and "
	    "httpwire's own losses, at http://127.0.0.1:PORT/metrics; /healthz and /readyz, too. "
	    "Only an address given in full can be reached from outside.",
	    .is_rare = true },
	  set_metrics },
	{ { "metrics-series", "N", 0, HW_OPTION_WRITE, "10000",
	    "at most; other requests count under _other",
	    NULL,
	    .is_rare = true },
	  set_metrics_series },

	{ { "max-memory", "SIZE", 0, HW_OPTION_LIMIT, "256M",
	    "for what the input makes httpwire keep",
	    "SIZE is in bytes, or with k, M or G. When it is used up, the connections that "
	    "were idle longest are given up, and counted.",
	    .is_rare = true },
	  set_max_memory },
	{ { "max-head", "SIZE", 0, HW_OPTION_LIMIT, "256k",
	    "for the head of one message",
	    "A message with a longer head is reported as incomplete.",
	    .is_rare = true },
	  set_max_head },
	{ { "max-connections", "N", 0, HW_OPTION_LIMIT, "1048576",
	    "followed at the same time",
	    NULL,
	    .is_rare = true },
	  set_max_connections },

	{ { NULL, NULL, 'h', HW_OPTION_ABOUT, NULL, "this page", NULL }, set_help },
	{ { "help", NULL, 0, HW_OPTION_ABOUT, NULL, "every option explained", NULL },
	  set_full_help },
	{ { "version", NULL, 'V', HW_OPTION_ABOUT, NULL, "versions of httpwire and its libraries",
	    NULL },
	  set_version },
};
/* clang-format on */
enum {
	OPTION_NR = sizeof(table) / sizeof(table[0]),
	LONG_BASE = 256, /* getopt's value of the first option by its long name */
};

const struct hw_option *hw_options_at(size_t i)
{
	return i < OPTION_NR ? &table[i].option : NULL;
}

/* What getopt_long() needs, made from the table. */
struct getopt_tables {
	char letters[2 * OPTION_NR + 2];
	struct option longs[OPTION_NR + 1];
};

static int argument_of(const struct hw_option *o)
{
	return !o->arg ? no_argument : o->is_optional ? optional_argument : required_argument;
}

static void make_getopt_tables(struct getopt_tables *t)
{
	char *letter = t->letters;
	struct option *next = t->longs;

	*letter++ = ':'; /* tell a missing argument from an unknown option, print nothing */
	for (int i = 0; i < OPTION_NR; i++) {
		const struct hw_option *o = &table[i].option;

		if (o->letter) {
			*letter++ = o->letter;
			if (o->arg)
				*letter++ = ':';
		}
		if (o->name)
			*next++ = (struct option){ o->name, argument_of(o), NULL, LONG_BASE + i };
	}
	*letter = '\0';
	*next = (struct option){ 0 };
}

/* Index in the table of what getopt_long() returned; -1 if it is none of ours. */
static int find_option(int c)
{
	if (c >= LONG_BASE)
		return c - LONG_BASE;
	for (int i = 0; i < OPTION_NR; i++)
		if (c != 0 && table[i].option.letter == c)
			return i;
	return -1;
}

/* An option of ours as the user wrote it: `c` is getopt's value for it. */
static const char *spell(char ret[32], int c)
{
	if (c >= LONG_BASE)
		snprintf(ret, 32, "--%s", table[c - LONG_BASE].option.name);
	else
		snprintf(ret, 32, "-%c", c);
	return ret;
}

/* getopt_long() takes any beginning of a name that is the beginning of just one. */
static void complain_ambiguous(const char *word, size_t len)
{
	char names[256] = "";
	size_t used = 0;

	for (int i = 0; i < OPTION_NR; i++) {
		const char *name = table[i].option.name;

		if (name && strncmp(name, word, len) == 0 && used < sizeof(names) - 40)
			used += (size_t)snprintf(names + used, sizeof(names) - used, "%s--%s",
						 used ? ", " : "", name);
	}
	hw_message("option '--%.*s' may be one of %s", (int)len, word, names);
}

static void complain_unknown_long(const char *word)
{
	const size_t len = strcspn(word, "=");
	struct hw_suggest near;

	hw_suggest_init(&near, word, len);
	for (int i = 0; i < OPTION_NR; i++) {
		const char *name = table[i].option.name;

		if (name && len > 0 && strncmp(name, word, len) == 0) {
			complain_ambiguous(word, len);
			return;
		}
		if (name)
			hw_suggest_offer(&near, name);
	}
	if (near.best)
		hw_message("unknown option '--%.*s' (did you mean '--%s'?)", (int)len, word,
			   near.best);
	else
		hw_message("unknown option '--%.*s'; 'httpwire -h' lists them", (int)len, word);
}

/* `c` is '?' or ':', as getopt_long() left things. */
static void complain_option(int c, const char *word)
{
	const int i = find_option(optopt);
	char name[32];

	if (c == ':')
		hw_message("option '%s' needs a value: %s", spell(name, optopt),
			   table[i].option.arg);
	else if (i >= 0)
		hw_message("option '%s' takes no value", spell(name, optopt));
	else if (optopt == 0 && strncmp(word, "--", 2) == 0)
		complain_unknown_long(word + 2);
	else
		hw_message("unknown option '-%c'; 'httpwire -h' lists them", optopt);
}

/* These need no more of the command line. */
static bool is_answer(enum hw_action action)
{
	return action == HW_ACTION_HELP || action == HW_ACTION_FULL_HELP ||
	       action == HW_ACTION_VERSION || action == HW_ACTION_INTERFACES;
}

/* Words after -- are a command to watch, unless packets come from somewhere else. */
static int take_words(struct hw_options *o, int argc, char **argv)
{
	const bool is_command = optind > 0 && strcmp(argv[optind - 1], "--") == 0 && !o->files_nr &&
				!o->interfaces_nr && o->action == HW_ACTION_RUN;

	if (is_command && optind == argc) {
		hw_message("no command behind --");
		return HW_EXIT_USAGE;
	}
	if (is_command) {
		o->command = argv + optind;
		return 0;
	}
	for (int i = optind; i < argc; i++)
		o->words[o->words_nr++] = argv[i];
	return 0;
}

static int parse_options(struct hw_options *o, int argc, char **argv)
{
	struct getopt_tables t;
	int c;

	make_getopt_tables(&t);
	optind = 0; /* glibc: start anew */
	opterr = 0;
	while ((c = getopt_long(argc, argv, t.letters, t.longs, NULL)) != -1) {
		const int i = c == '?' || c == ':' ? -1 : find_option(c);
		const char *wrong;
		char name[32];

		if (i < 0) {
			complain_option(c, argv[optind - 1]);
			return HW_EXIT_USAGE;
		}
		wrong = table[i].set(o, optarg);
		if (wrong) {
			hw_message("%s: %s", spell(name, c), wrong);
			return HW_EXIT_USAGE;
		}
		if (is_answer(o->action))
			return 0;
	}
	return take_words(o, argc, argv);
}

static int join_words(struct hw_options *o)
{
	size_t len = 0, used = 0;

	for (size_t i = 0; i < o->words_nr; i++)
		len += strlen(o->words[i]) + 1;
	o->filter = malloc(len + 1);
	if (!o->filter)
		return -ENOMEM;
	for (size_t i = 0; i < o->words_nr; i++)
		used += (size_t)snprintf(o->filter + used, len + 1 - used, "%s%s", i > 0 ? " " : "",
					 o->words[i]);
	return 0;
}

/* From # to the end of the line is a comment; it becomes blanks so that offsets stay. */
static void blank_comments(char *text)
{
	bool comment = false;

	for (; *text; text++) {
		if (*text == '\n')
			comment = false;
		else if (*text == '#')
			comment = true;
		if (comment || *text == '\n')
			*text = ' ';
	}
}

static int read_filter_file(struct hw_options *o)
{
	FILE *f = fopen(o->filter_file, "re");
	size_t len;
	int err;

	if (!f)
		return -errno;
	o->filter = malloc(FILTER_FILE_MAX + 1);
	if (!o->filter) {
		fclose(f);
		return -ENOMEM;
	}
	len = fread(o->filter, 1, FILTER_FILE_MAX + 1, f);
	err = ferror(f) ? -errno : 0;
	fclose(f);
	if (err < 0)
		return err;
	if (len > FILTER_FILE_MAX)
		return -EFBIG;
	o->filter[len] = '\0';
	if (strlen(o->filter) != len)
		return -EBADMSG;
	blank_comments(o->filter);
	return 0;
}

static int settle_filter(struct hw_options *o)
{
	int err = 0;

	if (o->filter_file && o->words_nr > 0) {
		hw_message("a filter both in %s (-F) and on the command line: '%s'", o->filter_file,
			   o->words[0]);
		return HW_EXIT_USAGE;
	}
	if (o->filter_file)
		err = read_filter_file(o);
	else if (o->words_nr > 0)
		err = join_words(o);
	if (err == -ENOMEM) {
		hw_message("no memory for the filter");
		return HW_EXIT_FAILED;
	}
	if (err < 0) {
		hw_message("%s: %s", o->filter_file,
			   err == -EBADMSG ? "not a filter: it has a NUL byte" : strerror(-err));
		return HW_EXIT_USAGE;
	}
	return 0;
}

/* The key is the whole file, but for the end of a line. */
static int read_key_file(struct hw_options *o)
{
	FILE *f = fopen(o->redact_key_file, "re");
	size_t len;
	int err;

	if (!f)
		return -errno;
	o->redact_key = malloc(KEY_MAX + 1);
	if (!o->redact_key) {
		fclose(f);
		return -ENOMEM;
	}
	len = fread(o->redact_key, 1, KEY_MAX + 1, f);
	err = ferror(f) ? -errno : 0;
	fclose(f);
	if (len > 0 && ((const char *)o->redact_key)[len - 1] == '\n')
		len--;
	o->engine.redact_key = o->redact_key;
	o->engine.redact_key_len = len;
	if (err == 0 && len > KEY_MAX)
		return -EFBIG;
	return err == 0 && len < KEY_MIN ? -EBADMSG : err;
}

static int settle_secrets(struct hw_options *o)
{
	const int err = o->redact_key_file ? read_key_file(o) : 0;

	if (err < 0) {
		hw_message("--redact-key-file: %s: %s", o->redact_key_file,
			   err == -EBADMSG ? "a key has 16 bytes or more" : strerror(-err));
		return HW_EXIT_USAGE;
	}
	if (o->shows_secrets && (o->engine.secrets || o->engine.redact_nr)) {
		hw_message("--show-secrets hides nothing: it does not go with --redact and "
			   "--redact-hash");
		return HW_EXIT_USAGE;
	}
	if (o->shows_secrets)
		o->engine.secrets = HW_SECRETS_SHOWN;
	o->engine.redact = o->redact;
	o->engine.no_redact = o->no_redact;
	return 0;
}

/* What needs a capture file, and what needs none. */
static int settle_files(const struct hw_options *o)
{
	if (o->files_nr > 0 && o->interfaces_nr > 0) {
		hw_message("either a capture file (-r) or an interface (-i)");
		return HW_EXIT_USAGE;
	}
	if (o->files_nr > 0 || o->interfaces_nr > 0 || o->words_nr == 0)
		return 0;
	if (access(o->words[0], R_OK) == 0)
		hw_message("to read a capture file: httpwire -r %s", o->words[0]);
	else
		hw_message("a filter of packets ('%s') goes with -r FILE or -i IFACE", o->words[0]);
	return HW_EXIT_USAGE;
}

static bool asks_for_summary(const struct hw_options *o)
{
	return o->summary == HW_SUMMARY_TEXT || o->summary == HW_SUMMARY_JSON;
}

/* Nothing else was asked for. */
static bool is_summary_only(const struct hw_options *o)
{
	return asks_for_summary(o) && !o->events_set && !o->format_set && !o->columns &&
	       !o->output && !o->write_packets;
}

/* The summary has exchanges, whatever is shown beside it. */
static void settle_summary(struct hw_options *o)
{
	o->summary_only = is_summary_only(o);
	if (o->summary_only)
		o->prints_nothing = true;
	if (asks_for_summary(o))
		o->engine.events |= HW_EVENT_NET_HTTP_EXCHANGE;
	if (o->quiet && o->summary == HW_SUMMARY_AUTO)
		o->summary = HW_SUMMARY_NONE;
}

/* Without -e the format says which events are shown. */
static void choose_events(struct hw_options *o)
{
	if (o->events_set)
		return;
	if (is_summary_only(o))
		o->engine.events = HW_EVENT_NET_HTTP_EXCHANGE;
	else if (formats[o->format].standard && !o->engine.strict)
		o->engine.events = formats[o->format].standard;
	o->engine.events &= ~o->events_less;
}

static int settle_events(struct hw_options *o)
{
	const uint32_t events = formats[o->format].events;

	if (o->columns && o->format != HW_FORMAT_TEXT && o->format != HW_FORMAT_CSV) {
		hw_message("--columns is for -o text and -o csv");
		return HW_EXIT_USAGE;
	}
	choose_events(o);
	if (!o->engine.events) {
		hw_message("-e: no event of -o %s is left", formats[o->format].name);
		return HW_EXIT_USAGE;
	}
	if (o->needs_exchanges && !(o->engine.events & HW_EVENT_NET_HTTP_EXCHANGE)) {
		hw_message("--slow is about exchanges: -e net_http_exchange");
		return HW_EXIT_USAGE;
	}
	if (!events || !(o->engine.events & ~events))
		return 0;
	hw_message("-o %s is for %s: other events (-e) do not go with it", formats[o->format].name,
		   o->format == HW_FORMAT_HAR ? "net_http_exchange" : "requests");
	return HW_EXIT_USAGE;
}

/* Metrics are made of exchanges, whatever is shown. */
static void settle_metrics(struct hw_options *o)
{
	if (o->has_metrics && o->prints_nothing && !o->events_set)
		o->engine.events = HW_EVENT_NET_HTTP_EXCHANGE;
	o->shown = o->engine.events;
	if (o->has_metrics)
		o->engine.events |= HW_EVENT_NET_HTTP_EXCHANGE;
}

/* What begins a document cannot be in the middle of a file; nor is a turn of files kept. */
static bool may_append(const struct hw_options *o)
{
	return o->output && o->format != HW_FORMAT_CSV && o->format != HW_FORMAT_HAR &&
	       !o->rotation.bytes_max && !o->rotation.seconds;
}

/* What can be judged only when all options are known. */
static int settle(struct hw_options *o)
{
	int err = settle_files(o);

	if (!err)
		err = settle_secrets(o);
	if (!err)
		err = settle_events(o);
	if (err)
		return err;
	if (o->engine.max_head > o->engine.max_memory) {
		hw_message("--max-head is more than --max-memory");
		return HW_EXIT_USAGE;
	}
	if ((o->rotation.bytes_max || o->rotation.seconds || o->rotation.files_max) && !o->output &&
	    !o->write_packets) {
		hw_message("-C, -G and -W are for the files of --output and -w");
		return HW_EXIT_USAGE;
	}
	if (o->append && !may_append(o)) {
		hw_message("--append goes with --output, and not with -o csv, -o har, -C or -G");
		return HW_EXIT_USAGE;
	}
	if (o->write_packets && strcmp(o->write_packets, "-") == 0 && !o->output) {
		hw_message("events and packets cannot both go to standard output: use --output");
		return HW_EXIT_USAGE;
	}
	if (o->choice.children && !o->choice.pids_nr) {
		hw_message("--children goes with --pid");
		return HW_EXIT_USAGE;
	}
	if (!hw_choice_is_any(&o->choice) && (o->files_nr || o->interfaces_nr)) {
		hw_message("%s does not know processes: --pid, --comm, --uid, --container and "
			   "--cgroup are for watching",
			   o->files_nr ? "a capture file" : "an interface");
		return HW_EXIT_USAGE;
	}
	/* What the host sends itself has none yet, and what it receives was checked. */
	if (o->interfaces_nr && o->engine.checksums == HW_CHECKSUMS_AUTO)
		o->engine.checksums = HW_CHECKSUMS_OFF;
	if (o->quiet && !o->stats_set)
		o->stats = HW_STATS_NONE;
	settle_metrics(o);
	settle_summary(o);
	o->engine.local = o->local;
	o->engine.routes = o->routes;
	o->live.choice = &o->choice;
	return settle_filter(o);
}

/* The first word may be what to do instead of watching or reading. */
static bool take_action(struct hw_options *o, const char *word)
{
	if (strcmp(word, "events") == 0)
		o->action = HW_ACTION_EVENTS;
	else if (strcmp(word, "redactions") == 0)
		o->action = HW_ACTION_REDACTIONS;
	else if (strcmp(word, "columns") == 0)
		o->action = HW_ACTION_COLUMNS;
	else if (strcmp(word, "doctor") == 0)
		o->action = HW_ACTION_DOCTOR;
	else if (strcmp(word, "fields") == 0)
		o->action = HW_ACTION_FIELDS;
	return o->action != HW_ACTION_RUN;
}

int hw_options_parse(struct hw_options *o, int argc, char **argv)
{
	int err;

	*o = (struct hw_options){
		.engine = HW_ENGINE_OPTIONS_INIT,
		.live = HW_LIVE_OPTIONS_INIT,
		.format = HW_FORMAT_TEXT,
		.metrics_series = 10000,
		.files = calloc((size_t)argc + 1, sizeof(*o->files)),
		.words = calloc((size_t)argc + 1, sizeof(*o->words)),
		.local = calloc((size_t)argc + 1, sizeof(*o->local)),
		.interfaces = calloc((size_t)argc + 1, sizeof(*o->interfaces)),
		.expressions = calloc((size_t)argc + 1, sizeof(*o->expressions)),
		.redact = calloc((size_t)argc + 1, sizeof(*o->redact)),
		.no_redact = calloc((size_t)argc + 1, sizeof(*o->no_redact)),
		.routes = calloc((size_t)argc + 1, sizeof(*o->routes)),
	};
	if (!o->interfaces || !o->files || !o->words || !o->local || !o->expressions ||
	    !o->redact || !o->no_redact || !o->routes) {
		hw_message("no memory for the command line");
		return HW_EXIT_FAILED;
	}
	if (argc > 1 && take_action(o, argv[1])) {
		argc--;
		argv++;
	}
	err = parse_options(o, argc, argv);
	if (!err && o->action == HW_ACTION_DOCTOR && o->words_nr) {
		hw_message("doctor takes options only, not '%s'", o->words[0]);
		err = HW_EXIT_USAGE;
	}
	if (!err && !is_answer(o->action) && o->action != HW_ACTION_RUN &&
	    o->format > HW_FORMAT_TEXT) {
		hw_message("'httpwire %s' is text or JSON: -o text, -o json", argv[0]);
		err = HW_EXIT_USAGE;
	}
	return err || o->action != HW_ACTION_RUN ? err : settle(o);
}

void hw_options_clear(struct hw_options *o)
{
	free(o->files);
	free(o->words);
	free(o->local);
	free(o->interfaces);
	free(o->expressions);
	hw_shortcuts_clear(&o->shortcuts);
	free(o->redact);
	free(o->no_redact);
	free(o->routes);
	free(o->body_types);
	free(o->body_types_text);
	free(o->redact_key);
	free(o->filter);
	*o = (struct hw_options){ 0 };
}

bool hw_options_use_color(const struct hw_options *o, FILE *out)
{
	const char *no = getenv("NO_COLOR"), *force = getenv("CLICOLOR_FORCE");
	const char *terminal = getenv("TERM");

	if (o->color != HW_COLOR_AUTO)
		return o->color == HW_COLOR_ALWAYS;
	if (no && no[0] != '\0')
		return false;
	if (force && force[0] != '\0' && strcmp(force, "0") != 0)
		return true;
	return isatty(fileno(out)) && (!terminal || strcmp(terminal, "dumb") != 0);
}
