// SPDX-License-Identifier: MIT
// A VIRTIO network device on the memory bus (Virtual I/O Device, version 1.1: 2.6 split virtqueues, 4.2 MMIO, 5.1
// network). Each queue has as many buffers as entries, and a buffer is one entry, so nothing is chained.
#include "nic.h"

#include "hardware_config.h"
#include "lwip/pbuf.h"
#include "registers.h"
#include "whit/copy.h"

namespace board::nic {
namespace {

constexpr uintptr_t kDriverFeatures = kVirtioNet + 0x20;
constexpr uintptr_t kDriverFeaturesSelect = kVirtioNet + 0x24;
constexpr uintptr_t kQueueSelect = kVirtioNet + 0x30;
constexpr uintptr_t kQueueSize = kVirtioNet + 0x38;
constexpr uintptr_t kQueueReady = kVirtioNet + 0x44;
constexpr uintptr_t kQueueNotify = kVirtioNet + 0x50;
constexpr uintptr_t kInterruptStatus = kVirtioNet + 0x60;
constexpr uintptr_t kInterruptAcknowledge = kVirtioNet + 0x64;
constexpr uintptr_t kStatus = kVirtioNet + 0x70;
constexpr uintptr_t kQueueDescriptors = kVirtioNet + 0x80;
constexpr uintptr_t kQueueDriver = kVirtioNet + 0x90;
constexpr uintptr_t kQueueDevice = kVirtioNet + 0xA0;
constexpr uintptr_t kMac = kVirtioNet + 0x100;

constexpr uint32_t kAcknowledge = 1;
constexpr uint32_t kDriver = 2;
constexpr uint32_t kDriverOk = 4;
constexpr uint32_t kFeaturesOk = 8;
constexpr uint32_t kFeatureMac = 1u << 5;
constexpr uint32_t kFeatureVersion1 = 1u << (32 - 32);  // of the upper half

constexpr uint16_t kReceive = 0;
constexpr uint16_t kTransmit = 1;
constexpr uint16_t kDeviceWrites = 2;  // of a descriptor
constexpr uint16_t kNoInterrupt = 1;   // of the driver's ring
constexpr uint16_t kNoNotify = 1;      // of the device's ring

constexpr uint16_t kBuffers = 16;
constexpr uint32_t kHeaderBytes = 12;
constexpr uint32_t kSpareBytes = 2;
constexpr uint32_t kMaxFrameBytes = 1514;
constexpr uint32_t kMaxPolls = 1000000;

struct Descriptor {
  uintptr_t address;
  uint32_t address_high;
  uint32_t size;
  uint16_t flags;
  uint16_t next;
};

struct UsedBuffer {
  uint32_t number;
  uint32_t size;
};

// The device's header begins at the third byte. So the frame behind it lies as in a pbuf, at 4n + 2, and words can be
// copied: the two bytes in front of it are the header's last.
struct Buffer {
  alignas(4) uint8_t unused[2];
  uint8_t header[kHeaderBytes];
  uint8_t frame[kMaxFrameBytes];

  uint8_t* spare_and_frame() { return frame - kSpareBytes; }
};

struct Queue {
  alignas(4) volatile struct {
    uint16_t flags;
    uint16_t index;
    UsedBuffer ring[kBuffers];
  } used;  // written by the device
  volatile struct {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[kBuffers];
  } available;  // written by us
  alignas(16) Descriptor descriptors[kBuffers];
  Buffer buffers[kBuffers];
};

Queue receiver;
Queue transmitter;
uint16_t taken;  // used buffers of the receiver that were read; a count that wraps, as the indices of the rings do
uint16_t sent;   // the same of the transmitter
uint8_t free_buffers[kBuffers];
uint32_t free_count;

// Hands a buffer to the device.
void give(Queue& queue, uint16_t queue_number, uint16_t buffer) {
  const uint16_t index = queue.available.index;
  queue.available.ring[index % kBuffers] = buffer;
  barrier();
  queue.available.index = static_cast<uint16_t>(index + 1);
  barrier();
  if ((queue.used.flags & kNoNotify) == 0) reg(kQueueNotify) = queue_number;
}

void write_address(uintptr_t low_half, const volatile void* object) {
  reg(low_half) = reinterpret_cast<uintptr_t>(object);
  reg(low_half + 4) = 0;
}

void start_queue(Queue& queue, uint16_t number, uint16_t flags) {
  for (uint16_t i = 0; i < kBuffers; ++i) {
    const uintptr_t address = reinterpret_cast<uintptr_t>(queue.buffers[i].header);
    queue.descriptors[i] = {address, 0, kHeaderBytes + kMaxFrameBytes, flags, 0};
  }
  reg(kQueueSelect) = number;
  reg(kQueueSize) = kBuffers;
  write_address(kQueueDescriptors, queue.descriptors);
  write_address(kQueueDriver, &queue.available);
  write_address(kQueueDevice, &queue.used);
  reg(kQueueReady) = 1;
}

// Which buffers the device has sent.
void collect() {
  for (; sent != transmitter.used.index; ++sent) {
    barrier();
    free_buffers[free_count++] = static_cast<uint8_t>(transmitter.used.ring[sent % kBuffers].number);
  }
}

uint32_t waiting_buffer() { return receiver.used.ring[taken % kBuffers].number; }

}  // namespace

void start(uint8_t* mac) {
  reg(kStatus) = 0;  // reset
  reg(kStatus) = kAcknowledge | kDriver;
  reg(kDriverFeaturesSelect) = 0;
  reg(kDriverFeatures) = kFeatureMac;
  reg(kDriverFeaturesSelect) = 1;
  reg(kDriverFeatures) = kFeatureVersion1;
  reg(kStatus) = kAcknowledge | kDriver | kFeaturesOk;
  start_queue(receiver, kReceive, kDeviceWrites);
  start_queue(transmitter, kTransmit, 0);
  transmitter.available.flags = kNoInterrupt;
  reg(kStatus) = kAcknowledge | kDriver | kFeaturesOk | kDriverOk;
  for (uint8_t i = 0; i < kBuffers; ++i) {
    give(receiver, kReceive, i);
    free_buffers[free_count++] = i;
  }
  for (uint32_t i = 0; i < 6; ++i) mac[i] = *reinterpret_cast<volatile uint8_t*>(kMac + i);
}

uint16_t next_size() {
  if (receiver.used.index == taken) return 0;
  barrier();
  return static_cast<uint16_t>(receiver.used.ring[taken % kBuffers].size - kHeaderBytes);
}

void read(pbuf* frame) {
  const uint8_t* from = receiver.buffers[waiting_buffer()].spare_and_frame();
  for (; frame != nullptr; frame = frame->next) {
    whit_copy(frame->payload, from, frame->len);
    from += frame->len;
  }
  drop();
}

void drop() {
  const uint16_t buffer = static_cast<uint16_t>(waiting_buffer());
  ++taken;
  give(receiver, kReceive, buffer);
}

void send(pbuf* frame) {
  if (frame->tot_len > kSpareBytes + kMaxFrameBytes) return;
  collect();
  for (uint32_t polls = 0; free_count == 0; ++polls) {
    if (polls == kMaxPolls) return;
    collect();
  }
  const uint8_t number = free_buffers[--free_count];
  Buffer& buffer = transmitter.buffers[number];
  transmitter.descriptors[number].size = kHeaderBytes + frame->tot_len - kSpareBytes;
  uint8_t* to = buffer.spare_and_frame();
  for (; frame != nullptr; frame = frame->next) {
    whit_copy(to, frame->payload, frame->len);
    to += frame->len;
  }
  for (uint8_t& byte : buffer.header) byte = 0;  // nothing is left to the device: no checksum, no segments
  give(transmitter, kTransmit, number);
}

void interrupt_off() {
  receiver.available.flags = kNoInterrupt;
  reg(kInterruptAcknowledge) = reg(kInterruptStatus);
}

void interrupt_on() {
  reg(kInterruptAcknowledge) = reg(kInterruptStatus);
  receiver.available.flags = 0;
  barrier();
}

}  // namespace board::nic

// The end of QEMU must not overtake the last frames (semihosting.h).
extern "C" void board_nic_finish_sending() {
  using namespace board::nic;
  if (transmitter.available.index == 0) return;  // not even started, perhaps
  for (uint32_t polls = 0; free_count != kBuffers && polls < kMaxPolls; ++polls) collect();
}
