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

static void pack_block(struct hw_packer *p, struct hw_slice block)
{
	p->block = block;
	p->block_to = p->base ? p->base + p->len : NULL;
	if (p->base && block.len)
		memcpy(p->block_to, block.ptr, block.len);
	p->len += block.len;
}

/* An offset is huge if the text begins before the block. */
static inline bool is_in_block(const struct hw_packer *p, const struct hw_slice *text,
			       size_t *ret_offset)
{
	*ret_offset = (uintptr_t)text->ptr - (uintptr_t)p->block.ptr;
	return *ret_offset < p->block.len && text->len <= p->block.len - *ret_offset;
}

static void count_texts(struct hw_packer *p, const struct hw_shape *shape, const uint8_t *from)
{
	size_t offset;

	for (size_t i = 0; i < shape->texts_nr; i++) {
		const struct hw_slice *text = (const void *)(from + shape->texts[i]);

		p->len += is_in_block(p, text, &offset) ? 0 : text->len;
	}
}

/* Texts are not aligned. */
static void pack_text(struct hw_packer *p, struct hw_slice *text)
{
	uint8_t *to = p->base + p->len;

	if (text->len)
		memcpy(to, text->ptr, text->len);
	text->ptr = to;
	p->len += text->len;
}

/* `to` is a copy of the struct. */
static void pack_texts(struct hw_packer *p, const struct hw_shape *shape, uint8_t *to)
{
	size_t offset;

	for (size_t i = 0; i < shape->texts_nr; i++) {
		struct hw_slice *text = (void *)(to + shape->texts[i]);

		if (is_in_block(p, text, &offset))
			text->ptr = p->block_to + offset;
		else
			pack_text(p, text);
	}
}

/* `to` is NULL where bytes are only counted. */
static void pack_or_count(struct hw_packer *p, const struct hw_shape *shape, const uint8_t *from,
			  uint8_t *to)
{
	if (to)
		pack_texts(p, shape, to);
	else
		count_texts(p, shape, from);
}

void *hw_pack_list(struct hw_packer *p, const struct hw_shape *shape, const void *from, size_t nr)
{
	uint8_t *to = pack(p, from, nr * shape->size);

	for (size_t i = 0, at = 0; i < nr; i++, at += shape->size)
		pack_or_count(p, shape, (const uint8_t *)from + at, to ? to + at : NULL);
	return to;
}

void *hw_pack_with_block(struct hw_packer *p, const struct hw_shape *shape, const void *from,
			 struct hw_slice block)
{
	uint8_t *to = pack(p, from, shape->size);

	pack_block(p, block);
	pack_or_count(p, shape, from, to);
	return to;
}
