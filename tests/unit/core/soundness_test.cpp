// SPDX-License-Identifier: MIT
// Core::is_sound() finds each kind of damage to a loop that is in use, one at a time.
#include <functional>

#include "unit/core/bench.h"

namespace whit {

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
  core::Core& core = bench.loop.core();
  ASSERT_TRUE(core.is_sound());
  Connection& a = core.connections_[held.socket.index()];
  Connection& b = core.connections_[other.socket.index()];
  Connection& spare = core.connections_[core.free_.first()];
  ASSERT_NE(a.rx_buffer, nullptr);

  const auto expect_found = [&](const char* what, const std::function<void()>& damage) {
    const Connection saved[] = {a, b, spare};
    const uint16_t handshake_buffers = core.handshake_buffers_;
    const Usage open = core.open_;
    damage();
    EXPECT_FALSE(core.is_sound()) << what;
    a = saved[0];
    b = saved[1];
    spare = saved[2];
    core.handshake_buffers_ = handshake_buffers;
    core.open_ = open;
    EXPECT_TRUE(core.is_sound()) << what;
  };
  expect_found("a buffer of two", [&] { a.rx_buffer = b.rx_buffer; });
  expect_found("a buffer that is nobody's", [&] { a.rx_buffer = nullptr; });
  expect_found("a buffer that is none of the pool's", [&] { ++a.rx_buffer; });
  expect_found("a buffer for output that is not there", [&] { a.tx_buffer = a.rx_buffer; });
  expect_found("a share that is not counted", [&] { a.handshake_buffer = true; });
  expect_found("a count without its share", [&] { ++core.handshake_buffers_; });
  expect_found("a connection that lacks a buffer and does not wait", [&] { a.lacks_buffer = true; });
  expect_found("an open one that is not counted", [&] { a.counted = Counted::kNot; });
  expect_found("a count without its connection", [&] { --core.open_.in_use; });
  expect_found("a slot in use that is free", [&] { a.state = session::State::kFree; });
  expect_found("a free slot that is in use", [&] { spare.state = session::State::kOpen; });
  expect_found("a free slot with a buffer", [&] { spare.rx_buffer = a.rx_buffer; });

  // A connection that waits although there are buffers for it.
  a.lacks_buffer = a.lacks_to_write = true;
  core.waiting_.add(a.index);
  EXPECT_FALSE(core.is_sound());
  core.ready_.add(a.index);
  EXPECT_TRUE(core.is_sound()) << "woken";
  core.leave_line(&a);
  core.ready_.remove(a.index);
  EXPECT_TRUE(core.is_sound());

  // Damage that cannot be taken back: a buffer given back, or a slot freed, that a connection still has.
  core.pool_.give_back(a.rx_buffer);
  EXPECT_FALSE(core.is_sound());
  ASSERT_EQ(core.pool_.take(), a.rx_buffer);
  EXPECT_TRUE(core.is_sound());
}

}  // namespace
}  // namespace whit
