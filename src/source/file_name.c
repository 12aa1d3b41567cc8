/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/file_name.h"

#include <stdio.h>
#include <string.h>

/* `s` without the rest of a UTF-8 character that it begins with. */
static const char *skip_rest(const char *s)
{
	enum { REST_MAX = 3 };
	int i = 0;

	while (i < REST_MAX && (s[i] & 0xc0) == 0x80)
		i++;
	return s + i;
}

void hw_file_name_shorten(char ret[HW_FILE_NAME_MAX], const char *name)
{
	const size_t len = strlen(name);

	if (len > HW_FILE_NAME_BYTES)
		snprintf(ret, HW_FILE_NAME_MAX, "...%s",
			 skip_rest(name + len - HW_FILE_NAME_BYTES));
	else
		memcpy(ret, name, len + 1);
}
