/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/name.c - see name.h */
#include "http/name.h"

struct known {
	char text[HW_HTTP_NAME_MAX + 1];
	uint8_t len;
	uint8_t name; /* enum hw_http_name */
};

#define KNOWN(id, text, first) \
	[HW_HTTP_NAME_SLOT(sizeof(text) - 1, first)] = { text, sizeof(text) - 1, HW_HTTP_NAME_##id }
static const struct known table[2 * (HW_HTTP_NAME_MAX + 1)] = {
	KNOWN(HOST, "Host", 'H'),
	KNOWN(CONTENT_LENGTH, "Content-Length", 'C'),
	KNOWN(TRANSFER_ENCODING, "Transfer-Encoding", 'T'),
	KNOWN(TRAILER, "Trailer", 'T'),
	KNOWN(CONNECTION, "Connection", 'C'),
	KNOWN(UPGRADE, "Upgrade", 'U'),
	KNOWN(PRAGMA, "Pragma", 'P'),
	KNOWN(CACHE_CONTROL, "Cache-Control", 'C'),
};
#undef KNOWN

uint64_t hw_http_name_key(struct hw_slice name)
{
	uint64_t key = 0;

	for (size_t i = 0; i < sizeof(key); i++)
		key = key << 8 | (i < name.len ? name.ptr[i] : 0);
	return key;
}

/* NULL if no known name has that length and first letter. */
static const struct known *look_up(struct hw_slice name)
{
	const struct known *k;

	if (name.len == 0 || name.len > HW_HTTP_NAME_MAX)
		return NULL;
	k = &table[HW_HTTP_NAME_SLOT(name.len, name.ptr[0])];
	return k->len == name.len ? k : NULL;
}

enum hw_http_name hw_http_name_in(size_t slot, struct hw_slice name, uint64_t key)
{
	const struct known *k = &table[slot];
	uint64_t first;

	memcpy(&first, k->text, sizeof(first));
	if (be64toh(first) != key || memcmp(k->text, name.ptr, name.len) != 0)
		return HW_HTTP_NAME_OTHER;
	return (enum hw_http_name)k->name;
}

enum hw_http_name hw_http_name_find(struct hw_slice name)
{
	const struct known *k = look_up(name);

	if (!k || !hw_slice_eq_nocase(name, hw_slice(k->text, k->len)))
		return HW_HTTP_NAME_OTHER;
	return (enum hw_http_name)k->name;
}
