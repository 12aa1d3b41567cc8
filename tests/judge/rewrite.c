/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/judge/rewrite.c - a capture written again by our writer, for others to read
 *
 *	rewrite [-U] [-C MILLIONS] [-G SECONDS] [-W FILES] IN OUT
 *
 * Each packet gets its number as a comment; of three that follow each other the first is
 * without a direction, the second came in, the third went out; the even ones are of eth0.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sink/packets.h"
#include "source/capture.h"

static void write_frame(struct hw_packets *p, struct hw_frame *frame)
{
	char comment[64];
	struct hw_packet_note note = { 0 };
	const int len = snprintf(comment, sizeof(comment), "packet %llu \xe2\x82\xac",
				 (unsigned long long)frame->number);

	note.comment = hw_slice(comment, (size_t)len);
	if (frame->number % 2 == 0)
		note.interface = HW_SLICE("eth0");
	frame->direction = (uint8_t)((frame->number - 1) % 3);
	hw_packets_write(p, frame, &note);
}

static int rewrite(struct hw_capture *c, struct hw_packets *p)
{
	struct hw_frame frames[64];
	size_t nr;
	int err;

	do {
		err = hw_capture_read(c, frames, 64, &nr);
		for (size_t i = 0; i < nr; i++)
			write_frame(p, &frames[i]);
	} while (!err && nr);
	if (err)
		fprintf(stderr, "%s\n", hw_capture_error(c));
	return err;
}

static uint32_t number(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 10);
}

static bool parse(int argc, char **argv, struct hw_packets_options *ret)
{
	int c;

	while ((c = getopt(argc, argv, "UC:G:W:")) != -1) {
		if (c == 'U')
			ret->each_packet = true;
		else if (c == 'G')
			ret->rotation.seconds = number(optarg);
		else if (c == 'W')
			ret->rotation.files_max = number(optarg);
		else if (c != 'C' || !hw_rotation_parse_size(optarg, &ret->rotation.bytes_max))
			return false;
	}
	return argc - optind == 2;
}

int main(int argc, char **argv)
{
	struct hw_packets_options options = { 0 };
	char error[HW_CAPTURE_ERROR_MAX];
	struct hw_packets *p = NULL;
	struct hw_capture *c = NULL;
	int err;

	if (!parse(argc, argv, &options))
		return 2;
	err = hw_capture_open(&c, argv[optind], 1, error, sizeof(error));
	if (err)
		fprintf(stderr, "%s\n", error);
	if (!err)
		err = hw_packets_open(&p, argv[optind + 1], &options);
	if (!err)
		err = rewrite(c, p);
	if (!err)
		err = hw_packets_flush(p);
	if (err)
		fprintf(stderr, "rewrite: %s\n", strerror(-err));
	hw_packets_close(p);
	hw_capture_close(c);
	return err != 0;
}
