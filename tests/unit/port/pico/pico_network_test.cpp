// SPDX-License-Identifier: MIT
// PicoNetwork against a stand-in of the Pico SDK that keeps a record of the bracket, the sleep and the worker.
#include "whit/pico_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "../lwip/wire.h"
#include "lwip/timeouts.h"
#include "whit/loop.h"
#include "whit/server.h"

namespace {

using lwip_test::Wire;

struct Sdk {
  async_context_t context = {0};
  bool started = true;
  unsigned core = 0;
  int brackets = 0;  // cyw43_arch_lwip_begin() less cyw43_arch_lwip_end()
  int polls = 0;     // cyw43_arch_poll()
  std::vector<async_when_pending_worker_t*> workers;
  std::vector<uint64_t> sleeps_ms;
  std::function<void()> while_asleep = [] {};
  uint64_t next_random = 0;
};

Sdk sdk;
bool check_bracket = false;

}  // namespace

extern "C" {

// lwIP and the port call it wherever they need to be alone with lwIP.
int test_context_is_wrong = 0;
void test_check_context(void) {
  EXPECT_TRUE(sdk.brackets == 1 || !check_bracket) << "lwIP was called outside of the bracket";
}

unsigned get_core_num(void) { return sdk.core; }
uint32_t get_rand_32(void) { return 4; }
uint64_t get_rand_64(void) { return sdk.next_random += 0x0102030405060708; }

absolute_time_t get_absolute_time(void) { return Wire::now_ms * uint64_t{1000} + 999; }
absolute_time_t make_timeout_time_ms(uint32_t ms) { return (uint64_t{Wire::now_ms} + ms) * 1000; }
uint32_t to_ms_since_boot(absolute_time_t time) { return static_cast<uint32_t>(time / 1000); }

async_context_t* cyw43_arch_async_context(void) { return sdk.started ? &sdk.context : nullptr; }
void cyw43_arch_poll(void) { ++sdk.polls; }
void cyw43_arch_lwip_begin(void) { ++sdk.brackets; }
void cyw43_arch_lwip_end(void) { --sdk.brackets; }
void cyw43_arch_wait_for_work_until(absolute_time_t until) {
  EXPECT_EQ(sdk.brackets, 0) << "asleep inside the bracket: the interrupt cannot run lwIP";
  sdk.sleeps_ms.push_back(until / 1000 - Wire::now_ms);
  sdk.while_asleep();
}

bool async_context_add_when_pending_worker(async_context_t*, async_when_pending_worker_t* worker) {
  sdk.workers.push_back(worker);
  return true;
}
bool async_context_remove_when_pending_worker(async_context_t*, async_when_pending_worker_t* worker) {
  sdk.workers.erase(std::remove(sdk.workers.begin(), sdk.workers.end(), worker), sdk.workers.end());
  return true;
}
void async_context_set_work_pending(async_context_t* context, async_when_pending_worker_t* worker) {
  EXPECT_EQ(context, &sdk.context);
  EXPECT_EQ(std::count(sdk.workers.begin(), sdk.workers.end(), worker), 1) << "the SDK does not know this worker";
  worker->work_pending = true;
}
}

namespace {

class PicoNetworkTest : public testing::Test {
 protected:
  PicoNetworkTest() {
    sdk = Sdk();
    Wire::get().clear();
  }
  ~PicoNetworkTest() override { check_bracket = false; }

  whit::PicoNetwork<4> network_;
};

TEST_F(PicoNetworkTest, StartsOnlyOnTheCoreThatStartedTheWifiChip) {
  sdk.started = false;
  EXPECT_EQ(network_.enter(), whit::Status::kFailed);
  sdk.started = true;
  sdk.core = 1;
  EXPECT_EQ(network_.enter(), whit::Status::kFailed);
  EXPECT_EQ(sdk.brackets, 0);
  EXPECT_TRUE(sdk.workers.empty());
  sdk.core = 0;
  EXPECT_EQ(network_.enter(), whit::Status::kOk);
}

TEST_F(PicoNetworkTest, ALoopRunsInsideTheBracketAndSleepsOutsideOfIt) {
  check_bracket = true;
  ASSERT_EQ(network_.enter(), whit::Status::kOk);
  whit::Loop<2, 2, 512, 1> loop;
  whit::Server server{loop};
  whit::ServerOptions options;
  options.port = 80;
  ASSERT_EQ(loop.start(network_), whit::Status::kOk);
  ASSERT_EQ(server.listen(options), whit::Status::kOk);
  const int polls = sdk.polls;
  while (loop.poll(network_.wait(loop.wait_ms()))) {
  }
  EXPECT_EQ(sdk.polls, polls + 1) << "one turn moves the Wi-Fi chip once";
  EXPECT_EQ(sdk.sleeps_ms.size(), 1u);
  EXPECT_EQ(sdk.brackets, 1);
  network_.unlisten(0);
  network_.leave();
  EXPECT_EQ(sdk.brackets, 0);
}

TEST_F(PicoNetworkTest, WaitSleepsAsLongAsItIsTold) {
  ASSERT_EQ(network_.enter(), whit::Status::kOk);
  for (; sys_timeouts_sleeptime() <= 7; ++Wire::now_ms) sys_check_timeouts();
  sdk.while_asleep = [] { Wire::now_ms += 5; };
  const uint32_t before_ms = Wire::now_ms;
  EXPECT_EQ(network_.wait(7), before_ms + 5);
  EXPECT_EQ(sdk.sleeps_ms, std::vector<uint64_t>{7});
}

TEST_F(PicoNetworkTest, WaitEndsWhenATimerOfLwipIsDue) {
  ASSERT_EQ(network_.enter(), whit::Status::kOk);
  sys_check_timeouts();
  const uint32_t timers_ms = sys_timeouts_sleeptime();
  network_.wait(1u << 30);
  EXPECT_EQ(sdk.sleeps_ms, std::vector<uint64_t>{timers_ms});
}

TEST_F(PicoNetworkTest, AWaitForNothingOpensTheBracketAllTheSame) {
  ASSERT_EQ(network_.enter(), whit::Status::kOk);
  network_.wait(0);
  EXPECT_TRUE(sdk.sleeps_ms.empty());
  EXPECT_EQ(sdk.brackets, 1);
}

TEST_F(PicoNetworkTest, WakeMakesWorkPending) {
  network_.wake();  // too early, and without effect
  ASSERT_EQ(network_.enter(), whit::Status::kOk);
  ASSERT_EQ(sdk.workers.size(), 1u);
  EXPECT_FALSE(sdk.workers[0]->work_pending);
  network_.wake();
  EXPECT_TRUE(sdk.workers[0]->work_pending);
  sdk.workers[0]->do_work(&sdk.context, sdk.workers[0]);  // as the SDK does then
  network_.leave();
  EXPECT_TRUE(sdk.workers.empty());
  network_.wake();
}

TEST_F(PicoNetworkTest, RandomBytesAreThoseOfTheSdkEachOnce) {
  uint8_t bytes[11] = {};
  ASSERT_EQ(network_.random({bytes, 10}), whit::Status::kOk);
  const std::vector<uint8_t> expected = {8, 7, 6, 5, 4, 3, 2, 1, 16, 14, 0};
  EXPECT_EQ(std::vector<uint8_t>(bytes, bytes + 11), expected);
}

}  // namespace
