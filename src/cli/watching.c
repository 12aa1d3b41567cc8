/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/watching.c - see watching.h */
#include "cli/watching.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/duration.h"
#include "cli/caller.h"
#include "cli/command.h"
#include "cli/kernel_terms.h"
#include "cli/losses.h"
#include "cli/message.h"
#include "cli/pipeline.h"
#include "cli/privileges.h"
#include "cli/signals.h"
#include "engine/engine.h"
#include "event/table.h"
#include "exchange/exchange.h"
#include "live/asker.h"
#include "live/held.h"
#include "live/host.h"
#include "live/live.h"
#include "live/peers.h"

enum {
	TICK_MS = 100,	  /* timeouts are looked at so often when nothing comes */
	HELD_TICK_MS = 5, /* and events that wait for their process */
	PRIORITY = -10,	  /* nice(2) */
};

#define FLUSH_NS (10 * HW_NS_PER_MS) /* what is shown comes at most so late, however busy we are */

struct watching {
	struct hw_pipeline pipeline;
	struct hw_live *live;
	struct hw_held *held;
	struct hw_peers *peers; /* NULL: no exchanges are asked for */
	struct hw_asker *asker; /* NULL: containers have no names */
	struct hw_command command;
	struct hw_kernel_terms terms;
	bool chooses; /* processes were asked for */
	uint64_t now_ns, flushed_ns;
	struct hw_losses losses;
};

static void on_event(void *ctx, const struct hw_event *event)
{
	struct watching *w = ctx;

	hw_held_take(w->held, event, w->now_ns);
}

/*
 * It is not of a process that was asked for, or nobody knows of which. Of another's exchange often
 * no more than the beginning is captured, so it would count as unanswered.
 */
static void leave_out(struct watching *w, const struct hw_event *event)
{
	struct hw_stats *stats = hw_engine_stats(w->pipeline.engine);

	hw_stats_inc(stats, HW_STAT_EVENTS_FILTERED);
	if (event->exchange)
		hw_exchange_count(event->exchange, stats, -1);
}

static void show(void *ctx, const struct hw_event *event)
{
	struct watching *w = ctx;

	if (w->chooses && !event->process->chosen)
		leave_out(w, event);
	else
		hw_pipeline_show(&w->pipeline, event);
}

static void on_ahead(void *ctx, const struct hw_ahead *a)
{
	struct watching *w = ctx;
	const enum hw_direction direction = (enum hw_direction)a->direction;

	if (a->is_all)
		hw_live_ignore(w->live, a->cookie, direction);
	else if (a->is_chunked)
		hw_live_skip_chunks(w->live, a->cookie, direction, a->body, a->from);
	else if (a->is_end)
		hw_live_ends_at(w->live, a->cookie, direction, a->until);
	else
		hw_live_skip(w->live, a->cookie, direction, a->from, a->until);
}

static void on_end(void *ctx, uint64_t cookie, uint64_t id)
{
	const struct watching *w = ctx;

	hw_live_end(w->live, cookie, w->peers ? hw_peers_find(w->peers, id, cookie) : 0);
}

static size_t counters(void *ctx, struct hw_counter *ret, size_t max)
{
	struct watching *w = ctx;
	size_t nr = 0;

	while (nr < max && hw_live_counter(w->live, nr, &ret[nr]))
		nr++;
	for (size_t i = 0; w->asker && nr < max && hw_asker_counter(w->asker, i, &ret[nr]); i++)
		nr++;
	return nr;
}

/* Whenever the accounts may be looked at. */
static void count_waiting(struct watching *w)
{
	hw_engine_stats(w->pipeline.engine)->n[HW_STAT_EVENTS_WAITING] = hw_held_nr(w->held);
}

static void flush(struct watching *w, bool is_idle)
{
	if (!is_idle && w->now_ns - w->flushed_ns < FLUSH_NS)
		return;
	hw_pipeline_flush(&w->pipeline);
	w->flushed_ns = w->now_ns;
}

static void close_connections(struct watching *w)
{
	const struct hw_live_closed *c;

	for (size_t i = 0; (c = hw_live_closed(w->live, i)); i++)
		hw_engine_close(w->pipeline.engine, &c->socket, c->time_ns, c->how);
}

/* Take what is there, and wait for it at most `timeout_ms`. Returns the number of frames. */
static size_t take(struct watching *w, int timeout_ms)
{
	struct hw_frame frames[HW_LIVE_BATCH_MAX];
	size_t nr;
	int err;

	hw_live_asked(w->live, hw_held_since(w->held));
	err = hw_live_read(w->live, frames, HW_LIVE_BATCH_MAX, timeout_ms, &nr);

	w->now_ns = hw_live_now(w->live);
	hw_pipeline_set_clock(&w->pipeline, hw_live_clock_set(w->live));
	hw_held_release(w->held, w->now_ns);
	if (!err) {
		hw_engine_feed(w->pipeline.engine, frames, nr);
		close_connections(w);
		hw_engine_advance(w->pipeline.engine, w->now_ns);
	}
	count_waiting(w);
	if (err)
		return 0;
	flush(w, nr < HW_LIVE_BATCH_MAX);
	return nr;
}

/*
 * What is in the ring when the end is asked for is shown, with its process if that comes in time;
 * who goes on sending is not waited for.
 */
static void drain(struct watching *w)
{
	const uint64_t end = hw_live_written(w->live);
	uint64_t until = UINT64_MAX;

	while (!hw_pipeline_has_enough(&w->pipeline) && w->now_ns < until) {
		take(w, hw_held_nr(w->held) ? HELD_TICK_MS : 0);
		if (!hw_live_has_read(w->live, end))
			continue;
		if (!hw_held_nr(w->held))
			break;
		if (until == UINT64_MAX)
			until = w->now_ns + HW_HELD_NS;
	}
	hw_pipeline_finish(&w->pipeline);
	hw_held_release(w->held, UINT64_MAX);
	count_waiting(w);
}

static void tell_losses(struct watching *w)
{
	const struct hw_losses_nr now = {
		hw_live_lost(w->live), hw_live_cut(w->live),
		hw_engine_stats(w->pipeline.engine)->n[HW_STAT_TCP_GAPS]
	};

	hw_losses_tell(&w->losses, &now, w->now_ns);
}

/* To attach again needs rights that were given up: who starts us again has them. */
static bool is_attached(struct watching *w)
{
	const char *lacks = hw_live_lacks(w->live);

	if (!lacks)
		return true;
	hw_message("%s: not seen any more, as somebody has detached the eBPF program from the "
		   "cgroups (bpftool link detach); start httpwire again",
		   lacks);
	w->pipeline.code = HW_EXIT_FAILED;
	return false;
}

static void watch(struct watching *w)
{
	while (!hw_pipeline_is_over(&w->pipeline) && !hw_command_has_ended(&w->command) &&
	       is_attached(w)) {
		take(w, hw_held_nr(w->held) ? HELD_TICK_MS : TICK_MS);
		if (hw_losses_are_due(&w->losses, w->now_ns))
			tell_losses(w);
		if (hw_signals_take_reopen())
			hw_pipeline_reopen(&w->pipeline);
		if (hw_signals_take_statistics() ||
		    hw_pipeline_is_report_due(&w->pipeline, w->now_ns))
			hw_pipeline_report(&w->pipeline);
		hw_pipeline_turn(&w->pipeline);
	}
	if (hw_command_has_ended(&w->command))
		hw_signals_init(w->pipeline.options->output || w->pipeline.options->write_packets);
	drain(w);
	tell_losses(w);
	hw_pipeline_report(&w->pipeline);
	hw_pipeline_end_output(&w->pipeline);
}

/* Who runs the command must be there; it is never run as root instead. */
static bool is_caller_unknown(void)
{
	const struct passwd *user;
	gid_t group;

	return hw_caller_find(&user, &group) == -ENOENT;
}

/* The command waits until we are ready. */
static int start_command(struct watching *w, struct hw_options *o)
{
	int err;

	if (is_caller_unknown()) {
		hw_message("%s runs as who called sudo, and there is no user %s (SUDO_UID)",
			   o->command[0], getenv("SUDO_UID"));
		return HW_EXIT_BAD_COMMAND;
	}
	err = hw_command_start(&w->command, o->command);
	if (err) {
		hw_message("cannot start a process: %s", strerror(-err));
		return HW_EXIT_FAILED;
	}
	o->choice.command = (uint32_t)w->command.pid;
	return HW_EXIT_OK;
}

/* As env(1) and others have it: 127 if there is no such program, 126 if it cannot be run. */
static int run_command(struct watching *w, const struct hw_options *o)
{
	int err;

	hw_signals_hand_on(w->command.pid);
	err = hw_command_run(&w->command);
	if (err)
		hw_message("%s: %s", o->command[0], strerror(-err));
	return err == 0 ? HW_EXIT_OK : err == -ENOENT ? HW_EXIT_NO_COMMAND : HW_EXIT_BAD_COMMAND;
}

/*
 * When all CPUs are busy the ring must be emptied before it is full, as auditd does with
 * its queue; and events wait for the names of containers 20 ms at most. The work is the same, only
 * sooner. Where it is not permitted it is not needed to go on.
 */
static void hurry(void)
{
	if (getpriority(PRIO_PROCESS, 0) > PRIORITY)
		setpriority(PRIO_PROCESS, 0, PRIORITY);
}

static int open_live(struct watching *w, const struct hw_options *o)
{
	char error[512];
	const int err = hw_live_open(&w->live, &o->live, error, sizeof(error));

	if (err) {
		hw_message("%s", error);
		return err == -ENOMEM ? HW_EXIT_FAILED : HW_EXIT_REFUSED;
	}
	if (!o->quiet && o->choice.children && hw_host_hides_processes())
		hw_message("/proc does not show all processes: children that run already are not "
			   "found");
	for (size_t i = 0; o->verbose && hw_live_note(w->live, i); i++)
		hw_message("%s", hw_live_note(w->live, i));
	return HW_EXIT_OK;
}

static void say_ready(const struct watching *w, const struct hw_options *o)
{
	if (!o->quiet && !o->command)
		hw_message("watching %s of this host; Ctrl-C ends",
			   w->chooses ? "the sockets asked for" : "all sockets");
}

/* Whose the packet is, as far as is known now. */
static bool owner_of(void *ctx, const struct hw_frame *frame, struct hw_process *ret)
{
	struct watching *w = ctx;
	const struct hw_live_passing passing =
		hw_live_passing(w->live, frame->number, frame->socket->cookie);
	uint64_t cookie;

	return hw_live_owner(w->live, &passing, (enum hw_direction)frame->direction, ret,
			     &cookie) != HW_OWNER_NONE;
}

static void start_asker(struct watching *w)
{
	const int err = hw_asker_start(&w->asker, "");

	if (err)
		hw_message("containers have no names: %s",
			   err == -ELIBACC ? "needs " HW_DESCRIPTION_LIBRARY : strerror(-err));
}

/* Only what is asked for costs anything, in the kernel too. */
static void choose_packets(struct hw_options *o, uint32_t events)
{
	struct hw_live_options *live = &o->live;

	live->http = live->dns = live->names = live->flows = live->packets = false;
	live->handshakes = false;
	for (int i = 0; i < HW_TYPE_NR; i++) {
		const struct hw_event_type *type = hw_event_type((enum hw_event_type_index)i);

		if (!(events & 1u << i))
			continue;
		if (type->view != HW_VIEW_NONE)
			live->packets = true;
		else if (type->has_dns)
			live->dns = true;
		else if (type->sets & HW_SET_FLOWS)
			live->flows = live->dns = live->names = true;
		else
			live->http = true;
		live->handshakes |= type->has_exchange;
	}
	live->dns_ports = o->engine.dns_ports;
	live->dns_ports_nr = o->engine.dns_ports_nr;
	live->acks = o->write_packets;
	live->http |= live->flows && o->write_packets; /* with what they carried */
}

/* What of the filters the kernel decides joins what it decides by options. */
static void use_filters(struct watching *w, struct hw_options *o)
{
	hw_pipeline_set_counters(&w->pipeline, counters, w);
	w->chooses = !hw_choice_is_any(&o->choice);
	hw_kernel_terms_find(&w->terms, w->pipeline.selection, o);
	choose_packets(o, w->terms.events);
	o->live.ends = &w->terms.ends;
}

static void note_peer(void *ctx, const struct hw_frame *frame, uint64_t id)
{
	struct watching *w = ctx;

	hw_peers_note(w->peers, id, frame->socket ? frame->socket->cookie : 0);
}

/* Who is at the other end is told of exchanges. */
static int make_peers(struct watching *w, const struct hw_options *o)
{
	const int err = o->live.handshakes ? hw_peers_new(&w->peers) : 0;

	if (!err && w->peers)
		hw_pipeline_on_frame(&w->pipeline, note_peer, w);
	return err;
}

static int make(struct watching *w, struct hw_options *o)
{
	int code;

	if (hw_pipeline_open(&w->pipeline, o, on_event, w) != 0)
		return w->pipeline.code;
	hw_signals_init(o->output || o->write_packets);
	code = o->command ? start_command(w, o) : HW_EXIT_OK;
	hurry();
	start_asker(w); /* before there is anything that it should not have */
	use_filters(w, o);
	if (code == HW_EXIT_OK)
		code = open_live(w, o);
	if (code != HW_EXIT_OK)
		return code;
	hw_pipeline_set_owner(&w->pipeline, owner_of, w);
	hw_engine_on_end(w->pipeline.engine, on_end, w);
	if (make_peers(w, o) != 0 ||
	    hw_held_new(&w->held, w->live, w->asker, w->peers, show, w) != 0) {
		hw_message("%s", strerror(ENOMEM));
		return HW_EXIT_FAILED;
	}
	if (w->asker && !hw_asker_wait(w->asker))
		hw_message("containers have no names: what reads them does not start");
	code = hw_privileges_drop(o, w->command.pid);
	if (code == HW_EXIT_OK)
		say_ready(w, o);
	return code;
}

/* Of bodies the kernel need not copy what nobody asks for. */
static void choose_bytes(struct hw_options *o)
{
	if (!o->live.gate || o->live.packets || o->write_packets)
		return;
	o->engine.on_ahead = on_ahead;
	/* Half: nothing is shorter when it is decoded, but for what codings add. */
	o->live.may_cut = o->engine.body_max <= HW_LIVE_UNCUT / 2;
	o->live.no_bodies = !o->engine.body_max && !o->engine.progress_ns;
}

static void unmake(struct watching *w)
{
	hw_command_close(&w->command);
	hw_held_free(w->held);
	hw_peers_free(w->peers);
	hw_asker_close(w->asker);
	hw_live_close(w->live);
	hw_pipeline_close(&w->pipeline);
}

int hw_watching_run(const struct hw_options *o)
{
	struct hw_options options = *o;
	struct watching w = { .command.gate = -1, .losses.quiet = o->quiet };
	int code;

	options.live.choice = &options.choice;
	choose_packets(&options, o->engine.events);
	choose_bytes(&options);
	code = make(&w, &options);
	if (code == HW_EXIT_OK && o->command)
		code = run_command(&w, o);
	if (code == HW_EXIT_OK) {
		watch(&w);
		code = w.command.pid && !w.pipeline.code ? hw_command_code(&w.command)
							 : w.pipeline.code;
	}
	unmake(&w);
	return code;
}
