/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/kernel_terms.c - see kernel_terms.h */
#include "cli/kernel_terms.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "cli/message.h"
#include "event/table.h"
#include "live/host.h"
#include "query/terms.h"

enum { CONTAINER_ID_LEN = 64 };

/* A term, and where it can go. */
struct finding {
	const struct hw_query *query;
	const struct hw_query_term *term;
	struct hw_choice *choice;
};

static size_t values(const struct finding *f, const char *name, struct hw_query_value *ret,
		     size_t max)
{
	return hw_query_term_values(f->query, f->term, name, ret, max);
}

/* ---- processes ---- */

/* The filter means ids of the host; what the kernel looks for are those of our namespace. */
static bool choose_pids(const struct finding *f)
{
	struct hw_query_value pids[HW_CHOICE_PIDS_MAX];
	const size_t nr = values(f, "process.pid", pids, HW_CHOICE_PIDS_MAX);

	if (!nr || hw_choice_has_pids(f->choice) || hw_host_is_inside(HW_NAMESPACE_PID))
		return false;
	for (size_t i = 0; i < nr; i++)
		hw_choice_add_pid(f->choice, (uint32_t)pids[i].number);
	f->choice->pids_stay = true;
	return true;
}

static bool choose_uid(const struct finding *f)
{
	struct hw_query_value uid;

	if (!values(f, "process.uid", &uid, 1) || f->choice->has_uid)
		return false;
	f->choice->uid = (uint32_t)uid.number;
	f->choice->has_uid = true;
	return true;
}

/* A longer name is nobody's, and the kernel would take its beginning for one. */
static bool choose_comm(const struct finding *f, char comm[HW_COMM_MAX])
{
	struct hw_query_value name;

	if (!values(f, "process.name", &name, 1) || f->choice->comm ||
	    name.text.len >= HW_COMM_MAX || memchr(name.text.ptr, '\0', name.text.len))
		return false;
	snprintf(comm, HW_COMM_MAX, "%.*s", (int)name.text.len, (const char *)name.text.ptr);
	f->choice->comm = comm;
	f->choice->comm_may_differ = true;
	return true;
}

static bool choose_cgroups(const struct finding *f)
{
	struct hw_query_value ids[HW_CHOICE_CGROUPS_MAX];
	const size_t nr = values(f, "process.cgroup", ids, HW_CHOICE_CGROUPS_MAX);

	if (!nr || f->choice->cgroups.nr)
		return false;
	for (size_t i = 0; i < nr; i++)
		f->choice->cgroups.ids[i] = (uint64_t)ids[i].number;
	f->choice->cgroups.nr = nr;
	return true;
}

/* One that runs now, and may be started again later, in another cgroup. */
static bool choose_container(const struct finding *f)
{
	char text[CONTAINER_ID_LEN + 1];
	struct hw_query_value id;

	if (!values(f, "container.id", &id, 1) || f->choice->containers.nr ||
	    id.text.len != CONTAINER_ID_LEN)
		return false;
	snprintf(text, sizeof(text), "%.*s", CONTAINER_ID_LEN, (const char *)id.text.ptr);
	f->choice->newer_cgroups = true;
	if (hw_choice_add_container(f->choice, text) != 0) {
		f->choice->newer_cgroups = false;
		f->choice->containers.nr = 0;
	}
	return f->choice->newer_cgroups;
}

/* ---- terms ---- */

static bool take(struct hw_kernel_terms *t, const struct finding *f)
{
	return hw_query_term_ends(f->query, f->term, &t->ends) || choose_pids(f) || choose_uid(f) ||
	       choose_comm(f, t->comm) || choose_cgroups(f) || choose_container(f);
}

static void take_all(struct hw_kernel_terms *t, const struct hw_query *q, struct hw_options *o)
{
	struct hw_query_term term;
	uint32_t at = 0;

	while (hw_query_next_term(q, &at, &term)) {
		const struct finding f = { q, &term, &o->choice };

		if (take(t, &f) && o->verbose)
			hw_message("decided in the kernel: %.*s", (int)term.text.len,
				   (const char *)term.text.ptr);
	}
}

/* As a filter, so that it can be understood like the others. */
static void tell_events(uint32_t events)
{
	struct hw_buf names;

	hw_buf_init(&names, SIZE_MAX / 4, NULL);
	for (int i = 0; i < HW_TYPE_NR; i++) {
		if (!(events & 1u << i))
			continue;
		if (names.len)
			hw_buf_append(&names, HW_SLICE(", "));
		hw_buf_append(&names,
			      hw_slice_text(hw_event_type((enum hw_event_type_index)i)->name));
	}
	hw_message("decided in the kernel: event in {%.*s}", (int)names.len,
		   (const char *)names.ptr);
	hw_buf_clear(&names);
}

void hw_kernel_terms_find(struct hw_kernel_terms *t, const struct hw_selection *s,
			  struct hw_options *o)
{
	struct hw_query *q;

	t->events = o->engine.events;
	for (size_t i = 0; (q = hw_selection_query(s, i)); i++) {
		take_all(t, q, o);
		t->events &= hw_query_events(q);
	}
	if (o->verbose && t->events != o->engine.events)
		tell_events(t->events);
}
