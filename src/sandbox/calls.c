/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sandbox/calls.c - see calls.h */
#include "sandbox/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <unistd.h>

/* By name: which of them there are is the architecture's. */
static const char *const always[] = {
	"read",
	"readv",
	"pread64",
	"write",
	"writev",
	"close",
	"lseek",
	"_llseek",
	"ftruncate",
	"ftruncate64",
	"fstat",
	"fstat64",
	"fsync",
	"fdatasync",
	/* glibc's fstat() since 2.33; a name tells at most that a file is there */
	"newfstatat",
	"statx",
	"epoll_wait",
	"epoll_pwait",
	"epoll_pwait2",
	"poll",
	"ppoll",
	"ppoll_time64",
	"clock_gettime",
	"clock_gettime64",
	"clock_getres",
	"gettimeofday",
	"time",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"nanosleep",
	"brk",
	"munmap",
	"mremap",
	"madvise",
	"futex",
	"futex_time64",
	"getrandom",
	"getpid",
	"gettid",
	"getppid",
	"sched_yield",
	"rt_sigreturn",
	"rt_sigaction",
	"rt_sigprocmask",
	"sigreturn",
	"restart_syscall",
	"exit",
	"exit_group",
};

static const char *const opening[] = {
	"open",	  "openat",    "openat2",    "getdents64", "fchmod",	 "fadvise64",
	"access", "faccessat", "faccessat2", "readlink",   "readlinkat",
};

static const char *const waiting[] = { "wait4", "waitid", "waitpid" };

/* Who has no socket that listens has no use for them, but who has taken it over. */
static const char *const serving[] = { "accept", "accept4", "sendmsg" };

/* Nothing of ours makes them, nor does the C library by itself. */
static const char *const deadly[] = {
	"execve",
	"execveat",
	"fork",
	"vfork",
	"clone",
	"clone3",
	"socket",
	"socketpair",
	"connect",
	"bind",
	"listen",
	"ptrace",
	"process_vm_readv",
	"process_vm_writev",
	"pidfd_getfd",
	"bpf",
	"perf_event_open",
	"userfaultfd",
	"io_uring_setup",
	"add_key",
	"keyctl",
	"request_key",
	"mount",
	"umount2",
	"open_tree",
	"move_mount",
	"fsopen",
	"fsmount",
	"pivot_root",
	"chroot",
	"unshare",
	"setns",
	"open_by_handle_at",
	"setuid",
	"setgid",
	"setreuid",
	"setregid",
	"setresuid",
	"setresgid",
	"setfsuid",
	"setfsgid",
	"setgroups",
	"capset",
	"init_module",
	"finit_module",
	"delete_module",
	"kexec_load",
	"kexec_file_load",
	"reboot",
	"swapon",
	"swapoff",
	"iopl",
	"ioperm",
	"modify_ldt",
	"personality",
	"memfd_create",
	"pkey_mprotect",
	"shmat",
};

#define NR(list) (sizeof(list) / sizeof((list)[0]))

/* A call that this architecture does not have needs no rule. */
static int rule(scmp_filter_ctx f, uint32_t action, const char *name, unsigned int nr,
		const struct scmp_arg_cmp *args)
{
	const int call = seccomp_syscall_resolve_name(name);
	int err;

	if (call == __NR_SCMP_ERROR)
		return 0;
	err = seccomp_rule_add_array(f, action, call, nr, args);
	return err == -EDOM ? 0 : err;
}

static int rules(scmp_filter_ctx f, uint32_t action, const char *const *names, size_t nr)
{
	int err = 0;

	for (size_t i = 0; !err && i < nr; i++)
		err = rule(f, action, names[i], 0, NULL);
	return err;
}

/* Memory that is to be run: never. */
static int memory(scmp_filter_ctx f)
{
	static const char *const names[] = { "mmap", "mmap2", "mprotect" };
	const struct scmp_arg_cmp plain = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	const struct scmp_arg_cmp run = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, PROT_EXEC);
	int err = 0;

	for (size_t i = 0; !err && i < NR(names); i++) {
		err = rule(f, SCMP_ACT_ALLOW, names[i], 1, &plain);
		if (!err)
			err = rule(f, SCMP_ACT_KILL_PROCESS, names[i], 1, &run);
	}
	return err;
}

/* Of calls that do many things, those few. */
static int parts(scmp_filter_ctx f)
{
	static const unsigned int fcntls[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD };
	static const unsigned int ioctls[] = { TCGETS, TIOCGWINSZ };
	const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid());
	int err = rule(f, SCMP_ACT_ALLOW, "tgkill", 1, &self); /* abort() */

	for (size_t i = 0; !err && i < NR(fcntls); i++) {
		const struct scmp_arg_cmp what = SCMP_A1(SCMP_CMP_EQ, fcntls[i]);

		err = rule(f, SCMP_ACT_ALLOW, "fcntl", 1, &what);
		if (!err)
			err = rule(f, SCMP_ACT_ALLOW, "fcntl64", 1, &what);
	}
	for (size_t i = 0; !err && i < NR(ioctls); i++) {
		const struct scmp_arg_cmp what = SCMP_A1(SCMP_CMP_EQ, ioctls[i]);

		err = rule(f, SCMP_ACT_ALLOW, "ioctl", 1, &what);
	}
	return err;
}

/* What a packet socket is asked: its packets, its counters, whether its interface is up. */
static int sockets(scmp_filter_ctx f)
{
	static const char *const names[] = { "recvfrom", "recv", "recvmsg", "getsockopt" };
	const struct scmp_arg_cmp flags = SCMP_A1(SCMP_CMP_EQ, SIOCGIFFLAGS);
	const int err = rules(f, SCMP_ACT_ALLOW, names, NR(names));

	return err ? err : rule(f, SCMP_ACT_ALLOW, "ioctl", 1, &flags);
}

/* To take clients, hear and answer them, and say goodbye. */
static int serve(scmp_filter_ctx f)
{
	static const char *const names[] = { "recvfrom", "recv",       "sendto",     "send",
					     "shutdown", "setsockopt", "getsockopt", "epoll_ctl" };
	const int err = rules(f, SCMP_ACT_ALLOW, names, NR(names));

	return err ? err : rules(f, SCMP_ACT_ALLOW, serving, NR(serving));
}

static int child(scmp_filter_ctx f, pid_t pid)
{
	const struct scmp_arg_cmp it = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)pid);
	const int err = rules(f, SCMP_ACT_ALLOW, waiting, NR(waiting));

	return err ? err : rule(f, SCMP_ACT_ALLOW, "kill", 1, &it);
}

static int fill(scmp_filter_ctx f, const struct hw_calls *c)
{
	int err = rules(f, SCMP_ACT_ALLOW, always, NR(always));

	if (!err)
		err = memory(f);
	if (!err)
		err = parts(f);
	if (!err && c->open)
		err = rules(f, SCMP_ACT_ALLOW, opening, NR(opening));
	if (!err && c->sockets)
		err = sockets(f);
	if (!err)
		err = c->serves ? serve(f) : rules(f, SCMP_ACT_KILL_PROCESS, serving, NR(serving));
	if (!err && c->child)
		err = child(f, c->child);
	if (!err)
		err = rules(f, SCMP_ACT_KILL_PROCESS, deadly, NR(deadly));
	return err;
}

int hw_calls_restrict(const struct hw_calls *c)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int err;

	if (!f)
		return -ENOMEM;
	/* Strangers' bytes are read here, but none of their code is run: nobody trains the CPU. */
	seccomp_attr_set(f, SCMP_FLTATR_CTL_SSB, 1);
	seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a search tree, not a list */
	seccomp_attr_set(f, SCMP_FLTATR_CTL_NNP, 0);
	seccomp_attr_set(f, SCMP_FLTATR_API_SYSRAWRC, 1);
	seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, c->threads);
	err = fill(f, c);
	if (!err)
		err = seccomp_load(f);
	seccomp_release(f);
	return err == -EINVAL || err == -ENOSYS ? -EOPNOTSUPP : err;
}

void hw_calls_library(char *ret, size_t max)
{
	const struct scmp_version *v = seccomp_version();

	snprintf(ret, max, "libseccomp %u.%u.%u", v->major, v->minor, v->micro);
}
