/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/texts.c - see texts.h */
#include "redact/texts.h"

#define AT(member) offsetof(struct hw_http_message, member)
static const size_t offsets[HW_REDACT_TEXTS_NR] = {
	[HW_REDACT_AT_START_LINE] = AT(start_line),
	[HW_REDACT_AT_METHOD] = AT(method),
	[HW_REDACT_AT_TARGET] = AT(target),
	[HW_REDACT_AT_QUERY] = AT(query),
	[HW_REDACT_AT_REASON] = AT(reason),
	[HW_REDACT_AT_PROTOCOL] = AT(protocol),
	[HW_REDACT_AT_HOST] = AT(host),
	[HW_REDACT_AT_STATUS] = AT(status),
	[HW_REDACT_AT_URI_PATH] = AT(uri_path),
};
#undef AT

const struct hw_slice *hw_redact_text_of(const struct hw_http_message *m, size_t i)
{
	const struct hw_http_field *field;

	if (i < HW_REDACT_TEXTS_NR)
		return (const void *)((const uint8_t *)m + offsets[i]);
	i -= HW_REDACT_TEXTS_NR;
	field = i / 2 < m->fields_nr ? &m->fields[i / 2] : &m->headers[i / 2 - m->fields_nr];
	return i % 2 ? &field->value : &field->name;
}

void hw_redact_drop_texts(struct hw_http_message *m)
{
	for (size_t i = 0; i < HW_REDACT_TEXTS_NR; i++)
		*(struct hw_slice *)(void *)((uint8_t *)m + offsets[i]) = hw_slice(NULL, 0);
	m->fields = m->headers = NULL;
	m->fields_nr = m->headers_nr = 0;
}
