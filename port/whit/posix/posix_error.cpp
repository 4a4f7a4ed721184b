// SPDX-License-Identifier: MIT
#include "posix_error.h"

#include <errno.h>
#include <string.h>

#include "posix_names.h"

namespace whit {

const char* posix_error_text(int32_t error) {
  if (error < 0) return posix::name_error_text(error);
  switch (error) {
    case ECONNREFUSED:
      return "refused: nothing listens at that port";
    case ETIMEDOUT:
      return "no answer";
    case ECONNRESET:
      return "reset by the peer";
    case EHOSTUNREACH:
      return "no way to that host";
    case ENETUNREACH:
      return "no way to that network";
    default:
      return strerror(error);
  }
}

}  // namespace whit
