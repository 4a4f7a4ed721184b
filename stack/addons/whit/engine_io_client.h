// SPDX-License-Identifier: MIT
// EngineIoClient: what an Engine.IO 4 client does besides WebSocket: takes the open packet, answers pings, gives up a
// server that has stopped to ping. A state machine beside the loop, as Reconnect is, and made to work with it: a
// connection that it gives up ends with kClose, from which Reconnect goes on.
//
//   options.url = "ws://server.example/engine.io/?EIO=4&transport=websocket";
//   static whit::EngineIoClient engine{client};
//   ...
//   engine.poll(now_ms);                                       // once per turn
//   while (const whit::Event event = loop.poll(now_ms)) {
//     const whit::EngineIoEvent packet = engine.on_event(event);
//     if (packet.type == whit::EngineIoEvent::kOpen) (void)engine.send("hello");
//     if (packet.type == whit::EngineIoEvent::kMessage) ...
//   }
//
// The sleep of the program is engine.wait_ms(loop.wait_ms()). SocketIoClient has such an object itself.
//
// Bad input ends the connection: anything but an open packet in front, an open packet that breaks its rules, an unknown
// type or one that a server does not send (Close 1002); a text longer than a buffer and `memory` (1009); a server whose
// open packet or ping is late (1001, "ping timeout").
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/client.h"
#include "whit/engine_io.h"
#include "whit/event.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

class EngineIoClient {
 public:
  // `client` must live as long as this object. `memory`: for texts that do not fit a buffer of the loop, which come
  // whole nevertheless; it must live as long.
  constexpr explicit EngineIoClient(const Client& client, MutableBytes memory = {})
      : client_(client), memory_(memory) {}
  EngineIoClient(const EngineIoClient&) = delete;
  EngineIoClient& operator=(const EngineIoClient&) = delete;

  uint32_t open_timeout_ms = 20000;  // for the open packet, from the opening of the WebSocket

  // Once per turn, before the events of Loop::poll(), with its clock.
  void poll(uint32_t now_ms);
  // For each event of the loop; those of other connections give none.
  EngineIoEvent on_event(const Event& event);
  // The longest sleep before the next turn in milliseconds, of the two: `loop_wait_ms` is Loop::wait_ms().
  uint32_t wait_ms(uint32_t loop_wait_ms) const;

  // A message of text, as WebSocket::send() says; kNotOpen also before the open packet, kTooLarge also beyond the
  // server's maxPayload. Binary messages are sent by socket().send(); they have no type in front.
  Status send(Text text) const;

  bool is_open() const { return state_ == State::kOpen; }  // the session is open
  // Bytes of a packet that the server takes; 0: no limit.
  uint32_t max_payload() const { return max_payload_; }
  WebSocket socket() const { return client_.socket(); }

 private:
  enum class State : uint8_t { kClosed, kOpening, kOpen };

  EngineIoEvent on_message(const Message& message);
  EngineIoEvent on_packet(Text packet);
  EngineIoEvent fail(uint16_t code, Text reason);
  void answer_ping();

  const Client& client_;
  MutableBytes memory_;
  State state_ = State::kClosed;
  bool owes_pong_ = false;
  uint32_t silence_ms_ = 0;  // after which the server is given up
  uint32_t max_payload_ = 0;
  uint32_t now_ms_ = 0;
  uint32_t heard_ms_ = 0;
};

}  // namespace whit
