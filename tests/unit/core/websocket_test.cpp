// SPDX-License-Identifier: MIT
// The handle: each call in each state, from each event, and on a connection that is gone.
#include <string.h>

#include <map>

#include "unit/core/bench.h"

namespace whit {
namespace {

// Every call; none may crash, and those that say something must say kNotOpen or nothing.
void expect_dead(WebSocket socket) {
  const uint8_t byte = 'x';
  EXPECT_EQ(socket.send("x"), Status::kNotOpen);
  EXPECT_EQ(socket.send({&byte, 1}, MessageType::kBinary), Status::kNotOpen);
  EXPECT_EQ(socket.send(Message()), Status::kNotOpen);
  EXPECT_EQ(socket.reserve(1).data, nullptr);
  EXPECT_EQ(socket.commit(MessageType::kText), Status::kNotOpen);
  EXPECT_EQ(socket.ping(), Status::kNotOpen);
  EXPECT_EQ(socket.accept(), Status::kNotOpen);
  EXPECT_EQ(socket.reject(403), Status::kNotOpen);
  Request request;
  EXPECT_FALSE(socket.request(&request));
  socket.hold();
  socket.consume(1);
  socket.pause();
  socket.resume();
}

void expect_gone(WebSocket socket) {
  expect_dead(socket);
  socket.abort();
  EXPECT_EQ(socket.close(), Status::kNotOpen);
  EXPECT_EQ(socket.ready_state(), ReadyState::kClosed);
  EXPECT_EQ(socket.buffered_amount(), 0u);
  EXPECT_EQ(socket.max_send(), 0u);
  EXPECT_TRUE(socket.protocol().empty());
  EXPECT_EQ(socket.remote().size, 0);
}

TEST(WebSocketCalls, ADefaultHandle) {
  expect_gone(WebSocket());
  EXPECT_EQ(WebSocket(), WebSocket());
}

TEST(WebSocketCalls, AStaleHandle) {
  for (Role role : kRoles) {
    Bench<1, 2, 256, 1> bench;
    std::vector<WebSocket> old;
    for (int i = 0; i < 5; ++i) {
      Peer peer = bench.open(role);
      for (WebSocket each : old) {
        EXPECT_NE(each, peer.socket);
        expect_gone(each);
      }
      EXPECT_EQ(peer.socket.ready_state(), ReadyState::kOpen) << "not disturbed";
      old.push_back(peer.socket);
      peer.pipe->reset();
      bench.settle();
    }
    for (WebSocket each : old) expect_gone(each);
    bench.expect_baseline();
  }
}

TEST(WebSocketCalls, WhileConnecting) {
  for (Layer layer : {Layer::kResolve, Layer::kConnect, Layer::kOpen}) {
    Bench<1, 2, 256> bench;
    bench.pipe.faults().hold_at = layer;
    ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    expect_dead(bench.client.socket());
    bench.settle();
    expect_dead(bench.client.socket());
    EXPECT_EQ(bench.client.socket().ready_state(), ReadyState::kConnecting);
    EXPECT_EQ(bench.client.connect(bench.client_options), Status::kInUse);
    bench.client.socket().abort();
    bench.settle();
    expect_gone(bench.client.socket());
    bench.expect_baseline();
  }
}

TEST(WebSocketCalls, WhileClosing) {
  for (Role role : kRoles) {
    for (bool peer_first : {false, true}) {
      Bench<1, 2, 256> bench;
      Peer peer = bench.open(role);
      if (peer_first) {
        bench.app = [](const Event& event) {
          if (event.type == Event::kClose) {
            EXPECT_EQ(event.socket.ready_state(), ReadyState::kClosed);
            expect_gone(event.socket);
          }
        };
        peer.send_close(1000, "because");
      } else {
        EXPECT_EQ(peer.socket.close(), Status::kOk);
      }
      bench.settle();
      EXPECT_EQ(peer.socket.ready_state(), peer_first ? ReadyState::kClosed : ReadyState::kClosing);
      expect_dead(peer.socket);
      EXPECT_EQ(peer.socket.close(), Status::kNotOpen);
      if (!peer_first) peer.send_close(1000);
      peer.pipe->close();
      bench.settle();
      EXPECT_EQ(bench.count(Event::kClose), 1u);
      expect_gone(peer.socket);
      bench.expect_baseline();
    }
  }
}

TEST(WebSocketCalls, FromTheErrorEvent) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  int errors = 0;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kError) return;
    ++errors;
    expect_dead(event.socket);
    EXPECT_EQ(event.socket.close(), Status::kNotOpen);
    EXPECT_EQ(event.socket.ready_state(), ReadyState::kClosing);
  };
  peer.pipe->reset();
  bench.settle();
  EXPECT_EQ(errors, 1);
}

// R-THR-2
// Each call out of each event: nothing breaks, each connection ends once.
TEST(WebSocketCalls, EachCallFromEachEvent) {
  using Call = void (*)(WebSocket);
  const Call calls[] = {
      [](WebSocket s) { (void)s.send("text"); },
      [](WebSocket s) { (void)s.ping(bytes_of("ping")); },
      [](WebSocket s) { (void)s.reserve(10); },
      [](WebSocket s) { (void)s.close(); },
      [](WebSocket s) { s.abort(); },
      [](WebSocket s) { s.hold(); },
      [](WebSocket s) { s.consume(3); },
      [](WebSocket s) { s.pause(); },
      [](WebSocket s) { s.resume(); },
      [](WebSocket s) {
        s.hold();
        (void)s.close();
        s.resume();
      },
      [](WebSocket s) {
        s.consume(2);
        s.hold();
        s.abort();
      },
  };
  for (Role role : kRoles) {
    for (Event::Type when : {Event::kMessage, Event::kWritable, Event::kSkipped, Event::kError, Event::kClose}) {
      for (const Call& call : calls) {
        Bench<2, 3, 256> bench;
        bench.server_options.long_messages = bench.client_options.long_messages = LongMessages::kSkip;
        Peer peer = bench.open(role);
        size_t called = 0;
        bench.app = [&](const Event& event) {
          if (event.type == when && called++ == 0) call(event.socket);
        };
        peer.pipe->set_window(0);
        const std::string message(peer.socket.max_send(), 'm');
        EXPECT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kOk);
        EXPECT_EQ(peer.socket.send(bytes_of(message), MessageType::kBinary), Status::kWouldBlock);
        peer.send(kTextFrame, "message");
        peer.send(kTextFrame, std::string(1000, 'x'));
        bench.settle();
        peer.pipe->set_window(SIZE_MAX);
        bench.settle();
        peer.socket.resume();
        bench.settle();
        if (when == Event::kClose) peer.send_close(1000);
        peer.pipe->reset();
        bench.settle();
        peer.socket.resume();
        bench.settle();
        EXPECT_GE(called, when == Event::kClose && bench.count(Event::kClose) == 0 ? 0u : 1u);
        EXPECT_EQ(bench.count(Event::kClose), 1u);
        bench.expect_baseline();
      }
    }
  }
}

TEST(WebSocketCalls, PingIsLimited) {
  Bench<1, 2, 256> bench;
  Peer peer = bench.open(Role::kServer);
  const std::string payload(126, 'p');
  EXPECT_EQ(peer.socket.ping(bytes_of(payload)), Status::kInvalidArgument);
  EXPECT_EQ(peer.socket.ping(bytes_of(payload.substr(1))), Status::kOk);
  EXPECT_EQ(peer.socket.ping(bytes_of(payload.substr(1))), Status::kOk);
  EXPECT_EQ(peer.socket.ping(), Status::kOk);
  EXPECT_EQ(peer.socket.ping(), Status::kWouldBlock) << "two of 127 bytes and one of 2 fill a buffer of 256";
  bench.settle();
  EXPECT_EQ(peer.frames().at(0), (Frame{kPingFrame, true, false, payload.substr(1)}));
}

TEST(WebSocketCalls, WhatIsKnownOfAConnection) {
  static constexpr Text kProtocols[] = {"first", "second"};
  Bench<2, 4, 256> bench;
  bench.server_options.protocols = kProtocols;
  bench.server_options.protocol_count = 2;
  bench.listen();
  TestPeer& raw = bench.pipe.dial(80);
  raw.send(request("Sec-WebSocket-Protocol: other, second\r\n"));
  bench.settle();
  const WebSocket socket = bench.seen.at(0).socket;
  EXPECT_EQ(socket.protocol(), Text("second"));
  EXPECT_LT(socket.index(), 4);
  Peer other = bench.open(Role::kServer);
  EXPECT_NE(other.socket.index(), socket.index());
  EXPECT_TRUE(other.socket.protocol().empty());
}

// ServerOptions::on_request: the answer at once, later, wrong, never.
TEST(WebSocketCalls, RequestsAreAnswered) {
  static constexpr Text kProtocols[] = {"chat", "unused"};
  enum class Answer { kAccept, kProtocol, kReject, kClose, kStop, kPeerLeaves };
  for (Answer answer :
       {Answer::kAccept, Answer::kProtocol, Answer::kReject, Answer::kClose, Answer::kStop, Answer::kPeerLeaves}) {
    for (bool later : {false, true}) {
      SCOPED_TRACE(static_cast<int>(answer) * 2 + later);
      Bench<1, 2, 256> bench;
      bench.server_options.on_request = &keep_request_fields;
      bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
      bench.server_options.protocols = kProtocols;
      bench.server_options.protocol_count = 2;
      bench.listen();
      WebSocket socket;
      const auto act = [&] {
        Request again;
        EXPECT_TRUE(socket.request(&again));
        EXPECT_EQ(again.target, Text("/chat"));
        EXPECT_EQ(socket.ready_state(), ReadyState::kConnecting);
        EXPECT_EQ(socket.send("x"), Status::kNotOpen);
        switch (answer) {
          case Answer::kAccept:
            EXPECT_EQ(socket.accept(), Status::kOk);
            EXPECT_EQ(socket.accept(), Status::kNotOpen) << "once";
            break;
          case Answer::kProtocol:
            EXPECT_EQ(socket.accept("unused"), Status::kInvalidArgument) << "not offered";
            EXPECT_EQ(socket.accept("nonsense"), Status::kInvalidArgument) << "not ours";
            EXPECT_EQ(socket.accept("chat"), Status::kOk);
            break;
          case Answer::kReject:
            EXPECT_EQ(socket.reject(399), Status::kInvalidArgument);
            EXPECT_EQ(socket.reject(600), Status::kInvalidArgument);
            EXPECT_EQ(socket.reject(403), Status::kOk);
            EXPECT_EQ(socket.ready_state(), ReadyState::kClosed);
            break;
          case Answer::kClose:
            EXPECT_EQ(socket.close(), Status::kOk);
            break;
          case Answer::kStop:
            bench.server.stop();
            break;
          case Answer::kPeerLeaves:
            EXPECT_EQ(socket.accept(), Status::kOk);
            break;
        }
      };
      std::string cookie;
      bench.app = [&](const Event& event) {
        if (event.type != Event::kRequest) return;
        socket = event.socket;
        Request asked;
        EXPECT_TRUE(socket.request(&asked));
        cookie.assign(asked.cookie.data, asked.cookie.size);
        if (!later) act();
      };
      TestPeer& raw = bench.pipe.dial(80);
      raw.send(request("Sec-WebSocket-Protocol: chat\r\nCookie: c=1\r\n"));
      bench.settle();
      EXPECT_EQ(cookie, "c=1");
      if (answer == Answer::kPeerLeaves) raw.reset();
      bench.advance(100000);  // the application takes its time
      if (later) act();
      bench.settle();
      const bool opens = answer == Answer::kAccept || answer == Answer::kProtocol;
      if (answer != Answer::kPeerLeaves) {
        EXPECT_EQ(bench.count(Event::kOpen), opens ? 1u : 0u);
      }
      if (opens) {
        EXPECT_EQ(raw.received().substr(0, 13), "HTTP/1.1 101 ");
        EXPECT_EQ(socket.protocol(), answer == Answer::kProtocol ? Text("chat") : Text());
        raw.reset();
      }
      if (answer == Answer::kReject) {
        EXPECT_EQ(raw.received().substr(0, 13), "HTTP/1.1 403 ");
        raw.close();
      }
      bench.settle();
      EXPECT_EQ(bench.count(Event::kClose), answer == Answer::kReject ? 0u : 1u);
      bench.expect_baseline();
    }
  }
}

// A connection that was accepted while none was free: the application knows it, so it hears of its end.
TEST(WebSocketCalls, AcceptWhenTheServerIsFull) {
  Bench<1, 2, 256> bench;
  bench.server_options.on_request = &keep_request_fields;
  bench.listen();
  std::vector<WebSocket> asked;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kRequest) asked.push_back(event.socket);
  };
  TestPeer& first = bench.pipe.dial(80);
  first.send(request());
  bench.settle();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].accept(), Status::kOk);
  bench.settle();
  TestPeer& second = bench.pipe.dial(80);
  second.send(request());
  bench.settle();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].accept(), Status::kOk);
  bench.settle();
  EXPECT_EQ(second.received().substr(0, 13), "HTTP/1.1 503 ");
  EXPECT_EQ(bench.count(Event::kClose, asked[1]), 1u);
  EXPECT_EQ(bench.count(Event::kOpen), 1u);
}

}  // namespace
}  // namespace whit
