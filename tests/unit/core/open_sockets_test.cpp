// SPDX-License-Identifier: MIT
// The walk over open connections: of a server, of a loop, while they end.
#include "whit/open_sockets.h"

#include "unit/core/bench.h"

namespace whit {
namespace {

std::vector<WebSocket> all(const OpenSockets& sockets) {
  std::vector<WebSocket> found;
  for (const WebSocket socket : sockets) found.push_back(socket);
  return found;
}

TEST(OpenSockets, AreThoseThatAreOpenAndNoOthers) {
  Bench<4, 8, 256> bench;
  EXPECT_TRUE(all(bench.loop.open()).empty()) << "before the first connection";
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  Peer third = bench.open(Role::kClient);
  bench.pipe.dial(80);  // opening, for ever
  bench.settle();
  EXPECT_EQ(all(bench.server.open()), (std::vector<WebSocket>{first.socket, second.socket}));
  EXPECT_EQ(all(bench.loop.open()), (std::vector<WebSocket>{first.socket, second.socket, third.socket}));
  ASSERT_EQ(first.socket.close(), Status::kOk);
  EXPECT_EQ(all(bench.server.open()), (std::vector<WebSocket>{second.socket})) << "closing is not open";
  third.socket.abort();
  EXPECT_EQ(all(bench.loop.open()), (std::vector<WebSocket>{second.socket}));
}

TEST(OpenSockets, OfTwoServersEachHasItsOwn) {
  Bench<4, 8, 256> bench;
  Server other{bench.loop};
  ServerOptions options;
  options.port = 8080;
  ASSERT_EQ(other.listen(options), Status::kOk);
  Peer first = bench.open(Role::kServer);
  bench.pipe.dial(8080).send(request());
  bench.settle();
  EXPECT_EQ(all(bench.server.open()), (std::vector<WebSocket>{first.socket}));
  EXPECT_EQ(all(other.open()), (std::vector<WebSocket>{bench.last(Event::kOpen)->socket}));
}

// R-THR-2
TEST(OpenSockets, MayEndWhileTheyAreWalkedOver) {
  for (int ends = 0; ends < 3; ++ends) {
    Bench<3, 8, 256> bench;
    Peer peers[3];
    for (Peer& each : peers) each = bench.open(Role::kServer);
    std::vector<WebSocket> found;
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      for (const WebSocket socket : bench.server.open()) {
        found.push_back(socket);
        peers[ends].socket.abort();  // before, at or after the present one
      }
    };
    peers[0].send(kTextFrame, "go");
    bench.settle();
    std::vector<WebSocket> expected{peers[0].socket, peers[1].socket, peers[2].socket};
    if (ends != 0) expected.erase(expected.begin() + ends);
    EXPECT_EQ(found, expected) << ends;
  }
}

}  // namespace
}  // namespace whit
