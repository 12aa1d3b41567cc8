/* SPDX-License-Identifier: BSD-2-Clause */
/* src/metrics/series.c - see series.h */
#include "metrics/series.h"

#include <errno.h>
#include <stdlib.h>

#include "base/hex.h"

#define MS 1000000ull
#define KIB 1024ull

enum { LEAST_SAMPLES = 14 }; /* of a series: of the histogram with the fewest buckets */

/* OpenTelemetry's advice for http.server.request.duration. */
static const struct hw_buckets durations = {
	.nr = 15,
	.bounds = { 5 * MS, 10 * MS, 25 * MS, 50 * MS, 75 * MS, 100 * MS, 250 * MS, 500 * MS,
		    750 * MS, 1000 * MS, 2500 * MS, 5000 * MS, 7500 * MS, 10000 * MS, UINT64_MAX },
	.texts = { "0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.25", "0.5", "0.75", "1.0",
		   "2.5", "5.0", "7.5", "10.0", "+Inf" },
};

/* Nobody gives advice for these: from a packet to what takes a while, each four times more. */
static const struct hw_buckets sizes = {
	.nr = 12,
	.bounds = { 0, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, KIB *KIB, 4 * KIB *KIB,
		    16 * KIB *KIB, 64 * KIB *KIB, UINT64_MAX },
	.texts = { "0.0", "256.0", "1024.0", "4096.0", "16384.0", "65536.0", "262144.0",
		   "1.048576e+06", "4.194304e+06", "1.6777216e+07", "6.7108864e+07", "+Inf" },
};

const struct hw_buckets *hw_histogram_buckets(enum hw_histogram h)
{
	return h == HW_SERVER_DURATION || h == HW_CLIENT_DURATION ? &durations : &sizes;
}

static size_t samples_of(enum hw_histogram h)
{
	return hw_histogram_buckets(h)->nr + 2; /* and the sum and the count */
}

int hw_series_table_init(struct hw_series_table *t, size_t samples_max, uint64_t seed)
{
	*t = (struct hw_series_table){ .places_nr = 1, .key = hw_hash_key(seed, 'm') };
	while (t->places_nr < samples_max / LEAST_SAMPLES)
		t->places_nr *= 2;
	t->places = calloc(t->places_nr, sizeof(*t->places));
	return t->places ? 0 : -ENOMEM;
}

void hw_series_table_clear(struct hw_series_table *t)
{
	for (size_t h = 0; h < HW_HISTOGRAM_NR; h++) {
		struct hw_series *s = t->first[h];

		while (s) {
			struct hw_series *next = s->next;

			free(s->exemplars);
			free(s);
			s = next;
		}
	}
	free(t->places);
	*t = (struct hw_series_table){ 0 };
}

static uint64_t hash(const struct hw_series_table *t, enum hw_histogram h,
		     const struct hw_labels *l)
{
	uint64_t words[HW_LABELS_MAX / 8 + 1];
	const size_t nr = (l->len + 7) / 8;

	if (nr)
		words[nr - 1] = 0;
	memcpy(words, l->text, l->len);
	words[nr] = h;
	return hw_hash_words(&t->key, words, nr + 1);
}

static struct hw_series *make(enum hw_histogram h, const struct hw_labels *l)
{
	struct hw_series *s = calloc(1, sizeof(*s) + l->len);

	if (!s)
		return NULL;
	memcpy(s + 1, l->text, l->len);
	s->labels = hw_slice(s + 1, l->len);
	s->histogram = h;
	return s;
}

static void link_series(struct hw_series_table *t, struct hw_series *s)
{
	struct hw_series **place = &t->places[s->hash & (t->places_nr - 1)];

	s->beside = *place;
	*place = s;
	if (t->last[s->histogram])
		t->last[s->histogram]->next = s;
	else
		t->first[s->histogram] = s;
	t->last[s->histogram] = s;
	t->samples += samples_of(s->histogram);
}

static struct hw_series *find(const struct hw_series_table *t, enum hw_histogram h,
			      const struct hw_labels *l, uint64_t hash)
{
	struct hw_series *s = t->places[hash & (t->places_nr - 1)];

	while (s && (s->hash != hash || s->histogram != h ||
		     !hw_slice_eq(s->labels, hw_slice(l->text, l->len))))
		s = s->beside;
	return s;
}

static struct hw_series *look_up(struct hw_series_table *t, enum hw_histogram h,
				 const struct hw_labels *labels, size_t samples_max)
{
	const uint64_t at = hash(t, h, labels);
	struct hw_series *s = find(t, h, labels, at);

	if (s || t->samples + samples_of(h) > samples_max)
		return s;
	s = make(h, labels);
	if (!s)
		return NULL;
	s->hash = at;
	link_series(t, s);
	return s;
}

/* Many are of the series that the last one was of. */
struct hw_series *hw_series_get(struct hw_series_table *t, enum hw_histogram h,
				const struct hw_labels *labels, size_t samples_max)
{
	struct hw_series **found = &t->found[h];

	if (!*found || !hw_slice_eq((*found)->labels, hw_slice(labels->text, labels->len)))
		*found = look_up(t, h, labels, samples_max);
	return *found;
}

static size_t bucket_of(const struct hw_buckets *b, uint64_t value)
{
	size_t i = 0;

	while (value > b->bounds[i])
		i++;
	return i;
}

static void set_exemplar(struct hw_exemplar *e, uint64_t value, struct hw_slice trace_id,
			 uint64_t time_ns)
{
	e->value = value;
	e->time_ns = time_ns;
	e->trace_id_len = trace_id.len;
	memcpy(e->trace_id, trace_id.ptr, trace_id.len);
}

void hw_series_add(struct hw_series *s, uint64_t value, struct hw_slice trace_id, uint64_t time_ns)
{
	const struct hw_buckets *b = hw_histogram_buckets(s->histogram);
	const size_t i = bucket_of(b, value);

	s->sum += value;
	s->nr++;
	s->counts[i]++;
	if (!trace_id.len || trace_id.len > HW_TRACE_ID_MAX || !hw_hex_is_lower(trace_id))
		return;
	if (!s->exemplars)
		s->exemplars = calloc(b->nr, sizeof(*s->exemplars));
	if (s->exemplars)
		set_exemplar(&s->exemplars[i], value, trace_id, time_ns);
}
