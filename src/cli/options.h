/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/options.h - the command line
 *
 * One table has every option: its letter, name, argument, default and meaning. It makes
 * the parser, -h and --help; tests hold the manual page and the completions to it.
 */
#ifndef HW_CLI_OPTIONS_H
#define HW_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/shortcut.h"
#include "httpwire.h"
#include "live/live.h"
#include "serve/address.h"
#include "sink/rotation.h"

enum hw_action {
	HW_ACTION_RUN,	      /* read, report */
	HW_ACTION_HELP,	      /* -h */
	HW_ACTION_FULL_HELP,  /* --help */
	HW_ACTION_VERSION,    /* -V */
	HW_ACTION_INTERFACES, /* -D */
	HW_ACTION_EVENTS,     /* httpwire events [NAME...] */
	HW_ACTION_DOCTOR,     /* httpwire doctor */
	HW_ACTION_FIELDS,     /* httpwire fields [PATTERN...] */
	HW_ACTION_REDACTIONS, /* httpwire redactions */
	HW_ACTION_COLUMNS,    /* httpwire columns */
};

enum hw_color {
	HW_COLOR_AUTO, /* on a terminal */
	HW_COLOR_ALWAYS,
	HW_COLOR_NEVER,
};

enum hw_stats_format {
	HW_STATS_TEXT,
	HW_STATS_JSON,
	HW_STATS_NONE,
};

/* Of the exchanges, at the end. */
enum hw_summary_form {
	HW_SUMMARY_AUTO, /* a short one, on a terminal, where there are exchanges */
	HW_SUMMARY_NONE,
	HW_SUMMARY_TEXT,
	HW_SUMMARY_JSON,
};

/* How times are shown in text; local time where it is a time of day. */
enum hw_time_style {
	HW_TIME_CLOCK,	 /* 14:03:01.123456 */
	HW_TIME_NONE,	 /* -t */
	HW_TIME_EPOCH,	 /* -tt: seconds since 1970 */
	HW_TIME_DELTA,	 /* -ttt: since the line before */
	HW_TIME_DATE,	 /* -tttt: 2026-11-25 14:03:01.123456 */
	HW_TIME_ELAPSED, /* -ttttt: since the first line */
	HW_TIME_RFC3339, /* 2026-11-25T13:03:01.123456Z */
};

/*
 * What was asked for. Strings point into argv unless said otherwise, and belong to the
 * options; hw_options_clear() frees what was allocated.
 */
struct hw_options {
	enum hw_action action;
	struct hw_engine_options engine; /* on_event and ctx are the caller's */
	struct hw_live_options live;	 /* of the host's sockets, without files */
	struct hw_choice choice;	 /* of processes; live.choice */
	bool has_user;			 /* --user: to become once all is set up */
	uint32_t user_uid, user_gid;
	char **command;		 /* to start and watch, ends with NULL; NULL: none */
	const char **interfaces; /* -i */
	size_t interfaces_nr;
	bool promiscuous;
	const char **files; /* -r, in order; "-" is standard input */
	size_t files_nr;
	const char **words; /* what is not an option: of the filter, or names of events */
	size_t words_nr;
	char *filter; /* the filter, from its words or its file; NULL: none */
	const char *filter_file;
	const char **expressions; /* -Y: of events; @FILE is a file's */
	size_t expressions_nr;
	struct hw_shortcuts shortcuts;	      /* --host and so on */
	uint16_t dns_ports[HW_DNS_PORTS_MAX]; /* engine.dns_ports */
	const char *redact_key_file;	      /* NULL: a random key */
	const char *output;		      /* a path; NULL: standard output */
	bool names_output;		      /* it was named, if only as /dev/stdout */
	const char *write_packets;	      /* a path; "-" is standard output; NULL: none */
	struct hw_rotation_options rotation;
	bool packet_buffered;
	uint64_t events_max; /* -c; 0: no limit */
	enum hw_format format;
	const char *columns; /* of text and CSV; NULL: the usual ones */
	bool prints_nothing; /* -o none, or the summary only */
	uint32_t shown;	     /* HW_EVENT_* bits that are printed; engine.events are made */
	bool has_metrics;
	struct hw_serve_address metrics; /* where to serve them */
	size_t metrics_series;		 /* at most */
	enum hw_stats_format stats;
	uint64_t stats_interval_ns; /* 0: at the end only */
	enum hw_summary_form summary;
	bool summary_only; /* it is all that is shown, on standard output */
	enum hw_time_style time;
	enum hw_color color;
	unsigned int verbose; /* how many -v */
	bool quiet;
	bool line_buffered;
	bool append;			  /* to what is in `output` already */
	unsigned int workers;		  /* threads that read files; 0: as many as pay */
	bool shows_secrets;		  /* private: engine.secrets */
	bool stats_set, events_set;	  /* private */
	bool time_set;			  /* the style was asked for */
	unsigned int time_letters;	  /* private: how many -t */
	bool buffer_set, snaplen_set;	  /* private */
	uint32_t events_less;		  /* private: taken out of the form's own */
	bool format_set;		  /* private */
	bool needs_exchanges;		  /* private: --slow */
	bool asks_errors;		  /* private */
	bool limits_bodies;		  /* private: --body-types, --body-ratio */
	bool metrics_series_set;	  /* private */
	const char **local;		  /* private: engine.local */
	const char **redact, **no_redact; /* private: of the engine's options */
	const char **routes;		  /* private: engine.routes */
	const char **body_types;	  /* private: engine.body_types, words of the text */
	char *body_types_text;
	void *redact_key;    /* private: what is in the file */
	char complaint[256]; /* private: what was wrong with a value */
	char not_there[320]; /* private: what is wrong if processes are known at all; or "" */
};

/* Sections of the help. */
enum hw_option_group {
	HW_OPTION_WATCH,
	HW_OPTION_READ,
	HW_OPTION_SELECT,
	HW_OPTION_SHOW,
	HW_OPTION_WRITE,
	HW_OPTION_LIMIT,
	HW_OPTION_ABOUT,
	HW_OPTION_GROUP_NR,
};

/* An option as it is described. `name` or `letter` may be missing, not both. */
struct hw_option {
	const char *name; /* "max-head" */
	const char *arg;  /* "SIZE"; NULL: takes none */
	char letter;
	enum hw_option_group group;
	const char *standard; /* the default, as it is written; NULL: off, none */
	const char *help;     /* a few words, for -h */
	const char *more;     /* sentences, for --help; NULL: nothing to add */
	bool is_rare;	      /* not in -h, which is one screen */
	bool is_optional;     /* the argument: --name or --name=ARG; without a letter */
	bool is_of_lists;     /* lists of events and schemas heed it, too, whatever its section */
};

/* The i-th option; NULL after the last. In the order of the help. */
const struct hw_option *hw_options_at(size_t i);

/*
 * Read the command line. Returns 0, or after one line on standard error (two more for a
 * caret) the code to exit with: HW_EXIT_USAGE, or HW_EXIT_FAILED without memory. In both
 * cases hw_options_clear() is due.
 */
int hw_options_parse(struct hw_options *o, int argc, char **argv);

void hw_options_clear(struct hw_options *o);

/*
 * Whether what goes to `out` is coloured: as --color says; on auto a non-empty NO_COLOR
 * says no, a CLICOLOR_FORCE other than 0 says yes, else it is if `out` is a terminal.
 */
bool hw_options_use_color(const struct hw_options *o, FILE *out);

/* The summary that is shown: never HW_SUMMARY_AUTO. */
enum hw_summary_form hw_options_summary_form(const struct hw_options *o);

#endif
