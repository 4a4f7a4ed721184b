// SPDX-License-Identifier: MIT
#include "whit_lwip.h"

#include "lwip_network.h"
#include "whit/network.h"

namespace whit {
namespace {

// new (Place{memory}) T(...): as <new> has it, which belongs to the C++ library.
struct Place {
  void* memory;
};

// The network over arrays and functions of a C program.
class DeclaredServerNetwork : public LwipNetworkBase {
 public:
  DeclaredServerNetwork(const whit_lwip_memory& memory, const whit_lwip_board& board)
      : LwipNetworkBase(reinterpret_cast<LwipTransport*>(memory.transports),
                        reinterpret_cast<LwipWaiting*>(memory.waiting), reinterpret_cast<LwipLookup*>(memory.lookups),
                        Sizes{memory.slots, memory.waiting_count, memory.lookup_count, memory.rx_pbufs}),
        board_(board) {}

  Status random(MutableBytes destination) override {
    return board_.random(destination.data, destination.size) ? Status::kOk : Status::kFailed;
  }
  void wake() override { board_.wake(); }

 protected:
  ~DeclaredServerNetwork() = default;

 private:
  void pump() override { board_.pump(); }

  const whit_lwip_board& board_;
};

class ListeningNetwork final : public DeclaredServerNetwork {
 public:
  using DeclaredServerNetwork::DeclaredServerNetwork;
};

class ConnectingNetwork final : public DeclaredServerNetwork {
 public:
  using DeclaredServerNetwork::DeclaredServerNetwork;

  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override {
    return dial(index, host, port, secure, status);
  }
  bool dial_other(uint16_t index) override { return dial_kept(index); }
};

template <typename C, typename Cpp>
constexpr bool has_room_for() {
  return sizeof(C) >= sizeof(Cpp) && alignof(C) >= alignof(Cpp);
}
static_assert(has_room_for<whit_lwip_transport, LwipTransport>(), "whit_lwip.h: whit_lwip_transport is too small");
static_assert(has_room_for<whit_lwip_waiting, LwipWaiting>(), "whit_lwip.h: whit_lwip_waiting is too small");
static_assert(has_room_for<whit_lwip_lookup, LwipLookup>(), "whit_lwip.h: whit_lwip_lookup is too small");
static_assert(has_room_for<whit_lwip_network, ConnectingNetwork>(), "whit_lwip.h: whit_lwip_network is too small");
static_assert(has_room_for<whit_lwip_network, ListeningNetwork>(), "whit_lwip.h: whit_lwip_network is too small");

}  // namespace
}  // namespace whit

inline void* operator new(size_t, whit::Place place) noexcept { return place.memory; }

namespace {

// Elements as large as those of C++, one behind the other, whatever room C has for them. Those of the other arrays are
// zero at rest.
bool make_transports(const whit_lwip_memory& memory) {
  if (memory.slots > MEMP_NUM_TCP_PCB) return false;
  auto* const transports = reinterpret_cast<whit::LwipTransport*>(memory.transports);
  for (uint16_t i = 0; i < memory.slots; ++i) new (whit::Place{&transports[i]}) whit::LwipTransport();
  return true;
}

whit_network* to_c(whit::Network* network) { return reinterpret_cast<whit_network*>(network); }

}  // namespace

whit_network* whit_lwip_start(const whit_lwip_memory* memory, const whit_lwip_board* board) {
  if (!make_transports(*memory)) return nullptr;
  return to_c(new (whit::Place{memory->network}) whit::ConnectingNetwork(*memory, *board));
}

whit_network* whit_lwip_server_start(const whit_lwip_memory* memory, const whit_lwip_board* board) {
  if (!make_transports(*memory)) return nullptr;
  return to_c(new (whit::Place{memory->network}) whit::ListeningNetwork(*memory, *board));
}
