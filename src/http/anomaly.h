/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/anomaly.h - what is odd about a message, by name
 *
 * One bit each. The table gives the name that events print, the rule that is broken (or
 * the attack it hints at) and where it is written.
 */
#ifndef HW_HTTP_ANOMALY_H
#define HW_HTTP_ANOMALY_H

#include <stdint.h>

enum hw_anomaly {
#define HW_ANOMALY(id, name, source, meaning) HW_ANOMALY_##id,
#include "http/anomaly.def"
#undef HW_ANOMALY
	HW_ANOMALY_NR,
};

struct hw_anomaly_info {
	const char *name;    /* "host_duplicate" */
	const char *source;  /* "RFC 9112 3.2" */
	const char *meaning; /* a sentence */
};

/* `anomaly` is below HW_ANOMALY_NR. Static storage. */
const struct hw_anomaly_info *hw_anomaly_info(enum hw_anomaly anomaly);

/* A set of anomalies. */
typedef uint64_t hw_anomalies;

static inline hw_anomalies hw_anomaly_bit(enum hw_anomaly a)
{
	return (hw_anomalies)1 << a;
}

/* The first of `set`, which is not empty; it is taken out: while (set) ... */
static inline enum hw_anomaly hw_anomaly_take(hw_anomalies *set)
{
	const int first = __builtin_ctzll(*set);

	*set &= *set - 1;
	return (enum hw_anomaly)first;
}

#endif
