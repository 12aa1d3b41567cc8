/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/asker.c - see asker.h */
#include "live/asker.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/duration.h"
#include "event/event.h"
#include "live/answer.h"
#include "live/runtime.h"
#include "live/runtime_dir.h"
#include "sandbox/child.h"
#include "sandbox/sandbox.h"

#define AGAIN_NS (1100 * HW_NS_PER_MS) /* a little more than the second of hw_runtimes_find() */
#define FRESH_NS (60 * HW_NS_PER_S)    /* whether a name is still right is asked so often */

enum {
	READY_MS = 1000,
	SOCKET = HW_CHILD_FD, /* of the asker, its only descriptor beside 0, 1 and 2 */
	PLACES_MAX = HW_RUNTIME_DIRS_MAX + HW_RUNTIME_LISTS_MAX,
};

enum state {
	FREE,
	ASKED,
	KNOWN,
	UNKNOWN,
};

struct entry {
	uint8_t id[HW_CONTAINER_ID_LEN];
	uint64_t used;	  /* when, in calls */
	uint32_t version; /* of what is known */
	uint64_t asked_ns;
	enum state state;
	bool is_asked; /* an answer is to come, also of one that is known */
};

struct hw_asker {
	int socket;	/* negative: it has ended */
	size_t waiting; /* for answers */
	uint64_t calls;
	uint32_t versions;	       /* given so far */
	uint64_t unknown, late, ended; /* counters */
	uint16_t hints[256];	       /* places of entries, by a hash of how their ids begin */
	struct entry entries[HW_ASKER_CONTAINERS_MAX];
	/* Of those that are known, at the same place; memory is touched only as they come. */
	struct hw_description descriptions[HW_ASKER_CONTAINERS_MAX];
};

/* the process */

struct places {
	size_t nr;
	struct hw_place list[PLACES_MAX];
	char paths[PLACES_MAX][HW_RUNTIME_PATH_MAX + 64];
};

__attribute__((format(printf, 3, 4))) static void
add_place(struct places *p, enum hw_place_access access, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(p->paths[p->nr], sizeof(p->paths[0]), format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= sizeof(p->paths[0]))
		return;
	p->list[p->nr] = (struct hw_place){ p->paths[p->nr], access };
	p->nr++;
}

/* Of those that others may add to, such as containerd's namespaces, what comes later too. */
static void find_places(struct places *p, const char *root)
{
	struct hw_runtime_dirs *dirs = malloc(sizeof(*dirs));
	struct hw_runtime_list list;

	if (!dirs)
		return;
	hw_runtime_dirs_find(dirs, root);
	for (size_t i = 0; i < dirs->nr; i++)
		add_place(p, HW_PLACE_READ, "%s/%s", dirs->dirs[i].path, dirs->dirs[i].below);
	for (size_t i = 0; hw_runtime_dirs_list(i, &list); i++)
		add_place(p, list.foreign ? HW_PLACE_LIST : HW_PLACE_READ, "%s%s", root, list.path);
	free(dirs);
}

static int enter_sandbox(const char *root, pid_t parent)
{
	struct places *places = calloc(1, sizeof(*places));
	struct hw_sandbox s = { .capabilities = 1ull << CAP_DAC_READ_SEARCH, .parent = parent };
	char error[128];
	int err;

	if (!places)
		return -ENOMEM;
	find_places(places, root);
	s.places = places->list;
	s.places_nr = places->nr;
	hw_sandbox_be_nobody(&s);
	err = hw_sandbox_enter(&s, error, sizeof(error));
	free(places);
	return err;
}

static void answer_all(struct hw_runtimes *runtimes)
{
	struct hw_answer answer = { 0 };
	uint8_t id[HW_CONTAINER_ID_LEN];

	if (write(SOCKET, &answer, sizeof(answer)) != sizeof(answer)) /* ready */
		return;
	while (read(SOCKET, id, sizeof(id)) == sizeof(id)) {
		hw_answer_pack(&answer, id,
			       hw_runtimes_find(runtimes, hw_slice(id, sizeof(id)),
						hw_clock_ns(CLOCK_BOOTTIME)));
		if (write(SOCKET, &answer, sizeof(answer)) != sizeof(answer))
			return;
	}
}

static _Noreturn void run(const char *root, int socket, pid_t parent)
{
	struct hw_runtimes *runtimes;

	if (hw_runtimes_new(&runtimes, root) != 0 ||
	    hw_child_begin("httpwire-asker", &socket, 1) != 0 || enter_sandbox(root, parent) != 0)
		_exit(1);
	answer_all(runtimes);
	_exit(0);
}

/* our side */

int hw_asker_start(struct hw_asker **ret, const char *root)
{
	const pid_t parent = getpid();
	struct hw_asker *a;
	int ends[2], err = 0;
	pid_t pid;

	if (!hw_description_load())
		return -ELIBACC;
	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		err = -errno;
		free(a);
		return err;
	}
	pid = fork();
	if (pid == 0)
		run(root, ends[1], parent);
	if (pid < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK))
		err = -errno;
	close(ends[1]);
	a->socket = ends[0];
	if (!err)
		*ret = a;
	else
		hw_asker_close(a);
	return err;
}

bool hw_asker_wait(struct hw_asker *a)
{
	struct pollfd p = { .fd = a->socket, .events = POLLIN };
	struct hw_answer ready;
	int nr;

	do {
		nr = poll(&p, 1, READY_MS);
	} while (nr < 0 && errno == EINTR);
	return nr > 0 && read(a->socket, &ready, sizeof(ready)) == sizeof(ready);
}

void hw_asker_close(struct hw_asker *a)
{
	if (!a)
		return;
	if (a->socket >= 0)
		close(a->socket);
	free(a);
}

static void lose(struct hw_asker *a)
{
	close(a->socket);
	a->socket = -1;
	a->waiting = 0;
	a->ended++;
}

/* Where the entry of an id was last, or of another one with the same beginning. */
static uint16_t *hint_of(struct hw_asker *a, const uint8_t *id)
{
	return &a->hints[hw_get_u32be(id) * 0x9e3779b9 >> 24];
}

/* Every event asks, and nearly always for one of few. */
static struct entry *find(struct hw_asker *a, const uint8_t *id)
{
	uint16_t *hint = hint_of(a, id);

	if (memcmp(a->entries[*hint].id, id, HW_CONTAINER_ID_LEN) == 0)
		return &a->entries[*hint];
	for (size_t i = 0; i < HW_ASKER_CONTAINERS_MAX; i++) {
		if (memcmp(a->entries[i].id, id, HW_CONTAINER_ID_LEN) != 0)
			continue;
		*hint = (uint16_t)i;
		return &a->entries[i];
	}
	return NULL;
}

static struct hw_description *description_of(struct hw_asker *a, const struct entry *e)
{
	return &a->descriptions[e - a->entries];
}

/* Who is not known before who is, so that ids that somebody makes up push nobody out. */
static bool is_worse(const struct entry *x, const struct entry *y)
{
	const bool x_known = x->state == KNOWN, y_known = y->state == KNOWN;

	return x_known != y_known ? y_known : x->used < y->used;
}

static struct entry *take_place(struct hw_asker *a, const uint8_t *id)
{
	struct entry *worst = &a->entries[0];

	for (size_t i = 1; i < HW_ASKER_CONTAINERS_MAX; i++)
		if (is_worse(&a->entries[i], worst))
			worst = &a->entries[i];
	memset(worst, 0, sizeof(*worst));
	memcpy(worst->id, id, HW_CONTAINER_ID_LEN);
	return worst;
}

static bool is_news(struct hw_asker *a, const struct entry *e, const struct hw_answer *answer)
{
	struct hw_answer before;

	hw_answer_pack(&before, e->id, description_of(a, e));
	return memcmp(&before, answer, sizeof(before)) != 0;
}

/*
 * One that was renamed. It gets another place, as an event that is about to be shown may have the
 * texts of this one. Of one that is being removed nothing is known: it keeps its name to the end.
 */
static void take_news(struct hw_asker *a, struct entry *old, const struct hw_answer *answer)
{
	const struct entry known = *old;
	struct hw_description news;
	struct entry *e;

	if (!is_news(a, old, answer) || !hw_answer_unpack(answer, &news) ||
	    hw_description_is_empty(&news))
		return;
	memset(old->id, 0, sizeof(old->id));
	e = take_place(a, known.id);
	*e = known;
	e->version = ++a->versions;
	hw_answer_unpack(answer, description_of(a, e));
}

static void take_first(struct hw_asker *a, struct entry *e, const struct hw_answer *answer)
{
	if (!hw_answer_unpack(answer, description_of(a, e)))
		return;
	e->state = hw_description_is_empty(description_of(a, e)) ? UNKNOWN : KNOWN;
	a->unknown += e->state == UNKNOWN;
	e->version = ++a->versions;
}

static void take_answer(struct hw_asker *a, const struct hw_answer *answer)
{
	struct entry *e = find(a, answer->id);

	a->waiting -= a->waiting > 0;
	if (!e || !e->is_asked)
		return;
	e->is_asked = false;
	if (e->state == KNOWN)
		take_news(a, e, answer);
	else
		take_first(a, e, answer);
}

static void take_answers(struct hw_asker *a)
{
	struct hw_answer answer;

	while (a->waiting > 0) {
		const ssize_t len = read(a->socket, &answer, sizeof(answer));

		if (len == sizeof(answer))
			take_answer(a, &answer);
		else if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		else
			lose(a);
	}
}

/* If it has too many questions already this one is put off. */
static void ask(struct hw_asker *a, struct entry *e, uint64_t now_ns)
{
	if (a->socket < 0)
		return;
	e->asked_ns = now_ns;
	if (write(a->socket, e->id, HW_CONTAINER_ID_LEN) == HW_CONTAINER_ID_LEN) {
		e->state = e->state == KNOWN ? KNOWN : ASKED;
		e->is_asked = true;
		a->waiting++;
	} else if (errno != EAGAIN && errno != EINTR) {
		lose(a);
	}
}

static enum hw_asker_answer answer_of(struct hw_asker *a, struct entry *e, uint64_t now_ns)
{
	if (e->state == FREE || now_ns - e->asked_ns >= (e->state == KNOWN ? FRESH_NS : AGAIN_NS))
		ask(a, e, now_ns);
	if (e->state == KNOWN)
		return HW_ASKER_FOUND;
	if (e->state != ASKED || a->socket < 0)
		return HW_ASKER_NOTHING;
	if (now_ns - e->asked_ns < HW_ASKER_WAIT_MS * HW_NS_PER_MS)
		return HW_ASKER_WAIT;
	a->late++;
	return HW_ASKER_NOTHING;
}

enum hw_asker_answer hw_asker_fill(struct hw_asker *a, struct hw_process *process, uint64_t now_ns)
{
	const struct hw_slice id = process->container_id;
	enum hw_asker_answer answer;
	struct entry *e;

	if (id.len != HW_CONTAINER_ID_LEN)
		return HW_ASKER_NOTHING;
	take_answers(a);
	e = find(a, id.ptr);
	if (!e)
		e = take_place(a, id.ptr);
	e->used = ++a->calls;
	answer = answer_of(a, e, now_ns);
	if (answer != HW_ASKER_FOUND)
		return answer;
	hw_description_fill(description_of(a, e), process);
	if (process->version)
		process->version |= e->version;
	return answer;
}

bool hw_asker_counter(const struct hw_asker *a, size_t i, struct hw_counter *ret)
{
	const struct hw_counter counters[] = {
		{ "live", "containers_unknown", "looks for containers that no runtime knows",
		  a->unknown },
		{ "live", "containers_late", "events without names, as these came too late",
		  a->late },
		{ "live", "askers_ended", "ends of the process that reads names of containers",
		  a->ended },
	};

	if (i >= sizeof(counters) / sizeof(counters[0]))
		return false;
	*ret = counters[i];
	return true;
}
