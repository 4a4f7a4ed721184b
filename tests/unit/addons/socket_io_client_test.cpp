// SPDX-License-Identifier: MIT
// R-SIO-1: a raw Socket.IO server made of bytes, and a virtual clock.
#include "whit/socket_io_client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/core/bench.h"
#include "whit/reconnect.h"

namespace whit {
namespace {

constexpr Text kSpaces[] = {"/", "/admin"};

// "type space id name arguments attachment", of what is set.
std::string shown(const SocketIoEvent& event) {
  static const char* const kNames[] = {"none", "open",        "request",    "connect",    "connect error", "event",
                                       "ack",  "ack timeout", "attachment", "disconnect", "writable",      "close"};
  std::string text = kNames[event.type];
  if (event.space != 0) text += " space " + std::to_string(event.space);
  if (event.has_id) text += " id " + std::to_string(event.id);
  if (event.attachments != 0) text += " attachments " + std::to_string(event.attachments);
  if (event.type == SocketIoEvent::kConnect || event.type == SocketIoEvent::kConnectError) {
    text += " " + std::string(event.payload.data, event.payload.size);
  }
  if (event.type == SocketIoEvent::kEvent) text += " " + std::string(event.name.data, event.name.size);
  if (!event.arguments.empty()) text += " (" + std::string(event.arguments.data, event.arguments.size) + ")";
  if (event.type == SocketIoEvent::kAttachment) {
    text += " [" + copy_of(event.attachment.data) + "]" + (event.attachment.last ? "" : "...");
  }
  return text;
}

using Lines = std::vector<std::string>;

struct IoBench : Bench<1, 2, 256> {
  IoBench() {
    client_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
    app = [this](const Event& event) {
      const SocketIoEvent packet = io.on_event(event);
      if (!packet) return;
      lines.push_back(shown(packet));
      last_event = packet;
      if (inside) inside(packet);
    };
  }

  void connect(const std::string& more = "") {
    run(0);
    peer = open(Role::kClient);
    packet(R"(0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000)" + more + "}");
  }
  // Connected, and the first namespace joined.
  void join() {
    connect();
    ASSERT_EQ(io.join(), Status::kOk);
    packet(R"(40{"sid":"xyz"})");
    ASSERT_TRUE(io.has_joined());
    sent();
    lines.clear();
  }
  void packet(const std::string& text) {
    peer.send(kTextFrame, text);
    run(0);
  }
  void binary(const std::string& data, bool fin = true) {
    peer.send(kBinaryFrame, data, fin);
    settle();
  }
  // Turns and sleeps for so long, as wait_ms() says.
  void run(uint32_t ms) {
    const uint32_t end_ms = now_ms + ms;
    for (int turns = 0;; ++turns) {
      ASSERT_LT(turns, 1000) << "it does not sleep";
      while (const SocketIoEvent late = io.poll(now_ms)) lines.push_back(shown(late));
      settle();
      const uint32_t wait_ms = io.wait_ms(loop.wait_ms());
      if (wait_ms > end_ms - now_ms) break;
      now_ms += wait_ms;
    }
    now_ms = end_ms;
  }
  // The payloads of all that was sent; a Close frame as its code.
  Lines sent() {
    settle();
    Lines all;
    for (const Frame& frame : peer.frames()) {
      std::string text = frame.opcode == kBinaryFrame ? "binary " + frame.payload : frame.payload;
      if (frame.opcode == kCloseFrame) {
        text = "close " +
               std::to_string(static_cast<uint8_t>(frame.payload[0]) << 8 | static_cast<uint8_t>(frame.payload[1]));
      }
      all.push_back(text);
    }
    return all;
  }
  Lines take_lines() {
    Lines all;
    all.swap(lines);
    return all;
  }

  SocketIoAckMemory<2> acks;
  SocketIoClient io{client, acks, kSpaces};
  Peer peer;
  Lines lines;
  SocketIoEvent last_event;
  std::function<void(const SocketIoEvent&)> inside;
};

// ---- namespaces ----

TEST(SocketIoClient, JoinsNamespacesWithAuthentication) {
  IoBench bench;
  bench.connect();
  EXPECT_EQ(bench.take_lines(), Lines{"open"});
  EXPECT_EQ(bench.io.join(), Status::kOk);
  EXPECT_EQ(bench.io.join(R"({"token":"123"})", 1), Status::kOk);
  EXPECT_EQ(bench.sent(), (Lines{"40", R"(40/admin,{"token":"123"})"}));
  EXPECT_EQ(bench.io.join(), Status::kInvalidArgument) << "asked already";
  EXPECT_EQ(bench.io.emit("a"), Status::kNotOpen) << "not joined yet";
  bench.packet(R"(40/admin,{"sid":"two"})");
  bench.packet(R"(40{"sid":"one"})");
  EXPECT_EQ(bench.take_lines(), (Lines{R"(connect space 1 {"sid":"two"})", R"(connect {"sid":"one"})"}));
  EXPECT_TRUE(bench.io.has_joined(0) && bench.io.has_joined(1));
  EXPECT_EQ(bench.io.join(), Status::kInvalidArgument) << "joined already";
  EXPECT_EQ(bench.io.join({}, 2), Status::kInvalidArgument) << "no such namespace";
  EXPECT_FALSE(bench.io.has_joined(2));
  EXPECT_FALSE(bench.io.has_joined(255));
}

TEST(SocketIoClient, ArgumentsOfJoin) {
  IoBench bench;
  EXPECT_EQ(bench.io.join(), Status::kNotOpen);
  bench.connect();
  EXPECT_EQ(bench.io.join("\"text\""), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.join("{\"a\":\"\xFF\"}"), Status::kInvalidArgument) << "not UTF-8";
  EXPECT_EQ(bench.io.join(), Status::kOk) << "a failed attempt is none";
}

TEST(SocketIoClient, ARefusalSaysWhy) {
  IoBench bench;
  bench.connect();
  ASSERT_EQ(bench.io.join({}, 1), Status::kOk);
  bench.packet(R"(44/admin,{"message":"Not authorized"})");
  EXPECT_EQ(bench.take_lines(), (Lines{"open", R"(connect error space 1 {"message":"Not authorized"})"}));
  EXPECT_FALSE(bench.io.has_joined(1));
  EXPECT_EQ(bench.io.join({}, 1), Status::kOk) << "it may be asked again";
}

TEST(SocketIoClient, BothSidesLeave) {
  IoBench bench;
  bench.join();
  ASSERT_EQ(bench.io.join({}, 1), Status::kOk);
  bench.packet(R"(40/admin,{"sid":"two"})");
  bench.sent();
  bench.take_lines();
  EXPECT_EQ(bench.io.leave(1), Status::kOk);
  EXPECT_EQ(bench.sent(), Lines{"41/admin,"});
  EXPECT_EQ(bench.io.leave(1), Status::kNotOpen);
  EXPECT_EQ(bench.io.leave(2), Status::kNotOpen);
  EXPECT_EQ(bench.io.emit("a", {}, {1}), Status::kNotOpen);
  bench.packet("41");
  EXPECT_EQ(bench.take_lines(), Lines{"disconnect"});
  EXPECT_EQ(bench.io.emit("a"), Status::kNotOpen);
  bench.packet("41");
  EXPECT_TRUE(bench.take_lines().empty()) << "once";
  EXPECT_EQ(bench.sent(), Lines{}) << "the connection stays";
}

TEST(SocketIoClient, AnAnswerThatCrossesLeaveIsPassedOver) {
  IoBench bench;
  bench.connect();
  ASSERT_EQ(bench.io.join(), Status::kOk);
  ASSERT_EQ(bench.io.leave(), Status::kOk);
  bench.take_lines();
  bench.packet(R"(40{"sid":"one"})");
  bench.packet(R"(44{"message":"late"})");
  bench.packet(R"(40/other,{"sid":"one"})");
  EXPECT_TRUE(bench.take_lines().empty());
  EXPECT_FALSE(bench.io.has_joined());
}

// ---- events ----

TEST(SocketIoClient, EventsBothWays) {
  IoBench bench;
  bench.join();
  EXPECT_EQ(bench.io.emit("reading", "21.5,\"C\""), Status::kOk);
  EXPECT_EQ(bench.io.emit("up"), Status::kOk);
  EXPECT_EQ(bench.sent(), (Lines{R"(42["reading",21.5,"C"])", R"(42["up"])"}));
  bench.packet(R"(42["led",{"on":true},[1]])");
  bench.packet(R"(42["a\"b",1])");
  bench.packet(R"(42[7,1])");
  EXPECT_EQ(bench.take_lines(), (Lines{R"(event led ({"on":true},[1]))", "event  (1)", "event  (1)"}));
}

TEST(SocketIoClient, TheSizeOfAnEventIsBounded) {
  IoBench bench;
  bench.connect(",\"maxPayload\":50");
  ASSERT_EQ(bench.io.join(), Status::kOk);
  bench.packet(R"(40{"sid":"xyz"})");
  const std::string text(60, '1');  // between 42["a", and ]
  EXPECT_EQ(bench.io.emit("a", {text.data(), 42}), Status::kOk) << "50 bytes";
  EXPECT_EQ(bench.io.emit("a", {text.data(), 43}), Status::kTooLarge);
  IoBench other;
  other.join();
  const std::string longer(other.io.socket().max_send(), '1');
  EXPECT_EQ(other.io.emit("a", {longer.data(), longer.size() - 7}), Status::kTooLarge);
  EXPECT_EQ(other.io.emit("a", {longer.data(), longer.size() - 8}), Status::kOk);
}

TEST(SocketIoClient, ANameIsPlain) {
  IoBench bench;
  bench.join();
  for (const Text name : {"a\"", "a\\", "a\nb"}) EXPECT_EQ(bench.io.emit(name), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.emit("a", "\"\xFF\""), Status::kInvalidArgument) << "not UTF-8";
  EXPECT_EQ(bench.io.emit("\xC3\xA4"), Status::kOk);
  EXPECT_EQ(bench.sent(), Lines{"42[\"\xC3\xA4\"]"});
}

TEST(SocketIoClient, PacketsOfOtherNamespacesArePassedOver) {
  IoBench bench;
  bench.join();
  bench.packet(R"(42/admin,["a"])");
  bench.packet(R"(42/other,1["a"])");
  bench.packet(R"(451-/other,["a",{"_placeholder":true,"num":0}])");
  bench.binary("x");
  bench.packet(R"(42["b"])");
  EXPECT_EQ(bench.take_lines(), Lines{"event b"});
  EXPECT_EQ(bench.sent(), Lines{});
}

// ---- acknowledgements ----

TEST(SocketIoClient, AcknowledgementsBothWays) {
  IoBench bench;
  bench.join();
  uint32_t id = 99;
  SocketIoEmit how;
  how.ack_id = &id;
  EXPECT_EQ(bench.io.emit("ask", "1", how), Status::kOk);
  EXPECT_EQ(bench.sent(), Lines{"42" + std::to_string(id) + R"(["ask",1])"});
  bench.packet("43" + std::to_string(id) + R"(["yes",2])");
  bench.packet("43" + std::to_string(id) + R"(["yes",2])");
  bench.packet("437[]");
  EXPECT_EQ(bench.take_lines(), Lines{"ack id " + std::to_string(id) + R"( ("yes",2))"}) << "once, and only its own";

  bench.packet(R"(4212["question",1])");
  EXPECT_EQ(bench.take_lines(), Lines{"event id 12 question (1)"});
  const SocketIoEvent later = bench.last_event;
  EXPECT_EQ(bench.io.acknowledge(later, "\"answer\""), Status::kOk);
  EXPECT_EQ(bench.io.acknowledge(later), Status::kOk);
  EXPECT_EQ(bench.sent(), (Lines{R"(4312["answer"])", "4312[]"}));
  bench.packet(R"(42["statement"])");
  EXPECT_EQ(bench.io.acknowledge(bench.last_event), Status::kInvalidArgument);
}

TEST(SocketIoClient, NoAnswerIsAwaitedBehindLeave) {
  IoBench bench;
  bench.join();
  uint32_t id = 0;
  SocketIoEmit how;
  how.ack_id = &id;
  how.ack_timeout_ms = 3000;
  ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
  ASSERT_EQ(bench.io.leave(), Status::kOk);
  bench.run(3000);
  EXPECT_TRUE(bench.take_lines().empty());
}

TEST(SocketIoClient, NoMoreAnswersAreAwaitedThanThereIsMemoryFor) {
  IoBench bench;
  bench.join();
  uint32_t ids[3] = {};
  SocketIoEmit how;
  for (uint32_t& id : ids) {
    how.ack_id = &id;
    EXPECT_EQ(bench.io.emit("ask", {}, how), &id == &ids[2] ? Status::kNoSlot : Status::kOk);
  }
  EXPECT_EQ(bench.io.emit("tell"), Status::kOk) << "without an answer";
  bench.packet("43" + std::to_string(ids[0]) + "[]");
  EXPECT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
  EXPECT_NE(ids[2], ids[1]);
}

TEST(SocketIoClient, AnAnswerThatDoesNotComeIsReported) {
  IoBench bench;
  bench.join();
  uint32_t id = 0;
  SocketIoEmit how;
  how.ack_id = &id;
  how.ack_timeout_ms = 3000;
  ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
  bench.run(2999);
  EXPECT_TRUE(bench.take_lines().empty());
  bench.run(1);
  EXPECT_EQ(bench.take_lines(), Lines{"ack timeout id " + std::to_string(id)});
  bench.packet("43" + std::to_string(id) + "[]");
  EXPECT_TRUE(bench.take_lines().empty()) << "a late one is passed over";
}

TEST(SocketIoClient, NoAnswerIsAwaitedAfterTheEnd) {
  for (const bool connection : {false, true}) {
    IoBench bench;
    bench.join();
    uint32_t id = 0;
    SocketIoEmit how;
    how.ack_id = &id;
    how.ack_timeout_ms = 3000;
    ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
    ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
    if (connection) {
      bench.peer.pipe->reset();
      bench.settle();
    } else {
      bench.packet("41");
    }
    bench.run(3000);
    EXPECT_EQ(bench.take_lines(), Lines{connection ? "close" : "disconnect"});
  }
}

// ---- attachments ----

TEST(SocketIoClient, AttachmentsComeOneAfterTheOther) {
  IoBench bench;
  bench.join();
  bench.packet(R"(452-5["files",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])");
  bench.binary("first");
  bench.packet("2");  // a ping of Engine.IO may come between them
  bench.binary("");
  bench.packet(R"(42["next"])");
  EXPECT_EQ(bench.take_lines(),
            (Lines{R"(event id 5 attachments 2 files ({"_placeholder":true,"num":0},{"_placeholder":true,"num":1}))",
                   "attachment [first]", "attachment []", "event next"}));
  EXPECT_EQ(bench.sent(), Lines{"3"});
}

TEST(SocketIoClient, ALongAttachmentComesInPiecesAndNeedsNoMemory) {
  IoBench bench;
  bench.join();
  bench.packet(R"(451-["image",{"_placeholder":true,"num":0}])");
  bench.take_lines();
  std::string data;
  while (data.size() < 5000) data += static_cast<char>('a' + data.size() % 26);
  std::string joined;
  size_t pieces = 0;
  bench.inside = [&](const SocketIoEvent& event) {
    EXPECT_EQ(event.attachment.offset, joined.size());
    joined += copy_of(event.attachment.data);
    pieces += 1;
    EXPECT_EQ(event.attachment.last, joined.size() == data.size());
  };
  bench.binary(data);
  EXPECT_EQ(joined, data);
  EXPECT_GT(pieces, 10u);
  bench.inside = nullptr;
  bench.take_lines();
  bench.packet(R"(42["next"])");
  EXPECT_EQ(bench.take_lines(), Lines{"event next"});
}

TEST(SocketIoClient, AnAnswerWithAttachments) {
  IoBench bench;
  bench.join();
  uint32_t id = 0;
  SocketIoEmit how;
  how.ack_id = &id;
  ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
  bench.sent();
  bench.packet("461-" + std::to_string(id) + R"([{"_placeholder":true,"num":0}])");
  bench.binary("data");
  bench.packet("461-77[]");
  bench.binary("of nothing");
  EXPECT_EQ(bench.take_lines(),
            (Lines{"ack id " + std::to_string(id) + R"( attachments 1 ({"_placeholder":true,"num":0}))",
                   "attachment [data]"}));
}

TEST(SocketIoClient, AttachmentsAreSentBehindTheirPacketAndNothingElseBetween) {
  IoBench bench;
  bench.join();
  SocketIoEmit how;
  how.attachments = 2;
  EXPECT_EQ(bench.io.attach(as_bytes("too early")), Status::kInvalidArgument);
  ASSERT_EQ(bench.io.emit("files", R"({"_placeholder":true,"num":0},{"_placeholder":true,"num":1})", how), Status::kOk);
  EXPECT_EQ(bench.io.emit("other"), Status::kInUse);
  EXPECT_EQ(bench.io.join({}, 1), Status::kInUse);
  EXPECT_EQ(bench.io.leave(), Status::kInUse);
  EXPECT_EQ(bench.io.attach(as_bytes("one")), Status::kOk);
  Message piece;
  piece.data = as_bytes("tw");
  piece.last = false;
  EXPECT_EQ(bench.io.attach(piece), Status::kOk);
  EXPECT_EQ(bench.io.emit("other"), Status::kInUse);
  piece.data = as_bytes("o");
  piece.first = false;
  piece.last = true;
  EXPECT_EQ(bench.io.attach(piece), Status::kOk);
  EXPECT_EQ(bench.io.attach(as_bytes("three")), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.emit("other"), Status::kOk);
  EXPECT_EQ(bench.sent(), (Lines{R"(452-["files",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}])",
                                 "binary one", "binary tw", "o", R"(42["other"])"}));
  bench.packet(R"(428["give"])");
  EXPECT_EQ(bench.io.acknowledge(bench.last_event, R"({"_placeholder":true,"num":0})", 1), Status::kOk);
  piece = {};
  piece.type = MessageType::kText;
  EXPECT_EQ(bench.io.attach(piece), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.attach(as_bytes("given")), Status::kOk);
  EXPECT_EQ(bench.sent(), (Lines{R"(461-8[{"_placeholder":true,"num":0}])", "binary given"}));
}

// ---- what ends the connection ----

TEST(SocketIoClient, WhatBreaksTheProtocol) {
  for (const char* text : {"4", "49", "4x", "42", "42[]", "42{}", "423[\"a\"", "43[]", "45[\"a\"]", "45256-[\"a\"]",
                           "41{}", "44", "424294967296[\"a\"]"}) {
    IoBench bench;
    bench.join();
    bench.packet(text);
    EXPECT_EQ(bench.sent(), Lines{"close 1002"}) << text;
    EXPECT_TRUE(bench.take_lines().empty()) << text;
    EXPECT_EQ(bench.io.emit("a"), Status::kNotOpen);
  }
  IoBench unannounced;
  unannounced.join();
  unannounced.binary("data");
  EXPECT_EQ(unannounced.sent(), Lines{"close 1002"});
  IoBench interrupted;
  interrupted.join();
  interrupted.packet(R"(451-["a",{"_placeholder":true,"num":0}])");
  interrupted.packet(R"(42["b"])");
  EXPECT_EQ(interrupted.sent(), Lines{"close 1002"});
}

// A server of Socket.IO 2, which the JavaScript client refuses as well.
TEST(SocketIoClient, ANamespaceIsJoinedWithASid) {
  for (const char* text : {"40", "40{}", "40{\"sid\":\"\"}", "40{\"sid\":1}"}) {
    IoBench bench;
    bench.connect();
    ASSERT_EQ(bench.io.join(), Status::kOk);
    bench.sent();
    bench.packet(text);
    EXPECT_EQ(bench.sent(), Lines{"close 1002"}) << text;
    EXPECT_FALSE(bench.io.has_joined());
  }
}

// ---- back-pressure ----

TEST(SocketIoClient, AHeldEventComesAgainAsItWas) {
  IoBench bench;
  bench.join();
  uint32_t id = 0;
  SocketIoEmit how;
  how.ack_id = &id;
  ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
  const std::string ack = "461-" + std::to_string(id) + R"([{"_placeholder":true,"num":0}])";
  bool held = false;
  bench.inside = [&](const SocketIoEvent&) {
    held = !held;
    if (held) bench.io.hold();
  };
  for (const std::string& text : {std::string(R"(451-["a",{"_placeholder":true,"num":0}])"), std::string(), ack,
                                  std::string(), std::string("41")}) {
    if (text.empty()) bench.peer.send(kBinaryFrame, "data");
    if (!text.empty()) bench.peer.send(kTextFrame, text);
    bench.settle();
    ASSERT_EQ(bench.lines.size(), 1u) << text;
    bench.io.socket().resume();
    bench.settle();
    const Lines lines = bench.take_lines();
    ASSERT_EQ(lines.size(), 2u) << text;
    EXPECT_EQ(lines[0], lines[1]);
    EXPECT_NE(bench.last_event.type, SocketIoEvent::kNone);
  }
  EXPECT_EQ(bench.count(Event::kClose), 0u);
}

TEST(SocketIoClient, AHeldEventDoesNotBringBackAnAnswer) {
  IoBench bench;
  bench.join();
  uint32_t id = 0;
  SocketIoEmit how;
  how.ack_id = &id;
  ASSERT_EQ(bench.io.emit("ask", {}, how), Status::kOk);
  bench.packet("43" + std::to_string(id) + "[]");
  bool held = false;
  bench.inside = [&](const SocketIoEvent&) {
    if (!held) bench.io.hold();
    held = true;
  };
  bench.packet(R"(42["a"])");
  bench.io.socket().resume();
  bench.packet("43" + std::to_string(id) + "[]");
  EXPECT_EQ(bench.take_lines(), (Lines{"ack id " + std::to_string(id), "event a", "event a"}));
}

TEST(SocketIoClient, AnEventThatIsRefusedHasNoAttachments) {
  IoBench bench;
  bench.join();
  SocketIoEmit how;
  how.attachments = 1;
  EXPECT_EQ(bench.io.emit("a", "\"\xFF\"", how), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.attach(as_bytes("b")), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.emit("a"), Status::kOk);
}

TEST(SocketIoClient, WithoutRoomNothingIsHalfSent) {
  IoBench bench;
  bench.join();
  bench.peer.pipe->stop_reading();
  const std::string text(100, '1');
  SocketIoEmit how;
  uint32_t id = 0;
  Status status = Status::kOk;
  size_t events = 0;
  for (; status == Status::kOk && events < 1000; ++events) {
    status = bench.io.emit("a", {text.data(), text.size()});
    bench.turn();
  }
  ASSERT_EQ(status, Status::kWouldBlock);
  how.ack_id = &id;
  how.attachments = 1;
  EXPECT_EQ(bench.io.emit("b", {text.data(), text.size()}, how), Status::kWouldBlock);
  bench.peer.pipe->start_reading();
  bench.settle();
  EXPECT_EQ(bench.take_lines(), Lines{"writable"});
  EXPECT_EQ(bench.sent().size(), events - 1);
  how.attachments = 0;
  for (int i = 0; i < 2; ++i) EXPECT_EQ(bench.io.emit("b", {}, how), Status::kOk) << "no place was lost";
}

// ---- the connection's end, and the next one ----

TEST(SocketIoClient, ReconnectKeepsItUp) {
  IoBench bench;
  Reconnect reconnect{bench.client, bench.pipe, bench.client_options};
  reconnect.times = {1000, 0, 0, 0};
  const auto inner = bench.app;
  bench.app = [&](const Event& event) {
    reconnect.on_event(event);
    inner(event);
  };
  bench.inside = [&](const SocketIoEvent& event) {
    if (event.type != SocketIoEvent::kOpen) return;
    EXPECT_EQ(bench.io.join(), Status::kOk);
  };
  ASSERT_EQ(reconnect.start(bench.now_ms), Status::kOk);
  for (size_t round = 1; round <= 3; ++round) {
    bench.settle();
    ASSERT_EQ(bench.pipe.answered_count(), round);
    bench.peer = Peer();
    bench.peer.pipe = &bench.pipe.answered(round - 1);
    bench.peer.role = Role::kClient;
    bench.peer.pipe->send(response_to(bench.peer.pipe->received()));
    bench.settle();
    bench.peer.pipe->take();
    bench.packet(R"(0{"sid":"abc","upgrades":[],"pingInterval":300,"pingTimeout":200})");
    EXPECT_EQ(bench.sent(), Lines{"40"}) << round;
    bench.packet(R"(40{"sid":"xyz"})");
    EXPECT_TRUE(bench.io.has_joined());
    bench.run(500);  // without a ping
    EXPECT_EQ(bench.sent(), Lines{"close 1001"});
    bench.peer.send_close(1001);
    bench.peer.pipe->close();
    bench.settle();
    EXPECT_EQ(bench.take_lines(), (Lines{"open", R"(connect {"sid":"xyz"})", "close"}));
    EXPECT_FALSE(bench.io.has_joined());
    EXPECT_EQ(reconnect.state(), Reconnect::State::kWaiting);
    const uint32_t wait_ms = reconnect.wait_ms(bench.io.wait_ms(UINT32_MAX));
    bench.now_ms += wait_ms;
    reconnect.poll(bench.now_ms);
    bench.run(0);
  }
}

}  // namespace
}  // namespace whit
