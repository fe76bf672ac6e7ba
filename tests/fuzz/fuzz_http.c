/* SPDX-License-Identifier: MIT */
/* What servers send: heads, chunks, where redirects lead, and lists and bundles that people write. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "registry/http_body.h"
#include "registry/http_head.h"
#include "registry/proxy.h"
#include "registry/tls_bundle.h"
#include "registry/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static bool is_clean(const char *text)
{
	for (; text && *text; text++) {
		if ((*text > 0 && *text < ' ' && *text != '\t') || *text == 0x7f)
			return false;
	}
	return true;
}

static void try_head(char *text, size_t size)
{
	const size_t length = head_end(text, size);
	struct arena arena = { 0 };
	struct http_head head;

	require(length <= size);
	if (length > 0 && !head_parse(&head, &arena, text, length)) {
		require(head.answer.status >= 100 && head.answer.status <= 599);
		require(!head.answer.has_length || head.answer.length <= INT64_MAX);
		require(!head.chunked || !head.answer.has_length);
		require(head.answer.status != 206 || head.ranged);
		require(is_clean(head.answer.location) && is_clean(head.answer.authenticate) &&
			is_clean(head.answer.link) && is_clean(head.answer.content_type));
	}
	arena_close(&arena);
}

/* However it arrives, what is found of a body is the same. */
static size_t join(char *out, struct body *body, const char *text, size_t size, size_t step)
{
	const char *wrong = NULL;
	size_t at = 0, used = 0;

	body_begin(body, BODY_CHUNKS, 0);
	while (at < size && !body->done && !wrong) {
		const size_t most = size - at < step ? size - at : step;
		size_t skip, take;

		wrong = body_look(&skip, &take, body, text + at, most);
		require(skip + take <= most && (skip + take > 0 || body->done));
		memcpy(out + used, text + at + skip, take);
		used += take;
		at += skip + take;
	}
	return used;
}

static void try_body(const char *text, size_t size)
{
	char *once = malloc(size + 1), *twice = malloc(size + 1);
	struct body one, two;

	if (once && twice) {
		const size_t length = join(once, &one, text, size, size);

		require(join(twice, &two, text, size, 3) == length);
		require(memcmp(once, twice, length) == 0 && one.done == two.done);
	}
	free(once);
	free(twice);
}

static void try_url(const char *text)
{
	struct arena arena = { 0 };
	struct url url, base, again;
	const char *whole;

	require(url_parse(&base, &arena, "https://a/b/c?d") == 0);
	(void)proxy_is_avoided(text, "10.1.2.3");
	(void)proxy_is_avoided(text, "::1");
	(void)proxy_is_avoided(text, "a.b.c");
	whole = url_resolve(&arena, &base, text);
	require(whole != NULL);
	if (!url_parse(&url, &arena, whole)) {
		require(url.port > 0 && url.target[0] == '/' && url.host[0]);
		require(!strpbrk(url.host, "/@\\ \r\n%") && !strpbrk(url.target, "# \r\n\t"));
		whole = arena_print(&arena, "%s://%s%s", url.tls ? "https" : "http", url.authority,
				    url.target);
		require(url_parse(&again, &arena, whole) == 0);
		require(strcmp(url.authority, again.authority) == 0 && url.tls == again.tls);
	}
	arena_close(&arena);
}

static void try_bundle(const char *text, size_t size)
{
	const int fd = memfd_create("bundle", 0);
	mbedtls_x509_crt authorities, chain;

	mbedtls_x509_crt_init(&authorities);
	mbedtls_x509_crt_init(&chain);
	if (fd >= 0 && write(fd, text, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0)
		require(bundle_read(&authorities, fd, &chain) >= 0);
	mbedtls_x509_crt_free(&authorities);
	if (fd >= 0)
		require(close(fd) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	try_url(text);
	try_body(text, size);
	try_bundle(text, size);
	try_head(text, size);
	free(text);
	return 0;
}
