/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/wire/decode.h - a frame becomes the packet inside it, or the reason why not
 *
 * Walks link layer, tags and tunnels down to the innermost IP packet and its transport
 * header. Every length is checked against what was captured; whatever does not fit is
 * counted under its reason and left. Fragments are kept (defrag.h) until their packet
 * is whole. No I/O, no clock: time is the frame's.
 */
#ifndef HW_WIRE_DECODE_H
#define HW_WIRE_DECODE_H

#include "base/addr.h"
#include "base/budget.h"
#include "base/slice.h"
#include "base/stats.h"
#include "httpwire.h"

enum hw_wire_kind {
	HW_WIRE_TCP,
	HW_WIRE_UDP,
	HW_WIRE_ICMP, /* ICMP and ICMPv6 */
	HW_WIRE_IP,   /* an IP packet, but its transport is not one of these, or is bad */
	HW_WIRE_NONE, /* nothing to show: not IP, bad, or dropped for its checksum */
};

/* TCP flags as on the wire, with NS as the ninth bit. RFC 9293 3.1, RFC 3540. */
enum {
	HW_TCP_FIN = 0x001,
	HW_TCP_SYN = 0x002,
	HW_TCP_RST = 0x004,
	HW_TCP_PSH = 0x008,
	HW_TCP_ACK = 0x010,
	HW_TCP_URG = 0x020,
	HW_TCP_ECE = 0x040,
	HW_TCP_CWR = 0x080,
	HW_TCP_NS = 0x100,
};

/* An address and a port of IPv4 in one number, ordered by the address first. */
static inline uint64_t hw_end_v4(uint32_t addr, uint16_t port)
{
	return (uint64_t)addr << 16 | port;
}

/*
 * The innermost packet of a frame. Slices point into the frame, or into the decoder if
 * the packet was put together from fragments; they are valid until the next decode.
 */
struct hw_packet {
	const struct hw_frame *frame; /* the frame it came in (the completing one) */
	struct hw_addr src, dst;
	uint16_t src_port, dst_port; /* TCP and UDP, else 0 */
	uint8_t ip_version;	     /* 4 or 6, as the packet has it */
	uint8_t ip_protocol;	     /* of the transport, behind extension headers */
	bool is_fragment;	     /* this packet itself is a fragment (kind HW_WIRE_IP) */
	bool is_reassembled;	     /* it, or what carries it, was put together from fragments,
				      * of which this frame had the last: it lies in the decoder */
	bool is_unchecked;	     /* kind HW_WIRE_TCP: hw_wire_check() has to be asked before its
				      * payload is looked at, but for the first 32 bytes */
	bool transport_bad;	     /* kind HW_WIRE_IP, as its TCP, UDP or ICMP header is bad */
	uint8_t tunnels;	     /* IP headers around this one; 0: none */
	uint32_t packet_len;	     /* IPv4 total length, IPv6 payload length, as on the wire;
				      * where that says 0 (TSO, BIG TCP) the frame's own */
	struct hw_slice ip;	     /* from the IP header to the packet's end (no padding) */
	struct hw_slice transport;   /* from the transport header to the packet's end */
	struct hw_slice payload;     /* behind the transport header, as far as captured */
	uint32_t payload_len;	     /* as on the wire; more than payload.len if cut */

	/* TCP only */
	uint32_t seq, ack;
	uint16_t flags; /* HW_TCP_* */
	uint16_t window;
	struct hw_slice options; /* TCP options, as far as captured */
	uint64_t ends[2]; /* of IPv4: its source and destination, each a hw_end_v4(); else 0 */
	uint8_t tcp_place; /* the caller's, for hw_tcp_push(): hw_tcp_foresee(); 0: it was not foreseen */
};

struct hw_wire_options {
	bool no_tunnels;
	enum hw_checksums checksums;
	/* Only whose a packet is matters: checksums that would teach nothing are taken as right. */
	bool is_glance;
	/*
	 * Checksums of long segments, from hosts that are known for right ones, are left to
	 * hw_wire_check(): nobody may look at what they carry.
	 */
	bool leaves_unchecked;
};

struct hw_wire; /* opaque: fragments being put together, and what is known of checksums */

/*
 * `budget` and `stats` are the engine's and stay its property; both outlive the decoder.
 * Returns 0 or -ENOMEM.
 */
int hw_wire_new(struct hw_wire **ret, const struct hw_wire_options *options,
		struct hw_budget *budget, struct hw_stats *stats, uint64_t seed);

/* Takes NULL. */
void hw_wire_free(struct hw_wire *w);

/* Is this LINKTYPE_* one whose frames are looked into? */
bool hw_wire_reads_link(uint16_t linktype);

/*
 * Decode `frame`. Counts it under exactly one of the PACKETS_* reasons (but not under
 * READ, BYTES, FILTERED). `ret` is filled except for HW_WIRE_NONE. For HW_WIRE_IP the
 * transport fields are zero and empty, unless `transport_bad`: then `transport` is what
 * there is, and ports and TCP fields are set if it has their 20 bytes. A fragment is a
 * HW_WIRE_IP with `is_fragment`, kept or not; the one that completes its packet gives that.
 */
enum hw_wire_kind hw_wire_decode(struct hw_wire *w, const struct hw_frame *frame,
				 struct hw_packet *ret);

/*
 * If the last decode gave a packet with `is_fragment`: the number of the packet that it is kept for, 0
 * if it is not; with `is_reassembled`: of that one. No other has it.
 */
uint64_t hw_wire_fragments(const struct hw_wire *w);

/*
 * The checksum of a packet with `is_unchecked`: whether it is as if it had been checked at once, and
 * is to be taken. If not, it is counted as that is. Before the next decode.
 */
bool hw_wire_check(struct hw_wire *w, const struct hw_packet *p);

/*
 * Give up what has waited too long at `now_ns`. hw_wire_decode() does so at each frame's time, so
 * that what waits depends on the frames alone; this is for frames that are not decoded, and
 * for the time in which there are none. Cheap.
 */
void hw_wire_expire(struct hw_wire *w, uint64_t now_ns);

/* Whether anything waits: fragments, for the rest of their packet. */
bool hw_wire_waits(const struct hw_wire *w);

/*
 * Who the ends of an ordinary TCP packet are, which is to be decoded later. False: it takes decoding
 * to know. A hint: nothing else of the packet is looked at. The first is for IPv4 alone, the sender
 * first, each a hw_end_v4; the second sets `src`, `dst`, their ports and `frame`.
 */
bool hw_wire_ends_v4(const struct hw_frame *frame, uint64_t ret[2]);
bool hw_wire_ends(const struct hw_frame *frame, struct hw_packet *ret);

enum hw_glanced {
	HW_GLANCED_NOTHING, /* hw_wire_decode() has to see it */
	HW_GLANCED_SAME,    /* of the connection that the place has */
	HW_GLANCED_OTHER,   /* that is not known; the place has it now */
};

enum { HW_GLANCES = 256 }; /* places; a power of two. One more has what no place has: IPv6 */

/*
 * For decoders with `is_glance`: whether the frame is an ordinary TCP packet that teaches nothing,
 * and whose it is. `ret`: for HW_GLANCED_OTHER its addresses and ports, and nothing else, are set.
 * `ret_place`, below HW_GLANCES or that: where its connection is, but for HW_GLANCED_NOTHING.
 */
enum hw_glanced hw_wire_glance(struct hw_wire *w, const struct hw_frame *frame,
			       struct hw_packet *ret, unsigned int *ret_place);

/*
 * Whether the last decode changed what later ones depend on: fragments that are kept, hosts
 * that are known to send right checksums. To be asked before the next glance.
 */
bool hw_wire_has_learned(const struct hw_wire *w);

#endif
