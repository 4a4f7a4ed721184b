// SPDX-License-Identifier: MIT
// LwipNetwork: Whit on lwIP's raw API, without sockets and without an RTOS. port/whit/lwip/README.md has the lwipopts.h
// it needs, how to write a board's class, and a table of every lwIP call and the outcome of each of its errors.
//
//   class BoardNetwork final : public whit::LwipNetwork<4> {
//     void pump() override;                                          // NIC, then sys_check_timeouts()
//     whit::Status random(whit::MutableBytes destination) override;  // unpredictable bytes
//     void wake() override;                                          // ends the board's sleep
//   };
//
// A program that only listens takes LwipServerNetwork<4> instead: whatever connects is then not linked.
//
// It refuses wss (kInvalidArgument; TLS is a network over this one) and names when lwIP is built without DNS (kFailed,
// ERR_VAL). Any call out of an lwIP callback or an interrupt fails an assertion; wake() alone is free.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "lwip/opt.h"
#include "lwip/tcp.h"
#include "lwip_stream.h"
#include "lwip_transport.h"
#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

// Since the start. Tests and dashboards read them.
struct LwipCounters {
  uint16_t waiting = 0;           // connections that wait for accept() now
  uint16_t waiting_most = 0;      // ... at the worst moment
  uint16_t accepts_refused = 0;   // lwIP had no control block, or no place to wait was left
  uint16_t receives_refused = 0;  // segments given back to lwIP because the connection held enough
  uint16_t writes_starved = 0;    // writes or ends that found no memory with nothing in flight
};

// A listening port. At rest all zero bits.
struct LwipListener {
  tcp_pcb* pcb = nullptr;  // nullptr: free
  LwipNetworkBase* network = nullptr;
  uint16_t port = 0;
  bool syn_refused = false;  // since the last accept() there was no control block for a SYN
};

// A connection that lwIP has accepted and the loop has not. At rest all zero bits.
struct LwipWaiting {
  LwipStream stream;
  uint16_t ticket = 0;  // first come, first served
  uint8_t listener = 0;

  bool busy() const { return stream.network != nullptr; }
  bool is_before(const LwipWaiting& other) const {
    if (stream.has_input() != other.stream.has_input()) return stream.has_input();
    return static_cast<int16_t>(ticket - other.ticket) < 0;
  }
};

// Families of addresses. A name is asked for in each of them, and lwIP's resolver gives one address of a family.
constexpr uint8_t kLwipFamilies = LWIP_IPV4 && LWIP_IPV6 ? 2 : 1;

// A question to lwIP's resolver, or its answer while the address of the other family is being tried. lwIP cannot forget
// a question, so a cancelled one keeps its place until its answer came.
struct LwipLookup {
  LwipNetworkBase* network = nullptr;
  ip_addr_t address = {};
  uint32_t since_ms = 0;  // the other address is being tried
  uint16_t index = 0;     // IndexQueue::kNone: cancelled
  uint16_t port = 0;
  bool busy = false;  // lwIP has the question
  bool kept = false;  // `address` is the next one to be tried

  bool is_free() const { return !busy && !kept; }
};

// Everything that does not depend on sizes. By itself it does not connect (kFailed).
class LwipNetworkBase : public Network {
 public:
  LwipNetworkBase(const LwipNetworkBase&) = delete;
  LwipNetworkBase& operator=(const LwipNetworkBase&) = delete;

  uint16_t capacity() const override { return sizes_.slots; }
  void poll(uint32_t now_ms) override;
  void attach(IndexQueue* ready) override;
  Status listen(uint8_t listener, Text address, uint16_t port, bool secure) override;
  uint16_t listening_port(uint8_t listener) const override;
  void unlisten(uint8_t listener) override;
  Transport* accept(uint8_t listener, uint16_t index) override;
  bool waiting(uint8_t listener) override;
  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override;
  int32_t error() const override { return error_; }

  // What lwIP could not do, counted.
  const LwipCounters& counters() const { return counters_; }

  // For LwipTransport and LwipStream.
  LwipTransport& transport(uint16_t index) { return transports_[index]; }
  uint8_t rx_pbufs() const { return sizes_.rx_pbufs; }
  void check_context() const;
  void announce(uint16_t index);
  void retry_later(LwipTransport& transport);
  void cancel_lookups(uint16_t index);
  // The address that is being tried leads nowhere. True: the transport goes on with another one, or waits for it.
  virtual bool dial_other(uint16_t) { return false; }
  void count_receive_refused() { ++counters_.receives_refused; }
  void count_waiting_lost() { --counters_.waiting; }

 protected:
  struct Sizes {
    uint16_t slots;
    uint8_t waiting;
    uint8_t lookups;
    uint8_t rx_pbufs;
  };

  constexpr LwipNetworkBase(LwipTransport* transports, LwipWaiting* waiting, LwipLookup* lookups, Sizes sizes)
      : transports_(transports), waiting_(waiting), lookups_(lookups), sizes_(sizes) {}
  ~LwipNetworkBase() = default;

  // connect() and dial_other() of a network that does connect.
  Transport* dial(uint16_t index, Text host, uint16_t port, bool secure, Status* status);
  bool dial_kept(uint16_t index);

  // A thread of lwIP's own (NO_SYS=0) runs the callbacks while the loop's task sleeps: what becomes ready then wakes
  // it. Set while lwIP's core is unlocked; see lwip_task.h.
  void set_asleep(bool asleep) { pumping_ = asleep; }
  bool asleep() const { return pumping_; }
  // Nothing wakes when lwIP's memory comes back, nor when an address has had its time.
  uint32_t longest_sleep_ms(uint32_t wait_ms) const {
    constexpr uint32_t kTickMs = 250;  // of lwIP's TCP timer
    return (retry_ || keeps_addresses_) && wait_ms > kTickMs ? kTickMs : wait_ms;
  }

  // Moves lwIP: hands a bounded number of received frames to it, then sys_check_timeouts(). Called by poll() only.
  virtual void pump() = 0;

 private:
  static err_t on_accept(void* arg, tcp_pcb* pcb, err_t error);
  static void on_resolved(const char* name, const ip_addr_t* address, void* arg);

  void became_ready() {
    if (!NO_SYS && pumping_) wake();
  }
  void age_silent();
  LwipWaiting* free_waiting();
  void drop_waiting(LwipStream& stream);
  LwipWaiting* next_waiting(uint8_t listener);
  Status open_listener(LwipListener& listener, const ip_addr_t& address, uint16_t port);
  err_t resolve(LwipTransport& transport, Text host, uint16_t port);
  err_t ask(LwipTransport& transport, const char* name, uint16_t port, uint8_t family);
  void answered(LwipLookup& lookup, const ip_addr_t* address);
  LwipLookup* lookup_of(uint16_t index);
  void expire_addresses();

  LwipTransport* transports_;
  LwipWaiting* waiting_;
  LwipLookup* lookups_;
  IndexQueue* ready_ = nullptr;
  Sizes sizes_;
  LwipListener listeners_[kMaxListeners];
  LwipCounters counters_;
  uint32_t aged_ms_ = 0;
  uint32_t polled_ms_ = 0;
  bool keeps_addresses_ = false;  // at least, if any does
  uint16_t next_ticket_ = 0;
  err_t error_ = ERR_OK;
  bool retry_ = false;    // a transport waits for memory, not for lwIP
  bool pumping_ = false;  // lwIP's callbacks run: inside pump(), or while the loop's task sleeps
};

// All control blocks, as far as a byte counts.
constexpr uint8_t kAllMayWait = MEMP_NUM_TCP_PCB < 0xFF ? MEMP_NUM_TCP_PCB : 0xFF;

// Adds the storage. kSlots: connections of the loop. kRxPbufs: received packets kept per connection that are not of
// lwIP's pool; with fewer than TCP_WND / TCP_MSS + 1 of them lwIP drops parts of its own window, and the peer has to
// repeat them. kWaiting: connections between lwIP's accept and the loop's.
template <uint16_t kSlots, uint8_t kRxPbufs = TCP_WND / TCP_MSS + 1, uint8_t kWaiting = kAllMayWait>
class LwipServerNetwork : public LwipNetworkBase {
 protected:
  constexpr LwipServerNetwork() : LwipServerNetwork(nullptr, 0) {}
  constexpr LwipServerNetwork(LwipLookup* lookups, uint8_t count)
      : LwipNetworkBase(transports_, waiting_, lookups, Sizes{kSlots, kWaiting, count, kRxPbufs}) {}
  ~LwipServerNetwork() = default;

 private:
  static_assert(kSlots > 0 && kSlots < IndexQueue::kNone, "at least one connection");
  static_assert(kRxPbufs > 0 && kWaiting > 0, "at least one packet and one place to wait");
  static_assert(kSlots <= MEMP_NUM_TCP_PCB, "lwipopts.h: MEMP_NUM_TCP_PCB is less than the number of connections");

  LwipTransport transports_[kSlots];
  LwipWaiting waiting_[kWaiting];
};

// Connects as well. kLookups: names that are being resolved at once, cancelled ones included. Of IPv4 and IPv6 the
// address that is known first is tried first, and the other one when it fails or has not answered for
// WHIT_ADDRESS_TIMEOUT_MS.
template <uint16_t kSlots, uint8_t kRxPbufs = TCP_WND / TCP_MSS + 1, uint8_t kWaiting = kAllMayWait,
          uint8_t kLookups = LWIP_DNS ? 2 : 1>
class LwipNetwork : public LwipServerNetwork<kSlots, kRxPbufs, kWaiting> {
 public:
  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override {
    return this->dial(index, host, port, secure, status);
  }
  bool dial_other(uint16_t index) override { return this->dial_kept(index); }

 protected:
  constexpr LwipNetwork() : LwipServerNetwork<kSlots, kRxPbufs, kWaiting>(lookups_, kLookups * kLwipFamilies) {}
  ~LwipNetwork() = default;

 private:
  static_assert(kLookups > 0, "at least one lookup");

  LwipLookup lookups_[kLookups * kLwipFamilies];
};

}  // namespace whit
