#pragma once
/* libcrypto of OpenSSL 3: HMAC, digests, AES-256-GCM, random bytes. TLS is NIOSSL's. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
