// SPDX-License-Identifier: MIT
// SMSC LAN9118 (data sheet, chapters 3 and 5) on the MPS2's static memory bus: every access is a word.
#include "nic.h"

#include "hardware_config.h"
#include "lwip/pbuf.h"
#include "pbuf_words.h"
#include "registers.h"

namespace board::nic {
namespace {

constexpr uintptr_t kBase = kLan9118;
constexpr uintptr_t kReceiveData = kBase + 0x00;
constexpr uintptr_t kTransmitData = kBase + 0x20;
constexpr uintptr_t kReceiveStatus = kBase + 0x40;
constexpr uintptr_t kReceiveStatusPeek = kBase + 0x44;
constexpr uintptr_t kTransmitStatus = kBase + 0x48;
constexpr uintptr_t kInterruptConfig = kBase + 0x54;
constexpr uintptr_t kInterruptStatus = kBase + 0x58;
constexpr uintptr_t kInterruptEnable = kBase + 0x5C;
constexpr uintptr_t kFifoLevels = kBase + 0x68;
constexpr uintptr_t kReceiveConfig = kBase + 0x6C;
constexpr uintptr_t kTransmitConfig = kBase + 0x70;
constexpr uintptr_t kHardwareConfig = kBase + 0x74;
constexpr uintptr_t kReceiveFifo = kBase + 0x7C;
constexpr uintptr_t kTransmitFifo = kBase + 0x80;
constexpr uintptr_t kMacCommand = kBase + 0xA4;
constexpr uintptr_t kMacData = kBase + 0xA8;

constexpr uint32_t kReceiveStatusLevel = 1u << 3;
constexpr uint32_t kActiveHighPushPull = 1u << 4 | 1;  // else QEMU's interrupt line is inverted
constexpr uint32_t kInterruptsOn = 1u << 8;
constexpr uint32_t kErrorStatus = 1u << 15;
constexpr uint32_t kTransmitOn = 2;
constexpr uint32_t kFirstSegment = 1u << 13;
constexpr uint32_t kLastSegment = 1u << 12;
constexpr uint32_t kMacBusy = 1u << 31;
constexpr uint32_t kMacRead = 1u << 30;
constexpr uint32_t kMacControl = 1;
constexpr uint32_t kMacAddressHigh = 2;
constexpr uint32_t kMacAddressLow = 3;
constexpr uint32_t kFullDuplex = 1u << 20;
constexpr uint32_t kAllMulticast = 1u << 19;  // neighbour discovery of IPv6
constexpr uint32_t kTransmitAndReceive = 1u << 3 | 1u << 2;

constexpr uint32_t kSpareBytes = 2;
constexpr uint32_t kChecksumBytes = 4;
constexpr uint32_t kMaxPolls = 100000;
constexpr uint32_t kMaxFrames = 256;  // the status FIFO holds fewer

void wait_for_mac() {
  for (uint32_t polls = 0; (reg(kMacCommand) & kMacBusy) != 0 && polls < kMaxPolls; ++polls) {
  }
}

uint32_t mac_read(uint32_t number) {
  reg(kMacCommand) = kMacBusy | kMacRead | number;
  wait_for_mac();
  return reg(kMacData);
}

void mac_write(uint32_t number, uint32_t value) {
  reg(kMacData) = value;
  reg(kMacCommand) = kMacBusy | number;
  wait_for_mac();
}

// Bytes with the checksum, as the status word says it.
uint32_t total_bytes(uint32_t status) { return status >> 16 & 0x3FFF; }

void skip_words(uint32_t count) {
  for (; count != 0; --count) discard(kReceiveData);
}

}  // namespace

void start(uint8_t* mac) {
  reg(kHardwareConfig) = 1;  // reset
  for (uint32_t polls = 0; (reg(kHardwareConfig) & 1) != 0 && polls < kMaxPolls; ++polls) {
  }
  reg(kInterruptEnable) = 0;
  reg(kHardwareConfig) = 5u << 16 | 1u << 20;  // 5 KiB for transmission; the rest, 10,560 bytes, for reception
  reg(kReceiveConfig) = kSpareBytes << 8;      // puts the spare bytes in front of every frame
  reg(kTransmitConfig) = kTransmitOn;
  reg(kFifoLevels) = 0;  // the first frame already counts
  reg(kInterruptConfig) = kInterruptsOn | kActiveHighPushPull;
  const uint32_t low = mac_read(kMacAddressLow);
  const uint32_t high = mac_read(kMacAddressHigh);
  for (int i = 0; i < 4; ++i) mac[i] = static_cast<uint8_t>(low >> 8 * i);
  for (int i = 0; i < 2; ++i) mac[4 + i] = static_cast<uint8_t>(high >> 8 * i);
  mac_write(kMacControl, kFullDuplex | kAllMulticast | kTransmitAndReceive);
}

uint16_t next_size() {
  for (uint32_t frames = 0; frames < kMaxFrames; ++frames) {
    if ((reg(kReceiveFifo) >> 16 & 0xFF) == 0) return 0;
    const uint32_t status = reg(kReceiveStatusPeek);
    if ((status & kErrorStatus) == 0) return static_cast<uint16_t>(total_bytes(status) - kChecksumBytes);
    drop();
  }
  return 0;
}

void read(pbuf* frame) {
  const uint32_t all_words = (kSpareBytes + total_bytes(reg(kReceiveStatus)) + 3) / 4;
  const uint32_t frame_words = (frame->tot_len + 3u) / 4;
  read_words(frame, reg(kReceiveData));
  skip_words(all_words - frame_words);
}

void drop() { skip_words((kSpareBytes + total_bytes(reg(kReceiveStatus)) + 3) / 4); }

void send(pbuf* frame) {
  const uint32_t size = frame->tot_len - kSpareBytes;
  // Statuses of frames sent earlier; when 512 of them lie there, the chip stops.
  while (reg(kTransmitFifo) >> 16 != 0) discard(kTransmitStatus);
  for (uint32_t polls = 0; (reg(kTransmitFifo) & 0xFFFF) < size + 3 * 4; ++polls) {
    if (polls == kMaxPolls) return;
  }
  reg(kTransmitData) = kSpareBytes << 16 | kFirstSegment | kLastSegment | size;
  reg(kTransmitData) = size;
  write_words(frame, reg(kTransmitData));
}

void interrupt_off() { reg(kInterruptEnable) = 0; }

void interrupt_on() {
  reg(kInterruptStatus) = kReceiveStatusLevel;
  reg(kInterruptEnable) = kReceiveStatusLevel;
}

}  // namespace board::nic
