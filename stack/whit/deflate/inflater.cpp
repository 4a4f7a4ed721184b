// SPDX-License-Identifier: MIT
#include "whit/deflate/inflater.h"

#include "whit/copy.h"

namespace whit::deflate {
namespace {

constexpr uint32_t kEndOfBlock = 256;
constexpr uint32_t kFirstLength = 257;
constexpr uint32_t kLastLength = 285;
constexpr uint32_t kLastDistance = 29;
constexpr uint32_t kCodeLengthSymbols = 19;
constexpr uint32_t kLongestWord = 15;
constexpr uint16_t kNoWord = 0xFFFF;  // an entry: 15 bits, and a symbol that no code has

// Where a code has its sorted symbols.
const uint16_t* symbols_of(const uint16_t* code, uint32_t table_bits) { return code + 16 + (1U << table_bits); }

// The entry of the word that `bits` begins with, found bit by bit: among the words of one length, which are numbers
// that follow each other, and begin after those that are shorter.
[[gnu::noinline]] uint16_t find_word(const uint16_t* code, uint32_t table_bits, uint32_t bits) {
  uint32_t word = 0;
  uint32_t first = 0;
  const uint16_t* symbol = symbols_of(code, table_bits);
  for (uint32_t length = 1; length <= 15; ++length) {
    word = word << 1 | (bits & 1);
    bits >>= 1;
    const uint32_t count = code[length];
    if (word - first < count) return static_cast<uint16_t>(uint32_t{symbol[word - first]} << 4 | length);
    symbol += count;
    first = (first + count) << 1;
  }
  return kNoWord;
}

// Counts and sorts the symbols of a code. False: there are more words than bits for them, or fewer. Fewer are allowed
// where there is one word of one bit, or none, because that is how encoders write a code of one distance or none.
bool sort_symbols(uint16_t* code, uint32_t table_bits, const uint8_t* lengths, uint32_t size) {
  for (uint32_t length = 0; length < 16; ++length) code[length] = 0;
  for (uint32_t symbol = 0; symbol < size; ++symbol) ++code[lengths[symbol]];
  uint16_t place[16];
  uint16_t used = 0;
  int32_t left = 1;
  for (uint32_t length = 1; length < 16; ++length) {
    place[length] = used;
    used = static_cast<uint16_t>(used + code[length]);
    left = 2 * left - code[length];
  }
  uint16_t* const symbols = code + 16 + (1U << table_bits);
  for (uint32_t symbol = 0; symbol < size; ++symbol) {
    if (lengths[symbol] != 0) symbols[place[lengths[symbol]]++] = static_cast<uint16_t>(symbol);
  }
  return left == 0 || used == 0 || (used == 1 && code[1] == 1);
}

// Fills the table of a code whose symbols are sorted. `word` has its bits in the order in which they are read, so that
// adding one to it carries towards the lower bits.
void fill_table(uint16_t* code, uint32_t table_bits) {
  const uint32_t size = 1U << table_bits;
  uint16_t* const table = code + 16;
  for (uint32_t i = 0; i < size; ++i) table[i] = 0;
  const uint16_t* symbol = symbols_of(code, table_bits);
  uint32_t word = 0;
  for (uint32_t length = 1; length <= table_bits; ++length) {
    for (uint32_t left = code[length]; left != 0; --left) {
      const uint32_t entry = uint32_t{*symbol++} << 4 | length;
      for (uint32_t i = word; i < size; i += 1U << length) table[i] = static_cast<uint16_t>(entry);
      uint32_t bit = 1U << (length - 1);
      while ((word & bit) != 0) {
        word ^= bit;
        bit >>= 1;
      }
      word |= bit;
    }
  }
}

// The lengths or distances of a symbol: RFC 1951, 3.2.5. Its `bits` lowest bits, and a 1 before them, are the front of
// their numbers, which are counted from the smallest one; the extra bits follow.
struct Range {
  uint32_t base;
  uint32_t extra;
};
[[gnu::always_inline]] inline Range range_of(uint32_t symbol, uint32_t bits, uint32_t smallest) {
  if (symbol >> (bits + 1) == 0) return {smallest + symbol, 0};
  const uint32_t extra = (symbol >> bits) - 1;
  return {smallest + ((1U << bits | (symbol & ((1U << bits) - 1))) << extra), extra};
}
[[gnu::always_inline]] inline Range length_range(uint32_t symbol) {
  if (symbol == kLastLength) return {258, 0};  // which the rule would give another symbol
  return range_of(symbol - kFirstLength, 2, 3);
}
// None: the distance 0, which reaches nothing.
[[gnu::always_inline]] inline Range distance_range(uint32_t symbol) {
  if (symbol > kLastDistance) return {0, 0};
  return range_of(symbol, 1, 1);
}

size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// The entry of the word that the bits begin with.
[[gnu::always_inline]] inline uint32_t look_up(uint32_t bits, const uint16_t* code, uint32_t table_bits) {
  const uint32_t entry = code[16 + (bits & ((1U << table_bits) - 1))];
  return entry != 0 ? entry : find_word(code, table_bits, bits);
}

}  // namespace

bool Inflater::fill(uint32_t wanted) {
  while (bits_.count < wanted && bits_.next != bits_.end) {
    bits_.value |= uint32_t{*bits_.next++} << bits_.count;
    bits_.count += 8;
  }
  return bits_.count >= wanted;
}

[[gnu::always_inline]] inline void Inflater::Bits::fill_sure() {
  if (count >= kLongestWord) return;
  value |= static_cast<uint32_t>(next[0] | next[1] << 8) << count;
  next += 2;
  count += 16;
}

[[gnu::always_inline]] inline uint32_t Inflater::Bits::take(uint32_t size) {
  const uint32_t taken = value & ((1U << size) - 1);
  value >>= size;
  count -= size;
  return taken;
}

uint32_t Inflater::take(uint32_t size) { return bits_.take(size); }

uint32_t Inflater::peek(const uint16_t* code, uint32_t table_bits) {
  if (bits_.end - bits_.next >= 2) {
    bits_.fill_sure();
  } else {
    (void)fill(kLongestWord);
  }
  const uint32_t entry = look_up(bits_.value, code, table_bits);
  return (entry & 15) <= bits_.count ? entry : 0;
}

void Inflater::start(uint8_t* window, uint8_t window_bits) {
  window_ = window;
  window_size_ = 1U << window_bits;
  at_ = 0;
  bits_.value = 0;
  bits_.count = 0;
  state_ = State::kBlockHead;
  final_ = false;
  forget();
}

void Inflater::forget() { history_ = 0; }

Inflater::Result Inflater::run(Bytes* input, MutableBytes* room) {
  bits_.next = input->data;
  bits_.end = input->data + input->size;
  out_ = room_ = room->data;
  out_end_ = room->data + room->size;
  Step last = Step::kGoOn;
  // Each step reads bits, or writes bytes, or goes to a state that does.
  while (last == Step::kGoOn && state_ != State::kCorrupt) last = step();
  keep_history();
  *input = {bits_.next, static_cast<size_t>(bits_.end - bits_.next)};
  *room = {out_, static_cast<size_t>(out_end_ - out_)};
  if (state_ == State::kCorrupt) return Result::kCorrupt;
  return last == Step::kNeedInput ? Result::kNeedInput : Result::kNeedRoom;
}

Inflater::Step Inflater::step() {
  switch (state_) {
    case State::kBlockHead:
      return read_block_head();
    case State::kStoredHead:
      return read_stored_head();
    case State::kStored:
      return copy_stored();
    case State::kCodeSizes:
      return read_code_sizes();
    case State::kCodeLengths:
      return read_code_lengths();
    case State::kLengths:
      return read_lengths();
    case State::kSymbols:
      return decode_symbols();
    case State::kMatch:
      return copy_match();
    default:
      return decode_match();
  }
}

Inflater::Step Inflater::corrupt() {
  state_ = State::kCorrupt;
  return Step::kGoOn;
}

void Inflater::end_block() {
  state_ = State::kBlockHead;
  if (final_) take(bits_.count & 7);
}

// RFC 1951, 3.2.3.
Inflater::Step Inflater::read_block_head() {
  if (!fill(3)) return Step::kNeedInput;
  final_ = take(1) != 0;
  switch (take(2)) {
    case 0:
      take(bits_.count & 7);
      state_ = State::kStoredHead;
      return Step::kGoOn;
    case 1:
      return build_fixed_codes();
    case 2:
      state_ = State::kCodeSizes;
      return Step::kGoOn;
    default:
      return corrupt();
  }
}

// RFC 1951, 3.2.4. After the bits up to the next byte, at most these four bytes can have been read already.
Inflater::Step Inflater::read_stored_head() {
  if (!fill(32)) return Step::kNeedInput;
  const uint32_t length = bits_.value & 0xFFFF;
  if ((bits_.value >> 16 ^ length) != 0xFFFF) return corrupt();
  bits_.value = 0;
  bits_.count = 0;
  length_ = static_cast<uint16_t>(length);
  state_ = State::kStored;
  return Step::kGoOn;
}

Inflater::Step Inflater::copy_stored() {
  const size_t there = smaller(length_, static_cast<size_t>(bits_.end - bits_.next));
  const size_t size = smaller(there, static_cast<size_t>(out_end_ - out_));
  copy(out_, bits_.next, size);
  out_ += size;
  bits_.next += size;
  length_ = static_cast<uint16_t>(length_ - size);
  if (length_ == 0) {
    end_block();
    return Step::kGoOn;
  }
  return size != there ? Step::kNeedRoom : Step::kNeedInput;
}

// ---- the codes of a block: RFC 1951, 3.2.6 and 3.2.7 ----

// The lengths of the words lie where the table will be, since that is filled last.
uint8_t* Inflater::lengths() { return reinterpret_cast<uint8_t*>(literal_code_ + 16); }

Inflater::Step Inflater::build_fixed_codes() {
  state_ = State::kSymbols;
  if (fixed_) return Step::kGoOn;
  uint8_t* const to = lengths();
  for (uint32_t symbol = 0; symbol < 288; ++symbol) {
    to[symbol] = static_cast<uint8_t>(symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8);
  }
  for (uint32_t symbol = 288; symbol < 288 + 32; ++symbol) to[symbol] = 5;
  literal_count_ = 288;
  distance_count_ = 32;
  const Step step = build_codes();
  fixed_ = true;
  return step;
}

Inflater::Step Inflater::build_codes() {
  const uint8_t* const from = lengths();
  if (from[kEndOfBlock] == 0) return corrupt();
  if (!sort_symbols(distance_code_, kDistanceBits, from + literal_count_, distance_count_)) return corrupt();
  if (!sort_symbols(literal_code_, kLiteralBits, from, literal_count_)) return corrupt();
  fill_table(distance_code_, kDistanceBits);
  fill_table(literal_code_, kLiteralBits);
  state_ = State::kSymbols;
  return Step::kGoOn;
}

Inflater::Step Inflater::read_code_sizes() {
  if (!fill(14)) return Step::kNeedInput;
  literal_count_ = static_cast<uint16_t>(take(5) + 257);
  distance_count_ = static_cast<uint8_t>(take(5) + 1);
  code_length_count_ = static_cast<uint8_t>(take(4) + 4);
  if (literal_count_ > kLastLength + 1 || distance_count_ > kLastDistance + 1) return corrupt();
  fixed_ = false;
  length_ = 0;
  for (uint32_t i = 0; i < kCodeLengthSymbols; ++i) lengths()[i] = 0;
  state_ = State::kCodeLengths;
  return Step::kGoOn;
}

Inflater::Step Inflater::read_code_lengths() {
  static constexpr uint8_t kOrder[kCodeLengthSymbols] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                         11, 4,  12, 3, 13, 2, 14, 1, 15};
  for (; length_ != code_length_count_; ++length_) {
    if (!fill(3)) return Step::kNeedInput;
    lengths()[kOrder[length_]] = static_cast<uint8_t>(take(3));
  }
  // The place of the code of distances is free until the lengths are read.
  if (!sort_symbols(distance_code_, kDistanceBits, lengths(), kCodeLengthSymbols)) return corrupt();
  fill_table(distance_code_, kDistanceBits);
  length_ = 0;
  state_ = State::kLengths;
  return Step::kGoOn;
}

Inflater::Step Inflater::read_lengths() {
  uint8_t* const to = lengths();
  const uint32_t total = uint32_t{literal_count_} + distance_count_;
  while (length_ < total) {
    const uint32_t entry = peek(distance_code_, kDistanceBits);
    if (entry == 0) return Step::kNeedInput;
    const uint32_t symbol = entry >> 4;
    if (symbol < 16) {
      bits_.take(entry & 15);
      to[length_++] = static_cast<uint8_t>(symbol);
      continue;
    }
    // 3 to 6 times the one before, or 3 to 10 or 11 to 138 times 0.
    if (symbol > 18 || (symbol == 16 && length_ == 0)) return corrupt();
    const uint32_t size = symbol == 16 ? 2 : symbol == 17 ? 3 : 7;
    if (!fill((entry & 15) + size)) return Step::kNeedInput;
    take(entry & 15);
    const uint8_t repeated = symbol == 16 ? to[length_ - 1] : 0;
    const uint32_t count = take(size) + (symbol == 18 ? 11 : 3);
    if (length_ + count > total) return corrupt();
    for (uint32_t i = 0; i < count; ++i) to[length_++] = repeated;
  }
  return build_codes();
}

// ---- the data of a block: RFC 1951, 3.2.5 ----

Inflater::Step Inflater::decode_symbols() {
  decode_sure();
  if (state_ != State::kSymbols) return Step::kGoOn;
  const uint32_t entry = peek(literal_code_, kLiteralBits);
  if (entry == 0) return Step::kNeedInput;
  const uint32_t symbol = entry >> 4;
  if (symbol > kLastLength) return corrupt();
  if (symbol < kEndOfBlock) {
    if (out_ == out_end_) return Step::kNeedRoom;
    *out_++ = static_cast<uint8_t>(symbol);
  }
  take(entry & 15);
  if (symbol == kEndOfBlock) end_block();
  if (symbol <= kEndOfBlock) return Step::kGoOn;
  length_ = static_cast<uint16_t>(symbol - kFirstLength);
  state_ = State::kLengthExtra;
  return Step::kGoOn;
}

// The work itself, in registers: literals and matches as long as there is certainly input and room for one more. A
// literal takes two bytes of input at most, and a match eight.
void Inflater::decode_sure() {
  Bits bits = bits_;
  if (bits.end - bits.next < 2) return;
  const uint8_t* const last_two = bits.end - 2;
  uint8_t* out = out_;
  uint8_t* const out_end = out_end_;
  while (bits.next <= last_two && out != out_end) {
    bits.fill_sure();
    uint32_t entry = look_up(bits.value, literal_code_, kLiteralBits);
    if (entry < kEndOfBlock << 4) {
      bits.take(entry & 15);
      *out++ = static_cast<uint8_t>(entry >> 4);
      continue;
    }
    if (entry < kFirstLength << 4 || entry >= (kLastLength + 1) << 4 || last_two - bits.next < 4) break;
    bits.take(entry & 15);
    bits.fill_sure();
    Range range = length_range(entry >> 4);
    const size_t length = range.base + bits.take(range.extra);
    bits.fill_sure();
    entry = look_up(bits.value, distance_code_, kDistanceBits);
    bits.take(entry & 15);
    bits.fill_sure();
    range = distance_range(entry >> 4);
    const size_t distance = range.base + bits.take(range.extra);
    if (!reaches(distance, out) || length > static_cast<size_t>(out_end - out)) {
      length_ = static_cast<uint16_t>(length);
      distance_ = static_cast<uint16_t>(distance);
      state_ = State::kMatch;
      break;
    }
    out = copy_back(out, length, distance);
  }
  out_ = out;
  bits_ = bits;
}

// The parts of a match one by one.
Inflater::Step Inflater::decode_match() {
  if (state_ == State::kLengthExtra) {
    const Range range = length_range(length_ + kFirstLength);
    if (!fill(range.extra)) return Step::kNeedInput;
    length_ = static_cast<uint16_t>(range.base + take(range.extra));
    state_ = State::kDistance;
  }
  if (state_ == State::kDistance) {
    const uint32_t entry = peek(distance_code_, kDistanceBits);
    if (entry == 0) return Step::kNeedInput;
    take(entry & 15);
    distance_ = static_cast<uint16_t>(entry >> 4);
    state_ = State::kDistanceExtra;
  }
  const Range range = distance_range(distance_);
  if (!fill(range.extra)) return Step::kNeedInput;
  distance_ = static_cast<uint16_t>(range.base + take(range.extra));
  state_ = State::kMatch;
  return Step::kGoOn;
}

// Whether there is a byte that far back.
[[gnu::always_inline]] inline bool Inflater::reaches(size_t distance, const uint8_t* out) const {
  return distance - 1 < window_size_ && distance <= history_ + static_cast<size_t>(out - room_);
}

Inflater::Step Inflater::copy_match() {
  if (!reaches(distance_, out_)) return corrupt();
  const size_t size = smaller(length_, static_cast<size_t>(out_end_ - out_));
  out_ = copy_back(out_, size, distance_);
  length_ = static_cast<uint16_t>(length_ - size);
  if (length_ != 0) return Step::kNeedRoom;
  state_ = State::kSymbols;
  return Step::kGoOn;
}

// Copies from the room, as far as this run() has written it, else from the window, and returns the end of the copy.
uint8_t* Inflater::copy_back(uint8_t* out, size_t length, size_t distance) const {
  uint8_t* const end = out + length;
  while (out != end) {
    const size_t written = static_cast<size_t>(out - room_);
    const uint8_t* from = out - written;
    uint8_t* part_end = end;
    if (distance <= written) {
      from = out - distance;
    } else {
      const size_t place = (at_ + written - distance) & (window_size_ - 1);
      from = window_ + place;
      part_end = out + smaller(static_cast<size_t>(end - out), smaller(distance - written, window_size_ - place));
    }
    // Byte by byte, since a match may repeat what it has just written.
    do {
      *out++ = *from++;
    } while (out != part_end);
  }
  return out;
}

// The window gets the end of what this run() has written.
void Inflater::keep_history() {
  const size_t size = smaller(written(), window_size_);
  const uint8_t* const from = out_ - size;
  const size_t first = smaller(size, window_size_ - at_);
  copy(window_ + at_, from, first);
  copy(window_, from + first, size - first);
  at_ = static_cast<uint32_t>((at_ + size) & (window_size_ - 1));
  history_ = static_cast<uint32_t>(smaller(history_ + size, window_size_));
}

}  // namespace whit::deflate
