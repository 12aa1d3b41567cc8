/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/amount.h - sizes and durations as a person reads them, at most six characters */
#ifndef HW_EVENT_AMOUNT_H
#define HW_EVENT_AMOUNT_H

#include "event/line.h"

/* 0, 1023, 1.0k, 12k, 1.5M, 2.0G: bytes, k is 1024; cut, not rounded. */
void hw_amount_size(struct hw_line *l, uint64_t bytes);

/* 0us, 999us, 12.3ms, 123ms, 1.23s, 12.3s, 2m05s, 3h10m; cut, not rounded. */
void hw_amount_duration(struct hw_line *l, uint64_t ns);

/* Seconds, exactly: 0.000012345. */
void hw_amount_seconds(struct hw_line *l, uint64_t ns);

/* How a status code is coloured: by its class; 0: there is none. */
const char *hw_status_color(int32_t code);

#endif
