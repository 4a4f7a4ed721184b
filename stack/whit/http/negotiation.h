// SPDX-License-Identifier: MIT
// What a peer says about the form of an answer: Accept-Encoding and If-None-Match. RFC 9110, 12.5.3 and 13.1.2. A field
// may come several times: what each says is put together.
#pragma once

#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

// Bits of what Accept-Encoding says.
enum Coding : uint8_t {
  kGzip = 1,       // gzip (or x-gzip) may be sent ...
  kNoGzip = 2,     // ... or must not
  kAnyCoding = 4,  // "*", all that are not named
};

uint8_t read_codings(Text value);

// Whether an answer may be compressed. As it is, it may always be sent: a peer that refuses even that gets it all the
// same, as it could make nothing of a refusal either.
inline bool may_send_gzip(uint8_t codings) { return (codings & kNoGzip) == 0 && (codings & (kGzip | kAnyCoding)) != 0; }

// Whether If-None-Match has the tag "TAG SUFFIX", in quotation marks, weak or strong, or is "*".
bool has_tag(Text value, Text tag, Text suffix);

}  // namespace whit::http
