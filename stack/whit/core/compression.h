// SPDX-License-Identifier: MIT
// Compression: what the opening handshake asks of an extension that compresses messages. Virtual, so that the endpoints
// link none that no options name. Not for applications.
#pragma once

#include "whit/bytes.h"
#include "whit/core/endpoint.h"
#include "whit/transport.h"

namespace whit {
namespace http {
struct HeadWriter;
}

namespace core {

class Compression : public TurnTask {
 public:
  // Client: puts a layer over the transport, and so will offer. The transport itself: no layer is left.
  virtual Transport* install(Core* core, Connection* connection, Transport* transport) = 0;
  // The value of Sec-WebSocket-Extensions. Server: the first offer that the memory allows is accepted, if there is one;
  // false: it is malformed. Client: false: the answer is none to the offer, or breaks the bound of the memory.
  virtual bool read_field(Core* core, Connection* connection, Text value) = 0;
  // Server: the answer; client: the offer. Nothing where there is none.
  virtual void write_field(const Connection& connection, http::HeadWriter* head) = 0;

 protected:
  ~Compression() = default;
};

}  // namespace core
}  // namespace whit
