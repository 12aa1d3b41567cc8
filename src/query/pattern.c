/* SPDX-License-Identifier: BSD-2-Clause */
/* src/query/pattern.c - see pattern.h; the one user of PCRE2 */
#include "query/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum {
	PATTERN_MAX = 4096,	  /* bytes */
	WORK_MAX = 1000000,	  /* bytes passed over and items tried, for one text */
	STEPS_MAX = 1000000,	  /* of PCRE2's own count, for one beginning of a match */
	MEMORY_MAX_KIB = 4 << 10, /* that going back may need */
};

struct hw_pattern {
	pcre2_code *code;
	pcre2_match_data *data;
	pcre2_match_context *limits;
	bool refers;   /* the pattern has \1 or the like: groups are compared again */
	uint64_t work; /* of the match that runs */
	size_t at;     /* where it was when it was counted last */
};

/* A reference back compares as much as its group has, and may fail at the last byte. */
static size_t len_of_groups(const pcre2_callout_block *block)
{
	size_t sum = 0;

	for (uint32_t i = 1; i < block->capture_top; i++) {
		const size_t from = block->offset_vector[2 * i];
		const size_t to = block->offset_vector[2 * i + 1];

		if (from != PCRE2_UNSET && to != PCRE2_UNSET && from < to)
			sum += to - from;
	}
	return sum;
}

/*
 * PCRE2's own limit counts from anew at each byte where a match may begin, and not what
 * a repeat passes over. So we are called between any two items of the pattern.
 */
static int count_work(pcre2_callout_block *block, void *data)
{
	struct hw_pattern *p = data;
	const size_t at = block->current_position;

	p->work += 1 + (at > p->at ? at - p->at : p->at - at);
	p->at = at;
	if (p->refers)
		p->work += len_of_groups(block);
	return p->work > WORK_MAX ? PCRE2_ERROR_CALLOUT : 0;
}

static int compile(struct hw_pattern *p, struct hw_slice pattern, int *ret_code, size_t *ret_at)
{
	const uint32_t options = PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_AUTO_CALLOUT;
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);

	if (!context)
		return -ENOMEM;
	pcre2_set_max_pattern_length(context, PATTERN_MAX);
	p->code = pcre2_compile(pattern.ptr ? pattern.ptr : (PCRE2_SPTR) "", pattern.len, options,
				ret_code, ret_at, context);
	pcre2_compile_context_free(context);
	if (p->code)
		return 0;
	return *ret_code == PCRE2_ERROR_HEAP_FAILED ? -ENOMEM : -EINVAL;
}

static int make_limits(struct hw_pattern *p)
{
	uint32_t references = 0;

	pcre2_pattern_info(p->code, PCRE2_INFO_BACKREFMAX, &references);
	p->refers = references > 0;
	p->limits = pcre2_match_context_create(NULL);
	if (!p->limits)
		return -ENOMEM;
	pcre2_set_match_limit(p->limits, STEPS_MAX);
	pcre2_set_heap_limit(p->limits, MEMORY_MAX_KIB);
	pcre2_set_callout(p->limits, count_work, p);
	p->data = pcre2_match_data_create(1, NULL);
	return p->data ? 0 : -ENOMEM;
}

int hw_pattern_new(struct hw_pattern **ret, struct hw_slice pattern, char *error, size_t error_max,
		   size_t *ret_at)
{
	struct hw_pattern *p = calloc(1, sizeof(*p));
	int code, err;

	if (!p)
		return -ENOMEM;
	err = compile(p, pattern, &code, ret_at);
	if (err == -EINVAL)
		pcre2_get_error_message(code, (PCRE2_UCHAR *)error, error_max);
	if (!err)
		err = make_limits(p);
	if (err) {
		hw_pattern_free(p);
		return err;
	}
	*ret = p;
	return 0;
}

void hw_pattern_free(struct hw_pattern *p)
{
	if (!p)
		return;
	pcre2_match_data_free(p->data);
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

enum hw_pattern_result hw_pattern_match(struct hw_pattern *p, struct hw_slice text)
{
	int found;

	p->work = 0;
	p->at = 0;
	found = pcre2_match(p->code, text.ptr ? text.ptr : (PCRE2_SPTR) "", text.len, 0, 0, p->data,
			    p->limits);
	if (found >= 0)
		return HW_PATTERN_MATCHES;
	return found == PCRE2_ERROR_NOMATCH ? HW_PATTERN_DIFFERS : HW_PATTERN_GIVEN_UP;
}

void hw_pattern_library(char *ret, size_t max)
{
	char version[64] = "";

	if (pcre2_config(PCRE2_CONFIG_VERSION, NULL) <= (int)sizeof(version))
		pcre2_config(PCRE2_CONFIG_VERSION, version);
	snprintf(ret, max, "pcre2 %s", version);
}
