/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/monitor.c - see monitor.h */
#include "cli/monitor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/seed.h"
#include "cli/message.h"
#include "serve/serve.h"

struct hw_monitor {
	struct hw_metrics *metrics;
	struct hw_serve *serve;
	enum hw_metrics_format asked;
	uint64_t start_ns;
	bool has_ended; /* the server has, and it was said */
	bool is_quiet;
};

static const char *reason(int err)
{
	return err == -ELIBACC ? "needs the library libmicrohttpd, package libmicrohttpd12"
			       : strerror(-err);
}

static int start(struct hw_monitor *m, const struct hw_options *o)
{
	int err = hw_serve_start(&m->serve, &o->metrics, o->metrics_series * HW_METRICS_LINE_MAX);

	if (err) {
		hw_message("--metrics %s: %s", o->metrics.text, reason(err));
		return HW_EXIT_FAILED;
	}
	err = hw_metrics_new(&m->metrics, o->metrics_series, hw_seed());
	if (err)
		hw_message("%s", strerror(-err));
	return err ? HW_EXIT_FAILED : HW_EXIT_OK;
}

static void say_where(const struct hw_options *o)
{
	hw_message("metrics at http://%s/metrics", o->metrics.text);
	if (!o->metrics.is_loopback)
		hw_message("whoever can reach %s can read the hosts and paths of requests",
			   o->metrics.text);
}

int hw_monitor_open(struct hw_monitor **ret, const struct hw_options *o)
{
	struct hw_monitor *m;
	int code;

	*ret = NULL;
	if (!o->has_metrics)
		return HW_EXIT_OK;
	m = calloc(1, sizeof(*m));
	if (!m) {
		hw_message("%s", strerror(ENOMEM));
		return HW_EXIT_FAILED;
	}
	m->start_ns = hw_clock_ns(CLOCK_REALTIME);
	m->is_quiet = o->quiet;
	code = start(m, o);
	if (code != HW_EXIT_OK) {
		hw_monitor_close(m);
		return code;
	}
	if (!o->quiet)
		say_where(o);
	*ret = m;
	return HW_EXIT_OK;
}

void hw_monitor_close(struct hw_monitor *m)
{
	if (!m)
		return;
	hw_serve_close(m->serve);
	hw_metrics_free(m->metrics);
	free(m);
}

void hw_monitor_take(struct hw_monitor *m, const struct hw_event *event)
{
	hw_metrics_take(m->metrics, event);
}

static void say_ended(struct hw_monitor *m)
{
	m->has_ended = true;
	if (!m->is_quiet)
		hw_message("the process that serves metrics has ended");
}

bool hw_monitor_turn(struct hw_monitor *m)
{
	const bool is_asked = hw_serve_is_asked(m->serve, &m->asked);

	hw_serve_beat(m->serve);
	if (!m->has_ended && hw_serve_has_ended(m->serve))
		say_ended(m);
	return is_asked;
}

void hw_monitor_answer(struct hw_monitor *m, struct hw_metrics_own *own)
{
	size_t max;
	char *page = hw_serve_page(m->serve, &max);

	own->start_ns = m->start_ns;
	own->cpu_ns = hw_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
	hw_serve_answer(m->serve, hw_metrics_render(m->metrics, own, m->asked, page, max));
}

void hw_monitor_pause(struct hw_monitor *m)
{
	hw_serve_pause(m->serve);
}
