// SPDX-License-Identifier: MIT
#include "whit/open_sockets.h"

#include "whit/core/core.h"

namespace whit {

WebSocket OpenSockets::next(uint32_t index) const {
  for (; index < core_->slots_; ++index) {
    const session::Connection& c = core_->connections_[index];
    if (c.state == session::State::kOpen && (endpoint_ == nullptr || c.endpoint == endpoint_)) return core_->handle(c);
  }
  return {};
}

}  // namespace whit
