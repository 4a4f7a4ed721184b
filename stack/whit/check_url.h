// SPDX-License-Identifier: MIT
// Which part of a URL Client::connect() refuses, and why: for the message to a person who typed it. A program that does
// not name check_url() does not link it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit {

// The parts of a URL: RFC 6455, 3 and RFC 3986, 3.
enum class UrlPart : uint8_t { kNone, kScheme, kUserInformation, kHost, kPort, kResource, kFragment };

// The answer of check_url().
struct UrlProblem {
  UrlPart part = UrlPart::kNone;  // kNone: connect() takes it
  size_t position = 0;            // of the first byte that is wrong; the size of the URL: it ends too early
  Text why;                       // a constant: "the port is not a number from 1 to 65535"
};

// The first thing that is wrong with the URL, from its beginning.
UrlProblem check_url(Text url);

}  // namespace whit
