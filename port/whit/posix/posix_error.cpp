// SPDX-License-Identifier: MIT
#include "posix_error.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>

#include "posix_names.h"

namespace whit {

namespace {

const char* name_error_text(int32_t error) {
  switch (error) {
    case posix::kNoSuchName:
      return "no such name";
#if defined(EAI_NODATA) && EAI_NODATA != EAI_NONAME
    case posix::below_zero(EAI_NODATA):
      return "the name has no address";
#endif
    case posix::below_zero(EAI_AGAIN):
      return "no name server has answered, or it could not find out";
    case posix::below_zero(EAI_FAIL):
      return "the name server refuses or is out of order";
    case posix::kOutOfMemory:
      return "out of memory";
    default:
      return gai_strerror(EAI_NONAME < 0 ? error : -error);
  }
}

}  // namespace

const char* posix_error_text(int32_t error) {
  if (error < 0) return name_error_text(error);
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
