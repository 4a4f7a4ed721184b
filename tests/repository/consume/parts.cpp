// SPDX-License-Identifier: MIT
// What the public headers define in the user's program: it links with a library that exports no more than it has to.
#include "whit/broadcast.h"
#include "whit/describe.h"
#include "whit/http_service.h"
#include "whit/message_assembler.h"
#include "whit/permessage_deflate.h"
#include "whit/posix/posix_network.h"
#include "whit/proxy/proxy_network.h"
#include "whit/reconnect.h"
#include "whit/server.h"

static whit::Loop<2, 3, 512, 1> loop;
static whit::Server server{loop};
static whit::PosixNetwork<3> network;
static whit::ProxyNetwork<3> proxy{network};
static whit::DeflateMemory<2> memory;
static whit::PermessageDeflate deflate{memory};
static whit::MessageDeflater<> deflater;
static whit::BroadcastMemory<3, 2, 64> broadcast_memory;
static whit::Broadcast broadcast{loop, broadcast_memory};
static whit::HttpOptions http;
static whit::ServerOptions options;

int main() {
  options.compression = &deflate;
  options.http = &http;
  http.post = &whit::receive_bodies;
  options.on_request = &whit::keep_request_fields;
  options.on_full = &whit::evict_oldest_idle;
  options.on_admit = &whit::limit_per_address;
  options.port = 0;
  options.address = "127.0.0.1";
  if (loop.start(proxy) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  for (const whit::WebSocket socket : loop.open()) {
    if (deflater.send(socket, "text") != whit::Status::kOk) return 2;
  }
  if (broadcast.publish("text") != whit::Status::kOk || loop.poll(1)) return 3;
  if (whit::to_text(whit::Status::kOk) != "ok") return 5;
  loop.stop();
  return loop.wait_ms() == loop.kForeverMs ? 0 : 4;
}
