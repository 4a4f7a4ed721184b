// SPDX-License-Identifier: MIT
// F11: random calls of the application on random events, random peers, random faults, time that jumps; what must hold
// whatever happens: one kClose for each kOpen and nothing after it, no turn without end, no violation of the port
// contract, and at the end nothing in use.
#include <map>
#include <random>

#include "unit/loop/bench.h"

namespace whit {
namespace {

struct World {
  explicit World(uint32_t seed) : random(seed) {
    const LongMessages kinds[] = {LongMessages::kStream, LongMessages::kRefuse, LongMessages::kSkip};
    for (ConnectionOptions* each : {static_cast<ConnectionOptions*>(&bench.server_options),
                                    static_cast<ConnectionOptions*>(&bench.client_options)}) {
      each->long_messages = kinds[random() % 3];
      if (random() % 4 == 0) each->max_frame_bytes = 50;
      if (random() % 4 == 0) each->max_message_bytes = 400;
      each->timeouts_ms[Deadline::kKeepaliveInterval] = random() % 2 != 0 ? 700 : 0;
      each->timeouts_ms[Deadline::kKeepaliveAnswer] = 300;
      each->timeouts_ms[Deadline::kData] = each->timeouts_ms[Deadline::kFrame] = each->timeouts_ms[Deadline::kHead] =
          each->timeouts_ms[Deadline::kWrite] = 900;
    }
    bench.server_options.on_request = random() % 2 != 0 ? &keep_request_fields : nullptr;
    PipeFaults& faults = bench.pipe.faults();
    if (random() % 2 != 0) faults.read_max = 1 + random() % 100;
    if (random() % 2 != 0) faults.write_max = 1 + random() % 100;
    faults.random_sizes = true;
    if (random() % 3 == 0) faults.write_block_every = 2 + random() % 3;
    if (random() % 3 == 0) faults.read_block_every = 2 + random() % 3;
    bench.pipe.announce_all(random() % 4 == 0);
    bench.now_ms = random() % 3 == 0 ? 0xFFFFFFFFu - random() % 5000 : random();
    bench.app = [this](const Event& event) { on_event(event); };
    bench.listen();
  }

  void on_event(const Event& event) {
    const std::pair<uint16_t, int> key{event.socket.index(), 0};
    int& state = states[key.first];
    switch (event.type) {
      case Event::kRequest: {
        Request request;
        EXPECT_TRUE(event.socket.request(&request));
        EXPECT_EQ(request.target, Text("/chat"));
        break;
      }
      case Event::kOpen:
        EXPECT_NE(state, 1);
        state = 1;
        ++open;
        break;
      case Event::kMessage:
      case Event::kSkipped:
      case Event::kWritable:
        EXPECT_EQ(state, 1) << "only while open";
        if (event.type != Event::kMessage) break;
        for (size_t i = 0; i < event.message.data.size; ++i) sum += event.message.data.data[i];  // readable: ASan looks
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
    for (uint32_t calls = random() % 4; calls != 0; --calls)
      call(random() % 2 != 0 ? event.socket : known[random() % 6]);
    current = Message();
  }

  void call(WebSocket socket) {
    static const std::string kText(400, 't');
    Message piece;
    piece.first = random() % 2 != 0;
    piece.last = random() % 2 != 0;
    piece.type = random() % 2 != 0 ? MessageType::kText : MessageType::kBinary;
    piece.data = bytes_of(kText).first(random() % 200);
    switch (random() % 16) {
      case 0:
      case 1:
      case 2:
        if (socket.send(current) == Status::kWouldBlock) socket.hold();
        break;
      case 3:
        (void)socket.send(piece);
        break;
      case 4:
        (void)socket.send(piece.data, piece.type);
        break;
      case 5: {
        const MutableBytes room = socket.reserve(random() % 150);
        for (size_t i = 0; i < room.size; ++i) room.data[i] = 'r';
        if (random() % 2 != 0) call(known[random() % 6]);
        if (random() % 4 != 0) (void)socket.commit(piece.type, piece.first, piece.last);
        break;
      }
      case 6:
        (void)socket.ping(piece.data);
        break;
      case 7:
        socket.hold();
        break;
      case 8:
        socket.consume(random() % 100);
        break;
      case 9:
        socket.pause();
        break;
      case 10:
        socket.resume();
        break;
      case 11:
        if (random() % 8 == 0) (void)socket.close(1000, "reason");
        break;
      case 12:
        if (random() % 8 == 0) socket.abort();
        break;
      case 13:
        (void)socket.accept(random() % 4 == 0 ? Text("none") : Text());
        break;
      case 14:
        if (random() % 4 == 0) (void)socket.reject(403);
        break;
      default:
        (void)socket.ready_state();
        (void)socket.buffered_amount();
        (void)socket.max_send();
        (void)socket.protocol();
        (void)socket.remote();
    }
  }

  void step() {
    switch (random() % 14) {
      case 0:
        if (peers.size() < 6) {
          peers.push_back({&bench.pipe.dial(80), Role::kServer});
          peers.back().first->send(random() % 8 == 0 ? request().substr(0, random() % 100) : request());
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
      peers.push_back({&peer, Role::kClient});
    }
    bench.turn();
    for (auto& each : peers) {
      if (each.second == Role::kClient && each.first->received().find("\r\n\r\n") != std::string::npos) {
        const std::string head = each.first->take();
        if (head.compare(0, 4, "GET ") == 0) each.first->send(response_to(head));
      }
    }
    bench.now_ms += random() % 4;
  }

  void peer_acts(std::pair<TestPeer*, Role>* peer) {
    const std::string payload(random() % 3 == 0 ? random() % 900 : random() % 130, 'm');
    TestPeer& pipe = *peer->first;
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
        pipe.send(peer_frame(peer->second, kPingFrame, payload.substr(0, payload.size() % 126)));
        break;
      case 3:
        if (random() % 4 == 0) pipe.send(peer_close(peer->second, 1000, "bye"));
        break;
      case 4:
        if (random() % 4 == 0) pipe.close();
        break;
      case 5:
        if (random() % 8 == 0) pipe.reset();
        break;
      case 6:
        if (random() % 8 == 0) pipe.send(std::string(1 + random() % 5, static_cast<char>(random())));
        break;
      case 7:
        pipe.send(peer_frame(peer->second, kTextFrame, payload, false) +
                  peer_frame(peer->second, kContinuationFrame, payload));
        break;
      default:
        pipe.send(peer_frame(peer->second, random() % 2 != 0 ? kTextFrame : kBinaryFrame, payload));
    }
  }

  void end() {
    bench.pipe.fail_call(0, Status::kOk, 0);
    bench.pipe.announce_all(false);
    bench.app = [this](const Event& event) { on_event_at_end(event); };
    for (auto& each : peers) {
      each.first->start_reading();
      each.first->set_window(SIZE_MAX);
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

  Bench<3, 3, 256, 2, 600> bench;
  std::mt19937 random;
  std::vector<std::pair<TestPeer*, Role>> peers;
  size_t answered = 0;
  WebSocket known[6];
  Message current;
  std::map<uint16_t, int> states;
  int open = 0;
  int closed = 0;
  unsigned sum = 0;
};

TEST(Model, RandomCallsOnRandomEvents) {
  int opened = 0;
  for (uint32_t seed = 1; seed <= 10000; ++seed) {
    World world(seed);
    for (int i = 0; i < 60; ++i) world.step();
    world.end();
    opened += world.open;
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
  EXPECT_GT(opened, 10000) << "it does reach open connections";
}

}  // namespace
}  // namespace whit
