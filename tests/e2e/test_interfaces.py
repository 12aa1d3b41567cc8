# SPDX-License-Identifier: BSD-2-Clause
"""-i: what passes network interfaces, as tcpdump would see it"""
import contextlib
import os
import shutil
import signal
import subprocess

import pytest
from lab import HTTPWIRE, check_accounts, events, httpwire, value
from live import Watch, curl, http, is_request, running, watching
from test_load import two_hosts

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture(name="port")
def fixture_port(server):
    return server[1]


def listening(*words, **more):
    return watching(*words, ready=b"listening on", **more)


@pytest.mark.parametrize("interface", ["lo", "any"])
def test_each_message_once(port, interface):
    with listening("-i", interface, "tcp", "port", port) as w:
        curl(f"http://127.0.0.1:{port}/?one", f"http://127.0.0.1:{port}/two")
        w.wait_for_lines(4)
    assert [(is_request(e), http(e)["uri_path"]) for e in w.events] == [
        (True, "/"), (False, ""), (True, "/two"), (False, "")]
    assert {e["hostProcessId"] for e in w.events} == {0}
    assert w.counted["interfaces"]["packets_received"] >= 20
    check_accounts(w.counted)


def test_the_filter_leaves_others_out(port):
    with listening("-i", "lo", "tcp", "port", 1) as w:
        curl(f"http://127.0.0.1:{port}/")
        w.process.send_signal(10) # SIGUSR1: it has looked
        w.wait_for(lambda: b'"event":"stats"' in w.said())
    assert not w.events


def test_lost_packets_are_said_while_it_listens(port):
    with listening("-i", "lo", "--buffer", "1k", "tcp", "port", port) as w:
        w.process.send_signal(signal.SIGSTOP)
        curl(f"http://127.0.0.1:{port}/?[1-300]")
        w.process.send_signal(signal.SIGCONT)
        w.wait_for(lambda: b" packets lost because the ring was full" in w.said())
    assert w.said().count(b" packets lost because") == 1
    assert w.counted["interfaces"]["packets_lost"] > 0


def test_both_ways_over_a_cable(tmp_path):
    (tmp_path / "index.html").write_text("hello\n")
    with two_hosts() as (server, client), \
            running(*server, "/usr/bin/python3", "-m", "http.server", 8080, "--directory", tmp_path):
        for where, iface, ways in ((server, "v1", (1, 2)), (client, "v2", (2, 1))):
            with listening("-i", iface, program=where) as w:
                for _ in range(50):
                    done = subprocess.run([*client, "curl", "-s", "http://192.0.2.1:8080/"], check=False)
                    if done.returncode == 0:
                        break
                w.wait_for_lines(2)
            assert [value(e, "metadata")["direction"] for e in w.events][-2:] == list(ways)


def test_written_packets_can_be_read_again(port, tmp_path):
    out = tmp_path / "out.pcapng"
    with listening("-i", "lo", "-w", out, "tcp", "port", port) as w:
        curl(f"http://127.0.0.1:{port}/")
        w.wait_for_lines(2)
    assert [http(e) for e in events("-r", out)] == [http(e) for e in w.events]


def test_the_list_is_tcpdumps():
    done = subprocess.run(["tcpdump", "-D"], capture_output=True, check=True)
    assert httpwire("-D").stdout == done.stdout


@pytest.mark.parametrize("words, code, said", [
    (["-i", "nosuch0"], 2, b"nosuch0"),
    (["-i", "lo", "tcp port"], 2, b"filter"),
    (["-i", "lo", "-r", "x"], 2, b"either"),
    (["-i", "lo", "--comm", "x"], 2, b"does not know processes"),
])
def test_what_is_wrong_is_said(words, code, said):
    done = httpwire(*words, check=False)
    assert done.returncode == code and said in done.stderr


def test_without_permission():
    done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", str(HTTPWIRE),
                           "-i", "lo"], capture_output=True, timeout=20, check=False)
    if done.returncode in (126, 127):
        pytest.skip("somebody else may not run the program there")
    assert done.returncode == 3 and b"sudo" in done.stderr and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("quiet", [[], ["-q"]])
def test_an_interface_that_goes_away(quiet):
    """That nothing is left to listen to is an error, which -q leaves."""
    with two_hosts() as (server, _):
        w = Watch("-i", "v1", "-v", *quiet, program=server, ready=b"sandbox: ")
        subprocess.run([*server, "ip", "link", "del", "v1"], check=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            w.process.wait(5)
        assert w.process.returncode == 1
        assert b"v1" in w.said()


NFLOG = """table ip t {
    chain sent { type filter hook output priority 0; tcp dport 8080 log group 0; tcp sport 8080 log group 0; }
}"""


@pytest.mark.skipif(not shutil.which("nft"), reason="nftables is not there")
def test_packets_that_a_firewall_logs(tmp_path):
    """libpcap says EAGAIN where nothing is there yet."""
    with two_hosts() as (server, client), \
            running(*server, "/usr/bin/python3", "-m", "http.server", 8080, "--directory", tmp_path):
        if subprocess.run([*server, "nft", "-f", "-"], input=NFLOG, text=True, check=False).returncode:
            pytest.skip("the kernel logs no packets")
        with listening("-i", "nflog", "-Y", "http.response", program=server) as w:
            subprocess.run([*client, "curl", "-s", "-o", "/dev/null", "--retry", "9", "--retry-connrefused",
                            "http://192.0.2.1:8080/"], check=True, timeout=30)
            w.wait_for_lines(1)
    assert [http(e)["status_code"] for e in w.events] == [200]


def test_an_interface_that_is_down_for_a_while():
    with two_hosts() as (server, _), listening("-i", "v1", program=server) as w:
        for way, said in (("down", b"v1: the interface is down; waiting until it is up\n"),
                          ("up", b"v1: the interface is up again\n")):
            subprocess.run([*server, "ip", "link", "set", "v1", way], check=True)
            w.wait_for(lambda said=said: said in w.said())
