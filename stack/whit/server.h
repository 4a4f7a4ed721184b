// SPDX-License-Identifier: MIT
// Server: listens on one port and opens WebSocket connections there. RFC 6455, section 4.2.
// Everything but a valid opening handshake is answered with an HTTP status and the end of the connection: 400,
// 403 (Origin), 405, 414, 417, 426 (version, or no upgrade asked for), 431, 503 (no connection free; with Retry-After),
// 505. With ServerOptions::http it serves pages, too, and whatever the application answers (http_service.h).
#pragma once

#include <stdint.h>

#include "whit/core/endpoint.h"
#include "whit/loop.h"
#include "whit/open_sockets.h"
#include "whit/options.h"
#include "whit/status.h"

namespace whit {

namespace http {
struct Field;
}
namespace server {
struct Handshake;
}

class Server final : core::Endpoint {
 public:
  constexpr explicit Server(LoopCore& loop) : Endpoint(loop.core(), wire::Role::kServer) {}

  // Starts to listen. `options` must live as long as the server has connections. The loop must have been started.
  //  kOk
  //  kNotOpen          the loop has not been started
  //  kInUse            listening already, or the port is taken
  //  kNoSlot           Network::kMaxListeners servers are listening
  //  kInvalidArgument  the address is not one of this machine, a subprotocol is not a token or comes twice, or `secure`
  //                    is asked of a network without TLS or without a certificate
  //  kTooLarge         the answer that names a subprotocol would not fit a buffer, of which it takes 155 bytes itself
  //  kFailed           the platform refused: Network::error()
  Status listen(const ServerOptions& options);
  Status listen(const ServerOptions&&) = delete;  // a temporary would be gone before the first connection

  // The port in use, 0 when not listening.
  uint16_t port() const;

  // Its open connections: for (const WebSocket socket : server.open()).
  OpenSockets open() const { return {core_, this}; }

  // Stops listening and closes the connections with `code`; what is still opening is aborted.
  void stop(uint16_t code = 1001);

 private:
  friend struct server::Handshake;
  const ServerOptions& server_options() const { return static_cast<const ServerOptions&>(options()); }
  core::HeadResult read_head(session::Connection* connection, Event* event) override;
  size_t write_head(const session::Connection& connection, uint8_t* out, size_t room) const override;
  void begin_turn() override;

  inline http::HeadReader start_reader(session::Connection* connection, const RequestReview* on_request) const;
  uint16_t read_field(session::Connection* connection, http::Field* line) const;
  inline uint16_t check_required_fields(const http::Head& head) const;
  inline core::HeadResult admit(session::Connection* connection);
};

}  // namespace whit
