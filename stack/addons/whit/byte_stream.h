// SPDX-License-Identifier: MIT
// ByteStream: a stream of bytes over the binary messages of an open connection, in either role, for protocols made for
// TCP: MQTT (MQTT 5.0, 6.0), AMQP, VNC, ... Nothing blocks, and everything is copied, so calls are legal at any place
// in the loop that calls poll().
//
//   static uint8_t input[256], output[256];
//   static whit::ByteStream stream{{input, sizeof input}, {output, sizeof output}};
//   ...
//   for (;;) {
//     const uint32_t now_ms = board::wait(stream.wait_ms(loop.wait_ms()));
//     stream.poll();
//     while (const whit::Event event = loop.poll(now_ms)) {
//       if (event.type == whit::Event::kOpen) stream.open(event.socket);
//       stream.on_event(event);
//     }
//     size_t size;
//     while (stream.read({room, sizeof room}, &size) == whit::Status::kOk) ...  // `size` bytes, of any message
//   }
//
// Messages and packets need not be aligned: read() gives bytes in their order, wherever messages begin and end. Input
// that has no room yet stays in the buffer of the connection (WebSocket::hold()), and TCP's window closes behind it.
// ConnectionOptions::long_messages has to be kStream (its default): a message that is passed over is a hole in the
// stream.
//
// The subprotocol of MQTT is required by require_mqtt(), in either role.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/options.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

// MQTT 5.0, [MQTT-6.0.0-3]: the subprotocol of MQTT, whatever its version.
extern const Text kMqttProtocol;

// [MQTT-6.0.0-3] and [MQTT-6.0.0-4] for a client: offers `mqtt` alone, and fails with a server that does not grant it.
inline void require_mqtt(ClientOptions* options) {
  options->protocols = &kMqttProtocol;
  options->protocol_count = 1;
  options->require_protocol = true;
}
// The same for a server, which is asked about each request: refuses one that does not offer `mqtt` with 400, and
// accepts the others, by accept_mqtt().
inline void require_mqtt(ServerOptions* options) {
  options->protocols = &kMqttProtocol;
  options->protocol_count = 1;
  options->on_request = &keep_request_fields;
}
// To be called for each kRequest event of such a server.
void accept_mqtt(WebSocket socket);

class ByteStream {
 public:
  // `input`: at least one byte; received bytes wait here for read(). `output`: gathers what is written until flush(),
  // so that a packet leaves as one message, in one frame if it fits `output` and WebSocket::max_send(); none: each
  // write() is a message of its own. Both must live as long as this object.
  constexpr explicit ByteStream(MutableBytes input, MutableBytes output = {}) : input_(input), output_(output) {}
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  // Begins anew with a connection whose kOpen event has come; what was left of the one before is dropped.
  void open(WebSocket socket);
  // For each event of the loop; those of other connections are ignored. A text message closes the connection with 1003
  // ([MQTT-6.0.0-1]), a message that was passed over (kSkipped) with 1009.
  void on_event(const Event& event);

  // Once per turn, before the events of Loop::poll(): asks for the rest of a message that had no room, once there is
  // some. Not inside of an event, whose message the loop would then take for read.
  void poll();
  // The longest sleep before the next turn in milliseconds; `loop_wait_ms` is Loop::wait_ms().
  uint32_t wait_ms(uint32_t loop_wait_ms) const { return held_ && filled_ != input_.size ? 0 : loop_wait_ms; }

  // Takes up to room.size received bytes.
  //  kOk          `*size` of them, at least one
  //  kWouldBlock  nothing now; a kMessage event follows
  //  kClosed      the end: the closing handshake was done, and all bytes have been read. Comes again
  //  kFailed      the end in any other way; close() tells it. Comes again
  //  kNotOpen     open() was never called
  Status read(MutableBytes room, size_t* size);
  size_t readable() const { return filled_; }

  // Writes as much as there is room for.
  //  kOk          `*taken` bytes, at least one; all of them if they fit what is left of `output`, or max_send() without
  //  kWouldBlock  nothing was taken; a kWritable event follows. So after a flush() that could not be done yet, so that
  //               packets are not mixed
  //  kNotOpen     not open (any more)
  Status write(Bytes bytes, size_t* taken);
  // The end of a packet: what was written since the last flush() leaves. on_event() goes on with one that waits.
  //  kOk          nothing waits any more
  //  kWouldBlock  it leaves after the next kWritable event
  //  kNotOpen     not open (any more)
  Status flush();
  size_t unflushed() const { return gathered_; }
  size_t room() const { return flushing_ ? 0 : output_.size - gathered_; }  // left of `output`

  // The connection that carries it.
  WebSocket socket() const { return socket_; }
  // How it ended. The reason is not kept.
  const Close& close() const { return close_; }

  // For clients of synchronous style, which ask for input again and again inside one call (coreMQTT's MQTT_Connect): a
  // turn of the application's loop, which may sleep a while. Called by transport_recv() and transport_send() (below)
  // when there is nothing to read, or no room, unless it is this function that has called them.
  void (*turn)(ByteStream* stream) = nullptr;
  bool run_turn();  // for these two. False: there is no such function, or it is running already

 private:
  enum class End : uint8_t { kNever, kNone, kInOrder, kFailed };

  void take(const Message& message);
  Status send_gathered(bool last);

  MutableBytes input_;
  MutableBytes output_;
  WebSocket socket_;
  Close close_;
  size_t begin_ = 0;     // of the bytes in input_, a ring
  size_t filled_ = 0;    // their number
  size_t gathered_ = 0;  // bytes in output_
  End end_ = End::kNever;
  bool held_ = false;         // a message waits in the connection
  bool flushing_ = false;     // a flush() waits
  bool mid_message_ = false;  // a part of the packet has left
  bool broken_ = false;       // by a message that is no part of a stream
  bool in_turn_ = false;
};

// The functions of a transport interface in the shape of coreMQTT's TransportInterface_t. `Context` is the program's
// own structure, with a member `stream` that points to a ByteStream:
//
//   struct NetworkContext { whit::ByteStream* stream; };
//   transport.recv = whit::transport_recv<NetworkContext>;
//   transport.send = whit::transport_send_packet<NetworkContext>;
//   transport.writev = whit::transport_writev<NetworkContext, TransportOutVector_t>;
//   transport.pNetworkContext = &context;
//
// A client that has writev() sends whole packets by send(), so each packet leaves by itself. One without it sends the
// parts of a packet one after the other: it gets transport_send, which gathers, and its packet leaves when it turns to
// recv().
//
// The result is the number of bytes, 0 when nothing could be done now, or one of these when the stream is over:
constexpr int32_t kTransportClosed = -1;  // in order
constexpr int32_t kTransportFailed = -2;

// The three functions. Bytes that were read, or taken; 0: not now; else one of the numbers above.
int32_t transport_recv(ByteStream* stream, void* buffer, size_t size);
int32_t transport_send(ByteStream* stream, const void* buffer, size_t size);
int32_t transport_send_packet(ByteStream* stream, const void* buffer, size_t size);

// The same for a structure with a member `stream`.
template <typename Context>
int32_t transport_recv(Context* context, void* buffer, size_t size) {
  return transport_recv(context->stream, buffer, size);
}

// The same for a structure with a member `stream`.
template <typename Context>
int32_t transport_send(Context* context, const void* buffer, size_t size) {
  return transport_send(context->stream, buffer, size);
}

// The same for a structure with a member `stream`.
template <typename Context>
int32_t transport_send_packet(Context* context, const void* buffer, size_t size) {
  return transport_send_packet(context->stream, buffer, size);
}

// All parts of a packet. `Vector` has the members iov_base and iov_len.
template <typename Context, typename Vector>
int32_t transport_writev(Context* context, Vector* vectors, size_t count) {
  int32_t sum = 0;
  for (size_t i = 0; i < count; ++i) {
    const bool is_last = i + 1 == count;
    const int32_t sent = is_last ? transport_send_packet(context->stream, vectors[i].iov_base, vectors[i].iov_len)
                                 : transport_send(context->stream, vectors[i].iov_base, vectors[i].iov_len);
    if (sent < 0) return sent;
    sum += sent;
    if (static_cast<size_t>(sent) != vectors[i].iov_len) break;
  }
  return sum;
}

}  // namespace whit
