/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/packet_filter.h - the filter of packets that the command line has */
#ifndef HW_CLI_PACKET_FILTER_H
#define HW_CLI_PACKET_FILTER_H

#include "source/filter.h"

/*
 * Compile `expression` (NULL: no filter, *ret is NULL). Returns HW_EXIT_OK, or the code to
 * exit with after a message; one with a caret where the expression is wrong.
 */
int hw_packet_filter_make(struct hw_filter **ret, const char *expression);

#endif
