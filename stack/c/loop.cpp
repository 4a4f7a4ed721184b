// SPDX-License-Identifier: MIT
// whit.h: the network, the loop, the walk over its connections.
#include "whit/loop.h"

#include "place.h"
#include "whit.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/open_sockets.h"
#include "whit_cpp.h"

using whit::to_c;
using whit::to_cpp;

namespace {

// A loop whose arrays a C program has declared.
class DeclaredLoop : public whit::LoopCore {
 public:
  whit::Status start(whit::Network& network, const whit_loop_memory& memory) {
    return core_.start(network, reinterpret_cast<const whit::core::Core::Storage&>(memory));
  }
};

// What a whit_walk is.
class Walk {
 public:
  explicit Walk(const whit::OpenSockets& all) : all_(all), at_(all_.begin()) {}

  bool next() {
    ++at_;
    return is_at_one();
  }
  bool is_at_one() const { return *at_ != whit::WebSocket{}; }

 private:
  whit::OpenSockets all_;
  whit::OpenSockets::Iterator at_;
};
static_assert(sizeof(whit_walk) == sizeof(Walk) && alignof(whit_walk) >= alignof(Walk), "whit.h: whit_walk is Walk");

}  // namespace

void whit_network_wake(whit_network* network) { to_cpp(network).wake(); }

whit_status whit_network_random(whit_network* network, whit_mutable_bytes destination) {
  return to_c(to_cpp(network).random(to_cpp(destination)));
}

int32_t whit_network_error(const whit_network* network) { return to_cpp(network).error(); }

whit_status whit_loop_start(whit_loop* loop, const whit_loop_memory* memory, whit_network* network) {
  return to_c(static_cast<DeclaredLoop&>(to_cpp(loop)).start(to_cpp(network), *memory));
}

bool whit_loop_poll(whit_loop* loop, uint32_t now_ms, whit_event* event) {
  return static_cast<bool>(*new (whit::Place{event}) whit::Event(to_cpp(loop).poll(now_ms)));
}

uint32_t whit_loop_wait_ms(const whit_loop* loop) { return to_cpp(loop).wait_ms(); }
void whit_loop_stop(whit_loop* loop, uint16_t code) { to_cpp(loop).stop(code); }
whit_usage whit_loop_connections(const whit_loop* loop) { return to_c(to_cpp(loop).connections()); }
whit_usage whit_loop_handshakes(const whit_loop* loop) { return to_c(to_cpp(loop).handshakes()); }
whit_usage whit_loop_buffers(const whit_loop* loop) { return to_c(to_cpp(loop).buffers()); }

bool whit_loop_open(whit_loop* loop, whit_walk* walk) {
  return (new (whit::Place{walk}) Walk(to_cpp(loop).open()))->is_at_one();
}

bool whit_server_open(const whit_server* server, whit_walk* walk) {
  return (new (whit::Place{walk}) Walk(to_cpp(server).open()))->is_at_one();
}

bool whit_walk_next(whit_walk* walk) { return reinterpret_cast<Walk*>(walk)->next(); }
