/* SPDX-License-Identifier: MIT */
/* Check the certificates of a server, and say in words what is wrong with them. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <mbedtls/asn1.h>

#include "base/fd.h"
#include "registry/tls_bundle.h"
#include "registry/tls_trust.h"

enum { PATH_ROOM = 1024, SAN_ADDRESS = 7 /* iPAddress of RFC 5280, section 4.2.1.6 */ };

/* 2024-01-01: no device that can run this davit was set up before. */
static const time_t earliest = 1704067200;

/* Where distributions keep the authorities that they believe. */
static const char *const system_bundles[] = { "/etc/ssl/certs/ca-certificates.crt",
					      "/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt",
					      "/etc/ssl/ca-bundle.pem",
					      "/etc/ssl/certs/ca-bundle.crt" };

/* --- which authorities ------------------------------------------------------------------------------- */

/* Open DIRECTORY/NAME/ca.crt. Returns a descriptor, or -errno; -ENOENT: there is none. */
static int open_pin(char *path, const char *directory, const char *name, unsigned int port)
{
	const int length =
		port ? snprintf(path, PATH_ROOM, "%s/%s:%u/ca.crt", directory, name, port) :
		       snprintf(path, PATH_ROOM, "%s/%s/ca.crt", directory, name);
	int fd;

	if (length >= PATH_ROOM)
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* The pinned authority of a host (with its port first), or the file that was named, or the
 * system's; its name in PATH. Returns a descriptor or -errno. */
static int open_bundle(char *path, const struct url *url, const struct http_settings *settings)
{
	size_t i;
	int fd = -ENOENT;

	if (settings->certificates) {
		fd = open_pin(path, settings->certificates, url->host, url->port);
		if (fd == -ENOENT)
			fd = open_pin(path, settings->certificates, url->host, 0);
		if (fd != -ENOENT)
			return fd;
	}
	for (i = 0; i < sizeof(system_bundles) / sizeof(system_bundles[0]) && fd < 0; i++) {
		const char *name = settings->ca_file ? settings->ca_file : system_bundles[i];

		(void)snprintf(path, PATH_ROOM, "%s", name);
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (fd < 0 && settings->ca_file)
			return -errno;
	}
	if (fd < 0)
		(void)snprintf(path, PATH_ROOM, "%s", system_bundles[0]);
	return fd < 0 ? -ENOENT : fd;
}

/* --- what is wrong ----------------------------------------------------------------------------------- */

/* What only the handshake checks. The rest of its findings are about all certificates that were
 * shown, without authorities: another path from them may have expired, and matters to nobody. */
enum {
	WRONG_USAGE = MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE |
		      MBEDTLS_X509_BADCERT_NS_CERT_TYPE
};

static const struct {
	uint32_t flags;
	const char *words;
} wrongs[] = {
	{ MBEDTLS_X509_BADCERT_CN_MISMATCH, "its certificate is for another host" },
	{ MBEDTLS_X509_BADCERT_EXPIRED, "its certificate, or that of its authority, has expired" },
	{ MBEDTLS_X509_BADCERT_FUTURE, "its certificate, or that of its authority, is not valid yet" },
	{ WRONG_USAGE, "its certificate is not one for servers" },
	{ MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY,
	  "its certificate relies on cryptography that is too weak, or not known here" },
	{ MBEDTLS_X509_BADCERT_MISSING, "it shows no certificate" }
};

/* What makes davit believe an authority: a pin, where none was read from PATH. */
static const char *remedy(char text[PATH_ROOM], const struct url *url, const char *directory,
			  const char *path)
{
	text[0] = '\0';
	if (directory && strncmp(path, directory, strlen(directory)) != 0)
		(void)snprintf(text, PATH_ROOM,
			       " (put the certificate of its authority into %s/%s/ca.crt)",
			       directory, url->authority);
	return text;
}

static int say_wrong(struct connection *connection, uint32_t flags, const char *path, const char *cure)
{
	const time_t now = time(NULL);
	struct tm tm;
	size_t i;

	if ((flags & (MBEDTLS_X509_BADCERT_FUTURE | MBEDTLS_X509_BADCERT_EXPIRED)) &&
	    now < earliest && gmtime_r(&now, &tm))
		return connection_tell(connection, EKEYREJECTED,
				       "its certificate cannot be checked, since this device's "
				       "clock says %d-%02d-%02d: set it first (ntpd, or date -s)",
				       tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		if (flags & wrongs[i].flags)
			return connection_fail(connection, EKEYREJECTED, wrongs[i].words);
	}
	return connection_tell(connection, EKEYREJECTED,
			       "its certificate comes from no authority in %s%s", path, cure);
}

/* --- the check --------------------------------------------------------------------------------------- */

/* The bytes of an address, or 0 when HOST is a name. */
static size_t address_parse(unsigned char address[16], const char *host)
{
	if (inet_pton(AF_INET, host, address) == 1)
		return 4;
	return inet_pton(AF_INET6, host, address) == 1 ? 16 : 0;
}

/* mbedTLS before 3.5 compares names only. */
static bool names_address(const mbedtls_x509_crt *certificate, const unsigned char *address,
			  size_t size)
{
	const int mask = MBEDTLS_ASN1_TAG_CLASS_MASK | MBEDTLS_ASN1_TAG_VALUE_MASK;
	const mbedtls_x509_sequence *name;

	for (name = &certificate->subject_alt_names; name; name = name->next) {
		if ((name->buf.tag & mask) == (MBEDTLS_ASN1_CONTEXT_SPECIFIC | SAN_ADDRESS) &&
		    name->buf.len == size && memcmp(name->buf.p, address, size) == 0)
			return true;
	}
	return false;
}

static int verify(struct connection *connection, mbedtls_x509_crt *chain, uint32_t flags,
		  const char *host, mbedtls_x509_crt *authorities, const char *path, const char *cure)
{
	unsigned char address[16];
	const size_t size = address_parse(address, host);
	uint32_t more = 0;
	/* An initialised list without any certificate must not be taken for one. */
	mbedtls_x509_crt *known = authorities->raw.p ? authorities : NULL;
	const int ret =
		mbedtls_x509_crt_verify(chain, known, NULL, size ? NULL : host, &more, NULL, NULL);

	flags = (flags & WRONG_USAGE) | more;
	if (size && !names_address(chain, address, size))
		flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
	return ret == 0 && flags == 0 ? 0 : say_wrong(connection, flags, path, cure);
}

int trust_check(struct connection *connection, mbedtls_x509_crt *chain, uint32_t flags,
		const struct url *url, const struct http_settings *settings)
{
	char path[PATH_ROOM], text[PATH_ROOM];
	autoclose int fd = open_bundle(path, url, settings);
	const char *cure = remedy(text, url, settings->certificates, path);
	mbedtls_x509_crt authorities;
	int ret = fd;

	mbedtls_x509_crt_init(&authorities);
	if (ret >= 0)
		ret = bundle_read(&authorities, fd, chain);
	if (ret > 0) {
		ret = verify(connection, chain, flags, url->host, &authorities, path, cure);
	} else {
		ret = connection_tell(connection, EKEYREJECTED,
				      "its certificate cannot be checked by authorities in %s: %s%s",
				      path, ret == 0 ? "no certificate is there" : strerror(-ret),
				      cure);
	}
	mbedtls_x509_crt_free(&authorities);
	return ret;
}
