# SPDX-License-Identifier: BSD-2-Clause
"""Secrets of every kind, in every form of output: none is printed, and nothing else changes"""
import base64
import json
import subprocess
from urllib.parse import quote

import pytest

from lab import Capture, Connection, httpwire, lines

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJaWlpaIn0.c2lnLVpaWlo"
AWS = "AKIAZZZZQQQQ12345678"
PLAIN = [f"Zq{n:02}xW/{n}%+s" for n in range(60)]  # what must not be printed; % and / are escaped
SECRETS = iter(PLAIN)


def secret():
    return next(SECRETS)


def escaped():
    return quote(secret(), safe="")


USER = "aladdin-Zq:open-Zq"
REQUEST = "\r\n".join([
    f"GET /r/{JWT}/x;jsessionid={escaped()}?a=1&access_token={escaped()}&code={escaped()}&sig={escaped()}"
    f"&X-Amz-Signature={escaped()}&password={escaped()}&user%5Bpassword%5D={escaped()}&k={AWS}"
    f"&next={quote('http://' + quote(secret(), safe='') + ':' + escaped() + '@h/?token=' + escaped(), safe='')}"
    f"&v={{%22password%22:%22{escaped()}%22}}&z=2 HTTP/1.1",
    "Host: example.test", "Accept: */*",
    f"Authorization: Basic {base64.b64encode(USER.encode()).decode()}",
    f"Proxy-Authorization: Digest username=\"u\", response=\"{secret()}\"",
    f"Cookie: a={secret()}; b={secret()}", f"X-Api-Key: {secret()}", f"X-Auth-Token: {secret()}",
    f"Private-Token: {secret()}", f"x_secret_key: {secret()}", f"X-Vault-Token: {secret()}",
    f"Referer: https://{escaped()}@h/p?refresh_token={escaped()}&q=1", f"X-Any: see {JWT}",
    f"X-More: {AWS}, 1", "User-Agent: test/1.0", "", ""])
ABSOLUTE = f"GET http://{escaped()}:{escaped()}@h.test/p HTTP/1.1\r\nHost: h.test\r\n\r\n"
CONNECT = f"CONNECT {escaped()}@h.test:443 HTTP/1.1\r\nHost: {escaped()}@h.test:443\r\n\r\n"
CUT = f"GET /?client_secret={escaped()} HTTP/1.1\r\nAuthorization: Bearer {secret()}"
RESPONSE = "\r\n".join([
    "HTTP/1.1 302 Found", f"Set-Cookie: sid={secret()}; Path=/; HttpOnly",
    f"Location: https://h/cb#access_token={escaped()}&state=1", f"X-Csrf-Token: {secret()}",
    "Content-Length: 0", "", ""])
ALL = [s for s in PLAIN if s not in SECRETS] + [JWT, AWS, USER, "aladdin-Zq", "open-Zq", "Zq"]
EVENTS = "net_packet_http,net_packet_http_request,net_packet_http_response"
FORMS = ["text", "json", "json-v1beta1"]


@pytest.fixture(scope="module", name="capture", params=[None, 7])
def fixture_capture(request, tmp_path_factory):
    """The messages in whole packets, and split into pieces of seven bytes."""
    made = Capture()
    for number, (side, text) in enumerate(
            [(0, REQUEST), (1, RESPONSE), (0, ABSOLUTE), (0, CONNECT), (0, CUT)]):
        connection = Connection(made, client=("10.0.0.1", 20000 + number))
        connection.send(side, text.encode(), cut=request.param)
        connection.close(side)
    return made.write(tmp_path_factory.mktemp("secrets") / "secrets.pcap")


def spellings(text):
    yield text
    yield quote(text, safe="")
    yield quote(text)
    yield base64.b64encode(text.encode()).decode().rstrip("=")
    yield json.dumps(text)[1:-1]


@pytest.mark.parametrize("strict", [[], ["--strict"]])
@pytest.mark.parametrize("hashed", [[], ["--redact-hash"]])
@pytest.mark.parametrize("form", FORMS)
def test_no_secret_is_printed(capture, form, hashed, strict):
    done = httpwire("-r", capture, "-o", form, "-e", EVENTS, "-vv", *hashed, *strict)
    printed = (done.stdout + done.stderr).decode()
    assert printed.count("REDACTED") > 20
    for text in ALL:
        for spelled in spellings(text):
            assert spelled not in printed


@pytest.mark.parametrize("hashed", [[], ["--redact-hash"]])
@pytest.mark.parametrize("form", [*FORMS, "text=long", "csv", "har", "curl"])
def test_no_secret_of_an_exchange_is_printed(capture, form, hashed):
    columns = ["--columns", "url,request.target,request.headers,response.headers,request.cookies,"
               "response.cookies,request.parameters"] if form == "csv" else []
    done = httpwire("-r", capture, "-o", form, "-e", "net_http_exchange",
                    "--body", "1k", "--summary", "-vv", *columns, *hashed)
    printed = (done.stdout + done.stderr).decode()
    assert printed.count("REDACTED") > (2 if form == "text" else 10)
    for text in ALL:
        for spelled in spellings(text):
            assert spelled not in printed


def masked(value, shown):
    """`value` is `shown` with REDACTED where something else stood."""
    if isinstance(value, dict):
        return value.keys() == shown.keys() and all(masked(v, shown[k]) for k, v in value.items())
    if isinstance(value, list):
        return len(value) == len(shown) and all(map(masked, value, shown))
    if not isinstance(value, str) or "REDACTED" not in value:
        return value == shown
    at = 0
    for piece in value.split("REDACTED"):
        at = shown.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return shown.startswith(value.split("REDACTED")[0]) and shown.endswith(value.split("REDACTED")[-1])


def test_filters_see_what_is_printed(capture):
    asked = f'http.request.uri contains "{JWT}"'
    assert lines("-r", capture, "-o", "json", "-Y", asked) == []
    assert lines("-r", capture, "-o", "json", "-Y", asked, "--show-secrets")


@pytest.mark.parametrize("form", FORMS[1:])
def test_nothing_else_changes(capture, form):
    hidden = lines("-r", capture, "-o", form, "-e", EVENTS)
    shown = lines("-r", capture, "-o", form, "-e", EVENTS, "--show-secrets")
    assert len(hidden) == len(shown) == 10
    for a, b in zip(hidden, shown):
        assert masked(json.loads(a), json.loads(b)), (a, b)


def test_the_key_decides_the_hash(capture, tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef\n")
    one, two = (lines("-r", capture, "-o", "json", "--redact-key-file", key) for _ in range(2))
    assert one == two != lines("-r", capture, "-o", "json", "--redact-hash")
    digest = subprocess.run(["openssl", "dgst", "-r", "-sha256", "-hmac", "0123456789abcdef"],
                            input=JWT.encode(), capture_output=True, check=True).stdout[:16]
    assert b"see REDACTED-" + digest in b"".join(one)
    key.write_text("short")
    assert httpwire("-r", capture, "--redact-key-file", key, check=False).returncode == 2


def test_names_are_the_users_to_choose(capture):
    out = b"".join(lines("-r", capture, "-o", "json", "--redact", "user-agent", "--redact", "z"))
    assert b'"User-Agent":["REDACTED"]' in out and b"z=REDACTED" in out
    out = b"".join(lines("-r", capture, "-o", "json", "--no-redact", "aws-key-text"))
    assert AWS.encode() in out and JWT.encode() not in out
    done = httpwire("-r", capture, "--no-redact", "autorization", check=False)
    assert done.returncode == 2 and b"Authorization" in done.stderr
    done = httpwire("-r", capture, "--show-secrets", "--redact", "a", check=False)
    assert done.returncode == 2


def test_segments_of_paths_are_shown_as_the_manual_says(tmp_path):
    """`--redact` reaches parameters in a path, not its segments; `--route` keeps those out of the summary."""
    made = Capture()
    connection = Connection(made)
    connection.send(0, b"GET /reset/Zq-abc;pin=Zq1?a=b HTTP/1.1\r\nHost: h\r\n\r\n")
    connection.send(1, b"HTTP/1.1 204 No Content\r\n\r\n")
    capture = made.write(tmp_path / "path.pcap")
    out = httpwire("-r", capture, "-o", "json", "--redact=pin", "--redact=reset").stdout
    assert b"/reset/Zq-abc;pin=REDACTED" in out and b"Zq1" not in out
    assert b"/reset/Zq-abc" in httpwire("-r", capture, "--summary", "--redact=reset").stdout
    assert b"Zq" not in httpwire("-r", capture, "--summary", "--route=/reset/{key}").stdout


def test_too_many_names_are_refused_in_words(capture):
    names = [f"--redact=x-{n}" for n in range(512)]
    assert httpwire("-r", capture, *names).returncode == 0
    done = httpwire("-r", capture, *names, "--redact=one-more", check=False)
    assert done.returncode == 2 and done.stderr == b"httpwire: --redact: too many names (at most 512)\n"


FORM = "Content-Type: application/x-www-form-urlencoded"


def posted(folder, body, *fields, target="/p"):
    """What is told of a request with that body."""
    made = Capture()
    connection = Connection(made)
    head = [f"POST {target} HTTP/1.1", "Host: h", *fields, f"Content-Length: {len(body)}", "", body]
    connection.send(0, "\r\n".join(head).encode())
    connection.close(0)
    capture = made.write(folder / "posted.pcap")
    line, = lines("-r", capture, "-o", "json", "-e", "net_http_exchange", "--body", "1k")
    arguments = {a["name"]: a["value"] for a in json.loads(line)["args"]}
    return arguments["request"]


@pytest.mark.parametrize("fields, shown", [
    ([FORM], "a=b&password=REDACTED&c=d"), ([FORM.upper() + "; charset=utf-8"], "a=b&password=REDACTED&c=d"),
    (["Content-Type: text/plain"], "a=b&password=REDACTED ba\"tt'ery<&c=d"),
    ([], "a=b&password=REDACTED ba\"tt'ery<&c=d")])
def test_the_type_of_a_body_says_where_a_secret_ends(tmp_path, fields, shown):
    assert posted(tmp_path, "a=b&password=correct ba\"tt'ery<&c=d", *fields)["body"] == shown


@pytest.mark.parametrize("body, fields, shown", [
    ("key=DB_PASSWORD&value=Zq+x&a=b", [FORM], "key=DB_PASSWORD&value=REDACTED&a=b"),
    ("v%5B0%5D%5Bvalue%5D=Zq&v%5B0%5D%5Bkey%5D=otp", [FORM], "v%5B0%5D%5Bvalue%5D=REDACTED&v%5B0%5D%5Bkey%5D=otp"),
    ("- value: Zq\n  name: DB_PASSWORD\n", ["Content-Type: application/yaml"], "- value: REDACTED\n  name: DB_PASSWORD\n"),
    ('[["token","Zq"],["a","b"]]', ["Content-Type: application/json"], '[["token","REDACTED"],["a","b"]]')])
def test_what_is_said_in_two_is_a_secret(tmp_path, body, fields, shown):
    assert posted(tmp_path, body, *fields)["body"] == shown


def test_a_value_without_its_name_is_hidden_where_a_body_is_cut(tmp_path):
    body = '{"a":[{"value":"b","name":"c"},{"value":"Zq","more":"' + "x" * 2000
    told = posted(tmp_path, body, "Content-Type: application/json")
    assert told["body_cut"] and told["body"].startswith('{"a":[{"value":"b","name":"c"},{"value":"REDACTED","more":"x')


def test_a_field_that_is_a_url_is_one_to_its_end(tmp_path):
    told = posted(tmp_path, "", "Referer: http://h/cb?token=Tom's <dog>", "X-Any: token=Tom's dog")
    values = {f["name"]: f["value"] for f in told["headers"]}
    assert values["Referer"] == "http://h/cb?token=REDACTED" and values["X-Any"] == "token=REDACTED dog"


@pytest.mark.parametrize("query", ['v={"password":"Zq"}', "v=%7B%22password%22%3A%22Zq%22%7D",
                                   "v=%7B%22a%22%3A%5B%7B%22token%22%3A%22Zq%22%7D%5D%7D&b=c"])
def test_json_in_a_query_has_secrets(tmp_path, query):
    told = json.dumps(posted(tmp_path, query, FORM, f"Referer: /?{query}", target=f"/graphql?q=x&{query}"))
    assert "Zq" not in told and told.count("REDACTED") >= 5


@pytest.mark.parametrize("body", [
    json.dumps({"Type": "Notification", "Message": json.dumps({"user": "bob", "password": "Zq"})}),
    json.dumps({"a": json.dumps({"b": json.dumps({"password": "Zq"})})}),
    '{"u":"http:\\/\\/bob:Zq@h\\/"}', '{"u":"token\\u003dZq"}'])
def test_strings_of_json_have_secrets(tmp_path, body):
    told = json.dumps(posted(tmp_path, body, "Content-Type: application/json"))
    assert "Zq" not in told and "REDACTED" in told


def test_elements_of_xml_have_secrets(tmp_path):
    told = posted(tmp_path, '<s:E><w:Password T="a">Zq</w:Password><b>c</b></s:E>', "Content-Type: text/xml")
    assert told["body"] == '<s:E><w:Password T="a">REDACTED</w:Password><b>c</b></s:E>'
