// SPDX-License-Identifier: MIT
// Numbers and statuses in the heads of answers. RFC 9110, 15.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

// A number in decimal digits.
class Digits {
 public:
  explicit Digits(size_t number);
  Text text() const { return {bytes_ + begin_, sizeof bytes_ - begin_}; }

 private:
  char bytes_[3 * sizeof(size_t)];
  uint8_t begin_ = sizeof bytes_;
};

// The status and the reason phrase: what follows "HTTP/1.1 ". Of a status that is not known, the space before the
// phrase alone (RFC 9112, 4). `status` has three digits.
class StatusLine {
 public:
  explicit StatusLine(uint16_t status);
  Text text() const { return phrase_ != nullptr ? Text(phrase_, size_) : Text(digits_, sizeof digits_); }

 private:
  const char* phrase_ = nullptr;
  size_t size_ = 0;
  char digits_[4];
};

}  // namespace whit::http
