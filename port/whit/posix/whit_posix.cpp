// SPDX-License-Identifier: MIT
#include "whit_posix.h"

#include "posix_network.h"
#include "whit/network.h"

namespace whit {
namespace {

// new (Place{memory}) T(...): as <new> has it, which belongs to the C++ library.
struct Place {
  void* memory;
};

#if defined(__linux__)
using Base = PosixEpollBase;
#else
using Base = PosixPollBase;
#endif

// The network over arrays that a C program has declared.
class DeclaredNetwork final : public Base {
 public:
#if defined(__linux__)
  explicit DeclaredNetwork(const whit_posix_memory& memory) : Base(storage_of(memory)) {}
  int descriptor() const { return Base::descriptor(); }
#else
  explicit DeclaredNetwork(const whit_posix_memory& memory) : Base(storage_of(memory), memory.polled, memory.tags) {}
  int descriptor() const { return -1; }
#endif

 private:
  static Storage storage_of(const whit_posix_memory& memory) {
    return {reinterpret_cast<PosixSocket*>(memory.sockets), reinterpret_cast<PosixDial*>(memory.dials), memory.links,
            memory.slots, memory.names};
  }
};

template <typename C, typename Cpp>
constexpr bool has_room_for() {
  return sizeof(C) >= sizeof(Cpp) && alignof(C) >= alignof(Cpp);
}
static_assert(has_room_for<whit_posix_socket, PosixSocket>(), "whit_posix.h: whit_posix_socket is too small");
static_assert(has_room_for<whit_posix_dial, PosixDial>(), "whit_posix.h: whit_posix_dial is too small");
static_assert(has_room_for<whit_posix_network, DeclaredNetwork>(), "whit_posix.h: whit_posix_network is too small");

DeclaredNetwork& to_cpp(whit_network* network) {
  return static_cast<DeclaredNetwork&>(*reinterpret_cast<Network*>(network));
}
const DeclaredNetwork& to_cpp(const whit_network* network) {
  return static_cast<const DeclaredNetwork&>(*reinterpret_cast<const Network*>(network));
}

}  // namespace
}  // namespace whit

inline void* operator new(size_t, whit::Place place) noexcept { return place.memory; }

whit_network* whit_posix_start(const whit_posix_memory* memory) {
  // Elements as large as those of C++, one behind the other, whatever room C has for them.
  auto* const sockets = reinterpret_cast<whit::PosixSocket*>(memory->sockets);
  for (uint16_t i = 0; i < memory->slots; ++i) new (whit::Place{&sockets[i]}) whit::PosixSocket();
  auto* const dials = reinterpret_cast<whit::PosixDial*>(memory->dials);
  for (uint16_t i = 0; i < memory->names; ++i) new (whit::Place{&dials[i]}) whit::PosixDial();
  whit::Network* const network = new (whit::Place{memory->network}) whit::DeclaredNetwork(*memory);
  return reinterpret_cast<whit_network*>(network);
}

void whit_posix_end(whit_network* network) { whit::to_cpp(network).~DeclaredNetwork(); }
uint32_t whit_posix_wait(whit_network* network, uint32_t timeout_ms) { return whit::to_cpp(network).wait(timeout_ms); }
uint32_t whit_posix_now_ms() { return whit::PosixNetworkBase::now_ms(); }
int whit_posix_descriptor(const whit_network* network) { return whit::to_cpp(network).descriptor(); }
uint32_t whit_posix_wait_ms(whit_network* network, uint32_t loop_wait_ms) {
  return whit::to_cpp(network).wait_ms(loop_wait_ms);
}
void whit_posix_share_ports(whit_network* network) { whit::to_cpp(network).share_ports(); }
