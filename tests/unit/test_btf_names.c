/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_btf_names.c */
#include "live/btf_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/btf.h>

#include "unit/unit.h"

static const char names[] = "\0task_struct\0btf_trace_sock_send_length\0tcp_sendmsg_locked";

/* A file with these names and what is wrong with it; its name is `ret`. */
static void write_file(char ret[32], uint16_t magic, size_t names_len)
{
	const struct btf_header head = { .magic = magic,
					 .version = BTF_VERSION,
					 .hdr_len = sizeof(head),
					 .type_len = 4,
					 .str_off = 4,
					 .str_len = sizeof(names) };
	int fd;

	memcpy(ret, "/tmp/btf_names.XXXXXX", sizeof("/tmp/btf_names.XXXXXX"));
	fd = mkstemp(ret);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, &head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, "type", 4), 4);
	assert_int_equal(write(fd, names, names_len), names_len);
	close(fd);
}

static void finds_whole_names_only(void **state)
{
	struct hw_btf_names n;
	char path[32];

	(void)state;
	write_file(path, BTF_MAGIC, sizeof(names));
	assert_int_equal(hw_btf_names_read(&n, path), 0);
	assert_true(hw_btf_names_have(&n, "task_struct"));
	assert_true(hw_btf_names_have(&n, "btf_trace_sock_send_length"));
	assert_true(hw_btf_names_have(&n, "tcp_sendmsg_locked"));
	assert_false(hw_btf_names_have(&n, "tcp_sendmsg"));
	assert_false(hw_btf_names_have(&n, "sock_send_length"));
	assert_false(hw_btf_names_have(&n, "a_name_longer_than_any_a_name_longer_than_any_a_name_"
					   "longer_than_any_a_name_longer_than_any_a_name_longer_"
					   "than_any_a_name_longer_than_any"));
	hw_btf_names_clear(&n);
	assert_false(hw_btf_names_have(&n, "task_struct"));
	unlink(path);
}

static void finds_none_in_other_files(void **state)
{
	struct hw_btf_names n;
	char path[32];

	(void)state;
	write_file(path, 0x1234, sizeof(names));
	assert_int_equal(hw_btf_names_read(&n, path), -EBADMSG);
	assert_null(n.text);
	unlink(path);
	write_file(path, BTF_MAGIC, sizeof(names) - 1);
	assert_int_equal(hw_btf_names_read(&n, path), -EBADMSG);
	unlink(path);
	assert_int_equal(hw_btf_names_read(&n, path), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_whole_names_only),
		cmocka_unit_test(finds_none_in_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
