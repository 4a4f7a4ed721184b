// SPDX-License-Identifier: MIT
// Status codes of the closing handshake: RFC 6455 section 7.4 and the IANA registry "WebSocket Close Code Number".
#pragma once

#include <stdint.h>

namespace whit::close_code {

constexpr uint16_t kNormalClosure = 1000;
constexpr uint16_t kGoingAway = 1001;
constexpr uint16_t kProtocolError = 1002;
constexpr uint16_t kUnsupportedData = 1003;
constexpr uint16_t kNoStatusReceived = 1005;  // never on the wire: the Close frame had no code
constexpr uint16_t kAbnormalClosure = 1006;   // never on the wire: there was no Close frame
constexpr uint16_t kInvalidPayload = 1007;
constexpr uint16_t kPolicyViolation = 1008;
constexpr uint16_t kMessageTooBig = 1009;
constexpr uint16_t kMandatoryExtension = 1010;
constexpr uint16_t kInternalError = 1011;
constexpr uint16_t kServiceRestart = 1012;
constexpr uint16_t kTryAgainLater = 1013;
constexpr uint16_t kBadGateway = 1014;
constexpr uint16_t kTlsHandshake = 1015;  // never on the wire: the TLS handshake failed

}  // namespace whit::close_code

namespace whit::wire {

// True for the codes that a Close frame may carry, in either direction: 1000-1003, 1007-1014 and 3000-4999.
// Anything else that arrives is a protocol error (1002), and is never sent.
bool close_code_valid_on_wire(uint16_t code);

}  // namespace whit::wire
