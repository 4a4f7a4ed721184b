// SPDX-License-Identifier: MIT
// tools/instructions measures the codec of permessage-deflate with this, on the M3 board: over the telemetry that
// tools/lib/telemetry.py makes (telemetry.h, in the folder of the build), and what zlib makes of that.
#include "board.h"
#include "measure.h"
#include "telemetry.h"
#include "whit/deflate/deflater.h"
#include "whit/deflate/inflater.h"

namespace {

using whit::Bytes;
using whit::deflate::Deflater;
using whit::deflate::Inflater;

constexpr uint8_t kMostTableBits = 12;
constexpr size_t kRoom = 2048;  // for a message

Inflater inflater;
Deflater deflater;
uint8_t window[1 << 15];
uint16_t table[1 << kMostTableBits];
uint8_t noise[sizeof single_data];

size_t total(const Messages& messages) {
  size_t sum = 0;
  for (size_t i = 0; i < messages.count; ++i) sum += messages.sizes[i];
  return sum;
}

// Ends a measurement: what it is, and the bytes of the messages, plain and as they are sent (RFC 7692, 7.2.1).
void report_codec(const char* direction, const char* name, const Messages& plain, const Messages& packed) {
  measure_done();
  board::print("codec, ");
  board::print(direction);
  board::print(", ");
  board::print(name);
  board::print(": ");
  board::print_number(total(plain));
  board::print(" ");
  board::print_number(total(packed) - 4 * packed.count);
  board::print("\n");
}

void inflate(const char* name, uint8_t window_bits, bool takeover, const Messages& plain, const Messages& packed) {
  static uint8_t out[kRoom];
  inflater.start(window, window_bits);
  const uint8_t* from = packed.data;
  const uint8_t* expected = plain.data;
  for (size_t i = 0; i < plain.count; ++i) {
    Bytes input = {from, packed.sizes[i]};
    whit::MutableBytes room = {out, sizeof out};
    measure_begin();
    if (!takeover) inflater.forget();
    const Inflater::Result result = inflater.run(&input, &room);
    measure_end();
    if (result != Inflater::Result::kNeedInput || !inflater.between_blocks()) fail("not inflated");
    if (sizeof out - room.size != plain.sizes[i]) fail("inflated to another size");
    for (size_t at = 0; at < plain.sizes[i]; ++at) {
      if (out[at] != *expected++) fail("inflated to other bytes");
    }
    from += packed.sizes[i];
  }
  report_codec("inflate", name, plain, packed);
}

// Both directions. `history`: how much of the messages before is handed to the encoder.
void both(const char* name, uint8_t table_bits, uint8_t window_bits, size_t history, const Messages& plain) {
  static uint8_t out[16 * kRoom];
  static uint16_t sizes[64];
  deflater.start(table, table_bits);
  const uint8_t* from = plain.data;
  size_t size = 0;
  for (size_t i = 0; i < plain.count; ++i) {
    const size_t before = static_cast<size_t>(from - plain.data);
    const size_t seen = before < history ? before : history;
    measure_begin();
    const size_t packed = deflater.compress({from - seen, seen}, {from, plain.sizes[i]}, window_bits, false,
                                            {out + size, sizeof out - size});
    measure_end();
    if (packed == 0) fail("not deflated");
    sizes[i] = static_cast<uint16_t>(packed);
    size += packed;
    from += plain.sizes[i];
  }
  const Messages packed = {out, sizes, plain.count};
  report_codec("deflate", name, plain, packed);
  inflate(name, window_bits, history != 0, plain, packed);
}

}  // namespace

int main() {
  for (const Encoding& encoding : kEncodings) {
    inflate(encoding.name, encoding.window_bits, encoding.takeover, encoding.plain, encoding.packed);
  }
  both("single, table 2^10", 10, 15, 0, kSingle);
  both("single, table 2^8, window 2^9, takeover", 8, 9, 512, kSingle);
  both("single, table 2^10, window 2^9, takeover", 10, 9, 512, kSingle);
  both("single, table 2^10, window 2^10, takeover", 10, 10, 1024, kSingle);
  both("single, table 2^12, window 2^12, takeover", 12, 12, 4096, kSingle);
  both("batch, table 2^8", 8, 15, 0, kBatch);
  both("batch, table 2^9", 9, 15, 0, kBatch);
  both("batch, table 2^10", 10, 15, 0, kBatch);
  both("batch, table 2^11", 11, 15, 0, kBatch);
  both("batch, table 2^12", 12, 15, 0, kBatch);
  both("batch, table 2^10, window 2^9", 10, 9, 0, kBatch);
  both("batch, table 2^10, window 2^10, takeover", 10, 10, 1024, kBatch);
  uint32_t state = 1;
  for (uint8_t& byte : noise) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24);
  }
  both("noise, table 2^10", 10, 15, 0, {noise, single_sizes, kSingle.count});
  board::print("done\n");
  board::exit(0);
}
