/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/source/capture.h - frames out of capture files
 *
 * pcap and pcapng in all their variants, plain or gzip-compressed, from a path or from
 * standard input while it is still being written (each packet is given as soon as its
 * last byte is there). Frames lie in the buffer the file was read into: no copy, no
 * allocation a packet. What is kept is bounded: that buffer (256 KiB, or twice the
 * largest record, at most 32 MiB) and a few words an interface of a pcapng section.
 */
#ifndef HW_SOURCE_CAPTURE_H
#define HW_SOURCE_CAPTURE_H

#include "httpwire.h"
#include "source/input.h"

struct hw_capture; /* opaque */

enum { HW_CAPTURE_ERROR_MAX = 500 }; /* bytes of an error text, its NUL included */

/*
 * Open `path`; "-" is standard input. `first_number` is the number of its first packet
 * (several files count on). Waits for the first bytes of a pipe. Returns 0, or negative
 * errno: -ENOENT, -EACCES, ... from the file system, -EISDIR, -EBADMSG (not a capture
 * file), -ENOMEM, -EINTR if a signal came while it waited. On failure `ret_error` (of
 * `error_max` bytes; HW_CAPTURE_ERROR_MAX is enough) has a text that names the file and what
 * is wrong. The name is in it as it is: who prints it escapes it, as that of
 * hw_capture_error().
 */
int hw_capture_open(struct hw_capture **ret, const char *path, uint64_t first_number,
		    char *ret_error, size_t error_max);

/* The same, but that `wait` is asked when a signal comes: -EINTR, without a text, if it says no. */
int hw_capture_open_waiting(struct hw_capture **ret, const char *path, uint64_t first_number,
			    const struct hw_input_wait *wait, char *ret_error, size_t error_max);

/*
 * Frames may come with a `rest`, which is not read unless somebody looks at it: where a file is large,
 * and so are its packets. It is there until hw_capture_close().
 */
void hw_capture_leave_rest(struct hw_capture *c);

/* Takes NULL. */
void hw_capture_close(struct hw_capture *c);

/*
 * The next frames, at most `max`. Waits until there is at least one, and gives what is
 * there without waiting for more. They stay valid until the next call. Returns 0 with
 * *ret_nr > 0; 0 with *ret_nr == 0 at the end; -EBADMSG or -EIO where the file is
 * damaged or cut, or -ENOMEM, after all frames before that place were given:
 * hw_capture_error() says where and what. -EINTR if a signal came while it waited.
 */
int hw_capture_read(struct hw_capture *c, struct hw_frame *frames, size_t max, size_t *ret_nr);

/*
 * Whether somebody has cut the file, so that the `rest` of some frames was gone when it was looked at:
 * 0, or -EIO, and hw_capture_error() says so. To be asked when all frames are done with.
 */
int hw_capture_check(struct hw_capture *c);

/*
 * Keep the frames of the last read: they lie in `b` from now on, whose place in the reader is
 * taken by what `b` was before. Returns 0 or -ENOMEM; then they are valid as they were.
 */
int hw_capture_keep(struct hw_capture *c, struct hw_input_buffer *b);

/*
 * One line about the failure of the last read: file, place, what is wrong. Packets are
 * counted from the file's own first: "cut.pcap: packet 12 at byte 1480: file ends inside
 * the packet (60 of 1514 bytes)".
 */
const char *hw_capture_error(const struct hw_capture *c);

/* At the end of a compressed file: something that is not compressed followed, and was ignored. */
bool hw_capture_has_garbage(const struct hw_capture *c);

/* Bytes of the file read so far (compressed ones, if so), and its size (0: not known). */
void hw_capture_progress(const struct hw_capture *c, uint64_t *ret_done, uint64_t *ret_size);

#endif
