/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/kernel.h - the few fields of kernel structs that we read
 *
 * Only names and types count: CO-RE takes the offsets from the running kernel. A name
 * with three underscores is another version of the struct before them.
 */
#ifndef HW_BPF_KERNEL_H
#define HW_BPF_KERNEL_H

#include <linux/in6.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct ns_common {
	unsigned int inum;
};

struct net {
	struct ns_common ns;
};

typedef struct {
	struct net *net;
} possible_net_t;

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	void *sk_user_data;
	__u16 sk_protocol;
	__u8 sk_shutdown;
	int sk_err;
};

struct socket {
	struct sock *sk;
};

struct inet_sock {
	struct sock sk;
	__be16 inet_sport;
};

struct inet_connection_sock {
	struct inet_sock icsk_inet;
};

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt, snd_nxt, write_seq;
};

struct kernfs_node {
	struct kernfs_node *parent; /* until 6.14 */
	const char *name;
	__u64 id;
};

struct kernfs_node___rcu {
	struct kernfs_node *__parent;
};

struct cgroup_root;

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct cgroup_subsys_state {
	struct cgroup *cgroup;
};

struct css_set {
	struct cgroup_subsys_state *subsys[4];
	struct cgroup *dfl_cgrp;
};

struct pid_namespace {
	struct ns_common ns;
};

struct upid {
	int nr;
	struct pid_namespace *ns;
};

struct pid {
	unsigned int level;
	struct upid numbers[1];
};

struct mnt_namespace {
	struct ns_common ns;
};

struct new_utsname {
	char nodename[65];
};

struct uts_namespace {
	struct new_utsname name;
};

struct nsproxy {
	struct uts_namespace *uts_ns;
	struct mnt_namespace *mnt_ns;
	struct net *net_ns;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount {
	struct dentry *mnt_root;
};

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct path f_path;
};

struct mm_struct {
	struct file *exe_file;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct cred {
	kuid_t euid;
};

struct signal_struct {
	int nr_threads;
	struct {
		int counter;
	} live; /* threads that have not exited */
};

struct thread_info {
	__u32 status;
};

struct pt_regs { /* of x86, and of arm64 */
	unsigned long orig_ax;
};

struct pt_regs___arm64 {
	int syscallno;
};

struct task_struct {
	struct thread_info thread_info;
	unsigned int flags;
	int pid, tgid;
	__u64 start_boottime;
	__u64 self_exec_id;
	struct pid *thread_pid;
	struct task_struct *group_leader, *real_parent;
	struct mm_struct *mm;
	struct nsproxy *nsproxy;
	struct css_set *cgroups;
	const struct cred *cred;
	struct signal_struct *signal;
	char comm[16];
};

struct bpf_iter__task_file {
	struct task_struct *task;
	struct file *file;
};

#pragma clang attribute pop

#endif
