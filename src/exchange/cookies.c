/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/cookies.c - names and values of cookies, as browsers and servers read them */
#include "exchange/describing.h"
#include "http/octet.h"

/*
 * cookie-pair = cookie-name "=" cookie-value      RFC 6265 4.1.1
 * One without = is a value whose name is empty (RFC 6265 5.2 and its successor 5.6.3).
 */
static void add_pair(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		     struct hw_slice pair, struct hw_slice attributes)
{
	struct hw_slice value = pair, name = { 0 };

	hw_slice_cut(&value, '=', &name);
	value.len += attributes.len;
	hw_pairs_add(s, range, hw_octet_trim(name), hw_octet_trim(value));
}

/* cookie-string = cookie-pair *( ";" SP cookie-pair )      RFC 6265 4.2.1 */
void hw_cookies_add(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		    struct hw_slice cookie)
{
	struct hw_slice pair, rest = cookie;
	bool is_last;

	do {
		is_last = !hw_slice_cut(&rest, ';', &pair);
		if (is_last)
			pair = rest;
		pair = hw_octet_trim(pair);
		if (pair.len)
			add_pair(s, range, pair, (struct hw_slice){ 0 });
	} while (!is_last);
}

/* set-cookie-string = cookie-pair *( ";" SP cookie-av )      RFC 6265 4.1.1 */
void hw_set_cookie_add(struct hw_exchange_scratch *s, struct hw_pair_range *range,
		       struct hw_slice set_cookie)
{
	struct hw_slice rest = set_cookie, pair = set_cookie;

	hw_slice_cut(&rest, ';', &pair);
	add_pair(s, range, pair, hw_slice_after(set_cookie, pair.len));
}
