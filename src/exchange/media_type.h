/* SPDX-License-Identifier: BSD-2-Clause */
/* src/exchange/media_type.h - what a Content-Type says of a body, and whether it is text */
#ifndef HW_EXCHANGE_MEDIA_TYPE_H
#define HW_EXCHANGE_MEDIA_TYPE_H

#include "base/slice.h"

/*
 * A media type of `content_type`, without its parameters and in any case, is one of `globs`
 * (star: any bytes, ?: one); there are none: any is.
 */
bool hw_media_type_is_one_of(struct hw_slice content_type, const char *const *globs, size_t nr);

/* application/x-www-form-urlencoded. */
bool hw_media_type_is_form(struct hw_slice content_type);

/* Images, sounds and the like, but not what is written in XML. */
bool hw_media_type_is_binary(struct hw_slice content_type);

/*
 * `s` is UTF-8 without control bytes other than blanks. `ret_len` gets its length; if it
 * `is_cut`, less the character that its end divides.
 */
bool hw_text_is_plain(struct hw_slice s, bool is_cut, size_t *ret_len);

#endif
