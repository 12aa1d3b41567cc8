/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_write.c - where it is written */
#include "cli/option.h"

#include <string.h>

#include "base/duration.h"
#include "cli/value.h"
#include "metrics/metrics.h"

/* Standard output has a name, too; what it cannot do must be known of either. */
static bool is_standard_output(const char *value)
{
	return strcmp(value, "-") == 0 || strcmp(value, "/dev/stdout") == 0;
}

static const char *set_output(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return hw_value_complain(o, value, "the name of a file");
	o->output = is_standard_output(value) ? NULL : value;
	o->names_output = strcmp(value, "-") != 0;
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
		return hw_value_complain(o, value, "the name of a file");
	o->write_packets = is_standard_output(value) ? "-" : value;
	return NULL;
}

static const char *set_file_size(struct hw_options *o, const char *value)
{
	if (!hw_rotation_parse_size(value, &o->rotation.bytes_max))
		return hw_value_complain(o, value, "a number of millions of bytes");
	return NULL;
}

static const char *set_rotate(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "", &n) || n == 0 || n > INT32_MAX)
		return hw_value_complain(o, value, "a number of seconds");
	o->rotation.seconds = (uint32_t)n;
	return NULL;
}

static const char *set_files(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "", &n) || n == 0 || n > INT32_MAX)
		return hw_value_complain(o, value, "a number of files");
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

static const char *set_summary(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "text", "json", NULL };
	const int i = value ? hw_value_choose(names, value) : 0;

	if (i < 0)
		return hw_value_complain(o, value, "one of text, json");
	o->summary = i == 0 ? HW_SUMMARY_TEXT : HW_SUMMARY_JSON;
	return NULL;
}

static const char *set_no_summary(struct hw_options *o, const char *value)
{
	(void)value;
	o->summary = HW_SUMMARY_NONE;
	return NULL;
}

static const char *set_stats(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "text", "json", "none", NULL };
	const int i = hw_value_choose(names, value); /* enum hw_stats_format */

	if (i < 0)
		return hw_value_complain(o, value, "one of text, json, none");
	o->stats = (enum hw_stats_format)i;
	o->stats_set = true;
	return NULL;
}

static const char *set_stats_interval(struct hw_options *o, const char *value)
{
	if (!hw_duration_read(hw_slice_text(value), &o->stats_interval_ns) ||
	    o->stats_interval_ns == 0)
		return hw_value_complain(o, value, "a time, such as 10s, 500ms or 5m");
	return NULL;
}

static const char *set_metrics(struct hw_options *o, const char *value)
{
	o->has_metrics = hw_serve_address_parse(value, &o->metrics);
	return o->has_metrics ? NULL
			      : hw_value_complain(o, value,
						  "a port, or an address with one, such as "
						  "127.0.0.1:9464 or [::1]:9464");
}

static const char *set_metrics_series(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "", &n) || n < HW_METRICS_SERIES_LEAST ||
	    n > HW_METRICS_SERIES_MAX)
		return hw_value_complain(o, value, "a number from 1000 to 1000000");
	o->metrics_series = (size_t)n;
	o->metrics_series_set = true;
	return NULL;
}

/* clang-format off */
static const struct hw_option_row rows[] = {
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
	    "While watching or with -i, in the form of --stats.",
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
};
/* clang-format on */

const struct hw_option_rows hw_write_options = { rows, sizeof(rows) / sizeof(rows[0]) };
