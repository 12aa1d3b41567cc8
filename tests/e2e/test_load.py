# SPDX-License-Identifier: BSD-2-Clause
"""Under load: every request that nginx logs is seen on both sides, by an id of its own"""
import collections
import contextlib
import re
import signal
import subprocess
import time

import pytest
from lab import check_accounts, events, statistics, value
from live import Watch, dumping, end, free_port, http, peer, running, side, watching

SECONDS = 10
RUNS = 3 # one of them without any loss: for machines that are taken away for longer than the ring lasts
# What is needed, and no more: 180,000 events a second are 160 MB of JSON, which disks can be too slow for.
COLUMNS = ("-e", "net_packet_http", "-o", "csv", "--columns",
           "metadata.direction,proto_http.direction,httpwire.query,proto_http.headers.x-id")
ID = re.compile(rb"(ingress|egress),(request|response),(?:id=)?([0-9-]*),([0-9-]*)")

LUA = """
local threads, nr = 0, 0
function setup(thread) thread:set("number", threads); threads = threads + 1 end
function request()
  nr = nr + 1
  return wrk.format("GET", "%s?id=" .. number .. "-" .. nr, {%s})
end
"""


@contextlib.contextmanager
def nginx(folder, address, port, program=()):
    """Debian's nginx with two workers; folder/access.log has the id of each request."""
    folder.chmod(0o755)
    (folder / "small").write_text("hello\n")
    (folder / "big").write_bytes(bytes(10_000_000))
    (folder / "access.log").unlink(missing_ok=True)
    conf = folder / "nginx.conf"
    conf.write_text(f"""
user root; worker_processes 2; pid {folder}/pid; error_log {folder}/error.log; daemon off;
events {{ worker_connections 4096; }}
http {{
  log_format id $arg_id; access_log {folder}/access.log id buffer=64k; keepalive_requests 100000000;
  sendfile on;
  server {{
    listen {address}:{port} backlog=4096; root {folder}; add_header X-Id $arg_id;
    location /chunked {{ alias {folder}/big; ssi on; ssi_types *; }}
  }}
}}
""")
    with running(*program, "nginx", "-c", conf, "-e", folder / "error.log",
                 port=None if program else port, address=address.strip("[]")) as p:
        time.sleep(1 if program else 0)
        yield p


def wrk(folder, url, connections, path="/small", headers="", program=(), seconds=SECONDS):
    (folder / "load.lua").write_text(LUA % (path, headers))
    done = subprocess.run([*program, "wrk", "-t2", f"-c{connections}", f"-d{seconds}", "-s",
                           folder / "load.lua", url], capture_output=True, check=True, timeout=60)
    return int(re.search(rb"(\d+) requests in", done.stdout)[1])


def seen_by(w):
    """Ids by side: (which way, request or response)."""
    seen = {(way, kind): [] for way in (b"ingress", b"egress") for kind in (b"request", b"response")}
    w.out.seek(0)
    for line in w.out:
        found = ID.match(line)
        if found and (found[3] or found[4]):
            seen[found[1], found[2]].append(found[3] or found[4])
    return seen


def check_run(w, logged, connections):
    """Whatever is missing was counted as lost. Returns whether nothing was lost."""
    lost = w.counted["live"]["packets_lost"]
    for (way, kind), ids in seen_by(w).items():
        missing, unlogged = logged - set(ids), set(ids) - logged
        assert len(ids) == len(set(ids)), f"{way} {kind}: {len(ids) - len(set(ids))} twice"
        assert len(unlogged) <= connections, f"{way} {kind}: {len(unlogged)} that nginx did not log"
        # wrk stops without reading what comes last.
        allowed = connections if (way, kind) == (b"ingress", b"response") else 0
        assert lost or len(missing) <= allowed, f"{way} {kind}: {len(missing)} of {len(logged)} missing"
    return not lost


def run_once(folder, address, port, load, server=(), *options):
    w = Watch(*COLUMNS, *options)
    try:
        with nginx(folder, address, port, server):
            requests = load()
        time.sleep(0.5)
        w.process.send_signal(signal.SIGINT)
        assert w.process.wait(30) == 0
    finally:
        w.process.kill()
    w.counted = statistics(w.said())
    check_accounts(w.counted)
    logged = set((folder / "access.log").read_bytes().split()) - {b"-"}
    assert len(logged) >= requests > 0
    return w, logged


def run_until_whole(folder, address, load, connections, server=(), options=()):
    """At most RUNS times. Returns what the good one counted."""
    for _ in range(RUNS):
        w, logged = run_once(folder, address, free_port() if not server else 8080, load, server, *options)
        if check_run(w, logged, connections):
            return w, logged
    raise AssertionError(f"packets were lost in each of {RUNS} runs: {w.counted['live']}")


def load_of(folder, address, connections, **more):
    """A load on whatever port nginx is at that time."""
    def load():
        port = re.search(r"listen \S*:(\d+)", (folder / "nginx.conf").read_text())[1]
        return wrk(folder, f"http://{address}:{port}/", connections, **more)
    return load


@pytest.mark.parametrize("address", ["127.0.0.1", "[::1]"])
def test_keep_alive_at_full_speed(tmp_path, address):
    run_until_whole(tmp_path, address, load_of(tmp_path, address, 50), 50)


def test_a_thousand_new_connections_a_second(tmp_path):
    load = load_of(tmp_path, "127.0.0.1", 20, headers='["Connection"]="close"')
    w, logged = run_until_whole(tmp_path, "127.0.0.1", load, 20)
    assert len(logged) >= 1000 * SECONDS
    assert w.counted["connections"]["seen"] >= 2000 * SECONDS


def test_bodies_of_10_mb(tmp_path):
    load = load_of(tmp_path, "127.0.0.1", 10, path="/big")
    run_until_whole(tmp_path, "127.0.0.1", load, 10)


def test_long_bodies_that_nobody_reads_in_time(tmp_path):
    """While the reader stands still the ring takes what begins and ends messages, and each is whole."""
    bodies = 4
    port = free_port()
    with nginx(tmp_path, "127.0.0.1", port):
        w = Watch()
        w.process.send_signal(signal.SIGSTOP)
        subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/big?id=[1-{bodies}]"], check=True)
        w.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        w.stop()
    assert w.counted["live"]["packets_cut"] > 100 and w.counted["live"]["packets_lost"] == 0
    assert w.counted["messages"]["complete"] == 4 * bodies and w.counted["tcp"]["gaps"] == 0
    kinds = collections.Counter((value(e, "metadata")["direction"], http(e)["direction"]) for e in w.events)
    assert kinds == {(way, kind): bodies for way in (1, 2) for kind in ("request", "response")}
    assert all(http(e)["content_length"] == 10_000_000 and not e["httpwire"]["incomplete"] for e in w.events
               if http(e)["direction"] == "response")


def test_of_long_bodies_the_beginning_is_taken(tmp_path):
    """What is shown is what a file of all their bytes would give; those behind it are not copied."""
    port = free_port()
    with nginx(tmp_path, "127.0.0.1", port), watching("-e", "net_http_exchange", "--body", "1k") as w:
        subprocess.run(["curl", "-s", "-o", "/dev/null", f"http://127.0.0.1:{port}/big?id=[1-3]"], check=True)
        w.wait_for_events(port, 6)
    assert w.counted["live"]["packets_skipped"] > 100 and w.counted["live"]["packets_lost"] == 0
    assert w.counted["packets"]["bytes"] < 6 * 10_000_000 / 2
    for response in (value(e, "response") for e in w.events):
        assert response["body_size"] == response["decoded_size"] == 10_000_000
        assert response["body_cut"] and len(response.get("body") or response["body_base64"]) >= 1024
        assert "incomplete" not in response


@contextlib.contextmanager
def two_hosts(rate=None, burst="256k", latency="50ms"):
    """Two network namespaces with a cable between them: 192.0.2.1 and 192.0.2.2."""
    names = [f"hw-{free_port()}-{i}" for i in (1, 2)]
    try:
        for name in names:
            subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "link", "add", "v1", "netns", names[0], "type", "veth", "peer", "name", "v2",
                        "netns", names[1]], check=True)
        for i, name in enumerate(names, 1):
            inside = ["ip", "netns", "exec", name]
            subprocess.run([*inside, "ip", "addr", "add", f"192.0.2.{i}/24", "dev", f"v{i}"], check=True)
            subprocess.run([*inside, "ip", "link", "set", f"v{i}", "up"], check=True)
            if rate:
                subprocess.run([*inside, "tc", "qdisc", "add", "dev", f"v{i}", "root", "tbf", "rate", rate,
                                "burst", burst, "latency", latency], check=True)
        yield [["ip", "netns", "exec", name] for name in names]
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)


def test_over_a_cable_between_two_namespaces(tmp_path):
    with two_hosts() as (server, client):
        load = load_of(tmp_path, "192.0.2.1", 50, program=client)
        run_until_whole(tmp_path, "192.0.2.1", load, 50, server)


def test_long_bodies_are_not_copied(tmp_path):
    """At 1 Gbit/s what the gate lets through of them is a twentieth at most."""
    with two_hosts("1gbit") as (server, client):
        load = load_of(tmp_path, "192.0.2.1", 4, path="/big", program=client)
        w, logged = run_until_whole(tmp_path, "192.0.2.1", load, 4, server)
    assert len(logged) > 50
    copied = w.counted["packets"]["bytes"]
    assert copied <= 0.05 * 2 * 10_000_000 * len(logged), copied / (2e7 * len(logged))


CLIENT = """
import http.client, sys, time
c = [http.client.HTTPConnection("127.0.0.1", int(sys.argv[1])) for _ in range(4)]
print("ready", flush=True)
for i in range(1000):
    c[i % 4].request("GET", "/small?id=0-%d" % i)
    c[i % 4].getresponse().read()
    time.sleep(0.002)
print("done", flush=True)
sys.stdin.read()
"""


def test_owners_at_moderate_load(tmp_path):
    port = free_port()
    with nginx(tmp_path, "127.0.0.1", port) as master, watching() as w:
        client = peer(CLIENT, port)
        client.stdout.readline()
        w.wait_for_lines(4000)
        end(client)
    exact = [e for e in w.events if e["httpwire"]["owner"] == "exact"]
    assert len(exact) >= 0.99 * len(w.events)
    assert {e["hostProcessId"] for e in side(exact, port, server=False)} == {client.pid}
    assert {e["hostParentProcessId"] for e in side(exact, port, server=True)} == {master.pid}


def test_beside_tcpdump(tmp_path):
    """What passes an interface is the same as what the sockets see, on each side."""
    port = free_port()
    capture = tmp_path / "beside.pcap"
    with nginx(tmp_path, "127.0.0.1", port), \
            dumping(capture, "any", "-B", "65536", "tcp", "port", str(port)) as dump:
        with watching() as w:
            client = peer(CLIENT, port)
            client.stdout.readline()
            w.wait_for_lines(4000)
            end(client)
        dump.send_signal(signal.SIGINT)
        dropped = dump.communicate(timeout=20)[1]
    if b"\n0 packets dropped by kernel" not in dropped:
        pytest.skip(f"tcpdump lost packets itself: {dropped.decode()}")
    assert w.counted["live"]["packets_lost"] == 0

    def told(found):
        return sorted((value(e, "src_port"), value(e, "dst_port"), http(e)["direction"],
                       http(e)["uri_path"], http(e)["status"], str(http(e)["headers"]),
                       e["httpwire"]["query"]) for e in found)

    in_file = told(events("-r", capture, timeout=120))
    assert len(in_file) == 2000
    for is_server in (True, False):
        assert told(side(w.events, port, is_server)) == in_file
