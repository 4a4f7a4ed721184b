// SPDX-License-Identifier: MIT
// The byte streams: data both ways, ends, resets, windows, and what lwIP makes difficult about them.
#include "fixture.h"
#include "lwip/priv/tcp_priv.h"

namespace lwip_test {
namespace {

using whit::Layer;
using whit::Status;

class Streams : public LwipTest {};

TEST_F(Streams, CarryBytesBothWays) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
  EXPECT_EQ(transport->progress().status, Status::kOk);
  EXPECT_EQ(transport->error(), 0);
  Status status = Status::kOk;
  EXPECT_EQ(read_all(transport, &status), "");
  EXPECT_EQ(status, Status::kWouldBlock);
  other->send("hello");
  settle();
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(read_all(transport), "hello");
  EXPECT_EQ(write(transport, "world"), 5u);
  settle();
  EXPECT_EQ(other->received, "world");
}

TEST_F(Streams, KnowTheirPeer) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  const whit::Address address = transport->remote();
  ASSERT_EQ(address.size, 4);
  const uint8_t expected[] = {10, 0, 0, 2};
  EXPECT_EQ(memcmp(address.bytes, expected, 4), 0);
  EXPECT_EQ(address.port, other->port());
  other->reset();
  settle();
  EXPECT_EQ(transport->remote().size, 0);
}

#if LWIP_IPV6
TEST_F(Streams, RunOverIpv6) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  Peer& other = peer(kPort, true);
  other.connect();
  settle();
  whit::Transport* const transport = network_.accept(0, 0);
  ASSERT_NE(transport, nullptr);
  used(0, transport);
  const whit::Address address = transport->remote();
  ASSERT_EQ(address.size, 16);
  const uint8_t expected[16] = {0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};
  EXPECT_EQ(memcmp(address.bytes, expected, 16), 0);
  other.send("six");
  settle();
  EXPECT_EQ(read_all(transport), "six");
  EXPECT_EQ(write(transport, "seven"), 5u);
  settle();
  EXPECT_EQ(other.received, "seven");
}
#endif

// ATT-like input: every way to cut a stream into segments, packets and reads.
TEST_F(Streams, AreTheSameHoweverTheyAreCut) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  const std::string text = pattern(90);
  for (const size_t segment : {1u, 2u, 7u, 89u, 90u}) {
    for (const size_t packet : {0u, 1u, 2u, 5u, 64u}) {
      if (packet != 0 && segment / packet > 15) continue;  // lwIP has not so many packets
      for (const size_t piece : {1u, 2u, 3u, 31u, 64u, 200u}) {
        other->segment_bytes = segment;
        Wire::get().pbuf_bytes = packet;
        other->send(text);
        std::string all;
        for (int i = 0; i < 400 && all.size() < text.size(); ++i) {
          turn();
          all += read_all(transport, nullptr, piece);
          if (i > 100) run(100, 50);  // what lwIP dropped behind refused data comes again
        }
        ASSERT_EQ(all, text) << segment << " per segment, " << packet << " per packet, " << piece << " per read";
      }
    }
  }
  EXPECT_EQ(network_.counters().writes_starved, 0);
}

TEST_F(Streams, SingleBytesCostOnePacketAndDelayNobody) {
  Peer* slow = nullptr;
  Peer* fast = nullptr;
  whit::Transport* const held = connected(&slow, 0);
  whit::Transport* const transport = connected(&fast, 1);
  slow->segment_bytes = 1;
  std::string sent;
  for (int i = 0; i < 900; ++i) {  // more than one packet holds
    slow->send(std::string(1, static_cast<char>('a' + i % 26)));
    sent += static_cast<char>('a' + i % 26);
    turn();
    ASSERT_LE(pool_used(MEMP_PBUF_POOL), 2u + static_cast<unsigned>(i) / PBUF_POOL_BUFSIZE);
    fast->send("x");
    settle();
    ASSERT_EQ(read_all(transport), "x");
  }
  EXPECT_EQ(Wire::get().dropped, 0u);
  EXPECT_EQ(network_.counters().receives_refused, 0);
  EXPECT_EQ(read_all(held), sent);
}

// However segments and reads fall, a window takes what its bytes need and one that is partly read (for the first
// packet's headers).
TEST_F(Streams, AWindowIsPacked) {
  constexpr size_t kMost = 1 + (TCP_WND - 1 + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE;
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  uint32_t chance = 6455;
  const auto below = [&chance](uint32_t limit) { return (chance = chance * 1664525 + 1013904223) / 65536 % limit; };
  std::string sent, got;
  unsigned most = 0;
  for (int i = 0; i < 400000 && got.size() < 200000; ++i) {
    if (sent.size() - got.size() < 2 * TCP_WND) {
      const std::string text = pattern(sent.size() + TCP_WND).substr(sent.size());
      other->segment_bytes = below(4) == 0 ? 536 : 1 + below(536);
      other->send(text);
      sent += text;
    }
    for (uint32_t turns = below(6); turns != 0; --turns) {
      turn();
      most = std::max(most, pool_used(MEMP_PBUF_POOL));
    }
    if (below(3) == 0) settle();
    most = std::max(most, pool_used(MEMP_PBUF_POOL));
    uint8_t buffer[TCP_WND];
    const whit::Transfer read = transport->read({buffer, 1 + below(TCP_WND)});
    if (read.status == Status::kOk) got.append(reinterpret_cast<char*>(buffer), read.size);
    ASSERT_EQ(got, sent.substr(0, got.size()));
  }
  EXPECT_GE(got.size(), 200000u);
  EXPECT_LE(most, kMost);
  EXPECT_GE(most, kMost - 1) << "the window was never full";
  EXPECT_EQ(Wire::get().dropped, 0u);
  EXPECT_EQ(network_.counters().receives_refused, 0);
}

// Where packets cannot be joined (the driver's own memory), they are bound by number.
TEST_F(Streams, KeepFewPacketsAndLeaveTheOthersToLwip) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  Wire::get().pbuf_bytes = 2000;  // headers in one packet, data in another, both of RAM
  other->segment_bytes = 10;
  other->send(pattern(50));
  settle();
  EXPECT_GT(network_.counters().receives_refused, 0);
  uint8_t buffer[10];
  ASSERT_EQ(transport->read({buffer, 10}).status, Status::kOk);
  EXPECT_EQ(std::string(buffer, buffer + 10), pattern(50).substr(0, 10));
  std::string all(buffer, buffer + 10);
  all += read_all(transport);
  EXPECT_GE(all.size(), 20u) << "what lwIP kept comes at once, without waiting for its timer";
  for (int i = 0; i < 50 && all.size() < 50; ++i) {
    run(100, 10);
    all += read_all(transport);
  }
  EXPECT_EQ(all, pattern(50));
}

TEST_F(Streams, CloseTheWindowBehindWhatIsNotRead) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  const std::string text = pattern(3 * TCP_WND);
  other->send(text);
  run(3000, 10);
  EXPECT_LE(other->lwip_window, TCP_MSS);
  std::string all;
  for (int i = 0; i < 2000 && all.size() < text.size(); ++i) {
    uint8_t buffer[100];
    const whit::Transfer transfer = transport->read({buffer, sizeof buffer});
    if (transfer.status == Status::kOk) all.append(buffer, buffer + transfer.size);
    run(10, 5);
  }
  EXPECT_EQ(all, text);
  settle();
  EXPECT_GE(other->lwip_window, TCP_WND - TCP_MSS);
}

TEST_F(Streams, WaitForAWindowOfZero) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->window = 0;
  other->acknowledge();
  settle();
  (void)announced();
  Status status = Status::kOk;
  const std::string text = pattern(20'000);
  size_t done = write(transport, text, &status);
  EXPECT_EQ(status, Status::kWouldBlock);
  EXPECT_GT(done, 0u);
  run(10'000, 50);
  EXPECT_FALSE(is_announced(0)) << "nothing has changed";
  other->window = 4096;
  other->acknowledge();
  for (int i = 0; i < 2000 && done < text.size(); ++i) {
    run(50, 10);
    if (is_announced(0)) done += write(transport, text.substr(done), &status);
  }
  EXPECT_EQ(done, text.size());
  run(2000, 10);
  EXPECT_EQ(other->received, text);
}

TEST_F(Streams, OfferWhatFitsAndSayWhenMoreDoes) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->acknowledges = false;
  Status status = Status::kOk;
  const std::string text = pattern(10 * TCP_SND_BUF);
  size_t done = write(transport, text, &status);
  EXPECT_EQ(status, Status::kWouldBlock);
  EXPECT_LE(done, static_cast<size_t>(TCP_SND_BUF));
  settle();
  EXPECT_FALSE(is_announced(0));
  other->acknowledges = true;
  other->acknowledge();
  for (int i = 0; i < 200 && done < text.size(); ++i) {
    settle();
    if (!is_announced(0)) run(20, 10);
    done += write(transport, text.substr(done), &status);
  }
  EXPECT_EQ(done, text.size());
  run(100, 10);
  EXPECT_EQ(other->received, text);
}

TEST_F(Streams, DoNotWaitForAnAcknowledgementToSendMore) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->acknowledges = false;
  for (const char* text : {"a", "b", "c"}) {
    EXPECT_EQ(write(transport, text), 1u);
    settle();
  }
  EXPECT_EQ(other->received, "abc");
}

TEST_F(Streams, EndAfterTheLastByte) {
  for (const bool together : {false, true}) {
    Peer* other = nullptr;
    whit::Transport* const transport = connected(&other);
    other->fin_with_data = together;
    if (together) {
      other->window = 4000;
      other->silent = true;  // so that both leave at once
      other->send("last words");
      other->silent = false;
      other->finish();
      run(1000, 10);
    } else {
      other->send("last words");
      other->finish();
      settle();
    }
    EXPECT_TRUE(is_announced(0));
    Status status = Status::kOk;
    EXPECT_EQ(read_all(transport, &status), "last words");
    EXPECT_EQ(status, Status::kClosed);
    EXPECT_EQ(transport->read({}).status, Status::kClosed) << "stays so";
    // Half-closed: our direction is still open.
    EXPECT_EQ(write(transport, "an answer"), 9u);
    EXPECT_EQ(transport->finish(), Status::kOk);
    EXPECT_EQ(transport->finish(), Status::kOk);
    settle();
    EXPECT_EQ(other->received, "an answer");
    EXPECT_TRUE(other->got_fin);
    abort(0);
    settle();
    EXPECT_FALSE(other->got_rst);
    EXPECT_EQ(tcp_active_pcbs, nullptr);
  }
}

// After our end lwIP has states in which it loses refused data without a word (LAST_ACK) or leaks it (TIME_WAIT).
TEST_F(Streams, LoseNothingThatComesWithThePeersEnd) {
  for (const bool ours_first : {false, true}) {
    Peer* other = nullptr;
    whit::Transport* const transport = connected(&other);
    Wire::get().pbuf_bytes = 2000;  // packets that cannot be joined
    other->segment_bytes = 10;
    other->fin_with_data = true;
    if (ours_first) {
      EXPECT_EQ(transport->finish(), Status::kOk);
      settle();
      EXPECT_TRUE(other->got_fin);
    }
    other->send(pattern(10));
    settle();
    const uint16_t refused = network_.counters().receives_refused;
    other->silent = true;
    other->send(pattern(10));
    other->silent = false;
    other->finish();
    run(1000, 10);
    EXPECT_EQ(network_.counters().receives_refused, refused);
    if (!ours_first) {
      EXPECT_EQ(transport->finish(), Status::kOk);
      settle();
      EXPECT_TRUE(other->got_fin);
    }
    Status status = Status::kOk;
    EXPECT_EQ(read_all(transport, &status), pattern(10) + pattern(10));
    EXPECT_EQ(status, Status::kClosed);
    EXPECT_FALSE(other->got_rst);
    abort(0);
    Wire::get().pbuf_bytes = 0;
  }
}

// With data unread, tcp_close() would send a RST, which makes the peer throw away the Close frame just received.
TEST_F(Streams, FinishDoesNotResetAlthoughInputIsUnread) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->send(pattern(700));
  settle();
  EXPECT_EQ(write(transport, "close frame"), 11u);
  EXPECT_EQ(transport->finish(), Status::kOk);
  run(30'000, 50);
  EXPECT_EQ(other->received, "close frame");
  EXPECT_TRUE(other->got_fin);
  EXPECT_FALSE(other->got_rst);
  EXPECT_EQ(read_all(transport), pattern(700)) << "still there to be read, and parsed";
  other->send("more");
  settle();
  EXPECT_EQ(read_all(transport), "more");
  other->finish();
  settle();
  EXPECT_EQ(transport->read({}).status, Status::kClosed);
  abort(0);
  settle();
  EXPECT_FALSE(other->got_rst);
}

TEST_F(Streams, BothEndsAtOnce) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  EXPECT_EQ(transport->finish(), Status::kOk);
  other->finish();  // crosses ours: CLOSING, and TIME_WAIT without another callback
  settle();
  EXPECT_EQ(transport->read({}).status, Status::kClosed);
  run(180'000, 250);  // lwIP frees its block without telling
  EXPECT_EQ(transport->read({}).status, Status::kClosed);
  EXPECT_EQ(transport->finish(), Status::kOk);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kFailed);
  EXPECT_EQ(transport->remote().size, 0);
}

TEST_F(Streams, GiveWhatCameBeforeAReset) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->send("before");
  settle();
  (void)announced();
  other->reset();
  settle();
  EXPECT_TRUE(is_announced(0));
  Status status = Status::kOk;
  EXPECT_EQ(read_all(transport, &status), "before");
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(transport->error(), ERR_RST);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kFailed);
  EXPECT_EQ(transport->error(), ERR_RST);
  EXPECT_EQ(transport->finish(), Status::kFailed);
}

TEST_F(Streams, WriteAfterFinishFails) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  EXPECT_EQ(transport->finish(), Status::kOk);
  EXPECT_EQ(transport->write(bytes("x")).status, Status::kFailed);
  EXPECT_EQ(transport->error(), ERR_CONN);
  other->send("still read");
  settle();
  EXPECT_EQ(read_all(transport), "still read");
}

enum class State { kOpen, kUnread, kUnsent, kFinished, kFinishedAcknowledged, kPeerEnded, kBothEnded, kReset, kCount };

// The immediate end, in every state: free at once, the peer told by a RST unless both had ended.
TEST_F(Streams, AbortInEveryState) {
  for (int number = 0; number < static_cast<int>(State::kCount); ++number) {
    const auto state = static_cast<State>(number);
    Peer* other = nullptr;
    whit::Transport* const transport = connected(&other, 1);
    if (state == State::kUnread) other->send(pattern(1000));
    if (state == State::kPeerEnded || state == State::kBothEnded) other->finish();
    if (state == State::kReset) other->reset();
    if (state == State::kUnsent || state == State::kFinished) other->acknowledges = false;
    settle();
    const size_t unsent = state == State::kUnsent ? 9000 : 0;
    EXPECT_EQ(write(transport, pattern(unsent)) > 0, unsent > 0);
    if (state == State::kFinished || state == State::kFinishedAcknowledged || state == State::kBothEnded) {
      EXPECT_EQ(transport->finish(), Status::kOk);
      settle();
    }
    (void)announced();
    abort(1);
    EXPECT_EQ(tcp_active_pcbs, nullptr) << number;
    settle();
    EXPECT_TRUE(announced().empty()) << "abort never calls back: " << number;
    const bool both_ended = state == State::kBothEnded || state == State::kReset;
    EXPECT_EQ(other->got_rst, !both_ended) << number;
    EXPECT_EQ(pool_used(MEMP_TCP_SEG), 0u) << number;
    EXPECT_EQ(pool_used(MEMP_PBUF_POOL), 0u) << number;
  }
}

TEST_F(Streams, AVanishedPeerIsGoneAfterAbort) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->silent = true;
  EXPECT_GT(write(transport, pattern(1000)), 0u);
  EXPECT_EQ(transport->finish(), Status::kOk);
  run(10'000, 50);
  EXPECT_NE(tcp_active_pcbs, nullptr);
  abort(0);
  EXPECT_EQ(tcp_active_pcbs, nullptr);
}

// lwIP's own patience: twelve retransmissions. The loop's deadlines are shorter.
TEST_F(Streams, LwipGivesUpAPeerThatDoesNotAcknowledge) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  other->silent = true;
  EXPECT_EQ(write(transport, "x"), 1u);
  (void)announced();
  run(3'600'000, 250);
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(transport->read({}).status, Status::kFailed);
  EXPECT_EQ(transport->error(), ERR_ABRT);
}

}  // namespace
}  // namespace lwip_test
