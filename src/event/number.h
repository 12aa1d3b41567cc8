/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/number.h - numbers and times as text, into room that the caller knows is there */
#ifndef HW_EVENT_NUMBER_H
#define HW_EVENT_NUMBER_H

#include <stdint.h>

enum {
	HW_U64_TEXT_MAX = 20,
	HW_TIME_TEXT_MAX = 32, /* "2023-10-02T14:07:55.103211877+00:00" is never longer */
};

/* Each writes at `ret`, without a NUL, and returns the end of what it wrote. */
uint8_t *hw_write_u64(uint8_t *ret, uint64_t n);
uint8_t *hw_write_i64(uint8_t *ret, int64_t n);

/* 16 digits, lower case. */
uint8_t *hw_write_hex64(uint8_t *ret, uint64_t n);

/* `digits` decimal digits with zeros in front; at most 9. */
uint8_t *hw_write_digits(uint8_t *ret, uint32_t n, unsigned digits);

/* "2023-10-02" and "14:07:55": the day and the second of day of `seconds` since the epoch. */
uint8_t *hw_write_date(uint8_t *ret, uint64_t seconds);
uint8_t *hw_write_time_of_day(uint8_t *ret, uint64_t seconds);

/*
 * RFC 3339 in UTC with as many digits of a second as there are, as Go's RFC3339Nano:
 * "2023-10-02T14:07:55.18423361Z". At most HW_TIME_TEXT_MAX bytes.
 */
uint8_t *hw_write_rfc3339(uint8_t *ret, uint64_t time_ns);

#endif
