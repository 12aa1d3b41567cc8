/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_watch.c - what is watched, and how */
#include "cli/option.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>

#include "cli/value.h"
#include "live/description.h"
#include "live/host.h"

enum {
	SNAPLEN_MIN = 128,
	SNAPLEN_MAX = 262144,
};

#define TOO_MANY "too many (at most 256)" /* HW_CHOICE_PIDS_MAX, HW_CHOICE_CGROUPS_MAX */

/* As top -H and ps -L show them. */
static const char *complain_of_thread(struct hw_options *o, uint32_t tid, uint32_t pid)
{
	snprintf(o->complaint, sizeof(o->complaint), "%u is a thread of process %u: -p %u", tid,
		 pid, pid);
	return o->complaint;
}

/* Said when all options are known: where processes are not, it is not that this one is not there. */
static const char *not_there(struct hw_options *o, const char *option, const char *value,
			     const char *wanted)
{
	if (!o->not_there[0])
		snprintf(o->not_there, sizeof(o->not_there), "%s: %s", option,
			 hw_value_complain(o, value, wanted));
	return NULL;
}

static const char *set_pid(struct hw_options *o, const char *value)
{
	uint32_t process;
	uint64_t pid;

	if (!hw_value_number(value, "", &pid) || pid == 0 || pid > INT32_MAX)
		return hw_value_complain(o, value, "a process id");
	if (kill((pid_t)pid, 0) != 0 && errno == ESRCH) /* /proc may hide it */
		return not_there(o, "--pid", value, "a process that runs");
	process = hw_host_process_of((uint32_t)pid);
	if (process && process != pid)
		return complain_of_thread(o, (uint32_t)pid, process);
	return hw_choice_add_pid(&o->choice, (uint32_t)pid) ? TOO_MANY : NULL;
}

static const char *set_children(struct hw_options *o, const char *value)
{
	(void)value;
	o->choice.children = true;
	return NULL;
}

static const char *set_comm(struct hw_options *o, const char *value)
{
	if (value[0] == '\0')
		return hw_value_complain(o, value, "a name");
	if (o->choice.comm)
		return "given twice: several are chosen by -Y 'process.name in {\"a\", \"b\"}'";
	o->choice.comm = value;
	return NULL;
}

static const char *set_uid(struct hw_options *o, const char *value)
{
	const struct passwd *user = getpwnam(value);
	uint64_t uid = user ? user->pw_uid : 0;

	if (!user && (!hw_value_number(value, "", &uid) || uid > UINT32_MAX))
		return hw_value_complain(o, value, "a user, by name or number");
	if (o->choice.has_uid)
		return "given twice: several are chosen by -Y 'process.uid in {1, 2}'";
	o->choice.uid = (uint32_t)uid;
	o->choice.has_uid = true;
	return NULL;
}

static const char *set_container(struct hw_options *o, const char *value)
{
	int err = hw_choice_add_container(&o->choice, value);

	if (err == -EINVAL || err == -ENOENT)
		err = hw_choice_add_container_named(&o->choice, value);
	if (err == -ENOSPC)
		return TOO_MANY;
	if (err == -ELIBACC)
		return "names of containers need " HW_DESCRIPTION_LIBRARY;
	if (err == -ENOTUNIQ)
		return hw_value_complain(o, value, "enough of an id: several containers have it");
	return err ? not_there(o, "--container", value,
			       "the name or the id of a container that runs")
		   : NULL;
}

static const char *set_cgroup(struct hw_options *o, const char *value)
{
	const int err = hw_choice_add_cgroup(&o->choice, value);

	if (err == -ENOSPC)
		return TOO_MANY;
	return err ? not_there(o, "--cgroup", value,
			       "a cgroup (of version 2), such as /system.slice/ssh.service")
		   : NULL;
}

static const char *set_no_gate(struct hw_options *o, const char *value)
{
	(void)value;
	o->live.gate = false;
	return NULL;
}

static const char *set_user(struct hw_options *o, const char *value)
{
	const struct passwd *user = getpwnam(value);

	if (!user)
		return hw_value_complain(o, value, "the name of a user");
	o->has_user = true;
	o->user_uid = user->pw_uid;
	o->user_gid = user->pw_gid;
	return NULL;
}

static const char *set_buffer(struct hw_options *o, const char *value)
{
	if (!hw_value_size(value, &o->live.ring_bytes) || o->live.ring_bytes > (size_t)1 << 30)
		return hw_value_complain(o, value, "a size from 1k to 1G, such as 64M");
	o->buffer_set = true;
	return NULL;
}

static const char *set_snaplen(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "k", &n) || n < SNAPLEN_MIN || n > SNAPLEN_MAX)
		return hw_value_complain(o, value, "a number of bytes from 128 to 262144");
	o->live.snaplen = (uint32_t)n;
	o->snaplen_set = true;
	return NULL;
}

/* clang-format off */
static const struct hw_option_row rows[] = {
	{ { "pid", "PID", 'p', HW_OPTION_WATCH, NULL,
	    "only this process; may be repeated",
	    "Only what the process sends and receives is copied by the kernel. Conditions of "
	    "several kinds must all hold, of one kind any." },
	  set_pid },
	{ { "children", NULL, 0, HW_OPTION_WATCH, NULL,
	    "with --pid: and all that it starts",
	    "Those that are there already, those to come, and what they start in turn.",
	    .is_rare = true },
	  set_children },
	{ { "comm", "NAME", 0, HW_OPTION_WATCH, NULL,
	    "only processes and threads of that name",
	    "As ps -o comm shows it: at most 15 bytes of the program's file name, or what the "
	    "thread calls itself." },
	  set_comm },
	{ { "uid", "USER", 0, HW_OPTION_WATCH, NULL,
	    "only those of a user, by name or number",
	    NULL,
	    .is_rare = true },
	  set_uid },
	{ { "container", "NAME", 0, HW_OPTION_WATCH, NULL,
	    "only those in a container",
	    "Its name, or the first four or more digits of its id. It must be running; several of "
	    "one name are all meant." },
	  set_container },
	{ { "cgroup", "PATH", 0, HW_OPTION_WATCH, NULL,
	    "only those in a cgroup or below",
	    "As a directory (/sys/fs/cgroup/system.slice/nginx.service) or as /proc/PID/cgroup "
	    "has it (/system.slice/nginx.service).",
	    .is_rare = true },
	  set_cgroup },
	{ { "no-gate", NULL, 0, HW_OPTION_WATCH, NULL,
	    "copy every packet, HTTP or not",
	    "Else the kernel side leaves out connections that do not look like HTTP and the "
	    "inside of long bodies. The events are the same.",
	    .is_rare = true },
	  set_no_gate },
	{ { "user", "NAME", 0, HW_OPTION_WATCH, "nobody",
	    "become this user when all is set up",
	    "Without any capability, but with -r that to read the files. Unless it is given "
	    "httpwire stays who it is where it has files to open later (--output, -w), and "
	    "becomes who called sudo where it starts a command.",
	    .is_rare = true },
	  set_user },
	{ { "buffer", "SIZE", 0, HW_OPTION_WATCH, "16M",
	    "of the ring that packets come through",
	    "Made a power of two. When it is full packets are lost, counted in the statistics "
	    "as live packets_lost, with -i as interfaces packets_lost.",
	    .is_rare = true },
	  set_buffer },
	{ { "snapshot-length", "N", 's', HW_OPTION_WATCH, "262144",
	    "copy no more than that of a packet",
	    NULL,
	    .is_rare = true },
	  set_snaplen },
};
/* clang-format on */

const struct hw_option_rows hw_watch_options = { rows, sizeof(rows) / sizeof(rows[0]) };
