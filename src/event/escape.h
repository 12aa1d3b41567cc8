/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/escape.h - bytes from the wire as the inside of a JSON string
 *
 * Whatever the bytes are, the result is valid UTF-8 and a valid JSON string on one line.
 * UTF-8 is judged as Go's decoder does: after a bad byte the next one is tried.
 */
#ifndef HW_EVENT_ESCAPE_H
#define HW_EVENT_ESCAPE_H

#include "base/slice.h"

/* What is written beyond `"`, `\` and control bytes, and what becomes of bad UTF-8. */
enum hw_escape {
	HW_ESCAPE_HTML = 1, /* <, >, &, U+2028 and U+2029 too, as Go's encoding/json does */
	HW_ESCAPE_DROP = 2, /* bad bytes and, if there are some, U+FFFD are left out, */
			    /* else each bad byte is \ufffd */
	HW_ESCAPE_KEY = 4,  /* each bad byte is \ufffd and its two hex digits, and so is each */
			    /* byte of U+FFFD: names that differ stay different */

	HW_ESCAPE_PORTABLE = 8, /* without what this processor has; the same is written */
	HW_ESCAPE_UNSEEN = 16,	/* as \u202e all but ASCII that hw_utf8_is_seen() is not true of */
	HW_ESCAPE_BY_32 = 32,	/* as where there is no AVX-512; the same is written */
};

enum {
	HW_ESCAPE_FACTOR = 8, /* most bytes written for one */
	HW_ESCAPE_SLACK = 64, /* bytes behind the result that may be overwritten */
};

/*
 * Write `s`, escaped as the HW_ESCAPE_* bits of `how` say, without quotes. At `ret` there
 * are HW_ESCAPE_FACTOR * s.len + HW_ESCAPE_SLACK bytes. Returns the result's end.
 */
uint8_t *hw_escape(uint8_t *ret, struct hw_slice s, unsigned how);

/* The same, by what this processor has: who writes many texts asks for it once. */
typedef uint8_t *(*hw_escaper)(uint8_t *ret, struct hw_slice s, unsigned how);
hw_escaper hw_escaper_choose(void);

/* The length of the valid UTF-8 sequence that `s` starts with, 0 if it is none or empty. */
size_t hw_utf8_sequence(struct hw_slice s);

bool hw_utf8_is_valid(struct hw_slice s);

/* The character that `sequence`, a valid one, stands for. */
uint32_t hw_utf8_character(struct hw_slice sequence);

/*
 * Whether `c` is shown and does nothing else. It is not true of control characters, C1 and
 * DEL too, and of those that are not seen themselves but change what is: marks and
 * overrides of direction, line separators, joiners, variation selectors, fillers, tags, the byte
 * order mark.
 */
bool hw_utf8_is_seen(uint32_t c);

#endif
