/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/main.c - the httpwire command */
#include "cli/message.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "cli/usage.h"
#include "cli/watching.h"

int main(int argc, char **argv)
{
	struct hw_options options;
	int code = hw_options_parse(&options, argc, argv);

	if (code == HW_EXIT_OK && options.action != HW_ACTION_RUN)
		code = hw_usage_answer(&options, stdout);
	else if (code == HW_EXIT_OK)
		code = options.files_nr ? hw_reading_run(&options) : hw_watching_run(&options);
	hw_options_clear(&options);
	return code;
}
