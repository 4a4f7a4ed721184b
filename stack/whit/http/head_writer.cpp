// SPDX-License-Identifier: MIT
#include "whit/http/head_writer.h"

namespace whit::http {

void HeadWriter::put(const char* pattern, const Text* parts) {
  for (; *pattern != '\0'; ++pattern) {
    const Text text = *pattern < '\n' ? parts[*pattern - 1] : Text(pattern, 1);
    for (size_t i = 0; i < text.size; ++i, ++at) {
      if (at < room) out[at] = static_cast<uint8_t>(text[i]);
    }
  }
}

}  // namespace whit::http
