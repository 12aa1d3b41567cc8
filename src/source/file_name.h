/* SPDX-License-Identifier: BSD-2-Clause */
/* src/source/file_name.h - file names as text that is safe in a message */
#ifndef HW_SOURCE_FILE_NAME_H
#define HW_SOURCE_FILE_NAME_H

#include <stddef.h>

/*
 * Write `name` on one line, with a NUL: whatever could steer a terminal or is no UTF-8
 * as \xHH, a long name as "..." and its last HW_FILE_NAME_SHOWN_BYTES bytes.
 */
enum { HW_FILE_NAME_SHOWN_BYTES = 200, HW_FILE_NAME_SHOWN_MAX = 4 * HW_FILE_NAME_SHOWN_BYTES + 4 };

void hw_file_name_show(char ret[HW_FILE_NAME_SHOWN_MAX], const char *name);

#endif
