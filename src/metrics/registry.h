/* SPDX-License-Identifier: BSD-2-Clause */
/* src/metrics/registry.h - what a struct hw_metrics holds, for metrics.c and page.c alone */
#ifndef HW_METRICS_REGISTRY_H
#define HW_METRICS_REGISTRY_H

#include "metrics/metrics.h"
#include "metrics/series.h"

struct hw_metrics {
	struct hw_series_table series;
	size_t samples_max;	     /* of exchanges */
	uint64_t limited;	     /* exchanges that are counted under _other */
	uint64_t events[HW_TYPE_NR]; /* by type */
	uint64_t exchanges[HW_ROLES_NR][HW_EXCHANGE_ENDS_NR];
};

#endif
