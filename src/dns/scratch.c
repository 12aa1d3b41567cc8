/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/scratch.c - see scratch.h */
#include "dns/scratch.h"

void hw_dns_scratch_init(struct hw_dns_scratch *s, size_t max_bytes, struct hw_budget *budget,
			 struct hw_stats *stats)
{
	*s = (struct hw_dns_scratch){ .stats = stats };
	hw_buf_init(&s->questions, max_bytes / 4, budget);
	hw_buf_init(&s->records, max_bytes / 2, budget);
	hw_buf_init(&s->text, max_bytes / 4, budget);
}

void hw_dns_scratch_clear(struct hw_dns_scratch *s)
{
	hw_buf_clear(&s->questions);
	hw_buf_clear(&s->records);
	hw_buf_clear(&s->text);
}
