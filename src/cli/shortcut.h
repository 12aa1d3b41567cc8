/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cli/shortcut.h - short options that stand for filters: --host, --status, ...
 *
 * Each value becomes an expression of the filter language (query/query.h). Of one option
 * given several times any value may hold, of different options all must.
 */
#ifndef HW_CLI_SHORTCUT_H
#define HW_CLI_SHORTCUT_H

#include "base/buf.h"

enum hw_shortcut {
	HW_SHORTCUT_HOST,   /* *.example.org: with any port, unless it names one */
	HW_SHORTCUT_PATH,   /* /api/ *, of the decoded path */
	HW_SHORTCUT_METHOD, /* GET,POST: in either case */
	HW_SHORTCUT_STATUS, /* 404,5xx,200-299: of responses */
	HW_SHORTCUT_PORT,   /* 80,8000-8999: of either side */
	HW_SHORTCUT_ERRORS, /* 4xx, 5xx, and exchanges that did not end well; takes "" */
	HW_SHORTCUT_SLOW,   /* 250ms, 1.5s: exchanges that took so long, or still go on */
	HW_SHORTCUT_NR,
};

/* Embed it by value, zeroed. */
struct hw_shortcuts {
	struct hw_buf alternatives[HW_SHORTCUT_NR]; /* private: with "or" between */
};

/*
 * Returns 0, -EINVAL if `value` is not what the option takes, -ENOBUFS if it is too much with
 * those of its kind before it, or -ENOMEM.
 */
int hw_shortcuts_add(struct hw_shortcuts *s, enum hw_shortcut kind, const char *value);

/*
 * The expression that all of them make together, appended to `out`, which is empty; with
 * a NUL. Nothing is appended if there are none. Returns 0 or -ENOMEM.
 */
int hw_shortcuts_write(const struct hw_shortcuts *s, struct hw_buf *out);

void hw_shortcuts_clear(struct hw_shortcuts *s);

#endif
