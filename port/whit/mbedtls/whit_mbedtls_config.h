/* SPDX-License-Identifier: MIT
 * Mbed TLS 3.6 as Whit needs it. The WHIT_TLS_... numbers come from Kconfig through CMake
 * (tools/cmake/whit_mbedtls.cmake), 0 or 1 for off or on. README.md has the cost of each part. */
#pragma once

#define WHIT_TLS_OWN_LIBRARY /* what the port is compiled for: this copy, or the Mbed TLS of the project \
                                (tls_library.h) */

/* Names with which the uses of Mbed TLS begin. A program that links another copy, too, gets the functions of these
 * names from that one, and one_copy.ld ends the link; with the same names it would run functions of the one on data of
 * the other. */
#define mbedtls_platform_zeroize whit_tls_platform_zeroize
#define mbedtls_mpi_init whit_tls_mpi_init
#define mbedtls_md_init whit_tls_md_init
#define mbedtls_sha256_init whit_tls_sha256_init
#define mbedtls_aes_init whit_tls_aes_init
#define mbedtls_pk_init whit_tls_pk_init
#define mbedtls_x509_crt_init whit_tls_x509_crt_init
#define mbedtls_ssl_init whit_tls_ssl_init
#define mbedtls_ssl_config_init whit_tls_ssl_config_init
#define psa_crypto_init whit_tls_psa_crypto_init

/* Platform: nothing of it. Memory comes from the arena, time from the loop's clock (for the lifetime of tickets; dates
 * of certificates are checked by the port), random bytes from the port below. */
#define MBEDTLS_PLATFORM_C
#define MBEDTLS_PLATFORM_MEMORY
#define MBEDTLS_PLATFORM_NO_STD_FUNCTIONS
#define MBEDTLS_PLATFORM_CALLOC_MACRO whit_tls_calloc
#define MBEDTLS_PLATFORM_FREE_MACRO whit_tls_free
#define MBEDTLS_HAVE_TIME
#define MBEDTLS_PLATFORM_TIME_TYPE_MACRO long long
#define MBEDTLS_PLATFORM_TIME_MACRO whit_tls_time
#define MBEDTLS_PLATFORM_MS_TIME_ALT
#define MBEDTLS_HAVE_ASM
#define MBEDTLS_DEPRECATED_REMOVED

/* Numbers and curves. Every peer has P-256. */
#define MBEDTLS_BIGNUM_C
#if !defined(__x86_64__)
#define MBEDTLS_NO_UDBL_DIVISION /* 700 bytes of the compiler's run time */
#endif
#define MBEDTLS_ECP_C
#define MBEDTLS_ECDH_C
#define MBEDTLS_ECDSA_C
#define MBEDTLS_ECP_DP_SECP256R1_ENABLED
#define MBEDTLS_ECP_NIST_OPTIM
#define MBEDTLS_ASN1_PARSE_C
#define MBEDTLS_ASN1_WRITE_C
#define MBEDTLS_OID_C
#define MBEDTLS_MD_C
#define MBEDTLS_SHA256_C
#if !defined(__x86_64__)
#define MBEDTLS_SHA256_SMALLER /* a handshake hashes some 3 KB */
#endif
#if WHIT_TLS_P384
#define MBEDTLS_ECP_DP_SECP384R1_ENABLED
#define MBEDTLS_SHA384_C
#define MBEDTLS_SHA512_C
#else
#define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH
#endif
#if WHIT_TLS_X25519
#define MBEDTLS_ECP_DP_CURVE25519_ENABLED
#endif
#if WHIT_TLS_RSA
#define MBEDTLS_RSA_C
#define MBEDTLS_PKCS1_V15
#define MBEDTLS_PKCS1_V21
#define MBEDTLS_X509_RSASSA_PSS_SUPPORT
#else
#define MBEDTLS_MPI_MAX_SIZE 66
#endif

/* Authenticated encryption. Tables in flash, and few of them, but on machines that have plenty (and AES instructions).
 */
#define MBEDTLS_CIPHER_C
#if WHIT_TLS_AES_GCM
#define MBEDTLS_AES_C
#define MBEDTLS_GCM_C
#define MBEDTLS_AES_ROM_TABLES
#define MBEDTLS_BLOCK_CIPHER_NO_DECRYPT /* GCM only encrypts blocks */
#if defined(__x86_64__) || defined(__i386__)
#define MBEDTLS_AESNI_C
#else
#define MBEDTLS_AES_FEWER_TABLES
#endif
#endif
#if WHIT_TLS_CHACHA20_POLY1305
#define MBEDTLS_CHACHA20_C
#define MBEDTLS_POLY1305_C
#define MBEDTLS_CHACHAPOLY_C
#endif

/* Certificates. */
#define MBEDTLS_PK_C
#define MBEDTLS_PK_PARSE_C
#define MBEDTLS_X509_USE_C
#define MBEDTLS_X509_CRT_PARSE_C
#define MBEDTLS_X509_REMOVE_INFO
#if WHIT_TLS_PEM
#define MBEDTLS_BASE64_C
#define MBEDTLS_PEM_PARSE_C
#endif

/* TLS. Each role names its suites (tls_role.cpp); an empty list here keeps Mbed TLS's own out of flash. */
#define MBEDTLS_SSL_CIPHERSUITES 0
#define MBEDTLS_SSL_TLS_C
#define MBEDTLS_SSL_ALPN
#define MBEDTLS_SSL_SESSION_TICKETS
#define MBEDTLS_SSL_IN_CONTENT_LEN WHIT_TLS_IN_BYTES
#define MBEDTLS_SSL_OUT_CONTENT_LEN WHIT_TLS_OUT_BYTES
#if WHIT_TLS_CLIENT
#define MBEDTLS_SSL_CLI_C
#define MBEDTLS_SSL_SERVER_NAME_INDICATION
#endif
#if WHIT_TLS_SERVER
#define MBEDTLS_SSL_SRV_C
#endif
#if WHIT_TLS_TICKETS
#define MBEDTLS_SSL_TICKET_C
#endif
#if WHIT_TLS_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_MAX_FRAGMENT_LENGTH
#endif
#if WHIT_TLS_1_2
#define MBEDTLS_SSL_PROTO_TLS1_2
#define MBEDTLS_SSL_EXTENDED_MASTER_SECRET
#define MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#if WHIT_TLS_RSA
#define MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#endif
#if WHIT_TLS_PSK
#define MBEDTLS_KEY_EXCHANGE_PSK_ENABLED
#define MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED
#endif
#endif
#if WHIT_TLS_1_3
#define MBEDTLS_SSL_PROTO_TLS1_3
#define MBEDTLS_SSL_TLS1_3_COMPATIBILITY_MODE
#define MBEDTLS_SSL_KEEP_PEER_CERTIFICATE /* Mbed TLS 3.6 cannot do TLS 1.3 without */
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED
#define MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_ENABLED
#define MBEDTLS_HKDF_C
#define MBEDTLS_PSA_CRYPTO_C
#define MBEDTLS_PSA_CRYPTO_CONFIG
#define MBEDTLS_PSA_CRYPTO_CONFIG_FILE "whit_psa_config.h"
#define MBEDTLS_PSA_ASSUME_EXCLUSIVE_BUFFERS /* one thread, one address space: no copies of arguments */
#define MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
#define MBEDTLS_PSA_KEY_SLOT_COUNT (4 * WHIT_TLS_HANDSHAKES + 4)
#if WHIT_TLS_MAX_FRAGMENT_LENGTH
#define MBEDTLS_SSL_RECORD_SIZE_LIMIT
#endif
#endif

#include <stddef.h>

#if defined(__cplusplus)
extern "C" {
#endif
void* whit_tls_calloc(size_t count, size_t size);
void whit_tls_free(void* memory);
long long whit_tls_time(long long* out);
#if defined(__cplusplus)
}
#endif
