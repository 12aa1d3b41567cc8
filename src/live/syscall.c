/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/syscall.c */
#include "live/syscall.h"

#include <syscalls_table.h> /* native, compat */

static struct hw_slice name_in(const char *const *table, size_t nr, uint32_t number)
{
	if (number >= nr || !table[number])
		return hw_slice(NULL, 0);
	return hw_slice_text(table[number]);
}

struct hw_slice hw_syscall_name(uint32_t number, bool is_compat)
{
	return is_compat ? name_in(compat, sizeof(compat) / sizeof(compat[0]), number)
			 : name_in(native, sizeof(native) / sizeof(native[0]), number);
}
