/* SPDX-License-Identifier: BSD-2-Clause */
/* src/serve/accept.h - which text format a scraper asks for */
#ifndef HW_SERVE_ACCEPT_H
#define HW_SERVE_ACCEPT_H

#include "base/slice.h"
#include "metrics/metrics.h"

/*
 * OpenMetrics if the Accept field (RFC 9110 12.5.1) names it, in a version that is made, and
 * likes nothing else that is made better; else Prometheus's own text, whatever it says.
 */
enum hw_metrics_format hw_accept_format(struct hw_slice accept);

#endif
