/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/value.h - the values of options */
#ifndef HW_CLI_VALUE_H
#define HW_CLI_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/options.h"

/* "'VALUE' is not WANTED", which is kept in `o`. */
const char *hw_value_complain(struct hw_options *o, const char *value, const char *wanted);

/* Index of `value` in `names`, which ends with NULL; -1 if it is not there. */
int hw_value_choose(const char *const *names, const char *value);

/* False: it is something else, and *ret unchanged. Each takes all of `value`. */

/* Digits and at most one of `units`, each 1024 times the one before. */
bool hw_value_number(const char *value, const char *units, uint64_t *ret);

/* Bytes, or with k, M, G or T; at least 1 KiB. */
bool hw_value_size(const char *value, size_t *ret);

#endif
