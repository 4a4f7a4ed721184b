// SPDX-License-Identifier: MIT
// From the transport to events: messages whole, in pieces, assembled or skipped; control frames; back-pressure.
#include <string.h>

#include "unit/core/bench.h"
#include "whit/message_assembler.h"

namespace whit {
namespace {

// The message as the application sees it, from its pieces.
std::string joined(const std::vector<Seen>& seen) {
  std::string all;
  for (const Seen& each : seen) {
    if (each.type != Event::kMessage) continue;
    EXPECT_EQ(each.offset, all.size());
    EXPECT_EQ(each.first, all.empty());
    all += each.data;
  }
  return all;
}

std::string pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7 + i / 26) % 26);
  return text;
}

TEST(Receiving, MessagesOfAnySizeAndSplit) {
  for (Role role : kRoles) {
    for (size_t size : {0u, 1u, 125u, 126u, 247u, 248u, 249u, 252u, 253u, 1000u, 70000u}) {
      for (uint32_t read_max : {0u, 1u, 100u}) {
        if (read_max == 1 && size > 1000) continue;
        Bench<1, 2, 256> bench;
        Peer peer = bench.open(role);
        bench.take_seen();
        bench.pipe.transport(peer.socket.index()).faults().read_max = read_max;
        peer.send(kTextFrame, pattern(size));
        bench.settle();
        ASSERT_GE(bench.seen.size(), 1u);
        EXPECT_EQ(joined(bench.seen), pattern(size));
        EXPECT_TRUE(bench.seen.back().last);
        EXPECT_EQ(bench.seen.back().message_type, MessageType::kText);
        const size_t whole = 256 - wire::frame_overhead(role, 256);
        EXPECT_EQ(bench.seen.size() == 1, size <= whole) << size;
        EXPECT_EQ(bench.loop.buffers().in_use, 0);
      }
    }
  }
}

TEST(Receiving, FragmentsAreOneMessage) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    bench.take_seen();
    peer.send(kBinaryFrame, "one ", false);
    peer.send(kPingFrame, "between");
    peer.send(kContinuationFrame, "", false);
    peer.send(kContinuationFrame, "two", true);
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 1u);
    EXPECT_EQ(bench.seen[0].data, "one two");
    EXPECT_TRUE(bench.seen[0].first && bench.seen[0].last);
    EXPECT_EQ(bench.seen[0].message_type, MessageType::kBinary);
    EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kPongFrame, true, false, "between"}}));
  }
}

TEST(Receiving, LongMessagesBySkipping) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    bench.server_options.long_messages = bench.client_options.long_messages = LongMessages::kSkip;
    Peer peer = bench.open(role);
    bench.take_seen();
    peer.send(kBinaryFrame, pattern(5000));
    peer.send(kBinaryFrame, "short");
    peer.send(kBinaryFrame, pattern(200), false);
    peer.send(kPingFrame, std::string(100, 'p'));
    peer.send(kContinuationFrame, pattern(200));
    peer.send(kBinaryFrame, "end");
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 4u);
    EXPECT_EQ(bench.seen[0].type, Event::kSkipped);
    EXPECT_EQ(bench.seen[0].skipped, 5000u);
    EXPECT_EQ(bench.seen[0].socket, peer.socket);
    EXPECT_EQ(bench.seen[1].data, "short");
    EXPECT_EQ(bench.seen[2].skipped, 400u);
    EXPECT_EQ(bench.seen[3].data, "end");
  }
}

TEST(Receiving, MaxMessageBytes) {
  for (Role role : kRoles) {
    for (size_t size : {1000u, 1001u}) {
      Bench<1, 2, 256> bench;
      bench.server_options.max_message_bytes = bench.client_options.max_message_bytes = 1000;
      Peer peer = bench.open(role);
      peer.send(kBinaryFrame, pattern(500), false);
      peer.send(kContinuationFrame, pattern(size - 500));
      bench.settle();
      EXPECT_EQ(bench.count(Event::kError), size > 1000 ? 1u : 0u);
    }
  }
}

TEST(Receiving, LongMessagesAssembled) {
  for (Role role : kRoles) {
    Bench<1, 2, 256, 1> bench;
    Peer peer = bench.open(role);
    uint8_t memory[1000];
    MessageAssembler assembler{{memory, sizeof memory}};
    std::vector<std::string> messages;
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      Message message;
      const Status status = assembler.add(event.message, &message);
      if (status == Status::kTooLarge) {
        EXPECT_EQ(event.socket.close(close_code::kMessageTooBig), Status::kOk);
      }
      if (status != Status::kOk) return;
      EXPECT_TRUE(message.whole() && message.offset == 0 && message.type == MessageType::kText);
      messages.push_back(copy_of(message.data));
    };
    peer.send(kTextFrame, pattern(1000));
    peer.send(kTextFrame, "short");
    peer.send(kTextFrame, "fragm", false);
    peer.send(kContinuationFrame, "ents");
    bench.settle();
    EXPECT_EQ(messages, (std::vector<std::string>{pattern(1000), "short", "fragments"}));
    peer.send(kTextFrame, pattern(1001));
    bench.settle();
    EXPECT_EQ(messages.size(), 3u);
    EXPECT_EQ(peer.frames().at(0).payload, close_body(1009));
  }
}

TEST(Receiving, HoldKeepsTheMessageUntilResume) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    bench.take_seen();
    bool hold = true;
    bench.app = [&](const Event& event) {
      if (event.type == Event::kMessage && hold) event.socket.hold();
    };
    peer.send(kTextFrame, "one");
    peer.send(kTextFrame, "two");
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 1u);
    peer.socket.resume();
    EXPECT_EQ(bench.loop.wait_ms(), 0u);
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 2u);
    EXPECT_EQ(bench.seen[1].data, "one") << "the same again";
    hold = false;
    peer.socket.resume();
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 4u);
    EXPECT_EQ(bench.seen[3].data, "two");
  }
}

TEST(Receiving, ConsumeLeavesTheRest) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  bench.take_seen();
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage || event.message.offset >= 8) return;
    event.socket.consume(4);
    event.socket.hold();
  };
  peer.send(kTextFrame, "0123456789");
  for (int i = 0; i < 3; ++i) {
    bench.settle();
    peer.socket.resume();
  }
  bench.settle();
  ASSERT_EQ(bench.seen.size(), 3u);
  const char* const rests[] = {"0123456789", "456789", "89"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.seen[i].data, rests[i]);
    EXPECT_EQ(bench.seen[i].offset, i * 4);
    EXPECT_EQ(bench.seen[i].first, i == 0);
    EXPECT_TRUE(bench.seen[i].last);
  }
  bench.take_seen();
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage) event.socket.consume(1000);  // at most what is there
  };
  peer.send(kTextFrame, "a");
  peer.send(kTextFrame, "b");
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage), 2u);
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

// R-FLOW-3
TEST(Receiving, PauseStopsFromTheNextMessageOn) {
  Bench<1, 2, 256, 2, 128> bench;
  Peer peer = bench.open(Role::kServer);
  bench.take_seen();
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage) event.socket.pause();
  };
  for (int i = 0; i < 200; ++i) peer.send(kTextFrame, "message " + std::to_string(i));
  bench.settle();
  EXPECT_EQ(bench.seen.size(), 1u);
  EXPECT_GT(peer.pipe->unsent(), 1000u) << "the window closes behind it";
  for (int i = 1; i < 200; ++i) {
    peer.socket.resume();
    bench.settle();
    ASSERT_EQ(bench.seen.size(), size_t(i + 1));
    EXPECT_EQ(bench.seen.back().data, "message " + std::to_string(i));
  }
}

TEST(Receiving, WritableComesWhilePaused) {
  Bench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer);
  peer.pipe->set_window(0);
  peer.socket.pause();
  const std::string message(peer.socket.max_send(), 'm');
  EXPECT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
  EXPECT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
  peer.send(kTextFrame, "later");
  bench.settle();
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(bench.count(Event::kWritable), 1u);
  EXPECT_EQ(bench.count(Event::kMessage), 0u);
  peer.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage), 1u);
}

TEST(Receiving, ALoneByteOfAHeaderHoldsNoBuffer) {
  for (Role role : kRoles) {
    const std::string wire = peer_frame(role, kBinaryFrame, pattern(300));
    const size_t header = wire.size() - 300;
    for (size_t size = 1; size < header; ++size) {
      Bench<1, 2, 256> bench;
      Peer peer = bench.open(role);
      peer.pipe->send(wire.substr(0, size));
      bench.settle();
      EXPECT_EQ(bench.loop.buffers().in_use, 0) << size;
      peer.pipe->send(wire.substr(size));
      bench.settle();
      EXPECT_EQ(bench.last(Event::kMessage)->last, true);
    }
  }
}

// R-PING-1
// WS-103, WS-104: each is answered, which RFC 6455, 5.5.3, asks for the newest only.
TEST(Receiving, PingsAreAnswered) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    for (size_t size : {0u, 1u, 124u, 125u}) {
      peer.send(kPingFrame, std::string(size, 'p'));
      bench.settle();
      EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kPongFrame, true, false, std::string(size, 'p')}}));
    }
    EXPECT_EQ(bench.loop.buffers().in_use, 0);
    // Several in one read.
    peer.send(kPingFrame, "1");
    peer.send(kPingFrame, "22");
    peer.send(kPingFrame, "333");
    bench.settle();
    EXPECT_EQ(peer.frames(),
              (std::vector<Frame>{
                  {kPongFrame, true, false, "1"}, {kPongFrame, true, false, "22"}, {kPongFrame, true, false, "333"}}));
    // A pong, asked for or not, is not answered.
    peer.send(kPongFrame, "4");
    bench.settle();
    EXPECT_EQ(peer.frames().size(), 0u);
    EXPECT_EQ(bench.seen.size(), 1u) << "and reported neither";
  }
}

TEST(Receiving, PingsBehindAReplyThatWaits) {
  for (Role role : kRoles) {
    for (size_t size : {1u, 60u, 120u, 200u}) {
      Bench<1, 2, 256> bench;
      bench.app = echo;
      Peer peer = bench.open(role);
      peer.pipe->set_window(0);
      peer.send(kBinaryFrame, pattern(size));
      for (int i = 0; i < 5; ++i) peer.send(kPingFrame, std::string(100, static_cast<char>('0' + i)));
      peer.send(kBinaryFrame, "last");
      bench.settle();
      peer.pipe->set_window(SIZE_MAX);
      bench.settle();
      const std::vector<Frame> frames = peer.frames();
      ASSERT_GE(frames.size(), 3u) << name(role) << size;
      EXPECT_EQ(frames.front().payload, pattern(size));
      EXPECT_EQ(frames[frames.size() - 2].payload, std::string(100, '4'));
      EXPECT_EQ(frames.back().payload, "last");
      EXPECT_EQ(bench.loop.buffers().in_use, 0);
    }
  }
}

// RFC 6455, 5.5.1: after our Close nothing is for the application any more; what comes is parsed and thrown
// away. 5.5.2: but a ping is answered until the peer's Close.
TEST(Receiving, AfterCloseMessagesAreDiscarded) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    bench.server_options.long_messages = bench.client_options.long_messages = LongMessages::kRefuse;
    bench.server_options.max_message_bytes = bench.client_options.max_message_bytes = 100;
    Peer peer = bench.open(role);
    bench.take_seen();
    EXPECT_EQ(peer.socket.close(), Status::kOk);
    peer.send(kTextFrame, pattern(50), false);
    peer.send(kPingFrame, "still answered");
    peer.send(kContinuationFrame, pattern(5000));
    peer.send(kBinaryFrame, "x");
    peer.send_close(1000, "done");
    peer.pipe->close();
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 1u);
    EXPECT_TRUE(bench.seen[0].close.was_clean);
    EXPECT_EQ(bench.seen[0].reason, "done");
    const std::vector<Frame> frames = peer.frames();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].opcode, kCloseFrame);
    EXPECT_EQ(frames[1].payload, "still answered");
    bench.expect_baseline();
  }
}

// Pings between the fragments of a message leave no gap behind that costs the message its room.
TEST(Receiving, AMessageThatFitsFitsWithPingsBetweenItsFragments) {
  for (Role role : kRoles) {
    for (bool drip : {false, true}) {
      Bench<1, 4, 256> bench;
      bench.server_options.long_messages = bench.client_options.long_messages = LongMessages::kRefuse;
      Peer peer = bench.open(role);
      if (drip) peer.pipe->drip(1);
      peer.send(kBinaryFrame, std::string(100, 'a'), false);
      peer.send(kPingFrame, std::string(60, 'p'));
      peer.send(kPingFrame, std::string(60, 'q'));
      peer.send(kContinuationFrame, std::string(100, 'b'));
      for (int i = 0; i < 1000; ++i) bench.turn();
      EXPECT_EQ(bench.count(Event::kMessage), 1u);
      EXPECT_EQ(bench.count(Event::kClose), 0u);
    }
  }
}

// The part that has come of a long message is handed out, also when a control frame was the last that came.
TEST(Receiving, APieceBeforeAPingIsNotKeptBack) {
  for (Role role : kRoles) {
    Bench<1, 4, 256> bench;
    Peer peer = bench.open(role);
    peer.send(kBinaryFrame, std::string(300, 'a'), false);
    peer.send(kPingFrame, "p");
    bench.settle();
    size_t received = 0;
    for (const auto& each : bench.seen) received += each.data.size();
    EXPECT_EQ(received, 300u);
  }
}

TEST(Receiving, AfterCloseABrokenRuleStillEndsIt) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    EXPECT_EQ(peer.socket.close(), Status::kOk);
    bench.settle();
    peer.send(7, "reserved opcode");
    bench.settle();
    EXPECT_EQ(bench.count(Event::kError), 1u);
    EXPECT_FALSE(bench.last(Event::kClose)->close.was_clean);
    EXPECT_EQ(peer.frames().size(), 1u) << "one Close frame";
    peer.pipe->close();
    bench.settle();
    bench.expect_baseline();
  }
}

TEST(Receiving, BytesBehindTheHeadAreFrames) {
  Bench<1, 2, 256> bench;
  bench.listen();
  TestPeer& raw = bench.pipe.dial(80);
  raw.send(request() + peer_frame(Role::kServer, kTextFrame, "early") +
           peer_frame(Role::kServer, kTextFrame, pattern(600)));
  bench.settle();
  EXPECT_EQ(bench.seen.at(0).type, Event::kOpen);
  EXPECT_EQ(bench.seen.at(1).data, "early");
  EXPECT_TRUE(bench.seen.back().last);
}

// RFC 6455, 8.1: invalid text fails at its first impossible byte, not at the end of the message.
TEST(Receiving, InvalidTextFailsAtOnce) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    const std::string wire = peer_frame(role, kTextFrame, "ok\xFF" + std::string(100, 'x'));
    peer.pipe->send(wire.substr(0, wire.size() - 100));
    bench.settle();
    EXPECT_EQ(peer.frames().at(0).payload, close_body(1007));
    EXPECT_EQ(bench.count(Event::kMessage), 0u);
  }
}

// The whole stream as read, whatever the sizes of reads: the same events. F2.
TEST(Receiving, EverySplitGivesTheSameEvents) {
  for (Role role : kRoles) {
    const std::string stream = peer_frame(role, kTextFrame, "f\xC3\xA9", false) + peer_frame(role, kPingFrame, "p") +
                               peer_frame(role, kContinuationFrame, "\xE2\x82\xAC") +
                               peer_frame(role, kBinaryFrame, pattern(130)) + peer_close(role, 1001, "bye");
    for (size_t split = 0; split <= stream.size(); ++split) {
      Bench<1, 2, 256> bench;
      bench.app = echo;
      Peer peer = bench.open(role);
      bench.take_seen();
      peer.pipe->send(stream.substr(0, split));
      bench.settle();
      peer.pipe->send(stream.substr(split));
      bench.settle();
      EXPECT_EQ(bench.seen.at(0).data, "f\xC3\xA9\xE2\x82\xAC") << split;
      EXPECT_EQ(bench.last(Event::kMessage)->data, pattern(130));
      EXPECT_EQ(bench.seen.back().close.code, 1001);
      const std::vector<Frame> expected{{kPongFrame, true, false, "p"},
                                        {kTextFrame, true, false, "f\xC3\xA9\xE2\x82\xAC"},
                                        {kBinaryFrame, true, false, pattern(130)},
                                        {kCloseFrame, true, false, close_body(1001, "bye")}};
      EXPECT_EQ(peer.frames(), expected);
    }
  }
}

}  // namespace
}  // namespace whit
