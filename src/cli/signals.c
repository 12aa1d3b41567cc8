/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/signals.c - see signals.h */
#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/terminal.h"

#define ONCE_NS (100 * HW_NS_PER_MS) /* timeout(1) signals us and our group: that is one request */

static volatile sig_atomic_t end_asked, statistics_asked, reopen_asked;

static volatile uint64_t end_asked_ns;

static void ask_end(uint64_t now_ns)
{
	end_asked_ns = now_ns;
	end_asked = 1;
}

/* The second request is meant: it ends us at once, by the signal. */
static void on_end(int signal_nr)
{
	const uint64_t now_ns = hw_clock_ns(CLOCK_MONOTONIC);

	if (!end_asked) {
		ask_end(now_ns);
	} else if (now_ns - end_asked_ns >= ONCE_NS) {
		signal(signal_nr, SIG_DFL);
		raise(signal_nr);
	}
}

static volatile sig_atomic_t watched_pid;

static void on_handed_on(int signal_nr, siginfo_t *info, void *context)
{
	(void)context;
	/* Ctrl-C of the terminal has reached the command, too; its hang-up only who leads the session. */
	if (info->si_code != SI_KERNEL || signal_nr == SIGHUP)
		kill(watched_pid, signal_nr);
}

static void on_nothing(int signal_nr)
{
	(void)signal_nr;
}

static void on_statistics(int signal_nr)
{
	(void)signal_nr;
	statistics_asked = 1;
}

static void on_reopen(int signal_nr)
{
	(void)signal_nr;
	reopen_asked = 1;
}

static volatile sig_atomic_t session, parent; /* process ids, at the start */

/*
 * The kernel says nothing else by it. The shell of our session and sudo(8) hand it on, but may mean
 * the files; others do not know of it.
 */
static bool is_hangup(const siginfo_t *info)
{
	const bool is_near = info->si_pid == session || info->si_pid == parent;

	return info->si_code == SI_KERNEL || (is_near && hw_terminal_is_gone());
}

/*
 * It comes of logrotate(8), also long after the terminal went away that we were left behind on, and
 * of the shell or the kernel when it goes away.
 */
static void on_hangup(int signal_nr, siginfo_t *info, void *context)
{
	const int err = errno;

	(void)context;
	if (!is_hangup(info))
		reopen_asked = 1;
	else if (watched_pid)
		kill(watched_pid, signal_nr);
	else if (!end_asked) /* the kernel and the shell both say it */
		ask_end(hw_clock_ns(CLOCK_MONOTONIC));
	errno = err;
}

static bool is_handled_by(int signal_nr, void (*handler)(int signal_nr))
{
	struct sigaction now;

	return sigaction(signal_nr, NULL, &now) == 0 && now.sa_handler == handler;
}

void hw_signals_init(bool reopens)
{
	const struct sigaction end = { .sa_handler = on_end };
	const struct sigaction statistics = { .sa_handler = on_statistics };
	const bool is_ignored = /* as nohup(1) has it, now or at the first call */
		is_handled_by(SIGHUP, SIG_IGN) || is_handled_by(SIGHUP, on_reopen);
	const struct sigaction reopen = { .sa_handler = on_reopen };
	const struct sigaction hangup = { .sa_sigaction = on_hangup, .sa_flags = SA_SIGINFO };
	const struct sigaction nothing = { .sa_handler = on_nothing };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };

	watched_pid = 0;
	session = getsid(0);
	parent = getppid();
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGUSR1, &statistics, NULL);
	sigaction(SIGUSR2, &nothing, NULL); /* of tcpdump(8) it is a flush, and no end */
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGXFSZ, &ignore, NULL);
	if (reopens)
		sigaction(SIGHUP, is_ignored ? &reopen : &hangup, NULL);
	else if (!is_ignored)
		sigaction(SIGHUP, &end, NULL);
}

void hw_signals_hand_on(int pid)
{
	const struct sigaction hand_on = { .sa_sigaction = on_handed_on, .sa_flags = SA_SIGINFO };
	const struct sigaction wake = { .sa_handler = on_nothing };

	watched_pid = pid;
	sigaction(SIGINT, &hand_on, NULL);
	sigaction(SIGTERM, &hand_on, NULL);
	if (is_handled_by(SIGHUP, on_end))
		sigaction(SIGHUP, &hand_on, NULL);
	sigaction(SIGCHLD, &wake, NULL); /* its end interrupts a wait */
}

void hw_signals_tick(bool interrupts)
{
	const struct sigaction tick = { .sa_handler = on_nothing,
					.sa_flags = interrupts ? 0 : SA_RESTART };

	sigaction(SIGALRM, &tick, NULL);
}

void hw_signals_init_tick(int ms)
{
	const struct timeval every = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	const struct itimerval timer = { .it_interval = every, .it_value = every };

	hw_signals_tick(false);
	setitimer(ITIMER_REAL, &timer, NULL);
}

bool hw_signals_end(void)
{
	return end_asked;
}

bool hw_signals_take_reopen(void)
{
	const bool asked = reopen_asked;

	reopen_asked = 0;
	return asked;
}

bool hw_signals_take_statistics(void)
{
	const bool asked = statistics_asked;

	statistics_asked = 0;
	return asked;
}
