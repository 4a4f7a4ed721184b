// SPDX-License-Identifier: MIT
// SocketIoServer: enough of a Socket.IO 4 server for its clients with the transport "websocket": namespaces that the
// application admits or refuses, events and acknowledgements both ways, attachments both ways.
//
//   static const whit::HttpOptions http;                  // shows requests for polling to the application
//   options.http = &http;
//   options.on_request = &whit::keep_request_fields;
//   static whit::SocketIoAckMemory<4> acks;               // events that wait for their acknowledgement, of all
//   together static whit::SocketIoServer<decltype(loop)::kSlots> io{server, network, acks};
//   ...
//   while (const whit::SocketIoEvent late = io.poll(now_ms)) ...  // once per turn: kAckTimeout
//   while (const whit::Event event = loop.poll(now_ms)) {
//     const whit::SocketIoEvent packet = io.on_event(event);
//     switch (packet.type) {
//       case whit::SocketIoEvent::kRequest: (void)event.socket.reject(404); break;  // of another path
//       case whit::SocketIoEvent::kConnect: (void)io.admit(packet); break;          // or refuse(packet, "Not
//       authorized") case whit::SocketIoEvent::kEvent:
//         if (packet.name == "led") set_led(packet.arguments == "true");
//         if (packet.has_id) (void)io.acknowledge(packet, "\"ok\"");
//         break;
//       ...
//     }
//   }
//   for (const whit::WebSocket socket : server.open()) (void)io.emit(socket, "reading", "21.5");
//
// The sleep of the program is io.wait_ms(loop.wait_ms()). socket_io_client.h shows what a JSON library does here.
// Broadcast (whit/broadcast.h) takes what write_socket_io_event() makes.
//
// Bad input ends the connection: a packet that breaks the protocol, a binary message that none has announced (Close
// 1002); a text longer than a buffer and the memory for it (1009); a client that is silent after a ping, or joins no
// namespace in time (1001). Packets of a namespace that is not joined, a second request to join one, and
// acknowledgements that nothing waits for are passed over. A namespace that is not in the table is refused as servers
// of Socket.IO do.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/engine_io_server.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/per_connection.h"
#include "whit/server.h"
#include "whit/socket_io.h"
#include "whit/status.h"

namespace whit {

// Read, never copied.
struct SocketIoServerOptions : EngineIoServerOptions {
  uint32_t connect_timeout_ms = 45000;         // for the first namespace
  const Text* spaces = socket_io::kRootSpace;  // each begins with "/"
  uint8_t space_count = 1;                     // at most 32
};

// A server of any size.
class SocketIoServerCore {
 public:
  SocketIoServerCore(const SocketIoServerCore&) = delete;
  SocketIoServerCore& operator=(const SocketIoServerCore&) = delete;

  // Once per turn, before the events of Loop::poll(), with its clock, until it gives no event.
  SocketIoEvent poll(uint32_t now_ms);
  // For each event of the loop; those of connections that are not of this server give none.
  SocketIoEvent on_event(const Event& event);
  // The longest sleep before the next turn in milliseconds, of the two: `loop_wait_ms` is Loop::wait_ms().
  uint32_t wait_ms(uint32_t loop_wait_ms);

  // All that sends is all or nothing, and says
  //  kOk
  //  kWouldBlock       no room now; a kWritable event follows
  //  kTooLarge         the packet does not fit WebSocket::max_send()
  //  kInUse            attach() is still to be called for the packet before
  //  kNotOpen          the connection is over, or has not joined the namespace
  //  kInvalidArgument  see there; or the text is not UTF-8; or the application is in the middle of a message of its own
  //
  // The answer to kConnect; at once, or later from a copy of `event`. kNotOpen: it does not wait for one. admit() also:
  // kFailed: there are no random bytes. refuse(): kInvalidArgument: `message` has a quotation mark, a backslash or a
  // control character.
  Status admit(const SocketIoEvent& event);
  Status refuse(const SocketIoEvent& event, Text message);
  // Takes the client out of the namespace; no event follows. The connection stays: WebSocket::close() ends it.
  Status leave(WebSocket socket, uint8_t space = 0);
  // As those of SocketIoClient.
  Status emit(WebSocket socket, Text name, Text arguments = {}, const SocketIoEmit& how = {});
  Status acknowledge(const SocketIoEvent& event, Text arguments = {}, uint8_t attachments = 0);
  Status attach(WebSocket socket, Bytes data);
  Status attach(WebSocket socket, const Message& piece);
  void hold(const SocketIoEvent& event);

  // The client is in the namespace.
  bool has_joined(WebSocket socket, uint8_t space = 0);

 protected:
  struct Session : socket_io::Session {
    EngineIoSession engine;
    uint32_t opened_ms = 0;
    bool never_joined = true;
  };
  // The table of the template: the state of a connection, begun anew if `start`; nullptr: it has none. And the memory
  // for its long texts.
  using Sessions = Session* (*)(SocketIoServerCore* self, WebSocket socket, bool start, MutableBytes* memory);

  constexpr SocketIoServerCore(const Server& server, Network& network, SocketIoAcks acks,
                               const SocketIoServerOptions& options, Sessions sessions)
      : server_(server), options_(options), engine_(network, options), acks_(acks), sessions_(sessions) {}
  ~SocketIoServerCore() = default;

  static constexpr SocketIoServerOptions kDefaults = {};

 private:
  Session* session_of(WebSocket socket) {
    MutableBytes memory;
    return sessions_(this, socket, false, &memory);
  }
  socket_io::Context context(WebSocket socket);
  SocketIoEvent on_packet(const Event& event, Session* session, MutableBytes memory);
  void poll_connection(WebSocket socket);
  bool take_connect(const socket_io::Context& of, SocketIoEvent* event);
  Status send_refusal(const socket_io::Context& to, Text space, Text message);

  const Server& server_;
  const SocketIoServerOptions& options_;
  EngineIoServer engine_;
  SocketIoAcks acks_;
  Sessions sessions_;
  uint32_t now_ms_ = 0;
};

// kSlots: those of the loop. The memory is 56 bytes for each on a 32-bit machine, and kLongBytes for texts that do not
// fit a buffer of the loop; attachments need none.
template <uint16_t kSlots, size_t kLongBytes = 0>
class SocketIoServer : public SocketIoServerCore {
 public:
  // All must live as long as this object.
  template <size_t kAcks>
  constexpr SocketIoServer(const Server& server, Network& network, SocketIoAckMemory<kAcks>& acks,
                           const SocketIoServerOptions& options = kDefaults)
      : SocketIoServerCore(server, network, SocketIoAcks(acks), options, &find_in) {}

 private:
  static Session* find_in(SocketIoServerCore* core, WebSocket socket, bool start, MutableBytes* memory) {
    auto* const self = static_cast<SocketIoServer*>(core);
    if (kLongBytes != 0 && socket.index() < kSlots) *memory = {self->long_[socket.index()], kLongBytes};
    return start ? self->table_.start(socket) : self->table_.find(socket);
  }

  PerConnection<Session, kSlots> table_;
  uint8_t long_[kLongBytes != 0 ? kSlots : 1][kLongBytes != 0 ? kLongBytes : 1] = {};
};

}  // namespace whit
