/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/terminal.c - see terminal.h */
#include "cli/terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

unsigned int hw_terminal_columns(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* What is no terminal fails otherwise. Asked as the sandbox allows it. */
bool hw_terminal_is_gone(void)
{
	struct winsize size;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (ioctl(fd, TIOCGWINSZ, &size) != 0 && errno == EIO)
			return true;
	return false;
}
