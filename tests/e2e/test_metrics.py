# SPDX-License-Identifier: BSD-2-Clause
"""--metrics: what Prometheus and its friends read, and what hostile clients get"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from lab import HTTPWIRE, ROOT, SANITIZED, Capture, Connection, httpwire
from live import Watch, curl, free_port, running, serving, wait_for_port, watching

WEB = ROOT / "examples" / "web.pcap"


class Reading:
    """httpwire that reads a capture from a pipe, which stays open."""

    def __init__(self, *args, capture=WEB):
        self.port = free_port()
        self.process = subprocess.Popen(
            [HTTPWIRE, "-r", "-", "--metrics", str(self.port), "-o", "none", *map(str, args)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if capture:
            self.feed(pathlib.Path(capture).read_bytes())

    def feed(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def get(self, path="/metrics", **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(c):
            c.request("GET", path, headers=headers)
            answer = c.getresponse()
            return answer.status, answer.read().decode(), answer.headers

    def wait_until_ready(self):
        for _ in range(500):
            with contextlib.suppress(OSError):
                if self.get("/readyz")[0] == 200:
                    return
            time.sleep(0.02)
        raise AssertionError("not ready")


@contextlib.contextmanager
def reading(*args, **more):
    r = Reading(*args, **more)
    try:
        if more.get("capture", WEB):
            r.wait_until_ready()
        yield r
        r.process.stdin.close()
        assert r.process.wait(20) == 0, r.process.stderr.read()
    finally:
        if r.process.poll() is None:
            r.process.kill()
            r.process.wait()
        r.process.stdout.close()
        r.process.stderr.close()


def samples(page):
    """{"name{labels}": value}"""
    found = {}
    for line in page.splitlines():
        if not line.startswith("#"):
            series, value = re.match(r"(\w+(?:\{.*?\})?) ([^ ]+)", line).groups()
            assert series not in found, series
            found[series] = float(value)
    return found


def test_text_is_what_promtool_wants():
    if not shutil.which("promtool"):
        pytest.skip("prometheus is not installed")
    with reading() as r:
        status, page, headers = r.get()
        assert status == 200 and headers["Content-Type"].startswith("text/plain; version=0.0.4")
        done = subprocess.run(["promtool", "check", "metrics"], input=page.encode(),
                              capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        found = samples(page)
        assert found["httpwire_packets_total"] > 100
        assert found["httpwire_messages_total"] > 20
        assert total(found, "http_server_request_duration_seconds_count") == 13


def total(found, name, *labels):
    """The sum of the series of that name that have those labels."""
    return sum(value for series, value in found.items()
               if series.startswith(name + "{") and all(label in series for label in labels))


def test_exemplars_in_openmetrics_only():
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    capture = Capture()
    c = Connection(capture)
    c.send(0, b"GET /users/4711 HTTP/1.1\r\nHost: shop.example\r\n"
           b"traceparent: 00-" + trace.encode() + b"-00f067aa0ba902b7-01\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    with reading(capture=None) as r:
        r.feed(capture.pcap())
        r.wait_until_ready()
        time.sleep(0.3)
        status, page, headers = r.get(Accept="application/openmetrics-text;version=1.0.0,*/*;q=0.1")
        assert status == 200
        assert headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
        assert page.endswith("# EOF\n")
        exemplars = re.findall(r'duration_seconds_bucket{.*route="/users/{id}".*} 1 # {trace_id="(\w+)"} [\d.]+ [\d.]+', page)
        assert exemplars == [trace]
        assert trace not in r.get()[1]


def test_series_are_limited():
    """A scanner that asks for everything on every host is counted, not listed."""
    capture = Capture()
    c = Connection(capture)
    for i in range(3000):
        c.send(0, b"GET /x%dx/%da HTTP/1.1\r\nHost: h%d.example\r\n\r\n" % (i, i, i))
        c.send(1, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
    with reading("--metrics-series", 1000, capture=None) as r:
        r.feed(capture.pcap())
        r.wait_until_ready()
        time.sleep(2)
        found = samples(r.get()[1])
        assert len(found) <= 1000
        assert total(found, "http_server_request_duration_seconds_count") == 3000
        limited = found["httpwire_metrics_series_limited_total"]
        other = total(found, "http_server_request_duration_seconds_count", 'server_address="_other"')
        assert 2900 < limited == other < 3000
        assert total(found, "http_server_request_duration_seconds_count",
                     'http_response_status_code="404"') == 3000


def test_it_tells_its_state():
    with reading(capture=None) as r:
        wait_for_port(r.port)
        assert r.get("/readyz")[:2] == (503, "not ready\n")
        assert r.get("/metrics")[0] == 503
        assert r.get("/healthz")[:2] == (200, "ok\n")
        r.feed(WEB.read_bytes())
        r.wait_until_ready()
        assert r.get("/healthz")[:2] == (200, "ok\n")
        assert r.get("/metrics")[0] == 200
        assert r.get("/metric")[0] == 404
        r.process.send_signal(signal.SIGSTOP)
        time.sleep(5.5)
        status, text = r.get("/healthz")[:2]
        assert status == 503 and re.fullmatch(r"stuck for [5-9] seconds\n", text), text
        assert r.get("/metrics")[0] == 503
        r.process.send_signal(signal.SIGCONT)
        time.sleep(0.5)
        assert r.get("/healthz")[:2] == (200, "ok\n")


def test_it_tells_of_the_files_before_while_the_next_has_not_begun(tmp_path):
    """A pipe without its first bytes takes nothing away from what is known, nor do some of them."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    capture = Capture()
    c = Connection(capture)
    c.send(0, b"GET /another HTTP/1.1\r\nHost: x\r\n\r\n")
    c.send(1, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    another = capture.pcap()
    with reading("-r", fifo) as r:
        r.process.stdin.close()
        with open(fifo, "wb", buffering=0) as f: # it is opened: they have met
            for piece in (b"", another[:10]):
                f.write(piece)
                until = time.monotonic() + 1.5 # pages are as old as a second
                while time.monotonic() < until:
                    status, page, _ = r.get()
                    assert (status, r.get("/readyz")[0]) == (200, 200), page
                    assert total(samples(page), "http_server_request_duration_seconds_count") == 13
            f.write(another[10:])
            for _ in range(100):
                if total(samples(r.get()[1]), "http_server_request_duration_seconds_count") == 14:
                    break
                time.sleep(0.1)
            else:
                raise AssertionError("the second file is not read")


def test_it_is_loopback_unless_said():
    port = free_port()
    for address, url in ((port, f"http://127.0.0.1:{port}/"), (f":{port}", f"http://127.0.0.1:{port}/"),
                         (f"[::1]:{port}", f"http://[::1]:{port}/"),
                         (f"0.0.0.0:{port}", f"http://0.0.0.0:{port}/")):
        done = httpwire("-r", WEB, "--metrics", address)
        said = done.stderr.decode().splitlines()
        assert said[0] == f"httpwire: metrics at {url}metrics"
        assert ("whoever can reach" in said[1]) == ("0.0.0.0" in url)
        assert b"metrics" not in httpwire("-r", WEB, "-q", "--metrics", address).stderr


def test_events_are_the_same():
    """Whoever asks for metrics, what is printed is what was printed before."""
    port = free_port()
    for args in ([], ["-o", "json"], ["-e", "net_packet_http_request"]):
        plain = httpwire("-r", WEB, *args).stdout
        assert plain and httpwire("-r", WEB, *args, "--metrics", port).stdout == plain
    assert httpwire("-r", WEB, "-o", "none").stdout == b""
    assert httpwire("-r", WEB, "-o", "none", "--metrics", port).stdout == b""


def test_a_port_that_is_taken():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        done = httpwire("-r", WEB, "--metrics", port, check=False)
        assert done.returncode == 1
        assert done.stderr.decode() == f"httpwire: --metrics 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: an own mount namespace")
def test_the_library_is_missed_only_where_it_is_used():
    """It is loaded for --metrics alone, and says which package has it."""
    library = next(pathlib.Path("/usr/lib").rglob("libmicrohttpd.so.12"))
    hide = f'mount --bind /dev/null {library.resolve()} && exec "$@"'

    def run(*args):
        return subprocess.run(["unshare", "-m", "sh", "-c", hide, "sh", HTTPWIRE, "-r", WEB, "-o", "json", *args],
                              capture_output=True, timeout=20, check=False)

    assert run().stdout == httpwire("-r", WEB, "-o", "json").stdout
    failed = run("--metrics", str(free_port()))
    assert failed.returncode == 1 and failed.stdout == b""
    assert b"package libmicrohttpd12" in failed.stderr


def test_prometheus_scrapes_it(tmp_path):
    if not shutil.which("prometheus"):
        pytest.skip("prometheus is not installed")
    port = free_port()
    with reading() as r:
        (tmp_path / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [{"job_name": "httpwire",
                                "static_configs": [{"targets": [f"127.0.0.1:{r.port}"]}]}]}))
        with running("prometheus", f"--config.file={tmp_path}/prometheus.yml",
                     f"--storage.tsdb.path={tmp_path}/data", "--enable-feature=exemplar-storage",
                     f"--web.listen-address=127.0.0.1:{port}", port=port):
            assert query(port, "up") == 1
            assert query(port, "httpwire_packets_total") == samples(r.get()[1])["httpwire_packets_total"]
            assert query(port, 'httpwire_build_info{version!=""}') == 1


def query(port, expression):
    """The only value of an expression, once there is one."""
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    for _ in range(150):
        with contextlib.suppress(OSError):
            result = json.load(urllib.request.urlopen(url, timeout=5))["data"]["result"]
            if result:
                assert len(result) == 1, result
                return float(result[0]["value"][1])
        time.sleep(0.1)
    raise AssertionError(f"no value of {expression}")


def test_hostile_clients_disturb_nobody():
    """Those who say nothing, little or too much, and a thousand at once; then somebody who asks."""
    with reading() as r, contextlib.ExitStack() as stack:
        def client(data):
            s = stack.enter_context(socket.socket())
            s.settimeout(5)
            with contextlib.suppress(OSError):
                s.connect(("127.0.0.1", r.port))
                s.sendall(data)
            return s

        for i in range(1000):
            client((b"", b"GET ", b"GET /metrics HTTP/1.1\r\nHost: h\r\nX: ")[i % 3])
            if i % 250 == 0:
                assert r.get()[0] == 200
        huge = client(b"GET /" + b"a" * 200000 + b" HTTP/1.1\r\n\r\n")
        with contextlib.suppress(OSError):
            assert huge.recv(100).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
        many = client(b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 20000 + b"\r\n")
        with contextlib.suppress(OSError):
            assert many.recv(100).startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
        client(b"POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 99999)
        client(b"GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n" * 1000) # who never reads
        client(bytes(range(256)) * 100)
        for _ in range(5):
            began = time.monotonic()
            assert r.get()[0] == 200 and r.get("/healthz")[0] == 200
            assert time.monotonic() - began < 2
        server = child_of(r.process.pid)
        size = int(re.search(r"VmRSS:\s+(\d+) kB", pathlib.Path(f"/proc/{server}/status").read_text())[1])
        assert size < 20000 or SANITIZED


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def child_of(pid):
    return children_of(pid)[0]


def test_the_server_has_nothing_but_its_clients():
    if os.geteuid() != 0 or b"none" in httpwire("--version").stdout:
        pytest.skip("needs root and a sandbox")
    with reading() as r:
        server = child_of(r.process.pid)
        text = pathlib.Path(f"/proc/{server}/status").read_text()
        status = dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", text, re.M))
        assert status["Name"] == "httpwire-serve" and status["Seccomp"] == "2"
        assert status["Uid"].split() == ["65534"] * 4 and status["CapEff"].strip("0") == ""
        assert status["CapBnd"].strip("0") == "" and status["NoNewPrivs"] == "1"
        links = [os.readlink(f"/proc/{server}/fd/{fd}") for fd in os.listdir(f"/proc/{server}/fd")]
        assert all(l == "/dev/null" or l.startswith(("socket:", "anon_inode:")) for l in links), links
        listening = pathlib.Path(f"/proc/{r.process.pid}/fd")
        assert len([fd for fd in os.listdir(listening)
                    if os.readlink(listening / fd).startswith("socket:")]) == 1


def test_the_server_ends_with_its_program():
    with reading() as r:
        server = child_of(r.process.pid)
    for _ in range(100):
        if not pathlib.Path(f"/proc/{server}").exists():
            break
        time.sleep(0.02)
    else:
        pytest.fail("the server goes on")
    with reading() as r:
        server = child_of(r.process.pid)
        os.kill(server, signal.SIGKILL)
        time.sleep(0.5)
        assert b"has ended" in os.read(r.process.stderr.fileno(), 1000)


def test_its_port_is_free_when_it_has_ended():
    """Who starts it again at once finds it so: it does not end before its server does."""
    with reading() as r:
        server = child_of(r.process.pid)
        os.kill(server, signal.SIGSTOP)
        r.process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            r.process.wait(0.3)
        os.kill(server, signal.SIGCONT)
        assert r.process.wait(20) == 0
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1) # of those who asked there are remains
            s.bind(("127.0.0.1", r.port))
            s.listen()


def test_a_server_that_hangs_is_not_waited_for():
    with reading() as r:
        server = child_of(r.process.pid)
        os.kill(server, signal.SIGSTOP)
        try:
            r.process.stdin.close()
            assert r.process.wait(10) == 0
        finally:
            os.kill(server, signal.SIGKILL)


class Watched(Watch):
    """httpwire watching, with metrics."""

    def __init__(self, *args):
        self.port = free_port()
        super().__init__("--metrics", self.port, *args)

    def samples(self):
        """What is there now: a page is good for a second."""
        time.sleep(1.1)
        url = f"http://127.0.0.1:{self.port}/metrics"
        return samples(urllib.request.urlopen(url, timeout=5).read().decode())


def test_signals_are_for_its_program():
    """pkill(1) and systemctl kill send them to those, too, who serve metrics and know containers."""
    with watching("-o", "none", kind=Watched) as w:
        children = children_of(w.pid)
        for nr in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
            for child in children:
                os.kill(child, nr)
        assert w.samples()
        states = [re.search(r"State:\t(\w)", pathlib.Path(f"/proc/{child}/status").read_text())[1] for child in children]
        assert len(states) == 2 and "Z" not in states


def of_server(found, name, port, *labels):
    """Not of others of this host: requests name a host of their own."""
    return total(found, name, f'server_address="h{port}.example"', *labels)


def test_watched_requests_are_counted(tmp_path):
    port = free_port()
    (tmp_path / "file").write_bytes(b"x" * 5000)
    host = f"Host: h{port}.example:{port}"
    with watching("-o", "none", kind=Watched) as w, serving(tmp_path, port):
        url = f"http://127.0.0.1:{port}"
        for _ in range(7):
            curl(f"{url}/file", "-H", host)
        for _ in range(3):
            curl(f"{url}/none", "-o", "/dev/null", "-H", host)
        curl(f"{url}/file", "-I", "-H", host)
        curl(f"{url}/file", "-d", "a=1", "-o", "/dev/null", "-H", host)
        found = w.samples()
        ok, none = 'http_response_status_code="200"', 'http_response_status_code="404"'
        for side in ("server", "client"):
            count = f"http_{side}_request_duration_seconds_count"
            assert of_server(found, count, port, ok, 'method="GET"') == 7
            assert of_server(found, count, port, none, 'method="GET"') == 3
            assert of_server(found, count, port, ok, 'method="HEAD"') == 1
            assert of_server(found, count, port, 'status_code="501"', 'error_type="501"') == 1
            assert of_server(found, count, port, none, "error_type") == (3 if side == "client" else 0)
            assert of_server(found, count, port) == 12
            size = f"http_{side}_response_body_size_bytes"
            assert of_server(found, f"{size}_sum", port, ok) == 35000
            assert of_server(found, f"{size}_count", port, ok) == 7
            assert of_server(found, f"{size}_bucket", port, ok, 'le="4096.0"') == 0
            assert of_server(found, f"{size}_bucket", port, ok, 'le="16384.0"') == 7
            assert of_server(found, f"http_{side}_request_body_size_bytes_sum", port) == 3
            assert 0 < of_server(found, f"http_{side}_request_duration_seconds_sum", port) < 12
        assert found["httpwire_events_total{event=\"net_http_exchange\"}"] >= 24
        assert not any("pid" in series for series in found)
        check_sandboxed(w)
    assert w.printed() == b""


def check_sandboxed(w):
    """The process that captures has no socket of the network, and talks to its own two only."""
    if b"none" in httpwire("--version").stdout:
        return
    fds = pathlib.Path(f"/proc/{w.pid}/fd")
    inodes = {os.readlink(fds / fd) for fd in os.listdir(fds)}
    tcp = pathlib.Path("/proc/net/tcp").read_text()
    assert not any(inode[8:-1] in tcp.split() for inode in inodes if inode.startswith("socket:["))


def test_watched_requests_that_go_on(tmp_path):
    """A server that lets its clients wait: they are active, and then one gives up."""
    port = free_port()
    with watching("-o", "none", kind=Watched) as w, socket.create_server(("127.0.0.1", port)) as server:
        before = w.samples()
        clients = [socket.create_connection(("127.0.0.1", port)) for _ in range(5)]
        accepted = [server.accept()[0] for _ in clients]
        for c in clients:
            c.sendall(b"GET /wait HTTP/1.1\r\nHost: h%d.example\r\n\r\n" % port)
        for s in accepted:
            s.recv(1000)
        found = w.samples()
        for side in ("server", "client"):
            name = f"http_{side}_active_requests"
            assert 4 <= found[name] - before[name] <= 7 # the questions themselves may be among them
        clients[0].close()
        for s in accepted[1:]:
            s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        for c in clients[1:]:
            c.recv(1000)
        accepted[0].close()
        time.sleep(0.3)
        found = w.samples()
        for side in ("server", "client"):
            count = f"http_{side}_request_duration_seconds_count"
            assert of_server(found, count, port, 'status_code="200"') == 4
            assert of_server(found, count, port, 'error_type="aborted_by_client"') == 1
            assert of_server(found, f"http_{side}_request_duration_seconds_bucket", port,
                             'status_code="200"', 'le="0.75"') == 0 # a second and more
            name = f"http_{side}_active_requests"
            assert found[name] - before[name] <= 2
        for s in (*clients, *accepted):
            s.close()


def test_only_processes_asked_for_are_measured(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with serving(tmp_path) as (server, port), \
            watching("-o", "none", "--pid", server.pid, kind=Watched) as w:
        for _ in range(4):
            curl(f"http://127.0.0.1:{port}/file")
        found = w.samples()
        assert total(found, "http_server_request_duration_seconds_count") == 4
        assert total(found, "http_client_request_duration_seconds_count") == 0


def test_filters_are_for_metrics_too(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with watching("-o", "none", "--path", "/file", kind=Watched) as w, serving(tmp_path) as (_, port):
        for path in ("file", "other", "file"):
            curl(f"http://127.0.0.1:{port}/{path}", "-o", "/dev/null")
        found = w.samples()
        assert total(found, "http_server_request_duration_seconds_count") == 2
        assert total(found, "http_server_request_duration_seconds_count", 'http_route="/file"') == 2
