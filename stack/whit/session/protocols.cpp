// SPDX-License-Identifier: MIT
#include "whit/session/protocols.h"

#include "whit/wire/http_head.h"

namespace whit::session {

bool protocols_valid(const ConnectionOptions& options) {
  for (size_t i = 0; i < options.protocol_count; ++i) {
    const Text& protocol = options.protocols[i];
    // One that came before has another number, and so has the 256th.
    if (!wire::is_token(protocol) || protocol_number(options, protocol) != i + 1) return false;
  }
  return true;
}

size_t number_of(const Text& text, const Text* texts, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (texts[i] == text) return i + 1;
  }
  return 0;
}

}  // namespace whit::session
