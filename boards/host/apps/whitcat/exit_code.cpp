// SPDX-License-Identifier: MIT
#include "exit_code.h"

#include "whit/proxy/proxy_error.h"
#include "whit/vocabulary.h"

namespace whitcat {

using whit::Cause;

bool is_proxy_error(int32_t code) {
  return (code >= 300 && code <= 599) ||
         (code > whit::kProxyOk && whit::proxy_error_text(code) != nullptr && code > 599);
}

Exit exit_code(const whit::Close& close) {
  const bool by_peer = close.cause.who == Cause::kPeer;
  switch (close.cause.where) {
    case Cause::kResolve:
      return Exit::kResolve;
    case Cause::kConnect:
      return is_proxy_error(close.cause.code) ? Exit::kHandshake : Exit::kConnect;
    case Cause::kSecure:
      return Exit::kSecure;
    case Cause::kHandshake:
      return Exit::kHandshake;
    case Cause::kProtocol:
    case Cause::kTransport:
      return Exit::kLost;
    case Cause::kClosing: {
      const bool well = close.code == whit::close_code::kNormalClosure || close.code == whit::close_code::kGoingAway ||
                        close.code == whit::close_code::kNoStatusReceived;
      return well || !by_peer ? Exit::kClean : Exit::kPeerClosed;
    }
    case Cause::kDeadline:
      return Exit::kTimeout;
    case Cause::kRandom:
      return Exit::kFailure;
  }
  return Exit::kFailure;
}

}  // namespace whitcat
