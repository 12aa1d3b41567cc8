/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/coding.c - see coding.h */
#include "exchange/coding.h"

static const struct {
	struct hw_slice name;
	const struct hw_coding *coding;
} names[] = {
	{ HW_SLICE("gzip"), &hw_coding_gzip },	     { HW_SLICE("x-gzip"), &hw_coding_gzip },
	{ HW_SLICE("deflate"), &hw_coding_deflate }, { HW_SLICE("br"), &hw_coding_br },
	{ HW_SLICE("zstd"), &hw_coding_zstd },
};

const struct hw_coding *hw_coding_find(struct hw_slice name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (hw_slice_eq_nocase(name, names[i].name))
			return names[i].coding;
	return NULL;
}
