/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/waiting.c - the exchanges of a connection that have not ended */
#include <stdlib.h>

#include "base/fetch.h"
#include "exchange/waiting.h"
#include "http/copy.h"

enum { FETCHED_MAX = 1024 }; /* bytes of a message */

/* ---- the pairings that have exchanges ---- */

static void unlist(struct hw_pairing_env *env, struct hw_pairing *p)
{
	if (!p->is_listed)
		return;
	*(p->older ? &p->older->newer : &env->first) = p->newer;
	*(p->newer ? &p->newer->older : &env->last) = p->older;
	p->newer = p->older = NULL;
	p->is_listed = false;
}

void hw_pairing_list(struct hw_pairing_env *env, struct hw_pairing *p, uint64_t now_ns)
{
	unlist(env, p);
	if (!env->progress_ns)
		return;
	p->due_ns = now_ns + env->progress_ns;
	p->older = env->last;
	*(env->last ? &env->last->newer : &env->first) = p;
	env->last = p;
	p->is_listed = true;
}

/* ---- memory ---- */

void *hw_pairing_take(struct hw_pairing_env *env, size_t size)
{
	void *ret;

	if (!hw_budget_take(env->budget, size))
		return NULL;
	ret = calloc(1, size);
	if (!ret)
		hw_budget_give(env->budget, size);
	return ret;
}

static void give(struct hw_pairing_env *env, void *ptr, size_t size)
{
	if (!ptr)
		return;
	free(ptr);
	hw_budget_give(env->budget, size);
}

static void free_part(struct hw_pairing_env *env, struct hw_pairing_part *part)
{
	if (env->fresh == part)
		env->fresh = NULL;
	hw_http_message_free(part->copy, part->copy_size, env->budget);
	hw_body_free(part->body);
}

void hw_pairing_count_active(const struct hw_pairing_now *now, struct hw_waiting *w)
{
	if (w->is_active || !now->env->role)
		return;
	w->is_active = true;
	w->role = now->env->role(now->ctx, now->dir);
	now->env->active[w->role]++;
}

static void count_ended(struct hw_pairing_env *env, struct hw_waiting *w)
{
	env->active[w->role] -= w->is_active;
	w->is_active = false;
}

void hw_pairing_free_waiting(struct hw_pairing_env *env, struct hw_waiting *w)
{
	count_ended(env, w);
	free_part(env, &w->request);
	free_part(env, &w->response);
	give(env, w->interims, sizeof(*w->interims));
	give(env, w, sizeof(*w));
}

struct hw_pairing *hw_pairing_new(struct hw_pairing_env *env, void *owner, bool is_whole)
{
	struct hw_pairing *p = hw_pairing_take(env, sizeof(*p));

	if (!p)
		return NULL;
	p->owner = owner;
	p->last = &p->first;
	p->client = p->ended_by = -1;
	p->is_certain = is_whole;
	p->has_lost = !is_whole;
	return p;
}

/*
 * A pairing at rest: a bit that is set, what is known of its connection, the number of its last
 * exchange, and in the upper half where that was answered.
 */
enum {
	REST_CLIENT = 1, /* two bits: 1 more than the direction */
	REST_CLOSES = 3, /* a bit for each direction */
	REST_ANSWERED = 5,
	REST_LOST = 6,
	REST_CERTAIN = 7,
	REST_BLIND = 8,
	REST_ASSUMED = 9,
	REST_PIPELINED = 10, /* two bits */
	REST_NUMBER = 12,
	REST_ANSWER = 32,
};

/* Of requests and answers that are not here more may have to be known than has room. */
static bool is_in_doubt(const struct hw_pairing *p)
{
	return p->lacks_answers || p->is_last_ahead ||
	       (p->has_last && (int32_t)(p->last_ack - p->answered) > 0);
}

uint64_t hw_pairing_rest(const struct hw_pairing *p)
{
	if (p->first || p->tunnel || p->number >> (REST_ANSWER - REST_NUMBER) || is_in_doubt(p))
		return HW_PAIRING_BUSY;
	return 1 | (uint64_t)(p->client + 1) << REST_CLIENT |
	       (uint64_t)p->closes[0] << REST_CLOSES | (uint64_t)p->closes[1] << (REST_CLOSES + 1) |
	       (uint64_t)p->has_answered << REST_ANSWERED | (uint64_t)p->has_lost << REST_LOST |
	       (uint64_t)p->is_certain << REST_CERTAIN | (uint64_t)p->is_blind << REST_BLIND |
	       (uint64_t)p->is_assumed << REST_ASSUMED | (uint64_t)p->pipelined << REST_PIPELINED |
	       p->number << REST_NUMBER | (uint64_t)p->answered << REST_ANSWER;
}

struct hw_pairing *hw_pairing_awake(struct hw_pairing_env *env, void *owner, uint64_t rest,
				    bool is_whole)
{
	struct hw_pairing *p = hw_pairing_new(env, owner, is_whole);

	if (!p)
		return NULL;
	p->client = (int8_t)((rest >> REST_CLIENT & 3) - 1);
	p->closes[0] = rest >> REST_CLOSES & 1;
	p->closes[1] = rest >> (REST_CLOSES + 1) & 1;
	p->has_answered = is_whole && rest >> REST_ANSWERED & 1;
	p->has_lost |= rest >> REST_LOST & 1;
	p->is_certain &= rest >> REST_CERTAIN & 1;
	p->is_blind = rest >> REST_BLIND & 1;
	p->is_assumed = rest >> REST_ASSUMED & 1;
	p->pipelined = rest >> REST_PIPELINED & 3;
	p->number = (uint32_t)rest >> REST_NUMBER;
	p->answered = (uint32_t)(rest >> REST_ANSWER);
	p->has_last = p->has_answered;
	p->last_ack = p->answered; /* that was before, and what a client lacks is behind both */
	return p;
}

void hw_pairing_free(struct hw_pairing *p, struct hw_pairing_env *env)
{
	if (!p)
		return;
	unlist(env, p);
	for (struct hw_waiting *w = p->first, *next; w; w = next) {
		next = w->next;
		hw_pairing_free_waiting(env, w);
	}
	if (p->tunnel)
		hw_pairing_free_waiting(env, p->tunnel);
	give(env, p, sizeof(*p));
}

void hw_pairing_keep_part(struct hw_pairing_env *env, struct hw_pairing_part *part)
{
	if (env->fresh == part)
		env->fresh = NULL;
	part->copy = hw_http_message_copy_received(part->message, env->budget, &part->copy_size);
	part->message = part->copy ? part->copy : &hw_http_message_none;
}

void hw_pairing_keep(struct hw_pairing_env *env)
{
	if (env->fresh)
		hw_pairing_keep_part(env, env->fresh);
}

void hw_pairing_take_out(struct hw_pairing *p, struct hw_pairing_env *env, struct hw_waiting *w)
{
	struct hw_waiting **link = &p->first;

	count_ended(env, w);
	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	if (!*link)
		p->last = link;
	p->nr--;
	p->early_nr -= w->is_early;
	if (!p->first)
		unlist(env, p);
}

struct hw_waiting *hw_pairing_add(struct hw_pairing *p, const struct hw_pairing_now *now)
{
	struct hw_waiting *w = hw_pairing_is_full(p) ? NULL : hw_pairing_take(now->env, sizeof(*w));

	p->number++;
	if (!w) {
		p->is_certain = false; /* the order now has a hole */
		p->has_lost = true;
		p->is_blind = true;
		return NULL;
	}
	w->number = p->number;
	w->is_certain = p->is_certain;
	*p->last = w;
	p->last = &w->next;
	if (p->nr++ == 0)
		hw_pairing_list(now->env, p, now->time_ns);
	return w;
}

/* ---- memory that was not used for long ---- */

static void fetch_message(const struct hw_pairing_part *part)
{
	if (part->copy)
		hw_fetch(part->copy, part->copy_size < FETCHED_MAX ? part->copy_size : FETCHED_MAX);
}

void hw_pairing_fetch(const struct hw_pairing *p, unsigned step)
{
	if (step == 0)
		hw_fetch(p, sizeof(*p));
	else if (!p->first)
		return;
	else if (step == 1)
		hw_fetch(p->first, sizeof(*p->first));
	else
		fetch_message(&p->first->request);
}
