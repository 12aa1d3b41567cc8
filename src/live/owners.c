/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/owners.c */
#include "live/owners.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include "live/sockets.h"
#include "live/syscall.h"
#include "live/tasks.h"

struct hw_owners {
	struct hw_sockets sockets;
	struct hw_tasks tasks;
	bool sends_untold;
	bool has_missed; /* a thread that was told of is not known any more */
	uint64_t missed; /* how often that was so */
};

int hw_owners_new(struct hw_owners **ret, const struct hw_owners_options *options)
{
	struct hw_owners *o;

	if (!options->sockets_max || !options->tasks_max)
		return -EINVAL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->sends_untold = options->sends_untold;
	if (!hw_sockets_init(&o->sockets, options->sockets_max) ||
	    !hw_tasks_init(&o->tasks, options->tasks_max)) {
		hw_owners_free(o);
		return -ENOMEM;
	}
	*ret = o;
	return 0;
}

void hw_owners_free(struct hw_owners *o)
{
	if (!o)
		return;
	hw_sockets_clear(&o->sockets);
	hw_tasks_clear(&o->tasks);
	free(o);
}

void hw_owners_begin(struct hw_owners *o, uint64_t now_ns, uint64_t asked_ns)
{
	o->sockets.now_ns = now_ns;
	o->sockets.asked_ns = asked_ns;
}

void hw_owners_end(struct hw_owners *o, uint64_t cookie, uint64_t peer, uint64_t now_ns)
{
	hw_sockets_end(&o->sockets, cookie, peer, now_ns);
}

/*
 * Whether it makes leave what others may have sent: who receives gives room for it, an option ends
 * TCP_CORK, and the end of what is sent takes all with it.
 */
static bool is_no_sending(uint32_t syscall)
{
	switch (syscall) {
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
	case SYS_setsockopt:
	case SYS_shutdown:
	case SYS_close:
		return true;
	default:
		return false;
	}
}

/* Whether its own `owner` has sent it. */
static bool is_sent(const struct hw_tap_frame *frame)
{
	return frame->flags & HW_TAP_SENT &&
	       (frame->flags & HW_TAP_EMPTY || !is_no_sending(frame->syscall));
}

/* Whether it is of who sent before it left. */
static bool is_queued(const struct hw_tap_frame *frame)
{
	return frame->flags & HW_TAP_QUEUED ||
	       (frame->direction == HW_DIRECTION_EGRESS && is_no_sending(frame->syscall));
}

struct hw_task_then hw_owners_sender(const struct hw_owners *o, const struct hw_tap_frame *frame)
{
	return is_sent(frame) ? (struct hw_task_then){ frame->owner, hw_tasks_epoch(&o->tasks) }
			      : (struct hw_task_then){ 0 };
}

/* The thread as it is now. As the last user it has not changed, if others alone have. */
static struct hw_task_then as_now(const struct hw_owners *o, const struct hw_uses *u, uint8_t way,
				  const struct hw_tap_task_id *id)
{
	const struct hw_uses_user *last = hw_uses_last(u, way);

	if (last && hw_task_id_eq(&last->task.id, id) &&
	    !hw_tasks_has_changed(&o->tasks, &last->task))
		return last->task;
	return (struct hw_task_then){ *id, hw_tasks_epoch(&o->tasks) };
}

static uint64_t listener_frame(struct hw_owners *o, const struct hw_tap_frame *frame)
{
	const uint8_t known = frame->known ? HW_TAP_OWNER_INHERITED : HW_TAP_OWNER_NONE;
	struct hw_task_then owner;
	struct hw_uses *u;
	uint64_t key;

	u = &hw_sockets_get_unnamed(&o->sockets, &frame->socket, frame->flags & HW_TAP_OPENS, &key)
		     ->uses;
	owner = as_now(o, u, HW_USES_RECEIVE, &frame->owner);
	hw_uses_hold(u, &owner, known);
	return key;
}

uint64_t hw_owners_frame(struct hw_owners *o, const struct hw_tap_frame *frame, uint64_t number)
{
	struct hw_task_then owner;
	struct hw_uses *u;

	if (frame->flags & HW_TAP_LISTENER)
		return listener_frame(o, frame);
	u = &hw_sockets_get(&o->sockets, &frame->socket)->uses;
	owner = as_now(o, u, HW_USES_SEND, &frame->owner);
	hw_uses_hold(u, &owner, frame->known);
	if (frame->flags & HW_TAP_EMPTY)
		return frame->socket.cookie; /* it says of no byte whose it is */
	if (is_sent(frame)) {
		hw_uses_add(u, &owner, HW_USES_SEND, number);
		hw_uses_add_sender(u, &owner, frame->syscall, number);
	} else if (is_queued(frame)) {
		hw_uses_add_queued(u, number);
	}
	return frame->socket.cookie;
}

void hw_owners_use(struct hw_owners *o, const struct hw_tap_use *use, uint64_t frame)
{
	struct hw_uses *u = &hw_sockets_get(&o->sockets, &use->socket)->uses;
	const uint8_t way = use->sends ? HW_USES_SEND : HW_USES_RECEIVE;
	const struct hw_task_then task = as_now(o, u, way, &use->task);

	hw_uses_hold(u, &task, (uint8_t)use->known);
	if (use->known != HW_TAP_OWNER_USER)
		return;
	hw_uses_add(u, &task, o->sends_untold ? HW_USES_RECEIVE | HW_USES_SEND : way, frame);
	if (use->sends)
		hw_uses_add_sender(u, &task, use->syscall, frame);
}

void hw_owners_again(struct hw_owners *o, const struct hw_tap_again *again, uint64_t frame)
{
	struct hw_sockets_entry *e = hw_sockets_find(&o->sockets, again->cookie);
	struct hw_uses *u = e ? &e->uses : NULL;

	if (!u || u->known != HW_TAP_OWNER_USER || u->holder.id.tid != again->tid)
		return;
	u->holder = as_now(o, u, HW_USES_RECEIVE, &u->holder.id);
	hw_uses_add(u, &u->holder,
		    o->sends_untold ? HW_USES_RECEIVE | HW_USES_SEND : HW_USES_RECEIVE, frame);
}

void hw_owners_task(struct hw_owners *o, const struct hw_tap_task *task, int64_t boot_ns)
{
	hw_tasks_tell(&o->tasks, task, boot_ns);
}

/* Of a socket that nobody has used yet, so far as we know. */
static enum hw_owner_known choose_holder(const struct hw_owners *o, const struct hw_uses *u,
					 enum hw_direction direction)
{
	if (u->known == HW_TAP_OWNER_NONE)
		return HW_OWNER_NONE;
	if (u->known == HW_TAP_OWNER_USER && direction == HW_DIRECTION_EGRESS && o->sends_untold)
		return HW_OWNER_EXACT;
	return HW_OWNER_INHERITED;
}

static enum hw_owner_known choose(const struct hw_owners *o, const struct hw_uses *u,
				  uint64_t frame, enum hw_direction direction,
				  const struct hw_task_then **ret)
{
	const uint8_t way = direction == HW_DIRECTION_EGRESS ? HW_USES_SEND : HW_USES_RECEIVE;
	const struct hw_uses_user *user = hw_uses_after(u, way, frame);

	if (user) {
		*ret = &user->task;
		return user->is_likely ? HW_OWNER_INHERITED : HW_OWNER_EXACT;
	}
	user = hw_uses_last(u, way);
	*ret = user ? &user->task : &u->holder;
	return user ? HW_OWNER_INHERITED : choose_holder(o, u, direction);
}

/* An event that waits asks again and again: it counts once, until the threads were asked for. */
static void miss(struct hw_owners *o)
{
	o->missed += !o->has_missed;
	o->has_missed = true;
}

/* As Tracee has it: of what was sent. */
static void add_syscall(struct hw_process *p, const struct hw_uses *u, uint64_t frame)
{
	const uint32_t syscall = hw_uses_syscall(u, frame);

	if (syscall == HW_TAP_NO_SYSCALL)
		return;
	p->is_compat = syscall & HW_TAP_COMPAT;
	p->syscall = hw_syscall_name(syscall & ~HW_TAP_COMPAT, p->is_compat);
}

enum hw_owner_known hw_owners_find(struct hw_owners *o, uint64_t cookie, uint64_t frame,
				   enum hw_direction direction, const struct hw_task_then *sender,
				   struct hw_process *ret, uint64_t *ret_cookie)
{
	static const struct hw_slice words[] = { HW_SLICE("none"), HW_SLICE("inherited"),
						 HW_SLICE("exact") };
	struct hw_sockets_entry *e = hw_sockets_find(&o->sockets, cookie);
	const struct hw_task_then *task = sender;
	enum hw_owner_known known = HW_OWNER_EXACT;

	*ret_cookie = e ? hw_sockets_cookie(e) : 0;
	if (!e)
		return HW_OWNER_NONE;
	if (!sender)
		known = choose(o, &e->uses, frame, direction, &task);
	if (known == HW_OWNER_NONE)
		return known;

	e->touched = true;
	/* Who has only opened the listener need not be there any more, and uses no socket. */
	if (!hw_tasks_fill(&o->tasks, task, ret) && e->uses.known == HW_TAP_OWNER_USER)
		miss(o);
	ret->owner = words[known];
	if (known == HW_OWNER_EXACT && direction == HW_DIRECTION_EGRESS)
		add_syscall(ret, &e->uses, frame);
	return known;
}

bool hw_owners_take_missed(struct hw_owners *o)
{
	const bool has_missed = o->has_missed;

	o->has_missed = false;
	return has_missed;
}

struct hw_owners_lost hw_owners_lost(const struct hw_owners *o)
{
	return (struct hw_owners_lost){ o->sockets.lost, o->tasks.untold + o->missed };
}
