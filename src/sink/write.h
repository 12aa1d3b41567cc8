/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/sink/write.h - bytes go to a descriptor, all of them
 */
#ifndef HW_SINK_WRITE_H
#define HW_SINK_WRITE_H

#include <stddef.h>
#include <sys/uio.h>

/*
 * Write the `nr` parts, at most IOV_MAX, which stay the caller's. Signals do not end that, and a
 * pipe that was made non-blocking by whoever shares it is waited for. Returns how many bytes were
 * written: all, or *ret_error is the negative errno that says why not; else it is left alone.
 */
size_t hw_write_all(int fd, const struct iovec *parts, size_t nr, int *ret_error);

#endif
