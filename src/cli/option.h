/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option.h - the table of all options: a file for each section of the help */
#ifndef HW_CLI_OPTION_H
#define HW_CLI_OPTION_H

#include <stddef.h>

#include "cli/options.h"

struct hw_option_row {
	struct hw_option option;
	/* Returns NULL, or what is wrong with the value, as the end of a sentence. */
	const char *(*set)(struct hw_options *o, const char *value);
};

struct hw_option_rows {
	const struct hw_option_row *rows;
	size_t nr;
};

extern const struct hw_option_rows hw_watch_options;
extern const struct hw_option_rows hw_read_options;
extern const struct hw_option_rows hw_select_options;
extern const struct hw_option_rows hw_show_options;
extern const struct hw_option_rows hw_write_options;
extern const struct hw_option_rows hw_limit_options;
extern const struct hw_option_rows hw_about_options;

enum { HW_FORMS_NR = HW_FORMAT_CURL + 1 };

/* By enum hw_format. */
struct hw_form {
	const char *name;
	uint32_t events;   /* that it is for, as HW_EVENT_* bits; 0: any */
	uint32_t standard; /* those that it shows without -e; 0: the usual ones */
};

extern const struct hw_form hw_forms[HW_FORMS_NR];

/* The i-th word that may be first, for what to do instead; NULL after the last. */
const char *hw_option_action_at(size_t i);

/* What can be judged only when all options are known. Returns 0 or the code to exit with. */
int hw_options_settle(struct hw_options *o);

#endif
