// SPDX-License-Identifier: MIT
// client URL [--basic USER HEX] [--bearer TOKEN] [--cookie NAME VALUE] [--protocol NAME] [--redirects N] [--no-jar]
// [--send HEX]: a client with all that an opening handshake can carry, kept up by Reconnect. Each connection begins
// with a binary message, if there is one to be sent. It prints a line for each thing that happens, binary messages in
// hexadecimal, and ends when a rule says so: at the status 401 or the close code 4401.
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "whit/client.h"
#include "whit/cookie_jar.h"
#include "whit/credentials.h"
#include "whit/describe.h"
#include "whit/loop.h"
#include "whit/posix/posix_network.h"
#include "whit/reconnect.h"
#include "whit/redirect.h"

namespace {

using Loop = whit::Loop<1, 2, 512, 6>;

struct Octets {
  uint8_t data[64];
  size_t size = 0;
};

struct Options : whit::ClientOptions {
  whit::Text user;
  Octets password;
  whit::Text token;
  whit::Cookie cookies[4];
  size_t cookie_count = 0;
};

whit::PosixNetwork<Loop::kSlots> network;
Loop loop;
whit::Client client{loop};
Options options;
whit::Reconnect reconnect{client, network, options};
uint8_t urls[2 * 256];
whit::Redirect redirect{client, options, {urls, sizeof urls}};
whit::CookieMemory<4, 256> cookies;
whit::CookieJar jar{cookies};
bool with_jar = true;
Octets to_send;

void put_cookies(const Options& given, whit::FieldWriter out) {
  if (with_jar) return jar.put(given, out, given.cookies, given.cookie_count);
  whit::put_cookies(out, given.cookies, given.cookie_count);
}

void put_fields(const whit::ClientOptions& base, whit::FieldWriter out) {
  const Options& given = static_cast<const Options&>(base);
  if (!given.user.empty()) whit::put_basic(out, given.user, {given.password.data, given.password.size});
  if (!given.token.empty()) whit::put_bearer(out, given.token);
  put_cookies(given, out);
}

void on_field(whit::WebSocket socket, whit::Text name, whit::Text value) {
  reconnect.on_response_field(socket, name, value);
  redirect.on_response_field(socket, name, value);
  jar.on_response_field(options, socket, name, value);
}

void print(const char* what, whit::Text text) {
  std::printf("%s %.*s\n", what, static_cast<int>(text.size), text.data);
}

void print(const whit::Message& message) {
  if (message.first) std::printf("message ");
  for (size_t i = 0; i < message.data.size; ++i) {
    std::printf(message.type == whit::MessageType::kBinary ? "%02x" : "%c", message.data.data[i]);
  }
  if (message.last) std::printf("\n");
}

void on_event(const whit::Event& event) {
  if (event.type == whit::Event::kOpen) {
    print("open", options.url);
    if (to_send.size != 0) (void)event.socket.send({to_send.data, to_send.size}, whit::MessageType::kBinary);
  }
  if (event.type == whit::Event::kMessage) print(event.message);
  if (event.type != whit::Event::kClose) return;
  char line[whit::kDescriptionBytes];
  print("end", whit::describe(event.close, line, sizeof line));
  print("end", whit::to_text(redirect.result()));
}

bool read_hex(const char* hex, Octets* octets) {
  octets->size = std::strlen(hex) / 2;
  if (octets->size > sizeof octets->data) return false;
  for (size_t i = 0; i < octets->size; ++i) {
    const char digits[] = {hex[2 * i], hex[2 * i + 1], '\0'};
    octets->data[i] = static_cast<uint8_t>(std::strtoul(digits, nullptr, 16));
  }
  return true;
}

bool read_arguments(int count, char** words, whit::Text* protocol) {
  if (count < 2) return false;
  options.url = words[1];
  for (int i = 2; i < count; ++i) {
    const whit::Text word = words[i];
    const int left = count - 1 - i;
    if (word == "--no-jar") {
      with_jar = false;
    } else if (word == "--basic" && left >= 2) {
      options.user = words[++i];
      if (!read_hex(words[++i], &options.password)) return false;
    } else if (word == "--bearer" && left >= 1) {
      options.token = words[++i];
    } else if (word == "--cookie" && left >= 2 && options.cookie_count < 4) {
      whit::Cookie& cookie = options.cookies[options.cookie_count++];
      cookie.name = words[++i];
      cookie.value = words[++i];
    } else if (word == "--protocol" && left >= 1) {
      *protocol = words[++i];
      options.protocols = protocol;
      options.protocol_count = 1;
      options.require_protocol = true;
    } else if (word == "--send" && left >= 1) {
      if (!read_hex(words[++i], &to_send)) return false;
    } else if (word == "--redirects" && left >= 1) {
      redirect.limit = static_cast<uint8_t>(std::atoi(words[++i]));
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  whit::Text protocol;
  if (!read_arguments(count, words, &protocol)) return 2;
  options.request_fields = put_fields;
  options.on_response_field = on_field;
  reconnect.times = {20, 20, 3, 2000};
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (loop.start(network) != whit::Status::kOk) return 1;
  if (reconnect.start(whit::PosixNetworkBase::now_ms()) != whit::Status::kOk) return 1;
  while (reconnect.state() != whit::Reconnect::State::kStopped || !client.is_over()) {
    const uint32_t now_ms = network.wait(reconnect.wait_ms(loop.wait_ms()));
    if (reconnect.state() != whit::Reconnect::State::kConnecting) jar.poll(now_ms);
    reconnect.poll(now_ms);
    while (const whit::Event event = loop.poll(now_ms)) {
      redirect.on_event(event, reconnect.state() == whit::Reconnect::State::kConnecting);
      reconnect.on_event(event);
      on_event(event);
    }
  }
  std::printf("stopped\n");
}
