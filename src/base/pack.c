/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/pack.c - see pack.h */
#include "base/pack.h"

#include <stdalign.h>
#include <string.h>

static void *pack(struct hw_packer *p, const void *from, size_t size)
{
	void *to;

	p->len = (p->len + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	to = p->base ? p->base + p->len : NULL;
	if (to && size)
		memcpy(to, from, size);
	p->len += size;
	return to;
}

/* Texts are not aligned. */
static void pack_text(struct hw_packer *p, const struct hw_slice *from, struct hw_slice *to)
{
	if (p->base) {
		if (from->len)
			memcpy(p->base + p->len, from->ptr, from->len);
		*to = hw_slice(p->base + p->len, from->len);
	}
	p->len += from->len;
}

static const struct hw_slice *text_at(const void *record, uint16_t offset)
{
	return (const void *)((const uint8_t *)record + offset);
}

static void pack_texts(struct hw_packer *p, const struct hw_shape *shape, const void *from,
		       void *to)
{
	struct hw_slice unused;

	for (size_t i = 0; i < shape->texts_nr; i++) {
		const uint16_t at = shape->texts[i];

		pack_text(p, text_at(from, at),
			  to ? (void *)((uint8_t *)to + at) : (void *)&unused);
	}
}

void *hw_pack_list(struct hw_packer *p, const struct hw_shape *shape, const void *from, size_t nr)
{
	void *to = pack(p, from, nr * shape->size);

	for (size_t i = 0; i < nr; i++)
		pack_texts(p, shape, (const uint8_t *)from + i * shape->size,
			   to ? (uint8_t *)to + i * shape->size : NULL);
	return to;
}
