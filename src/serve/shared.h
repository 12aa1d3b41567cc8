/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/serve/shared.h - what the program and its server have in common, for serve.c and server.c
 *
 * A socket pair with one question, for a page, and its answer, how long it is; and memory
 * that the page is in. The program writes the page when it was asked, the server reads it
 * when it has the answer and asks no second question before: they never do so at once. The
 * program takes nothing from that memory.
 */
#ifndef HW_SERVE_SHARED_H
#define HW_SERVE_SHARED_H

#include <stdint.h>

#include "metrics/metrics.h"

struct hw_serve_question {
	uint32_t format; /* enum hw_metrics_format */
};

struct hw_serve_answer {
	uint64_t len; /* 0: there is none */
};

struct hw_serve_shared {
	/* Atomic: when, by CLOCK_MONOTONIC, the program's loop last turned; 0: it does not yet. */
	uint64_t beat_ns;
	char page[];
};

#endif
