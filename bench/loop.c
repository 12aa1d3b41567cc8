/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/loop.c - libpcap reading a capture and doing nothing with it
 *
 * What the ratios of bench/run are taken from: the least that a program built on libpcap
 * can cost.
 */
#include <stdio.h>

#include <pcap/pcap.h>

int main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	unsigned long packets = 0;
	pcap_t *p;

	if (argc != 2) {
		fprintf(stderr, "usage: loop FILE\n");
		return 2;
	}
	p = pcap_open_offline(argv[1], error);
	if (!p) {
		fprintf(stderr, "loop: %s\n", error);
		return 1;
	}
	while (pcap_next_ex(p, &header, &data) == 1)
		packets++;
	pcap_close(p);
	printf("%lu packets\n", packets);
	return 0;
}
