/* SPDX-License-Identifier: BSD-2-Clause */
/* src/sink/packets.c - see packets.h; the format is draft-ietf-opsawg-pcapng */
#include "sink/packets.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

#include "base/bytes.h"
#include "sink/file.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a,
	BLOCK_INTERFACE = 1,
	BLOCK_ENHANCED_PACKET = 6,
	BYTE_ORDER_MAGIC = 0x1a2b3c4d,
};

enum {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_SECTION_HARDWARE = 2,
	OPTION_SECTION_OS = 3,
	OPTION_SECTION_PROGRAM = 4,
	OPTION_INTERFACE_NAME = 2,
	OPTION_INTERFACE_TSRESOL = 9,
	OPTION_PACKET_FLAGS = 2,
};

enum { BLOCK_TRAILER = 4, BLOCK_MIN = 12 };

/* A packet is the largest: 28 bytes before it, then a comment, flags, the end, the length. */
enum { BLOCK_MAX = 28 + HW_PACKETS_FRAME_MAX + 4 + HW_PACKETS_COMMENT_MAX + 8 + 4 + 4 };

enum { INTERFACES = 64 };

struct interface {
	uint32_t id; /* in its section */
	uint16_t linktype;
	uint8_t name_len;
	uint8_t name[HW_PACKETS_INTERFACE_MAX];
};

struct hw_packets {
	struct hw_file_sink *sink;
	uint64_t files; /* of the sink, when a section was last begun */
	uint32_t snaplen;
	uint32_t described; /* interfaces of this section */
	/*
	 * Those described last, each in the place of its id modulo INTERFACES. One that was
	 * forgotten is described again, which costs its block and nothing else.
	 */
	struct interface interfaces[INTERFACES];
	size_t len; /* of the block being made */
	char block[BLOCK_MAX];
};

/* Little-endian on every machine, so that the same packets make the same file. */
static void add_u16(struct hw_packets *p, uint16_t value)
{
	assert(p->len + 2 <= BLOCK_MAX);
	for (int i = 0; i < 2; i++)
		p->block[p->len++] = (char)(value >> 8 * i);
}

static void add_u32(struct hw_packets *p, uint32_t value)
{
	add_u16(p, (uint16_t)value);
	add_u16(p, (uint16_t)(value >> 16));
}

static void add_padded(struct hw_packets *p, struct hw_slice s)
{
	const size_t pad = -s.len & 3;

	assert(p->len + s.len + pad <= BLOCK_MAX);
	if (s.len)
		memcpy(p->block + p->len, s.ptr, s.len);
	memset(p->block + p->len + s.len, 0, pad);
	p->len += s.len + pad;
}

static void add_option(struct hw_packets *p, uint16_t code, struct hw_slice value)
{
	if (value.len == 0)
		return;
	add_u16(p, code);
	add_u16(p, (uint16_t)value.len);
	add_padded(p, value);
}

static void begin_block(struct hw_packets *p, uint32_t type)
{
	p->len = 0;
	add_u32(p, type);
	add_u32(p, 0); /* its length, when that is known */
}

static int end_block(struct hw_packets *p, uint64_t packets)
{
	const size_t len = p->len + BLOCK_TRAILER;

	p->len = 4;
	add_u32(p, (uint32_t)len);
	p->len = len - BLOCK_TRAILER;
	add_u32(p, (uint32_t)len);
	return hw_file_sink_append(p->sink, p->block, len, packets);
}

/* For the sink: blocks may be cut off a file that is full, and only packets are counted. */
static size_t whole_blocks(const char *bytes, size_t len, uint64_t *ret_packets)
{
	const uint8_t *at = (const uint8_t *)bytes;
	size_t done = 0;

	*ret_packets = 0;
	while (len - done >= BLOCK_MIN && hw_get_u32le(at + done + 4) <= len - done) {
		*ret_packets += hw_get_u32le(at + done) == BLOCK_ENHANCED_PACKET;
		done += hw_get_u32le(at + done + 4);
	}
	return done;
}

static struct hw_slice os_name(const struct utsname *u, char *ret, size_t size)
{
	const int len = snprintf(ret, size, "%s %s", u->sysname, u->release);

	return hw_slice(ret, (size_t)len < size ? (size_t)len : size - 1);
}

/* Of a length that is not told: readers go on to the end, also while it is written. */
static int begin_section(struct hw_packets *p)
{
	struct utsname u = { 0 };
	char os[sizeof(u.sysname) + sizeof(u.release)];

	uname(&u);
	p->files = hw_file_sink_files(p->sink);
	p->described = 0;
	begin_block(p, BLOCK_SECTION);
	add_u32(p, BYTE_ORDER_MAGIC);
	add_u16(p, 1); /* version 1.0 */
	add_u16(p, 0);
	add_u32(p, UINT32_MAX);
	add_u32(p, UINT32_MAX);
	add_option(p, OPTION_SECTION_HARDWARE, hw_slice_text(u.machine));
	add_option(p, OPTION_SECTION_OS, os_name(&u, os, sizeof(os)));
	add_option(p, OPTION_SECTION_PROGRAM, HW_SLICE("httpwire " HW_VERSION));
	add_u32(p, OPTION_END);
	return end_block(p, 0);
}

/* A new file, whoever asked for it, begins with a section of its own. */
static int begin_file(struct hw_packets *p)
{
	return p->files == hw_file_sink_files(p->sink) ? 0 : begin_section(p);
}

int hw_packets_open(struct hw_packets **ret, const char *path,
		    const struct hw_packets_options *options)
{
	const struct hw_file_sink_options sink_options = {
		.rotation = options->rotation,
		.each_record = options->each_packet,
		.is_private = true,
		.whole = whole_blocks,
		.now = options->now,
	};
	struct hw_packets *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return -ENOMEM;

	p->snaplen = options->snaplen ? options->snaplen : HW_PACKETS_FRAME_MAX;
	err = hw_file_sink_open(&p->sink, path, &sink_options);
	if (!err)
		err = begin_file(p);
	if (err) {
		hw_packets_close(p);
		return err;
	}
	*ret = p;
	return 0;
}

int hw_packets_close(struct hw_packets *p)
{
	int err;

	if (!p)
		return 0;
	err = hw_file_sink_close(p->sink);
	free(p);
	return err;
}

static struct hw_slice cut(struct hw_slice s, size_t max)
{
	return hw_slice(s.ptr, s.len < max ? s.len : max);
}

/* Not within a character of UTF-8. */
static struct hw_slice cut_text(struct hw_slice s, size_t max)
{
	if (s.len <= max)
		return s;
	while (max && (s.ptr[max] & 0xc0) == 0x80)
		max--;
	return hw_slice(s.ptr, max);
}

struct hw_packet_note hw_packet_note_cut(const struct hw_packet_note *note)
{
	return (struct hw_packet_note){
		.interface = cut_text(note->interface, HW_PACKETS_INTERFACE_MAX),
		.comment = cut_text(note->comment, HW_PACKETS_COMMENT_MAX),
	};
}

static struct interface *find_interface(struct hw_packets *p, uint16_t linktype,
					struct hw_slice name)
{
	const uint32_t nr = p->described < INTERFACES ? p->described : INTERFACES;

	for (uint32_t i = 0; i < nr; i++) {
		struct interface *in = &p->interfaces[i];

		if (in->linktype == linktype && hw_slice_eq(name, hw_slice(in->name, in->name_len)))
			return in;
	}
	return NULL;
}

static struct interface *describe_interface(struct hw_packets *p, uint16_t linktype,
					    struct hw_slice name)
{
	static const uint8_t nanoseconds = 9; /* the power of ten */
	struct interface *in = &p->interfaces[p->described % INTERFACES];

	*in = (struct interface){
		.id = p->described++,
		.linktype = linktype,
		.name_len = (uint8_t)name.len,
	};
	if (name.len)
		memcpy(in->name, name.ptr, name.len);

	begin_block(p, BLOCK_INTERFACE);
	add_u16(p, linktype);
	add_u16(p, 0);
	add_u32(p, p->snaplen);
	add_option(p, OPTION_INTERFACE_NAME, name);
	add_option(p, OPTION_INTERFACE_TSRESOL, hw_slice(&nanoseconds, 1));
	add_u32(p, OPTION_END);
	end_block(p, 0);
	return in;
}

static void add_direction(struct hw_packets *p, uint8_t direction)
{
	static const uint8_t flags[][4] = {
		[HW_DIRECTION_INGRESS] = { 1 },
		[HW_DIRECTION_EGRESS] = { 2 },
	};

	if (direction == HW_DIRECTION_INGRESS || direction == HW_DIRECTION_EGRESS)
		add_option(p, OPTION_PACKET_FLAGS, hw_slice(flags[direction], 4));
}

static int write_packet(struct hw_packets *p, const struct hw_frame *frame,
			const struct interface *in, struct hw_slice comment)
{
	const struct hw_slice data = cut(hw_slice(frame->data, frame->len), HW_PACKETS_FRAME_MAX);
	size_t options;

	begin_block(p, BLOCK_ENHANCED_PACKET);
	add_u32(p, in->id);
	add_u32(p, (uint32_t)(frame->time_ns >> 32));
	add_u32(p, (uint32_t)frame->time_ns);
	add_u32(p, (uint32_t)data.len);
	add_u32(p, frame->wire_len < frame->len ? frame->len : frame->wire_len);
	add_padded(p, data);
	options = p->len;
	add_option(p, OPTION_COMMENT, comment);
	add_direction(p, frame->direction);
	if (p->len > options)
		add_u32(p, OPTION_END);
	return end_block(p, 1);
}

int hw_packets_write(struct hw_packets *p, const struct hw_frame *frame,
		     const struct hw_packet_note *note)
{
	const struct hw_packet_note cut_note = hw_packet_note_cut(note);
	const struct interface *in;

	if (hw_file_sink_turn(p->sink) == HW_FILE_SINK_ENDED)
		return HW_FILE_SINK_ENDED;
	begin_file(p);
	in = find_interface(p, frame->linktype, cut_note.interface);
	if (!in)
		in = describe_interface(p, frame->linktype, cut_note.interface);
	return write_packet(p, frame, in, cut_note.comment);
}

int hw_packets_tick(struct hw_packets *p)
{
	const int err = hw_file_sink_tick(p->sink);

	return err ? err : begin_file(p);
}

int hw_packets_flush(struct hw_packets *p)
{
	return hw_file_sink_flush(p->sink);
}

int hw_packets_reopen(struct hw_packets *p)
{
	const int err = hw_file_sink_reopen(p->sink);

	return err ? err : begin_file(p);
}

const char *hw_packets_path(const struct hw_packets *p)
{
	return hw_file_sink_path(p->sink);
}

uint64_t hw_packets_written(const struct hw_packets *p)
{
	return hw_file_sink_written(p->sink);
}

uint64_t hw_packets_lost(const struct hw_packets *p)
{
	return hw_file_sink_lost(p->sink);
}
