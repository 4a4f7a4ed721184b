// SPDX-License-Identifier: MIT
// What LoopCore::is_sound() finds: each kind of damage to a loop that is in use, one at a time.
#include <functional>

#include "unit/core/bench.h"

namespace whit {

struct LoopInspector {
  static bool is_sound(const LoopCore& loop) { return loop.is_sound(); }
  static session::Connection& connection(LoopCore& loop, WebSocket socket) { return loop.connections_[socket.index()]; }
  static session::Connection& free_one(LoopCore& loop) { return loop.connections_[loop.free_.first()]; }
  static session::Pool& pool(LoopCore& loop) { return loop.pool_; }
  static IndexQueue& free_slots(LoopCore& loop) { return loop.free_; }
  static uint16_t& lacking(LoopCore& loop) { return loop.lacking_; }
  static uint16_t& handshake_buffers(LoopCore& loop) { return loop.handshake_buffers_; }
  static Usage& open(LoopCore& loop) { return loop.open_; }
};

namespace {

using session::Connection;
using session::Counted;

TEST(Soundness, FindsEachKindOfDamage) {
  Bench<3, 4, 256> bench;
  Peer held = bench.open(Role::kServer);
  Peer other = bench.open(Role::kServer);
  bench.app = [](const Event& event) {
    if (event.type == Event::kMessage) event.socket.hold();
  };
  held.send(kTextFrame, "keeps a buffer");
  other.send(kTextFrame, "keeps another");
  bench.settle();
  LoopCore& loop = bench.loop;
  ASSERT_TRUE(LoopInspector::is_sound(loop));
  Connection& a = LoopInspector::connection(loop, held.socket);
  Connection& b = LoopInspector::connection(loop, other.socket);
  Connection& spare = LoopInspector::free_one(loop);
  ASSERT_NE(a.rx_buffer, nullptr);

  const auto expect_found = [&](const char* what, const std::function<void()>& damage) {
    const Connection saved[] = {a, b, spare};
    const uint16_t counts[] = {LoopInspector::lacking(loop), LoopInspector::handshake_buffers(loop)};
    const Usage open = LoopInspector::open(loop);
    damage();
    EXPECT_FALSE(LoopInspector::is_sound(loop)) << what;
    a = saved[0];
    b = saved[1];
    spare = saved[2];
    LoopInspector::lacking(loop) = counts[0];
    LoopInspector::handshake_buffers(loop) = counts[1];
    LoopInspector::open(loop) = open;
    EXPECT_TRUE(LoopInspector::is_sound(loop)) << what;
  };
  expect_found("a buffer of two", [&] { a.rx_buffer = b.rx_buffer; });
  expect_found("a buffer that is nobody's", [&] { a.rx_buffer = nullptr; });
  expect_found("a buffer that is none of the pool's", [&] { ++a.rx_buffer; });
  expect_found("a buffer for output that is not there", [&] { a.tx_buffer = a.rx_buffer; });
  expect_found("a share that is not counted", [&] { a.handshake_buffer = true; });
  expect_found("a count without its share", [&] { ++LoopInspector::handshake_buffers(loop); });
  expect_found("a connection that lacks a buffer and is not counted", [&] { a.lacks_buffer = true; });
  expect_found("a count of none that lacks one", [&] { ++LoopInspector::lacking(loop); });
  expect_found("an open one that is not counted", [&] { a.counted = Counted::kNot; });
  expect_found("a count without its connection", [&] { --LoopInspector::open(loop).in_use; });
  expect_found("a slot in use that is free", [&] { a.state = session::State::kFree; });
  expect_found("a free slot that is in use", [&] { spare.state = session::State::kOpen; });
  expect_found("a free slot with a buffer", [&] { spare.rx_buffer = a.rx_buffer; });

  // What cannot be taken back: a buffer given back, or a slot freed, that a connection still has.
  LoopInspector::pool(loop).give_back(a.rx_buffer);
  EXPECT_FALSE(LoopInspector::is_sound(loop));
  ASSERT_EQ(LoopInspector::pool(loop).take_to_write(), a.rx_buffer);
  EXPECT_TRUE(LoopInspector::is_sound(loop));
}

}  // namespace
}  // namespace whit
