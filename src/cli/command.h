/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/command.h - a command that is started to be watched
 *
 * It is started as who called sudo, and waits until it is let go: what watches it must
 * know its process id first.
 */
#ifndef HW_CLI_COMMAND_H
#define HW_CLI_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

struct hw_command {
	pid_t pid; /* 0: none */
	int gate;  /* private: a byte lets it go */
	int status;
	bool has_ended;
};

/* Returns 0 or negative errno. `words` ends with NULL. */
int hw_command_start(struct hw_command *c, char **words);

/*
 * Let it go: the program is run. SIGPIPE is ignored here; what is ignored here is not so in it.
 * Returns 0, or negative errno if it cannot be run.
 */
int hw_command_run(struct hw_command *c);

/* Whether it has ended; looks, but does not wait. */
bool hw_command_has_ended(struct hw_command *c);

/* As a shell has it: its exit code, or 128 and the number of the signal that ended it. */
int hw_command_code(const struct hw_command *c);

/* Kill it if it was never let go, and forget it. */
void hw_command_close(struct hw_command *c);

#endif
