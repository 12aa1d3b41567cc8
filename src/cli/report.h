/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/report.h - the statistics, for people and for programs
 *
 * Whatever counters there are, all that are not 0 are shown: those of ordinary work in
 * a few sentences, every other one on a line of its own with its stage and meaning. A
 * counter that is added elsewhere appears here by itself.
 */
#ifndef HW_CLI_REPORT_H
#define HW_CLI_REPORT_H

#include <stdio.h>

#include "httpwire.h"

/*
 *	32 packets read, 4563 bytes, 32 TCP
 *	2 connections
 *	8 messages, 4 requests, 4 responses
 *	8 events written
 *	messages  malformed  1  messages that Go's net/http would refuse
 *
 * `columns`: of the terminal, on which a meaning goes on below where it begins; 0: of none.
 */
void hw_report_text(FILE *out, const struct hw_counter *counters, size_t nr, size_t columns);

/* One line: {"event":"stats","packets":{"read":32,...},...}, with those that are 0. */
void hw_report_json(FILE *out, const struct hw_counter *counters, size_t nr);

/*
 * The same on standard error, in one piece: a signal does not tear it, and what else writes there
 * comes before or behind it. What cannot be written is left.
 */
void hw_report_say_text(const struct hw_counter *counters, size_t nr, size_t columns);
void hw_report_say_json(const struct hw_counter *counters, size_t nr);

#endif
