/* SPDX-License-Identifier: MIT
 * TLS 1.3 computes the key schedule and the key exchange through the PSA interface, and nothing else. Signatures
 * and records go through the older interfaces, which TLS 1.2 uses too. */
#pragma once

#define PSA_WANT_ALG_SHA_256 1
#define PSA_WANT_ALG_HMAC 1
#define PSA_WANT_ALG_HKDF_EXTRACT 1
#define PSA_WANT_ALG_HKDF_EXPAND 1
#define PSA_WANT_KEY_TYPE_HMAC 1
#define PSA_WANT_KEY_TYPE_DERIVE 1
#define PSA_WANT_ALG_ECDH 1
#define PSA_WANT_KEY_TYPE_ECC_PUBLIC_KEY 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_BASIC 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_GENERATE 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_IMPORT 1
#define PSA_WANT_KEY_TYPE_ECC_KEY_PAIR_EXPORT 1
#define PSA_WANT_ECC_SECP_R1_256 1
#if WHIT_TLS_P384
#define PSA_WANT_ALG_SHA_384 1
#define PSA_WANT_ECC_SECP_R1_384 1
#endif
#if WHIT_TLS_X25519
#define PSA_WANT_ECC_MONTGOMERY_255 1
#endif
