/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/tap.bpf.c - copy what HTTP sockets send and receive, and tell who uses them
 *
 * The kernel side chooses and copies; parsing happens in user space, where it can be
 * tested. A tap never decides what happens to a packet: the verdict is always "pass".
 * Oldest kernel: 6.1.
 */
#include <linux/types.h>
#include <stdbool.h>

#include <linux/bpf.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "closing.h"

enum {
	PASS = 1,
	CUT_BYTES = 128,
	SOCK_STREAM = 1,
};

const volatile bool cfg_acks;		   /* packets without data are wanted, too */
const volatile __u32 cfg_snaplen = 262144; /* bytes of a packet that are copied */

/*
 * The verifier wants the size of a reservation to be a constant, so there are a few: powers of
 * two, and these and a half, which are for the lengths from that power on: see one_to().
 */
#define DEFINE_COPY(size)                                                                       \
	static __always_inline bool copy_##size(                                                \
		struct __sk_buff *skb, const struct hw_tap_frame *head, __u32 len, bool urgent) \
	{                                                                                       \
		struct {                                                                        \
			struct hw_tap_frame head;                                               \
			__u8 data[size];                                                        \
		} *r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);                               \
                                                                                                \
		if (!r) {                                                                       \
			count(HW_TAP_LOST);                                                     \
			return false;                                                           \
		}                                                                               \
		if (bpf_skb_load_bytes(skb, 0, r->data, one_to(size, len))) {                   \
			count(HW_TAP_UNREADABLE);                                               \
			bpf_ringbuf_discard(r, BPF_RB_NO_WAKEUP);                               \
			return false;                                                           \
		}                                                                               \
		r->head = *head;                                                                \
		bpf_ringbuf_submit(r, wake_flags(head->head.time_ns, urgent));                  \
		count(HW_TAP_COPIED);                                                           \
		return true;                                                                    \
	}

DEFINE_COPY(64)
DEFINE_COPY(128)
DEFINE_COPY(192)
DEFINE_COPY(256)
DEFINE_COPY(384)
DEFINE_COPY(512)
DEFINE_COPY(768)
DEFINE_COPY(1024)
DEFINE_COPY(1536)
DEFINE_COPY(4096)
DEFINE_COPY(16384)
DEFINE_COPY(32768)
DEFINE_COPY(65536)
DEFINE_COPY(131072) /* offloading makes packets that no link could carry */
DEFINE_COPY(262144)

GLOBAL bool copy(struct __sk_buff *skb, const struct hw_tap_frame *head, bool urgent)
{
	__u32 len;

	if (!head)
		return false;
	len = head->data_len;
	if (len <= 64)
		return copy_64(skb, head, len, urgent);
	if (len <= 128)
		return copy_128(skb, head, len, urgent);
	if (len <= 192)
		return copy_192(skb, head, len, urgent);
	if (len <= 256)
		return copy_256(skb, head, len, urgent);
	if (len <= 384)
		return copy_384(skb, head, len, urgent);
	if (len <= 512)
		return copy_512(skb, head, len, urgent);
	if (len <= 768)
		return copy_768(skb, head, len, urgent);
	if (len <= 1024)
		return copy_1024(skb, head, len, urgent);
	if (len <= 1536)
		return copy_1536(skb, head, len, urgent);
	if (len <= 4096)
		return copy_4096(skb, head, len, urgent);
	if (len <= 16384)
		return copy_16384(skb, head, len, urgent);
	if (len <= 32768)
		return copy_32768(skb, head, len, urgent);
	if (len <= 65536)
		return copy_65536(skb, head, len, urgent);
	if (len <= 131072)
		return copy_131072(skb, head, len, urgent);
	return copy_262144(skb, head, len, urgent);
}

static __always_inline void socket_of_packet(const struct packet *p, __u8 direction,
					     struct hw_tap_socket *ret)
{
	const bool in = direction == INGRESS;

	__builtin_memcpy(ret->local, in ? p->dst : p->src, 16);
	__builtin_memcpy(ret->remote, in ? p->src : p->dst, 16);
	ret->local_port = in ? p->dst_port : p->src_port;
	ret->remote_port = in ? p->src_port : p->dst_port;
}

/*
 * The connection as the socket has it: behind DNAT the packets of the two directions have
 * other addresses. Only a listener, which sees the SYN and at times the first data of a
 * connection (on the third ACK), and UDP have none of their own.
 */
static __always_inline void name_socket(struct __sk_buff *skb, struct bpf_sock *sk,
					struct tcp_sock *tcp, const struct packet *p,
					struct hw_tap_frame *f)
{
	if (tcp)
		read_tcp_socket(tcp, &f->socket);
	else
		f->socket.netns = 0;
	if (tcp && sk->state == BPF_TCP_LISTEN)
		f->flags |= HW_TAP_LISTENER;
	if (!tcp || f->flags)
		socket_of_packet(p, f->direction, &f->socket);
	if (p->opens)
		f->flags |= HW_TAP_OPENS;
	if (tcp && p->marks) {
		f->received = tcp->rcv_nxt;
		f->sent = tcp->snd_nxt;
		f->flags |= HW_TAP_PLACES;
		if (is_deaf((struct sock *)tcp))
			f->flags |= HW_TAP_DEAF;
	}
	f->socket.cookie = bpf_get_socket_cookie(skb);
}

static __always_inline void name_owner(struct hw_tap_frame *f, struct owner *o,
				       struct tcp_sock *tcp, __u8 direction, bool is_empty)
{
	if (!o->task.start_ns)
		return;
	f->owner = o->task;
	f->known = o->cookie == f->socket.cookie ? HW_TAP_OWNER_USER : HW_TAP_OWNER_INHERITED;
	if (!f->socket.netns)
		f->socket.netns = o->netns;
	if (direction != EGRESS || !tcp)
		return;
	if (!is_locked(tcp) || is_exiting()) {
		f->flags |= HW_TAP_QUEUED;
		return;
	}
	if (is_empty)
		f->flags |= HW_TAP_EMPTY;
	f->syscall = current_syscall((void *)bpf_get_current_task_btf());
	if (!is_sender(o, f->socket.cookie))
		return;
	f->flags |= HW_TAP_SENT;
	if (is_empty)
		return;
	/* Who only lets go what others sent is not taken for the sender: its next use tells. */
	if (o->sender && o->sender != (__u32)o->sum)
		o->sender = 0;
}

/*
 * Data passed the socket of `o`, and was copied or not. From TCP, what the user has received
 * so far tells whether there is something new; what is left out is nobody's.
 */
static __always_inline void note_data(struct owner *o, const struct hw_tap_frame *f, bool is_tcp,
				      __u8 direction, bool copied)
{
	const bool follows = is_tcp && direction == INGRESS;
	const __u32 way = direction == INGRESS ? PENDING_RECEIVE : PENDING_SEND;

	if (follows ? o->gate.follows == copied : !copied || f->flags & HW_TAP_SENT)
		return;
	if (follows)
		o->gate.follows = copied;
	if (!(o->pending & way))
		__sync_fetch_and_or(&o->pending, way);
}

static __always_inline bool is_wanted(const struct bpf_sock *sk)
{
	switch (sk->protocol) {
	case IPPROTO_TCP: /* the kernel's own, which refuses for others, is a raw one */
		return sk->type == SOCK_STREAM || cfg_packets;
	case IPPROTO_UDP:
		return cfg_udp;
	default:
		return cfg_packets;
	}
}

/* Without data it says nothing, nor does what is neither TCP nor DNS. */
static __always_inline bool is_of_use(const struct packet *p)
{
	if (cfg_packets)
		return true;
	if (p->protocol != IPPROTO_TCP)
		return p->payload_len && is_dns(p->src_port, p->dst_port);
	return p->payload_len || p->marks || cfg_acks || cfg_handshakes;
}

static __always_inline bool is_of_kind(const struct packet *p, const struct hw_tap_socket *socket)
{
	if (cfg_http || cfg_packets || p->protocol != IPPROTO_TCP)
		return true;
	return (cfg_flows && p->marks) || carries_dns(socket);
}

/*
 * What events will show as addresses and ports: those of the socket; of single packets, and
 * where the socket has none yet, those of the packet, or of the SYN that it answers
 * (src/live/handshakes.h). What is not TCP may be a tunnel, of which events show what is inside; and
 * of single packets those of a handshake may have other addresses than its SYN.
 */
static __always_inline bool is_between(const struct packet *p, const struct hw_tap_frame *f)
{
	struct hw_tap_socket on_wire = {};

	if (!cfg_ends_nr || (cfg_packets && p->protocol != IPPROTO_TCP))
		return true;
	if (f->flags & HW_TAP_LISTENER && p->marks && (cfg_packets || f->direction == EGRESS))
		return cfg_packets || is_noted(&f->socket);
	if (is_meant(&f->socket, p->protocol))
		return true;
	if (!cfg_packets && f->socket.remote_port)
		return false;
	socket_of_packet(p, f->direction, &on_wire);
	return is_meant(&on_wire, p->protocol);
}

/*
 * A socket that somebody used is his until another one does; what comes to a listener is
 * for whoever accepts it.
 */
static __always_inline bool is_others(const struct hw_tap_frame *f, const struct owner *o)
{
	return cfg_choose && o && o->cookie == f->socket.cookie && !o->chosen &&
	       !(f->flags & HW_TAP_LISTENER);
}

static __always_inline bool is_asked_for(const struct packet *p, const struct hw_tap_frame *f,
					 const struct owner *o)
{
	if (cfg_names && carries_dns(&f->socket))
		return true;
	return !is_others(f, o) && is_of_kind(p, &f->socket) && is_between(p, f);
}

/*
 * Data of a direction that had some before which were not HTTP, and is not now: most of what a
 * host without HTTP has, so it costs no more than this.
 */
static __always_inline bool is_still_other(struct __sk_buff *skb, const struct bpf_sock *sk,
					   const struct packet *p, int way, const struct gate *g)
{
	if (!cfg_gate || cfg_udp || cfg_flows || p->protocol != IPPROTO_TCP || !p->payload_len ||
	    sk->state == BPF_TCP_LISTEN)
		return false;
	return g->had_data[way] && !g->speaks_http[way] && !(p->marks && g->speaks_http[!way]) &&
	       !starts_again(skb, p->payload, p->payload_len);
}

/* How much of it is copied: where only its beginning is wanted, what is behind the headers goes. */
static __always_inline __u32 data_len(const struct __sk_buff *skb, const struct packet *p,
				      enum verdict verdict)
{
	const bool is_cut = verdict == COPY_CUT && p->payload < CUT_BYTES;

	if (verdict == COPY_PART)
		return p->keep < cfg_snaplen && p->keep < skb->len ? p->keep
		       : skb->len < cfg_snaplen			   ? skb->len
								   : cfg_snaplen;
	const __u32 max = is_cut && cfg_snaplen > CUT_BYTES ? CUT_BYTES : cfg_snaplen;

	return skb->len < max ? skb->len : max;
}

static __always_inline struct bpf_sock *wanted_socket(struct __sk_buff *skb)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk)
		return NULL;
	sk = bpf_sk_fullsock(sk);
	return sk && is_wanted(sk) ? sk : NULL;
}

/* Nobody needs the packet; of data it is kept that they passed. */
static __always_inline void leave(struct owner *o, const struct packet *p,
				  const struct hw_tap_frame *f, bool is_tcp, __u8 direction,
				  enum verdict verdict)
{
	count(verdict == LEAVE ? HW_TAP_PASSED : HW_TAP_SKIPPED);
	if (o && p->payload_len)
		note_data(o, f, is_tcp, direction, false);
}

/* `direction` is that of `f`, as the compiler knows it. */
static __always_inline void take(struct __sk_buff *skb, struct owner *o, const struct packet *p,
				 struct hw_tap_frame *f, struct tcp_sock *tcp, __u8 direction,
				 enum verdict verdict)
{
	if (o)
		name_owner(f, o, tcp, direction, !p->payload_len);
	set_head(&f->head, HW_TAP_FRAME);
	f->wire_len = skb->len;
	f->follows_non_http = verdict == COPY_BEHIND_NON_HTTP;
	f->data_len = data_len(skb, p, verdict);
	if (verdict == COPY_PART)
		f->flags |= HW_TAP_PART;
	if (!copy(skb, f, verdict == COPY_SOON))
		return;
	if (verdict == COPY_CUT)
		count(HW_TAP_CUT);
	if (o)
		note_end(&o->gate, p, f);
	if (o && p->payload_len)
		note_data(o, f, tcp, direction, true);
}

static __always_inline void tap(struct __sk_buff *skb, __u8 direction)
{
	struct hw_tap_frame f = { .direction = direction, .syscall = HW_TAP_NO_SYSCALL };
	struct bpf_sock *sk = wanted_socket(skb);
	struct packet p = {}; /* or a 6.1 takes it for read by who fills it */
	const int way = direction == EGRESS;
	enum verdict verdict;
	struct tcp_sock *tcp;
	struct owner *o;

	if (!sk)
		return;
	if (!read_packet(skb, &p)) {
		count(HW_TAP_UNREADABLE);
		return;
	}
	if (!is_of_use(&p)) {
		count(HW_TAP_PASSED);
		return;
	}
	o = bpf_sk_storage_get(&owners, sk, NULL, cfg_gate ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (o && is_still_other(skb, sk, &p, way, &o->gate)) {
		count(HW_TAP_PASSED);
		return;
	}
	tcp = bpf_skc_to_tcp_sock(sk);
	name_socket(skb, sk, tcp, &p, &f);
	if (!is_asked_for(&p, &f, o)) {
		count(HW_TAP_FILTERED);
		return;
	}
	if (cfg_ends_nr && p.opens && f.flags & HW_TAP_LISTENER)
		note_handshake(&f.socket);
	verdict = judge(skb, sk, &p, way, &f.socket, o ? &o->gate : NULL);
	if (verdict == LEAVE || verdict == LEAVE_SKIPPED)
		leave(o, &p, &f, tcp, direction, verdict);
	else
		take(skb, o, &p, &f, tcp, direction, verdict);
}

SEC("cgroup_skb/ingress")
int tap_ingress(struct __sk_buff *skb)
{
	tap(skb, INGRESS);
	return PASS;
}

SEC("cgroup_skb/egress")
int tap_egress(struct __sk_buff *skb)
{
	tap(skb, EGRESS);
	return PASS;
}

/*
 * Whoever makes or connects a socket owns it until another one uses it. Most connect what they
 * have made.
 */
static __always_inline void own(struct bpf_sock *sk, __u64 cookie, __u32 protocol)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct owner *o = bpf_sk_storage_get(&owners, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	__u64 sum;

	if (!o) {
		count(HW_TAP_NO_STORAGE);
		return;
	}
	sum = current_sum();
	if (o->cookie == cookie && o->sum == sum && o->chosen && is_told(o) &&
	    (protocol == IPPROTO_TCP || o->netns))
		return;
	set_owner(o, cookie, task, sum);
	if (protocol != IPPROTO_TCP) /* which says so itself */
		o->netns = BPF_CORE_READ(task, nsproxy, net_ns, ns.inum);
	tell_current(o, task, sum);
}

SEC("cgroup/sock_create")
int own_created(struct bpf_sock *sk)
{
	if (sk->protocol == IPPROTO_TCP || sk->protocol == IPPROTO_UDP || cfg_packets)
		own(sk, bpf_get_socket_cookie(sk), sk->protocol);
	return PASS;
}

SEC("cgroup/connect4")
int own_connected4(struct bpf_sock_addr *ctx)
{
	if (ctx->sk)
		own(ctx->sk, bpf_get_socket_cookie(ctx), ctx->protocol);
	return PASS;
}

SEC("cgroup/connect6")
int own_connected6(struct bpf_sock_addr *ctx)
{
	if (ctx->sk)
		own(ctx->sk, bpf_get_socket_cookie(ctx), ctx->protocol);
	return PASS;
}

static __always_inline int use(struct sock *sk, bool sends)
{
	const __u16 protocol = sk->sk_protocol;

	if (is_inet(sk) &&
	    (protocol == IPPROTO_TCP || (cfg_udp && protocol == IPPROTO_UDP) || cfg_packets))
		use_socket(sk, sends);
	return 0;
}

/* (sk, result, flags). From 6.3 on. Fires behind the frames that the call made. */
SEC("?tp_btf/sock_send_length")
int use_sent(__u64 *ctx)
{
	return (int)ctx[1] > 0 ? use((struct sock *)ctx[0], true) : 0;
}

/* (sk). In every call that takes bytes from a TCP socket: recv, read, splice, io_uring. */
SEC("?tp_btf/tcp_rcv_space_adjust")
int use_received(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];

	/* With user data someone in the kernel reads it, perhaps in an interrupt. */
	return sk->sk_user_data ? 0 : use(sk, false);
}

/* (sk, result, flags). From 6.3 on; TCP has the other one. */
SEC("?tp_btf/sock_recv_length")
int use_datagram(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];

	return (int)ctx[1] > 0 && sk->sk_protocol != IPPROTO_TCP ? use(sk, false) : 0;
}

/* (sk, state before, state). Not in the listener's name, which has neither bytes nor a peer. */
SEC("?tp_btf/inet_sock_set_state")
int tell_state(__u64 *ctx)
{
	struct sock *sk = (struct sock *)ctx[0];

	if ((int)ctx[2] == BPF_TCP_CLOSE && (int)ctx[1] != BPF_TCP_LISTEN && is_inet(sk) &&
	    sk->sk_protocol == IPPROTO_TCP)
		take_closed(sk, ctx[1]);
	return 0;
}

/* (sk, message, size, result). Before 6.3, where fexit is allowed. */
SEC("?fexit/tcp_sendmsg")
int use_sendmsg(__u64 *ctx)
{
	return (int)ctx[3] > 0 ? use((struct sock *)ctx[0], true) : 0;
}

/* (sk, page, offset, size, flags, result) */
SEC("?fexit/tcp_sendpage")
int use_sendpage(__u64 *ctx)
{
	return (int)ctx[5] > 0 ? use((struct sock *)ctx[0], true) : 0;
}

/* (parent, child). Threads have their process's entry. */
SEC("?tp_btf/sched_process_fork")
int choose_child(__u64 *ctx)
{
	struct task_struct *parent = (struct task_struct *)ctx[0];
	const __u32 pid = pid_here((struct task_struct *)ctx[1]);
	const __u8 *with_children = find_pid(parent), one = 1;

	if (with_children && *with_children)
		bpf_map_update_elem(&pids, &pid, &one, BPF_ANY);
	return 0;
}

/*
 * (task). With its last thread, which need not be the first one, a process gives its id back. In an
 * exec of another thread the first one ends, and the process goes on.
 */
SEC("?tp_btf/sched_process_exit")
int forget_pid(__u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	const __u32 pid = pid_here(task);

	if (BPF_CORE_READ(task, signal, live.counter) == 0)
		bpf_map_delete_elem(&pids, &pid);
	return 0;
}

/* (cgroup, its path). What is started again, as a service or a container, is meant then, too. */
SEC("?tp_btf/cgroup_mkdir")
int choose_cgroup(__u64 *ctx)
{
	struct cgroup *cgroup = (struct cgroup *)ctx[0];
	const __u64 id = BPF_CORE_READ(cgroup, kn, id);
	struct hw_tap_cgroup_path path = {};
	struct hw_tap_cgroup_ids *ids;

	if (bpf_probe_read_kernel_str(path.text, sizeof(path.text), (void *)ctx[1]) < 0)
		return 0;
	ids = bpf_map_lookup_elem(&cgroup_paths, &path);
	if (!ids || !is_version_2(cgroup))
		return 0;
	replace(&cgroups, &ids->cgroup, id);
	replace(&containers, &ids->container, id);
	return 0;
}

/* Sockets that are there when we come: who holds them. Read once, at start. */
SEC("?iter/task_file")
int own_open(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct socket *socket;
	struct sock *sk;
	struct owner *o;
	__u64 cookie;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk || !is_inet(sk) || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	cookie = bpf_get_socket_cookie(sk);
	o = bpf_sk_storage_get(&owners, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!o || o->task.start_ns)
		return 0; /* the first one that holds it: the others may have it from there */

	set_owner(o, 0, task, 0);
	tell_owner(o, task);
	tell_use(sk, NULL, cookie, task, HW_TAP_OWNER_INHERITED, false);
	return 0;
}

/*
 * Behind all other variables: in one page with those that every packet looks at are then the
 * counters of the first CPUs.
 */
struct hw_tap_counters counters[HW_TAP_CPUS_MAX] __attribute__((aligned(128)));

char LICENSE[] SEC("license") = "Dual BSD/GPL";
