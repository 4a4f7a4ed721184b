// SPDX-License-Identifier: MIT
#include "whit/session/text_writer.h"

namespace whit::session {

void TextWriter::put(Text text) { put(text, nullptr); }

void TextWriter::put(Text pattern, const Text* parts) {
  for (size_t i = 0; i < pattern.size; ++i) {
    const auto byte = static_cast<uint8_t>(pattern[i]);
    if (parts != nullptr && byte < '\n') {
      put(parts[byte - 1]);
      continue;
    }
    if (out_ != nullptr) out_[size_] = byte;
    ++size_;
  }
}

}  // namespace whit::session
