#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# examples/make.sh - record web.pcap: curl talks to nginx and to Python's server, in a
# network namespace of their own. Needs root, and Debian's nginx, curl, tcpdump, iproute2.
set -eu

cd "$(dirname "$0")"
if [ "${1-}" != inside ]; then
	exec unshare --net -- "$PWD/make.sh" inside
fi

dir=$(mktemp -d)
capture=
server=
finish() {
	[ -z "$capture" ] || kill "$capture" 2>/dev/null || true
	[ -z "$server" ] || kill "$server" 2>/dev/null || true
	nginx -c "$dir/nginx.conf" -s stop 2>/dev/null || true
	wait
	rm -rf "$dir"
}
trap finish EXIT

mkdir "$dir/www"
chmod 755 "$dir"
echo '<!doctype html><title>Hello</title><link rel=stylesheet href=style.css><p>Hello.' \
	>"$dir/www/index.html"
echo 'p { color: navy }' >"$dir/www/style.css"
seq -s ' ' 400 >"$dir/www/numbers.txt"
cat >"$dir/nginx.conf" <<EOF
pid $dir/nginx.pid;
error_log $dir/error.log;
events { }
http {
	access_log off;
	gzip on;
	gzip_types text/plain;
	default_type text/plain;
	types { text/html html; text/css css; text/plain txt; }
	server {
		listen 80;
		listen [::]:80;
		server_name www.example.org;
		root $dir/www;
		location = /form { return 303 /; }
		location = /old { return 301 http://www.example.org/; }
	}
}
EOF

ip link set lo up
nginx -c "$dir/nginx.conf" -e "$dir/error.log"
/usr/bin/python3 -m http.server --directory "$dir/www" 8000 >"$dir/python.log" 2>&1 &
server=$!
until (: </dev/tcp/127.0.0.1/8000) 2>/dev/null; do
	sleep 0.1
done
tcpdump -Z root -i lo -w web.pcap --immediate-mode -U -s 0 tcp 2>"$dir/tcpdump.log" &
capture=$!
until grep -q listening "$dir/tcpdump.log"; do
	sleep 0.1
done

get() {
	curl -s -o /dev/null --resolve www.example.org:80:127.0.0.1 "$@"
}
# Raw bytes to nginx, in one segment; it answers and closes.
send() {
	exec 3<>/dev/tcp/127.0.0.1/80
	printf '%b' "$1" | cat >&3
	cat <&3 >/dev/null
	exec 3>&-
}

get http://www.example.org/ -o /dev/null http://www.example.org/style.css
get --compressed 'http://www.example.org/numbers.txt?from=1&to=400'
get --head http://www.example.org/old
get --data name=Ada http://www.example.org/form
get --request PURGE http://www.example.org/numbers.txt
get http://www.example.org/nothing%20here
get --globoff 'http://[::1]/'
get http://127.0.0.1:8000/style.css
get --data x=1 http://127.0.0.1:8000/
# Two requests at once; then one that names its host twice.
send 'GET /a HTTP/1.1\r\nHost: one.example\r\n\r\nGET /b HTTP/1.1\r\nHost: two.example\r\nConnection: close\r\n\r\n'
send 'GET /admin HTTP/1.1\r\nHost: www.example.org\r\nHost: evil.example\r\n\r\n'
sleep 0.5
