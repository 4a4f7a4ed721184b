// SPDX-License-Identifier: MIT
// TlsBench: a TlsNetwork over the pipe port in which both ends of a connection can be ours, driven as the loop drives
// it: a connection is touched only when it was announced, so readiness that gets lost shows as a connection that stands
// still.
#pragma once

#include <stdint.h>

#include <map>
#include <string>
#include <vector>

#include "unit/port/mbedtls/credentials.h"
#include "unit/port/test_pipe.h"
#include "whit/config.h"
#include "whit/mbedtls/tls_network.h"

namespace whit {

// One end of a connection, as the loop sees it.
struct TlsEnd {
  Transport* transport = nullptr;
  bool open = false;
  bool over = false;         // read() or write() has said kClosed or kFailed, or the way up has failed
  Status how = Status::kOk;  // kClosed or kFailed
  int32_t error = 0;
  std::string received;
  std::string outbox;   // still to be written
  size_t offered = 0;   // the size of the write that was refused; it is repeated as it was
  size_t chunk = 4096;  // bytes per write, at most
  size_t room = 4096;   // bytes per read
  bool finishing = false;
  bool finished = false;  // finish() has been called and has not said kWouldBlock
};

// A Network that passes everything on to a pipe, but for random bytes and connections, which it can refuse.
class RandomGate final : public Network {
 public:
  explicit RandomGate(PipeNetworkBase& pipe) : pipe_(&pipe) {}
  uint16_t capacity() const override { return pipe_->capacity(); }
  void poll(uint32_t now_ms) override {
    ++polls;
    pipe_->poll(now_ms);
  }
  void attach(IndexQueue* ready) override { pipe_->attach(ready); }
  Status listen(uint8_t l, Text a, uint16_t p, bool s) override { return pipe_->listen(l, a, p, s); }
  uint16_t listening_port(uint8_t l) const override { return pipe_->listening_port(l); }
  void unlisten(uint8_t l) override { pipe_->unlisten(l); }
  Transport* accept(uint8_t l, uint16_t i) override { return pipe_->accept(l, i); }
  bool waiting(uint8_t l) override { return pipe_->waiting(l); }
  Transport* connect(uint16_t i, Text h, uint16_t p, bool s, Status* status) override {
    *status = Status::kFailed;
    return ++connects == fail_connect ? nullptr : pipe_->connect(i, h, p, s, status);
  }
  Status random(MutableBytes destination) override {
    if (++calls == fail_call) return Status::kFailed;
    return pipe_->random(destination);
  }
  void wake() override { pipe_->wake(); }
  int32_t error() const override { return pipe_->error(); }

  uint32_t polls = 0;
  uint32_t calls = 0;
  uint32_t fail_call = 0;  // 0: none
  uint32_t connects = 0;
  uint32_t fail_connect = 0;  // 0: none

 private:
  PipeNetworkBase* pipe_;
};

// The arena outlives its network. Options that are refused leave no role behind, and an empty range of versions is.
inline void give_roles_back(TlsNetworkBase& network) {
  TlsOptions none;
  none.min_version = TlsVersion::kTls13;
  none.max_version = TlsVersion::kTls12;
  EXPECT_EQ(network.set_client(none), Status::kInvalidArgument) << network.error();
  EXPECT_EQ(network.set_server(none), Status::kInvalidArgument) << network.error();
}

class TlsBench {
 public:
  static constexpr uint16_t kSlots = 2 * (config::kTlsHandshakes + 4);
  static constexpr uint16_t kPort = 443;

  TlsBench() : pipe_(*new TestPipe<kSlots, 2000>()), gate(pipe_), network(*new TlsNetwork<kSlots>(gate)) {
    ready_.attach(links_, kSlots);
    network.attach(&ready_);
    credentials = &test_credentials();
    server_options.certificates = &credentials->certificate;
    server_options.certificate_count = 1;
    server_options.private_key = credentials->key;
    server_options.dates = TlsDates::kIgnore;
    client_options.trusted = &credentials->authority;
    client_options.trusted_count = 1;
    client_options.unix_time = [] { return test_credentials().now; };
  }
  ~TlsBench() {
    for (auto& [index, end] : ends) end.transport->abort();
    EXPECT_EQ(pipe_.violations(), 0u) << pipe_.violation();
    give_roles_back(network);
    delete &network;
    delete &pipe_;
  }

  void start(TlsVersion version) {
    client_options.min_version = client_options.max_version = version;
    start();
  }
  void start() {
    ASSERT_EQ(network.set_server(server_options), Status::kOk) << network.error();
    ASSERT_EQ(network.set_client(client_options), Status::kOk) << network.error();
    ASSERT_EQ(network.listen(0, "", kPort, true), Status::kOk);
    baseline = network.statistics().arena;
  }

  // Connects client `index`; the server's end comes up at the lowest free index from 20 on.
  TlsEnd& connect(uint16_t index, Text host = "localhost") {
    EXPECT_TRUE(try_connect(index, host)) << network.error();
    return ends[index];
  }
  bool try_connect(uint16_t index, Text host = "localhost") {
    Status status = Status::kOk;
    Transport* transport = network.connect(index, host, kPort, true, &status);
    if (transport == nullptr) return false;
    ends[index] = TlsEnd();
    ends[index].transport = transport;
    step(index);
    return true;
  }

  uint16_t accept_all() {
    uint16_t last = 0;
    for (uint16_t index = kSlots / 2; index < kSlots; ++index) {
      if (ends.count(index) != 0) continue;
      Transport* transport = network.accept(0, index);
      if (transport == nullptr) return last;
      ends[index].transport = transport;
      step(index);
      last = index;
    }
    return last;
  }

  void turn() {
    network.poll(++now_ms);
    accept_all();
    for (uint16_t left = ready_.size(); left != 0; --left) step(ready_.take());
  }
  void turns(int count) {
    for (int i = 0; i < count; ++i) turn();
  }
  template <class Condition>
  bool until(Condition condition, int most = 300000) {
    for (int i = 0; i < most; ++i) {
      if (condition()) return true;
      turn();
    }
    return condition();
  }

  void send(uint16_t index, const std::string& text) {
    ends[index].outbox += text;
    write(index);
  }
  void finish(uint16_t index) {
    ends[index].finishing = true;
    write(index);
  }
  void drop(uint16_t index) {
    ends.at(index).transport->abort();
    ends.erase(index);
  }
  void drop_all() {
    while (!ends.empty()) drop(ends.begin()->first);
  }

  // The server's end of the connection of a client, when there is one connection.
  static constexpr uint16_t kServer = kSlots / 2;
  uint16_t server_index = kServer;
  bool has_server() const { return ends.count(server_index) != 0; }
  TlsEnd& server() { return ends.at(server_index); }

  void expect_baseline(const char* what = "") {
    const TlsArenaUsage now = network.statistics().arena;
    EXPECT_EQ(now.used, baseline.used) << what;
    EXPECT_EQ(now.blocks, baseline.blocks) << what;
    EXPECT_EQ(now.largest_free, baseline.largest_free) << what;
  }

  TestPipe<kSlots, 2000>& pipe() { return pipe_; }

 private:
  TestPipe<kSlots, 2000>& pipe_;

 public:
  RandomGate gate;
  TlsNetwork<kSlots>& network;
  const TestCredentials* credentials;
  TlsOptions client_options;
  TlsOptions server_options;
  TlsArenaUsage baseline;
  std::map<uint16_t, TlsEnd> ends;
  uint32_t now_ms = 0;

 private:
  void step(uint16_t index) {
    const auto found = ends.find(index);
    if (found == ends.end()) return;
    TlsEnd& end = found->second;
    if (!end.open && !end.over) {
      const Progress progress = end.transport->progress();
      if (progress.status == Status::kFailed) stop(&end, Status::kFailed);
      if (progress.status == Status::kFailed && progress.layer != Layer::kSecure) end.finished = true;
      end.open = progress.status == Status::kOk;
    }
    if (!end.open && end.over && !end.finished) drain(&end);
    if (!end.open) return;
    if (!end.over) read(index);
    write(index);
  }

  // After a refused handshake, as the loop does it.
  static void drain(TlsEnd* end) {
    uint8_t scratch[32];
    Status status = Status::kOk;
    for (int i = 0; i < 16 && status == Status::kOk; ++i) {
      status = end->transport->read({scratch, sizeof scratch}).status;
    }
    end->finished = end->transport->finish() != Status::kWouldBlock;
  }

  void read(uint16_t index) {
    TlsEnd& end = ends[index];
    std::vector<uint8_t> room(end.room);
    const Transfer transfer = end.transport->read({room.data(), room.size()});
    if (transfer.status == Status::kOk) {
      EXPECT_GE(transfer.size, 1u);
      end.received.append(reinterpret_cast<const char*>(room.data()), transfer.size);
      if (transfer.size == room.size()) ready_.add(index);
    } else if (transfer.status != Status::kWouldBlock) {
      stop(&end, transfer.status);
    }
  }

  void write(uint16_t index) {
    TlsEnd& end = ends[index];
    while (end.open && !end.outbox.empty() && end.how != Status::kFailed) {
      const size_t size = end.offered != 0                ? end.offered
                          : end.outbox.size() < end.chunk ? end.outbox.size()
                                                          : end.chunk;
      if (end.offered == 0) span_.assign(end.outbox, 0, size);
      // The very same memory again, and nothing but the bytes that were offered in it.
      std::string& same = spans_[index];
      if (end.offered == 0) same = span_;
      const Transfer transfer = end.transport->write({reinterpret_cast<const uint8_t*>(same.data()), same.size()});
      if (transfer.status == Status::kWouldBlock) {
        end.offered = size;
        return;
      }
      end.offered = 0;
      if (transfer.status != Status::kOk) {
        stop(&end, transfer.status);
        return;
      }
      EXPECT_LE(transfer.size, size);
      end.outbox.erase(0, transfer.size);
    }
    if (!end.finishing || end.finished || !end.open || end.how == Status::kFailed) return;
    const Status status = end.transport->finish();
    end.finished = status == Status::kOk;
    if (status == Status::kFailed) stop(&end, status);
  }

  static void stop(TlsEnd* end, Status how) {
    if (end->over) return;
    end->over = true;
    end->how = how;
    end->error = end->transport->error();
  }

  IndexQueue ready_;
  uint16_t links_[kSlots] = {};
  std::string span_;
  std::map<uint16_t, std::string> spans_;
};

}  // namespace whit
