// SPDX-License-Identifier: MIT
// MQTT client: a device at a broker, by lwIP's own MQTT client, which knows altcp and nothing of WebSocket. Topics
// begin with the device's name: it publishes "here" as NAME/state, where its last will is "gone"; it obeys "on", "off"
// and "stop" on NAME/set, and publishes what its LED became as NAME/led. Reconnect keeps the connection up. One line
// for each thing that happens.
#include "board.h"
#include "lwip/apps/mqtt.h"
#include "lwip/apps/mqtt_priv.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "whit/altcp/altcp_stream.h"
#include "whit/check_url.h"
#include "whit/client.h"
#include "whit/describe.h"
#include "whit/reconnect.h"

namespace {

namespace config = whit::config;
using whit::Event;
using whit::Reconnect;

constexpr board::Argument kArguments[] = {
    {"url", "ws://host[:port][/path], or wss://", config::kEchoClientUrl, board::Argument::kText, true},
    {"name", "of the device: at most 20 letters", "whit"},
    {"wait", "milliseconds of the first wait, and of its random part", "1000", board::Argument::kNumber, false, 1,
     3600000},
};

constexpr uint16_t kKeepaliveSeconds = 60;
constexpr u8_t kAtLeastOnce = 1;

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("mqtt_client", parts); }

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Client client{loop};
whit::ClientOptions options;
char url[512];
char name[21];
Reconnect* keeper;          // main() has it: it needs the network
whit::AltcpStream* stream;  // likewise
mqtt_client_s mqtt;         // lwIP allocates one by mqtt_client_new() otherwise

// "NAME/last", valid until the next call with the same text.
struct Topic {
  char text[sizeof name + 8] = {};

  explicit Topic(const char* last) {
    size_t size = 0;
    for (const char* c = name; *c != '\0'; ++c) text[size++] = *c;
    text[size++] = '/';
    for (const char* c = last; *c != '\0'; ++c) text[size++] = *c;
  }
};

void publish(const char* last, const char* text) {
  const Topic topic(last);
  const whit::Text payload = text;
  const err_t error = mqtt_publish(&mqtt, topic.text, payload.data, static_cast<u16_t>(payload.size), kAtLeastOnce, 0,
                                   nullptr, nullptr);
  if (error != ERR_OK) board::print("no room to publish\n");
}

void on_subscribed(void*, err_t error) {
  if (error != ERR_OK) return board::print("the broker refuses the subscription\n");
  board::print("subscribed\n");
  publish("state", "here");
}

void on_command(whit::Text command) {
  if (command == "stop") {
    board::print("stop\n");
    return keeper->stop();
  }
  if (command != "on" && command != "off") return board::print("a command that is none\n");
  board::set_led(command == "on");
  board::print(board::led() ? "led on\n" : "led off\n");
  publish("led", board::led() ? "on" : "off");
}

// A command is short, so it comes at once; what comes in parts is none.
void on_data(void*, const u8_t* data, u16_t size, u8_t flags) {
  if ((flags & MQTT_DATA_FLAG_LAST) == 0) return;
  on_command({reinterpret_cast<const char*>(data), size});
}

void on_publish(void*, const char*, u32_t) {}  // there is one topic

void on_connection(mqtt_client_t*, void*, mqtt_connection_status_t status) {
  if (status == MQTT_CONNECT_ACCEPTED) {
    board::print("connected\n");
    const Topic topic("set");
    if (mqtt_subscribe(&mqtt, topic.text, kAtLeastOnce, on_subscribed, nullptr) != ERR_OK) give_up({"no room"});
    return;
  }
  board::print("the broker's answer, or lwIP's: ");
  board::print_number(static_cast<uint32_t>(status));
  board::print("\n");
}

// The WebSocket is open: MQTT begins on it. lwIP copies the texts into its CONNECT packet.
void connect_mqtt() {
  const Topic will("state");
  mqtt_connect_client_info_t info = {};
  info.client_id = name;
  info.keep_alive = kKeepaliveSeconds;
  info.will_topic = will.text;
  info.will_msg = "gone";
  info.will_qos = kAtLeastOnce;
  info.tls_config = stream->tls_config();
  const ip_addr_t unused = {};  // the URL leads to the broker
  if (mqtt_client_connect(&mqtt, &unused, 0, on_connection, nullptr, &info) != ERR_OK) give_up({"CONNECT has no room"});
}

// After Reconnect has seen the event, so that the wait that it has chosen can be told.
void on_close(const whit::Close& close) {
  char line[whit::kDescriptionBytes + 1];
  line[whit::describe(close, line, sizeof line - 1, app::cause_text(close.cause)).size] = '\0';
  board::print("ended: ");
  board::print(line);
  board::print("\n");
}

void on_event(const Event& event) {
  if (event.type == Event::kOpen) {
    app::report_open();
    connect_mqtt();
  }
  if (event.type == Event::kClose) on_close(event.close);
}

void configure(Reconnect& reconnect) {
  if (!board::argument("url", url, sizeof url)) give_up({"the URL is too long: 511 bytes at most"});
  if (!board::argument("name", name, sizeof name)) give_up({"the name is too long: 20 bytes at most"});
  options.url = url;
  whit::require_mqtt(&options);
  const uint32_t wait_ms = board::argument_number("wait");
  reconnect.times.min_wait_ms = reconnect.times.random_range_ms = wait_ms;
  if (whit::Client::is_secure(options.url)) app::secure_client();
  mqtt_set_inpub_callback(&mqtt, on_publish, on_data, nullptr);
}

void start(Reconnect& reconnect) {
  const whit::Status status = reconnect.start(board::now_ms());
  if (status == whit::Status::kOk) return;
  const whit::UrlProblem problem = whit::check_url(options.url);
  if (problem.part == whit::UrlPart::kNone) give_up({"no attempt can begin: ", whit::to_text(status).data});
  give_up({url, ": not a WebSocket URL: ", problem.why.data, ", at \"", url + problem.position, "\""});
}

}  // namespace

int main() {
  app::declare_arguments("MQTT client over WebSocket.", kArguments, app::Role::kClient);
  whit::Network& network = app::client_network("mqtt_client");
  if (loop.start(network) != whit::Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  static Reconnect reconnect{client, network, options};
  static uint8_t input[128];
  static uint8_t output[MQTT_OUTPUT_RINGBUF_SIZE];  // so that each packet is a frame
  static whit::AltcpStream altcp{client, {input, sizeof input}, {output, sizeof output}};
  keeper = &reconnect;
  stream = &altcp;
  configure(reconnect);
  start(reconnect);
  uint32_t now_ms = board::now_ms();
  while (reconnect.state() != Reconnect::State::kStopped || !client.is_over()) {
    now_ms = board::wait(altcp.wait_ms(reconnect.wait_ms(loop.wait_ms()), now_ms));
    reconnect.poll(now_ms);
    altcp.poll(now_ms);
    while (const Event event = loop.poll(now_ms)) {
      reconnect.on_event(event);
      altcp.on_event(event);
      on_event(event);
    }
  }
  board::print("over\n");
  board::exit(0);
}
