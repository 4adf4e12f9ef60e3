/* OpenSSL 3.0. Only what Swift cannot import (macros with arguments) is wrapped here. */
#ifndef BASTION_UP_OPENSSL_SHIM_H
#define BASTION_UP_OPENSSL_SHIM_H
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

static inline long bu_ssl_set_sni(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}
static inline void bu_ssl_ctx_set_modes(SSL_CTX *ctx) {
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}
static inline void bu_ssl_keep_buffers(SSL *ssl, int keep) {
    if (keep) SSL_clear_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    else SSL_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
}
static inline int bu_ssl_ctx_require_tls12(SSL_CTX *ctx) {
    return (int)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
}
static inline int bu_ssl_ctx_require_tls10(SSL_CTX *ctx) {
    return (int)SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
}
static inline void bu_ssl_ctx_set_session_cache(SSL_CTX *ctx, long mode) {
    SSL_CTX_set_session_cache_mode(ctx, mode);
}
/* On one line, control characters escaped, others as they are (RFC 2253, UTF-8). */
static inline int bu_print_name(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}
/* A BIO through another connection, which is not freed with it. */
static inline BIO *bu_ssl_bio(SSL *carrier) {
    BIO *bio = BIO_new(BIO_f_ssl());
    if (bio != NULL) BIO_set_ssl(bio, carrier, BIO_NOCLOSE);
    return bio;
}
static inline void bu_ssl_ctx_refuse_renegotiation(SSL_CTX *ctx) {
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}
#endif
