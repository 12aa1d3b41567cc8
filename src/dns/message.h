/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/dns/message.h - one DNS message, read (RFC 1035 4)
 *
 * The message comes whole, without the length that precedes it over TCP. What can be
 * read is kept, however the message ends: counts that lie, a message that was cut and
 * a record with bad contents leave the others as they are.
 *
 * Names are text as Tracee prints them: the labels' bytes as they are, joined by '.',
 * without a final dot (the root is empty). Where text is made for people (`text`), it
 * is the presentation format of zone files (RFC 1035 5.1, RFC 3597, RFC 9460, ...):
 * special bytes escaped, names absolute, with their final dot.
 *
 * Work and memory are linear in the message. No allocation once the scratch has grown
 * to what messages usually need.
 */
#ifndef HW_DNS_MESSAGE_H
#define HW_DNS_MESSAGE_H

#include "base/slice.h"
#include "dns/scratch.h"

enum hw_dns_status {
	HW_DNS_OK,	  /* everything that the header counts was read */
	HW_DNS_TRUNCATED, /* the message ends before that */
	HW_DNS_BAD,	  /* a name cannot be read, and so where the next record starts */
	HW_DNS_LIMIT,	  /* more memory or work than a message may take */
};

struct hw_dns_question {
	struct hw_slice name;
	struct hw_slice type_name, class_name; /* "HTTPS", "TYPE65280"; "IN", "CLASS7" */
	uint16_t type, class;
};

struct hw_dns_soa {
	struct hw_slice mname, rname;
	uint32_t serial, refresh, retry, expire, minimum;
};

struct hw_dns_srv {
	struct hw_slice name;
	uint16_t priority, weight, port;
};

struct hw_dns_mx {
	struct hw_slice name;
	uint16_t preference;
};

struct hw_dns_uri {
	struct hw_slice target;
	uint16_t priority, weight;
};

/*
 * A resource record. The typed members are those that Tracee prints; the ones of other
 * types are zero and empty.
 */
struct hw_dns_rr {
	struct hw_slice name;
	struct hw_slice type_name, class_name; /* as in a question */
	struct hw_slice text;		       /* rdata in presentation format */
	struct hw_slice rdata;		       /* as it is in the message */
	uint32_t ttl;			       /* of an OPT record: extended flags */
	uint16_t type, class;		       /* class of an OPT record: UDP size */
	bool malformed;			       /* rdata is not what its type says */

	struct hw_slice ip; /* A, AAAA: as text; of a wrong length as Go's net.IP has it */
	struct hw_slice ns, cname, ptr;
	struct hw_slice txt; /* TXT, HINFO: rdata as it is; hw_dns_txt_next() splits it */
	struct hw_slice opt; /* OPT: its options; hw_dns_option_next() splits them */
	struct hw_dns_soa soa;
	struct hw_dns_srv srv;
	struct hw_dns_mx mx;
	struct hw_dns_uri uri;
};

/* EDNS: what the OPT record means (RFC 6891 6.1.3). */
struct hw_dns_edns {
	bool present;
	uint8_t version;
	bool dnssec_ok;
	uint16_t udp_size;
};

struct hw_dns_message {
	enum hw_dns_status status; /* as returned */
	bool refused;		   /* Tracee's decoder takes it for no DNS message: no event */

	uint16_t id;
	bool qr, aa, tc, rd, ra, ad, cd;
	uint8_t opcode;
	uint8_t z;	      /* the three bits after RA, AD and CD among them */
	uint16_t rcode;	      /* with the upper bits of an OPT record: up to 4095 */
	uint8_t rcode_tracee; /* the lower eight bits of it, which is all that Tracee has */
	uint16_t qdcount, ancount, nscount, arcount; /* as the header has them */

	/* What was read: not more than the counts say, less if `status` is not OK. */
	const struct hw_dns_question *questions;
	const struct hw_dns_rr *answers, *authorities, *additionals;
	size_t questions_nr, answers_nr, authorities_nr, additionals_nr;

	struct hw_dns_edns edns;
	struct hw_slice rest; /* bytes after the last record; empty unless OK */
};

/*
 * Read the message that is `in`. `ret` is filled whatever the status, which is also
 * counted. It borrows from `in` and from `s`, and is valid until the next call with `s`.
 */
enum hw_dns_status hw_dns_message_read(struct hw_dns_scratch *s, struct hw_slice in,
				       struct hw_dns_message *ret);

/* Why not all that the header counts was read: "cut", "malformed", "limit"; empty: it was. */
struct hw_slice hw_dns_incomplete_name(enum hw_dns_status status);

/* Whether Tracee makes net_packet_dns_request or net_packet_dns_response of it. */
bool hw_dns_is_request(const struct hw_dns_message *m);
bool hw_dns_is_response(const struct hw_dns_message *m);

/*
 * What net_packet_dns_response prints as the answer: an address, a name, raw TXT, or
 * "not implemented" for all other types.
 */
struct hw_slice hw_dns_answer_tracee(const struct hw_dns_rr *rr);

/*
 * Take the next string off `rest` (start with rr->txt). Returns false, and changes
 * nothing, at the end and where a string is cut.
 */
bool hw_dns_txt_next(struct hw_slice *rest, struct hw_slice *ret);

struct hw_dns_option {
	uint16_t code; /* see hw_dns_option_text_tracee() in dns/names.h */
	struct hw_slice data;
};

/* The same for the options of an OPT record (start with rr->opt). */
bool hw_dns_option_next(struct hw_slice *rest, struct hw_dns_option *ret);

#endif
