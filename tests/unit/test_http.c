/* SPDX-License-Identifier: MIT */
/* The pure parts of HTTP: URLs, proxies, heads and bodies of answers, good and hostile. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "registry/http_body.h"
#include "registry/http_date.h"
#include "registry/http_head.h"
#include "registry/proxy.h"
#include "registry/url.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

/* --- URLs -------------------------------------------------------------------------------------------- */

static void urls_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *authority, *target;
		unsigned int port;
		bool tls;
	} rows[] = {
		{ "http://a.b", "a.b", "a.b", "/", 80, false },
		{ "https://a.b/", "a.b", "a.b", "/", 443, true },
		{ "HTTPS://A.b/C?d=E#f", "a.b", "a.b", "/C?d=E", 443, true },
		{ "http://a:5000/x", "a", "a:5000", "/x", 5000, false },
		{ "https://a:443/x", "a", "a", "/x", 443, true },
		{ "http://a:443/x", "a", "a:443", "/x", 443, false },
		{ "http://a?q", "a", "a", "/?q", 80, false },
		{ "http://a#f", "a", "a", "/", 80, false },
		{ "http://[::1]/x", "::1", "[::1]", "/x", 80, false },
		{ "http://[fd00::2]:81/x", "fd00::2", "[fd00::2]:81", "/x", 81, false },
		{ "http://127.0.0.1:65535/", "127.0.0.1", "127.0.0.1:65535", "/", 65535, false },
		{ "http://a_b-c.d./@x:y", "a_b-c.d.", "a_b-c.d.", "/@x:y", 80, false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct url url;

		assert_int_equal(url_parse(&url, &arena, rows[i].text), 0);
		assert_string_equal(url.host, rows[i].host);
		assert_string_equal(url.authority, rows[i].authority);
		assert_string_equal(url.target, rows[i].target);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.tls, rows[i].tls);
		arena_close(&arena);
	}
}

static void what_is_no_url_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"a",
		"http:",
		"http:/a",
		"http://",
		"http:///x",
		"ftp://a/",
		"file:///etc/passwd",
		"http://user@a/",
		"http://user:word@a/",
		"http://a:/",
		"http://a:0/",
		"http://a:65536/",
		"http://a:-1/",
		"http://a:8x/",
		"http://a:1:2/",
		"http://::1/",
		"http://[::1/",
		"http://[]/",
		"http://[a]/",
		"http://[::1]x/",
		"http://[fe80::1%25eth0]/",
		"http://a b/",
		"http://a/b c",
		"http://a/\r\nHost: b",
		"http://a/\t",
		"http://a\\b/",
		"http://a/\x80",
		"http://a/\x7f",
		"http://a..b/",
		"http://.a/",
		"http://../",
		"http://-a/",
		"http://a%2fb/",
		"http://a;b/",
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct url url;

		if (url_parse(&url, &arena, rows[i]) != -EINVAL)
			fail_msg("not refused: %s", rows[i]);
		arena_close(&arena);
	}
}

static void a_location_is_put_together_with_where_it_was_read(void **state)
{
	static const char base[] = "https://h:444/a/b/c?q=1";
	static const struct {
		const char *location, *whole;
	} rows[] = {
		{ "http://x/y", "http://x/y" },    { "//x/y", "https://x/y" },
		{ "/y", "https://h:444/y" },       { "/y?z=/../", "https://h:444/y?z=/../" },
		{ "y", "https://h:444/a/b/y" },    { "y/z?w", "https://h:444/a/b/y/z?w" },
		{ "?w", "https://h:444/a/b/c?w" }, { "", "https://h:444/a/b/c?q=1" },
		{ "../y", "https://h:444/a/y" },   { "../../../y", "https://h:444/y" },
		{ "./y", "https://h:444/a/b/y" },  { ".", "https://h:444/a/b/" },
		{ "..", "https://h:444/a/" },      { "/a/./b/../c/", "https://h:444/a/c/" },
		{ "mailto:x", "mailto:x" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct url url;

		assert_int_equal(url_parse(&url, &arena, base), 0);
		assert_string_equal(url_resolve(&arena, &url, rows[i].location), rows[i].whole);
		arena_close(&arena);
	}
}

/* --- proxies ----------------------------------------------------------------------------------------- */

static void no_proxy_is_read_as_curl_reads_it(void **state)
{
	static const struct {
		const char *list, *host;
		bool avoided;
	} rows[] = {
		{ "", "a.b", false },
		{ "*", "a.b", true },
		{ "a.b", "a.b", true },
		{ "A.B", "a.b", true },
		{ "x,a.b", "a.b", true },
		{ "x a.b", "a.b", true },
		{ ".a.b", "a.b", true },
		{ ".a.b", "c.a.b", true },
		{ "a.b", "c.a.b", true },
		{ "a.b", "ca.b", false },
		{ "c.a.b", "a.b", false },
		{ "10.0.0.1", "10.0.0.1", true },
		{ "10.0.0.0/8", "10.200.3.4", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "10.0.0.0/9", "10.128.0.1", false },
		{ "10.0.0.0/0", "1.2.3.4", true },
		{ "10.0.0.0/33", "10.0.0.0", false },
		{ "10.0.0.0/8", "a.b", false },
		{ "::1", "::1", true },
		{ "[::1]", "::1", true },
		{ "fd00::/8", "fd12::3", true },
		{ "fd00::/8", "fe80::3", false },
		{ "[", "a", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		if (proxy_is_avoided(rows[i].list, rows[i].host) != rows[i].avoided)
			fail_msg("%s for %s", rows[i].list, rows[i].host);
	}
}

static void proxies_are_taken_apart(void **state)
{
	static const struct {
		const char *proxy, *host, *authorization;
		unsigned int port;
	} rows[] = {
		{ "", "", "", 0 },
		{ "p", "p", "", 1080 },
		{ "p:3128", "p", "", 3128 },
		{ "http://p:3128/", "p", "", 3128 },
		{ "http://u:p@p:80", "p", "Basic dTpw", 80 },
		{ "u:p%40@p", "p", "Basic dTpwQA==", 1080 },
		{ "http://u:p@x@p", "p", "Basic dTpwQHg=", 1080 },
		{ "[::1]:3128", "::1", "", 3128 },
		{ "http://[::1]", "::1", "", 1080 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct http_settings settings = { .http_proxy = rows[i].proxy,
							.https_proxy = "no" };
		struct arena arena = { 0 };
		struct proxy proxy;
		struct url url;

		assert_int_equal(url_parse(&url, &arena, "http://a/"), 0);
		assert_int_equal(proxy_choose(&proxy, &arena, &settings, &url), 0);
		assert_string_equal(or_empty(proxy.host), rows[i].host);
		assert_string_equal(or_empty(proxy.authorization), rows[i].authorization);
		assert_int_equal(proxy.port, rows[i].port);
		arena_close(&arena);
	}
}

static void what_is_no_proxy_is_refused_without_its_password(void **state)
{
	static const char *const rows[] = { "socks5://u:secret@p", "https://u:secret@p",
					    "u:secret@",           "u:secret@p:x",
					    "u:secret@a/b c",      "http://u:secret@[::1" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const struct http_settings settings = { .https_proxy = rows[i] };
		struct arena arena = { 0 };
		struct proxy proxy;
		struct url url;
		struct said said;
		int ret;

		assert_int_equal(url_parse(&url, &arena, "https://a/"), 0);
		said_begin(&said);
		ret = proxy_choose(&proxy, &arena, &settings, &url);
		assert_non_null(strstr(said_end(&said), "HTTPS_PROXY"));
		assert_null(strstr(said.text, "secret"));
		assert_int_equal(ret, -EINVAL);
		arena_close(&arena);
	}
}

/* --- heads ------------------------------------------------------------------------------------------- */

/* Parse TEXT from a copy of its very size, so that ASan sees what is read beyond it. */
static const char *parse(struct http_head *head, struct arena *arena, const char *text, size_t length)
{
	char *copy = malloc(length);
	const char *wrong;

	assert_non_null(copy);
	memcpy(copy, text, length);
	assert_int_equal(head_end(copy, length), length);
	wrong = head_parse(head, arena, copy, length);
	free(copy);
	return wrong;
}

static void heads_are_taken_apart(void **state)
{
	static const char text[] = "HTTP/1.1 200 OK\r\n"
				   "content-LENGTH:  12 \r\n"
				   "Content-Type: text/x; a=b\r\n"
				   "Content-Type: other\r\n"
				   "WWW-Authenticate: Basic realm=\"a\"\r\n"
				   "www-authenticate: Bearer realm=\"b\"\r\n"
				   "Docker-Content-Digest: sha256:0\r\n"
				   "Docker-Upload-UUID: u\r\n"
				   "Range: 0-11\r\n"
				   "Link: </x>; rel=next\r\n"
				   "Location: /l\r\n"
				   "Retry-After: 7\r\n"
				   "X-Empty:\r\n"
				   "X-Latin: \xe4\r\n"
				   "\r\n";
	struct arena arena = { 0 };
	struct http_head head;

	(void)state;
	assert_null(parse(&head, &arena, text, sizeof(text) - 1));
	assert_int_equal(head.answer.status, 200);
	assert_true(head.answer.has_length && head.answer.length == 12 && head.keep);
	assert_false(head.chunked || head.ranged);
	assert_true(head.waits && head.wait == 7);
	assert_string_equal(head.answer.content_type, "text/x; a=b");
	assert_string_equal(head.answer.authenticate, "Basic realm=\"a\", Bearer realm=\"b\"");
	assert_string_equal(head.answer.digest, "sha256:0");
	assert_string_equal(head.answer.upload, "u");
	assert_string_equal(head.answer.range, "0-11");
	assert_string_equal(head.answer.link, "</x>; rel=next");
	assert_string_equal(head.answer.location, "/l");
	arena_close(&arena);
}

/* Each line of a list is copied together with those before it. */
static void dates_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} rows[] = {
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Tue, 29 Feb 2000 23:59:59 GMT", 951868799 },
		{ "Wed, 01 Mar 2000 00:00:00 GMT", 951868800 },
		{ "Mon, 30 Nov 2026 16:00:00 GMT", 1796054400 },
		{ "Mon, 01 Mar 2100 00:00:00 GMT", 4107542400 },
	};
	static const char *const others[] = {
		"",
		"60",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 Nov 1994 08:49",
		"Sun, 06 Nox 1994 08:49:37 GMT",
		"Sun, 06 Nov 1969 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
	};
	uint64_t seconds = 0;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		assert_true(http_date_parse(&seconds, rows[i].text));
		assert_true(seconds == rows[i].seconds);
	}
	for (i = 0; i < COUNT(others); i++)
		assert_false(http_date_parse(&seconds, others[i]));
}

static void lists_of_many_lines_are_refused(void **state)
{
	static const char words[] = "it has too many lines of WWW-Authenticate or Link";
	static const struct {
		unsigned int lines;
		int length; /* of the first */
		const char *wrong;
	} rows[] = { { 16, 1, NULL }, { 17, 1, words }, { 1, 60000, NULL }, { 2, 60000, words } };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 }, own = { 0 };
		struct string text = { 0 };
		struct http_head head;
		const char *wrong;
		unsigned int j;

		string_add(&own, &text, "HTTP/1.1 401 No\r\nWWW-Authenticate: %0*d\r\n",
			   rows[i].length, 0);
		for (j = 1; j < rows[i].lines; j++)
			string_add(&own, &text, "WWW-Authenticate: a\r\n");
		string_add(&own, &text, "\r\n");
		wrong = parse(&head, &arena, text.text, text.length);
		assert_string_equal(or_empty(wrong), or_empty(rows[i].wrong));
		arena_close(&arena);
		arena_close(&own);
	}
}

static void connections_are_kept_as_the_head_says(void **state)
{
	static const struct {
		const char *text;
		bool keep;
	} rows[] = {
		{ "HTTP/1.1 200\r\n\r\n", true },
		{ "HTTP/1.0 200 OK\n\n", false },
		{ "HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", false },
		{ "HTTP/1.1 200 OK\r\nConnection: x, close\r\n\r\n", false },
		{ "HTTP/1.1 200 OK\r\nConnection: closed\r\n\r\n", true },
		{ "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
		  false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct arena arena = { 0 };
		struct http_head head;

		assert_null(parse(&head, &arena, rows[i].text, strlen(rows[i].text)));
		assert_int_equal(head.keep, rows[i].keep);
		assert_false(head.answer.has_length);
		arena_close(&arena);
	}
}

static void parts_are_told_by_their_range(void **state)
{
	static const char text[] = "HTTP/1.1 206 Partial\r\nContent-Range: bytes 5-9/10\r\n"
				   "Content-Length: 5\r\n\r\n";
	struct arena arena = { 0 };
	struct http_head head;

	(void)state;
	assert_null(parse(&head, &arena, text, sizeof(text) - 1));
	assert_true(head.ranged && head.answer.from == 5 && head.answer.length == 5);
	arena_close(&arena);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define PART "HTTP/1.1 206 Partial\r\n"

static void heads_that_lie_are_refused(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{ "\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/2 200 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/1.2 200 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "http/1.1 200 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/1.1 20 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/1.1 2000 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/1.1 099 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/1.1 600 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "HTTP/1.1  200 OK\r\n\r\n", "no answer of HTTP/1.1" },
		{ "SSH-2.0-x\r\n\r\n", "no answer of HTTP/1.1" },
		{ OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", "two Content-Lengths" },
		{ OK "Content-Length: 1, 1\r\n\r\n", "Content-Length is no number" },
		{ OK "Content-Length: -1\r\n\r\n", "Content-Length is no number" },
		{ OK "Content-Length: +1\r\n\r\n", "Content-Length is no number" },
		{ OK "Content-Length: 0x1\r\n\r\n", "Content-Length is no number" },
		{ OK "Content-Length:\r\n\r\n", "Content-Length is no number" },
		{ OK "Content-Length: 9223372036854775808\r\n\r\n", "Content-Length is no number" },
		{ OK "Content-Length: 99999999999999999999\r\n\r\n", "Content-Length is no number" },
		{ OK "Transfer-Encoding: gzip\r\n\r\n", "not just chunked" },
		{ OK "Transfer-Encoding: gzip, chunked\r\n\r\n", "not just chunked" },
		{ OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		  "not just chunked" },
		{ OK "X: a\r\n b\r\n\r\n", "goes on in the next line" },
		{ OK "no colon\r\n\r\n", "a line that is no header" },
		{ OK "X : a\r\n\r\n", "control characters" },
		{ OK ": a\r\n\r\n", "control characters" },
		{ OK "X: a\x1b[b\r\n\r\n", "control characters" },
		{ OK "X: a\rY: b\r\n\r\n", "control characters" },
		{ OK "X: a\x7f\r\n\r\n", "control characters" },
		{ PART "\r\n", "no Content-Range" },
		{ PART "Content-Range: bytes 5-9\r\n\r\n", "FROM-TO/SIZE" },
		{ PART "Content-Range: bytes */9\r\n\r\n", "FROM-TO/SIZE" },
		{ PART "Content-Range: bytes 9-5/10\r\n\r\n", "FROM-TO/SIZE" },
		{ PART "Content-Range: bytes 5-9/x\r\n\r\n", "FROM-TO/SIZE" },
		{ PART "Content-Range: lines 5-9/10\r\n\r\n", "FROM-TO/SIZE" },
		{ PART "Content-Range: bytes 5-10/10\r\n\r\n", "ends after the whole" },
		{ PART "Content-Range: bytes 1-2/9\r\nContent-Range: bytes 1-2/9\r\n\r\n",
		  "FROM-TO/SIZE" },
		{ PART "Content-Range: bytes 5-9/10\r\nContent-Length: 6\r\n\r\n", "differ" },
	};
	static const char nul[] = OK "X: a\0b\r\n\r\n";
	struct arena arena = { 0 };
	struct http_head head;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		const char *wrong = parse(&head, &arena, rows[i].text, strlen(rows[i].text));

		if (!wrong || !strstr(wrong, rows[i].wrong))
			fail_msg("%s: %s", rows[i].text, wrong ? wrong : "not refused");
	}
	assert_non_null(parse(&head, &arena, nul, sizeof(nul) - 1));
	arena_close(&arena);
}

static void a_head_that_is_not_whole_has_no_end(void **state)
{
	static const char text[] = OK "X: a\r\n\r\nbody\r\n\r\n";
	const size_t whole = sizeof(OK "X: a\r\n\r\n") - 1;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(text); i++)
		assert_int_equal(head_end(text, i), i < whole ? 0 : whole);
}

/* --- bodies ------------------------------------------------------------------------------------------ */

/* Give TEXT to a body of chunks, STEP bytes at a time; the bytes that are the body's go to OUT.
 * Returns what is wrong, or NULL. */
static const char *unchunk(char *out, struct body *body, const char *text, size_t step)
{
	const size_t length = strlen(text);
	const char *wrong = NULL;
	size_t at = 0, used = 0;

	body_begin(body, BODY_CHUNKS, 0);
	while (at < length && !body->done && !wrong) {
		const size_t most = length - at < step ? length - at : step;
		size_t skip, take;

		wrong = body_look(&skip, &take, body, text + at, most);
		assert_true(skip + take <= most && (skip + take > 0 || body->done));
		memcpy(out + used, text + at + skip, take);
		used += take;
		at += skip + take;
	}
	out[used] = '\0';
	return wrong;
}

static void chunks_are_joined(void **state)
{
	static const struct {
		const char *text, *joined;
	} rows[] = {
		{ "0\r\n\r\n", "" },
		{ "3\r\nabc\r\n0\r\n\r\n", "abc" },
		{ "3\nabc\n0\n\n", "abc" },
		{ "003;x=y\r\nabc\r\n0;z\r\n\r\n", "abc" },
		{ "3 \r\nabc\r\n0\r\n\r\n", "abc" },
		{ "A\r\n0123456789\r\n1\r\nx\r\n0\r\nTrailer: a\r\nB: c\r\n\r\n", "0123456789x" },
		{ "a\r\n\r\n0\r\n\r\n...\r\n0\r\n\r\n", "\r\n0\r\n\r\n..." },
	};
	size_t i, step;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		for (step = 1; step < 40; step++) {
			struct body body;
			char out[64];

			assert_null(unchunk(out, &body, rows[i].text, step));
			assert_true(body.done);
			assert_string_equal(out, rows[i].joined);
		}
	}
}

static void chunks_that_lie_are_refused(void **state)
{
	static const struct {
		const char *text, *wrong;
	} rows[] = {
		{ "\r\n", "no hexadecimal number" },
		{ "x\r\n", "no hexadecimal number" },
		{ "-1\r\n", "no hexadecimal number" },
		{ "0x3\r\n", "no hexadecimal number" },
		{ " 3\r\n", "no hexadecimal number" },
		{ "3x\r\n", "no hexadecimal number" },
		{ "ffffffffffffffff\r\n", "larger than anything" },
		{ "8000000000000000\r\n", "larger than anything" },
		{ "00000000000000000000000000000010000000000000000\r\n", "larger than anything" },
		{ "3\r\nabcd\r\n", "longer than it says" },
		{ "3\r\nabc\r\r\n", "longer than it says" },
		{ "3\r\nabc3\r\n", "longer than it says" },
	};
	size_t i, step;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		for (step = 1; step < 8; step++) {
			struct body body;
			char out[64];
			const char *wrong = unchunk(out, &body, rows[i].text, step);

			if (!wrong || !strstr(wrong, rows[i].wrong))
				fail_msg("%s: %s", rows[i].text, wrong ? wrong : "not refused");
		}
	}
}

static void lines_between_chunks_come_to_an_end(void **state)
{
	static const char *const begins[] = { "1;", "0\r\n", "0\r\nX: " };
	char text[8192], out[8192];
	struct body body;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(begins); i++) {
		memset(text, 'a', sizeof(text) - 1);
		text[sizeof(text) - 1] = '\0';
		memcpy(text, begins[i], strlen(begins[i]));
		assert_non_null(unchunk(out, &body, text, 100));
	}
}

static void a_length_is_kept(void **state)
{
	struct body body;
	size_t skip, take;

	(void)state;
	body_begin(&body, BODY_LENGTH, 5);
	assert_int_equal(body_sure(&body), 5);
	assert_null(body_look(&skip, &take, &body, "abc", 3));
	assert_true(skip == 0 && take == 3 && !body.done);
	assert_null(body_look(&skip, &take, &body, "defg", 4));
	assert_true(skip == 0 && take == 2 && body.done);
	assert_null(body_look(&skip, &take, &body, "fg", 2));
	assert_true(skip == 0 && take == 0 && body.done);
	body_begin(&body, BODY_LENGTH, 0);
	assert_true(body.done);
	body_begin(&body, BODY_REST, 0);
	assert_null(body_look(&skip, &take, &body, "abc", 3));
	assert_true(skip == 0 && take == 3 && !body.done);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_are_taken_apart),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(a_location_is_put_together_with_where_it_was_read),
		cmocka_unit_test(no_proxy_is_read_as_curl_reads_it),
		cmocka_unit_test(proxies_are_taken_apart),
		cmocka_unit_test(what_is_no_proxy_is_refused_without_its_password),
		cmocka_unit_test(heads_are_taken_apart),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(lists_of_many_lines_are_refused),
		cmocka_unit_test(connections_are_kept_as_the_head_says),
		cmocka_unit_test(parts_are_told_by_their_range),
		cmocka_unit_test(heads_that_lie_are_refused),
		cmocka_unit_test(a_head_that_is_not_whole_has_no_end),
		cmocka_unit_test(chunks_are_joined),
		cmocka_unit_test(chunks_that_lie_are_refused),
		cmocka_unit_test(lines_between_chunks_come_to_an_end),
		cmocka_unit_test(a_length_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
