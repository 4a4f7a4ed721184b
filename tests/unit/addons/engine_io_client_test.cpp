// SPDX-License-Identifier: MIT
// R-SIO-1 and R-PING-4: a raw server made of bytes, and a virtual clock.
#include "whit/engine_io_client.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr char kOpenPacket[] =
    R"(0{"sid":"abc","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100})";

struct EngineBench : Bench<1, 2, 256> {
  EngineBench() {
    client_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;  // the protocol's own pings alone
    app = [this](const Event& event) {
      const EngineIoEvent packet = engine.on_event(event);
      if (packet.type == EngineIoEvent::kNone) return;
      types.push_back(packet.type);
      if (packet.type == EngineIoEvent::kMessage) texts.push_back(copy_of(packet.message.data));
      if (packet.type == EngineIoEvent::kOpen) sid = std::string(packet.open.sid.data, packet.open.sid.size);
    };
  }
  void connect() {
    engine.poll(now_ms);
    peer = open(Role::kClient);
  }
  void greet() {
    connect();
    packet(kOpenPacket);
  }
  void packet(const std::string& text, bool fin = true) {
    engine.poll(now_ms);
    peer.send(kTextFrame, text, fin);
    settle();
  }
  // Sleeps as engine and loop say.
  void run(uint32_t ms) {
    const uint32_t end_ms = now_ms + ms;
    for (int turns = 0;; ++turns) {
      ASSERT_LT(turns, 1000) << "it does not sleep";
      engine.poll(now_ms);
      settle();
      const uint32_t wait_ms = engine.wait_ms(loop.wait_ms());
      if (wait_ms > end_ms - now_ms) break;
      now_ms += wait_ms;
    }
    now_ms = end_ms;
  }
  // The Close frame that was sent: code and reason; "": none.
  std::string close_sent() {
    for (const Frame& frame : peer.frames()) {
      if (frame.opcode != kCloseFrame) continue;
      const auto code =
          static_cast<uint16_t>(static_cast<uint8_t>(frame.payload[0]) << 8 | static_cast<uint8_t>(frame.payload[1]));
      return std::to_string(code) + " " + frame.payload.substr(2);
    }
    return "";
  }

  uint8_t memory[600] = {};
  EngineIoClient engine{client, {memory, sizeof memory}};
  Peer peer;
  std::vector<EngineIoEvent::Type> types;
  std::vector<std::string> texts;
  std::string sid;
};

TEST(EngineIoClient, OpensWithTheOpenPacket) {
  EngineBench bench;
  bench.connect();
  EXPECT_FALSE(bench.engine.is_open()) << "the WebSocket alone is not enough";
  EXPECT_EQ(bench.engine.send("a"), Status::kNotOpen);
  bench.packet(kOpenPacket);
  ASSERT_EQ(bench.types, std::vector{EngineIoEvent::kOpen});
  EXPECT_TRUE(bench.engine.is_open());
  EXPECT_EQ(bench.sid, "abc");
  EXPECT_EQ(bench.engine.max_payload(), 100u);
}

TEST(EngineIoClient, MessagesBothWays) {
  EngineBench bench;
  bench.greet();
  bench.packet("4hello");
  bench.packet("4");
  bench.peer.send(kBinaryFrame, "4bytes");
  bench.settle();
  EXPECT_EQ(bench.texts, (std::vector<std::string>{"hello", "", "4bytes"})) << "binary data has no type in front";
  EXPECT_EQ(bench.engine.send("world"), Status::kOk);
  bench.settle();
  const std::vector<Frame> frames = bench.peer.frames();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].opcode, kTextFrame);
  EXPECT_EQ(frames[0].payload, "4world");
}

TEST(EngineIoClient, ThePayloadIsBounded) {
  EngineBench bench;
  bench.greet();
  const std::string text(100, 'x');
  EXPECT_EQ(bench.engine.send({text.data(), 99}), Status::kOk) << "with its type it is what the server takes";
  EXPECT_EQ(bench.engine.send({text.data(), 100}), Status::kTooLarge);
  EXPECT_EQ(bench.engine.send(Text("\xFF", 1)), Status::kInvalidArgument);
}

TEST(EngineIoClient, ALongTextIsJoined) {
  EngineBench bench;
  bench.greet();
  std::string text = "4";
  while (text.size() < 600) text += static_cast<char>('a' + text.size() % 26);
  bench.packet(text);
  EXPECT_EQ(bench.texts, std::vector{text.substr(1)});
  bench.packet(text + "x");
  EXPECT_EQ(bench.close_sent(), "1009 Engine.IO: a packet is too long");
}

TEST(EngineIoClient, ASkippedMessageEndsTheConnection) {
  EngineBench bench;
  bench.client_options.long_messages = LongMessages::kSkip;
  bench.greet();
  bench.packet("4" + std::string(1000, 'x'));
  EXPECT_EQ(bench.close_sent(), "1009 Engine.IO: a packet is too long");
}

// The protocol's own ping is a text, and so is the answer.
TEST(EngineIoClient, APingIsAnswered) {
  EngineBench bench;
  bench.greet();
  bench.packet("2");
  const std::vector<Frame> frames = bench.peer.frames();
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].opcode, kTextFrame);
  EXPECT_EQ(frames[0].payload, "3");
}

// Inside a message of the application the answer has to wait.
TEST(EngineIoClient, APingIsAnsweredAsSoonAsThereIsRoom) {
  EngineBench bench;
  bench.greet();
  Message piece;
  piece.data = as_bytes("a");
  piece.last = false;
  ASSERT_EQ(bench.engine.socket().send(piece), Status::kOk);
  bench.packet("2");
  bench.run(10);
  EXPECT_EQ(bench.peer.frames().size(), 1u) << "the piece alone";
  piece.first = false;
  piece.last = true;
  ASSERT_EQ(bench.engine.socket().send(piece), Status::kOk);
  bench.run(0);
  const std::vector<Frame> frames = bench.peer.frames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[1].payload, "3");
}

TEST(EngineIoClient, AnswersOwedToAPeerThatDoesNotReadLeaveWhenItDoes) {
  EngineBench bench;
  bench.greet();
  bench.peer.pipe->stop_reading();
  const std::string text(90, 'x');
  while (bench.engine.send({text.data(), text.size()}) == Status::kOk) bench.turn();
  bench.packet("2");
  bench.packet("2");
  bench.peer.pipe->start_reading();
  bench.settle();
  bench.run(0);
  const std::vector<Frame> frames = bench.peer.frames();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().payload, "3");
  EXPECT_EQ(bench.types.back(), EngineIoEvent::kWritable);
}

TEST(EngineIoClient, AServerThatStopsToPingIsGivenUp) {
  EngineBench bench;
  bench.greet();
  bench.run(44999);
  EXPECT_EQ(bench.close_sent(), "") << "a millisecond too early";
  bench.run(1);
  EXPECT_EQ(bench.close_sent(), "1001 ping timeout");
  EXPECT_FALSE(bench.engine.is_open());
  EXPECT_EQ(bench.engine.send("a"), Status::kNotOpen);
  bench.run(10000);  // it does not answer the Close frame either
  EXPECT_EQ(bench.types.back(), EngineIoEvent::kClose);
  EXPECT_EQ(bench.count(Event::kClose), 1u);
}

TEST(EngineIoClient, PingsAndMessagesKeepTheConnection) {
  EngineBench bench;
  bench.greet();
  for (int i = 0; i < 5; ++i) {
    bench.run(44999);
    bench.packet(i % 2 == 0 ? "2" : "4a");
  }
  EXPECT_EQ(bench.close_sent(), "");
  bench.run(45000);
  EXPECT_EQ(bench.close_sent(), "1001 ping timeout");
}

TEST(EngineIoClient, TheClockMayWrap) {
  EngineBench bench;
  bench.now_ms = UINT32_MAX - 10000;
  bench.greet();
  bench.run(44999);
  EXPECT_EQ(bench.close_sent(), "");
  bench.run(1);
  EXPECT_EQ(bench.close_sent(), "1001 ping timeout");
}

TEST(EngineIoClient, AnOpenPacketThatDoesNotComeIsAwaitedForABoundedTime) {
  EngineBench bench;
  bench.connect();
  bench.run(19999);
  EXPECT_EQ(bench.close_sent(), "");
  bench.run(1);
  EXPECT_EQ(bench.close_sent(), "1001 ping timeout");
}

TEST(EngineIoClient, WhatAServerMustNotSend) {
  const std::pair<const char*, bool> cases[] = {
      {"", true},   {"1", false}, {"2", false}, {"3", true},         {"4", false}, {"5", true},
      {"6", false}, {"7", true},  {"x", true},  {kOpenPacket, true}, {" 2", true}, {"\xC3\xA4", true},
  };
  for (const auto& [text, bad] : cases) {
    EngineBench bench;
    bench.greet();
    bench.packet(text);
    const std::string sent = bench.close_sent();
    EXPECT_EQ(sent.substr(0, 16) == "1002 Engine.IO: ", bad) << text << ": " << sent;
  }
}

TEST(EngineIoClient, NothingComesBeforeTheOpenPacket) {
  for (const char* text : {"", "1", "2", "4a", "6", "0", "0{}", R"(0{"sid":"a"})"}) {
    EngineBench bench;
    bench.connect();
    bench.packet(text);
    EXPECT_EQ(bench.close_sent().substr(0, 5), "1002 ") << text;
    EXPECT_TRUE(bench.types.empty()) << text;
  }
  EngineBench bench;
  bench.connect();
  bench.peer.send(kBinaryFrame, kOpenPacket);
  bench.settle();
  EXPECT_EQ(bench.close_sent().substr(0, 5), "1002 ") << "binary";
}

// R-SIO-1: an Engine.IO server without EIO in the URL answers 101 and then writes a response of HTTP.
TEST(EngineIoClient, AResponseOfHttpInPlaceOfFramesIs1002) {
  EngineBench bench;
  bench.connect();
  bench.peer.pipe->send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
  bench.settle();
  EXPECT_EQ(bench.close_sent().substr(0, 4), "1002");
  EXPECT_TRUE(bench.types.empty() || bench.types.back() == EngineIoEvent::kClose);
}

TEST(EngineIoClient, AClosePacketEndsInOrder) {
  EngineBench bench;
  bench.greet();
  bench.packet("1");
  EXPECT_EQ(bench.close_sent(), "1000 ");
  bench.peer.send_close(1000);
  bench.peer.pipe->close();
  bench.settle();
  EXPECT_EQ(bench.types.back(), EngineIoEvent::kClose);
}

TEST(EngineIoClient, ANewConnectionBeginsAnew) {
  EngineBench bench;
  bench.greet();
  bench.peer.pipe->reset();
  bench.settle();
  EXPECT_EQ(bench.types.back(), EngineIoEvent::kClose);
  EXPECT_FALSE(bench.engine.is_open());
  EXPECT_EQ(bench.engine.wait_ms(UINT32_MAX), UINT32_MAX) << "nothing is due";
  bench.connect();
  EXPECT_FALSE(bench.engine.is_open());
  bench.packet(kOpenPacket);
  EXPECT_TRUE(bench.engine.is_open());
}

TEST(EngineIoClient, EventsOfOtherConnectionsAreNotItsOwn) {
  Bench<2, 4, 256> bench;
  EngineIoClient engine{bench.client};
  size_t packets = 0;
  bench.app = [&](const Event& event) { packets += engine.on_event(event).type != EngineIoEvent::kNone ? 1 : 0; };
  Peer browser = bench.open(Role::kServer);
  browser.send(kTextFrame, kOpenPacket);
  browser.send(kTextFrame, "4a");
  browser.send(kTextFrame, "");
  bench.settle();
  EXPECT_EQ(packets, 0u);
  EXPECT_EQ(bench.count(Event::kClose), 0u);
}

}  // namespace
}  // namespace whit
