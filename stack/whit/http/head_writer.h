// SPDX-License-Identifier: MIT
// HeadWriter: writes the heads of the opening handshake from their pieces, or measures them first. A head that is
// larger than the memory for it is written several times, each time the next part of it.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

struct HeadWriter {
  // Passes over the first `skip` bytes and writes `room` more of them to `out`; 0: only measures.
  HeadWriter(uint8_t* out_in, size_t room_in, size_t skip) : out(out_in), room(room_in), at(0 - skip) {}

  // Puts `pattern`, in which the bytes 1, 2, ... stand for the first, second, ... of `parts`.
  void put(const char* pattern, const Text* parts = nullptr);

  uint8_t* out;
  size_t room;
  size_t at;              // place of the next byte in `out`; in the end, the bytes of the head behind `skip`
  bool valid = false;     // of a client: it is a head, and no part of it was refused
  bool in_field = false;  // of a client: FieldWriter::add() may go on
};

}  // namespace whit::http
