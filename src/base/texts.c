/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/texts.c - see texts.h */
#include "base/texts.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int hw_texts_copy(struct hw_texts *ret, const char *const *texts, size_t nr)
{
	size_t bytes = nr * sizeof(*texts);
	const char **ptr;
	char *to;

	for (size_t i = 0; i < nr; i++)
		bytes += strlen(texts[i]) + 1;
	ptr = malloc(bytes ? bytes : 1);
	if (!ptr)
		return -ENOMEM;

	to = (char *)(ptr + nr);
	for (size_t i = 0; i < nr; i++) {
		ptr[i] = to;
		to = (char *)mempcpy(to, texts[i], strlen(texts[i]) + 1);
	}
	*ret = (struct hw_texts){ ptr, nr };
	return 0;
}

void hw_texts_clear(struct hw_texts *t)
{
	free((void *)(uintptr_t)t->ptr);
	*t = (struct hw_texts){ 0 };
}
