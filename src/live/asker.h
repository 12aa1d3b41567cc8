/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/asker.h - a process that reads the state files of container runtimes for us
 *
 * Most of them are root's, and by then we are nobody. The asker is in a sandbox, too: of
 * its rights it keeps the one to read files, and can open those that are below the state
 * directories, as far as they were there when it was started. It knows one question, 64
 * hex digits, and one form of answer (answer.h). It ends when we do.
 *
 * What it answers is remembered, and asked for again each minute, as containers are renamed. Asking
 * never waits; it makes two system calls at most, read(2) and write(2).
 *
 *	hw_asker_start(&asker, "");		(before rights are given up)
 *	if (hw_asker_fill(asker, &process, now_ns) == HW_ASKER_WAIT)
 *		...				(ask again a little later)
 */
#ifndef HW_LIVE_ASKER_H
#define HW_LIVE_ASKER_H

#include "httpwire.h"
#include "live/description.h"

struct hw_process;
struct hw_asker; /* opaque; of one thread */

enum {
	HW_ASKER_CONTAINERS_MAX = 1024, /* that are remembered */
	HW_ASKER_WAIT_MS = 20,		/* for an answer, at most; then it is as if there is none */
};

enum hw_asker_answer {
	HW_ASKER_WAIT, /* it was asked, and may answer any moment */
	HW_ASKER_FOUND,
	HW_ASKER_NOTHING, /* is known, or will be in time */
};

/*
 * Start the process, which gets ready while the caller does other things. `root`: as for
 * hw_runtimes_new(). Returns 0 or negative errno; -ELIBACC: json-c is not installed.
 */
int hw_asker_start(struct hw_asker **ret, const char *root);

/*
 * Wait until it is ready, at most a second: questions before that would be answered too
 * late. Once, and before the first question. Returns false if it is not.
 */
bool hw_asker_wait(struct hw_asker *a);

/* It ends by itself. Takes NULL. */
void hw_asker_close(struct hw_asker *a);

/*
 * Ask for process->container_id and fill what the struct has for containers and pods; its
 * texts are valid until the call behind the next. What is not known stays as it is. Who is not found
 * is asked for again after a second. `now_ns` goes on, or costs a question too many.
 */
enum hw_asker_answer hw_asker_fill(struct hw_asker *a, struct hw_process *process, uint64_t now_ns);

/* Counters, as hw_engine_counter() gives them. Returns false if `i` is too large. */
bool hw_asker_counter(const struct hw_asker *a, size_t i, struct hw_counter *ret);

#endif
