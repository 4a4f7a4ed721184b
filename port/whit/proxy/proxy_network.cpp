// SPDX-License-Identifier: MIT
#include "proxy_network.h"

namespace whit {

uint16_t ProxyNetworkBase::capacity() const {
  const uint16_t below = below_->capacity();
  return below < count_ ? below : count_;
}

void ProxyNetworkBase::attach(IndexQueue* ready) {
  ready_ = ready;
  below_->attach(ready);
}

Status ProxyNetworkBase::listen(uint8_t listener, Text address, uint16_t port, bool secure) {
  error_ = 0;
  return below_->listen(listener, address, port, secure);
}

Transport* ProxyNetworkBase::connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) {
  error_ = 0;
  if (options_.host.empty()) return below_->connect(index, host, port, secure, status);
  *status = secure ? Status::kInvalidArgument : Status::kFailed;
  error_ = secure ? kProxyNoTls : kProxyBadTarget;
  if (secure || port == 0 || !proxy::is_host(host)) return nullptr;
  const size_t size = proxy::write_request(buffer(index), host, port, options_.credentials);
  error_ = size == 0 ? kProxyRequestTooLong : kProxyOk;
  if (size == 0) return nullptr;
  Transport* const below = below_->connect(index, options_.host, options_.port, false, status);
  if (below == nullptr) return nullptr;
  transports_[index].begin(this, index, below, size);
  return &transports_[index];
}

}  // namespace whit
