/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/signals.h - what signals ask of a running httpwire
 *
 * SIGINT and SIGTERM ask it to end in order; the second one ends it at once. SIGUSR1 asks
 * for the statistics. A closed pipe and a file that may not grow are errors of a write, not signals.
 */
#ifndef HW_CLI_SIGNALS_H
#define HW_CLI_SIGNALS_H

#include <stdbool.h>

/*
 * Install the handlers. Waiting system calls then return EINTR. SIGHUP is as SIGTERM,
 * unless it `reopens` files, or is ignored; where it does, too, once a terminal that
 * httpwire was started on has gone away, unless it was ignored, or comes of a process that has
 * nothing to do with that.
 */
void hw_signals_init(bool reopens);

/*
 * From now on SIGINT, SIGTERM and a SIGHUP that is as these are for the process `pid`, which is
 * being watched, and ask for no end: those from a terminal it got itself, others are handed on to it.
 */
void hw_signals_hand_on(int pid);

/*
 * From now on a signal comes every `ms`, but changes nothing until hw_signals_tick() says
 * so: then it interrupts what waits, as others do.
 */
void hw_signals_init_tick(int ms);
void hw_signals_tick(bool interrupts);

/* An end was asked for. */
bool hw_signals_end(void);

/* SIGHUP came since the last call: output files are to be opened again. */
bool hw_signals_take_reopen(void);

/* Statistics were asked for since the last call. */
bool hw_signals_take_statistics(void);

#endif
