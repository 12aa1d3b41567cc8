/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/event/json_step.h - what a program of json.h consists of
 *
 * Between json_compile.c, which makes programs, and json.c, which runs them.
 */
#ifndef HW_EVENT_JSON_STEP_H
#define HW_EVENT_JSON_STEP_H

#include "base/buf.h"
#include "event/table.h"

enum hw_json_op {
	HW_OP_NOTHING, /* the literal alone */
	HW_OP_TEXT,
	HW_OP_SHORT_TEXT,
	HW_OP_U8,
	HW_OP_U16,
	HW_OP_U32,
	HW_OP_U64,
	HW_OP_I32,
	HW_OP_I64,
	HW_OP_BOOL,
	HW_OP_DURATION,
	HW_OP_RFC3339,
	HW_OP_HEX64,
	HW_OP_DIRECTION,
	HW_OP_MADE_TEXT,
	HW_OP_ANOMALIES,
	HW_OP_HEADERS_A,
	HW_OP_HEADERS_B,
	HW_OP_PAIRS,
	HW_OP_TEXTS,
	HW_OP_DNS_TXTS,
	HW_OP_BASE64,
	HW_OP_DNS_OPTIONS_A,
	HW_OP_DNS_OPTIONS_B,
	HW_OP_CLOSE, /* the end of an object whose fields each end with a comma */

	/* From here on they do not go to the next step alone. */
	HW_OP_LIST,	   /* the steps up to `next`, for each element */
	HW_OP_SKIP,	   /* go to `next` if the value that `when` tells of is zero */
	HW_OP_NULL_IF_BAD, /* write null and go to `next` if the text is bad UTF-8 */
	HW_OP_REPEAT,	   /* the steps up to `next`, of a message: they may be known already */
};

struct hw_json_step {
	uint8_t op;
	uint8_t base; /* enum hw_field_base */
	uint8_t item; /* HW_OP_LIST: the base of its elements */
	uint8_t how;  /* enum hw_escape, for texts */
	uint8_t when; /* HW_OP_SKIP: the op that reads the value */
	bool is_optional;
	bool is_branch; /* it may write nothing, or not go to the next one; hw_json_take() tells */
	uint8_t tail_len;
	char tail[4]; /* optional: copied behind the value */
	uint16_t offset, nr_offset, stride;
	uint16_t next;
	uint16_t literal_len;
	struct hw_slice (*make)(const void *value, char room[HW_MADE_TEXT_MAX]);
	uint32_t literal; /* copied before the value; optional: only if the value is not zero */
	const uint8_t *literal_at; /* where that is; hw_json_take() tells */
};

enum {
	HW_LITERAL_CHUNK = 32,	/* literals are copied in pieces of this size */
	HW_JSON_VALUE_MAX = 56, /* bytes of a value of bounded length */
};

enum {
	HW_JSON_KNOWN_MAX = 64, /* processes with programs of their own; a power of two */
	HW_JSON_KNOWN_MIN = 8,	/* events of one before it has */
};

/* Of a process that had several events. */
struct hw_json_known {
	uint64_t version; /* of struct hw_process; 0: nobody's */
	unsigned events;
	struct hw_json *json; /* NULL: none yet */
};

enum {
	HW_JSON_REPEATS = 32,	       /* a power of two */
	HW_JSON_REPEAT_MAX = 16 << 10, /* bytes of one */
};

/* What the steps of a HW_OP_REPEAT wrote of a message. */
struct hw_json_repeat {
	uint64_t repeat; /* of struct hw_http_message; 0: none */
	struct hw_buf text;
};

enum {
	HW_JSON_NAMES = 256, /* a power of two */
	HW_JSON_NAME_MAX = 48,
};

/* The name of a header, or of a pair, and what is around it, up to its first value. */
struct hw_json_name {
	uint8_t text[HW_JSON_NAME_MAX];
	uint64_t number; /* of struct hw_http_field; 0: none, but in the first place */
	uint32_t way;	 /* enum hw_escape, and the op */
	uint32_t len;
};

/* What was written before, by all programs of a type. */
struct hw_json_memory {
	struct hw_json_repeat repeats[HW_JSON_REPEATS]; /* by `repeat` */
	struct hw_json_name names[HW_JSON_NAMES];	/* by `number` */
};

enum { HW_JSON_ZEROS_MAX = 40 };

/* The bits of a word that are zero in most events of a kind. */
struct hw_json_zero {
	uint64_t mask;
	uint16_t offset; /* of the word, behind the base */
	uint8_t base;	 /* enum hw_field_base */
	unsigned misses; /* events in which they were not */
};

/* What is guessed of the next event of a kind. */
struct hw_json_guess {
	struct hw_json *json; /* for events that it holds for; NULL: none yet */
	uint64_t events;
	size_t zeros_nr, of_event_nr; /* those of HW_BASE_EVENT are the first */
	struct hw_json_zero zeros[HW_JSON_ZEROS_MAX];
};

struct hw_json {
	struct hw_json_step *steps;
	size_t steps_nr;
	uint8_t *literals;
	size_t fixed;		   /* bytes that all steps write at most, without texts and lists */
	struct hw_json *of_nobody; /* for events whose process is hw_process_none */
	struct hw_json_known
		*known; /* HW_JSON_KNOWN_MAX, by version; NULL in those of one process */
	struct hw_json_memory *memory;	 /* of all programs of a type */
	struct hw_json_guess guesses[2]; /* by enum hw_http_kind, the first without a message */
};

/*
 * json.c: run step `*i` alone, behind what `out` has, and move `*i` to the next one.
 * Returns 0 or -ENOMEM.
 */
int hw_json_run_step(const struct hw_json *j, const void *const bases[HW_BASE_NR], size_t *i,
		     struct hw_buf *out);

/* json_draft.c: steps that are being made, and their literals. */
struct hw_json_draft {
	struct hw_buf steps, literals;
	size_t literal; /* where the next step's literal begins */
	int err;	/* the first one; then nothing more is added */
};

void hw_json_draft_init(struct hw_json_draft *d);

void hw_json_draft_clear(struct hw_json_draft *d);

/* How many steps it has. */
size_t hw_json_draft_nr(const struct hw_json_draft *d);

/* Something was added since the last step. */
bool hw_json_draft_has_literal(const struct hw_json_draft *d);

void hw_json_draft_add(struct hw_json_draft *d, struct hw_slice literal);

/* Its literal is all that was added since the last step. Returns the step's number. */
size_t hw_json_draft_step(struct hw_json_draft *d, struct hw_json_step step);

/* What follows has a literal of its own. */
void hw_json_draft_flush(struct hw_json_draft *d);

/*
 * json_compile.c: `j` takes over what the draft has, and prepares the steps for being run.
 * Returns 0 or -ENOMEM.
 */
int hw_json_take(struct hw_json *j, struct hw_json_draft *d);

/*
 * json_fold.c: the same program as `j`, for events of this process: what is written of it is
 * in the literals, but what struct hw_process says may change. For hw_process_none that is
 * in them, too. Returns 0 or -ENOMEM.
 */
int hw_json_fold(struct hw_json **ret, const struct hw_json *j, const struct hw_process *process);

/*
 * The same program as `j`, for events of this kind for which the guess holds. Returns 0 or
 * -ENOMEM.
 */
int hw_json_fold_guess(struct hw_json **ret, const struct hw_json *j,
		       const struct hw_json_guess *guess, enum hw_http_kind kind);

/*
 * The program for events of this process: `j`, or a shorter one that does the same. What has
 * many events has one of its own; with 64 of them that takes up to 3 MiB.
 */
struct hw_json *hw_json_for(struct hw_json *j, const struct hw_process *process);

/* json_guess.c: the step writes what is guessed. */
bool hw_json_guess_has(const struct hw_json_guess *g, const struct hw_json_step *s);

/*
 * The program for the event of `j` with these bases: `j`, or a shorter one that does the same
 * for most events.
 */
const struct hw_json *hw_json_guess(struct hw_json *j, const void *const bases[HW_BASE_NR]);

#endif
