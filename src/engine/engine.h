/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/engine/engine.h - what the program around an engine may reach beyond httpwire.h
 */
#ifndef HW_ENGINE_ENGINE_H
#define HW_ENGINE_ENGINE_H

#include "base/stats.h"
#include "exchange/exchange.h"
#include "httpwire.h"

/*
 * The engine's counters. The program adds what happens before and behind the engine:
 * PACKETS_READ, _BYTES and _FILTERED for packets its filter leaves out, EVENTS_WRITTEN,
 * _FILTERED and _LOST for what becomes of events.
 */
struct hw_stats *hw_engine_stats(struct hw_engine *engine);

/* Are frames of this LINKTYPE_* looked into? Of others each is counted, and no more. */
bool hw_engine_reads_link(uint16_t linktype);

/*
 * Call `frame` behind each frame of a TCP connection, when its events were made, with the
 * id that the events of the connection have in extra.connection_id.
 */
void hw_engine_on_frame(struct hw_engine *engine,
			void (*frame)(void *ctx, const struct hw_frame *f, uint64_t id), void *ctx);

/*
 * Of frames with fragments call `kept` for each that waits for the rest of its IP packet; and `whole`
 * before a frame is told of that completes one, which is of the connection `id`. No other IP packet
 * has the number `packet`.
 */
struct hw_engine_fragments {
	void (*kept)(void *ctx, const struct hw_frame *f, uint64_t packet);
	void (*whole)(void *ctx, uint64_t packet, uint64_t id);
	void *ctx;
};
void hw_engine_on_fragments(struct hw_engine *engine, const struct hw_engine_fragments *fragments);

/*
 * Call `end` when both directions of a connection have ended and its events were made, where the
 * `cookie` of its socket is known; `id` as above.
 */
void hw_engine_on_end(struct hw_engine *engine,
		      void (*end)(void *ctx, uint64_t cookie, uint64_t id), void *ctx);

/*
 * From now on keep what requests ask for until they are answered, so that the events of
 * responses say it in `request`: see engine/requests.h for what that takes.
 */
void hw_engine_keep_requests(struct hw_engine *engine);

/*
 * Where the event at hand stands among those of all engines that share a capture (share.h): in
 * the order of `frame`, and where that is equal of `turn`, come the events that one would make.
 */
struct hw_engine_place {
	uint64_t frame; /* counted from 1 over all that were fed */
	uint64_t turn;
};
struct hw_engine_place hw_engine_place(const struct hw_engine *engine);

/* Requests that have begun and whose exchanges have not ended, if those are asked for. */
uint64_t hw_engine_active_requests(const struct hw_engine *engine, enum hw_exchange_role role);

/* The memory that the engine keeps now because of its input, in bytes. */
size_t hw_engine_memory(const struct hw_engine *engine);

/* The largest amount of memory the engine has kept because of its input, in bytes. */
size_t hw_engine_memory_peak(const struct hw_engine *engine);

#endif
