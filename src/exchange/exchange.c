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

struct hw_slice hw_exchange_role_name(enum hw_exchange_role role)
{
	static const struct hw_slice names[HW_ROLES_NR] = {
		[HW_ROLE_UNKNOWN] = HW_SLICE("unknown"),
		[HW_ROLE_CLIENT] = HW_SLICE("client"),
		[HW_ROLE_SERVER] = HW_SLICE("server"),
	};

	return names[role];
}

bool hw_exchange_is_over(const struct hw_exchange *x)
{
	switch (x->end) {
	case HW_EXCHANGE_COMPLETE:
	case HW_EXCHANGE_ABORTED_BY_CLIENT:
	case HW_EXCHANGE_ABORTED_BY_SERVER:
	case HW_EXCHANGE_TIMEOUT:
	case HW_EXCHANGE_UPGRADED:
	case HW_EXCHANGE_TUNNEL:
		return true;
	case HW_EXCHANGE_CAPTURE_ENDED:
	case HW_EXCHANGE_EVICTED:
	case HW_EXCHANGE_UNPAIRED:
	case HW_EXCHANGE_GOES_ON:
	case HW_EXCHANGE_ENDS_NR:
		break;
	}
	return false;
}

static struct hw_duration since_request(const struct hw_exchange *x, uint64_t end_ns)
{
	const uint64_t start_ns = x->request.start_ns;

	if (!x->request.is_there || !start_ns || end_ns < start_ns ||
	    (x->end == HW_EXCHANGE_UPGRADED && !x->response.is_there))
		return (struct hw_duration){ 0 };
	return hw_duration(end_ns - start_ns);
}

struct hw_duration hw_exchange_took(const struct hw_exchange *x, uint64_t now_ns)
{
	const bool is_answered = x->response.is_there && x->response.end_ns;

	if (!hw_exchange_is_over(x))
		return (struct hw_duration){ 0 };
	return since_request(x, is_answered ? x->response.end_ns : now_ns);
}

struct hw_duration hw_exchange_waited(const struct hw_exchange *x, uint64_t now_ns)
{
	if (x->response.is_whole)
		return (struct hw_duration){ 0 };
	return since_request(x, now_ns);
}

static enum hw_stat stat_of(const struct hw_exchange *x)
{
	if (x->request.is_there && (x->response.is_there || x->end == HW_EXCHANGE_UPGRADED))
		return HW_STAT_EXCHANGES_PAIRED;
	return x->request.is_there && x->end != HW_EXCHANGE_UNPAIRED ? HW_STAT_EXCHANGES_UNANSWERED
								     : HW_STAT_EXCHANGES_UNPAIRED;
}

void hw_exchange_count(const struct hw_exchange *x, struct hw_stats *stats, int by)
{
	if (x->end == HW_EXCHANGE_GOES_ON)
		return;
	hw_stats_add(stats, HW_STAT_EXCHANGES_ENDED, (uint64_t)by);
	hw_stats_add(stats, stat_of(x), (uint64_t)by);
}
