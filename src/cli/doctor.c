/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/doctor.c - see doctor.h */
#include "cli/doctor.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/message.h"
#include "event/escape.h"
#include "live/cgroup.h"
#include "live/host.h"
#include "live/live.h"
#include "live/runtime.h"
#include "live/tap.h"

enum {
	STATE_COLUMN = 24,
	TEXT_COLUMN = 33,
	WIDTH = 80,	/* of the narrowest terminal that is usual */
	TEXT_MAX = 512, /* bytes of a text of ours; what is longer is cut */
};

enum state {
	STATE_OK,
	STATE_LIMITED, /* it works, but not all of it */
	STATE_MISSING, /* it does not work */
	STATE_UNKNOWN, /* we may not look */
};

static const struct {
	const char *name, *color;
} states[] = {
	[STATE_OK] = { "ok", "\x1b[32m" },
	[STATE_LIMITED] = { "limited", "\x1b[1;33m" },
	[STATE_MISSING] = { "missing", "\x1b[1;31m" },
	[STATE_UNKNOWN] = { "unknown", "\x1b[35m" },
};

/* What was found out; texts may be empty. */
struct finding {
	const char *check;
	enum state state;
	char found[TEXT_MAX];
	const char *meaning; /* a sentence, if it is not as it should be */
	char cure[TEXT_MAX]; /* a command */
};

struct doctor {
	FILE *out;
	bool color, json;
	const char *untried; /* why no program can be tried; NULL: each can */
	bool is_limited;     /* something was not "ok" */
	bool works;	     /* all together */
	char error[TEXT_MAX];
};

/* output */

/* Print `text`, which has single blanks between its words, from TEXT_COLUMN on. */
static void print_text(FILE *out, const char *text)
{
	int column = TEXT_COLUMN;

	while (*text) {
		const int word = (int)strcspn(text, " ");

		if (column > TEXT_COLUMN && column + 1 + word > WIDTH)
			column = fprintf(out, "\n%*s", TEXT_COLUMN, "") - 1;
		column += fprintf(out, "%s%.*s", column > TEXT_COLUMN ? " " : "", word, text);
		text += word;
		text += *text == ' ';
	}
	fputc('\n', out);
}

static void print_finding(const struct doctor *d, const struct finding *f)
{
	char found[4 * TEXT_MAX];

	hw_message_escape(found, sizeof(found), f->found, strlen(f->found));
	fprintf(d->out, "%-*s%s%-*s%s", STATE_COLUMN, f->check,
		d->color ? states[f->state].color : "", TEXT_COLUMN - STATE_COLUMN,
		states[f->state].name, d->color ? "\x1b[0m" : "");
	print_text(d->out, found);
	if (f->meaning) {
		fprintf(d->out, "%*s", TEXT_COLUMN, "");
		print_text(d->out, f->meaning);
	}
	if (f->cure[0])
		fprintf(d->out, "%*s$ %s\n", TEXT_COLUMN, "", f->cure);
}

static void print_member(FILE *out, const char *name, const char *text)
{
	uint8_t escaped[HW_ESCAPE_FACTOR * TEXT_MAX + HW_ESCAPE_SLACK];
	const uint8_t *end = hw_escape(escaped, hw_slice_text(text), 0);

	fprintf(out, ",\"%s\":\"%.*s\"", name, (int)(end - escaped), (const char *)escaped);
}

static void print_json(const struct doctor *d, const struct finding *f)
{
	fprintf(d->out, "{\"check\":\"%s\",\"state\":\"%s\"", f->check, states[f->state].name);
	print_member(d->out, "found", f->found);
	print_member(d->out, "meaning", f->meaning ? f->meaning : "");
	print_member(d->out, "cure", f->cure);
	fputs("}\n", d->out);
}

static void say(struct doctor *d, const struct finding *f)
{
	d->is_limited |= f->state != STATE_OK;
	if (d->json)
		print_json(d, f);
	else
		print_finding(d, f);
}

/* the kernel */

/* "6.1.0-13-amd64" and the like. */
static bool parse_release(const char *text, unsigned long *ret_major, unsigned long *ret_minor)
{
	char *end;

	*ret_major = strtoul(text, &end, 10);
	if (end == text || *end != '.')
		return false;
	text = end + 1;
	*ret_minor = strtoul(text, &end, 10);
	return end != text;
}

static void look_at_kernel(struct doctor *d)
{
	struct finding f = { .check = "kernel" };
	unsigned long major = 0, minor = 0;
	struct utsname name;

	if (uname(&name) != 0 || !parse_release(name.release, &major, &minor))
		f.state = STATE_UNKNOWN;
	snprintf(f.found, sizeof(f.found), "Linux %.64s, %.64s", name.release, name.machine);
	if (f.state == STATE_OK && (major < 6 || (major == 6 && minor < 1))) {
		f.state = STATE_LIMITED;
		f.meaning = "Linux 6.1 or later is needed, unless the distribution brought what is "
			    "tried below into this one";
	}
	say(d, &f);
}

static void look_at_types(struct doctor *d)
{
	struct finding f = { .check = "kernel types (BTF)", .found = HW_HOST_BTF };

	if (access(HW_HOST_BTF, R_OK) != 0) {
		d->untried = "not tried, without the kernel's types";
		f.state = STATE_MISSING;
		snprintf(f.found, sizeof(f.found), HW_HOST_BTF ": %s", strerror(errno));
		f.meaning = "programs are fitted to the kernel by these; without them it needs one "
			    "that is built with CONFIG_DEBUG_INFO_BTF=y";
		if (access("/sys/kernel", F_OK) != 0)
			snprintf(f.cure, sizeof(f.cure), "sudo mount -t sysfs sysfs /sys");
	}
	say(d, &f);
}

static void look_at_lockdown(struct doctor *d)
{
	static const char *const names[] = {
		[HW_LOCKDOWN_UNKNOWN] = "the kernel has none, or does not say",
		[HW_LOCKDOWN_NONE] = "none",
		[HW_LOCKDOWN_INTEGRITY] = "integrity",
		[HW_LOCKDOWN_CONFIDENTIALITY] = "confidentiality",
	};
	const enum hw_lockdown lockdown = hw_host_lockdown();
	struct finding f = { .check = "lockdown" };

	snprintf(f.found, sizeof(f.found), "%s", names[lockdown]);
	if (lockdown == HW_LOCKDOWN_CONFIDENTIALITY) {
		f.state = STATE_MISSING;
		f.meaning = "eBPF programs may not read kernel memory: nothing can be watched; "
			    "boot without lockdown=confidentiality";
	}
	say(d, &f);
}

static void look_at_unprivileged(struct doctor *d)
{
	const int value = hw_host_unprivileged_bpf_disabled();
	struct finding f = { .check = "unprivileged eBPF" };

	if (value < 0)
		snprintf(f.found, sizeof(f.found), "not known; it is not needed");
	else
		snprintf(f.found, sizeof(f.found),
			 "%s (kernel.unprivileged_bpf_disabled = %d); it is not needed",
			 value ? "off" : "on", value);
	say(d, &f);
}

/* where this process is */

static void look_at_cgroup(struct doctor *d)
{
	struct finding f = { .check = "cgroup version 2" };
	char path[PATH_MAX];

	if (hw_cgroup_find(path, sizeof(path)) == 0) {
		snprintf(f.found, sizeof(f.found), "%.400s%s", path,
			 hw_cgroup_has_version_1() ? ", beside version 1" : "");
	} else {
		f.state = d->works ? STATE_LIMITED : STATE_MISSING;
		snprintf(f.found, sizeof(f.found), "its root is not mounted");
		f.meaning = d->works ? "--cgroup and --container cannot be used"
				     : "programs are attached to its root";
		snprintf(f.cure, sizeof(f.cure),
			 "sudo mkdir -p " HW_CGROUP_PLACE
			 " && sudo mount -t cgroup2 none " HW_CGROUP_PLACE);
	}
	say(d, &f);
}

static void look_at_namespaces(struct doctor *d)
{
	struct finding f = { .check = "namespaces", .found = "the host's" };

	if (hw_host_is_inside(HW_NAMESPACE_USER)) {
		f.state = d->works ? STATE_LIMITED : STATE_MISSING;
		snprintf(f.found, sizeof(f.found), "inside a user namespace");
		f.meaning = "root here is an ordinary user of the host: run it on the host, or in "
			    "a container that is not rootless";
	} else if (hw_host_is_inside(HW_NAMESPACE_CGROUP)) {
		f.state = STATE_LIMITED;
		snprintf(f.found, sizeof(f.found), "inside a cgroup namespace");
		f.meaning = "only sockets of this container are seen; a container that is to see "
			    "the host's is started with --cgroupns=host --pid=host";
	} else if (hw_host_is_inside(HW_NAMESPACE_PID)) {
		snprintf(f.found, sizeof(f.found), "inside a PID namespace; --pid takes its ids");
	}
	say(d, &f);
}

static void look_at_processes(struct doctor *d)
{
	struct finding f = { .check = "processes", .found = "/proc shows all" };

	if (hw_host_hides_processes()) {
		f.state = STATE_LIMITED;
		snprintf(f.found, sizeof(f.found), "/proc does not show all");
		f.meaning = "--children does not find those that run already; all else is known "
			    "from the kernel";
		snprintf(f.cure, sizeof(f.cure), "sudo mount %s /proc",
			 access("/proc/self", F_OK) == 0 ? "-o remount,hidepid=0" : "-t proc proc");
	}
	say(d, &f);
}

static void look_at_clock(struct doctor *d)
{
	struct finding f = { .check = "clock since boot" };

	snprintf(f.found, sizeof(f.found), "%s",
		 hw_host_boottime_offset_ns() ? "of a time namespace; that is allowed for"
					      : "the host's");
	say(d, &f);
}

/* what this process may do */

static void advise_capabilities(struct finding *f)
{
	char options[HW_HOST_CAPABILITIES_MAX + 64];

	if (geteuid() != 0) {
		snprintf(f->cure, sizeof(f->cure), "sudo httpwire");
		return;
	}
	f->meaning = "eBPF programs cannot be loaded: a container needs them as options of docker "
		     "run, a systemd service in AmbientCapabilities=";
	hw_host_missing_capabilities(options, " --cap-add=");
	snprintf(f->cure, sizeof(f->cure), "docker run --cap-add=%s ...", options);
}

/* Those that root of a user namespace has are for what belongs to that: eBPF does not. */
static void look_at_capabilities(struct doctor *d)
{
	struct finding f = { .check = "capabilities", .found = "bpf, perfmon, net_admin" };
	const bool is_inside = !d->works && hw_host_is_inside(HW_NAMESPACE_USER);
	char missing[HW_HOST_CAPABILITIES_MAX];

	if (hw_host_missing_capabilities(missing, ", "))
		snprintf(f.found, sizeof(f.found), "not %s", missing);
	else if (is_inside)
		snprintf(f.found, sizeof(f.found), "those of a user namespace only");
	if (missing[0] || is_inside) {
		d->untried = "not permitted to try";
		f.state = STATE_MISSING;
		f.meaning = "eBPF programs cannot be loaded";
	}
	if (missing[0] && !is_inside)
		advise_capabilities(&f);
	say(d, &f);
}

static void look_at_seccomp(struct doctor *d)
{
	const int mode = hw_host_seccomp();
	struct finding f = { .check = "seccomp" };

	snprintf(f.found, sizeof(f.found), "%s",
		 mode < 0    ? "not known (is /proc mounted?)"
		 : mode == 0 ? "no filter"
			     : "a filter of system calls");
	if (mode > 0 && !d->works && !d->untried) {
		f.state = STATE_LIMITED;
		f.meaning = "it may refuse bpf(2)";
		snprintf(f.cure, sizeof(f.cure),
			 "docker run --security-opt seccomp=unconfined ...");
	}
	say(d, &f);
}

static void look_at_landlock(struct doctor *d)
{
	const int version = hw_host_landlock();
	struct finding f = { .check = "Landlock" };

	if (version)
		snprintf(f.found, sizeof(f.found), "version %d", version);
	else
		snprintf(f.found, sizeof(f.found), "none; it is not needed");
	say(d, &f);
}

static void look_at_locked_memory(struct doctor *d)
{
	struct finding f = { .check = "locked memory" };
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_MEMLOCK, &limit);
	if (limit.rlim_cur == RLIM_INFINITY)
		snprintf(f.found, sizeof(f.found), "no limit");
	else
		snprintf(f.found, sizeof(f.found),
			 "at most %llu KiB; no limit of eBPF since Linux 5.11",
			 (unsigned long long)limit.rlim_cur >> 10);
	say(d, &f);
}

static void look_at_descriptors(struct doctor *d)
{
	const int err = hw_host_allow_descriptors();
	struct finding f = { .check = "open files" };
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	snprintf(f.found, sizeof(f.found), "at most %llu", (unsigned long long)limit.rlim_cur);
	if (err) {
		f.state = STATE_MISSING;
		f.meaning = "64 may be needed";
		snprintf(f.cure, sizeof(f.cure), "ulimit -n 1024");
	}
	say(d, &f);
}

/* libraries that are loaded */

struct library {
	const char *name, *package;
	bool (*load)(void);
	void (*describe)(char *ret, size_t max);
	enum state state; /* without it */
	const char *meaning;
};

static const struct library libbpf = { "libbpf",       "libbpf1",     hw_live_load,
				       hw_tap_library, STATE_MISSING, "nothing can be watched" };
static const struct library json_c = { "json-c",
				       "libjson-c5",
				       hw_description_load,
				       hw_description_library,
				       STATE_LIMITED,
				       "names, images and pods of containers stay empty" };

/* Returns whether it is there. */
static bool look_at_library(struct doctor *d, const struct library *l)
{
	const bool is_there = l->load();
	struct finding f = { .check = l->name };

	l->describe(f.found, sizeof(f.found));
	if (!is_there) {
		f.state = l->state;
		f.meaning = l->meaning;
		snprintf(f.cure, sizeof(f.cure), "sudo apt install %s", l->package);
	}
	say(d, &f);
	return is_there;
}

/* hooks */

static void judge_hook(struct doctor *d, struct finding *f, const struct hw_live_hook *hook)
{
	if (d->untried) {
		f->state = STATE_UNKNOWN;
		snprintf(f->found, sizeof(f->found), "%s: %s", hook->name, d->untried);
		return;
	}
	if ((hook->error == -EPERM || hook->error == -E2BIG) && !hook->without)
		snprintf(f->cure, sizeof(f->cure), "sudo bpftool cgroup tree");
	f->state = hook->without ? STATE_LIMITED : STATE_MISSING;
	f->meaning = hook->without ? hook->without : "nothing can be watched";
	snprintf(f->found, sizeof(f->found), "%s: %s", hook->name,
		 hook->error == -ESRCH ? "this kernel has none" : strerror(-hook->error));
}

static void look_at_hooks(struct doctor *d)
{
	struct hw_live_hook hook;

	for (size_t i = 0; hw_live_try(i, &hook); i++) {
		struct finding f = { .check = hook.gives };

		snprintf(f.found, sizeof(f.found), "%s", hook.name);
		if (hook.error)
			judge_hook(d, &f, &hook);
		say(d, &f);
	}
}

/* containers */

static void look_at_runtime(struct doctor *d, const struct hw_runtime_presence *runtime)
{
	struct finding f = { .check = runtime->name };

	snprintf(f.found, sizeof(f.found), "%s", runtime->state ? runtime->state : runtime->socket);
	if (!runtime->state_readable) {
		f.state = STATE_LIMITED;
		f.meaning = runtime->state ? "not permitted to read it: names, images and pods of "
					     "its containers stay empty"
					   : "its state is not where it is looked for: names, "
					     "images and pods of its containers stay empty";
		if (runtime->state && geteuid() != 0)
			snprintf(f.cure, sizeof(f.cure), "sudo httpwire");
	}
	say(d, &f);
}

static void look_at_runtimes(struct doctor *d)
{
	struct finding none = { .check = "container runtimes", .found = "none of" };
	struct hw_runtime_presence runtime;
	size_t nr = 0;

	for (size_t i = 0; hw_runtimes_list("", i, &runtime); i++) {
		if (!runtime.socket && !runtime.state) {
			const size_t len = strlen(none.found);

			snprintf(none.found + len, sizeof(none.found) - len, "%s %s",
				 nr++ ? "," : "", runtime.name);
			continue;
		}
		look_at_runtime(d, &runtime);
	}
	if (nr)
		say(d, &none);
}

/* all together */

static void try_all(struct doctor *d)
{
	struct hw_live_options options = HW_LIVE_OPTIONS_INIT;
	struct hw_live *live = NULL;

	d->works = hw_live_open(&live, &options, d->error, sizeof(d->error)) == 0;
	hw_live_close(live);
}

static void conclude(struct doctor *d)
{
	struct finding f = { .check = "watching" };

	if (!d->works) {
		f.state = STATE_MISSING;
		snprintf(f.found, sizeof(f.found), "does not work here: %.450s", d->error);
		f.meaning = "captures can be read all the same: httpwire -r FILE";
	} else if (d->is_limited) {
		f.state = STATE_LIMITED;
		snprintf(f.found, sizeof(f.found), "works, with the limits above");
	} else {
		snprintf(f.found, sizeof(f.found), "works in full");
	}
	say(d, &f);
}

int hw_doctor_run(const struct hw_options *o, FILE *out)
{
	struct doctor d = {
		.out = out,
		.json = o->format != HW_FORMAT_TEXT,
		.color = o->format == HW_FORMAT_TEXT && hw_options_use_color(o, out),
	};

	try_all(&d);
	look_at_kernel(&d);
	look_at_types(&d);
	look_at_lockdown(&d);
	look_at_unprivileged(&d);
	look_at_cgroup(&d);
	look_at_namespaces(&d);
	look_at_processes(&d);
	look_at_clock(&d);
	look_at_capabilities(&d);
	look_at_seccomp(&d);
	look_at_landlock(&d);
	look_at_locked_memory(&d);
	look_at_descriptors(&d);
	if (look_at_library(&d, &libbpf))
		look_at_hooks(&d);
	look_at_library(&d, &json_c);
	look_at_runtimes(&d);
	conclude(&d);
	return d.works ? HW_EXIT_OK : HW_EXIT_REFUSED;
}
