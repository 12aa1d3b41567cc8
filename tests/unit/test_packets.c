/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_packets.c - what is written is what our reader reads */
#include "unit/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bytes.h"
#include "sink/file.h"
#include "sink/packets.h"
#include "source/capture.h"
#include "unit/build_capture.h"
#include "unit/files.h"

static char path[] = "/tmp/test_packets.XXXXXX";
static const struct hw_packets_options gathered = { 0 };
static const struct hw_packet_note nothing = { 0 };

/* The whole file called path + suffix; valid until the next call. */
static struct hw_slice contents(const char *suffix)
{
	static uint8_t bytes[2 << 20];
	char name[100];
	FILE *f;
	size_t len;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	f = fopen(name, "r");
	assert_non_null(f);
	len = fread(bytes, 1, sizeof(bytes), f);
	assert_int_not_equal(len, sizeof(bytes));
	fclose(f);
	return hw_slice(bytes, len);
}

/* The frames in it are `want`, whose numbers go on from file to file. */
static void assert_frames(const char *suffix, const struct hw_frame *want, size_t want_nr)
{
	char name[100], error[HW_CAPTURE_ERROR_MAX];
	struct hw_frame got[4];
	struct hw_capture *c;
	size_t nr = 0, seen = 0;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	assert_int_equal(hw_capture_open(&c, name, 1, error, sizeof(error)), 0);
	do {
		assert_int_equal(hw_capture_read(c, got, 4, &nr), 0);
		assert_true(seen + nr <= want_nr);
		for (size_t i = 0; i < nr; i++, seen++) {
			assert_int_equal(got[i].time_ns, want[seen].time_ns);
			assert_int_equal(got[i].linktype, want[seen].linktype);
			assert_int_equal(got[i].direction, want[seen].direction);
			assert_int_equal(got[i].wire_len, want[seen].wire_len);
			assert_slice_equal(hw_slice(got[i].data, got[i].len),
					   hw_slice(want[seen].data, want[seen].len));
		}
	} while (nr);
	assert_int_equal(seen, want_nr);
	hw_capture_close(c);
}

static struct hw_frame frame_of(uint64_t time_ns, uint16_t linktype, struct hw_slice data)
{
	return (struct hw_frame){
		.time_ns = time_ns,
		.linktype = linktype,
		.data = data.ptr,
		.len = (uint32_t)data.len,
		.wire_len = (uint32_t)data.len,
	};
}

static size_t count(struct hw_slice in, const char *text)
{
	const uint8_t *at = in.ptr, *end = in.ptr + in.len;
	const size_t len = strlen(text);
	size_t nr = 0;

	for (; (at = memmem(at, (size_t)(end - at), text, len)); at += len)
		nr++;
	return nr;
}

static void what_is_written_is_read_back(void **state)
{
	static uint8_t large[HW_PACKETS_FRAME_MAX + 1];
	struct hw_frame frames[] = {
		frame_of(0, 1, HW_SLICE("a")),
		frame_of(1700000000123456789, 1, HW_SLICE("")),
		frame_of(UINT64_MAX, 101, HW_SLICE("abc")),
		frame_of(UINT32_MAX, 1, HW_SLICE("abcd")),
		frame_of(5, 276, hw_slice(large, HW_PACKETS_FRAME_MAX)),
		frame_of(4, 0xffff, HW_SLICE("last")),
	};
	const size_t nr = sizeof(frames) / sizeof(frames[0]);
	struct hw_packets *p;

	(void)state;
	frames[0].direction = HW_DIRECTION_INGRESS;
	frames[2].direction = HW_DIRECTION_EGRESS;
	frames[3].wire_len = 1500;
	for (size_t i = 0; i < sizeof(large); i++)
		large[i] = (uint8_t)(i * 7 >> 3);
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(hw_packets_write(p, &frames[i], &nothing), 0);
	assert_int_equal(hw_packets_close(p), 0);
	assert_frames("", frames, nr);
}

/* Of a packet that is too long the first bytes are written, and how long it was. */
static void a_packet_that_is_too_long_is_cut(void **state)
{
	static uint8_t large[HW_PACKETS_FRAME_MAX + 1];
	struct hw_frame frame = frame_of(1, 1, hw_slice(large, sizeof(large)));
	struct hw_packets *p;

	(void)state;
	frame.wire_len = 7; /* less than there is: a lie */
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	assert_int_equal(hw_packets_write(p, &frame, &nothing), 0);
	assert_int_equal(hw_packets_close(p), 0);
	frame.wire_len = frame.len--;
	assert_frames("", &frame, 1);
}

static void the_blocks_are_those_of_the_format(void **state)
{
	const struct hw_packets_options options = { .snaplen = 1500 };
	const struct hw_packet_note note = { HW_SLICE("lo"), HW_SLICE("\xe2\x82\xac") };
	struct hw_frame frame = frame_of(0x1200000034, 113, HW_SLICE("hello"));
	struct build want = { 0 };
	struct hw_packets *p;
	struct hw_slice got;
	size_t section;

	(void)state;
	frame.direction = HW_DIRECTION_EGRESS;
	build_interface(&want, 113, 1500);
	build_option(&want, 2, 'l' | 'o' << 8, 2);
	build_option(&want, 9, 9, 1); /* nanoseconds */
	build_option(&want, 0, 0, 0);
	build_end(&want);
	build_packet(&want, 0, frame.time_ns, HW_SLICE("hello"));
	build_option(&want, 1, 0xac82e2, 3);
	build_option(&want, 2, 2, 4); /* outbound */
	build_option(&want, 0, 0, 0);
	build_end(&want);

	assert_int_equal(hw_packets_open(&p, path, &options), 0);
	assert_int_equal(hw_packets_write(p, &frame, &note), 0);
	assert_int_equal(hw_packets_close(p), 0);
	got = contents("");
	section = hw_get_u32le(got.ptr + 4);
	assert_memory_equal(got.ptr + 8, "\x4d\x3c\x2b\x1a\1\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff",
			    16);
	assert_int_equal(count(hw_slice(got.ptr, section), "httpwire " HW_VERSION), 1);
	assert_int_equal(count(hw_slice(got.ptr, section), "Linux "), 1);
	assert_slice_equal(hw_slice_after(got, section), build_slice(&want));
}

static void a_file_without_packets_is_a_capture(void **state)
{
	struct hw_packets *p;

	(void)state;
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	assert_int_equal(hw_packets_close(p), 0);
	assert_frames("", NULL, 0);
}

/* Whatever is known of a packet's interface makes it another; no more blocks than needed. */
static void interfaces_are_described_once(void **state)
{
	static const char *const names[] = { "", "eth0", "eth1" };
	struct hw_frame frames[60];
	struct hw_packets *p;

	(void)state;
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	for (size_t i = 0; i < 60; i++) {
		const struct hw_packet_note note = { .interface = hw_slice_text(names[i % 3]) };

		frames[i] = frame_of(i, i % 2 ? 1 : 101, HW_SLICE("x"));
		assert_int_equal(hw_packets_write(p, &frames[i], &note), 0);
	}
	assert_int_equal(hw_packets_close(p), 0);
	assert_frames("", frames, 60);
	assert_int_equal(count(contents(""), "eth0"), 2);
	assert_int_equal(count(contents(""), "eth1"), 2);
}

static void more_interfaces_than_are_remembered(void **state)
{
	static struct hw_frame frames[2000];
	struct hw_packets *p;

	(void)state;
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	for (size_t i = 0; i < 2000; i++) {
		frames[i] = frame_of(i, (uint16_t)(i * i % 199), HW_SLICE("packet"));
		assert_int_equal(hw_packets_write(p, &frames[i], &nothing), 0);
	}
	assert_int_equal(hw_packets_close(p), 0);
	assert_frames("", frames, 2000);
}

static void comments_are_cut_between_characters(void **state)
{
	const struct hw_frame frame = frame_of(1, 1, HW_SLICE("x"));
	struct hw_packets *p;
	struct hw_slice got;
	char *comment = malloc(70000);

	(void)state;
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	for (size_t shift = 0; shift < 3; shift++) {
		struct hw_packet_note note = { 0 };

		memset(comment, 'x', shift);
		for (size_t i = shift; i + 3 <= 70000; i += 3)
			memcpy(comment + i, "\xe2\x82\xac", 3);
		for (size_t len = 65530; len < 65537; len++) {
			note.comment = hw_slice(comment, shift + (len - shift) / 3 * 3);
			assert_int_equal(hw_packets_write(p, &frame, &note), 0);
		}
	}
	assert_int_equal(hw_packets_close(p), 0);
	got = contents("");
	for (size_t at = 0, len, nr = 0; at < got.len; at += len) {
		const uint8_t *block = got.ptr + at;
		struct hw_slice value;

		len = hw_get_u32le(block + 4);
		if (hw_get_u32le(block) != 6)
			continue;
		value = hw_slice(block + 36, (size_t)(block[34] | block[35] << 8));
		assert_in_range(value.len, 65528, HW_PACKETS_COMMENT_MAX);
		assert_int_equal((value.len - nr / 7) % 3, 0);
		assert_memory_equal(value.ptr + value.len - 3, "\xe2\x82\xac", 3);
		nr++;
	}
	free(comment);
}

/* Each can be read by itself: it has a section, and the interfaces of its own packets. */
static void each_file_is_a_capture_of_its_own(void **state)
{
	static const char *const all[] = { "0", "1", "2", NULL };
	enum { INTERFACE = 32, PACKET = 48 }; /* bytes of their blocks */
	struct hw_packets_options options = { .rotation.files_max = 3 };
	struct hw_frame frames[12];
	struct hw_packets *p;
	struct stat st;

	(void)state;
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	assert_int_equal(hw_packets_close(p), 0);
	options.rotation.bytes_max = contents("").len + INTERFACE + 2 * PACKET; /* 3 are more */
	assert_int_equal(hw_packets_open(&p, path, &options), 0);
	for (size_t i = 0; i < 12; i++) {
		frames[i] = frame_of(i, i < 9 ? 1 : 101, HW_SLICE("0123456789abcdef"));
		assert_int_equal(hw_packets_write(p, &frames[i], &nothing), 0);
		assert_int_equal(hw_packets_path(p)[strlen(path)], "0120"[i / 3]);
		assert_int_equal(stat(hw_packets_path(p), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
	}
	assert_int_equal(hw_packets_close(p), 0);
	assert_frames("0", frames + 9, 3);
	assert_frames("1", frames + 3, 3);
	assert_frames("2", frames + 6, 3);
	assert_int_equal(count(contents("1"), "httpwire "), 1);
	remove_files(path, all);
}

static void the_path_is_opened_again(void **state)
{
	static const char *const all[] = { ".old", NULL };
	struct hw_frame frames[] = {
		frame_of(1, 1, HW_SLICE("one")),
		frame_of(2, 1, HW_SLICE("two")),
		frame_of(3, 1, HW_SLICE("three")),
	};
	struct hw_packets *p;
	char old[100];

	(void)state;
	snprintf(old, sizeof(old), "%s.old", path);
	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	assert_int_equal(hw_packets_write(p, &frames[0], &nothing), 0);
	assert_int_equal(hw_packets_reopen(p), 0); /* in the same file: a second section */
	assert_int_equal(hw_packets_write(p, &frames[1], &nothing), 0);
	assert_int_equal(rename(path, old), 0);
	assert_int_equal(hw_packets_reopen(p), 0);
	assert_int_equal(hw_packets_flush(p), 0);
	assert_frames("", NULL, 0); /* a capture before a packet comes */
	assert_int_equal(hw_packets_write(p, &frames[2], &nothing), 0);
	assert_int_equal(hw_packets_close(p), 0);
	assert_frames(".old", frames, 2);
	assert_frames("", frames + 2, 1);
	remove_files(path, all);
}

static void each_packet_is_there_at_once(void **state)
{
	const struct hw_packets_options options = { .each_packet = true };
	struct hw_frame frames[] = { frame_of(1, 1, HW_SLICE("a")), frame_of(2, 1, HW_SLICE("b")) };
	struct hw_packets *p;

	(void)state;
	assert_int_equal(hw_packets_open(&p, path, &options), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_frames("", frames, i);
		assert_int_equal(hw_packets_write(p, &frames[i], &nothing), 0);
	}
	assert_frames("", frames, 2);
	assert_int_equal(hw_packets_close(p), 0);

	assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
	assert_int_equal(hw_packets_write(p, &frames[0], &nothing), 0);
	assert_int_equal(contents("").len, 0);
	assert_int_equal(hw_packets_flush(p), 0);
	assert_frames("", frames, 1);
	assert_int_equal(hw_packets_close(p), 0);
}

/* Wherever the disk is full, what is left can be read, and what is lost is counted. */
static void a_full_disk_leaves_whole_packets(void **state)
{
	struct hw_frame frames[10];
	struct rlimit old, small;

	(void)state;
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	signal(SIGXFSZ, SIG_IGN);
	for (size_t i = 0; i < 10; i++)
		frames[i] = frame_of(i, 1, HW_SLICE("some bytes of a packet"));
	for (size_t room = 150; room < 400; room++) {
		struct hw_packets *p;
		size_t left;

		assert_int_equal(hw_packets_open(&p, path, &gathered), 0);
		for (size_t i = 0; i < 9; i++)
			assert_int_equal(hw_packets_write(p, &frames[i], &nothing), 0);
		small.rlim_cur = room;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
		assert_int_equal(hw_packets_flush(p), -EFBIG);
		assert_int_equal(hw_packets_write(p, &frames[9], &nothing), -EFBIG);
		hw_packets_flush(p);
		setrlimit(RLIMIT_FSIZE, &old);
		left = hw_packets_written(p);
		assert_int_equal(left + hw_packets_lost(p), 10);
		assert_int_equal(hw_packets_close(p), -EFBIG);
		assert_true(contents("").len <= room && contents("").len + 100 > room);
		assert_frames("", frames, left);
	}
}

static time_t fake_now(time_t *ret)
{
	static time_t now = 1000000000;

	(void)ret;
	return now += 1;
}

/* A clock that goes on with every look: no section gets into a file of its own. */
static void time_passes_within_a_write(void **state)
{
	static const char *const all[] = { "42", "43", "44", NULL };
	const struct hw_packets_options options = {
		.rotation = { .seconds = 1, .files_max = 3 },
		.now = fake_now,
	};
	struct hw_frame frames[] = { frame_of(1, 1, HW_SLICE("a")), frame_of(2, 7, HW_SLICE("b")) };
	struct hw_packets *p;
	char name[100];

	(void)state;
	snprintf(name, sizeof(name), "%s%%S", path);
	assert_int_equal(hw_packets_open(&p, name, &options), 0);
	assert_int_equal(hw_packets_write(p, &frames[0], &nothing), 0);
	assert_int_equal(hw_packets_write(p, &frames[1], &nothing), 0);
	assert_int_equal(hw_packets_write(p, &frames[1], &nothing), HW_FILE_SINK_ENDED);
	assert_int_equal(hw_packets_written(p), 2);
	assert_int_equal(hw_packets_lost(p), 0);
	assert_int_equal(hw_packets_close(p), 0);
	remove_files(path, (const char *const[]){ "41", NULL });
	assert_frames("42", frames, 1);
	assert_frames("43", frames + 1, 1);
	remove_files(path, all);
}

/* Each look at the clock is a second later. */
static void a_file_that_time_began_is_a_capture(void **state)
{
	static const char *const all[] = { "45", "46", "47", NULL };
	const struct hw_packets_options options = {
		.rotation = { .seconds = 1, .files_max = 3 },
		.now = fake_now,
	};
	struct hw_packets *p;
	char name[100];

	(void)state;
	snprintf(name, sizeof(name), "%s%%S", path);
	assert_int_equal(hw_packets_open(&p, name, &options), 0);
	assert_int_equal(hw_packets_tick(p), 0);
	assert_int_equal(hw_packets_tick(p), 0);
	assert_int_equal(hw_packets_tick(p), HW_FILE_SINK_ENDED);
	assert_int_equal(hw_packets_close(p), 0);
	for (size_t i = 0; all[i]; i++)
		assert_frames(all[i], NULL, 0);
	remove_files(path, all);
}

static void what_cannot_be_opened_is_told(void **state)
{
	struct hw_packets *p;

	(void)state;
	assert_int_equal(hw_packets_open(&p, "/nonexistent/file", &gathered), -ENOENT);
	assert_int_equal(hw_packets_open(&p, "/dev/full", &gathered), 0);
	assert_int_equal(hw_packets_flush(p), -ENOSPC);
	assert_string_equal(hw_packets_path(p), "/dev/full");
	assert_int_equal(hw_packets_close(p), -ENOSPC);
	assert_int_equal(hw_packets_close(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_packet_that_is_too_long_is_cut),
		cmocka_unit_test(the_blocks_are_those_of_the_format),
		cmocka_unit_test(a_file_without_packets_is_a_capture),
		cmocka_unit_test(interfaces_are_described_once),
		cmocka_unit_test(more_interfaces_than_are_remembered),
		cmocka_unit_test(comments_are_cut_between_characters),
		cmocka_unit_test(each_file_is_a_capture_of_its_own),
		cmocka_unit_test(the_path_is_opened_again),
		cmocka_unit_test(each_packet_is_there_at_once),
		cmocka_unit_test(a_full_disk_leaves_whole_packets),
		cmocka_unit_test(time_passes_within_a_write),
		cmocka_unit_test(a_file_that_time_began_is_a_capture),
		cmocka_unit_test(what_cannot_be_opened_is_told),
	};
	const int fd = mkstemp(path);
	int failed;

	if (fd < 0)
		return 1;
	close(fd);
	setenv("TZ", "UTC", 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
