// SPDX-License-Identifier: MIT
// The programs of this folder share the marks for tests/cost/instructions/counter.c, and the frames of their peers.
// Each prints a line for every measurement, in the order in which the plugin numbers them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "whit/bytes.h"

// The marks. What a plugin of QEMU sees is that they are executed: between the first two it counts, the third throws
// away what was counted, the fourth makes a measurement of it.
extern "C" {
[[gnu::noinline]] inline void measure_begin() { __asm__ volatile(""); }
[[gnu::noinline]] inline void measure_end() { __asm__ volatile(""); }
[[gnu::noinline]] inline void measure_done() { __asm__ volatile(""); }
}

constexpr uint8_t kText = 0x81;
constexpr uint8_t kBinary = 0x82;
constexpr uint8_t kClose = 0x88;
constexpr uint8_t kPing = 0x89;
constexpr uint8_t kPong = 0x8A;

[[noreturn]] inline void fail(const char* what) {
  board::print("failed: ");
  board::print(what);
  board::print("\n");
  board::exit(1);
}

// Ends a measurement and begins its line. `payload`: where the message lay that the application was given, or nullptr.
inline void report(const char* name, const uint8_t* payload) {
  measure_done();
  board::print(name);
  if (payload != nullptr) {
    board::print(", at 4n+");
    board::print_number(reinterpret_cast<uintptr_t>(payload) & 3);
  }
}

// Writes a frame whose first byte is `first`, and returns how long it is.
inline size_t write_frame(uint8_t* out, uint8_t first, whit::Bytes payload, bool masked) {
  constexpr uint8_t kKey[4] = {0x37, 0xFA, 0x21, 0x3D};
  const uint8_t mask_bit = masked ? 0x80 : 0;
  size_t size = 0;
  out[size++] = first;
  if (payload.size <= 125) {
    out[size++] = static_cast<uint8_t>(mask_bit | payload.size);
  } else {
    out[size++] = mask_bit | 126;
    out[size++] = static_cast<uint8_t>(payload.size >> 8);
    out[size++] = static_cast<uint8_t>(payload.size);
  }
  for (size_t i = 0; i < 4 && masked; ++i) out[size++] = kKey[i];
  for (size_t i = 0; i < payload.size; ++i) out[size++] = payload.data[i] ^ (masked ? kKey[i % 4] : 0);
  return size;
}

// 3000 bytes of payload.
inline const uint8_t* filled(const char* unit, size_t unit_size) {
  static uint8_t data[3000];
  for (size_t i = 0; i < sizeof data; ++i) data[i] = static_cast<uint8_t>(unit[i % unit_size]);
  return data;
}

// A client's request; the key is that of RFC 6455, section 1.3.
constexpr whit::Text kRequest =
    "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\nSec-WebSocket-Version: 13\r\n\r\n";
