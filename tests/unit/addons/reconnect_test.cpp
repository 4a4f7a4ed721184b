// SPDX-License-Identifier: MIT
// Reconnect on a virtual clock and the pipe network: R-REC-1 to R-REC-5 and R-CLOSE-4 of what clients need.
#include "whit/reconnect.h"

#include <gtest/gtest.h>

#include <random>

#include "unit/core/bench.h"
#include "unit/emulated.h"

namespace whit {
namespace {

// Random bytes that a test chooses; the rest is never asked.
class Dice final : public Network {
 public:
  uint16_t capacity() const override { return 0; }
  void poll(uint32_t) override {}
  void attach(IndexQueue*) override {}
  Status listen(uint8_t, Text, uint16_t, bool) override { return Status::kFailed; }
  uint16_t listening_port(uint8_t) const override { return 0; }
  void unlisten(uint8_t) override {}
  Transport* accept(uint8_t, uint16_t) override { return nullptr; }
  bool waiting(uint8_t) override { return false; }
  Transport* connect(uint16_t, Text, uint16_t, bool, Status*) override { return nullptr; }
  Status random(MutableBytes destination) override {
    if (broken) return Status::kFailed;
    for (size_t i = 0; i < destination.size; ++i) destination.data[i] = static_cast<uint8_t>(next >> (8 * i));
    return Status::kOk;
  }
  void wake() override {}
  int32_t error() const override { return 0; }

  uint32_t next = 0;
  bool broken = false;
};

struct ReconnectBench : Bench<1, 2, 512, 2> {
  ReconnectBench() {
    app = [this](const Event& event) {
      reconnect.on_event(event);
      if (inside) inside(event);
    };
    reconnect.times = {1000, 0, 4, 30000};
  }

  // Turns and sleeps for so long.
  void run(uint32_t ms) {
    const uint32_t end_ms = now_ms + ms;
    for (;;) {
      reconnect.poll(now_ms);
      turn();
      const uint32_t wait_ms = reconnect.wait_ms(loop.wait_ms());
      const uint32_t left_ms = end_ms - now_ms;
      if (wait_ms > left_ms) break;
      now_ms += wait_ms;
    }
    now_ms = end_ms;
    reconnect.poll(now_ms);
    turn();
  }

  TestPeer& last_peer() { return pipe.answered(pipe.answered_count() - 1); }
  // The server answers the newest attempt.
  void accept() {
    last_peer().send(response_to(last_peer().received()));
    run(0);
  }
  void refuse(const std::string& status, const std::string& fields = "") {
    last_peer().send("HTTP/1.1 " + status + "\r\n" + fields + "\r\n");
    last_peer().close();
    run(0);
  }
  void lose() {
    last_peer().reset();
    run(0);
  }
  // The milliseconds from now to the next attempt.
  uint32_t until_attempt() {
    const size_t attempts = pipe.answered_count();
    const uint32_t begin_ms = now_ms;
    while (pipe.answered_count() == attempts && now_ms - begin_ms < 10000000) {
      const uint32_t wait_ms = reconnect.wait_ms(loop.wait_ms());
      run(wait_ms != 0 ? wait_ms : 1);
    }
    return now_ms - begin_ms;
  }

  Dice dice;
  Reconnect reconnect{client, dice, client_options};
  std::function<void(const Event&)> inside;
};

// R-REC-2: the waits are those of OCPP 2.0.1, Part 4, 5.3 for RetryBackOffWaitMinimum 10, RandomRange 5, RepeatTimes 3.
TEST(Reconnect, WaitsAsOcppSays) {
  ReconnectBench bench;
  bench.reconnect.times = {10000, 5000, 3, 30000};
  const uint32_t parts_ms[] = {5000, 0, 2500, 1250, 5000, 0};
  const uint32_t expected_ms[] = {15000, 30000, 62500, 126250, 126250, 126250};
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  for (size_t i = 0; i < 6; ++i) {
    bench.dice.next = static_cast<uint32_t>((uint64_t{parts_ms[i]} << 32) / 5001) + 1;
    bench.lose();
    EXPECT_EQ(bench.reconnect.last_wait_ms(), expected_ms[i]) << i;
    EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kWaiting);
    EXPECT_EQ(bench.until_attempt(), expected_ms[i]) << i;
    EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kConnecting);
  }
}

TEST(Reconnect, TheRandomPartIsTheWholeRange) {
  ReconnectBench bench;
  bench.reconnect.times = {1000, 9, 0, 0};
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  const std::pair<uint32_t, uint32_t> cases[] = {{0, 1000}, {0x19999999, 1000}, {0x1999999A, 1001}, {0xFFFFFFFF, 1009}};
  for (const auto& [next, wait_ms] : cases) {
    bench.dice.next = next;
    bench.accept();  // open for the good period of 0 ms
    bench.lose();
    EXPECT_EQ(bench.reconnect.last_wait_ms(), wait_ms);
    bench.until_attempt();
  }
  bench.dice.broken = true;
  bench.accept();
  bench.lose();
  EXPECT_EQ(bench.reconnect.last_wait_ms(), 1000u) << "without random bytes it waits all the same";
}

TEST(Reconnect, AGoodPeriodMakesTheNextWaitTheFirst) {
  ReconnectBench bench;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  for (const uint32_t wait_ms : {1000u, 2000u, 4000u}) {
    bench.accept();
    bench.run(29999);
    bench.lose();
    EXPECT_EQ(bench.until_attempt(), wait_ms) << "the period is a millisecond too short";
  }
  bench.accept();
  bench.run(30000);
  bench.lose();
  EXPECT_EQ(bench.until_attempt(), 1000u);
}

TEST(Reconnect, WaitsNeverOverflow) {
  ReconnectBench bench;
  bench.reconnect.times = {UINT32_MAX, UINT32_MAX, UINT32_MAX, 0};
  bench.dice.next = UINT32_MAX;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  for (int i = 0; i < 5; ++i) {
    bench.run(0);
    bench.lose();
    EXPECT_EQ(bench.reconnect.last_wait_ms(), Reconnect::kLongestWaitMs);
    bench.run(Reconnect::kLongestWaitMs);
  }
}

// R-REC-4
TEST(Reconnect, TheCodeDecides) {
  struct {
    const char* status;  // of the answer to the handshake; empty: it opens
    uint16_t code;       // then, of the server's Close frame; 0: a reset
    bool stops;
    uint32_t wait_ms;
  } const cases[] = {
      {"401 Unauthorized", 0, true, 0},
      {"403 Forbidden", 0, true, 0},
      {"404 Not Found", 0, true, 0},
      {"410 Gone", 0, true, 0},
      {"400 Bad Request", 0, false, 1000},
      {"500 Internal Server Error", 0, false, 1000},
      {"503 Service Unavailable", 0, false, 1000},
      {"", 1000, false, 1000},
      {"", 1001, false, 1000},
      {"", 1011, false, 1000},
      {"", 1013, false, 1000},
      {"", 1012, false, 0},
      {"", 0, false, 1000},
      {"", 4401, true, 0},
      {"", 4402, false, 1000},
      {"", 4403, true, 0},
      {"", 4404, true, 0},
  };
  for (const auto& each : cases) {
    ReconnectBench bench;
    ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
    bench.run(0);
    if (each.status[0] != '\0') {
      bench.refuse(each.status);
    } else {
      bench.accept();
      bench.last_peer().send(each.code != 0 ? peer_close(Role::kClient, each.code, "") : "");
      bench.last_peer().close();
      if (each.code == 0) bench.last_peer().reset();
    }
    const size_t attempts = bench.pipe.answered_count();
    bench.run(each.wait_ms != 0 ? each.wait_ms - 1 : 0);
    const std::string what = each.status + std::to_string(each.code);
    EXPECT_EQ(bench.pipe.answered_count(), attempts + (each.wait_ms == 0 && !each.stops ? 1 : 0)) << what;
    EXPECT_EQ(bench.reconnect.state() == Reconnect::State::kStopped, each.stops) << what;
    bench.run(1);
    EXPECT_EQ(bench.pipe.answered_count(), attempts + (each.stops ? 0 : 1)) << what;
    if (!each.stops) continue;
    bench.run(1000000);
    EXPECT_EQ(bench.pipe.answered_count(), attempts) << what;
    EXPECT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk) << "it can be started again";
  }
}

TEST(Reconnect, AServerThatAlwaysRestartsIsNotAskedAtOnceAgain) {
  ReconnectBench bench;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  for (const uint32_t wait_ms : {0u, 2000u, 4000u}) {
    bench.accept();
    const size_t attempts = bench.pipe.answered_count();
    const uint32_t begin_ms = bench.now_ms;
    bench.last_peer().send(peer_close(Role::kClient, 1012, ""));
    bench.last_peer().close();
    bench.run(0);
    if (bench.pipe.answered_count() == attempts) bench.until_attempt();
    EXPECT_EQ(bench.now_ms - begin_ms, wait_ms);
  }
}

TEST(Reconnect, TheRulesCanBeReplaced) {
  const ReconnectRule rules[] = {{Cause::kHandshake, 500, 599, AfterEnd::kStop},
                                 {Cause::kHandshake, 400, 499, AfterEnd::kAtOnce}};
  ReconnectBench bench;
  bench.reconnect.rules = rules;
  bench.reconnect.rule_count = 2;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  bench.refuse("401 Unauthorized");
  bench.run(0);
  EXPECT_EQ(bench.pipe.answered_count(), 2u);
  bench.refuse("503 Service Unavailable");
  EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kStopped);
}

Reconnect* with_fields = nullptr;
void on_field(WebSocket socket, Text name, Text value) { with_fields->on_response_field(socket, name, value); }

TEST(Reconnect, HonoursRetryAfter) {
  const std::pair<const char*, uint32_t> cases[] = {
      {"Retry-After: 120\r\n", 120000},
      {"RETRY-AFTER: 7\r\n", 7000},
      {"Retry-After: 0\r\n", 1000},
      {"Retry-After: -1\r\n", 1000},
      {"Retry-After: \r\n", 1000},
      {"Retry-Afters: 120\r\n", 1000},
      {"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 1000},
      {"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 1000},
      {"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:30:00 GMT\r\n", 120000},
      {"retry-after: Wednesday, 21-Oct-26 07:30:00 GMT\r\ndate: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 120000},
      {"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:27:00 GMT\r\n", 1000},
      {"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n",
       Reconnect::kLongestWaitMs},
      {"Date: today\r\nRetry-After: Wed, 21 Oct 2026 07:30:00 GMT\r\n", 1000},
      {"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: soon\r\n", 1000},
      {"Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: 7\r\n", 7000},
      {"Retry-After: 99999999999999999999999\r\n", Reconnect::kLongestWaitMs},
  };
  for (const auto& [field, wait_ms] : cases) {
    ReconnectBench bench;
    with_fields = &bench.reconnect;
    bench.client_options.on_response_field = on_field;
    ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
    bench.run(0);
    bench.refuse("503 Service Unavailable", field);
    const size_t attempts = bench.pipe.answered_count();
    bench.run(wait_ms - 1);
    EXPECT_EQ(bench.pipe.answered_count(), attempts) << field;
    bench.run(1);
    EXPECT_EQ(bench.pipe.answered_count(), attempts + 1) << field;
    bench.lose();
    EXPECT_LE(bench.reconnect.wait_ms(UINT32_MAX), 2000u) << "it counts for one wait";
  }
}

TEST(Reconnect, FailsOverToTheNextUrl) {
  const Text urls[] = {"ws://one.example/", "ws://two.example/", "ws://three.example/"};
  ReconnectBench bench;
  bench.reconnect.urls = urls;
  bench.reconnect.url_count = 3;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  const auto host = [&] { return bench.last_peer().received().find("Host: two") != std::string::npos; };
  bench.lose();
  bench.run(0);
  ASSERT_EQ(bench.pipe.answered_count(), 2u) << "at once";
  EXPECT_TRUE(host());
  bench.accept();
  bench.run(30000);
  bench.lose();
  EXPECT_EQ(bench.until_attempt(), 1000u);
  EXPECT_TRUE(host()) << "it was open: the same one first";
  bench.lose();
  bench.run(0);
  EXPECT_NE(bench.last_peer().received().find("Host: three"), std::string::npos);
  bench.lose();
  bench.run(0);
  EXPECT_NE(bench.last_peer().received().find("Host: one"), std::string::npos);
  bench.lose();
  EXPECT_EQ(bench.until_attempt(), 2000u) << "the wait comes when all have failed";
  EXPECT_TRUE(host());
}

TEST(Reconnect, SaysWhyAnAttemptCannotBegin) {
  ReconnectBench bench;
  bench.client_options.url = "http://server.example/";
  EXPECT_EQ(bench.reconnect.start(bench.now_ms), Status::kInvalidArgument);
  EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kStopped);
  bench.client_options.url = "ws://server.example/";
  EXPECT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  EXPECT_EQ(bench.reconnect.start(bench.now_ms), Status::kInUse);
  bench.run(0);
  bench.client_options.url = "wss:/";
  bench.lose();
  bench.run(1000);
  EXPECT_EQ(bench.reconnect.last_status(), Status::kInvalidArgument);
  EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kWaiting);
  bench.client_options.url = "ws://server.example/";
  bench.run(2000);
  EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kConnecting);
}

// ---- R-REC-1, R-REC-5: each call in each state, and inside each event ----

using State = Reconnect::State;

void bring_to(ReconnectBench* bench, State state) {
  if (state == State::kStopped) return;
  ASSERT_EQ(bench->reconnect.start(bench->now_ms), Status::kOk);
  bench->run(0);
  if (state == State::kOpen) bench->accept();
  if (state == State::kWaiting) bench->lose();
  ASSERT_EQ(bench->reconnect.state(), state);
}

void answer_close(ReconnectBench* bench) {
  if (bench->pipe.answered_count() == 0) return;
  bench->run(0);
  bench->last_peer().send(peer_close(Role::kClient, 1000, ""));
  bench->last_peer().close();
  bench->run(0);
}

constexpr State kStates[] = {State::kStopped, State::kWaiting, State::kConnecting, State::kOpen};

TEST(Reconnect, StopInEachState) {
  for (const State state : kStates) {
    ReconnectBench bench;
    bring_to(&bench, state);
    bench.reconnect.stop(1001);
    EXPECT_EQ(bench.reconnect.state(), State::kStopped);
    const size_t attempts = bench.pipe.answered_count();
    answer_close(&bench);
    if (state == State::kOpen) {
      EXPECT_NE(bench.last_peer().received().find('\x88'), std::string::npos) << "in order";
    }
    bench.run(10000000);
    EXPECT_EQ(bench.pipe.answered_count(), attempts);
    bench.expect_baseline();
    EXPECT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
    bench.run(0);
    EXPECT_EQ(bench.pipe.answered_count(), attempts + 1);
  }
}

TEST(Reconnect, DisconnectInEachState) {
  for (const State state : kStates) {
    ReconnectBench bench;
    bring_to(&bench, state);
    const size_t attempts = bench.pipe.answered_count();
    bench.reconnect.disconnect();
    if (state == State::kOpen) answer_close(&bench);
    bench.run(999);
    EXPECT_EQ(bench.pipe.answered_count(), attempts) << static_cast<int>(state);
    bench.run(1);
    EXPECT_EQ(bench.pipe.answered_count(), attempts + (state == State::kStopped ? 0 : 1)) << static_cast<int>(state);
  }
}

TEST(Reconnect, ReconnectInEachState) {
  for (const State state : kStates) {
    ReconnectBench bench;
    bring_to(&bench, state);
    const size_t attempts = bench.pipe.answered_count();
    bench.reconnect.reconnect();
    bench.run(0);
    EXPECT_EQ(bench.pipe.answered_count(), attempts + 1) << static_cast<int>(state);
    bench.lose();
    EXPECT_EQ(bench.until_attempt(), 1000u) << "the first wait";
  }
}

// Without waiting for the answer to our Close frame.
TEST(Reconnect, StartOrReconnectBehindStop) {
  for (const bool starts : {true, false}) {
    ReconnectBench bench;
    bring_to(&bench, State::kOpen);
    bench.reconnect.stop();
    if (starts) {
      EXPECT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
      bench.run(0);
      EXPECT_EQ(bench.pipe.answered_count(), 1u) << "the one before is still closing";
      answer_close(&bench);
    } else {
      bench.reconnect.reconnect();
    }
    bench.run(0);
    EXPECT_EQ(bench.pipe.answered_count(), 2u);
    EXPECT_EQ(bench.reconnect.state(), State::kConnecting);
  }
}

TEST(Reconnect, EachCallInsideEachEvent) {
  using Call = void (*)(Reconnect*);
  const Call calls[] = {
      [](Reconnect* reconnect) { reconnect->stop(); },
      [](Reconnect* reconnect) { reconnect->disconnect(); },
      [](Reconnect* reconnect) { reconnect->reconnect(); },
  };
  for (const Event::Type type : {Event::kOpen, Event::kMessage, Event::kError, Event::kClose}) {
    for (const Call& call : calls) {
      ReconnectBench bench;
      bool called = false;
      bench.inside = [&](const Event& event) {
        if (event.type != type || called) return;
        called = true;
        call(&bench.reconnect);
      };
      ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
      bench.run(0);
      bench.accept();
      bench.last_peer().send(peer_frame(Role::kClient, kTextFrame, "x"));
      bench.run(0);
      bench.pipe.answered(0).reset();
      bench.run(20000);
      EXPECT_TRUE(called);
      const bool stops = &call == calls;
      EXPECT_EQ(bench.pipe.answered_count() > 1, !stops);
      EXPECT_EQ(bench.reconnect.state() == State::kStopped, stops);
      bench.reconnect.stop();
      bench.run(10000000);
      bench.expect_baseline();
    }
  }
}

// R-CLOSE-4
TEST(Reconnect, EventsOfOtherConnectionsAreNotItsOwn) {
  Bench<2, 4, 512, 2> bench;
  Dice dice;
  Reconnect reconnect{bench.client, dice, bench.client_options};
  bench.app = [&](const Event& event) { reconnect.on_event(event); };
  ASSERT_EQ(reconnect.start(bench.now_ms), Status::kOk);
  Peer browser = bench.open(Role::kServer);
  EXPECT_EQ(reconnect.state(), State::kConnecting);
  browser.pipe->reset();
  bench.settle();
  EXPECT_EQ(reconnect.state(), State::kConnecting);
}

// ---- R-REC-3 ----

// A server that refuses, resets, hangs, answers nonsense or closes, in any order, behind a network that fails as well.
void live_badly(ReconnectBench* bench, std::mt19937* random, int cycles) {
  size_t attempts = 0;
  for (int i = 0; i < cycles; ++i) {
    PipeFaults& faults = bench->pipe.faults();
    faults.fail_at = (*random)() % 4 == 0 ? static_cast<Layer>((*random)() % 3) : Layer::kOpen;
    faults.hold_at = (*random)() % 8 == 0 ? static_cast<Layer>((*random)() % 3) : Layer::kOpen;
    bench->pipe.refuse_connects((*random)() % 8 == 0 ? Status::kFailed : Status::kOk);
    bench->run((*random)() % 20000);
    if (bench->pipe.answered_count() == attempts) continue;
    attempts = bench->pipe.answered_count();
    switch ((*random)() % 6) {
      case 0:
        bench->lose();
        break;
      case 1:
        bench->refuse("503 Service Unavailable");
        break;
      case 2:
        bench->last_peer().send("nonsense\r\n\r\n");
        break;
      case 3:
        break;  // hangs
      case 4:
        bench->accept();
        bench->lose();
        break;
      default:
        bench->accept();
        bench->last_peer().send(peer_close(Role::kClient, 1001, ""));
        bench->last_peer().close();
    }
    ASSERT_NE(bench->reconnect.state(), State::kStopped) << i;
    bench->take_seen();
  }
  EXPECT_GT(attempts, static_cast<size_t>(cycles / 10));
}

// 100,000 cycles in all. Each time the server then comes back: connected within one wait (and the attempt that hangs
// when it comes), and nothing is in use but the one connection.
TEST(Reconnect, NeverGivesUp) {
  const uint32_t lives = sample(500);
  std::mt19937 random(1);
  for (uint32_t life = 0; life < lives; ++life) {
    ReconnectBench bench;
    bench.reconnect.times = {100, 50, 6, 5000};
    bench.dice.next = random();
    ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
    live_badly(&bench, &random, 200);
    bench.pipe.faults().fail_at = bench.pipe.faults().hold_at = Layer::kOpen;
    bench.pipe.refuse_connects(Status::kOk);
    size_t attempts = bench.pipe.answered_count();
    const uint32_t begin_ms = bench.now_ms;
    while (bench.reconnect.state() != State::kOpen && bench.now_ms - begin_ms < 100000) {
      bench.run(10);
      if (bench.pipe.answered_count() == attempts) continue;
      attempts = bench.pipe.answered_count();
      bench.accept();
    }
    ASSERT_EQ(bench.reconnect.state(), State::kOpen) << life;
    const ConnectionOptions& options = bench.client_options;
    EXPECT_LE(bench.now_ms - begin_ms, options.timeouts_ms[Deadline::kConnect] +
                                           options.timeouts_ms[Deadline::kSecure] + bench.reconnect.last_wait_ms());
    EXPECT_EQ(bench.loop.connections().in_use, 1);
    bench.reconnect.stop();
    bench.run(60000);
    bench.expect_baseline();
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace whit
