/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/words.c - see words.h */
#include "event/words.h"

#include "dns/message.h"
#include "event/event.h"
#include "exchange/exchange.h"
#include "http/message.h"

/* All that are named are literals, so they end with a NUL. */
static const char *text(struct hw_slice name)
{
	return (const char *)name.ptr;
}

static const char *at(const char *const *words, size_t nr, size_t i)
{
	return i < nr ? words[i] : NULL;
}

const char *hw_words_kind(size_t i)
{
	static const char *const kinds[] = { "request", "response" };

	return at(kinds, 2, i);
}

/* What is of bodies alone is the last. */
const char *hw_words_cut_head(size_t i)
{
	return i + 1 < HW_HTTP_CUT_FRAMING ? hw_words_incomplete(i) : NULL;
}

const char *hw_words_incomplete(size_t i)
{
	return text(hw_http_incomplete_name((enum hw_http_incomplete)(i + 1)));
}

const char *hw_words_dns_incomplete(size_t i)
{
	return i < HW_DNS_LIMIT ? text(hw_dns_incomplete_name((enum hw_dns_status)(i + 1))) : NULL;
}

const char *hw_words_end(size_t i)
{
	return i < HW_EXCHANGE_ENDS_NR ? text(hw_exchange_end_name((enum hw_exchange_end)i)) : NULL;
}

const char *hw_words_role(size_t i)
{
	return i < HW_ROLES_NR ? text(hw_exchange_role_name((enum hw_exchange_role)i)) : NULL;
}

const char *hw_words_direction(size_t i)
{
	return i <= HW_DIRECTION_EGRESS ? text(hw_direction_name((uint8_t)i)) : NULL;
}

/* Those that are known first. */
static const char *const owners[] = { "exact", "inherited", "none" };

const char *hw_words_owner(size_t i)
{
	return at(owners, 3, i);
}

const char *hw_words_peer_owner(size_t i)
{
	return at(owners, 2, i);
}
