/* SPDX-License-Identifier: BSD-2-Clause */
/* src/metrics/metrics.c - see metrics.h */
#include "metrics/metrics.h"

#include <errno.h>
#include <stdlib.h>

#include "event/table.h"
#include "metrics/exchange_labels.h"
#include "metrics/registry.h"

enum {
	OWN_SAMPLES = 256,   /* that a page has beside those of exchanges, at most */
	OTHER_SAMPLES = 160, /* of each histogram once more: for what has no other place */
};

int hw_metrics_new(struct hw_metrics **ret, size_t series_max, uint64_t seed)
{
	struct hw_metrics *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->samples_max = series_max - OWN_SAMPLES;
	if (hw_series_table_init(&m->series, m->samples_max, seed) != 0) {
		hw_metrics_free(m);
		return -ENOMEM;
	}
	*ret = m;
	return 0;
}

void hw_metrics_free(struct hw_metrics *m)
{
	if (!m)
		return;
	hw_series_table_clear(&m->series);
	free(m);
}

/* A third of the room is for what is left when routes and hosts are not told apart. */
static size_t room_for(const struct hw_metrics *m, enum hw_detail detail)
{
	switch (detail) {
	case HW_DETAIL_ALL:
		return m->samples_max - m->samples_max / 3;
	case HW_DETAIL_FEW:
		return m->samples_max - OTHER_SAMPLES;
	case HW_DETAIL_NONE:
	case HW_DETAIL_NR:
		break;
	}
	return m->samples_max;
}

/* What is measured of one exchange goes where its labels are, or to what is next to them. */
struct measuring {
	struct hw_metrics *m;
	const struct hw_event *event;
	enum hw_detail detail;
	struct hw_labels labels;
};

static void measure(struct measuring *a, enum hw_histogram h, uint64_t value)
{
	struct hw_series *s =
		hw_series_get(&a->m->series, h, &a->labels, room_for(a->m, a->detail));

	while (!s && a->detail < HW_DETAIL_NONE) {
		a->detail++;
		hw_exchange_labels(a->event, a->detail, &a->labels);
		s = hw_series_get(&a->m->series, h, &a->labels, room_for(a->m, a->detail));
	}
	if (s)
		hw_series_add(s, value, a->event->exchange->trace_id, a->event->time_ns);
}

/* A message without a body has none of size 0: a GET, a 304. */
static bool has_body(const struct hw_exchange_part *p)
{
	return p->is_there && (p->body.size || (p->message->framing != HW_HTTP_BODY_NONE &&
						p->message->framing != HW_HTTP_BODY_TUNNEL));
}

/* Its response is framed as if there was a body. RFC 9110 9.3.2 */
static bool is_head(const struct hw_exchange *x)
{
	return hw_slice_eq(x->request.message->method, HW_SLICE("HEAD"));
}

static void measure_exchange(struct hw_metrics *m, const struct hw_event *event)
{
	const struct hw_exchange *x = event->exchange;
	const bool is_client = x->role == HW_ROLE_CLIENT;
	const struct hw_duration took = hw_exchange_took(x, event->time_ns);
	struct measuring a; /* with room for long labels: not zeroed for each */

	a.m = m;
	a.event = event;
	a.detail = HW_DETAIL_ALL;
	hw_exchange_labels(event, HW_DETAIL_ALL, &a.labels);
	if (hw_duration_is_known(took))
		measure(&a, is_client ? HW_CLIENT_DURATION : HW_SERVER_DURATION,
			hw_duration_ns(took));
	if (has_body(&x->request))
		measure(&a, is_client ? HW_CLIENT_REQUEST_SIZE : HW_SERVER_REQUEST_SIZE,
			x->request.body.size);
	if (has_body(&x->response) && !(x->response.body.size == 0 && is_head(x)))
		measure(&a, is_client ? HW_CLIENT_RESPONSE_SIZE : HW_SERVER_RESPONSE_SIZE,
			x->response.body.size);
	m->limited += a.detail != HW_DETAIL_ALL;
}

void hw_metrics_take(struct hw_metrics *m, const struct hw_event *event)
{
	const struct hw_exchange *x = event->exchange;

	m->events[event->type->index]++;
	if (!x || x->end == HW_EXCHANGE_GOES_ON)
		return;
	m->exchanges[x->role][x->end]++;
	if (hw_exchange_is_over(x))
		measure_exchange(m, event);
}
