/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/usage.c - see usage.h */
#include "cli/usage.h"

#include <errno.h>
#include <string.h>

#include "cli/columns.h"
#include "cli/doctor.h"
#include "cli/events.h"
#include "cli/fields.h"
#include "cli/libraries.h"
#include "cli/message.h"
#include "cli/redactions.h"
#include "sandbox/sandbox.h"

enum {
	MARGIN = 8,	/* columns before the options: the group's name */
	DESCRIBED = 32, /* column where their descriptions start */
	WIDTH = 80,
};

static const char *const groups[HW_OPTION_GROUP_NR] = {
	[HW_OPTION_WATCH] = "Watch", [HW_OPTION_READ] = "Read",	  [HW_OPTION_SELECT] = "Select",
	[HW_OPTION_SHOW] = "Show",   [HW_OPTION_WRITE] = "Write", [HW_OPTION_LIMIT] = "Limit",
	[HW_OPTION_ABOUT] = "About",
};

static void print_beginning(FILE *out)
{
	fputs("Usage: httpwire [OPTION]... [-- COMMAND [ARG]...]\n"
	      "       httpwire -i IFACE|-r FILE [OPTION]... [FILTER]\n"
	      "Show the HTTP messages of this host, or those in a packet capture.\n"
	      "\n"
	      "  sudo httpwire                      all that any process sends or receives\n"
	      "  sudo httpwire --slow 500ms         what is slow now; --errors: what fails\n"
	      "  sudo httpwire --summary            how slow which service is, at Ctrl-C\n"
	      "  sudo httpwire --comm nginx         what a program sends and receives; or --pid\n"
	      "  sudo httpwire -- curl example.org  what a command does, from start to end\n"
	      "  httpwire -r web.pcap.gz port 80    what was in a capture; words as of tcpdump\n"
	      "\n",
	      out);
}

/* "-r, --read=FILE" and blanks up to the description. */
static void print_names(FILE *out, const struct hw_option *o)
{
	char names[64];
	int len = 0;

	if (o->letter)
		len = snprintf(names, sizeof(names), "-%c%s", o->letter, o->name ? ", " : "");
	else
		len = snprintf(names, sizeof(names), "    ");
	if (o->name)
		len += snprintf(names + len, sizeof(names) - (size_t)len, "--%s", o->name);
	if (o->arg)
		snprintf(names + len, sizeof(names) - (size_t)len,
			 o->is_optional ? "[=%s]"
			 : o->name	? "=%s"
					: " %s",
			 o->arg);
	fprintf(out, "%-*s ", DESCRIBED - MARGIN - 1, names);
}

static void print_short(FILE *out)
{
	enum hw_option_group last = HW_OPTION_GROUP_NR;
	const struct hw_option *o;

	print_beginning(out);
	for (size_t i = 0; (o = hw_options_at(i)); i++) {
		if (o->is_rare)
			continue;
		fprintf(out, "%-*s", MARGIN, o->group != last ? groups[o->group] : "");
		last = o->group;
		print_names(out, o);
		fputs(o->help, out);
		if (o->standard)
			fprintf(out, " [%s]", o->standard);
		fputc('\n', out);
	}
	fputs("\n--help has the rest; 'httpwire events' lists events, 'httpwire fields' what -Y\n"
	      "can ask about, 'httpwire doctor' says what this host offers for watching\n",
	      out);
}

/* Print `text`, of words with single blanks between, broken so that lines fit. */
static void print_paragraph(FILE *out, const char *text, int indent)
{
	int column = 0;

	while (*text) {
		const int word = (int)strcspn(text, " ");

		if (column > 0 && column + 1 + word > WIDTH) {
			fputc('\n', out);
			column = 0;
		}
		if (column == 0)
			column = fprintf(out, "%*s%.*s", indent, "", word, text);
		else
			column += fprintf(out, " %.*s", word, text);
		text += word;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void print_full(FILE *out)
{
	enum hw_option_group last = HW_OPTION_GROUP_NR;
	const struct hw_option *o;

	print_beginning(out);
	for (size_t i = 0; (o = hw_options_at(i)); i++) {
		if (o->group != last)
			fprintf(out, "%s:\n", groups[o->group]);
		last = o->group;
		fprintf(out, "  ");
		print_names(out, o);
		fputs(o->help, out);
		if (o->standard)
			fprintf(out, " [%s]", o->standard);
		fputc('\n', out);
		if (o->more)
			print_paragraph(out, o->more, 8);
	}
	fputs("\nFILTER is the words of a packet filter, as tcpdump takes them; see\n"
	      "pcap-filter(7). With -r or -i all that is behind -- is words of the filter.\n"
	      "\n"
	      "httpwire events [-o json] [NAME]...  lists the events, or the fields of some, as\n"
	      "                                     JSON a schema of each.\n"
	      "httpwire fields [-o json] [PATTERN]... lists what -Y can ask about.\n"
	      "httpwire redactions [-o json]        lists what is taken for a secret.\n"
	      "httpwire columns [-o json]           lists what --columns can name.\n"
	      "httpwire doctor [-o json]            says what this host offers for watching.\n"
	      "\n"
	      "Exit code: 0 done, 1 failed (a damaged file, after everything up to the damage\n"
	      "was shown), 2 wrong command line or filter, 3 not permitted, or the kernel lacks\n"
	      "what is needed; with COMMAND its own, 126 or 127 if it cannot be run.\n",
	      out);
}

static void print_version(FILE *out)
{
	fprintf(out, "httpwire %s\n", hw_version());
	fprintf(out, "sandbox: %s\n", hw_sandbox_describe());
	hw_libraries_print(out);
}

/* The first failure counts, also where the last bytes were written. */
int hw_usage_end(FILE *out)
{
	if ((fflush(out) == 0 && !ferror(out)) || errno == EPIPE)
		return HW_EXIT_OK;
	hw_message("standard output: %s", strerror(errno));
	return HW_EXIT_FAILED;
}

int hw_usage_answer(const struct hw_options *o, FILE *out)
{
	int code = HW_EXIT_OK;

	switch (o->action) {
	case HW_ACTION_HELP:
		print_short(out);
		break;
	case HW_ACTION_FULL_HELP:
		print_full(out);
		break;
	case HW_ACTION_VERSION:
		print_version(out);
		break;
	case HW_ACTION_EVENTS:
		code = hw_events_print(out,
				       &(struct hw_schema_options){ .format = o->format,
								    .strict = o->engine.strict },
				       o->words, o->words_nr);
		break;
	case HW_ACTION_FIELDS:
		code = hw_fields_print(out, o->format, o->words, o->words_nr);
		break;
	case HW_ACTION_REDACTIONS:
		hw_redactions_print(out, o->format);
		break;
	case HW_ACTION_COLUMNS:
		hw_columns_print(out, o->format);
		break;
	case HW_ACTION_DOCTOR:
		code = hw_doctor_run(o, out);
		break;
	case HW_ACTION_RUN:
	case HW_ACTION_INTERFACES:
		break;
	}
	return hw_usage_end(out) == HW_EXIT_OK ? code : HW_EXIT_FAILED;
}
