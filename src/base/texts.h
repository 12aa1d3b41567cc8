/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/texts.h - a copy of a list of texts, such as options that outlive their words */
#ifndef HW_BASE_TEXTS_H
#define HW_BASE_TEXTS_H

#include <stddef.h>

/* Embed it by value; zeroed, it is empty. */
struct hw_texts {
	const char *const *ptr; /* one allocation, the texts behind the pointers */
	size_t nr;
};

/* Returns 0 or -ENOMEM; then `ret` is unchanged. */
int hw_texts_copy(struct hw_texts *ret, const char *const *texts, size_t nr);

void hw_texts_clear(struct hw_texts *t);

#endif
