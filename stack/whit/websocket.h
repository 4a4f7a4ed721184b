// SPDX-License-Identifier: MIT
// WebSocket: the application's handle of one connection. A value of two words that may be copied freely and kept for
// any time: every call on a connection that has ended (or on a default-constructed handle) does nothing and returns
// kNotOpen. Nothing here touches the network, blocks or calls back: calls change the connection's state and its
// buffers, and Loop::poll() does the rest. So every call is legal at any place in the loop that calls poll().
//
// Names follow the browser's WebSocket (WHATWG) where it has the same, and RFC 6455 otherwise.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/status.h"
#include "whit/transport.h"
#include "whit/vocabulary.h"

namespace whit {

struct Message;
struct Request;
struct Response;
namespace core {
struct Core;
}
namespace session {
struct Connection;
}

class WebSocket {
 public:
  constexpr WebSocket() = default;

  // Sending. All or nothing: kOk means that the whole frame is gathered and will leave in this turn of the loop.
  // The caller's bytes are copied (or, when they are the connection's own received message, sent from where they lie)
  // and never modified.
  //  kWouldBlock       no room now; a kWritable event follows, and room for this size is kept from then to the next
  //                    poll
  //  kTooLarge         larger than max_send(): send it in pieces
  //  kNotOpen          not open (any more)
  //  kInvalidArgument  a piece out of order, or text that is not UTF-8 (RFC 6455, 5.6)
  Status send(Text text) const;                     // a whole text message
  Status send(Bytes data, MessageType type) const;  // a whole message of either type
  Status send(const Message& piece) const;          // a piece: `first` starts a message, `last` ends it; RFC 6455, 5.4

  // The same without a copy: reserve room for a frame of exactly `size` bytes, write it, commit it before the next
  // poll. data == nullptr stands for kWouldBlock or kNotOpen, as ready_state() tells; a kWritable follows the first.
  MutableBytes reserve(size_t size) const;
  Status commit(MessageType type, bool first = true, bool last = true) const;

  // A ping with at most 125 bytes. Its pong is not reported; keepalive is automatic (options.h).
  Status ping(Bytes payload = {}) const;

  // Starts the closing handshake (RFC 6455, 7.1.2). Messages not yet taken are discarded. A kClose event follows.
  // `reason` is dropped when there is no room for the frame at once.
  //  kNotOpen          closing or closed already
  //  kInvalidArgument  a code that a Close frame must not carry (7.4: 1000-1003, 1007-1014 and 3000-4999 are legal), a
  //                    reason over 123 bytes or not UTF-8
  Status close(uint16_t code = close_code::kNormalClosure, Text reason = {}) const;

  // Ends the connection at once, without a Close frame. The kClose event follows.
  void abort() const;

  // Receiving. Returning to poll() takes the message that was handed out. hold() leaves it where it is: nothing more
  // is read or parsed, and the same event comes again after kWritable or resume(). consume() takes the first `count`
  // bytes of it now, so that only the rest comes again. A resume() before the next poll() undoes hold(). pause() stops
  // receiving from the next message on. While held or paused the peer's deadlines do not run, and TCP's window closes
  // behind it.
  void hold() const;
  void consume(size_t count) const;
  void pause() const;
  void resume() const;

  // The answer to a kRequest event (ServerOptions::on_request), at once or later. `fields`: lines of more fields of the
  // answer, each ended by "\r\n". Texts are copied, and may be parts of the request.
  //   accept()   opens the connection; a request for a page is answered with it; the body of a POST then comes in kBody
  //              events, after which (or before) it is answered by one of the others
  //   reject()   refuses with a status of HTTP, and the connection ends; `body`: in words, as UTF-8
  //   respond()  answers in any other way (http_service.h)
  //  kNotOpen          no request waits for an answer
  //  kWouldBlock       between two kBody events there is no buffer for the answer: give it with the next one
  //  kInvalidArgument  accept(): `protocol` is not empty and not one of those offered and listed in the options (RFC
  //                    6455, 4.2.2), or `protocol` or `fields` is not empty and the request is for a page; reject(): a
  //                    status outside 400..599; a line that is no field, or whose name is one of the answer's own
  //  kTooLarge         the answer does not fit a buffer, or not beside those texts of the request that it repeats; the
  //                    request still waits
  Status accept(Text protocol = {}) const;
  Status accept(Text protocol, Text fields) const;  // such as Set-Cookie
  Status reject(uint16_t http_status) const;
  Status reject(uint16_t http_status, Text fields, Text body = {}) const;  // such as WWW-Authenticate, Retry-After
  Status respond(const Response& response) const;
  bool request(Request* out) const;  // the request, until it is answered; false: none waits
  // A field of the request, one of ServerOptions::fields, without regard to case; `which`: 1 for the second one of that
  // name, and so on. data == nullptr: there is none. A request whose fields do not fit a buffer together gets 431.
  Text request_field(Text name, size_t which = 0) const;

  ReadyState ready_state() const;  // kClosed for a handle whose connection is gone
  size_t buffered_amount() const;  // bytes of frames gathered and not yet taken by the transport
  size_t max_send() const;         // largest payload that one send() can take on this connection
  Text protocol() const;           // the subprotocol in use, empty if none; text of the options, or of accept()
  uint16_t index() const { return index_; }  // 0..slots-1, unique among living connections: an index for own tables
  Address remote() const;                    // the peer, as far as the network knows it

  friend constexpr bool operator==(WebSocket left, WebSocket right) {
    return left.core_ == right.core_ && left.index_ == right.index_ && left.generation_ == right.generation_;
  }
  friend constexpr bool operator!=(WebSocket left, WebSocket right) { return !(left == right); }

 private:
  friend struct core::Core;
  session::Connection* connection() const;
  constexpr WebSocket(core::Core* core, uint16_t index, uint16_t generation)
      : core_(core), index_(index), generation_(generation) {}

  core::Core* core_ = nullptr;
  uint16_t index_ = 0;
  uint16_t generation_ = 0;
};

}  // namespace whit
