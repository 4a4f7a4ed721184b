// SPDX-License-Identifier: MIT
// MessageAssembler: joins the pieces of a long message in memory of the application, so that it comes whole. One for
// each connection that may send such messages; one that fits a buffer of the loop passes through without a copy.
//
//   static uint8_t memory[4096];
//   static whit::MessageAssembler assembler{{memory, sizeof memory}};
//   ...
//   whit::Message message;
//   const whit::Status status = assembler.add(event.message, &message);
//   if (status == whit::Status::kOk) ...            // `message` is whole
//   if (status == whit::Status::kTooLarge) event.socket.close(whit::close_code::kMessageTooBig);
#pragma once

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/status.h"

namespace whit {

class MessageAssembler {
 public:
  constexpr explicit MessageAssembler(MutableBytes memory) : memory_(memory) {}

  // Takes the next piece (Event::kMessage) of a message. Pieces come in order, so a new connection needs no reset.
  //  kOk          `*whole` is the message, valid as long as the piece, or until the next add()
  //  kWouldBlock  more of it is to come
  //  kTooLarge    it does not fit the memory
  Status add(const Message& piece, Message* whole);

 private:
  MutableBytes memory_;
};

}  // namespace whit
