// SPDX-License-Identifier: MIT
// What the tests of the codec share: zlib as the reference in both directions, the Inflater over pieces of any size,
// and data to compress.
#pragma once

#include <gtest/gtest.h>
#include <string.h>
#include <zlib.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "whit/deflate/inflater.h"

namespace whit::deflate {

inline const std::string kTail("\0\0\xFF\xFF", 4);  // RFC 7692, 7.2.2

inline std::string text_of(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text += static_cast<char>(byte);
  return text;
}

inline Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// A copy of exactly that size, so that the sanitizers see each access beside it.
inline std::unique_ptr<uint8_t[]> exact_copy(const std::string& text) {
  std::unique_ptr<uint8_t[]> copied(new uint8_t[text.size()]);
  if (!text.empty()) memcpy(copied.get(), text.data(), text.size());
  return copied;
}

// ---- data ----

// Messages of a device: an object with a time, counters and measurements, as small programs print them.
inline std::vector<std::string> telemetry(size_t count, uint32_t seed = 1) {
  std::mt19937 random(seed);
  std::vector<std::string> messages;
  double temperature = 21.5;
  uint32_t uptime = 1000;
  for (size_t i = 0; i < count; ++i) {
    temperature += (static_cast<double>(random() % 41) - 20) / 100;
    uptime += 950 + random() % 100;
    char text[512];
    snprintf(text, sizeof text,
             "{\"device\":\"sensor-%02u\",\"seq\":%zu,\"uptime_ms\":%u,\"temperature\":%.2f,\"humidity\":%u.%u,"
             "\"pressure\":%u.%02u,\"battery\":{\"mv\":%u,\"charging\":%s},\"rssi\":-%u,\"free_heap\":%u,"
             "\"relays\":[%u,%u,0,1],\"status\":\"%s\"}",
             static_cast<unsigned>(random() % 4), i, uptime, temperature, 40 + static_cast<unsigned>(random() % 20),
             static_cast<unsigned>(random() % 10), 990 + static_cast<unsigned>(random() % 40),
             static_cast<unsigned>(random() % 100), 3300 + static_cast<unsigned>(random() % 900),
             random() % 2 != 0 ? "true" : "false", 40 + static_cast<unsigned>(random() % 50),
             20000 + static_cast<unsigned>(random() % 9000), static_cast<unsigned>(random() % 2),
             static_cast<unsigned>(random() % 2), random() % 8 != 0 ? "ok" : "degraded");
    messages.emplace_back(text);
  }
  return messages;
}

inline std::string joined(const std::vector<std::string>& messages) {
  std::string all;
  for (const std::string& message : messages) all += message;
  return all;
}

inline std::string noise(size_t size, uint32_t seed = 1, unsigned values = 256) {
  std::mt19937 random(seed);
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>(random() % values);
  return text;
}

// Data of each kind, for tests that try all.
struct Sample {
  const char* name;
  std::string data;
};
inline std::vector<Sample> samples() {
  std::string repeats_far = noise(600, 2);
  repeats_far += noise(5000, 3, 3) + repeats_far + noise(30000, 4, 5) + repeats_far;
  std::string every_length;
  const std::string unit = noise(300, 5);
  for (size_t size = 3; size <= 260; ++size) every_length += unit.substr(0, size) + static_cast<char>(size);
  return {{"empty", ""},
          {"one byte", "a"},
          {"two bytes", "ab"},
          {"hello", "Hello"},
          {"a run", std::string(1000, 'x')},
          {"runs of three", std::string("abc") + std::string(5, '\0') + "abcabcabcabcabcabc"},
          {"telemetry", joined(telemetry(12))},
          {"noise", noise(3000)},
          {"a few values", noise(4000, 7, 4)},
          {"far repeats", repeats_far},
          {"every length", every_length}};
}

// ---- zlib ----

struct ZlibSettings {
  int level = 6;
  int window_bits = 15;
  int memory_level = 8;
  int strategy = Z_DEFAULT_STRATEGY;
};

// A compressor of zlib. add() returns what a message becomes; with Z_SYNC_FLUSH and Z_FULL_FLUSH it ends in kTail.
class ZlibDeflater {
 public:
  explicit ZlibDeflater(const ZlibSettings& settings) {
    EXPECT_EQ(deflateInit2(&stream_, settings.level, Z_DEFLATED, -settings.window_bits, settings.memory_level,
                           settings.strategy),
              Z_OK);
  }
  ZlibDeflater(const ZlibDeflater&) = delete;
  ZlibDeflater& operator=(const ZlibDeflater&) = delete;
  ~ZlibDeflater() { deflateEnd(&stream_); }

  std::string add(const std::string& message, int flush) {
    std::string out(deflateBound(&stream_, message.size()) + 100, '\0');
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(message.data()));
    stream_.avail_in = static_cast<uInt>(message.size());
    stream_.next_out = reinterpret_cast<Bytef*>(&out[0]);
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = ::deflate(&stream_, flush);
    EXPECT_TRUE(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) << result;
    EXPECT_EQ(stream_.avail_in, 0U);
    out.resize(out.size() - stream_.avail_out);
    return out;
  }

 private:
  z_stream stream_ = {};
};

// What zlib makes of raw DEFLATE data, read in one piece and written into rooms of `room` bytes. Small rooms make it
// refuse a distance larger than its window, too.
struct ZlibInflated {
  std::string out;
  int result;
  size_t read;  // bytes
};
inline ZlibInflated zlib_inflate(const std::string& data, int window_bits = 15, size_t room = 70000,
                                 const std::string& history = "") {
  z_stream stream = {};
  EXPECT_EQ(inflateInit2(&stream, -window_bits), Z_OK);
  if (!history.empty()) {
    inflateSetDictionary(&stream, reinterpret_cast<const Bytef*>(history.data()), static_cast<uInt>(history.size()));
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  ZlibInflated found = {"", Z_OK, 0};
  std::string piece(room, '\0');
  while (found.result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(&piece[0]);
    stream.avail_out = static_cast<uInt>(room);
    found.result = ::inflate(&stream, Z_NO_FLUSH);
    found.out.append(piece, 0, room - stream.avail_out);
  }
  found.read = data.size() - stream.avail_in;
  inflateEnd(&stream);
  return found;
}

// ---- the Inflater ----

using Result = Inflater::Result;

struct Inflated {
  std::string out;
  Result result;
  bool whole;  // between two blocks
};

// An Inflater with its window, both of exactly their size.
class Stream {
 public:
  explicit Stream(uint8_t window_bits = 15) : window_(new uint8_t[size_t{1} << window_bits]) {
    memset(window_.get(), 0xEE, size_t{1} << window_bits);
    inflater.start(window_.get(), window_bits);
  }

  // Until the input is read, in pieces of `piece` bytes at most, into rooms of `room` bytes.
  Inflated run(const std::string& input, size_t piece = 100000, size_t room = 100000) {
    Inflated found = {"", Result::kNeedInput, false};
    const std::unique_ptr<uint8_t[]> out(new uint8_t[room]);
    for (size_t at = 0; at < input.size(); at += piece) {
      const std::string part = input.substr(at, piece);
      const std::unique_ptr<uint8_t[]> in = exact_copy(part);
      Bytes left(in.get(), part.size());
      do {
        MutableBytes free(out.get(), room);
        found.result = inflater.run(&left, &free);
        EXPECT_EQ(free.data, out.get() + (room - free.size));
        EXPECT_EQ(left.data, in.get() + (part.size() - left.size));
        found.out.append(reinterpret_cast<char*>(out.get()), room - free.size);
        EXPECT_TRUE(found.result != Result::kNeedRoom || free.size == 0);
      } while (found.result == Result::kNeedRoom);
      if (found.result == Result::kCorrupt) break;
      EXPECT_EQ(left.size, 0U);
    }
    found.whole = inflater.between_blocks();
    return found;
  }

  Inflater inflater = {};

 private:
  std::unique_ptr<uint8_t[]> window_;
};

inline void expect_whole(const Inflated& found, const std::string& data) {
  EXPECT_EQ(found.result, Result::kNeedInput);
  EXPECT_TRUE(found.whole);
  EXPECT_TRUE(found.out == data) << found.out.size() << " bytes in place of " << data.size();
}

}  // namespace whit::deflate
