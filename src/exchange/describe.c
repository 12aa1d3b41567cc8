/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/describe.c - what is made of the messages of an exchange: see exchange.h */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "exchange/exchange.h"

struct hw_exchange_scratch {
	struct hw_buf text;
};

int hw_exchange_scratch_new(struct hw_exchange_scratch **ret, struct hw_budget *budget)
{
	struct hw_exchange_scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	hw_buf_init(&s->text, SIZE_MAX / 4, budget);
	*ret = s;
	return 0;
}

void hw_exchange_scratch_free(struct hw_exchange_scratch *s)
{
	if (!s)
		return;
	hw_buf_clear(&s->text);
	free(s);
}

void hw_exchange_describe(struct hw_exchange_scratch *s, struct hw_exchange *x,
			  uint16_t server_port)
{
	(void)s;
	x->scheme = HW_SLICE("http");
	x->host = x->request.message->host;
	x->port = server_port;
}
