/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/pcap.h"

#include <stdio.h>

#include "base/bytes.h"
#include "source/copies.h"

enum {
	MAGIC = 0xa1b2c3d4,
	MAGIC_NS = 0xa1b23c4d,
	MAGIC_KUZNETZOV = 0xa1b2cd34, /* interface, protocol and type follow the lengths */
};

enum { FILE_HEADER = 24, RECORD_HEADER = 16, RECORD_HEADER_KUZNETZOV = 24 };

/*
 * Before version 2.3 the length on the wire came before the captured length; 2.3 was
 * written both ways (libpcap, sf-pcap.c).
 */
enum lengths { LENGTHS_USUAL, LENGTHS_EXCHANGED, LENGTHS_UNSURE };

/* Above the link type: bits 31-28 and 26 tell of a frame check sequence; the rest is 0. */
enum { LINKTYPE_RESERVED = 0x0bff0000 };

static inline uint32_t get_u32(const struct hw_pcap *p, const uint8_t *at)
{
	return p->big_endian ? hw_get_u32be(at) : hw_get_u32le(at);
}

static inline uint16_t get_u16(const struct hw_pcap *p, const uint8_t *at)
{
	return p->big_endian ? hw_get_u16be(at) : hw_get_u16le(at);
}

static bool is_magic(uint32_t magic)
{
	return magic == MAGIC || magic == MAGIC_NS || magic == MAGIC_KUZNETZOV;
}

bool hw_pcap_has_magic(const uint8_t first[4])
{
	return is_magic(hw_get_u32le(first)) || is_magic(hw_get_u32be(first));
}

/* Returns false if the version is none that was ever in use. */
static bool set_version(struct hw_pcap *p, uint16_t major, uint16_t minor)
{
	if (major == 543 && minor == 0) { /* DG/UX */
		p->lengths = LENGTHS_EXCHANGED;
		return true;
	}
	p->lengths = minor < 3 ? LENGTHS_EXCHANGED : minor == 3 ? LENGTHS_UNSURE : LENGTHS_USUAL;
	return major == 2 && minor <= 4;
}

enum hw_record_status hw_pcap_init(struct hw_pcap *p, struct hw_slice in, uint64_t first_number,
				   struct hw_record_batch *b)
{
	uint32_t magic, linktype;

	b->want = FILE_HEADER;
	if (in.len < FILE_HEADER)
		return HW_RECORD_MORE;

	*p = (struct hw_pcap){ .number = first_number,
			       .big_endian = is_magic(hw_get_u32be(in.ptr)) };
	magic = get_u32(p, in.ptr);
	p->ns_per_fraction = magic == MAGIC_NS ? 1 : 1000;
	p->record_header_bytes = magic == MAGIC_KUZNETZOV ? RECORD_HEADER_KUZNETZOV : RECORD_HEADER;

	if (!set_version(p, get_u16(p, in.ptr + 4), get_u16(p, in.ptr + 6))) {
		snprintf(b->fault, sizeof(b->fault), "pcap version %u.%u is not supported",
			 get_u16(p, in.ptr + 4), get_u16(p, in.ptr + 6));
		return HW_RECORD_BAD;
	}
	linktype = get_u32(p, in.ptr + 20);
	if (linktype & LINKTYPE_RESERVED) {
		snprintf(b->fault, sizeof(b->fault), "link type 0x%08x has reserved bits set",
			 linktype);
		return HW_RECORD_BAD;
	}
	p->linktype = (uint16_t)linktype;
	b->used = FILE_HEADER;
	return HW_RECORD_OK;
}

static inline void get_lengths(const struct hw_pcap *p, const uint8_t *record, uint32_t *ret_len,
			       uint32_t *ret_wire_len)
{
	const uint32_t first = get_u32(p, record + 8), second = get_u32(p, record + 12);
	const bool exchanged =
		p->lengths == LENGTHS_EXCHANGED || (p->lengths == LENGTHS_UNSURE && first > second);

	*ret_len = exchanged ? second : first;
	*ret_wire_len = exchanged ? first : second;
}

/* `ret_want`: how many bytes the record has, or needs; `ret` is set if that is all there. */
static inline enum hw_record_status read_packet(const struct hw_pcap *p, struct hw_slice in,
						struct hw_frame *ret, size_t *ret_want)
{
	const uint8_t *at = in.ptr;
	uint32_t len, wire_len;

	*ret_want = in.len ? p->record_header_bytes : 1;
	if (in.len < *ret_want)
		return HW_RECORD_MORE;

	get_lengths(p, at, &len, &wire_len);
	if (len > HW_RECORD_BYTES_MAX)
		return HW_RECORD_BAD;
	*ret_want = p->record_header_bytes + (size_t)len;
	if (in.len < *ret_want)
		return HW_RECORD_MORE;

	/* A fraction of a second and more, as some writers had it, carries over by itself. */
	*ret = (struct hw_frame){
		.time_ns = (uint64_t)get_u32(p, at) * 1000000000 +
			   (uint64_t)get_u32(p, at + 4) * p->ns_per_fraction,
		.data = at + p->record_header_bytes,
		.len = len,
		.wire_len = wire_len < len ? len : wire_len,
		.linktype = p->linktype,
	};
	return HW_RECORD_OK;
}

static void tell_fault(const struct hw_pcap *p, const uint8_t *at, struct hw_record_batch *b)
{
	uint32_t len, wire_len;

	if (p->is_in_header) {
		snprintf(
			b->fault, sizeof(b->fault),
			"it is in the header of another capture file: mergecap makes one of several");
		return;
	}
	get_lengths(p, at, &len, &wire_len);
	snprintf(b->fault, sizeof(b->fault),
		 "its captured length is %u, more than %d: damaged, or a variant of pcap, of which "
		 "editcap makes pcapng",
		 len, HW_RECORD_BYTES_MAX);
}

/* Of files that were only put behind one another the next one's header begins as an empty packet. */
static bool is_header(const struct hw_pcap *p, const struct hw_frame *frame)
{
	return frame->len == 0 && hw_pcap_has_magic(frame->data - p->record_header_bytes);
}

enum hw_record_status hw_pcap_read(struct hw_pcap *p, struct hw_slice in, struct hw_record_batch *b)
{
	enum hw_record_status status = HW_RECORD_OK;
	size_t nr = 0, used = 0, want = 1;

	for (; nr < b->max; nr++) {
		struct hw_frame *frame = &b->frames[nr];

		if (b->source && in.len - used >= p->record_header_bytes)
			hw_copies_take(b->source + used, in.ptr + used, p->record_header_bytes);
		status = read_packet(p, hw_slice_after(in, used), frame, &want);
		if (status != HW_RECORD_OK)
			break;
		frame->number = p->number + nr;
		if (b->source) {
			hw_copies_take_packet(b->source + used + p->record_header_bytes, frame);
			hw_copies_fetch_ahead(b->source + used + want, b->frames, nr);
		}
		used += want;
	}
	if (nr)
		p->is_in_header = is_header(p, &b->frames[nr - 1]);
	p->number += nr;
	b->nr = nr;
	b->used = used;
	b->want = want;
	if (status == HW_RECORD_BAD)
		tell_fault(p, in.ptr + used, b);
	return status;
}
