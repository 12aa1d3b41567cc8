/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/answer.h - a description of a container as bytes of one size, between processes
 *
 * Who reads the files of strangers may have been taken over by them, so what it answers is
 * looked at as if it came from them. Does no I/O.
 */
#ifndef HW_LIVE_ANSWER_H
#define HW_LIVE_ANSWER_H

#include <stdbool.h>

#include "live/container.h"
#include "live/description.h"

enum { HW_ANSWER_TEXTS = 6 };

/* In the order of the host: both ends are the same program. */
struct hw_answer {
	uint8_t id[HW_CONTAINER_ID_LEN]; /* of the container that was asked for */
	uint16_t len[HW_ANSWER_TEXTS];
	uint8_t pod_sandbox; /* 0 or 1 */
	uint8_t zero[3];
	char text[HW_DESCRIPTION_TEXT_MAX]; /* one behind the other, zeros behind them */
};

/* NULL: nothing is known. `id` has HW_CONTAINER_ID_LEN bytes. */
void hw_answer_pack(struct hw_answer *ret, const uint8_t *id, const struct hw_description *d);

/* Returns false if it is none. */
bool hw_answer_unpack(const struct hw_answer *a, struct hw_description *ret);

#endif
