/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/heads.h - a request of a browser and a response, as parsers are measured with */
#ifndef HW_BENCH_HEADS_H
#define HW_BENCH_HEADS_H

static const char browser_request[] =
	"GET /articles/2023/11/14/index.html?utm_source=feed&page=2 HTTP/1.1\r\n"
	"Host: www.example.com\r\n"
	"Connection: keep-alive\r\n"
	"Cache-Control: max-age=0\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/118.0.0.0 Safari/537.36\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
	"*/*;q=0.8\r\n"
	"Referer: http://www.example.com/articles/\r\n"
	"Accept-Encoding: gzip, deflate\r\n"
	"Accept-Language: en-GB,en;q=0.9\r\n"
	"Cookie: c1=5f8a31; theme=dark; c2=0123456789abcdef0123456789abcdef; lang=en; "
	"c3=89abcdef01234567; seen=2023-11-14; c4=fedcba98; c5=76543210fedcba9876543\r\n"
	"\r\n";

static const char response[] = "HTTP/1.1 200 OK\r\n"
			       "Server: nginx/1.22.1\r\n"
			       "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
			       "Content-Type: text/html; charset=utf-8\r\n"
			       "Content-Length: 18734\r\n"
			       "Connection: keep-alive\r\n"
			       "Last-Modified: Mon, 13 Nov 2023 09:41:07 GMT\r\n"
			       "ETag: \"51f0b-492\"\r\n"
			       "Cache-Control: max-age=3600, public\r\n"
			       "Vary: Accept-Encoding\r\n"
			       "X-Frame-Options: SAMEORIGIN\r\n"
			       "Accept-Ranges: bytes\r\n"
			       "\r\n";

_Static_assert(sizeof(browser_request) - 1 == 646, "bytes that others were measured with");
_Static_assert(sizeof(response) - 1 == 341, "bytes that others were measured with");

#endif
