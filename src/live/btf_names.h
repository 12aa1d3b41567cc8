/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/btf_names.h - the names in the kernel's type information
 *
 * libbpf tells whether a tracepoint is there by reading and indexing all types, which takes
 * a third of the time that a start has. To leave a program out the names alone will do.
 */
#ifndef HW_LIVE_BTF_NAMES_H
#define HW_LIVE_BTF_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct hw_btf_names {
	char *text; /* private: each ends with a NUL, the first is empty */
	size_t len;
};

/*
 * Read those of the BTF file `path`. Returns 0, -EBADMSG (it is not one of this byte order),
 * -ENOMEM, or what open(2) or read(2) said.
 */
int hw_btf_names_read(struct hw_btf_names *n, const char *path);

/* Takes a zeroed one too. */
void hw_btf_names_clear(struct hw_btf_names *n);

/* Something, of whatever kind, has this name. */
bool hw_btf_names_have(const struct hw_btf_names *n, const char *name);

#endif
