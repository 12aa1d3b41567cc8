/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/stats.c - see stats.h */
#include "base/stats.h"

static const struct hw_stat_info infos[HW_STAT_NR] = {
#define HW_STAT(id, stage, name, meaning) [HW_STAT_##id] = { stage, name, meaning },
#include "base/stats.def"
#undef HW_STAT
};

const struct hw_stat_info *hw_stat_info(enum hw_stat stat)
{
	return &infos[stat];
}

static uint64_t sum(const struct hw_stats *s, enum hw_stat first, enum hw_stat last)
{
	uint64_t total = 0;

	for (enum hw_stat i = first; i <= last; i++)
		total += s->n[i];
	return total;
}

const char *hw_stats_check(const struct hw_stats *s)
{
	if (s->n[HW_STAT_PACKETS_READ] !=
	    sum(s, HW_STAT_PACKETS_FILTERED, HW_STAT_PACKETS_BAD_CHECKSUM))
		return "packets read = filtered + tcp + others + fragments held + bad by reason";
	if (s->n[HW_STAT_TCP_BYTES] != sum(s, HW_STAT_TCP_DELIVERED, HW_STAT_TCP_PENDING))
		return "tcp bytes = delivered + duplicate + refused + over limit + pending";
	if (s->n[HW_STAT_HTTP_BEGUN] != sum(s, HW_STAT_HTTP_COMPLETE, HW_STAT_HTTP_OPEN))
		return "messages begun = complete + incomplete by reason + open";
	if (s->n[HW_STAT_EXCHANGES_ENDED] !=
	    sum(s, HW_STAT_EXCHANGES_PAIRED, HW_STAT_EXCHANGES_UNPAIRED))
		return "exchanges ended = paired + unanswered + unpaired";
	if (s->n[HW_STAT_DNS_MESSAGES] != sum(s, HW_STAT_DNS_WHOLE, HW_STAT_DNS_LIMIT))
		return "dns messages = whole + truncated + bad + limit";
	if (s->n[HW_STAT_EVENTS_MADE] != sum(s, HW_STAT_EVENTS_WRITTEN, HW_STAT_EVENTS_LOST))
		return "events made = written + filtered + waiting + lost";
	return NULL;
}
