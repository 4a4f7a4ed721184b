// SPDX-License-Identifier: MIT
// R-SIO-1: raw clients made of bytes, and a virtual clock.
#include "whit/socket_io_server.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr Text kSpaces[] = {"/", "/admin"};
constexpr char kTarget[] = "/socket.io/?EIO=4&transport=websocket";

std::string shown(const SocketIoEvent& event) {
  static const char* const kNames[] = {"none", "open",        "request",    "connect",    "connect error", "event",
                                       "ack",  "ack timeout", "attachment", "disconnect", "writable",      "close"};
  std::string text = kNames[event.type];
  if (event.space != 0) text += " space " + std::to_string(event.space);
  if (event.has_id) text += " id " + std::to_string(event.id);
  if (event.type == SocketIoEvent::kConnect) text += " " + std::string(event.payload.data, event.payload.size);
  if (event.type == SocketIoEvent::kEvent) text += " " + std::string(event.name.data, event.name.size);
  if (!event.arguments.empty()) text += " (" + std::string(event.arguments.data, event.arguments.size) + ")";
  if (event.type == SocketIoEvent::kAttachment) text += " [" + copy_of(event.attachment.data) + "]";
  return text;
}

using Lines = std::vector<std::string>;

template <size_t kLongBytes = 0, uint16_t kBuffers = 6, uint32_t kBufferBytes = 512>
struct IoServerBench : Bench<3, kBuffers, kBufferBytes> {
  using Base = Bench<3, kBuffers, kBufferBytes>;
  using Base::app, Base::loop, Base::now_ms, Base::pipe, Base::seen, Base::server, Base::server_options, Base::settle;

  IoServerBench() {
    io_options.spaces = kSpaces;
    io_options.space_count = 2;
    server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
    server_options.on_request = &keep_request_fields;
    server_options.http = &this->http_options;
    app = [this](const Event& event) {
      const SocketIoEvent packet = io.on_event(event);
      if (!packet) return;
      lines.push_back(shown(packet));
      last_event = packet;
      if (packet.type == SocketIoEvent::kRequest) (void)event.socket.reject(404);
      if (inside) inside(packet);
    };
  }

  std::string ask(const std::string& target, const std::string& more = "") {
    if (server.port() == 0) this->listen();
    peer = Peer();
    peer.pipe = &pipe.dial(80);
    std::string head = request(more);
    head.replace(head.find("/chat"), 5, target);
    peer.pipe->send(head);
    run(0);
    return peer.pipe->take();
  }
  // An open connection whose open packet was read.
  Peer& open_io() {
    const std::string answer = ask(kTarget);
    const size_t end = answer.find("\r\n\r\n");
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 101 ");
    if (end != std::string::npos) peer.reader.feed(answer.substr(end + 4));
    peer.socket = seen.back().socket;
    const Lines greeting = sent();
    open_packet = greeting.empty() ? "" : greeting[0];
    return peer;
  }
  Peer& join() {
    open_io();
    packet("40");
    EXPECT_EQ(io.admit(last_event), Status::kOk);
    sent();
    lines.clear();
    return peer;
  }
  void packet(const std::string& text) {
    peer.send(kTextFrame, text);
    run(0);
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

  SocketIoServerOptions io_options;
  SocketIoAckMemory<2> acks;
  SocketIoServer<5, kLongBytes> io{server, pipe, acks, io_options};
  Peer peer;
  Lines lines;
  std::string open_packet;
  SocketIoEvent last_event;
  std::function<void(const SocketIoEvent&)> inside;
};

// ---- requests ----

TEST(SocketIoServer, AnswersRequestsAsServersOfEngineIoDo) {
  const std::pair<const char*, const char*> cases[] = {
      {"/socket.io/?EIO=4&transport=polling", R"({"code":0,"message":"Transport unknown"})"},
      {"/socket.io/?EIO=4", R"({"code":0,"message":"Transport unknown"})"},
      {"/socket.io/", R"({"code":0,"message":"Transport unknown"})"},
      {"/socket.io/?EIO=4&transport=websocket&sid=abc", R"({"code":1,"message":"Session ID unknown"})"},
      {"/socket.io/?EIO=3&transport=websocket", R"({"code":5,"message":"Unsupported protocol version"})"},
      {"/socket.io/?transport=websocket", R"({"code":5,"message":"Unsupported protocol version"})"},
  };
  for (const auto& [target, body] : cases) {
    IoServerBench<> bench;
    const std::string answer = bench.ask(target);
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 400 ") << target;
    EXPECT_NE(answer.find("Content-Type: application/json\r\n"), std::string::npos) << answer;
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body) << target;
    EXPECT_TRUE(bench.lines.empty());
  }
}

TEST(SocketIoServer, PollingAndPlainRequestsAreAnsweredToo) {
  for (const bool websocket : {false, true}) {
    IoServerBench<> bench;
    bench.listen();
    TestPeer& browser = bench.pipe.dial(80);
    browser.send(std::string("GET /socket.io/?EIO=4&transport=") + (websocket ? "websocket" : "polling") +
                 " HTTP/1.1\r\nHost: a\r\n\r\n");
    bench.run(0);
    const std::string answer = browser.received();
    EXPECT_EQ(answer.substr(0, 13), "HTTP/1.1 400 ");
    EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4),
              websocket ? R"({"code":3,"message":"Bad request"})" : R"({"code":0,"message":"Transport unknown"})");
  }
}

TEST(SocketIoServer, OtherPathsBelongToTheApplication) {
  for (const char* target :
       {"/chat", "/socket.io", "/socket.iox/?EIO=4&transport=websocket", "/?EIO=4&transport=websocket"}) {
    IoServerBench<> bench;
    EXPECT_EQ(bench.ask(target).substr(0, 13), "HTTP/1.1 404 ") << target;
    EXPECT_EQ(bench.take_lines(), Lines{"request"}) << target;
  }
  IoServerBench<> bench;
  bench.io_options.path = "/own/";
  EXPECT_EQ(bench.ask("/own/?transport=websocket&EIO=4&t=abc").substr(0, 13), "HTTP/1.1 101 ");
}

TEST(SocketIoServer, ConnectionsOfTheApplicationAreLeftAlone) {
  IoServerBench<> bench;
  const auto inner = bench.app;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kRequest) return inner(event);
    EXPECT_EQ(event.socket.accept(), Status::kOk);
  };
  EXPECT_EQ(bench.ask("/chat").substr(0, 13), "HTTP/1.1 101 ");
  bench.peer.send(kTextFrame, "nonsense");
  bench.run(100000);
  EXPECT_TRUE(bench.lines.empty());
  EXPECT_EQ(bench.count(Event::kMessage), 1u);
  EXPECT_EQ(bench.count(Event::kClose), 0u);
  EXPECT_EQ(bench.io.emit(bench.seen.back().socket, "a"), Status::kNotOpen);
}

// ---- Engine.IO ----

TEST(SocketIoServer, TheOpenPacketComesFirst) {
  IoServerBench<> bench;
  bench.open_io();
  const std::string& open = bench.open_packet;
  ASSERT_EQ(open.substr(0, 8), "0{\"sid\":");
  EngineIoOpen read;
  ASSERT_TRUE(parse_engine_io_open({open.data() + 1, open.size() - 1}, &read)) << open;
  EXPECT_EQ(read.sid.size, 32u);
  EXPECT_EQ(read.ping_interval_ms, 25000u);
  EXPECT_EQ(read.ping_timeout_ms, 20000u);
  EXPECT_EQ(read.max_payload, bench.peer.socket.max_send());
  EXPECT_NE(open.find("\"upgrades\":[]"), std::string::npos);
  IoServerBench<2000> longer;
  longer.open_io();
  EXPECT_NE(longer.open_packet.find("\"maxPayload\":2000}"), std::string::npos);
}

TEST(SocketIoServer, EverySidIsAnother) {
  IoServerBench<> bench;
  std::set<std::string> sids;
  for (int i = 0; i < 3; ++i) {
    bench.join();
    sids.insert(bench.open_packet.substr(0, 41));
  }
  EXPECT_EQ(sids.size(), 3u);
  size_t pairs = 0;
  for (size_t i = 9; i < 41; i += 2) pairs += bench.open_packet[i] == bench.open_packet[i + 1] ? 1 : 0;
  EXPECT_LT(pairs, 10u) << bench.open_packet << ": each digit is random";
}

TEST(SocketIoServer, PingsInItsInterval) {
  IoServerBench<> bench;
  bench.join();
  bench.run(24999);
  EXPECT_EQ(bench.sent(), Lines{});
  bench.run(1);
  EXPECT_EQ(bench.sent(), Lines{"2"});
  bench.run(19999);
  bench.packet("3");
  bench.run(24999);
  EXPECT_EQ(bench.sent(), Lines{}) << "counted from the pong";
  bench.run(1);
  EXPECT_EQ(bench.sent(), Lines{"2"});
  bench.run(10000);
  bench.packet(R"(42["a"])");
  bench.run(24999);
  EXPECT_EQ(bench.sent(), Lines{}) << "an event is a sign of life, too";
  bench.run(1);
  EXPECT_EQ(bench.sent(), Lines{"2"});
  bench.run(19999);
  EXPECT_EQ(bench.sent(), Lines{});
  bench.run(1);
  EXPECT_EQ(bench.sent(), Lines{"close 1001"}) << "a client that does not answer is given up";
  bench.run(10000);
  EXPECT_EQ(bench.lines.back(), "close");
}

// Until not even a frame of one byte finds room.
void fill(IoServerBench<>* bench) {
  bench->peer.pipe->stop_reading();
  const std::string text(400, '1');
  for (const size_t size : {size_t{400}, size_t{1}}) {
    Status status = Status::kOk;
    for (int i = 0; i < 1000 && status == Status::kOk; ++i) {
      status = bench->peer.socket.send(Text(text.data(), size));
      bench->turn();
    }
    ASSERT_EQ(status, Status::kWouldBlock);
  }
}

TEST(SocketIoServer, APingThatHasNoRoomLeavesLater) {
  IoServerBench<> bench;
  bench.join();
  fill(&bench);
  bench.now_ms += 25000;  // its ping is due
  while (bench.io.poll(bench.now_ms)) {
  }
  bench.peer.pipe->start_reading();
  bench.settle();
  const Lines sent = bench.sent();
  ASSERT_FALSE(sent.empty());
  EXPECT_EQ(sent.back(), "2");
  EXPECT_EQ(bench.take_lines(), Lines{"writable"});
}

// No kWritable says when that is.
TEST(SocketIoServer, APingWaitsForTheEndOfAMessageInPieces) {
  IoServerBench<> bench;
  bench.join();
  Message piece;
  piece.data = as_bytes("a");
  piece.last = false;
  ASSERT_EQ(bench.peer.socket.send(piece), Status::kOk);
  bench.run(25000);
  EXPECT_EQ(bench.sent(), Lines{"binary a"});
  piece.first = false;
  piece.last = true;
  ASSERT_EQ(bench.peer.socket.send(piece), Status::kOk);
  bench.run(0);
  EXPECT_EQ(bench.sent(), (Lines{"a", "2"}));
}

TEST(SocketIoServer, ARefusalThatHasNoRoomLeavesLater) {
  IoServerBench<> bench;
  bench.join();
  fill(&bench);
  bench.packet("40/other,");
  bench.peer.pipe->start_reading();
  bench.run(0);
  EXPECT_EQ(bench.sent().back(), R"(44/other,{"message":"Invalid namespace"})");
}

// Of two buffers one has the answer to the opening handshake, and the other a message to another client.
TEST(SocketIoServer, AnOpenPacketThatHasNoRoomLeavesLater) {
  IoServerBench<0, 2, 256> bench;
  bench.io_options.ping_interval_ms = bench.io_options.ping_timeout_ms = uint32_t{1} << 30;
  bench.open_io();
  const WebSocket other = bench.peer.socket;
  const std::string text(240, '1');
  const auto inner = bench.app;
  bool early = true;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kOpen) return inner(event);
    EXPECT_EQ(other.send(Text(text.data(), text.size())), Status::kOk);
    inner(event);
    early = event.socket.buffered_amount() > 200;
  };
  const std::string answer = bench.ask(kTarget);
  EXPECT_FALSE(early) << "there was room";
  ASSERT_EQ(answer.substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_NE(answer.find("0{\"sid\":"), std::string::npos) << "after the answer has left";
}

TEST(SocketIoServer, AClientThatJoinsNothingIsGivenUp) {
  IoServerBench<> bench;
  bench.io_options.ping_interval_ms = 100000;
  bench.open_io();
  bench.run(44999);
  EXPECT_EQ(bench.sent(), Lines{});
  bench.run(1);
  EXPECT_EQ(bench.sent(), Lines{"close 1001"});
}

TEST(SocketIoServer, WhatBreaksTheProtocol) {
  for (const char* text : {"", "0", "0{}", "2", "2probe", "5", "7", "x", "4", "49", "42", "42[]", "43[]", "45[\"a\"]",
                           "41{}", "44{\"message\":\"a\"}", "40[]", "40{"}) {
    IoServerBench<> bench;
    bench.join();
    bench.packet(text);
    EXPECT_EQ(bench.sent(), Lines{"close 1002"}) << text;
    EXPECT_TRUE(bench.take_lines().empty()) << text;
    EXPECT_EQ(bench.io.emit(bench.peer.socket, "a"), Status::kNotOpen);
  }
  IoServerBench<> bench;
  bench.join();
  bench.peer.send(kBinaryFrame, "unannounced");
  EXPECT_EQ(bench.sent(), Lines{"close 1002"});
}

TEST(SocketIoServer, AClosePacketAndANoop) {
  IoServerBench<> bench;
  bench.join();
  bench.packet("6");
  EXPECT_EQ(bench.sent(), Lines{});
  bench.packet("1");
  EXPECT_EQ(bench.sent(), Lines{"close 1000"});
}

TEST(SocketIoServer, ALongTextNeedsMemory) {
  const std::string text = "42[\"a\",\"" + std::string(900, 'x') + "\"]";
  IoServerBench<> without;
  without.join();
  without.packet(text);
  EXPECT_EQ(without.sent(), Lines{"close 1009"});
  IoServerBench<1000> with;
  with.join();
  with.packet(text);
  EXPECT_EQ(with.take_lines(), Lines{"event a (\"" + std::string(900, 'x') + "\")"});
}

TEST(SocketIoServer, ASkippedMessageEndsTheConnection) {
  IoServerBench<> bench;
  bench.server_options.long_messages = LongMessages::kSkip;
  bench.join();
  bench.packet("4" + std::string(1000, 'x'));
  EXPECT_EQ(bench.sent(), Lines{"close 1009"});
}

// ---- Socket.IO ----

TEST(SocketIoServer, TheApplicationAdmitsOrRefuses) {
  IoServerBench<> bench;
  bench.open_io();
  bench.packet(R"(40/admin,{"token":"123"})");
  EXPECT_EQ(bench.take_lines(), Lines{R"(connect space 1 {"token":"123"})"});
  SocketIoEvent admin = bench.last_event;
  EXPECT_EQ(bench.io.emit(bench.peer.socket, "a", {}, {1}), Status::kNotOpen);
  EXPECT_EQ(bench.io.refuse(admin, "a\"b"), Status::kInvalidArgument);
  EXPECT_EQ(bench.io.refuse(admin, "Not authorized"), Status::kOk);
  EXPECT_EQ(bench.sent(), Lines{R"(44/admin,{"message":"Not authorized"})"});
  EXPECT_EQ(bench.io.refuse(admin, "again"), Status::kNotOpen);
  EXPECT_EQ(bench.io.admit(admin), Status::kNotOpen);
  bench.packet(R"(40/admin,{"token":"123"})");
  bench.packet(R"(40/admin,{"token":"123"})");
  EXPECT_EQ(bench.take_lines().size(), 1u) << "the second one is passed over";
  EXPECT_EQ(bench.io.admit(bench.last_event), Status::kOk);
  const Lines sent = bench.sent();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].substr(0, 17), R"(40/admin,{"sid":")");
  EXPECT_EQ(sent[0].size(), 51u);
  EXPECT_TRUE(bench.io.has_joined(bench.peer.socket, 1));
  EXPECT_FALSE(bench.io.has_joined(bench.peer.socket));
  EXPECT_FALSE(bench.io.has_joined(WebSocket()));
}

TEST(SocketIoServer, ANamespaceThatItDoesNotHaveIsRefused) {
  IoServerBench<> bench;
  bench.open_io();
  bench.packet("40/other,");
  EXPECT_TRUE(bench.take_lines().empty());
  EXPECT_EQ(bench.sent(), Lines{R"(44/other,{"message":"Invalid namespace"})"});
  bench.packet("40");
  EXPECT_EQ(bench.take_lines(), Lines{"connect "});
}

TEST(SocketIoServer, EventsAnswersAndAttachments) {
  IoServerBench<> bench;
  bench.join();
  const WebSocket socket = bench.peer.socket;
  bench.packet(R"(427["ask",{"a":1}])");
  EXPECT_EQ(bench.take_lines(), Lines{R"(event id 7 ask ({"a":1}))"});
  EXPECT_EQ(bench.io.acknowledge(bench.last_event, "1,2"), Status::kOk);
  uint32_t id = 99;
  SocketIoEmit how;
  how.ack_id = &id;
  how.attachments = 1;
  EXPECT_EQ(bench.io.emit(socket, "image", R"({"_placeholder":true,"num":0})", how), Status::kOk);
  EXPECT_EQ(bench.io.emit(socket, "between"), Status::kInUse);
  EXPECT_EQ(bench.io.attach(socket, as_bytes("data")), Status::kOk);
  EXPECT_EQ(bench.sent(), (Lines{"437[1,2]", R"(451-0["image",{"_placeholder":true,"num":0}])", "binary data"}));
  bench.packet(R"(461-0[{"_placeholder":true,"num":0}])");
  bench.peer.send(kBinaryFrame, "back");
  bench.run(0);
  EXPECT_EQ(bench.take_lines(), (Lines{R"(ack id 0 ({"_placeholder":true,"num":0}))", "attachment [back]"}));
}

TEST(SocketIoServer, AnswersBelongToOneConnection) {
  IoServerBench<> bench;
  Peer first = bench.join();
  uint32_t id = 0;
  SocketIoEmit how;
  how.ack_id = &id;
  how.ack_timeout_ms = 500;
  ASSERT_EQ(bench.io.emit(first.socket, "ask", {}, how), Status::kOk);
  bench.join();
  const uint32_t asked = id;
  bench.packet("43" + std::to_string(asked) + "[]");
  EXPECT_TRUE(bench.take_lines().empty()) << "another client knows the number";
  ASSERT_EQ(bench.io.emit(bench.peer.socket, "ask", {}, how), Status::kOk);
  EXPECT_EQ(bench.io.emit(bench.peer.socket, "ask", {}, how), Status::kNoSlot);
  first.pipe->reset();
  bench.run(0);
  EXPECT_EQ(bench.take_lines(), Lines{"close"});
  EXPECT_EQ(bench.io.emit(bench.peer.socket, "ask", {}, how), Status::kOk) << "it waits for nothing any more";
  bench.run(500);
  EXPECT_EQ(bench.take_lines(),
            (Lines{"ack timeout id " + std::to_string(asked + 2), "ack timeout id " + std::to_string(asked + 1)}));
}

TEST(SocketIoServer, BothSidesLeaveAndMayComeAgain) {
  IoServerBench<> bench;
  bench.join();
  bench.packet("41");
  EXPECT_EQ(bench.take_lines(), Lines{"disconnect"});
  EXPECT_EQ(bench.io.leave(bench.peer.socket), Status::kNotOpen);
  bench.packet(R"(42["late"])");
  EXPECT_TRUE(bench.take_lines().empty());
  bench.packet("40");
  EXPECT_EQ(bench.io.admit(bench.last_event), Status::kOk);
  bench.sent();
  EXPECT_EQ(bench.io.leave(bench.peer.socket), Status::kOk);
  EXPECT_EQ(bench.sent(), Lines{"41"});
  bench.io_options.ping_interval_ms = 200000;
  bench.run(100000);
  EXPECT_EQ(bench.sent(), Lines{}) << "it had joined once: the connection stays";
}

TEST(SocketIoServer, TheNextConnectionInASlotBeginsAnew) {
  IoServerBench<> bench;
  for (int i = 0; i < 8; ++i) {
    bench.join();
    bench.packet(R"(451-["a",{"_placeholder":true,"num":0}])");
    bench.peer.pipe->reset();
    bench.run(0);
    EXPECT_EQ(bench.take_lines().back(), "close");
    EXPECT_FALSE(bench.io.has_joined(bench.peer.socket));
  }
}

TEST(SocketIoServer, AHeldRequestToJoinComesAgain) {
  IoServerBench<> bench;
  bench.open_io();
  bool held = false;
  bench.inside = [&](const SocketIoEvent& packet) {
    if (held) return;
    held = true;
    bench.io.hold(packet);
  };
  bench.packet("40");
  bench.peer.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.take_lines(), (Lines{"connect ", "connect "}));
  EXPECT_EQ(bench.io.admit(bench.last_event), Status::kOk);
}

// A network of which random() alone is asked.
class Dice final : public Network {
 public:
  explicit Dice(Network& real) : real_(real) {}
  uint16_t capacity() const override { return 0; }
  void poll(uint32_t) override {}
  void attach(IndexQueue*) override {}
  Status listen(uint8_t, Text, uint16_t, bool) override { return Status::kFailed; }
  uint16_t listening_port(uint8_t) const override { return 0; }
  void unlisten(uint8_t) override {}
  Transport* accept(uint8_t, uint16_t) override { return nullptr; }
  bool waiting(uint8_t) override { return false; }
  Transport* connect(uint16_t, Text, uint16_t, bool, Status*) override { return nullptr; }
  Status random(MutableBytes destination) override { return broken ? Status::kFailed : real_.random(destination); }
  void wake() override {}
  int32_t error() const override { return 0; }

  bool broken = false;

 private:
  Network& real_;
};

TEST(SocketIoServer, WithoutRandomBytesNothingOpens) {
  IoServerBench<> bench;
  Dice dice(bench.pipe);
  SocketIoServer<5> io{bench.server, dice, bench.acks, bench.io_options};
  SocketIoEvent last;
  bench.app = [&](const Event& event) {
    const SocketIoEvent packet = io.on_event(event);
    if (packet) last = packet;
  };
  bench.open_io();
  bench.packet("40");
  dice.broken = true;
  EXPECT_EQ(io.admit(last), Status::kFailed);
  dice.broken = false;
  EXPECT_EQ(io.admit(last), Status::kOk) << "it may be tried again";
  dice.broken = true;
  bench.open_io();
  EXPECT_EQ(bench.open_packet, "close 1011");
}

}  // namespace
}  // namespace whit
