/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/chunk.c - see chunk.h */
#include "http/chunk.h"

#include "http/octet.h"

enum state {
	SIZE_START,   /* no digit yet */
	SIZE,	      /* 1*HEXDIG */
	EXTENSION,    /* what follows the size in its line */
	EXTENSION_CR, /* ... and a CR */
	DATA,
	DATA_END, /* CRLF */
	DATA_END_CR,
	TRAILER,       /* at the start of a line */
	TRAILER_CR,    /* at the start of a line, and CR */
	TRAILER_NAME,  /* up to its colon */
	TRAILER_VALUE, /* behind that */
	TRAILER_END,   /* in a line, and CR */
};

enum odd {
	ODD_LINE = 1 << 0,
	ODD_SIZE = 1 << 1,
	ODD_OVERFLOW = 1 << 2,
	ODD_END = 1 << 3,
	ODD_LENGTH = 1 << 4,
	ODD_TRAILER = 1 << 5,
};

/* One byte of framing: used, or the end, or not what may stand here. */
enum step {
	USED,
	LAST,
	BAD,
};

static enum step bad(struct hw_http_chunk *c, enum odd why)
{
	c->odd |= (uint8_t)why;
	return BAD;
}

static enum step go(struct hw_http_chunk *c, enum state state)
{
	c->state = (uint8_t)state;
	return USED;
}

static enum step go_odd(struct hw_http_chunk *c, enum state state, bool is_odd)
{
	c->odd |= is_odd ? ODD_LINE : 0;
	return go(c, state);
}

static enum step end_line(struct hw_http_chunk *c)
{
	c->line = 0;
	return go(c, c->left > 0 ? DATA : TRAILER);
}

/* chunk-size = 1*HEXDIG */
static enum step size(struct hw_http_chunk *c, uint8_t byte)
{
	if (hw_octet_is(byte, HW_OCTET_HEX)) {
		if (c->left > INT64_MAX / 16)
			return bad(c, ODD_OVERFLOW);
		c->left = c->left * 16 + hw_octet_hex(byte);
		return go(c, SIZE);
	}
	if (c->state == SIZE_START)
		return bad(c, ODD_SIZE);
	if (byte == '\r')
		return go(c, EXTENSION_CR);
	if (byte != ';')
		c->odd |= ODD_LINE;
	if (byte == '\n')
		return end_line(c);
	if (byte != ';' && !hw_octet_is_blank(byte))
		return bad(c, ODD_SIZE);
	return go(c, EXTENSION);
}

/* chunk-ext = *( BWS ";" ... ), not looked into. A CR inside is odd, as is a bare LF. */
static enum step extension(struct hw_http_chunk *c, uint8_t byte)
{
	const bool after_cr = c->state == EXTENSION_CR;

	if ((byte == '\n') != after_cr)
		c->odd |= ODD_LINE;
	if (byte == '\n')
		return end_line(c);
	return go(c, byte == '\r' ? EXTENSION_CR : EXTENSION);
}

static enum step data_end(struct hw_http_chunk *c, uint8_t byte)
{
	const bool after_cr = c->state == DATA_END_CR;

	if (byte == '\r' && !after_cr)
		return go(c, DATA_END_CR);
	if (byte != '\n')
		return bad(c, ODD_END);
	if (!after_cr)
		c->odd |= ODD_LINE;
	c->line = 0;
	return go(c, SIZE_START);
}

/* What frames or routes the message may stand in its head alone: RFC 9110 6.5.1. Lower case. */
static const char *const forbidden[] = { "", "content-length", "transfer-encoding", "host" };

static char lower(uint8_t c)
{
	return (char)(hw_octet_is(c, HW_OCTET_UPPER) ? c | 0x20 : c);
}

/* The first byte of a trailer tells which of these it may be; 0: none. A name has one at least. */
static void begin_trailer(struct hw_http_chunk *c, uint8_t byte)
{
	c->trailer = sizeof(forbidden) / sizeof(forbidden[0]) - 1;
	while (c->trailer > 0 && forbidden[c->trailer][0] != lower(byte))
		c->trailer--;
	c->trailer_at = 1;
	c->odd |= c->state == TRAILER_CR || byte == ':' ? ODD_LINE : 0;
	c->state = TRAILER_NAME;
}

/* A byte more of it, up to the colon; blanks before that hide nothing. */
static void go_on_trailer(struct hw_http_chunk *c, uint8_t byte)
{
	const char next = forbidden[c->trailer][c->trailer_at];

	if (next && next == lower(byte)) {
		c->trailer_at++;
	} else if (next || !hw_octet_is_blank(byte)) {
		c->odd |= !next && byte == ':' ? ODD_TRAILER : 0;
		c->trailer = 0;
	}
}

/* A byte of a trailer. What is no field, or may end for some before its CRLF, is odd. */
static enum step trailer_line(struct hw_http_chunk *c, uint8_t byte)
{
	const bool in_name = c->state == TRAILER_NAME;

	if (c->state == TRAILER_END)
		c->odd |= ODD_LINE;
	if (byte == '\r')
		return go_odd(c, TRAILER_END, in_name);
	if (in_name && byte == ':')
		return go(c, TRAILER_VALUE);
	if (in_name)
		return go_odd(c, TRAILER_NAME, !hw_octet_is(byte, HW_OCTET_TOKEN));
	return go_odd(c, TRAILER_VALUE, hw_octet_is(byte, HW_OCTET_CONTROL) && byte != '\t');
}

/* trailer-section = *( field-line CRLF ), and the empty line that ends the body. */
static enum step trailer(struct hw_http_chunk *c, uint8_t byte)
{
	const bool is_in_line = c->state >= TRAILER_NAME;

	if (byte == '\n' && is_in_line)
		return go_odd(c, TRAILER, c->state != TRAILER_END);
	if (byte == '\n') {
		if (c->state == TRAILER)
			c->odd |= ODD_LINE;
		return LAST;
	}
	if (byte == '\r' && c->state == TRAILER)
		return go(c, TRAILER_CR);
	if (!is_in_line)
		begin_trailer(c, byte);
	else if (c->trailer)
		go_on_trailer(c, byte);
	return trailer_line(c, byte);
}

static enum step frame(struct hw_http_chunk *c, uint8_t byte)
{
	const uint32_t max =
		c->state >= TRAILER ? HW_HTTP_CHUNK_TRAILER_MAX : HW_HTTP_CHUNK_LINE_MAX;

	if (c->line++ >= max)
		return bad(c, ODD_LENGTH);
	switch ((enum state)c->state) {
	case SIZE_START:
	case SIZE:
		return size(c, byte);
	case EXTENSION:
	case EXTENSION_CR:
		return extension(c, byte);
	case DATA_END:
	case DATA_END_CR:
		return data_end(c, byte);
	case TRAILER:
	case TRAILER_CR:
	case TRAILER_NAME:
	case TRAILER_VALUE:
	case TRAILER_END:
		return trailer(c, byte);
	case DATA:
		break; /* is not framing */
	}
	return BAD;
}

static struct hw_slice take_data(struct hw_http_chunk *c, struct hw_slice *in)
{
	const struct hw_slice data = { in->ptr, c->left < in->len ? (size_t)c->left : in->len };

	*in = hw_slice_after(*in, data.len);
	hw_http_chunk_skip(c, data.len);
	return data;
}

enum hw_http_chunk_result hw_http_chunk_read(struct hw_http_chunk *c, struct hw_slice *in,
					     struct hw_slice *ret_data)
{
	while (in->len > 0) {
		enum step step;

		if (c->state == DATA) {
			*ret_data = take_data(c, in);
			return HW_HTTP_CHUNK_DATA;
		}
		step = frame(c, in->ptr[0]);
		if (step == BAD)
			return HW_HTTP_CHUNK_BAD;
		*in = hw_slice_after(*in, 1);
		if (step == LAST)
			return HW_HTTP_CHUNK_END;
	}
	return HW_HTTP_CHUNK_MORE;
}

bool hw_http_chunk_skip(struct hw_http_chunk *c, uint64_t len)
{
	if (c->state != DATA || len > c->left)
		return false;
	c->left -= len;
	if (c->left == 0)
		c->state = DATA_END;
	return true;
}

uint64_t hw_http_chunk_left(const struct hw_http_chunk *c)
{
	return c->state == DATA ? c->left : 0;
}

bool hw_http_chunk_to_line(const struct hw_http_chunk *c, uint64_t *ret)
{
	switch ((enum state)c->state) {
	case DATA:
		*ret = c->left + HW_HTTP_CHUNK_END_LEN;
		return true;
	case DATA_END:
		*ret = HW_HTTP_CHUNK_END_LEN;
		return true;
	case DATA_END_CR:
		*ret = 1;
		return true;
	case SIZE_START:
		*ret = 0;
		return true;
	default:
		return false;
	}
}

void hw_http_chunk_go_to(struct hw_http_chunk *c, uint64_t left)
{
	static const uint8_t ends[] = { SIZE_START, DATA_END_CR, DATA_END };

	c->line = 0;
	c->left = left > HW_HTTP_CHUNK_END_LEN ? left - HW_HTTP_CHUNK_END_LEN : 0;
	c->state = c->left > 0 ? DATA : ends[left];
}

hw_anomalies hw_http_chunk_anomalies(const struct hw_http_chunk *c)
{
	static const enum hw_anomaly names[] = {
		HW_ANOMALY_CHUNK_LINE_ODD,	HW_ANOMALY_BAD_CHUNK_SIZE,
		HW_ANOMALY_CHUNK_SIZE_OVERFLOW, HW_ANOMALY_BAD_CHUNK_END,
		HW_ANOMALY_CHUNK_LINE_TOO_LONG, HW_ANOMALY_FORBIDDEN_TRAILER,
	};
	hw_anomalies all = 0;

	if (!c->odd)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (c->odd >> i & 1)
			all |= hw_anomaly_bit(names[i]);
	return all;
}
