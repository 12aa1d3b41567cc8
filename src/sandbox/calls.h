/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/calls.h - which system calls may still be made: seccomp
 *
 * A list of those that are allowed. What is not in it is refused with EPERM, so that a
 * newer C library that tries something new falls back as it would on an old kernel. Those
 * calls that only somebody who has taken over the process would make (execve, fork,
 * socket, bpf, ptrace, executable memory, ...) kill it.
 */
#ifndef HW_SANDBOX_CALLS_H
#define HW_SANDBOX_CALLS_H

#include <stdbool.h>
#include <sys/types.h>

struct hw_calls {
	bool open;    /* files by name */
	bool sockets; /* that are open: to read and ask them */
	bool serves;  /* a socket that listens: to accept and answer */
	bool threads; /* all threads there are, not this one only */
	pid_t child;  /* which may be signalled and waited for; 0: none */
};

/*
 * From now on only these. Needs no_new_privs. Returns 0, -EOPNOTSUPP (this kernel, or this
 * build, has no filters), or another negative errno.
 */
int hw_calls_restrict(const struct hw_calls *c);

/* The library that made the filters when this was built, as it calls itself: "libseccomp 2.5.4". */
void hw_calls_library(char *ret, size_t max);

#endif
