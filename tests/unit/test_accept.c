/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_accept.c */
#include "unit/unit.h"

#include "serve/accept.h"

static const struct {
	const char *accept;
	enum hw_metrics_format format;
} cases[] = {
	{ "", HW_METRICS_TEXT },
	{ "*/*", HW_METRICS_TEXT },
	{ "text/html,application/xhtml+xml,*/*;q=0.8", HW_METRICS_TEXT },
	{ "application/openmetrics-text", HW_METRICS_OPENMETRICS },
	{ "Application/OpenMetrics-Text ; Version=1.0.0", HW_METRICS_OPENMETRICS },
	/* Prometheus 2.42 */
	{ "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
	  "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
	  HW_METRICS_OPENMETRICS },
	{ "application/openmetrics-text; version=1.0.0; q=0.4, text/plain; q=0.5",
	  HW_METRICS_TEXT },
	{ "application/openmetrics-text;version=2.0.0", HW_METRICS_TEXT },
	{ "application/openmetrics-text;q=0", HW_METRICS_TEXT },
	{ "application/openmetrics-text;q=0.000,text/plain", HW_METRICS_TEXT },
	{ "application/openmetrics-text;q=0.001", HW_METRICS_OPENMETRICS },
	{ "application/openmetrics-text;q=no", HW_METRICS_TEXT },
	{ ",;,=;q", HW_METRICS_TEXT },
	{ "application/openmetrics-textile", HW_METRICS_TEXT },
};

static void chooses_a_format(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (hw_accept_format(hw_slice_text(cases[i].accept)) != cases[i].format)
			fail_msg("%s", cases[i].accept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_a_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
