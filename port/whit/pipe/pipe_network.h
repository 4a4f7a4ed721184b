// SPDX-License-Identifier: MIT
// PipeNetwork: a Network whose connections live in RAM, for tests, demos and as the smallest complete port. No heap, no
// clock, no system call; the same calls give the same run. Networks that were joined see each other's listeners, as
// hosts of one perfect network do. It checks the loop against the port contract and injects faults on request.
//
//   PipeNetwork<4, 1024> network;     // 4 transports, 1024 bytes on their way in per transport
//   network.faults().write_max = 1;   // for connections made from now on
//   ...
//   network.violations() == 0         // the loop kept the contract; else network.violation() says how not
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pipe_end.h"
#include "pipe_transport.h"
#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

// A fault that a call has in place of its work.
struct PipeFault {
  Status status = Status::kOk;  // what the call says; kOk: no fault
  int32_t error = 0;            // what error() then says
};

// Everything of PipeNetwork that does not depend on its sizes.
class PipeNetworkBase : public Network {
 public:
  PipeNetworkBase(const PipeNetworkBase&) = delete;
  PipeNetworkBase& operator=(const PipeNetworkBase&) = delete;

  // For the loop.
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
  void wake() override { ++wakes_; }
  int32_t error() const override { return error_; }

  // For tests and demos.
  void join(PipeNetworkBase& other);       // both (and all they had joined) see each other's listeners
  bool dial(PipeEnd& end, uint16_t port);  // a raw end waits to be accepted; false: no listener has the port
  PipeTransport& transport(uint16_t index) { return transports_[index]; }
  uint16_t in_use() const;                                                    // transports that are not free
  PipeFaults& faults() { return faults_; }                                    // copied into each new connection
  void set_peer_address(const Address& address) { peer_address_ = address; }  // of connections that begin from now on
  void offer_secure(bool offered) { secure_offered_ = offered; }    // without it, a secure connect or listen is refused
  void refuse_accepts(uint32_t count) { refuse_accepts_ = count; }  // so many accepts fail although one waits
  void refuse_connects(Status status) { refuse_connects_ = status; }  // connect() says so at once; kOk: it connects
  void announce_all(bool on) { announce_all_ = on; }  // spurious readiness in every poll, which the contract allows
  void seed(uint64_t value);                          // restarts both random generators

  // The k-th counted call (1: the next) of this network ends with `status` (kFailed, kWouldBlock or kClosed) and
  // `error`. Counted: progress, read, write, finish, connect, listen, random, and accept when one waits.
  void fail_call(uint32_t k, Status status, int32_t error);
  bool fault_hit() const { return fault_hit_; }  // the call armed by fail_call() has happened
  uint32_t calls() const { return calls_; }

  // The checks.
  uint32_t violations() const { return violations_; }
  const char* violation() const { return violation_; }  // the first; "" if none
  // While on, poll(), accept() and every call of a transport is a violation: only Loop::poll() makes them.
  void forbid_calls(bool on) { calls_forbidden_ = on; }
  uint32_t opened() const { return opened_; }    // transports handed out
  uint32_t aborted() const { return aborted_; }  // transports given back
  uint32_t polls() const { return polls_; }
  uint32_t wakes() const { return wakes_; }
  uint32_t now_ms() const { return now_ms_; }

  // For PipeTransport.
  const Address& peer_address() const { return peer_address_; }
  PipeFault next_call();
  void announce(uint16_t index) { news_.add(index); }
  void check_turn();
  void violate(const char* text);
  void count_abort() { ++aborted_; }
  size_t choose(uint32_t limit, bool at_random, size_t offered);

 protected:
  PipeNetworkBase(PipeTransport* transports, uint8_t* bytes, uint16_t* links, uint16_t count, size_t bytes_each);
  ~PipeNetworkBase();

  // No listener has this port. A test hands out a raw end that is not in use; nullptr: refused.
  virtual PipeEnd* unknown_port(Text host, uint16_t port, bool secure);

 private:
  struct Listener {
    PipeBacklog waiting;
    uint16_t port = 0;  // 0: free
  };

  bool usable(uint16_t index, const char* text);
  Listener* find(uint16_t port);
  PipeTransport& begin(uint16_t index);
  bool reach(PipeTransport& transport, Text host, uint16_t port, bool secure);

  PipeTransport* transports_;
  uint8_t* bytes_;
  size_t bytes_each_;
  uint16_t count_;
  IndexQueue news_;  // announced by the next poll()
  IndexQueue* ready_ = nullptr;
  PipeNetworkBase* next_joined_ = this;  // a ring
  Listener listeners_[kMaxListeners];
  PipeFaults faults_;
  Address peer_address_;
  PipeFault fault_;
  uint64_t random_state_ = 1;
  uint64_t choice_state_ = 2;
  uint32_t fault_call_ = 0;
  uint32_t calls_ = 0;
  uint32_t violations_ = 0;
  const char* violation_ = "";
  uint32_t opened_ = 0;
  uint32_t aborted_ = 0;
  uint32_t polls_ = 0;
  uint32_t wakes_ = 0;
  uint32_t now_ms_ = 0;
  uint32_t refuse_accepts_ = 0;
  Status refuse_connects_ = Status::kOk;
  int32_t error_ = 0;
  bool fault_hit_ = false;
  bool secure_offered_ = false;
  bool announce_all_ = false;
  bool calls_forbidden_ = false;
};

// The storage: kSlots transports, each with kBytes that may be on their way to it.
template <uint16_t kSlots, size_t kBytes>
struct PipeStorage {
  static_assert(kSlots > 0 && kSlots < IndexQueue::kNone && kBytes > 0, "at least one slot and one byte");

  PipeTransport transports[kSlots];
  uint16_t links[kSlots] = {};
  uint8_t bytes[kSlots * kBytes] = {};
};

template <uint16_t kSlots, size_t kBytes>
class PipeNetwork final : private PipeStorage<kSlots, kBytes>, public PipeNetworkBase {
 public:
  PipeNetwork() : PipeNetworkBase(this->transports, this->bytes, this->links, kSlots, kBytes) {}
};

}  // namespace whit
