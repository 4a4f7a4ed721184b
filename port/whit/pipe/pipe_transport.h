// SPDX-License-Identifier: MIT
// PipeTransport: a Transport over a PipeEnd. It keeps the contract of transport.h in its strictest reading (it
// announces only after the loop has seen kWouldBlock or a short read), checks that the loop keeps its side of it, and
// injects faults. A breach is counted as a violation of the network; it never stops the program.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pipe_end.h"
#include "whit/bytes.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

class PipeNetworkBase;

// The platform's numbers of this port, as error() reports them. Injected faults may carry any other number.
enum PipeError : int32_t {
  kPipeReset = 1,
  kPipeRefused = 2,
  kPipeFault = 3,  // PipeFaults::fail_at
};

// How a stream is cut after a number of bytes.
enum class PipeCut : uint8_t {
  kNever,
  kFin,      // the peer's stream ends in order
  kReset,    // the connection is reset
  kSilence,  // nothing passes any more, and neither side hears of it
};

// Faults of one connection. All zero: none. Each connection gets a copy of PipeNetworkBase::faults() when
// it is accepted or connected; PipeTransport::faults() changes it afterwards.
struct PipeFaults {
  uint32_t read_max = 0;           // at most so many bytes per read; 0: no limit
  uint32_t write_max = 0;          // at most so many bytes taken per write; 0: no limit
  bool random_sizes = false;       // read_max and write_max are the upper bounds of random sizes
  uint32_t read_block_every = 0;   // each k-th read (k >= 2) returns kWouldBlock, announced again in the next poll()
  uint32_t write_block_every = 0;  // the same for writes
  uint32_t finish_blocks = 0;      // so many calls of finish() return kWouldBlock first
  bool write_limited = false;      // writes take write_limit bytes in all, then block for ever
  uint32_t write_limit = 0;
  PipeCut cut_input = PipeCut::kNever;  // after the loop has read so many bytes
  uint32_t cut_input_at = 0;
  PipeCut cut_output = PipeCut::kNever;  // after the loop has written so many bytes
  uint32_t cut_output_at = 0;
  Layer hold_at =
      Layer::kOpen;  // stands still in this layer until PipeTransport::release(); kSecure: accepted ones too
  Layer fail_at = Layer::kOpen;  // fails in this layer with fail_error
  int32_t fail_error = kPipeFault;
};

// The calls of the loop for one connection since it began.
struct PipeCounters {
  uint32_t reads = 0;
  uint32_t writes = 0;
  uint32_t finishes = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
};

class PipeTransport final : public Transport, private PipeObserver {
 public:
  // For the loop.
  Progress progress() override;
  Transfer read(MutableBytes destination) override;
  Transfer write(Bytes source) override;
  Status finish() override;
  uint32_t unacknowledged() const override { return static_cast<uint32_t>(end_.untaken()); }
  void abort() override;
  int32_t error() const override { return error_; }
  Address remote() const override { return remote_; }

  // For tests and demos.
  PipeFaults& faults() { return faults_; }
  const PipeCounters& counters() const { return counters_; }
  PipeEnd& end() { return end_; }
  bool in_use() const { return state_ != State::kFree; }
  Layer layer() const { return layer_; }
  void release();             // lets a connection held by hold_at go on
  void fail(int32_t number);  // breaks it now: every call fails with this number, the peer sees a reset

 private:
  friend class PipeNetworkBase;
  enum class State : uint8_t { kFree, kConnecting, kOpen, kFinished };
  enum class Call : uint8_t { kProgress, kRead, kWrite, kFinish };

  void begin(PipeNetworkBase* network, uint16_t index, MutableBytes storage, const PipeFaults& faults);
  void establish_from(Layer layer, bool secure);

  void on_input() override;
  void on_room() override;
  void on_broken() override;
  void on_linked() override;

  bool legal(Call call);
  void check_repeat(Bytes source);
  Transfer blocked(Bytes source, bool again);
  Transfer injected_read(Status status);
  Transfer read_end();
  size_t read_size(size_t asked);
  size_t write_size(size_t offered);
  void cut(PipeCut how, bool keep_waiting);
  void break_with(int32_t number);
  Layer next_layer() const;

  PipeNetworkBase* network_ = nullptr;
  PipeEnd end_;
  PipeFaults faults_;
  PipeCounters counters_;
  Address remote_;
  int32_t error_ = 0;
  uint16_t index_ = 0;
  State state_ = State::kFree;
  Layer layer_ = Layer::kOpen;
  bool secure_ = false;
  bool read_armed_ = true;    // the loop has been told "nothing more": the next arrival is announced
  bool write_armed_ = false;  // the loop has been told "no room": the next room is announced
  bool failed_ = false;
  bool dropped_ = false;  // an injected end: read() returns kClosed
  bool closed_ = false;   // read() has returned kClosed
  const uint8_t* blocked_data_ = nullptr;
  size_t blocked_size_ = 0;
  uint32_t blocked_hash_ = 0;
};

}  // namespace whit
