# SPDX-License-Identifier: BSD-2-Clause
"""Group R: TCP streams that are late, doubled, holed, forged"""
import itertools
import random
import struct

import pytest
from frames import TCP, Talk, ip, ip4, pcap, tcp, udp
from lab import ACK, FIN, PSH, RST, SYN, Capture, value

GET = b"GET /%d HTTP/1.1\r\nHost: h\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: example.org\r\nX-Long: " + b"y" * 200 + b"\r\nContent-Length: 10\r\n\r\n0123456789"
TIME = b"\x08\x0a%b\0\0\0\0"  # RFC 7323: the option, without an echo


def time_option(ticks):
    return TIME % struct.pack(">I", ticks & 0xFFFFFFFF)


def pieces(message, nr):
    """(place, bytes) of `nr` about equal parts."""
    step = -(-len(message) // nr)
    return [(at, message[at:at + step]) for at in range(0, len(message), step)]


def send_pieces(talk, side, message, order):
    for at, piece in order:
        talk.data(side, piece, at)
    talk.sent(side, len(message))


def talk_from(capture, port, **more):
    return Talk(capture, client=("10.0.0.1", port), **more)


def told_alike(told):
    """What the messages say, without what tells the connections apart."""
    for event in told.events:
        event["httpwire"] |= {"frame": 0, "connection_id": ""}
    return [(value(e, "proto_http"), e["httpwire"]) for e in told.events]


def check_all_the_same(told, nr):
    found = told_alike(told)
    assert len(found) == nr and all(one == found[0] for one in found)


def test_R01_disorder(run, capture):
    """Segments in reverse and in random order give what order gives, on both sides."""
    rng = random.Random(1)
    for number in range(60):
        cut = pieces(POST, 8)
        if number == 1:
            cut.reverse()
        elif number > 1:
            rng.shuffle(cut)
        talk = talk_from(capture, 1000 + number)
        send_pieces(talk, number % 2, POST, cut)
    told = run(capture)
    check_all_the_same(told, 60)
    assert told.counted["tcp"]["delivered"] == 60 * len(POST)


@pytest.mark.parametrize("name", ["zeek/tcp__handshake-reorder.pcap", "zeek/http__m57-long-49583-80.pcap"])
def test_R01_of_others(run, shared, name):
    """The handshake or the data out of order, as captured by others: no byte is missed."""
    told = run(shared / "corpus" / "pcaps" / name)
    assert told.events and told.counted["tcp"]["pending"] == 0
    assert not [words for words in told.messages() if "[gap]" in words]


def test_R02_every_permutation(run, capture):
    """All 720 orders of a request in six segments give the same event."""
    for number, order in enumerate(itertools.permutations(pieces(POST, 6))):
        send_pieces(talk_from(capture, 1000 + number), 0, POST, order)
    told = run(capture)
    check_all_the_same(told, 720)
    assert not told_alike(told)[0][1]["anomalies"]


def test_R03_sent_again(run, capture):
    """An exact retransmission, of data, SYN and FIN, is counted and changes nothing."""
    talk = Talk(capture)
    talk.packet(0, SYN, seq=talk.seq[0] - 1)
    for _ in range(3):
        talk.data(0, GET % 1)
    talk.sent(0, len(GET % 1))
    for _ in range(2):
        talk.packet(0, FIN | ACK)
        talk.data(0, GET % 1, at=-len(GET % 1))
    told = run(capture)
    assert told.messages() == ["GET /1"]
    assert told.counted["tcp"]["duplicate"] + told.counted["tcp"]["refused"] == 4 * len(GET % 1)
    assert told.counted["connections"]["seen"] == 1


@pytest.mark.parametrize("order", [
    [(0, 100), (50, 150), (150, 999)], [(50, 150), (0, 100), (150, 999)],
    [(100, 150), (50, 200), (0, 100), (200, 999)], [(50, 200), (100, 150), (0, 60), (180, 999)],
    [(0, 100), (0, 200), (150, 999)], [(200, 999), (0, 999)]],
    ids=["right", "left", "covering", "inside", "longer", "all"])
def test_R04_overlap_with_the_same_bytes(run, capture, order):
    """Segments that overlap and agree are one stream."""
    talk = Talk(capture)
    send_pieces(talk, 0, POST, [(a, POST[a:b]) for a, b in order])
    told = run(capture)
    assert told.messages() == ["POST /form"]
    assert told.counted["tcp"]["delivered"] == len(POST)
    assert told.counted["tcp"]["overlap_conflicts"] == 0 and not told.events[0]["httpwire"]["anomalies"]


@pytest.mark.parametrize("first", [b"/good", b"/evil"])
@pytest.mark.parametrize("is_late", [False, True], ids=["before-a-hole", "in-order"])
def test_R05_overlap_with_other_bytes(run, capture, first, is_late):
    """The bytes that came first win, whichever they are; the event says that others came."""
    talk = Talk(capture)
    second = b"/evil" if first == b"/good" else b"/good"
    parts = [(0, b"GET "), (4, first), (4, second), (9, b" HTTP/1.1\r\nHost: h\r\n\r\n")]
    if not is_late:
        parts = parts[1:3] + parts[3:] + parts[:1]
    send_pieces(talk, 0, b"x" * 33, parts)
    told = run(capture)
    assert told.messages() == [f"GET {first.decode()}"]
    assert told.counted["tcp"]["overlap_conflicts"] == 1
    assert told.events[0]["httpwire"]["anomalies"] == ["overlap_conflict"]
    assert run(capture, "-e", "net_http_exchange").events[0]["httpwire"]["anomalies"] == ["overlap_conflict"]


def test_R05_never_mixed(run, capture):
    """Bytes of two contradicting segments are not mixed where one covers the other."""
    talk = Talk(capture)
    send_pieces(talk, 0, b"x" * 33, [(4, b"/aaaa HTTP/1.1\r\n"), (2, b"T /bbbb HTTP/1.1\r\nHost: h\r\n\r\n"),
                                    (0, b"GE")])
    told = run(capture)
    assert told.messages() == ["GET /aaaa"] and told.counted["tcp"]["overlap_conflicts"] == 1


@pytest.mark.parametrize("length", [9, 12, 20, 31])
def test_R05_a_decoy_that_the_message_covers(run, capture, length):
    """The message that the segment completes whose beginning differs says so itself."""
    decoy, real = b"GET /decoy HTTP/1.1\r\nHost: h\r\n\r\n", b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n"
    talk = Talk(capture)
    send_pieces(talk, 0, decoy, [(0, decoy[:length]), (0, real)])
    told = run(capture)
    assert told.counted["tcp"]["overlap_conflicts"] == 1
    assert told.events[0]["httpwire"]["anomalies"] == ["overlap_conflict"]


def test_R05_bytes_that_were_read_before(run, capture):
    """A head in progress is compared too, across its segments; a keep-alive probe is no conflict."""
    for port, (at, piece) in enumerate([(-7, b"e.org"), (-30, b"x" * 30), (-3, b"rg\n"), (-1, b"\0")]):
        talk = talk_from(capture, 1000 + port)
        talk.send(0, b"GET /1 HTTP/1.1\r\n")
        talk.send(0, b"Host: example.org\r\n")
        talk.data(0, piece, at)
        talk.data(0, b"\r\n")
    told = run(capture)
    assert told.messages() == ["GET /1"] * 4
    assert [e["httpwire"]["anomalies"] for e in told.events] == [[], ["overlap_conflict"], ["overlap_conflict"], []]


def test_R06_a_hole_that_is_acknowledged(run, capture):
    """What was acknowledged and is not here is a gap of known length; the next message is found."""
    talk = Talk(capture)
    talk.send(0, GET % 1)
    talk.seq[0] += len(GET % 2)
    for i in range(3, 80):
        talk.send(0, GET % i)
    told = run(capture)
    assert told.messages() == ["GET /1"] + [f"GET /{i}" for i in range(3, 80)]
    assert (told.counted["tcp"]["gaps"], told.counted["tcp"]["gap_bytes"]) == (1, len(GET % 2))


HEAD = b"HTTP/1.1 200 OK\r\nX-A: b\r\n"
HOLES = {
    "head": (HEAD[:20], HEAD[20:], [" [gap]"]),
    "fixed": (HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 300, b"x" * 700, [""]),
    "chunk": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + b"x" * 300, b"x" * 700 + b"\r\n0\r\n\r\n", [""]),
    "size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n3", b"e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n", [""]),
}


@pytest.mark.parametrize("place", HOLES)
def test_R07_holes_in_a_message(run, capture, place):
    """A hole in a head is told as one; behind one in a body of any framing the next message is found."""
    before, after, why = HOLES[place]
    talk = Talk(capture)
    talk.send(0, GET % 1 + GET % 2)
    talk.send(1, before)
    talk.seq[1] += min(100, len(after) // 2)
    talk.send(1, after[min(100, len(after) // 2):])
    talk.send(1, HEAD.replace(b"200 OK", b"404 No") + b"Content-Length: 0\r\n\r\n")
    talk.close(0)
    told = run(capture)
    assert told.messages()[2:] == ["200 OK" + why[0], "404 No"]
    assert told.counted["tcp"]["gap_bytes"] == min(100, len(after) // 2)
    exchange = run(capture, "-e", "net_http_exchange").events[0]
    assert value(exchange, "response")["incomplete"] == "gap"


def one_sided(capture):
    talk = Talk(capture, handshake=False)
    talk.data(0, GET % 1)
    talk.seq[0] += len(GET % 1) + 500
    return talk


def test_R07_a_hole_between_messages(run, capture):
    """What is left of a head that was lost is no garbage before the next one."""
    talk = Talk(capture)
    talk.send(0, GET % 1)
    talk.sent(0, 20)
    talk.send(0, b"rest: of it\r\n\r\n" + GET % 2)
    told = run(capture)
    assert told.messages() == ["GET /1", "GET /2"] and told.counted["tcp"]["gaps"] == 1
    assert [e["httpwire"]["anomalies"] for e in told.events] == [[], []]


def test_R08_a_hole_that_nobody_acknowledges_by_time(run, capture):
    """Without acknowledgements a hole is given up after some time, long before the end."""
    talk = one_sided(capture)
    talk.data(0, GET % 2)
    capture.now_ns += 11 * 10**9
    talk_from(capture, 7).send(0, GET % 3)
    told = run(capture)
    assert told.messages() == ["GET /1", "GET /2", "GET /3"]
    assert told.counted["tcp"]["gap_bytes"] == 500


def test_R08_a_hole_that_nobody_acknowledges_by_size(run, capture):
    """It is given up when what is held behind it reaches its limit: memory is bounded."""
    talk = one_sided(capture)
    for _ in range(100):
        talk.data(0, b"x" * 30000)
        talk.seq[0] += 30000
    talk.data(0, GET % 2)
    told = run(capture, "--max-memory", "8M")
    assert told.messages() == ["GET /1", "GET /2"]
    assert told.counted["tcp"]["delivered"] == 3_000_000 + 2 * len(GET % 1)


@pytest.mark.parametrize("first", [0, 1])
def test_R09_no_beginning(run, capture, first):
    """A connection is taken up at its first segment, in the middle of a body, on either side."""
    talk = Talk(capture, handshake=False)
    for side in (first, 1 - first):
        talk.send(side, b"the rest of some body, GET me, HTTP/1.1 \x00\x01\x02")
    talk.send(0, GET % 1)
    talk.send(1, OK)
    talk.send(0, GET % 2)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK", "GET /2"]
    assert all(e["httpwire"]["midstream"] for e in told.events)


def test_R10_one_side_only(run, capture):
    """Only what the client sends is captured: its requests are there, and nothing is made up."""
    whole = Capture()
    talk = Talk(whole)
    for i in range(5):
        talk.send(0, GET % i, cut=10)
        talk.send(1, OK)
    capture.packets = [p for p in whole.packets if p[1][12:16] == bytes([10, 0, 0, 1])]
    told = run(capture)
    assert told.messages() == [f"GET /{i}" for i in range(5)]
    assert told.counted["tcp"]["gaps"] == 0


@pytest.mark.parametrize("is_fast", [True, False], ids=["accepted", "not-accepted"])
@pytest.mark.parametrize("options", [b"", b"\x22\x0a12345678"], ids=["plain", "cookie"])
def test_R11_data_on_a_syn(run, capture, is_fast, options):
    """Data on a SYN counts once its receiver takes it; what it does not take is sent again."""
    talk = Talk(capture, handshake=False)
    talk.packet(0, SYN, GET % 1, options=options)
    talk.seq[0] += 1 + (len(GET % 1) if is_fast else 0)
    talk.packet(1, SYN | ACK)
    talk.seq[1] += 1
    talk.packet(0, ACK)
    if not is_fast:
        talk.send(0, GET % 1)
    talk.send(1, OK)
    talk.send(0, GET % 2)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK", "GET /2"]


@pytest.mark.parametrize("accepted", [0, 1])
def test_R12_another_syn(run, capture, accepted):
    """Of two SYNs with different numbers the one counts that the server accepts."""
    talk = Talk(capture, handshake=False)
    numbers = (1000, 900_000_000)
    for isn in numbers:
        talk.packet(0, SYN, seq=isn)
    talk.seq[0] = numbers[accepted] + 1
    talk.packet(1, SYN | ACK)
    talk.seq[1] += 1
    talk.packet(0, ACK)
    talk.send(0, GET % 1)
    talk.send(1, OK)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK"]


def handshake(talk, isn, server_isn):
    """Up to the server's SYN, which accepts that number."""
    talk.packet(0, SYN, seq=isn)
    talk.seq = [isn + 1, server_isn + 1]
    talk.packet(1, SYN | ACK, seq=server_isn)


def test_R12_the_newest_pair_counts(run, capture):
    """Of two pairs of SYN and its acceptance, each with numbers of its own, the newest wins."""
    talk = Talk(capture, handshake=False)
    handshake(talk, 1000, 5000)
    handshake(talk, 900_000_000, 3_000_000_000)
    talk.packet(0, ACK)
    talk.send(0, GET % 1)
    talk.send(1, OK)
    assert run(capture).messages() == ["GET /1", "200 OK"]


@pytest.mark.parametrize("answer", ["none", "challenge", "forged"])
@pytest.mark.parametrize("is_early", [True, False], ids=["before-data", "in-a-head"])
def test_R12_a_syn_in_a_connection(run, capture, answer, is_early):
    """A SYN with another number in a connection that stands, whoever answers it, puts nothing out of step (RFC 5961 4)."""
    talk = Talk(capture)
    cut = 0 if is_early else 9
    if cut:
        talk.send(0, (GET % 1)[:cut])
    talk.packet(0, SYN, seq=talk.seq[0] + 700_000_000)
    if answer == "challenge":
        talk.packet(1, ACK)
    if answer == "forged":
        talk.packet(1, SYN | ACK, seq=talk.seq[1] + 5, ack=talk.seq[0] + 7)
    talk.send(0, (GET % 1)[cut:])
    talk.send(1, OK)
    talk.send(0, GET % 2)
    assert run(capture).messages() == ["GET /1", "200 OK", "GET /2"]


@pytest.mark.parametrize("steps", [
    [(0, SYN), (1, ACK), (1, SYN), (0, ACK)], [(0, SYN), (1, SYN), (0, SYN | ACK), (1, ACK)],
    [(0, SYN), (1, ACK), (1, SYN), (0, SYN | ACK), (1, ACK)]], ids=["4-way", "simultaneous", "5-way"])
def test_R13_split_handshakes(run, capture, steps):
    """Whoever sends the first SYN is the client, in how many parts the other's answer comes."""
    talk = Talk(capture, handshake=False)
    done = [False, False]
    for side, flags in steps:
        talk.packet(side, flags, seq=talk.seq[side] - (1 if flags & SYN and done[side] else 0))
        if flags & SYN and not done[side]:
            talk.seq[side] += 1
            done[side] = True
    talk.send(0, GET % 1)
    talk.send(1, OK)
    talk.close(0)
    talk.close(1)
    assert run(capture).messages() == ["GET /1", "200 OK"]
    flows = run(capture, "-e", "flows", "--local", "10.0.0.0/8").events
    for event in flows:
        assert (value(event, "src"), value(event, "conn_direction")) == ("10.0.0.1", "outgoing")


@pytest.mark.parametrize("place", [2**30, -100_000, 2**31 - 1])
@pytest.mark.parametrize("flags", [RST, RST | ACK])
def test_R14_reset_out_of_the_window(run, capture, place, flags):
    """A reset that its receiver would not take ends nothing, and is counted."""
    talk = Talk(capture)
    talk.send(0, b"GET /1 HTTP/1.1\r\n")
    talk.packet(1, flags, seq=talk.seq[1] + place)
    talk.packet(0, flags, seq=talk.seq[0] + place)
    talk.send(0, b"Host: h\r\n\r\n")
    talk.send(1, OK)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK"]
    assert told.counted["tcp"]["rst_ignored"] == 2 and told.counted["connections"]["reset"] == 0


@pytest.mark.parametrize("sender", [0, 1])
def test_R15_data_behind_a_reset(run, capture, sender):
    """A reset ends the connection; what is in flight behind it is counted and no message."""
    talk = Talk(capture)
    talk.send(0, GET % 1)
    talk.packet(sender, RST | ACK)
    talk.data(1 - sender, GET % 2 if sender else OK)
    talk.packet(0, RST)
    told = run(capture)
    assert told.messages() == ["GET /1"]
    assert told.counted["connections"]["reset"] == 1 and told.counted["tcp"]["refused"] > 0


def test_R15_reset_in_a_head(run, capture):
    """A head that a reset cuts is told with that reason."""
    talk = Talk(capture)
    talk.send(0, b"GET /1 HTTP/1.1\r\nX: y")
    talk.packet(1, RST | ACK)
    assert run(capture).messages() == ["GET /1 [reset]"]


def test_R16_reset_with_a_signature(run, capture):
    """A reset with an MD5 option on a connection without one is dropped by its receiver (RFC 2385)."""
    talk = Talk(capture)
    talk.packet(0, RST, options=b"\x13\x12" + b"m" * 16)
    talk.send(0, GET % 1)
    talk.send(1, OK)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK"] and told.counted["tcp"]["rst_ignored"] == 1


def test_R16_reset_of_a_syn_with_a_wrong_acknowledgement(run, capture):
    """What refuses a SYN must acknowledge it (RFC 9293 3.10.7.3)."""
    talk = Talk(capture, handshake=False)
    talk.packet(0, SYN)
    talk.seq[0] += 1
    talk.packet(1, RST | ACK, seq=0, ack=talk.seq[0] + 70_000)
    talk.packet(1, SYN | ACK)
    talk.seq[1] += 1
    talk.packet(0, ACK)
    talk.send(0, GET % 1)
    talk.send(1, OK)
    assert run(capture).messages() == ["GET /1", "200 OK"]


def test_R17_fin_before_its_data(run, capture):
    """A FIN that comes early waits for the data before it."""
    talk = Talk(capture)
    talk.packet(0, FIN | ACK, seq=talk.seq[0] + len(GET % 1))
    talk.data(0, GET % 1)
    assert run(capture).messages() == ["GET /1"]


def test_R17_fin_that_is_lost(run, capture):
    """Without a FIN the end of the capture ends it; a new connection of the ports begins anew."""
    for number in (1, 2):
        talk = Talk(capture, isn=(number * 10**8, number * 10**9))
        talk.send(0, GET % number)
        talk.send(1, OK)
    assert run(capture).messages() == ["GET /1", "200 OK", "GET /2", "200 OK"]


def test_R17_data_behind_a_fin(run, capture):
    """What follows a FIN its receiver would refuse, and so do we."""
    talk = Talk(capture)
    talk.send(0, GET % 1)
    talk.close(0)
    talk.data(0, GET % 2)
    talk.send(1, OK)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK"] and told.counted["tcp"]["refused"] == len(GET % 2)


@pytest.mark.parametrize("sender", [0, 1])
def test_R17_a_fin_of_somebody_else(run, capture, sender):
    """Its sender goes on in its place, so its receiver never had it: nothing is hidden behind it."""
    talk = Talk(capture)
    talk.packet(sender, FIN | ACK)
    talk.send(0, GET % 1)
    talk.send(1, OK)
    talk.send(0, GET % 2)
    talk.send(1, OK)
    told = run(capture)
    assert sorted(told.messages()) == ["200 OK", "200 OK", "GET /1", "GET /2"] and told.counted["tcp"]["refused"] == 0


def test_R17_a_fin_behind_the_real_one(run, capture):
    """Beyond a hole, so that it waits: a receiver comes to the real one first, which ends the body."""
    talk = Talk(capture)
    talk.send(0, GET % 1)
    head = b"HTTP/1.0 200 OK\r\n\r\n"
    talk.packet(1, FIN | ACK, b"forged", seq=talk.seq[1] + len(head) + 5 + 100)
    talk.send(1, head + b"hello")
    talk.close(1)
    talk.close(0)
    told, = run(capture, "-e", "net_http_exchange").events
    said = {field["name"]: field["value"] for field in told["args"]}
    assert said["end"] == "complete" and said["response"]["body_size"] == 5


def test_R17_half_closed(run, capture):
    """The client closes at once; the response goes on for long and ends with the server's FIN."""
    talk = Talk(capture)
    talk.send(0, GET % 1)
    talk.close(0)
    talk.send(1, b"HTTP/1.0 200 OK\r\n\r\n")
    for _ in range(100):
        capture.now_ns += 10**9
        talk.send(1, OK + b"x" * 1000)
    talk.close(1)
    told = run(capture)
    assert told.messages() == ["GET /1", "200 OK"]
    assert told.counted["tcp"]["refused"] == 0


def with_a_decoy(capture, **decoy):
    """A segment that the receiver drops, before the real one of the same place."""
    talk = Talk(capture)
    talk.data(0, b"GET /evil HTTP/1.1\r\nHost: h\r\n\r\n", **decoy)
    talk.send(0, b"GET /good HTTP/1.1\r\nHost: h\r\n\r\n")
    talk.send(1, OK)


def test_R18_wrong_checksum(run, capture):
    """A segment with a wrong checksum, of a host whose others are right, is dropped and counted."""
    with_a_decoy(capture, checksum_off_by=0x1111)
    told = run(capture)
    assert told.messages() == ["GET /good", "200 OK"] and told.counted["packets"]["bad_checksum"] == 1
    told = run(capture, "--checksums", "off")
    assert told.messages() == ["GET /evil", "200 OK"] and told.counted["packets"]["bad_checksum"] == 0


def test_R19_checksums_left_to_the_card(run, capture):
    """All that one host sends is wrong: its card fills them in. It is taken, and said."""
    talk = Talk(capture, handshake=False)
    send = talk.packet

    def outgoing_are_wrong(side, flags, payload=b"", **more):
        send(side, flags, payload, checksum_off_by=0 if side else 0x2222, **more)
    talk.packet = outgoing_are_wrong
    talk.packet(0, SYN)
    talk.seq[0] += 1
    talk.packet(1, SYN | ACK)
    talk.seq[1] += 1
    for i in range(3):
        talk.send(0, GET % i)
        talk.send(1, OK)
    told = run(capture)
    assert told.messages() == [f"GET /{i // 2}" if i % 2 == 0 else "200 OK" for i in range(6)]
    assert told.counted["notes"]["checksum_ignored"] > 0
    assert run(capture, "--checksums", "on").requests() == []


def test_R20_short_lived_decoy(run, capture):
    """A decoy with a low TTL cannot be told from data: the first wins, as in R05, and it is said."""
    talk = Talk(capture)
    talk.data(0, b"GET /evil", outer={"ttl": 1})
    talk.data(0, b"GET /good")
    talk.sent(0, 9)
    talk.send(0, b" HTTP/1.1\r\nHost: h\r\n\r\n")
    told = run(capture)
    assert told.messages() == ["GET /evil"]
    assert told.events[0]["httpwire"]["anomalies"] == ["overlap_conflict"]


@pytest.mark.parametrize("now, old", [(10_000, 5_000), (100, 2**32 - 5_000)], ids=["plain", "wrapped"])
def test_R21_timestamp_of_the_past(run, capture, now, old):
    """A segment with an old timestamp is dropped by its receiver (RFC 7323 5)."""
    talk = Talk(capture, handshake=False)
    talk.packet(0, SYN, options=time_option(now))
    talk.seq[0] += 1
    talk.packet(1, SYN | ACK, options=time_option(1))
    talk.seq[1] += 1
    talk.packet(0, ACK, options=time_option(now + 1))
    talk.data(0, b"GET ", options=time_option(now + 2))
    talk.sent(0, 4)
    talk.data(0, b"/evil HTTP/1.1\r\nHost: h\r\n\r\n", options=time_option(old))
    talk.data(0, b"/good HTTP/1.1\r\nHost: h\r\n\r\n", options=time_option(now + 3))
    told = run(capture)
    assert told.messages() == ["GET /good"] and told.counted["tcp"]["refused"] > 0


@pytest.mark.parametrize("before", [1, 10, 100, 250])
def test_R22_numbers_that_wrap(run, capture, before):
    """Sequence numbers wrap in the middle of a message, in order and out of it."""
    for number in range(4):
        talk = talk_from(capture, 1000 + number, isn=(2**32 - before, 2**32 - before))
        cut = pieces(POST, 20)
        if number > 1:
            cut.reverse()
        send_pieces(talk, number % 2, POST, cut)
    check_all_the_same(run(capture), 4)


def test_R23_probes(run, capture):
    """Keep-alive and window probes repeat a byte or have one too many; none gets into a message."""
    talk = Talk(capture)
    talk.send(0, b"GET /1 HTTP/1.1\r\nX: ab")
    for _ in range(5):
        talk.packet(0, ACK, seq=talk.seq[0] - 1)
        talk.packet(0, ACK, b"\0", seq=talk.seq[0] - 1)
        talk.packet(1, ACK, window=0)
    for _ in range(5):
        talk.data(0, b"c")  # a window probe: the next byte, for a window of zero
    talk.send(0, b"cd\r\nHost: h\r\n\r\n")
    told = run(capture)
    assert told.messages() == ["GET /1"]
    assert value(told.events[0], "proto_http")["headers"]["X"] == ["abcd"]
    assert told.counted["tcp"]["duplicate"] == 5 + 5


@pytest.mark.parametrize("urgent, message", [
    (8, "GET /abd"), (9, "GET /abX"), (10, "GET /abXd"), (0xFFFF, "GET /abXd"), (0, "ET /abXd"), (1, "ET /abXd")])
def test_R24_urgent_data(run, capture, urgent, message):
    """The byte before the one that the pointer names is left out, as by a socket; that there was one is told."""
    first = b"GET /abXd"
    talk = Talk(capture)
    talk.packet(0, PSH | ACK | 0x20, first, urgent=urgent)
    talk.sent(0, len(first))
    talk.send(0, b" HTTP/1.1\r\nHost: h\r\n\r\n")
    told = run(capture)
    assert told.messages() == [message] and told.counted["tcp"]["urgent"] == (urgent <= len(first))
    assert told.events[0]["httpwire"]["anomalies"] == ["overlap_conflict"]


def test_R24_urgent_data_that_is_to_come(run, capture):
    """Its receiver leaves a byte out of the next segment, which nothing in that says."""
    talk = Talk(capture)
    talk.packet(0, ACK | 0x20, urgent=7)
    talk.send(0, GET % 1)
    assert run(capture).events[0]["httpwire"]["anomalies"] == ["overlap_conflict"]


@pytest.mark.parametrize("ending", ["fin", "reset", "nothing"])
def test_R25_ports_again(run, capture, ending):
    """The same ports again within a second: two connections, and no byte is mixed."""
    for number in range(4):
        talk = Talk(capture, isn=(number * 3_000_000 * 7 + 5, number * 99_000_000))
        talk.send(0, GET % number)
        talk.send(0, b"GET /%d-half" % number)
        if ending == "fin":
            talk.close(0)
            talk.close(1)
        elif ending == "reset":
            talk.packet(0, RST | ACK)
    told = run(capture)
    assert [words.split(" [")[0] for words in told.messages()] == [
        f"GET /{n}{half}" for n in range(4) for half in ("", "-half")]
    assert told.counted["connections"]["seen"] == 4
    assert len({e["httpwire"]["connection_id"] for e in told.events}) == 4


@pytest.mark.parametrize("words", [0, 4, 15])
def test_R26_data_offset_that_lies(run, capture, words):
    """A header below 20 bytes or past its packet is not decoded, and counted with that reason."""
    ends = ("10.0.0.1", 40000, "192.0.2.9", 80)
    capture.add(ip("10.0.0.1", "192.0.2.9", TCP, tcp(*ends, 1, 1, ACK, b"GET /", words=words)))
    for length in range(20):
        capture.add(ip("10.0.0.1", "192.0.2.9", TCP, tcp(*ends, 1, 1, ACK)[:length]))
    Talk(capture).send(0, GET % 1)
    told = run(capture)
    assert told.messages() == ["GET /1"] and told.counted["packets"]["bad_transport"] == 21


@pytest.mark.parametrize("options", [b"\x02\0", b"\x08\x0a\0", b"\x03", b"\xff\xff" * 20, b"\x05\x01" * 20,
                                     b"\x01" * 40, b"\x08\x01\x08\x0a\0\0\0\0", b"\x22\x02" * 20])
def test_R26_options_that_lie(run, capture, options):
    """An option of length 0, cut or longer than the header: the walk ends, the data counts."""
    talk = Talk(capture)
    talk.data(0, GET % 1, options=options)
    talk.sent(0, len(GET % 1))
    assert run(capture).messages() == ["GET /1"]


def test_R27_far_ahead(run, capture):
    """Data up to a gigabyte ahead, as a scaled window allows, takes bounded memory."""
    talk = Talk(capture, handshake=False)
    talk.packet(0, SYN, options=b"\3\3\x0e\1")
    talk.seq[0] += 1
    talk.packet(1, SYN | ACK, options=b"\3\3\x0e\1")
    talk.seq[1] += 1
    talk.send(0, b"GET /1 HTTP/1.1\r\n")
    for i in range(1000):
        talk.data(0, b"x" * 1000, at=100_000 + i * 1_000_000)
        talk.packet(1, ACK)
    talk.send(0, b"Host: h\r\n\r\n")
    told = run(capture, "--max-memory", "4M")
    assert told.messages()[0] == "GET /1"
    assert told.counted["tcp"]["over_limit"] + told.counted["tcp"]["delivered"] + \
        told.counted["tcp"]["refused"] == told.counted["tcp"]["bytes"]
    assert told.counted["tcp"]["over_limit"] > 0


@pytest.mark.parametrize("size, total", [(65000, None), (200_000, 0)], ids=["64K", "BIG-TCP"])
def test_R28_super_segments(run, capture, size, total):
    """What GRO and TSO put together: up to 64 KiB, or with a length of 0 as much as was captured."""
    talk = Talk(capture)
    talk.send(0, b"POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % size)
    source, target = talk.ends
    segment = tcp(*source, *target, talk.seq[0], talk.seq[1], PSH | ACK, b"x" * size + GET % 2)
    capture.add(ip4(source[0], target[0], TCP, segment, total=total))
    assert run(capture, "--checksums", "off").messages() == ["POST /1", "GET /2"]


def test_R29_a_byte_a_segment(run, capture):
    """100 kB in segments of one byte give the event that one segment gives, in linear time."""
    message = b"GET /1 HTTP/1.1\r\nHost: h\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"
    whole = Capture()
    talk = Talk(whole)
    for at, piece in pieces(message, 3):
        talk.data(0, piece, at)
    talk = Talk(capture)
    for at in range(len(message)):
        talk.data(0, message[at:at + 1], at)
    told = run(capture)
    assert told_alike(told) == told_alike(run(whole))
    assert told.cpu_s < 1


def test_R30_acknowledgements_that_cannot_be(run, capture):
    """An acknowledgement of what was never sent, or of the wrong side, makes no gap."""
    talk = Talk(capture, handshake=False)
    talk.packet(0, SYN)
    talk.seq[0] += 1
    talk.packet(0, ACK, ack=12345)
    talk.packet(1, SYN | ACK, ack=99)
    talk.packet(1, SYN | ACK)
    talk.seq[1] += 1
    talk.packet(1, ACK, ack=talk.seq[0] + 2**29)
    talk.packet(1, ACK, ack=talk.seq[0] - 2**29)
    send_pieces(talk, 0, POST, pieces(POST, 5)[::-1])
    talk.packet(1, ACK, ack=talk.seq[0] + 2**29)
    talk.send(1, OK)
    told = run(capture)
    assert told.messages() == ["POST /form", "200 OK"] and told.counted["tcp"]["gaps"] == 0


@pytest.mark.parametrize("decoy", [
    {"flags": PSH}, {"flags": FIN}, {"flags": PSH | ACK, "back": 65537}, {"flags": FIN | ACK, "back": 2**30},
    {"flags": SYN | ACK}, {"flags": SYN | ACK, "at": -1}, {"flags": SYN | FIN, "at": -1}],
    ids=["without", "without and FIN", "old", "old and FIN", "another SYN-ACK", "SYN-ACK again", "SYN and FIN"])
def test_R30_decoys_that_every_receiver_drops(run, capture, decoy):
    """A segment that Linux drops for its acknowledgement or its SYN hides nothing that follows it."""
    talk = Talk(capture)
    talk.packet(0, decoy["flags"], b"GET /evil HTTP/1.1\r\nHost: h\r\n\r\n", ack=talk.seq[1] - decoy.get("back", 0),
                seq=talk.seq[0] + decoy.get("at", 0))
    talk.send(0, b"GET /good HTTP/1.1\r\nHost: h\r\n\r\n")
    talk.send(1, OK)
    told = run(capture)
    assert told.messages() == ["GET /good", "200 OK"] and told.counted["tcp"]["refused"] > 0


def test_R30_a_stranger_in_the_connection(run):
    """What is not TCP with the same ports does not touch it."""
    capture = Capture()
    talk = Talk(capture)
    capture.add(ip("10.0.0.1", "192.0.2.9", 17, udp("10.0.0.1", 40000, "192.0.2.9", 80, GET % 9)))
    talk.send(0, GET % 1)
    assert run(pcap(capture.packets)).messages() == ["GET /1"]
