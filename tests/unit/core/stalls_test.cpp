// SPDX-License-Identifier: MIT
// Peers that stand still: others go on. And the pool: a peer that stops reading can delay others, never for ever.
#include <memory>
#include <random>

#include "unit/core/bench.h"

namespace whit {
namespace {

enum class Stall { kHalfHeadLine, kHeaderByte, kHalfFrame, kHalfPing, kZeroWindow, kHeld, kSilent };
constexpr Stall kStalls[] = {Stall::kHalfHeadLine, Stall::kHeaderByte, Stall::kHalfFrame, Stall::kHalfPing,
                             Stall::kZeroWindow,   Stall::kHeld,       Stall::kSilent};

template <class SomeBench>
void stall(SomeBench* bench, Stall how, WebSocket* held) {
  if (how == Stall::kHalfHeadLine || how == Stall::kSilent) {
    TestPeer& raw = bench->pipe.dial(80);
    if (how == Stall::kHalfHeadLine) raw.send("GET / HTTP/1.");
    bench->settle();
    return;
  }
  Peer peer = bench->open(Role::kServer);
  const std::string message = peer_frame(Role::kServer, kTextFrame, std::string(200, 'x'));
  const std::string ping = peer_frame(Role::kServer, kPingFrame, std::string(100, 'p'));
  switch (how) {
    case Stall::kHeaderByte:
      peer.pipe->send(message.substr(0, 1));
      break;
    case Stall::kHalfFrame:
      peer.pipe->send(message.substr(0, 100));
      break;
    case Stall::kHalfPing:
      peer.pipe->send(ping.substr(0, 50));
      break;
    case Stall::kZeroWindow:
      peer.pipe->set_window(0);
      for (int i = 0; i < 3; ++i) peer.pipe->send(message);
      break;
    case Stall::kHeld:
      *held = peer.socket;
      peer.send(kTextFrame, "held");
      break;
    default:
      break;
  }
  bench->settle();
}

template <uint16_t kBuffers>
void echoes_beside(Stall how, uint32_t within_ms) {
  SCOPED_TRACE(static_cast<int>(how));
  auto bench = std::make_unique<Bench<2, kBuffers, 256, 2>>();
  bench->server_options.timeouts_ms[Deadline::kData] = bench->server_options.timeouts_ms[Deadline::kFrame] =
      bench->server_options.timeouts_ms[Deadline::kHead] = 1000;
  bench->server_options.timeouts_ms[Deadline::kWrite] = 1000;
  bench->listen();
  WebSocket held;
  bench->app = [&](const Event& event) {
    if (event.type == Event::kMessage && event.socket == held) return event.socket.hold();
    echo(event);
  };
  Peer peer = bench->open(Role::kServer);
  stall(bench.get(), how, &held);
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "echo " + std::to_string(i);
    peer.send(kTextFrame, text);
    std::vector<Frame> frames;
    for (uint32_t waited_ms = 0; frames.empty() && waited_ms <= within_ms; ++waited_ms) {
      bench->turn();
      bench->turn();
      frames = peer.frames();
      ++bench->now_ms;
    }
    ASSERT_EQ(frames, (std::vector<Frame>{{kTextFrame, true, false, text}})) << i;
  }
}

TEST(Stalls, OthersGoOnAtOnceWithEnoughBuffers) {
  for (Stall how : kStalls) echoes_beside<4>(how, 50);
}

TEST(Stalls, OthersGoOnWithTwoBuffers) {
  for (Stall how : kStalls) {
    // The application that holds a message for ever, with two buffers, has decided so: no other peer can be read.
    if (how != Stall::kHeld) echoes_beside<2>(how, 3100);
  }
}

// F12: silent and slow peers at each stage; the honest one is served when their deadlines have passed.
TEST(Stalls, AnHonestHandshakeGetsItsTurn) {
  Bench<4, 2, 256, 2> bench;
  bench.listen();
  for (int i = 0; i < 6; ++i) bench.pipe.dial(80).send(i % 2 != 0 ? "GET / HT" : "");
  TestPeer& honest = bench.pipe.dial(80);
  honest.send(request());
  bench.advance(60000);
  EXPECT_EQ(honest.received().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(bench.loop.handshakes().in_use, 0);
}

// The promise of the README: 2 buffers of 256 bytes, four clients echo 1 MiB each, a fifth never reads.
TEST(Stalls, FourEchoAMebibyteWhileAFifthNeverReads) {
  auto bench = std::make_unique<Bench<5, 2, 256, 2, 2048>>();
  bench->app = echo;
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(bench->open(Role::kServer));
  peers[4].pipe->stop_reading();
  peers[4].pipe->set_window(100);
  constexpr size_t kTotal = 1 << 20;
  std::string sent[5];
  std::string expected[5];
  std::mt19937 random(1);
  for (int i = 0; i < 5; ++i) {
    while (expected[i].size() < kTotal) {
      std::string payload(i == 0 ? 10000 : random() % 500, '\0');
      for (char& byte : payload) byte = static_cast<char>(random());
      sent[i] += peer_frame(Role::kServer, kBinaryFrame, payload);
      expected[i] += payload;
    }
    peers[i].pipe->send(sent[i]);
  }
  std::string got[5];
  for (uint32_t idle = 0; idle < 20000; ++idle) {
    bench->turn();
    bool moved = false;
    for (int i = 0; i < 4; ++i) {
      for (const Frame& frame : peers[i].frames()) {
        got[i] += frame.payload;
        moved = true;
      }
    }
    if (moved) idle = 0;
    ++bench->now_ms;
    bool done = true;
    for (int i = 0; i < 4; ++i) done = done && got[i].size() >= expected[i].size();
    if (done) break;
  }
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(got[i] == expected[i]) << i << ": " << got[i].size();
  EXPECT_EQ(bench->count(Event::kClose), 1u) << "the fifth";
  EXPECT_EQ(bench->count(Event::kClose, peers[4].socket), 1u);
  EXPECT_LE(bench->loop.buffers().high_water, 2);
}

// A search for deadlocks of the pool: random stalls and resumes; when all peers read again, everything arrives.
template <uint16_t kConnections, uint16_t kBuffers>
void search_deadlocks(uint32_t seeds) {
  for (uint32_t seed = 0; seed < seeds; ++seed) {
    Bench<kConnections, kBuffers, 256, 2, 300> bench;
    std::mt19937 random(seed * 100 + kConnections * 10 + kBuffers);
    bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
    std::vector<WebSocket> held;
    bool holding = true;
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      if (holding && random() % 8 == 0) {
        event.socket.hold();
        held.push_back(event.socket);
        return;
      }
      echo(event);
    };
    std::vector<Peer> peers;
    for (int i = 0; i < kConnections; ++i) peers.push_back(bench.open(Role::kServer));
    std::vector<std::string> expected(kConnections);
    std::vector<std::string> got(kConnections);
    for (int step = 0; step < 40; ++step) {
      const size_t who = random() % kConnections;
      Peer& peer = peers[who];
      switch (random() % 6) {
        case 0:
          peer.pipe->stop_reading();
          peer.pipe->set_window(random() % 300);
          break;
        case 1:
          peer.pipe->start_reading();
          peer.pipe->set_window(SIZE_MAX);
          break;
        case 2:
          peer.send(kPingFrame, std::string(random() % 126, 'p'));
          break;
        case 3:
          for (WebSocket each : held) each.resume();
          held.clear();
          break;
        default: {
          const std::string payload(random() % 600, static_cast<char>('a' + step % 26));
          peer.send(kBinaryFrame, payload);
          expected[who] += payload;
        }
      }
      bench.turn();
      bench.now_ms += random() % 3;
    }
    holding = false;
    for (Peer& each : peers) {
      each.pipe->start_reading();
      each.pipe->set_window(SIZE_MAX);
    }
    for (int i = 0; i < 3; ++i) {
      for (WebSocket each : held) each.resume();
      bench.settle();
    }
    for (int i = 0; i < kConnections; ++i) {
      for (const Frame& frame : peers[i].frames()) {
        if (frame.opcode != kPongFrame) got[i] += frame.payload;
      }
      ASSERT_TRUE(got[i] == expected[i]) << "seed " << seed << " connection " << i << " " << got[i].size() << " of "
                                         << expected[i].size() << " closes " << bench.count(Event::kClose);
    }
    ASSERT_EQ(bench.loop.buffers().in_use, 0) << "seed " << seed;
  }
}

TEST(Stalls, NoDeadlockOfThePool) {
  search_deadlocks<2, 2>(250);
  search_deadlocks<3, 2>(250);
  search_deadlocks<4, 2>(250);
  search_deadlocks<5, 2>(250);
  search_deadlocks<2, 3>(250);
  search_deadlocks<3, 3>(250);
  search_deadlocks<5, 3>(250);
  search_deadlocks<3, 4>(250);
  search_deadlocks<5, 4>(250);
  search_deadlocks<5, 5>(250);
}

}  // namespace
}  // namespace whit
