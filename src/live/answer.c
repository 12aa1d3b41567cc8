/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/answer.c - see answer.h */
#include "live/answer.h"

#include <string.h>

/* image_id is for those who read the files. */
#define TEXTS(d)                                                                                  \
	{                                                                                         \
		&(d)->name, &(d)->image, &(d)->image_digest, &(d)->pod_name, &(d)->pod_namespace, \
			&(d)->pod_uid                                                             \
	}

void hw_answer_pack(struct hw_answer *ret, const uint8_t *id, const struct hw_description *d)
{
	static const struct hw_description nothing;
	const struct hw_description *from = d ? d : &nothing;
	const struct hw_slice *const texts[HW_ANSWER_TEXTS] = TEXTS(from);
	size_t used = 0;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->id, id, sizeof(ret->id));
	ret->pod_sandbox = from->pod_sandbox;
	for (size_t i = 0; i < HW_ANSWER_TEXTS; i++) {
		if (texts[i]->len == 0 || texts[i]->len > sizeof(ret->text) - used)
			continue;
		memcpy(ret->text + used, texts[i]->ptr, texts[i]->len);
		ret->len[i] = (uint16_t)texts[i]->len;
		used += texts[i]->len;
	}
}

static size_t whole_len(const struct hw_answer *a)
{
	size_t sum = 0;

	for (size_t i = 0; i < HW_ANSWER_TEXTS; i++)
		sum += a->len[i];
	return sum;
}

bool hw_answer_unpack(const struct hw_answer *a, struct hw_description *ret)
{
	struct hw_slice *const texts[HW_ANSWER_TEXTS] = TEXTS(ret);
	const size_t len = whole_len(a);
	size_t used = 0;

	if (len > sizeof(a->text) || a->pod_sandbox > 1)
		return false;
	memset(ret, 0, sizeof(*ret));
	memcpy(ret->text, a->text, len);
	for (size_t i = 0; i < HW_ANSWER_TEXTS; i++) {
		*texts[i] = hw_slice(ret->text + used, a->len[i]);
		used += a->len[i];
	}
	ret->pod_sandbox = a->pod_sandbox;
	ret->used = used;
	return true;
}
