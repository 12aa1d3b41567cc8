/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/live.c - the only user of libbpf */
#include "live/live.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/bytes.h"
#include "bpf/abi.h"
#include "live/btf_names.h"
#include "live/cgroup.h"
#include "live/host.h"
#include "live/ring.h"
#include <tap.skel.h>

enum {
	RING_BYTES_MIN = 256 * 1024,
	LINKS_MAX = 16,
	NOTES_MAX = 8,
	ANNOUNCED_MAX = 16, /* far more than CPUs that are about to copy a packet */
	POLL_MS = 10,	    /* we look so often while there is something: a wake-up costs more */
	LINKTYPE_RAW = 101,
	SECOND_NS = 1000 * 1000 * 1000,
	PRECISE_NS = 10 * 1000, /* of the clocks, read one after another */
};

/* What the kernel side said of a frame that is still to come. */
struct announced {
	uint64_t cookie; /* 0: nothing */
	uint32_t direction;
	struct hw_left_out left_out;
	uint32_t ends_at;
	bool asks; /* about `ends_at`, which is all there is then */
};

struct hw_live {
	struct tap_bpf *bpf;
	struct bpf_link *links[LINKS_MAX];
	size_t links_nr;
	struct hw_ring ring;
	struct hw_tap_skip *skips; /* shared with the kernel side */
	const struct hw_tap_counters *counters;
	struct hw_owners *owners;
	const char *notes[NOTES_MAX];
	size_t notes_nr;
	int64_t boot_ns;	/* time since the epoch less time since boot */
	int64_t boot_offset_ns; /* of our time namespace; the kernel side has the host's time */
	uint64_t boot_checked_ns;
	char lost_names[HW_TAP_CPUS_MAX][24];
	uint64_t frames_nr;
	uint32_t *sleeps;		  /* reader_sleeps of the kernel side */
	bool is_drained;		  /* the last read took all there was */
	bool is_idle;			  /* and there has been nothing for POLL_MS */
	uint64_t batch_first;		  /* number of the first frame of the last read */
	uint64_t keys[HW_LIVE_BATCH_MAX]; /* that hw_owners knows the frames' sockets by */
	uint32_t cpus[HW_LIVE_BATCH_MAX];
	struct hw_socket sockets[HW_LIVE_BATCH_MAX];
	struct hw_left_out left_out[HW_LIVE_BATCH_MAX];
	uint32_t ends_at[HW_LIVE_BATCH_MAX];
	struct announced announced[ANNOUNCED_MAX];
	size_t announced_nr;
};

/* what went wrong, in a line */

struct report {
	char *text;
	size_t max;
};

__attribute__((format(printf, 3, 4))) static int fail(const struct report *to, int err,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(to->text, to->max, format, args);
	va_end(args);
	return err;
}

/* libbpf prints a page of its own for each failure; we say one line. */
static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/*
 * Without perfmon the verifier refuses with -EACCES or -EINVAL what it else allows, so what
 * is missing is named whatever the kernel said.
 */
static int fail_permission(const struct report *to)
{
	char missing[HW_HOST_CAPABILITIES_MAX];

	if (hw_host_missing_capabilities(missing, ", "))
		return fail(to, -EPERM,
			    "not permitted to load eBPF programs: run as root (sudo), or with the "
			    "capabilities bpf, perfmon and net_admin (missing: %s)",
			    missing);
	if (hw_host_is_inside(HW_NAMESPACE_USER))
		return fail(to, -EPERM,
			    "not permitted to load eBPF programs: root of a user namespace "
			    "(rootless container) is not enough; run on the host with sudo");
	return fail(to, -EPERM,
		    "not permitted to load eBPF programs%s: 'httpwire doctor' tells more",
		    hw_host_seccomp() > 0 ? " (a seccomp filter may refuse bpf(2))" : "");
}

static bool is_refused(int err)
{
	char missing[HW_HOST_CAPABILITIES_MAX];

	return err == -EPERM || hw_host_missing_capabilities(missing, "");
}

static int fail_load(const struct report *to, int err)
{
	if (is_refused(err))
		return fail_permission(to);
	if (access(HW_HOST_BTF, R_OK) != 0)
		return fail(to, -EOPNOTSUPP,
			    "this kernel has no type information (" HW_HOST_BTF "): live "
			    "capture needs Linux 6.1 or later with CONFIG_DEBUG_INFO_BTF");
	if (err == -ENOMEM)
		return fail(to, err, "no memory for the ring: choose a smaller --buffer");
	if (err == -EMFILE || err == -ENFILE)
		return fail(to, err, "too few open files are allowed: ulimit -n 1024");
	if (hw_host_lockdown() == HW_LOCKDOWN_CONFIDENTIALITY)
		return fail(to, -EOPNOTSUPP,
			    "the kernel is locked down: boot it without lockdown=confidentiality");
	return fail(to, err == -EINVAL || err == -EACCES ? -EOPNOTSUPP : err,
		    "the kernel does not take the eBPF programs (%s): live capture needs Linux 6.1 "
		    "or later; 'httpwire doctor' tells more",
		    strerror(-err));
}

static int fail_attach(const struct report *to, int err)
{
	char missing[HW_HOST_CAPABILITIES_MAX];

	/* Loaded but refused here: a program that was attached without BPF_F_ALLOW_MULTI. */
	if (err == -EPERM && !hw_host_missing_capabilities(missing, ""))
		return fail(to, err,
			    "another eBPF program has the root of the cgroups for itself: "
			    "'bpftool cgroup tree' shows it");
	if (is_refused(err))
		return fail_permission(to);
	return fail(to, err, "cannot attach to the root of the cgroups: %s", strerror(-err));
}

/* hooks */

enum hook {
	HOOK_INGRESS,
	HOOK_EGRESS,
	HOOK_CREATED,
	HOOK_CONNECTED4,
	HOOK_CONNECTED6,
	HOOK_SENT,
	HOOK_RECEIVED,
	HOOK_OPEN,
	HOOK_CHILD,
	HOOK_EXIT,
	HOOK_NR,
};

/* Programs by their names in bpf/tap.bpf.c; `without` NULL: nothing works without. */
static const struct {
	const char *program, *instead, *gives, *without;
} hooks[HOOK_NR] = {
	[HOOK_INGRESS] = { "tap_ingress", NULL, "packets received", NULL },
	[HOOK_EGRESS] = { "tap_egress", NULL, "packets sent", NULL },
	[HOOK_CREATED] = { "own_created", NULL, "who opens sockets", NULL },
	[HOOK_CONNECTED4] = { "own_connected4", NULL, "who connects, IPv4", NULL },
	[HOOK_CONNECTED6] = { "own_connected6", NULL, "who connects, IPv6", NULL },
	[HOOK_SENT] = { "use_sent", "use_sendmsg", "who sends",
			"the kernel does not tell who sends: a sender is who received or connected "
			"before" },
	[HOOK_RECEIVED] = { "use_received", NULL, "who receives",
			    "the kernel does not tell who receives: processes of servers are those "
			    "that opened the listener" },
	[HOOK_OPEN] = { "own_open", NULL, "who has sockets open",
			"the kernel does not list open sockets: those that were open before have "
			"an owner only from their next use on" },
	[HOOK_CHILD] = { "choose_child", NULL, "children to come",
			 "the kernel does not tell of new processes: --children and -- COMMAND do "
			 "not work" },
	[HOOK_EXIT] = { "forget_pid", NULL, "processes that end",
			"the kernel does not tell of processes that end: --pid does not work" },
};

/* and of these those that are not everywhere */

static void note(struct hw_live *l, const char *text)
{
	if (l->notes_nr < NOTES_MAX)
		l->notes[l->notes_nr++] = text;
}

/* Those that are loaded. */
struct loaded {
	bool sent, sendmsg, sendpage, received, datagram, open;
};

static struct loaded find_hooks(const struct hw_live_options *options)
{
	struct loaded h = { .open = true };
	struct hw_btf_names names;

	if (hw_btf_names_read(&names, HW_HOST_BTF) != 0)
		return h; /* nothing can be loaded */
	h.sent = hw_btf_names_have(&names, "btf_trace_sock_send_length");
	h.received = hw_btf_names_have(&names, "btf_trace_tcp_rcv_space_adjust");
	h.datagram = (options->dns || options->packets) &&
		     hw_btf_names_have(&names, "btf_trace_sock_recv_length");
	h.sendmsg = !h.sent && hw_btf_names_have(&names, "tcp_sendmsg");
	h.sendpage = h.sendmsg && hw_btf_names_have(&names, "tcp_sendpage");
	hw_btf_names_clear(&names);
	return h;
}

static void choose_hooks(struct tap_bpf *bpf, const struct loaded *h)
{
	bpf_program__set_autoload(bpf->progs.use_sent, h->sent);
	bpf_program__set_autoload(bpf->progs.use_received, h->received);
	bpf_program__set_autoload(bpf->progs.use_datagram, h->datagram);
	bpf_program__set_autoload(bpf->progs.use_sendmsg, h->sendmsg);
	bpf_program__set_autoload(bpf->progs.use_sendpage, h->sendpage);
	bpf_program__set_autoload(bpf->progs.own_open, h->open);
	bpf_program__set_autoload(bpf->progs.choose_child, false);
	bpf_program__set_autoload(bpf->progs.forget_pid, false);
}

/* who was asked for */

static void configure_choice(struct tap_bpf *bpf, const struct hw_choice *c)
{
	struct tap_bpf__rodata *to = bpf->rodata;
	size_t len;

	if (!c || hw_choice_is_any(c))
		return;
	to->cfg_choose = true;
	to->cfg_choose_pid = c->pids_nr > 0;
	to->cfg_pid_ns = hw_host_pid_namespace();
	to->cfg_choose_cgroup = c->cgroups_nr > 0;
	to->cfg_choose_uid = c->has_uid;
	to->cfg_uid = c->uid;
	to->cfg_choose_comm = c->comm;
	to->cfg_comm_may_differ = c->comm_may_differ;
	to->cfg_newest_cgroup = c->newer_cgroups ? c->newest_cgroup : 0;
	len = c->comm ? strnlen(c->comm, sizeof(to->cfg_comm) - 1) : 0;
	memcpy(to->cfg_comm, c->comm ? c->comm : "", len);
	bpf_program__set_autoload(bpf->progs.choose_child, c->children);
	bpf_program__set_autoload(bpf->progs.forget_pid, c->pids_nr > 0 && !c->pids_stay);
}

static void configure_dns(struct tap_bpf *bpf, const struct hw_live_options *options)
{
	_Static_assert((int)HW_TAP_DNS_PORTS_MAX == HW_DNS_PORTS_MAX, "none is left out");

	if (options->dns_ports_nr == 0)
		return;
	bpf->rodata->cfg_dns_ports_nr = (uint32_t)options->dns_ports_nr;
	memcpy(bpf->rodata->cfg_dns_ports, options->dns_ports,
	       options->dns_ports_nr * sizeof(*options->dns_ports));
}

static uint64_t word_of(const struct hw_addr *addr, int i)
{
	return hw_get_u64be(addr->b + 8 * i);
}

static void configure_ends(struct tap_bpf *bpf, const struct hw_ends *ends)
{
	_Static_assert((int)HW_TAP_ENDS_MAX == HW_ENDS_MAX, "none is left out");

	for (size_t i = 0; ends && i < ends->nr; i++) {
		const struct hw_end_range *r = &ends->ranges[i];

		bpf->rodata->cfg_ends[i] = (struct hw_tap_ends){
			.low = { word_of(&r->low, 0), word_of(&r->low, 1) },
			.high = { word_of(&r->high, 0), word_of(&r->high, 1) },
			.port_low = r->port_low,
			.port_high = r->port_high,
			.protocol = r->protocol,
			.is_last = r->is_last,
		};
	}
	bpf->rodata->cfg_ends_nr = ends ? (uint32_t)ends->nr : 0;
}

static void choose_pid(void *ctx, uint32_t pid)
{
	const struct hw_live *l = ctx;
	const uint8_t one = 1;

	bpf_map__update_elem(l->bpf->maps.pids, &pid, sizeof(pid), &one, sizeof(one), BPF_ANY);
}

static void choose(struct hw_live *l, const struct hw_choice *c)
{
	const uint8_t one = 1;

	if (!c)
		return;
	for (size_t i = 0; i < c->cgroups_nr; i++)
		bpf_map__update_elem(l->bpf->maps.cgroups, &c->cgroups[i], sizeof(c->cgroups[i]),
				     &one, sizeof(one), BPF_ANY);
	for (size_t i = 0; i < c->pids_nr; i++)
		choose_pid(l, c->pids[i]);
	/* Those that are started from now on are told by the kernel: none is missed between. */
	for (size_t i = 0; c->children && i < c->pids_nr; i++)
		hw_choice_each_child(c->pids[i], choose_pid, l);
}

static size_t ring_bytes(size_t wanted)
{
	size_t bytes = RING_BYTES_MIN;

	while (bytes < wanted && bytes < (size_t)1 << 30)
		bytes *= 2;
	return bytes;
}

/* Where whoever reads us can do without the inside of a body that is long. */
static uint32_t crowded_bytes(const struct hw_live_options *options)
{
	return options->may_cut ? (uint32_t)(ring_bytes(options->ring_bytes) / 4 * 3) : UINT32_MAX;
}

static int load(struct hw_live *l, const struct hw_live_options *options, const struct loaded *h)
{
	int err;

	l->bpf = tap_bpf__open();
	if (!l->bpf)
		return -errno;
	choose_hooks(l->bpf, h);
	l->bpf->rodata->cfg_snaplen = options->snaplen;
	l->bpf->rodata->cfg_udp = options->dns || options->packets;
	l->bpf->rodata->cfg_http = options->http;
	l->bpf->rodata->cfg_names = options->names;
	l->bpf->rodata->cfg_flows = options->flows;
	l->bpf->rodata->cfg_packets = options->packets;
	l->bpf->rodata->cfg_acks = options->acks;
	l->bpf->rodata->cfg_handshakes = options->handshakes && !options->acks;
	l->bpf->rodata->cfg_gate = options->gate && !options->packets;
	l->bpf->rodata->cfg_crowded_bytes = crowded_bytes(options);
	l->bpf->rodata->cfg_lengths = options->may_cut;
	configure_dns(l->bpf, options);
	configure_choice(l->bpf, options->choice);
	configure_ends(l->bpf, options->ends);
	err = bpf_map__set_max_entries(l->bpf->maps.ring,
				       (uint32_t)ring_bytes(options->ring_bytes));
	return err ? err : tap_bpf__load(l->bpf);
}

/* Where one is refused all are taken back, and we go on with fewer. */
static int load_what_goes(struct hw_live *l, const struct hw_live_options *options,
			  struct loaded *h)
{
	int err = load(l, options, h);

	if (err && (h->sendmsg || h->sendpage)) {
		h->sendmsg = h->sendpage = false;
		tap_bpf__destroy(l->bpf);
		err = load(l, options, h);
	}
	if (err && (h->sent || h->received || h->open)) {
		*h = (struct loaded){ 0 };
		tap_bpf__destroy(l->bpf);
		err = load(l, options, h);
	}
	return err;
}

static int keep_link(struct hw_live *l, struct bpf_link *link)
{
	if (!link)
		return -errno;
	l->links[l->links_nr++] = link;
	return 0;
}

static int attach_cgroup(struct hw_live *l, int cgroup)
{
	/* The owners first: a frame should find one. */
	struct bpf_program *const programs[] = {
		l->bpf->progs.own_created,    l->bpf->progs.own_connected4,
		l->bpf->progs.own_connected6, l->bpf->progs.tap_ingress,
		l->bpf->progs.tap_egress,
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(programs) / sizeof(programs[0]); i++)
		err = keep_link(l, bpf_program__attach_cgroup(programs[i], cgroup));
	return err;
}

static bool attach_hook(struct hw_live *l, struct bpf_program *program)
{
	return bpf_program__autoload(program) && keep_link(l, bpf_program__attach(program)) == 0;
}

static void attach_choice(struct hw_live *l)
{
	struct bpf_program *const child = l->bpf->progs.choose_child;
	struct bpf_program *const end = l->bpf->progs.forget_pid;

	if (bpf_program__autoload(child) && !attach_hook(l, child))
		note(l, hooks[HOOK_CHILD].without);
	if (bpf_program__autoload(end) && !attach_hook(l, end))
		note(l, hooks[HOOK_EXIT].without);
}

/* Returns whether the kernel tells of sending. */
static bool attach_hooks(struct hw_live *l)
{
	const bool sent =
		attach_hook(l, l->bpf->progs.use_sent) || attach_hook(l, l->bpf->progs.use_sendmsg);

	attach_hook(l, l->bpf->progs.use_sendpage);
	attach_hook(l, l->bpf->progs.use_datagram);
	if (!attach_hook(l, l->bpf->progs.use_received))
		note(l, hooks[HOOK_RECEIVED].without);
	if (!sent)
		note(l, hooks[HOOK_SENT].without);
	return sent;
}

/* Run the iterator over all open files of all threads: it writes to the ring. */
static void read_open_sockets(struct hw_live *l)
{
	struct bpf_program *program = l->bpf->progs.own_open;
	struct bpf_link *link = NULL;
	char nothing[64];
	int fd = -1;

	if (bpf_program__autoload(program))
		link = bpf_program__attach_iter(program, NULL);
	if (link)
		fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		note(l, hooks[HOOK_OPEN].without);
	while (fd >= 0 && read(fd, nothing, sizeof(nothing)) > 0)
		;
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
}

/*
 * A mount of the root of cgroup v2 that nobody else sees, for hosts that have none in the
 * tree. Needs CAP_SYS_ADMIN.
 */
static int open_own_cgroup(void)
{
	const int context = fsopen("cgroup2", FSOPEN_CLOEXEC);
	int mounted = -1, fd = -1;

	if (context >= 0 && fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		mounted = fsmount(context, FSMOUNT_CLOEXEC, 0);
	if (mounted >= 0)
		fd = openat(mounted, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mounted >= 0)
		close(mounted);
	if (context >= 0)
		close(context);
	return fd;
}

/* Returns a descriptor, or a negative errno. */
static int open_cgroup(const struct report *report)
{
	char path[PATH_MAX];
	int fd;

	if (hw_cgroup_find(path, sizeof(path)) != 0) {
		fd = open_own_cgroup();
		return fd >= 0 ? fd
			       : fail(report, -EOPNOTSUPP,
				      "cgroup version 2 is not mounted: mkdir -p " HW_CGROUP_PLACE
				      " && mount -t cgroup2 none " HW_CGROUP_PLACE);
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : fail(report, -errno, "cannot open %s: %s", path, strerror(errno));
}

static int attach(struct hw_live *l, bool *ret_sent, const struct report *report)
{
	const int cgroup = open_cgroup(report);
	int err;

	if (cgroup < 0)
		return cgroup;
	*ret_sent = attach_hooks(l);
	err = attach_cgroup(l, cgroup);
	close(cgroup);
	if (hw_host_is_inside(HW_NAMESPACE_CGROUP))
		note(l, "inside a cgroup namespace (container): only its own sockets are seen");
	return err ? fail_attach(report, err) : 0;
}

static int map_skips(struct hw_live *l)
{
	void *p = mmap(NULL, sizeof(struct hw_tap_skip) * HW_TAP_SKIPS_MAX, PROT_READ | PROT_WRITE,
		       MAP_SHARED, bpf_map__fd(l->bpf->maps.skips), 0);

	if (p == MAP_FAILED)
		return -errno;
	l->skips = p;
	return 0;
}

/* time */

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

/*
 * The clock may be set while we run; a frame's time is of the clock as it is now. Where reading
 * took long, as we were interrupted or the clock is a slow one, what is known may be better: it
 * is wrong for sure when it differs by more than that.
 */
static void check_clock(struct hw_live *l)
{
	const uint64_t before = clock_ns(CLOCK_BOOTTIME);
	const uint64_t epoch = clock_ns(CLOCK_REALTIME);
	const uint64_t after = clock_ns(CLOCK_BOOTTIME);
	const int64_t took = (int64_t)(after - before);
	const int64_t boot_ns = (int64_t)(epoch - before) - took / 2 + l->boot_offset_ns;

	if (took < PRECISE_NS || llabs(boot_ns - l->boot_ns) > took)
		l->boot_ns = boot_ns;
	l->boot_checked_ns = after;
}

uint64_t hw_live_now(const struct hw_live *l)
{
	return clock_ns(CLOCK_BOOTTIME) + (uint64_t)(l->boot_ns - l->boot_offset_ns);
}

static int open_all(struct hw_live *l, const struct hw_live_options *options,
		    const struct report *report)
{
	struct hw_owners_options owners = { .sockets_max = options->sockets_max,
					    .tasks_max = options->tasks_max };
	struct loaded loaded = find_hooks(options);
	bool sent = false;
	int err;

	if (hw_host_allow_descriptors() != 0)
		return fail_load(report, -EMFILE);
	err = load_what_goes(l, options, &loaded);
	if (err)
		return fail_load(report, err);
	err = hw_ring_open(&l->ring, bpf_map__fd(l->bpf->maps.ring),
			   bpf_map__max_entries(l->bpf->maps.ring));
	if (!err)
		err = map_skips(l);
	if (err == -ENOMEM)
		return fail_load(report, err);
	if (err)
		return fail(report, err, "cannot map the ring: %s", strerror(-err));
	l->counters = l->bpf->bss->counters;
	l->sleeps = &l->bpf->bss->reader_sleeps;
	attach_choice(l);
	choose(l, options->choice);
	err = attach(l, &sent, report);
	if (err)
		return err;
	owners.sends_untold = !sent;
	err = hw_owners_new(&l->owners, &owners);
	if (err)
		return fail(report, err, "no memory for %u sockets", options->sockets_max);
	l->boot_offset_ns = hw_host_boottime_offset_ns();
	check_clock(l);
	read_open_sockets(l);
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
	const struct report report = { ret_error, error_max };
	struct hw_live *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return fail(&report, -ENOMEM, "no memory");
	name_lost_counters(l);
	libbpf_set_print(print_nothing);
	err = open_all(l, options, &report);
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
	for (size_t i = 0; i < l->links_nr; i++)
		bpf_link__destroy(l->links[i]);
	if (l->skips)
		munmap(l->skips, sizeof(*l->skips) * HW_TAP_SKIPS_MAX);
	hw_ring_close(&l->ring);
	hw_owners_free(l->owners);
	tap_bpf__destroy(l->bpf);
	free(l);
}

const char *hw_live_note(const struct hw_live *l, size_t i)
{
	return i < l->notes_nr ? l->notes[i] : NULL;
}

/* one hook by itself */

static struct bpf_link *attach_alone(struct bpf_program *program, int cgroup)
{
	switch (bpf_program__type(program)) {
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return bpf_program__attach_cgroup(program, cgroup);
	default:
		return bpf_program__attach(program); /* as its section says */
	}
}

static int load_alone(struct tap_bpf *bpf, struct bpf_program *wanted)
{
	struct bpf_program *program;
	int err = bpf_map__set_max_entries(bpf->maps.ring, RING_BYTES_MIN);

	bpf_object__for_each_program(program, bpf->obj)
	{
		bpf_program__set_autoload(program, program == wanted);
	}
	return err ? err : tap_bpf__load(bpf);
}

/* On success `ret_section` has where the kernel calls it. */
static int try_program(const char *name, int cgroup, char *ret_section, size_t max)
{
	struct tap_bpf *bpf = tap_bpf__open();
	struct bpf_program *program;
	struct bpf_link *link;
	int err;

	if (!bpf)
		return -errno;
	program = bpf_object__find_program_by_name(bpf->obj, name);
	snprintf(ret_section, max, "%s",
		 bpf_program__section_name(program) +
			 strspn(bpf_program__section_name(program), "?"));
	err = load_alone(bpf, program);
	if (!err) {
		link = attach_alone(program, cgroup);
		err = link ? 0 : -errno;
		bpf_link__destroy(link);
	}
	tap_bpf__destroy(bpf);
	return err;
}

bool hw_live_try(size_t i, struct hw_live_hook *ret)
{
	char error[256];
	const struct report report = { error, sizeof(error) };
	char instead[sizeof(ret->name)];
	int cgroup;

	if (i >= HOOK_NR)
		return false;
	libbpf_set_print(print_nothing);
	*ret = (struct hw_live_hook){ .gives = hooks[i].gives, .without = hooks[i].without };
	cgroup = open_cgroup(&report);
	ret->error = try_program(hooks[i].program, cgroup, ret->name, sizeof(ret->name));
	if (ret->error && hooks[i].instead &&
	    try_program(hooks[i].instead, cgroup, instead, sizeof(instead)) == 0) {
		memcpy(ret->name, instead, sizeof(instead));
		ret->error = 0;
	}
	if (cgroup >= 0)
		close(cgroup);
	return true;
}

/* records */

static void take_frame(struct hw_live *l, const struct hw_tap_frame *record,
		       struct hw_socket *socket, struct hw_frame *frame)
{
	const struct hw_tap_socket *s = &record->socket;

	*socket = (struct hw_socket){ .cookie = record->flags & HW_TAP_LISTENER ? 0 : s->cookie,
				      .netns = s->netns,
				      .local_port = s->local_port,
				      .remote_port = s->remote_port };
	memcpy(socket->local, s->local, sizeof(socket->local));
	memcpy(socket->remote, s->remote, sizeof(socket->remote));
	*frame = (struct hw_frame){ .time_ns = record->head.time_ns + (uint64_t)l->boot_ns,
				    .number = ++l->frames_nr,
				    .data = (const uint8_t *)(record + 1),
				    .len = record->data_len,
				    .wire_len = record->wire_len,
				    .linktype = LINKTYPE_RAW,
				    .direction = record->direction,
				    .checksums_unset = true,
				    .is_part = record->flags & HW_TAP_PART,
				    .in_order = record->flags & HW_TAP_IN_ORDER,
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
					 .asks = true });
}

/* Give the frame, the i-th of the batch, what was said of it. */
static void take_announced(struct hw_live *l, struct hw_frame *frame, size_t i)
{
	size_t kept = 0;

	for (size_t k = 0; k < l->announced_nr; k++) {
		const struct announced a = l->announced[k];

		if (a.cookie != frame->socket->cookie || a.direction != frame->direction) {
			l->announced[kept++] = a;
		} else if (a.asks) {
			l->ends_at[i] = a.ends_at;
			frame->ends_at = &l->ends_at[i];
		} else {
			l->left_out[i] = a.left_out;
			frame->left_out = &l->left_out[i];
		}
	}
	l->announced_nr = kept;
}

static size_t take_records(struct hw_live *l, struct hw_frame *frames, size_t max)
{
	size_t len, nr = 0;
	const void *record;

	l->batch_first = l->frames_nr + 1;
	while (hw_ring_next(&l->ring, &record, &len)) {
		const struct hw_tap_head *head = record;

		switch ((enum hw_tap_type)head->type) {
		case HW_TAP_FRAME:
			if (nr == max) { /* who used it may come behind the last one */
				hw_ring_unread(&l->ring, record);
				return nr;
			}
			l->keys[nr] = hw_owners_frame(l->owners, record, l->frames_nr + 1);
			l->cpus[nr] = head->cpu;
			take_frame(l, record, &l->sockets[nr], &frames[nr]);
			if (l->announced_nr)
				take_announced(l, &frames[nr], nr);
			nr++;
			break;
		case HW_TAP_LEFT:
			take_left(l, record);
			break;
		case HW_TAP_ENDS_AT:
			take_question(l, record);
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
		return hw_ring_wait(&l->ring,
				    timeout_ms < 0 || timeout_ms > POLL_MS ? POLL_MS : timeout_ms);
	__atomic_store_n(l->sleeps, 1, __ATOMIC_SEQ_CST);
	err = hw_ring_waiting(&l->ring) ? 0 : hw_ring_wait(&l->ring, timeout_ms);
	__atomic_store_n(l->sleeps, 0, __ATOMIC_RELAXED);
	return err;
}

int hw_live_read(struct hw_live *l, struct hw_frame *frames, size_t max, int timeout_ms,
		 size_t *ret_nr)
{
	const size_t batch = max < HW_LIVE_BATCH_MAX ? max : HW_LIVE_BATCH_MAX;
	uint64_t before;
	int err = 0;

	hw_ring_release(&l->ring);
	if (clock_ns(CLOCK_BOOTTIME) - l->boot_checked_ns > SECOND_NS)
		check_clock(l);
	if (l->is_drained && timeout_ms)
		err = rest(l, timeout_ms);
	before = l->ring.at;
	*ret_nr = take_records(l, frames, batch);
	l->is_drained = *ret_nr < batch;
	l->is_idle = l->ring.at == before && timeout_ms;
	return err && !*ret_nr ? err : 0;
}

uint64_t hw_live_written(const struct hw_live *l)
{
	return l->ring.at + hw_ring_waiting(&l->ring);
}

bool hw_live_has_read(const struct hw_live *l, uint64_t place)
{
	return l->ring.at >= place;
}

static bool is_in_batch(const struct hw_live *l, uint64_t number)
{
	return number >= l->batch_first && number - l->batch_first < HW_LIVE_BATCH_MAX &&
	       number <= l->frames_nr;
}

uint64_t hw_live_key(const struct hw_live *l, uint64_t number, uint64_t cookie)
{
	return is_in_batch(l, number) ? l->keys[number - l->batch_first] : cookie;
}

uint32_t hw_live_cpu(const struct hw_live *l, uint64_t number)
{
	return is_in_batch(l, number) ? l->cpus[number - l->batch_first] : 0;
}

enum hw_owner_known hw_live_owner(struct hw_live *l, uint64_t key, uint64_t number,
				  enum hw_direction direction, struct hw_process *ret,
				  uint64_t *ret_cookie)
{
	return hw_owners_find(l->owners, key, number, direction, ret, ret_cookie);
}

void hw_live_end(struct hw_live *l, uint64_t cookie)
{
	hw_owners_end(l->owners, cookie, hw_live_now(l));
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
	}
	__atomic_store_n(&s->chunked, wanted->chunked, __ATOMIC_RELAXED);
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

void hw_live_ignore(struct hw_live *l, uint64_t cookie, enum hw_direction direction)
{
	struct hw_tap_skip s = get_skip(l, cookie);
	const int way = direction == HW_DIRECTION_EGRESS;

	s.ignore |= 1u << way;
	s.ignore ^= 1u << (2 + way); /* said again */
	set_skip(l, cookie, &s);
}

/* counters */

static const struct {
	const char *name, *meaning;
} counter_names[] = {
	[HW_TAP_COPIED] = { "packets_copied", "copied to user space" },
	[HW_TAP_PASSED] = { "packets_left", "left out: without data, or not HTTP" },
	[HW_TAP_SKIPPED] = { "packets_skipped", "left out: inside a long body" },
	[HW_TAP_FILTERED] = { "packets_filtered",
			      "left out: of a process or connection not asked for" },
	[HW_TAP_LOST] = { "packets_lost", "lost because the ring was full" },
	[HW_TAP_UNREADABLE] = { "packets_unreadable", "whose bytes could not be read" },
	[HW_TAP_LOST_USE] = { "uses_lost", "uses of sockets lost because the ring was full" },
	[HW_TAP_LOST_TASK] = { "tasks_lost", "descriptions of threads lost as the ring was full" },
	[HW_TAP_NO_STORAGE] = { "sockets_unowned", "sockets that could not be given an owner" },
	[HW_TAP_CUT] = { "packets_cut",
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
		{ "live", "tasks_forgotten", "threads dropped from the table of threads",
		  lost.tasks },
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
	*ret = (struct hw_counter){ "live", counter_names[i].name, counter_names[i].meaning,
				    sum_counter(l, i) };
	return true;
}
