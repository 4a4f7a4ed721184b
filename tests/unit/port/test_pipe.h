// SPDX-License-Identifier: MIT
// TestPipe: a PipeNetwork whose other side is the test. Every connection that does not come from another network has a
// TestPeer: what the loop wrote arrives in peer.received(), what the test sends arrives at the loop with the next poll.
//
//   TestPipe<4, 256> pipe;                        // give it to a Loop; server listens on port 80
//   TestPeer& browser = pipe.dial(80);            // waits to be accepted
//   browser.send("GET / HTTP/1.1\r\n...");
//   ... loop.poll() ...
//   browser.received()                            // everything the server has written so far
//
// A client of the loop that connects to a port without a listener reaches a TestPeer too: pipe.answered(0) is the
// first such peer. Peers live as long as the TestPipe, so what they saw can be checked after the connection is gone.
#pragma once

#include <stdint.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "whit/pipe/pipe_end.h"
#include "whit/pipe/pipe_network.h"

namespace whit {

class TestPeer {
 public:
  static constexpr size_t kStorage = 65536;

  TestPeer() : storage_(kStorage) { end_.begin({storage_.data(), storage_.size()}, nullptr); }

  // The test's own calls. Bytes go out as far as the window lets them, the rest with the next polls.
  void send(const std::string& bytes) {
    outbox_ += bytes;
    pump(outbox_.size());
  }
  void send(Bytes bytes) { send(std::string(reinterpret_cast<const char*>(bytes.data), bytes.size)); }
  void drip(size_t per_poll) { drip_ = per_poll; }  // at most so many bytes per poll (0: no limit), none before it
  void close() {                                    // FIN, after everything that was sent
    close_ = true;
    pump(0);
  }
  void reset() { end_.reset(); }
  void freeze() { end_.freeze(); }  // silence: the cable is cut
  // Bytes that it does not read wait, as in a kernel's buffer: written (as much as the window takes, 64 KiB at first),
  // and not acknowledged.
  void stop_reading() { reading_ = false; }
  void start_reading() { reading_ = true; }
  void read_once(size_t bytes) {  // at most so many, and no more
    reading_ = true;
    take_in(bytes);
    reading_ = false;
  }
  void read_slowly(size_t per_poll) { sip_ = per_poll; }     // at most so many bytes per poll; 0: no limit
  void set_window(size_t bytes) { end_.set_window(bytes); }  // 0: zero window; SIZE_MAX: all of it again

  // The test's view.
  const std::string& received() const { return received_; }
  std::string take() { return std::exchange(received_, std::string()); }
  size_t unsent() const { return outbox_.size(); }
  bool linked() const { return end_.linked(); }  // accepted and not gone
  bool closed() const { return end_.ended(); }   // the loop finished, and everything before it was received
  bool was_reset() const { return end_.broken(); }
  bool gone() const { return !end_.linked() && linked_once_; }
  PipeEnd& end() { return end_; }

  // Of a peer that the loop has connected to.
  std::string host;
  uint16_t port = 0;
  bool secure = false;

  // One step: sends what is due, takes what has arrived. TestPipe::poll() does it for every peer.
  void turn() {
    pump(drip_ == 0 ? outbox_.size() : drip_);
    if (sip_ != 0) take_in(sip_);
  }

 private:
  void pump(size_t at_most) {
    linked_once_ = linked_once_ || end_.linked();
    if (drip_ != 0 && at_most > drip_) at_most = 0;  // send() leaves it to the polls
    const size_t size = end_.put(
        {reinterpret_cast<const uint8_t*>(outbox_.data()), at_most < outbox_.size() ? at_most : outbox_.size()});
    outbox_.erase(0, size);
    if (close_ && outbox_.empty() && end_.linked()) end_.finish();
    if (sip_ == 0) take_in(SIZE_MAX);
  }

  void take_in(size_t left) {
    uint8_t chunk[4096];
    while (reading_) {
      const size_t taken = end_.take({chunk, left < sizeof chunk ? left : sizeof chunk});
      if (taken == 0) break;
      left -= taken;
      received_.append(reinterpret_cast<const char*>(chunk), taken);
    }
  }

  std::vector<uint8_t> storage_;
  PipeEnd end_;
  std::string outbox_;
  std::string received_;
  size_t drip_ = 0;
  size_t sip_ = 0;
  bool close_ = false;
  bool reading_ = true;
  bool linked_once_ = false;
};

template <uint16_t kSlots, size_t kBytes>
class TestPipe final : private PipeStorage<kSlots, kBytes>, public PipeNetworkBase {
 public:
  TestPipe() : PipeNetworkBase(this->transports, this->bytes, this->links, kSlots, kBytes) {}

  // Turns all peers first, so that one poll carries bytes all the way.
  void poll(uint32_t now_ms) override {
    turn_peers();
    PipeNetworkBase::poll(now_ms);
  }

  void turn_peers() {
    for (TestPeer& each : peers_) each.turn();
  }

  // A raw client of a listener of the loop. It is accepted by a later Loop::poll(). Without a listener was_reset() is
  // true.
  TestPeer& dial(uint16_t port) {
    TestPeer& peer = peers_.emplace_back();
    if (!PipeNetworkBase::dial(peer.end(), port)) peer.reset();
    return peer;
  }

  // The n-th peer that the loop has connected to.
  TestPeer& answered(size_t n) { return *answered_.at(n); }
  size_t answered_count() const { return answered_.size(); }
  void refuse_unknown(bool on) { refuse_ = on; }  // connects to a port without a listener are refused

  // The peer at the other side of a transport, or nullptr.
  TestPeer* peer(uint16_t index) {
    for (TestPeer& each : peers_) {
      if (&each.end() == transport(index).end().other()) return &each;
    }
    return nullptr;
  }

 protected:
  PipeEnd* unknown_port(Text host, uint16_t port, bool secure) override {
    if (refuse_) return nullptr;
    TestPeer& peer = peers_.emplace_back();
    peer.host.assign(host.data, host.size);
    peer.port = port;
    peer.secure = secure;
    answered_.push_back(&peer);
    return &peer.end();
  }

 private:
  std::deque<TestPeer> peers_;
  std::vector<TestPeer*> answered_;
  bool refuse_ = false;
};

}  // namespace whit
