/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/peers/inject.c PID CALL [ARGUMENT]... - make a process do what it never would
 *
 * As if an intruder ran in it: the process PID is stopped wherever it is and, with its
 * filter of system calls suspended (ptrace(2), PTRACE_O_SUSPEND_SECCOMP), forked. The child,
 * which is confined as it is, filter and all, makes the system call CALL; the process goes
 * on. Prints what the call returned, or the signal that it was the end by. An argument is a number, `s:TEXT` (a pointer to that), `x:HEX` (to these bytes)
 * or `z:SIZE` (to so many zeros). x86-64 only; elsewhere the exit code is 77.
 */
#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
enum { ARGUMENTS = 6, SCRATCH = 4096, EACH = SCRATCH / ARGUMENTS, RED_ZONE = 128 };

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(1);
}

/* Where in the C library the two bytes of `syscall` are. */
static uint64_t find_instruction(pid_t pid)
{
	char path[64], line[512];
	unsigned long from, to;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		uint8_t *text;
		const uint8_t *at;
		struct iovec here, there;

		if (sscanf(line, "%lx-%lx r-xp", &from, &to) != 2 || !strstr(line, "r-xp") ||
		    !strstr(line, "libc"))
			continue;
		text = malloc(to - from);
		here = (struct iovec){ text, to - from };
		there = (struct iovec){ (void *)from, to - from };
		if (!text || process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
			give_up("process_vm_readv");
		at = memmem(text, to - from, "\x0f\x05", 2);
		if (at)
			return from + (uint64_t)(at - text);
	}
	give_up("no libc");
}

static size_t parse_hex(const char *text, uint8_t *ret)
{
	size_t len = 0;
	unsigned int byte;

	for (; len < EACH && sscanf(text + 2 * len, "%2x", &byte) == 1; len++)
		ret[len] = (uint8_t)byte;
	return len;
}

/* Its bytes go to `memory`, which will be at `there`. */
static uint64_t argument(const char *text, uint8_t *memory, uint64_t there)
{
	if (strncmp(text, "s:", 2) == 0)
		snprintf((char *)memory, EACH, "%s", text + 2);
	else if (strncmp(text, "x:", 2) == 0)
		parse_hex(text + 2, memory);
	else if (strncmp(text, "z:", 2) != 0)
		return (uint64_t)strtoll(text, NULL, 0);
	return there;
}

/* `p:` is the page of the stack that is in use. */
static uint64_t page_of(uint64_t address)
{
	return address & ~4095ull;
}

static void prepare(pid_t pid, struct user_regs_struct *r, int nr, char **words)
{
	static uint8_t memory[SCRATCH];
	const uint64_t there = (r->rsp - RED_ZONE - SCRATCH) & ~15ull;
	struct iovec from = { memory, SCRATCH }, to = { (void *)there, SCRATCH };
	uint64_t arguments[ARGUMENTS] = { 0 };

	for (int i = 0; i < nr && i < ARGUMENTS; i++)
		arguments[i] = strcmp(words[i], "p:") == 0 ? page_of(r->rsp)
							   : argument(words[i], memory + i * EACH,
								      there + (uint64_t)i * EACH);
	if (process_vm_writev(pid, &from, 1, &to, 1, 0) < 0)
		give_up("process_vm_writev");
	r->rdi = arguments[0];
	r->rsi = arguments[1];
	r->rdx = arguments[2];
	r->r10 = arguments[3];
	r->r8 = arguments[4];
	r->r9 = arguments[5];
}

static struct user_regs_struct registers(pid_t pid)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, pid, NULL, &r))
		give_up("PTRACE_GETREGS");
	return r;
}

static void set_registers(pid_t pid, const struct user_regs_struct *r)
{
	if (ptrace(PTRACE_SETREGS, pid, NULL, r))
		give_up("PTRACE_SETREGS");
}

static int wait_for(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid)
		give_up("waitpid");
	return status;
}

/* Past whatever stops it for another reason. Returns false, and says so, if it has ended. */
static bool step(pid_t pid)
{
	int status;

	do {
		if (ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL))
			give_up("PTRACE_SINGLESTEP");
		status = wait_for(pid);
		if (WIFSIGNALED(status)) {
			printf("killed by %s\n", strsignal(WTERMSIG(status)));
			return false;
		}
	} while (!WIFSTOPPED(status) || status >> 8 != SIGTRAP);
	return true;
}

static bool call(pid_t pid, int number, int nr, char **words, int64_t *ret)
{
	struct user_regs_struct r = registers(pid);

	prepare(pid, &r, nr, words);
	r.rax = (uint64_t)number;
	r.orig_rax = ~0ull; /* what was interrupted is not to start again now */
	r.rip = find_instruction(pid);
	set_registers(pid, &r);
	if (!step(pid))
		return false;
	*ret = (int64_t)registers(pid).rax;
	return true;
}

/* A child of it that is stopped, and confined as it is. */
static pid_t split(pid_t pid)
{
	const long options = PTRACE_O_SUSPEND_SECCOMP | PTRACE_O_TRACEFORK;
	struct user_regs_struct before;
	int64_t child;

	if (ptrace(PTRACE_SEIZE, pid, NULL, options) || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL))
		give_up("ptrace");
	wait_for(pid);
	before = registers(pid);
	if (!call(pid, SYS_fork, 0, NULL, &child) || child <= 0)
		give_up("fork");
	set_registers(pid, &before);
	wait_for((pid_t)child);
	if (ptrace(PTRACE_DETACH, pid, NULL, NULL) || ptrace(PTRACE_SETOPTIONS, child, NULL, 0))
		give_up("ptrace");
	return (pid_t)child;
}

int main(int argc, char **argv)
{
	const pid_t pid = argc > 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
	const int number = argc > 2 ? seccomp_syscall_resolve_name(argv[2]) : -1;
	int64_t result;
	pid_t child;

	if (pid <= 0 || number < 0) {
		fprintf(stderr, "usage: inject PID CALL [ARGUMENT]...\n");
		return 2;
	}
	child = split(pid);
	if (call(child, number, argc - 3, argv + 3, &result))
		printf("%lld\n", (long long)result);
	kill(child, SIGKILL);
	return 0;
}
#else
int main(void)
{
	return 77;
}
#endif
