/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/metrics/exchange_labels.h - what an exchange was about, as few different labels
 *
 * The attributes of OpenTelemetry's semantic conventions for HTTP metrics, version 1.23 on.
 */
#ifndef HW_METRICS_EXCHANGE_LABELS_H
#define HW_METRICS_EXCHANGE_LABELS_H

#include "event/event.h"
#include "metrics/labels.h"

/* How much of it is told apart. */
enum hw_detail {
	HW_DETAIL_ALL,
	HW_DETAIL_FEW, /* http_route and server_address, of which there may be any number: "_other" */
	HW_DETAIL_NONE, /* "_other" each */
	HW_DETAIL_NR,
};

/* `event` is a net_http_exchange. */
void hw_exchange_labels(const struct hw_event *event, enum hw_detail detail, struct hw_labels *ret);

#endif
