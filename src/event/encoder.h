/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/encoder.h - events as lines, where the caller wants them
 *
 * For all else see struct hw_encoder in httpwire.h.
 */
#ifndef HW_EVENT_ENCODER_H
#define HW_EVENT_ENCODER_H

#include "base/buf.h"
#include "event/event.h"

/*
 * As hw_encoder_encode(), but append to `out`. Returns 0, or -ENOMEM with `out` as long as it
 * was.
 */
int hw_encoder_append(struct hw_encoder *encoder, const struct hw_event *event, struct hw_buf *out);

#endif
