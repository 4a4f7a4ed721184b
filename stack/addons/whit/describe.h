// SPDX-License-Identifier: MIT
// The numbers of Whit in words: for a console, a log, a line on a display. English, in ASCII, without a line
// end. The texts are constants in flash; a program that names none of these functions links none of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/status.h"
#include "whit/vocabulary.h"

namespace whit {

// The outcome of a call: "no free slot".
Text to_text(Status status);

// The thing that a deadline limits: "the head of the opening handshake".
Text to_text(Deadline deadline);

// The meaning of a close code: RFC 6455, 7.4.1 and the IANA registry ("going away"); "private use", "registered use";
// "reserved" for all others.
Text close_code_text(uint16_t code);

// The longest line that describe() writes, but for the text of an error.
constexpr size_t kDescriptionBytes = 256;

// The end of a connection (kError, kClose) in one line:
//
//   closed by the peer: code 1001 (going away), "maintenance"
//   closed by the application: code 1000 (normal closure)
//   not a valid answer to the opening handshake: HTTP status 503
//   connecting failed: Connection refused (111)
//   the peer took too long: the head of the opening handshake
//
// `line` takes it, cut off at its size; the result is the part in use. `error` is the text of close.cause.code where
// that is a number of the platform, if the application has one: strerror(), tls_error_text(). In the reason, which is
// the peer's text, control characters become dots, so that it is harmless on a console.
Text describe(const Close& close, char* line, size_t size, Text error = {});

}  // namespace whit
