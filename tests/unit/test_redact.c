/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_redact.c - secrets in every place of a message, one by one */
#include "unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "redact/find.h"
#include "redact/hmac.h"
#include "redact/redact.h"
#include "redact/texts.h"
#include "redact/sieve.h"
#include "tight.h"

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r"
#define AWS "AKIAIOSFODNN7EXAMPLE"
#define X16UP "QWERTYUIOP234567"
#define X8 "xxxxxxxx"
#define X16 X8 X8
#define X32 X16 X16

/* A message, read, and without its secrets. */
struct rig {
	struct hw_budget budget;
	struct hw_http_scratch *scratch;
	struct hw_redactor *redactor;
	struct hw_http_message m;
	const struct hw_http_message *got;
};

static void open_rig(struct rig *r, const struct hw_redact_options *options)
{
	static const struct hw_redact_options none;

	*r = (struct rig){ .budget.max = 1 << 24 };
	assert_int_equal(hw_http_scratch_new(&r->scratch, &r->budget), 0);
	assert_int_equal(hw_redactor_new(&r->redactor, options ? options : &none, &r->budget), 0);
}

static void close_rig(struct rig *r)
{
	hw_redactor_free(r->redactor);
	hw_http_scratch_free(r->scratch);
	assert_int_equal(r->budget.used, 0);
}

static void put(struct rig *r, const char *head, enum hw_http_kind kind)
{
	hw_http_message_read(r->scratch, hw_slice_text(head), kind, HW_HTTP_WHOLE, &r->m);
	r->got = hw_redact_message(r->redactor, &r->m);
}

static void put_field(struct rig *r, const char *name, const char *value)
{
	static char head[8192];

	snprintf(head, sizeof(head), "GET / HTTP/1.1\r\nHost: h\r\n%s: %s\r\n\r\n", name, value);
	put(r, head, HW_HTTP_REQUEST);
}

static void assert_text(struct hw_slice got, const char *want)
{
	if (got.len != strlen(want) || (got.len && memcmp(got.ptr, want, got.len) != 0))
		fail_msg("got '%.*s', not '%s'", (int)got.len, (const char *)got.ptr, want);
}

/* Both in the order received and sorted. */
static void assert_field(const struct rig *r, const char *value)
{
	const struct hw_http_message *m = r->got;
	bool found = false;

	assert_int_equal(m->fields_nr, 2);
	assert_text(m->fields[1].value, value);
	for (size_t i = 0; i < m->headers_nr; i++)
		found |= hw_slice_eq_nocase(m->headers[i].name, m->fields[1].name) &&
			 hw_slice_eq(m->headers[i].value, m->fields[1].value);
	assert_true(found);
}

static const struct {
	const char *name, *value, *want;
} fields[] = {
	/* credentials */
	{ "Authorization", "Basic dXNlcjpwYXNz", "Basic REDACTED" },
	{ "authorization", "bearer a.b c", "bearer REDACTED" },
	{ "AUTHORIZATION", "Digest username=\"bob\", response=\"f00\"", "Digest REDACTED" },
	{ "Authorization", "AWS4-HMAC-SHA256 Credential=a/b, Signature=c",
	  "AWS4-HMAC-SHA256 REDACTED" },
	{ "Authorization", "Custom  abc", "Custom  REDACTED" },
	{ "Authorization", "hunter2", "REDACTED" },
	{ "Authorization", "hunter2 hunter3", "REDACTED" },
	{ "Authorization", "Negotiate", "Negotiate" },
	{ "Authorization", "secret", "REDACTED" },
	{ "Authorization", "", "" },
	{ "Authorization ", "Basic dXNlcjpwYXNz", "Basic REDACTED" },
	{ "Proxy-Authorization", "NTLM TlRMTVNTUAAB", "NTLM REDACTED" },
	{ "X-Forwarded-Authorization", "Bearer x", "Bearer REDACTED" },
	{ "Grpc-Metadata-Authorization", "Bearer x", "Bearer REDACTED" },
	{ "X_Real_Authorization", "x", "REDACTED" },
	{ "NoAuthorization", "x y", "x y" },
	/* cookies */
	{ "Cookie", "a=b", "a=REDACTED" },
	{ "Cookie", "a=b; c=d=e;f=", "a=REDACTED; c=REDACTED;f=" },
	{ "Cookie", "nameless", "REDACTED" },
	{ "Cookie", "c2VjcmV0cw==", "REDACTED" },
	{ "Cookie", "a=\"b;c\"; d", "a=REDACTED;REDACTED; REDACTED" },
	{ "Set-Cookie", "sid=1; Path=/; Max-Age=5; Secure; HttpOnly; SameSite=Lax",
	  "sid=REDACTED; Path=/; Max-Age=5; Secure; HttpOnly; SameSite=Lax" },
	{ "Set-Cookie", "a=b; expires=Wed, 21 Oct 2026 07:28:00 GMT",
	  "a=REDACTED; expires=Wed, 21 Oct 2026 07:28:00 GMT" },
	{ "Set-Cookie", "a=b; Path=/, c=d", "a=REDACTED; Path=REDACTED" },
	{ "Set-Cookie", "a=b; c=d", "a=REDACTED; c=REDACTED" },
	/* keys and tokens, whatever they are called */
	{ "X-Api-Key", "k 1", "REDACTED" },
	{ "X_API_KEY", "k", "REDACTED" },
	{ "ApiKey", "k", "REDACTED" },
	{ "X-Vault-Token", "k", "REDACTED" },
	{ "Private-Token", "k", "REDACTED" },
	{ "X-Amz-Security-Token", "k", "REDACTED" },
	{ "X-aws-ec2-metadata-token", "k", "REDACTED" },
	{ "X-CSRFToken", "k", "REDACTED" },
	{ "Ocp-Apim-Subscription-Key", "k", "REDACTED" },
	{ "DD-API-KEY", "k", "REDACTED" },
	{ "Cf-Access-Jwt-Assertion", "k", "REDACTED" },
	{ "X-Client-Secret", "k", "REDACTED" },
	{ "X-Session-Id", "k", "REDACTED" },
	{ "X-Registry-Auth", "k", "REDACTED" },
	{ "X-ClickHouse-Key", "k", "REDACTED" },
	{ "X-ClickHouse-User", "k", "k" },
	{ "Fastly-Key", "k", "REDACTED" },
	{ "X-License-Key", "k", "REDACTED" },
	{ "X-Insert-Key", "k", "REDACTED" },
	{ "X-Honeycomb-Team", "k", "REDACTED" },
	{ "X-Parse-Master-Key", "k", "REDACTED" },
	{ "X-Ms-Encryption-Key", "k", "REDACTED" },
	{ "CB-ACCESS-SIGN", "k", "REDACTED" },
	{ "KC-API-SIGN", "k", "REDACTED" },
	{ "API-Sign", "k", "REDACTED" },
	{ "X-JWT", "k", "REDACTED" },
	{ "Jenkins-Crumb", "k", "REDACTED" },
	/* JSON */
	{ "X-Context", "{\"password\":\"k\",\"a\":1}", "{\"password\":\"REDACTED\",\"a\":1}" },
	{ "X-Context", "[{ \"a\": {\t\"token\": \"k\"}}] token=l",
	  "[{ \"a\": {\t\"token\": \"REDACTED\"}}] token=REDACTED" },
	{ "X-Context", "{\"a\":1,\"token\":\"k", "{\"a\":1,\"token\":\"REDACTED" },
	{ "X-Context", "%7B%22password%22%3A%22k%22%7D", "%7B%22password%22%3A%22REDACTED%22%7D" },
	{ "X-Context", "[\"{\\\"password\\\":\\\"k\\\"}\"]",
	  "[\"{\\\"password\\\":\\\"REDACTED\\\"}\"]" },
	{ "X-Context", "[ \"\\u0065yJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.abc\"]", "[ \"REDACTED\"]" },
	{ "X-Context", "[[1,\"{\\\"otp\\\":2}\"]]", "[[1,\"{\\\"otp\\\":REDACTED}\"]]" },
	{ "X-Context", "{+\"password\":\"k\"}", "{+\"password\":\"REDACTED\"}" },
	{ "X-Context", "{\"a\":1},{\"password\":\"k\"}, [{\"token\":\"l\"}] ,{\"otp\":1}",
	  "{\"a\":1},{\"password\":\"REDACTED\"}, [{\"token\":\"REDACTED\"}] ,{\"otp\":REDACTED}" },
	{ "X-Context", "{\"a\":1},b,{\"password\":\"k\"}", "{\"a\":1},b,{\"password\":\"k\"}" },
	{ "X-Context", "{\"a\":1},", "{\"a\":1}," },
	{ "X-Context", " { \"a\" : [ 1 , { } , \"b\\u0020\\/c\" ] } , {\"d\":null}",
	  "{ \"a\" : [ 1 , { } , \"b\\u0020\\/c\" ] } , {\"d\":null}" },
	{ "X-Context", "{%22password%22:%22k%22}", "{%22password%22:%22REDACTED%22}" },
	{ "X-Context", "{%22a%22:1},[{%22token%22:+%22k%22}]",
	  "{%22a%22:1},[{%22token%22:+%22REDACTED%22}]" },
	{ "X-Any", "a={%22token%22:%22x%22} b", "a={%22token%22:%22REDACTED%22} b" },
	{ "Referer", "https://a/g?v={%22password%22:%22k%22}&b",
	  "https://a/g?v={%22password%22:%22REDACTED%22}&b" },
	{ "Referer", "https://a/g?{%22password%22:%22k%22}#c",
	  "https://a/g?{%22password%22:%22REDACTED%22}#c" },
	{ "Dropbox-API-Arg", "{\"path\":\"/x?token=k\"}", "{\"path\":\"/x?token=REDACTED\"}" },
	/* URLs */
	{ "Referer", "http://u:p@h/x", "http://REDACTED@h/x" },
	{ "Referer", "http://u:p%40q@r@h/x@y", "http://REDACTED@h/x@y" },
	{ "Location", "//u@h/", "//REDACTED@h/" },
	{ "Location", "http:///u:p@h//x@y", "http:///REDACTED@h//REDACTED@y" },
	{ "Location", "http://u:p%2Fq%3F@h/", "http://REDACTED@h/" },
	{ "Location", "/go?to=http%3A%2F%2Fu%3Ap%40h%2F&x=1",
	  "/go?to=http%3A%2F%2FREDACTED%40h%2F&x=1" },
	{ "Location", "https://h/cb#access_token=a&x=1", "https://h/cb#access_token=REDACTED&x=1" },
	{ "Link", "<https://h/?sig=a%26b>; rel=next", "<https://h/?sig=REDACTED>; rel=next" },
	{ "Location", "http://u:p&q@h/", "http://REDACTED@h/" }, /* & ends no authority here */
	{ "From", "user@example.com", "user@example.com" },
	{ "Referer", "http://h/?a=%7B%22token%22:%22x%22%7D&b=c",
	  "http://h/?a=%7B%22token%22:%22REDACTED%22%7D&b=c" },
	{ "X-Any", "a={\"token\":\"x y\"} b", "a={\"token\":\"REDACTED\"} b" },
	{ "X-Any", "token={\"a\":\"b c\"} d", "token=REDACTED d" },
	{ "Referer", "http://h/cb?token=Tom's&x=1", "http://h/cb?token=REDACTED&x=1" },
	{ "Location", "/cb?token=a b\"c<d>e'f&x=1", "/cb?token=REDACTED&x=1" },
	{ "content-location", "http://u:a b\"c'd@h/", "http://REDACTED@h/" },
	{ "Origin", "http://u:a<b>c@h", "http://REDACTED@h" },
	{ "X-Original-URL ", "/cb?token=\"a\" b", "/cb?token=REDACTED" },
	{ "Link", "<https://h/?sig=Tom's>; a='b'", "<https://h/?sig=REDACTED>; a='b'" },
	{ "X-Forwarded-Host", "u:p@h", "REDACTED@h" },
	/* parameters */
	{ "X-Params", "token=a, user=b", "token=REDACTED, user=b" },
	{ "X-Params", "password=\"a, b\"; c", "password=\"REDACTED\"; c" },
	{ "X-Params", "password=\"a", "password=\"REDACTED" },
	{ "X-Params", "password='a, b'; c='d'", "password='REDACTED'; c='d'" },
	{ "X-Params", "password='a'b' c", "password='REDACTED' c" },
	{ "X-Params", "password='a", "password='REDACTED" },
	{ "X-Params", "password=a'b c", "password=REDACTED c" },
	{ "X-Foo", "u='/x?sid=1',token=\"S3CRET\"", "u='/x?sid=REDACTED" },
	{ "X-Foo", "sid=abc,token=\"S 3\" c", "sid=REDACTED c" },
	{ "Referer", "http://a/?q=%7B%22a%22%3A%22Tom&token=%22S3CRET%22",
	  "http://a/?q=%7B%22a%22%3A%22Tom&token=REDACTED%22" },
	{ "Referer", "http://a/?x=%2F%2Fhost%22&u=https%253A%252F%252Fu:S3CRET%2540h",
	  "http://a/?x=%2F%2Fhost%22&u=https%253A%252F%252FREDACTED%2540h" },
	/* text */
	{ "X-Any", JWT, "REDACTED" },
	{ "X-Any", "a " JWT ", b", "a REDACTED, b" },
	{ "X-Any", "x=" AWS "/2026", "x=REDACTED/2026" },
	{ "X-Any", AWS AWS, "REDACTED" },
	{ "X-Any", AWS "Q", "REDACTED" },
	{ "X-Any", "ASIA%51" X16UP ", ABIA" X16UP "Q, ACCA" X16UP "/a",
	  "REDACTED, REDACTED, REDACTED/a" },
	{ "X-Any", "AKIA" X16UP "a", "AKIA" X16UP "a" },
	{ "X-Any", "AKIA" X16UP "QQa", "AKIA" X16UP "QQa" },
	{ "X-Any", "AKIAIOSFODNN7EXAMPL", "AKIAIOSFODNN7EXAMPL" },
	{ "X-Any", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "REDACTED" },
	{ "X-Any", "xoxb-1234567890-abcdefghij", "REDACTED" },
	{ "X-Any", "sk-ant-api03-" X16 "_-AA", "REDACTED" },
	{ "X-Any", "sk-proj-" X32 ", sk-svcacct-" X32, "REDACTED, REDACTED" },
	{ "X-Any", "SG." X16 "-_abcd." X32 X8 "abc", "REDACTED" },
	{ "X-Any", "SG.1 SG", "SG.1 SG" },
	{ "X-Any", "pypi-AgEIcHlwaS5vcmc" X32, "REDACTED" },
	{ "X-Any", "pypi-attestations-" X32, "pypi-attestations-" X32 },
	{ "X-Any", "hf_" X32 "ab", "REDACTED" },
	{ "X-Any", "hf_transfer-0.1.6-cp38-abi3-manylinux_2_17_x86_64.whl",
	  "hf_transfer-0.1.6-cp38-abi3-manylinux_2_17_x86_64.whl" },
	{ "X-Any", "dop_v1_" X32 X32 " doo_v1_" X32 X32, "REDACTED REDACTED" },
	{ "X-Any", "whsec_" X32, "REDACTED" },
	{ "X-Any", "glptt-" X32 " glrt-" X16 "abcd", "REDACTED REDACTED" },
	{ "X-Any", "hvb." X32, "REDACTED" },
	{ "Referer", "https://api.telegram.org/bot123456:AA" X32 "-/getMe",
	  "https://api.telegram.org/REDACTED/getMe" },
	{ "X-Any", "bot: a, bot123456 " X32 ", bot12:" X16,
	  "bot: a, bot123456 " X32 ", bot12:" X16 },
	{ "Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io.c2VjcmV0MQ, v4",
	  "REDACTED, v4" },
	/* none */
	{ "User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
	  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36" },
	{ "Accept", "text/html;q=0.9, */*;q=0.8", "text/html;q=0.9, */*;q=0.8" },
	{ "X-Keyboard", "tokens=3", "tokens=3" },
	{ "Content-Type", "application/x-www-form-urlencoded",
	  "application/x-www-form-urlencoded" },
	{ "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==" },
	{ "Etag", "\"eyJ0.aGVsbG8gd29ybGQgb2YgZXRhZ3M\"", "\"eyJ0.aGVsbG8gd29ybGQgb2YgZXRhZ3M\"" },
};

static void fields_lose_their_secrets(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		put_field(&r, fields[i].name, fields[i].value);
		assert_field(&r, fields[i].want);
		if (strcmp(fields[i].value, fields[i].want) == 0)
			assert_ptr_equal(r.got, &r.m);
	}
	close_rig(&r);
}

static const struct {
	const char *target, *want, *path;
} targets[] = {
	{ "/?access_token=a", "/?access_token=REDACTED", "/" },
	{ "/?accessToken=a", "/?accessToken=REDACTED", "/" },
	{ "/?ACCESS-TOKEN=a", "/?ACCESS-TOKEN=REDACTED", "/" },
	{ "/?a=1&code=x&b=2", "/?a=1&code=REDACTED&b=2", "/" },
	{ "/?a=1;sig=x&b=2", "/?a=1;sig=REDACTED&b=2", "/" },
	{ "/?X-Amz-Signature=f&X-Amz-Date=2", "/?X-Amz-Signature=REDACTED&X-Amz-Date=2", "/" },
	{ "/?password=a%26b%3Dc&d", "/?password=REDACTED&d", "/" },
	{ "/?password=a#b", "/?password=REDACTED", "/" },
	{ "/?pass%77ord=a", "/?pass%77ord=REDACTED", "/" },
	{ "/?user%5Bpassword%5D=a&b", "/?user%5Bpassword%5D=REDACTED&b", "/" },
	{ "/?user[password]=a&b", "/?user[password]=REDACTED&b", "/" },
	{ "/?token[]=a&token[1]=b", "/?token[]=REDACTED&token[1]=REDACTED", "/" },
	{ "/?u=%3Ftoken%3Da%26b%3Dc&d", "/?u=%3Ftoken%3DREDACTED%26b%3Dc&d", "/" },
	{ "/?u=%253Ftoken%253Da%2526b&d", "/?u=%253Ftoken%253DREDACTED%2526b&d", "/" },
	{ "/?u=http://a:b@c/&d=e@f", "/?u=http://REDACTED@c/&d=e@f", "/" },
	{ "/?u=//a&d=e@f", "/?u=//a&d=e@f", "/" },
	{ "/?" AWS, "/?REDACTED", "/" },
	{ "/r/" JWT "/x", "/r/REDACTED/x", "/r/REDACTED/x" },
	{ "/bot123456%3AAA" X32 "_/sendMessage?a=b", "/REDACTED/sendMessage?a=b",
	  "/REDACTED/sendMessage" },
	{ "/t/AKIA" X16UP "Q", "/t/REDACTED", "/t/REDACTED" },
	{ "/r/%65yJhbGciOiJIUzI1NiJ9.e30.c2ln/x", "/r/REDACTED/x", "/r/REDACTED/x" },
	{ "/a;jsessionid=x%2Fy/b?c", "/a;jsessionid=REDACTED?c", "/a;jsessionid=REDACTED" },
	{ "http://u:p@h/x", "http://REDACTED@h/x", "/x" },
	{ "/?token=", "/?token=", "/" },
	{ "/?" X16 X32 X8 "-password=a&b", "/?" X16 X32 X8 "-password=REDACTED&b", "/" },
	{ "/?%70" X32 X16 X8 "-%74oken=a&b", "/?%70" X32 X16 X8 "-%74oken=REDACTED&b", "/" },
	{ "/?%70wd" X32 "=a", "/?%70wd" X32 "=a", "/" },
	{ "/?a-" JWT "=1&b_" AWS "&c" AWS, "/?a-REDACTED=1&b_REDACTED&c" AWS, "/" },
	{ "/?token", "/?token", "/" },
	{ "/?tokens=1&codes=2&keyword=3&author=4", "/?tokens=1&codes=2&keyword=3&author=4", "/" },
	{ "/?db_pass=1&smtp-pass=2&DB_PWD=3&root_passwd=4&userpass=5&dbPass=6",
	  "/?db_pass=REDACTED&smtp-pass=REDACTED&DB_PWD=REDACTED&root_passwd=REDACTED&"
	  "userpass=REDACTED&dbPass=REDACTED",
	  "/" },
	{ "/?compass=1&bypass=2&keyboard=3&trespass=4&epwd=5&by_pass_x=6",
	  "/?compass=1&bypass=2&keyboard=3&trespass=4&epwd=5&by_pass_x=6", "/" },
	{ "/?passwords=1&secrets=2&psk=3&wpa_psk=4&presharedkey=5&pre_shared_key=6&PreSharedKey=7",
	  "/?passwords=REDACTED&secrets=REDACTED&psk=REDACTED&wpa_psk=REDACTED&"
	  "presharedkey=REDACTED&pre_shared_key=REDACTED&PreSharedKey=REDACTED",
	  "/" },
	{ "/?encryptionKey=1&data_encryption_key=2&masterKey=3&master_key=4&preshared_key=5",
	  "/?encryptionKey=REDACTED&data_encryption_key=REDACTED&masterKey=REDACTED&"
	  "master_key=REDACTED&preshared_key=REDACTED",
	  "/" },
	{ "/?card[cvv]=1&cvc=2&authcode=3&auth_code=4&authorization_code=5&Jenkins-Crumb=6",
	  "/?card[cvv]=REDACTED&cvc=REDACTED&authcode=REDACTED&auth_code=REDACTED&"
	  "authorization_code=REDACTED&Jenkins-Crumb=REDACTED",
	  "/" },
	{ "/?encryption_key_id=1&cvvx=2&spsk=3&geo_code=4",
	  "/?encryption_key_id=1&cvvx=2&spsk=3&geo_code=4", "/" },
	{ "/a@b/%20?c=d%3De", "/a@b/%20?c=d%3De", "/a@b/ " },
	/* values that are JSON */
	{ "/?db_pass=a&oldPass=b&userpasswd=c&compass=d&bypass=e",
	  "/?db_pass=REDACTED&oldPass=REDACTED&userpasswd=c&compass=d&bypass=e", "/" },
	{ "/?encryptionKey=a&master_key=b&wifi_psk=c&authcode=d&cvv=e",
	  "/?encryptionKey=REDACTED&master_key=REDACTED&wifi_psk=REDACTED&authcode=REDACTED&cvv=REDACTED",
	  "/" },
	{ "/?v={%0A%22a%22:1,+%22token%22%3A+%22b%22}",
	  "/?v={%0A%22a%22:1,+%22token%22%3A+%22REDACTED%22}", "/" },
	{ "/?u=http%3A%2F%2Fh%2F%3Fv%3D{%2522token%2522:%2522a%2522}",
	  "/?u=http%3A%2F%2Fh%2F%3Fv%3D{%2522token%2522:%2522REDACTED%2522}", "/" },
	{ "/?a=b&{\"token\":\"a\"}&c=d", "/?a=b&{\"token\":\"REDACTED\"}&c=d", "/" },
	{ "/?q=x&v=%7B%22password%22%3A%22a%22%7D&b=c",
	  "/?q=x&v=%7B%22password%22%3A%22REDACTED%22%7D&b=c", "/" },
	{ "/?v={\"password\":\"a\"}&b=c", "/?v={\"password\":\"REDACTED\"}&b=c", "/" },
	{ "/?v=[{\"a\":\"?b&token=c'd\"}]&b=c", "/?v=[{\"a\":\"?b&token=REDACTED\"}]&b=c", "/" },
	{ "/?v={\"a&token=b'c", "/?v={\"a&token=REDACTED", "/" },
	{ "/?u=%3Fv%3D%257B%2522token%2522:1%257D&b",
	  "/?u=%3Fv%3D%257B%2522token%2522:REDACTED%257D&b", "/" },
	{ "/?v={\"a\":1}&b=%5B1%5D", "/?v={\"a\":1}&b=%5B1%5D", "/" },
	{ "/v={\"token\":\"a\"}", "/v={\"token\":\"REDACTED\"}", "/v={\"token\":\"REDACTED\"}" },
	/* as browsers write them: their quotes are encoded, their brackets and colons are not */
	{ "/?v={%22password%22:%22a%22}&b=c", "/?v={%22password%22:%22REDACTED%22}&b=c", "/" },
	{ "/?v={%22password%22:+%22a%22}", "/?v={%22password%22:+%22REDACTED%22}", "/" },
	{ "/?v={%22token%22%3A%22a%22}", "/?v={%22token%22%3A%22REDACTED%22}", "/" },
	{ "/?v={%20%22a%22:%201,%20%22token%22:%20%22b%20c%22%20}&b=c",
	  "/?v={%20%22a%22:%201,%20%22token%22:%20%22REDACTED%22%20}&b=c", "/" },
	{ "/?v={%22a%22:%22b%2522%22,%22otp%22:1}", "/?v={%22a%22:%22b%2522%22,%22otp%22:REDACTED}",
	  "/" },
	{ "/?v={%22a%22:{%22password%22:{%22b%22:1}}}&c",
	  "/?v={%22a%22:{%22password%22:{REDACTED}}}&c", "/" },
	{ "/?v=[{},1,{%22token%22:%22a%22}]&b", "/?v=[{},1,{%22token%22:%22REDACTED%22}]&b", "/" },
	{ "/?v=[%7B%22token%22:%22a%22%7D]&b", "/?v=[%7B%22token%22:%22REDACTED%22%7D]&b", "/" },
	{ "/?f=[[%22token%22,%22a%22]]", "/?f=[[%22token%22,%22REDACTED%22]]", "/" },
	{ "/?x=[{%22name%22:%22token%22,%22value%22:%22a%22}]",
	  "/?x=[{%22name%22:%22token%22,%22value%22:%22REDACTED%22}]", "/" },
	{ "/?x=[{%22value%22:%22a%22,%22name%22:%22token%22}]",
	  "/?x=[{%22value%22:%22REDACTED%22,%22name%22:%22token%22}]", "/" },
	{ "/?url=https://h/?u={%22token%22:%22a%22}&b",
	  "/?url=https://h/?u={%22token%22:%22REDACTED%22}&b", "/" },
	{ "/?u=%3Fv%3D{%2522token%2522:1}&b", "/?u=%3Fv%3D{%2522token%2522:REDACTED}&b", "/" },
	{ "/?v={%22a%22:%22{\\%22token\\%22:\\%22b\\%22}%22}",
	  "/?v={%22a%22:%22{\\%22token\\%22:\\%22REDACTED\\%22}%22}", "/" },
	{ "/?token={%22a%22:%22b&c%22}&d", "/?token=REDACTED&d", "/" },
	{ "/?v={%22a%22:1}&b=[1]", "/?v={%22a%22:1}&b=[1]", "/" },
	/* JSON alone */
	{ "/?{%22password%22:%22a%22}", "/?{%22password%22:%22REDACTED%22}", "/" },
	{ "/?{\"password\":\"a\"}", "/?{\"password\":\"REDACTED\"}", "/" },
	{ "/?%7B%22password%22%3A%22a%22%7D&b", "/?%7B%22password%22%3A%22REDACTED%22%7D&b", "/" },
	{ "/?b&{%22password%22:%22a%22}&c", "/?b&{%22password%22:%22REDACTED%22}&c", "/" },
	{ "/token?{%22a%22:%22b%22}", "/token?{%22a%22:%22b%22}", "/token" },
	{ "/?u=%2F%3F{%2522token%2522:1}&b", "/?u=%2F%3F{%2522token%2522:REDACTED}&b", "/" },
};

static void targets_lose_their_secrets(void **state)
{
	struct rig r;
	char head[512], line[512];

	(void)state;
	open_rig(&r, NULL);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		const char *query = strchr(targets[i].want, '?');

		snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: h\r\n\r\n",
			 targets[i].target);
		snprintf(line, sizeof(line), "GET %s HTTP/1.1", targets[i].want);
		put(&r, head, HW_HTTP_REQUEST);
		assert_text(r.got->target, targets[i].want);
		assert_text(r.got->start_line, line);
		assert_text(r.got->query, query ? query + 1 : "");
		assert_text(r.got->uri_path, targets[i].path);
		if (strcmp(targets[i].target, targets[i].want) == 0)
			assert_ptr_equal(r.got, &r.m);
	}
	close_rig(&r);
}

static void the_user_of_an_authority_is_hidden(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	put(&r, "CONNECT u:p@h:443 HTTP/1.1\r\nHost: v:q@h:443\r\n\r\n", HW_HTTP_REQUEST);
	assert_text(r.got->target, "REDACTED@h:443");
	assert_text(r.got->start_line, "CONNECT REDACTED@h:443 HTTP/1.1");
	assert_text(r.got->host, "h:443");
	assert_text(r.got->fields[0].value, "REDACTED@h:443");
	put(&r, "GET / HTTP/1.1\r\nHost: v:q@h\r\n\r\n", HW_HTTP_REQUEST);
	assert_text(r.got->host, "REDACTED@h");
	close_rig(&r);
}

static void a_reason_may_be_a_secret(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	put(&r, "HTTP/1.1 401 bad token=abc\r\n\r\n", HW_HTTP_RESPONSE);
	assert_text(r.got->start_line, "HTTP/1.1 401 bad token=REDACTED");
	assert_text(r.got->status, "401 bad token=REDACTED");
	assert_text(r.got->reason, "bad token=REDACTED");
	assert_int_equal(r.got->status_code, 401);
	close_rig(&r);
}

/* With dashes each is two names, and the rules hold still. */
static void so_many_names_can_be_added(void **state)
{
	static char texts[HW_REDACT_MAX][16];
	const char *more[HW_REDACT_MAX + 1] = { [HW_REDACT_MAX] = "x-one-more" };
	struct hw_redact_options options = {
		.choice = { .more = more, .more_nr = HW_REDACT_MAX },
	};
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_redactor *none;
	struct rig r;

	(void)state;
	for (size_t i = 0; i < HW_REDACT_MAX; i++) {
		snprintf(texts[i], sizeof(texts[i]), "%sx-%zu", i % 2 ? "*" : "", i);
		more[i] = texts[i];
	}
	open_rig(&r, &options);
	put_field(&r, "X-510", "1");
	assert_field(&r, "REDACTED");
	put_field(&r, "Y-X511", "1");
	assert_field(&r, "REDACTED");
	put_field(&r, "Cookie", "a=1");
	assert_field(&r, "a=REDACTED");
	close_rig(&r);
	options.choice.more_nr++;
	assert_int_equal(hw_redactor_new(&none, &options, &budget), -EINVAL);
}

static void names_can_be_added_and_taken_out(void **state)
{
	static const char *const more[] = { "X-Mine", "*colour", "*-tint" };
	static const char *const less[] = { "authorization", "ACCESS_KEY", "*token", "jwt-text",
					    "userinfo" };
	const struct hw_redact_options wrong = { .choice = { .less = less, .less_nr = 2 } };
	static const char *const star[] = { "X-*" };
	const struct hw_redact_options starred = { .choice = { .more = star, .more_nr = 1 } };
	const struct hw_redact_options options = {
		.choice = { .more = more, .more_nr = 3, .less = less + 2, .less_nr = 3 }
	};
	struct hw_budget budget = { .max = 1 << 20 };
	struct hw_redactor *none;
	struct rig r;

	(void)state;
	assert_int_equal(hw_redactor_new(&none, &wrong, &budget), -EINVAL);
	assert_int_equal(hw_redactor_new(&none, &starred, &budget), -EINVAL);
	open_rig(&r, &options);
	put_field(&r, "x-mine", "1");
	assert_field(&r, "REDACTED");
	put_field(&r, "X-Other", "my_colour=1 mine=2 xmine=3");
	assert_field(&r, "my_colour=REDACTED mine=2 xmine=REDACTED");
	put_field(&r, "X-Other", "my_tint=1 mytint=2");
	assert_field(&r, "my_tint=REDACTED mytint=2");
	put_field(&r, "X-Vault-Token", "http://u:p@h/?access_token=a");
	assert_field(&r, "http://u:p@h/?access_token=a");
	put_field(&r, "X-Any", JWT);
	assert_field(&r, JWT);
	put_field(&r, "X-Any", AWS);
	assert_field(&r, "REDACTED");
	close_rig(&r);
}

static void the_same_secret_has_the_same_hash(void **state)
{
	const struct hw_redact_options options = { .key = HW_SLICE("0123456789abcdef") };
	struct rig r;

	(void)state;
	open_rig(&r, &options);
	/* printf 'a/b' | openssl dgst -r -sha256 -hmac 0123456789abcdef | cut -c 1-16 */
	put(&r, "GET /?sig=a%2Fb&sid=a/b HTTP/1.1\r\nAuthorization: Bearer a/b\r\n\r\n",
	    HW_HTTP_REQUEST);
	assert_text(r.got->query, "sig=REDACTED-9ddf77f8f44578be&sid=REDACTED-9ddf77f8f44578be");
	assert_text(r.got->fields[0].value, "Bearer REDACTED-9ddf77f8f44578be");
	close_rig(&r);
}

/* printf 'a b' and 'a+b' | openssl dgst -r -sha256 -hmac 0123456789abcdef | cut -c 1-16 */
#define BLANK "REDACTED-29e562d41e97b951"
#define PLUS "REDACTED-6fddfbab093c56c7"

static const struct {
	const char *text, *want;
	bool is_form;
} pluses[] = {
	{ "token=a+b", "token=" BLANK, true },
	{ "token=a%20b", "token=" BLANK, true },
	{ "token=a b", "token=" BLANK, true },
	{ "token=a%2Bb", "token=" PLUS, true },
	{ "u=%3Ftoken%3Da%2Bb", "u=%3Ftoken%3D" BLANK, true },
	{ "u=%3Ftoken%3Da%252Bb", "u=%3Ftoken%3D" PLUS, true },
	{ "u={\"token\":\"a+b\"}", "u={\"token\":\"" BLANK "\"}", true },
	{ "u=%7B%22token%22:%22a+b%22%7D", "u=%7B%22token%22:%22" BLANK "%22%7D", true },
	{ "u=%7B%22token%22:%22a%2Bb%22%7D", "u=%7B%22token%22:%22" PLUS "%22%7D", true },
	{ "token=a+b", "token=" PLUS, false },
	{ "{\"token\":\"a+b\"}", "{\"token\":\"" PLUS "\"}", false },
	{ "{\"token\":\"a b\"}", "{\"token\":\"" BLANK "\"}", false },
};

static void a_plus_of_a_form_is_a_blank(void **state)
{
	const struct hw_redact_options options = { .key = HW_SLICE("0123456789abcdef") };
	struct hw_buf to;
	struct rig r;

	(void)state;
	open_rig(&r, &options);
	hw_buf_init(&to, SIZE_MAX / 4, NULL);
	for (size_t i = 0; i < sizeof(pluses) / sizeof(pluses[0]); i++)
		assert_text(hw_redact_text(r.redactor, hw_slice_text(pluses[i].text),
					   pluses[i].is_form, false, &to),
			    pluses[i].want);
	put(&r, "GET /;sid=a+b?sig=a+b HTTP/1.1\r\nReferer: /?sig=a+b\r\nX-Token: a+b\r\n\r\n",
	    HW_HTTP_REQUEST);
	assert_text(r.got->target, "/;sid=" PLUS "?sig=" BLANK);
	assert_text(r.got->query, "sig=" BLANK);
	assert_text(r.got->fields[0].value, "/?sig=" BLANK);
	assert_text(r.got->fields[1].value, PLUS);
	hw_buf_clear(&to);
	close_rig(&r);
}

static void assert_hmac(struct hw_slice key, struct hw_slice text, const char *want)
{
	uint8_t got[HW_SHA256_BYTES];
	char hex[2 * HW_SHA256_BYTES + 1];
	struct hw_hmac h;

	hw_hmac_init(&h, key);
	for (size_t i = 0; i < text.len; i++)
		hw_hmac_add(&h, hw_slice(text.ptr + i, 1));
	hw_hmac_end(&h, got);
	for (size_t i = 0; i < sizeof(got); i++)
		snprintf(hex + 2 * i, 3, "%02x", got[i]);
	assert_string_equal(hex, want);
}

/* RFC 4231 4.2, 4.3, 4.7 */
/* FIPS 180-4, the lengths around which padding changes: python3 -c "hashlib.sha256(b'a' * 119)" */
static void hashes_are_those_of_the_standard(void **state)
{
	static const struct {
		size_t len;
		const char *want;
	} cases[] = {
		{ 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ 1, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb" },
		{ 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318" },
		{ 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a" },
		{ 63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34" },
		{ 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb" },
		{ 119, "31eba51c313a5c08226adf18d4a359cfdfd8d2e816b13f4af952f7ea6584dcfb" },
		{ 120, "2f3d335432c70b580af0e8e1b3674a7c020d683aa5f73aaaedfdc55af904c21c" },
		{ 128, "6836cf13bac400e9105071cd6af47084dfacad4e5e302c94bfed24e013afb73e" },
		{ 200, "c2a908d98f5df987ade41b5fce213067efbcc21ef2240212a41e54b5e7c28ae5" },
	};
	uint8_t many[256], got[HW_SHA256_BYTES];
	char hex[2 * HW_SHA256_BYTES + 1];

	(void)state;
	memset(many, 'a', sizeof(many));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t first = 0; first <= cases[i].len; first++) {
			struct hw_sha256 sha;

			hw_sha256_init(&sha);
			hw_sha256_add(&sha, hw_slice(many, first));
			hw_sha256_add(&sha, hw_slice(many + first, cases[i].len - first));
			hw_sha256_end(&sha, got);
			for (size_t k = 0; k < sizeof(got); k++)
				snprintf(hex + 2 * k, 3, "%02x", got[k]);
			assert_string_equal(hex, cases[i].want);
		}
	}
}

static void hmac_is_that_of_the_rfc(void **state)
{
	uint8_t long_key[131];

	(void)state;
	memset(long_key, 0xaa, sizeof(long_key));
	assert_hmac(HW_SLICE("\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
			     "\x0b\x0b\x0b"),
		    HW_SLICE("Hi There"),
		    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	assert_hmac(HW_SLICE("Jefe"), HW_SLICE("what do ya want for nothing?"),
		    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_hmac(hw_slice(long_key, sizeof(long_key)),
		    HW_SLICE("Test Using Larger Than Block-Size Key - Hash Key First"),
		    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void without_memory_nothing_is_told(void **state)
{
	const char *head = "GET /?token=SECRET HTTP/1.1\r\nCookie: a=SECRET\r\n\r\n";
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	hw_http_message_read(r.scratch, hw_slice_text(head), HW_HTTP_REQUEST, HW_HTTP_WHOLE, &r.m);
	for (size_t room = 0; room < 2048; room += 128) {
		r.budget.max = r.budget.used + room;
		r.got = hw_redact_message(r.redactor, &r.m);
		assert_ptr_not_equal(r.got, &r.m);
		assert_false(r.got->target.len &&
			     memmem(r.got->target.ptr, r.got->target.len, "SECRET", 6));
		if (r.got->fields_nr == 0)
			assert_true(r.got->anomalies & hw_anomaly_bit(HW_ANOMALY_FIELDS_DROPPED));
		else
			assert_text(r.got->fields[0].value, "a=REDACTED");
	}
	r.budget.max = 1 << 20;
	close_rig(&r);
}

/* More names than are remembered, each met again: what is known of one is not taken for another. */
static void names_met_again_are_not_mixed_up(void **state)
{
	char head[256];
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	for (int i = 0; i < 600; i++) {
		const int n = i / 3; /* three times in a row */

		snprintf(
			head, sizeof(head),
			"GET / HTTP/1.1\r\nX-%d-Token: a\r\nX-%d-Plain: b\r\nX-%d-Other: c\r\n\r\n",
			n, n, n);
		put(&r, head, HW_HTTP_REQUEST);
		assert_int_equal(r.got->fields_nr, 3);
		assert_text(r.got->fields[0].value, "REDACTED");
		assert_text(r.got->fields[1].value, "b");
		assert_text(r.got->fields[2].value, "c");
	}
	close_rig(&r);
}

/* Who remembers what a number stood for must not write a name that is hidden now. */
static bool has_text(struct hw_slice s, const char *text)
{
	return s.len && memmem(s.ptr, s.len, text, strlen(text));
}

static void assert_in_no_text(const struct hw_http_message *m, size_t nr, const char *secret)
{
	for (size_t i = 0; i < nr; i++)
		if (has_text(*hw_redact_text_of(m, i), secret))
			fail_msg("%.*s", (int)m->start_line.len, m->start_line.ptr);
}

/* What some take for the end of a line is in front of the field, or in its name. */
static void fields_inside_of_others_lose_their_secrets(void **state)
{
	static const struct {
		const char *head;
		size_t len;
	} odd[] = {
#define ODD(text) { text "\r\n\r\n", sizeof(text) + 3 }
		ODD("GET /a HTTP/1.1\r\nHost: h\r\n Authorization: Bearer S3CRET"),
		ODD("GET /b HTTP/1.1\r\nHost: h\r\n X: 1\r\n\tauthorization:\tBearer S3CRET"),
		ODD("GET /r HTTP/1.1\r\nHost: h\r\n X: 1\r\n Authorization : Bearer S3CRET"),
		ODD("GET /c HTTP/1.1\r\nHost:\r\n Cookie: a=S3CRET; b=S3CRET"),
		ODD("GET /d HTTP/1.1\r\n Authorization: Bearer S3CRET\r\nHost: h"),
		ODD("GET /e HTTP/1.1\r\nHost: h\r\nX: 1\rAuthorization: Bearer S3CRET"),
		ODD("GET /f HTTP/1.1\r\nHost: h\r\nX: 1\rA: 2\rX-Api-Key:S3CRET\rB: token=S3CRET"),
		ODD("GET /g HTTP/1.1\r\nHost: h\r\nX\rAuthorization: Bearer S3CRET"),
		ODD("GET /h HTTP/1.1\rAuthorization: Bearer S3CRET\r\nHost: h"),
		ODD("GET /i?a=1&token=S3CRET\rAuthorization:S3CRET HTTP/1.1\r\nHost: h"),
		ODD("GET /%6a\rAuthorization:S3CRET HTTP/1.1\r\nHost: h"),
		ODD("GET /k HTTP/1.1\r\nHost: h\r\nAuthoriz\0ation: Bearer S3CRET"),
		ODD("GET /l HTTP/1.1\r\nHost: h\r\nX\0Authorization: Bearer S3CRET"),
		ODD("GET /m HTTP/1.1\r\nHost: h\r\nX: 1\0Authorization: Bearer S3CRET"),
		ODD("GET /n HTTP/1.1\r\nHost: h\r\nX: 1\r\1Auth\0orization: Bearer S3CRET"),
		ODD("GET /o HTTP/1.1\r\nHost: h\r\nX: " X32 X32 X32 "\0Cookie: a=S3CRET"),
		ODD("GET /p HTTP/1.1\r\nHost: h\r\nX: " X32 X32 X32 "\r" X32 X32 X32
		    "-\0api-key: S3CRET"),
		ODD("GET /q HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer a\rCookie: S3CRET"),
#undef ODD
	};
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		hw_http_message_read(r.scratch,
				     tight_copy(hw_slice((const uint8_t *)odd[i].head, odd[i].len)),
				     HW_HTTP_REQUEST, HW_HTTP_WHOLE, &r.m);
		r.got = hw_redact_message(r.redactor, &r.m);
		assert_in_no_text(r.got, HW_REDACT_TEXTS_NR + 2 * (r.m.fields_nr + r.m.headers_nr),
				  "S3CRET");
		assert_int_equal(r.got->head.len, 0);
		r.got = hw_redact_start(r.redactor, &r.m);
		assert_in_no_text(r.got, HW_REDACT_TEXTS_NR, "S3CRET");
	}
	close_rig(&r);
}

/* Of what is odd only that is taken out. */
static void fields_inside_of_others_stay_if_they_are_no_secrets(void **state)
{
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	put_field(&r, "X", "1\r\n Host: evil, time: 12:30\r\n Authorization none: a");
	assert_field(&r, "1 Host: evil, time: 12:30 Authorization none: a");
	put_field(&r, "X", "1\r\n Host: evil\r\n Cookie: a=b");
	assert_field(&r, "1 Host: evil Cookie: REDACTED");
	close_rig(&r);
}

static void a_name_that_is_hidden_has_no_number(void **state)
{
	static const char head[] = "GET / HTTP/1.1\r\nHost: h\r\n" AWS ": " X32 "\r\n\r\n";
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	put(&r, head, HW_HTTP_REQUEST);
	put(&r, head, HW_HTTP_REQUEST);
	assert_true(r.m.fields[1].number > 0);
	r.m.anomalies |= hw_anomaly_bit(HW_ANOMALY_BAD_FIELD_NAME); /* so names are looked at */
	r.got = hw_redact_message(r.redactor, &r.m);
	assert_text(r.got->fields[1].name, "REDACTED");
	assert_int_equal(r.got->fields[1].number, 0);
	close_rig(&r);
}

/* Twice the input takes about twice the time: no text makes us look at bytes again and again. */
static void hostile_texts_take_linear_time(void **state)
{
	static const char *const pieces[] = {
		"eyJ-", "eyJaaaaaaaaa.", "//a@",  "a=",	  "token=&",
		"a\r:", "[a]=",		 "%2525", "AKIA", "@",
		"x-",	"={%22",	 "=[[1",  "?{",	  "=[[1%5D&"
	};
	enum { LEN = 1 << 20 };
	char *head = malloc(LEN + 64);
	struct rig r;

	(void)state;
	assert_non_null(head);
	open_rig(&r, NULL);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		const size_t len = strlen(pieces[i]);
		size_t at = (size_t)snprintf(head, LEN, "GET / HTTP/1.1\r\nA: ");

		for (; at + len < LEN; at += len)
			memcpy(head + at, pieces[i], len);
		memcpy(head + at, "\r\n\r\n", 5);
		put(&r, head, HW_HTTP_REQUEST); /* minutes, were it not linear */
	}
	close_rig(&r);
	free(head);
}

/* A sieve of all rules. */
static void make_sieve(struct hw_redact_sieve *v, const struct hw_redact_names *names,
		       hw_redact_looker look)
{
	hw_redact_sieve_init(v, names, look);
	for (size_t i = 0; i < hw_redact_rules_nr; i++)
		if (hw_redact_rules[i].prefix)
			hw_redact_sieve_add(v, &hw_redact_rules[i]);
}

/* Asks `v`, and all other ways that are possible here, which must agree. */
static bool may_hold(struct hw_redact_sieve *v, struct hw_slice s)
{
	const bool holds = hw_redact_may_hold(v, s);

	for (size_t i = 0; i < hw_redact_lookings_nr; i++)
		if (hw_redact_lookings[i].is_possible())
			assert_int_equal(hw_redact_lookings[i].look(v, s), holds);
	return holds;
}

/* Each of these at each place of a text that ends where memory does. */
static void sieves_answer_alike(void **state)
{
	static const char *const pieces[] = { "eyJ",	  "AKIA",     "AKI", "xeyJ",	"ghp_",
					      "%",	  "\xe9hvs.", "@",   "=",	"token=",
					      "oken=",	  "q=",	      "]=",  "sk_live", "hvs.",
					      "\xffhvs.", "key",      "b",   "" };
	struct hw_redact_names *names;
	struct hw_redact_sieve v;
	uint8_t text[140];
	size_t held = 0;

	(void)state;
	assert_int_equal(hw_redact_names_new(&names, &(struct hw_redact_choice){ 0 }), 0);
	make_sieve(&v, names, hw_redact_looker_choose());
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		for (size_t len = strlen(pieces[i]); len <= sizeof(text); len++)
			for (size_t at = 0; at + strlen(pieces[i]) <= len; at++) {
				memset(text, " a-"[at % 3], len);
				memcpy(text + at, pieces[i], strlen(pieces[i]));
				held += may_hold(&v, tight_copy(hw_slice(text, len)));
			}
	assert_true(held > 1000);
	hw_redact_names_free(names);
}

/* Every two bytes, behind all others, at each place of a block. */
static void sieves_mark_the_same_bytes(void **state)
{
	struct hw_redact_names *names;
	struct hw_redact_sieve v;
	uint8_t text[80];

	(void)state;
	assert_int_equal(hw_redact_names_new(&names, &(struct hw_redact_choice){ 0 }), 0);
	make_sieve(&v, names, hw_redact_looker_choose());
	for (unsigned pair = 0; pair < 1 << 16; pair++) {
		memset(text, pair & 1 ? 'a' : ' ', sizeof(text));
		text[pair % 64] = (uint8_t)pair;
		text[pair % 64 + 1] = (uint8_t)(pair >> 8);
		may_hold(&v, hw_slice(text, sizeof(text)));
	}
	hw_redact_names_free(names);
}

struct body {
	const char *text, *want;
};

static const struct body bodies[] = {
	{ "", "" },
	{ "user=bob&password=x%26y&a=1", "user=bob&password=REDACTED&a=1" },
	{ "password=x", "password=REDACTED" },
	{ "a line\ntoken=abc and more", "a line\ntoken=REDACTED and more" },
	{ "a='?token=b'; token=Tom's dog", "a='?token=REDACTED'; token=REDACTED dog" },
	{ "var u='/api?token='+t;function x(){return 'abc'} var y=1;",
	  "var u='/api?token='+t;function x(){return 'abc'} var y=1;" },
	{ "<a href='/login?token='>Login</a><p><a href='/b'>",
	  "<a href='/login?token='>Login</a><p><a href='/b'>" },
	{ "the key AKIAABCDEFGHIJKLMNOP.", "the key REDACTED." },
	{ "{\"user\":\"bob\",\"password\":\"x\\\"y\",\"a\":1}",
	  "{\"user\":\"bob\",\"password\":\"REDACTED\",\"a\":1}" },
	{ " [ {\"access_token\" : 42 , \"b\":2}]", " [ {\"access_token\" : REDACTED , \"b\":2}]" },
	{ "{\"token\":[\"a\",{\"b\":\"]\"}],\"c\":null}", "{\"token\":[REDACTED],\"c\":null}" },
	{ "{\"a\":{\"password\":null}}", "{\"a\":{\"password\":REDACTED}}" },
	{ "{\"a\":\"password\",\"b\":\"c\"}", "{\"a\":\"password\",\"b\":\"c\"}" },
	{ "{\"a\":\"x?token=abc\"}", "{\"a\":\"x?token=REDACTED\"}" },
	{ "{\"a\":\"AKIAABCDEFGHIJKLMNOP\"}", "{\"a\":\"REDACTED\"}" },
	{ "{\"password\":\"cut of", "{\"password\":\"REDACTED" },
	{ "{\"password\":\"cut\\", "{\"password\":\"REDACTED" },
	{ "{\"password\":[\"cut", "{\"password\":[REDACTED" },
	{ "{\"password\":", "{\"password\":" },
	{ "{\"password\"", "{\"password\"" },
	{ "{\"password", "{\"password" },
	{ "{\"password\":\"\",\"b\":1}", "{\"password\":\"\",\"b\":1}" },
	{ "\xef\xbb\xbf{\"password\":\"x\"}", "\xef\xbb\xbf{\"password\":\"REDACTED\"}" },
	{ ")]}',\n{\"password\":\"x\"}", ")]}',\n{\"password\":\"REDACTED\"}" },
	{ "f({\"password\":\"x\"})", "f({\"password\":\"REDACTED\"})" },
	{ "1\n{\"password\":\"x\"}\n", "1\n{\"password\":\"REDACTED\"}\n" },
	{ "data: {\"access_token\":\"x\"}\n\n", "data: {\"access_token\":\"REDACTED\"}\n\n" },
	{ "{\"pass\\u0077ord\":\"x\"}", "{\"pass\\u0077ord\":\"REDACTED\"}" },
	{ "{\"\\u0070assword\":\"x\"}", "{\"\\u0070assword\":\"REDACTED\"}" },
	{ "{\"pass\\u00\":\"x\",\"\\u\":1}", "{\"pass\\u00\":\"x\",\"\\u\":1}" },
	{ "{ AKIAABCDEFGHIJKLMNOP }", "{ REDACTED }" },
	{ "at 8 [INFO] password=\"x\" b", "at 8 [INFO] password=\"REDACTED\" b" },
	{ "[INFO] password=\"x\" token=\"y\"", "[INFO] password=\"REDACTED\" token=\"REDACTED\"" },
	{ "{\"a\":1} b password=\"x", "{\"a\":1} b password=\"REDACTED" },
	{ "[ a=\"password\" : \"x\"", "[ a=\"password\" : \"REDACTED\"" },
	{ "a={\"b\":1}&password=x", "a={\"b\":1}&password=REDACTED" },
	/* values that are JSON */
	{ "payload=%7B%22password%22%3A%22x%22%7D",
	  "payload=%7B%22password%22%3A%22REDACTED%22%7D" },
	{ "a=b&c=%7b%22d%22:1,+%22token%22+:+%22x+%5C%22%26y%22+%7d&password=z",
	  "a=b&c=%7b%22d%22:1,+%22token%22+:+%22REDACTED%22+%7d&password=REDACTED" },
	{ "a={\"password\":\"x&y\",\"b\":\"c\"}&d=e",
	  "a={\"password\":\"REDACTED\",\"b\":\"c\"}&d=e" },
	{ "a=[{\"password\":\"x\"}]", "a=[{\"password\":\"REDACTED\"}]" },
	{ "a=%5B%7B%22token%22%3A12%7D%5D", "a=%5B%7B%22token%22%3AREDACTED%7D%5D" },
	{ "a=+%0A%7B%0A%22password%22%3A%22x%22%7D",
	  "a=+%0A%7B%0A%22password%22%3A%22REDACTED%22%7D" },
	{ "a%3D%7B%22password%22%3A%22x%22%7D%26b%3Dc",
	  "a%3D%7B%22password%22%3A%22REDACTED%22%7D%26b%3Dc" },
	{ "a=%257B%2522password%2522%3A%2522x%2522%257D",
	  "a=%257B%2522password%2522%3A%2522REDACTED%2522%257D" },
	{ "a=%7B%22b%22%3A%22%2522%22%2C%22password%22%3A%22%2522x%22%7D",
	  "a=%7B%22b%22%3A%22%2522%22%2C%22password%22%3A%22REDACTED%22%7D" },
	{ "a=%7B%22b%22%3A%22c%7D%22%2C%22password%22%3A%22x%22%7D",
	  "a=%7B%22b%22%3A%22c%7D%22%2C%22password%22%3A%22REDACTED%22%7D" },
	{ "a=%7B%22b%22%3A%22/?token=c+d%26e%22%7D",
	  "a=%7B%22b%22%3A%22/?token=REDACTED%26e%22%7D" },
	{ "a=%7B%22password%22%3A%22x", "a=%7B%22password%22%3A%22REDACTED" },
	{ "a={\"password\":\"x", "a={\"password\":\"REDACTED" },
	{ "a=%7B%22b%22&password=x", "a=%7B%22b%22&password=REDACTED" },
	{ "a=[b&password=x y", "a=[b&password=REDACTED y" },
	{ "password={\"a\":\"b c\"}&d=e", "password=REDACTED&d=e" },
	{ "password=%7B%22a%22%3A%22b%22%7D&d=e", "password=REDACTED&d=e" },
	{ "password=[b&c=d", "password=REDACTED&c=d" },
	{ "a={\"b\":1}&c={\"pwd\":\"x\"}&d=%7B%22pwd%22%3A%22y%22%7D&otp=z",
	  "a={\"b\":1}&c={\"pwd\":\"REDACTED\"}&d=%7B%22pwd%22%3A%22REDACTED%22%7D&otp=REDACTED" },
	{ "var a = {\"password\":\"x\"};", "var a = {\"password\":\"REDACTED\"};" },
	{ "a={\"b\":\"c\"}", "a={\"b\":\"c\"}" },
	{ "http://a:b&c@d/", "http://REDACTED@d/" },
	/* strings of JSON with escapes, which may be JSON themselves */
	{ "{\"a\":\"http:\\/\\/b:c@d\\/\"}", "{\"a\":\"http:\\/\\/REDACTED@d\\/\"}" },
	{ "{\"a\":\"http:\\u002F\\u002fb\\u003ac@d\"}",
	  "{\"a\":\"http:\\u002F\\u002fREDACTED@d\"}" },
	{ "{\"a\":\"token\\u003dx\\u0026b=c\"}", "{\"a\":\"token\\u003dREDACTED\\u0026b=c\"}" },
	{ "{\"a\":\"token=x\\u00e9\\ud83d\\ude00\\u00zz\\/y z\"}", "{\"a\":\"token=REDACTED z\"}" },
	{ "{\"a\":\"TOKEN=x\\nUSER=y\\tz\"}", "{\"a\":\"TOKEN=REDACTED\\nUSER=y\\tz\"}" },
	{ "{\"a\":\"token=\\\"b c\\\" d\"}", "{\"a\":\"token=\\\"REDACTED\\\" d\"}" },
	{ "{\"a\":\"{\\\"user\\\":\\\"b\\\",\\\"password\\\":\\\"x\\\"}\",\"token\":1}",
	  "{\"a\":\"{\\\"user\\\":\\\"b\\\",\\\"password\\\":\\\"REDACTED\\\"}\",\"token\":REDACTED}" },
	{ "{\"a\":\"{\\u0022token\\u0022:\\u0022x\\u0022}\"}",
	  "{\"a\":\"{\\u0022token\\u0022:\\u0022REDACTED\\u0022}\"}" },
	{ "{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"otp\\\\\\\":\\\\\\\"x\\\\\\\"}\\\"}\"}",
	  "{\"a\":\"{\\\"b\\\":\\\"{\\\\\\\"otp\\\\\\\":\\\\\\\"REDACTED\\\\\\\"}\\\"}\"}" },
	{ "{\"a\":\"v={\\\"otp\\\":\\\"x y\\\"}&b\"}",
	  "{\"a\":\"v={\\\"otp\\\":\\\"REDACTED\\\"}&b\"}" },
	{ "{\"a\":\"--b\\r\\nContent-Disposition: form-data; name=\\\"otp\\\"\\r\\n\\r\\nx y\\r\\n--b--\"}",
	  "{\"a\":\"--b\\r\\nContent-Disposition: form-data; name=\\\"otp\\\"\\r\\n\\r\\nREDACTED\\r\\n--b--\"}" },
	{ "v=%7B%22a%22:%22%7B%5C%22otp%5C%22:%5C%22x%5C%22%7D%22%7D&b",
	  "v=%7B%22a%22:%22%7B%5C%22otp%5C%22:%5C%22REDACTED%5C%22%7D%22%7D&b" },
	{ "{\"a\":\"{\\\"b\\\":\\\"c\\\"}\\\\\"}", "{\"a\":\"{\\\"b\\\":\\\"c\\\"}\\\\\"}" },
	/* elements of XML: WS-Security, AWS STS */
	{ "<?xml version=\"1.0\"?><s:a><wsse:Password Type=\"x>y\">p&amp;q</wsse:Password><b>c</b>",
	  "<?xml version=\"1.0\"?><s:a><wsse:Password Type=\"x>y\">REDACTED</wsse:Password><b>c</b>" },
	{ "\xef\xbb\xbf\n<a><SecretAccessKey>b</SecretAccessKey><SessionToken>c</SessionToken></a>",
	  "\xef\xbb\xbf\n<a><SecretAccessKey>REDACTED</SecretAccessKey><SessionToken>REDACTED</SessionToken></a>" },
	{ "<a><password><b>x</b></passwordx></password><c>d</c></a>",
	  "<a><password>REDACTED</password><c>d</c></a>" },
	{ "<password><![CDATA[a<b{\"c\"]]></password >", "<password>REDACTED</password >" },
	{ "<a password='x y'/><token/><token a='b'/><b>c</b>",
	  "<a password='REDACTED'/><token/><token a='b'/><b>c</b>" },
	{ "<a href=\"http://b:c@d/?otp=e\">f</a>",
	  "<a href=\"http://REDACTED@d/?otp=REDACTED\">f</a>" },
	{ "<Error><Code>NoSuchKey</Code></Error>", "<Error><Code>NoSuchKey</Code></Error>" },
	{ "<!-- <password>x --><passwordx>y</passwords>",
	  "<!-- <password>x --><passwordx>y</passwords>" },
	{ "<password></password>a</password>", "<password></password>a</password>" },
	{ "<a><password>cut", "<a><password>REDACTED" },
	{ "<a><password b=\"", "<a><password b=\"" },
	{ "<a><password", "<a><password" },
	{ "<!--", "<!--" },
	{ "{\"a\":\"<otp>x</otp>\",\"b\":\"<c d=\\\"e\\\"/><otp>x</otp>\"}",
	  "{\"a\":\"<otp>REDACTED</otp>\",\"b\":\"<c d=\\\"e\\\"/><otp>REDACTED</otp>\"}" },
	{ "a <password>b</password>", "a <password>b</password>" },
	/* and JSON behind or between them: a warning of PHP, a page, syslog */
	{ "<br />\n<b>Warning</b>: c<br />\n{\"a\":1,\"token\":\"x\"}",
	  "<br />\n<b>Warning</b>: c<br />\n{\"a\":1,\"token\":\"REDACTED\"}" },
	{ "<pre>{\"password\":\"x\"}</pre>", "<pre>{\"password\":\"REDACTED\"}</pre>" },
	{ "<34>1 - app {\"password\":\"x\"}", "<34>1 - app {\"password\":\"REDACTED\"}" },
	{ "<a><token>x</token><b>{\"otp\":\"y\"}</b></a>",
	  "<a><token>REDACTED</token><b>{\"otp\":\"REDACTED\"}</b></a>" },
	{ "a={", "a={" },
	{ "a=%7B", "a=%7B" },
	{ "a=", "a=" },
	/* tags that name what they have the value of: forms, .NET */
	{ "<input type=hidden name=\"csrf_token\" value=\"x\"><input value='y' name='token' a>",
	  "<input type=hidden name=\"csrf_token\" value=\"REDACTED\">"
	  "<input value='REDACTED' name='token' a>" },
	{ "<meta name='csrf-token' content='x' /><meta content='y' name='viewport'/>",
	  "<meta name='csrf-token' content='REDACTED' /><meta content='y' name='viewport'/>" },
	{ "<add key=\"a.password\" value=\"x\"/><add key=\"a\" value=\"token\"/>",
	  "<add key=\"a.password\" value=\"REDACTED\"/><add key=\"a\" value=\"token\"/>" },
	{ "<input name='token' value=''><input name='token'>",
	  "<input name='token' value=''><input name='token'>" },
	{ "<a name=\"token\" value=\"cut", "<a name=\"token\" value=\"REDACTED" },
	/* elements that name the next one: XML-RPC, property lists */
	{ "<member><name>password</name><value><string>x</string></value></member><name>a</name><b>c</b>",
	  "<member><name>password</name><value>REDACTED</value></member><name>a</name><b>c</b>" },
	{ "<dict>\n <key>token</key>\n <string>x</string>\n</dict>",
	  "<dict>\n <key>token</key>\n <string>REDACTED</string>\n</dict>" },
	{ "<name>token</name>", "<name>token</name>" },
	{ "<name>token", "<name>token" },
	/* members of JSON that say in two what a secret is, in either order */
	{ "{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"x\"},{\"name\":\"USER\",\"value\":\"y\"}]}",
	  "{\"env\":[{\"name\":\"DB_PASSWORD\",\"value\":\"REDACTED\"},{\"name\":\"USER\",\"value\":\"y\"}]}" },
	{ "[{\"value\":\"x\",\"a\":\"http://u:p@h\",\"Key\":\"api_key\"},{\"value\":\"y\"},{\"key\":\"otp\"}]",
	  "[{\"value\":\"REDACTED\",\"a\":\"http://REDACTED@h\",\"Key\":\"api_key\"},{\"value\":\"y\"},{\"key\":\"otp\"}]" },
	{ "{\"name\":\"token\",\"a\":{\"name\":\"b\",\"value\":\"c\"},\"value\":{\"d\":\"x\"},\"e\":\"f\"}",
	  "{\"name\":\"token\",\"a\":{\"name\":\"b\",\"value\":\"c\"},\"value\":{REDACTED},\"e\":\"f\"}" },
	{ "{\"headers\":[{\"name\":\"Cookie\",\"value\":\"a=b\"},{\"name\":\"Host\",\"value\":\"a\"}]}",
	  "{\"headers\":[{\"name\":\"Cookie\",\"value\":\"REDACTED\"},{\"name\":\"Host\",\"value\":\"a\"}]}" },
	{ "{\"ParameterKey\":\"DBPassword\",\"ParameterValue\":\"x\",\"name\":\"a\"},{\"name\":\"a\",\"value\":\"y\"}",
	  "{\"ParameterKey\":\"DBPassword\",\"ParameterValue\":\"REDACTED\",\"name\":\"a\"},{\"name\":\"a\",\"value\":\"y\"}" },
	{ "{\"Name\":\"db\",\"SecretString\":\"x\"}",
	  "{\"Name\":\"db\",\"SecretString\":\"REDACTED\"}" },
	/* whatever another name beside it says */
	{ "{\"key\":\"DB\\u005fPASS\\u0057ORD\",\"value\":\"x\"}",
	  "{\"key\":\"DB\\u005fPASS\\u0057ORD\",\"value\":\"REDACTED\"}" },
	/* with others inside of it, each with a name and a value of its own */
	{ "{\"name\":\"otp\",\"a\":{\"type\":\"password\",\"label\":\"token\"},\"value\":\"x\"}",
	  "{\"name\":\"otp\",\"a\":{\"type\":\"password\",\"label\":\"token\"},\"value\":\"REDACTED\"}" },
	{ "{\"value\":\"x\",\"a\":[{\"value\":\"b\",\"name\":\"c\"},{\"value\":\"d\"}],\"name\":\"otp\"}",
	  "{\"value\":\"REDACTED\",\"a\":[{\"value\":\"b\",\"name\":\"c\"},{\"value\":\"d\"}],\"name\":\"otp\"}" },
	{ "{\"value\":{\"value\":\"x\",\"name\":\"otp\",\"b\":\"x\"},\"c\":\"d\",\"name\":\"token\"}",
	  "{\"value\":{REDACTED},\"c\":\"d\",\"name\":\"token\"}" },
	{ "- value: x\n  a:\n    value: b\n    name: c\n  name: otp\n  e: f\n- value: d\n",
	  "- value: REDACTED\n  a:\n    value: b\n    name: c\n  name: otp\n  e: f\n- value: d\n" },
	{ "{\"key\":\"DB_PASSWORD\",\"name\":\"db\",\"value\":\"x\"}",
	  "{\"key\":\"DB_PASSWORD\",\"name\":\"db\",\"value\":\"REDACTED\"}" },
	{ "{\"value\":\"x\",\"name\":\"db\",\"key\":\"DB_PASSWORD\"}",
	  "{\"value\":\"REDACTED\",\"name\":\"db\",\"key\":\"DB_PASSWORD\"}" },
	{ "[{\"op\":\"replace\",\"path\":\"/data/password\",\"value\":\"x\"},{\"path\":\"/a\",\"value\":\"y\"}]",
	  "[{\"op\":\"replace\",\"path\":\"/data/password\",\"value\":\"REDACTED\"},{\"path\":\"/a\",\"value\":\"y\"}]" },
	{ "[{\"name\":\"otp\",\"secureValue\":\"x\"},{\"label\":\"otp\",\"values\":[\"x\",\"y\"]},{\"values\":[\"z\"]}]",
	  "[{\"name\":\"otp\",\"secureValue\":\"REDACTED\"},{\"label\":\"otp\",\"values\":[REDACTED]},{\"values\":[\"z\"]}]" },
	{ "[{\"type\":\"password\",\"value\":\"x\"},{\"type\":\"token\",\"value\":\"y\"}]",
	  "[{\"type\":\"password\",\"value\":\"REDACTED\"},{\"type\":\"token\",\"value\":\"y\"}]" },
	{ "{\"name\":\"code\",\"value\":\"US\"}{\"name\":\"otp\",\"value\":",
	  "{\"name\":\"code\",\"value\":\"US\"}{\"name\":\"otp\",\"value\":" },
	{ "{\"name\":\"otp\"}}}{\"value\":\"a\"}", "{\"name\":\"otp\"}}}{\"value\":\"a\"}" },
	{ "{\"log\":\"{\\\"value\\\":\\\"x\\\",\\\"name\\\":\\\"token\\\"}\"}",
	  "{\"log\":\"{\\\"value\\\":\\\"REDACTED\\\",\\\"name\\\":\\\"token\\\"}\"}" },
	/* and lines of YAML */
	{ "env:\n- name: DB_PASSWORD\n  value: x y\n- name: A\n  value: b\n- key: \"otp\"\r\n  value: 'y'",
	  "env:\n- name: DB_PASSWORD\n  value: REDACTED\n- name: A\n  value: b\n- key: \"otp\"\r\n  value: 'REDACTED'" },
	{ "name: token\na: b\nvalue: x\nname: f\nvalue: g, value: h, i: otp, value: j",
	  "name: token\na: b\nvalue: REDACTED\nname: f\nvalue: g, value: h, i: otp, value: j" },
	/* in either order, with lines between, of one object */
	{ "env:\n- value: x\n  name: DB_PASSWORD\n  a: b\n- value: b\n  name: A\n",
	  "env:\n- value: REDACTED\n  name: DB_PASSWORD\n  a: b\n- value: b\n  name: A\n" },
	{ "- name: A\n  value: b\n- name: otp\n  about:\n    value: c\n  \"value\": \"x\"\n",
	  "- name: A\n  value: b\n- name: otp\n  about:\n    value: c\n  \"value\": \"REDACTED\"\n" },
	{ "- name: otp\n- value: a\n", "- name: otp\n- value: REDACTED\n" },
	{ "a:\n  name: otp\n  b: c\nd:\n  value: e\nvalue: f\n",
	  "a:\n  name: otp\n  b: c\nd:\n  value: e\nvalue: f\n" },
	{ "- value: a\n- name: otp\n- b: c\n  value: d\n",
	  "- value: a\n- name: otp\n- b: c\n  value: d\n" },
	{ "  value: a\nb: c\n  name: otp\n", "  value: a\nb: c\n  name: otp\n" },
	{ "f({\n  name: 'otp',\n  type: 'a',\n  value: 'x'\n}, {\n  name: 'a',\n  value: 'b'\n})",
	  "f({\n  name: 'otp',\n  type: 'a',\n  value: 'REDACTED'\n}, {\n  name: 'a',\n  value: 'b'\n})" },
	{ "value: |\n  x\n  y\nname: otp", "value: |\n  REDACTED\nname: otp" },
	{ "value: [x, y\nname: otp\nb: c", "value: [REDACTED\nname: otp\nb: c" },
	{ "- name: otp # a\n  value: x # b\n- key: \"DB_PASSWORD\"\t# a: b\n  value: 'x'\n- name: otp#a\n  value: b",
	  "- name: otp # a\n  value: REDACTED\n- key: \"DB_PASSWORD\"\t# a: b\n  value: 'REDACTED'\n- name: otp#a\n  value: b" },
	/* a value goes on behind what looks like a key at its beginning, but not what is inside of that */
	{ "password: ghp_" X16 X8 " x\notp: [ghp_" X16 X8 ", x]\na: b",
	  "password: REDACTED\notp: [REDACTED]\na: b" },
	{ "a: https://b-token:" X16 X8 "@c/d: e\nf: g?otp=token:x h, token: x",
	  "a: https://REDACTED@c/d: e\nf: g?otp=REDACTED h, token: REDACTED" },
	/* pairs in an array of JSON, if there may be several */
	{ "[[\"Authorization\",\"x\"],[\"Host\",\"h\"], [ \"otp\" , 1 ]]",
	  "[[\"Authorization\",\"REDACTED\"],[\"Host\",\"h\"], [ \"otp\" , REDACTED ]]" },
	{ "{\"required\":[\"password\",\"email\"],\"a\":[\"token\",\"b\"]}",
	  "{\"required\":[\"password\",\"email\"],\"a\":[\"token\",\"b\"]}" },
	{ "[[\"token\",\"a\",\"b\"],[\"a\",\"otp\"],[\"otp\",[\"b\"]],[\"otp\"],[\"code\",\"c\"]]",
	  "[[\"token\",\"a\",\"b\"],[\"a\",\"otp\"],[\"otp\",[\"b\"]],[\"otp\"],[\"code\",\"c\"]]" },
	{ "[[\"otp\",\"x", "[[\"otp\",\"REDACTED" },
	{ "[[\"otp\"", "[[\"otp\"" },
	{ "[[\"otp\",", "[[\"otp\"," },
	{ "- ParameterKey: otp\n  ParameterValue: x\n+- name: Cookie\n+  value: a=b\n",
	  "- ParameterKey: otp\n  ParameterValue: REDACTED\n+- name: Cookie\n+  value: REDACTED\n" },
	/* and of other languages */
	{ "- {name: otp, value: x}\n- {name: a, value: y}\n",
	  "- {name: otp, value: REDACTED}\n- {name: a, value: y}\n" },
	{ "[{'name': 'otp', 'value': 'x'},\n {'name': 'otp',\n  'value': 'y'}, {'name': 'a', 'value': 'z'}]",
	  "[{'name': 'otp', 'value': 'REDACTED'},\n {'name': 'otp',\n  'value': 'REDACTED'}, {'name': 'a', 'value': 'z'}]" },
	{ "mutation { set(name: \"otp\", value: \"x y\") { id } }",
	  "mutation { set(name: \"otp\", value: \"REDACTED\") { id } }" },
	{ "value: a", "value: a" },
	{ ",value: a", ",value: a" },
	{ "\nvalue: a", "\nvalue: a" },
	/* behind a colon: YAML, headers that were written down */
	{ "user: a\npassword: x, y}z # w\r\nurl: b", "user: a\npassword: REDACTED\r\nurl: b" },
	{ "- token: \"a b\"\n  'api_key' : 'it''s'\n",
	  "- token: \"REDACTED\"\n  'api_key' : 'REDACTED'\n" },
	{ "a:\n  secret: |-\n    x\n\n    y\n  b: c", "a:\n  secret: |-\n    REDACTED\n  b: c" },
	{ "credentials:\n  - x\n  - y\nb: c", "credentials:\n  REDACTED\nb: c" },
	{ "Token:\n  <input>\nCode: 404\nmy password: a\nsecret:",
	  "Token:\n  <input>\nCode: 404\nmy password: REDACTED\nsecret:" },
	{ "GET / HTTP/1.1\r\nHost: a\r\nCookie: b=c; d=e\r\nX-Api-Key:f\r\nA: b",
	  "GET / HTTP/1.1\r\nHost: a\r\nCookie: REDACTED\r\nX-Api-Key:REDACTED\r\nA: b" },
	{ "curl -H 'Authorization: Bearer x' -H 'X-Api-Key: y' a",
	  "curl -H 'Authorization: Bearer REDACTED' -H 'X-Api-Key: REDACTED' a" },
	{ "see a::token:b and http://token:80/", "see a::token:b and http://token:80/" },
	/* and GraphQL, JavaScript, Python */
	{ "mutation { login(user: \"a\", password: \"x\\\"y\") { token } }",
	  "mutation { login(user: \"a\", password: \"REDACTED\") { token } }" },
	{ "{\"query\":\"mutation{login(password:\\\"x\\\",a:\\\"b\\\"){id}}\"}",
	  "{\"query\":\"mutation{login(password:\\\"REDACTED\\\",a:\\\"b\\\"){id}}\"}" },
	{ "login(token: \"\"\"a \"b\" c\"\"\", d: 1)", "login(token: \"\"\"REDACTED\"\"\", d: 1)" },
	{ "{a: \"b\", password: \"x\", apiKey:'y', token: z, c: 1}",
	  "{a: \"b\", password: \"REDACTED\", apiKey:'REDACTED', token: REDACTED, c: 1}" },
	{ "{'password': 'x', 'a': 'b', 'token': None}",
	  "{'password': 'REDACTED', 'a': 'b', 'token': REDACTED}" },
	{ "f({credentials: {user: 'x', key: [1]}, token: '', a: `b`, secret: `c`})",
	  "f({credentials: {REDACTED}, token: '', a: `b`, secret: `REDACTED`})" },
	{ "<script>var a={csrfToken:\"x\"}</script><p>Token: <b>",
	  "<script>var a={csrfToken:\"REDACTED\"}</script><p>Token: <b>" },
	{ "{\"log\":\"Password: x y\",\"a\":\"b token: z, c\"}",
	  "{\"log\":\"Password: REDACTED\",\"a\":\"b token: REDACTED, c\"}" },
	{ ".token:hover{a:b}\n#token:focus{a:b}", ".token:hover{a:b}\n#token:focus{a:b}" },
	{ "password: 12-3\n  otp: 4\n  a: b", "password: REDACTED\n  otp: REDACTED\n  a: b" },
	{ "my token: a token: b c", "my token: REDACTED token: REDACTED c" },
	/* beside what is found without them: in its value, or around it */
	{ "data={\"token\":\"x\",\"otp\":123456}",
	  "data={\"token\":\"REDACTED\",\"otp\":REDACTED}" },
	{ "secret=\"abc pass: x tail\" b", "secret=\"REDACTED\" b" },
	{ "pass: otp=x\notp=y", "pass: REDACTED\notp=REDACTED" },
	/* of several lines */
	{ "credentials:\n- x\n- y\nb: c", "credentials:\nREDACTED\nb: c" },
	{ "password: | # a\n  x\nb: c", "password: | # a\n  REDACTED\nb: c" },
	{ "secret: !!str &a >-\n  x\nb: c", "secret: !!str &a >-\n  REDACTED\nb: c" },
	{ "- password:\n  user: bob\n- secret:\n    secretName: x\n  name: c",
	  "- password:\n  user: bob\n- secret:\n    REDACTED\n  name: c" },
	{ "password: !secret a\nb: c", "password: REDACTED\nb: c" },
	/* INI and TOML */
	{ "[db]\npassword: a \"x\" b\ntoken = \"y\"\notp = 1\na == b",
	  "[db]\npassword: REDACTED\ntoken = \"REDACTED\"\notp = REDACTED\na == b" },
	{ "[[a.b]]\r\ntoken = 'x'", "[[a.b]]\r\ntoken = 'REDACTED'" },
	{ "cookie = a", "cookie = a" },
	{ "[null,{\"token\":\"x\"}]", "[null,{\"token\":\"REDACTED\"}]" },
	{ "if (token == 'a') token = 'x'; pass = b",
	  "if (token == 'a') token = 'REDACTED'; pass = b" },
	/* literals with a prefix, blanks, marks of curl -v */
	{ "{u'password': u'x', 'token': b'y', 'otp':1}",
	  "{u'password': u'REDACTED', 'token': b'REDACTED', 'otp':REDACTED}" },
	{ "Password\t: x \n> Authorization: Bearer y\n< Set-Cookie: a=b",
	  "Password\t: REDACTED \n> Authorization: Bearer REDACTED\n< Set-Cookie: REDACTED" },
	{ "token: 'a\notp : 'b\nc: d", "token: 'REDACTED'REDACTED" },
	{ "x authorization=Basic y b=c {Authorization=[Bearer z], Host=a}",
	  "x authorization=Basic REDACTED b=c {Authorization=[Bearer REDACTED, Host=a}" },
	{ "msg=\"got {\\\"password\\\":\\\"x\\\"}\" a",
	  "msg=\"got {\\\"password\\\":\\\"REDACTED\\\"}\" a" },
	{ "{\"Cookie\":\"a=x\",\"Set-Cookie\":[\"a=x\"],\"Host\":\"h\",\"cookie\":{\"path\":\"/\"}}",
	  "{\"Cookie\":\"REDACTED\",\"Set-Cookie\":[REDACTED],\"Host\":\"h\",\"cookie\":{\"path\":\"/\"}}" },
	{ "P: {\"a\"=>\"b\", \"password\"=>\"x\"} { :token => 'y' } f(token => token + 1)",
	  "P: {\"a\"=>\"b\", \"password\"=>\"REDACTED\"} { :token => 'REDACTED' } f(token => token + 1)" },
	{ "'password' => 'x',\n$c['token'] = 'y'; h[\"Authorization\"] = \"Bearer z\"",
	  "'password' => 'REDACTED',\n$c['token'] = 'REDACTED'; h[\"Authorization\"] = \"REDACTED\"" },
	{ "password= x\ntoken =y\nSET password= 'z', a= b",
	  "password= REDACTED\ntoken =REDACTED\nSET password= 'REDACTED', a= b" },
	{ "PASSWORD=\"a\\\"x\" b", "PASSWORD=\"REDACTED\" b" },
	{ "<p name=\"password\">\n <value>x</value></p><q name='token'><a:AttributeValue b='c'>x<d/></a:AttributeValue></q>",
	  "<p name=\"password\">\n <value>REDACTED</value></p><q name='token'><a:AttributeValue b='c'>REDACTED</a:AttributeValue></q>" },
	{ "<p name=\"password\"><value>x</p>", "<p name=\"password\"><value>REDACTED" },
	{ "<p name=\"password\"><null/></p><p name=\"a\"><value>x</value></p><p name=\"token\"/><value>y</value>",
	  "<p name=\"password\"><null/></p><p name=\"a\"><value>x</value></p><p name=\"token\"/><value>y</value>" },
	{ "<p name=\"password\">x</p><c key='token'> <d>y</d></c><e name=token/>z",
	  "<p name=\"password\">REDACTED</p><c key='token'> <d>y</d></c><e name=token/>z" },
	/* what is no value, or ends */
	{ "p = ask(\"Password: \")\nq(\"Your token: \"); a('the \"otp: \" here')",
	  "p = ask(\"Password: \")\nq(\"Your token: \"); a('the \"otp: \" here')" },
	{ "Use 'token:' in it. It's so. The `secret:` field; alert(\"Password:\");",
	  "Use 'token:' in it. It's so. The `secret:` field; alert(\"Password:\");" },
	{ "<p>\nPassword:</p><input placeholder='Password:' id=a>b",
	  "<p>\nPassword:</p><input placeholder='Password:' id=a>b" },
	{ "credentials: {a: 'it\"s'}\nb: c", "credentials: {REDACTED}\nb: c" },
	{ "a.token:hover{b:c}input.password:focus,d{e:f}",
	  "a.token:hover{b:c}input.password:focus,d{e:f}" },
	{ "a.password:hunter2\nb: {c}", "a.password:REDACTED\nb: {c}" },
	{ "<key>token</key><true/><a>b</a><name>password</name><br/>c<key>otp</key><string/>",
	  "<key>token</key><true/><a>b</a><name>password</name><br/>c<key>otp</key><string/>" },
	{ "<input name=csrf_token value=x><b>c", "<input name=csrf_token value=REDACTED><b>c" },
	{ "It begins with -----BEGIN and goes on and on until it is over. Then a PRIVATE end.",
	  "It begins with -----BEGIN and goes on and on until it is over. Then a PRIVATE end." },
	/* private keys, not public ones */
	{ "a\n-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\nb",
	  "a\nREDACTED\nb" },
	{ "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nx", "REDACTED" },
	{ "{\"key\":\"-----BEGIN PRIVATE KEY-----\\nx\\n-----END PRIVATE KEY-----\\n\"}",
	  "{\"key\":\"REDACTED\\n\"}" },
	{ "<k>-----BEGIN EC PRIVATE KEY-----\nx\n-----END EC PRIVATE KEY-----</k>",
	  "<k>REDACTED</k>" },
	{ "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----",
	  "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----" },
};

/* What says of itself that it is application/x-www-form-urlencoded. */
static const struct body forms[] = {
	{ "user=tom&password=correct horse battery&x=1", "user=tom&password=REDACTED&x=1" },
	{ "password=Tom's%20dog&x=1", "password=REDACTED&x=1" },
	{ "password=\"a\" b<c>\td\r\n\r\ne&x=1\r\n", "password=REDACTED&x=1\r\n" },
	{ "\r\npassword=a b\r\n", "\r\npassword=REDACTED\r\n" },
	{ "password=\r\n", "password=\r\n" },
	{ "a=http://u:b&c=d@e", "a=http://u:b&c=d@e" },
	{ "{\"password\":\"x\"}", "{\"password\":\"REDACTED\"}" },
	{ "a={\"password\":\"x\"}&b=%7B%22token%22:%22y%22%7D",
	  "a={\"password\":\"REDACTED\"}&b=%7B%22token%22:%22REDACTED%22%7D" },
	{ "token={\"a\":\"b&c d\"}&e=f", "token=REDACTED&e=f" },
	{ "x={%22password%22:%22x%22}&b=c", "x={%22password%22:%22REDACTED%22}&b=c" },
	{ "a=b&x=[[%22token%22,%22x%22]]", "a=b&x=[[%22token%22,%22REDACTED%22]]" },
	{ "{%22password%22:%22x%22}", "{%22password%22:%22REDACTED%22}" },
	{ "a&%7B%22password%22:%22x%22%7D=", "a&%7B%22password%22:%22REDACTED%22%7D=" },
	/* the new password, and again: Rails and Laravel, Keycloak, Django, WordPress */
	{ "user[password]=x&user[password_confirmation]=x",
	  "user[password]=REDACTED&user[password_confirmation]=REDACTED" },
	{ "password-new=x&password-confirm=x", "password-new=REDACTED&password-confirm=REDACTED" },
	{ "new_password1=x&new_password2=x", "new_password1=REDACTED&new_password2=REDACTED" },
	{ "password1=x&password2=x&passwordRepeat=x",
	  "password1=REDACTED&password2=REDACTED&passwordRepeat=REDACTED" },
	{ "pass1=x&pass2=x&pass3=x", "pass1=REDACTED&pass2=REDACTED&pass3=x" },
	{ "totp=1&passcode=2&otp_code=3", "totp=REDACTED&passcode=REDACTED&otp_code=REDACTED" },
	{ "password_reset=1&password_length=8", "password_reset=1&password_length=8" },
	/* fields that say in two what a secret is: GitLab, AWS, PHP */
	{ "key=DB_PASSWORD&value=x y&masked=true\r\n",
	  "key=DB_PASSWORD&value=REDACTED&masked=true\r\n" },
	{ "value=x&protected=1&Name=otp&b=c", "value=REDACTED&protected=1&Name=otp&b=c" },
	{ "value=x\r\n&key=otp\r\n", "value=REDACTED&key=otp\r\n" },
	{ "key=otp&value=x\r\n", "key=otp&value=REDACTED\r\n" },
	{ "key=A&value=b&key=otp&value=x&key=C&value=d",
	  "key=A&value=b&key=otp&value=REDACTED&key=C&value=d" },
	{ "value=b&key=A&value=x&key=otp&value=c&key=D&value=e",
	  "value=b&key=A&value=REDACTED&key=otp&value=REDACTED&key=D&value=e" },
	{ "key=otp&key=A&value=x&value=y&key=B&value=c",
	  "key=otp&key=A&value=REDACTED&value=REDACTED&key=B&value=c" },
	{ "v[0][key]=otp&v[1][key]=A&v[1][value]=b&v[0][value]=x&value=c",
	  "v[0][key]=otp&v[1][key]=A&v[1][value]=b&v[0][value]=REDACTED&value=c" },
	{ "v%5B%5D%5Bkey%5D=pass%77ord&v%5B%5D%5Bvalue%5D=%26x&v%5B%5D%5Bkey%5D=A&v%5B%5D%5Bvalue%5D=b",
	  "v%5B%5D%5Bkey%5D=pass%77ord&v%5B%5D%5Bvalue%5D=REDACTED&v%5B%5D%5Bkey%5D=A&v%5B%5D%5Bvalue%5D=b" },
	{ "P.member.1.ParameterKey=DBPassword&P.member.1.ParameterValue=x&P.member.2.ParameterValue=a",
	  "P.member.1.ParameterKey=DBPassword&P.member.1.ParameterValue=REDACTED&P.member.2.ParameterValue=a" },
	{ "v[0][value]=x&v[1][value]=a&v[0][key]=otp&v[1][key]=A",
	  "v[0][value]=REDACTED&v[1][value]=a&v[0][key]=otp&v[1][key]=A" },
	{ "key=a&value=b&monkey=otp&values=c&key&key=code&value=d",
	  "key=a&value=b&monkey=otp&values=c&key&key=code&value=d" },
	{ "value=http://u:p@h/?token=t&key=otp", "value=REDACTED&key=otp" },
	{ "key=otp&value=", "key=otp&value=" },
	/* a parameter goes on behind elements that are in it */
	{ "<a>&otp=x<token>y</token>z&b=c<name>otp</name><value>d</value>e",
	  "<a>&otp=REDACTED&b=c<name>otp</name><value>REDACTED</value>e" },
};

/* What is left of texts that go on behind their end. */
static const struct body cut_bodies[] = {
	{ "a ghp_ABCDEF", "a REDACTED" },
	{ "a ghp_", "a REDACTED" },
	{ "a gh", "a gh" },
	{ "a ghp_ABCDEF b", "a ghp_ABCDEF b" },
	{ "a AKIA0", "a REDACTED" },
	{ "a eyJhbGciOi", "a REDACTED" },
	{ "a%20ghp%5FABC%4", "a%20REDACTED" },
	{ "http://alice:hunter2", "http://REDACTED" },
	{ "http://alice:123456", "http://REDACTED" },
	{ "http://alice:8080", "http://alice:8080" },
	{ "http://a.example", "http://a.example" },
	{ "http://[fe80::1", "http://[fe80::1" },
	{ "http://alice:hunter2 b", "http://alice:hunter2 b" },
	{ "{\"a\":\"https://alice:h", "{\"a\":\"https://REDACTED" },
	{ "{\"a\":\"ghp_A", "{\"a\":\"REDACTED" },
	{ "{\"a\":\"\\/ghp_A\\u00", "{\"a\":\"\\/REDACTED" },
	{ "{\"a\":\"\\/ghp_A\\", "{\"a\":\"\\/REDACTED" },
	{ "{\"a\":\"\\/ghp_A\",\"", "{\"a\":\"\\/ghp_A\",\"" },
	/* the value whose name may be in what is not there */
	{ "[{\"value\":\"a\"},{\"value\":\"x\",\"b\":1",
	  "[{\"value\":\"a\"},{\"value\":\"REDACTED\",\"b\":1" },
	{ "[{\"value\":\"x", "[{\"value\":\"REDACTED" },
	{ "{\"value\":\"x\",\"name\":\"DB_PA", "{\"value\":\"REDACTED\",\"name\":\"DB_PA" },
	{ "{\"value\":\"x\",\"name\":", "{\"value\":\"REDACTED\",\"name\":" },
	{ "{\"value\":\"a\",\"name\":\"b\",", "{\"value\":\"a\",\"name\":\"b\"," },
	{ "{\"name\":\"b\",\"value\":\"a\",", "{\"name\":\"b\",\"value\":\"a\"," },
	{ "{\"value\":[{\"a\":\"b\"},", "{\"value\":[{\"a\":\"b\"}," },
	{ "{\"value\":\"a\"}", "{\"value\":\"a\"}" },
	{ "- value: a\n- value: x\n  na", "- value: a\n- value: REDACTED\n  na" },
	{ "- value: x\n  name: DB_PA", "- value: REDACTED\n  name: DB_PA" },
	{ "- value: a\n  name: b\n", "- value: a\n  name: b\n" },
	{ "value:\n  a: b\n", "value:\n  a: b\n" },
	{ "{\"value\":\"x\",\"a\":{\"value\":\"x\",\"b\":1",
	  "{\"value\":\"REDACTED\",\"a\":{\"value\":\"REDACTED\",\"b\":1" },
	/* but not in a text that ends before */
	{ "{\"a\":\"Value: 1\",\"b\":[\"c\\nvalue: 2\"],\"d",
	  "{\"a\":\"Value: 1\",\"b\":[\"c\\nvalue: 2\"],\"d" },
	{ "[\"value: 1\",\"value: x", "[\"value: 1\",\"value: REDACTED" },
	{ "value: {a: b", "value: {a: b" },
};

static const struct body cut_forms[] = {
	{ "key=A&value=a&b=c&value=x&ke", "key=A&value=a&b=c&value=x&ke" },
	{ "a=b&value=x&ke", "a=b&value=REDACTED&ke" },
	{ "value=x&key=DB_PA", "value=REDACTED&key=DB_PA" },
	{ "value=a&key=A&", "value=a&key=A&" },
	{ "v[0][value]=x&v[1][value]=x&v[1][", "v[0][value]=REDACTED&v[1][value]=REDACTED&v[1][" },
	{ "v[0][value]=a&v[0][key]=A&v[1][value]=x",
	  "v[0][value]=a&v[0][key]=A&v[1][value]=REDACTED" },
};

#define LINE "\r\n"
#define DISPOSITION "Content-Disposition: form-data; "
#define PART(parameters, content) "--b" LINE DISPOSITION parameters LINE LINE content LINE

static const struct body cut_parts[] = {
	{ PART("name=a", "value: b") PART("name=c", "{\"value\":\"d\"") PART("name=e", "ghp_A") "f",
	  PART("name=a", "value: b") PART("name=c", "{\"value\":\"d\"")
		  PART("name=e", "ghp_A") "f" },
	{ PART("name=a", "b") "--b" LINE DISPOSITION "name=c" LINE LINE "value: x",
	  PART("name=a", "b") "--b" LINE DISPOSITION "name=c" LINE LINE "value: REDACTED" },
	{ PART("name=value", "x") PART("name=otp", "y") "--b" LINE DISPOSITION "name=k",
	  PART("name=value", "REDACTED") PART("name=otp", "REDACTED") "--b" LINE DISPOSITION
								      "name=k" },
};

static void assert_bodies(const struct body *all, size_t nr, bool is_form, bool is_cut)
{
	struct rig r;
	struct hw_buf to;

	open_rig(&r, NULL);
	hw_buf_init(&to, SIZE_MAX / 4, &r.budget);
	for (size_t i = 0; i < nr; i++) {
		const struct hw_slice text = tight_copy(hw_slice_text(all[i].text));

		assert_text(hw_redact_text(r.redactor, text, is_form, is_cut, &to), all[i].want);
	}
	hw_buf_clear(&to);
	close_rig(&r);
}

#define LAST "--b--" LINE
#define HIDDEN(parameters)                                                    \
	{                                                                     \
		PART(parameters, "x") LAST, PART(parameters, "REDACTED") LAST \
	}
#define SHOWN(text)        \
	{                  \
		text, text \
	}

/* The parts of multipart/form-data. */
static const struct body parts[] = {
	HIDDEN("name=\"password\""),
	HIDDEN("name=\"Access_Token\"; filename=\"a.txt\""),
	HIDDEN("filename=\"a;\\\"; b\" ; NAME = \"password\""),
	HIDDEN("name=password"),
	HIDDEN("name=password;filename=a"),
	HIDDEN("name=\"user[password]\""),
	HIDDEN("name=\"token[]\""),
	HIDDEN("name=\"a\\\"password\""),
	HIDDEN("name=\"a%22password\""),
	HIDDEN("name=\"%70assword\""),
	HIDDEN("name=\"password"),
	HIDDEN("name=\"a\"; name*=UTF-8''pass%77ord"),
	HIDDEN("name*0=\"pass\"; name*1=word"),
	HIDDEN("name*0*=UTF-8''pass%77; name*1*=ord"),
	HIDDEN("name=\"" X32 X32 X32 X32 X32 X32 X32 X32 X32 "-password\""),
	HIDDEN("name=\"password\"" LINE "Content-Type: text/plain"),
	HIDDEN("a=b;" LINE "\tname=\"password\""),
	SHOWN(PART("name=\"user\"", "x") LAST),
	SHOWN(PART("name=\"passwordx\"", "x") LAST),
	SHOWN(PART("filename=\"password\"", "x") LAST),
	SHOWN(PART("names=\"password\"", "x") LAST),
	SHOWN(PART("name=\"AKIAABCDEFGHIJKLMNO\"", "x") LAST),
	SHOWN(PART("name=\"password\"", "") LAST),
	SHOWN(PART("name=", "x") LAST),
	SHOWN("--b" LINE DISPOSITION "name=\"password\"" LINE),
	SHOWN("--b" LINE DISPOSITION "name=\"password\"" LINE LINE),
	SHOWN("--b" LINE "Name: password" LINE LINE "x" LINE LAST),
	/* what is before, between and behind them */
	{ "for others" LINE "--a" LINE LINE PART("name=\"password\"", "x") LAST,
	  "for others" LINE "--a" LINE LINE PART("name=\"password\"", "REDACTED") LAST },
	{ LINE "--b \t" LINE "X-A: b" LINE "content-disposition:form-data;name=password" LINE LINE
	       "x" LINE "--b  " LINE,
	  LINE "--b \t" LINE "X-A: b" LINE "content-disposition:form-data;name=password" LINE LINE
	       "REDACTED" LINE "--b  " LINE },
	{ "--b\n" DISPOSITION "name=password\n\nx\ny\n--b\n" DISPOSITION "name=a\n\nb\n--b--\n",
	  "--b\n" DISPOSITION "name=password\n\nREDACTED\n--b\n" DISPOSITION
	  "name=a\n\nb\n--b--\n" },
	{ PART("name=password", "x" LINE "--c" LINE "--bc" LINE "--b-" LINE "b--b" LINE) LAST,
	  PART("name=password", "REDACTED") LAST },
	{ PART("name=a", "b") PART("name=password", "x") PART("name=code", "y") PART("name=c", "d"),
	  PART("name=a", "b") PART("name=password", "REDACTED") PART("name=code", "REDACTED")
		  PART("name=c", "d") },
	{ "--b" LINE DISPOSITION "name=password" LINE LINE "x" LINE "--",
	  "--b" LINE DISPOSITION "name=password" LINE LINE "REDACTED" },
	{ "[\"" PART("name=a", "\",{\"password\":\"x\"}]"),
	  "[\"" PART("name=a", "\",{\"password\":\"REDACTED\"}]") },
	/* what else they hold */
	{ PART("name=a", "{\"password\":\"x\",\"b\":\"c\"}") LAST,
	  PART("name=a", "{\"password\":\"REDACTED\",\"b\":\"c\"}") LAST },
	{ PART("name=a", "{\"password\":\"x") PART("name=b", "[{\"token\":1") LAST,
	  PART("name=a", "{\"password\":\"REDACTED") "--b" LINE DISPOSITION "name=b" LINE LINE
						     "[{\"token\":REDACTED" LINE LAST },
	{ PART("name=a", "b=%7B%22token%22:%22x%22%7D") LAST,
	  PART("name=a", "b=%7B%22token%22:%22REDACTED%22%7D") LAST },
	{ PART("name=a", "b=c&token=x&d=e") LAST, PART("name=a", "b=c&token=REDACTED&d=e") LAST },
	{ PART("name=a; filename=\"/b?token=x&c\"", "AKIAABCDEFGHIJKLMNOP") LAST,
	  PART("name=a; filename=\"/b?token=REDACTED&c\"", "REDACTED") LAST },
	{ "--b" LINE "Content-Type: application/json; charset=UTF-8" LINE LINE
	  "{\"password\":\"x\"}" LINE LAST,
	  "--b" LINE "Content-Type: application/json; charset=UTF-8" LINE LINE
	  "{\"password\":\"REDACTED\"}" LINE LAST },
	/* in two parts, in either order */
	{ PART("name=key", "DB_PASSWORD") PART("name=a", "b") PART("name=\"value\"", "x\r\ny")
		  PART("name=c", "d") LAST,
	  PART("name=key", "DB_PASSWORD") PART("name=a", "b") PART("name=\"value\"", "REDACTED")
		  PART("name=c", "d") LAST },
	{ PART("name=value", "x\n//u:p@h") PART("name=a", "token=y") PART("name=key", "otp")
		  PART("name=v[value]", "z") LAST,
	  PART("name=value", "REDACTED") PART("name=a", "token=REDACTED") PART("name=key", "otp")
		  PART("name=v[value]", "z") LAST },
	{ PART("name=value", "x") PART("name=password", "y") PART("name=key", "otp") LAST,
	  PART("name=value", "REDACTED") PART("name=password", "REDACTED") PART("name=key", "otp")
		  LAST },
	{ PART("name=v[1][value]", "x") PART("name=v[2][value]", "a") PART("name=v[1][key]", "otp")
		  PART("name=v[2][key]", "b") LAST,
	  PART("name=v[1][value]", "REDACTED") PART("name=v[2][value]", "a")
		  PART("name=v[1][key]", "otp") PART("name=v[2][key]", "b") LAST },
	{ PART("name=v[1][key]", "otp") PART("name=v[2][value]", "a") PART("name=v[1][value]", "x")
		  LAST,
	  PART("name=v[1][key]", "otp") PART("name=v[2][value]", "a")
		  PART("name=v[1][value]", "REDACTED") LAST },
	{ PART("name=key", "A") PART("name=value", "otp") LAST,
	  PART("name=key", "A") PART("name=value", "otp") LAST },
	{ PART("name=key", "otp" LINE "b") PART("name=value", "a") LAST,
	  PART("name=key", "otp" LINE "b") PART("name=value", "a") LAST },
	{ PART("name=a", "--c" LINE DISPOSITION "name=password" LINE LINE "x" LINE "--c--") LAST,
	  PART("name=a", "--c" LINE DISPOSITION "name=password" LINE LINE "REDACTED" LINE "--c--")
		  LAST },
};

static void parts_lose_their_secrets(void **state)
{
	(void)state;
	assert_bodies(parts, sizeof(parts) / sizeof(parts[0]), false, false);
}

/* The same hash as that of the parameter of a form. */
static void the_secret_of_a_part_has_its_hash(void **state)
{
	const struct hw_redact_options options = { .key = HW_SLICE("key") };
	struct hw_buf form, part;
	struct rig r;

	(void)state;
	open_rig(&r, &options);
	hw_buf_init(&form, SIZE_MAX / 4, NULL);
	hw_buf_init(&part, SIZE_MAX / 4, NULL);
	hw_redact_text(r.redactor, HW_SLICE("password=hunter2"), true, false, &form);
	hw_redact_text(r.redactor, HW_SLICE(PART("name=password", "hunter2") LAST), false, false,
		       &part);
	assert_int_equal(form.len, strlen("password=REDACTED-0123456789abcdef"));
	assert_non_null(memmem(part.ptr, part.len, form.ptr + 9, form.len - 9));
	hw_buf_clear(&form);
	hw_buf_clear(&part);
	close_rig(&r);
}

/* Wherever it ends, no byte of a secret, which is all Z, is in what is left. */
static void assert_hidden_when_cut(struct hw_redactor *redactor, struct hw_slice text)
{
	struct hw_buf to;

	hw_buf_init(&to, SIZE_MAX / 4, NULL);
	for (size_t len = 0; len <= text.len; len++) {
		const struct hw_slice got = hw_redact_text(
			redactor, tight_copy(hw_slice(text.ptr, len)), false, len < text.len, &to);

		assert_true(got.len == 0 || !memchr(got.ptr, 'Z', got.len));
	}
	hw_buf_clear(&to);
}

static void bodies_are_cut_anywhere(void **state)
{
	static const char *const texts[] = {
		"a={\"b\":\"c\",\"password\":\"Z&Z\"}&token={\"Z\":[\"Z\"]}&otp=Z",
		"a=%7B%22b%22%3A%22c%22%2C%22password%22%3A%22Z%26Z%22%7D&otp=Z",
		PART("name=password", "ZZZZ") PART("name=a", "{\"token\":\"ZZ\"}") LAST,
		"a" LINE PART("filename=\"a\\\"b\"; name=\"sig\"", "Z" LINE "--b Z" LINE) LAST,
		"--b\n" DISPOSITION "\n name*=a''code\n\nZ\n--b\n" DISPOSITION "name=otp\n\nZ",
		"a AKIAZZZZZZZZZZZZZZZZ b ghp_ZZZZZZZZZZZZZZZZZZZZ c eyJZZZZZZZZZZ.eyJZZ.ZZ d",
		"{\"a\":\"npm_ZZZZZZZZZZZZZZZZZZZZ\",\"b\":[\"https://c:ZZ@d/\"]}",
		"see https://a:ZZZZ@b.example/c?d=http://e:ZZ@f",
		"a: b\npassword: ZZ Z\ncredentials:\n  Z\n   Z\n\ntoken: 'ZZ''Z'\nf(secret: \"Z\\\"Z\")",
		"<input name='token' value='ZZ'><name>otp</name><b>Z<c>Z</c></b><p>token: `Z Z`",
		"{a: 1, token: \"ZZ\", 'otp': 'Z'} -----BEGIN X PRIVATE KEY-----\nZZ\n-----END X",
		"{\"a\":\"{\\\"b\\\":\\\"http:\\\\\\/\\\\\\/c:Z\\\\u00e9Z@d\\\",\\\"otp\\\":\\\"Z\\\"}\"}",
	};
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_hidden_when_cut(r.redactor, hw_slice_text(texts[i]));
	close_rig(&r);
}

static bool shows(const struct hw_http_message *m, uint8_t byte)
{
	bool ret = false;

	for (size_t i = 0; i < hw_redact_field_value(m->fields_nr + m->headers_nr) - 1; i++) {
		const struct hw_slice *text = hw_redact_text_of(m, i);

		ret |= text->len && memchr(text->ptr, byte, text->len);
	}
	return ret;
}

/* Each of its secrets is all Z. */
static void heads_are_cut_anywhere(void **state)
{
	static const char head[] =
		"GET http://a:ZZZZ@b/c?d=https://e:ZZ@f&g=ghp_ZZZZZZZZZZZZZZZZZZZZ "
		"HTTP/1.1\r\nHost: h:ZZ@i\r\nReferer: http://j:ZZZ@k/\r\n"
		"X-L: m AKIAZZZZZZZZZZZZZZZZ n\r\n\r\n";
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	for (size_t len = 0; len < sizeof(head) - 1; len++) {
		const struct hw_slice s = tight_copy(hw_slice(head, len));

		hw_http_message_read(r.scratch, s, HW_HTTP_REQUEST, HW_HTTP_CUT_CLOSED, &r.m);
		assert_false(shows(hw_redact_message(r.redactor, &r.m), 'Z'));
		r.m.fields_nr = r.m.headers_nr = 0; /* which are not looked at here */
		assert_false(shows(hw_redact_start(r.redactor, &r.m), 'Z'));
	}
	close_rig(&r);
}

/* As above, of bodies: `begin`, and then `more` again and again. */
static const struct {
	const char *begin, *more;
} hostile[] = {
	{ "", "<password>" },
	{ "", "<password/>" },
	{ "", "<password></password>" },
	{ "<a>", "<password a=" },
	{ "<password>", "</passwor" },
	{ "<a>", "<!--" },
	{ "<a>", "<a b=" },
	{ "<a>", "<a b=\"" },
	{ "<a>", "<input name=\"token\" " },
	{ "<a>", "<input name=\"token\" value=\"\"" },
	{ "<a>", "<token " },
	{ "<a>", "<name>token</name>" },
	{ "<a>", "<name>token<b \"" },
	{ "<a>", "<name>token</name></a>" },
	{ "<a>", "<name token" },
	{ "{\"a\":\"\\n<a>", "<name token" },
	{ "", "<" },
	{ "", "token:" },
	{ "", "token: '" },
	{ "", "token: ''" },
	{ "", "token: '\n" },
	{ "", "token: \"\n''" },
	{ "", "token: '''a\n" },
	{ "", "\ntoken:\n" },
	{ "\ntoken:\n", "\n" },
	{ "", "token: {" },
	{ "{", "token: \"" },
	{ "", "- token: |\n" },
	{ "", " - " },
	{ "", "-----BEGIN " },
	{ "", "-----BEGIN PRIVATE-----" },
	{ "", "-----BEGIN" X32 X32 },
	{ "", "token = " },
	{ "<a>", "<token=" },
	{ "x ", "authorization:" },
	{ "x ", "authorization = " },
	{ "x ", "token = [" },
	{ "x ", "token: 'a' " },
	{ "", "token: \\\"" },
	{ "", "'a'=>" },
	{ "<a>", "<p name=token>" },
	{ "", "\"a token: \" " },
	{ "", "token = x\n" },
	{ "token=\"", "pass: x, " },
	{ "", "--b\r\n" },
	{ "", "--b\r\n\r\n" },
	{ "", "--b: c\r\n" },
	{ "--b\n", "A: b\n" },
	{ "--b\n" DISPOSITION, "name=a;" },
	{ "--b\n" DISPOSITION, "name*1=a;" },
	{ "--b\n" DISPOSITION "name=\"", "\\\"" },
	{ "--b\n" DISPOSITION, "\n " },
	{ "{\"a\":\"", "\\\"" },
	{ "{\"a\":\"", "b={\\\"" },
	{ "{\"a\":\"", "<a>[["
		       "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\"
		       "\"" },
	{ "{\"a\":\"{\\\"b\\\":\\\"", "\\\\\\\"{" },
	{ "[", "\"{\\\"a\\\":\\\"\\\\u003d\\\"}\"," },
	{ "{\"a\":\"", "\\n--b\\n" },
	{ "", "a={" },
	{ "", "a={\"b\":1}&" },
	{ "", "a=%7B%22b%22:%22" },
	{ "", "a=%7B%22token%22:1%7D" },
	{ "", "token={\"" },
	{ "a=", "[" },
	{ "", "=+" },
	{ "a=%7B%22", "%2525252525" },
	{ "", PART("name=a", "b") },
	{ "", PART("name=password", "x") },
	{ "", "--b\n" DISPOSITION "\n" },
	{ PART("name=password", ""), "--bb\r\n" },
	{ PART("name=password", ""), "--b -\n" },
	{ "--" X32 X32 X32 "\n" DISPOSITION "name=password\n\n", "--" X32 X32 "x\n" },
	/* names and values apart */
	{ "", "value: [\nname: token\n" },
	{ "", "value: \"\nname: token\n" },
	{ "", "- - - name:" },
	{ "[", "[\"token\",\"" },
	{ "[[\"token\",", " " },
	{ "", "{\"value\":[\"name\":\"otp\"," },
	{ "", "{\"value\":[" },
	{ "", "{\"value\":[},\"name\":\"otp\"," },
	{ "", "value=x&key=otp&" },
	{ "", "[key]=%2525&" },
	/* what looks like a key begins their values, and goes on to the end */
	{ "", "token: [ghp_" X16 X8 "\n" },
	{ "", "otp=otp:[x " },
	{ "", "--b\n" DISPOSITION "name=value\n\nx\n--c\n" DISPOSITION "name=key\n\notp\n" },
	{ "", "--b\n" DISPOSITION "name=key\n\n" },
};

static void hostile_bodies_take_linear_time(void **state)
{
	enum { LEN = 1 << 20, SECONDS_MAX = 8 }; /* it takes hundredths; minutes, were it not so */
	uint8_t *body = malloc(LEN);
	struct hw_buf to;
	struct rig r;
	clock_t began;

	(void)state;
	assert_non_null(body);
	open_rig(&r, NULL);
	hw_buf_init(&to, SIZE_MAX / 4, NULL);
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		const size_t begin = strlen(hostile[i].begin), more = strlen(hostile[i].more);
		size_t at = begin;

		memcpy(body, hostile[i].begin, begin);
		for (; at + more < LEN; at += more)
			memcpy(body + at, hostile[i].more, more);
		began = clock();
		hw_redact_text(r.redactor, hw_slice(body, at), false, false, &to);
		hw_redact_text(r.redactor, hw_slice(body, at), true, true, &to);
		assert_true(clock() - began < SECONDS_MAX * CLOCKS_PER_SEC);
	}
	hw_buf_clear(&to);
	close_rig(&r);
	free(body);
}

static void bodies_lose_their_secrets(void **state)
{
	(void)state;
	assert_bodies(bodies, sizeof(bodies) / sizeof(bodies[0]), false, false);
	assert_bodies(forms, sizeof(forms) / sizeof(forms[0]), true, false);
	assert_bodies(cut_bodies, sizeof(cut_bodies) / sizeof(cut_bodies[0]), false, true);
	assert_bodies(cut_forms, sizeof(cut_forms) / sizeof(cut_forms[0]), true, true);
	assert_bodies(cut_parts, sizeof(cut_parts) / sizeof(cut_parts[0]), false, true);
}

static size_t append(char *to, size_t len, const char *text)
{
	memcpy(to + len, text, strlen(text));
	return len + strlen(text);
}

/* `text` as a string of JSON, in an object. */
static size_t wrap(const char *text, size_t len, char *ret)
{
	size_t at = append(ret, 0, "{\"a\":\"");

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '"' || text[i] == '\\')
			ret[at++] = '\\';
		ret[at++] = text[i];
	}
	return append(ret, at, "\"}");
}

static void json_is_looked_for_so_deep(void **state)
{
	static char texts[2][4096];
	size_t len = append(texts[0], 0, "{\"to\\u006ben\":\"x\"}");
	struct hw_buf to;
	struct rig r;

	(void)state;
	open_rig(&r, NULL);
	hw_buf_init(&to, SIZE_MAX / 4, NULL);
	for (size_t depth = 0; depth <= HW_REDACT_NESTED_MAX + 2; depth++) {
		const char *const text = texts[depth % 2];
		const struct hw_slice got =
			hw_redact_text(r.redactor, hw_slice(text, len), false, false, &to);

		assert_int_equal(memmem(got.ptr, got.len, "REDACTED", 8) != NULL,
				 depth <= HW_REDACT_NESTED_MAX);
		len = wrap(text, len, texts[(depth + 1) % 2]);
	}
	hw_buf_clear(&to);
	close_rig(&r);
}

static void without_memory_nothing_of_a_body_is_told(void **state)
{
	struct rig r;
	struct hw_buf to;

	(void)state;
	open_rig(&r, NULL);
	hw_buf_init(&to, SIZE_MAX / 4, &r.budget);
	r.budget.max = r.budget.used;
	assert_text(hw_redact_text(r.redactor, HW_SLICE("password=x"), false, false, &to), "");
	assert_text(hw_redact_text(r.redactor, HW_SLICE("password: x"), false, false, &to), "");
	hw_buf_clear(&to);
	r.budget.max = 1 << 20;
	close_rig(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_lose_their_secrets),
		cmocka_unit_test(targets_lose_their_secrets),
		cmocka_unit_test(the_user_of_an_authority_is_hidden),
		cmocka_unit_test(a_reason_may_be_a_secret),
		cmocka_unit_test(so_many_names_can_be_added),
		cmocka_unit_test(names_can_be_added_and_taken_out),
		cmocka_unit_test(the_same_secret_has_the_same_hash),
		cmocka_unit_test(a_plus_of_a_form_is_a_blank),
		cmocka_unit_test(hashes_are_those_of_the_standard),
		cmocka_unit_test(hmac_is_that_of_the_rfc),
		cmocka_unit_test(without_memory_nothing_is_told),
		cmocka_unit_test(names_met_again_are_not_mixed_up),
		cmocka_unit_test(fields_inside_of_others_lose_their_secrets),
		cmocka_unit_test(fields_inside_of_others_stay_if_they_are_no_secrets),
		cmocka_unit_test(a_name_that_is_hidden_has_no_number),
		cmocka_unit_test(hostile_texts_take_linear_time),
		cmocka_unit_test(bodies_lose_their_secrets),
		cmocka_unit_test(without_memory_nothing_of_a_body_is_told),
		cmocka_unit_test(parts_lose_their_secrets),
		cmocka_unit_test(the_secret_of_a_part_has_its_hash),
		cmocka_unit_test(bodies_are_cut_anywhere),
		cmocka_unit_test(heads_are_cut_anywhere),
		cmocka_unit_test(hostile_bodies_take_linear_time),
		cmocka_unit_test(json_is_looked_for_so_deep),
		cmocka_unit_test(sieves_answer_alike),
		cmocka_unit_test(sieves_mark_the_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
