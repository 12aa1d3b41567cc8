/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/progress.c - see progress.h */
#include "cli/progress.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/duration.h"
#include "cli/terminal.h"
#include "event/amount.h"
#include "event/line.h"
#include "event/number.h"

enum {
	WIDTH = 80, /* of a terminal that does not tell */
};

#define FIRST_NS (500 * HW_NS_PER_MS) /* what is done sooner needs no line */
#define EACH_NS (200 * HW_NS_PER_MS)

static bool is_same_terminal(int a, int b)
{
	struct stat x, y;

	return isatty(a) && fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_rdev == y.st_rdev;
}

void hw_progress_init(struct hw_progress *p, const struct hw_options *o)
{
	const char *terminal = getenv("TERM");

	*p = (struct hw_progress){ 0 };
	p->is_on =
		!o->quiet && isatty(STDERR_FILENO) &&
		(!terminal || strcmp(terminal, "dumb") != 0) &&
		(o->output || o->summary_only || !is_same_terminal(STDOUT_FILENO, STDERR_FILENO));
}

void hw_progress_begin(struct hw_progress *p, const char *path)
{
	if (!p->is_on)
		return;
	p->path = path;
	p->begun_ns = hw_clock_ns(CLOCK_MONOTONIC);
	p->next_ns = p->begun_ns + FIRST_NS;
}

static void add_clock(struct hw_line *l, uint64_t seconds)
{
	uint8_t room[16], *at = room;

	if (seconds >= 3600) {
		hw_line_number(l, seconds / 3600);
		*at++ = ':';
		at = hw_write_digits(at, (uint32_t)(seconds / 60 % 60), 2);
	} else {
		hw_line_number(l, seconds / 60);
	}
	*at++ = ':';
	at = hw_write_digits(at, (uint32_t)(seconds % 60), 2);
	hw_line_add(l, hw_slice(room, (size_t)(at - room)));
}

static void add_amounts(struct hw_line *l, uint64_t done, uint64_t size, double seconds)
{
	const double rate = seconds > 0 ? (double)done / seconds : 0;

	if (size) {
		hw_line_text(l, "  ");
		hw_line_number(l, (uint64_t)(100 * ((double)done / (double)size)));
		hw_line_text(l, "%");
	}
	hw_line_text(l, "  ");
	hw_amount_size(l, done);
	if (size) {
		hw_line_text(l, " of ");
		hw_amount_size(l, size);
	}
	hw_line_text(l, "  ");
	hw_amount_size(l, (uint64_t)rate);
	hw_line_text(l, "/s");
	if (!size || rate < 1)
		return;
	hw_line_text(l, "  ");
	add_clock(l, (uint64_t)((double)(size - done) / rate + 0.5));
	hw_line_text(l, " left");
}

/* Without its folders; it gives way to what changes. */
static void add_name(struct hw_line *l, const char *path, size_t columns)
{
	const size_t before = l->out->len;
	const char *slash = strrchr(path, '/');

	hw_line_foreign(l, strcmp(path, "-") == 0
				   ? HW_SLICE("standard input")
				   : hw_slice_text(slash && slash[1] ? slash + 1 : path));
	if (!l->err)
		l->out->len =
			before +
			hw_line_cut(hw_slice_after(hw_buf_slice(l->out), before), columns).len;
}

int hw_progress_line(const char *path, uint64_t done, uint64_t size, uint64_t elapsed_ns,
		     size_t columns, struct hw_buf *out)
{
	struct hw_buf amounts;
	struct hw_line l = { .out = out }, end = { .out = &amounts };
	size_t width;

	if (size && size < done) /* it grows while it is read */
		size = done;
	hw_buf_init(&amounts, SIZE_MAX / 4, NULL);
	add_amounts(&end, done, size, (double)elapsed_ns / (double)HW_NS_PER_S);
	width = hw_line_width(hw_buf_slice(&amounts));
	add_name(&l, path, columns > width ? columns - width : 0);
	hw_line_add(&l, hw_line_cut(hw_buf_slice(&amounts), columns));
	hw_buf_clear(&amounts);
	return l.err ? l.err : end.err;
}

/* The last column stays free: some terminals begin a new line behind it. */
static size_t free_columns(void)
{
	const size_t columns = hw_terminal_columns(STDERR_FILENO);

	return columns > 1 ? columns - 1 : WIDTH - 1;
}

void hw_progress_show(struct hw_progress *p, uint64_t done, uint64_t size)
{
	const uint64_t now_ns = p->is_on ? hw_clock_ns(CLOCK_MONOTONIC) : 0;
	struct hw_buf line;

	if (!p->is_on || now_ns < p->next_ns)
		return;
	p->next_ns = now_ns + EACH_NS;
	hw_buf_init(&line, SIZE_MAX / 4, NULL);
	if (hw_buf_append(&line, HW_SLICE("\r")) == 0 &&
	    hw_progress_line(p->path, done, size, now_ns - p->begun_ns, free_columns(), &line) ==
		    0 &&
	    hw_buf_append(&line, HW_SLICE("\x1b[K")) == 0) {
		fwrite(line.ptr, 1, line.len, stderr);
		p->is_shown = true;
	}
	hw_buf_clear(&line);
}

void hw_progress_erase(struct hw_progress *p)
{
	if (p->is_shown)
		fputs("\r\x1b[K", stderr);
	p->is_shown = false;
}
