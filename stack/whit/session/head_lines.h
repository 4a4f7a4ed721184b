// SPDX-License-Identifier: MIT
// The head of an HTTP message, line by line, from a buffer that may be smaller than the head. A field that nobody wants
// may be longer than the buffer: it is passed over. RFC 9112, 2.2 and 5; RFC 6585, 5.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/session/connection.h"

namespace whit::session {

enum class HeadLine : uint8_t {
  kMore,       // not yet whole; there is room for more
  kLine,       // a whole line, maybe empty; valid until the next read
  kMalformed,  // a bare CR or LF
  kTooLarge,   // a line that is wanted does not fit, or the head is longer than `max_bytes`
};

// Takes the next line out of the window. Bytes below head.kept stay.
HeadLine next_head_line(Connection* connection, uint8_t* buffer, size_t capacity, uint32_t max_bytes,
                        bool (*wanted)(Text name), Text* line);

}  // namespace whit::session
