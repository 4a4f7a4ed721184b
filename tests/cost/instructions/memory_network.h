// SPDX-License-Identifier: MIT
// A network of one connection in RAM that does as little as it can, so that the protocol is measured. The test
// is its peer: it fills `input`, and looks at `output`.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/network.h"

class MemoryNetwork final : public whit::Network, private whit::Transport {
 public:
  constexpr MemoryNetwork() = default;

  uint8_t input[8192] = {};
  size_t input_size = 0;
  uint8_t output[8192] = {};
  size_t output_size = 0;

  // Something was written to `input`, or a peer dials.
  void announce() { news_ = true; }
  void dial() { dialled_ = true; }
  void hang_up() { input_size = input_at_ = output_size = 0; }

 private:
  uint16_t capacity() const override { return 16; }
  void poll(uint32_t) override {
    if (news_) ready_->add(index_);
    news_ = false;
  }
  void attach(whit::IndexQueue* ready) override { ready_ = ready; }
  whit::Status listen(uint8_t, whit::Text, uint16_t, bool) override { return whit::Status::kOk; }
  uint16_t listening_port(uint8_t) const override { return 80; }
  void unlisten(uint8_t) override {}
  bool waiting(uint8_t) override { return false; }
  whit::Transport* accept(uint8_t, uint16_t index) override {
    if (!dialled_) return nullptr;
    dialled_ = false;
    index_ = index;
    return this;
  }
  whit::Transport* connect(uint16_t index, whit::Text, uint16_t, bool, whit::Status*) override {
    index_ = index;
    return this;
  }
  whit::Status random(whit::MutableBytes destination) override {
    for (size_t i = 0; i < destination.size; ++i) destination.data[i] = static_cast<uint8_t>(37 * i + 11);
    return whit::Status::kOk;
  }
  void wake() override {}
  int32_t error() const override { return 0; }

  whit::Progress progress() override { return {}; }
  whit::Transfer read(whit::MutableBytes destination) override {
    const size_t left = input_size - input_at_;
    const size_t size = left < destination.size ? left : destination.size;
    for (size_t i = 0; i < size; ++i) destination.data[i] = input[input_at_ + i];
    input_at_ += size;
    if (input_at_ == input_size) input_at_ = input_size = 0;
    return {size != 0 ? whit::Status::kOk : whit::Status::kWouldBlock, size};
  }
  whit::Transfer write(whit::Bytes source) override {
    for (size_t i = 0; i < source.size; ++i) output[output_size + i] = source.data[i];
    output_size += source.size;
    return {whit::Status::kOk, source.size};
  }
  whit::Status finish() override { return whit::Status::kOk; }
  uint32_t unacknowledged() const override { return 0; }
  void abort() override {}
  whit::Address remote() const override { return {}; }

  whit::IndexQueue* ready_ = nullptr;
  size_t input_at_ = 0;
  uint16_t index_ = 0;
  bool news_ = false;
  bool dialled_ = false;
};
