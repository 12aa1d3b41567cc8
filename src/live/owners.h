/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/owners.h - which process uses which socket, as the kernel side tells it
 *
 * Fed with the records of the ring in their order. A frame's owner is the first to use
 * its socket after it (uses.h), so it is known a moment later than the frame; until then there
 * is only who used or who opened the socket before. Sockets and threads are kept in tables of a
 * fixed size (sockets.h, tasks.h). Does no I/O.
 */
#ifndef HW_LIVE_OWNERS_H
#define HW_LIVE_OWNERS_H

#include "event/event.h"

struct hw_tap_frame;
struct hw_tap_use;
struct hw_tap_again;
struct hw_tap_task;
struct hw_task_then;

struct hw_owners; /* opaque */

enum hw_owner_known {
	HW_OWNER_NONE,
	HW_OWNER_INHERITED, /* used it before, or opened the listener it comes from */
	HW_OWNER_EXACT,	    /* sent or received the very frame */
};

struct hw_owners_options {
	uint32_t sockets_max, tasks_max;
	bool sends_untold; /* the kernel tells of receiving only: who connected has sent */
};

/* Returns 0, -EINVAL (a maximum of 0), or -ENOMEM. */
int hw_owners_new(struct hw_owners **ret, const struct hw_owners_options *options);

/* Takes NULL. */
void hw_owners_free(struct hw_owners *o);

/*
 * Records come at `now_ns`. Who still asks for owners does so of events that were made at
 * `asked_ns` or later; UINT64_MAX: nobody does. Both and that of hw_owners_end() are of one clock.
 */
void hw_owners_begin(struct hw_owners *o, uint64_t now_ns, uint64_t asked_ns);

/*
 * The socket's connection has ended, and its events have been made. It is forgotten in a while, but
 * not before that of `peer`, the socket at its other end, has ended, too: the events there say who it
 * was. 0: not known. If it is used all the same it stays for longer, or is known again from then on.
 */
void hw_owners_end(struct hw_owners *o, uint64_t cookie, uint64_t peer, uint64_t now_ns);

/*
 * The frame with the number `number` passed. Gives the cookie to know its socket by: the
 * socket's own, but for one that came to a listener, before its connection had a socket, that
 * of the connection: a number above 2^63 that hw_owners_find() knows, also when the real one is
 * known.
 */
uint64_t hw_owners_frame(struct hw_owners *o, const struct hw_tap_frame *frame, uint64_t number);

/* Who has sent the frame, if it says so itself; else `id.start_ns` is 0. To be asked as it passes. */
struct hw_task_then hw_owners_sender(const struct hw_owners *o, const struct hw_tap_frame *frame);

/* A thread used a socket, after the frame with number `frame`. */
void hw_owners_use(struct hw_owners *o, const struct hw_tap_use *use, uint64_t frame);

/* The same of the thread that the socket's records named last. Another one is not believed. */
void hw_owners_again(struct hw_owners *o, const struct hw_tap_again *again, uint64_t frame);

/*
 * A thread is this. `boot_ns` is what to add to a time since boot for one since the
 * epoch. Without memory it stays unknown, and is counted.
 */
void hw_owners_task(struct hw_owners *o, const struct hw_tap_task *task, int64_t boot_ns);

/*
 * Who sent or received the frame with number `frame` of the socket `cookie`? `ret` is filled (with no
 * more than ids, and `start_ns` 0, if nothing else is known any more) unless the answer is
 * HW_OWNER_NONE; its texts are valid until the next call that is not hw_owners_find(). `ret_cookie` is
 * the kernel's cookie of the socket, 0 where it is not known (yet). What is not exact may become so
 * with more records. `sender`: see hw_owners_sender(); NULL: nobody.
 */
enum hw_owner_known hw_owners_find(struct hw_owners *o, uint64_t cookie, uint64_t frame,
				   enum hw_direction direction, const struct hw_task_then *sender,
				   struct hw_process *ret, uint64_t *ret_cookie);

/*
 * Whether a thread that was told of was asked for since the last call, and was not known any more:
 * the kernel side should tell of it again.
 */
bool hw_owners_take_missed(struct hw_owners *o);

/*
 * Entries that were dropped while they might have been of use. That a thread has ended nobody says, and
 * nearly all that make room have: those count that are asked for once more.
 */
struct hw_owners_lost {
	uint64_t sockets, tasks;
};
struct hw_owners_lost hw_owners_lost(const struct hw_owners *o);

#endif
