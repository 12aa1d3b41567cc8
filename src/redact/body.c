/* SPDX-License-Identifier: BSD-2-Clause */
/* src/redact/body.c - secrets in the text of a body: see find.h */
#include "redact/form.h"
#include "redact/multipart.h"

static void find_in_text(struct hw_redact_finder *f, struct hw_slice s, size_t from,
			 enum hw_redact_text kind)
{
	const size_t first = f->spans->len / sizeof(struct hw_redact_span);

	hw_redact_find_text(f, s, from, s.len, kind);
	if (!f->is_body || kind != HW_REDACT_QUERY)
		return;
	hw_redact_find_form(f, s, from);
	hw_redact_settle(f, first);
}

/* {%22a%22:1}, a form that is one parameter without a name. */
static bool is_encoded_json(struct hw_slice s, size_t from, enum hw_redact_text kind)
{
	size_t at = hw_redact_skip_blanks(s, from);
	const size_t first = at;

	while (at < s.len && hw_redact_is_bracket(s.ptr[at]))
		at++;
	return kind == HW_REDACT_QUERY && at > first && at < s.len && s.ptr[at] == '%';
}

/* What is from..s.len: all of it, or the content of a part. */
static void find_in_content(struct hw_redact_finder *f, struct hw_slice s, size_t from,
			    enum hw_redact_text kind)
{
	if (hw_redact_is_xml(s, from))
		hw_redact_find_xml(f, s, from, s.len, kind);
	else if (hw_redact_is_json(s, from) && !is_encoded_json(s, from, kind))
		hw_redact_find_json(f, s, from);
	else
		find_in_text(f, s, from, kind);
}

/* The same of what is up to `to`, and another part behind it: so its end was not cut off. */
static void find_before_part(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			     enum hw_redact_text kind)
{
	const bool is_cut = f->is_cut;

	f->is_cut = false;
	find_in_content(f, hw_slice(s.ptr, to), from, kind);
	f->is_cut = is_cut;
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

/* What is known of the parts before. */
struct parts {
	struct hw_redact_object form;
	size_t last; /* where the content of the last one begins */
};

/* The last one ends at `to`, or is another's part of its own. */
static void end_last(struct parts *p, struct hw_slice s, size_t to)
{
	hw_redact_object_end(&p->form, p->last, without_line_end(s, p->last, to));
}

/* What a part says that names another one; longer contents are no names. */
static struct hw_slice said_of(struct hw_slice s, const struct hw_redact_part *part)
{
	const size_t most = hw_least(s.len, part->content + HW_REDACT_FORM_TEXT_MAX);
	const size_t to = hw_redact_part_end(hw_slice(s.ptr, most), part);

	return hw_slice(s.ptr + part->content,
			without_line_end(s, part->content, to) - part->content);
}

/* Returns where the next one may begin: this may have parts of its own, if it is no secret. */
static size_t see_part(struct hw_redact_finder *f, struct hw_slice s, struct parts *p,
		       const struct hw_redact_part *part)
{
	struct hw_redact_part_name name;
	struct hw_redact_member field = { .at = part->content };
	size_t secret;

	p->last = part->content;
	if (hw_redact_part_is_secret(f, s, part, &name))
		return take_part(f, s, part);
	field.name = hw_slice(name.text, name.len);
	field.said = said_of(s, part);
	field.is_cut = f->is_cut && part->content + field.said.len == s.len;
	secret = hw_redact_form_see(&p->form, f, &field);
	if (secret == part->content)
		return take_part(f, s, part);
	if (secret < s.len)
		hw_redact_add_late(f, secret, p->form.end, 0);
	return part->content;
}

static void see_cut(struct hw_redact_finder *f, struct parts *p)
{
	size_t at;

	while (f->is_cut && (at = hw_redact_object_cut(&p->form)) != HW_REDACT_NONE)
		hw_redact_add_late(f, at, p->form.end, 0);
}

/* What looks like parts in JSON is in a string. */
void hw_redact_find_body(struct hw_redact_finder *f, struct hw_slice s, enum hw_redact_text kind)
{
	const size_t first = f->spans->len / sizeof(struct hw_redact_span);
	const bool may_have_parts = !hw_redact_begins_with_bracket(s);
	struct parts parts = { .last = 0 };
	struct hw_redact_part part;
	size_t at = 0;

	while (may_have_parts && hw_redact_part_next(s, at, &part)) {
		find_before_part(f, s, at, without_line_end(s, at, part.from), kind);
		hw_redact_find_text(f, s, part.from, part.content, HW_REDACT_VALUE);
		end_last(&parts, s, part.from);
		at = see_part(f, s, &parts, &part);
	}
	find_in_content(f, s, at, kind);
	end_last(&parts, s, s.len);
	see_cut(f, &parts);
	hw_redact_settle(f, first);
}
