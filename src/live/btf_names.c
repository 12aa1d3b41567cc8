/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/btf_names.c - see Documentation/bpf/btf.rst in the kernel for the layout */
#include "live/btf_names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/btf.h>

enum { NAME_MAX_BYTES = 128 };

static int read_all(int fd, void *to, size_t len, size_t at)
{
	for (size_t done = 0; done < len;) {
		const ssize_t nr = pread(fd, (char *)to + done, len - done, (off_t)(at + done));

		if (nr <= 0)
			return nr == 0 ? -EBADMSG : -errno;
		done += (size_t)nr;
	}
	return 0;
}

static int read_names(struct hw_btf_names *n, int fd)
{
	struct btf_header head;
	int err = read_all(fd, &head, sizeof(head), 0);

	if (err)
		return err;
	if (head.magic != BTF_MAGIC || head.str_len == 0)
		return -EBADMSG;
	n->text = malloc(head.str_len);
	if (!n->text)
		return -ENOMEM;
	n->len = head.str_len;
	return read_all(fd, n->text, n->len, (size_t)head.hdr_len + head.str_off);
}

int hw_btf_names_read(struct hw_btf_names *n, const char *path)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err;

	*n = (struct hw_btf_names){ 0 };
	if (fd < 0)
		return -errno;
	err = read_names(n, fd);
	close(fd);
	if (err)
		hw_btf_names_clear(n);
	return err;
}

void hw_btf_names_clear(struct hw_btf_names *n)
{
	free(n->text);
	*n = (struct hw_btf_names){ 0 };
}

bool hw_btf_names_have(const struct hw_btf_names *n, const char *name)
{
	const size_t len = strlen(name);
	char whole[NAME_MAX_BYTES + 2] = { 0 }; /* with the end of the one before */

	if (len > NAME_MAX_BYTES)
		return false;
	memcpy(whole + 1, name, len + 1);
	return n->len && memmem(n->text, n->len, whole, len + 2);
}
