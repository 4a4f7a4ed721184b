// SPDX-License-Identifier: MIT
// The turn: it always ends, is fair, writes each connection once; slots, handles, waiting, several endpoints on one
// loop.
#include "unit/core/bench.h"
#include "whit/dispatch.h"

namespace whit {
namespace {

TEST(Turn, BeforeStartNothingHappens) {
  static Loop<1, 2, 256, 2> loop;
  EXPECT_FALSE(loop.poll(5));
  EXPECT_EQ(loop.wait_ms(), LoopCore::kForeverMs);
  Server server(loop);
  Client client(loop);
  const ServerOptions server_options;
  EXPECT_EQ(server.listen(server_options), Status::kNotOpen);
  ClientOptions options;
  options.url = "ws://x/";
  EXPECT_EQ(client.connect(options), Status::kNotOpen);
  TestPipe<2, 64> small;
  EXPECT_EQ(loop.start(small), Status::kInvalidArgument);
  TestPipe<3, 64> pipe;
  EXPECT_EQ(loop.start(pipe), Status::kOk);
  EXPECT_EQ(loop.start(pipe), Status::kInUse);
}

// At rest a loop is all zero bits: it needs no constructor and no flash.
TEST(Turn, ALoopAtRestIsZero) {
  static Loop<2, 2, 256> loop;
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(&loop);
  for (size_t i = 0; i < sizeof loop; ++i) ASSERT_EQ(bytes[i], 0) << i;
}

// R-FLOW-2
TEST(Turn, EndsUnderConstantInput) {
  Bench<3, 8, 1024, 2, 4096> bench;
  std::vector<Peer> peers;
  for (int i = 0; i < 3; ++i) peers.push_back(bench.open(Role::kServer));
  bench.app = [&](const Event& event) {
    echo(event);
    for (Peer& each : peers) each.pipe->send(peer_frame(Role::kServer, kTextFrame, "more and more"));
  };
  peers[0].send(kTextFrame, "start");
  for (int i = 0; i < 20; ++i) {
    bench.take_seen();
    bench.turn();
    for (const Peer& each : peers) EXPECT_LE(bench.count(Event::kMessage, each.socket), config::kBurstMessages);
    EXPECT_LE(bench.count(Event::kMessage), 3 * config::kBurstMessages);
  }
  EXPECT_EQ(bench.count(Event::kMessage, peers[0].socket), config::kBurstMessages) << "and it is used";
  EXPECT_EQ(bench.loop.wait_ms(), 0u);
  bench.app = nullptr;
  bench.settle();
}

// R-FLOW-5
TEST(Turn, NobodyIsStarvedByABusyPeer) {
  Bench<2, 8, 256, 2, 4096> bench;
  Peer busy = bench.open(Role::kServer);
  Peer other = bench.open(Role::kServer);
  bench.app = [&](const Event& event) {
    if (event.socket == busy.socket) busy.send(kTextFrame, "again");
  };
  for (int i = 0; i < 200; ++i) busy.send(kTextFrame, "start");
  for (int i = 0; i < 20; ++i) {
    other.send(kTextFrame, "mine");
    bench.take_seen();
    bench.turn();
    EXPECT_EQ(bench.count(Event::kMessage, other.socket), 1u) << i;
  }
}

// One turn reads each ready connection, then writes; a connection that is ready in every turn writes once in each.
TEST(Turn, OneWritePerConnectionAndTurn) {
  Bench<2, 8, 1024, 2, 8192> bench;
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    for (Peer* each : {&first, &second}) {
      for (int i = 0; i < 3; ++i) EXPECT_EQ(each->socket.send("to both"), Status::kOk);
    }
  };
  for (int round = 0; round < 5; ++round) {
    uint32_t before[2] = {bench.pipe.transport(first.socket.index()).counters().writes,
                          bench.pipe.transport(second.socket.index()).counters().writes};
    for (int i = 0; i < 4; ++i) {
      first.send(kTextFrame, "x");
      second.send(kTextFrame, "y");
    }
    bench.turn();
    EXPECT_EQ(bench.pipe.transport(first.socket.index()).counters().writes, before[0] + 1);
    EXPECT_EQ(bench.pipe.transport(second.socket.index()).counters().writes, before[1] + 1);
    bench.settle();
  }
  EXPECT_EQ(first.frames().size(), 5u * 8 * 3);
}

TEST(Turn, WaitIsZeroExactOrForever) {
  Bench<1, 2, 256> bench;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
  bench.server_options.timeouts_ms[Deadline::kHead] = 0;
  EXPECT_EQ(bench.loop.wait_ms(), LoopCore::kForeverMs);
  Peer peer = bench.open(Role::kServer);
  EXPECT_EQ(bench.loop.wait_ms(), LoopCore::kForeverMs) << "open and idle, no keepalive";
  EXPECT_EQ(peer.socket.send("x"), Status::kOk);
  EXPECT_EQ(bench.loop.wait_ms(), 0u) << "output is gathered";
  bench.settle();
  EXPECT_EQ(peer.socket.close(), Status::kOk);
  EXPECT_EQ(bench.loop.wait_ms(), 0u);
  bench.settle();
  EXPECT_EQ(bench.loop.wait_ms(), 3000u);
  bench.now_ms += 2999;
  bench.turn();
  EXPECT_EQ(bench.loop.wait_ms(), 1u);
  bench.now_ms += 1;
  bench.turn();
  EXPECT_EQ(bench.loop.wait_ms(), 0u) << "the end is to be told";
  bench.settle();
  EXPECT_EQ(bench.count(Event::kClose), 1u);
  EXPECT_EQ(bench.loop.wait_ms(), LoopCore::kForeverMs);
}

TEST(Turn, WaitIsZeroWhileEventsAreHandedOut) {
  Bench<1, 2, 256> bench;
  bench.app = [&](const Event&) { EXPECT_EQ(bench.loop.wait_ms(), 0u); };
  Peer peer = bench.open(Role::kServer);
  peer.send(kTextFrame, "last");
  bench.settle();
  peer.pipe->reset();
  bench.settle();
  EXPECT_EQ(bench.count(Event::kClose), 1u);
}

TEST(Turn, WaitIsNeverLongerThanTheNextDeadline) {
  Bench<3, 6, 256> bench;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0x7FFFFFF0;
  bench.server_options.timeouts_ms[Deadline::kHead] = 0;
  bench.open(Role::kServer);
  EXPECT_EQ(bench.loop.wait_ms(), LoopCore::kForeverMs) << "at most 2^30";
  Peer second = bench.open(Role::kServer);
  Peer third = bench.open(Role::kServer);
  EXPECT_EQ(second.socket.close(), Status::kOk);
  bench.settle();
  bench.now_ms += 1000;
  bench.turn();
  EXPECT_EQ(bench.loop.wait_ms(), 2000u);
  EXPECT_EQ(third.socket.close(), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.loop.wait_ms(), 2000u) << "the earlier one";
  bench.now_ms += 2000;
  bench.settle();
  EXPECT_EQ(bench.loop.wait_ms(), 1000u);
}

TEST(Turn, SeveralServersAndClientsOnOneLoop) {
  TestPipe<10, 2048> pipe;
  Loop<8, 16, 256, 2> loop;
  ASSERT_EQ(loop.start(pipe), Status::kOk);
  Server servers[3] = {Server(loop), Server(loop), Server(loop)};
  Client clients[3] = {Client(loop), Client(loop), Client(loop)};
  ServerOptions server_options[3];
  ClientOptions client_options[3];
  const char* const urls[] = {"ws://h:8000/", "ws://h:8001/", "ws://h:8002/"};
  for (int i = 0; i < 3; ++i) {
    server_options[i].port = static_cast<uint16_t>(8000 + i);
    ASSERT_EQ(servers[i].listen(server_options[i]), Status::kOk);
    EXPECT_EQ(servers[i].listen(server_options[i]), Status::kInUse);
    EXPECT_EQ(servers[i].port(), 8000 + i);
    client_options[i].url = urls[i];
    ASSERT_EQ(clients[i].connect(client_options[i]), Status::kOk);
  }
  int echoed = 0;
  int open = 0;
  int closed = 0;
  for (uint32_t turn = 0; turn < 3000; ++turn) {
    while (const Event event = loop.poll(turn)) {
      bool is_client = false;
      for (const Client& each : clients) is_client = is_client || each.socket() == event.socket;
      if (event.type == Event::kOpen) {
        ++open;
        EXPECT_EQ(is_client ? event.socket.send("hello") : Status::kOk, Status::kOk);
      }
      if (event.type == Event::kMessage) {
        EXPECT_EQ(copy_of(event.message.data), "hello");
        if (is_client) {
          ++echoed;
          EXPECT_EQ(event.socket.close(), Status::kOk);
        } else {
          EXPECT_EQ(event.socket.send(event.message), Status::kOk);
        }
      }
      if (event.type == Event::kClose) {
        EXPECT_TRUE(event.close.was_clean);
        ++closed;
      }
    }
  }
  EXPECT_EQ(open, 6);
  EXPECT_EQ(echoed, 3);
  EXPECT_EQ(closed, 6);
  EXPECT_EQ(loop.connections().in_use, 0);
  EXPECT_EQ(loop.connections().high_water, 6);
  EXPECT_EQ(loop.buffers().in_use, 0);
  EXPECT_EQ(pipe.violations(), 0u) << pipe.violation();
}

TEST(Turn, AtMostFourListeners) {
  TestPipe<2, 64> pipe;
  Loop<1, 2, 256, 1> loop;
  ASSERT_EQ(loop.start(pipe), Status::kOk);
  Server servers[5] = {Server(loop), Server(loop), Server(loop), Server(loop), Server(loop)};
  ServerOptions options;
  options.port = 0;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(servers[i].listen(options), Status::kOk);
  EXPECT_EQ(servers[4].listen(options), Status::kNoSlot);
  servers[2].stop();
  EXPECT_EQ(servers[4].listen(options), Status::kOk);
  EXPECT_NE(servers[4].port(), servers[0].port());
}

// Full: 503 for the next peer, and a slot for the next as soon as one is free.
TEST(Turn, SlotsAreReused) {
  Bench<2, 6, 256, 1> bench;
  for (int round = 0; round < 10; ++round) {
    Peer first = bench.open(Role::kServer);
    Peer second = bench.open(Role::kServer);
    TestPeer& third = bench.pipe.dial(80);
    third.send(request());
    bench.settle();
    EXPECT_EQ(third.received().substr(0, 13), "HTTP/1.1 503 ");
    third.close();
    first.pipe->reset();
    second.pipe->reset();
    bench.settle();
    bench.expect_baseline();
  }
  EXPECT_EQ(bench.loop.connections().high_water, 2);
  EXPECT_EQ(bench.loop.connections().refused, 10u);
}

// More peers at once than there are slots for handshakes: each gets its turn without a wait.
TEST(Turn, AFreedSlotIsGivenOnAtOnce) {
  Bench<8, 16, 256, 1> bench;
  bench.listen();
  std::vector<TestPeer*> peers;
  for (int i = 0; i < 8; ++i) {
    peers.push_back(&bench.pipe.dial(80));
    peers.back()->send(request());
  }
  bench.settle();
  for (TestPeer* each : peers) EXPECT_EQ(each->received().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(bench.loop.handshakes().high_water, 1);
}

struct Handler {
  std::string log;
  void on_open(WebSocket) { log += "open "; }
  void on_message(WebSocket, const Message& message) { log += copy_of(message.data) + " "; }
  void on_close(WebSocket, const Close& close) { log += std::to_string(close.code) + " "; }
  void on_error(WebSocket, const Cause&) { log += "error "; }
};

TEST(Turn, Dispatch) {
  Bench<1, 2, 256> bench;
  Handler handler;
  int others = 0;
  bench.app = [&](const Event& event) {
    if (!dispatch(event, handler)) ++others;
  };
  Peer peer = bench.open(Role::kServer);
  peer.send(kTextFrame, "message");
  bench.settle();
  peer.pipe->reset();
  bench.settle();
  EXPECT_EQ(handler.log, "open message error 1006 ");
  EXPECT_EQ(others, 0);
}

}  // namespace
}  // namespace whit
