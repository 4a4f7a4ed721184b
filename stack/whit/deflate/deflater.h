// SPDX-License-Identifier: MIT
// Small encoder of DEFLATE (RFC 1951) for the messages of RFC 7692: one table of positions by the hash of three bytes,
// the fixed code, and stored blocks where they are shorter. Its memory is the table, which the caller owns.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::deflate {

class Deflater {
 public:
  // `table`: 2^table_bits positions, used until the next start(); what they hold does not matter. A larger table finds
  // more. table_bits: 6 to 15.
  void start(uint16_t* table, uint8_t table_bits);

  // Writes `message` as blocks and an empty stored one, to the front of `room`, and returns how many bytes that are.
  // `last`: without its last four bytes, as RFC 7692, section 7.2.1 wants the end of a message; else they are there,
  // and the next part follows. 0: it does not fit, and what the room holds is undefined. The result depends on the
  // arguments and the size of the table alone, and the work grows with the sizes of `history` and `message`, and with
  // nothing else.
  //
  // `history` is the end of what the messages and parts before were made of, or empty, as it is without context
  // takeover and for the first one. No distance is larger than 2^window_bits (8 to 15), nor goes back beyond it. It and
  // `message` do not overlap `room`.
  size_t compress(Bytes history, Bytes message, uint8_t window_bits, bool last, MutableBytes room);

 private:
  uint16_t* table_;
  uint8_t table_bits_;
};

}  // namespace whit::deflate
