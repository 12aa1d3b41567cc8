/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/serve/serve.h - metrics for whoever asks, without talking to them
 *
 * A process of its own has the socket and the clients (server.h). The program is asked for
 * a page at most a few times a second, and makes it when it likes; whatever clients do,
 * that is all that reaches it. Between hw_serve_start() and hw_serve_close() nothing here waits.
 *
 *	hw_serve_start(&serve, &address, page_max);	(before rights are given up)
 *	while (running) {
 *		...
 *		hw_serve_beat(serve);
 *		if (hw_serve_is_asked(serve, &format)) {
 *			room = hw_serve_page(serve, &max);
 *			hw_serve_answer(serve, hw_metrics_render(m, &own, format, room, max));
 *		}
 *	}
 */
#ifndef HW_SERVE_SERVE_H
#define HW_SERVE_SERVE_H

#include "metrics/metrics.h"
#include "serve/address.h"

struct hw_serve; /* opaque; of one thread */

/*
 * Listen there and start the process. Pages have at most `page_max` bytes, which take
 * memory as far as they are used. Returns 0, or negative errno: -EADDRINUSE,
 * -EADDRNOTAVAIL, -EACCES, ...; -ELIBACC: libmicrohttpd is not installed.
 */
int hw_serve_start(struct hw_serve **ret, const struct hw_serve_address *address, size_t page_max);

/*
 * The process ends, too: when this returns nobody listens, unless it hangs for a second. Takes
 * NULL.
 */
void hw_serve_close(struct hw_serve *s);

/* The program is at work: it does what it is there for, and its loop turns. */
void hw_serve_beat(struct hw_serve *s);

/* It is not, or it waits for who knows how long, until the next beat. */
void hw_serve_pause(struct hw_serve *s);

/* A page is wanted. True at most 20 times a second, and not again before it was answered. */
bool hw_serve_is_asked(struct hw_serve *s, enum hw_metrics_format *ret);

/* Where to write it. */
char *hw_serve_page(struct hw_serve *s, size_t *ret_max);

/* It is there, and has `len` bytes; 0: there is none. */
void hw_serve_answer(struct hw_serve *s, size_t len);

/* The process has ended, though nobody asked for that. */
bool hw_serve_has_ended(const struct hw_serve *s);

#endif
