/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/libraries.c - see libraries.h */
#include "cli/libraries.h"

#include "base/inflate.h"
#include "exchange/coding.h"
#include "live/description.h"
#include "live/tap.h"
#include "query/pattern.h"
#include "sandbox/calls.h"
#include "serve/server.h"
#include "source/libpcap.h"

enum { TEXT_MAX = 128 };

static void (*const libraries[])(char *ret, size_t max) = {
	hw_tap_library,		hw_libpcap_library,	hw_inflate_library,
	hw_coding_br_library,	hw_coding_zstd_library, hw_pattern_library,
	hw_description_library, hw_calls_library,	hw_server_library,
};

void hw_libraries_print(FILE *out)
{
	char text[TEXT_MAX];

	for (size_t i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		libraries[i](text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
}
