/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/metrics/labels.h - the labels of a series as they are exposed
 *
 * Values come from the wire. Whatever they are, what is written is valid UTF-8 between
 * quotes, on one line, and of bounded length, as both text formats of Prometheus want it.
 */
#ifndef HW_METRICS_LABELS_H
#define HW_METRICS_LABELS_H

#include "base/slice.h"

enum {
	HW_LABEL_VALUE_MAX = 256, /* bytes as written; what is longer is cut before a character */
	HW_LABELS_MAX = 1024,
};

/* `a="1",b="2"`, without braces. Zeroed: none. */
struct hw_labels {
	size_t len;
	char text[HW_LABELS_MAX];
};

/*
 * Add one. An empty value is as none (both formats say so) and is left out. In values ", \
 * and LF are escaped; bytes that are not UTF-8, and what is not seen (hw_utf8_is_seen()),
 * become U+FFFD. There is
 * room for three of the longest.
 */
void hw_labels_add(struct hw_labels *l, const char *name, struct hw_slice value);

#endif
