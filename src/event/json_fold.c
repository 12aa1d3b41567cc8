/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/json_fold.c - what a program always writes the same becomes its literals
 *
 * Half of the steps of an event's line are of its process. Of an event from a file none is
 * known; of a host's most are of few. Folded, the steps are run once, when the program is made.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/layout.h"
#include "event/event.h"
#include "event/json.h"
#include "event/json_step.h"

struct folder {
	const struct hw_json *from;
	const struct hw_process *process;  /* NULL: any */
	const struct hw_json_guess *guess; /* NULL: none */
	const void *bases[HW_BASE_NR];	   /* of an event for which all this holds */
	struct hw_json_draft draft;
	uint16_t *moved; /* of each step: before it, 1 if others jump there; then its new number */
};

static bool is_of_event(const struct hw_json_step *s)
{
	return s->offset == offsetof(struct hw_process, cpu) ||
	       s->offset == offsetof(struct hw_process, syscall) ||
	       s->offset == offsetof(struct hw_process, is_compat) ||
	       s->offset == offsetof(struct hw_process, owner);
}

static bool is_of_process(const struct folder *f, const struct hw_json_step *s)
{
	return f->process && s->base == HW_BASE_PROCESS &&
	       (f->process == &hw_process_none || !is_of_event(s));
}

static bool is_settled(const struct folder *f, const struct hw_json_step *s)
{
	return is_of_process(f, s) || (f->guess && hw_json_guess_has(f->guess, s));
}

/* A CLOSE looks at what is before it. */
static bool is_known(const struct folder *f, const struct hw_json_step *s)
{
	return is_settled(f, s) || (s->op == HW_OP_CLOSE && hw_json_draft_has_literal(&f->draft));
}

static bool jumps(const struct hw_json_step *s)
{
	return s->op >= HW_OP_LIST;
}

static void keep_step(struct folder *f, const struct hw_json_step *s)
{
	if (s->is_optional) /* its literal is written only with it */
		hw_json_draft_flush(&f->draft);
	hw_json_draft_add(&f->draft, hw_slice(f->from->literals + s->literal, s->literal_len));
	if (s->op != HW_OP_NOTHING)
		hw_json_draft_step(&f->draft, *s);
}

/* Run it now. Returns the step that is next. */
static size_t fold_step(struct folder *f, size_t i)
{
	struct hw_json_draft *d = &f->draft;

	if (!d->err)
		d->err = hw_json_run_step(f->from, f->bases, &i, &d->literals);
	return d->err ? f->from->steps_nr : i;
}

static void fold_all(struct folder *f)
{
	const struct hw_json *j = f->from;
	size_t i = 0;

	while (i < j->steps_nr) {
		if (f->moved[i])
			hw_json_draft_flush(&f->draft);
		f->moved[i] = (uint16_t)hw_json_draft_nr(&f->draft);
		if (is_known(f, &j->steps[i]))
			i = fold_step(f, i);
		else
			keep_step(f, &j->steps[i++]);
	}
	hw_json_draft_flush(&f->draft);
	f->moved[i] = (uint16_t)hw_json_draft_nr(&f->draft);
}

static void mark_targets(struct folder *f)
{
	const struct hw_json_step *s = f->from->steps;

	for (size_t i = 0; i < f->from->steps_nr; i++)
		if (jumps(&s[i]) && !is_settled(f, &s[i]))
			f->moved[s[i].next] = 1;
}

static void move_targets(struct folder *f)
{
	struct hw_json_step *steps = (struct hw_json_step *)(void *)f->draft.steps.ptr;

	for (size_t i = 0; i < hw_json_draft_nr(&f->draft); i++)
		if (jumps(&steps[i]))
			steps[i].next = f->moved[steps[i].next];
}

static int fold_marked(struct folder *f)
{
	f->moved = calloc(f->from->steps_nr + 1, sizeof(*f->moved));
	if (!f->moved)
		return -ENOMEM;
	mark_targets(f);
	fold_all(f);
	if (!f->draft.err)
		move_targets(f);
	free(f->moved);
	return f->draft.err;
}

static int fold(struct folder *f, struct hw_json **ret)
{
	struct hw_json *folded = calloc(1, sizeof(*folded));
	int err;

	if (!folded)
		return -ENOMEM;
	hw_json_draft_init(&f->draft);
	err = fold_marked(f);
	if (!err)
		err = hw_json_take(folded, &f->draft);
	hw_json_draft_clear(&f->draft);
	if (err) {
		free(folded);
		return -ENOMEM;
	}
	folded->memory = f->from->memory;
	*ret = folded;
	return 0;
}

int hw_json_fold(struct hw_json **ret, const struct hw_json *j, const struct hw_process *process)
{
	struct folder f = { .from = j, .process = process, .bases[HW_BASE_PROCESS] = process };

	return fold(&f, ret);
}

int hw_json_fold_guess(struct hw_json **ret, const struct hw_json *j,
		       const struct hw_json_guess *guess, enum hw_http_kind kind)
{
	static const struct hw_event none;
	static const struct hw_exchange no_exchange;
	const struct hw_http_message m = { .kind = kind };
	struct folder f = {
		.from = j,
		.guess = guess,
		.bases = { [HW_BASE_EVENT] = &none,
			   [HW_BASE_HTTP] = &m,
			   [HW_BASE_EXCHANGE] = &no_exchange },
	};

	return fold(&f, ret);
}

/* Who comes later takes the place. */
static void give_place(struct hw_json_known *known, uint64_t version)
{
	hw_json_free(known->json);
	*known = (struct hw_json_known){ .version = version };
}

/* Of a known process: apart, as those of files are of none. */
HW_APART static struct hw_json *of_process(struct hw_json *j, const struct hw_process *process)
{
	struct hw_json_known *known =
		&j->known[(process->version * 0x9e3779b97f4a7c15 >> 32) % HW_JSON_KNOWN_MAX];

	if (known->version != process->version)
		give_place(known, process->version);
	if (!known->json && ++known->events == HW_JSON_KNOWN_MIN)
		hw_json_fold(&known->json, j, process); /* without memory it is done without */
	return known->json ? known->json : j;
}

struct hw_json *hw_json_for(struct hw_json *j, const struct hw_process *process)
{
	if (process == &hw_process_none)
		return j->of_nobody;
	return process->version ? of_process(j, process) : j;
}
