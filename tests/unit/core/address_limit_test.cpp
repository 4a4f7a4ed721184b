// SPDX-License-Identifier: MIT
// limit_per_address: how many connections an address has open.
#include "unit/core/bench.h"

namespace whit {
namespace {

Address ipv4(uint8_t last) {
  Address address;
  address.size = 4;
  address.bytes[0] = 10;
  address.bytes[3] = last;
  return address;
}

Address ipv6(uint8_t network, uint8_t host) {
  Address address;
  address.size = 16;
  address.bytes[7] = network;
  address.bytes[15] = host;
  return address;
}

class AddressLimit : public testing::Test, protected Bench<6, 8, 256, 3> {
 protected:
  AddressLimit() {
    server_options.on_admit = limit_per_address;
    server_options.max_per_address = 2;
    listen();
  }

  TestPeer& dial(const Address& address) {
    pipe.set_peer_address(address);
    TestPeer& peer = pipe.dial(80);
    peer.send(request());
    settle();
    return peer;
  }
  std::string status(const Address& address) { return dial(address).received().substr(9, 3); }
};

TEST_F(AddressLimit, TheThirdConnectionOfAnAddressIsRefusedAndThatOfAnotherIsNot) {
  EXPECT_EQ(status(ipv4(1)), "101");
  EXPECT_EQ(status(ipv4(1)), "101");
  EXPECT_EQ(status(ipv4(1)), "429");
  EXPECT_EQ(status(ipv4(2)), "101");
  EXPECT_EQ(loop.connections().in_use, 3);
  EXPECT_EQ(count(Event::kOpen), 3u);
}

TEST_F(AddressLimit, AClosedConnectionMakesPlaceForTheNext) {
  TestPeer& first = dial(ipv4(1));
  EXPECT_EQ(status(ipv4(1)), "101");
  first.send(peer_close(Role::kServer, 1000, ""));
  settle();
  EXPECT_EQ(status(ipv4(1)), "101") << "the old one counts no more after its kClose, though its TCP is not over";
  EXPECT_EQ(status(ipv4(1)), "429");
}

TEST_F(AddressLimit, AnIpv6NetworkOf64BitsCountsAsOneAddress) {
  EXPECT_EQ(status(ipv6(1, 1)), "101");
  EXPECT_EQ(status(ipv6(1, 2)), "101");
  EXPECT_EQ(status(ipv6(1, 3)), "429");
  EXPECT_EQ(status(ipv6(2, 1)), "101");
}

TEST_F(AddressLimit, AnAddressThatThePortDoesNotKnowIsNotLimited) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(status(Address{}), "101");
}

// R-SRV-1: peers that are opening do not count, neither for their own address nor for others.
TEST_F(AddressLimit, PeersThatAreStillOpeningKeepNobodyOut) {
  pipe.set_peer_address(ipv4(1));
  for (int i = 0; i < 200; ++i) pipe.dial(80).send("GET / HTTP/1.1\r\n");
  settle();
  pipe.set_peer_address(ipv4(1));
  TestPeer& same = pipe.dial(80);
  same.send(request());
  advance(config::kHeadTimeoutMs);
  EXPECT_EQ(same.received().substr(9, 3), "101");
  EXPECT_EQ(loop.connections().in_use, 1);
}

TEST_F(AddressLimit, EachServerCountsItsOwn) {
  Server other{loop};
  ServerOptions options;
  options.port = 8080;
  ASSERT_EQ(other.listen(options), Status::kOk);
  pipe.set_peer_address(ipv4(1));
  TestPeer& peer = pipe.dial(8080);
  peer.send(request());
  settle();
  EXPECT_EQ(peer.received().substr(9, 3), "101");
  EXPECT_EQ(status(ipv4(1)), "101");
  EXPECT_EQ(status(ipv4(1)), "101");
  EXPECT_EQ(status(ipv4(1)), "429");
}

TEST_F(AddressLimit, AnsweredByTheApplicationItIsAskedAfterAccept) {
  server.stop();
  server_options.on_request = &keep_request_fields;
  listen();
  app = [](const Event& event) {
    if (event.type != Event::kRequest) return;
    ASSERT_EQ(event.socket.accept(), Status::kOk);
  };
  EXPECT_EQ(status(ipv4(1)), "101");
  EXPECT_EQ(status(ipv4(1)), "101");
  EXPECT_EQ(status(ipv4(1)), "429");
  server.stop();
  advance(10000);
  expect_baseline();
}

}  // namespace
}  // namespace whit
