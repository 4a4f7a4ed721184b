// SPDX-License-Identifier: MIT
// Peers that stand still: others go on. And the pool: a peer that stops reading can delay others, never for ever.
#include <algorithm>
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

// Peers that send all the time and take 536 bytes every 8 s, which is fast enough for every deadline. Others wait for
// the buffers, and each peer in turn has them for a bounded time.
struct Slow {
  const char* name;
  std::string feed;  // sent again and again
};

std::vector<Slow> slow_kinds() {
  const auto frame = [](int opcode, size_t size, bool fin = true) {
    return peer_frame(Role::kServer, opcode, std::string(size, 's'), fin);
  };
  std::string long_message = frame(kTextFrame, 100, false);
  for (int i = 0; i < 1000; ++i) long_message += frame(0, 100, i == 999);
  return {{"messages of 1 byte", frame(kTextFrame, 1)},
          {"messages of 125 bytes", frame(kTextFrame, 125)},
          {"messages of 400 bytes", frame(kTextFrame, 400)},
          {"messages that come in pieces", frame(kTextFrame, 3000)},
          {"fragments without end", long_message},
          {"empty pings", frame(kPingFrame, 0)},
          {"long pings", frame(kPingFrame, 125)},
          {"pings and messages", frame(kPingFrame, 50) + frame(kTextFrame, 70)}};
}

template <uint16_t kBuffers>
void others_are_served(const Slow& kind, int slow_peers, size_t amplified) {
  SCOPED_TRACE(std::string(kind.name) + ", buffers " + std::to_string(kBuffers) + ", slow " +
               std::to_string(slow_peers) + ", amplified " + std::to_string(amplified));
  auto bench = std::make_unique<Bench<5, kBuffers, 512, 2, 2048>>();
  const std::string answer(amplified, 'a');
  std::vector<WebSocket> slow_sockets;
  bench->app = [&](const Event& event) {
    const bool slow = std::find(slow_sockets.begin(), slow_sockets.end(), event.socket) != slow_sockets.end();
    if (event.type != Event::kMessage || !slow || amplified == 0) return echo(event);
    Message message = event.message;
    message.data = bytes_of(answer);
    message.type = MessageType::kBinary;
    if (!message.first || !message.last) return;
    if (event.socket.send(message) == Status::kWouldBlock) event.socket.hold();
  };
  Peer honest = bench->open(Role::kServer);
  std::vector<Peer> slow;
  for (int i = 0; i < slow_peers; ++i) {
    slow.push_back(bench->open(Role::kServer));
    slow_sockets.push_back(slow.back().socket);
    slow.back().pipe->stop_reading();
    slow.back().pipe->set_window(536);
  }
  uint32_t worst_ms = 0;
  uint32_t sent_ms = bench->now_ms;
  uint32_t echoes = 0;
  honest.send(kTextFrame, "honest");
  constexpr uint32_t kTickMs = 1000;
  constexpr uint32_t kTicks = 300;
  for (uint32_t tick = 0; tick < kTicks; ++tick) {
    for (Peer& each : slow) {
      while (each.pipe->unsent() < 1024) each.pipe->send(kind.feed);
      if (tick % (8000 / kTickMs) == 0) each.pipe->read_once(536);
    }
    bench->advance(kTickMs);
    const size_t frames = honest.frames().size();
    if (frames == 0 && bench->now_ms - sent_ms <= 100000) continue;
    worst_ms = std::max(worst_ms, bench->now_ms - sent_ms);
    if (frames == 0) break;
    ++echoes;
    sent_ms = bench->now_ms;
    honest.send(kTextFrame, "honest");
  }
  // Each peer before it may keep a buffer for the time of a deadline, and one that began just before it as well.
  const uint32_t deadline_ms = config::kDataWindowMs + config::kWriteProgressTimeoutMs;
  const uint32_t longest_ms = deadline_ms * static_cast<uint32_t>(slow_peers);
  EXPECT_LE(worst_ms, longest_ms) << echoes << " echoes";
  EXPECT_GE(echoes, kTicks * kTickMs / longest_ms);
  EXPECT_LE(bench->loop.buffers().high_water, kBuffers);
}

TEST(Stalls, OthersAreServedBesidePeersThatReadSlowly) {
  for (const Slow& kind : slow_kinds()) {
    for (const size_t amplified : {size_t{0}, size_t{400}}) {
      for (const int slow_peers : {1, 3}) {
        others_are_served<2>(kind, slow_peers, amplified);
        others_are_served<3>(kind, slow_peers, amplified);
      }
    }
  }
}

// A buffer goes to the peer that has waited longest, whatever news the others have.
TEST(Stalls, BuffersAreGivenInTheOrderOfThoseThatWait) {
  Bench<5, 2, 256> bench;
  std::vector<WebSocket> order;
  bool holding = true;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    if (holding) return event.socket.hold();
    if (order.empty() || !(order.back() == event.socket)) order.push_back(event.socket);
  };
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) peers.push_back(bench.open(Role::kServer));
  for (Peer& each : peers) {
    each.send(kTextFrame, "message");
    bench.settle();
  }
  EXPECT_EQ(bench.count(Event::kMessage), 1u) << "the others wait";
  holding = false;
  peers[0].socket.resume();
  for (size_t i = peers.size() - 1; i != 0; --i) peers[i].send(kTextFrame, "news");
  bench.settle();
  ASSERT_EQ(order.size(), 5u);
  for (size_t i = 0; i < order.size(); ++i) EXPECT_TRUE(order[i] == peers[i].socket) << i;
}

// One that waits no more leaves its place to the next.
TEST(Stalls, ThePlaceOfAPeerThatIsPausedGoesToTheNext) {
  Bench<3, 2, 256> bench;
  bool holding = true;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage && holding) event.socket.hold();
  };
  Peer holder = bench.open(Role::kServer);
  Peer paused = bench.open(Role::kServer);
  Peer next = bench.open(Role::kServer);
  for (Peer* each : {&holder, &paused, &next}) {
    each->send(kTextFrame, "message");
    bench.settle();
  }
  holding = false;
  paused.socket.pause();
  holder.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage, next.socket), 1u);
  EXPECT_EQ(bench.count(Event::kMessage, paused.socket), 0u);
  paused.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage, paused.socket), 1u);
}

// The first two take both buffers: one holds a message, the other has output that its peer does not read.
template <class SomeBench>
struct BothTaken {
  explicit BothTaken(SomeBench* bench) : holder(bench->open(Role::kServer)), slow(bench->open(Role::kServer)) {
    bench->app = [](const Event& event) {
      if (event.type == Event::kMessage) event.socket.hold();
    };
    holder.send(kTextFrame, "message");
    bench->settle();
    slow.pipe->set_window(0);
    slow.pipe->stop_reading();
    EXPECT_EQ(slow.socket.send("answer"), Status::kOk);
    bench->settle();
    EXPECT_EQ(bench->loop.buffers().in_use, 2);
  }
  void give_one_back(SomeBench* bench) {
    slow.pipe->set_window(SIZE_MAX);
    slow.pipe->start_reading();
    bench->settle();
  }

  Peer holder;
  Peer slow;
};

// One that could write and could read waits for the buffer that may be taken to write alone.
TEST(Stalls, WhatIsOwedIsNotForgottenForWhatMightBeRead) {
  Bench<3, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  BothTaken<decltype(bench)> taken(&bench);
  EXPECT_EQ(peer.socket.send("push"), Status::kWouldBlock);
  peer.send(kTextFrame, "news");
  bench.settle();
  taken.give_one_back(&bench);
  EXPECT_EQ(bench.count(Event::kWritable, peer.socket), 1u);
}

TEST(Stalls, ACloseFrameThatWaitsIsNotForgottenForWhatMightBeRead) {
  Bench<3, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  BothTaken<decltype(bench)> taken(&bench);
  EXPECT_EQ(peer.socket.close(), Status::kOk);
  bench.settle();
  taken.give_one_back(&bench);
  const std::vector<Frame> frames = peer.frames();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].opcode, kCloseFrame);
}

// A peer that waits to be read is not forgotten because something was sent to it meanwhile.
TEST(Stalls, WhatIsSentToAPeerThatWaitsToBeReadLeavesItItsPlace) {
  Bench<3, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  BothTaken<decltype(bench)> taken(&bench);
  taken.give_one_back(&bench);
  peer.send(kTextFrame, "question");
  bench.settle();
  EXPECT_EQ(peer.socket.send("push"), Status::kOk);
  bench.settle();
  EXPECT_EQ(peer.frames().size(), 1u);
  bench.app = nullptr;
  taken.holder.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage, peer.socket), 1u);
}

// A program that sends in each turn does not take the buffers from a peer that waits to be read.
TEST(Stalls, WhoSendsAllTheTimeDoesNotStarveWhoWaitsToBeRead) {
  Bench<3, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  Peer fast = bench.open(Role::kServer);
  peer.send(kTextFrame, "question");
  for (int turns = 0; turns < 20; ++turns) {
    (void)fast.socket.send("news");
    bench.turn();
  }
  EXPECT_EQ(bench.count(Event::kMessage, peer.socket), 1u);
  EXPECT_GE(fast.frames().size(), 15u);
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
