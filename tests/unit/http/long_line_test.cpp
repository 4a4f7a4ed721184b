// SPDX-License-Identifier: MIT
// Long lines in parts: what a small buffer reads of a head is what a large one reads, however the head is split.
#include "whit/http/long_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "unit/emulated.h"
#include "whit/http/grammar.h"

namespace whit::http {
namespace {

constexpr char kNames[] = "host:\0@protocol:\0connection:\0";
constexpr size_t kWanted = 3;
constexpr uint32_t kLists = 1 << 1 | 1 << 2;
constexpr size_t kLongest = 100;  // of the elements that are looked for

// What a server learns of a head.
struct Read {
  bool valid = false;
  uint16_t status = 0;  // of the first line
  uint32_t bytes = 0;
  std::vector<std::string> found;  // the elements of the lists, behind the position of their name, and Host

  bool operator==(const Read& other) const {
    return valid == other.valid && status == other.status && bytes == other.bytes && found == other.found;
  }
};

void take_line(const HeadReader& reader, Read* read) {
  const std::string name = std::to_string(reader.field.index) + " ";
  Text value = reader.field.value;
  if (reader.field.index == 0) return read->found.push_back(name + std::string(value.data, value.size));
  Text element;
  while (next_element(&value, &element)) {
    if (element[0] != '"' && element.size <= kLongest) {
      read->found.push_back(name + std::string(element.data, element.size));
    }
  }
}

// Reads a head as the loop does: as much as fits at a time, `step()` bytes at most.
template <class Step>
Read read_head(const std::string& bytes, size_t capacity, Step step, uint32_t max_bytes = 0) {
  const std::unique_ptr<uint8_t[]> buffer(new uint8_t[capacity]);  // of just that size: the sanitizer sees its ends
  Head head = {};
  uint32_t begin = 0;
  uint32_t end = 0;
  Read read;
  for (size_t done = 0;;) {
    HeadReader reader = {};
    reader.head = &head;
    reader.buffer = buffer.get();
    reader.capacity = capacity;
    reader.begin = &begin;
    reader.end = end;
    reader.max_bytes = max_bytes;
    reader.names = kNames;
    reader.wanted = kWanted;
    reader.shorten = shorten_line;
    reader.lists = kLists;
    HeadLine kind;
    while ((kind = reader.next()) == HeadLine::kFirst || kind == HeadLine::kField) {
      if (kind == HeadLine::kField) {
        take_line(reader, &read);
        continue_line(&reader);
        continue;
      }
      head.started = true;
      read.status = read_request_line(&reader.field.value);
      if (read.status != 0) return read;
    }
    read.valid = kind == HeadLine::kEnd;
    read.bytes = head.bytes;
    if (kind != HeadLine::kMore || done == bytes.size()) return read;
    if (begin == end) begin = end = 0;
    if (end == capacity) {
      std::copy(buffer.get() + begin, buffer.get() + end, buffer.get());
      end -= begin;
      begin = 0;
    }
    const size_t size = std::min({step(), bytes.size() - done, capacity - end});
    if (size == 0) {
      ADD_FAILURE() << "it asks for more although the buffer is full";
      return read;
    }
    bytes.copy(reinterpret_cast<char*>(buffer.get()) + end, size, done);
    end += static_cast<uint32_t>(size);
    done += size;
  }
}

Read read_at_once(const std::string& bytes, size_t capacity) {
  return read_head(bytes, capacity, [] { return SIZE_MAX; });
}

// Heads of lines about as long as a buffer, some of them malformed.
struct Heads {
  size_t about() { return random() % 4 == 0 ? random() % 700 : 230 + random() % 40; }
  std::string blanks() { return std::string(random() % 30 == 0 ? about() : random() % 3, random() % 4 ? ' ' : '\t'); }

  std::string first_line() {
    const char* const begins[] = {"GET /",        "GET /", "GET /chat?", "GET http://h:80/", "GET https://[::1]?",
                                  "GET http://h?"};
    const char* const ends[] = {" HTTP/1.1",   " HTTP/1.1",   " HTTP/1.1", " HTTP/1.0",
                                "#x HTTP/1.1", " x HTTP/1.1", "\x01"};
    std::string line = begins[random() % 6];
    const char tail = random() % 4 == 0 ? '/' : 'x';
    line += std::string(about(), tail);
    return line + ends[random() % (random() % 2 ? 3 : 7)];
  }

  std::string list() {
    const char* const words[] = {"upgrade", "mqtt", "v1.chat", "", "\"mqtt", "mqtt\"", "a b", "x", "upgrade;q=1"};
    std::string list;
    for (uint32_t left = random() % 12; left != 0; --left) {
      list += blanks();
      if (random() % 3 == 0) list += std::string(about(), "t\"/"[random() % 3]);
      list += words[random() % 9];
      list += std::string(random() % 3, ' ');  // as many as would fill a buffer would make an element too long
      if (left != 1 || random() % 2 != 0) list += ',';
    }
    if (random() % 20 == 0) list += '\x01';
    return list;
  }

  std::string head() {
    std::string head = first_line() + "\r\n";
    for (uint32_t left = random() % 6; left != 0; --left) {
      const char* const names[] = {"Connection:", "sec-websocket-protocol:", "X-Other:", "Connection:"};
      if (random() % 8 == 0) head += "Host: server.example\r\n";
      head += names[random() % 4] + list() + "\r\n";
    }
    head += random() % 20 == 0 ? "no field\r\n\r\n" : "\r\n";
    return head + std::string(random() % 3, '\0');  // the first frames
  }

  std::mt19937 random;
};

TEST(LongLine, ASmallBufferReadsWhatALargeOneReads) {
  Heads heads;
  int valid = 0;
  for (int i = 0; i < sample(3000); ++i) {
    const std::string head = heads.head();
    const Read expected = read_at_once(head, 16384);
    const size_t step = 1 + heads.random() % (heads.random() % 2 ? 3 : 300);
    const size_t capacity = 256 + (heads.random() % 2) * (heads.random() % 350);
    const Read read = read_head(head, capacity, [&] { return 1 + heads.random() % step; });
    const bool good = expected.valid && expected.status == 0;
    if (good) {
      ASSERT_TRUE(read == expected) << i << " " << capacity << "\n" << head;
      ++valid;
      ASSERT_TRUE(read_head(
                      head, capacity, [] { return SIZE_MAX; }, expected.bytes)
                      .valid)
          << head;
      ASSERT_FALSE(read_head(
                       head, capacity, [] { return SIZE_MAX; }, expected.bytes - 1)
                       .valid)
          << head;
    } else {
      ASSERT_FALSE(read.valid && read.status == 0) << i << " " << capacity << "\n" << head;
    }
  }
  EXPECT_GT(valid, sample(300));
}

TEST(LongLine, TheFirstByteOfAPathIsLeft) {
  const char line[] = "GET /abc HT";
  uint8_t buffer[sizeof line - 1];
  std::copy(line, line + sizeof buffer, buffer);
  Head head = {};
  head.bytes = sizeof buffer;
  head.skipping = true;
  uint32_t begin = sizeof buffer;
  HeadReader reader = {};
  reader.head = &head;
  reader.buffer = buffer;
  reader.capacity = reader.end = sizeof buffer;
  reader.begin = &begin;
  reader.field.value = as_text({buffer, sizeof buffer});
  EXPECT_EQ(shorten_line(&reader, HeadLine::kFirst), HeadLine::kMore);
  EXPECT_EQ(std::string(buffer + begin, buffer + sizeof buffer), "GET / HT");
  EXPECT_EQ(head.bytes, 3u) << "those that were dropped";
  EXPECT_FALSE(head.skipping);
}

// Blanks before an element are none of its bytes, however many there are.
TEST(LongLine, BlanksBeforeAnElementAreDropped) {
  for (size_t blanks = 0; blanks < 600; ++blanks) {
    const std::string head = "GET / HTTP/1.1\r\nConnection:" + std::string(blanks, ' ') + "upgrade\r\n\r\n";
    EXPECT_EQ(read_at_once(head, 256).found, std::vector<std::string>{"2 upgrade"}) << blanks;
  }
}

// Nothing that was cut is an element: neither the front of a long one nor its end.
TEST(LongLine, NoPartOfAnElementIsAnElement) {
  for (size_t size = 200; size < 600; ++size) {
    const std::string head = "GET / HTTP/1.1\r\nConnection: " + std::string(size, 'x') + "upgrade\r\n\r\n";
    EXPECT_TRUE(read_at_once(head, 256).found.empty()) << size;
    EXPECT_TRUE(read_head(head, 256, [] { return size_t{1}; }).found.empty()) << size;
  }
}

TEST(LongLine, AnyOtherLineIsTooLarge) {
  for (const char* begin : {"POST /", "GET x", "GET ", "GET / ", "GET http://", "\x16\x03\x01"}) {
    EXPECT_FALSE(read_at_once(begin + std::string(300, 'y') + " HTTP/1.1\r\n\r\n", 256).valid) << begin;
  }
  const std::string host = "GET / HTTP/1.1\r\nHost: " + std::string(300, 'h') + "\r\n\r\n";
  EXPECT_FALSE(read_at_once(host, 256).valid);
  EXPECT_TRUE(read_at_once(host, 512).valid);
}

}  // namespace
}  // namespace whit::http
