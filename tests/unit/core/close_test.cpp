// SPDX-License-Identifier: MIT
// The ends: every way in which a connection can end, in both roles. RFC 6455, section 7; RFC 9112, 9.6.
#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr uint32_t kCloseMs = 3000;
constexpr uint32_t kLingerMs = 2000;

enum class Ending {
  kWeFirst,       // our Close, the peer's, the peer's FIN
  kPeerFirst,     // the peer's Close, ours, the peer's FIN
  kSimultaneous,  // both cross
  kPeerNeverAnswers,
  kPeerKeepsTcp,  // answers our Close, and then nothing
  kPeerFirstKeepsTcp,
  kFinWithoutClose,
  kReset,
};

struct Expected {
  uint16_t code;
  bool clean;
  Cause::Who who;
  Cause::Where where;
  uint32_t close_after_ms;  // the kClose event, after the start
  uint32_t free_after_ms;   // the slot
};

Expected expected(Ending ending, Role role) {
  switch (ending) {
    case Ending::kWeFirst:
      return {4001, true, Cause::kApplication, Cause::kClosing, 0, 0};
    case Ending::kPeerFirst:
      return {4002, true, Cause::kPeer, Cause::kClosing, 0, 0};
    case Ending::kSimultaneous:
      return {4002, true, Cause::kApplication, Cause::kClosing, 0, 0};
    case Ending::kPeerNeverAnswers:
      // The transport is aborted with the deadline: no peer is left to linger for.
      return {1006, false, Cause::kPeer, Cause::kDeadline, kCloseMs, kCloseMs};
    case Ending::kPeerKeepsTcp:
      return {4001, true, Cause::kApplication, Cause::kClosing, 0, kLingerMs};
    case Ending::kPeerFirstKeepsTcp:
      return {4002, true, Cause::kPeer, Cause::kClosing, 0, kLingerMs};
    case Ending::kFinWithoutClose:
      return {1006, false, Cause::kPeer, Cause::kTransport, 0, 0};
    case Ending::kReset:
      return {1006, false, Cause::kNetwork, Cause::kTransport, 0, 0};
  }
  (void)role;
  return {};
}

constexpr Ending kEndings[] = {Ending::kWeFirst,          Ending::kPeerFirst,    Ending::kSimultaneous,
                               Ending::kPeerNeverAnswers, Ending::kPeerKeepsTcp, Ending::kPeerFirstKeepsTcp,
                               Ending::kFinWithoutClose,  Ending::kReset};

// The work that a connection is in the middle of when it ends.
enum class Middle { kNothing, kMessageHeld, kOutputBlocked, kFragmentOpenIn, kFragmentOpenOut, kPaused, kReplyInPlace };
constexpr Middle kMiddles[] = {Middle::kNothing,        Middle::kMessageHeld,     Middle::kOutputBlocked,
                               Middle::kFragmentOpenIn, Middle::kFragmentOpenOut, Middle::kPaused,
                               Middle::kReplyInPlace};

using ClosingBench = Bench<2, 4, 256>;

void enter(ClosingBench* bench, Peer* peer, Middle middle) {
  switch (middle) {
    case Middle::kNothing:
      return;
    case Middle::kMessageHeld:
      bench->app = [](const Event& event) {
        if (event.type == Event::kMessage) event.socket.hold();
      };
      peer->send(kTextFrame, "held");
      break;
    case Middle::kOutputBlocked:
      peer->pipe->set_window(0);
      EXPECT_EQ(peer->socket.send("blocked"), Status::kOk);
      break;
    case Middle::kFragmentOpenIn:
      peer->send(kTextFrame, "begun", false);
      break;
    case Middle::kFragmentOpenOut: {
      Message piece;
      const std::string text = "begun";
      piece.data = bytes_of(text);
      piece.type = MessageType::kText;
      piece.last = false;
      EXPECT_EQ(peer->socket.send(piece), Status::kOk);
      break;
    }
    case Middle::kPaused:
      peer->socket.pause();
      break;
    case Middle::kReplyInPlace:
      bench->app = echo;
      peer->send(kTextFrame, "echoed");
      break;
  }
  bench->settle();
}

bool close_comes_first(const std::vector<Frame>& frames, uint16_t code) {
  for (const Frame& frame : frames) {
    if (frame.opcode == kCloseFrame) return frame.payload.substr(0, 2) == close_body(code);
  }
  return false;
}

void act(ClosingBench* bench, Peer* peer, Ending ending, uint16_t* our_code) {
  const auto close = [&] { EXPECT_EQ(peer->socket.close(4000, "ours"), Status::kOk); };
  *our_code = 4000;
  switch (ending) {
    case Ending::kWeFirst:
    case Ending::kPeerKeepsTcp:
      close();
      bench->settle();
      EXPECT_EQ(peer->socket.ready_state(), ReadyState::kClosing);
      peer->send_close(4001, "theirs");
      if (ending == Ending::kWeFirst) peer->pipe->close();
      break;
    case Ending::kPeerFirst:
    case Ending::kPeerFirstKeepsTcp:
      peer->send_close(4002, "theirs");
      if (ending == Ending::kPeerFirst) peer->pipe->close();
      *our_code = 4002;
      break;
    case Ending::kSimultaneous:
      close();
      peer->send_close(4002, "theirs");
      peer->pipe->close();
      break;
    case Ending::kPeerNeverAnswers:
      close();
      break;
    case Ending::kFinWithoutClose:
      peer->pipe->close();
      break;
    case Ending::kReset:
      peer->pipe->reset();
      break;
  }
  bench->settle();
}

void check_ending(Ending ending, Role role, Middle middle) {
  SCOPED_TRACE(name(role) + " ending " + std::to_string(static_cast<int>(ending)) + " middle " +
               std::to_string(static_cast<int>(middle)));
  const Expected want = expected(ending, role);
  ClosingBench bench;
  bench.server_options.timeouts_ms[Deadline::kWrite] = bench.client_options.timeouts_ms[Deadline::kWrite] = 60000;
  Peer peer = bench.open(role);
  enter(&bench, &peer, middle);
  bench.take_seen();
  const uint32_t start_ms = bench.now_ms;
  uint16_t our_code = 0;
  act(&bench, &peer, ending, &our_code);
  // An application that holds or pauses does not see it; then it is its turn.
  const bool waits = middle == Middle::kMessageHeld || middle == Middle::kPaused;
  const bool unseen = waits && bench.count(Event::kClose) == 0 && peer.socket.ready_state() == ReadyState::kOpen;
  if (unseen) {
    bench.app = nullptr;
    peer.socket.resume();
    bench.settle();
  }
  if (middle == Middle::kOutputBlocked) {
    peer.pipe->set_window(SIZE_MAX);
    bench.settle();
  }
  bench.advance(want.free_after_ms + kCloseMs + kLingerMs);
  ASSERT_EQ(bench.count(Event::kClose), 1u);
  ASSERT_EQ(bench.count(Event::kError), want.clean || want.who == Cause::kApplication ? 0u : 1u);
  EXPECT_EQ(bench.seen.back().type, Event::kClose) << "the last event";
  const Seen& end = bench.seen.back();
  EXPECT_EQ(end.close.code, want.code);
  EXPECT_EQ(end.reason, want.clean ? "theirs" : "");
  EXPECT_EQ(end.close.was_clean, want.clean);
  EXPECT_EQ(end.close.cause.who, want.who);
  EXPECT_EQ(end.close.cause.where, want.where);
  EXPECT_EQ(end.at_ms - start_ms, want.close_after_ms);
  EXPECT_EQ(peer.socket.ready_state(), ReadyState::kClosed);
  EXPECT_EQ(peer.socket.send("x"), Status::kNotOpen);
  bench.expect_baseline();
  const bool sends_close = want.clean || ending == Ending::kPeerNeverAnswers;
  if (sends_close) {
    const std::vector<Frame> frames = peer.frames();
    EXPECT_TRUE(close_comes_first(frames, our_code));
    EXPECT_EQ(frames.back().opcode, kCloseFrame) << "RFC 6455, 5.5.1: nothing after it";
    EXPECT_EQ(peer.reader.rest(), "");
  }
  Peer next = bench.open(role);
  EXPECT_EQ(next.socket.send("works"), Status::kOk);
}

// R-CLOSE-1, R-PING-5: whoever ends it and however, one kClose with its cause.
TEST(Ending, Matrix) {
  for (Role role : kRoles) {
    for (Ending ending : kEndings) {
      for (Middle middle : kMiddles) check_ending(ending, role, middle);
    }
  }
}

// The slot is free when the peer has ended too; until then, at most the linger time.
TEST(Ending, TheSlotLingersUntilThePeerEnds) {
  for (Role role : kRoles) {
    for (bool peer_ends : {false, true}) {
      Bench<1, 2, 256> bench;
      Peer peer = bench.open(role);
      peer.send_close(1000);
      bench.settle();
      EXPECT_EQ(bench.count(Event::kClose), 1u);
      EXPECT_EQ(bench.loop.connections().in_use, 0) << "over for the application";
      EXPECT_EQ(bench.pipe.in_use(), 1);
      bench.advance(kLingerMs - 1);
      EXPECT_EQ(bench.pipe.in_use(), 1);
      EXPECT_FALSE(peer.pipe->was_reset());
      if (peer_ends) {
        peer.pipe->close();
        bench.settle();
      } else {
        bench.advance(1);
      }
      bench.expect_baseline();
    }
  }
}

// R-CLOSE-3
// RFC 6455, 7.1.1: the server ends TCP first, so that TIME_WAIT stays with the client.
TEST(Ending, TheServerEndsTcpFirst) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    peer.send_close(1000);
    bench.settle();
    EXPECT_EQ(peer.pipe->closed(), role == Role::kServer);
    peer.pipe->close();
    bench.settle();
    bench.expect_baseline();
  }
}

// R-CLOSE-2
TEST(Ending, CodesAndReasons) {
  struct Case {
    std::string body;
    uint16_t code;   // of the event
    uint16_t reply;  // of our Close frame; 0: an empty one
    bool clean;
  };
  const Case cases[] = {
      {"", 1005, 0, true},
      {close_body(1000), 1000, 1000, true},
      {close_body(4999,
                  "r\xC3\xA9"
                  "ason"),
       4999, 4999, true},
      {close_body(3000, std::string(123, 'r')), 3000, 3000, true},
      {"x", 1006, 1002, false},
      {close_body(1005), 1006, 1002, false},
      {close_body(1006), 1006, 1002, false},
      {close_body(999), 1006, 1002, false},
      {close_body(5000), 1006, 1002, false},
      {close_body(1000, "\xC3"), 1006, 1007, false},
      {close_body(1000, "\xFF!"), 1006, 1007, false},
  };
  for (Role role : kRoles) {
    for (const Case& each : cases) {
      Bench<1, 2, 256> bench;
      Peer peer = bench.open(role);
      peer.send(kCloseFrame, each.body);
      bench.settle();
      const Seen* end = bench.last(Event::kClose);
      ASSERT_NE(end, nullptr);
      EXPECT_EQ(end->close.code, each.code);
      EXPECT_EQ(end->close.was_clean, each.clean);
      EXPECT_EQ(end->reason, each.clean && each.body.size() > 2 ? each.body.substr(2) : "");
      EXPECT_EQ(bench.count(Event::kError), each.clean ? 0u : 1u);
      if (!each.clean) {
        EXPECT_EQ(end->close.cause.where, Cause::kProtocol);
        EXPECT_EQ(end->close.cause.code, each.reply);
      }
      const std::vector<Frame> frames = peer.frames();
      ASSERT_EQ(frames.size(), 1u);
      // A clean end repeats the whole body, which browsers show; a violation is answered with its code.
      EXPECT_EQ(frames[0].payload, each.clean ? each.body : close_body(each.reply));
      peer.pipe->close();
      bench.settle();
      bench.expect_baseline();
    }
  }
}

TEST(Ending, CloseRefusesWhatMayNotBeSent) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  for (uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
    EXPECT_EQ(peer.socket.close(code), Status::kInvalidArgument) << code;
  }
  const std::string reason(124, 'r');
  EXPECT_EQ(peer.socket.close(1000, Text(reason.data(), 124)), Status::kInvalidArgument);
  EXPECT_EQ(peer.socket.close(1000, "\xC3"), Status::kInvalidArgument);
  EXPECT_EQ(peer.socket.close(1000, "\xFF"), Status::kInvalidArgument);
  EXPECT_EQ(peer.socket.ready_state(), ReadyState::kOpen);
  EXPECT_EQ(peer.socket.close(1000, Text(reason.data(), 123)), Status::kOk);
  EXPECT_EQ(peer.socket.close(1000), Status::kNotOpen) << "once";
  bench.settle();
  EXPECT_EQ(peer.frames().at(0).payload, close_body(1000) + std::string(123, 'r'));
}

const Frame* close_frame(const std::vector<Frame>& frames) {
  for (const Frame& each : frames) {
    if (each.opcode == kCloseFrame) return &each;
  }
  return nullptr;
}

// A pong that waits for room when the application closes must not stop the closing handshake.
TEST(Ending, CloseWhileAPongWaitsForRoom) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kClient);
  peer.pipe->set_window(0);
  peer.send(kPingFrame, std::string(60, '1'));
  bench.settle();
  peer.send(kPingFrame, std::string(110, '2'));
  bench.settle();
  EXPECT_EQ(peer.socket.close(), Status::kOk);
  bench.settle();
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_NE(close_frame(peer.frames()), nullptr);
  peer.send_close(1000);
  peer.pipe->close();
  bench.settle();
  ASSERT_EQ(bench.count(Event::kClose), 1u);
  EXPECT_TRUE(bench.last(Event::kClose)->close.was_clean);
  bench.expect_baseline();
}

// The Close frame that has no room waits, without its reason.
TEST(Ending, CloseWithoutRoomIsSentLater) {
  Bench<2, 2, 256> bench;
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  Peer* blocked[] = {&first, &second};
  for (Peer* each : blocked) {
    each->pipe->set_window(0);
    EXPECT_EQ(each->socket.send("takes a buffer"), Status::kOk);
  }
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 2);
  first.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(second.socket.send("x"), Status::kOk);
  first.pipe->set_window(0);
  EXPECT_EQ(first.socket.send("again"), Status::kOk);
  bench.settle();
  // Fill the room for control frames of the second one.
  while (second.socket.ping(bytes_of("0123456789")) == Status::kOk) {
  }
  for (int i = 0; i < 20; ++i) second.send(kPingFrame, std::string(100 + i, 'p'));
  EXPECT_EQ(second.socket.close(4321, std::string(123, 'r').c_str()), Status::kOk);
  bench.settle();
  second.pipe->set_window(SIZE_MAX);
  first.pipe->set_window(SIZE_MAX);
  bench.settle();
  const std::vector<Frame> frames = second.frames();
  ASSERT_NE(close_frame(frames), nullptr);
  EXPECT_EQ(close_frame(frames)->payload.substr(0, 2), close_body(4321));
}

TEST(Ending, AbortIsOneCloseEventAndAReset) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    EXPECT_EQ(peer.socket.send("never leaves"), Status::kOk);
    peer.socket.abort();
    peer.socket.abort();
    EXPECT_EQ(peer.socket.ready_state(), ReadyState::kClosing);
    EXPECT_EQ(peer.socket.send("x"), Status::kNotOpen);
    EXPECT_EQ(peer.socket.close(), Status::kNotOpen);
    bench.settle();
    EXPECT_EQ(bench.count(Event::kError), 0u);
    ASSERT_EQ(bench.count(Event::kClose), 1u);
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.who, Cause::kApplication);
    EXPECT_EQ(bench.last(Event::kClose)->close.code, 1006);
    EXPECT_TRUE(peer.pipe->was_reset());
    EXPECT_EQ(peer.frames().size(), 0u);
    bench.expect_baseline();
  }
}

TEST(Ending, AbortFromEachEvent) {
  for (Role role : kRoles) {
    for (Event::Type when : {Event::kMessage, Event::kWritable, Event::kError, Event::kClose}) {
      Bench<1, 2, 256> bench;
      bench.app = [&](const Event& event) {
        if (event.type == when) event.socket.abort();
      };
      Peer peer = bench.open(role);
      peer.pipe->set_window(0);
      if (when == Event::kWritable) {
        const std::string message(peer.socket.max_send(), 'm');
        EXPECT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
        EXPECT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
      }
      peer.send(kTextFrame, "message");
      bench.settle();
      peer.pipe->set_window(SIZE_MAX);
      peer.pipe->reset();
      bench.settle();
      EXPECT_EQ(bench.count(Event::kClose), 1u);
      bench.expect_baseline();
    }
  }
}

TEST(Ending, AbortFromOpen) {
  Bench<1, 2, 256> bench;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kOpen) event.socket.abort();
  };
  bench.listen();
  TestPeer& peer = bench.pipe.dial(80);
  peer.send(request());
  bench.settle();
  EXPECT_TRUE(peer.was_reset());
  EXPECT_EQ(bench.count(Event::kClose), 1u);
  bench.expect_baseline();
}

// Closing while still connecting: as in a browser, the attempt fails.
TEST(Ending, CloseWhileConnecting) {
  for (Layer layer : {Layer::kResolve, Layer::kConnect, Layer::kOpen}) {
    Bench<1, 2, 256> bench;
    bench.pipe.faults().hold_at = layer;
    ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    if (layer != Layer::kResolve) bench.settle();
    EXPECT_EQ(bench.client.socket().ready_state(), ReadyState::kConnecting);
    EXPECT_EQ(bench.client.socket().send("x"), Status::kNotOpen);
    EXPECT_EQ(bench.client.socket().close(), Status::kOk);
    bench.settle();
    EXPECT_EQ(bench.count(Event::kClose), 1u);
    EXPECT_EQ(bench.count(Event::kError), 0u);
    EXPECT_EQ(bench.last(Event::kClose)->close.code, 1006);
    bench.expect_baseline();
  }
}

// A peer that breaks the rules is told so, whatever it has sent: input is read and thrown away, so that no reset
// destroys the answer.
TEST(Ending, AFailureArrivesAlthoughMoreWasSentThanAllBuffersHold) {
  struct Case {
    std::string bytes;
    uint16_t code;
  };
  for (Role role : kRoles) {
    const std::string tail(9000, '\x81');
    const Case cases[] = {
        {"\xFF" + tail, 1002},
        {peer_frame(role, kTextFrame, "\xFF" + tail), 1007},
        {peer_frame(role, kBinaryFrame, tail), 1009},
    };
    for (const Case& each : cases) {
      Bench<1, 2, 256> bench;
      bench.server_options.long_messages = bench.client_options.long_messages = LongMessages::kStream;
      if (each.code == 1009) {
        bench.server_options.long_messages = bench.client_options.long_messages = LongMessages::kRefuse;
      }
      Peer peer = bench.open(role);
      peer.pipe->stop_reading();
      peer.pipe->send(each.bytes);
      bench.settle();
      EXPECT_EQ(peer.pipe->unsent(), 0u);
      EXPECT_FALSE(peer.pipe->was_reset()) << "before the peer has read";
      peer.pipe->start_reading();
      bench.settle();
      const std::vector<Frame> frames = peer.frames();
      ASSERT_EQ(frames.size(), 1u) << each.code;
      EXPECT_EQ(frames[0].payload, close_body(each.code));
      EXPECT_EQ(bench.last(Event::kClose)->close.code, 1006);
      EXPECT_EQ(bench.last(Event::kClose)->close.cause.code, each.code);
      EXPECT_EQ(bench.count(Event::kError), 1u);
      peer.pipe->close();
      bench.settle();
      bench.expect_baseline();
    }
  }
}

TEST(Ending, ARefusalArrivesAlthoughMoreWasSentThanAllBuffersHold) {
  struct Case {
    std::string head;
    int status;
  };
  const Case cases[] = {
      {"GARBAGE\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 426},
      {"GET / HTTP/1.1\r\nHost: " + std::string(1000, 'h') + "\r\n\r\n", 431},
      {request(), 503},
  };
  for (const Case& each : cases) {
    Bench<1, 2, 256> bench;
    bench.listen();
    if (each.status == 503) bench.open(Role::kServer);
    TestPeer& peer = bench.pipe.dial(80);
    peer.stop_reading();
    peer.send(each.head + std::string(9000, 'z'));
    bench.settle();
    EXPECT_EQ(peer.unsent(), 0u);
    EXPECT_FALSE(peer.was_reset());
    peer.start_reading();
    bench.settle();
    EXPECT_EQ(peer.received().substr(0, 13), "HTTP/1.1 " + std::to_string(each.status) + " ");
    EXPECT_EQ(peer.received().substr(peer.received().size() - 4), "\r\n\r\n");
    peer.close();
    bench.settle();
    EXPECT_EQ(bench.loop.handshakes().in_use, 0);
    EXPECT_EQ(bench.count(Event::kError), 0u) << "a server refuses without an event";
    EXPECT_EQ(bench.loop.connections().refused, each.status == 503 ? 1u : 0u);
  }
}

TEST(Ending, StopClosesAllAndRefusesNewOnes) {
  Bench<3, 8, 256> bench;
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  Peer third = bench.open(Role::kClient);
  TestPeer& half = bench.pipe.dial(80);
  half.send("GET / HT");
  bench.settle();
  bench.loop.stop();
  EXPECT_FALSE(bench.pipe.dial(80).linked());
  bench.settle();
  EXPECT_TRUE(half.was_reset());
  for (Peer* each : {&first, &second, &third}) {
    EXPECT_EQ(each->frames().at(0).payload, close_body(1001));
    each->send_close(1001);
    each->pipe->close();
  }
  bench.settle();
  EXPECT_EQ(bench.count(Event::kClose), 3u);
  EXPECT_EQ(bench.server.port(), 0);
  bench.expect_baseline();
  bench.listen();
  bench.open(Role::kServer);
}

TEST(Ending, ServerStopLeavesTheOthers) {
  Bench<3, 8, 256> bench;
  Server other(bench.loop);
  ServerOptions options;
  options.port = 8000;
  ASSERT_EQ(other.listen(options), Status::kOk);
  Peer mine = bench.open(Role::kServer);
  Peer theirs = bench.open(Role::kClient);
  other.stop();
  bench.settle();
  EXPECT_EQ(mine.socket.ready_state(), ReadyState::kOpen);
  bench.server.stop(4005);
  bench.settle();
  EXPECT_EQ(mine.frames().at(0).payload, close_body(4005));
  EXPECT_EQ(theirs.socket.ready_state(), ReadyState::kOpen);
}

// The end of the stream is asked for once, whatever still comes while it lingers.
TEST(Ending, FinishIsCalledOnce) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  peer.send_close(1000);
  for (int i = 0; i < 3; ++i) {
    bench.settle();
    EXPECT_EQ(bench.pipe.transport(peer.socket.index()).counters().finishes, 1u);
    peer.pipe->send("still talking");
  }
}

// finish() may take several calls.
TEST(Ending, FinishIsCalledUntilItIsDone) {
  Bench<1, 2, 256> bench;
  bench.pipe.faults().finish_blocks = 3;
  Peer peer = bench.open(Role::kServer);
  peer.send_close(1000);
  peer.pipe->close();
  bench.settle();
  bench.expect_baseline();
  EXPECT_TRUE(peer.pipe->gone());
}

// A call between two turns comes behind a sleep of any length, and its deadline is counted from the turn that follows.
TEST(Ending, TheTimeOfACloseAfterASleepBeginsWithTheNextTurn) {
  Bench<1, 4, 256> bench;
  Peer peer = bench.open(Role::kServer);
  bench.now_ms += bench.server_options.timeouts_ms[Deadline::kClose] + 1;
  ASSERT_EQ(peer.socket.close(1000), Status::kOk);
  bench.settle();
  EXPECT_FALSE(peer.pipe->was_reset());
  peer.send_close(1000);
  bench.settle();
  ASSERT_NE(bench.last(Event::kClose), nullptr);
  EXPECT_TRUE(bench.last(Event::kClose)->close.was_clean);
}

TEST(Ending, ARefusalAfterASleepReachesThePeer) {
  Bench<1, 4, 512> bench;
  bench.server_options.on_request = &keep_request_fields;
  bench.listen();
  TestPeer& peer = bench.pipe.dial(80);
  peer.send(request());
  bench.settle();
  ASSERT_NE(bench.last(Event::kRequest), nullptr);
  bench.now_ms += bench.server_options.timeouts_ms[Deadline::kClose] + 1;
  ASSERT_EQ(bench.last(Event::kRequest)->socket.reject(403), Status::kOk);
  bench.settle();
  EXPECT_FALSE(peer.was_reset());
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 403");
}

}  // namespace
}  // namespace whit
