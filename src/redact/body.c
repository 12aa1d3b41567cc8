/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/body.c - secrets in the text of a body: see find.h */
#include "redact/multipart.h"

/* What is from..s.len: all of it, or the content of a part. */
static void find_in_content(struct hw_redact_finder *f, struct hw_slice s, size_t from,
			    enum hw_redact_text kind)
{
	if (hw_redact_is_xml(s, from))
		hw_redact_find_xml(f, s, from, s.len, kind);
	else if (hw_redact_is_json(s, from))
		hw_redact_find_json(f, s, from);
	else
		hw_redact_find_text(f, s, from, s.len, kind);
}

/* What ends the line before `to` is not of the content. */
static size_t without_line_end(struct hw_slice s, size_t from, size_t to)
{
	if (to == s.len)
		return to;
	to -= to > from && s.ptr[to - 1] == '\n';
	return to - (to > from && s.ptr[to - 1] == '\r');
}

/* Returns where it ends. */
static size_t take_part(struct hw_redact_finder *f, struct hw_slice s,
			const struct hw_redact_part *part)
{
	const size_t to = hw_redact_part_end(s, part);

	hw_redact_add(f, part->content, without_line_end(s, part->content, to));
	return to;
}

/* What looks like parts in JSON is in a string. */
void hw_redact_find_body(struct hw_redact_finder *f, struct hw_slice s, enum hw_redact_text kind)
{
	const bool may_have_parts = !hw_redact_begins_with_bracket(s);
	struct hw_redact_part part;
	size_t at = 0;

	while (may_have_parts && hw_redact_part_next(s, at, &part)) {
		find_in_content(f, hw_slice(s.ptr, without_line_end(s, at, part.from)), at, kind);
		hw_redact_find_text(f, s, part.from, part.content, HW_REDACT_VALUE);
		at = hw_redact_part_is_secret(f, s, &part) ? take_part(f, s, &part) : part.content;
	}
	find_in_content(f, s, at, kind);
}
