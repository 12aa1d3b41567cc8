/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/packet_filter.c - see packet_filter.h */
#include "cli/packet_filter.h"

#include <errno.h>
#include <string.h>

#include "cli/message.h"

/* A filter that cannot be compiled is an error of the command line. */
int hw_packet_filter_make(struct hw_filter **ret, const char *expression)
{
	char error[512];
	size_t at;
	int err;

	*ret = NULL;
	if (!expression)
		return HW_EXIT_OK;
	err = hw_filter_new(ret, expression, error, sizeof(error), &at);
	if (err == 0)
		return HW_EXIT_OK;
	if (err != -EINVAL) {
		hw_message("filter: %s", err == -ELIBACC ? error : strerror(-err));
		return HW_EXIT_FAILED;
	}
	hw_message("filter: %s", error);
	hw_cli_show_caret(expression, at);
	return HW_EXIT_USAGE;
}
