// SPDX-License-Identifier: MIT
// TemplateNetwork: the start of a port of your own. Every function is here and does nothing; the comments in
// template_network.cpp describe the code to be written. Copy the folder, rename, fill in, and run the conformance suite
// (port/README.md). As it is, nothing can be opened: listen and connect fail.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

class TemplateNetworkBase;

// One connection. Each member you add costs RAM times the number of connections.
class TemplateTransport final : public Transport {
 public:
  Progress progress() override;
  Transfer read(MutableBytes destination) override;
  Transfer write(Bytes source) override;
  Status finish() override;
  uint32_t unacknowledged() const override;
  void abort() override;
  int32_t error() const override;
  Address remote() const override;

 private:
  friend class TemplateNetworkBase;

  TemplateNetworkBase* network_ = nullptr;
  uint16_t index_ = 0;
  int32_t error_ = 0;
};

// Everything that does not depend on the number of connections, so that it is compiled once.
class TemplateNetworkBase : public Network {
 public:
  uint16_t capacity() const override { return count_; }
  void poll(uint32_t now_ms) override;
  void attach(IndexQueue* ready) override;
  Status listen(uint8_t listener, Text address, uint16_t port, bool secure) override;
  uint16_t listening_port(uint8_t listener) const override;
  void unlisten(uint8_t listener) override;
  Transport* accept(uint8_t listener, uint16_t index) override;
  bool waiting(uint8_t listener) override;
  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override;
  Status random(MutableBytes destination) override;
  void wake() override;
  int32_t error() const override;

 protected:
  TemplateNetworkBase(TemplateTransport* transports, uint16_t count);
  ~TemplateNetworkBase() = default;

 private:
  // Two steps that accept() and connect() share once they are written.
  TemplateTransport* begin(uint16_t index);
  void announce(uint16_t index);

  TemplateTransport* transports_;
  uint16_t count_;
  IndexQueue* ready_ = nullptr;
  int32_t error_ = 0;
};

// The storage; a base class of its own so that it exists before TemplateNetworkBase is given it.
template <uint16_t kSlots>
struct TemplateTransports {
  static_assert(kSlots > 0 && kSlots < IndexQueue::kNone, "at least one slot");

  TemplateTransport transports[kSlots];
};

template <uint16_t kSlots>
class TemplateNetwork final : private TemplateTransports<kSlots>, public TemplateNetworkBase {
 public:
  TemplateNetwork() : TemplateNetworkBase(this->transports, kSlots) {}
};

}  // namespace whit
