// SPDX-License-Identifier: MIT
#include "whit/deflate/deflater.h"

#include "whit/copy.h"

namespace whit::deflate {
namespace {

constexpr size_t kShortestMatch = 3;
constexpr size_t kLongestMatch = 258;
// A match of three bytes is no shorter than its literals if it goes back further.
constexpr size_t kFarForThree = 4096;
// Each block is written in the shorter of two ways, so noise within a message costs little of the rest.
constexpr size_t kBlockBytes = 4096;
constexpr size_t kTailBytes = 4;  // the length of a stored block and its complement
constexpr uint32_t kEndOfBlock = 256;

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Words of a code begin with their highest bit, and the writer with the lowest.
uint32_t reversed(uint32_t byte) {
  static constexpr uint8_t kOfHalf[16] = {0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
  return static_cast<uint32_t>(kOfHalf[byte & 15]) << 4 | kOfHalf[byte >> 4];
}

// Writes bits, and counts those that have no room.
struct BitWriter {
  uint8_t* room;
  size_t capacity;
  size_t size;  // whole bytes
  uint32_t value;
  uint32_t count;  // bits of `value`, less than 8 between two calls

  // Up to 24 bits, all others of which are 0.
  void put(uint32_t bits, uint32_t bit_count) {
    value |= bits << count;
    count += bit_count;
    while (count >= 8) {
      if (size < capacity) room[size] = static_cast<uint8_t>(value);
      ++size;
      value >>= 8;
      count -= 8;
    }
  }
  size_t bits() const { return 8 * size + count; }
  size_t bits_with_stored(size_t bytes) const { return 8 * (size + (count + 3 + 7) / 8 + kTailBytes + bytes); }
};

// ---- the words of the fixed code: RFC 1951, 3.2.5 and 3.2.6 ----

void put_symbol(BitWriter* writer, uint32_t symbol) {
  if (symbol < 144) return writer->put(reversed(0x30 + symbol), 8);
  if (symbol < 256) return writer->put(1 | reversed(symbol) << 1, 9);  // 1 1001 0000 is that of 144
  if (symbol < 280) return writer->put(reversed(symbol - 256) >> 1, 7);
  writer->put(reversed(0xC0 + symbol - 280), 8);
}

// The symbol of a length or distance is its `bits` + 1 highest bits, and how many extra bits follow them.
struct Ranged {
  uint32_t symbol;
  uint32_t extra;
};
Ranged range_of(uint32_t number, uint32_t bits) {
  uint32_t extra = 0;
  while (number >> (extra + bits + 1) != 0) ++extra;
  return {(extra << bits) + (number >> extra), extra};
}

void put_match(BitWriter* writer, size_t length, size_t distance) {
  uint32_t number = static_cast<uint32_t>(length - kShortestMatch);
  Ranged range = range_of(number, 2);
  if (length == kLongestMatch) range = {28, 0};
  put_symbol(writer, kEndOfBlock + 1 + range.symbol);
  writer->put(number & ((1U << range.extra) - 1), range.extra);
  number = static_cast<uint32_t>(distance - 1);
  range = range_of(number, 1);
  writer->put(reversed(range.symbol) >> 3 | (number & ((1U << range.extra) - 1)) << 5, 5 + range.extra);
}

// ---- matches ----

// What one message is made of. A position counts the bytes of the history and those of the message.
struct Input {
  Bytes history;
  Bytes message;
  size_t window;
  uint16_t* table;
  uint32_t shift;

  uint16_t* place(const uint8_t* three) const {
    const uint32_t word = static_cast<uint32_t>(three[0] | three[1] << 8 | three[2] << 16);
    return &table[(word * 0x9E3779B1U) >> shift];
  }

  // Notes the positions of all but the last two bytes, where no three begin.
  void note(Bytes bytes, size_t position) const {
    for (size_t i = 0; i + kShortestMatch <= bytes.size; ++i) {
      *place(bytes.data + i) = static_cast<uint16_t>(position + i);
    }
  }
};

struct Match {
  size_t length;
  size_t distance;
};

// Looks for what follows in the message at `at`, no longer than up to `end`, and notes its position. The table may hold
// anything: a position is one if it lies in reach, and a match is one if its bytes are the same.
Match find_match(const Input& input, size_t at, size_t end) {
  const uint8_t* const next = input.message.data + at;
  const size_t position = input.history.size + at;
  uint16_t* const noted = input.place(next);
  const size_t distance = (position - *noted) & 0xFFFF;
  *noted = static_cast<uint16_t>(position);
  if (distance == 0 || distance > smaller(position, input.window)) return {0, 0};
  // What begins in the history ends there, since the message lies elsewhere.
  const bool is_old = distance > at;
  const uint8_t* const from = is_old ? input.history.data + (position - distance) : next - distance;
  const size_t limit = smaller(smaller(end - at, kLongestMatch), is_old ? distance - at : kLongestMatch);
  size_t length = 0;
  while (length < limit && from[length] == next[length]) ++length;
  if (length < kShortestMatch || (length == kShortestMatch && distance > kFarForThree)) return {0, 0};
  return {length, distance};
}

void put_fixed_block(const Input& input, size_t begin, size_t end, BitWriter* writer) {
  writer->put(1 << 1, 3);
  size_t at = begin;
  while (at < end) {
    Match match = {0, 0};
    if (at + kShortestMatch <= input.message.size) match = find_match(input, at, end);
    if (match.length == 0) {
      put_symbol(writer, input.message.data[at++]);
      continue;
    }
    put_match(writer, match.length, match.distance);
    const size_t noted = smaller(match.length + 1, input.message.size - at - 1);
    input.note({input.message.data + at + 1, noted}, input.history.size + at + 1);
    at += match.length;
  }
  put_symbol(writer, kEndOfBlock);
}

void put_stored_head(BitWriter* writer, uint32_t size) {
  writer->put(0, 3);
  writer->put(0, (8 - writer->count) & 7);
  writer->put(size, 16);
  writer->put(size ^ 0xFFFF, 16);
}

void put_stored_block(Bytes data, BitWriter* writer) {
  put_stored_head(writer, static_cast<uint32_t>(data.size));
  if (writer->size + data.size <= writer->capacity) copy(writer->room + writer->size, data.data, data.size);
  writer->size += data.size;
}

}  // namespace

void Deflater::start(uint16_t* table, uint8_t table_bits) {
  table_ = table;
  table_bits_ = table_bits;
}

size_t Deflater::compress(Bytes history, Bytes message, uint8_t window_bits, bool last, MutableBytes room) {
  const size_t window = size_t{1} << window_bits;
  if (history.size > window) history = history.from(history.size - window);
  const Input input = {history, message, window, table_, 32U - table_bits_};
  // So that the result does not depend on what the table holds.
  for (size_t i = 0; i < size_t{1} << table_bits_; ++i) table_[i] = 0;
  input.note(history, 0);
  BitWriter writer = {room.data, room.size, 0, 0, 0};
  for (size_t at = 0; at < message.size;) {
    const size_t size = smaller(message.size - at, kBlockBytes);
    const BitWriter before = writer;
    put_fixed_block(input, at, at + size, &writer);
    if (writer.bits() > before.bits_with_stored(size)) {
      writer = before;
      put_stored_block(message.from(at).first(size), &writer);
    }
    at += size;
  }
  put_stored_head(&writer, 0);
  if (last) writer.size -= kTailBytes;
  return writer.size <= writer.capacity ? writer.size : 0;
}

}  // namespace whit::deflate
