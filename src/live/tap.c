/* SPDX-License-Identifier: BSD-2-Clause */
/* src/live/tap.c - see tap.h, and hw_live_try() in live.h; the only user of libbpf */
#include "live/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "base/bytes.h"
#include "base/failure.h"
#include "base/layout.h"
#include "base/library.h"
#include "live/attached.h"
#include "live/btf_names.h"
#include "live/cgroup.h"
#include "live/host.h"
#include "live/refusal.h"

/* With libelf, which it brings, a tenth of the time that it takes to start reading a file. */
#define LIBRARY "libbpf.so.1"
/* clang-format off */
#define FUNCTIONS(f)				\
	f(bpf_iter_create)			\
	f(bpf_link__destroy)			\
	f(bpf_link__fd)				\
	f(bpf_map__fd)				\
	f(bpf_map__lookup_elem)			\
	f(bpf_map__max_entries)			\
	f(bpf_map__set_max_entries)		\
	f(bpf_map__update_elem)			\
	f(bpf_object__destroy_skeleton)		\
	f(bpf_object__find_program_by_name)	\
	f(bpf_object__load_skeleton)		\
	f(bpf_object__next_program)		\
	f(bpf_object__open_skeleton)		\
	f(bpf_program__attach)			\
	f(bpf_program__attach_cgroup)		\
	f(bpf_program__attach_iter)		\
	f(bpf_program__autoload)		\
	f(bpf_program__section_name)		\
	f(bpf_program__set_autoload)		\
	f(bpf_program__type)			\
	f(libbpf_major_version)			\
	f(libbpf_minor_version)			\
	f(libbpf_set_print)
/* clang-format on */

static struct {
#define MEMBER(name) __typeof__(&name) name;
	FUNCTIONS(MEMBER)
#undef MEMBER
} lib; /* filled by hw_live_load() */

/* What the skeleton and libbpf's own macros call. */
#define bpf_object__destroy_skeleton lib.bpf_object__destroy_skeleton
#define bpf_object__load_skeleton lib.bpf_object__load_skeleton
#define bpf_object__next_program lib.bpf_object__next_program
#define bpf_object__open_skeleton lib.bpf_object__open_skeleton
#include <tap.skel.h>

enum {
	RING_BYTES_MIN = 256 * 1024,
	LINKS_MAX = 16,
	NOTES_MAX = 8,
};

struct hw_tap {
	struct tap_bpf *bpf;
	struct bpf_link *links[LINKS_MAX];
	size_t links_nr;
	struct hw_attached attached;
	struct hw_ring ring;
	struct hw_tap_skip *skips;
	const char *notes[NOTES_MAX];
	size_t notes_nr;
};

/* libbpf prints a page of its own for each failure; we say one line. */
static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

bool hw_live_load(void)
{
#define NAME(name) #name,
	static const char *const names[] = { FUNCTIONS(NAME) };
#undef NAME

	if (!hw_library_load(LIBRARY, names, sizeof(names) / sizeof(names[0]), &lib))
		return false;
	lib.libbpf_set_print(print_nothing);
	return true;
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
	HOOK_STATE,
	HOOK_OPEN,
	HOOK_CHILD,
	HOOK_EXIT,
	HOOK_CGROUP,
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
	[HOOK_STATE] = { "tell_state", NULL, "connections given up",
			 "the kernel does not tell of connections that it gives up: their end is "
			 "told when nothing was heard of them for five minutes" },
	[HOOK_OPEN] = { "own_open", NULL, "who has sockets open",
			"the kernel does not list open sockets: those that were open before have "
			"an owner only from their next use on" },
	[HOOK_CHILD] = { "choose_child", NULL, "children to come",
			 "the kernel does not tell of new processes: --children and -- COMMAND do "
			 "not work" },
	[HOOK_EXIT] = { "forget_pid", NULL, "processes that end",
			"the kernel does not tell of processes that end: --pid does not work" },
	[HOOK_CGROUP] = { "choose_cgroup", NULL, "cgroups to come",
			  "the kernel does not tell of new cgroups: --cgroup and --container end "
			  "when what they name is started again" },
};

/* and of these those that are not everywhere */

static void note(struct hw_tap *t, const char *text)
{
	if (t->notes_nr < NOTES_MAX)
		t->notes[t->notes_nr++] = text;
}

/* Those that are loaded. */
struct loaded {
	bool sent, sendmsg, sendpage, received, datagram, state, open;
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
	h.state = (options->http || options->flows) &&
		  hw_btf_names_have(&names, "btf_trace_inet_sock_set_state");
	h.sendmsg = !h.sent && hw_btf_names_have(&names, "tcp_sendmsg");
	h.sendpage = h.sendmsg && hw_btf_names_have(&names, "tcp_sendpage");
	hw_btf_names_clear(&names);
	return h;
}

static void choose_hooks(struct tap_bpf *bpf, const struct loaded *h)
{
	lib.bpf_program__set_autoload(bpf->progs.use_sent, h->sent);
	lib.bpf_program__set_autoload(bpf->progs.use_received, h->received);
	lib.bpf_program__set_autoload(bpf->progs.use_datagram, h->datagram);
	lib.bpf_program__set_autoload(bpf->progs.use_sendmsg, h->sendmsg);
	lib.bpf_program__set_autoload(bpf->progs.use_sendpage, h->sendpage);
	lib.bpf_program__set_autoload(bpf->progs.tell_state, h->state);
	lib.bpf_program__set_autoload(bpf->progs.own_open, h->open);
	lib.bpf_program__set_autoload(bpf->progs.choose_child, false);
	lib.bpf_program__set_autoload(bpf->progs.forget_pid, false);
	lib.bpf_program__set_autoload(bpf->progs.choose_cgroup, false);
}

/* Not twice in the program, with all that the programs are, as where it is inlined. */
HW_APART static struct tap_bpf *open_programs(void)
{
	return tap_bpf__open();
}

/* who was asked for */

static void configure_choice(struct tap_bpf *bpf, const struct hw_choice *c)
{
	struct tap_bpf__rodata *to = bpf->rodata;
	size_t len;

	if (!c || hw_choice_is_any(c))
		return;
	to->cfg_choose = true;
	to->cfg_choose_pid = hw_choice_has_pids(c);
	to->cfg_pid_ns = hw_host_pid_namespace();
	to->cfg_choose_cgroup = c->cgroups.nr > 0;
	to->cfg_choose_container = c->containers.nr > 0;
	to->cfg_choose_uid = c->has_uid;
	to->cfg_uid = c->uid;
	to->cfg_choose_comm = c->comm;
	to->cfg_comm_may_differ = c->comm_may_differ;
	to->cfg_newest_cgroup = c->newer_cgroups ? c->newest_cgroup : 0;
	len = c->comm ? strnlen(c->comm, sizeof(to->cfg_comm) - 1) : 0;
	memcpy(to->cfg_comm, c->comm ? c->comm : "", len);
	lib.bpf_program__set_autoload(bpf->progs.choose_child, c->children || c->command);
	lib.bpf_program__set_autoload(bpf->progs.forget_pid,
				      hw_choice_has_pids(c) && !c->pids_stay);
	lib.bpf_program__set_autoload(bpf->progs.choose_cgroup, c->cgroups.nr || c->containers.nr);
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

static void choose_pid(const struct hw_tap *t, uint32_t pid, bool children)
{
	const uint8_t value = children;

	lib.bpf_map__update_elem(t->bpf->maps.pids, &pid, sizeof(pid), &value, sizeof(value),
				 BPF_ANY);
}

static void choose_child(void *ctx, uint32_t pid)
{
	choose_pid(ctx, pid, true);
}

static void choose_cgroups(const struct bpf_map *map, const struct hw_choice_cgroups *from)
{
	const uint8_t one = 1;

	for (size_t i = 0; i < from->nr; i++)
		lib.bpf_map__update_elem(map, &from->ids[i], sizeof(from->ids[i]), &one,
					 sizeof(one), BPF_ANY);
}

/* Their places, with what was chosen there before: of a cgroup and of a container there may be one. */
static void keep_places(const struct bpf_map *map, const struct hw_choice_cgroups *from,
			size_t field)
{
	for (size_t i = 0; i < from->nr; i++) {
		struct hw_tap_cgroup_path path = { 0 };
		struct hw_tap_cgroup_ids ids = { 0 };

		/* With room for one more: the kernel side cuts what is longer, and it would be that. */
		if (!from->paths[i] || strlen(from->paths[i]) + 1 >= sizeof(path.text))
			continue;
		memcpy(path.text, from->paths[i], strlen(from->paths[i]));
		lib.bpf_map__lookup_elem(map, &path, sizeof(path), &ids, sizeof(ids), 0);
		memcpy((char *)&ids + field, &from->ids[i], sizeof(from->ids[i]));
		lib.bpf_map__update_elem(map, &path, sizeof(path), &ids, sizeof(ids), BPF_ANY);
	}
}

static void choose(struct hw_tap *t, const struct hw_choice *c)
{
	if (!c)
		return;
	choose_cgroups(t->bpf->maps.cgroups, &c->cgroups);
	choose_cgroups(t->bpf->maps.containers, &c->containers);
	keep_places(t->bpf->maps.cgroup_paths, &c->cgroups,
		    offsetof(struct hw_tap_cgroup_ids, cgroup));
	keep_places(t->bpf->maps.cgroup_paths, &c->containers,
		    offsetof(struct hw_tap_cgroup_ids, container));
	for (size_t i = 0; i < c->pids_nr; i++)
		choose_pid(t, c->pids[i], c->children);
	if (c->command)
		choose_pid(t, c->command, true);
	/* Those that are started from now on are told by the kernel: none is missed between. */
	for (size_t i = 0; c->children && i < c->pids_nr; i++)
		hw_choice_each_child(c->pids[i], choose_child, t);
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
	_Static_assert((int)HW_TAP_UNCUT == HW_LIVE_UNCUT, "it is as live.h says");

	return options->may_cut ? (uint32_t)(ring_bytes(options->ring_bytes) / 4 * 3) : UINT32_MAX;
}

static int load(struct hw_tap *t, const struct hw_live_options *options, const struct loaded *h)
{
	int err;

	t->bpf = open_programs();
	if (!t->bpf)
		return -errno;
	choose_hooks(t->bpf, h);
	t->bpf->rodata->cfg_snaplen = options->snaplen;
	t->bpf->rodata->cfg_udp = options->dns || options->packets;
	t->bpf->rodata->cfg_http = options->http;
	t->bpf->rodata->cfg_names = options->names;
	t->bpf->rodata->cfg_flows = options->flows;
	t->bpf->rodata->cfg_packets = options->packets;
	t->bpf->rodata->cfg_acks = options->acks;
	t->bpf->rodata->cfg_handshakes = options->handshakes && !options->acks;
	t->bpf->rodata->cfg_gate = options->gate && !options->packets;
	t->bpf->rodata->cfg_crowded_bytes = crowded_bytes(options);
	t->bpf->rodata->cfg_no_bodies = options->no_bodies;
	configure_dns(t->bpf, options);
	configure_choice(t->bpf, options->choice);
	configure_ends(t->bpf, options->ends);
	err = lib.bpf_map__set_max_entries(t->bpf->maps.ring,
					   (uint32_t)ring_bytes(options->ring_bytes));
	return err ? err : tap_bpf__load(t->bpf);
}

/* Where one is refused all are taken back, and we go on with fewer. */
static int load_what_goes(struct hw_tap *t, const struct hw_live_options *options, struct loaded *h)
{
	int err = load(t, options, h);

	if (err && (h->sendmsg || h->sendpage)) {
		h->sendmsg = h->sendpage = false;
		tap_bpf__destroy(t->bpf);
		err = load(t, options, h);
	}
	if (err && (h->sent || h->received || h->open)) {
		*h = (struct loaded){ 0 };
		tap_bpf__destroy(t->bpf);
		err = load(t, options, h);
	}
	return err;
}

static int keep_link(struct hw_tap *t, struct bpf_link *link)
{
	if (!link)
		return -errno;
	t->links[t->links_nr++] = link;
	return 0;
}

static int attach_cgroup(struct hw_tap *t, int cgroup)
{
	/* The owners first: a frame should find one. */
	const struct {
		struct bpf_program *program;
		enum hook hook;
	} wanted[] = {
		{ t->bpf->progs.own_created, HOOK_CREATED },
		{ t->bpf->progs.own_connected4, HOOK_CONNECTED4 },
		{ t->bpf->progs.own_connected6, HOOK_CONNECTED6 },
		{ t->bpf->progs.tap_ingress, HOOK_INGRESS },
		{ t->bpf->progs.tap_egress, HOOK_EGRESS },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		err = keep_link(t, lib.bpf_program__attach_cgroup(wanted[i].program, cgroup));
		if (!err)
			hw_attached_add(&t->attached, lib.bpf_link__fd(t->links[t->links_nr - 1]),
					hooks[wanted[i].hook].gives);
	}
	return err;
}

static bool attach_hook(struct hw_tap *t, struct bpf_program *program)
{
	return lib.bpf_program__autoload(program) &&
	       keep_link(t, lib.bpf_program__attach(program)) == 0;
}

static void attach_choice(struct hw_tap *t)
{
	struct bpf_program *const child = t->bpf->progs.choose_child;
	struct bpf_program *const end = t->bpf->progs.forget_pid;
	struct bpf_program *const cgroup = t->bpf->progs.choose_cgroup;

	if (lib.bpf_program__autoload(child) && !attach_hook(t, child))
		note(t, hooks[HOOK_CHILD].without);
	if (lib.bpf_program__autoload(end) && !attach_hook(t, end))
		note(t, hooks[HOOK_EXIT].without);
	if (lib.bpf_program__autoload(cgroup) && !attach_hook(t, cgroup))
		note(t, hooks[HOOK_CGROUP].without);
}

/* Returns whether the kernel tells of sending. */
static bool attach_hooks(struct hw_tap *t)
{
	const bool sent =
		attach_hook(t, t->bpf->progs.use_sent) || attach_hook(t, t->bpf->progs.use_sendmsg);

	attach_hook(t, t->bpf->progs.use_sendpage);
	attach_hook(t, t->bpf->progs.use_datagram);
	if (!attach_hook(t, t->bpf->progs.use_received))
		note(t, hooks[HOOK_RECEIVED].without);
	if (lib.bpf_program__autoload(t->bpf->progs.tell_state) &&
	    !attach_hook(t, t->bpf->progs.tell_state))
		note(t, hooks[HOOK_STATE].without);
	if (!sent)
		note(t, hooks[HOOK_SENT].without);
	return sent;
}

/* The iterator goes over all open files of all threads, and writes to the ring. */
void hw_tap_list_sockets(struct hw_tap *t)
{
	struct bpf_program *program = t->bpf->progs.own_open;
	struct bpf_link *link = NULL;
	char nothing[64];
	int fd = -1;

	if (lib.bpf_program__autoload(program))
		link = lib.bpf_program__attach_iter(program, NULL);
	if (link)
		fd = lib.bpf_iter_create(lib.bpf_link__fd(link));
	if (fd < 0)
		note(t, hooks[HOOK_OPEN].without);
	while (fd >= 0 && read(fd, nothing, sizeof(nothing)) > 0)
		;
	if (fd >= 0)
		close(fd);
	lib.bpf_link__destroy(link);
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
static int open_cgroup(const struct hw_failure *report)
{
	char path[PATH_MAX];
	int fd;

	if (hw_cgroup_find(path, sizeof(path)) != 0) {
		fd = open_own_cgroup();
		return fd >= 0 ? fd
			       : hw_fail(report, -EOPNOTSUPP,
					 "cgroup version 2 is not mounted: mkdir -p " HW_CGROUP_PLACE
					 " && mount -t cgroup2 none " HW_CGROUP_PLACE);
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fd : hw_fail(report, -errno, "cannot open %s: %s", path, strerror(errno));
}

static int attach(struct hw_tap *t, bool *ret_sent, const struct hw_failure *report)
{
	const int cgroup = open_cgroup(report);
	int err;

	if (cgroup < 0)
		return cgroup;
	*ret_sent = attach_hooks(t);
	err = attach_cgroup(t, cgroup);
	close(cgroup);
	if (hw_host_is_inside(HW_NAMESPACE_CGROUP))
		note(t, "inside a cgroup namespace (container): only its own sockets are seen");
	return err ? hw_refusal_of_attach(report, err) : 0;
}

static int map_skips(struct hw_tap *t)
{
	void *p = mmap(NULL, sizeof(struct hw_tap_skip) * HW_TAP_SKIPS_MAX, PROT_READ | PROT_WRITE,
		       MAP_SHARED, lib.bpf_map__fd(t->bpf->maps.skips), 0);

	if (p == MAP_FAILED)
		return -errno;
	t->skips = p;
	return 0;
}

/* all of it */

static int load_and_map(struct hw_tap *t, const struct hw_live_options *options,
			const struct hw_failure *report)
{
	struct loaded loaded = find_hooks(options);
	int err;

	if (hw_host_allow_descriptors() != 0)
		return hw_refusal_of_load(report, -EMFILE);
	err = load_what_goes(t, options, &loaded);
	if (err)
		return hw_refusal_of_load(report, err);
	err = hw_ring_open(&t->ring, lib.bpf_map__fd(t->bpf->maps.ring),
			   lib.bpf_map__max_entries(t->bpf->maps.ring));
	if (!err)
		err = map_skips(t);
	if (err == -ENOMEM)
		return hw_refusal_of_load(report, err);
	return err ? hw_fail(report, err, "cannot map the ring: %s", strerror(-err)) : 0;
}

int hw_tap_open(struct hw_tap **ret, const struct hw_live_options *options, bool *ret_tells_sends,
		char *ret_error, size_t error_max)
{
	const struct hw_failure report = { ret_error, error_max };
	struct hw_tap *t;
	int err;

	if (!hw_live_load())
		return hw_fail(&report, -ELIBACC, "needs the library libbpf, package libbpf1: %s",
			       dlerror());
	t = calloc(1, sizeof(*t));
	if (!t)
		return hw_fail(&report, -ENOMEM, "no memory");
	err = load_and_map(t, options, &report);
	if (!err) {
		attach_choice(t);
		choose(t, options->choice);
		err = attach(t, ret_tells_sends, &report);
	}
	if (err) {
		hw_tap_close(t);
		return err;
	}
	*ret = t;
	return 0;
}

void hw_tap_close(struct hw_tap *t)
{
	if (!t)
		return;
	hw_attached_close(&t->attached);
	for (size_t i = 0; i < t->links_nr; i++)
		lib.bpf_link__destroy(t->links[i]);
	if (t->skips)
		munmap(t->skips, sizeof(*t->skips) * HW_TAP_SKIPS_MAX);
	hw_ring_close(&t->ring);
	tap_bpf__destroy(t->bpf);
	free(t);
}

const char *hw_tap_note(const struct hw_tap *t, size_t i)
{
	return i < t->notes_nr ? t->notes[i] : NULL;
}

const char *hw_tap_lost(const struct hw_tap *t)
{
	return hw_attached_lost(&t->attached);
}

struct hw_ring *hw_tap_ring(struct hw_tap *t)
{
	return &t->ring;
}

struct hw_tap_skip *hw_tap_skips(struct hw_tap *t)
{
	return t->skips;
}

const struct hw_tap_counters *hw_tap_counters(const struct hw_tap *t)
{
	return t->bpf->bss->counters;
}

uint32_t *hw_tap_reader_sleeps(struct hw_tap *t)
{
	return &t->bpf->bss->reader_sleeps;
}

/* In this order: who sees that sockets' users are not known any more tells of them anew. */
void hw_tap_forgot(struct hw_tap *t)
{
	__atomic_fetch_add(&t->bpf->bss->forgotten_nr, 1, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&t->bpf->bss->retold_nr, 1, __ATOMIC_SEQ_CST);
}

/* one hook by itself */

static struct bpf_link *attach_alone(struct bpf_program *program, int cgroup)
{
	switch (lib.bpf_program__type(program)) {
	case BPF_PROG_TYPE_CGROUP_SKB:
	case BPF_PROG_TYPE_CGROUP_SOCK:
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		return lib.bpf_program__attach_cgroup(program, cgroup);
	default:
		return lib.bpf_program__attach(program); /* as its section says */
	}
}

static int load_alone(struct tap_bpf *bpf, struct bpf_program *wanted)
{
	struct bpf_program *program;
	int err = lib.bpf_map__set_max_entries(bpf->maps.ring, RING_BYTES_MIN);

	bpf_object__for_each_program(program, bpf->obj)
	{
		lib.bpf_program__set_autoload(program, program == wanted);
	}
	return err ? err : tap_bpf__load(bpf);
}

/* On success `ret_section` has where the kernel calls it. */
static int try_program(const char *name, int cgroup, char *ret_section, size_t max)
{
	struct tap_bpf *bpf = open_programs();
	struct bpf_program *program;
	struct bpf_link *link;
	int err;

	if (!bpf)
		return -errno;
	program = lib.bpf_object__find_program_by_name(bpf->obj, name);
	snprintf(ret_section, max, "%s",
		 lib.bpf_program__section_name(program) +
			 strspn(lib.bpf_program__section_name(program), "?"));
	err = load_alone(bpf, program);
	if (!err) {
		link = attach_alone(program, cgroup);
		err = link ? 0 : -errno;
		lib.bpf_link__destroy(link);
	}
	tap_bpf__destroy(bpf);
	return err;
}

static void try_hook(size_t i, struct hw_live_hook *ret)
{
	char error[256];
	const struct hw_failure report = { error, sizeof(error) };
	const int cgroup = open_cgroup(&report);
	char instead[sizeof(ret->name)];

	ret->error = try_program(hooks[i].program, cgroup, ret->name, sizeof(ret->name));
	if (ret->error && hooks[i].instead &&
	    try_program(hooks[i].instead, cgroup, instead, sizeof(instead)) == 0) {
		memcpy(ret->name, instead, sizeof(instead));
		ret->error = 0;
	}
	if (cgroup >= 0)
		close(cgroup);
}

bool hw_live_try(size_t i, struct hw_live_hook *ret)
{
	if (i >= HOOK_NR)
		return false;
	*ret = (struct hw_live_hook){ .gives = hooks[i].gives,
				      .without = hooks[i].without,
				      .error = -ELIBACC };
	snprintf(ret->name, sizeof(ret->name), "%s", hooks[i].program);
	if (hw_live_load())
		try_hook(i, ret);
	return true;
}

void hw_tap_library(char *ret, size_t max)
{
	if (hw_live_load())
		snprintf(ret, max, "libbpf %u.%u", lib.libbpf_major_version(),
			 lib.libbpf_minor_version());
	else
		snprintf(ret, max, "libbpf: not installed");
}
