// SPDX-License-Identifier: MIT
// Whit in C (C11, and valid C++): servers, clients, their events and options. Each function is one of the C++ interface
// with the same name, and costs a few bytes; a function that a program does not call is not linked.
//
//   WHIT_LOOP(loop, 4, 2, 6, 512);   // connections, handshakes, buffers, bytes of each
//   static whit_server server;
//   static whit_server_options options;
//   ...
//   whit_server_init(&server, &loop);
//   whit_server_options_init(&options);
//   options.port = 8080;
//   if (whit_loop_start(&loop, &loop_memory, network) != WHIT_OK) ...
//   if (whit_server_listen(&server, &options) != WHIT_OK) ...
//   for (;;) {
//     const uint32_t now_ms = sleep_at_most(whit_loop_wait_ms(&loop));
//     whit_event event;
//     while (whit_loop_poll(&loop, now_ms, &event)) {
//       if (event.type != WHIT_EVENT_MESSAGE) continue;
//       if (whit_socket_send_piece(event.socket, &event.message) == WHIT_WOULD_BLOCK) whit_socket_hold(event.socket);
//     }
//   }
//
// The network comes from a port: whit/posix/whit_posix.h, whit/lwip/whit_lwip.h, over either
// whit/mbedtls/whit_mbedtls.h. No heap, and no memory but the program's objects. Nothing blocks, and one thread makes
// all calls but whit_network_wake(). Pointers are never null unless a comment says so. Sizes are bytes, times
// milliseconds.
#ifndef WHIT_C_WHIT_H
#define WHIT_C_WHIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__cplusplus)
#define WHIT_NODISCARD [[nodiscard]]
#define WHIT_ALIGNED(bytes) alignas(bytes)
#define WHIT_ASSERT_THAT(condition, text) static_assert(condition, text)
extern "C" {
#else
#if __STDC_VERSION__ > 201710L
#define WHIT_NODISCARD [[nodiscard]]
#else
#define WHIT_NODISCARD
#endif
#define WHIT_ALIGNED(bytes) _Alignas(bytes)
#define WHIT_ASSERT_THAT(condition, text) _Static_assert(condition, text)
#endif
// These structures and those of the C++ interface are the same memory.
#define WHIT_SHARED __attribute__((__may_alias__))

// ---- Words: numbers of one byte. The names are those of RFC 6455 and of the browser's WebSocket. ----

// The outcome of every call that can fail.
typedef uint8_t whit_status;
enum {
  WHIT_OK,                // Done, all of it.
  WHIT_WOULD_BLOCK,       // Not now. Nothing was taken. WHIT_EVENT_WRITABLE follows.
  WHIT_CLOSED,            // Of ports alone.
  WHIT_FAILED,            // The layer below failed; whit_network_error() has the platform's number.
  WHIT_TOO_LARGE,         // Does not fit where it has to fit, now or later. Nothing was taken.
  WHIT_NOT_OPEN,          // Still connecting, closing, closed, or the handle is stale.
  WHIT_INVALID_ARGUMENT,  // An argument breaks a rule stated at the function. Nothing was changed.
  WHIT_NO_SLOT,           // All connection states are in use.
  WHIT_IN_USE             // The address and port, or the object, is in use already.
};

// The opcodes of RFC 6455, 5.2.
typedef uint8_t whit_message_type;
enum { WHIT_MESSAGE_TEXT = 1, WHIT_MESSAGE_BINARY = 2 };

// Of a request. An opening handshake is a GET.
typedef uint8_t whit_method;
enum { WHIT_METHOD_GET, WHIT_METHOD_HEAD, WHIT_METHOD_POST };

// The browser's four states. Closing begins with the first Close frame, sent or received.
typedef uint8_t whit_ready_state;
enum { WHIT_STATE_CONNECTING, WHIT_STATE_OPEN, WHIT_STATE_CLOSING, WHIT_STATE_CLOSED };

// The time limits of a connection: whit_timeouts has what each one limits, and its time.
typedef uint8_t whit_deadline;
enum {
  WHIT_DEADLINE_NONE,
  WHIT_DEADLINE_RESOLVE,
  WHIT_DEADLINE_CONNECT,
  WHIT_DEADLINE_SECURE,
  WHIT_DEADLINE_HEAD,
  WHIT_DEADLINE_FRAME,
  WHIT_DEADLINE_DATA,
  WHIT_DEADLINE_KEEPALIVE_INTERVAL,
  WHIT_DEADLINE_KEEPALIVE_ANSWER,
  WHIT_DEADLINE_WRITE,
  WHIT_DEADLINE_CLOSE,
  WHIT_DEADLINE_LINGER
};

// The side on which a connection ended, and the step in which it did.
typedef uint8_t whit_who;
enum { WHIT_WHO_PEER, WHIT_WHO_APPLICATION, WHIT_WHO_WHIT, WHIT_WHO_NETWORK };
typedef uint8_t whit_where;
enum {
  WHIT_WHERE_RESOLVE,    // code: the platform's number
  WHIT_WHERE_CONNECT,    // code: the platform's number
  WHIT_WHERE_SECURE,     // code: the platform's number
  WHIT_WHERE_HANDSHAKE,  // code: the HTTP status received or sent; 0: not an answer of the protocol
  WHIT_WHERE_PROTOCOL,   // code: the close code that names the violation (1002, 1007, 1009)
  WHIT_WHERE_CLOSING,    // the closing handshake; code: the close code
  WHIT_WHERE_TRANSPORT,  // code: the platform's number; 0: the peer's FIN without a Close frame
  WHIT_WHERE_DEADLINE,   // code: a whit_deadline
  WHIT_WHERE_RANDOM      // no random bytes; code: 0
};

// Codes of the closing handshake: RFC 6455, 7.4, and the IANA registry "WebSocket Close Code Number".
enum {
  WHIT_CLOSE_NORMAL_CLOSURE = 1000,
  WHIT_CLOSE_GOING_AWAY = 1001,
  WHIT_CLOSE_PROTOCOL_ERROR = 1002,
  WHIT_CLOSE_UNSUPPORTED_DATA = 1003,
  WHIT_CLOSE_NO_STATUS_RECEIVED = 1005,  // never on the wire: the Close frame had no code
  WHIT_CLOSE_ABNORMAL_CLOSURE = 1006,    // never on the wire: there was no Close frame
  WHIT_CLOSE_INVALID_PAYLOAD = 1007,
  WHIT_CLOSE_POLICY_VIOLATION = 1008,
  WHIT_CLOSE_MESSAGE_TOO_BIG = 1009,
  WHIT_CLOSE_MANDATORY_EXTENSION = 1010,
  WHIT_CLOSE_INTERNAL_ERROR = 1011,
  WHIT_CLOSE_SERVICE_RESTART = 1012,
  WHIT_CLOSE_TRY_AGAIN_LATER = 1013,
  WHIT_CLOSE_BAD_GATEWAY = 1014,
  WHIT_CLOSE_TLS_HANDSHAKE = 1015  // never on the wire: the TLS handshake failed
};

// What becomes of a message that does not fit a buffer.
typedef uint8_t whit_long_messages;
enum {
  WHIT_LONG_MESSAGES_STREAM,  // it comes in pieces, as they arrive
  WHIT_LONG_MESSAGES_REFUSE,  // it ends the connection with 1009
  WHIT_LONG_MESSAGES_SKIP     // it is passed over: WHIT_EVENT_SKIPPED tells its size, and the connection stays
};

// ---- Views: a pointer and a size, nothing owned, nothing terminated by NUL. ----

// Read-only bytes. The memory is not theirs.
typedef struct WHIT_SHARED whit_bytes {
  const uint8_t* data;  // the first one
  size_t size;          // their number
} whit_bytes;

// Bytes that may be written.
typedef struct WHIT_SHARED whit_mutable_bytes {
  uint8_t* data;  // the first one
  size_t size;    // their number
} whit_mutable_bytes;

// Characters, usually UTF-8 or ASCII. Zeros: the empty text.
typedef struct WHIT_SHARED whit_text {
  const char* data;  // the first one
  size_t size;       // their number
} whit_text;

// The first value of a constant: static const whit_text kName = WHIT_TEXT("chat");
#define WHIT_TEXT(literal) \
  { "" literal, sizeof(literal) - 1 }

// The text up to its NUL; null: the empty text.
static inline whit_text whit_text_of(const char* terminated) {
  whit_text text;
  text.data = terminated;
  text.size = terminated != NULL ? strlen(terminated) : 0;
  return text;
}

static inline bool whit_text_equal(whit_text left, whit_text right) {
  return left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

static inline whit_bytes whit_bytes_of(const void* data, size_t size) {
  whit_bytes bytes;
  memcpy(&bytes.data, &data, sizeof data);  // no cast that C and C++ agree on
  bytes.size = size;
  return bytes;
}

// The same memory seen as bytes or as characters.
static inline whit_bytes whit_text_bytes(whit_text text) { return whit_bytes_of(text.data, text.size); }
static inline whit_text whit_bytes_text(whit_bytes bytes) {
  whit_text text;
  memcpy(&text.data, &bytes.data, sizeof text.data);
  text.size = bytes.size;
  return text;
}

// An IP address and a port. `size` is 4 (IPv4), 16 (IPv6) or 0 (unknown). Bytes in network order, port in host order.
typedef struct WHIT_SHARED whit_address {
  uint8_t bytes[16];
  uint8_t size;
  uint16_t port;
} whit_address;

// The use of something that is limited: slots, buffers.
typedef struct WHIT_SHARED whit_usage {
  uint16_t in_use;
  uint16_t high_water;  // the most that were in use at once
  uint32_t refused;     // times that one was asked for and there was none
} whit_usage;

// ---- Sockets ----

// The handle of one connection: a value that may be copied freely and kept for any time. Zeros name none. Every call on
// a connection that has ended does nothing and returns WHIT_NOT_OPEN. Every call is legal at any place in the loop that
// calls whit_loop_poll().
typedef struct WHIT_SHARED whit_socket {
  void* core_;  // private
  uint16_t index_;
  uint16_t generation_;
} whit_socket;

// A message, or a piece of one. A message that fits a buffer comes whole: first and last are both true.
typedef struct WHIT_SHARED whit_message {
  whit_bytes data;
  uint64_t offset;  // of data within the message; not looked at when it is sent
  whit_message_type type;
  bool first;
  bool last;
} whit_message;

// A request that waits for an answer. Empty text: the field was not sent.
typedef struct WHIT_SHARED whit_request {
  whit_method method;       // of an opening handshake: WHIT_METHOD_GET
  bool upgrade;             // a valid opening handshake; else a request for a page (whit_server_options.http)
  uint64_t content_length;  // bytes of the body of a POST, which whit_socket_accept() lets come
  whit_text content_type;   // of it
  whit_text target;         // path and query, as sent
  whit_text host;           // of the target where that names one (RFC 9112, 3.2.2), else of the Host field
  whit_text origin;
  whit_text protocols;  // the subprotocols offered, a comma-separated list
  whit_text cookie;
  whit_text authorization;
} whit_request;

// Writes the next part of a body to `room`, and returns how many bytes that were: 0 ends it. Called from
// whit_loop_poll() whenever the peer has taken the part before; `cursor` is 0 at first, and is kept for the
// application. Of `socket` only whit_socket_index() may be called.
typedef size_t (*whit_response_body)(whit_socket socket, uint32_t* cursor, whit_mutable_bytes room);

// An answer of the application. Its texts are copied and may be parts of the request. Head and body together have to
// fit a buffer, in place of the request.
typedef struct WHIT_SHARED whit_response {
  uint16_t status;             // 200 to 599; 204 and 304 have no body
  whit_text type;              // Content-Type; empty: none
  whit_text fields;            // more fields, each ended by "\r\n", none of the answer's own (Content-Length, ...)
  whit_text body;              // all of it, or ...
  whit_response_body produce;  // ... a function that writes it, of any size (RFC 9112, 7.1)
} whit_response;

// Status 200, "text/plain; charset=utf-8", no fields, no body.
void whit_response_init(whit_response* response);

static inline bool whit_socket_equal(whit_socket left, whit_socket right) {
  return left.core_ == right.core_ && left.index_ == right.index_ && left.generation_ == right.generation_;
}

// 0..slots-1, unique among living connections: an index for own tables.
static inline uint16_t whit_socket_index(whit_socket socket) { return socket.index_; }

// Sending. All or nothing: WHIT_OK means that the whole frame is gathered and will leave in this turn of the loop. The
// caller's bytes are copied (or, when they are the connection's own received message, sent from where they lie).
//  WHIT_WOULD_BLOCK       no room now; WHIT_EVENT_WRITABLE follows, and room for this size is kept from then to the
//                         next whit_loop_poll()
//  WHIT_TOO_LARGE         larger than whit_socket_max_send(): send it in pieces
//  WHIT_NOT_OPEN          not open (any more)
//  WHIT_INVALID_ARGUMENT  a piece out of order, or text that is not UTF-8 (RFC 6455, 5.6)
WHIT_NODISCARD whit_status whit_socket_send_text(whit_socket socket, whit_text text);  // a whole text message
WHIT_NODISCARD whit_status whit_socket_send(whit_socket socket, whit_bytes data, whit_message_type type);
// A piece: `first` starts a message, `last` ends it (RFC 6455, 5.4).
WHIT_NODISCARD whit_status whit_socket_send_piece(whit_socket socket, const whit_message* piece);

// The same without a copy: reserve room for a frame of exactly `size` bytes, write it, commit it before the next
// whit_loop_poll(). Null data: WHIT_WOULD_BLOCK or WHIT_NOT_OPEN, as whit_socket_ready_state() tells; a
// WHIT_EVENT_WRITABLE follows the first.
whit_mutable_bytes whit_socket_reserve(whit_socket socket, size_t size);
WHIT_NODISCARD whit_status whit_socket_commit(whit_socket socket, whit_message_type type, bool first, bool last);

// A ping with at most 125 bytes (RFC 6455, 5.5.2). Its pong is not reported; keepalive is automatic (whit_timeouts).
//  WHIT_WOULD_BLOCK, WHIT_NOT_OPEN as in sending; WHIT_INVALID_ARGUMENT: more than 125 bytes
WHIT_NODISCARD whit_status whit_socket_ping(whit_socket socket, whit_bytes payload);

// Starts the closing handshake (RFC 6455, 7.1.2). Messages not yet taken are discarded. WHIT_EVENT_CLOSE follows.
// `reason` is dropped when there is no room for the frame at once.
//  WHIT_NOT_OPEN          closing or closed already
//  WHIT_INVALID_ARGUMENT  a code that a Close frame must not carry (7.4: 1000-1003, 1007-1014 and 3000-4999 are legal),
//                         a reason over 123 bytes or not UTF-8
WHIT_NODISCARD whit_status whit_socket_close(whit_socket socket, uint16_t code, whit_text reason);

// Ends the connection at once, without a Close frame. WHIT_EVENT_CLOSE follows.
void whit_socket_abort(whit_socket socket);

// Receiving. The next whit_loop_poll() takes the message that was handed out. hold leaves it where it is: nothing more
// is read, and the same event comes again after WHIT_EVENT_WRITABLE or resume. consume takes the first `count` bytes of
// it now, so that only the rest comes again. A resume before the next poll undoes hold. pause stops receiving from the
// next message on. While held or paused the peer's deadlines do not run, and TCP's window closes behind it.
void whit_socket_hold(whit_socket socket);
void whit_socket_consume(whit_socket socket, size_t count);
void whit_socket_pause(whit_socket socket);
void whit_socket_resume(whit_socket socket);

// The answer to WHIT_EVENT_REQUEST (whit_server_options.on_request), at once or later. `fields`: lines of more fields
// of the answer, each ended by "\r\n". Texts are copied, and may be parts of the request.
//   accept   opens the connection, with a subprotocol or an empty text; a request for a page is answered with it; the
//            body of a POST then comes in WHIT_EVENT_BODY, after which (or before) it is answered by one of the others
//   reject   refuses with a status of HTTP, and the connection ends; `body`: in words, as UTF-8
//   respond  answers in any other way
//  WHIT_NOT_OPEN          no request waits for an answer
//  WHIT_WOULD_BLOCK       between two WHIT_EVENT_BODY there is no buffer for the answer: give it with the next one
//  WHIT_INVALID_ARGUMENT  accept: `protocol` is not empty and not one of those offered and listed in the options (RFC
//                         6455, 4.2.2), or `protocol` or `fields` is not empty and the request is for a page; reject: a
//                         status outside 400..599; a line that is no field, or whose name is one of the answer's own
//  WHIT_TOO_LARGE         the answer does not fit a buffer, or not beside those texts of the request that it repeats;
//                         the request still waits
WHIT_NODISCARD whit_status whit_socket_accept(whit_socket socket, whit_text protocol);
WHIT_NODISCARD whit_status whit_socket_accept_with(whit_socket socket, whit_text protocol, whit_text fields);
WHIT_NODISCARD whit_status whit_socket_reject(whit_socket socket, uint16_t http_status);
WHIT_NODISCARD whit_status whit_socket_reject_with(whit_socket socket, uint16_t http_status, whit_text fields,
                                                   whit_text body);
WHIT_NODISCARD whit_status whit_socket_respond(whit_socket socket, const whit_response* response);
// The request, until it is answered; false: none waits.
bool whit_socket_request(whit_socket socket, whit_request* out);
// A field of the request, one of whit_server_options.fields, without regard to case; `which`: 1 for the second one of
// that name, and so on. Null data: there is none.
whit_text whit_socket_request_field(whit_socket socket, whit_text name, size_t which);

whit_ready_state whit_socket_ready_state(whit_socket socket);  // WHIT_STATE_CLOSED when it is gone
size_t whit_socket_buffered_amount(whit_socket socket);        // bytes gathered and not yet taken by the transport
size_t whit_socket_max_send(whit_socket socket);               // largest payload that one call can send
whit_text whit_socket_protocol(whit_socket socket);   // the subprotocol in use, empty if none; text of the options, or
                                                      // of accept
whit_address whit_socket_remote(whit_socket socket);  // the peer, as far as the network knows it

// ---- Events ----

// Per connection: REQUEST (only when asked for), OPEN, then any number of MESSAGE, SKIPPED and WRITABLE, at most one
// ERROR, and exactly one CLOSE as the last. A connection that never opens ends with ERROR and CLOSE in a client; a
// server refuses it without an event. Per request that is no opening handshake: REQUEST, when asked for; of a POST that
// was accepted BODY, and ERROR and CLOSE if it ends before it was answered.
typedef uint8_t whit_event_type;
enum {
  WHIT_EVENT_NONE,
  WHIT_EVENT_REQUEST,
  WHIT_EVENT_OPEN,
  WHIT_EVENT_MESSAGE,
  WHIT_EVENT_SKIPPED,
  WHIT_EVENT_WRITABLE,
  WHIT_EVENT_ERROR,
  WHIT_EVENT_CLOSE,
  WHIT_EVENT_BODY
};

// Why a connection ended: on whose side, in which step, and a code of that step.
typedef struct WHIT_SHARED whit_cause {
  whit_who who;      // the side
  whit_where where;  // the step
  int32_t code;      // as said at whit_where
} whit_cause;

// The end. `code` and `reason` are those received in the first Close frame (RFC 6455, 7.1.5 and 7.1.6): 1005 for a
// Close without a code, 1006 without a Close. The reason is the peer's text: data, never an instruction.
typedef struct WHIT_SHARED whit_close {
  uint16_t code;
  bool was_clean;  // both Close frames were exchanged
  whit_cause cause;
  whit_text reason;
  uint32_t memory_peak;  // the most bytes that TLS held for the connection
} whit_close;

// Everything an event points to is valid until the next whit_loop_poll(), or until the application itself ends that
// connection.
typedef struct WHIT_SHARED whit_event {
  whit_event_type type;
  whit_socket socket;
  union {                    // the member of the type; the others are not set
    whit_message message;    // MESSAGE; BODY: its data, offset, first and last
    uint64_t skipped_bytes;  // SKIPPED: size of the message that was passed over
    whit_close close;        // ERROR (its cause) and CLOSE
  };
} whit_event;

// ---- Network ----

// A TCP/IP stack, made by a port.
typedef struct whit_network whit_network;

// Ends the sleep of the loop's thread early. The only call that is legal in an interrupt or another task.
void whit_network_wake(whit_network* network);
// Fills `destination` with unpredictable bytes: WHIT_OK or WHIT_FAILED.
WHIT_NODISCARD whit_status whit_network_random(whit_network* network, whit_mutable_bytes destination);
// The platform's number of the last failure of listen or connect.
int32_t whit_network_error(const whit_network* network);

// ---- Loop ----

// The longest sleep that whit_loop_wait_ms() says.
#define WHIT_FOREVER_MS (UINT32_C(1) << 30)

// What is inside is Whit's. Each is as large as its namesake in C++, and zero at rest.
typedef struct WHIT_SHARED whit_connection {
  uint64_t aligned_;    // private
  void* pointers_[6];   // private
  uint32_t words_[22];  // private
} whit_connection;

// A loop; its members are for whit_loop_start() alone.
typedef struct WHIT_SHARED whit_loop {
  void* pointers_[15];  // private
  uint32_t words_[24];  // private
} whit_loop;

// The memory of a loop.
typedef struct WHIT_SHARED whit_loop_memory {
  whit_connection* connections;  // `slots` of them
  uint16_t* links;               // 4 numbers for each slot
  uint16_t slots;                // connections and handshakes
  uint16_t max_open;             // connections that may be open at once
  uint8_t* buffers;              // `buffer_count`, each rounded up to 8 bytes, aligned to 8
  uint16_t buffer_count;
  uint32_t buffer_bytes;
} whit_loop_memory;

// Defines `name`, a loop, and `name_memory`, what it works with, with the storage of both: all the RAM there is. To be
// used outside of functions. connections: that may be open at once. handshakes: slots, besides, for peers that are not
// open yet or are being refused. buffers: of buffer_bytes each, shared by all. All are constants: sizes in an #if.
#define WHIT_LOOP(name, connections, handshakes, buffers, buffer_bytes)                                              \
  WHIT_ASSERT_THAT((connections) >= 1 && (handshakes) >= 1 && (connections) + (handshakes) < 0xFFFF,                 \
                   "slots are numbered by 16 bits");                                                                 \
  WHIT_ASSERT_THAT((buffers) >= 2 && (buffers) < 0xFFFF, "one buffer to read and one to answer");                    \
  WHIT_ASSERT_THAT((buffer_bytes) >= 256, "a control frame and its answer must fit (RFC 6455, 5.5)");                \
  static whit_connection name##_connections_[(connections) + (handshakes)];                                          \
  static uint16_t name##_links_[4 * ((connections) + (handshakes))];                                                 \
  WHIT_ALIGNED(8) static uint8_t name##_buffers_[(size_t)(buffers) * (((size_t)(buffer_bytes) + 7) / 8 * 8)];        \
  static whit_loop name;                                                                                             \
  static const whit_loop_memory name##_memory = {name##_connections_, name##_links_,   (connections) + (handshakes), \
                                                 (connections),       name##_buffers_, (buffers),                    \
                                                 (buffer_bytes)}

// Starts to use the memory, which no other loop has, and the network. Both must live as long as the loop.
//  WHIT_OK
//  WHIT_INVALID_ARGUMENT  the network has fewer transports than the memory has slots
//  WHIT_IN_USE            started already
WHIT_NODISCARD whit_status whit_loop_start(whit_loop* loop, const whit_loop_memory* memory, whit_network* network);

// The next event of this turn: true, or false when the turn is over. `now_ms`: a free-running clock in milliseconds
// that wraps at 2^32; the same value for all calls of one turn. Before whit_loop_start() there is never an event.
bool whit_loop_poll(whit_loop* loop, uint32_t now_ms, whit_event* event);

// The longest sleep before the next turn, counted from its `now_ms`: 0 (work is left) to WHIT_FOREVER_MS. To be asked
// last, just before sleeping.
uint32_t whit_loop_wait_ms(const whit_loop* loop);

// Closes every connection with `code` (usually 1001) and stops listening; what is still opening is aborted.
void whit_loop_stop(whit_loop* loop, uint16_t code);

whit_usage whit_loop_connections(const whit_loop* loop);  // open, and not yet over
whit_usage whit_loop_handshakes(const whit_loop* loop);   // accepted, not open
whit_usage whit_loop_buffers(const whit_loop* loop);      // lent to connections

// A walk over open connections:
//   whit_walk walk;
//   for (bool more = whit_server_open(&server, &walk); more; more = whit_walk_next(&walk)) { ... walk.socket ... }
// Connections may be closed or aborted meanwhile, the present one included. A step for each slot of the loop.
typedef struct WHIT_SHARED whit_walk {
  void* all_[2];  // private
  const void* at_;
  whit_socket socket;
} whit_walk;
// Begins with the first open connection of all servers and clients of the loop; false: there is none.
bool whit_loop_open(whit_loop* loop, whit_walk* walk);
// Goes on to the next one; false: there is none. The walk must not have been copied.
bool whit_walk_next(whit_walk* walk);

// ---- Options: read, never copied. The object and all it points to must live as long as connections made with it. ----

// The time of each deadline in milliseconds. 0 switches it off.
typedef struct WHIT_SHARED whit_timeouts {
  uint32_t resolve;  // client: looking up the name
  uint32_t connect;  // client: connecting TCP
  uint32_t secure;   // TLS handshake, both roles
  uint32_t head;     // opening handshake, until its last byte; absolute
  uint32_t frame;    // frame header, and then a control frame, until its last byte; absolute
  uint32_t data;     // a minimum of payload per window, while the peer's input occupies a buffer that others lack
  uint32_t keepalive_interval;  // silence before our ping (ends nothing)
  uint32_t keepalive_answer;    // silence after our ping has left
  uint32_t write;               // output waits and the peer's TCP acknowledges too little of it
  uint32_t close;   // from our Close frame to the peer's, or since the peer took enough of the output before it
  uint32_t linger;  // from our last byte to the peer's end of TCP (ends silently)
} whit_timeouts;

// Sends what the peer takes for a sign of life, in place of a ping, when nothing has come from it for
// whit_timeouts.keepalive_interval. Called from whit_loop_poll(); all calls of `socket` are legal.
typedef void (*whit_keepalive)(whit_socket socket);

struct whit_compression;

// The members that both roles have. 0 switches a limit off.
//  timeouts_ms        whit_timeouts
//  data_min_bytes     that must arrive in each time of timeouts_ms.data
//  write_min_bytes    that must be taken in each of timeouts_ms.write, close and linger
//  max_head_bytes     of the peer's opening handshake
//  max_frame_bytes    payload of an outgoing frame; 0: what fits a buffer
//  max_message_bytes  of an incoming message, else 1009; 0: no limit
//  protocols          subprotocols, best first: spoken by a server, offered by a client
//  protocol_count     at most 255
//  long_messages      a message that does not fit a buffer
//  on_keepalive       null: a ping
//  compression        permessage-deflate, of a C++ file (whit_cpp.h); null: neither offered nor accepted
#define WHIT_CONNECTION_OPTIONS     \
  whit_timeouts timeouts_ms;        \
  uint32_t data_min_bytes;          \
  uint32_t write_min_bytes;         \
  uint32_t max_head_bytes;          \
  uint32_t max_frame_bytes;         \
  uint64_t max_message_bytes;       \
  const whit_text* protocols;       \
  size_t protocol_count;            \
  whit_long_messages long_messages; \
  whit_keepalive on_keepalive;      \
  struct whit_compression* compression

// Parts that are linked only when a program calls the function, whose result the options then have.
struct whit_core;
struct whit_newcomer;
typedef struct whit_request_review whit_request_review;
typedef struct whit_http_service whit_http_service;
typedef struct whit_body_receiver whit_body_receiver;
typedef bool (*whit_on_full)(struct whit_core* core, struct whit_newcomer* newcomer);
typedef bool (*whit_on_admit)(struct whit_core* core, struct whit_newcomer* newcomer);

// For on_request: WHIT_EVENT_REQUEST for every valid request, answered by accept, reject or respond.
const whit_request_review* whit_keep_request_fields(void);
// For on_full: the servers' connection of which nothing has come for longest ends with 1013, WHIT_EVENT_ERROR with the
// cause {WHIT_WHO_WHIT, WHIT_WHERE_CLOSING, 1013}, and WHIT_EVENT_CLOSE. One that has been silent for less than
// timeouts_ms.keepalive_answer stays, and so does any without keepalive.
whit_on_full whit_evict_oldest_idle(void);
// For on_admit: refuses with 429 (RFC 6585, 4) an address that has max_per_address connections of this server open. The
// first 64 bits of an IPv6 address count.
whit_on_admit whit_limit_per_address(void);
// For whit_http_options.post: an application is asked about POST, too, and gets its body. A POST without Content-Length
// is refused with 411, with Transfer-Encoding with 501, with both 400, with more than max_body_bytes with 413.
const whit_body_receiver* whit_receive_bodies(void);

// A file in flash. Texts are written into the answer as they are.
typedef struct WHIT_SHARED whit_page {
  whit_text path;           // "/app.js", compared byte by byte
  whit_text type;           // Content-Type, such as "text/html; charset=utf-8"
  whit_bytes body;          // as it is
  whit_bytes gzip;          // compressed (RFC 1952), for peers that take that; empty: there is no such form
  whit_text tag;            // of the ETag, without quotation marks; that of the compressed form has "-gz" behind it
  whit_text cache_control;  // Cache-Control, such as "no-cache": the browser asks each time whether it has changed
} whit_page;

// HTTP on the port of a server (RFC 9110, RFC 9112): stack/whit/http_service.h says what it answers.
typedef struct WHIT_SHARED whit_http_options {
  const whit_page* pages;  // static pages
  uint16_t page_count;
  const whit_body_receiver* post;  // with on_request: whit_receive_bodies()
  uint32_t max_body_bytes;         // of a POST, else 413; 0: no limit below 4 GiB
  const whit_http_service* service;
} whit_http_options;

// The defaults of Kconfig, no pages, and the service, which is linked by this call.
void whit_http_options_init(whit_http_options* options);

// Of a server. Read, never copied.
typedef struct WHIT_SHARED whit_server_options {
  WHIT_CONNECTION_OPTIONS;
  uint16_t port;                          // 0: the system chooses; whit_server_port() tells
  uint16_t max_per_address;               // for on_admit = whit_limit_per_address()
  const whit_http_options* http;          // HTTP on the same port; null: only opening handshakes, else 426
  whit_text address;                      // a literal; empty: every address of the machine
  bool secure;                            // wss: the network must have TLS and a certificate
  const whit_text* origins;               // when given: a request whose Origin is none of these (or missing) gets 403
  size_t origin_count;                    // of `origins`
  const whit_request_review* on_request;  // null, or whit_keep_request_fields()
  // With on_request: names of more fields, which whit_socket_request_field() then has. At most 200, and none of those
  // that whit_request has or that the handshake itself looks at.
  const whit_text* fields;
  size_t field_count;
  whit_on_full on_full;    // null (503), or whit_evict_oldest_idle()
  whit_on_admit on_admit;  // null, or whit_limit_per_address()
} whit_server_options;

// Writes the defaults of Kconfig: port 80, every address, no TLS. To be called first; then members may be set.
void whit_server_options_init(whit_server_options* options);

// A header field of a response, whatever its status: for Retry-After, WWW-Authenticate, Set-Cookie, ... Called from
// whit_loop_poll() for each field in its order; those of interim answers (1xx) are left out, and so are those longer
// than a buffer. The texts are valid during the call, in which nothing of `socket` but its index may be asked.
typedef void (*whit_response_field)(whit_socket socket, whit_text name, whit_text value);

// What writes header fields of a request; valid during whit_request_fields.
typedef struct WHIT_SHARED whit_field_writer {
  void* head_;  // private
} whit_field_writer;

// A whole field. Refused, so that whit_client_connect() says WHIT_INVALID_ARGUMENT: a name that is no token (RFC 9110,
// 5.6.2) or belongs to the handshake, and a control character but tab in the value (5.5).
void whit_field_put(whit_field_writer out, whit_text name, whit_text value);
// The same piece by piece: begins a field, adds to the value of the field begun last.
void whit_field_begin(whit_field_writer out, whit_text name);
void whit_field_add(whit_field_writer out, whit_text piece);
// What the application has to write is not valid for a reason of its own.
void whit_field_refuse(whit_field_writer out);

typedef struct whit_client_options whit_client_options;

// Writes more header fields of a request. `options` are those of whit_client_connect(): a structure whose first member
// they are has room for what the fields are made of. Called several times for each request, to check, to measure and to
// write it, and has to write the same until WHIT_EVENT_OPEN or WHIT_EVENT_ERROR.
typedef void (*whit_request_fields)(const whit_client_options* options, whit_field_writer out);

// Of a client. Read, never copied.
struct WHIT_SHARED whit_client_options {
  WHIT_CONNECTION_OPTIONS;
  whit_text url;      // ws://host[:port][/path][?query]
  whit_text origin;   // sent when not empty
  whit_text headers;  // more fields, each ended by "\r\n", none of the handshake's own; checked against injection
  whit_request_fields request_fields;     // null, or more fields, without a string of them
  whit_response_field on_response_field;  // when given, a refusal is read to the end of its head
  bool require_protocol;  // refuse a server that selects none of `protocols` (RFC 6455, 4.1, leaves it open)
};

// Writes the defaults of Kconfig, without a URL. To be called first; then members may be set.
void whit_client_options_init(whit_client_options* options);

// ---- Server: listens on one port. RFC 6455, section 4.2. ----

// A server; its members are not for programs.
typedef struct WHIT_SHARED whit_server {
  void* pointers_[6];  // private
} whit_server;

// Makes a server of the loop, which may be started later. Once; both must live as long as the loop has turns.
void whit_server_init(whit_server* server, whit_loop* loop);

// Starts to listen. `options` must live as long as the server has connections. The loop must have been started.
//  WHIT_OK
//  WHIT_NOT_OPEN          the loop has not been started
//  WHIT_IN_USE            listening already, or the port is taken
//  WHIT_NO_SLOT           4 servers are listening
//  WHIT_INVALID_ARGUMENT  the address is not one of this machine, a subprotocol is not a token or comes twice, or
//                         `secure` is asked of a network without TLS or without a certificate
//  WHIT_TOO_LARGE         the answer that names a subprotocol would not fit a buffer, of which it takes 155 bytes
//                         itself
//  WHIT_FAILED            the platform refused: whit_network_error()
WHIT_NODISCARD whit_status whit_server_listen(whit_server* server, const whit_server_options* options);

// The port in use, 0 when not listening.
uint16_t whit_server_port(const whit_server* server);

// Begins a walk over its open connections.
bool whit_server_open(const whit_server* server, whit_walk* walk);

// Stops listening and closes the connections with `code` (usually 1001); what is still opening is aborted.
void whit_server_stop(whit_server* server, uint16_t code);

// ---- Client: opens one connection at a time. RFC 6455, section 4.1. ----

// A client; its members are not for programs.
typedef struct WHIT_SHARED whit_client {
  void* pointers_[8];  // private
} whit_client;

// Makes a client of the loop, which may be started later. Once; both must live as long as the loop has turns.
void whit_client_init(whit_client* client, whit_loop* loop);

// Starts to connect; WHIT_EVENT_OPEN, or WHIT_EVENT_ERROR and WHIT_EVENT_CLOSE, follow. `options` and what it points to
// must live until whit_client_is_over(), or until the next whit_client_connect() has returned WHIT_OK.
//  WHIT_OK
//  WHIT_IN_USE            the connection before has not had its WHIT_EVENT_CLOSE; inside that event it is over
//  WHIT_NOT_OPEN          the loop has not been started
//  WHIT_NO_SLOT           no connection is free, or no slot: the one before lingers after its end until the server has
//                         ended too, or until timeouts_ms.linger
//  WHIT_INVALID_ARGUMENT  the URL is not a valid ws or wss URL (RFC 6455, 3), a subprotocol is not a token or comes
//                         twice (4.1), or the origin or the header fields would break the head
WHIT_NODISCARD whit_status whit_client_connect(whit_client* client, const whit_client_options* options);

// Whether `url` is valid and of a connection over TLS (wss, in letters of either case).
bool whit_client_is_secure(whit_text url);

// Whether the transport of the last connection has ended, too, and its slot is free. A program that ends before that
// resets the connection, and the server may lose what was sent last. The loop must have been started.
bool whit_client_is_over(const whit_client* client);

// The connection of the last whit_client_connect().
whit_socket whit_client_socket(const whit_client* client);

// The part of a URL that whit_client_connect() refuses: RFC 6455, 3 and RFC 3986, 3.
typedef uint8_t whit_url_part;
enum {
  WHIT_URL_PART_NONE,
  WHIT_URL_PART_SCHEME,
  WHIT_URL_PART_USER_INFORMATION,
  WHIT_URL_PART_HOST,
  WHIT_URL_PART_PORT,
  WHIT_URL_PART_RESOURCE,
  WHIT_URL_PART_FRAGMENT
};
typedef struct WHIT_SHARED whit_url_problem {
  whit_url_part part;  // NONE: whit_client_connect() takes it
  size_t position;     // of the first byte that is wrong; the size of the URL: it ends too early
  whit_text why;       // a constant: "the port is not a number from 1 to 65535"
} whit_url_problem;
whit_url_problem whit_check_url(whit_text url);

#if defined(__cplusplus)
}
#endif

#endif  // WHIT_C_WHIT_H
