// SPDX-License-Identifier: MIT
// TextWriter: writes the heads of the opening handshake from their pieces, or measures them first.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::session {

class TextWriter {
 public:
  explicit TextWriter(uint8_t* out) : out_(out) {}  // nullptr: measures

  TextWriter& put(Text text) {
    for (size_t i = 0; i < text.size && out_ != nullptr; ++i) out_[size_ + i] = static_cast<uint8_t>(text.data[i]);
    size_ += text.size;
    return *this;
  }
  size_t size() const { return size_; }

 private:
  uint8_t* out_;
  size_t size_ = 0;
};

}  // namespace whit::session
