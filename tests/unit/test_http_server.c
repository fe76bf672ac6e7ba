/* SPDX-License-Identifier: MIT */
/* The HTTP client against a server that does wrong on purpose (tests/update/hostile_server.py), on
 * loopback, plain and with TLS. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "memory.h"
#include "registry/http.h"
#include "said.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

enum { GOOD = 2, EXPIRED, WRONG, NAMED, UNKNOWN, CLIENT, CHAINED, CROSSED, PORTS };

static struct {
	char folder[64], authority[96], pins[96];
	unsigned int port[PORTS];
	pid_t server;
} there;

static struct {
	struct http *http;
	struct arena arena;
	struct http_answer answer;
	char *body;
	size_t length;
	struct said said;
} got;

/* What the clock of a device says that was never set; 0: as it is. Stands in for the C library's. */
static time_t clock_says;

time_t time(time_t *out)
{
	struct timespec now = { .tv_sec = clock_says };

	if (!clock_says)
		(void)clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

/* --- the server -------------------------------------------------------------------------------------- */

static void command(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (system(text) != 0) /* NOLINT(cert-env33-c): a test */
		abort();
}

static void serve(void)
{
	static const char *const names[] = { "good",    "expired", "wrong",   "named",
					     "unknown", "client",  "chained", "crossed" };
	static char files[COUNT(names)][2][160];
	const char *argv[6 + 3 * COUNT(names) + 1] = { "python3", "tests/update/hostile_server.py",
						       "--proxy", "user:word", "--port-file" };
	char file[96];
	size_t i;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)snprintf(file, sizeof(file), "%s/ports", there.folder);
	argv[5] = file;
	for (i = 0; i < COUNT(names); i++) {
		(void)snprintf(files[i][0], sizeof(files[i][0]), "%s/%s.crt", there.folder, names[i]);
		(void)snprintf(files[i][1], sizeof(files[i][1]), "%s/%s.key", there.folder, names[i]);
		argv[6 + 3 * i] = "--tls";
		argv[7 + 3 * i] = files[i][0];
		argv[8 + 3 * i] = files[i][1];
	}
	execvp(argv[0], (char **)argv);
	_exit(127);
}

static void read_ports(void)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	char file[96];
	FILE *ports = NULL;
	int i;

	(void)snprintf(file, sizeof(file), "%s/ports", there.folder);
	for (i = 0; i < 1000 && !ports; i++) {
		(void)nanosleep(&pause, NULL);
		ports = fopen(file, "r");
	}
	for (i = 0; ports && i < PORTS; i++) {
		if (fscanf(ports, "%u", &there.port[i]) != 1) /* NOLINT(cert-err34-c) */
			abort();
	}
	if (!ports || fclose(ports) != 0)
		abort();
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(there.folder, sizeof(there.folder), "/tmp/davit-http-XXXXXX");
	if (!mkdtemp(there.folder))
		return -1;
	(void)snprintf(there.authority, sizeof(there.authority), "%s/ca.crt", there.folder);
	(void)snprintf(there.pins, sizeof(there.pins), "%s/pins", there.folder);
	command("tests/update/certificates %s", there.folder);
	there.server = fork();
	if (there.server == 0)
		serve();
	read_ports();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	(void)kill(there.server, SIGKILL);
	(void)waitpid(there.server, NULL, 0);
	command("rm -rf %s", there.folder);
	return 0;
}

/* --- asking ------------------------------------------------------------------------------------------ */

static const char *url_of(int port, const char *path)
{
	return arena_print(&got.arena, "%s://127.0.0.1:%u%s", port < GOOD ? "http" : "https",
			   there.port[port], path);
}

static void begin(struct http_settings settings)
{
	/* Seconds; where something stalls on purpose, fewer. */
	settings.timeout = settings.timeout ? settings.timeout : 20;
	settings.pause = 10;
	if (settings.attempts == 0)
		settings.attempts = 3;
	if (!settings.ca_file)
		settings.ca_file = there.authority;
	memset(&got, 0, sizeof(got));
	assert_int_equal(http_open(&got.http, &settings), 0);
}

static void end(void)
{
	http_close(got.http);
	free(got.body);
	arena_close(&got.arena);
}

/* Ask, and read the whole body. Returns 0 or -errno; what was said is in got.said. */
static int ask(struct http_request request)
{
	ssize_t count = 0;
	int ret;

	if (!request.method)
		request.method = "GET";
	free(got.body);
	got.body = malloc(1 << 20);
	got.length = 0;
	assert_non_null(got.body);
	said_begin(&got.said);
	ret = http_ask(&got.answer, &got.arena, got.http, &request);
	while (ret == 0 &&
	       (count = http_read(got.http, got.body + got.length, (1 << 20) - got.length)) > 0)
		got.length += (size_t)count;
	(void)said_end(&got.said);
	return ret == 0 ? (int)count : ret;
}

static int get(int port, const char *path)
{
	return ask((struct http_request){ .url = url_of(port, path) });
}

static bool body_is(size_t from, size_t size)
{
	size_t i;

	for (i = from; i < size && got.length == size - from; i++) {
		const size_t at = i % 65536;

		if ((unsigned char)got.body[i - from] != (at * 7 + at / 256) % 256)
			return false;
	}
	return got.length == size - from;
}

static const char *text(void)
{
	got.body[got.length] = '\0';
	return got.body;
}

/* --- as it should be --------------------------------------------------------------------------------- */

static void bodies_of_all_forms_arrive_whole(void **state)
{
	static const char *const forms[] = { "plain", "chunks", "rest", "interim" };
	static const unsigned int sizes[] = { 0, 1, 4095, 65536, 300000 };
	size_t i, j;

	(void)state;
	begin((struct http_settings){ 0 });
	for (i = 0; i < COUNT(forms); i++) {
		for (j = 0; j < COUNT(sizes); j++) {
			assert_int_equal(get(0, arena_print(&got.arena, "/%s/%u", forms[i], sizes[j])),
					 0);
			assert_int_equal(got.answer.status, 200);
			assert_true(body_is(0, sizes[j]));
		}
	}
	assert_string_equal(got.said.text, "");
	end();
}

static void a_connection_is_kept_and_opened_anew_in_silence(void **state)
{
	(void)state;
	begin((struct http_settings){ 0 });
	assert_int_equal(get(0, "/plain/10"), 0);
	assert_int_equal(get(0, "/chunks/10"), 0);
	assert_int_equal(ask((struct http_request){ .method = "HEAD", .url = url_of(0, "/plain/10") }),
			 0);
	assert_true(got.answer.has_length && got.answer.length == 10 && got.length == 0);
	/* All of them came by one connection. */
	assert_int_equal(get(0, "/once"), 0);
	assert_string_equal(text(), "3 requests");
	assert_int_equal(get(0, "/close-kept/10"), 0);
	assert_int_equal(get(0, "/plain/20"), 0);
	assert_true(body_is(0, 20));
	assert_string_equal(got.said.text, "");
	end();
}

static void a_body_that_nobody_reads_is_dropped(void **state)
{
	struct http_request request = { .method = "GET" };

	(void)state;
	begin((struct http_settings){ 0 });
	request.url = url_of(0, "/plain/1000000");
	assert_int_equal(http_ask(&got.answer, &got.arena, got.http, &request), 0);
	request.url = url_of(0, "/chunks/3000");
	assert_int_equal(http_ask(&got.answer, &got.arena, got.http, &request), 0);
	assert_int_equal(get(0, "/plain/30"), 0);
	assert_true(body_is(0, 30));
	end();
}

static void bodies_are_sent_from_memory_and_from_files(void **state)
{
	static const char abc[] =
		"3 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	char file[96];
	int fd;

	(void)state;
	begin((struct http_settings){ 0 });
	assert_int_equal(ask((struct http_request){ .method = "PUT",
						    .url = url_of(0, "/echo"),
						    .body = "abc",
						    .length = 3 }),
			 0);
	assert_string_equal(text(), abc);
	(void)snprintf(file, sizeof(file), "%s/body", there.folder);
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0 && write(fd, "xyabcz", 6) == 6);
	assert_int_equal(ask((struct http_request){ .method = "PATCH",
						    .url = url_of(0, "/echo"),
						    .fd = fd,
						    .offset = 2,
						    .length = 3 }),
			 0);
	assert_string_equal(text(), abc);
	assert_int_equal(ftruncate(fd, 20000000), 0);
	assert_int_equal(ask((struct http_request){ .method = "PUT",
						    .url = url_of(GOOD, "/echo"),
						    .fd = fd,
						    .length = 20000000 }),
			 0);
	assert_non_null(strstr(text(), "20000000 "));
	/* It says that it has heard, and waits for the rest. */
	assert_int_equal(ask((struct http_request){ .method = "PUT",
						    .url = url_of(0, "/continue"),
						    .fd = fd,
						    .length = 20000000 }),
			 0);
	assert_int_equal(got.answer.status, 200);
	assert_non_null(strstr(text(), "20000000 "));
	/* The server does not want it, says so and goes away. */
	assert_int_equal(ask((struct http_request){ .method = "PUT",
						    .url = url_of(0, "/early"),
						    .fd = fd,
						    .length = 20000000 }),
			 0);
	assert_int_equal(got.answer.status, 413);
	assert_int_equal(close(fd), 0);
	end();
}

static void an_answer_goes_on_where_it_was_broken_off(void **state)
{
	static const struct {
		const char *path;
		int ret, status;
		unsigned int from, length;
	} rows[] = {
		{ "/plain/1000", 0, 206, 600, 400 },
		{ "/ignores-range/1000", 0, 200, 0, 1000 },
		{ "/plain/600", 0, 416, 0, 0 },
		{ "/lies-range/1000", -EPROTO, 0, 0, 0 },
	};
	size_t i;

	(void)state;
	begin((struct http_settings){ 0 });
	for (i = 0; i < COUNT(rows); i++) {
		assert_int_equal(ask((struct http_request){ .url = url_of(0, rows[i].path),
							    .from = 600 }),
				 rows[i].ret);
		if (rows[i].ret < 0)
			continue;
		assert_int_equal(got.answer.status, rows[i].status);
		assert_int_equal(got.answer.from, rows[i].from);
		assert_int_equal(got.length, rows[i].length);
		assert_true(rows[i].length == 0 || body_is(rows[i].from, 1000));
	}
	assert_non_null(strstr(got.said.text, "not asked for"));
	end();
}

/* --- what servers do wrong --------------------------------------------------------------------------- */

static void each_wrong_ends_in_one_clear_line(void **state)
{
	static const struct {
		const char *path;
		int ret;
		const char *said;
	} rows[] = {
		{ "/short/1000", -ECONNRESET,
		  "after 999 bytes of its answer: the connection was closed" },
		{ "/reset-body/100000", -ECONNRESET, "the connection broke" },
		{ "/stall-body/1000", -ETIMEDOUT, "after 500 bytes of its answer: nothing" },
		{ "/drip/100", -ETIMEDOUT, "next to nothing, came for too long" },
		{ "/chunks-garbage", -EPROTO, "no hexadecimal number" },
		{ "/chunks-huge", -EPROTO, "larger than anything" },
		{ "/chunks-short", -EPROTO, "longer than it says" },
		{ "/huge-head", -EPROTO, "longer than 64 KiB" },
		{ "/endless-head", -EPROTO, "longer than 64 KiB" },
		{ "/fold", -EPROTO, "goes on in the next line" },
		{ "/nul", -EPROTO, "control characters" },
		{ "/control", -EPROTO, "control characters" },
		{ "/no-http", -EPROTO, "no answer of HTTP/1.1" },
		{ "/two-lengths", -EPROTO, "two Content-Lengths" },
		{ "/bad-length", -EPROTO, "Content-Length is no number" },
		{ "/circle", -EINVAL, "more than 10 redirects" },
		{ "/location/ftp://a/b", -EINVAL, "http[s]://HOST[:PORT]/PATH is expected" },
		{ "/location/http://a:b@c/", -EINVAL, "a URL with a user's name in it" },
	};
	size_t i;

	(void)state;
	begin((struct http_settings){ .attempts = 1, .timeout = 2 });
	for (i = 0; i < COUNT(rows); i++) {
		const int ret = get(0, rows[i].path);

		if (ret != rows[i].ret || !strstr(got.said.text, rows[i].said) ||
		    strchr(got.said.text, '\n'))
			fail_msg("%s: %d, %s", rows[i].path, ret, got.said.text);
		assert_non_null(strstr(got.said.text, "davit: "));
	}
	assert_int_equal(get(0, "/plain/10"), 0);
	end();
}

static void what_follows_a_path_is_not_said(void **state)
{
	static const struct {
		int port;
		const char *path, *said;
	} rows[] = {
		{ 0, "/location/ftp://a/b%3Fsecret", "ftp://a/b: http[s]://" },
		{ 0, "/location/ftp://a/b%23secret", "ftp://a/b: http[s]://" },
		{ 0, "/location/http://127.0.0.1:1/b%3Fsecret", "http://127.0.0.1:1/b: " },
		{ 0, "/short/1000?secret", "/short/1000: after 999 bytes" },
		{ GOOD, "/location/http://127.0.0.1:1/b%3Fsecret", "http://127.0.0.1:1/b: refused" },
	};
	size_t i;

	(void)state;
	begin((struct http_settings){ .attempts = 1 });
	for (i = 0; i < COUNT(rows); i++) {
		assert_true(get(rows[i].port, rows[i].path) < 0);
		if (!strstr(got.said.text, rows[i].said) || strstr(got.said.text, "secret"))
			fail_msg("%s: %s", rows[i].path, got.said.text);
	}
	assert_int_equal(get(0, "/plain/10?secret"), 0);
	assert_string_equal(got.answer.url, url_of(0, "/plain/10"));
	end();
	begin((struct http_settings){ .offline = true });
	assert_int_equal(get(0, "/plain/10?secret"), -ENETDOWN);
	assert_null(strstr(got.said.text, "secret"));
	end();
}

static void of_interim_answers_nothing_is_kept(void **state)
{
	struct http_request request = { .method = "GET" };
	long before, after;

	(void)state;
	begin((struct http_settings){ 0 });
	request.url = url_of(0, "/interims/15/10");
	assert_int_equal(get(0, "/interims/1/10"), 0);
	before = memory_pages();
	assert_int_equal(http_ask(&got.answer, &got.arena, got.http, &request), 0);
	after = memory_pages();
	assert_null(got.answer.link);
	assert_in_range(after - before, 0, 64);
	end();
}

static void what_may_pass_is_asked_again(void **state)
{
	static const struct {
		const char *path;
		int ret, status;
		unsigned int warnings;
	} rows[] = {
		{ "/status/503/2/a/10", 0, 200, 2 },  { "/status/503/3/b/10", 0, 503, 2 },
		{ "/status/502/1/c/10", 0, 200, 1 },  { "/status/504/1/d/10", 0, 200, 1 },
		{ "/status/500/1/e/10", 0, 200, 1 },  { "/status/404/1/f/10", 0, 404, 0 },
		{ "/status/408/1/h/10", 0, 200, 1 },  { "/status/522/1/i/10", 0, 200, 1 },
		{ "/status/501/1/j/10", 0, 501, 0 },  { "/status/505/1/k/10", 0, 505, 0 },
		{ "/reset-head", -ECONNRESET, 0, 3 }, { "/stall-head", -ETIMEDOUT, 0, 3 },
		{ "/retry-after/3600", 0, 429, 0 },   { "/retry-date/3600/1/g/10", 0, 429, 0 },
	};
	size_t i;

	(void)state;
	begin((struct http_settings){ .timeout = 2 });
	for (i = 0; i < COUNT(rows); i++) {
		const int ret = get(0, rows[i].path);
		unsigned int lines = 0;
		const char *at = got.said.text;

		for (; (at = strstr(at, "davit: ")); at++)
			lines++;
		if (ret != rows[i].ret || lines != rows[i].warnings ||
		    (ret == 0 && got.answer.status != rows[i].status))
			fail_msg("%s: %d, %s", rows[i].path, ret, got.said.text);
	}
	end();
}

static void retry_after_is_obeyed(void **state)
{
	static const char *const paths[] = { "/status/429/1/x/10", "/retry-date/1/1/x/10" };
	struct timespec before, after;
	size_t i;

	(void)state;
	begin((struct http_settings){ 0 });
	for (i = 0; i < COUNT(paths); i++) {
		(void)clock_gettime(CLOCK_MONOTONIC, &before);
		assert_int_equal(get(0, paths[i]), 0);
		(void)clock_gettime(CLOCK_MONOTONIC, &after);
		assert_int_equal(got.answer.status, 200);
		assert_true(after.tv_sec - before.tv_sec + (after.tv_nsec >= before.tv_nsec) > 1);
	}
	end();
}

static void a_server_that_is_not_there_is_told_at_once(void **state)
{
	(void)state;
	begin((struct http_settings){ 0 });
	assert_int_equal(ask((struct http_request){ .url = "http://127.0.0.1:1/" }), -ECONNREFUSED);
	assert_string_equal(got.said.text, "davit: http://127.0.0.1:1/: Connection refused");
	end();
	begin((struct http_settings){ .offline = true });
	assert_int_equal(get(0, "/plain/1"), -ENETDOWN);
	end();
}

/* --- redirects, and who may have credentials --------------------------------------------------------- */

static void redirects_are_followed(void **state)
{
	(void)state;
	begin((struct http_settings){ 0 });
	assert_int_equal(get(0, "/hops/9"), 0);
	assert_true(body_is(0, 10));
	assert_string_equal(got.answer.url, url_of(0, "/plain/10"));
	assert_int_equal(get(0, "/hops/11"), -EINVAL);
	assert_int_equal(get(0, "/port/2/plain/30"), 0);
	assert_true(body_is(0, 30));
	/* Only what can be asked again without harm. */
	assert_int_equal(ask((struct http_request){
				 .method = "POST", .url = url_of(0, "/hops/1"), .has_body = true }),
			 0);
	assert_int_equal(got.answer.status, 307);
	assert_string_equal(got.answer.location, url_of(0, "/plain/10"));
	assert_int_equal(get(GOOD, "/port/0/plain/1"), -EINVAL);
	assert_non_null(strstr(got.said.text, "from https to http"));
	end();
}

static void credentials_stay_with_their_server(void **state)
{
	static const struct {
		int port;
		const char *path, *key, *seen;
	} rows[] = {
		{ 0, "/plain/101", "plain/101", "Basic c2VjcmV0" },
		{ 0, "/location/../../plain/102", "plain/102", "Basic c2VjcmV0" },
		{ 0, "/port/1/plain/103", "plain/103", "none" },
		{ 0, "/port/2/plain/104", "plain/104", "none" },
		{ GOOD, "/port/8/plain/105", "plain/105", "none" },
		/* Back where they came from they are not sent again. */
		{ 0, "/port/1/port/0/plain/106", "plain/106", "none" },
	};
	size_t i;

	(void)state;
	begin((struct http_settings){ 0 });
	for (i = 0; i < COUNT(rows); i++) {
		struct http_request request = { .url = url_of(rows[i].port, rows[i].path),
						.authorization = "Basic c2VjcmV0" };

		(void)ask(request);
		(void)get(0, arena_print(&got.arena, "/seen/%s", strrchr(rows[i].key, '/') + 1));
		assert_string_equal(text(), rows[i].seen);
	}
	end();
}

static void nobody_writes_headers_into_ours(void **state)
{
	const struct http_header headers[] = { { "Accept", "a\r\nX: b" }, { NULL, NULL } };

	(void)state;
	begin((struct http_settings){ 0 });
	assert_int_equal(ask((struct http_request){ .url = url_of(0, "/plain/1"), .headers = headers }),
			 -EINVAL);
	assert_int_equal(ask((struct http_request){ .url = url_of(0, "/plain/1"),
						    .authorization = "a\nb" }),
			 -EINVAL);
	assert_int_equal(ask((struct http_request){
				 .url = arena_print(&got.arena, "%s\r\nX: y", url_of(0, "/")) }),
			 -EINVAL);
	end();
}

/* --- proxies ----------------------------------------------------------------------------------------- */

static void proxies_are_asked_for_both_schemes(void **state)
{
	char proxy[64], bad[64];

	(void)state;
	(void)snprintf(proxy, sizeof(proxy), "http://user:wor%%64@127.0.0.1:%u", there.port[1]);
	(void)snprintf(bad, sizeof(bad), "http://user:x@127.0.0.1:%u", there.port[1]);
	begin((struct http_settings){ .http_proxy = proxy, .https_proxy = proxy });
	assert_int_equal(ask((struct http_request){ .url = "http://nowhere.invalid/plain/201" }), 0);
	assert_true(body_is(0, 201));
	assert_int_equal(get(GOOD, "/plain/202"), 0);
	assert_true(body_is(0, 202));
	assert_int_equal(get(GOOD, "/plain/203"), 0);
	end();
	begin((struct http_settings){ .http_proxy = bad, .https_proxy = bad });
	assert_int_equal(ask((struct http_request){ .url = "http://nowhere.invalid/plain/1" }), 0);
	assert_int_equal(got.answer.status, 407);
	assert_int_equal(get(GOOD, "/plain/1"), -ECONNREFUSED);
	assert_non_null(strstr(got.said.text, "refuses to connect: status 407"));
	assert_null(strstr(got.said.text, "user"));
	end();
	begin((struct http_settings){ .http_proxy = bad, .no_proxy = "localhost,127.0.0.0/8" });
	assert_int_equal(get(0, "/plain/1"), 0);
	assert_int_equal(got.answer.status, 200);
	end();
}

/* --- TLS --------------------------------------------------------------------------------------------- */

static void only_the_right_certificate_is_believed(void **state)
{
	static const struct {
		int port, ret;
		const char *said;
	} rows[] = {
		{ GOOD, 0, "" },
		{ CHAINED, 0, "" },
		{ CROSSED, 0, "" },
		{ EXPIRED, -EKEYREJECTED, "has expired" },
		{ WRONG, -EKEYREJECTED, "is for another host" },
		{ NAMED, -EKEYREJECTED, "is for another host" },
		{ UNKNOWN, -EKEYREJECTED, "comes from no authority in" },
		{ CLIENT, -EKEYREJECTED, "is not one for servers" },
	};
	size_t i;

	(void)state;
	begin((struct http_settings){ 0 });
	for (i = 0; i < COUNT(rows); i++) {
		const int ret = get(rows[i].port, "/plain/70000");

		if (ret != rows[i].ret || !strstr(got.said.text, rows[i].said) ||
		    strchr(got.said.text, '\n'))
			fail_msg("%d: %d, %s", rows[i].port, ret, got.said.text);
		assert_true(ret < 0 || body_is(0, 70000));
	}
	/* By its name it is who it says. */
	assert_int_equal(ask((struct http_request){
				 .url = arena_print(&got.arena, "https://localhost:%u/plain/10",
						    there.port[NAMED]) }),
			 0);
	assert_int_equal(ask((struct http_request){
				 .url = arena_print(&got.arena, "https://127.0.0.1:%u/plain/10",
						    there.port[0]) }),
			 -EPROTO);
	assert_non_null(strstr(got.said.text, "does not speak TLS (see plain-http in davit.conf)"));
	end();
}

static void a_clock_that_was_never_set_is_told(void **state)
{
	(void)state;
	clock_says = 86400;
	begin((struct http_settings){ .attempts = 1 });
	assert_int_equal(get(GOOD, "/plain/10"), -EKEYREJECTED);
	assert_non_null(strstr(got.said.text, "this device's clock says 1970-01-02: set it first"));
	end();
	clock_says = 0;
}

static void a_pinned_authority_is_the_only_one(void **state)
{
	(void)state;
	command("mkdir -p %s/127.0.0.1 %s/127.0.0.1:%u %s/localhost", there.pins, there.pins,
		there.port[UNKNOWN], there.pins);
	command("cp %s/ca.crt %s/127.0.0.1/ca.crt", there.folder, there.pins);
	command("cp %s/stranger/ca.crt %s/127.0.0.1:%u/ca.crt", there.folder, there.pins,
		there.port[UNKNOWN]);
	command("(cat %s/stranger/ca.crt; echo x) > %s/localhost/ca.crt", there.folder, there.pins);
	begin((struct http_settings){ .certificates = there.pins });
	assert_int_equal(get(GOOD, "/plain/10"), 0);
	assert_int_equal(get(UNKNOWN, "/plain/10"), 0);
	assert_int_equal(ask((struct http_request){
				 .url = arena_print(&got.arena, "https://localhost:%u/plain/10",
						    there.port[GOOD]) }),
			 -EKEYREJECTED);
	assert_non_null(strstr(got.said.text, "/pins/localhost/ca.crt"));
	command("echo nothing > %s/localhost/ca.crt", there.pins);
	assert_int_equal(ask((struct http_request){
				 .url = arena_print(&got.arena, "https://localhost:%u/plain/10",
						    there.port[GOOD]) }),
			 -EKEYREJECTED);
	assert_non_null(strstr(got.said.text, "no certificate is there"));
	end();
}

static void bundles_are_read_leniently(void **state)
{
	static const char *const orders[] = {
		"cat stranger/ca.crt ca.crt > bundle",
		"(cat stranger/ca.crt; echo -----BEGIN CERTIFICATE-----; echo A; cat ca.crt) > bundle",
		"(echo -----BEGIN CERTIFICATE-----; echo AA; echo -----END CERTIFICATE-----; "
		"sed 's/$/\r/' ca.crt) > bundle",
		"(head -c 200000 /dev/zero; echo; printf %s \"$(cat ca.crt)\") > bundle",
	};
	char bundle[96];
	size_t i;

	(void)state;
	(void)snprintf(bundle, sizeof(bundle), "%s/bundle", there.folder);
	for (i = 0; i < COUNT(orders); i++) {
		command("cd %s && %s", there.folder, orders[i]);
		begin((struct http_settings){ .ca_file = bundle });
		if (get(GOOD, "/plain/10") != 0)
			fail_msg("%s: %s", orders[i], got.said.text);
		end();
	}
	begin((struct http_settings){ .ca_file = "/nonexistent" });
	assert_int_equal(get(GOOD, "/plain/10"), -EKEYREJECTED);
	assert_non_null(strstr(got.said.text, "/nonexistent: No such file"));
	end();
}

static void tls_that_breaks_is_told_from_an_end(void **state)
{
	(void)state;
	begin((struct http_settings){ .attempts = 1, .timeout = 2 });
	assert_int_equal(get(GOOD, "/rest/1000"), -ECONNRESET);
	assert_int_equal(get(GOOD, "/reset-body/100000"), -ECONNRESET);
	assert_int_equal(get(GOOD, "/stall-body/1000"), -ETIMEDOUT);
	assert_int_equal(get(GOOD, "/close-kept/10"), 0);
	assert_int_equal(get(GOOD, "/plain/10"), 0);
	end();
}

static void text_is_read_up_to_what_was_allowed(void **state)
{
	struct http_request request = { .method = "GET" };
	const char *read;

	(void)state;
	begin((struct http_settings){ 0 });
	request.url = url_of(0, "/seen/nothing");
	assert_int_equal(http_ask(&got.answer, &got.arena, got.http, &request), 0);
	read = http_text(&got.arena, got.http, 4);
	assert_non_null(read);
	assert_string_equal(read, "none");
	assert_int_equal(http_ask(&got.answer, &got.arena, got.http, &request), 0);
	said_begin(&got.said);
	read = http_text(&got.arena, got.http, 3);
	assert_non_null(strstr(said_end(&got.said), "longer than 3 bytes"));
	assert_null(read);
	request.url = url_of(0, "/plain/3");
	assert_int_equal(http_ask(&got.answer, &got.arena, got.http, &request), 0);
	said_begin(&got.said);
	read = http_text(&got.arena, got.http, 1000);
	assert_non_null(strstr(said_end(&got.said), "NUL"));
	assert_null(read);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_of_all_forms_arrive_whole),
		cmocka_unit_test(a_connection_is_kept_and_opened_anew_in_silence),
		cmocka_unit_test(a_body_that_nobody_reads_is_dropped),
		cmocka_unit_test(bodies_are_sent_from_memory_and_from_files),
		cmocka_unit_test(an_answer_goes_on_where_it_was_broken_off),
		cmocka_unit_test(each_wrong_ends_in_one_clear_line),
		cmocka_unit_test(what_follows_a_path_is_not_said),
		cmocka_unit_test(of_interim_answers_nothing_is_kept),
		cmocka_unit_test(what_may_pass_is_asked_again),
		cmocka_unit_test(retry_after_is_obeyed),
		cmocka_unit_test(a_server_that_is_not_there_is_told_at_once),
		cmocka_unit_test(redirects_are_followed),
		cmocka_unit_test(credentials_stay_with_their_server),
		cmocka_unit_test(nobody_writes_headers_into_ours),
		cmocka_unit_test(proxies_are_asked_for_both_schemes),
		cmocka_unit_test(only_the_right_certificate_is_believed),
		cmocka_unit_test(a_clock_that_was_never_set_is_told),
		cmocka_unit_test(a_pinned_authority_is_the_only_one),
		cmocka_unit_test(bundles_are_read_leniently),
		cmocka_unit_test(tls_that_breaks_is_told_from_an_end),
		cmocka_unit_test(text_is_read_up_to_what_was_allowed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
