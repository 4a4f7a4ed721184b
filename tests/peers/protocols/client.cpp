// SPDX-License-Identifier: MIT
// client PROTOCOL URL [PASSWORD]: one session of a protocol that devices speak over WebSocket, by the API alone: its
// subprotocol, its first messages, its own keepalive, its end. It prints what comes, and the end of the connection.
#include <cstdio>
#include <string>

#include "whit/client.h"
#include "whit/credentials.h"
#include "whit/describe.h"
#include "whit/loop.h"
#include "whit/message_assembler.h"
#include "whit/posix/posix_network.h"

namespace {

using Loop = whit::Loop<1, 2, 1024>;
whit::PosixNetwork<Loop::kSlots> network;
Loop loop;
whit::Client client{loop};
std::string password;
bool with_password;

void say(const std::string& line) { std::printf("%s\n", line.c_str()); }

void send(const std::string& text) {
  if (client.socket().send(whit::Text(text.data(), text.size())) != whit::Status::kOk) say("no room");
}

bool has(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// A protocol. `beat` is called each `beat_ms`, the time that its keepalive asks of us whatever the peer sends.
struct Protocol {
  const char* name;
  const whit::Text* subprotocols;
  size_t subprotocol_count;
  uint32_t beat_ms;
  void (*open)();
  void (*text)(const std::string& text);
  void (*beat)();
};

// ---- STOMP 1.2: frames of lines, ended by NUL; line ends as heartbeats both ways ----

constexpr whit::Text kStomp[] = {"v12.stomp", "v11.stomp"};
int heartbeats;  // of the side that promised them; the broker of the test takes one side's

void stomp_frame(const std::string& head, const std::string& body = "") { send(head + "\n\n" + body + '\0'); }

void stomp_open() { stomp_frame("CONNECT\naccept-version:1.1,1.2\nhost:broker\nheart-beat:100,0"); }
void stomp_listener_open() { stomp_frame("CONNECT\naccept-version:1.1,1.2\nhost:broker\nheart-beat:0,100"); }

void stomp_ask(const char* body) { stomp_frame("SEND\ndestination:/question\ncontent-type:text/plain", body); }

void stomp_heartbeat() {
  if (++heartbeats == 3) stomp_ask("second");
}

void stomp_text(const std::string& text) {
  if (text == "\n") return stomp_heartbeat();
  say(text.substr(0, text.find('\n')));
  if (has(text, "CONNECTED\n")) {
    stomp_frame("SUBSCRIBE\nid:1\ndestination:/answer");
    stomp_ask("first");
  }
  const size_t body = text.find("\n\n") + 2;
  if (has(text, "MESSAGE\n")) say(text.substr(body, text.find('\0') - body));
  if (has(text, "second")) stomp_frame("DISCONNECT\nreceipt:9");
  if (has(text, "RECEIPT\n")) (void)client.socket().close();
}

void stomp_beat() {
  send("\n");
  stomp_heartbeat();
}

// ---- graphql-transport-ws: JSON objects with a type; ping and pong of its own; close codes 44xx ----

constexpr whit::Text kGraphql[] = {"graphql-transport-ws"};

void graphql_open() {
  if (!with_password) return send(R"({"id":"1","type":"subscribe","payload":{"query":"{hello}"}})");
  send(R"({"type":"connection_init","payload":{"token":")" + password + "\"}}");
}

void graphql_text(const std::string& text) {
  say(text);
  if (has(text, "connection_ack")) {
    send(R"({"type":"ping"})");
    send(R"({"id":"1","type":"subscribe","payload":{"query":"{hello}"}})");
    send(R"({"id":"2","type":"subscribe","payload":{"query":"subscription{greeting}"}})");
  }
  if (has(text, R"("type":"ping")")) send(R"({"type":"pong"})");
  if (has(text, R"("id":"2","type":"complete")")) (void)client.socket().close();
}

// ---- OCPP-J 1.6: JSON arrays; the server's pings are those of WebSocket ----

constexpr whit::Text kOcpp[] = {"ocpp1.6"};

void ocpp_open() { send(R"([2,"a","BootNotification",{"chargePointVendor":"whit","chargePointModel":"one"}])"); }

void ocpp_text(const std::string& text) {
  say(text);
  if (has(text, R"([3,"a",)") && has(text, "Accepted")) send(R"([2,"b","Heartbeat",{}])");
  const size_t id = text.find("[2,\"");
  if (id == 0) send("[3,\"" + text.substr(4, text.find('"', 4) - 4) + R"(",{"unknownKey":["none"]}])");
}

// ---- SignalR: JSON records, each ended by 0x1E, with pings of both sides ----

constexpr char kEnd = '\x1e';
std::string records;
int pings;

void signalr_record(const std::string& record) {
  if (record == R"({"type":6})") {
    if (++pings == 5) send(std::string(R"({"type":7})") + kEnd);
    return;
  }
  say(record);
  if (record == "{}") send(std::string(R"({"type":1,"invocationId":"7","target":"twice","arguments":[21]})") + kEnd);
}

void signalr_open() { send(std::string(R"({"protocol":"json","version":1})") + kEnd); }

void signalr_text(const std::string& text) {
  records += text;
  for (size_t end = records.find(kEnd); end != std::string::npos; end = records.find(kEnd)) {
    const std::string record = records.substr(0, end);
    records.erase(0, end + 1);
    signalr_record(record);
  }
}

void signalr_beat() { send(std::string(R"({"type":6})") + kEnd); }

const Protocol kProtocols[] = {
    {"stomp", kStomp, 2, 80, stomp_open, stomp_text, stomp_beat},
    {"stomp-listener", kStomp, 2, 0, stomp_listener_open, stomp_text, nullptr},
    {"graphql", kGraphql, 1, 0, graphql_open, graphql_text, nullptr},
    {"ocpp", kOcpp, 1, 0, ocpp_open, ocpp_text, nullptr},
    {"signalr", nullptr, 0, 60, signalr_open, signalr_text, signalr_beat},
};

const Protocol* find(const std::string& name) {
  for (const Protocol& each : kProtocols) {
    if (name == each.name) return &each;
  }
  return nullptr;
}

bool on_event(const Protocol& protocol, const whit::Event& event) {
  static uint8_t memory[4096];
  static whit::MessageAssembler assembler{{memory, sizeof memory}};
  if (event.type == whit::Event::kOpen) protocol.open();
  whit::Message message;
  if (event.type == whit::Event::kMessage && assembler.add(event.message, &message) == whit::Status::kOk) {
    protocol.text(std::string(message.text().data, message.text().size));
  }
  if (event.type != whit::Event::kClose) return false;
  char line[whit::kDescriptionBytes];
  const whit::Text text = whit::describe(event.close, line, sizeof line);
  say("end: " + std::string(text.data, text.size));
  return true;
}

}  // namespace

int main(int count, char** words) {
  const Protocol* protocol = count > 2 ? find(words[1]) : nullptr;
  if (protocol == nullptr) return 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  static whit::ClientOptions options;
  options.url = words[2];
  options.protocols = protocol->subprotocols;
  options.protocol_count = protocol->subprotocol_count;
  options.require_protocol = protocol->subprotocol_count != 0;
  with_password = count > 3;
  if (with_password) password = words[3];
  if (with_password && protocol->open == ocpp_open) {
    options.request_fields = [](const whit::ClientOptions&, whit::FieldWriter out) {
      whit::put_basic(out, "charger", {reinterpret_cast<const uint8_t*>(password.data()), password.size()});
    };
  }
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 1;
  uint32_t beaten_ms = whit::PosixNetworkBase::now_ms();
  for (bool over = false; !over;) {
    const uint32_t loop_ms = loop.wait_ms();
    const uint32_t beat_ms = protocol->beat_ms;
    const uint32_t now_ms = network.wait(beat_ms != 0 && beat_ms < loop_ms ? beat_ms : loop_ms);
    if (beat_ms != 0 && now_ms - beaten_ms >= beat_ms && client.socket().ready_state() == whit::ReadyState::kOpen) {
      beaten_ms = now_ms;
      protocol->beat();
    }
    while (const whit::Event event = loop.poll(now_ms)) over = on_event(*protocol, event) || over;
  }
}
