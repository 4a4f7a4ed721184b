// SPDX-License-Identifier: MIT
#include "whit/tickets.h"

#include "whit/copy.h"
#include "whit/status.h"

namespace whit {

namespace {

// A hexadecimal digit of a byte, the higher one first. Without a table or a branch: the byte is a secret.
char digit_of(const uint8_t* bytes, size_t at) {
  const uint32_t value = static_cast<uint32_t>(bytes[at / 2]) >> (at % 2 == 0 ? 4 : 0) & 15;
  const uint32_t is_letter = (9 - value) >> 31;
  return static_cast<char>('0' + value + is_letter * ('a' - '9' - 1));
}

}  // namespace

void Tickets::poll(uint32_t now_ms) {
  now_ms_ = now_ms;
  for (size_t i = 0; i < count_; ++i) {
    if (now_ms - entries_[i].issued_ms >= lifetime_ms_) entries_[i].used = false;
  }
}

Text Tickets::issue(char (&text)[kTicketSize], uint16_t tag) {
  uint8_t bytes[kTicketBytes];
  if (network_.random({bytes, kTicketBytes}) != Status::kOk) return {};
  Entry* const entry = free_or_oldest();
  copy(entry->bytes, bytes, kTicketBytes);
  entry->issued_ms = now_ms_;
  entry->tag = tag;
  entry->used = true;
  for (size_t i = 0; i < kTicketSize; ++i) text[i] = digit_of(entry->bytes, i);
  return {text, kTicketSize};
}

bool Tickets::redeem(Text text, uint16_t* tag) {
  if (text.size != kTicketSize) return false;
  Entry* found = nullptr;
  for (size_t i = 0; i < count_; ++i) {
    // Gathered and looked at once: the time tells nothing of how much of a ticket is right.
    volatile uint8_t difference = entries_[i].used ? 0 : 1;
    for (size_t at = 0; at < kTicketSize; ++at) {
      difference = static_cast<uint8_t>(difference | (text[at] ^ digit_of(entries_[i].bytes, at)));
    }
    if (difference == 0) found = &entries_[i];
  }
  if (found == nullptr) return false;
  found->used = false;
  if (tag != nullptr) *tag = found->tag;
  return true;
}

size_t Tickets::waiting() const {
  size_t waiting = 0;
  for (size_t i = 0; i < count_; ++i) waiting += entries_[i].used ? 1 : 0;
  return waiting;
}

Tickets::Entry* Tickets::free_or_oldest() {
  Entry* oldest = entries_;
  for (size_t i = 0; i < count_; ++i) {
    Entry& entry = entries_[i];
    if (!entry.used) return &entry;
    if (now_ms_ - entry.issued_ms > now_ms_ - oldest->issued_ms) oldest = &entry;
  }
  return oldest;
}

}  // namespace whit
