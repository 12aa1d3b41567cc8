/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/uses.c - see uses.h */
#include "live/uses.h"

#include <stddef.h>
#include <string.h>

void hw_uses_hold(struct hw_uses *u, const struct hw_task_then *task, uint8_t known)
{
	if (known < u->known)
		return;
	u->holder = *task;
	u->known = known;
}

/* The number of the last one that has one of these ways; users_nr: there is none. */
static uint8_t last_of(const struct hw_uses *u, uint8_t ways)
{
	for (uint8_t i = u->users_nr; i > 0; i--)
		if (u->users[i - 1].ways & ways)
			return i - 1;
	return u->users_nr;
}

/* By its frame: one that goes on is told of where it is, in front of those that came later. */
static void forget_oldest(struct hw_uses *u)
{
	uint8_t oldest = 0;

	for (uint8_t i = 1; i < u->users_nr; i++)
		if (u->users[i].frame < u->users[oldest].frame)
			oldest = i;
	u->forgotten = u->users[oldest].frame;
	u->users_nr--;
	memmove(&u->users[oldest], &u->users[oldest + 1],
		(size_t)(u->users_nr - oldest) * sizeof(u->users[0]));
}

static void add_user(struct hw_uses *u, const struct hw_task_then *task, uint8_t ways,
		     uint64_t frame, bool is_likely)
{
	const uint8_t i = last_of(u, ways);
	struct hw_uses_user *last = &u->users[i];

	if (i < u->users_nr && hw_task_then_eq(&last->task, task) && last->ways == ways &&
	    last->is_likely == is_likely) {
		last->frame = frame;
		return;
	}
	if (u->users_nr == HW_USES_USERS_MAX)
		forget_oldest(u);
	u->users[u->users_nr++] = (struct hw_uses_user){ *task, frame, ways, is_likely };
}

void hw_uses_add(struct hw_uses *u, const struct hw_task_then *task, uint8_t ways, uint64_t frame)
{
	add_user(u, task, ways, frame, false);
}

static void add_sending(struct hw_uses *u, uint32_t syscall, uint64_t frame)
{
	struct hw_uses_sending *newest = u->sendings;

	if (syscall == HW_TAP_NO_SYSCALL)
		return;
	if (!newest->frame || newest->syscall != syscall) /* else: as if it were one call */
		memmove(newest + 1, newest, sizeof(u->sendings) - sizeof(*newest));
	*newest = (struct hw_uses_sending){ frame, syscall };
}

void hw_uses_add_sender(struct hw_uses *u, const struct hw_task_then *task, uint32_t syscall,
			uint64_t frame)
{
	u->has_senders |=
		hw_task_id_is_set(&u->sender.id) && !hw_task_id_eq(&u->sender.id, &task->id);
	u->sender = *task;
	add_sending(u, syscall, frame);
}

/* Another process uses it, too: it may have begun to send. */
static bool is_shared(const struct hw_uses *u)
{
	for (uint8_t i = 0; i < u->users_nr; i++)
		if (u->users[i].task.id.tgid != u->sender.id.tgid)
			return true;
	return false;
}

void hw_uses_add_queued(struct hw_uses *u, uint64_t frame)
{
	if (!hw_task_id_is_set(&u->sender.id))
		return;
	add_user(u, &u->sender, HW_USES_SEND, frame, u->has_senders || is_shared(u));
	if (u->sendings[0].frame)
		u->sendings[0].frame = frame;
}

const struct hw_uses_user *hw_uses_after(const struct hw_uses *u, uint8_t way, uint64_t frame)
{
	for (uint8_t i = 0; frame > u->forgotten && i < u->users_nr; i++)
		if (u->users[i].ways & way && u->users[i].frame >= frame)
			return &u->users[i];
	return NULL;
}

const struct hw_uses_user *hw_uses_last(const struct hw_uses *u, uint8_t way)
{
	const uint8_t i = last_of(u, way);

	if (!u->users_nr)
		return NULL;
	return &u->users[i < u->users_nr ? i : u->users_nr - 1];
}

uint32_t hw_uses_syscall(const struct hw_uses *u, uint64_t frame)
{
	const struct hw_uses_sending *sending = NULL;

	for (int i = 0; i < HW_USES_SENDINGS_MAX && u->sendings[i].frame >= frame; i++)
		sending = &u->sendings[i];
	/* One before the oldest may have been the one. */
	if (!sending || sending == &u->sendings[HW_USES_SENDINGS_MAX - 1])
		return HW_TAP_NO_SYSCALL;
	return sending->syscall;
}
