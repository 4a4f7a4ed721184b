// SPDX-License-Identifier: MIT
// Client that stays connected: sends a reading every second, shows what comes back, and waits longer from attempt to attempt
// while there is no server.
#include <WhitWebSocket.h>
#include <WiFi.h>
#include <whit/describe.h>
#include <whit/reconnect.h>

static const char kNetwork[] = "your network";
static const char kPassword[] = "its password";
static const char kServer[] = "ws://192.0.2.1:8080/";

static whit::PosixNetwork<2> network;
static whit::Loop<1, 2, 512, 1> loop_;
static whit::Client client{loop_};
static whit::ClientOptions options;
static whit::Reconnect reconnect{client, network, options};
static whit::WebSocket server;  // of the connection that is open, if one is
static uint32_t sent_ms = 0;

void setup() {
  Serial.begin(115200);
  WiFi.begin(kNetwork, kPassword);
  while (WiFi.status() != WL_CONNECTED) delay(100);
  options.url = kServer;
  if (loop_.start(network) != whit::Status::kOk || reconnect.start(network.now_ms()) != whit::Status::kOk) {
    Serial.printf("%s cannot be tried\n", kServer);
  }
}

static void show(const whit::Event& event) {
  if (event.type == whit::Event::kOpen) {
    server = event.socket;
  } else if (event.type == whit::Event::kMessage) {
    Serial.write(event.message.data.data, event.message.data.size);
    Serial.println();
  } else if (event.type == whit::Event::kClose) {
    char line[whit::kDescriptionBytes];
    Serial.write(line, whit::describe(event.close, line, sizeof line).size);
    Serial.println();
  }
}

void loop() {
  const uint32_t timeout_ms = reconnect.wait_ms(loop_.wait_ms());
  const uint32_t now_ms = network.wait(timeout_ms < 1000 ? timeout_ms : 1000);
  reconnect.poll(now_ms);
  while (const whit::Event event = loop_.poll(now_ms)) {
    reconnect.on_event(event);
    show(event);
  }
  if (now_ms - sent_ms < 1000) return;
  sent_ms = now_ms;
  char text[24];
  snprintf(text, sizeof text, "reading %u", static_cast<unsigned>(analogRead(A0)));
  static_cast<void>(server.send(text));  // without a connection, or while it is full, this reading is left out
}
