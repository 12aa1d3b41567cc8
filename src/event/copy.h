/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/copy.h - an event that outlives the callback it was given to
 *
 * Events borrow from packets and parsers. Who cannot use one at once, because its process
 * is not known yet, keeps a copy.
 */
#ifndef HW_EVENT_COPY_H
#define HW_EVENT_COPY_H

#include "event/event.h"

/*
 * Copy `event`, which hw_event_prepare() has seen, and all that it borrows but for its
 * processes, which stay borrowed, and its packet: `packet` is NULL. One block of memory;
 * hw_event_copy_free() frees it. Returns NULL without memory. `ret_size`: of the block.
 */
struct hw_event *hw_event_copy(const struct hw_event *event, size_t *ret_size);

/* Takes NULL. */
void hw_event_copy_free(struct hw_event *copy);

#endif
