/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/tcp/ending.h - the ends of connections
 *
 * Private to this folder.
 */
#ifndef HW_TCP_ENDING_H
#define HW_TCP_ENDING_H

#include "tcp/state.h"

/* End both directions of `f`, as far as they have not ended, and free what its reader has of it. */
void hw_tcp_end(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how);

/* The same, and free it. Returns the hash that its key has in the table. */
uint64_t hw_tcp_release(struct hw_tcp *t, struct hw_flow *f, enum hw_tcp_end how);

/* After a change to a stream of `f`: what has come to its end? */
void hw_tcp_settle(struct hw_tcp *t, struct hw_flow *f);

/* A FIN may be that of a socket that was closed: then its connection is over. */
void hw_tcp_take_close(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p);

/*
 * Before direction `dir` ends with `p`: go on behind what was left out on purpose. Where its own
 * socket says how far both have come, that holds; what it sends itself is not forged, and of the
 * rest that of which the source says so.
 */
void hw_tcp_pass_left_out(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p);

/* A RST in direction `dir`. */
void hw_tcp_take_rst(struct hw_tcp *t, struct hw_flow *f, int dir, const struct hw_packet *p);

/*
 * Who has sent a RST sends no data. If it goes on where it was, somebody else sent the
 * RST, and its receiver did not believe it (RFC 5961 3): the rest must not be missed. A socket that
 * believed it is gone; of one that is not, some may have been left out meanwhile.
 */
bool hw_tcp_is_reset_belied(const struct hw_flow *f, int dir, const struct hw_packet *p);

/* The same of who has sent a FIN, where the direction has ended with that. */
bool hw_tcp_is_fin_belied(const struct hw_flow *f, int dir, const struct hw_packet *p);

#endif
