// SPDX-License-Identifier: MIT
#include "altcp_bench.h"

namespace altcp_test {

namespace {

uint32_t clock_ms;  // lwIP's

}  // namespace

AltcpTest::AltcpTest() {
  static const bool started = [] {
    lwip_init();
    return true;
  }();
  EXPECT_TRUE(started);
  clock_ms += 1000000;
  now_ms = clock_ms;
  whit::require_mqtt(&client_options);
  app = [this](const Event& event) { stream.on_event(event); };
}

AltcpTest::~AltcpTest() {
  EXPECT_EQ(lwip_stats.memp[MEMP_PBUF_POOL]->used, 0);
  clock_ms = now_ms;
}

void AltcpTest::open() {
  EXPECT_EQ(client.connect(client_options), Status::kOk);
  step();
  ASSERT_NE(pipe.answered_count(), 0u);
  peer = {};
  peer.role = whit::Role::kClient;
  peer.pipe = &pipe.answered(pipe.answered_count() - 1);
  std::string answer = whit::response_to(peer.pipe->take());
  answer.insert(answer.size() - 2, "Sec-WebSocket-Protocol: mqtt\r\n");
  peer.pipe->send(answer);
  step();
  ASSERT_EQ(count(Event::kOpen, client.socket()), 1u);
  peer.socket = client.socket();
}

void AltcpTest::step(int times) {
  for (int i = 0; i < times; ++i) {
    clock_ms = now_ms;
    stream.poll(now_ms);
    sys_check_timeouts();
    turn();
  }
}

void AltcpTest::pass(uint32_t ms) {
  const uint32_t end_ms = now_ms + ms;
  step();
  while (now_ms != end_ms) {
    uint32_t wait_ms = stream.wait_ms(loop.wait_ms(), now_ms);
    if (wait_ms > sys_timeouts_sleeptime()) wait_ms = sys_timeouts_sleeptime();
    now_ms += wait_ms < end_ms - now_ms ? wait_ms : end_ms - now_ms;
    step(1);
  }
  step();
}

std::string AltcpTest::sent() {
  std::string all;
  for (const Frame& each : frames()) {
    if (each.opcode == kBinary || each.opcode == 0) all += each.payload + (each.fin ? "|" : "");
  }
  return all;
}

}  // namespace altcp_test

extern "C" u32_t sys_now() { return altcp_test::clock_ms; }
extern "C" uint32_t test_random() { return 4; }
extern "C" void test_check_context() {}
