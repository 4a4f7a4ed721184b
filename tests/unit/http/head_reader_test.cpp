// SPDX-License-Identifier: MIT
#include "whit/http/head_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whit/http/grammar.h"
#include "whit/session/receiver.h"

namespace whit::http {
namespace {

// Reads a head as the loop does: as much as fits at a time, moving what is left down to the bytes kept.
struct Reader {
  explicit Reader(size_t capacity, uint32_t max = 8192) : buffer(capacity), max_bytes(max) {}

  // Feeds everything, `step` bytes at most per read; the lines found, and how it ended.
  HeadLine feed(const std::string& bytes, size_t step = SIZE_MAX) {
    size_t done = 0;
    HeadLine result = HeadLine::kMore;
    for (;;) {
      constexpr char kNames[] = "date:\0host:\0cookie:\0";  // the last one is not wanted
      HeadReader reader = {};
      reader.head = &head;
      reader.buffer = buffer.data();
      reader.capacity = buffer.size();
      reader.begin = &window.raw_begin;
      reader.end = window.raw_end;
      reader.max_bytes = max_bytes;
      reader.names = kNames;
      reader.wanted = 2;
      result = reader.next();
      const http::Field& field = reader.field;
      if (result == HeadLine::kFirst || result == HeadLine::kField || result == HeadLine::kEnd) {
        const std::string value(field.value.data, field.value.size);
        const bool named = result == HeadLine::kField;
        lines.push_back(named ? (field.index == 1 ? "Host: " : "Date: ") + value : value);
        EXPECT_TRUE(!named || field.index < 2);
        head.started = true;
        continue;
      }
      if (result != HeadLine::kMore || done == bytes.size()) return result;
      done += read(bytes.substr(done, step));
    }
  }

  size_t read(const std::string& bytes) {
    const uint32_t floor = head.kept;
    if (window.raw_size() == 0) window.reset(floor);
    if (window.raw_end == buffer.size()) {
      std::copy(buffer.begin() + window.raw_begin, buffer.begin() + window.raw_end, buffer.begin() + floor);
      window = {floor, floor, floor, floor + window.raw_size()};
    }
    const size_t size = std::min(bytes.size(), buffer.size() - window.raw_end);
    EXPECT_NE(size, 0u) << "it asks for more although the buffer is full";
    if (size == 0) return bytes.size();
    bytes.copy(reinterpret_cast<char*>(buffer.data()) + window.raw_end, size);
    window.raw_end += static_cast<uint32_t>(size);
    return size;
  }

  std::vector<uint8_t> buffer;
  uint32_t max_bytes;
  http::Head head = {};
  session::Window window = {};
  std::vector<std::string> lines;
};

using Lines = std::vector<std::string>;

TEST(HeadLines, LinesHoweverTheyAreSplit) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\nX:y\r\nCookie:y\r\ndate:\r\n\r\n";
  for (size_t step = 1; step <= head.size(); ++step) {
    Reader reader(64);
    EXPECT_EQ(reader.feed(head, step), HeadLine::kMore);
    EXPECT_EQ(reader.lines, (Lines{"GET / HTTP/1.1", "Host: h", "Date: ", ""})) << step;
    EXPECT_EQ(reader.head.bytes, head.size());
  }
}

// H1-002, H1-003
TEST(HeadLines, BareLineEndsAreMalformed) {
  for (const char* bad : {"GET\n", "GET\rX", "GET /\r\r\n", "\n"}) {
    for (const size_t step : {size_t{1}, size_t{100}}) {
      Reader reader(64);
      EXPECT_EQ(reader.feed(bad, step), HeadLine::kMalformed) << bad;
    }
  }
}

// HS-006: the whole head, line ends included.
TEST(HeadLines, TheLimitIsExact) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const size_t step : {size_t{1}, size_t{100}}) {
    Reader fits(64, static_cast<uint32_t>(head.size()));
    EXPECT_EQ(fits.feed(head, step), HeadLine::kMore);
    EXPECT_EQ(fits.lines.size(), 3u);
    Reader too_long(64, static_cast<uint32_t>(head.size() - 1));
    EXPECT_EQ(too_long.feed(head, step), HeadLine::kTooLarge);
    EXPECT_EQ(too_long.lines.size(), 2u);
  }
}

TEST(HeadLines, AHeadWithoutLineEndsIsBounded) {
  Reader reader(64, 30);
  EXPECT_EQ(reader.feed(std::string(30, 'a')), HeadLine::kMore);
  EXPECT_EQ(reader.feed("a"), HeadLine::kTooLarge);
}

TEST(HeadLines, TheFirstLineMustFit) {
  Reader reader(32);
  EXPECT_EQ(reader.feed("GET /" + std::string(27, 'a')), HeadLine::kTooLarge);
  Reader fits(32);
  EXPECT_EQ(fits.feed("GET /" + std::string(25, 'a') + "\r\n"), HeadLine::kMore);
  EXPECT_EQ(fits.lines.size(), 1u);
}

// A field that is not kept may be longer than the buffer, and hold anything but a bare line end.
TEST(HeadLines, LongFieldsAreSkipped) {
  for (size_t size = 25; size <= 100; ++size) {
    const std::string head = "GET / HTTP/1.1\r\nCookie: " + std::string(size, 'c') + "\r\nHost: h\r\n\r\n";
    for (const size_t step : {size_t{1}, size_t{7}, size_t{500}}) {
      Reader reader(32);
      EXPECT_EQ(reader.feed(head, step), HeadLine::kMore) << size << " by " << step;
      ASSERT_EQ(reader.lines, (Lines{"GET / HTTP/1.1", "Host: h", ""})) << size << " by " << step;
      EXPECT_EQ(reader.head.bytes, head.size());
    }
  }
}

TEST(HeadLines, NothingNewInASkippedField) {
  Reader reader(32);
  reader.head.started = true;
  EXPECT_EQ(reader.feed("Cookie: " + std::string(50, 'c')), HeadLine::kMore);
  EXPECT_EQ(reader.feed(""), HeadLine::kMore);
  EXPECT_EQ(reader.feed("c\r\nHost: h\r\n"), HeadLine::kMore);
  EXPECT_EQ(reader.lines, (Lines{"Host: h"}));
}

TEST(HeadLines, ABareLineEndInASkippedFieldIsMalformed) {
  for (const char* bad : {"\n", "\rx"}) {
    for (size_t size = 20; size <= 60; ++size) {
      Reader reader(32);
      EXPECT_EQ(reader.feed("GET /\r\nCookie: " + std::string(size, 'c') + bad + "\r\n", 3), HeadLine::kMalformed);
    }
  }
}

TEST(HeadLines, WhatIsNoFieldIsMalformed) {
  for (const char* bad : {"no colon\r\n", "Name : x\r\n", " folded: x\r\n", ": x\r\n", "X: \x01\r\n"}) {
    Reader reader(64);
    EXPECT_EQ(reader.feed(std::string("GET /\r\n") + bad), HeadLine::kMalformed) << bad;
    EXPECT_EQ(reader.lines.size(), 1u);
  }
}

TEST(HeadLines, SkippedBytesCountForTheLimit) {
  Reader reader(32, 100);
  EXPECT_EQ(reader.feed("GET /\r\nCookie: " + std::string(200, 'c'), 5), HeadLine::kTooLarge);
  EXPECT_LE(reader.head.bytes, 100u);
}

TEST(HeadLines, AWantedFieldMustFit) {
  Reader reader(32);
  EXPECT_EQ(reader.feed("GET /\r\nHost: " + std::string(40, 'h') + "\r\n"), HeadLine::kTooLarge);
  Reader fits(32);
  EXPECT_EQ(fits.feed("GET /\r\nHost: " + std::string(24, 'h') + "\r\n"), HeadLine::kMore);
  EXPECT_EQ(fits.lines.size(), 2u);
}

TEST(HeadLines, ANameThatDoesNotFitOrIsNoneIsTooLarge) {
  Reader no_colon(32);
  EXPECT_EQ(no_colon.feed("GET /\r\n" + std::string(40, 'n')), HeadLine::kTooLarge);
  Reader no_token(32);
  EXPECT_EQ(no_token.feed("GET /\r\nBad Name: " + std::string(40, 'n')), HeadLine::kTooLarge);
  Reader no_name(32);
  EXPECT_EQ(no_name.feed("GET /\r\n: " + std::string(40, 'n')), HeadLine::kTooLarge);
}

// Fields kept at the front of the buffer take room from the lines.
TEST(HeadLines, BytesThatAreKeptAreNotTouchedAndCount) {
  Reader reader(32);
  reader.head.started = true;
  reader.head.kept = 10;
  for (int i = 0; i < 10; ++i) reader.buffer[static_cast<size_t>(i)] = 'K';
  reader.window.reset(10);
  EXPECT_EQ(reader.feed("Host: " + std::string(14, 'h') + "\r\nCookie: " + std::string(50, 'c') + "\r\n", 4),
            HeadLine::kMore);
  EXPECT_EQ(reader.lines, (Lines{"Host: " + std::string(14, 'h')}));
  EXPECT_EQ(std::string(reader.buffer.begin(), reader.buffer.begin() + 10), "KKKKKKKKKK");
  EXPECT_EQ(reader.feed("Host: " + std::string(15, 'h') + "\r\n"), HeadLine::kTooLarge);
}

}  // namespace
}  // namespace whit::http
