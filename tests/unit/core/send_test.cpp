// SPDX-License-Identifier: MIT
// From the application to the transport: copies, replies in place, room, blocked writes, control frames.
#include <algorithm>

#include "unit/core/bench.h"

namespace whit {
namespace {

const std::string kLong(200, 'L');  // fits a buffer of 256 bytes, but not beside the room kept for control frames

// R-FLOW-1
TEST(Sending, ARefusedSizeGetsItsRoomWithWritable) {
  for (Role role : kRoles) {
    Bench<1, 3, 256> bench;
    Peer peer = bench.open(role);
    peer.pipe->stop_reading();
    peer.pipe->set_window(0);
    const std::string message(peer.socket.max_send(), 'm');
    ASSERT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
    EXPECT_EQ(peer.socket.buffered_amount(), message.size() + wire::frame_overhead(role, message.size()));
    ASSERT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
    bench.settle();
    EXPECT_EQ(bench.count(Event::kWritable), 0u);
    Status again = Status::kFailed;
    bench.app = [&](const Event& event) {
      if (event.type == Event::kWritable) again = event.socket.send(bytes_of(message), MessageType::kBinary);
    };
    peer.pipe->start_reading();
    peer.pipe->set_window(SIZE_MAX);
    bench.settle();
    EXPECT_EQ(bench.count(Event::kWritable), 1u);
    EXPECT_EQ(again, Status::kOk);
    EXPECT_EQ(peer.frames().size(), 2u);
    EXPECT_EQ(bench.loop.buffers().in_use, 0);
    EXPECT_EQ(peer.socket.buffered_amount(), 0u);
  }
}

// The room is there when kWritable comes, even if another part of the application has sent something meanwhile.
TEST(Sending, WritableComesWithItsRoomWhateverWasSentMeanwhile) {
  Bench<1, 4, 256> bench;
  Peer slow = bench.open(Role::kServer);
  slow.pipe->set_window(0);
  const std::string message(slow.socket.max_send(), 'm');
  ASSERT_EQ(slow.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
  ASSERT_EQ(slow.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
  bench.settle();
  slow.pipe->set_window(SIZE_MAX);
  bench.turn();  // now kWritable is due
  ASSERT_EQ(bench.count(Event::kWritable), 0u);
  EXPECT_EQ(slow.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
  int writable = 0;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kWritable) return;
    ++writable;
    EXPECT_EQ(event.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
  };
  bench.settle();
  EXPECT_EQ(writable, 1);
  EXPECT_EQ(slow.frames().size(), 3u);
}

TEST(Sending, ASmallRefusalDoesNotForgetTheLargerOne) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  peer.pipe->set_window(0);
  const std::string message(peer.socket.max_send(), 'm');
  ASSERT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
  ASSERT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
  ASSERT_EQ(peer.socket.ping(bytes_of("ten bytes.")), Status::kWouldBlock);
  bench.settle();
  Status again = Status::kFailed;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kWritable) again = event.socket.send(bytes_of(message), MessageType::kBinary);
  };
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(again, Status::kOk);
}

// With a limit for outgoing frames the own message, longer than it, cannot leave in place: pieces are needed.
TEST(Sending, AnOwnMessageAboveTheFrameLimitIsTooLarge) {
  Bench<1, 2, 256> bench;
  bench.server_options.max_frame_bytes = 100;
  Peer peer = bench.open(Role::kServer);
  Status status = Status::kOk;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage) status = event.socket.send(event.message);
    if (status == Status::kWouldBlock) event.socket.hold();
  };
  peer.send(kTextFrame, kLong);
  bench.settle();
  EXPECT_EQ(status, Status::kTooLarge);
  peer.send(kTextFrame, std::string(100, 'x'));
  bench.settle();
  EXPECT_EQ(status, Status::kOk);
}

// A reply larger than a copy can be, while a buffer for output is kept for nothing: it leaves as soon as that is given
// back.
TEST(Sending, ALongReplyInTheTurnOfAnUnusedRoomIsNotForgotten) {
  for (Role role : kRoles) {
    Bench<1, 3, 256> bench;
    Peer peer = bench.open(role);
    peer.pipe->set_window(0);
    const std::string message(peer.socket.max_send(), 'm');
    ASSERT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
    ASSERT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
    bench.settle();
    bench.app = echo;  // takes no notice of kWritable
    peer.pipe->set_window(SIZE_MAX);
    bench.turn();  // now kWritable is due
    peer.send(kTextFrame, kLong);
    bench.settle();
    const std::vector<Frame> frames = peer.frames();
    ASSERT_EQ(frames.size(), 2u) << name(role);
    EXPECT_EQ(frames[1].payload, kLong);
    EXPECT_EQ(bench.loop.buffers().in_use, 0);
  }
}

// The pong that waits for room keeps its payload.
TEST(Sending, APongThatWaitsKeepsItsPayload) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kClient);  // its pongs are longer than the pings
  peer.pipe->set_window(0);
  const std::string first(60, '1');
  const std::string second(110, '2');
  peer.send(kPingFrame, first);
  bench.settle();
  peer.send(kPingFrame, second);
  bench.settle();
  const Status between = peer.socket.ping(bytes_of("mine, which may not disturb"));
  bench.settle();
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  std::string pongs;
  for (const Frame& frame : peer.frames()) {
    if (frame.opcode == kPongFrame) pongs += frame.payload;
    if (frame.opcode == kPingFrame) {
      EXPECT_EQ(between, Status::kOk);
    }
  }
  EXPECT_EQ(pongs, first + second);
}

TEST(Sending, ReserveAndCommit) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    const MutableBytes room = peer.socket.reserve(5);
    ASSERT_EQ(room.size, 5u);
    memcpy(room.data, "hello", 5);
    EXPECT_EQ(peer.socket.commit(MessageType::kText), Status::kOk);
    EXPECT_EQ(peer.socket.commit(MessageType::kText), Status::kInvalidArgument) << "once";
    bench.settle();
    EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "hello"}}));

    const MutableBytes empty = peer.socket.reserve(0);
    EXPECT_NE(empty.data, nullptr);
    EXPECT_EQ(peer.socket.commit(MessageType::kBinary), Status::kOk);
    bench.settle();
    EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kBinaryFrame, true, false, ""}}));

    // Pieces, and text that is not.
    const MutableBytes piece = peer.socket.reserve(1);
    piece.data[0] = 0xC3;
    EXPECT_EQ(peer.socket.commit(MessageType::kText), Status::kInvalidArgument);
    const MutableBytes half = peer.socket.reserve(1);
    half.data[0] = 0xC3;
    EXPECT_EQ(peer.socket.commit(MessageType::kText, true, false), Status::kOk);
    const MutableBytes rest = peer.socket.reserve(1);
    rest.data[0] = 0xA9;
    EXPECT_EQ(peer.socket.commit(MessageType::kText, false, true), Status::kOk);
    bench.settle();
    EXPECT_EQ(peer.frames(),
              (std::vector<Frame>{{kTextFrame, false, false, "\xC3"}, {kContinuationFrame, true, false, "\xA9"}}));
    EXPECT_EQ(bench.loop.buffers().in_use, 0);
  }
}

TEST(Sending, AReservationThatIsNotCommittedCostsNothing) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  ASSERT_NE(peer.socket.reserve(10).data, nullptr);
  EXPECT_EQ(bench.loop.buffers().in_use, 1);
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
  EXPECT_EQ(peer.socket.commit(MessageType::kText), Status::kInvalidArgument) << "it ended with the poll";
  EXPECT_EQ(peer.frames().size(), 0u);
}

TEST(Sending, WhateverIsSentBetweenReserveAndCommitEndsTheReservation) {
  Bench<2, 4, 256> bench;
  Peer peer = bench.open(Role::kServer);
  Peer other = bench.open(Role::kServer);
  const std::function<void()> between[] = {
      [&] { EXPECT_EQ(peer.socket.send("x"), Status::kOk); },
      [&] { EXPECT_EQ(peer.socket.ping(), Status::kOk); },
      [&] { EXPECT_NE(other.socket.reserve(3).data, nullptr); },
  };
  for (const auto& action : between) {
    MutableBytes room = peer.socket.reserve(4);
    memcpy(room.data, "room", 4);
    action();
    EXPECT_EQ(peer.socket.commit(MessageType::kText), Status::kInvalidArgument);
    bench.settle();
  }
  // Another connection's sends do not.
  MutableBytes room = peer.socket.reserve(4);
  memcpy(room.data, "room", 4);
  EXPECT_EQ(other.socket.send("x"), Status::kOk);
  EXPECT_EQ(peer.socket.commit(MessageType::kText), Status::kOk);
  bench.settle();
  EXPECT_EQ(peer.frames().back().payload, "room");
}

TEST(Sending, AReservationWithoutRoomIsFollowedByWritable) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  peer.pipe->set_window(0);
  ASSERT_NE(peer.socket.reserve(200).data, nullptr);
  ASSERT_EQ(peer.socket.commit(MessageType::kBinary), Status::kOk);
  EXPECT_EQ(peer.socket.reserve(200).data, nullptr);
  EXPECT_EQ(peer.socket.ready_state(), ReadyState::kOpen);
  bench.settle();
  peer.pipe->set_window(SIZE_MAX);
  size_t size = 0;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kWritable) size = event.socket.reserve(200).size;
  };
  bench.settle();
  EXPECT_EQ(size, 200u);
  EXPECT_EQ(peer.socket.reserve(peer.socket.max_send() + 1).data, nullptr);
  bench.settle();
  EXPECT_EQ(bench.count(Event::kWritable), 1u) << "too large for ever: no kWritable";
}

// A server answers in the buffer of the message: one buffer is enough, and nothing is moved or copied.
TEST(Sending, AReplyInPlaceNeedsNoSecondBuffer) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    bench.app = echo;
    const std::string sizes[] = {"x", std::string(125, 'a'), std::string(126, 'b'), kLong, std::string(244, 'c')};
    for (const std::string& message : sizes) {
      peer.send(kTextFrame, message);
      bench.settle();
      EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, message}})) << message.size();
    }
    EXPECT_EQ(bench.loop.buffers().high_water, role == Role::kServer ? 1 : 2) << "a client masks what it sends";
    EXPECT_EQ(bench.loop.buffers().in_use, 0);
  }
}

TEST(Sending, PipelinedRepliesLeaveInOneWrite) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  bench.app = echo;
  std::string all;
  for (int i = 0; i < 10; ++i) all += peer_frame(Role::kServer, kTextFrame, "message " + std::to_string(i));
  const uint32_t writes = bench.pipe.transport(peer.socket.index()).counters().writes;
  peer.pipe->send(all);
  bench.settle();
  EXPECT_EQ(peer.frames().size(), 10u);
  EXPECT_EQ(bench.pipe.transport(peer.socket.index()).counters().writes, writes + 1);
  EXPECT_EQ(bench.loop.buffers().high_water, 1);
}

TEST(Sending, AMessageSentInPlaceStaysReadableForOthers) {
  for (Role role : kRoles) {
    Bench<4, 8, 256> bench;
    Peer peer = bench.open(role);
    Peer second = bench.open(Role::kServer);
    Peer third = bench.open(Role::kServer);
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      EXPECT_EQ(event.socket.send(event.message), Status::kOk);
      EXPECT_EQ(copy_of(event.message.data), "shared");
      EXPECT_EQ(second.socket.send(event.message), Status::kOk);
      EXPECT_EQ(third.socket.send(event.message), Status::kOk);
    };
    peer.send(kTextFrame, "shared");
    bench.settle();
    const std::vector<Frame> expected{{kTextFrame, true, false, "shared"}};
    EXPECT_EQ(peer.frames(), expected);
    EXPECT_EQ(second.frames(), expected);
    EXPECT_EQ(third.frames(), expected);
  }
}

TEST(Sending, MoreMayFollowAReplyInPlace) {
  for (Role role : kRoles) {
    Bench<1, 3, 256> bench;
    Peer peer = bench.open(role);
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      EXPECT_EQ(event.socket.send(event.message), Status::kOk);
      EXPECT_EQ(event.socket.send(event.message), Status::kOk);
      EXPECT_EQ(event.socket.send("third"), Status::kOk);
      EXPECT_EQ(event.socket.ping(bytes_of("p")), Status::kOk);
      EXPECT_EQ(event.socket.close(4000, "bye"), Status::kOk);
    };
    peer.send(kTextFrame, "twice");
    bench.settle();
    const std::vector<Frame> expected{{kTextFrame, true, false, "twice"},
                                      {kTextFrame, true, false, "twice"},
                                      {kTextFrame, true, false, "third"},
                                      {kPingFrame, true, false, "p"},
                                      {kCloseFrame, true, false, close_body(4000, "bye")}};
    EXPECT_EQ(peer.frames(), expected);
  }
}

// Too long for a copy: the Close frame follows it in the same buffer, anything else waits.
TEST(Sending, CloseFollowsALongReplyInPlace) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      EXPECT_EQ(event.socket.send(event.message), Status::kOk);
      EXPECT_EQ(event.socket.send(bytes_of(std::string(60, 'x')), MessageType::kBinary), Status::kWouldBlock);
      EXPECT_EQ(event.socket.close(), Status::kOk);
    };
    peer.send(kTextFrame, kLong);
    bench.settle();
    EXPECT_EQ(peer.frames(),
              (std::vector<Frame>{{kTextFrame, true, false, kLong}, {kCloseFrame, true, false, close_body(1000)}}));
  }
}

TEST(Sending, WhatFollowsTheSecondReplyInPlaceKeepsTheOrder) {
  Bench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer);
  Status more = Status::kFailed;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    EXPECT_EQ(event.socket.send(event.message), Status::kOk);
    if (copy_of(event.message.data) == "second") more = event.socket.send("more");
  };
  peer.pipe->send(peer_frame(Role::kServer, kTextFrame, "first") + peer_frame(Role::kServer, kTextFrame, "second"));
  bench.settle();
  EXPECT_EQ(more, Status::kOk);
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "first"},
                                               {kTextFrame, true, false, "second"},
                                               {kTextFrame, true, false, "more"}}));
}

TEST(Sending, WithoutASecondBufferWhatFollowsAReplyInPlaceWaits) {
  Bench<2, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  Peer blocker = bench.open(Role::kServer);
  blocker.pipe->set_window(0);
  ASSERT_EQ(blocker.socket.send("blocks a buffer"), Status::kOk);
  bench.settle();
  // Now the last buffer is only for writing: no peer is read.
  peer.send(kTextFrame, "waits");
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage), 0u);
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    EXPECT_EQ(event.socket.send(event.message), Status::kOk);
    EXPECT_EQ(event.socket.send("second"), Status::kOk);
  };
  blocker.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(peer.frames().size(), 2u);
}

TEST(Sending, AMessageHeldAfterAReplyInPlaceComesAgain) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  bool hold = true;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    EXPECT_EQ(event.socket.send(event.message), Status::kOk);
    if (hold) event.socket.hold();
  };
  peer.send(kTextFrame, "one");
  peer.send(kTextFrame, "two");
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage), 1u);
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "one"}}));
  hold = false;
  peer.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.last(Event::kMessage)->data, "two");
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "one"}, {kTextFrame, true, false, "two"}}));
}

TEST(Sending, ConsumeAfterAReplyInPlaceStillSendsTheWhole) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    bench.app = [&](const Event& event) {
      if (event.type != Event::kMessage) return;
      EXPECT_EQ(event.socket.send(event.message), Status::kOk);
      event.socket.consume(2);
    };
    peer.send(kTextFrame, "whole");
    bench.settle();
    EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "whole"}}));
    EXPECT_EQ(bench.count(Event::kMessage), 1u);
  }
}

TEST(Sending, PartsAndOtherTypesOfTheOwnMessageAreCopied) {
  Bench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer);
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    EXPECT_EQ(event.socket.send(event.message.data.first(3), MessageType::kText), Status::kOk);
    EXPECT_EQ(event.socket.send(event.message.data.from(3), MessageType::kText), Status::kOk);
    EXPECT_EQ(event.socket.send(event.message.data, MessageType::kBinary), Status::kOk);
  };
  peer.send(kTextFrame, "abcdef");
  bench.settle();
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "abc"},
                                               {kTextFrame, true, false, "def"},
                                               {kBinaryFrame, true, false, "abcdef"}}));
}

// RFC 6455, 5.6: a piece of another peer's text is not a text.
TEST(Sending, APieceOfReceivedTextIsNotSentAsAMessageUnlessItIsText) {
  Bench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer);
  std::vector<Status> results;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage) results.push_back(event.socket.send(event.message.data, event.message.type));
  };
  peer.pipe->send(peer_frame(Role::kServer, kTextFrame, std::string(400, 'x') + "\xC3\xA9").substr(0, 4 + 4 + 401));
  bench.settle();
  ASSERT_FALSE(results.empty());
  std::string all;
  for (const Seen& each : bench.seen) all += each.data;
  ASSERT_EQ(all.back(), '\xC3');
  EXPECT_NE(results.back(), Status::kOk);
}

// The text of a message in pieces is checked across pieces, whether they are copied or sent from where they lie.
TEST(Sending, TextInMixedPiecesIsCheckedAsOne) {
  Bench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer);
  EXPECT_EQ(peer.socket.send("\xC3"), Status::kInvalidArgument);  // leaves nothing behind
  std::vector<Status> results;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    Message piece = event.message;
    std::string copy = copy_of(piece.data);
    if (piece.last) piece.data = bytes_of(copy);  // the last one by copy
    results.push_back(event.socket.send(piece));
    if (results.back() == Status::kWouldBlock) event.socket.hold();
  };
  const std::string wire = peer_frame(Role::kServer, kTextFrame, std::string(400, 'x') + "\xC3\xA9");
  peer.pipe->send(wire.substr(0, wire.size() - 1));
  bench.settle();
  peer.pipe->send(wire.substr(wire.size() - 1));
  bench.settle();
  for (Status each : results) EXPECT_NE(each, Status::kInvalidArgument);
  std::string back;
  for (const Frame& frame : peer.frames()) back += frame.payload;
  EXPECT_EQ(back, std::string(400, 'x') + "\xC3\xA9");
}

TEST(Sending, AnEmptyLastPieceEndsAStreamedText) {
  Bench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer);
  bench.app = echo;
  EXPECT_EQ(peer.socket.send("\xC3"), Status::kInvalidArgument);
  peer.send(kTextFrame, std::string(400, 'x'), false);
  bench.settle();
  peer.send(kContinuationFrame, "", true);
  bench.settle();
  const std::vector<Frame> frames = peer.frames();
  ASSERT_FALSE(frames.empty());
  EXPECT_TRUE(frames.back().fin);
}

TEST(Sending, PiecesInOrder) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    Message piece;
    piece.type = MessageType::kText;
    const std::string text = "piece";
    piece.data = bytes_of(text);
    piece.first = false;
    EXPECT_EQ(peer.socket.send(piece), Status::kInvalidArgument) << "nothing to continue";
    piece.first = true;
    piece.last = false;
    EXPECT_EQ(peer.socket.send(piece), Status::kOk);
    EXPECT_EQ(peer.socket.send("whole"), Status::kInvalidArgument) << "RFC 6455, 5.4: not interleaved";
    EXPECT_EQ(peer.socket.ping(), Status::kOk) << "RFC 6455, 5.4: control frames may come between";
    piece.first = false;
    EXPECT_EQ(peer.socket.send(piece), Status::kOk);
    piece.last = true;
    EXPECT_EQ(peer.socket.send(piece), Status::kOk);
    EXPECT_EQ(peer.socket.send("whole"), Status::kOk);
    bench.settle();
    const std::vector<Frame> expected{{kTextFrame, false, false, text},
                                      {kPingFrame, true, false, ""},
                                      {kContinuationFrame, false, false, text},
                                      {kContinuationFrame, true, false, text},
                                      {kTextFrame, true, false, "whole"}};
    EXPECT_EQ(peer.frames(), expected);
  }
}

TEST(Sending, TooLargeIsTooLarge) {
  for (Role role : kRoles) {
    for (uint32_t limit : {0u, 50u}) {
      Bench<1, 2, 256> bench;
      bench.server_options.max_frame_bytes = bench.client_options.max_frame_bytes = limit;
      Peer peer = bench.open(role);
      const size_t most = peer.socket.max_send();
      EXPECT_EQ(most, limit != 0 ? limit : role == Role::kServer ? 256u - 4 : 256u - 8);
      EXPECT_EQ(peer.socket.send(bytes_of(std::string(most + 1, 'x')), MessageType::kBinary), Status::kTooLarge);
      EXPECT_EQ(peer.socket.send(bytes_of(std::string(most, 'x')), MessageType::kBinary), Status::kOk);
      bench.settle();
      EXPECT_EQ(peer.frames().at(0).payload.size(), most);
      EXPECT_EQ(bench.count(Event::kWritable), 0u);
    }
  }
}

TEST(Sending, BroadcastWhileOneIsBlocked) {
  Bench<4, 8, 256> bench;
  std::vector<Peer> peers;
  for (int i = 0; i < 4; ++i) peers.push_back(bench.open(Role::kServer));
  peers[1].pipe->set_window(0);
  int refused = 0;
  for (int round = 0; round < 20; ++round) {
    for (Peer& each : peers) {
      const std::string text = "broadcast " + std::to_string(round) + std::string(20, '.');
      const Status status = each.socket.send(bytes_of(text), MessageType::kText);
      if (status == Status::kWouldBlock) ++refused;
      EXPECT_EQ(status == Status::kOk || &each == &peers[1], true);
    }
    bench.settle();
  }
  EXPECT_GT(refused, 10);
  for (Peer& each : peers) {
    if (&each == &peers[1]) continue;
    EXPECT_EQ(each.frames().size(), 20u);
  }
  peers[1].pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(peers[1].frames().size(), 20u - refused);
  EXPECT_EQ(bench.count(Event::kWritable, peers[1].socket), 1u);
}

// The caller's bytes may be in flash: they are never written to.
TEST(Sending, TheCallersBytesAreNotModified) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kClient);
  const std::string before(100, 'q');
  std::string data = before;
  EXPECT_EQ(peer.socket.send(bytes_of(data), MessageType::kText), Status::kOk);
  EXPECT_EQ(data, before);
  bench.settle();
  EXPECT_EQ(peer.frames().at(0).payload, before);
}

TEST(Sending, EveryFrameOfAClientHasItsOwnKey) {
  Bench<1, 4, 1024> bench;
  Peer peer = bench.open(Role::kClient);
  bench.app = echo;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(peer.socket.send("0000"), Status::kOk);
    EXPECT_EQ(peer.socket.ping(bytes_of("0000")), Status::kOk);
    peer.send(kTextFrame, "0000");
    bench.settle();
  }
  const std::string wire = peer.pipe->take();
  std::vector<std::string> keys;
  for (size_t at = 0; at + 10 <= wire.size(); at += 10) keys.push_back(wire.substr(at + 2, 4));
  ASSERT_EQ(keys.size(), 60u);
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::unique(keys.begin(), keys.end()), keys.end());
}

// F1, F2: whatever the transport takes at a time, the stream is the same.
TEST(Sending, PartialWritesGiveTheSameStream) {
  for (Role role : kRoles) {
    std::string expected;
    for (uint32_t write_max : {0u, 1u, 2u, 3u, 7u, 50u}) {
      for (uint32_t block_every : {0u, 2u, 3u}) {
        Bench<1, 4, 256> bench;
        bench.pipe.faults().write_max = write_max;
        bench.pipe.faults().write_block_every = block_every;
        Peer peer = bench.open(role);
        bench.pipe.seed(7);
        bench.app = echo;
        for (int i = 0; i < 5; ++i) {
          peer.send(kBinaryFrame, std::string(40 + i, static_cast<char>('a' + i)));
          bench.settle();
        }
        const std::string wire = peer.pipe->take();
        if (expected.empty()) expected = wire;
        EXPECT_EQ(wire, expected) << write_max << " " << block_every;
      }
    }
  }
}

// The answer to the opening handshake lies in front of the input; the first message makes room for itself.
TEST(Sending, AtOpen) {
  Bench<1, 4, 512> bench;
  Status status = Status::kFailed;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kOpen) status = event.socket.send("hello");
  };
  Peer peer = bench.open(Role::kServer);
  EXPECT_EQ(status, Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

TEST(Sending, ACloseAtOpenKeepsItsReason) {
  Bench<1, 4, 512> bench;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kOpen) (void)event.socket.close(4001, "not for you");
  };
  bench.listen();
  TestPeer& peer = bench.pipe.dial(80);
  peer.send(request());
  bench.settle();
  EXPECT_NE(peer.received().find("not for you"), std::string::npos);
}

}  // namespace
}  // namespace whit
