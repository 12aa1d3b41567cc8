/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/child.c - see child.h */
#include "sandbox/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* All that mean something to our parent, and may be sent to its group, or to all of its name. */
static void ignore_signals(void)
{
	static const int signals[] = {
		SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGPIPE
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_IGN);
}

static int leave_standard(void)
{
	const int null = open("/dev/null", O_RDWR);

	return null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0 ? -errno : 0;
}

/* By way of higher numbers, so that none takes the place of another that is still to move. */
static int move(const int *fds, size_t nr)
{
	int high[HW_CHILD_FDS_MAX];

	for (size_t i = 0; i < nr; i++) {
		high[i] = fcntl(fds[i], F_DUPFD, HW_CHILD_FD + HW_CHILD_FDS_MAX);
		if (high[i] < 0)
			return -errno;
	}
	for (size_t i = 0; i < nr; i++)
		if (dup2(high[i], HW_CHILD_FD + (int)i) < 0)
			return -errno;
	return close_range(HW_CHILD_FD + (unsigned int)nr, ~0u, 0) ? -errno : 0;
}

int hw_child_begin(const char *name, const int *fds, size_t nr)
{
	int err;

	prctl(PR_SET_NAME, name, 0, 0, 0);
	ignore_signals();
	err = leave_standard();
	return err ? err : move(fds, nr);
}
