/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/known.c - see known.h */
#include "exchange/known.h"

#include "http/octet.h"

/* By length, so that few are compared; lower case. */
static const char *const names[HW_KNOWN_NR] = {
	[HW_KNOWN_NONE] = "",
	[HW_KNOWN_B3] = "b3",
	[HW_KNOWN_COOKIE] = "cookie",
	[HW_KNOWN_FORWARDED] = "forwarded",
	[HW_KNOWN_X_REAL_IP] = "x-real-ip",
	[HW_KNOWN_SET_COOKIE] = "set-cookie",
	[HW_KNOWN_USER_AGENT] = "user-agent",
	[HW_KNOWN_TRACEPARENT] = "traceparent",
	[HW_KNOWN_X_B3_SPANID] = "x-b3-spanid",
	[HW_KNOWN_CONTENT_TYPE] = "content-type",
	[HW_KNOWN_X_B3_TRACEID] = "x-b3-traceid",
	[HW_KNOWN_X_REQUEST_ID] = "x-request-id",
	[HW_KNOWN_CACHE_CONTROL] = "cache-control",
	[HW_KNOWN_X_FORWARDED_FOR] = "x-forwarded-for",
	[HW_KNOWN_CONTENT_ENCODING] = "content-encoding",
};

enum { LEN_MAX = sizeof("content-encoding") - 1 };

/* The first name of each length, and behind the longest the end. */
static const uint8_t first[LEN_MAX + 2] = {
	[0 ... 2] = HW_KNOWN_B3,	  [3 ... 6] = HW_KNOWN_COOKIE,
	[7 ... 9] = HW_KNOWN_FORWARDED,	  [10] = HW_KNOWN_SET_COOKIE,
	[11] = HW_KNOWN_TRACEPARENT,	  [12] = HW_KNOWN_CONTENT_TYPE,
	[13] = HW_KNOWN_CACHE_CONTROL,	  [14 ... 15] = HW_KNOWN_X_FORWARDED_FOR,
	[16] = HW_KNOWN_CONTENT_ENCODING, [17] = HW_KNOWN_NR,
};

enum hw_known hw_known_find(struct hw_slice name)
{
	name = hw_octet_trim_right(name);
	if (name.len > LEN_MAX)
		return HW_KNOWN_NONE;
	for (uint8_t i = first[name.len]; i < first[name.len + 1]; i++)
		if (hw_slice_eq_nocase(name, hw_slice(names[i], name.len)))
			return (enum hw_known)i;
	return HW_KNOWN_NONE;
}
