// SPDX-License-Identifier: MIT
// Numbers of QEMU's RISC-V machine "virt".
#pragma once

#include <stdint.h>

namespace board {

constexpr uint32_t kTicksPerMs = 10000;  // the machine timer
constexpr uint32_t kNicInterrupt = 8;    // of the interrupt controller: the last of eight places for VIRTIO devices

constexpr uintptr_t kPlic = 0x0C000000;
constexpr uintptr_t kVirtioNet = 0x10008000;

}  // namespace board
