// SPDX-License-Identifier: MIT
// F11: random calls of the application on random events, random peers, random faults, time that jumps, with buffers of
// many numbers and sizes. What must hold whatever happens: one kClose for each kOpen and nothing after it, no turn
// without end, no violation of the port contract, nothing in use at the end. Core::is_sound() holds after each
// turn: every slot and every buffer is in exactly one place. No byte of one connection reaches another: the application
// sends small letters of its own, each peer a capital letter of its own, and broadcasts are of one sign.
// WHIT_MODEL_SEEDS=1000000 runs it for longer, WHIT_MODEL_FIRST=7 begins with that one.
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "unit/core/bench.h"
#include "unit/emulated.h"
#include "whit/broadcast.h"
#include "whit/http_service.h"

namespace whit {
namespace {

const std::string kPage(700, 'p');
const Page kPages[] = {{"/", "text/plain", bytes_of(kPage), bytes_of(kPage).first(100), "t", "no-cache"}};

// A body of three parts at most.
size_t produce(WebSocket, uint32_t* cursor, MutableBytes room) {
  if ((*cursor)++ == 3) return 0;
  for (size_t i = 0; i < room.size; ++i) room.data[i] = 'p';
  return room.size - *cursor;
}

// A peer's view of us.
struct ModelPeer {
  TestPeer* pipe = nullptr;
  Role role = Role::kServer;
  char letter = 'A';
  std::string rest;      // of its request or response
  int fragments = 0;     // of an open message, still to be sent
  bool garbage = false;  // it has sent what may be anything, so we may echo anything
  size_t looked_at = 0;
};

template <class SomeBench>
struct World {
  explicit World(uint32_t seed) : random(seed) {
    const LongMessages kinds[] = {LongMessages::kStream, LongMessages::kRefuse, LongMessages::kSkip};
    for (ConnectionOptions* each : {static_cast<ConnectionOptions*>(&bench.server_options),
                                    static_cast<ConnectionOptions*>(&bench.client_options)}) {
      each->long_messages = kinds[random() % 3];
      if (random() % 4 == 0) each->max_frame_bytes = 50;
      if (random() % 4 == 0) each->max_message_bytes = 400;
      if (random() % 3 == 0) each->on_keepalive = [](WebSocket socket) { running->on_keepalive(socket); };
      each->timeouts_ms[Deadline::kKeepaliveInterval] = random() % 2 != 0 ? 700 : 0;
      each->timeouts_ms[Deadline::kKeepaliveAnswer] = 300;
      each->timeouts_ms[Deadline::kData] = each->timeouts_ms[Deadline::kFrame] = each->timeouts_ms[Deadline::kHead] =
          each->timeouts_ms[Deadline::kWrite] = 900;
    }
    bench.server_options.on_request = random() % 2 != 0 ? &keep_request_fields : nullptr;
    bench.server_options.on_full = random() % 2 != 0 ? &evict_oldest_idle : nullptr;
    bench.server_options.on_admit = random() % 4 == 0 ? &limit_per_address : nullptr;
    bench.server_options.max_per_address = 2;
    if (random() % 2 != 0) {
      bench.server_options.http = &serve_http;
      bench.server_options.pages = kPages;
      bench.server_options.page_count = 1;
      bench.server_options.post = random() % 2 != 0 ? &receive_bodies : nullptr;
    }
    running = this;
    PipeFaults& faults = bench.pipe.faults();
    const size_t least = SomeBench::kBufferBytes / 2000;  // of a large buffer not every byte alone
    if (random() % 2 != 0) faults.read_max = least + 1 + random() % 100;
    if (random() % 2 != 0) faults.write_max = least + 1 + random() % 100;
    faults.random_sizes = true;
    if (random() % 3 == 0) faults.write_block_every = 2 + random() % 3;
    if (random() % 3 == 0) faults.read_block_every = 2 + random() % 3;
    bench.pipe.announce_all(random() % 4 == 0);
    bench.now_ms = random() % 3 == 0 ? 0xFFFFFFFFu - random() % 5000 : random();
    bench.app = [this](const Event& event) { on_event(event); };
    bench.listen();
  }

  void on_keepalive(WebSocket socket) {
    EXPECT_EQ(states[socket.index()], 1) << "only while open";
    for (uint32_t calls = random() % 4; calls != 0; --calls) call(random() % 2 != 0 ? socket : known[random() % 6]);
  }

  void on_event(const Event& event) {
    const std::pair<uint16_t, int> key{event.socket.index(), 0};
    int& state = states[key.first];
    switch (event.type) {
      case Event::kRequest: {
        Request request;
        EXPECT_TRUE(event.socket.request(&request));
        EXPECT_EQ(request.target, Text(request.upgrade ? "/chat" : "/"));
        break;
      }
      case Event::kBody:
        EXPECT_NE(state, 1);
        for (size_t i = 0; i < event.message.data.size; ++i) {
          EXPECT_EQ(event.message.data.data[i], event.message.data.data[0]) << "of one peer";
        }
        break;
      case Event::kOpen:
        EXPECT_NE(state, 1);
        state = 1;
        ++open;
        letters[event.socket.index()] = static_cast<char>('a' + open % 26);
        peer_letters[event.socket.index()] = 0;
        break;
      case Event::kMessage:
      case Event::kSkipped:
      case Event::kWritable:
        EXPECT_EQ(state, 1) << "only while open";
        if (event.type != Event::kMessage) break;
        for (size_t i = 0; i < event.message.data.size && !garbage; ++i)
          expect_letter(event.socket, event.message.data.data[i]);
        break;
      case Event::kError:
        EXPECT_NE(state, 2) << "at most one";
        if (state == 1) state = 2;
        break;
      case Event::kClose:
        if (state == 1 || state == 2) ++closed;
        state = 0;
        break;
      default:
        ADD_FAILURE();
    }
    known[random() % 6] = event.socket;
    current = event.type == Event::kMessage ? event.message : Message();
    current_socket = event.socket;
    for (uint32_t calls = random() % (random() % 4 == 0 ? 12 : 4); calls != 0; --calls)
      call(random() % 2 != 0 ? event.socket : known[random() % 6]);
    current = Message();
  }

  // All that comes from one peer is the same letter.
  void expect_letter(WebSocket socket, uint8_t byte) {
    char& letter = peer_letters[socket.index()];
    if (letter == 0) letter = static_cast<char>(byte);
    EXPECT_TRUE(byte >= 'A' && byte <= 'Z') << static_cast<int>(byte);
    EXPECT_EQ(letter, static_cast<char>(byte));
  }

  // Small, or anything up to more than a buffer holds, or about what just fits one.
  size_t any_size(size_t small) {
    switch (random() % 8) {
      case 0:
        return random() % most;
      case 1:
        return SomeBench::kBufferBytes - random() % 30;
      default:
        return random() % small;
    }
  }

  // The data of an event is valid until the application ends the connection, or has a part of it taken.
  void end_of(WebSocket socket) {
    if (socket == current_socket) current = Message();
  }

  // The frame that was committed last holds the bytes that were written into its room. (A client masks it.)
  void expect_committed(WebSocket socket) {
    const session::Connection& c = bench.loop.core().connections_[socket.index()];
    if (c.endpoint->role() == Role::kClient) return;
    const uint8_t* const end = c.tx_buffer + c.transmitter.end();
    for (size_t i = 1; i <= reserved; ++i) ASSERT_EQ(end[-static_cast<ptrdiff_t>(i)], letters[socket.index()]) << i;
  }

  // An answer of any kind, perhaps of parts of the request.
  void answer(WebSocket socket) {
    Request request;
    const bool known_request = socket.request(&request);
    const Text field = socket.request_field("x-field");
    const std::string text(any_size(150), 'p');
    Response response;
    response.body = known_request && random() % 2 != 0 ? request.host : Text(text.data(), text.size());
    response.type = field.data != nullptr && random() % 2 != 0 ? field : response.type;
    response.fields = random() % 2 != 0 ? "X: p\r\n" : Text{};
    switch (random() % 4) {
      case 0:
        (void)socket.accept({}, response.fields);
        break;
      case 1:
        (void)socket.reject(403, response.fields, response.body);
        break;
      case 2:
        response.produce = produce;
        response.body = {};
        [[fallthrough]];
      default:
        (void)socket.respond(response);
    }
  }

  // What a peer may ask for before its handshake.
  std::string some_requests(char letter) {
    std::string all;
    for (uint32_t count = random() % 4; count != 0; --count) {
      const size_t size = any_size(300);
      const std::string method = random() % 4 == 0 ? "HEAD" : "GET";
      if (random() % 3 == 0) {
        all += "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(size) +
               (random() % 2 != 0 ? "\r\nExpect: 100-continue" : "") + "\r\n\r\n" + std::string(size, letter);
      } else {
        all += method + " / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: " + (random() % 2 != 0 ? "gzip" : "br") +
               (random() % 4 == 0 ? "\r\nIf-None-Match: *" : "") + "\r\n\r\n";
      }
    }
    return all;
  }

  void call(WebSocket socket) {
    const char letter = letters[socket.index()];
    std::string text(most, letter);
    if (random() % 8 == 0) text[random() % 20] = '\xFF';  // is refused as text
    Message piece;
    piece.first = random() % 2 != 0;
    piece.last = random() % 2 != 0;
    piece.type = random() % 2 != 0 ? MessageType::kText : MessageType::kBinary;
    piece.data = bytes_of(text).first(any_size(200));
    switch (random() % 18) {
      case 0:
      case 1:
      case 2:
        // Another connection may send it too, and then has the letter of this one.
        if (current.data.size != 0 && socket != current_socket) break;
        if (socket.send(current) == Status::kWouldBlock) socket.hold();
        break;
      case 3:
        (void)socket.send(piece);
        break;
      case 4:
        (void)socket.send(piece.data, piece.type);
        break;
      case 5: {
        const MutableBytes room = socket.reserve(any_size(150));
        for (size_t i = 0; i < room.size; ++i) room.data[i] = static_cast<uint8_t>(letter);
        if (room.data != nullptr) reserved = room.size;
        switch (random() % 4) {
          case 0:  // it may find no room, and yet have moved what waits before the reserved place
            (void)socket.send(bytes_of(text).first(SomeBench::kBufferBytes - random() % 30), MessageType::kBinary);
            break;
          case 1:
            call(random() % 2 != 0 ? socket : known[random() % 6]);
            break;
          default:
            break;
        }
        if (random() % 4 != 0 && socket.commit(piece.type, piece.first, piece.last) == Status::kOk) {
          expect_committed(socket);
        }
        break;
      }
      case 6:
        (void)socket.ping(piece.data.first(piece.data.size % 126));
        break;
      case 7:
        socket.hold();
        break;
      case 8:
        socket.consume(random() % 100);
        end_of(socket);  // the first bytes of its message are not ours any more
        break;
      case 9:
        socket.pause();
        break;
      case 10:
        socket.resume();
        break;
      case 11:
        if (random() % 8 != 0) break;
        (void)socket.close(1000, Text(text.data(), random() % 124));
        end_of(socket);
        break;
      case 12:
        if (random() % 8 != 0) break;
        socket.abort();
        end_of(socket);
        break;
      case 13:
        (void)socket.accept(random() % 4 == 0 ? Text("none") : Text());
        break;
      case 14:
        if (random() % 4 == 0) (void)socket.reject(403);
        if (random() % 4 == 0) answer(socket);
        break;
      case 15:
        broadcast(socket);
        break;
      default:
        (void)socket.ready_state();
        (void)socket.buffered_amount();
        (void)socket.max_send();
        (void)socket.protocol();
        (void)socket.remote();
        (void)socket.request_field("x-field");
    }
  }

  void broadcast(WebSocket socket) {
    const WhenBehind rules[] = {WhenBehind::kDropNewest, WhenBehind::kDropOldest, WhenBehind::kLatestOnly,
                                WhenBehind::kClose};
    Broadcast& group = random() % 4 != 0 ? news : others;
    switch (random() % 4) {
      case 0:
        if (random() % 4 == 0) group.unsubscribe(socket);
        break;
      case 1:
        (void)group.subscribe(socket, rules[random() % 4]);
        break;
      default:
        (void)group.publish(Text(kBroadcast, random() % (sizeof kBroadcast - 1)));
    }
  }

  void step() {
    switch (random() % 14) {
      case 0:
        if (peers.size() < 6) {
          ModelPeer peer;
          Address address;
          address.size = random() % 2 != 0 ? 4 : 0;
          bench.pipe.set_peer_address(address);
          peer.pipe = &bench.pipe.dial(80);
          std::string head = request("X-Field: m\r\n");
          // Longer than a buffer where the application does not look at it.
          if (bench.server_options.on_request == nullptr && random() % 4 == 0) {
            head.insert(head.find("/chat") + 5, random() % 700, 't');
            head.insert(head.find("Upgrade: ") + 9, std::string(random() % 700, 'u') + ",");
          }
          if (bench.server_options.http != nullptr)
            head.insert(0, some_requests(static_cast<char>('A' + peers.size() % 26)));
          // The last line end may come alone, with the first frames behind it.
          const size_t cuts[] = {head.size(), head.size() - 2, head.size() - 2, random() % head.size()};
          const size_t cut = cuts[random() % 4];
          peer.letter = static_cast<char>('A' + peers.size() % 26);
          peer.pipe->send(head.substr(0, cut));
          // What is missing of a body must not be made of frames.
          if (cut == head.size() - 2 || bench.server_options.http != nullptr) peer.rest = head.substr(cut);
          peers.push_back(peer);
        }
        break;
      case 1:
        (void)bench.client.connect(bench.client_options);
        break;
      case 2:
        bench.pipe.fail_call(1 + random() % 20,
                             random() % 2 != 0   ? Status::kFailed
                             : random() % 2 != 0 ? Status::kClosed
                                                 : Status::kWouldBlock,
                             3);
        break;
      case 3:
        bench.now_ms += random() % 1200;
        break;
      case 4:
        call(known[random() % 6]);
        break;
      default:
        if (!peers.empty()) peer_acts(&peers[random() % peers.size()]);
    }
    while (answered < bench.pipe.answered_count()) {
      TestPeer& peer = bench.pipe.answered(answered++);
      ModelPeer model;
      model.pipe = &peer;
      model.role = Role::kClient;
      model.letter = static_cast<char>('A' + peers.size() % 26);
      peers.push_back(model);
    }
    bench.turn();
    for (ModelPeer& each : peers) {
      if (each.role == Role::kClient && each.pipe->received().find("\r\n\r\n") != std::string::npos) {
        const std::string head = each.pipe->take();
        if (head.compare(0, 4, "GET ") != 0) continue;
        const std::string response = response_to(head);
        const size_t cut = response.size() - (random() % 2 != 0 ? 2 : 0);
        each.pipe->send(response.substr(0, cut));
        each.rest = response.substr(cut);
      }
      look_at(&each);
    }
    bench.now_ms += random() % 4;
  }

  // Every payload that the peer of a server has got is its own letter, or what it has sent itself.
  void look_at(ModelPeer* peer) {
    if (peer->role == Role::kClient || peer->garbage || peer->pipe->received().size() == peer->looked_at) return;
    peer->looked_at = peer->pipe->received().size();
    const size_t head = peer->pipe->received().find("\r\n\r\n");
    if (head == std::string::npos || peer->pipe->received().compare(0, 12, "HTTP/1.1 101") != 0) return;
    FrameReader reader;
    reader.feed(peer->pipe->received().substr(head + 4));
    std::set<char> letters_seen;
    for (const Frame& frame : reader.frames()) {
      const size_t from = frame.opcode == kCloseFrame ? 2 : 0;
      for (size_t i = from; i < frame.payload.size(); ++i) letters_seen.insert(frame.payload[i]);
    }
    letters_seen.erase(peer->letter);
    letters_seen.erase('\xFF');
    letters_seen.erase(kBroadcast[0]);
    EXPECT_LE(letters_seen.size(), 1u) << std::string(letters_seen.begin(), letters_seen.end());
    for (const char each : letters_seen) EXPECT_TRUE(each >= 'a' && each <= 'z') << static_cast<int>(each);
  }

  void peer_acts(ModelPeer* peer) {
    const std::string payload(random() % 6 == 0 ? random() % (2 * most) : any_size(130), peer->letter);
    TestPeer& pipe = *peer->pipe;
    if (!peer->rest.empty()) {
      pipe.send(peer->rest + peer_frame(peer->role, kBinaryFrame, payload.substr(0, random() % 100), false));
      peer->rest.clear();
      peer->fragments = 1 + static_cast<int>(random() % 4);
    } else if (peer->fragments != 0) {
      --peer->fragments;
      pipe.send(peer_frame(peer->role, kContinuationFrame, payload, peer->fragments == 0));
    } else {
      peer_says(peer, payload);
    }
  }

  void peer_says(ModelPeer* peer, const std::string& payload) {
    TestPeer& pipe = *peer->pipe;
    switch (random() % 12) {
      case 0:
        pipe.stop_reading();
        pipe.set_window(random() % 200);
        break;
      case 1:
        pipe.start_reading();
        pipe.set_window(SIZE_MAX);
        break;
      case 2:
        pipe.send(peer_frame(peer->role, kPingFrame, payload.substr(0, payload.size() % 126)));
        break;
      case 3:
        if (random() % 4 == 0) pipe.send(peer_close(peer->role, 1000, payload.substr(0, payload.size() % 124)));
        break;
      case 4:
        if (random() % 4 == 0) pipe.close();
        break;
      case 5:
        if (random() % 8 == 0) pipe.reset();
        break;
      case 6:
        if (random() % 8 != 0) break;
        pipe.send(std::string(1 + random() % 5, static_cast<char>(random())));
        peer->garbage = garbage = true;
        break;
      case 7:
        pipe.send(peer_frame(peer->role, kTextFrame, payload, false) +
                  peer_frame(peer->role, kContinuationFrame, payload));
        break;
      default:
        pipe.send(peer_frame(peer->role, random() % 2 != 0 ? kTextFrame : kBinaryFrame, payload));
    }
  }

  void end() {
    bench.pipe.fail_call(0, Status::kOk, 0);
    bench.pipe.announce_all(false);
    bench.app = [this](const Event& event) { on_event_at_end(event); };
    for (ModelPeer& each : peers) {
      each.pipe->start_reading();
      each.pipe->set_window(SIZE_MAX);
    }
    bench.loop.stop();
    bench.advance(10000);
    EXPECT_EQ(open, closed);
    bench.expect_baseline();
  }

  void on_event_at_end(const Event& event) {
    int& state = states[event.socket.index()];
    if (event.type == Event::kClose && (state == 1 || state == 2)) ++closed;
    if (event.type == Event::kError && state == 1) state = 2;
    if (event.type == Event::kClose) state = 0;
    EXPECT_TRUE(event.type == Event::kError || event.type == Event::kClose) << static_cast<int>(event.type);
  }

  static constexpr char kBroadcast[] = "########################################";

  static inline World* running = nullptr;  // for functions that have no argument of the application

  SomeBench bench;
  BroadcastMemory<8, 3, sizeof kBroadcast> memory;
  BroadcastMemory<8, 1, sizeof kBroadcast> others_memory;
  Broadcast news{bench.loop, memory};
  Broadcast others{bench.loop, others_memory};
  std::mt19937 random;
  std::vector<ModelPeer> peers;
  std::map<uint16_t, char> letters;       // by index of the socket
  std::map<uint16_t, char> peer_letters;  // the same; 0: nothing came yet
  WebSocket current_socket;
  bool garbage = false;
  const size_t most = SomeBench::kBufferBytes + 100;
  size_t answered = 0;
  size_t reserved = 0;  // size of the last room
  WebSocket known[6];
  Message current;
  std::map<uint16_t, int> states;
  int open = 0;
  int closed = 0;
};

uint32_t number_of(const char* variable, uint32_t usual) {
  const char* const given = getenv(variable);
  return given != nullptr ? static_cast<uint32_t>(strtoul(given, nullptr, 10)) : usual;
}

template <class SomeBench>
void run_model(uint32_t usual) {
  int opened = 0;
  const uint32_t first = number_of("WHIT_MODEL_FIRST", 1);
  const uint32_t count = number_of("WHIT_MODEL_SEEDS", sample(usual));
  for (uint32_t seed = first; seed < first + count; ++seed) {
    auto world = std::make_unique<World<SomeBench>>(seed);
    for (int i = 0; i < 60; ++i) world->step();
    world->end();
    opened += world->open;
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(opened, static_cast<int>(count / 2)) << "it does reach open connections";
}

// Connections, buffers, bytes of each, handshakes, bytes that the pipe holds.
TEST(Model, ThreeConnectionsTwoBuffers) { run_model<Bench<3, 2, 256, 2, 600>>(3000); }
TEST(Model, FiveConnectionsTwoBuffers) { run_model<Bench<5, 2, 600, 3, 300>>(2000); }
TEST(Model, ThreeConnectionsThreeBuffers) { run_model<Bench<3, 3, 256, 2, 600>>(3000); }
TEST(Model, FourConnectionsFiveBuffers) { run_model<Bench<4, 5, 512, 2, 700>>(3000); }
TEST(Model, OneConnectionFourBuffers) { run_model<Bench<1, 4, 257, 1, 300>>(2000); }
TEST(Model, TwoConnectionsEightBuffers) { run_model<Bench<2, 8, 300, 3, 5000>>(2000); }
TEST(Model, BuffersOf65535) { run_model<Bench<2, 3, 65535, 2, 70000>>(60); }
TEST(Model, BuffersOf65536) { run_model<Bench<2, 3, 65536, 2, 70000>>(60); }
TEST(Model, BuffersOf65545) { run_model<Bench<2, 3, 65545, 2, 140000>>(60); }
TEST(Model, BuffersOf131072) { run_model<Bench<2, 3, 131072, 2, 200000>>(40); }

}  // namespace
}  // namespace whit
