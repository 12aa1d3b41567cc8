# SPDX-License-Identifier: BSD-2-Clause
"""What tells connections apart: the socket's own addresses, whatever the packets say"""
import re
import shutil
import subprocess

import pytest
from lab import value
from live import PYTHON, curl, free_port, http, is_egress, is_request, of_port, watching
from test_load import nginx, two_hosts

SERVER = """
import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", 8888))
s.listen()
"""

ANSWER = """
    a, _ = s.accept()
    a.recv(1000)
    a.sendall(b"HTTP/1.1 204 No Content\\r\\n\\r\\n")
    c.recv(1000)
"""

TRANSLATED = SERVER + """
c = socket.create_connection(("127.0.0.1", 9999))
for i in range(1):
    c.sendall(b"GET /translated HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
""" + ANSWER


def alone(script, *words):
    subprocess.run(["unshare", "--net", "sh", "-ec", f"ip link set lo up; {script}; exec \"$@\"", "sh", *words],
                   check=True, timeout=20)


RULES = ("nft add table ip nat; "
         "nft 'add chain ip nat output { type nat hook output priority -100; }'; "
         "nft add rule ip nat output tcp dport 9999 dnat to 127.0.0.1:8888")


def test_behind_destination_nat():
    """The client's packets go to port 9999 and are answered from it; the server has 8888."""
    if not shutil.which("nft"):
        pytest.skip("no nft")
    with watching("--comm", "python3") as w:
        alone(RULES, PYTHON, "-c", TRANSLATED)
        w.wait_for_lines(4)
    found = [e for e in w.events if value(e, "src_port") in (8888, 9999) or value(e, "dst_port") in (8888, 9999)]
    told = sorted((value(e, "dst_port" if is_request(e) else "src_port"), is_request(e), is_egress(e))
                  for e in found)
    assert told == [(8888, False, True), (8888, True, False), (9999, False, False), (9999, True, True)]
    assert {e["httpwire"]["midstream"] for e in found} == {False}
    assert {http(e)["uri_path"] or http(e)["status"] for e in found} == {"/translated", "204 No Content"}


def test_the_handshake_behind_destination_nat():
    """The SYN-ACK has been translated back when it passes its listener: it is of the same connection."""
    if not shutil.which("nft"):
        pytest.skip("no nft")
    with watching("--comm", "python3", "-e", "flows,exchanges") as w:
        alone(RULES, PYTHON, "-c", TRANSLATED + "c.close()\na.close()\n")
        w.wait_for_lines(6)
    found = [e for e in w.events if value(e, "dst_port") in (8888, 9999)]
    told = sorted((e["eventName"], value(e, "dst_port")) for e in found)
    assert told == [(name, port) for name in ("net_flow_tcp_begin", "net_flow_tcp_end", "net_http_exchange") for port in (8888, 9999)]
    assert all(value(e, "time")["connect"] > 0 for e in found if e["eventName"] == "net_http_exchange")


# The client's last ACK of the handshake waits for data, which then comes to the listener.
WITH_THE_THIRD = SERVER + """
c = socket.socket()
c.setsockopt(socket.IPPROTO_TCP, 9, 1) # TCP_DEFER_ACCEPT
c.connect(("127.0.0.1", 8888))
for i in range(1):
    c.sendall(b"GET /early HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
""" + ANSWER


def test_data_with_the_third_packet():
    with watching("--comm", "python3", "-e", "net_packet_http") as w:
        alone("true", PYTHON, "-c", WITH_THE_THIRD)
        w.wait_for_lines(4)
    found = of_port(w.events, 8888)
    assert sorted((is_request(e), is_egress(e)) for e in found) == [
        (False, False), (False, True), (True, False), (True, True)]
    assert len({e["httpwire"]["connection_id"] for e in found}) == 1
    assert {e["httpwire"]["owner"] for e in found} == {"exact"}
    assert 0 not in {e["httpwire"]["socket_cookie"] for e in found}


def test_a_body_of_more_than_4_gib(tmp_path):
    """And what comes behind it on the same connection."""
    port = free_port()
    length = (4 << 30) + 123456
    with nginx(tmp_path, "127.0.0.1", port), watching("--comm", "curl") as w:
        with open(tmp_path / "huge", "wb") as f:
            f.truncate(length)
        curl("-o", "/dev/null", f"http://127.0.0.1:{port}/huge", "-o", "/dev/null",
             f"http://127.0.0.1:{port}/small", seconds=120)
        w.wait_for_lines(4)
    found = of_port(w.events, port)
    assert [(http(e)["uri_path"], http(e)["content_length"]) for e in found] == [
        ("/huge", 0), ("", length), ("/small", 0), ("", 6)]
    assert len({value(e, "src_port") for e in found if is_request(e)}) == 1
    assert w.counted["packets"]["bytes"] < length / 2


@pytest.mark.parametrize("body", ["big", "chunked"])
def test_retransmissions_into_what_is_left_out(tmp_path, body):
    """A cable that drops what is too fast: the events are those of a whole capture."""
    with two_hosts("200mbit", burst="16k", latency="1ms") as (server, client):
        with nginx(tmp_path, "192.0.2.1", 8080, server), watching() as gated, \
                watching("--no-gate", "--buffer", "256M") as whole:
            urls = [word for i in range(5) for path in (body, "small")
                    for word in ("-o", "/dev/null", f"http://192.0.2.1:8080/{path}?id=0-{i}")]
            subprocess.run([*client, "curl", "-s", *urls], check=True, timeout=60)
            for w in (gated, whole):
                w.wait_for(lambda w=w: w.printed().count(b"\n") >= 40)
        sent_again = subprocess.run([*server, "cat", "/proc/net/snmp"], capture_output=True, check=True).stdout
    assert int(re.findall(rb"^Tcp: .*$", sent_again, re.M)[1].split()[12]) > 0, "nothing was lost on the way"

    def told(events):
        return [(is_egress(e), http(e)["uri_path"], http(e)["status"], http(e)["content_length"],
                 e["httpwire"]["query"], e["httpwire"]["incomplete"]) for e in of_port(events, 8080)]

    assert len(told(gated.events)) == 40
    assert sorted(told(gated.events)) == sorted(told(whole.events))
    assert gated.counted["live"]["packets_skipped"] > 100
