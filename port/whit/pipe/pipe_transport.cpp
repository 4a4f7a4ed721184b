// SPDX-License-Identifier: MIT
#include "pipe_transport.h"

#include "pipe_network.h"

namespace whit {

namespace {

constexpr uint32_t kHashStart = 2166136261u;
constexpr uint32_t kHashFactor = 16777619u;

uint32_t hash(Bytes bytes) {
  uint32_t value = kHashStart;
  for (size_t i = 0; i < bytes.size; ++i) value = (value ^ bytes.data[i]) * kHashFactor;
  return value;
}

size_t smaller(size_t left, size_t right) { return left < right ? left : right; }

}  // namespace

void PipeTransport::begin(PipeNetworkBase* network, uint16_t index, MutableBytes storage, const PipeFaults& faults) {
  network_ = network;
  index_ = index;
  faults_ = faults;
  counters_ = PipeCounters();
  remote_ = network->peer_address();
  error_ = 0;
  read_armed_ = true;
  write_armed_ = failed_ = dropped_ = closed_ = false;
  blocked_data_ = nullptr;
  end_.begin(storage, this);
}

void PipeTransport::establish_from(Layer layer, bool secure) {
  layer_ = layer;
  secure_ = secure;
  state_ = State::kConnecting;
}

// Every call of the loop passes here: is it allowed in this state?
bool PipeTransport::legal(Call call) {
  if (network_ == nullptr) return false;  // never used: there is no network to tell
  network_->check_turn();
  if (state_ == State::kFree) {
    network_->violate("a call of a transport after abort()");
    return false;
  }
  if (state_ == State::kConnecting && call != Call::kProgress) {
    network_->violate("read, write or finish before progress() has said kOpen");
    return false;
  }
  if (state_ == State::kFinished && call == Call::kWrite) {
    network_->violate("write after finish()");
    return false;
  }
  return true;
}

Layer PipeTransport::next_layer() const {
  if (layer_ == Layer::kResolve) return Layer::kConnect;
  if (layer_ == Layer::kConnect && secure_) return Layer::kSecure;
  return Layer::kOpen;
}

Progress PipeTransport::progress() {
  if (!legal(Call::kProgress)) return {layer_, Status::kFailed};
  const PipeFault fault = network_->next_call();
  if (fault.status == Status::kFailed || fault.status == Status::kClosed) break_with(fault.error);
  if (fault.status == Status::kWouldBlock) network_->announce(index_);
  while (layer_ != Layer::kOpen && !failed_) {
    if (fault.status == Status::kWouldBlock || layer_ == faults_.hold_at) return {layer_, Status::kWouldBlock};
    if (layer_ == faults_.fail_at) {
      break_with(faults_.fail_error);
    } else if (layer_ == Layer::kConnect && !end_.linked()) {
      return {layer_, Status::kWouldBlock};  // not accepted yet
    } else {
      layer_ = next_layer();
    }
  }
  if (failed_) return {layer_, Status::kFailed};
  if (state_ == State::kConnecting) {
    state_ = State::kOpen;
    if (faults_.cut_input != PipeCut::kNever && faults_.cut_input_at == 0) cut(faults_.cut_input, false);
    if (faults_.cut_output != PipeCut::kNever && faults_.cut_output_at == 0) cut(faults_.cut_output, true);
  }
  return {Layer::kOpen, Status::kOk};
}

size_t PipeTransport::read_size(size_t asked) {
  size_t size = network_->choose(faults_.read_max, faults_.random_sizes, asked);
  if (faults_.cut_input != PipeCut::kNever && counters_.bytes_read <= faults_.cut_input_at) {
    size = smaller(size, static_cast<size_t>(faults_.cut_input_at - counters_.bytes_read));
  }
  return size;
}

// Nothing to take: is it for now, or for good?
Transfer PipeTransport::read_end() {
  closed_ = closed_ || (!failed_ && (dropped_ || end_.ended()));
  if (closed_) return {Status::kClosed, 0};
  if (failed_) return {Status::kFailed, 0};
  read_armed_ = true;
  return {Status::kWouldBlock, 0};
}

Transfer PipeTransport::injected_read(Status status) {
  if (status == Status::kWouldBlock) {
    network_->announce(index_);
    return {Status::kWouldBlock, 0};
  }
  if (status == Status::kClosed) {
    dropped_ = true;
    end_.cut_input(false);
  }
  return {status, 0};
}

Transfer PipeTransport::read(MutableBytes destination) {
  if (!legal(Call::kRead)) return {Status::kFailed, 0};
  if (destination.size == 0 || destination.data == nullptr) {
    network_->violate("read into nothing");
    return {Status::kWouldBlock, 0};
  }
  ++counters_.reads;
  const PipeFault fault = network_->next_call();
  if (fault.status == Status::kFailed) break_with(fault.error);
  if (fault.status != Status::kOk) return injected_read(fault.status);
  if (failed_ || dropped_) return read_end();
  if (faults_.read_block_every != 0 && counters_.reads % faults_.read_block_every == 0) {
    return injected_read(Status::kWouldBlock);
  }
  const size_t size = end_.take(destination.first(read_size(destination.size)));
  if (size == 0) return read_end();
  counters_.bytes_read += size;
  if (faults_.cut_input != PipeCut::kNever && counters_.bytes_read == faults_.cut_input_at) {
    cut(faults_.cut_input, false);
  }
  if (size < destination.size) {
    // A short read tells the loop to wait; whatever is left must then be announced.
    read_armed_ = true;
    if (end_.waiting() > 0 || end_.ended() || failed_) network_->announce(index_);
  }
  return {Status::kOk, size};
}

// transport.h: after kWouldBlock the very same bytes are offered again before any other write.
void PipeTransport::check_repeat(Bytes source) {
  if (blocked_data_ == nullptr) return;
  if (blocked_data_ != source.data || blocked_size_ != source.size) {
    network_->violate("after kWouldBlock a write with another address or length");
  } else if (blocked_hash_ != hash(source)) {
    network_->violate("after kWouldBlock a write with other bytes at the same address");
  }
  blocked_data_ = nullptr;
}

Transfer PipeTransport::blocked(Bytes source, bool again) {
  blocked_data_ = source.data;
  blocked_size_ = source.size;
  blocked_hash_ = hash(source);
  if (again) {
    network_->announce(index_);
  } else {
    write_armed_ = true;
  }
  return {Status::kWouldBlock, 0};
}

size_t PipeTransport::write_size(size_t offered) {
  size_t size = network_->choose(faults_.write_max, faults_.random_sizes, offered);
  if (faults_.write_limited) {
    const uint64_t written = counters_.bytes_written;
    size = smaller(size, written < faults_.write_limit ? static_cast<size_t>(faults_.write_limit - written) : 0);
  }
  if (faults_.cut_output != PipeCut::kNever && counters_.bytes_written < faults_.cut_output_at) {
    size = smaller(size, static_cast<size_t>(faults_.cut_output_at - counters_.bytes_written));
  }
  return size;
}

Transfer PipeTransport::write(Bytes source) {
  if (!legal(Call::kWrite)) return {Status::kFailed, 0};
  if (source.size == 0 || source.data == nullptr) {
    network_->violate("write of nothing");
    return {Status::kWouldBlock, 0};
  }
  ++counters_.writes;
  check_repeat(source);
  const PipeFault fault = network_->next_call();
  if (fault.status == Status::kFailed || fault.status == Status::kClosed) break_with(fault.error);
  if (failed_) return {Status::kFailed, 0};
  if (fault.status == Status::kWouldBlock) return blocked(source, true);
  if (faults_.write_block_every != 0 && counters_.writes % faults_.write_block_every == 0) return blocked(source, true);
  const size_t size = end_.put(source.first(write_size(source.size)));
  if (size == 0) return blocked(source, false);
  counters_.bytes_written += size;
  if (faults_.cut_output != PipeCut::kNever && counters_.bytes_written == faults_.cut_output_at) {
    cut(faults_.cut_output, true);
  }
  return {Status::kOk, size};
}

Status PipeTransport::finish() {
  if (!legal(Call::kFinish)) return Status::kFailed;
  ++counters_.finishes;
  if (blocked_data_ != nullptr) network_->violate("finish() while a write waits to be repeated");
  const PipeFault fault = network_->next_call();
  if (fault.status == Status::kFailed || fault.status == Status::kClosed) break_with(fault.error);
  if (failed_) return Status::kFailed;
  state_ = State::kFinished;
  if (fault.status == Status::kWouldBlock || counters_.finishes <= faults_.finish_blocks) {
    network_->announce(index_);
    return Status::kWouldBlock;
  }
  end_.finish();
  return Status::kOk;
}

void PipeTransport::abort() {
  if (network_ == nullptr) return;
  network_->check_turn();
  if (state_ == State::kFree) {
    network_->violate("abort() of a transport that is free");
    return;
  }
  state_ = State::kFree;
  end_.leave();
  network_->count_abort();
}

void PipeTransport::release() {
  faults_.hold_at = Layer::kOpen;
  network_->announce(index_);
}

void PipeTransport::fail(int32_t number) {
  break_with(number);
  network_->announce(index_);
}

void PipeTransport::cut(PipeCut how, bool keep_waiting) {
  if (how == PipeCut::kFin) end_.cut_input(keep_waiting);
  if (how == PipeCut::kReset) break_with(kPipeReset);
  if (how == PipeCut::kSilence) end_.freeze();
  if (how != PipeCut::kSilence) network_->announce(index_);
}

void PipeTransport::break_with(int32_t number) {
  if (failed_) return;
  failed_ = true;
  error_ = number;
  end_.reset();
}

void PipeTransport::on_input() {
  if (!read_armed_) return;
  read_armed_ = false;
  network_->announce(index_);
}

void PipeTransport::on_room() {
  if (!write_armed_) return;
  write_armed_ = false;
  network_->announce(index_);
}

void PipeTransport::on_broken() {
  if (!failed_) error_ = kPipeReset;
  failed_ = true;
  network_->announce(index_);
}

void PipeTransport::on_linked() { network_->announce(index_); }

}  // namespace whit
