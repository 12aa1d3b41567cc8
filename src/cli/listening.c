/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/listening.c - see listening.h */
#include "cli/listening.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/losses.h"
#include "cli/message.h"
#include "cli/packet_filter.h"
#include "cli/pipeline.h"
#include "cli/privileges.h"
#include "cli/signals.h"
#include "cli/usage.h"
#include "engine/engine.h"
#include "source/interfaces.h"

enum {
	TICK_MS = 100, /* timeouts are looked at so often when nothing comes */
};

struct listening {
	struct hw_pipeline pipeline;
	struct hw_interfaces *interfaces;
	struct hw_losses losses;
};

static size_t counters(void *ctx, struct hw_counter *ret, size_t max)
{
	const struct listening *l = ctx;
	size_t nr = 0;

	while (nr < max && hw_interfaces_counter(l->interfaces, nr, &ret[nr]))
		nr++;
	return nr;
}

/* That nothing is left to listen to is no news but an error, which -q leaves. */
static void say_news(struct listening *l, bool is_end)
{
	const char *news;

	while ((news = hw_interfaces_news(l->interfaces)))
		if (is_end || !l->pipeline.options->quiet)
			hw_message("%s", news);
}

static void tell_losses(struct listening *l)
{
	const struct hw_losses_nr now = { .lost = hw_interfaces_lost(l->interfaces) };

	hw_losses_tell(&l->losses, &now, hw_interfaces_now());
}

/* Returns false when all interfaces are gone. */
static bool take(struct listening *l)
{
	struct hw_frame frames[HW_INTERFACES_BATCH_MAX];
	size_t nr;
	const int err =
		hw_interfaces_read(l->interfaces, frames, HW_INTERFACES_BATCH_MAX, TICK_MS, &nr);

	hw_engine_feed(l->pipeline.engine, frames, nr);
	hw_engine_advance(l->pipeline.engine, hw_interfaces_now());
	hw_pipeline_flush(&l->pipeline);
	say_news(l, err && err != -EINTR);
	return !err || err == -EINTR;
}

static void listen_on(struct listening *l)
{
	while (!hw_pipeline_is_over(&l->pipeline)) {
		if (!take(l)) {
			l->pipeline.code = HW_EXIT_FAILED;
			break;
		}
		if (hw_losses_are_due(&l->losses, hw_interfaces_now()))
			tell_losses(l);
		if (hw_signals_take_reopen())
			hw_pipeline_reopen(&l->pipeline);
		if (hw_signals_take_statistics() ||
		    hw_pipeline_is_report_due(&l->pipeline, hw_interfaces_now()))
			hw_pipeline_report(&l->pipeline);
		hw_pipeline_turn(&l->pipeline);
	}
	hw_pipeline_finish(&l->pipeline);
	tell_losses(l);
	hw_pipeline_report(&l->pipeline);
	hw_pipeline_end_output(&l->pipeline);
}

static int exit_code(int err)
{
	switch (err) {
	case -EPERM:
		return HW_EXIT_REFUSED;
	case -EINVAL:
	case -ENODEV:
		return HW_EXIT_USAGE;
	default:
		return HW_EXIT_FAILED;
	}
}

static int open_interfaces(struct listening *l, const struct hw_options *o,
			   const struct hw_filter *filter)
{
	const struct hw_interfaces_options options = { .names = o->interfaces,
						       .nr = o->interfaces_nr,
						       .promiscuous = o->promiscuous,
						       .snaplen = o->live.snaplen,
						       .buffer_bytes = o->live.ring_bytes,
						       .filter = filter };
	char error[HW_INTERFACES_ERROR_MAX];
	const int err = hw_interfaces_open(&l->interfaces, &options, error, sizeof(error));

	if (err) {
		hw_message("%s", error);
		return exit_code(err);
	}
	return HW_EXIT_OK;
}

static void say_ready(const struct hw_options *o)
{
	for (size_t i = 0; !o->quiet && i < o->interfaces_nr; i++)
		hw_message("listening on %s", o->interfaces[i]);
}

static int open_and_listen(struct listening *l, const struct hw_options *o,
			   const struct hw_filter *filter)
{
	int code;

	if (hw_pipeline_open(&l->pipeline, o, NULL, NULL) != 0)
		return l->pipeline.code;
	hw_signals_init(o->output || o->write_packets);
	code = open_interfaces(l, o, filter);
	if (code == HW_EXIT_OK)
		code = hw_privileges_drop_to_listening(o);
	if (code != HW_EXIT_OK)
		return code;
	hw_pipeline_set_counters(&l->pipeline, counters, l);
	say_ready(o);
	listen_on(l);
	return l->pipeline.code;
}

int hw_listening_run(const struct hw_options *o)
{
	struct listening l = { .losses.quiet = o->quiet };
	struct hw_filter *filter;
	int code = hw_packet_filter_make(&filter, o->filter);

	if (code != HW_EXIT_OK)
		return code;
	code = open_and_listen(&l, o, filter);
	hw_interfaces_close(l.interfaces);
	hw_pipeline_close(&l.pipeline);
	hw_filter_free(filter);
	return code;
}

/* The kernel lets an interface's name have any byte but blanks, "/" and ":". */
static void print_lines(const char *text)
{
	while (*text) {
		const size_t len = strcspn(text, "\n");
		char line[1024];

		hw_message_escape(line, sizeof(line), text, len);
		puts(line);
		text += len + (text[len] == '\n');
	}
}

int hw_listening_list(void)
{
	char error[HW_INTERFACES_ERROR_MAX] = "no memory", *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);
	int err = to ? hw_interfaces_list(to, error, sizeof(error)) : -ENOMEM;

	if (to && fclose(to) != 0)
		err = err ? err : -ENOMEM;
	if (err)
		hw_message("%s", error);
	else
		print_lines(text);
	free(text);
	return err ? HW_EXIT_FAILED : hw_usage_end(stdout);
}
