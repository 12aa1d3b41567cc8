/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/owners.c */
#include "live/owners.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>

#include <linux/types.h>

#include "bpf/abi.h"
#include "live/container.h"
#include "live/entity.h"
#include "live/syscall.h"

enum {
	NOBODY = UINT32_MAX, /* no entry: end of a chain */
	SENDINGS_MAX = 8,
	USERS_MAX = 8, /* of a socket: they change when workers share a connection */
};

static const uint64_t unnamed = (uint64_t)1 << 63; /* of a connection without a socket yet */

/* A thread that used a socket, and the frame behind which it did so last. */
struct user {
	struct hw_tap_task_id task;
	uint64_t frame;
	bool is_likely; /* of a frame that left later: who sent last, and there were others */
};

/* A system call that sent, and the last frame before it was told. */
struct sending {
	uint64_t frame;
	uint32_t syscall; /* as in struct hw_tap_use */
};

/* What most frames need comes first. */
struct socket {
	uint64_t cookie;	      /* 0: free; above 2^63: the connection has no socket yet */
	uint32_t by_cookie, by_tuple; /* next in the chain */
	uint64_t forgotten; /* up to this frame, who used it first is not known any more */
	struct hw_tap_task_id holder;
	uint8_t known;	  /* enum hw_tap_owner: how far `holder` is */
	uint8_t users_nr; /* the last one is users[users_nr - 1] */
	bool touched, has_ended, is_used_again;
	bool has_senders; /* more than `sender` */
	uint32_t next_ended;
	struct hw_tap_task_id sender; /* the last one */
	struct hw_tap_socket socket;  /* what `tuple` was made of last */
	struct user users[USERS_MAX];
	struct sending sendings[SENDINGS_MAX]; /* the last ones, the newest first */
	uint64_t tuple;			       /* hash of namespace, addresses and ports */
	uint64_t ended_ns;
};

/* Sockets whose connections have ended, in that order. */
struct ended {
	uint32_t nr, first, last; /* the latter two if there are some */
};

struct task {
	struct hw_tap_task_id id; /* start_ns 0: free */
	struct hw_process process;
	char *text; /* its strings */
	uint32_t by_id;
	bool touched;
};

/* Chains of entries, by the low bits of a key. The heads are a power of two. */
struct index {
	uint32_t *heads;
	uint32_t mask;
};

struct hw_owners {
	struct hw_owners_options options;
	struct socket *sockets;
	struct task *tasks;
	struct index cookies, tuples, ids;
	uint32_t socket_hand, task_hand; /* of the clocks that choose whom to drop */
	struct ended ended;
	uint64_t now_ns, asked_ns; /* see hw_owners_begin() */
	uint32_t versions;	   /* of threads, given so far; the asker has the other half */
	struct hw_owners_lost lost;
};

static bool index_init(struct index *x, uint32_t entries_max)
{
	uint32_t nr = 1;

	while (nr < entries_max)
		nr *= 2;
	x->heads = malloc(nr * sizeof(*x->heads));
	if (!x->heads)
		return false;
	memset(x->heads, 0xff, nr * sizeof(*x->heads)); /* NOBODY */
	x->mask = nr - 1;
	return true;
}

/* The finisher of splitmix64. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint32_t *head_of(const struct index *x, uint64_t key)
{
	return &x->heads[key & x->mask];
}

static uint64_t hash_tuple(const struct hw_tap_socket *s)
{
	uint64_t words[4], h = s->netns;

	memcpy(words, s->local, 16);
	memcpy(words + 2, s->remote, 16);
	for (int i = 0; i < 4; i++)
		h = mix(h ^ words[i]);
	return mix(h ^ ((uint64_t)s->local_port << 16 | s->remote_port)) & ~unnamed;
}

int hw_owners_new(struct hw_owners **ret, const struct hw_owners_options *options)
{
	struct hw_owners *o;

	if (!options->sockets_max || !options->tasks_max)
		return -EINVAL;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->options = *options;
	o->sockets = calloc(options->sockets_max, sizeof(*o->sockets));
	o->tasks = calloc(options->tasks_max, sizeof(*o->tasks));
	if (!o->sockets || !o->tasks || !index_init(&o->cookies, options->sockets_max) ||
	    !index_init(&o->tuples, options->sockets_max) ||
	    !index_init(&o->ids, options->tasks_max)) {
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
	if (o->tasks)
		for (uint32_t i = 0; i < o->options.tasks_max; i++)
			free(o->tasks[i].text);
	free(o->cookies.heads);
	free(o->tuples.heads);
	free(o->ids.heads);
	free(o->tasks);
	free(o->sockets);
	free(o);
}

/* sockets */

/* Cookies are given one after another: those that are in use have heads that lie together. */
static struct socket *find_cookie(struct hw_owners *o, uint64_t cookie)
{
	for (uint32_t i = *head_of(&o->cookies, cookie); i != NOBODY; i = o->sockets[i].by_cookie)
		if (o->sockets[i].cookie == cookie)
			return &o->sockets[i];
	return NULL;
}

/* The newest comes first: that is who has the addresses now. */
static struct socket *find_tuple(struct hw_owners *o, uint64_t tuple)
{
	for (uint32_t i = *head_of(&o->tuples, tuple); i != NOBODY; i = o->sockets[i].by_tuple)
		if (o->sockets[i].tuple == tuple)
			return &o->sockets[i];
	return NULL;
}

static void unlink_cookie(struct hw_owners *o, const struct socket *s)
{
	uint32_t *at = head_of(&o->cookies, s->cookie);

	while (&o->sockets[*at] != s)
		at = &o->sockets[*at].by_cookie;
	*at = s->by_cookie;
}

static void link_cookie(struct hw_owners *o, struct socket *s, uint64_t cookie)
{
	uint32_t *head = head_of(&o->cookies, cookie);

	s->cookie = cookie;
	s->by_cookie = *head;
	*head = (uint32_t)(s - o->sockets);
}

static void unlink_tuple(struct hw_owners *o, const struct socket *s)
{
	uint32_t *at = head_of(&o->tuples, s->tuple);

	while (&o->sockets[*at] != s)
		at = &o->sockets[*at].by_tuple;
	*at = s->by_tuple;
}

static void link_tuple(struct hw_owners *o, struct socket *s, uint64_t tuple)
{
	uint32_t *head = head_of(&o->tuples, tuple);

	s->tuple = tuple;
	s->by_tuple = *head;
	*head = (uint32_t)(s - o->sockets);
}

static void unlink_socket(struct hw_owners *o, const struct socket *s)
{
	unlink_cookie(o, s);
	unlink_tuple(o, s);
}

static void append_ended(struct hw_owners *o, struct socket *s, uint64_t ended_ns)
{
	const uint32_t i = (uint32_t)(s - o->sockets);

	s->is_used_again = false;
	s->ended_ns = ended_ns;
	s->next_ended = NOBODY;
	*(o->ended.nr++ ? &o->sockets[o->ended.last].next_ended : &o->ended.first) = i;
	o->ended.last = i;
}

/* Of what ended first, if events can no longer ask for it, or all have ended. */
static struct socket *take_first_ended(struct hw_owners *o)
{
	struct socket *s = o->ended.nr ? &o->sockets[o->ended.first] : NULL;
	const bool is_due =
		s && s->ended_ns + HW_OWNERS_KEPT_NS <= o->now_ns && s->ended_ns < o->asked_ns;

	if (!s || (!is_due && o->ended.nr < o->options.sockets_max))
		return NULL;
	o->ended.first = s->next_ended;
	o->ended.nr--;
	return s;
}

/* The place of a socket that has ended. One that was used since waits once more. */
static struct socket *take_ended(struct hw_owners *o)
{
	struct socket *s;

	while ((s = take_first_ended(o)) && s->is_used_again)
		append_ended(o, s, o->now_ns);
	if (s)
		unlink_socket(o, s);
	return s;
}

/* A place that is free, or whose socket nobody asked for since the hand came by last. */
static struct socket *take_oldest(struct hw_owners *o)
{
	for (;;) {
		struct socket *s = &o->sockets[o->socket_hand];

		o->socket_hand = (o->socket_hand + 1) % o->options.sockets_max;
		if (!s->cookie)
			return s;
		if (s->has_ended)
			continue;
		if (s->touched) {
			s->touched = false;
			continue;
		}
		unlink_socket(o, s);
		o->lost.sockets++;
		return s;
	}
}

static struct socket *take_socket(struct hw_owners *o)
{
	struct socket *s = take_ended(o);

	return s ? s : take_oldest(o);
}

static struct socket *add_socket(struct hw_owners *o, uint64_t cookie, uint64_t tuple)
{
	struct socket *s = take_socket(o);

	*s = (struct socket){ 0 }; /* not touched: of those that are used once there may be many */
	link_cookie(o, s, cookie);
	link_tuple(o, s, tuple);
	return s;
}

static void move_tuple(struct hw_owners *o, struct socket *s, uint64_t tuple)
{
	unlink_tuple(o, s);
	link_tuple(o, s, tuple);
}

/* An entry for a socket that is new here; that of its connection, if that had no socket before. */
static struct socket *name_socket(struct hw_owners *o, uint64_t cookie, uint64_t tuple)
{
	struct socket *s = find_tuple(o, tuple);

	if (!s || !(s->cookie & unnamed))
		return add_socket(o, cookie, tuple);
	unlink_cookie(o, s);
	link_cookie(o, s, cookie);
	s->touched = true;
	return s;
}

/* The entry of the socket. A client's may be known from before it was connected. */
static struct socket *get_socket(struct hw_owners *o, const struct hw_tap_socket *socket)
{
	struct socket *s = find_cookie(o, socket->cookie);

	if (s)
		s->is_used_again = s->has_ended;
	if (s && memcmp(&s->socket, socket, sizeof(*socket)) == 0) {
		s->touched = true;
		return s;
	}
	if (s)
		move_tuple(o, s, hash_tuple(socket));
	else
		s = name_socket(o, socket->cookie, hash_tuple(socket));
	s->socket = *socket;
	return s;
}

/*
 * The SYN of a connection, and at times its first data, come to the listener. A SYN for
 * addresses that are known is a new connection with old addresses, or came twice.
 */
static struct socket *get_unnamed(struct hw_owners *o, uint64_t tuple, bool opens)
{
	struct socket *s = find_tuple(o, tuple);

	if (!s || (opens && !(s->cookie & unnamed)))
		return add_socket(o, tuple | unnamed, tuple);
	s->touched = true;
	return s;
}

static void hold(struct socket *s, const struct hw_tap_task_id *task, uint8_t known)
{
	if (known < s->known)
		return;
	s->holder = *task;
	s->known = known;
}

static uint64_t listener_frame(struct hw_owners *o, const struct hw_tap_frame *frame)
{
	const uint64_t tuple = hash_tuple(&frame->socket);

	hold(get_unnamed(o, tuple, frame->flags & HW_TAP_OPENS), &frame->owner,
	     frame->known ? HW_TAP_OWNER_INHERITED : HW_TAP_OWNER_NONE);
	return tuple | unnamed;
}

static bool same_task(const struct hw_tap_task_id *a, const struct hw_tap_task_id *b)
{
	return a->start_ns == b->start_ns && a->tid == b->tid;
}

static void add_sending(struct socket *s, uint32_t syscall, uint64_t frame)
{
	struct sending *newest = s->sendings;

	if (syscall == HW_TAP_NO_SYSCALL)
		return;
	if (!newest->frame || newest->syscall != syscall) /* else: as if it were one call */
		memmove(newest + 1, newest, sizeof(s->sendings) - sizeof(*newest));
	*newest = (struct sending){ frame, syscall };
}

static void add_user(struct socket *s, const struct hw_tap_task_id *task, uint64_t frame,
		     bool is_likely)
{
	struct user *last = s->users_nr ? &s->users[s->users_nr - 1] : NULL;

	if (last && same_task(&last->task, task) && last->is_likely == is_likely) {
		last->frame = frame;
		return;
	}
	if (s->users_nr == USERS_MAX) {
		s->forgotten = s->users[0].frame;
		memmove(s->users, s->users + 1, sizeof(s->users) - sizeof(s->users[0]));
		s->users_nr--;
	}
	s->users[s->users_nr++] = (struct user){ *task, frame, is_likely };
}

static void add_sender(struct socket *s, const struct hw_tap_task_id *task, uint32_t syscall,
		       uint64_t frame)
{
	s->has_senders |= s->sender.start_ns && !same_task(&s->sender, task);
	s->sender = *task;
	add_sending(s, syscall, frame);
}

/* It is of who sent last; of several it may be of one before, whose bytes waited for longer. */
static void add_queued(struct socket *s, uint64_t frame)
{
	if (!s->sender.start_ns)
		return;
	add_user(s, &s->sender, frame, s->has_senders);
	if (s->sendings[0].frame)
		s->sendings[0].frame = frame;
}

void hw_owners_begin(struct hw_owners *o, uint64_t now_ns, uint64_t asked_ns)
{
	o->now_ns = now_ns;
	o->asked_ns = asked_ns;
}

/* Its place is the next one's in a while: who comes and goes stays in few lines of memory. */
void hw_owners_end(struct hw_owners *o, uint64_t cookie, uint64_t now_ns)
{
	struct socket *s = find_cookie(o, cookie);

	if (!s)
		return;
	if (s->has_ended)
		s->ended_ns = now_ns;
	else
		append_ended(o, s, now_ns);
	s->has_ended = true;
}

/* Who receives may make leave what others have sent, as he gives room for it. */
static bool receives(uint32_t syscall)
{
	switch (syscall) {
	case SYS_read:
	case SYS_readv:
	case SYS_recvfrom:
	case SYS_recvmsg:
	case SYS_recvmmsg:
		return true;
	default:
		return false;
	}
}

bool hw_owners_is_sent(const struct hw_tap_frame *frame)
{
	return frame->flags & HW_TAP_SENT && !receives(frame->syscall);
}

uint64_t hw_owners_frame(struct hw_owners *o, const struct hw_tap_frame *frame, uint64_t number)
{
	struct socket *s;

	if (frame->flags & HW_TAP_LISTENER)
		return listener_frame(o, frame);
	s = get_socket(o, &frame->socket);
	hold(s, &frame->owner, frame->known);
	if (hw_owners_is_sent(frame)) {
		add_user(s, &frame->owner, number, false);
		add_sender(s, &frame->owner, frame->syscall, number);
	} else if (frame->flags & (HW_TAP_QUEUED | HW_TAP_SENT)) {
		add_queued(s, number);
	}
	return frame->socket.cookie;
}

void hw_owners_use(struct hw_owners *o, const struct hw_tap_use *use, uint64_t frame)
{
	struct socket *s = get_socket(o, &use->socket);

	hold(s, &use->task, (uint8_t)use->known);
	if (use->known != HW_TAP_OWNER_USER)
		return;
	add_user(s, &use->task, frame, false);
	if (use->syscall != HW_TAP_NO_SYSCALL)
		add_sender(s, &use->task, use->syscall, frame);
}

void hw_owners_again(struct hw_owners *o, const struct hw_tap_again *again, uint64_t frame)
{
	struct socket *s = find_cookie(o, again->cookie);

	if (s && s->known == HW_TAP_OWNER_USER && s->holder.tid == again->tid)
		add_user(s, &s->holder, frame, false);
}

/* tasks */

static uint32_t *head_of_task(const struct hw_owners *o, const struct hw_tap_task_id *id)
{
	return head_of(&o->ids, mix(id->start_ns ^ id->tid));
}

static struct task *find_task(struct hw_owners *o, const struct hw_tap_task_id *id)
{
	for (uint32_t i = *head_of_task(o, id); i != NOBODY; i = o->tasks[i].by_id)
		if (same_task(&o->tasks[i].id, id))
			return &o->tasks[i];
	return NULL;
}

static void unlink_task(struct hw_owners *o, const struct task *t)
{
	uint32_t *at = head_of_task(o, &t->id);

	while (&o->tasks[*at] != t)
		at = &o->tasks[*at].by_id;
	*at = t->by_id;
}

static struct task *take_task(struct hw_owners *o)
{
	for (;;) {
		struct task *t = &o->tasks[o->task_hand];

		o->task_hand = (o->task_hand + 1) % o->options.tasks_max;
		if (t->id.start_ns && t->touched) {
			t->touched = false;
			continue;
		}
		if (t->id.start_ns) {
			unlink_task(o, t);
			o->lost.tasks++;
		}
		free(t->text);
		return t;
	}
}

static struct task *add_task(struct hw_owners *o, const struct hw_tap_task_id *id)
{
	struct task *t = take_task(o);
	uint32_t *head = head_of_task(o, id);

	*t = (struct task){ .id = *id, .by_id = *head };
	*head = (uint32_t)(t - o->tasks);
	return t;
}

static const char CUT[] = "...";

/* Text of at most `max` bytes that may end with a NUL before. */
static struct hw_slice append(char **to, const char *text, size_t max)
{
	const struct hw_slice s = hw_slice(*to, strnlen(text, max));

	memcpy(*to, text, s.len);
	*to += s.len;
	return s;
}

/* The names come innermost first; the path has them the other way. */
static struct hw_slice append_path(char **to, const struct hw_tap_names *names)
{
	const uint32_t len = names->len < HW_TAP_NAMES_MAX ? names->len : HW_TAP_NAMES_MAX;
	const char *start = *to;
	uint32_t end = len;

	while (end) {
		uint32_t at = --end; /* of the NUL */

		while (at && names->text[at - 1])
			at--;
		*(*to)++ = '/';
		append(to, names->text + at, end - at);
		end = at;
	}
	return hw_slice(start, (size_t)(*to - start));
}

/* Of a path that is too long its end, which must not look like one from the root. */
static struct hw_slice append_exe(char **to, const struct hw_tap_names *names)
{
	const char *start = *to;

	if (names->cut)
		append(to, CUT, sizeof(CUT));
	append_path(to, names);
	return hw_slice(start, (size_t)(*to - start));
}

/* Dashes are what Kubernetes writes; the systemd driver has _ for each. */
static struct hw_slice append_pod_uid(char **to, struct hw_slice uid)
{
	const struct hw_slice s = hw_slice(*to, uid.len);

	for (size_t i = 0; i < uid.len; i++)
		*(*to)++ = uid.ptr[i] == '_' ? '-' : (char)uid.ptr[i];
	return s;
}

static void set_texts(struct hw_process *p, const struct hw_tap_task *task, char *text)
{
	struct hw_container container;

	p->comm = append(&text, task->comm, sizeof(task->comm));
	/* As Tracee has it, which has room for 16 bytes with the NUL. */
	p->host_name = append(&text, task->host, 15);
	p->exe = append_exe(&text, &task->exe);
	container = hw_container_of(append_path(&text, &task->cgroup));
	p->container_id = container.id;
	p->container_started = container.id.len > 0;
	p->pod_uid = append_pod_uid(&text, container.pod_uid);
}

static void set_numbers(struct hw_process *p, const struct hw_tap_task *task, int64_t boot_ns)
{
	const uint64_t leader_ns = task->leader_start_ns + (uint64_t)boot_ns;
	const uint64_t parent_ns = task->parent_start_ns + (uint64_t)boot_ns;

	p->start_ns = task->id.start_ns + (uint64_t)boot_ns;
	p->cgroup_id = task->cgroup_id;
	p->pid = task->pid;
	p->tid = task->ns_tid;
	p->ppid = task->ns_ppid;
	p->host_pid = task->id.tgid;
	p->host_tid = task->id.tid;
	p->host_ppid = task->ppid;
	p->uid = task->uid;
	p->chosen = task->chosen;
	p->mnt_ns = task->mnt_ns;
	p->pid_ns = task->pid_ns;
	p->thread_entity = hw_entity_id(p->host_tid, p->start_ns);
	p->process_entity = hw_entity_id(p->host_pid, leader_ns);
	p->parent_entity = p->host_ppid ? hw_entity_id(p->host_ppid, parent_ns) : 0;
}

void hw_owners_task(struct hw_owners *o, const struct hw_tap_task *task, int64_t boot_ns)
{
	/* Each name's NUL makes room for its slash; a part of the cgroup's comes twice. */
	char *text = malloc(sizeof(task->comm) + sizeof(task->host) + sizeof(CUT) + task->exe.len +
			    2 * task->cgroup.len);
	struct task *t = find_task(o, &task->id);

	if (!text) {
		o->lost.tasks++;
		return;
	}
	if (!t)
		t = add_task(o, &task->id);
	else
		free(t->text);
	t->text = text;
	t->process = (struct hw_process){ .version = (uint64_t)++o->versions << 32 };
	set_texts(&t->process, task, text);
	set_numbers(&t->process, task, boot_ns);
}

/* answers */

static struct socket *find_socket(struct hw_owners *o, uint64_t cookie)
{
	return cookie & unnamed ? find_tuple(o, cookie & ~unnamed) : find_cookie(o, cookie);
}

/* Who used the socket first after `frame`; NULL: nobody yet. */
static const struct user *user_of(const struct socket *s, uint64_t frame)
{
	for (uint8_t i = 0; frame > s->forgotten && i < s->users_nr; i++)
		if (s->users[i].frame >= frame)
			return &s->users[i];
	return NULL;
}

static enum hw_owner_known choose(const struct hw_owners *o, const struct socket *s, uint64_t frame,
				  enum hw_direction direction, const struct hw_tap_task_id **ret)
{
	const struct user *user = user_of(s, frame);

	if (user) {
		*ret = &user->task;
		return user->is_likely ? HW_OWNER_INHERITED : HW_OWNER_EXACT;
	}
	if (s->users_nr) {
		*ret = &s->users[s->users_nr - 1].task;
		return HW_OWNER_INHERITED;
	}
	*ret = &s->holder;
	if (s->known == HW_TAP_OWNER_NONE)
		return HW_OWNER_NONE;
	if (s->known == HW_TAP_OWNER_USER && direction == HW_DIRECTION_EGRESS &&
	    o->options.sends_untold)
		return HW_OWNER_EXACT;
	return HW_OWNER_INHERITED;
}

/* What is known of a thread that the kernel side did not tell of: it found the ring full. */
static void fill_unknown(struct hw_process *p, const struct hw_tap_task_id *id)
{
	*p = (struct hw_process){ .host_pid = id->tgid, .host_tid = id->tid };
}

/* As Tracee has it: of what was sent. An older one than are remembered is not known. */
static void add_syscall(struct hw_process *p, const struct socket *s, uint64_t frame)
{
	const struct sending *sending = NULL;

	for (int i = 0; i < SENDINGS_MAX && s->sendings[i].frame >= frame; i++)
		sending = &s->sendings[i];
	/* One before the oldest may have been the one. */
	if (!sending || sending == &s->sendings[SENDINGS_MAX - 1])
		return;
	p->is_compat = sending->syscall & HW_TAP_COMPAT;
	p->syscall = hw_syscall_name(sending->syscall & ~HW_TAP_COMPAT, p->is_compat);
}

enum hw_owner_known hw_owners_find(struct hw_owners *o, uint64_t cookie, uint64_t frame,
				   enum hw_direction direction, const struct hw_tap_task_id *sender,
				   struct hw_process *ret, uint64_t *ret_cookie)
{
	static const struct hw_slice words[] = { HW_SLICE("none"), HW_SLICE("inherited"),
						 HW_SLICE("exact") };
	struct socket *s = find_socket(o, cookie);
	const struct hw_tap_task_id *id = sender;
	enum hw_owner_known known = HW_OWNER_EXACT;
	struct task *t;

	*ret_cookie = s && !(s->cookie & unnamed) ? s->cookie : 0;
	if (!s)
		return HW_OWNER_NONE;
	if (!sender)
		known = choose(o, s, frame, direction, &id);
	if (known == HW_OWNER_NONE)
		return known;

	s->touched = true;
	t = find_task(o, id);
	if (t) {
		t->touched = true;
		*ret = t->process;
	} else {
		fill_unknown(ret, id);
	}
	ret->owner = words[known];
	if (known == HW_OWNER_EXACT && direction == HW_DIRECTION_EGRESS)
		add_syscall(ret, s, frame);
	return known;
}

struct hw_owners_lost hw_owners_lost(const struct hw_owners *o)
{
	return o->lost;
}
