/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/monitor.h - --metrics: what was seen, for Prometheus
 *
 *	hw_monitor_open(&monitor, &options);		(before anything else is)
 *	while (running) {
 *		... hw_monitor_take(monitor, event);	(for each)
 *		if (hw_monitor_turn(monitor))
 *			hw_monitor_answer(monitor, &own);
 *	}
 */
#ifndef HW_CLI_MONITOR_H
#define HW_CLI_MONITOR_H

#include "cli/options.h"
#include "metrics/metrics.h"

struct hw_monitor; /* opaque */

/*
 * Listen where the options say. Returns 0, also without --metrics (*ret is then NULL); or,
 * after a message, the code to exit with.
 */
int hw_monitor_open(struct hw_monitor **ret, const struct hw_options *o);

/* Takes NULL. */
void hw_monitor_close(struct hw_monitor *m);

void hw_monitor_take(struct hw_monitor *m, const struct hw_event *event);

/*
 * The loop turns. Returns true if somebody wants to know how things are:
 * hw_monitor_answer() is then due.
 */
bool hw_monitor_turn(struct hw_monitor *m);

/* Times of the process are filled in here. */
void hw_monitor_answer(struct hw_monitor *m, struct hw_metrics_own *own);

/* It may take long until the next turn, and nothing is wrong with that. */
void hw_monitor_pause(struct hw_monitor *m);

#endif
