/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/option_show.c - how it is shown */
#include "cli/option.h"

#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "cli/suggest.h"
#include "cli/value.h"
#include "event/column.h"
#include "exchange/route.h"
#include "redact/rule.h"

const struct hw_form hw_forms[HW_FORMS_NR] = {
	[HW_FORMAT_JSON] = { "json" },
	[HW_FORMAT_JSON_V1BETA1] = { "json-v1beta1" },
	[HW_FORMAT_TEXT] = { "text", 0, HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL },
	[HW_FORMAT_HAR] = { "har", HW_EVENT_NET_HTTP_EXCHANGE, HW_EVENT_NET_HTTP_EXCHANGE },
	[HW_FORMAT_CSV] = { "csv", 0, HW_EVENT_NET_HTTP_EXCHANGE },
	[HW_FORMAT_TEXT_LONG] = { "text=long", 0,
				  HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_HTTP_TUNNEL },
	[HW_FORMAT_CURL] = { "curl",
			     HW_EVENT_NET_HTTP_EXCHANGE | HW_EVENT_NET_PACKET_HTTP |
				     HW_EVENT_NET_PACKET_HTTP_REQUEST,
			     HW_EVENT_NET_HTTP_EXCHANGE },
};

static const char *set_format(struct hw_options *o, const char *value)
{
	o->prints_nothing = strcmp(value, "none") == 0;
	if (o->prints_nothing) {
		o->format = HW_FORMAT_TEXT;
		o->format_set = false;
		return NULL;
	}
	for (size_t i = 0; i < HW_FORMS_NR; i++)
		if (strcmp(hw_forms[i].name, value) == 0) {
			o->format = (enum hw_format)i;
			o->format_set = true;
			return NULL;
		}
	return hw_value_complain(
		o, value, "one of text, text=long, json, json-v1beta1, csv, har, curl, none");
}

static const char *complain_column(struct hw_options *o, const char *name, size_t len)
{
	const struct hw_column *c;
	struct hw_suggest near;

	hw_suggest_init(&near, name, len);
	for (size_t i = 0; (c = hw_column_at(i)); i++)
		hw_suggest_offer(&near, c->name);
	if (near.best)
		snprintf(o->complaint, sizeof(o->complaint),
			 "'%.*s' is no column (did you mean '%s'?)", len > 100 ? 100 : (int)len,
			 name, near.best);
	else
		snprintf(o->complaint, sizeof(o->complaint),
			 "'%.*s' is no column; 'httpwire columns' lists them",
			 len > 100 ? 100 : (int)len, name);
	return o->complaint;
}

static const char *set_columns(struct hw_options *o, const char *value)
{
	size_t nr = 0;

	for (const char *name = value;; nr++) {
		const size_t len = strcspn(name, ",");

		if (!hw_column_is_known(hw_slice(name, len)))
			return complain_column(o, name, len);
		name += len;
		if (*name++ == '\0')
			break;
	}
	if (nr >= HW_COLUMNS_MAX)
		return "more than 64 columns";
	o->columns = value;
	return NULL;
}

static const char *set_body(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "kmgt", &n) || n > SIZE_MAX / 2)
		return hw_value_complain(o, value, "a size, such as 4096, 64k or 1M");
	o->engine.body_max = (size_t)n;
	return NULL;
}

/* No media type has a blank, but who writes a list puts one behind the comma. */
static char *without_blanks(char *word)
{
	size_t len;

	word += strspn(word, " ");
	len = strlen(word);
	while (len > 0 && word[len - 1] == ' ')
		word[--len] = '\0';
	return word;
}

/* Globs with commas between; each has a slash, or a star for it. */
static bool split_types(char *text, const char **ret, size_t *ret_nr)
{
	char *word;

	*ret_nr = 0;
	while ((word = strsep(&text, ","))) {
		if (!strpbrk(word, "/*"))
			return false;
		ret[(*ret_nr)++] = without_blanks(word);
	}
	return true;
}

static const char *set_body_types(struct hw_options *o, const char *value)
{
	free(o->body_types_text);
	free(o->body_types);
	o->body_types_text = strdup(value);
	o->body_types = calloc(strlen(value) + 1, sizeof(*o->body_types));
	if (!o->body_types_text || !o->body_types)
		return "no memory for it";
	if (!split_types(o->body_types_text, o->body_types, &o->engine.body_types_nr))
		return hw_value_complain(o, value,
					 "a list of media types, such as text/*,application/json");
	o->engine.body_types = o->body_types;
	o->limits_bodies = true;
	return NULL;
}

static const char *set_body_ratio(struct hw_options *o, const char *value)
{
	uint64_t n;

	if (!hw_value_number(value, "", &n) || n == 0 || n > UINT32_MAX)
		return hw_value_complain(o, value, "a number from 1");
	o->engine.body_ratio = (unsigned int)n;
	o->limits_bodies = true;
	return NULL;
}

static const char *set_progress(struct hw_options *o, const char *value)
{
	if (!hw_duration_read(hw_slice_text(value), &o->engine.progress_ns) ||
	    o->engine.progress_ns == 0)
		return hw_value_complain(o, value, "a time, such as 10s, 500ms or 5m");
	return NULL;
}

static const char *set_route(struct hw_options *o, const char *value)
{
	if (!hw_route_is_pattern(value))
		return hw_value_complain(o, value, "a pattern of paths, such as /users/{name}/**");
	o->routes[o->engine.routes_nr++] = value;
	return NULL;
}

static const char *set_more_time(struct hw_options *o, const char *value)
{
	(void)value;
	if (o->time_letters == HW_TIME_ELAPSED)
		return "at most five of them";
	o->time_letters++;
	o->time = (enum hw_time_style)o->time_letters;
	o->time_set = true;
	return NULL;
}

static const char *set_redact(struct hw_options *o, const char *value)
{
	const size_t len = strlen(value);

	if (len == 0 || len > HW_REDACT_NAME_MAX ||
	    (value[0] == '*' && !value[1 + strspn(value + 1, "-_")]))
		return hw_value_complain(o, value, "the name of a field or parameter");
	if (strchr(value + 1, '*'))
		return hw_value_complain(o, value, "a name: a * stands at the beginning");
	if (o->engine.redact_nr == HW_REDACT_MAX)
		return "too many names (at most 512)";
	o->redact[o->engine.redact_nr++] = value;
	return NULL;
}

static const char *set_no_redact(struct hw_options *o, const char *value)
{
	struct hw_suggest near;

	if (hw_redact_is_rule(hw_slice_text(value))) {
		o->no_redact[o->engine.no_redact_nr++] = value;
		return NULL;
	}
	hw_suggest_init(&near, value, strlen(value));
	for (size_t i = 0; i < hw_redact_rules_nr; i++)
		hw_suggest_offer(&near, hw_redact_rules[i].name);
	if (!near.best)
		return hw_value_complain(o, value, "redacted; 'httpwire redactions' lists what is");
	snprintf(o->complaint, sizeof(o->complaint),
		 "'%.100s' is not redacted (did you mean '%s'?)", value, near.best);
	return o->complaint;
}

static const char *set_redact_hash(struct hw_options *o, const char *value)
{
	(void)value;
	o->engine.secrets = HW_SECRETS_HASHED;
	return NULL;
}

static const char *set_redact_key_file(struct hw_options *o, const char *value)
{
	o->redact_key_file = value;
	return set_redact_hash(o, value);
}

static const char *set_show_secrets(struct hw_options *o, const char *value)
{
	(void)value;
	o->shows_secrets = true;
	return NULL;
}

static const char *set_time(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "clock", "none",	 "epoch",   "delta",
					     "date",  "elapsed", "rfc3339", NULL };
	const int i = hw_value_choose(names, value); /* enum hw_time_style */

	if (i < 0)
		return hw_value_complain(
			o, value, "one of clock, none, epoch, delta, date, elapsed, rfc3339");
	o->time = (enum hw_time_style)i;
	o->time_set = true;
	return NULL;
}

static const char *set_color(struct hw_options *o, const char *value)
{
	static const char *const names[] = { "auto", "always", "never", NULL };
	const int i = hw_value_choose(names, value); /* enum hw_color */

	if (i < 0)
		return hw_value_complain(o, value, "one of auto, always, never");
	o->color = (enum hw_color)i;
	return NULL;
}

/* Addresses are never looked up: what -n asks for is so anyway. */
static const char *set_numeric(struct hw_options *o, const char *value)
{
	(void)o;
	(void)value;
	return NULL;
}

static const char *set_verbose(struct hw_options *o, const char *value)
{
	(void)value;
	o->verbose++;
	return NULL;
}

static const char *set_quiet(struct hw_options *o, const char *value)
{
	(void)value;
	o->quiet = true;
	return NULL;
}

/* clang-format off */
static const struct hw_option_row rows[] = {
	{ { "format", "FORM", 'o', HW_OPTION_SHOW, "text",
	    "text, json, csv, har, curl, and others",
	    "text is a line an event, text=long all of an exchange; json is Tracee's trace.Event, "
	    "json-v1beta1 its v1beta1.Event; csv has a line of names first, har is HAR 1.2 for "
	    "browsers' developer tools, curl a command line for each request, and none nothing: for -w and --metrics." },
	  set_format },
	{ { "columns", "LIST", 0, HW_OPTION_SHOW, NULL,
	    "of text and csv: time,status,url,duration",
	    "Short names, which 'httpwire columns' lists, and paths of fields, as 'httpwire events "
	    "net_http_exchange' has them: request.headers.accept, httpwire.frame.",
	    .is_rare = true },
	  set_columns },
	{ { "body", "SIZE", 0, HW_OPTION_SHOW, NULL,
	    "with the first bytes of each body, decoded",
	    "Of exchanges, in text=long, json (-e), har and curl: without chunks, gzip, deflate, br "
	    "and zstd. As text where it is text, else in base64. What in it is hidden as a secret "
	    "the manual says." },
	  set_body },
	{ { "body-types", "TYPES", 0, HW_OPTION_SHOW, NULL,
	    "of these only: text/*,application/json",
	    "Media types, with * and ?, and commas between.",
	    .is_rare = true },
	  set_body_types },
	{ { "body-ratio", "N", 0, HW_OPTION_SHOW, "100",
	    "stop where one byte becomes N decoded ones",
	    "Small messages can be made that decode to gigabytes.",
	    .is_rare = true },
	  set_body_ratio },
	{ { "progress", "TIME", 0, HW_OPTION_SHOW, NULL,
	    "show exchanges so often while they go on, too",
	    "For answers that do not end, such as server-sent events: what there is of the "
	    "exchange so far, with the end 'goes_on'. TIME as 500ms, 10s or 5m; seconds, if it is a "
	    "number alone.",
	    .is_rare = true },
	  set_progress },
	{ { "route", "PATTERN", 0, HW_OPTION_SHOW, NULL,
	    "fold paths like /users/{name}/** to that",
	    "A segment in braces is any one, ** is all the rest. May be given more than once; "
	    "the first that matches holds. In other paths what looks like an id becomes {id}.",
	    .is_rare = true },
	  set_route },
	{ { NULL, NULL, 't', HW_OPTION_SHOW, NULL,
	    "no times; -tt epoch, -ttt delta, -tttt date",
	    "In text, as tcpdump does; -ttttt is the time since the first line." },
	  set_more_time },
	{ { "time", "STYLE", 0, HW_OPTION_SHOW, "clock",
	    "the same by name",
	    "How text shows times: clock, none, epoch, delta, date, elapsed, rfc3339. Clock and date are local time.",
	    .is_rare = true },
	  set_time },
	{ { "redact", "NAME", 0, HW_OPTION_SHOW, NULL,
	    "hide the value of this field or parameter, too",
	    "Of a header field or a parameter of that name, in bodies, too: what is "
	    "there becomes REDACTED. May be given more than once; *NAME is the end of a name.",
	    .is_rare = true },
	  set_redact },
	{ { "no-redact", "NAME", 0, HW_OPTION_SHOW, NULL,
	    "show this one of 'httpwire redactions'",
	    "May be given more than once.",
	    .is_rare = true },
	  set_no_redact },
	{ { "redact-hash", NULL, 0, HW_OPTION_SHOW, NULL,
	    "tell secrets apart by a hash, without showing them",
	    "REDACTED- and 16 digits of a keyed hash: the same for the same secret. The key is "
	    "random, and another in each run.",
	    .is_rare = true },
	  set_redact_hash },
	{ { "redact-key-file", "FILE", 0, HW_OPTION_SHOW, NULL,
	    "the same, with the key in FILE",
	    "At least 16 bytes; the end of the line is not of the key. Who has it can try secrets.",
	    .is_rare = true },
	  set_redact_key_file },
	{ { "show-secrets", NULL, 0, HW_OPTION_SHOW, NULL,
	    "passwords, cookies and tokens as they are",
	    "Else they are REDACTED; 'httpwire redactions' lists what is taken for a secret." },
	  set_show_secrets },
	{ { "color", "WHEN", 0, HW_OPTION_SHOW, "auto",
	    "auto, always, never",
	    "auto is on a terminal only, and obeys NO_COLOR and CLICOLOR_FORCE.",
	    .is_rare = true },
	  set_color },
	{ { NULL, NULL, 'n', HW_OPTION_SHOW, NULL,
	    "accepted: no address is ever looked up",
	    NULL,
	    .is_rare = true },
	  set_numeric },
	{ { "verbose", NULL, 'v', HW_OPTION_SHOW, NULL,
	    "say more; may be repeated",
	    NULL },
	  set_verbose },
	{ { "quiet", NULL, 'q', HW_OPTION_SHOW, NULL,
	    "errors only: no warnings, no statistics",
	    NULL },
	  set_quiet },
};
/* clang-format on */

const struct hw_option_rows hw_show_options = { rows, sizeof(rows) / sizeof(rows[0]) };
