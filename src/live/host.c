/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/host.c */
#include "live/host.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>

#include "base/duration.h"

bool hw_host_read(const char *path, char *ret, size_t max)
{
	FILE *f = fopen(path, "re");
	size_t len;

	if (!f)
		return false;
	len = fread(ret, 1, max - 1, f);
	ret[len] = '\0';
	fclose(f);
	return len > 0;
}

/* capabilities(7): CAP_SYS_ADMIN still stands for each of these. */
static const struct {
	const char *name;
	unsigned int number;
} needed[] = {
	{ "bpf", CAP_BPF },
	{ "perfmon", CAP_PERFMON },
	{ "net_admin", CAP_NET_ADMIN },
};

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &head, data) != 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

size_t hw_host_missing_capabilities(char ret[HW_HOST_CAPABILITIES_MAX], const char *between)
{
	const uint64_t have = effective_capabilities();
	size_t len = 0, nr = 0;

	ret[0] = '\0';
	if (have >> CAP_SYS_ADMIN & 1)
		return 0;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (have >> needed[i].number & 1 || len >= HW_HOST_CAPABILITIES_MAX)
			continue;
		len += (size_t)snprintf(ret + len, HW_HOST_CAPABILITIES_MAX - len, "%s%s",
					nr ? between : "", needed[i].name);
		nr++;
	}
	return nr;
}

/* The inode numbers of the first namespaces are fixed: PROC_*_INIT_INO of the kernel. */
bool hw_host_is_inside(enum hw_namespace which)
{
	static const struct {
		const char *path, *first;
	} namespaces[HW_NAMESPACE_NR] = {
		[HW_NAMESPACE_USER] = { "/proc/self/ns/user", "user:[4026531837]" },
		[HW_NAMESPACE_PID] = { "/proc/self/ns/pid", "pid:[4026531836]" },
		[HW_NAMESPACE_CGROUP] = { "/proc/self/ns/cgroup", "cgroup:[4026531835]" },
	};
	char target[64];
	const ssize_t len = readlink(namespaces[which].path, target, sizeof(target) - 1);

	if (len < 0)
		return false;
	target[len] = '\0';
	return strcmp(target, namespaces[which].first) != 0;
}

uint32_t hw_host_pid_namespace(void)
{
	struct stat s;

	if (!hw_host_is_inside(HW_NAMESPACE_PID) || stat("/proc/self/ns/pid", &s) != 0)
		return 0;
	return (uint32_t)s.st_ino;
}

/* time_namespaces(7): "boottime  SECONDS  NANOSECONDS", the latter never negative */
int64_t hw_host_boottime_offset_ns(void)
{
	char text[256], *at, *end;
	int64_t seconds;

	if (!hw_host_read("/proc/self/timens_offsets", text, sizeof(text)))
		return 0;
	at = strstr(text, "boottime");
	if (!at)
		return 0;
	seconds = strtoll(at + strlen("boottime"), &end, 10);
	return seconds * (int64_t)HW_NS_PER_S + strtoll(end, NULL, 10);
}

enum hw_lockdown hw_host_parse_lockdown(const char *text)
{
	if (strstr(text, "[confidentiality]"))
		return HW_LOCKDOWN_CONFIDENTIALITY;
	if (strstr(text, "[integrity]"))
		return HW_LOCKDOWN_INTEGRITY;
	return strstr(text, "[none]") ? HW_LOCKDOWN_NONE : HW_LOCKDOWN_UNKNOWN;
}

enum hw_lockdown hw_host_lockdown(void)
{
	char text[64];

	if (!hw_host_read("/sys/kernel/security/lockdown", text, sizeof(text)))
		return HW_LOCKDOWN_UNKNOWN;
	return hw_host_parse_lockdown(text);
}

bool hw_host_hides_processes(void)
{
	return (kill(1, 0) == 0 || errno == EPERM) && access("/proc/1", F_OK) != 0;
}

static bool has_thread(int pid, int tid)
{
	return syscall(SYS_tgkill, pid, tid, 0) == 0 || errno == EPERM;
}

/* Another namespace's /proc shows another process: then the kernel knows no such thread of it. */
static uint32_t read_process_of(uint32_t tid)
{
	char path[64], text[512];
	const char *at;
	int tgid;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	at = hw_host_read(path, text, sizeof(text)) ? strstr(text, "\nTgid:") : NULL;
	tgid = at ? (int)strtol(at + strlen("\nTgid:"), NULL, 10) : 0;
	return tgid > 0 && has_thread(tgid, (int)tid) ? (uint32_t)tgid : 0;
}

uint32_t hw_host_process_of(uint32_t tid)
{
	return has_thread((int)tid, (int)tid) ? tid : read_process_of(tid);
}

int hw_host_seccomp(void)
{
	char text[8192];
	const char *at;

	if (!hw_host_read("/proc/self/status", text, sizeof(text)))
		return -1;
	at = strstr(text, "\nSeccomp:");
	return at ? (int)strtol(at + strlen("\nSeccomp:"), NULL, 10) : -1;
}

int hw_host_landlock(void)
{
	enum { VERSION = 1 }; /* LANDLOCK_CREATE_RULESET_VERSION */
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);

	return version > 0 ? (int)version : 0;
}

int hw_host_unprivileged_bpf_disabled(void)
{
	char text[16];

	if (!hw_host_read("/proc/sys/kernel/unprivileged_bpf_disabled", text, sizeof(text)))
		return -1;
	return (int)strtol(text, NULL, 10);
}

int hw_host_allow_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= HW_HOST_DESCRIPTORS_MIN)
		return 0;
	if (limit.rlim_max < HW_HOST_DESCRIPTORS_MIN)
		limit.rlim_max = HW_HOST_DESCRIPTORS_MIN; /* with sys_resource */
	limit.rlim_cur = HW_HOST_DESCRIPTORS_MIN;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? 0 : -EMFILE;
}
