/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/sandbox.h - a process that gives up what it will not need any more
 *
 * In this order: the user and the groups, the capabilities, new privileges by execve(2),
 * files by name (Landlock), being looked into, system calls (seccomp). What is open stays
 * open. There is no way back.
 *
 *	const struct hw_sandbox s = { .become = true, .uid = 65534, .gid = 65534 };
 *
 *	if (hw_sandbox_enter(&s, error, sizeof(error)) != 0)
 *		...					(one line of why; do not go on)
 */
#ifndef HW_SANDBOX_SANDBOX_H
#define HW_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sandbox/places.h"

/* All zero: stays who it is, and keeps no capability, no file by name, nobody to signal. */
struct hw_sandbox {
	bool become; /* uid and gid; else who it is */
	uid_t uid;
	gid_t gid;
	uint64_t capabilities; /* to keep, where there are; bit n is capability n */
	const struct hw_place *places;
	size_t places_nr; /* 0: nothing can be opened any more */
	pid_t parent;	  /* whose end is the end of this one, too; 0: nobody's */
	pid_t child;	  /* which may be signalled and waited for; 0: none */
	bool sockets;	  /* those that are open are read and asked */
	bool serves;	  /* one that listens: who connects is answered */
	/*
	 * Called when only system calls are still to be given up: threads that it starts, and
	 * that run when it returns, live in the sandbox, too. NULL: there are none. Returns 0,
	 * or negative errno, which hw_sandbox_enter() then returns.
	 */
	int (*start_threads)(void *ctx);
	void *threads_ctx;
	bool readable; /* /proc/self stays its own: the files given are /dev/fd/N, say */
};

/*
 * Enter it. Where the kernel has no Landlock or no filters of system calls the rest holds:
 * see hw_sandbox_describe(). Returns 0, or negative errno and in `ret_error` what it was
 * that failed; the process may then have given up a part.
 */
int hw_sandbox_enter(const struct hw_sandbox *s, char *ret_error, size_t error_max);

/* Let it be nobody, if it may become another at all. */
void hw_sandbox_be_nobody(struct hw_sandbox *s);

/*
 * Read, once and now, what the C library reads when it is first needed, since later it
 * cannot: the time zone.
 */
void hw_sandbox_prepare(void);

/* What this kernel and this build have for it: "seccomp, Landlock 7". Static. */
const char *hw_sandbox_describe(void);

#endif
