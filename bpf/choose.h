/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/choose.h - which threads were asked for
 *
 * All that was asked for must hold; what was not asked for holds for all.
 */
#ifndef HW_BPF_CHOOSE_H
#define HW_BPF_CHOOSE_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "abi.h"
#include "pid.h"

const volatile bool cfg_choose;	    /* anything was asked for */
const volatile bool cfg_choose_pid; /* a process in `pids` */
const volatile bool cfg_choose_uid;
const volatile __u32 cfg_uid; /* the effective one */
const volatile bool cfg_choose_comm;
const volatile char cfg_comm[HW_TAP_COMM_MAX];
const volatile bool cfg_comm_may_differ;  /* any thread of the process may be who is meant */
const volatile bool cfg_choose_cgroup;	  /* in or below one of `cgroups` */
const volatile bool cfg_choose_container; /* in or below one of `containers` */
const volatile __u64 cfg_newest_cgroup;	  /* not 0: or in a later one */

/* Process ids in the pid namespace of user space; 1: and what it starts, and so on. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u8);
} pids SEC(".maps");

/* Ids of version 2. */
struct cgroup_ids {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HW_TAP_CGROUPS_MAX);
	__type(key, __u64);
	__type(value, __u8);
} cgroups SEC(".maps"), containers SEC(".maps");

/* Where they are: who is started again has another cgroup there. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, HW_TAP_CGROUPS_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct hw_tap_cgroup_path);
	__type(value, struct hw_tap_cgroup_ids);
} cgroup_paths SEC(".maps");

static __always_inline const __u8 *find_pid(struct task_struct *task)
{
	const __u32 pid = pid_here(task);

	return bpf_map_lookup_elem(&pids, &pid);
}

static __always_inline bool is_comm(struct task_struct *task)
{
	char comm[HW_TAP_COMM_MAX] = {};

	BPF_CORE_READ_STR_INTO(&comm, task, comm);
	for (int i = 0; i < HW_TAP_COMM_MAX; i++) {
		if (comm[i] != cfg_comm[i])
			return false;
		if (!comm[i])
			break;
	}
	return true;
}

/* A thread may have another name than its process. */
static __always_inline bool has_comm(struct task_struct *task)
{
	if (cfg_comm_may_differ && BPF_CORE_READ(task, signal, nr_threads) > 1)
		return true;
	return is_comm(task) || is_comm(BPF_CORE_READ(task, group_leader));
}

static __always_inline struct kernfs_node *kernfs_parent(struct kernfs_node *kn)
{
	struct kernfs_node___rcu *rcu = (void *)kn;

	if (bpf_core_field_exists(rcu->__parent))
		return BPF_CORE_READ(rcu, __parent);
	return BPF_CORE_READ(kn, parent);
}

enum { CGROUP_DEPTH_MAX = 24 };

static __always_inline bool is_below(struct kernfs_node *kn, struct cgroup_ids *ids)
{
	for (int i = 0; i < CGROUP_DEPTH_MAX && kn; i++) {
		const __u64 id = BPF_CORE_READ(kn, id);

		if (bpf_map_lookup_elem(ids, &id))
			return true;
		kn = kernfs_parent(kn);
	}
	return false;
}

/* `*id` is in `ids`, if it is not 0; another one has taken its place. */
static __always_inline void replace(struct cgroup_ids *ids, __u64 *id, __u64 by)
{
	const __u8 one = 1;

	if (!*id)
		return;
	bpf_map_delete_elem(ids, id);
	bpf_map_update_elem(ids, &by, &one, BPF_ANY);
	*id = by;
}

/* Version 1 has trees of its own, with the same paths and numbers. */
static __always_inline bool is_version_2(struct cgroup *cgroup)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	return BPF_CORE_READ(cgroup, root) == BPF_CORE_READ(task, cgroups, dfl_cgrp, root);
}

static __always_inline bool is_in_cgroup(struct kernfs_node *kn)
{
	return !cfg_choose_cgroup || is_below(kn, &cgroups);
}

static __always_inline bool is_in_container(struct kernfs_node *kn)
{
	if (!cfg_choose_container ||
	    (cfg_newest_cgroup && BPF_CORE_READ(kn, id) > cfg_newest_cgroup))
		return true;
	return is_below(kn, &containers);
}

static __always_inline bool is_chosen(struct task_struct *task)
{
	struct kernfs_node *kn;

	if (cfg_choose_pid && !find_pid(task))
		return false;
	if (cfg_choose_uid && BPF_CORE_READ(task, cred, euid.val) != cfg_uid)
		return false;
	if (cfg_choose_comm && !has_comm(task))
		return false;
	if (!cfg_choose_cgroup && !cfg_choose_container)
		return true;
	kn = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn);
	return is_in_cgroup(kn) && is_in_container(kn);
}

#endif
