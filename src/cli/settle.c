/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/settle.c - what follows from all options together; see option.h */
#include "cli/option.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/outputs.h"
#include "cli/suggest.h"

enum {
	FILTER_FILE_MAX = 1 << 20, /* bytes; libpcap is slow long before */
	KEY_MIN = 16,		   /* of --redact-key-file */
	KEY_MAX = 4096,
};

enum {
	OF_HTTP = HW_EVENT_NET_PACKET_HTTP | HW_EVENT_NET_PACKET_HTTP_REQUEST |
		  HW_EVENT_NET_PACKET_HTTP_RESPONSE | HW_EVENT_NET_HTTP_EXCHANGE |
		  HW_EVENT_NET_HTTP_TUNNEL,
	OF_DNS = HW_EVENT_NET_PACKET_DNS | HW_EVENT_NET_PACKET_DNS_REQUEST |
		 HW_EVENT_NET_PACKET_DNS_RESPONSE,
	OF_FLOWS = HW_EVENT_NET_FLOW_TCP_BEGIN | HW_EVENT_NET_FLOW_TCP_END,
	NOT_TRACEES = HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL,
};

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
		hw_message("--show-secrets hides nothing: it does not go with --redact, "
			   "--redact-hash and --redact-key-file");
		return HW_EXIT_USAGE;
	}
	if (o->shows_secrets)
		o->engine.secrets = HW_SECRETS_SHOWN;
	o->engine.redact = o->redact;
	o->engine.no_redact = o->no_redact;
	return 0;
}

static const char *nearest_action(const char *word)
{
	struct hw_suggest near;
	const char *name;

	hw_suggest_init(&near, word, strlen(word));
	for (size_t i = 0; (name = hw_option_action_at(i)); i++)
		hw_suggest_offer(&near, name);
	return near.best;
}

/* A word where nothing is filtered is a file, what to do instead, or a program. */
static void complain_word(const char *word)
{
	const char *action = nearest_action(word);

	if (access(word, R_OK) == 0)
		hw_message("to read a capture file: httpwire -r %s", word);
	else if (action)
		hw_message("a filter of packets ('%s') goes with -r FILE or -i IFACE (did you mean "
			   "'%s'?)",
			   word, action);
	else
		hw_message("a filter of packets ('%s') goes with -r FILE or -i IFACE, a program to "
			   "watch behind --",
			   word);
}

/* As of other options, the value was put behind a blank; no filter begins so. */
static bool is_form_of_summary(const struct hw_options *o)
{
	return o->summary == HW_SUMMARY_TEXT && o->words_nr &&
	       (strcmp(o->words[0], "text") == 0 || strcmp(o->words[0], "json") == 0);
}

/* What needs a capture file, and what needs none. */
static int settle_files(const struct hw_options *o)
{
	if (is_form_of_summary(o)) {
		hw_message("--summary: its form stands behind a '=': --summary=%s", o->words[0]);
		return HW_EXIT_USAGE;
	}
	if (o->files_nr > 0 && o->interfaces_nr > 0) {
		hw_message("either a capture file (-r) or an interface (-i)");
		return HW_EXIT_USAGE;
	}
	if (o->files_nr > 0 || o->interfaces_nr > 0 || o->words_nr == 0)
		return 0;
	complain_word(o->words[0]);
	return HW_EXIT_USAGE;
}

struct idle {
	bool is_idle;
	const char *said;
};

/* Say the first of `nr` that is so. */
static int refuse(const struct idle *idle, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (!idle[i].is_idle)
			continue;
		hw_message("%s", idle[i].said);
		return HW_EXIT_USAGE;
	}
	return 0;
}

/* What would be without effect. */
static int settle_source(const struct hw_options *o)
{
	const bool reads = o->files_nr > 0, listens = o->interfaces_nr > 0;
	const struct idle idle[] = {
		{ o->engine.local_nr && !reads && !listens,
		  "--local goes with -r and -i: when watching directions are known" },
		{ o->engine.checksums == HW_CHECKSUMS_ON && !reads && !listens,
		  "--checksums=on goes with -r and -i: of sockets the kernel has looked at them" },
		{ o->filter_file && !reads && !listens,
		  "-F is a filter of packets: it goes with -r FILE or -i IFACE" },
		{ o->promiscuous && !listens, "--promiscuous goes with -i" },
		{ o->buffer_set && reads, "--buffer is for watching and -i, not for a file" },
		{ o->stats_interval_ns && reads,
		  "--stats-interval is for watching and -i, not for a file" },
		{ o->snaplen_set && reads,
		  "--snapshot-length (-s) is for watching and -i: of a file packets are taken whole" },
		{ !o->live.gate && (reads || listens),
		  "--no-gate is for watching: of a file and an interface every packet is looked at" },
	};

	return refuse(idle, sizeof(idle) / sizeof(idle[0]));
}

/* What says more of another option, which was not given. */
static int settle_companions(const struct hw_options *o)
{
	const bool has_no_stats = o->stats_set ? o->stats == HW_STATS_NONE : o->quiet;
	const struct idle idle[] = {
		{ o->choice.children && !o->choice.pids_nr, "--children goes with --pid" },
		{ o->rotation.files_max && !o->rotation.bytes_max && !o->rotation.seconds,
		  "-W goes with -C or -G" },
		{ o->limits_bodies && !o->engine.body_max,
		  "--body-types and --body-ratio go with --body" },
		{ o->metrics_series_set && !o->has_metrics,
		  "--metrics-series goes with --metrics" },
		{ o->stats_interval_ns && has_no_stats,
		  "--stats-interval prints nothing with --stats=none, and with -q unless --stats "
		  "says how" },
	};

	return refuse(idle, sizeof(idle) / sizeof(idle[0]));
}

static bool asks_for_summary(const struct hw_options *o)
{
	return o->summary == HW_SUMMARY_TEXT || o->summary == HW_SUMMARY_JSON;
}

/* Nothing else was asked for. */
static bool is_summary_only(const struct hw_options *o)
{
	return asks_for_summary(o) && !o->events_set && !o->format_set && !o->columns &&
	       !o->names_output && !o->write_packets;
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
	else if (hw_forms[o->format].standard && !o->engine.strict)
		o->engine.events = hw_forms[o->format].standard;
	o->engine.events &= ~o->events_less;
}

/* A summary is no event. */
static bool shows_what_tracee_has_not(const struct hw_options *o)
{
	return o->format == HW_FORMAT_HAR ||
	       (o->events_set && o->engine.events & NOT_TRACEES && !is_summary_only(o));
}

/* What would be without effect, or with a wrong one, with the events that were chosen. */
static int settle_chosen(const struct hw_options *o)
{
	const uint32_t events = o->engine.events;
	const struct idle idle[] = {
		{ o->engine.strict && shows_what_tracee_has_not(o),
		  "--strict is for what Tracee would report: net_http_exchange, net_http_tunnel "
		  "and -o har do not go with it" },
		{ o->write_packets && !(events & (OF_HTTP | OF_DNS | OF_FLOWS)),
		  "-w writes the connections of what is shown, and single packets (-e) have none: "
		  "-e flows" },
		{ o->needs_exchanges && !(events & HW_EVENT_NET_HTTP_EXCHANGE),
		  "--slow is about exchanges: -e net_http_exchange" },
	};

	return refuse(idle, sizeof(idle) / sizeof(idle[0]));
}

/* A line has bodies in columns of their own: response.body, request.decoded_size. */
static bool shows_bodies(const struct hw_options *o)
{
	if (!(o->shown & HW_EVENT_NET_HTTP_EXCHANGE))
		return false;
	if (o->format != HW_FORMAT_TEXT && o->format != HW_FORMAT_CSV)
		return true;
	return o->columns && (strstr(o->columns, ".body") || strstr(o->columns, ".decoded_size"));
}

/* What is of exchanges, where there are none, or not all of them is shown. */
static void warn_of_exchanges(const struct hw_options *o)
{
	if (o->engine.body_max && !o->prints_nothing && !shows_bodies(o))
		hw_message("--body: bodies are in -o text=long, har and curl, in net_http_exchange "
			   "(-e) of -o json, and in --columns request.body,response.body");
	if (o->engine.progress_ns && !(o->shown & HW_EVENT_NET_HTTP_EXCHANGE))
		hw_message("--progress is about exchanges: -e net_http_exchange");
	if (o->engine.routes_nr && !(o->engine.events & HW_EVENT_NET_HTTP_EXCHANGE))
		hw_message("--route is about exchanges: -e net_http_exchange");
	if (o->asks_errors && !(o->shown & HW_EVENT_NET_HTTP_EXCHANGE))
		hw_message("--errors: requests that were not answered are in net_http_exchange "
			   "(-e); of messages only the status is asked");
}

/* With -W 1 there is one file: as long as -G says. */
static void warn_of_one_name(const struct hw_options *o, const char *file)
{
	if (file && o->rotation.seconds && o->rotation.files_max != 1 && !strchr(file, '%'))
		hw_message("-G: '%s' has no time in it, as %%H%%M%%S would be: each file replaces "
			   "the one before",
			   file);
}

/* What has some effect, but less than who gives it may think. */
static void warn(const struct hw_options *o)
{
	if (o->write_packets && !(o->shown & (OF_HTTP | OF_FLOWS)))
		hw_message("-w writes connections: of DNS those over TCP alone");
	if (o->engine.dns_ports_nr && !(o->shown & (OF_DNS | OF_FLOWS)))
		hw_message("--dns-ports is for events of DNS and for flows (-e)");
	warn_of_exchanges(o);
	warn_of_one_name(o, o->output);
	warn_of_one_name(o, o->write_packets);
}

static bool is_text(const struct hw_options *o)
{
	return o->format == HW_FORMAT_TEXT || o->format == HW_FORMAT_TEXT_LONG;
}

static int settle_events(struct hw_options *o)
{
	const uint32_t events = hw_forms[o->format].events;

	if (o->columns && o->format != HW_FORMAT_TEXT && o->format != HW_FORMAT_CSV) {
		hw_message("--columns is for -o text and -o csv");
		return HW_EXIT_USAGE;
	}
	if (o->time_set && !is_text(o)) {
		hw_message("-t and --time are for -o text: other forms have times of their own");
		return HW_EXIT_USAGE;
	}
	choose_events(o);
	if (!o->engine.events) {
		hw_message("-e: no event of -o %s is left", hw_forms[o->format].name);
		return HW_EXIT_USAGE;
	}
	if (settle_chosen(o) != 0)
		return HW_EXIT_USAGE;
	if (!events || !(o->engine.events & ~events))
		return 0;
	hw_message("-o %s is for %s: other events (-e) do not go with it", hw_forms[o->format].name,
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
	return o->names_output && o->format != HW_FORMAT_CSV && o->format != HW_FORMAT_HAR &&
	       !o->rotation.bytes_max && !o->rotation.seconds;
}

static bool writes_packets_to_stdout(const struct hw_options *o)
{
	return o->write_packets && strcmp(o->write_packets, "-") == 0;
}

/* Whether there is a file that may turn, and no packets where none can. */
static bool may_rotate(const struct hw_options *o)
{
	return (o->output || o->write_packets) && !writes_packets_to_stdout(o);
}

static bool rotates(const struct hw_options *o)
{
	return o->rotation.bytes_max || o->rotation.seconds;
}

#define NO_PROCESSES                                                                        \
	" does not know processes: --pid, --comm, --uid, --container and --cgroup are for " \
	"watching"

/* What does not go together, of the rest. */
static int settle_rest(const struct hw_options *o)
{
	const bool is_nobody_there = o->not_there[0] != '\0';
	const bool asks_who = is_nobody_there || !hw_choice_is_any(&o->choice);
	const struct idle idle[] = {
		{ o->engine.max_head > o->engine.max_memory,
		  "--max-head (256k unless given) is more than --max-memory" },
		{ rotates(o) && !may_rotate(o),
		  "-C, -G and -W are for the files of --output and -w" },
		{ o->append && !may_append(o),
		  "--append goes with --output, and not with -o csv, -o har, -C or -G" },
		{ writes_packets_to_stdout(o) && !o->output && !o->prints_nothing,
		  "events and packets cannot both go to standard output: --output, or -o none" },
		{ asks_who && o->files_nr, "a capture file" NO_PROCESSES },
		{ asks_who && o->interfaces_nr, "an interface" NO_PROCESSES },
		{ is_nobody_there, o->not_there },
	};

	return refuse(idle, sizeof(idle) / sizeof(idle[0]));
}

/* What follows from options that go together. */
static void follow(struct hw_options *o)
{
	/* What the host sends itself has none yet, and what it receives was checked. */
	if (o->interfaces_nr && o->engine.checksums == HW_CHECKSUMS_AUTO)
		o->engine.checksums = HW_CHECKSUMS_OFF;
	if (o->quiet && !o->stats_set)
		o->stats = HW_STATS_NONE;
	settle_metrics(o);
	settle_summary(o);
	if (!o->quiet)
		warn(o);
	o->engine.local = o->local;
	o->engine.routes = o->routes;
	o->live.choice = &o->choice;
}

int hw_options_settle(struct hw_options *o)
{
	int err = settle_files(o);

	if (!err)
		err = settle_source(o);
	if (!err)
		err = settle_secrets(o);
	if (!err)
		err = settle_events(o);
	if (!err)
		err = settle_rest(o);
	if (!err)
		err = settle_companions(o);
	if (err)
		return err;
	follow(o);
	err = settle_filter(o);
	return err ? err : hw_outputs_check(o);
}
