// SPDX-License-Identifier: MIT
// The Ethernet controller of the STM32H743 (ST RM0433, chapter "Ethernet (ETH): media access control (MAC) with DMA
// controller") with the PHY of the board, a LAN8742A on RMII (Microchip DS00001989; pins: ST UM2407).
//
// Both rings and their buffers lie in memory that is not cached (memory.ld). A descriptor is the controller's while its
// bit kOwn is set. A buffer is one frame, so nothing is chained.
#include "nic.h"

#include "hardware.h"
#include "hardware_config.h"
#include "lwip/pbuf.h"
#include "pins.h"
#include "registers.h"
#include "whit/copy.h"

namespace board::nic {
namespace {

constexpr uintptr_t kMac = 0x40028000;
constexpr uintptr_t kMacConfig = kMac + 0x0000;
constexpr uintptr_t kMacFilter = kMac + 0x0008;
constexpr uintptr_t kMdioAddress = kMac + 0x0200;
constexpr uintptr_t kMdioData = kMac + 0x0204;
constexpr uintptr_t kMacAddressHigh = kMac + 0x0300;
constexpr uintptr_t kMacAddressLow = kMac + 0x0304;
constexpr uintptr_t kReceiveCounterMask = kMac + 0x070C;
constexpr uintptr_t kTransmitCounterMask = kMac + 0x0710;
constexpr uintptr_t kTransmitQueue = kMac + 0x0D00;
constexpr uintptr_t kReceiveQueue = kMac + 0x0D30;
constexpr uintptr_t kDmaMode = kMac + 0x1000;
constexpr uintptr_t kDmaBus = kMac + 0x1004;
constexpr uintptr_t kDmaTransmit = kMac + 0x1104;
constexpr uintptr_t kDmaReceive = kMac + 0x1108;
constexpr uintptr_t kTransmitRing = kMac + 0x1114;
constexpr uintptr_t kReceiveRing = kMac + 0x111C;
constexpr uintptr_t kTransmitTail = kMac + 0x1120;
constexpr uintptr_t kReceiveTail = kMac + 0x1128;
constexpr uintptr_t kTransmitLast = kMac + 0x112C;
constexpr uintptr_t kReceiveLast = kMac + 0x1130;
constexpr uintptr_t kDmaInterrupts = kMac + 0x1134;
constexpr uintptr_t kDmaStatus = kMac + 0x1160;

constexpr uint32_t kReceiveAndTransmit = 1u << 1 | 1u << 0;
constexpr uint32_t kFullDuplex = 1u << 13;
constexpr uint32_t k100Mbit = 1u << 14;
constexpr uint32_t kAllMulticast = 1u << 4;  // neighbour discovery of IPv6
constexpr uint32_t kReceiveCounters = 1u << 27 | 1u << 26 | 1u << 17 | 1u << 6 | 1u << 5;
constexpr uint32_t kTransmitCounters = 1u << 27 | 1u << 26 | 1u << 21 | 1u << 15 | 1u << 14;
constexpr uint32_t kWholeFramesOut = 1u << 1;
constexpr uint32_t kWholeFramesIn = 1u << 5;
constexpr uint32_t kReset = 1;
constexpr uint32_t kAlignedBursts = 1u << 12;
constexpr uint32_t kRun = 1;            // of either direction
constexpr uint32_t kBurst = 32u << 16;  // of either direction
constexpr uint32_t kReceived = 1u << 15 | 1u << 6;

// The last word of a descriptor.
constexpr uint32_t kOwn = 1u << 31;
constexpr uint32_t kInterrupt = 1u << 30;  // given to the controller; in what it gives back the same bit is kContext
constexpr uint32_t kContext = 1u << 30;
constexpr uint32_t kFirstAndLast = 1u << 29 | 1u << 28;
constexpr uint32_t kBufferValid = 1u << 24;
constexpr uint32_t kError = 1u << 15;
constexpr uint32_t kSizeMask = 0x7FFF;

constexpr uint32_t kMdioBusy = 1u << 0;
constexpr uint32_t kMdioWrite = 1u << 2;
constexpr uint32_t kMdioRead = 3u << 2;
constexpr uint32_t kMdioClock = 0u << 8;  // a 42nd, for buses of 60 to 100 MHz
constexpr uint32_t kPhyControl = 0;       // registers of the PHY, which has the address 0
constexpr uint32_t kPhySpecialStatus = 31;
constexpr uint32_t kPhyNegotiate = 1u << 12 | 1u << 9;
constexpr uint32_t kPhyNegotiated = 1u << 12;
constexpr uint32_t kPhyFullDuplex = 1u << 4;
constexpr uint32_t kPhy100Mbit = 1u << 3;

constexpr uintptr_t kApb4Syscfg = 0x58000400;
constexpr uintptr_t kPeripheralMode = kApb4Syscfg + 0x04;
constexpr uint32_t kRmii = 4;  // at bit 21
constexpr uintptr_t kDeviceId = 0x1FF1E800;

constexpr uint16_t kReceiveBuffers = 16;
constexpr uint16_t kTransmitBuffers = 8;
constexpr uint32_t kBufferBytes = 1536;
constexpr uint32_t kSpareBytes = 2;
constexpr uint32_t kMaxFrameBytes = 1514;
constexpr uint32_t kChecksumBytes = 4;
constexpr uint32_t kMaxPolls = 100000;  // longer than eight frames take at 10 Mbit/s
constexpr uint32_t kLinkTicks = 500 * kTicksPerMs;

struct Descriptor {
  uintptr_t buffer;
  uint32_t unused;
  uint32_t size;
  uint32_t control;
};
static_assert(sizeof(Descriptor) == 16);  // no gap between them: DMACCR.DSL is 0

struct Memory {
  volatile Descriptor receive[kReceiveBuffers];
  volatile Descriptor transmit[kTransmitBuffers];
  alignas(32) uint8_t received[kReceiveBuffers][kBufferBytes];
  uint8_t to_send[kTransmitBuffers][kBufferBytes];
};
[[gnu::section(".dma")]] alignas(32) Memory memory;  // start() writes what is read

uint16_t next_received;
uint16_t next_to_send;
uint32_t link_ticks;

uintptr_t address_of(const volatile void* object) { return reinterpret_cast<uintptr_t>(object); }

bool wait_until_clear(uintptr_t address, uint32_t bit) {
  for (uint32_t polls = 0; polls < kMaxPolls; ++polls) {
    if ((reg(address) & bit) == 0) return true;
  }
  return false;
}

void mdio(uint32_t phy_register, uint32_t operation) {
  reg(kMdioAddress) = phy_register << 16 | kMdioClock | operation | kMdioBusy;
  (void)wait_until_clear(kMdioAddress, kMdioBusy);
}

// Without a link all zeros.
uint32_t speed_of_link() {
  mdio(kPhySpecialStatus, kMdioRead);
  const uint32_t status = reg(kMdioData) & 0xFFFF;
  if ((status & kPhyNegotiated) == 0) return 0;
  return ((status & kPhyFullDuplex) != 0 ? kFullDuplex : 0) | ((status & kPhy100Mbit) != 0 ? k100Mbit : 0);
}

// The MAC has to run as the PHY has agreed with its peer, and a cable may be plugged into another switch.
void follow_link() {
  const uint32_t now = hardware::clock_ticks();
  if (now - link_ticks < kLinkTicks) return;
  link_ticks = now;
  const uint32_t config = reg(kMacConfig);
  const uint32_t wanted = (config & ~(kFullDuplex | k100Mbit)) | speed_of_link();
  if (wanted != config) reg(kMacConfig) = wanted;
}

void connect_pins() {
  struct Pin {
    Port port;
    uint8_t number;
  };
  constexpr Pin kPins[] = {{kPortA, 1}, {kPortA, 2}, {kPortA, 7},  {kPortB, 13}, {kPortC, 1},
                           {kPortC, 4}, {kPortC, 5}, {kPortG, 11}, {kPortG, 13}};
  for (const Pin& pin : kPins) connect(pin.port, pin.number, 11);
}

void start_clocks() {
  reg(kApb4Clocks) = reg(kApb4Clocks) | 1u << 1;
  barrier();
  set_field(kPeripheralMode, 21, 7, kRmii);  // before the controller has a clock
  barrier();
  reg(kAhb1Clocks) = reg(kAhb1Clocks) | 7u << 15;  // MAC, transmission, reception
  barrier();
}

// Of the unit's number (FNV-1a), locally administered. A product has an address of its own.
void make_address(uint8_t* mac) {
  uint64_t hash = 0xCBF29CE484222325;
  for (uint32_t i = 0; i < 12; ++i) {
    hash = (hash ^ (reg(kDeviceId + (i & ~3u)) >> 8 * (i & 3) & 0xFF)) * 0x100000001B3;
  }
  mac[0] = 0x02;
  for (int i = 1; i < 6; ++i) mac[i] = static_cast<uint8_t>(hash >> 8 * i);
}

void start_mac(const uint8_t* mac) {
  reg(kMacAddressHigh) = static_cast<uint32_t>(mac[5]) << 8 | mac[4];
  // This one takes both over.
  reg(kMacAddressLow) = static_cast<uint32_t>(mac[3]) << 24 | static_cast<uint32_t>(mac[2]) << 16 |
                        static_cast<uint32_t>(mac[1]) << 8 | mac[0];
  reg(kMacFilter) = kAllMulticast;
  // Its counters raise the same interrupt, and nobody would take it back.
  reg(kReceiveCounterMask) = kReceiveCounters;
  reg(kTransmitCounterMask) = kTransmitCounters;
  reg(kTransmitQueue) = reg(kTransmitQueue) | kWholeFramesOut;
  reg(kReceiveQueue) = reg(kReceiveQueue) | kWholeFramesIn;
}

// Hands a buffer for a frame to the controller, which has overwritten the descriptor.
void give(uint16_t number) {
  volatile Descriptor& descriptor = memory.receive[number];
  descriptor.buffer = address_of(memory.received[number]);
  barrier();
  descriptor.control = kOwn | kInterrupt | kBufferValid;
  barrier();
  reg(kReceiveTail) = address_of(&descriptor);
}

void start_dma() {
  reg(kDmaBus) = kAlignedBursts;
  reg(kReceiveRing) = address_of(memory.receive);
  reg(kReceiveLast) = kReceiveBuffers - 1;
  reg(kTransmitRing) = address_of(memory.transmit);
  reg(kTransmitLast) = kTransmitBuffers - 1;
  for (volatile Descriptor& descriptor : memory.transmit) descriptor.control = 0;
  for (uint16_t i = 0; i < kReceiveBuffers; ++i) give(i);
  reg(kTransmitTail) = address_of(memory.transmit);
  reg(kDmaTransmit) = kBurst | kRun;
  reg(kDmaReceive) = kBurst | kBufferBytes << 1 | kRun;
  reg(kMacConfig) = reg(kMacConfig) | kFullDuplex | k100Mbit | kReceiveAndTransmit;
  // Written behind what started it: it looks at the ring once more.
  reg(kReceiveTail) = address_of(&memory.receive[kReceiveBuffers - 1]);
}

uint32_t waiting_control() { return memory.receive[next_received].control; }

}  // namespace

void start(uint8_t* mac) {
  make_address(mac);
  connect_pins();
  start_clocks();
  reg(kDmaMode) = kReset;
  // Its end needs the clock that the PHY gives: without a board around the chip it never comes.
  (void)wait_until_clear(kDmaMode, kReset);
  reg(kDmaInterrupts) = 0;
  reg(kMdioData) = kPhyNegotiate;
  mdio(kPhyControl, kMdioWrite);
  start_mac(mac);
  start_dma();
}

uint16_t next_size() {
  follow_link();
  for (uint16_t frames = 0; frames < kReceiveBuffers; ++frames) {
    const uint32_t control = waiting_control();
    if ((control & kOwn) != 0) return 0;
    barrier();
    const uint32_t size = control & kSizeMask;
    const bool whole = (control & (kFirstAndLast | kContext | kError)) == kFirstAndLast;
    if (whole && size > kChecksumBytes && size <= kBufferBytes) return static_cast<uint16_t>(size - kChecksumBytes);
    drop();
  }
  return 0;
}

void read(pbuf* frame) {
  const uint8_t* from = memory.received[next_received];
  size_t spare = kSpareBytes;
  for (; frame != nullptr; frame = frame->next) {
    const size_t size = frame->len - spare;
    whit_copy(static_cast<uint8_t*>(frame->payload) + spare, from, size);
    from += size;
    spare = 0;
  }
  drop();
}

void drop() {
  give(next_received);
  next_received = static_cast<uint16_t>((next_received + 1) % kReceiveBuffers);
}

void send(pbuf* frame) {
  if (frame->tot_len > kSpareBytes + kMaxFrameBytes) return;
  volatile Descriptor& descriptor = memory.transmit[next_to_send];
  for (uint32_t polls = 0; (descriptor.control & kOwn) != 0; ++polls) {
    if (polls == kMaxPolls) return;  // no link, perhaps
  }
  uint8_t* to = memory.to_send[next_to_send];
  const uint32_t size = frame->tot_len - kSpareBytes;
  size_t spare = kSpareBytes;
  for (; frame != nullptr; frame = frame->next) {
    const size_t part = frame->len - spare;
    whit_copy(to, static_cast<uint8_t*>(frame->payload) + spare, part);
    to += part;
    spare = 0;
  }
  descriptor.buffer = address_of(memory.to_send[next_to_send]);
  descriptor.size = size;
  barrier();
  descriptor.control = kOwn | kFirstAndLast | size;
  barrier();
  next_to_send = static_cast<uint16_t>((next_to_send + 1) % kTransmitBuffers);
  reg(kTransmitTail) = address_of(&memory.transmit[next_to_send]);
}

void interrupt_off() {
  reg(kDmaInterrupts) = 0;
  barrier();  // else the interrupt may come once more after its handler
}

void interrupt_on() {
  reg(kDmaStatus) = kReceived;
  reg(kDmaInterrupts) = kReceived;
}

}  // namespace board::nic
