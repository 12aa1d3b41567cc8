/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/judge/capture_judge.c - our capture readers against libpcap's
 *
 * Reads every file below the given folders with both and compares the packets (number,
 * times, lengths, bytes) and whether reading ended with an error. Where we are right to
 * differ, a table says what we give and why.
 */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <pcap/pcap.h>

#include "source/capture.h"

enum { SKIPPED = 77, BATCH = 64 };

/* All that is compared. */
struct answer {
	uint64_t packets, hash;
	uint32_t snaplen; /* libpcap's: bytes of a packet that are compared */
	bool failed;
	char error[HW_CAPTURE_ERROR_MAX];
};

struct exception {
	char *file;
	uint64_t packets;
	bool failed;
	bool used;
};

static struct exception exceptions[256];
static size_t exceptions_nr;
static const char *root; /* what names in the table are relative to */
static int files_nr, wrong_nr;

static const uint64_t hash_basis = 0xcbf29ce484222325; /* FNV-1a */

static void add(struct answer *a, const void *bytes, size_t len)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < len; i++)
		a->hash = (a->hash ^ at[i]) * 0x100000001b3;
}

static void add_packet(struct answer *a, uint64_t time_ns, uint32_t len, uint32_t wire_len,
		       const uint8_t *data)
{
	a->packets++;
	add(a, &time_ns, sizeof(time_ns));
	add(a, &len, sizeof(len));
	add(a, &wire_len, sizeof(wire_len));
	add(a, data, len);
}

/* In its classic format libpcap takes times after 2038 for times before 1970. */
static uint64_t judge_time_ns(const struct timeval *tv)
{
	const uint64_t s = tv->tv_sec < 0 ? (uint32_t)tv->tv_sec : (uint64_t)tv->tv_sec;

	return s * 1000000000 + (uint64_t)tv->tv_usec;
}

static void read_with_libpcap(const char *path, struct answer *ret)
{
	char error[PCAP_ERRBUF_SIZE] = "";
	pcap_t *p =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, error);
	struct pcap_pkthdr *h;
	const u_char *data;
	int status;

	*ret = (struct answer){ .failed = !p, .hash = hash_basis, .snaplen = UINT32_MAX };
	if (!p) {
		snprintf(ret->error, sizeof(ret->error), "%s", error);
		return;
	}
	ret->snaplen = (uint32_t)pcap_snapshot(p);
	while ((status = pcap_next_ex(p, &h, &data)) == 1)
		add_packet(ret, judge_time_ns(&h->ts), h->caplen,
			   h->len < h->caplen ? h->caplen : h->len, data);
	ret->failed = status != PCAP_ERROR_BREAK;
	if (ret->failed)
		snprintf(ret->error, sizeof(ret->error), "%s", pcap_geterr(p));
	pcap_close(p);
}

/* libpcap cuts what is longer than the file's snapshot length, we do not. */
static void read_with_ours(const char *path, uint32_t snaplen, struct answer *ret)
{
	struct hw_frame frames[BATCH];
	struct hw_capture *c;
	size_t nr;
	int err;

	*ret = (struct answer){ .hash = hash_basis };
	ret->failed = hw_capture_open(&c, path, 1, ret->error, sizeof(ret->error)) != 0;
	if (ret->failed)
		return;
	while ((err = hw_capture_read(c, frames, BATCH, &nr)) == 0 && nr > 0) {
		for (size_t i = 0; i < nr; i++)
			add_packet(ret, frames[i].time_ns,
				   frames[i].len < snaplen ? frames[i].len : snaplen,
				   frames[i].wire_len, frames[i].data);
	}
	ret->failed = err != 0;
	if (err)
		snprintf(ret->error, sizeof(ret->error), "%s", hw_capture_error(c));
	hw_capture_close(c);
}

static void show(const char *who, const struct answer *a)
{
	printf("  %s: %" PRIu64 " packets, hash %016" PRIx64 "%s%s\n", who, a->packets, a->hash,
	       a->failed ? ", " : "", a->error);
}

static struct exception *find_exception(const char *file)
{
	for (size_t i = 0; i < exceptions_nr; i++) {
		if (strcmp(exceptions[i].file, file) == 0)
			return &exceptions[i];
	}
	return NULL;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int judge(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	const char *file = path + strlen(root) + 1;
	struct exception *e = find_exception(file);
	struct answer ours, judges;
	double start;
	bool right;

	(void)st;
	(void)ftw;
	if (type != FTW_F || strstr(path, ".jsonl") || strstr(path, ".names"))
		return 0;
	files_nr++;
	read_with_libpcap(path, &judges);
	start = seconds();
	read_with_ours(path, judges.snaplen, &ours);
	if (seconds() - start > 1.0) {
		printf("%s: took %.1f s\n", file, seconds() - start);
		wrong_nr++;
	}

	right = ours.packets == judges.packets && ours.hash == judges.hash &&
		ours.failed == judges.failed;
	if (e) {
		e->used = true;
		right = !right && ours.packets == e->packets && ours.failed == e->failed;
	}
	if (!right) {
		wrong_nr++;
		printf("%s: %s\n", file, e ? "not as its exception says" : "differs");
		show("ours  ", &ours);
		show("libpcap", &judges);
	}
	return 0;
}

/* Lines: file, our number of packets, "ok" or "error", reason; tabs between them. */
static int read_exceptions(const char *path)
{
	FILE *f = fopen(path, "re");
	char line[1024], name[512], end[8];

	if (!f)
		return -errno;
	while (fgets(line, sizeof(line), f)) {
		struct exception *e = &exceptions[exceptions_nr];

		if (line[0] == '#')
			continue;
		if (exceptions_nr == sizeof(exceptions) / sizeof(exceptions[0]) ||
		    sscanf(line, "%511[^\t]\t%" SCNu64 "\t%7s", name, &e->packets, end) != 3)
			break;
		e->file = strdup(name);
		e->failed = strcmp(end, "error") == 0;
		exceptions_nr++;
	}
	fclose(f);
	return 0;
}

static void check_all_were_used(void)
{
	for (size_t i = 0; i < exceptions_nr; i++) {
		if (!exceptions[i].used) {
			wrong_nr++;
			printf("%s: an exception for a file that is not there\n",
			       exceptions[i].file);
		}
		free(exceptions[i].file);
	}
}

int main(int argc, char **argv)
{
	static const char *const folders[] = { "corpus/pcaps", "corpus/robust", "spec/pcaps" };
	char path[4096];

	if (argc != 3) {
		fprintf(stderr, "usage: %s EXCEPTIONS ROOT\n", argv[0]);
		return 2;
	}
	root = getenv("HW_SHARED") ? getenv("HW_SHARED") : argv[2];
	snprintf(path, sizeof(path), "%s/corpus", root);
	if (access(path, R_OK) != 0) {
		printf("skipped: there is no corpus at %s\n", root);
		return SKIPPED;
	}
	if (read_exceptions(argv[1]) != 0) {
		perror(argv[1]);
		return 1;
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		nftw(path, judge, 16, FTW_PHYS);
	}
	check_all_were_used();
	printf("%d files, %zu exceptions, %d wrong\n", files_nr, exceptions_nr, wrong_nr);
	return wrong_nr > 0 || files_nr == 0;
}
