/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench/generator.c - captures to measure with, the same every time
 *
 *     generator SHAPE FILE SCALE
 *
 * Writes FILE, a capture of SHAPE with SCALE (1: whole) of its connections, and prints
 * what is in it as one JSON object. The shapes:
 *
 *     small    kept-alive connections, ten requests each, bodies of 200 bytes
 *     rich     heads of many fields, as browsers, proxies and delivery networks send them
 *     browser  long heads with cookies, split between packets, bodies of 10 to 100 KB
 *     bulk     bodies of 10 MB
 *     mixed    four of five connections are TLS
 *     patho    packets of one byte, disorder, repetition, overlap
 *     flows    as many connections open at once as there are, one request each
 *     turns    the same connections, ten of them at once
 *     alike    as flows, of an attacker: sums and differences of their addresses and ports are the
 *              same
 */
#include <stdlib.h>
#include <string.h>

#include "bench/dialogue.h"

enum { POOL = 1 << 20, PIECE = 64 << 10 };

struct generator {
	struct random random;
	const struct shape *shape;
	uint32_t connections;
	uint64_t messages;
	uint8_t text[POOL], bytes[POOL]; /* what bodies are cut from */
};

struct shape {
	const char *name;
	uint64_t seed;
	uint32_t connections; /* at scale 1 */
	uint32_t at_once;     /* 0: all */
	uint32_t burst_max;   /* packets of one connection in a row */
	uint32_t exchanges;   /* of a connection */
	unsigned http_percent;
	void (*exchange)(struct generator *g, struct dialogue *d, enum cut cut);
	int closes;
	bool is_alike;
};

static const char *any_of(struct random *r, const char *const *texts, size_t nr)
{
	return texts[random_next(r) % nr];
}
#define ANY_OF(r, texts) any_of(r, texts, sizeof(texts) / sizeof((texts)[0]))

static const char *host(struct random *r)
{
	static const char *const hosts[] = {
		"www.example.com",	     "api.shop.example.org",
		"cdn-03.static.example.net", "internal.svc.cluster.local",
		"news.example.co.uk",	     "auth.example.io"
	};

	return ANY_OF(r, hosts);
}

static const char *word(struct random *r)
{
	static const char *const words[] = { "index",  "api",	  "v1",	     "v2",     "users",
					     "orders", "items",	  "search",  "static", "js",
					     "css",    "img",	  "assets",  "cart",   "products",
					     "feed",   "session", "metrics", "health", "articles" };

	return ANY_OF(r, words);
}

static const char *browser(struct random *r)
{
	static const char *const browsers[] = {
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
		"Chrome/118.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:118.0) Gecko/20100101 Firefox/118.0",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
		"Gecko) Version/16.6 Safari/605.1.15",
	};

	return ANY_OF(r, browsers);
}

static const char *client(struct random *r)
{
	static const char *const clients[] = { "curl/7.88.1", "python-requests/2.31.0",
					       "Go-http-client/1.1" };

	return random_percent(r, 50) ? browser(r) : ANY_OF(r, clients);
}

static void say_hex(struct dialogue *d, int who, size_t len)
{
	char text[2048];

	len = len < sizeof(text) ? len : sizeof(text);
	for (size_t i = 0; i < len; i++)
		text[i] = "0123456789abcdef"[random_next(d->random) & 15];
	dialogue_put(d, who, text, len);
}

static void say_path(struct dialogue *d)
{
	struct random *r = d->random;

	for (uint32_t i = random_from_to(r, 1, 4); i > 0; i--)
		dialogue_say(d, CLIENT, "/%s", word(r));
	if (random_percent(r, 40))
		dialogue_say(d, CLIENT, "/%u", random_from_to(r, 1, 999999));
	if (!random_percent(r, 35))
		return;
	dialogue_say(d, CLIENT, "?q=%s&page=%u", word(r), random_from_to(r, 1, 50));
	if (random_percent(r, 50)) {
		dialogue_say(d, CLIENT, "&sid=");
		say_hex(d, CLIENT, 16);
	}
}

/* The head that began at `from` gets one field more, so that it has about `len` bytes. */
static void pad_head(struct dialogue *d, int who, size_t from, size_t len, const char *name)
{
	const size_t has = dialogue_said(d, who) - from + strlen(name) + sizeof(": \r\n\r\n") - 1;

	if (has + 8 > len)
		return;
	dialogue_say(d, who, "%s: ", name);
	say_hex(d, who, len - has);
	dialogue_say(d, who, "\r\n");
}

static void say_cookies(struct dialogue *d, size_t from, size_t len)
{
	struct random *r = d->random;
	const char *before = "Cookie: ";

	while (dialogue_said(d, CLIENT) - from + 80 < len) {
		dialogue_say(d, CLIENT, "%sc%c=", before, 'a' + (int)(random_next(r) % 26));
		say_hex(d, CLIENT, random_from_to(r, 12, 60));
		before = "; ";
	}
	if (*before == ';')
		dialogue_say(d, CLIENT, "\r\n");
}

static void begin_request(struct generator *g, struct dialogue *d, const char *method)
{
	dialogue_say(d, CLIENT, "%s ", method);
	say_path(d);
	dialogue_say(d, CLIENT, " HTTP/1.1\r\nHost: %s\r\n", host(d->random));
	g->messages++;
}

static void say_form_len(struct dialogue *d, uint32_t body_len, const char *type)
{
	if (body_len)
		dialogue_say(d, CLIENT, "Content-Type: %s\r\nContent-Length: %u\r\n", type,
			     body_len);
}

static void browser_request(struct generator *g, struct dialogue *d, const char *method,
			    uint32_t body_len)
{
	const size_t from = dialogue_said(d, CLIENT);
	const uint32_t len = random_from_to(d->random, 800, 1500);

	begin_request(g, d, method);
	dialogue_say(d, CLIENT,
		     "Connection: keep-alive\r\n"
		     "sec-ch-ua: \"Chromium\";v=\"118\", \"Not=A?Brand\";v=\"99\"\r\n"
		     "sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\n"
		     "Upgrade-Insecure-Requests: 1\r\nUser-Agent: %s\r\n"
		     "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,"
		     "image/webp,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate\r\n"
		     "Accept-Language: en-GB,en;q=0.9\r\nReferer: http://%s",
		     browser(d->random), host(d->random));
	say_path(d);
	dialogue_say(d, CLIENT, "\r\n");
	say_form_len(d, body_len, "application/x-www-form-urlencoded");
	say_cookies(d, from, len);
	dialogue_say(d, CLIENT, "\r\n");
}

static void plain_request(struct generator *g, struct dialogue *d, const char *method,
			  uint32_t body_len, uint32_t len)
{
	const size_t from = dialogue_said(d, CLIENT);

	begin_request(g, d, method);
	dialogue_say(d, CLIENT,
		     "User-Agent: %s\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\n",
		     client(d->random));
	say_form_len(d, body_len, "application/octet-stream");
	if (g->shape->exchanges == 1)
		dialogue_say(d, CLIENT, "Connection: close\r\n");
	if (random_percent(d->random, 60)) {
		dialogue_say(d, CLIENT, "Authorization: Bearer ");
		say_hex(d, CLIENT, 40);
		dialogue_say(d, CLIENT, "\r\n");
	}
	dialogue_say(d, CLIENT, "X-Request-Id: ");
	say_hex(d, CLIENT, 32);
	dialogue_say(d, CLIENT, "\r\n");
	pad_head(d, CLIENT, from, len, "X-Trace-Context");
	dialogue_say(d, CLIENT, "\r\n");
}

static void put_body(struct dialogue *d, int who, const uint8_t pool[POOL], size_t len)
{
	for (size_t piece; len; len -= piece) {
		piece = len < PIECE ? len : PIECE;
		dialogue_put(d, who, pool + random_next(d->random) % (POOL - PIECE), piece);
	}
}

static void put_chunks(struct generator *g, struct dialogue *d, uint32_t len)
{
	for (uint32_t chunk; len; len -= chunk) {
		chunk = random_from_to(d->random, 512, 8192);
		chunk = chunk < len ? chunk : len;
		dialogue_say(d, SERVER, "%x\r\n", chunk);
		put_body(d, SERVER, g->bytes, chunk);
		dialogue_say(d, SERVER, "\r\n");
	}
	dialogue_say(d, SERVER, "0\r\n\r\n");
}

struct answer {
	bool is_not_modified, is_for_head, is_browser, is_chunked;
	uint32_t body_len, head_min, head_max;
};

static void say_status(struct generator *g, struct dialogue *d, const struct answer *a)
{
	struct random *r = d->random;

	dialogue_say(d, SERVER, "HTTP/1.1 %s\r\nServer: nginx/1.22.1\r\n",
		     a->is_not_modified ? "304 Not Modified" : "200 OK");
	dialogue_say(d, SERVER, "Date: Tue, 14 Nov 2023 22:%02u:%02u GMT\r\n",
		     random_from_to(r, 0, 59), random_from_to(r, 0, 59));
	dialogue_say(d, SERVER, "Content-Type: %s\r\n",
		     !a->is_browser	     ? "application/json"
		     : random_percent(r, 50) ? "text/html; charset=utf-8"
					     : "image/webp");
	if (a->is_chunked)
		dialogue_say(d, SERVER, "Transfer-Encoding: chunked\r\n");
	else if (!a->is_not_modified)
		dialogue_say(d, SERVER, "Content-Length: %u\r\n", a->body_len);
	dialogue_say(d, SERVER, "Connection: %s\r\n",
		     g->shape->exchanges == 1 ? "close" : "keep-alive");
	g->messages++;
}

static void say_browser_fields(struct dialogue *d)
{
	dialogue_say(d, SERVER,
		     "Cache-Control: max-age=%u, public\r\nVary: Accept-Encoding\r\n"
		     "Content-Encoding: gzip\r\nETag: \"",
		     random_from_to(d->random, 0, 86400));
	say_hex(d, SERVER, 16);
	dialogue_say(d, SERVER,
		     "\"\r\nX-Frame-Options: SAMEORIGIN\r\nX-Content-Type-Options: nosniff\r\n");
	if (!random_percent(d->random, 30))
		return;
	dialogue_say(d, SERVER, "Set-Cookie: sid=");
	say_hex(d, SERVER, 32);
	dialogue_say(d, SERVER, "; Path=/; HttpOnly; SameSite=Lax\r\n");
}

static void answer(struct generator *g, struct dialogue *d, const struct answer *a)
{
	const size_t from = dialogue_said(d, SERVER);
	const uint32_t len = random_from_to(d->random, a->head_min, a->head_max);

	say_status(g, d, a);
	if (a->is_browser)
		say_browser_fields(d);
	pad_head(d, SERVER, from, len, "X-Upstream-Trace");
	dialogue_say(d, SERVER, "\r\n");
	if (a->is_not_modified || a->is_for_head)
		return;
	if (a->is_chunked)
		put_chunks(g, d, a->body_len);
	else
		put_body(d, SERVER, a->is_browser ? g->bytes : g->text, a->body_len);
}

static void small_exchange(struct generator *g, struct dialogue *d, enum cut cut)
{
	const size_t asked = dialogue_said(d, CLIENT), answered = dialogue_said(d, SERVER);
	const bool is_once = g->shape->exchanges == 1;

	(void)cut;
	plain_request(g, d, "GET", 0, random_from_to(d->random, 300, 600));
	dialogue_send(d, CLIENT, asked, CUT_ORDERLY);
	answer(g, d,
	       &(struct answer){ .body_len = 200,
				 .head_min = is_once ? 200 : 300,
				 .head_max = is_once ? 350 : 600 });
	dialogue_send(d, SERVER, answered, CUT_ORDERLY);
}

/* Two clients of one server: a page in a browser, and what its script asks for behind a proxy. */
static void rich_request(struct generator *g, struct dialogue *d, bool is_page)
{
	begin_request(g, d, "GET");
	dialogue_say(d, CLIENT,
		     "Connection: keep-alive\r\nCache-Control: max-age=0\r\n"
		     "sec-ch-ua: \"Chromium\";v=\"118\"\r\nsec-ch-ua-mobile: ?0\r\n"
		     "sec-ch-ua-platform: \"Linux\"\r\n%sUser-Agent: %s\r\nAccept: %s\r\n"
		     "Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: %s\r\n"
		     "Sec-Fetch-User: ?1\r\nSec-Fetch-Dest: %s\r\n"
		     "Referer: http://www.example.com/\r\nAccept-Encoding: gzip, deflate\r\n"
		     "Accept-Language: en-GB,en;q=0.9\r\n",
		     is_page ? "Upgrade-Insecure-Requests: 1\r\n" : "", browser(d->random),
		     is_page ? "text/html,*/*;q=0.8" : "application/json",
		     is_page ? "navigate" : "cors", is_page ? "document" : "empty");
	if (!is_page)
		dialogue_say(d, CLIENT,
			     "Origin: http://www.example.com\r\nX-Forwarded-For: 10.3.0.%u\r\n"
			     "X-Forwarded-Host: www.example.com\r\nX-Forwarded-Proto: https\r\n"
			     "X-Forwarded-Port: 443\r\nX-Real-Ip: 10.3.0.1\r\n",
			     random_from_to(d->random, 1, 254));
	dialogue_say(d, CLIENT, "X-Request-Id: ");
	say_hex(d, CLIENT, 32);
	dialogue_say(d, CLIENT, "\r\nDnt: 1\r\n\r\n");
}

static void rich_answer(struct generator *g, struct dialogue *d)
{
	say_status(g, d, &(struct answer){ .is_browser = true, .body_len = 200 });
	say_browser_fields(d);
	dialogue_say(d, SERVER,
		     "Strict-Transport-Security: max-age=31536000\r\n"
		     "Content-Security-Policy: default-src 'none'; base-uri 'self'\r\n"
		     "X-XSS-Protection: 0\r\nReferrer-Policy: origin\r\n"
		     "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: GET\r\n"
		     "Access-Control-Allow-Headers: Accept\r\nAccess-Control-Max-Age: 600\r\n"
		     "Alt-Svc: h3=\":443\"\r\nVia: 1.1 varnish\r\nX-Served-By: cache-%u\r\n"
		     "X-Cache: HIT\r\nX-Cache-Hits: %u\r\nX-Timer: S%u.0,VS0,VE1\r\n"
		     "Server-Timing: cdn;dur=%u\r\nX-Request-Id: ",
		     random_from_to(d->random, 1, 40), random_from_to(d->random, 1, 999),
		     random_from_to(d->random, 1000000, 9999999), random_from_to(d->random, 1, 99));
	say_hex(d, SERVER, 32);
	dialogue_say(d, SERVER, "\r\nAge: %u\r\n\r\n", random_from_to(d->random, 0, 9999));
	put_body(d, SERVER, g->text, 200);
}

static void rich_exchange(struct generator *g, struct dialogue *d, enum cut cut)
{
	const size_t asked = dialogue_said(d, CLIENT), answered = dialogue_said(d, SERVER);

	(void)cut;
	rich_request(g, d, random_percent(d->random, 40));
	dialogue_send(d, CLIENT, asked, CUT_ORDERLY);
	rich_answer(g, d);
	dialogue_send(d, SERVER, answered, CUT_ORDERLY);
}

static void bulk_exchange(struct generator *g, struct dialogue *d, enum cut cut)
{
	const size_t asked = dialogue_said(d, CLIENT), answered = dialogue_said(d, SERVER);

	(void)cut;
	plain_request(g, d, "GET", 0, random_from_to(d->random, 300, 600));
	dialogue_send(d, CLIENT, asked, CUT_ORDERLY);
	answer(g, d, &(struct answer){ .body_len = 10000000, .head_min = 300, .head_max = 600 });
	dialogue_send(d, SERVER, answered, CUT_ORDERLY);
}

static void browser_exchange(struct generator *g, struct dialogue *d, enum cut cut)
{
	const size_t asked = dialogue_said(d, CLIENT), answered = dialogue_said(d, SERVER);
	struct random *r = d->random;
	const bool is_post = random_percent(r, 8), is_head = !is_post && random_percent(r, 2);
	const uint32_t form_len = is_post ? random_from_to(r, 100, 2000) : 0;
	struct answer a = { .is_browser = true,
			    .is_for_head = is_head,
			    .is_not_modified = !is_post && !is_head && random_percent(r, 10),
			    .head_min = 400,
			    .head_max = 700 };

	(void)cut;
	browser_request(g, d, is_post ? "POST" : is_head ? "HEAD" : "GET", form_len);
	put_body(d, CLIENT, g->text, form_len);
	d->split_percent = 20;
	dialogue_send(d, CLIENT, asked, CUT_ORDERLY_SPLIT);

	a.body_len = g->shape->http_percent == 100 ? random_from_to(r, 10000, 100000)
						   : random_from_to(r, 5000, 60000);
	a.is_chunked = !a.is_for_head && !a.is_not_modified && random_percent(r, 30);
	answer(g, d, &a);
	d->split_percent = 10;
	dialogue_send(d, SERVER, answered, CUT_ORDERLY_SPLIT);
}

static void odd_exchange(struct generator *g, struct dialogue *d, enum cut cut)
{
	const size_t asked = dialogue_said(d, CLIENT), answered = dialogue_said(d, SERVER);
	struct random *r = d->random;
	const bool is_post = random_percent(r, 20);
	const uint32_t form_len = is_post ? random_from_to(r, 10, 500) : 0;

	plain_request(g, d, is_post ? "POST" : "GET", form_len, random_from_to(r, 300, 700));
	put_body(d, CLIENT, g->text, form_len);
	dialogue_send(d, CLIENT, asked, cut);
	answer(g, d,
	       &(struct answer){
		       .body_len = random_from_to(r, 100, cut == CUT_SINGLE_BYTES ? 400 : 4000),
		       .is_chunked = random_percent(r, 30),
		       .head_min = 300,
		       .head_max = 600 });
	dialogue_send(d, SERVER, answered, cut);
}

/* RFC 8446 5.1 */
static void put_tls_record(struct generator *g, struct dialogue *d, int who, uint8_t type,
			   uint32_t len)
{
	const uint8_t header[] = { type, 3, 3, (uint8_t)(len >> 8), (uint8_t)len };

	dialogue_put(d, who, header, sizeof(header));
	put_body(d, who, g->bytes, len);
}

static void tls_message(struct generator *g, struct dialogue *d, int who, uint8_t type,
			uint32_t len)
{
	const size_t from = dialogue_said(d, who);

	for (uint32_t record; len; len -= record) {
		record = len < 16384 ? len : 16384;
		put_tls_record(g, d, who, type, record);
	}
	dialogue_send(d, who, from, CUT_ORDERLY);
}

static void tls_session(struct generator *g, struct dialogue *d)
{
	enum { CHANGE = 20, HANDSHAKE = 22, DATA = 23 };
	struct random *r = d->random;

	tls_message(g, d, CLIENT, HANDSHAKE, 512);
	tls_message(g, d, SERVER, HANDSHAKE, random_from_to(r, 2000, 4500));
	tls_message(g, d, CLIENT, CHANGE, 1);
	tls_message(g, d, CLIENT, DATA, 69);
	for (uint32_t i = random_from_to(r, 4, 8); i > 0; i--) {
		tls_message(g, d, CLIENT, DATA, random_from_to(r, 300, 1500));
		tls_message(g, d, SERVER, DATA, random_from_to(r, 5000, 60000));
	}
}

/* What is simply added, or combined bit by bit, is the same for all. */
static void choose_ends(struct dialogue *d)
{
	d->ip[CLIENT] = (d->ip[CLIENT] & 0xff) << 16 | 10u << 24 | (uint16_t)~d->port[CLIENT];
	d->ip[SERVER] = 10u << 24 | 255u << 16 | 1;
}

static struct dialogue *converse(struct generator *g, uint32_t number)
{
	const struct shape *s = g->shape;
	const bool is_http = random_percent(&g->random, s->http_percent);
	struct dialogue *d = dialogue_new(&g->random, number, is_http ? 80 : 443);

	if (s->is_alike)
		choose_ends(d);
	for (uint32_t i = 0; is_http && i < s->exchanges; i++)
		s->exchange(g, d, (enum cut)(number % CUTS_NR));
	if (!is_http)
		tls_session(g, d);
	dialogue_close(d, s->closes);
	return d;
}

static void write_burst(struct dialogue *d, struct capture_file *f, uint32_t packets)
{
	for (; packets > 0 && !dialogue_is_written(d); packets--)
		dialogue_write_packet(d, f);
}

/* Packets of the connections that are open, at random; a new one for each that ends. */
static void write_all(struct generator *g, struct capture_file *f)
{
	uint32_t next = 0, open, max = g->shape->at_once ? g->shape->at_once : g->connections;
	struct dialogue **dialogues = calloc(max, sizeof(struct dialogue *));

	if (!dialogues)
		exit(1);
	for (open = 0; open < max && next < g->connections; open++)
		dialogues[open] = converse(g, next++);
	while (open) {
		const size_t i = random_next(&g->random) % open;

		write_burst(dialogues[i], f, random_from_to(&g->random, 1, g->shape->burst_max));
		if (!dialogue_is_written(dialogues[i]))
			continue;
		dialogue_free(dialogues[i]);
		dialogues[i] = next < g->connections ? converse(g, next++) : dialogues[--open];
	}
	free(dialogues);
}

static void fill_pools(struct generator *g)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz <>=\"/{}:,\n";

	for (size_t i = 0; i < POOL; i++) {
		g->bytes[i] = (uint8_t)random_next(&g->random);
		g->text[i] = (uint8_t)letters[random_next(&g->random) % (sizeof(letters) - 1)];
	}
}

static const struct shape shapes[] = {
	{ "small", 1, 18000, 100, 3, 10, 100, small_exchange, CLIENT },
	{ "rich", 7, 8000, 100, 3, 10, 100, rich_exchange, CLIENT },
	{ "browser", 2, 850, 100, 12, 6, 100, browser_exchange, CLIENT },
	{ "bulk", 3, 13, 4, 12, 2, 100, bulk_exchange, CLIENT },
	{ "mixed", 4, 1200, 100, 12, 6, 20, browser_exchange, CLIENT },
	{ "patho", 5, 2000, 100, 12, 3, 100, odd_exchange, CLIENT },
	{ "flows", 6, 200000, 0, 1, 1, 100, small_exchange, SERVER },
	{ "turns", 6, 200000, 10, 1, 1, 100, small_exchange, SERVER },
	{ "alike", 6, 200000, 0, 1, 1, 100, small_exchange, SERVER, true },
};

static const struct shape *shape_of(const char *name)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (strcmp(shapes[i].name, name) == 0)
			return &shapes[i];
	return NULL;
}

static uint32_t scaled(uint32_t connections, double scale)
{
	const double nr = connections * scale + 0.5;

	return nr < 1 ? 1 : (uint32_t)nr;
}

int main(int argc, char **argv)
{
	static struct generator g;
	struct capture_file f;
	char *end = NULL;
	const double scale = argc == 4 ? strtod(argv[3], &end) : 0;

	g.shape = argc == 4 ? shape_of(argv[1]) : NULL;
	if (!g.shape || *end || !(scale > 0 && scale <= 100)) {
		fprintf(stderr,
			"usage: generator SHAPE FILE SCALE\n"
			"SHAPE is small, rich, browser, bulk, mixed, patho, flows, turns or alike\n");
		return 2;
	}
	g.random = random_of(g.shape->seed);
	g.connections = scaled(g.shape->connections, scale);
	fill_pools(&g);
	capture_begin(&f, argv[2], &g.random);
	write_all(&g, &f);
	capture_end(&f);
	printf("{\"shape\":\"%s\",\"packets\":%llu,\"bytes\":%llu,\"connections\":%u,"
	       "\"messages\":%llu}\n",
	       g.shape->name, (unsigned long long)f.packets, (unsigned long long)f.bytes,
	       g.connections, (unsigned long long)g.messages);
	return 0;
}
