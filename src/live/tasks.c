/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/tasks.c - see tasks.h */
#include "live/tasks.h"

#include <linux/types.h>

#include "bpf/abi.h"
#include "live/container.h"
#include "live/entity.h"

enum { VERSIONS_MAX = 8 }; /* of one thread */

/* One version of a thread. The newest comes first in the chain. */
struct hw_tasks_entry {
	struct hw_tap_task_id id; /* start_ns 0: free */
	uint32_t epoch;		  /* that it is from */
	struct hw_process process;
	char *text; /* its strings */
	uint32_t by_id;
	bool touched;
};

bool hw_tasks_init(struct hw_tasks *t, uint32_t max)
{
	*t = (struct hw_tasks){ .max = max, .entries = calloc(max, sizeof(*t->entries)) };
	return t->entries && hw_chains_init(&t->by_id, max);
}

void hw_tasks_clear(struct hw_tasks *t)
{
	for (uint32_t i = 0; t->entries && i < t->max; i++)
		free(t->entries[i].text);
	free(t->entries);
	hw_chains_clear(&t->by_id);
}

static uint32_t *head_of(const struct hw_tasks *t, const struct hw_tap_task_id *id)
{
	return hw_chains_head(&t->by_id, hw_chains_mix(id->start_ns ^ id->tid));
}

/* The version `skipped` before the one of that epoch; NULL: there is none. */
static struct hw_tasks_entry *find(const struct hw_tasks *t, const struct hw_tap_task_id *id,
				   uint32_t epoch, unsigned skipped)
{
	for (uint32_t i = *head_of(t, id); i != HW_CHAINS_END; i = t->entries[i].by_id) {
		struct hw_tasks_entry *e = &t->entries[i];

		if (hw_task_id_eq(&e->id, id) && (int32_t)(epoch - e->epoch) >= 0 && !skipped--)
			return e;
	}
	return NULL;
}

static void unlink_entry(struct hw_tasks *t, const struct hw_tasks_entry *e)
{
	uint32_t *at = head_of(t, &e->id);

	while (&t->entries[*at] != e)
		at = &t->entries[*at].by_id;
	*at = e->by_id;
}

/* A place that is free, or whose thread nobody asked for since the hand came by last. */
static struct hw_tasks_entry *take(struct hw_tasks *t)
{
	for (;;) {
		struct hw_tasks_entry *e = &t->entries[t->hand];

		t->hand = (t->hand + 1) % t->max;
		if (e->id.start_ns && e->touched) {
			e->touched = false;
			continue;
		}
		if (e->id.start_ns)
			unlink_entry(t, e);
		free(e->text);
		return e;
	}
}

/* The place of its oldest version, if it has many, or another one. */
static struct hw_tasks_entry *take_for(struct hw_tasks *t, const struct hw_tap_task_id *id)
{
	struct hw_tasks_entry *e = find(t, id, t->epoch, VERSIONS_MAX - 1);

	if (!e)
		return take(t);
	unlink_entry(t, e);
	free(e->text);
	return e;
}

static struct hw_tasks_entry *add(struct hw_tasks *t, const struct hw_tap_task_id *id)
{
	struct hw_tasks_entry *e = find(t, id, t->epoch, 0);
	uint32_t *head = head_of(t, id);

	t->epoch += e != NULL;
	e = take_for(t, id);
	*e = (struct hw_tasks_entry){ .id = *id, .epoch = t->epoch, .by_id = *head };
	*head = (uint32_t)(e - t->entries);
	return e;
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

static struct hw_slice append_id(char **to, struct hw_slice id)
{
	const struct hw_slice s = hw_slice(*to, hw_container_unescape(id, *to));

	*to += s.len;
	return s;
}

static void set_texts(struct hw_process *p, const struct hw_tap_task *task, char *text)
{
	struct hw_container container;

	p->comm = append(&text, task->comm, sizeof(task->comm));
	p->name = append(&text, task->process, sizeof(task->process));
	/* As Tracee has it, which has room for 16 bytes with the NUL. */
	p->host_name = append(&text, task->host, 15);
	p->exe = append_exe(&text, &task->exe);
	container = hw_container_of(append_path(&text, &task->cgroup));
	p->container_id = append_id(&text, container.id);
	if (!hw_container_is_id(p->container_id))
		p->container_name = p->container_id; /* as LXC has it */
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

void hw_tasks_tell(struct hw_tasks *t, const struct hw_tap_task *task, int64_t boot_ns)
{
	/* Each name's NUL makes room for its slash; parts of the cgroup's come twice. */
	char *text = malloc(sizeof(task->comm) + sizeof(task->process) + sizeof(task->host) +
			    sizeof(CUT) + task->exe.len + 2 * task->cgroup.len);
	struct hw_tasks_entry *e;

	if (!text) {
		t->untold++;
		return;
	}
	e = add(t, &task->id);
	e->text = text;
	e->process = (struct hw_process){ .version = (uint64_t)++t->versions << 32 };
	set_texts(&e->process, task, text);
	set_numbers(&e->process, task, boot_ns);
}

bool hw_tasks_has_changed(const struct hw_tasks *t, const struct hw_task_then *task)
{
	return task->epoch != t->epoch &&
	       find(t, &task->id, task->epoch, 0) != find(t, &task->id, t->epoch, 0);
}

bool hw_tasks_fill(struct hw_tasks *t, const struct hw_task_then *task, struct hw_process *ret)
{
	struct hw_tasks_entry *e = find(t, &task->id, task->epoch, 0);

	if (!e) {
		*ret = (struct hw_process){ .host_pid = task->id.tgid, .host_tid = task->id.tid };
		return false;
	}
	e->touched = true;
	*ret = e->process;
	return true;
}
