/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/exchange.c - see exchange.h */
#include "exchange/exchange.h"

struct hw_slice hw_exchange_end_name(enum hw_exchange_end end)
{
	static const char *const names[HW_EXCHANGE_ENDS_NR] = {
		[HW_EXCHANGE_COMPLETE] = "complete",
		[HW_EXCHANGE_ABORTED_BY_CLIENT] = "aborted_by_client",
		[HW_EXCHANGE_ABORTED_BY_SERVER] = "aborted_by_server",
		[HW_EXCHANGE_TIMEOUT] = "timeout",
		[HW_EXCHANGE_CAPTURE_ENDED] = "capture_ended",
		[HW_EXCHANGE_UPGRADED] = "upgraded",
		[HW_EXCHANGE_TUNNEL] = "tunnel",
		[HW_EXCHANGE_EVICTED] = "evicted",
		[HW_EXCHANGE_UNPAIRED] = "unpaired",
		[HW_EXCHANGE_GOES_ON] = "goes_on",
	};

	return hw_slice_text(names[end]);
}
