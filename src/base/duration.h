/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/base/duration.h - units of time, and how long something took, where that may not be known
 *
 * Nothing may have taken 0 ns by a clock that steps in milliseconds, so that 0 is no word for it.
 */
#ifndef HW_BASE_DURATION_H
#define HW_BASE_DURATION_H

#include "base/slice.h"

#define HW_NS_PER_MS UINT64_C(1000000)
#define HW_NS_PER_S UINT64_C(1000000000)

/* All zero: it is not known. Tables of fields know this struct as HW_FIELD_DURATION. */
struct hw_duration {
	uint64_t ns_and_1;
};

static inline struct hw_duration hw_duration(uint64_t ns)
{
	return (struct hw_duration){ ns + 1 };
}

static inline bool hw_duration_is_known(struct hw_duration d)
{
	return d.ns_and_1 != 0;
}

/* Nanoseconds; 0 if it is not known. */
static inline uint64_t hw_duration_ns(struct hw_duration d)
{
	return d.ns_and_1 ? d.ns_and_1 - 1 : 0;
}

/*
 * Read all of `text` as options and filters have times: seconds, or with ns, us, ms, s, m, h or
 * d; 1.5s is one, too. At most INT64_MAX ns. Returns false if it is something else, and *ret_ns
 * is unchanged.
 */
bool hw_duration_read(struct hw_slice text, uint64_t *ret_ns);

#endif
