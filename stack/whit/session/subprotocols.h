// SPDX-License-Identifier: MIT
// Subprotocols: RFC 6455, 1.9, 4.1 and 4.2.2. They are named by numbers: 1 + their position in the options, 0 for none.
#pragma once

#include <stdint.h>

#include "whit/bytes.h"
#include "whit/http/grammar.h"
#include "whit/options.h"
#include "whit/session/connection.h"

namespace whit::session {

// RFC 6455, 4.1 (10.): distinct tokens.
bool protocols_valid(const ConnectionOptions& options);

// 1 + the position of a text among others, one of which is exactly equal; 0: none is.
size_t one_based_index(const Text& text, const Text* texts, size_t count);

// The number of a subprotocol of the options; 0: it is none of them.
inline uint8_t protocol_number(const ConnectionOptions& options, const Text& protocol) {
  return static_cast<uint8_t>(one_based_index(protocol, options.protocols, options.protocol_count));
}

// RFC 6455, 4.2.2: one of those offered, or none. Ours come best first; the list may come in several fields.
inline void select_protocol(Connection* connection, const ConnectionOptions& options, Text offered) {
  Text protocol;
  while (http::next_element(&offered, &protocol)) {
    const uint8_t number = protocol_number(options, protocol);
    if (number != 0 && (connection->protocol == 0 || number < connection->protocol)) connection->protocol = number;
  }
}

}  // namespace whit::session
