// SPDX-License-Identifier: MIT
// From a slot to an open connection: the loop's part. What the heads say is tested with server/ and client/.
#include "unit/loop/bench.h"

namespace whit {
namespace {

std::string status_line(const std::string& received) { return received.substr(0, received.find("\r\n")); }

TEST(Opening, BothRolesOpen) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    EXPECT_EQ(bench.seen.size(), 1u);
    EXPECT_EQ(peer.socket.ready_state(), ReadyState::kOpen);
    EXPECT_EQ(bench.loop.connections().in_use, 1);
    EXPECT_EQ(bench.loop.handshakes().in_use, 0);
    EXPECT_EQ(bench.loop.buffers().in_use, 0) << "an idle connection holds no buffer";
  }
}

// Each refusal gives its buffer back to the share of the handshakes.
TEST(Opening, ARefusalLeavesRoomForTheNextHandshake) {
  Bench<1, 2, 256> bench;
  bench.listen();
  for (int i = 0; i < 8; ++i) {
    TestPeer& bad = bench.pipe.dial(80);
    bad.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    bench.settle();
    EXPECT_EQ(status_line(bad.received()), "HTTP/1.1 426 Refused") << i;
    bad.close();
    bench.settle();
    EXPECT_TRUE(bad.gone()) << i;
    bench.expect_baseline();
  }
  bench.open(Role::kServer);
}

}  // namespace
}  // namespace whit
