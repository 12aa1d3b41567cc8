/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/workers.c - see workers.h */
#include "cli/workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/lines.h"
#include "cli/pipeline.h"
#include "cli/printer.h"
#include "cli/selection.h"
#include "engine/engine.h"
#include "engine/share.h"

enum {
	BATCHES = 8, /* on their way at the same time: of usual packets they stay in the cache */
	AHEAD = 2,   /* there for each worker, while one works: so nobody waits for a read */
	WAITING_MAX = 1024 << 10, /* bytes of one worker's lines: so do these */
	STANDARD_MAX = 4,
	SIZE_WORTH = 8 << 20,	/* bytes of files; threads take longer to start than less */
	MEMORY_EACH = 64 << 20, /* bytes, of --max-memory */
	CONNECTIONS_EACH = 1 << 16,
};

/* What was read at once. */
struct batch {
	struct hw_input_buffer bytes; /* the frames point into it */
	struct hw_frame frames[HW_WORKERS_FRAMES];
	struct hw_shared shared;
};

struct worker {
	struct hw_workers *all;
	struct hw_engine *engine;
	struct hw_selection *selection; /* NULL: of all events */
	struct hw_printer printer;
	pthread_t thread;    /* but of the first */
	unsigned int number; /* of the first, which writes the lines, 0 */
	/* Under the lock. */
	uint64_t done; /* batches */
	bool has_finished;
};

enum state { FEEDING, FINISHING, ENDING };
enum task { TASK_NONE, TASK_WORK, TASK_READ, TASK_FINISH, TASK_END };

/* Where frames come from. */
struct feed {
	int (*read)(void *ctx, struct hw_frame *room, struct hw_input_buffer *bytes,
		    size_t *ret_nr);
	void *ctx;
};

struct hw_workers {
	const struct hw_options *options;
	struct hw_lines *lines;
	void (*write)(void *ctx); /* by the first */
	void *write_ctx;
	/* Under the lock. */
	pthread_mutex_t lock;
	pthread_cond_t has_changed;
	uint64_t published; /* batches */
	enum state state;
	struct feed feed;
	bool may_read; /* there is a feed, which has not ended, and nobody wants it to rest */
	bool is_reading;
	int error;	       /* of the feed */
	unsigned int running;  /* of the other threads */
	unsigned int sleeping; /* of all */
	unsigned int full;     /* workers that wait until their lines are taken */
	uint64_t version;      /* of what lines there are */
	uint64_t seen;	       /* of it, when lines were taken last */
	/* Of who reads. */
	struct hw_share *share;
	struct batch *batches;
	unsigned int nr, started;
	struct worker workers[];
};

/* ---- how many ---- */

/* What only one can do, as it depends on all events that were before, or on how far it is. */
static bool needs_one(const struct hw_options *o)
{
	const uint32_t flows = HW_EVENT_NET_FLOW_TCP_BEGIN | HW_EVENT_NET_FLOW_TCP_END;
	const bool is_text = o->format == HW_FORMAT_TEXT || o->format == HW_FORMAT_TEXT_LONG;

	return o->events_max || o->rotation.files_max || o->write_packets || o->has_metrics ||
	       hw_options_summary_form(o) != HW_SUMMARY_NONE || o->engine.events & flows ||
	       o->engine.progress_ns ||
	       (is_text && (o->time == HW_TIME_DELTA || o->time == HW_TIME_ELAPSED)) ||
	       (!o->output && isatty(STDOUT_FILENO));
}

static bool is_regular(const char *path, uint64_t *ret_size)
{
	struct stat st;
	const int err = strcmp(path, "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(path, &st);

	if (err || !S_ISREG(st.st_mode))
		return false;
	*ret_size += (uint64_t)st.st_size;
	return true;
}

/* What comes out of a pipe may be slow, and is shown as it comes; and it can be read once. */
static bool reads_pipes(const struct hw_options *o, uint64_t *ret_size)
{
	uint64_t ignored = 0;

	*ret_size = 0;
	for (size_t i = 0; i < o->files_nr; i++)
		if (!is_regular(o->files[i], ret_size))
			return true;
	for (size_t i = 0; i < o->expressions_nr; i++)
		if (o->expressions[i][0] == '@' && !is_regular(o->expressions[i] + 1, &ignored))
			return true;
	return false;
}

/* Unless told otherwise, as many as there are processors and each has enough memory for. */
static unsigned int choose_for(const struct hw_options *o, uint64_t size)
{
	cpu_set_t cpus;
	size_t nr;

	if (size < SIZE_WORTH || sched_getaffinity(0, sizeof(cpus), &cpus) != 0)
		return 1;
	nr = hw_least((size_t)CPU_COUNT(&cpus), STANDARD_MAX);
	nr = hw_least(nr, o->engine.max_memory / MEMORY_EACH);
	nr = hw_least(nr, o->engine.max_connections / CONNECTIONS_EACH);
	return nr ? (unsigned int)nr : 1;
}

unsigned int hw_workers_choose(const struct hw_options *o)
{
	uint64_t size;

	if (needs_one(o) || reads_pipes(o, &size))
		return 1;
	return o->workers ? o->workers : choose_for(o, size);
}

/* ---- a worker ---- */

static void leave_out(struct worker *w)
{
	hw_stats_inc(hw_engine_stats(w->engine), HW_STAT_EVENTS_FILTERED);
}

static void lose(struct worker *w)
{
	hw_stats_inc(hw_engine_stats(w->engine), HW_STAT_EVENTS_LOST);
}

static void rest(struct hw_workers *all)
{
	all->sleeping++;
	pthread_cond_wait(&all->has_changed, &all->lock);
	all->sleeping--;
}

static void wake(struct hw_workers *all)
{
	if (all->sleeping)
		pthread_cond_broadcast(&all->has_changed);
}

static void change_lines(struct hw_workers *all)
{
	all->version++;
	if (all->full)
		wake(all);
}

/* Until the first has taken lines. */
static void await_room(struct worker *w)
{
	struct hw_workers *all = w->all;

	pthread_mutex_lock(&all->lock);
	all->full++;
	change_lines(all);
	while (!hw_lines_has_room(all->lines, w->number) && all->state != ENDING)
		rest(all);
	all->full--;
	pthread_mutex_unlock(&all->lock);
}

/* By the first, which must not wait for itself: others, who are behind, have to go on. */
static void make_room(struct worker *w)
{
	struct hw_workers *all = w->all;

	for (;;) {
		all->write(all->write_ctx);
		if (hw_lines_has_room(all->lines, w->number))
			return;
		pthread_mutex_lock(&all->lock);
		all->full++;
		while (all->version == all->seen)
			rest(all);
		all->full--;
		pthread_mutex_unlock(&all->lock);
	}
}

static void put(struct worker *w)
{
	struct hw_lines *lines = w->all->lines;

	hw_lines_put(lines, w->number, hw_engine_place(w->engine));
	if (!hw_lines_is_full(lines, w->number))
		return;
	if (w->number == 0)
		make_room(w);
	else
		await_room(w);
}

static void print(struct worker *w, const struct hw_event *event)
{
	struct hw_lines *lines = w->all->lines;
	struct hw_buf *room = hw_lines_room(lines, w->number);
	const size_t before = room ? room->len : 0;
	const int err = room ? hw_printer_print(&w->printer, event, room) : -ENOMEM;

	if (!err && room->len > before) {
		put(w);
		return;
	}
	hw_lines_drop(lines, w->number);
	if (err)
		lose(w);
	else
		leave_out(w);
}

static void on_event(void *ctx, const struct hw_event *event)
{
	struct worker *w = ctx;

	const bool is_chosen = !w->selection || hw_selection_has(w->selection, event);

	if (is_chosen && hw_printer_wants(&w->printer, event))
		print(w, event);
	else
		leave_out(w);
}

/* Batches that may be read before the last worker is done with one. */
static uint64_t free_batches(const struct hw_workers *all)
{
	uint64_t least = all->published;

	for (unsigned int i = 0; i < all->nr; i++)
		if (all->workers[i].done < least)
			least = all->workers[i].done;
	return BATCHES - (all->published - least);
}

static bool is_all_done(const struct hw_workers *all)
{
	for (unsigned int i = 0; i < all->nr; i++) {
		const struct worker *w = &all->workers[i];

		if (w->done < all->published || (all->state == FINISHING && !w->has_finished))
			return false;
	}
	return true;
}

static bool can_read(const struct hw_workers *all)
{
	return all->state == FEEDING && all->may_read && !all->is_reading && free_batches(all) > 0;
}

/* Who is ahead of the others reads for all. */
static enum task task_of(struct worker *w)
{
	struct hw_workers *all = w->all;
	const uint64_t left = all->published - w->done;

	if (left < AHEAD && can_read(all)) {
		all->is_reading = true;
		return TASK_READ;
	}
	if (left > 0)
		return TASK_WORK;
	if (all->state == FINISHING && !w->has_finished)
		return TASK_FINISH;
	return all->state == ENDING ? TASK_END : TASK_NONE;
}

/* Half of the room at once, so that who reads is not woken for each batch. */
static void wake_reader(struct hw_workers *all)
{
	if (free_batches(all) >= BATCHES / 2)
		wake(all);
}

static void work(struct worker *w)
{
	struct hw_workers *all = w->all;
	const struct batch *b = &all->batches[w->done % BATCHES];

	hw_engine_feed_share(w->engine, &b->shared, w->number);
	hw_lines_reach(all->lines, w->number, b->shared.first + b->shared.nr);
	pthread_mutex_lock(&all->lock);
	w->done++;
	change_lines(all);
	wake_reader(all);
	pthread_mutex_unlock(&all->lock);
}

static void finish(struct worker *w)
{
	struct hw_workers *all = w->all;

	hw_engine_finish(w->engine);
	hw_lines_reach(all->lines, w->number, UINT64_MAX);
	pthread_mutex_lock(&all->lock);
	w->has_finished = true;
	change_lines(all);
	wake(all);
	pthread_mutex_unlock(&all->lock);
}

/* `status` is what the feed returned. */
static void publish(struct hw_workers *all, int status, size_t nr)
{
	pthread_mutex_lock(&all->lock);
	all->is_reading = false;
	if (status <= 0 && status != -EINTR) {
		all->feed.read = NULL;
		all->may_read = false;
		all->error = status;
	}
	if (nr)
		all->published++;
	wake(all);
	pthread_mutex_unlock(&all->lock);
}

static void read_batch(struct hw_workers *all)
{
	struct batch *b = &all->batches[all->published % BATCHES];
	size_t nr = 0;
	const int status = all->feed.read(all->feed.ctx, b->frames, &b->bytes, &nr);

	if (status <= 0)
		nr = 0;
	hw_share_out(all->share, b->frames, nr, &b->shared);
	publish(all, status, nr);
}

static void run_task(struct worker *w, enum task task)
{
	if (task == TASK_WORK)
		work(w);
	else if (task == TASK_READ)
		read_batch(w->all);
	else if (task == TASK_FINISH)
		finish(w);
}

static enum task await_task(struct worker *w)
{
	struct hw_workers *all = w->all;
	enum task task;

	pthread_mutex_lock(&all->lock);
	while ((task = task_of(w)) == TASK_NONE)
		rest(all);
	pthread_mutex_unlock(&all->lock);
	return task;
}

static void *start(void *ctx)
{
	struct worker *w = ctx;
	enum task task;

	pthread_mutex_lock(&w->all->lock);
	w->all->running++;
	pthread_cond_broadcast(&w->all->has_changed);
	pthread_mutex_unlock(&w->all->lock);
	while ((task = await_task(w)) != TASK_END)
		run_task(w, task);
	return NULL;
}

/* ---- all of them ---- */

static int init_worker(struct hw_workers *all, unsigned int number,
		       const struct hw_engine_options *options)
{
	struct hw_engine_options own = *options;
	struct worker *w = &all->workers[number];
	int err;

	w->all = all;
	w->number = number;
	own.on_event = on_event;
	own.ctx = w;
	err = hw_printer_init(&w->printer, all->options);
	if (!err && hw_selection_new(&w->selection, all->options) != 0)
		err = -ENOMEM; /* what else there is to say was said before */
	return err ? err : hw_selection_engine(&w->engine, w->selection, all->options, &own);
}

/* What one engine may keep is shared among them. */
static struct hw_engine_options part_of(const struct hw_engine_options *options, unsigned int nr)
{
	struct hw_engine_options part = *options;

	part.max_memory = (options->max_memory + nr - 1) / nr;
	part.max_connections = (options->max_connections + nr - 1) / nr;
	return part;
}

static int init(struct hw_workers *all, const struct hw_engine_options *options)
{
	const struct hw_engine_options part = part_of(options, all->nr);
	int err = hw_share_new(&all->share, &part, all->nr);

	if (!err)
		err = hw_lines_new(&all->lines, all->nr, WAITING_MAX);
	if (err)
		return err;
	all->batches = calloc(BATCHES, sizeof(all->batches[0]));
	if (!all->batches)
		return -ENOMEM;
	for (unsigned int i = 0; !err && i < all->nr; i++)
		err = init_worker(all, i, &part);
	return err;
}

int hw_workers_new(struct hw_workers **ret, const struct hw_options *o,
		   const struct hw_engine_options *engine, unsigned int nr,
		   void (*write)(void *ctx), void *ctx)
{
	struct hw_workers *all = calloc(1, sizeof(*all) + nr * sizeof(all->workers[0]));
	int err;

	if (!all)
		return -ENOMEM;
	all->options = o;
	all->write = write;
	all->write_ctx = ctx;
	all->nr = nr;
	pthread_mutex_init(&all->lock, NULL);
	pthread_cond_init(&all->has_changed, NULL);
	err = init(all, engine);
	if (err) {
		hw_workers_free(all);
		return err;
	}
	*ret = all;
	return 0;
}

static void await_running(struct hw_workers *all)
{
	pthread_mutex_lock(&all->lock);
	while (all->running < all->started)
		pthread_cond_wait(&all->has_changed, &all->lock);
	pthread_mutex_unlock(&all->lock);
}

int hw_workers_start(struct hw_workers *all)
{
	sigset_t signals, before;
	int err = 0;

	sigfillset(&signals);
	sigdelset(&signals, SIGBUS); /* is for who looked at what is gone: source/mapping.h */
	pthread_sigmask(SIG_SETMASK, &signals, &before);
	while (!err && all->started + 1 < all->nr) {
		struct worker *w = &all->workers[all->started + 1];

		err = pthread_create(&w->thread, NULL, start, w);
		if (!err)
			all->started++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	await_running(all);
	return -err;
}

static void set_state(struct hw_workers *all, enum state state)
{
	pthread_mutex_lock(&all->lock);
	all->state = state;
	pthread_cond_broadcast(&all->has_changed);
	pthread_mutex_unlock(&all->lock);
}

static void clear_worker(struct worker *w)
{
	hw_engine_free(w->engine);
	hw_selection_free(w->selection);
	hw_printer_clear(&w->printer);
}

void hw_workers_free(struct hw_workers *all)
{
	if (!all)
		return;
	set_state(all, ENDING);
	for (unsigned int i = 0; i < all->started; i++)
		pthread_join(all->workers[i + 1].thread, NULL);
	for (unsigned int i = 0; i < all->nr; i++)
		clear_worker(&all->workers[i]);
	for (unsigned int i = 0; all->batches && i < BATCHES; i++)
		free(all->batches[i].bytes.ptr);
	free(all->batches);
	hw_lines_free(all->lines);
	hw_share_free(all->share);
	pthread_cond_destroy(&all->has_changed);
	pthread_mutex_destroy(&all->lock);
	free(all);
}

void hw_workers_begin(struct hw_workers *all,
		      int (*read)(void *ctx, struct hw_frame *room, struct hw_input_buffer *bytes,
				  size_t *ret_nr),
		      void *ctx)
{
	pthread_mutex_lock(&all->lock);
	all->feed = (struct feed){ read, ctx };
	all->error = 0;
	pthread_mutex_unlock(&all->lock);
}

/* That lines are taken is waited for by one who waits, and what there are may have changed. */
static bool is_wanted(const struct hw_workers *all)
{
	return all->full && all->version != all->seen;
}

bool hw_workers_turn(struct hw_workers *all)
{
	struct worker *first = &all->workers[0];
	enum task task = TASK_NONE;
	bool goes_on;

	pthread_mutex_lock(&all->lock);
	while ((goes_on = all->feed.read)) {
		if (!all->may_read) {
			all->may_read = true;
			wake(all);
		}
		task = task_of(first);
		if (task != TASK_NONE || is_wanted(all))
			break;
		rest(all);
	}
	pthread_mutex_unlock(&all->lock);
	run_task(first, task);
	return goes_on;
}

/* With the lock. */
static void stop_reading(struct hw_workers *all)
{
	all->may_read = false;
	while (all->is_reading)
		rest(all);
}

int hw_workers_end(struct hw_workers *all)
{
	int err;

	pthread_mutex_lock(&all->lock);
	stop_reading(all);
	all->feed.read = NULL;
	err = all->error;
	pthread_mutex_unlock(&all->lock);
	return err;
}

void hw_workers_finish(struct hw_workers *all)
{
	set_state(all, FINISHING);
}

size_t hw_workers_take(struct hw_workers *all, struct hw_slice *ret, size_t max)
{
	size_t nr;

	pthread_mutex_lock(&all->lock);
	all->seen = all->version;
	pthread_mutex_unlock(&all->lock);
	nr = hw_lines_take(all->lines, ret, max);
	pthread_mutex_lock(&all->lock);
	if (all->full)
		wake(all);
	pthread_mutex_unlock(&all->lock);
	return nr;
}

void hw_workers_await_all(struct hw_workers *all)
{
	struct worker *first = &all->workers[0];
	enum task task;

	pthread_mutex_lock(&all->lock);
	stop_reading(all);
	while ((task = task_of(first)) == TASK_NONE && !is_all_done(all) && !is_wanted(all))
		rest(all);
	pthread_mutex_unlock(&all->lock);
	run_task(first, task);
}

bool hw_workers_are_idle(struct hw_workers *all)
{
	bool is_done;

	pthread_mutex_lock(&all->lock);
	is_done =
		is_all_done(all) && !all->may_read && !all->is_reading && all->seen == all->version;
	pthread_mutex_unlock(&all->lock);
	return is_done && hw_lines_are_taken(all->lines);
}

void hw_workers_sum(struct hw_workers *all, struct hw_stats *sum)
{
	for (unsigned int i = 0; i < all->nr; i++) {
		const struct worker *w = &all->workers[i];

		hw_share_sum(sum, hw_engine_stats(w->engine), i);
		if (w->selection)
			sum->n[HW_STAT_EVENTS_GIVEN_UP] += hw_selection_given_up(w->selection);
	}
}
