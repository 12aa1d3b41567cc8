/* SPDX-License-Identifier: BSD-2-Clause */
/* src/wire/glance.c - hw_wire_glance(): whose a plain frame is, and nothing more */
#include "wire/plain.h"

bool hw_wire_glance(const struct hw_wire *w, const struct hw_frame *frame, struct hw_packet *ret)
{
	struct hw_plain plain;

	if (!hw_plain_find(frame, &plain, ret))
		return false;
	ret->src_port = hw_get_u16be(plain.tcp.ptr);
	ret->dst_port = hw_get_u16be(plain.tcp.ptr + 2);
	return w->options.checksums != HW_CHECKSUMS_AUTO || frame->checksums_unset ||
	       hw_offload_has_right(&w->offload, &ret->src) ||
	       hw_plain_is_left_to_card(hw_plain_pseudo(&plain), plain.tcp);
}
