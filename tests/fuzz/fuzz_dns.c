/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tests/fuzz/fuzz_dns.c - any bytes as a DNS message
 *
 * Whatever they are: every slice lies in the message or in the scratch, reading again
 * says the same, and a prefix of a message that can be read is truncated, never bad.
 */
#include "fuzz.h"

#include "dns/message.h"

static struct hw_dns_scratch scratch;
static struct hw_stats stats;

static bool lies_in(struct hw_slice s, struct hw_slice whole)
{
	return s.len == 0 || (s.ptr >= whole.ptr && s.len <= whole.len &&
			      (size_t)(s.ptr - whole.ptr) <= whole.len - s.len);
}

static void check_kept(struct hw_slice s)
{
	FUZZ_CHECK(lies_in(s, hw_buf_slice(&scratch.text)));
}

static void check_rr(const struct hw_dns_rr *rr, struct hw_slice in)
{
	FUZZ_CHECK(lies_in(rr->rdata, in) && lies_in(rr->txt, in) && lies_in(rr->opt, in));
	FUZZ_CHECK(lies_in(rr->uri.target, in));
	FUZZ_CHECK(rr->name.len <= 255 && rr->type_name.len && rr->class_name.len);
	check_kept(rr->name);
	check_kept(rr->text);
	check_kept(rr->ip);
	check_kept(rr->ns);
	check_kept(rr->cname);
	check_kept(rr->ptr);
	check_kept(rr->soa.mname);
	check_kept(rr->soa.rname);
	check_kept(rr->srv.name);
	check_kept(rr->mx.name);
	for (size_t i = 0; i < rr->text.len; i++)
		FUZZ_CHECK(rr->text.ptr[i] >= ' ' && rr->text.ptr[i] <= '~');
}

static void check_message(const struct hw_dns_message *m, struct hw_slice in)
{
	const size_t records = m->answers_nr + m->authorities_nr + m->additionals_nr;

	FUZZ_CHECK(m->questions_nr <= m->qdcount && m->answers_nr <= m->ancount);
	FUZZ_CHECK(m->authorities_nr <= m->nscount && m->additionals_nr <= m->arcount);
	FUZZ_CHECK(records * 11 + m->questions_nr * 5 <= in.len);
	FUZZ_CHECK(m->status == HW_DNS_OK || m->refused);
	FUZZ_CHECK(lies_in(m->rest, in));
	for (size_t i = 0; i < m->questions_nr; i++)
		check_kept(m->questions[i].name);
	for (size_t i = 0; i < records; i++)
		check_rr(&m->answers[i], in);
}

/* All that was read, in one number. */
static uint64_t digest(const struct hw_dns_message *m)
{
	uint64_t sum = m->status + 8 * m->questions_nr + 512 * m->answers_nr + m->additionals_nr;

	for (size_t i = 0; i < scratch.text.len; i++)
		sum = sum * 31 + scratch.text.ptr[i];
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct hw_slice in = { data, size };
	struct hw_dns_message m;
	uint64_t sum;
	size_t len;

	if (size > 65535)
		return 0;
	if (!scratch.stats)
		hw_dns_scratch_init(&scratch, HW_DNS_SCRATCH_MAX, NULL, &stats);
	hw_dns_message_read(&scratch, in, &m);
	check_message(&m, in);
	sum = digest(&m);
	hw_dns_scratch_clear(&scratch);
	FUZZ_CHECK(hw_dns_message_read(&scratch, in, &m) == m.status && digest(&m) == sum);

	len = size - m.rest.len;
	if (m.status == HW_DNS_OK) {
		len = len * data[0] / 256;
		FUZZ_CHECK(hw_dns_message_read(&scratch, (struct hw_slice){ data, len }, &m) ==
			   HW_DNS_TRUNCATED);
	}
	FUZZ_CHECK(!hw_stats_check(&stats));
	return 0;
}
