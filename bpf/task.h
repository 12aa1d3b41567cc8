/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/task.h - who a thread is, told to user space once
 *
 * All is read here, while the thread lives: a short-lived client is gone when user space
 * looks for it in /proc. What is read at each use is read through pointers that the verifier
 * knows as those of a thread: a load each, where BPF_CORE_READ() calls a helper.
 */
#ifndef HW_BPF_TASK_H
#define HW_BPF_TASK_H

#include <bpf/bpf_core_read.h>

#include "choose.h"
#include "ring.h"

/*
 * What may change in the life of a thread, and is told again then. Its parent, namespaces and cgroups
 * are told apart by where the kernel keeps them.
 */
struct task_state {
	__u64 exec_id, parent, namespaces, cgroups;
	__u32 uid, chosen;
	__u32 forgotten, reserved;
	char comm[HW_TAP_COMM_MAX];
};

/* Threads that user space knows. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, struct hw_tap_task_id);
	__type(value, struct task_state);
} told SEC(".maps");

/* Counts the threads that are told of again: what user space knew of one is not so any more. */
__u32 retold_nr;

/* Counts how often user space had forgotten some: all are told again. It adds to both. */
__u32 forgotten_nr;

static __always_inline struct hw_tap_task_id task_id(struct task_struct *task)
{
	struct hw_tap_task_id id = {
		.start_ns = task->start_boottime,
		.tid = task->pid,
		.tgid = task->tgid,
	};

	return id;
}

/* What is behind the NUL of a name may be of an older one. */
static __always_inline void task_comm(struct task_struct *task, char ret[HW_TAP_COMM_MAX])
{
	__builtin_memset(ret, 0, HW_TAP_COMM_MAX);
	BPF_CORE_READ_STR_INTO((char(*)[HW_TAP_COMM_MAX])ret, task, comm);
}

static __always_inline void task_state(struct task_struct *task, struct task_state *ret)
{
	ret->exec_id = task->self_exec_id;
	ret->parent = (__u64)BPF_CORE_READ(task, real_parent);
	ret->namespaces = (__u64)BPF_CORE_READ(task, nsproxy);
	ret->cgroups = (__u64)BPF_CORE_READ(task, cgroups);
	ret->uid = BPF_CORE_READ(task, cred, euid.val);
	ret->chosen = !cfg_choose || is_chosen(task);
	ret->forgotten = *(volatile __u32 *)&forgotten_nr;
	ret->reserved = 0;
	task_comm(task, ret->comm);
}

/*
 * Of the current thread: as good as all that task_state() has but `chosen` and `forgotten`, and
 * who it is, in one word. Of two that differ in one of the words below the sums differ, as the
 * factors are odd; of others they do but for one in 2^64. Another cgroup is another css_set; that
 * an address is taken for a number needs a difference, or the verifier refuses. Each pointer that
 * is followed here costs the verifier 2 ms, as it goes through the names of all types of the kernel,
 * so that this is to be seen once in a program; and a use costs it a line of memory.
 */
GLOBAL __u64 current_sum(void)
{
	const struct task_struct *task = (void *)bpf_get_current_task_btf();
	const __u64 *comm = (const void *)task->comm;
	const __u64 cgroups = (const char *)task->cgroups - (const char *)task;
	const __u64 parent = (const char *)task->real_parent - (const char *)task;
	const __u64 namespaces = (const char *)task->nsproxy - (const char *)task;

	return task->self_exec_id * 0x9e3779b97f4a7c15 + cgroups * 0xbf58476d1ce4e5b9 +
	       ((__u64)task->cred->euid.val << 32 | (__u32)task->pid) * 0x94d049bb133111eb +
	       task->start_boottime * 0xd6e8feb86659fd93 + comm[0] * 0xa0761d6478bd642f +
	       comm[1] * 0xe7037ed1a0b428db + parent * 0x8ebc6af09c88c6e3 +
	       namespaces * 0x589965cc75374cc3;
}

static __always_inline bool same_state(const struct task_state *a, const struct task_state *b)
{
	const __u64 *x = (const void *)a->comm, *y = (const void *)b->comm;

	return a->exec_id == b->exec_id && a->parent == b->parent &&
	       a->namespaces == b->namespaces && a->cgroups == b->cgroups && a->uid == b->uid &&
	       a->chosen == b->chosen && a->forgotten == b->forgotten && x[0] == y[0] &&
	       x[1] == y[1];
}

/* Returns false if there is no room for another name of any length. */
static __always_inline bool add_name(struct hw_tap_names *names, const void *name)
{
	const __u32 at = names->len;
	long len;

	if (at > HW_TAP_NAMES_MAX - HW_TAP_NAME_MAX) {
		names->cut = 1;
		return false;
	}
	len = bpf_probe_read_kernel_str(names->text + at, HW_TAP_NAME_MAX, name);
	if (len > 0 && len <= HW_TAP_NAME_MAX)
		names->len = at + len;
	return true;
}

/*
 * Steps of bpf_loop(), which the verifier reads once: a loop it reads as often as it turns,
 * in each program that tells of a task, and the start waits for that.
 */
enum step { GO_ON, STOP };
enum { DEPTH_MAX = 25 }; /* steps: names of a path, mounts among them, and the root */

struct path_walk {
	struct hw_tap_names *names;
	struct dentry *dentry;
	struct mount *mount;
	bool is_done;
};

static long step_of_path(__u32 i, struct path_walk *w)
{
	struct dentry *dentry = w->dentry, *parent = BPF_CORE_READ(dentry, d_parent);
	struct mount *mount = w->mount, *outer = BPF_CORE_READ(mount, mnt_parent);

	(void)i;
	w->is_done = true;
	if (dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		if (outer == mount)
			return STOP;
		w->dentry = BPF_CORE_READ(mount, mnt_mountpoint);
		w->mount = outer;
	} else {
		if (!add_name(w->names, BPF_CORE_READ(dentry, d_name.name)))
			return STOP;
		if (dentry == parent)
			return STOP; /* it is in no tree: a memfd */
		w->dentry = parent;
	}
	w->is_done = false;
	return GO_ON;
}

/* The path of the running program, as the thread's own mount namespace has it. */
static __always_inline void exe_names(struct task_struct *task, struct hw_tap_names *ret)
{
	struct file *file = BPF_CORE_READ(task, mm, exe_file);
	struct vfsmount *vfs = BPF_CORE_READ(file, f_path.mnt);
	struct path_walk w = {
		.names = ret,
		.dentry = BPF_CORE_READ(file, f_path.dentry),
		.mount = (void *)vfs - bpf_core_field_offset(struct mount, mnt),
	};

	if (!file)
		return;
	bpf_loop(DEPTH_MAX, step_of_path, &w, 0);
	if (!w.is_done)
		ret->cut = 1;
}

/*
 * The thread's cgroup that says most: that of version 2, or where this is the root (a
 * hybrid host keeps its containers in version 1) the first of version 1 that is not.
 */
static __always_inline struct kernfs_node *cgroup_node(struct task_struct *task)
{
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct kernfs_node *kn = BPF_CORE_READ(set, dfl_cgrp, kn);

	if (kernfs_parent(kn))
		return kn;
	for (int i = 0; i < 4; i++) {
		struct cgroup_subsys_state *css = NULL;

		BPF_CORE_READ_INTO(&css, set, subsys[i]);
		kn = BPF_CORE_READ(css, cgroup, kn);
		if (kn && kernfs_parent(kn))
			return kn;
	}
	return NULL;
}

struct cgroup_walk {
	struct hw_tap_names *names;
	struct kernfs_node *node; /* NULL: all names are there */
};

static long step_of_cgroup(__u32 i, struct cgroup_walk *w)
{
	struct kernfs_node *node = w->node, *parent = kernfs_parent(node);

	(void)i;
	if (!parent) { /* the root has no name */
		w->node = NULL;
		return STOP;
	}
	if (!add_name(w->names, BPF_CORE_READ(node, name)))
		return STOP;
	w->node = parent;
	return GO_ON;
}

static __always_inline void cgroup_names(struct task_struct *task, struct hw_tap_names *ret)
{
	struct cgroup_walk w = { .names = ret, .node = cgroup_node(task) };

	if (!w.node)
		return;
	bpf_loop(DEPTH_MAX, step_of_cgroup, &w, 0);
	if (w.node)
		ret->cut = 1;
}

static __always_inline void task_ids(struct task_struct *task, struct hw_tap_task *t)
{
	struct task_struct *leader = BPF_CORE_READ(task, group_leader);
	/* Any of its threads may have forked. */
	struct task_struct *parent = BPF_CORE_READ(task, real_parent, group_leader);
	const __u32 level = BPF_CORE_READ(task, thread_pid, level);

	t->id = task_id(task);
	t->leader_start_ns = BPF_CORE_READ(leader, start_boottime);
	t->parent_start_ns = BPF_CORE_READ(parent, start_boottime);
	t->ppid = BPF_CORE_READ(parent, tgid);
	t->pid_ns = pid_ns_at(task, level);
	t->pid = pid_at(leader, level);
	t->ns_tid = pid_at(task, level);
	t->ns_ppid = pid_at(parent, level); /* 0: outside, as getppid() has it */
}

static __always_inline void task_namespaces(struct task_struct *task, struct hw_tap_task *t)
{
	struct nsproxy *ns = BPF_CORE_READ(task, nsproxy);

	t->mnt_ns = BPF_CORE_READ(ns, mnt_ns, ns.inum);
	t->net_ns = BPF_CORE_READ(ns, net_ns, ns.inum);
	t->host[0] = '\0';
	BPF_CORE_READ_STR_INTO(&t->host, ns, uts_ns, name.nodename);
}

/* Tell user space who `task` is, if it does not know yet. Returns false if it still does not. */
static __always_inline bool tell_task(struct task_struct *task)
{
	const struct hw_tap_task_id id = task_id(task);
	const struct task_state *old = bpf_map_lookup_elem(&told, &id);
	struct task_state state;
	struct hw_tap_task *t;

	task_state(task, &state);
	if (old && same_state(old, &state))
		return true;

	t = bpf_ringbuf_reserve(&ring, sizeof(*t), 0);
	if (!t) {
		count(HW_TAP_LOST_TASK);
		return false;
	}
	set_head(&t->head, HW_TAP_TASK);
	task_ids(task, t);
	task_namespaces(task, t);
	t->cgroup_id = BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id);
	t->uid = state.uid;
	t->chosen = state.chosen;
	__builtin_memcpy(t->comm, state.comm, sizeof(t->comm));
	task_comm(BPF_CORE_READ(task, group_leader), t->process);
	__builtin_memset(t->reserved, 0, sizeof(t->reserved));
	t->exe.len = t->exe.cut = 0;
	t->cgroup.len = t->cgroup.cut = 0;
	exe_names(task, &t->exe);
	cgroup_names(task, &t->cgroup);
	bpf_ringbuf_submit(t, BPF_RB_NO_WAKEUP);
	if (old)
		__sync_fetch_and_add(&retold_nr, 1);
	bpf_map_update_elem(&told, &id, &state, BPF_ANY);
	return true;
}

#endif
