/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_about.c - what httpwire says of itself */
#include "cli/option.h"

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
static const struct hw_option_row rows[] = {
	{ { NULL, NULL, 'h', HW_OPTION_ABOUT, NULL, "a screen of help", NULL }, set_help },
	{ { "help", NULL, 0, HW_OPTION_ABOUT, NULL, "every option explained", NULL },
	  set_full_help },
	{ { "version", NULL, 'V', HW_OPTION_ABOUT, NULL, "versions of httpwire and its libraries",
	    NULL },
	  set_version },
};
/* clang-format on */

const struct hw_option_rows hw_about_options = { rows, sizeof(rows) / sizeof(rows[0]) };
