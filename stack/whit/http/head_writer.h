// SPDX-License-Identifier: MIT
// HeadWriter: writes the heads of the opening handshake from their pieces, or measures them first.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

class HeadWriter {
 public:
  explicit HeadWriter(uint8_t* out) : out_(out) {}  // nullptr: measures

  // Puts `pattern`, in which the bytes 1, 2, ... stand for the first, second, ... of `parts`.
  void put(const char* pattern, const Text* parts = nullptr);
  size_t size() const { return size_; }

 private:
  uint8_t* out_;
  size_t size_ = 0;
};

}  // namespace whit::http
