// SPDX-License-Identifier: MIT
// The LM3S6965's Ethernet controller (data sheet, chapter "Ethernet Controller"). QEMU models the MAC, not the PHY's
// registers, so there is no link to wait for.
//
// Both ways the FIFO puts a length of 16 bits in front of the frame; it lies where pbufs have their two spare bytes.
#include "nic.h"

#include "lwip/pbuf.h"
#include "pbuf_words.h"
#include "registers.h"

namespace board::nic {
namespace {

constexpr uintptr_t kBase = 0x40048000;
constexpr uintptr_t kInterruptStatus = kBase + 0x00;  // written: acknowledge
constexpr uintptr_t kInterruptMask = kBase + 0x04;
constexpr uintptr_t kReceiveControl = kBase + 0x08;
constexpr uintptr_t kTransmitControl = kBase + 0x0C;
constexpr uintptr_t kData = kBase + 0x10;
constexpr uintptr_t kAddress0 = kBase + 0x14;
constexpr uintptr_t kAddress1 = kBase + 0x18;
constexpr uintptr_t kThreshold = kBase + 0x1C;
constexpr uintptr_t kFramesWaiting = kBase + 0x34;
constexpr uintptr_t kTransmit = kBase + 0x38;

constexpr uint32_t kReceived = 1;
constexpr uint32_t kResetFifo = 1u << 4;
constexpr uint32_t kRejectBadChecksums = 1u << 3;
constexpr uint32_t kAllMulticast = 1u << 1;
constexpr uint32_t kEnable = 1;
constexpr uint32_t kFullDuplex = 1u << 4;
constexpr uint32_t kAppendChecksum = 1u << 2;
constexpr uint32_t kPad = 1u << 1;
constexpr uint32_t kThresholdOff = 0x3F;

constexpr uint32_t kLengthBytes = 2;
constexpr uint32_t kChecksumBytes = 4;
constexpr uint32_t kEthernetHeaderBytes = 14;
constexpr uint32_t kMaxTransmitPolls = 100000;

// The FIFO cannot be looked into, so the first word of the frame that waits is kept here. 0: not read yet.
uint32_t first_word;

uint32_t total_bytes() { return first_word & 0xFFFF; }

void skip_words(uint32_t count) {
  for (; count != 0; --count) discard(kData);
}

}  // namespace

void start(uint8_t* mac) {
  reg(kInterruptMask) = 0;
  reg(kReceiveControl) = kResetFifo;
  reg(kInterruptStatus) = 0x7F;
  reg(kThreshold) = kThresholdOff;
  const uint32_t low = reg(kAddress0);
  const uint32_t high = reg(kAddress1);
  for (int i = 0; i < 4; ++i) mac[i] = static_cast<uint8_t>(low >> 8 * i);
  for (int i = 0; i < 2; ++i) mac[4 + i] = static_cast<uint8_t>(high >> 8 * i);
  reg(kReceiveControl) = kRejectBadChecksums | kAllMulticast | kEnable;
  reg(kTransmitControl) = kFullDuplex | kAppendChecksum | kPad | kEnable;
}

uint16_t next_size() {
  if (first_word == 0) {
    if ((reg(kFramesWaiting) & 0x3F) == 0) return 0;
    first_word = reg(kData);
  }
  const uint32_t overhead = kLengthBytes + kChecksumBytes;
  return static_cast<uint16_t>(total_bytes() > overhead ? total_bytes() - overhead : 1);
}

void read(pbuf* frame) {
  const uint32_t all_words = (total_bytes() + 3) / 4;
  const uint32_t frame_words = (frame->tot_len + 3u) / 4;
  // The length goes into the spare bytes, with the first two bytes of the frame behind it.
  read_words(frame, reg(kData), &first_word);
  first_word = 0;
  skip_words(all_words - frame_words);
}

void drop() {
  skip_words((total_bytes() + 3) / 4 - 1);
  first_word = 0;
}

void send(pbuf* frame) {
  // The FIFO holds one frame; on QEMU it is always free.
  for (uint32_t polls = 0; (reg(kTransmit) & 1) != 0; ++polls) {
    if (polls == kMaxTransmitPolls) return;
  }
  *static_cast<uint16_t*>(frame->payload) = static_cast<uint16_t>(frame->tot_len - kLengthBytes - kEthernetHeaderBytes);
  write_words(frame, reg(kData));
  reg(kTransmit) = 1;
}

void interrupt_off() { reg(kInterruptMask) = 0; }

void interrupt_on() {
  reg(kInterruptStatus) = kReceived;
  reg(kInterruptMask) = kReceived;
}

}  // namespace board::nic
