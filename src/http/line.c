/* SPDX-License-Identifier: BSD-2-Clause */
/* src/http/line.c - see line.h */
#include "http/line.h"

struct hw_http_lines hw_http_lines_indexed(struct hw_slice head, struct hw_http_line_index *index,
					   hw_http_indexer indexer)
{
	/* NULL + 0 is not defined in C. */
	return (struct hw_http_lines){ .at = head.ptr,
				       .end = head.len ? head.ptr + head.len : head.ptr,
				       .index = index,
				       .indexer = indexer,
				       .odd = index->is_odd };
}

struct hw_http_lines hw_http_lines(struct hw_slice head, struct hw_http_line_index *index,
				   hw_http_indexer indexer)
{
	indexer(head, index);
	return hw_http_lines_indexed(head, index, indexer);
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
