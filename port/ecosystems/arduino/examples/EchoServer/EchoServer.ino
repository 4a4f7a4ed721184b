// SPDX-License-Identifier: MIT
// Echo server: in a browser's console, new WebSocket("ws://ADDRESS/"), with the address that the serial monitor shows.
#include <WhitWebSocket.h>
#include <WiFi.h>

static const char kNetwork[] = "your network";
static const char kPassword[] = "its password";

static whit::PosixNetwork<6> network;       // 4 connections, and 2 more in their handshake
static whit::Loop<4, 6, 512, 2> loop_;      // that share 6 buffers of 512 bytes
static whit::Server server{loop_};
static whit::ServerOptions options;         // read as long as there are connections

void setup() {
  Serial.begin(115200);
  WiFi.begin(kNetwork, kPassword);
  while (WiFi.status() != WL_CONNECTED) delay(100);
  options.port = 80;
  if (loop_.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    Serial.printf("port 80 is refused: error %d\n", static_cast<int>(network.error()));
    return;
  }
  Serial.printf("ws://%s/\n", WiFi.localIP().toString().c_str());
}

void loop() {
  const uint32_t now_ms = network.wait(loop_.wait_ms());  // sleeps until something arrives
  while (const whit::Event event = loop_.poll(now_ms)) {
    if (event.type != whit::Event::kMessage) continue;
    if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();  // comes again
  }
}
