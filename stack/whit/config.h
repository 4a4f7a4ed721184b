// SPDX-License-Identifier: MIT
// The numbers of Whit. Written by tools/kconfig from Kconfig: change those, not this file.
// The core takes its numbers as arguments; these are the defaults of its options, and what the applications use.
// A project brings numbers of its own by a whit/config.h that is found before this one (WHIT_CONFIG_DIR in CMake).
#pragma once

#include <stdint.h>

namespace whit::config {

// ---- Buffers ----

// Open connections. Range 1 to 60000.
// WebSocket connections that can be open at once, servers and clients together. A server that has no free one answers
// 503, or ends the oldest idle one (ServerOptions::on_full). Over TLS that answer needs the memory of one more TLS
// handshake; without it the peer gets the alert internal_error.
// Price: about 120 bytes of RAM each, and the port's own state per connection (with lwIP one TCP control block, 164
// bytes).
inline constexpr uint32_t kConnections = 4;

// Additional slots for peers that are not open yet. Range 1 to 1000.
// Peers that are in their opening handshake, ask for pages, or are being refused, use slots of their own, so that a
// full server can still answer. Together they borrow at most half of the buffers. When all are taken, a silent one
// gives way (WHIT_SILENT_GRACE_MS).
// Price: about 120 bytes of RAM each, and the port's own state per connection.
inline constexpr uint32_t kHandshakes = 2;

// Frame buffers, shared by all connections. Range 2 to 60000.
// A connection borrows one buffer to read and one to write, only while it uses them. With twice as many buffers as
// connections none ever has to wait; with fewer, a peer that does not read or sends slowly can delay the next one in
// the line for two times of its deadline (WHIT_WRITE_PROGRESS_TIMEOUT_MS, WHIT_DATA_WINDOW_MS).
// Price: WHIT_BUFFER_BYTES and 2 bytes of RAM each.
inline constexpr uint32_t kBuffers = 6;

// Size of a frame buffer. Range 256 to 16777216.
// A message that fits a buffer is delivered whole; a longer one is streamed in pieces, skipped or refused, as the
// application chooses. The names and values of the handshake that are looked at must fit one buffer.
// Price: this many bytes of RAM for each of WHIT_BUFFERS.
inline constexpr uint32_t kBufferBytes = 512;

// ---- Protocol ----

// Longest opening handshake of a peer. Range 256 to 65536.
// Request or response line and all header fields together, with their line ends. A longer request is answered with 431.
// It is read line by line: a long cookie needs no large buffer.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kMaxHeadBytes = 8192;

// HTTP requests of one connection. Range 1 to 65535.
// A server with pages (ServerOptions::http) answers so many requests on one connection, and ends it with the last one.
// 1: every answer ends its connection.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kHttpRequests = 100;

// Longest body of a POST (0: no limit). Range 0 to 2147483647.
// A request with a longer one is answered with 413 (HttpOptions::max_body_bytes). It is streamed through a buffer, so
// this is no matter of memory.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kMaxBodyBytes = 65536;

// Retry-After of a full server, in seconds (0: none). Range 0 to 99.
// The field of that name in the answer 503 (RFC 9110, 10.2.3): when a peer that was refused because every connection is
// open should try again.
// Price: about 20 bytes of flash.
inline constexpr uint32_t kRetryAfterSeconds = 5;

// Longest frame that is sent (0: what fits a buffer). Range 0 to 2147483647.
// Payload of one outgoing frame; a longer message leaves in several frames. Nothing can be sent inside an open frame,
// so a limit bounds how long a pong or a close waits for a message that is streamed.
// Price: 0 bytes of RAM; on the wire up to 14 bytes more per frame.
inline constexpr uint32_t kMaxFrameBytes = 0;

// Messages of one connection in a row. Range 1 to 1000.
// How many messages of one connection poll() hands out before it turns to the next ready connection.
// Price: 0 bytes of RAM; more means more delay for the others.
inline constexpr uint32_t kBurstMessages = 16;

// Table of the compressor, as a power of two. Range 6 to 15.
// Places of a MessageDeflater's table, in which it looks for repetitions. Its own template argument has another number
// for one object.
// Price: two bytes of RAM for each of 2^n places, in programs that send compressed messages.
inline constexpr uint32_t kDeflateTableBits = 10;

// Shortest message that is compressed. Range 1 to 65535.
// A MessageDeflater sends shorter messages as they are, because next to nothing could be saved.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kDeflateMinBytes = 32;

// Compressed bytes that are read at once. Range 16 to 4096.
// The part of a compressed message that an inflater reads and unmasks before it decodes it. Each part is a read of the
// transport, which is a system call with the POSIX port.
// Price: this many bytes of RAM for each inflater of a DeflateMemory.
inline constexpr uint32_t kDeflateInputBytes = 128;

// Ping a silent peer.
// Sends a ping when nothing was received for a while, and ends the connection when nothing comes then. Without it a
// peer whose cable was pulled is noticed only when something is sent to it.
// Price: 0 bytes of RAM; 2 or 6 bytes on the wire per interval.
inline constexpr bool kKeepalive = true;

// Silence before a ping. Range 100 to 86400000.
// Below 30 s, because common proxies and address translators forget a connection that is silent longer. From 2,048 ms
// on the ping comes up to an eighth earlier, by chance, so that devices do not ping together.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kKeepaliveIntervalMs = 25000;

// Silence after a ping that ends the connection. Range 100 to 3600000.
// Any received byte counts as an answer.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kKeepaliveAnswerMs = 10000;

// ---- Protocol, Deadlines ----

// Resolving a name. Range 100 to 3600000.
// A client gives up when its server's name has not become an address by then.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kResolveTimeoutMs = 10000;

// Connecting. Range 100 to 3600000.
// A client gives up when the TCP connection has not been made by then.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kConnectTimeoutMs = 10000;

// Connecting to one of several addresses. Range 100 to 3600000.
// A name may have several addresses, some of which lead nowhere: a client goes on with the next one when this one has
// not answered by then. The last one has what is left of WHIT_CONNECT_TIMEOUT_MS. Long enough for a lost SYN, which
// most systems repeat after a second, and an answer over a satellite; so short that a fourth address still has its time
// within the default of WHIT_CONNECT_TIMEOUT_MS.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kAddressTimeoutMs = 2500;

// Securing. Range 100 to 3600000.
// The TLS handshake, both roles. A small processor may need several seconds for its arithmetic.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kSecureTimeoutMs = 15000;

// Opening handshake. Range 100 to 3600000.
// From the connection to the end of the peer's request or response, however slowly its bytes arrive.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kHeadTimeoutMs = 15000;

// Silence after which a peer that is not open gives way. Range 10 to 60000.
// Only while another peer waits and there is no place left for those that are not open (WHIT_HANDSHAKES, half of the
// buffers, WHIT_TLS_HANDSHAKES): then the one that has been silent longest is reset, if that is longer than this.
// Browsers open connections in advance and say nothing on them. Of n silent peers in front of it, a peer waits for n /
// WHIT_HANDSHAKES such times at most. It should be more than a round trip and the arithmetic of the slowest client in
// its TLS handshake.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kSilentGraceMs = 200;

// Frame header or control frame. Range 100 to 3600000.
// From the first byte of a frame header to its last, and from there to the end of a control frame.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kFrameTimeoutMs = 10000;

// Window in which a message must make progress. Range 100 to 3600000.
// While part of a frame occupies a buffer that another connection needs, WHIT_DATA_MIN_BYTES of messages must arrive
// within each such window, or half of a buffer if that is more. The same window limits how long answers to what lies in
// the buffer may wait for a peer that does not read. While no other needs it, fragments may come as slowly as they
// like. Longer than WHIT_WRITE_PROGRESS_TIMEOUT_MS of the peer, which may itself wait that long for a third.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kDataWindowMs = 20000;

// Progress of a message in a window. Range 1 to 1048576.
// See WHIT_DATA_WINDOW_MS. Control frames and empty fragments are no progress.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kDataMinBytes = 64;

// A peer that stops reading. Range 100 to 3600000.
// Output waits and the peer takes less than WHIT_WRITE_MIN_BYTES of it for this long: the connection is aborted and its
// buffers are free for others.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kWriteProgressTimeoutMs = 10000;

// Progress of a peer that reads slowly. Range 1 to 1048576.
// Bytes that the peer's TCP must acknowledge within each WHIT_WRITE_PROGRESS_TIMEOUT_MS while output waits, and within
// each WHIT_CLOSE_TIMEOUT_MS and WHIT_LINGER_TIMEOUT_MS at the end. While others lack buffers it is half of a buffer,
// if that is more.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kWriteMinBytes = 256;

// Answer to a Close frame. Range 100 to 3600000.
// From our Close frame to the peer's, or from the last time that the peer has taken WHIT_WRITE_MIN_BYTES of output that
// waits before it.
// Price: 0 bytes of RAM.
inline constexpr uint32_t kCloseTimeoutMs = 3000;

// End of the TCP connection. Range 100 to 3600000.
// After our last byte, input is read and discarded this long, until the peer ends too. This keeps a TCP reset from
// destroying what the peer has not read yet.
// Price: 0 bytes of RAM; the slot is occupied that long.
inline constexpr uint32_t kLingerTimeoutMs = 2000;

// ---- Port: lwIP ----

// Received packets kept per connection, of a driver's own memory. Range 1 to 64.
// A connection whose input is not read yet keeps at most this many packets that do not lie in lwIP's pool, from a
// driver that hands out memory of its own. With fewer than a window has, lwIP drops what does not fit and the peer
// repeats it after a second or more. Packets of lwIP's pool are packed; of them a whole window is always kept.
// Price: 0 bytes of its own; the driver should have this many for each connection.
inline constexpr uint32_t kLwipRxPbufs = 3;

// Names of hosts.
// lwIP resolves the names in a client's URL; it needs UDP for that. Without, a client takes addresses only, and a name
// is refused (kResolve). A server needs no names. The boards set LWIP_DNS from it; with an lwipopts.h of your own that
// option decides.
// Price: about 4,400 bytes of flash (of a server, which resolves nothing, 2,300) and 700 of RAM.
inline constexpr bool kLwipDns = true;

// lwIP's clients over WebSocket.
// Builds port/whit/altcp: clients made for lwIP's application layered TCP (lwip/altcp.h), such as its MQTT client, run
// over a WebSocket. The boards set LWIP_ALTCP from it, compile lwIP's MQTT client, and use lwIP's own timers, because
// that client needs sys_timeout().
// Price: of mqtt_client, compared with steady_client, 6,700 bytes of flash and 1,000 of RAM.
inline constexpr bool kLwipAltcp = false;

// ---- Port: Mbed TLS ----

// wss, with Mbed TLS.
// TLS 1.2 and 1.3 as a layer over any other port (port/whit/mbedtls).
// Price: 60,000 to 110,000 bytes of flash, by the options below, and WHIT_TLS_ARENA_BYTES of RAM.
inline constexpr bool kTls = false;

// Clients speak TLS.
// Needed for wss URLs.
// Price: about 12,700 bytes of flash beside a server's.
inline constexpr bool kTlsClient = false;

// Servers speak TLS.
// Needed for ServerOptions::secure.
// Price: about 11,400 bytes of flash beside a client's.
inline constexpr bool kTlsServer = false;

// TLS 1.2.
// RFC 5246, with authenticated encryption only.
// Price: about 8,800 bytes of flash beside TLS 1.3.
inline constexpr bool kTls12 = false;

// TLS 1.3.
// RFC 8446. Without 0-RTT and KeyUpdate.
// Price: about 22,800 bytes of flash beside TLS 1.2, and 1,200 bytes more of stack.
inline constexpr bool kTls13 = false;

// RSA certificates.
// Besides ECDSA with P-256, which is always there. Of 2,048 bits and more.
// Price: about 10,600 bytes of flash, and 4,000 bytes of the arena in a handshake.
inline constexpr bool kTlsRsa = false;

// P-384, SHA-384, SHA-512 and AES-256.
// For certificates of public authorities, which may use them. Other groups than P-256 are several times slower.
// Price: about 11,000 bytes of flash.
inline constexpr bool kTlsP384 = false;

// X25519.
// Key exchange with Curve25519 (RFC 7748).
// Price: about 2,600 bytes of flash.
inline constexpr bool kTlsX25519 = false;

// Pre-shared keys.
// A key of 16 bytes or more that both sides know in place of certificates: a handshake then costs 70 times less.
// TlsOptions::psk.
// Price: about 1,600 bytes of flash.
inline constexpr bool kTlsPsk = false;

// AES-128-GCM.
// Every peer has it. On the host the processor's AES instructions are used.
// Price: about 6,000 bytes of flash, and 700 bytes of the arena per connection.
inline constexpr bool kTlsAesGcm = false;

// ChaCha20-Poly1305.
// Less than half the work of AES-GCM on a processor without AES instructions.
// Price: about 3,500 bytes of flash.
inline constexpr bool kTlsChacha20Poly1305 = false;

// Prefer ChaCha20-Poly1305.
// Which suites come first. A TLS 1.3 server takes the one that its client prefers.
// Price: 0 bytes.
inline constexpr bool kTlsPreferChacha20 = false;

// Certificates and keys in PEM.
// Otherwise DER alone, which stays in flash where it is; PEM is decoded into the arena.
// Price: about 1,500 bytes of flash.
inline constexpr bool kTlsPem = false;

// Session tickets in the server.
// A client that comes back needs no public-key arithmetic (RFC 5077; RFC 8446, 4.6.1). The client's part is always
// there.
// Price: about 2,300 bytes of flash, and 700 bytes of the arena.
inline constexpr bool kTlsTickets = false;

// Ask for records that fit.
// A client asks its server for short records when WHIT_TLS_IN_BYTES is below 16384: by RFC 6066, 4 (the only request
// that OpenSSL knows, in TLS 1.3, too), and by RFC 8449 in TLS 1.3. A server grants RFC 6066 in TLS 1.2, and cannot
// ask. Not every peer knows either.
// Price: about 600 bytes of flash in a client, 500 in a server.
inline constexpr bool kTlsMaxFragmentLength = false;

// Errors in words.
// The texts of tls_error_text(); without, it refers to the number.
// Price: about 2,900 bytes of flash where it is called.
inline constexpr bool kTlsErrorTexts = false;

// Memory for all of TLS.
// One block of static memory. A connection takes WHIT_TLS_IN_BYTES + WHIT_TLS_OUT_BYTES and 900 to 3,400 bytes, and
// about 5,000 bytes more (8,000 in a client) during its handshake; a role's certificates and keys take about 1,500.
// port/whit/mbedtls/README.md has the measured figures.
// Price: this many bytes of RAM.
inline constexpr uint32_t kTlsArenaBytes = 0;

// Longest record that is received.
// Payload. A peer's longer record ends the connection, and a peer that was not asked for shorter ones, or does not know
// the request (WHIT_TLS_MAX_FRAGMENT_LENGTH), may send 16384. The peer's certificate chain has to fit as a whole, in
// however many records it comes: 2,000 to 5,000 bytes from public authorities.
// Price: this many bytes of the arena per connection.
inline constexpr uint32_t kTlsInBytes = 0;

// Longest record that is sent.
// Payload. The output of one turn of the loop leaves as one record, if it is not longer. Our own certificate chain has
// to fit (kTlsChainTooLong), and a client's session ticket (a longer one is not kept).
// Price: this many bytes of the arena per connection.
inline constexpr uint32_t kTlsOutBytes = 0;

// Handshakes at once.
// Further ones wait, without memory, until one of these is over, or has been silent for longer than
// WHIT_SILENT_GRACE_MS. A client that has said nothing yet takes none. A handshake needs several thousand bytes more
// than an open connection.
// Price: about 200 bytes of RAM each.
inline constexpr uint32_t kTlsHandshakes = 0;

// Sessions that clients keep.
// One per host and port; the next connection there needs no public-key arithmetic.
// Price: WHIT_TLS_SESSION_BYTES and 88 bytes of RAM each.
inline constexpr uint32_t kTlsSessions = 0;

// Longest session that is kept.
// The server's ticket and the secret: 300 to 600 bytes; in TLS 1.2 the server's certificate too. A longer one is not
// kept.
// Price: this many bytes of RAM for each of WHIT_TLS_SESSIONS.
inline constexpr uint32_t kTlsSessionBytes = 0;

// Lifetime of the server's tickets, in seconds.
// The key behind them changes as often.
// Price: 0 bytes.
inline constexpr uint32_t kTlsTicketLifetimeS = 0;

// ---- Applications ----

// Server of the echo client.
// Used when the client is started without a URL. In QEMU's user network 10.0.2.2 is the host.
// Price: its length in bytes of flash.
inline constexpr char kEchoClientUrl[] = "ws://10.0.2.2:8080/";

}  // namespace whit::config
