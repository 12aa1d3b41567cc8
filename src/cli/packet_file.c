/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/packet_file.c - see packet_file.h */
#include "cli/packet_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/seed.h"
#include "cli/message.h"
#include "sink/file.h"
#include "sink/held_packets.h"

enum {
	COMMENT_MAX = 1024,
	COMMENT_PAIR_MAX = 512,
	HELD_MAX = 64 << 20,
	FRAGMENTS_MAX = 16 << 20, /* bytes; the engine waits for the rest of less */
	FRAGMENTED_MAX = 4096,	  /* IP packets */
	COMMENTS = 32,
};

/* A process that packets came of a moment ago, described. */
struct comment {
	uint64_t version; /* the process's; 0: none */
	size_t owner_len; /* its owner is one of a few words, of which each has another length */
	size_t len;
	char text[COMMENT_MAX]; /* ASCII */
};

struct hw_packet_file {
	struct hw_packets *out;
	struct hw_held_packets *held;
	struct hw_held_packets *fragments; /* by the number of their IP packet */
	struct comment comments[COMMENTS];
	struct hw_slice comment; /* of the event that releases packets */
	int result;		 /* of the last write: negative errno, HW_FILE_SINK_ENDED */
};

static int fail(const char *path, int err)
{
	hw_message("%s: %s", path, strerror(-err));
	return err;
}

static int make_held(struct hw_packet_file *f)
{
	struct hw_held_packets_options options = HW_HELD_PACKETS_OPTIONS_INIT;
	struct hw_held_packets_options fragments = {
		.bytes_max = FRAGMENTS_MAX,
		.connection_bytes_max = FRAGMENTS_MAX / 4,
		.connections_max = FRAGMENTED_MAX,
	};
	int err;

	/* An event that waits for its process lets a fast connection go on for 20 ms. */
	options.bytes_max = HELD_MAX;
	options.connection_bytes_max = HELD_MAX / 4;
	options.seed = fragments.seed = hw_seed();
	err = hw_held_packets_new(&f->held, &options);
	return err ? err : hw_held_packets_new(&f->fragments, &fragments);
}

int hw_packet_file_open(struct hw_packet_file **ret, const struct hw_options *o)
{
	const struct hw_packets_options options = { .rotation = o->rotation,
						    .each_packet = o->packet_buffered,
						    .snaplen = o->live.snaplen };
	struct hw_packet_file *f = calloc(1, sizeof(*f));
	int err = f ? make_held(f) : -ENOMEM;

	if (!err)
		err = hw_packets_open(&f->out, o->write_packets, &options);
	if (err) {
		fail(o->write_packets, err);
		hw_packet_file_close(f);
		return err;
	}
	*ret = f;
	return 0;
}

static void write_packet(void *ctx, const struct hw_frame *frame, const struct hw_packet_note *note)
{
	struct hw_packet_file *f = ctx;
	struct hw_packet_note own = *note;

	if (!own.comment.len)
		own.comment = f->comment;
	if (!hw_packet_file_is_over(f))
		f->result = hw_packets_write(f->out, frame, &own);
}

/* Adds " NAME=VALUE", if there is a value and room for it. Returns the new length. */
static size_t add(char *ret, size_t len, size_t max, const char *name, struct hw_slice value)
{
	char pair[COMMENT_PAIR_MAX];
	const int pair_len =
		snprintf(pair, sizeof(pair), "%s%s=%.*s", len ? " " : "", name,
			 (int)(value.len < COMMENT_PAIR_MAX ? value.len : COMMENT_PAIR_MAX),
			 (const char *)value.ptr);

	if (!value.len || pair_len >= COMMENT_PAIR_MAX || len >= max)
		return len;
	return len + hw_message_escape(ret + len, max - len, pair, (size_t)pair_len);
}

static size_t add_number(char *ret, size_t len, size_t max, const char *name, uint32_t n)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", n);
	return add(ret, len, max, name, hw_slice_text(text));
}

static size_t describe(const struct hw_process *p, char ret[COMMENT_MAX])
{
	const size_t max = COMMENT_MAX;
	size_t len = 0;

	len = add(ret, len, max, "process.name", p->name);
	len = add_number(ret, len, max, "process.pid", p->host_pid);
	len = add_number(ret, len, max, "process.tid", p->host_tid);
	len = add_number(ret, len, max, "process.uid", p->uid);
	len = add(ret, len, max, "process.exe", p->exe);
	len = add(ret, len, max, "container.id", p->container_id);
	len = add(ret, len, max, "container.name", p->container_name);
	len = add(ret, len, max, "k8s.namespace", p->pod_namespace);
	len = add(ret, len, max, "k8s.pod", p->pod_name);
	return add(ret, len, max, "owner", p->owner);
}

/* The upper half of a version is the thread's. */
static struct hw_slice comment_of(struct hw_packet_file *f, const struct hw_process *p)
{
	const size_t place = 3 * (size_t)(p->version >> 32) + p->owner.len;
	struct comment *c = &f->comments[place % COMMENTS];

	if (!p->host_pid)
		return (struct hw_slice){ 0 };
	if (!p->version || c->version != p->version || c->owner_len != p->owner.len) {
		c->version = p->version;
		c->owner_len = p->owner.len;
		c->len = describe(p, c->text);
	}
	return hw_slice(c->text, c->len);
}

void hw_packet_file_take(struct hw_packet_file *f, uint64_t key, const struct hw_frame *frame,
			 const struct hw_process *owner)
{
	const struct hw_packet_note note = { .comment = comment_of(f, owner) };

	f->comment = (struct hw_slice){ 0 };
	if (hw_held_packets_add(f->held, key, frame, &note) == HW_HELD_PACKET_RELEASED)
		write_packet(f, frame, &note);
}

void hw_packet_file_keep(struct hw_packet_file *f, uint64_t number, const struct hw_frame *frame)
{
	const struct hw_packet_note note = { 0 };

	hw_held_packets_add(f->fragments, number, frame, &note);
}

/* Whose the fragments are that are given. */
struct joined {
	struct hw_packet_file *file;
	uint64_t key;
};

static void take_fragment(void *ctx, const struct hw_frame *frame,
			  const struct hw_packet_note *note)
{
	const struct joined *to = ctx;

	(void)note;
	hw_packet_file_take(to->file, to->key, frame, &hw_process_none);
}

void hw_packet_file_join(struct hw_packet_file *f, uint64_t number, uint64_t key)
{
	struct joined to = { f, key };

	hw_held_packets_release(f->fragments, number, take_fragment, &to);
}

void hw_packet_file_want(struct hw_packet_file *f, uint64_t key, const struct hw_process *owner)
{
	f->comment = comment_of(f, owner);
	hw_held_packets_release(f->held, key, write_packet, f);
}

void hw_packet_file_tick(struct hw_packet_file *f)
{
	if (!hw_packet_file_is_over(f))
		f->result = hw_packets_tick(f->out);
}

void hw_packet_file_flush(struct hw_packet_file *f)
{
	if (!hw_packet_file_is_over(f))
		f->result = hw_packets_flush(f->out);
}

int hw_packet_file_reopen(struct hw_packet_file *f)
{
	const int err = hw_packets_reopen(f->out);

	if (err >= 0)
		return 0;
	hw_message("%s: %s: packets go on into the file that had this name",
		   hw_packets_path(f->out), strerror(-err));
	return -1;
}

bool hw_packet_file_is_over(const struct hw_packet_file *f)
{
	return f->result != 0;
}

bool hw_packet_file_counter(const struct hw_packet_file *f, size_t i, struct hw_counter *ret)
{
	const struct hw_held_packets_counts held = hw_held_packets_counts(f->held);
	const struct hw_counter counters[] = {
		{ "packet_file", "written", "packets written with -w", hw_packets_written(f->out) },
		{ "packet_file", "lost", "packets that could not be written with -w",
		  hw_packets_lost(f->out) },
		{ "packet_file", "dropped",
		  "first packets of connections that found no room to wait", held.dropped },
		{ "packet_file", "fragments_dropped",
		  "fragments that found no room to wait for the rest of their IP packet",
		  hw_held_packets_counts(f->fragments).dropped },
	};

	if (i >= sizeof(counters) / sizeof(counters[0]))
		return false;
	*ret = counters[i];
	return true;
}

int hw_packet_file_close(struct hw_packet_file *f)
{
	int err = 0;

	if (!f)
		return 0;
	if (f->out) {
		char path[HW_ROTATION_PATH_MAX];

		snprintf(path, sizeof(path), "%s", hw_packets_path(f->out));
		err = hw_packets_close(f->out);
		if (err && err != -EPIPE)
			fail(path, err);
	}
	hw_held_packets_free(f->held);
	hw_held_packets_free(f->fragments);
	free(f);
	return err == -EPIPE ? 0 : err;
}
