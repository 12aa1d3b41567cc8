/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/known.h - the fields that say something of an exchange, by name */
#ifndef HW_EXCHANGE_KNOWN_H
#define HW_EXCHANGE_KNOWN_H

#include "base/slice.h"

enum hw_known {
	HW_KNOWN_NONE,
	HW_KNOWN_B3,
	HW_KNOWN_COOKIE,
	HW_KNOWN_FORWARDED,
	HW_KNOWN_X_REAL_IP,
	HW_KNOWN_SET_COOKIE,
	HW_KNOWN_USER_AGENT,
	HW_KNOWN_TRACEPARENT,
	HW_KNOWN_X_B3_SPANID,
	HW_KNOWN_CONTENT_TYPE,
	HW_KNOWN_X_B3_TRACEID,
	HW_KNOWN_X_REQUEST_ID,
	HW_KNOWN_CACHE_CONTROL,
	HW_KNOWN_X_FORWARDED_FOR,
	HW_KNOWN_CONTENT_ENCODING,
	HW_KNOWN_NR,
};

/* In any case (RFC 9110 5.1), with blanks before the colon or not. */
enum hw_known hw_known_find(struct hw_slice name);

#endif
