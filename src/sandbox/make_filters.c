/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sandbox/make_filters.c - a program of the build: writes filters.h, what calls.c loads
 *
 * A filter for each set of enum hw_filter_part, as libseccomp makes it. Made anew at each start they
 * were a fifth of the time that it took, and libseccomp does not live where memory is short.
 */
#include "sandbox/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>

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
	const struct scmp_arg_cmp self = SCMP_A0(SCMP_CMP_EQ, HW_FILTER_SELF);
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

static int child(scmp_filter_ctx f)
{
	const struct scmp_arg_cmp it = SCMP_A0(SCMP_CMP_EQ, HW_FILTER_CHILD_PID);
	const int err = rules(f, SCMP_ACT_ALLOW, waiting, NR(waiting));

	return err ? err : rule(f, SCMP_ACT_ALLOW, "kill", 1, &it);
}

static int fill(scmp_filter_ctx f, unsigned parts_wanted)
{
	int err = rules(f, SCMP_ACT_ALLOW, always, NR(always));

	if (!err)
		err = memory(f);
	if (!err)
		err = parts(f);
	if (!err && parts_wanted & HW_FILTER_OPEN)
		err = rules(f, SCMP_ACT_ALLOW, opening, NR(opening));
	if (!err && parts_wanted & HW_FILTER_SOCKETS)
		err = sockets(f);
	if (!err)
		err = parts_wanted & HW_FILTER_SERVES
			      ? serve(f)
			      : rules(f, SCMP_ACT_KILL_PROCESS, serving, NR(serving));
	if (!err && parts_wanted & HW_FILTER_CHILD)
		err = child(f);
	if (!err)
		err = rules(f, SCMP_ACT_KILL_PROCESS, deadly, NR(deadly));
	return err;
}

static int export(scmp_filter_ctx f, unsigned parts_wanted, FILE *to)
{
	int err;

	seccomp_attr_set(f, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a search tree, not a list */
	err = fill(f, parts_wanted);
	return err ? err : seccomp_export_bpf(f, fileno(to));
}

static int make(unsigned parts_wanted, FILE *to)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	const int err = f ? export(f, parts_wanted, to) : -ENOMEM;

	seccomp_release(f);
	return err;
}

static unsigned steps_max; /* of those that were printed */

static void print(FILE *from, unsigned parts_wanted)
{
	struct sock_filter step;
	unsigned nr = 0;

	rewind(from);
	printf("static const struct sock_filter filter_%u[] = {\n", parts_wanted);
	for (; fread(&step, sizeof(step), 1, from) == 1; nr++)
		printf("\t{ 0x%x, %u, %u, 0x%xu },\n", step.code, step.jt, step.jf, step.k);
	printf("};\n");
	steps_max = nr > steps_max ? nr : steps_max;
}

static int make_and_print(unsigned parts_wanted)
{
	FILE *f = fdopen(memfd_create("filter", 0), "w+");
	const int err = f ? make(parts_wanted, f) : -errno;

	if (!err)
		print(f, parts_wanted);
	if (f)
		fclose(f);
	return err;
}

static void print_list(void)
{
	printf("enum { FILTER_STEPS_MAX = %u };\n", steps_max);
	printf("static const struct filter filters[] = {\n");
	for (unsigned i = 0; i < HW_FILTERS_NR; i++)
		printf("\t{ filter_%u, sizeof(filter_%u) / sizeof(filter_%u[0]) },\n", i, i, i);
	printf("};\n");
}

int main(void)
{
	const struct scmp_version *v = seccomp_version();

	printf("#define FILTERS_MAKER \"libseccomp %u.%u.%u\"\n", v->major, v->minor, v->micro);
	for (unsigned i = 0; i < HW_FILTERS_NR; i++) {
		const int err = make_and_print(i);

		if (err) {
			fprintf(stderr, "filter %u of system calls: %s\n", i, strerror(-err));
			return 1;
		}
	}
	print_list();
	return ferror(stdout) || fflush(stdout) != 0;
}
