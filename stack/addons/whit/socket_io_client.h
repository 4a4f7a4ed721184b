// SPDX-License-Identifier: MIT
// SocketIoClient: the client of Socket.IO 4 over WebSocket alone, for one connection of a Client.
//
//   static whit::Client client{loop};
//   static whit::Reconnect reconnect{client, network, options};  // options.url: engine_io_url()
//   static whit::SocketIoAckMemory<4> acks;                      // events that wait for their acknowledgement
//   static whit::SocketIoClient io{client, acks};
//   ...
//   reconnect.poll(now_ms);                                      // once per turn
//   while (const whit::SocketIoEvent late = io.poll(now_ms)) ... // kAckTimeout
//   while (const whit::Event event = loop.poll(now_ms)) {
//     reconnect.on_event(event);
//     const whit::SocketIoEvent packet = io.on_event(event);
//     switch (packet.type) {
//       case whit::SocketIoEvent::kOpen:    (void)io.join(R"({"token":"abc"})"); break;
//       case whit::SocketIoEvent::kConnect: (void)io.emit("reading", "21.5,\"C\""); break;
//       case whit::SocketIoEvent::kEvent:
//         if (packet.name == "led") set_led(packet.arguments == "true");
//         if (packet.has_id) (void)io.acknowledge(packet, "\"ok\"");
//         break;
//       ...
//     }
//   }
//
// The sleep of the program is reconnect.wait_ms(io.wait_ms(loop.wait_ms())). A Socket.IO event lasts as long as the
// event of the loop. With a JSON library the arguments are what it reads and writes; ArduinoJson, for one:
//
//   JsonDocument document;
//   if (deserializeJson(document, packet.payload.data, packet.payload.size) == DeserializationError::Ok) {
//     const bool on = document[1]["on"];                         // ["led",{"on":true}]
//   }
//   const size_t size = serializeJson(document, text, sizeof text);
//   (void)io.emit("reading", {text, size});
//
// Bad input ends the connection, as engine_io_client.h says: a packet that breaks the protocol, a binary message that
// none has announced, a namespace joined without a sid (Close 1002). Packets of a namespace that is not joined, and
// acknowledgements that nothing waits for, are passed over.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/client.h"
#include "whit/engine_io_client.h"
#include "whit/event.h"
#include "whit/socket_io.h"
#include "whit/status.h"

namespace whit {

class SocketIoClient {
 public:
  // All must live as long as this object. `memory`: for packets that do not fit a buffer of the loop; attachments need
  // none. `spaces`: the namespaces, each beginning with "/"; at most 32.
  template <size_t kAcks>
  constexpr SocketIoClient(const Client& client, SocketIoAckMemory<kAcks>& acks, MutableBytes memory = {})
      : engine_(client, memory), acks_(acks) {}
  template <size_t kAcks, uint8_t kSpaces>
  constexpr SocketIoClient(const Client& client, SocketIoAckMemory<kAcks>& acks, const Text (&spaces)[kSpaces],
                           MutableBytes memory = {})
      : engine_(client, memory), acks_(acks), spaces_{spaces, kSpaces} {
    static_assert(kSpaces <= socket_io::kMaxSpaces, "a bit of 32 for each namespace");
  }
  SocketIoClient(const SocketIoClient&) = delete;
  SocketIoClient& operator=(const SocketIoClient&) = delete;

  // Once per turn, before the events of Loop::poll(), with its clock, until it gives no event.
  SocketIoEvent poll(uint32_t now_ms);
  // For each event of the loop; those of other connections give none.
  SocketIoEvent on_event(const Event& event);
  // The longest sleep before the next turn in milliseconds, of the two: `loop_wait_ms` is Loop::wait_ms().
  uint32_t wait_ms(uint32_t loop_wait_ms) const;

  // All that sends is all or nothing, and says
  //  kOk
  //  kWouldBlock       no room now; a kWritable event follows
  //  kTooLarge         the packet does not fit WebSocket::max_send(), or the server's maxPayload
  //  kInUse            attach() is still to be called for the packet before
  //  kNotOpen          there is no connection, or the namespace is not joined
  //  kInvalidArgument  see there; or the text is not UTF-8; or the application is in the middle of a message of its own
  //
  // Asks to join a namespace: kConnect or kConnectError follows. `auth`: an object, or empty. kInvalidArgument: there
  // is no such namespace, or it was asked for before.
  Status join(Text auth = {}, uint8_t space = 0);
  // Leaves it; no event follows. The connection stays: WebSocket::close() ends it.
  Status leave(uint8_t space = 0);
  // An event. `arguments`: JSON values with commas between them. kInvalidArgument: the name has a quotation mark, a
  // backslash or a control character. kNoSlot: as many acknowledgements are awaited as the memory has room for. Names
  // that Socket.IO itself uses ("connect", "disconnect", ...) are refused by other peers.
  Status emit(Text name, Text arguments = {}, const SocketIoEmit& how = {});
  // The answer to an event with `has_id`; at once, or later from a copy of `event`, whose texts are not looked at.
  // `attachments`: as SocketIoEmit has it. kInvalidArgument: no answer was asked for.
  Status acknowledge(const SocketIoEvent& event, Text arguments = {}, uint8_t attachments = 0);
  // The next attachment, whole or in pieces. kInvalidArgument: none is due, or the piece is out of order or no binary.
  Status attach(Bytes data);
  Status attach(const Message& piece);

  // As WebSocket::hold(): the event that on_event() gave comes again after kWritable or WebSocket::resume(). To be
  // called in place of that, and before anything was sent because of the event.
  void hold() { socket_io::hold(context()); }

  // The server has let it into the namespace.
  bool has_joined(uint8_t space = 0) const {
    return space < spaces_.count && (session_.now.joined & socket_io::bit_of(space)) != 0;
  }
  // The connection beneath.
  WebSocket socket() const { return engine_.socket(); }

 private:
  socket_io::Context context();
  bool take_connect(SocketIoEvent* event);

  EngineIoClient engine_;
  SocketIoAcks acks_;
  socket_io::Spaces spaces_;
  socket_io::Session session_;
  uint32_t now_ms_ = 0;
};

}  // namespace whit
