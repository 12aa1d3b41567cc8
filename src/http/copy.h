/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/http/copy.h - a message that outlives the bytes it was read from
 */
#ifndef HW_HTTP_COPY_H
#define HW_HTTP_COPY_H

#include "base/pack.h"
#include "http/message.h"

/* Pack `m` and all that it borrows: see base/pack.h. */
const struct hw_http_message *hw_http_message_pack(struct hw_packer *p,
						   const struct hw_http_message *m);

/* The same without its headers: what was received is all that exchanges show. */
const struct hw_http_message *hw_http_message_pack_received(struct hw_packer *p,
							    const struct hw_http_message *m);

/* Pack `nr` fields with their texts. */
const struct hw_http_field *hw_http_fields_pack(struct hw_packer *p,
						const struct hw_http_field *fields, size_t nr);

/*
 * Copy `m` into one block of memory, which `budget` pays for; hw_http_message_free() frees
 * it with the `ret_size` that this gives. Returns NULL if memory is short.
 */
struct hw_http_message *hw_http_message_copy(const struct hw_http_message *m,
					     struct hw_budget *budget, size_t *ret_size);

/* The same without its headers. */
struct hw_http_message *hw_http_message_copy_received(const struct hw_http_message *m,
						      struct hw_budget *budget, size_t *ret_size);

/* Takes NULL. */
void hw_http_message_free(struct hw_http_message *copy, size_t size, struct hw_budget *budget);

#endif
