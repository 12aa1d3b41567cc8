/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/kernels/peer.c - an HTTP server and client that say which thread they are
 *
 *	peer serve HOW ADDRESS PORT		HOW: loop, fork, thread, mptcp, noise
 *	peer get HOW ADDRESS PORT TARGET...	HOW: plain, thread, mptcp
 *	peer noise ADDRESS PORT BYTES		what is not HTTP, there and back
 *	peer programs				how many eBPF programs there are
 *
 * Requests have a field Client-Task, responses Server-Task: the process and thread that
 * sent them, as in PID.TID. All requests of a client go over one connection. Targets:
 * /bytes/N is answered with N bytes, /chunked/N in chunks, /sendfile/N all, the head too,
 * with sendfile(2).
 */
#include <arpa/inet.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	HEAD_MAX = 4096,
	PIECE = 64 * 1024,
	PAUSE_US = 50 * 1000,	 /* for the server to be waiting: an emulated machine is slow */
	DIGEST_US = 1000 * 1000, /* for httpwire to know a long body before it is under way */
};

static char piece[PIECE]; /* of every body */

__attribute__((noreturn)) static void die(const char *what)
{
	perror(what);
	exit(1);
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* addresses */

struct address {
	struct sockaddr_storage any;
	socklen_t len;
	int family;
};

static struct address address_of(const char *text, const char *port)
{
	struct address a = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };
	struct sockaddr_in *v4 = (void *)&a.any;
	struct sockaddr_in6 *v6 = (void *)&a.any;
	const bool is_v6 = a.family == AF_INET6;
	const in_port_t port_be = htons((in_port_t)strtoul(port, NULL, 10));

	a.any.ss_family = (sa_family_t)a.family;
	a.len = is_v6 ? sizeof(*v6) : sizeof(*v4);
	*(is_v6 ? &v6->sin6_port : &v4->sin_port) = port_be;
	if (!inet_pton(a.family, text, is_v6 ? (void *)&v6->sin6_addr : (void *)&v4->sin_addr))
		die(text);
	return a;
}

static int make_socket(const struct address *a, const char *how)
{
	const int fd = socket(a->family, SOCK_STREAM, is(how, "mptcp") ? IPPROTO_MPTCP : 0);

	if (fd < 0)
		die("socket");
	return fd;
}

/* bytes */

static void send_all(int fd, const char *data, size_t len)
{
	while (len) {
		const ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

		if (sent <= 0)
			die("send");
		data += sent;
		len -= (size_t)sent;
	}
}

/* Byte by byte: what follows the head stays in the socket. Returns false at the end. */
static bool read_head(int fd, char head[HEAD_MAX])
{
	size_t len = 0;

	while (len < HEAD_MAX - 1 && recv(fd, head + len, 1, 0) == 1) {
		head[++len] = '\0';
		if (len >= 4 && is(head + len - 4, "\r\n\r\n"))
			return true;
	}
	return false;
}

static void swallow(int fd, size_t len)
{
	char bytes[PIECE];

	while (len) {
		const ssize_t got = recv(fd, bytes, len < PIECE ? len : PIECE, 0);

		if (got <= 0)
			die("recv");
		len -= (size_t)got;
	}
}

/* server */

static void answer_bytes(int fd, const char *head, size_t len)
{
	send_all(fd, head, strlen(head));
	for (size_t part; len; len -= part) {
		part = len < PIECE ? len : PIECE;
		send_all(fd, piece, part);
	}
}

static void answer_chunked(int fd, const char *head, size_t len)
{
	char line[32];

	send_all(fd, head, strlen(head));
	for (size_t part; len; len -= part) {
		part = len < PIECE ? len : PIECE;
		snprintf(line, sizeof(line), "%zx\r\n", part);
		send_all(fd, line, strlen(line));
		send_all(fd, piece, part);
		send_all(fd, "\r\n", 2);
	}
	send_all(fd, "0\r\n\r\n", 5);
}

static void answer_file(int fd, const char *head, size_t len)
{
	const int file = memfd_create("answer", 0);
	size_t left = strlen(head) + len;

	if (file < 0 || write(file, head, strlen(head)) < 0)
		die("memfd");
	if (ftruncate(file, (off_t)left) != 0 || lseek(file, 0, SEEK_SET) != 0)
		die("ftruncate");
	while (left) {
		const ssize_t sent = sendfile(fd, file, NULL, left);

		if (sent <= 0)
			die("sendfile");
		left -= (size_t)sent;
	}
	close(file);
}

static void answer(int fd, const char *request)
{
	char head[HEAD_MAX], way[16] = "", length[64] = "Transfer-Encoding: chunked";
	size_t len = 0;

	sscanf(request, "GET /%15[a-z]/%zu", way, &len);
	if (!is(way, "chunked"))
		snprintf(length, sizeof(length), "Content-Length: %zu", len);
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\nServer-Task: %d.%d\r\n%s\r\n\r\n",
		 getpid(), gettid(), length);
	if (is(way, "chunked"))
		answer_chunked(fd, head, len);
	else if (is(way, "sendfile"))
		answer_file(fd, head, len);
	else
		answer_bytes(fd, head, len);
}

static void *converse(void *socket)
{
	const int fd = (int)(intptr_t)socket;
	char request[HEAD_MAX];

	while (read_head(fd, request))
		answer(fd, request);
	close(fd);
	return NULL;
}

static void converse_in_child(int fd)
{
	const pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0) {
		converse((void *)(intptr_t)fd);
		_exit(0);
	}
	close(fd);
}

static void converse_in_thread(int fd)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, converse, (void *)(intptr_t)fd) != 0)
		die("pthread_create");
	pthread_detach(thread);
}

/* The first of a record of TLS, as it were, and binary bytes. */
static void answer_noise(int fd)
{
	char bytes[PIECE];
	ssize_t got;

	while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		send_all(fd, bytes, (size_t)got);
	close(fd);
}

static void serve_one(int fd, const char *how)
{
	if (is(how, "fork"))
		converse_in_child(fd);
	else if (is(how, "thread"))
		converse_in_thread(fd);
	else if (is(how, "noise"))
		answer_noise(fd);
	else
		converse((void *)(intptr_t)fd);
}

__attribute__((noreturn)) static void serve(const char *how, const struct address *a)
{
	const int one = 1, listener = make_socket(a, how);

	signal(SIGCHLD, SIG_IGN);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(listener, (const void *)&a->any, a->len) != 0 || listen(listener, 16) != 0)
		die("listen");
	if (daemon(1, 1) != 0) /* who started us goes on when we listen */
		die("daemon");
	for (;;) {
		const int fd = accept(listener, NULL, NULL);

		if (fd >= 0)
			serve_one(fd, how);
	}
}

/* client */

static int connect_to(const struct address *a, const char *how)
{
	const int fd = make_socket(a, how);

	if (connect(fd, (const void *)&a->any, a->len) != 0)
		die("connect");
	return fd;
}

static void read_chunked(int fd)
{
	char line[32];
	size_t at = 0, len;

	for (;;) {
		if (at == sizeof(line) - 1 || recv(fd, line + at, 1, 0) != 1)
			die("chunk");
		line[++at] = '\0';
		if (line[at - 1] != '\n')
			continue;
		len = strtoul(line, NULL, 16);
		swallow(fd, len + 2);
		at = 0;
		if (!len)
			return;
	}
}

/* Whether a socket's buffers can't hold the body that it asks for. */
static bool is_long(const char *target)
{
	return strtoul(strrchr(target, '/') + 1, NULL, 10) >= 1000 * 1000;
}

static void get(int fd, const char *target)
{
	char head[HEAD_MAX];
	const char *length;

	snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: peer\r\nClient-Task: %d.%d\r\n\r\n",
		 target, getpid(), gettid());
	send_all(fd, head, strlen(head));
	if (!read_head(fd, head))
		die("response");
	if (is_long(target))
		usleep(DIGEST_US);
	length = strstr(head, "Content-Length: ");
	if (length)
		swallow(fd, strtoul(length + 16, NULL, 10));
	else
		read_chunked(fd);
}

struct visit {
	const char *how;
	struct address address;
	char **targets;
};

static void *visit(void *ctx)
{
	const struct visit *v = ctx;
	const int fd = connect_to(&v->address, v->how);

	for (char **target = v->targets; *target; target++) {
		usleep(PAUSE_US);
		get(fd, *target);
	}
	close(fd);
	return NULL;
}

static void visit_in_thread(struct visit *v)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, visit, v) != 0 || pthread_join(thread, NULL) != 0)
		die("thread");
}

static void make_noise(const struct address *a, size_t len)
{
	const int fd = connect_to(a, "plain");

	for (size_t part; len; len -= part) {
		part = len < PIECE ? len : PIECE;
		send_all(fd, piece, part);
		swallow(fd, part);
	}
	close(fd);
}

/* the kernel */

static int count_programs(void)
{
	union bpf_attr attr = { 0 };
	int nr = 0;

	while (syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attr, sizeof(attr)) == 0) {
		attr.start_id = attr.next_id;
		nr++;
	}
	return nr;
}

int main(int argc, char **argv)
{
	memset(piece, 0x17, sizeof(piece)); /* no byte of a start line */
	if (argc == 5 && is(argv[1], "serve")) {
		const struct address a = address_of(argv[3], argv[4]);

		serve(argv[2], &a);
	}
	if (argc > 5 && is(argv[1], "get")) {
		struct visit v = { argv[2], address_of(argv[3], argv[4]), argv + 5 };

		if (is(v.how, "thread"))
			visit_in_thread(&v);
		else
			visit(&v);
		return 0;
	}
	if (argc == 5 && is(argv[1], "noise")) {
		const struct address a = address_of(argv[2], argv[3]);

		make_noise(&a, strtoul(argv[4], NULL, 10));
		return 0;
	}
	if (argc == 2 && is(argv[1], "programs")) {
		printf("%d\n", count_programs());
		return 0;
	}
	return 2;
}
