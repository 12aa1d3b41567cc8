/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/pid.h - the ids of a process in the pid namespaces that it is in
 */
#ifndef HW_BPF_PID_H
#define HW_BPF_PID_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel.h"

const volatile __u32 cfg_pid_ns; /* that user space is in; 0: the first one */

/* The entry of `task` in the pid namespaces' list at `level`; 0 where it has none there. */
static __always_inline __u32 pid_at(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const void *upid = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			   level * bpf_core_type_size(struct upid);
	__u32 nr = 0;

	if (level <= BPF_CORE_READ(pid, level))
		bpf_probe_read_kernel(&nr, sizeof(nr),
				      upid + bpf_core_field_offset(struct upid, nr));
	return nr;
}

static __always_inline __u32 pid_ns_at(struct task_struct *task, __u32 level)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	const void *upid = (void *)pid + bpf_core_field_offset(struct pid, numbers) +
			   level * bpf_core_type_size(struct upid);
	struct pid_namespace *ns = NULL;

	bpf_probe_read_kernel(&ns, sizeof(ns), upid + bpf_core_field_offset(struct upid, ns));
	return BPF_CORE_READ(ns, ns.inum);
}

enum { PID_DEPTH_MAX = 32 }; /* MAX_PID_NS_LEVEL */

/* The process's id as user space has it; 0: it does not see it. */
static __always_inline __u32 pid_here(struct task_struct *task)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	const __u32 depth = BPF_CORE_READ(leader, thread_pid, level);

	if (!cfg_pid_ns)
		return BPF_CORE_READ(task, tgid);
	for (__u32 level = 1; level <= PID_DEPTH_MAX && level <= depth; level++)
		if (pid_ns_at(leader, level) == cfg_pid_ns)
			return pid_at(leader, level);
	return 0;
}

#endif
