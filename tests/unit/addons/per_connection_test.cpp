// SPDX-License-Identifier: MIT
#include "whit/per_connection.h"

#include <gtest/gtest.h>

#include "unit/core/bench.h"

namespace whit {
namespace {

struct Counter {
  int value = 7;
};

TEST(PerConnection, AnObjectBelongsToOneConnection) {
  Bench<1, 4, 256> bench;
  PerConnection<Counter, 3> counters;
  Peer first = bench.open(Role::kServer);
  EXPECT_EQ(counters.find(first.socket), nullptr) << "not started";
  ASSERT_NE(counters.start(first.socket), nullptr);
  counters.find(first.socket)->value = 8;
  EXPECT_EQ(counters.find(first.socket)->value, 8);

  first.send_close(1000);
  first.pipe->close();
  bench.settle();
  ASSERT_EQ(bench.count(Event::kClose), 1u);
  ASSERT_NE(counters.find(first.socket), nullptr) << "it is there at kClose and after it";
  EXPECT_EQ(counters.find(first.socket)->value, 8);

  Peer second = bench.open(Role::kServer);
  for (int i = 0; i < 3 && second.socket.index() != first.socket.index(); ++i) {
    second.socket.abort();
    bench.settle();
    second = bench.open(Role::kServer);
  }
  ASSERT_EQ(second.socket.index(), first.socket.index()) << "the slot is used again";
  EXPECT_EQ(counters.find(second.socket), nullptr) << "nobody sees the object of the one before";
  EXPECT_EQ(counters.start(second.socket)->value, 7) << "it begins anew";
  EXPECT_EQ(counters.find(first.socket), nullptr);
  EXPECT_EQ(counters.start(second.socket)->value, 7);
}

TEST(PerConnection, ASocketWithoutAnObject) {
  Bench<2, 4, 256> bench;
  PerConnection<Counter, 1> counters;
  EXPECT_EQ(counters.find(WebSocket()), nullptr);
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  const WebSocket outside = first.socket.index() != 0 ? first.socket : second.socket;
  EXPECT_EQ(counters.start(outside), nullptr) << "more slots than objects";
  EXPECT_EQ(counters.find(outside), nullptr);
}

}  // namespace
}  // namespace whit
