// SPDX-License-Identifier: MIT
// TlsArena: the one block of static memory from which Mbed TLS takes everything. First fit in the order of addresses, a
// header of 8 bytes (16 on 64-bit machines), neighbours joined at once. Every block knows for which connection it was
// taken, so that each one's share and peak can be told.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit {

// Bytes and blocks of the arena; headers count as used.
struct TlsArenaUsage {
  uint32_t size = 0;
  uint32_t used = 0;
  uint32_t peak = 0;
  uint32_t blocks = 0;        // in use
  uint32_t largest_free = 0;  // what one allocation could have at most
  uint32_t refused = 0;       // allocations that found no room
};

// What one owner holds, and held at most.
struct TlsArenaShare {
  uint32_t used = 0;
  uint32_t peak = 0;
};

class TlsArena {
 public:
  constexpr TlsArena() = default;
  TlsArena(const TlsArena&) = delete;
  TlsArena& operator=(const TlsArena&) = delete;

  // `memory` must be aligned to kAlignment and live as long as the arena.
  void attach(uint8_t* memory, uint32_t size);

  // Zeroed memory, aligned to kAlignment; nullptr: no room, or size 0. It is counted for `share`, which may be nullptr
  // and must live until the block is released.
  void* allocate(size_t size, TlsArenaShare* share);

  // Takes back what allocate() gave; nullptr is allowed. The bytes are wiped: they may have been a key.
  void release(void* memory);

  TlsArenaUsage usage() const;

  static constexpr size_t kAlignment = 2 * sizeof(void*);
};

}  // namespace whit
