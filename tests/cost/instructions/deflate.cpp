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

constexpr size_t kMessages = sizeof telemetry_sizes / sizeof telemetry_sizes[0];
constexpr uint8_t kMostTableBits = 12;
constexpr size_t kRoom = 1024;  // for a message

Inflater inflater;
Deflater deflater;
uint8_t window[1 << 15];
uint16_t table[1 << kMostTableBits];
uint8_t noise[sizeof telemetry_data];

// One message after the other, in an array of bytes and one of sizes.
struct Messages {
  const uint8_t* data;
  const uint16_t* sizes;

  size_t total() const {
    size_t sum = 0;
    for (size_t i = 0; i < kMessages; ++i) sum += sizes[i];
    return sum;
  }
};

void report_codec(const char* direction, const char* name, size_t number, const Messages& plain,
                  const Messages& packed) {
  measure_done();
  board::print("codec, ");
  board::print(direction);
  board::print(", ");
  board::print(name);
  if (number != 0) board::print_number(number);
  board::print(": ");
  board::print_number(plain.total());
  board::print(" ");
  board::print_number(packed.total());
  board::print("\n");
}

void inflate(const char* name, size_t number, uint8_t window_bits, bool takeover, const Messages& plain,
             const Messages& packed) {
  static uint8_t out[kRoom];
  inflater.start(window, window_bits);
  const uint8_t* from = packed.data;
  const uint8_t* expected = plain.data;
  for (size_t i = 0; i < kMessages; ++i) {
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
  report_codec("inflate", name, number, plain, packed);
}

// Both directions. `history`: how much of the messages before is handed to the encoder.
void both(const char* name, size_t number, uint8_t table_bits, uint8_t window_bits, size_t history,
          const Messages& plain) {
  static uint8_t out[kMessages * kRoom];
  static uint16_t sizes[kMessages];
  deflater.start(table, table_bits);
  const uint8_t* from = plain.data;
  size_t size = 0;
  for (size_t i = 0; i < kMessages; ++i) {
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
  const Messages packed = {out, sizes};
  report_codec("deflate", name, number, plain, packed);
  inflate(name, number, window_bits, history != 0, plain, packed);
}

}  // namespace

int main() {
  const Messages telemetry = {telemetry_data, telemetry_sizes};
  for (const Encoded& encoded : kEncodings) {
    inflate(encoded.name, 0, encoded.window_bits, encoded.takeover, telemetry, {encoded.data, encoded.sizes});
  }
  for (uint8_t bits = 8; bits <= kMostTableBits; ++bits) both("table ", bits, bits, 15, 0, telemetry);
  both("table 10, history ", 512, 10, 9, 512, telemetry);
  both("table 10, history ", 1024, 10, 10, 1024, telemetry);
  both("table 10, history ", 4096, 10, 12, 4096, telemetry);
  uint32_t state = 1;
  for (uint8_t& byte : noise) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24);
  }
  both("noise, table ", 10, 10, 15, 0, {noise, telemetry_sizes});
  board::print("done\n");
  board::exit(0);
}
