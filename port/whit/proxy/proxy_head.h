// SPDX-License-Identifier: MIT
// What is said to an HTTP proxy, and what it answers: CONNECT (RFC 9110, 9.3.6; RFC 9112, 3.2.3) with Basic credentials
// (RFC 7617).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::proxy {

// Writes the request into `out`. Returns its size; 0: it does not fit. An IPv6 address is put in brackets.
size_t write_request(MutableBytes out, Text host, uint16_t port, Bytes credentials);

// Whether a proxy can be asked for this host: no byte that would end the line, or change its meaning.
bool is_host(Text host);

// The head of the answer, byte for byte, so that it may be of any length. A line may end without CR (RFC 9112, 2.2).
class Reply {
 public:
  enum class Result : uint8_t { kMore, kEnd, kBroken };

  Result take(uint8_t byte);
  uint16_t status() const { return status_; }  // after kEnd

 private:
  bool take_status_line(uint8_t byte);

  uint16_t status_ = 0;
  uint8_t position_ = 0;  // in the status line, as far as its form is fixed
  bool in_fields_ = false;
  bool line_empty_ = false;
  bool after_cr_ = false;
};

}  // namespace whit::proxy
