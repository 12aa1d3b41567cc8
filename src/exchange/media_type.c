/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/media_type.c - see media_type.h */
#include "exchange/media_type.h"

#include "http/octet.h"

enum { TYPE_MAX = 127 + 1 + 127 }; /* RFC 6838 4.2; no more of one is looked at */

/* media-type = type "/" subtype parameters      RFC 9110 8.3.1 */
static struct hw_slice essence(struct hw_slice content_type)
{
	struct hw_slice rest = content_type, type = content_type;

	hw_slice_cut(&rest, ';', &type);
	type = hw_octet_trim(type);
	type.len = type.len < TYPE_MAX ? type.len : TYPE_MAX;
	return type;
}

static bool is_same(uint8_t a, uint8_t b)
{
	return hw_slice_eq_nocase(hw_slice(&a, 1), hw_slice(&b, 1));
}

/* Where it fails the last star takes a byte more: both are short, so that this ends soon. */
static bool matches(struct hw_slice type, const char *glob)
{
	const char *star = NULL;
	size_t i = 0, after_star = 0;

	while (i < type.len) {
		if (*glob == '*') {
			star = ++glob;
			after_star = i;
		} else if (*glob == '?' || (*glob && is_same((uint8_t)*glob, type.ptr[i]))) {
			glob++;
			i++;
		} else if (star) {
			glob = star;
			i = ++after_star;
		} else {
			return false;
		}
	}
	while (*glob == '*')
		glob++;
	return *glob == '\0';
}

bool hw_media_type_is_one_of(struct hw_slice content_type, const char *const *globs, size_t nr)
{
	const struct hw_slice type = essence(content_type);

	for (size_t i = 0; i < nr; i++)
		if (matches(type, globs[i]))
			return true;
	return nr == 0;
}

bool hw_media_type_is_form(struct hw_slice content_type)
{
	static const char *const form[] = { "application/x-www-form-urlencoded" };

	return hw_media_type_is_one_of(content_type, form, 1);
}

bool hw_media_type_is_binary(struct hw_slice content_type)
{
	static const char *const binary[] = { "image/*", "audio/*", "video/*", "font/*" };
	static const char *const xml[] = { "*+xml" };

	return hw_media_type_is_one_of(content_type, binary, sizeof(binary) / sizeof(binary[0])) &&
	       !hw_media_type_is_one_of(content_type, xml, 1);
}
