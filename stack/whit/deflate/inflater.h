// SPDX-License-Identifier: MIT
// Decoder of DEFLATE (RFC 1951) that stops and goes on after every byte of input and of output, for the messages of
// RFC 7692. Its memory is a window, which the caller owns, and 1.4 KB of codes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::deflate {

// All zero bits are the state at rest: start() comes before run(). A window takes part in one stream at a time; an
// Inflater may be started again for another one at any time.
class Inflater {
 public:
  enum class Result : uint8_t {
    kNeedInput,  // all of the input is read, and what it says is written
    kNeedRoom,   // the room is full, and at least one byte more is known
    kCorrupt,    // the data breaks RFC 1951, section 3.2, or a distance goes back too far; so does each later run()
  };

  // Begins a stream, without history. `window` is a ring of 2^window_bits bytes, used until the next start();
  // window_bits: 8 to 15.
  void start(uint8_t* window, uint8_t window_bits);

  // Ends the history: the message that follows comes without the context of those before (RFC 7692, 7.1.1). Between
  // blocks only.
  void forget();

  // Decodes; both arguments are advanced by what was read and written. They do not overlap each other or the window.
  // After a final block the next one begins at the next byte (RFC 7692, 7.2.3.4). The work is bounded: a byte of input
  // is a few steps, besides at most 600 steps in each ten bytes for the codes of a block, and a byte of output is one.
  Result run(Bytes* input, MutableBytes* room);

  // Nothing is unfinished. After the four bytes that RFC 7692, section 7.2.2 appends, the message is whole.
  bool between_blocks() const { return state_ == State::kBlockHead && bits_.count == 0; }

 private:
  enum class State : uint8_t {
    kBlockHead,
    kStoredHead,
    kStored,
    kCodeSizes,    // how many lengths follow
    kCodeLengths,  // of the code in which those are written
    kLengths,      // of the codes of the block
    kSymbols,
    kLengthExtra,  // the rest of a match, part by part
    kDistance,
    kDistanceExtra,
    kMatch,
    kCorrupt,
  };
  enum class Step : uint8_t { kGoOn, kNeedInput, kNeedRoom };

  // Bits that are read from bytes, the lowest first. Those above `count` are 0.
  struct Bits {
    uint32_t value;
    uint32_t count;
    const uint8_t* next;
    const uint8_t* end;

    void fill_sure();  // with the longest word; there are two bytes
    uint32_t take(uint32_t size);
  };

  static constexpr uint32_t kLiteralBits = 8;  // of the index of the table of a code
  static constexpr uint32_t kDistanceBits = 6;

  Step step();
  Step corrupt();
  bool fill(uint32_t wanted);
  uint32_t take(uint32_t size);
  uint32_t peek(const uint16_t* code, uint32_t table_bits);
  Step read_block_head();
  Step read_stored_head();
  Step copy_stored();
  Step read_code_sizes();
  Step read_code_lengths();
  Step read_lengths();
  Step build_codes();
  Step build_fixed_codes();
  Step decode_symbols();
  void decode_sure();
  Step decode_match();
  bool reaches(size_t distance, const uint8_t* out) const;
  uint8_t* copy_back(uint8_t* out, size_t length, size_t distance) const;
  Step copy_match();
  void end_block();
  void keep_history();
  size_t written() const { return static_cast<size_t>(out_ - room_); }
  uint8_t* lengths();

  uint8_t* window_;
  uint32_t window_size_;
  uint32_t at_;       // the place in the window of the byte that comes next
  uint32_t history_;  // bytes of the window that hold what was written
  Bits bits_;
  uint8_t* room_;  // of this run(), with what it has written up to out_
  uint8_t* out_;
  uint8_t* out_end_;
  uint16_t length_;  // of the match or of the stored block, as far as it is not written; lengths that have been read
  uint16_t distance_;
  uint16_t literal_count_;  // lengths in the head of a block, for each of its codes
  uint8_t distance_count_;
  uint8_t code_length_count_;
  State state_;
  bool final_;
  bool fixed_;  // the codes are those of section 3.2.6

  // A code: how many words there are of each length, a table, the symbols in the order of their words. The table has
  // the symbol and the length (16 * symbol + length) of the word that the next bits begin with, or 0 if it is longer
  // than the table's index.
  uint16_t literal_code_[16 + (1 << kLiteralBits) + 288];
  uint16_t distance_code_[16 + (1 << kDistanceBits) + 32];
};

static_assert(sizeof(void*) != 4 || sizeof(Inflater) == 1400, "the documents say so");

}  // namespace whit::deflate
