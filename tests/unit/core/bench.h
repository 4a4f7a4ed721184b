// SPDX-License-Identifier: MIT
// Bench: a loop with a server (port 80) and a client on a pipe network, a virtual clock, and peers made of bytes.
//
//   Bench<2, 4, 256> bench;                 // connections, buffers, bytes each
//   bench.listen();
//   Peer peer = bench.open(Role::kServer);  // a raw client of our server; kClient: a raw server of our client
//   peer.send(kTextFrame, "hello");
//   bench.settle();                         // turns until nothing moves; time stands still
//   bench.advance(1000);                    // sleeps and turns, as wait_ms() says
//
// Every event is kept in bench.seen and given to bench.app. Calls of the transport outside poll() are violations.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "unit/core/frames.h"
#include "unit/port/test_pipe.h"
#include "whit/client.h"
#include "whit/http_service.h"
#include "whit/loop.h"
#include "whit/server.h"

namespace whit {

using wire::Role;

constexpr Role kRoles[] = {Role::kServer, Role::kClient};

inline std::string name(Role role) { return role == Role::kServer ? "server" : "client"; }

// An event, copied.
struct Seen {
  Event::Type type = Event::kNone;
  WebSocket socket;
  std::string data;
  MessageType message_type = MessageType::kBinary;
  uint64_t offset = 0;
  bool first = false;
  bool last = false;
  uint64_t skipped = 0;
  Close close;
  std::string reason;
  uint32_t at_ms = 0;
};

inline std::string copy_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }
inline Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// A peer's view of us, and our handle of it.
struct Peer {
  TestPeer* pipe = nullptr;
  Role role = Role::kServer;  // ours
  WebSocket socket;
  FrameReader reader;

  void send(int opcode, const std::string& payload, bool fin = true) {
    pipe->send(peer_frame(role, opcode, payload, fin));
  }
  void send_close(uint16_t code, const std::string& reason = "") { pipe->send(peer_close(role, code, reason)); }

  // All frames since the last call.
  std::vector<Frame> frames() {
    reader.feed(pipe->take());
    std::vector<Frame> all = reader.take_all();
    for (const Frame& each : all) EXPECT_EQ(each.masked, role == Role::kClient);  // RFC 6455, 5.1
    return all;
  }
};

template <uint16_t kConnections, uint16_t kBuffers, uint32_t kBytes, uint16_t kHandshakes = 2, size_t kPipeBytes = 4096>
class Bench {
 public:
  static constexpr uint16_t kBufferCount = kBuffers;
  static constexpr uint32_t kBufferBytes = kBytes;
  static constexpr int kManyEvents = 100000;
  static constexpr int kManyTurns = 200000;

  Bench() {
    EXPECT_EQ(loop.start(pipe), Status::kOk);
    server_options.port = 80;
    client_options.url = "ws://server.example:81/chat";
  }
  ~Bench() { EXPECT_EQ(pipe.violations(), 0u) << pipe.violation(); }

  void listen() { EXPECT_EQ(server.listen(server_options), Status::kOk); }

  // One turn of the application's loop.
  void turn() {
    for (int count = 0;; ++count) {
      if (count == kManyEvents) {
        ADD_FAILURE() << "the turn does not end";
        return;
      }
      pipe.forbid_calls(false);
      const Event event = loop.poll(now_ms);
      pipe.forbid_calls(true);
      if (!event) return;
      keep(event);
      if (app) app(event);
    }
  }

  // Turns until nothing moves.
  void settle() {
    int quiet = 0;
    for (int turns = 0; quiet < 2; ++turns) {
      if (turns == kManyTurns) {
        ADD_FAILURE() << "never quiet";
        return;
      }
      const uint32_t calls = pipe.calls();
      turn();
      quiet = calls == pipe.calls() && loop.wait_ms() != 0 ? quiet + 1 : 0;
    }
  }

  void advance(uint32_t ms) {
    settle();
    while (ms != 0) {
      const uint32_t wait_ms = loop.wait_ms();
      const uint32_t step_ms = wait_ms == 0 ? 1 : wait_ms < ms ? wait_ms : ms;
      now_ms += step_ms;
      ms -= step_ms;
      settle();
    }
  }

  // A raw client of our server, or a raw server of our client, with an open connection.
  Peer open(Role role) {
    Peer peer;
    peer.role = role;
    if (role == Role::kServer) {
      if (server.port() == 0) listen();
      peer.pipe = &pipe.dial(80);
      peer.pipe->send(request());
      settle();
      EXPECT_EQ(peer.pipe->received().substr(0, 13), "HTTP/1.1 101 ");
    } else {
      EXPECT_EQ(client.connect(client_options), Status::kOk);
      settle();
      if (pipe.answered_count() == 0) {
        ADD_FAILURE() << "no connection of the client";
        return peer;
      }
      peer.pipe = &pipe.answered(pipe.answered_count() - 1);
      peer.pipe->send(response_to(peer.pipe->received()));
      settle();
    }
    peer.pipe->take();
    if (seen.empty() || seen.back().type != Event::kOpen) {
      ADD_FAILURE() << "not open";
      return peer;
    }
    peer.socket = seen.back().socket;
    return peer;
  }

  size_t count(Event::Type type) const {
    size_t n = 0;
    for (const Seen& each : seen) n += each.type == type ? 1 : 0;
    return n;
  }
  size_t count(Event::Type type, WebSocket socket) const {
    size_t n = 0;
    for (const Seen& each : seen) n += each.type == type && each.socket == socket ? 1 : 0;
    return n;
  }
  const Seen* last(Event::Type type) const {
    for (size_t i = seen.size(); i != 0; --i) {
      if (seen[i - 1].type == type) return &seen[i - 1];
    }
    return nullptr;
  }
  std::vector<Seen> take_seen() {
    std::vector<Seen> all;
    all.swap(seen);
    return all;
  }

  // Nothing is in use any more: no slot, no buffer, no transport.
  void expect_baseline(const std::string& what = "") {
    EXPECT_EQ(loop.buffers().in_use, 0) << what;
    EXPECT_EQ(loop.connections().in_use, 0) << what;
    EXPECT_EQ(loop.handshakes().in_use, 0) << what;
    EXPECT_EQ(pipe.in_use(), 0) << what;
    EXPECT_EQ(pipe.opened(), pipe.aborted()) << what;
    EXPECT_EQ(pipe.violations(), 0u) << what << ": " << pipe.violation();
  }

  TestPipe<kConnections + kHandshakes, kPipeBytes> pipe;
  Loop<kConnections, kBuffers, kBytes, kHandshakes> loop;
  Server server{loop};
  Client client{loop};
  ServerOptions server_options;
  HttpOptions http_options;  // for tests that name it
  ClientOptions client_options;
  std::function<void(const Event&)> app;
  std::vector<Seen> seen;
  uint32_t now_ms = 1000;

 private:
  void keep(const Event& event) {
    Seen copy;
    copy.type = event.type;
    copy.socket = event.socket;
    copy.at_ms = now_ms;
    if (event.type == Event::kMessage) {
      copy.data = copy_of(event.message.data);
      copy.message_type = event.message.type;
      copy.offset = event.message.offset;
      copy.first = event.message.first;
      copy.last = event.message.last;
    }
    if (event.type == Event::kSkipped) copy.skipped = event.skipped_bytes;
    if (event.type == Event::kError || event.type == Event::kClose) {
      copy.close = event.close;
      copy.close.reason = {};
      copy.reason = std::string(event.close.reason.data, event.close.reason.size);
    }
    seen.push_back(copy);
  }
};

// The application of the README.
inline void echo(const Event& event) {
  if (event.type != Event::kMessage) return;
  if (event.socket.send(event.message) == Status::kWouldBlock) event.socket.hold();
}

}  // namespace whit
