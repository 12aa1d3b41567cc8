/* SPDX-License-Identifier: BSD-2-Clause */
/* src/source/file_name.h - names of files and interfaces, short enough for a message */
#ifndef HW_SOURCE_FILE_NAME_H
#define HW_SOURCE_FILE_NAME_H

#include <stddef.h>

enum { HW_FILE_NAME_BYTES = 200, HW_FILE_NAME_MAX = HW_FILE_NAME_BYTES + 4 };

/*
 * Write `name` with a NUL, a long one as "..." and its last HW_FILE_NAME_BYTES bytes, of
 * which none is the middle of a UTF-8 character. It may still hold anything: who prints
 * it escapes it.
 */
void hw_file_name_shorten(char ret[HW_FILE_NAME_MAX], const char *name);

#endif
