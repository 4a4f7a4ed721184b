// SPDX-License-Identifier: MIT
#include "whit/byte_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr int kText = 1, kBinary = 2, kContinuation = 0, kCloseFrame = 8;

// A stream at the end of an open connection, in either role.
template <size_t kInput, size_t kOutput>
struct StreamBench : Bench<2, 4, 512> {
  explicit StreamBench(Role role) {
    peer = open(role);
    stream.open(peer.socket);
    app = [this](const Event& event) { stream.on_event(event); };
  }

  // All that can be read now, asked for in parts of `part` bytes.
  std::string read(size_t part = 7) {
    std::string all;
    uint8_t room[64];
    size_t size = 0;
    while ((status = stream.read({room, part}, &size)) == Status::kOk) {
      EXPECT_GE(size, 1u);
      EXPECT_LE(size, part);
      all += copy_of({room, size});
    }
    EXPECT_EQ(size, 0u);
    return all;
  }
  Status write(const std::string& text) { return stream.write(bytes_of(text), &taken); }

  uint8_t input[kInput];
  uint8_t output[kOutput == 0 ? 1 : kOutput];
  ByteStream stream{{input, kInput}, {output, kOutput}};
  Peer peer;
  Status status = Status::kOk;  // of the last read()
  size_t taken = 0;
};

std::string counted(size_t size) {
  std::string text;
  while (text.size() < size) text += static_cast<char>('a' + text.size() % 26);
  return text;
}

std::vector<Frame> data_frames(Peer& peer) {
  std::vector<Frame> all;
  for (const Frame& each : peer.frames()) {
    if (each.opcode < kCloseFrame) all.push_back(each);
  }
  return all;
}

// MQTT 5.0, 6.0: "The receiver MUST NOT assume that MQTT Control Packets are aligned on WebSocket frame boundaries".
TEST(ByteStream, MessagesAndFragmentsAreOneStream) {  // R-MQTT-1
  for (const Role role : kRoles) {
    StreamBench<64, 0> bench(role);
    EXPECT_EQ(bench.read(), "");
    EXPECT_EQ(bench.status, Status::kWouldBlock);
    bench.peer.send(kBinary, "ab");
    bench.peer.send(kBinary, "");
    bench.peer.send(kBinary, "cde", false);
    bench.peer.send(kContinuation, "f");
    bench.settle();
    EXPECT_EQ(bench.stream.readable(), 6u);
    EXPECT_EQ(bench.read(4), "abcdef") << name(role);
    EXPECT_EQ(bench.status, Status::kWouldBlock);
  }
}

TEST(ByteStream, WhatHasNoRoomWaitsInTheConnectionAndThenInThePeer) {
  for (const Role role : kRoles) {
    StreamBench<5, 0> bench(role);
    const std::string sent = counted(1000);
    for (size_t i = 0; i < sent.size(); i += 100) bench.peer.send(kBinary, sent.substr(i, 100));
    bench.settle();
    EXPECT_EQ(bench.stream.readable(), 5u);
    EXPECT_EQ(bench.stream.wait_ms(1000), 1000u) << "it does not turn in vain";
    EXPECT_LE(bench.loop.buffers().in_use, 1) << "no buffer but the one in which the message waits";
    std::string got;
    // Reads of 3 make the ring wrap in each way.
    for (int turns = 0; turns < 1000 && got.size() < sent.size(); ++turns) {
      uint8_t room[3];
      size_t size = 0;
      if (bench.stream.read({room, sizeof room}, &size) == Status::kOk) got += copy_of({room, size});
      if (turns == 0) {
        EXPECT_EQ(bench.stream.wait_ms(1000), 0u) << "there is room again";
      }
      bench.stream.poll();
      bench.settle();
    }
    EXPECT_EQ(got, sent) << name(role);
  }
}

// Room that is made inside of the event of the message does not lose the rest of it.
TEST(ByteStream, ReadingInsideOfTheEvent) {
  for (const Role role : kRoles) {
    StreamBench<5, 0> bench(role);
    std::string got;
    bench.app = [&](const Event& event) {
      bench.stream.on_event(event);
      got += bench.read();
    };
    const std::string sent = counted(300);
    bench.peer.send(kBinary, sent.substr(0, 200));
    bench.peer.send(kBinary, sent.substr(200));
    for (int turns = 0; turns < 1000 && got.size() < sent.size(); ++turns) {
      bench.settle();
      bench.stream.poll();
    }
    EXPECT_EQ(got, sent) << name(role);
  }
}

TEST(ByteStream, WithoutMemoryEachWriteIsAMessage) {
  for (const Role role : kRoles) {
    StreamBench<8, 0> bench(role);
    EXPECT_EQ(bench.write(""), Status::kOk);
    EXPECT_EQ(bench.write("ab"), Status::kOk);
    EXPECT_EQ(bench.taken, 2u);
    EXPECT_EQ(bench.write("c"), Status::kOk);
    EXPECT_EQ(bench.stream.flush(), Status::kOk);
    bench.settle();
    const std::vector<Frame> frames = data_frames(bench.peer);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].opcode, kBinary);
    EXPECT_EQ(frames[0].payload, "ab");
    EXPECT_EQ(frames[1].payload, "c");
  }
}

TEST(ByteStream, APacketThatIsGatheredIsOneFrame) {  // R-MQTT-1
  for (const Role role : kRoles) {
    StreamBench<8, 40> bench(role);
    for (const char* part : {"head", "topic", "payload"}) EXPECT_EQ(bench.write(part), Status::kOk);
    bench.settle();
    EXPECT_EQ(data_frames(bench.peer).size(), 0u) << "not before flush()";
    EXPECT_EQ(bench.stream.unflushed(), 16u);
    EXPECT_EQ(bench.stream.flush(), Status::kOk);
    EXPECT_EQ(bench.write("next"), Status::kOk);
    EXPECT_EQ(bench.stream.flush(), Status::kOk);
    bench.settle();
    const std::vector<Frame> frames = data_frames(bench.peer);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_TRUE(frames[0].opcode == kBinary && frames[0].fin);
    EXPECT_EQ(frames[0].payload, "headtopicpayload");
    EXPECT_EQ(frames[1].payload, "next");
  }
}

TEST(ByteStream, APacketLargerThanTheMemoryIsOneMessage) {
  for (const Role role : kRoles) {
    StreamBench<8, 10> bench(role);
    EXPECT_EQ(bench.write(counted(25)), Status::kOk);
    EXPECT_EQ(bench.taken, 25u);
    EXPECT_EQ(bench.stream.flush(), Status::kOk);
    EXPECT_EQ(bench.write(counted(20)), Status::kOk);  // fills it exactly: no empty frame at the end
    EXPECT_EQ(bench.stream.flush(), Status::kOk);
    bench.settle();
    std::string shape;
    for (const Frame& each : data_frames(bench.peer)) {
      shape += std::to_string(each.opcode) + ":" + std::to_string(each.payload.size()) + (each.fin ? ". " : " ");
    }
    EXPECT_EQ(shape, "2:10 0:10 0:5. 2:10 0:10. ") << name(role);
  }
}

TEST(ByteStream, APacketLargerThanABufferIsOneMessage) {
  for (const Role role : kRoles) {
    StreamBench<8, 700> bench(role);
    EXPECT_EQ(bench.write(counted(700)), Status::kOk);
    EXPECT_EQ(bench.stream.flush(), Status::kWouldBlock) << "its second frame waits until the first has left";
    bench.settle();
    const std::vector<Frame> frames = data_frames(bench.peer);
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_TRUE(frames[0].opcode == kBinary && !frames[0].fin);
    EXPECT_TRUE(frames[1].opcode == kContinuation && frames[1].fin);
    EXPECT_EQ(frames[0].payload + frames[1].payload, counted(700)) << name(role);
  }
}

TEST(ByteStream, AFlushThatHasNoRoomLeavesByItself) {
  for (const Role role : kRoles) {
    StreamBench<8, 300> bench(role);
    bench.peer.pipe->stop_reading();
    bench.peer.pipe->set_window(0);
    const std::string packet = counted(200);
    std::string sent;
    Status status = Status::kOk;
    for (int i = 0; i < 100 && status == Status::kOk; ++i) {
      ASSERT_EQ(bench.write(packet), Status::kOk);
      sent += packet;
      status = bench.stream.flush();
      if (status == Status::kOk) bench.settle();
    }
    EXPECT_EQ(status, Status::kWouldBlock);
    EXPECT_EQ(bench.write("mixed"), Status::kWouldBlock) << "the packets would be mixed";
    EXPECT_EQ(bench.taken, 0u);
    bench.peer.pipe->set_window(SIZE_MAX);
    bench.peer.pipe->start_reading();
    bench.settle();
    std::string got;
    for (const Frame& each : data_frames(bench.peer)) got += each.payload;
    EXPECT_EQ(got, sent) << name(role);
    EXPECT_EQ(bench.write("more"), Status::kOk);
  }
}

// [MQTT-6.0.0-1]
TEST(ByteStream, ATextMessageClosesWith1003) {  // R-MQTT-1
  for (const Role role : kRoles) {
    StreamBench<8, 0> bench(role);
    bench.peer.send(kBinary, "before");
    bench.peer.send(kText, "text");
    bench.settle();
    const std::vector<Frame> frames = bench.peer.frames();
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back().opcode, kCloseFrame);
    EXPECT_EQ(frames.back().payload.substr(0, 2), "\x03\xEB") << "1003";
    EXPECT_EQ(bench.read(), "before");
    bench.peer.send_close(1003);
    bench.settle();
    EXPECT_EQ(bench.read(), "");
    EXPECT_EQ(bench.status, Status::kFailed) << "it is we who ended it";
  }
}

TEST(ByteStream, AMessageThatIsPassedOverEndsTheStream) {
  StreamBench<8, 0> bench(Role::kServer);
  Event event;
  event.type = Event::kSkipped;
  event.socket = bench.peer.socket;
  event.skipped_bytes = 9999;
  bench.stream.on_event(event);
  bench.settle();
  const std::vector<Frame> frames = bench.peer.frames();
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.back().payload.substr(0, 2), "\x03\xF1") << "1009";
}

TEST(ByteStream, TheEndComesAfterTheLastByte) {
  for (const Role role : kRoles) {
    StreamBench<8, 8> bench(role);
    bench.peer.send(kBinary, "last");
    bench.peer.send_close(1000);
    bench.settle();
    size_t size = 1;
    EXPECT_EQ(bench.stream.read({}, &size), Status::kWouldBlock) << "no room, and bytes are left";
    EXPECT_EQ(bench.read(), "last") << name(role);
    EXPECT_EQ(bench.status, Status::kClosed);
    EXPECT_EQ(bench.read(), "");
    EXPECT_EQ(bench.status, Status::kClosed) << "again";
    EXPECT_EQ(bench.stream.close().code, 1000);
    EXPECT_EQ(bench.write("x"), Status::kNotOpen);
    EXPECT_EQ(bench.stream.flush(), Status::kNotOpen);
  }
}

TEST(ByteStream, ALostConnectionIsNoEndInOrder) {
  for (const Role role : kRoles) {
    StreamBench<8, 0> bench(role);
    bench.peer.pipe->reset();
    bench.settle();
    EXPECT_EQ(bench.read(), "");
    EXPECT_EQ(bench.status, Status::kFailed) << name(role);
    EXPECT_EQ(bench.stream.close().code, 1006);
  }
}

TEST(ByteStream, ANewConnectionBeginsEmpty) {
  StreamBench<8, 8> bench(Role::kServer);
  bench.peer.send(kBinary, "more than eight");
  EXPECT_EQ(bench.write("unsent"), Status::kOk);
  bench.settle();
  bench.peer.pipe->reset();
  bench.settle();
  bench.peer = bench.open(Role::kServer);
  bench.stream.open(bench.peer.socket);
  EXPECT_EQ(bench.read(), "");
  EXPECT_EQ(bench.status, Status::kWouldBlock);
  EXPECT_EQ(bench.stream.unflushed(), 0u);
  bench.peer.send(kBinary, "new");
  bench.settle();
  EXPECT_EQ(bench.read(), "new");
}

TEST(ByteStream, OtherConnectionsAreNoneOfItsBusiness) {
  StreamBench<8, 0> bench(Role::kServer);
  Peer other = bench.open(Role::kServer);
  other.send(kText, "text");
  other.send(kBinary, "bin");
  bench.settle();
  EXPECT_EQ(bench.read(), "");
  EXPECT_EQ(bench.status, Status::kWouldBlock);
  EXPECT_EQ(other.frames().size(), 0u);
}

TEST(ByteStream, BeforeOpenThereIsNone) {
  uint8_t memory[4];
  size_t size = 1;
  ByteStream stream{{memory, sizeof memory}};
  EXPECT_EQ(stream.read({memory, sizeof memory}, &size), Status::kNotOpen);
  EXPECT_EQ(stream.write({memory, 1}, &size), Status::kNotOpen);
  EXPECT_EQ(size, 0u);
}

// ---- the shape of coreMQTT's TransportInterface_t, written here ----

struct NetworkContext {
  ByteStream* stream;
};
struct OutVector {
  const void* iov_base;
  size_t iov_len;
};
struct Interface {
  int32_t (*recv)(NetworkContext* context, void* buffer, size_t size);
  int32_t (*send)(NetworkContext* context, const void* buffer, size_t size);
  int32_t (*writev)(NetworkContext* context, OutVector* vectors, size_t count);
  NetworkContext* context;
};
constexpr Interface kInterface = {transport_recv<NetworkContext>, transport_send<NetworkContext>,
                                  transport_writev<NetworkContext, OutVector>, nullptr};

TEST(ByteStreamTransport, BytesNothingAndTheEnd) {
  StreamBench<16, 32> bench(Role::kClient);
  NetworkContext context{&bench.stream};
  uint8_t room[8];
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), 0);
  bench.peer.send(kBinary, "0123456789");
  bench.settle();
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), 8);
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), 2);
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), 0);
  EXPECT_EQ(kInterface.send(&context, "abc", 3), 3);
  EXPECT_EQ(kInterface.send(&context, "", 0), 0);
  bench.peer.send_close(1000);
  bench.settle();
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), kTransportClosed);
  EXPECT_EQ(kInterface.send(&context, "abc", 3), kTransportFailed);
}

TEST(ByteStreamTransport, ALostConnectionIsAnError) {
  StreamBench<16, 32> bench(Role::kClient);
  NetworkContext context{&bench.stream};
  bench.peer.pipe->reset();
  bench.settle();
  uint8_t room[8];
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), kTransportFailed);
}

TEST(ByteStreamTransport, TurningToReceivingEndsThePacket) {
  StreamBench<16, 32> bench(Role::kClient);
  NetworkContext context{&bench.stream};
  EXPECT_EQ(kInterface.send(&context, "head", 4), 4);
  EXPECT_EQ(kInterface.send(&context, "rest", 4), 4);
  uint8_t room[8];
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), 0);
  bench.settle();
  const std::vector<Frame> frames = data_frames(bench.peer);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0].payload, "headrest");
}

TEST(ByteStreamTransport, AVectorIsAPacket) {
  StreamBench<16, 32> bench(Role::kClient);
  NetworkContext context{&bench.stream};
  OutVector vectors[] = {{"one", 3}, {"", 0}, {"two", 3}};
  EXPECT_EQ(kInterface.writev(&context, vectors, 3), 6);
  EXPECT_EQ(kInterface.writev(&context, vectors, 1), 3);
  bench.settle();
  const std::vector<Frame> frames = data_frames(bench.peer);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].payload, "onetwo");
  EXPECT_EQ(frames[1].payload, "one");
}

TEST(ByteStreamTransport, ASendOfAWholePacketIsAFrame) {
  StreamBench<16, 32> bench(Role::kClient);
  NetworkContext context{&bench.stream};
  EXPECT_EQ(transport_send_packet(&context, "one", 3), 3);
  EXPECT_EQ(transport_send_packet(&context, "two", 3), 3);
  bench.settle();
  const std::vector<Frame> frames = data_frames(bench.peer);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].payload, "one");
  EXPECT_EQ(frames[1].payload, "two");
}

// A client that waits inside of a call gets turns of the loop, and a turn that asks for input itself ends.
TEST(ByteStreamTransport, AWaitingClientTurnsTheLoop) {
  static StreamBench<16, 32>* waiting;
  static int turns, inner;
  StreamBench<16, 32> bench(Role::kClient);
  waiting = &bench;
  turns = 0;
  inner = -1;
  bench.stream.turn = [](ByteStream* stream) {
    ++turns;
    uint8_t room[8];
    NetworkContext context{stream};
    inner = kInterface.recv(&context, room, sizeof room);
    waiting->peer.send(kBinary, "answer");
    waiting->settle();
  };
  NetworkContext context{&bench.stream};
  uint8_t room[8];
  EXPECT_EQ(kInterface.recv(&context, room, sizeof room), 6);
  EXPECT_EQ(turns, 1);
  EXPECT_EQ(inner, 0);
}

// ---- the subprotocol, in both roles ----

TEST(ByteStreamMqtt, AClientFailsWithAServerThatDoesNotGrantIt) {  // R-MQTT-1
  for (const bool granted : {true, false}) {
    Bench<2, 4, 512> bench;
    require_mqtt(&bench.client_options);
    EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    ASSERT_EQ(bench.pipe.answered_count(), 1u);
    TestPeer& server = bench.pipe.answered(0);
    EXPECT_NE(server.received().find("\r\nSec-WebSocket-Protocol: mqtt\r\n"), std::string::npos) << server.received();
    std::string answer = response_to(server.received());
    if (granted) answer.insert(answer.size() - 2, "Sec-WebSocket-Protocol: mqtt\r\n");
    server.send(answer);
    bench.settle();
    EXPECT_EQ(bench.count(Event::kOpen), granted ? 1u : 0u);
    EXPECT_EQ(bench.count(Event::kClose), granted ? 0u : 1u);
  }
}

TEST(ByteStreamMqtt, AServerRefusesAClientThatDoesNotOfferIt) {  // R-MQTT-1
  Bench<2, 4, 512> bench;
  require_mqtt(&bench.server_options);
  bench.app = [](const Event& event) {
    if (event.type == Event::kRequest) accept_mqtt(event.socket);
  };
  bench.listen();
  for (const bool offered : {true, false}) {
    TestPeer& peer = bench.pipe.dial(80);
    peer.send(request(offered ? "Sec-WebSocket-Protocol: mqttv3.1, mqtt\r\n" : "Sec-WebSocket-Protocol: mqttv3.1\r\n"));
    bench.settle();
    const std::string answer = peer.take();
    EXPECT_EQ(answer.substr(0, 13), offered ? "HTTP/1.1 101 " : "HTTP/1.1 400 ") << answer;
    EXPECT_EQ(answer.find("\r\nSec-WebSocket-Protocol: mqtt\r\n") != std::string::npos, offered) << answer;
  }
}

}  // namespace
}  // namespace whit
