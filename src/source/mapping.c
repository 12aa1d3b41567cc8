/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/mapping.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEPT = 1 << 20 }; /* bytes behind who reads: others may be somewhat slower */

struct hw_mapping {
	uint8_t *pages;
	size_t len;	 /* of the pages */
	size_t skipped;	 /* bytes of the first page that were not asked for */
	size_t fetched;	 /* pages before this byte were */
	size_t dropped;	 /* pages before this byte are gone */
	uint64_t offset; /* of the pages, in the file */
	int fd;
	struct sigaction before;
	volatile sig_atomic_t is_cut;
};

/* Of the process, as signals are. */
static struct hw_mapping *_Atomic current;

static size_t page_bytes(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t len)
{
	return len & ~(page_bytes() - 1);
}

/* Of a page that is gone: from there to the end there are zeros from now on. */
static void on_bus_error(int signal_nr, siginfo_t *info, void *context)
{
	const int saved = errno;
	struct hw_mapping *m = current;
	const size_t at = m ? (uintptr_t)info->si_addr - (uintptr_t)m->pages : 0;

	(void)context;
	if (!m || info->si_code <= 0 || at >= m->len) {
		signal(signal_nr, SIG_DFL); /* it comes again, and ends us */
		return;
	}
	m->is_cut = true;
	if (mmap(m->pages + whole_pages(at), m->len - whole_pages(at), PROT_READ,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		signal(signal_nr, SIG_DFL);
	errno = saved;
}

static void take_signal(struct hw_mapping *m)
{
	const struct sigaction ours = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };

	current = m;
	sigaction(SIGBUS, &ours, &m->before);
}

static int map(struct hw_mapping *m)
{
	void *pages = mmap(NULL, m->len, PROT_READ, MAP_SHARED, m->fd, (off_t)m->offset);

	if (pages == MAP_FAILED)
		return -errno;
	m->pages = pages;
	madvise(pages, m->len, MADV_SEQUENTIAL);
	take_signal(m);
	return 0;
}

int hw_mapping_open(struct hw_mapping **ret, int fd, uint64_t from, uint64_t to)
{
	struct hw_mapping *m = current ? NULL : calloc(1, sizeof(*m));
	int err;

	if (!m)
		return current ? -EBUSY : -ENOMEM;
	m->fd = fd;
	m->skipped = (size_t)(from % page_bytes());
	m->offset = from - m->skipped;
	m->len = (size_t)(to - m->offset);
	err = map(m);
	if (err) {
		free(m);
		return err;
	}
	*ret = m;
	return 0;
}

void hw_mapping_close(struct hw_mapping *m)
{
	if (!m)
		return;
	sigaction(SIGBUS, &m->before, NULL);
	current = NULL;
	munmap(m->pages, m->len);
	free(m);
}

struct hw_slice hw_mapping_bytes(const struct hw_mapping *m)
{
	return hw_slice(m->pages + m->skipped, m->len - m->skipped);
}

/* The pages before `done` go; who looks at one all the same gets it again. */
static void drop(struct hw_mapping *m, size_t done)
{
	const size_t to = whole_pages(done > KEPT ? done - KEPT : 0);

	if (to < m->dropped + KEPT)
		return;
	madvise(m->pages + m->dropped, to - m->dropped, MADV_DONTNEED);
	m->dropped = to;
}

/* Before Linux 5.14 they come when they are looked at. */
static bool populate(struct hw_mapping *m, size_t from, size_t to)
{
	return madvise(m->pages + from, to - from, MADV_POPULATE_READ) == 0 || errno == EINVAL;
}

size_t hw_mapping_fetch(struct hw_mapping *m, size_t done, size_t to)
{
	const size_t first = m->skipped + done;
	const size_t from = whole_pages(first > m->fetched ? first : m->fetched);
	struct stat st;
	size_t end = m->skipped + to;

	drop(m, first);
	if (fstat(m->fd, &st) != 0 || (uint64_t)st.st_size < m->offset + m->fetched)
		return 0;
	if ((uint64_t)st.st_size < m->offset + end)
		end = (size_t)((uint64_t)st.st_size - m->offset);
	if (end > m->fetched && !m->is_cut && populate(m, from, end))
		m->fetched = end;
	return m->fetched > m->skipped ? m->fetched - m->skipped : 0;
}

bool hw_mapping_is_cut(const struct hw_mapping *m)
{
	return m->is_cut;
}
