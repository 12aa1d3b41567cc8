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

#include "ends.h"
#include "task.h"

enum {
	FAMILY_INET = 2,
	FAMILY_INET6 = 10,
};

enum gate_bit {
	HEARD = 1 | 1 << 2, /* hw_tap_skip.ignore, as it was when a start line came all the same */
	READS_CHUNKS = 1 << 3,
	LEAVES_CHUNKS = 1 << 4,
	HAS_LONG = 1 << 5,  /* a body of BODY_LONG and more passed; see length.h */
	HAS_ENDED = 1 << 6, /* what says so was copied; see closing.h */
};

/* The way of a frame, and of the use that it waits for. */
enum pending {
	PENDING_RECEIVE = 1,
	PENDING_SEND = 2,
};

/* What a connection has said of itself. A listener says nothing: its copies begin with that. */
struct gate {
	__u32 run_bytes;     /* of long data since the other direction had some */
	__u8 run_way;	     /* its direction, as below */
	bool speaks_http[2]; /* per direction: [0] to the socket, [1] from it */
	bool had_data[2];    /* copied or not */
	bool follows;	     /* what comes is copied: of more of it the user is told */
	__u8 bits[2];	     /* enum gate_bit of the direction */
};

static __always_inline bool is_other(const struct gate *g)
{
	return (g->had_data[0] || g->had_data[1]) && !g->speaks_http[0] && !g->speaks_http[1];
}

/*
 * At most 64 bytes: a copy that cannot be allocated would break the new connection. What
 * comes to a socket passes us on the CPU of who sends it, if it is on this host. So, that
 * the two CPUs do not take the same line from each other with every packet, neither writes
 * what is so already, and what each use writes comes last: the kernel has 8 bytes before a
 * struct owner, which so is the first of the next line.
 */
struct owner {
	__u64 cookie; /* of the socket that it was made for */
	struct hw_tap_task_id task;
	__u64 sum;    /* current_sum() of the task, as it was then */
	__u32 retold; /* retold_nr, when user space was told of it */
	union {
		__u32 netns;  /* of UDP: TCP says so itself */
		__u32 sender; /* of TCP: the low half of the sum of who was named last as sending */
	};
	__u32 pending; /* enum pending: a frame passed since the last use that must be told of */
	struct gate gate;
	__u32 received; /* rcv_nxt (RFC 9293 3.3.1) at the last use */
	__u32 chosen;	/* not 0: it was asked for */
};

_Static_assert(sizeof(struct owner) <= 64, "the clone must stay small");
_Static_assert(__builtin_offsetof(struct owner, received) == 56, "the next cache line");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC | BPF_F_CLONE);
	__type(key, int);
	__type(value, struct owner);
} owners SEC(".maps");

const volatile bool cfg_udp;
const volatile bool cfg_packets; /* events of single packets: all there are */
const volatile bool cfg_names;	 /* what DNS says is for all others */

static __always_inline void set_owner(struct owner *o, __u64 cookie, struct task_struct *task,
				      __u64 sum)
{
	o->task = task_id(task);
	o->sum = sum;
	o->chosen = !cfg_choose || is_chosen(task);
	o->cookie = cookie;
}

/* User space knows the task as it is, unless it is another one or one was told of again. */
static __always_inline bool is_told(const struct owner *o)
{
	return o->retold == *(volatile __u32 *)&retold_nr;
}

static __always_inline void untell_owner(struct owner *o)
{
	o->retold = *(volatile __u32 *)&retold_nr - 1;
}

static __always_inline void tell_owner(struct owner *o, struct task_struct *task)
{
	const __u32 retold = *(volatile __u32 *)&retold_nr;

	o->retold = tell_task(task) ? retold : retold - 1;
}

/*
 * Who user space was told of last by this CPU, as current_sum() and retold_nr have it: most
 * sockets are made by a thread that has just made another one.
 */
struct {
	__u64 sum;
} __attribute__((aligned(64))) last_told[HW_TAP_CPUS_MAX];

/* The same of the current thread, of which `sum` is that. */
static __always_inline void tell_current(struct owner *o, struct task_struct *task, __u64 sum)
{
	__u64 *last = &last_told[bpf_get_smp_processor_id() & (HW_TAP_CPUS_MAX - 1)].sum;
	const __u32 retold = *(volatile __u32 *)&retold_nr;
	const __u64 now = sum + retold * 0x9e3779b97f4a7c15;

	if (!cfg_choose && *last == now) {
		o->retold = retold;
		return;
	}
	tell_owner(o, task);
	if (o->retold == retold)
		*last = now;
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

/* One that was closed has given its port back, but for what it put into packets. */
static __always_inline void read_tcp_socket(const struct tcp_sock *tcp, struct hw_tap_socket *ret)
{
	read_socket((const struct sock *)tcp, ret);
	if (!ret->local_port)
		ret->local_port = bpf_ntohs(tcp->inet_conn.icsk_inet.inet_sport);
}

static __always_inline void tell_again(__u64 cookie, const struct task_struct *task)
{
	struct hw_tap_again *again = bpf_ringbuf_reserve(&ring, sizeof(*again), 0);

	if (!again) {
		count(HW_TAP_LOST_USE);
		return;
	}
	*again = (struct hw_tap_again){ HW_TAP_AGAIN, task->pid, cookie };
	bpf_ringbuf_submit(again, BPF_RB_NO_WAKEUP);
}

enum {
	TASK_EXITING = 0x4,	/* PF_EXITING */
	TASK_IO_WORKER = 0x10,	/* PF_IO_WORKER */
	TASK_KERNEL = 0x200000, /* PF_KTHREAD */
	STATUS_COMPAT = 2,	/* TS_COMPAT of x86 */
};

/* What leaves as a process ends, in whatever call a signal found it, was sent before. */
static __always_inline bool is_exiting(void)
{
	return ((struct task_struct *)bpf_get_current_task_btf())->flags & TASK_EXITING;
}

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

/* No use wakes the reader: it looks by itself while events wait for their process. */
static __always_inline bool tell_use(const struct sock *sk, const struct tcp_sock *tcp,
				     __u64 cookie, struct task_struct *task,
				     enum hw_tap_owner known, bool sends)
{
	struct hw_tap_use *use;

	use = bpf_ringbuf_reserve(&ring, sizeof(*use), 0);
	if (!use) {
		count(HW_TAP_LOST_USE);
		return false;
	}
	set_head(&use->head, HW_TAP_USE);
	if (tcp)
		read_tcp_socket(tcp, &use->socket);
	else
		read_socket(sk, &use->socket);
	use->socket.cookie = cookie;
	use->task = task_id(task);
	use->known = known;
	use->sends = sends;
	use->syscall = sends ? current_syscall(task) : HW_TAP_NO_SYSCALL;
	bpf_ringbuf_submit(use, BPF_RB_NO_WAKEUP);
	return true;
}

/* Only who has locked the socket makes it send outside of an interrupt, and then no interrupt does. */
static __always_inline bool is_locked(struct tcp_sock *tcp)
{
	return ((struct sock *)tcp)->sk_lock.owned;
}

/*
 * Whether the current thread, which has locked the socket, is who makes it send: what is in `o` of
 * the thread is then as user space knows it; else the use that follows tells.
 */
static __always_inline bool is_sender(const struct owner *o, __u64 cookie)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();

	return !(task->flags & TASK_KERNEL) && o->cookie == cookie && o->chosen && is_told(o) &&
	       o->sum == current_sum();
}

/* What was sent waits in the socket: no frame that passed tells who sent it. */
static __always_inline bool has_unsent(const struct tcp_sock *tcp)
{
	return tcp && tcp->write_seq != tcp->snd_nxt;
}

/* Whether there is something to tell who receives of; if so it is told now. */
static __always_inline bool take_received(struct owner *o, const struct tcp_sock *tcp)
{
	if (!tcp || !o->gate.follows || o->received == tcp->rcv_nxt)
		return false;
	o->received = tcp->rcv_nxt;
	return true;
}

/* A frame that comes between the two looks is told with the next use. */
static __always_inline bool take_pending(struct owner *o, __u32 way)
{
	return o->pending & way && __sync_fetch_and_and(&o->pending, ~way) & way;
}

static __always_inline void forget_user(struct owner *o, const struct tcp_sock *tcp)
{
	o->sum = 0;
	if (tcp)
		o->sender = 0;
}

/* A connection that was not asked for: nothing of it is copied that would need its user. */
static __always_inline bool is_unmeant(const struct tcp_sock *tcp)
{
	struct hw_tap_socket s = {};

	if (!cfg_ends_nr || cfg_packets || cfg_names || !tcp)
		return false;
	read_tcp_socket(tcp, &s);
	return s.remote_port && !is_meant(&s, IPPROTO_TCP);
}

/* Whether `o` has the thread already, as it is now. */
static __always_inline bool keep_user(struct owner *o, __u64 cookie, struct task_struct *task,
				      __u64 sum)
{
	if (o->cookie != cookie || o->sum != sum) {
		set_owner(o, cookie, task, sum);
		return false;
	}
	if (o->chosen || !is_chosen(task))
		return true;
	o->chosen = 1; /* it was asked for meanwhile */
	return false;
}

static __always_inline void tell_user(struct sock *sk, struct owner *o, const struct tcp_sock *tcp,
				      __u64 cookie, struct task_struct *task, __u64 sum,
				      bool is_known, bool sends)
{
	if (!is_known)
		tell_current(o, task, sum);
	if (sends && tcp)
		o->sender = (__u32)sum;
	if (is_known && !sends)
		tell_again(cookie, task);
	else if (!tell_use(sk, tcp, cookie, task, HW_TAP_OWNER_USER, sends))
		forget_user(o, tcp); /* who it is was not told: the next use does */
}

/* The current thread sent or received through `sk`. */
static __always_inline void use_socket(struct sock *sk, bool sends)
{
	const __u32 way = sends ? PENDING_SEND : PENDING_RECEIVE;
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);
	bool is_known, is_due, waits;
	struct owner *o;
	__u64 cookie, sum;

	o = bpf_sk_storage_get(&owners, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!o) {
		count(HW_TAP_NO_STORAGE);
		return;
	}
	cookie = bpf_get_socket_cookie(sk);
	waits = sends && has_unsent(tcp);
	/* What was sent has told of it already, or it matters to nobody whose it is. */
	if (o->cookie == cookie && !(o->pending & way) && !waits &&
	    (sends ? o->chosen : is_other(&o->gate)))
		return;
	sum = current_sum();
	is_known = keep_user(o, cookie, task, sum);
	is_due = sends ? waits && o->sender != (__u32)sum : take_received(o, tcp);
	is_due |= take_pending(o, way);
	if (!is_due && is_known)
		return;
	if (is_unmeant(tcp)) {
		untell_owner(o);
		return;
	}
	tell_user(sk, o, tcp, cookie, task, sum, is_known && is_told(o), sends);
}

#endif
