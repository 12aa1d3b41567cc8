/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/name.c - see name.h */
#include "http/name.h"

enum { TEXT_MAX = 17 };

/* Where a name is in the table: by its length, and the lowest bit of its first letter. */
#define SLOT(len, first) ((len) + ((first)&1) * (TEXT_MAX + 1))

struct known {
	char text[TEXT_MAX + 1];
	uint8_t len;
	uint8_t name; /* enum hw_http_name */
};

#define KNOWN(id, text, first) \
	[SLOT(sizeof(text) - 1, first)] = { text, sizeof(text) - 1, HW_HTTP_NAME_##id }
static const struct known table[2 * (TEXT_MAX + 1)] = {
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

	if (name.len == 0 || name.len > TEXT_MAX)
		return NULL;
	k = &table[SLOT(name.len, name.ptr[0])];
	return k->len == name.len ? k : NULL;
}

enum hw_http_name hw_http_name_known(struct hw_slice name, uint64_t key)
{
	const struct known *k = look_up(name);
	uint64_t first;

	if (!k)
		return HW_HTTP_NAME_OTHER;
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
