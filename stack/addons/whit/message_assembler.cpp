// SPDX-License-Identifier: MIT
#include "whit/message_assembler.h"

#include "whit/copy.h"

namespace whit {

Status MessageAssembler::add(const Message& piece, Message* whole) {
  *whole = piece;
  if (piece.whole()) return Status::kOk;
  if (piece.offset > memory_.size || piece.data.size > memory_.size - piece.offset) return Status::kTooLarge;
  const size_t offset = static_cast<size_t>(piece.offset);
  copy(memory_.data + offset, piece.data.data, piece.data.size);
  whole->data = memory_.first(offset + piece.data.size);
  whole->offset = 0;
  whole->first = true;
  return piece.last ? Status::kOk : Status::kWouldBlock;
}

}  // namespace whit
