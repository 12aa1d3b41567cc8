/* SPDX-License-Identifier: BSD-2-Clause */
/* src/base/base64.h - bytes in base64, with padding (RFC 4648 4) */
#ifndef HW_BASE_BASE64_H
#define HW_BASE_BASE64_H

#include "base/slice.h"

/* clang-format off */
/* Most bytes that are written for `len`. */
#define HW_BASE64_LEN(len) ((len) / 3 * 4 + 4)
/* clang-format on */

/* At `ret` there are HW_BASE64_LEN(s.len) bytes. Returns the end of what it wrote. */
uint8_t *hw_write_base64(uint8_t *ret, struct hw_slice s);

#endif
