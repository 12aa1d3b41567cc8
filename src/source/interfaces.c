/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/interfaces.h"

#include <assert.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_packet.h>

#include "base/clock.h"
#include "base/failure.h"
#include "source/direction.h"
#include "source/file_name.h"
#include "source/libpcap.h"

enum {
	COPIES_BYTES = 1 << 20, /* of one interface in one read; and one packet more */
	TICK_MS = 100,		/* so often it is looked how the interfaces are */
	NAMES_SHOWN_MAX = 10,
	NEWS_MAX = HW_FILE_NAME_MAX + HW_LIBPCAP_ERROR_MAX + 64,
};

struct interface {
	char *device;
	char name[HW_FILE_NAME_MAX]; /* the same, shortened */
	struct hw_libpcap *tap;	     /* NULL: gone */
	int fd;			     /* -1 once it is gone */
	struct hw_own own;
	uint8_t *copies; /* of the last frames read */
	size_t copies_len;
	struct hw_libpcap_counts counted; /* already, in the sums */
	bool is_down, has_news;
	char news[NEWS_MAX];
};

struct hw_interfaces {
	struct interface *all;
	size_t nr, left; /* that are open; and not gone */
	int socket;	 /* to ask about interfaces */
	struct hw_addr *ips;
	size_t ips_nr;
	uint32_t snaplen;
	uint64_t frames_nr;
	uint64_t tick_ns; /* when it was last looked how the interfaces are */
	uint64_t received, dropped, missed;
};

/* What a read gives is put together here. */
struct batch {
	struct interface *from;
	uint32_t snaplen;
	struct hw_frame *frames;
	size_t nr;
};

uint64_t hw_interfaces_now(void)
{
	return hw_clock_ns(CLOCK_REALTIME);
}

/* opening, and what can be wrong with it */

/* "eth0, lo, any" */
static void list_names(char *to, size_t max)
{
	struct if_nameindex *names = if_nameindex();
	size_t used = 0;

	for (size_t i = 0; names && names[i].if_name && used < max; i++) {
		if (i == NAMES_SHOWN_MAX) {
			used += (size_t)snprintf(to + used, max - used, "..., ");
			break;
		}
		used += (size_t)snprintf(to + used, max - used, "%s, ", names[i].if_name);
	}
	if (used < max)
		snprintf(to + used, max - used, "any");
	if (names)
		if_freenameindex(names);
}

static int explain(const struct hw_failure *to, int err, const char *name, const char *words)
{
	char names[(NAMES_SHOWN_MAX + 1) * (IF_NAMESIZE + 2)];

	switch (-err) {
	case ENODEV:
		list_names(names, sizeof(names));
		return hw_fail(to, err, "no interface %s; there are %s (-D tells more)", name,
			       names);
	case EPERM:
		return hw_fail(
			to, err,
			"%s: not permitted to capture: run as root (sudo), or give the "
			"program the capability: setcap cap_net_raw+ep $(command -v httpwire)",
			name);
	case ENETDOWN:
		return hw_fail(to, err, "%s: the interface is not up: ip link set %s up", name,
			       name);
	case EINVAL:
		return hw_fail(to, err, "%s: the filter does not fit this interface: %s", name,
			       words);
	case ENOMEM:
		return hw_fail(to, err, "%s: no memory", name);
	default:
		return hw_fail(to, err, "%s: %s", name, words);
	}
}

static int compare_ips(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct hw_addr));
}

static bool ip_of(const struct sockaddr *s, struct hw_addr *ret)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (s && s->sa_family == AF_INET) {
		memcpy(&in, s, sizeof(in));
		*ret = hw_addr_v4((const uint8_t *)&in.sin_addr);
		return true;
	}
	if (s && s->sa_family == AF_INET6) {
		memcpy(&in6, s, sizeof(in6));
		*ret = hw_addr_v6(in6.sin6_addr.s6_addr);
		return true;
	}
	return false;
}

static int learn_ips(struct hw_interfaces *i, const struct ifaddrs *addresses)
{
	size_t nr = 0;

	for (const struct ifaddrs *at = addresses; at; at = at->ifa_next)
		nr++;
	i->ips = calloc(nr + 1, sizeof(*i->ips));
	if (!i->ips)
		return -ENOMEM;
	for (const struct ifaddrs *at = addresses; at; at = at->ifa_next) {
		if (ip_of(at->ifa_addr, &i->ips[i->ips_nr]))
			i->ips_nr++;
	}
	qsort(i->ips, i->ips_nr, sizeof(*i->ips), compare_ips);
	return 0;
}

static void learn_mac(struct hw_own *own, const struct ifaddrs *at)
{
	struct sockaddr_ll link;

	own->is_loopback = at->ifa_flags & IFF_LOOPBACK;
	memcpy(&link, at->ifa_addr, sizeof(link));
	own->has_mac = link.sll_halen == sizeof(own->mac);
	if (own->has_mac)
		memcpy(own->mac, link.sll_addr, sizeof(own->mac));
}

static void learn_own(const struct hw_interfaces *i, struct interface *to,
		      const struct ifaddrs *addresses)
{
	to->own = (struct hw_own){ .ips = i->ips, .ips_nr = i->ips_nr };
	for (const struct ifaddrs *at = addresses; at; at = at->ifa_next) {
		if (at->ifa_addr && at->ifa_addr->sa_family == AF_PACKET &&
		    strcmp(at->ifa_name, to->device) == 0)
			learn_mac(&to->own, at);
	}
}

static bool is_open(const struct hw_interfaces *i, const char *device)
{
	for (size_t k = 0; k < i->nr; k++) {
		if (strcmp(i->all[k].device, device) == 0)
			return true;
	}
	return false;
}

static void close_one(struct interface *at)
{
	hw_libpcap_close(at->tap);
	free(at->copies);
	free(at->device);
}

static int open_tap(struct interface *to, const struct hw_interfaces_options *o,
		    const struct hw_failure *report)
{
	const struct hw_libpcap_options options = {
		.device = to->device,
		.promiscuous = o->promiscuous,
		.snaplen = o->snaplen,
		.buffer_bytes = o->buffer_bytes,
		.filter = o->filter ? hw_filter_expression(o->filter) : "",
	};
	char words[HW_LIBPCAP_ERROR_MAX] = "";
	int err;

	hw_file_name_shorten(to->name, to->device);
	to->copies = malloc(COPIES_BYTES + o->snaplen);
	err = to->copies ? hw_libpcap_open(&to->tap, &options, words) : -ENOMEM;
	if (err)
		return explain(report, err, to->name, words);
	to->fd = hw_libpcap_fd(to->tap);
	return 0;
}

static int open_one(struct hw_interfaces *i, const char *name,
		    const struct hw_interfaces_options *o, const struct hw_failure *report)
{
	struct interface new = { .device = hw_libpcap_device(name) };
	int err;

	if (!new.device)
		return hw_fail(report, -ENOMEM, "no memory");
	err = is_open(i, new.device) ? 0 : open_tap(&new, o, report);
	if (!new.tap) {
		close_one(&new);
		return err;
	}
	i->all[i->nr++] = new;
	i->left++;
	return 0;
}

static int open_all(struct hw_interfaces *i, const struct hw_interfaces_options *o,
		    const struct hw_failure *report)
{
	struct ifaddrs *addresses = NULL;
	int err = 0;

	i->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	i->all = calloc(o->nr, sizeof(*i->all));
	if (i->socket < 0 || !i->all || getifaddrs(&addresses) != 0)
		return hw_fail(report, -errno, "%s", strerror(errno));
	err = learn_ips(i, addresses);
	for (size_t k = 0; !err && k < o->nr; k++)
		err = open_one(i, o->names[k], o, report);
	for (size_t k = 0; !err && k < i->nr; k++)
		learn_own(i, &i->all[k], addresses);
	freeifaddrs(addresses);
	return err;
}

int hw_interfaces_open(struct hw_interfaces **ret, const struct hw_interfaces_options *o,
		       char *ret_error, size_t error_max)
{
	const struct hw_failure report = { ret_error, error_max };
	struct hw_interfaces *i;
	int err;

	if (o->nr > HW_INTERFACES_MAX)
		return hw_fail(&report, -EINVAL, "more than %d interfaces: use any",
			       HW_INTERFACES_MAX);
	i = calloc(1, sizeof(*i));
	if (!i)
		return hw_fail(&report, -ENOMEM, "no memory");
	i->snaplen = o->snaplen;
	err = open_all(i, o, &report);
	if (err) {
		hw_interfaces_close(i);
		return err;
	}
	i->tick_ns = hw_clock_ns(CLOCK_MONOTONIC);
	*ret = i;
	return 0;
}

void hw_interfaces_close(struct hw_interfaces *i)
{
	if (!i)
		return;
	for (size_t k = 0; k < i->nr; k++)
		close_one(&i->all[k]);
	if (i->socket >= 0)
		close(i->socket);
	free(i->all);
	free(i->ips);
	free(i);
}

/* how the interfaces are */

__attribute__((format(printf, 2, 3))) static void tell(struct interface *of, const char *format,
						       ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(of->news, sizeof(of->news), format, args);
	va_end(args);
	of->has_news = true;
}

static void count(struct hw_interfaces *i, struct interface *from)
{
	const struct hw_libpcap_counts now = hw_libpcap_counts(from->tap);
	const struct hw_libpcap_counts more = hw_libpcap_counts_since(now, from->counted);

	i->received += more.received;
	i->dropped += more.dropped;
	i->missed += more.missed;
	from->counted = now;
}

static void drop(struct hw_interfaces *i, struct interface *gone)
{
	tell(gone, "%s: %s%s", gone->name, hw_libpcap_error(gone->tap),
	     i->left > 1 ? "; the others go on" : "");
	count(i, gone);
	hw_libpcap_close(gone->tap);
	gone->tap = NULL;
	gone->fd = -1;
	i->left--;
}

enum presence {
	GONE, /* or no interface at all: "any", "nflog" */
	DOWN,
	UP,
};

/* By a socket that is there: another one may not be made any more. */
static enum presence presence_of(const struct hw_interfaces *i, const char *device)
{
	struct ifreq r = { 0 };

	memcpy(r.ifr_name, device, strnlen(device, sizeof(r.ifr_name) - 1));
	if (ioctl(i->socket, SIOCGIFFLAGS, &r) != 0)
		return GONE;
	return r.ifr_flags & IFF_UP ? UP : DOWN;
}

/* libpcap goes on with an interface that was down for a while, and says nothing of it. */
static void look_after(struct hw_interfaces *i, struct interface *at)
{
	const enum presence presence = presence_of(i, at->device);
	const bool was_down = at->is_down;

	count(i, at);
	at->is_down = presence == DOWN;
	if (at->is_down && !was_down)
		tell(at, "%s: the interface is down; waiting until it is up", at->name);
	if (presence == UP && was_down)
		tell(at, "%s: the interface is up again", at->name);
}

static void tick(struct hw_interfaces *i)
{
	const uint64_t now = hw_clock_ns(CLOCK_MONOTONIC);

	if (now - i->tick_ns < TICK_MS * (uint64_t)1000000)
		return;
	i->tick_ns = now;
	for (size_t k = 0; k < i->nr; k++) {
		if (i->all[k].tap)
			look_after(i, &i->all[k]);
	}
}

const char *hw_interfaces_news(struct hw_interfaces *i)
{
	for (size_t k = 0; k < i->nr; k++) {
		if (i->all[k].has_news) {
			i->all[k].has_news = false;
			return i->all[k].news;
		}
	}
	return NULL;
}

/* frames */

/* Returns whether there is room for another one. */
static bool take(void *ctx, const struct hw_frame *frame)
{
	struct batch *b = ctx;
	struct interface *from = b->from;
	struct hw_frame *to = &b->frames[b->nr++];

	*to = *frame;
	if (to->len > b->snaplen)
		to->len = b->snaplen;
	to->data = from->copies + from->copies_len;
	memcpy(from->copies + from->copies_len, frame->data, to->len);
	hw_direction_set(to, &from->own);
	from->copies_len += to->len;
	return from->copies_len <= COPIES_BYTES;
}

/* Each interface has its share, of one frame at least: who is busy leaves room for others. */
static size_t take_all(struct hw_interfaces *i, struct hw_frame *frames, size_t max)
{
	struct batch b = { .snaplen = i->snaplen, .frames = frames };

	for (size_t k = 0, left = i->left; k < i->nr; k++) {
		b.from = &i->all[k];
		if (!b.from->tap)
			continue;
		assert(left > 0); /* i->left is how many have a tap */
		b.from->copies_len = 0;
		if (hw_libpcap_read(b.from->tap, (max - b.nr) / left--, take, &b) != 0)
			drop(i, b.from);
	}
	return b.nr;
}

/* Frames of one interface are in order and lie in that order in memory. */
static int compare_frames(const void *a, const void *b)
{
	const struct hw_frame *f = a, *g = b;

	if (f->time_ns != g->time_ns)
		return f->time_ns < g->time_ns ? -1 : 1;
	return f->data < g->data ? -1 : f->data > g->data;
}

static void put_in_order(struct hw_interfaces *i, struct hw_frame *frames, size_t nr)
{
	if (i->nr > 1)
		qsort(frames, nr, sizeof(*frames), compare_frames);
	for (size_t k = 0; k < nr; k++)
		frames[k].number = ++i->frames_nr;
}

static int wait_for_frames(const struct hw_interfaces *i, int timeout_ms)
{
	struct pollfd fds[HW_INTERFACES_MAX];

	for (size_t k = 0; k < i->nr; k++)
		fds[k] = (struct pollfd){ .fd = i->all[k].fd, .events = POLLIN };
	if (timeout_ms < 0 || timeout_ms > TICK_MS)
		timeout_ms = TICK_MS;
	return poll(fds, i->nr, timeout_ms) < 0 ? -errno : 0;
}

int hw_interfaces_read(struct hw_interfaces *i, struct hw_frame *frames, size_t max, int timeout_ms,
		       size_t *ret_nr)
{
	assert(max >= HW_INTERFACES_MAX);
	const size_t batch = max < HW_INTERFACES_BATCH_MAX ? max : HW_INTERFACES_BATCH_MAX;
	int err = 0;

	*ret_nr = take_all(i, frames, batch);
	if (!*ret_nr && timeout_ms && i->left) {
		err = wait_for_frames(i, timeout_ms);
		*ret_nr = take_all(i, frames, batch);
	}
	put_in_order(i, frames, *ret_nr);
	tick(i);
	if (*ret_nr)
		return 0;
	return i->left ? err : -ENODEV;
}

/* counters, and the list */

static void count_all(struct hw_interfaces *i)
{
	for (size_t k = 0; k < i->nr; k++) {
		if (i->all[k].tap)
			count(i, &i->all[k]);
	}
}

uint64_t hw_interfaces_lost(struct hw_interfaces *i)
{
	count_all(i);
	return i->dropped;
}

bool hw_interfaces_counter(struct hw_interfaces *i, size_t n, struct hw_counter *ret)
{
	count_all(i);
	const struct hw_counter counters[] = {
		{ "interfaces", "packets_received",
		  "packets that passed the filter; of the loopback interface each twice",
		  i->received },
		{ "interfaces", "packets_lost", "lost because a buffer was full", i->dropped },
		{ "interfaces", "packets_missed",
		  "lost by the interfaces (looked at in promiscuous mode)", i->missed },
	};

	if (n >= sizeof(counters) / sizeof(counters[0]))
		return false;
	*ret = counters[n];
	return true;
}

int hw_interfaces_list(FILE *to, char *ret_error, size_t error_max)
{
	const struct hw_failure report = { ret_error, error_max };
	char words[HW_LIBPCAP_ERROR_MAX];
	const int err = hw_libpcap_list(to, words);

	return err ? hw_fail(&report, err, "cannot list the interfaces: %s", words) : 0;
}
