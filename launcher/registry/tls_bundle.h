/* SPDX-License-Identifier: MIT */
/* Authorities in files of PEM, of which only those are kept that a server's certificates name: all
 * that a system knows would take half a megabyte. */
#ifndef REGISTRY_TLS_BUNDLE_H
#define REGISTRY_TLS_BUNDLE_H

#include <mbedtls/x509_crt.h>

/* Read the certificates in FD, and add to AUTHORITIES (initialised by the caller, who frees it)
 * those whose subject is the issuer of one in CHAIN. What cannot be read is passed over. Returns
 * how many certificates there were, or -errno. */
int bundle_read(mbedtls_x509_crt *authorities, int fd, const mbedtls_x509_crt *chain);

#endif
