/* SPDX-License-Identifier: BSD-2-Clause */
/* src/source/libpcap.c - the only user of libpcap */
#include "source/libpcap.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

#include "base/ascii.h"
#include "base/library.h"

static_assert((int)HW_LIBPCAP_ERROR_MAX == (int)PCAP_ERRBUF_SIZE, "its errors fit");

enum {
	SNAPLEN_MAX = 262144,

	/*
	 * What the optimizer does takes time that grows with the cube of an expression: 50
	 * hosts 10 ms, 400 hosts 4 s. A longer one runs as it is.
	 */
	OPTIMIZED_MAX = 2048, /* bytes */

	/*
	 * A block of the ring is ours at the latest after so long. The immediate mode would
	 * have libpcap use the older ring, which wakes us for each packet.
	 */
	BLOCK_MS = 10,
};

/* It needs eight others, for D-Bus, and most who read files need no filter. */
#define LIBRARY "libpcap.so.0.8"
#define LIBRARY_ELSEWHERE "libpcap.so.1" /* than in Debian */
/* clang-format off */
#define FUNCTIONS(f)			\
	f(activate)			\
	f(breakloop)			\
	f(close)			\
	f(compile)			\
	f(create)			\
	f(datalink)			\
	f(dispatch)			\
	f(findalldevs)			\
	f(fopen_offline)		\
	f(freealldevs)			\
	f(freecode)			\
	f(get_selectable_fd)		\
	f(get_tstamp_precision)		\
	f(geterr)			\
	f(lib_version)			\
	f(offline_filter)		\
	f(open_dead)			\
	f(set_buffer_size)		\
	f(set_datalink)			\
	f(set_promisc)			\
	f(set_snaplen)			\
	f(set_timeout)			\
	f(set_tstamp_precision)		\
	f(setfilter)			\
	f(setnonblock)			\
	f(stats)			\
	f(statustostr)
/* clang-format on */

static struct {
#define MEMBER(name) __typeof__(&pcap_##name) name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} lib; /* filled by load() */
static bool is_loaded;

static void load_once(void)
{
#define NAME(name) "pcap_" #name,
	static const char *const names[] = { FUNCTIONS(NAME) };
#undef NAME
	const size_t nr = sizeof(names) / sizeof(names[0]);

	is_loaded = hw_library_load(LIBRARY, names, nr, &lib) ||
		    hw_library_load(LIBRARY_ELSEWHERE, names, nr, &lib);
}

/* Before all others. Returns false, and why in `ret_error`, if it is not there. */
static bool load(char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, load_once);
	if (!is_loaded)
		snprintf(ret_error, HW_LIBPCAP_ERROR_MAX,
			 "needs the library libpcap, package libpcap0.8");
	return is_loaded;
}

/* Files number a few link types otherwise than this system's libpcap (pcap-linktype(7)). */
static const struct {
	uint16_t linktype;
	int dlt;
} renumbered[] = {
	{ 100, DLT_ATM_RFC1483 }, { 101, DLT_RAW },	 { 102, DLT_SLIP_BSDOS },
	{ 103, DLT_PPP_BSDOS },	  { 106, DLT_ATM_CLIP }, { 246, DLT_PFSYNC },
};
enum { RENUMBERED_NR = sizeof(renumbered) / sizeof(renumbered[0]) };

static int dlt_of(uint16_t linktype)
{
	for (size_t i = 0; i < RENUMBERED_NR; i++) {
		if (renumbered[i].linktype == linktype)
			return renumbered[i].dlt;
	}
	return linktype;
}

static uint16_t linktype_of(int dlt)
{
	for (size_t i = 0; i < RENUMBERED_NR; i++) {
		if (renumbered[i].dlt == dlt)
			return renumbered[i].linktype;
	}
	return (uint16_t)dlt;
}

/* filters */

struct hw_libpcap_program {
	struct bpf_program bpf, swapped;
	bool has_swapped; /* for hosts of the other byte order */
};

/* Returns 0, or -EINVAL with libpcap's words in `ret_error`. */
static int compile(pcap_t *p, struct bpf_program *ret, const char *expression,
		   char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	const bool optimize = strlen(expression) < OPTIMIZED_MAX;

	if (lib.compile(p, ret, expression, optimize, PCAP_NETMASK_UNKNOWN) == 0)
		return 0;
	snprintf(ret_error, HW_LIBPCAP_ERROR_MAX, "%s", lib.geterr(p));
	return -EINVAL;
}

static uint16_t swap16(uint16_t x, bool is_swapped)
{
	return is_swapped ? __builtin_bswap16(x) : x;
}

static uint32_t swap32(uint32_t x, bool is_swapped)
{
	return is_swapped ? __builtin_bswap32(x) : x;
}

/*
 * The loopback interfaces of BSDs number IPv6 each in its own way, in their host's byte order. Only
 * for a file does libpcap ask for all of them: so this is one without a packet.
 */
static pcap_t *open_loopback(uint16_t linktype, bool is_swapped)
{
	struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t zone, precision, snaplen, linktype;
	} head = { swap32(0xa1b2c3d4, is_swapped),
		   swap16(2, is_swapped),
		   swap16(4, is_swapped),
		   0,
		   0,
		   swap32(SNAPLEN_MAX, is_swapped),
		   swap32(linktype, is_swapped) };
	FILE *f = fmemopen(&head, sizeof(head), "rb");
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *p = f ? lib.fopen_offline(f, error) : NULL;

	if (f && !p)
		fclose(f);
	return p;
}

static int compile_for(uint16_t linktype, bool is_swapped, struct bpf_program *ret,
		       const char *expression, char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	const bool is_loopback = linktype == DLT_NULL || linktype == DLT_LOOP;
	pcap_t *p = is_loopback ? open_loopback(linktype, is_swapped)
				: lib.open_dead(dlt_of(linktype), SNAPLEN_MAX);
	int err;

	if (!p)
		return -ENOMEM;
	err = compile(p, ret, expression, ret_error);
	lib.close(p);
	return err;
}

int hw_libpcap_compile(struct hw_libpcap_program **ret, const char *expression, uint16_t linktype,
		       char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	struct hw_libpcap_program *program;
	int err;

	if (!load(ret_error))
		return -ELIBACC;
	program = calloc(1, sizeof(*program));
	if (!program)
		return -ENOMEM;
	err = compile_for(linktype, false, &program->bpf, expression, ret_error);
	if (!err && linktype == DLT_NULL) {
		err = compile_for(linktype, true, &program->swapped, expression, ret_error);
		program->has_swapped = !err;
	}
	if (err)
		hw_libpcap_free(program);
	else
		*ret = program;
	return err;
}

void hw_libpcap_free(struct hw_libpcap_program *p)
{
	if (!p)
		return;
	lib.freecode(&p->bpf);
	lib.freecode(&p->swapped);
	free(p);
}

/* Families are small numbers: where they begin with zeros the greatest byte comes first. */
static const struct bpf_program *program_for(const struct hw_libpcap_program *p,
					     const struct hw_frame *frame)
{
	const bool is_big = frame->len >= 4 && frame->data[0] == 0 && frame->data[1] == 0;
	const bool are_we = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;

	return p->has_swapped && is_big != are_we ? &p->swapped : &p->bpf;
}

bool hw_libpcap_match(const struct hw_libpcap_program *p, const struct hw_frame *frame)
{
	const struct pcap_pkthdr header = { .caplen = frame->len, .len = frame->wire_len };

	return lib.offline_filter(program_for(p, frame), &header, frame->data) != 0;
}

/* interfaces */

struct hw_libpcap {
	pcap_t *pcap;
	uint16_t linktype;
	uint32_t ns_per_fraction;

	/* During a read. */
	bool (*take)(void *ctx, const struct hw_frame *frame);
	void *ctx;
};

static int errno_of(int status)
{
	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return -ENODEV;
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		return -EPERM;
	case PCAP_ERROR_IFACE_NOT_UP:
		return -ENETDOWN;
	default:
		return -EIO;
	}
}

char *hw_libpcap_device(const char *name)
{
	char *device, error[PCAP_ERRBUF_SIZE];
	pcap_if_t *all = NULL, *at;
	uint64_t number;

	if (!hw_ascii_number(hw_slice_text(name), UINT32_MAX, &number) || number == 0 ||
	    if_nametoindex(name) != 0 || !load(error) || lib.findalldevs(&all, error) != 0)
		return strdup(name);
	at = all;
	while (at && --number)
		at = at->next;
	device = strdup(at ? at->name : name);
	lib.freealldevs(all);
	return device;
}

static void set_options(pcap_t *p, const struct hw_libpcap_options *o)
{
	lib.set_snaplen(p, (int)(o->snaplen < SNAPLEN_MAX ? o->snaplen : SNAPLEN_MAX));
	lib.set_promisc(p, o->promiscuous);
	lib.set_timeout(p, BLOCK_MS);
	lib.set_buffer_size(p, o->buffer_bytes < INT_MAX ? (int)o->buffer_bytes : INT_MAX);
	lib.set_tstamp_precision(p, PCAP_TSTAMP_PRECISION_NANO); /* else microseconds */
}

/* Even an empty filter is worth it: it has the kernel cut the packets to the snaplen. */
static int set_filter(pcap_t *p, const char *expression, char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	struct bpf_program program;
	int err = compile(p, &program, expression, ret_error);

	if (err)
		return err;
	if (lib.setfilter(p, &program) != 0) {
		snprintf(ret_error, HW_LIBPCAP_ERROR_MAX, "%s", lib.geterr(p));
		err = -EIO;
	}
	lib.freecode(&program);
	return err;
}

static int activate(struct hw_libpcap *l, const struct hw_libpcap_options *o,
		    char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	pcap_t *p = load(ret_error) ? lib.create(o->device, ret_error) : NULL;
	int status;

	if (!p)
		return -EIO;
	l->pcap = p;
	set_options(p, o);
	if (lib.setnonblock(p, 1, ret_error) != 0)
		return -EIO;
	status = lib.activate(p);
	if (status < 0) {
		const char *words = lib.geterr(p);

		snprintf(ret_error, HW_LIBPCAP_ERROR_MAX, "%s",
			 *words ? words : lib.statustostr(status));
		return errno_of(status);
	}
	if (strcmp(o->device, "any") ==
	    0) /* its newer header tells the interface; as tcpdump does */
		lib.set_datalink(p, DLT_LINUX_SLL2);
	l->linktype = linktype_of(lib.datalink(p));
	l->ns_per_fraction = lib.get_tstamp_precision(p) == PCAP_TSTAMP_PRECISION_NANO ? 1 : 1000;
	return set_filter(p, o->filter, ret_error);
}

int hw_libpcap_open(struct hw_libpcap **ret, const struct hw_libpcap_options *o,
		    char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	struct hw_libpcap *l = calloc(1, sizeof(*l));
	const int err = l ? activate(l, o, ret_error) : -ENOMEM;

	if (err)
		hw_libpcap_close(l);
	else
		*ret = l;
	return err;
}

void hw_libpcap_close(struct hw_libpcap *l)
{
	if (!l)
		return;
	if (l->pcap)
		lib.close(l->pcap);
	free(l);
}

int hw_libpcap_fd(const struct hw_libpcap *l)
{
	return lib.get_selectable_fd(l->pcap);
}

static void give(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct hw_libpcap *l = (struct hw_libpcap *)(void *)user;
	const struct hw_frame frame = {
		.time_ns = (uint64_t)header->ts.tv_sec * 1000000000 +
			   (uint64_t)header->ts.tv_usec * l->ns_per_fraction,
		.data = bytes,
		.len = header->caplen,
		.wire_len = header->len,
		.linktype = l->linktype,
	};

	if (!l->take(l->ctx, &frame))
		lib.breakloop(l->pcap);
}

int hw_libpcap_read(struct hw_libpcap *l, size_t max,
		    bool (*take)(void *ctx, const struct hw_frame *frame), void *ctx)
{
	int status;

	l->take = take;
	l->ctx = ctx;
	errno = 0;
	status = lib.dispatch(l->pcap, (int)max, give, (u_char *)l);
	/* For nflog and nfqueue libpcap takes it for an error that nothing is there. */
	return status >= 0 || status == PCAP_ERROR_BREAK || errno == EAGAIN ? 0 : -EIO;
}

const char *hw_libpcap_error(const struct hw_libpcap *l)
{
	return lib.geterr(l->pcap);
}

struct hw_libpcap_counts hw_libpcap_counts(struct hw_libpcap *l)
{
	struct pcap_stat s;

	if (lib.stats(l->pcap, &s) != 0)
		return (struct hw_libpcap_counts){ 0 };
	return (struct hw_libpcap_counts){ s.ps_recv, s.ps_drop, s.ps_ifdrop };
}

/* the list */

static const char *connection_of(const pcap_if_t *at)
{
	const bool wireless = at->flags & PCAP_IF_WIRELESS;

	switch (at->flags & PCAP_IF_CONNECTION_STATUS) {
	case PCAP_IF_CONNECTION_STATUS_UNKNOWN:
		return wireless ? ", Association status unknown" : ", Connection status unknown";
	case PCAP_IF_CONNECTION_STATUS_CONNECTED:
		return wireless ? ", Associated" : ", Connected";
	case PCAP_IF_CONNECTION_STATUS_DISCONNECTED:
		return wireless ? ", Not associated" : ", Disconnected";
	default:
		return "";
	}
}

static void list_flags(FILE *to, uint32_t flags)
{
	static const struct {
		uint32_t flag;
		const char *name;
	} names[] = {
		{ PCAP_IF_UP, "Up" },
		{ PCAP_IF_RUNNING, "Running" },
		{ PCAP_IF_LOOPBACK, "Loopback" },
		{ PCAP_IF_WIRELESS, "Wireless" },
	};
	const char *separator = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(flags & names[i].flag))
			continue;
		fprintf(to, "%s%s", separator, names[i].name);
		separator = ", ";
	}
	if (!*separator)
		fputs("none", to);
}

int hw_libpcap_list(FILE *to, char ret_error[HW_LIBPCAP_ERROR_MAX])
{
	pcap_if_t *all = NULL;
	int number = 1;

	if (!load(ret_error) || lib.findalldevs(&all, ret_error) != 0)
		return -EIO;
	for (const pcap_if_t *at = all; at; at = at->next) {
		fprintf(to, "%d.%s", number++, at->name);
		if (at->description)
			fprintf(to, " (%s)", at->description);
		if (at->flags) {
			fputs(" [", to);
			list_flags(to, at->flags);
			fprintf(to, "%s]", connection_of(at));
		}
		fputc('\n', to);
	}
	lib.freealldevs(all);
	return 0;
}

void hw_libpcap_library(char *ret, size_t max)
{
	char error[HW_LIBPCAP_ERROR_MAX];

	snprintf(ret, max, "%s", load(error) ? lib.lib_version() : "libpcap: not installed");
}
