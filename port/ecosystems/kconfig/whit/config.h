// SPDX-License-Identifier: MIT
// The numbers of Whit where an ecosystem has run Kconfig itself and has a macro for each symbol. Written by
// tools/kconfig from Kconfig: change that, not this file. stack/whit/config.h says what each of them means.
#pragma once

#include <stdint.h>

#if defined(ESP_PLATFORM)
#include <sdkconfig.h>
#elif defined(__NuttX__)
#include <nuttx/config.h>
#endif  // Zephyr includes its macros before the first line of every source

#ifndef CONFIG_WHIT_CONNECTIONS
#error "Whit has no numbers: enable it in menuconfig (CONFIG_WHIT, where there is such a symbol)"
#endif

namespace whit::config {

inline constexpr uint32_t kConnections = CONFIG_WHIT_CONNECTIONS;
inline constexpr uint32_t kHandshakes = CONFIG_WHIT_HANDSHAKES;
inline constexpr uint32_t kBuffers = CONFIG_WHIT_BUFFERS;
inline constexpr uint32_t kBufferBytes = CONFIG_WHIT_BUFFER_BYTES;
inline constexpr uint32_t kMaxHeadBytes = CONFIG_WHIT_MAX_HEAD_BYTES;
inline constexpr uint32_t kHttpRequests = CONFIG_WHIT_HTTP_REQUESTS;
inline constexpr uint32_t kMaxBodyBytes = CONFIG_WHIT_MAX_BODY_BYTES;
inline constexpr uint32_t kRetryAfterSeconds = CONFIG_WHIT_RETRY_AFTER_SECONDS;
inline constexpr uint32_t kMaxFrameBytes = CONFIG_WHIT_MAX_FRAME_BYTES;
inline constexpr uint32_t kBurstMessages = CONFIG_WHIT_BURST_MESSAGES;
inline constexpr uint32_t kDeflateTableBits = CONFIG_WHIT_DEFLATE_TABLE_BITS;
inline constexpr uint32_t kDeflateMinBytes = CONFIG_WHIT_DEFLATE_MIN_BYTES;
inline constexpr uint32_t kDeflateInputBytes = CONFIG_WHIT_DEFLATE_INPUT_BYTES;
#ifdef CONFIG_WHIT_KEEPALIVE
inline constexpr bool kKeepalive = true;
#else
inline constexpr bool kKeepalive = false;
#endif
#ifdef CONFIG_WHIT_KEEPALIVE_INTERVAL_MS
inline constexpr uint32_t kKeepaliveIntervalMs = CONFIG_WHIT_KEEPALIVE_INTERVAL_MS;
#else
inline constexpr uint32_t kKeepaliveIntervalMs = 0;
#endif
#ifdef CONFIG_WHIT_KEEPALIVE_ANSWER_MS
inline constexpr uint32_t kKeepaliveAnswerMs = CONFIG_WHIT_KEEPALIVE_ANSWER_MS;
#else
inline constexpr uint32_t kKeepaliveAnswerMs = 0;
#endif
inline constexpr uint32_t kResolveTimeoutMs = CONFIG_WHIT_RESOLVE_TIMEOUT_MS;
inline constexpr uint32_t kConnectTimeoutMs = CONFIG_WHIT_CONNECT_TIMEOUT_MS;
inline constexpr uint32_t kAddressTimeoutMs = CONFIG_WHIT_ADDRESS_TIMEOUT_MS;
inline constexpr uint32_t kSecureTimeoutMs = CONFIG_WHIT_SECURE_TIMEOUT_MS;
inline constexpr uint32_t kHeadTimeoutMs = CONFIG_WHIT_HEAD_TIMEOUT_MS;
inline constexpr uint32_t kSilentGraceMs = CONFIG_WHIT_SILENT_GRACE_MS;
inline constexpr uint32_t kFrameTimeoutMs = CONFIG_WHIT_FRAME_TIMEOUT_MS;
inline constexpr uint32_t kDataWindowMs = CONFIG_WHIT_DATA_WINDOW_MS;
inline constexpr uint32_t kDataMinBytes = CONFIG_WHIT_DATA_MIN_BYTES;
inline constexpr uint32_t kWriteProgressTimeoutMs = CONFIG_WHIT_WRITE_PROGRESS_TIMEOUT_MS;
inline constexpr uint32_t kWriteMinBytes = CONFIG_WHIT_WRITE_MIN_BYTES;
inline constexpr uint32_t kCloseTimeoutMs = CONFIG_WHIT_CLOSE_TIMEOUT_MS;
inline constexpr uint32_t kLingerTimeoutMs = CONFIG_WHIT_LINGER_TIMEOUT_MS;
#ifdef CONFIG_WHIT_LWIP_RX_PBUFS
inline constexpr uint32_t kLwipRxPbufs = CONFIG_WHIT_LWIP_RX_PBUFS;
#else
inline constexpr uint32_t kLwipRxPbufs = 0;
#endif
#ifdef CONFIG_WHIT_LWIP_DNS
inline constexpr bool kLwipDns = true;
#else
inline constexpr bool kLwipDns = false;
#endif
#ifdef CONFIG_WHIT_LWIP_ALTCP
inline constexpr bool kLwipAltcp = true;
#else
inline constexpr bool kLwipAltcp = false;
#endif
#ifdef CONFIG_WHIT_TLS
inline constexpr bool kTls = true;
#else
inline constexpr bool kTls = false;
#endif
#ifdef CONFIG_WHIT_TLS_CLIENT
inline constexpr bool kTlsClient = true;
#else
inline constexpr bool kTlsClient = false;
#endif
#ifdef CONFIG_WHIT_TLS_SERVER
inline constexpr bool kTlsServer = true;
#else
inline constexpr bool kTlsServer = false;
#endif
#ifdef CONFIG_WHIT_TLS_1_2
inline constexpr bool kTls12 = true;
#else
inline constexpr bool kTls12 = false;
#endif
#ifdef CONFIG_WHIT_TLS_1_3
inline constexpr bool kTls13 = true;
#else
inline constexpr bool kTls13 = false;
#endif
#ifdef CONFIG_WHIT_TLS_RSA
inline constexpr bool kTlsRsa = true;
#else
inline constexpr bool kTlsRsa = false;
#endif
#ifdef CONFIG_WHIT_TLS_P384
inline constexpr bool kTlsP384 = true;
#else
inline constexpr bool kTlsP384 = false;
#endif
#ifdef CONFIG_WHIT_TLS_X25519
inline constexpr bool kTlsX25519 = true;
#else
inline constexpr bool kTlsX25519 = false;
#endif
#ifdef CONFIG_WHIT_TLS_PSK
inline constexpr bool kTlsPsk = true;
#else
inline constexpr bool kTlsPsk = false;
#endif
#ifdef CONFIG_WHIT_TLS_AES_GCM
inline constexpr bool kTlsAesGcm = true;
#else
inline constexpr bool kTlsAesGcm = false;
#endif
#ifdef CONFIG_WHIT_TLS_CHACHA20_POLY1305
inline constexpr bool kTlsChacha20Poly1305 = true;
#else
inline constexpr bool kTlsChacha20Poly1305 = false;
#endif
#ifdef CONFIG_WHIT_TLS_PREFER_CHACHA20
inline constexpr bool kTlsPreferChacha20 = true;
#else
inline constexpr bool kTlsPreferChacha20 = false;
#endif
#ifdef CONFIG_WHIT_TLS_PEM
inline constexpr bool kTlsPem = true;
#else
inline constexpr bool kTlsPem = false;
#endif
#ifdef CONFIG_WHIT_TLS_TICKETS
inline constexpr bool kTlsTickets = true;
#else
inline constexpr bool kTlsTickets = false;
#endif
#ifdef CONFIG_WHIT_TLS_MAX_FRAGMENT_LENGTH
inline constexpr bool kTlsMaxFragmentLength = true;
#else
inline constexpr bool kTlsMaxFragmentLength = false;
#endif
#ifdef CONFIG_WHIT_TLS_ERROR_TEXTS
inline constexpr bool kTlsErrorTexts = true;
#else
inline constexpr bool kTlsErrorTexts = false;
#endif
#ifdef CONFIG_WHIT_TLS_ARENA_BYTES
inline constexpr uint32_t kTlsArenaBytes = CONFIG_WHIT_TLS_ARENA_BYTES;
#else
inline constexpr uint32_t kTlsArenaBytes = 0;
#endif
#ifdef CONFIG_WHIT_TLS_IN_BYTES
inline constexpr uint32_t kTlsInBytes = CONFIG_WHIT_TLS_IN_BYTES;
#else
inline constexpr uint32_t kTlsInBytes = 0;
#endif
#ifdef CONFIG_WHIT_TLS_OUT_BYTES
inline constexpr uint32_t kTlsOutBytes = CONFIG_WHIT_TLS_OUT_BYTES;
#else
inline constexpr uint32_t kTlsOutBytes = 0;
#endif
#ifdef CONFIG_WHIT_TLS_HANDSHAKES
inline constexpr uint32_t kTlsHandshakes = CONFIG_WHIT_TLS_HANDSHAKES;
#else
inline constexpr uint32_t kTlsHandshakes = 0;
#endif
#ifdef CONFIG_WHIT_TLS_SESSIONS
inline constexpr uint32_t kTlsSessions = CONFIG_WHIT_TLS_SESSIONS;
#else
inline constexpr uint32_t kTlsSessions = 0;
#endif
#ifdef CONFIG_WHIT_TLS_SESSION_BYTES
inline constexpr uint32_t kTlsSessionBytes = CONFIG_WHIT_TLS_SESSION_BYTES;
#else
inline constexpr uint32_t kTlsSessionBytes = 0;
#endif
#ifdef CONFIG_WHIT_TLS_TICKET_LIFETIME_S
inline constexpr uint32_t kTlsTicketLifetimeS = CONFIG_WHIT_TLS_TICKET_LIFETIME_S;
#else
inline constexpr uint32_t kTlsTicketLifetimeS = 0;
#endif
#ifdef CONFIG_WHIT_ECHO_CLIENT_URL
inline constexpr char kEchoClientUrl[] = CONFIG_WHIT_ECHO_CLIENT_URL;
#else
inline constexpr char kEchoClientUrl[] = "";
#endif

}  // namespace whit::config
