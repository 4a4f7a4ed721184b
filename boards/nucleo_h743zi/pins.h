// SPDX-License-Identifier: MIT
// Pins of the STM32H743 (ST RM0433, chapter "General-purpose I/Os").
#pragma once

#include <stdint.h>

#include "hardware_config.h"
#include "registers.h"

namespace board {

enum Port : uint8_t { kPortA, kPortB, kPortC, kPortD, kPortG = 6 };

constexpr uintptr_t port_base(Port port) { return 0x58020000 + 0x400u * port; }
constexpr uintptr_t kPinMode = 0x00;      // of a port: two bits a pin
constexpr uintptr_t kPinSpeed = 0x08;     // two bits a pin
constexpr uintptr_t kPinOutput = 0x14;    // one bit a pin
constexpr uintptr_t kPinFunction = 0x20;  // four bits a pin, in two words

constexpr uint32_t kModeOutput = 1;
constexpr uint32_t kModeFunction = 2;

inline void set_field(uintptr_t address, uint32_t shift, uint32_t mask, uint32_t value) {
  reg(address) = (reg(address) & ~(mask << shift)) | value << shift;
}

inline void set_mode(Port port, uint32_t pin, uint32_t mode) {
  reg(kAhb4Clocks) = reg(kAhb4Clocks) | 1u << port;
  barrier();
  set_field(port_base(port) + kPinMode, 2 * pin, 3, mode);
}

// Gives the pin to a peripheral, by the number of its alternate function, at the highest speed.
inline void connect(Port port, uint32_t pin, uint32_t function) {
  set_mode(port, pin, kModeFunction);
  set_field(port_base(port) + kPinSpeed, 2 * pin, 3, 3);
  set_field(port_base(port) + kPinFunction + pin / 8 * 4, pin % 8 * 4, 15, function);
}

}  // namespace board
