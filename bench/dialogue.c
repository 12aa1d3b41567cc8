/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/dialogue.c - see dialogue.h */
#include "bench/dialogue.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdlib.h>

enum { FIN = 1, SYN = 2, PSH = 8, ACK = 16 };

enum {
	SEGMENT_MAX = 1448, /* bytes, with timestamps on Ethernet */
	ETHERNET = 14,
	IP = 20,
	TCP = 20,
	FRAME_MAX = ETHERNET + IP + TCP + 20 + SEGMENT_MAX,
	RECORD = 16,
	SHUFFLED_TOGETHER = 8,
};

#define START_US (1700000000ull * 1000000)

struct packet {
	uint8_t who, flags;
	uint32_t off, len; /* in the stream of `who` */
	uint32_t ack;	   /* bytes of the other stream */
};

static void must(bool worked, const char *what)
{
	if (worked)
		return;
	perror(what);
	exit(1);
}

static void add(struct hw_buf *b, const void *bytes, size_t len)
{
	must(hw_buf_append(b, hw_slice(bytes, len)) == 0, "memory");
}

static void add_packet(struct dialogue *d, struct packet p)
{
	add(&d->packets, &p, sizeof(p));
}

static struct packet *packets(const struct dialogue *d)
{
	return (struct packet *)(void *)d->packets.ptr;
}

static size_t packets_nr(const struct dialogue *d)
{
	return d->packets.len / sizeof(struct packet);
}

static uint32_t said(const struct dialogue *d, int who)
{
	return (uint32_t)d->stream[who].len;
}

struct dialogue *dialogue_new(struct random *r, uint32_t number, uint16_t server_port)
{
	struct dialogue *d = calloc(1, sizeof(*d));

	must(d, "memory");
	d->random = r;
	d->ip[CLIENT] = 10u << 24 | 1u << 16 | (number / 50000 + 1);
	d->ip[SERVER] = 10u << 24 | 2u << 16 | (number % 50 + 1);
	d->port[CLIENT] = (uint16_t)(10000 + number % 50000);
	d->port[SERVER] = server_port;
	for (int i = 0; i < 2; i++) {
		d->isn[i] = (uint32_t)random_next(r);
		d->clock[i] = 1 + ((uint32_t)random_next(r) & 0x3fffffff);
		d->ip_id[i] = (uint16_t)random_next(r);
		hw_buf_init(&d->stream[i], UINT32_MAX, NULL);
	}
	hw_buf_init(&d->packets, SIZE_MAX / 2, NULL);
	add_packet(d, (struct packet){ CLIENT, SYN, 0, 0, 0 });
	add_packet(d, (struct packet){ SERVER, SYN | ACK, 0, 0, 0 });
	add_packet(d, (struct packet){ CLIENT, ACK, 0, 0, 0 });
	return d;
}

void dialogue_free(struct dialogue *d)
{
	hw_buf_clear(&d->stream[0]);
	hw_buf_clear(&d->stream[1]);
	hw_buf_clear(&d->packets);
	free(d);
}

void dialogue_put(struct dialogue *d, int who, const void *bytes, size_t len)
{
	add(&d->stream[who], bytes, len);
}

void dialogue_say(struct dialogue *d, int who, const char *format, ...)
{
	char text[2048];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	must(len >= 0 && len < (int)sizeof(text), "text");
	dialogue_put(d, who, text, (size_t)len);
}

size_t dialogue_said(const struct dialogue *d, int who)
{
	return d->stream[who].len;
}

static void acknowledge(struct dialogue *d, int who)
{
	add_packet(d, (struct packet){ (uint8_t)!who, ACK, said(d, !who), 0, d->acked[who] });
}

/* Full packets, every second one acknowledged, and the last one sometimes. */
static void send_orderly(struct dialogue *d, int who, uint32_t from, bool split)
{
	const uint32_t end = said(d, who);
	unsigned waiting = 0;

	for (uint32_t at = from, len; at < end; at += len, split = false) {
		len = end - at < SEGMENT_MAX ? end - at : SEGMENT_MAX;
		if (split && len > 100 && random_percent(d->random, d->split_percent))
			len = random_from_to(d->random, 20, len - 20);
		add_packet(d, (struct packet){ (uint8_t)who, ACK | (at + len == end ? PSH : 0), at,
					       len, said(d, !who) });
		d->acked[who] = at + len;
		if (++waiting == 2) {
			acknowledge(d, who);
			waiting = 0;
		}
	}
	if (waiting && random_percent(d->random, 50))
		acknowledge(d, who);
}

static void shuffle(struct random *r, struct packet *p, size_t nr)
{
	for (size_t i = nr; i > 1; i--) {
		struct packet *other = &p[random_next(r) % i], swap = p[i - 1];

		p[i - 1] = *other;
		*other = swap;
	}
}

static uint32_t odd_len(struct random *r, enum cut cut)
{
	if (cut == CUT_SINGLE_BYTES)
		return 1;
	return cut == CUT_ALL_OF_THESE ? random_from_to(r, 1, 30) : random_from_to(r, 50, 400);
}

static bool overlaps(enum cut cut)
{
	return cut == CUT_OVERLAPPING || cut == CUT_ALL_OF_THESE;
}

static bool repeats(enum cut cut)
{
	return cut == CUT_REPEATED || cut == CUT_ALL_OF_THESE;
}

static void shuffle_as(struct dialogue *d, size_t first, enum cut cut)
{
	const size_t nr = packets_nr(d) - first;

	if (cut == CUT_ALL_SHUFFLED)
		shuffle(d->random, packets(d) + first, nr);
	if (cut != CUT_SHUFFLED && cut != CUT_ALL_OF_THESE)
		return;
	for (size_t i = 0; i < nr; i += SHUFFLED_TOGETHER)
		shuffle(d->random, packets(d) + first + i,
			nr - i < SHUFFLED_TOGETHER ? nr - i : SHUFFLED_TOGETHER);
}

static void send_oddly(struct dialogue *d, int who, uint32_t from, enum cut cut)
{
	const size_t first = packets_nr(d);
	const uint32_t end = said(d, who);
	struct random *r = d->random;

	for (uint32_t at = from, len, back; at < end; at += len) {
		len = odd_len(r, cut);
		len = len < end - at ? len : end - at;
		back = overlaps(cut) && random_percent(r, 50) ? random_from_to(r, 1, 40) : 0;
		back = back < at - from ? back : at - from;
		add_packet(d, (struct packet){ (uint8_t)who, ACK | PSH, at - back, len + back,
					       said(d, !who) });
		if (repeats(cut) && random_percent(r, 30))
			add_packet(d, packets(d)[first + random_next(r) % (packets_nr(d) - first)]);
	}
	shuffle_as(d, first, cut);
	d->acked[who] = end;
	acknowledge(d, who);
}

void dialogue_send(struct dialogue *d, int who, size_t from, enum cut cut)
{
	if (cut < CUTS_NR)
		send_oddly(d, who, (uint32_t)from, cut);
	else
		send_orderly(d, who, (uint32_t)from, cut == CUT_ORDERLY_SPLIT);
}

void dialogue_close(struct dialogue *d, int first)
{
	const int other = !first;
	const uint32_t mine = said(d, first), its = said(d, other);

	add_packet(d, (struct packet){ (uint8_t)first, FIN | ACK, mine, 0, its });
	add_packet(d, (struct packet){ (uint8_t)other, FIN | ACK, its, 0, mine + 1 });
	add_packet(d, (struct packet){ (uint8_t)first, ACK, mine + 1, 0, its + 1 });
}

bool dialogue_is_written(const struct dialogue *d)
{
	return d->written == packets_nr(d);
}

static uint8_t *put8(uint8_t *to, uint32_t value)
{
	*to = (uint8_t)value;
	return to + 1;
}

static uint8_t *put16(uint8_t *to, uint32_t value)
{
	return put8(put8(to, value >> 8 & 0xff), value & 0xff);
}

static uint8_t *put32(uint8_t *to, uint32_t value)
{
	return put16(put16(to, value >> 16), value & 0xffff);
}

static uint32_t sum(uint32_t so_far, const uint8_t *bytes, size_t len)
{
	for (; len > 1; bytes += 2, len -= 2)
		so_far += (uint32_t)(bytes[0] << 8 | bytes[1]);
	return len ? so_far + (uint32_t)(bytes[0] << 8) : so_far;
}

static uint32_t checksum(uint32_t all)
{
	while (all >> 16)
		all = (all & 0xffff) + (all >> 16);
	return ~all & 0xffff;
}

static uint8_t *put_ethernet(uint8_t *at, int who)
{
	static const uint8_t address[2][6] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };

	at = mempcpy(at, address[!who], 6);
	at = mempcpy(at, address[who], 6);
	return put16(at, 0x0800);
}

static uint8_t *put_ip(struct dialogue *d, uint8_t *at, int who, uint32_t len)
{
	uint8_t *const header = at;

	at = put16(at, 0x4500);
	at = put16(at, len);
	at = put16(at, d->ip_id[who]++);
	at = put16(at, 0x4000); /* do not fragment */
	at = put8(at, who == CLIENT ? 64 : 58);
	at = put8(at, 6);
	at = put16(at, 0);
	at = put32(at, d->ip[who]);
	at = put32(at, d->ip[!who]);
	put16(header + 10, checksum(sum(0, header, IP)));
	return at;
}

static uint8_t *put_timestamps(struct dialogue *d, uint8_t *at, int who, uint8_t flags,
			       uint32_t now_ms)
{
	at = put16(at, 8 << 8 | 10);
	at = put32(at, d->clock[who] + now_ms);
	at = put32(at, flags == SYN ? 0 : d->echoed[!who]);
	d->echoed[who] = d->clock[who] + now_ms;
	return at;
}

static uint8_t *put_options(struct dialogue *d, uint8_t *at, const struct packet *p,
			    uint32_t now_ms)
{
	static const uint8_t segment_max[] = { 2, 4, 5, 0xb4, 4, 2 };
	static const uint8_t scale[] = { 1, 3, 3, 7 };

	if (!(p->flags & SYN))
		return put_timestamps(d, put16(at, 1 << 8 | 1), p->who, p->flags, now_ms);
	at = mempcpy(at, segment_max, sizeof(segment_max));
	at = put_timestamps(d, at, p->who, p->flags, now_ms);
	return mempcpy(at, scale, sizeof(scale));
}

static uint8_t *put_tcp(struct dialogue *d, uint8_t *at, const struct packet *p, uint32_t now_ms)
{
	const int who = p->who;
	uint8_t *const header = at;

	at = put16(at, d->port[who]);
	at = put16(at, d->port[!who]);
	at = put32(at, d->isn[who] + (p->flags & SYN ? 0 : 1 + p->off));
	at = put32(at, p->flags & ACK ? d->isn[!who] + 1 + p->ack : 0);
	at = put16(at, p->flags); /* with the length of the header below */
	at = put16(at, 64240);
	at = put32(at, 0);
	at = put_options(d, at, p, now_ms);
	put8(header + 12, (uint32_t)(at - header) / 4 << 4);
	if (p->len)
		at = mempcpy(at, d->stream[who].ptr + p->off, p->len);
	return at;
}

/* RFC 9293 3.1: over a pseudo-header as well. */
static void put_tcp_checksum(const uint8_t *ip, uint8_t *tcp, uint32_t len)
{
	const uint32_t pseudo = sum(6 + len, ip + 12, 8);

	put16(tcp + 16, checksum(sum(pseudo, tcp, len)));
}

static void write_record(struct capture_file *f, const uint8_t *frame, uint32_t len)
{
	const uint32_t header[4] = { (uint32_t)(f->now_us / 1000000),
				     (uint32_t)(f->now_us % 1000000), len, len };

	must(fwrite(header, RECORD, 1, f->file) == 1 && fwrite(frame, len, 1, f->file) == 1,
	     "capture");
	f->packets++;
	f->bytes += RECORD + len;
	f->now_us += random_from_to(f->random, 1, 9);
}

void dialogue_write_packet(struct dialogue *d, struct capture_file *f)
{
	const struct packet *p = &packets(d)[d->written++];
	uint8_t frame[FRAME_MAX], *ip, *tcp, *end;
	const uint32_t headers = IP + TCP + (p->flags & SYN ? 20 : 12);

	ip = put_ethernet(frame, p->who);
	tcp = put_ip(d, ip, p->who, headers + p->len);
	end = put_tcp(d, tcp, p, (uint32_t)((f->now_us - START_US) / 1000));
	put_tcp_checksum(ip, tcp, (uint32_t)(end - tcp));
	write_record(f, frame, (uint32_t)(end - frame));
}

void capture_begin(struct capture_file *f, const char *path, struct random *r)
{
	static const uint32_t header[6] = { 0xa1b2c3d4, 4 << 16 | 2, 0, 0, 262144, 1 };

	*f = (struct capture_file){ fopen(path, "wb"), r, START_US, 0, sizeof(header) };
	must(f->file && fwrite(header, sizeof(header), 1, f->file) == 1, path);
}

void capture_end(struct capture_file *f)
{
	must(fclose(f->file) == 0, "capture");
}
