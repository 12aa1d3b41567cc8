/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/field.c - the field lines of a head */
#include "http/name_scan.h"
#include "http/octet.h"
#include "http/reading.h"

/* field-name = token      RFC 9110 5.1. Returns where the token ends. */
static size_t scan_name(struct hw_slice line, bool *ret_is_canonical)
{
	unsigned int wrong = HW_OCTET_LOWER, found = 0;
	size_t i = 0;

	for (; i < line.len && hw_octet_is(line.ptr[i], HW_OCTET_TOKEN); i++) {
		found |= hw_octet_table[line.ptr[i]] & wrong;
		wrong = line.ptr[i] == '-' ? HW_OCTET_LOWER : HW_OCTET_UPPER;
	}
	*ret_is_canonical = !found;
	return i;
}

/* The first letter and each behind a - upper case, all others lower. */
static struct hw_slice canonicalise(struct hw_http_reading *r, struct hw_slice name)
{
	uint8_t *to = hw_http_text(r, name.len);
	unsigned int wrong = HW_OCTET_LOWER;

	if (!to)
		return name;
	for (size_t i = 0; i < name.len; i++) {
		const uint8_t c = name.ptr[i];

		to[i] = hw_octet_is(c, wrong) ? c ^ 0x20 : c;
		wrong = c == '-' ? HW_OCTET_LOWER : HW_OCTET_UPPER;
	}
	return hw_slice(to, name.len);
}

HW_COLD static void note_lookalike(struct hw_http_reading *r, struct hw_slice name)
{
	if (hw_slice_eq_nocase(name, HW_SLICE("Content_Length")) ||
	    hw_slice_eq_nocase(name, HW_SLICE("Transfer_Encoding")))
		hw_http_odd(r, HW_ANOMALY_LOOKALIKE_NAME);
}

/* Room for one more field and what is known of it. */
HW_COLD static bool make_room(struct hw_http_scratch *s)
{
	return hw_buf_reserve(&s->notes, sizeof(struct hw_http_note)) == 0 &&
	       hw_buf_reserve(&s->fields, sizeof(struct hw_http_field)) == 0;
}

static struct hw_http_field *next_field(const struct hw_http_scratch *s)
{
	return (struct hw_http_field *)(void *)(s->fields.ptr + s->fields.len);
}

static struct hw_http_note *next_note(const struct hw_http_scratch *s)
{
	return (struct hw_http_note *)(void *)(s->notes.ptr + s->notes.len);
}

/* How many more fields there is room for. */
static size_t room(const struct hw_http_scratch *s)
{
	return hw_least((s->fields.cap - s->fields.len) / sizeof(struct hw_http_field),
			(s->notes.cap - s->notes.len) / sizeof(struct hw_http_note));
}

/* `nr` fields, and what is known of them, have been put behind the others. */
static void keep(struct hw_http_scratch *s, size_t nr)
{
	s->fields.len += nr * sizeof(struct hw_http_field);
	s->notes.len += nr * sizeof(struct hw_http_note);
}

/* The field with this index has a name that is known. */
static void count_name(struct hw_http_reading *r, uint8_t name, size_t field)
{
	struct hw_http_tally *const tally = &r->scratch->tally;

	if (tally->nr[name]++ == 0)
		tally->first[name] = (uint32_t)field;
}

HW_COLD static void note_controls(struct hw_http_reading *r, struct hw_slice s, size_t at)
{
	for (; at < s.len; at++) {
		const uint8_t c = s.ptr[at];

		if (!hw_octet_is(c, HW_OCTET_CONTROL) || c == '\t')
			continue;
		if (c == 0)
			hw_http_odd(r, HW_ANOMALY_NUL_BYTE);
		hw_http_refuse(r, c == '\r' ? HW_ANOMALY_BARE_CR : HW_ANOMALY_CONTROL_BYTE);
	}
}

static void check_value(struct hw_http_reading *r, struct hw_slice value)
{
	if (r->lines.odd)
		note_controls(r, value, hw_octet_find_control(value));
}

/*
 * The value with the lines that go on with it, each joined by one SP. A blank one thus
 * adds a SP, which stays (Go's net/textproto).
 */
HW_COLD static struct hw_slice unfold(struct hw_http_reading *r, struct hw_slice value)
{
	/* It has no more bytes than there are up to the end of the head. */
	const size_t room = (size_t)(r->lines.end - value.ptr);
	uint8_t *const text = hw_http_text(r, room);
	uint8_t *to = text;
	struct hw_slice line;

	hw_http_odd(r, HW_ANOMALY_OBS_FOLD);
	if (text && value.len)
		to = mempcpy(to, value.ptr, value.len);
	while (hw_http_lines_folds(&r->lines) && hw_http_lines_next(&r->lines, &line)) {
		line = hw_octet_trim(line);
		if (!text)
			continue;
		*to++ = ' ';
		if (line.len)
			to = mempcpy(to, line.ptr, line.len);
	}
	if (!text)
		return value;
	hw_http_text_unused(r, room - (size_t)(to - text));
	return hw_octet_trim_left(hw_slice(text, (size_t)(to - text)));
}

/* A name that is no token. `name` ends before the colon. */
HW_COLD static void check_odd_name(struct hw_http_reading *r, struct hw_slice name)
{
	const struct hw_slice bare = hw_octet_trim_right(name);

	if (name.len == 0)
		hw_http_refuse(r, HW_ANOMALY_EMPTY_FIELD_NAME);
	if (!hw_octet_all(name, HW_OCTET_TOKEN | HW_OCTET_SPACE))
		hw_http_refuse(r, HW_ANOMALY_BAD_FIELD_NAME);
	if (bare.len < name.len)
		hw_http_odd(r, HW_ANOMALY_SPACE_BEFORE_COLON);
	if (hw_octet_any(bare) & HW_OCTET_SPACE)
		hw_http_odd(r, HW_ANOMALY_SPACE_IN_FIELD_NAME);
	note_controls(r, bare, 0);
}

/* Lines without a colon are no field; what folds behind them is not, either. */
HW_COLD static void read_no_field(struct hw_http_reading *r, struct hw_slice line)
{
	if (!r->lines.cut)
		hw_http_refuse(r, HW_ANOMALY_MISSING_COLON);
	check_value(r, line);
	while (hw_http_lines_folds(&r->lines))
		hw_http_lines_next(&r->lines, &line);
}

/* A name that ends at `colon`. Returns what is known of it. */
static struct hw_http_note read_name(struct hw_http_reading *r, struct hw_slice name)
{
	struct hw_http_note note = { .canonical = name };
	bool is_canonical;

	note.exact = name.len > 0 && scan_name(name, &is_canonical) == name.len;
	if (!note.exact)
		check_odd_name(r, name);
	else if (!is_canonical)
		note.canonical = canonicalise(r, name);
	note.name = (uint8_t)hw_http_name_find(hw_octet_trim_right(name));
	if (note.name == HW_HTTP_NAME_OTHER && (name.len == 14 || name.len == 17))
		note_lookalike(r, name);
	note.key = hw_http_name_key(note.canonical);
	return note;
}

HW_APART static void read_line(struct hw_http_reading *r, struct hw_slice line)
{
	struct hw_http_field field = { .value = line };
	struct hw_http_note note;

	if (!hw_slice_cut(&field.value, ':', &field.name)) {
		read_no_field(r, line);
		return;
	}
	field.value = hw_octet_trim(field.value);
	if (hw_http_lines_folds(&r->lines))
		field.value = unfold(r, field.value);
	check_value(r, field.value);
	note = read_name(r, field.name);
	if (room(r->scratch) == 0 && !make_room(r->scratch)) {
		r->short_of_memory = true;
		return;
	}
	if (note.name != HW_HTTP_NAME_OTHER)
		count_name(r, note.name, r->scratch->fields.len / sizeof(field));
	*next_field(r->scratch) = field;
	*next_note(r->scratch) = note;
	keep(r->scratch, 1);
}

/* A name of letters, digits and - that is not in canonical form. */
static struct hw_http_note canonical_note(struct hw_http_reading *r, struct hw_slice name)
{
	const struct hw_slice canonical = canonicalise(r, name);

	return (struct hw_http_note){ canonical, hw_http_name_key(canonical),
				      (uint8_t)hw_http_name_find(name), true, 0 };
}

/* What the line at `at` begins with, of which `readable` bytes can be read. */
static struct hw_http_note read_new_name(struct hw_http_reading *r, struct hw_slice name,
					 bool is_canonical, size_t readable)
{
	struct hw_http_note note = { .canonical = name, .exact = true };

	if (!is_canonical)
		return canonical_note(r, name);
	note.key = hw_http_name_key_ahead(name, readable);
	note.name = (uint8_t)hw_http_name_known(name, note.key);
	return note;
}

/*
 * Read a name that did not come where it was looked for, which `told` tells. Returns what tells
 * the next one, or NULL: it is none of letters, digits and -. Of the field the value is not set.
 */
HW_APART static uint8_t *find_name(struct hw_http_reading *r, struct hw_slice line, uint8_t *told,
				   struct hw_http_note *ret, struct hw_http_field *ret_field)
{
	bool is_canonical;
	const size_t len = hw_http_name_scan(line, &is_canonical);

	if (len == 0)
		return NULL;
	*ret = read_new_name(r, hw_slice(line.ptr, len), is_canonical, line.len);
	ret_field->name = hw_slice(line.ptr, len);
	ret_field->number = 0;
	if (r->short_of_memory) /* its canonical form is not there */
		return &r->scratch->usual.behind_others;
	return hw_http_usual_learn(&r->scratch->usual, told, ret_field->name, ret);
}

/* What is known of a name that came before, now at `at`. */
static inline struct hw_http_note usual_note(struct hw_http_reading *r,
					     const struct hw_http_usual_name *n, const uint8_t *at)
{
	struct hw_http_note note = { hw_slice(at, n->len), n->key, n->name, true, 0 };
	uint8_t *to;

	if (!n->is_canonical && (to = hw_http_text(r, n->len)))
		note.canonical.ptr = memcpy(to, n->canonical, n->len);
	return note;
}

/* The name that the line begins with; see find_name(). */
static inline uint8_t *take_name(struct hw_http_reading *r, struct hw_slice line, uint8_t *told,
				 struct hw_http_note *ret, struct hw_http_field *ret_field)
{
	struct hw_http_usual_name *n = &r->scratch->usual.names[*told];

	if (!hw_http_usual_is(n, line.ptr, line.len))
		return find_name(r, line, told, ret, ret_field);
	*ret = usual_note(r, n, line.ptr);
	ret->usual = *told;
	ret_field->name = hw_slice(line.ptr, n->len);
	ret_field->number = n->number;
	return &n->next;
}

/* What tells the name of the line that comes next in the index. */
static uint8_t *first_name(struct hw_http_reading *r)
{
	struct hw_http_usual_names *u = &r->scratch->usual;

	return r->scratch->fields.len == 0 ? &u->first[r->m->kind] : &u->behind_others;
}

/*
 * Read the lines that come next in the index as long as they are as nearly all are: one line,
 * a name of letters, digits and -, and no control bytes. There is room for one at least.
 */
static void read_usual_lines(struct hw_http_reading *r)
{
	struct hw_http_scratch *s = r->scratch;
	struct hw_http_field *field = next_field(s);
	struct hw_http_note *note = next_note(s);
	const uint8_t *at = r->lines.at, *const end = r->lines.end;
	const struct hw_http_line_index *const index = r->lines.index;
	const size_t begin = r->lines.next, nr = hw_least(index->nr, begin + room(s));
	const size_t before = s->fields.len / sizeof(*field);
	uint8_t *told = first_name(r);
	size_t i;

	for (i = begin; i < nr; i++, field++, note++) {
		const uint8_t *const lf = index->ends[i];
		const uint8_t *value;

		if (end - lf > 1 && hw_octet_is_blank(lf[1]))
			break;
		told = take_name(r, hw_slice(at, (size_t)(end - at)), told, note, field);
		if (!told)
			break;
		value = at + field->name.len + 1;
		field->value = hw_http_trim_value(hw_slice(value, (size_t)(lf - value) - 1));
		if (note->name != HW_HTTP_NAME_OTHER)
			count_name(r, note->name, before + i - begin);
		at = lf + 1;
	}
	r->lines.at = at;
	r->lines.next = i;
	keep(s, i - begin);
}

/*
 * Go refuses a head whose first field line begins with a blank; RFC 9112 2.2 has it that
 * or ignored. Here it is a field, but none that frames the message.
 */
HW_COLD static void read_blank_first(struct hw_http_reading *r)
{
	struct hw_slice line;

	hw_http_refuse(r, HW_ANOMALY_SPACE_BEFORE_FIRST_FIELD);
	if (!hw_http_lines_next(&r->lines, &line))
		return;
	line = hw_octet_trim(line);
	if (line.len > 0)
		read_line(r, line);
	r->scratch->tally = (struct hw_http_tally){ 0 };
	if (r->scratch->notes.len > 0)
		((struct hw_http_note *)(void *)r->scratch->notes.ptr)->name = HW_HTTP_NAME_OTHER;
}

void hw_http_read_fields(struct hw_http_reading *r)
{
	struct hw_slice line;

	if (hw_http_shape_read(r))
		return;
	r->scratch->tally = (struct hw_http_tally){ 0 };
	r->tally = &r->scratch->tally;
	if (hw_http_lines_folds(&r->lines))
		read_blank_first(r);
	hw_buf_reserve(&r->scratch->fields, r->lines.index->nr * sizeof(struct hw_http_field));
	hw_buf_reserve(&r->scratch->notes, r->lines.index->nr * sizeof(struct hw_http_note));
	for (;;) {
		if (!r->lines.odd && !r->lines.index->has_bare_lf && room(r->scratch) > 0)
			read_usual_lines(r);
		if (!hw_http_lines_next(&r->lines, &line) || line.len == 0)
			break; /* the empty line that ends the head */
		read_line(r, line);
	}
	r->refused |= r->lines.cut;
	r->m->fields_nr = r->scratch->fields.len / sizeof(struct hw_http_field);
}
