/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/main.c - the httpwire command */
#include <fcntl.h>
#include <unistd.h>

#include "cli/listening.h"
#include "cli/message.h"
#include "cli/options.h"
#include "cli/reading.h"
#include "cli/usage.h"
#include "cli/watching.h"

static int run(const struct hw_options *o)
{
	if (o->action == HW_ACTION_INTERFACES)
		return hw_listening_list();
	if (o->action != HW_ACTION_RUN)
		return hw_usage_answer(o, stdout);
	if (o->files_nr)
		return hw_reading_run(o);
	return o->interfaces_nr ? hw_listening_run(o) : hw_watching_run(o);
}

/*
 * Who closes one of the standard descriptors (`2>&-`) would else have what is written there in the
 * next file that is opened. What is used of them fails, as it does for other programs.
 */
static void hold_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			_exit(HW_EXIT_FAILED);
}

int main(int argc, char **argv)
{
	struct hw_options options;
	int code;

	hold_standard_descriptors();
	code = hw_options_parse(&options, argc, argv);
	if (code == HW_EXIT_OK)
		code = run(&options);
	hw_options_clear(&options);
	return code;
}
