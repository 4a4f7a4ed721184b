// SPDX-License-Identifier: MIT
#include "whit/session/subprotocols.h"

#include "whit/http/grammar.h"

namespace whit::session {

bool protocols_valid(const ConnectionOptions& options) {
  for (size_t i = 0; i < options.protocol_count; ++i) {
    const Text& protocol = options.protocols[i];
    // One that came before has another number, and so has the 256th.
    if (!http::is_token(protocol) || protocol_number(options, protocol) != i + 1) return false;
  }
  return true;
}

size_t one_based_index(const Text& text, const Text* texts, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (texts[i] == text) return i + 1;
  }
  return 0;
}

}  // namespace whit::session
