/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/place.h - where the values of fields are, for the files that have tables of fields */
#ifndef HW_EVENT_PLACE_H
#define HW_EVENT_PLACE_H

#include "event/table.h"

/* clang-format off */
#define AT(part, struct_, member) \
	.base = HW_BASE_##part, .offset = offsetof(struct struct_, member)
#define AT_EVENT(member) AT(EVENT, hw_event, member)
/* clang-format on */

#endif
