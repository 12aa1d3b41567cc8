/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/options.c - see options.h */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/message.h"
#include "cli/option.h"
#include "cli/suggest.h"

enum {
	OPTIONS_MAX = 128, /* more than there are */
	LONG_BASE = 256,   /* getopt's value of the first option by its long name */
};

/* In the order of the help. */
static const struct hw_option_rows *const sections[] = {
	&hw_watch_options, &hw_read_options,  &hw_select_options, &hw_show_options,
	&hw_write_options, &hw_limit_options, &hw_about_options,
};

/* NULL: there are no more. */
static const struct hw_option_row *row_at(size_t i)
{
	for (size_t k = 0; k < sizeof(sections) / sizeof(sections[0]); k++) {
		if (i < sections[k]->nr)
			return &sections[k]->rows[i];
		i -= sections[k]->nr;
	}
	return NULL;
}

const struct hw_option *hw_options_at(size_t i)
{
	const struct hw_option_row *row = row_at(i);

	return row ? &row->option : NULL;
}

/* What getopt_long() needs, made from the table. */
struct getopt_tables {
	char letters[2 * OPTIONS_MAX + 2];
	struct option longs[OPTIONS_MAX + 1];
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
	for (int i = 0; i < OPTIONS_MAX && hw_options_at((size_t)i); i++) {
		const struct hw_option *o = hw_options_at((size_t)i);

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
	for (int i = 0; c != 0 && hw_options_at((size_t)i); i++)
		if (hw_options_at((size_t)i)->letter == c)
			return i;
	return -1;
}

/* An option of ours as the user wrote it: `c` is getopt's value for it. */
static const char *spell(char ret[32], int c)
{
	if (c >= LONG_BASE)
		snprintf(ret, 32, "--%s", hw_options_at((size_t)(c - LONG_BASE))->name);
	else
		snprintf(ret, 32, "-%c", c);
	return ret;
}

/* getopt_long() takes any beginning of a name that is the beginning of just one. */
static void complain_ambiguous(const char *word, size_t len)
{
	char names[256] = "";
	size_t used = 0;

	for (size_t i = 0; hw_options_at(i); i++) {
		const char *name = hw_options_at(i)->name;

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
	for (size_t i = 0; hw_options_at(i); i++) {
		const char *name = hw_options_at(i)->name;

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
			   hw_options_at((size_t)i)->arg);
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

/* Lists and doctor are of all that there is, whatever is watched and read. */
static bool is_of_a_run(const struct hw_options *o, const struct hw_option *option)
{
	return o->action != HW_ACTION_RUN && !option->is_of_lists &&
	       (option->group == HW_OPTION_WATCH || option->group == HW_OPTION_READ ||
		option->group == HW_OPTION_SELECT);
}

/* Option `i`, which is `c` for getopt_long(). Returns 0 or the code to exit with. */
static int take_option(struct hw_options *o, int i, int c, const char *action)
{
	const struct hw_option_row *row = row_at((size_t)i);
	const char *wrong;
	char name[32];

	if (is_of_a_run(o, &row->option)) {
		hw_message("'httpwire %s' does not take %s", action, spell(name, c));
		return HW_EXIT_USAGE;
	}
	wrong = row->set(o, optarg);
	if (!wrong)
		return 0;
	hw_message("%s: %s", spell(name, c), wrong);
	return HW_EXIT_USAGE;
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

		if (i < 0) {
			complain_option(c, argv[optind - 1]);
			return HW_EXIT_USAGE;
		}
		if (take_option(o, i, c, argv[0]) != 0)
			return HW_EXIT_USAGE;
		if (is_answer(o->action))
			return 0;
	}
	return take_words(o, argc, argv);
}

static const struct {
	const char *name;
	enum hw_action action;
} actions[] = {
	{ "events", HW_ACTION_EVENTS },		{ "fields", HW_ACTION_FIELDS },
	{ "redactions", HW_ACTION_REDACTIONS }, { "columns", HW_ACTION_COLUMNS },
	{ "doctor", HW_ACTION_DOCTOR },
};
enum { ACTIONS_NR = sizeof(actions) / sizeof(actions[0]) };

const char *hw_option_action_at(size_t i)
{
	return i < ACTIONS_NR ? actions[i].name : NULL;
}

/* The first word may be what to do instead of watching or reading. */
static bool take_action(struct hw_options *o, const char *word)
{
	for (size_t i = 0; i < ACTIONS_NR; i++) {
		if (strcmp(word, actions[i].name) != 0)
			continue;
		o->action = actions[i].action;
		return true;
	}
	return false;
}

static bool takes_no_words(enum hw_action action)
{
	return action == HW_ACTION_DOCTOR || action == HW_ACTION_COLUMNS ||
	       action == HW_ACTION_REDACTIONS;
}

/* No list is longer than the command line. Returns false without memory. */
static bool begin(struct hw_options *o, int argc)
{
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
	return o->interfaces && o->files && o->words && o->local && o->expressions && o->redact &&
	       o->no_redact && o->routes;
}

/* Whether action `name` can do with what there is. */
static int check_action(const struct hw_options *o, const char *name)
{
	if (takes_no_words(o->action) && o->words_nr) {
		hw_message("%s takes options only, not '%s'", name, o->words[0]);
		return HW_EXIT_USAGE;
	}
	if (!is_answer(o->action) && o->action != HW_ACTION_RUN && o->format > HW_FORMAT_TEXT) {
		hw_message("'httpwire %s' is text or JSON: -o text, -o json", name);
		return HW_EXIT_USAGE;
	}
	return 0;
}

int hw_options_parse(struct hw_options *o, int argc, char **argv)
{
	int err;

	if (!begin(o, argc)) {
		hw_message("no memory for the command line");
		return HW_EXIT_FAILED;
	}
	if (argc > 1 && take_action(o, argv[1])) {
		argc--;
		argv++;
	}
	err = parse_options(o, argc, argv);
	if (!err)
		err = check_action(o, argv[0]);
	return err || o->action != HW_ACTION_RUN ? err : hw_options_settle(o);
}

void hw_options_clear(struct hw_options *o)
{
	hw_choice_clear(&o->choice);
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

/* One that was not asked for is for people, who see the beginning of it. */
enum hw_summary_form hw_options_summary_form(const struct hw_options *o)
{
	if (o->summary != HW_SUMMARY_AUTO)
		return o->summary;
	return o->shown & HW_EVENT_NET_HTTP_EXCHANGE && isatty(STDERR_FILENO) ? HW_SUMMARY_TEXT
									      : HW_SUMMARY_NONE;
}
