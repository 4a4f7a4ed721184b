// SPDX-License-Identifier: MIT
#include "whit/session/transmitter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/session/frames.h"

namespace whit::session {
namespace {

using wire::Opcode;
using wire::Role;

constexpr kernels::MaskKey kKey = {{0x37, 0xFA, 0x21, 0x3D}};
constexpr size_t kSizes[] = {0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537};

// A transmitter with its buffer, and a guard behind it.
struct Output {
  explicit Output(size_t capacity = 70000) : buffer(capacity + 16, 0xA5), limit(capacity) {}
  ~Output() {
    for (size_t i = limit; i < buffer.size(); ++i) EXPECT_EQ(buffer[i], 0xA5) << "byte " << i << " behind the buffer";
  }
  bool append(Opcode opcode, bool fin, const std::string& payload, const kernels::MaskKey* key = nullptr) {
    const Role role = key != nullptr ? Role::kClient : Role::kServer;
    const size_t size = wire::frame_overhead(role, payload.size()) + payload.size();
    if (!transmitter.make_room(buffer.data(), size, limit)) return false;
    transmitter.append(buffer.data(), role, opcode, fin, as_bytes({payload.data(), payload.size()}),
                       key != nullptr ? *key : kernels::MaskKey{});
    return true;
  }
  std::string waiting() const { return {buffer.begin() + transmitter.begin(), buffer.begin() + transmitter.end()}; }
  std::string next() const {
    const Bytes bytes = transmitter.next_write(buffer.data());
    return {reinterpret_cast<const char*>(bytes.data), bytes.size};
  }
  std::vector<uint8_t> buffer;
  size_t limit;
  Transmitter transmitter;
};

std::string pattern(size_t size) {
  std::string out(size, 0);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 7 + (i >> 8));
  return out;
}

// Checks a piece of a text as for one that is sent.
bool text_valid(Transmitter* transmitter, Bytes piece, bool first, bool last) {
  kernels::Utf8 state;
  if (!transmitter->text_valid(piece, first, last, &state)) return false;
  transmitter->text_checked(state);
  return true;
}

TEST(Transmitter, StartsEmpty) {
  Output out;
  EXPECT_TRUE(out.transmitter.empty());
  EXPECT_EQ(out.transmitter.size(), 0u);
  EXPECT_FALSE(out.transmitter.is_blocked());
  EXPECT_EQ(out.next(), "");
}

// WS-062, WS-064, WS-068, WS-072, WS-107, WS-110, WS-111
TEST(Transmitter, FramesOfEveryLengthMaskedAndNot) {
  for (const size_t size : kSizes) {
    for (const kernels::MaskKey* key : {static_cast<const kernels::MaskKey*>(nullptr), &kKey}) {
      Output out;
      const std::string payload = pattern(size);
      ASSERT_TRUE(out.append(Opcode::kBinary, true, payload, key));
      EXPECT_EQ(out.waiting(), test_frame(kWholeBinary, payload, key != nullptr)) << size;
      EXPECT_EQ(out.transmitter.size(), out.waiting().size());
    }
  }
}

TEST(Transmitter, EveryOpcodeAndFin) {
  const struct {
    Opcode opcode;
    bool fin;
    uint8_t first;
  } cases[] = {{Opcode::kContinuation, false, 0x00}, {Opcode::kContinuation, true, 0x80}, {Opcode::kText, false, 0x01},
               {Opcode::kText, true, 0x81},          {Opcode::kBinary, false, 0x02},      {Opcode::kBinary, true, 0x82},
               {Opcode::kClose, true, 0x88},         {Opcode::kPing, true, 0x89},         {Opcode::kPong, true, 0x8A}};
  for (const auto& each : cases) {
    Output out;
    ASSERT_TRUE(out.append(each.opcode, each.fin, "x"));
    EXPECT_EQ(out.waiting(), test_frame(each.first, "x", false));
  }
}

TEST(Transmitter, ACallersBytesStayAsTheyWere) {
  Output out;
  const std::string payload = pattern(300);
  const std::string before = payload;
  ASSERT_TRUE(out.append(Opcode::kBinary, true, payload, &kKey));
  EXPECT_EQ(payload, before);
}

TEST(Transmitter, FramesGatherOneBehindTheOther) {
  Output out;
  ASSERT_TRUE(out.append(Opcode::kText, true, "one"));
  ASSERT_TRUE(out.append(Opcode::kPing, true, ""));
  ASSERT_TRUE(out.append(Opcode::kBinary, true, pattern(200)));
  EXPECT_EQ(out.waiting(), test_frame(kWholeText, "one", false) + test_frame(kPing, "", false) +
                               test_frame(kWholeBinary, pattern(200), false));
}

// A reply in place: the payload moves down, or stays, and the header goes before it.
TEST(Transmitter, PayloadInTheSameBufferIsMovedDown) {
  for (const kernels::MaskKey* key : {static_cast<const kernels::MaskKey*>(nullptr), &kKey}) {
    const Role role = key != nullptr ? Role::kClient : Role::kServer;
    for (const size_t size :
         {size_t{0}, size_t{1}, size_t{5}, size_t{125}, size_t{126}, size_t{300}, size_t{65535}, size_t{65536}}) {
      for (const size_t gap : {0, 1, 2, 3, 4, 9}) {
        Output out;
        const size_t header = wire::frame_overhead(role, size);
        const size_t at = 100 + header + gap;
        const std::string payload = pattern(size);
        for (size_t i = 0; i < size; ++i) out.buffer[at + i] = static_cast<uint8_t>(payload[i]);
        out.transmitter.start_at(100);
        out.transmitter.append(out.buffer.data(), role, Opcode::kBinary, true, {out.buffer.data() + at, size},
                               key != nullptr ? *key : kernels::MaskKey{});
        EXPECT_EQ(out.transmitter.begin(), 100u);
        EXPECT_EQ(out.waiting(), test_frame(kWholeBinary, payload, key != nullptr)) << size << " gap " << gap;
      }
    }
  }
}

// ---- room ----

TEST(Transmitter, RoomIsExactAtSmallCapacities) {
  for (const size_t capacity : {1, 2, 125, 126, 127}) {
    for (size_t size = 0; size <= capacity + 4; ++size) {
      Output out(capacity);
      const bool fits = size + (size <= 125 ? 2 : 4) <= capacity;
      EXPECT_EQ(out.append(Opcode::kBinary, true, pattern(size)), fits) << size << " into " << capacity;
      EXPECT_EQ(out.waiting(), fits ? test_frame(kWholeBinary, pattern(size), false) : "");
    }
  }
}

TEST(Transmitter, AClientNeedsRoomForItsKey) {
  for (const size_t capacity : {1, 2, 125, 126, 127}) {
    for (size_t size = 0; size <= capacity; ++size) {
      Output out(capacity);
      EXPECT_EQ(out.append(Opcode::kBinary, true, pattern(size), &kKey), size + (size <= 125 ? 6 : 8) <= capacity);
    }
  }
}

TEST(Transmitter, MovesWhatWaitsDownToMakeRoom) {
  Output out(20);
  ASSERT_TRUE(out.append(Opcode::kText, true, "0123456789"));  // 12 bytes
  out.transmitter.wrote(5);
  const std::string rest = out.waiting();
  for (size_t i = 12; i < 20; ++i) out.buffer[i] = 'x';
  EXPECT_TRUE(out.transmitter.make_room(out.buffer.data(), 8, 20)) << "fits without moving";
  EXPECT_EQ(out.transmitter.begin(), 5u);
  EXPECT_FALSE(out.transmitter.make_room(out.buffer.data(), 14, 20)) << "would not fit";
  EXPECT_EQ(out.transmitter.begin(), 5u) << "moved for nothing";
  EXPECT_TRUE(out.transmitter.make_room(out.buffer.data(), 13, 20));
  EXPECT_EQ(out.transmitter.begin(), 0u);
  EXPECT_EQ(out.transmitter.end(), 7u);
  EXPECT_EQ(std::string(out.buffer.begin() + 7, out.buffer.begin() + 12), rest.substr(2)) << "moved more than waits";
  EXPECT_EQ(out.waiting(), rest);
}

TEST(Transmitter, NothingMovesThatStandsAtTheStart) {
  Output out(8);
  ASSERT_TRUE(out.append(Opcode::kText, true, "abc"));
  EXPECT_FALSE(out.transmitter.make_room(out.buffer.data(), 4, 8));
  EXPECT_EQ(out.waiting(), test_frame(kWholeText, "abc", false));
}

TEST(Transmitter, NothingMovesWhileAWriteIsBlocked) {
  Output out(20);
  ASSERT_TRUE(out.append(Opcode::kText, true, "0123456789"));
  out.transmitter.wrote(5);
  out.transmitter.blocked();
  EXPECT_FALSE(out.transmitter.make_room(out.buffer.data(), 13, 20));
  EXPECT_EQ(out.transmitter.begin(), 5u);
}

// ---- writing ----

// WS-112
TEST(Transmitter, APartialWriteIsContinued) {
  for (size_t step = 1; step <= 20; ++step) {
    Output out;
    ASSERT_TRUE(out.append(Opcode::kText, true, "hello, world"));
    ASSERT_TRUE(out.append(Opcode::kPing, true, "p"));
    const std::string all = out.waiting();
    std::string sent;
    while (!out.transmitter.empty()) {
      const std::string next = out.next().substr(0, step);
      sent += next;
      out.transmitter.wrote(next.size());
    }
    EXPECT_EQ(sent, all);
    EXPECT_EQ(out.transmitter.size(), 0u);
  }
}

TEST(Transmitter, ABlockedWriteIsRepeatedAsItWas) {
  Output out;
  ASSERT_TRUE(out.append(Opcode::kText, true, "the first"));
  out.transmitter.wrote(4);
  const std::string first = out.next();
  out.transmitter.blocked();
  EXPECT_TRUE(out.transmitter.is_blocked());
  ASSERT_TRUE(out.append(Opcode::kText, true, "second"));
  EXPECT_EQ(out.next(), first) << "what was gathered meanwhile is not part of it";
  out.transmitter.blocked();
  EXPECT_EQ(out.next(), first) << "blocked again";
  out.transmitter.wrote(3);
  EXPECT_FALSE(out.transmitter.is_blocked());
  EXPECT_EQ(out.next(), first.substr(3) + test_frame(kWholeText, "second", false));
}

TEST(Transmitter, ExtendCountsBytesThatTheCallerWrote) {
  Output out;
  out.transmitter.start_at(3);
  EXPECT_TRUE(out.transmitter.empty());
  for (size_t i = 0; i < 4; ++i) out.buffer[3 + i] = static_cast<uint8_t>("HTTP"[i]);
  out.transmitter.extend(4);
  EXPECT_EQ(out.next(), "HTTP");
}

TEST(Transmitter, ResetForgetsEverything) {
  Output out;
  ASSERT_TRUE(out.append(Opcode::kText, false, "x"));
  out.transmitter.wrote(1);
  out.transmitter.blocked();
  EXPECT_TRUE(text_valid(&out.transmitter, as_bytes("\xC3"), true, false));
  out.transmitter.reset();
  EXPECT_TRUE(out.transmitter.empty());
  EXPECT_EQ(out.transmitter.begin(), 0u);
  EXPECT_FALSE(out.transmitter.is_blocked());
  EXPECT_TRUE(text_valid(&out.transmitter, as_bytes("a"), false, true));
}

// ---- messages in pieces ----

// WS-106: RFC 6455, 5.6
TEST(Transmitter, TextIsCheckedAcrossPieces) {
  const std::string text = "a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x99\x82z";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Transmitter transmitter;
    EXPECT_TRUE(text_valid(&transmitter, as_bytes({text.data(), cut}), true, false)) << cut;
    EXPECT_TRUE(text_valid(&transmitter, as_bytes(Text(text.data(), text.size()).from(cut)), false, true)) << cut;
  }
}

TEST(Transmitter, TextThatEndsInsideACharacterIsRefused) {
  Transmitter transmitter;
  EXPECT_FALSE(text_valid(&transmitter, as_bytes("\xE2\x82"), true, true));
  EXPECT_TRUE(text_valid(&transmitter, as_bytes("\xE2\x82"), true, false));
  EXPECT_FALSE(text_valid(&transmitter, as_bytes("x"), false, true));
  EXPECT_FALSE(text_valid(&transmitter, as_bytes("\xFF"), true, true));
}

TEST(Transmitter, ANewMessageForgetsTheUnfinishedOne) {
  Transmitter transmitter;
  EXPECT_TRUE(text_valid(&transmitter, as_bytes("\xE2"), true, false));
  EXPECT_TRUE(text_valid(&transmitter, as_bytes("ok"), true, true));
}

// A piece that is refused changes nothing: the caller may send another one in its place.
TEST(Transmitter, ARefusedPieceLeavesNoTrace) {
  Transmitter transmitter;
  EXPECT_TRUE(text_valid(&transmitter, as_bytes("a"), true, false));
  EXPECT_FALSE(text_valid(&transmitter, as_bytes("\xC3"), false, true)) << "ends inside a character";
  EXPECT_FALSE(text_valid(&transmitter, as_bytes("\xA9"), false, true)) << "would complete what was not sent";
  EXPECT_FALSE(text_valid(&transmitter, as_bytes("\xC3\xFF"), false, true));
  EXPECT_TRUE(text_valid(&transmitter, as_bytes("b"), false, true));
}

}  // namespace
}  // namespace whit::session
