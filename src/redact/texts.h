/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/texts.h - the texts of a message, each by its number
 *
 * First what an enum names here, then name and value of each field, and of each header.
 */
#ifndef HW_REDACT_TEXTS_H
#define HW_REDACT_TEXTS_H

#include "http/message.h"

enum hw_redact_text_index {
	HW_REDACT_AT_START_LINE,
	HW_REDACT_AT_METHOD,
	HW_REDACT_AT_TARGET,
	HW_REDACT_AT_QUERY,
	HW_REDACT_AT_REASON,
	HW_REDACT_AT_PROTOCOL,
	HW_REDACT_AT_HOST,
	HW_REDACT_AT_URI_PATH,
	HW_REDACT_AT_STATUS,
	HW_REDACT_TEXTS_NR
};

/* The text number `i` of `m`. */
const struct hw_slice *hw_redact_text_of(const struct hw_http_message *m, size_t i);

/* Leave the message none of them. */
void hw_redact_drop_texts(struct hw_http_message *m);

/* The numbers of the values of a field and of a header. */
static inline size_t hw_redact_field_value(size_t field)
{
	return HW_REDACT_TEXTS_NR + 2 * field + 1;
}

static inline size_t hw_redact_header_value(const struct hw_http_message *m, size_t header)
{
	return hw_redact_field_value(m->fields_nr + header);
}

/* Whether it is the name of a field or header, which begins with it. */
static inline bool hw_redact_is_name(size_t i)
{
	return i >= HW_REDACT_TEXTS_NR && (i - HW_REDACT_TEXTS_NR) % 2 == 0;
}

/* Whether `s`, which has bytes, was taken from `of`. */
static inline bool hw_redact_is_inside(struct hw_slice s, struct hw_slice of)
{
	const size_t at = (uintptr_t)s.ptr - (uintptr_t)of.ptr; /* huge if it is before */

	return s.len > 0 && at < of.len && s.len <= of.len - at;
}

/*
 * Only then names are looked at, as they are no names or may be a part of one, and fields looked
 * for inside of other texts.
 */
static inline bool hw_redact_is_odd(const struct hw_http_message *m)
{
	return m->incomplete != HW_HTTP_WHOLE ||
	       m->anomalies &
		       (hw_anomaly_bit(HW_ANOMALY_BAD_FIELD_NAME) |
			hw_anomaly_bit(HW_ANOMALY_SPACE_IN_FIELD_NAME) |
			hw_anomaly_bit(HW_ANOMALY_OBS_FOLD) | hw_anomaly_bit(HW_ANOMALY_BARE_CR) |
			hw_anomaly_bit(HW_ANOMALY_CONTROL_BYTE) |
			hw_anomaly_bit(HW_ANOMALY_NUL_BYTE));
}

#endif
