// SPDX-License-Identifier: MIT
// Deadlines as an enumeration: each one not at t-1, exactly once at t, across the wrap of the clock, and not while it
// is we who do not read. An enumerator without a case fails the test.
#include <algorithm>
#include <functional>
#include <memory>

#include "unit/core/bench.h"

namespace whit {
namespace {

using DeadlineBench = Bench<2, 4, 256>;
constexpr uint32_t kTimeMs = 700;       // the deadline under test
constexpr uint32_t kOtherMs = 1000000;  // all others

// Brings a connection under the deadline; returns when it began. The end is noticed by `over`.
struct Case {
  Deadline deadline;
  Role role;
  void (*set)(ClientOptions*, ServerOptions*, uint32_t ms);
  std::function<void(DeadlineBench*)> enter;
  std::function<int(DeadlineBench*)> ends;  // how often it has struck
};

int closes(DeadlineBench* bench) {
  int n = 0;
  for (const Seen& each : bench->seen) n += each.type == Event::kClose ? 1 : 0;
  return n;
}

int deadline_errors(DeadlineBench* bench, Deadline deadline) {
  int n = 0;
  for (const Seen& each : bench->seen) {
    const Cause& cause = each.close.cause;
    const bool match =
        cause.where == Cause::kDeadline && cause.code == static_cast<int32_t>(deadline) && cause.who == Cause::kPeer;
    n += each.type == Event::kError && match ? 1 : 0;
  }
  EXPECT_EQ(closes(bench), n) << "kError and kClose";
  return n;
}

// All buffers but the last are in use, and a connection waits for one.
template <typename SomeBench>
Peer crowd(SomeBench* bench) {
  Peer waiting = bench->open(Role::kServer);
  while (bench->loop.buffers().in_use + 1 < bench->kBufferCount) {
    bench->pipe.dial(80).send(request().substr(0, 100));
    bench->settle();
  }
  waiting.send(kTextFrame, "waits for a buffer");
  bench->settle();
  return waiting;
}

std::vector<Case> cases(Deadline deadline) {
  const auto struck = [deadline](DeadlineBench* bench) { return deadline_errors(bench, deadline); };
  std::vector<Case> all;
  switch (deadline) {
    case Deadline::kNone:
      break;
    case Deadline::kResolve:
    case Deadline::kConnect: {
      const Layer layer = deadline == Deadline::kResolve ? Layer::kResolve : Layer::kConnect;
      all.push_back({deadline, Role::kClient,
                     [](ClientOptions* c, ServerOptions*, uint32_t ms) {
                       c->timeouts_ms[Deadline::kResolve] = c->timeouts_ms[Deadline::kConnect] = ms;
                     },
                     [layer](DeadlineBench* bench) {
                       bench->pipe.faults().hold_at = layer;
                       EXPECT_EQ(bench->client.connect(bench->client_options), Status::kOk);
                     },
                     struck});
      break;
    }
    case Deadline::kSecure: {
      const auto set = [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
        c->timeouts_ms[Deadline::kSecure] = s->timeouts_ms[Deadline::kSecure] = ms;
      };
      all.push_back({deadline, Role::kClient, set,
                     [](DeadlineBench* bench) {
                       bench->pipe.offer_secure(true);
                       bench->client_options.url = "wss://server.example:81/";
                       bench->pipe.faults().hold_at = Layer::kSecure;
                       EXPECT_EQ(bench->client.connect(bench->client_options), Status::kOk);
                     },
                     struck});
      all.push_back({deadline, Role::kServer, set,
                     [](DeadlineBench* bench) {
                       bench->pipe.faults().hold_at = Layer::kSecure;
                       bench->listen();
                       bench->pipe.dial(80);
                     },
                     [](DeadlineBench* bench) { return bench->loop.handshakes().in_use == 0 ? 1 : 0; }});
      break;
    }
    case Deadline::kHead: {
      const auto set = [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
        c->timeouts_ms[Deadline::kHead] = s->timeouts_ms[Deadline::kHead] = ms;
      };
      const auto freed = [](DeadlineBench* bench) { return bench->loop.handshakes().in_use == 0 ? 1 : 0; };
      // Silent; half a line; half a head.
      for (const std::string& half : {std::string(), std::string("GET / HT"), request().substr(0, 100)}) {
        all.push_back({deadline, Role::kServer, set,
                       [half](DeadlineBench* bench) {
                         bench->listen();
                         bench->pipe.dial(80).send(half);
                       },
                       freed});
      }
      all.push_back({deadline, Role::kClient, set,
                     [](DeadlineBench* bench) { EXPECT_EQ(bench->client.connect(bench->client_options), Status::kOk); },
                     struck});
      break;
    }
    case Deadline::kFrame:
      for (Role role : kRoles) {
        const std::string ping = peer_frame(role, kPingFrame, "0123456789");
        const std::string message = peer_frame(role, kTextFrame, std::string(200, 'x'));
        for (const std::string& part :
             {ping.substr(0, 1), ping.substr(0, ping.size() - 1), message.substr(0, 1), message.substr(0, 3)}) {
          all.push_back({deadline, role,
                         [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                           c->timeouts_ms[Deadline::kFrame] = s->timeouts_ms[Deadline::kFrame] = ms;
                         },
                         [role, part](DeadlineBench* bench) { bench->open(role).pipe->send(part); }, struck});
        }
      }
      break;
    case Deadline::kData:
      for (Role role : kRoles) {
        all.push_back({deadline, role,
                       [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                         c->timeouts_ms[Deadline::kData] = s->timeouts_ms[Deadline::kData] = ms;
                       },
                       [role](DeadlineBench* bench) {
                         bench->open(role).pipe->send(
                             peer_frame(role, kTextFrame, std::string(200, 'x')).substr(0, 50));
                         bench->settle();
                         crowd(bench);
                       },
                       struck});
      }
      break;
    case Deadline::kWrite:
      for (Role role : kRoles) {
        all.push_back({deadline, role,
                       [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                         c->timeouts_ms[Deadline::kWrite] = s->timeouts_ms[Deadline::kWrite] = ms;
                       },
                       [role](DeadlineBench* bench) {
                         Peer peer = bench->open(role);
                         peer.pipe->set_window(0);
                         EXPECT_EQ(peer.socket.send("blocked"), Status::kOk);
                       },
                       struck});
      }
      break;
    case Deadline::kKeepaliveInterval:
      for (Role role : kRoles) {
        all.push_back({deadline, role,
                       [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                         c->timeouts_ms[Deadline::kKeepaliveInterval] = s->timeouts_ms[Deadline::kKeepaliveInterval] =
                             ms;
                       },
                       [role](DeadlineBench* bench) { bench->open(role); },
                       [role](DeadlineBench* bench) {
                         EXPECT_EQ(closes(bench), 0) << "it ends nothing";
                         const TestPeer* peer = bench->pipe.peer(bench->seen.at(0).socket.index());
                         return static_cast<int>(peer->received().size() / (role == Role::kServer ? 2 : 6));
                       }});
      }
      break;
    case Deadline::kKeepaliveAnswer:
      for (Role role : kRoles) {
        all.push_back({deadline, role,
                       [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                         c->timeouts_ms[Deadline::kKeepaliveInterval] = s->timeouts_ms[Deadline::kKeepaliveInterval] =
                             100;
                         c->timeouts_ms[Deadline::kKeepaliveAnswer] = s->timeouts_ms[Deadline::kKeepaliveAnswer] = ms;
                       },
                       [role](DeadlineBench* bench) {
                         bench->open(role);
                         bench->advance(100);
                       },
                       struck});
      }
      break;
    case Deadline::kClose:
      for (Role role : kRoles) {
        all.push_back({deadline, role,
                       [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                         c->timeouts_ms[Deadline::kClose] = s->timeouts_ms[Deadline::kClose] = ms;
                       },
                       [role](DeadlineBench* bench) { EXPECT_EQ(bench->open(role).socket.close(), Status::kOk); },
                       struck});
      }
      break;
    case Deadline::kLinger:
      for (Role role : kRoles) {
        all.push_back({deadline, role,
                       [](ClientOptions* c, ServerOptions* s, uint32_t ms) {
                         c->timeouts_ms[Deadline::kLinger] = s->timeouts_ms[Deadline::kLinger] = ms;
                       },
                       [role](DeadlineBench* bench) { bench->open(role).send_close(1000); },
                       [](DeadlineBench* bench) { return bench->pipe.in_use() == 0 ? 1 : 0; }});
      }
      break;
  }
  return all;
}

void set_all(ClientOptions* c, ServerOptions* s, uint32_t ms) {
  for (ConnectionOptions* each : {static_cast<ConnectionOptions*>(c), static_cast<ConnectionOptions*>(s)}) {
    each->timeouts_ms[Deadline::kHead] = each->timeouts_ms[Deadline::kSecure] = each->timeouts_ms[Deadline::kFrame] =
        each->timeouts_ms[Deadline::kData] = ms;
    each->timeouts_ms[Deadline::kWrite] = each->timeouts_ms[Deadline::kKeepaliveInterval] =
        each->timeouts_ms[Deadline::kKeepaliveAnswer] = ms;
    each->timeouts_ms[Deadline::kClose] = each->timeouts_ms[Deadline::kLinger] = ms;
  }
  c->timeouts_ms[Deadline::kResolve] = c->timeouts_ms[Deadline::kConnect] = ms;
}

constexpr Deadline kLast = Deadline::kLinger;

TEST(Deadlines, EachOneStrikesOnceAndInTime) {
  for (int i = 1; i <= static_cast<int>(kLast); ++i) {
    const Deadline deadline = static_cast<Deadline>(i);
    const std::vector<Case> all = cases(deadline);
    EXPECT_FALSE(all.empty()) << "no case for Deadline " << i;
    int number = 0;
    for (const Case& each : all) {
      // The last one begins just before the clock wraps and ends after it.
      for (uint32_t start_ms : {1000u, 0x7FFFFF00u, 0xFFFFFFFFu - kTimeMs / 2, 0xFFFFFFFFu - 120}) {
        SCOPED_TRACE("Deadline " + std::to_string(i) + " case " + std::to_string(number) + " start " +
                     std::to_string(start_ms));
        DeadlineBench bench;
        bench.now_ms = start_ms;
        set_all(&bench.client_options, &bench.server_options, kOtherMs);
        each.set(&bench.client_options, &bench.server_options, kTimeMs);
        each.enter(&bench);
        bench.settle();
        bench.advance(kTimeMs - 1);
        EXPECT_EQ(each.ends(&bench), 0) << "too early";
        bench.advance(1);
        EXPECT_EQ(each.ends(&bench), 1);
        bench.advance(kTimeMs);
        if (deadline != Deadline::kKeepaliveInterval) {
          EXPECT_EQ(each.ends(&bench), 1) << "once";
        }
      }
      ++number;
    }
  }
}

TEST(Deadlines, ZeroSwitchesEachOneOff) {
  for (int i = 1; i <= static_cast<int>(kLast); ++i) {
    for (const Case& each : cases(static_cast<Deadline>(i))) {
      if (static_cast<Deadline>(i) == Deadline::kKeepaliveAnswer) continue;  // its interval goes on
      DeadlineBench bench;
      set_all(&bench.client_options, &bench.server_options, 0);
      each.set(&bench.client_options, &bench.server_options, 0);
      each.enter(&bench);
      bench.settle();
      EXPECT_EQ(bench.loop.wait_ms(), LoopCore::kForeverMs) << i;
      bench.advance(100000000);
      EXPECT_EQ(each.ends(&bench), 0) << i;
    }
  }
}

// The peer's debt does not count while we are the side that does not read.
TEST(Deadlines, NotWhileTheApplicationHoldsOrPauses) {
  for (Role role : kRoles) {
    for (int way = 0; way < 3; ++way) {
      SCOPED_TRACE(name(role) + " " + std::to_string(way));
      Bench<2, 4, 256> bench;
      set_all(&bench.client_options, &bench.server_options, 500);
      bench.client_options.timeouts_ms[Deadline::kLinger] = 100;
      Peer peer = bench.open(role);
      if (way == 0)
        bench.app = [](const Event& event) {
          if (event.type == Event::kMessage) event.socket.hold();
        };
      const std::string ping = peer_frame(role, kPingFrame, "late");
      const std::string next = peer_frame(role, kTextFrame, std::string(100, 'x'));
      if (way == 0) peer.pipe->send(peer_frame(role, kTextFrame, "held") + ping.substr(0, 1));
      if (way == 1) peer.socket.pause();
      if (way == 2) {
        peer.pipe->send(next.substr(0, 30));
        bench.settle();
        peer.socket.pause();
      }
      bench.advance(10000);
      EXPECT_EQ(bench.count(Event::kClose), 0u);
      bench.app = nullptr;
      peer.socket.resume();
      bench.settle();
      bench.advance(499);
      EXPECT_EQ(bench.count(Event::kClose), 0u);
      EXPECT_EQ(bench.count(Event::kError), 0u);
      if (way != 0) continue;  // a ping comes first
      bench.advance(1);
      EXPECT_EQ(bench.count(Event::kError), 1u) << "from now on it counts again";
    }
  }
}

// Two buffers, both taken by peers that do not read: a peer that waits for one is not late.
TEST(Deadlines, NotWhileWaitingForABuffer) {
  Bench<3, 2, 256> bench;
  set_all(&bench.client_options, &bench.server_options, 400);
  bench.server_options.timeouts_ms[Deadline::kWrite] = 5000;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 100000;
  Peer waiting = bench.open(Role::kServer);
  Peer blocker = bench.open(Role::kServer);
  blocker.pipe->set_window(0);
  EXPECT_EQ(blocker.socket.send("takes a buffer"), Status::kOk);
  bench.settle();
  waiting.send(kTextFrame, "half a message", false);
  TestPeer& opening = bench.pipe.dial(80);
  opening.send(request());
  bench.advance(4000);
  EXPECT_EQ(bench.count(Event::kClose), 0u);
  EXPECT_TRUE(opening.linked());
  blocker.pipe->set_window(SIZE_MAX);
  bench.settle();
  waiting.send(kContinuationFrame, " and the rest");
  bench.settle();
  EXPECT_EQ(bench.last(Event::kMessage)->data, "half a message and the rest");
  EXPECT_EQ(opening.received().substr(0, 12), "HTTP/1.1 101");
}

// Our own output is in the way of the input: its reader's deadline is the one for writing.
TEST(Deadlines, NotWhileOurOutputIsInTheWay) {
  Bench<1, 2, 256> bench;
  set_all(&bench.client_options, &bench.server_options, 1000000);
  bench.server_options.timeouts_ms[Deadline::kData] = 400;
  Peer peer = bench.open(Role::kServer);
  bench.app = echo;
  peer.pipe->set_window(0);
  peer.pipe->send(peer_frame(Role::kServer, kTextFrame, std::string(200, 'a')) +
                  peer_frame(Role::kServer, kTextFrame, std::string(200, 'b')));
  bench.settle();
  EXPECT_EQ(bench.count(Event::kMessage), 1u);
  bench.advance(10000);
  EXPECT_EQ(bench.count(Event::kClose), 0u);
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(peer.frames().size(), 2u);
}

// Without a buffer for the ping there is nothing to answer.
TEST(Deadlines, NoPingNoAnswer) {
  Bench<3, 2, 256> bench;
  set_all(&bench.client_options, &bench.server_options, 1000000);
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 500;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveAnswer] = 100;
  Peer idle = bench.open(Role::kServer);
  std::vector<Peer> blockers;
  for (int i = 0; i < 2; ++i) blockers.push_back(bench.open(Role::kServer));
  for (Peer& each : blockers) {
    each.pipe->set_window(0);
    EXPECT_EQ(each.socket.send("takes a buffer"), Status::kOk);
    bench.settle();
  }
  EXPECT_EQ(bench.loop.buffers().in_use, 2);
  bench.advance(400);
  bench.advance(1000);
  EXPECT_EQ(bench.count(Event::kClose), 0u);
  for (Peer& each : blockers) each.pipe->set_window(SIZE_MAX);
  bench.advance(550);
  EXPECT_EQ(idle.frames().at(0).opcode, kPingFrame);
}

// Any byte is an answer, and any byte puts the ping off.
TEST(Deadlines, AnyByteIsAlive) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    set_all(&bench.client_options, &bench.server_options, 1000000);
    bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] =
        bench.client_options.timeouts_ms[Deadline::kKeepaliveInterval] = 500;
    bench.server_options.timeouts_ms[Deadline::kKeepaliveAnswer] =
        bench.client_options.timeouts_ms[Deadline::kKeepaliveAnswer] = 200;
    Peer peer = bench.open(role);
    for (int i = 0; i < 5; ++i) {
      bench.advance(499);
      peer.send(kPongFrame, "unasked");
      bench.settle();
      EXPECT_EQ(peer.frames().size(), 0u);
    }
    for (int i = 0; i < 5; ++i) {
      bench.advance(500);
      EXPECT_EQ(peer.frames().size(), 1u);
      bench.advance(199);
      peer.send(kTextFrame, i % 2 != 0 ? "" : "x");
      bench.settle();
    }
    EXPECT_EQ(bench.count(Event::kClose), 0u);
    // While output waits, another ping would say nothing new.
    peer.pipe->set_window(0);
    EXPECT_EQ(peer.socket.send("blocked"), Status::kOk);
    bench.advance(5000);
    EXPECT_EQ(bench.count(Event::kClose), 0u);
    peer.pipe->set_window(SIZE_MAX);
    bench.settle();
    EXPECT_EQ(peer.frames().size(), 1u);
  }
}

// R-PING-3: below the limits of usual proxies, never at one for long, and not with all others at once.
TEST(Deadlines, PingsComeAtTimesOfTheirOwn) {
  for (const Role role : kRoles) {
    Bench<1, 4, 256> bench;
    std::vector<uint32_t> after_ms;
    Peer peer = bench.open(role);
    for (uint32_t i = 0; i < 40; ++i) {
      bench.advance(37 * i % 101);
      peer.send(kPongFrame, "");
      bench.settle();
      const uint32_t start_ms = bench.now_ms;
      while (peer.frames().empty() && bench.now_ms - start_ms < 30000) {
        bench.advance(std::max(bench.loop.wait_ms(), 1u));  // to the next deadline
      }
      after_ms.push_back(bench.now_ms - start_ms);
    }
    std::sort(after_ms.begin(), after_ms.end());
    EXPECT_LE(after_ms.back(), config::kKeepaliveIntervalMs + 1) << name(role);
    EXPECT_GE(after_ms.front(), config::kKeepaliveIntervalMs / 8 * 7) << name(role);
    EXPECT_GE(after_ms.back() - after_ms.front(), config::kKeepaliveIntervalMs / 16) << name(role);
    // R-PING-2: the last ping has no answer.
    bench.advance(config::kKeepaliveAnswerMs - 1000);
    EXPECT_EQ(bench.count(Event::kClose), 0u) << name(role);
    bench.advance(1000);
    ASSERT_EQ(bench.count(Event::kClose), 1u) << name(role);
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.code, static_cast<int32_t>(Deadline::kKeepaliveAnswer));
  }
}

// R-PING-4: Engine.IO, SignalR and Discord have messages of their own.
TEST(Deadlines, AnApplicationsKeepaliveInPlaceOfAPing) {
  for (const Role role : kRoles) {
    for (const char* what : {"message", "nothing", "close", "abort"}) {
      Bench<1, 4, 256> bench;
      set_all(&bench.client_options, &bench.server_options, 1000000);
      for (ConnectionOptions* options : {static_cast<ConnectionOptions*>(&bench.server_options),
                                         static_cast<ConnectionOptions*>(&bench.client_options)}) {
        options->timeouts_ms[Deadline::kKeepaliveInterval] = 1000;
        options->timeouts_ms[Deadline::kKeepaliveAnswer] = 500;
        options->on_keepalive = std::string(what) == "message" ? [](WebSocket socket) { (void)socket.send("2"); }
                                : std::string(what) == "close" ? [](WebSocket socket) { (void)socket.close(4000); }
                                : std::string(what) == "abort" ? [](WebSocket socket) { socket.abort(); }
                                                               : [](WebSocket) {};
      }
      Peer peer = bench.open(role);
      bench.advance(999);
      EXPECT_EQ(peer.frames().size(), 0u);
      bench.advance(1);
      bench.settle();
      const std::vector<Frame> frames = peer.frames();
      if (std::string(what) == "message") {
        ASSERT_EQ(frames.size(), 1u);
        EXPECT_EQ(frames[0].payload, "2");
        peer.send(kTextFrame, "3");
        bench.advance(999);
        EXPECT_EQ(bench.count(Event::kClose), 0u) << "it was answered";
        bench.advance(1);
        EXPECT_EQ(peer.frames().size(), 1u);
      }
      bench.advance(500);
      ASSERT_EQ(bench.count(Event::kClose), std::string(what) == "close" ? 0u : 1u) << what;
      if (std::string(what) == "close") peer.send_close(4000);
      bench.settle();
      EXPECT_EQ(bench.count(Event::kClose), 1u) << what;
      EXPECT_EQ(bench.count(Event::kError), std::string(what) == "message" || std::string(what) == "nothing" ? 1u : 0u);
    }
  }
}

// A peer that was not asked, as there was no buffer for it, or that is not read, owes no answer.
TEST(Deadlines, AKeepaliveThatDidNotLeaveHasNoAnswer) {
  for (const bool pauses : {true, false}) {
    Bench<2, 2, 256> bench;
    set_all(&bench.client_options, &bench.server_options, 1000000);
    Peer slow = bench.open(Role::kServer);
    ServerOptions& options = bench.server_options;
    options.timeouts_ms[Deadline::kKeepaliveAnswer] = 500;
    options.on_keepalive = pauses ? [](WebSocket socket) { (void)socket.send("2"), socket.pause(); }
                                  : [](WebSocket socket) { (void)socket.send("2"); };
    bench.app = [](const Event& event) {
      if (event.type == Event::kMessage) event.socket.hold();
    };
    options.timeouts_ms[Deadline::kKeepaliveInterval] = 1000;
    Peer peer = bench.open(Role::kServer);
    if (!pauses) {  // no buffer is free when the time comes
      slow.send(kTextFrame, "message");
      bench.settle();
      slow.pipe->set_window(0);
      slow.pipe->stop_reading();
      EXPECT_EQ(slow.socket.send(std::string(200, 'a').c_str()), Status::kOk);
    }
    bench.advance(2000);
    EXPECT_EQ(bench.count(Event::kClose, peer.socket), 0u) << pauses;
    EXPECT_EQ(peer.frames().size(), pauses ? 1u : 0u);
  }
}

// While another lacks the buffer: data_min_bytes in each window, or half of the buffer if that is more.
TEST(Deadlines, DataAtTheMinimumRateGoesOn) {
  for (const uint32_t min_bytes : {1u, 128u, 129u, 200u}) {
    for (const bool enough : {true, false}) {
      const size_t least = min_bytes > 128 ? min_bytes : 128;
      Bench<2, 2, 256> bench;
      set_all(&bench.client_options, &bench.server_options, 1000000);
      bench.server_options.timeouts_ms[Deadline::kData] = 1000;
      bench.server_options.data_min_bytes = min_bytes;
      Peer peer = bench.open(Role::kServer);
      const std::string wire = peer_frame(Role::kServer, kBinaryFrame, std::string(240, 'd'));
      Peer waiting = bench.open(Role::kServer);
      peer.pipe->send(wire.substr(0, 20));
      bench.settle();
      waiting.send(kTextFrame, "waits for the buffer");
      bench.settle();
      peer.pipe->send(wire.substr(20, enough ? least : least - 1));
      bench.advance(1000);
      EXPECT_EQ(bench.count(Event::kError), enough ? 0u : 1u) << min_bytes;
      bench.advance(1000);
      EXPECT_EQ(bench.count(Event::kError), 1u) << "nothing came in the second window";
      EXPECT_EQ(peer.frames().at(0).payload, close_body(1008));
    }
  }
}

// One byte now and then is too little: the buffer is needed.
TEST(Deadlines, WritingWithProgressGoesOn) {
  Bench<1, 2, 256> bench;
  set_all(&bench.client_options, &bench.server_options, 1000000);
  bench.server_options.timeouts_ms[Deadline::kWrite] = 1000;
  bench.server_options.write_min_bytes = 9;
  Peer peer = bench.open(Role::kServer);
  peer.pipe->set_window(0);
  EXPECT_EQ(peer.socket.send(bytes_of(std::string(250, 'w')), MessageType::kBinary), Status::kOk);
  bench.settle();
  const auto take_one_byte = [&] {
    bench.advance(100);
    peer.pipe->set_window(1);
    bench.turn();
    peer.pipe->set_window(0);
    bench.settle();
  };
  for (int i = 0; i < 100; ++i) {
    take_one_byte();
    EXPECT_EQ(bench.count(Event::kClose), 0u) << i;
  }
  EXPECT_GT(peer.pipe->received().size(), 90u);
  for (int i = 0; i < 6; ++i) take_one_byte();
  EXPECT_EQ(bench.count(Event::kClose), 0u);
  bench.advance(1500);
  EXPECT_EQ(bench.count(Event::kClose), 1u);
}

// While another lacks a buffer: write_min_bytes in each window that began so, or half of the buffer if that is more.
TEST(Deadlines, WritingForOthersThatWaitIsAtARateOfHalfABuffer) {
  for (const size_t taken : {size_t{10}, size_t{127}, size_t{128}}) {
    for (const bool others_wait : {true, false}) {
      Bench<2, 2, 256> bench;
      set_all(&bench.client_options, &bench.server_options, 1000000);
      bench.server_options.timeouts_ms[Deadline::kWrite] = 1000;
      bench.server_options.write_min_bytes = 9;
      Peer peer = bench.open(Role::kServer);
      Peer waiting = bench.open(Role::kServer);
      peer.pipe->stop_reading();
      peer.pipe->set_window(1);
      EXPECT_EQ(peer.socket.send(bytes_of(std::string(248, 'w')), MessageType::kBinary), Status::kOk);
      bench.settle();
      if (others_wait) waiting.send(kTextFrame, "needs a buffer to read, and leaves one to write");
      bench.settle();
      const auto take = [&](size_t bytes) {
        for (size_t i = 0; i < bytes; ++i) {
          peer.pipe->read_once(1);
          bench.settle();
        }
      };
      take(10);
      bench.advance(999);
      EXPECT_EQ(bench.count(Event::kError), 0u) << "this window began before another waited";
      bench.advance(1);
      EXPECT_EQ(bench.count(Event::kError), 0u);
      take(taken);
      bench.advance(1000);
      const bool late = others_wait && taken < 128;
      EXPECT_EQ(bench.count(Event::kError), late ? 1u : 0u) << taken;
      EXPECT_EQ(bench.count(Event::kMessage, waiting.socket), late ? 1u : 0u);
    }
  }
}

// The answer to a ping that waits behind much output of ours is not late while that output leaves.
TEST(Deadlines, APingBehindMuchOutputHasTime) {
  for (const Role role : kRoles) {
    Bench<1, 2, 1024, 2, 65536> bench;
    set_all(&bench.client_options, &bench.server_options, 1000000);
    for (ConnectionOptions* options : {static_cast<ConnectionOptions*>(&bench.server_options),
                                       static_cast<ConnectionOptions*>(&bench.client_options)}) {
      options->timeouts_ms[Deadline::kKeepaliveInterval] = 1000;
      options->timeouts_ms[Deadline::kKeepaliveAnswer] = 500;
    }
    Peer peer = bench.open(role);
    peer.pipe->stop_reading();  // all of it waits in the platform
    for (int i = 0; i < 60; ++i) {
      ASSERT_EQ(peer.socket.send(bytes_of(std::string(1000, 'o')), MessageType::kBinary), Status::kOk);
      bench.settle();
    }
    peer.pipe->start_reading();
    peer.pipe->read_slowly(600);
    bool pinged = false;
    for (int i = 0; i < 150; ++i) {
      bench.advance(400);
      ASSERT_EQ(bench.count(Event::kClose), 0u) << name(role) << " after " << i;
      for (const Frame& frame : peer.frames()) {
        if (frame.opcode != kPingFrame) continue;
        pinged = true;
        peer.send(kPongFrame, "");
      }
    }
    EXPECT_TRUE(pinged);
    // Of a peer that takes nothing more the time is the usual one, and of one that has taken all and says nothing.
    for (const bool takes : {true, false}) {
      if (!takes) {
        peer = bench.open(role);
        peer.pipe->stop_reading();
        ASSERT_EQ(peer.socket.send("waits"), Status::kOk);
      }
      const size_t ended = bench.count(Event::kClose);
      peer.pipe->read_slowly(0);
      bench.advance(1000);
      bench.advance(takes ? 501 : 1001);
      EXPECT_EQ(bench.count(Event::kClose), ended + 1) << name(role) << takes;
      bench.advance(5000000);
    }
  }
}

// Output that leaves slowly puts off the deadlines of the end too: an abort would destroy it.
TEST(Deadlines, TheEndWaitsForOutputThatLeavesSlowly) {
  for (const bool ours_first : {true, false}) {
    Bench<1, 2, 1024, 2, 65536> bench;
    Peer peer = bench.open(Role::kServer);
    peer.pipe->stop_reading();
    for (int i = 0; i < 60; ++i) {
      ASSERT_EQ(peer.socket.send(bytes_of(std::string(1000, 'o')), MessageType::kBinary), Status::kOk);
      bench.settle();
    }
    if (ours_first) {
      EXPECT_EQ(peer.socket.close(), Status::kOk);
    } else {
      peer.send_close(1000);
    }
    bench.settle();
    peer.pipe->start_reading();
    peer.pipe->read_slowly(400);
    size_t frames = 0;
    bool closed = false;
    for (int i = 0; i < 400 && !closed; ++i) {
      bench.advance(500);
      for (const Frame& frame : peer.frames()) {
        frames += frame.opcode == kBinaryFrame ? 1 : 0;
        closed = frame.opcode == kCloseFrame;
      }
    }
    EXPECT_EQ(frames, 60u);
    EXPECT_TRUE(closed);
    if (ours_first) peer.send_close(1000);
    bench.settle();
    EXPECT_TRUE(bench.last(Event::kClose)->close.was_clean);
    bench.advance(10000);
    EXPECT_EQ(bench.loop.connections().in_use, 0);
  }
}

// Bytes that the peer took before our Close frame are not progress of the closing handshake.
TEST(Deadlines, WhatWasTakenBeforeTheCloseDoesNotCountForIt) {
  for (const bool blocked : {true, false}) {  // a count began with a blocked write, or with a ping
    Bench<1, 2, 1024> bench;
    set_all(&bench.client_options, &bench.server_options, 1000000);
    bench.server_options.timeouts_ms[Deadline::kClose] = 1000;
    bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = blocked ? 0 : 5000;
    Peer peer = bench.open(Role::kServer);
    if (blocked) peer.pipe->set_window(0);
    peer.pipe->stop_reading();
    ASSERT_EQ(peer.socket.send(bytes_of(std::string(900, 'w')), MessageType::kBinary), Status::kOk);
    bench.settle();
    if (!blocked) bench.advance(5000);
    peer.pipe->set_window(SIZE_MAX);
    peer.pipe->start_reading();
    bench.settle();
    ASSERT_EQ(peer.socket.close(), Status::kOk);
    bench.settle();
    bench.advance(999);
    EXPECT_EQ(bench.count(Event::kClose), 0u) << blocked;
    bench.advance(1);
    EXPECT_EQ(bench.count(Event::kClose), 1u) << blocked;
  }
}

// One byte a second gets nowhere: head, frame header, control frame. (A message does, while its buffer is not needed.)
TEST(Deadlines, Slowloris) {
  const auto drip = [](Bench<2, 2, 256>* bench, TestPeer* peer, const std::string& bytes, size_t from) {
    bench->settle();
    const uint32_t start_ms = bench->now_ms;
    for (size_t at = from; at < bytes.size() && peer->linked(); ++at) {
      peer->send(bytes.substr(at, 1));
      bench->advance(1000);
      if (bench->loop.connections().in_use + bench->loop.handshakes().in_use == 0) break;
    }
    return bench->now_ms - start_ms;
  };
  {
    Bench<2, 2, 256> bench;
    bench.listen();
    TestPeer& peer = bench.pipe.dial(80);
    EXPECT_LE(drip(&bench, &peer, request(), 0), config::kHeadTimeoutMs + 1000);
    EXPECT_TRUE(peer.was_reset());
  }
  const std::string streams[] = {peer_frame(Role::kServer, kTextFrame, std::string(100000, 'x')).substr(0, 13),
                                 peer_frame(Role::kServer, kPingFrame, std::string(100, 'p'))};
  for (const std::string& stream : streams) {
    Bench<2, 2, 256> bench;
    Peer peer = bench.open(Role::kServer);
    EXPECT_LE(drip(&bench, peer.pipe, stream, 0), 30000u);
    EXPECT_EQ(bench.count(Event::kError), 1u);
  }
}

// F6: jumps of the clock neither lose nor multiply a deadline.
TEST(Deadlines, ClockJumps) {
  for (uint32_t jump_ms : {3600000u, 0x7FFF0000u, 0xFFFFFFFFu}) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(Role::kServer);
    EXPECT_EQ(peer.socket.close(), Status::kOk);
    bench.settle();
    bench.now_ms += jump_ms;  // the last one is a step back by 1 ms
    bench.settle();
    const bool back = jump_ms == 0xFFFFFFFFu;
    EXPECT_EQ(bench.count(Event::kClose), back ? 0u : 1u);
    bench.advance(3001);
    EXPECT_EQ(bench.count(Event::kClose), 1u);
    bench.advance(5000);
    bench.expect_baseline();
  }
}

}  // namespace
}  // namespace whit
