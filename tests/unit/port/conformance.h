// SPDX-License-Identifier: MIT
// The port contract as a test suite, for every port: what transport.h, network.h and port/README.md promise, seen from
// the place of the loop. A port proves itself by describing itself in a class and instantiating the suite with it:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(MyPort, Conformance, MyPort);
//
// where MyPort is default-constructible (once per test) and has
//
//   whit::Network& network();         // at least 4 transports; not attached yet
//   uint32_t turn();                  // lets the far side and time move; what Network::poll() is given. Sleeps, if at
//                                     // all, only some milliseconds
//   std::string host();               // where the far side listens, for Network::connect()
//   using Far = ...;                  // the far end of one connection:
//     bool send(const std::string&);  //   all of it, soon
//     std::string take();             //   what has arrived since the last take()
//     bool ended();                   //   the network's side has ended in order, and all before it was taken
//     bool was_reset();               //   ... or has broken the connection
//     void close(); void reset();     //   the orderly end of its own side; breaks the connection
//     void stop_reading(); void start_reading();  // the window closes; opens again
//   std::unique_ptr<Far> dial(uint16_t port);  // connects to a listener of the network; may complete in later turns
//   uint16_t far_listen();            // the far side listens; returns the port
//   std::unique_ptr<Far> far_accept();         // a connection to it, or nullptr: none yet
//   static constexpr bool kKnowsUnacknowledged;  // unacknowledged() counts what waits in the stack; else it is 0
//   uint16_t closed_port();           // nothing listens there, and connections are refused
#pragma once

#include <gtest/gtest.h>
#include <stdint.h>
#include <string.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "whit/network.h"
#include "whit/transport.h"

namespace whit {

inline void PrintTo(Status status, std::ostream* out) {
  static const char* const names[] = {"kOk",      "kWouldBlock",      "kClosed", "kFailed", "kTooLarge",
                                      "kNotOpen", "kInvalidArgument", "kNoSlot", "kInUse"};
  *out << names[static_cast<size_t>(status)];
}

inline void PrintTo(Layer layer, std::ostream* out) {
  static const char* const names[] = {"kResolve", "kConnect", "kSecure", "kOpen"};
  *out << names[static_cast<size_t>(layer)];
}

template <class Port>
class Conformance : public testing::Test {
 protected:
  using Far = typename Port::Far;

  static constexpr int kQuietTurns = 300;  // delayed acknowledgements and repeated segments come within them
  static constexpr size_t kMoreThanAnyBuffer = 1u << 28;
  static constexpr int kMaxTurns = 3000;  // more than any of these tests needs; a port may sleep a little in each

  Conformance() {
    ready_.attach(links_, static_cast<uint16_t>(sizeof links_ / sizeof links_[0]));
    network().attach(&ready_);
  }

  ~Conformance() override {
    for (Transport* each : open_) each->abort();
    for (uint8_t i = 0; i < Network::kMaxListeners; ++i) network().unlisten(i);
  }

  Network& network() { return port_.network(); }

  // One turn as the loop makes it; remembers the announced connections.
  void turn() {
    network().poll(port_.turn());
    while (!ready_.empty()) announced_.insert(ready_.take());
  }

  template <class Condition>
  bool until(Condition condition) {
    for (int i = 0; i < kMaxTurns; ++i) {
      if (condition()) return true;
      turn();
    }
    return condition();
  }

  bool announced(uint16_t index) {
    return until([&] { return announced_.count(index) != 0; });
  }
  void forget() { announced_.clear(); }

  uint16_t listen() {
    EXPECT_EQ(network().listen(0, "", 0, false), Status::kOk);
    const uint16_t port = network().listening_port(0);
    EXPECT_NE(port, 0);
    return port;
  }

  Transport* accept(uint16_t index) {
    Transport* transport = nullptr;
    until([&] { return (transport = network().accept(0, index)) != nullptr; });
    if (transport == nullptr) {
      ADD_FAILURE() << "nobody was accepted";
      return nullptr;
    }
    open_.push_back(transport);
    EXPECT_TRUE(until([&] { return transport->progress().layer == Layer::kOpen; }));
    EXPECT_EQ(transport->progress().status, Status::kOk);
    return transport;
  }

  void abort(Transport* transport) {
    for (size_t i = 0; i < open_.size(); ++i) {
      if (open_[i] != transport) continue;
      open_.erase(open_.begin() + static_cast<ptrdiff_t>(i));
      break;
    }
    transport->abort();
  }

  // An accepted connection and its far end.
  struct Pair {
    Transport* near;
    std::unique_ptr<Far> far;
  };
  Pair pair(uint16_t index = 0) {
    if (network().listening_port(0) == 0) listen();
    Pair made;
    made.far = port_.dial(network().listening_port(0));
    made.near = accept(index);
    return made;
  }

  // Reads as the loop does: when announced, until kWouldBlock or a short read; again when announced.
  std::string read_until_not(Transport& transport, uint16_t index, Status* last, size_t piece = 512) {
    std::string all;
    std::vector<uint8_t> buffer(piece);
    *last = Status::kOk;
    for (int i = 0; i < kMaxTurns; ++i) {
      const Transfer transfer = transport.read({buffer.data(), buffer.size()});
      *last = transfer.status;
      if (transfer.status == Status::kOk) {
        EXPECT_GE(transfer.size, 1u);
        EXPECT_LE(transfer.size, buffer.size());
        all.append(reinterpret_cast<const char*>(buffer.data()), transfer.size);
        if (transfer.size == buffer.size()) continue;
      } else if (transfer.status != Status::kWouldBlock) {
        break;
      }
      if (wanted_ != 0 && all.size() >= wanted_) break;
      forget();
      if (!announced(index)) break;
    }
    return all;
  }

  std::string read(Transport& transport, uint16_t index, size_t wanted, size_t piece = 512) {
    Status last = Status::kOk;
    wanted_ = wanted;
    std::string all = read_until_not(transport, index, &last, piece);
    wanted_ = 0;
    return all;
  }

  // Writes as the loop does: until all is taken; after kWouldBlock the same again when announced.
  bool write(Transport& transport, uint16_t index, const std::string& text) {
    std::vector<uint8_t> bytes(text.begin(), text.end());
    size_t done = 0;
    for (int i = 0; i < kMaxTurns * 10 && done < bytes.size(); ++i) {
      forget();
      const Transfer transfer = transport.write(Bytes(bytes.data(), bytes.size()).from(done));
      if (transfer.status == Status::kOk) {
        EXPECT_GE(transfer.size, 1u);
        EXPECT_LE(transfer.size, bytes.size() - done);
        // transport.h: bytes taken may be overwritten at once.
        memset(bytes.data() + done, '#', transfer.size);
        done += transfer.size;
      } else if (transfer.status != Status::kWouldBlock || !announced(index)) {
        return false;
      }
    }
    return done == bytes.size();
  }

  // Writes until nothing moves any more: no write is taken and nothing is acknowledged. Returns how much was taken.
  size_t fill(Transport& transport) {
    const std::string piece = pattern(4096, 3);
    const Bytes bytes(reinterpret_cast<const uint8_t*>(piece.data()), piece.size());
    size_t taken = 0;
    uint32_t before = transport.unacknowledged();
    for (int quiet = 0; quiet < kQuietTurns;) {
      const Transfer transfer = transport.write(bytes);
      const uint32_t now = transport.unacknowledged();
      quiet = transfer.status == Status::kOk || now != before ? 0 : quiet + 1;
      before = now;
      taken += transfer.size;
      if (transfer.status == Status::kFailed || taken > kMoreThanAnyBuffer) {
        ADD_FAILURE() << taken << " bytes taken, and no end of it";
        break;
      }
      if (transfer.status != Status::kOk) turn();
    }
    return taken;
  }

  // Collects what arrives at the far end until it is `size` bytes.
  std::string arrived(Far& far, size_t size) {
    std::string all;
    until([&] {
      all += far.take();
      return all.size() >= size;
    });
    return all;
  }

  static std::string pattern(size_t size, unsigned seed) {
    std::string text(size, '\0');
    for (size_t i = 0; i < size; ++i) {
      seed = seed * 1103515245u + 12345u;
      text[i] = static_cast<char>(seed >> 16);
    }
    return text;
  }

  Transport* connect(uint16_t index, uint16_t port) {
    Status status = Status::kInvalidArgument;
    const std::string host = port_.host();
    Transport* transport = network().connect(index, {host.data(), host.size()}, port, false, &status);
    EXPECT_NE(transport, nullptr);
    if (transport != nullptr) open_.push_back(transport);
    return transport;
  }

  // Follows progress() as the loop does: asked once at once, then only when announced.
  Progress follow(Transport& transport, uint16_t index) {
    Progress progress = transport.progress();
    while (progress.status == Status::kWouldBlock) {
      EXPECT_NE(progress.layer, Layer::kOpen);
      forget();
      if (!announced(index)) {
        ADD_FAILURE() << "no announcement on the way up";
        break;
      }
      progress = transport.progress();
    }
    return progress;
  }

  Port port_;
  IndexQueue ready_;
  uint16_t links_[64] = {};
  std::set<uint16_t> announced_;
  std::vector<Transport*> open_;
  size_t wanted_ = 0;
};

TYPED_TEST_SUITE_P(Conformance);

TYPED_TEST_P(Conformance, ListensAndGivesPortsBack) {
  ASSERT_GE(this->network().capacity(), 4);
  EXPECT_EQ(this->network().listening_port(0), 0);
  const uint16_t port = this->listen();
  EXPECT_EQ(this->network().listen(1, "", port, false), Status::kInUse);
  EXPECT_EQ(this->network().listening_port(1), 0);
  EXPECT_EQ(this->network().listen(0, "", 0, false), Status::kInvalidArgument) << "the number is taken";
  EXPECT_EQ(this->network().listen(Network::kMaxListeners, "", 0, false), Status::kInvalidArgument);
  EXPECT_EQ(this->network().listen(1, "not an address", 0, false), Status::kInvalidArgument);
  this->network().unlisten(0);
  EXPECT_EQ(this->network().listening_port(0), 0);
  this->network().unlisten(0);
  EXPECT_EQ(this->network().listen(3, "", port, false), Status::kOk);
  EXPECT_EQ(this->network().listening_port(3), port);
  EXPECT_EQ(this->network().listening_port(Network::kMaxListeners), 0);
}

TYPED_TEST_P(Conformance, AcceptsNobodyWhenNobodyWaits) {
  EXPECT_EQ(this->network().accept(0, 0), nullptr) << "not listening";
  this->listen();
  this->turn();
  EXPECT_EQ(this->network().accept(0, 0), nullptr);
  EXPECT_EQ(this->network().accept(Network::kMaxListeners, 0), nullptr);
}

TYPED_TEST_P(Conformance, AcceptsAllWhoWaitOneByOne) {
  const uint16_t port = this->listen();
  std::vector<std::unique_ptr<typename TypeParam::Far>> far;
  for (int i = 0; i < 3; ++i) far.push_back(this->port_.dial(port));
  for (int i = 0; i < 20; ++i) this->turn();  // all have been announced by now; none is taken
  for (uint16_t i = 0; i < 3; ++i) {
    Transport* transport = this->accept(static_cast<uint16_t>(3 - i));
    ASSERT_NE(transport, nullptr);
    EXPECT_TRUE(this->write(*transport, static_cast<uint16_t>(3 - i), std::string(1, static_cast<char>('a' + i))));
  }
  EXPECT_EQ(this->network().accept(0, 0), nullptr);
  std::set<std::string> seen;
  for (auto& each : far) seen.insert(this->arrived(*each, 1));
  EXPECT_EQ(seen, (std::set<std::string>{"a", "b", "c"}));
}

// So that a silent peer gives way to one that waits, and only then.
TYPED_TEST_P(Conformance, SaysWhetherOneWaits) {
  EXPECT_FALSE(this->network().waiting(0)) << "not listening";
  const uint16_t port = this->listen();
  this->turn();
  EXPECT_FALSE(this->network().waiting(0));
  auto far = this->port_.dial(port);
  far->send("what a client has to say");
  EXPECT_TRUE(this->until([&] { return this->network().waiting(0); }));
  EXPECT_TRUE(this->network().waiting(0)) << "as long as it waits";
  ASSERT_NE(this->accept(0), nullptr);
  this->turn();
  EXPECT_FALSE(this->network().waiting(0));
  EXPECT_FALSE(this->network().waiting(Network::kMaxListeners));
}

TYPED_TEST_P(Conformance, ReadsWhatTheFarEndSends) {
  auto [near, far] = this->pair(2);
  ASSERT_NE(near, nullptr);
  uint8_t byte = 0;
  EXPECT_EQ(near->read({&byte, 1}).status, Status::kWouldBlock);
  this->forget();
  ASSERT_TRUE(far->send("hello"));
  EXPECT_TRUE(this->announced(2));
  std::string got;
  // Readiness is sticky: the rest is there without another announcement.
  while (near->read({&byte, 1}).status == Status::kOk) got += static_cast<char>(byte);
  EXPECT_EQ(got, "hello");
  EXPECT_EQ(near->read({&byte, 1}).status, Status::kWouldBlock);
  this->forget();
  ASSERT_TRUE(far->send("again"));
  EXPECT_TRUE(this->announced(2));
  EXPECT_EQ(this->read(*near, 2, 5), "again");
}

TYPED_TEST_P(Conformance, AnnouncesMoreAfterAShortRead) {
  auto [near, far] = this->pair(1);
  ASSERT_NE(near, nullptr);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(far->send("abc"));
    EXPECT_EQ(this->read(*near, 1, 3, 64), "abc") << i;  // ends with a short read
  }
}

TYPED_TEST_P(Conformance, ReadsTheEndThatCameTogetherWithBytes) {
  auto [near, far] = this->pair(0);
  ASSERT_NE(near, nullptr);
  ASSERT_TRUE(far->send("last"));
  far->close();
  for (int i = 0; i < 20; ++i) this->turn();  // both are here, and have been announced
  Status last = Status::kOk;
  EXPECT_EQ(this->read_until_not(*near, 0, &last, 64), "last");
  EXPECT_EQ(last, Status::kClosed);
  uint8_t byte = 0;
  EXPECT_EQ(near->read({&byte, 1}).status, Status::kClosed) << "stays so";
  EXPECT_TRUE(this->write(*near, 0, "still")) << "our side is open";
  EXPECT_EQ(this->arrived(*far, 5), "still");
}

TYPED_TEST_P(Conformance, WritesAllThroughAClosedWindow) {
  const auto ends = this->pair(1);  // names of structured bindings are not captured (C++17)
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  far->stop_reading();
  const std::string piece = this->pattern(1024, 7);
  size_t taken = 0;
  Transfer transfer{Status::kOk, 0};
  for (int i = 0; i < 100000; ++i) {
    const size_t offset = taken % piece.size();
    transfer = near->write(Bytes(reinterpret_cast<const uint8_t*>(piece.data()), piece.size()).from(offset));
    if (transfer.status != Status::kOk) break;
    taken += transfer.size;
  }
  ASSERT_EQ(transfer.status, Status::kWouldBlock) << "after " << taken;
  // Bytes that the stack beneath can still move make room for a while; then there is none.
  for (int i = 0; i < 50; ++i) this->turn();
  size_t offset = taken % piece.size();
  far->start_reading();
  std::string got;
  size_t blocked = 0;
  const size_t total = taken + 300000;
  ASSERT_TRUE(this->until([&] {
    while (taken < total) {
      offset = taken % piece.size();
      const Transfer more =
          near->write(Bytes(reinterpret_cast<const uint8_t*>(piece.data()), piece.size()).from(offset));
      if (more.status != Status::kOk) {
        EXPECT_EQ(more.status, Status::kWouldBlock);
        ++blocked;
        break;
      }
      taken += more.size;
    }
    got += far->take();
    return taken >= total && got.size() >= taken;
  }));
  ASSERT_EQ(got.size(), taken);
  for (size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], piece[i % piece.size()]) << i;
}

TYPED_TEST_P(Conformance, AnnouncesRoomAfterAWriteThatBlocked) {
  const auto ends = this->pair(3);  // names of structured bindings are not captured (C++17)
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  far->stop_reading();
  std::string piece = this->pattern(4096, 3);
  const Bytes bytes(reinterpret_cast<const uint8_t*>(piece.data()), piece.size());
  // Fill everything between here and there: blocked, and no news any more.
  for (int quiet = 0; quiet < 30;) {
    const Transfer transfer = near->write(bytes);
    quiet = transfer.status == Status::kOk ? 0 : quiet + 1;
    this->turn();
  }
  // A kernel that has much to do may find room even later.
  ASSERT_TRUE(this->until([&] { return near->write(bytes).status == Status::kWouldBlock; }));
  this->forget();
  far->start_reading();
  EXPECT_TRUE(this->until([&] {
    far->take();
    return this->announced_.count(3) != 0;
  }));
  EXPECT_TRUE(this->until([&] {
    far->take();
    return near->write(bytes).status == Status::kOk;
  }));
}

TYPED_TEST_P(Conformance, CountsWhatThePeerHasNotAcknowledged) {
  const auto ends = this->pair(1);  // names of structured bindings are not captured (C++17)
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  for (uint32_t round = 0; round < 5; ++round) {
    ASSERT_TRUE(this->until([&] { return near->unacknowledged() == 0; }));
    ASSERT_TRUE(this->write(*near, 1, this->pattern(1000, round)));
    EXPECT_LE(near->unacknowledged(), 1000u) << "more than was written";
    EXPECT_TRUE(this->until([&] {
      far->take();
      EXPECT_LE(near->unacknowledged(), 1000u);
      return near->unacknowledged() == 0;
    }));
  }
  ASSERT_TRUE(this->until([&] { return near->finish() == Status::kOk; }));
  EXPECT_TRUE(this->until([&] {
    far->take();
    EXPECT_LE(near->unacknowledged(), 1u) << "our end is a byte at most";
    return far->ended();
  }));
}

TYPED_TEST_P(Conformance, CountsWhatWaitsWhileTheWindowIsShut) {
  const auto ends = this->pair(2);  // names of structured bindings are not captured (C++17)
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  far->stop_reading();
  const size_t taken = this->fill(*near);  // ends only because nothing is counted any more
  const uint32_t shut = near->unacknowledged();
  EXPECT_EQ(shut != 0, TypeParam::kKnowsUnacknowledged) << "what waits here is not acknowledged";
  EXPECT_LE(shut, taken);
  far->start_reading();
  size_t arrived = 0;
  uint32_t before = shut;
  EXPECT_TRUE(this->until([&] {
    arrived += far->take().size();
    const uint32_t now = near->unacknowledged();
    EXPECT_LE(now, before) << "it only shrinks while nothing is written";
    before = now;
    return arrived == taken && now == 0;
  })) << near->unacknowledged()
      << " of " << taken;
}

TYPED_TEST_P(Conformance, CarriesManyBytesBothWays) {
  const auto ends = this->pair(0);  // names of structured bindings are not captured (C++17)
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  const std::string up = this->pattern(20000, 1);
  const std::string down = this->pattern(20011, 2);
  std::string got;
  ASSERT_TRUE(far->send(up));
  got = this->read(*near, 0, up.size(), 333);
  ASSERT_EQ(got.size(), up.size());
  EXPECT_TRUE(got == up) << "other bytes";
  got.clear();
  ASSERT_TRUE(this->until([&, done = size_t{0}]() mutable {
    const size_t size = std::min<size_t>(777, down.size() - done);
    if (size > 0) {
      const Transfer transfer =
          near->write(Bytes(reinterpret_cast<const uint8_t*>(down.data()), down.size()).from(done).first(size));
      if (transfer.status == Status::kOk) done += transfer.size;
    }
    got += far->take();
    return got.size() >= down.size();
  })) << got.size() << " bytes of " << down.size();
  EXPECT_TRUE(got == down) << "other bytes";
}

TYPED_TEST_P(Conformance, FinishEndsInOrder) {
  const auto ends = this->pair(0);  // names of structured bindings are not captured (C++17)
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  const std::string last = this->pattern(1000, 5);
  ASSERT_TRUE(this->write(*near, 0, last));
  ASSERT_TRUE(this->until([&] { return near->finish() == Status::kOk; }));
  std::string got;
  EXPECT_TRUE(this->until([&] {
    got += far->take();
    return far->ended();
  }));
  EXPECT_EQ(got, last);
  EXPECT_EQ(near->finish(), Status::kOk) << "nothing left to do";
  // The other direction goes on until the peer ends it.
  ASSERT_TRUE(far->send("more"));
  far->close();
  Status status = Status::kOk;
  EXPECT_EQ(this->read_until_not(*near, 0, &status), "more");
  EXPECT_EQ(status, Status::kClosed);
  this->abort(near);
  for (int i = 0; i < 20; ++i) this->turn();
  EXPECT_FALSE(far->was_reset());
}

TYPED_TEST_P(Conformance, AbortResetsAndFreesTheIndex) {
  const auto ends = this->pair(0);
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  ASSERT_TRUE(far->send("unread"));
  this->announced(0);
  this->abort(near);
  EXPECT_TRUE(this->until([&] {
    far->take();
    return far->was_reset();
  }));
  auto second = this->pair(0);
  ASSERT_NE(second.near, nullptr);
  ASSERT_TRUE(second.far->send("fresh"));
  EXPECT_EQ(this->read(*second.near, 0, 5), "fresh");
  EXPECT_EQ(second.near->error(), 0);
}

TYPED_TEST_P(Conformance, FailsAfterAResetAndStaysSo) {
  auto [near, far] = this->pair(2);
  ASSERT_NE(near, nullptr);
  uint8_t byte = 0;
  EXPECT_EQ(near->read({&byte, 1}).status, Status::kWouldBlock);
  this->forget();
  far->reset();
  EXPECT_TRUE(this->announced(2));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(near->read({&byte, 1}).status, Status::kFailed) << i;
  EXPECT_NE(near->error(), 0);
  EXPECT_EQ(near->write({&byte, 1}).status, Status::kFailed);
  EXPECT_EQ(near->finish(), Status::kFailed);
}

TYPED_TEST_P(Conformance, StaysEndedWhateverFollows) {
  const auto ends = this->pair(1);
  const auto& near = ends.near;
  const auto& far = ends.far;
  ASSERT_NE(near, nullptr);
  ASSERT_TRUE(far->send("last"));
  far->close();
  Status status = Status::kOk;
  EXPECT_EQ(this->read_until_not(*near, 1, &status), "last");
  ASSERT_EQ(status, Status::kClosed);
  far->reset();
  uint8_t byte = 0;
  EXPECT_TRUE(this->until([&] { return near->write({&byte, 1}).status == Status::kFailed; }));
  EXPECT_NE(near->error(), 0);
  EXPECT_EQ(near->read({&byte, 1}).status, Status::kClosed);
  EXPECT_EQ(near->finish(), Status::kFailed);
}

TYPED_TEST_P(Conformance, SaysWhyItDoesNotListen) {
  const uint16_t port = this->listen();
  EXPECT_EQ(this->network().error(), 0);
  EXPECT_EQ(this->network().listen(1, "", port, false), Status::kInUse);
  EXPECT_NE(this->network().error(), 0);
  EXPECT_EQ(this->network().listen(1, "", 0, false), Status::kOk);
  EXPECT_EQ(this->network().error(), 0);
  EXPECT_EQ(this->network().listen(2, "not an address", 0, false), Status::kInvalidArgument);
  EXPECT_NE(this->network().error(), 0);
}

TYPED_TEST_P(Conformance, AnnouncesTheOneThatHasNews) {
  auto first = this->pair(0);
  auto second = this->pair(1);
  auto third = this->pair(2);
  for (Transport* each : {first.near, second.near, third.near}) {
    ASSERT_NE(each, nullptr);
    uint8_t byte = 0;
    EXPECT_EQ(each->read({&byte, 1}).status, Status::kWouldBlock);
  }
  for (int i = 0; i < 20; ++i) this->turn();
  this->forget();
  ASSERT_TRUE(second.far->send("x"));
  EXPECT_TRUE(this->announced(1));
  EXPECT_EQ(this->announced_, (std::set<uint16_t>{1})) << "idle connections cost nothing";
  EXPECT_EQ(this->read(*second.near, 1, 1), "x");
}

TYPED_TEST_P(Conformance, Connects) {
  const uint16_t port = this->port_.far_listen();
  Transport* near = this->connect(1, port);
  ASSERT_NE(near, nullptr);
  std::unique_ptr<typename TypeParam::Far> far;
  Progress progress = near->progress();
  ASSERT_TRUE(this->until([&] {
    if (far == nullptr) far = this->port_.far_accept();
    if (progress.status == Status::kWouldBlock && this->announced_.count(1) != 0) {
      this->forget();
      progress = near->progress();
    }
    return far != nullptr && progress.status != Status::kWouldBlock;
  }));
  EXPECT_EQ(progress.status, Status::kOk);
  EXPECT_EQ(progress.layer, Layer::kOpen);
  EXPECT_EQ(near->error(), 0);
  EXPECT_TRUE(this->write(*near, 1, "ping"));
  EXPECT_EQ(this->arrived(*far, 4), "ping");
  ASSERT_TRUE(far->send("pong"));
  EXPECT_EQ(this->read(*near, 1, 4), "pong");
}

TYPED_TEST_P(Conformance, SaysThatAConnectWasRefused) {
  Transport* near = this->connect(0, this->port_.closed_port());
  ASSERT_NE(near, nullptr);
  const Progress progress = this->follow(*near, 0);
  EXPECT_EQ(progress.status, Status::kFailed);
  EXPECT_EQ(progress.layer, Layer::kConnect);
  EXPECT_NE(near->error(), 0);
  EXPECT_EQ(near->progress().status, Status::kFailed) << "stays so";
  this->abort(near);
  auto again = this->pair(0);
  EXPECT_NE(again.near, nullptr) << "the index is free";
}

TYPED_TEST_P(Conformance, AbortsOnTheWayUp) {
  const uint16_t port = this->port_.far_listen();
  for (int i = 0; i < 3; ++i) {
    Transport* near = this->connect(0, port);
    ASSERT_NE(near, nullptr);
    if (i > 0) near->progress();
    for (int j = 0; j < i; ++j) this->turn();
    this->abort(near);
  }
  for (int i = 0; i < 20; ++i) this->turn();
  auto pair = this->pair(0);
  ASSERT_NE(pair.near, nullptr);
  ASSERT_TRUE(pair.far->send("ok"));
  EXPECT_EQ(this->read(*pair.near, 0, 2), "ok");
}

TYPED_TEST_P(Conformance, RefusesWhatIsNoTarget) {
  const std::string host = this->port_.host();
  const Text target(host.data(), host.size());
  Status status = Status::kOk;
  EXPECT_EQ(this->network().connect(0, "", 80, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_NE(this->network().error(), 0);
  EXPECT_EQ(this->network().connect(0, target, 0, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_NE(this->network().error(), 0);
  // network.h: without TLS a secure connect is refused, so that wss never runs in the clear.
  EXPECT_EQ(this->network().connect(0, target, 443, true, &status), nullptr);
  EXPECT_EQ(status, Status::kInvalidArgument);
  EXPECT_EQ(this->network().listen(0, "", 0, true), Status::kInvalidArgument);
  EXPECT_EQ(this->network().listening_port(0), 0);
}

TYPED_TEST_P(Conformance, KnowsThePeer) {
  auto [near, far] = this->pair(0);
  ASSERT_NE(near, nullptr);
  const Address address = near->remote();
  EXPECT_TRUE(address.size == 0 || address.size == 4 || address.size == 16);
  EXPECT_EQ(address.size != 0, address.port != 0);
}

TYPED_TEST_P(Conformance, RandomBytesDiffer) {
  uint8_t first[32] = {};
  uint8_t second[32] = {};
  ASSERT_EQ(this->network().random({first, sizeof first}), Status::kOk);
  ASSERT_EQ(this->network().random({second, sizeof second}), Status::kOk);
  EXPECT_NE(memcmp(first, second, sizeof first), 0);
  std::set<uint8_t> values(first, first + sizeof first);
  EXPECT_GT(values.size(), 8u);
  uint8_t guarded[3] = {1, 2, 3};
  for (int i = 0; i < 64; ++i) ASSERT_EQ(this->network().random({guarded + 1, 1}), Status::kOk);
  EXPECT_EQ(guarded[0], 1);
  EXPECT_EQ(guarded[2], 3);
}

TYPED_TEST_P(Conformance, ManyConnectionsOneAfterAnother) {
  this->listen();
  for (int i = 0; i < 50; ++i) {
    auto [near, far] = this->pair(static_cast<uint16_t>(i % 4));
    ASSERT_NE(near, nullptr) << i;
    const std::string text = std::to_string(i);
    ASSERT_TRUE(far->send(text));
    ASSERT_EQ(this->read(*near, static_cast<uint16_t>(i % 4), text.size()), text);
    this->abort(near);
  }
}

REGISTER_TYPED_TEST_SUITE_P(Conformance, ListensAndGivesPortsBack, AcceptsNobodyWhenNobodyWaits,
                            AcceptsAllWhoWaitOneByOne, SaysWhetherOneWaits, ReadsWhatTheFarEndSends,
                            AnnouncesMoreAfterAShortRead, ReadsTheEndThatCameTogetherWithBytes,
                            WritesAllThroughAClosedWindow, AnnouncesRoomAfterAWriteThatBlocked,
                            CountsWhatThePeerHasNotAcknowledged, CountsWhatWaitsWhileTheWindowIsShut,
                            CarriesManyBytesBothWays, FinishEndsInOrder, AbortResetsAndFreesTheIndex,
                            FailsAfterAResetAndStaysSo, StaysEndedWhateverFollows, SaysWhyItDoesNotListen,
                            AnnouncesTheOneThatHasNews, Connects, SaysThatAConnectWasRefused, AbortsOnTheWayUp,
                            RefusesWhatIsNoTarget, KnowsThePeer, RandomBytesDiffer, ManyConnectionsOneAfterAnother);

}  // namespace whit
