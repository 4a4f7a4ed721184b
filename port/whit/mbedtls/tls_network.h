// SPDX-License-Identifier: MIT
// TlsNetwork: wss over any other Network. TLS is a transport over a transport: the loop sees a Network whose
// connections are encrypted when the URL says wss, or ServerOptions::secure is set; the others pass through untouched.
//
//   static whit::TlsNetwork<decltype(loop)::kSlots> network{board::network()};   // in place of board::network()
//   ...
//   if (network.set_server(tls_options) != whit::Status::kOk) ...                // the one line more than plain ws
//   loop.start(network);
//
// One TlsNetwork per program: Mbed TLS has one allocator and one random generator.
// Verification is on and cannot be lost silently: a client without trust anchors and without PSK does not connect.
// It refuses renegotiation (RFC 9325, 3.5), 0-RTT, compression, versions below 1.2 and KeyUpdate (README.md).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tls_arena.h"
#include "tls_error.h"
#include "tls_options.h"
#include "tls_sessions.h"
#include "tls_transport.h"
#include "whit/bytes.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

// What TLS did, and what memory it took.
struct TlsStatistics {
  TlsArenaUsage arena;       // bytes of WHIT_TLS_ARENA_BYTES
  uint32_t handshakes = 0;   // completed
  uint32_t resumed = 0;      // of these, with a stored session
  uint32_t failed = 0;       // handshakes that failed, both roles
  int32_t last_failure = 0;  // the error of the last of them; a server's refusals have no event of their own
};

struct TlsRole;

// A TlsNetwork of any size.
class TlsNetworkBase : public Network {
 public:
  TlsNetworkBase(const TlsNetworkBase&) = delete;
  TlsNetworkBase& operator=(const TlsNetworkBase&) = delete;

  // Takes the configuration of a role, before the first secure connection of that role. May be called again (a renewed
  // certificate) while no connection of the role is in use. The sessions of the client are then forgotten. After a
  // failure the role is not configured.
  //  kOk
  //  kInUse            connections of this role are in use
  //  kInvalidArgument  error() is one of kTlsBadCertificate, kTlsBadKey, kTlsNotDer, kTlsBadPsk, kTlsBadAlpn,
  //                    kTlsChainTooLong, kTlsNoVersion, kTlsNoCredentials
  //  kFailed           kTlsNoMemory: the arena is too small for it; kTlsNoRandom; or an error of Mbed TLS
  Status set_client(const TlsOptions& options);
  Status set_server(const TlsOptions& options);
  Status set_client(const TlsOptions&&) = delete;  // the options are kept, and a temporary is gone at once
  Status set_server(const TlsOptions&&) = delete;

  // INSECURE, for experiments only. Any machine on the path can pretend to be the server, and read and change every
  // byte. Names, dates and authorities are not checked from now on. Trust anchors are not needed. Before set_client().
  void dangerously_accept_any_server_certificate() { accept_any_ = true; }

  // The session of the last connection to host and port (RFC 8446, 2.2; RFC 5077), to keep it through a deep sleep: the
  // next connection then needs no public key. These bytes are as secret as a key. export: the size, 0: there is none,
  // or `out` is too small (kMaxSessionBytes always suffices). import: kInvalidArgument: not a session of this version
  // and configuration of Mbed TLS; kFailed: no memory to look at it.
  static constexpr size_t kMaxSessionBytes = tls_sessions::kTimeBytes + config::kTlsSessionBytes;
  size_t export_session(Text host, uint16_t port, MutableBytes out) const;
  Status import_session(Text host, uint16_t port, Bytes session);
  void forget_sessions() { tls_sessions::clear(); }

  // Counted since the start, and the arena now.
  TlsStatistics statistics() const;

  // Network. A secure listen() without set_server(), and a secure connect() without set_client() or without anything to
  // check the server against, are refused with kInvalidArgument; error() says which. A name of more than 255 bytes:
  // kFailed.
  uint16_t capacity() const override;
  void poll(uint32_t now_ms) override;
  void attach(IndexQueue* ready) override;
  Status listen(uint8_t listener, Text address, uint16_t port, bool secure) override;
  uint16_t listening_port(uint8_t listener) const override { return below_->listening_port(listener); }
  void unlisten(uint8_t listener) override;
  Transport* accept(uint8_t listener, uint16_t index) override;
  bool waiting(uint8_t listener) override { return below_->waiting(listener); }
  Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) override;
  Status random(MutableBytes destination) override { return below_->random(destination); }
  void wake() override { below_->wake(); }
  int32_t error() const override { return error_ != 0 ? error_ : below_->error(); }
  uint32_t memory_peak(uint16_t index) const override { return transports_[index].share_.peak; }
  uint32_t memory_used(uint16_t index) const { return transports_[index].share_.used; }  // bytes, now

  // For TlsTransport.
  Network& below() const { return *below_; }
  TlsRole* role(bool server) const { return roles_[server]; }
  void announce(uint16_t index);
  bool take_step();
  bool begin_handshake();
  void end_handshake();
  void count_up(bool server) { ++in_use_[server]; }
  void count_down(bool server) { --in_use_[server]; }
  void count_handshake(bool resumed);
  void count_failure(int32_t error);

 protected:
  TlsNetworkBase(Network& below, TlsTransport* transports, uint16_t count)
      : below_(&below), transports_(transports), count_(count) {}
  ~TlsNetworkBase() = default;

 private:
  Status set(const TlsOptions& options, bool server);
  void drop(bool server);
  bool refuse(int32_t error);
  bool can_verify() const;
  TlsTransport& fresh(uint16_t index, bool server);

  Network* below_;
  TlsTransport* transports_;
  IndexQueue* ready_ = nullptr;
  TlsRole* roles_[2] = {};   // client, server; in the arena
  uint16_t in_use_[2] = {};  // connections of each
  uint16_t count_;
  uint16_t handshakes_running_ = 0;  // handshakes under way
  uint32_t polled_ms_ = 0;
  bool turn_wanted_ = false;
  bool step_taken_ = false;  // in this turn
  bool accept_any_ = false;
  uint8_t secure_listeners_ = 0;  // bits of the listeners' numbers
  int32_t error_ = 0;
  uint32_t handshakes_done_ = 0;  // this and the next three: see TlsStatistics
  uint32_t resumed_ = 0;
  uint32_t failed_ = 0;
  int32_t last_failure_ = 0;
};

// Adds the storage. kSlots: connections of the loop (Loop::kSlots); the network below must have as many.
template <uint16_t kSlots>
class TlsNetwork final : public TlsNetworkBase {
 public:
  // Not constexpr: an object with first values is in flash as a whole, and these are nearly all zeros.
  explicit TlsNetwork(Network& below) : TlsNetworkBase(below, transports_, kSlots) {}

 private:
  TlsTransport transports_[kSlots];
};

}  // namespace whit
