// SPDX-License-Identifier: MIT
// client URL NAME [--will TOPIC TEXT] [--subscribe TOPIC] [--publish TOPIC TEXT] [--repeat N] [--scattered] [--until N]
// A client of MQTT 3.1.1 in the style of coreMQTT: it knows a transport interface and nothing of WebSocket, connects
// and waits inside of its calls, and writes a packet as several parts. It subscribes and publishes with QoS 1, prints a
// line for each thing that happens, and ends after N messages. --repeat: the payload is TEXT N times. --scattered: each
// part leaves in a frame of its own.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "whit/byte_stream.h"
#include "whit/client.h"
#include "whit/describe.h"
#include "whit/loop.h"
#include "whit/posix/posix_network.h"

namespace {

// ---- the interface, in the shape of coreMQTT's TransportInterface_t ----

struct NetworkContext {
  whit::ByteStream* stream;
};

struct OutVector {
  const void* iov_base;
  size_t iov_len;
};

struct Transport {
  int32_t (*recv)(NetworkContext* context, void* buffer, size_t size);
  int32_t (*send)(NetworkContext* context, const void* buffer, size_t size);
  int32_t (*writev)(NetworkContext* context, OutVector* vectors, size_t count);
  NetworkContext* context;
};

// ---- a client over it ----

[[noreturn]] void fail(const std::string& why) {
  std::printf("failed: %s\n", why.c_str());
  std::exit(1);
}

enum Packet { kConnect = 1, kConnack, kPublish, kPuback, kSubscribe = 8, kSuback, kDisconnect = 14 };

std::string with_size(const std::string& text) {
  return std::string{static_cast<char>(text.size() >> 8), static_cast<char>(text.size())} + text;
}

class Mqtt {
 public:
  explicit Mqtt(const Transport& transport) : transport_(transport) {}

  void connect(const std::string& name, const std::string& will_topic, const std::string& will) {
    const char flags = will_topic.empty() ? 0x02 : 0x02 | 0x04 | 0x08;  // a clean session, a will of QoS 1
    std::string body = with_size("MQTT") + '\x04' + flags + std::string("\0\x3c", 2) + with_size(name);
    if (!will_topic.empty()) body += with_size(will_topic) + with_size(will);
    send(kConnect << 4, {body});
    if (take(kConnack) != std::string(2, '\0')) fail("the broker refuses the connection");
    std::printf("connected\n");
  }
  void subscribe(const std::string& topic) {
    send(kSubscribe << 4 | 2, {std::string("\0\x01", 2), with_size(topic), "\x01"});
    if (take(kSuback) != std::string("\0\x01\x01", 3)) fail("the broker refuses the subscription");
    std::printf("subscribed\n");
  }
  void publish(const std::string& topic, const std::string& payload) {
    send(kPublish << 4 | 2, {with_size(topic), std::string("\0\x02", 2), payload});
    if (take(kPuback) != std::string("\0\x02", 2)) fail("another acknowledgement");
    std::printf("acknowledged\n");
  }
  void disconnect() {
    const uint8_t packet[] = {kDisconnect << 4, 0};
    if (transport_.send(transport_.context, packet, sizeof packet) != sizeof packet) fail("no room to say goodbye");
  }

  size_t messages = 0;

  // Waits for a packet of this type, and takes messages meanwhile.
  std::string take(int type) {
    for (;;) {
      const char first = bytes(1)[0];
      size_t size = 0;
      for (int shift = 0;; shift += 7) {
        const auto digit = static_cast<uint8_t>(bytes(1)[0]);
        size |= static_cast<size_t>(digit & 0x7f) << shift;
        if (digit < 0x80) break;
      }
      const std::string body = bytes(size);
      if (static_cast<uint8_t>(first) >> 4 == kPublish) on_message(first, body);
      if (static_cast<uint8_t>(first) >> 4 == type) return body;
    }
  }

 private:
  void on_message(char first, const std::string& body) {
    size_t at = 2 + static_cast<size_t>(static_cast<uint8_t>(body[0]) << 8 | static_cast<uint8_t>(body[1]));
    const std::string topic = body.substr(2, at - 2);
    if ((first & 0x06) != 0) {
      send(kPuback << 4, {body.substr(at, 2)});
      at += 2;
    }
    const std::string payload = body.substr(at);
    std::printf("message %s %zu %.60s\n", topic.c_str(), payload.size(), payload.c_str());
    ++messages;
  }

  std::string bytes(size_t count) {
    std::string all(count, '\0');
    for (size_t done = 0; done < count;) {
      const int32_t got = transport_.recv(transport_.context, &all[done], count - done);
      if (got < 0)
        fail(got == whit::kTransportClosed ? "the broker has closed the connection" : "the connection was lost");
      done += static_cast<size_t>(got);
    }
    return all;
  }

  void send(int first, std::initializer_list<std::string> parts) {
    size_t size = 0;
    for (const std::string& part : parts) size += part.size();
    std::string head(1, static_cast<char>(first));
    do {
      head += static_cast<char>((size & 0x7f) | (size > 0x7f ? 0x80 : 0));
      size >>= 7;
    } while (size != 0);
    OutVector vectors[4] = {{head.data(), head.size()}};
    size_t count = 1;
    for (const std::string& part : parts) vectors[count++] = {part.data(), part.size()};
    send_all(vectors, count);
  }
  void send_all(OutVector* vectors, size_t count) {
    while (count != 0) {
      int32_t sent = transport_.writev(transport_.context, vectors, count);
      if (sent < 0) fail("the connection was lost");
      auto left = static_cast<size_t>(sent);
      while (count != 0 && left >= vectors->iov_len) {
        left -= vectors->iov_len;
        ++vectors;
        --count;
      }
      if (count == 0) return;
      vectors->iov_base = static_cast<const char*>(vectors->iov_base) + left;
      vectors->iov_len -= left;
    }
  }

  const Transport& transport_;
};

// ---- the program: a loop, a client, a stream ----

using Loop = whit::Loop<1, 2, 512>;
whit::PosixNetwork<Loop::kSlots> network;
Loop loop;
whit::Client client{loop};
whit::ClientOptions options;
uint8_t input[64];  // less than a packet: the rest waits in the connection
uint8_t output[300];
bool over;

// A turn of the loop.
void turn(whit::ByteStream* stream) {
  const uint32_t now_ms = network.wait(stream->wait_ms(loop.wait_ms()));
  stream->poll();
  while (const whit::Event event = loop.poll(now_ms)) {
    if (event.type == whit::Event::kOpen) stream->open(event.socket);
    stream->on_event(event);
    if (event.type != whit::Event::kClose) continue;
    char line[whit::kDescriptionBytes];
    const whit::Text text = whit::describe(event.close, line, sizeof line);
    std::printf("end: %.*s\n", static_cast<int>(text.size), text.data);
    over = true;
  }
}

struct Task {
  std::string name, will_topic, will, subscription, topic, payload;
  size_t repeat = 1, until = 0;
  bool scattered = false;
};

bool read_arguments(int count, char** words, Task* task) {
  if (count < 3) return false;
  options.url = words[1];
  task->name = words[2];
  for (int i = 3; i < count; ++i) {
    const std::string word = words[i];
    const int left = count - 1 - i;
    if (word == "--will" && left >= 2) {
      task->will_topic = words[++i];
      task->will = words[++i];
    } else if (word == "--subscribe" && left >= 1) {
      task->subscription = words[++i];
    } else if (word == "--publish" && left >= 2) {
      task->topic = words[++i];
      task->payload = words[++i];
    } else if (word == "--repeat" && left >= 1) {
      task->repeat = std::strtoul(words[++i], nullptr, 10);
    } else if (word == "--until" && left >= 1) {
      task->until = std::strtoul(words[++i], nullptr, 10);
    } else if (word == "--scattered") {
      task->scattered = true;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  Task task;
  if (!read_arguments(count, words, &task)) return 2;
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  whit::require_mqtt(&options);
  static whit::ByteStream stream{{input, sizeof input}, {output, task.scattered ? 0 : sizeof output}};
  stream.turn = turn;
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 1;
  while (!over && client.socket().ready_state() != whit::ReadyState::kOpen) turn(&stream);
  if (over) return 1;
  NetworkContext context{&stream};
  const Transport transport{whit::transport_recv<NetworkContext>, whit::transport_send_packet<NetworkContext>,
                            whit::transport_writev<NetworkContext, OutVector>, &context};
  Mqtt mqtt(transport);
  mqtt.connect(task.name, task.will_topic, task.will);
  if (!task.subscription.empty()) mqtt.subscribe(task.subscription);
  std::string payload;
  for (size_t i = 0; i < task.repeat; ++i) payload += task.payload;
  if (!task.topic.empty()) mqtt.publish(task.topic, payload);
  while (mqtt.messages < task.until) mqtt.take(kPublish);
  mqtt.disconnect();
  (void)stream.flush();
  (void)stream.socket().close();
  while (!over) turn(&stream);
  std::printf("done\n");
}
