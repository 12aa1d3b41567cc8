/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/capture.c - reading a capture file, with ours and with libpcap
 *
 * Makes a file of 250 MB in the folder for temporary files, reads it with each in turn,
 * touching one byte a packet, and says the best of ROUNDS in processor time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "source/capture.h"

enum { FILE_BYTES = 250 * 1000 * 1000, BATCH = 64, ROUNDS = 7, RECORD_HEADER = 16 };

struct result {
	uint64_t packets, sum;
	double s;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Packets of 60 to 1514 bytes, as many small as large. */
static void write_packets(FILE *f)
{
	static const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1 };
	static uint8_t packet[1514];
	uint32_t random = 1;

	fwrite(header, sizeof(header), 1, f);
	for (size_t bytes = sizeof(header); bytes < FILE_BYTES;) {
		uint32_t len, record[4];

		random = random * 1664525 + 1013904223;
		len = random >> 31 ? 1514 : 60 + (random >> 16) % 100;
		memcpy(record, (uint32_t[4]){ 1700000000, random >> 13, len, len }, sizeof(record));
		packet[0] = (uint8_t)(random >> 8);
		fwrite(record, sizeof(record), 1, f);
		fwrite(packet, len, 1, f);
		bytes += RECORD_HEADER + len;
	}
}

static int make_file(char *path)
{
	const int fd = mkstemp(path);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");

	if (!f)
		return -1;
	write_packets(f);
	return fclose(f);
}

static struct result read_ours(const char *path)
{
	struct hw_frame frames[BATCH];
	struct result r = { .s = -now_s() };
	char error[HW_CAPTURE_ERROR_MAX];
	struct hw_capture *c;
	size_t nr;

	if (hw_capture_open(&c, path, 1, error, sizeof(error)) != 0)
		return r;
	while (hw_capture_read(c, frames, BATCH, &nr) == 0 && nr > 0) {
		for (size_t i = 0; i < nr; i++)
			r.sum += frames[i].data[0] + frames[i].time_ns;
		r.packets += nr;
	}
	hw_capture_close(c);
	r.s += now_s();
	return r;
}

static struct result read_libpcap(const char *path)
{
	struct result r = { .s = -now_s() };
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const u_char *data;
	pcap_t *p =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);

	if (!p)
		return r;
	while (pcap_next_ex(p, &h, &data) == 1) {
		r.sum += data[0] + (uint64_t)h->ts.tv_sec * 1000000000 + (uint64_t)h->ts.tv_usec;
		r.packets++;
	}
	pcap_close(p);
	r.s += now_s();
	return r;
}

static void keep_best(struct result *best, struct result r)
{
	if (best->packets == 0 || r.s < best->s)
		*best = r;
}

static void show(const char *who, const struct result *r)
{
	printf("%-8s %7.1f ms  %6.0f MB/s  %5.1f ns/packet\n", who, r->s * 1e3,
	       FILE_BYTES / r->s / 1e6, r->s * 1e9 / (double)r->packets);
}

int main(void)
{
	char path[] = "/tmp/httpwire-bench-XXXXXX";
	struct result ours = { 0 }, libpcap = { 0 };

	if (make_file(path) != 0) {
		perror(path);
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		keep_best(&libpcap, read_libpcap(path));
		keep_best(&ours, read_ours(path));
	}
	unlink(path);

	show("libpcap", &libpcap);
	show("httpwire", &ours);
	printf("ratio    %.2f\n", libpcap.s / ours.s);
	return ours.packets != libpcap.packets || ours.sum != libpcap.sum;
}
