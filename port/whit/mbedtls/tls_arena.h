// SPDX-License-Identifier: MIT
// TlsArena: the one block of static memory from which Mbed TLS takes everything. First fit in the order of addresses, a
// header of two words per block, neighbours joined at once. Every block knows for which connection it was taken, so
// that each one's share and peak can be told.
//
// Free blocks stand in a list in the order of addresses; taking and giving back cost one walk along it, which is short,
// because the blocks of a connection lie together.
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
  uint32_t largest_free = 0;  // the largest possible allocation
  uint32_t refused = 0;       // allocations that found no room
};

// Bytes that one owner holds, and held at most; headers included.
struct TlsArenaShare {
  uint32_t used = 0;
  uint32_t peak = 0;
};

class TlsArena {
 public:
  static constexpr size_t kAlignment = 2 * sizeof(void*);

  constexpr TlsArena() = default;
  TlsArena(const TlsArena&) = delete;
  TlsArena& operator=(const TlsArena&) = delete;

  // `memory` must be aligned to kAlignment and live as long as the arena. `size`: a multiple of kAlignment.
  void attach(uint8_t* memory, uint32_t size);

  // Zeroed memory, aligned to kAlignment; nullptr: no room, or size 0. It is counted for `share`, which may be nullptr
  // and must live until the block is released.
  void* allocate(size_t size, TlsArenaShare* share);

  // Takes back a block of allocate(); nullptr is allowed. The bytes are wiped: they may have been a key. With
  // WHIT_ASSERTS a block that is none, or is free already, stops the program.
  void release(void* memory);

  // Takes back whatever is still counted for `share`: Mbed TLS forgets some of it when memory runs out half-way.
  void release_all(TlsArenaShare* share);
  // Keeps such blocks, and counts them for no owner any more.
  void disown_all(TlsArenaShare* share);

  TlsArenaUsage usage() const;

 private:
  // Stands before the bytes of a block. `next` is used while it is free, `share` while it is not.
  struct Block {
    size_t size;  // of the bytes behind it, a multiple of kAlignment; plus kTaken
    union {
      Block* next;
      TlsArenaShare* share;
    };
  };
  static_assert(sizeof(Block) == kAlignment, "two words");
  static constexpr size_t kTaken = 1;

  static uint8_t* bytes_of(Block* block) { return reinterpret_cast<uint8_t*>(block + 1); }
  static void join(Block* first, Block* second);
  void count(Block* block, TlsArenaShare* share);

  Block* block_of(const TlsArenaShare* share) const;

  Block* first_ = nullptr;  // where the memory begins
  Block* free_ = nullptr;   // the first free block
  TlsArenaUsage usage_;
};

}  // namespace whit
