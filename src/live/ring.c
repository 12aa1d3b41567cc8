/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/ring.c - see Documentation/bpf/ringbuf.rst in the kernel for the layout */
#include "live/ring.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/bpf.h>

static int watch(struct hw_ring *r, int map)
{
	/*
	 * Edge-triggered: records that came without a wake-up would else end each wait at
	 * once, and the reader would run once a record.
	 */
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	r->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (r->epoll < 0)
		return -errno;
	return epoll_ctl(r->epoll, EPOLL_CTL_ADD, map, &event) ? -errno : 0;
}

static void *map_pages(int map, size_t len, int protection, size_t at)
{
	void *p = mmap(NULL, len, protection, MAP_SHARED, map, (off_t)at);

	return p == MAP_FAILED ? NULL : p;
}

int hw_ring_open(struct hw_ring *r, int map, size_t bytes)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *shared;
	int err;

	*r = (struct hw_ring){ .bytes = bytes, .page_bytes = page, .epoll = -1 };
	r->consumer = map_pages(map, page, PROT_READ | PROT_WRITE, 0);
	shared = map_pages(map, page + 2 * bytes, PROT_READ, page);
	err = r->consumer && shared ? 0 : -errno;
	if (shared) {
		r->producer = (const uint64_t *)(const void *)shared;
		r->data = shared + page;
	}
	if (!err)
		err = watch(r, map);
	if (err) {
		hw_ring_close(r);
		return err;
	}
	assert(r->consumer); /* for the analyzer: errno is not 0 where it failed */
	r->at = *r->consumer;
	return 0;
}

void hw_ring_close(struct hw_ring *r)
{
	if (r->consumer)
		munmap(r->consumer, r->page_bytes);
	if (r->producer)
		munmap((void *)(uintptr_t)r->producer, r->page_bytes + 2 * r->bytes);
	if (r->page_bytes && r->epoll >= 0)
		close(r->epoll);
	*r = (struct hw_ring){ .epoll = -1 };
}

enum { LINE_BYTES = 64, FETCH_BYTES = 4096 };

/*
 * What is written is in the cache of another CPU. We want the lines of the next few records by
 * the time we come to them; not those behind `end`, which the kernel side would have to take
 * back, nor the inner ones of a long record, of which mostly the beginning is read.
 */
static void fetch(struct hw_ring *r, uint64_t end)
{
	const uint64_t until = end - r->at < FETCH_BYTES ? end : r->at + FETCH_BYTES;

	if (r->fetched < r->at)
		r->fetched = r->at & ~(uint64_t)(LINE_BYTES - 1);
	for (; r->fetched < until; r->fetched += LINE_BYTES)
		__builtin_prefetch(r->data + (r->fetched & (r->bytes - 1)));
}

bool hw_ring_next(struct hw_ring *r, const void **ret, size_t *ret_len)
{
	const uint64_t end = __atomic_load_n(r->producer, __ATOMIC_ACQUIRE);

	fetch(r, end);
	while (r->at < end) {
		const uint8_t *head = r->data + (r->at & (r->bytes - 1));
		const uint32_t word =
			__atomic_load_n((const uint32_t *)(const void *)head, __ATOMIC_ACQUIRE);
		const uint32_t len = word & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);

		if (word & BPF_RINGBUF_BUSY_BIT)
			return false; /* another CPU still writes it; those behind it wait */
		r->at += (len + BPF_RINGBUF_HDR_SZ + 7) & ~(uint64_t)7;
		if (word & BPF_RINGBUF_DISCARD_BIT)
			continue;
		*ret = head + BPF_RINGBUF_HDR_SZ;
		*ret_len = len;
		return true;
	}
	return false;
}

void hw_ring_unread(struct hw_ring *r, const void *record)
{
	const uint64_t off = (uint64_t)((const uint8_t *)record - BPF_RINGBUF_HDR_SZ - r->data);

	r->at -= (r->at - off) & (r->bytes - 1);
}

void hw_ring_release(struct hw_ring *r)
{
	__atomic_store_n(r->consumer, r->at, __ATOMIC_RELEASE);
}

int hw_ring_wait(struct hw_ring *r, int timeout_ms)
{
	struct epoll_event event;

	return epoll_wait(r->epoll, &event, 1, timeout_ms) < 0 ? -errno : 0;
}

size_t hw_ring_waiting(const struct hw_ring *r)
{
	return (size_t)(__atomic_load_n(r->producer, __ATOMIC_ACQUIRE) - r->at);
}
