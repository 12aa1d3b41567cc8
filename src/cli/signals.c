/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/signals.c - see signals.h */
#include "cli/signals.h"

#include <signal.h>

static volatile sig_atomic_t end_asked, statistics_asked;

static void on_end(int signal_nr)
{
	(void)signal_nr;
	end_asked = 1;
}

static void on_statistics(int signal_nr)
{
	(void)signal_nr;
	statistics_asked = 1;
}

void hw_signals_init(void)
{
	const struct sigaction end = { .sa_handler = on_end, .sa_flags = SA_RESETHAND };
	const struct sigaction statistics = { .sa_handler = on_statistics };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGUSR1, &statistics, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool hw_signals_end(void)
{
	return end_asked;
}

bool hw_signals_take_statistics(void)
{
	const bool asked = statistics_asked;

	statistics_asked = 0;
	return asked;
}
