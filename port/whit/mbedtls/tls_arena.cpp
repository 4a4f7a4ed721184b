// SPDX-License-Identifier: MIT
#include "tls_arena.h"

#include <mbedtls/platform_util.h>
#include <string.h>

#if defined(WHIT_ASSERTS)
#define WHIT_ARENA_ASSERT(condition) ((condition) ? (void)0 : __builtin_trap())
#else
#define WHIT_ARENA_ASSERT(condition) ((void)0)
#endif

namespace whit {

void TlsArena::attach(uint8_t* memory, uint32_t size) {
  usage_ = TlsArenaUsage();
  usage_.size = size;
  first_ = free_ = reinterpret_cast<Block*>(memory);
  free_->size = size - sizeof(Block);
  free_->next = nullptr;
}

void TlsArena::count(Block* block, TlsArenaShare* share) {
  const uint32_t size = static_cast<uint32_t>(block->size + sizeof(Block));
  ++usage_.blocks;
  usage_.used += size;
  if (usage_.used > usage_.peak) usage_.peak = usage_.used;
  if (share == nullptr) return;
  share->used += size;
  if (share->used > share->peak) share->peak = share->used;
}

void* TlsArena::allocate(size_t size, TlsArenaShare* share) {
  if (size == 0) return nullptr;
  Block** link = &free_;
  if (size <= usage_.size) {
    size = (size + kAlignment - 1) & ~(kAlignment - 1);
    while (*link != nullptr && (*link)->size < size) link = &(*link)->next;
  }
  if (size > usage_.size || *link == nullptr) {
    ++usage_.refused;
    return nullptr;
  }
  Block* const block = *link;
  if (block->size >= size + sizeof(Block) + kAlignment) {  // what is left is a block of its own
    Block* const rest = reinterpret_cast<Block*>(bytes_of(block) + size);
    rest->size = block->size - size - sizeof(Block);
    rest->next = block->next;
    *link = rest;
    block->size = size;
  } else {
    *link = block->next;
  }
  count(block, share);
  memset(bytes_of(block), 0, block->size);
  block->size |= kTaken;
  block->share = share;
  return bytes_of(block);
}

// `second` becomes a part of `first` if it lies right behind it.
void TlsArena::join(Block* first, Block* second) {
  if (bytes_of(first) + first->size != reinterpret_cast<uint8_t*>(second)) return;
  first->size += sizeof(Block) + second->size;
  first->next = second->next;
}

void TlsArena::release(void* memory) {
  if (memory == nullptr) return;
  Block* const block = static_cast<Block*>(memory) - 1;
  WHIT_ARENA_ASSERT((block->size & kTaken) != 0);
  block->size &= ~kTaken;
  WHIT_ARENA_ASSERT(block->size < usage_.size);
  const uint32_t size = static_cast<uint32_t>(block->size + sizeof(Block));
  --usage_.blocks;
  usage_.used -= size;
  if (block->share != nullptr) block->share->used -= size;
  mbedtls_platform_zeroize(memory, block->size);
  Block* before = nullptr;
  Block* behind = free_;
  while (behind != nullptr && behind < block) {
    before = behind;
    behind = behind->next;
  }
  block->next = behind;
  if (behind != nullptr) join(block, behind);
  if (before == nullptr) {
    free_ = block;
    return;
  }
  before->next = block;
  join(before, block);
}

TlsArena::Block* TlsArena::block_of(const TlsArenaShare* share) const {
  const uint8_t* const end = reinterpret_cast<const uint8_t*>(first_) + usage_.size;
  Block* block = first_;
  while (reinterpret_cast<const uint8_t*>(block) < end) {
    if ((block->size & kTaken) != 0 && block->share == share) return block;
    block = reinterpret_cast<Block*>(bytes_of(block) + (block->size & ~kTaken));
  }
  return nullptr;
}

void TlsArena::release_all(TlsArenaShare* share) {
  for (Block* block = block_of(share); block != nullptr; block = block_of(share)) release(bytes_of(block));
}

void TlsArena::disown_all(TlsArenaShare* share) {
  for (Block* block = block_of(share); block != nullptr; block = block_of(share)) block->share = nullptr;
  share->used = 0;
}

TlsArenaUsage TlsArena::usage() const {
  TlsArenaUsage usage = usage_;
  for (const Block* block = free_; block != nullptr; block = block->next) {
    if (block->size > usage.largest_free) usage.largest_free = static_cast<uint32_t>(block->size);
  }
  return usage;
}

}  // namespace whit
