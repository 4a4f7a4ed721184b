// SPDX-License-Identifier: MIT
// The parameters of permessage-deflate in Sec-WebSocket-Extensions: RFC 7692, section 7.1.
#pragma once

#include <stdint.h>

#include "whit/bytes.h"
#include "whit/http/head_writer.h"

namespace whit::http {

struct DeflateParameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  uint8_t server_max_window_bits = 0;  // 8 to 15; 0: the parameter is not there
  uint8_t client_max_window_bits = 0;  // the same; kNoValue: it is there without a value, which an offer alone may have

  static constexpr uint8_t kNoValue = 1;
};

enum class Extension : uint8_t {
  kNone,     // the list is at its end
  kOther,    // an extension that is not permessage-deflate
  kInvalid,  // permessage-deflate with a parameter that is unknown, comes twice, or has no legal value
  kDeflate,
};

// Takes the next extension off a list that read_extensions() has found well-formed.
Extension take_extension(Text* list, DeflateParameters* out);

// Puts the extension with its parameters: an offer, or the answer to one.
void put_deflate(HeadWriter* head, const DeflateParameters& parameters);

}  // namespace whit::http
