/* SPDX-License-Identifier: BSD-2-Clause */
/* uring_client.c PORT - a request and its response through io_uring; 77: there is none here */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/io_uring.h>

struct uring {
	int fd;
	struct io_uring_params params;
	uint8_t *rings; /* both: IORING_FEAT_SINGLE_MMAP */
	struct io_uring_sqe *entries;
};

static uint32_t *at(const struct uring *u, uint32_t offset)
{
	return (uint32_t *)(void *)(u->rings + offset);
}

static void *map(int fd, size_t len, off_t what)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, what);

	return p == MAP_FAILED ? NULL : p;
}

static int open_uring(struct uring *u)
{
	const size_t len = 64 * 1024; /* more than eight entries need */

	memset(u, 0, sizeof(*u));
	u->fd = (int)syscall(SYS_io_uring_setup, 8, &u->params);
	if (u->fd < 0)
		return -errno;
	u->rings = map(u->fd, len, IORING_OFF_SQ_RING);
	u->entries = map(u->fd, 8 * sizeof(*u->entries), IORING_OFF_SQES);
	return u->rings && u->entries ? 0 : -errno;
}

/* One operation, to its end. Returns its result. */
static int do_one(struct uring *u, uint8_t operation, int fd, void *bytes, uint32_t len)
{
	const uint32_t tail = *at(u, u->params.sq_off.tail);
	const uint32_t slot = tail & *at(u, u->params.sq_off.ring_mask);
	const struct io_uring_cqe *done = (void *)(u->rings + u->params.cq_off.cqes);
	uint32_t head;
	int result;

	u->entries[slot] = (struct io_uring_sqe){
		.opcode = operation, .fd = fd, .addr = (uint64_t)(uintptr_t)bytes, .len = len
	};
	at(u, u->params.sq_off.array)[slot] = slot;
	__atomic_store_n(at(u, u->params.sq_off.tail), tail + 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, u->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	head = *at(u, u->params.cq_off.head);
	result = done[head & *at(u, u->params.cq_off.ring_mask)].res;
	__atomic_store_n(at(u, u->params.cq_off.head), head + 1, __ATOMIC_RELEASE);
	return result;
}

static int connect_to(const char *port)
{
	const struct sockaddr_in to = { .sin_family = AF_INET,
					.sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const void *)&to, sizeof(to)) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
	char request[] = "GET / HTTP/1.1\r\nHost: uring\r\nConnection: close\r\n\r\n";
	char answer[4096];
	struct uring u;
	int fd, len;

	if (argc != 2)
		return 2;
	if (open_uring(&u) != 0)
		return 77;
	fd = connect_to(argv[1]);
	if (fd < 0 || do_one(&u, IORING_OP_SEND, fd, request, sizeof(request) - 1) < 0)
		return 1;
	do {
		len = do_one(&u, IORING_OP_RECV, fd, answer, sizeof(answer));
	} while (len > 0);
	return len < 0;
}
