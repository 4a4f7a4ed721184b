// SPDX-License-Identifier: MIT
#include "fixture.h"

#include "lwip/timeouts.h"

extern "C" {
// lwIP calls this in every function that needs its context; a test may forbid it.
int test_context_is_wrong = 0;
// R-THR-3: the functions of lwIP are called in the turn of the loop alone.
void test_check_context(void) {
  if (test_context_is_wrong == 0) return;
  fprintf(stderr, "lwIP was called out of its context\n");
  abort();
}
}

namespace lwip_test {

whit::Bytes bytes(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return text;
}

whit::Status TestNetwork::random(whit::MutableBytes destination) {
  for (size_t i = 0; i < destination.size; ++i) destination.data[i] = static_cast<uint8_t>(test_random() >> 16);
  return whit::Status::kOk;
}

void TestNetwork::pump() {
  Wire::get().deliver(packets_per_poll);
  sys_check_timeouts();
  if (in_pump) in_pump();
}

LwipTest::LwipTest() {
  Wire::get().clear();
  usage_before_ = lwip_usage();
  ready_.attach(links_, kSlots);
  network_.attach(&ready_);
}

LwipTest::~LwipTest() = default;

void LwipTest::SetUp() {}

// Everything is given back, at the latest after the time that TCP itself asks for (TIME_WAIT: two minutes).
void LwipTest::TearDown() {
  for (uint16_t i = 0; i < kSlots; ++i) abort(i);
  for (uint8_t i = 0; i < whit::Network::kMaxListeners; ++i) network_.unlisten(i);
  Wire::get().output_result = ERR_OK;
  for (auto& peer : peers_) peer->silent = true;
  run(180'000, 250);
  EXPECT_EQ(network_.counters().waiting, 0);
  EXPECT_EQ(lwip_usage(), usage_before_) << "pools, then the lists: active, TIME_WAIT, bound, listening";
}

void LwipTest::abort(uint16_t index) {
  if (transports_[index] != nullptr) transports_[index]->abort();
  transports_[index] = nullptr;
}

void LwipTest::turn() {
  network_.poll(Wire::now_ms);
  for (const Segment& segment : Wire::get().take_segments()) {
    if (lost()) continue;
    for (auto& peer : peers_) {
      if (peer->take(segment)) break;
    }
  }
  for (auto& peer : peers_) peer->move(Wire::now_ms);
}

bool LwipTest::lost() { return lose_one_in_ != 0 && (test_random() >> 8) % lose_one_in_ == 0; }

void LwipTest::echo() {
  for (uint16_t i = 0; i < kSlots; ++i) {
    if (transports_[i] == nullptr) {
      transports_[i] = network_.accept(0, i);
      to_echo_[i].clear();
      ending_[i] = false;
      continue;
    }
    whit::Status status = whit::Status::kWouldBlock;
    if (to_echo_[i].size() < 512) to_echo_[i] += read_all(transports_[i], &status);
    const size_t done = write(transports_[i], to_echo_[i]);
    to_echo_[i].erase(0, done);
    ending_[i] = ending_[i] || status == whit::Status::kClosed;
    const bool finished = ending_[i] && to_echo_[i].empty() && transports_[i]->finish() == whit::Status::kOk;
    if (finished || status == whit::Status::kFailed) abort(i);
  }
}

void LwipTest::settle() {
  for (int i = 0; i < 100; ++i) {
    turn();
    if (Wire::get().quiet()) return;
  }
}

void LwipTest::run(uint32_t duration_ms, uint32_t step_ms) {
  for (uint32_t passed = 0; passed < duration_ms; passed += step_ms) {
    Wire::now_ms += step_ms;
    turn();
  }
  settle();
}

Peer& LwipTest::peer(uint16_t lwip_port, bool ipv6) {
  peers_.push_back(std::make_unique<Peer>(next_peer_port_++, lwip_port, ipv6));
  return *peers_.back();
}

whit::Transport* LwipTest::connected(Peer** peer_out, uint16_t index) {
  if (network_.listening_port(0) == 0) {
    EXPECT_EQ(network_.listen(0, "", kPort, false), whit::Status::kOk);
  }
  Peer& other = peer();
  other.connect();
  settle();
  EXPECT_TRUE(other.open());
  whit::Transport* const transport = network_.accept(0, index);
  EXPECT_NE(transport, nullptr);
  used(index, transport);
  *peer_out = &other;
  return transport;
}

// The peer learns lwIP's port from the SYN, which is lost with that; lwIP repeats it.
whit::Transport* LwipTest::dialled(Peer** peer_out, uint16_t index) {
  const uint16_t port = next_peer_port_++;
  whit::Status status = whit::Status::kFailed;
  whit::Transport* const transport = network_.connect(index, "10.0.0.2", port, false, &status);
  EXPECT_EQ(status, whit::Status::kOk);
  used(index, transport);
  uint16_t lwip_port = 0;
  for (const Segment& segment : Wire::get().take_segments()) {
    if (segment.flags == kSyn && segment.to == port) lwip_port = segment.from;
  }
  EXPECT_NE(lwip_port, 0);
  peers_.push_back(std::make_unique<Peer>(port, lwip_port, false));
  *peer_out = peers_.back().get();
  return transport;
}

std::string LwipTest::read_all(whit::Transport* transport, whit::Status* status, size_t piece) {
  std::string all;
  while (true) {
    std::vector<uint8_t> buffer(piece);
    const whit::Transfer transfer = transport->read({buffer.data(), piece});
    if (transfer.status != whit::Status::kOk) {
      if (status != nullptr) *status = transfer.status;
      return all;
    }
    EXPECT_GE(transfer.size, 1u);
    EXPECT_LE(transfer.size, piece);
    all.append(buffer.begin(), buffer.begin() + static_cast<long>(transfer.size));
  }
}

size_t LwipTest::write(whit::Transport* transport, const std::string& text, whit::Status* status) {
  size_t done = 0;
  while (done < text.size()) {
    const whit::Transfer transfer = transport->write(bytes(text).from(done));
    if (status != nullptr) *status = transfer.status;
    if (transfer.status != whit::Status::kOk) return done;
    EXPECT_GE(transfer.size, 1u);
    done += transfer.size;
  }
  return done;
}

std::vector<uint16_t> LwipTest::announced() {
  std::vector<uint16_t> all;
  while (!ready_.empty()) all.push_back(ready_.take());
  return all;
}

bool LwipTest::is_announced(uint16_t index) {
  bool found = false;
  for (const uint16_t one : announced()) found = found || one == index;
  return found;
}

}  // namespace lwip_test
