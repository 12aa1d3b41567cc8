/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/name.h - the names of fields that change how a message is read */
#ifndef HW_HTTP_NAME_H
#define HW_HTTP_NAME_H

#include <endian.h>

#include "base/slice.h"

enum hw_http_name {
	HW_HTTP_NAME_OTHER,
	HW_HTTP_NAME_HOST,
	HW_HTTP_NAME_CONTENT_LENGTH,
	HW_HTTP_NAME_TRANSFER_ENCODING,
	HW_HTTP_NAME_TRAILER,
	HW_HTTP_NAME_CONNECTION,
	HW_HTTP_NAME_UPGRADE,
	HW_HTTP_NAME_PRAGMA,
	HW_HTTP_NAME_CACHE_CONTROL,
	HW_HTTP_NAME_NR,
};

/*
 * The first eight bytes of a name, zeros behind a shorter one: as numbers they are in the
 * order of the names.
 */
uint64_t hw_http_name_key(struct hw_slice name);

/* The same, if more bytes than those of the name can be read: as many as `readable`. */
static inline uint64_t hw_http_name_key_ahead(struct hw_slice name, size_t readable)
{
	uint64_t key;

	if (readable < sizeof(key))
		return hw_http_name_key(name);
	memcpy(&key, name.ptr, sizeof(key));
	key = be64toh(key);
	return name.len < sizeof(key) ? key & ~(UINT64_MAX >> (8 * name.len)) : key;
}

/* A known name is told by its length and the lowest bit of its first letter. */
enum { HW_HTTP_NAME_MAX = 17 }; /* bytes of a known name */
#define HW_HTTP_NAME_SLOT(len, first) ((len) + ((first)&1) * (HW_HTTP_NAME_MAX + 1))

/* Which one a name in canonical form is, of that key and slot. */
enum hw_http_name hw_http_name_in(size_t slot, struct hw_slice name, uint64_t key);

/* Which one a name in canonical form is, of that key. */
static inline enum hw_http_name hw_http_name_known(struct hw_slice name, uint64_t key)
{
	const uint64_t used = /* slots, a bit each */
		1ull << HW_HTTP_NAME_SLOT(4, 'H') | 1ull << HW_HTTP_NAME_SLOT(14, 'C') |
		1ull << HW_HTTP_NAME_SLOT(17, 'T') | 1ull << HW_HTTP_NAME_SLOT(7, 'T') |
		1ull << HW_HTTP_NAME_SLOT(10, 'C') | 1ull << HW_HTTP_NAME_SLOT(7, 'U') |
		1ull << HW_HTTP_NAME_SLOT(6, 'P') | 1ull << HW_HTTP_NAME_SLOT(13, 'C');
	const size_t slot = HW_HTTP_NAME_SLOT(name.len, key >> 56);

	if (name.len > HW_HTTP_NAME_MAX || !(used >> slot & 1))
		return HW_HTTP_NAME_OTHER;
	return hw_http_name_in(slot, name, key);
}

/* Which one a name in any case is. */
enum hw_http_name hw_http_name_find(struct hw_slice name);

#endif
