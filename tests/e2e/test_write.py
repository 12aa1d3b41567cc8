# SPDX-License-Identifier: BSD-2-Clause
"""-w: packets of what was shown, for Wireshark; files that rotate and are moved away"""
import gzip
import os
import re
import resource
import shutil
import signal
import stat
import struct
import subprocess
import time

import pytest
from lab import (DATA, HTTPWIRE, ROOT, Capture, Connection, check_accounts, checksum, events, httpwire,
                 statistics, tshark_fields, value)
from live import Watch, curl, watching

WEB = ROOT / "examples" / "web.pcap"


def told(found):
    return [(value(e, "src"), value(e, "src_port"), value(e, "proto_http")) for e in found]


def test_of_a_file_the_packets_of_the_connections_shown(tmp_path):
    out = tmp_path / "out.pcapng"
    shown = events("-q", "-r", WEB, "-w", out, "-c", 4)
    assert told(events("-r", out))[:4] == told(shown)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    # All packets of these connections so far, handshakes too; none of others.
    ports = {value(e, "src_port") for e in shown}
    original = [p for p in tshark_fields(WEB, "frame.time_epoch", "tcp.srcport", "tcp.len") if int(p[1]) in ports |
                {value(e, "dst_port") for e in shown}]
    written = tshark_fields(out, "frame.time_epoch", "tcp.srcport", "tcp.len")
    assert [float(p[0]) for p in written] == [float(p[0]) for p in original[:len(written)]]
    assert len(written) >= 4 + 3


def test_everything_is_written_when_everything_is_shown(tmp_path):
    out = tmp_path / "out.pcapng"
    shown = events("-q", "-r", WEB, "-w", out)
    assert told(events("-r", out)) == told(shown)
    assert len(tshark_fields(out, "frame.number")) == len(tshark_fields(WEB, "frame.number"))


def fragments(packet, ident, size=64):
    """An IPv4 packet as its sender's router cuts it."""
    head, body = packet[:20], packet[20:]
    for at in range(0, len(body), size):
        more = 0x2000 * (at + size < len(body))
        part = struct.pack(">BBHHH", 0x45, 0, 20 + len(body[at:at + size]), ident, more | at // 8) + head[8:10]
        part += b"\0\0" + head[12:]
        yield part[:10] + struct.pack(">H", checksum(part)) + part[12:] + body[at:at + size]


def in_fragments(packets, reverse):
    """Each as its fragments, which the capture may have last to first."""
    out = Capture()
    for ident, (_, packet) in enumerate(packets, 1):
        for part in list(fragments(packet, ident))[::-1 if reverse else 1]:
            out.add(part)
    return out


@pytest.mark.parametrize("reverse", [False, True])
def test_packets_that_came_in_fragments_are_written_whole(tmp_path, reverse):
    capture = Capture()
    c, other = Connection(capture), Connection(capture, client=("10.0.0.2", 40000))
    for i in range(3):
        for each, path in (c, "shown"), (other, "other"):
            each.send(0, f"GET /{path}{i} HTTP/1.1\r\nHost: {'h' * 200}\r\n\r\n".encode())
            each.send(1, f"HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n{path * 60}".encode())
    cut = in_fragments(capture.packets, reverse)
    own = [p for _, p in cut.packets if b"\x0a\x00\x00\x01" in p[12:20]]
    path = cut.write(tmp_path / "in.pcap")
    out = tmp_path / "out.pcapng"
    shown = events("-q", "-r", path, "-w", out, "-e", "net_http_exchange", "-Y", "ip.addr == 10.0.0.1")
    assert [value(e, "request")["path"] for e in shown] == ["/shown0", "/shown1", "/shown2"]
    again = events("-q", "-r", out, "-e", "net_http_exchange")
    assert [value(e, "time") for e in again] == [value(e, "time") for e in shown]
    counted = statistics(httpwire("-q", "-r", out, "-o", "none", "--stats", "json").stderr)["packets"]
    assert counted["read"] == len(own) and counted["fragments_held"] > len(own) / 2


def test_wireshark_shows_who_it_was(server, tmp_path):
    out = tmp_path / "out.pcapng"
    with watching("-w", out) as w:
        client, _ = curl(f"http://127.0.0.1:{server[1]}/", f"http://127.0.0.1:{server[1]}/big")
        w.wait_for_lines(8)
    assert b"secrets" in w.said()
    comments = [c[0] for c in tshark_fields(out, "frame.comment")]
    pids = {re.search(r"process.pid=(\d+)", c)[1] for c in comments}
    assert pids == {str(client), str(server[0].pid)}
    assert any("process.name=curl" in c and "process.exe=/usr/bin/curl" in c and "owner=exact" in c
               for c in comments)
    requests = tshark_fields(out, "http.request.uri", "frame.comment", only="http.request")
    assert [r[0] for r in requests].count("/big") == 1 # the other side's comes as a retransmission
    bodies = tshark_fields(out, "http.content_length", only="http.response.code == 200 and http.content_length > 1000")
    assert bodies == [["300000"]] # Wireshark finds it whole
    check_accounts(w.counted)
    assert w.counted["packet_file"]["written"] == len(comments)


def test_packets_to_standard_output(tmp_path):
    done = httpwire("-q", "-r", WEB, "-w", "-", "--output", tmp_path / "events")
    (tmp_path / "copy").write_bytes(done.stdout)
    assert told(events("-r", tmp_path / "copy")) == told(events("-r", WEB))
    done = httpwire("-r", WEB, "-w", "-", check=False)
    assert done.returncode == 2 and b"--output" in done.stderr


def test_of_dns_only_connections_are_written(tmp_path):
    words = ("-r", DATA / "spec" / "live.pcap", "-e", "net_packet_dns", "-o", "none", "-w", tmp_path / "out")
    said = b"httpwire: -w writes connections: of DNS those over TCP alone\n"
    assert said in httpwire(*words).stderr and said not in httpwire("-q", *words).stderr
    assert {protocol for protocol, in tshark_fields(tmp_path / "out", "ip.proto")} == {"6"}


def test_files_follow_each_other(tmp_path):
    out = tmp_path / "out"
    httpwire("-q", "-r", DATA / "spec" / "live.pcap", "-o", "json", "--output", out, "-C", 1, "-W", 3)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out0"]
    many = tmp_path / "many"
    words = [w for _ in range(30) for w in ("-r", WEB)]
    httpwire("-q", *words, "-e", "net_packet_ipv4", "-o", "json", "--output", many, "-C", 1)
    assert {p.name for p in tmp_path.glob("many*")} == {"many", "many1", "many2", "many3"}
    lines = b"".join(p.read_bytes() for p in sorted(tmp_path.glob("many*"), key=lambda p: (len(p.name), p.name)))
    assert lines == httpwire("-q", *words, "-e", "net_packet_ipv4", "-o", "json").stdout


def test_an_end_by_g_and_w(server, tmp_path):
    w = Watch("--output", tmp_path / "%s", "-G", 1, "-W", 2)
    for _ in range(60):
        if w.process.poll() is not None:
            break
        curl(f"http://127.0.0.1:{server[1]}/")
        time.sleep(0.1)
    assert w.process.wait(5) == 0
    assert len([p for p in tmp_path.iterdir() if p.name.isdigit()]) == 2
    check_accounts(statistics(w.said()))


@pytest.mark.parametrize("words", [("-e", "net_packet_ipv4", "-o", "json", "--output"), ("-o", "none", "-w")])
def test_the_file_that_fails_is_named(tmp_path, words):
    (tmp_path / "out1").mkdir()
    files = [w for _ in range(70) for w in ("-r", WEB)]
    done = httpwire("-q", *files, *words, tmp_path / "out", "-C", 1, check=False)
    assert done.returncode == 1
    assert done.stderr.decode() == f"httpwire: {tmp_path / 'out1'}: Is a directory\n"


@pytest.mark.parametrize("option", ["--output", "-w"])
def test_files_of_one_name_are_told_of(tmp_path, option):
    def said(name, *words):
        return httpwire("-r", WEB, "-o", "json", option, tmp_path / name, "-G", 60, *words).stderr
    assert b"each file replaces the one before" in said("events")
    assert b"replaces" not in said("%H%M%S") + said("events", "-W", 1) + said("events", "-q")


def test_files_follow_each_other_without_an_event(tmp_path):
    w = Watch("--output", tmp_path / "%s", "-w", tmp_path / "%s.pcapng", "-G", 1, "-W", 3, "--port", 1)
    assert w.process.wait(20) == 0
    assert len([p for p in tmp_path.iterdir() if p.name.isdigit()]) == 3
    for packets in tmp_path.glob("*.pcapng"):
        assert events("-r", packets) == []


def test_a_file_that_was_moved_away_is_left(server, tmp_path):
    out, packets = tmp_path / "events", tmp_path / "packets"
    with watching("--output", out, "-w", packets) as w:
        curl(f"http://127.0.0.1:{server[1]}/")
        w.wait_for(lambda: out.read_bytes().count(b"\n") == 4)
        for path in (out, packets):
            path.rename(f"{path}.old")
        w.process.send_signal(signal.SIGHUP)
        w.wait_for(lambda: out.exists() and packets.exists())
        curl(f"http://127.0.0.1:{server[1]}/big")
        w.wait_for(lambda: out.read_bytes().count(b"\n") == 4)
    assert (tmp_path / "events.old").read_bytes().count(b"\n") == 4
    assert len(events("-r", tmp_path / "packets.old")) == len(events("-r", packets)) == 2


@pytest.mark.skipif(not shutil.which("logrotate"), reason="logrotate is not there")
def test_logrotate_takes_the_file_of_the_service(server, tmp_path):
    """As dist/httpwire.logrotate has it, thrice: each event is in one file, and old ones are small."""
    logs, rules = tmp_path / "logs", tmp_path / "rules"
    logs.mkdir(mode=0o750)
    rules.write_text((ROOT / "dist" / "httpwire.logrotate").read_text().replace("/var/log/httpwire", str(logs)))
    with watching("--port", server[1], "--append", "--output", logs / "events.json") as w:
        systemctl = tmp_path / "systemctl"
        systemctl.write_text(f'#!/bin/sh\n[ "$*" = "try-reload-or-restart httpwire.service" ] && kill -HUP {w.process.pid}\n')
        systemctl.chmod(0o755)
        for _ in range(3):
            curl(f"http://127.0.0.1:{server[1]}/")
            w.wait_for(lambda: (logs / "events.json").exists() and
                       (logs / "events.json").read_bytes().count(b"\n") == 4)
            subprocess.run(["logrotate", "--force", "--state", tmp_path / "state", rules], check=True,
                           capture_output=True, env={"PATH": f"{tmp_path}:/usr/sbin:/usr/bin:/bin"})
            w.wait_for((logs / "events.json").exists)
    assert {p.name for p in logs.iterdir()} == {"events.json", "events.json.1", "events.json.2.gz", "events.json.3.gz"}
    assert gzip.decompress((logs / "events.json.3.gz").read_bytes()).count(b"\n") == 4


def test_statistics_now_and_then():
    with watching("--stats-interval", "200ms") as w:
        w.wait_for(lambda: w.said().count(b'"event":"stats"') >= 3, 5)


def test_a_file_that_cannot_be_written(tmp_path):
    done = httpwire("-r", WEB, "-w", tmp_path / "no" / "where", check=False)
    assert done.returncode == 1 and b"No such file or directory" in done.stderr
    if os.path.exists("/dev/full"):
        done = httpwire("-q", "-r", WEB, "-w", "/dev/full", check=False)
        assert done.returncode == 1 and b"/dev/full: No space left on device" in done.stderr


def test_what_a_full_disk_leaves_of_commands_is_counted(tmp_path):
    """With -o curl a request may have comments, on lines of their own."""
    out = tmp_path / "out"
    done = subprocess.run([str(HTTPWIRE), "-r", WEB, "-o", "curl", "--output", out, "--stats", "json"],
                          capture_output=True, check=False,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024)))
    counted = statistics(done.stderr)["events"]
    commands = [l for l in out.read_bytes().splitlines() if not l.startswith(b"#")]
    assert done.returncode == 1
    assert counted["written"] == len(commands) == counted["made"] - counted["lost"] < counted["made"]
