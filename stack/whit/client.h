// SPDX-License-Identifier: MIT
// Client: opens one WebSocket connection at a time. RFC 6455, section 4.1.
// It does not follow redirects and does not reconnect by itself: a kClose event tells the application, with the cause
// (addons/whit/reconnect.h keeps a connection up).
#pragma once

#include <stdint.h>

#include "whit/core/endpoint.h"
#include "whit/loop.h"
#include "whit/options.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

namespace http {
struct Field;
struct HeadWriter;
}  // namespace http

class Client final : core::Endpoint {
 public:
  constexpr explicit Client(LoopCore& loop) : Endpoint(loop.core(), wire::Role::kClient) {}

  // Starts to connect; kOpen, or kError and kClose, follow. `options` and what it points to must live until is_over(),
  // or until the next connect() has returned kOk.
  //  kOk
  //  kInUse            the connection before has not had its kClose event; inside that event it is over
  //  kNotOpen          the loop has not been started
  //  kNoSlot           no connection is free, or no slot: the one before lingers after kClose until the server has
  //                    ended too, or until Deadline::kLinger. Loops have kHandshakes slots besides their connections
  //  kInvalidArgument  the URL is not a valid ws or wss URL (RFC 6455, 3), a subprotocol is not a token or comes
  //                    twice (4.1), or the origin or the header fields would break the head
  Status connect(const ClientOptions& options);
  Status connect(const ClientOptions&&) = delete;  // a temporary would be gone too early

  // Whether `url` is valid and of a connection over TLS (wss, in letters of either case).
  static bool is_secure(Text url);

  // Whether the transport of the last connection has ended, too, and its slot is free. A program that ends before that
  // resets the connection, and the server may lose what was sent last. The loop must have been started.
  bool is_over() const;

  // The connection of the last connect().
  WebSocket socket() const { return socket_; }

 private:
  const ClientOptions& client_options() const { return static_cast<const ClientOptions&>(options()); }
  core::HeadResult read_head(session::Connection* connection, Event*) override;
  size_t write_head(const session::Connection& connection, uint8_t* out, size_t room) const override;
  bool dial(session::Connection* connection) override;
  bool make_key(session::Connection* connection, kernels::MaskKey* key) override;
  bool random(session::Connection* connection, MutableBytes out);
  // Without a connection the request is checked alone.
  static void write_request(const ClientOptions& options, const session::Connection* connection,
                            http::HeadWriter* head);

  bool read_field(session::Connection* connection, http::Field* line) const;

  WebSocket socket_;
};

}  // namespace whit
