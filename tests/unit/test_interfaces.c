/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/unit/test_interfaces.c - on interfaces of a network namespace of its own; needs
 * root and ip(8), and tcpdump(8) as the judge
 */
#include "unit/unit.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_packet.h>

#include "source/capture.h"
#include "source/interfaces.h"
#include "source/libpcap.h"

enum {
	ETHERNET = 1,
	COOKED2 = 276,
	IP_AT = 14, /* in a frame of lo */
	FRAMES_MAX = 4096,
	QUIET_MS = 300, /* then no more is expected */
	SKIPPED = 77,
};

static const struct hw_interfaces_options usual = { .snaplen = 262144,
						    .buffer_bytes = (size_t)16 << 20 };

/* programs */

/* Start the program and its words; what it writes to `which` (1 or 2) comes from `*ret_from`. */
static pid_t start(const char *words, int which, int *ret_from)
{
	char text[256], *argv[16], *rest = text;
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;
	size_t nr = 0;
	int ends[2];

	snprintf(text, sizeof(text), "%s", words);
	while (nr < 15 && (argv[nr] = strsep(&rest, " ")) != NULL)
		nr++;
	argv[nr] = NULL;
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], which);
	if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	*ret_from = ends[0];
	return pid;
}

static int end_of(pid_t pid)
{
	int status = -1;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

static int run(const char *words)
{
	int from;
	const pid_t pid = start(words, STDERR_FILENO, &from);

	close(from);
	return end_of(pid);
}

/* All that it writes to its standard output; to be freed. NULL: it does not run. */
static char *output_of(const char *words)
{
	char *text = NULL, piece[4096];
	size_t len = 0;
	ssize_t got;
	int from;
	const pid_t pid = start(words, STDOUT_FILENO, &from);
	FILE *to = open_memstream(&text, &len);

	while (pid > 0 && (got = read(from, piece, sizeof(piece))) > 0)
		fwrite(piece, 1, (size_t)got, to);
	fclose(to);
	close(from);
	if (end_of(pid) == 0)
		return text;
	free(text);
	return NULL;
}

/* traffic */

static const struct sockaddr_in here = { .sin_family = AF_INET };

/* A whole exchange on lo: `up_bytes` one way, one byte back. */
static void exchange(uint16_t port, size_t up_bytes)
{
	struct sockaddr_in to = here;
	const int listener = socket(AF_INET, SOCK_STREAM, 0),
		  client = socket(AF_INET, SOCK_STREAM, 0), one = 1;
	char *bytes = calloc(1, up_bytes);
	size_t got = 0;
	int server;

	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(listener, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	server = accept(listener, NULL, NULL);
	assert_int_equal(send(client, bytes, up_bytes, 0), up_bytes);
	while (got < up_bytes) {
		const ssize_t n = recv(server, bytes, up_bytes, 0);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_int_equal(send(server, bytes, 1, 0), 1);
	assert_int_equal(recv(client, bytes, 1, 0), 1);
	close(client);
	assert_int_equal(recv(server, bytes, 1, 0), 0);
	close(server);
	close(listener);
	free(bytes);
}

/* A frame of an unused ethertype from one end of the pair to the other. */
static void send_frame(const char *from, const uint8_t dst[6], const uint8_t src[6], size_t len)
{
	const int s = socket(AF_PACKET, SOCK_RAW, 0);
	const struct sockaddr_ll to = { .sll_family = AF_PACKET,
					.sll_ifindex = (int)if_nametoindex(from),
					.sll_halen = 6 };
	uint8_t frame[1500] = { 0 };

	memcpy(frame, dst, 6);
	memcpy(frame + 6, src, 6);
	frame[12] = 0x88;
	frame[13] = 0xb5;
	assert_int_equal(sendto(s, frame, len, 0, (const struct sockaddr *)&to, sizeof(to)), len);
	close(s);
}

static struct ifreq asked(const char *name, unsigned long what)
{
	struct ifreq r = { 0 };
	const int s = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(r.ifr_name, sizeof(r.ifr_name), "%s", name);
	assert_int_equal(ioctl(s, what, &r), 0);
	close(s);
	return r;
}

static void mac_of(const char *name, uint8_t ret[6])
{
	memcpy(ret, asked(name, SIOCGIFHWADDR).ifr_hwaddr.sa_data, 6);
}

/* The kernel lets nothing out before it has noticed, a moment later, that the link is there. */
static void wait_for_link(const char *name)
{
	for (int t = 0; t < 200; t++) {
		if (asked(name, SIOCGIFFLAGS).ifr_flags & IFF_RUNNING)
			return;
		poll(NULL, 0, 10);
	}
	fail_msg("%s does not come up", name);
}

static void bring_up_left(void)
{
	assert_int_equal(run("ip link set left up"), 0);
	wait_for_link("left");
	assert_int_equal(run("ip link set left up"), 0); /* waits for who has noticed to be done */
}

static void add_pair(void)
{
	assert_int_equal(run("ip link add left type veth peer name right"), 0);
	assert_int_equal(run("ip link set right up"), 0);
	bring_up_left();
}

static int delete_pair(void **state)
{
	(void)state;
	run("ip link del left");
	return 0;
}

/* capturing */

static char error[HW_INTERFACES_ERROR_MAX];

static struct hw_filter *filter_of(const char *expression)
{
	char words[HW_FILTER_ERROR_MAX];
	struct hw_filter *f;
	size_t at;

	assert_int_equal(hw_filter_new(&f, expression, words, sizeof(words), &at), 0);
	return f;
}

static int try_open(struct hw_interfaces **ret, const char *const *names, size_t nr,
		    const char *expression)
{
	struct hw_filter *f = filter_of(expression);
	struct hw_interfaces_options o = usual;
	int err;

	o.names = names;
	o.nr = nr;
	o.filter = f;
	*error = '\0';
	err = hw_interfaces_open(ret, &o, error, sizeof(error));
	hw_filter_free(f);
	return err;
}

static struct hw_interfaces *open_some(const char *const *names, size_t nr, const char *expression)
{
	struct hw_interfaces *i;

	if (try_open(&i, names, nr, expression) != 0)
		fail_msg("%s", error);
	return i;
}

static struct hw_interfaces *open_one(const char *name, const char *expression)
{
	return open_some(&name, 1, expression);
}

/* Frames that outlive their read. */
struct kept {
	struct hw_frame frames[FRAMES_MAX];
	size_t nr;
	size_t disorder; /* frames older than the one before them in the same read */
};

static void keep(struct kept *k, const struct hw_frame *frames, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct hw_frame *to = &k->frames[k->nr++];
		uint8_t *copy = malloc(frames[i].len);

		assert_true(k->nr < FRAMES_MAX);
		memcpy(copy, frames[i].data, frames[i].len);
		*to = frames[i];
		to->data = copy;
		k->disorder += i > 0 && frames[i].time_ns < frames[i - 1].time_ns;
	}
}

static void forget(struct kept *k)
{
	for (size_t i = 0; i < k->nr; i++)
		free((void *)(uintptr_t)k->frames[i].data);
	free(k);
}

/* All frames, until nothing came for QUIET_MS. Returns what the last read did. */
static int keep_all(struct hw_interfaces *i, struct kept *k)
{
	struct hw_frame frames[HW_INTERFACES_BATCH_MAX];
	int err = 0;

	for (int quiet_ms = 0; !err && quiet_ms < QUIET_MS;) {
		size_t nr;

		err = hw_interfaces_read(i, frames, HW_INTERFACES_BATCH_MAX, 50, &nr);
		keep(k, frames, nr);
		quiet_ms = nr ? 0 : quiet_ms + 50;
	}
	return err;
}

static struct kept *kept_of(struct hw_interfaces *i)
{
	struct kept *k = calloc(1, sizeof(*k));

	assert_int_equal(keep_all(i, k), 0);
	return k;
}

static uint64_t counter(struct hw_interfaces *i, const char *name)
{
	struct hw_counter c;

	for (size_t n = 0; hw_interfaces_counter(i, n, &c); n++) {
		if (strcmp(c.name, name) == 0)
			return c.value;
	}
	fail_msg("no counter %s", name);
	return 0;
}

/* Is there news like that, within half a second? */
static bool hears(struct hw_interfaces *i, const char *want)
{
	struct hw_frame frames[HW_INTERFACES_BATCH_MAX];
	const char *news;
	size_t nr;

	for (int t = 0; t < 10; t++) {
		hw_interfaces_read(i, frames, HW_INTERFACES_BATCH_MAX, 50, &nr);
		while ((news = hw_interfaces_news(i)) != NULL) {
			if (strcmp(news, want) == 0)
				return true;
			print_message("also: %s\n", news);
		}
	}
	return false;
}

/* the tests */

struct tally {
	size_t syns, syn_acks, fins, payload_bytes;
};

static struct tally tally_of(const struct kept *k)
{
	struct tally t = { 0 };

	for (size_t i = 0; i < k->nr; i++) {
		const uint8_t *p = k->frames[i].data + IP_AT;
		const size_t total = (size_t)(p[2] << 8 | p[3]), head = (size_t)(p[32] >> 4) * 4;
		const uint8_t flags = p[33];

		t.syns += (flags & 0x12) == 0x02;
		t.syn_acks += (flags & 0x12) == 0x12;
		t.fins += flags & 1;
		t.payload_bytes += total - 20 - head;
	}
	return t;
}

/* A packet sent again has another number in its IP header. */
static size_t twins_in(const struct kept *k)
{
	size_t twins = 0;

	for (size_t i = 0; i < k->nr; i++)
		for (size_t j = 0; j < i; j++)
			twins += memcmp(k->frames[i].data, k->frames[j].data, IP_AT + 40) == 0;
	return twins;
}

static void shows_each_frame_of_lo_once(void **state)
{
	struct hw_interfaces *i = open_one("lo", "tcp port 7001");
	struct kept *k;
	struct tally t;

	(void)state;
	exchange(7001, 100000);
	k = kept_of(i);
	t = tally_of(k);
	assert_int_equal(t.syns, 1);
	assert_int_equal(t.syn_acks, 1);
	assert_int_equal(t.fins, 2);
	assert_true(t.payload_bytes >= 100001);
	assert_int_equal(twins_in(k), 0);
	for (size_t n = 0; n < k->nr; n++) {
		const struct hw_frame *f = &k->frames[n];

		assert_int_equal(f->linktype, ETHERNET);
		assert_int_equal(f->number, n + 1);
		assert_int_equal(f->len, f->wire_len);
		assert_int_equal(f->direction, HW_DIRECTION_INGRESS);
		assert_true(f->checksums_unset);
		assert_true(hw_interfaces_now() - f->time_ns < 60000000000u);
	}
	assert_int_equal(counter(i, "packets_received"), 2 * k->nr);
	assert_int_equal(counter(i, "packets_lost"), 0);
	forget(k);
	hw_interfaces_close(i);
}

static void takes_names_twice_and_numbers(void **state)
{
	const char *const names[] = { "lo", "lo", "0lo", "1" };
	struct hw_interfaces *i = open_some(names, 2, "tcp port 7002");
	char *list = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&list, &len);
	struct kept *k;

	(void)state;
	exchange(7002, 1);
	k = kept_of(i);
	assert_int_equal(tally_of(k).syns, 1);
	forget(k);
	hw_interfaces_close(i);

	assert_int_equal(hw_interfaces_list(to, error, sizeof(error)), 0);
	fclose(to);
	assert_true(strncmp(list, "1.any", 5) == 0 || strncmp(list, "1.lo", 4) == 0);
	hw_interfaces_close(open_some(names + 3, 1, ""));
	assert_int_equal(try_open(&i, names + 2, 1, ""), -ENODEV);
	free(list);
}

static void cuts_at_the_snaplen(void **state)
{
	const char *name = "lo";
	struct hw_interfaces_options o = usual;
	struct hw_interfaces *i;
	struct kept *k;
	size_t cut = 0;

	(void)state;
	o.names = &name;
	o.nr = 1;
	o.snaplen = 80;
	assert_int_equal(hw_interfaces_open(&i, &o, error, sizeof(error)), 0);
	exchange(7003, 20000);
	k = kept_of(i);
	for (size_t n = 0; n < k->nr; n++) {
		assert_true(k->frames[n].len <= 80);
		cut += k->frames[n].wire_len > 80;
	}
	assert_true(cut > 0);
	forget(k);
	hw_interfaces_close(i);
}

static void shares_the_room_between_long_frames(void **state)
{
	const char *const names[] = { "lo", "any" };
	struct hw_interfaces *i = open_some(names, 2, "tcp port 7004");
	struct kept *k;
	size_t bytes[2] = { 0, 0 };

	(void)state;
	for (int n = 0; n < 20; n++)
		exchange(7004, 1000000);
	k = kept_of(i);
	for (size_t n = 0; n < k->nr; n++)
		bytes[k->frames[n].linktype == ETHERNET] +=
			k->frames[n].len - (k->frames[n].linktype == ETHERNET ? 14 : 20);
	if (counter(i, "packets_lost") == 0)
		assert_int_equal(bytes[0], bytes[1]);
	assert_true(bytes[0] > 0 && bytes[1] > 0);
	assert_int_equal(k->disorder, 0);
	forget(k);
	hw_interfaces_close(i);
}

static void tells_directions_on_a_pair(void **state)
{
	const char *const names[] = { "left", "right" };
	static const uint8_t other[] = { 2, 0, 0, 0, 0, 9 };
	uint8_t left[6], right[6], seen[2][3] = { 0 };
	struct hw_interfaces *i;
	struct kept *k;

	(void)state;
	add_pair();
	mac_of("left", left);
	mac_of("right", right);
	i = open_some(names, 2, "ether proto 0x88b5");
	send_frame("left", right, left, 60);
	send_frame("left", other, other, 61);
	k = kept_of(i);
	assert_int_equal(k->nr, 4);
	for (size_t n = 0; n < 4; n++)
		seen[k->frames[n].len - 60][k->frames[n].direction]++;
	assert_int_equal(seen[0][HW_DIRECTION_EGRESS], 1);
	assert_int_equal(seen[0][HW_DIRECTION_INGRESS], 1);
	assert_int_equal(seen[1][HW_DIRECTION_UNKNOWN], 2);
	forget(k);
	hw_interfaces_close(i);
}

/* A frame between others, as a bridge passes it on, of an IP packet without anything in it. */
static void send_ip(const char *from, int family, const char *src, const char *dst)
{
	const bool is_v4 = family == AF_INET;
	const int s = socket(AF_PACKET, SOCK_RAW, 0);
	const struct sockaddr_ll to = { .sll_family = AF_PACKET,
					.sll_ifindex = (int)if_nametoindex(from),
					.sll_halen = 6 };
	uint8_t frame[60] = { 2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 9 };

	frame[12] = is_v4 ? 0x08 : 0x86;
	frame[13] = is_v4 ? 0x00 : 0xdd;
	frame[14] = is_v4 ? 0x45 : 0x60;
	assert_int_equal(inet_pton(family, src, frame + (is_v4 ? 26 : 22)), 1);
	assert_int_equal(inet_pton(family, dst, frame + (is_v4 ? 30 : 38)), 1);
	assert_int_equal(
		sendto(s, frame, sizeof(frame), 0, (const struct sockaddr *)&to, sizeof(to)),
		sizeof(frame));
	close(s);
}

/* Of all interfaces, as on that of a bridge: who else's frame it is, the addresses in it tell. */
static void tells_directions_by_addresses_of_the_host(void **state)
{
	static const enum hw_direction want[] = { HW_DIRECTION_EGRESS,	HW_DIRECTION_INGRESS,
						  HW_DIRECTION_UNKNOWN, HW_DIRECTION_EGRESS,
						  HW_DIRECTION_INGRESS, HW_DIRECTION_UNKNOWN };
	struct hw_interfaces *i;
	struct kept *k;

	(void)state;
	add_pair();
	assert_int_equal(run("ip addr add 192.0.2.7/24 dev right"), 0);
	i = open_one("left", "ether src 02:00:00:00:00:09");
	send_ip("left", AF_INET, "192.0.2.7", "192.0.2.8");
	send_ip("left", AF_INET, "192.0.2.8", "192.0.2.7");
	send_ip("left", AF_INET, "192.0.2.8", "192.0.2.9");
	send_ip("left", AF_INET6, "::1", "fd00::8");
	send_ip("left", AF_INET6, "fd00::8", "::1");
	send_ip("left", AF_INET6, "fd00::8", "fd00::9");
	k = kept_of(i);
	assert_int_equal(k->nr, 6);
	for (size_t n = 0; n < 6; n++)
		assert_int_equal(k->frames[n].direction, want[n]);
	forget(k);
	hw_interfaces_close(i);
}

static void tells_directions_on_any(void **state)
{
	uint8_t left[6], right[6];
	struct hw_interfaces *i;
	struct kept *k;

	(void)state;
	add_pair();
	mac_of("left", left);
	mac_of("right", right);
	i = open_one("any", "ether proto 0x88b5");
	send_frame("left", right, left, 60);
	k = kept_of(i);
	assert_int_equal(k->nr, 2);
	assert_int_equal(k->frames[0].linktype, COOKED2);
	assert_int_equal(k->frames[0].direction, HW_DIRECTION_EGRESS);
	assert_int_equal(k->frames[1].direction, HW_DIRECTION_INGRESS);
	forget(k);
	hw_interfaces_close(i);
}

static void filters(void **state)
{
	struct hw_interfaces *i = open_one("lo", "dst port 7005 and tcp[13] & 2 != 0");
	const char *any = "any";
	struct kept *k;

	(void)state;
	exchange(7005, 10);
	exchange(7006, 10);
	k = kept_of(i);
	assert_int_equal(k->nr, 1);
	forget(k);
	hw_interfaces_close(i);

	assert_int_equal(try_open(&i, &any, 1, "ether dst 2:0:0:0:0:2"), -EINVAL);
	assert_non_null(strstr(error, "any: the filter does not fit this interface: "));
}

/* Capturing to `path` once this returns; or -1. */
static pid_t start_tcpdump(const char *path, int *ret_errors)
{
	char words[128], said[512];
	size_t len = 0;
	ssize_t got;

	snprintf(words, sizeof(words),
		 "tcpdump -i any --immediate-mode -B 65536 -U -w %s tcp port 7007", path);
	const pid_t pid = start(words, STDERR_FILENO, ret_errors);

	while (pid > 0 && len < sizeof(said) - 1 &&
	       (got = read(*ret_errors, said + len, sizeof(said) - 1 - len)) > 0) {
		said[len += (size_t)got] = '\0';
		if (strstr(said, "listening on"))
			return pid;
	}
	end_of(pid);
	close(*ret_errors);
	return -1;
}

static struct kept *kept_of_file(const char *path)
{
	struct hw_frame frames[64];
	char what[HW_CAPTURE_ERROR_MAX];
	struct kept *k = calloc(1, sizeof(*k));
	struct hw_capture *c;
	size_t nr = 1;

	if (hw_capture_open(&c, path, 1, what, sizeof(what)) != 0)
		fail_msg("%s", what);
	while (nr > 0 && hw_capture_read(c, frames, 64, &nr) == 0)
		keep(k, frames, nr);
	hw_capture_close(c);
	return k;
}

static void shows_what_tcpdump_shows(void **state)
{
	char path[] = "/tmp/httpwire-interfaces-XXXXXX";
	const int fd = mkstemp(path);
	struct hw_interfaces *i;
	struct kept *ours, *theirs;
	int errors;
	const pid_t pid = start_tcpdump(path, &errors);

	(void)state;
	close(fd);
	if (pid < 0) {
		unlink(path);
		skip();
	}
	i = open_one("any", "tcp port 7007");
	for (int n = 0; n < 5; n++)
		exchange(7007, 50000);
	ours = kept_of(i);
	kill(pid, SIGINT);
	end_of(pid);
	close(errors);
	theirs = kept_of_file(path);
	unlink(path);

	assert_true(ours->nr > 5 * 8);
	assert_int_equal(ours->nr, theirs->nr);
	for (size_t n = 0; n < ours->nr; n++) {
		assert_int_equal(ours->frames[n].linktype, theirs->frames[n].linktype);
		assert_int_equal(ours->frames[n].wire_len, theirs->frames[n].wire_len);
		assert_slice_equal(hw_slice(ours->frames[n].data, ours->frames[n].len),
				   hw_slice(theirs->frames[n].data, theirs->frames[n].len));
	}
	forget(ours);
	forget(theirs);
	hw_interfaces_close(i);
}

static void goes_on_without_one_that_is_gone(void **state)
{
	const char *const names[] = { "left", "lo" };
	struct hw_interfaces *i;
	struct kept *k;

	(void)state;
	add_pair();
	i = open_some(names, 2, "tcp port 7008");
	assert_null(hw_interfaces_news(i));
	assert_int_equal(run("ip link del left"), 0);
	assert_true(hears(i, "left: The interface disappeared; the others go on"));
	exchange(7008, 1);
	k = kept_of(i);
	assert_int_equal(tally_of(k).syns, 1);
	assert_int_equal(counter(i, "packets_received"), 2 * k->nr);
	forget(k);
	hw_interfaces_close(i);
}

static void ends_with_the_last_interface(void **state)
{
	struct kept *k = calloc(1, sizeof(*k));
	struct hw_interfaces *i;
	uint8_t left[6];

	(void)state;
	add_pair();
	mac_of("left", left);
	i = open_one("left", "ether proto 0x88b5");
	send_frame("left", left, left, 60);
	assert_int_equal(run("ip link del left"), 0);
	assert_int_equal(keep_all(i, k), -ENODEV);
	assert_int_equal(k->nr, 1); /* what came before the end is given */
	assert_true(hears(i, "left: The interface disappeared"));
	assert_int_equal(counter(i, "packets_received"), 1);
	forget(k);
	hw_interfaces_close(i);
}

static void waits_for_one_that_is_down(void **state)
{
	struct hw_interfaces *i;
	struct kept *k;
	uint8_t left[6];

	(void)state;
	add_pair();
	mac_of("left", left);
	i = open_one("left", "ether proto 0x88b5");
	assert_int_equal(run("ip link set left down"), 0);
	assert_true(hears(i, "left: the interface is down; waiting until it is up"));
	assert_false(hears(i, "anything more"));
	bring_up_left();
	assert_true(hears(i, "left: the interface is up again"));
	send_frame("left", left, left, 60);
	k = kept_of(i);
	assert_int_equal(k->nr, 1);
	forget(k);
	hw_interfaces_close(i);
}

static void counts_what_is_lost(void **state)
{
	const char *name = "left";
	struct hw_interfaces_options o = usual;
	struct hw_interfaces *i;
	struct kept *k;
	uint8_t left[6];
	const size_t sent = 2000;

	(void)state;
	add_pair();
	mac_of("left", left);
	o.names = &name;
	o.nr = 1;
	o.buffer_bytes = 1;
	o.promiscuous = true;
	o.filter = filter_of("ether proto 0x88b5");
	assert_int_equal(hw_interfaces_open(&i, &o, error, sizeof(error)), 0);
	for (size_t n = 0; n < sent; n++)
		send_frame("left", left, left, 1500);
	k = kept_of(i);
	assert_int_equal(counter(i, "packets_received"), sent);
	assert_int_equal(counter(i, "packets_lost"), sent - k->nr);
	assert_int_equal(counter(i, "packets_missed"), 0);
	assert_true(counter(i, "packets_lost") > 0);
	forget(k);
	hw_interfaces_close(i);
	hw_filter_free((struct hw_filter *)(uintptr_t)o.filter);
}

/* Those of libpcap wrap; that of an interface begins anew when its driver does. */
static void a_counter_may_begin_anew(void **state)
{
	const struct hw_libpcap_counts before = { UINT32_MAX, UINT32_MAX - 1, 1000 };
	const struct hw_libpcap_counts anew =
		hw_libpcap_counts_since((struct hw_libpcap_counts){ 1, 1, 3 }, before);
	const struct hw_libpcap_counts more = hw_libpcap_counts_since(
		(struct hw_libpcap_counts){ UINT32_MAX, UINT32_MAX, 1007 }, before);

	(void)state;
	assert_int_equal(anew.received, 2);
	assert_int_equal(anew.dropped, 3);
	assert_int_equal(anew.missed, 0);
	assert_int_equal(more.received, 0);
	assert_int_equal(more.dropped, 1);
	assert_int_equal(more.missed, 7);
}

static void says_what_is_wrong(void **state)
{
	const char *wrong = "left\033[m", *down = "left", *many[HW_INTERFACES_MAX + 1];
	struct hw_interfaces *i;

	(void)state;
	assert_int_equal(try_open(&i, &wrong, 1, ""), -ENODEV);
	assert_string_equal(error, "no interface left\x1b[m; there are lo, any (-D tells more)");
	assert_int_equal(run("ip link add left type veth peer name right"), 0);
	assert_int_equal(try_open(&i, &down, 1, ""), -ENETDOWN);
	assert_string_equal(error, "left: the interface is not up: ip link set left up");
	for (size_t n = 0; n <= HW_INTERFACES_MAX; n++)
		many[n] = "lo";
	assert_int_equal(try_open(&i, many, HW_INTERFACES_MAX + 1, ""), -EINVAL);
	hw_interfaces_close(NULL);
}

/* What the machine fails to do, if it is that; NULL: nothing. */
static const char *failing;

static void *unless_it_fails(const char *name)
{
	if (!failing || strcmp(failing, name) != 0)
		return dlsym(RTLD_NEXT, name);
	errno = ENOBUFS;
	return NULL;
}

int getifaddrs(struct ifaddrs **ret)
{
	int (*real)(struct ifaddrs **) = unless_it_fails("getifaddrs");

	return real ? real(ret) : -1;
}

int socket(int domain, int type, int protocol)
{
	int (*real)(int, int, int) =
		domain == AF_UNIX ? unless_it_fails("socket") : dlsym(RTLD_NEXT, "socket");

	return real ? real(domain, type, protocol) : -1;
}

/* Without its addresses no direction would be known, and without the socket no interface that is down. */
static void does_not_go_on_where_the_machine_fails(void **state)
{
	static const char *const calls[] = { "getifaddrs", "socket" };
	const char *lo = "lo";
	struct hw_interfaces *i = NULL;

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		failing = calls[n];
		assert_int_equal(try_open(&i, &lo, 1, ""), -ENOBUFS);
		failing = NULL;
		assert_null(i);
		assert_string_equal(error, strerror(ENOBUFS));
		assert_true(fcntl(0, F_GETFD) >= 0);
	}
	assert_int_equal(try_open(&i, &lo, 1, ""), 0);
	hw_interfaces_close(i);
}

static void needs_permission(void **state)
{
	const char *lo = "lo";
	struct hw_interfaces *i;
	const pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		const bool refused = setuid(65534) == 0 && try_open(&i, &lo, 1, "") == -EPERM &&
				     strstr(error, "lo: not permitted to capture: run as root");

		_exit(refused ? 0 : 1);
	}
	assert_int_equal(end_of(pid), 0);
}

static void lists_as_tcpdump_does(void **state)
{
	char *ours = NULL, *theirs;
	size_t len = 0;
	FILE *to = open_memstream(&ours, &len);

	(void)state;
	add_pair();
	assert_int_equal(hw_interfaces_list(to, error, sizeof(error)), 0);
	fclose(to);
	theirs = output_of("tcpdump -D");
	if (theirs)
		assert_string_equal(ours, theirs);
	free(ours);
	free(theirs);
}

/* It would talk on each new interface. */
static bool silence_ipv6(void)
{
	const int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);
	const bool done = fd < 0 || write(fd, "1", 1) == 1;

	if (fd >= 0)
		close(fd);
	return done;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_each_frame_of_lo_once),
		cmocka_unit_test(takes_names_twice_and_numbers),
		cmocka_unit_test(cuts_at_the_snaplen),
		cmocka_unit_test(shares_the_room_between_long_frames),
		cmocka_unit_test_teardown(tells_directions_on_a_pair, delete_pair),
		cmocka_unit_test_teardown(tells_directions_by_addresses_of_the_host, delete_pair),
		cmocka_unit_test_teardown(tells_directions_on_any, delete_pair),
		cmocka_unit_test(filters),
		cmocka_unit_test(shows_what_tcpdump_shows),
		cmocka_unit_test_teardown(goes_on_without_one_that_is_gone, delete_pair),
		cmocka_unit_test_teardown(ends_with_the_last_interface, delete_pair),
		cmocka_unit_test_teardown(waits_for_one_that_is_down, delete_pair),
		cmocka_unit_test_teardown(counts_what_is_lost, delete_pair),
		cmocka_unit_test(a_counter_may_begin_anew),
		cmocka_unit_test_teardown(says_what_is_wrong, delete_pair),
		cmocka_unit_test(does_not_go_on_where_the_machine_fails),
		cmocka_unit_test(needs_permission),
		cmocka_unit_test_teardown(lists_as_tcpdump_does, delete_pair),
	};

	if (unshare(CLONE_NEWNET) != 0 || !silence_ipv6() || run("ip link set lo up") != 0) {
		fprintf(stderr, "skipped: needs root, to make a network namespace, and ip(8)\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
