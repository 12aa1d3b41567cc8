/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/line.c - see line.h */
#include "http/line.h"

void hw_http_lines_begin_indexed(struct hw_http_lines *l, struct hw_slice head,
				 struct hw_http_line_index *index, hw_http_indexer indexer)
{
	l->at = head.ptr;
	l->end = head.len ? head.ptr + head.len : head.ptr; /* NULL + 0 is not defined in C */
	l->index = index;
	l->indexer = indexer;
	l->next = 0;
	l->cut = l->bare_lf = false;
	l->odd = index->is_odd;
}

void hw_http_lines_begin(struct hw_http_lines *l, struct hw_slice head,
			 struct hw_http_line_index *index, hw_http_indexer indexer)
{
	indexer(head, index);
	hw_http_lines_begin_indexed(l, head, index, indexer);
}

/* What is left has no end. */
static bool last_line(struct hw_http_lines *l, struct hw_slice *ret)
{
	l->cut = true;
	if (l->at == l->end)
		return false;
	*ret = hw_slice(l->at, (size_t)(l->end - l->at));
	ret->len -= l->end[-1] == '\r';
	l->at = l->end;
	return true;
}

bool hw_http_lines_more(struct hw_http_lines *l, struct hw_slice *ret)
{
	l->indexer(hw_slice(l->at, (size_t)(l->end - l->at)), l->index);
	l->next = 0;
	l->odd |= l->index->is_odd;
	return l->index->nr > 0 ? hw_http_lines_next(l, ret) : last_line(l, ret);
}
