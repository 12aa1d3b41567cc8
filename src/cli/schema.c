/* SPDX-License-Identifier: BSD-2-Clause */
/* src/cli/schema.c - see schema.h */
#include "cli/schema.h"

/* clang-format off */
#define TYPE(name) "\"type\":\"" name "\""
#define INTEGER(least, most) TYPE("integer") ",\"minimum\":" least ",\"maximum\":" most
#define DIGITS(sign) TYPE("string") ",\"pattern\":\"^" sign "[0-9]+$\""
#define LIST_OF(items) TYPE("array") ",\"items\":{" items "}"
/* clang-format on */
#define U64_MAX "18446744073709551615"

struct schema {
	FILE *out;
	const struct hw_event_type *type;
	bool is_b, is_strict;
	bool is_proto3; /* inside an argument of form B: zero is left out, 64 bits are text */
};

void hw_schema_print_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text, out);
	}
	fputc('"', out);
}

static const char *key_of(const struct schema *s, const struct hw_field *f)
{
	return s->is_b && f->name_b ? f->name_b : f->name;
}

/* Whether a value is written by itself, so that form B leaves it out when it is zero. */
static bool has_value(const struct hw_field *f)
{
	return f->type < HW_FIELD_OBJECT;
}

static bool is_optional(const struct schema *s, const struct hw_field *f)
{
	return f->flags & HW_FIELD_OPTIONAL || (s->is_proto3 && has_value(f));
}

/* Left out altogether. */
static bool is_absent(const struct schema *s, const struct hw_field *f)
{
	return s->is_strict && (f->type == HW_FIELD_EXTRA ||
				(f->flags & HW_FIELD_STRICT_ZERO && is_optional(s, f)));
}

static void print_value(struct schema *s, const struct hw_field *f);

static void print_fields(struct schema *s, const struct hw_field *fields)
{
	const char *before = "";

	fputs("\"type\":\"object\",\"additionalProperties\":false,\"properties\":{", s->out);
	for (const struct hw_field *f = fields; f->name; f++) {
		if (is_absent(s, f))
			continue;
		fprintf(s->out, "%s\"%s\":{", before, key_of(s, f));
		if (f->flags & HW_FIELD_IN_LIST)
			fputs("\"type\":\"array\",\"minItems\":1,\"maxItems\":1,\"items\":{",
			      s->out);
		print_value(s, f);
		fputs(",\"description\":", s->out);
		hw_schema_print_text(s->out, f->meaning);
		fputs(f->flags & HW_FIELD_IN_LIST ? "}}" : "}", s->out);
		before = ",";
	}
	fputs("},\"required\":[", s->out);
	before = "";
	for (const struct hw_field *f = fields; f->name; f++) {
		if (is_absent(s, f) || is_optional(s, f))
			continue;
		fprintf(s->out, "%s\"%s\"", before, key_of(s, f));
		before = ",";
	}
	fputc(']', s->out);
}

static void print_words(const struct hw_field *f, FILE *out)
{
	const char *word;

	fputs("\"enum\":[", out);
	for (size_t i = 0; (word = f->words(i)); i++)
		fprintf(out, "%s\"%s\"", i ? "," : "", word);
	fputs(f->flags & HW_FIELD_OR_EMPTY ? ",\"\"]" : "]", out);
}

static void print_anomalies(FILE *out)
{
	fputs("\"type\":\"array\",\"items\":{\"enum\":[", out);
	for (int a = 0; a < HW_ANOMALY_NR; a++)
		fprintf(out, "%s\"%s\"", a ? "," : "", hw_anomaly_info((enum hw_anomaly)a)->name);
	fputs("]}", out);
}

static void print_headers(const struct schema *s)
{
	const char *const values =
		"\"type\":\"array\",\"minItems\":1,\"items\":{\"type\":\"string\"}";

	fputs("\"type\":\"object\",\"additionalProperties\":{", s->out);
	if (s->is_b)
		fprintf(s->out,
			"\"type\":\"object\",\"additionalProperties\":false,"
			"\"required\":[\"header\"],\"properties\":{\"header\":{%s}}}",
			values);
	else
		fprintf(s->out, "%s}", values);
}

static void print_dns_options(const struct schema *s)
{
	fprintf(s->out,
		"\"type\":\"array\",\"items\":{\"type\":\"object\",\"additionalProperties\":false,"
		"\"required\":[\"code\"%s],\"properties\":{\"code\":{\"type\":\"string\"},"
		"\"data\":{\"type\":\"string\"}}}",
		s->is_b ? "" : ",\"data\"");
}

static void print_list(struct schema *s, const struct hw_field *f)
{
	fputs("\"type\":\"array\",\"items\":{", s->out);
	print_fields(s, f->fields);
	fputc('}', s->out);
}

static void print_arg_a(struct schema *s, const struct hw_field *f)
{
	fprintf(s->out,
		"{\"type\":\"object\",\"additionalProperties\":false,"
		"\"required\":[\"name\",\"type\",\"value\"],\"properties\":{"
		"\"name\":{\"const\":\"%s\"},\"type\":{\"const\":\"%s\"},\"value\":{",
		f->name, f->type_name);
	print_value(s, f);
	fputs("}}}", s->out);
}

/* A list in form B is inside an object of one field. */
static void print_value_b(struct schema *s, const struct hw_field *f)
{
	struct hw_field wrapped[] = { *f, { 0 } };

	if (f->flags & HW_FIELD_FLAT_B) {
		print_value(s, f->fields);
		return;
	}
	s->is_proto3 = f->type == HW_FIELD_OBJECT || f->wrap_b;
	wrapped[0].name = f->wrap_b;
	wrapped[0].name_b = NULL;
	if (f->wrap_b)
		print_fields(s, wrapped);
	else
		print_value(s, f);
	s->is_proto3 = false;
}

static void print_arg_b(struct schema *s, const struct hw_field *f)
{
	const bool may_be_null = s->is_strict && f->flags & HW_FIELD_BAD_IS_NULL;

	fprintf(s->out,
		"{\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"name\",\"%s\"],"
		"\"properties\":{\"name\":{\"const\":\"%s\"},\"%s\":{%s",
		f->key_b, f->name, f->key_b, may_be_null ? "\"anyOf\":[{\"type\":\"null\"},{" : "");
	print_value_b(s, f);
	fputs(may_be_null ? "}]}}}" : "}}}", s->out);
}

/* Arguments have their order. */
static void print_args(struct schema *s)
{
	const struct hw_field extra = { "httpwire", .type = HW_FIELD_OBJECT,
					.fields = s->type->extra, .key_b = "httpwire" };
	const bool has_extra = s->is_b && !s->is_strict;

	fputs("\"type\":\"array\",\"prefixItems\":[", s->out);
	for (const struct hw_field *f = s->type->args; f->name; f++) {
		fputs(f != s->type->args ? "," : "", s->out);
		if (s->is_b)
			print_arg_b(s, f);
		else
			print_arg_a(s, f);
	}
	if (has_extra) {
		fputc(',', s->out);
		print_arg_b(s, &extra);
	}
	fprintf(s->out, "],\"items\":false,\"minItems\":%zu",
		hw_event_args_nr(s->type) + has_extra);
}

/* Of a value whose schema is the same for all fields of its type. */
static const char *simple_schema(const struct schema *s, enum hw_field_type type)
{
	static const struct {
		const char *text;
		const char *b;	    /* in form B; NULL: as `text` */
		const char *proto3; /* inside an argument of form B; NULL: as above */
	} simple[] = {
		[HW_FIELD_TEXT] = { TYPE("string") },
		[HW_FIELD_SHORT_TEXT] = { TYPE("string") },
		[HW_FIELD_MADE_TEXT] = { TYPE("string") },
		[HW_FIELD_BASE64] = { TYPE("string") ",\"contentEncoding\":\"base64\"" },
		[HW_FIELD_HEX64] = { TYPE("string") ",\"pattern\":\"^([0-9a-f]{16})?$\"" },
		[HW_FIELD_U8] = { INTEGER("0", "255") },
		[HW_FIELD_U16] = { INTEGER("0", "65535") },
		[HW_FIELD_U32] = { INTEGER("0", "4294967295") },
		[HW_FIELD_I32] = { INTEGER("-2147483648", "2147483647") },
		[HW_FIELD_U64] = { INTEGER("0", U64_MAX), .proto3 = DIGITS("") },
		[HW_FIELD_DURATION] = { INTEGER("0", U64_MAX), .proto3 = DIGITS("") },
		[HW_FIELD_I64] = { INTEGER("-9223372036854775808", "9223372036854775807"),
				   .proto3 = DIGITS("-?") },
		[HW_FIELD_BOOL] = { TYPE("boolean") },
		[HW_FIELD_TIME] = { INTEGER("0", U64_MAX),
				    TYPE("string") ",\"format\":\"date-time\"" },
		[HW_FIELD_DIRECTION] = { "\"enum\":[0,1,2]",
					 "\"enum\":[\"unknown\",\"ingress\",\"egress\"]" },
		[HW_FIELD_TEXTS] = { LIST_OF(TYPE("string")) },
		[HW_FIELD_DNS_TXTS] = { LIST_OF(TYPE("string")) },
		[HW_FIELD_EXTRA] = { NULL }, /* the last type */
	};

	if (s->is_proto3 && simple[type].proto3)
		return simple[type].proto3;
	return s->is_b && simple[type].b ? simple[type].b : simple[type].text;
}

/* Of a value that is made of others, or the event's own. */
static void print_other(struct schema *s, const struct hw_field *f)
{
	switch ((enum hw_field_type)f->type) {
	case HW_FIELD_ANOMALIES:
		print_anomalies(s->out);
		break;
	case HW_FIELD_HEADERS:
		print_headers(s);
		break;
	case HW_FIELD_DNS_OPTIONS:
		print_dns_options(s);
		break;
	case HW_FIELD_LIST:
		print_list(s, f);
		break;
	case HW_FIELD_OBJECT:
		print_fields(s, f->fields);
		break;
	case HW_FIELD_CONSTANT:
		fprintf(s->out, "\"const\":\"%s\"", f->constant);
		break;
	case HW_FIELD_RAW:
		fprintf(s->out, "\"const\":%s", f->constant);
		break;
	case HW_FIELD_EVENT_ID:
		fprintf(s->out, s->is_b ? "\"const\":%u" : "\"const\":\"%u\"", s->type->id);
		break;
	case HW_FIELD_EVENT_NAME:
		fprintf(s->out, "\"const\":\"%s\"", s->type->name);
		break;
	case HW_FIELD_ARGS_NR:
		fprintf(s->out, "\"const\":%zu", hw_event_args_nr(s->type));
		break;
	case HW_FIELD_ARGS:
		print_args(s);
		break;
	case HW_FIELD_EXTRA:
		print_fields(s, s->type->extra);
		break;
	default: /* see simple_schema() */
		break;
	}
}

static void print_value(struct schema *s, const struct hw_field *f)
{
	const char *simple = simple_schema(s, (enum hw_field_type)f->type);

	if (s->is_strict && f->flags & HW_FIELD_STRICT_ZERO)
		fputs("\"const\":0", s->out);
	else if (f->words)
		print_words(f, s->out);
	else if (simple)
		fputs(simple, s->out);
	else
		print_other(s, f);
}

void hw_schema_print(FILE *out, const struct hw_event_type *type,
		     const struct hw_schema_options *options)
{
	struct schema s = {
		.out = out,
		.type = type,
		.is_b = options->format == HW_FORMAT_JSON_V1BETA1,
		.is_strict = options->strict,
	};

	fprintf(out,
		"\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"%s\","
		"\"description\":",
		type->name);
	hw_schema_print_text(out, type->summary);
	fputc(',', out);
	print_fields(&s, s.is_b ? hw_envelope_b : hw_envelope_a);
}
