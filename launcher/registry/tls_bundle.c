/* SPDX-License-Identifier: MIT */
/* Go through a bundle, line by line and certificate by certificate. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/asn1.h>
#include <mbedtls/base64.h>

#include "registry/tls_bundle.h"

enum { DER_MOST = 8192, BASE64_MOST = DER_MOST / 3 * 4, LINE_MOST = 128, TAKEN_MOST = 16 };

struct bundle {
	mbedtls_x509_crt *authorities;
	const mbedtls_x509_crt *chain;
	int seen, taken;
	bool inside; /* a certificate */
	size_t line_length, length;
	char line[LINE_MOST];
	unsigned char base64[BASE64_MOST], der[DER_MOST];
};

/* Step over what has TAG. */
static bool step_over(unsigned char **at, const unsigned char *end, int tag)
{
	size_t length;

	if (mbedtls_asn1_get_tag(at, end, &length, tag) != 0)
		return false;
	*at += length;
	return true;
}

/* Find the subject in a certificate (RFC 5280, section 4.1), without the work that parsing it takes. */
static bool find_subject(unsigned char **subject, size_t *length, unsigned char *der, size_t size)
{
	const int sequence = MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE;
	const unsigned char *end = der + size;
	unsigned char *at = der;
	size_t inner;

	if (mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0)
		return false;
	end = at + inner;
	if (mbedtls_asn1_get_tag(&at, end, &inner, sequence) != 0)
		return false;
	end = at + inner;
	if (at < end && *at == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED) &&
	    !step_over(&at, end, *at))
		return false;
	if (!step_over(&at, end, MBEDTLS_ASN1_INTEGER) || !step_over(&at, end, sequence) ||
	    !step_over(&at, end, sequence) || !step_over(&at, end, sequence))
		return false;
	*subject = at;
	if (!step_over(&at, end, sequence))
		return false;
	*length = (size_t)(at - *subject);
	return true;
}

/* A certificate of the chain says that it comes from SUBJECT, in the very same bytes, as RFC 5280
 * (section 4.1.2.4) wants them. */
static bool is_issuer(const mbedtls_x509_crt *chain, const unsigned char *subject, size_t length)
{
	for (; chain; chain = chain->next) {
		if (chain->issuer_raw.len == length &&
		    memcmp(chain->issuer_raw.p, subject, length) == 0)
			return true;
	}
	return false;
}

static void block_ends(struct bundle *bundle)
{
	unsigned char *subject;
	size_t size, length;

	bundle->inside = false;
	if (mbedtls_base64_decode(bundle->der, sizeof(bundle->der), &size, bundle->base64,
				  bundle->length) != 0 ||
	    !find_subject(&subject, &length, bundle->der, size))
		return;
	bundle->seen++;
	if (bundle->taken < TAKEN_MOST && is_issuer(bundle->chain, subject, length) &&
	    mbedtls_x509_crt_parse_der(bundle->authorities, bundle->der, size) == 0)
		bundle->taken++;
}

static void line_ends(struct bundle *bundle)
{
	const char *line = bundle->line;

	while (bundle->line_length > 0 && strchr(" \t\r", line[bundle->line_length - 1]))
		bundle->line_length--;
	bundle->line[bundle->line_length] = '\0';
	if (strcmp(line, "-----BEGIN CERTIFICATE-----") == 0) {
		bundle->inside = true;
		bundle->length = 0;
	} else if (strcmp(line, "-----END CERTIFICATE-----") == 0) {
		if (bundle->inside)
			block_ends(bundle);
	} else if (bundle->inside && bundle->line_length <= BASE64_MOST - bundle->length) {
		memcpy(bundle->base64 + bundle->length, line, bundle->line_length);
		bundle->length += bundle->line_length;
	} else {
		bundle->inside = false;
	}
	bundle->line_length = 0;
}

/* A longer line is cut, and is then neither a mark nor base64 of whole groups. */
static void take(struct bundle *bundle, const char *data, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++) {
		if (data[i] == '\n')
			line_ends(bundle);
		else if (bundle->line_length < LINE_MOST - 1)
			bundle->line[bundle->line_length++] = data[i];
	}
}

int bundle_read(mbedtls_x509_crt *authorities, int fd, const mbedtls_x509_crt *chain)
{
	struct bundle *bundle = calloc(1, sizeof(*bundle));
	char window[4096];
	int ret;
	ssize_t got;

	if (!bundle)
		return -ENOMEM;
	bundle->authorities = authorities;
	bundle->chain = chain;
	do {
		got = read(fd, window, sizeof(window));
		if (got > 0)
			take(bundle, window, (size_t)got);
	} while (got > 0 || (got < 0 && errno == EINTR));
	ret = got < 0 ? -errno : 0;
	if (ret == 0) {
		line_ends(bundle);
		ret = bundle->seen;
	}
	free(bundle);
	return ret;
}
