/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/summary.c - see summary.h */
#include "cli/summary.h"

#include <errno.h>
#include <stdlib.h>

#include "cli/summary_rows.h"
#include "event/number.h"

enum {
	SLOTS = 2048, /* a power of two, twice the rows */
	NAME_MAX_BYTES = 256,
	KEY_WORDS = 2 * NAME_MAX_BYTES / 8 + 1,
};
_Static_assert(SLOTS >= 2 * HW_SUMMARY_ROWS_MAX, "so that there are always free ones");

/* What a row is found by. */
struct key {
	enum hw_exchange_role role;
	struct hw_slice names[2];
};

static const struct key other = { .names = { { (const uint8_t *)"_other", 6 } } };

static struct key make_key(enum hw_exchange_role role, struct hw_slice a, struct hw_slice b)
{
	a.len = a.len < NAME_MAX_BYTES ? a.len : NAME_MAX_BYTES;
	b.len = b.len < NAME_MAX_BYTES ? b.len : NAME_MAX_BYTES;
	return (struct key){ role, { a, b } };
}

/* Returns how many words there are then. */
static size_t put(uint64_t *words, size_t nr, struct hw_slice s)
{
	const size_t more = (s.len + 7) / 8;

	if (!more)
		return nr;
	words[nr + more - 1] = 0;
	memcpy(words + nr, s.ptr, s.len);
	return nr + more;
}

static uint64_t hash(const struct hw_hash_key *key, const struct key *k)
{
	uint64_t words[KEY_WORDS];
	size_t nr = 1;

	words[0] = (uint64_t)k->role << 32 | k->names[0].len << 16 | k->names[1].len;
	nr = put(words, nr, k->names[0]);
	nr = put(words, nr, k->names[1]);
	return hw_hash_words(key, words, nr);
}

static bool is_of(const struct hw_summary_row *row, const struct key *k)
{
	return row->role == k->role && hw_slice_eq(row->names[0], k->names[0]) &&
	       hw_slice_eq(row->names[1], k->names[1]);
}

static struct hw_summary_row *new_row(const struct key *k)
{
	struct hw_summary_row *row = calloc(1, sizeof(*row) + k->names[0].len + k->names[1].len);
	uint8_t *text;

	if (!row)
		return NULL;
	text = (uint8_t *)(row + 1);
	row->role = k->role;
	for (int i = 0; i < 2; i++) {
		if (k->names[i].len)
			memcpy(text, k->names[i].ptr, k->names[i].len);
		row->names[i] = hw_slice(text, k->names[i].len);
		text += k->names[i].len;
	}
	return row;
}

static struct hw_summary_row *look_up(const struct hw_summary *s, struct hw_summary_rows *list,
				      const struct key *k)
{
	size_t slot = hash(&s->key, k) % SLOTS;
	struct hw_summary_row *row;

	for (; list->slots[slot]; slot = (slot + 1) % SLOTS) {
		row = list->rows[list->slots[slot] - 1];
		if (is_of(row, k))
			return row;
	}
	row = list->nr < HW_SUMMARY_ROWS_MAX ? new_row(k) : NULL;
	if (!row)
		return list->rows[HW_SUMMARY_ROWS_MAX];
	list->rows[list->nr++] = row;
	list->slots[slot] = (uint16_t)list->nr;
	return row;
}

/* Many are of the row that the last one was of. */
static struct hw_summary_row *find(const struct hw_summary *s, struct hw_summary_rows *list,
				   const struct key *k)
{
	struct hw_summary_row *row = list->last[k->role];

	if (row && is_of(row, k))
		return row;
	row = look_up(s, list, k);
	if (row != list->rows[HW_SUMMARY_ROWS_MAX])
		list->last[k->role] = row;
	return row;
}

int hw_summary_new(struct hw_summary **ret, uint64_t seed)
{
	struct hw_summary *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->key = hw_hash_key(seed, 's');
	for (int i = 0; i < HW_SUMMARY_LISTS_NR; i++) {
		s->lists[i].slots = calloc(SLOTS, sizeof(*s->lists[i].slots));
		s->lists[i].rows[HW_SUMMARY_ROWS_MAX] = new_row(&other);
		if (!s->lists[i].slots || !s->lists[i].rows[HW_SUMMARY_ROWS_MAX]) {
			hw_summary_free(s);
			return -ENOMEM;
		}
	}
	*ret = s;
	return 0;
}

void hw_summary_free(struct hw_summary *s)
{
	if (!s)
		return;
	for (int i = 0; i < HW_SUMMARY_LISTS_NR; i++) {
		struct hw_summary_rows *list = &s->lists[i];

		for (size_t row = 0; row < list->nr; row++)
			free(list->rows[row]);
		free(list->rows[HW_SUMMARY_ROWS_MAX]);
		free(list->slots);
	}
	free(s);
}

/* Nobody answered though somebody could have: not what is not known, or not over yet. */
static bool is_unanswered(const struct hw_exchange *x)
{
	return !x->response.is_there && x->end != HW_EXCHANGE_UNPAIRED &&
	       x->end != HW_EXCHANGE_UPGRADED && x->end != HW_EXCHANGE_CAPTURE_ENDED &&
	       x->end != HW_EXCHANGE_EVICTED;
}

/* Also within its answer: what of it came helps nobody. */
static bool is_given_up(const struct hw_exchange *x)
{
	return x->end == HW_EXCHANGE_ABORTED_BY_CLIENT || x->end == HW_EXCHANGE_ABORTED_BY_SERVER ||
	       x->end == HW_EXCHANGE_TIMEOUT;
}

/* What --errors shows, but for what may still have been answered. */
static bool is_error(const struct hw_exchange *x)
{
	return is_unanswered(x) || is_given_up(x) ||
	       (x->response.is_there && x->response.message->status_code >= 400);
}

static void count(struct hw_summary *s, enum hw_summary_list list, const struct key *k,
		  const struct hw_event *e)
{
	struct hw_summary_row *row = find(s, &s->lists[list], k);
	const struct hw_exchange *x = e->exchange;
	const struct hw_duration took = hw_exchange_took(x, e->time_ns);

	row->requests++;
	row->errors += is_error(x);
	row->bytes += x->request.body.size + x->response.body.size;
	if (hw_duration_is_known(x->time_to_first_byte))
		hw_histogram_add(&row->first_byte, hw_duration_ns(x->time_to_first_byte));
	if (hw_duration_is_known(took))
		hw_histogram_add(&row->duration, hw_duration_ns(took));
}

/* As in a URL: "api.test", "api.test:8080", "[::1]"; without a name the server's address. */
static size_t write_host(const struct hw_event *e, char ret[NAME_MAX_BYTES])
{
	const struct hw_exchange *x = e->exchange;
	const struct hw_slice host =
		x->host.len ? x->host : hw_slice(e->dst_text.text, e->dst_text.len);
	const uint16_t port = x->host.len ? x->port : e->dst_port;
	const bool is_v6 = host.len && memchr(host.ptr, ':', host.len);
	const size_t room = NAME_MAX_BYTES - sizeof("[]:65535");
	const size_t host_len = host.len < room ? host.len : room;
	uint8_t digits[HW_U64_TEXT_MAX]; /* hw_write_u64() writes whole words */
	char *at = ret;

	if (is_v6)
		*at++ = '[';
	if (host_len)
		at = mempcpy(at, host.ptr, host_len);
	if (is_v6)
		*at++ = ']';
	if (port && port != 80) {
		*at++ = ':';
		at = mempcpy(at, digits, (size_t)(hw_write_u64(digits, port) - digits));
	}
	return (size_t)(at - ret);
}

static void count_route(struct hw_summary *s, const struct hw_event *e)
{
	char host[NAME_MAX_BYTES];
	const size_t len = write_host(e, host);
	const struct key k = make_key(e->exchange->role, hw_slice(host, len), e->exchange->route);

	count(s, HW_SUMMARY_ROUTES, &k, e);
}

/* Files know none. */
static void count_process(struct hw_summary *s, const struct hw_event *e)
{
	const struct hw_process *p = e->process;
	const struct key k = make_key(e->exchange->role, p->name,
				      p->container_name.len ? p->container_name : p->container_id);

	if (p->host_pid || p->name.len)
		count(s, HW_SUMMARY_PROCESSES, &k, e);
}

static struct hw_slice status_class(const struct hw_exchange *x)
{
	static const char *const classes[] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	const int32_t code = x->response.message->status_code;

	if (!x->response.is_there)
		return is_unanswered(x) ? HW_SLICE("no response") : HW_SLICE("not seen");
	return code >= 100 && code < 600 ? hw_slice_text(classes[code / 100 - 1])
					 : HW_SLICE("other");
}

void hw_summary_take(struct hw_summary *s, const struct hw_event *event)
{
	const struct hw_exchange *x = event->exchange;
	struct key all, status;

	if (!x || x->end == HW_EXCHANGE_GOES_ON)
		return;
	if (!x->request.is_there) {
		s->responses_alone++;
		return;
	}
	all = make_key(x->role, HW_SLICE("all"), HW_SLICE(""));
	status = make_key(x->role, status_class(x), HW_SLICE(""));
	count(s, HW_SUMMARY_ALL, &all, event);
	count_route(s, event);
	count_process(s, event);
	count(s, HW_SUMMARY_STATUSES, &status, event);
}

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_texts(struct hw_slice a, struct hw_slice b)
{
	const size_t len = a.len < b.len ? a.len : b.len;
	const int order = len ? memcmp(a.ptr, b.ptr, len) : 0;

	return order ? order : compare(a.len, b.len);
}

static int by_name(const void *a, const void *b)
{
	const struct hw_summary_row *x = *(const struct hw_summary_row *const *)a;
	const struct hw_summary_row *y = *(const struct hw_summary_row *const *)b;
	int order = 0;

	for (int i = 0; i < 2 && !order; i++)
		order = compare_texts(x->names[i], y->names[i]);
	return order ? order : compare(x->role, y->role);
}

/* The same rows are always in the same order. */
static int by_time(const void *a, const void *b)
{
	const struct hw_summary_row *x = *(const struct hw_summary_row *const *)a;
	const struct hw_summary_row *y = *(const struct hw_summary_row *const *)b;
	int order = compare(y->duration.sum, x->duration.sum);

	if (!order)
		order = compare(y->requests, x->requests);
	return order ? order : by_name(a, b);
}

size_t hw_summary_sort(const struct hw_summary *s, enum hw_summary_list list,
		       const struct hw_summary_row **ret)
{
	const struct hw_summary_rows *rows = &s->lists[list];
	size_t nr = rows->nr;

	for (size_t i = 0; i < nr; i++)
		ret[i] = rows->rows[i];
	qsort(ret, nr, sizeof(*ret), list == HW_SUMMARY_STATUSES ? by_name : by_time);
	if (rows->rows[HW_SUMMARY_ROWS_MAX]->requests)
		ret[nr++] = rows->rows[HW_SUMMARY_ROWS_MAX];
	return nr;
}
