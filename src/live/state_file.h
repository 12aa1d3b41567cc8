/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/live/state_file.h - reading the small files of others, without being led elsewhere
 *
 * Below the directory no symbolic link is followed and ".." leads nowhere; only regular
 * files are read, and opening never waits (pipes, leases). A call takes as long as the
 * file system does.
 */
#ifndef HW_LIVE_STATE_FILE_H
#define HW_LIVE_STATE_FILE_H

#include "base/buf.h"

struct hw_state_dir {
	const char *path;
	bool foreign; /* an ordinary user's: is no link itself, has no other mount below */
};

/*
 * Append the file `path`, below `dir`, to `ret`. Returns 0, -ENOBUFS (not shorter
 * than what `ret` has room for), -EINVAL (not a regular file), -ENOMEM, or why it cannot be opened or
 * read; then `ret` is as it was.
 */
int hw_state_file_read(const struct hw_state_dir *dir, const char *path, struct hw_buf *ret);

/* Is there anything called `path` below `dir`? */
bool hw_state_file_exists(const struct hw_state_dir *dir, const char *path);

#endif
