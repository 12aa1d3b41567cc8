# SPDX-License-Identifier: BSD-2-Clause
"""Group I: IP, fragments, tags and tunnels"""
import struct

import pytest
from frames import ETHERNET, ICMP, TCP, UDP, Talk, ethernet, ip, ip4, ip6, pcap, tcp, udp
from lab import ACK, PSH, SANITIZED, SYN, Capture, value

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"
ENDS = ("10.0.0.1", 40000, "192.0.2.9", 80)
START = 1_700_000_000 * 10**9


def request(number=1, ends=ENDS, **more):
    """A packet that is a whole connection as far as it was captured."""
    src, sport, dst, dport = ends
    return ip(src, dst, TCP, tcp(src, sport + number, dst, dport, 1, 1, PSH | ACK, GET % number), **more)


def file_of(packets, linktype=101):
    return pcap([(START + i * 10**6, *(p if isinstance(p, tuple) else (p,))) for i, p in enumerate(packets)], linktype)


def fragments(size=16, identity=7, number=1):
    """Of a request: (offset, bytes, more follow) in pieces of `size` bytes, and a function that makes one."""
    segment = request(number)[20:]
    cut = [(at, segment[at:at + size], at + size < len(segment)) for at in range(0, len(segment), size)]

    def make(at, data, more):
        return ip4("10.0.0.1", "192.0.2.9", TCP, data, identity=identity, fragment=at // 8 | (0x2000 if more else 0))
    return cut, make


@pytest.mark.parametrize("order", ["forwards", "backwards", "twice"])
def test_I01_fragments(run, order):
    """In order, reversed and doubled: the packet is put together, once."""
    cut, make = fragments()
    if order == "backwards":
        cut.reverse()
    if order == "twice":
        cut = [piece for piece in cut[:-1] for _ in range(2)] + cut[-1:]
    told = run(file_of([make(*piece) for piece in cut]))
    assert told.messages() == ["GET /1"]
    assert told.counted["notes"]["fragments_reassembled"] == 1


def test_I01_fragments_of_others(run, shared):
    """As captured by others."""
    told = run(shared / "corpus/pcaps/PcapPlusPlus/Tests__Pcap_Test__PcapExamples__frag_http_req.pcap")
    assert told.requests() and told.counted["notes"]["fragments_reassembled"] > 0


@pytest.mark.parametrize("other, conflicts", [(False, 0), (True, 1)])
def test_I02_overlapping_fragments(run, other, conflicts):
    """What agrees is one packet; of what contradicts the first holds, and it is counted."""
    cut, make = fragments(16)
    at, data, more = cut[1]
    decoy = (at, b"X" * len(data) if other else data, more)
    told = run(file_of([make(*cut[0]), make(*cut[1]), make(*decoy), *(make(*c) for c in cut[2:])]))
    assert told.messages() == ["GET /1"]
    assert told.counted["notes"]["fragment_conflicts"] == conflicts


@pytest.mark.parametrize("first, second", [((0, 36, True), (24, 4, False)), ((0, 8, True), (0, 65512, True)),
                                           ((65528, 100, False), (0, 8, True)), ((8, 8, False), (16, 8, True))],
                         ids=["teardrop", "covering", "ping-of-death", "behind-the-end"])
def test_I02_fragments_that_attack(run, first, second):
    """Teardrop, rose, the ping of death: counted, and the next packet is read."""
    _, make = fragments()
    packets = [make(at, b"x" * size, more) for at, size, more in (first, second)]
    assert run(file_of([*packets, request(2)])).messages() == ["GET /2"]


def test_I03_fragments_that_never_become_whole(run):
    """Of 65,535 packets the first fragment: bounded, the oldest given up, the next packet whole."""
    made = [fragments(16, identity) for identity in range(65535)]
    packets = [make(*cut[0]) for cut, make in made]
    cut, make = fragments(16, 65535, 5)
    told = run(file_of(packets + [make(*piece) for piece in cut]), "--max-memory", "4M")
    assert told.messages() == ["GET /5"]
    assert told.counted["notes"]["fragments_expired"] > 0
    assert SANITIZED or told.kib < 24 * 1024 + 4 * 1024


SIX = ("2001:db8::1", 40000, "2001:db8::2", 80)


def extension(kind_of_next, kind, length=0):
    return struct.pack(">BB", kind_of_next, length) + (b"\0" * 6 if kind != 44 else b"\0" * 6) + b"\0" * 8 * length


@pytest.mark.parametrize("headers", [[0], [60], [43], [44], [0, 60, 43, 44, 60], [60] * 7],
                         ids=lambda h: "-".join(map(str, h)))
def test_I04_extension_headers(run, headers):
    """Options, routing, an atomic fragment, in a row: what is behind them is read."""
    payload, kind = request(1, SIX)[40:], TCP
    for header in reversed(headers):
        payload, kind = extension(kind, header) + payload, header
    assert run(file_of([ip6(SIX[0], SIX[2], kind, payload)])).messages() == ["GET /1"]


@pytest.mark.parametrize("nr", [100, 1000, 7000])
def test_I04_very_many_extension_headers(run, nr):
    """A chain has an end somewhere: counted, and not walked for ever."""
    payload = request(1, SIX)[40:]
    for _ in range(nr):
        payload = extension(60 if payload[0] == 60 or _ else TCP, 60) + payload
    told = run(file_of([ip6(SIX[0], SIX[2], 60, payload)] * 100 + [request(2)]))
    assert told.messages()[-1:] == ["GET /2"]


def test_I04_extension_headers_that_lie(run):
    """Cut, and longer than their packet."""
    payload = request(1, SIX)[40:]
    bad = [ip6(SIX[0], SIX[2], 60, extension(TCP, 60, 255)[:60] + payload[:20]), ip6(SIX[0], SIX[2], 60, b"\6"),
           ip6(SIX[0], SIX[2], 44, b"\6\0\xff"), ip6(SIX[0], SIX[2], 0, b"")]
    told = run(file_of([*bad, request(2)]))
    assert told.messages() == ["GET /2"] and told.counted["packets"]["tcp"] == 1


@pytest.mark.parametrize("tags, found", [(["8100"], True), (["88a8", "8100"], True), (["9100", "8100"], True),
                                         (["8100"] * 3, True), (["8100"] * 50, False)], ids=lambda t: str(len(t)) if isinstance(t, list) else "")
def test_I05_tags(run, tags, found):
    """VLAN, QinQ and more are passed over up to a limit; above that the packet is counted."""
    tagged = ethernet(request(1), b"".join(bytes.fromhex(tag) + b"\0\5" for tag in tags))
    told = run(file_of([tagged, ethernet(request(2))], ETHERNET))
    assert told.messages() == ["GET /1"] * found + ["GET /2"]
    assert found or told.counted["packets"]["tcp"] == 1


def vxlan(inner):
    return ip4("1.1.1.1", "2.2.2.2", UDP, udp("1.1.1.1", 1, "2.2.2.2", 4789, b"\x08\0\0\0\0\0\5\0" + ethernet(inner)))


def geneve(inner):
    return ip4("1.1.1.1", "2.2.2.2", UDP, udp("1.1.1.1", 1, "2.2.2.2", 6081, b"\0\0\x65\x58\0\0\5\0" + ethernet(inner)))


TUNNELS = {
    "ipip": lambda p: ip4("1.1.1.1", "2.2.2.2", 4, p), "6in4": lambda p: ip4("1.1.1.1", "2.2.2.2", 41, p),
    "4in6": lambda p: ip6("fd00::1", "fd00::2", 4, p), "gre": lambda p: ip4("1.1.1.1", "2.2.2.2", 47, b"\0\0\x08\0" + p),
    "gre-key": lambda p: ip4("1.1.1.1", "2.2.2.2", 47, b"\x20\0\x08\0\0\0\0\7" + p), "vxlan": vxlan, "geneve": geneve,
    "gretap": lambda p: ip4("1.1.1.1", "2.2.2.2", 47, b"\0\0\x65\x58" + ethernet(p)),
}


@pytest.mark.parametrize("kind", TUNNELS)
def test_I06_tunnels(run, kind):
    """IP in IP of both versions, GRE, VXLAN and Geneve are looked into, unless that is not wanted."""
    inner = request(1, SIX) if kind == "6in4" else request(1)
    path = file_of([TUNNELS[kind](inner), request(2)])
    assert run(path).messages() == ["GET /1", "GET /2"]
    assert run(path, "--no-tunnels").messages() == ["GET /2"]


@pytest.mark.parametrize("kind", ["gtp", "teredo", "mpls", "pppoe", "erspan"])
def test_I06_other_tunnels(run, kind):
    """What is not promised is counted under its protocol, or looked into; nothing stops."""
    inner = request(1)
    packet = {
        "gtp": ethernet(ip4("1.1.1.1", "2.2.2.2", UDP, udp("1.1.1.1", 2152, "2.2.2.2", 2152, b"\x30\xff" + struct.pack(">HI", len(inner), 1) + inner))),
        "teredo": ethernet(ip4("1.1.1.1", "2.2.2.2", UDP, udp("1.1.1.1", 3544, "2.2.2.2", 3544, request(1, SIX)))),
        "mpls": b"\2" * 12 + b"\x88\x47" + b"\0\0\x11\x40" + inner, "pppoe": b"\2" * 12 + b"\x88\x64\x11\0\0\1" + struct.pack(">H", len(inner) + 2) + b"\0\x21" + inner,
        "erspan": ethernet(ip4("1.1.1.1", "2.2.2.2", 47, b"\x10\0\x88\xbe\0\0\0\0" + b"\x10\0\0\0\0\0\0\0" + ethernet(inner))),
    }[kind]
    told = run(file_of([packet, ethernet(request(2))], ETHERNET))
    assert told.messages()[-1] == "GET /2" and told.counted["packets"]["read"] == 2


@pytest.mark.parametrize("kind", ["ipip", "gre", "vxlan"])
def test_I07_tunnels_in_tunnels(run, kind):
    """A thousand levels, as many as fit: it ends at the limit, is counted, and nothing recurses."""
    packet, levels = request(1), 0
    while len(packet) < 60_000 and levels < 1000:
        packet, levels = TUNNELS[kind](packet), levels + 1
    told = run(file_of([packet] * 50 + [request(2)]))
    assert told.messages() == ["GET /2"]
    assert told.counted["packets"]["bad_tunnel"] == 50 and levels > 100


# A data frame to the distribution system, three addresses, then LLC and SNAP.
WIRELESS = b"\x08\1\0\0" + b"\2" * 18 + b"\0\0\xaa\xaa\3\0\0\0\x08\0"
LINKS = {
    "ethernet": (1, b"\2" * 12 + b"\x08\0"), "raw-12": (12, b""), "raw-14": (14, b""), "raw-101": (101, b""),
    "ipv4": (228, b""), "null": (0, b"\2\0\0\0"), "null-big": (0, b"\0\0\0\2"), "loop": (108, b"\0\0\0\2"),
    "sll": (113, b"\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0"), "sll2": (276, b"\x08\0\0\0\0\0\0\2\0\1\0\6\2\0\0\0\0\1\0\0"),
    "ppp": (9, b"\xff\x03\0\x21"), "nflog": (239, b"\2\0\0\0"), "802.11": (105, WIRELESS),
    "radiotap": (127, b"\0\0\x08\0\0\0\0\0" + WIRELESS),
}


@pytest.mark.parametrize("link", LINKS)
def test_I08_link_types(run, link):
    """Each is read."""
    linktype, head = LINKS[link]
    if link == "nflog":
        data = request(1)
        packet = head + struct.pack("<HH", 4 + len(data), 9) + data
    else:
        packet = head + request(1)
    assert run(file_of([packet] * 2, linktype)).messages() == ["GET /1"]


@pytest.mark.parametrize("linktype", [147, 192, 65535])
def test_I08_link_types_that_are_not_read(run, linktype):
    """Said once, by number, with exit code 1; counted packet by packet."""
    told = run(file_of([request(1)] * 3, linktype), code=1)
    assert told.messages() == [] and told.counted["packets"]["bad_linktype"] == 3
    assert told.said.count(b"packets of link type %d are not looked into" % linktype) == 1


def test_I09_packets_that_are_cut(run):
    """What a snapshot length cut off is a gap of that length; the next message is found."""
    capture = Capture()
    talk = Talk(capture)
    talk.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(5):
        talk.send(1, b"x" * 1000)
    talk.send(1, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
    cut = [(ns, data[:96], len(data)) for ns, data in capture.packets]
    told = run(pcap(cut, snaplen=96))
    assert told.messages() == ["200 OK", "404 No"]
    assert told.counted["notes"]["truncated"] == 5 and told.counted["tcp"]["gap_bytes"] == 5 * (1000 - 56)


def test_I10_padding(run):
    """What an Ethernet frame is filled up with is no data; an IP packet longer than its frame lies."""
    capture = Capture()
    talk = Talk(capture)
    for piece in (b"GE", b"T /", b"1 HTTP/1.1\r\n", b"Host: h\r\n\r\n"):
        talk.send(0, piece)
    padded = [(ns, ethernet(data).ljust(60, b"Z") + b"FCS!") for ns, data in capture.packets]
    assert run(pcap(padded, ETHERNET)).messages() == ["GET /1"]
    whole = request(2)
    longer = whole[:2] + struct.pack(">H", len(whole) + 100) + whole[4:]
    told = run(file_of([longer]), "--checksums", "off")
    assert told.messages() == [] and told.counted["packets"]["bad_ip"] == 1


@pytest.mark.parametrize("lie", [{"first": 0x44}, {"first": 0x40}, {"first": 0x05}, {"first": 0xF5}, {"first": 0x4F},
                                 {"total": 19}, {"total": 1}], ids=str)
def test_I11_headers_that_lie(run, lie):
    """A header below 20 bytes, of another version, or longer than its packet is counted as that."""
    bad = ip4("10.0.0.1", "192.0.2.9", TCP, b"", **lie)
    told = run(file_of([bad, bad[:10], request(2)]))
    assert told.messages() == ["GET /2"] and told.counted["packets"]["tcp"] == 1
    assert told.counted["packets"]["bad_ip"] + told.counted["packets"]["bad_link"] + told.counted["packets"]["not_ip"] == 2


def test_I12_sent_to_itself(run):
    """Source and destination are the same, port and all: one direction, no recursion."""
    packets = [ip4("10.0.0.1", "10.0.0.1", TCP, tcp("10.0.0.1", 80, "10.0.0.1", 80, 0, 0, SYN)),
               ip4("10.0.0.1", "10.0.0.1", TCP, tcp("10.0.0.1", 80, "10.0.0.1", 80, 1, 1, PSH | ACK, GET % 1)),
               ip4("10.0.0.1", "10.0.0.1", TCP, tcp("10.0.0.1", 80, "10.0.0.1", 80, 1 + len(GET % 1), 1, PSH | ACK, GET % 2))]
    assert run(file_of(packets)).messages() == ["GET /1", "GET /2"]


@pytest.mark.parametrize("way", ["each", "late", "tagged"])
def test_I13_captured_twice(run, capture, way):
    """On a mirror port, or on two interfaces: events once, the rest is counted as duplicate."""
    talk = Talk(capture)
    for i in range(5):
        talk.send(0, GET % i)
        talk.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc")
    packets = [(ns, ethernet(data)) for ns, data in capture.packets]
    again = [(ns + 1000, ethernet(data, b"\x81\0\0\5" if way == "tagged" else b"")) for ns, data in capture.packets]
    both = packets + again if way == "late" else [p for pair in zip(packets, again) for p in pair]
    told = run(pcap(both, ETHERNET))
    assert len(told.messages()) == 10 and told.counted["tcp"]["duplicate"] == told.counted["tcp"]["delivered"]


def test_I14_addresses_in_other_forms(run):
    """IPv4-mapped addresses, and flow labels that change, are one connection."""
    capture = Capture()
    talk = Talk(capture, client=("::ffff:10.0.0.1", 40000), server=("::ffff:192.0.2.9", 80))
    talk.send(0, b"GET /1 HT")
    talk.packet(0, PSH | ACK, b"TP/1.1\r\nHost: h\r\n\r\n", outer={"flow": 0x12345})
    told = run(capture)
    assert told.messages() == ["GET /1"] and told.counted["connections"]["seen"] == 1
    assert value(told.events[0], "src") == "10.0.0.1"


def test_I14_icmp_beside_it(run):
    """An ICMP error that quotes the connection does not touch it."""
    capture = Capture()
    talk = Talk(capture)
    capture.add(ip4("192.0.2.9", "10.0.0.1", ICMP, b"\x03\x01\0\0\0\0\0\0" + request(9)[:28]))
    talk.send(0, GET % 1)
    assert run(capture).messages() == ["GET /1"]
