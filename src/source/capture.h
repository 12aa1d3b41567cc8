/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/capture.h - frames out of capture files
 *
 * pcap and pcapng in all their variants, plain or gzip-compressed, from a path or from
 * standard input while it is still being written. A plain file is mapped and its frames
 * are given where they lie, without a copy.
 */
#ifndef HW_SOURCE_CAPTURE_H
#define HW_SOURCE_CAPTURE_H

#include "httpwire.h"

struct hw_capture; /* opaque */

enum { HW_CAPTURE_FRAME_MAX = 262144 * 4 }; /* bytes of one packet; more is a damaged file */

/*
 * Open `path`; "-" is standard input. `first_number` is the number of its first packet
 * (several files count on). Returns 0, or negative errno: -ENOENT, -EACCES, ... from the
 * file system, -EISDIR, -EBADMSG (not a capture file), -ENOMEM. On failure `ret_error`
 * (of `error_max` bytes) has one line that names the file and what is wrong.
 */
int hw_capture_open(struct hw_capture **ret, const char *path, uint64_t first_number,
		    char *ret_error, size_t error_max);

/* Takes NULL. */
void hw_capture_close(struct hw_capture *c);

/*
 * The next frames, at most `max`. Waits until there is at least one, and gives what is
 * there without waiting for more. They stay valid until the next call. Returns 0 with
 * *ret_nr > 0; 0 with *ret_nr == 0 at the end; -EBADMSG or -EIO where the file is
 * damaged or cut, after all frames before that place were given: hw_capture_error()
 * says where and what. -EINTR if a signal came while it waited.
 */
int hw_capture_read(struct hw_capture *c, struct hw_frame *frames, size_t max, size_t *ret_nr);

/* One line about the failure of the last read: file, place, what is wrong. */
const char *hw_capture_error(const struct hw_capture *c);

/* Bytes of the file read so far, and its size (0: not known). For progress. */
void hw_capture_progress(const struct hw_capture *c, uint64_t *ret_done, uint64_t *ret_size);

#endif
