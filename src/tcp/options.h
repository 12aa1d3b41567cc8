/* SPDX-License-Identifier: BSD-2-Clause */
/* src/tcp/options.h - the TCP options that reassembly looks at; RFC 9293 3.1 */
#ifndef HW_TCP_OPTIONS_H
#define HW_TCP_OPTIONS_H

#include "base/bytes.h"
#include "base/layout.h"

enum {
	HW_TCP_OPTION_END = 0,
	HW_TCP_OPTION_NOP = 1,
	HW_TCP_OPTION_SCALE = 3, /* RFC 7323 2.2 */
	HW_TCP_OPTION_TIME = 8,	 /* RFC 7323 3.2 */
	HW_TCP_OPTION_MD5 = 19,	 /* RFC 2385 */
	HW_TCP_OPTION_AO = 29,	 /* RFC 5925 */
	HW_TCP_SHIFT_MAX = 14,	 /* RFC 7323 2.3 */
};

struct hw_tcp_options_seen {
	uint32_t time; /* TSval, where has_time */
	uint8_t shift; /* of the window; 0 without the option */
	bool has_time;
	bool has_signature;
};

/* The value of the next option with one; false at the end or where a length lies. */
static inline bool hw_tcp_options_next(struct hw_cursor *c, uint8_t *ret_kind,
				       struct hw_slice *ret_value)
{
	uint8_t kind = HW_TCP_OPTION_NOP, len;

	while (kind == HW_TCP_OPTION_NOP) {
		if (!hw_cursor_u8(c, &kind))
			return false;
	}
	if (kind == HW_TCP_OPTION_END || !hw_cursor_u8(c, &len) || len < 2 ||
	    !hw_cursor_take(c, len - 2u, ret_value))
		return false;
	*ret_kind = kind;
	return true;
}

static inline struct hw_tcp_options_seen hw_tcp_options_read(struct hw_slice options)
{
	struct hw_tcp_options_seen ret = { 0 };
	struct hw_cursor c = hw_cursor(options);
	struct hw_slice value;
	uint8_t kind;

	while (hw_tcp_options_next(&c, &kind, &value)) {
		if (kind == HW_TCP_OPTION_SCALE && value.len == 1)
			ret.shift =
				value.ptr[0] < HW_TCP_SHIFT_MAX ? value.ptr[0] : HW_TCP_SHIFT_MAX;
		if (kind == HW_TCP_OPTION_TIME && value.len == 8) {
			ret.time = hw_get_u32be(value.ptr);
			ret.has_time = true;
		}
		if (kind == HW_TCP_OPTION_MD5 || kind == HW_TCP_OPTION_AO)
			ret.has_signature = true;
	}
	return ret;
}

/* Of an RFC 7323 timestamp. In registers: no memory is shared for it. */
struct hw_tcp_time {
	uint32_t value; /* TSval */
	bool is_there;
};

/* TSval, wherever it is. */
HW_APART struct hw_tcp_time hw_tcp_options_find_time(struct hw_slice options);

/* TSval alone. Nearly all segments have it where RFC 7323 A puts it. */
static inline struct hw_tcp_time hw_tcp_options_time(struct hw_slice options)
{
	static const uint8_t usual[4] = { HW_TCP_OPTION_NOP, HW_TCP_OPTION_NOP, HW_TCP_OPTION_TIME,
					  10 };

	if (options.len == 12 && memcmp(options.ptr, usual, sizeof(usual)) == 0)
		return (struct hw_tcp_time){ hw_get_u32be(options.ptr + 4), true };
	return options.len >= 10 ? hw_tcp_options_find_time(options) : (struct hw_tcp_time){ 0 };
}

#endif
