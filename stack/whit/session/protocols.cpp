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

uint8_t protocol_number(const ConnectionOptions& options, const Text& protocol) {
  return static_cast<uint8_t>(number_of(protocol, options.protocols, options.protocol_count));
}

size_t number_of(const Text& text, const Text* texts, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (texts[i] == text) return i + 1;
  }
  return 0;
}

void select_protocol(Connection* connection, const ConnectionOptions& options, Text offered) {
  Text protocol;
  while (wire::next_element(&offered, &protocol)) {
    const uint8_t number = protocol_number(options, protocol);
    if (number != 0 && (connection->protocol == 0 || number < connection->protocol)) connection->protocol = number;
  }
}

}  // namespace whit::session
