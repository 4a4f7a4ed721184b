// SPDX-License-Identifier: MIT
#include "lwip_error.h"

#include "lwip/err.h"
#include "lwip/opt.h"

namespace whit {

const char* lwip_error_text(int32_t error, bool resolving) {
  switch (error) {
    case ERR_VAL:
      if (!LWIP_DNS) return "names are not built in (LWIP_DNS)";
      return resolving ? "no such name, or no name server has answered" : "not valid";
    case ERR_ARG:
      return resolving ? "not a name" : "not valid";
    case ERR_MEM:
      return resolving ? "too many names at once, or out of memory" : "out of memory";
    case ERR_RST:
      return "refused or reset by the peer";
    case ERR_ABRT:
      return "no answer";
    case ERR_RTE:
      return "no way to that host";
    case ERR_TIMEOUT:
      return "timed out";
    case ERR_BUF:
      return "out of buffers or ports";
    case ERR_USE:
      return "in use";
    case ERR_CONN:
    case ERR_CLSD:
      return "not connected";
    case ERR_IF:
      return "the network interface failed";
    default:
      return "see err_t of lwIP";
  }
}

}  // namespace whit
