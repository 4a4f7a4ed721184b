// SPDX-License-Identifier: MIT
// A session in which something goes wrong at every place once: each call of the port fails, blocks or takes one byte;
// the stream is cut at each byte; the random source fails. Always: one kClose if it was open, nothing left in use, and
// the next connection works. F1, F2, F3, F4.
#include "unit/core/bench.h"

namespace whit {
namespace {

using FaultBench = Bench<1, 2, 256, 1>;

// Handshake, text, fragments, a ping in between, a long binary, a close: the peer's side of it.
std::string stream_of_peer(Role role) {
  return peer_frame(role, kTextFrame, "text") + peer_frame(role, kBinaryFrame, "frag", false) +
         peer_frame(role, kPingFrame, "ping") + peer_frame(role, kContinuationFrame, "ments") +
         peer_frame(role, kBinaryFrame, std::string(300, 'b')) + peer_close(role, 1000, "end");
}

struct Session {
  TestPeer* peer = nullptr;
  std::string head;    // that we have sent
  std::string frames;  // that we have sent
};

// Runs it as far as it goes.
Session run(FaultBench* bench, Role role) {
  bench->app = echo;
  Session session;
  if (role == Role::kServer) {
    if (bench->server.port() == 0 && bench->server.listen(bench->server_options) != Status::kOk) return session;
    session.peer = &bench->pipe.dial(80);
    session.peer->send(request());
  } else {
    const size_t before = bench->pipe.answered_count();
    EXPECT_EQ(bench->client.connect(bench->client_options), Status::kOk);
    bench->settle();
    if (bench->pipe.answered_count() == before) return session;
    session.peer = &bench->pipe.answered(before);
    session.peer->send(response_to(session.peer->received()));
  }
  bench->settle();
  session.peer->send(stream_of_peer(role));
  bench->settle();
  session.peer->close();
  bench->settle();
  const std::string all = session.peer->received();
  const size_t end = all.find("\r\n\r\n");
  session.head = end == std::string::npos ? all : all.substr(0, end + 4);
  session.frames = all.substr(session.head.size());
  return session;
}

void expect_over(FaultBench* bench, const std::string& what) {
  bench->advance(60000);
  const bool client = bench->client.socket() != WebSocket();
  const size_t opened = bench->count(Event::kOpen);
  EXPECT_EQ(bench->count(Event::kClose), client ? 1u : opened) << what;
  EXPECT_LE(bench->count(Event::kError), bench->count(Event::kClose)) << what;
  if (!bench->seen.empty()) {
    EXPECT_EQ(bench->seen.back().type, Event::kClose) << what;
  }
  bench->expect_baseline(what);
}

void expect_next_works(FaultBench* bench, Role role, const std::string& what) {
  bench->pipe.fail_call(0, Status::kOk, 0);
  bench->pipe.faults() = PipeFaults();
  bench->take_seen();
  bench->app = echo;
  Peer peer = bench->open(role);
  peer.send(kTextFrame, "again");
  bench->settle();
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kTextFrame, true, false, "again"}})) << what;
}

TEST(Faults, TheReferenceSession) {
  for (Role role : kRoles) {
    FaultBench bench;
    const Session session = run(&bench, role);
    EXPECT_EQ(bench.last(Event::kClose)->close.code, 1000);
    FrameReader reader;
    reader.feed(session.frames);
    std::string data;
    for (const Frame& frame : reader.frames()) data += frame.opcode == kPongFrame ? "" : frame.payload;
    EXPECT_EQ(data, "textfragments" + std::string(300, 'b') + close_body(1000, "end"));
    expect_over(&bench, name(role));
  }
}

TEST(Faults, EachCallOfThePortOnce) {
  for (Role role : kRoles) {
    std::string expected;
    {
      FaultBench bench;
      expected = run(&bench, role).frames;
    }
    for (Status status : {Status::kFailed, Status::kClosed, Status::kWouldBlock}) {
      for (uint32_t k = 1; k < 1000; ++k) {
        const std::string what =
            name(role) + " call " + std::to_string(k) + " status " + std::to_string(static_cast<int>(status));
        FaultBench bench;
        if (role == Role::kServer) bench.listen();
        bench.pipe.fail_call(k, status, 77);
        const Session session = run(&bench, role);
        const bool hit = bench.pipe.fault_hit();
        expect_over(&bench, what);
        if (role == Role::kServer && hit && status == Status::kWouldBlock) {
          EXPECT_EQ(session.frames.size(), expected.size()) << what;
        }
        expect_next_works(&bench, role, what);
        if (!hit) {
          EXPECT_GT(k, 10u);
          break;
        }
        ASSERT_LT(k, 999u);
      }
    }
  }
}

TEST(Faults, RandomFailsAtEachCall) {
  for (Status status : {Status::kFailed, Status::kWouldBlock}) {
    for (uint32_t k = 1; k < 200; ++k) {
      FaultBench bench;
      bench.pipe.fail_call(k, status, 5);
      const Session session = run(&bench, Role::kClient);
      FrameReader reader;
      reader.feed(session.frames);
      for (const Frame& frame : reader.frames()) EXPECT_TRUE(frame.masked) << "nothing leaves unmasked";
      expect_over(&bench, std::to_string(k));
      for (const Seen& each : bench.seen) {
        if (each.close.cause.where == Cause::kRandom) {
          EXPECT_EQ(each.close.cause.who, Cause::kNetwork);
        }
      }
      if (!bench.pipe.fault_hit()) break;
    }
  }
}

// The random source of a client dies while it is open: sends fail, nothing crashes, the transport ends in poll().
TEST(Faults, RandomFailsInEachWayToSend) {
  using Way = void (*)(WebSocket, FaultBench*, Peer*);
  const Way ways[] = {
      [](WebSocket s, FaultBench*, Peer*) { EXPECT_EQ(s.send("x"), Status::kNotOpen); },
      [](WebSocket s, FaultBench*, Peer*) { EXPECT_EQ(s.ping(), Status::kNotOpen); },
      [](WebSocket s, FaultBench*, Peer*) {
        ASSERT_NE(s.reserve(1).data, nullptr);
        EXPECT_EQ(s.commit(MessageType::kBinary), Status::kNotOpen);
      },
      [](WebSocket s, FaultBench*, Peer*) { EXPECT_EQ(s.close(), Status::kOk); },
      [](WebSocket, FaultBench*, Peer* p) { p->send(kTextFrame, "reply in place"); },
      [](WebSocket, FaultBench*, Peer* p) { p->send(kPingFrame, "pong"); },
      [](WebSocket, FaultBench*, Peer* p) { p->send_close(1000); },
      [](WebSocket, FaultBench*, Peer* p) { p->send(7, "a failure's close"); },
      [](WebSocket, FaultBench* b, Peer*) { b->advance(25001); },
  };
  for (const Way& way : ways) {
    for (uint32_t k = 1; k < 12; ++k) {  // one of these calls is the one of random()
      FaultBench bench;
      Peer peer = bench.open(Role::kClient);
      bench.app = echo;
      bench.pipe.fail_call(k, Status::kFailed, 5);
      const bool at_once = &way - ways < 4;
      if (!at_once || k == 1) way(peer.socket, &bench, &peer);
      bench.settle();
      for (const Frame& frame : peer.frames()) EXPECT_TRUE(frame.masked);
      peer.pipe->reset();
      bench.advance(60000);
      EXPECT_EQ(bench.count(Event::kClose), 1u);
      bench.expect_baseline();
    }
  }
}

// An aborted connection owes no Close frame: it would be another write than the one that is blocked.
TEST(Faults, RandomFailsInCloseWhileAWriteIsBlocked) {
  FaultBench bench;
  Peer peer = bench.open(Role::kClient);
  peer.pipe->set_window(0);
  ASSERT_EQ(peer.socket.send("blocked"), Status::kOk);
  bench.settle();
  bench.pipe.fail_call(1, Status::kFailed, 5);
  EXPECT_EQ(peer.socket.close(), Status::kOk);
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_TRUE(peer.frames().empty());
  EXPECT_EQ(bench.last(Event::kError)->close.cause.where, Cause::kRandom);
  EXPECT_EQ(bench.count(Event::kClose), 1u);
  bench.expect_baseline();
}

// The key of a reply in place is drawn when the message is taken: here by close(), or by something sent behind it.
TEST(Faults, RandomFailsBehindAReplyInPlace) {
  for (int way = 0; way < 3; ++way) {
    for (uint32_t k = 1; k < 8; ++k) {
      FaultBench bench;
      Peer peer = bench.open(Role::kClient);
      bench.app = [&](const Event& event) {
        if (event.type != Event::kMessage) return;
        EXPECT_EQ(event.socket.send(event.message), Status::kOk);
        bench.pipe.fail_call(k, Status::kFailed, 5);
        switch (way) {
          case 0:
            EXPECT_EQ(event.socket.close(), Status::kOk);
            break;
          case 1:
            EXPECT_EQ(event.socket.send("more"), k <= 1 ? Status::kNotOpen : Status::kOk);
            break;
          default:
            event.socket.abort();
        }
      };
      peer.send(kTextFrame, "reply");
      bench.settle();
      for (const Frame& frame : peer.frames()) EXPECT_TRUE(frame.masked);
      peer.pipe->reset();
      bench.advance(60000);
      EXPECT_EQ(bench.count(Event::kClose), 1u);
      bench.expect_baseline();
    }
  }
}

TEST(Faults, OneByteAtATimeAndBlocksBetween) {
  for (Role role : kRoles) {
    std::string expected;
    for (int way = 0; way < 5; ++way) {
      FaultBench bench;
      bench.pipe.seed(3);
      PipeFaults& faults = bench.pipe.faults();
      if (way == 1) faults.read_max = 1;
      if (way == 2) faults.write_max = 1;
      if (way == 3) faults.read_block_every = faults.write_block_every = 2;
      if (way == 4) {
        faults.read_max = faults.write_max = 7;
        faults.random_sizes = true;
        faults.write_block_every = 3;
      }
      FrameReader reader;
      reader.feed(run(&bench, role).frames);
      std::string data;  // pieces may differ with the sizes of the reads
      for (const Frame& frame : reader.frames()) data += frame.payload;
      if (way == 0) expected = data;
      EXPECT_EQ(data, expected) << name(role) << way;
      expect_over(&bench, std::to_string(way));
    }
  }
}

TEST(Faults, CutAtEveryByte) {
  for (Role role : kRoles) {
    uint64_t in = 0;
    uint64_t out = 0;
    {
      FaultBench bench;
      const Session session = run(&bench, role);
      out = session.head.size() + session.frames.size();
      in = (role == Role::kServer ? request().size() : response_to(session.head).size()) + stream_of_peer(role).size();
    }
    for (PipeCut how : {PipeCut::kFin, PipeCut::kReset, PipeCut::kSilence}) {
      for (bool input : {true, false}) {
        const uint64_t size = input ? in : out;
        for (uint64_t at = 0; at <= size; ++at) {
          const std::string what = name(role) + " cut " + std::to_string(static_cast<int>(how)) +
                                   (input ? " in " : " out ") + std::to_string(at);
          FaultBench bench;
          PipeFaults& faults = bench.pipe.faults();
          (input ? faults.cut_input : faults.cut_output) = how;
          (input ? faults.cut_input_at : faults.cut_output_at) = static_cast<uint32_t>(at);
          run(&bench, role);
          expect_over(&bench, what);
          if (at % 16 == 0) expect_next_works(&bench, role, what);
          if (HasFailure()) return;
        }
      }
    }
  }
}

// F4: the k-th slot and buffer are missing.
TEST(Faults, NoSlotForAClient) {
  Bench<1, 2, 256, 1> bench;
  bench.open(Role::kServer);
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kNoSlot);
  ServerOptions options;
  Server second(bench.loop);
  options.port = 80;
  EXPECT_EQ(second.listen(options), Status::kInUse);
}

TEST(Faults, ThePortRefusesToDialOrAccept) {
  {
    FaultBench bench;
    bench.client_options.url = "wss://server.example/";  // this network has no TLS: never in the clear
    EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.where, Cause::kSecure);
    EXPECT_EQ(bench.pipe.opened(), 0u);
    bench.expect_baseline();
  }
  for (const Status how : {Status::kInvalidArgument, Status::kFailed}) {
    for (const char* url : {"ws://server.example/", "wss://server.example/"}) {
      FaultBench bench;
      bench.pipe.refuse_connects(how);
      bench.client_options.url = url;
      EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
      bench.settle();
      const bool no_tls = how == Status::kInvalidArgument && Text(url).data[2] == 's';
      EXPECT_EQ(bench.last(Event::kClose)->close.cause.where, no_tls ? Cause::kSecure : Cause::kResolve) << url;
      bench.expect_baseline();
    }
  }
  {
    FaultBench bench;
    bench.pipe.fail_call(1, Status::kFailed, 42);
    EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.where, Cause::kResolve);
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.code, 42);
    bench.expect_baseline();
  }
  for (Layer layer : {Layer::kResolve, Layer::kConnect}) {
    FaultBench bench;
    bench.pipe.faults().fail_at = layer;
    bench.pipe.faults().fail_error = 9;
    EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.where, static_cast<int>(layer));
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.code, 9);
    bench.expect_baseline();
  }
  FaultBench bench;
  bench.pipe.refuse_accepts(2);
  bench.open(Role::kServer);
}

}  // namespace
}  // namespace whit
