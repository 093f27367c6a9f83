#pragma once
/* libssl of OpenSSL 3, for the load generator alone: TLS over a socket that its own loop waits for. Macros as functions. */
#include <openssl/err.h>
#include <openssl/ssl.h>

static inline void riffle_tls_prepare(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    /* A server that closes without the closing alert has closed all the same. */
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
}

static inline int riffle_tls_name(SSL *session, const char *host) { return SSL_set_tlsext_host_name(session, host); }
