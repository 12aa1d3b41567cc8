/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/owner.h - which thread uses a socket, kept on the socket itself
 *
 * Only where a process context is certain is the current task looked at: making a socket,
 * connecting it, sending, receiving. A packet program may run in an interrupt, where the
 * current task is anybody.
 *
 * A connection that is accepted gets a copy of the listener's owner. The copy has the
 * listener's cookie in it, and so tells that it is inherited.
 */
#ifndef HW_BPF_OWNER_H
#define HW_BPF_OWNER_H

#include <linux/in.h>

#include "task.h"

enum {
	FAMILY_INET = 2,
	FAMILY_INET6 = 10,
	PROTOCOL_MPTCP = 262,
};

/* What a connection has said of itself. A listener says nothing: its copies begin with that. */
struct gate {
	bool speaks_http[2]; /* per direction: [0] to the socket, [1] from it */
	bool judged[2];	     /* it had data */
	__u32 run_bytes[2];  /* of data since the other direction had some */
};

static __always_inline bool is_other(const struct gate *g)
{
	return (g->judged[0] || g->judged[1]) && !g->speaks_http[0] && !g->speaks_http[1];
}

/* At most 64 bytes: a copy that cannot be allocated would break the new connection. */
struct owner {
	__u64 cookie; /* of the socket that it was made for */
	struct hw_tap_task_id task;
	__u64 sum;    /* current_sum() of the task, as it was then */
	__u32 retold; /* retold_nr, when user space was told of it */
	__u32 netns;
	__u32 pending; /* not 0: a frame passed since the last use */
	__u32 chosen;  /* not 0: it was asked for */
	struct gate gate;
};

_Static_assert(sizeof(struct owner) <= 64, "the clone must stay small");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct owner);
} owners SEC(".maps");

const volatile bool cfg_udp;

static __always_inline void set_owner(struct owner *o, __u64 cookie, struct task_struct *task,
				      __u64 sum)
{
	o->task = task_id(task);
	o->sum = sum;
	o->chosen = !cfg_choose || is_chosen(task);
	o->cookie = cookie;
}

/* User space knows the task as it is, unless it is another one or one was told of again. */
static __always_inline void tell_owner(struct owner *o, struct task_struct *task, bool is_known)
{
	const __u32 retold = *(volatile __u32 *)&retold_nr;

	if (is_known && o->retold == retold)
		return;
	o->retold = tell_task(task) ? retold : retold - 1;
}

static __always_inline bool is_inet(const struct sock *sk)
{
	const __u16 family = sk->__sk_common.skc_family;

	return family == FAMILY_INET || family == FAMILY_INET6;
}

static __always_inline void map_address(__u8 to[16], __be32 v4)
{
	__u32 *word = (__u32 *)to;

	word[0] = word[1] = 0;
	word[2] = bpf_htonl(0xffff);
	word[3] = v4;
}

static __always_inline void read_socket(const struct sock *sk, struct hw_tap_socket *ret)
{
	const struct sock_common *c = &sk->__sk_common;

	if (c->skc_family == FAMILY_INET) {
		map_address(ret->local, c->skc_rcv_saddr);
		map_address(ret->remote, c->skc_daddr);
	} else {
		*(struct in6_addr *)ret->local = c->skc_v6_rcv_saddr;
		*(struct in6_addr *)ret->remote = c->skc_v6_daddr;
	}
	ret->local_port = c->skc_num;
	ret->remote_port = bpf_ntohs(c->skc_dport);
	ret->netns = c->skc_net.net->ns.inum;
}

static __always_inline void tell_use(const struct sock *sk, __u64 cookie, struct task_struct *task,
				     enum hw_tap_owner known, __u32 syscall)
{
	struct hw_tap_use *use;

	use = bpf_ringbuf_reserve(&ring, sizeof(*use), 0);
	if (!use) {
		count(HW_TAP_LOST_USE);
		return;
	}
	set_head(&use->head, HW_TAP_USE);
	read_socket(sk, &use->socket);
	use->socket.cookie = cookie;
	use->task = task_id(task);
	use->known = known;
	use->syscall = syscall;
	bpf_ringbuf_submit(use, wake_flags(use->head.time_ns, false));
}

enum {
	TASK_IO_WORKER = 0x10,	/* PF_IO_WORKER */
	TASK_KERNEL = 0x200000, /* PF_KTHREAD */
	STATUS_COMPAT = 2,	/* TS_COMPAT of x86 */
};

/* The system call that the current thread is in. Those of the kernel's own threads are in none. */
static __always_inline __u32 current_syscall(struct task_struct *task)
{
	const struct pt_regs *regs = (void *)bpf_task_pt_regs((void *)task);
	const struct pt_regs___arm64 *arm64 = (void *)regs;
	__u32 nr;

	if (task->flags & (TASK_IO_WORKER | TASK_KERNEL))
		return HW_TAP_NO_SYSCALL;
	nr = bpf_core_field_exists(arm64->syscallno) ? (__u32)BPF_CORE_READ(arm64, syscallno)
						     : (__u32)regs->orig_ax;
	if (nr >= HW_TAP_NO_SYSCALL)
		return HW_TAP_NO_SYSCALL;
	if (!bpf_core_field_exists(arm64->syscallno) && task->thread_info.status & STATUS_COMPAT)
		nr |= HW_TAP_COMPAT;
	return nr;
}

/* The current thread sent or received through `sk`. */
static __always_inline void use_socket(struct sock *sk, bool sends)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	const __u64 cookie = bpf_get_socket_cookie(sk);
	bool is_known = true;
	struct owner *o;
	__u64 sum;

	o = bpf_sk_storage_get(&owners, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!o) {
		count(HW_TAP_NO_STORAGE);
		return;
	}
	if (o->cookie == cookie && !o->pending && is_other(&o->gate))
		return; /* whose it is matters to nobody */
	sum = current_sum(task);
	if (o->cookie == cookie && o->sum == sum) {
		/* It may have been asked for meanwhile. */
		if (!o->chosen && is_chosen(task)) {
			o->chosen = 1;
			is_known = false;
		}
		/* A frame that comes between the two is told with the next use. */
		if (!o->pending || !__sync_lock_test_and_set(&o->pending, 0))
			return;
	} else {
		o->pending = 0;
		set_owner(o, cookie, task, sum);
		is_known = false;
	}
	tell_owner(o, task, is_known);
	tell_use(sk, cookie, task, HW_TAP_OWNER_USER,
		 sends ? current_syscall(task) : HW_TAP_NO_SYSCALL);
}

#endif
