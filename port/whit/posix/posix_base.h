// SPDX-License-Identifier: MIT
// PosixNetworkBase: everything of the POSIX network that does not depend on how readiness is learned. posix_epoll.h and
// posix_poll.h add that; posix_network.h picks one of them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "posix_names.h"
#include "posix_socket.h"
#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

// What a connection to a name needs until its last address is being tried. At rest all zero bits.
struct PosixDial {
  enum class State : uint8_t { kFree, kQueued, kAsking, kTrying };

  posix::Target target;
  struct addrinfo* addresses;  // those that were not tried yet
  uint32_t since_ms;           // the present address is being tried
  uint16_t index;              // the slot
  State state;
};

class PosixNetworkBase : public Network {
 public:
  PosixNetworkBase(const PosixNetworkBase&) = delete;
  PosixNetworkBase& operator=(const PosixNetworkBase&) = delete;

  uint16_t capacity() const override { return count_; }
  void poll(uint32_t now_ms) override;
  void attach(IndexQueue* ready) override;

  // An empty address means IPv6 and IPv4 in one listener, or IPv4 alone on a machine without IPv6.
  Status listen(uint8_t listener, Text address, uint16_t port, bool secure) override;
  // Several processes (or networks of one) may listen on the same port (SO_REUSEPORT) if all of them say so before
  // listen() and are of the same user. Linux spreads new connections over them; what waits to be accepted by one that
  // ends is reset.
  void share_ports() { shares_ports_ = true; }
  uint16_t listening_port(uint8_t listener) const override;
  void unlisten(uint8_t listener) override;
  Transport* accept(uint8_t listener, uint16_t index) override;
  bool waiting(uint8_t listener) override;

  // A literal is connected at once. A name is looked up by getaddrinfo() in a thread (posix_names.h), at most
  // posix::kNamePlaces at once; the others wait, in their order. kFailed, too, when kNames connections to names are on
  // their way (EAI_MEMORY). The addresses of a name are tried in the order of RFC 8305, 4, each for
  // WHIT_ADDRESS_TIMEOUT_MS, the last one as long as the deadline of connecting allows.
  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override;

  // Of the kernel. Keys of frames come from a stock, because a system call costs more than the rest of a short frame;
  // longer requests (nonces, TLS) never do. A child of fork() has the same stock: the loop belongs to one of the two.
  Status random(MutableBytes destination) override;
  void wake() override;  // legal in a signal handler and in any thread, after attach()
  int32_t error() const override { return error_; }

  // Sleeps until a socket is ready, wake() was called or the time is over; returns now_ms(). The events are kept for
  // the next poll(), so that a turn of the loop costs one system call. May return early.
  uint32_t wait(uint32_t timeout_ms);

  // For a program that sleeps in an event loop of its own, in place of wait(): the longest sleep in milliseconds before
  // the next turn. `loop_wait_ms` is Loop::wait_ms(). To be asked last, just before sleeping.
  uint32_t wait_ms(uint32_t loop_wait_ms);

  // Milliseconds of a clock that never jumps; wraps after 49.7 days.
  static uint32_t now_ms();

  // For PosixSocket: watches a new descriptor, announces an index, notes that a descriptor was closed, that a name is
  // of no interest any more, that an address has its time until then.
  bool watch_socket(uint16_t index);
  void announce(uint16_t index) { ready_->add(index); }
  void descriptor_freed();
  void release(PosixDial* dial);
  void limit_address(uint32_t until_ms);

 protected:
  struct Listener {
    int descriptor = -1;
    uint16_t port = 0;
    bool waiting = false;  // a connection waits to be accepted, as far as the kernel has said
  };

  // Arrays of a network, and their sizes. `links` has an element for each dial.
  struct Storage {
    PosixSocket* sockets;
    PosixDial* dials;
    uint16_t* links;
    uint16_t slots;
    uint16_t names;
  };

  explicit PosixNetworkBase(const Storage& storage);
  ~PosixNetworkBase();

  // Waits at most timeout_ms (-1: no limit) for events and keeps them for hand_out(). false: none.
  virtual bool fetch(int timeout_ms) = 0;
  // Hands the events of fetch() to heard_...() below.
  virtual void hand_out() = 0;
  // Prepares for descriptors, once; false and errno.
  virtual bool open_watch() = 0;
  virtual bool watch(int descriptor, uint32_t tag, uint32_t generation) = 0;

  // The tag of a watched descriptor: the index of a socket, or ...
  static constexpr uint32_t kListenerTag = 0x10000;  // + the number of the listener
  static constexpr uint32_t kWakeTag = 0x20000;
  void heard_wake();
  void heard_listener(uint8_t listener) { listeners_[listener].waiting = true; }
  void heard_socket(uint16_t index, bool ending) {
    if (ending) sockets_[index].note_end();
    ready_->add(index);
  }

  PosixSocket& socket(uint16_t index) { return sockets_[index]; }
  const Listener& listener(uint8_t number) const { return listeners_[number]; }
  int wake_descriptor() const { return wake_[0]; }

 private:
  static constexpr size_t kKeyBytes = 4;
  static constexpr uint16_t kStockedKeys = 64;  // 256 bytes, which the kernel gives at once

  bool can_watch();
  void close_wake();
  int accept_descriptor(Listener& listener);
  Status listen_at(Listener& listener, Text address, uint16_t port);
  Status open_listener(Listener& listener, const struct addrinfo& address);
  Status listen_error(int error);
  PosixDial* take_dial(uint16_t index, const posix::Target& target);
  void start_names();
  void take_names();
  void expire_addresses();

  PosixSocket* sockets_;
  PosixDial* dials_;
  uint16_t count_ = 0;
  uint16_t dials_count_ = 0;
  uint16_t asking_ = 0;     // dials in the state kAsking
  IndexQueue queued_;       // numbers of dials whose name waits for a place; one that was given up is passed over
  uint32_t expiry_ms_ = 0;  // the earliest end of an address's time
  bool expiring_ = false;   // ... if there is one
  bool shares_ports_ = false;
  bool fetched_ = false;   // events are kept for hand_out(), so poll() need not fetch
  bool again_ = false;     // a descriptor became free while a connection waits: do not sleep
  bool starving_ = false;  // the last accept() found no descriptor, no memory or failed connections alone
  uint16_t keys_left_ = 0;
  uint8_t keys_[kStockedKeys * kKeyBytes];
  IndexQueue* ready_ = nullptr;
  int wake_[2] = {-1, -1};
  int32_t error_ = 0;
  Listener listeners_[kMaxListeners];
};

// The arrays. kNames: connections to names that are on their way at once.
template <uint16_t kSlots, uint16_t kNames>
struct PosixArrays {
  static_assert(kSlots > 0 && kSlots < IndexQueue::kNone, "at least one slot");
  static_assert(kNames > 0 && kNames <= kSlots, "a slot has one name at most");

  PosixSocket sockets[kSlots];
  PosixDial dials[kNames] = {};
  uint16_t links[kNames] = {};
};

// Connections to names that may be on their way at once, unless a program says more: 256, or all.
constexpr uint16_t posix_names_for(uint16_t slots) { return slots < 256 ? slots : 256; }

}  // namespace whit
