// SPDX-License-Identifier: MIT
#include "exit_code.h"

#include "whit/vocabulary.h"

namespace whitcat {

using whit::Cause;

Exit exit_code(const whit::Close& close) {
  const bool by_peer = close.cause.who == Cause::kPeer;
  switch (close.cause.where) {
    case Cause::kResolve:
      return Exit::kResolve;
    case Cause::kConnect:
      return Exit::kConnect;
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
