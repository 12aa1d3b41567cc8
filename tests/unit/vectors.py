# SPDX-License-Identifier: BSD-2-Clause
"""Make a C table of tests/data/http-vectors.jsonl: vectors.py IN.jsonl OUT.h"""
import base64
import json
import sys


def literal(data):
    """HW_VECTOR_BYTES("...") of bytes; a string of its own behind each hexadecimal escape."""
    out = []
    for byte in data:
        if byte in b'"\\?':
            out.append('\\' + chr(byte))
        elif 0x20 <= byte < 0x7F:
            out.append(chr(byte))
        else:
            out.append('\\%03o' % byte)
    return '{ (const uint8_t *)"%s", %d }' % (''.join(out), len(data))


def headers(expected):
    pairs = [(name, value) for name, values in expected['headers'].items() for value in values]
    return ''.join('\t\t{ %s, %s },\n' % (literal(n.encode()), literal(v.encode()))
                   for n, v in pairs)


def main(source, target):
    nothing = {'method': '', 'protocol': '', 'host': '', 'uri_path': '', 'status': '',
               'status_code': 0, 'headers': {}, 'content_length': 0}
    tables, rows = [], []
    for line in open(source, encoding='utf-8'):
        v = json.loads(line)
        e = v.get('expected') or nothing
        pairs = headers(e)
        where = 'NULL'
        if pairs:
            where = 'headers_%d' % len(rows)
            tables.append('static const struct hw_http_field %s[] = {\n%s};\n' % (where, pairs))
        nr = sum(len(values) for values in e['headers'].values())
        texts = ', '.join(literal(e[k].encode())
                          for k in ('method', 'protocol', 'host', 'uri_path', 'status'))
        rows.append('\t{ "%s", HW_HTTP_%s, %s, %d, %d, %s, %d, %dLL, %s, %d },\n' % (
            v['name'], v['kind'].upper(), literal(base64.b64decode(v['input_base64'])),
            bool(v['gate_any']), v['ok'], texts, e['status_code'], e['content_length'],
            where, nr))
    with open(target, 'w', encoding='ascii') as out:
        out.write(''.join(tables))
        out.write('static const struct vector vectors[] = {\n%s};\n' % ''.join(rows))


main(*sys.argv[1:])
