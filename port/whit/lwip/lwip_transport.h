// SPDX-License-Identifier: MIT
// LwipTransport: one TCP connection of lwIP's raw API as a Transport. read() copies out of lwIP's packets, write() into
// lwIP's segments; no buffer of its own.
//
// A call in an lwIP callback or an interrupt fails an assertion.
#pragma once

#include <stdint.h>

#include "lwip/ip_addr.h"
#include "lwip_stream.h"
#include "whit/bytes.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

class LwipTransport final : public Transport {
 public:
  constexpr LwipTransport() = default;

  Progress progress() override;
  Transfer read(MutableBytes destination) override;
  Transfer write(Bytes source) override;
  Status finish() override;
  // From the sequence number that the peer expects next to that of the next byte written.
  uint32_t unacknowledged() const override {
    return stream_.pcb != nullptr ? stream_.pcb->snd_lbb - stream_.pcb->lastack : 0;
  }
  void abort() override;
  int32_t error() const override { return stream_.error; }
  Address remote() const override;

 private:
  friend class LwipNetworkBase;
  enum class Stage : uint8_t { kFree, kResolving, kConnecting, kOpen };

  void adopt(LwipStream& waiting, uint16_t index);
  void clear();
  err_t dial(const ip_addr_t& address, uint16_t port);
  void resolved(const ip_addr_t* address, uint16_t port);
  void fail(err_t number);
  Transfer blocked();

  static err_t on_connected(void* arg, tcp_pcb* pcb, err_t error);

  LwipStream stream_;
  Stage stage_ = Stage::kFree;
  bool starved_ = false;  // waits for memory with nothing in flight: no callback will come, poll() announces it
};

}  // namespace whit
