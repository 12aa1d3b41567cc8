# SPDX-License-Identifier: BSD-2-Clause
"""
tests/faults/hostile.py - what attackers send to turn output against those who read it

One table of strings, and messages that have them in every place that comes from the wire.
"""
import struct

from frames import UDP, Talk, ip, udp
from lab import Capture

CANARY = b"touch canary"  # what a shell that was broken into does
BROKEN = { # UTF-8 that is none, each byte of which becomes U+FFFD
    "latin": b"\xff\xfe", "overlong": b"\xc0\xaf", "overlong-3": b"\xe0\x80\xaf", "surrogates": b"\xed\xa0\x80\xed\xb0\x80",
    "lone-surrogate": b"\xed\xb2\xa9", "above-unicode": b"\xf4\x90\x80\x80", "cut-4": b"\xf0\x9f\x98", "lone-80": b"\x80",
    "cut-3": b"\xe2\x80", "cut-in-a-word": b"a\xc3b"}
TERMINAL = {
    "clear": b"\x1b[2J\x1b[H", "link": b"\x1b]8;;http://x\x07y\x1b]8;;\x07", "title": b"\x1b]0;title\x1b\\",
    "clipboard": b"\x1b]52;c;cm0=\x07", "answer-back": b"\x05\x1b[c\x1b[6n", "conceal": b"\x1b[8m", "reset": b"\x1bc",
    "other-screen": b"\x1b[?1049h", "dcs": b"\x1bP$q\"p\x1b\\", "charset": b"\x0e\x0f\x1b(0", "backspaces": b"\x08" * 20,
    "csi-c1": "\u009b2J".encode(), "osc-c1": "\u009d0;t\u009c".encode(), "csi-byte": b"\x9b31m", "nel": "a\u0085b".encode(),
    "override": "\u202eevil\u202c".encode(), "isolate": "\u2066\u2069".encode(), "marks": "\u200e\u200f\u061c".encode(),
    "zero-width": "\u200b\u2060\u00ad".encode(), "bom": "\ufeff".encode(), "tags": "\U000e0041\U000e007f".encode(),
    "annotation": "\ufff9a\ufffab\ufffb".encode(), "delete": b"\x7f\x7f"}
LINES = {
    "lf": b'a\n{"eventName":"forged"}', "crlf": b'a\r\n{"eventName":"forged"}', "cr": b'\r{"eventName":"forged"}',
    "nul": b"a\0b", "nul-cr": b'\0\r{"eventName":"forged"}', "percent": b'%0A{"eventName":"forged"}',
    "percent-crlf": b'%0d%0a{"eventName":"forged"}', "separator": "\u2028{}\u2029{}".encode(),
    "vt-ff-fs": b'\x0b\x0c\x1c{"eventName":"forged"}', "rs": b'"}]}\x1e{"eventName":"forged"}', "record": b"\n\n1 > 2\n> GET /forged"}
SYNTAX = {
    "quote": b'"', "backslash": b"\\", "backslash-n": b"\\n", "escape": b"\\u0000", "member": b'","x":"', "apostrophe": b"'",
    "tag": b"<script>&", "cdata": b"]]></a>", "format": b"%s%n%x", "jndi": b"${jndi:x}", "emoji": "\U0001f600".encode(),
    "replacement": "\ufffd".encode(), "noncharacter": "\uffff".encode(), "path": b"../../../../etc/passwd",
    "backslash-path": b"..\\..\\x", "file": b"@/etc/passwd", "option": b"-o/tmp/x", "long-option": b"--config=/etc/passwd",
    "label": b'"} 1\nforged{x="', "label-end": b'\\"} 1', "exemplar": b'# {trace_id="x"} 1', "comment": b"# HELP x"}
FORMULAS = {
    "sum": b"=1+1", "plus": b"+1", "minus": b"-1+1", "at": b"@SUM(1)", "tab": b"\t=1", "cr-sum": b"\r=1", "blank": b" =1",
    "command": b"=cmd|'/C calc'!A0", "next-cell": b"a;=1+1;", "next-cell-at": b'a";@SUM(1);"', "wide": "\uff1d1+1".encode(),
    "comma": b'a,=1+1', "quoted": b'","=1+1', "link-sheet": b'=HYPERLINK("http://x","y")', "cell-tab": b"a\t=1"}
SHELL = {
    "dollar": b"$(%b)" % CANARY, "backtick": b"`%b`" % CANARY, "semicolon": b";%b;" % CANARY, "and": b"&&%b&" % CANARY,
    "out-of-quotes": b"';%b;'" % CANARY, "out-of-double": b'";%b;"' % CANARY, "out-of-both": b"'\";%b;\"'" % CANARY,
    "out-escaped": b"\\';%b;\\'" % CANARY, "newline": b"\n%b\n" % CANARY, "redirect": b">canary", "variable": b"$HOME~*?[a]{b,c}",
    "history": b"!!!-1!$", "ansi": b"$'\\x27;%b'" % CANARY, "escape-and-out": b"\x1b';%b;'" % CANARY,
    "octal": b"\x1b\\047;%b" % CANARY, "out-of-substitution": b"\x1b')\";%b;\"$('" % CANARY, "percent-escape": b"\x1b%%s%d",
    "hash": b"#", "many": b"'\"`$\\!&|;<>(){}[]*?~# "}
CONTROLS = {f"byte-{c:02x}": bytes([c]) for c in range(1, 32) if c not in b"\r\n"}
HOSTILE = {**BROKEN, **TERMINAL, **LINES, **SYNTAX, **FORMULAS, **SHELL, **CONTROLS}

REQUESTS = [
    b"%b / HTTP/1.1\r\nHost: h\r\n\r\n", b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n", b"GET /p%b/x?q=%b&%b=1#%b HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET http://%b/ HTTP/1.1\r\nHost: h\r\n\r\n", b"GET http://u%b:%b@h/ HTTP/1.1\r\nHost: h\r\n\r\n", b"GET / HTTP/%b\r\nHost: h\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\n%b: n\r\nX-%b:\r\nA%b: %b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nX-Value: %b\r\nReferer: %b\r\nUser-Agent: %b\r\nAccept: %b\r\nX-Request-Id: %b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nCookie: %b=%b; s=%b\r\nAuthorization: Basic %b\r\nProxy-Authorization: %b\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: h\r\nForwarded: for=%b;host=\"%b\"\r\nX-Forwarded-For: %b\r\nVia: %b\r\ntraceparent: %b\r\n"
    b"tracestate: %b\r\n\r\n",
    b"CONNECT %b:1 HTTP/1.1\r\nHost: h\r\n\r\n", b"GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: %b\r\n\r\n"]
RESPONSES = [
    b"HTTP/1.1 200 %b\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 2%b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nServer: %b\r\n%b: n\r\nX-%b: %b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 302 OK\r\nLocation: %b\r\nSet-Cookie: %b=%b; Path=%b; Domain=%b\r\nETag: %b\r\nContent-Length: 0\r\n\r\n"]


def filled(form, hostile):
    return form % ((hostile,) * form.count(b"%b"))


def with_body(begin, hostile):
    """Three of them: as long as said, in chunks with an extension and a trailer, in no coding that there is."""
    body = b"x" + hostile + b"\r\n" + hostile
    yield begin + b"Content-Type: text/%b; a=%b\r\nContent-Length: %d\r\n\r\n%b" % (hostile, hostile, len(body), body)
    yield begin + b"Transfer-Encoding: chunked\r\n\r\n%x;%b=%b\r\n%b\r\n0\r\nT-%b: %b\r\n\r\n" % (
        len(body), hostile, hostile, body, hostile, hostile)
    yield begin + b"Content-Encoding: %b\r\nContent-Length: %d\r\n\r\n%b" % (hostile, len(body), body)


def exchanges_of(hostile):
    """(request, response) for each place, with `hostile` there."""
    get, ok = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    yield from ((filled(form, hostile), ok) for form in REQUESTS)
    yield from ((get, filled(form, hostile)) for form in RESPONSES)
    yield from ((r, ok) for r in with_body(b"POST / HTTP/1.1\r\nHost: h\r\n", hostile))
    yield from ((get, r) for r in with_body(b"HTTP/1.1 200 OK\r\n", hostile))


def in_every_field(hostile):
    """A request and a response that have `hostile` in all places at once."""
    return (b"GET /p%b?q=%b HTTP/1.1\r\nHost: h%b\r\nX-%b: n\r\nX-Value: %b\r\nReferer: %b\r\nUser-Agent: %b\r\n"
            b"Content-Type: %b\r\n\r\n" % ((hostile,) * 8),
            b"HTTP/1.1 200 O%bK\r\nServer: %b\r\nX-%b: n\r\nContent-Type: %b\r\nContent-Length: 0\r\n\r\n"
            % ((hostile,) * 4))


def dns_of(hostile):
    """A question and its answer, with a name, another name and a text."""
    label = bytes([len(hostile[:63])]) + hostile[:63]
    head = struct.pack(">HHHHHH", 7, 0x8180, 1, 2, 0, 0) + label + b"\1x\0\0\1\0\1"
    cname = label + b"\1y\0\0\5\0\1\0\0\0\x3c" + struct.pack(">H", len(label) + 3) + label + b"\1x\0"
    text = label + b"\1z\0\0\x10\0\1\0\0\0\x3c" + struct.pack(">H", len(label)) + label
    return head + cname + text


def capture_of(strings, exchanges, server=("192.0.2.9", 80), with_dns=False):
    """Each exchange on a connection of its own, which both sides end; a capture without its server's is none."""
    capture = Capture()
    number = 0
    for hostile in strings:
        for sides in exchanges(hostile):
            talk = Talk(capture, client=(f"10.0.{number // 60000}.1", 1024 + number % 60000), server=server)
            number += 1
            for side, message in enumerate(sides):
                talk.send(side, message)
            talk.close(0)
            talk.close(1)
        if with_dns:
            capture.add(ip("192.0.2.53", "10.0.0.1", UDP, udp("192.0.2.53", 53, "10.0.0.1", 5000, dns_of(hostile))))
    return capture
