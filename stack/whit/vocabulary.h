// SPDX-License-Identifier: MIT
// The words of the API: types of messages, states, close codes, deadlines, causes, use of pools. The names are those of
// the browser's WebSocket (WHATWG) and of RFC 6455.
#pragma once

#include <stdint.h>

namespace whit {

// The two types of messages (RFC 6455, 5.6).
enum class MessageType : uint8_t { kText = 1, kBinary = 2 };  // the values are the opcodes of RFC 6455, 5.2

// The methods of requests that an application is shown. An opening handshake is a GET.
enum class Method : uint8_t { kGet, kHead, kPost };

// The browser's four states. kClosing begins with the first Close frame, sent or received.
enum class ReadyState : uint8_t { kConnecting, kOpen, kClosing, kClosed };

// Every time limit of a connection. options.h has their values.
enum class Deadline : uint8_t {
  kNone,
  kResolve,            // client: looking up the name
  kConnect,            // client: connecting TCP
  kSecure,             // TLS handshake, both roles
  kHead,               // opening handshake, until its last byte; absolute
  kFrame,              // frame header, and then a control frame, until its last byte; absolute
  kData,               // a minimum of payload per window, while the peer's input occupies a buffer that others lack
  kKeepaliveInterval,  // silence before our ping (ends nothing)
  kKeepaliveAnswer,    // silence after our ping has left
  kWrite,              // output waits and the peer's TCP acknowledges too little of it
  kClose,              // from our Close frame to the peer's, or since the peer took enough of the output before it
  kLinger,             // from our last byte to the peer's end of TCP (ends silently: kClose was reported before)
};

// Why a connection ended: on whose side, in which step, and a code of that step.
struct Cause {
  enum Who : uint8_t { kPeer, kApplication, kWhit, kNetwork };
  enum Where : uint8_t {
    kResolve,    // code: the platform's number
    kConnect,    // code: the platform's number
    kSecure,     // code: the platform's number
    kHandshake,  // code: the HTTP status received or sent; 0: not an answer of the protocol
    kProtocol,   // code: the close code that names the violation (1002, 1007, 1009)
    kClosing,    // the closing handshake; code: the close code
    kTransport,  // code: the platform's number; 0: the peer's FIN without a Close frame
    kDeadline,   // code: a Deadline
    kRandom,     // no random bytes; code: 0
  };
  Who who = kPeer;
  Where where = kClosing;
  int32_t code = 0;
};

// The use of something that is limited: slots, buffers.
struct Usage {
  uint16_t in_use = 0;
  uint16_t high_water = 0;  // the most that were in use at once
  uint32_t refused = 0;     // times that one was asked for and there was none

  void count_up();  // one more in use
};

// Codes of the closing handshake: RFC 6455, 7.4, and the IANA registry "WebSocket Close Code Number".
namespace close_code {

constexpr uint16_t kNormalClosure = 1000;       // the purpose is fulfilled
constexpr uint16_t kGoingAway = 1001;           // a server that stops, a page that is left
constexpr uint16_t kProtocolError = 1002;       // a frame that breaks RFC 6455
constexpr uint16_t kUnsupportedData = 1003;     // a type of message that the endpoint does not take
constexpr uint16_t kNoStatusReceived = 1005;    // never on the wire: the Close frame had no code
constexpr uint16_t kAbnormalClosure = 1006;     // never on the wire: there was no Close frame
constexpr uint16_t kInvalidPayload = 1007;      // text that is not UTF-8
constexpr uint16_t kPolicyViolation = 1008;     // a rule of the endpoint, or a deadline
constexpr uint16_t kMessageTooBig = 1009;       // above the limit of the endpoint
constexpr uint16_t kMandatoryExtension = 1010;  // a client: the server lacks an extension
constexpr uint16_t kInternalError = 1011;       // something unforeseen
constexpr uint16_t kServiceRestart = 1012;      // come back at once
constexpr uint16_t kTryAgainLater = 1013;       // too much to do
constexpr uint16_t kBadGateway = 1014;          // a gateway got no good answer
constexpr uint16_t kTlsHandshake = 1015;        // never on the wire: the TLS handshake failed

}  // namespace close_code

}  // namespace whit
