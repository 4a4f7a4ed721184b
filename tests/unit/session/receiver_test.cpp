// SPDX-License-Identifier: MIT
#include "whit/session/receiver.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "unit/session/frames.h"

namespace whit::session {
namespace {

using wire::Role;

constexpr uint32_t kNoFloor = 1 << 30;  // no replies lie before the input
constexpr ReceiverLimits kStreamAll = {nullptr, 0, kNoFloor};

// The options live to the end of the test program: they are few.
ReceiverLimits whole(uint32_t bytes, LongMessages long_messages = LongMessages::kStream, uint64_t most = 0) {
  static std::map<std::pair<LongMessages, uint64_t>, ConnectionOptions> all;
  ConnectionOptions& options = all[{long_messages, most}];
  options.long_messages = long_messages;
  options.max_message_bytes = most;
  return {&options, bytes, kNoFloor};
}

// The loop's part around a receiver, in a buffer of any size: it reads, moves what is needed down when the buffer is
// full, takes every piece. The log has one line per message, control frame or end.
class Stream {
 public:
  Stream(size_t capacity, Role role, ReceiverLimits limits) : buffer_(capacity), role_(role), limits_(limits) {
    receiver.reset();
  }

  // Returns false once the receiver has failed.
  bool feed(const std::string& bytes, size_t at_most = SIZE_MAX) {
    size_t done = 0;
    while (done < bytes.size()) {
      if (window.raw_end == buffer_.size() && !make_room()) return false;
      const size_t room = buffer_.size() - window.raw_end;
      const size_t size = std::min({room, bytes.size() - done, at_most});
      bytes.copy(reinterpret_cast<char*>(buffer_.data()) + window.raw_end, size, done);
      window.raw_end += static_cast<uint32_t>(size);
      done += size;
      if (!drain()) return false;
    }
    return true;
  }

  Receiver receiver;
  Window window = {};
  std::vector<std::string> log;
  std::string message;  // pieces of an unfinished one
  size_t most_gathered = 0;

 private:
  bool make_room() {
    if (window.raw_end == window.message_size() + window.raw_size()) {  // all of it is needed
      if (!hear(receiver.overflow(window, limits_.options)) || !drain()) return false;
      return window.raw_end < buffer_.size() || make_room();
    }
    std::vector<uint8_t> kept(buffer_.begin() + window.message_begin, buffer_.begin() + window.message_end);
    kept.insert(kept.end(), buffer_.begin() + window.raw_begin, buffer_.begin() + window.raw_end);
    std::fill(buffer_.begin(), buffer_.end(), uint8_t{0xEE});
    std::copy(kept.begin(), kept.end(), buffer_.begin());
    const uint32_t middle = window.message_size();
    window = {0, middle, middle, static_cast<uint32_t>(kept.size())};
    return true;
  }

  bool drain() {
    for (;;) {
      const Receiver::Result result = receiver.parse(buffer_.data(), &window, role_, limits_);
      if (result == Receiver::Result::kNeedBytes) break;
      if (!hear(result)) return false;
    }
    if (window.empty()) window.reset(0);
    return true;
  }

  bool hear(Receiver::Result result) {
    switch (result) {
      case Receiver::Result::kNeedBytes:
        return true;
      case Receiver::Result::kPiece:
      case Receiver::Result::kLastPiece:
        hear_piece(result == Receiver::Result::kLastPiece);
        return true;
      case Receiver::Result::kControl: {
        const auto end = buffer_.begin() + window.raw_begin;
        log.push_back(std::to_string(static_cast<int>(receiver.opcode())) + ":" +
                      std::string(end - receiver.control_size(), end));
        return true;
      }
      default:
        log.push_back("failed " + std::to_string(static_cast<int>(result)));
        return false;
    }
  }

  void hear_piece(bool last) {
    EXPECT_EQ(receiver.offset(), message.size());
    message.append(buffer_.begin() + window.message_begin, buffer_.begin() + window.message_end);
    most_gathered = std::max<size_t>(most_gathered, window.message_size());
    receiver.take(&window, window.message_size());
    if (!last) return;
    log.push_back((receiver.type() == MessageType::kText ? "text " : "binary ") + message);
    message.clear();
  }

  std::vector<uint8_t> buffer_;
  Role role_;
  ReceiverLimits limits_;
};

using Log = std::vector<std::string>;

Log run(const std::string& bytes, size_t capacity, size_t at_most, Role role, ReceiverLimits limits) {
  Stream stream(capacity, role, limits);
  stream.feed(bytes, at_most);
  return stream.log;
}

bool masks(Role receiver) { return receiver == Role::kServer; }

std::string pattern(size_t size) {
  std::string out(size, 0);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>(i * 31 + (i >> 8));
  return out;
}

// ---- the first two bytes ----

bool start_is_legal(uint8_t first, uint8_t second, Role receiver) {
  const int opcode = first & 15;
  const bool known = opcode <= 2 || (opcode >= 8 && opcode <= 10);
  if ((first & 0x70) != 0 || !known) return false;
  if (opcode >= 8 && ((first & 0x80) == 0 || (second & 0x7F) > 125)) return false;
  return ((second & 0x80) != 0) == (receiver == Role::kServer);
}

// WS-063, WS-065, WS-066, WS-069, WS-070, WS-079, WS-087, WS-114: RFC 6455, 5.1, 5.2, 5.5
TEST(Receiver, EveryValueOfTheFirstTwoBytes) {
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (int value = 0; value < 0x10000; ++value) {
      const uint8_t first = static_cast<uint8_t>(value >> 8);
      const uint8_t second = static_cast<uint8_t>(value);
      // A continuation is legal only inside a message, a message's start only outside.
      Stream stream(64, role, kStreamAll);
      if ((first & 15) == 0) stream.feed(test_header(kText, 0, masks(role)));
      const bool going_on = stream.feed({static_cast<char>(first), static_cast<char>(second)});
      ASSERT_EQ(going_on, start_is_legal(first, second, role)) << value;
      ASSERT_EQ(!stream.log.empty() && stream.log.back() == "failed 1002", !going_on) << value;
    }
  }
}

TEST(Receiver, TheFirstByteAloneMayBeEnough) {
  for (int first = 0; first < 256; ++first) {
    Stream stream(8, Role::kServer, kStreamAll);
    const bool hopeless = !start_is_legal(static_cast<uint8_t>(first), 0x80, Role::kServer);
    EXPECT_EQ(stream.feed(std::string(1, static_cast<char>(first))), !hopeless) << first;
  }
}

// ---- lengths ----

// WS-072, WS-073, WS-074, WS-078, WS-113, WS-114
TEST(Receiver, LengthsInBothDirectionsAtManyCapacities) {
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const size_t size : {0, 1, 125, 126, 127, 65535, 65536}) {
      const std::string payload = pattern(size);
      const std::string bytes = test_frame(kWholeBinary, payload, masks(role)) + test_frame(kPing, "", masks(role));
      const Log expected = {"binary " + payload, "9:"};
      for (const size_t capacity : {1, 2, 125, 126, 127, 4096, 70000}) {
        for (const size_t at_most : {1, 3, 1000, 100000}) {
          const ReceiverLimits limits = whole(static_cast<uint32_t>(capacity));
          EXPECT_EQ(run(bytes, capacity, at_most, role, limits), expected) << size << " " << capacity << " " << at_most;
        }
      }
    }
  }
}

TEST(Receiver, LengthsThatAreNotInTheShortestFormFail) {
  for (const uint64_t length : {0, 1, 125, 126, 127, 65534, 65535, 65536}) {
    for (const int form : {16, 64}) {
      if (form == 16 && length > 65535) continue;
      const bool shortest = form == 16 ? length > 125 : length > 65535;
      Stream stream(64, Role::kServer, kStreamAll);
      EXPECT_EQ(stream.feed(test_header(kWholeBinary, length, true, form)), shortest) << length << " in " << form;
      EXPECT_EQ(stream.log, shortest ? Log{} : Log{"failed 1002"});
    }
  }
}

// WS-071: no arithmetic goes wrong where lengths do not fit the machine.
TEST(Receiver, HugeLengths) {
  const uint64_t kMost = (uint64_t{1} << 63) - 1;
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const uint64_t length : {uint64_t{1} << 31, (uint64_t{1} << 32) - 1, uint64_t{1} << 32, kMost - 1, kMost}) {
      const std::string bytes = test_header(kWholeBinary, length, masks(role)) + "abc";
      Stream streamed(16, role, whole(16));
      EXPECT_TRUE(streamed.feed(bytes));
      EXPECT_EQ(streamed.receiver.offset(), 3u);
      EXPECT_EQ(run(bytes, 16, 1, role, whole(16, LongMessages::kRefuse)), Log{"failed 1009"});
      EXPECT_EQ(run(bytes, 16, 1, role, whole(16, LongMessages::kStream, length - 1)), Log{"failed 1009"});
      EXPECT_EQ(run(bytes, 16, 1, role, whole(16, LongMessages::kStream, length)), Log{});
    }
    for (const uint64_t length : {kMost + 1, kMost + 2, ~uint64_t{0}}) {
      EXPECT_EQ(run(test_header(kWholeBinary, length, masks(role)), 16, 1, role, kStreamAll), Log{"failed 1002"});
    }
  }
}

TEST(Receiver, TheLargestFrameAfterOthersDoesNotWrap) {
  const uint64_t kMost = (uint64_t{1} << 63) - 1;
  const std::string bytes = test_frame(kBinary, "xy", true) + test_header(kLast, kMost, true);
  Stream stream(16, Role::kServer, whole(16, LongMessages::kStream, ~uint64_t{0}));
  EXPECT_TRUE(stream.feed(bytes));
  EXPECT_EQ(run(bytes, 16, 1, Role::kServer, whole(16, LongMessages::kStream, kMost)), Log{"failed 1009"});
}

// ---- fragments ----

// WS-084: every composition of a message of six bytes, with and without a ping behind each fragment.
TEST(Receiver, EveryCompositionOfAMessage) {
  const std::string text = "abc\xE2\x82\xAC";
  for (int cuts = 0; cuts < 32; ++cuts) {
    for (const bool pings : {false, true}) {
      std::string bytes;
      Log expected;
      std::string fragment;
      bool first = true;
      for (int i = 0; i < 6; ++i) {
        fragment += text[static_cast<size_t>(i)];
        const bool last = i == 5;
        if (!last && (cuts >> i & 1) == 0) continue;
        bytes += test_frame(static_cast<uint8_t>((first ? kText : kContinued) | (last ? kFinBit : 0)), fragment, true);
        if (pings && !last) {
          bytes += test_frame(kPing, fragment, true);
          expected.push_back("9:" + fragment);
        }
        fragment.clear();
        first = false;
      }
      expected.push_back("text " + text);
      for (const size_t at_most : {1, 2, 5, 1000}) {
        EXPECT_EQ(run(bytes, 64, at_most, Role::kServer, whole(64)), expected) << cuts;
        EXPECT_EQ(run(bytes, 9, at_most, Role::kServer, whole(3)), expected) << cuts << " streamed";
      }
    }
  }
}

// WS-081, WS-082
TEST(Receiver, MessagesAreNotInterleaved) {
  const Log failed = {"failed 1002"};
  const ReceiverLimits limits = whole(64);
  EXPECT_EQ(run(test_frame(kLast, "x", true), 64, 9, Role::kServer, limits), failed);
  EXPECT_EQ(run(test_frame(kContinued, "", true), 64, 9, Role::kServer, limits), failed);
  for (const uint8_t second : {kText, kBinary, kWholeText, kWholeBinary}) {
    EXPECT_EQ(run(test_frame(kText, "a", true) + test_frame(second, "b", true), 64, 9, Role::kServer, limits), failed);
  }
  EXPECT_EQ(run(test_frame(kWholeText, "a", true) + test_frame(kLast, "b", true), 64, 9, Role::kServer, limits),
            (Log{"text a", "failed 1002"}));
}

// WS-085
TEST(Receiver, AMessageHasTheTypeOfItsFirstFrame) {
  const ReceiverLimits limits = whole(64);
  const std::string not_text = "\xFF";
  EXPECT_EQ(
      run(test_frame(kBinary, not_text, false) + test_frame(kLast, not_text, false), 64, 9, Role::kClient, limits),
      (Log{"binary \xFF\xFF"}));
  EXPECT_EQ(run(test_frame(kText, "a", false) + test_frame(kLast, "b", false) + test_frame(kWholeBinary, "c", false),
                64, 99, Role::kClient, limits),
            (Log{"text ab", "binary c"}));
}

// WS-086: nothing grows, and the window stays where it is.
TEST(Receiver, EmptyFragmentsCostNothing) {
  for (const LongMessages policy : {LongMessages::kStream, LongMessages::kRefuse}) {
    Stream stream(32, Role::kServer, whole(8, policy));
    ASSERT_TRUE(stream.feed(test_frame(kText, "", true)));
    for (int i = 0; i < 100000; ++i) {
      ASSERT_TRUE(stream.feed(test_frame(kContinued, "", true)));
      ASSERT_TRUE(stream.window.empty());
    }
    EXPECT_EQ(stream.receiver.offset(), 0u);
    EXPECT_TRUE(stream.feed(test_frame(kLast, "end", true)));
    EXPECT_EQ(stream.log, Log{"text end"});
  }
}

// ---- control frames ----

// WS-083, WS-087, WS-088: at capacities where a control frame does not fit, the answer is 1009.
TEST(Receiver, ControlFramesAtSmallCapacities) {
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const size_t capacity : {1, 2, 125, 126, 127}) {
      for (size_t size = 0; size <= 125; ++size) {
        for (const uint8_t first : {kPing, kPong, kClose}) {
          const std::string payload = pattern(size);
          const Log expected = {size <= capacity ? std::to_string(first & 15) + ":" + payload : "failed 1009"};
          EXPECT_EQ(run(test_frame(first, payload, masks(role)) + std::string(1, '\x89'), capacity, 1, role,
                        whole(static_cast<uint32_t>(capacity))),
                    expected)
              << size << " into " << capacity;
        }
      }
    }
  }
}

TEST(Receiver, AControlFrameInAFullBufferMakesAPieceOfTheMessage) {
  const std::string half = pattern(100);
  const std::string bytes =
      test_frame(kBinary, half, true) + test_frame(kPing, pattern(60), true) + test_frame(kLast, "end", true);
  for (const size_t at_most : {1, 1000}) {
    EXPECT_EQ(run(bytes, 125, at_most, Role::kServer, whole(120)), (Log{"9:" + pattern(60), "binary " + half + "end"}));
    EXPECT_EQ(run(bytes, 125, at_most, Role::kServer, whole(120, LongMessages::kRefuse)), (Log{"failed 1009"}));
    EXPECT_EQ(run(bytes, 160, at_most, Role::kServer, whole(120, LongMessages::kRefuse)),
              (Log{"9:" + pattern(60), "binary " + half + "end"}));
  }
}

TEST(Receiver, PingsBetweenThePiecesOfAStream) {
  const std::string bytes = test_frame(kBinary, pattern(10), true) + test_frame(kPing, "one", true) +
                            test_frame(kContinued, pattern(300), true) + test_frame(kPong, "two", true) +
                            test_frame(kLast, "", true) + test_frame(kWholeText, "next", true);
  const Log expected = {"9:one", "A:two", "binary " + pattern(10) + pattern(300), "text next"};
  for (const size_t capacity : {3, 16, 64, 500}) {
    for (const size_t at_most : {1, 2, 7, 1000}) {
      Log log = run(bytes, capacity, at_most, Role::kServer, whole(4));
      for (std::string& line : log) {
        if (line == "10:two") line = "A:two";
      }
      EXPECT_EQ(log, expected) << capacity << " " << at_most;
    }
  }
}

// ---- text: RFC 6455, 8.1 ----

struct BadText {
  std::string bytes;
  size_t bad_at;  // the first impossible byte; the size of `bytes` if only the end is wrong
};

const std::vector<BadText>& bad_texts() {
  static const std::vector<BadText> all = {
      {"ab\x80", 2},
      {"ab\xC0\xAF", 2},
      {"\xC1\xBF", 0},
      {"\xE0\x9F\xBF", 1},
      {"x\xED\xA0\x80y", 2},
      {"\xF0\x8F\xBF\xBF", 1},
      {"\xF4\x90\x80\x80", 1},
      {"\xF5\x80\x80\x80", 0},
      {"\xFE", 0},
      {"\xE2\x82z", 2},
      {"\xC3\xC3", 1},
      {"\xF0\x9F\x99z", 3},
      {"ok \xE2\x82", 5},
      {"ok \xF0\x9F\x99", 6},
      {"\xC3", 1},
      {"abcdefgh\xE1\x80\xFFz", 10},
  };
  return all;
}

// WS-106, WS-138: fails at the very byte, in whatever pieces it comes, and not before.
TEST(Receiver, InvalidTextFailsAtItsFirstImpossibleByte) {
  for (const BadText& each : bad_texts()) {
    for (size_t cut = 0; cut <= each.bytes.size(); ++cut) {
      const std::string head = test_frame(kText, each.bytes.substr(0, cut), false);
      const std::string tail = test_frame(kLast, each.bytes.substr(cut), false);
      const size_t payload_at = each.bad_at < cut ? 2 + each.bad_at : head.size() + 2 + each.bad_at - cut;
      for (const uint32_t whole_bytes : {0u, 64u}) {  // in pieces, and gathered
        Stream stream(64, Role::kClient, whole(whole_bytes));
        const std::string bytes = head + test_frame(kPing, "", false) + tail;
        const size_t at = each.bad_at < cut ? payload_at : payload_at + 2;
        size_t fed = 0;
        while (fed < bytes.size() && stream.feed(bytes.substr(fed, 1))) ++fed;
        const bool only_the_end = each.bad_at == each.bytes.size();
        EXPECT_EQ(fed, only_the_end ? bytes.size() - 1 : at) << testing::PrintToString(each.bytes) << " cut " << cut;
        ASSERT_FALSE(stream.log.empty());
        EXPECT_EQ(stream.log.back(), "failed 1007");
        const Log at_once = run(bytes, 64, 1000, Role::kClient, whole(whole_bytes));
        ASSERT_FALSE(at_once.empty());
        EXPECT_EQ(at_once.back(), "failed 1007");
      }
    }
  }
}

TEST(Receiver, TextIsCheckedWhileItIsStreamed) {
  const std::string bytes = test_frame(kWholeText, std::string(50, 'a') + "\xFF" + std::string(50, 'b'), true);
  Stream stream(16, Role::kServer, whole(16));
  EXPECT_FALSE(stream.feed(bytes, 5));
  EXPECT_EQ(stream.log, Log{"failed 1007"});
  EXPECT_LE(stream.message.size(), 50u);
}

TEST(Receiver, ACharacterMayBeSplitByFramesAndANewTextStartsAfresh) {
  EXPECT_EQ(run(test_frame(kText, "\xF0\x9F", true) + test_frame(kContinued, "\x99", true) +
                    test_frame(kLast, "\x82", true) + test_frame(kWholeText, "\xC3\xA4", true),
                64, 1, Role::kServer, whole(64)),
            (Log{"text \xF0\x9F\x99\x82", "text \xC3\xA4"}));
}

// ---- limits: RFC 6455, 10.4 ----

// WS-149
TEST(Receiver, TheLimitOfAMessageIsExact) {
  for (const LongMessages policy : {LongMessages::kStream, LongMessages::kRefuse}) {
    for (const uint64_t size : {99, 100, 101}) {
      const ReceiverLimits limits = whole(200, policy, 100);
      const Log expected = {size <= 100 ? "binary " + pattern(size) : "failed 1009"};
      EXPECT_EQ(run(test_frame(kWholeBinary, pattern(size), true), 256, 1000, Role::kServer, limits), expected);
      const std::string in_two =
          test_frame(kBinary, pattern(60), true) + test_frame(kLast, pattern(size).substr(60), true);
      EXPECT_EQ(run(in_two, 256, 1000, Role::kServer, limits).size(), 1u);
      EXPECT_EQ(run(in_two, 256, 1000, Role::kServer, limits) == Log{"failed 1009"}, size > 100);
    }
  }
}

TEST(Receiver, AMessageIsRefusedByItsHeader) {
  Stream stream(256, Role::kServer, whole(200, LongMessages::kStream, 100));
  const std::string header = test_header(kWholeBinary, 101, true);
  EXPECT_TRUE(stream.feed(header.substr(0, header.size() - 1)));
  EXPECT_FALSE(stream.feed(header.substr(header.size() - 1)));
  EXPECT_EQ(stream.log, Log{"failed 1009"});
}

TEST(Receiver, TheLimitCountsWhatWasStreamedAlready) {
  std::string bytes = test_frame(kBinary, pattern(50), true);
  for (int i = 0; i < 5; ++i) bytes += test_frame(kContinued, pattern(10), true);
  Stream stream(32, Role::kServer, whole(20, LongMessages::kStream, 100));
  EXPECT_TRUE(stream.feed(bytes, 7));
  EXPECT_FALSE(stream.feed(test_header(kLast, 1, true)));
  EXPECT_EQ(stream.log, Log{"failed 1009"});
}

TEST(Receiver, LongMessagesByPolicy) {
  for (const size_t size : {20, 21}) {
    const std::string bytes = test_frame(kWholeBinary, pattern(size), true) + test_frame(kWholeText, "next", true);
    const Log all = {"binary " + pattern(size), "text next"};
    for (const size_t at_most : {1, 1000}) {
      EXPECT_EQ(run(bytes, 32, at_most, Role::kServer, whole(20, LongMessages::kStream)), all);
      EXPECT_EQ(run(bytes, 32, at_most, Role::kServer, whole(20, LongMessages::kRefuse)),
                size <= 20 ? all : Log{"failed 1009"});
    }
  }
}

TEST(Receiver, AMessageThatGrowsTooLongComesInPieces) {
  const std::string bytes = test_frame(kText, "0123456789", true) + test_frame(kContinued, "01234567890", true) +
                            test_frame(kLast, "abc", true) + test_frame(kWholeText, "next", true);
  for (const size_t at_most : {1, 1000}) {
    Stream stream(64, Role::kServer, whole(20));
    EXPECT_TRUE(stream.feed(bytes, at_most));
    EXPECT_EQ(stream.log, (Log{"text 012345678901234567890abc", "text next"}));
    EXPECT_LE(stream.most_gathered, at_most == 1 ? 11u : 24u);
  }
}

// Input that is thrown away has no limits.
TEST(Receiver, WithoutOptionsNothingIsTooLong) {
  const std::string bytes = test_frame(kWholeBinary, pattern(300), true) + test_frame(kWholeText, "next", true);
  EXPECT_EQ(run(bytes, 64, 1000, Role::kServer, {nullptr, 20, kNoFloor}), (Log{"binary " + pattern(300), "text next"}));
}

// A message goes where the reply to it would follow the replies before it; a server's header is shorter.
TEST(Receiver, AMessageMovesDownBehindTheReplies) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{125}, size_t{126}, size_t{300}}) {
    Receiver receiver;
    receiver.reset();
    std::vector<uint8_t> buffer(1000);
    const std::string bytes = test_frame(kWholeBinary, pattern(size), true);
    bytes.copy(reinterpret_cast<char*>(buffer.data()) + 100, bytes.size());
    Window window = {};
    window.reset(100);
    window.raw_end = static_cast<uint32_t>(100 + bytes.size());
    ReceiverLimits limits = whole(900);
    limits.floor = 40;
    ASSERT_EQ(receiver.parse(buffer.data(), &window, Role::kServer, limits), Receiver::Result::kLastPiece);
    EXPECT_EQ(window.message_begin, 40 + wire::frame_overhead(Role::kServer, size));
    EXPECT_EQ(std::string(buffer.begin() + window.message_begin, buffer.begin() + window.message_end), pattern(size));
  }
}

TEST(Window, MovesDownWithoutItsGap) {
  uint8_t buffer[] = {'.', '.', '.', '.', 'a', 'b', '.', '.', 'c', '.'};
  Window window = {4, 6, 8, 9};
  window.move_down(buffer, 1);
  EXPECT_EQ(std::string(buffer + 1, buffer + 4), "abc");
  EXPECT_EQ(window.message_begin, 1u);
  EXPECT_EQ(window.message_end, 3u);
  EXPECT_EQ(window.raw_begin, 3u);
  EXPECT_EQ(window.raw_end, 4u);
  window.move_down(buffer, 1);
  EXPECT_EQ(window.raw_end, 4u) << "there is nothing to gain";
  window.reset(0);
  window.move_down(buffer, 3);
  EXPECT_EQ(window.raw_begin, 3u) << "empty: it begins at the floor";
}

TEST(Receiver, AMessageThatFitsIsGatheredWhole) {
  const std::string bytes = test_frame(kBinary, pattern(10), true) + test_frame(kLast, pattern(10), true);
  Stream stream(64, Role::kServer, whole(20));
  EXPECT_TRUE(stream.feed(bytes, 1));
  EXPECT_EQ(stream.most_gathered, 20u);
}

// ---- what its owner asks ----

TEST(Receiver, TellsWhereItIs) {
  Stream stream(64, Role::kServer, whole(64));
  Receiver& receiver = stream.receiver;
  EXPECT_FALSE(receiver.in_control_or_header() || receiver.in_message());
  EXPECT_FALSE(receiver.take_frame_begun());
  stream.feed(std::string("\x01", 1));
  EXPECT_TRUE(receiver.in_control_or_header());
  EXPECT_FALSE(receiver.take_frame_begun());
  stream.feed(test_header(kText, 3, true).substr(1));
  EXPECT_FALSE(receiver.in_control_or_header());
  EXPECT_TRUE(receiver.in_message());
  EXPECT_TRUE(receiver.take_frame_begun());
  EXPECT_FALSE(receiver.take_frame_begun());
  stream.feed(masked_with(kTestKey, "abc"));
  EXPECT_TRUE(receiver.in_message());
  stream.feed(test_header(kPing, 2, true));
  EXPECT_TRUE(receiver.in_control_or_header() && receiver.in_message());
  stream.feed("xy");
  EXPECT_FALSE(receiver.in_control_or_header());
  stream.feed(test_frame(kLast, "", true));
  EXPECT_FALSE(receiver.in_message());
  EXPECT_TRUE(receiver.take_frame_begun());
}

TEST(Receiver, InAControlFrameAloneThereIsNoMessage) {
  Stream stream(64, Role::kServer, whole(64));
  stream.feed(test_header(kPing, 2, true));
  EXPECT_TRUE(stream.receiver.in_control_or_header());
  EXPECT_FALSE(stream.receiver.in_message());
}

TEST(Receiver, TakeLeavesTheRest) {
  Receiver receiver;
  receiver.reset();
  uint8_t buffer[16];
  Window window = {};
  const std::string bytes = test_frame(kWholeText, "abcdef", false);
  bytes.copy(reinterpret_cast<char*>(buffer), bytes.size());
  window.raw_end = static_cast<uint32_t>(bytes.size());
  ASSERT_EQ(receiver.parse(buffer, &window, Role::kClient, whole(16)), Receiver::Result::kLastPiece);
  receiver.take(&window, 2);
  EXPECT_EQ(receiver.offset(), 2u);
  EXPECT_EQ(window.message_size(), 4u);
  EXPECT_EQ(buffer[window.message_begin], 'c');
  EXPECT_FALSE(window.empty());
}

// An empty message lies where the unparsed bytes begin, so that nothing below them is needed.
TEST(Receiver, AnEmptyMessagePinsNothing) {
  Receiver receiver;
  receiver.reset();
  uint8_t buffer[16];
  Window window = {};
  const std::string bytes = test_frame(kPing, "ab", false) + test_frame(kWholeText, "", false);
  bytes.copy(reinterpret_cast<char*>(buffer), bytes.size());
  window.raw_end = static_cast<uint32_t>(bytes.size());
  EXPECT_EQ(receiver.parse(buffer, &window, Role::kClient, whole(16)), Receiver::Result::kControl);
  EXPECT_EQ(receiver.parse(buffer, &window, Role::kClient, whole(16)), Receiver::Result::kLastPiece);
  EXPECT_EQ(window.message_begin, window.raw_begin);
  EXPECT_TRUE(window.empty());
}

TEST(Receiver, ResetInTheMiddleOfEverything) {
  const std::string starts[] = {std::string("\x81", 1), test_header(kText, 5, true) + "a",
                                test_frame(kText, "abc\xE2", true), test_header(kPing, 5, true),
                                test_frame(kText, pattern(5), true)};
  for (const std::string& start : starts) {
    Stream stream(64, Role::kServer, whole(2, LongMessages::kStream));
    stream.feed(start);
    stream.receiver.reset();
    stream.window.reset(0);
    stream.message.clear();
    stream.log.clear();
    EXPECT_EQ(stream.receiver.offset(), 0u);
    EXPECT_FALSE(stream.receiver.take_frame_begun());
    EXPECT_TRUE(stream.feed(test_frame(kWholeText, "ok", true)));
    EXPECT_EQ(stream.log, Log{"text ok"});
  }
}

}  // namespace
}  // namespace whit::session
