/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/words.h - the words that a field with few of them may have
 *
 * Each gives the i-th, static; NULL: there are no more. Schemas list them, and filters refuse
 * what is none of them.
 */
#ifndef HW_EVENT_WORDS_H
#define HW_EVENT_WORDS_H

#include <stddef.h>

typedef const char *hw_words(size_t i);

const char *hw_words_kind(size_t i);	       /* "request", "response" */
const char *hw_words_cut_head(size_t i);       /* why a head is not whole: "gap", ... */
const char *hw_words_incomplete(size_t i);     /* the same of a head or a body */
const char *hw_words_dns_incomplete(size_t i); /* "cut", ... */
const char *hw_words_end(size_t i);	       /* of an exchange or a tunnel: "complete", ... */
const char *hw_words_role(size_t i);	       /* "client", ... */
const char *hw_words_direction(size_t i);      /* "ingress", ... */
const char *hw_words_owner(size_t i);	       /* how a process is known: "exact", ... */
const char *hw_words_peer_owner(size_t i);     /* the same of one that is known */

#endif
