/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/command.c - see command.h */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/caller.h"

static int become(const struct passwd *user, gid_t group)
{
	if (initgroups(user->pw_name, group) || setgid(group) || setuid(user->pw_uid))
		return -errno;
	setenv("HOME", user->pw_dir, 1);
	setenv("USER", user->pw_name, 1);
	setenv("LOGNAME", user->pw_name, 1);
	return 0;
}

static int become_caller(void)
{
	const struct passwd *user;
	gid_t group;
	const int err = hw_caller_find(&user, &group);

	if (err == -ESRCH)
		return 0;
	return err ? err : become(user, group); /* never as root instead */
}

/* In the child: wait for the byte, then run; the other end hears why that fails. */
static _Noreturn void wait_and_run(int gate, char **words)
{
	int err = become_caller();
	char byte;

	if (read(gate, &byte, 1) != 1)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	if (!err) {
		execvp(words[0], words);
		err = -errno;
	}
	if (write(gate, &err, sizeof(err)) < 0)
		_exit(126);
	_exit(127);
}

/* Returns the child, which waits at its end of the gate, or negative errno. */
static pid_t fork_behind(const int ends[2], char **words)
{
	const pid_t pid = fork();

	if (pid == 0) {
		close(ends[0]);
		wait_and_run(ends[1], words);
	}
	return pid < 0 ? -errno : pid;
}

int hw_command_start(struct hw_command *c, char **words)
{
	int ends[2];
	pid_t pid;

	*c = (struct hw_command){ .gate = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork_behind(ends, words);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return pid;
	}
	c->pid = pid;
	c->gate = ends[0];
	return 0;
}

/* The child's end closes when the program runs: then nothing is read. */
int hw_command_run(struct hw_command *c)
{
	ssize_t len;
	int err = 0;

	if (write(c->gate, "", 1) != 1)
		return -errno;
	do {
		len = read(c->gate, &err, sizeof(err));
	} while (len < 0 && errno == EINTR);
	close(c->gate);
	c->gate = -1;
	return len == sizeof(err) ? err : 0;
}

bool hw_command_has_ended(struct hw_command *c)
{
	if (!c->pid || c->has_ended)
		return c->has_ended;
	c->has_ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->has_ended;
}

int hw_command_code(const struct hw_command *c)
{
	return WIFSIGNALED(c->status) ? 128 + WTERMSIG(c->status) : WEXITSTATUS(c->status);
}

void hw_command_close(struct hw_command *c)
{
	if (c->pid && c->gate >= 0) {
		close(c->gate);
		kill(c->pid, SIGKILL);
		waitpid(c->pid, &c->status, 0);
	}
	*c = (struct hw_command){ .gate = -1 };
}
