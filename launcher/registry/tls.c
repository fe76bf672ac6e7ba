/* SPDX-License-Identifier: MIT */
/* TLS 1.2 by mbedTLS, version 2.28 or 3. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <mbedtls/ssl.h>

#include "registry/tls.h"
#include "registry/tls_trust.h"

struct tls {
	struct connection *connection;
	int err; /* of the connection, which has said why */
	mbedtls_ssl_config config;
	mbedtls_ssl_context ssl;
};

/* In software, ChaCha20-Poly1305 takes a fraction of the time of AES-GCM, and does not tell by its
 * timing what the key is. Where the processor knows AES, mbedTLS 2.28 is still no faster with it. */
static const int ciphers[] = { MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			       MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
			       MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			       MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
			       MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			       MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
			       0 };

/* --- what fails, in words ---------------------------------------------------------------------------- */

static const struct {
	int code, err;
	const char *words;
} wrongs[] = {
	{ MBEDTLS_ERR_SSL_CONN_EOF, ECONNRESET, "the connection was closed in the middle of TLS" },
	{ MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, ECONNRESET, "the server has ended TLS" },
	{ MBEDTLS_ERR_SSL_INVALID_MAC, ECONNRESET, "what came was changed on its way (TLS)" },
	{ MBEDTLS_ERR_SSL_ALLOC_FAILED, ENOMEM, "there is no memory for TLS" },
	{ MBEDTLS_ERR_SSL_INVALID_RECORD, EPROTO,
	  "what answers there does not speak TLS (see plain-http in davit.conf)" },
	{ MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, EPROTO, "the server breaks the rules of TLS" },
	{ MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE, EPROTO,
	  "the server refuses TLS: davit offers TLS 1.2, with ECDHE and ChaCha20 or AES-GCM" },
#if defined(MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION)
	{ MBEDTLS_ERR_SSL_BAD_HS_PROTOCOL_VERSION, EPROTO, "the server does not speak TLS 1.2" },
	{ MBEDTLS_ERR_SSL_BAD_HS_CERTIFICATE, EPROTO, "its certificate cannot be read" },
#else
	{ MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, EPROTO, "the server does not speak TLS 1.2" },
	{ MBEDTLS_ERR_SSL_BAD_CERTIFICATE, EPROTO, "its certificate cannot be read" },
#endif
	{ MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE, EPROTO, "the server wants of TLS what davit has not" }
};

static int tls_fail(struct tls *tls, int code)
{
	size_t i;

	if (tls->err)
		return tls->err;
	for (i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		if (wrongs[i].code == code)
			return connection_fail(tls->connection, wrongs[i].err, wrongs[i].words);
	}
	return connection_tell(tls->connection, EPROTO, "TLS fails (error -0x%x of mbedTLS)",
			       (unsigned int)-code);
}

/* --- what mbedTLS asks for --------------------------------------------------------------------------- */

/* The kernel's own: it has more to draw from, and waits until it has enough. */
static int draw_random(void *data, unsigned char *out, size_t length)
{
	(void)data;
	while (length > 0) {
		const ssize_t got = getrandom(out, length, 0);

		if (got < 0 && errno != EINTR)
			return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
		if (got > 0) {
			out += got;
			length -= (size_t)got;
		}
	}
	return 0;
}

static int send_some(void *data, const unsigned char *bytes, size_t length)
{
	struct tls *tls = data;
	const ssize_t put = connection_send(tls->connection, bytes, length);

	if (put >= 0)
		return (int)put;
	tls->err = (int)put;
	return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

static int receive_some(void *data, unsigned char *bytes, size_t size)
{
	struct tls *tls = data;
	const ssize_t got = connection_receive(tls->connection, bytes, size);

	if (got >= 0)
		return (int)got;
	tls->err = (int)got;
	return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

/* --- the handshake ----------------------------------------------------------------------------------- */

static int set_up(struct tls *tls, const struct url *url)
{
	mbedtls_ssl_config *config = &tls->config;
	int ret = mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT,
					      MBEDTLS_SSL_TRANSPORT_STREAM,
					      MBEDTLS_SSL_PRESET_DEFAULT);

	if (ret != 0)
		return ret;
	mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
				     MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3,
				     MBEDTLS_SSL_MINOR_VERSION_3);
	mbedtls_ssl_conf_ciphersuites(config, ciphers);
	mbedtls_ssl_conf_rng(config, draw_random, NULL);
	/* Which authorities to load, only the server's certificates tell: mbedTLS goes on without
	 * any, and verified() decides before the first byte is sent or believed. */
	mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_OPTIONAL);
	ret = mbedtls_ssl_setup(&tls->ssl, config);
	/* Server names are no addresses (RFC 6066, section 3). */
	if (ret == 0)
		ret = mbedtls_ssl_set_hostname(&tls->ssl, url_is_address(url) ? NULL : url->host);
	mbedtls_ssl_set_bio(&tls->ssl, tls, send_some, receive_some, NULL);
	return ret;
}

static int handshake(struct tls *tls)
{
	int ret;

	do {
		ret = mbedtls_ssl_handshake(&tls->ssl);
	} while (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE);
	return ret;
}

static int verified(struct tls *tls, const struct url *url, const struct http_settings *settings)
{
	const mbedtls_x509_crt *chain = mbedtls_ssl_get_peer_cert(&tls->ssl);

	if (!chain)
		return connection_fail(tls->connection, EKEYREJECTED, "it shows no certificate");
	return trust_check(tls->connection, (mbedtls_x509_crt *)chain,
			   mbedtls_ssl_get_verify_result(&tls->ssl), url, settings);
}

int tls_open(struct connection *connection, const struct url *url,
	     const struct http_settings *settings)
{
	struct tls *tls = calloc(1, sizeof(*tls));
	int ret;

	if (!tls)
		return connection_fail(connection, ENOMEM, "there is no memory for TLS");
	tls->connection = connection;
	mbedtls_ssl_config_init(&tls->config);
	mbedtls_ssl_init(&tls->ssl);
	connection_patience(connection);
	ret = set_up(tls, url);
	if (ret == 0)
		ret = handshake(tls);
	ret = ret == 0 ? verified(tls, url, settings) : tls_fail(tls, ret);
	if (ret < 0)
		tls_close(tls);
	else
		connection->tls = tls;
	return ret;
}

void tls_close(struct tls *tls)
{
	mbedtls_ssl_free(&tls->ssl);
	mbedtls_ssl_config_free(&tls->config);
	free(tls);
}

/* --- what goes through ------------------------------------------------------------------------------- */

ssize_t tls_read(struct tls *tls, void *data, size_t size)
{
	int ret;

	do {
		ret = mbedtls_ssl_read(&tls->ssl, data, size);
	} while (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE);
	/* Without this goodbye, somebody else may have cut the answer short. */
	if (ret == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
		return 0;
	if (ret == 0)
		ret = MBEDTLS_ERR_SSL_CONN_EOF;
	return ret > 0 ? ret : tls_fail(tls, ret);
}

ssize_t tls_write(struct tls *tls, const void *data, size_t length)
{
	int ret;

	do {
		ret = mbedtls_ssl_write(&tls->ssl, data, length);
	} while (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE);
	return ret >= 0 ? ret : tls_fail(tls, ret);
}
