// SPDX-License-Identifier: MIT
#include "tls_records.h"

#include <string.h>

#include "tls_library.h"

namespace whit {

namespace {

constexpr uint8_t kHandshake = 22;  // RFC 8446, 5.1

}  // namespace

// Adds to head_ until `*size` bytes are `wanted`, at most `*left` of them.
Status TlsRecords::fill(Transport* below, uint8_t* size, uint8_t wanted, uint16_t* left) {
  uint8_t* const begin = size == &record_head_ ? head_ : head_ + kRecordHead;
  while (*size < wanted && *left != 0) {
    const size_t missing = static_cast<size_t>(wanted - *size);
    const Transfer transfer = below->read({begin + *size, missing < *left ? missing : *left});
    if (transfer.status != Status::kOk) return transfer.status;
    *size = static_cast<uint8_t>(*size + transfer.size);
    *left = static_cast<uint16_t>(*left - transfer.size);
  }
  return Status::kOk;
}

// Gives so many of the heads, the record's with another length, and then `length` bytes of the peer's record.
void TlsRecords::hand_on(uint8_t heads, uint16_t length) {
  given_ = 0;
  to_give_ = heads;
  const uint16_t announced = static_cast<uint16_t>(length + heads - kRecordHead);
  head_[3] = static_cast<uint8_t>(announced >> 8);
  head_[4] = static_cast<uint8_t>(announced);
  to_pass_ = length;
}

Status TlsRecords::next_record(Transport* below) {
  uint16_t unlimited = kRecordHead;
  const Status status = fill(below, &record_head_, kRecordHead, &unlimited);
  if (status != Status::kOk || record_head_ < kRecordHead) return status;
  record_head_ = 0;
  record_left_ = static_cast<uint16_t>(head_[3] << 8 | head_[4]);
  const bool as_it_is = !kTlsJoinsRecords || head_[0] != kHandshake;
  if (as_it_is || record_left_ == 0) hand_on(kRecordHead, record_left_);
  return Status::kOk;
}

// The present record has bytes of a handshake, of which the next go to Mbed TLS.
Status TlsRecords::next_message(Transport* below) {
  if (message_left_ == 0) {
    const Status status = fill(below, &message_head_, kMessageHead, &record_left_);
    if (status != Status::kOk || message_head_ < kMessageHead) return status;
    message_head_ = 0;
    const uint8_t* const length = head_ + kRecordHead + 1;
    message_left_ = static_cast<uint32_t>(length[0] << 16 | length[1] << 8 | length[2]);
    too_long_ = message_left_ + kMessageHead > kTlsMaxIn;
    hand_on(kRecordHead + kMessageHead, 0);
    return too_long_ ? Status::kFailed : Status::kOk;
  }
  const uint16_t size = message_left_ < record_left_ ? static_cast<uint16_t>(message_left_) : record_left_;
  message_left_ -= size;
  hand_on(kRecordHead, size);
  return Status::kOk;
}

Transfer TlsRecords::read(Transport* below, MutableBytes destination) {
  while (given_ == to_give_ && to_pass_ == 0) {
    if (too_long_) return {Status::kFailed, 0};
    const Status status = record_left_ == 0 ? next_record(below) : next_message(below);
    if (status != Status::kOk) return {status, 0};
  }
  if (given_ < to_give_) {
    const size_t most = static_cast<size_t>(to_give_ - given_);
    const size_t size = destination.size < most ? destination.size : most;
    memcpy(destination.data, head_ + given_, size);
    given_ = static_cast<uint8_t>(given_ + size);
    return {Status::kOk, size};
  }
  const Transfer transfer = below->read(destination.first(destination.size < to_pass_ ? destination.size : to_pass_));
  if (transfer.status == Status::kOk) {
    to_pass_ = static_cast<uint16_t>(to_pass_ - transfer.size);
    record_left_ = static_cast<uint16_t>(record_left_ - transfer.size);
  }
  return transfer;
}

}  // namespace whit
