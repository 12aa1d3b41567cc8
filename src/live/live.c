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
#include "live/announced.h"
#include "live/boot_clock.h"
#include "live/handshakes.h"
#include "live/task_id.h"
#include "live/tap.h"

enum {
	POLL_MS = 10, /* we look so often while there is something: a wake-up costs more */
	LINKTYPE_RAW = 101,
};

struct hw_live {
	struct hw_tap *tap;
	struct hw_ring *ring;	   /* these three are of the tap */
	struct hw_tap_skip *skips; /* shared with the kernel side */
	const struct hw_tap_counters *counters;
	struct hw_owners *owners;
	struct hw_boot_clock clock;
	const char *lacks;   /* see hw_live_lacks() */
	uint64_t looked_ns;  /* time since boot when the two were looked at */
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
	struct hw_announced announced;
	struct hw_handshakes handshakes;
	struct hw_live_closed closed[HW_LIVE_BATCH_MAX];
	size_t closed_nr;
};

int64_t hw_live_clock_set(const struct hw_live *l)
{
	return l->clock.set_ns;
}

uint64_t hw_live_now(const struct hw_live *l)
{
	return hw_boot_clock_now(&l->clock);
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
	hw_boot_clock_start(&l->clock);
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
	*frame = (struct hw_frame){ .time_ns = hw_boot_clock_epoch(&l->clock, record->head.time_ns),
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

	c->time_ns = hw_boot_clock_epoch(&l->clock, record->head.time_ns);
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
		hw_announced_give(&l->announced, frame, i);
		return 1;
	case HW_TAP_LEFT:
		hw_announced_left(&l->announced, record);
		break;
	case HW_TAP_ENDS_AT:
		hw_announced_question(&l->announced, record);
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
		hw_owners_task(l->owners, record, l->clock.boot_ns);
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

/* Each second: whether the clock was set, and whether our programs are still attached. */
static void look_around(struct hw_live *l, uint64_t boot_ns)
{
	if (boot_ns - l->looked_ns <= HW_NS_PER_S)
		return;
	l->looked_ns = boot_ns;
	hw_boot_clock_check(&l->clock);
	l->lacks = hw_tap_lost(l->tap);
}

int hw_live_read(struct hw_live *l, struct hw_frame *frames, size_t max, int timeout_ms,
		 size_t *ret_nr)
{
	const size_t batch = max < HW_LIVE_BATCH_MAX ? max : HW_LIVE_BATCH_MAX;
	const uint64_t boot_ns = hw_clock_ns(CLOCK_BOOTTIME);
	uint64_t before;
	int err = 0;

	hw_ring_release(l->ring);
	look_around(l, boot_ns);
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
