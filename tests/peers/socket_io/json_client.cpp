// SPDX-License-Identifier: MIT
// A client of Socket.IO with a JSON library (cJSON, Debian: libcjson-dev) and a cookie jar: connects several times,
// asks the server each time for an acknowledgement, and prints a line of what it says. usage: json_client URL TOKEN
// TIMES
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "whit/client.h"
#include "whit/cookie_jar.h"
#include "whit/posix/posix_network.h"
#include "whit/reconnect.h"
#include "whit/socket_io_client.h"

namespace {

whit::Loop<1, 4, 4096> loop;
whit::PosixNetwork<decltype(loop)::kSlots> network;
whit::Client client{loop};
whit::ClientOptions options;
whit::CookieMemory<4, 512> cookies;
whit::CookieJar jar{cookies};
whit::Reconnect reconnect{client, network, options};
whit::SocketIoAckMemory<2> acks;
whit::SocketIoClient io{client, acks};

void put_cookies(const whit::ClientOptions& from, whit::FieldWriter out) { jar.put(from, out); }
void take_cookies(whit::WebSocket socket, whit::Text name, whit::Text value) {
  jar.on_response_field(options, socket, name, value);
}

// The library builds the object, and a buffer of ours takes its text.
void join(const char* token) {
  char text[200];
  cJSON* const auth = cJSON_CreateObject();
  (void)cJSON_AddStringToObject(auth, "token", token);
  if (cJSON_PrintPreallocated(auth, text, sizeof text, false)) (void)io.join(text);
  cJSON_Delete(auth);
}

void ask(int number, uint32_t* id) {
  char text[20];
  cJSON* const value = cJSON_CreateNumber(number);
  whit::SocketIoEmit how;
  how.ack_id = id;
  if (cJSON_PrintPreallocated(value, text, sizeof text, false)) (void)io.emit("reading", text, how);
  cJSON_Delete(value);
}

// [{"got":1,"port":2}]
void print_answer(whit::Text payload) {
  cJSON* const answer = cJSON_ParseWithLength(payload.data, payload.size);
  const cJSON* const object = cJSON_GetArrayItem(answer, 0);
  printf("%d %d\n", cJSON_GetObjectItem(object, "got")->valueint, cJSON_GetObjectItem(object, "port")->valueint);
  cJSON_Delete(answer);
}

void run(const char* token, int times) {
  uint32_t id = 0;
  for (int done = 0; done < times;) {
    const uint32_t now_ms = network.wait(reconnect.wait_ms(io.wait_ms(loop.wait_ms())));
    reconnect.poll(now_ms);
    while (io.poll(now_ms)) {
    }
    while (const whit::Event event = loop.poll(now_ms)) {
      reconnect.on_event(event);
      const whit::SocketIoEvent packet = io.on_event(event);
      if (packet.type == whit::SocketIoEvent::kOpen) join(token);
      if (packet.type == whit::SocketIoEvent::kConnect) ask(done, &id);
      if (packet.type != whit::SocketIoEvent::kAck || packet.id != id) continue;
      print_answer(packet.payload);
      if (++done < times) reconnect.disconnect();
    }
  }
}

}  // namespace

int main(int count, char** words) {
  static uint8_t url[256];
  if (count != 4) return 2;
  options.url = whit::engine_io_url(whit::Text(words[1]), {url, sizeof url});
  options.request_fields = put_cookies;
  options.on_response_field = take_cookies;
  reconnect.times = {10, 10, 0, 0};
  if (loop.start(network) != whit::Status::kOk ||
      reconnect.start(whit::PosixNetworkBase::now_ms()) != whit::Status::kOk)
    return 1;
  run(words[2], atoi(words[3]));
  return 0;
}
