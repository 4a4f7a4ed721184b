// SPDX-License-Identifier: MIT
// Names on a system without threads to spare: getaddrinfo() is called by the loop's task, which stands still until it
// returns. A device that must not wait connects to a literal.
#include "whit/posix/posix_names.h"

#include <netdb.h>

namespace whit::posix {

int32_t name_error(int error) { return below_zero(error); }

// The numbers that lwIP, Zephyr and NuttX all have.
const char* name_error_text(int32_t error) {
  switch (error) {
    case kNoSuchName:
      return "no such name";
    case below_zero(EAI_FAIL):
      return "the name server has not answered, refuses or is out of order";
    case kOutOfMemory:
      return "out of memory";
    default:
      return "the name could not be resolved";
  }
}

Status start_lookup(PosixNetworkBase*, uint16_t index, const Target& target, NameAnswer* answer) {
  answer->index = index;
  answer->addresses = nullptr;
  answer->error = target.look_up(0, &answer->addresses);
  return Status::kOk;
}

bool take_answer(PosixNetworkBase*, NameAnswer*) { return false; }

void cancel_lookup(PosixNetworkBase*, uint16_t) {}

}  // namespace whit::posix
