/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/live.h - frames of all TCP sockets of the host, through eBPF
 *
 * Programs on the root of the cgroup v2 tree copy what sockets send and receive, and
 * others tell which thread used which socket. All is undone when the process ends, in
 * whatever way. One thread uses a hw_live. Between hw_live_open() and hw_live_close() its
 * functions make no system call other than epoll_wait(), clock_gettime() and pread().
 *
 *	hw_live_open(&live, &options, error, sizeof(error));
 *	while (running) {
 *		hw_live_read(live, frames, FRAMES_MAX, 10, &nr);
 *		hw_engine_feed(engine, frames, nr);	(its events ask hw_live_owner())
 *		for (i = 0; (c = hw_live_closed(live, i)); i++)
 *			hw_engine_close(engine, &c->socket, c->time_ns, c->how);
 *		hw_engine_advance(engine, hw_live_now(live));
 *	}
 *	hw_live_close(live);
 */
#ifndef HW_LIVE_LIVE_H
#define HW_LIVE_LIVE_H

#include "base/ends.h"
#include "live/choice.h"
#include "live/owners.h"
#include "live/task_id.h"

struct hw_live; /* opaque */

struct hw_live_options {
	size_t ring_bytes;    /* made a power of two; at least 256 KiB */
	uint32_t snaplen;     /* bytes of a packet that are copied, at most 262144 */
	uint32_t sockets_max; /* whose users are remembered */
	uint32_t tasks_max;   /* threads that are remembered */
	bool http;	      /* what is HTTP */
	bool dns;	      /* what is of these ports, of UDP too */
	const uint16_t *dns_ports;
	size_t dns_ports_nr; /* 0: port 53; at most HW_DNS_PORTS_MAX */
	bool names;	     /* DNS of everybody and all connections, whatever is asked for */
	bool flows;	     /* beginning and end of every connection, HTTP or not */
	bool packets;	     /* every packet, of UDP and ICMP too; as without the gate */
	bool acks;	     /* packets without data too, of what is HTTP */
	bool handshakes;     /* packets that end a handshake, to know how long it took */
	const struct hw_choice
		*choice; /* NULL: everybody; else only their frames, as far as known */
	const struct hw_ends
		*ends; /* NULL: all connections; else only those, as events show them */
	bool gate;     /* do not copy what is not HTTP, nor what hw_live_skip() names */
	bool may_cut; /* when the ring is nearly full bodies may lose what is behind HW_LIVE_UNCUT */
	bool no_bodies; /* no byte of a body is wanted */
};

enum { HW_LIVE_UNCUT = 65536 }; /* bytes of a body, as it is transferred */

/* clang-format off */
#define HW_LIVE_OPTIONS_INIT { \
	.ring_bytes = (size_t)16 << 20, \
	.snaplen = 262144, \
	.sockets_max = 65536, \
	.tasks_max = 32768, \
	.http = true, \
	.gate = true, \
}
/* clang-format on */

enum { HW_LIVE_BATCH_MAX = 512 }; /* frames that one read gives */

/*
 * Load and attach. Returns 0, -EPERM (not permitted), -EOPNOTSUPP (this kernel or this
 * host lacks what is needed), -ENOMEM, or another error of the kernel. On failure
 * `ret_error` has one line that says what is missing and what helps.
 */
int hw_live_open(struct hw_live **ret, const struct hw_live_options *options, char *ret_error,
		 size_t error_max);

/* Detach. Takes NULL. */
void hw_live_close(struct hw_live *l);

/* The i-th thing that this kernel does not offer and what that means; NULL: no more. */
const char *hw_live_note(const struct hw_live *l, size_t i);

/*
 * What is not seen any more, in a few words ("packets received"): somebody has detached our
 * program. It cannot be attached again: open another one. NULL: all is seen, as far as was known
 * a second ago.
 */
const char *hw_live_lacks(const struct hw_live *l);

/* A place in the kernel that a program of ours is attached to. */
struct hw_live_hook {
	char name[48];	     /* "cgroup_skb/ingress" */
	const char *gives;   /* in a few words: "packets received" */
	const char *without; /* a sentence on what lacks without it; NULL: all */
	int error;	     /* 0: it works; -ESRCH: this kernel has none; else why not */
};

/* Load libbpf, without which nothing can be watched. Returns false if it is not there. */
bool hw_live_load(void);

/*
 * Load the program of the i-th hook, attach it and take it back at once. False: there are
 * no more. Needs no hw_live; takes up to 100 ms.
 */
bool hw_live_try(size_t i, struct hw_live_hook *ret);

/*
 * The frames that are there, at most `max`; waits at most `timeout_ms` for the first (-1:
 * for ever). They, their sockets and bytes stay valid until the next call. A frame's
 * `number` counts from 1. Returns 0 (*ret_nr is 0 after the time), or -EINTR, where there is
 * nothing: no frame, and nothing of hw_live_closed().
 */
int hw_live_read(struct hw_live *l, struct hw_frame *frames, size_t max, int timeout_ms,
		 size_t *ret_nr);

/* A connection that its kernel has ended, and no frame says so. */
struct hw_live_closed {
	uint64_t time_ns;
	struct hw_socket socket;
	enum hw_close how;
};

/* The i-th of those that the last read gave, all behind its frames; NULL: no more. */
const struct hw_live_closed *hw_live_closed(const struct hw_live *l, size_t i);

/*
 * A place in what the kernel side writes: where it writes next, and whether all before `place`
 * was read.
 */
uint64_t hw_live_written(const struct hw_live *l);
bool hw_live_has_read(const struct hw_live *l, uint64_t place);

/*
 * Nanoseconds since the epoch on the clock of the frames, for hw_engine_advance(). That goes on as it
 * was when the hw_live was opened, if the host's is set: by how much it was, up to the last read.
 */
uint64_t hw_live_now(const struct hw_live *l);
int64_t hw_live_clock_set(const struct hw_live *l);

/* What to ask for the owner of an event with. */
struct hw_live_passing {
	uint64_t key;		    /* of the socket */
	uint64_t number;	    /* of the frame */
	struct hw_task_then sender; /* see hw_owners_sender() */
	uint32_t cpu;		    /* that it passed on; 0: not known */
};

/*
 * Of the frame `number`, if that was among those of the last read; else no more than `cookie`, of
 * its socket, is known.
 */
struct hw_live_passing hw_live_passing(const struct hw_live *l, uint64_t number, uint64_t cookie);

/*
 * Who sent or received it, as far as is known now: see hw_owners_find(). Who is not exact may
 * become so: ask again after the next reads, for 20 ms, before it is printed.
 */
enum hw_owner_known hw_live_owner(struct hw_live *l, const struct hw_live_passing *passing,
				  enum hw_direction direction, struct hw_process *ret,
				  uint64_t *ret_cookie);

/* The connection of the socket has ended, see hw_owners_end(): who used it is forgotten in a while. */
void hw_live_end(struct hw_live *l, uint64_t cookie, uint64_t peer);

/*
 * Before a read: hw_live_owner() will be asked of events that were made at `since_ns` (of
 * hw_live_now()) or later, and of those to come. UINT64_MAX: of those to come alone.
 */
void hw_live_asked(struct hw_live *l, uint64_t since_ns);

/*
 * Bytes with sequence numbers from `from` on and before `until` (at most 1 GiB further) of
 * the socket and direction are not wanted. The packet that has the last of them is copied
 * all the same. It takes effect when it does; what was copied before still comes.
 */
void hw_live_skip(struct hw_live *l, uint64_t cookie, enum hw_direction direction, uint32_t from,
		  uint32_t until);

/*
 * The same of whole chunks (RFC 9112 7.1): the first line with a size was at `body`, another one
 * begins at `at`. It takes effect if the kernel side has read all lines since the first, or
 * hears of it before the byte at `at` passes; `left_out` of a frame tells.
 */
void hw_live_skip_chunks(struct hw_live *l, uint64_t cookie, enum hw_direction direction,
			 uint32_t body, uint32_t at);

/*
 * The answer to hw_frame.ends_at: a message ends there, or its chunked body begins there, and no
 * other one waits for its response.
 */
void hw_live_ends_at(struct hw_live *l, uint64_t cookie, enum hw_direction direction, uint32_t seq);

/* The direction is not HTTP: only what looks like a start line is wanted. */
void hw_live_ignore(struct hw_live *l, uint64_t cookie, enum hw_direction direction);

/* Packets that were lost so far because the ring was full, or cut because it was nearly. */
uint64_t hw_live_lost(const struct hw_live *l);
uint64_t hw_live_cut(const struct hw_live *l);

/* Counters, as hw_engine_counter() gives them. Returns false if `i` is too large. */
bool hw_live_counter(const struct hw_live *l, size_t i, struct hw_counter *ret);

#endif
