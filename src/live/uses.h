/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/uses.h - who used one socket, behind which frame
 *
 * The user of a frame is the first one to use its socket that way after it: to receive what came, to
 * send what left. Frames are named by their number, which counts the frames in the ring: no clock is
 * compared with another. The last ones only are remembered, and what is asked of before them has no
 * answer.
 */
#ifndef HW_LIVE_USES_H
#define HW_LIVE_USES_H

#include <stdint.h>

#include "live/task_id.h"

/* Ways, to be added. */
enum {
	HW_USES_RECEIVE = 1,
	HW_USES_SEND = 2,
};

enum {
	HW_USES_USERS_MAX = 12, /* they change when workers share a connection */
	HW_USES_SENDINGS_MAX = 8,
};

/* A thread that used the socket, and the frame behind which it did so last. */
struct hw_uses_user {
	struct hw_task_then task;
	uint64_t frame;
	uint8_t ways;
	bool is_likely; /* of a frame that left later: who sent last, and there were others */
};

/* A system call that sent, and the last frame before it was told. */
struct hw_uses_sending {
	uint64_t frame;
	uint32_t syscall; /* as in struct hw_tap_use */
};

/* Zeroed: nobody. What most frames need comes first. */
struct hw_uses {
	uint64_t forgotten; /* up to this frame, who used it first is not known any more */
	struct hw_task_then holder;
	uint8_t known;		    /* enum hw_tap_owner: how far `holder` is */
	uint8_t users_nr;	    /* the last one is users[users_nr - 1] */
	bool has_senders;	    /* more than `sender` */
	struct hw_task_then sender; /* the last one */
	struct hw_uses_user users[HW_USES_USERS_MAX];
	struct hw_uses_sending sendings[HW_USES_SENDINGS_MAX]; /* the newest first */
};

/* It is `task`'s as far as `known` (enum hw_tap_owner) says, unless more is known. */
void hw_uses_hold(struct hw_uses *u, const struct hw_task_then *task, uint8_t known);

/* `task` used it after the frame, in these ways. */
void hw_uses_add(struct hw_uses *u, const struct hw_task_then *task, uint8_t ways, uint64_t frame);

/* It sent by that, with `syscall` (as in struct hw_tap_use). */
void hw_uses_add_sender(struct hw_uses *u, const struct hw_task_then *task, uint32_t syscall,
			uint64_t frame);

/*
 * The frame left when nobody was sending: it is of who sent last; of several it may be of one
 * before, whose bytes waited for longer.
 */
void hw_uses_add_queued(struct hw_uses *u, uint64_t frame);

/* Who used it first after the frame, that way; NULL: nobody yet, or it is not known any more. */
const struct hw_uses_user *hw_uses_after(const struct hw_uses *u, uint8_t way, uint64_t frame);

/* The last one, that way or, if there was none, any; NULL: nor was there. */
const struct hw_uses_user *hw_uses_last(const struct hw_uses *u, uint8_t way);

/* The system call that sent the frame; HW_TAP_NO_SYSCALL: it is not known. */
uint32_t hw_uses_syscall(const struct hw_uses *u, uint64_t frame);

#endif
