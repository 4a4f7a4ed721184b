// SPDX-License-Identifier: MIT
#include "whit/deflate/deflater.h"

#include "whit/copy.h"

namespace whit::deflate {
namespace {

constexpr size_t kShortestMatch = 3;
constexpr size_t kLongestMatch = 258;
// A match of three bytes is no shorter than its literals if it goes back further.
constexpr size_t kFarForThree = 4096;
// Which positions are noted where no match is looked for.
constexpr size_t kStepInHistory = 2;
constexpr size_t kStepInMatch = 4;
// Each block is written in the shorter of two ways, so noise within a message costs little of the rest.
constexpr size_t kBlockBytes = 4096;
constexpr size_t kTailBytes = 4;  // the length of a stored block and its complement
constexpr uint32_t kEndOfBlock = 256;

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Words of a code begin with their highest bit, and the writer with the lowest.
[[gnu::always_inline]] inline uint32_t reversed(uint32_t byte) {
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

  // Eight bits, all others of which are 0: a byte leaves.
  [[gnu::always_inline]] void put_eight(uint32_t bits) {
    value |= bits << count;
    if (size < capacity) room[size] = static_cast<uint8_t>(value);
    ++size;
    value >>= 8;
  }
  // Up to 24 bits.
  [[gnu::always_inline]] void put(uint32_t bits, uint32_t bit_count) {
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

[[gnu::noinline]] void put(BitWriter* writer, uint32_t bits, uint32_t count) { writer->put(bits, count); }

// ---- the words of the fixed code: RFC 1951, 3.2.5 and 3.2.6 ----

void put_symbol(BitWriter* writer, uint32_t symbol) {
  if (symbol < 280) return put(writer, reversed(symbol - 256) >> 1, 7);
  put(writer, reversed(0xC0 + symbol - 280), 8);
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

struct Match {
  size_t length;
  size_t distance;
};

void put_match(BitWriter* writer, const Match& match) {
  uint32_t number = static_cast<uint32_t>(match.length - kShortestMatch);
  Ranged range = range_of(number, 2);
  if (match.length == kLongestMatch) range = {28, 0};
  put_symbol(writer, kEndOfBlock + 1 + range.symbol);
  put(writer, number & ((1U << range.extra) - 1), range.extra);
  number = static_cast<uint32_t>(match.distance - 1);
  range = range_of(number, 1);
  put(writer, reversed(range.symbol) >> 3 | (number & ((1U << range.extra) - 1)) << 5, 5 + range.extra);
}

// ---- matches ----

inline uint32_t three_at(const uint8_t* from) { return from[0] | static_cast<uint32_t>(from[1] << 8 | from[2] << 16); }
// Its highest bits are an index of the table.
inline uint32_t hash(uint32_t three) { return three * 0x9E3779B1U; }

// At how many places three bytes begin.
size_t starts_in(Bytes bytes) { return bytes.size < 3 ? 0 : bytes.size - 2; }

// What one message is made of. A position counts the bytes of the history and those of the message, from
// kFirstPosition, so that the zeros of an empty table lie out of reach of the first 32767 bytes.
constexpr size_t kFirstPosition = 32769;
struct Input {
  Bytes history;
  Bytes message;
  size_t window;
  uint16_t* table;
  uint32_t shift;
  size_t first;      // position of the message
  size_t noted_end;  // of the places of the message that are noted
};

// Notes each `step`th position of the bytes from `begin` to `end` of `data`, whose first one has the position `first`.
// Two more bytes follow. A repetition is found some bytes later then, which costs less than to note all that is
// skipped.
void note(const Input& input, const uint8_t* data, size_t begin, size_t end, size_t step, size_t first) {
  if (begin >= end) return;
  uint16_t* const table = input.table;
  const uint32_t shift = input.shift;
  const uint8_t* from = data + begin;
  for (size_t left = (end - begin - 1) / step, position = first + begin;; --left, position += step, from += step) {
    table[hash(three_at(from)) >> shift] = static_cast<uint16_t>(position);
    if (left == 0) return;
  }
}

// How many bytes from `next` to `end`, of the message, are those `distance` before them; 0 if that is too little.
[[gnu::noinline]] size_t match_length(const Input& input, const uint8_t* next, const uint8_t* end, size_t distance) {
  const size_t at = static_cast<size_t>(next - input.message.data);
  const uint8_t* from;
  size_t limit = smaller(static_cast<size_t>(end - next), kLongestMatch);
  if (distance <= at) {
    from = next - distance;
  } else {
    // What begins in the history ends there, since the message lies elsewhere.
    const size_t back = distance - at;
    from = input.history.data + (input.history.size - back);
    limit = smaller(limit, back);
  }
  size_t length = 0;
  while (length < limit && from[length] == next[length]) ++length;
  return length < kShortestMatch || (length == kShortestMatch && distance > kFarForThree) ? 0 : length;
}

// Writes literals up to a match or `end`, in registers; returns where that is. A position in the table may be 65536
// older than it looks, so a match is one if its bytes are the same; but none in reach lies before the history.
[[gnu::noinline]] size_t put_literals(const Input& input, size_t at, size_t end, BitWriter* to, Match* match) {
  BitWriter writer = *to;
  const uint8_t* next = input.message.data + at;
  const uint8_t* const noted_end = input.message.data + input.noted_end;
  size_t position = input.first + at;
  for (const uint8_t* const last = next + (end - at); next != last; ++next, ++position) {
    const uint32_t byte = *next;
    if (next < noted_end) {
      uint16_t* const place = &input.table[hash(three_at(next)) >> input.shift];
      const size_t distance = (position - *place) & 0xFFFF;
      *place = static_cast<uint16_t>(position);
      if (distance - 1 < input.window) {
        match->distance = distance;
        match->length = match_length(input, next, last, distance);
        if (match->length != 0) break;
      }
    }
    // 0011 0000 is the word of 0, and 1 1001 0000 that of 144.
    if (byte < 144) {
      writer.put_eight(reversed(0x30 + byte));
    } else {
      writer.put_eight((1 | reversed(byte) << 1) & 0xFF);
      writer.put(byte & 1, 1);
    }
  }
  *to = writer;
  return static_cast<size_t>(next - input.message.data);
}

void put_fixed_block(const Input& input, size_t begin, size_t end, BitWriter* writer) {
  put(writer, 1 << 1, 3);
  Match match;
  for (size_t at = begin; (at = put_literals(input, at, end, writer, &match)) != end; at += match.length) {
    put_match(writer, match);
    note(input, input.message.data, at + kStepInMatch, smaller(at + match.length, input.noted_end), kStepInMatch,
         input.first);
  }
  put_symbol(writer, kEndOfBlock);
}

void put_stored_head(BitWriter* writer, uint32_t size) {
  put(writer, 0, 3);
  put(writer, 0, (8 - writer->count) & 7);
  put(writer, size, 16);
  put(writer, size ^ 0xFFFF, 16);
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
  const Input input = {history,           message, window, table_, 32U - table_bits_, kFirstPosition + history.size,
                       starts_in(message)};
  // So that the result does not depend on what the table holds.
  for (size_t i = 0; i < size_t{1} << table_bits_; ++i) table_[i] = 0;
  note(input, history.data, 0, starts_in(history), kStepInHistory, kFirstPosition);
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
