/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/host.h - what the kernel, the host and this process have, for watching
 *
 * Looks at /proc, /sys and limits, as far as that is permitted; changes nothing.
 */
#ifndef HW_LIVE_HOST_H
#define HW_LIVE_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HW_HOST_BTF "/sys/kernel/btf/vmlinux"

enum {
	HW_HOST_CAPABILITIES_MAX = 64, /* bytes for the names of all that are needed */
	HW_HOST_DESCRIPTORS_MIN = 64,  /* open files that watching may need */
};

/* Read a small file of the kernel's whole, as text. Returns false if that is nothing. */
bool hw_host_read(const char *path, char *ret, size_t max);

/*
 * Capabilities that watching needs and this process has not, with `between` between their
 * names: "perfmon, net_admin". Returns how many; 0: `ret` is empty.
 */
size_t hw_host_missing_capabilities(char ret[HW_HOST_CAPABILITIES_MAX], const char *between);

enum hw_namespace {
	HW_NAMESPACE_USER,
	HW_NAMESPACE_PID,
	HW_NAMESPACE_CGROUP,
	HW_NAMESPACE_NR,
};

/* Whether this process is in one that was made later than the host's, as far as is known. */
bool hw_host_is_inside(enum hw_namespace which);

/* The inode number of this process's pid namespace; 0: it is the first one, or not known. */
uint32_t hw_host_pid_namespace(void);

/* What the clock since boot shows less what the host's shows, in a time namespace. */
int64_t hw_host_boottime_offset_ns(void);

enum hw_lockdown {
	HW_LOCKDOWN_UNKNOWN, /* the kernel has none, or does not say */
	HW_LOCKDOWN_NONE,
	HW_LOCKDOWN_INTEGRITY,
	HW_LOCKDOWN_CONFIDENTIALITY, /* eBPF programs may not read kernel memory */
};

enum hw_lockdown hw_host_lockdown(void);

/* Parse the text of the kernel's file: "none [integrity] confidentiality". */
enum hw_lockdown hw_host_parse_lockdown(const char *text);

/* Whether there are processes that /proc does not show: it is mounted with hidepid, or not. */
bool hw_host_hides_processes(void);

/* The process that a thread is of; 0: /proc does not show it, or there is no such thread. */
uint32_t hw_host_process_of(uint32_t tid);

/* The mode of seccomp that this process is in: 0 none, 1 strict, 2 filter; -1: not known. */
int hw_host_seccomp(void);

/* The version of Landlock; 0: this kernel has none or has it turned off. */
int hw_host_landlock(void);

/* kernel.unprivileged_bpf_disabled: 0, 1, 2; -1: not known. */
int hw_host_unprivileged_bpf_disabled(void);

/* Allow this process at least HW_HOST_DESCRIPTORS_MIN open files. Returns 0 or -EMFILE. */
int hw_host_allow_descriptors(void);

#endif
