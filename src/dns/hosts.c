/* SPDX-License-Identifier: BSD-2-Clause */
/* src/dns/hosts.c - see hosts.h */
#include "dns/hosts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/ascii.h"
#include "base/duration.h"
#include "base/hash.h"
#include "dns/names.h"

enum {
	BUCKETS = 2 * HW_DNS_HOSTS_MAX, /* a power of two */
	NAME_MAX_BYTES = 255,		/* each is kept with its length before it, a byte */
	NAMES_BYTES = HW_DNS_HOST_NAMES_MAX * (NAME_MAX_BYTES + 1),
	HASH_USE = 0x686f7374, /* of the seed; any number of its own */
	CLASS_IN = 1,
	CACHE_FLUSH = 1 << 15, /* of a class in multicast DNS: RFC 6762 10.2 */
};

static const uint32_t NONE = UINT32_MAX;

#define KEEP_NS (3600 * HW_NS_PER_S)

struct host {
	struct hw_addr addr;
	uint64_t until_ns;
	uint8_t *names; /* NAMES_BYTES at most */
	uint16_t names_len;
	uint32_t next;	       /* in its bucket */
	uint32_t newer, older; /* in the order of use */
};

struct table {
	uint32_t buckets[BUCKETS];
	struct host hosts[HW_DNS_HOSTS_MAX];
};

struct hw_dns_hosts {
	struct table *table; /* NULL: nothing was learned yet */
	uint32_t nr, newest, oldest;
	struct hw_hash_key key;
	struct hw_budget *budget;
	struct hw_stats *stats;
};

/* Names as they are kept, put together. */
struct names {
	uint8_t bytes[NAMES_BYTES];
	size_t len, nr;
};

/* ---- names ---- */

static bool next_name(struct hw_slice *rest, struct hw_slice *ret)
{
	if (!rest->len)
		return false;
	*ret = hw_slice(rest->ptr + 1, rest->ptr[0]);
	*rest = hw_slice_after(*rest, 1 + ret->len);
	return true;
}

static bool has_name(const struct names *n, struct hw_slice name)
{
	struct hw_slice rest = hw_slice(n->bytes, n->len), other;

	while (next_name(&rest, &other))
		if (hw_slice_eq_nocase(name, other))
			return true;
	return false;
}

static void add_name(struct names *n, struct hw_slice name)
{
	if (!name.len || name.len > NAME_MAX_BYTES || n->nr == HW_DNS_HOST_NAMES_MAX ||
	    has_name(n, name))
		return;
	n->bytes[n->len++] = (uint8_t)name.len;
	for (size_t i = 0; i < name.len; i++)
		n->bytes[n->len++] = hw_ascii_lower(name.ptr[i]);
	n->nr++;
}

/* ---- the table ---- */

static int make_table(struct hw_dns_hosts *h)
{
	if (!hw_budget_take(h->budget, sizeof(*h->table)))
		return -ENOMEM;
	h->table = malloc(sizeof(*h->table));
	if (!h->table) {
		hw_budget_give(h->budget, sizeof(*h->table));
		return -ENOMEM;
	}
	memset(h->table->buckets, 0xff, sizeof(h->table->buckets));
	return 0;
}

static uint32_t *bucket_of(const struct hw_dns_hosts *h, const struct hw_addr *addr)
{
	uint64_t words[2];

	memcpy(words, addr->b, sizeof(words));
	return &h->table->buckets[hw_hash_words(&h->key, words, 2) & (BUCKETS - 1)];
}

static uint32_t find_host(const struct hw_dns_hosts *h, const struct hw_addr *addr)
{
	uint32_t i = h->table ? *bucket_of(h, addr) : NONE;

	while (i != NONE && memcmp(&h->table->hosts[i].addr, addr, sizeof(*addr)) != 0)
		i = h->table->hosts[i].next;
	return i;
}

static void unlink_use(struct hw_dns_hosts *h, const struct host *host)
{
	if (host->newer != NONE)
		h->table->hosts[host->newer].older = host->older;
	else
		h->newest = host->older;
	if (host->older != NONE)
		h->table->hosts[host->older].newer = host->newer;
	else
		h->oldest = host->newer;
}

static void link_newest(struct hw_dns_hosts *h, uint32_t i)
{
	struct host *host = &h->table->hosts[i];

	host->newer = NONE;
	host->older = h->newest;
	if (h->newest != NONE)
		h->table->hosts[h->newest].newer = i;
	else
		h->oldest = i;
	h->newest = i;
}

static void use_host(struct hw_dns_hosts *h, uint32_t i)
{
	if (h->newest == i)
		return;
	unlink_use(h, &h->table->hosts[i]);
	link_newest(h, i);
}

static void drop_names(struct hw_dns_hosts *h, struct host *host)
{
	hw_budget_give(h->budget, host->names_len);
	free(host->names);
	host->names = NULL;
	host->names_len = 0;
}

/* Returns its place, which is free then. */
static uint32_t forget_oldest(struct hw_dns_hosts *h)
{
	const uint32_t i = h->oldest;
	struct host *host = &h->table->hosts[i];
	uint32_t *at = bucket_of(h, &host->addr);

	while (*at != i)
		at = &h->table->hosts[*at].next;
	*at = host->next;
	unlink_use(h, host);
	drop_names(h, host);
	hw_stats_inc(h->stats, HW_STAT_NAMES_FORGOTTEN);
	return i;
}

static struct host *add_host(struct hw_dns_hosts *h, const struct hw_addr *addr)
{
	const uint32_t i = h->nr < HW_DNS_HOSTS_MAX ? h->nr++ : forget_oldest(h);
	uint32_t *bucket = bucket_of(h, addr);

	h->table->hosts[i] = (struct host){ .addr = *addr, .next = *bucket };
	*bucket = i;
	link_newest(h, i);
	return &h->table->hosts[i];
}

/* ---- learning ---- */

static bool set_names(struct hw_dns_hosts *h, struct host *host, const struct names *n)
{
	uint8_t *bytes;

	if (host->names_len == n->len && memcmp(host->names, n->bytes, n->len) == 0)
		return true;
	drop_names(h, host);
	if (!hw_budget_take(h->budget, n->len))
		return false;
	bytes = malloc(n->len);
	if (!bytes) {
		hw_budget_give(h->budget, n->len);
		return false;
	}
	memcpy(bytes, n->bytes, n->len);
	host->names = bytes;
	host->names_len = (uint16_t)n->len;
	return true;
}

/* `names` come before those that it has. */
static void name_host(struct hw_dns_hosts *h, const struct hw_addr *addr, const struct names *names,
		      uint64_t now_ns, uint64_t until_ns)
{
	const uint32_t i = find_host(h, addr);
	struct host *host = i == NONE ? add_host(h, addr) : &h->table->hosts[i];
	struct hw_slice rest = hw_slice(host->names, host->names_len), name;
	struct names all = *names;

	if (now_ns > host->until_ns)
		rest.len = host->until_ns = 0;
	while (next_name(&rest, &name))
		add_name(&all, name);
	if (i != NONE)
		use_host(h, i);
	if (until_ns > host->until_ns)
		host->until_ns = until_ns;
	if (!set_names(h, host, &all))
		hw_stats_inc(h->stats, HW_STAT_NAMES_FORGOTTEN);
}

static const struct hw_dns_rr *find_alias(const struct hw_dns_message *m, struct hw_slice name)
{
	for (size_t i = 0; i < m->answers_nr; i++) {
		const struct hw_dns_rr *rr = &m->answers[i];

		if (rr->type == HW_DNS_TYPE_CNAME && rr->class == CLASS_IN &&
		    hw_slice_eq_nocase(rr->name, name))
			return rr;
	}
	return NULL;
}

/* From what was asked for to its canonical name (RFC 1034 3.6.2), which is returned. */
static struct hw_slice follow_aliases(const struct hw_dns_message *m, struct names *ret)
{
	struct hw_slice name = m->questions[0].name;
	const struct hw_dns_rr *alias;

	add_name(ret, name);
	for (int i = 1; i < HW_DNS_HOST_NAMES_MAX && (alias = find_alias(m, name)); i++) {
		name = alias->cname;
		add_name(ret, name);
	}
	return name;
}

static bool take_addr(const struct hw_dns_rr *rr, struct hw_addr *ret)
{
	if (rr->type == HW_DNS_TYPE_A && rr->rdata.len == 4)
		*ret = hw_addr_v4(rr->rdata.ptr);
	else if (rr->type == HW_DNS_TYPE_AAAA && rr->rdata.len == 16)
		*ret = hw_addr_v6(rr->rdata.ptr);
	else
		return false;
	return (rr->class & ~CACHE_FLUSH) == CLASS_IN;
}

static uint64_t end_of(const struct hw_dns_rr *rr, uint64_t now_ns)
{
	const uint64_t ttl_ns = (rr->ttl >> 31 ? 0 : rr->ttl) * 1000000000ull; /* RFC 2181 8 */

	return now_ns + (ttl_ns > KEEP_NS ? ttl_ns : KEEP_NS);
}

static void learn_answers(struct hw_dns_hosts *h, const struct hw_dns_message *m, uint64_t now_ns)
{
	struct names names = { .len = 0 };
	const struct hw_slice name = follow_aliases(m, &names);
	struct hw_addr addr;

	for (size_t i = 0; names.nr && i < m->answers_nr; i++)
		if (take_addr(&m->answers[i], &addr) &&
		    hw_slice_eq_nocase(m->answers[i].name, name))
			name_host(h, &addr, &names, now_ns, end_of(&m->answers[i], now_ns));
}

/* A record with a TTL of 0 takes leave: RFC 6762 10.1. */
static void learn_multicast(struct hw_dns_hosts *h, const struct hw_dns_rr *records, size_t nr,
			    uint64_t now_ns)
{
	struct hw_addr addr;

	for (size_t i = 0; i < nr; i++) {
		struct names names = { .len = 0 };

		if (!records[i].ttl || !take_addr(&records[i], &addr))
			continue;
		add_name(&names, records[i].name);
		if (names.nr)
			name_host(h, &addr, &names, now_ns, end_of(&records[i], now_ns));
	}
}

/* RFC 6762 6, 18.1, 18.4 */
static bool is_multicast(const struct hw_dns_message *m)
{
	return !m->questions_nr && !m->id && m->aa;
}

void hw_dns_hosts_learn(struct hw_dns_hosts *h, const struct hw_dns_message *m, uint64_t now_ns)
{
	if (!m->qr || m->rcode || !m->answers_nr || (m->questions_nr != 1 && !is_multicast(m)))
		return;
	if (!h->table && make_table(h) != 0) {
		hw_stats_inc(h->stats, HW_STAT_NAMES_FORGOTTEN);
		return;
	}
	if (m->questions_nr) {
		learn_answers(h, m, now_ns);
		return;
	}
	learn_multicast(h, m->answers, m->answers_nr, now_ns);
	learn_multicast(h, m->additionals, m->additionals_nr, now_ns);
}

/* ---- asking ---- */

size_t hw_dns_hosts_find(struct hw_dns_hosts *h, const struct hw_addr *addr, uint64_t now_ns,
			 struct hw_slice ret[HW_DNS_HOST_NAMES_MAX])
{
	const uint32_t i = find_host(h, addr);
	struct hw_slice rest;
	size_t nr = 0;

	if (i == NONE || now_ns > h->table->hosts[i].until_ns)
		return 0;
	use_host(h, i);
	rest = hw_slice(h->table->hosts[i].names, h->table->hosts[i].names_len);
	while (next_name(&rest, &ret[nr]))
		nr++;
	return nr;
}

/* ---- life ---- */

int hw_dns_hosts_new(struct hw_dns_hosts **ret, struct hw_budget *budget, struct hw_stats *stats,
		     uint64_t seed)
{
	struct hw_dns_hosts *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->newest = h->oldest = NONE;
	h->key = hw_hash_key(seed, HASH_USE);
	h->budget = budget;
	h->stats = stats;
	*ret = h;
	return 0;
}

void hw_dns_hosts_free(struct hw_dns_hosts *h)
{
	if (!h)
		return;
	for (uint32_t i = 0; i < h->nr; i++)
		drop_names(h, &h->table->hosts[i]);
	if (h->table)
		hw_budget_give(h->budget, sizeof(*h->table));
	free(h->table);
	free(h);
}
