/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/live.c - see live.h */
#include "live/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/tcp.h>

#include "base/clock.h"
#include "base/duration.h"
#include "live/handshakes.h"
#include "live/host.h"
#include "live/task_id.h"
#include "live/tap.h"

enum {
	ANNOUNCED_MAX = 256, /* far more than what waits for a packet at any time */
	POLL_MS = 10,	     /* we look so often while there is something: a wake-up costs more */
	LINKTYPE_RAW = 101,
	PRECISE_NS = 10 * 1000, /* of the clocks, read one after another */
	CLOCK_TRIES = 8,
};

/* What the kernel side said of a frame that is still to come. */
struct announced {
	uint64_t cookie; /* 0: nothing */
	uint32_t direction;
	struct hw_left_out left_out;
	uint32_t ends_at;
	bool asks, asks_chunks; /* about `ends_at`, which is all there is then */
};

struct hw_live {
	struct hw_tap *tap;
	struct hw_ring *ring;	   /* these three are of the tap */
	struct hw_tap_skip *skips; /* shared with the kernel side */
	const struct hw_tap_counters *counters;
	struct hw_owners *owners;
	int64_t boot_ns;	/* time since the epoch less time since boot, as it was at first */
	int64_t set_ns;		/* by which that has changed */
	int64_t boot_offset_ns; /* of our time namespace; the kernel side has the host's time */
	uint64_t boot_checked_ns;
	const char *lacks;   /* see hw_live_lacks() */
	uint64_t learned_ns; /* time since boot when all threads were last asked for */
	char lost_names[HW_TAP_CPUS_MAX][24];
	uint64_t frames_nr;
	uint32_t *sleeps;		  /* reader_sleeps of the kernel side */
	bool is_drained;		  /* the last read took all there was */
	bool is_idle;			  /* and there has been nothing for POLL_MS */
	uint64_t batch_first;		  /* number of the first frame of the last read */
	uint64_t keys[HW_LIVE_BATCH_MAX]; /* that hw_owners knows the frames' sockets by */
	uint32_t cpus[HW_LIVE_BATCH_MAX];
	struct hw_task_then senders[HW_LIVE_BATCH_MAX]; /* see hw_owners_sender() */
	struct hw_socket sockets[HW_LIVE_BATCH_MAX];
	struct hw_left_out left_out[HW_LIVE_BATCH_MAX], left_out_back[HW_LIVE_BATCH_MAX];
	uint32_t ends_at[HW_LIVE_BATCH_MAX];
	struct hw_handshakes handshakes;
	struct hw_live_closed closed[HW_LIVE_BATCH_MAX];
	size_t closed_nr;
	struct announced announced[ANNOUNCED_MAX];
	size_t announced_nr;
};

/* time */

/* Time since the epoch less time since boot, and how long it took to read both. */
static int64_t read_clocks(const struct hw_live *l, int64_t *ret_took)
{
	const uint64_t before = hw_clock_ns(CLOCK_BOOTTIME);
	const uint64_t epoch = hw_clock_ns(CLOCK_REALTIME);

	*ret_took = (int64_t)(hw_clock_ns(CLOCK_BOOTTIME) - before);
	return (int64_t)(epoch - before) - *ret_took / 2 + l->boot_offset_ns;
}

/* Where reading takes long we were interrupted, or the clock is a slow one. */
static void start_clock(struct hw_live *l)
{
	int64_t took, best = INT64_MAX;

	for (int i = 0; i < CLOCK_TRIES && best > PRECISE_NS; i++) {
		const int64_t boot_ns = read_clocks(l, &took);

		if (took < best) {
			l->boot_ns = boot_ns;
			best = took;
		}
	}
}

/*
 * The clock may be set while we run. Frames do not follow it, or what lasts would seem to take as
 * much longer. Whether it was set is known where it differs by more than reading may be wrong.
 */
static void check_clock(struct hw_live *l, uint64_t now_ns)
{
	int64_t took;
	const int64_t set_ns = read_clocks(l, &took) - l->boot_ns;

	if (llabs(set_ns - l->set_ns) > took + PRECISE_NS)
		l->set_ns = set_ns;
	l->boot_checked_ns = now_ns;
}

int64_t hw_live_clock_set(const struct hw_live *l)
{
	return l->set_ns;
}

uint64_t hw_live_now(const struct hw_live *l)
{
	return hw_clock_ns(CLOCK_BOOTTIME) + (uint64_t)(l->boot_ns - l->boot_offset_ns);
}

static int open_all(struct hw_live *l, const struct hw_live_options *options, char *ret_error,
		    size_t error_max)
{
	struct hw_owners_options owners = { .sockets_max = options->sockets_max,
					    .tasks_max = options->tasks_max };
	bool tells_sends = false;
	int err = hw_tap_open(&l->tap, options, &tells_sends, ret_error, error_max);

	if (err)
		return err;
	l->ring = hw_tap_ring(l->tap);
	l->skips = hw_tap_skips(l->tap);
	l->counters = hw_tap_counters(l->tap);
	l->sleeps = hw_tap_reader_sleeps(l->tap);
	owners.sends_untold = !tells_sends;
	err = hw_owners_new(&l->owners, &owners);
	if (err) {
		snprintf(ret_error, error_max, "no memory for %u sockets", options->sockets_max);
		return err;
	}
	l->boot_offset_ns = hw_host_boottime_offset_ns();
	start_clock(l);
	hw_tap_list_sockets(l->tap);
	return 0;
}

static void name_lost_counters(struct hw_live *l)
{
	for (size_t cpu = 0; cpu < HW_TAP_CPUS_MAX; cpu++)
		snprintf(l->lost_names[cpu], sizeof(l->lost_names[cpu]), "packets_lost_cpu%zu",
			 cpu);
}

int hw_live_open(struct hw_live **ret, const struct hw_live_options *options, char *ret_error,
		 size_t error_max)
{
	struct hw_live *l = calloc(1, sizeof(*l));
	int err;

	if (!l) {
		snprintf(ret_error, error_max, "no memory");
		return -ENOMEM;
	}
	name_lost_counters(l);
	err = open_all(l, options, ret_error, error_max);
	if (err) {
		hw_live_close(l);
		return err;
	}
	*ret = l;
	return 0;
}

void hw_live_close(struct hw_live *l)
{
	if (!l)
		return;
	hw_tap_close(l->tap);
	hw_owners_free(l->owners);
	free(l);
}

const char *hw_live_note(const struct hw_live *l, size_t i)
{
	return hw_tap_note(l->tap, i);
}

const char *hw_live_lacks(const struct hw_live *l)
{
	return l->lacks;
}

/* records */

static struct hw_socket socket_of(const struct hw_tap_socket *s)
{
	struct hw_socket ret = { .cookie = s->cookie,
				 .netns = s->netns,
				 .local_port = s->local_port,
				 .remote_port = s->remote_port };

	memcpy(ret.local, s->local, sizeof(ret.local));
	memcpy(ret.remote, s->remote, sizeof(ret.remote));
	return ret;
}

static void take_frame(struct hw_live *l, const struct hw_tap_frame *record,
		       struct hw_socket *socket, struct hw_frame *frame)
{
	*socket = socket_of(&record->socket);
	if (record->flags & HW_TAP_LISTENER)
		socket->cookie = 0;
	socket->has_places = record->flags & HW_TAP_PLACES;
	socket->takes_no_more = record->flags & HW_TAP_DEAF;
	socket->received = record->received;
	socket->sent = record->sent;
	*frame = (struct hw_frame){ .time_ns = record->head.time_ns + (uint64_t)l->boot_ns,
				    .number = ++l->frames_nr,
				    .data = (const uint8_t *)(record + 1),
				    .len = record->data_len,
				    .wire_len = record->wire_len,
				    .linktype = LINKTYPE_RAW,
				    .direction = record->direction,
				    .checksums_unset = true,
				    .is_part = record->flags & HW_TAP_PART,
				    .follows_non_http = record->follows_non_http,
				    .socket = socket };
}

/* If a frame does not come, as the ring is full, the oldest makes room. */
static void announce(struct hw_live *l, const struct announced *a)
{
	if (l->announced_nr == ANNOUNCED_MAX)
		memmove(l->announced, l->announced + 1,
			--l->announced_nr * sizeof(l->announced[0]));
	l->announced[l->announced_nr++] = *a;
}

static void take_left(struct hw_live *l, const struct hw_tap_left *record)
{
	announce(l,
		 &(struct announced){
			 .cookie = record->cookie,
			 .direction = record->direction,
			 .left_out = { record->from, record->next, record->until, record->framing },
		 });
}

static void take_question(struct hw_live *l, const struct hw_tap_ends_at *record)
{
	announce(l, &(struct announced){ .cookie = record->cookie,
					 .direction = record->direction,
					 .ends_at = record->seq,
					 .asks = true,
					 .asks_chunks = record->is_chunked });
}

/* A SYN, FIN or RST may end the other direction, too: then no frame of that comes. */
static bool is_about(const struct announced *a, const struct hw_frame *frame)
{
	return a->cookie == frame->socket->cookie &&
	       (a->direction == frame->direction || (!a->asks && frame->socket->has_places));
}

static void give(struct hw_live *l, const struct announced *a, struct hw_frame *frame, size_t i)
{
	if (a->asks) {
		l->ends_at[i] = a->ends_at;
		frame->ends_at = &l->ends_at[i];
		frame->asks_chunks = a->asks_chunks;
	} else if (a->direction == frame->direction) {
		l->left_out[i] = a->left_out;
		frame->left_out = &l->left_out[i];
	} else {
		l->left_out_back[i] = a->left_out;
		frame->left_out_back = &l->left_out_back[i];
	}
}

/* Give the frame, the i-th of the batch, what was said of it. */
static void take_announced(struct hw_live *l, struct hw_frame *frame, size_t i)
{
	size_t kept = 0;

	for (size_t k = 0; k < l->announced_nr; k++) {
		const struct announced a = l->announced[k];

		if (is_about(&a, frame))
			give(l, &a, frame, i);
		else
			l->announced[kept++] = a;
	}
	l->announced_nr = kept;
}

/* A socket that was closed refuses what comes, which its user is told as a reset all the same. */
static enum hw_close close_of(const struct hw_tap_closed *record)
{
	if (record->error == ETIMEDOUT || record->error == EHOSTUNREACH ||
	    record->error == ENETUNREACH)
		return HW_CLOSE_GIVEN_UP;
	if (record->error == ECONNRESET || record->error == EPIPE)
		return record->flags & HW_TAP_DEAF ? HW_CLOSE_RESET : HW_CLOSE_RESET_BY_PEER;
	switch (record->state) {
	case TCP_FIN_WAIT2:
	case TCP_CLOSING:
	case TCP_LAST_ACK:
		return record->error ? HW_CLOSE_RESET : HW_CLOSE_ORDERLY;
	default:
		return HW_CLOSE_RESET;
	}
}

static void take_closed(struct hw_live *l, const struct hw_tap_closed *record)
{
	struct hw_live_closed *c = &l->closed[l->closed_nr++];

	c->time_ns = record->head.time_ns + (uint64_t)l->boot_ns;
	c->how = close_of(record);
	c->socket = socket_of(&record->socket);
	c->socket.has_places = true;
	c->socket.received = record->received;
	c->socket.sent = record->sent;
}

const struct hw_live_closed *hw_live_closed(const struct hw_live *l, size_t i)
{
	return i < l->closed_nr ? &l->closed[i] : NULL;
}

/* As the i-th of the batch, by its socket's name, or the one that is meant. */
static void take_named(struct hw_live *l, const struct hw_tap_frame *record, struct hw_frame *frame,
		       size_t i)
{
	struct hw_tap_frame meant;

	l->cpus[i] = record->head.cpu;
	l->senders[i] = hw_owners_sender(l->owners, record);
	take_frame(l, record, &l->sockets[i], frame);
	if (record->flags & HW_TAP_LISTENER) {
		meant = *record;
		if (hw_handshakes_see(&l->handshakes, record, &meant.socket)) {
			l->sockets[i] = socket_of(&meant.socket);
			l->sockets[i].cookie = 0;
			record = &meant;
		}
	}
	l->keys[i] = hw_owners_frame(l->owners, record, l->frames_nr);
}

/* A frame becomes the i-th of the batch. Returns how many it was. */
static size_t take_record(struct hw_live *l, const void *record, enum hw_tap_type type,
			  struct hw_frame *frame, size_t i)
{
	switch (type) {
	case HW_TAP_FRAME:
		take_named(l, record, frame, i);
		if (l->announced_nr)
			take_announced(l, frame, i);
		return 1;
	case HW_TAP_LEFT:
		take_left(l, record);
		break;
	case HW_TAP_ENDS_AT:
		take_question(l, record);
		break;
	case HW_TAP_CLOSED:
		take_closed(l, record);
		break;
	case HW_TAP_USE:
		hw_owners_use(l->owners, record, l->frames_nr);
		break;
	case HW_TAP_AGAIN:
		hw_owners_again(l->owners, record, l->frames_nr);
		break;
	case HW_TAP_TASK:
		hw_owners_task(l->owners, record, l->boot_ns);
		break;
	}
	return 0;
}

/* Who used the last frame may come behind it, so the batch ends with what has no room. */
static size_t take_records(struct hw_live *l, struct hw_frame *frames, size_t max)
{
	const struct hw_tap_head *head;
	const void *record;
	size_t len, nr = 0;

	l->batch_first = l->frames_nr + 1;
	l->closed_nr = 0;
	while (hw_ring_next(l->ring, &record, &len)) {
		head = record;
		if ((head->type == HW_TAP_FRAME && nr == max) ||
		    (head->type == HW_TAP_CLOSED && l->closed_nr == HW_LIVE_BATCH_MAX)) {
			hw_ring_unread(l->ring, record);
			break;
		}
		nr += take_record(l, record, (enum hw_tap_type)head->type, &frames[nr], nr);
	}
	return nr;
}

/*
 * All that was there is taken. Records that are few and come one by one would cost most by our
 * running for each, so for a while we do not look; and only after a while without any we sleep
 * until the kernel side wakes us for the next one.
 */
static int rest(struct hw_live *l, int timeout_ms)
{
	int err;

	if (!l->is_idle)
		return hw_ring_wait(l->ring,
				    timeout_ms < 0 || timeout_ms > POLL_MS ? POLL_MS : timeout_ms);
	__atomic_store_n(l->sleeps, 1, __ATOMIC_SEQ_CST);
	err = hw_ring_waiting(l->ring) ? 0 : hw_ring_wait(l->ring, timeout_ms);
	__atomic_store_n(l->sleeps, 0, __ATOMIC_RELAXED);
	return err;
}

/* All threads that use a socket then are told of anew, so it is not done for each that is missed. */
static void learn_again(struct hw_live *l, uint64_t boot_ns)
{
	if (boot_ns - l->learned_ns < HW_NS_PER_S || !hw_owners_take_missed(l->owners))
		return;
	l->learned_ns = boot_ns;
	hw_tap_forgot(l->tap);
}

int hw_live_read(struct hw_live *l, struct hw_frame *frames, size_t max, int timeout_ms,
		 size_t *ret_nr)
{
	const size_t batch = max < HW_LIVE_BATCH_MAX ? max : HW_LIVE_BATCH_MAX;
	const uint64_t boot_ns = hw_clock_ns(CLOCK_BOOTTIME);
	uint64_t before;
	int err = 0;

	hw_ring_release(l->ring);
	if (boot_ns - l->boot_checked_ns > HW_NS_PER_S) {
		check_clock(l, boot_ns);
		l->lacks = hw_tap_lost(l->tap);
	}
	learn_again(l, boot_ns);
	if (l->is_drained && timeout_ms)
		err = rest(l, timeout_ms);
	before = l->ring->at;
	*ret_nr = take_records(l, frames, batch);
	l->is_drained = *ret_nr < batch && l->closed_nr < HW_LIVE_BATCH_MAX;
	l->is_idle = l->ring->at == before && timeout_ms;
	return err && !*ret_nr && !l->closed_nr ? err : 0;
}

uint64_t hw_live_written(const struct hw_live *l)
{
	return l->ring->at + hw_ring_waiting(l->ring);
}

bool hw_live_has_read(const struct hw_live *l, uint64_t place)
{
	return l->ring->at >= place;
}

static bool is_in_batch(const struct hw_live *l, uint64_t number)
{
	return number >= l->batch_first && number - l->batch_first < HW_LIVE_BATCH_MAX &&
	       number <= l->frames_nr;
}

struct hw_live_passing hw_live_passing(const struct hw_live *l, uint64_t number, uint64_t cookie)
{
	const uint64_t i = number - l->batch_first;

	if (!is_in_batch(l, number))
		return (struct hw_live_passing){ .key = cookie, .number = number };
	return (struct hw_live_passing){ l->keys[i], number, l->senders[i], l->cpus[i] };
}

enum hw_owner_known hw_live_owner(struct hw_live *l, const struct hw_live_passing *passing,
				  enum hw_direction direction, struct hw_process *ret,
				  uint64_t *ret_cookie)
{
	const struct hw_task_then *sender = &passing->sender;

	return hw_owners_find(l->owners, passing->key, passing->number, direction,
			      hw_task_id_is_set(&sender->id) ? sender : NULL, ret, ret_cookie);
}

void hw_live_end(struct hw_live *l, uint64_t cookie, uint64_t peer)
{
	hw_owners_end(l->owners, cookie, peer, hw_live_now(l));
}

void hw_live_asked(struct hw_live *l, uint64_t since_ns)
{
	hw_owners_begin(l->owners, hw_live_now(l), since_ns);
}

/* skips */

/*
 * The kernel side looks at the cookie before and after the rest, so it is not there while
 * the rest changes. A place that is another socket's is taken from it.
 */
static void set_skip(struct hw_live *l, uint64_t cookie, const struct hw_tap_skip *wanted)
{
	struct hw_tap_skip *s = &l->skips[cookie % HW_TAP_SKIPS_MAX];

	__atomic_store_n(&s->cookie, 0, __ATOMIC_SEQ_CST);
	for (int way = 0; way < 2; way++) {
		__atomic_store_n(&s->from[way], wanted->from[way], __ATOMIC_RELAXED);
		__atomic_store_n(&s->until[way], wanted->until[way], __ATOMIC_RELAXED);
		__atomic_store_n(&s->ends_at[way], wanted->ends_at[way], __ATOMIC_RELAXED);
	}
	__atomic_store_n(&s->chunked, wanted->chunked, __ATOMIC_RELAXED);
	__atomic_store_n(&s->ends, wanted->ends, __ATOMIC_RELAXED);
	__atomic_store_n(&s->ignore, wanted->ignore, __ATOMIC_RELAXED);
	__atomic_store_n(&s->cookie, cookie, __ATOMIC_SEQ_CST);
}

static struct hw_tap_skip get_skip(const struct hw_live *l, uint64_t cookie)
{
	const struct hw_tap_skip *s = &l->skips[cookie % HW_TAP_SKIPS_MAX];

	return s->cookie == cookie ? *s : (struct hw_tap_skip){ 0 };
}

void hw_live_skip(struct hw_live *l, uint64_t cookie, enum hw_direction direction, uint32_t from,
		  uint32_t until)
{
	struct hw_tap_skip s = get_skip(l, cookie);
	const int way = direction == HW_DIRECTION_EGRESS;

	s.from[way] = from;
	s.until[way] = until;
	s.chunked &= ~(1u << way);
	s.ignore &= ~(1u << way);
	set_skip(l, cookie, &s);
}

void hw_live_skip_chunks(struct hw_live *l, uint64_t cookie, enum hw_direction direction,
			 uint32_t body, uint32_t at)
{
	struct hw_tap_skip s = get_skip(l, cookie);
	const int way = direction == HW_DIRECTION_EGRESS;

	s.from[way] = at;
	s.until[way] = body;
	s.chunked |= 1u << way;
	s.ignore &= ~(1u << way);
	set_skip(l, cookie, &s);
}

void hw_live_ends_at(struct hw_live *l, uint64_t cookie, enum hw_direction direction, uint32_t seq)
{
	struct hw_tap_skip s = get_skip(l, cookie);
	const int way = direction == HW_DIRECTION_EGRESS;

	s.ends_at[way] = seq;
	s.ends |= 1u << way;
	set_skip(l, cookie, &s);
}

void hw_live_ignore(struct hw_live *l, uint64_t cookie, enum hw_direction direction)
{
	struct hw_tap_skip s = get_skip(l, cookie);
	const int way = direction == HW_DIRECTION_EGRESS;

	s.ignore |= 1u << way;
	s.ignore ^= 1u << (2 + way); /* said again */
	set_skip(l, cookie, &s);
}

/* counters */

/* The manual has them, and those below, from here: docs/man/fill.py. */
static const struct hw_counter kernel_counters[] = {
	[HW_TAP_COPIED] = { "live", "packets_copied", "copied to user space" },
	[HW_TAP_PASSED] = { "live", "packets_left", "left out: without data, or not HTTP" },
	[HW_TAP_SKIPPED] = { "live", "packets_skipped", "left out: inside a long body" },
	[HW_TAP_FILTERED] = { "live", "packets_filtered",
			      "left out: of a process or connection not asked for" },
	[HW_TAP_LOST] = { "live", "packets_lost", "lost because the ring was full" },
	[HW_TAP_UNREADABLE] = { "live", "packets_unreadable", "whose bytes could not be read" },
	[HW_TAP_LOST_USE] = { "live", "uses_lost",
			      "uses of sockets lost because the ring was full" },
	[HW_TAP_LOST_TASK] = { "live", "tasks_lost",
			       "descriptions of threads lost as the ring was full" },
	[HW_TAP_NO_STORAGE] = { "live", "sockets_unowned",
				"sockets that could not be given an owner" },
	[HW_TAP_LOST_CLOSE] = { "live", "closes_lost",
				"ends of connections lost because the ring was full" },
	[HW_TAP_CUT] = { "live", "packets_cut",
			 "copied without the inside of a long body, as the ring was nearly full" },
};

static uint64_t sum_counter(const struct hw_live *l, size_t which)
{
	uint64_t sum = 0;

	for (size_t cpu = 0; cpu < HW_TAP_CPUS_MAX; cpu++)
		sum += __atomic_load_n(&l->counters[cpu].n[which], __ATOMIC_RELAXED);
	return sum;
}

uint64_t hw_live_lost(const struct hw_live *l)
{
	return sum_counter(l, HW_TAP_LOST);
}

uint64_t hw_live_cut(const struct hw_live *l)
{
	return sum_counter(l, HW_TAP_CUT);
}

/* The i-th CPU that lost packets; on the others there is nothing to tell. */
static bool lost_counter(const struct hw_live *l, size_t i, struct hw_counter *ret)
{
	for (size_t cpu = 0; cpu < HW_TAP_CPUS_MAX; cpu++) {
		const uint64_t lost =
			__atomic_load_n(&l->counters[cpu].n[HW_TAP_LOST], __ATOMIC_RELAXED);

		if (!lost || i-- > 0)
			continue;
		*ret = (struct hw_counter){ "live", l->lost_names[cpu], "of them on this CPU",
					    lost };
		return true;
	}
	return false;
}

/* Each packet is counted once, by what became of it. */
static uint64_t seen(const struct hw_live *l)
{
	uint64_t sum = 0;

	for (size_t i = HW_TAP_COPIED; i <= HW_TAP_UNREADABLE; i++)
		sum += sum_counter(l, i);
	return sum;
}

static bool own_counter(const struct hw_live *l, size_t i, struct hw_counter *ret)
{
	const struct hw_owners_lost lost = hw_owners_lost(l->owners);
	const struct hw_counter own[] = {
		{ "live", "packets_seen", "packets of TCP sockets (and of DNS, if asked for)",
		  seen(l) },
		{ "live", "sockets_forgotten", "sockets dropped from the table of owners",
		  lost.sockets },
		{ "live", "tasks_forgotten",
		  "times that a thread was asked for that is not in the table", lost.tasks },
	};

	if (i >= sizeof(own) / sizeof(own[0]))
		return lost_counter(l, i - sizeof(own) / sizeof(own[0]), ret);
	*ret = own[i];
	return true;
}

bool hw_live_counter(const struct hw_live *l, size_t i, struct hw_counter *ret)
{
	if (i >= HW_TAP_COUNTER_NR)
		return own_counter(l, i - HW_TAP_COUNTER_NR, ret);
	*ret = kernel_counters[i];
	ret->value = sum_counter(l, i);
	return true;
}
