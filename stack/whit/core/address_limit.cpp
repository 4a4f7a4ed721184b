// SPDX-License-Identifier: MIT
// The limit of ServerOptions::max_per_address: linked when an application names it.
#include "whit/core/core.h"

namespace whit {

using core::Core;
using session::Connection;

namespace {

constexpr uint16_t kTooManyRequests = 429;  // RFC 6585, 4
constexpr uint8_t kIpv6Size = 16;
constexpr uint8_t kIpv6Prefix = 8;

bool same_peer(const Address& left, const Address& right) {
  if (left.size != right.size) return false;
  const uint8_t compared = left.size == kIpv6Size ? kIpv6Prefix : left.size;
  for (uint8_t i = 0; i < compared; ++i) {
    if (left.bytes[i] != right.bytes[i]) return false;
  }
  return true;
}

}  // namespace

bool limit_per_address(Core* core, Connection* newcomer) {
  const Address address = newcomer->transport->remote();
  if (address.size == 0) return true;  // the port cannot know
  const auto& options = static_cast<const ServerOptions&>(newcomer->endpoint->options());
  uint32_t open = 0;
  for (const Connection* c = core->connections_; c != core->connections_ + core->slots_; ++c) {
    const bool counts = c->counted == session::Counted::kOpen && c->endpoint == newcomer->endpoint;
    if (counts && c->transport != nullptr && same_peer(c->transport->remote(), address)) ++open;
  }
  if (open < options.max_per_address) return true;
  core->refuse(newcomer, kTooManyRequests);
  return false;
}

}  // namespace whit
