/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/file_name.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* C1 controls, line separators, and what reorders the text after it. */
static bool is_steering(uint32_t c)
{
	return c < 0xa0 || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_encodable(uint32_t c, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return c >= least[len] && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

/* The length of the character at `s`, 0 if it must not be shown as it is. */
static size_t shown_len(const char *s)
{
	const uint8_t first = (uint8_t)s[0];
	const size_t len = first < 0x80	  ? 1
			   : first < 0xc0 ? 0
			   : first < 0xe0 ? 2
			   : first < 0xf0 ? 3
					  : 4;
	uint32_t c = first & (0xffu >> (len + 1));

	if (len < 2)
		return len == 1 && first >= 0x20 && first < 0x7f && first != '\\';
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) /* the NUL at the end is none */
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	return is_encodable(c, len) && !is_steering(c) ? len : 0;
}

void hw_file_name_show(char ret[HW_FILE_NAME_SHOWN_MAX], const char *name)
{
	const size_t name_len = strlen(name);
	char *to = ret;

	if (name_len > HW_FILE_NAME_SHOWN_BYTES) {
		name += name_len - HW_FILE_NAME_SHOWN_BYTES;
		to = stpcpy(to, "...");
	}
	while (*name) {
		const size_t len = shown_len(name);

		if (len) {
			memcpy(to, name, len);
			to += len;
		} else {
			to += snprintf(to, 5, "\\x%02x", (unsigned char)*name);
		}
		name += len ? len : 1;
	}
	*to = '\0';
}
