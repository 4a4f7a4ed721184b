// SPDX-License-Identifier: MIT
// ProxyTransport: a connection through an HTTP proxy, over the Transport of another port. Until the proxy has answered
// it is in Layer::kConnect, and so under that deadline; then it is the transport below, but for the bytes that came
// together with the answer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "proxy_error.h"
#include "proxy_head.h"
#include "whit/bytes.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

class ProxyNetworkBase;

class ProxyTransport final : public Transport {
 public:
  // Heads of real proxies have 30 to 500 bytes; pages of a login have cookies in them.
  static constexpr uint16_t kMaxHeadBytes = 16384;

  Progress progress() override;
  Transfer read(MutableBytes destination) override;
  Transfer write(Bytes source) override;
  Status finish() override;
  uint32_t unacknowledged() const override;
  void abort() override;
  int32_t error() const override;   // proxy_error.h
  Address remote() const override;  // the proxy's

 private:
  friend class ProxyNetworkBase;

  enum class Stage : uint8_t {
    kFree,
    kBelow,    // the transport below resolves and connects the proxy
    kAsking,   // the request is being sent
    kWaiting,  // for the end of the answer's head
    kOpen,
    kFailed,
  };

  void begin(ProxyNetworkBase* network, uint16_t index, Transport* below, size_t request_size);
  bool ask();
  void receive();
  bool take(size_t size);
  void fail(int32_t error);

  ProxyNetworkBase* network_ = nullptr;
  Transport* below_ = nullptr;
  int32_t error_ = 0;
  // In the buffer: of the request, what is still to be sent; later what came behind the head and was not read.
  uint16_t begin_ = 0;
  uint16_t end_ = 0;
  uint16_t index_ = 0;
  uint16_t head_bytes_ = 0;
  Stage stage_ = Stage::kFree;
  proxy::Reply reply_;
};

}  // namespace whit
