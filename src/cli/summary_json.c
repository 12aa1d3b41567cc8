/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/summary_json.c - a summary for programs: see summary.h */
#include "cli/summary_rows.h"
#include "event/json_out.h"

/* Of each list: its name, and those of what its rows are told apart by. */
static const struct {
	const char *name;
	const char *members[2];
} lists[HW_SUMMARY_LISTS_NR] = {
	[HW_SUMMARY_ALL] = { "all", { NULL, NULL } },
	[HW_SUMMARY_ROUTES] = { "routes", { "host", "route" } },
	[HW_SUMMARY_PROCESSES] = { "processes", { "process", "container" } },
	[HW_SUMMARY_STATUSES] = { "statuses", { "status", NULL } },
};

static void write_times(struct hw_json_out *j, const char *name, const struct hw_histogram *h)
{
	static const struct {
		const char *name;
		unsigned int permille;
	} quantiles[] = { { "p50", 500 }, { "p90", 900 }, { "p99", 990 } };

	hw_json_out_begin(j, name, '{');
	hw_json_out_u64(j, "count", h->nr);
	hw_json_out_u64(j, "sum", h->sum);
	for (size_t i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		hw_json_out_u64(j, quantiles[i].name,
				hw_histogram_quantile(h, quantiles[i].permille));
	hw_json_out_u64(j, "max", h->max);
	hw_json_out_end(j, '}');
}

static void write_row(struct hw_json_out *j, enum hw_summary_list list,
		      const struct hw_summary_row *row)
{
	hw_json_out_begin(j, NULL, '{');
	for (int i = 0; i < 2; i++)
		if (lists[list].members[i])
			hw_json_out_text(j, lists[list].members[i], row->names[i]);
	if (row->role != HW_ROLE_UNKNOWN)
		hw_json_out_text(j, "role", hw_exchange_role_name(row->role));
	hw_json_out_u64(j, "requests", row->requests);
	hw_json_out_u64(j, "errors", row->errors);
	hw_json_out_u64(j, "bytes", row->bytes);
	write_times(j, "duration", &row->duration);
	write_times(j, "time_to_first_byte", &row->first_byte);
	hw_json_out_end(j, '}');
}

int hw_summary_json(const struct hw_summary *s, struct hw_buf *out)
{
	const struct hw_summary_row *rows[HW_SUMMARY_ROWS_MAX + 1];
	struct hw_json_out j = { .out = out, .from = out->len };

	hw_json_out_begin(&j, NULL, '{');
	hw_json_out_text(&j, "event", HW_SLICE("summary"));
	for (int list = 0; list < HW_SUMMARY_LISTS_NR; list++) {
		const size_t nr = hw_summary_sort(s, (enum hw_summary_list)list, rows);

		hw_json_out_begin(&j, lists[list].name, '[');
		for (size_t i = 0; i < nr; i++)
			write_row(&j, (enum hw_summary_list)list, rows[i]);
		hw_json_out_end(&j, ']');
	}
	hw_json_out_u64(&j, "responses_alone", s->responses_alone);
	hw_json_out_end(&j, '}');
	return j.err ? j.err : hw_buf_append(out, HW_SLICE("\n"));
}
