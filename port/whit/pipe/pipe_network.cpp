// SPDX-License-Identifier: MIT
#include "pipe_network.h"

namespace whit {

namespace {

constexpr uint16_t kFirstFreePort = 49152;

// SplitMix64: small, deterministic, and good enough for tests. Not for masks on a real network.
uint64_t next_random(uint64_t* state) {
  *state += 0x9E3779B97F4A7C15u;
  uint64_t value = *state;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

// An address literal is made of digits, dots, colons and the letters of hexadecimal numbers.
bool is_literal(Text address) {
  for (size_t i = 0; i < address.size; ++i) {
    const char c = address[i];
    const bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (!hex && c != '.' && c != ':') return false;
  }
  return true;
}

}  // namespace

PipeNetworkBase::PipeNetworkBase(PipeTransport* transports, uint8_t* bytes, uint16_t* links, uint16_t count,
                                 size_t bytes_each)
    : transports_(transports), bytes_(bytes), bytes_each_(bytes_each), count_(count) {
  news_.attach(links, count);
}

PipeNetworkBase::~PipeNetworkBase() {
  for (uint8_t i = 0; i < kMaxListeners; ++i) unlisten(i);
  for (uint16_t i = 0; i < count_; ++i) transports_[i].end_.leave();
  PipeNetworkBase* before = this;
  while (before->next_joined_ != this) before = before->next_joined_;
  before->next_joined_ = next_joined_;
}

void PipeNetworkBase::attach(IndexQueue* ready) { ready_ = ready; }

void PipeNetworkBase::poll(uint32_t now_ms) {
  check_turn();
  ++polls_;
  now_ms_ = now_ms;
  for (uint16_t left = news_.size(); left > 0; --left) {
    const uint16_t index = news_.take();
    if (transports_[index].in_use()) ready_->add(index);
  }
  if (!announce_all_) return;
  for (uint16_t i = 0; i < count_; ++i) {
    if (transports_[i].in_use()) ready_->add(i);
  }
}

PipeNetworkBase::Listener* PipeNetworkBase::find(uint16_t port) {
  PipeNetworkBase* network = this;
  do {
    for (Listener& listener : network->listeners_) {
      if (listener.port == port && port != 0) return &listener;
    }
    network = network->next_joined_;
  } while (network != this);
  return nullptr;
}

Status PipeNetworkBase::listen(uint8_t listener, Text address, uint16_t port, bool secure) {
  const PipeFault fault = next_call();
  error_ = fault.error;
  if (fault.status != Status::kOk) return Status::kFailed;
  error_ = kPipeRefused;
  if ((secure && !secure_offered_) || listener >= kMaxListeners || listeners_[listener].port != 0 ||
      !is_literal(address)) {
    return Status::kInvalidArgument;
  }
  uint16_t chosen = port == 0 ? kFirstFreePort : port;
  while (port == 0 && find(chosen) != nullptr) ++chosen;
  if (find(chosen) != nullptr) return Status::kInUse;
  listeners_[listener].port = chosen;
  error_ = 0;
  return Status::kOk;
}

uint16_t PipeNetworkBase::listening_port(uint8_t listener) const {
  return listener < kMaxListeners ? listeners_[listener].port : 0;
}

void PipeNetworkBase::unlisten(uint8_t listener) {
  if (listener >= kMaxListeners) return;
  while (PipeEnd* end = listeners_[listener].waiting.take()) end->reset();
  listeners_[listener].port = 0;
}

bool PipeNetworkBase::usable(uint16_t index, const char* text) {
  if (ready_ == nullptr) violate("a call before attach()");
  if (ready_ != nullptr && index < count_ && !transports_[index].in_use()) return true;
  violate(text);
  return false;
}

PipeTransport& PipeNetworkBase::begin(uint16_t index) {
  PipeTransport& transport = transports_[index];
  transport.begin(this, index, {bytes_ + index * bytes_each_, bytes_each_}, faults_);
  ++opened_;
  return transport;
}

Transport* PipeNetworkBase::accept(uint8_t listener, uint16_t index) {
  check_turn();
  if (!usable(index, "accept into an index that is not free")) return nullptr;
  if (listener >= kMaxListeners || listeners_[listener].waiting.first == nullptr) return nullptr;
  if (next_call().status != Status::kOk) return nullptr;
  if (refuse_accepts_ > 0) {
    --refuse_accepts_;
    return nullptr;
  }
  PipeTransport& transport = begin(index);
  const bool secured = faults_.hold_at == Layer::kSecure || faults_.fail_at == Layer::kSecure;
  transport.establish_from(secured ? Layer::kSecure : Layer::kOpen, secured);
  PipeEnd::link(transport.end_, *listeners_[listener].waiting.take());
  return &transport;
}

bool PipeNetworkBase::waiting(uint8_t listener) {
  check_turn();
  return listener < kMaxListeners && listeners_[listener].waiting.first != nullptr;
}

// Puts the way to `port` under the transport: a listener's line, or a raw end of the test.
bool PipeNetworkBase::reach(PipeTransport& transport, Text host, uint16_t port, bool secure) {
  Listener* listener = find(port);
  if (listener != nullptr) {
    listener->waiting.add(transport.end_);
    return true;
  }
  PipeEnd* raw = unknown_port(host, port, secure);
  if (raw == nullptr) return false;
  PipeEnd::link(transport.end_, *raw);
  return true;
}

Transport* PipeNetworkBase::connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) {
  *status = secure && !secure_offered_ ? Status::kInvalidArgument : Status::kFailed;
  if (!usable(index, "connect into an index that is not free")) return nullptr;
  const PipeFault fault = next_call();
  error_ = fault.error;
  if (fault.status != Status::kOk) {
    *status = Status::kFailed;
    return nullptr;
  }
  error_ = kPipeRefused;
  if (refuse_connects_ != Status::kOk) {
    *status = refuse_connects_;
    return nullptr;
  }
  if ((secure && !secure_offered_) || port == 0 || host.empty()) return nullptr;
  error_ = 0;
  PipeTransport& transport = begin(index);
  transport.establish_from(Layer::kResolve, secure);
  if (!reach(transport, host, port, secure)) {
    // The peer refuses, so progress() reports it and not the call.
    transport.faults_.fail_at = Layer::kConnect;
    transport.faults_.fail_error = kPipeRefused;
  }
  announce(index);
  *status = Status::kOk;
  return &transport;
}

Status PipeNetworkBase::random(MutableBytes destination) {
  if (next_call().status != Status::kOk) return Status::kFailed;
  for (size_t i = 0; i < destination.size; ++i) {
    destination.data[i] = static_cast<uint8_t>(next_random(&random_state_) >> 56);
  }
  return Status::kOk;
}

void PipeNetworkBase::join(PipeNetworkBase& other) {
  PipeNetworkBase* const next = next_joined_;
  next_joined_ = other.next_joined_;
  other.next_joined_ = next;
}

bool PipeNetworkBase::dial(PipeEnd& end, uint16_t port) {
  Listener* listener = find(port);
  if (listener == nullptr) return false;
  listener->waiting.add(end);
  return true;
}

uint16_t PipeNetworkBase::in_use() const {
  uint16_t used = 0;
  for (uint16_t i = 0; i < count_; ++i) used = static_cast<uint16_t>(used + (transports_[i].in_use() ? 1 : 0));
  return used;
}

void PipeNetworkBase::seed(uint64_t value) {
  random_state_ = value;
  choice_state_ = ~value;
}

void PipeNetworkBase::fail_call(uint32_t k, Status status, int32_t error) {
  fault_call_ = k == 0 ? 0 : calls_ + k;
  fault_ = {status, error};
  fault_hit_ = false;
}

PipeFault PipeNetworkBase::next_call() {
  ++calls_;
  if (fault_call_ == 0 || calls_ != fault_call_) return PipeFault();
  fault_hit_ = true;
  return fault_;
}

size_t PipeNetworkBase::choose(uint32_t limit, bool at_random, size_t offered) {
  if (limit == 0) return offered;
  size_t size = limit;
  if (at_random) size = 1 + static_cast<size_t>(next_random(&choice_state_) % limit);
  return size < offered ? size : offered;
}

void PipeNetworkBase::check_turn() {
  if (calls_forbidden_) violate("a call outside Loop::poll()");
}

void PipeNetworkBase::violate(const char* text) {
  if (violations_ == 0) violation_ = text;
  ++violations_;
}

PipeEnd* PipeNetworkBase::unknown_port(Text, uint16_t, bool) { return nullptr; }

}  // namespace whit
