/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * bpf/abi.h - what the kernel side and user space hand to each other
 *
 * Included by both sides, so: fixed-size types, no pointers, no implicit padding.
 * <linux/types.h> comes first. Every record in the ring begins with its type, and all but
 * struct hw_tap_again, hw_tap_left and hw_tap_ends_at with a struct hw_tap_head; records come in
 * the order in which the kernel made them. Numbers are in host order, addresses in network order.
 */
#ifndef HW_BPF_ABI_H
#define HW_BPF_ABI_H

enum hw_tap_type {
	HW_TAP_FRAME = 1, /* struct hw_tap_frame: a packet passed a socket */
	HW_TAP_USE,	  /* struct hw_tap_use: a process used a socket */
	HW_TAP_TASK,	  /* struct hw_tap_task: who that process is; before its first use */
	HW_TAP_AGAIN,	  /* struct hw_tap_again: the one who used a socket last does so again */
	HW_TAP_LEFT,	  /* struct hw_tap_left: chunks were left out before the next frame */
	HW_TAP_ENDS_AT,	  /* struct hw_tap_ends_at: the next frame may begin a message */
	HW_TAP_CLOSED,	  /* struct hw_tap_closed: a connection is over, and no frame says so */
};

struct hw_tap_head {
	__u32 type; /* enum hw_tap_type */
	__u32 cpu;
	__u64 time_ns; /* CLOCK_BOOTTIME */
};

/* A thread. Ids are used again; with the time of its start it is this one. */
struct hw_tap_task_id {
	__u64 start_ns;	 /* CLOCK_BOOTTIME; 0: nobody */
	__u32 tid, tgid; /* in the first pid namespace */
};

/* A socket as it knows itself. IPv4 addresses are IPv4-mapped. */
struct hw_tap_socket {
	__u64 cookie;
	__u8 local[16], remote[16];
	__u16 local_port, remote_port;
	__u32 netns; /* inode number; 0: not known */
};

/* How far `owner` of a frame is known, from the socket alone. */
enum hw_tap_owner {
	HW_TAP_OWNER_NONE,
	HW_TAP_OWNER_INHERITED, /* from the socket that this one was accepted from */
	HW_TAP_OWNER_USER,	/* used this very socket before */
};

#define HW_TAP_LISTENER (1u << 0) /* it is the listener's cookie, and the packet's addresses */
#define HW_TAP_OPENS (1u << 1)	  /* the first packet of a connection (SYN without ACK) */
#define HW_TAP_SENT (1u << 2)	  /* `owner` sends it, in `syscall`: no use is told */
#define HW_TAP_PART (1u << 3)	  /* the rest of it is of a body that nobody wants */
#define HW_TAP_PLACES (1u << 4)	  /* `received` and `sent` are known */
#define HW_TAP_DEAF (1u << 5)	  /* the socket takes nothing any more */
#define HW_TAP_QUEUED (1u << 6)	  /* nobody sends it now: it waited for room, or goes again */
#define HW_TAP_EMPTY (1u << 7)	  /* it has no payload: nobody sent it before it left */

/* `data_len` bytes of the packet follow, from its IP header on. */
struct hw_tap_frame {
	struct hw_tap_head head;
	struct hw_tap_socket socket;
	struct hw_tap_task_id owner;
	__u32 wire_len, data_len;
	__u32 syscall;	      /* of who has the socket as it leaves; as in struct hw_tap_use */
	__u32 received, sent; /* of SYN, FIN, RST: sequence numbers before which all has passed */
	__u8 direction;	      /* 1: to the socket, 2: from it */
	__u8 known;	      /* enum hw_tap_owner */
	__u8 flags;	      /* HW_TAP_LISTENER, HW_TAP_OPENS, and so on */
	/*
	 * Not 0: a message seems to begin with its data, and what no frame has of its direction before
	 * them was left out, as it was not HTTP.
	 */
	__u8 follows_non_http;
};

/* Of a 32-bit program on a 64-bit kernel: it has other numbers. */
#define HW_TAP_COMPAT (1u << 31)
#define HW_TAP_NO_SYSCALL 0x7fffffffu

/*
 * The first use (send, receive) of a socket after a frame with payload passed it that way whose
 * user is not known from the frame itself, or by another thread than the last one. So the user of
 * a frame is who comes first in the ring behind it, of those who used it that way.
 */
struct hw_tap_use {
	struct hw_tap_head head;
	struct hw_tap_socket socket;
	struct hw_tap_task_id task;
	__u16 known;   /* enum hw_tap_owner: _INHERITED says who holds it, not who used it */
	__u16 sends;   /* not 0: it sent, else it received */
	__u32 syscall; /* that sends, with HW_TAP_COMPAT; HW_TAP_NO_SYSCALL */
};

/*
 * It received: the thread that records before this one named for the socket, where it is still
 * `tid`. It has no head: nearly every receive is one of these, and nobody asks when it was.
 */
struct hw_tap_again {
	__u32 type; /* HW_TAP_AGAIN */
	__u32 tid;
	__u64 cookie;
};

/*
 * Of a chunked body all before `until` was left out: a line with the size of a chunk begins at
 * `from`, as user space has said (see struct hw_tap_skip), as was guessed or read. It is of the next
 * frame of that socket and direction; sequence numbers.
 */
struct hw_tap_left {
	__u32 type; /* HW_TAP_LEFT */
	__u32 direction;
	__u64 cookie;
	__u32 from, until;
	__u32 next;    /* where the first line with a size begins that was not passed */
	__u32 framing; /* bytes between `from` and `next` that are not data */
};

/*
 * A message begins with the data of the next frame of that socket and direction, and ends at `seq`,
 * or if it is chunked that begins there, if its head is what it looks like. If user space finds that
 * it does, and that no other request waits for its response, it says so in struct hw_tap_skip.
 */
struct hw_tap_ends_at {
	__u32 type; /* HW_TAP_ENDS_AT */
	__u32 direction;
	__u64 cookie;
	__u32 seq;
	__u32 is_chunked;
};

/*
 * A socket's connection is over, and no FIN or RST that says so was copied: its kernel has given it
 * up (RFC 9293 3.8.3), or has refused what came in a RST that is of no socket.
 */
struct hw_tap_closed {
	struct hw_tap_head head;
	struct hw_tap_socket socket;
	__u32 received, sent; /* as in struct hw_tap_frame */
	__u32 error;	      /* why, as the user of the socket is told: ETIMEDOUT; 0: nothing */
	__u8 state;	      /* of RFC 9293 3.3.2, as the kernel numbers them, that it was in */
	__u8 flags;	      /* HW_TAP_DEAF */
	__u8 reserved[2];
};

enum {
	HW_TAP_NAME_MAX = 256,	/* one component with its NUL */
	HW_TAP_NAMES_MAX = 768, /* all that are kept */
	HW_TAP_COMM_MAX = 16,
	HW_TAP_HOST_MAX = 65,
};

/* Names of a path, innermost first, each with its NUL. */
struct hw_tap_names {
	__u32 len;
	__u32 cut; /* not 0: outer names were left out */
	char text[HW_TAP_NAMES_MAX];
};

struct hw_tap_task {
	struct hw_tap_head head;
	struct hw_tap_task_id id;
	__u64 leader_start_ns, parent_start_ns;
	__u64 cgroup_id;
	__u32 pid, ns_tid, ns_ppid; /* in its own pid namespace */
	__u32 ppid;		    /* in the first one */
	__u32 uid;
	__u32 chosen; /* not 0: it is among those that were asked for */
	__u32 mnt_ns, pid_ns, net_ns;
	char comm[HW_TAP_COMM_MAX];
	char process[HW_TAP_COMM_MAX]; /* the name of its process: that of its first thread */
	char host[HW_TAP_HOST_MAX];
	__u8 reserved[3];
	struct hw_tap_names exe, cgroup;
};

_Static_assert(sizeof(struct hw_tap_socket) == 48, "padding in the ABI");
_Static_assert(sizeof(struct hw_tap_frame) == 104, "padding in the ABI");
_Static_assert(sizeof(struct hw_tap_use) == 88, "padding in the ABI");
_Static_assert(sizeof(struct hw_tap_closed) == 80, "padding in the ABI");
_Static_assert(sizeof(struct hw_tap_task) == 16 + 16 + 24 + 32 + 2 * 16 + 72 + 2 * 776,
	       "padding in the ABI");

/* Counted per CPU; a CPU's counters are never moved by another one. */
enum hw_tap_counter {
	HW_TAP_COPIED,	   /* packets of sockets that were copied into the ring */
	HW_TAP_PASSED,	   /* ... without payload, or not HTTP */
	HW_TAP_SKIPPED,	   /* ... inside a body that user space does not want */
	HW_TAP_FILTERED,   /* ... of processes or connections that were not asked for */
	HW_TAP_LOST,	   /* ... that found the ring full */
	HW_TAP_UNREADABLE, /* ... whose headers or bytes could not be read */
	HW_TAP_LOST_USE,   /* uses that found the ring full */
	HW_TAP_LOST_TASK,  /* tasks that found the ring full */
	HW_TAP_NO_STORAGE, /* sockets that could not be given an owner */
	HW_TAP_CUT,	   /* packets of HW_TAP_COPIED of which only the beginning was */
	HW_TAP_LOST_CLOSE, /* ends of connections that found the ring full */
	HW_TAP_COUNTER_NR,
};

enum { HW_TAP_CGROUPS_MAX = 1024 }; /* room for those asked for, of each kind */

/* Where a cgroup is in its tree: "/system.slice/docker-....scope". NULs fill what is behind it. */
struct hw_tap_cgroup_path {
	char text[320];
};

/* Which one is there now, of those that were asked for; 0: it was not. */
struct hw_tap_cgroup_ids {
	__u64 cgroup, container;
};

enum { HW_TAP_CPUS_MAX = 256 }; /* a power of two; more CPUs share counters */

/* On cache lines of its own. */
struct hw_tap_counters {
	__u64 n[16];
};

_Static_assert(HW_TAP_COUNTER_NR <= 16, "counters of a CPU");

/*
 * Written by user space, read by the kernel side: what is not to be copied of the socket
 * `cookie`. Index it by the cookie modulo HW_TAP_SKIPS_MAX: who comes later takes the
 * place, and the other one is copied whole again. While it is changed, `cookie` is 0.
 * Packets of direction d whose bytes lie all in [from, until) are left out; the one that
 * reaches `until` is copied, so that the end has its time.
 */
struct hw_tap_skip {
	__u64 cookie;
	__u32 from[2], until[2]; /* TCP sequence numbers, at most 1 GiB apart; [0]: ingress */
	__u32 ends_at[2];	 /* the answer to struct hw_tap_ends_at */
	__u32 ignore;		 /* bit d: not HTTP; copy only what looks like a start line, and
				  * from there on all, until this is said again: bit 2 + d changes */
	__u32 chunked;		 /* bit d: in a body of chunks; the line with the size of one begins
				  * at from[d], that of the first began at until[d] */
	__u32 ends;		 /* bit d: a message ends at ends_at[d]; cleared by who asks */
	__u32 reserved;
};

enum { HW_TAP_SKIPS_MAX = 65536 };

/* So many bytes of one direction in turn are copied whole, unless there is no room. */
enum { HW_TAP_UNCUT = 65536 };

_Static_assert(sizeof(struct hw_tap_skip) == 48, "padding in the ABI");

enum { HW_TAP_DNS_PORTS_MAX = 16 }; /* HW_DNS_PORTS_MAX */

/* An alternative of a condition, as struct hw_end_range; addresses are in host order. */
struct hw_tap_ends {
	__u64 low[2], high[2];
	__u16 port_low, port_high;
	__u8 protocol; /* 0: any */
	__u8 is_last;
	__u8 reserved[2];
};

enum { HW_TAP_ENDS_MAX = 64 }; /* HW_ENDS_MAX */

_Static_assert(sizeof(struct hw_tap_ends) == 40, "padding in the ABI");

#endif
