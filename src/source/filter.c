/* SPDX-License-Identifier: BSD-2-Clause */
#include "source/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pcap/pcap.h>

enum { SNAPLEN = 262144 };

/*
 * What libpcap's optimizer does takes time that grows with the cube of an expression: 50
 * hosts 10 ms, 400 hosts 4 s. A longer one runs as it is, and a fault in it is not
 * searched for, which compiles it many times.
 */
enum { LONG_BYTES = 2048 };

/* For one link type. */
struct compiled {
	uint16_t linktype;
	bool is_valid;
	struct bpf_program program;
};

struct hw_filter {
	char *expression;
	struct compiled *last; /* the last that was used; frames come in runs of a type */
	struct compiled all[HW_FILTER_LINKTYPES_MAX];
	size_t nr, next; /* `next` is the next to be replaced once all are in use */
};

/* Files number a few link types otherwise than this system's libpcap (pcap-linktype(7)). */
static int dlt_of(uint16_t linktype)
{
	static const struct {
		uint16_t linktype;
		int dlt;
	} others[] = {
		{ 100, DLT_ATM_RFC1483 }, { 101, DLT_RAW },	 { 102, DLT_SLIP_BSDOS },
		{ 103, DLT_PPP_BSDOS },	  { 106, DLT_ATM_CLIP }, { 246, DLT_PFSYNC },
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		if (others[i].linktype == linktype)
			return others[i].dlt;
	}
	return linktype;
}

/* Returns 0, -ENOMEM, or -EINVAL with libpcap's words in `ret_error`. */
static int compile(const char *expression, int dlt, struct bpf_program *ret,
		   char ret_error[PCAP_ERRBUF_SIZE])
{
	pcap_t *p = pcap_open_dead(dlt, SNAPLEN);
	const bool optimize = strlen(expression) < LONG_BYTES;
	int err = 0;

	if (!p)
		return -ENOMEM;
	if (pcap_compile(p, ret, expression, optimize, PCAP_NETMASK_UNKNOWN) != 0) {
		snprintf(ret_error, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(p));
		err = -EINVAL;
	}
	pcap_close(p);
	return err;
}

/* Proper, but no packet can be like that: "ip and arp". */
static bool matches_nothing(const char *error)
{
	return strstr(error, "rejects all packets") != NULL;
}

/* Link types that know words that others do not. */
static bool is_valid_somewhere(const char *expression)
{
	static const int dlts[] = { DLT_EN10MB, DLT_LINUX_SLL, DLT_IEEE802_11_RADIO,
				    DLT_PFLOG,	DLT_SUNATM,    DLT_MTP2 };
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program program;

	for (size_t i = 0; i < sizeof(dlts) / sizeof(dlts[0]); i++) {
		const int err = compile(expression, dlts[i], &program, error);

		if (err == 0)
			pcap_freecode(&program);
		if (err == 0 || (err == -EINVAL && matches_nothing(error)))
			return true;
	}
	return false;
}

/* A word, or an operator of one or two characters. Returns 0 at the end. */
static size_t token_len(const char *at)
{
	static const char *const pairs[] = { "&&", "||", "<<", ">>", "<=", ">=", "==", "!=" };
	static const char separators[] = " \t\r\n()[]!&|<>=+*^%";
	const size_t word_len = strcspn(at, separators);

	if (word_len || *at == '\0')
		return word_len;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (strncmp(at, pairs[i], 2) == 0)
			return 2;
	}
	return 1;
}

/* The offset of the next token from `at` on, or of the end. */
static size_t next_token(const char *expression, size_t at)
{
	return at + strspn(expression + at, " \t\r\n");
}

/* Write what closes the brackets that the first `len` bytes leave open. */
static void write_closers(char *to, const char *expression, size_t len)
{
	size_t closed = 0;

	while (len-- > 0) {
		const char c = expression[len];

		if (c == ')' || c == ']')
			closed++;
		else if ((c == '(' || c == '[') && closed > 0)
			closed--;
		else if (c == '(' || c == '[')
			*to++ = c == '(' ? ')' : ']';
	}
	*to = '\0';
}

/*
 * Could an expression start with the first `len` bytes of this one? There is no asking
 * libpcap; so is one of these ends a way to go on after each word of its grammar?
 */
static bool can_start(const char *expression, size_t len, char *closers, char *text,
		      size_t text_max)
{
	static const char *const ends[] = {
		"",
		"1",
		"ip",
		"1.2.3.4",
		"port 1",
		"1 = 0",
		"= 0",
		"host ::1",
		"::1",
		"1-2",
		"dst port 1",
		"host 1.2.3.4",
		"proto 1",
		"data",
		"beacon",
		"type data",
		"mask 255.0.0.0",
		"nods",
		"pass",
		"match",
		"addr1 1:2:3:4:5:6",
		"1:2:3:4:5:6",
		"host 1:2:3:4:5:6",
	};
	static const char *const tails[] = { "", " = 0" };

	write_closers(closers, expression, len);
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		for (size_t j = 0; j < sizeof(tails) / sizeof(tails[0]); j++) {
			snprintf(text, text_max, "%.*s %s%s%s", (int)len, expression, ends[i],
				 closers, tails[j]);
			if (is_valid_somewhere(text))
				return true;
		}
	}
	return false;
}

/* "unknown host 'x'": where x is. Looked at first, because finding out asks the DNS. */
static bool find_quoted(const char *expression, const char *error, size_t *ret_at)
{
	const char *quote = strncmp(error, "unknown ", 8) == 0 ? strchr(error, '\'') : NULL;
	const size_t len = quote ? strcspn(quote + 1, "'") : 0;
	size_t at = 0;

	while (len && expression[at = next_token(expression, at)] != '\0') {
		const size_t token = token_len(expression + at);

		if (token == len && memcmp(expression + at, quote + 1, len) == 0) {
			*ret_at = at;
			return true;
		}
		at += token;
	}
	return false;
}

/* Where each token ends. Returns how many there are. */
static size_t list_tokens(const char *expression, size_t *ends)
{
	size_t nr = 0, at = 0;

	while (expression[at = next_token(expression, at)] != '\0') {
		at += token_len(expression + at);
		ends[nr++] = at;
	}
	return nr;
}

/* The first token with which nothing can start; by halves, as nothing after it can. */
static size_t search_wrong_token(const char *expression, size_t *ends, char *closers, char *text,
				 size_t text_max)
{
	size_t good = 0, bad = list_tokens(expression, ends) + 1; /* in tokens from the start */

	while (bad - good > 1) {
		const size_t middle = good + (bad - good) / 2;

		if (can_start(expression, ends[middle - 1], closers, text, text_max))
			good = middle;
		else
			bad = middle;
	}
	return next_token(expression, good ? ends[good - 1] : 0);
}

static size_t find_wrong_token(const char *expression)
{
	const size_t len = strlen(expression), text_max = 2 * len + 64;
	size_t *ends = calloc(len + 1, sizeof(*ends)), at = 0;
	char *closers = malloc(len + 1), *text = malloc(text_max);

	if (ends && closers && text)
		at = search_wrong_token(expression, ends, closers, text, text_max);
	free(text);
	free(closers);
	free(ends);
	return at;
}

/* libpcap's words, shorter. */
static int explain(const char *expression, const char *error, char *ret_error, size_t error_max,
		   size_t *ret_at)
{
	static const char prefix[] = "can't parse filter expression: ";

	if (strncmp(error, prefix, sizeof(prefix) - 1) == 0)
		error += sizeof(prefix) - 1;
	if (!find_quoted(expression, error, ret_at))
		*ret_at = strlen(expression) < LONG_BYTES ? find_wrong_token(expression) : 0;
	if (expression[*ret_at] == '\0')
		error = "it ends too early";
	snprintf(ret_error, error_max, "%s", error);
	return -EINVAL;
}

static int check(const char *expression, char *ret_error, size_t error_max, size_t *ret_at)
{
	char error[PCAP_ERRBUF_SIZE];
	struct bpf_program program;
	int err;

	if (strlen(expression) > HW_FILTER_EXPRESSION_MAX) {
		snprintf(ret_error, error_max, "longer than %d bytes", HW_FILTER_EXPRESSION_MAX);
		*ret_at = HW_FILTER_EXPRESSION_MAX;
		return -EINVAL;
	}
	err = compile(expression, DLT_EN10MB, &program, error);
	if (err == 0)
		pcap_freecode(&program);
	if (err != -EINVAL)
		return err;
	if (matches_nothing(error)) { /* no word of it is wrong */
		snprintf(ret_error, error_max, "no packet can match it");
		*ret_at = 0;
		return -EINVAL;
	}
	if (is_valid_somewhere(expression))
		return 0;
	return explain(expression, error, ret_error, error_max, ret_at);
}

int hw_filter_new(struct hw_filter **ret, const char *expression, char *ret_error, size_t error_max,
		  size_t *ret_at)
{
	struct hw_filter *f;
	const int err = check(expression, ret_error, error_max, ret_at);

	if (err)
		return err;

	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->expression = strdup(expression);
	if (!f->expression) {
		free(f);
		return -ENOMEM;
	}
	*ret = f;
	return 0;
}

void hw_filter_free(struct hw_filter *f)
{
	if (!f)
		return;

	for (size_t i = 0; i < f->nr; i++)
		pcap_freecode(&f->all[i].program);
	free(f->expression);
	free(f);
}

static struct compiled *find(struct hw_filter *f, uint16_t linktype)
{
	for (size_t i = 0; i < f->nr; i++) {
		if (f->all[i].linktype == linktype)
			return &f->all[i];
	}
	return NULL;
}

/* A hostile file may have every link type there is: the oldest gives way. */
static struct compiled *add(struct hw_filter *f, uint16_t linktype)
{
	struct compiled *c = &f->all[f->next];
	char error[PCAP_ERRBUF_SIZE];

	f->next = (f->next + 1) % HW_FILTER_LINKTYPES_MAX;
	if (f->nr < HW_FILTER_LINKTYPES_MAX)
		f->nr++;
	else
		pcap_freecode(&c->program);

	*c = (struct compiled){ .linktype = linktype };
	c->is_valid = compile(f->expression, dlt_of(linktype), &c->program, error) == 0;
	return c;
}

bool hw_filter_match(struct hw_filter *f, const struct hw_frame *frame)
{
	const struct pcap_pkthdr header = { .caplen = frame->len, .len = frame->wire_len };

	if (!f->last || f->last->linktype != frame->linktype) {
		f->last = find(f, frame->linktype);
		if (!f->last)
			f->last = add(f, frame->linktype);
	}
	return f->last->is_valid && pcap_offline_filter(&f->last->program, &header, frame->data);
}
