// SPDX-License-Identifier: MIT
// Mailbox with both sides in one thread; tests/peers/test_mailbox.py has threads and ThreadSanitizer.
#include "whit/mailbox.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <string>

#include "unit/core/bench.h"
#include "unit/emulated.h"

namespace whit {
namespace {

constexpr size_t kHead = (8 + sizeof(WebSocket) + 7) / 8 * 8;  // bytes of a letter besides its data

Status post(MailboxCore* mailbox, WebSocket socket, const std::string& text, MessageType type = MessageType::kText) {
  return mailbox->post(socket, bytes_of(text), type);
}

std::string payloads(const std::vector<Frame>& frames) {
  std::string all;
  for (const Frame& frame : frames) all += frame.payload + (frame.fin ? "|" : "+");
  return all;
}

TEST(Mailbox, DeliversInOrder) {
  for (const Role role : kRoles) {
    Bench<1, 4, 256> bench;
    Mailbox<512> mailbox{bench.pipe};
    Peer peer = bench.open(role);
    EXPECT_EQ(post(&mailbox, peer.socket, "one"), Status::kOk);
    EXPECT_EQ(post(&mailbox, peer.socket, ""), Status::kOk);
    EXPECT_EQ(post(&mailbox, peer.socket, "three", MessageType::kBinary), Status::kOk);
    bench.settle();
    EXPECT_EQ(payloads(peer.frames()), "") << "nothing before deliver()";
    mailbox.deliver();
    bench.settle();
    const std::vector<Frame> frames = peer.frames();
    EXPECT_EQ(payloads(frames), "one||three|");
    ASSERT_EQ(frames.size(), 3u);
    EXPECT_EQ(frames[0].opcode, kTextFrame);
    EXPECT_EQ(frames[2].opcode, kBinaryFrame);
    EXPECT_EQ(mailbox.dropped(), 0u);
  }
}

TEST(Mailbox, CallsInTheLoopsThread) {
  Bench<1, 4, 256> bench;
  Mailbox<128> mailbox{bench.pipe};
  struct Work {
    MailboxCore* mailbox;
    int calls = 0;
  } work{&mailbox};
  const auto call = [](void* context) {
    Work& w = *static_cast<Work*>(context);
    ++w.calls;
    EXPECT_EQ(w.mailbox->post([](void* again) { ++static_cast<Work*>(again)->calls; }, &w), Status::kOk);
  };
  EXPECT_EQ(mailbox.post(call, &work), Status::kOk);
  mailbox.deliver();
  EXPECT_EQ(work.calls, 1) << "what a call posts is for the next turn";
  mailbox.deliver();
  EXPECT_EQ(work.calls, 2);
}

TEST(Mailbox, FullAndTooLarge) {
  Bench<1, 4, 256> bench;
  Mailbox<256> mailbox{bench.pipe};
  Peer peer = bench.open(Role::kServer);
  const size_t most = 128 - kHead;
  EXPECT_EQ(post(&mailbox, peer.socket, std::string(most + 1, 'x')), Status::kTooLarge);
  EXPECT_EQ(mailbox.post(peer.socket, {nullptr, SIZE_MAX}, MessageType::kText), Status::kTooLarge);
  EXPECT_EQ(post(&mailbox, peer.socket, std::string(most, 'x')), Status::kOk);
  EXPECT_EQ(post(&mailbox, peer.socket, std::string(most, 'y')), Status::kOk);
  EXPECT_EQ(post(&mailbox, peer.socket, ""), Status::kWouldBlock);
  mailbox.deliver();
  bench.settle();
  EXPECT_EQ(payloads(peer.frames()), std::string(most, 'x') + "|" + std::string(most, 'y') + "|");
}

TEST(Mailbox, ALongMessageLeavesInPieces) {
  Bench<1, 2, 256> bench;
  Mailbox<4096> mailbox{bench.pipe};
  Peer peer = bench.open(Role::kServer);
  const std::string text(1500, 'l');
  EXPECT_EQ(post(&mailbox, peer.socket, text), Status::kOk);
  EXPECT_EQ(post(&mailbox, peer.socket, "next"), Status::kOk);
  std::string whole;
  for (int i = 0; i < 20; ++i) {
    mailbox.deliver();
    bench.settle();
    for (const Frame& frame : peer.frames()) whole += frame.payload;
  }
  EXPECT_EQ(whole, text + "next");
}

TEST(Mailbox, WaitsForRoomAndDropsWhatHasEnded) {
  Bench<2, 4, 256> bench;
  Mailbox<4096> mailbox{bench.pipe};
  Peer slow = bench.open(Role::kServer);
  slow.pipe->set_window(0);
  const std::string text(200, 's');
  for (int i = 0; i < 5; ++i) EXPECT_EQ(post(&mailbox, slow.socket, text), Status::kOk);
  for (int i = 0; i < 5; ++i) {
    mailbox.deliver();
    bench.settle();
  }
  EXPECT_EQ(mailbox.dropped(), 0u);
  slow.pipe->reset();
  bench.settle();
  mailbox.deliver();
  EXPECT_GT(mailbox.dropped(), 0u);
  Peer other = bench.open(Role::kServer);
  EXPECT_EQ(post(&mailbox, other.socket, "good"), Status::kOk);
  EXPECT_EQ(post(&mailbox, other.socket, "\xFF"), Status::kOk);
  EXPECT_EQ(post(&mailbox, WebSocket(), "nobody's"), Status::kOk);
  const uint32_t before = mailbox.dropped();
  mailbox.deliver();
  bench.settle();
  EXPECT_EQ(payloads(other.frames()), "good|");
  EXPECT_EQ(mailbox.dropped(), before + 2) << "no text, no connection";
}

// R-THR-1
// Against a queue of the C++ library: sizes of all kinds, so that every way to reach the end of the memory comes, and
// positions that wrap at 2^32 would (they only ever are subtracted).
TEST(Mailbox, AgreesWithAQueue) {
  Bench<1, 8, 512, 2, 1 << 16> bench;
  Mailbox<1024> mailbox{bench.pipe};
  Peer peer = bench.open(Role::kServer);
  std::mt19937 random(1);
  std::deque<std::string> expected;
  int full = 0;
  for (uint32_t i = sample(20000); i != 0; --i) {
    const std::string text(random() % 3 == 0 ? random() % 400 : random() % 40, static_cast<char>('a' + i % 26));
    const Status status = post(&mailbox, peer.socket, text);
    if (status == Status::kOk) expected.push_back(text);
    full += status == Status::kWouldBlock ? 1 : 0;
    if (random() % 3 != 0) continue;
    mailbox.deliver();
    bench.settle();
    for (const Frame& frame : peer.frames()) {
      ASSERT_FALSE(expected.empty());
      ASSERT_EQ(frame.payload, expected.front());
      expected.pop_front();
    }
  }
  EXPECT_GT(full, 10);
  EXPECT_EQ(mailbox.dropped(), 0u);
}

}  // namespace
}  // namespace whit
