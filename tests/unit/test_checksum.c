/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_checksum.c */
#include "unit/unit.h"

#include <endian.h>

#include "tight.h"
#include "unit/frame.h"
#include "wire/checksum.h"

/* By the best of this processor, by less of it, and by what all have. */
static uint16_t sum_of(struct hw_slice s)
{
	const uint16_t ret = hw_checksum_fold(hw_checksum_add(0, s));

	assert_int_equal(hw_checksum_fold(hw_checksum_add_portable(0, s)), ret);
	assert_int_equal(hw_checksum_fold(hw_checksum_add_narrow(0, s)), ret);
	return be16toh(ret);
}

/* RFC 1071 3 */
static void sums_the_example_of_the_rfc(void **state)
{
	(void)state;
	assert_int_equal(sum_of(HW_SLICE("\x00\x01\xf2\x03\xf4\xf5\xf6\xf7")), 0xddf2);
	assert_int_equal(sum_of(HW_SLICE("")), 0);
	assert_int_equal(sum_of(HW_SLICE("\x12")), 0x1200);
}

static void agrees_with_the_plain_way_at_any_length(void **state)
{
	uint8_t bytes[2000];
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)((x = x * 1103515245 + 12345) >> 16);
	for (size_t len = 0; len < sizeof(bytes); len++)
		assert_int_equal(sum_of(tight_copy(hw_slice(bytes, len))),
				 frame_sum(0, bytes, len));
}

/* In pieces that fit 32 bits. */
static uint32_t long_sum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;

	for (; len > 4096; len -= 4096, p += 4096)
		sum = frame_sum(sum, p, 4096);
	return frame_sum(sum, p, len);
}

static void carries_of_large_sums_are_kept(void **state)
{
	static uint8_t bytes[(5 << 20) / 2 + 3];

	(void)state;
	for (unsigned int value = 0; value < 256; value += 51) {
		memset(bytes, (int)value, sizeof(bytes));
		for (size_t cut = 0; cut < 3; cut++)
			assert_int_equal(sum_of(hw_slice(bytes, sizeof(bytes) - cut)),
					 long_sum(bytes, sizeof(bytes) - cut));
	}
	assert_int_equal(hw_checksum_fold(UINT64_MAX), 0xffff);
	assert_int_equal(hw_checksum_fold(hw_checksum_add(UINT64_MAX, HW_SLICE("\0\0"))), 0xffff);
}

static void may_be_done_in_parts(void **state)
{
	const struct hw_slice all = HW_SLICE("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n!");

	(void)state;
	for (size_t cut = 0; cut < all.len; cut += 2) {
		const uint64_t first = hw_checksum_add(0, hw_slice(all.ptr, cut));

		assert_int_equal(hw_checksum_fold(hw_checksum_add(first, hw_slice_after(all, cut))),
				 hw_checksum_fold(hw_checksum_add(0, all)));
	}
}

static void a_right_packet_sums_to_ones(void **state)
{
	static struct frame f;
	struct hw_slice ip;
	struct hw_addr src, dst;
	uint64_t sum;

	(void)state;
	frame_payload(&f, HW_SLICE("odd"));
	frame_tcp(&f, 1, 2, 3, 0x18);
	frame_ipv4(&f, 6);
	ip = hw_slice(frame_bytes(&f), frame_len(&f));
	src = hw_addr_v4(ip.ptr + 12);
	dst = hw_addr_v4(ip.ptr + 16);
	sum = hw_checksum_pseudo(&src, &dst, 6, (uint32_t)ip.len - 20);
	assert_int_equal(hw_checksum_fold(hw_checksum_add(sum, hw_slice_after(ip, 20))), 0xffff);
	assert_int_equal(sum_of(hw_slice(ip.ptr, 20)), 0xffff);

	frame_bytes(&f)[frame_len(&f) - 1] ^= 1;
	assert_int_not_equal(hw_checksum_fold(hw_checksum_add(sum, hw_slice_after(ip, 20))),
			     0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums_the_example_of_the_rfc),
		cmocka_unit_test(agrees_with_the_plain_way_at_any_length),
		cmocka_unit_test(carries_of_large_sums_are_kept),
		cmocka_unit_test(may_be_done_in_parts),
		cmocka_unit_test(a_right_packet_sums_to_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
