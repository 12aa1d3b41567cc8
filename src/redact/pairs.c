/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/redact/pairs.c - secrets behind a colon, in text whose form nobody says: see find.h
 *
 * YAML and other lines of configuration have them, headers that were written down, objects of
 * JavaScript and Python, arguments of GraphQL.
 */
#include "redact/pairs.h"

#include "redact/object.h"

enum { SAID_MAX = 256 }; /* bytes beside a name that are looked at for another one */

struct hw_slice hw_redact_name_before(struct hw_slice s, size_t from, size_t colon)
{
	size_t to = colon, at;

	while (to > from && hw_redact_is_space(s.ptr[to - 1]))
		to--;
	to -= to - from > 1 && s.ptr[to - 1] == ']' && hw_redact_is_quote(s.ptr[to - 2]);
	if (to > from && hw_redact_is_quote(s.ptr[to - 1])) {
		to--;
		to -= to > from && s.ptr[to - 1] == '\\';
	}
	for (at = to; at > from && to - at < HW_REDACT_NAME_MAX; at--)
		if (!hw_redact_is_of_name(s.ptr[at - 1]))
			break;
	return hw_slice(s.ptr + at, to - at);
}

bool hw_redact_is_secret_label(const struct hw_redact_finder *f, struct hw_slice name)
{
	return hw_redact_names_find(f->names, name, HW_REDACT_IN_PARAMETER) &&
	       !hw_slice_eq_nocase(name, HW_SLICE("code"));
}

/* What often stands behind the colon of a style sheet. */
static bool is_pseudo_class(struct hw_slice s)
{
	static const struct hw_slice all[] = {
		HW_SLICE(":"),	     HW_SLICE("active"),   HW_SLICE("after"), HW_SLICE("before"),
		HW_SLICE("checked"), HW_SLICE("disabled"), HW_SLICE("first"), HW_SLICE("focus"),
		HW_SLICE("hover"),   HW_SLICE("last"),	   HW_SLICE("not("),  HW_SLICE("nth-"),
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (hw_slice_starts(s, all[i]))
			return true;
	return false;
}

/* #token:hover, .token:focus, a.token::before { }: of a style sheet. */
static bool is_selector(struct hw_slice s, size_t from, struct hw_slice name)
{
	const size_t at = (size_t)(name.ptr - s.ptr), colon = at + name.len;

	if (name.ptr[0] == '.' || (at > from && s.ptr[at - 1] == '#'))
		return true;
	return memchr(name.ptr, '.', name.len) &&
	       is_pseudo_class(hw_slice_after(s, hw_least(colon + 1, s.len)));
}

/* Where the marks begin that end at `at`: of a list, a comment, a patch, a direction, or a quote. */
static size_t marks_before(struct hw_slice s, size_t text, size_t at)
{
	static const char marks[] = " \t-+#/*<>\"'`";

	while (at > text && memchr(marks, s.ptr[at - 1], sizeof(marks) - 1))
		at--;
	return at;
}

/* Before it are only marks. */
static bool begins_line(struct hw_slice s, size_t text, size_t at)
{
	at = marks_before(s, text, at);
	return at == text || s.ptr[at - 1] == '\n';
}

/* 'a' => b, :a => b, of PHP and Ruby; a => b is a function. The colon is then the >. */
static bool pass_arrow(struct hw_slice s, size_t from, struct hw_redact_pair *p)
{
	const uint8_t before = p->name > from ? s.ptr[p->name - 1] : 0;

	if (s.ptr[p->colon] != '=' || p->colon + 1 == s.len || s.ptr[p->colon + 1] != '>')
		return true;
	p->colon++;
	return hw_redact_is_quote(before) || before == ':';
}

/*
 * What is said before the name at `at`, in the line before or up to a comma: its end. Empty: there is
 * nothing.
 */
static struct hw_slice said_before(struct hw_slice s, size_t text, size_t at)
{
	const uint8_t *begin;
	size_t from;

	at = marks_before(s, text, at);
	if (at == text || (s.ptr[at - 1] != ',' && s.ptr[at - 1] != '\n'))
		return HW_SLICE("");
	at--;
	from = at - text > SAID_MAX ? at - SAID_MAX : text;
	begin = memrchr(s.ptr + from, '\n', at - from);
	from = begin ? (size_t)(begin + 1 - s.ptr) : from;
	return hw_slice(s.ptr + from, at - from);
}

/* Without what is around it. */
static struct hw_slice bare(struct hw_slice s)
{
	static const char around[] = " \t\r,\"'`";

	while (s.len > 0 && memchr(around, s.ptr[0], sizeof(around) - 1))
		s = hw_slice_after(s, 1);
	while (s.len > 0 && memchr(around, s.ptr[s.len - 1], sizeof(around) - 1))
		s.len--;
	return s;
}

/* "- name: token", as environments in YAML have it before "value: x", or "{name: token". */
static bool names_secret(const struct hw_redact_finder *f, struct hw_slice said)
{
	const uint8_t *found = said.len ? memrchr(said.ptr, ':', said.len) : NULL;
	const size_t colon = found ? (size_t)(found - said.ptr) : 0;

	return found && hw_redact_names_secret(f, hw_redact_name_before(said, 0, colon),
					       bare(hw_slice_after(said, colon + 1)));
}

/* Whether it is the value of what is named before it. */
static bool is_named_before(const struct hw_redact_finder *f, struct hw_slice s,
			    struct hw_slice name, struct hw_redact_pair *p)
{
	if (s.ptr[p->colon] != ':' || !hw_redact_is_value_member(name))
		return false;
	p->how = HW_REDACT_WHOLE;
	p->name = (size_t)(name.ptr - s.ptr);
	p->begins_line = begins_line(s, p->text, p->name);
	return names_secret(f, said_before(s, p->text, p->name));
}

/* At the beginning of a line it may be a header field: of what TRACE answers, or curl -v. */
static bool is_secret(const struct hw_redact_finder *f, struct hw_slice s, size_t from,
		      struct hw_redact_pair *p)
{
	const struct hw_slice name = hw_redact_name_before(s, from, p->colon);

	p->how = hw_redact_names_find(f->names, name, HW_REDACT_IN_BOTH);
	p->is_in_xml = f->is_in_xml;
	if (p->how == HW_REDACT_NOTHING)
		return is_named_before(f, s, name, p);
	if (p->how == HW_REDACT_AUTHORITY || is_selector(s, from, name))
		return false;
	p->name = (size_t)(name.ptr - s.ptr);
	p->begins_line = begins_line(s, p->text, p->name);
	if (!pass_arrow(s, from, p))
		return false;
	return (p->begins_line && s.ptr[p->colon] == ':' &&
		!hw_redact_names_find(f->names, name, HW_REDACT_IN_PARAMETER)) ||
	       hw_redact_is_secret_label(f, name);
}

/* ---- lines of one object ---- */

/* "- name: x" begins another one. */
static bool begins_item(struct hw_slice s, const struct hw_redact_pair *p)
{
	size_t at = p->name;

	at -= at > p->text && hw_redact_is_quote(s.ptr[at - 1]);
	while (at > p->text && hw_redact_is_space(s.ptr[at - 1]))
		at--;
	return at > p->text && at < p->name && s.ptr[at - 1] == '-';
}

/* "x # y" is x and a comment. YAML 1.2 6.6 */
static struct hw_slice without_comment(struct hw_slice s)
{
	for (size_t at = 1; at < s.len; at++)
		if (s.ptr[at] == '#' && hw_redact_is_space(s.ptr[at - 1]))
			return hw_slice(s.ptr, at);
	return s;
}

/* What the line says behind the colon; longer texts are no names. */
static struct hw_slice said_behind(struct hw_slice s, size_t colon, bool *ret_is_cut)
{
	const size_t from = colon + 1, len = hw_least(s.len - from, SAID_MAX);
	const uint8_t *end = memchr(s.ptr + from, '\n', len);
	const struct hw_slice line =
		hw_slice(s.ptr + from, end ? (size_t)(end - s.ptr) - from : len);

	*ret_is_cut = !end && from + len == s.len;
	return bare(without_comment(line));
}

/*
 * A name that begins its line is one of a member of the object whose others stand as far right. Returns
 * the colon before the value of a secret: its own, one before, or none.
 */
static size_t see_line(struct hw_redact_object *o, const struct hw_redact_finder *f,
		       struct hw_slice s, size_t from, struct hw_redact_pair *p)
{
	struct hw_redact_member m = { .name = hw_redact_name_before(s, from, p->colon),
				      .at = p->colon };

	if (s.ptr[p->colon] != ':' || m.name.len == 0)
		return HW_REDACT_NONE;
	p->name = (size_t)(m.name.ptr - s.ptr);
	p->begins_line = begins_line(s, p->text, p->name);
	if (!p->begins_line)
		return HW_REDACT_NONE;
	hw_redact_object_enter(o, hw_redact_indent_of(s, p), begins_item(s, p));
	m.said = said_behind(s, p->colon, &m.is_cut);
	m.is_cut &= f->is_cut;
	return hw_redact_object_see(o, f, &m);
}

/* The lines before that of the name. */
static struct hw_slice lines_before(struct hw_slice s, const struct hw_redact_pair *p)
{
	const size_t line = hw_redact_line_of(s, p);

	return hw_slice(s.ptr, line - (line > p->text));
}

/* It turns out to have been one, behind the colon at `colon`, by what is behind the end. */
static void take_late(struct hw_redact_finder *f, struct hw_slice s, size_t text, size_t colon)
{
	struct hw_redact_pair p = { .text = text,
				    .colon = colon,
				    .how = HW_REDACT_WHOLE,
				    .begins_line = true,
				    .is_in_xml = f->is_in_xml };
	struct hw_redact_extent value;

	p.name = (size_t)(hw_redact_name_before(s, text, colon).ptr - s.ptr);
	value = hw_redact_pair_value(s, &p);
	hw_redact_add_late(f, value.from, value.to, 0);
}

/* Beside a blank, as in INI and TOML, behind a["b"], or of =>. Else it is of a parameter. */
static bool is_mark(struct hw_slice s, size_t at)
{
	const uint8_t before = at > 0 ? s.ptr[at - 1] : 0;
	const uint8_t behind = at + 1 < s.len ? s.ptr[at + 1] : 0;

	if (behind == '>')
		return true;
	return behind != '=' && (hw_redact_is_space(before) || hw_redact_is_space(behind) ||
				 (before == ']' && at > 1 && hw_redact_is_quote(s.ptr[at - 2])));
}

/* What may stand between a name and its value. */
static size_t next_mark(struct hw_slice s, size_t at)
{
	while (at < s.len && s.ptr[at] != ':' && (s.ptr[at] != '=' || !is_mark(s, at)))
		at++;
	return at;
}

/* ---- beside what is found without them ---- */

/* Those that were found before. */
struct found {
	size_t next, end; /* numbers of spans */
};

/* Whether `at` is inside of one; then where that ends. Places come in order. */
static bool is_found(const struct hw_redact_finder *f, struct found *found, size_t at, size_t *ret)
{
	const struct hw_redact_span *spans = (const void *)f->spans->ptr;

	while (found->next < found->end && spans[found->next].to <= at)
		found->next++;
	if (found->next == found->end || spans[found->next].from > at)
		return false;
	*ret = spans[found->next].to;
	return true;
}

/*
 * Where its value is. What begins inside of what was found before, name and all, is of that: none then,
 * and the next one may begin behind it. No further than there is looked, which would be done again.
 */
static struct hw_redact_extent value_of(const struct hw_redact_finder *f, struct found *found,
					struct hw_slice s, const struct hw_redact_pair *p)
{
	struct hw_redact_extent inner;
	size_t end;

	if (!is_found(f, found, p->colon, &end))
		return hw_redact_pair_value(s, p);
	inner = hw_redact_pair_value(hw_slice(s.ptr, end), p);
	if (inner.from < inner.to)
		return (struct hw_redact_extent){ p->colon, p->colon, end };
	return hw_redact_pair_value(s, p);
}

/* The first secret value from `from` on, of text that begins at `text`. False: there is none. */
static bool next_secret(struct hw_redact_object *o, struct hw_redact_finder *f, struct found *found,
			struct hw_slice s, size_t text, size_t from, struct hw_redact_extent *ret)
{
	for (size_t at = next_mark(s, from); at < s.len; at = next_mark(s, at + 1)) {
		struct hw_redact_pair p = { .text = text, .colon = at };
		const size_t secret = see_line(o, f, s, from, &p);

		if (secret < at)
			take_late(f, lines_before(s, &p), text, secret);
		if (is_secret(f, s, from, &p) || secret == at) {
			p.how = p.how ? p.how : HW_REDACT_WHOLE;
			*ret = value_of(f, found, s, &p);
			if (ret->from < ret->to || ret->next > ret->to)
				return true;
		}
	}
	return false;
}

/* As in JSON; nor are lines that are indented more. */
static void see_cut(struct hw_redact_object *o, struct hw_redact_finder *f, struct hw_slice s,
		    size_t text)
{
	static const char others[] = "[{|>\r\n";
	size_t colon;

	while (f->is_cut && (colon = hw_redact_object_cut(o)) != HW_REDACT_NONE) {
		size_t at = colon + 1;

		while (at < s.len && hw_redact_is_space(s.ptr[at]))
			at++;
		if (at < s.len && !memchr(others, s.ptr[at], sizeof(others) - 1))
			take_late(f, s, text, colon);
	}
}

static void find_pairs(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t first)
{
	struct found found = { first, f->spans->len / sizeof(struct hw_redact_span) };
	const size_t text = from, before = f->spans->len;
	struct hw_redact_object o = { 0 };
	struct hw_redact_extent secret;

	while (from < s.len && next_secret(&o, f, &found, s, text, from, &secret)) {
		hw_redact_add_late(f, secret.from, secret.to, 0);
		from = secret.next;
	}
	see_cut(&o, f, s, text);
	if (f->spans->len > before)
		hw_redact_settle(f, first);
}

void hw_redact_find_text(struct hw_redact_finder *f, struct hw_slice s, size_t from, size_t to,
			 enum hw_redact_text kind)
{
	const size_t first = f->spans->len / sizeof(struct hw_redact_span);
	const bool is_cut = f->is_cut;

	hw_redact_find(f, s, from, to, kind);
	if (!f->is_body || hw_redact_has_plus(kind))
		return;
	f->is_cut = is_cut && to == s.len;
	find_pairs(f, hw_slice(s.ptr, to), from, first);
	f->is_cut = is_cut;
}
