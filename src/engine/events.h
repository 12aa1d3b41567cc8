/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/events.h - the events of an engine, and what else it tells who made it
 *
 * Private to this folder.
 */
#ifndef HW_ENGINE_EVENTS_H
#define HW_ENGINE_EVENTS_H

#include "engine/state.h"

/* Set the calls of `e->conversing`, whose context is `e`. */
void hw_events_init(struct hw_engine *e);

/* What a packet says by itself. */
void hw_events_show(struct hw_engine *e, enum hw_wire_kind kind, const struct hw_packet *p);

#endif
