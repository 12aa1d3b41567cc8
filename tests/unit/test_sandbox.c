/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_sandbox.c
 *
 * Each attempt is made by a child that has entered the sandbox. It must be refused: an
 * error of permission, or the end by SIGSYS. Outside the same attempt must not be, or it
 * would say nothing of the sandbox.
 */
#include "unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/capabilities.h"
#include "sandbox/places.h"
#include "sandbox/sandbox.h"

enum { NOBODY = 65534, REFUSED = 0, DONE = 1, OTHERWISE = 2, NO_SANDBOX = 3 };

static char folder[] = "/tmp/httpwire-sandbox-XXXXXX";
static char inside[64], outside[64];
static pid_t other;  /* a process that is there to be attacked */
static int listener; /* a socket that listens */

/* attempts: 0 or above is a success */

static int read_shadow(void)
{
	return open("/etc/shadow", O_RDONLY);
}

static int read_passwd(void)
{
	return open("/etc/passwd", O_RDONLY);
}

static int list_root(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static int write_outside(void)
{
	return open(outside, O_WRONLY | O_CREAT, 0600);
}

static int write_device(void)
{
	return open("/dev/null", O_WRONLY);
}

static int remove_inside(void)
{
	return unlink(inside);
}

static int link_inside(void)
{
	char path[80];

	snprintf(path, sizeof(path), "%s.link", inside);
	return symlink("/etc/shadow", path);
}

static int run_a_program(void)
{
	char *const words[] = { (char[]){ "true" }, NULL };

	return execv("/bin/true", words);
}

static int start_a_process(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int open_a_socket(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int open_a_unix_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int trace(void)
{
	return (int)ptrace(PTRACE_ATTACH, other, NULL, NULL);
}

static int load_bpf(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	return (int)syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int count_events(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_SOFTWARE,
					.size = sizeof(attr),
					.config = PERF_COUNT_SW_CPU_CLOCK };

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static int mount_something(void)
{
	return mount("none", folder, "tmpfs", 0, NULL);
}

static int leave_namespaces(void)
{
	return unshare(CLONE_NEWNS);
}

static int kill_another(void)
{
	return kill(other, 0);
}

static int kill_everybody(void)
{
	return kill(-1, 0);
}

static int become_root(void)
{
	return setuid(0);
}

static int take_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct sets[] = {
		{ .effective = 1u << CAP_SYS_ADMIN, .permitted = 1u << CAP_SYS_ADMIN }, { 0 }
	};

	return (int)syscall(SYS_capset, &head, sets);
}

static int become_another(void)
{
	return setresuid(12345, 12345, 12345);
}

static int map_for_running(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? -1
		       : 0;
}

static int make_runnable(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC);
}

static int reach_into_a_process(void)
{
	char byte;
	struct iovec here = { &byte, 1 }, there = { &byte, 1 };

	return (int)process_vm_readv(other, &here, 1, &there, 1, 0);
}

static int use_io_uring(void)
{
	uint8_t params[128] = { 0 };

	return (int)syscall(SYS_io_uring_setup, 1, params);
}

static int accept_a_client(void)
{
	return accept4(listener, NULL, NULL, SOCK_NONBLOCK);
}

static int duplicate(void)
{
	return fcntl(STDERR_FILENO, F_DUPFD, 0);
}

static int lock(void)
{
	struct flock all = { .l_type = F_RDLCK };

	return fcntl(STDERR_FILENO, F_GETLK, &all);
}

/* what must go on */

static int set_flags(void)
{
	const int of_file = fcntl(STDERR_FILENO, F_GETFL), own = fcntl(STDERR_FILENO, F_GETFD);

	return of_file >= 0 && own >= 0 && fcntl(STDERR_FILENO, F_SETFL, of_file) == 0 &&
			       fcntl(STDERR_FILENO, F_SETFD, own) == 0
		       ? 0
		       : -1;
}

static int write_inside(void)
{
	return open(inside, O_WRONLY | O_CREAT | O_TRUNC, 0600);
}

static int grow(void)
{
	uint8_t *p = malloc(1 << 24);

	if (!p)
		return -1;
	memset(p, 1, 1 << 24);
	p = realloc(p, 1 << 26);
	free(p);
	return p ? 0 : -1;
}

static int tell_the_time(void)
{
	const time_t at = 1782561600; /* 2026-06-27 12:00:00 UTC */
	struct timespec now;
	struct tm tm;

	return clock_gettime(CLOCK_BOOTTIME, &now) == 0 && localtime_r(&at, &tm) && tm.tm_hour == 21
		       ? 0
		       : -1;
}

static int write_to_what_is_open(void)
{
	return write(STDERR_FILENO, "", 0) == 0 ? 0 : -1;
}

static int signal_the_child(void)
{
	return kill(other, 0);
}

/* the sandboxes of the program */

static struct hw_place writable[] = { { folder, HW_PLACE_WRITE } };
static struct hw_place readable[] = { { "/usr/bin", HW_PLACE_READ } };
static const struct hw_sandbox plain = { .become = true, .uid = NOBODY, .gid = NOBODY };
static const struct hw_sandbox listens = {
	.become = true, .uid = NOBODY, .gid = NOBODY, .sockets = true
};
static const struct hw_sandbox serves = {
	.become = true, .uid = NOBODY, .gid = NOBODY, .serves = true
};
static const struct hw_sandbox stays = { .places = writable, .places_nr = 1 };
static const struct hw_sandbox reads = { .places = readable,
					 .places_nr = 1,
					 .capabilities = 1ull << CAP_DAC_READ_SEARCH,
					 .readable = true };
static const struct hw_sandbox asks = { .become = true,
					.uid = NOBODY,
					.gid = NOBODY,
					.places = readable,
					.places_nr = 1,
					.capabilities = 1ull << CAP_DAC_READ_SEARCH };

static const struct {
	const char *name;
	const struct hw_sandbox *sandbox;
} sandboxes[] = {
	{ "watching", &plain }, { "writing files", &stays }, { "listening", &listens },
	{ "serving", &serves }, { "reading files", &reads }, { "asking", &asks },
};

static int try(const struct hw_sandbox *s, int (*attempt)(void))
{
	char error[128];

	if (s && hw_sandbox_enter(s, error, sizeof(error)) != 0)
		return NO_SANDBOX;
	errno = 0;
	if (attempt() >= 0)
		return DONE;
	return errno == EPERM || errno == EACCES ? REFUSED : OTHERWISE;
}

/* Returns what came of it. */
static int attempted(const struct hw_sandbox *s, int (*attempt)(void))
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try(s, attempt));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	umount2(folder, MNT_DETACH); /* if that was it */
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? REFUSED : OTHERWISE;
	return WEXITSTATUS(status);
}

static const struct {
	const char *name;
	int (*attempt)(void);
	bool runs; /* another program, whose exit code says nothing */
} attempts[] = {
	{ "read /etc/shadow", read_shadow },
	{ "read /etc/passwd", read_passwd },
	{ "list /", list_root },
	{ "write outside the folder", write_outside },
	{ "write to a device", write_device },
	{ "remove a file", remove_inside },
	{ "make a link", link_inside },
	{ "execve", run_a_program, .runs = true },
	{ "fork", start_a_process },
	{ "socket", open_a_socket },
	{ "socket of the host", open_a_unix_socket },
	{ "accept", accept_a_client },
	{ "ptrace", trace },
	{ "bpf", load_bpf },
	{ "perf_event_open", count_events },
	{ "mount", mount_something },
	{ "unshare", leave_namespaces },
	{ "kill", kill_another },
	{ "kill everybody", kill_everybody },
	{ "setuid(0)", become_root },
	{ "setresuid", become_another },
	{ "capset", take_capabilities },
	{ "mmap executable", map_for_running },
	{ "mprotect executable", make_runnable },
	{ "process_vm_readv", reach_into_a_process },
	{ "io_uring", use_io_uring },
	{ "fcntl(F_DUPFD)", duplicate },
	{ "fcntl(F_GETLK)", lock },
};

/* ---- threads that live in it, too ---- */

/* A thread that was started on the way into the sandbox, and is told when that is done. */
struct thread {
	pthread_t id;
	pthread_barrier_t runs;
	pthread_mutex_t held; /* until then */
	int (*attempt)(void);
	int what_came_of_it;
};

static void *attempt_it(void *ctx)
{
	struct thread *t = ctx;

	pthread_barrier_wait(&t->runs);
	pthread_mutex_lock(&t->held);
	t->what_came_of_it = try(NULL, t->attempt);
	return NULL;
}

static int start_thread(void *ctx)
{
	struct thread *t = ctx;
	int err;

	pthread_barrier_init(&t->runs, NULL, 2);
	pthread_mutex_lock(&t->held);
	err = pthread_create(&t->id, NULL, attempt_it, t);
	if (!err)
		pthread_barrier_wait(&t->runs);
	return -err;
}

static int try_in_thread(const struct hw_sandbox *s, int (*attempt)(void))
{
	struct thread t = { .held = PTHREAD_MUTEX_INITIALIZER, .attempt = attempt };
	struct hw_sandbox with_threads = *s;
	char error[128];

	with_threads.start_threads = start_thread;
	with_threads.threads_ctx = &t;
	if (hw_sandbox_enter(&with_threads, error, sizeof(error)) != 0)
		return NO_SANDBOX;
	pthread_mutex_unlock(&t.held);
	pthread_join(t.id, NULL);
	return t.what_came_of_it;
}

static int attempted_in_thread(const struct hw_sandbox *s, int (*attempt)(void))
{
	const pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(try_in_thread(s, attempt));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	umount2(folder, MNT_DETACH);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGSYS ? REFUSED : OTHERWISE;
	return WEXITSTATUS(status);
}

static void put_file(const char *path)
{
	const int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	close(fd);
}

/* One test each, with a name that says what is refused to whom. */
struct refusal {
	char name[64];
	const struct hw_sandbox *sandbox;
	int (*attempt)(void);
};

static void test_refusal(void **state)
{
	const struct refusal *r = *state;

	if (r->sandbox->places_nr && !hw_places_version())
		skip();
	put_file(inside);
	assert_int_equal(attempted(r->sandbox, r->attempt), REFUSED);
}

static void test_threads_are_refused_it_too(void **state)
{
	(void)state;
	if (!hw_places_version())
		skip();
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		put_file(inside);
		if (attempted_in_thread(&reads, attempts[i].attempt) != REFUSED)
			fail_msg("%s is not refused to a thread", attempts[i].name);
	}
	assert_int_equal(attempted_in_thread(&reads, grow), DONE);
}

static int start_nothing(void *ctx)
{
	(void)ctx;
	return -EAGAIN;
}

static void test_no_sandbox_without_its_threads(void **state)
{
	const struct hw_sandbox s = { .start_threads = start_nothing };

	(void)state;
	assert_int_equal(attempted(&s, grow), NO_SANDBOX);
}

static void test_outside_it_is_done(void **state)
{
	(void)state;
	if (!hw_capabilities_has(1ull << CAP_SYS_ADMIN))
		skip(); /* root in a container is refused a lot */
	for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++) {
		put_file(inside);
		if (attempted(NULL, attempts[i].attempt) == REFUSED && !attempts[i].runs)
			fail_msg("%s is refused outside, too", attempts[i].name);
	}
}

static void connect_a_client(void)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	const int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &len), 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, len), 0);
	close(fd);
}

static void test_what_goes_on(void **state)
{
	const struct hw_sandbox parent = { .child = other };

	(void)state;
	assert_int_equal(attempted(&plain, grow), DONE);
	assert_int_equal(attempted(&plain, tell_the_time), DONE);
	assert_int_equal(attempted(&plain, write_to_what_is_open), DONE);
	assert_int_equal(attempted(&plain, set_flags), DONE);
	assert_int_equal(attempted(&stays, write_inside), DONE);
	assert_int_equal(attempted(&parent, signal_the_child), DONE);
	connect_a_client();
	assert_int_equal(attempted(&serves, accept_a_client), DONE);
	assert_int_equal(attempted(&parent, kill_everybody), REFUSED);
}

/* /proc/self/status, which is opened before. */
static char status[4096];

static bool has(const char *line)
{
	return strstr(status, line) != NULL;
}

static int look_at_status(const struct hw_sandbox *s)
{
	const int fd = open("/proc/self/status", O_RDONLY);
	char error[128];

	if (fd < 0 || hw_sandbox_enter(s, error, sizeof(error)) != 0)
		return NO_SANDBOX;
	if (read(fd, status, sizeof(status) - 1) <= 0)
		return OTHERWISE;
	if (s->become &&
	    !has("\nUid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n"))
		return OTHERWISE;
	return has("\nGroups:\t \n") &&
			       has("\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
				   "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\n"
				   "NoNewPrivs:\t1\nSeccomp:\t2\n")
		       ? DONE
		       : REFUSED;
}

static int as_nobody(void)
{
	return look_at_status(&plain) == DONE ? 0 : -1;
}

static int as_who_it_is(void)
{
	return look_at_status(&stays) == DONE ? 0 : -1;
}

static void test_what_the_kernel_says(void **state)
{
	(void)state;
	assert_int_equal(attempted(NULL, as_nobody), DONE);
	assert_int_equal(attempted(NULL, as_who_it_is), DONE);
}

static int set_up(void **state)
{
	(void)state;
	setenv("TZ", "Asia/Tokyo", 1);
	hw_sandbox_prepare();
	if (!mkdtemp(folder))
		return -1;
	snprintf(inside, sizeof(inside), "%s/file", folder);
	snprintf(outside, sizeof(outside), "%s.outside", folder);
	other = fork();
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	return other > 0 && listener >= 0 && listen(listener, 8) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	char path[80];

	(void)state;
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	snprintf(path, sizeof(path), "%s.link", inside);
	unlink(path);
	unlink(inside);
	unlink(outside);
	return rmdir(folder);
}

#define NR(list) (sizeof(list) / sizeof((list)[0]))

static size_t add_refusals(struct CMUnitTest *tests)
{
	static struct refusal refusals[NR(sandboxes) * NR(attempts)];
	size_t nr = 0;

	for (size_t i = 0; i < NR(sandboxes) * NR(attempts); i++) {
		struct refusal *r = &refusals[nr];

		r->sandbox = sandboxes[i / NR(attempts)].sandbox;
		r->attempt = attempts[i % NR(attempts)].attempt;
		if (r->sandbox->serves && r->attempt == accept_a_client)
			continue; /* that is what it is there for */
		snprintf(r->name, sizeof(r->name), "%s: %s is refused",
			 sandboxes[i / NR(attempts)].name, attempts[i % NR(attempts)].name);
		tests[nr++] = (struct CMUnitTest){ .name = r->name,
						   .test_func = test_refusal,
						   .initial_state = r };
	}
	return nr;
}

int main(void)
{
	struct CMUnitTest tests[NR(sandboxes) * NR(attempts) + 5];
	size_t nr;

	if (strncmp(hw_sandbox_describe(), "none", 4) == 0 || geteuid() != 0) {
		print_message("skipped: needs root, and a build that has the sandbox\n");
		return 77;
	}
	nr = add_refusals(tests);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(test_threads_are_refused_it_too);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(test_no_sandbox_without_its_threads);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(test_outside_it_is_done);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(test_what_goes_on);
	tests[nr++] = (struct CMUnitTest)cmocka_unit_test(test_what_the_kernel_says);
	return _cmocka_run_group_tests("sandbox", tests, nr, set_up, tear_down);
}
