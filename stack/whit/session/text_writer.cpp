// SPDX-License-Identifier: MIT
#include "whit/session/text_writer.h"

namespace whit::session {

void TextWriter::put(const Text& text) {
  for (size_t i = 0; i < text.size; ++i) {
    if (out_ != nullptr) out_[size_] = static_cast<uint8_t>(text[i]);
    ++size_;
  }
}

void TextWriter::put(const Text& pattern, const Text* parts) {
  for (size_t i = 0; i < pattern.size; ++i) {
    const auto place = static_cast<uint8_t>(pattern[i]);
    put(place < '\n' ? parts[place - 1] : pattern.from(i).first(1));
  }
}

}  // namespace whit::session
