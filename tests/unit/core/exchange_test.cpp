// SPDX-License-Identifier: MIT
// From one request to the next on a connection, the loop's part: buffers, deadlines, handles. What is answered is
// tested with server/.
#include "unit/core/bench.h"
#include "whit/http_service.h"

namespace whit {
namespace {

const std::string kBody(1000, 'b');
const Page kPages[] = {{"/", "text/plain", bytes_of(kBody), {}, "t", "no-cache"}};
const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

struct ExchangeBench : Bench<2, 3, 256> {
  ExchangeBench() {
    server_options.http = &serve_http;
    server_options.pages = kPages;
    server_options.page_count = 1;
    listen();
    peer = &pipe.dial(80);
  }
  size_t answers() const {
    size_t count = 0;
    for (size_t at = 0; (at = peer->received().find("HTTP/1.1 200", at)) != std::string::npos; ++at) ++count;
    return count;
  }
  TestPeer* peer = nullptr;
};

TEST(Exchange, HoldsNoBufferBetweenRequests) {
  ExchangeBench bench;
  for (size_t i = 1; i != 5; ++i) {
    bench.peer->send(kGet);
    bench.settle();
    EXPECT_EQ(bench.answers(), i);
    EXPECT_EQ(bench.loop.buffers().in_use, 0);
    EXPECT_EQ(bench.loop.handshakes().in_use, 1);
  }
  EXPECT_EQ(bench.loop.handshakes().high_water, 1);
}

// What follows a request stays where it is, and a buffer of its own has the answer.
TEST(Exchange, KeepsWhatFollows) {
  ExchangeBench bench;
  bench.peer->set_window(100);
  bench.peer->stop_reading();
  bench.peer->send(kGet + kGet.substr(0, 9));
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 2);
  bench.peer->start_reading();
  bench.peer->send(kGet.substr(9));
  bench.settle();
  EXPECT_EQ(bench.answers(), 2u);
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

// Two buffers, one of which holds the beginning of the next request: the last one is always for what leaves.
TEST(Exchange, NeedsNoMoreThanTwoBuffers) {
  Bench<2, 2, 256> bench;
  bench.server_options.http = &serve_http;
  bench.server_options.pages = kPages;
  bench.server_options.page_count = 1;
  bench.listen();
  TestPeer& one = bench.pipe.dial(80);
  TestPeer& two = bench.pipe.dial(80);
  for (int i = 0; i < 10; ++i) {
    one.send(kGet);
    two.send(kGet + kGet);
  }
  bench.settle();
  EXPECT_EQ(one.received().size() * 2, two.received().size());
  EXPECT_NE(one.received().size(), 0u);
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

// While the answer leaves, the peer's time is that of kWrite; then the time of its next request begins.
TEST(Exchange, NeitherDeadlineRunsInTheTimeOfTheOther) {
  ExchangeBench bench;
  bench.server_options.timeouts_ms[Deadline::kHead] = 3000;
  bench.server_options.write_min_bytes = 10;
  bench.peer->set_window(10);
  bench.peer->stop_reading();
  bench.peer->send(kGet);
  for (size_t taken = 0; taken < kBody.size() + 100; taken += 20) {
    bench.advance(1000);
    ASSERT_FALSE(bench.peer->gone());
    bench.peer->read_once(20);
  }
  bench.peer->start_reading();
  bench.settle();
  EXPECT_EQ(bench.answers(), 1u);
  bench.advance(2999);
  EXPECT_FALSE(bench.peer->gone());
  bench.advance(2);
  EXPECT_TRUE(bench.peer->gone());
}

}  // namespace
}  // namespace whit
