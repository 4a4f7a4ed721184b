// SPDX-License-Identifier: MIT
// The options of a server or a client. They are read, never copied: the object and all it points to must live as long
// as connections made with it (usually: static const, in flash). Defaults come from Kconfig (config.h).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/config.h"
#include "whit/event.h"
#include "whit/websocket.h"

namespace whit {

// Parts that applications name in their options, so that they are linked for them alone.
namespace http {
struct HeadReader;
enum class HeadLine : uint8_t;
}  // namespace http
namespace core {
class Compression;
struct Core;
enum class HeadResult : uint8_t;
}  // namespace core
namespace session {
struct Connection;
}

// A message that does not fit a buffer ...
enum class LongMessages : uint8_t {
  kStream,  // ... comes in pieces, as they arrive
  kRefuse,  // ... ends the connection with 1009; so does a ping between fragments that does not fit beside them
  kSkip,    // ... is passed over: a kSkipped event tells its size, and the connection stays
};

// The time of each deadline in milliseconds. 0 switches it off.
class Timeouts {
 public:
  constexpr uint32_t& operator[](Deadline deadline) { return ms_[position(deadline)]; }
  constexpr uint32_t operator[](Deadline deadline) const { return ms_[position(deadline)]; }

 private:
  static constexpr size_t position(Deadline deadline) { return static_cast<size_t>(deadline) - 1; }

  // In the order of Deadline.
  uint32_t ms_[static_cast<size_t>(Deadline::kLinger)] = {
      config::kResolveTimeoutMs,
      config::kConnectTimeoutMs,
      config::kSecureTimeoutMs,
      config::kHeadTimeoutMs,
      config::kFrameTimeoutMs,
      config::kDataWindowMs,
      config::kKeepalive ? config::kKeepaliveIntervalMs : 0,
      config::kKeepaliveAnswerMs,
      config::kWriteProgressTimeoutMs,
      config::kCloseTimeoutMs,
      config::kLingerTimeoutMs,
  };
};

// Sends what the peer takes for a sign of life, when nothing has come from it for Deadline::kKeepaliveInterval: for
// protocols with messages of their own for that, or peers on whose idle timers pings do not count. Where we have
// promised to send something in each interval, whatever the peer sends (STOMP, SignalR), a timer of the application
// does it. Called from Loop::poll(); all calls of `socket` are legal. Anything that the peer sends is the answer.
using Keepalive = void (*)(WebSocket socket);

// Both roles. 0 switches a limit off. While other connections lack buffers, half of a buffer is the least of
// data_min_bytes and write_min_bytes.
struct ConnectionOptions {
  Timeouts timeouts_ms;  // such as timeouts_ms[Deadline::kHead]; vocabulary.h says what each one limits
  uint32_t data_min_bytes = config::kDataMinBytes;    // that must arrive in each time of Deadline::kData
  uint32_t write_min_bytes = config::kWriteMinBytes;  // that must be taken in each of kWrite, kClose and kLinger

  uint32_t max_head_bytes = config::kMaxHeadBytes;    // of the peer's opening handshake
  uint32_t max_frame_bytes = config::kMaxFrameBytes;  // payload of an outgoing frame; 0: what fits a buffer
  uint64_t max_message_bytes = 0;                     // of an incoming message, else 1009; 0: no limit

  const Text* protocols = nullptr;  // subprotocols, best first: spoken by a server, offered by a client
  size_t protocol_count = 0;        // at most 255

  LongMessages long_messages = LongMessages::kStream;  // a message that does not fit a buffer
  Keepalive on_keepalive = nullptr;                    // in place of a ping

  // permessage-deflate (permessage_deflate.h); nullptr: neither offered nor accepted.
  core::Compression* compression = nullptr;
};

// The part that keeps a request for WebSocket::request() and request_field(). Applications that want it name it in
// their options, so that it is linked for them alone.
struct RequestReview {
  uint16_t (*keep)(const http::HeadReader& reader);  // 0, or the status to refuse the request with
  http::HeadLine (*other)(http::HeadReader* reader, bool whole);
  core::HeadResult (*ask)(core::Core* core, session::Connection* connection, Event* event);  // makes the kRequest event
  const char* challenge;  // the field of a 401, which nobody but an application answers with
};
extern const RequestReview keep_request_fields;

// Called for each valid request. True: every connection is open, but a place becomes free, and the request waits for
// it; false: it is admitted, or refused with 503.
using OnFull = bool (*)(core::Core* core, session::Connection* newcomer);
// Of the servers' connections of the loop, the one of which nothing has come for longest, a pong included, ends with
// close code 1013 (try again later), a kError event with the cause {kWhit, kClosing, 1013}, and kClose. One that has
// been silent for less than its Deadline::kKeepaliveAnswer stays, and so does any without keepalive.
bool evict_oldest_idle(core::Core* core, session::Connection* newcomer);

// Called for each valid request before it is admitted. False: it is refused.
using OnAdmit = bool (*)(core::Core* core, session::Connection* newcomer);
// Refuses with 429 (RFC 6585, 4) an address that has ServerOptions::max_per_address connections of this server open.
// The first 64 bits of an IPv6 address count, because a household or a machine has at least these. Behind a proxy all
// peers have its address. Costs a Transport::remote() for each open connection: a system call with the POSIX port.
bool limit_per_address(core::Core* core, session::Connection* newcomer);

struct HttpOptions;

// Of a Server. Each member says what it does; all of them may stay as they are.
struct ServerOptions : ConnectionOptions {
  uint16_t port = 80;            // 0: the system chooses; Server::port() tells
  uint16_t max_per_address = 1;  // for on_admit = &limit_per_address
  const HttpOptions* http =
      nullptr;                    // HTTP on the same port (http_service.h); nullptr: only opening handshakes, else 426
  Text address;                   // a literal; empty: every address of the machine
  bool secure = false;            // wss: the network must have TLS and a certificate
  const Text* origins = nullptr;  // when given: a request whose Origin is none of these (or missing) gets 403
  size_t origin_count = 0;        // of `origins`
  // &keep_request_fields: a kRequest event for every valid request, answered by accept(), reject() or respond().
  const RequestReview* on_request = nullptr;
  // With on_request: names of more fields, which WebSocket::request_field() then has. At most 200, and none of those
  // that Request has or that the handshake itself looks at (Upgrade, Connection, Sec-WebSocket-..., Content-Length,
  // Transfer-Encoding, Expect).
  const Text* fields = nullptr;
  size_t field_count = 0;
  OnFull on_full = nullptr;    // such as &evict_oldest_idle, which is linked when named; nullptr: 503
  OnAdmit on_admit = nullptr;  // such as &limit_per_address, likewise
};

// A header field of a response, whatever its status: for Retry-After, WWW-Authenticate, Set-Cookie, ... Called from
// Loop::poll() for each field in its order, and again for one that comes again; those of interim answers (1xx) are left
// out, and so are those longer than a buffer. Of a 101 that is refused because of a field, that one is the last. The
// texts are valid during the call, in which nothing of `socket` but index() may be called.
using ResponseField = void (*)(WebSocket socket, Text name, Text value);

class FieldWriter;
struct ClientOptions;

// Writes more header fields of a request (field_writer.h). `options` are those of connect(): an object derived from
// ClientOptions has room for what the fields are made of. Called several times for each request, to check, to measure
// and to write it, in connect() and in Loop::poll(), and has to write the same until kOpen or kError: where it does
// not, the request is spoiled, though nothing can be injected into it.
using RequestFields = void (*)(const ClientOptions& options, FieldWriter out);

// Of a Client. Only `url` has to be set.
struct ClientOptions : ConnectionOptions {
  Text url;      // ws://host[:port][/path][?query]
  Text origin;   // sent when not empty
  Text headers;  // more fields, each ended by "\r\n", none of the handshake's own; checked against injection
  RequestFields request_fields = nullptr;     // more fields, without a string of them
  ResponseField on_response_field = nullptr;  // when given, a refusal is read to the end of its head
  bool require_protocol = false;  // refuse a server that selects none of `protocols` (RFC 6455, 4.1, leaves it open)
};

}  // namespace whit
