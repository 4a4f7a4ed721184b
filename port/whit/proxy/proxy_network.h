// SPDX-License-Identifier: MIT
// ProxyNetwork: connections through an HTTP proxy (CONNECT, RFC 9110, 9.3.6), over any other Network. A TlsNetwork over
// it speaks TLS with the server, not with the proxy:
//
//   static whit::PosixNetwork<4> below;
//   static whit::ProxyNetwork<4> proxied{below};
//   static whit::TlsNetwork<4> network{proxied};  // for wss
//   ...
//   whit::ProxyOptions options;
//   options.host = "proxy.example";
//   options.credentials = whit::as_bytes("user:password");
//   proxied.set_proxy(options);
//   loop.start(network);
//
// Listening and accepting pass through. README.md says what becomes of each answer.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "proxy_transport.h"
#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

// The memory behind the views has to live until it is replaced by set_proxy().
struct ProxyOptions {
  Text host;  // a name or a literal without brackets; empty: no proxy, connections go straight to the server
  uint16_t port = 3128;
  Bytes credentials;  // user name, colon, password (RFC 7617), of any bytes; empty: none are sent
};

// A ProxyNetwork of any size.
class ProxyNetworkBase : public Network {
 public:
  ProxyNetworkBase(const ProxyNetworkBase&) = delete;
  ProxyNetworkBase& operator=(const ProxyNetworkBase&) = delete;

  // For the connections that begin from now on; legal at any time.
  void set_proxy(const ProxyOptions& options) { options_ = options; }

  // Network. connect() refuses with error() from proxy_error.h: `secure` (kInvalidArgument), a host that cannot be part
  // of a request and one that is too long for kBytes (kFailed).
  uint16_t capacity() const override;
  void poll(uint32_t now_ms) override { below_->poll(now_ms); }
  void attach(IndexQueue* ready) override;
  Status listen(uint8_t listener, Text address, uint16_t port, bool secure) override;
  uint16_t listening_port(uint8_t listener) const override { return below_->listening_port(listener); }
  void unlisten(uint8_t listener) override { below_->unlisten(listener); }
  Transport* accept(uint8_t listener, uint16_t index) override { return below_->accept(listener, index); }
  bool waiting(uint8_t listener) override { return below_->waiting(listener); }
  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override;
  Status random(MutableBytes destination) override { return below_->random(destination); }
  void wake() override { below_->wake(); }
  int32_t error() const override { return error_ != 0 ? error_ : below_->error(); }
  uint32_t memory_peak(uint16_t index) const override { return below_->memory_peak(index); }

  // For ProxyTransport.
  void announce(uint16_t index) { ready_->add(index); }
  MutableBytes buffer(uint16_t index) const { return {buffers_ + index * bytes_each_, bytes_each_}; }

 protected:
  ProxyNetworkBase(Network& below, ProxyTransport* transports, uint8_t* buffers, uint16_t count, uint16_t bytes_each)
      : below_(&below), transports_(transports), buffers_(buffers), count_(count), bytes_each_(bytes_each) {}
  ~ProxyNetworkBase() = default;

 private:
  Network* below_;
  ProxyTransport* transports_;
  uint8_t* buffers_;
  IndexQueue* ready_ = nullptr;
  ProxyOptions options_;
  int32_t error_ = 0;
  uint16_t count_;
  size_t bytes_each_;
};

// Adds the storage. kSlots: connections of the loop (Loop::kSlots); the network below must have as many. kBytes: of
// each for its request, in which the host stands twice and credentials in Base64; the answer may be longer.
template <uint16_t kSlots, uint16_t kBytes = 512>
class ProxyNetwork final : public ProxyNetworkBase {
 public:
  explicit ProxyNetwork(Network& below) : ProxyNetworkBase(below, transports_, buffers_[0], kSlots, kBytes) {}

 private:
  static_assert(kSlots > 0 && kSlots < IndexQueue::kNone, "at least one connection");
  static_assert(kBytes >= 64, "a request has more bytes");

  ProxyTransport transports_[kSlots];
  uint8_t buffers_[kSlots][kBytes];
};

}  // namespace whit
