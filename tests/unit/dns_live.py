# SPDX-License-Identifier: BSD-2-Clause
"""Make a C table of live.pcap's DNS packets and what Tracee prints for them.

dns_live.py live.pcap live.dns.jsonl live.dns_request.jsonl live.dns_response.jsonl OUT.h
"""
import json
import struct
import sys


def packets(path):
    """Number, protocol, ports and payload of the IPv4 packets of an Ethernet capture."""
    with open(path, 'rb') as file:
        data = file.read()
    at, number = 24, 0
    while at < len(data):
        length = struct.unpack_from('<I', data, at + 8)[0]
        frame, at, number = data[at + 16:at + 16 + length], at + 16 + length, number + 1
        if frame[12:14] != b'\x08\x00':
            continue
        ip = frame[14:14 + struct.unpack_from('>H', frame, 16)[0]]
        segment = ip[(ip[0] & 15) * 4:]
        header = 8 if ip[9] == 17 else (segment[12] >> 4) * 4 if ip[9] == 6 else len(segment)
        if len(segment) >= 4:
            yield number, ip[9], struct.unpack_from('>HH', segment), segment[header:]


def expected(path):
    """The last argument's value of each event, as it stands in the file, by packet."""
    texts = {}
    with open(path) as file:
        for line in file:
            name = json.loads(line)['args'][-1]['name']
            start = line.index('"value":', line.index('"name":"%s"' % name)) + len('"value":')
            texts[json.loads(line)['packet']] = line.rstrip('\n')[start:-len('}]}')]
    return texts


def literal(data):
    return '"%s"' % ''.join('\\%03o' % byte for byte in data)


def main(capture, all_path, request_path, response_path, target):
    messages, requests, responses = (expected(p) for p in (all_path, request_path, response_path))
    with open(target, 'w') as out:
        out.write('static const struct live_message live_messages[] = {\n')
        for number, protocol, ports, payload in packets(capture):
            if protocol != 17 or 53 not in ports:
                continue
            texts = [json.dumps(t.get(number, '')) for t in (messages, requests, responses)]
            out.write('{ %d, { (const uint8_t *)%s, %d },\n%s,\n%s,\n%s },\n'
                      % (number, literal(payload), len(payload), *texts))
        out.write('};\n\nstatic const struct live_segment live_segments[] = {\n')
        for number, protocol, ports, payload in packets(capture):
            if protocol == 6 and 53 in ports and payload:
                out.write('{ %d, { (const uint8_t *)%s, %d } },\n'
                          % (ports[0] == 53, literal(payload), len(payload)))
        out.write('};\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
