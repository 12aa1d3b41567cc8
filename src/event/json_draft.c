/* SPDX-License-Identifier: BSD-2-Clause */
/* src/event/json_draft.c - a program of json.h while it is made, see json_step.h */
#include "event/json_step.h"

void hw_json_draft_init(struct hw_json_draft *d)
{
	*d = (struct hw_json_draft){ 0 };
	hw_buf_init(&d->steps, UINT16_MAX * sizeof(struct hw_json_step), NULL);
	hw_buf_init(&d->literals, UINT16_MAX, NULL);
}

void hw_json_draft_clear(struct hw_json_draft *d)
{
	hw_buf_clear(&d->steps);
	hw_buf_clear(&d->literals);
}

size_t hw_json_draft_nr(const struct hw_json_draft *d)
{
	return d->steps.len / sizeof(struct hw_json_step);
}

bool hw_json_draft_has_literal(const struct hw_json_draft *d)
{
	return d->literals.len > d->literal;
}

void hw_json_draft_add(struct hw_json_draft *d, struct hw_slice literal)
{
	if (!d->err)
		d->err = hw_buf_append(&d->literals, literal);
}

size_t hw_json_draft_step(struct hw_json_draft *d, struct hw_json_step step)
{
	const size_t number = hw_json_draft_nr(d);

	step.literal = (uint32_t)d->literal;
	step.literal_len = (uint16_t)(d->literals.len - d->literal);
	d->literal = d->literals.len;
	if (!d->err)
		d->err = hw_buf_append(&d->steps, hw_slice(&step, sizeof(step)));
	return number;
}

void hw_json_draft_flush(struct hw_json_draft *d)
{
	if (hw_json_draft_has_literal(d))
		hw_json_draft_step(d, (struct hw_json_step){ .op = HW_OP_NOTHING });
}
