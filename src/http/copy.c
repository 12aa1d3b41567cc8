/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/copy.c - see copy.h */
#include "http/copy.h"

#include <stdlib.h>

#define AT(member) offsetof(struct hw_http_message, member)
static const uint16_t message_texts[] = { AT(start_line), AT(method),	AT(target),
					  AT(query),	  AT(reason),	AT(protocol),
					  AT(host),	  AT(uri_path), AT(status) };
#undef AT
#define AT(member) offsetof(struct hw_http_field, member)
static const uint16_t field_texts[] = { AT(name), AT(value) };
#undef AT

static const struct hw_shape message_shape = HW_SHAPE(hw_http_message, message_texts),
			     field_shape = HW_SHAPE(hw_http_field, field_texts);

const struct hw_http_field *hw_http_fields_pack(struct hw_packer *p,
						const struct hw_http_field *fields, size_t nr)
{
	return hw_pack_list(p, &field_shape, fields, nr);
}

/* Most texts lie in the head, which is copied as one. */
static struct hw_http_message *pack(struct hw_packer *p, const struct hw_http_message *m,
				    size_t headers_nr)
{
	struct hw_http_message *to = hw_pack_with_block(p, &message_shape, m, m->head);
	const struct hw_http_field *fields = hw_http_fields_pack(p, m->fields, m->fields_nr);
	const struct hw_http_field *headers = hw_http_fields_pack(p, m->headers, headers_nr);

	if (to) {
		to->fields = fields;
		to->headers = headers;
		to->headers_nr = headers_nr;
		to->head = (struct hw_slice){ 0 };
	}
	return to;
}

const struct hw_http_message *hw_http_message_pack(struct hw_packer *p,
						   const struct hw_http_message *m)
{
	return pack(p, m, m->headers_nr);
}

const struct hw_http_message *hw_http_message_pack_received(struct hw_packer *p,
							    const struct hw_http_message *m)
{
	return pack(p, m, 0);
}

static struct hw_http_message *copy(const struct hw_http_message *m, size_t headers_nr,
				    struct hw_budget *budget, size_t *ret_size)
{
	struct hw_packer p = { 0 };

	pack(&p, m, headers_nr);
	if (!hw_budget_take(budget, p.len))
		return NULL;
	*ret_size = p.len;
	p = (struct hw_packer){ .base = malloc(p.len) };
	if (p.base)
		return pack(&p, m, headers_nr);
	hw_budget_give(budget, *ret_size);
	return NULL;
}

struct hw_http_message *hw_http_message_copy(const struct hw_http_message *m,
					     struct hw_budget *budget, size_t *ret_size)
{
	return copy(m, m->headers_nr, budget, ret_size);
}

struct hw_http_message *hw_http_message_copy_received(const struct hw_http_message *m,
						      struct hw_budget *budget, size_t *ret_size)
{
	return copy(m, 0, budget, ret_size);
}

void hw_http_message_free(struct hw_http_message *copy, size_t size, struct hw_budget *budget)
{
	if (!copy)
		return;
	free(copy);
	hw_budget_give(budget, size);
}
