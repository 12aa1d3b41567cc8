/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/calls.c - see calls.h; what is allowed stands in make_filters.c */
#include "sandbox/calls.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sandbox/filter.h"

struct filter {
	const struct sock_filter *steps;
	unsigned short nr;
};

#include <filters.h>

static const struct filter *choose(const struct hw_calls *c)
{
	return &filters[(c->open ? HW_FILTER_OPEN : 0) | (c->sockets ? HW_FILTER_SOCKETS : 0) |
			(c->serves ? HW_FILTER_SERVES : 0) | (c->child ? HW_FILTER_CHILD : 0)];
}

static uint32_t name_processes(uint32_t k, pid_t child)
{
	if (k == HW_FILTER_SELF)
		return (uint32_t)getpid();
	return k == HW_FILTER_CHILD_PID ? (uint32_t)child : k;
}

static int set(unsigned flags, const struct sock_fprog *program)
{
	const long ret = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, program);

	if (ret < 0)
		return -errno;
	return ret ? -ESRCH : 0; /* a thread that cannot have it */
}

int hw_calls_restrict(const struct hw_calls *c)
{
	const struct filter *from = choose(c);
	struct sock_filter steps[FILTER_STEPS_MAX];
	const struct sock_fprog program = { .len = from->nr, .filter = steps };
	const unsigned flags = c->threads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
	int err;

	for (size_t i = 0; i < from->nr; i++) {
		steps[i] = from->steps[i];
		steps[i].k = name_processes(steps[i].k, c->child);
	}
	/* Strangers' bytes are read here, but none of their code is run: nobody trains the CPU. */
	err = set(flags | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program);
	if (err == -EINVAL) /* before 4.17 */
		err = set(flags, &program);
	return err == -EINVAL || err == -ENOSYS ? -EOPNOTSUPP : err;
}

void hw_calls_library(char *ret, size_t max)
{
	snprintf(ret, max, "%s", FILTERS_MAKER);
}
