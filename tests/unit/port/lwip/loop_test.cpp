// SPDX-License-Identifier: MIT
// The whole way: Whit's loop, server and client on lwIP, with peers that speak WebSocket over the wire. The connection
// cut at every byte; peers that stall; answers that must arrive although the request was larger than all memory.
#include <array>

#include "fixture.h"
#include "lwip/priv/tcp_priv.h"
#include "whit/client.h"
#include "whit/loop.h"
#include "whit/server.h"
#include "whit/wire/accept_key.h"

namespace lwip_test {
namespace {

using whit::Event;
using whit::Status;

constexpr uint32_t kLimitMs = 600;  // of every deadline in these tests

void set_limits(whit::ConnectionOptions* options) {
  for (uint32_t* limit :
       {&options->timeouts_ms[whit::Deadline::kHead], &options->timeouts_ms[whit::Deadline::kFrame],
        &options->timeouts_ms[whit::Deadline::kData], &options->timeouts_ms[whit::Deadline::kWrite],
        &options->timeouts_ms[whit::Deadline::kKeepaliveInterval],
        &options->timeouts_ms[whit::Deadline::kKeepaliveAnswer], &options->timeouts_ms[whit::Deadline::kClose],
        &options->timeouts_ms[whit::Deadline::kLinger]}) {
    *limit = kLimitMs;
  }
}

const std::string kRequest =
    "GET / HTTP/1.1\r\nHost: 10.0.0.1:8080\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

// A frame of at most 65535 bytes. A client masks; its mask here is 0, which is legal.
std::string frame(uint8_t opcode, const std::string& payload, bool masked) {
  std::string out(1, static_cast<char>(0x80 | opcode));
  const uint8_t mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | payload.size());
  } else {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  }
  if (masked) out.append(4, '\0');
  return out + payload;
}

std::string close_frame(bool masked) { return frame(8, std::string("\x03\xE8", 2), masked); }

class LoopTest : public LwipTest {
 protected:
  LoopTest() {
    EXPECT_EQ(loop_.start(network_), Status::kOk);
    set_limits(&server_options_);
    set_limits(&client_options_);
    server_options_.port = kPort;
    client_options_.url = "ws://10.0.0.2:8081/";
  }

  void TearDown() override {
    loop_.stop();
    step(200, 20);
    EXPECT_EQ(loop_.connections().in_use, 0);
    EXPECT_EQ(loop_.handshakes().in_use, 0);
    EXPECT_EQ(loop_.buffers().in_use, 0);
    EXPECT_EQ(opened_, closed_);
    LwipTest::TearDown();
  }

  // The application echoes. One turn of the clock: the loop until it has no more events, then the peers.
  void step(int times, uint32_t step_ms) {
    for (int i = 0; i < times; ++i) {
      Wire::now_ms += step_ms;
      while (const Event event = loop_.poll(Wire::now_ms)) handle(event);
      exchange();
    }
  }

  void handle(const Event& event) {
    if (event.type == Event::kOpen) ++opened_;
    if (event.type == Event::kClose) closed_ += opened_ > closed_ ? 1 : 0;
    if (event.type == Event::kClose) clean_ += event.close.was_clean ? 1 : 0;
    if (event.type != Event::kMessage) return;
    if (hold_next_) {
      hold_next_ = false;
      held_ = event.socket;
      held_.hold();
      return;
    }
    whit::WebSocket socket = event.socket;
    if (socket.send(event.message) == Status::kWouldBlock) socket.hold();
  }

  void exchange() {
    for (const Segment& segment : Wire::get().take_segments()) {
      bool taken = false;
      for (auto& peer : peers_) taken = taken || peer->take(segment);
      if (taken || segment.flags != kSyn || !answers_) continue;
      peers_.push_back(std::make_unique<Peer>(segment.to, segment.from));
      peers_.back()->take(segment);
    }
    for (auto& peer : peers_) peer->move(Wire::now_ms);
  }

  // A WebSocket peer of the server, its handshake done.
  Peer& joined() {
    Peer& other = peer();
    other.connect();
    step(3, 1);
    other.send(kRequest);
    step(5, 1);
    EXPECT_EQ(other.received.substr(0, 12), "HTTP/1.1 101");
    other.received.clear();
    return other;
  }

  // The use of lwIP's memory, TIME_WAIT aside.
  std::vector<unsigned> usage() {
    std::vector<unsigned> all = lwip_usage();
    all[MEMP_TCP_PCB] = 0;
    all[MEMP_SYS_TIMEOUT] = 0;
    all[MEMP_MAX + 1] = 0;
    return all;
  }

  void expect_nothing_in_use(const std::vector<unsigned>& before, const std::string& where) {
    ASSERT_EQ(loop_.connections().in_use, 0) << where;
    ASSERT_EQ(loop_.handshakes().in_use, 0) << where;
    ASSERT_EQ(loop_.buffers().in_use, 0) << where;
    ASSERT_EQ(usage(), before) << where;
    ASSERT_EQ(opened_, closed_) << where;
  }

  enum class Cut { kFin, kReset, kSilence };

  void cut(Peer& other, Cut how) {
    if (how == Cut::kFin) other.finish();
    if (how == Cut::kReset) other.reset();
    if (how == Cut::kSilence) other.silent = true;
  }

  whit::Loop<2, 4, 256, 2> loop_;
  whit::Server server_{loop_};
  whit::Client client_{loop_};
  whit::ServerOptions server_options_;
  whit::ClientOptions client_options_;
  whit::WebSocket held_;
  bool hold_next_ = false;
  bool answers_ = true;
  int opened_ = 0;
  int closed_ = 0;
  int clean_ = 0;
};

TEST_F(LoopTest, AServersSessionCutAtEveryByte) {
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  const std::string session =
      kRequest + frame(1, "hello", true) + frame(2, pattern(300), true) + frame(9, "ping", true) + close_frame(true);
  const std::vector<unsigned> before = usage();
  for (const Cut how : {Cut::kFin, Cut::kReset, Cut::kSilence}) {
    for (size_t at = 0; at <= session.size(); at += at > kRequest.size() + 30 && at + 30 < session.size() ? 7 : 1) {
      peers_.clear();
      Peer& other = peer();
      other.connect();
      step(2, 1);
      other.send(session.substr(0, at));
      step(4, 1);
      cut(other, how);
      step(60, 40);
      expect_nothing_in_use(before, "cut " + std::to_string(static_cast<int>(how)) + " at " + std::to_string(at));
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_GT(opened_, 0);
  EXPECT_EQ(clean_, 3) << "the whole session, three times";
}

TEST_F(LoopTest, AClientsSessionCutAtEveryByte) {
  const std::string frames = frame(1, "hello", false) + frame(9, "ping", false) + close_frame(false);
  const std::vector<unsigned> before = usage();
  for (const Cut how : {Cut::kFin, Cut::kReset, Cut::kSilence}) {
    size_t size = 1;
    for (size_t at = 0; at <= size; ++at) {
      peers_.clear();
      ASSERT_EQ(client_.connect(client_options_), Status::kOk);
      step(5, 1);
      ASSERT_EQ(peers_.size(), 1u);
      Peer& other = *peers_[0];
      const size_t key = other.received.find("Sec-WebSocket-Key: ");
      ASSERT_NE(key, std::string::npos);
      char accept[whit::wire::kAcceptSize];
      whit::wire::accept_key(other.received.data() + key + 19, accept);
      const std::string session =
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
          std::string(accept, sizeof accept) + "\r\n\r\n" + frames;
      size = session.size();
      other.send(session.substr(0, at));
      step(4, 1);
      cut(other, how);
      step(60, 40);
      expect_nothing_in_use(before, "cut " + std::to_string(static_cast<int>(how)) + " at " + std::to_string(at));
      if (HasFatalFailure()) return;
    }
  }
  EXPECT_EQ(clean_, 3);
}

// A request of eight buffers, and a peer that takes it at once, through a small window, or only a part of it.
TEST_F(LoopTest, AClientsLongRequest) {
  const std::string target(2000, 'a');
  const std::string url = "ws://10.0.0.2:8081/" + target;
  client_options_.url = {url.data(), url.size()};
  const std::vector<unsigned> before = usage();
  for (const uint16_t window : {4096, 700, 536}) {
    for (const bool reads_all : {true, false}) {
      peers_.clear();
      ASSERT_EQ(client_.connect(client_options_), Status::kOk);
      step(2, 1);
      ASSERT_EQ(peers_.size(), 1u);
      Peer& other = *peers_[0];
      other.window = window;
      other.acknowledge();
      step(reads_all ? 200 : 1, 1);
      if (reads_all) {
        const std::string line = "GET /" + target + " HTTP/1.1\r\n";
        EXPECT_EQ(other.received.find(line), 0u) << window;
        EXPECT_EQ(other.received.find("\r\n\r\n") + 4, other.received.size()) << window;
      } else {
        other.window = 0;  // it takes no more: a deadline ends it
      }
      step(60, 40);
      cut(other, Cut::kReset);
      step(60, 40);
      expect_nothing_in_use(before, "window " + std::to_string(window));
      EXPECT_TRUE(client_.is_over());
    }
  }
}

// A peer that is dead or slow in any way does not delay another one's echo.
TEST_F(LoopTest, AStalledPeerDelaysNobody) {
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  Peer& honest = joined();
  enum Stall {
    kHalfHead,
    kOneByteOfAHeader,
    kHalfAFrame,
    kHalfAPing,
    kZeroWindow,
    kHeld,
    kSilentAfterConnect,
    kSingleBytes,
    kEnd
  };
  for (int stall = 0; stall < kEnd; ++stall) {
    SCOPED_TRACE(stall);
    Peer* other = nullptr;
    if (stall == kHalfHead || stall == kSilentAfterConnect) {
      other = &peer();
      other->connect();
      step(3, 1);
      if (stall == kHalfHead) other->send(kRequest.substr(0, 30));
    } else {
      other = &joined();
    }
    std::string trickle;
    if (stall == kOneByteOfAHeader) other->send(frame(2, "x", true).substr(0, 1));
    if (stall == kHalfAFrame) other->send(frame(2, pattern(1000), true).substr(0, 500));
    if (stall == kHalfAPing) other->send(frame(9, "ping", true).substr(0, 8));
    if (stall == kZeroWindow) {
      other->window = 0;
      other->acknowledge();
      other->send(frame(2, pattern(3000), true));
    }
    if (stall == kHeld) {
      hold_next_ = true;
      other->send(frame(2, pattern(200), true) + frame(2, pattern(2000), true));
    }
    if (stall == kSingleBytes) {
      other->segment_bytes = 1;
      trickle = frame(2, pattern(2000), true);
    }
    step(3, 1);
    for (int i = 0; i < 300; ++i) {
      if (!trickle.empty()) {
        other->send(trickle.substr(0, 4));
        trickle.erase(0, 4);
      }
      const std::string text = "echo " + std::to_string(i);
      honest.received.clear();
      honest.send(frame(1, text, true));
      for (int j = 0; j < 5 && honest.received.empty(); ++j) step(1, 1);
      ASSERT_EQ(honest.received, frame(1, text, false));
    }
    if (stall == kHeld) held_.abort();
    other->reset();
    step(5, 1);
  }
}

TEST_F(LoopTest, AConnectionEndsWhileItsDataIsHeld) {
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  const std::vector<unsigned> before = usage();
  for (const Cut how : {Cut::kFin, Cut::kReset}) {
    peers_.clear();
    Peer& other = joined();
    hold_next_ = true;
    other.send(frame(2, pattern(100), true) + frame(2, pattern(1500), true));
    step(5, 1);
    EXPECT_FALSE(hold_next_);
    cut(other, how);
    step(5, 1);
    held_.resume();
    step(100, 40);
    expect_nothing_in_use(before, std::to_string(static_cast<int>(how)));
  }
}

// The answer to what does not fit must not be lost to a TCP reset: the input is read on and thrown away.
TEST_F(LoopTest, RefusalsArriveWholeAlthoughTheRequestWasLargerThanAllMemory) {
  server_options_.timeouts_ms[whit::Deadline::kHead] =
      0;  // lwIP drops what comes behind a window of more packets than are kept
  server_options_.timeouts_ms[whit::Deadline::kLinger] = 60'000;
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  struct Case {
    std::string request;
    std::string answer;
  };
  const std::string endless = "X-Endless: " + pattern(30'000) + "\r\n\r\n";
  const Case cases[] = {
      {"GET / HTTP/1.1\r\nHost: a\r\n" + endless, "HTTP/1.1 431"},
      {"NONSENSE\r\n" + endless, "HTTP/1.1 400"},
      {kRequest.substr(0, kRequest.find("13")) + "12\r\n\r\n" + pattern(30'000), "HTTP/1.1 426"},
  };
  for (const Case& one : cases) {
    Peer& other = peer();
    other.connect();
    step(3, 1);
    other.send(one.request);
    for (int i = 0; i < 5000 && !other.got_fin && !other.got_rst; ++i) step(1, 5);
    EXPECT_EQ(other.received.substr(0, one.answer.size()), one.answer);
    EXPECT_NE(other.received.find("\r\n\r\n"), std::string::npos);
    EXPECT_TRUE(other.got_fin);
    EXPECT_FALSE(other.got_rst) << one.answer;
    for (int i = 0; i < 5000 && !other.all_acknowledged() && !other.got_rst; ++i) step(1, 5);
    EXPECT_TRUE(other.all_acknowledged()) << "the rest of it is thrown away, not reset";
    other.finish();
    step(10, 5);
    EXPECT_FALSE(other.got_rst);
  }
}

TEST_F(LoopTest, AFullServerAnswers503) {
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  joined();
  joined();
  Peer& third = peer();
  third.connect();
  step(3, 1);
  third.send(kRequest);
  step(10, 5);
  EXPECT_EQ(third.received.substr(0, 12), "HTTP/1.1 503");
  EXPECT_TRUE(third.got_fin);
  EXPECT_FALSE(third.got_rst);
}

// A Close frame that answers a message too large to keep arrives, although the message goes on and on.
TEST_F(LoopTest, TheCloseFrameArrivesBehindAMessageThatGoesOn) {
  server_options_.max_message_bytes = 1000;
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  Peer& other = joined();
  other.send(frame(2, pattern(40'000), true));
  for (int i = 0; i < 200 && !other.got_fin && !other.got_rst; ++i) step(1, 5);
  const std::string expected("\x88\x02\x03\xF1", 4);  // 1009
  EXPECT_NE(other.received.find(expected), std::string::npos);
  EXPECT_FALSE(other.got_rst);
}

TEST_F(LoopTest, LargeMessagesPassThroughSmallBuffersOverALossyWire) {
  server_options_.timeouts_ms[whit::Deadline::kKeepaliveInterval] = 0;
  server_options_.timeouts_ms[whit::Deadline::kFrame] = 0;
  server_options_.timeouts_ms[whit::Deadline::kData] = 0;
  server_options_.timeouts_ms[whit::Deadline::kWrite] = 0;
  ASSERT_EQ(server_.listen(server_options_), Status::kOk);
  Peer& other = joined();
  uint32_t random = 7;
  Wire::get().lose = [&random] {
    random = random * 1664525u + 1013904223u;
    return (random >> 16) % 20 == 0;
  };
  const std::string text = pattern(20'000);
  other.send(frame(2, text, true));
  const auto done = [&] { return other.received.size() >= text.size() + 4; };
  for (int i = 0; i < 20'000 && !done(); ++i) step(1, 20);
  // The echo comes in fragments; together they are the message.
  std::string echoed;
  for (size_t at = 0; at + 1 < other.received.size();) {
    size_t size = static_cast<uint8_t>(other.received[at + 1]);
    size_t header = 2;
    if (size == 126) {
      size = static_cast<uint8_t>(other.received[at + 2]) << 8 | static_cast<uint8_t>(other.received[at + 3]);
      header = 4;
    }
    echoed += other.received.substr(at + header, size);
    at += header + size;
  }
  for (int i = 0; i < 100 && echoed.size() < text.size(); ++i) step(1, 20);
  EXPECT_EQ(echoed.substr(0, 19'000), text.substr(0, 19'000));
  Wire::get().lose = nullptr;
}

}  // namespace
}  // namespace lwip_test
