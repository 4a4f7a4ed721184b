// SPDX-License-Identifier: MIT
// The exit codes of the program, for scripts. The man page has the same table, and a test compares them.
#pragma once

#include <stdint.h>

#include "whit/event.h"

namespace whitcat {

enum class Exit : int {
  kClean = 0,       // closed in order
  kFailure = 1,     // something on this machine: output that cannot be written, no random bytes
  kUsage = 2,       // an option, the URL, a header field or a file of certificates is wrong
  kResolve = 3,     // the name could not be resolved
  kConnect = 4,     // TCP could not be connected; with --listen: the port is taken
  kSecure = 5,      // the TLS handshake failed
  kHandshake = 6,   // the opening handshake was refused: a status other than 101, or no valid answer
  kLost = 7,        // the connection ended without a closing handshake, or the peer broke the protocol
  kPeerClosed = 8,  // the peer closed with a code that says that something is wrong
  kTimeout = 9,     // a deadline has passed
  kBadInput = 10,   // input that cannot be sent: text that is not UTF-8
  kInterrupted = 130,
  kTerminated = 143,
};

// Whether the number of a Cause::kConnect is that of a proxy's answer and not errno, which ends below 300 here.
bool is_proxy_error(int32_t code);

// The exit code for the end of a connection.
Exit exit_code(const whit::Close& close);

}  // namespace whitcat
